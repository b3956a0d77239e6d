// SPDX-License-Identifier: GPL-2.0
/*
 * The scheduler: round robin over one run queue, a list of sleepers ordered by
 * wake-up time, and a list of armed alarms.  The running task is in no queue.
 * When nothing can run, the task that called schedule() halts the processor
 * right there, on its own stack, until an interrupt makes something runnable:
 * so there is no idle task.  Interrupt handlers wake tasks, hence every list
 * here is touched with interrupts off.  (Linux: kernel/sched/core.c,
 * kernel/time/timer.c)
 */
#include <arch/clock.h>
#include <arch/tlb.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <mm/mm.h>

TAILQ_HEAD(task_queue, task_struct);

static struct task_queue run_queue = TAILQ_HEAD_INITIALIZER(run_queue);
static struct task_queue sleepers = TAILQ_HEAD_INITIALIZER(sleepers);
static struct task_queue alarms = TAILQ_HEAD_INITIALIZER(alarms);
static struct task_struct boot_task;
static bool idling;

struct task_struct *current_task = &boot_task;
bool need_resched;
u64 nr_switches;

static unsigned time_slice(const struct task_struct *t)
{
	return max(1, (20 - t->nice) / 5);
}

static void enqueue(struct task_struct *t)
{
	t->state = TASK_RUNNING;
	if (t == current && !idling)
		return;
	TAILQ_INSERT_TAIL(&run_queue, t, run);
	t->slice = time_slice(t);
}

void wake_up_task(struct task_struct *t)
{
	unsigned long f = irq_save();

	if (t->state > TASK_RUNNING && t->state < TASK_ZOMBIE)
		enqueue(t);
	irq_restore(f);
}

static struct task_struct *pick_next(void)
{
	struct task_struct *t;

	idling = true;
	while (!(t = TAILQ_FIRST(&run_queue)))
		cpu_idle_wait();
	idling = false;
	TAILQ_REMOVE(&run_queue, t, run);
	return t;
}

/* Kernel threads keep the last user's tables: whoever drops an mm that may be
 * loaded loads another first (replace_current_mm). */
void load_current_mm(void)
{
	switch_pgd(current->mm ? current->mm->pgd : NULL);
}

void schedule(void)
{
	unsigned long f = irq_save();
	struct task_struct *prev = current, *next;

	need_resched = false;
	++*(prev->state == TASK_RUNNING ? &prev->usage.nivcsw :
					  &prev->usage.nvcsw);
	if (prev->state == TASK_RUNNING) {
		TAILQ_INSERT_TAIL(&run_queue, prev, run);
		prev->slice = time_slice(prev);
	}
	next = pick_next();
	if (next != prev) {
		current_task = next;
		nr_switches++;
		if (next->mm)
			load_current_mm();
		switch_to(&prev->thread, &next->thread);
	}
	irq_restore(f);
}

void cond_resched(void)
{
	if (need_resched)
		schedule();
}

/* ---- time -------------------------------------------------------------- */

static void timer_insert(struct task_struct *t)
{
	struct task_struct *p;

	TAILQ_FOREACH(p, &sleepers, timer) {
		if (t->wake_at < p->wake_at) {
			TAILQ_INSERT_BEFORE(p, t, timer);
			return;
		}
	}
	TAILQ_INSERT_TAIL(&sleepers, t, timer);
}

u64 sleep_ns(u64 ns, bool interruptible)
{
	unsigned long f = irq_save();
	u64 now = clock_monotonic_ns();
	u64 until = now + ns < now ? UINT64_MAX : now + ns;

	if (ns && !(interruptible && signal_pending())) {
		current->wake_at = until;
		timer_insert(current);
		current->state = interruptible ? TASK_INTERRUPTIBLE :
						 TASK_UNINTERRUPTIBLE;
		schedule();
		if (current->wake_at)
			TAILQ_REMOVE(&sleepers, current, timer);
		current->wake_at = 0;
	}
	irq_restore(f);
	now = clock_monotonic_ns();
	return now < until ? until - now : 0;
}

void set_alarm(struct task_struct *leader, u64 at, u64 interval)
{
	unsigned long f = irq_save();

	if (leader->alarm_at)
		TAILQ_REMOVE(&alarms, leader, alarm);
	leader->alarm_at = at;
	leader->alarm_interval = interval;
	if (at)
		TAILQ_INSERT_TAIL(&alarms, leader, alarm);
	irq_restore(f);
}

static void wake_sleepers(u64 now)
{
	struct task_struct *t;

	while ((t = TAILQ_FIRST(&sleepers)) && t->wake_at <= now) {
		TAILQ_REMOVE(&sleepers, t, timer);
		t->wake_at = 0;
		wake_up_task(t);
	}
}

static void ring_alarms(u64 now)
{
	struct task_struct *t, *next;
	u64 period;

	for (t = TAILQ_FIRST(&alarms); t; t = next) {
		next = TAILQ_NEXT(t, alarm);
		if (t->alarm_at > now)
			continue;
		period = t->alarm_interval;
		if (period)
			period *= (now - t->alarm_at) / period + 1;
		set_alarm(t, period ? t->alarm_at + period : 0,
			  t->alarm_interval);
		send_sig_info(t, SIGALRM, NULL);
	}
}

void tick(bool user)
{
	u64 now = clock_monotonic_ns();

	if (user)
		current->utime++;
	else if (!idling)
		current->stime++;
	wake_sleepers(now);
	ring_alarms(now);
	if (current->slice)
		current->slice--;
	if (!current->slice)
		need_resched = true;
}

void sched_init(void)
{
	struct task_struct *t = &boot_task;

	strlcpy(t->comm, "swapper", sizeof(t->comm));
	t->leader = t;
	t->state = TASK_RUNNING;
	t->slice = time_slice(t);
	TAILQ_INIT(&t->children);
	sigpending_init(&t->pending);
	sigpending_init(&t->shared);
	wait_queue_init(&t->child_wait);
	wait_queue_init(&t->thread_wait);
}
