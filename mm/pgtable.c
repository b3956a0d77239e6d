// SPDX-License-Identifier: GPL-2.0
/*
 * The walk: from an address to its page-table entry, and over ranges of them
 * (Linux: mm/memory.c, mm/pagewalk.c).
 *
 * Keeps true: I5's last part: a table exists only where its span touches an
 * area; mm->nr_ptes counts tables of all levels but the top one.
 * Guarded by (t); only pte_alloc() may sleep, before it links a table.
 */
#include <mm/filemap.h>
#include <mm/mm.h>
#include <mm/swap.h>

static pte_t *table_of(pte_t entry)
{
	return phys_to_virt(entry.v & PTE_PFN_MASK);
}

pte_t *pte_lookup(struct mm_struct *mm, unsigned long addr)
{
	pte_t *table;

	next_table(mm, addr, &table);
	return table ? &table[pt_index(addr, 1)] : NULL;
}

static __noinline bool table_alloc(struct mm_struct *mm, pte_t *slot)
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

pte_t *pte_alloc(struct mm_struct *mm, unsigned long addr)
{
	pte_t *table = mm->pgd;
	int level;

#pragma GCC unroll 3
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
	bool keep_cows;			/* only the file's own pages go */
	unsigned long first, last;	/* range not flushed yet */
	unsigned n;
	struct page *pages[GATHER_MAX];
};

static void gather_flush(struct gather *g)
{
	if (g->last > g->first)
		flush_tlb_range(g->vma->vm_mm->pgd, g->first, g->last);
	for (unsigned i = 0; i < g->n; i++) {
		free_swap_cache(g->pages[i]);
		put_page(g->pages[i]);
	}
	g->n = 0;
	g->first = g->last;
}

void update_hiwater_rss(struct mm_struct *mm)
{
	mm->hiwater_rss = max(mm->hiwater_rss, mm_rss(mm));
}

static void zap_present(struct gather *g, pte_t old)
{
	struct page *page = vm_normal_page(old);

	if (!page)
		return;
	if (pte_dirty(old) && !page_test(page, PG_anon))
		set_page_dirty(page);
	mm_count_page(g->vma->vm_mm, page, -1);
	page_remove_rmap(page, g->vma);
	if (page->_refcount > 1 && !page_test(page, PG_swapcache))
		page->_refcount--;	/* others keep it */
	else
		g->pages[g->n++] = page;
}

static bool maps_file_page(pte_t pte)
{
	struct page *page = vm_normal_page(pte);

	return page && !page_test(page, PG_anon);
}

static int zap_pte(pte_t *pte, unsigned long addr, void *arg)
{
	struct gather *g = arg;
	pte_t old = *pte;

	if (g->keep_cows && !maps_file_page(old))
		return 0;
	pte->v = 0;
	g->last = addr + PAGE_SIZE;
	if (pte_is_swap(old)) {
		g->vma->vm_mm->rss_stat[MM_SWAPENTS]--;
		swap_free(pte_to_swp_entry(old));
		return 0;
	}
	zap_present(g, old);
	if (g->n == GATHER_MAX)
		gather_flush(g);
	return 0;
}

void zap_vma_pages(struct vm_area_struct *vma, unsigned long start,
		   unsigned long end, bool even_cows)
{
	struct gather g;

	g.vma = vma;		/* one by one: g.pages is large */
	g.keep_cows = !even_cows;
	g.first = g.last = start;
	g.n = 0;
	update_hiwater_rss(vma->vm_mm);
	walk_page_range(vma->vm_mm, start, end, zap_pte, &g);
	gather_flush(&g);
}

/* ---- tables go --------------------------------------------------------- */

/* What is being unmapped, and how far no area lies on either side. */
struct hole {
	unsigned long start, end;
	unsigned long floor, ceiling;
};

/* Free the tables below `table` that touch [start, end) and whose whole span
 * is in the hole: no area touches them, so they hold no entry. */
static void free_tables(struct mm_struct *mm, pte_t *table, int level,
			unsigned long base, struct hole *h)
{
	unsigned long span = pt_span(level);
	unsigned long addr = max(base, ALIGN_DOWN(h->start, span));
	unsigned long stop = min(base + span * PTRS_PER_TABLE, h->end);

	for (; addr < stop; addr += span) {
		pte_t *slot = &table[pt_index(addr, level)];
		pte_t *below = table_of(*slot);

		if (!(slot->v & PTE_PRESENT))
			continue;
		if (level > 2)
			free_tables(mm, below, level - 1, addr, h);
		if (addr < h->floor || addr + span > h->ceiling)
			continue;
		slot->v = 0;
		mm->nr_ptes--;
		nr_page_table--;
		put_page(virt_to_page(below));
	}
}

void free_pgtables(struct mm_struct *mm, unsigned long start,
		   unsigned long end)
{
	struct vm_area_struct *next = find_vma(mm, start);
	struct vm_area_struct *prev = next ? vma_prev(next) : vma_last(mm);
	struct hole h = {
		.floor = prev ? prev->vm_end : 0,
		.ceiling = next ? next->vm_start : 1ul << 47,
	};
	unsigned long span = pt_span(2), tables = mm->nr_ptes;

	/* The bottom tables that may go: most often none. */
	h.start = max(ALIGN_DOWN(start, span), ALIGN_UP(h.floor, span));
	h.end = min(ALIGN_UP(end, span), ALIGN_DOWN(h.ceiling, span));
	if (h.start < h.end)
		free_tables(mm, mm->pgd, PT_LEVELS, 0, &h);
	if (mm->nr_ptes != tables)
		flush_tlb_mm(mm->pgd);	/* cached upper levels */
}
