// SPDX-License-Identifier: GPL-2.0
/*
 * --profile: where the time goes.  The search says what it is at, by a store
 * that costs nothing; a timer of processor time interrupts the workers and
 * counts what they said.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

#include "search_internal.h"

#define EVERY_US 1000

static const char *const phase_name[NR_PHASES] = {
	"the search itself", "calls (mm/ and its world)", "checks",
	"hashes of states", "copying states back", "the table of states",
};

volatile enum phase phase;

static void sample(int signal)
{
	ADD(&shared->samples[phase], 1);
}

void profile_worker(void)
{
	const struct itimerval every = { { 0, EVERY_US }, { 0, EVERY_US } };

	if (!opt->profile)
		return;
	signal(SIGPROF, sample);
	setitimer(ITIMER_PROF, &every, NULL);
}

void profile_print(const struct statement *s)
{
	const char *between = "  time: ";
	u64 sum = 0;

	for (unsigned i = 0; i < NR_PHASES; i++)
		sum += s->samples[i];
	for (unsigned i = 0; sum && i < NR_PHASES; i++) {
		printf("%s%s %.0f %%", between, phase_name[i],
		       s->samples[i] * 100.0 / sum);
		between = ", ";
	}
	printf("\n");
}
