// SPDX-License-Identifier: GPL-2.0
/*
 * One step of a path: from a directory and a name to a dentry, found in the
 * tree or brought in by the file system; and the way onto what is mounted
 * there (Linux: fs/namei.c).  namespace_mutex is taken where the file system
 * is asked, for that sleeps; what is in the tree is found without it.
 */
#include <fs/vfs.h>

struct mutex namespace_mutex = MUTEX_INIT(namespace_mutex, LOCK_NAMESPACE);

struct dentry *follow_mounts(struct dentry *d)
{
	while (d->d_mounted) {
		struct dentry *root = dget(d->d_mounted->s_root);

		d->d_mounted->s_visits++;
		dput(d);
		d = root;
	}
	return d;
}

static struct dentry *lookup_cached(struct dentry *dir, const char *name,
				    size_t len)
{
	struct dentry *d = d_lookup(dir, name, len);
	const struct inode_operations *op;

	if (!d)
		return NULL;
	op = d->d_inode->i_op;
	if (!op || !op->revalidate || op->revalidate(d))
		return d;
	d_drop(d);
	dput(d);
	return NULL;
}

struct dentry *lookup_one(struct dentry *dir, const char *name, size_t len)
{
	struct inode *inode = dir->d_inode;
	struct dentry *d;
	int err;

	if (len > NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	d = lookup_cached(dir, name, len);
	if (d)
		return d;
	if (!inode->i_op->lookup)
		return ERR_PTR(-ENOENT);
	d = d_alloc(dir, name, len);
	if (!d)
		return ERR_PTR(-ENOMEM);
	err = inode->i_op->lookup(inode, d);
	if (err) {
		dput(d);
		return ERR_PTR(err);
	}
	d_add(d);
	return d;
}

struct dentry *lookup_name(struct dentry *dir, const char *name, size_t len)
{
	struct dentry *d;

	if (len <= NAME_MAX) {
		d = lookup_cached(dir, name, len);
		if (d)
			return d;
	}
	mutex_lock(&namespace_mutex);
	d = lookup_one(dir, name, len);
	mutex_unlock(&namespace_mutex);
	return d;
}

static int make_inode(struct inode *dir, struct dentry *d,
		      const struct new_name *what)
{
	const struct inode_operations *op = dir->i_op;

	if (what->inode)
		return op->link ? op->link(dir, d, what->inode) : -EPERM;
	if (what->text)
		return op->symlink ? op->symlink(dir, d, what->text) : -EPERM;
	return op->mknod ? op->mknod(dir, d, what->mode, what->rdev) : -EPERM;
}

struct dentry *vfs_make(struct dentry *dir, const char *name, size_t len,
			const struct new_name *what)
{
	struct dentry *d = d_alloc(dir, name, len);
	int err;

	if (!d)
		return ERR_PTR(-ENOMEM);
	err = make_inode(dir->d_inode, d, what);
	if (err) {
		dput(d);
		return ERR_PTR(err);
	}
	d->d_inode->i_flags &= ~I_LINKABLE;
	d_add(d);
	if (what->inode)
		fsnotify_inode(what->inode, IN_ATTRIB, 0, NULL);
	fsnotify_inode(dir->d_inode, S_ISDIR(d->d_inode->i_mode) ?
		       IN_CREATE | IN_ISDIR : IN_CREATE, 0, d->d_name);
	return d;
}

struct dentry *vfs_tmpfile(struct dentry *dir, unsigned mode)
{
	const struct inode_operations *op = dir->d_inode->i_op;
	struct inode *inode;
	struct dentry *d;
	char name[24];
	int err = may_create(dir->d_inode);

	if (!err && !op->tmpfile)
		err = -EOPNOTSUPP;
	if (err)
		return ERR_PTR(err);
	inode = op->tmpfile(dir->d_inode, mode);
	if (IS_ERR(inode))
		return ERR_CAST(inode);
	d = d_alloc(dir, name,
		    snprintf(name, sizeof(name), "#%lu", inode->i_ino));
	if (!d) {
		iput(inode);
		return ERR_PTR(-ENOMEM);
	}
	d_instantiate(d, inode);
	return d;
}

struct dentry *vfs_mknod(struct dentry *dir, const char *name, size_t len,
			 unsigned mode, unsigned rdev)
{
	const struct new_name what = { .mode = mode, .rdev = rdev };

	return vfs_make(dir, name, len, &what);
}
