// SPDX-License-Identifier: GPL-2.0
/*
 * Memory files: tmpfs, memfd and shared anonymous memory.  Their disk is swap.
 *
 * A page of such a file is one of: a hole (no index entry, reads as zeros); in
 * memory (the entry is the page); in swap (the entry is a swap entry, an odd
 * value).  While a page goes out it is in the swap cache and no longer in the
 * index; who needs it finds it there.  Area page tables never name its slot.
 * Keeps true: nr_tmpfs_pages <= shmem_max_pages (files with a name; memory
 * behind a descriptor or a mapping is limited by memory and swap alone, as in
 * Linux), and the shmem part of I13, I14.  Locks: (p) to move, (t).
 * (Linux: mm/shmem.c)
 */
#include <mm/filemap.h>
#include <mm/mm.h>
#include <mm/swap.h>

unsigned long nr_shmem_pages, nr_shmem_swapped;
unsigned long nr_tmpfs_pages, shmem_max_pages;

static bool shmem_full(const struct address_space *mapping)
{
	if (!shmem_max_pages)
		shmem_max_pages = totalram_pages / 2;
	return !(mapping->flags & AS_NOLIMIT) &&
	       nr_tmpfs_pages >= shmem_max_pages;
}

void shmem_account(struct address_space *mapping, long pages, long swapped)
{
	mapping->nrpages += pages;
	mapping->nrswap += swapped;
	nr_shmem_pages += pages;
	nr_shmem_swapped += swapped;
	if (!(mapping->flags & AS_NOLIMIT))
		nr_tmpfs_pages += pages + swapped;
}

/* Fill a hole with zeros.  -EEXIST: no longer a hole. */
static int shmem_fill_hole(struct address_space *mapping, u64 index,
			   struct page **pagep)
{
	struct page *page;
	int ret;

	if (shmem_full(mapping))
		return -ENOSPC;
	page = alloc_page(GFP_KERNEL | GFP_ZERO);
	if (!page)
		return -ENOMEM;
	page->mapping = mapping;
	page->index = index;
	page_set(page, PG_swapbacked);
	page_set(page, PG_uptodate);
	ret = radix_insert(&mapping->i_pages, index, page, GFP_KERNEL);
	if (ret) {
		page->mapping = NULL;
		put_page(page);
		return ret;
	}
	shmem_account(mapping, 1, 0);
	get_page(page);
	lru_cache_add(page);
	*pagep = page;
	return 0;
}

bool shmem_from_swap(struct page *page, struct address_space *mapping,
		     u64 index)
{
	swp_entry_t entry = { page->private };

	if (radix_lookup(&mapping->i_pages, index) !=
	    radix_mk_value(entry.val))
		return false;
	/* Over a present entry: cannot fail. */
	radix_store(&mapping->i_pages, index, page, GFP_NOWAIT);
	page_clear(page, PG_anon);
	page->mapping = mapping;
	page->index = index;
	get_page(page);
	shmem_account(mapping, 1, -1);
	swap_free(entry);
	lru_recheck(page);
	return true;
}

/* Bring a swapped page back.  -EEXIST: somebody else did, or it is gone. */
static int shmem_swapin(struct address_space *mapping, u64 index,
			swp_entry_t entry, struct page **pagep, bool *major)
{
	struct page *page = swapin_page(entry, major);
	int ret = -EEXIST;

	if (!page)
		return -ENOMEM;
	if (IS_ERR(page))
		return PTR_ERR(page) == -ENOENT ? -EEXIST : PTR_ERR(page);
	lock_page(page);
	if (page_test(page, PG_swapcache) && page->private == entry.val &&
	    shmem_from_swap(page, mapping, index)) {
		delete_from_swap_cache(page);
		*pagep = page;
		ret = 0;
	}
	unlock_page(page);
	if (ret)
		put_page(page);
	return ret;
}

int shmem_get_page(struct address_space *mapping, u64 index,
		   struct page **pagep, bool *major)
{
	int ret;

	do {
		void *entry = radix_lookup(&mapping->i_pages, index);

		if (!entry) {
			ret = shmem_fill_hole(mapping, index, pagep);
		} else if (radix_is_value(entry)) {
			swp_entry_t swap = { radix_to_value(entry) };

			ret = shmem_swapin(mapping, index, swap, pagep, major);
		} else {
			get_page(entry);
			*pagep = entry;
			ret = 0;
		}
	} while (ret == -EEXIST);
	return ret;
}

void shmem_to_swap(struct page *page, u64 entry)
{
	struct address_space *mapping = page->mapping;

	radix_store(&mapping->i_pages, page->index, radix_mk_value(entry),
		    GFP_NOWAIT);
	swap_duplicate((swp_entry_t){ entry });
	page->mapping = NULL;
	shmem_account(mapping, -1, 1);
	put_page(page);		/* the index's reference */
}

/* ---- swapoff -------------------------------------------------------- */

struct shmem_entry {
	struct address_space *mapping;
	u64 index;
	swp_entry_t swap;
};

/* The first entry of a file that names a slot of the area. */
static bool find_entry(unsigned type, struct shmem_entry *found)
{
	struct address_space *m;

	LIST_FOREACH(m, &all_mappings, list) {
		u64 index = 0;
		void *e;

		if (!m->nrswap)
			continue;
		for (; (e = radix_next(&m->i_pages, &index)); index++) {
			swp_entry_t swap = { radix_to_value(e) };

			if (!radix_is_value(e) || swp_type(swap) != type)
				continue;
			*found = (struct shmem_entry){ m, index, swap };
			return true;
		}
	}
	return false;
}

static bool mapping_alive(const struct address_space *mapping)
{
	struct address_space *m;

	LIST_FOREACH(m, &all_mappings, list)
		if (m == mapping)
			return true;
	return false;
}

/* Nothing holds the file meanwhile, so it may be gone after the read: then its
 * entries are too. */
static int unuse_entry(const struct shmem_entry *e)
{
	struct page *page = swapin_page(e->swap, NULL);

	if (!page)
		return -ENOMEM;
	if (IS_ERR(page))
		return PTR_ERR(page) == -ENOENT ? 0 : PTR_ERR(page);
	lock_page(page);
	if (page_test(page, PG_swapcache) && page->private == e->swap.val &&
	    mapping_alive(e->mapping) &&
	    shmem_from_swap(page, e->mapping, e->index))
		delete_from_swap_cache(page);
	unlock_page(page);
	put_page(page);
	return 0;
}

int shmem_unuse(unsigned type)
{
	struct shmem_entry e;
	int ret = 0;

	while (!ret && find_entry(type, &e)) {
		if (fatal_signal_pending())
			return -EINTR;
		ret = unuse_entry(&e);
		cond_resched();
	}
	return ret;
}
