// SPDX-License-Identifier: GPL-2.0
/*
 * New user tasks: fork, vfork, clone, clone3.  A new task is complete before
 * it enters the list and the run queue; until then every failure is unwound.
 * What sleeps comes first, what cannot fail last.  (Linux: kernel/fork.c)
 */
#include <arch/uaccess.h>
#include <fs/file.h>
#include <fs/vfs.h>
#include <ipc/ipc.h>
#include <kernel/pidfd.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <mm/mm.h>

struct new_task {
	u64 flags;
	unsigned long sp;
	int *ptid, *ctid, *pidfd;
	unsigned long tls;
};

static int check_clone_flags(u64 flags)
{
	const u64 namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
		CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

	if (flags & (namespaces | CLONE_INTO_CGROUP))
		return -EINVAL;
	if ((flags & CLONE_PIDFD) && (flags & (CLONE_THREAD | CLONE_DETACHED)))
		return -EINVAL;
	if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
		return -EINVAL;
	return 0;
}

/* Zombies count: they hold their place too. */
static int check_nproc(void)
{
	struct task_struct *t;
	unsigned long n = 0;

	if (!current->uid || capable(CAP_SYS_RESOURCE))
		return 0;
	for_each_task(t)
		n += t->uid == current->uid;
	return n >= rlimit(RLIMIT_NPROC) ? -EAGAIN : 0;
}

static void copy_plain_fields(struct task_struct *t)
{
	const struct task_struct *c = current;

	memcpy(t->comm, c->comm, sizeof(t->comm));
	t->policy = c->policy;
	t->nice = c->nice;
	t->rt_priority = c->rt_priority;
	if (c->reset_on_fork) {
		t->policy = c->rt_priority ? SCHED_NORMAL : c->policy;
		t->nice = c->rt_priority ? 0 : max(c->nice, 0);
		t->rt_priority = 0;
	}
	t->ioprio = c->ioprio;
	t->vruntime = c->vruntime;
	t->uids = c->uids;
	t->caps = c->caps;
	t->mempolicy = c->mempolicy;
	t->timer_slack = c->timer_slack;
	t->gids = c->gids;
	t->ngroups = c->ngroups;
	memcpy(t->groups, c->groups, sizeof(t->groups));
	memcpy(t->rlim, c->rlim, sizeof(t->rlim));
	t->blocked = c->blocked;
	t->personality = c->personality;
	t->no_new_privs = c->no_new_privs;
	t->oom_score_adj = c->leader->oom_score_adj;
	t->oom_score_adj_min = c->leader->oom_score_adj_min;
	t->sigaltstack = c->sigaltstack;
	t->fault_family = c->fault_family;
}

static int copy_sighand(struct task_struct *t, u64 flags)
{
	if (flags & CLONE_SIGHAND) {
		t->sighand = current->sighand;
		t->sighand->users++;
		return 0;
	}
	t->sighand = sighand_alloc(current->sighand);
	if (!t->sighand)
		return -ENOMEM;
	if (flags & CLONE_CLEAR_SIGHAND)
		flush_signal_handlers(t->sighand);
	return 0;
}

static int copy_mm(struct task_struct *t, u64 flags)
{
	struct mm_struct *mm = current->mm;

	if (flags & CLONE_VM) {
		/* The last failure before the thread joins its group: whoever
		 * ends all threads must not miss this one. */
		if ((flags & CLONE_THREAD) && current->leader->group_exit)
			return -EAGAIN;
		mmget(mm);
		if (!(flags & CLONE_VFORK))
			t->sigaltstack = (stack_t){ .ss_flags = SS_DISABLE };
	} else {
		t->rseq = current->rseq;
		mm = dup_mm(mm);
		if (IS_ERR(mm))
			return PTR_ERR(mm);
		/* Killed while copying: a bomb must not outrun its killer. */
		if (fatal_signal_pending()) {
			mmput(mm);
			return -EINTR;
		}
	}
	t->mm = mm;
	return 0;
}

/* Everything that can fail, in an order that unwinds. */
static int copy_resources(struct task_struct *t, u64 flags)
{
	int err = -ENOMEM;

	t->files = flags & CLONE_FILES ? files_get(current->files) :
					 files_dup(current->files);
	if (!t->files)
		return err;
	t->fs = flags & CLONE_FS ? fs_get(current->fs) : fs_dup(current->fs);
	if (!t->fs)
		goto put_files;
	err = copy_sighand(t, flags);
	if (err)
		goto put_fs;
	err = copy_semundo(t, flags);
	if (err)
		goto put_sighand;
	err = copy_mm(t, flags);
	if (!err)
		return 0;
	exit_sem(t);
put_sighand:
	sighand_put(t->sighand);
put_fs:
	fs_put(t->fs);
put_files:
	files_put(t->files);
	return err;
}

static void join_group(struct task_struct *t, u64 flags)
{
	t->pid = alloc_pid();
	t->pgid = current->pgid;	/* now: to make it has slept */
	t->sid = current->sid;
	if (flags & CLONE_THREAD) {
		t->leader = current->leader;
		t->tgid = current->tgid;
		t->leader->nr_threads++;
		return;
	}
	t->leader = t;
	t->tgid = t->pid;
	t->nr_threads = 1;
	t->exit_signal = flags & CSIGNAL;
	t->parent = current->leader;
	if (flags & CLONE_PARENT) {
		t->exit_signal = current->leader->exit_signal;
		t->parent = current->leader->parent;
	}
	TAILQ_INSERT_TAIL(&t->parent->children, t, sibling);
}

static void init_child_regs(struct task_struct *t, const struct new_task *a)
{
	struct pt_regs regs = *thread_regs(&current->thread);

	regs.ax = 0;
	regs.orig_ax = -1;
	if (a->sp)
		regs.sp = a->sp;
	thread_init_fork(&t->thread, &regs);
	if (a->flags & CLONE_SETTLS)
		t->thread.fsbase = a->tls;
}

static void write_tids(struct task_struct *t, const struct new_task *a)
{
	if (a->flags & CLONE_CHILD_CLEARTID)
		t->clear_child_tid = a->ctid;
	if (a->flags & CLONE_CHILD_SETTID)
		access_remote_vm(t->mm, (unsigned long)a->ctid, &t->pid,
				 sizeof(t->pid), FOLL_WRITE | FOLL_FORCE);
	if ((a->flags & CLONE_PARENT_SETTID) && put_user(t->pid, a->ptid))
		return;		/* as in Linux, not the child's concern */
}

/* Sleep until the child has its own mm or is gone; a fatal signal ends the
 * wait, then the child must forget where we waited. */
static void wait_for_vfork(struct vfork_wait *v)
{
	unsigned long f = irq_save();
	struct task_struct *t;

	while (!v->done && !fatal_signal_pending())
		sleep_on(&v->wq, true);
	if (!v->done)
		for_each_task(t)
			if (t->vfork == v)
				t->vfork = NULL;
	irq_restore(f);
}

void vfork_release(struct task_struct *t)
{
	if (!t->vfork)
		return;
	t->vfork->done = true;
	wake_up(&t->vfork->wq);
	t->vfork = NULL;
}

/* The descriptor of CLONE_PIDFD, for the child's number is not known yet, into
 * *pidfd and user memory.  fork's own failures undo it. */
static int make_pidfd(struct task_struct *t, const struct new_task *a,
		      struct new_pidfd *p)
{
	int err;

	*p = (struct new_pidfd){ .fd = -1 };
	if (!(a->flags & CLONE_PIDFD))
		return 0;
	err = pidfd_prepare(t, p);
	if (err)
		return err;
	if (!put_user(p->fd, a->pidfd))
		return 0;
	pidfd_cancel(p);
	return -EFAULT;
}

/* The parent's part once the child runs.  It may be gone already. */
static void after_clone(const struct new_task *a, struct vfork_wait *v,
			int event, int pid)
{
	if (event)
		ptrace_event(event, pid);
	if (!(a->flags & CLONE_VFORK))
		return;
	wait_for_vfork(v);
	if (v->done)
		ptrace_event(PTRACE_EVENT_VFORK_DONE, pid);
}

static long do_clone(const struct new_task *a)
{
	struct vfork_wait v = { .done = false };
	struct task_struct *t;
	struct new_pidfd pidfd;
	int err = check_clone_flags(a->flags), event, pid;

	if (!err && (a->flags & CLONE_SETTLS) && a->tls >= TASK_SIZE)
		err = -EPERM;
	if (!err && (a->flags & CLONE_PARENT) && current->tgid == 1)
		err = -EINVAL;
	if (!err)
		err = check_nproc();
	if (err)
		return err;
	t = alloc_task();
	if (IS_ERR(t))
		return PTR_ERR(t);
	copy_plain_fields(t);
	err = make_pidfd(t, a, &pidfd);
	if (err)
		goto free;
	err = copy_resources(t, a->flags);
	if (err)
		goto cancel;
	/* Others see it from here on.  To write its pid may sleep: nobody is
	 * to start it meanwhile, it could be gone before we do. */
	t->state = TASK_NEW;
	init_child_regs(t, a);
	join_group(t, a->flags);
	event = ptrace_fork_event(a->flags);
	ptrace_init_child(t, event || (a->flags & CLONE_PTRACE));
	hash_task(t);
	if (pidfd.file)
		fd_install(pidfd.fd, pidfd.file);
	pid = t->pid;
	wait_queue_init(&v.wq);
	if (a->flags & CLONE_VFORK)
		t->vfork = &v;
	write_tids(t, a);
	t->state = TASK_UNINTERRUPTIBLE;
	wake_up_task(t);
	after_clone(a, &v, event, pid);
	return pid;

cancel:
	pidfd_cancel(&pidfd);
free:
	free_task(t);
	return err;
}

SYSCALL_DEFINE5(clone, unsigned long, flags, unsigned long, sp, int *, ptid,
		int *, ctid, unsigned long, tls)
{
	/* One pointer cannot take both. */
	if ((flags & CLONE_PIDFD) && (flags & CLONE_PARENT_SETTID))
		return -EINVAL;
	return do_clone(&(struct new_task){ (u32)flags, sp, ptid, ctid, ptid,
					    tls });
}

SYSCALL_AS(fork, clone, SIGCHLD)
SYSCALL_AS(vfork, clone, SIGCHLD | CLONE_VM | CLONE_VFORK)

SYSCALL_DEFINE2(clone3, const struct clone_args *, uargs, size_t, size)
{
	struct clone_args a = { .flags = 0 };
	int err;

	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	err = copy_struct_from_user(&a, sizeof(a), uargs, size);
	if (err)
		return err;
	if ((a.flags & (CSIGNAL | CLONE_DETACHED)) ||
	    a.exit_signal > NSIG_MAX || a.set_tid_size || a.set_tid)
		return -EINVAL;
	if ((a.flags & (CLONE_THREAD | CLONE_PARENT)) && a.exit_signal)
		return -EINVAL;
	if (!a.stack != !a.stack_size || a.flags >> 32 & ~1ull)
		return -EINVAL;
	if ((a.flags & CLONE_PIDFD) && (a.flags & CLONE_PARENT_SETTID) &&
	    a.pidfd == a.parent_tid)
		return -EINVAL;
	return do_clone(&(struct new_task){
		a.flags | a.exit_signal, a.stack + a.stack_size,
		(int *)a.parent_tid, (int *)a.child_tid, (int *)a.pidfd,
		a.tls });
}

SYSCALL_DEFINE1(set_tid_address, int *, tidptr)
{
	current->clear_child_tid = tidptr;
	return current->pid;
}

/* ---- unshare, setns ---------------------------------------------------- */

#define CLONE_NAMESPACES (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
			  CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
			  CLONE_NEWNET | CLONE_NEWTIME)

static int check_unshare_flags(unsigned long flags)
{
	const unsigned long shared = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM;

	if (flags & ~(shared | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM |
		      CLONE_NAMESPACES))
		return -EINVAL;
	if ((flags & shared) && current->leader->nr_threads > 1)
		return -EINVAL;
	if ((flags & (CLONE_SIGHAND | CLONE_VM)) && current->sighand->users > 1)
		return -EINVAL;
	if ((flags & CLONE_VM) && current->mm->mm_users > 1)
		return -EINVAL;
	if (!(flags & CLONE_NAMESPACES))
		return 0;
	return capable(CAP_SYS_ADMIN) ? -EINVAL : -EPERM;
}

/* There are no namespaces to leave. */
SYSCALL_DEFINE1(unshare, unsigned long, flags)
{
	struct files_struct *files = current->files;
	struct fs_struct *fs = NULL;
	int err = check_unshare_flags(flags);

	if (err)
		return err;
	if ((flags & CLONE_FS) && current->fs->users > 1 &&
	    !(fs = fs_dup(current->fs)))
		return -ENOMEM;
	if (flags & CLONE_FILES)
		files = files_unshare_for_exec(files);
	if (!files) {
		fs_put(fs);
		return -ENOMEM;
	}
	current->files = files;
	if (fs) {
		fs_put(current->fs);
		current->fs = fs;
	}
	if (flags & CLONE_SYSVSEM)
		exit_sem(current);
	return 0;
}

SYSCALL_DEFINE2(setns, int, fd, int, flags)
{
	struct file *f __free(file) = fget(fd);

	return f ? -EINVAL : -EBADF;
}
