// SPDX-License-Identifier: GPL-2.0
/*
 * File systems at boot: the root tmpfs, the initrd in it, /dev, /proc, and the
 * console as first descriptors (Linux: init/do_mounts.c, init/main.c).
 */
#include <fs/vfs.h>
#include <ipc/ipc.h>
#include <kernel/task.h>
#include <lib/string.h>

/* A directory of the root, unless the initrd brought it. */
static int make_dir(const char *name)
{
	struct dentry *root = current->fs->root, *d;
	int err;

	mutex_lock(&namespace_mutex);
	d = lookup_one(root, name, strlen(name));
	if (PTR_ERR(d) == -ENOENT)
		d = vfs_mknod(root, name, strlen(name), S_IFDIR | 0755, 0);
	mutex_unlock(&namespace_mutex);
	err = IS_ERR(d) ? PTR_ERR(d) : 0;
	if (!err)
		dput(d);
	return err;
}

static int mount_at(const char *name, const char *path, const char *type)
{
	int err = make_dir(name);

	if (!err)
		err = do_mount(type, path, type, 0, "");
	if (err)
		printk(KERN_ERR "fs: cannot mount %s: error %d\n", path, -err);
	return err;
}

int fs_init(const void *initrd, size_t size)
{
	int err = tmpfs_init();

	if (!err)
		err = pipe_init();
	if (!err)
		err = anon_inode_init();
	if (!err)
		err = mqueue_init();
	if (err)
		return err;
	if (!current->fs)
		current->fs = fs_dup(NULL);
	if (!current->files)
		current->files = files_dup(NULL);
	if (!current->fs || !current->files)
		return -ENOMEM;
	ext2_init();
	dev_init();
	tty_init();
	proc_init();
	if (size)
		err = initrd_unpack(initrd, size);
	if (!err)
		err = mount_at("dev", "/dev", "devtmpfs");
	if (!err)
		err = mount_at("proc", "/proc", "proc");
	return err;
}

int fs_open_console(void)
{
	struct file *f = filp_open("/dev/console", O_RDWR, 0);
	int i, fd;

	if (IS_ERR(f))
		return PTR_ERR(f);
	for (i = 0; i < 3; i++) {
		fd = fd_attach(get_file(f), false);
		if (fd < 0)
			break;
	}
	fput(f);
	return i == 3 ? 0 : fd;
}
