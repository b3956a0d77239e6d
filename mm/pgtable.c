// SPDX-License-Identifier: GPL-2.0
/*
 * The walk: from an address to its page-table entry, and over ranges of them
 * (Linux: mm/memory.c, mm/pagewalk.c).
 *
 * Keeps true: I5's last part: a table exists only where its span touches an
 * area with vm_tables; entries are only in such areas; mm->nr_ptes counts
 * tables of all levels but the top one.
 * Guarded by (t); only make_tables() may sleep, before it links a table.
 */
#include <mm/filemap.h>
#include <mm/lru.h>
#include <mm/mm.h>
#include <mm/swap.h>

pte_t *pte_lookup(struct mm_struct *mm, unsigned long addr)
{
	pte_t *table;

	next_table(mm, addr, &table);
	return table ? &table[pt_index(addr, 1)] : NULL;
}

static bool table_alloc(struct mm_struct *mm, pte_t *slot)
{
	struct page *page = alloc_page(GFP_KERNEL | GFP_ZERO);

	if (!page)
		return false;
	if (slot->v & PTE_PRESENT) {	/* another thread's, while we slept */
		put_page(page);
		return true;
	}
	page_set(page, PG_table);
	mm->nr_ptes++;
	nr_page_table++;
	*slot = pte_mk(page_to_pfn(page),
		       PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED);
	return true;
}

pte_t *make_tables(struct mm_struct *mm, unsigned long addr)
{
	pte_t *table = mm->pgd;
	int level;

	for (level = PT_LEVELS; level > 1; level--) {
		pte_t *slot = &table[pt_index(addr, level)];

		if (!(slot->v & PTE_PRESENT) && !table_alloc(mm, slot))
			return NULL;
		table = table_of(*slot);
	}
	return &table[pt_index(addr, 1)];
}

/* ---- ranges ------------------------------------------------------------ */

unsigned long next_table(struct mm_struct *mm, unsigned long addr,
			 pte_t **table)
{
	pte_t *t = mm->pgd;
	int level;

	*table = NULL;
#pragma GCC unroll 3
	for (level = PT_LEVELS; level > 1; level--) {
		pte_t entry = t[pt_index(addr, level)];

		if (!(entry.v & PTE_PRESENT))
			return ALIGN_DOWN(addr, pt_span(level)) +
			       pt_span(level);
		t = table_of(entry);
	}
	*table = t;
	return ALIGN_DOWN(addr, pt_span(2)) + pt_span(2);
}

/* ---- zap --------------------------------------------------------------- */

#define GATHER_MAX 64

/* Frames wait here until the TLB no longer knows them. */
struct gather {
	struct vm_area_struct *vma;
	struct mm_struct *mm;
	unsigned long start, end;	/* what is zapped */
	bool flush;			/* a present entry went, or: anon */
	u32 plain;			/* flag of pages that are only counted:
					 * PG_anon, if the area is not locked */
	unsigned long anon;		/* those */
	unsigned n;
	struct page *pages[GATHER_MAX];
};

static void gather_flush(struct gather *g)
{
	if (g->flush || g->anon)
		flush_tlb_range(g->mm->pgd, g->start, g->end);
	release_pages(g->pages, g->n);
	g->n = 0;
}

void update_hiwater_rss(struct mm_struct *mm)
{
	mm->hiwater_rss = max(mm->hiwater_rss, mm_rss(mm));
}

static void forget_page(struct gather *g, struct page *page, pte_t old)
{
	if (pte_dirty(old) && !page_test(page, PG_anon))
		set_page_dirty(page);
	mm_count_page(g->mm, page, -1);
	page_remove_rmap(page, g->vma);
}

static __always_inline void zap_present(struct gather *g, pte_t old)
{
	struct page *page = pte_page(old);

	if (likely(page->flags & g->plain)) {
		g->anon++;
		if (--page->_mapcount) {	/* others keep it */
			page->_refcount--;
			return;
		}
		nr_anon_mapped--;
	} else {
		g->flush = true;
		if (page_test(page, PG_reserved))	/* the zero page */
			return;
		forget_page(g, page, old);
	}
	if (page->_refcount > 1 && !page_test(page, PG_swapcache))
		page->_refcount--;
	else
		g->pages[g->n++] = page;
}

static bool maps_file_page(pte_t pte)
{
	struct page *page = vm_normal_page(pte);

	return page && !page_test(page, PG_anon);
}

static __always_inline int zap_pte(pte_t *pte, unsigned long addr, void *arg)
{
	struct gather *g = arg;
	pte_t old = *pte;

	pte->v = 0;
	if (pte_is_swap(old)) {
		g->mm->rss_stat[MM_SWAPENTS]--;
		swap_free(pte_to_swp_entry(old));
		return 0;
	}
	zap_present(g, old);
	if (g->n == GATHER_MAX)
		gather_flush(g);
	return 0;
}

static int zap_file_pte(pte_t *pte, unsigned long addr, void *arg)
{
	return maps_file_page(*pte) ? zap_pte(pte, addr, arg) : 0;
}

void zap_vma_pages(struct vm_area_struct *vma, unsigned long start,
		   unsigned long end, bool even_cows)
{
	struct gather g;

	if (!vma->vm_tables)
		return;
	g.vma = vma;		/* one by one: g.pages is large */
	g.mm = vma->vm_mm;
	g.start = start;
	g.end = end;
	g.flush = false;
	g.plain = vma->vm_flags & VM_LOCKED ? 0 : 1u << PG_anon;
	g.anon = 0;
	g.n = 0;
	update_hiwater_rss(vma->vm_mm);
	vma->vm_filled = false;
	if (even_cows)
		walk_page_range(vma->vm_mm, start, end, zap_pte, &g);
	else
		walk_page_range(vma->vm_mm, start, end, zap_file_pte, &g);
	gather_flush(&g);
	g.mm->rss_stat[MM_ANONPAGES] -= g.anon;
}

/* ---- tables go --------------------------------------------------------- */

/* The entry of a table of `level` for addr goes to *slot, or NULL if there is
 * no such table.  Returns where the next one begins, as next_table() does. */
static __always_inline
unsigned long next_slot(struct mm_struct *mm, unsigned long addr, int level,
			pte_t **slot)
{
	pte_t *table = mm->pgd;
	int l;

	*slot = NULL;
#pragma GCC unroll 2
	for (l = PT_LEVELS; l > level; l--) {
		pte_t entry = table[pt_index(addr, l)];

		if (!(entry.v & PTE_PRESENT))
			break;
		table = table_of(entry);
	}
	if (l == level)
		*slot = &table[pt_index(addr, level)];
	return ALIGN_DOWN(addr, pt_span(l)) + pt_span(l);
}

static void free_table(struct mm_struct *mm, pte_t *slot)
{
	struct page *page = phys_to_page(slot->v & PTE_PFN_MASK);

	slot->v = 0;
	mm->nr_ptes--;
	nr_page_table--;
	free_clear_page(page);
}

/* Level by level, from the bottom: a table goes if it touches [start, end) and
 * no area touches its span, so that it holds no entry. */
void free_pgtables(struct mm_struct *mm, struct vm_area_struct *prev,
		   unsigned long start, unsigned long end)
{
	struct vm_area_struct *next = prev ? vma_next(prev) : vma_first(mm);
	unsigned long floor = prev ? prev->vm_end : 0;
	unsigned long ceiling = next ? next->vm_start : 1ul << 47;
	unsigned long tables = mm->nr_ptes;

	/* Those that stay are theirs, or others' too. */
	if (prev)
		prev->vm_tables = true;
	if (next)
		next->vm_tables = true;
#pragma GCC unroll 3
	for (int level = 2; level <= PT_LEVELS; level++) {
		unsigned long span = pt_span(level);
		unsigned long addr = max(ALIGN_DOWN(start, span),
					 ALIGN_UP(floor, span));
		unsigned long stop = min(ALIGN_UP(end, span),
					 ALIGN_DOWN(ceiling, span));
		pte_t *slot;

		if (addr >= stop)	/* most often at once */
			break;
		while (addr < stop) {
			addr = next_slot(mm, addr, level, &slot);
			if (slot && slot->v & PTE_PRESENT)
				free_table(mm, slot);
		}
	}
	if (mm->nr_ptes != tables)
		flush_tlb_mm(mm->pgd);	/* cached upper levels */
}
