// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for children: wait4 and waitid.  Both look through the caller's
 * children for news (an end, a stop, a continuation) and sleep on the
 * process's child_wait until there is some.  A scan does not sleep; what it
 * finds is taken at once.  (Linux: kernel/exit.c)
 */
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <kernel/pidfd.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/wait.h>

struct wait_opts {
	int pid;		/* as wait4: >0, 0, -1, < -1 */
	int options;		/* WNOHANG, WEXITED, WSTOPPED, WCONTINUED ... */
	int status;		/* result, as wait4 gives it */
	kernel_siginfo_t info;		/* result: as waitid gives it */
	struct rusage ru;
};

/* Not asked of those whom the caller traces. */
static bool kind_matches(const struct wait_opts *wo,
			 const struct task_struct *t)
{
	bool clone = t->exit_signal != SIGCHLD;

	return (wo->options & __WALL) || clone == !!(wo->options & __WCLONE);
}

static bool pid_matches(const struct wait_opts *wo,
			const struct task_struct *t)
{
	return wo->pid > 0 ? t->pid == wo->pid :
	       wo->pid == -1 ? true :
	       t->pgid == (wo->pid ? -wo->pid : current->pgid);
}

static void found_child(struct wait_opts *wo, struct task_struct *t,
			kernel_siginfo_t info, int status)
{
	struct usage usage = usage_of_group(t);

	wo->info = info;
	wo->status = status;
	add_usage(&usage, &t->child_usage);
	fill_rusage(&wo->ru, &usage, t->mm);
}

static void collect_zombie(struct wait_opts *wo, struct task_struct *t)
{
	struct task_struct *me = current->leader;
	struct usage usage = usage_of_group(t);

	found_child(wo, t, zombie_info(t), t->exit_code);
	if (wo->options & WNOWAIT)
		return;
	add_usage(&me->child_usage, &usage);
	add_usage(&me->child_usage, &t->child_usage);
	reap_task(t);
}

static bool collect_news(struct wait_opts *wo, struct task_struct *t)
{
	bool keep = wo->options & WNOWAIT;
	int sig = t->stop_report;

	if ((wo->options & WSTOPPED) && sig) {
		found_child(wo, t, child_info(t, CLD_STOPPED, sig),
			    sig << 8 | 0x7f);
		t->stop_report = keep ? sig : 0;
		return true;
	}
	if ((wo->options & WCONTINUED) && t->cont_report) {
		found_child(wo, t, child_info(t, CLD_CONTINUED, SIGCONT),
			    0xffff);
		t->cont_report = keep;
		return true;
	}
	return false;
}

/* News of a traced task for its tracer; what the end of a task is for its
 * parent comes after. */
static bool collect_tracee(struct wait_opts *wo, struct task_struct *t)
{
	struct ptrace_state *p = &t->ptrace;

	if (t->state == TASK_TRACED && p->code && !p->listening) {
		found_child(wo, t, child_info(t, CLD_TRAPPED, p->code),
			    p->code << 8 | 0x7f);
		if (!(wo->options & WNOWAIT))
			p->code = 0;
		return true;
	}
	if (!is_zombie_group(t) || !(wo->options & WEXITED))
		return false;
	if (t->parent == current->leader) {
		collect_zombie(wo, t);
		return true;
	}
	found_child(wo, t, zombie_info(t), t->exit_code);
	if (!(wo->options & WNOWAIT)) {
		ptrace_unlink(t);
		release_tracee(t);
	}
	return true;
}

static bool collect_child(struct wait_opts *wo, struct task_struct *t)
{
	if (!is_zombie_group(t))
		return collect_news(wo, t);
	if (t->ptrace.tracer || !(wo->options & WEXITED))
		return false;
	collect_zombie(wo, t);
	return true;
}

/* 1: it has news, which are taken; 0: none; -ECHILD: it is not asked about. */
static int ask_child(struct wait_opts *wo, struct task_struct *t)
{
	bool traced = t->ptrace.tracer == current->leader;

	if ((!traced && t->parent != current->leader) || !pid_matches(wo, t) ||
	    (!traced && !kind_matches(wo, t)))
		return -ECHILD;
	return traced ? collect_tracee(wo, t) : collect_child(wo, t);
}

/* The same of all of them, children before others that are traced. */
static int scan_children(struct wait_opts *wo)
{
	struct task_struct *t, *me = current->leader;
	int ret = -ECHILD;

	if (wo->pid > 0) {
		t = find_task(wo->pid);
		return t ? ask_child(wo, t) : ret;
	}
	TAILQ_FOREACH(t, &me->children, sibling)
		if ((ret = max(ret, ask_child(wo, t))) == 1)
			return 1;
	if (me->traces)
		for_each_task(t)
			if (t->parent != me &&
			    (ret = max(ret, ask_child(wo, t))) == 1)
				return 1;
	return ret;
}

/* The pid found, 0 (WNOHANG), or -errno. */
static int do_wait(struct wait_opts *wo)
{
	unsigned long f = irq_save();
	int ret;

	while (!(ret = scan_children(wo)) && !(wo->options & WNOHANG)) {
		if (signal_pending()) {
			ret = -ERESTARTSYS;
			break;
		}
		sleep_on(&current->leader->child_wait, true);
	}
	irq_restore(f);
	free_dead_tasks();
	return ret == 1 ? wo->info.si_pid : ret;
}

SYSCALL_DEFINE4(wait4, int, pid, int *, status, int, options,
		struct rusage *, ru)
{
	struct wait_opts wo = { .pid = pid, .options = options | WEXITED };
	int ret;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD |
			__WCLONE | __WALL))
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	ret = do_wait(&wo);
	if (ret <= 0)
		return ret;
	if (status && put_user(wo.status, status))
		return -EFAULT;
	if (ru && copy_to_user(ru, &wo.ru, sizeof(wo.ru)))
		return -EFAULT;
	return ret;
}

/* A pidfd's process is looked for by its number, which it keeps as long as it
 * can be waited for; what is gone matches nobody. */
static int waitid_pidfd(int fd, struct wait_opts *wo)
{
	struct file *f __free(file) = pidfd_file(fd);
	struct pid *pid;

	if (fd < 0)
		return -EINVAL;
	if (!f)
		return -EBADF;
	pid = f->private_data;
	wo->pid = pid->task ? pid->task->pid : INT32_MAX;
	if (f->f_flags & O_NONBLOCK)
		wo->options |= WNOHANG;
	return 0;
}

static int waitid_pid(int which, int id, int *pid)
{
	switch (which) {
	case P_ALL:
		*pid = -1;
		return 0;
	case P_PID:
		*pid = id;
		return id > 0 ? 0 : -EINVAL;
	case P_PGID:
		*pid = -id;
		return id >= 0 ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

static int do_waitid(int which, int id, int options, struct wait_opts *wo)
{
	int ret;

	if (options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED |
			__WNOTHREAD | __WCLONE | __WALL))
		return -EINVAL;
	if (!(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	ret = which == P_PIDFD ? waitid_pidfd(id, wo) :
				 waitid_pid(which, id, &wo->pid);
	if (!ret)
		ret = do_wait(wo);
	if (!ret && (wo->options & ~options & WNOHANG))
		return -EAGAIN;
	return ret;
}

SYSCALL_DEFINE5(waitid, int, which, int, id, siginfo_t *, uinfo, int, options,
		struct rusage *, ru)
{
	struct wait_opts wo = { .options = options };
	int ret = do_waitid(which, id, options, &wo);

	if (ret > 0 && ru && copy_to_user(ru, &wo.ru, sizeof(wo.ru)))
		return -EFAULT;
	/* As Linux: zeros, after an error too. */
	if (uinfo && copy_siginfo_to_user(uinfo, &wo.info))
		return -EFAULT;
	return min(ret, 0);
}
