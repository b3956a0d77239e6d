/* SPDX-License-Identifier: GPL-2.0 */
/* The frame of work/hunt.c: cases as the unit tests have them. */
#ifndef CHECKS_HUNT_H
#define CHECKS_HUNT_H

#include "../tests/unit/unit.h"

/* A case with 1024 frames and no swap; with frames, pages of swap and a lock
 * design (NULL: none) of your choice. */
#define HUNT(fn)	HUNT_ON(fn, 1024, 0, NULL)
#define HUNT_ON(fn, n, swap, design)					\
	{ .name = #fn, .run = fn, .frames = n, .swap_pages = swap,	\
	  .memlock = design, .is_long = true }

#endif
