// SPDX-License-Identifier: GPL-2.0
/*
 * Listing a directory: getdents64(2), getdents(2), and the listing of a
 * directory whose names are all in the dentry tree (Linux: fs/readdir.c,
 * fs/libfs.c).  A listing holds namespace_mutex, so names neither come nor go
 * while it copies to user memory; between calls the position is d_off.
 */
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <lib/string.h>

#define DT_DIR (S_IFDIR >> 12)

bool dir_emit_dots(struct file *f, struct dir_context *ctx)
{
	struct dentry *d = f->f_dentry;

	for (; ctx->pos < 2; ctx->pos++)
		if (!ctx->emit(ctx, "..", ctx->pos + 1,
			       ctx->pos ? d->d_parent->d_inode->i_ino :
					  d->d_inode->i_ino,
			       DT_DIR, ctx->pos + 1))
			return false;
	return true;
}

/* A child at d_off is listed when pos < d_off, and leaves pos = d_off. */
int dcache_readdir(struct file *f, struct dir_context *ctx)
{
	struct dentry *d;

	if (!dir_emit_dots(f, ctx))
		return 0;
	TAILQ_FOREACH(d, &f->f_dentry->d_subdirs, d_child) {
		if (d->d_off <= ctx->pos)
			continue;
		if (!ctx->emit(ctx, d->d_name, d->d_len, d->d_inode->i_ino,
			       (d->d_inode->i_mode & S_IFMT) >> 12, d->d_off))
			return 0;
		ctx->pos = d->d_off;
	}
	return 0;
}

struct linux_dirent64 {
	u64 d_ino;
	s64 d_off;
	u16 d_reclen;
	u8 d_type;
	char d_name[];
};

struct linux_dirent {		/* as above, without d_type */
	u64 d_ino;
	s64 d_off;
	u16 d_reclen;
	char d_name[];
};

struct getdents {
	struct dir_context ctx;
	char *ubuf;
	size_t left, done;
	bool old;
	int error;
};

/* One record: head, name, padding; an old one ends with d_type. */
static bool emit_record(struct dir_context *ctx, const char *name, size_t len,
			u64 ino, unsigned type, u64 off)
{
	struct getdents *g = container_of(ctx, struct getdents, ctx);
	size_t head = g->old ? offsetof(struct linux_dirent, d_name) :
			       offsetof(struct linux_dirent64, d_name);
	size_t reclen = ALIGN_UP(head + len + 1 + g->old, 8);
	char rec[ALIGN_UP(sizeof(struct linux_dirent64) + NAME_MAX + 2, 8)]
		__aligned(8);
	struct linux_dirent64 *d = (struct linux_dirent64 *)rec;

	if (len > NAME_MAX)
		return false;
	if (reclen > g->left) {
		g->error = -EINVAL;	/* if not even one fits */
		return false;
	}
	memset(rec, 0, reclen);
	d->d_ino = ino;
	d->d_off = off;
	d->d_reclen = reclen;
	d->d_type = type;		/* an old record's name overwrites it */
	memcpy(rec + head, name, len);
	if (g->old)
		rec[reclen - 1] = type;
	if (copy_to_user(g->ubuf, rec, reclen)) {
		g->error = -EFAULT;
		return false;
	}
	g->ubuf += reclen;
	g->left -= reclen;
	g->done += reclen;
	return true;
}

static long iterate_dir(struct file *f, struct getdents *g)
{
	struct inode *inode = f->f_inode;
	int err;

	if (!S_ISDIR(inode->i_mode) || !f->f_op->readdir)
		return -ENOTDIR;
	mutex_lock(&namespace_mutex);
	if (inode->i_flags & I_DEAD) {
		mutex_unlock(&namespace_mutex);
		return -ENOENT;
	}
	g->ctx.pos = f->f_pos;
	err = f->f_op->readdir(f, &g->ctx);
	f->f_pos = g->ctx.pos;
	mutex_unlock(&namespace_mutex);
	touch_atime(inode);
	fsnotify(f->f_dentry, IN_ACCESS);
	if (g->done)
		return g->done;
	return err ? err : g->error;
}

static long do_getdents(unsigned fd, void *ubuf, unsigned n, bool old)
{
	struct getdents g = { .ctx.emit = emit_record, .ubuf = ubuf,
			      .left = n, .old = old };
	struct file *f __free(file) = fget(fd);

	return f ? iterate_dir(f, &g) : -EBADF;
}

SYSCALL_DEFINE3(getdents64, unsigned, fd, void *, ubuf, unsigned, n)
{
	return do_getdents(fd, ubuf, n, false);
}

SYSCALL_DEFINE3(getdents, unsigned, fd, void *, ubuf, unsigned, n)
{
	return do_getdents(fd, ubuf, n, true);
}
