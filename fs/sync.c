// SPDX-License-Identifier: GPL-2.0
/*
 * fsync(2), sync(2), sync_file_range(2), posix_fadvise(2), readahead(2)
 * (Linux: fs/sync.c, mm/fadvise.c).  The mount table is walked under
 * namespace_mutex, but no disk is waited for under it; a file's own
 * f_op->fsync takes the locks it needs.
 */
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <linux/fadvise.h>
#include <linux/fs.h>

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
	while ((sb = next_mount(sb))) {
		sb->s_syncing++;
		mutex_unlock(&namespace_mutex);
		sync_super(sb);
		mutex_lock(&namespace_mutex);
		sb->s_syncing--;
		wake_up(&umount_wait);
	}
	mutex_unlock(&namespace_mutex);
	return 0;
}

SYSCALL_DEFINE1(syncfs, unsigned, fd)
{
	struct file *f __free(file) = fget(fd);

	return f ? sync_super(f->f_inode->i_sb) : -EBADF;
}

/* Write and drop the whole pages of bytes [off, end); the last one counts as
 * whole if the file ends in it. */
static void fadvise_dontneed(struct address_space *mapping, u64 off, u64 end)
{
	u64 first = DIV_ROUND_UP(off, PAGE_SIZE);

	filemap_sync(mapping, off, min(end, (u64)INT64_MAX));
	if (end >= mapping->size)
		end = PAGE_ALIGN(end);
	if (end >> PAGE_SHIFT > first)
		invalidate_mapping_pages(mapping, first,
					 (end >> PAGE_SHIFT) - 1);
}

static int vfs_fadvise(struct file *f, u64 off, s64 len, int advice)
{
	u64 end = len && off + len >= len ? off + len : INT64_MAX;

	if (S_ISFIFO(f->f_inode->i_mode))
		return -ESPIPE;
	if (len < 0 || advice < POSIX_FADV_NORMAL ||
	    advice > POSIX_FADV_NOREUSE)
		return -EINVAL;
	if (!f->f_mapping || f->f_mapping->flags & AS_SHMEM)
		return 0;
	if (advice == POSIX_FADV_WILLNEED)
		page_cache_readahead(f->f_mapping, off >> PAGE_SHIFT,
				     DIV_ROUND_UP(end, PAGE_SIZE));
	else if (advice == POSIX_FADV_DONTNEED)
		fadvise_dontneed(f->f_mapping, off, end);
	else if (advice != POSIX_FADV_NOREUSE)
		f->f_ra.advice = advice;
	return 0;
}

/* Writing and waiting are one here. */
SYSCALL_DEFINE4(sync_file_range, unsigned, fd, s64, off, s64, n,
		unsigned, flags)
{
	struct file *f __free(file) = fget(fd);
	s64 end = (u64)off + n;

	if (!f)
		return -EBADF;
	if (flags & ~(SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
		      SYNC_FILE_RANGE_WAIT_AFTER))
		return -EINVAL;
	if (off < 0 || end < off)
		return -EINVAL;
	if (!S_ISREG(f->f_inode->i_mode) && !S_ISBLK(f->f_inode->i_mode) &&
	    !S_ISDIR(f->f_inode->i_mode))
		return -ESPIPE;
	if (!f->f_mapping || !flags)
		return 0;
	return filemap_sync(f->f_mapping, off, n ? end : INT64_MAX);
}

SYSCALL_DEFINE4(fadvise64, unsigned, fd, s64, off, s64, len, int, advice)
{
	struct file *f __free(file) = fget(fd);

	return f ? vfs_fadvise(f, off, len, advice) : -EBADF;
}

SYSCALL_DEFINE3(readahead, unsigned, fd, s64, off, size_t, count)
{
	struct file *f __free(file) = fget(fd);

	if (!f || !(f->f_mode & FMODE_READ))
		return -EBADF;
	if (!S_ISREG(f->f_inode->i_mode) || !f->f_mapping)
		return -EINVAL;
	return vfs_fadvise(f, off, count, POSIX_FADV_WILLNEED);
}
