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
#include <lib/string.h>
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

/* Consumes the reference. */
static int set_pwd(struct dentry *d)
{
	struct dentry *old = current->fs->pwd;
	int err = S_ISDIR(d->d_inode->i_mode) ?
		  inode_permission(d->d_inode, MAY_EXEC) : -ENOTDIR;

	if (err) {
		dput(d);
		return err;
	}
	current->fs->pwd = d;
	dput(old);
	return 0;
}

SYSCALL_DEFINE1(chdir, const char *, path)
{
	struct dentry *d = user_path(AT_FDCWD, path,
				     LOOKUP_FOLLOW | LOOKUP_DIRECTORY);

	return IS_ERR(d) ? PTR_ERR(d) : set_pwd(d);
}

SYSCALL_DEFINE1(fchdir, unsigned, fd)
{
	struct file *f = fget_raw(fd);
	int err;

	if (!f)
		return -EBADF;
	err = set_pwd(dget(f->f_dentry));
	fput(f);
	return err;
}

SYSCALL_DEFINE1(chroot, const char *, path)
{
	struct dentry *d, *old;
	int err;

	d = user_path(AT_FDCWD, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY);
	if (IS_ERR(d))
		return PTR_ERR(d);
	err = inode_permission(d->d_inode, MAY_EXEC);
	if (!err && !capable(CAP_SYS_CHROOT))
		err = -EPERM;
	if (err) {
		dput(d);
		return err;
	}
	old = current->fs->root;
	current->fs->root = d;
	dput(old);
	return 0;
}

SYSCALL_DEFINE2(getcwd, char *, ubuf, size_t, size)
{
	struct dentry *pwd = current->fs->pwd;
	char *buf, *path;
	long len;

	if (!pwd->d_hashed && pwd != pwd->d_sb->s_root)
		return -ENOENT;
	buf = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	path = d_path(pwd, buf, PATH_MAX);
	if (!path) {
		len = -ENAMETOOLONG;
	} else {
		len = buf + PATH_MAX - path;
		if (len > size)
			len = -ERANGE;
		else if (copy_to_user(ubuf, path, len))
			len = -EFAULT;
	}
	kfree(buf);
	return len;
}
