// SPDX-License-Identifier: GPL-2.0
/*
 * Sleeping locks that check: wrong order, recursion, a foreign owner or a
 * release of what is not held stop the host with both names.  With one thread
 * they are never contended: a lock held by another task is a deadlock, since
 * that task cannot run.  In host_run() the others run until it is free.
 * (The kernel's: kernel/lock.c)
 */
#include <arch/host.h>

#include "host_internal.h"

static const char *const names[] = {
	"none", "pipe", "namespace", "inode", "mmap_lock",
	"child's mmap_lock",
};

unsigned host_locks_held(void)
{
	return current->locks.n;
}

int lock_checks = 1;

void lock_check_acquire(enum lock_class class)
{
	struct lock_stack *s = &current->locks;

	for (unsigned i = 0; i < s->n; i++)
		if (s->held[i] >= class)
			panic("lock order: %s taken under %s", names[class],
			      names[s->held[i]]);
	BUG_ON(s->n == ARRAY_SIZE(s->held));
	s->held[s->n++] = class;
}

void lock_check_release(enum lock_class class)
{
	struct lock_stack *s = &current->locks;

	for (unsigned i = s->n; i-- > 0; ) {
		if (s->held[i] != class)
			continue;
		for (s->n--; i < s->n; i++)
			s->held[i] = s->held[i + 1];
		return;
	}
	panic("%s releases %s without holding it", current->comm, names[class]);
}

static void check_contended(enum lock_class class, bool own)
{
	if (own || !host_let_others_run)
		panic(own ? "%s takes %s twice" : "deadlock: %s waits for %s",
		      current->comm, names[class]);
}

void lock_misused(enum lock_class class)
{
	panic("%s lets go of another's %s", current->comm, names[class]);
}

void mutex_init(struct mutex *m, enum lock_class class)
{
	m->owner = NULL;
	m->class = class;
	wait_queue_init(&m->wq);
}

void mutex_wait(struct mutex *m)
{
	check_contended(m->class, m->owner == current);
	wait_event(&m->wq, !m->owner);
}

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
	check_contended(s->class, s->writer == current);
	wait_event(&s->wq, !s->writer && !s->writers_waiting);
}

void rwsem_wait_write(struct rwsem *s)
{
	check_contended(s->class, s->writer == current);
	s->writers_waiting++;
	wait_event(&s->wq, !s->writer && !s->readers);
	s->writers_waiting--;
}
