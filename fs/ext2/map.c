// SPDX-License-Identifier: GPL-2.0
/*
 * From a file's block to the disk's: 12 direct pointers in the inode, then
 * trees of depth 1, 2 and 3 (Linux: the first half of fs/ext2/inode.c).
 *
 * Every pointer is checked when it is followed, whatever was there a moment
 * ago.  Keeps R1: a new indirect block is on the disk, empty, before anything
 * points to it.  Keeps R2: truncating first writes, without the pointers, what
 * stays (inode or indirect block) and then frees what they led to.
 * Lock: (b), the file's map_lock.
 */
#include <fs/ext2/ext2.h>
#include <lib/string.h>
#include <mm/slab.h>

static unsigned per_block_bits(const struct ext2_fs *fs)
{
	return fs->block_bits - 2;
}

/* How many file blocks one pointer covers, `depth` levels above them. */
static u64 span(const struct ext2_fs *fs, unsigned depth)
{
	return 1ull << (per_block_bits(fs) * depth);
}

/* The indices that lead to block n, root first; how many, 0: too far. */
static unsigned block_path(const struct ext2_fs *fs, u64 n,
			   u32 path[EXT2_MAX_DEPTH])
{
	unsigned depth, level;

	if (n < EXT2_NDIR) {
		path[0] = n;
		return 1;
	}
	n -= EXT2_NDIR;
	for (depth = 1; depth < EXT2_MAX_DEPTH; depth++) {
		if (n < span(fs, depth))
			break;
		n -= span(fs, depth);
	}
	if (depth == EXT2_MAX_DEPTH)
		return 0;
	path[0] = EXT2_NDIR + depth - 1;
	for (level = 1; level <= depth; level++)
		path[level] = (n >> (per_block_bits(fs) * (depth - level))) &
			      (span(fs, 1) - 1);
	return depth + 1;
}

/* ---- mapping ------------------------------------------------------------ */

/* A block for the file; `meta`: zeroed on the disk before anybody sees it. */
static int add_block(struct inode *inode, bool meta, u32 *block)
{
	struct ext2_fs *fs = ext2_fs(inode);
	struct ext2_info *ei = ext2_i(inode);
	struct ext2_buf b __free(buf) = {};
	u32 group = (inode->i_ino - 1) / fs->inodes_per_group;
	int err;

	err = ext2_new_block(fs, ei->last_block ? ei->last_block + 1 :
			     ext2_group_start(fs, group), block);
	if (err)
		return err;
	if (meta) {
		err = ext2_bread(fs, *block, &b);
		if (!err) {
			memset(b.data, 0, fs->block_size);
			err = ext2_write_now(fs, &b);
		}
		if (err) {
			ext2_free_block(fs, *block);
			return err;
		}
	}
	ei->last_block = *block;
	inode->i_blocks += fs->block_size / SECTOR_SIZE;
	return 0;
}

int ext2_map(struct inode *inode, u64 n, bool create, u32 *block)
{
	struct ext2_fs *fs = ext2_fs(inode);
	struct ext2_buf b __free(buf) = {};
	u32 path[EXT2_MAX_DEPTH], *slot;
	unsigned depth = block_path(fs, n, path), level;
	int err;

	if (!depth)
		return -EFBIG;
	slot = &ext2_i(inode)->block[path[0]];
	for (level = 1;; level++) {
		bool meta = level < depth || S_ISDIR(inode->i_mode);

		*block = *slot;
		if (!*block && !create)
			return 0;
		if (!*block) {
			err = add_block(inode, meta, block);
			if (err)
				return err;
			*slot = *block;
			if (b.page)
				ext2_dirty(fs, &b);
		} else if (!ext2_block_ok(fs, *block)) {
			return ext2_error(fs, "inode %llu: bad block %u",
					  (unsigned long long)inode->i_ino,
					  *block);
		}
		if (level == depth)
			return 0;
		ext2_brelse(&b);
		err = ext2_bread(fs, *block, &b);
		if (err)
			return err;
		slot = (u32 *)b.data + path[level];
	}
}

/* ---- truncating --------------------------------------------------------- */

/* Free what a pointer leads to that is no longer on the disk, `depth` levels of
 * indirection above data.  Stops at the first error. */
static int free_branch(struct inode *inode, u32 block, unsigned depth)
{
	struct ext2_fs *fs = ext2_fs(inode);
	struct ext2_buf b __free(buf) = {};
	int err = 0;

	if (!block)
		return 0;
	if (!ext2_block_ok(fs, block))
		return ext2_error(fs, "bad block %u in a pointer", block);
	if (depth)
		err = ext2_bread(fs, block, &b);
	for (u32 i = 0; depth && !err && i < span(fs, 1); i++)
		err = free_branch(inode, ((u32 *)b.data)[i], depth - 1);
	if (!err)
		err = ext2_free_block(fs, block);
	if (!err)
		inode->i_blocks -= min((u64)fs->block_size / SECTOR_SIZE,
				       (u64)inode->i_blocks);
	cond_resched();
	return err;
}

static int free_branches(struct inode *inode, const u32 *blocks, u32 n,
			 unsigned depth)
{
	int err = 0;

	for (u32 i = 0; i < n && !err; i++)
		err = free_branch(inode, blocks[i], depth);
	return err;
}

/* Cut the tree below an indirect block, of which the first `keep` file blocks
 * stay and not all go: 0 < keep < its span. */
static int cut_branch(struct inode *inode, u32 block, unsigned depth, u64 keep)
{
	struct ext2_fs *fs = ext2_fs(inode);
	struct ext2_buf b __free(buf) = {};
	u64 each = span(fs, depth - 1);
	u32 first = DIV_ROUND_UP(keep, each), n = span(fs, 1) - first;
	u32 *old __free(memory) = kmalloc(fs->block_size, GFP_KERNEL);
	u32 *slots;
	int err;

	if (!old)
		return -ENOMEM;
	if (!block)
		return 0;
	if (!ext2_block_ok(fs, block))
		return ext2_error(fs, "bad block %u in a pointer", block);
	err = ext2_bread(fs, block, &b);
	if (err)
		return err;
	slots = b.data;
	if (keep % each)
		err = cut_branch(inode, slots[first - 1], depth - 1,
				 keep % each);
	if (err)
		return err;
	memcpy(old, slots + first, n * sizeof(u32));
	memset(slots + first, 0, n * sizeof(u32));
	err = ext2_write_now(fs, &b);
	return err ? err : free_branches(inode, old, n, depth - 1);
}

/* The first `keep` file blocks stay. */
static int truncate_map(struct inode *inode, u64 keep)
{
	struct ext2_fs *fs = ext2_fs(inode);
	struct ext2_info *ei = ext2_i(inode);
	u32 old[EXT2_NBLOCKS] = { 0 }, i;
	u64 start = EXT2_NDIR;
	unsigned depth;
	int err = 0, ret;

	for (i = min(keep, (u64)EXT2_NDIR); i < EXT2_NDIR; i++)
		old[i] = ei->block[i];
	for (depth = 1; depth < EXT2_MAX_DEPTH; depth++) {
		if (keep <= start)
			old[i] = ei->block[i];
		else if (keep < start + span(fs, depth) && !err)
			err = cut_branch(inode, ei->block[i], depth,
					 keep - start);
		start += span(fs, depth);
		i++;
	}
	if (err)
		return err;
	for (i = 0; i < EXT2_NBLOCKS; i++)
		if (old[i])
			ei->block[i] = 0;
	ei->last_block = 0;
	err = ext2_write_inode(inode, true);
	if (!err)
		err = free_branches(inode, old, EXT2_NDIR, 0);
	for (depth = 1; depth < EXT2_MAX_DEPTH && !err; depth++)
		err = free_branch(inode, old[EXT2_NDIR + depth - 1], depth);
	ret = ext2_write_inode(inode, false);	/* i_blocks */
	return err ? err : ret;
}

int ext2_truncate(struct inode *inode, u64 size)
{
	struct ext2_fs *fs = ext2_fs(inode);
	int err;

	mutex_lock(&ext2_i(inode)->map_lock);
	err = truncate_map(inode, (size + fs->block_size - 1) >>
			   fs->block_bits);
	mutex_unlock(&ext2_i(inode)->map_lock);
	return err;
}
