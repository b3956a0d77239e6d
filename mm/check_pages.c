// SPDX-License-Identifier: GPL-2.0
/*
 * The checker's part for frames, LRU lists and the page cache (check.c).
 *
 * What the page tables say of a frame was counted into page->spare (check.h),
 * which is 0 again when it was compared.
 * (Linux has no counterpart; its DEBUG_VM asserts.)
 */
#include <mm/check.h>
#include <mm/filemap.h>
#include <mm/swap.h>

/* ---- I12: lists ----------------------------------------------------- */

int check_lists(void)
{
	for (int lru = 0; lru < LRU_UNEVICTABLE; lru++) {
		unsigned long n = 0;
		struct page *page;

		TAILQ_FOREACH(page, &lru_lists[lru], lru) {
			if (!page_test(page, PG_lru) ||
			    page_test(page, PG_unevictable))
				return violated(12, "page %lx is on list %d, "
						"flags %x", page_to_pfn(page),
						lru, page->flags);
			if (++n > lru_size[lru])
				break;
		}
		if (n != lru_size[lru])
			return violated(12, "list %d has %s than its count "
					"%lu", lru, n > lru_size[lru] ?
					"more" : "less", lru_size[lru]);
	}
	return 0;
}

void forget_frames(void)
{
	for (unsigned long i = 0; i < max_pfn; i++)
		mem_map[i].spare = 0;
}

/* ---- I6, I7, I8, I9, I11: one frame --------------------------------- */

static int count_walk(struct page *page, struct vm_area_struct *vma,
		      unsigned long addr, pte_t *pte, void *arg)
{
	++*(int *)arg;
	return 0;
}

static int check_rmap(struct page *page)
{
	int entries = (u32)page->spare, found = 0;

	if (entries)
		rmap_walk(page, count_walk, &found);
	if (entries != page->_mapcount || found != entries)
		return violated(6, "page %lx: map count %d, entries %d, rmap "
				"finds %d", page_to_pfn(page), page->_mapcount,
				entries, found);
	return 0;
}

static int check_lock(const struct page *page)
{
	int locks = page->spare >> 32;
	const struct address_space *mapping = page_mapping(page);
	bool mlocked = page_test(page, PG_mlocked), unevictable;

	if (locks != page->mlock_count || mlocked != (locks > 0))
		return violated(7, "page %lx: lo entries %d, lock count %d, "
				"%smlocked", page_to_pfn(page), locks,
				page->mlock_count, mlocked ? "" : "not ");
	unevictable = mlocked || page_test(page, PG_sealed) ||
		      (mapping && mapping->flags & AS_UNEVICTABLE);
	if (page_test(page, PG_lru) &&
	    unevictable != page_test(page, PG_unevictable))
		return violated(8, "page %lx: %smlocked, on %s list",
				page_to_pfn(page), mlocked ? "" : "not ",
				unevictable ? "a" : "no");
	if (page_test(page, PG_sealed) && page_test(page, PG_swapcache))
		return violated(19, "page %lx of a sealed mm has swap slot %lx",
				page_to_pfn(page), page->private);
	if (unevictable && page_test(page, PG_swapcache))
		return violated(9, "locked page %lx has swap slot %lx",
				page_to_pfn(page), page->private);
	return 0;
}

/* Frames of each kind, recounted. */
struct counts { unsigned long free, lru, culled, mlocked, anon, file; };

#define KERNEL_OWNED (1u << PG_reserved | 1u << PG_slab | 1u << PG_table)

static int check_kernel_frame(const struct page *page)
{
	if (page->spare || page->flags & (1u << PG_lru | 1u << PG_mlocked))
		return violated(page == zero_page ? 17 : 12, "kernel page %lx "
				"is mapped as a user's, or on a list",
				page_to_pfn(page));
	return 0;
}

/* The walk comes last: what was read of the page is read once. */
static int check_used_frame(struct page *page, struct counts *c)
{
	int ret, counted;

	if (page->flags & KERNEL_OWNED)
		return check_kernel_frame(page);
	if (page->_mapcount != (int)(u32)page->spare)
		return check_rmap(page);
	ret = check_lock(page);
	if (ret)
		return ret;
	counted = page_known_refs(page);
	if (page->_refcount < counted)
		return violated(11, "page %lx: refcount %d, map count %d and "
				"caches make %d", page_to_pfn(page),
				page->_refcount, page->_mapcount, counted);
	c->lru += page_test(page, PG_lru);
	c->culled += page_test(page, PG_unevictable);
	c->mlocked += page_test(page, PG_mlocked);
	if (!page->_mapcount)
		return 0;
	++*(page_test(page, PG_anon) ? &c->anon : &c->file);
	ret = check_rmap(page);
	page->spare = 0;
	return ret;
}

/* ---- free frames, totals -------------------------------------------- */

/* `flags` are all there is of it. */
static bool is_free(const struct page *page, u32 flags)
{
	_Static_assert(offsetof(struct page, _refcount) == sizeof(flags),
		       "flags and references are one word");

	return *(const u64 *)page == flags && !page->spare;
}

/* The block at `head`: how many frames, all of them free. */
static int check_free_block(const struct page *head, unsigned long *n)
{
	unsigned order = free_order(head);
	const struct page *page = head, *end = head;
	bool good = is_free(page, 1u << PG_buddy);

	*n = 1;
	if (head->private == CLEAR_FRAME &&
	    !page_is_clear(page_address(head)))
		return violated(11, "free page %lx is not clear",
				page_to_pfn(head));
	if (likely(good && !order))
		return 0;
	*n = 1ul << order;
	for (end += *n; good && ++page < end; )
		good = is_free(page, 0);
	return good ? 0 : violated(11, "free page %lx: refcount %d, flags %x, "
				   "entries %d", page_to_pfn(page),
				   page->_refcount, page->flags,
				   (int)(u32)page->spare);
}

static int check_counts(const struct counts *c)
{
	unsigned long listed = 0;

	for (int i = 0; i < NR_LRU_LISTS; i++)
		listed += lru_size[i];
	if (c->free != nr_free_pages || c->lru != listed ||
	    c->culled != lru_size[LRU_UNEVICTABLE])
		return violated(12, "free %lu, listed %lu, unevictable %lu; "
				"counted %lu, %lu, %lu", nr_free_pages, listed,
				lru_size[LRU_UNEVICTABLE], c->free, c->lru,
				c->culled);
	if (c->mlocked != nr_mlock || c->anon != nr_anon_mapped ||
	    c->file != nr_file_mapped)
		return violated(16, "nr_mlock %lu, mapped anon %lu, file %lu; "
				"counted %lu, %lu, %lu", nr_mlock,
				nr_anon_mapped, nr_file_mapped, c->mlocked,
				c->anon, c->file);
	return 0;
}

int check_frames(void)
{
	const struct page *end = mem_map + max_pfn;
	struct counts counts = { 0 };
	unsigned long n;
	int ret = 0;

	for (struct page *page = mem_map; page < end && !ret; page += n) {
		n = 1;
		if (page_test(page, PG_buddy)) {
			ret = check_free_block(page, &n);
			counts.free += n;
		} else {
			ret = check_used_frame(page, &counts);
		}
	}
	return ret ? ret : check_counts(&counts);
}

/* ---- I14: page cache ------------------------------------------------ */

/* For a moment only: a write under way holds the page by which the file grows;
 * a truncation has not come to it yet. */
static bool may_be_past_end(const struct address_space *mapping, const void *e)
{
	const struct page *page = e;

	return mapping->flags & AS_TRUNCATING ||
	       (!radix_is_value(e) && !page->_mapcount &&
		page->_refcount > page_known_refs(page));
}

static int check_mapping(struct address_space *mapping)
{
	u64 index = 0, end = DIV_ROUND_UP(mapping->size, PAGE_SIZE);
	unsigned long pages = 0, swapped = 0;
	int ret;
	void *e;

	for (; (e = radix_next(&mapping->i_pages, &index)); index++) {
		const struct page *page = e;

		if (index >= end && !may_be_past_end(mapping, e))
			return violated(14, "a file of %lu bytes has a page "
					"at index %lx", mapping->size, index);
		if (radix_is_value(e)) {
			swapped++;
			ret = count_slot((swp_entry_t){ radix_to_value(e) },
					 "a file");
			if (ret)
				return ret;
			continue;
		}
		pages++;
		if (page->mapping != mapping || page->index != index)
			return violated(14, "page %lx is cached at index %lx "
					"but says %lx", page_to_pfn(page),
					index, page->index);
	}
	if (pages != mapping->nrpages || swapped != mapping->nrswap)
		return violated(14, "a file counts %lu pages, %lu swapped; it "
				"has %lu, %lu", mapping->nrpages,
				mapping->nrswap, pages, swapped);
	return 0;
}

int check_mappings(void)
{
	unsigned long shmem = 0, swapped = 0, file = 0;
	struct address_space *mapping;
	int ret;

	LIST_FOREACH(mapping, &all_mappings, list) {
		ret = check_mapping(mapping);
		if (ret)
			return ret;
		swapped += mapping->nrswap;
		*(mapping->flags & AS_SHMEM ? &shmem : &file) +=
			mapping->nrpages;
	}
	if (shmem != nr_shmem_pages || swapped != nr_shmem_swapped ||
	    file != nr_file_pages)
		return violated(16, "files have %lu shmem, %lu swapped, %lu "
				"disk pages; counted %lu, %lu, %lu", shmem,
				swapped, file, nr_shmem_pages,
				nr_shmem_swapped, nr_file_pages);
	return 0;
}
