// SPDX-License-Identifier: GPL-2.0
/*
 * Disks as files: /dev/vda read and written at any offset, by copies through
 * pages of our own.  Nothing is cached, so that a read always shows what is
 * on the disk, whatever swap or the host did to it meanwhile; the price is
 * that a disk cannot be mapped.  (Linux, which caches: block/fops.c, bdev.c)
 *
 * Keeps true: bytes outside a write keep their value, also when two tasks
 * write to one sector: the inode's lock is held from the read of a page to
 * its write.  Lock order: LOCK_INODE, then what a fault in a user copy takes.
 */
#include <arch/uaccess.h>
#include <drivers/block.h>
#include <fs/blkdev.h>
#include <fs/vfs.h>
#include <kernel/task.h>
#include <lib/bug.h>
#include <lib/string.h>
#include <linux/fs.h>
#include <mm/slab.h>

#define WINDOW_PAGES	8u
#define PAGE_SECTORS	(PAGE_SIZE / SECTOR_SIZE)

/* Whole pages of the disk around a piece of a transfer. */
struct window {
	u64 sector;		/* where pages[0] begins */
	unsigned n;
	size_t offset;		/* of the piece in the window, bytes */
	size_t len;		/* of the piece, bytes */
	struct page *pages[WINDOW_PAGES];
};

static u64 disk_bytes(const struct block_device *bdev)
{
	return bdev->sectors * SECTOR_SIZE;
}

/* Place a window on [pos, pos + n): page aligned, except for the last page of
 * a disk that is not a whole number of pages long.  n > 0 and inside the
 * disk. */
static void place_window(const struct block_device *bdev, struct window *w,
			 u64 pos, size_t n)
{
	u64 start = ALIGN_DOWN(pos, PAGE_SIZE);
	u64 room = (disk_bytes(bdev) - start) / PAGE_SIZE;

	w->n = min(min(DIV_ROUND_UP(pos - start + n, PAGE_SIZE),
		       (u64)WINDOW_PAGES), room);
	if (!w->n) {
		w->n = 1;
		start = disk_bytes(bdev) - PAGE_SIZE;
	}
	w->sector = start / SECTOR_SIZE;
	w->offset = pos - start;
	w->len = min(n, w->n * PAGE_SIZE - w->offset);
}

/* Copy the piece between the window and user memory. */
static int copy_window(struct window *w, char *ubuf, bool to_disk)
{
	size_t done = 0;

	while (done < w->len) {
		size_t at = w->offset + done, off = at % PAGE_SIZE;
		size_t part = min(w->len - done, PAGE_SIZE - off);
		char *mem = page_address(w->pages[at / PAGE_SIZE]);

		if (to_disk ? copy_from_user(mem + off, ubuf + done, part) :
			      copy_to_user(ubuf + done, mem + off, part))
			return -EFAULT;
		done += part;
	}
	return 0;
}

static int read_piece(struct block_device *bdev, struct window *w, char *ubuf)
{
	int err = bdev_rw(bdev, false, w->sector, w->pages, w->n);

	return err ? err : copy_window(w, ubuf, false);
}

static int write_piece(struct block_device *bdev, struct window *w, char *ubuf)
{
	bool whole = !w->offset && w->len == w->n * PAGE_SIZE;
	int err = 0;

	if (!whole)
		err = bdev_rw(bdev, false, w->sector, w->pages, w->n);
	if (!err)
		err = copy_window(w, ubuf, true);
	return err ? err : bdev_rw(bdev, true, w->sector, w->pages, w->n);
}

static int alloc_window(struct window *w)
{
	for (unsigned i = 0; i < WINDOW_PAGES; i++) {
		w->pages[i] = alloc_page(GFP_KERNEL);
		if (w->pages[i])
			continue;
		while (i--)
			put_page(w->pages[i]);
		return -ENOMEM;
	}
	return 0;
}

static void free_window(struct window *w)
{
	for (unsigned i = 0; i < WINDOW_PAGES; i++)
		put_page(w->pages[i]);
}

/* The whole transfer; n is clipped to the disk's end by the caller. */
static long transfer(struct file *file, char *ubuf, size_t n, u64 *pos,
		     int (*piece)(struct block_device *bdev, struct window *w,
				  char *ubuf))
{
	struct block_device *bdev = file->private_data;
	struct window w;
	size_t done = 0;
	int err = alloc_window(&w);

	if (err)
		return err;
	while (done < n && !fatal_signal_pending()) {
		place_window(bdev, &w, *pos, n - done);
		err = piece(bdev, &w, ubuf + done);
		if (err)
			break;
		done += w.len;
		*pos += w.len;
	}
	free_window(&w);
	return done ? (long)done : err;
}

static long blkdev_read(struct file *file, void *ubuf, size_t n, u64 *pos)
{
	u64 size = disk_bytes(file->private_data);

	if (*pos >= size || !n)
		return 0;
	return transfer(file, ubuf, min(n, size - *pos), pos, read_piece);
}

static long blkdev_write(struct file *file, const void *ubuf, size_t n,
			 u64 *pos)
{
	u64 size = disk_bytes(file->private_data);
	long ret;

	if (!n)
		return 0;
	if (*pos >= size)
		return -ENOSPC;
	mutex_lock(&file->f_inode->i_lock);
	ret = transfer(file, (char *)ubuf, min(n, size - *pos), pos,
		       write_piece);
	mutex_unlock(&file->f_inode->i_lock);
	return ret;
}

static int blkdev_open(struct inode *inode, struct file *file)
{
	struct block_device *bdev = block_device_by_dev(inode->i_rdev);

	if (!bdev || disk_bytes(bdev) < PAGE_SIZE)
		return -ENXIO;
	if (bdev->readonly && (file->f_mode & FMODE_WRITE))
		return -EACCES;
	file->private_data = bdev;
	file->f_mapping = NULL;
	return 0;
}

static int blkdev_fsync(struct file *file)
{
	struct block_device *bdev = file->private_data;

	return bdev->flush(bdev);
}

static u64 blkdev_size(struct file *file)
{
	return disk_bytes(file->private_data);
}

static s64 blkdev_lseek(struct file *file, s64 off, int whence)
{
	return generic_lseek(file, off, whence, blkdev_size(file));
}

static long blkdev_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	struct block_device *bdev = file->private_data;

	switch (cmd) {
	case BLKGETSIZE64:
		return put_user(disk_bytes(bdev), (u64 *)arg);
	case BLKGETSIZE:
		return put_user(bdev->sectors, (u64 *)arg);
	case BLKSSZGET:
		return put_user(SECTOR_SIZE, (int *)arg);
	case BLKPBSZGET:
		return put_user(SECTOR_SIZE, (unsigned *)arg);
	case BLKBSZGET:
		return put_user(PAGE_SIZE, (int *)arg);
	case BLKROGET:
		return put_user(bdev->readonly, (int *)arg);
	case BLKFLSBUF:
		return capable(CAP_SYS_ADMIN) ? bdev->flush(bdev) : -EACCES;
	default:
		return -ENOTTY;
	}
}

static const struct file_operations blkdev_fops = {
	.open = blkdev_open,
	.read = blkdev_read,
	.write = blkdev_write,
	.lseek = blkdev_lseek,
	.ioctl = blkdev_ioctl,
	.fsync = blkdev_fsync,
};

void blkdev_init(void)
{
	struct block_device *b = block_device_first();

	for (; b; b = TAILQ_NEXT(b, list))
		if (register_blkdev(MAJOR(b->dev), MINOR(b->dev), 1,
				    &blkdev_fops) ||
		    device_add(b->name, S_IFBLK | 0660, b->dev))
			printk("/dev/%s: out of memory\n", b->name);
}
