// SPDX-License-Identifier: GPL-2.0
/*
 * stat(2), statx(2), readlink(2) (Linux: fs/stat.c).  Reads an inode's fields
 * in one step without a sleep, then copies to user memory.
 */
#include <arch/uaccess.h>
#include <asm/stat.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <mm/slab.h>

/* 512-byte blocks of the pages a file has, in memory or swapped. */
static u64 blocks_of(struct inode *inode)
{
	if (!S_ISREG(inode->i_mode))
		return 0;
	return (inode->i_data.nrpages + inode->i_data.nrswap) *
	       (PAGE_SIZE / 512);
}

static void refresh(struct inode *inode)
{
	if (inode->i_op && inode->i_op->getattr)
		inode->i_op->getattr(inode);
}

static long put_stat(struct inode *inode, struct stat *ubuf)
{
	struct stat st;

	refresh(inode);
	memset(&st, 0, sizeof(st));
	st.st_dev = inode->i_sb->s_dev;
	st.st_ino = inode->i_ino;
	st.st_nlink = inode->i_nlink;
	st.st_mode = inode->i_mode;
	st.st_uid = inode->i_uid;
	st.st_gid = inode->i_gid;
	st.st_rdev = inode->i_rdev;
	st.st_size = inode->i_data.size;
	st.st_blksize = PAGE_SIZE;
	st.st_blocks = blocks_of(inode);
	st.st_atime = inode->i_atime.tv_sec;
	st.st_atime_nsec = inode->i_atime.tv_nsec;
	st.st_mtime = inode->i_mtime.tv_sec;
	st.st_mtime_nsec = inode->i_mtime.tv_nsec;
	st.st_ctime = inode->i_ctime.tv_sec;
	st.st_ctime_nsec = inode->i_ctime.tv_nsec;
	return copy_to_user(ubuf, &st, sizeof(st));
}

/* AT_* of the stat family to LOOKUP_*. */
static unsigned lookup_flags(int flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
	       (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

SYSCALL_DEFINE4(newfstatat, int, dirfd, const char *, path, struct stat *, ubuf,
		int, flags)
{
	struct dentry *d;
	long ret;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
		return -EINVAL;
	d = user_path(dirfd, path, lookup_flags(flags));
	if (IS_ERR(d))
		return PTR_ERR(d);
	ret = put_stat(d->d_inode, ubuf);
	dput(d);
	return ret;
}

SYSCALL_DEFINE2(stat, const char *, path, struct stat *, ubuf)
{
	return sys_newfstatat(AT_FDCWD, path, ubuf, 0);
}

SYSCALL_DEFINE2(lstat, const char *, path, struct stat *, ubuf)
{
	return sys_newfstatat(AT_FDCWD, path, ubuf, AT_SYMLINK_NOFOLLOW);
}

SYSCALL_DEFINE2(fstat, unsigned, fd, struct stat *, ubuf)
{
	struct file *f = fget_raw(fd);
	long ret;

	if (!f)
		return -EBADF;
	ret = put_stat(f->f_inode, ubuf);
	fput(f);
	return ret;
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
	memset(&st, 0, sizeof(st));
	st.stx_mask = STATX_BASIC_STATS;
	st.stx_blksize = PAGE_SIZE;
	st.stx_attributes_mask = STATX_ATTR_MOUNT_ROOT;
	if (d == d->d_sb->s_root)
		st.stx_attributes = STATX_ATTR_MOUNT_ROOT;
	st.stx_nlink = inode->i_nlink;
	st.stx_uid = inode->i_uid;
	st.stx_gid = inode->i_gid;
	st.stx_mode = inode->i_mode;
	st.stx_ino = inode->i_ino;
	st.stx_size = inode->i_data.size;
	st.stx_blocks = blocks_of(inode);
	st.stx_atime = stamp(&inode->i_atime);
	st.stx_mtime = stamp(&inode->i_mtime);
	st.stx_ctime = stamp(&inode->i_ctime);
	st.stx_rdev_major = MAJOR(inode->i_rdev);
	st.stx_rdev_minor = MINOR(inode->i_rdev);
	st.stx_dev_major = MAJOR(inode->i_sb->s_dev);
	st.stx_dev_minor = MINOR(inode->i_sb->s_dev);
	return copy_to_user(ubuf, &st, sizeof(st));
}

SYSCALL_DEFINE5(statx, int, dirfd, const char *, path, unsigned, flags,
		unsigned, mask, struct statx *, ubuf)
{
	struct dentry *d;
	long ret;

	if (mask & STATX__RESERVED)
		return -EINVAL;
	if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH |
		       AT_STATX_SYNC_TYPE)) ||
	    (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	d = user_path(dirfd, path, lookup_flags(flags));
	if (IS_ERR(d))
		return PTR_ERR(d);
	ret = put_statx(d, ubuf);
	dput(d);
	return ret;
}

/* The text of a link; of one that jumps, the path it leads to. */
static int link_text(struct dentry *d, char *buf)
{
	const struct inode_operations *op = d->d_inode->i_op;
	struct dentry *to;
	char *path;
	size_t len;

	if (!op->jump)
		return op->readlink(d->d_inode, d, buf, PATH_MAX);
	to = op->jump(d->d_inode, d);
	if (IS_ERR(to))
		return PTR_ERR(to);
	path = d_path(to, buf, PATH_MAX);
	dput(to);
	if (!path)
		return -ENAMETOOLONG;
	len = strlen(path);
	memmove(buf, path, len);
	return len;
}

static long do_readlink(struct dentry *d, char *ubuf, int size, bool empty)
{
	char *buf;
	long len;

	if (!S_ISLNK(d->d_inode->i_mode))
		return empty ? -ENOENT : -EINVAL;
	buf = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	len = link_text(d, buf);
	if (len >= 0) {
		touch_atime(d->d_inode);
		len = min(len, (long)size);
		if (copy_to_user(ubuf, buf, len))
			len = -EFAULT;
	}
	kfree(buf);
	return len;
}

SYSCALL_DEFINE4(readlinkat, int, dirfd, const char *, upath, char *, ubuf, int,
		size)
{
	struct dentry *d;
	char *path;
	long ret;

	if (size <= 0)
		return -EINVAL;
	path = getname(upath, LOOKUP_EMPTY);
	if (IS_ERR(path))
		return PTR_ERR(path);
	d = path_lookup(dirfd, path, LOOKUP_EMPTY);
	ret = PTR_ERR(d);
	if (!IS_ERR(d)) {
		ret = do_readlink(d, ubuf, size, !*path);
		dput(d);
	}
	kfree(path);
	return ret;
}

SYSCALL_DEFINE3(readlink, const char *, path, char *, ubuf, int, size)
{
	return sys_readlinkat(AT_FDCWD, path, ubuf, size);
}
