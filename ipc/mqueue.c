// SPDX-License-Identifier: GPL-2.0
/*
 * POSIX message queues (Linux: ipc/mqueue.c; mq_overview(7)).
 *
 * A queue is an inode of a file system that is mounted nowhere: it has the
 * owner and the permissions; `queues` has the names.  A descriptor is an open
 * file of it, so an unlinked queue lives until the last close.  Messages are
 * kept highest priority first, of equal ones the oldest.  Sleepers of both
 * kinds share the file's wait queue and look again when they are woken.
 *
 * Keeps true: curmsgs is the length of the list, and at most maxmsg; what the
 * queues of one user may come to hold fitted RLIMIT_MSGQUEUE when each was
 * made.  Nothing sleeps between test and change.
 */
#include <arch/clock.h>
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <ipc/ipc.h>
#include <ipc/proc.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <lib/string.h>
#include <linux/magic.h>
#include <linux/mqueue.h>

#define MQUEUE_MAGIC	0x19800202	/* in no UAPI header */
#define HARD_MSGMAX	65536		/* root's limits */
#define HARD_MSGSIZEMAX (16 << 20)
#define FILENT_SIZE	80		/* st_size, as on Linux */
/* Linux's bookkeeping, which counts against the limit: struct msg_msg for each
 * message, struct posix_msg_tree_node for each priority. */
#define NODE_SIZE	48ul
#define NEVER		UINT64_MAX

struct mqueue {
	LIST_ENTRY(mqueue) link;	/* in queues, as long as it lives */
	struct dentry *dentry;		/* its name; NULL: unlinked */
	struct mq_attr attr;
	struct msg_list messages;	/* `type` is the priority */
	struct wait_queue wq;
	unsigned receivers;		/* asleep, or not yet awake */
	u32 uid;			/* who made it, and is charged ... */
	size_t bytes;			/* ... with this */
	int notify;			/* SIGEV_*; who wants to be told: */
	int notify_sig, owner;		/* owner 0: nobody */
	u64 owner_start;		/* its start_ns: a number is reused */
	sigval_t notify_value;
};

int mq_queues_max = 256, mq_msg_max = 10, mq_msgsize_max = 8192;
int mq_msg_default = 10, mq_msgsize_default = 8192;

static LIST_HEAD(, mqueue) queues = LIST_HEAD_INITIALIZER(queues);
static int nr_queues;
static struct super_block *mq_sb;
static const struct file_operations mqueue_fops;

/* ---- the file system --------------------------------------------------- */

static void mqueue_evict(struct inode *inode)
{
	struct mqueue *q = inode->i_private;

	if (!q)
		return;
	LIST_REMOVE(q, link);
	nr_queues--;
	free_msgs(&q->messages);
	ipc_free(q);
}

static const struct super_operations mqueue_sops = {
	.evict_inode = mqueue_evict,
};

static int mqueue_fill(struct super_block *sb, const char *source,
		       const char *options)
{
	sb->s_op = &mqueue_sops;
	return 0;
}

static struct file_system_type mqueue_type = {
	.name = "mqueue",
	.magic = MQUEUE_MAGIC,
	.fill_super = mqueue_fill,
};

int mqueue_init(void)
{
	mq_sb = kern_mount(&mqueue_type);
	return PTR_ERR_OR_ZERO(mq_sb);
}

/* ---- mq_open, mq_unlink ------------------------------------------------ */

static struct mqueue *find_queue(const char *name)
{
	struct mqueue *q;

	LIST_FOREACH(q, &queues, link)
		if (q->dentry && !strcmp(q->dentry->d_name + 1, name))
			break;
	return q;
}

/* Attributes given (NULL: the default ones) to *a: 0, -EINVAL. */
static int decide_attr(struct mq_attr *a, const struct mq_attr *given)
{
	bool root = capable(CAP_SYS_RESOURCE);

	*a = (struct mq_attr){
		.mq_maxmsg = min(mq_msg_max, mq_msg_default),
		.mq_msgsize = min(mq_msgsize_max, mq_msgsize_default),
	};
	if (!given)
		return 0;
	a->mq_maxmsg = given->mq_maxmsg;
	a->mq_msgsize = given->mq_msgsize;
	if (a->mq_maxmsg <= 0 || a->mq_msgsize <= 0 ||
	    a->mq_maxmsg > (root ? HARD_MSGMAX : mq_msg_max) ||
	    a->mq_msgsize > (root ? HARD_MSGSIZEMAX : mq_msgsize_max))
		return -EINVAL;
	return 0;
}

static size_t bytes_of_user(u32 uid)
{
	struct mqueue *q;
	size_t n = 0;

	LIST_FOREACH(q, &queues, link)
		n += q->uid == uid ? q->bytes : 0;
	return n;
}

/* A queue of its own, not yet in `queues`. */
static struct mqueue *alloc_queue(const struct mq_attr *attr)
{
	size_t prios = min(attr->mq_maxmsg, MQ_PRIO_MAX + 0l);
	size_t bytes = attr->mq_maxmsg * (attr->mq_msgsize + NODE_SIZE) +
		       prios * NODE_SIZE;
	struct mqueue *q;

	q = ipc_alloc(sizeof(*q));
	if (!q)
		return ERR_PTR(-ENOMEM);
	/* Nothing sleeps from here until the queue is in `queues`. */
	if (bytes_of_user(current->uid) + bytes > rlimit(RLIMIT_MSGQUEUE)) {
		ipc_free(q);
		return ERR_PTR(-EMFILE);
	}
	q->attr = *attr;
	q->uid = current->uid;
	q->bytes = bytes;
	TAILQ_INIT(&q->messages);
	wait_queue_init(&q->wq);
	return q;
}

/* 0; -EEXIST: somebody else made it while we slept. */
static int make_queue(const char *name, unsigned mode,
		      const struct mq_attr *given)
{
	char path[NAME_MAX + 2];
	struct dentry *d __free(dentry) = NULL;
	struct mq_attr attr;
	struct inode *inode;
	struct mqueue *q;

	if (nr_queues >= mq_queues_max && !capable(CAP_SYS_RESOURCE))
		return -ENOSPC;
	if (decide_attr(&attr, given))
		return -EINVAL;
	snprintf(path, sizeof(path), "/%s", name);
	inode = new_inode(mq_sb, S_IFREG | (mode & S_IRWXUGO), 0);
	if (inode)
		d = d_alloc_pseudo(path, inode);
	if (!d)
		return -ENOMEM;
	inode_init_owner(inode, NULL);
	inode->i_fop = &mqueue_fops;
	inode->i_data.size = FILENT_SIZE;
	q = alloc_queue(&attr);
	if (IS_ERR(q))
		return PTR_ERR(q);
	if (find_queue(name)) {
		ipc_free(q);
		return -EEXIST;
	}
	q->dentry = dget(d);
	inode->i_private = q;
	LIST_INSERT_HEAD(&queues, q, link);
	nr_queues++;
	return 0;
}

static int may_open(const struct mqueue *q, int oflag)
{
	static const unsigned acc[] = { MAY_READ, MAY_WRITE,
					MAY_READ | MAY_WRITE };

	if ((oflag & O_CREAT) && (oflag & O_EXCL))
		return -EEXIST;
	if ((oflag & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	return inode_permission(q->dentry->d_inode, acc[oflag & O_ACCMODE]);
}

static struct file *open_queue(const char *name, int oflag, unsigned mode,
			       const struct mq_attr *attr)
{
	struct dentry *d __free(dentry) = NULL;
	struct mqueue *q;
	int err;

	if (strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		return ERR_PTR(-EACCES);
	if (strlen(name) > NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	do {
		q = find_queue(name);
		if (q)
			err = may_open(q, oflag);
		else
			err = oflag & O_CREAT ?
				make_queue(name, mode, attr) : -ENOENT;
	} while (!q && err == -EEXIST);
	if (err)
		return ERR_PTR(err);
	if (!q)
		q = find_queue(name);	/* made, and nothing slept since */
	d = dget(q->dentry);
	return dentry_open(d, oflag & (O_ACCMODE | O_NONBLOCK));
}

SYSCALL_DEFINE4(mq_open, const char *, uname, int, oflag, unsigned, mode,
		const struct mq_attr *, uattr)
{
	char *name __free(memory) = NULL;
	struct mq_attr attr;
	struct file *f;
	int fd;

	if (uattr && get_user(attr, uattr))
		return -EFAULT;
	name = getname(uname, 0);
	if (IS_ERR(name))
		return PTR_ERR(name);
	fd = alloc_fd(0, true);
	if (fd < 0)
		return fd;
	f = open_queue(name, oflag, mode & ~current->fs->umask,
		       uattr ? &attr : NULL);
	if (IS_ERR(f)) {
		put_unused_fd(fd);
		return PTR_ERR(f);
	}
	fd_install(fd, f);
	return fd;
}

/* The directory of all queues would be root's, with the sticky bit. */
SYSCALL_DEFINE1(mq_unlink, const char *, uname)
{
	char *name __free(memory) = getname(uname, 0);
	struct mqueue *q;
	struct dentry *d;

	if (IS_ERR(name))
		return PTR_ERR(name);
	if (strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		return -EACCES;
	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	q = find_queue(name);
	if (!q)
		return -ENOENT;
	d = q->dentry;
	if (!inode_owner_or_capable(d->d_inode))
		return -EPERM;
	d->d_inode->i_nlink--;
	q->dentry = NULL;
	dput(d);
	return 0;
}

/* ---- mq_notify --------------------------------------------------------- */

/* Who is to be told, or NULL; forgotten if it is no more. */
static struct task_struct *notify_owner(struct mqueue *q)
{
	struct task_struct *t = q->owner ? find_task(q->owner) : NULL;

	if (t && t->start_ns == q->owner_start && !is_zombie_group(t))
		return t;
	q->owner = 0;
	return NULL;
}

/* A message came to an empty queue for which nobody waited.  Once. */
static void do_notify(struct mqueue *q)
{
	struct task_struct *t = notify_owner(q);
	kernel_siginfo_t info = { .si_signo = q->notify_sig,
				  .si_code = SI_MESGQ };

	if (!t)
		return;
	info.si_pid = current->tgid;
	info.si_uid = current->uid;
	info.si_value = q->notify_value;
	q->owner = 0;
	if (q->notify == SIGEV_SIGNAL && q->notify_sig)
		send_sig_info(t, q->notify_sig, &info);
}

static struct file *mqueue_fget(int fd)
{
	struct file *f = fget(fd);

	if (f && f->f_op == &mqueue_fops)
		return f;
	if (f)
		fput(f);
	return ERR_PTR(-EBADF);
}

static struct mqueue *queue_of(struct file *f)
{
	return f->f_inode->i_private;
}

/* Signal 0 is none, and allowed. */
static bool event_valid(const sigevent_t *e)
{
	return e->sigev_notify == SIGEV_NONE ||
	       (e->sigev_notify == SIGEV_SIGNAL &&
		(!e->sigev_signo || valid_signal(e->sigev_signo)));
}

/* SIGEV_THREAD tells a netlink socket, and there are none. */
SYSCALL_DEFINE2(mq_notify, int, fd, const sigevent_t *, uevent)
{
	struct file *f __free(file) = NULL;
	struct mqueue *q;
	sigevent_t event;

	if (uevent && get_user(event, uevent))
		return -EFAULT;
	if (uevent && event.sigev_notify == SIGEV_THREAD)
		return -EBADF;
	if (uevent && !event_valid(&event))
		return -EINVAL;
	f = mqueue_fget(fd);
	if (IS_ERR(f))
		return PTR_ERR(f);
	q = queue_of(f);
	if (!uevent) {
		if (notify_owner(q) == current->leader)
			q->owner = 0;
		return 0;
	}
	if (notify_owner(q))
		return -EBUSY;
	q->notify = event.sigev_notify;
	q->notify_sig = event.sigev_signo;
	q->notify_value = event.sigev_value;
	q->owner = current->tgid;
	q->owner_start = current->leader->start_ns;
	return 0;
}

/* ---- sending and receiving --------------------------------------------- */

static bool mq_ready(const struct mqueue *q, bool send)
{
	return send ? q->attr.mq_curmsgs < q->attr.mq_maxmsg :
		      q->attr.mq_curmsgs > 0;
}

/* Until a message can be sent, or received: 0 or -errno. */
static int wait_mq(struct file *f, bool send, u64 until)
{
	struct mqueue *q = queue_of(f);
	struct waiter w = { .task = current };
	unsigned long flags;
	u64 now;

	while (!mq_ready(q, send)) {
		if (f->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (signal_pending())
			return -ERESTARTSYS;
		now = clock_monotonic_ns();
		if (now >= until)
			return -ETIMEDOUT;
		flags = irq_save();
		q->receivers += !send;
		TAILQ_INSERT_TAIL(&q->wq.waiters, &w, link);
		sleep_ns(until == NEVER ? NEVER : until - now, true);
		TAILQ_REMOVE(&q->wq.waiters, &w, link);
		q->receivers -= !send;
		irq_restore(flags);
	}
	return 0;
}

static void insert_msg(struct mqueue *q, struct msg_msg *msg)
{
	struct msg_msg *after;

	TAILQ_FOREACH_REVERSE(after, &q->messages, msg_list, link)
		if (after->type >= msg->type)
			break;
	if (after)
		TAILQ_INSERT_AFTER(&q->messages, after, msg, link);
	else
		TAILQ_INSERT_HEAD(&q->messages, msg, link);
	q->attr.mq_curmsgs++;
	if (q->attr.mq_curmsgs - q->receivers == 1)
		do_notify(q);
	wake_up_poll(&q->wq, POLLIN | POLLRDNORM);
}

/* A limit of CLOCK_REALTIME, as the monotonic clock's: 0, -EFAULT, -EINVAL. */
static int get_until(u64 *until, const struct timespec *uts)
{
	int err;

	*until = NEVER;
	if (!uts)
		return 0;
	err = get_timespec_ns(until, uts);
	*until = clock_to_monotonic(CLOCK_REALTIME, *until);
	return err;
}

/* An open queue with this mode; ERR_PTR(-EBADF). */
static struct file *mqueue_fget_mode(int fd, unsigned mode)
{
	struct file *f = mqueue_fget(fd);

	if (IS_ERR(f) || f->f_mode & mode)
		return f;
	fput(f);
	return ERR_PTR(-EBADF);
}

SYSCALL_DEFINE5(mq_timedsend, int, fd, const char *, utext, size_t, size,
		unsigned, prio, const struct timespec *, uts)
{
	struct file *f __free(file) = NULL;
	struct msg_msg *msg;
	u64 until;
	int err = get_until(&until, uts);

	if (err)
		return err;
	if (prio >= MQ_PRIO_MAX)
		return -EINVAL;
	f = mqueue_fget_mode(fd, FMODE_WRITE);
	if (IS_ERR(f))
		return PTR_ERR(f);
	if (size > queue_of(f)->attr.mq_msgsize)
		return -EMSGSIZE;
	msg = load_msg(utext, size);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	msg->type = prio;
	err = wait_mq(f, true, until);
	if (err) {
		ipc_free(msg);
		return err;
	}
	insert_msg(queue_of(f), msg);
	return 0;
}

SYSCALL_DEFINE5(mq_timedreceive, int, fd, char *, utext, size_t, size,
		unsigned *, uprio, const struct timespec *, uts)
{
	struct file *f __free(file) = NULL;
	struct msg_msg *msg;
	struct mqueue *q;
	u64 until;
	long ret = get_until(&until, uts);

	if (ret)
		return ret;
	f = mqueue_fget_mode(fd, FMODE_READ);
	if (IS_ERR(f))
		return PTR_ERR(f);
	q = queue_of(f);
	if (size < q->attr.mq_msgsize)
		return -EMSGSIZE;
	ret = wait_mq(f, false, until);
	if (ret)
		return ret;
	msg = TAILQ_FIRST(&q->messages);
	TAILQ_REMOVE(&q->messages, msg, link);
	q->attr.mq_curmsgs--;
	wake_up_poll(&q->wq, POLLOUT | POLLWRNORM);
	ret = msg->size;
	if ((uprio && put_user(msg->type, uprio)) ||
	    copy_to_user(utext, msg->text, msg->size))
		ret = -EFAULT;
	ipc_free(msg);
	return ret;
}

SYSCALL_DEFINE3(mq_getsetattr, int, fd, const struct mq_attr *, unew,
		struct mq_attr *, uold)
{
	struct file *f __free(file) = NULL;
	struct mq_attr new, old;

	if (unew && get_user(new, unew))
		return -EFAULT;
	if (unew && new.mq_flags & ~(long)O_NONBLOCK)
		return -EINVAL;
	f = mqueue_fget(fd);
	if (IS_ERR(f))
		return PTR_ERR(f);
	old = queue_of(f)->attr;
	old.mq_flags = f->f_flags & O_NONBLOCK;
	if (unew)
		f->f_flags = (f->f_flags & ~O_NONBLOCK) | new.mq_flags;
	return uold ? put_user(old, uold) : 0;
}

/* read(2) tells of the queue. */
static long mqueue_read(struct file *f, void *ubuf, size_t n, u64 *pos)
{
	struct mqueue *q = queue_of(f);
	bool told = notify_owner(q);
	unsigned long bytes = 0;
	struct msg_msg *msg;
	char text[FILENT_SIZE];
	u64 len;

	TAILQ_FOREACH(msg, &q->messages, link)
		bytes += msg->size;
	len = snprintf(text, sizeof(text), "QSIZE:%-10lu NOTIFY:%-5d "
		       "SIGNO:%-5d NOTIFY_PID:%-6d\n", bytes,
		       told ? q->notify : 0, told && q->notify ==
		       SIGEV_SIGNAL ? q->notify_sig : 0, q->owner);
	if (*pos >= len)
		return 0;
	n = min((u64)n, len - *pos);
	if (copy_to_user(ubuf, text + *pos, n))
		return -EFAULT;
	*pos += n;
	return n;
}

static unsigned mqueue_poll(struct file *f, struct poll_table *pt)
{
	struct mqueue *q = queue_of(f);

	poll_wait(pt, &q->wq);
	return (mq_ready(q, false) ? POLLIN | POLLRDNORM : 0) |
	       (mq_ready(q, true) ? POLLOUT | POLLWRNORM : 0);
}

/* Who closes a descriptor does not want to be told any more. */
static void mqueue_flush(struct file *f)
{
	struct mqueue *q = queue_of(f);

	if (q->owner == current->tgid)
		q->owner = 0;
}

static const struct file_operations mqueue_fops = {
	.read = mqueue_read,
	.poll = mqueue_poll,
	.flush = mqueue_flush,
};
