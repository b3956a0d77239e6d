/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sleeping locks and wait queues for one processor.  The kernel is preempted
 * only where it sleeps, so state that is consistent whenever its owner sleeps
 * needs no lock; state shared with interrupt handlers is guarded by irq_save.
 * What must stay put over a sleep has one of the locks below.
 *
 * Order, outermost first; taking a lock of a class not above every class held
 * is a bug that debug builds report with both names:
 */
#ifndef KERNEL_LOCK_H
#define KERNEL_LOCK_H

#include <arch/irq.h>
#include <bsd/sys/queue.h>
#include <lib/err.h>
#include <lib/types.h>

enum lock_class {
	LOCK_NONE,
	LOCK_PIPE,		/* pipe and tty contents */
	LOCK_NAMESPACE,		/* directory trees */
	LOCK_SYNC,		/* writing a file system back */
	LOCK_INODE,		/* one file's size and contents */
	LOCK_MMAP,		/* mm->mmap_lock; copies to user memory fault
				 * under PIPE and INODE, never the reverse */
	LOCK_MMAP_CHILD,	/* fork: the child's, under the parent's */
	LOCK_FS,		/* one file's map of blocks */
};

struct task_struct;

/* ---- wait queues ------------------------------------------------------- */

struct waiter {
	struct task_struct *task;
	/* NULL: wake the task; else called instead, interrupts off, with the
	 * POLL* events that came (0: any).  Does not touch the queue. */
	void (*func)(struct waiter *w, unsigned events);
	TAILQ_ENTRY(waiter) link;
};
struct wait_queue {
	TAILQ_HEAD(, waiter) waiters;
};
static inline void wait_queue_init(struct wait_queue *wq)
{
	TAILQ_INIT(&wq->waiters);
}
#define WAIT_QUEUE_INIT(wq) { TAILQ_HEAD_INITIALIZER((wq).waiters) }

/* Any context, interrupts included: make every waiter runnable.  `events`: what
 * else is to be told of only that. */
void wake_up_all(struct wait_queue *wq, unsigned events);
static inline void wake_up_poll(struct wait_queue *wq, unsigned events)
{
	if (!TAILQ_EMPTY(&wq->waiters))
		wake_up_all(wq, events);
}
static inline void wake_up(struct wait_queue *wq)
{
	wake_up_poll(wq, 0);
}
/* Sleep until woken (or a signal, if `interruptible`).  Interrupts must be off
 * since the condition was tested; they are off again on return. */
void sleep_on(struct wait_queue *wq, bool interruptible);

bool signal_pending(void);		/* current has a signal to act on */
bool fatal_signal_pending(void);	/* ... one that kills it */

/* What is true already needs no wait, whether an interrupt comes or not. */
#define wait_event(wq, cond) do {					\
	unsigned long _f;						\
	if (likely(cond))						\
		break;							\
	_f = irq_save();						\
	while (!(cond))							\
		sleep_on((wq), false);					\
	irq_restore(_f);						\
} while (0)

/* 0, or -ERESTARTSYS when a signal came first. */
#define wait_event_interruptible(wq, cond) ({				\
	int _ret = 0;							\
	unsigned long _f = irq_save();					\
	while (!(cond)) {						\
		if (signal_pending()) {					\
			_ret = -ERESTARTSYS;				\
			break;						\
		}							\
		sleep_on((wq), true);					\
	}								\
	irq_restore(_f);						\
	_ret;								\
})

/* ---- locks that may be held over a sleep ------------------------------- */

extern struct task_struct *current_task;

/* Not 0: each acquisition is compared with what the task holds. */
extern int lock_checks;
void lock_check_acquire(enum lock_class class);
void lock_check_release(enum lock_class class);
static inline void lock_acquire(enum lock_class class)
{
	if (unlikely(lock_checks))
		lock_check_acquire(class);
}
static inline void lock_release(enum lock_class class)
{
	if (unlikely(lock_checks))
		lock_check_release(class);
}
/* A lock of this class is let go by one who does not hold it. */
void lock_misused(enum lock_class class) __noreturn;

struct mutex {
	struct task_struct *owner;
	enum lock_class class;
	struct wait_queue wq;
};
void mutex_init(struct mutex *m, enum lock_class class);
#define MUTEX_INIT(m, cls) { .class = (cls), .wq = WAIT_QUEUE_INIT((m).wq) }
void mutex_wait(struct mutex *m);	/* until it has no owner */
static inline void mutex_lock(struct mutex *m)
{
	lock_acquire(m->class);
	if (unlikely(m->owner))
		mutex_wait(m);
	m->owner = current_task;
}
static inline void mutex_unlock(struct mutex *m)
{
	if (unlikely(m->owner != current_task))
		lock_misused(m->class);
	lock_release(m->class);
	m->owner = NULL;
	wake_up(&m->wq);
}

struct rwsem {
	int readers;
	unsigned writers_waiting;	/* new readers yield to them */
	struct task_struct *writer;
	enum lock_class class;
	struct wait_queue wq;
};
void init_rwsem(struct rwsem *s, enum lock_class class);
/* Until it may be taken to read, or to write. */
void rwsem_wait_read(struct rwsem *s);
void rwsem_wait_write(struct rwsem *s);
static inline void down_read(struct rwsem *s)
{
	lock_acquire(s->class);
	if (unlikely(s->writer || s->writers_waiting))
		rwsem_wait_read(s);
	s->readers++;
}
static inline void up_read(struct rwsem *s)
{
	lock_release(s->class);
	if (unlikely(--s->readers < 0))
		lock_misused(s->class);
	if (!s->readers)
		wake_up(&s->wq);
}
/* As one of another class: the second lock of a kind. */
static inline void down_write_nested(struct rwsem *s, enum lock_class class)
{
	lock_acquire(class);
	if (unlikely(s->writer || s->readers))
		rwsem_wait_write(s);
	s->writer = current_task;
}
static inline void down_write(struct rwsem *s)
{
	down_write_nested(s, s->class);
}
static inline void up_write_nested(struct rwsem *s, enum lock_class class)
{
	if (unlikely(s->writer != current_task))
		lock_misused(class);
	lock_release(class);
	s->writer = NULL;
	wake_up(&s->wq);
}
static inline void up_write(struct rwsem *s)
{
	up_write_nested(s, s->class);
}
static inline bool rwsem_is_locked(const struct rwsem *s)
{
	return s->readers || s->writer;
}

#endif
