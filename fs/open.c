// SPDX-License-Identifier: GPL-2.0
/*
 * open(2) and its relatives, access(2), truncate(2), fallocate(2) (Linux:
 * fs/open.c).  Everything is checked before the file is touched; O_TRUNC is
 * the last thing that happens.
 */
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <mm/slab.h>

#define FILE_SIZE_MAX ((u64)INT64_MAX)

/* ---- open -------------------------------------------------------------- */

static const struct file_operations *fops_of(struct inode *inode)
{
	if (S_ISCHR(inode->i_mode) || S_ISBLK(inode->i_mode))
		return inode->i_sb->s_flags & MS_NODEV ?
		       ERR_PTR(-EACCES) :
		       (void *)device_fops(inode->i_mode, inode->i_rdev);
	if (S_ISFIFO(inode->i_mode))
		return inode->i_fop ? inode->i_fop : &fifo_fops;
	return inode->i_fop;
}

bool may_odirect(struct inode *inode)
{
	return S_ISBLK(inode->i_mode) ||
	       (S_ISREG(inode->i_mode) && inode->i_data.a_ops);
}

struct file *dentry_open(struct dentry *dentry, int flags)
{
	struct inode *inode = dentry->d_inode;
	const struct file_operations *fop = NULL;
	struct file *f;
	int err = 0;

	if (!(flags & O_PATH)) {
		fop = fops_of(inode);
		if (!fop)
			return ERR_PTR(-ENXIO);
	}
	if (IS_ERR(fop))
		return ERR_CAST(fop);
	f = alloc_file(dentry, flags, fop);
	if (IS_ERR(f))
		return f;
	if ((f->f_mode & FMODE_WRITE) && S_ISREG(inode->i_mode))
		err = get_write_access(inode);
	if (err)
		f->f_mode &= ~FMODE_WRITE;	/* none to give back */
	else if (fop && fop->open)
		err = fop->open(inode, f);
	f->f_flags &= ~O_NOCTTY;		/* ... which looked at it */
	if (err) {
		f->f_op = NULL;			/* was never open */
		fput(f);
		return ERR_PTR(err);
	}
	return f;
}

static unsigned acc_mode(int flags)
{
	static const u8 acc[] = {
		[O_RDONLY] = MAY_READ, [O_WRONLY] = MAY_WRITE,
		[O_RDWR] = MAY_READ | MAY_WRITE, [3] = MAY_READ | MAY_WRITE,
	};

	return acc[flags & O_ACCMODE] | (flags & O_TRUNC ? MAY_WRITE : 0);
}

static int may_open(struct inode *inode, int flags, bool created)
{
	unsigned acc = acc_mode(flags);

	if ((flags & O_DIRECTORY) && !S_ISDIR(inode->i_mode))
		return -ENOTDIR;
	if (S_ISLNK(inode->i_mode))
		return -ELOOP;
	if (S_ISDIR(inode->i_mode) &&
	    ((acc & MAY_WRITE) || (flags & O_CREAT)))
		return -EISDIR;
	if ((flags & O_NOATIME) && !inode_owner_or_capable(inode))
		return -EPERM;
	return created ? 0 : inode_permission(inode, acc);
}

static struct file *open_path_only(struct dentry *d, int flags)
{
	if ((flags & O_DIRECTORY) && !S_ISDIR(d->d_inode->i_mode))
		return ERR_PTR(-ENOTDIR);
	return dentry_open(d, flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW));
}

static int truncate_dentry(struct dentry *d, u64 size)
{
	int err = do_truncate(d->d_inode, size);

	if (!err)
		fsnotify(d, IN_MODIFY);
	return err;
}

/* O_TRUNC.  Opened to be read it is a writer all the same until that is done:
 * the lock of the inode may be a long time in coming. */
static int open_truncates(struct file *f)
{
	bool writer = f->f_mode & FMODE_WRITE;
	int err = writer ? 0 : get_write_access(f->f_inode);

	if (err)
		return err;
	err = truncate_dentry(f->f_dentry, 0);
	if (!writer)
		put_write_access(f->f_inode);
	return err;
}

static struct file *open_checked(struct dentry *d, int flags, bool created)
{
	struct file *f;
	int err = may_open(d->d_inode, flags, created);

	if (err)
		return ERR_PTR(err);
	if ((flags & O_DIRECT) && !may_odirect(d->d_inode))
		return ERR_PTR(-EINVAL);
	f = dentry_open(d, flags);
	if (IS_ERR(f) || !(flags & O_TRUNC) || created ||
	    !S_ISREG(d->d_inode->i_mode))
		return f;
	err = open_truncates(f);
	if (err) {
		fput(f);
		return ERR_PTR(err);
	}
	return f;
}

/* A file without a name, in a directory's file system. */
static struct file *open_tmpfile(int dirfd, const char *path, int flags,
				 unsigned mode)
{
	struct dentry *dir __free(dentry) = path_lookup(
		dirfd, path, LOOKUP_DIRECTORY |
		(flags & O_NOFOLLOW ? 0 : LOOKUP_FOLLOW));
	struct dentry *d __free(dentry) = NULL;

	if (IS_ERR(dir))
		return ERR_CAST(dir);
	mutex_lock(&namespace_mutex);
	d = vfs_tmpfile(dir, (mode & 07777 & ~current->fs->umask) | S_IFREG);
	mutex_unlock(&namespace_mutex);
	if (IS_ERR(d))
		return ERR_CAST(d);
	if (!(flags & O_EXCL))
		d->d_inode->i_flags |= I_LINKABLE;
	return dentry_open(d, flags);
}

struct file *do_filp_open(int dirfd, const char *path, int flags,
			  unsigned mode)
{
	struct dentry *d __free(dentry) = NULL;
	bool created;

	if (flags & O_PATH)
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	if (flags & __O_TMPFILE)
		return open_tmpfile(dirfd, path, flags | O_LARGEFILE, mode);
	d = path_open(dirfd, path, flags, mode, &created);
	if (IS_ERR(d))
		return ERR_CAST(d);
	if (flags & O_PATH)
		return open_path_only(d, flags);
	return open_checked(d, flags | O_LARGEFILE, created);
}

struct file *filp_open(const char *path, int flags, unsigned mode)
{
	return do_filp_open(AT_FDCWD, path, flags, mode);
}

struct file *open_execat(int dirfd, const char *path, unsigned lookup)
{
	struct dentry *d __free(dentry) = path_lookup(dirfd, path, lookup);
	int err;

	if (IS_ERR(d))
		return ERR_CAST(d);
	if (S_ISLNK(d->d_inode->i_mode) && !(lookup & LOOKUP_FOLLOW))
		return ERR_PTR(-ELOOP);
	if (!S_ISREG(d->d_inode->i_mode) || (d->d_sb->s_flags & MS_NOEXEC))
		return ERR_PTR(-EACCES);
	err = inode_permission(d->d_inode, MAY_EXEC);
	return err ? ERR_PTR(err) : dentry_open(d, O_RDONLY | O_LARGEFILE);
}

#define OPEN_FLAGS (O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC |	\
		    O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC | FASYNC |	\
		    O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW |	\
		    O_NOATIME | O_CLOEXEC | O_PATH | __O_TMPFILE)

static int check_flags(int flags)
{
	if (flags & O_PATH)
		return 0;
	if (flags & __O_TMPFILE)
		return (flags & (O_TMPFILE | O_CREAT)) != O_TMPFILE ||
		       !(acc_mode(flags) & MAY_WRITE) ? -EINVAL : 0;
	return (flags & O_CREAT) && (flags & O_DIRECTORY) ? -EINVAL : 0;
}

SYSCALL_DEFINE4(openat, int, dirfd, const char *, upath, int, flags,
		unsigned, mode)
{
	char *path __free(memory) = NULL;
	struct file *f;
	int fd = check_flags(flags);

	if (fd)
		return fd;
	path = getname(upath, 0);
	if (IS_ERR(path))
		return PTR_ERR(path);
	fd = alloc_fd(0, flags & O_CLOEXEC);
	if (fd < 0)
		return fd;
	f = do_filp_open(dirfd, path, flags & OPEN_FLAGS, mode);
	if (IS_ERR(f)) {
		put_unused_fd(fd);
		return PTR_ERR(f);
	}
	fsnotify(f->f_dentry, IN_OPEN);
	fd_install(fd, f);
	return fd;
}

SYSCALL_AS(open, openat, AT_FDCWD, a, b, c)
SYSCALL_AS(creat, openat, AT_FDCWD, a, O_CREAT | O_WRONLY | O_TRUNC, b)

/* ---- access ------------------------------------------------------------ */

SYSCALL_DEFINE4(faccessat2, int, dirfd, const char *, upath, int, mode, int,
		flags)
{
	struct dentry *d __free(dentry) = NULL;
	bool eff = flags & AT_EACCESS;

	if ((mode & ~7) || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW |
				      AT_EMPTY_PATH)))
		return -EINVAL;
	d = user_path(dirfd, upath, lookup_flags(flags));
	if (IS_ERR(d))
		return PTR_ERR(d);
	return generic_permission(d->d_inode, mode,
				  eff ? current->euid : current->uid,
				  eff ? current->egid : current->gid);
}

SYSCALL_AS(faccessat, faccessat2, a, b, c)
SYSCALL_AS(access, faccessat2, AT_FDCWD, a, b)

/* ---- truncate, fallocate ----------------------------------------------- */

static int size_allowed(struct inode *inode, u64 size)
{
	if (size > inode->i_data.size) {
		if (inode->i_seals & F_SEAL_GROW)
			return -EPERM;
		if (size > rlimit(RLIMIT_FSIZE)) {
			send_sig_info(current, SIGXFSZ, NULL);
			return -EFBIG;
		}
	}
	if (size < inode->i_data.size && (inode->i_seals & F_SEAL_SHRINK))
		return -EPERM;
	return 0;
}

int do_truncate(struct inode *inode, u64 size)
{
	int err;

	if (!inode->i_op || !inode->i_op->setsize)
		return S_ISREG(inode->i_mode) ? 0 : -EINVAL;
	mutex_lock(&inode->i_lock);
	err = size_allowed(inode, size);
	if (!err)
		err = inode->i_op->setsize(inode, size);
	if (!err) {
		if (!capable(CAP_FSETID))
			inode->i_mode &= ~S_ISUID;
		touch_mtime(inode);
	}
	mutex_unlock(&inode->i_lock);
	return err;
}

static long truncate_file(struct dentry *d, s64 size)
{
	struct inode *inode = d->d_inode;
	int err;

	if (S_ISDIR(inode->i_mode))
		return -EISDIR;
	if (!S_ISREG(inode->i_mode))
		return -EINVAL;
	err = inode_permission(inode, MAY_WRITE);
	if (!err)
		err = get_write_access(inode);
	if (err)
		return err;
	err = truncate_dentry(d, size);
	put_write_access(inode);
	return err;
}

SYSCALL_DEFINE2(truncate, const char *, upath, s64, size)
{
	struct dentry *d __free(dentry) = NULL;

	if (size < 0)
		return -EINVAL;
	d = user_path(AT_FDCWD, upath, LOOKUP_FOLLOW);
	return IS_ERR(d) ? PTR_ERR(d) : truncate_file(d, size);
}

SYSCALL_DEFINE2(ftruncate, unsigned, fd, s64, size)
{
	struct file *f __free(file) = fget(fd);

	if (size < 0)
		return -EINVAL;
	if (!f)
		return -EBADF;
	if (!S_ISREG(f->f_inode->i_mode) || !(f->f_mode & FMODE_WRITE))
		return -EINVAL;
	return truncate_dentry(f->f_dentry, size);
}

/* Room for [off, end): every page of it is made. */
static int allocate_pages(struct inode *inode, u64 off, u64 end)
{
	struct page *page;
	u64 i;

	for (i = off >> PAGE_SHIFT; i << PAGE_SHIFT < end; i++) {
		page = filemap_get_page(&inode->i_data, i, NULL);
		if (IS_ERR(page))
			return PTR_ERR(page);
		page_set(page, PG_dirty);
		put_page(page);
		if (fatal_signal_pending())
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int do_fallocate(struct inode *inode, int mode, u64 off, u64 len)
{
	u64 size = inode->i_data.size;
	int err;

	if (mode & FALLOC_FL_PUNCH_HOLE) {
		if (inode->i_data.flags & AS_SEALED)
			return -EPERM;
		err = truncate_hole(&inode->i_data, off, off + len);
	} else {
		err = size_allowed(inode, max(size, off + len));
		if (!err)
			err = allocate_pages(inode, off, off + len);
		if (!err && !(mode & FALLOC_FL_KEEP_SIZE) && off + len > size)
			err = truncate_setsize(&inode->i_data, off + len);
	}
	if (!err)
		touch_mtime(inode);
	return err;
}

/* What is wrong with a mode on any file system. */
static int check_mode(int mode)
{
	const int moves = FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE;
	const int holes = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE;

	if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_UNSHARE_RANGE | moves |
		      holes)) || (mode & holes) == holes ||
	    ((mode & FALLOC_FL_PUNCH_HOLE) && !(mode & FALLOC_FL_KEEP_SIZE)))
		return -EOPNOTSUPP;
	if (((mode & moves) && mode != FALLOC_FL_COLLAPSE_RANGE &&
	     mode != FALLOC_FL_INSERT_RANGE) ||
	    ((mode & FALLOC_FL_UNSHARE_RANGE) &&
	     (mode & ~(FALLOC_FL_UNSHARE_RANGE | FALLOC_FL_KEEP_SIZE))))
		return -EINVAL;
	return 0;
}

SYSCALL_DEFINE4(fallocate, unsigned, fd, int, mode, s64, off, s64, len)
{
	struct file *f __free(file) = fget(fd);
	int err;

	if (!f)
		return -EBADF;
	if (off < 0 || len <= 0)
		return -EINVAL;
	err = check_mode(mode);
	if (err)
		return err;
	if (!(f->f_mode & FMODE_WRITE))
		return -EBADF;
	if (S_ISFIFO(f->f_inode->i_mode))
		return -ESPIPE;
	if (!S_ISREG(f->f_inode->i_mode))
		return S_ISDIR(f->f_inode->i_mode) ? -EISDIR : -ENODEV;
	if ((u64)off + len > FILE_SIZE_MAX)
		return -EFBIG;
	if (!f->f_mapping || !(f->f_mapping->flags & AS_SHMEM) ||
	    mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	mutex_lock(&f->f_inode->i_lock);
	err = do_fallocate(f->f_inode, mode, off, len);
	mutex_unlock(&f->f_inode->i_lock);
	if (!err)
		fsnotify(f->f_dentry, IN_MODIFY);
	return err;
}
