// SPDX-License-Identifier: GPL-2.0
/*
 * Memory system calls that begin with a descriptor or a path; the others are
 * mm/'s own.  (Linux: mm/mmap.c ksys_mmap_pgoff, mm/swapfile.c)
 */
#include <arch/uaccess.h>
#include <drivers/block.h>
#include <fs/file.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <mm/swap.h>

#define SWAP_FLAG_PREFER	0x8000u
#define SWAP_FLAG_PRIO_MASK	0x7fffu
#define SWAP_FLAGS_VALID	0x7ffffu

SYSCALL_DEFINE6(mmap, unsigned long, addr, unsigned long, len, unsigned long,
		prot, unsigned long, flags, unsigned, fd, unsigned long, off)
{
	struct file *file __free(file) = NULL;

	if (offset_in_page(off))
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS)) {
		file = fget(fd);
		if (!file || (file->f_mode & FMODE_PATH))
			return -EBADF;
		if (flags & MAP_HUGETLB)
			return -EINVAL;
	} else if (flags & MAP_HUGETLB) {
		return len ? -ENOMEM : -EINVAL;		/* none reserved */
	}
	return do_mmap(current->mm, file, addr, len, prot, flags,
		       off >> PAGE_SHIFT);
}

SYSCALL_DEFINE1(brk, unsigned long, brk)
{
	return do_brk(current->mm, brk);
}

/* The block device a path names, held open through *file. */
static struct block_device *open_swap_device(const char *path,
					     struct file **file)
{
	struct block_device *bdev;

	*file = filp_open(path, O_RDWR, 0);
	if (IS_ERR(*file))
		return ERR_CAST(*file);
	bdev = file_block_device(*file);
	if (bdev)
		return bdev;
	fput(*file);
	return ERR_PTR(-EINVAL);	/* no swap in files */
}

/* do_swapon() or do_swapoff() on a user's path. */
static int with_swap_device(const char *upath, bool on, int prio)
{
	struct block_device *bdev;
	struct file *file;
	char *path;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	path = getname(upath, 0);
	if (IS_ERR(path))
		return PTR_ERR(path);
	bdev = open_swap_device(path, &file);
	err = PTR_ERR(bdev);
	if (!IS_ERR(bdev)) {
		err = on ? do_swapon(bdev, path, prio) : do_swapoff(bdev);
		fput(file);
	}
	kfree(path);
	return err;
}

SYSCALL_DEFINE2(swapon, const char *, upath, int, flags)
{
	if (flags & ~SWAP_FLAGS_VALID)
		return -EINVAL;
	return with_swap_device(upath, true, flags & SWAP_FLAG_PREFER ?
				flags & SWAP_FLAG_PRIO_MASK : -1);
}

SYSCALL_DEFINE1(swapoff, const char *, upath)
{
	return with_swap_device(upath, false, 0);
}
