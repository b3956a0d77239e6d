// SPDX-License-Identifier: GPL-2.0
/*
 * epoll: watching many files (Linux: fs/eventpoll.c; epoll(7)).
 *
 *   file's wait queue -> epitem (ready?) -> eventpoll: `ready`, wq -> sleepers
 *   struct file: f_ep -----^  ^---- items, by (file, fd)     `-> other epolls
 *
 * An item waits on its file's queues as long as it lives; a wakeup puts it on
 * the list of those that may be ready, and epoll_wait asks the file itself.  A
 * level-triggered item that was ready goes back to the end of the list.  An
 * item holds no reference: the last fput() of its file takes it away.
 *
 * Interrupts wake files: items and lists are touched with interrupts off.
 * Keeps true: epolls watch each other in no circle, and at most EP_MAX_NESTS
 * deep, which bounds the recursion of wakeups.
 */
#include <arch/clock.h>
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <linux/eventpoll.h>
#include <mm/slab.h>

#define EP_MAX_NESTS 4
#define EP_PRIVATE_BITS (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)
#define EPOLLEXCLUSIVE_OK_BITS (EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | \
				EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)
#define MAX_EVENTS (INT32_MAX / sizeof(struct epoll_event))

struct eventpoll;

struct epitem {
	RB_ENTRY(epitem) node;		/* in ep->items */
	LIST_ENTRY(epitem) in_file;
	TAILQ_ENTRY(epitem) in_ready;
	bool ready;			/* on ep->ready */
	int fd;
	struct file *file;
	struct eventpoll *ep;
	struct epoll_event event;
	struct poll_table table;
};

struct eventpoll {
	struct file *file;
	struct wait_queue wq;
	RB_HEAD(epitem_tree, epitem) items;
	TAILQ_HEAD(, epitem) ready;
	unsigned nr_ready;
	unsigned visit, depth;		/* of the walk in ways() */
	unsigned wave;			/* make_ready()'s that woke it last */
};

static struct kmem_cache epitem_cache = KMEM_CACHE(struct epitem);

static unsigned long nr_watches;	/* of all users together */

static int epitem_cmp(const struct epitem *a, const struct epitem *b)
{
	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	return a->fd < b->fd ? -1 : a->fd > b->fd;
}

RB_GENERATE_INTERNAL(epitem_tree, epitem, node, epitem_cmp,
		     static __maybe_unused)

static struct epitem *ep_find(struct eventpoll *ep, struct file *file, int fd)
{
	struct epitem key = { .file = file, .fd = fd };

	return RB_FIND(epitem_tree, &ep->items, &key);
}

/* ---- ready or not ------------------------------------------------------ */

/* Waking may come back here for epolls that watch this one.  Each is woken once
 * in such a wave: the ways between four layers of them may be millions. */
static void make_ready(struct epitem *epi)
{
	static unsigned wave, nested;
	struct eventpoll *ep = epi->ep;

	if (!epi->ready) {
		TAILQ_INSERT_TAIL(&ep->ready, epi, in_ready);
		epi->ready = true;
		ep->nr_ready++;
	}
	wave += !nested;
	if (ep->wave == wave)
		return;
	ep->wave = wave;
	nested++;
	wake_up_poll(&ep->wq, POLLIN | POLLRDNORM);
	nested--;
}

static void unready(struct epitem *epi)
{
	if (!epi->ready)
		return;
	TAILQ_REMOVE(&epi->ep->ready, epi, in_ready);
	epi->ready = false;
	epi->ep->nr_ready--;
}

/* The file's queue was woken. */
static void ep_poll_callback(struct waiter *w, unsigned events)
{
	struct poll_wait_entry *e = container_of(w, struct poll_wait_entry,
						 waiter);
	struct epitem *epi = container_of(e->table, struct epitem, table);
	unsigned wanted = epi->event.events & ~EP_PRIVATE_BITS;

	if (wanted && (!events || events & wanted))
		make_ready(epi);
}

static unsigned ep_item_poll(struct epitem *epi, struct poll_table *pt)
{
	return vfs_poll(epi->file, pt) & epi->event.events;
}

static unsigned ep_eventpoll_poll(struct file *f, struct poll_table *pt)
{
	struct eventpoll *ep = f->private_data;
	struct epitem *epi;

	poll_wait(pt, &ep->wq);
	while ((epi = TAILQ_FIRST(&ep->ready))) {
		if (ep_item_poll(epi, NULL))
			return POLLIN | POLLRDNORM;
		unready(epi);
	}
	return 0;
}

/* ---- items ------------------------------------------------------------- */

static void ep_remove(struct epitem *epi)
{
	unsigned long f = irq_save();

	poll_unwait(&epi->table);
	unready(epi);
	RB_REMOVE(epitem_tree, &epi->ep->items, epi);
	LIST_REMOVE(epi, in_file);
	irq_restore(f);
	nr_watches--;
	kmem_cache_free(&epitem_cache, epi);
}

void eventpoll_release(struct file *f)
{
	while (!LIST_EMPTY(&f->f_ep))
		ep_remove(LIST_FIRST(&f->f_ep));
}

static void ep_release(struct file *f)
{
	struct eventpoll *ep = f->private_data;
	struct epitem *epi;

	while ((epi = RB_ROOT(&ep->items)))
		ep_remove(epi);
	kfree(ep);
}

static const struct file_operations eventpoll_fops = {
	.poll = ep_eventpoll_poll,
	.release = ep_release,
	.lseek = no_lseek,
};

static bool is_file_epoll(const struct file *f)
{
	return f->f_op == &eventpoll_fops;
}

/* Now that the events are known, or known anew. */
static void ep_look(struct epitem *epi, struct poll_table *pt)
{
	unsigned long f = irq_save();

	if (ep_item_poll(epi, pt))
		make_ready(epi);
	irq_restore(f);
}

/* Linux's limit for one user: a 25th of memory. */
static bool too_many_watches(void)
{
	return nr_watches >= totalram_pages * PAGE_SIZE / 25 /
			     sizeof(struct epitem);
}

static int ep_insert(struct eventpoll *ep, struct file *file, int fd,
		     const struct epoll_event *event)
{
	struct epitem *epi;

	if (too_many_watches())
		return -ENOSPC;
	epi = kmem_cache_alloc(&epitem_cache, GFP_KERNEL | GFP_ZERO);
	if (!epi)
		return -ENOMEM;
	epi->file = file;
	epi->fd = fd;
	epi->ep = ep;
	epi->event = *event;
	epi->table.func = ep_poll_callback;
	if (RB_INSERT(epitem_tree, &ep->items, epi)) {	/* while we slept */
		kmem_cache_free(&epitem_cache, epi);
		return -EEXIST;
	}
	LIST_INSERT_HEAD(&file->f_ep, epi, in_file);
	nr_watches++;
	ep_look(epi, &epi->table);
	return 0;
}

/* ---- epolls that watch epolls ------------------------------------------ */

/* The longest way from ep over epolls, down to those it watches or up to those
 * that watch it.  Each is visited once in a walk. */
static unsigned ways(struct eventpoll *ep, bool down, unsigned visit)
{
	struct epitem *epi;

	if (ep->visit == visit)
		return ep->depth;
	ep->visit = visit;
	ep->depth = 0;
	if (down) {
		RB_FOREACH(epi, epitem_tree, &ep->items)
			if (is_file_epoll(epi->file))
				ep->depth = max(ep->depth, 1 +
					ways(epi->file->private_data, down,
					     visit));
	} else {
		LIST_FOREACH(epi, &ep->file->f_ep, in_file)
			ep->depth = max(ep->depth, 1 + ways(epi->ep, down,
							    visit));
	}
	return ep->depth;
}

static int ep_loop_check(struct eventpoll *ep, struct eventpoll *to)
{
	static unsigned visit;
	unsigned below = ways(to, true, ++visit);

	if (ep->visit == visit)
		return -ELOOP;		/* it was met on the way */
	return below + 1 + ways(ep, false, ++visit) > EP_MAX_NESTS ? -ELOOP : 0;
}

/* ---- epoll_create, epoll_ctl ------------------------------------------- */

SYSCALL_DEFINE1(epoll_create1, int, flags)
{
	struct eventpoll *ep;
	struct file *f;

	if (flags & ~EPOLL_CLOEXEC)
		return -EINVAL;
	ep = kzalloc(sizeof(*ep), GFP_KERNEL);
	if (!ep)
		return -ENOMEM;
	wait_queue_init(&ep->wq);
	TAILQ_INIT(&ep->ready);
	f = anon_inode_file("anon_inode:[eventpoll]", &eventpoll_fops, ep,
			    O_RDWR);
	if (IS_ERR(f)) {
		kfree(ep);
		return PTR_ERR(f);
	}
	ep->file = f;
	return fd_attach(f, flags & EPOLL_CLOEXEC);
}

SYSCALL_DEFINE1(epoll_create, int, size)
{
	return size <= 0 ? -EINVAL : sys_epoll_create1(0);
}

/* What EPOLLEXCLUSIVE does not go with. */
static bool bad_exclusive(int op, const struct file *file, unsigned events)
{
	if (!(events & EPOLLEXCLUSIVE) || op == EPOLL_CTL_DEL)
		return false;
	return op == EPOLL_CTL_MOD || is_file_epoll(file) ||
	       events & ~EPOLLEXCLUSIVE_OK_BITS;
}

static int do_epoll_ctl(struct eventpoll *ep, int op, struct file *file,
			int fd, struct epoll_event *event)
{
	struct epitem *epi = ep_find(ep, file, fd);
	int err;

	event->events |= EPOLLERR | EPOLLHUP;
	switch (op) {
	case EPOLL_CTL_ADD:
		err = is_file_epoll(file) ?
			ep_loop_check(ep, file->private_data) : 0;
		if (err || epi)
			return err ? err : -EEXIST;
		return ep_insert(ep, file, fd, event);
	case EPOLL_CTL_DEL:
		if (!epi)
			return -ENOENT;
		ep_remove(epi);
		return 0;
	case EPOLL_CTL_MOD:
		if (!epi)
			return -ENOENT;
		if (epi->event.events & EPOLLEXCLUSIVE)
			return -EINVAL;
		epi->event = *event;
		ep_look(epi, NULL);
		return 0;
	default:
		return -EINVAL;
	}
}

SYSCALL_DEFINE4(epoll_ctl, int, epfd, int, op, int, fd,
		const struct epoll_event *, uevent)
{
	struct epoll_event event = { .events = 0 };
	struct file *f __free(file) = NULL;
	struct file *file __free(file) = NULL;

	if (op != EPOLL_CTL_DEL && get_user(event, uevent))
		return -EFAULT;
	f = fget(epfd);
	if (!f)
		return -EBADF;
	file = fget(fd);
	if (!file)
		return -EBADF;
	if (!file->f_op || !file->f_op->poll)
		return -EPERM;
	if (f == file || !is_file_epoll(f) ||
	    bad_exclusive(op, file, event.events))
		return -EINVAL;
	return do_epoll_ctl(f->private_data, op, file, fd, &event);
}

/* ---- epoll_wait -------------------------------------------------------- */

/* The first of `ready`, if its file says so too: what to tell of it. */
static bool take_event(struct eventpoll *ep, struct epoll_event *event,
		       struct epitem *was)
{
	unsigned long f = irq_save();
	struct epitem *epi = TAILQ_FIRST(&ep->ready);

	event->events = 0;
	if (epi) {
		unready(epi);
		*was = *epi;
		event->events = ep_item_poll(epi, NULL);
		event->data = epi->event.data;
		if (event->events && epi->event.events & EPOLLONESHOT)
			epi->event.events &= EP_PRIVATE_BITS;
		else if (event->events && !(epi->event.events & EPOLLET))
			make_ready(epi);
	}
	irq_restore(f);
	return event->events;
}

/* It could not be told: as if nothing had been taken. */
static void untake_event(struct eventpoll *ep, const struct epitem *was)
{
	unsigned long f = irq_save();
	struct epitem *epi = ep_find(ep, was->file, was->fd);

	if (epi) {
		epi->event = was->event;
		make_ready(epi);
	}
	irq_restore(f);
}

static int ep_send_events(struct eventpoll *ep, struct epoll_event *uevents,
			  int max)
{
	unsigned left = ep->nr_ready;	/* each is asked once */
	struct epoll_event event;
	struct epitem was;
	int n = 0;

	while (left-- && n < max) {
		if (!take_event(ep, &event, &was))
			continue;
		if (put_user(event, &uevents[n])) {
			untake_event(ep, &was);
			return n ? n : -EFAULT;
		}
		n++;
	}
	return n;
}

/* Sleep unless something may be ready; until woken, at the latest `until`. */
static void ep_sleep(struct eventpoll *ep, u64 until, u64 now)
{
	struct waiter w = { .task = current };
	unsigned long f = irq_save();

	if (TAILQ_EMPTY(&ep->ready)) {
		TAILQ_INSERT_TAIL(&ep->wq.waiters, &w, link);
		sleep_ns(until == UINT64_MAX ? until : until - now, true);
		TAILQ_REMOVE(&ep->wq.waiters, &w, link);
	}
	irq_restore(f);
}

static int ep_poll(int epfd, struct epoll_event *uevents, int max, u64 until)
{
	struct file *f __free(file) = NULL;
	struct eventpoll *ep;
	u64 now;
	int n;

	if (max <= 0 || max > MAX_EVENTS)
		return -EINVAL;
	if (!access_ok(uevents, max * sizeof(*uevents)))
		return -EFAULT;
	f = fget(epfd);
	if (!f)
		return -EBADF;
	if (!is_file_epoll(f))
		return -EINVAL;
	ep = f->private_data;
	while (!(n = ep_send_events(ep, uevents, max))) {
		now = clock_monotonic_ns();
		if (now >= until)
			break;
		if (signal_pending())
			return -EINTR;
		ep_sleep(ep, until, now);
	}
	return n;
}

static u64 ms_deadline(int ms)
{
	return ms < 0 ? UINT64_MAX : poll_deadline(ms * 1000000ull);
}

static int ep_pwait(int epfd, struct epoll_event *uevents, int max, u64 until,
		    const ksigset_t *umask, size_t size)
{
	int ret = set_user_sigmask(umask, size);

	if (ret)
		return ret;
	ret = ep_poll(epfd, uevents, max, until);
	restore_user_sigmask(umask, ret == -EINTR);
	return ret;
}

SYSCALL_DEFINE4(epoll_wait, int, epfd, struct epoll_event *, uevents, int, max,
		int, ms)
{
	return ep_poll(epfd, uevents, max, ms_deadline(ms));
}

SYSCALL_DEFINE6(epoll_pwait, int, epfd, struct epoll_event *, uevents, int,
		max, int, ms, const ksigset_t *, umask, size_t, size)
{
	return ep_pwait(epfd, uevents, max, ms_deadline(ms), umask, size);
}

SYSCALL_DEFINE6(epoll_pwait2, int, epfd, struct epoll_event *, uevents, int,
		max, const struct timespec *, uts, const ksigset_t *, umask,
		size_t, size)
{
	u64 ns = UINT64_MAX;
	int err = uts ? get_timespec_ns(&ns, uts) : 0;

	if (err)
		return err;
	return ep_pwait(epfd, uevents, max, poll_deadline(ns), umask, size);
}
