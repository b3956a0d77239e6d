// SPDX-License-Identifier: GPL-2.0
/*
 * inotify(7): what happens to files and in directories, as events to read
 * (Linux: fs/notify/).
 *
 * A watch is in its group's list and in its inode's, and holds the inode; it
 * goes with the group's file, with inotify_rm_watch, with the inode's last name
 * or with its file system.  What happens is told by fsnotify(): for the inode,
 * and with the name for the directory it is in.
 * No lock: an event is queued without a sleep, so the lists do not change
 * meanwhile; where there is no memory for it, or too many wait, the group gets
 * IN_Q_OVERFLOW.
 */
#include <arch/uaccess.h>
#include <asm/ioctls.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/inotify.h>
#include <mm/slab.h>

#define EVENTS_MAX	16384u		/* of one group */
#define WATCH_BITS	(IN_ALL_EVENTS | IN_ONESHOT | IN_EXCL_UNLINK)
#define ALL_BITS	(WATCH_BITS | IN_UNMOUNT | IN_Q_OVERFLOW |	\
			 IN_IGNORED | IN_ONLYDIR | IN_DONT_FOLLOW |	\
			 IN_MASK_ADD | IN_ISDIR | IN_MASK_CREATE)

struct event {
	TAILQ_ENTRY(event) link;
	struct inotify_event ev;	/* and the name */
};

struct inotify_group {
	TAILQ_HEAD(event_list, event) events;
	unsigned nr_events, bytes;
	struct event *overflow;		/* to be queued; NULL: it is */
	LIST_HEAD(, inotify_watch) watches;
	int last_wd;
	struct wait_queue wq;
	LIST_ENTRY(inotify_group) link;
};

struct inotify_watch {
	struct inotify_group *group;
	struct inode *inode;
	unsigned mask;
	int wd;
	LIST_ENTRY(inotify_watch) in_group, in_inode;
};

static LIST_HEAD(, inotify_group) groups = LIST_HEAD_INITIALIZER(groups);
static unsigned long nr_watches, nr_events;

/* ---- what happens ------------------------------------------------------ */

static bool same_event(const struct event *e, int wd, unsigned mask,
		       const char *name)
{
	return e && !(mask & IN_IGNORED) && e->ev.mask == mask &&
	       e->ev.wd == wd && !e->ev.len == !name &&
	       (!name || !strcmp(e->ev.name, name));
}

/* Names are padded to whole struct inotify_event. */
static void queue_event(struct inotify_group *g, int wd, unsigned mask,
			unsigned cookie, const char *name)
{
	size_t len = name ? ALIGN_UP(strlen(name) + 1,
				     sizeof(struct inotify_event)) : 0;
	struct event *e = NULL;

	if (same_event(TAILQ_LAST(&g->events, event_list), wd, mask, name))
		return;
	if (g->nr_events < EVENTS_MAX && nr_events < totalram_pages)
		e = kzalloc(sizeof(*e) + len, GFP_NOWAIT);
	if (e) {
		e->ev = (struct inotify_event){ .wd = wd, .mask = mask,
						.cookie = cookie, .len = len };
		strlcpy(e->ev.name, name ? name : "", len);
	} else {
		e = g->overflow;
		g->overflow = NULL;
	}
	if (!e)
		return;
	TAILQ_INSERT_TAIL(&g->events, e, link);
	g->bytes += sizeof(e->ev) + e->ev.len;
	g->nr_events++;
	nr_events++;
	wake_up(&g->wq);
}

/* A watch goes, after a last event. */
static void end_watch(struct inotify_watch *w, unsigned mask)
{
	struct inode *inode = w->inode;

	if (w->mask & mask)
		queue_event(w->group, w->wd, mask, 0, NULL);
	queue_event(w->group, w->wd, IN_IGNORED, 0, NULL);
	LIST_REMOVE(w, in_group);
	LIST_REMOVE(w, in_inode);
	inode->i_nr_watches--;
	nr_watches--;
	kfree(w);
	iput(inode);
}

void fsnotify_inode(struct inode *inode, unsigned mask, unsigned cookie,
		    const char *name)
{
	struct inotify_watch *w, *next;

	for (w = LIST_FIRST(&inode->i_watches); w; w = next) {
		next = LIST_NEXT(w, in_inode);
		if (!(w->mask & mask & IN_ALL_EVENTS) ||
		    w->mask & mask & IN_EXCL_UNLINK)
			continue;
		queue_event(w->group, w->wd, mask & ~IN_EXCL_UNLINK, cookie,
			    name);
		if (w->mask & IN_ONESHOT)
			end_watch(w, 0);
	}
}

void fsnotify(struct dentry *d, unsigned mask)
{
	if (!nr_watches)
		return;
	if (S_ISDIR(d->d_inode->i_mode))
		mask |= IN_ISDIR;
	if (d->d_parent != d)	/* who does not want unlinked ones? */
		fsnotify_inode(d->d_parent->d_inode, d->d_hashed ? mask :
			       mask | IN_EXCL_UNLINK, 0, d->d_name);
	fsnotify_inode(d->d_inode, mask, 0, NULL);
}

void fsnotify_move(struct inode *olddir, const char *oldname, struct dentry *d,
		   struct dentry *victim)
{
	static unsigned cookie;
	unsigned dir = S_ISDIR(d->d_inode->i_mode) ? IN_ISDIR : 0;

	fsnotify_inode(olddir, IN_MOVED_FROM | dir, ++cookie, oldname);
	fsnotify_inode(d->d_parent->d_inode, IN_MOVED_TO | dir, cookie,
		       d->d_name);
	if (victim)
		fsnotify_inode(victim->d_inode, IN_ATTRIB | dir, 0, NULL);
	fsnotify_inode(d->d_inode, IN_MOVE_SELF, 0, NULL);
}

void fsnotify_inoderemove(struct inode *inode)
{
	while (!LIST_EMPTY(&inode->i_watches))
		end_watch(LIST_FIRST(&inode->i_watches), IN_DELETE_SELF);
}

void fsnotify_unmount(struct super_block *sb)
{
	struct inotify_group *g;
	struct inotify_watch *w;

again:
	LIST_FOREACH(g, &groups, link)
		LIST_FOREACH(w, &g->watches, in_group)
			if (w->inode->i_sb == sb) {
				end_watch(w, S_ISDIR(w->inode->i_mode) ?
					  IN_UNMOUNT | IN_ISDIR : IN_UNMOUNT);
				goto again;
			}
}

/* ---- the file ---------------------------------------------------------- */

/* The oldest event, if it fits into n bytes: its size, or -errno. */
static long read_event(struct inotify_group *g, char *ubuf, size_t n)
{
	struct event *e = TAILQ_FIRST(&g->events);
	size_t size = sizeof(e->ev) + e->ev.len;
	int err;

	if (n < size)
		return -EINVAL;
	TAILQ_REMOVE(&g->events, e, link);
	g->bytes -= size;
	g->nr_events--;
	nr_events--;
	err = copy_to_user(ubuf, &e->ev, size);
	if (e->ev.mask == IN_Q_OVERFLOW)
		g->overflow = e;
	else
		kfree(e);
	return err ? err : (long)size;
}

static long inotify_read(struct file *f, void *ubuf, size_t n, u64 *pos)
{
	struct inotify_group *g = f->private_data;
	long done = 0, ret;

	do {
		ret = wait_for_file(f, &g->wq, g->bytes);
		while (ret >= 0 && g->bytes) {
			ret = read_event(g, (char *)ubuf + done, n - done);
			done += max(ret, 0l);
		}
	} while (!done && ret >= 0);	/* another reader was quicker */
	return done && ret != -EFAULT ? done : ret;
}

static unsigned inotify_poll(struct file *f, struct poll_table *pt)
{
	struct inotify_group *g = f->private_data;

	poll_wait(pt, &g->wq);
	return g->bytes ? POLLIN | POLLRDNORM : 0;
}

static long inotify_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct inotify_group *g = f->private_data;

	return cmd == FIONREAD ? put_user(g->bytes, (unsigned *)arg) : -ENOTTY;
}

static void free_group(struct inotify_group *g)
{
	struct event *e;

	while ((e = TAILQ_FIRST(&g->events))) {
		TAILQ_REMOVE(&g->events, e, link);
		nr_events--;
		kfree(e);
	}
	kfree(g->overflow);
	kfree(g);
}

static void inotify_release(struct file *f)
{
	struct inotify_group *g = f->private_data;

	while (!LIST_EMPTY(&g->watches))
		end_watch(LIST_FIRST(&g->watches), 0);
	LIST_REMOVE(g, link);
	free_group(g);
}

static const struct file_operations inotify_fops = {
	.read = inotify_read,
	.poll = inotify_poll,
	.ioctl = inotify_ioctl,
	.release = inotify_release,
	.lseek = no_lseek,
};

SYSCALL_DEFINE1(inotify_init1, int, flags)
{
	struct inotify_group *g;
	struct file *f;

	if (flags & ~(IN_CLOEXEC | IN_NONBLOCK))
		return -EINVAL;
	g = kzalloc(sizeof(*g), GFP_KERNEL);
	if (!g)
		return -ENOMEM;
	TAILQ_INIT(&g->events);
	wait_queue_init(&g->wq);
	g->overflow = kzalloc(sizeof(*g->overflow), GFP_KERNEL);
	f = !g->overflow ? ERR_PTR(-ENOMEM) :
	    anon_inode_file("anon_inode:inotify", &inotify_fops, g,
			    O_RDONLY | (flags & O_NONBLOCK));
	if (IS_ERR(f)) {
		free_group(g);
		return PTR_ERR(f);
	}
	g->overflow->ev.wd = -1;
	g->overflow->ev.mask = IN_Q_OVERFLOW;
	LIST_INSERT_HEAD(&groups, g, link);
	return fd_attach(f, flags & O_CLOEXEC);
}

SYSCALL_AS(inotify_init, inotify_init1, 0)

static struct inotify_watch *find_watch(struct inotify_group *g, int wd,
					const struct inode *inode)
{
	struct inotify_watch *w;

	LIST_FOREACH(w, &g->watches, in_group)
		if (w->wd == wd || w->inode == inode)
			return w;
	return NULL;
}

static long new_watch(struct inotify_group *g, struct inode *inode,
		      unsigned mask)
{
	struct inotify_watch *w = NULL;

	if (nr_watches >= totalram_pages / 8 || g->last_wd == INT32_MAX)
		return -ENOSPC;
	w = kzalloc(sizeof(*w), GFP_NOWAIT);
	if (!w)
		return -ENOMEM;
	w->group = g;
	w->inode = igrab(inode);
	w->mask = mask;
	w->wd = ++g->last_wd;
	LIST_INSERT_HEAD(&g->watches, w, in_group);
	LIST_INSERT_HEAD(&inode->i_watches, w, in_inode);
	inode->i_nr_watches++;
	nr_watches++;
	return w->wd;
}

SYSCALL_DEFINE3(inotify_add_watch, unsigned, fd, const char *, path,
		unsigned, mask)
{
	struct file *f __free(file) = NULL;
	struct dentry *d __free(dentry) = NULL;
	struct inotify_watch *w;
	int err;

	if ((mask & ~ALL_BITS) || !mask)
		return -EINVAL;
	f = fget(fd);
	if (!f)
		return -EBADF;
	if ((mask & IN_MASK_ADD && mask & IN_MASK_CREATE) ||
	    f->f_op != &inotify_fops)
		return -EINVAL;
	d = user_path(AT_FDCWD, path,
		      (mask & IN_DONT_FOLLOW ? 0 : LOOKUP_FOLLOW) |
		      (mask & IN_ONLYDIR ? LOOKUP_DIRECTORY : 0));
	if (IS_ERR(d))
		return PTR_ERR(d);
	err = inode_permission(d->d_inode, MAY_READ);
	if (err)
		return err;
	w = find_watch(f->private_data, 0, d->d_inode);
	if (w && mask & IN_MASK_CREATE)
		return -EEXIST;
	if (!w)
		return new_watch(f->private_data, d->d_inode,
				 (mask & WATCH_BITS) | IN_UNMOUNT);
	w->mask = (mask & IN_MASK_ADD ? w->mask : IN_UNMOUNT) |
		  (mask & WATCH_BITS);
	return w->wd;
}

SYSCALL_DEFINE2(inotify_rm_watch, unsigned, fd, int, wd)
{
	struct file *f __free(file) = fget(fd);
	struct inotify_watch *w;

	if (!f)
		return -EBADF;
	if (f->f_op != &inotify_fops)
		return -EINVAL;
	w = find_watch(f->private_data, wd, NULL);
	if (!w)
		return -EINVAL;
	end_watch(w, 0);
	return 0;
}
