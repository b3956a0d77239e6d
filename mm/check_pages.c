// SPDX-License-Identifier: GPL-2.0
/*
 * The checker's part for frames, LRU lists and the page cache (check.c).
 *
 * What the page tables say of a frame is counted into page->spare, which is
 * scratch for this file alone: entries in the low half, those of them in lo
 * areas in the high half.  (Linux has no counterpart; its DEBUG_VM asserts.)
 */
#include <mm/check.h>
#include <mm/filemap.h>
#include <mm/swap.h>

#define ONE_MAPPING 1ull
#define ONE_LOCK    (1ull << 32)

static unsigned long long pfn(const struct page *page)
{
	return page_to_pfn(page);
}

/* ---- I12: lists ----------------------------------------------------- */

static int check_list(enum lru_list lru)
{
	unsigned long n = 0;
	struct page *page;

	TAILQ_FOREACH(page, &lru_lists[lru], lru) {
		if (!page_test(page, PG_lru))
			return violated(12, "page %llx is on list %d without "
					"PG_lru", pfn(page), lru);
		if (page_test(page, PG_unevictable) !=
		    (lru == LRU_UNEVICTABLE))
			return violated(12, "page %llx is on the wrong list "
					"(%d)", pfn(page), lru);
		if (++n > lru_size[lru])
			break;
	}
	if (n != lru_size[lru])
		return violated(12, "list %d has %s than its count %lu", lru,
				n > lru_size[lru] ? "more" : "less",
				lru_size[lru]);
	return 0;
}

int check_lists(void)
{
	int ret = 0;

	for (int lru = 0; lru < NR_LRU_LISTS && !ret; lru++)
		ret = check_list(lru);
	return ret;
}

/* ---- what the entries say of frames --------------------------------- */

static int count_entry(struct vm_area_struct *vma, unsigned long addr,
		       pte_t pte)
{
	struct page *page = pte_present(pte) ? vm_normal_page(pte) : NULL;

	if (!page)
		return 0;
	page->spare += ONE_MAPPING;
	if (vma->vm_flags & VM_LOCKED)
		page->spare += ONE_LOCK;
	return 0;
}

static void count_entries(void)
{
	for (unsigned long i = 0; i < max_pfn; i++)
		mem_map[i].spare = 0;
	for_each_pte(count_entry);
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

	if (entries != page->_mapcount)
		return violated(6, "page %llx: map count %d, entries %d",
				pfn(page), page->_mapcount, entries);
	if (entries)
		rmap_walk(page, count_walk, &found);
	if (found != entries)
		return violated(6, "page %llx: rmap finds %d of %d entries",
				pfn(page), found, entries);
	return 0;
}

static int check_lock(const struct page *page)
{
	int locks = page->spare >> 32;
	const struct address_space *mapping = page->mapping;
	bool mlocked = page_test(page, PG_mlocked), unevictable;

	if (locks != page->mlock_count || mlocked != (locks > 0))
		return violated(7, "page %llx: lo entries %d, lock count %d, "
				"%smlocked", pfn(page), locks,
				page->mlock_count, mlocked ? "" : "not ");
	unevictable = mlocked || (mapping && !page_test(page, PG_anon) &&
				  (mapping->flags & AS_UNEVICTABLE));
	if (page_test(page, PG_lru) &&
	    unevictable != page_test(page, PG_unevictable))
		return violated(8, "page %llx: %smlocked, on %s list",
				pfn(page), mlocked ? "" : "not ", unevictable ?
				"an evictable" : "the unevictable");
	if (mlocked && page_test(page, PG_swapcache))
		return violated(9, "mlocked page %llx has swap slot %llx",
				pfn(page), (unsigned long long)page->private);
	return 0;
}

static int check_refcount(const struct page *page)
{
	int counted = page->_mapcount;

	if (page_test(page, PG_swapcache))
		counted++;
	if (page->mapping && !page_test(page, PG_anon))
		counted++;
	if (page->_refcount < counted)
		return violated(11, "page %llx: refcount %d, map count %d and "
				"caches make %d", pfn(page), page->_refcount,
				page->_mapcount, counted);
	return 0;
}

static bool kernel_owned(const struct page *page)
{
	return page_test(page, PG_reserved) || page_test(page, PG_slab) ||
	       page_test(page, PG_table);
}

static int check_used_frame(struct page *page)
{
	int ret;

	if (kernel_owned(page)) {
		if (page->spare || page_test(page, PG_lru) ||
		    page_test(page, PG_mlocked))
			return violated(page == zero_page ? 17 : 12,
					"kernel page %llx is mapped as a "
					"user's, or on a list", pfn(page));
		return 0;
	}
	ret = check_rmap(page);
	if (!ret)
		ret = check_lock(page);
	if (!ret)
		ret = check_refcount(page);
	return ret;
}

/* ---- free frames, totals -------------------------------------------- */

/* All frames of the free block at `head`. */
static int check_free_block(const struct page *head)
{
	u64 n = 1ull << head->private;

	for (u64 i = 0; i < n; i++) {
		const struct page *page = head + i;

		if (page->_refcount || page->spare ||
		    page->flags != (i ? 0 : 1u << PG_buddy))
			return violated(11, "free page %llx: refcount %d, "
					"flags %x, entries %d", pfn(page),
					page->_refcount, page->flags,
					(int)(u32)page->spare);
	}
	return 0;
}

struct totals { unsigned long free, lru, mlocked, anon, file; };

static void add_to_totals(const struct page *page, struct totals *t)
{
	if (kernel_owned(page))
		return;
	t->lru += page_test(page, PG_lru);
	t->mlocked += page_test(page, PG_mlocked);
	if (page->_mapcount)
		++*(page_test(page, PG_anon) ? &t->anon : &t->file);
}

static int check_totals(const struct totals *t)
{
	unsigned long listed = 0;

	for (int i = 0; i < NR_LRU_LISTS; i++)
		listed += lru_size[i];
	if (t->free != nr_free_pages)
		return violated(12, "nr_free_pages %lu, free frames %lu",
				nr_free_pages, t->free);
	if (t->lru != listed)
		return violated(12, "lists have %lu pages, %lu have PG_lru",
				listed, t->lru);
	if (t->mlocked != nr_mlock)
		return violated(16, "nr_mlock %lu, mlocked pages %lu",
				nr_mlock, t->mlocked);
	if (t->anon != nr_anon_mapped || t->file != nr_file_mapped)
		return violated(16, "mapped pages: anon %lu, file %lu; counted "
				"%lu, %lu", t->anon, t->file, nr_anon_mapped,
				nr_file_mapped);
	return 0;
}

int check_frames(void)
{
	struct totals totals = { 0 };
	int ret;

	count_entries();
	for (unsigned long i = 0; i < max_pfn; i++) {
		struct page *page = &mem_map[i];

		if (page_test(page, PG_buddy)) {
			ret = check_free_block(page);
			totals.free += 1ul << page->private;
			i += (1ul << page->private) - 1;
		} else {
			ret = check_used_frame(page);
			add_to_totals(page, &totals);
		}
		if (ret)
			return ret;
	}
	return check_totals(&totals);
}

/* ---- I14: page cache ------------------------------------------------ */

static int check_cached_page(const struct address_space *mapping, u64 index,
			     const struct page *page)
{
	if (page->mapping != mapping || page->index != index)
		return violated(14, "page %llx is cached at index %llx but "
				"says %llx", pfn(page),
				(unsigned long long)index,
				(unsigned long long)page->index);
	return 0;
}

static int check_mapping(struct address_space *mapping)
{
	u64 index = 0, end = DIV_ROUND_UP(mapping->size, PAGE_SIZE);
	unsigned long pages = 0, swapped = 0;
	void *e;
	int ret;

	for (; (e = radix_next(&mapping->i_pages, &index)); index++) {
		if (index >= end)
			return violated(14, "a file of %llu bytes has a page "
					"at index %llx",
					(unsigned long long)mapping->size,
					(unsigned long long)index);
		if (radix_is_value(e)) {
			swapped++;
			continue;
		}
		pages++;
		ret = check_cached_page(mapping, index, e);
		if (ret)
			return ret;
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
