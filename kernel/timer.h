/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Timers on the monotonic clock (kernel/timer.c) and on CPU clocks
 * (kernel/cputime.c).  Their functions are called from the clock's interrupt:
 * they may not sleep, and may start the timer again.
 */
#ifndef KERNEL_TIMER_H
#define KERNEL_TIMER_H

#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>
#include <lib/types.h>

struct timer {
	u64 at;			/* ns of clock_monotonic_ns() */
	void (*fn)(struct timer *t);
	bool armed;
	RB_ENTRY(timer) link;
};

/* Call fn at that time or as soon after as the clock can; any context. */
void timer_start(struct timer *t, u64 at);
void timer_stop(struct timer *t);
/* arch's clock interrupt; `user`: it came in user mode. */
void clock_interrupt(bool user);
/* `at`, `interval` > 0: the first time of the row after `now`; how many were
 * left out. */
u64 timer_forward(u64 *at, u64 interval, u64 now);

struct task_struct;

/* Whose CPU time: one thread's, or its whole process's. */
struct cpu_clock {
	struct task_struct *task;	/* the leader, if of the process */
	bool group;
	unsigned which;			/* as in the clock's id */
};
#define CPUCLOCK_PROF	0		/* user and system, in ticks */
#define CPUCLOCK_VIRT	1		/* user, in ticks */
#define CPUCLOCK_SCHED	2		/* all, in ns */

struct cpu_timer {
	u64 at;				/* ns of the clock; 0: not armed */
	struct cpu_clock clock;		/* task NULL: it is no more */
	void (*fn)(struct cpu_timer *t);
	TAILQ_ENTRY(cpu_timer) link;	/* (i) in clock.task */
};
TAILQ_HEAD(cpu_timers, cpu_timer);

/* CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID and the negative numbers
 * of clock_getcpuclockid(): 0, -EINVAL. */
int cpu_clock_of(int id, struct cpu_clock *clock);
u64 cpu_clock_read(const struct cpu_clock *clock);
/* From attach to detach the timer belongs to a clock. */
void cpu_timer_attach(struct cpu_timer *t, const struct cpu_clock *clock);
void cpu_timer_detach(struct cpu_timer *t);
void cpu_timer_start(struct cpu_timer *t, u64 at);	/* 0: stop */
/* The new leader's clock is the old one's. */
void cpu_timers_move(struct task_struct *to, struct task_struct *from);
/* The task is no more: its timers have no clock. */
void cpu_timers_detach(struct task_struct *task);
/* In each tick: what current's CPU time has brought about. */
void run_cpu_timers(void);

/* setitimer's three clocks, and the POSIX timers of a process. */
struct itimers {
	struct timer real;
	u64 real_interval;
	struct { u64 at, interval; } cpu[2];	/* CPUCLOCK_*, ns; at 0: off */
	TAILQ_HEAD(, k_itimer) posix;
	int next_id;
};
void itimers_init(struct itimers *it);
/* A new leader has the itimers of the old one. */
void itimers_move(struct task_struct *to, struct task_struct *from);
/* The process ends. */
void itimers_exit(struct task_struct *leader);
/* SIGALRM was taken: a periodic timer runs on only then, so that no period is
 * short enough to drown the system. */
void itimer_real_taken(struct task_struct *leader);

/* Delete all POSIX timers: exec, exit. */
void posix_timers_exit(struct task_struct *leader);
struct k_itimer;
/* The signal of a timer was taken: the number of its overruns. */
int posix_timer_taken(struct k_itimer *k);

#endif
