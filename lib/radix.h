/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A radix tree from u64 to a pointer or a value: 64 slots a node, as deep as
 * the largest index needs.  Ours because no packaged library has one that is
 * freestanding, and a balanced tree's links would cost every struct page 24
 * bytes.  Nodes come from an object cache; nothing here sleeps unless gfp
 * allows.  (Linux: lib/xarray.c)
 */
#ifndef LIB_RADIX_H
#define LIB_RADIX_H

#include <lib/types.h>

struct radix_node;
struct radix_tree {
	struct radix_node *root;
	unsigned height;	/* levels of nodes; 0: empty */
};

/* Values are odd, pointers even. */
static inline void *radix_mk_value(u64 v) { return (void *)(v << 1 | 1); }
static inline bool radix_is_value(const void *e) { return (u64)e & 1; }
static inline u64 radix_to_value(const void *e) { return (u64)e >> 1; }

/* NULL if absent. */
void *radix_lookup(const struct radix_tree *t, u64 index);
/* Stores over whatever is there; -ENOMEM (gfp as in mm/page.h).  entry not
 * NULL. Storing over a present entry allocates nothing and cannot fail. */
int radix_store(struct radix_tree *t, u64 index, void *entry, unsigned gfp);
/* The same, only where nothing is: else -EEXIST, even if it came there while
 * this call slept for memory. */
int radix_insert(struct radix_tree *t, u64 index, void *entry, unsigned gfp);
/* Removes and returns the entry (NULL if absent); frees empty nodes. */
void *radix_delete(struct radix_tree *t, u64 index);
/* First entry at or after *index; sets *index to where it is; NULL: none. */
void *radix_next(const struct radix_tree *t, u64 *index);

#endif
