// SPDX-License-Identifier: GPL-2.0
/*
 * Radix tree, 6 bits of the index per level, leaves at level 1.
 *
 * Keeps true: no node is empty but on the path of an insertion that sleeps;
 * the tree grows with the largest index, and shrinks only when it empties.
 * Lock: the tree's user does not sleep in between.  An insertion that must
 * sleep for memory holds no pointer into the tree meanwhile: it starts again
 * from the root with the new node in hand.  (Linux: lib/xarray.c)
 */
#include <lib/bug.h>
#include <lib/err.h>
#include <lib/radix.h>
#include <mm/slab.h>

#ifndef RADIX_BITS		/* the explorer has fewer */
#define RADIX_BITS	6
#endif
#define RADIX_SLOTS	(1u << RADIX_BITS)
#define RADIX_MAX_HEIGHT DIV_ROUND_UP(64, RADIX_BITS)

struct radix_node {
	void *slot[RADIX_SLOTS];	/* nodes, or entries at level 1 */
	u64 used;			/* a bit for each slot not NULL */
};

static struct kmem_cache radix_node_cache = KMEM_CACHE(struct radix_node);

static void set_slot(struct radix_node *node, unsigned i, void *p)
{
	node->slot[i] = p;
	if (p)
		node->used |= 1ull << i;
	else
		node->used &= ~(1ull << i);
}

static unsigned slot_of(u64 index, unsigned level)
{
	return (index >> (level - 1) * RADIX_BITS) & (RADIX_SLOTS - 1);
}

/* Largest index that fits below a node of this level. */
static u64 level_max(unsigned level)
{
	if (level >= RADIX_MAX_HEIGHT)
		return ~0ull;
	return (1ull << level * RADIX_BITS) - 1;
}

static bool fits(const struct radix_tree *t, u64 index)
{
	return t->height && index <= level_max(t->height);
}

static struct radix_node *find_leaf(const struct radix_tree *t, u64 index)
{
	struct radix_node *node = fits(t, index) ? t->root : NULL;

	for (unsigned level = t->height; node && level > 1; level--)
		node = node->slot[slot_of(index, level)];
	return node;
}

void *radix_lookup(const struct radix_tree *t, u64 index)
{
	struct radix_node *leaf = find_leaf(t, index);

	return leaf ? leaf->slot[slot_of(index, 1)] : NULL;
}

static struct radix_node *take(struct radix_node **spare)
{
	struct radix_node *node = *spare;

	*spare = NULL;
	return node;
}

/* Make the tree tall enough for index; false when a node is needed. */
static bool grow(struct radix_tree *t, u64 index, struct radix_node **spare)
{
	struct radix_node *node;

	while (!fits(t, index)) {
		if (!(node = take(spare)))
			return false;
		if (t->root) {
			set_slot(node, 0, t->root);
			t->height++;
		} else {
			t->height = 1;
			while (index > level_max(t->height))
				t->height++;
		}
		t->root = node;
	}
	return true;
}

/*
 * The leaf that holds index, its path built as far as the spare node goes;
 * NULL when one more is needed.  The nodes built so far may be empty: the
 * caller's next try fills them, or prune() takes them back.
 */
static struct radix_node *build_path(struct radix_tree *t, u64 index,
				     struct radix_node **spare)
{
	struct radix_node *node, *below;

	if (!grow(t, index, spare))
		return NULL;
	node = t->root;
	for (unsigned level = t->height; level > 1; level--) {
		unsigned i = slot_of(index, level);

		below = node->slot[i];
		if (!below) {
			if (!(below = take(spare)))
				return NULL;
			set_slot(node, i, below);
		}
		node = below;
	}
	return node;
}

/* Free the empty nodes on the path to index, from the bottom up. */
static void prune(struct radix_tree *t, u64 index)
{
	struct radix_node *path[RADIX_MAX_HEIGHT + 1], *node = t->root;
	unsigned level = t->height;

	if (!fits(t, index))
		return;
	for (; node; level--) {
		path[level] = node;
		if (level == 1)
			break;
		node = node->slot[slot_of(index, level)];
	}
	if (!node)
		level++;
	for (; level <= t->height && !path[level]->used; level++) {
		kmem_cache_free(&radix_node_cache, path[level]);
		if (level == t->height) {
			*t = (struct radix_tree){ NULL, 0 };
			return;
		}
		set_slot(path[level + 1], slot_of(index, level + 1), NULL);
	}
}

static int store(struct radix_tree *t, u64 index, void *entry, gfp_t gfp,
		 bool replace)
{
	struct radix_node *spare = NULL, *leaf;
	unsigned i = slot_of(index, 1);
	int ret = 0;

	BUG_ON(!entry);
	while (!(leaf = build_path(t, index, &spare))) {
		spare = kmem_cache_alloc(&radix_node_cache, gfp | GFP_ZERO);
		if (!spare) {
			prune(t, index);
			return -ENOMEM;
		}
	}
	if (leaf->slot[i] && !replace)
		ret = -EEXIST;
	else
		set_slot(leaf, i, entry);
	if (spare)
		kmem_cache_free(&radix_node_cache, spare);
	return ret;
}

int radix_store(struct radix_tree *t, u64 index, void *entry, gfp_t gfp)
{
	return store(t, index, entry, gfp, true);
}

int radix_insert(struct radix_tree *t, u64 index, void *entry, gfp_t gfp)
{
	return store(t, index, entry, gfp, false);
}

void *radix_delete(struct radix_tree *t, u64 index)
{
	struct radix_node *leaf = find_leaf(t, index);
	unsigned i = slot_of(index, 1);
	void *entry = leaf ? leaf->slot[i] : NULL;

	if (!entry)
		return NULL;
	set_slot(leaf, i, NULL);
	prune(t, index);
	return entry;
}

/* First entry at or after *index below node. */
static void *next_below(const struct radix_node *node, unsigned level,
			u64 *index)
{
	unsigned first = slot_of(*index, level);
	unsigned shift = (level - 1) * RADIX_BITS;
	u64 rest = node->used >> first << first;
	u64 base = *index & ~level_max(level);
	void *e = NULL;

	for (; rest && !e; rest &= rest - 1) {
		unsigned i = __builtin_ctzll(rest);

		/* In a later slot from its first index on. */
		if (i != first)
			*index = base | (u64)i << shift;
		e = node->slot[i];
		if (level > 1)
			e = next_below(e, level - 1, index);
	}
	return e;
}

void *radix_next(const struct radix_tree *t, u64 *index)
{
	return fits(t, *index) ? next_below(t->root, t->height, index) : NULL;
}
