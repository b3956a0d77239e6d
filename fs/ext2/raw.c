// SPDX-License-Identifier: GPL-2.0
/*
 * An inode's form on the disk (Linux: the second half of fs/ext2/inode.c).
 *
 * What is read is checked: a type there is, a size that type may have, a link.
 * Pointers are not; map.c checks them one by one.  No field in memory is
 * tracked as dirty: what memory has is compared with the cache's copy whenever
 * it may have to be written.  Fields that are not ours stay as they are.
 */
#include <fs/ext2/ext2.h>
#include <lib/string.h>
#include <linux/limits.h>

int ext2_raw_inode(struct ext2_fs *fs, u32 ino, struct ext2_buf *b,
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

/* dev_t: 8 bits each in the first pointer, else all in the second. */
static unsigned decode_dev(const u32 *block)
{
	if (block[0])
		return MKDEV((block[0] >> 8) & 0xffu, block[0] & 0xffu);
	return block[1];
}

void ext2_encode_dev(u32 *block, unsigned dev)
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

void ext2_set_ops(struct inode *inode)
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
	if (ext2_is_device(inode))
		inode->i_rdev = decode_dev(ei->block);
	ext2_set_ops(inode);
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
	err = ext2_raw_inode(fs, inode->i_ino, &b, &raw);
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

int ext2_read_inode(struct inode *inode)
{
	struct ext2_buf b __free(buf) = {};
	struct ext2_inode *raw;
	int err = ext2_raw_inode(ext2_fs(inode), inode->i_ino, &b,
				 &raw);

	return err ? err : from_raw(inode, raw);
}
