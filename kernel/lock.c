// SPDX-License-Identifier: GPL-2.0
/*
 * Wait queues, mutexes and read-write semaphores for one processor: the state
 * of a lock changes without a sleep in between, waiters sleep on its queue and
 * look again.  With `debug` on the command line every acquisition is compared
 * with the classes the task holds: the order in lock.h is the law, and a
 * breach is reported with both names.  (Linux: kernel/locking, lockdep)
 */
#include <arch/power.h>
#include <kernel/kernel.h>
#include <kernel/task.h>

static const char *const class_names[] = {
	[LOCK_NONE] = "none",
	[LOCK_PIPE] = "pipe",
	[LOCK_NAMESPACE] = "namespace",
	[LOCK_SYNC] = "sync",	      [LOCK_FS] = "fs",
	[LOCK_INODE] = "inode",
	[LOCK_MMAP] = "mmap",
	[LOCK_MMAP_CHILD] = "mmap_child",
};

#define REPORTS_MAX 8

int lock_checks = -1;	/* not known yet */

static void report_order(enum lock_class held, enum lock_class taken)
{
	static unsigned reports;

	if (reports++ >= REPORTS_MAX)
		return;
	printk("lock order: %s[%d] takes %s while it holds %s\n",
	       current->comm, current->pid, class_names[taken],
	       class_names[held]);
	arch_backtrace();
}

void lock_check_acquire(enum lock_class class)
{
	struct lock_stack *ls = &current->locks;
	char buf[2];
	unsigned i;

	if (lock_checks < 0)
		lock_checks = cmdline_get("debug", buf, sizeof(buf)) >= 0;
	if (class == LOCK_NONE || !lock_checks)
		return;
	for (i = 0; i < ls->n; i++)
		if (ls->held[i] >= class)
			report_order(ls->held[i], class);
	if (ls->n < ARRAY_SIZE(ls->held))
		ls->held[ls->n++] = class;
}

void lock_check_release(enum lock_class class)
{
	struct lock_stack *ls = &current->locks;
	unsigned i;

	for (i = ls->n; i-- > 0;) {
		if (ls->held[i] != class)
			continue;
		ls->n--;
		for (; i < ls->n; i++)
			ls->held[i] = ls->held[i + 1];
		return;
	}
}

void lock_misused(enum lock_class class)
{
	panic("%s[%d] lets go of a lock that it does not hold: %s",
	      current->comm, current->pid, class_names[class]);
}

/* ---- wait queues ------------------------------------------------------- */

void wake_up_all(struct wait_queue *wq, unsigned events)
{
	unsigned long f = irq_save();
	struct waiter *w;

	TAILQ_FOREACH(w, &wq->waiters, link) {
		if (w->func)
			w->func(w, events);
		else
			wake_up_task(w->task);
	}
	irq_restore(f);
}

__noinline void sleep_on(struct wait_queue *wq, bool interruptible)
{
	struct waiter w = { .task = current };

	current->state = interruptible ? TASK_INTERRUPTIBLE :
					 TASK_UNINTERRUPTIBLE;
	TAILQ_INSERT_TAIL(&wq->waiters, &w, link);
	schedule();
	TAILQ_REMOVE(&wq->waiters, &w, link);
}

/* ---- mutex ------------------------------------------------------------- */

void mutex_init(struct mutex *m, enum lock_class class)
{
	m->owner = NULL;
	m->class = class;
	wait_queue_init(&m->wq);
}

void mutex_wait(struct mutex *m)
{
	BUG_ON(m->owner == current);
	wait_event(&m->wq, !m->owner);
}

/* ---- rwsem ------------------------------------------------------------- */

void init_rwsem(struct rwsem *s, enum lock_class class)
{
	s->readers = 0;
	s->writer = NULL;
	s->writers_waiting = 0;
	s->class = class;
	wait_queue_init(&s->wq);
}

void rwsem_wait_read(struct rwsem *s)
{
	BUG_ON(s->writer == current);
	wait_event(&s->wq, !s->writer && !s->writers_waiting);
}

void rwsem_wait_write(struct rwsem *s)
{
	BUG_ON(s->writer == current);
	s->writers_waiting++;
	wait_event(&s->wq, !s->writer && !s->readers);
	s->writers_waiting--;
}
