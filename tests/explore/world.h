/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The small world that the explorer searches: mm/ on arch/host with a few
 * tasks, files of two pages, a swap disk of two slots; programs (prog.h) run in
 * it call by call, and the guarantees G1 to G3 are judged after each.
 *
 * Everything that changes (of mm/, arch/host and this world) lies in a few
 * regions of memory, so that a state can be copied out and in.
 */
#ifndef EXPLORE_WORLD_H
#define EXPLORE_WORLD_H

#include <arch/host.h>

#include "prog.h"

#define WORLD_BASE	0x10000ul	/* PROG_BASE in the host */
#ifndef WORLD_FRAMES_FOR	/* tests/mmrun has more of both */
#define WORLD_FRAMES_FOR(tasks) (20 + 9 * (tasks))
#define WORLD_PAGE_BYTES 64	/* of a page that are simulated */
#endif
#define WORLD_FRAMES	WORLD_FRAMES_FOR(PROG_TASKS)	/* at most */
#define WORLD_SLOTS	2
#define WORLD_FILE_PAGES 2	/* of every file */

/* A byte each of a page's contents; what a page holds is the set of them, and
 * every copy of the page carries it on. */
enum mark {
	MARK_PLAIN,		/* stored by an ordinary task */
	MARK_SECRET,		/* stored by a memlocked task */
	MARK_EDITED,		/* written to the disk by others */
	MARK_FILE,		/* of the file since ever */
};

#define BROKEN_G1	0x1u	/* a memlocked task's bytes may reach swap */
#define BROKEN_G2	0x2u	/* it runs on a page that was read again */
#define BROKEN_G3	0x4u	/* area, def_flags, mark: no lock */
#define BROKEN_CHECK	0x8u	/* mm_check(), or a panic: a bug of mm/ */
#define NR_GUARANTEES	4

struct world {
	struct task_struct *task[PROG_TASKS];	/* NULL: a free number */
	struct file *file[PROG_NR_FILES];
	struct host_disk *swap;
	bool swap_on;
	bool whole_mm;		/* the design locks all of a memlocked mm */
	u8 perm[PROG_TASKS];	/* else: window pages that exec locked */
	bool marked[PROG_TASKS];
	u8 seams[PROG_TASKS];	/* between areas that could be one */
	bool any_sealed;	/* has one been? */
	u8 broken;		/* BROKEN_*; all but G3 for good */
	u8 faults;		/* injected so far */
	/* How often each fault could have happened in the last call. */
	unsigned occasions[PROG_NR_FAULTS];
};
extern struct world world;

/* Power on, with task 0 alive and a plain program executed; `tasks`: how many
 * there may be.  -1: no such design. */
int world_boot(const char *design, unsigned tasks);
/*
 * The numbers of the tasks that live, in an order that depends on what they
 * are and not on their numbers: memlocked ones first, then by a hash of areas
 * and entries.  (Tasks equal in that stay as they are: symmetric states may
 * count twice, never the other way round.)  How many.
 */
unsigned world_order(unsigned order[PROG_TASKS]);
/* May the call be made at all (its task lives, fork has room)? */
bool world_enabled(const struct prog_call *c, unsigned tasks);
/* Make it: its result, addresses as in prog.h.  Updates world.broken but for
 * BROKEN_CHECK. */
long world_run(const struct prog_call *c);

/* What must be copied besides the heap and the frames in use. */
struct region { void *at; size_t bytes; };
unsigned world_regions(struct region *r, unsigned max);
/* Bytes of a slab's frame that change (world.c lays them out). */
extern unsigned short world_slab_bytes[WORLD_FRAMES];

/* heap.c: what host_zalloc() gave out. */
extern char heap_small[];
extern size_t heap_small_used;
extern unsigned long heap_small_live;	/* objects */

static inline u64 mixed(u64 a, u64 b)
{
	unsigned __int128 m = (unsigned __int128)(a ^ 0x9e3779b97f4a7c15ull) *
			      (b ^ 0xd6e8feb86659fd93ull);

	return (u64)m ^ (u64)(m >> 64);
}

#define STORED_SECRET 2	/* as MARK_SECRET; mincore stores 0 and 1 anywhere */

static inline bool has_secret(const void *contents)
{
	return ((const u8 *)contents)[MARK_SECRET] == STORED_SECRET;
}

#endif
