// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks side by side, each with a stack of its own, one running at a time.  It
 * is switched where the kernel may be: at sleeps, at cond_resched(), while a
 * disk is at work, and where a thread says host_yield().  Who runs next is
 * drawn from a seed, so the same seed gives the same interleaving, and a sleep
 * that nobody can end stops the host.  (The kernel's: kernel/sched.c)
 */
#include <ucontext.h>

#include <arch/host.h>

#include "host_internal.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#else
#define __sanitizer_start_switch_fiber(save, bottom, size)
#define __sanitizer_finish_switch_fiber(save, bottom, size)
#endif

#define MAX_THREADS	16
#define STACK_BYTES	(256ul << 10)

struct thread {
	struct host_thread its;
	struct task_struct *current;	/* while it does not run */
	ucontext_t context;
	void *stack;
	bool daemon;			/* never returns: a kernel thread */
	bool over;
};

static struct thread threads[MAX_THREADS], *running;
static unsigned nr_threads;
static ucontext_t scheduler;
static const void *scheduler_stack;	/* told by the sanitizer */
static size_t scheduler_bytes;
static u64 random_state;

static u64 draw(u64 below)
{
	random_state = random_state * 6364136223846793005ull +
		       1442695040888963407ull;
	return (random_state >> 33) % below;
}

/* ---- in a thread --------------------------------------------------------- */

static void let_others_run(void)
{
	bool off = host_irqs_off;
	void *fake_stack __maybe_unused;

	running->current = current;
	__sanitizer_start_switch_fiber(running->over ? NULL : &fake_stack,
				       scheduler_stack, scheduler_bytes);
	swapcontext(&running->context, &scheduler);
	__sanitizer_finish_switch_fiber(fake_stack, NULL, NULL);
	host_irqs_off = off;
}

static void begin(void)
{
	__sanitizer_finish_switch_fiber(NULL, &scheduler_stack,
					&scheduler_bytes);
	host_irqs_off = false;
	running->its.fn(running->its.arg);
	if (host_locks_held())
		panic("%s returns with a lock held", current->comm);
	if (current->killed)
		host_leave_mm(current);
	running->over = true;
	let_others_run();
}

/* ---- the scheduler ------------------------------------------------------- */

static void add(const struct host_thread *its, bool daemon)
{
	struct thread *t = &threads[nr_threads++];

	BUG_ON(nr_threads > MAX_THREADS);
	*t = (struct thread){ .its = *its, .current = its->task,
			      .daemon = daemon };
	t->stack = host_zalloc(STACK_BYTES);
	getcontext(&t->context);
	t->context.uc_stack.ss_sp = t->stack;
	t->context.uc_stack.ss_size = STACK_BYTES;
	makecontext(&t->context, begin, 0);
}

static void resume(struct thread *t)
{
	void *fake_stack __maybe_unused;

	running = t;
	host_switch(t->current);
	__sanitizer_start_switch_fiber(&fake_stack, t->stack, STACK_BYTES);
	swapcontext(&scheduler, &t->context);
	__sanitizer_finish_switch_fiber(fake_stack, NULL, NULL);
	running = NULL;
}

/* The n-th thread that may run, or NULL. */
static struct thread *runnable(unsigned n)
{
	for (struct thread *t = threads; t < threads + nr_threads; t++)
		if (!t->over && !t->current->asleep && n-- == 0)
			return t;
	return NULL;
}

static unsigned nr_runnable(void)
{
	unsigned n = 0;

	while (runnable(n))
		n++;
	return n;
}

static bool all_over(void)
{
	for (unsigned i = 0; i < nr_threads; i++)
		if (!threads[i].over && !threads[i].daemon)
			return false;
	return true;
}

static void forget_finished(void)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < nr_threads; i++) {
		if (threads[i].over)
			host_free(threads[i].stack);
		else
			kept++;
	}
	nr_threads = kept;	/* kernel threads come first */
}

u64 host_run(const struct host_thread *list, unsigned n, u64 seed)
{
	struct task_struct *old = current;
	unsigned choices;
	u64 order = 0;

	if (host_kthread.fn && !nr_threads)
		add(&host_kthread, true);
	for (unsigned i = 0; i < n; i++)
		add(&list[i], false);
	random_state = seed;
	host_let_others_run = let_others_run;
	while ((choices = nr_runnable())) {
		unsigned choice = draw(choices);

		order = order * 31 + choice;
		resume(runnable(choice));
	}
	if (!all_over())
		panic("deadlock: all sleep, and nobody can wake them");
	host_let_others_run = NULL;
	host_switch(old);
	forget_finished();
	return order;
}
