// SPDX-License-Identifier: GPL-2.0
/*
 * Directories: entries in blocks that are read as metadata (Linux:
 * fs/ext2/dir.c).
 *
 * Entries are chained by rec_len within a block and fill it.  Each is checked
 * whenever it is looked at: what a walk steps over lies in its block, is not
 * empty, and has its name inside; so every walk ends.  Nothing here follows an
 * inode number.  Hashed directories are read as what they also are, plain
 * ones, and lose their index with the first change.
 * Lock: (n), held by all callers.
 */
#include <fs/ext2/ext2.h>
#include <lib/string.h>

#define HEAD 8u			/* bytes of an entry before its name */

static unsigned rec_len_of(size_t name_len)
{
	return ALIGN_UP(HEAD + (unsigned)name_len, 4u);
}

/* Block n of a directory. */
static int read_block(struct inode *dir, u64 n, struct ext2_buf *b)
{
	struct ext2_fs *fs = ext2_fs(dir);
	u32 block;
	int err;

	mutex_lock(&ext2_i(dir)->map_lock);
	err = ext2_map(dir, n, false, &block);
	mutex_unlock(&ext2_i(dir)->map_lock);
	if (!err && !block)
		err = ext2_error(fs, "directory %llu has a hole",
				 (unsigned long long)dir->i_ino);
	return err ? err : ext2_bread(fs, block, b);
}

static u64 nr_blocks(struct inode *dir)
{
	return dir->i_data.size >> ext2_fs(dir)->block_bits;
}

/* The entry at `offset` of a block; NULL and a log line if it is none. */
static struct ext2_dirent *entry_at(struct inode *dir, struct ext2_buf *b,
				    unsigned offset)
{
	struct ext2_fs *fs = ext2_fs(dir);
	struct ext2_dirent *de = b->data + offset;
	unsigned left = fs->block_size - offset;

	if (left >= HEAD && de->rec_len % 4 == 0 && de->rec_len <= left &&
	    de->rec_len >= rec_len_of(max(de->name_len, (u8)1)) &&
	    de->inode <= fs->inodes)
		return de;
	ext2_error(fs, "directory %llu: bad entry at %u",
		   (unsigned long long)dir->i_ino, offset);
	return NULL;
}

/* ---- looking ------------------------------------------------------------ */

static bool name_is(const struct ext2_dirent *de, const char *name, size_t len)
{
	return de->inode && de->name_len == len && !memcmp(de->name, name, len);
}

/* In one block: -ENOENT if it is not there. */
static int find_in_block(struct inode *dir, const char *name, size_t len,
			 struct ext2_slot *s)
{
	unsigned at = 0;

	s->prev = NULL;
	for (; at < ext2_fs(dir)->block_size; at += s->de->rec_len) {
		s->de = entry_at(dir, &s->b, at);
		if (!s->de)
			return -EUCLEAN;
		if (name_is(s->de, name, len))
			return 0;
		s->prev = s->de;
	}
	return -ENOENT;
}

int ext2_find(struct inode *dir, const char *name, size_t len,
	      struct ext2_slot *s)
{
	int err = -ENOENT;

	*s = (struct ext2_slot){};
	for (u64 n = 0; n < nr_blocks(dir) && err == -ENOENT; n++) {
		ext2_brelse(&s->b);
		err = read_block(dir, n, &s->b);
		if (!err)
			err = find_in_block(dir, name, len, s);
	}
	if (err)
		ext2_brelse(&s->b);
	return err;
}

static bool is_dots(const struct ext2_dirent *de)
{
	return de->name[0] == '.' &&
	       (de->name_len == 1 ||
		(de->name_len == 2 && de->name[1] == '.'));
}

/* A name other than "." and ".." in the block: 1, 0 or -EUCLEAN. */
static int block_in_use(struct inode *dir, struct ext2_buf *b)
{
	struct ext2_dirent *de;
	unsigned at = 0;

	for (; at < ext2_fs(dir)->block_size; at += de->rec_len) {
		de = entry_at(dir, b, at);
		if (!de)
			return -EUCLEAN;
		if (de->inode && !is_dots(de))
			return 1;
	}
	return 0;
}

int ext2_is_empty(struct inode *dir)
{
	int ret = 0;

	for (u64 n = 0; n < nr_blocks(dir) && !ret; n++) {
		struct ext2_buf b __free(buf) = {};

		ret = read_block(dir, n, &b);
		if (!ret)
			ret = block_in_use(dir, &b);
	}
	return ret < 0 ? ret : !ret;
}

/* One block from ctx->pos on; true to go on with the next. */
static bool emit_block(struct inode *dir, struct ext2_buf *b, u64 start,
		       struct dir_context *ctx)
{
	/* DT_* by the disk's types */
	static const u8 types[] = { 0, 8, 4, 2, 6, 1, 12, 10 };
	struct ext2_dirent *de;
	unsigned at = 0, type;

	for (; at < ext2_fs(dir)->block_size; at += de->rec_len) {
		de = entry_at(dir, b, at);
		if (!de)
			return true;	/* the rest is lost, others are not */
		if (start + at < ctx->pos || !de->inode)
			continue;
		type = de->file_type < ARRAY_SIZE(types) ?
		       types[de->file_type] : 0;
		if (de->name_len &&
		    !ctx->emit(ctx, de->name, de->name_len, de->inode,
			       ext2_fs(dir)->file_type ? type : 0,
			       start + at + de->rec_len))
			return false;
		ctx->pos = start + at + de->rec_len;
	}
	return true;
}

int ext2_readdir(struct file *file, struct dir_context *ctx)
{
	struct inode *dir = file->f_inode;
	unsigned bits = ext2_fs(dir)->block_bits;
	int err = 0;

	for (u64 n = ctx->pos >> bits; n < nr_blocks(dir); n++) {
		struct ext2_buf b __free(buf) = {};
		int ret = read_block(dir, n, &b);

		if (!ret && !emit_block(dir, &b, n << bits, ctx))
			break;
		if (ret)
			err = ret;
		else
			ctx->pos = max(ctx->pos, (n + 1) << bits);
	}
	return err;
}

/* ---- changing ----------------------------------------------------------- */

static int dir_changed(struct inode *dir)
{
	touch_mtime(dir);
	ext2_i(dir)->flags &= ~EXT2_INDEX_FL;
	return ext2_write_inode(dir, false);
}

static void set_entry(struct inode *dir, struct ext2_dirent *de,
		      struct inode *inode)
{
	/* The disk's types by S_IFMT >> 12 */
	static const u8 types[16] = { [1] = 5, [2] = 3, [4] = 2, [6] = 4,
				      [8] = 1, [10] = 7, [12] = 6 };

	de->inode = inode->i_ino;
	de->file_type = ext2_fs(dir)->file_type ?
			types[(inode->i_mode & S_IFMT) >> 12] : 0;
}

static void fill_entry(struct inode *dir, struct ext2_dirent *de,
		       const char *name, size_t len, struct inode *inode)
{
	set_entry(dir, de, inode);
	de->name_len = len;
	memcpy(de->name, name, len);
}

/* Room for an entry in a block: cut off the end of one that has more than it
 * needs, or a free one; NULL: none; ERR_PTR. */
static struct ext2_dirent *make_room(struct inode *dir, struct ext2_buf *b,
				     unsigned need)
{
	struct ext2_dirent *de, *new;
	unsigned at = 0, used;

	for (; at < ext2_fs(dir)->block_size; at += de->rec_len) {
		de = entry_at(dir, b, at);
		if (!de)
			return ERR_PTR(-EUCLEAN);
		used = de->inode ? rec_len_of(de->name_len) : 0;
		if (de->rec_len < used + need)
			continue;
		if (!used)
			return de;
		new = b->data + at + used;
		new->rec_len = de->rec_len - used;
		de->rec_len = used;
		return new;
	}
	return NULL;
}

/* A further block, one free entry.  R1: on the disk before the size is. */
static int append_block(struct inode *dir, struct ext2_buf *b)
{
	struct ext2_fs *fs = ext2_fs(dir);
	struct ext2_dirent *de;
	u32 block;
	int err;

	if (nr_blocks(dir) >= fs->blocks)
		return -ENOSPC;
	mutex_lock(&ext2_i(dir)->map_lock);
	err = ext2_map(dir, nr_blocks(dir), true, &block);
	mutex_unlock(&ext2_i(dir)->map_lock);
	if (!err)
		err = ext2_bread(fs, block, b);
	if (err)
		return err;
	de = b->data;
	memset(de, 0, fs->block_size);
	de->rec_len = fs->block_size;
	err = ext2_write_now(fs, b);
	if (!err)
		dir->i_data.size += fs->block_size;
	return err;
}

int ext2_add_link(struct inode *dir, const char *name, struct inode *inode,
		  bool now)
{
	struct ext2_fs *fs = ext2_fs(dir);
	struct ext2_buf b __free(buf) = {};
	struct ext2_dirent *de = NULL;
	size_t len = strlen(name);
	int err = 0;

	for (u64 n = 0; !de && !err; n++) {
		ext2_brelse(&b);
		err = n < nr_blocks(dir) ? read_block(dir, n, &b) :
					   append_block(dir, &b);
		if (!err)
			de = make_room(dir, &b, rec_len_of(len));
	}
	if (err || IS_ERR(de))
		return err ? err : PTR_ERR(de);
	fill_entry(dir, de, name, len, inode);
	ext2_dirty(fs, &b);
	if (now)
		err = ext2_write_now(fs, &b);
	if (err) {
		de->inode = 0;
		ext2_dirty(fs, &b);
	}
	return err ? err : dir_changed(dir);
}

/* If it cannot be written, the name stays, in the cache too: its dentry does,
 * and nobody else would ever find the inode. */
int ext2_remove_link(struct inode *dir, struct ext2_slot *s)
{
	u32 ino = s->de->inode;
	int err;

	if (s->prev)
		s->prev->rec_len += s->de->rec_len;
	s->de->inode = 0;
	err = ext2_write_now(ext2_fs(dir), &s->b);
	if (err) {
		if (s->prev)
			s->prev->rec_len -= s->de->rec_len;
		s->de->inode = ino;
		ext2_dirty(ext2_fs(dir), &s->b);
	}
	ext2_brelse(&s->b);
	return err ? err : dir_changed(dir);
}

int ext2_set_link(struct inode *dir, struct ext2_slot *s, struct inode *inode)
{
	struct ext2_dirent old = *s->de;
	int err;

	set_entry(dir, s->de, inode);
	err = ext2_write_now(ext2_fs(dir), &s->b);
	if (err) {
		s->de->inode = old.inode;
		s->de->file_type = old.file_type;
		ext2_dirty(ext2_fs(dir), &s->b);
	}
	ext2_brelse(&s->b);
	return err ? err : dir_changed(dir);
}

int ext2_make_empty(struct inode *inode, struct inode *parent)
{
	struct ext2_buf b __free(buf) = {};
	struct ext2_dirent *de;
	unsigned rest;
	int err = append_block(inode, &b);

	if (err)
		return err;
	de = b.data;
	rest = de->rec_len - rec_len_of(1);
	fill_entry(inode, de, ".", 1, inode);
	de->rec_len = rec_len_of(1);
	de = b.data + rec_len_of(1);
	fill_entry(inode, de, "..", 2, parent);
	de->rec_len = rest;
	err = ext2_write_now(ext2_fs(inode), &b);
	return err ? err : ext2_write_inode(inode, false);
}
