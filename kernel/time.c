// SPDX-License-Identifier: GPL-2.0
/*
 * Clocks and timers.  Real time is the boot epoch (CMOS, seconds) plus the
 * monotonic clock; sleeps end at the first tick at or after their time; CPU
 * clocks count ticks.  (Linux: kernel/time)
 */
#include <arch/clock.h>
#include <arch/uaccess.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <linux/times.h>

#define TICK_NS (NSEC / HZ)

static u64 real_offset(void)
{
	return clock_boot_epoch() * NSEC;
}

static struct timespec to_timespec(u64 ns)
{
	return (struct timespec){ ns / NSEC, ns % NSEC };
}

static struct timeval to_timeval(u64 ns)
{
	return (struct timeval){ ns / NSEC, ns % NSEC / 1000 };
}

static int to_ns(u64 *ns, long sec, u64 nsec)
{
	if (sec < 0 || nsec >= NSEC)
		return -EINVAL;
	*ns = sec < INT64_MAX / (long)NSEC ? sec * NSEC + nsec : INT64_MAX;
	return 0;
}

int get_timespec_ns(u64 *ns, const struct timespec *uts)
{
	struct timespec ts;

	return get_user(ts, uts) ? -EFAULT : to_ns(ns, ts.tv_sec, ts.tv_nsec);
}

static int read_clock(int clock, u64 *ns)
{
	struct usage u;

	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI:
		*ns = real_offset() + clock_monotonic_ns();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = clock_monotonic_ns();
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
		u = usage_of_group(current->leader);
		break;
	case CLOCK_THREAD_CPUTIME_ID:
		u = current->usage;
		break;
	default:
		return -EINVAL;
	}
	*ns = (u.utime + u.stime) * TICK_NS;
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

/* ---- sleep ------------------------------------------------------------- */

/* Until a time of the monotonic clock; 0, or -EINTR with *left set. */
static int sleep_until(u64 until, u64 *left)
{
	u64 now = clock_monotonic_ns();

	*left = 0;
	while (now < until) {
		if (signal_pending()) {
			*left = until - now;
			return -EINTR;
		}
		sleep_ns(until - now, true);
		now = clock_monotonic_ns();
	}
	return 0;
}

/* If no handler runs, restart_syscall goes on to the same deadline. */
static long relative_sleep(u64 ns, struct timespec *urem)
{
	u64 until = clock_monotonic_ns() + ns, left;

	if (!sleep_until(until, &left))
		return 0;
	if (urem && put_user(to_timespec(left), urem))
		return -EFAULT;
	current->restart_until = until;
	return -ERESTART_RESTARTBLOCK;
}

SYSCALL_DEFINE0(restart_syscall)
{
	u64 left;

	return sleep_until(current->restart_until, &left) ?
		-ERESTART_RESTARTBLOCK : 0;
}

SYSCALL_DEFINE4(clock_nanosleep, int, clock, int, flags,
		const struct timespec *, ureq, struct timespec *, urem)
{
	u64 ns, left;
	int err;

	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC &&
	    clock != CLOCK_BOOTTIME && clock != CLOCK_TAI)
		return clock == CLOCK_PROCESS_CPUTIME_ID ? -EOPNOTSUPP :
							   -EINVAL;
	err = get_timespec_ns(&ns, ureq);
	if (err)
		return err;
	if (!(flags & TIMER_ABSTIME))
		return relative_sleep(ns, urem);
	if (clock == CLOCK_REALTIME || clock == CLOCK_TAI)
		ns = ns > real_offset() ? ns - real_offset() : 0;
	return sleep_until(ns, &left) ? -ERESTARTNOHAND : 0;
}

SYSCALL_AS(nanosleep, clock_nanosleep, CLOCK_MONOTONIC, 0, a, b)

/* ---- the real-time alarm ----------------------------------------------- */

static struct itimerval current_alarm(void)
{
	struct task_struct *l = current->leader;
	u64 now = clock_monotonic_ns(), left = 0;

	if (l->alarm_at)
		left = l->alarm_at > now ? l->alarm_at - now : 1000;
	return (struct itimerval){ to_timeval(l->alarm_interval),
				   to_timeval(left) };
}

static int from_timeval(u64 *ns, const struct timeval *tv)
{
	if ((u64)tv->tv_usec >= 1000000)
		return -EINVAL;
	return to_ns(ns, tv->tv_sec, tv->tv_usec * 1000);
}

static void start_alarm(u64 value, u64 interval)
{
	set_alarm(current->leader, value ? clock_monotonic_ns() + value : 0,
		  interval);
}

SYSCALL_DEFINE1(alarm, unsigned, seconds)
{
	struct itimerval old = current_alarm();

	start_alarm(seconds * NSEC, 0);
	return old.it_value.tv_sec + (old.it_value.tv_usec >= 500000 ||
				      (!old.it_value.tv_sec &&
				       old.it_value.tv_usec));
}

SYSCALL_DEFINE2(getitimer, int, which, struct itimerval *, uval)
{
	if (which != ITIMER_REAL)
		return -EINVAL;
	return put_user(current_alarm(), uval);
}

SYSCALL_DEFINE3(setitimer, int, which, const struct itimerval *, uval,
		struct itimerval *, uold)
{
	struct itimerval v = { .it_value = { 0, 0 } }, old = current_alarm();
	u64 value, interval;

	if (which != ITIMER_REAL)
		return -EINVAL;
	if (uval && copy_from_user(&v, uval, sizeof(v)))
		return -EFAULT;
	if (from_timeval(&value, &v.it_value) ||
	    from_timeval(&interval, &v.it_interval))
		return -EINVAL;
	start_alarm(value, interval);
	return uold ? put_user(old, uold) : 0;
}
