// SPDX-License-Identifier: GPL-2.0
/*
 * alarm, getitimer, setitimer.  The real-time one is a timer that sends
 * SIGALRM to its process; the two on CPU clocks are looked at in ticks
 * (cputime.c).  They belong to the process and lie with its leader.
 * (Linux: kernel/time/itimer.c)
 */
#include <arch/clock.h>
#include <arch/uaccess.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <kernel/timer.h>

static void ring_alarm(struct timer *t)
{
	send_sig_info(container_of(t, struct task_struct, itimers.real),
		      SIGALRM, NULL);
}

void itimers_init(struct itimers *it)
{
	it->real.fn = ring_alarm;
	TAILQ_INIT(&it->posix);
}

void itimer_real_taken(struct task_struct *leader)
{
	struct itimers *it = &leader->itimers;

	if (!it->real_interval || it->real.armed)
		return;
	timer_forward(&it->real.at, it->real_interval, clock_monotonic_ns());
	timer_start(&it->real, it->real.at);
}

void itimers_move(struct task_struct *to, struct task_struct *from)
{
	struct itimers *new = &to->itimers, *old = &from->itimers;

	new->real_interval = old->real_interval;
	new->cpu[0] = old->cpu[0];
	new->cpu[1] = old->cpu[1];
	new->real.at = old->real.at;
	if (old->real.armed)
		timer_start(&new->real, old->real.at);
	itimers_exit(from);
}

void itimers_exit(struct task_struct *leader)
{
	timer_stop(&leader->itimers.real);
	posix_timers_exit(leader);
}

/* ---- system calls ------------------------------------------------------ */

static const struct cpu_clock *own_clock(int which, struct cpu_clock *c)
{
	*c = (struct cpu_clock){ current->leader, true,
				 which == ITIMER_PROF ? CPUCLOCK_PROF :
							CPUCLOCK_VIRT };
	return c;
}

/* What is left of a running timer: never 0. */
static struct itimerval get_timer(int which)
{
	struct itimers *it = &current->leader->itimers;
	struct cpu_clock c;
	u64 at, interval, now;

	if (which == ITIMER_REAL) {
		at = it->real.armed ? it->real.at : 0;
		interval = it->real_interval;
		now = clock_monotonic_ns();
	} else {
		now = cpu_clock_read(own_clock(which, &c));
		at = it->cpu[c.which].at;
		interval = it->cpu[c.which].interval;
	}
	return (struct itimerval){
		to_timeval(interval),
		to_timeval(!at ? 0 : at > now + 1000 ? at - now : 1000) };
}

static void set_timer(int which, u64 value, u64 interval)
{
	struct itimers *it = &current->leader->itimers;
	struct cpu_clock c;
	u64 now;

	if (which == ITIMER_REAL) {
		timer_stop(&it->real);
		it->real_interval = value ? interval : 0;
		if (value)
			timer_start(&it->real, clock_monotonic_ns() + value);
	} else {
		now = cpu_clock_read(own_clock(which, &c));
		it->cpu[c.which].at = value ? now + value : 0;
		it->cpu[c.which].interval = interval;
	}
}

static int from_timeval(u64 *ns, const struct timeval *tv)
{
	if ((u64)tv->tv_usec >= 1000000)
		return -EINVAL;
	return time_to_ns(ns, tv->tv_sec, tv->tv_usec * 1000);
}

SYSCALL_DEFINE1(alarm, unsigned, seconds)
{
	struct itimerval old = get_timer(ITIMER_REAL);

	set_timer(ITIMER_REAL, seconds * NSEC, 0);
	return old.it_value.tv_sec + (old.it_value.tv_usec >= 500000 ||
				      (!old.it_value.tv_sec &&
				       old.it_value.tv_usec));
}

SYSCALL_DEFINE2(getitimer, int, which, struct itimerval *, uval)
{
	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	return put_user(get_timer(which), uval);
}

SYSCALL_DEFINE3(setitimer, int, which, const struct itimerval *, uval,
		struct itimerval *, uold)
{
	struct itimerval v = { .it_value = { 0, 0 } }, old;
	u64 value, interval;

	if (uval && copy_from_user(&v, uval, sizeof(v)))
		return -EFAULT;
	if (from_timeval(&value, &v.it_value) ||
	    from_timeval(&interval, &v.it_interval) ||
	    which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	old = get_timer(which);
	set_timer(which, value, interval);
	return uold ? put_user(old, uold) : 0;
}
