// SPDX-License-Identifier: GPL-2.0
/*
 * Inodes between the disk and memory (Linux: the second half of
 * fs/ext2/inode.c, and what fs/inode.c keeps).
 *
 * An inode that nobody has open or in a path stays for a while with its pages,
 * `idle`, until others need its room; one without a name is freed at once,
 * after its name is gone from the disk (R3) and before its blocks are used
 * again (R2).  No field is tracked as dirty: what memory has is compared with
 * the cache's copy whenever it may have to be written.
 * Lock: an inode enters the table under (n); it leaves it when evicted, for
 * which ext2_iget() waits.
 */
#include <fs/ext2/ext2.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/limits.h>
#include <mm/slab.h>

#define IDLE_MAX 512u		/* at most; fewer with little memory */

static struct kmem_cache info_cache = KMEM_CACHE(struct ext2_info);

/* ---- the disk's form ---------------------------------------------------- */

static int raw_inode(struct ext2_fs *fs, u32 ino, struct ext2_buf *b,
		     struct ext2_inode **raw)
{
	u32 group = (ino - 1) / fs->inodes_per_group;
	u64 at = (u64)((ino - 1) % fs->inodes_per_group) * fs->inode_size;
	int err = ext2_bread(fs, fs->groups[group].inode_table +
			     (at >> fs->block_bits), b);

	if (!err)
		*raw = b->data + (at & (fs->block_size - 1));
	return err;
}

bool ext2_fast_link(struct inode *inode)
{
	return S_ISLNK(inode->i_mode) &&
	       inode->i_data.size < sizeof(ext2_i(inode)->block);
}

static bool is_device(const struct inode *inode)
{
	return S_ISCHR(inode->i_mode) || S_ISBLK(inode->i_mode);
}

/* dev_t: 8 bits each in the first pointer, else all in the second. */
static unsigned decode_dev(const u32 *block)
{
	if (block[0])
		return MKDEV((block[0] >> 8) & 0xffu, block[0] & 0xffu);
	return block[1];
}

static void encode_dev(u32 *block, unsigned dev)
{
	bool old = MAJOR(dev) < 256 && MINOR(dev) < 256;

	block[0] = old ? MAJOR(dev) << 8 | MINOR(dev) : 0;
	block[1] = old ? 0 : dev;
}

/* The size, if a file of this type may have it; else -EUCLEAN. */
static int check_size(struct ext2_fs *fs, unsigned mode, u64 size)
{
	bool ok;

	switch (mode & S_IFMT) {
	case S_IFREG:
		ok = size <= fs->max_size;
		break;
	case S_IFDIR:
		ok = size && !(size & (fs->block_size - 1)) &&
		     size >> fs->block_bits <= fs->blocks;
		break;
	case S_IFLNK:
		ok = size && size < min(fs->block_size, (unsigned)PATH_MAX);
		break;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		ok = true;
		break;
	default:
		ok = false;
	}
	return ok ? 0 : -EUCLEAN;
}

static void set_ops(struct inode *inode)
{
	inode->i_op = &ext2_special_iops;
	if (S_ISREG(inode->i_mode)) {
		inode->i_op = &ext2_file_iops;
		inode->i_fop = &ext2_file_fops;
		inode->i_data.a_ops = &ext2_aops;
	} else if (S_ISDIR(inode->i_mode)) {
		inode->i_op = &ext2_dir_iops;
		inode->i_fop = &ext2_dir_fops;
	} else if (S_ISLNK(inode->i_mode)) {
		inode->i_op = &ext2_link_iops;
	}
}

/* How much of struct ext2_inode an inode on this disk has. */
static size_t raw_size(const struct ext2_fs *fs)
{
	return fs->inode_size > EXT2_OLD_INODE ? sizeof(struct ext2_inode) :
						 EXT2_OLD_INODE;
}

static bool has_extra(const struct ext2_fs *fs, const struct ext2_inode *raw)
{
	return fs->inode_size > EXT2_OLD_INODE && raw->i_extra_isize >= 16 &&
	       raw->i_extra_isize <= fs->inode_size - EXT2_OLD_INODE;
}

static struct timespec64 decode_time(u32 sec, u32 extra)
{
	return (struct timespec64){
		.tv_sec = (s32)sec + ((s64)(extra & 3) << 32),
		.tv_nsec = min(extra >> 2, 999999999u),
	};
}

static u32 encode_extra(const struct timespec64 *t)
{
	return t->tv_nsec << 2 | (((t->tv_sec - (s32)t->tv_sec) >> 32) & 3);
}

static int from_raw(struct inode *inode, const struct ext2_inode *raw)
{
	bool extra = has_extra(ext2_fs(inode), raw);
	struct ext2_fs *fs = ext2_fs(inode);
	struct ext2_info *ei = ext2_i(inode);
	u64 size = raw->i_size;

	if (S_ISREG(raw->i_mode))
		size |= (u64)raw->i_size_high << 32;
	if (!raw->i_links_count || (raw->i_flags & EXT2_FOREIGN_FL) ||
	    check_size(fs, raw->i_mode, size))
		return ext2_error(fs, "inode %llu: not one of a file",
				  (unsigned long long)inode->i_ino);
	inode->i_mode = raw->i_mode;
	inode->i_uid = raw->i_uid | (u32)raw->i_uid_high << 16;
	inode->i_gid = raw->i_gid | (u32)raw->i_gid_high << 16;
	inode->i_nlink = raw->i_links_count;
	inode->i_data.size = size;
	inode->i_atime = decode_time(raw->i_atime,
				     extra ? raw->i_atime_extra : 0);
	inode->i_mtime = decode_time(raw->i_mtime,
				     extra ? raw->i_mtime_extra : 0);
	inode->i_ctime = decode_time(raw->i_ctime,
				     extra ? raw->i_ctime_extra : 0);
	inode->i_blocks = raw->i_blocks;
	ei->flags = raw->i_flags;
	memcpy(ei->block, raw->i_block, sizeof(ei->block));
	if (is_device(inode))
		inode->i_rdev = decode_dev(ei->block);
	set_ops(inode);
	return 0;
}

/* What memory knows, over what is there. */
static void to_raw(struct inode *inode, struct ext2_inode *raw)
{
	const struct ext2_info *ei = ext2_i(inode);

	raw->i_mode = inode->i_mode;
	raw->i_uid = inode->i_uid;
	raw->i_uid_high = inode->i_uid >> 16;
	raw->i_gid = inode->i_gid;
	raw->i_gid_high = inode->i_gid >> 16;
	raw->i_links_count = inode->i_nlink;
	raw->i_size = inode->i_data.size;
	if (S_ISREG(inode->i_mode))
		raw->i_size_high = inode->i_data.size >> 32;
	raw->i_atime = inode->i_atime.tv_sec;
	raw->i_mtime = inode->i_mtime.tv_sec;
	raw->i_ctime = inode->i_ctime.tv_sec;
	raw->i_dtime = inode->i_nlink ? 0 : current_time().tv_sec;
	raw->i_blocks = inode->i_blocks;
	raw->i_flags = ei->flags;
	memcpy(raw->i_block, ei->block, sizeof(raw->i_block));
	if (!has_extra(ext2_fs(inode), raw))
		return;
	raw->i_atime_extra = encode_extra(&inode->i_atime);
	raw->i_mtime_extra = encode_extra(&inode->i_mtime);
	raw->i_ctime_extra = encode_extra(&inode->i_ctime);
}

int ext2_write_inode(struct inode *inode, bool now)
{
	struct ext2_fs *fs = ext2_fs(inode);
	struct ext2_buf b __free(buf) = {};
	struct ext2_inode *raw, new = {};
	size_t size = raw_size(fs);
	int err;

	if (!fs->writable)
		return 0;
	err = raw_inode(fs, inode->i_ino, &b, &raw);
	if (err)
		return err;
	if (ext2_i(inode)->is_new)
		memset(raw, 0, fs->inode_size);
	memcpy(&new, raw, size);
	if (ext2_i(inode)->is_new)
		new.i_extra_isize = sizeof(new) - EXT2_OLD_INODE;
	ext2_i(inode)->is_new = false;
	to_raw(inode, &new);
	if (memcmp(&new, raw, size)) {
		memcpy(raw, &new, size);
		ext2_dirty(fs, &b);
	}
	return now ? ext2_write_now(fs, &b) : 0;
}

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

static int read_inode(struct inode *inode)
{
	struct ext2_buf b __free(buf) = {};
	struct ext2_inode *raw;
	int err = raw_inode(ext2_fs(inode), inode->i_ino, &b, &raw);

	return err ? err : from_raw(inode, raw);
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
	err = read_inode(inode);
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
	if (is_device(inode))
		encode_dev(ext2_i(inode)->block, rdev);
	ext2_i(inode)->is_new = true;
	set_ops(inode);
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

	if (raw_inode(fs, inode->i_ino, &b, &raw) || !raw->i_file_acl)
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
	bool has_map = !is_device(inode) && !ext2_fast_link(inode);

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

int ext2_sync_inodes(struct ext2_fs *fs)
{
	struct ext2_info *ei, *next;
	struct inode *inode, *last = NULL;
	int ret = 0, err;

	for (ei = TAILQ_FIRST(&fs->all); ei; ei = next) {
		if (!ei->evicting) {
			inode = grab(fs, ei);
			err = filemap_sync(&inode->i_data, 0,
					   inode->i_data.size);
			if (!err)
				err = ext2_write_inode(inode, false);
			ret = ret ? ret : err;
			if (last)
				iput(last);
			last = inode;
		}
		/* The one held last is in the list still, and so is what
		 * follows it now. */
		next = TAILQ_NEXT(ei, all);
	}
	if (last)
		iput(last);
	return ret;
}
