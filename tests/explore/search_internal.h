/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of the search: search.c, table.c, step.c, found.c,
 * twins.c, keep.c, profile.c. */
#ifndef EXPLORE_SEARCH_INTERNAL_H
#define EXPLORE_SEARCH_INTERNAL_H

#include <stdio.h>

#include "search.h"

#define MAX_RAW 256		/* findings of one depth */
#define SEEN_KINDS 4096

/* One state to explore: from which, by what. */
struct node { u32 parent, step; };

struct raw { struct node node; u32 guarantee; u64 kinds; char why[128]; };

/* In memory that all processes share. */
struct shared {
	u32 stop;			/* workers end after their chunk */
	u32 grow;			/* ... because the table is half full */
	u32 endless;			/* ... at once: a step has no end */
	u32 nr_nodes;
	u32 next, end;			/* queue of this depth */
	u64 states, transitions;
	u64 samples[NR_PHASES];		/* --profile */
	u64 first_transition;		/* of a violation; 0: none yet */
	double first_cpu;
	u64 unlike;			/* --verify: equal hashes, not states */
	u32 nr_raw;
	struct raw raw[MAX_RAW];
	u64 seen_kinds[SEEN_KINDS];	/* hashes of guarantee and kinds */
	/* What was reported already: programs with more kinds are no news. */
	u32 nr_known;
	struct { u64 kinds; u32 guarantee; } known[MAX_FINDINGS];
};

extern struct shared *shared;
extern u64 transitions;			/* not yet in shared->transitions */
double processor_seconds(void);		/* of this search, so far */
extern struct node *nodes;
extern const struct options *opt;
/* [0]: the start; [n]: after n calls of the way at hand; the last: scratch. */
extern struct snapshot *snapshots[MAX_DEPTH + 1];

#define ADD(p, n) __atomic_fetch_add((p), (n), __ATOMIC_RELAXED)
#define LOAD(p) __atomic_load_n((p), __ATOMIC_RELAXED)

/* ---- table.c: hashes of states ------------------------------------------ */

/* Zeroed pages that nobody has asked for yet; ends the program if it must. */
void *map_memory(size_t bytes, int sharing);
void table_init(void);
void table_clear(void);
/* Room for so many?  False: not within opt->memory.  While no worker runs. */
bool table_fit(u64 states);
void table_enter(void);			/* a worker begins */
void table_prefetch(u64 hash);
bool seen(u64 hash);
bool insert(u64 hash);			/* true if it is new */
void table_save(FILE *f);

/* ---- profile.c --------------------------------------------------------- */

extern volatile enum phase phase;
void profile_worker(void);		/* begin to count, if asked to */

/* ---- step.c: calls by their codes -------------------------------------- */

/* Choice, kind of fault, its number. */
static inline u32 step_code(unsigned choice, unsigned fault, unsigned nth)
{
	return choice | fault << 16 | nth << 20;
}
/* From now on a crash ends only its step, and so does a step that would not
 * end; a process that comes of a fork has to ask for the latter. */
void step_init(void);
void step_watch(void);
/* Who is who in the present state: world_order(), then PROG_TASKS for nobody.
 * look_around() sets it. */
extern u8 who[PROG_TASKS];
void look_around(void);
struct prog_call call_of(u32 code);
u64 kinds_of(u32 code);
extern unsigned occasions[PROG_NR_FAULTS];	/* of the last step */
/* The steps that lead to a node; how many. */
unsigned way_to(u32 n, u32 steps[MAX_DEPTH]);

/* ---- found.c ----------------------------------------------------------- */

/* A worker met broken guarantees (a mask); `why` of mm_check. */
void note(unsigned broken, struct node node, u64 kinds, const char *why);
/* Reduce what was noted; what is news goes to s. */
void collect_findings(struct statement *s);

/* ---- twins.c ----------------------------------------------------------- */

void twins_init(void);
/* What follows the state at hand must be what followed the first one with its
 * hash; the state stays as it is. */
void compare_twins(u64 hash, struct node node);

/* ---- keep.c ------------------------------------------------------------ */

void save_state(const struct statement *s);
/* 0 too if there is none; -1: not a state of this search, as is said. */
int load_state(struct statement *s);

#endif
