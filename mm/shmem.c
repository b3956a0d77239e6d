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
#include <mm/lru.h>
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
	nr_shmem_pages += pages;
	nr_shmem_swapped += swapped;
	if (!(mapping->flags & AS_NOLIMIT))
		nr_tmpfs_pages += pages + swapped;
}

/* Fill a hole with zeros. */
static struct page *shmem_fill_hole(struct address_space *mapping, u64 index)
{
	if (shmem_full(mapping))
		return ERR_PTR(-ENOSPC);
	return add_new_page(mapping, index, GFP_KERNEL | GFP_ZERO,
			    1u << PG_swapbacked | 1u << PG_uptodate);
}

/* The file that names the entry at index. */
static struct address_space *find_owner(swp_entry_t entry, u64 index)
{
	struct address_space *m;

	LIST_FOREACH(m, &all_mappings, list)
		if (m->nrswap && radix_lookup(&m->i_pages, index) ==
					 radix_mk_value(entry.val))
			break;
	return m;
}

bool shmem_from_swap(struct page *page, struct address_space *mapping,
		     u64 index)
{
	swp_entry_t entry = page_swap_entry(page);

	if (!mapping)
		mapping = find_owner(entry, index);
	if (!mapping || radix_lookup(&mapping->i_pages, index) !=
			radix_mk_value(entry.val))
		return false;
	/* Over a present entry: cannot fail. */
	radix_store(&mapping->i_pages, index, page, GFP_NOWAIT);
	page_clear(page, PG_anon);
	page->mapping = mapping;
	page->index = index;
	get_page(page);
	mapping_account(mapping, 1, -1);
	swap_free(entry);
	lru_recheck(page);
	return true;
}

/* Bring a swapped page back to its file (NULL: whichever it is).
 * ERR_PTR(-EEXIST): somebody else did, or it is gone. */
static struct page *shmem_swapin(struct address_space *mapping, u64 index,
				 swp_entry_t entry, bool *major)
{
	struct page *page = swapin_page(entry, major);
	bool ok;

	if (!page)
		return ERR_PTR(-ENOMEM);
	if (IS_ERR(page))
		return PTR_ERR(page) == -ENOENT ? ERR_PTR(-EEXIST) : page;
	lock_page(page);
	ok = page_test(page, PG_swapcache) && page->private == entry.val &&
	     shmem_from_swap(page, mapping, index);
	if (ok)
		delete_from_swap_cache(page);
	unlock_page(page);
	if (ok)
		return page;
	put_page(page);
	return ERR_PTR(-EEXIST);
}

struct page *shmem_get_page(struct address_space *mapping, u64 index,
			    bool *major)
{
	struct page *page;

	do {
		void *entry = radix_lookup(&mapping->i_pages, index);

		if (!entry) {
			page = shmem_fill_hole(mapping, index);
		} else if (radix_is_value(entry)) {
			swp_entry_t swap = { radix_to_value(entry) };

			page = shmem_swapin(mapping, index, swap, major);
		} else {
			page = entry;
			get_page(page);
		}
	} while (page == ERR_PTR(-EEXIST));
	return page;
}

void shmem_to_swap(struct page *page, u64 entry)
{
	struct address_space *mapping = page->mapping;

	radix_store(&mapping->i_pages, page->index, radix_mk_value(entry),
		    GFP_NOWAIT);
	swap_duplicate((swp_entry_t){ entry });
	page->mapping = NULL;
	mapping_account(mapping, -1, 1);
	put_page(page);		/* the index's reference */
}

/* ---- swapoff -------------------------------------------------------- */

/* The first entry of a file that names a slot of the area. */
static bool find_entry(unsigned type, u64 *index, swp_entry_t *swap)
{
	struct address_space *m;
	void *e;

	LIST_FOREACH(m, &all_mappings, list) {
		*index = 0;
		for (; m->nrswap && (e = radix_next(&m->i_pages, index));
		     ++*index) {
			swap->val = radix_to_value(e);
			if (radix_is_value(e) && swp_type(*swap) == type)
				return true;
		}
	}
	return false;
}

/* Nothing holds a file meanwhile, so it may be gone after the read: then its
 * entries are too. */
int shmem_unuse(unsigned type)
{
	struct page *page;
	swp_entry_t swap;
	u64 index;

	while (find_entry(type, &index, &swap)) {
		if (fatal_signal_pending())
			return -EINTR;
		page = shmem_swapin(NULL, index, swap, NULL);
		if (!IS_ERR(page))
			put_page(page);
		else if (page != ERR_PTR(-EEXIST))
			return PTR_ERR(page);
		cond_resched();
	}
	return 0;
}
