// SPDX-License-Identifier: GPL-2.0
/*
 * The list of all tasks, their numbers and their memory.  A task enters the
 * list complete and leaves it when nobody can ask for it any more; its stack
 * and structure go later, when it is certainly off its stack.  Nothing here but
 * allocation sleeps.  (Linux: kernel/pid.c, kernel/fork.c)
 */
#include <arch/clock.h>
#include <kernel/pidfd.h>
#include <kernel/task.h>
#include <mm/mm.h>

int pid_max = 32768;

struct task_list all_tasks = TAILQ_HEAD_INITIALIZER(all_tasks);
unsigned long nr_tasks;
u64 nr_forks;
static struct kmem_cache task_cache = KMEM_CACHE(struct task_struct);
static struct kmem_cache sighand_cache = KMEM_CACHE(struct sighand);
static struct task_list dead_tasks = TAILQ_HEAD_INITIALIZER(dead_tasks);

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

/* max_tasks() bounds the tasks, so a free number always turns up.  1 is kept
 * for init. */
int alloc_pid(void)
{
	static int last = 1;

	do {
		last = last + 1 < pid_max ? last + 1 : 2;
	} while (pid_in_use(last));
	return last;
}

/* ---- memory of tasks --------------------------------------------------- */

/* Kernel stacks take at most an eighth of memory (Linux: set_max_threads); a
 * task keeps up to three numbers from others (its own, group, session). */
unsigned long max_tasks(void)
{
	unsigned long n = min(totalram_pages / (8 * KSTACK_SIZE / PAGE_SIZE),
			      (unsigned long)NR_TASKS_MAX);

	return min(n, (unsigned long)pid_max / 3 - 1);
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

void init_task_lists(struct task_struct *t)
{
	TAILQ_INIT(&t->children);
	TAILQ_INIT(&t->cpu_timers);
	itimers_init(&t->itimers);
	sigpending_init(&t->pending);
	sigpending_init(&t->shared);
	wait_queue_init(&t->child_wait);
	wait_queue_init(&t->thread_wait);
}

struct task_struct *alloc_task(void)
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
	init_task_lists(t);
	return t;
}

void free_task(struct task_struct *t)
{
	pidfd_detach(t);
	free_kstack(t->thread.kstack);
	kmem_cache_free(&task_cache, t);
}

void hash_task(struct task_struct *t)
{
	TAILQ_INSERT_TAIL(&all_tasks, t, tasks);
	nr_tasks++;
	nr_forks++;
}

void bury_task(struct task_struct *t)
{
	t->state = TASK_DEAD;
	pidfd_detach(t);
	cpu_timers_detach(t);
	TAILQ_REMOVE(&all_tasks, t, tasks);
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
