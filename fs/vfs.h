/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inodes, directory entries, mounted file systems, and what a file system or
 * a driver provides (Linux: include/linux/fs.h, include/linux/dcache.h).
 *
 * A mounted file system is one super_block, mounted at one place; a path is
 * a dentry.  The dentry tree is the directory tree: memory file systems pin
 * every dentry, others make them by i_op->lookup and lose them at the last
 * dput().
 *
 * Locks:
 *   (n) namespace_mutex: the shape of the tree and the mount table.  A path
 *       walk takes it only around i_op->lookup; each of its steps through
 *       dentries that are there sleeps nowhere, and it holds a reference on
 *       the dentry where it stands.
 *   (i) inode->i_lock: a file's contents and size against other writers.
 *   The rest changes without a sleep in between.
 */
#ifndef FS_VFS_H
#define FS_VFS_H

#include <asm/fcntl.h>
#include <asm/poll.h>
#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>
#include <fs/file.h>
#include <kernel/lock.h>
#include <linux/inotify.h>
#include <linux/limits.h>
#include <linux/mount.h>
#include <linux/types.h>
#include <mm/filemap.h>

/* S_IF* and S_IS*(): the UAPI header leaves them to a libc's, if it thinks
 * that there is one. */
#define __KERNEL__
#include <linux/stat.h>
#undef __KERNEL__

/* dev_t as user programs see it (12 bits major, 20 bits minor). */
#define MKDEV(ma, mi) \
	((unsigned)(((mi) & 0xffu) | (ma) << 8 | ((mi) & ~0xffu) << 12))
#define MAJOR(dev) (((dev) >> 8) & 0xfffu)
#define MINOR(dev) (((dev) & 0xffu) | (((dev) >> 12) & 0xfff00u))

struct statfs;
struct timespec64 { s64 tv_sec; s64 tv_nsec; };

#define I_INITRD	0x1u	/* from the initrd; cleared by any write, chmod,
				 * chown (fs/initrd.c sets, file_from_initrd()
				 * tests) */
#define I_LINKABLE	0x4u	/* O_TMPFILE without O_EXCL: may get its first
				 * name */
#define I_DEAD		0x2u	/* a removed directory: nothing new in it */

struct inode {
	u64 i_ino;
	unsigned i_mode;		/* S_IF* and permissions */
	u32 i_uid, i_gid;
	unsigned i_nlink;
	unsigned i_rdev;		/* MKDEV(); device nodes */
	unsigned i_flags;		/* I_* */
	unsigned i_count;		/* dentries and other holders */
	int i_writecount;		/* > 0 open writers, < 0 running as a
					 * program (ETXTBSY) */
	unsigned i_seals;		/* memfd: F_SEAL_* */
	struct timespec64 i_atime, i_mtime, i_ctime;
	struct mutex i_lock;		/* LOCK_INODE */
	struct super_block *i_sb;
	const struct inode_operations *i_op;
	const struct file_operations *i_fop; /* devices: found at open */
	struct address_space i_data;	/* i_data.size is the size */
	u64 i_blocks;			/* sectors of 512 bytes, if its file
					 * system has a disk */
	struct pipe *i_pipe;		/* FIFO: while it is open */
	LIST_HEAD(, inotify_watch) i_watches;
	unsigned i_nr_watches;		/* of i_count */
	struct file_lock_context *i_flctx; /* from the first lock on */
	void *i_private;		/* the file system's */
};

RB_HEAD(dentry_tree, dentry);
TAILQ_HEAD(dentry_list, dentry);

struct dentry {
	unsigned d_count;
	bool d_hashed;			/* found by name in d_parent */
	bool d_pinned;			/* memory file system: the tree holds a
					 * reference */
	struct dentry *d_parent;	/* (n) referenced; itself for a root */
	struct inode *d_inode;		/* never NULL once visible */
	struct super_block *d_sb;
	struct super_block *d_mounted;	/* (n) covers this directory */
	struct dentry_tree d_children;	/* (n) by name */
	struct dentry_list d_subdirs;	/* (n) by d_off: for readdir */
	u64 d_next_off;			/* d_off of the next child */
	u64 d_off;			/* readdir position in the parent */
	RB_ENTRY(dentry) d_node;
	TAILQ_ENTRY(dentry) d_child;
	unsigned d_len;
	char *d_name;			/* NUL terminated */
};

RB_PROTOTYPE(dentry_tree, dentry, d_node, dentry_cmp)

struct super_operations {
	/* The last reference went.  True: the file system keeps the inode and
	 * calls inode_evict() itself some day.  May be NULL. */
	bool (*keep_inode)(struct inode *inode);
	void (*evict_inode)(struct inode *inode);	/* may be NULL; last
							 * reference, before
							 * the pages go */
	/* f_blocks to f_ffree; may be NULL. */
	void (*statfs)(struct super_block *sb, struct statfs *st);
	int (*sync_fs)(struct super_block *sb);		/* may be NULL */
	/* From or to MS_RDONLY, which s_flags has until the disk is clean.
	 * No file is open for writing.  0 or -errno; NULL: nothing to do. */
	int (*remount)(struct super_block *sb, bool readonly);
	void (*put_super)(struct super_block *sb);	/* may be NULL */
};

struct super_block {
	const struct file_system_type *s_type;
	const struct super_operations *s_op;
	unsigned s_dev;			/* st_dev */
	unsigned long s_flags;		/* MS_RDONLY, MS_NOSUID ... */
	struct dentry *s_root;
	struct dentry *s_covered;	/* (n) where it is mounted; NULL: "/" */
	unsigned s_mnt_id;		/* in mountinfo */
	u64 s_next_ino;
	unsigned s_writers;		/* regular files open for writing */
	bool s_detached;		/* (n) by MNT_DETACH: goes with its last
					 * user */
	unsigned s_syncing;		/* (n) sync(2) is at it: it stays */
	unsigned s_visits, s_expiry;	/* path walks into it; at MNT_EXPIRE */
	char s_source[64];		/* as given to mount(2) */
	void *s_fs_info;
	TAILQ_ENTRY(super_block) s_list; /* (n) mount order */
};

#define FS_SINGLE	0x1u	/* mounting it over itself: EBUSY */
#define FS_REQUIRES_DEV	0x2u	/* source is a block device */

struct file_system_type {
	const char *name;
	unsigned fs_flags;		/* FS_* */
	unsigned magic;			/* statfs f_type */
	/* Sets s_op and s_root (d_alloc_pseudo).  0 or -errno; on error the
	 * caller frees the super block.  NULL: for kern_mount() only. */
	int (*fill_super)(struct super_block *sb, const char *source,
			  const char *options);
	TAILQ_ENTRY(file_system_type) list;
};

/*
 * What a file system does with names.  Called with (n) held; permissions, type
 * and existence were checked by fs/namei.c.  `dentry` is new, not yet in the
 * tree; a call that makes something gives it an inode by d_instantiate().
 * NULL: EPERM (EACCES, EROFS as Linux).  All sleep.
 */
struct inode_operations {
	/* Look `dentry` (d_name) up in dir: 0 and d_instantiate()d, or
	 * -ENOENT or another error.  NULL: all there is is in the tree. */
	int (*lookup)(struct inode *dir, struct dentry *dentry);
	/* False: the dentry is stale, look it up anew.  NULL: never. */
	bool (*revalidate)(struct dentry *dentry);
	/* Regular files, directories, devices, FIFOs, sockets by mode. */
	int (*mknod)(struct inode *dir, struct dentry *dentry, unsigned mode,
		     unsigned rdev);
	int (*symlink)(struct inode *dir, struct dentry *dentry,
		       const char *target);
	int (*link)(struct inode *dir, struct dentry *dentry,
		    struct inode *target);
	int (*unlink)(struct inode *dir, struct dentry *dentry); /* rmdir too */
	/* `target`, if not NULL, is what `newname` was; it is unlinked. */
	int (*rename)(struct inode *olddir, struct dentry *dentry,
		      struct inode *newdir, const char *newname,
		      struct dentry *target);
	/* The two trade places.  NULL: EINVAL. */
	int (*exchange)(struct inode *dir1, struct dentry *d1,
			struct inode *dir2, struct dentry *d2);
	/* A new regular file without a name, i_nlink 0, or ERR_PTR.  NULL:
	 * EOPNOTSUPP. */
	struct inode *(*tmpfile)(struct inode *dir, unsigned mode);
	/* Symbolic link: its text, without NUL, into buf (PATH_MAX bytes);
	 * length or -errno. */
	int (*readlink)(struct inode *inode, struct dentry *dentry, char *buf,
			size_t size);
	/* A link that leads straight to a dentry (/proc/PID/exe, fd/N): with a
	 * reference, or ERR_PTR.  NULL: follow the text. */
	struct dentry *(*jump)(struct inode *inode, struct dentry *dentry);
	int (*setsize)(struct inode *inode, u64 size);	/* truncate; (i) */
	/* Refresh what stat(2) shows (proc); may be NULL. */
	void (*getattr)(struct inode *inode);
};

/* ---- open files -------------------------------------------------------- */

struct poll_table;
struct dir_context {
	/* One entry; d_type as DT_*; `off` is the position after it.  False:
	 * no room, stop. */
	bool (*emit)(struct dir_context *ctx, const char *name, size_t len,
		     u64 ino, unsigned type, u64 off);
	u64 pos;
};

/* NULL: EINVAL (read, write, fsync), ENOTTY (ioctl), ENOTDIR (readdir),
 * always ready (poll), generic (lseek). */
struct file_operations {
	int (*open)(struct inode *inode, struct file *file);
	void (*release)(struct file *file);	/* the last fput() */
	void (*flush)(struct file *file);	/* each close(2); NULL: none */
	/* Bytes or -errno; *pos advances.  Buffers are user memory. */
	long (*read)(struct file *file, void *ubuf, size_t n, u64 *pos);
	long (*write)(struct file *file, const void *ubuf, size_t n, u64 *pos);
	/* write() from kernel memory: splice.  NULL: EINVAL. */
	long (*kwrite)(struct file *file, const void *buf, size_t n, u64 *pos);
	s64 (*lseek)(struct file *file, s64 off, int whence);
	long (*ioctl)(struct file *file, unsigned cmd, unsigned long arg);
	/* Ready POLL* bits now; calls poll_wait() for each queue that a change
	 * would wake.  Interrupts are off: never sleeps. */
	unsigned (*poll)(struct file *file, struct poll_table *pt);
	int (*readdir)(struct file *file, struct dir_context *ctx);
	int (*fsync)(struct file *file);
};

/* Wait until cond, as f's flags ask: 0, -EAGAIN, -ERESTARTSYS. */
#define wait_for_file(f, wq, cond)					\
	((cond) ? 0 : (f)->f_flags & O_NONBLOCK ? -EAGAIN :		\
	 wait_event_interruptible(wq, cond))

/* Files that cannot seek (pipes, ttys): for .lseek; -ESPIPE. */
s64 no_lseek(struct file *file, s64 off, int whence);
/* lseek over [0, size]: for drivers. */
s64 generic_lseek(struct file *file, s64 off, int whence, u64 size);

/* ---- poll.c ------------------------------------------------------------ */
/* In f_op->poll: wake this poller when wq is woken.  pt may be NULL. */
void poll_wait(struct poll_table *pt, struct wait_queue *wq);
/* Where one poller waits for one file: on at most two queues. */
struct poll_table {
	void (*func)(struct waiter *w, unsigned events); /* struct waiter's */
	unsigned n;
	struct poll_wait_entry {
		struct waiter waiter;
		struct wait_queue *wq;
		struct poll_table *table;
	} entry[2];
};
void poll_unwait(struct poll_table *pt);	/* interrupts off */
u64 poll_deadline(u64 ns);	/* from now; UINT64_MAX: never */
/* The signal mask of ppoll and its like (NULL: none): 0, -EINVAL, -EFAULT; and
 * back, or, interrupted, when a handler has run. */
int set_user_sigmask(const ksigset_t *umask, size_t size);
void restore_user_sigmask(const ksigset_t *umask, bool interrupted);
unsigned vfs_poll(struct file *file, struct poll_table *pt);

/* ---- inode.c ----------------------------------------------------------- */
/* One reference, i_nlink 1, owner 0:0, times now, next number of the sb, page
 * cache with mapping flags `as_flags`.  NULL when out of memory. */
struct inode *new_inode(struct super_block *sb, unsigned mode,
			unsigned as_flags);
struct inode *igrab(struct inode *inode);
void iput(struct inode *inode);		/* the last one evicts */
void inode_evict(struct inode *inode);	/* one without references */
/* Owner and group of something new in dir (may be NULL), as current. */
void inode_init_owner(struct inode *inode, struct inode *dir);
struct timespec64 current_time(void);
void touch_atime(struct inode *inode);	/* relatime */
void touch_mtime(struct inode *inode);	/* mtime and ctime now */

struct dentry *dget(struct dentry *dentry);
void dput(struct dentry *dentry);	/* NULL is allowed; never sleeps for
					 * a dentry with more references */
static inline void free_dentry(struct dentry **dentry)	/* __free(dentry) */
{
	if (!IS_ERR(*dentry))
		dput(*dentry);
}
/* A dentry outside the tree; holds a reference on parent.  NULL: no memory. */
struct dentry *d_alloc(struct dentry *parent, const char *name, size_t len);
/* Give a new dentry its inode; takes over the caller's reference. */
void d_instantiate(struct dentry *dentry, struct inode *inode);
void d_add(struct dentry *dentry);	/* into the tree; (n) */
void d_drop(struct dentry *dentry);	/* out of it; (n) */
/* Child by name, referenced, or NULL; looks only into the tree. */
struct dentry *d_lookup(struct dentry *parent, const char *name, size_t len);
/* Name that belongs to no directory: a root, "pipe:[7]"; takes over the
 * inode, also when there is no memory: NULL. */
struct dentry *d_alloc_pseudo(const char *name, struct inode *inode);
/* Change parent and name (kmalloc()ed, taken over); (n). */
void d_move(struct dentry *dentry, struct dentry *parent, char *name);
void d_exchange(struct dentry *a, struct dentry *b);	/* their places; (n) */
/* Path of a dentry from current's root: a pointer into buf, NULL if it does
 * not fit. */
char *d_path(struct dentry *dentry, char *buf, size_t size);

/* An open file on a dentry (takes its own reference), f_op->open not called.
 * ERR_PTR(-ENOMEM, -ENFILE). */
extern unsigned long nr_files;
unsigned long max_files(void);	/* a tenth of memory at a KiB each */
struct file *alloc_file(struct dentry *dentry, unsigned flags,
			const struct file_operations *fop);

/* ---- namei.c, lookup.c ------------------------------------------------- */
#define LOOKUP_FOLLOW	 0x1u	/* follow a link in the last component */
#define LOOKUP_DIRECTORY 0x2u	/* ENOTDIR if it is not one */
#define LOOKUP_EMPTY	 0x4u	/* "" means dirfd itself */
#define LOOKUP_FD	 0x8u	/* user_path(): no path, dirfd's file itself */
#define LOOKUP_ANY_FD	 0x10u	/* ... O_PATH descriptors too */

#define MAY_EXEC	0x1u
#define MAY_WRITE	0x2u
#define MAY_READ	0x4u

extern struct mutex namespace_mutex;
/* Resolve a path in kernel memory: referenced dentry or ERR_PTR. */
struct dentry *path_lookup(int dirfd, const char *path, unsigned flags);
/* The same from user memory. */
struct dentry *user_path(int dirfd, const char *upath, unsigned flags);
/* ... whose inode is to change: ERR_PTR(-EROFS), too.  attr.c */
struct dentry *user_path_to_change(int dirfd, const char *upath,
				   unsigned flags);
/* AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH as LOOKUP_*. */
unsigned lookup_flags(int at_flags);
/* Copy of a user path, to be kfree()d; ERR_PTR(-ENAMETOOLONG, -EFAULT,
 * -ENOENT if empty and not LOOKUP_EMPTY, -ENOMEM). */
char *getname(const char *upath, unsigned flags);
/* The last component of a path: what it is to be, and how it was written. */
struct last_name {
	char name[NAME_MAX + 1];
	size_t len;
	bool slash;		/* followed by a slash */
	bool dot, dotdot, root;	/* it is ".", "..", "/": no name to use */
};
/* Resolve all but the last component: the directory (referenced), or
 * ERR_PTR. */
struct dentry *path_parent(int dirfd, const char *path, struct last_name *last);
/* For open(2): follows links in the last component too; with O_CREAT makes the
 * file (*created). */
struct dentry *path_open(int dirfd, const char *path, int flags,
			 unsigned mode, bool *created);
/* One child of a directory, through i_op->lookup if need be: referenced,
 * or ERR_PTR(-ENOENT, ...).  (n) held. */
struct dentry *lookup_one(struct dentry *dir, const char *name, size_t len);
/* The same; takes (n) only if the name is not in the tree. */
struct dentry *lookup_name(struct dentry *dir, const char *name, size_t len);
/* Follow mounts on top of a dentry: consumes and returns a reference. */
struct dentry *follow_mounts(struct dentry *dentry);
/* 0, -EACCES (-EROFS to write).  With current's effective ids. */
int inode_permission(struct inode *inode, unsigned mask);
int generic_permission(struct inode *inode, unsigned mask, u32 uid, u32 gid);
bool inode_owner_or_capable(struct inode *inode);
/* Is gid the id `mine` or a supplementary group of current? */
bool in_group(u32 gid, u32 mine);
/* May current add to, or take `victim` out of, a directory?  0 or -errno. */
int may_create(struct inode *dir);
int may_delete(struct inode *dir, struct dentry *victim, bool isdir);
/* Protections against links laid by others, as Debian's Linux has them:
 * -EPERM (protected_hardlinks), -EACCES (protected_symlinks). */
int may_link(struct inode *target);
int may_follow(struct inode *dir, struct inode *link);
/* What a new name is to stand for: a further name of `inode`, else a symbolic
 * link to `text`, else an object of that mode. */
struct new_name {
	unsigned mode, rdev;
	const char *text;
	struct inode *inode;
};
/* Make it; (n) held, name new, permissions checked by the caller: referenced
 * dentry in the tree, or ERR_PTR. */
struct dentry *vfs_make(struct dentry *dir, const char *name, size_t len,
			const struct new_name *what);
/* An O_TMPFILE in a directory: "#7 (deleted)"; (n) held. */
struct dentry *vfs_tmpfile(struct dentry *dir, unsigned mode);
struct dentry *vfs_mknod(struct dentry *dir, const char *name, size_t len,
			 unsigned mode, unsigned rdev);

/* ---- open.c, read_write.c ---------------------------------------------- */
struct file *do_filp_open(int dirfd, const char *path, int flags,
			  unsigned mode);
struct file *dentry_open(struct dentry *dentry, int flags);
bool may_odirect(struct inode *inode);
int do_truncate(struct inode *inode, u64 size);
#define MAX_RW_COUNT (INT32_MAX & PAGE_MASK)
bool file_seekable(struct file *f);
/* A vector in kernel memory (kfree() it): ERR_PTR(-EINVAL, -EFAULT, -ENOMEM);
 * and one of current's memory, checked and cut to what one call moves. */
struct iovec;
struct iovec *iovec_from_user(const struct iovec *uvec, size_t count);
struct iovec *import_iovec(const struct iovec *uvec, size_t count,
			   size_t *total);
int get_write_access(struct inode *inode);	/* 0 or -ETXTBSY */
void put_write_access(struct inode *inode);

/* ---- fdtable.c --------------------------------------------------------- */
struct fd_slot {
	struct file *file;	/* NULL: free or reserved */
	bool reserved;		/* between alloc_fd() and fd_install() */
	bool cloexec;
};
struct files_struct {
	unsigned users;
	unsigned max;		/* slots */
	struct fd_slot *fd;
};
struct fs_struct {
	unsigned users;
	unsigned umask;
	struct dentry *root, *pwd;	/* referenced */
};
/* Lowest free descriptor from `start` on; -EMFILE, -ENOMEM. */
int alloc_fd(unsigned start, bool cloexec);
void fd_install(int fd, struct file *file);	/* takes over the reference */
void put_unused_fd(int fd);
/* alloc_fd and fd_install; on error the file is fput(). */
int fd_attach(struct file *file, bool cloexec);
struct file *fget_raw(unsigned fd);	/* fget(), O_PATH descriptors too */
/* Of another task (proc): referenced file of slot fd, or NULL. */
struct file *files_fget(struct files_struct *files, unsigned fd);

/* A descriptor of `files` no longer stands for the file: consumes its
 * reference, and the record locks of the table go. */
void filp_close(struct file *f, struct files_struct *files);

/* ---- locks.c ----------------------------------------------------------- */
/* F_GETLK to F_SETLKW and F_OFD_*. */
struct flock;
long fcntl_lock(unsigned fd, struct file *f, unsigned cmd, struct flock *ufl);
/* All range locks of an owner, a table or an open file, on f's inode go; all
 * locks of an open file that ends; with an inode. */
void locks_remove_posix(struct file *f, const void *owner);
void locks_remove_file(struct file *f);
void locks_free_context(struct inode *inode);

/* ---- inotify.c --------------------------------------------------------- */
/* Tell who watches the file or its directory, IN_*; only the inode's own
 * watches; of a renamed name; that an inode lost its last name; that its file
 * system goes. */
void fsnotify(struct dentry *d, unsigned mask);
void fsnotify_inode(struct inode *inode, unsigned mask, unsigned cookie,
		    const char *name);
void fsnotify_move(struct inode *olddir, const char *oldname, struct dentry *d,
		   struct dentry *victim);
void fsnotify_inoderemove(struct inode *inode);
void fsnotify_unmount(struct super_block *sb);

/* ---- super.c ----------------------------------------------------------- */
void register_filesystem(struct file_system_type *type);
/* A detached file system lost a reference, or sync(2) left one. */
extern struct wait_queue umount_wait;
int do_mount(const char *source, const char *target, const char *type,
	     unsigned long flags, const char *options);
int mount_root(struct file_system_type *type);	/* once, at boot */
/* A super block for inodes without names, mounted nowhere; ERR_PTR. */
struct super_block *kern_mount(struct file_system_type *type);
/* Walk the mount table in mount order, for /proc/mounts: NULL: the first. */
struct super_block *next_mount(struct super_block *sb);
struct file_system_type *next_filesystem(struct file_system_type *t);
/* Mount point of sb as a path; NULL: current's root does not lead there. */
char *mount_path(struct super_block *sb, char *buf, size_t size);

/* ---- pipe.c ------------------------------------------------------------ */
#define PIPE_MAX_SIZE 1048576u	/* /proc/sys/fs/pipe-max-size */
long pipe_fcntl(struct file *f, unsigned cmd, unsigned long arg);
/* Write user buffers, `total` bytes in all. */
long pipe_writev(struct file *f, const struct iovec *v, size_t total);
extern const struct file_operations fifo_fops;	/* a FIFO, at open */
int pipe_init(void);

/* ---- eventpoll.c ------------------------------------------------------- */
/* The file's last reference goes: nobody watches it any more. */
void eventpoll_release(struct file *f);

/* ---- eventfd.c --------------------------------------------------------- */
int anon_inode_init(void);
/* A file that is only operations and private data; "anon_inode:[name]". */
struct file *anon_inode_file(const char *name, const struct file_operations *op,
			     void *private, unsigned flags);

/* ---- userfaultfd.c ----------------------------------------------------- */
extern int sysctl_unprivileged_userfaultfd;

/* ---- readdir.c --------------------------------------------------------- */
/* List "." and ".." at positions 0 and 1; false: no room. */
bool dir_emit_dots(struct file *f, struct dir_context *ctx);
/* f_op->readdir of a directory whose names are all in the dentry tree. */
int dcache_readdir(struct file *f, struct dir_context *ctx);

/* ---- tmpfs.c ----------------------------------------------------------- */
/* A regular file of tmpfs pages with no name in any directory. */
struct file *shmem_file(const char *name, u64 size, unsigned flags);
int tmpfs_init(void);		/* types, the root mount */

/* ---- ext2/ ------------------------------------------------------------- */
void ext2_init(void);		/* the type */

/* ---- char_dev.c -------------------------------------------------------- */
/* Drivers: a device number's operations, and its node in devtmpfs: name (kept)
 * without "/dev/", mode with S_IFCHR or S_IFBLK.  At any time, before devtmpfs
 * is mounted too; an error is logged.  f_op->open is called on each open.  Name
 * NULL: all minor numbers of the major one, no nodes. */
void device_add(const char *name, unsigned mode, unsigned rdev,
		const struct file_operations *fops);
const struct file_operations *device_fops(unsigned mode, unsigned rdev);
/* devtmpfs: make all nodes in sb; sb goes away. */
int device_nodes(struct super_block *sb);
void device_forget(struct super_block *sb);

/* ---- initrd.c ---------------------------------------------------------- */
/* Unpack a newc archive into the root: 0, or -errno and one log line; what was
 * unpacked before the error stays. */
int initrd_unpack(const void *data, size_t size);

/* ---- called by fs_init(), written with the drivers --------------------- */
void dev_init(void);	/* fs/dev*.c: mem devices: device_add() */
void blkdev_init(void);	/* fs/blkdev.c: disks; by dev_init() */
void tty_init(void);	/* fs/tty*.c: console, tty, ttyS* */
void proc_init(void);	/* fs/proc*.c: register_filesystem() */

#endif
