// SPDX-License-Identifier: GPL-2.0
/*
 * The tree of names (Linux: fs/dcache.c, without its hash and its LRU).
 *
 * A directory's children stand in a red-black tree by name and in a list by
 * d_off, a number that only grows: it is readdir's position, so entries made
 * or removed meanwhile never make another one appear twice or not at all.
 * A child holds its parent.  Where all names are in memory (the directory has
 * no i_op->lookup) the tree holds each child too; elsewhere a dentry leaves
 * the tree with its last reference.
 *
 * Nothing here sleeps but d_alloc() and what a last reference ends; changes
 * of the tree are made under namespace_mutex, or for a last dput() of an
 * unpinned dentry in one step without a sleep.
 */
#include <fs/vfs.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <mm/slab.h>

static struct kmem_cache dentry_cache = KMEM_CACHE(struct dentry);

/* readdir positions 0 to 2 are the start, "." and "..". */
#define FIRST_OFF 3

static int name_cmp(const char *a, size_t alen, const char *b, size_t blen)
{
	int d = memcmp(a, b, min(alen, blen));

	if (d)
		return d;
	return alen < blen ? -1 : alen > blen;
}

static int dentry_cmp(struct dentry *a, struct dentry *b)
{
	return name_cmp(a->d_name, a->d_len, b->d_name, b->d_len);
}

RB_GENERATE(dentry_tree, dentry, d_node, dentry_cmp)

static struct dentry *new_dentry(const char *name, size_t len)
{
	struct dentry *d;

	d = kmem_cache_alloc(&dentry_cache, GFP_KERNEL | GFP_ZERO);
	if (!d)
		return NULL;
	d->d_name = kmalloc(len + 1, GFP_KERNEL);
	if (!d->d_name) {
		kmem_cache_free(&dentry_cache, d);
		return NULL;
	}
	memcpy(d->d_name, name, len);
	d->d_name[len] = '\0';
	d->d_len = len;
	d->d_count = 1;
	d->d_next_off = FIRST_OFF;
	d->d_parent = d;
	RB_INIT(&d->d_children);
	TAILQ_INIT(&d->d_subdirs);
	return d;
}

struct dentry *d_alloc(struct dentry *parent, const char *name, size_t len)
{
	struct dentry *d = new_dentry(name, len);

	if (!d)
		return NULL;
	d->d_parent = dget(parent);
	d->d_sb = parent->d_sb;
	return d;
}

void d_instantiate(struct dentry *dentry, struct inode *inode)
{
	dentry->d_inode = inode;
}

struct dentry *dget(struct dentry *dentry)
{
	dentry->d_count++;
	return dentry;
}

static void d_unhash(struct dentry *d)
{
	RB_REMOVE(dentry_tree, &d->d_parent->d_children, d);
	TAILQ_REMOVE(&d->d_parent->d_subdirs, d, d_child);
	d->d_hashed = false;
}

void dput(struct dentry *dentry)
{
	struct dentry *parent;

	while (dentry) {
		BUG_ON(dentry->d_count == 0);
		if (dentry->d_sb->s_detached)
			wake_up(&umount_wait);
		if (--dentry->d_count)
			return;
		if (dentry->d_hashed)
			d_unhash(dentry);
		parent = dentry->d_parent != dentry ? dentry->d_parent : NULL;
		if (dentry->d_inode && !dentry->d_inode->i_nlink)
			fsnotify_inoderemove(dentry->d_inode);
		if (dentry->d_inode)
			iput(dentry->d_inode);
		kfree(dentry->d_name);
		kmem_cache_free(&dentry_cache, dentry);
		dentry = parent;
	}
}

static void d_hash(struct dentry *d)
{
	struct dentry *parent = d->d_parent;

	BUG_ON(RB_INSERT(dentry_tree, &parent->d_children, d));
	d->d_off = parent->d_next_off++;
	TAILQ_INSERT_TAIL(&parent->d_subdirs, d, d_child);
	d->d_hashed = true;
}

void d_add(struct dentry *dentry)
{
	d_hash(dentry);
	if (!dentry->d_parent->d_inode->i_op->lookup) {
		dentry->d_pinned = true;
		dget(dentry);
	}
}

void d_drop(struct dentry *dentry)
{
	if (!dentry->d_hashed)
		return;
	d_unhash(dentry);
	if (dentry->d_pinned) {
		dentry->d_pinned = false;
		dput(dentry);
	}
}

void d_move(struct dentry *dentry, struct dentry *parent, char *name)
{
	struct dentry *old = dentry->d_parent;

	d_unhash(dentry);
	kfree(dentry->d_name);
	dentry->d_name = name;
	dentry->d_len = strlen(name);
	dentry->d_parent = dget(parent);
	d_hash(dentry);
	dput(old);
}

void d_exchange(struct dentry *a, struct dentry *b)
{
	struct dentry *parent = a->d_parent;
	char *name = a->d_name;
	unsigned len = a->d_len;

	d_unhash(a);
	d_unhash(b);
	a->d_parent = b->d_parent;
	a->d_name = b->d_name;
	a->d_len = b->d_len;
	b->d_parent = parent;
	b->d_name = name;
	b->d_len = len;
	d_hash(a);
	d_hash(b);
}

struct dentry *d_lookup(struct dentry *parent, const char *name, size_t len)
{
	struct dentry *d = RB_ROOT(&parent->d_children);

	while (d) {
		int c = name_cmp(name, len, d->d_name, d->d_len);

		if (c == 0)
			return dget(d);
		d = c < 0 ? RB_LEFT(d, d_node) : RB_RIGHT(d, d_node);
	}
	return NULL;
}

struct dentry *d_alloc_pseudo(const char *name, struct inode *inode)
{
	struct dentry *d = new_dentry(name, strlen(name));

	if (!d) {
		iput(inode);
		return NULL;
	}
	d->d_sb = inode->i_sb;
	d->d_inode = inode;
	return d;
}

/* Write s in front of *end; false if it does not fit. */
static bool prepend(char *buf, char **end, const char *s, size_t len)
{
	if ((size_t)(*end - buf) < len)
		return false;
	*end -= len;
	memcpy(*end, s, len);
	return true;
}

static bool prepend_parents(struct dentry *d, char *buf, char **end)
{
	struct dentry *root = current->fs ? current->fs->root : NULL;

	while (d != root) {
		if (d->d_parent == d) {
			if (!d->d_sb->s_covered)
				return true;
			d = d->d_sb->s_covered;
			continue;
		}
		if (!prepend(buf, end, d->d_name, d->d_len) ||
		    !prepend(buf, end, "/", 1))
			return false;
		d = d->d_parent;
	}
	return true;
}

char *d_path(struct dentry *dentry, char *buf, size_t size)
{
	char *end = buf + size;
	bool root = dentry->d_sb->s_root == dentry;

	if (!prepend(buf, &end, "", 1))
		return NULL;
	if (dentry->d_parent == dentry && !root)
		return prepend(buf, &end, dentry->d_name, dentry->d_len) ?
		       end : NULL;
	if (!root && !dentry->d_hashed &&
	    !prepend(buf, &end, " (deleted)", 10))
		return NULL;
	if (!prepend_parents(dentry, buf, &end))
		return NULL;
	if (*end == '\0' && !prepend(buf, &end, "/", 1))
		return NULL;
	return end;
}
