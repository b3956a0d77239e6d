// SPDX-License-Identifier: GPL-2.0
/*
 * New tasks: fork, vfork, clone, kernel threads; process numbers; and the
 * list of all tasks.  A new task is complete before it enters the list and the
 * run queue; until then every failure is unwound.  What sleeps comes first,
 * what cannot fail last.  (Linux: kernel/fork.c, kernel/pid.c)
 */
#include <arch/clock.h>
#include <arch/uaccess.h>
#include <fs/file.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <mm/mm.h>

#define PID_MAX 32768

struct task_list all_tasks = TAILQ_HEAD_INITIALIZER(all_tasks);
unsigned long nr_tasks;
static struct kmem_cache task_cache = KMEM_CACHE(struct task_struct);
static struct kmem_cache sighand_cache = KMEM_CACHE(struct sighand);
static struct task_list dead_tasks = TAILQ_HEAD_INITIALIZER(dead_tasks);

bool capable(int cap)
{
	return current->euid == 0;
}

struct task_struct *find_task(int pid)
{
	struct task_struct *t;

	for_each_task(t)
		if (t->pid == pid)
			return t;
	return NULL;
}

struct task_struct *next_mm_task(struct task_struct *t)
{
	t = t ? TAILQ_NEXT(t, tasks) : TAILQ_FIRST(&all_tasks);
	while (t && !t->mm)
		t = TAILQ_NEXT(t, tasks);
	return t;
}

/* A number is free when no task, group or session bears it. */
static bool pid_in_use(int pid)
{
	struct task_struct *t;

	for_each_task(t)
		if (t->pid == pid || t->tgid == pid || t->pgid == pid ||
		    t->sid == pid)
			return true;
	return false;
}

/* NR_TASKS_MAX bounds the tasks, so a free number always turns up.  1 is kept
 * for init. */
static int alloc_pid(void)
{
	static int last = 1;

	do {
		last = last + 1 < PID_MAX ? last + 1 : 2;
	} while (pid_in_use(last));
	return last;
}

/* ---- memory of tasks -------------------------------------------------------- */

/* Kernel stacks take at most an eighth of memory (Linux: set_max_threads). */
static unsigned long max_tasks(void)
{
	return min(totalram_pages / (8 * KSTACK_SIZE / PAGE_SIZE),
		   (unsigned long)NR_TASKS_MAX);
}

struct sighand *sighand_alloc(const struct sighand *from)
{
	struct sighand *sh = kmem_cache_alloc(&sighand_cache,
					      GFP_KERNEL | GFP_ZERO);

	if (!sh)
		return NULL;
	if (from)
		*sh = *from;
	sh->users = 1;
	return sh;
}

void sighand_put(struct sighand *sh)
{
	if (!--sh->users)
		kmem_cache_free(&sighand_cache, sh);
}

static struct task_struct *alloc_task(void)
{
	struct task_struct *t;

	free_dead_tasks();
	if (nr_tasks >= max_tasks())
		return ERR_PTR(-EAGAIN);
	t = kmem_cache_alloc(&task_cache, GFP_KERNEL | GFP_ZERO);
	if (!t)
		return ERR_PTR(-ENOMEM);
	t->thread.kstack = alloc_kstack();
	if (!t->thread.kstack) {
		kmem_cache_free(&task_cache, t);
		return ERR_PTR(-ENOMEM);
	}
	t->state = TASK_UNINTERRUPTIBLE;
	t->start_ns = clock_monotonic_ns();
	TAILQ_INIT(&t->children);
	wait_queue_init(&t->child_wait);
	wait_queue_init(&t->thread_wait);
	return t;
}

static void free_task(struct task_struct *t)
{
	free_kstack(t->thread.kstack);
	kmem_cache_free(&task_cache, t);
}

static void hash_task(struct task_struct *t)
{
	TAILQ_INSERT_TAIL(&all_tasks, t, tasks);
	nr_tasks++;
}

void unhash_task(struct task_struct *t)
{
	TAILQ_REMOVE(&all_tasks, t, tasks);
}

void bury_task(struct task_struct *t)
{
	t->state = TASK_DEAD;
	TAILQ_INSERT_TAIL(&dead_tasks, t, tasks);
}

void free_dead_tasks(void)
{
	struct task_struct *t, *next;

	for (t = TAILQ_FIRST(&dead_tasks); t; t = next) {
		next = TAILQ_NEXT(t, tasks);
		if (t == current)
			continue;
		TAILQ_REMOVE(&dead_tasks, t, tasks);
		nr_tasks--;
		free_task(t);
	}
}

/* ---- kernel threads --------------------------------------------------------- */

struct kthread_start {
	void (*fn)(void *);
	void *arg;
};

/* Returns only if fn became a user program by kernel_execve: to user mode. */
static void kthread_main(void *data)
{
	struct kthread_start s = *(struct kthread_start *)data;

	kfree(data);
	irq_enable();
	s.fn(s.arg);
	if (!current->mm)
		do_exit(0);
}

static struct task_struct *kthread_make(void (*fn)(void *), void *arg,
					const char *name)
{
	struct kthread_start *s = kmalloc(sizeof(*s), GFP_KERNEL);
	struct task_struct *t;

	if (!s)
		return NULL;
	t = alloc_task();
	if (IS_ERR(t)) {
		kfree(s);
		return NULL;
	}
	*s = (struct kthread_start){ fn, arg };
	thread_init_kernel(&t->thread, kthread_main, s);
	strlcpy(t->comm, name, sizeof(t->comm));
	t->leader = t;
	t->nr_threads = 1;
	t->blocked = ~0ull;
	return t;
}

struct task_struct *kthread_create(void (*fn)(void *), void *arg,
				   const char *name)
{
	struct task_struct *t = kthread_make(fn, arg, name);

	if (!t)
		return NULL;
	t->pid = t->tgid = alloc_pid();
	hash_task(t);
	wake_up_task(t);
	return t;
}

static void default_rlimits(struct rlimit *rlim)
{
	unsigned i;

	for (i = 0; i < RLIM_NLIMITS_; i++)
		rlim[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	rlim[RLIMIT_MEMLOCK] = (struct rlimit){ 8 << 20, 8 << 20 };
	rlim[RLIMIT_STACK].rlim_cur = 8 << 20;
	rlim[RLIMIT_CORE].rlim_cur = 0;
	rlim[RLIMIT_NOFILE] = (struct rlimit){ 1024, 4096 };
	rlim[RLIMIT_NPROC] = (struct rlimit){ max_tasks() / 2,
					      max_tasks() / 2 };
	rlim[RLIMIT_NICE] = rlim[RLIMIT_RTPRIO] = (struct rlimit){ 0, 0 };
}

struct task_struct *init_create(void (*fn)(void *), void *arg)
{
	struct sighand *sh = sighand_alloc(NULL);
	struct task_struct *t;

	if (!sh)
		return NULL;
	t = kthread_make(fn, arg, "init");
	if (!t) {
		sighand_put(sh);
		return NULL;
	}
	t->sighand = sh;
	t->blocked = 0;
	t->pid = t->tgid = 1;
	t->exit_signal = SIGCHLD;
	t->fs = current->fs ? fs_get(current->fs) : NULL;
	t->files = current->files ? files_get(current->files) : NULL;
	default_rlimits(t->rlim);
	hash_task(t);
	wake_up_task(t);
	return t;
}

/* ---- fork ------------------------------------------------------------------- */

struct clone_args_ {
	u64 flags;
	unsigned long sp;
	int *ptid, *ctid;
	unsigned long tls;
};

static int check_clone_flags(u64 flags)
{
	const u64 namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
		CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

	if (flags & (namespaces | CLONE_PIDFD))
		return -EINVAL;
	if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
		return -EINVAL;
	return 0;
}

static int check_nproc(void)
{
	struct task_struct *t;
	unsigned long n = 0;

	if (!current->uid || capable(CAP_SYS_RESOURCE))
		return 0;
	for_each_task(t)
		n += t->mm && t->uid == current->uid;
	return n >= rlimit(RLIMIT_NPROC) ? -EAGAIN : 0;
}

static void copy_plain_fields(struct task_struct *t)
{
	const struct task_struct *c = current;

	memcpy(t->comm, c->comm, sizeof(t->comm));
	t->nice = c->nice;
	t->pgid = c->pgid;
	t->sid = c->sid;
	t->uid = c->uid;
	t->euid = c->euid;
	t->suid = c->suid;
	t->gid = c->gid;
	t->egid = c->egid;
	t->sgid = c->sgid;
	t->ngroups = c->ngroups;
	memcpy(t->groups, c->groups, sizeof(t->groups));
	memcpy(t->rlim, c->rlim, sizeof(t->rlim));
	t->blocked = c->blocked;
	t->personality = c->personality;
	t->sigaltstack = c->sigaltstack;
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
		mmget(mm);
		if (!(flags & CLONE_VFORK))
			t->sigaltstack = (stack_t){ .ss_flags = SS_DISABLE };
	} else {
		mm = dup_mm(mm);
		if (IS_ERR(mm))
			return PTR_ERR(mm);
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
	err = copy_mm(t, flags);
	if (!err)
		return 0;
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
	if (flags & CLONE_THREAD) {
		t->leader = current->leader;
		t->tgid = current->tgid;
		t->leader->nr_threads++;
		t->parent = t->leader->parent;
		return;
	}
	t->leader = t;
	t->tgid = t->pid;
	t->nr_threads = 1;
	t->exit_signal = flags & CSIGNAL;
	t->parent = flags & CLONE_PARENT ? current->leader->parent :
					   current->leader;
	TAILQ_INSERT_TAIL(&t->parent->children, t, sibling);
}

static void init_child_regs(struct task_struct *t, const struct clone_args_ *a)
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

static void write_tids(struct task_struct *t, const struct clone_args_ *a)
{
	if (a->flags & CLONE_CHILD_CLEARTID)
		t->clear_child_tid = a->ctid;
	if (a->flags & CLONE_CHILD_SETTID)
		access_remote_vm(t->mm, (unsigned long)a->ctid, &t->pid,
				 sizeof(t->pid), true);
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

static long do_clone(const struct clone_args_ *a)
{
	struct vfork_wait v = { .done = false };
	struct task_struct *t;
	int err = check_clone_flags(a->flags), pid;

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
	err = copy_resources(t, a->flags);
	if (err) {
		free_task(t);
		return err;
	}
	/* Nothing sleeps from here on. */
	init_child_regs(t, a);
	join_group(t, a->flags);
	hash_task(t);
	pid = t->pid;
	wait_queue_init(&v.wq);
	if (a->flags & CLONE_VFORK)
		t->vfork = &v;
	write_tids(t, a);
	wake_up_task(t);
	if (a->flags & CLONE_VFORK)
		wait_for_vfork(&v);
	return pid;
}

SYSCALL_DEFINE0(fork)
{
	return do_clone(&(struct clone_args_){ .flags = SIGCHLD });
}

SYSCALL_DEFINE0(vfork)
{
	return do_clone(&(struct clone_args_){
		.flags = SIGCHLD | CLONE_VM | CLONE_VFORK });
}

SYSCALL_DEFINE5(clone, unsigned long, flags, unsigned long, sp, int *, ptid,
		int *, ctid, unsigned long, tls)
{
	return do_clone(&(struct clone_args_){ (u32)flags, sp, ptid, ctid,
					       tls });
}

SYSCALL_DEFINE1(set_tid_address, int *, tidptr)
{
	current->clear_child_tid = tidptr;
	return current->pid;
}
