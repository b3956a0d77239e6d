// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks and inodes: who is free (Linux: fs/ext2/balloc.c, ialloc.c).
 *
 * A bitmap is brought into the cache first; then a bit and all counts change
 * in one step without a sleep.  Bitmaps are the disk's word and may lie: what
 * they offer is checked against the tables, what is freed twice is an error,
 * which is also what ends a walk through pointers that go in circles.
 * Keeps R2: the disk is flushed between a free and the next allocation.
 */
#include <fs/ext2/ext2.h>
#include <kernel/task.h>
#include <lib/string.h>

u32 ext2_group_start(const struct ext2_fs *fs, u32 group)
{
	return fs->first_block + group * fs->blocks_per_group;
}

static u32 group_of_block(const struct ext2_fs *fs, u32 block)
{
	return (block - fs->first_block) / fs->blocks_per_group;
}

bool ext2_block_ok(struct ext2_fs *fs, u32 block)
{
	const struct ext2_group *g;
	u32 n;

	if (block < fs->first_block || block >= fs->blocks)
		return false;
	n = group_of_block(fs, block);
	g = &fs->groups[n];
	return block - ext2_group_start(fs, n) >= g->overhead &&
	       block != g->block_bitmap && block != g->inode_bitmap &&
	       block - g->inode_table >= fs->inode_table_blocks;
}

/* The first clear bit in [from, n), or n. */
static u32 find_clear(const u8 *map, u32 from, u32 n)
{
	for (u32 i = from; i < n; i++) {
		if (i % 8 == 0 && map[i / 8] == 0xff)
			i += 7;
		else if (!(map[i / 8] & (1u << i % 8)))
			return i;
	}
	return n;
}

/* Take the first clear bit in [from, n): its number, or n. */
static u32 take_bit(struct ext2_fs *fs, struct ext2_buf *b, u32 from, u32 n)
{
	u8 *map = b->data;
	u32 i = find_clear(map, from, n);

	if (i < n) {
		map[i / 8] |= 1u << i % 8;
		ext2_dirty(fs, b);
	}
	return i;
}

/* Clear bit i; false if it was not set. */
static bool clear_bit(struct ext2_fs *fs, struct ext2_buf *b, u32 i)
{
	u8 *map = b->data, mask = 1u << i % 8;

	if (!(map[i / 8] & mask))
		return false;
	map[i / 8] &= ~mask;
	ext2_dirty(fs, b);
	return true;
}

static int flush_after_free(struct ext2_fs *fs)
{
	if (!fs->flush_first)
		return 0;
	fs->flush_first = false;
	return fs->bdev->flush(fs->bdev);
}

/* ---- blocks ------------------------------------------------------------- */

/* One group, from bit `from` on.  0, -ENOSPC if it has none there, -EIO. */
static int new_block_in(struct ext2_fs *fs, u32 n, u32 from, u32 *block)
{
	struct ext2_group *g = &fs->groups[n];
	struct ext2_buf b __free(buf) = {};
	int err = g->free_blocks ? ext2_bread(fs, g->block_bitmap, &b) :
				   -ENOSPC;

	while (!err) {
		u32 bit = take_bit(fs, &b, from, g->blocks);

		if (bit == g->blocks)
			return -ENOSPC;
		*block = ext2_group_start(fs, n) + bit;
		if (!ext2_block_ok(fs, *block)) {
			ext2_error(fs, "table block %u is marked free", *block);
			from = bit + 1;
			continue;
		}
		g->free_blocks -= g->free_blocks > 0;
		fs->free_blocks -= fs->free_blocks > 0;
		g->dirty = true;
		return 0;
	}
	return err;
}

int ext2_new_block(struct ext2_fs *fs, u32 goal, u32 *block)
{
	int err = flush_after_free(fs);
	u32 n, from, i;

	if (err)
		return err;
	if (fs->free_blocks <= (capable(CAP_SYS_RESOURCE) ? 0 : fs->reserved))
		return -ENOSPC;
	if (goal < fs->first_block || goal >= fs->blocks)
		goal = fs->first_block;
	n = group_of_block(fs, goal);
	from = goal - ext2_group_start(fs, n);
	for (i = 0; i <= fs->nr_groups; i++) {
		err = new_block_in(fs, n, from, block);
		if (err != -ENOSPC)
			return err;
		n = (n + 1) % fs->nr_groups;
		from = 0;
	}
	return -ENOSPC;
}

int ext2_free_block(struct ext2_fs *fs, u32 block)
{
	struct ext2_buf b __free(buf) = {};
	struct ext2_group *g;
	u32 n;
	int err;

	if (!ext2_block_ok(fs, block))
		return ext2_error(fs, "block %u is no file's to free", block);
	n = group_of_block(fs, block);
	g = &fs->groups[n];
	err = ext2_bread(fs, g->block_bitmap, &b);
	if (err)
		return err;
	ext2_forget(fs, block);
	if (!clear_bit(fs, &b, block - ext2_group_start(fs, n)))
		return ext2_error(fs, "block %u is free already", block);
	g->free_blocks++;
	fs->free_blocks++;
	g->dirty = true;
	fs->flush_first = true;
	return 0;
}

/* ---- inodes ------------------------------------------------------------- */

/* A directory goes where most room is, a file beside its directory. */
static u32 inode_goal(struct ext2_fs *fs, struct inode *dir, bool isdir)
{
	u32 best = (dir->i_ino - 1) / fs->inodes_per_group;

	for (u32 i = 0; isdir && i < fs->nr_groups; i++)
		if (fs->groups[i].free_inodes &&
		    fs->groups[i].free_blocks > fs->groups[best].free_blocks)
			best = i;
	return best;
}

static int new_ino_in(struct ext2_fs *fs, u32 n, bool isdir, u32 *ino)
{
	struct ext2_group *g = &fs->groups[n];
	struct ext2_buf b __free(buf) = {};
	u32 from = n ? 0 : fs->first_ino - 1, bit;
	int err = g->free_inodes ? ext2_bread(fs, g->inode_bitmap, &b) :
				   -ENOSPC;

	if (err)
		return err;
	bit = take_bit(fs, &b, min(from, fs->inodes_per_group),
		       fs->inodes_per_group);
	if (bit == fs->inodes_per_group)
		return -ENOSPC;
	*ino = n * fs->inodes_per_group + bit + 1;
	g->free_inodes -= g->free_inodes > 0;
	fs->free_inodes -= fs->free_inodes > 0;
	g->dirs += isdir;
	g->dirty = true;
	return 0;
}

int ext2_new_ino(struct ext2_fs *fs, struct inode *dir, bool isdir, u32 *ino)
{
	u32 n = inode_goal(fs, dir, isdir);
	int err = -ENOSPC;

	for (u32 i = 0; i < fs->nr_groups && err == -ENOSPC; i++) {
		err = new_ino_in(fs, n, isdir, ino);
		n = (n + 1) % fs->nr_groups;
	}
	return err;
}

void ext2_free_ino(struct ext2_fs *fs, u32 ino, bool isdir)
{
	u32 n = (ino - 1) / fs->inodes_per_group;
	struct ext2_group *g = &fs->groups[n];
	struct ext2_buf b __free(buf) = {};

	if (ext2_bread(fs, g->inode_bitmap, &b))
		return;
	if (!clear_bit(fs, &b, (ino - 1) % fs->inodes_per_group)) {
		ext2_error(fs, "inode %u is free already", ino);
		return;
	}
	g->free_inodes++;
	fs->free_inodes++;
	g->dirs -= isdir && g->dirs;
	g->dirty = true;
}
