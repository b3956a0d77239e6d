// SPDX-License-Identifier: GPL-2.0
/*
 * What the search found, reduced.  Workers note the first program of each set
 * of kinds of calls that breaks a guarantee; at the end of a depth whatever can
 * be left out of each is left out, and a program is news if none that was
 * reported before gets by with fewer kinds.
 */
#include <stdlib.h>

#include "search_internal.h"

/* ---- noted by workers -------------------------------------------------- */

static bool known_kinds(unsigned guarantee, u64 kinds)
{
	for (unsigned i = 0; i < shared->nr_known; i++)
		if (shared->known[i].guarantee == guarantee &&
		    !(shared->known[i].kinds & ~kinds))
			return true;
	return false;
}

/* The first program of these kinds?  A race lets two through: harmless. */
static bool first_of_kind(unsigned guarantee, u64 kinds)
{
	u64 key = (kinds * 4 + guarantee + 1) * 0x9e3779b97f4a7c15ull;

	if (known_kinds(guarantee, kinds))
		return false;
	for (unsigned i = key >> 52, n = 0; n < SEEN_KINDS; n++) {
		u64 *slot = &shared->seen_kinds[(i + n) % SEEN_KINDS];

		if (*slot == key)
			return false;
		if (*slot)
			continue;
		*slot = key;
		return true;
	}
	return false;
}

void note(unsigned broken, struct node node, u64 kinds,
		 const char *why)
{
	if (!LOAD(&shared->first_transition)) {
		shared->first_transition = LOAD(&shared->transitions) +
					   transitions;
		shared->first_cpu = processor_seconds();
	}
	for (unsigned g = 0; g < NR_GUARANTEES; g++) {
		u32 i;

		if (!(broken >> g & 1) || !first_of_kind(g, kinds))
			continue;
		i = ADD(&shared->nr_raw, 1);
		if (i >= MAX_RAW)
			return;
		shared->raw[i] = (struct raw){ node, g, kinds, "" };
		if (1u << g == BROKEN_CHECK)
			memcpy(shared->raw[i].why, why, 128);
	}
}

/* ---- findings ---------------------------------------------------------- */

/* From the start: does the program break the guarantee?  Cut off there. */
static bool breaks(struct prog *p, unsigned guarantee, char *why)
{
	snapshot_restore(snapshots[0]);
	for (unsigned i = 0; i < p->n; i++) {
		if (!step(&p->call[i], opt->tasks, why))
			return false;
		if (world.broken >> guarantee & 1) {
			p->n = i + 1;
			return true;
		}
	}
	return false;
}

static struct prog without(const struct prog *p, unsigned call)
{
	struct prog shorter = *p;

	shorter.n--;
	memmove(&shorter.call[call], &shorter.call[call + 1],
		(shorter.n - call) * sizeof(shorter.call[0]));
	return shorter;
}

/* Leave out what is not needed: calls and faults. */
static void minimise(struct prog *p, unsigned guarantee, char *why)
{
	bool again = true;

	while (again) {
		again = false;
		for (unsigned i = p->n; i-- > 0 && !again; ) {
			struct prog less = without(p, i);

			again = i && breaks(&less, guarantee, why);
			if (!again && p->call[i].fault) {
				less = *p;
				less.call[i].fault = less.call[i].nth = 0;
				again = breaks(&less, guarantee, why);
			}
			if (again)
				*p = less;
		}
	}
	breaks(p, guarantee, why);
}

static u64 kinds_in(const struct prog *p)
{
	u64 kinds = 0;

	for (unsigned i = 0; i < p->n; i++) {
		const struct prog_call *c = &p->call[i];

		for (unsigned k = 0; k < nr_choices; k++)
			if (choices[k].call.op == c->op &&
			    !memcmp(choices[k].call.arg, c->arg,
				    sizeof(c->arg))) {
				kinds |= kinds_of(k);
				break;
			}
		if (c->fault)
			kinds |= 1ull << kind_of_fault(c->fault);
	}
	return kinds;
}

/* The proof of G1: the secret really goes to the disk. */
static void add_pressure(struct prog *p)
{
	struct prog_call c = { .op = PROG_PRESSURE };
	char why[128];

	if (p->call[p->n - 1].op == PROG_PRESSURE || p->n == PROG_CALLS)
		return;
	breaks(p, 0, why);
	while (c.task < PROG_TASKS - 1 && !world.task[c.task])
		c.task++;
	if (world.task[c.task] && world_run(&c) == 0)
		p->call[p->n++] = c;
}

static void add_finding(struct statement *s, const struct raw *raw)
{
	struct finding f = { .guarantee = raw->guarantee };
	u32 steps[MAX_DEPTH];
	unsigned length = way_to(raw->node.parent, steps);

	steps[length++] = raw->node.step;
	snapshot_restore(snapshots[0]);
	for (unsigned i = 0; i < length; i++) {
		look_around();
		f.prog.call[f.prog.n++] = call_of(steps[i]);
		step(&f.prog.call[i], opt->tasks, f.why);
	}
	minimise(&f.prog, f.guarantee, f.why);
	f.kinds = kinds_in(&f.prog);
	if (known_kinds(f.guarantee, f.kinds) || s->nr_findings == MAX_FINDINGS)
		return;
	if (f.guarantee == 0)
		add_pressure(&f.prog);
	shared->known[shared->nr_known].guarantee = f.guarantee;
	shared->known[shared->nr_known++].kinds = f.kinds;
	s->finding[s->nr_findings++] = f;
}

static int nr_kinds(const struct raw *raw)
{
	return __builtin_popcountll(raw->kinds);
}

/* The fewest kinds first, so that what has more than another does not hide
 * it; then a fixed order. */
static int by_kinds(const void *a, const void *b)
{
	const struct raw *x = a, *y = b;

	if (x->guarantee != y->guarantee)
		return x->guarantee < y->guarantee ? -1 : 1;
	if (x->kinds != y->kinds)
		return nr_kinds(x) != nr_kinds(y) ? nr_kinds(x) - nr_kinds(y) :
		       x->kinds < y->kinds ? -1 : 1;
	return x->node.step < y->node.step ? -1 : x->node.step > y->node.step;
}

void collect_findings(struct statement *s)
{
	unsigned n = min(shared->nr_raw, (u32)MAX_RAW);

	qsort(shared->raw, n, sizeof(shared->raw[0]), by_kinds);
	for (unsigned i = 0; i < n; i++)
		add_finding(s, &shared->raw[i]);
	shared->nr_raw = 0;
	memset(shared->seen_kinds, 0, sizeof(shared->seen_kinds));
}
