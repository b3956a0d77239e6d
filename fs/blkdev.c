// SPDX-License-Identifier: GPL-2.0
/*
 * Disks as files: /dev/vda read and written at any offset, by copies through
 * pages of our own: as many whole pages in one request as there is memory for
 * (a request costs more than a page).  Nothing is cached, so that a read always
 * shows what is on the disk, whatever swap or the host did to it meanwhile; the
 * price is that a disk cannot be mapped.  (Linux, which caches: block/fops.c,
 * bdev.c)
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

/* How many of n pages could be copied.  *err: why not all. */
static unsigned copy_pages(struct page **pages, unsigned n, char *ubuf,
			   bool write, int *err)
{
	for (unsigned i = 0; i < n; i++, ubuf += PAGE_SIZE) {
		void *mem = page_address(pages[i]);

		*err = write ? copy_from_user(mem, ubuf, PAGE_SIZE) :
			       copy_to_user(ubuf, mem, PAGE_SIZE);
		if (*err)
			return i;
	}
	return n;
}

/* Up to n whole pages in one request.  How many, or why not the first: who is
 * told of an error has all that came before it. */
static int move_pages(struct block_device *bdev, struct page **pages,
		      unsigned n, u64 start, char *ubuf, bool write)
{
	int err = 0;

	if (write)
		n = copy_pages(pages, n, ubuf, true, &err);
	if (n)
		err = bdev_rw(bdev, write, start / SECTOR_SIZE, pages, n);
	if (err && n > 1)
		return move_pages(bdev, pages, 1, start, ubuf, write);
	if (!err && !write)
		n = copy_pages(pages, n, ubuf, false, &err);
	else if (err)
		n = 0;
	return n ? (int)n : err;
}

/* One, and up to `max` if nobody is pressed for them. */
static unsigned get_pages(struct page **pages, size_t max)
{
	unsigned n = 0;

	do
		pages[n] = alloc_page(n ? GFP_NOWAIT : GFP_KERNEL);
	while (pages[n] && ++n < min(max, BDEV_MAX_PAGES));
	return n;
}

/* The next part of a transfer of n bytes: how many bytes, or an error.  Pages
 * are aligned, but for the last one of a disk that is no whole number of pages
 * long. */
static long move_part(struct block_device *bdev, struct page **pages,
		      unsigned nr_pages, char *ubuf, size_t n, u64 pos,
		      bool write)
{
	u64 start = min(ALIGN_DOWN(pos, PAGE_SIZE),
			disk_bytes(bdev) - PAGE_SIZE);
	long ret;

	if (pos == start && n >= PAGE_SIZE) {
		ret = move_pages(bdev, pages, min(nr_pages, n / PAGE_SIZE),
				 start, ubuf, write);
		return ret < 0 ? ret : ret * (long)PAGE_SIZE;
	}
	n = min(n, PAGE_SIZE - (pos - start));
	ret = move_piece(bdev, pages[0], start, pos - start, ubuf, n, write);
	return ret ? ret : (long)n;
}

/* The whole transfer; *pos is inside the disk. */
static long transfer(struct block_device *bdev, char *ubuf, size_t n, u64 *pos,
		     bool write)
{
	struct page *pages[BDEV_MAX_PAGES];
	unsigned nr_pages = get_pages(pages, n / PAGE_SIZE);
	size_t done = 0;
	long ret = 0;

	if (!nr_pages)
		return -ENOMEM;
	n = min(n, disk_bytes(bdev) - *pos);
	while (done < n && !fatal_signal_pending()) {
		ret = move_part(bdev, pages, nr_pages, ubuf + done, n - done,
				*pos, write);
		if (ret < 0)
			break;
		done += ret;
		*pos += ret;
	}
	while (nr_pages--)
		put_page(pages[nr_pages]);
	return done ? (long)done : ret;
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
