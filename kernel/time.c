// SPDX-License-Identifier: GPL-2.0
/*
 * Clocks and sleeping on them.  Real time is the boot epoch (CMOS, seconds)
 * plus the monotonic clock and cannot be set, so no waiter for an absolute
 * time ever has to be found again.  (Linux: kernel/time)
 */
#include <arch/clock.h>
#include <arch/uaccess.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <linux/times.h>
#include <linux/timex.h>

#define TICK_NS (NSEC / HZ)

static u64 real_offset(void)
{
	return clock_boot_epoch() * NSEC;
}

int time_to_ns(u64 *ns, long sec, u64 nsec)
{
	if (sec < 0 || nsec >= NSEC)
		return -EINVAL;
	*ns = sec < INT64_MAX / (long)NSEC ? sec * NSEC + nsec : INT64_MAX;
	return 0;
}

int get_timespec_ns(u64 *ns, const struct timespec *uts)
{
	struct timespec ts;

	return get_user(ts, uts) ? -EFAULT :
				   time_to_ns(ns, ts.tv_sec, ts.tv_nsec);
}

/* ---- clocks ------------------------------------------------------------ */

bool is_cpu_clock(int clock)
{
	return clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID ||
	       clock == CLOCK_THREAD_CPUTIME_ID;
}

/* The machine never sleeps: so boot time is monotonic time, and the clocks
 * that would wake it are those without. */
static bool counts_from_1970(int clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ||
	       clock == CLOCK_TAI || clock == CLOCK_REALTIME_ALARM;
}

int read_clock(int clock, u64 *ns)
{
	struct cpu_clock c;
	int err;

	if (is_cpu_clock(clock)) {
		err = cpu_clock_of(clock, &c);
		if (!err)
			*ns = cpu_clock_read(&c);
		return err;
	}
	if (clock > CLOCK_TAI || clock == CLOCK_SGI_CYCLE)
		return -EINVAL;
	*ns = clock_monotonic_ns() +
	      (counts_from_1970(clock) ? real_offset() : 0);
	return 0;
}

u64 clock_to_monotonic(int clock, u64 at)
{
	if (!counts_from_1970(clock))
		return at;
	return at > real_offset() ? at - real_offset() : 0;
}

int check_timer_clock(int clock)
{
	bool of_descriptor = clock < 0 && (clock & 7) == 3;
	u64 now;
	int err = of_descriptor ? 0 : read_clock(clock, &now);

	if (err)
		return err;
	if (of_descriptor || clock == CLOCK_MONOTONIC_RAW ||
	    clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE)
		return -EOPNOTSUPP;
	if ((clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM) &&
	    !capable(CAP_WAKE_ALARM))
		return -EPERM;
	return 0;
}

SYSCALL_DEFINE2(clock_gettime, int, clock, struct timespec *, uts)
{
	u64 ns;
	int err = read_clock(clock, &ns);

	return err ? err : put_user(to_timespec(ns), uts);
}

SYSCALL_DEFINE2(clock_getres, int, clock, struct timespec *, uts)
{
	bool coarse = clock == CLOCK_REALTIME_COARSE ||
		      clock == CLOCK_MONOTONIC_COARSE;
	u64 ns;
	int err = read_clock(clock, &ns);

	if (err || !uts)
		return err;
	return put_user(to_timespec(coarse ? TICK_NS : 1), uts);
}

SYSCALL_DEFINE2(gettimeofday, struct timeval *, utv, struct timezone *, utz)
{
	const struct timezone tz = { 0, 0 };

	if (utv && put_user(to_timeval(real_offset() + clock_monotonic_ns()),
			    utv))
		return -EFAULT;
	return utz ? put_user(tz, utz) : 0;
}

/* The time of day is the boot clock's: it cannot be set. */
SYSCALL_DEFINE2(clock_settime, int, clock, const struct timespec *, uts)
{
	return clock == CLOCK_REALTIME ? -EPERM : -EINVAL;
}

SYSCALL_DEFINE2(settimeofday, const struct timeval *, utv, const void *, utz)
{
	struct timeval tv = { 0 };
	struct timezone tz;

	if (utv && copy_from_user(&tv, utv, sizeof(tv)))
		return -EFAULT;
	if (tv.tv_usec < 0 || tv.tv_usec > 1000000)
		return -EINVAL;
	if (utz && copy_from_user(&tz, utz, sizeof(tz)))
		return -EFAULT;
	return utv ? -EPERM : 0;
}

SYSCALL_DEFINE1(time, long *, ut)
{
	long now = clock_boot_epoch() + clock_monotonic_ns() / NSEC;

	if (ut && put_user(now, ut))
		return -EFAULT;
	return now;
}

/* CLOCKS_PER_SEC of the ABI is 100, our tick. */
SYSCALL_DEFINE1(times, struct tms *, ut)
{
	const struct usage own = usage_of_group(current->leader);
	const struct usage *children = &current->leader->child_usage;
	struct tms v = { own.utime, own.stime,
			 children->utime, children->stime };

	if (ut && put_user(v, ut))
		return -EFAULT;
	return clock_monotonic_ns() / TICK_NS;
}

/* The clock is nobody's to correct: what one that was never set answers. */
static long do_adjtimex(struct timex *utx)
{
	struct timex tx;

	if (copy_from_user(&tx, utx, sizeof(tx)))
		return -EFAULT;
	if (tx.modes)
		return -EPERM;
	tx = (struct timex){ .status = STA_UNSYNC, .tick = 10000,
			     .maxerror = 16000000, .esterror = 16000000,
			     .constant = 2, .precision = 1,
			     .tolerance = 500l << 16 };
	tx.time = to_timeval(real_offset() + clock_monotonic_ns());
	return put_user(tx, utx) ? -EFAULT : TIME_ERROR;
}

SYSCALL_DEFINE1(adjtimex, struct timex *, utx)
{
	return do_adjtimex(utx);
}

SYSCALL_DEFINE2(clock_adjtime, int, clock, struct timex *, utx)
{
	struct timex tx;
	u64 now;

	if (clock == CLOCK_REALTIME)
		return do_adjtimex(utx);
	if (copy_from_user(&tx, utx, sizeof(tx)))
		return -EFAULT;
	return read_clock(clock, &now) ? -EINVAL : -EOPNOTSUPP;
}

/* ---- sleep ------------------------------------------------------------- */

struct cpu_sleeper {
	struct cpu_timer timer;
	struct task_struct *task;
};

static void wake_cpu_sleeper(struct cpu_timer *t)
{
	wake_up_task(container_of(t, struct cpu_sleeper, timer)->task);
}

/* Until a time of a CPU clock; 0, or -EINTR. */
static int cpu_sleep_until(const struct cpu_clock *c, u64 until)
{
	struct cpu_sleeper s = { .timer.fn = wake_cpu_sleeper,
				 .task = current };
	unsigned long f = irq_save();
	int err = 0;

	cpu_timer_attach(&s.timer, c);
	cpu_timer_start(&s.timer, until);
	while (s.timer.at && !err) {
		if (signal_pending())
			err = -EINTR;
		else
			sleep_ns(UINT64_MAX, true);
	}
	cpu_timer_detach(&s.timer);
	irq_restore(f);
	return err;
}

static u64 now_of(int clock)
{
	u64 now = 0;

	read_clock(clock, &now);
	return now;
}

/* Until a time of that clock. */
static int sleep_until(int clock, u64 until)
{
	struct cpu_clock c;
	u64 now;
	int err;

	if (is_cpu_clock(clock)) {
		err = cpu_clock_of(clock, &c);
		if (!err && !c.group && c.task == current)
			err = -EINVAL;	/* it would wait for itself */
		return err ? err : cpu_sleep_until(&c, until);
	}
	while ((now = now_of(clock)) < until) {
		if (signal_pending())
			return -EINTR;
		sleep_ns(until - now, true);
	}
	return 0;
}

/* If no handler runs, restart_syscall goes on to the same deadline. */
static long relative_sleep(struct restart_block *r)
{
	int err = sleep_until(r->clock, r->until);
	u64 now;

	if (err != -EINTR)
		return err;
	now = now_of(r->clock);
	if (r->user && put_user(to_timespec(r->until - min(now, r->until)),
				(struct timespec *)r->user))
		return -EFAULT;
	r->fn = relative_sleep;
	return -ERESTART_RESTARTBLOCK;
}

/* A program may call this too, any time. */
SYSCALL_DEFINE0(restart_syscall)
{
	struct restart_block *r = &current->restart;
	long (*fn)(struct restart_block *) = r->fn;

	r->fn = NULL;
	return fn ? fn(r) : -EINTR;
}

SYSCALL_DEFINE4(clock_nanosleep, int, clock, int, flags,
		const struct timespec *, ureq, struct timespec *, urem)
{
	struct restart_block *r = &current->restart;
	u64 ns;
	int err = check_timer_clock(clock);

	if (!err && clock == CLOCK_THREAD_CPUTIME_ID)
		err = -EOPNOTSUPP;
	if (!err)
		err = get_timespec_ns(&ns, ureq);
	if (err)
		return err;
	if (!(flags & TIMER_ABSTIME)) {
		*r = (struct restart_block){ .until = now_of(clock) + ns,
					     .clock = clock, .user = urem };
		return relative_sleep(r);
	}
	err = sleep_until(clock, ns);
	return err == -EINTR ? -ERESTARTNOHAND : err;
}

SYSCALL_AS(nanosleep, clock_nanosleep, CLOCK_MONOTONIC, 0, a, b)
