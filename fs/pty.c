// SPDX-License-Identifier: GPL-2.0
/*
 * Pseudo-terminals: /dev/ptmx, each open of which makes a pair, and devpts,
 * where the slaves have their names (pty(7), pts(4), ioctl_tty(2); Linux:
 * drivers/tty/pty.c, fs/devpts/inode.c).  The slave is a terminal like any
 * other (fs/tty.c): what its programs write goes through the line discipline
 * into a ring that the master reads; what the master writes is its input.
 *
 * Keeps true: a pair lives while its master or a slave's file is open, its
 * number is taken so long, and its name is there while the master is open; the
 * master keeps the devpts of its name from being unmounted.  At most NR_PTYS
 * pairs.  Lock: none; nothing sleeps between a look and a change.
 */
#include <arch/uaccess.h>
#include <fs/tty.h>
#include <fs/vfs.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/magic.h>
#include <mm/slab.h>

#define PTY_BUF		8192u	/* bytes on their way to the master */
#define CHUNK		256	/* bytes copied at once */
#define PTMX_DEV	MKDEV(5, 2)
#define PTS_DEV(index)	MKDEV(136, index)

struct pty {
	struct tty tty;			/* the slave */
	unsigned users;			/* the master, and slaves' files */
	bool master;			/* it is open */
	bool locked;			/* TIOCSPTLCK: no slave can be opened */
	bool was_opened;		/* a slave, once */
	struct inode *inode;		/* while the master is open ... */
	struct dentry *root;		/* ... in this devpts */
	u8 out[PTY_BUF];		/* [tail, head), counts */
	unsigned head, tail;
	struct wait_queue wait;		/* the master */
};

static struct pty *ptys[NR_PTYS];

/* ---- between the two sides --------------------------------------------- */

static void put_pty(struct pty *pty)
{
	if (--pty->users)
		return;
	tty_unregister(&pty->tty);
	ptys[MINOR(pty->tty.dev)] = NULL;
	kfree(pty);
}

struct tty *pty_slave(unsigned index)
{
	struct pty *pty = index < NR_PTYS ? ptys[index] : NULL;

	if (!pty || !pty->master || pty->locked)
		return ERR_PTR(-EIO);
	return &pty->tty;
}

bool pty_has_master(const struct pty *pty)
{
	return pty->master;
}

void pty_opened(struct pty *pty)
{
	pty->users++;
	pty->was_opened = true;
}

void pty_closed(struct pty *pty)
{
	wake_up(&pty->wait);
	put_pty(pty);
}

static unsigned pending(const struct pty *pty)
{
	return pty->head - pty->tail;
}

size_t pty_room(const struct pty *pty)
{
	return PTY_BUF - pending(pty);
}

void pty_put(struct pty *pty, const char *bytes, size_t n)
{
	for (n = min(n, pty_room(pty)); n--; pty->head++)
		pty->out[pty->head % PTY_BUF] = *bytes++;
	wake_up(&pty->wait);
}

void pty_wake(struct pty *pty)
{
	wake_up(&pty->wait);
}

void pty_flush(struct pty *pty)
{
	pty->tail = pty->head;
	wake_up(&pty->tty.write_wait);
}

/* ---- the master -------------------------------------------------------- */

/* The last file of the slave was closed: EIO, until it is opened again. */
static bool slave_gone(const struct pty *pty)
{
	return pty->was_opened && !pty->tty.opens;
}

static long ptm_read(struct file *file, void *ubuf, size_t n, u64 *pos)
{
	struct pty *pty = file->private_data;
	size_t done = 0, part;
	int err = wait_for_file(file, &pty->wait,
				pending(pty) || slave_gone(pty));

	if (err || !n)
		return err;
	if (!pending(pty))
		return -EIO;
	while (done < n && pending(pty)) {
		u8 bytes[CHUNK];

		part = min(min(n - done, sizeof(bytes)), (size_t)pending(pty));
		for (size_t i = 0; i < part; i++)
			bytes[i] = pty->out[(pty->tail + i) % PTY_BUF];
		pty->tail += part;
		if (copy_to_user((char *)ubuf + done, bytes, part))
			return done ? (long)done : -EFAULT;
		done += part;
	}
	wake_up(&pty->tty.write_wait);
	return done;
}

static long ptm_write(struct file *file, const void *ubuf, size_t n, u64 *pos)
{
	struct pty *pty = file->private_data;
	size_t done = 0;
	int err = 0;

	while (done < n) {
		u8 bytes[CHUNK];
		size_t part = min(n - done, sizeof(bytes)), i;

		err = wait_for_file(file, &pty->wait,
				    n_tty_has_room(&pty->tty));
		if (!err && copy_from_user(bytes, (const char *)ubuf + done,
					   part))
			err = -EFAULT;
		if (err)
			break;
		for (i = 0; i < part && n_tty_receive(&pty->tty, bytes[i]); i++)
			done++;
		if (signal_pending())
			break;
		cond_resched();
	}
	return done ? (long)done : err;
}

static unsigned ptm_poll(struct file *file, struct poll_table *pt)
{
	struct pty *pty = file->private_data;
	unsigned ready = 0;

	poll_wait(pt, &pty->wait);
	if (pending(pty))
		ready |= POLLIN | POLLRDNORM;
	if (n_tty_has_room(&pty->tty))
		ready |= POLLOUT | POLLWRNORM;
	return slave_gone(pty) ? ready | POLLHUP : ready;
}

/* A descriptor of the slave, whatever leads to its name (TIOCGPTPEER). */
static long open_peer(struct pty *pty, int flags)
{
	char name[16];
	int n = snprintf(name, sizeof(name), "%u", MINOR(pty->tty.dev));
	struct dentry *d __free(dentry) = lookup_name(pty->root, name, n);
	struct file *file;

	if (IS_ERR(d))
		return PTR_ERR(d);
	file = dentry_open(d, flags);
	return IS_ERR(file) ? PTR_ERR(file) :
	       fd_attach(file, flags & O_CLOEXEC);
}

static long ptm_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	struct pty *pty = file->private_data;
	int value;

	switch (cmd) {
	case TIOCGPTN:
		return put_user(MINOR(pty->tty.dev), (unsigned *)arg);
	case TIOCSPTLCK:
		if (get_user(value, (int *)arg))
			return -EFAULT;
		pty->locked = value;
		return 0;
	case TIOCGPTLCK:
		return put_user((int)pty->locked, (int *)arg);
	case TIOCGPTPEER:
		return open_peer(pty, arg);
	case FIONREAD:
		return put_user(pending(pty), (int *)arg);
	case TCFLSH:	/* its input is the slave's output */
		if (arg > TCIOFLUSH)
			return -EINVAL;
		if (arg != TCOFLUSH)
			pty_flush(pty);
		if (arg != TCIFLUSH)
			n_tty_flush(&pty->tty);
		return 0;
	default:
		return tty_do_ioctl(&pty->tty, cmd, arg, true);
	}
}

static void ptm_release(struct file *file)
{
	struct pty *pty = file->private_data;

	pty->master = false;
	tty_hangup(&pty->tty, false);
	iput(pty->inode);
	dput(pty->root);
	put_pty(pty);
}

/* ---- making a pair ----------------------------------------------------- */

/* Where the names are: the devpts that was mounted last. */
static struct super_block *find_devpts(void)
{
	struct super_block *sb = NULL, *found = NULL;

	while ((sb = next_mount(sb)))
		if (sb->s_type->magic == DEVPTS_SUPER_MAGIC)
			found = sb;
	return found;
}

static const struct inode_operations pts_iops;

/* A device's node in devpts, which is not in the tree. */
static struct inode *make_node(struct super_block *sb, unsigned mode,
			       unsigned rdev)
{
	struct inode *inode = new_inode(sb, S_IFCHR | mode, 0);

	if (!inode)
		return NULL;
	inode_init_owner(inode, NULL);
	inode->i_rdev = rdev;
	inode->i_op = &pts_iops;
	return inode;
}

static int ptmx_open(struct inode *ptmx, struct file *file)
{
	struct pty *pty = kzalloc(sizeof(*pty), GFP_KERNEL);
	struct super_block *sb = find_devpts();
	unsigned index;

	if (!pty)
		return -ENOMEM;
	if (!sb) {
		kfree(pty);
		return -ENODEV;
	}
	pty->root = dget(sb->s_root);
	for (index = 0; index < NR_PTYS && ptys[index]; index++)
		;
	if (index < NR_PTYS)
		ptys[index] = pty;	/* before make_node() sleeps */
	else
		goto fail;
	pty->tty.dev = PTS_DEV(index);
	pty->inode = make_node(sb, 0600, pty->tty.dev);
	if (!pty->inode) {
		ptys[index] = NULL;
		goto fail;
	}
	pty->tty.pty = pty;
	pty->users = 1;
	pty->master = pty->locked = true;
	wait_queue_init(&pty->wait);
	tty_register(&pty->tty);
	file->private_data = pty;
	return 0;
fail:
	dput(pty->root);
	kfree(pty);
	return index < NR_PTYS ? -ENOMEM : -ENOSPC;
}

static const struct file_operations ptmx_fops = {
	.open = ptmx_open,
	.release = ptm_release,
	.read = ptm_read,
	.write = ptm_write,
	.lseek = no_lseek,
	.ioctl = ptm_ioctl,
	.poll = ptm_poll,
};

/* ---- devpts ------------------------------------------------------------ */

/* The pair of that name, in this devpts; or NULL. */
static struct pty *visible(const struct super_block *sb, unsigned index)
{
	struct pty *pty = index < NR_PTYS ? ptys[index] : NULL;

	return pty && pty->master && pty->inode->i_sb == sb ? pty : NULL;
}

static int devpts_lookup(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = NULL;
	char name[16];

	for (unsigned i = 0; i < NR_PTYS && !inode; i++) {
		snprintf(name, sizeof(name), "%u", i);
		if (visible(dir->i_sb, i) && !strcmp(name, dentry->d_name))
			inode = igrab(ptys[i]->inode);
	}
	if (!inode && strcmp(dentry->d_name, "ptmx"))
		return -ENOENT;
	if (!inode)
		inode = make_node(dir->i_sb, 0, PTMX_DEV);
	if (!inode)
		return -ENOMEM;
	d_instantiate(dentry, inode);
	return 0;
}

static bool pts_revalidate(struct dentry *dentry)
{
	const struct inode *inode = dentry->d_inode;

	return inode->i_rdev == PTMX_DEV ||
	       (visible(inode->i_sb, MINOR(inode->i_rdev)) &&
		ptys[MINOR(inode->i_rdev)]->inode == inode);
}

/* Positions: 0 ".", 1 "..", 2 ptmx, 3 + index. */
static int devpts_readdir(struct file *file, struct dir_context *ctx)
{
	char name[16] = "ptmx";

	if (!dir_emit_dots(file, ctx))
		return 0;
	for (; ctx->pos < 3 + NR_PTYS; ctx->pos++) {
		if (ctx->pos > 2) {
			if (!visible(file->f_inode->i_sb, ctx->pos - 3))
				continue;
			snprintf(name, sizeof(name), "%lu", ctx->pos - 3);
		}
		if (!ctx->emit(ctx, name, strlen(name), ctx->pos,
			       S_IFCHR >> 12, ctx->pos + 1))
			return 0;
	}
	return 0;
}

static const struct inode_operations pts_iops = {
	.revalidate = pts_revalidate,
};
static const struct inode_operations devpts_iops = {
	.lookup = devpts_lookup,
};
static const struct file_operations devpts_fops = {
	.readdir = devpts_readdir,
};

static int devpts_fill_super(struct super_block *sb, const char *source,
			     const char *options)
{
	struct inode *inode = new_inode(sb, S_IFDIR | 0755, 0);

	if (!inode)
		return -ENOMEM;
	inode->i_op = &devpts_iops;
	inode->i_fop = &devpts_fops;
	inode->i_nlink = 2;
	sb->s_root = d_alloc_pseudo("/", inode);
	return sb->s_root ? 0 : -ENOMEM;
}

static struct file_system_type devpts_type = {
	.name = "devpts",
	.magic = DEVPTS_SUPER_MAGIC,
	.fs_flags = FS_SINGLE,
	.fill_super = devpts_fill_super,
};

void pty_init(void)
{
	register_filesystem(&devpts_type);
	device_add("ptmx", S_IFCHR | 0666, PTMX_DEV, &ptmx_fops);
}
