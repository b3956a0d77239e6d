// SPDX-License-Identifier: GPL-2.0
/*
 * From a page to the entries that map it (Linux: mm/rmap.c).
 *
 *   file page       mapping->i_mmap: areas; the entry is at the area's address
 *                   for page->index
 *   anonymous page  family->mms: every mm related by fork; the entry, if any,
 *                   is at the one address page->index << PAGE_SHIFT
 *
 * Nothing is allocated for an entry or an area.  A walk stops when it has seen
 * _mapcount entries, so a page of a single mm is found at once wherever that
 * mm stands near the head of the list.
 *
 * Keeps true: I6 (both directions agree), I7 (mlock_count), with mlock.c and
 * with page_add_rmap() and page_remove_rmap() in mm.h.
 * Guarded by (t); nothing here sleeps.
 */
#include <mm/filemap.h>
#include <mm/lru.h>
#include <mm/mm.h>
#include <mm/swap.h>

/* ---- the walk ---------------------------------------------------------- */

typedef int (*rmap_fn)(struct page *page, struct vm_area_struct *vma,
		       unsigned long addr, pte_t *pte, void *arg);

/* The entry of mm at addr, if it maps the page. */
static pte_t *maps_page(struct mm_struct *mm, unsigned long addr,
			struct page *page)
{
	pte_t *pte = pte_lookup(mm, addr);

	if (!pte || !pte_present(*pte) || pte_pfn(*pte) != page_to_pfn(page))
		return NULL;
	return pte;
}

static int rmap_walk_anon(struct page *page, rmap_fn f, void *arg)
{
	struct anon_family *family = page->mapping;
	unsigned long addr = page->index << PAGE_SHIFT;
	int left = page->_mapcount, ret;
	struct mm_struct *mm, *next;

	for (mm = LIST_FIRST(&family->mms); mm && left; mm = next) {
		pte_t *pte = maps_page(mm, addr, page);

		next = LIST_NEXT(mm, family_node);
		if (!pte)
			continue;
		left--;
		ret = f(page, vma_lookup(mm, addr), addr, pte, arg);
		if (ret)
			return ret;
	}
	return 0;
}

static int rmap_walk_file(struct page *page, rmap_fn f, void *arg)
{
	struct address_space *mapping = page->mapping;
	int left = page->_mapcount, ret;
	struct vm_area_struct *vma;

	LIST_FOREACH(vma, &mapping->i_mmap, shared) {
		unsigned long addr;
		pte_t *pte;

		if (!left)
			break;
		if (page->index < vma->vm_pgoff ||
		    page->index >= vma->vm_pgoff + vma_pages(vma))
			continue;
		addr = vma->vm_start +
		       ((page->index - vma->vm_pgoff) << PAGE_SHIFT);
		pte = maps_page(vma->vm_mm, addr, page);
		if (!pte)
			continue;
		left--;
		ret = f(page, vma, addr, pte, arg);
		if (ret)
			return ret;
	}
	return 0;
}

int rmap_walk(struct page *page, rmap_fn f, void *arg)
{
	if (!page->_mapcount)
		return 0;
	return page_test(page, PG_anon) ? rmap_walk_anon(page, f, arg) :
					  rmap_walk_file(page, f, arg);
}

/* ---- its users --------------------------------------------------------- */

/* lab 3: begin page_referenced = 0, try_to_unmap = false */
struct referenced { int young; unsigned long vm_flags; };

static int referenced_one(struct page *page, struct vm_area_struct *vma,
			  unsigned long addr, pte_t *pte, void *arg)
{
	struct referenced *r = arg;

	r->vm_flags |= vma->vm_flags;
	if (pte_young(*pte)) {
		/* No flush: a stale accessed bit costs one more round. */
		*pte = pte_mkold(*pte);
		r->young++;
	}
	return 0;
}

int page_referenced(struct page *page, unsigned long *vm_flags)
{
	struct referenced r = { 0 };

	rmap_walk(page, referenced_one, &r);
	*vm_flags |= r.vm_flags;
	return r.young;
}

/* An anonymous or shmem page leaves an entry or a file slot that names its swap
 * slot; a file page leaves nothing. */
static int unmap_one(struct page *page, struct vm_area_struct *vma,
		     unsigned long addr, pte_t *pte, void *arg)
{
	struct mm_struct *mm = vma->vm_mm;
	pte_t old = *pte;

	pte->v = 0;
	flush_tlb_page(mm->pgd, addr);
	if (pte_dirty(old))
		set_page_dirty(page);
	update_hiwater_rss(mm);
	mm_count_page(mm, page, -1);
	if (page_test(page, PG_anon)) {
		swp_entry_t entry = page_swap_entry(page);

		swap_duplicate(entry);
		*pte = swp_entry_to_pte(entry);
		mm->rss_stat[MM_SWAPENTS]++;
	}
	page_remove_rmap(page, vma);
	put_page(page);
	return 0;
}

bool try_to_unmap(struct page *page)
{
	if (!page_evictable(page))
		return false;
	BUG_ON(page_test(page, PG_anon) && !page_test(page, PG_swapcache));
	rmap_walk(page, unmap_one, NULL);
	return page->_mapcount == 0;
}
/* lab 3: end */

static int mkclean_one(struct page *page, struct vm_area_struct *vma,
		       unsigned long addr, pte_t *pte, void *arg)
{
	bool *dirty = arg;

	if (!pte_dirty(*pte) && !pte_write(*pte))
		return 0;
	*dirty |= pte_dirty(*pte);
	*pte = pte_wrprotect(pte_mkclean(*pte));
	flush_tlb_page(vma->vm_mm->pgd, addr);
	return 0;
}

bool page_mkclean(struct page *page)
{
	bool dirty = false;

	rmap_walk(page, mkclean_one, &dirty);
	return dirty;
}
