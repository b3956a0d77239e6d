// SPDX-License-Identifier: GPL-2.0
/*
 * Sleeping locks for one thread: never contended, so all they do is check.
 * Wrong order, recursion, a foreign owner or a release of what is not held stop
 * the host with both names; a lock held by another task is a deadlock, since
 * that task cannot run.  (The kernel's: kernel/lock.c)
 */
#include <arch/host.h>

static const char *const names[] = {
	"none", "pipe", "namespace", "inode", "mmap_lock",
	"child's mmap_lock",
};

unsigned host_locks_held(void)
{
	return current->locks.n;
}

static void held_push(enum lock_class class)
{
	struct lock_stack *s = &current->locks;

	for (unsigned i = 0; i < s->n; i++)
		if (s->held[i] >= class)
			panic("lock order: %s taken under %s", names[class],
			      names[s->held[i]]);
	BUG_ON(s->n == ARRAY_SIZE(s->held));
	s->held[s->n++] = class;
}

static void held_pop(enum lock_class class)
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

static void contended(enum lock_class class, bool own)
{
	panic(own ? "%s takes %s twice" : "deadlock: %s waits for %s",
	      current->comm, names[class]);
}

void mutex_init(struct mutex *m, enum lock_class class)
{
	m->owner = NULL;
	m->class = class;
	wait_queue_init(&m->wq);
}

void mutex_lock(struct mutex *m)
{
	if (m->owner)
		contended(m->class, m->owner == current);
	held_push(m->class);
	m->owner = current;
}

void mutex_unlock(struct mutex *m)
{
	if (m->owner != current)
		panic("%s unlocks another's mutex", current->comm);
	m->owner = NULL;
	held_pop(m->class);
}

void init_rwsem(struct rwsem *s, enum lock_class class)
{
	s->readers = 0;
	s->writer = NULL;
	s->writers_waiting = 0;
	s->class = class;
	wait_queue_init(&s->wq);
}

void down_read(struct rwsem *s)
{
	if (s->writer)
		contended(s->class, s->writer == current);
	held_push(s->class);
	s->readers++;
}

void up_read(struct rwsem *s)
{
	if (s->readers <= 0)
		panic("up_read of %s without readers", names[s->class]);
	s->readers--;
	held_pop(s->class);
}

void down_write(struct rwsem *s)
{
	if (s->writer || s->readers)
		contended(s->class, s->writer == current);
	held_push(s->class);
	s->writer = current;
}

void up_write(struct rwsem *s)
{
	if (s->writer != current)
		panic("up_write of %s by another task", names[s->class]);
	s->writer = NULL;
	held_pop(s->class);
}
