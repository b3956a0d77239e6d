// SPDX-License-Identifier: GPL-2.0
/*
 * read(2), write(2), lseek(2) and their relatives (Linux:
 * fs/read_write.c).  A call holds a reference on its file, so that a
 * close meanwhile does no harm.  f_pos itself is handed to the file's
 * operation, which reads and moves it under the lock of what it reads.
 */
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/fs.h>
#include <linux/uio.h>
#include <mm/slab.h>

/* ---- one file, one buffer ---------------------------------------------- */

bool file_seekable(struct file *f)
{
	return f->f_op->lseek != no_lseek;
}

static void count_rw(bool write, long done)
{
	struct usage *u = &current->usage;

	++*(write ? &u->syscw : &u->syscr);
	if (done > 0)
		*(write ? &u->wchar : &u->rchar) += done;
}

static __always_inline long vfs_rw(struct file *f, void *ubuf, size_t n,
				   u64 *pos, bool write)
{
	const struct file_operations *op = f->f_op;
	long done;

	if (!(f->f_mode & (write ? FMODE_WRITE : FMODE_READ)))
		return -EBADF;
	if (!write && S_ISDIR(f->f_inode->i_mode))
		return -EISDIR;
	if (write ? !op->write : !op->read)
		return -EINVAL;
	if (!access_ok(ubuf, n))
		return -EFAULT;
	if (*pos <= INT64_MAX && *pos + n > INT64_MAX)
		return -EINVAL;
	n = min(n, MAX_RW_COUNT);
	done = write ? op->write(f, ubuf, n, pos) : op->read(f, ubuf, n, pos);
	count_rw(write, done);
	if (done > 0)
		fsnotify(f->f_dentry, write ? IN_MODIFY : IN_ACCESS);
	return done;
}

/* One call of read or write at *pos, or at the file's own position. */
static __always_inline long do_rw(unsigned fd, void *ubuf, size_t n, u64 *pos,
				  bool write)
{
	struct file *f __free(file) = fget(fd);

	if (!f)
		return -EBADF;
	if (pos && !file_seekable(f))
		return -ESPIPE;
	return vfs_rw(f, ubuf, n, pos ? pos : &f->f_pos, write);
}

SYSCALL_DEFINE3(read, unsigned, fd, void *, ubuf, size_t, n)
{
	return do_rw(fd, ubuf, n, NULL, false);
}

SYSCALL_DEFINE3(write, unsigned, fd, void *, ubuf, size_t, n)
{
	return do_rw(fd, ubuf, n, NULL, true);
}

SYSCALL_DEFINE4(pread64, unsigned, fd, void *, ubuf, size_t, n, s64, pos)
{
	return pos < 0 ? -EINVAL : do_rw(fd, ubuf, n, (u64 *)&pos, false);
}

SYSCALL_DEFINE4(pwrite64, unsigned, fd, void *, ubuf, size_t, n, s64, pos)
{
	return pos < 0 ? -EINVAL : do_rw(fd, ubuf, n, (u64 *)&pos, true);
}

/* ---- several buffers --------------------------------------------------- */

struct iovec *iovec_from_user(const struct iovec *uvec, size_t count)
{
	struct iovec *v;
	int err = 0;
	size_t i;

	if (count > UIO_MAXIOV)
		return ERR_PTR(-EINVAL);
	v = kmalloc(max(count, (size_t)1) * sizeof(*v), GFP_KERNEL);
	if (!v)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(v, uvec, count * sizeof(*v)))
		err = -EFAULT;
	for (i = 0; !err && i < count; i++)
		if ((s64)v[i].iov_len < 0)
			err = -EINVAL;
	if (!err)
		return v;
	kfree(v);
	return ERR_PTR(err);
}

struct iovec *import_iovec(const struct iovec *uvec, size_t count,
			   size_t *total)
{
	struct iovec *v = iovec_from_user(uvec, count);
	size_t i;

	*total = 0;
	for (i = 0; !IS_ERR(v) && i < count; i++) {
		if (!access_ok(v[i].iov_base, v[i].iov_len)) {
			kfree(v);
			return ERR_PTR(-EFAULT);
		}
		v[i].iov_len = min((size_t)v[i].iov_len, MAX_RW_COUNT - *total);
		*total += v[i].iov_len;
	}
	return v;
}

/* Would a further read have to wait, though some bytes are there to return? */
static bool read_would_wait(struct file *f)
{
	return f->f_op->poll && !(vfs_poll(f, NULL) & POLLIN);
}

static long rw_vector(struct file *f, const struct iovec *v, size_t count,
		      u64 *pos, bool write)
{
	long done = 0, n;
	size_t i;

	for (i = 0; i < count; i++) {
		if (done && !write && read_would_wait(f))
			break;
		if (!v[i].iov_len && (i + 1 < count || done))
			continue;
		n = vfs_rw(f, v[i].iov_base, v[i].iov_len, pos, write);
		if (n < 0)
			return done ? done : n;
		done += n;
		if (n < (long)v[i].iov_len)
			break;
	}
	return done;
}

static long do_vector(unsigned fd, const struct iovec *uvec, size_t count,
		      u64 *pos, bool write, unsigned flags)
{
	struct file *f __free(file) = fget(fd);
	struct iovec *v __free(memory) = NULL;
	u64 end;
	size_t total;
	long ret;

	if (!f)
		return -EBADF;
	if (pos && !file_seekable(f))
		return -ESPIPE;
	v = import_iovec(uvec, count, &total);
	if (IS_ERR(v))
		return PTR_ERR(v);
	if (!(f->f_mode & (write ? FMODE_WRITE : FMODE_READ)))
		return -EBADF;
	if (total && flags & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_APPEND))
		return -EOPNOTSUPP;
	if (write && S_ISFIFO(f->f_inode->i_mode))
		return pipe_writev(f, v, total);
	if (write && flags & RWF_APPEND && S_ISREG(f->f_inode->i_mode)) {
		end = f->f_inode->i_data.size;
		ret = rw_vector(f, v, count, &end, true);
		if (!pos)
			f->f_pos = end;
	} else {
		ret = rw_vector(f, v, count, pos ? pos : &f->f_pos, write);
	}
	if (write && ret > 0 && flags & (RWF_DSYNC | RWF_SYNC) &&
	    f->f_op->fsync)
		f->f_op->fsync(f);
	return ret;
}

/* -1: at the file's own position. */
SYSCALL_DEFINE6(preadv2, unsigned, fd, const struct iovec *, v, size_t, n,
		s64, pos, u64, pos_high, unsigned, flags)
{
	return pos < -1 ? -EINVAL : do_vector(fd, v, n, pos == -1 ? NULL :
					      (u64 *)&pos, false, flags);
}

SYSCALL_DEFINE6(pwritev2, unsigned, fd, const struct iovec *, v, size_t, n,
		s64, pos, u64, pos_high, unsigned, flags)
{
	return pos < -1 ? -EINVAL : do_vector(fd, v, n, pos == -1 ? NULL :
					      (u64 *)&pos, true, flags);
}

SYSCALL_DEFINE4(preadv, unsigned, fd, const struct iovec *, v, size_t, n,
		s64, pos)
{
	return pos < 0 ? -EINVAL : do_vector(fd, v, n, (u64 *)&pos, false, 0);
}

SYSCALL_DEFINE4(pwritev, unsigned, fd, const struct iovec *, v, size_t, n,
		s64, pos)
{
	return pos < 0 ? -EINVAL : do_vector(fd, v, n, (u64 *)&pos, true, 0);
}

SYSCALL_AS(readv, preadv2, a, b, c, -1)
SYSCALL_AS(writev, pwritev2, a, b, c, -1)

/* ---- seeking ----------------------------------------------------------- */

s64 no_lseek(struct file *file, s64 off, int whence)
{
	return -ESPIPE;
}

s64 generic_lseek(struct file *file, s64 off, int whence, u64 size)
{
	s64 pos;

	switch (whence) {
	case SEEK_SET:
		pos = off;
		break;
	case SEEK_CUR:
		pos = file->f_pos + off;	/* negative if it is too much */
		break;
	case SEEK_END:
		pos = size + off;
		break;
	case SEEK_DATA:
	case SEEK_HOLE:		/* files count as without holes */
		if (off < 0 || (u64)off >= size)
			return -ENXIO;
		pos = whence == SEEK_DATA ? off : (s64)size;
		break;
	default:
		return -EINVAL;
	}
	if (pos < 0)
		return -EINVAL;
	file->f_pos = pos;
	return pos;
}

SYSCALL_DEFINE3(lseek, unsigned, fd, s64, off, int, whence)
{
	struct file *f __free(file) = fget(fd);

	if (!f)
		return -EBADF;
	if (f->f_op->lseek)
		return f->f_op->lseek(f, off, whence);
	return generic_lseek(f, off, whence, f->f_inode->i_data.size);
}
