// SPDX-License-Identifier: GPL-2.0
/*
 * Counters: the events of /proc/vmstat, the page totals of /proc/meminfo, and
 * what smaps tells of one area.
 *
 * Keeps true: the totals equal a recount at every quiet point (I16; one
 * processor, so no drift).  Lock: (t).  (Linux: mm/vmstat.c,
 * fs/proc/task_mmu.c)
 */
#include <mm/filemap.h>
#include <mm/mm.h>
#include <mm/swap.h>

unsigned long vm_events[NR_VM_EVENTS];
const char *const vm_event_names[NR_VM_EVENTS] = {
	[PGFAULT] = "pgfault",
	[PGMAJFAULT] = "pgmajfault",
	[PSWPIN] = "pswpin",
	[PSWPOUT] = "pswpout",
	[PGSCAN] = "pgscan",
	[PGSTEAL] = "pgsteal",
	[PGACTIVATE] = "pgactivate",
	[PGDEACTIVATE] = "pgdeactivate",
	[PGALLOC] = "pgalloc",
	[PGFREE] = "pgfree",
	[PGPGIN] = "pgpgin",
	[PGPGOUT] = "pgpgout",
	[OOM_KILL] = "oom_kill",
	[UNEVICTABLE_PGCULLED] = "unevictable_pgs_culled",
	[UNEVICTABLE_PGSCANNED] = "unevictable_pgs_scanned",
	[UNEVICTABLE_PGRESCUED] = "unevictable_pgs_rescued",
	[UNEVICTABLE_PGMLOCKED] = "unevictable_pgs_mlocked",
	[UNEVICTABLE_PGMUNLOCKED] = "unevictable_pgs_munlocked",
	[UNEVICTABLE_PGCLEARED] = "unevictable_pgs_cleared",
	[UNEVICTABLE_PGSTRANDED] = "unevictable_pgs_stranded",
};

unsigned long nr_mlock, nr_anon_mapped, nr_file_mapped, nr_file_pages;
unsigned long nr_dirty, nr_writeback, nr_page_table;

#define PSS_SHIFT 12

struct smap_walk {
	struct vm_area_struct *vma;
	struct mem_size_stats *m;
};

static void smap_page(struct smap_walk *w, struct page *page, pte_t pte)
{
	struct mem_size_stats *m = w->m;
	bool dirty = pte_dirty(pte) || page_test(page, PG_dirty);
	u64 pss = (PAGE_SIZE << PSS_SHIFT) / page->_mapcount;

	m->resident += PAGE_SIZE;
	if (pte_young(pte) || page_test(page, PG_referenced))
		m->referenced += PAGE_SIZE;
	if (page->_mapcount > 1)
		*(dirty ? &m->shared_dirty : &m->shared_clean) += PAGE_SIZE;
	else
		*(dirty ? &m->private_dirty : &m->private_clean) += PAGE_SIZE;
	m->pss += pss;
	if (dirty)
		m->pss_dirty += pss;
	if (page_test(page, PG_anon)) {
		m->anonymous += PAGE_SIZE;
		m->pss_anon += pss;
	} else if (page_test(page, PG_swapbacked)) {
		m->pss_shmem += pss;
	} else {
		m->pss_file += pss;
	}
	if (w->vma->vm_flags & VM_LOCKED)
		m->pss_locked += pss;
}

static int smap_pte(pte_t *pte, unsigned long addr, void *arg)
{
	struct smap_walk *w = arg;
	struct page *page;

	if (pte_is_swap(*pte)) {
		w->m->swap += PAGE_SIZE;
		w->m->swap_pss += (PAGE_SIZE << PSS_SHIFT) /
				  swap_count(pte_to_swp_entry(*pte));
	} else if ((page = vm_normal_page(*pte))) {
		smap_page(w, page, *pte);
	}
	return 0;
}

/* Swapped pages of a shmem file that nobody maps just now: as in Linux they
 * count where the file is mapped. */
static void smap_shmem_swap(struct vm_area_struct *vma,
			    struct mem_size_stats *m)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	u64 index = vma->vm_pgoff, end = index + vma_pages(vma);
	void *entry;

	if (!mapping || !mapping->nrswap)
		return;
	for (; (entry = radix_next(&mapping->i_pages, &index)) && index < end;
	     index++)
		if (radix_is_value(entry))
			m->swap += PAGE_SIZE;
}

void smap_gather_stats(struct vm_area_struct *vma, struct mem_size_stats *m)
{
	struct smap_walk w = { vma, m };

	if (vma->vm_file)
		smap_shmem_swap(vma, m);
	walk_page_range(vma->vm_mm, vma->vm_start, vma->vm_end, smap_pte, &w);
}

static int clear_ref(pte_t *pte, unsigned long addr, void *arg)
{
	struct page *page = vm_normal_page(*pte);

	if (!page)
		return 0;
	*pte = pte_mkold(*pte);
	page_clear(page, PG_referenced);
	return 0;
}

void clear_refs(struct mm_struct *mm, int type)
{
	struct vm_area_struct *vma;

	for_each_vma(mm, vma) {
		if (type == (vma->vm_file ? 2 : 3))
			continue;
		walk_page_range(mm, vma->vm_start, vma->vm_end, clear_ref,
				NULL);
		flush_tlb_range(mm->pgd, vma->vm_start, vma->vm_end);
	}
}
