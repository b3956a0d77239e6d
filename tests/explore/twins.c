// SPDX-License-Identifier: GPL-2.0
/*
 * --verify: is the canonical hash right to take states for equal?  After every
 * transition all calls are tried, and the hashes of what follows must be those
 * that followed the first state with the same hash.
 */
#include <stdio.h>
#include <sys/mman.h>

#include "search_internal.h"

#define MAX_TWINS (1u << 24)		/* more than anybody waits for */

/* The first state with each hash, and what followed it. */
static struct twin { u64 hash, after; struct node node; } *twins;

void twins_init(void)
{
	twins = map_memory(MAX_TWINS * sizeof(*twins), MAP_PRIVATE);
}

/* A sum over all calls of what follows the state at hand, and back to it. */
static u64 what_follows(void)
{
	struct snapshot *here = snapshots[MAX_DEPTH];
	unsigned occasions_before[PROG_NR_FAULTS];
	u8 who_before[PROG_TASKS];
	char why[128];
	u64 sum = 0;

	memcpy(who_before, who, sizeof(who));
	memcpy(occasions_before, occasions, sizeof(occasions));
	snapshot_save(here);
	look_around();
	for (unsigned i = 1; i < nr_choices; i++) {
		struct prog_call c = call_of(step_code(i, 0, 0));

		if (!step(&c, opt->tasks, why))
			continue;
		sum += mixed(i, canonical_hash());
		snapshot_restore(here);
	}
	memcpy(who, who_before, sizeof(who));
	memcpy(occasions, occasions_before, sizeof(occasions));
	return sum;
}

/* Tasks are places in world_order() here. */
static void tell_way(const char *what, struct node last)
{
	struct prog p = { 0 };
	char text[PROG_TEXT];
	u32 steps[MAX_DEPTH];
	unsigned length = way_to(last.parent, steps);

	steps[length++] = last.step;
	for (unsigned i = 0; i < length; i++) {
		p.call[i] = choices[steps[i] & 0xffff].call;
		p.call[i].fault = steps[i] >> 16 & 15;
		p.call[i].nth = steps[i] >> 20;
	}
	p.n = length;
	prog_print(&p, text, sizeof(text));
	fprintf(stderr, "explore: %s\n%s", what, text);
}

void compare_twins(u64 hash, struct node node)
{
	struct twin *t = &twins[hash % MAX_TWINS];
	u64 after;

	if (world.broken & (BROKEN_G1 | BROKEN_G2 | BROKEN_CHECK))
		return;
	after = what_follows();
	while (t->hash && t->hash != hash)
		t = t == &twins[MAX_TWINS - 1] ? twins : t + 1;
	if (!t->hash)
		*t = (struct twin){ hash, after, node };
	if (t->after == after || ADD(&shared->unlike, 1))
		return;
	tell_way("this program", t->node);
	tell_way("and this one lead to states with one hash that go on "
		 "differently:", node);
}
