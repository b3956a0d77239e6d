// SPDX-License-Identifier: GPL-2.0
/*
 * Programs from the start to the end (play.h).  The world is booted once; a
 * program begins with a copy of how it was with one plain task, for each of the
 * designs one.
 */
#include <stdio.h>


#include "../explore/state.h"
#include "play.h"

unsigned played;
unsigned long all_programs, all_calls;
volatile enum phase phase;

/* ---- what is broken ---------------------------------------------------- */

static void (*report)(const char *finding);

/* Panics of checks begin with the number of an invariant already. */
static void panicked(const char *message)
{
	bool numbered = message[0] == 'I' && message[1] <= '9';
	char line[300];

	snprintf(line, sizeof(line), "%s%s", numbered ? "" : "panic: ",
		 message);
	report(line);
}

static void check_guarantees(void)
{
	static const char *const words[] = {
		"G1: a memlocked task's bytes are, or may go, on the swap disk",
		"G2: a memlocked task runs on a page read from a disk",
		"G3: a memlocked task, or an area of it, lost its lock",
	};

	for (unsigned g = 0; g < ARRAY_SIZE(words); g++)
		if (world.broken >> g & 1)
			report(words[g]);
}

/* ---- the end ----------------------------------------------------------- */

/* Of what must be as before when all is over. */
struct holdings {
	unsigned long free_frames, slab_bytes, slots, mms, tasks, small;
};
static struct holdings at_start[NR_DESIGNS];

static struct holdings count(void)
{
	struct holdings h = {
		.slab_bytes = nr_slab_bytes, .slots = nr_swapcache_pages,
		.tasks = nr_tasks, .small = heap_small_live,
	};
	struct mm_struct *mm;

	kmem_cache_shrink_all();
	h.free_frames = nr_free_pages;
	TAILQ_FOREACH(mm, &all_mms, mmlist)
		h.mms++;
	return h;
}

static struct holdings end_all(void)
{
	struct prog_call c = { .op = PROG_EXIT };

	for (; c.task < PROG_TASKS; c.task++)
		if (world.task[c.task])
			world_run(&c);
	for (unsigned f = 0; f < PROG_NR_FILES; f++)
		truncate_setsize(world.file[f]->f_mapping, 0);
	if (world.swap_on && do_swapoff(&world.swap->bdev))
		report("leak: slots of the swap disk, all tasks having gone");
	host_check();
	return count();
}

static void check_leaks(unsigned design)
{
	struct holdings was = at_start[design], is = end_all();
	char line[300];

	if (!memcmp(&was, &is, sizeof(is)))
		return;
	snprintf(line, sizeof(line), "leak: free frames %lu, at first %lu; "
		 "bytes of objects %lu, %lu; slots %lu, %lu; address spaces "
		 "%lu, %lu; tasks %lu, %lu; tasks and files %lu, %lu",
		 is.free_frames, was.free_frames, is.slab_bytes, was.slab_bytes,
		 is.slots, was.slots, is.mms, was.mms, is.tasks, was.tasks,
		 is.small, was.small);
	report(line);
}

/* ---- the beginning ----------------------------------------------------- */

static struct snapshot *start[NR_DESIGNS];

static void boot(void)
{
	const struct prog_call exec = { .op = PROG_EXEC };

	world_boot(design_name[0], PROG_TASKS);
	snapshot_init();
	for (unsigned d = 0; d < NR_DESIGNS; d++) {
		start[d] = host_zalloc(sizeof(*start[d]));
		if (d)
			snapshot_restore(start[0]);
		memlock_select(design_name[d]);
		world_run(&exec);
		host_check();
		snapshot_save(start[d]);
		at_start[d] = end_all();
	}
}

static void step(const struct prog_call *c, bool judge)
{
	if (!world_enabled(c, PROG_TASKS))
		return;
	phase = AT_CALL;
	world_run(c);
	phase = AT_CHECK;
	host_check();
	if (world.broken && judge)
		check_guarantees();
	played++;
}

void play(const struct input *in, void (*found)(const char *finding))
{
	phase = AT_START;
	report = found;
	host_panic_hook = panicked;
	if (!start[0])
		boot();
	host_log_clear();
	snapshot_restore(start[in->design]);
	played = 0;
	for (unsigned i = 0; i < in->prog.n; i++)
		step(&in->prog.call[i],
		     judge_all || in->design == NR_DESIGNS - 1);
	phase = AT_END;
	all_programs++;
	all_calls += played;
	check_leaks(in->design);
	phase = AT_ENGINE;
}
