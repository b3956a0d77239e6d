// SPDX-License-Identifier: GPL-2.0
/*
 * Changing and listing directories: mkdir, mknod, unlink, rmdir, link,
 * symlink, rename, getdents (Linux: fs/namei.c, fs/readdir.c, fs/libfs.c).
 *
 * Each change walks to the parent first, then takes namespace_mutex, looks the
 * name up, decides, and only then calls the file system: from there nothing
 * but an allocation can fail.
 */
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <mm/slab.h>

/* A path whose last component is to be changed. */
struct target {
	struct dentry *dir;		/* referenced */
	struct last_name last;
};

static int target_get(struct target *t, int dirfd, const char *upath)
{
	char *path __free(memory) = getname(upath, 0);

	if (IS_ERR(path))
		return PTR_ERR(path);
	t->dir = path_parent(dirfd, path, &t->last);
	return PTR_ERR_OR_ZERO(t->dir);
}

static bool is_special(const struct last_name *last)
{
	return last->root || last->dot || last->dotdot;
}

/* ---- making ------------------------------------------------------------ */

static int may_link_to(struct inode *dir, struct inode *inode)
{
	if (inode->i_sb != dir->i_sb)
		return -EXDEV;
	if (S_ISDIR(inode->i_mode))
		return -EPERM;
	return inode->i_nlink || inode->i_flags & I_LINKABLE ?
	       may_link(inode) : -ENOENT;
}

/* May the name be made?  (n) held. */
static int may_make(struct target *t, const struct new_name *what)
{
	struct dentry *d;
	int err;

	if (is_special(&t->last))
		return -EEXIST;
	d = lookup_one(t->dir, t->last.name, t->last.len);
	err = IS_ERR(d) ? PTR_ERR(d) : -EEXIST;
	free_dentry(&d);
	if (err != -ENOENT || (t->last.slash && !S_ISDIR(what->mode)))
		return err;
	err = may_create(t->dir->d_inode);
	if (!err && what->inode)
		err = may_link_to(t->dir->d_inode, what->inode);
	return err;
}

static long make_name(int dirfd, const char *upath, const struct new_name *what)
{
	struct target t;
	struct dentry *d = NULL;
	int err = target_get(&t, dirfd, upath);

	if (err)
		return err;
	mutex_lock(&namespace_mutex);
	err = may_make(&t, what);
	if (!err)
		d = vfs_make(t.dir, t.last.name, t.last.len, what);
	mutex_unlock(&namespace_mutex);
	if (!err)
		err = PTR_ERR_OR_ZERO(d);
	free_dentry(&d);
	dput(t.dir);
	return err;
}

static long make_node(int dirfd, const char *upath, unsigned mode,
		      unsigned rdev)
{
	const struct new_name what = { .mode = mode & ~current->fs->umask,
				       .rdev = rdev };

	return make_name(dirfd, upath, &what);
}

SYSCALL_DEFINE3(mkdirat, int, dirfd, const char *, path, unsigned, mode)
{
	return make_node(dirfd, path, (mode & 01777) | S_IFDIR, 0);
}

SYSCALL_AS(mkdir, mkdirat, AT_FDCWD, a, b)

SYSCALL_DEFINE4(mknodat, int, dirfd, const char *, path, unsigned, mode,
		unsigned, rdev)
{
	switch (mode & S_IFMT) {
	case 0:
		mode |= S_IFREG;
		break;
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
		break;
	case S_IFCHR:
	case S_IFBLK:
		if (!capable(CAP_MKNOD))
			return -EPERM;
		break;
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
	if (!S_ISCHR(mode) && !S_ISBLK(mode))
		rdev = 0;
	return make_node(dirfd, path, mode & (S_IFMT | 07777), rdev);
}

SYSCALL_AS(mknod, mknodat, AT_FDCWD, a, b, c)

SYSCALL_DEFINE3(symlinkat, const char *, utext, int, dirfd, const char *, path)
{
	char *text __free(memory) = getname(utext, 0);

	if (IS_ERR(text))
		return PTR_ERR(text);
	return make_name(dirfd, path, &(struct new_name){ .text = text });
}

SYSCALL_AS(symlink, symlinkat, a, AT_FDCWD, b)

SYSCALL_DEFINE5(linkat, int, olddirfd, const char *, oldpath, int, newdirfd,
		const char *, newpath, int, flags)
{
	struct dentry *old __free(dentry) = NULL;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if ((flags & AT_EMPTY_PATH) && !capable(CAP_DAC_READ_SEARCH))
		return -ENOENT;
	old = user_path(olddirfd, oldpath,
			(flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0) |
			(flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0));
	if (IS_ERR(old))
		return PTR_ERR(old);
	return make_name(newdirfd, newpath,
			 &(struct new_name){ .inode = old->d_inode });
}

SYSCALL_AS(link, linkat, AT_FDCWD, a, AT_FDCWD, b)

/* ---- removing ---------------------------------------------------------- */

static bool dir_empty(struct dentry *d)
{
	return TAILQ_EMPTY(&d->d_subdirs);
}

/* The file system has unlinked d: out of the tree. */
static void remove_name(struct dentry *d)
{
	if (S_ISDIR(d->d_inode->i_mode))
		d->d_inode->i_flags |= I_DEAD;
	d_drop(d);
}

static int special_error(const struct last_name *last, bool isdir)
{
	if (!is_special(last))
		return 0;
	if (!isdir)
		return -EISDIR;
	if (last->root)
		return -EBUSY;
	return last->dot ? -EINVAL : -ENOTEMPTY;
}

/* (n) held.  *victim: to be freed without it, for its pages may go with it. */
static int unlink_locked(struct target *t, bool isdir, struct dentry **victim)
{
	struct inode *dir = t->dir->d_inode;
	struct dentry *d = lookup_one(t->dir, t->last.name, t->last.len);
	int err;

	*victim = d;
	if (IS_ERR(d))
		return PTR_ERR(d);
	if (t->last.slash && !isdir)
		return S_ISDIR(d->d_inode->i_mode) ? -EISDIR : -ENOTDIR;
	err = may_delete(dir, d, isdir);
	if (err)
		return err;
	if (isdir && !dir_empty(d))
		return -ENOTEMPTY;
	err = dir->i_op->unlink ? dir->i_op->unlink(dir, d) : -EPERM;
	if (err)
		return err;
	remove_name(d);
	if (!isdir)
		fsnotify_inode(d->d_inode, IN_ATTRIB, 0, NULL);
	if (d->d_count == 1 && !d->d_inode->i_nlink)
		fsnotify_inoderemove(d->d_inode);
	fsnotify_inode(dir, isdir ? IN_DELETE | IN_ISDIR : IN_DELETE, 0,
		       d->d_name);
	return 0;
}

static long do_unlink(int dirfd, const char *upath, bool isdir)
{
	struct dentry *victim __free(dentry) = NULL;
	struct target t;
	int err = target_get(&t, dirfd, upath);

	if (err)
		return err;
	err = special_error(&t.last, isdir);
	if (!err) {
		mutex_lock(&namespace_mutex);
		err = unlink_locked(&t, isdir, &victim);
		mutex_unlock(&namespace_mutex);
	}
	dput(t.dir);
	return err;
}

SYSCALL_DEFINE3(unlinkat, int, dirfd, const char *, path, int, flags)
{
	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	return do_unlink(dirfd, path, flags & AT_REMOVEDIR);
}

SYSCALL_AS(unlink, unlinkat, AT_FDCWD, a)
SYSCALL_AS(rmdir, unlinkat, AT_FDCWD, a, AT_REMOVEDIR)

/* ---- renaming ---------------------------------------------------------- */

static bool is_ancestor(struct dentry *a, struct dentry *d)
{
	for (;;) {
		if (d == a)
			return true;
		if (d == d->d_parent)
			return false;
		d = d->d_parent;
	}
}

/* What rename refuses for the sake of names; `victim` is NULL if the new one
 * is free. */
static int check_names(struct target *from, struct dentry *d,
		       struct target *to, struct dentry *victim,
		       unsigned flags)
{
	bool exchange = flags & RENAME_EXCHANGE;

	if (victim && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (exchange && !victim)
		return -ENOENT;
	if (exchange && to->last.slash && !S_ISDIR(victim->d_inode->i_mode))
		return -ENOTDIR;
	if (!S_ISDIR(d->d_inode->i_mode) &&
	    (from->last.slash || (to->last.slash && !exchange)))
		return -ENOTDIR;
	if (is_ancestor(d, to->dir))
		return -EINVAL;
	if (victim && is_ancestor(victim, from->dir))
		return exchange ? -EINVAL : -ENOTEMPTY;
	return 0;
}

/* Is d a directory whose ".." may be changed, or none? */
static int may_move(struct dentry *d, struct target *from, struct target *to)
{
	return from->dir != to->dir && S_ISDIR(d->d_inode->i_mode) ?
	       inode_permission(d->d_inode, MAY_WRITE) : 0;
}

static int may_rename(struct target *from, struct dentry *d, struct target *to,
		      struct dentry *victim, unsigned flags)
{
	const struct inode_operations *op = from->dir->d_inode->i_op;
	struct inode *todir = to->dir->d_inode;
	bool isdir = S_ISDIR(d->d_inode->i_mode);
	bool exchange = flags & RENAME_EXCHANGE;
	int err = may_delete(from->dir->d_inode, d, isdir);

	if (!err)
		err = !victim ? may_create(todir) :
		      may_delete(todir, victim, exchange ?
				 S_ISDIR(victim->d_inode->i_mode) : isdir);
	if (!err && !op->rename)
		err = -EPERM;
	if (!err)
		err = may_move(d, from, to);
	if (!err && exchange)
		err = may_move(victim, from, to);
	if (!err && exchange && !op->exchange)
		err = -EINVAL;
	if (!err && !exchange && victim && isdir && !dir_empty(victim))
		err = -ENOTEMPTY;
	return err;
}

static int commit_rename(struct target *from, struct dentry *d,
			 struct target *to, struct dentry *victim)
{
	struct inode *olddir = from->dir->d_inode;
	char *name = kstrdup(to->last.name, GFP_KERNEL);
	int err;

	if (!name)
		return -ENOMEM;
	err = olddir->i_op->rename(olddir, d, to->dir->d_inode, name, victim);
	if (err) {
		kfree(name);
		return err;
	}
	if (victim)
		remove_name(victim);
	d_move(d, to->dir, name);
	fsnotify_move(olddir, from->last.name, d, victim);
	return 0;
}

static int commit_exchange(struct target *from, struct dentry *d,
			   struct target *to, struct dentry *other)
{
	struct inode *dir = from->dir->d_inode;
	int err = dir->i_op->exchange(dir, d, to->dir->d_inode, other);

	if (err)
		return err;
	d_exchange(d, other);
	fsnotify_move(dir, from->last.name, d, NULL);
	fsnotify_move(to->dir->d_inode, to->last.name, other, NULL);
	return 0;
}

/* (n) held.  *victim: to be dput() without it. */
static int rename_locked(struct target *from, struct target *to,
			 unsigned flags, struct dentry **victim)
{
	struct dentry *d = lookup_one(from->dir, from->last.name,
				      from->last.len);
	int err = 0;

	if (IS_ERR(d))
		return PTR_ERR(d);
	*victim = lookup_one(to->dir, to->last.name, to->last.len);
	if (IS_ERR(*victim)) {
		err = PTR_ERR(*victim) == -ENOENT ? 0 : PTR_ERR(*victim);
		*victim = NULL;
	}
	if (!err)
		err = check_names(from, d, to, *victim, flags);
	if (!err && !(*victim && (*victim)->d_inode == d->d_inode)) {
		err = may_rename(from, d, to, *victim, flags);
		if (!err)
			err = flags & RENAME_EXCHANGE ?
			      commit_exchange(from, d, to, *victim) :
			      commit_rename(from, d, to, *victim);
	}
	dput(d);
	return err;
}

static int do_rename(struct target *from, struct target *to, unsigned flags)
{
	struct dentry *victim = NULL;
	int err;

	if (from->dir->d_sb != to->dir->d_sb)
		return -EXDEV;
	if (is_special(&from->last))
		return -EBUSY;
	if (is_special(&to->last))
		return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	mutex_lock(&namespace_mutex);
	err = rename_locked(from, to, flags, &victim);
	mutex_unlock(&namespace_mutex);
	dput(victim);
	return err;
}

SYSCALL_DEFINE5(renameat2, int, olddirfd, const char *, oldpath, int, newdirfd,
		const char *, newpath, unsigned, flags)
{
	struct target from, to;
	int err;

	if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	err = target_get(&from, olddirfd, oldpath);
	if (err)
		return err;
	err = target_get(&to, newdirfd, newpath);
	if (!err) {
		err = do_rename(&from, &to, flags);
		dput(to.dir);
	}
	dput(from.dir);
	return err;
}

SYSCALL_AS(renameat, renameat2, a, b, c, d)
SYSCALL_AS(rename, renameat2, AT_FDCWD, a, AT_FDCWD, b)
