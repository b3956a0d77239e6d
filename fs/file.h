/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Open files, as the rest of the kernel sees them; inodes and directories are
 * fs/vfs.h's.  (Linux: struct file, file_operations in include/linux/fs.h)
 */
#ifndef FS_FILE_H
#define FS_FILE_H

#include <bsd/sys/queue.h>
#include <lib/bug.h>
#include <lib/err.h>
#include <lib/types.h>

#define FMODE_READ	0x1u
#define FMODE_WRITE	0x2u
#define FMODE_PATH	0x8u		/* O_PATH */
#define FMODE_DENYWRITE	0x10u		/* deny_write_access() holds */

struct address_space;
struct block_device;
struct file_operations;
struct inode;
struct dentry;

/* How a file is being read (mm/readahead.c). */
struct file_ra_state {
	u64 next;			/* page where the last window ended */
	unsigned size;			/* of that window, in pages */
	unsigned advice;		/* POSIX_FADV_NORMAL, RANDOM,
					 * SEQUENTIAL */
};

struct file {
	unsigned f_count;
	unsigned f_mode;		/* FMODE_* */
	unsigned f_flags;		/* O_APPEND, O_NONBLOCK ... */
	u64 f_pos;
	struct address_space *f_mapping; /* NULL: cannot be mapped */
	struct file_ra_state f_ra;
	const struct file_operations *f_op;
	struct inode *f_inode;
	struct dentry *f_dentry;	/* for names in /proc and fchdir */
	void *private_data;
	LIST_HEAD(, epitem) f_ep;	/* epolls that watch it */
};

struct task_struct;

static inline struct file *get_file(struct file *f)
{
	f->f_count++;
	return f;
}
void __fput(struct file *f);
/* The last one releases; may sleep. */
static inline void fput(struct file *f)
{
	BUG_ON(f->f_count == 0);
	if (--f->f_count == 0)
		__fput(f);
}
static inline void free_file(struct file **f)	/* __free(file) */
{
	if (*f && !IS_ERR(*f))
		fput(*f);
}
struct file *fget(unsigned fd);		/* current's, referenced; NULL: none */

/* Open by a path in kernel memory, as exec does (regular file, execute
 * permission; LOOKUP_*); ERR_PTR. */
struct file *open_execat(int dirfd, const char *path, unsigned lookup);
/* Plain open from kernel code. */
struct file *filp_open(const char *path, int flags, unsigned mode);
/* Read into kernel memory at pos: bytes (short at end of file) or -errno. */
long kernel_read(struct file *f, void *buf, size_t n, u64 pos);
/* Absolute path; returns a pointer into buf, "(deleted)" appended as Linux
 * does. */
char *file_path(struct file *f, char *buf, size_t size);

struct file_ident { u64 dev, ino; };
struct file_ident file_ident(struct file *f);	/* for /proc/PID/maps */
/* exec's questions */
bool file_from_initrd(struct file *f);	/* came out of the cpio, unmodified */
u32 file_owner(struct file *f);		/* uid */
/* A running program cannot be written: -ETXTBSY on either side.  Counted;
 * FMODE_DENYWRITE: the last fput() allows it again. */
int deny_write_access(struct file *f);
void allow_write_access(struct file *f);
bool file_writers_denied(struct file *f);
/* The disk behind an open block special file, or NULL. */
struct block_device *file_block_device(struct file *f);
/* A file of shared anonymous memory: "/dev/zero (deleted)" in maps, size
 * bytes, unlinked; ERR_PTR(-ENOMEM).  Called by do_mmap. */
struct file *shmem_zero_setup_file(u64 size);
/* mmap of /dev/zero: MAP_PRIVATE is anonymous memory, MAP_SHARED as above. */
bool file_is_dev_zero(struct file *f);
/* mincore: is the file current's own, or may current write it? */
bool file_owned_or_writable(struct file *f);
/* mmap: does it lie where nothing may be executed (MS_NOEXEC)? */
bool file_noexec(struct file *f);

/* Descriptor tables and working directories, for fork, exec, exit. */
struct files_struct *files_dup(struct files_struct *old);	/* or NULL */
struct files_struct *files_get(struct files_struct *f);	/* CLONE_FILES */
struct files_struct *files_unshare_for_exec(struct files_struct *f);
void files_put(struct files_struct *f);
void files_close_on_exec(struct files_struct *f);
struct fs_struct *fs_dup(struct fs_struct *old);
struct fs_struct *fs_get(struct fs_struct *f);
void fs_put(struct fs_struct *f);

/* Boot: mount tmpfs as root, unpack the initrd (newc cpio; one clear line and
 * -EINVAL if corrupt), make /dev and /proc; then open /dev/console as 0, 1, 2
 * of current. */
int fs_init(const void *initrd, size_t size);
int fs_open_console(void);

#endif
