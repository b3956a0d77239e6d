// SPDX-License-Identifier: GPL-2.0
/*
 * Devices: which driver a device number means, and its node in devtmpfs
 * (Linux: fs/char_dev.c, drivers/base/devtmpfs.c).  The list only grows, while
 * the kernel starts or when a driver finds a device; entries are never freed.
 */
#include <fs/vfs.h>
#include <lib/bug.h>
#include <lib/string.h>
#include <mm/slab.h>

struct device {
	const char *name;
	unsigned mode, rdev;
	const struct file_operations *fops;
	STAILQ_ENTRY(device) link;
};

static STAILQ_HEAD(, device) devices = STAILQ_HEAD_INITIALIZER(devices);
static struct super_block *dev_sb;	/* the first devtmpfs */

const struct file_operations *device_fops(unsigned mode, unsigned rdev)
{
	struct device *dev;

	STAILQ_FOREACH(dev, &devices, link)
		if (!((dev->mode ^ mode) & S_IFMT) &&
		    (dev->name ? dev->rdev == rdev :
				 MAJOR(dev->rdev) == MAJOR(rdev)))
			return dev->fops;
	return NULL;
}

static int make_node(struct super_block *sb, const struct device *dev)
{
	struct dentry *d __free(dentry) = NULL;

	if (dev->name)
		d = vfs_mknod(sb->s_root, dev->name, strlen(dev->name),
			      dev->mode, dev->rdev);
	return PTR_ERR_OR_ZERO(d);
}

int device_nodes(struct super_block *sb)
{
	struct device *dev;
	int err;

	STAILQ_FOREACH(dev, &devices, link) {
		err = make_node(sb, dev);
		if (err)
			return err;
	}
	if (!dev_sb)
		dev_sb = sb;
	return 0;
}

void device_forget(struct super_block *sb)
{
	if (dev_sb == sb)
		dev_sb = NULL;
}

void device_add(const char *name, unsigned mode, unsigned rdev,
		const struct file_operations *fops)
{
	struct device *dev = kmalloc(sizeof(*dev), GFP_KERNEL);
	int err = dev ? 0 : -ENOMEM;

	if (dev) {
		*dev = (struct device){ name, mode, rdev, fops, { NULL } };
		STAILQ_INSERT_TAIL(&devices, dev, link);
	}
	if (dev && dev_sb) {
		mutex_lock(&namespace_mutex);
		err = make_node(dev_sb, dev);
		mutex_unlock(&namespace_mutex);
	}
	if (err)
		printk(KERN_ERR "/dev/%s: error %d\n", name, -err);
}
