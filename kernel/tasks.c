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

/* All tasks by number; their numbers mostly follow each other. */
static LIST_HEAD(, task_struct) pid_hash[1024];

static void hash_pid(struct task_struct *t)
{
	LIST_INSERT_HEAD(&pid_hash[t->pid % ARRAY_SIZE(pid_hash)], t, by_pid);
}

struct task_struct *find_task(int pid)
{
	struct task_struct *t;

	LIST_FOREACH(t, &pid_hash[(unsigned)pid % ARRAY_SIZE(pid_hash)],
		     by_pid)
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

/* The least number from `from` on that is in use: that a task, group or session
 * bears. */
static int next_used_pid(int from)
{
	const struct task_struct *t;
	int next = pid_max;

	for_each_task(t) {
		const int ids[] = { t->pid, t->tgid, t->pgid, t->sid };

		for (unsigned i = 0; i < ARRAY_SIZE(ids); i++)
			if (ids[i] >= from && ids[i] < next)
				next = ids[i];
	}
	return next;
}

/* Between the number asked about last and next_used only numbers given out here
 * can have come into use: one look at all tasks tells of a whole run. */
static bool pid_in_use(int pid)
{
	static int asked, next_used;

	if (find_task(pid))
		return true;
	if (pid <= asked || pid >= next_used)
		next_used = next_used_pid(pid);
	asked = pid;
	return pid == next_used;
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
	TAILQ_INIT(&t->threads);
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
	TAILQ_INSERT_TAIL(&t->leader->threads, t, thread_link);
	hash_pid(t);
	nr_tasks++;
	nr_forks++;
}

void take_pid(struct task_struct *t, struct task_struct *from)
{
	LIST_REMOVE(t, by_pid);
	t->pid = from->pid;
	hash_pid(t);
}

void bury_task(struct task_struct *t)
{
	t->state = TASK_DEAD;
	pidfd_detach(t);
	cpu_timers_detach(t);
	LIST_REMOVE(t, by_pid);
	TAILQ_REMOVE(&t->leader->threads, t, thread_link);
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
