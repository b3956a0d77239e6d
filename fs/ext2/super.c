// SPDX-License-Identifier: GPL-2.0
/*
 * Mounting and unmounting ext2, and writing back (Linux: fs/ext2/super.c).
 *
 * Everything the other files compute with is checked here, once, and kept in
 * memory: sizes from the super block, the places of the tables from the group
 * descriptors.  What mke2fs -t ext2 makes is mounted, anything else refused.
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

static struct ext2_super *super_of(struct ext2_fs *fs)
{
	return page_address(fs->super_page) + EXT2_SUPER_OFFSET;
}

/* ---- mounting: what is on the disk -------------------------------------- */

static const char *check_features(const struct ext2_super *s)
{
	if (s->s_magic != EXT2_MAGIC)
		return "no ext2 super block";
	if (s->s_rev_level > 1)
		return "unknown revision";
	if (s->s_rev_level == 0)
		return NULL;
	if ((s->s_feature_compat & ~EXT2_COMPAT_KNOWN) ||
	    (s->s_feature_incompat & ~EXT2_INCOMPAT_FILETYPE) ||
	    (s->s_feature_ro_compat &
	     ~(EXT2_RO_SPARSE_SUPER | EXT2_RO_LARGE_FILE)))
		return "features that are not ext2's";
	return NULL;
}

/* Numbers of the super block, each before it is used for another. */
static const char *check_sizes(struct ext2_fs *fs, const struct ext2_super *s)
{
	unsigned bits = fs->block_bits, size = fs->block_size;

	if (fs->first_block != (bits == 10) || fs->blocks <= fs->first_block ||
	    fs->blocks > fs->bdev->sectors >> (bits - 9))
		return "wrong size";
	if (!fs->blocks_per_group || fs->blocks_per_group > 8 * size ||
	    s->s_frags_per_group != fs->blocks_per_group)
		return "wrong size of groups";
	if (fs->inode_size < EXT2_OLD_INODE ||
	    fs->inode_size > size || (fs->inode_size & (fs->inode_size - 1)))
		return "wrong size of inodes";
	if (!fs->inodes_per_group || fs->inodes_per_group > 8 * size ||
	    fs->inodes_per_group % (size / fs->inode_size))
		return "wrong number of inodes";
	fs->nr_groups = DIV_ROUND_UP(fs->blocks - fs->first_block,
				     fs->blocks_per_group);
	if (fs->inodes != (u64)fs->nr_groups * fs->inodes_per_group ||
	    fs->first_ino <= EXT2_ROOT_INO || fs->first_ino > fs->inodes ||
	    fs->first_ino > fs->inodes_per_group)
		return "wrong inode numbers";
	if (fs->reserved > fs->blocks)
		return "wrong number of reserved blocks";
	return NULL;
}

/* Three levels of pointers, and 2^32 sectors. */
static u64 max_file_size(const struct ext2_fs *fs, const struct ext2_super *s)
{
	u64 n = fs->block_size / 4;
	u64 blocks = EXT2_NDIR + n + n * n + n * n * n;

	if (!(s->s_feature_ro_compat & EXT2_RO_LARGE_FILE))
		return INT32_MAX;
	return min(blocks << fs->block_bits, (1ull << 41) - (4ull << 30));
}

static int read_super(struct ext2_fs *fs)
{
	const struct ext2_super *s;
	const char *wrong;

	fs->super_page = filemap_get_page(&fs->cache, 0, NULL);
	if (IS_ERR(fs->super_page))
		return PTR_ERR(fs->super_page);
	s = super_of(fs);
	wrong = check_features(s);
	if (!wrong && (s->s_log_block_size > 2 ||
		       s->s_log_frag_size != s->s_log_block_size))
		wrong = "wrong block size";
	if (!wrong) {
		fs->block_bits = 10 + s->s_log_block_size;
		fs->block_size = 1u << fs->block_bits;
		fs->blocks = s->s_blocks_count;
		fs->reserved = s->s_r_blocks_count;
		fs->first_block = s->s_first_data_block;
		fs->blocks_per_group = s->s_blocks_per_group;
		fs->inodes = s->s_inodes_count;
		fs->inodes_per_group = s->s_inodes_per_group;
		fs->inode_size = s->s_rev_level ? s->s_inode_size : 128;
		fs->first_ino = s->s_rev_level ? s->s_first_ino : 11;
		fs->file_type = s->s_rev_level && s->s_feature_incompat;
		fs->max_size = max_file_size(fs, s);
		fs->state = s->s_state;
		fs->desc_block = fs->first_block + 1;
		wrong = check_sizes(fs, s);
	}
	if (!wrong)
		return 0;
	printk(KERN_ERR "ext2 %s: %s\n", fs->bdev->name, wrong);
	return -EINVAL;
}

static bool is_power_of(u32 n, u32 base)
{
	while (n % base == 0)
		n /= base;
	return n == 1;
}

/* Blocks at the start of a group that hold a copy of super block and
 * descriptors, with the room for more descriptors that resize_inode keeps. */
static u32 group_overhead(struct ext2_fs *fs, u32 n)
{
	const struct ext2_super *s = super_of(fs);
	u32 per_block = fs->block_size / sizeof(struct ext2_group_desc);

	if (s->s_rev_level && n > 1 &&
	    (s->s_feature_ro_compat & EXT2_RO_SPARSE_SUPER) &&
	    !is_power_of(n, 3) && !is_power_of(n, 5) && !is_power_of(n, 7))
		return 0;
	return 1 + DIV_ROUND_UP(fs->nr_groups, per_block) +
	       (s->s_rev_level && (s->s_feature_compat & 0x10) ?
		s->s_reserved_gdt_blocks : 0);
}

/* Do the tables of a group lie in it, apart from each other? */
static bool group_ok(struct ext2_fs *fs, u32 n)
{
	const struct ext2_group *g = &fs->groups[n];
	u32 start = ext2_group_start(fs, n);
	u32 bb = g->block_bitmap - start, ib = g->inode_bitmap - start;
	u32 table = g->inode_table - start, len = fs->inode_table_blocks;

	return bb >= g->overhead && bb < g->blocks &&
	       ib >= g->overhead && ib < g->blocks && bb != ib &&
	       table >= g->overhead && table < g->blocks &&
	       len <= g->blocks - table && bb - table >= len &&
	       ib - table >= len && g->free_blocks <= g->blocks &&
	       g->free_inodes <= fs->inodes_per_group &&
	       g->dirs <= fs->inodes_per_group;
}

static int read_group(struct ext2_fs *fs, u32 n)
{
	u32 per_block = fs->block_size / sizeof(struct ext2_group_desc);
	struct ext2_group *g = &fs->groups[n];
	struct ext2_buf b __free(buf) = {};
	const struct ext2_group_desc *d;
	int err;

	if (fs->desc_block + n / per_block >= fs->blocks)
		return ext2_error(fs, "no room for group descriptors");
	err = ext2_bread(fs, fs->desc_block + n / per_block, &b);
	if (err)
		return err;
	d = (struct ext2_group_desc *)b.data + n % per_block;
	*g = (struct ext2_group){
		.block_bitmap = d->bg_block_bitmap,
		.inode_bitmap = d->bg_inode_bitmap,
		.inode_table = d->bg_inode_table,
		.blocks = min(fs->blocks_per_group,
			      fs->blocks - ext2_group_start(fs, n)),
		.overhead = group_overhead(fs, n),
		.free_blocks = d->bg_free_blocks_count,
		.free_inodes = d->bg_free_inodes_count,
		.dirs = d->bg_used_dirs_count,
	};
	if (!group_ok(fs, n))
		return ext2_error(fs, "group %u: wrong descriptor", n);
	fs->free_blocks += g->free_blocks;
	fs->free_inodes += g->free_inodes;
	fs->overhead += g->overhead + fs->inode_table_blocks + 2;
	return 0;
}

static int read_groups(struct ext2_fs *fs)
{
	int err = 0;

	fs->inode_table_blocks = fs->inodes_per_group /
				 (fs->block_size / fs->inode_size);
	fs->overhead = fs->first_block;
	fs->groups = kmalloc(fs->nr_groups * sizeof(fs->groups[0]), GFP_KERNEL);
	if (!fs->groups)
		return -ENOMEM;
	for (u32 n = 0; n < fs->nr_groups && !err; n++)
		err = read_group(fs, n);
	return err;
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
	struct ext2_super *s = super_of(fs);
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
	struct ext2_super *s = super_of(fs);

	if (fs->bdev->readonly)
		return -EROFS;
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
	.put_super = ext2_put_super,
};

static struct ext2_fs *alloc_fs(struct super_block *sb,
				struct block_device *bdev)
{
	struct ext2_fs *fs = kzalloc(sizeof(*fs), GFP_KERNEL);

	if (!fs)
		return NULL;
	fs->sb = sb;
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
	fs = alloc_fs(sb, bdev);
	if (!fs)
		return -ENOMEM;
	err = read_super(fs);
	if (!err)
		err = read_groups(fs);
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
