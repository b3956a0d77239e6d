// SPDX-License-Identifier: GPL-2.0
/*
 * Mounting and unmounting ext2, and writing back (Linux: fs/ext2/super.c).
 *
 * On the disk s_state says "in use" while it is mounted for writing.
 * A kernel thread writes everything back every few seconds.
 * Lock: sync_mutex, one write-back at a time; it also keeps a file system from
 * going while the thread is at it.
 */
#include <asm/statfs.h>
#include <fs/ext2/ext2.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <mm/slab.h>

#define MAX_REPORTS	16u
#define FLUSH_NS	5000000000ull	/* between two write-backs */

static struct mutex sync_mutex = MUTEX_INIT(sync_mutex, LOCK_SYNC);
static TAILQ_HEAD(, ext2_fs) mounted = TAILQ_HEAD_INITIALIZER(mounted);

int ext2_error(struct ext2_fs *fs, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	fs->state = (fs->state & ~EXT2_VALID_FS) | EXT2_ERROR_FS;
	if (fs->reports++ >= MAX_REPORTS)
		return -EUCLEAN;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printk(KERN_ERR "ext2 %s: %s\n", fs->bdev->name, text);
	return -EUCLEAN;
}

/* ---- writing back ------------------------------------------------------- */

static int write_groups(struct ext2_fs *fs)
{
	u32 per_block = fs->block_size / sizeof(struct ext2_group_desc);
	int err = 0;

	for (u32 n = 0; n < fs->nr_groups && !err; n++) {
		struct ext2_buf b __free(buf) = {};
		struct ext2_group *g = &fs->groups[n];
		struct ext2_group_desc *d;

		if (!g->dirty)
			continue;
		err = ext2_bread(fs, fs->desc_block + n / per_block, &b);
		if (err)
			break;
		d = (struct ext2_group_desc *)b.data + n % per_block;
		d->bg_free_blocks_count = g->free_blocks;
		d->bg_free_inodes_count = g->free_inodes;
		d->bg_used_dirs_count = g->dirs;
		g->dirty = false;
		ext2_dirty(fs, &b);
	}
	return err;
}

/* The super block's counts, and its s_state. */
static void update_super(struct ext2_fs *fs, u16 state)
{
	struct ext2_super *s = ext2_super(fs);
	struct ext2_buf b = { fs->super_page, s };

	if (s->s_free_blocks_count == fs->free_blocks && s->s_state == state &&
	    s->s_free_inodes_count == fs->free_inodes)
		return;
	s->s_free_blocks_count = fs->free_blocks;
	s->s_free_inodes_count = fs->free_inodes;
	s->s_wtime = current_time().tv_sec;
	s->s_state = state;
	ext2_dirty(fs, &b);
}

int ext2_sync_meta(struct ext2_fs *fs, bool flush)
{
	int err, ret;

	if (!fs->writable)
		return 0;
	err = write_groups(fs);
	update_super(fs, fs->state & ~EXT2_VALID_FS);
	ret = filemap_sync(&fs->cache, 0, INT64_MAX);
	err = err ? err : ret;
	if (flush) {
		ret = fs->bdev->flush(fs->bdev);
		err = err ? err : ret;
	}
	return err;
}

static int sync_locked(struct ext2_fs *fs, bool flush)
{
	int err = ext2_sync_inodes(fs), ret;

	ret = ext2_sync_meta(fs, flush);
	return err ? err : ret;
}

static int ext2_sync_fs(struct super_block *sb)
{
	struct ext2_fs *fs = sb->s_fs_info;
	int err;

	mutex_lock(&sync_mutex);
	err = sync_locked(fs, true);
	mutex_unlock(&sync_mutex);
	return err;
}

static void flusher(void *arg)
{
	struct ext2_fs *fs;

	for (;;) {
		sleep_ns(FLUSH_NS, false);
		mutex_lock(&sync_mutex);
		TAILQ_FOREACH(fs, &mounted, list)
			if (fs->writable)
				sync_locked(fs, false);
		mutex_unlock(&sync_mutex);
	}
}

static void start_flusher(void)
{
	static bool started;

	if (!started)
		started = kthread_create(flusher, NULL, "flush");
	if (!started)
		printk("ext2: no memory for the flush thread\n");
}

/* ---- in use, and not any more ------------------------------------------- */

static int begin_writing(struct ext2_fs *fs)
{
	struct ext2_super *s = ext2_super(fs);

	if (fs->bdev->readonly)
		return -EACCES;
	if (!(fs->state & EXT2_VALID_FS))
		printk("ext2 %s: was not unmounted or has errors: e2fsck is "
		       "recommended\n", fs->bdev->name);
	fs->writable = true;
	s->s_mtime = current_time().tv_sec;
	s->s_mnt_count++;
	start_flusher();
	return ext2_sync_meta(fs, true);
}

static int end_writing(struct ext2_fs *fs)
{
	int err;

	if (!fs->writable)
		return 0;
	err = sync_locked(fs, true);
	if (!err) {
		update_super(fs, fs->state);
		err = filemap_sync(&fs->cache, 0, PAGE_SIZE);
	}
	if (!err)
		err = fs->bdev->flush(fs->bdev);
	fs->writable = false;
	return err;
}

/* A file without a name, but open, would have to be freed later. */
static bool has_nameless(struct ext2_fs *fs)
{
	struct ext2_info *ei;

	TAILQ_FOREACH(ei, &fs->all, all)
		if (!ei->inode->i_nlink)
			return true;
	return false;
}

static int ext2_remount(struct super_block *sb, bool readonly)
{
	struct ext2_fs *fs = sb->s_fs_info;
	int err;

	if (readonly && has_nameless(fs))
		return -EBUSY;
	mutex_lock(&sync_mutex);
	err = readonly ? end_writing(fs) : begin_writing(fs);
	mutex_unlock(&sync_mutex);
	return err;
}

static void free_fs(struct ext2_fs *fs)
{
	if (fs->super_page && !IS_ERR(fs->super_page))
		put_page(fs->super_page);
	address_space_destroy(&fs->cache);
	fs->bdev->holder = NULL;
	kfree(fs->groups);
	kfree(fs);
}

static void ext2_put_super(struct super_block *sb)
{
	struct ext2_fs *fs = sb->s_fs_info;

	mutex_lock(&sync_mutex);
	TAILQ_REMOVE(&mounted, fs, list);
	fs->going = true;
	ext2_shrink(fs, 0);
	if (end_writing(fs))
		printk(KERN_ERR "ext2 %s: the last writes failed\n",
		       fs->bdev->name);
	mutex_unlock(&sync_mutex);
	free_fs(fs);
}

static void ext2_statfs(struct super_block *sb, struct statfs *st)
{
	const struct ext2_fs *fs = sb->s_fs_info;

	st->f_bsize = st->f_frsize = fs->block_size;
	st->f_blocks = fs->blocks - min(fs->overhead, fs->blocks);
	st->f_bfree = fs->free_blocks;
	st->f_bavail = fs->free_blocks - min(fs->reserved, fs->free_blocks);
	st->f_files = fs->inodes;
	st->f_ffree = fs->free_inodes;
}

static const struct super_operations ext2_sops = {
	.keep_inode = ext2_keep,
	.evict_inode = ext2_evict,
	.statfs = ext2_statfs,
	.sync_fs = ext2_sync_fs,
	.remount = ext2_remount,
	.put_super = ext2_put_super,
};

static struct ext2_fs *alloc_fs(struct block_device *bdev)
{
	struct ext2_fs *fs = kzalloc(sizeof(*fs), GFP_KERNEL);

	if (!fs)
		return NULL;
	fs->bdev = bdev;
	bdev->holder = fs;
	TAILQ_INIT(&fs->all);
	TAILQ_INIT(&fs->idle);
	wait_queue_init(&fs->evicted);
	address_space_init(&fs->cache, 0, &ext2_cache_aops, fs);
	fs->cache.size = bdev->sectors * SECTOR_SIZE;
	return fs;
}

static struct block_device *find_disk(const char *path)
{
	struct dentry *d __free(dentry) = path_lookup(AT_FDCWD, path,
						      LOOKUP_FOLLOW);
	struct block_device *bdev;

	if (IS_ERR(d))
		return ERR_CAST(d);
	if (!S_ISBLK(d->d_inode->i_mode))
		return ERR_PTR(-ENOTBLK);
	bdev = block_device_by_dev(d->d_inode->i_rdev);
	if (!bdev)
		return ERR_PTR(-ENXIO);
	if (bdev->sectors * SECTOR_SIZE < 2 * EXT2_SUPER_OFFSET)
		return ERR_PTR(-EINVAL);
	return bdev->holder ? ERR_PTR(-EBUSY) : bdev;
}

static int read_root(struct super_block *sb)
{
	struct inode *root = ext2_iget(sb, EXT2_ROOT_INO);

	if (IS_ERR(root))
		return PTR_ERR(root);
	if (!S_ISDIR(root->i_mode)) {
		iput(root);
		return ext2_error(sb->s_fs_info, "the root is no directory");
	}
	sb->s_root = d_alloc_pseudo("/", root);
	return sb->s_root ? 0 : -ENOMEM;
}

static int ext2_fill(struct super_block *sb, const char *source,
		     const char *options)
{
	struct block_device *bdev = find_disk(source);
	struct ext2_fs *fs;
	int err;

	if (IS_ERR(bdev))
		return PTR_ERR(bdev);
	fs = alloc_fs(bdev);
	if (!fs)
		return -ENOMEM;
	err = ext2_read_super(fs);
	if (!err)
		err = ext2_read_groups(fs);
	if (err) {
		free_fs(fs);
		return err;
	}
	sb->s_fs_info = fs;
	sb->s_dev = bdev->dev;
	sb->s_op = &ext2_sops;
	TAILQ_INSERT_TAIL(&mounted, fs, list);
	mutex_lock(&namespace_mutex);
	err = read_root(sb);
	mutex_unlock(&namespace_mutex);
	return err || sb->s_flags & MS_RDONLY ? err : begin_writing(fs);
}

static struct file_system_type ext2_type = {
	.name = "ext2",
	.fs_flags = FS_REQUIRES_DEV,
	.magic = EXT2_MAGIC,
	.fill_super = ext2_fill,
};

void ext2_init(void)
{
	register_filesystem(&ext2_type);
}
