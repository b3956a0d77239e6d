// SPDX-License-Identifier: GPL-2.0
/*
 * tmpfs: files whose pages are shmem's and whose names are the dentry tree
 * itself (Linux: the second half of mm/shmem.c).  Serves "/", tmpfs mounts,
 * devtmpfs, memfd_create and shared anonymous memory.
 *
 * The number of pages is limited by shmem_max_pages (mm/shmem.c), that of
 * inodes by half of the frames: ENOSPC.  A file is read and written under
 * its i_lock; names change under namespace_mutex.
 */
#include <arch/uaccess.h>
#include <asm/statfs.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <mm/slab.h>

#define DIRENT_SIZE 20		/* what a name adds to st_size: as Linux */

static struct super_block *shm_sb;	/* files without a name */
static unsigned long nr_tmpfs_inodes;

static const struct inode_operations dir_iops, link_iops;
static const struct file_operations dir_fops;

/* ---- files ------------------------------------------------------------- */

static long tmpfs_read(struct file *f, void *ubuf, size_t n, u64 *pos)
{
	long ret;

	mutex_lock(&f->f_inode->i_lock);
	ret = filemap_read(f, ubuf, n, pos);
	mutex_unlock(&f->f_inode->i_lock);
	if (!(f->f_flags & O_NOATIME))
		touch_atime(f->f_inode);
	return ret;
}

/* How many of n bytes may be written at pos, or -errno.  F_SEAL_GROW refuses
 * page by page, as Linux: the page in which the file would grow is left out
 * whole. */
static long write_allowed(struct inode *inode, u64 pos, size_t n)
{
	u64 limit = rlimit(RLIMIT_FSIZE), last;

	if (inode->i_data.flags & AS_SEALED)
		return -EPERM;
	if ((inode->i_seals & F_SEAL_GROW) && pos + n > inode->i_data.size) {
		last = ALIGN_DOWN(inode->i_data.size, PAGE_SIZE);
		if (pos >= last)
			return -EPERM;
		n = last - pos;
	}
	if (pos >= limit) {
		send_sig_info(current, SIGXFSZ, NULL);
		return -EFBIG;
	}
	if (pos >= INT64_MAX)
		return -EFBIG;
	return min((u64)n, min(limit, (u64)INT64_MAX) - pos);
}

/* From user memory, or the kernel's. */
static long write_from(struct file *f, const void *buf, size_t n, u64 *pos,
		       bool user)
{
	struct inode *inode = f->f_inode;
	u64 at;
	long ret;

	if (!n)
		return 0;
	mutex_lock(&inode->i_lock);
	at = f->f_flags & O_APPEND ? inode->i_data.size : *pos;
	ret = write_allowed(inode, at, n);
	if (ret > 0)
		ret = user ? filemap_write(f->f_mapping, buf, ret, &at) :
			     filemap_kwrite(f->f_mapping, buf, ret, &at);
	if (ret > 0) {
		*pos = at;
		if (!capable(CAP_FSETID))
			inode->i_mode &= ~S_ISUID;
		touch_mtime(inode);
	}
	mutex_unlock(&inode->i_lock);
	return ret;
}

static long tmpfs_write(struct file *f, const void *ubuf, size_t n, u64 *pos)
{
	return write_from(f, ubuf, n, pos, true);
}

static long tmpfs_kwrite(struct file *f, const void *buf, size_t n, u64 *pos)
{
	return write_from(f, buf, n, pos, false);
}

/* SEEK_DATA, SEEK_HOLE: data is what is in memory or in swap. */
static s64 tmpfs_lseek(struct file *f, s64 off, int whence)
{
	u64 size = f->f_mapping->size, index = off >> PAGE_SHIFT, pos;

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_lseek(f, off, whence, size);
	if (off < 0 || (u64)off >= size)
		return -ENXIO;
	if (whence == SEEK_HOLE)
		while (radix_lookup(&f->f_mapping->i_pages, index))
			index++;
	else if (!radix_next(&f->f_mapping->i_pages, &index))
		return -ENXIO;
	pos = max((u64)off, index << PAGE_SHIFT);
	if (whence == SEEK_HOLE)
		pos = min(pos, size);
	else if (pos >= size)
		return -ENXIO;
	f->f_pos = pos;
	return pos;
}

static int tmpfs_fsync(struct file *f)
{
	return 0;
}

/* A shared mapping may write from now on: no longer what the initrd had. */
static int tmpfs_open(struct inode *inode, struct file *f)
{
	if (f->f_mode & FMODE_WRITE)
		inode->i_flags &= ~I_INITRD;
	return 0;
}

static const struct file_operations file_fops = {
	.open = tmpfs_open,
	.read = tmpfs_read,
	.write = tmpfs_write,
	.kwrite = tmpfs_kwrite,
	.lseek = tmpfs_lseek,
	.fsync = tmpfs_fsync,
};

static int tmpfs_setsize(struct inode *inode, u64 size)
{
	return truncate_setsize(&inode->i_data, size);
}

static const struct inode_operations file_iops = {
	.setsize = tmpfs_setsize,
};

/* ---- names ------------------------------------------------------------- */

static struct inode *tmpfs_inode(struct super_block *sb, unsigned mode,
				 unsigned rdev)
{
	struct inode *inode;

	if (nr_tmpfs_inodes >= totalram_pages / 2)
		return ERR_PTR(-ENOSPC);
	inode = new_inode(sb, mode, S_ISREG(mode) ? AS_SHMEM : 0);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	nr_tmpfs_inodes++;
	inode->i_rdev = rdev;
	inode->i_seals = F_SEAL_SEAL;
	inode->i_op = &file_iops;
	if (S_ISREG(mode)) {
		inode->i_fop = &file_fops;
	} else if (S_ISDIR(mode)) {
		inode->i_op = &dir_iops;
		inode->i_fop = &dir_fops;
		inode->i_nlink = 2;
		inode->i_data.size = 2 * DIRENT_SIZE;
	} else if (S_ISLNK(mode)) {
		inode->i_op = &link_iops;
	}
	return inode;
}

/* `dir` got (n = 1) or lost (n = -1) a name of `inode`. */
static void count_name(struct inode *dir, struct inode *inode, int n)
{
	dir->i_data.size += n * DIRENT_SIZE;
	dir->i_nlink += S_ISDIR(inode->i_mode) ? n : 0;
	touch_mtime(dir);
}

/* Something new in dir, owned by current. */
static struct inode *make_named(struct inode *dir, struct dentry *dentry,
				unsigned mode, unsigned rdev)
{
	struct inode *inode = tmpfs_inode(dir->i_sb, mode, rdev);

	if (IS_ERR(inode))
		return inode;
	inode_init_owner(inode, dir);
	d_instantiate(dentry, inode);
	count_name(dir, inode, 1);
	return inode;
}

static int tmpfs_mknod(struct inode *dir, struct dentry *dentry, unsigned mode,
		       unsigned rdev)
{
	return PTR_ERR_OR_ZERO(make_named(dir, dentry, mode, rdev));
}

static int tmpfs_symlink(struct inode *dir, struct dentry *dentry,
			 const char *target)
{
	char *text = kstrdup(target, GFP_KERNEL);
	struct inode *inode;

	if (!text)
		return -ENOMEM;
	inode = make_named(dir, dentry, S_IFLNK | 0777, 0);
	if (IS_ERR(inode)) {
		kfree(text);
		return PTR_ERR(inode);
	}
	inode->i_private = text;
	inode->i_data.size = strlen(text);
	return 0;
}

static int tmpfs_link(struct inode *dir, struct dentry *dentry,
		      struct inode *target)
{
	target->i_nlink++;
	target->i_ctime = current_time();
	d_instantiate(dentry, igrab(target));
	count_name(dir, target, 1);
	return 0;
}

static int tmpfs_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	count_name(dir, inode, -1);
	inode->i_nlink -= S_ISDIR(inode->i_mode) ? 2 : 1;
	inode->i_ctime = current_time();
	return 0;
}

static int tmpfs_rename(struct inode *olddir, struct dentry *dentry,
			struct inode *newdir, const char *newname,
			struct dentry *target)
{
	if (target)
		tmpfs_unlink(newdir, target);
	count_name(olddir, dentry->d_inode, -1);
	count_name(newdir, dentry->d_inode, 1);
	dentry->d_inode->i_ctime = current_time();
	return 0;
}

static int tmpfs_exchange(struct inode *dir1, struct dentry *d1,
			  struct inode *dir2, struct dentry *d2)
{
	count_name(dir1, d1->d_inode, -1);
	count_name(dir1, d2->d_inode, 1);
	count_name(dir2, d2->d_inode, -1);
	count_name(dir2, d1->d_inode, 1);
	d1->d_inode->i_ctime = d2->d_inode->i_ctime = current_time();
	return 0;
}

static struct inode *tmpfs_tmpfile(struct inode *dir, unsigned mode)
{
	struct inode *inode = tmpfs_inode(dir->i_sb, mode, 0);

	if (!IS_ERR(inode)) {
		inode_init_owner(inode, dir);
		inode->i_nlink = 0;
	}
	return inode;
}

static int tmpfs_readlink(struct inode *inode, struct dentry *dentry,
			  char *buf, size_t size)
{
	return min(strlcpy(buf, inode->i_private, size), size);
}

static const struct inode_operations dir_iops = {
	.mknod = tmpfs_mknod,
	.symlink = tmpfs_symlink,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.rename = tmpfs_rename,
	.exchange = tmpfs_exchange,
	.tmpfile = tmpfs_tmpfile,
};

static const struct inode_operations link_iops = {
	.readlink = tmpfs_readlink,
};

static const struct file_operations dir_fops = {
	.readdir = dcache_readdir,
	.fsync = tmpfs_fsync,
};

/* ---- mounts ------------------------------------------------------------ */

static void tmpfs_evict(struct inode *inode)
{
	if (S_ISLNK(inode->i_mode))
		kfree(inode->i_private);
	nr_tmpfs_inodes--;
}

static void tmpfs_statfs(struct super_block *sb, struct statfs *st)
{
	st->f_blocks = shmem_max_pages;
	st->f_bfree = shmem_max_pages > nr_tmpfs_pages ?
		      shmem_max_pages - nr_tmpfs_pages : 0;
	st->f_bavail = st->f_bfree;
	st->f_files = totalram_pages / 2;
	st->f_ffree = st->f_files - min(nr_tmpfs_inodes,
					(unsigned long)st->f_files);
}

static const struct super_operations tmpfs_sops = {
	.evict_inode = tmpfs_evict,
	.statfs = tmpfs_statfs,
	.put_super = device_forget,
};

/* mode=NNNN among the options, octal; 1777 otherwise. */
static unsigned root_mode(const char *options)
{
	const char *p = strstr(options, "mode=");
	unsigned mode = 0;

	if (!p)
		return 01777;
	for (p += 5; *p >= '0' && *p <= '7' && mode < 01000; p++)
		mode = mode * 8 + (*p - '0');
	return mode;
}

static int tmpfs_fill(struct super_block *sb, const char *source,
		      const char *options)
{
	struct inode *inode;

	sb->s_op = &tmpfs_sops;
	inode = tmpfs_inode(sb, S_IFDIR | root_mode(options), 0);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	sb->s_root = d_alloc_pseudo("/", inode);
	return sb->s_root ? 0 : -ENOMEM;
}

static int rootfs_fill(struct super_block *sb, const char *source,
		       const char *options)
{
	return tmpfs_fill(sb, source, "mode=755");
}

static int devtmpfs_fill(struct super_block *sb, const char *source,
			 const char *options)
{
	int err = rootfs_fill(sb, source, options);

	return err ? err : device_nodes(sb);
}

static struct file_system_type tmpfs_type = {
	.name = "tmpfs",
	.magic = TMPFS_MAGIC,
	.fill_super = tmpfs_fill,
};
static struct file_system_type rootfs_type = {
	.name = "rootfs",
	.magic = TMPFS_MAGIC,
	.fill_super = rootfs_fill,
};
static struct file_system_type devtmpfs_type = {
	.name = "devtmpfs",
	.magic = TMPFS_MAGIC,
	.fs_flags = FS_SINGLE,
	.fill_super = devtmpfs_fill,
};

int tmpfs_init(void)
{
	register_filesystem(&tmpfs_type);
	register_filesystem(&devtmpfs_type);
	shm_sb = kern_mount(&tmpfs_type);
	if (IS_ERR(shm_sb))
		return PTR_ERR(shm_sb);
	return mount_root(&rootfs_type);
}

/* ---- files without a name ---------------------------------------------- */

struct file *shmem_file(const char *name, u64 size, unsigned flags)
{
	struct inode *inode = tmpfs_inode(shm_sb, S_IFREG | 0777, 0);
	struct dentry *d __free(dentry) = NULL;
	int err;

	if (IS_ERR(inode))
		return ERR_PTR(-ENOMEM);
	inode->i_nlink = 0;
	inode->i_data.flags |= AS_NOLIMIT;
	inode_init_owner(inode, NULL);
	d = d_alloc_pseudo(name, inode);
	if (!d)
		return ERR_PTR(-ENOMEM);
	err = truncate_setsize(&inode->i_data, size);
	return err ? ERR_PTR(err) : dentry_open(d, flags);
}

#define MEMFD_PREFIX "/memfd:"
#define MEMFD_NAME_MAX (NAME_MAX - 6)

SYSCALL_DEFINE2(memfd_create, const char *, uname, unsigned, flags)
{
	char name[sizeof(MEMFD_PREFIX) + NAME_MAX + sizeof(" (deleted)")];
	char user[MEMFD_NAME_MAX + 1];
	struct file *f;
	long n;

	if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING))
		return -EINVAL;
	n = strncpy_from_user(user, uname, sizeof(user));
	if (n < 0)
		return n;
	if (n == sizeof(user))
		return -EINVAL;
	snprintf(name, sizeof(name), MEMFD_PREFIX "%s (deleted)", user);
	f = shmem_file(name, 0, O_RDWR | O_LARGEFILE);
	if (IS_ERR(f))
		return PTR_ERR(f);
	if (flags & MFD_ALLOW_SEALING)
		f->f_inode->i_seals = 0;
	return fd_attach(f, flags & MFD_CLOEXEC);
}
