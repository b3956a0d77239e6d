// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes from file to file without a visit to the program: splice, tee,
 * vmsplice, sendfile, copy_file_range (Linux: fs/splice.c, and the end of
 * fs/read_write.c).
 *
 * Pages are copied, once, into or out of the buffers of a pipe; what SPLICE_F_
 * MOVE and GIFT hope for does not happen.  What can be read from is a regular
 * file with pages or a pipe; what can be written to has f_op->kwrite or is a
 * pipe.  Lock: a pipe's, outside the file's i_lock.  From pipe to pipe none is
 * taken: each step happens when nobody has either, without a sleep in between.
 */
#include <arch/uaccess.h>
#include <fs/pipe.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/fs.h>
#include <linux/uio.h>
#include <mm/slab.h>

/* No UAPI header has them. */
#define SPLICE_F_MOVE		1u
#define SPLICE_F_NONBLOCK	2u
#define SPLICE_F_MORE		4u
#define SPLICE_F_GIFT		8u
#define SPLICE_F_ALL		15u

/* ---- waiting for pipes ------------------------------------------------- */

static bool nonblock(unsigned flags)
{
	return flags & SPLICE_F_NONBLOCK;
}

static long broken_pipe(void)
{
	send_sig_info(current, SIGPIPE, NULL);
	return -EPIPE;
}

/* Until there is room for a buffer: 0 or -errno. */
static long wait_for_space(struct pipe *p, unsigned flags)
{
	long ret = 0;

	if (p->readers && pipe_full(p))
		ret = nonblock(flags) ? -EAGAIN :
		      wait_event_interruptible(&p->wq, !p->readers ||
					       !pipe_full(p));
	return ret ? ret : p->readers ? 0 : broken_pipe();
}

/* Until there is a buffer, or no writer any more. */
static long wait_for_data(struct pipe *p, unsigned flags)
{
	if (!pipe_empty(p) || !p->writers)
		return 0;
	return nonblock(flags) ? -EAGAIN :
	       wait_event_interruptible(&p->wq, !pipe_empty(p) || !p->writers);
}

/* The same, and then with the lock, which another task may have had first. */
static long lock_for_space(struct pipe *p, unsigned flags)
{
	long ret;

	while (!(ret = wait_for_space(p, flags))) {
		mutex_lock(&p->lock);
		if (p->readers && !pipe_full(p))
			break;
		mutex_unlock(&p->lock);
	}
	return ret;
}

static long lock_for_data(struct pipe *p, unsigned flags)
{
	long ret;

	while (!(ret = wait_for_data(p, flags))) {
		mutex_lock(&p->lock);
		if (!p->writers || !pipe_empty(p))
			break;
		mutex_unlock(&p->lock);
	}
	return ret;
}

/* ---- file to pipe, pipe to file ---------------------------------------- */

/* One page's worth of the file at pos into a new buffer.  Lock held. */
static long fill_buffer(struct file *in, u64 pos, struct pipe *p, size_t n)
{
	char *page;
	long got;

	if (!in->f_mapping)
		return -EINVAL;
	page = pipe_take_page(p);
	if (!page)
		return -ENOMEM;
	n = min(n, PAGE_SIZE - offset_in_page(pos));
	got = filemap_kread(in, page, n, pos);
	if (got > 0)
		pipe_push(p, page, got, 0);
	else
		pipe_give_page(p, page);
	return got;
}

static long file_to_pipe(struct file *in, u64 *pos, struct pipe *p, size_t n,
			 unsigned flags)
{
	long done = 0, ret = lock_for_space(p, flags);

	if (ret)
		return ret;
	while ((size_t)done < n && !pipe_full(p)) {
		ret = fill_buffer(in, *pos, p, n - done);
		if (ret <= 0)
			break;
		done += ret;
		*pos += ret;
	}
	mutex_unlock(&p->lock);
	wake_up(&p->wq);
	if (ret >= 0 && !(in->f_flags & O_NOATIME))
		touch_atime(in->f_inode);
	if (done)
		fsnotify(in->f_dentry, IN_ACCESS);
	return done ? done : ret;
}

static long pipe_to_file(struct pipe *p, struct file *out, u64 *pos, size_t n,
			 unsigned flags)
{
	struct pipe_buffer *b;
	long done = 0, ret;

	if (!out->f_op->kwrite)
		return -EINVAL;
	ret = lock_for_data(p, flags);
	if (ret)
		return ret;
	while ((size_t)done < n && !pipe_empty(p) && !fatal_signal_pending()) {
		b = pipe_buf(p, p->tail);
		ret = out->f_op->kwrite(out, b->page + b->offset,
					min((size_t)b->len, n - done), pos);
		if (ret <= 0)
			break;
		pipe_consume(p, ret);
		done += ret;
	}
	mutex_unlock(&p->lock);
	wake_up(&p->wq);
	if (done)
		fsnotify(out->f_dentry, IN_MODIFY);
	return done ? done : ret;
}

/* ---- pipe to pipe ------------------------------------------------------ */

/* Until nobody is in the middle of a change of either. */
static void wait_idle(struct pipe *a, struct pipe *b)
{
	struct pipe *busy;

	while ((busy = a->lock.owner ? a : b->lock.owner ? b : NULL)) {
		mutex_lock(&busy->lock);
		mutex_unlock(&busy->lock);
	}
}

/* Up to len bytes of buffer `nr` of `in`; `keep`: a copy.  Bytes, 0 if the one
 * pipe is empty or the other full, or -errno. */
static long move_buffer(struct pipe *in, unsigned nr, struct pipe *out,
			size_t len, bool keep)
{
	char *page __free(memory) = kmalloc(PAGE_SIZE, GFP_KERNEL);
	struct pipe_buffer *b;
	unsigned n;

	if (!page)
		return -ENOMEM;
	wait_idle(in, out);
	if (!out->readers)
		return broken_pipe();
	if ((int)(in->head - nr) <= 0 || (int)(nr - in->tail) < 0 ||
	    pipe_full(out))
		return 0;
	b = pipe_buf(in, nr);
	n = min((size_t)b->len, len);
	if (!keep && n == b->len) {
		*pipe_buf(out, out->head++) = *b;
		in->tail++;
	} else {
		memcpy(page, b->page + b->offset, n);
		pipe_push(out, page, n, b->flags & BUF_PACKET);
		page = NULL;
		if (!keep)
			pipe_consume(in, n);
	}
	wake_up(&in->wq);
	wake_up(&out->wq);
	return n;
}

static long pipe_to_pipe(struct pipe *in, struct pipe *out, size_t len,
			 unsigned flags, bool keep)
{
	long done = 0, ret;
	unsigned nr;

	do {
		ret = wait_for_data(in, flags);
		if (!ret)
			ret = wait_for_space(out, flags);
		if (ret)
			return ret;
		nr = in->tail;
		do {
			ret = move_buffer(in, nr++, out, len - done, keep);
			done += max(ret, 0l);
		} while (ret > 0 && (size_t)done < len);
		/* 0: another task was quicker, unless no writer is left */
	} while (!done && !ret && (in->writers || !pipe_empty(in)));
	return done ? done : ret;
}

/* ---- splice, tee ------------------------------------------------------- */

static bool readable(struct file *f)
{
	return f->f_mode & FMODE_READ;
}

static bool writable(struct file *f)
{
	return f->f_mode & FMODE_WRITE;
}

/* Is [*pos, *pos + n) a range of a file? */
static long check_range(u64 pos, size_t n)
{
	return pos > INT64_MAX || n > INT64_MAX - pos ? -EINVAL : 0;
}

/* At *pos of a file, or with NULL at its own position. */
static long do_splice(struct file *in, u64 *in_pos, struct file *out,
		      u64 *out_pos, size_t n, unsigned flags)
{
	struct pipe *ip = file_pipe(in), *op = file_pipe(out);
	u64 *pos = op ? in_pos ? in_pos : &in->f_pos :
		   out_pos ? out_pos : &out->f_pos;
	long err;

	if (!readable(in) || !writable(out))
		return -EBADF;
	if (ip == op)
		return -EINVAL;		/* the same pipe, or none */
	if (((ip ? in->f_flags : 0) | (op ? out->f_flags : 0)) & O_NONBLOCK)
		flags |= SPLICE_F_NONBLOCK;
	if (ip && op)
		return pipe_to_pipe(ip, op, n, flags, false);
	if (ip && (out->f_flags & O_APPEND))
		return -EINVAL;
	if ((ip ? out_pos : in_pos) && !file_seekable(ip ? out : in))
		return -EINVAL;
	err = check_range(*pos, op ? min(n, MAX_RW_COUNT) : n);
	if (err)
		return err;
	return op ? file_to_pipe(in, pos, op, n, flags) :
		    pipe_to_file(ip, out, pos, min(n, MAX_RW_COUNT), flags);
}

SYSCALL_DEFINE6(splice, unsigned, fd_in, s64 *, uin, unsigned, fd_out,
		s64 *, uout, size_t, n, unsigned, flags)
{
	struct file *in __free(file) = n ? fget(fd_in) : NULL;
	struct file *out __free(file) = n ? fget(fd_out) : NULL;
	u64 in_pos, out_pos;
	long ret;

	if (!n)
		return 0;
	if (flags & ~SPLICE_F_ALL)
		return -EINVAL;
	if (!in || !out)
		return -EBADF;
	if ((file_pipe(in) && uin) || (file_pipe(out) && uout))
		return -ESPIPE;
	if ((uout && get_user(out_pos, (u64 *)uout)) ||
	    (uin && get_user(in_pos, (u64 *)uin)))
		return -EFAULT;
	ret = do_splice(in, uin ? &in_pos : NULL, out, uout ? &out_pos : NULL,
			n, flags);
	if (ret >= 0 && ((uout && put_user(out_pos, (u64 *)uout)) ||
			 (uin && put_user(in_pos, (u64 *)uin))))
		return -EFAULT;
	return ret;
}

SYSCALL_DEFINE4(tee, unsigned, fd_in, unsigned, fd_out, size_t, n,
		unsigned, flags)
{
	struct file *in __free(file) = fget(fd_in);
	struct file *out __free(file) = fget(fd_out);

	if (flags & ~SPLICE_F_ALL)
		return -EINVAL;
	if (!n)
		return 0;
	if (!in || !out || !readable(in) || !writable(out))
		return -EBADF;
	if (!file_pipe(in) || !file_pipe(out) ||
	    file_pipe(in) == file_pipe(out))
		return -EINVAL;
	if ((in->f_flags | out->f_flags) & O_NONBLOCK)
		flags |= SPLICE_F_NONBLOCK;
	return pipe_to_pipe(file_pipe(in), file_pipe(out), n, flags, true);
}

/* ---- vmsplice ---------------------------------------------------------- */

/* User memory, a buffer for each page it lies on.  Lock held. */
static long user_to_pipe(struct pipe *p, const struct iovec *v, size_t count)
{
	size_t off, run;
	long done = 0;
	char *page;

	for (; count--; v++) {
		for (off = 0; off < v->iov_len; off += run) {
			const char *from = (char *)v->iov_base + off;

			run = min(v->iov_len - off,
				  PAGE_SIZE - offset_in_page(from));
			page = pipe_full(p) ? NULL : pipe_take_page(p);
			if (!page)
				return done || pipe_full(p) ? done : -ENOMEM;
			if (copy_from_user(page, from, run)) {
				pipe_give_page(p, page);
				return done ? done : -EFAULT;
			}
			pipe_push(p, page, run, 0);
			done += run;
		}
	}
	return done;
}

static long pipe_to_user(struct file *f, const struct iovec *v, size_t count,
			 size_t total, unsigned flags)
{
	long done = 0, n;

	n = total ? wait_for_data(file_pipe(f), flags) : 0;
	if (n)
		return n;
	for (; count--; v++) {
		if (!v->iov_len)
			continue;
		if (done && pipe_empty(file_pipe(f)))
			break;
		n = f->f_op->read(f, v->iov_base, v->iov_len, &f->f_pos);
		if (n <= 0)
			return done ? done : n;
		done += n;
		if (n < (long)v->iov_len)
			break;
	}
	return done;
}

SYSCALL_DEFINE4(vmsplice, unsigned, fd, const struct iovec *, uvec, size_t,
		count, unsigned, flags)
{
	struct file *f __free(file) = NULL;
	struct iovec *v __free(memory) = NULL;
	struct pipe *p;
	size_t total;
	long ret;

	if (flags & ~SPLICE_F_ALL)
		return -EINVAL;
	f = fget(fd);
	if (!f || !(readable(f) || writable(f)))
		return -EBADF;
	v = import_iovec(uvec, count, &total);
	if (IS_ERR(v))
		return PTR_ERR(v);
	if (!total)
		return 0;
	p = file_pipe(f);
	if (!p)
		return -EBADF;
	if (!writable(f))
		return pipe_to_user(f, v, count, total, flags);
	ret = lock_for_space(p, flags);
	if (ret)
		return ret;
	ret = user_to_pipe(p, v, count);
	mutex_unlock(&p->lock);
	wake_up(&p->wq);
	return ret;
}

/* ---- sendfile, copy_file_range ----------------------------------------- */

/* From a file with pages to one that can be written from the kernel. */
static long copy_bytes(struct file *in, u64 *in_pos, struct file *out,
		       u64 *out_pos, size_t n)
{
	char *buf __free(memory) = NULL;
	long done = 0, got = 0, put;

	if ((out->f_flags & O_APPEND) || !in->f_mapping || !out->f_op->kwrite)
		return -EINVAL;
	buf = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	while ((size_t)done < n && !fatal_signal_pending()) {
		size_t part = min(n - done,
				  PAGE_SIZE - offset_in_page(*in_pos));

		got = filemap_kread(in, buf, part, *in_pos);
		if (got <= 0)
			break;
		put = out->f_op->kwrite(out, buf, got, out_pos);
		if (put > 0) {
			*in_pos += put;
			done += put;
		}
		if (put < got) {
			got = put;
			break;
		}
		cond_resched();
	}
	if (!(in->f_flags & O_NOATIME))
		touch_atime(in->f_inode);
	if (done)
		fsnotify(in->f_dentry, IN_ACCESS);
	if (done)
		fsnotify(out->f_dentry, IN_MODIFY);
	return done ? done : got;
}

static long do_sendfile(struct file *out, struct file *in, u64 *pos, size_t n)
{
	struct pipe *op;
	long err;

	if (!readable(in))
		return -EBADF;
	if (pos && !file_seekable(in))
		return -ESPIPE;
	pos = pos ? pos : &in->f_pos;
	err = check_range(*pos, n);
	if (err)
		return err;
	if (!writable(out))
		return -EBADF;
	n = min(n, MAX_RW_COUNT);
	op = file_pipe(out);
	return op ? file_to_pipe(in, pos, op, n, out->f_flags & O_NONBLOCK ?
				 SPLICE_F_NONBLOCK : 0) :
		    copy_bytes(in, pos, out, &out->f_pos, n);
}

SYSCALL_DEFINE4(sendfile, unsigned, outfd, unsigned, infd, s64 *, upos,
		size_t, n)
{
	struct file *out __free(file) = fget(outfd);
	struct file *in __free(file) = fget(infd);
	u64 pos;
	long ret;

	if (upos && get_user(pos, (u64 *)upos))
		return -EFAULT;
	if (!in || (out && !readable(in)) || !out)
		return -EBADF;
	ret = do_sendfile(out, in, upos ? &pos : NULL, n);
	if (upos && put_user(pos, (u64 *)upos))
		return -EFAULT;
	return ret;
}

/* How many of n bytes may be copied; -errno. */
static long copy_allowed(struct file *in, u64 in_pos, struct file *out,
			 u64 out_pos, size_t n)
{
	struct inode *from = in->f_inode, *to = out->f_inode;
	u64 size = from->i_data.size, limit = rlimit(RLIMIT_FSIZE);

	if (S_ISDIR(from->i_mode) || S_ISDIR(to->i_mode))
		return -EISDIR;
	if (!S_ISREG(from->i_mode) || !S_ISREG(to->i_mode))
		return -EINVAL;
	if (!readable(in) || !writable(out) || (out->f_flags & O_APPEND))
		return -EBADF;
	if (from->i_sb != to->i_sb)
		return -EXDEV;
	if (in_pos + n < in_pos || out_pos + n < out_pos)
		return -EOVERFLOW;
	n = in_pos >= size ? 0 : min((u64)n, size - in_pos);
	if (n && out_pos >= limit) {
		send_sig_info(current, SIGXFSZ, NULL);
		return -EFBIG;
	}
	if (from == to && out_pos + n > in_pos && out_pos < in_pos + n)
		return -EINVAL;
	if (in_pos > INT64_MAX || out_pos > INT64_MAX)
		return -EINVAL;
	return min(n, MAX_RW_COUNT);
}

SYSCALL_DEFINE6(copy_file_range, unsigned, fd_in, s64 *, uin, unsigned, fd_out,
		s64 *, uout, size_t, n, unsigned, flags)
{
	struct file *in __free(file) = fget(fd_in);
	struct file *out __free(file) = fget(fd_out);
	u64 in_pos, out_pos;
	long ret;

	if (!in || !out)
		return -EBADF;
	in_pos = in->f_pos;
	out_pos = out->f_pos;
	if ((uin && get_user(in_pos, (u64 *)uin)) ||
	    (uout && get_user(out_pos, (u64 *)uout)))
		return -EFAULT;
	if (flags)
		return -EINVAL;
	ret = copy_allowed(in, in_pos, out, out_pos, n);
	if (ret > 0)
		ret = copy_bytes(in, &in_pos, out, &out_pos, ret);
	if (ret <= 0)
		return ret;
	if (!uin)
		in->f_pos = in_pos;
	if (!uout)
		out->f_pos = out_pos;
	if ((uin && put_user(in_pos, (u64 *)uin)) ||
	    (uout && put_user(out_pos, (u64 *)uout)))
		return -EFAULT;
	return ret;
}
