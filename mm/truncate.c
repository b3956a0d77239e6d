// SPDX-License-Identifier: GPL-2.0
/*
 * Taking pages out of a file: truncate, punch hole, the end of an inode.
 *
 * Order: size first (a fault from now on sees SIGBUS), then the mappings, then
 * the pages; a page that was mapped again in between is unmapped once more
 * under its lock.  What a sealed mm maps stays in its place: its end is not cut
 * off (ETXTBSY), a hole there is zeros in the page at hand.
 * Keeps true: I14, no page past the end.
 * Locks: the caller's inode lock, then (p) and (t).
 * (Linux: mm/truncate.c, unmap_mapping_range in mm/memory.c)
 */
#include <mm/filemap.h>
#include <mm/mm.h>
#include <mm/swap.h>

void unmap_mapping_range(struct address_space *mapping, u64 first, u64 last,
			 bool even_cows)
{
	struct vm_area_struct *vma;

	LIST_FOREACH(vma, &mapping->i_mmap, shared) {
		u64 lo = max(first, vma->vm_pgoff);
		u64 hi = min(last, vma->vm_pgoff + vma_pages(vma) - 1);

		if (lo > hi || mm_sealed(vma->vm_mm))
			continue;
		lo -= vma->vm_pgoff;
		hi -= vma->vm_pgoff;
		zap_vma_pages(vma, vma->vm_start + (lo << PAGE_SHIFT),
			      vma->vm_start + ((hi + 1) << PAGE_SHIFT),
			      even_cows);
	}
}

/* Does a sealed mm map some of pages [first, last]?  If the file has writers,
 * it is memory that the mm shares (I24). */
static bool sealed_maps(struct address_space *mapping, u64 first, u64 last)
{
	struct vm_area_struct *vma;

	LIST_FOREACH(vma, &mapping->i_mmap, shared)
		if (mm_sealed(vma->vm_mm) && vma->vm_pgoff <= last &&
		    first < vma->vm_pgoff + vma_pages(vma))
			return true;
	return false;
}

/* One page, referenced: out of the file. */
static void truncate_page(struct address_space *mapping, struct page *page,
			  bool even_cows)
{
	lock_page(page);
	wait_on_page_writeback(page);
	if (page->mapping == mapping &&
	    sealed_maps(mapping, page->index, page->index)) {
		clear_page(page_address(page));
		set_page_dirty(page);
	} else if (page->mapping == mapping) {
		if (page->_mapcount)
			unmap_mapping_range(mapping, page->index, page->index,
					    even_cows);
		delete_from_page_cache(page);
	}
	unlock_page(page);
}

/* Drop what the cache holds of pages [first, last]. */
static void truncate_pages(struct address_space *mapping, u64 first, u64 last,
			   bool even_cows)
{
	u64 index = first;
	void *entry;

	mapping->flags |= AS_TRUNCATING;
	while ((entry = radix_next(&mapping->i_pages, &index)) &&
	       index <= last) {
		if (radix_is_value(entry)) {
			radix_delete(&mapping->i_pages, index);
			mapping_account(mapping, 0, -1);
			swap_free((swp_entry_t){ radix_to_value(entry) });
			continue;
		}
		/* Found again as a swap entry if reclaim was faster. */
		get_page(entry);
		truncate_page(mapping, entry, even_cows);
		index += ((struct page *)entry)->mapping == mapping;
		put_page(entry);
		cond_resched();
	}
	mapping->flags &= ~AS_TRUNCATING;
}

/* Zero bytes [from, to) of one page, if the file has contents there. */
static int zero_partial(struct address_space *mapping, u64 from, u64 to)
{
	u64 index = from >> PAGE_SHIFT;
	struct page *page;

	if (from >= to || ((mapping->flags & AS_SHMEM) &&
			   !radix_lookup(&mapping->i_pages, index)))
		return 0;
	page = filemap_get_page(mapping, index, NULL);
	if (IS_ERR(page))
		return PTR_ERR(page);
	memset(page_address(page) + offset_in_page(from), 0, to - from);
	set_page_dirty(page);
	put_page(page);
	return 0;
}

void truncate_pagecache(struct address_space *mapping)
{
	u64 first = DIV_ROUND_UP(mapping->size, PAGE_SIZE);

	unmap_mapping_range(mapping, first, ~0ull >> PAGE_SHIFT, true);
	truncate_pages(mapping, first, ~0ull, true);
}

int truncate_setsize(struct address_space *mapping, u64 size)
{
	u64 old = mapping->size, first = DIV_ROUND_UP(size, PAGE_SIZE);
	int ret = 0;

	if (size < old && sealed_maps(mapping, first, ~0ull))
		return -ETXTBSY;
	if (size < old)
		ret = zero_partial(mapping, size, min(old, PAGE_ALIGN(size)));
	if (ret)
		return ret;
	/* That slept. */
	if (size < old && sealed_maps(mapping, first, ~0ull))
		return -ETXTBSY;
	mapping->size = size;
	if (size < old)
		truncate_pagecache(mapping);
	return 0;
}

int truncate_hole(struct address_space *mapping, u64 start, u64 end)
{
	u64 lo, hi;
	int ret;

	end = min(end, PAGE_ALIGN(mapping->size));
	if (start >= end)
		return 0;
	lo = PAGE_ALIGN(start);
	hi = ALIGN_DOWN(end, (u64)PAGE_SIZE);
	ret = zero_partial(mapping, start, min(lo, end));
	if (!ret && hi >= lo)
		ret = zero_partial(mapping, hi, end);
	if (ret || lo >= hi)
		return ret;
	lo >>= PAGE_SHIFT;
	hi = (hi >> PAGE_SHIFT) - 1;
	unmap_mapping_range(mapping, lo, hi, false);
	truncate_pages(mapping, lo, hi, false);
	return 0;
}

void address_space_destroy(struct address_space *mapping)
{
	BUG_ON(!LIST_EMPTY(&mapping->i_mmap));
	truncate_pages(mapping, 0, ~0ull, true);
	BUG_ON(mapping->nrpages || mapping->nrswap);
	LIST_REMOVE(mapping, list);
}

void invalidate_mapping_pages(struct address_space *mapping, u64 first,
			      u64 last)
{
	struct page *page;
	u64 index = first;

	if (mapping->flags & AS_SHMEM)
		return;
	for (; (page = radix_next(&mapping->i_pages, &index)) && index <= last;
	     index++) {
		/* One reference, the cache's: nobody reads or maps it. */
		if (page->_refcount != 1 || page_test(page, PG_dirty) ||
		    !trylock_page(page))
			continue;
		get_page(page);
		delete_from_page_cache(page);
		unlock_page(page);
		put_page(page);
	}
}
