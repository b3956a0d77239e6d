/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory policies of tasks and areas, which kernel/mempolicy.c keeps: on one
 * node nothing follows from them but what get_mempolicy(2) shows.
 */
#ifndef MM_MEMPOLICY_H
#define MM_MEMPOLICY_H

#include <lib/types.h>

struct mempolicy {
	unsigned mode;			/* MPOL_*, with its flags */
	unsigned long nodes;		/* bits, as shown */
};

static inline bool mpol_equal(const struct mempolicy *a,
			      const struct mempolicy *b)
{
	return a->mode == b->mode && a->nodes == b->nodes;
}

#endif
