// SPDX-License-Identifier: GPL-2.0
/*
 * CPU clocks and what hangs on them: timers, setitimer's ITIMER_VIRTUAL and
 * ITIMER_PROF, RLIMIT_CPU.  A timer lies with the task whose time it waits for
 * and is looked at in that process's ticks, so it is up to a tick late, as on
 * Linux.  Lists are touched with interrupts off.
 * (Linux: kernel/time/posix-cpu-timers.c)
 */
#include <arch/clock.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <linux/time.h>

#define TICK_NS (NSEC / HZ)

/* A clock's id: ~pid << 3, whether of a thread, which. */
#define CPUCLOCK_PERTHREAD 4

int cpu_clock_of(int id, struct cpu_clock *c)
{
	int pid = ~(id >> 3);
	bool thread = id & CPUCLOCK_PERTHREAD;
	struct task_struct *t = current;

	c->which = id & 3;
	if (id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID) {
		thread = id == CLOCK_THREAD_CPUTIME_ID;
		c->which = CPUCLOCK_SCHED;
	} else if (id >= 0 || c->which > CPUCLOCK_SCHED) {
		return -EINVAL;
	} else if (pid) {
		t = find_task(pid);
		if (!t || !t->sighand || (t->leader != current->leader &&
					  (thread || t != t->leader)))
			return -EINVAL;
	}
	c->group = !thread;
	c->task = thread ? t : t->leader;
	return 0;
}

static u64 usage_ns(const struct usage *u, unsigned which)
{
	switch (which) {
	case CPUCLOCK_VIRT:
		return u->utime * TICK_NS;
	case CPUCLOCK_PROF:
		return (u->utime + u->stime) * TICK_NS;
	default:
		return u->runtime;
	}
}

u64 cpu_clock_read(const struct cpu_clock *c)
{
	struct usage u;

	sched_charge();
	u = c->group ? usage_of_group(c->task) : c->task->usage;
	return usage_ns(&u, c->which);
}

/* ---- timers ------------------------------------------------------------ */

void cpu_timer_attach(struct cpu_timer *t, const struct cpu_clock *c)
{
	unsigned long f = irq_save();

	t->clock = *c;
	TAILQ_INSERT_TAIL(&c->task->cpu_timers, t, link);
	irq_restore(f);
}

void cpu_timer_detach(struct cpu_timer *t)
{
	unsigned long f = irq_save();

	if (t->clock.task)
		TAILQ_REMOVE(&t->clock.task->cpu_timers, t, link);
	t->clock.task = NULL;
	irq_restore(f);
}

void cpu_timers_detach(struct task_struct *task)
{
	struct cpu_timer *t;

	while ((t = TAILQ_FIRST(&task->cpu_timers)))
		cpu_timer_detach(t);
}

void cpu_timers_move(struct task_struct *to, struct task_struct *from)
{
	unsigned long f = irq_save();
	struct cpu_timer *t;

	TAILQ_FOREACH(t, &from->cpu_timers, link)
		t->clock.task = to;
	TAILQ_CONCAT(&to->cpu_timers, &from->cpu_timers, link);
	irq_restore(f);
}

void cpu_timer_start(struct cpu_timer *t, u64 at)
{
	unsigned long f = irq_save();
	bool late = at && t->clock.task && at <= cpu_clock_read(&t->clock);

	t->at = late ? 0 : at;
	if (late)
		t->fn(t);
	irq_restore(f);
}

/* The clocks are read once for all: this is the clock's interrupt, and a user
 * may have many timers and many tasks. */
static void run_timers_of(struct task_struct *task)
{
	struct cpu_timer *t;
	struct usage group;

	if (TAILQ_EMPTY(&task->cpu_timers))
		return;
	group = usage_of_group(task->leader);
	TAILQ_FOREACH(t, &task->cpu_timers, link) {
		if (!t->at || t->at > usage_ns(t->clock.group ? &group :
					       &task->usage, t->clock.which))
			continue;
		t->at = 0;
		t->fn(t);
	}
}

/* ---- the process's own ------------------------------------------------- */

static void run_itimers(struct task_struct *leader, const struct usage *u)
{
	static const int signals[] = { SIGPROF, SIGVTALRM };

	for (unsigned i = 0; i < ARRAY_SIZE(signals); i++) {
		u64 *at = &leader->itimers.cpu[i].at;
		u64 interval = leader->itimers.cpu[i].interval;

		if (!*at || *at > usage_ns(u, i))
			continue;
		*at = interval ? *at + interval : 0;
		send_sig_info(leader, signals[i], NULL);
	}
}

/* SIGXCPU once a second from the soft limit on, SIGKILL at the hard one. */
static void check_cpu_limit(struct task_struct *leader, const struct usage *u)
{
	struct rlimit *limit = &current->rlim[RLIMIT_CPU];
	u64 seconds = u->runtime / NSEC;
	struct task_struct *t;

	if (seconds >= limit->rlim_max) {
		kill_task(leader);
	} else if (seconds >= limit->rlim_cur) {
		send_sig_info(leader, SIGXCPU, NULL);
		for_each_thread(leader, t)
			t->rlim[RLIMIT_CPU].rlim_cur = seconds + 1;
	}
}

void run_cpu_timers(void)
{
	struct task_struct *leader = current->leader;
	const struct itimers *it = &leader->itimers;
	struct usage u;

	if (it->cpu[0].at || it->cpu[1].at ||
	    rlimit(RLIMIT_CPU) != RLIM_INFINITY) {
		u = usage_of_group(leader);
		run_itimers(leader, &u);
		check_cpu_limit(leader, &u);
	}
	run_timers_of(leader);
	if (current != leader)
		run_timers_of(current);
}
