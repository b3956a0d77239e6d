// SPDX-License-Identifier: GPL-2.0
/*
 * The page cache: one copy in memory of each page of a file, found by
 * (mapping, index), shared by read(2), write(2) and every mapping of it.
 *
 * Keeps true: I14 (a cached page and its index entry name each other).
 * Locks: the index changes under (t); a page's contents are read from the disk
 * under (p); the copy to or from user memory, which may fault on this very
 * page, is done with a reference and no page lock.  (Linux: mm/filemap.c)
 */
#include <mm/filemap.h>
#include <mm/lru.h>
#include <mm/mm.h>
#include <mm/swap.h>

struct mapping_list all_mappings = LIST_HEAD_INITIALIZER(all_mappings);

/* ---- the page lock and writeback ------------------------------------ */

/* Waiters of all pages share a few queues: a wakeup too many is harmless. */
#define PAGE_WAIT_QUEUES 64
static struct wait_queue page_wait_table[PAGE_WAIT_QUEUES];

static struct wait_queue *page_waitqueue(const struct page *page)
{
	struct wait_queue *wq;

	wq = &page_wait_table[page_to_pfn(page) % PAGE_WAIT_QUEUES];
	if (!wq->waiters.tqh_last)
		wait_queue_init(wq);
	return wq;
}

bool trylock_page(struct page *p)
{
	if (page_test(p, PG_locked))
		return false;
	page_set(p, PG_locked);
	return true;
}

void lock_page(struct page *p)
{
	wait_event(page_waitqueue(p), !page_test(p, PG_locked));
	page_set(p, PG_locked);
}

void unlock_page(struct page *p)
{
	BUG_ON(!page_test(p, PG_locked));
	page_clear(p, PG_locked);
	wake_up(page_waitqueue(p));
}

void wait_on_page_writeback(struct page *p)
{
	wait_event(page_waitqueue(p), !page_test(p, PG_writeback));
}

void end_page_writeback(struct page *p)
{
	BUG_ON(!page_test(p, PG_writeback));
	page_clear(p, PG_writeback);
	nr_writeback--;
	wake_up(page_waitqueue(p));
}

void set_page_dirty(struct page *page)
{
	if (!page_test(page, PG_dirty) && !page_test(page, PG_swapbacked))
		nr_dirty++;
	page_set(page, PG_dirty);
}

bool clear_page_dirty(struct page *page)
{
	if (!page_test(page, PG_dirty))
		return false;
	if (!page_test(page, PG_swapbacked))
		nr_dirty--;
	page_clear(page, PG_dirty);
	return true;
}

/* ---- the index ------------------------------------------------------ */

void address_space_init(struct address_space *mapping, unsigned flags,
			const struct address_space_operations *ops, void *host)
{
	*mapping = (struct address_space){
		.flags = flags, .a_ops = ops, .host = host,
	};
	LIST_INIT(&mapping->i_mmap);
	LIST_INSERT_HEAD(&all_mappings, mapping, list);
}

struct page *find_get_page(struct address_space *mapping, u64 index)
{
	void *entry = radix_lookup(&mapping->i_pages, index);

	if (!entry || radix_is_value(entry))
		return NULL;
	get_page(entry);
	return entry;
}

void delete_from_page_cache(struct page *page)
{
	struct address_space *mapping = page->mapping;

	BUG_ON(!page_test(page, PG_locked) || page_test(page, PG_anon));
	BUG_ON(radix_delete(&mapping->i_pages, page->index) != page);
	clear_page_dirty(page);
	if (mapping->a_ops && mapping->a_ops->releasepage)
		mapping->a_ops->releasepage(mapping, page);
	page->mapping = NULL;
	mapping_account(mapping, -1, 0);
	put_page(page);
}

void mapping_account(struct address_space *mapping, long pages, long swapped)
{
	mapping->nrpages += pages;
	mapping->nrswap += swapped;
	if (mapping->flags & AS_SHMEM)
		shmem_account(mapping, pages, swapped);
	else
		nr_file_pages += pages;
}

void mapping_set_unevictable(struct address_space *mapping, bool on)
{
	u64 index = 0;
	void *e;

	mapping->flags &= ~AS_UNEVICTABLE;
	mapping->flags |= on ? AS_UNEVICTABLE : 0;
	for (; (e = radix_next(&mapping->i_pages, &index)); index++)
		if (!radix_is_value(e))
			lru_recheck(e);
}

struct page *add_new_page(struct address_space *mapping, u64 index, gfp_t gfp,
			  u32 flags)
{
	struct page *page = alloc_page(gfp);
	int ret;

	if (!page)
		return ERR_PTR(-ENOMEM);
	page->mapping = mapping;
	page->index = index;
	page->flags = flags;
	ret = radix_insert(&mapping->i_pages, index, page, gfp);
	if (ret) {
		page->flags = 0;
		page->mapping = NULL;
		put_page(page);
		return ERR_PTR(ret);
	}
	get_page(page);
	mapping_account(mapping, 1, 0);
	lru_cache_add(page);
	return page;
}

/* Read the locked page; it is unlocked afterwards. */
static int read_page(struct address_space *mapping, struct page *page,
		     bool *major)
{
	int ret;

	page_clear(page, PG_error);
	if (major)
		*major = true;
	ret = mapping->a_ops->readpages(mapping, &page, 1);
	if (!ret && !page_test(page, PG_uptodate))
		ret = -EIO;
	return ret;
}

/* A cached page that may be under read, or whose read failed: wait, and try
 * that again.  -EAGAIN: it left the file meanwhile. */
static int make_uptodate(struct address_space *mapping, struct page *page,
			 bool *major)
{
	if (page_test(page, PG_uptodate))
		return 0;
	lock_page(page);
	if (page->mapping == mapping && !page_test(page, PG_uptodate))
		return read_page(mapping, page, major);
	unlock_page(page);
	return page->mapping == mapping ? 0 : -EAGAIN;
}

struct page *filemap_get_page(struct address_space *mapping, u64 index,
			      bool *major)
{
	struct page *page;
	int ret;

	if (mapping->flags & AS_SHMEM)
		return shmem_get_page(mapping, index, major);
	do {
		page = find_get_page(mapping, index);
		if (page) {
			ret = make_uptodate(mapping, page, major);
		} else {
			page = add_new_page(mapping, index, GFP_KERNEL,
					    1u << PG_locked);
			ret = IS_ERR(page) ? PTR_ERR(page) :
			      read_page(mapping, page, major);
		}
		/* Dropped between read and return: its contents are old. */
		if (!ret && page->mapping != mapping)
			ret = -EAGAIN;
		if (ret && !IS_ERR(page))
			put_page(page);
	} while (ret == -EAGAIN || ret == -EEXIST);
	return ret ? ERR_PTR(ret) : page;
}

/* ---- read and write ------------------------------------------------- */

/* The memory's side of a read or write: the user's or the kernel's. */
struct file_io {
	struct address_space *mapping;
	struct file *file;		/* reading: for its read-ahead */
	char *buf;
	bool user, write;
};

/* Bytes copied between a page's memory and the buffer's `done`th byte on: fewer
 * than n if the user's memory ends. */
static size_t copy_piece(const struct file_io *io, size_t done, char *data,
			 size_t n)
{
	char *buf = io->buf + done;

	if (io->user)
		return n - (io->write ? raw_copy_from_user(data, buf, n) :
					raw_copy_to_user(buf, data, n));
	memcpy(io->write ? data : buf, io->write ? buf : data, n);
	return n;
}

int page_mkwrite(struct address_space *mapping, struct page *page, u64 end)
{
	if (!mapping->a_ops || !mapping->a_ops->page_mkwrite)
		return 0;
	return mapping->a_ops->page_mkwrite(mapping, page, end);
}

/* Up to n bytes at pos, all in one page. */
static long io_piece(const struct file_io *io, size_t done, u64 pos, size_t n)
{
	struct address_space *mapping = io->mapping;
	u64 index = pos >> PAGE_SHIFT;
	struct page *page;
	int err;

	/* Reading a hole of a memory file does not fill it. */
	if (!io->write && mapping->flags & AS_SHMEM &&
	    !radix_lookup(&mapping->i_pages, index))
		return copy_piece(io, done, page_address(zero_page), n);
	page = filemap_get_page(mapping, index, NULL);
	if (IS_ERR(page))
		return PTR_ERR(page);
	mark_page_accessed(page);
	err = io->write ? page_mkwrite(mapping, page, pos + n) : 0;
	if (err) {
		put_page(page);
		return err;
	}
	n = copy_piece(io, done, page_address(page) + offset_in_page(pos), n);
	/* After the copy: a swap-out that ran during it is out of date. */
	if (io->write && n)
		set_page_dirty(page);
	put_page(page);
	if (io->write && n)
		mapping->size = max(mapping->size, pos + n);
	else if (io->write)
		truncate_pagecache(mapping);
	return n;
}

/* Pages that n bytes at pos touch. */
static u64 pages_of(u64 pos, size_t n)
{
	return DIV_ROUND_UP(offset_in_page(pos) + n, PAGE_SIZE);
}

/* Bytes done, or the error that came first; *pos advances. */
static long filemap_io(const struct file_io *io, size_t n, u64 *pos)
{
	size_t total = 0;
	long ret = 0;

	while (total < n) {
		size_t len = min(n - total, PAGE_SIZE - offset_in_page(*pos));

		if (!io->write && *pos >= io->mapping->size)
			break;
		if (!io->write) {
			file_readahead(io->file, *pos >> PAGE_SHIFT,
				       pages_of(*pos, n - total));
			len = min((u64)len, io->mapping->size - *pos);
		}
		ret = io_piece(io, total, *pos, len);
		if (ret > 0) {
			total += ret;
			*pos += ret;
		} else if (!ret) {
			ret = -EFAULT;
		}
		if (ret != (long)len || fatal_signal_pending())
			break;
		cond_resched();
	}
	return total ? (long)total : ret;
}

long filemap_read(struct file *f, void *ubuf, size_t n, u64 *pos)
{
	struct file_io io = { f->f_mapping, f, ubuf, .user = true };

	return filemap_io(&io, n, pos);
}

long filemap_write(struct address_space *mapping, const void *ubuf, size_t n,
		   u64 *pos)
{
	struct file_io io = { mapping, NULL, (char *)ubuf, .user = true,
			      .write = true };

	return filemap_io(&io, n, pos);
}

long filemap_kread(struct file *f, void *buf, size_t n, u64 pos)
{
	struct file_io io = { f->f_mapping, f, buf, .user = false };

	return filemap_io(&io, n, &pos);
}

long filemap_kwrite(struct address_space *mapping, const void *buf, size_t n,
		    u64 *pos)
{
	struct file_io io = { mapping, NULL, (char *)buf, .write = true };

	return filemap_io(&io, n, pos);
}

/* ---- write back ----------------------------------------------------- */

/* Is the locked page dirty, in memory or through a mapping?  Not any more. */
static bool clean_page(struct page *page)
{
	if (page_mkclean(page))
		set_page_dirty(page);
	return clear_page_dirty(page);
}

/* A page of the file for the cluster, referenced, locked and clean_page()d;
 * NULL: there is none, it is clean, or somebody else has its lock. */
static struct page *next_dirty(struct address_space *mapping, u64 index)
{
	struct page *page = find_get_page(mapping, index);

	if (!page)
		return NULL;
	if (trylock_page(page)) {
		if (clean_page(page))
			return page;
		unlock_page(page);
	}
	put_page(page);
	return NULL;
}

int write_cluster(struct address_space *mapping, struct page *page)
{
	struct page *pages[BDEV_MAX_PAGES] = { page };
	unsigned n = 1;
	int err;

	while (n < BDEV_MAX_PAGES &&
	       (pages[n] = next_dirty(mapping, page->index + n)))
		n++;
	err = mapping->a_ops->writepages(mapping, pages, n);
	while (--n)
		put_page(pages[n]);
	return err;
}

static int sync_page(struct address_space *mapping, struct page *page)
{
	lock_page(page);
	wait_on_page_writeback(page);
	if (page->mapping == mapping && clean_page(page))
		return write_cluster(mapping, page);
	unlock_page(page);
	return 0;
}

int filemap_sync(struct address_space *mapping, u64 start, u64 end)
{
	u64 index = start >> PAGE_SHIFT, stop = DIV_ROUND_UP(end, PAGE_SIZE);
	struct page *page;
	int ret = 0, err;

	if (mapping->flags & AS_SHMEM)
		return 0;
	for (; (page = radix_next(&mapping->i_pages, &index)) && index < stop;
	     index++) {
		get_page(page);
		err = sync_page(mapping, page);
		put_page(page);
		if (err)
			ret = err;
	}
	return ret;
}
