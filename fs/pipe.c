// SPDX-License-Identifier: GPL-2.0
/*
 * Pipes and FIFOs (Linux: fs/pipe.c, fs/fifo.c; pipe(7), fifo(7)).
 *
 * A ring of buffers (fs/pipe.h), 16 unless F_SETPIPE_SZ changes it, whose pages
 * are allocated as bytes come, so that an idle pipe costs little.  A write of
 * up to PIPE_BUF bytes goes into one buffer, so it is not mixed with others.
 * The structure lives in inode->i_pipe from the first open to the last
 * release.
 */
#include <arch/uaccess.h>
#include <asm/ioctls.h>
#include <fs/pipe.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/uio.h>
#include <mm/slab.h>

#define PIPE_DEF_BUFFERS 16u
#define PIPE_MIN_DEF_BUFFERS 2u

/* Pages that all pipes together may come to need.  Beyond the limit an
 * ordinary user's new pipes get two pages each, and none grows (Linux:
 * pipe-user-pages-soft). */
static unsigned long pipe_pages;

static bool too_many_pages(unsigned long more)
{
	return pipe_pages + more > totalram_pages / 4 &&
	       !capable(CAP_SYS_RESOURCE);
}

static struct pipe *alloc_pipe(void)
{
	struct pipe *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	p->slots = too_many_pages(PIPE_DEF_BUFFERS) ? PIPE_MIN_DEF_BUFFERS :
						      PIPE_DEF_BUFFERS;
	p->bufs = kzalloc(p->slots * sizeof(*p->bufs), GFP_KERNEL);
	if (!p->bufs) {
		kfree(p);
		return NULL;
	}
	pipe_pages += p->slots;
	mutex_init(&p->lock, LOCK_PIPE);
	wait_queue_init(&p->wq);
	return p;
}

static void free_pipe(struct pipe *p)
{
	for (; !pipe_empty(p); p->tail++)
		kfree(pipe_buf(p, p->tail)->page);
	pipe_pages -= p->slots;
	kfree(p->spare);
	kfree(p->bufs);
	kfree(p);
}

/* ---- buffers ----------------------------------------------------------- */

char *pipe_take_page(struct pipe *p)
{
	char *page = p->spare;

	p->spare = NULL;
	return page ? page : kmalloc(PAGE_SIZE, GFP_KERNEL);
}

void pipe_give_page(struct pipe *p, char *page)
{
	kfree(p->spare);
	p->spare = page;
}

void pipe_push(struct pipe *p, char *page, unsigned len, unsigned flags)
{
	*pipe_buf(p, p->head) = (struct pipe_buffer){
		.page = page, .len = len, .flags = flags };
	p->head++;
}

void pipe_consume(struct pipe *p, unsigned n)
{
	struct pipe_buffer *b = pipe_buf(p, p->tail);

	b->offset += n;
	b->len -= n;
	if (b->len)
		return;
	p->tail++;
	pipe_give_page(p, b->page);
}

/* ---- size -------------------------------------------------------------- */

/* Move the buffers into a ring of another size.  Lock held. */
static int resize(struct pipe *p, unsigned slots)
{
	struct pipe_buffer *bufs = kzalloc(slots * sizeof(*bufs), GFP_KERNEL);
	unsigned used = p->head - p->tail, i;

	if (!bufs || slots < used) {
		kfree(bufs);
		return bufs ? -EBUSY : -ENOMEM;
	}
	for (i = 0; i < used; i++)
		bufs[i] = *pipe_buf(p, p->tail + i);
	kfree(p->bufs);
	p->bufs = bufs;
	p->tail = 0;
	p->head = used;
	pipe_pages += slots;
	pipe_pages -= p->slots;
	p->slots = slots;
	wake_up(&p->wq);
	return 0;
}

static long set_size(struct pipe *p, unsigned long size)
{
	unsigned long slots = 1;
	int err = -EPERM;

	if (size > 1ul << 31)
		return -EINVAL;
	while (slots * PAGE_SIZE < size)
		slots *= 2;
	mutex_lock(&p->lock);
	if (slots <= p->slots ||
	    ((slots * PAGE_SIZE <= PIPE_MAX_SIZE ||
	      capable(CAP_SYS_RESOURCE)) && !too_many_pages(slots - p->slots)))
		err = resize(p, slots);
	mutex_unlock(&p->lock);
	return err ? err : (long)(slots * PAGE_SIZE);
}

long pipe_fcntl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct pipe *p = file_pipe(f);

	if (!p)
		return -EBADF;
	return cmd == F_SETPIPE_SZ ? set_size(p, arg) :
				     (long)(p->slots * PAGE_SIZE);
}

/* ---- read -------------------------------------------------------------- */

/* Bytes moved, or -EFAULT if none; a part that faults stays. */
static long take_bytes(struct pipe *p, char *ubuf, size_t n)
{
	size_t done = 0;
	struct pipe_buffer *b;
	unsigned run;
	bool packet = false;

	while (done < n && !packet && !pipe_empty(p)) {
		b = pipe_buf(p, p->tail);
		packet = b->flags & BUF_PACKET;
		run = min(n - done, (size_t)b->len);
		if (copy_to_user(ubuf + done, b->page + b->offset, run))
			return done ? (long)done : -EFAULT;
		pipe_consume(p, packet ? b->len : run);
		done += run;
	}
	return done;
}

static long pipe_read(struct file *f, void *ubuf, size_t n, u64 *pos)
{
	struct pipe *p = f->f_inode->i_pipe;
	long ret;

	if (!n)
		return 0;
	do {
		ret = wait_for_file(f, &p->wq, !pipe_empty(p) || !p->writers);
		if (ret)
			return ret;
		mutex_lock(&p->lock);
		ret = take_bytes(p, ubuf, n);
		mutex_unlock(&p->lock);
		/* 0: another reader was quicker, unless no writer is left */
	} while (ret == 0 && (!pipe_empty(p) || p->writers));
	if (ret > 0)
		wake_up_poll(&p->wq, POLLOUT | POLLWRNORM);
	return ret;
}

/* ---- write ------------------------------------------------------------- */

/* What is left of a write. */
struct source {
	const struct iovec *v;
	size_t off, left;	/* bytes of *v taken, of all not yet taken */
	bool started;
};

/* The next n bytes, all or -EFAULT. */
static int gather(struct source *s, char *to, size_t n)
{
	s->left -= n;
	while (n) {
		size_t run = min(n, s->v->iov_len - s->off);

		if (copy_from_user(to, (char *)s->v->iov_base + s->off, run))
			return -EFAULT;
		to += run;
		n -= run;
		s->off += run;
		if (s->off == s->v->iov_len) {
			s->v++;
			s->off = 0;
		}
	}
	return 0;
}

/* The newest buffer, if a write may begin in it: with what is more than its
 * whole pages. */
static struct pipe_buffer *mergeable(struct pipe *p, const struct source *s)
{
	struct pipe_buffer *b = pipe_buf(p, p->head - 1);
	size_t part = offset_in_page(s->left);

	return !s->started && !pipe_empty(p) && part &&
	       (b->flags & BUF_CAN_MERGE) &&
	       b->offset + b->len + part <= PAGE_SIZE ? b : NULL;
}

/* One buffer's worth: bytes, 0 if there is no room, or -errno. */
static long put_piece(struct file *f, struct pipe *p, struct source *s)
{
	struct pipe_buffer *b = mergeable(p, s);
	size_t n = b ? offset_in_page(s->left) : min(s->left, PAGE_SIZE);
	char *page;

	s->started = true;
	if (b) {
		if (gather(s, b->page + b->offset + b->len, n))
			return -EFAULT;
		b->len += n;
		return n;
	}
	if (pipe_full(p))
		return 0;
	page = pipe_take_page(p);
	if (!page)
		return -ENOMEM;
	if (gather(s, page, n)) {
		pipe_give_page(p, page);
		return -EFAULT;
	}
	pipe_push(p, page, n, f->f_flags & O_DIRECT ? BUF_PACKET :
						      BUF_CAN_MERGE);
	return n;
}

/* As much as there is room for: adds to *done; 0 or -errno. */
static long write_some(struct file *f, struct pipe *p, struct source *s,
		       long *done)
{
	long ret = wait_for_file(f, &p->wq, !p->readers || !pipe_full(p) ||
				 mergeable(p, s)), n = 1;

	if (ret)
		return ret;
	mutex_lock(&p->lock);
	while (s->left && n > 0) {
		n = p->readers ? put_piece(f, p, s) : -EPIPE;
		*done += max(n, 0l);
	}
	mutex_unlock(&p->lock);
	wake_up_poll(&p->wq, POLLIN | POLLRDNORM);
	if (n == -EPIPE)
		send_sig_info(current, SIGPIPE, NULL);
	return min(n, 0l);
}

long pipe_writev(struct file *f, const struct iovec *v, size_t total)
{
	struct source s = { .v = v, .left = total };
	long done = 0, ret = 0;

	while (s.left && !ret)
		ret = write_some(f, f->f_inode->i_pipe, &s, &done);
	return done ? done : ret;
}

static long pipe_write(struct file *f, const void *ubuf, size_t n, u64 *pos)
{
	struct iovec v = { (void *)ubuf, n };

	return pipe_writev(f, &v, n);
}

/* ---- the rest of a file ------------------------------------------------ */

static unsigned pipe_poll(struct file *f, struct poll_table *pt)
{
	struct pipe *p = f->f_inode->i_pipe;
	unsigned mask = 0;

	poll_wait(pt, &p->wq);
	if (f->f_mode & FMODE_READ) {
		if (!pipe_empty(p))
			mask |= POLLIN | POLLRDNORM;
		if (!p->writers && p->w_count)
			mask |= POLLHUP;
	}
	if (f->f_mode & FMODE_WRITE) {
		if (!pipe_full(p))
			mask |= POLLOUT | POLLWRNORM;
		if (!p->readers)
			mask |= POLLERR;
	}
	return mask;
}

static long pipe_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct pipe *p = f->f_inode->i_pipe;
	int len = 0;

	if (cmd != FIONREAD)
		return -ENOTTY;
	for (unsigned n = p->tail; n != p->head; n++)
		len += pipe_buf(p, n)->len;
	return put_user(len, (int *)arg);
}

static void pipe_release(struct file *f)
{
	struct inode *inode = f->f_inode;
	struct pipe *p = inode->i_pipe;

	p->readers -= (f->f_mode & FMODE_READ) != 0;
	p->writers -= (f->f_mode & FMODE_WRITE) != 0;
	wake_up(&p->wq);
	if (--p->users == 0) {
		inode->i_pipe = NULL;
		free_pipe(p);
	}
}

static struct super_block *pipe_sb;

/* Wait until the other end is, or was meanwhile, open; but not where a pipe
 * of pipe(2) is opened again by way of /proc/PID/fd. */
static int wait_other_end(struct file *f, struct pipe *p)
{
	unsigned r = p->r_count, w = p->w_count;

	if (((f->f_mode & FMODE_READ) && (f->f_mode & FMODE_WRITE)) ||
	    f->f_inode->i_sb == pipe_sb)
		return 0;
	if (f->f_mode & FMODE_READ) {
		if (f->f_flags & O_NONBLOCK)
			return 0;
		return wait_event_interruptible(&p->wq, p->writers ||
						p->w_count != w);
	}
	if ((f->f_flags & O_NONBLOCK) && !p->readers)
		return -ENXIO;
	return wait_event_interruptible(&p->wq, p->readers || p->r_count != r);
}

/* The FIFO's ring, made if this is its first open; NULL: no memory. */
static struct pipe *get_pipe(struct inode *inode)
{
	struct pipe *p = inode->i_pipe ? NULL : alloc_pipe();

	if (!inode->i_pipe)
		inode->i_pipe = p;
	else if (p)
		free_pipe(p);		/* another open was quicker */
	return inode->i_pipe;
}

static int fifo_open(struct inode *inode, struct file *f)
{
	struct pipe *p = get_pipe(inode);
	bool reads = f->f_mode & FMODE_READ, writes = f->f_mode & FMODE_WRITE;
	int err;

	if (!p)
		return -ENOMEM;
	p->users++;
	p->readers += reads;
	p->r_count += reads;
	p->writers += writes;
	p->w_count += writes;
	wake_up(&p->wq);
	err = wait_other_end(f, p);
	if (err)
		pipe_release(f);
	return err;
}

const struct file_operations fifo_fops = {
	.open = fifo_open,
	.release = pipe_release,
	.read = pipe_read,
	.write = pipe_write,
	.lseek = no_lseek,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
};

/* ---- pipe(2) ----------------------------------------------------------- */

static struct file_system_type pipefs_type = {
	.name = "pipefs",
	.magic = PIPEFS_MAGIC,
};
int pipe_init(void)
{
	pipe_sb = kern_mount(&pipefs_type);
	return IS_ERR(pipe_sb) ? PTR_ERR(pipe_sb) : 0;
}

static struct dentry *pipe_dentry(void)
{
	char name[32];
	struct inode *inode = new_inode(pipe_sb, S_IFIFO | 0600, 0);

	if (!inode)
		return NULL;
	inode_init_owner(inode, NULL);
	snprintf(name, sizeof(name), "pipe:[%lu]", inode->i_ino);
	return d_alloc_pseudo(name, inode);
}

static int install_ends(struct file *end[2], int *ufd, bool cloexec)
{
	int fd[2] = { alloc_fd(0, cloexec) }, err;

	if (fd[0] < 0)
		return fd[0];
	fd[1] = alloc_fd(0, cloexec);
	err = fd[1] < 0 ? fd[1] : copy_to_user(ufd, fd, sizeof(fd));
	if (err) {
		put_unused_fd(fd[0]);
		if (fd[1] >= 0)
			put_unused_fd(fd[1]);
		return err;
	}
	fd_install(fd[0], get_file(end[0]));
	fd_install(fd[1], get_file(end[1]));
	return 0;
}

SYSCALL_DEFINE2(pipe2, int *, ufd, int, flags)
{
	struct dentry *d __free(dentry) = NULL;
	struct file *r __free(file) = NULL;
	struct file *w __free(file) = NULL;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	d = pipe_dentry();
	if (!d)
		return -ENOMEM;
	/* the reader must not wait for its writer */
	r = dentry_open(d, O_RDONLY | O_NONBLOCK);
	if (IS_ERR(r))
		return PTR_ERR(r);
	w = dentry_open(d, O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT)));
	if (IS_ERR(w))
		return PTR_ERR(w);
	r->f_flags = O_RDONLY | (flags & O_NONBLOCK);
	return install_ends((struct file *[]){ r, w }, ufd, flags & O_CLOEXEC);
}

SYSCALL_AS(pipe, pipe2, a)
