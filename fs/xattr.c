// SPDX-License-Identifier: GPL-2.0
/*
 * Extended attributes (Linux: fs/xattr.c): the calls, on file systems that
 * have none.  A list is empty; an attribute is first checked as on Linux
 * (path, address, length, permission by the name's prefix), then EOPNOTSUPP.
 * Changes nothing, so needs no lock.
 */
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <linux/xattr.h>

/* How to come to the inode: by path, by the path of a link, by descriptor. */
#define BY_PATH	LOOKUP_FOLLOW
#define BY_LINK	0u
#define BY_FD	LOOKUP_FD

static bool has_prefix(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

static int xattr_permission(struct inode *inode, const char *name,
			    unsigned mask)
{
	int refused = mask & MAY_WRITE ? -EPERM : -ENODATA;

	if (has_prefix(name, XATTR_SECURITY_PREFIX) ||
	    has_prefix(name, XATTR_SYSTEM_PREFIX))
		return 0;
	if (has_prefix(name, XATTR_TRUSTED_PREFIX))
		return capable(CAP_SYS_ADMIN) ? 0 : refused;
	if (has_prefix(name, XATTR_USER_PREFIX)) {
		if (!S_ISREG(inode->i_mode) && !S_ISDIR(inode->i_mode))
			return refused;
		if (S_ISDIR(inode->i_mode) && (inode->i_mode & S_ISVTX) &&
		    (mask & MAY_WRITE) && !inode_owner_or_capable(inode))
			return -EPERM;
	}
	return inode_permission(inode, mask);
}

static int copy_name(char name[XATTR_NAME_MAX + 1], const char *uname)
{
	long n = strncpy_from_user(name, uname, XATTR_NAME_MAX + 1);

	return n == 0 || n > XATTR_NAME_MAX ? -ERANGE : min(n, 0l);
}

static long do_setxattr(int fd, const char *path, const char *uname,
			const char *value, size_t size, int flags,
			unsigned how)
{
	struct dentry *d __free(dentry) = user_path_to_change(fd, path, how);
	char name[XATTR_NAME_MAX + 1];
	int err;

	if (IS_ERR(d))
		return PTR_ERR(d);
	if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	err = copy_name(name, uname);
	if (err)
		return err;
	if (size > XATTR_SIZE_MAX)
		return -E2BIG;
	for (char c; size--; value++)		/* can it be read? */
		if (get_user(c, value))
			return -EFAULT;
	err = xattr_permission(d->d_inode, name, MAY_WRITE);
	return err ? err : -EOPNOTSUPP;
}

SYSCALL_DEFINE5(setxattr, const char *, path, const char *, name,
		const char *, value, size_t, size, int, flags)
{
	return do_setxattr(AT_FDCWD, path, name, value, size, flags, BY_PATH);
}

SYSCALL_DEFINE5(lsetxattr, const char *, path, const char *, name,
		const char *, value, size_t, size, int, flags)
{
	return do_setxattr(AT_FDCWD, path, name, value, size, flags, BY_LINK);
}

SYSCALL_DEFINE5(fsetxattr, unsigned, fd, const char *, name,
		const char *, value, size_t, size, int, flags)
{
	return do_setxattr(fd, NULL, name, value, size, flags, BY_FD);
}

/* Of an attribute to be read (MAY_READ) or removed. */
static long use_xattr(struct dentry *dentry, const char *uname, unsigned mask)
{
	struct dentry *d __free(dentry) = dentry;
	char name[XATTR_NAME_MAX + 1];
	int err;

	if (IS_ERR(d))
		return PTR_ERR(d);
	err = copy_name(name, uname);
	if (!err)
		err = xattr_permission(d->d_inode, name, mask);
	return err ? err : -EOPNOTSUPP;
}

SYSCALL_DEFINE2(getxattr, const char *, path, const char *, name)
{
	return use_xattr(user_path(AT_FDCWD, path, BY_PATH), name, MAY_READ);
}

SYSCALL_DEFINE2(lgetxattr, const char *, path, const char *, name)
{
	return use_xattr(user_path(AT_FDCWD, path, BY_LINK), name, MAY_READ);
}

SYSCALL_DEFINE2(fgetxattr, unsigned, fd, const char *, name)
{
	return use_xattr(user_path(fd, NULL, BY_FD), name, MAY_READ);
}

SYSCALL_DEFINE2(removexattr, const char *, path, const char *, name)
{
	return use_xattr(user_path_to_change(AT_FDCWD, path, BY_PATH), name,
			 MAY_WRITE);
}

SYSCALL_DEFINE2(lremovexattr, const char *, path, const char *, name)
{
	return use_xattr(user_path_to_change(AT_FDCWD, path, BY_LINK), name,
			 MAY_WRITE);
}

SYSCALL_DEFINE2(fremovexattr, unsigned, fd, const char *, name)
{
	return use_xattr(user_path_to_change(fd, NULL, BY_FD), name, MAY_WRITE);
}

static long do_listxattr(int fd, const char *path, unsigned how)
{
	struct dentry *d __free(dentry) = user_path(fd, path, how);

	return PTR_ERR_OR_ZERO(d);
}

SYSCALL_DEFINE1(listxattr, const char *, path)
{
	return do_listxattr(AT_FDCWD, path, BY_PATH);
}

SYSCALL_DEFINE1(llistxattr, const char *, path)
{
	return do_listxattr(AT_FDCWD, path, BY_LINK);
}

SYSCALL_DEFINE1(flistxattr, unsigned, fd)
{
	return do_listxattr(fd, NULL, BY_FD);
}
