// SPDX-License-Identifier: GPL-2.0
/*
 * madvise(2) (Linux: mm/madvise.c; semantics.md 2.4).
 *
 *   flags only     NORMAL RANDOM SEQUENTIAL DONTFORK DOFORK DONTDUMP DODUMP
 *                  WIPEONFORK KEEPONFORK (NO)HUGEPAGE (UN)MERGEABLE
 *   drops pages    DONTNEED DONTNEED_LOCKED REMOVE
 *   to reclaim     COLD PAGEOUT FREE
 *   fills          WILLNEED POPULATE_READ POPULATE_WRITE
 *
 * Areas are visited in address order; a hole is reported (ENOMEM) after the
 * rest was done; any other error stops there.  MADV_FREE drops what is on the
 * swap disk and makes what is in memory the first to go: where Linux would
 * then forget a page, this kernel writes it out.  The contract allows both.
 * Guarded by mmap_lock: write for flags, read for the rest.
 */
#include <linux/mman.h>
#include <mm/filemap.h>
#include <mm/lru.h>
#include <mm/mm.h>
#include <mm/swap.h>

/* ---- flags ------------------------------------------------------------- */

/* Advice that changes flags: which ones go, which come, and which the area must
 * not have (else EINVAL). */
static const struct flag_advice {
	int advice;
	unsigned long clear, set, refused;
} flag_advices[] = {
	{ MADV_NORMAL, VM_RAND_READ | VM_SEQ_READ, 0, 0 },
	{ MADV_SEQUENTIAL, VM_RAND_READ, VM_SEQ_READ, 0 },
	{ MADV_RANDOM, VM_SEQ_READ, VM_RAND_READ, 0 },
	{ MADV_DONTFORK, 0, VM_DONTCOPY, 0 },
	{ MADV_DOFORK, VM_DONTCOPY, 0, VM_IO },
	{ MADV_DONTDUMP, 0, VM_DONTDUMP, 0 },
	{ MADV_DODUMP, VM_DONTDUMP, 0, VM_SPECIAL },
	{ MADV_WIPEONFORK, 0, VM_WIPEONFORK, VM_SHARED },
	{ MADV_KEEPONFORK, VM_WIPEONFORK, 0, 0 },
	{ MADV_HUGEPAGE, VM_NOHUGEPAGE, VM_HUGEPAGE, 0 },
	{ MADV_NOHUGEPAGE, VM_HUGEPAGE, VM_NOHUGEPAGE, 0 },
	{ MADV_MERGEABLE, 0, VM_MERGEABLE, 0 },
	{ MADV_UNMERGEABLE, VM_MERGEABLE, 0, 0 },
};

static const struct flag_advice *find_flag_advice(int advice)
{
	for (unsigned i = 0; i < ARRAY_SIZE(flag_advices); i++)
		if (flag_advices[i].advice == advice)
			return &flag_advices[i];
	return NULL;
}

static int madvise_flags(struct vm_area_struct *vma, unsigned long start,
			 unsigned long end, int advice)
{
	const struct flag_advice *a = find_flag_advice(advice);
	unsigned long flags = (vma->vm_flags & ~a->clear) | a->set;

	if (vma->vm_flags & a->refused ||
	    (advice == MADV_WIPEONFORK && vma->vm_file))
		return -EINVAL;
	/* Pages of others are never merged: the advice has no effect. */
	if (flags == vma->vm_flags || (advice == MADV_MERGEABLE &&
				       vma->vm_flags & VM_MAYSHARE))
		return 0;
	vma = vma_isolate(vma, start, end, flags);
	if (IS_ERR(vma))	/* Linux says EAGAIN where a split fails */
		return PTR_ERR(vma) == -ENOMEM ? -EAGAIN : PTR_ERR(vma);
	vma_set_flags(vma, flags);
	vma_merge(vma);
	return 0;
}

/* ---- pages ------------------------------------------------------------- */

static int madvise_dontneed(struct vm_area_struct *vma, unsigned long start,
			    unsigned long end, int advice)
{
	unsigned long forbidden = VM_LOCKED | VM_PFNMAP;

	if (advice == MADV_DONTNEED_LOCKED)
		forbidden &= ~VM_LOCKED;
	if (vma->vm_flags & forbidden)
		return -EINVAL;
	zap_page_range(vma, start, end);
	return 0;
}

static void cold_page(struct page *page)
{
	page_clear(page, PG_referenced);
	if (!page_test(page, PG_lru) || !page_test(page, PG_active))
		return;
	lru_del(page);
	page_clear(page, PG_active);
	lru_cache_add(page);
}

struct reclaim_advice {
	struct mm_struct *mm;
	int advice;
	unsigned long next;
	struct page *page;	/* MADV_PAGEOUT: the one before `next` */
};

static int advise_pte(pte_t *pte, unsigned long addr, void *arg)
{
	struct reclaim_advice *a = arg;
	struct page *page = vm_normal_page(*pte);
	pte_t old = *pte;

	if (pte_is_swap(old) && a->advice == MADV_FREE) {
		pte->v = 0;
		a->mm->rss_stat[MM_SWAPENTS]--;
		swap_free(pte_to_swp_entry(old));
	}
	if (!page || page->_mapcount != 1)	/* not ours alone */
		return 0;
	*pte = pte_mkold(old);
	if (a->advice != MADV_PAGEOUT) {
		cold_page(page);
		return 0;
	}
	a->page = page;
	a->next = addr + PAGE_SIZE;
	return 1;
}

static int madvise_cold(struct vm_area_struct *vma, unsigned long start,
			unsigned long end, int advice)
{
	struct reclaim_advice a = { .mm = vma->vm_mm, .advice = advice };

	if (vma->vm_flags & (VM_LOCKED | VM_PFNMAP) ||
	    (advice == MADV_FREE && !vma_is_anonymous(vma)))
		return -EINVAL;
	while (walk_page_range(a.mm, start, end, advise_pte, &a)) {
		flush_tlb_range(a.mm->pgd, start, a.next);
		start = a.next;
		reclaim_page(a.page);
	}
	flush_tlb_range(a.mm->pgd, start, end);
	return 0;
}

static int madvise_remove(struct vm_area_struct *vma, unsigned long start,
			  unsigned long end)
{
	u64 from = linear_page_index(vma, start) << PAGE_SHIFT;

	if (vma->vm_flags & VM_LOCKED || !vma->vm_file)
		return -EINVAL;
	if (!(vma->vm_flags & VM_SHARED) || !(vma->vm_flags & VM_MAYWRITE))
		return -EACCES;
	return truncate_hole(vma->vm_file->f_mapping, from,
			     from + (end - start));
}

/* MADV_POPULATE_*: as by touching; an error is the touch's. */
static int madvise_populate(struct vm_area_struct *vma, unsigned long start,
			    unsigned long end, int advice)
{
	bool write = advice == MADV_POPULATE_WRITE;
	unsigned long need = write ? VM_WRITE : VM_READ;

	if (vma->vm_flags & (VM_IO | VM_PFNMAP) || !(vma->vm_flags & need))
		return -EINVAL;
	return fault_in_range(vma, start, end, FAULT_FLAG_ALLOW_RETRY |
			      (write ? FAULT_FLAG_WRITE : 0));
}

struct swapped { unsigned long next; swp_entry_t entry; };

static int find_swapped(pte_t *pte, unsigned long addr, void *arg)
{
	struct swapped *s = arg;

	if (!pte_is_swap(*pte))
		return 0;
	*s = (struct swapped){ addr + PAGE_SIZE, pte_to_swp_entry(*pte) };
	return 1;
}

/* Read ahead what is on a disk, while frames are free. */
static int madvise_willneed(struct vm_area_struct *vma, unsigned long start,
			    unsigned long end)
{
	struct swapped s = { .next = start };
	struct page *page;

	if (vma->vm_file)
		page_cache_readahead(vma->vm_file->f_mapping,
				     linear_page_index(vma, start),
				     linear_page_index(vma, end));
	while (!vma->vm_file && nr_free_pages > wmark_low &&
	       !fatal_signal_pending() &&
	       walk_page_range(vma->vm_mm, s.next, end, find_swapped, &s)) {
		page = swapin_page(s.entry, NULL);
		if (page && !IS_ERR(page))
			put_page(page);
	}
	return 0;
}

/* ---- the call ---------------------------------------------------------- */

static bool advice_known(int advice)
{
	switch (advice) {
	case MADV_WILLNEED: case MADV_DONTNEED: case MADV_DONTNEED_LOCKED:
	case MADV_FREE: case MADV_REMOVE: case MADV_COLD: case MADV_PAGEOUT:
	case MADV_POPULATE_READ: case MADV_POPULATE_WRITE:
		return true;
	}
	return find_flag_advice(advice);
}

static int madvise_vma(struct vm_area_struct *vma, unsigned long start,
		       unsigned long end, int advice)
{
	switch (advice) {
	case MADV_WILLNEED:
		return madvise_willneed(vma, start, end);
	case MADV_DONTNEED: case MADV_DONTNEED_LOCKED:
		return madvise_dontneed(vma, start, end, advice);
	case MADV_COLD: case MADV_PAGEOUT: case MADV_FREE:
		return madvise_cold(vma, start, end, advice);
	case MADV_REMOVE:
		return madvise_remove(vma, start, end);
	case MADV_POPULATE_READ: case MADV_POPULATE_WRITE:
		return madvise_populate(vma, start, end, advice);
	}
	return madvise_flags(vma, start, end, advice);
}

/* Every area of [start, end); the area is looked up anew each time, for the
 * advice may have split, merged, or slept. */
static int madvise_range(struct mm_struct *mm, unsigned long start,
			 unsigned long end, int advice)
{
	struct vm_area_struct *vma;
	unsigned long next;
	int ret, hole = 0;

	for (; start < end; start = next) {
		vma = find_vma(mm, start);
		if (!vma || vma->vm_start >= end)
			return -ENOMEM;
		if (vma->vm_start > start) {
			hole = -ENOMEM;
			start = vma->vm_start;
		}
		next = min(vma->vm_end, end);
		ret = madvise_vma(vma, start, next, advice);
		if (ret)
			return ret;
	}
	return hole;
}

int do_madvise(struct mm_struct *mm, unsigned long start, size_t len,
	       int advice)
{
	unsigned long end;
	int ret;

	if (!advice_known(advice) || offset_in_page(start))
		return -EINVAL;
	end = start + PAGE_ALIGN(len);
	if ((len && !PAGE_ALIGN(len)) || end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	if (mm_sealed(mm) && (advice == MADV_DONTNEED_LOCKED ||
			      advice == MADV_MERGEABLE))
		return -EPERM;
	if (find_flag_advice(advice)) {
		down_write(&mm->mmap_lock);
		ret = madvise_range(mm, start, end, advice);
		up_write(&mm->mmap_lock);
	} else do {
		down_read(&mm->mmap_lock);
		ret = madvise_range(mm, start, end, advice);
		up_read(&mm->mmap_lock);
	} while (ret == -EAGAIN && userfaultfd_wait(false));
	return ret;
}

SYSCALL_DEFINE3(madvise, unsigned long, start, size_t, len, int, advice)
{
	return do_madvise(current->mm, start, len, advice);
}
