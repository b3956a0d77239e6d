// SPDX-License-Identifier: GPL-2.0
/*
 * timerfd: a timer read from a descriptor (Linux: fs/timerfd.c;
 * timerfd_create(2)).  The timer fires once; a periodic one runs on when
 * somebody looks at it, and what passed meanwhile is added then: no period is
 * short enough to drown the system.  The clock cannot be set, so
 * TFD_TIMER_CANCEL_ON_SET has nothing to do.  Touched with interrupts off.
 */
#include <arch/clock.h>
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <linux/timerfd.h>
#include <mm/slab.h>

struct timerfd {
	struct timer timer;
	u64 interval;		/* ns, 0: once */
	u64 ticks;		/* not read yet */
	bool expired;		/* a period is over, the next not begun */
	int clock;
	struct wait_queue wq;
};

static void timerfd_expired(struct timer *t)
{
	struct timerfd *ctx = container_of(t, struct timerfd, timer);

	ctx->expired = true;
	ctx->ticks++;
	wake_up(&ctx->wq);
}

/* Begin the period that is now. */
static void run_on(struct timerfd *ctx)
{
	u64 at = ctx->timer.at;

	if (!ctx->expired || !ctx->interval)
		return;
	ctx->expired = false;
	ctx->ticks += timer_forward(&at, ctx->interval, clock_monotonic_ns());
	timer_start(&ctx->timer, at);
}

static long timerfd_read(struct file *f, void *ubuf, size_t n, u64 *pos)
{
	struct timerfd *ctx = f->private_data;
	unsigned long flags;
	u64 ticks;
	int err;

	if (n < sizeof(ticks))
		return -EINVAL;
	do {
		err = wait_for_file(f, &ctx->wq, ctx->ticks);
		if (err)
			return err;
		flags = irq_save();
		run_on(ctx);
		ticks = ctx->ticks;
		ctx->ticks = 0;
		irq_restore(flags);
	} while (!ticks);	/* it was set anew, or another read it */
	return put_user(ticks, (u64 *)ubuf) ?: (long)sizeof(ticks);
}

static unsigned timerfd_poll(struct file *f, struct poll_table *pt)
{
	struct timerfd *ctx = f->private_data;

	poll_wait(pt, &ctx->wq);
	return ctx->ticks ? POLLIN : 0;
}

static void timerfd_release(struct file *f)
{
	struct timerfd *ctx = f->private_data;

	timer_stop(&ctx->timer);
	kfree(ctx);
}

static const struct file_operations timerfd_fops = {
	.read = timerfd_read,
	.poll = timerfd_poll,
	.release = timerfd_release,
	.lseek = no_lseek,
};

SYSCALL_DEFINE2(timerfd_create, int, clock, int, flags)
{
	bool alarm = clock == CLOCK_REALTIME_ALARM ||
		     clock == CLOCK_BOOTTIME_ALARM;
	struct timerfd *ctx;
	struct file *f;

	if (flags & ~(TFD_CLOEXEC | TFD_NONBLOCK) ||
	    (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC &&
	     clock != CLOCK_BOOTTIME && !alarm))
		return -EINVAL;
	if (alarm && !capable(CAP_WAKE_ALARM))
		return -EPERM;
	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return -ENOMEM;
	ctx->timer.fn = timerfd_expired;
	ctx->clock = clock;
	wait_queue_init(&ctx->wq);
	f = anon_inode_file("anon_inode:[timerfd]", &timerfd_fops, ctx,
			    O_RDWR | (flags & O_NONBLOCK));
	if (IS_ERR(f)) {
		kfree(ctx);
		return PTR_ERR(f);
	}
	return fd_attach(f, flags & O_CLOEXEC);
}

static struct file *timerfd_fget(int fd)
{
	struct file *f = fget(fd);

	if (!f)
		return ERR_PTR(-EBADF);
	if (f->f_op == &timerfd_fops)
		return f;
	fput(f);
	return ERR_PTR(-EINVAL);
}

/* What is left of the period, and the interval. */
static struct itimerspec read_timer(struct timerfd *ctx)
{
	unsigned long f = irq_save();
	u64 now = clock_monotonic_ns(), left = 0;

	run_on(ctx);
	if (ctx->timer.armed)
		left = ctx->timer.at > now ? ctx->timer.at - now : 1;
	irq_restore(f);
	return (struct itimerspec){ .it_interval = to_timespec(ctx->interval),
				    .it_value = to_timespec(left) };
}

static void set_timer(struct timerfd *ctx, u64 value, u64 interval,
		      bool absolute)
{
	unsigned long f = irq_save();

	timer_stop(&ctx->timer);
	ctx->expired = false;
	ctx->ticks = 0;
	ctx->interval = interval;
	if (value)
		timer_start(&ctx->timer, absolute ?
			    clock_to_monotonic(ctx->clock, value) :
			    clock_monotonic_ns() + value);
	irq_restore(f);
}

SYSCALL_DEFINE4(timerfd_settime, int, fd, int, flags,
		const struct itimerspec *, unew, struct itimerspec *, uold)
{
	struct file *f __free(file) = NULL;
	struct itimerspec new, old;
	u64 value, interval;

	if (get_user(new, unew))
		return -EFAULT;
	if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET) ||
	    time_to_ns(&value, new.it_value.tv_sec, new.it_value.tv_nsec) ||
	    time_to_ns(&interval, new.it_interval.tv_sec,
		       new.it_interval.tv_nsec))
		return -EINVAL;
	f = timerfd_fget(fd);
	if (IS_ERR(f))
		return PTR_ERR(f);
	old = read_timer(f->private_data);
	set_timer(f->private_data, value, interval, flags & TFD_TIMER_ABSTIME);
	return uold ? put_user(old, uold) : 0;
}

SYSCALL_DEFINE2(timerfd_gettime, int, fd, struct itimerspec *, uvalue)
{
	struct file *f __free(file) = timerfd_fget(fd);

	if (IS_ERR(f))
		return PTR_ERR(f);
	return put_user(read_timer(f->private_data), uvalue);
}
