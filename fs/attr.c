// SPDX-License-Identifier: GPL-2.0
/*
 * Changing an inode's mode, owner and times: chmod, chown, utimensat and
 * its elders (Linux:
 * fs/attr.c, fs/open.c, fs/utimes.c).  Each call finds its inode, decides,
 * then changes it in one step without a sleep.  A changed mode or owner ends
 * the trust in a file of the initrd.
 */
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/fcntl.h>

struct dentry *user_path_to_change(int dirfd, const char *upath, unsigned flags)
{
	struct dentry *d = user_path(dirfd, upath, flags);

	if (IS_ERR(d) || !(d->d_sb->s_flags & MS_RDONLY))
		return d;
	dput(d);
	return ERR_PTR(-EROFS);
}

static void changed(struct dentry *d)
{
	d->d_inode->i_ctime = current_time();
	d->d_inode->i_flags &= ~I_INITRD;
	fsnotify(d, IN_ATTRIB);
}

/* ---- chmod ------------------------------------------------------------- */

static long do_chmod(int dirfd, const char *path, unsigned mode,
		     unsigned lookup)
{
	struct dentry *d __free(dentry) =
		user_path_to_change(dirfd, path, lookup);
	struct inode *inode;

	if (IS_ERR(d))
		return PTR_ERR(d);
	inode = d->d_inode;
	if (S_ISLNK(inode->i_mode))
		return -EOPNOTSUPP;
	if (!inode_owner_or_capable(inode))
		return -EPERM;
	mode &= 07777;
	if (!in_group(inode->i_gid, current->egid) && !capable(CAP_FSETID))
		mode &= ~S_ISGID;
	inode->i_mode = (inode->i_mode & S_IFMT) | mode;
	changed(d);
	return 0;
}

SYSCALL_DEFINE2(fchmod, unsigned, fd, unsigned, mode)
{
	return do_chmod(fd, NULL, mode, LOOKUP_FD);
}

SYSCALL_DEFINE3(fchmodat, int, dirfd, const char *, path, unsigned, mode)
{
	return do_chmod(dirfd, path, mode, LOOKUP_FOLLOW);
}

SYSCALL_AS(chmod, fchmodat, AT_FDCWD, a, b)

/* ---- chown ------------------------------------------------------------- */

#define NO_ID ((u32)-1)

static bool chown_allowed(struct inode *inode, u32 uid, u32 gid)
{
	bool owner = current->euid == inode->i_uid;

	if (capable(CAP_CHOWN))
		return true;
	return (uid == NO_ID || (owner && uid == inode->i_uid)) &&
	       (gid == NO_ID || (owner && (gid == inode->i_gid ||
					   in_group(gid, current->egid))));
}

static long do_chown(int dirfd, const char *path, u32 uid, u32 gid,
		     unsigned lookup)
{
	struct dentry *d __free(dentry) =
		user_path_to_change(dirfd, path, lookup);
	struct inode *inode;

	if (IS_ERR(d))
		return PTR_ERR(d);
	inode = d->d_inode;
	if (!chown_allowed(inode, uid, gid))
		return -EPERM;
	if (uid != NO_ID)
		inode->i_uid = uid;
	if (gid != NO_ID)
		inode->i_gid = gid;
	if (!S_ISDIR(inode->i_mode)) {
		inode->i_mode &= ~S_ISUID;
		if (inode->i_mode & S_IXGRP)
			inode->i_mode &= ~S_ISGID;
	}
	changed(d);
	return 0;
}

SYSCALL_DEFINE5(fchownat, int, dirfd, const char *, path, u32, uid, u32, gid,
		int, flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return do_chown(dirfd, path, uid, gid, lookup_flags(flags));
}

SYSCALL_AS(chown, fchownat, AT_FDCWD, a, b, c)
SYSCALL_AS(lchown, fchownat, AT_FDCWD, a, b, c, AT_SYMLINK_NOFOLLOW)

SYSCALL_DEFINE3(fchown, unsigned, fd, u32, uid, u32, gid)
{
	return do_chown(fd, NULL, uid, gid, LOOKUP_FD);
}

/* ---- utimensat --------------------------------------------------------- */

#define UTIME_NOW	((1l << 30) - 1l)
#define UTIME_OMIT	((1l << 30) - 2l)
#define NSEC_PER_SEC	1000000000l

static bool nsec_valid(s64 nsec)
{
	return nsec == UTIME_NOW || nsec == UTIME_OMIT ||
	       (nsec >= 0 && nsec < NSEC_PER_SEC);
}

static void set_time(struct timespec64 *to, const struct timespec64 *t)
{
	if (t->tv_nsec == UTIME_NOW)
		*to = current_time();
	else if (t->tv_nsec != UTIME_OMIT)
		*to = *t;
}

/* May current set such times? */
static int may_set_times(struct inode *inode, const struct timespec64 t[2])
{
	if (inode_owner_or_capable(inode))
		return 0;
	if (t[0].tv_nsec != UTIME_NOW || t[1].tv_nsec != UTIME_NOW)
		return -EPERM;
	return inode_permission(inode, MAY_WRITE);
}

/* t[0] access, t[1] modification. */
static long do_utimes(int dirfd, const char *path,
		      const struct timespec64 t[2], unsigned lookup)
{
	struct dentry *d __free(dentry) =
		user_path_to_change(dirfd, path, lookup);
	int err;

	if (IS_ERR(d))
		return PTR_ERR(d);
	if (!nsec_valid(t[0].tv_nsec) || !nsec_valid(t[1].tv_nsec))
		return -EINVAL;
	err = may_set_times(d->d_inode, t);
	if (err)
		return err;
	set_time(&d->d_inode->i_atime, &t[0]);
	set_time(&d->d_inode->i_mtime, &t[1]);
	d->d_inode->i_ctime = current_time();
	fsnotify(d, t[0].tv_nsec == UTIME_OMIT ? IN_MODIFY :
		 t[1].tv_nsec == UTIME_OMIT ? IN_ACCESS : IN_ATTRIB);
	return 0;
}

SYSCALL_DEFINE4(utimensat, int, dirfd, const char *, path,
		const struct timespec64 *, utimes, int, flags)
{
	struct timespec64 t[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	bool fd_itself = !path && dirfd != AT_FDCWD;

	if (utimes && copy_from_user(t, utimes, sizeof(t)))
		return -EFAULT;
	if (t[0].tv_nsec == UTIME_OMIT && t[1].tv_nsec == UTIME_OMIT)
		return 0;
	if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) ||
	    (fd_itself && flags))
		return -EINVAL;
	return do_utimes(dirfd, path, t,
			 fd_itself ? LOOKUP_FD : lookup_flags(flags));
}

struct timeval64 { s64 tv_sec, tv_usec; };

SYSCALL_DEFINE3(futimesat, int, dirfd, const char *, path,
		const struct timeval64 *, utimes)
{
	struct timespec64 t[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	struct timeval64 v[2];
	int i;

	if (utimes && copy_from_user(v, utimes, sizeof(v)))
		return -EFAULT;
	for (i = 0; utimes && i < 2; i++) {
		if (v[i].tv_usec < 0 || v[i].tv_usec >= 1000000)
			return -EINVAL;
		t[i].tv_sec = v[i].tv_sec;
		t[i].tv_nsec = v[i].tv_usec * 1000;
	}
	return do_utimes(dirfd, path, t, !path && dirfd != AT_FDCWD ?
			 LOOKUP_FD : LOOKUP_FOLLOW);
}

SYSCALL_AS(utimes, futimesat, AT_FDCWD, a, b)

SYSCALL_DEFINE2(utime, const char *, path, const s64 *, utimes)
{
	struct timespec64 t[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	s64 sec[2];

	if (utimes && copy_from_user(sec, utimes, sizeof(sec)))
		return -EFAULT;
	for (int i = 0; utimes && i < 2; i++)
		t[i] = (struct timespec64){ .tv_sec = sec[i] };
	return do_utimes(AT_FDCWD, path, t, LOOKUP_FOLLOW);
}
