// SPDX-License-Identifier: GPL-2.0
/*
 * Advisory locks: fcntl(2)'s on ranges of bytes and flock(2)'s on whole files
 * (Linux: fs/locks.c).
 *
 * An inode's locks lie in two lists, made with its first lock.  A range
 * belongs to a descriptor table ("the process") or, F_OFD_*, to an open file;
 * a flock to an open file.  An owner's ranges stand together, sorted; they
 * never overlap, and those of one type that touch are one.
 * Keeps true: locks of two owners that overlap are both read locks; a table's
 * ranges go when it closes any file of the inode, an open file's locks when it
 * is released.
 *
 * No lock: everything changes without a sleep in between; memory is allocated
 * before anything is looked at.  Who waits looks anew whenever something goes,
 * so whom he waits for is always the owner of the first conflicting lock now.
 */
#include <arch/uaccess.h>
#include <fs/proc.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <mm/slab.h>

#define OFFSET_MAX INT64_MAX
#define MAX_DEADLK_ITERATIONS 10

enum lock_kind { KIND_POSIX, KIND_OFD, KIND_FLOCK };

struct file_lock {
	TAILQ_ENTRY(file_lock) link;	/* in its inode's list */
	TAILQ_ENTRY(file_lock) all;	/* in all_locks, or in waiting */
	struct inode *inode;
	const void *owner;
	enum lock_kind kind;
	short type;			/* F_RDLCK, F_WRLCK, F_UNLCK */
	int pid;
	s64 start, end;			/* end included */
	const struct file_lock *blocker; /* of one in waiting: for show_lock */
};
TAILQ_HEAD(lock_list, file_lock);

struct file_lock_context {
	struct lock_list posix, flock;
	struct wait_queue wq;
};

static struct kmem_cache lock_cache = KMEM_CACHE(struct file_lock);
static struct lock_list all_locks = TAILQ_HEAD_INITIALIZER(all_locks);
static struct lock_list waiting = TAILQ_HEAD_INITIALIZER(waiting);
static unsigned long nr_locks;

/* ---- locks in lists ---------------------------------------------------- */

static struct file_lock_context *get_context(struct inode *inode)
{
	struct file_lock_context *c;

	if (inode->i_flctx)
		return inode->i_flctx;
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c || inode->i_flctx) {	/* another task was quicker */
		kfree(c);
		return inode->i_flctx;
	}
	TAILQ_INIT(&c->posix);
	TAILQ_INIT(&c->flock);
	wait_queue_init(&c->wq);
	return inode->i_flctx = c;
}

static struct lock_list *list_of(const struct file_lock *l)
{
	struct file_lock_context *c = l->inode->i_flctx;

	return l->kind == KIND_FLOCK ? &c->flock : &c->posix;
}

/* A copy in no list.  NULL: no memory, or as many as there may be. */
static struct file_lock *copy_lock(const struct file_lock *l)
{
	struct file_lock *new = NULL;

	if (nr_locks < totalram_pages / 4)
		new = kmem_cache_alloc(&lock_cache, GFP_KERNEL);
	if (!new)
		return NULL;
	nr_locks++;
	*new = *l;
	return new;
}

static void free_lock(struct file_lock *l)
{
	if (!l)
		return;
	nr_locks--;
	kmem_cache_free(&lock_cache, l);
}

static void delete_lock(struct file_lock *l)
{
	TAILQ_REMOVE(list_of(l), l, link);
	TAILQ_REMOVE(&all_locks, l, all);
	wake_up(&l->inode->i_flctx->wq);
	free_lock(l);
}

/* The first lock that a request has to wait for, or NULL. */
static struct file_lock *find_conflict(const struct file_lock *req)
{
	struct file_lock *l;

	TAILQ_FOREACH(l, list_of(req), link)
		if (l->owner != req->owner && l->start <= req->end &&
		    req->start <= l->end &&
		    (l->type == F_WRLCK || req->type == F_WRLCK))
			return l;
	return NULL;
}

/* Until nothing conflicts: 0 or -ERESTARTSYS. */
static int wait_for_lock(struct file_lock *req)
{
	int ret;

	TAILQ_INSERT_TAIL(&waiting, req, all);
	ret = wait_event_interruptible(&req->inode->i_flctx->wq,
				       !find_conflict(req));
	TAILQ_REMOVE(&waiting, req, all);
	return ret;
}

/* ---- ranges ------------------------------------------------------------ */

/* Whom a process waits for. */
static struct file_lock *blocker_of(const void *owner)
{
	struct file_lock *w;

	TAILQ_FOREACH(w, &waiting, all)
		if (w->kind == KIND_POSIX && w->owner == owner)
			return find_conflict(w);
	return NULL;
}

/* Would waiting for `l` close a circle of processes? */
static bool would_deadlock(const struct file_lock *req,
			   const struct file_lock *l)
{
	for (int i = 0; i <= MAX_DEADLK_ITERATIONS; i++) {
		if (!l || l->kind != KIND_POSIX || req->kind != KIND_POSIX)
			return false;
		l = blocker_of(l->owner);
		if (l && l->owner == req->owner)
			return true;
	}
	return false;
}

/* Take [start, end] out of what an owner has locked.  A lock may become two:
 * the second is *spare, which is NULL then. */
static void cut_range(struct inode *inode, const void *owner, s64 start,
		      s64 end, struct file_lock **spare)
{
	struct lock_list *list = &inode->i_flctx->posix;
	struct file_lock *l, *next, *rest;

	TAILQ_FOREACH_SAFE(l, list, link, next) {
		if (l->owner != owner || l->end < start || l->start > end)
			continue;
		if (l->start >= start && l->end <= end) {
			delete_lock(l);
		} else if (l->start >= start) {
			l->start = end + 1;
		} else if (l->end <= end) {
			l->end = start - 1;
		} else {
			rest = *spare;
			*spare = NULL;
			*rest = *l;
			rest->start = end + 1;
			l->end = start - 1;
			TAILQ_INSERT_AFTER(list, l, rest, link);
			TAILQ_INSERT_HEAD(&all_locks, rest, all);
		}
	}
	wake_up(&inode->i_flctx->wq);
}

static bool joins(const struct file_lock *l, const struct file_lock *next)
{
	return l && next && l->owner == next->owner && l->type == next->type &&
	       l->end + 1 == next->start;
}

/* Enter a range that its owner has not locked. */
static void add_range(struct file_lock *new)
{
	struct lock_list *list = list_of(new);
	struct file_lock *l, *prev, *next;
	bool mine = false;

	TAILQ_FOREACH(l, list, link) {
		mine = mine || l->owner == new->owner;
		if (mine && (l->owner != new->owner || l->start > new->start))
			break;
	}
	if (l)
		TAILQ_INSERT_BEFORE(l, new, link);
	else
		TAILQ_INSERT_TAIL(list, new, link);
	TAILQ_INSERT_HEAD(&all_locks, new, all);
	prev = TAILQ_PREV(new, lock_list, link);
	next = TAILQ_NEXT(new, link);
	if (joins(prev, new)) {
		new->start = prev->start;
		delete_lock(prev);
	}
	if (joins(new, next)) {
		new->end = next->end;
		delete_lock(next);
	}
}

static int posix_lock(struct file_lock *req, bool wait)
{
	struct file_lock *new = copy_lock(req), *spare = copy_lock(req), *l;
	int err = 0;

	/* Unlocking everything needs neither. */
	if ((!new || !spare) && (req->type != F_UNLCK || req->start ||
				 req->end != OFFSET_MAX))
		err = -ENOLCK;
	while (!err && req->type != F_UNLCK && (l = find_conflict(req))) {
		if (!wait)
			err = -EAGAIN;
		else if (would_deadlock(req, l))
			err = -EDEADLK;
		else
			err = wait_for_lock(req);
	}
	if (!err) {
		cut_range(req->inode, req->owner, req->start, req->end, &spare);
		if (req->type != F_UNLCK) {
			add_range(new);
			new = NULL;
		}
	}
	free_lock(new);
	free_lock(spare);
	return err;
}

/* ---- fcntl ------------------------------------------------------------- */

/* The range that *fl means in a file. */
static int to_range(struct file *f, const struct flock *fl,
		    struct file_lock *l)
{
	switch (fl->l_whence) {
	case SEEK_SET:
		l->start = 0;
		break;
	case SEEK_CUR:
		l->start = f->f_pos;
		break;
	case SEEK_END:
		l->start = f->f_inode->i_data.size;
		break;
	default:
		return -EINVAL;
	}
	if (fl->l_start > OFFSET_MAX - l->start)
		return -EOVERFLOW;
	l->start += fl->l_start;
	if (l->start < 0)
		return -EINVAL;
	l->end = OFFSET_MAX;
	if (fl->l_len > 0) {
		if (fl->l_len - 1 > OFFSET_MAX - l->start)
			return -EOVERFLOW;
		l->end = l->start + fl->l_len - 1;
	} else if (fl->l_len < 0) {
		if (l->start + fl->l_len < 0)
			return -EINVAL;
		l->end = l->start - 1;
		l->start += fl->l_len;
	}
	return 0;
}

static int to_lock(struct file *f, const struct flock *fl, bool ofd,
		   struct file_lock *l)
{
	int err;

	*l = (struct file_lock){
		.inode = f->f_inode,
		.kind = ofd ? KIND_OFD : KIND_POSIX,
		.owner = ofd ? (void *)f : (void *)current->files,
		.pid = ofd ? -1 : current->tgid,
		.type = fl->l_type,
	};
	err = to_range(f, fl, l);
	if (!err && (unsigned short)fl->l_type > F_UNLCK)
		err = -EINVAL;
	return err;
}

static long getlk(struct file *f, bool ofd, struct flock *fl)
{
	struct file_lock req, *l = NULL;
	int err;

	if (fl->l_type != F_RDLCK && fl->l_type != F_WRLCK)
		return -EINVAL;
	err = to_lock(f, fl, ofd, &req);
	if (!err && ofd && fl->l_pid)
		err = -EINVAL;
	if (err)
		return err;
	if (f->f_inode->i_flctx)
		l = find_conflict(&req);
	fl->l_type = F_UNLCK;
	if (l)
		*fl = (struct flock){
			.l_type = l->type, .l_pid = l->pid, .l_start = l->start,
			.l_len = l->end == OFFSET_MAX ? 0 :
				 l->end - l->start + 1,
		};
	return 0;
}

static long setlk(unsigned fd, struct file *f, bool ofd, bool wait,
		  const struct flock *fl)
{
	struct file *now __free(file) = NULL;
	struct file_lock req;
	int err = to_lock(f, fl, ofd, &req);

	if (err)
		return err;
	if ((req.type == F_RDLCK && !(f->f_mode & FMODE_READ)) ||
	    (req.type == F_WRLCK && !(f->f_mode & FMODE_WRITE)))
		return -EBADF;
	if (ofd && fl->l_pid)
		return -EINVAL;
	if (!get_context(req.inode))
		return req.type == F_UNLCK ? 0 : -ENOLCK;
	err = posix_lock(&req, wait);
	if (err || ofd || req.type == F_UNLCK)
		return err;
	now = fget(fd);
	if (now == f)
		return 0;
	/* Closed while it waited: nobody would remove the lock. */
	locks_remove_posix(f, current->files);
	return -EBADF;
}

long fcntl_lock(unsigned fd, struct file *f, unsigned cmd, struct flock *ufl)
{
	bool ofd = cmd >= F_OFD_GETLK;
	struct flock fl;
	long ret;

	if (copy_from_user(&fl, ufl, sizeof(fl)))
		return -EFAULT;
	if (cmd != F_GETLK && cmd != F_OFD_GETLK)
		return setlk(fd, f, ofd, cmd == F_SETLKW ||
			     cmd == F_OFD_SETLKW, &fl);
	ret = getlk(f, ofd, &fl);
	return ret ? ret : copy_to_user(ufl, &fl, sizeof(fl));
}

/* ---- flock ------------------------------------------------------------- */

/* The lock of an open file goes first, whatever becomes of the new one; true
 * if it is the wanted one. */
static bool give_up_other(const struct file_lock *req)
{
	struct file_lock *l;

	TAILQ_FOREACH(l, list_of(req), link)
		if (l->owner == req->owner)
			break;
	if (l && l->type == req->type)
		return true;
	if (l)
		delete_lock(l);
	return req->type == F_UNLCK;
}

static int flock_lock(struct file_lock *req, bool wait)
{
	struct file_lock *new = NULL;
	int err = 0;

	if (!get_context(req->inode))
		return -ENOMEM;
	if (req->type != F_UNLCK) {
		new = copy_lock(req);
		if (!new)
			return -ENOMEM;
	}
	while (!err) {
		if (give_up_other(req))
			break;
		if (!find_conflict(req)) {
			TAILQ_INSERT_TAIL(list_of(new), new, link);
			TAILQ_INSERT_HEAD(&all_locks, new, all);
			return 0;
		}
		err = wait ? wait_for_lock(req) : -EAGAIN;
	}
	free_lock(new);
	return err;
}

SYSCALL_DEFINE2(flock, unsigned, fd, unsigned, cmd)
{
	static const short types[] = { [LOCK_SH] = F_RDLCK, [LOCK_EX] = F_WRLCK,
				       [LOCK_UN] = F_UNLCK };
	unsigned what = cmd & ~LOCK_NB;
	struct file *f __free(file) = NULL;

	if (cmd & LOCK_MAND)		/* had no effect in the end */
		return 0;
	if (what != LOCK_SH && what != LOCK_EX && what != LOCK_UN)
		return -EINVAL;
	f = fget(fd);
	if (!f || (what != LOCK_UN &&
		   !(f->f_mode & (FMODE_READ | FMODE_WRITE))))
		return -EBADF;
	return flock_lock(&(struct file_lock){
		.inode = f->f_inode, .owner = f, .kind = KIND_FLOCK,
		.type = types[what], .pid = current->tgid,
		.end = OFFSET_MAX }, !(cmd & LOCK_NB));
}

/* ---- the end of files -------------------------------------------------- */

void locks_remove_posix(struct file *f, const void *owner)
{
	if (f->f_inode->i_flctx)
		cut_range(f->f_inode, owner, 0, OFFSET_MAX, NULL);
}

void locks_remove_file(struct file *f)
{
	locks_remove_posix(f, f);
	if (f->f_inode->i_flctx)
		give_up_other(&(struct file_lock){
			.inode = f->f_inode, .owner = f, .kind = KIND_FLOCK,
			.type = F_UNLCK });
}

void locks_free_context(struct inode *inode)
{
	kfree(inode->i_flctx);
}

/* ---- /proc/locks ------------------------------------------------------- */

static void show_lock(struct seq_file *m, unsigned n, const char *arrow,
		      const struct file_lock *l)
{
	static const char *const kinds[] = { "POSIX ", "OFDLCK", "FLOCK " };
	unsigned dev = l->inode->i_sb->s_dev;

	seq_printf(m, "%u: %s%s ADVISORY  %s %d %02x:%02x:%lu ", n, arrow,
		   kinds[l->kind], l->type == F_WRLCK ? "WRITE" : "READ",
		   l->pid, MAJOR(dev), MINOR(dev), l->inode->i_ino);
	if (l->end == OFFSET_MAX)
		seq_printf(m, "%ld EOF\n", l->start);
	else
		seq_printf(m, "%ld %ld\n", l->start, l->end);
}

/* The room for all lines is made before the first. */
int proc_locks_show(struct seq_file *m, struct proc_node *node)
{
	enum { LINE = 128 };
	struct file_lock *l, *w;
	unsigned long room;
	unsigned n = 0;

	do {
		room = nr_locks + nr_tasks;
		if (seq_reserve(m, room * LINE))
			return -ENOMEM;
	} while (nr_locks + nr_tasks > room);
	TAILQ_FOREACH(w, &waiting, all)
		w->blocker = find_conflict(w);
	TAILQ_FOREACH(l, &all_locks, all) {
		show_lock(m, ++n, "", l);
		TAILQ_FOREACH(w, &waiting, all)
			if (w->blocker == l)
				show_lock(m, n, "-> ", w);
	}
	return 0;
}
