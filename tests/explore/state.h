/* SPDX-License-Identifier: GPL-2.0 */
/* States of the world: copied out and in (snapshot.c), and told apart
 * (canon.c). */
#ifndef EXPLORE_STATE_H
#define EXPLORE_STATE_H

#include "world.h"

#define SNAPSHOT_MAX (256 * 1024)	/* a tenth but for red zones */

struct snapshot {
	unsigned nr_frames;
	struct snapshot_frame { u16 pfn, bytes; } frame[WORLD_FRAMES];
	unsigned char data[SNAPSHOT_MAX] __aligned(64);
};

void snapshot_init(void);		/* once, when the world is booted */
void snapshot_save(struct snapshot *s);
void snapshot_restore(const struct snapshot *s);

/*
 * A number for the state, equal for states that differ only in what no call
 * can tell: which frame, slot, object or task number serves which purpose, the
 * order of lists, accessed bits, counters of events.  64 bits of a hash: two
 * different states share one with a probability of n * n / 2^65 for n states.
 */
u64 canonical_hash(void);

#endif
