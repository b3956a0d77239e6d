// SPDX-License-Identifier: GPL-2.0
/*
 * Timers on the monotonic clock, in a tree by time, and sleeping.  The clock
 * interrupts once for the earliest of them or the next tick, whichever comes
 * first.  The tree is touched with interrupts off.
 * (Linux: kernel/time/hrtimer.c, tick-sched.c)
 */
#include <arch/clock.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <kernel/timer.h>

#define TICK_NS (NSEC / HZ)

static int timer_cmp(const struct timer *a, const struct timer *b)
{
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a < b ? -1 : a > b;
}

static RB_HEAD(timer_tree, timer) timers = RB_INITIALIZER(timers);
RB_GENERATE_INTERNAL(timer_tree, timer, link, timer_cmp,
		     static __maybe_unused)

static u64 next_tick, next_event;

static void program_clock(u64 now)
{
	struct timer *first = RB_MIN(timer_tree, &timers);

	next_event = first && first->at < next_tick ? first->at : next_tick;
	clock_interrupt_in(next_event > now ? next_event - now : 0);
}

void timer_stop(struct timer *t)
{
	unsigned long f = irq_save();

	if (t->armed)
		RB_REMOVE(timer_tree, &timers, t);
	t->armed = false;
	irq_restore(f);
}

void timer_start(struct timer *t, u64 at)
{
	unsigned long f = irq_save();

	timer_stop(t);
	t->at = at;
	t->armed = true;
	RB_INSERT(timer_tree, &timers, t);
	if (at < next_event)
		program_clock(clock_monotonic_ns());
	irq_restore(f);
}

u64 timer_forward(u64 *at, u64 interval, u64 now)
{
	u64 missed = now > *at ? (now - *at) / interval : 0;

	*at += (missed + 1) * interval;
	return missed;
}

void clock_interrupt(bool user)
{
	u64 now = clock_monotonic_ns();
	struct timer *t;

	while ((t = RB_MIN(timer_tree, &timers)) && t->at <= now) {
		timer_stop(t);
		t->fn(t);
	}
	if (now >= next_tick) {
		timer_forward(&next_tick, TICK_NS, now);
		tick(user);
	}
	program_clock(now);
}

/* ---- sleep ------------------------------------------------------------- */

struct sleeper {
	struct timer timer;
	struct task_struct *task;
};

static void wake_sleeper(struct timer *t)
{
	wake_up_task(container_of(t, struct sleeper, timer)->task);
}

u64 sleep_ns(u64 ns, bool interruptible)
{
	struct sleeper s = { .timer.fn = wake_sleeper, .task = current };
	unsigned long f = irq_save();
	u64 now = clock_monotonic_ns();
	u64 until = now + ns < now ? UINT64_MAX : now + ns;

	if (ns && !(interruptible && signal_pending())) {
		if (until != UINT64_MAX)
			timer_start(&s.timer, until);
		current->state = interruptible ? TASK_INTERRUPTIBLE :
						 TASK_UNINTERRUPTIBLE;
		schedule();
		timer_stop(&s.timer);
	}
	irq_restore(f);
	now = clock_monotonic_ns();
	return now < until ? until - now : 0;
}
