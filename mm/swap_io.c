// SPDX-License-Identifier: GPL-2.0
/*
 * Swap I/O: pages to their slots in runs, slots to pages with their
 * neighbours.
 *
 * A page is locked while it is written or read, and mapped by nobody: who
 * faults on it waits for the lock.  A failed write is undone: the entries
 * become mappings again, the slot is never used again.  A failed read is the
 * reader's -EIO; the slot keeps its count, so that another try is possible.
 * Locks: (p) over the I/O, (t).  (Linux: mm/page_io.c, mm/swap_state.c)
 */
#include <mm/filemap.h>
#include <mm/lru.h>
#include <mm/mm.h>
#include <mm/swap.h>

#define SECTORS_PER_PAGE (PAGE_SIZE / SECTOR_SIZE)
#define SWAP_RA_SLOTS	 4u	/* read-ahead window: aligned, a power of 2 */

static int swap_rw(bool write, swp_entry_t e, struct page **pages, unsigned n)
{
	struct swap_info *si = &swap_info[swp_type(e)];
	int ret;

	ret = bdev_rw(si->bdev, write, swp_offset(e) * SECTORS_PER_PAGE, pages,
		      n);
	if (!ret)
		vm_events[write ? PSWPOUT : PSWPIN] += n;
	return ret;
}

/* ---- out ------------------------------------------------------------ */

/* Map the page again where mm has a swap entry for it at its address. */
static void restore_pte(struct mm_struct *mm, struct page *page)
{
	unsigned long addr = page->index << PAGE_SHIFT;
	pte_t *pte = pte_lookup(mm, addr);
	struct vm_area_struct *vma;

	if (!pte || !pte_is_swap(*pte) ||
	    pte_to_swp_entry(*pte).val != page->private)
		return;
	vma = vma_lookup(mm, addr);
	BUG_ON(!vma);
	page->mapping = mm->family;
	get_page(page);
	page_add_rmap(page, vma);
	*pte = pte_mk(page_to_pfn(page), vma->vm_page_prot & ~PTE_WRITE);
	mm_count_page(mm, page, 1);
	mm->rss_stat[MM_SWAPENTS]--;
	swap_free(page_swap_entry(page));
}

/*
 * Undo the way out: the slot has no contents, so whoever names it gets the
 * page back.  An entry that mremap moved meanwhile stays: the page then
 * remains in the swap cache, dirty, until that entry goes.
 */
static void restore_page(struct page *page)
{
	struct mm_struct *mm;

	if (page_test(page, PG_anon))
		TAILQ_FOREACH(mm, &all_mms, mmlist)
			restore_pte(mm, page);
	else
		shmem_from_swap(page, NULL, page->index);
	try_to_free_swap(page);
}

static void write_failed(struct page *page)
{
	swp_entry_t e = page_swap_entry(page);
	struct swap_info *si = &swap_info[swp_type(e)];

	if (!si->errors++)
		printk("swap: write error on %s, slot %llu: the page stays in "
		       "memory, the slot is not used again\n", si->name,
		       (unsigned long long)swp_offset(e));
	swap_slot(si, swp_offset(e))->bad = true;
	restore_page(page);
}

/* Write pages[0..n) to consecutive slots. */
static int write_run(struct page **pages, unsigned n)
{
	int ret;

	for (unsigned i = 0; i < n; i++) {
		page_set(pages[i], PG_writeback);
		nr_writeback++;
	}
	ret = swap_rw(true, page_swap_entry(pages[0]), pages, n);
	for (unsigned i = 0; i < n; i++) {
		if (!ret)
			page_clear(pages[i], PG_dirty);
		end_page_writeback(pages[i]);
	}
	return ret;
}

static void write_run_or_undo(struct page **pages, unsigned n)
{
	if (!n || !write_run(pages, n))
		return;
	/* One bad sector must not cost its neighbours their slots. */
	for (unsigned i = 0; i < n; i++)
		if (n == 1 || write_run(&pages[i], 1))
			write_failed(pages[i]);
}

void swap_writepages(struct page_list *list)
{
	struct page *run[BDEV_MAX_PAGES], *page;
	unsigned n = 0;

	TAILQ_FOREACH(page, list, lru) {
		/* Slots of one area are consecutive when the entries are. */
		if (n == BDEV_MAX_PAGES ||
		    (n && page->private != run[n - 1]->private + 1)) {
			write_run_or_undo(run, n);
			n = 0;
		}
		run[n++] = page;
	}
	write_run_or_undo(run, n);
}

/* ---- in ------------------------------------------------------------- */

/* In use, readable and not in the cache. */
static bool slot_wanted(const struct swap_slot *slot)
{
	return slot->count && !slot->bad && !slot->page;
}

/* A frame in the swap cache for the slot: locked, two references. */
static void enter_page(struct page *page, swp_entry_t e)
{
	page_set(page, PG_locked);
	page_set(page, PG_swapbacked);
	swap_duplicate(e);		/* the cache's share of the count */
	add_to_swap_cache(page, e);
	lru_cache_add(page);
}

static struct page *readahead_page(const struct swap_info *si, u64 slot)
{
	struct page *page;

	/* A guess must not cost anybody a page, nor wake kswapd. */
	if (!slot_wanted(swap_slot(si, slot)) || nr_free_pages <= wmark_low)
		return NULL;
	page = alloc_page(GFP_NOWAIT);
	if (page)
		enter_page(page, swp_entry(si->type, slot));
	return page;
}

/* Fill `row`, the window around the target, with new pages for the unbroken
 * run of wanted slots that the target (there already) is in: [*from, *to). */
static void collect_run(const struct swap_info *si, struct page **row,
			u64 *from, u64 *to)
{
	u64 lo = ALIGN_DOWN(*from, (u64)SWAP_RA_SLOTS);
	u64 hi = min(lo + SWAP_RA_SLOTS, si->max);

	while (*to < hi && (row[*to - lo] = readahead_page(si, *to)))
		++*to;
	while (*from > max(lo, (u64)1) &&
	       (row[*from - 1 - lo] = readahead_page(si, *from - 1)))
		--*from;
}

/* The read of one page ended; drops enter_page's reference unless `keep`. */
static void finish_read(struct page *page, bool ok, bool keep)
{
	if (ok)
		page_set(page, PG_uptodate);
	/* Not read, or everybody who named the slot is gone by now. */
	if (!ok || !page_swapped_count(page))
		delete_from_swap_cache(page);
	unlock_page(page);
	if (!keep)
		put_page(page);
}

/* Read the target, in the cache and locked, with its neighbours; it stays
 * referenced.  0 or -EIO. */
static int read_around(struct swap_info *si, u64 target, struct page *page)
{
	struct page *row[SWAP_RA_SLOTS], **pages;
	u64 from = target, to = target + 1;
	int ret;

	row[target % SWAP_RA_SLOTS] = page;
	collect_run(si, row, &from, &to);
	pages = &row[from % SWAP_RA_SLOTS];
	ret = swap_rw(false, swp_entry(si->type, from), pages, to - from);
	for (u64 slot = from; slot < to; slot++)
		if (slot != target)
			finish_read(pages[slot - from], !ret, false);
	if (ret && to - from > 1)
		ret = swap_rw(false, swp_entry(si->type, target), &page, 1);
	if (ret && !si->errors++)
		printk("swap: read error on %s, slot %llu\n", si->name,
		       (unsigned long long)target);
	finish_read(page, !ret, true);
	return ret;
}

/* Not in the cache: read it.  -EAGAIN: it came into the cache meanwhile. */
static struct page *read_swap(swp_entry_t e, bool *major)
{
	struct page *page = alloc_page(GFP_KERNEL);
	const struct swap_slot *slot;
	long ret = 0;

	if (!page)
		return NULL;
	/* The allocation slept: look again. */
	slot = swap_entry_slot(e);
	if (!slot)
		ret = -ENOENT;
	else if (slot->page)
		ret = -EAGAIN;
	if (!ret) {
		enter_page(page, e);
		if (major)
			*major = true;
		ret = read_around(&swap_info[swp_type(e)], swp_offset(e),
				  page);
	}
	if (!ret && !page_test(page, PG_swapcache))
		ret = -ENOENT;
	if (!ret)
		return page;
	put_page(page);
	return ERR_PTR(ret);
}

/* A cached page, referenced: wait for its I/O.  False: it left the cache. */
static bool wait_for_page(struct page *page, swp_entry_t e)
{
	bool ok;

	if (page_test(page, PG_locked)) {
		lock_page(page);
		unlock_page(page);
	}
	ok = page_test(page, PG_swapcache) && page->private == e.val &&
	     page_test(page, PG_uptodate);
	if (!ok)
		put_page(page);
	return ok;
}

struct page *swapin_page(swp_entry_t e, bool *major)
{
	struct page *page;

	while (swap_entry_slot(e)) {
		page = lookup_swap_cache(e);
		if (page) {
			if (wait_for_page(page, e))
				return page;
			continue;
		}
		page = read_swap(e, major);
		if (!IS_ERR(page) || PTR_ERR(page) != -EAGAIN)
			return page;
	}
	return ERR_PTR(-ENOENT);
}
