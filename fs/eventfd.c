// SPDX-License-Identifier: GPL-2.0
/*
 * Files that are no more than operations and private data, and the one we
 * have: eventfd(2) (Linux: fs/anon_inodes.c, fs/eventfd.c).  A counter changes
 * without a sleep in between; the copies to and from user memory happen
 * before and after.
 */
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/magic.h>
#include <mm/slab.h>

static struct file_system_type anon_type = {
	.name = "anon_inodefs",
	.magic = ANON_INODE_FS_MAGIC,
};
static struct super_block *anon_sb;

int anon_inode_init(void)
{
	anon_sb = kern_mount(&anon_type);
	return IS_ERR(anon_sb) ? PTR_ERR(anon_sb) : 0;
}

struct file *anon_inode_file(const char *name, const struct file_operations *op,
			     void *private, unsigned flags)
{
	struct inode *inode = new_inode(anon_sb, 0600, 0);
	struct dentry *d __free(dentry) = NULL;
	struct file *f;

	if (inode)
		d = d_alloc_pseudo(name, inode);
	if (!d)
		return ERR_PTR(-ENOMEM);
	f = alloc_file(d, flags, op);
	if (!IS_ERR(f))
		f->private_data = private;
	return f;
}

/* ---- eventfd ----------------------------------------------------------- */

#define EFD_SEMAPHORE 1		/* no UAPI header of 6.1 has it */
#define COUNT_MAX (UINT64_MAX - 1)

struct eventfd {
	u64 count;
	bool semaphore;
	struct wait_queue wq;
};

static long eventfd_read(struct file *f, void *ubuf, size_t n, u64 *pos)
{
	struct eventfd *e = f->private_data;
	u64 value;
	int err;

	if (n < sizeof(value))
		return -EINVAL;
	err = wait_for_file(f, &e->wq, e->count);
	if (err)
		return err;
	value = e->semaphore ? 1 : e->count;
	e->count -= value;
	wake_up_poll(&e->wq, POLLOUT | POLLWRNORM);
	return put_user(value, (u64 *)ubuf) ?: (long)sizeof(value);
}

static long eventfd_write(struct file *f, const void *ubuf, size_t n, u64 *pos)
{
	struct eventfd *e = f->private_data;
	u64 value;
	int err;

	if (n < sizeof(value))
		return -EINVAL;
	if (get_user(value, (const u64 *)ubuf))
		return -EFAULT;
	if (value == UINT64_MAX)
		return -EINVAL;
	err = wait_for_file(f, &e->wq, COUNT_MAX - e->count >= value);
	if (err)
		return err;
	e->count += value;
	wake_up_poll(&e->wq, POLLIN | POLLRDNORM);
	return sizeof(value);
}

static unsigned eventfd_poll(struct file *f, struct poll_table *pt)
{
	struct eventfd *e = f->private_data;

	poll_wait(pt, &e->wq);
	return (e->count ? POLLIN | POLLRDNORM : 0) |
	       (e->count < COUNT_MAX ? POLLOUT | POLLWRNORM : 0);
}

static void eventfd_release(struct file *f)
{
	kfree(f->private_data);
}

static const struct file_operations eventfd_fops = {
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.release = eventfd_release,
	.lseek = no_lseek,
};

SYSCALL_DEFINE2(eventfd2, unsigned, count, int, flags)
{
	struct eventfd *e;
	struct file *f;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | EFD_SEMAPHORE))
		return -EINVAL;
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return -ENOMEM;
	e->count = count;
	e->semaphore = flags & EFD_SEMAPHORE;
	wait_queue_init(&e->wq);
	f = anon_inode_file("anon_inode:[eventfd]", &eventfd_fops, e,
			    O_RDWR | (flags & O_NONBLOCK));
	if (IS_ERR(f)) {
		kfree(e);
		return PTR_ERR(f);
	}
	return fd_attach(f, flags & O_CLOEXEC);
}

SYSCALL_AS(eventfd, eventfd2, a)
