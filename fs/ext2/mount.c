// SPDX-License-Identifier: GPL-2.0
/*
 * What a disk must look like to be mounted (Linux: ext2_fill_super() and
 * ext2_check_descriptors() in fs/ext2/super.c).
 *
 * Everything the other files compute with is checked here, once, and kept in
 * memory: sizes from the super block, the places of the tables from the group
 * descriptors.  What mke2fs -t ext2 makes is taken, anything else refused, and
 * each number is bounded before it is used for another.
 */
#include <fs/ext2/ext2.h>
#include <lib/string.h>
#include <mm/slab.h>

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

int ext2_read_super(struct ext2_fs *fs)
{
	const struct ext2_super *s;
	const char *wrong;

	fs->super_page = filemap_get_page(&fs->cache, 0, NULL);
	if (IS_ERR(fs->super_page))
		return PTR_ERR(fs->super_page);
	s = ext2_super(fs);
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
	const struct ext2_super *s = ext2_super(fs);
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

int ext2_read_groups(struct ext2_fs *fs)
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
