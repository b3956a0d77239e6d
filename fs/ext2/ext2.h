/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside ext2: the format on the disk (little endian, as the machine is) and
 * what the files of this folder ask of each other.  The format is described in
 * Linux's Documentation/filesystems/ext2.rst; Linux: fs/ext2/ext2.h.
 *
 *   metadata   blocks in the cache of the disk (buffer.c), changed in memory,
 *              written whenever; synchronously only where the order counts
 *   data       pages of the file (file.c); each knows the blocks it lies on, so
 *              that writing it asks nobody and allocates nothing
 *
 * Order on the disk, so that after a power cut e2fsck repairs without loss:
 *   R1  a new indirect or directory block is written before what points to it
 *   R2  what pointed to a freed block is gone from the disk (and its cache)
 *       before the block is used again
 *   R3  a name is gone from the disk before its inode is freed; a new name is
 *       there before the old one of a rename goes
 *
 * Locks: names and directories change under namespace_mutex (n), a file's
 * block map under map_lock (b), bitmaps and counts without a sleep in between.
 */
#ifndef FS_EXT2_EXT2_H
#define FS_EXT2_EXT2_H

#include <drivers/block.h>
#include <fs/vfs.h>

#define EXT2_MAGIC		0xef53
#define EXT2_SUPER_OFFSET	1024u
#define EXT2_ROOT_INO		2u
#define EXT2_LINK_MAX		32000u
#define EXT2_NDIR		12u	/* direct blocks */
#define EXT2_NBLOCKS		15u	/* and one to each depth */
#define EXT2_MAX_DEPTH		4u

#define EXT2_VALID_FS		1u	/* s_state: orderly unmounted */
#define EXT2_ERROR_FS		2u	/* s_state: errors were seen */
#define EXT2_COMPAT_KNOWN	0x39u	/* prealloc, ext_attr, resize_inode,
					 * dir_index: may be ignored */
#define EXT2_INCOMPAT_FILETYPE	0x2u
#define EXT2_RO_SPARSE_SUPER	0x1u
#define EXT2_RO_LARGE_FILE	0x2u

#define EXT2_INDEX_FL		0x1000u	/* i_flags: hashed directory */
#define EXT2_FOREIGN_FL		0x10080000u /* ... extents, inline data */

struct ext2_super {
	u32 s_inodes_count, s_blocks_count, s_r_blocks_count;
	u32 s_free_blocks_count, s_free_inodes_count, s_first_data_block;
	u32 s_log_block_size, s_log_frag_size;
	u32 s_blocks_per_group, s_frags_per_group, s_inodes_per_group;
	u32 s_mtime, s_wtime;
	u16 s_mnt_count, s_max_mnt_count, s_magic, s_state, s_errors;
	u16 s_minor_rev_level;
	u32 s_lastcheck, s_checkinterval, s_creator_os, s_rev_level;
	u16 s_def_resuid, s_def_resgid;
	u32 s_first_ino;
	u16 s_inode_size, s_block_group_nr;
	u32 s_feature_compat, s_feature_incompat, s_feature_ro_compat;
	u8 s_uuid[16];
	char s_volume_name[16], s_last_mounted[64];
	u32 s_algo_bitmap;
	u8 s_prealloc[2];
	u16 s_reserved_gdt_blocks;
	u8 s_rest[816];
};
_Static_assert(sizeof(struct ext2_super) == 1024, "ext2 super block layout");

struct ext2_group_desc {
	u32 bg_block_bitmap, bg_inode_bitmap, bg_inode_table;
	u16 bg_free_blocks_count, bg_free_inodes_count, bg_used_dirs_count;
	u16 bg_pad[7];
};
_Static_assert(sizeof(struct ext2_group_desc) == 32, "ext2 group layout");

struct ext2_inode {
	u16 i_mode, i_uid;
	u32 i_size, i_atime, i_ctime, i_mtime, i_dtime;
	u16 i_gid, i_links_count;
	u32 i_blocks, i_flags, i_osd1;
	u32 i_block[EXT2_NBLOCKS];
	u32 i_generation, i_file_acl, i_size_high, i_faddr;
	u16 i_osd2[2], i_uid_high, i_gid_high;
	u32 i_reserved;
	/* Only in inodes of 256 bytes and more, as far as i_extra_isize says:
	 * nanoseconds << 2 | bits 32 and 33 of the seconds. */
	u16 i_extra_isize, i_pad2;
	u32 i_ctime_extra, i_mtime_extra, i_atime_extra;
	u32 i_rest[4];
};
#define EXT2_OLD_INODE	128u
_Static_assert(sizeof(struct ext2_inode) == EXT2_OLD_INODE + 32,
	       "ext2 inode layout");

struct ext2_dirent {
	u32 inode;
	u16 rec_len;
	u8 name_len, file_type;
	char name[];
};

/* One group, as checked at mount: the disk's word is not asked again. */
struct ext2_group {
	u32 block_bitmap, inode_bitmap, inode_table;
	u32 blocks;			/* in this group */
	u32 overhead;			/* super block and descriptors */
	u32 free_blocks, free_inodes, dirs;
	bool dirty;			/* counts not yet in the cache */
};

#define EXT2_HASH 64u

/* A mounted file system: super_block's s_fs_info. */
struct ext2_fs {
	struct block_device *bdev;
	struct address_space cache;	/* the disk's bytes: metadata */
	struct page *super_page;	/* cache page 0, held */
	unsigned block_size, block_bits;
	u32 blocks, first_block, reserved;
	u32 inodes, first_ino, inode_size;
	u32 blocks_per_group, inodes_per_group, nr_groups;
	u32 inode_table_blocks, desc_block;
	u32 free_blocks, free_inodes;
	u32 overhead;			/* all blocks that are never files' */
	u64 max_size;			/* of a file, bytes */
	bool file_type;			/* directory entries have one */
	bool writable;			/* s_state says "in use" */
	bool flush_first;		/* R2: before the next allocation */
	bool going;			/* umount: keep no inode */
	u16 state;			/* s_state for an orderly end */
	unsigned reports;		/* errors logged */
	struct ext2_group *groups;
	LIST_HEAD(, ext2_info) hash[EXT2_HASH];	/* by number */
	TAILQ_HEAD(ext2_list, ext2_info) all;
	struct ext2_list idle;		/* nobody's, kept for their pages */
	unsigned nr_idle;
	struct wait_queue evicted;
	TAILQ_ENTRY(ext2_fs) list;
};

/* What an inode of ours has besides: inode's i_private. */
struct ext2_info {
	struct inode *inode;
	struct mutex map_lock;		/* LOCK_FS */
	u32 block[EXT2_NBLOCKS];	/* (b) */
	u32 last_block;			/* (b) allocated last */
	u32 flags;			/* EXT2_*_FL */
	bool evicting, is_new;
	unsigned pins;			/* of i_count: write-back's */
	LIST_ENTRY(ext2_info) hash;
	TAILQ_ENTRY(ext2_info) all, idle;
};

static inline struct ext2_fs *ext2_fs(struct inode *inode)
{
	return inode->i_sb->s_fs_info;
}
static inline struct ext2_super *ext2_super(struct ext2_fs *fs)
{
	return page_address(fs->super_page) + EXT2_SUPER_OFFSET;
}
static inline struct ext2_info *ext2_i(struct inode *inode)
{
	return inode->i_private;
}

/* Log one line (a limited number of them) and remember that the file system
 * needs e2fsck.  Returns -EUCLEAN. */
int ext2_error(struct ext2_fs *fs, const char *fmt, ...) __printf(2, 3);

/* ---- buffer.c ----------------------------------------------------------- */

/* A block in the cache of the disk; its page is held.  `struct ext2_buf b
 * __free(buf) = {}` lets go of it at the end of the scope. */
struct ext2_buf {
	struct page *page;
	void *data;
};
extern const struct address_space_operations ext2_cache_aops;
int ext2_bread(struct ext2_fs *fs, u32 block, struct ext2_buf *b);
void ext2_brelse(struct ext2_buf *b);
static inline void free_buf(struct ext2_buf *b)
{
	ext2_brelse(b);
}
/* The caller changed bytes of it: it is to be written some day. */
void ext2_dirty(struct ext2_fs *fs, struct ext2_buf *b);
/* The same, and written now.  0 or -EIO.  Sleeps. */
int ext2_write_now(struct ext2_fs *fs, struct ext2_buf *b);
/* The block is free: what the cache still wanted to write is void. */
void ext2_forget(struct ext2_fs *fs, u32 block);

/* ---- balloc.c ----------------------------------------------------------- */

/* May a file or directory have this block?  Not beyond the end, and none of
 * the tables. */
bool ext2_block_ok(struct ext2_fs *fs, u32 block);
/* A free block near `goal`, its contents undefined.  0, -ENOSPC, -EIO. */
int ext2_new_block(struct ext2_fs *fs, u32 goal, u32 *block);
/* 0, or -EUCLEAN if it is none to be freed. */
int ext2_free_block(struct ext2_fs *fs, u32 block);
/* A free inode number, for something in directory dir. */
int ext2_new_ino(struct ext2_fs *fs, struct inode *dir, bool isdir, u32 *ino);
void ext2_free_ino(struct ext2_fs *fs, u32 ino, bool isdir);
u32 ext2_group_start(const struct ext2_fs *fs, u32 group);

/* ---- map.c -------------------------------------------------------------- */

/* Block `n` of a file: *block, 0 for a hole; with `create` there is none
 * afterwards.  (b).  -EFBIG, -ENOSPC, -EIO, -EUCLEAN. */
int ext2_map(struct inode *inode, u64 n, bool create, u32 *block);
/* Free the blocks from byte `size` on; takes (b). */
int ext2_truncate(struct inode *inode, u64 size);

/* ---- raw.c ------------------------------------------------------------- */

/* Where inode `ino` lies: *raw in the held block b.  0 or -EIO. */
int ext2_raw_inode(struct ext2_fs *fs, u32 ino, struct ext2_buf *b,
		   struct ext2_inode **raw);
/* Fill an inode with what the disk says: 0, -EIO, -EUCLEAN. */
int ext2_read_inode(struct inode *inode);
/* Bring the cache's copy of it up to date; `now`: and the disk's. */
int ext2_write_inode(struct inode *inode, bool now);
/* A fast symbolic link has its text in ext2_info's block[], a device its
 * number. */
bool ext2_fast_link(struct inode *inode);
void ext2_encode_dev(u32 *block, unsigned dev);
static inline bool ext2_is_device(const struct inode *inode)
{
	return S_ISCHR(inode->i_mode) || S_ISBLK(inode->i_mode);
}
void ext2_set_ops(struct inode *inode);

/* ---- inode.c ------------------------------------------------------------ */

/* The inode of that number, referenced; ERR_PTR.  (n) held. */
struct inode *ext2_iget(struct super_block *sb, u32 ino);
/* A new one with an owner, on the disk's cache already; ERR_PTR. */
struct inode *ext2_new_inode(struct inode *dir, unsigned mode, unsigned rdev);
void ext2_evict(struct inode *inode);
bool ext2_keep(struct inode *inode);
/* Give idle inodes back until at most `max` are left. */
void ext2_shrink(struct ext2_fs *fs, unsigned max);
/* Write all files' pages and inodes into the cache and the disk. */
int ext2_sync_inodes(struct ext2_fs *fs);

/* ---- file.c ------------------------------------------------------------- */

extern const struct address_space_operations ext2_aops;
extern const struct inode_operations ext2_file_iops;
extern const struct file_operations ext2_file_fops;
/* The file's bytes and its inode, to the disk and to the cache of metadata: 0,
 * -EIO, -ENOMEM.  Takes i_lock. */
int ext2_write_back(struct inode *inode);
int ext2_fsync(struct file *file);

/* ---- direct.c (O_DIRECT; (i) held) -------------------------------------- */

/* read(2).  Bytes or -errno; *pos advances. */
long ext2_direct_read(struct file *f, void *ubuf, size_t n, u64 *pos);
/* Is a write aligned as it must be: 0 or -EINVAL. */
int ext2_direct_check(const void *ubuf, size_t n, u64 pos);
/* Bytes [from, to) were written to the cache: to the disk, and out of it. */
int ext2_direct_written(struct address_space *mapping, u64 from, u64 to);

/* ---- dir.c -------------------------------------------------------------- */

/* A name found: the entry, and the one before it in its block or NULL. */
struct ext2_slot {
	struct ext2_buf b;
	struct ext2_dirent *de, *prev;
};
/* 0, -ENOENT, -EIO, -EUCLEAN; on success brelse slot->b.  (n) */
int ext2_find(struct inode *dir, const char *name, size_t len,
	      struct ext2_slot *slot);
/* Enter inode under a name that is not there; `now`: on the disk, too. */
int ext2_add_link(struct inode *dir, const char *name, struct inode *inode,
		  bool now);
/* These two write now. */
int ext2_remove_link(struct inode *dir, struct ext2_slot *slot);
int ext2_set_link(struct inode *dir, struct ext2_slot *slot,
		  struct inode *inode);
/* "." and ".." of a new directory. */
int ext2_make_empty(struct inode *inode, struct inode *parent);
/* 1, 0 or -errno. */
int ext2_is_empty(struct inode *dir);
int ext2_readdir(struct file *file, struct dir_context *ctx);

/* ---- mount.c ----------------------------------------------------------- */

/* Fill fs from its disk: 0, or -EINVAL, -EUCLEAN and one log line; -EIO. */
int ext2_read_super(struct ext2_fs *fs);
int ext2_read_groups(struct ext2_fs *fs);

/* ---- namei.c, super.c --------------------------------------------------- */

extern const struct inode_operations ext2_dir_iops, ext2_link_iops,
	ext2_special_iops;
extern const struct file_operations ext2_dir_fops;
/* Write counts and all metadata that waits; the disk's cache too if `flush`. */
int ext2_sync_meta(struct ext2_fs *fs, bool flush);

#endif
