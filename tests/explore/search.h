/* SPDX-License-Identifier: GPL-2.0 */
/* The breadth-first search (search.c) and what it found (report.c). */
#ifndef EXPLORE_SEARCH_H
#define EXPLORE_SEARCH_H

#include "state.h"
#include "universe.h"

#define MAX_DEPTH 40

struct options {
	unsigned tasks, depth, jobs, faults;
	double seconds;			/* for one design */
	u64 memory;			/* bytes, for one design */
	bool verify;			/* that equal hashes are equal states */
	bool wide;			/* more calls */
	bool profile;			/* count what takes the time */
	const char *out;		/* folder for programs */
	const char *state;		/* folder of state files, or NULL */
};

/* A way to break a guarantee: its shortest program. */
struct finding {
	struct prog prog;
	u64 kinds;			/* mask of kinds of calls in it */
	unsigned guarantee;		/* 0 to 3: G1, G2, G3, mm_check */
	char why[128];			/* mm_check's words */
};
#define MAX_FINDINGS 64

/* What a worker is at (profile.c). */
enum phase { AT_SEARCH, AT_CALL, AT_CHECK, AT_HASH, AT_COPY, AT_TABLE,
	     NR_PHASES };

struct statement {
	const char *design, *end;	/* why the search ended */
	unsigned depth;			/* every program up to it was tried */
	bool fixpoint;
	u64 states, transitions;
	u64 unlike;			/* --verify's count */
	double seconds, cpu;		/* by the clock, and of processors */
	/* When the first violation was found; with one worker the same each
	 * time.  0: none. */
	u64 first_transition;
	double first_cpu;
	u64 samples[NR_PHASES];		/* --profile */
	bool crashed;			/* a worker, outside of any step */
	unsigned nr_findings;
	struct finding finding[MAX_FINDINGS];
};

/* Search one design.  -1: no such design, or a broken state file (said). */
int search(const char *design, const struct options *o, struct statement *s);

/* One line of where the time went. */
void profile_print(const struct statement *s);

/* Make one call in the present state and check everything.  *why: mm_check's
 * finding or a panic, else unchanged.  False: nobody can make it. */
bool step(const struct prog_call *c, unsigned tasks, char *why);

#endif
