// SPDX-License-Identifier: GPL-2.0
/*
 * The scheduler.  Real-time tasks (SCHED_FIFO, SCHED_RR) wait in a list by
 * falling priority and run before all others, but for 950 ms of a second at
 * most while others wait.  The rest share the processor by weight: each task's
 * vruntime is the time it ran divided by the weight of its nice value, and the
 * smallest runs next.  Who wakes takes the processor, at the next return to
 * user mode, from whom it outranks or who is well ahead of it.  The running
 * task is in no queue.
 *
 * When nothing can run, the task that called schedule() halts the processor
 * right there, on its own stack, until an interrupt makes something runnable:
 * so there is no idle task.  Interrupt handlers wake tasks, hence all this is
 * touched with interrupts off.  (Linux: kernel/sched)
 */
#include <arch/clock.h>
#include <arch/tlb.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <lib/string.h>
#include <linux/sched.h>
#include <mm/mm.h>

#define SLICE_NS	(NSEC / HZ)	/* vruntime that one may be ahead */
#define WAKEUP_NS	(4 * NSEC / 1000)	/* ... of one who wakes */
#define RR_TICKS	(HZ / 10)
#define RT_PERIOD	NSEC
#define RT_RUNTIME	(950 * NSEC / 1000)

static int by_vruntime(const struct task_struct *a, const struct task_struct *b)
{
	if (a->vruntime != b->vruntime)
		return a->vruntime < b->vruntime ? -1 : 1;
	return a < b ? -1 : a > b;
}

static RB_HEAD(fair_tree, task_struct) fair_queue = RB_INITIALIZER(fair_queue);
RB_GENERATE_INTERNAL(fair_tree, task_struct, fair, by_vruntime,
		     static __maybe_unused)

static TAILQ_HEAD(, task_struct) rt_queue = TAILQ_HEAD_INITIALIZER(rt_queue);
static struct task_struct boot_task;
static bool idling;
static u64 min_vruntime;	/* of the last one picked; never falls */
static u64 charged_until;	/* ns */
static u64 rt_period, rt_ran;	/* begin of the period, ns in it */

struct task_struct *current_task = &boot_task;
bool need_resched, exit_work;
u64 nr_switches, idle_ns;

/* Linux's sched_prio_to_weight: a step of nice is a factor of 1.25. */
static u64 weight(const struct task_struct *t)
{
	static const u32 weights[40] = {
		88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705,
		14949, 11916, 9548, 7620, 6100, 4904, 3906, 3121,
		2501, 1991, 1586, 1277, 1024, 820, 655, 526,
		423, 335, 272, 215, 172, 137, 110, 87,
		70, 56, 45, 36, 29, 23, 18, 15,
	};

	return t->policy == SCHED_IDLE ? 3 : weights[t->nice + 20];
}

/* The processor's time since the last call is current's. */
static void charge(u64 now)
{
	u64 ran = now - charged_until;

	charged_until = now;
	if (now - rt_period >= RT_PERIOD) {
		rt_period = now;
		rt_ran = 0;
	}
	if (idling)
		return;
	current->runtime += ran;
	if (current->rt_priority)
		rt_ran += ran;
	else
		current->vruntime += ran * 1024 / weight(current);
}

void sched_charge(void)
{
	unsigned long f = irq_save();

	charge(clock_monotonic_ns());
	irq_restore(f);
}

/* ---- queues ------------------------------------------------------------ */

/* `first`: before those of equal priority. */
static void enqueue(struct task_struct *t, bool first)
{
	struct task_struct *p;

	if (!t->rt_priority) {
		RB_INSERT(fair_tree, &fair_queue, t);
		return;
	}
	TAILQ_FOREACH(p, &rt_queue, run)
		if (p->rt_priority < t->rt_priority + first)
			break;
	if (p)
		TAILQ_INSERT_BEFORE(p, t, run);
	else
		TAILQ_INSERT_TAIL(&rt_queue, t, run);
}

static void dequeue(struct task_struct *t)
{
	if (t->rt_priority)
		TAILQ_REMOVE(&rt_queue, t, run);
	else
		RB_REMOVE(fair_tree, &fair_queue, t);
}

static void set_need_resched(bool due)
{
	need_resched |= due;
	exit_work |= due;
}

/* Sleepers may lag behind those who run, but not for ever. */
static void place(struct task_struct *t)
{
	u64 lag = min(min_vruntime, SLICE_NS);

	t->vruntime = max(t->vruntime, min_vruntime - lag);
}

static bool preempts_current(const struct task_struct *t)
{
	if (t->rt_priority || current->rt_priority)
		return t->rt_priority > current->rt_priority;
	return t->policy == SCHED_NORMAL &&
	       current->vruntime > t->vruntime + WAKEUP_NS;
}

void wake_up_task(struct task_struct *t)
{
	unsigned long f = irq_save();

	if (t->state > TASK_RUNNING && t->state < TASK_ZOMBIE) {
		t->state = TASK_RUNNING;
		if (t != current || idling) {
			place(t);
			enqueue(t, false);
			set_need_resched(preempts_current(t));
		}
	}
	irq_restore(f);
}

static struct task_struct *choose_next(void)
{
	struct task_struct *rt = TAILQ_FIRST(&rt_queue);
	struct task_struct *fair = RB_MIN(fair_tree, &fair_queue);

	return rt && (rt_ran < RT_RUNTIME || !fair) ? rt : fair;
}

static struct task_struct *pick_next(void)
{
	struct task_struct *t = choose_next();
	u64 start, now;

	if (!t) {
		idling = true;
		start = clock_monotonic_ns();
		while (!(t = choose_next()))
			cpu_idle_wait();
		now = clock_monotonic_ns();
		idle_ns += now - start;
		charge(now);
		idling = false;
	}
	need_resched = false;
	dequeue(t);
	if (!t->rt_priority)
		min_vruntime = max(min_vruntime, t->vruntime);
	return t;
}

/* Kernel threads keep the last user's tables: whoever drops an mm that may be
 * loaded loads another first (replace_current_mm). */
void load_current_mm(void)
{
	switch_pgd(current->mm ? current->mm->pgd : NULL);
}

/* One who was preempted stays the first of its priority, one whose slice is
 * over becomes the last. */
static void requeue(struct task_struct *t)
{
	bool first = t->slice;

	if (!first)
		t->slice = RR_TICKS;
	enqueue(t, first);
}

void schedule(void)
{
	unsigned long f = irq_save();
	struct task_struct *prev = current, *next;

	charge(clock_monotonic_ns());
	++*(prev->state == TASK_RUNNING ? &prev->usage.nivcsw :
					  &prev->usage.nvcsw);
	if (prev->state == TASK_RUNNING)
		requeue(prev);
	next = pick_next();
	if (next != prev) {
		prev->rseq.event = prev->rseq.area;
		current_task = next;
		exit_work = true;
		syscall_watch(next);
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

void sched_yield_current(void)
{
	unsigned long f = irq_save();
	struct task_struct *last = RB_MAX(fair_tree, &fair_queue);

	current->slice = 0;
	if (last && !current->rt_priority)
		current->vruntime = max(current->vruntime, last->vruntime + 1);
	schedule();
	irq_restore(f);
}

void sched_change(struct task_struct *t, int policy, int nice, int priority)
{
	unsigned long f = irq_save();
	bool queued = t->state == TASK_RUNNING && (t != current || idling);

	sched_charge();
	if (queued)
		dequeue(t);
	t->policy = policy;
	t->nice = nice;
	t->rt_priority = priority;
	t->slice = RR_TICKS;
	place(t);
	if (queued)
		enqueue(t, false);
	set_need_resched(true);
	irq_restore(f);
}

/* ---- ticks ------------------------------------------------------------- */

unsigned long avenrun[3];

/* Every five seconds: 1/e in 1, 5 and 15 minutes (Linux: loadavg.c). */
static void update_loadavg(void)
{
	static const unsigned long decay[] = { 1884, 2014, 2037 };
	const unsigned long one = 1ul << FSHIFT;
	static unsigned ticks;
	unsigned long active = 0;
	struct task_struct *t;

	if (++ticks % (5 * HZ + 1))
		return;
	for_each_task(t)
		active += (t->state == TASK_RUNNING &&
			   !(t == current && idling)) ||
			  (t->state == TASK_UNINTERRUPTIBLE && t->mm);
	for (unsigned i = 0; i < ARRAY_SIZE(avenrun); i++)
		avenrun[i] = (avenrun[i] * decay[i] +
			      active * one * (one - decay[i])) >> FSHIFT;
}

static bool slice_is_over(void)
{
	const struct task_struct *fair = RB_MIN(fair_tree, &fair_queue);

	if (current->policy == SCHED_RR && current->slice &&
	    !--current->slice)
		return true;
	if (current->rt_priority)
		return fair && rt_ran >= RT_RUNTIME;
	return (fair && current->vruntime > fair->vruntime + SLICE_NS) ||
	       (TAILQ_FIRST(&rt_queue) && rt_ran < RT_RUNTIME);
}

void tick(bool user)
{
	update_loadavg();
	if (idling)
		return;
	sched_charge();
	if (user)
		current->utime++;
	else
		current->stime++;
	if (current->sighand)
		run_cpu_timers();
	set_need_resched(slice_is_over());
}

void sched_init(void)
{
	struct task_struct *t = &boot_task;

	strlcpy(t->comm, "swapper", sizeof(t->comm));
	t->caps = (struct caps){ .permitted = CAP_FULL, .effective = CAP_FULL,
				 .bset = CAP_FULL };
	t->leader = t;
	t->state = TASK_RUNNING;
	init_task_lists(t);
}
