// SPDX-License-Identifier: GPL-2.0
/*
 * Disks as files: /dev/vda read and written at any offset, by copies through
 * a page of our own.  Nothing is cached, so that a read always shows what is
 * on the disk, whatever swap or the host did to it meanwhile; the price is
 * that a disk cannot be mapped.  (Linux, which caches: block/fops.c, bdev.c)
 *
 * Keeps true: bytes outside a write keep their value, also when two tasks
 * write to one sector: the inode's lock is held from the read of a page to
 * its write.  Lock order: LOCK_INODE, then what a fault in a user copy takes.
 */
#include <arch/uaccess.h>
#include <drivers/block.h>
#include <fs/vfs.h>
#include <kernel/task.h>
#include <linux/fs.h>

static u64 disk_bytes(const struct block_device *bdev)
{
	return bdev->sectors * SECTOR_SIZE;
}

/* Bytes [off, off + n) of the page that begins at `start` on the disk, through
 * `page`. */
static int move_piece(struct block_device *bdev, struct page *page, u64 start,
		      size_t off, char *ubuf, size_t n, bool write)
{
	u64 sector = start / SECTOR_SIZE;
	char *mem = (char *)page_address(page) + off;
	int err = 0;

	if (!write || n < PAGE_SIZE)
		err = bdev_rw(bdev, false, sector, &page, 1);
	if (err)
		return err;
	if (!write)
		return copy_to_user(ubuf, mem, n);
	err = copy_from_user(mem, ubuf, n);
	return err ? err : bdev_rw(bdev, true, sector, &page, 1);
}

/* The whole transfer; *pos is inside the disk.  Pages are aligned, but for
 * the last one of a disk that is no whole number of pages long. */
static long transfer(struct block_device *bdev, char *ubuf, size_t n, u64 *pos,
		     bool write)
{
	u64 size = disk_bytes(bdev);
	struct page *page = alloc_page(GFP_KERNEL);
	size_t done = 0;
	int err = 0;

	if (!page)
		return -ENOMEM;
	n = min(n, size - *pos);
	while (done < n && !fatal_signal_pending()) {
		u64 start = min(ALIGN_DOWN(*pos, PAGE_SIZE), size - PAGE_SIZE);
		size_t off = *pos - start;
		size_t part = min(n - done, PAGE_SIZE - off);

		err = move_piece(bdev, page, start, off, ubuf + done, part,
				 write);
		if (err)
			break;
		done += part;
		*pos += part;
	}
	put_page(page);
	return done ? (long)done : err;
}

static long blkdev_read(struct file *file, void *ubuf, size_t n, u64 *pos)
{
	if (*pos >= disk_bytes(file->private_data) || !n)
		return 0;
	return transfer(file->private_data, ubuf, n, pos, false);
}

static long blkdev_write(struct file *file, const void *ubuf, size_t n,
			 u64 *pos)
{
	long ret;

	if (!n)
		return 0;
	if (*pos >= disk_bytes(file->private_data))
		return -ENOSPC;
	mutex_lock(&file->f_inode->i_lock);
	ret = transfer(file->private_data, (char *)ubuf, n, pos, true);
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

static s64 blkdev_lseek(struct file *file, s64 off, int whence)
{
	return generic_lseek(file, off, whence, disk_bytes(file->private_data));
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
		device_add(b->name, S_IFBLK | 0660, b->dev, &blkdev_fops);
}
