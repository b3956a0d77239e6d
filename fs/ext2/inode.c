// SPDX-License-Identifier: GPL-2.0
/*
 * Inodes in memory: found by number, kept, given up, deleted (Linux:
 * fs/ext2/ialloc.c, and what fs/inode.c keeps).
 *
 * An inode that nobody has open or in a path stays for a while with its pages,
 * `idle`, until others need its room; one without a name is freed at once,
 * after its name is gone from the disk (R3) and before its blocks are used
 * again (R2).
 * Lock: an inode enters the table under (n); it leaves it when evicted, for
 * which ext2_iget() waits.
 */
#include <fs/ext2/ext2.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <mm/slab.h>

#define IDLE_MAX 512u		/* at most; fewer with little memory */

static struct kmem_cache info_cache = KMEM_CACHE(struct ext2_info);

/* ---- the table of inodes in memory -------------------------------------- */

static struct ext2_info *find_info(struct ext2_fs *fs, u32 ino)
{
	struct ext2_info *ei;

	LIST_FOREACH(ei, &fs->hash[ino % EXT2_HASH], hash)
		if (ei->inode->i_ino == ino)
			return ei;
	return NULL;
}

static bool is_evicting(struct ext2_fs *fs, u32 ino)
{
	struct ext2_info *ei = find_info(fs, ino);

	return ei && ei->evicting;
}

static struct inode *grab(struct ext2_fs *fs, struct ext2_info *ei)
{
	if (!ei->inode->i_count) {
		TAILQ_REMOVE(&fs->idle, ei, idle);
		fs->nr_idle--;
	}
	return igrab(ei->inode);
}

/* An inode with that number and nothing in it yet, in the table. */
static struct inode *alloc_inode(struct super_block *sb, u32 ino, unsigned mode)
{
	struct ext2_fs *fs = sb->s_fs_info;
	struct ext2_info *ei;
	struct inode *inode;

	ext2_shrink(fs, min(IDLE_MAX, (unsigned)(totalram_pages / 32)));
	ei = kmem_cache_alloc(&info_cache, GFP_KERNEL | GFP_ZERO);
	if (!ei)
		return NULL;
	inode = new_inode(sb, mode, 0);
	if (!inode) {
		kmem_cache_free(&info_cache, ei);
		return NULL;
	}
	inode->i_ino = ino;
	inode->i_private = ei;
	ei->inode = inode;
	mutex_init(&ei->map_lock, LOCK_FS);
	LIST_INSERT_HEAD(&fs->hash[ino % EXT2_HASH], ei, hash);
	TAILQ_INSERT_TAIL(&fs->all, ei, all);
	return inode;
}

/* Out of the table: who waits for the number may have it. */
static void free_info(struct ext2_fs *fs, struct ext2_info *ei)
{
	LIST_REMOVE(ei, hash);
	TAILQ_REMOVE(&fs->all, ei, all);
	wake_up(&fs->evicted);
	kmem_cache_free(&info_cache, ei);
}

struct inode *ext2_iget(struct super_block *sb, u32 ino)
{
	struct ext2_fs *fs = sb->s_fs_info;
	struct ext2_info *ei;
	struct inode *inode;
	int err;

	if (ino != EXT2_ROOT_INO && (ino < fs->first_ino || ino > fs->inodes))
		return ERR_PTR(ext2_error(fs, "bad inode number %u", ino));
	wait_event(&fs->evicted, !is_evicting(fs, ino));
	ei = find_info(fs, ino);
	if (ei)
		return grab(fs, ei);
	inode = alloc_inode(sb, ino, 0);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	err = ext2_read_inode(inode);
	if (err) {
		ext2_i(inode)->evicting = true;	/* nothing of it is true */
		iput(inode);
		return ERR_PTR(err);
	}
	return inode;
}

struct inode *ext2_new_inode(struct inode *dir, unsigned mode, unsigned rdev)
{
	struct ext2_fs *fs = ext2_fs(dir);
	struct inode *inode;
	u32 ino;
	int err = ext2_new_ino(fs, dir, S_ISDIR(mode), &ino);

	if (err)
		return ERR_PTR(err);
	wait_event(&fs->evicted, !is_evicting(fs, ino));
	if (find_info(fs, ino))
		return ERR_PTR(ext2_error(fs, "inode %u, in use, was marked "
					  "free", ino));
	inode = alloc_inode(dir->i_sb, ino, mode);
	if (!inode) {
		ext2_free_ino(fs, ino, S_ISDIR(mode));
		return ERR_PTR(-ENOMEM);
	}
	inode_init_owner(inode, dir);
	inode->i_rdev = rdev;
	if (ext2_is_device(inode))
		ext2_encode_dev(ext2_i(inode)->block, rdev);
	ext2_i(inode)->is_new = true;
	ext2_set_ops(inode);
	err = ext2_write_inode(inode, false);
	if (err) {
		inode->i_nlink = 0;
		iput(inode);
		return ERR_PTR(err);
	}
	return inode;
}

/* ---- the end of an inode ------------------------------------------------ */

/* Extended attributes are not ours, but their block goes with the last inode
 * that shares it (header: magic, reference count, blocks ...). */
static void free_attributes(struct ext2_fs *fs, struct inode *inode)
{
	struct ext2_buf b __free(buf) = {}, eb __free(buf) = {};
	struct ext2_inode *raw;
	u32 *header, block;

	if (ext2_raw_inode(fs, inode->i_ino, &b, &raw) || !raw->i_file_acl)
		return;
	block = raw->i_file_acl;
	if (!ext2_block_ok(fs, block) || ext2_bread(fs, block, &eb))
		return;
	header = eb.data;
	raw->i_file_acl = 0;
	ext2_write_now(fs, &b);
	if (header[1] > 1) {
		header[1]--;
		ext2_dirty(fs, &eb);
	} else {
		ext2_free_block(fs, block);
	}
}

/* No name and no user: its blocks and its number are free. */
static void delete_inode(struct ext2_fs *fs, struct inode *inode)
{
	bool has_map = !ext2_is_device(inode) && !ext2_fast_link(inode);

	truncate_setsize(&inode->i_data, 0);	/* to nothing: cannot fail */
	if (has_map)
		ext2_truncate(inode, 0);
	free_attributes(fs, inode);
	inode->i_blocks = 0;
	memset(ext2_i(inode)->block, 0, sizeof(ext2_i(inode)->block));
	ext2_write_inode(inode, true);
	ext2_free_ino(fs, inode->i_ino, S_ISDIR(inode->i_mode));
}

void ext2_evict(struct inode *inode)
{
	struct ext2_fs *fs = ext2_fs(inode);
	struct ext2_info *ei = ext2_i(inode);

	if (!ei->evicting && !inode->i_nlink && fs->writable) {
		ei->evicting = true;
		delete_inode(fs, inode);
	} else if (!ei->evicting) {
		ei->evicting = true;
		if (filemap_sync(&inode->i_data, 0, inode->i_data.size) ||
		    ext2_write_inode(inode, false))
			ext2_error(fs, "inode %llu: written in part",
				   (unsigned long long)inode->i_ino);
	}
	free_info(fs, ei);
}

bool ext2_keep(struct inode *inode)
{
	struct ext2_fs *fs = ext2_fs(inode);
	struct ext2_info *ei = ext2_i(inode);

	if (fs->going || ei->evicting || !inode->i_nlink)
		return false;
	TAILQ_INSERT_TAIL(&fs->idle, ei, idle);
	fs->nr_idle++;
	return true;
}

void ext2_shrink(struct ext2_fs *fs, unsigned max)
{
	struct ext2_info *ei;

	while (fs->nr_idle > max) {
		ei = TAILQ_FIRST(&fs->idle);
		TAILQ_REMOVE(&fs->idle, ei, idle);
		fs->nr_idle--;
		inode_evict(ei->inode);
	}
}

static void unpin(struct inode *inode)
{
	if (!inode)
		return;
	ext2_i(inode)->pins--;
	iput(inode);
}

int ext2_sync_inodes(struct ext2_fs *fs)
{
	struct ext2_info *ei, *next;
	struct inode *inode, *last = NULL;
	int ret = 0, err;

	for (ei = TAILQ_FIRST(&fs->all); ei; ei = next) {
		if (!ei->evicting) {
			inode = grab(fs, ei);
			ei->pins++;
			err = ext2_write_back(inode);
			ret = ret ? ret : err;
			unpin(last);
			last = inode;
		}
		/* The one held last is in the list still, and so is what
		 * follows it now. */
		next = TAILQ_NEXT(ei, all);
	}
	unpin(last);
	return ret;
}
