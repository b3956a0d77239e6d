// SPDX-License-Identifier: GPL-2.0
/*
 * stat(2), statx(2), readlink(2) (Linux: fs/stat.c).  Reads an inode's fields
 * in one step without a sleep, then copies to user memory.
 */
#include <arch/uaccess.h>
#include <asm/stat.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <mm/slab.h>

/* 512-byte blocks: on the disk, or of the pages that a memory file has. */
static u64 blocks_of(struct inode *inode)
{
	if (!(inode->i_data.flags & AS_SHMEM))
		return inode->i_blocks;
	return (inode->i_data.nrpages + inode->i_data.nrswap) *
	       (PAGE_SIZE / 512);
}

static void refresh(struct inode *inode)
{
	if (inode->i_op && inode->i_op->getattr)
		inode->i_op->getattr(inode);
}

static long do_stat(int dirfd, const char *path, struct stat *ubuf,
		    unsigned lookup)
{
	struct dentry *d __free(dentry) = user_path(dirfd, path, lookup);
	struct inode *inode;
	struct stat st;

	if (IS_ERR(d))
		return PTR_ERR(d);
	inode = d->d_inode;
	refresh(inode);
	st = (struct stat){
		.st_dev = inode->i_sb->s_dev,
		.st_ino = inode->i_ino,
		.st_nlink = inode->i_nlink,
		.st_mode = inode->i_mode,
		.st_uid = inode->i_uid,
		.st_gid = inode->i_gid,
		.st_rdev = inode->i_rdev,
		.st_size = inode->i_data.size,
		.st_blksize = PAGE_SIZE,
		.st_blocks = blocks_of(inode),
		.st_atime = inode->i_atime.tv_sec,
		.st_atime_nsec = inode->i_atime.tv_nsec,
		.st_mtime = inode->i_mtime.tv_sec,
		.st_mtime_nsec = inode->i_mtime.tv_nsec,
		.st_ctime = inode->i_ctime.tv_sec,
		.st_ctime_nsec = inode->i_ctime.tv_nsec,
	};
	return copy_to_user(ubuf, &st, sizeof(st));
}

SYSCALL_DEFINE4(newfstatat, int, dirfd, const char *, path, struct stat *, ubuf,
		int, flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
		return -EINVAL;
	return do_stat(dirfd, path, ubuf, lookup_flags(flags));
}

SYSCALL_AS(stat, newfstatat, AT_FDCWD, a, b)
SYSCALL_AS(lstat, newfstatat, AT_FDCWD, a, b, AT_SYMLINK_NOFOLLOW)

SYSCALL_DEFINE2(fstat, unsigned, fd, struct stat *, ubuf)
{
	return do_stat(fd, NULL, ubuf, LOOKUP_ANY_FD);
}

static struct statx_timestamp stamp(const struct timespec64 *t)
{
	return (struct statx_timestamp){ .tv_sec = t->tv_sec,
					 .tv_nsec = t->tv_nsec };
}

static long put_statx(struct dentry *d, struct statx *ubuf)
{
	struct inode *inode = d->d_inode;
	struct statx st;

	refresh(inode);
	st = (struct statx){
		.stx_mask = STATX_BASIC_STATS,
		.stx_blksize = PAGE_SIZE,
		.stx_attributes_mask = STATX_ATTR_MOUNT_ROOT,
		.stx_nlink = inode->i_nlink,
		.stx_uid = inode->i_uid,
		.stx_gid = inode->i_gid,
		.stx_mode = inode->i_mode,
		.stx_ino = inode->i_ino,
		.stx_size = inode->i_data.size,
		.stx_blocks = blocks_of(inode),
		.stx_atime = stamp(&inode->i_atime),
		.stx_mtime = stamp(&inode->i_mtime),
		.stx_ctime = stamp(&inode->i_ctime),
		.stx_rdev_major = MAJOR(inode->i_rdev),
		.stx_rdev_minor = MINOR(inode->i_rdev),
		.stx_dev_major = MAJOR(inode->i_sb->s_dev),
		.stx_dev_minor = MINOR(inode->i_sb->s_dev),
	};
	if (d == d->d_sb->s_root)
		st.stx_attributes = STATX_ATTR_MOUNT_ROOT;
	return copy_to_user(ubuf, &st, sizeof(st));
}

SYSCALL_DEFINE5(statx, int, dirfd, const char *, path, unsigned, flags,
		unsigned, mask, struct statx *, ubuf)
{
	struct dentry *d __free(dentry) = NULL;

	if (mask & STATX__RESERVED)
		return -EINVAL;
	if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH |
		       AT_STATX_SYNC_TYPE)) ||
	    (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	d = user_path(dirfd, path, lookup_flags(flags));
	return IS_ERR(d) ? PTR_ERR(d) : put_statx(d, ubuf);
}

/* The text of a link; of one that jumps, the path it leads to. */
static int link_text(struct dentry *d, char *buf)
{
	const struct inode_operations *op = d->d_inode->i_op;
	struct dentry *to __free(dentry) = NULL;
	char *path;
	size_t len;

	if (!op->jump)
		return op->readlink(d->d_inode, d, buf, PATH_MAX);
	to = op->jump(d->d_inode, d);
	if (IS_ERR(to))
		return PTR_ERR(to);
	path = d_path(to, buf, PATH_MAX);
	if (!path)
		return -ENAMETOOLONG;
	len = strlen(path);
	memmove(buf, path, len);
	return len;
}

SYSCALL_DEFINE4(readlinkat, int, dirfd, const char *, upath, char *, ubuf, int,
		size)
{
	char *path __free(memory) = getname(upath, LOOKUP_EMPTY);
	struct dentry *d __free(dentry) = NULL;
	long len;

	if (size <= 0)
		return -EINVAL;
	if (IS_ERR(path))
		return PTR_ERR(path);
	d = path_lookup(dirfd, path, LOOKUP_EMPTY);
	if (IS_ERR(d))
		return PTR_ERR(d);
	if (!S_ISLNK(d->d_inode->i_mode))
		return *path ? -EINVAL : -ENOENT;
	len = link_text(d, path);
	if (len < 0)
		return len;
	touch_atime(d->d_inode);
	len = min(len, (long)size);
	return copy_to_user(ubuf, path, len) ?: len;
}

SYSCALL_AS(readlink, readlinkat, AT_FDCWD, a, b, c)
