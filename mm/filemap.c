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
	page->mapping = NULL;
	if (mapping->flags & AS_SHMEM) {
		shmem_account(mapping, -1, 0);
	} else {
		mapping->nrpages--;
		nr_file_pages--;
	}
	put_page(page);
}

/* A new page of a disk file, locked, in the cache; its second reference is the
 * caller's.  -EEXIST: somebody else was first. */
static struct page *add_new_page(struct address_space *mapping, u64 index)
{
	struct page *page = alloc_page(GFP_KERNEL);
	int ret;

	if (!page)
		return ERR_PTR(-ENOMEM);
	page->mapping = mapping;
	page->index = index;
	page_set(page, PG_locked);
	ret = radix_insert(&mapping->i_pages, index, page, GFP_KERNEL);
	if (ret) {
		page_clear(page, PG_locked);
		page->mapping = NULL;
		put_page(page);
		return ERR_PTR(ret);
	}
	get_page(page);
	mapping->nrpages++;
	nr_file_pages++;
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
	ret = mapping->a_ops->readpage(mapping, page);
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
	if (page->mapping != mapping) {
		unlock_page(page);
		return -EAGAIN;
	}
	if (page_test(page, PG_uptodate)) {
		unlock_page(page);
		return 0;
	}
	return read_page(mapping, page, major);
}

struct page *filemap_get_page(struct address_space *mapping, u64 index,
			      bool *major)
{
	struct page *page;
	int ret;

	if (mapping->flags & AS_SHMEM) {
		ret = shmem_get_page(mapping, index, &page, major);
		return ret ? ERR_PTR(ret) : page;
	}
	do {
		page = find_get_page(mapping, index);
		if (page) {
			ret = make_uptodate(mapping, page, major);
		} else {
			page = add_new_page(mapping, index);
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

/* Where the bytes go to or come from: bytes done, fewer if the user's memory
 * ends; `page` NULL: a hole. */
typedef size_t (*page_actor)(void *buf, struct page *page, unsigned offset,
			     size_t n);

static size_t actor_read_user(void *buf, struct page *page, unsigned offset,
			      size_t n)
{
	if (!page)
		return clear_user(buf, n) ? 0 : n;
	return n - raw_copy_to_user(buf, page_address(page) + offset, n);
}

static size_t actor_read_kernel(void *buf, struct page *page, unsigned offset,
				size_t n)
{
	if (page)
		memcpy(buf, page_address(page) + offset, n);
	else
		memset(buf, 0, n);
	return n;
}

static size_t actor_write_user(void *buf, struct page *page, unsigned offset,
			       size_t n)
{
	return n - raw_copy_from_user(page_address(page) + offset, buf, n);
}

static size_t actor_write_kernel(void *buf, struct page *page,
				 unsigned offset, size_t n)
{
	memcpy(page_address(page) + offset, buf, n);
	return n;
}

/* Up to n bytes at pos, all in one page. */
static long read_one(struct address_space *mapping, void *buf, size_t n,
		     u64 pos, page_actor actor)
{
	u64 index = pos >> PAGE_SHIFT;
	struct page *page;
	size_t done;

	/* Reading a hole of a memory file does not fill it. */
	if ((mapping->flags & AS_SHMEM) &&
	    !radix_lookup(&mapping->i_pages, index))
		return actor(buf, NULL, 0, n);
	page = filemap_get_page(mapping, index, NULL);
	if (IS_ERR(page))
		return PTR_ERR(page);
	mark_page_accessed(page);
	done = actor(buf, page, offset_in_page(pos), n);
	put_page(page);
	return done;
}

static long write_one(struct address_space *mapping, void *buf, size_t n,
		      u64 pos, page_actor actor)
{
	struct page *page = filemap_get_page(mapping, pos >> PAGE_SHIFT, NULL);
	size_t done;

	if (IS_ERR(page))
		return PTR_ERR(page);
	mark_page_accessed(page);
	done = actor(buf, page, offset_in_page(pos), n);
	/* After the copy: a swap-out that ran during it is out of date. */
	if (done)
		set_page_dirty(page);
	put_page(page);
	if (done)
		mapping->size = max(mapping->size, (u64)(pos + done));
	else
		truncate_pagecache(mapping);
	return done;
}

/* The loop of all four calls: bytes done, or the error that came first. */
static long for_each_piece(struct address_space *mapping, char *buf, size_t n,
			   u64 pos, bool write, page_actor actor)
{
	size_t total = 0;
	long ret = 0;

	while (total < n) {
		size_t len = min(n - total, PAGE_SIZE - offset_in_page(pos));

		if (!write && pos >= mapping->size)
			break;
		if (!write)
			len = min((u64)len, mapping->size - pos);
		ret = write ? write_one(mapping, buf + total, len, pos, actor) :
			      read_one(mapping, buf + total, len, pos, actor);
		if (ret > 0) {
			total += ret;
			pos += ret;
		} else if (!ret) {
			ret = -EFAULT;
		}
		if (ret != (long)len || fatal_signal_pending())
			break;
		cond_resched();
	}
	return total ? (long)total : ret;
}

long filemap_read(struct address_space *mapping, void *ubuf, size_t n,
		  u64 *pos)
{
	long ret = for_each_piece(mapping, ubuf, n, *pos, false,
				  actor_read_user);

	if (ret > 0)
		*pos += ret;
	return ret;
}

long filemap_write(struct address_space *mapping, const void *ubuf, size_t n,
		   u64 *pos)
{
	long ret = for_each_piece(mapping, (char *)ubuf, n, *pos, true,
				  actor_write_user);

	if (ret > 0)
		*pos += ret;
	return ret;
}

long filemap_kread(struct address_space *mapping, void *buf, size_t n, u64 pos)
{
	return for_each_piece(mapping, buf, n, pos, false, actor_read_kernel);
}

long filemap_kwrite(struct address_space *mapping, const void *buf, size_t n,
		    u64 pos)
{
	return for_each_piece(mapping, (char *)buf, n, pos, true,
			      actor_write_kernel);
}

/* ---- write back ----------------------------------------------------- */

/* Write the page if it is dirty, in memory or through a mapping. */
static int sync_page(struct address_space *mapping, struct page *page)
{
	lock_page(page);
	wait_on_page_writeback(page);
	if (page->mapping == mapping) {
		if (page_mkclean(page))
			set_page_dirty(page);
		if (clear_page_dirty(page))
			return mapping->a_ops->writepage(mapping, page);
	}
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
