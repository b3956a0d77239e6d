// SPDX-License-Identifier: GPL-2.0
/*
 * O_DIRECT: reads that show what is on the disk, writes that are there at once
 * and leave nothing in the page cache (Linux: generic_file_direct_write() in
 * mm/filemap.c, fs/iomap/direct-io.c).
 *
 * Coherent with the page cache as Linux is: what is dirty there is written
 * before a read; what was written is dropped there, and taken from mappings,
 * locked ones too.  Bytes are copied, by the processor, between user memory and
 * pages that belong to the call or, for writes, pass through the cache: no
 * driver ever sees a user's page, so none has to be held in place.
 * Lock: the caller has (i).
 */
#include <fs/ext2/ext2.h>
#include <kernel/task.h>
#include <mm/swap.h>

int ext2_direct_check(const void *ubuf, size_t n, u64 pos)
{
	return ((u64)ubuf | n | pos) % SECTOR_SIZE ? -EINVAL : 0;
}

/* Pages from index on that are in no cache, locked: how many of `want`. */
static unsigned alloc_run(struct page **pages, unsigned want, u64 index)
{
	unsigned n;

	for (n = 0; n < want; n++) {
		pages[n] = alloc_page(n ? GFP_NOWAIT : GFP_KERNEL);
		if (!pages[n])
			break;
		pages[n]->index = index + n;
		page_set(pages[n], PG_locked);
	}
	return n;
}

/* Up to 32 pages of n bytes at pos, inside the file: bytes or -errno. */
static long read_run(struct address_space *mapping, char *ubuf, size_t n,
		     u64 pos)
{
	struct page *pages[BDEV_MAX_PAGES];
	size_t off = offset_in_page(pos), done = 0;
	unsigned nr = min(DIV_ROUND_UP(off + n, PAGE_SIZE),
			  (u64)BDEV_MAX_PAGES);
	int err;

	nr = alloc_run(pages, nr, pos >> PAGE_SHIFT);
	if (!nr)
		return -ENOMEM;
	n = min(n, nr * PAGE_SIZE - off);
	err = mapping->a_ops->readpages(mapping, pages, nr);
	for (unsigned i = 0; i < nr; i++) {
		size_t piece = min(n - done, PAGE_SIZE - off);

		if (!err)
			err = copy_to_user(ubuf + done,
					   page_address(pages[i]) + off, piece);
		done += err ? 0 : piece;
		off = 0;
		mapping->a_ops->releasepage(mapping, pages[i]);
		put_page(pages[i]);
	}
	return done ? (long)done : err;
}

long ext2_direct_read(struct file *f, void *ubuf, size_t n, u64 *pos)
{
	struct address_space *mapping = f->f_mapping;
	size_t done = 0;
	long got = 0;

	if (!n || *pos >= mapping->size)
		return 0;
	got = ext2_direct_check(ubuf, n, *pos);
	n = min((u64)n, mapping->size - *pos);
	if (!got)
		got = filemap_sync(mapping, *pos, *pos + n);
	while (!got && done < n && !fatal_signal_pending()) {
		got = read_run(mapping, ubuf + done, n - done, *pos);
		if (got > 0) {
			done += got;
			*pos += got;
			got = 0;
		}
	}
	return done ? (long)done : got;
}

int ext2_direct_written(struct address_space *mapping, u64 from, u64 to)
{
	u64 first = from >> PAGE_SHIFT, last = (to - 1) >> PAGE_SHIFT;
	int err;

	unmap_mapping_range(mapping, first, last, false);
	err = filemap_sync(mapping, from, to);
	invalidate_mapping_pages(mapping, first, last);
	return err;
}
