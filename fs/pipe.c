// SPDX-License-Identifier: GPL-2.0
/*
 * Pipes and FIFOs (Linux: fs/pipe.c, fs/fifo.c; pipe(7), fifo(7)).
 *
 * A ring of 64 KiB in kernel pages, allocated one by one when bytes
 * first reach them, so that an idle pipe costs little.  `lock` (LOCK_PIPE)
 * is held over the copies to and from user memory; `readers`, `writers`,
 * `len` change under it or, on open and release, without a sleep in between.
 * Writes of up to PIPE_BUF bytes are not mixed with others.  The structure
 * lives in inode->i_pipe from the first open to the last release.
 */
#include <arch/uaccess.h>
#include <asm/ioctls.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/magic.h>
#include <linux/uio.h>
#include <mm/slab.h>

#define PIPE_SIZE 65536u
#define PIPE_PAGES (PIPE_SIZE / PAGE_SIZE)

struct pipe {
	struct mutex lock;
	unsigned readers, writers;	/* open ends */
	unsigned r_count, w_count;	/* opens ever: wakes a FIFO's open */
	unsigned users;			/* files */
	unsigned size;			/* bytes of the ring: whole pages */
	unsigned head, len;		/* bytes: first one, how many */
	struct wait_queue wq;		/* anything changed */
	void *page[PIPE_PAGES];
};

/* Pages that all pipes together may come to need.  Beyond the limit an
 * ordinary user's new pipes get one page each (Linux: pipe-user-pages-soft). */
static unsigned long pipe_pages;

static bool many_pipes(void)
{
	return pipe_pages >= totalram_pages / 4 && !capable(CAP_SYS_RESOURCE);
}

static struct pipe *alloc_pipe(void)
{
	struct pipe *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	p->size = many_pipes() ? PAGE_SIZE : PIPE_SIZE;
	pipe_pages += p->size / PAGE_SIZE;
	mutex_init(&p->lock, LOCK_PIPE);
	wait_queue_init(&p->wq);
	return p;
}

static void free_pipe(struct pipe *p)
{
	unsigned i;

	for (i = 0; i < PIPE_PAGES; i++)
		kfree(p->page[i]);
	pipe_pages -= p->size / PAGE_SIZE;
	kfree(p);
}

long pipe_size(struct file *f)
{
	return S_ISFIFO(f->f_inode->i_mode) ? (long)f->f_inode->i_pipe->size :
					      -EBADF;
}

/* ---- bytes ------------------------------------------------------------- */

/* The longest run at ring offset `at`, at most n bytes: within one page. */
static unsigned run_length(unsigned at, size_t n)
{
	return min(n, PAGE_SIZE - offset_in_page(at));
}

/* Bytes moved, or -EFAULT if none. */
static long take_bytes(struct pipe *p, char *ubuf, size_t n)
{
	size_t done = 0;
	unsigned run, left;

	while (done < n && p->len) {
		run = run_length(p->head, min(n - done, (size_t)p->len));
		left = raw_copy_to_user(ubuf + done,
					(char *)p->page[p->head / PAGE_SIZE] +
					offset_in_page(p->head), run);
		run -= left;
		p->head = (p->head + run) % p->size;
		p->len -= run;
		done += run;
		if (left)
			return done ? (long)done : -EFAULT;
	}
	return done;
}

static long put_bytes(struct pipe *p, const char *ubuf, size_t n)
{
	size_t done = 0;
	unsigned run, left, at;
	void **page;

	while (done < n && p->len < p->size) {
		at = (p->head + p->len) % p->size;
		page = &p->page[at / PAGE_SIZE];
		if (!*page)
			*page = kmalloc(PAGE_SIZE, GFP_KERNEL);
		if (!*page)
			return done ? (long)done : -ENOMEM;
		run = run_length(at, min(n - done, (size_t)p->size - p->len));
		left = raw_copy_from_user((char *)*page + offset_in_page(at),
					  ubuf + done, run);
		run -= left;
		p->len += run;
		done += run;
		if (left)
			return done ? (long)done : -EFAULT;
	}
	return done;
}

/* ---- read -------------------------------------------------------------- */

static long pipe_read(struct file *f, void *ubuf, size_t n, u64 *pos)
{
	struct pipe *p = f->f_inode->i_pipe;
	long ret;

	if (!n)
		return 0;
	do {
		ret = wait_for_file(f, &p->wq, p->len || !p->writers);
		if (ret)
			return ret;
		mutex_lock(&p->lock);
		ret = take_bytes(p, ubuf, n);
		mutex_unlock(&p->lock);
		/* 0: another reader was quicker, unless no writer is left */
	} while (ret == 0 && (p->len || p->writers));
	if (ret > 0)
		wake_up(&p->wq);
	return ret;
}

/* ---- write ------------------------------------------------------------- */

static bool has_room(struct pipe *p, size_t n)
{
	return p->size - p->len >= (n <= PIPE_BUF ? n : 1);
}

static long put_vector(struct pipe *p, const struct iovec *v, size_t count)
{
	long done = 0, n;

	for (; count--; v++) {
		n = put_bytes(p, v->iov_base, v->iov_len);
		if (n < 0)
			return done ? done : n;
		done += n;
		if (n < (long)v->iov_len)
			break;
	}
	return done;
}

/* Some of the buffers that are left of a write of `total` bytes; 0: another
 * writer was quicker. */
static long write_some(struct file *f, struct pipe *p, const struct iovec *v,
		       size_t count, size_t total)
{
	size_t unit = total <= PIPE_BUF ? total : 1;
	long ret = wait_for_file(f, &p->wq, !p->readers || has_room(p, unit));

	if (ret)
		return ret;
	mutex_lock(&p->lock);
	if (!p->readers)
		ret = -EPIPE;
	else if (has_room(p, unit))
		ret = put_vector(p, v, count);
	mutex_unlock(&p->lock);
	if (ret > 0)
		wake_up(&p->wq);
	if (ret == -EPIPE)
		send_sig_info(current, SIGPIPE, NULL);
	return ret;
}

long pipe_writev(struct file *f, const struct iovec *v, size_t count,
		 size_t total)
{
	long ret;

	do
		ret = write_some(f, f->f_inode->i_pipe, v, count, total);
	while (!ret);
	return ret;
}

static long pipe_write(struct file *f, const void *ubuf, size_t n, u64 *pos)
{
	struct iovec v = { (void *)ubuf, n };
	long ret = 0;

	while (v.iov_len && ret >= 0) {
		ret = write_some(f, f->f_inode->i_pipe, &v, 1, n);
		if (ret > 0) {
			v.iov_base = (char *)v.iov_base + ret;
			v.iov_len -= ret;
		}
	}
	return v.iov_len < n ? (long)(n - v.iov_len) : ret;
}

/* ---- the rest of a file ------------------------------------------------ */

static unsigned pipe_poll(struct file *f, struct poll_table *pt)
{
	struct pipe *p = f->f_inode->i_pipe;
	unsigned mask = 0;

	poll_wait(pt, &p->wq);
	if (f->f_mode & FMODE_READ) {
		if (p->len)
			mask |= POLLIN | POLLRDNORM;
		if (!p->writers && p->w_count)
			mask |= POLLHUP;
	}
	if (f->f_mode & FMODE_WRITE) {
		if (p->size - p->len >= PIPE_BUF)
			mask |= POLLOUT | POLLWRNORM;
		if (!p->readers)
			mask |= POLLERR;
	}
	return mask;
}

static long pipe_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	int len = f->f_inode->i_pipe->len;

	if (cmd != FIONREAD)
		return -ENOTTY;
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

/* Wait until the other end is, or was meanwhile, open. */
static int wait_other_end(struct file *f, struct pipe *p)
{
	unsigned r = p->r_count, w = p->w_count;

	if ((f->f_mode & FMODE_READ) && (f->f_mode & FMODE_WRITE))
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
static struct super_block *pipe_sb;

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
	snprintf(name, sizeof(name), "pipe:[%llu]",
		 (unsigned long long)inode->i_ino);
	return d_alloc_pseudo(name, inode);
}

static int install_ends(struct file *end[2], int *ufd, bool cloexec)
{
	int fd[2], err;

	fd[0] = alloc_fd(0, cloexec);
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
	w = dentry_open(d, O_WRONLY | (flags & O_NONBLOCK));
	if (IS_ERR(w))
		return PTR_ERR(w);
	r->f_flags = O_RDONLY | (flags & O_NONBLOCK);
	return install_ends((struct file *[]){ r, w }, ufd, flags & O_CLOEXEC);
}

SYSCALL_AS(pipe, pipe2, a)
