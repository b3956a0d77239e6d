// SPDX-License-Identifier: GPL-2.0
/*
 * Steps: calls as numbers, made and checked.  A panic of mm/ or of a check, a
 * crash, or a timer when it does not end by itself, ends the step by a jump out
 * of it; the state is then good for nothing but to be copied over.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

#include "search_internal.h"

#define ENDLESS 5	/* seconds of a processor; a step has microseconds */

static jmp_buf on_panic;
unsigned occasions[PROG_NR_FAULTS];	/* of the last step */
static char *panic_words;

static void panicked(const char *message)
{
	snprintf(panic_words, 128, "%s", message);
	__builtin_longjmp((void **)on_panic, 1);
}

static void crashed(int number)
{
	if (host_panic_hook)
		panicked("crash: access to no memory");
	signal(number, SIG_DFL);	/* it is the search's: once more */
}

static volatile u64 steps;	/* begun by this process */

/* Is it at the same step as the last time? */
static void look_for_progress(int number)
{
	static u64 seen;

	if (host_panic_hook && seen == steps) {
		shared->endless = true;
		panicked("a call that does not end");
	}
	seen = steps;
}

void step_init(void)
{
	const struct sigaction crash = { .sa_handler = crashed,
					 .sa_flags = SA_NODEFER };
	const struct sigaction look = { .sa_handler = look_for_progress,
					.sa_flags = SA_NODEFER | SA_RESTART };

	sigaction(SIGSEGV, &crash, NULL);
	sigaction(SIGVTALRM, &look, NULL);
	step_watch();
}

void step_watch(void)
{
	const struct itimerval every = { { ENDLESS, 0 }, { ENDLESS, 0 } };

	setitimer(ITIMER_VIRTUAL, &every, NULL);
}

bool step(const struct prog_call *c, unsigned tasks, char *why)
{
	if (!world_enabled(c, tasks))
		return false;
	steps++;
	panic_words = why;
	host_panic_hook = panicked;
	if (__builtin_setjmp((void **)on_panic)) {
		world.broken |= BROKEN_CHECK;
	} else {
		phase = AT_CALL;
		world_run(c);
		memcpy(occasions, world.occasions, sizeof(occasions));
		phase = AT_CHECK;
		host_check();
	}
	phase = AT_SEARCH;
	host_panic_hook = NULL;
	return true;
}

u64 kinds_of(u32 code)
{
	unsigned fault = code >> 16 & 15;
	int kind = choices[code & 0xffff].kind;

	return (kind < 0 ? 0 : 1ull << kind) |
	       (fault ? 1ull << kind_of_fault(fault) : 0);
}

u8 who[PROG_TASKS];

void look_around(void)
{
	unsigned order[PROG_TASKS], n = world_order(order);

	for (unsigned i = 0; i < PROG_TASKS; i++)
		who[i] = i < n ? order[i] : PROG_TASKS;
}

struct prog_call call_of(u32 code)
{
	struct prog_call c = choices[code & 0xffff].call;

	c.task = who[c.task];
	c.fault = code >> 16 & 15;
	c.nth = code >> 20;
	return c;
}

unsigned way_to(u32 n, u32 steps[MAX_DEPTH])
{
	unsigned length = 0;

	for (u32 i = n; i; i = nodes[i].parent)
		length++;
	for (unsigned k = length; k-- > 0; n = nodes[n].parent)
		steps[k] = nodes[n].step;
	return length;
}
