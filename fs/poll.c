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
#include <lib/string.h>
#include <linux/time.h>
#include <mm/slab.h>

#define NSEC_PER_SEC 1000000000ull
#define NSEC_PER_MSEC 1000000ull
#define NEVER UINT64_MAX
#define WAITS_PER_FILE 2	/* queues that one f_op->poll names at most */

struct poll_wait_entry {
	struct waiter waiter;
	struct wait_queue *wq;
};

struct poll_table {
	struct poll_wait_entry *entry;
	unsigned n, max;
};

/* One file asked about. */
struct poll_item {
	struct file *file;	/* NULL: closed descriptor */
	unsigned events, revents;
};

void poll_wait(struct poll_table *pt, struct wait_queue *wq)
{
	struct poll_wait_entry *e;

	if (!pt)
		return;
	BUG_ON(pt->n == pt->max);
	e = &pt->entry[pt->n++];
	e->wq = wq;
	e->waiter.task = current;
	TAILQ_INSERT_TAIL(&wq->waiters, &e->waiter, link);
}

static void poll_unwait(struct poll_table *pt)
{
	unsigned long flags = irq_save();
	unsigned i;

	for (i = 0; i < pt->n; i++)
		TAILQ_REMOVE(&pt->entry[i].wq->waiters, &pt->entry[i].waiter,
			     link);
	irq_restore(flags);
}

unsigned vfs_poll(struct file *file, struct poll_table *pt)
{
	if (!file->f_op || !file->f_op->poll)
		return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
	return file->f_op->poll(file, pt);
}

static unsigned poll_round(struct poll_item *items, unsigned n,
			   struct poll_table *pt)
{
	unsigned i, ready = 0;

	for (i = 0; i < n; i++) {
		if (!items[i].file)
			continue;
		items[i].revents = vfs_poll(items[i].file, pt) &
				   (items[i].events | POLLERR | POLLHUP);
		ready += items[i].revents != 0;
	}
	return ready;
}

/* Items ready, 0 at the time `until` (ns, NEVER: none), -EINTR, -ENOMEM. */
static int poll_items(struct poll_item *items, unsigned n, u64 until)
{
	struct poll_table pt = { .max = n * WAITS_PER_FILE };
	unsigned long flags;
	int ready;
	u64 now;

	pt.entry = kmalloc((pt.max + 1) * sizeof(*pt.entry), GFP_KERNEL);
	if (!pt.entry)
		return -ENOMEM;
	flags = irq_save();
	ready = poll_round(items, n, &pt);
	while (!ready) {
		now = clock_monotonic_ns();
		if (now >= until)
			break;
		ready = -EINTR;
		if (signal_pending())
			break;
		sleep_ns(until == NEVER ? NEVER : until - now, true);
		ready = poll_round(items, n, NULL);
	}
	irq_restore(flags);
	poll_unwait(&pt);
	kfree(pt.entry);
	return ready;
}

/* ---- time limits, signal masks -------------------------------------------- */

static u64 deadline(u64 ns)
{
	u64 now = clock_monotonic_ns();

	return ns > NEVER - 1 - now ? NEVER : now + ns;
}

/* *until from a user's timespec; NULL: never. */
static int get_deadline(const struct timespec64 *uts, u64 *until)
{
	struct timespec64 ts;

	*until = NEVER;
	if (!uts)
		return 0;
	if (copy_from_user(&ts, uts, sizeof(ts)))
		return -EFAULT;
	if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= NSEC_PER_SEC)
		return -EINVAL;
	if ((u64)ts.tv_sec < NEVER / NSEC_PER_SEC / 2)
		*until = deadline(ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec);
	return 0;
}

static u64 time_left(u64 until)
{
	u64 now = clock_monotonic_ns();

	return until > now ? until - now : 0;
}

/* Linux writes the rest of the time back, and ignores that it cannot. */
static void put_time_left(struct timespec64 *uts, u64 until)
{
	u64 left = time_left(until);
	struct timespec64 ts = { left / NSEC_PER_SEC, left % NSEC_PER_SEC };

	if (uts && until != NEVER && copy_to_user(uts, &ts, sizeof(ts)))
		return;
}

static int set_sigmask(const ksigset_t *umask, size_t size)
{
	ksigset_t mask;

	if (!umask)
		return 0;
	if (size != sizeof(ksigset_t))
		return -EINVAL;
	if (get_user(mask, umask))
		return -EFAULT;
	current->saved_mask = current->blocked;
	current->blocked = mask & ~(sigmask(SIGKILL) | sigmask(SIGSTOP));
	return 0;
}

/* A handler runs before the old mask comes back, as rt_sigreturn brings it. */
static void restore_sigmask(const ksigset_t *umask, bool interrupted)
{
	if (!umask)
		return;
	if (interrupted)
		current->restore_saved_mask = true;
	else
		current->blocked = current->saved_mask;
}

/* ---- poll ------------------------------------------------------------------ */

static void get_items(struct poll_item *items, struct pollfd *fds, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		fds[i].revents = 0;
		items[i] = (struct poll_item){ .events = fds[i].events };
		if (fds[i].fd >= 0)
			items[i].file = fget(fds[i].fd);
	}
}

/* Descriptors with an answer; POLLNVAL for closed ones. */
static unsigned put_items(struct poll_item *items, struct pollfd *fds,
			  unsigned n)
{
	unsigned i, count = 0;

	for (i = 0; i < n; i++) {
		if (items[i].file) {
			fds[i].revents = items[i].revents;
			fput(items[i].file);
		} else if (fds[i].fd >= 0) {
			fds[i].revents = POLLNVAL;
		}
		count += fds[i].revents != 0;
	}
	return count;
}

static bool any_closed(struct poll_item *items, struct pollfd *fds, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (fds[i].fd >= 0 && !items[i].file)
			return true;
	return false;
}

static int do_poll(struct pollfd *ufds, unsigned n, u64 until)
{
	struct poll_item *items;
	struct pollfd *fds;
	int ret = -ENOMEM, count;

	if (n > rlimit(RLIMIT_NOFILE))
		return -EINVAL;
	fds = kmalloc((n + 1) * sizeof(*fds), GFP_KERNEL);
	items = kmalloc((n + 1) * sizeof(*items), GFP_KERNEL);
	if (!fds || !items)
		goto out;
	ret = -EFAULT;
	if (copy_from_user(fds, ufds, n * sizeof(*fds)))
		goto out;
	get_items(items, fds, n);
	ret = poll_items(items, n, any_closed(items, fds, n) ? 0 : until);
	count = put_items(items, fds, n);
	if (ret >= 0 || count)
		ret = copy_to_user(ufds, fds, n * sizeof(*fds)) ?: count;
out:
	kfree(fds);
	kfree(items);
	return ret;
}

SYSCALL_DEFINE3(poll, struct pollfd *, ufds, unsigned, n, int, ms)
{
	int ret = do_poll(ufds, n, ms < 0 ? NEVER :
			  deadline((u64)ms * NSEC_PER_MSEC));

	return ret;
}

SYSCALL_DEFINE5(ppoll, struct pollfd *, ufds, unsigned, n, struct timespec64 *,
		uts, const ksigset_t *, umask, size_t, size)
{
	u64 until;
	int ret = get_deadline(uts, &until);

	if (!ret)
		ret = set_sigmask(umask, size);
	if (ret)
		return ret;
	ret = do_poll(ufds, n, until);
	restore_sigmask(umask, ret == -EINTR);
	put_time_left(uts, until);
	return ret;
}

/* ---- select ----------------------------------------------------------------- */

#define BITS 64u
static const unsigned sel_in = POLLIN | POLLRDNORM | POLLHUP | POLLERR;
static const unsigned sel_out = POLLOUT | POLLWRNORM | POLLERR;
static const unsigned sel_ex = POLLPRI;

static bool has_bit(const u64 *set, unsigned i)
{
	return set[i / BITS] >> (i % BITS) & 1;
}

/* One item for each descriptor in any of the sets; -EBADF if one is closed. */
static int select_items(struct poll_item *items, u64 *const set[3], unsigned n)
{
	unsigned i, ev;
	int err = 0;

	for (i = 0; i < n; i++) {
		ev = (has_bit(set[0], i) ? sel_in : 0) |
		     (has_bit(set[1], i) ? sel_out : 0) |
		     (has_bit(set[2], i) ? sel_ex : 0);
		items[i] = (struct poll_item){ .events = ev };
		if (!ev)
			continue;
		items[i].file = fget(i);
		if (!items[i].file)
			err = -EBADF;
	}
	return err;
}

/* Replace what was asked by what is so; the number of bits. */
static int select_answer(struct poll_item *items, u64 *const set[3], unsigned n)
{
	static const unsigned *const want[3] = { &sel_in, &sel_out, &sel_ex };
	int count = 0;
	unsigned i, s;

	for (i = 0; i < n; i++) {
		for (s = 0; s < 3; s++) {
			if (!has_bit(set[s], i))
				continue;
			if (items[i].revents & *want[s])
				count++;
			else
				set[s][i / BITS] &= ~(1ull << (i % BITS));
		}
	}
	return count;
}

static int select_wait(u64 *const set[3], unsigned n, u64 until)
{
	struct poll_item *items = kzalloc((n + 1) * sizeof(*items), GFP_KERNEL);
	unsigned i;
	int ret;

	if (!items)
		return -ENOMEM;
	ret = select_items(items, set, n);
	if (!ret)
		ret = poll_items(items, n, until);
	if (ret >= 0)
		ret = select_answer(items, set, n);
	for (i = 0; i < n; i++)
		if (items[i].file)
			fput(items[i].file);
	kfree(items);
	return ret;
}

static int do_select(int n, u64 *const uset[3], u64 until)
{
	size_t bytes = DIV_ROUND_UP(n, BITS) * sizeof(u64);
	u64 *buf, *set[3];
	int i, ret = 0;

	buf = kzalloc(3 * bytes + 1, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	for (i = 0; i < 3 && !ret; i++) {
		set[i] = buf + i * (bytes / sizeof(u64));
		if (uset[i])
			ret = copy_from_user(set[i], uset[i], bytes);
	}
	if (!ret)
		ret = select_wait(set, n, until);
	for (i = 0; i < 3 && ret >= 0; i++)
		if (uset[i] && copy_to_user(uset[i], set[i], bytes))
			ret = -EFAULT;
	kfree(buf);
	return ret;
}

/* No descriptor beyond the table is open: bits there are not looked at. */
static int clip_n(int n)
{
	return min(n, (int)current->files->max);
}

SYSCALL_DEFINE5(select, int, n, u64 *, in, u64 *, out, u64 *, ex,
		struct timespec64 *, utv)
{
	struct timespec64 tv;
	u64 until = NEVER, left;
	int ret;

	if (utv) {
		if (copy_from_user(&tv, utv, sizeof(tv)))
			return -EFAULT;
		if (tv.tv_sec < 0 || tv.tv_nsec < 0)
			return -EINVAL;
		if ((u64)tv.tv_sec < NEVER / NSEC_PER_SEC / 4 &&
		    (u64)tv.tv_nsec < NEVER / 4000)
			until = deadline(tv.tv_sec * NSEC_PER_SEC +
					 tv.tv_nsec * 1000);
	}
	if (n < 0)
		return -EINVAL;
	ret = do_select(clip_n(n), (u64 *const[]){ in, out, ex }, until);
	left = time_left(until);
	tv = (struct timespec64){ left / NSEC_PER_SEC,
				  left % NSEC_PER_SEC / 1000 };
	if (utv && until != NEVER && copy_to_user(utv, &tv, sizeof(tv)))
		return ret;
	return ret;
}

struct sigset_arg {
	const ksigset_t *mask;
	size_t size;
};

SYSCALL_DEFINE6(pselect6, int, n, u64 *, in, u64 *, out, u64 *, ex,
		struct timespec64 *, uts, const struct sigset_arg *, uarg)
{
	struct sigset_arg arg = { .mask = NULL };
	u64 until;
	int ret;

	if (uarg && copy_from_user(&arg, uarg, sizeof(arg)))
		return -EFAULT;
	ret = get_deadline(uts, &until);
	if (!ret && n < 0)
		ret = -EINVAL;
	if (!ret)
		ret = set_sigmask(arg.mask, arg.size);
	if (ret)
		return ret;
	ret = do_select(clip_n(n), (u64 *const[]){ in, out, ex }, until);
	restore_sigmask(arg.mask, ret == -EINTR);
	put_time_left(uts, until);
	return ret;
}
