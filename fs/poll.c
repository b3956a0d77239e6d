// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for several files: poll, ppoll, select, pselect6 (Linux:
 * fs/select.c).
 *
 * A round asks every file with interrupts off; the first round also puts a
 * waiter on each queue a file names, so a wakeup between the question and the
 * sleep is not lost.  Waiters stay until the call ends, and the files are
 * referenced as long, for a queue lives in its file.
 */
#include <arch/clock.h>
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <mm/slab.h>

#define NSEC_PER_SEC 1000000000ull
#define NSEC_PER_MSEC 1000000ull
#define NEVER UINT64_MAX

/* One file asked about. */
struct poll_item {
	struct file *file;	/* NULL: nothing to ask */
	bool closed;		/* a descriptor that is none: POLLNVAL */
	unsigned events, revents;
	struct poll_table table;	/* where we wait for it */
};

/* A relative time limit of the user, timespec or timeval. */
struct limit {
	void *user;		/* NULL: none */
	u64 unit;		/* nanoseconds of the second field's unit */
	u64 until;		/* NEVER, or when to give up */
};

void poll_wait(struct poll_table *pt, struct wait_queue *wq)
{
	struct poll_wait_entry *e;

	if (!pt)
		return;
	BUG_ON(pt->n == ARRAY_SIZE(pt->entry));
	e = &pt->entry[pt->n++];
	e->table = pt;
	e->wq = wq;
	e->waiter.task = current;
	e->waiter.func = pt->func;
	TAILQ_INSERT_TAIL(&wq->waiters, &e->waiter, link);
}

void poll_unwait(struct poll_table *pt)
{
	unsigned i;

	for (i = 0; i < pt->n; i++)
		TAILQ_REMOVE(&pt->entry[i].wq->waiters, &pt->entry[i].waiter,
			     link);
}

unsigned vfs_poll(struct file *file, struct poll_table *pt)
{
	if (!file->f_op || !file->f_op->poll)
		return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
	return file->f_op->poll(file, pt);
}

static unsigned poll_round(struct poll_item *items, unsigned n, bool first)
{
	struct poll_item *it;
	unsigned ready = 0;

	for (it = items; it < items + n; it++) {
		if (it->file)
			it->revents = (it->events | POLLERR | POLLHUP) &
				vfs_poll(it->file, first ? &it->table : NULL);
		else
			it->revents = it->closed ? POLLNVAL : 0;
		ready += it->revents != 0;
	}
	return ready;
}

static struct poll_item *alloc_items(unsigned n)
{
	return kzalloc((n + 1) * sizeof(struct poll_item), GFP_KERNEL);
}

static void free_items(struct poll_item *items, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (items[i].file)
			fput(items[i].file);
	kfree(items);
}

static void set_item(struct poll_item *it, int fd, unsigned events)
{
	it->events = events;
	it->file = fd >= 0 ? fget(fd) : NULL;
	it->closed = fd >= 0 && !it->file;
}

/* Items ready, 0 at the time `until` (ns, NEVER: none), -ERESTARTNOHAND. */
static int poll_items(struct poll_item *items, unsigned n, u64 until)
{
	unsigned long flags = irq_save();
	int ready = poll_round(items, n, true);
	unsigned i;
	u64 now;

	while (!ready) {
		now = clock_monotonic_ns();
		if (now >= until)
			break;
		ready = -ERESTARTNOHAND;
		if (signal_pending())
			break;
		sleep_ns(until == NEVER ? NEVER : until - now, true);
		ready = poll_round(items, n, false);
	}
	for (i = 0; i < n; i++)
		poll_unwait(&items[i].table);
	irq_restore(flags);
	return ready;
}

/* ---- time limits, signal masks ----------------------------------------- */

u64 poll_deadline(u64 ns)
{
	u64 now = clock_monotonic_ns();

	return ns > NEVER - 1 - now ? NEVER : now + ns;
}

static int get_limit(struct limit *l)
{
	const s64 per_sec = NSEC_PER_SEC / l->unit;
	struct timespec64 t;

	l->until = NEVER;
	if (!l->user)
		return 0;
	if (copy_from_user(&t, l->user, sizeof(t)))
		return -EFAULT;
	/* a timeval may have more than a second of microseconds */
	if (t.tv_sec < 0 || t.tv_nsec < 0 ||
	    (t.tv_nsec >= per_sec && l->unit == 1))
		return -EINVAL;
	if (t.tv_sec < NEVER / NSEC_PER_SEC / 4 &&
	    t.tv_nsec / per_sec < NEVER / NSEC_PER_SEC / 4)
		l->until = poll_deadline(t.tv_sec * NSEC_PER_SEC +
				    t.tv_nsec * l->unit);
	return 0;
}

/* The rest of the time is written back, so that the call can go on with it
 * after a signal without a handler; where it cannot be, the call ends. */
static int put_limit(const struct limit *l, int ret)
{
	u64 now = clock_monotonic_ns();
	u64 left = l->until > now ? l->until - now : 0;
	struct timespec64 t = { left / NSEC_PER_SEC,
				left % NSEC_PER_SEC / l->unit };

	if (l->until != NEVER && copy_to_user(l->user, &t, sizeof(t)) &&
	    ret == -ERESTARTNOHAND)
		return -EINTR;
	return ret;
}

int set_user_sigmask(const ksigset_t *umask, size_t size)
{
	ksigset_t mask;

	if (!umask)
		return 0;
	if (size != sizeof(ksigset_t))
		return -EINVAL;
	if (get_user(mask, umask))
		return -EFAULT;
	current->saved_mask = current->blocked;
	set_current_blocked(mask & ~SIG_KERNEL_ONLY);
	return 0;
}

/* A handler runs before the old mask comes back, as rt_sigreturn brings it. */
void restore_user_sigmask(const ksigset_t *umask, bool interrupted)
{
	if (!umask)
		return;
	if (interrupted)
		current->restore_saved_mask = true;
	else
		set_current_blocked(current->saved_mask);
}

/* ---- poll -------------------------------------------------------------- */

static int get_pollfds(struct poll_item *items, const struct pollfd *ufds,
		       unsigned n)
{
	struct pollfd p;
	unsigned i;

	for (i = 0; i < n; i++) {
		if (get_user(p, &ufds[i]))
			return -EFAULT;
		set_item(&items[i], p.fd, p.events);
	}
	return 0;
}

static int put_pollfds(const struct poll_item *items, struct pollfd *ufds,
		       unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (put_user(items[i].revents, &ufds[i].revents))
			return -EFAULT;
	return 0;
}

static int do_poll(struct pollfd *ufds, unsigned n, u64 until)
{
	struct poll_item *items;
	int ret;

	if (n > rlimit(RLIMIT_NOFILE))
		return -EINVAL;
	items = alloc_items(n);
	if (!items)
		return -ENOMEM;
	ret = get_pollfds(items, ufds, n);
	if (!ret) {
		ret = poll_items(items, n, until);
		if (put_pollfds(items, ufds, n))
			ret = -EFAULT;
	}
	free_items(items, n);
	return ret;
}

static long restart_poll(struct restart_block *r)
{
	int ret = do_poll(r->user, r->args[0], r->until);

	if (ret != -ERESTARTNOHAND)
		return ret;
	r->fn = restart_poll;
	return -ERESTART_RESTARTBLOCK;
}

SYSCALL_DEFINE3(poll, struct pollfd *, ufds, unsigned, n, int, ms)
{
	current->restart = (struct restart_block){
		.user = ufds, .args = { n },
		.until = ms < 0 ? NEVER :
			 poll_deadline((u64)ms * NSEC_PER_MSEC) };
	return restart_poll(&current->restart);
}

SYSCALL_DEFINE5(ppoll, struct pollfd *, ufds, unsigned, n, void *, uts,
		const ksigset_t *, umask, size_t, size)
{
	struct limit limit = { .user = uts, .unit = 1 };
	int ret = get_limit(&limit) ?: set_user_sigmask(umask, size);

	if (ret)
		return ret;
	ret = do_poll(ufds, n, limit.until);
	restore_user_sigmask(umask, ret == -ERESTARTNOHAND);
	return put_limit(&limit, ret);
}

/* ---- select ------------------------------------------------------------ */

#define BITS 64u

/* What makes a descriptor ready for each of the three sets. */
static const unsigned select_events[3] = {
	POLLIN | POLLRDNORM | POLLHUP | POLLERR,
	POLLOUT | POLLWRNORM | POLLERR,
	POLLPRI,
};

static bool has_bit(const u64 *set, unsigned i)
{
	return set[i / BITS] >> (i % BITS) & 1;
}

/* One item for each descriptor in any of the sets; -EBADF if one is closed. */
static int select_items(struct poll_item *items, u64 *const set[3], unsigned n)
{
	unsigned i, s, events;
	int err = 0;

	for (i = 0; i < n; i++) {
		for (s = events = 0; s < 3; s++)
			events |= has_bit(set[s], i) ? select_events[s] : 0;
		set_item(&items[i], events ? (int)i : -1, events);
		if (items[i].closed)
			err = -EBADF;
	}
	return err;
}

/* Replace what was asked by what is so; the number of bits. */
static int select_answer(struct poll_item *items, u64 *const set[3], unsigned n)
{
	int count = 0;
	unsigned i, s;

	for (i = 0; i < n; i++) {
		for (s = 0; s < 3; s++) {
			if (!has_bit(set[s], i))
				continue;
			if (items[i].revents & select_events[s])
				count++;
			else
				set[s][i / BITS] &= ~(1ull << (i % BITS));
		}
	}
	return count;
}

static int select_wait(u64 *const set[3], unsigned n, u64 until)
{
	struct poll_item *items = alloc_items(n);
	int ret;

	if (!items)
		return -ENOMEM;
	ret = select_items(items, set, n);
	if (!ret)
		ret = poll_items(items, n, until);
	if (ret >= 0)
		ret = select_answer(items, set, n);
	free_items(items, n);
	return ret;
}

static int do_select(int n, u64 *const uset[3], u64 until)
{
	u64 *buf __free(memory) = NULL, *set[3];
	size_t bytes;
	int i, ret = 0;

	if (n < 0)
		return -EINVAL;
	/* bits beyond the table are not looked at: none is open */
	n = min(n, (int)current->files->max);
	bytes = DIV_ROUND_UP(n, BITS) * sizeof(u64);
	buf = kzalloc(3 * bytes + 1, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	for (i = 0; i < 3 && !ret; i++) {
		set[i] = buf + i * (bytes / sizeof(u64));
		if (uset[i])
			ret = copy_from_user(set[i], uset[i], bytes);
		if (n % BITS)		/* nor is what lies behind n */
			set[i][n / BITS] &= ~(~0ull << n % BITS);
	}
	if (!ret)
		ret = select_wait(set, n, until);
	for (i = 0; i < 3 && ret >= 0; i++)
		if (uset[i] && copy_to_user(uset[i], set[i], bytes))
			ret = -EFAULT;
	return ret;
}

/* How pselect6 passes a sixth and a seventh argument. */
struct sigset_arg {
	const ksigset_t *mask;
	size_t size;
};

static int select_until(int n, u64 *const uset[3], struct limit *limit,
			const struct sigset_arg *sig)
{
	int ret = get_limit(limit) ?: set_user_sigmask(sig->mask, sig->size);

	if (ret)
		return ret;
	ret = do_select(n, uset, limit->until);
	restore_user_sigmask(sig->mask, ret == -ERESTARTNOHAND);
	return put_limit(limit, ret);
}

SYSCALL_DEFINE5(select, int, n, u64 *, in, u64 *, out, u64 *, ex, void *, utv)
{
	struct limit limit = { .user = utv, .unit = 1000 };

	return select_until(n, (u64 *const[]){ in, out, ex }, &limit,
			    &(struct sigset_arg){ .mask = NULL });
}

SYSCALL_DEFINE6(pselect6, int, n, u64 *, in, u64 *, out, u64 *, ex, void *, uts,
		const struct sigset_arg *, uarg)
{
	struct limit limit = { .user = uts, .unit = 1 };
	struct sigset_arg arg = { .mask = NULL };

	if (uarg && get_user(arg, uarg))
		return -EFAULT;
	return select_until(n, (u64 *const[]){ in, out, ex }, &limit, &arg);
}
