// SPDX-License-Identifier: GPL-2.0
/*
 * File system types and what is mounted where (Linux: fs/super.c,
 * fs/namespace.c).  One super block is mounted at one place: its root covers
 * a directory (d_mounted), a later mount on the same place covers that root.
 * The list and the covers change under namespace_mutex; statfs is here too.
 */
#include <arch/uaccess.h>
#include <asm/statfs.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <mm/slab.h>

static TAILQ_HEAD(, file_system_type) types = TAILQ_HEAD_INITIALIZER(types);
static TAILQ_HEAD(, super_block) mounts = TAILQ_HEAD_INITIALIZER(mounts);
/* umount2's flags: no UAPI header has them. */
#define MNT_FORCE	0x1
#define MNT_DETACH	0x2
#define MNT_EXPIRE	0x4
#define UMOUNT_NOFOLLOW 0x8
/* statfs' flags are MS_*, but for: */
#define ST_VALID	0x20
#define ST_RELATIME	0x1000

static unsigned next_dev = 1;		/* minor numbers of major 0 */

#define MS_KEPT (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | \
		 MS_RELATIME | MS_NODIRATIME | MS_SYNCHRONOUS)

void register_filesystem(struct file_system_type *type)
{
	TAILQ_INSERT_TAIL(&types, type, list);
}

struct file_system_type *next_filesystem(struct file_system_type *t)
{
	return t ? TAILQ_NEXT(t, list) : TAILQ_FIRST(&types);
}

struct super_block *next_mount(struct super_block *sb)
{
	return sb ? TAILQ_NEXT(sb, s_list) : TAILQ_FIRST(&mounts);
}

/* Does a way lead up from d to current's root? */
static bool below_root(struct dentry *d)
{
	while (d && d != current->fs->root)
		d = d->d_parent != d ? d->d_parent : d->d_sb->s_covered;
	return d;
}

char *mount_path(struct super_block *sb, char *buf, size_t size)
{
	char *path;

	if (!below_root(sb->s_root))
		return NULL;
	path = d_path(sb->s_root, buf, size);
	return path ? path : "";	/* too long to tell */
}

static struct file_system_type *find_type(const char *name)
{
	struct file_system_type *t;

	TAILQ_FOREACH(t, &types, list)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}

/* Unpin and drop the tree of a memory file system, deepest first. */
static void drop_tree(struct dentry *root)
{
	struct dentry *d = root, *up;

	for (;;) {
		if (!TAILQ_EMPTY(&d->d_subdirs)) {
			d = TAILQ_FIRST(&d->d_subdirs);
			continue;
		}
		if (d == root)
			return;
		up = d->d_parent;
		d_drop(d);
		d = up;
	}
}

static void free_super(struct super_block *sb)
{
	if (sb->s_root) {
		drop_tree(sb->s_root);
		dput(sb->s_root);
	}
	if (sb->s_op && sb->s_op->put_super)
		sb->s_op->put_super(sb);
	kfree(sb);
}

/* A super block that is mounted nowhere yet. */
static struct super_block *make_super(struct file_system_type *type,
				      const char *source, unsigned long flags,
				      const char *options)
{
	struct super_block *sb = kzalloc(sizeof(*sb), GFP_KERNEL);
	int err;

	if (!sb)
		return ERR_PTR(-ENOMEM);
	sb->s_type = type;
	sb->s_flags = flags & MS_KEPT;
	sb->s_mnt_id = next_dev++;
	sb->s_dev = MKDEV(0u, sb->s_mnt_id);
	strlcpy(sb->s_source, source, sizeof(sb->s_source));
	err = type->fill_super ? type->fill_super(sb, source, options) : 0;
	if (err) {
		free_super(sb);
		return ERR_PTR(err);
	}
	return sb;
}

struct super_block *kern_mount(struct file_system_type *type)
{
	return make_super(type, type->name, 0, "");
}

/* ---- mount ------------------------------------------------------------- */

/* Cover `at` (reference taken over) with sb. */
static int attach(struct super_block *sb, struct dentry *at)
{
	int err = -EBUSY;

	mutex_lock(&namespace_mutex);
	at = follow_mounts(at);
	if ((sb->s_type->fs_flags & FS_SINGLE) && at == at->d_sb->s_root &&
	    at->d_sb->s_type == sb->s_type)
		goto out;
	err = -ENOENT;
	if (at->d_inode->i_flags & I_DEAD)
		goto out;
	sb->s_covered = at;
	at->d_mounted = sb;
	TAILQ_INSERT_TAIL(&mounts, sb, s_list);
	err = 0;
out:
	mutex_unlock(&namespace_mutex);
	if (err)
		dput(at);
	return err;
}

#define MS_ATIME (MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME)

static unsigned long atime_flags(unsigned long flags)
{
	return flags & (MS_NOATIME | MS_STRICTATIME) ? flags :
	       flags | MS_RELATIME;
}

static int remount_super(struct super_block *sb, unsigned long flags)
{
	unsigned long old = sb->s_flags;
	bool readonly = flags & MS_RDONLY;
	int err = 0;

	if (!(flags & MS_ATIME))
		flags |= old & MS_ATIME;
	flags = atime_flags(flags) & MS_KEPT;
	if (readonly && !(old & MS_RDONLY) && sb->s_writers)
		return -EBUSY;
	sb->s_flags |= flags & MS_RDONLY;	/* nobody begins to write */
	if ((old ^ flags) & MS_RDONLY && sb->s_op && sb->s_op->remount)
		err = sb->s_op->remount(sb, readonly);
	sb->s_flags = err ? old : flags;
	return err;
}

static int remount(const char *target, unsigned long flags)
{
	struct dentry *d __free(dentry) = path_lookup(AT_FDCWD, target,
						      LOOKUP_FOLLOW);
	int err;

	if (IS_ERR(d))
		return PTR_ERR(d);
	if (d != d->d_sb->s_root)
		return -EINVAL;
	mutex_lock(&namespace_mutex);
	err = remount_super(d->d_sb, flags);
	mutex_unlock(&namespace_mutex);
	return err;
}

int do_mount(const char *source, const char *target, const char *type,
	     unsigned long flags, const char *options)
{
	struct file_system_type *t = find_type(type);
	struct super_block *sb;
	struct dentry *at;
	int err;

	if (!t)
		return -ENODEV;
	at = path_lookup(AT_FDCWD, target, LOOKUP_FOLLOW | LOOKUP_DIRECTORY);
	if (IS_ERR(at))
		return PTR_ERR(at);
	sb = make_super(t, source, atime_flags(flags), options);
	if (IS_ERR(sb)) {
		dput(at);
		return PTR_ERR(sb);
	}
	err = attach(sb, at);
	if (err)
		free_super(sb);
	return err;
}

/* The first mount, at "/". */
int mount_root(struct file_system_type *type)
{
	struct super_block *sb = make_super(type, "rootfs", 0, "");

	if (IS_ERR(sb))
		return PTR_ERR(sb);
	TAILQ_INSERT_HEAD(&mounts, sb, s_list);
	return 0;
}

/* A string argument of mount(2), or "" for NULL. */
static char *mount_string(const char *u)
{
	return u ? getname(u, LOOKUP_EMPTY) : kstrdup("", GFP_KERNEL);
}

SYSCALL_DEFINE5(mount, const char *, usource, const char *, utarget,
		const char *, utype, unsigned long, flags, const char *, udata)
{
	struct dentry *at __free(dentry) = NULL;
	char *s[4];
	int i, err = 0;

	s[0] = mount_string(usource);
	s[1] = getname(utarget, 0);
	s[2] = mount_string(utype);
	s[3] = mount_string(udata);
	for (i = 0; i < 4 && !err; i++)
		err = IS_ERR(s[i]) ? PTR_ERR(s[i]) : s[i] ? 0 : -ENOMEM;
	if (!err)
		at = path_lookup(AT_FDCWD, s[1], LOOKUP_FOLLOW);
	if (!err && IS_ERR(at))
		err = PTR_ERR(at);
	if (!err && !capable(CAP_SYS_ADMIN))
		err = -EPERM;
	if (!err && ((flags & (MS_BIND | MS_MOVE | MS_SHARED | MS_PRIVATE |
			       MS_SLAVE | MS_UNBINDABLE)) ||
		     (!utype && !(flags & MS_REMOUNT))))
		err = -EINVAL;
	if (!err)
		err = flags & MS_REMOUNT ? remount(s[1], flags) :
		      do_mount(s[0], s[1], s[2], flags, s[3]);
	for (i = 0; i < 4; i++)
		if (!IS_ERR(s[i]))
			kfree(s[i]);
	return err;
}

/* ---- umount ------------------------------------------------------------ */

/* The dentry after d in its tree, parents before children; NULL: the last. */
static struct dentry *next_in_tree(struct dentry *d, struct dentry *root)
{
	if (!TAILQ_EMPTY(&d->d_subdirs))
		return TAILQ_FIRST(&d->d_subdirs);
	while (d != root && !TAILQ_NEXT(d, d_child))
		d = d->d_parent;
	return d == root ? NULL : TAILQ_NEXT(d, d_child);
}

/* Does anything but the tree itself use a dentry of this mount? */
static bool tree_busy(struct dentry *root)
{
	struct dentry *d, *c;
	unsigned held;

	for (d = root; d; d = next_in_tree(d, root)) {
		held = d == root || d->d_pinned ? 1 : 0;
		TAILQ_FOREACH(c, &d->d_subdirs, d_child)
			held++;
		if (d->d_count > held || d->d_mounted)
			return true;
	}
	return false;
}

static void end_mount(struct super_block *sb)
{
	TAILQ_REMOVE(&mounts, sb, s_list);
	if (sb->s_op && sb->s_op->sync_fs)
		sb->s_op->sync_fs(sb);
	free_super(sb);
}

/* No path leads to it any more.  (n) */
static void uncover(struct super_block *sb)
{
	struct dentry *at = sb->s_covered;

	fsnotify_unmount(sb);
	at->d_mounted = NULL;
	sb->s_covered = NULL;
	dput(at);
}

/* ---- MNT_DETACH: what is in use ends with its last user ------------------ */

struct wait_queue umount_wait = WAIT_QUEUE_INIT(umount_wait);

static struct super_block *find_unused(void)
{
	struct super_block *sb;

	TAILQ_FOREACH(sb, &mounts, s_list)
		if (sb->s_detached && !sb->s_syncing && !tree_busy(sb->s_root))
			return sb;
	return NULL;
}

static void umount_thread(void *arg)
{
	struct super_block *sb;

	for (;;) {
		wait_event(&umount_wait, find_unused());
		mutex_lock(&namespace_mutex);
		sb = find_unused();
		if (sb)
			end_mount(sb);
		mutex_unlock(&namespace_mutex);
	}
}

/* The file system that is mounted in the tree of another; NULL: none. */
static struct super_block *mounted_in(struct super_block *sb)
{
	struct dentry *d = sb->s_root;

	while (d && !d->d_mounted)
		d = next_in_tree(d, sb->s_root);
	return d ? d->d_mounted : NULL;
}

/* With all that is mounted below it, from the bottom up.  (n) */
static int detach(struct super_block *top)
{
	static bool started;
	struct super_block *sb, *below;

	if (!started)
		started = kthread_create(umount_thread, NULL, "umount");
	if (!started)
		return -ENOMEM;
	do {
		for (sb = top; (below = mounted_in(sb)); sb = below)
			;
		uncover(sb);
		sb->s_detached = true;
	} while (sb != top);
	wake_up(&umount_wait);
	return 0;
}

/* ---- the call ----------------------------------------------------------- */

/* MNT_EXPIRE: the first call marks, one after which nobody came by unmounts.
 * The call's own walk counts. */
static int expire(struct super_block *sb)
{
	if (sb->s_expiry && sb->s_expiry + 1 == sb->s_visits)
		return 0;
	sb->s_expiry = sb->s_visits;
	return -EAGAIN;
}

/* Unmount the file system of `root`, which the caller alone may refer to; on
 * success its reference is taken over.  (n) held. */
static int do_umount(struct dentry *root, int flags)
{
	struct super_block *sb = root->d_sb;
	bool busy;
	int err = -EBUSY;

	dput(root);		/* the super block has one, too */
	busy = !sb->s_covered || tree_busy(root);
	if (sb->s_covered && flags & MNT_DETACH)
		err = busy ? detach(sb) : 0;
	else if (!busy)
		err = flags & MNT_EXPIRE ? expire(sb) : 0;
	if (err)
		dget(root);
	else if (!busy) {
		uncover(sb);
		end_mount(sb);
	}
	return err;
}

SYSCALL_DEFINE2(umount2, const char *, upath, int, flags)
{
	struct dentry *d __free(dentry) = NULL;
	int err;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	d = user_path(AT_FDCWD, upath,
		      flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW);
	if (IS_ERR(d))
		return PTR_ERR(d);
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (d != d->d_sb->s_root ||
	    (flags & MNT_EXPIRE && flags & (MNT_FORCE | MNT_DETACH)))
		return -EINVAL;
	mutex_lock(&namespace_mutex);
	while (d->d_sb->s_syncing) {
		mutex_unlock(&namespace_mutex);
		wait_event(&umount_wait, !d->d_sb->s_syncing);
		mutex_lock(&namespace_mutex);
	}
	err = do_umount(d, flags);
	mutex_unlock(&namespace_mutex);
	if (!err)
		d = NULL;	/* gone with its file system, or soon */
	return err;
}

/* ---- statfs ------------------------------------------------------------ */

static long do_statfs(int fd, const char *path, struct statfs *ubuf,
		      unsigned lookup)
{
	struct dentry *d __free(dentry) = user_path(fd, path, lookup);
	struct super_block *sb;
	struct statfs st;

	if (IS_ERR(d))
		return PTR_ERR(d);
	sb = d->d_sb;
	st = (struct statfs){
		.f_type = sb->s_type->magic,
		.f_bsize = PAGE_SIZE,
		.f_frsize = PAGE_SIZE,
		.f_namelen = NAME_MAX,
		.f_flags = (sb->s_flags & MS_KEPT & ~MS_RELATIME) |
			   (sb->s_flags & MS_RELATIME ? ST_RELATIME : 0) |
			   ST_VALID,
	};
	if (sb->s_op && sb->s_op->statfs)
		sb->s_op->statfs(sb, &st);
	return copy_to_user(ubuf, &st, sizeof(st));
}

SYSCALL_DEFINE2(statfs, const char *, path, struct statfs *, ubuf)
{
	return do_statfs(AT_FDCWD, path, ubuf, LOOKUP_FOLLOW);
}

SYSCALL_DEFINE2(fstatfs, unsigned, fd, struct statfs *, ubuf)
{
	return do_statfs(fd, NULL, ubuf, LOOKUP_ANY_FD);
}
