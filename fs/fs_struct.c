// SPDX-License-Identifier: GPL-2.0
/*
 * Where a task stands in the tree: working directory, root, umask (Linux:
 * fs/fs_struct.c, fs/open.c, fs/dcache.c).  Both directories are referenced;
 * the structure is shared by CLONE_FS and changes without a sleep in between.
 */
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/fcntl.h>
#include <mm/slab.h>

/* A copy; of nothing (old == NULL): the root of the first mount. */
struct fs_struct *fs_dup(struct fs_struct *old)
{
	struct fs_struct *fs = kzalloc(sizeof(*fs), GFP_KERNEL);

	if (!fs)
		return NULL;
	fs->users = 1;
	fs->umask = old ? old->umask : 022;
	fs->root = dget(old ? old->root : next_mount(NULL)->s_root);
	fs->pwd = dget(old ? old->pwd : fs->root);
	return fs;
}

struct fs_struct *fs_get(struct fs_struct *f)
{
	f->users++;
	return f;
}

void fs_put(struct fs_struct *f)
{
	if (!f || --f->users)
		return;
	dput(f->pwd);
	dput(f->root);
	kfree(f);
}

SYSCALL_DEFINE1(umask, unsigned, mask)
{
	unsigned old = current->fs->umask;

	current->fs->umask = mask & 0777;
	return old;
}

/* Make the directory that a path or descriptor names *dir: current's root or
 * working directory. */
static int set_dir(struct dentry **dir, unsigned fd, const char *path,
		   unsigned lookup)
{
	struct dentry *d __free(dentry) = user_path(fd, path, lookup);
	struct dentry *old = *dir;
	int err;

	if (IS_ERR(d))
		return PTR_ERR(d);
	if (!S_ISDIR(d->d_inode->i_mode))
		return -ENOTDIR;
	err = inode_permission(d->d_inode, MAY_EXEC);
	if (!err && dir == &current->fs->root && !capable(CAP_SYS_CHROOT))
		err = -EPERM;
	if (err)
		return err;
	*dir = dget(d);
	dput(old);
	return 0;
}

SYSCALL_DEFINE1(chdir, const char *, path)
{
	return set_dir(&current->fs->pwd, AT_FDCWD, path, LOOKUP_FOLLOW);
}

SYSCALL_DEFINE1(fchdir, unsigned, fd)
{
	return set_dir(&current->fs->pwd, fd, NULL, LOOKUP_ANY_FD);
}

SYSCALL_DEFINE1(chroot, const char *, path)
{
	return set_dir(&current->fs->root, AT_FDCWD, path, LOOKUP_FOLLOW);
}

SYSCALL_DEFINE2(getcwd, char *, ubuf, size_t, size)
{
	char *buf __free(memory) = kmalloc(PATH_MAX, GFP_KERNEL), *path;
	struct dentry *pwd = current->fs->pwd;
	long len;

	if (!buf)
		return -ENOMEM;
	if (!pwd->d_hashed && pwd != pwd->d_sb->s_root)
		return -ENOENT;
	path = d_path(pwd, buf, PATH_MAX);
	if (!path)
		return -ENAMETOOLONG;
	len = buf + PATH_MAX - path;
	if (len > size)
		return -ERANGE;
	return copy_to_user(ubuf, path, len) ?: len;
}
