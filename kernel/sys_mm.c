// SPDX-License-Identifier: GPL-2.0
/*
 * Memory system calls that begin with a descriptor or a path; the others are
 * mm/'s own.  (Linux: mm/mmap.c ksys_mmap_pgoff, mm/swapfile.c)
 */
#include <arch/uaccess.h>
#include <drivers/block.h>
#include <fs/file.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <linux/mman.h>
#include <mm/swap.h>

#define SWAP_FLAG_PREFER	0x8000u
#define SWAP_FLAG_PRIO_MASK	0x7fffu
#define SWAP_FLAGS_VALID	0x7ffffu

SYSCALL_DEFINE6(mmap, unsigned long, addr, unsigned long, len, unsigned long,
		prot, unsigned long, flags, unsigned, fd, unsigned long, off)
{
	struct file *file = NULL;
	unsigned long ret;

	if (offset_in_page(off))
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS)) {
		file = fget(fd);
		if (!file)
			return -EBADF;
		if (file->f_mode & FMODE_PATH) {
			fput(file);
			return -EBADF;
		}
		if (flags & MAP_HUGETLB) {
			fput(file);
			return -EINVAL;
		}
	}
	ret = do_mmap(current->mm, file, addr, len, prot, flags,
		      off >> PAGE_SHIFT);
	if (file)
		fput(file);
	return ret;
}

SYSCALL_DEFINE1(brk, unsigned long, brk)
{
	return do_brk(current->mm, brk);
}

/* The block device a path names, held open through *file; the path is left in
 * `path`, PATH_MAX bytes. */
static struct block_device *open_swap_device(const char *upath, char *path,
					     struct file **file)
{
	struct block_device *bdev;
	long n = strncpy_from_user(path, upath, PATH_MAX);

	if (n < 0)
		return ERR_PTR(n);
	if (n == PATH_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	*file = filp_open(path, O_RDWR, 0);
	if (IS_ERR(*file))
		return (void *)*file;
	bdev = file_block_device(*file);
	if (bdev)
		return bdev;
	fput(*file);
	return ERR_PTR(-ENOTBLK);
}

SYSCALL_DEFINE2(swapon, const char *, upath, int, flags)
{
	struct block_device *bdev;
	struct file *file = NULL;
	char *path;
	int err, prio = -1;

	if (flags & ~SWAP_FLAGS_VALID)
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	if (flags & SWAP_FLAG_PREFER)
		prio = flags & SWAP_FLAG_PRIO_MASK;
	bdev = open_swap_device(upath, path, &file);
	err = PTR_ERR(bdev);
	if (!IS_ERR(bdev)) {
		err = do_swapon(bdev, path, prio);
		fput(file);
	}
	kfree(path);
	return err;
}

SYSCALL_DEFINE1(swapoff, const char *, upath)
{
	struct block_device *bdev;
	struct file *file = NULL;
	char *path;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	bdev = open_swap_device(upath, path, &file);
	err = PTR_ERR(bdev);
	if (err == -ENOTBLK)
		err = -EINVAL;
	if (!IS_ERR(bdev)) {
		err = do_swapoff(bdev);
		fput(file);
	}
	kfree(path);
	return err;
}
