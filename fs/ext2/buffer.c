// SPDX-License-Identifier: GPL-2.0
/*
 * Metadata blocks: a page cache of the disk itself (Linux: fs/buffer.c).
 *
 * A page may hold several blocks, of which some belong to files and must never
 * be written from here: so each page has in `private` one bit for each KiB
 * that is dirty, and only these are written.  A block that becomes metadata is
 * filled through this cache; one that is freed loses its bit under the page
 * lock, after which no write of it is under way.
 */
#include <fs/ext2/ext2.h>
#include <lib/string.h>
#include <mm/swap.h>

#define UNIT 1024u		/* bytes of one bit */

static struct ext2_fs *cache_fs(struct address_space *mapping)
{
	return mapping->host;
}

static int read_one(struct block_device *bdev, struct page *page)
{
	u64 sector = page->index * (PAGE_SIZE / SECTOR_SIZE);
	u64 left = (bdev->sectors - sector) * SECTOR_SIZE;
	int err;

	page->private = 0;
	if (left < PAGE_SIZE)
		memset(page_address(page), 0, PAGE_SIZE);
	err = bdev_rw_part(bdev, false, sector, page, 0, min(left, PAGE_SIZE));
	page_set(page, err ? PG_error : PG_uptodate);
	unlock_page(page);
	return err;
}

static int cache_readpages(struct address_space *mapping, struct page **pages,
			   unsigned n)
{
	int ret = 0;

	for (unsigned i = 0; i < n; i++) {
		int err = read_one(cache_fs(mapping)->bdev, pages[i]);

		ret = ret ? ret : err;
	}
	return ret;
}

/* Write those KiB of a locked page that `units` names and that are dirty. */
static int write_units(struct address_space *mapping, struct page *page,
		       u64 units)
{
	u64 sector = page->index * (PAGE_SIZE / SECTOR_SIZE);
	unsigned i, n;
	int err = 0;

	units &= page->private;
	page->private &= ~units;
	for (i = 0; i < PAGE_SIZE / UNIT && !err; i += max(n, 1u)) {
		for (n = 0; units & (1u << (i + n)); n++)
			;
		if (n)
			err = bdev_rw_part(cache_fs(mapping)->bdev, true,
					   sector + i * (UNIT / SECTOR_SIZE),
					   page, i * UNIT, n * UNIT);
	}
	if (err)
		page->private |= units;
	if (page->private)
		set_page_dirty(page);
	return err;
}

static int cache_writepages(struct address_space *mapping, struct page **pages,
			    unsigned n)
{
	int ret = 0;

	for (unsigned i = 0; i < n; i++) {
		int err = write_units(mapping, pages[i], ~0ull);

		unlock_page(pages[i]);
		ret = ret ? ret : err;
	}
	return ret;
}

const struct address_space_operations ext2_cache_aops = {
	.readpages = cache_readpages,
	.writepages = cache_writepages,
};

int ext2_bread(struct ext2_fs *fs, u32 block, struct ext2_buf *b)
{
	u64 pos = (u64)block << fs->block_bits;
	struct page *page;

	page = filemap_get_page(&fs->cache, pos >> PAGE_SHIFT, NULL);
	if (IS_ERR(page))
		return PTR_ERR(page);
	mark_page_accessed(page);
	b->page = page;
	b->data = page_address(page) + offset_in_page(pos);
	return 0;
}

void ext2_brelse(struct ext2_buf *b)
{
	if (b->page)
		put_page(b->page);
	b->page = NULL;
}

/* Of the block at an offset; the super block lies in the middle of one. */
static u64 units_of(struct ext2_fs *fs, unsigned offset)
{
	u64 all = (1u << (PAGE_SIZE / UNIT)) - 1;

	return (((1u << (fs->block_size / UNIT)) - 1) << (offset / UNIT)) & all;
}

void ext2_dirty(struct ext2_fs *fs, struct ext2_buf *b)
{
	b->page->private |= units_of(fs, offset_in_page(b->data));
	set_page_dirty(b->page);
}

int ext2_write_now(struct ext2_fs *fs, struct ext2_buf *b)
{
	int err;

	ext2_dirty(fs, b);
	lock_page(b->page);
	clear_page_dirty(b->page);
	err = write_units(&fs->cache, b->page,
			  units_of(fs, offset_in_page(b->data)));
	unlock_page(b->page);
	return err;
}

void ext2_forget(struct ext2_fs *fs, u32 block)
{
	u64 pos = (u64)block << fs->block_bits;
	struct page *page = find_get_page(&fs->cache, pos >> PAGE_SHIFT);

	if (!page)
		return;
	lock_page(page);
	page->private &= ~units_of(fs, offset_in_page(pos));
	unlock_page(page);
	put_page(page);
}
