// SPDX-License-Identifier: GPL-2.0
/*
 * Open files: made, shared, released; and the questions that exec and mm/ ask
 * about them (Linux: fs/file_table.c).
 *
 * f_count counts descriptors, areas and calls under way: who uses a file over
 * a sleep holds one.  i_writecount keeps programs that run from being written
 * and files that are open for writing from being run (ETXTBSY).  No lock:
 * nothing here sleeps between test and change.
 */
#include <drivers/block.h>
#include <fs/vfs.h>
#include <kernel/task.h>
#include <mm/slab.h>

static struct kmem_cache file_cache = KMEM_CACHE(struct file);
unsigned long nr_files;

unsigned long max_files(void)
{
	return totalram_pages * (PAGE_SIZE / 1024) / 10;
}

/* O_RDONLY, O_WRONLY, O_RDWR are 0, 1, 2; 3: permission checks only. */
static unsigned mode_of(unsigned flags)
{
	return (flags + 1) & (FMODE_READ | FMODE_WRITE);
}

static bool has_pages(struct inode *inode)
{
	return S_ISREG(inode->i_mode) && ((inode->i_data.flags & AS_SHMEM) ||
					  inode->i_data.a_ops);
}

struct file *alloc_file(struct dentry *dentry, unsigned flags,
			const struct file_operations *fop)
{
	struct file *f;

	if (nr_files >= max_files() && !capable(CAP_SYS_ADMIN))
		return ERR_PTR(-ENFILE);
	f = kmem_cache_alloc(&file_cache, GFP_KERNEL | GFP_ZERO);
	if (!f)
		return ERR_PTR(-ENOMEM);
	nr_files++;
	f->f_count = 1;
	f->f_mode = flags & O_PATH ? FMODE_PATH : mode_of(flags);
	f->f_flags = flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC);
	f->f_op = fop;
	f->f_dentry = dget(dentry);
	f->f_inode = dentry->d_inode;
	if (has_pages(f->f_inode) && !(flags & O_PATH))
		f->f_mapping = &f->f_inode->i_data;
	return f;
}

void __fput(struct file *f)
{
	if (f->f_op || f->f_mode & FMODE_PATH)
		fsnotify(f->f_dentry, f->f_mode & FMODE_WRITE ?
			 IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
	eventpoll_release(f);
	locks_remove_file(f);
	if (f->f_op && f->f_op->release)
		f->f_op->release(f);
	if ((f->f_mode & FMODE_WRITE) && S_ISREG(f->f_inode->i_mode))
		put_write_access(f->f_inode);
	if (f->f_mode & FMODE_DENYWRITE)
		allow_write_access(f);
	dput(f->f_dentry);
	kmem_cache_free(&file_cache, f);
	nr_files--;
}

int get_write_access(struct inode *inode)
{
	if (inode->i_writecount < 0)
		return -ETXTBSY;
	inode->i_writecount++;
	inode->i_sb->s_writers++;
	return 0;
}

void put_write_access(struct inode *inode)
{
	inode->i_writecount--;
	inode->i_sb->s_writers--;
}

int deny_write_access(struct file *f)
{
	if (f->f_inode->i_writecount > 0)
		return -ETXTBSY;
	f->f_inode->i_writecount--;
	return 0;
}

bool file_writers_denied(struct file *f)
{
	return f->f_inode->i_writecount < 0;
}

void allow_write_access(struct file *f)
{
	f->f_inode->i_writecount++;
}

char *file_path(struct file *f, char *buf, size_t size)
{
	char *path = d_path(f->f_dentry, buf, size);

	if (path)
		return path;
	buf[0] = '\0';
	return buf;
}

struct file_ident file_ident(struct file *f)
{
	return (struct file_ident){ .dev = f->f_inode->i_sb->s_dev,
				    .ino = f->f_inode->i_ino };
}

bool file_from_initrd(struct file *f)
{
	return f->f_inode->i_flags & I_INITRD;
}

u32 file_owner(struct file *f)
{
	return f->f_inode->i_uid;
}

bool file_is_dev_zero(struct file *f)
{
	return S_ISCHR(f->f_inode->i_mode) && f->f_inode->i_rdev == MKDEV(1, 5);
}

struct block_device *file_block_device(struct file *f)
{
	if (!S_ISBLK(f->f_inode->i_mode))
		return NULL;
	return block_device_by_dev(f->f_inode->i_rdev);
}

struct file *shmem_zero_setup_file(u64 size)
{
	return shmem_file("/dev/zero (deleted)", size, O_RDWR);
}

long kernel_read(struct file *f, void *buf, size_t n, u64 pos)
{
	if (!f->f_mapping)
		return -EINVAL;
	return filemap_kread(f, buf, n, pos);
}
