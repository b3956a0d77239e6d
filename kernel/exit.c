// SPDX-License-Identifier: GPL-2.0
/*
 * The end of tasks, and waiting for it.  A thread that ends gives back what it
 * holds and is buried; the first of its group stays as a zombie until all
 * threads are gone and the parent has waited for it.  Orphans go to init;
 * init's own end stops the machine.  Nothing sleeps between a task's leaving
 * its group and its last schedule().  (Linux: kernel/exit.c)
 */
#include <arch/clock.h>
#include <arch/tlb.h>
#include <arch/uaccess.h>
#include <fs/file.h>
#include <kernel/futex.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/wait.h>
#include <mm/mm.h>

static struct task_struct *init_task(void)
{
	return find_task(1);
}

void replace_current_mm(struct mm_struct *mm)
{
	struct mm_struct *old = current->mm;

	current->mm = mm;
	load_current_mm();
	vfork_release(current);
	if (old)
		mmput(old);
}

static void put_task_resources(struct task_struct *t)
{
	struct files_struct *files = t->files;
	struct fs_struct *fs = t->fs;

	t->files = NULL;
	t->fs = NULL;
	if (files)
		files_put(files);
	if (fs)
		fs_put(fs);
}

/* Other tasks share the memory: tell a joiner that this one is gone. */
static void clear_child_tid(void)
{
	int *tid = current->clear_child_tid;

	current->clear_child_tid = NULL;
	if (!tid || !current->mm || current->mm->mm_users < 2)
		return;
	if (!put_user(0, tid))
		futex_wake_address(tid);
}

/* ---- telling the parent ------------------------------------------------------ */

static void fill_child_info(siginfo_t *info, struct task_struct *t)
{
	int status = t->exit_code;

	*info = (siginfo_t){ .si_signo = SIGCHLD };
	info->si_pid = t->pid;
	info->si_uid = t->uid;
	info->si_utime = t->utime;
	info->si_stime = t->stime;
	info->si_code = status & 0x80 ? CLD_DUMPED :
			status & 0x7f ? CLD_KILLED : CLD_EXITED;
	info->si_status = status & 0x7f ? status & 0x7f : status >> 8 & 0xff;
}

static bool parent_ignores_children(struct task_struct *parent)
{
	struct k_sigaction *ka = &parent->sighand->action[SIGCHLD - 1];

	return ka->handler == SIG_IGN || (ka->flags & SA_NOCLDWAIT);
}

static void reap(struct task_struct *t)
{
	if (t->sighand)
		sighand_put(t->sighand);
	t->sighand = NULL;
	if (t->parent)
		TAILQ_REMOVE(&t->parent->children, t, sibling);
	unhash_task(t);
	bury_task(t);
}

/* The whole group of `t` is gone.  The parent hears of it, or does not care
 * and the zombie goes at once. */
static void group_is_dead(struct task_struct *t)
{
	struct task_struct *parent = t->parent;
	bool ignored = !parent || !parent->sighand ||
		(t->exit_signal == SIGCHLD && parent_ignores_children(parent));
	siginfo_t info;

	if (parent && t->exit_signal) {
		fill_child_info(&info, t);
		info.si_signo = t->exit_signal;
		send_sig_info(parent, t->exit_signal, &info);
	}
	if (parent)
		wake_up(&parent->child_wait);
	if (ignored)
		reap(t);
}

void notify_parent_stop(struct task_struct *t, int why, int sig)
{
	struct task_struct *parent = t->parent;
	siginfo_t info = { .si_signo = SIGCHLD, .si_code = why };

	if (!parent || !parent->sighand)
		return;
	info.si_pid = t->pid;
	info.si_uid = t->uid;
	info.si_status = sig;
	if (!(parent->sighand->action[SIGCHLD - 1].flags & SA_NOCLDSTOP))
		send_sig_info(parent, SIGCHLD, &info);
	wake_up(&parent->child_wait);
}

static bool is_zombie_group(const struct task_struct *leader)
{
	return leader->state == TASK_ZOMBIE && !leader->nr_threads;
}

static void reparent_children(struct task_struct *dying)
{
	struct task_struct *init = init_task(), *t;

	while ((t = TAILQ_FIRST(&dying->children))) {
		TAILQ_REMOVE(&dying->children, t, sibling);
		t->parent = init;
		t->exit_signal = SIGCHLD;
		TAILQ_INSERT_TAIL(&init->children, t, sibling);
		if (t->pdeath_signal)
			send_sig_info(t, t->pdeath_signal, NULL);
		if (is_zombie_group(t))
			group_is_dead(t);
	}
	for_each_task(t)
		if (t->parent == dying)
			t->parent = init;
}

/* ---- exit -------------------------------------------------------------------- */

static void leave_group(struct task_struct *t)
{
	struct task_struct *leader = t->leader;

	leader->nr_threads--;
	if (!leader->nr_threads) {
		set_alarm(leader, 0, 0);
		if (leader->group_exit)
			leader->exit_code = leader->group_exit_code;
		reparent_children(leader);
	}
	t->state = TASK_ZOMBIE;
	if (t != leader) {
		leader->utime += t->utime;
		leader->stime += t->stime;
		leader->min_flt += t->min_flt;
		leader->maj_flt += t->maj_flt;
		t->parent = NULL;
		reap(t);
	}
	wake_up(&leader->thread_wait);
	if (!leader->nr_threads)
		group_is_dead(leader);
}

void do_exit(int status)
{
	struct task_struct *t = current;

	if (t->tgid == 1 && t->leader->nr_threads == 1)
		panic("init (process 1) ended with wait status %#x", status);
	clear_child_tid();
	replace_current_mm(NULL);
	put_task_resources(t);
	irq_disable();
	t->exit_code = status;
	leave_group(t);
	schedule();
	panic("a dead task runs");
}

static void kill_threads_of(struct task_struct *leader)
{
	struct task_struct *t;

	for_each_task(t)
		if (t->leader == leader && t != current &&
		    t->state != TASK_ZOMBIE)
			send_thread_sig(t, SIGKILL, NULL);
}

void do_group_exit(int status)
{
	struct task_struct *leader = current->leader;

	if (!leader->group_exit) {
		leader->group_exit = true;
		leader->group_exit_code = status;
		kill_threads_of(leader);
	}
	do_exit(leader->group_exit_code);
}

/* The one who execs takes the place of its leader: number, parent, children. */
static void become_leader(struct task_struct *old)
{
	struct task_struct *t, *me = current;

	me->pid = old->pid;
	me->exit_signal = old->exit_signal;
	me->parent = old->parent;
	me->nr_threads = 1;
	if (me->parent) {
		TAILQ_INSERT_BEFORE(old, me, sibling);
		TAILQ_REMOVE(&me->parent->children, old, sibling);
	}
	while ((t = TAILQ_FIRST(&old->children))) {
		TAILQ_REMOVE(&old->children, t, sibling);
		TAILQ_INSERT_TAIL(&me->children, t, sibling);
		t->parent = me;
	}
	me->cutime = old->cutime;
	me->cstime = old->cstime;
	set_alarm(me, old->alarm_at, old->alarm_interval);
	set_alarm(old, 0, 0);
	me->leader = me;
	old->parent = NULL;
	reap(old);
}

int kill_other_threads(void)
{
	struct task_struct *leader = current->leader;

	if (leader->nr_threads == 1 && current == leader)
		return 0;
	if (leader->group_exit)
		return -EAGAIN;
	leader->group_exit = true;
	kill_threads_of(leader);
	wait_event(&leader->thread_wait, leader->nr_threads == 1);
	leader->group_exit = false;
	if (current != leader)
		become_leader(leader);
	return 0;
}

SYSCALL_DEFINE1(exit, int, code)
{
	do_exit((code & 0xff) << 8);
}

SYSCALL_DEFINE1(exit_group, int, code)
{
	do_group_exit((code & 0xff) << 8);
}

/* ---- wait -------------------------------------------------------------------- */

struct wait_opts {
	int pid;		/* as wait4: >0, 0, -1, < -1 */
	int options;		/* WNOHANG, WEXITED, WSTOPPED, WCONTINUED ... */
	int found;		/* result: the child's pid */
	int uid, code, status;	/* siginfo's; status is the wait status */
	struct rusage ru;
};

static bool child_matches(const struct wait_opts *wo,
			  const struct task_struct *t)
{
	bool clone = t->exit_signal != SIGCHLD;

	if (!(wo->options & __WALL) && clone != !!(wo->options & __WCLONE))
		return false;
	return wo->pid > 0 ? t->pid == wo->pid :
	       wo->pid == -1 ? true :
	       t->pgid == (wo->pid ? -wo->pid : current->pgid);
}

static void found_child(struct wait_opts *wo, struct task_struct *t, int code,
			int status)
{
	wo->found = t->pid;
	wo->uid = t->uid;
	wo->code = code;
	wo->status = status;
	rusage_of_task(t, &wo->ru);
}

static void collect_zombie(struct wait_opts *wo, struct task_struct *t)
{
	struct task_struct *me = current->leader;
	siginfo_t info;

	fill_child_info(&info, t);
	found_child(wo, t, info.si_code, t->exit_code);
	if (wo->options & WNOWAIT)
		return;
	me->cutime += t->utime + t->cutime;
	me->cstime += t->stime + t->cstime;
	me->cmin_flt += t->min_flt + t->cmin_flt;
	me->cmaj_flt += t->maj_flt + t->cmaj_flt;
	reap(t);
}

static bool collect_news(struct wait_opts *wo, struct task_struct *t)
{
	bool keep = wo->options & WNOWAIT;

	if ((wo->options & WSTOPPED) && t->stop_report) {
		found_child(wo, t, CLD_STOPPED, t->stop_report << 8 | 0x7f);
		if (!keep)
			t->stop_report = 0;
		return true;
	}
	if ((wo->options & WCONTINUED) && t->cont_report) {
		found_child(wo, t, CLD_CONTINUED, 0xffff);
		if (!keep)
			t->cont_report = false;
		return true;
	}
	return false;
}

/* 1: found; 0: there are such children, none has news; -ECHILD. */
static int scan_children(struct wait_opts *wo)
{
	struct task_struct *t;
	int ret = -ECHILD;

	TAILQ_FOREACH(t, &current->leader->children, sibling) {
		if (!child_matches(wo, t))
			continue;
		ret = 0;
		if (is_zombie_group(t)) {
			if (!(wo->options & WEXITED))
				continue;
			collect_zombie(wo, t);
			return 1;
		}
		if (collect_news(wo, t))
			return 1;
	}
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
	return ret == 1 ? wo->found : ret;
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

SYSCALL_DEFINE5(waitid, int, which, int, id, siginfo_t *, uinfo, int, options,
		struct rusage *, ru)
{
	struct wait_opts wo = { .options = options };
	siginfo_t info = { .si_signo = 0 };
	int ret;

	if (options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED |
			__WNOTHREAD | __WCLONE | __WALL))
		return -EINVAL;
	if (!(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	ret = waitid_pid(which, id, &wo.pid);
	if (!ret)
		ret = do_wait(&wo);
	if (ret < 0)
		return ret;
	if (ret > 0) {
		info.si_signo = SIGCHLD;
		info.si_code = wo.code;
		info.si_pid = wo.found;
		info.si_uid = wo.uid;
		info.si_status = wo.code == CLD_CONTINUED ? SIGCONT :
			wo.status & 0x7f && wo.code != CLD_STOPPED ?
			wo.status & 0x7f : wo.status >> 8 & 0xff;
		if (ru && copy_to_user(ru, &wo.ru, sizeof(wo.ru)))
			return -EFAULT;
	}
	if (uinfo && copy_to_user(uinfo, &info, sizeof(info)))
		return -EFAULT;
	return 0;
}
