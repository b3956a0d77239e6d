/* SPDX-License-Identifier: GPL-2.0 */
/* The calls that the explorer tries in every state (universe.c). */
#ifndef EXPLORE_UNIVERSE_H
#define EXPLORE_UNIVERSE_H

#include <stdbool.h>

#include "prog.h"

#define MAX_CHOICES 512

struct choice {
	struct prog_call call;	/* task: place in world_order() */
	int kind;		/* of what it does; -1: nothing to remark */
};

extern struct choice choices[MAX_CHOICES];
extern unsigned nr_choices;
/* What makes programs different in kind: bits of a mask.  The last ones stand
 * for injected faults; one allocation that fails and many are of one kind. */
#define MAX_KINDS 60
#define NR_KINDS (MAX_KINDS + PROG_FAIL_ALLOCS - 1)
extern const char *kind_name[NR_KINDS];
static inline int kind_of_fault(unsigned fault)
{
	return MAX_KINDS - 1 + (fault == PROG_FAIL_ALLOCS ? PROG_FAIL_ALLOC :
							    fault);
}

/* `wide`: with those that --wide adds. */
void universe_init(unsigned tasks, bool wide);
/* The ways around that docs/lock-designs.md lists: the name of one whose kinds
 * these are, or "". */
const char *way_around(unsigned long long kinds);

#endif
