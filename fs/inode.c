// SPDX-License-Identifier: GPL-2.0
/*
 * Inodes: their birth, their times, their end (Linux: fs/inode.c).
 *
 * i_count is the number of dentries and open jumps that name an inode; the
 * last iput() drops the page cache and frees it.  No lock: counts change
 * without a sleep in between, and iput() may be called under any lock, since
 * munmap ends files under mmap_lock.
 */
#include <arch/clock.h>
#include <fs/vfs.h>
#include <kernel/task.h>
#include <mm/slab.h>

#define NSEC_PER_SEC 1000000000ull
#define RELATIME_SEC (24 * 60 * 60)

static struct kmem_cache inode_cache = KMEM_CACHE(struct inode);

struct timespec64 current_time(void)
{
	u64 ns = clock_monotonic_ns();
	struct timespec64 now;

	now.tv_sec = clock_boot_epoch() + ns / NSEC_PER_SEC;
	now.tv_nsec = ns % NSEC_PER_SEC;
	return now;
}

void touch_mtime(struct inode *inode)
{
	inode->i_mtime = inode->i_ctime = current_time();
	inode->i_flags &= ~I_INITRD;
}

static bool time_after(struct timespec64 a, struct timespec64 b)
{
	return a.tv_sec > b.tv_sec ||
	       (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

/* MS_RELATIME: only what changed since the last look, or once a day, is worth
 * it. */
void touch_atime(struct inode *inode)
{
	struct timespec64 now = current_time();
	unsigned long flags = inode->i_sb->s_flags;

	if (flags & (MS_NOATIME | MS_RDONLY) ||
	    (flags & MS_NODIRATIME && S_ISDIR(inode->i_mode)))
		return;
	if (flags & MS_RELATIME && time_after(inode->i_atime, inode->i_mtime) &&
	    time_after(inode->i_atime, inode->i_ctime) &&
	    now.tv_sec - inode->i_atime.tv_sec < RELATIME_SEC)
		return;
	inode->i_atime = now;
}

struct inode *new_inode(struct super_block *sb, unsigned mode,
			unsigned as_flags)
{
	struct inode *inode;

	inode = kmem_cache_alloc(&inode_cache, GFP_KERNEL | GFP_ZERO);
	if (!inode)
		return NULL;
	inode->i_ino = ++sb->s_next_ino;
	inode->i_mode = mode;
	inode->i_nlink = 1;
	inode->i_count = 1;
	inode->i_sb = sb;
	inode->i_mtime = inode->i_ctime = inode->i_atime = current_time();
	mutex_init(&inode->i_lock, LOCK_INODE);
	address_space_init(&inode->i_data, as_flags, NULL, inode);
	return inode;
}

void inode_init_owner(struct inode *inode, struct inode *dir)
{
	inode->i_uid = current->euid;
	inode->i_gid = current->egid;
	if (!dir || !(dir->i_mode & S_ISGID))
		return;
	inode->i_gid = dir->i_gid;
	if (S_ISDIR(inode->i_mode))
		inode->i_mode |= S_ISGID;
}

struct inode *igrab(struct inode *inode)
{
	inode->i_count++;
	return inode;
}

void iput(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	BUG_ON(inode->i_count == 0);
	if (--inode->i_count)
		return;
	if (!sb->s_op || !sb->s_op->keep_inode || !sb->s_op->keep_inode(inode))
		inode_evict(inode);
}

void inode_evict(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	if (sb->s_op && sb->s_op->evict_inode)
		sb->s_op->evict_inode(inode);
	address_space_destroy(&inode->i_data);
	locks_free_context(inode);
	kmem_cache_free(&inode_cache, inode);
}
