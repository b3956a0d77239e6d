// SPDX-License-Identifier: GPL-2.0
/*
 * fsync(2), sync(2), posix_fadvise(2) (Linux: fs/sync.c, mm/fadvise.c).  The
 * mount table is walked under namespace_mutex; a file's own f_op->fsync takes
 * the locks it needs.
 */
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <linux/fadvise.h>

SYSCALL_DEFINE1(fsync, unsigned, fd)
{
	struct file *f __free(file) = fget(fd);

	if (!f)
		return -EBADF;
	return f->f_op->fsync ? f->f_op->fsync(f) : -EINVAL;
}

SYSCALL_AS(fdatasync, fsync, a)

static int sync_super(struct super_block *sb)
{
	return sb->s_op && sb->s_op->sync_fs ? sb->s_op->sync_fs(sb) : 0;
}

SYSCALL_DEFINE0(sync)
{
	struct super_block *sb = NULL;

	mutex_lock(&namespace_mutex);
	while ((sb = next_mount(sb)))
		sync_super(sb);
	mutex_unlock(&namespace_mutex);
	return 0;
}

SYSCALL_DEFINE1(syncfs, unsigned, fd)
{
	struct file *f __free(file) = fget(fd);

	return f ? sync_super(f->f_inode->i_sb) : -EBADF;
}

SYSCALL_DEFINE4(fadvise64, unsigned, fd, s64, off, s64, len, int, advice)
{
	struct file *f __free(file) = fget(fd);
	u64 end = len ? (u64)off + len : UINT64_MAX;

	if (!f)
		return -EBADF;
	if (S_ISFIFO(f->f_inode->i_mode))
		return -ESPIPE;
	if (len < 0 || advice < POSIX_FADV_NORMAL ||
	    advice > POSIX_FADV_NOREUSE)
		return -EINVAL;
	if (advice == POSIX_FADV_DONTNEED && f->f_mapping)
		invalidate_mapping_pages(f->f_mapping,
					 DIV_ROUND_UP((u64)off, PAGE_SIZE),
					 end >> PAGE_SHIFT);
	return 0;
}
