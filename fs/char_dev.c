// SPDX-License-Identifier: GPL-2.0
/*
 * Which driver a device number means, and the nodes of devtmpfs (Linux:
 * fs/char_dev.c, drivers/base/devtmpfs.c).  Both lists only grow, while the
 * kernel starts or when a driver finds a device; entries are never freed.
 */
#include <fs/vfs.h>
#include <lib/string.h>
#include <mm/slab.h>

struct dev_range {
	unsigned type;			/* S_IFCHR or S_IFBLK */
	unsigned major, minor, count;
	const struct file_operations *fops;
	LIST_ENTRY(dev_range) link;
};

struct dev_node {
	const char *name;
	unsigned mode, rdev;
	STAILQ_ENTRY(dev_node) link;
};

static LIST_HEAD(, dev_range) ranges = LIST_HEAD_INITIALIZER(ranges);
static STAILQ_HEAD(, dev_node) nodes = STAILQ_HEAD_INITIALIZER(nodes);
static struct super_block *dev_sb;	/* the first devtmpfs */

static int add_range(unsigned type, unsigned major, unsigned minor,
		     unsigned count, const struct file_operations *fops)
{
	struct dev_range *r = kmalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return -ENOMEM;
	*r = (struct dev_range){ .type = type, .major = major, .minor = minor,
				 .count = count, .fops = fops };
	LIST_INSERT_HEAD(&ranges, r, link);
	return 0;
}

int register_chrdev(unsigned major, unsigned minor, unsigned count,
		    const struct file_operations *fops)
{
	return add_range(S_IFCHR, major, minor, count, fops);
}

int register_blkdev(unsigned major, unsigned minor, unsigned count,
		    const struct file_operations *fops)
{
	return add_range(S_IFBLK, major, minor, count, fops);
}

const struct file_operations *device_fops(unsigned mode, unsigned rdev)
{
	struct dev_range *r;

	LIST_FOREACH(r, &ranges, link)
		if (r->type == (mode & S_IFMT) && r->major == MAJOR(rdev) &&
		    MINOR(rdev) - r->minor < r->count)
			return r->fops;
	return NULL;
}

static int make_node(struct super_block *sb, const struct dev_node *n)
{
	struct dentry *d;

	d = vfs_mknod(sb->s_root, n->name, strlen(n->name), n->mode, n->rdev);
	if (IS_ERR(d))
		return PTR_ERR(d);
	dput(d);
	return 0;
}

int device_nodes(struct super_block *sb)
{
	struct dev_node *n;
	int err;

	STAILQ_FOREACH(n, &nodes, link) {
		err = make_node(sb, n);
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

int device_add(const char *name, unsigned mode, unsigned rdev)
{
	struct dev_node *n = kmalloc(sizeof(*n), GFP_KERNEL);
	int err = 0;

	if (!n)
		return -ENOMEM;
	*n = (struct dev_node){ .mode = mode, .rdev = rdev,
				.name = kstrdup(name, GFP_KERNEL) };
	if (!n->name) {
		kfree(n);
		return -ENOMEM;
	}
	STAILQ_INSERT_TAIL(&nodes, n, link);
	if (dev_sb) {
		mutex_lock(&namespace_mutex);
		err = make_node(dev_sb, n);
		mutex_unlock(&namespace_mutex);
	}
	return err;
}
