// SPDX-License-Identifier: GPL-2.0
/*
 * Contents of regular files: pages of the page cache and the blocks they lie
 * on (Linux: fs/ext2/file.c, fs/mpage.c).
 *
 * A page knows its blocks: in `private` itself if one block is a page, else in
 * an array that `private` points to; 0 is a hole.  A page is dirty only where
 * it has blocks, for a write or a writable mapping asks for them first
 * (page_mkwrite): so writepages, which reclaim calls, takes no lock and
 * allocates nothing, and a full disk is an error of who writes.
 * Keeps true: no page keeps the number of a block that was freed.  For this,
 * truncate drops pages and forgets numbers first; a page read beyond the end
 * has none; and when a file grows, its last page is asked for anew.
 * Locks: i_lock for size; (b) for the map, under which numbers are entered.
 */
#include <fs/ext2/ext2.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/fs.h>
#include <mm/slab.h>
#include <mm/swap.h>

#define MAX_PER_PAGE 4u		/* blocks of 1 KiB */

struct page_blocks {
	u32 block[MAX_PER_PAGE];
};
static struct kmem_cache page_blocks_cache = KMEM_CACHE(struct page_blocks);

static unsigned per_page(const struct ext2_fs *fs)
{
	return PAGE_SIZE / fs->block_size;
}

/* The numbers of a page's blocks; NULL: it has none yet. */
static u32 *blocks_of(const struct ext2_fs *fs, struct page *page)
{
	if (per_page(fs) == 1)
		return (u32 *)&page->private;
	return (u32 *)page->private;
}

/* ---- between pages and the disk ----------------------------------------- */

/* Read or write the page's blocks, neighbours in one request. */
static int rw_blocks(struct ext2_fs *fs, struct page *page, bool write)
{
	const u32 *block = blocks_of(fs, page);
	unsigned i, n, bits = fs->block_bits;
	int err = 0;

	for (i = 0; i < per_page(fs) && !err; i += n) {
		n = 1;
		if (!block[i])
			continue;
		while (i + n < per_page(fs) && block[i + n] == block[i] + n)
			n++;
		err = bdev_rw_part(fs->bdev, write, (u64)block[i] <<
				   (bits - 9), page, i << bits, n << bits);
	}
	return err;
}

/* The sector where a page begins, if all of it lies in one piece; else 0. */
static u64 whole_page(const struct ext2_fs *fs, struct page *page)
{
	const u32 *block = blocks_of(fs, page);

	for (unsigned i = 1; i < per_page(fs); i++)
		if (block[i] != block[0] + i)
			return 0;
	return (u64)block[0] << (fs->block_bits - 9);
}

/* How many of n pages follow each other on the disk: one at least. */
static unsigned run_length(const struct ext2_fs *fs, struct page **pages,
			   unsigned n)
{
	u64 start = whole_page(fs, pages[0]);
	unsigned i = 1;

	while (start && i < n && whole_page(fs, pages[i]) ==
	       start + i * (PAGE_SIZE / SECTOR_SIZE))
		i++;
	return i;
}

/* Find the blocks of a page that is new in the cache. */
static int find_blocks(struct inode *inode, struct page *page)
{
	struct ext2_fs *fs = ext2_fs(inode);
	u64 n = page->index * per_page(fs);
	u32 *block;
	int err = 0;

	if (per_page(fs) > 1 && !page->private)
		page->private = (u64)kmem_cache_alloc(&page_blocks_cache,
						      GFP_KERNEL);
	block = blocks_of(fs, page);
	if (!block)
		return -ENOMEM;
	memset(block, 0, per_page(fs) * sizeof(*block));
	mutex_lock(&ext2_i(inode)->map_lock);
	for (unsigned i = 0; i < per_page(fs) && !err; i++)
		if ((n + i) << fs->block_bits < inode->i_data.size)
			err = ext2_map(inode, n + i, false, &block[i]);
	mutex_unlock(&ext2_i(inode)->map_lock);
	return err;
}

/* Everything of a page but what its blocks have. */
static int prepare_read(struct inode *inode, struct page *page)
{
	struct ext2_fs *fs = ext2_fs(inode);
	int err = find_blocks(inode, page);

	for (unsigned i = 0; !err && i < per_page(fs); i++)
		if (!blocks_of(fs, page)[i])
			memset(page_address(page) + i * fs->block_size, 0,
			       fs->block_size);
	return err;
}

static void end_read(struct address_space *mapping, struct page *page, int err)
{
	u64 start = page->index << PAGE_SHIFT, size = mapping->size;

	if (!err && size > start && size - start < PAGE_SIZE)
		memset(page_address(page) + (size - start), 0,
		       PAGE_SIZE - (size - start));
	page_set(page, err ? PG_error : PG_uptodate);
	unlock_page(page);
}

static void end_write(struct address_space *mapping, struct page *page, int err)
{
	if (err)
		set_page_dirty(page);
	unlock_page(page);
}

static int rw_pages(struct address_space *mapping, struct page **pages,
		    unsigned n, bool write)
{
	struct ext2_fs *fs = ext2_fs(mapping->host);
	int err = 0, ret = 0;
	unsigned i, run;

	for (i = 0; i < n; i += run) {
		run = run_length(fs, pages + i, n - i);
		if (run > 1)
			err = bdev_rw(fs->bdev, write, whole_page(fs, pages[i]),
				      pages + i, run);
		/* One bad sector must not cost its neighbours theirs. */
		if (run > 1 && err)
			run = 1;
		if (run == 1)
			err = rw_blocks(fs, pages[i], write);
		for (unsigned j = i; j < i + run; j++)
			(write ? end_write : end_read)(mapping, pages[j], err);
		ret = ret ? ret : err;
	}
	return ret;
}

static int ext2_readpages(struct address_space *mapping, struct page **pages,
			  unsigned n)
{
	int err = 0, ret;
	unsigned ok = 0;

	while (ok < n && !(err = prepare_read(mapping->host, pages[ok])))
		ok++;
	ret = rw_pages(mapping, pages, ok, false);
	for (; ok < n; ok++)
		end_read(mapping, pages[ok], err);
	return ret ? ret : err;
}

static int ext2_writepages(struct address_space *mapping, struct page **pages,
			   unsigned n)
{
	return rw_pages(mapping, pages, n, true);
}

/* ---- size --------------------------------------------------------------- */

/* The page in which the file ends, locked and referenced, if the cache has it
 * and a block boundary may lie in it. */
static struct page *lock_tail(struct inode *inode)
{
	u64 size = inode->i_data.size;
	struct page *page = NULL;

	if (offset_in_page(size) && per_page(ext2_fs(inode)) > 1)
		page = find_get_page(&inode->i_data, size >> PAGE_SHIFT);
	if (page)
		lock_page(page);
	return page;
}

static void put_tail(struct page *page)
{
	unlock_page(page);
	put_page(page);
}

/* The file is about to grow: a mapping that could write to its last page asks
 * again, for the blocks that come to it. */
static void before_growth(struct inode *inode)
{
	struct page *page = lock_tail(inode);

	if (!page)
		return;
	if (page->mapping == &inode->i_data && page_mkclean(page))
		set_page_dirty(page);
	put_tail(page);
}

/* The file has shrunk: its last page forgets the blocks behind the end. */
static void after_shrinking(struct inode *inode)
{
	struct ext2_fs *fs = ext2_fs(inode);
	struct page *page = lock_tail(inode);
	unsigned i;

	if (!page)
		return;
	i = DIV_ROUND_UP(offset_in_page(inode->i_data.size), fs->block_size);
	if (page->mapping == &inode->i_data && page->private)
		for (; i < per_page(fs); i++)
			blocks_of(fs, page)[i] = 0;
	put_tail(page);
}

/* A write stopped early: no page or block stays beyond the end. */
static void trim(struct inode *inode)
{
	truncate_pagecache(&inode->i_data);
	after_shrinking(inode);
	ext2_truncate(inode, inode->i_data.size);
}

/* ---- writing in memory ------------------------------------------------- */

/* Blocks for a page up to file offset `end` or the file's end. (b) */
static int get_blocks(struct inode *inode, struct page *page, u64 end)
{
	struct ext2_fs *fs = ext2_fs(inode);
	u64 n = page->index * per_page(fs);
	u32 *block, new;
	int err = 0;

	end = max(end, inode->i_data.size);
	for (unsigned i = 0; i < per_page(fs) && !err; i++) {
		if (page->mapping != &inode->i_data ||
		    (n + i) << fs->block_bits >= end)
			break;
		block = &blocks_of(fs, page)[i];
		if (*block)
			continue;
		err = ext2_map(inode, n + i, true, &new);
		if (!err && page->mapping == &inode->i_data) {
			*block = new;
			set_page_dirty(page);	/* the disk has old bytes */
		}
	}
	return err;
}

static int ext2_page_mkwrite(struct address_space *mapping, struct page *page,
			     u64 end)
{
	struct inode *inode = mapping->host;
	bool grows = end > mapping->size;
	int err;

	if (end > ext2_fs(inode)->max_size)
		return -EFBIG;
	if (grows)
		before_growth(inode);
	mutex_lock(&ext2_i(inode)->map_lock);
	err = get_blocks(inode, page, end);
	mutex_unlock(&ext2_i(inode)->map_lock);
	if (err && grows)
		trim(inode);
	return err;
}

static void ext2_releasepage(struct address_space *mapping, struct page *page)
{
	struct ext2_fs *fs = ext2_fs(mapping->host);

	if (per_page(fs) > 1 && page->private)
		kmem_cache_free(&page_blocks_cache, blocks_of(fs, page));
	page->private = 0;
}

const struct address_space_operations ext2_aops = {
	.readpages = ext2_readpages,
	.writepages = ext2_writepages,
	.page_mkwrite = ext2_page_mkwrite,
	.releasepage = ext2_releasepage,
};

/* ---- calls -------------------------------------------------------------- */

static int ext2_setsize(struct inode *inode, u64 size)
{
	int err;

	if (size > ext2_fs(inode)->max_size)
		return -EFBIG;
	if (size >= inode->i_data.size) {
		before_growth(inode);
		return truncate_setsize(&inode->i_data, size);
	}
	err = truncate_setsize(&inode->i_data, size);
	if (err)
		return err;
	after_shrinking(inode);
	return ext2_truncate(inode, size);
}

static long ext2_read(struct file *f, void *ubuf, size_t n, u64 *pos)
{
	long ret;

	mutex_lock(&f->f_inode->i_lock);
	ret = f->f_flags & O_DIRECT ? ext2_direct_read(f, ubuf, n, pos) :
				      filemap_read(f, ubuf, n, pos);
	mutex_unlock(&f->f_inode->i_lock);
	if (!(f->f_flags & O_NOATIME))
		touch_atime(f->f_inode);
	return ret;
}

/* How many of n bytes may be written at pos; -EFBIG. */
static long write_allowed(struct inode *inode, u64 pos, size_t n)
{
	u64 limit = rlimit(RLIMIT_FSIZE), max = ext2_fs(inode)->max_size;

	if (pos >= limit) {
		send_sig_info(current, SIGXFSZ, NULL);
		return -EFBIG;
	}
	if (pos >= max)
		return -EFBIG;
	return min((u64)n, min(limit, max) - pos);
}

/* i_lock held. */
static long write_locked(struct inode *inode, const void *buf, size_t n,
			 u64 *pos, bool user)
{
	u64 old = inode->i_data.size;
	long allowed = write_allowed(inode, *pos, n), ret;

	if (allowed <= 0)
		return allowed;
	ret = user ? filemap_write(&inode->i_data, buf, allowed, pos) :
		     filemap_kwrite(&inode->i_data, buf, allowed, pos);
	if (ret < allowed && *pos + allowed > old)
		trim(inode);
	if (ret <= 0)
		return ret;
	if (!capable(CAP_FSETID))
		inode->i_mode &= ~S_ISUID;
	touch_mtime(inode);
	return ret;
}

/* Who fills memory with dirty pages writes some of them himself. */
static void balance_dirty_pages(struct inode *inode)
{
	if (nr_dirty > totalram_pages / 5)
		filemap_sync(&inode->i_data, 0, inode->i_data.size);
}

/* From user memory, or the kernel's. */
static long write_from(struct file *f, const void *buf, size_t n, u64 *pos,
		       bool user)
{
	struct inode *inode = f->f_inode;
	bool direct = user && f->f_flags & O_DIRECT;
	long ret = 0;
	int err = 0;
	u64 at;

	if (!n)
		return 0;
	mutex_lock(&inode->i_lock);
	at = f->f_flags & O_APPEND ? inode->i_data.size : *pos;
	if (direct)
		ret = ext2_direct_check(buf, n, at);
	if (!ret)
		ret = write_locked(inode, buf, n, &at, user);
	if (ret > 0)
		*pos = at;
	if (ret > 0 && direct)
		err = ext2_direct_written(&inode->i_data, at - ret, at);
	mutex_unlock(&inode->i_lock);
	balance_dirty_pages(inode);
	if (ret > 0 && !err && (f->f_flags & O_DSYNC ||
				inode->i_sb->s_flags & MS_SYNCHRONOUS))
		err = ext2_fsync(f);
	return err ? err : ret;
}

static long ext2_write(struct file *f, const void *ubuf, size_t n, u64 *pos)
{
	return write_from(f, ubuf, n, pos, true);
}

static long ext2_kwrite(struct file *f, const void *buf, size_t n, u64 *pos)
{
	return write_from(f, buf, n, pos, false);
}

/* SEEK_DATA, SEEK_HOLE: block by block. */
static s64 ext2_lseek(struct file *f, s64 off, int whence)
{
	struct inode *inode = f->f_inode;
	unsigned bits = ext2_fs(inode)->block_bits;
	u64 size = inode->i_data.size, n = (u64)off >> bits;
	bool hole = whence == SEEK_HOLE;
	u32 block;
	int err;

	if (!hole && whence != SEEK_DATA)
		return generic_lseek(f, off, whence, size);
	if (off < 0 || (u64)off >= size)
		return -ENXIO;
	for (; n << bits < size; n++) {
		mutex_lock(&ext2_i(inode)->map_lock);
		err = ext2_map(inode, n, false, &block);
		mutex_unlock(&ext2_i(inode)->map_lock);
		if (!err && fatal_signal_pending())
			err = -EINTR;
		if (err)
			return err;
		if (hole == !block)
			break;
		cond_resched();
	}
	if (!hole && n << bits >= size)
		return -ENXIO;
	f->f_pos = min(max((u64)off, n << bits), size);
	return f->f_pos;
}

/* Bytes, then the inode that says they are there.  No writer in between: a size
 * on the disk before its bytes would show what the blocks held before. */
int ext2_write_back(struct inode *inode)
{
	int err, ret;

	mutex_lock(&inode->i_lock);
	err = filemap_sync(&inode->i_data, 0, INT64_MAX);
	ret = ext2_write_inode(inode, false);
	mutex_unlock(&inode->i_lock);
	return err ? err : ret;
}

int ext2_fsync(struct file *f)
{
	int err = ext2_write_back(f->f_inode);
	int ret = ext2_sync_meta(ext2_fs(f->f_inode), true);

	return err ? err : ret;
}

const struct inode_operations ext2_file_iops = {
	.setsize = ext2_setsize,
};

const struct file_operations ext2_file_fops = {
	.read = ext2_read,
	.write = ext2_write,
	.kwrite = ext2_kwrite,
	.lseek = ext2_lseek,
	.fsync = ext2_fsync,
};
