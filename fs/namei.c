// SPDX-License-Identifier: GPL-2.0
/*
 * From a path to a dentry (Linux: fs/namei.c, path_resolution(7)).
 *
 * A walk keeps a reference on the dentry where it stands and a pointer to the
 * text that is left.  A symbolic link puts its text in front of what is left,
 * so that there is no recursion and no limit but 40 links; the text is a
 * kmalloc()ed buffer that the walk owns.  Mounted file systems are entered
 * on the way down by d_mounted and left on the way up by s_covered; current's
 * root is never passed.
 *
 * The walk holds no lock; namespace_mutex only around i_op->lookup.
 */
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <mm/slab.h>

#define MAXSYMLINKS 40

struct walk {
	struct dentry *at;	/* referenced */
	const char *rest;	/* text left */
	char *buf;		/* owner of rest after a link; NULL: caller */
	unsigned links;
};

char *getname(const char *upath, unsigned flags)
{
	char *path = kmalloc(PATH_MAX, GFP_KERNEL);
	long n;

	if (!path)
		return ERR_PTR(-ENOMEM);
	n = strncpy_from_user(path, upath, PATH_MAX);
	if (n == PATH_MAX)
		n = -ENAMETOOLONG;
	if (n == 0 && !(flags & LOOKUP_EMPTY))
		n = -ENOENT;
	if (n >= 0)
		return path;
	kfree(path);
	return ERR_PTR(n);
}

static struct dentry *parent_of(struct dentry *d)
{
	struct dentry *root = current->fs->root, *up = d;

	while (up != root && up == up->d_sb->s_root && up->d_sb->s_covered)
		up = up->d_sb->s_covered;
	if (up != root)
		up = up->d_parent;
	dget(up);
	dput(d);
	return follow_mounts(up);
}

static struct dentry *fd_dentry(unsigned fd, bool any)
{
	struct file *f __free(file) = any ? fget_raw(fd) : fget(fd);

	return f ? dget(f->f_dentry) : ERR_PTR(-EBADF);
}

static int walk_start(struct walk *w, int dirfd, const char *path,
		      unsigned flags)
{
	*w = (struct walk){ .rest = path, .at = ERR_PTR(-ENOENT) };
	if (*path == '/')
		w->at = follow_mounts(dget(current->fs->root));
	else if (!*path && !(flags & LOOKUP_EMPTY))
		return -ENOENT;
	else if (dirfd == AT_FDCWD)
		w->at = dget(current->fs->pwd);
	else
		w->at = fd_dentry(dirfd, true);
	return PTR_ERR_OR_ZERO(w->at);
}

/* Where the walk stands, if all went well. */
static struct dentry *walk_end(struct walk *w, int err)
{
	kfree(w->buf);
	if (!err)
		return w->at;
	free_dentry(&w->at);
	return ERR_PTR(err);
}

/* Put the text of a link in front of what is left of the path. */
static int splice_link(struct walk *w, struct dentry *link)
{
	struct inode *inode = link->d_inode;
	size_t left = strlen(w->rest);
	char *buf = kmalloc(PATH_MAX + 1 + left + 1, GFP_KERNEL);
	int n;

	if (!buf)
		return -ENOMEM;
	n = inode->i_op->readlink(inode, link, buf, PATH_MAX);
	if (n <= 0) {
		kfree(buf);
		return n ? n : -ENOENT;
	}
	touch_atime(inode);
	if (left && *w->rest != '/')
		buf[n++] = '/';
	memcpy(buf + n, w->rest, left + 1);
	kfree(w->buf);
	w->buf = buf;
	w->rest = buf;
	if (*buf == '/') {
		dput(w->at);
		w->at = follow_mounts(dget(current->fs->root));
	}
	return 0;
}

static bool only_slashes(const char *p)
{
	while (*p == '/')
		p++;
	return !*p;
}

/* Follow a link met in directory w->at; consumes `link`. */
static int follow_link(struct walk *w, struct dentry *link)
{
	const struct inode_operations *op = link->d_inode->i_op;
	struct dentry *to;
	int err = 0;

	if (++w->links > MAXSYMLINKS)
		err = -ELOOP;
	else if (only_slashes(w->rest))
		err = may_follow(w->at->d_inode, link->d_inode);
	if (err) {
		dput(link);
		return err;
	}
	if (op->jump) {
		to = op->jump(link->d_inode, link);
		if (IS_ERR(to)) {
			err = PTR_ERR(to);
		} else {
			dput(w->at);
			w->at = to;
		}
	} else {
		err = splice_link(w, link);
	}
	dput(link);
	return err;
}

static size_t component(const char *p)
{
	size_t n = 0;

	while (p[n] && p[n] != '/')
		n++;
	return n;
}

/* One step down to a name.  `follow`: a link is to be followed. */
static int walk_name(struct walk *w, const char *name, size_t len, bool follow)
{
	struct dentry *d = lookup_name(w->at, name, len);

	if (IS_ERR(d))
		return PTR_ERR(d);
	if (S_ISLNK(d->d_inode->i_mode) && follow)
		return follow_link(w, d);
	d = follow_mounts(d);
	dput(w->at);
	w->at = d;
	return 0;
}

static bool is_dot(const char *name, size_t len)
{
	return len == 1 && name[0] == '.';
}

static bool is_dotdot(const char *name, size_t len)
{
	return len == 2 && name[0] == '.' && name[1] == '.';
}

/* May the walk go on from where it stands? */
static int may_search(struct walk *w)
{
	if (!S_ISDIR(w->at->d_inode->i_mode))
		return -ENOTDIR;
	return inode_permission(w->at->d_inode, MAY_EXEC);
}

/* To the end of the path, or with `parent` to before its last component. */
static int walk_path(struct walk *w, bool follow, bool parent)
{
	const char *name;
	size_t len;
	int err;

	for (;;) {
		while (*w->rest == '/')
			w->rest++;
		if (!*w->rest)
			return 0;
		err = may_search(w);
		if (err)
			return err;
		name = w->rest;
		len = component(name);
		if (parent && only_slashes(name + len))
			return 0;
		w->rest += len;
		if (is_dot(name, len))
			continue;
		if (is_dotdot(name, len)) {
			w->at = parent_of(w->at);
			continue;
		}
		err = walk_name(w, name, len, follow || *w->rest);
		if (err)
			return err;
		if (*w->rest && only_slashes(w->rest) &&
		    !S_ISDIR(w->at->d_inode->i_mode))
			return -ENOTDIR;
	}
}

struct dentry *path_lookup(int dirfd, const char *path, unsigned flags)
{
	struct walk w;
	int err = walk_start(&w, dirfd, path, flags);

	if (!err)
		err = walk_path(&w, flags & LOOKUP_FOLLOW, false);
	if (!err && (flags & LOOKUP_DIRECTORY) &&
	    !S_ISDIR(w.at->d_inode->i_mode))
		err = -ENOTDIR;
	return walk_end(&w, err);
}

unsigned lookup_flags(int at_flags)
{
	return (at_flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
	       (at_flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

struct dentry *user_path(int dirfd, const char *upath, unsigned flags)
{
	char *path __free(memory) = NULL;

	if (flags & (LOOKUP_FD | LOOKUP_ANY_FD))
		return fd_dentry(dirfd, flags & LOOKUP_ANY_FD);
	path = getname(upath, flags);
	if (IS_ERR(path))
		return ERR_CAST(path);
	return path_lookup(dirfd, path, flags);
}

/* To before the last component, and what that is. */
static int walk_to_last(struct walk *w, struct last_name *last)
{
	int err = walk_path(w, true, true);
	size_t len = component(w->rest);

	if (err)
		return err;
	*last = (struct last_name){ .len = len, .root = len == 0,
				    .dot = is_dot(w->rest, len),
				    .dotdot = is_dotdot(w->rest, len),
				    .slash = w->rest[len] == '/' };
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(last->name, w->rest, len);
	return 0;
}

struct dentry *path_parent(int dirfd, const char *path, struct last_name *last)
{
	struct walk w;
	int err = walk_start(&w, dirfd, path, 0);

	if (!err)
		err = walk_to_last(&w, last);
	return walk_end(&w, err);
}

/* The last component of an open with O_CREAT, in directory w->at: the dentry,
 * made if need be; (n) held. */
static struct dentry *open_create(struct walk *w, const struct last_name *last,
				  int flags, unsigned mode, bool *created)
{
	struct dentry *d = lookup_one(w->at, last->name, last->len);
	int err;

	if (!IS_ERR(d) && (flags & O_EXCL)) {
		dput(d);
		return ERR_PTR(-EEXIST);
	}
	if (PTR_ERR(d) != -ENOENT)
		return d;
	err = may_create(w->at->d_inode);
	if (err)
		return ERR_PTR(err);
	if (!w->at->d_inode->i_op->mknod)
		return ERR_PTR(-EACCES);
	*created = true;
	return vfs_mknod(w->at, last->name, last->len,
			 (mode & 07777 & ~current->fs->umask) | S_IFREG,
			 0);
}

/* One round of open(O_CREAT): 0 with w->at the file, 1 when a link was
 * followed and there is more to walk, or -errno. */
static int open_step(struct walk *w, int flags, unsigned mode, bool *created)
{
	struct last_name last;
	struct dentry *d;
	int err = walk_to_last(w, &last);

	if (err)
		return err;
	if (last.root || last.dot || last.dotdot || last.slash)
		return -EISDIR;
	mutex_lock(&namespace_mutex);
	d = open_create(w, &last, flags, mode, created);
	mutex_unlock(&namespace_mutex);
	if (IS_ERR(d))
		return PTR_ERR(d);
	w->rest += last.len;
	if (S_ISLNK(d->d_inode->i_mode) && !(flags & O_NOFOLLOW)) {
		err = follow_link(w, d);
		return err ? err : *w->rest != '\0';
	}
	d = follow_mounts(d);
	dput(w->at);
	w->at = d;
	return 0;
}

struct dentry *path_open(int dirfd, const char *path, int flags, unsigned mode,
			 bool *created)
{
	struct walk w;
	int err;

	*created = false;
	if (!(flags & O_CREAT))
		return path_lookup(dirfd, path,
				   flags & O_NOFOLLOW ? 0 : LOOKUP_FOLLOW);
	err = walk_start(&w, dirfd, path, 0);
	if (!err)
		do
			err = open_step(&w, flags, mode, created);
		while (err > 0);
	return walk_end(&w, err);
}
