// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks and sleeping.  With one thread, the test says who is current; at a
 * sleep point the only thing that can happen is that killed tasks exit, and a
 * sleep after which nothing has changed would last for ever and stops the host.
 * In host_run() others run meanwhile (threads.c).
 * (The kernel's: kernel/sched.c, fork.c, exit.c)
 */
#include <arch/host.h>
#include <linux/mman.h>
#include <mm/memlock.h>

#include "host_internal.h"

static struct task_struct idle = { .comm = "idle" };
struct task_struct *current_task = &idle;
struct task_list all_tasks = TAILQ_HEAD_INITIALIZER(all_tasks);
unsigned long nr_tasks;
bool host_irqs_off;
void (*host_let_others_run)(void);
struct host_thread host_kthread;
static int last_pid = 1;	/* 1 is init, whom the OOM killer spares */

void host_sched_init(void)
{
	for (int i = 0; i < RLIM_NLIMITS; i++)
		idle.rlim[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	idle.rlim[RLIMIT_STACK].rlim_cur = 8ul << 20;
	idle.rlim[RLIMIT_MEMLOCK] = (struct rlimit){ 8ul << 20, 8ul << 20 };
}

bool capable(int cap)
{
	return current->euid == 0;
}

bool fatal_signal_pending(void)
{
	return current->killed;
}

bool signal_pending(void)
{
	return current->killed;
}

/* Who has no address space keeps the last one's loaded, as Linux does: so the
 * TLB still knows the task when reclaim runs. */
struct task_struct *host_switch(struct task_struct *t)
{
	struct task_struct *old = current;

	current_task = t;
	if (t->mm)
		switch_pgd(t->mm->pgd);
	return old;
}

/* Drop a task's address space; it may be the one that is loaded. */
void host_leave_mm(struct task_struct *t)
{
	struct mm_struct *mm = t->mm;

	t->mm = NULL;
	if (!mm)
		return;
	if (host_pgd == mm->pgd)
		switch_pgd(NULL);
	mmput(mm);
}

static struct task_struct *task_new(const struct task_struct *model)
{
	struct task_struct *t = host_zalloc(sizeof(*t));

	memcpy(t->comm, model->comm, sizeof(t->comm));
	memcpy(t->rlim, model->rlim, sizeof(t->rlim));
	t->uid = model->uid;
	t->euid = model->euid;
	t->pid = t->tgid = ++last_pid;
	TAILQ_INSERT_TAIL(&all_tasks, t, tasks);
	nr_tasks++;
	return t;
}

static void task_free(struct task_struct *t)
{
	TAILQ_REMOVE(&all_tasks, t, tasks);
	nr_tasks--;
	host_free(t);
}

/* What a program without segments is given. */
static const struct host_image plain_image = {
	.mmap_base = HOST_MMAP_BASE, .brk = HOST_BRK_START,
	.stack_top = HOST_STACK_TOP, .stack_size = HOST_STACK_SIZE,
};

/* A page of the file at addr. */
static long map_segment(struct mm_struct *mm, struct file *f,
			unsigned long addr, unsigned long prot, u64 pgoff)
{
	long ret;

	if (!f)
		return 0;
	ret = do_mmap(mm, f, addr, PAGE_SIZE, prot, MAP_PRIVATE | MAP_FIXED,
		      pgoff);
	return IS_ERR_VALUE(ret) ? ret : 0;
}

static long map_image(struct mm_struct *mm, const struct host_image *image)
{
	long ret;

	mm->mmap_base = image->mmap_base;
	mm->start_brk = mm->brk = image->brk;
	mm->start_stack = image->stack_top;
	ret = map_segment(mm, image->file, image->text, PROT_READ | PROT_EXEC,
			  0);
	if (!ret)
		ret = map_segment(mm, image->file, image->data,
				  PROT_READ | PROT_WRITE, 1);
	if (!ret && image->stack_size)
		ret = setup_stack_vma(mm, image->stack_top, image->stack_size);
	return ret;
}

/* Resident to the last page, or no exec (kernel/exec.c). */
static int populate_locked(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	int ret = 0;

	down_read(&mm->mmap_lock);
	for_each_vma(mm, vma)
		if (!ret && vma->vm_flags & VM_LOCKED)
			ret = populate_vma_range(vma, vma->vm_start,
						 vma->vm_end, 0);
	up_read(&mm->mmap_lock);
	return ret;
}

/* A new address space as exec makes one.  0 or -errno. */
static int make_mm(bool designated, const struct host_image *image,
		   struct mm_struct **result)
{
	struct mm_struct *mm = mm_alloc();
	int ret;

	if (!mm)
		return -ENOMEM;
	designated = designated && memlock->exec_mark;
	if (designated)
		memlock->exec_mark(mm);
	ret = map_image(mm, image);
	if (!ret && designated) {
		if (memlock->exec_finish)
			memlock->exec_finish(mm);
		ret = populate_locked(mm);
	}
	if (ret)
		mmput(mm);
	else
		*result = mm;
	return ret;
}

struct task_struct *host_spawn(const char *name, unsigned uid)
{
	struct task_struct *t = task_new(&idle), *old;
	int ret;

	strlcpy(t->comm, name, sizeof(t->comm));
	t->uid = t->euid = uid;
	old = host_switch(t);
	ret = make_mm(false, &plain_image, &t->mm);
	host_switch(old);
	if (!ret)
		return t;
	task_free(t);
	return NULL;
}

int host_exec_image(struct task_struct *t, bool designated,
		    const struct host_image *image)
{
	struct task_struct *caller = host_switch(t);
	struct mm_struct *old = t->mm;
	int ret;

	t->oom_refused = designated && memlock->exec_mark;
	ret = make_mm(designated, image, &t->mm);
	t->oom_refused = false;
	if (!ret) {
		switch_pgd(t->mm->pgd);
		mmput(old);
	}
	host_switch(caller);
	return ret;
}

int host_exec(struct task_struct *t, bool designated)
{
	return host_exec_image(t, designated, &plain_image);
}

struct task_struct *host_fork(struct task_struct *parent)
{
	struct task_struct *old = host_switch(parent);
	struct mm_struct *mm = dup_mm(parent->mm);
	struct task_struct *t;

	host_switch(old);
	if (IS_ERR(mm))
		return ERR_PTR(PTR_ERR(mm));
	t = task_new(parent);
	t->mm = mm;
	for (int i = 0; i < HOST_NR_FDS; i++)
		if (parent->fds[i])
			t->fds[i] = get_file(parent->fds[i]);
	return t;
}

void host_exit(struct task_struct *t)
{
	BUG_ON(t->locks.n);
	if (current == t)
		host_switch(&idle);
	for (int i = 0; i < HOST_NR_FDS; i++)
		host_fd_close(t, i);
	host_leave_mm(t);
	task_free(t);
}

struct task_struct *find_task(int pid)
{
	struct task_struct *t;

	TAILQ_FOREACH(t, &all_tasks, tasks)
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

void kill_task(struct task_struct *t)
{
	t->killed = true;
}

/* A killed task other than current gives up its memory, as its exit would; the
 * test still owns the task_struct. */
bool host_reap(void)
{
	struct task_struct *t;
	bool any = false;

	TAILQ_FOREACH(t, &all_tasks, tasks) {
		if (!t->killed || !t->mm || t == current)
			continue;
		host_leave_mm(t);
		any = true;
	}
	return any;
}

void cond_resched(void)
{
	bool off = host_irqs_off;

	if (host_let_others_run) {
		host_let_others_run();
		return;
	}
	host_irqs_off = false;
	host_reap();
	host_irqs_off = off;
}

void host_yield(void)
{
	if (host_let_others_run)
		host_let_others_run();
}

void schedule(void)
{
	cond_resched();
}

/* Time passes: just long enough for the killed to exit. */
u64 sleep_ns(u64 ns, bool interruptible)
{
	cond_resched();
	return 0;
}

/* kswapd: runs in host_run(). */
struct task_struct *kthread_create(void (*fn)(void *), void *arg,
				   const char *name)
{
	static struct task_struct thread;

	BUG_ON(host_kthread.fn);
	strlcpy(thread.comm, name, sizeof(thread.comm));
	host_kthread = (struct host_thread){ &thread, fn, arg };
	return &thread;
}

void wake_up_all(struct wait_queue *wq, unsigned events)
{
	struct waiter *w;

	TAILQ_FOREACH(w, &wq->waiters, link)
		w->task->asleep = false;
}

void sleep_on(struct wait_queue *wq, bool interruptible)
{
	struct waiter w = { .task = current };

	if (!host_irqs_off)
		panic("sleep_on with interrupts on");
	if (!host_let_others_run && !host_reap())
		panic("deadlock: %s sleeps and nobody can wake it",
		      current->comm);
	if (!host_let_others_run)
		return;
	current->asleep = true;
	TAILQ_INSERT_TAIL(&wq->waiters, &w, link);
	host_let_others_run();
	TAILQ_REMOVE(&wq->waiters, &w, link);
}

/* ---- userfaultfd: nobody handles faults here ---------------------------- */

unsigned handle_userfault(struct vm_area_struct *vma, unsigned long addr,
			  unsigned flags)
{
	return VM_FAULT_SIGBUS;
}

bool userfaultfd_wait(bool interruptible)
{
	return true;
}

void userfaultfd_exit(struct mm_struct *mm)
{
}
