// SPDX-License-Identifier: GPL-2.0
/*
 * mremap(2) (Linux: mm/mremap.c).
 *
 * Pages move by their entries; an anonymous page's one address in its family
 * (mm.h) moves with it.  A page that another mm of the family maps, or whose
 * swap slot it names, cannot have two addresses: it is copied first, as if
 * written.  So, unlike Linux, a move may need memory; if there is none it
 * fails with ENOMEM before anything moved.
 *
 * Keeps true: I4 (a moved lo area stays counted once; MREMAP_DONTUNMAP leaves
 * the old area empty and not lo), I6.  Guarded by mmap_lock for write.
 */
#include <linux/mman.h>
#include <mm/memlock.h>
#include <mm/mm.h>
#include <mm/swap.h>

struct remap {
	struct mm_struct *mm;
	unsigned long old, old_len, new, new_len;	/* bytes, aligned */
	unsigned long flags;				/* MREMAP_* */
};

/* ---- moving entries ---------------------------------------------------- */

static bool shared_in_family(pte_t entry)
{
	struct page *page;

	if (pte_is_swap(entry))
		return swap_entry_shared(pte_to_swp_entry(entry));
	page = vm_normal_page(entry);
	return page && page_test(page, PG_anon) &&
	       (page->_mapcount > 1 || page_test(page, PG_swapcache));
}

static int find_shared(pte_t *pte, unsigned long addr, void *arg)
{
	if (!shared_in_family(*pte))
		return 0;
	*(unsigned long *)arg = addr;
	return 1;
}

/* Make every page of the range this mm's own.  0, -ENOMEM, -EFAULT. */
static int unshare_range(struct vm_area_struct *vma, unsigned long start,
			 unsigned long end)
{
	int ret = 0;

	if (vma->vm_mm->family->users == 1)	/* nobody to share with */
		return 0;
	while (!ret && walk_page_range(vma->vm_mm, start, end, find_shared,
				       &start))
		ret = fault_in(vma, start, FAULT_FLAG_WRITE);
	return ret;
}

/* The entries from addr on that are in one table (NULL: in none) and will be:
 * where they end. */
static unsigned long next_move(struct remap *r, unsigned long addr,
			       pte_t **table)
{
	unsigned long to = addr + r->new - r->old;
	unsigned long next = next_table(r->mm, addr, table);

	if (*table)
		next = min(next, addr + pt_span(2) - (to & (pt_span(2) - 1)));
	return min(next, r->old + r->old_len);
}

/* Tables for what is in the old place, so that the move itself cannot fail. */
static int prepare_tables(struct remap *r, struct vm_area_struct *copy)
{
	unsigned long addr, next, end = r->old + r->old_len;
	pte_t *table;

	for (addr = r->old; addr < end; addr = next) {
		next = next_move(r, addr, &table);
		if (table && !pte_alloc(copy, addr + r->new - r->old))
			return -ENOMEM;
	}
	return 0;
}

/* `n` entries, within one table here and there; `index` of the first page's new
 * address. */
static void move_ptes(pte_t *from, pte_t *to, u64 index, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++) {
		pte_t pte = from[i];
		struct page *page = pte_page(pte);

		if (pte_present(pte) && page_test(page, PG_anon))
			page->index = index + i;
		to[i] = pte;
		from[i].v = 0;
	}
}

static void move_page_tables(struct remap *r)
{
	unsigned long addr, next, to, end = r->old + r->old_len;
	pte_t *table;

	for (addr = r->old; addr < end; addr = next) {
		to = addr + r->new - r->old;
		next = next_move(r, addr, &table);
		if (table)
			move_ptes(&table[pt_index(addr, 1)],
				  pte_lookup(r->mm, to), to >> PAGE_SHIFT,
				  (next - addr) >> PAGE_SHIFT);
	}
}

/* ---- areas ------------------------------------------------------------- */

/* In place, or not at all: nothing here needs memory to be undone. */
static int grow_vma(struct vm_area_struct *vma, unsigned long end)
{
	unsigned long start = vma->vm_end;
	int ret;

	vma_resize(vma, vma->vm_start, end);
	ret = populate_sealed(vma, start, end);
	if (ret) {
		zap_page_range(vma, start, end);
		vma_resize(vma, vma->vm_start, start);
		free_pgtables(vma->vm_mm, vma, start, end);
	}
	vma_merge(vma);
	return ret;
}

/* The copy of the area at r->new, linked, with page tables for what moves, so
 * that the move itself cannot fail; NULL. */
static struct vm_area_struct *copy_vma(struct remap *r,
				       struct vm_area_struct *vma)
{
	unsigned long end = r->new + r->new_len;
	struct vm_area_struct *copy;
	u64 pgoff = vma_is_anonymous(vma) ? r->new >> PAGE_SHIFT :
					    linear_page_index(vma, r->old);

	copy = vma_alloc(r->mm, r->new, end, vma->vm_flags & ~VM_UFFD_MISSING,
			 vma->vm_file, pgoff);
	if (IS_ERR(copy))
		return NULL;
	copy->vm_policy = vma->vm_policy;
	vma_link(r->mm, copy);
	if (!prepare_tables(r, copy) &&
	    !populate_sealed(copy, r->new + r->old_len, end))
		return copy;
	remove_vma(copy);
	return NULL;
}

/* Move old_len bytes to r->new, an unmapped range; grow there to new_len. */
static int move_vma(struct vm_area_struct *vma, struct remap *r)
{
	unsigned long end = r->old + r->old_len;
	/* That both are there for a moment is not the peak. */
	unsigned long peak = max(r->mm->hiwater_vm, r->mm->total_vm);
	int ret;

	if ((int)r->mm->map_count >= sysctl_max_map_count - 3)
		return -ENOMEM;
	ret = unshare_range(vma, r->old, end);
	if (ret)
		return ret;
	if (r->old_len) {	/* 0: one more mapping of a shared area */
		vma = vma_isolate(vma, r->old, end, vma->vm_flags);
		if (IS_ERR(vma))
			return PTR_ERR(vma);
	}
	if (!copy_vma(r, vma)) {
		vma_merge(vma);
		r->mm->hiwater_vm = peak;
		return -ENOMEM;
	}
	move_page_tables(r);
	flush_tlb_range(r->mm->pgd, r->old, end);
	if (r->flags & MREMAP_DONTUNMAP) {
		vma_set_lock(vma, 0);
		vma_merge(vma);
	} else if (r->old_len) {
		remove_empty_vma(vma);
		r->mm->hiwater_vm = peak;
	}
	vma_merge(vma_lookup(r->mm, r->new));
	return 0;
}

/* ---- decisions --------------------------------------------------------- */

/* The area at r->old, if it may become new_len long: else ERR_PTR. */
static struct vm_area_struct *vma_to_resize(struct remap *r)
{
	struct vm_area_struct *vma = vma_lookup(r->mm, r->old);
	unsigned long growth, left;
	u64 pgoff;
	int ret;

	if (!vma)
		return ERR_PTR(-EFAULT);
	if (!r->old_len && !(vma->vm_flags & (VM_SHARED | VM_MAYSHARE)))
		return ERR_PTR(-EINVAL);
	left = vma->vm_end - r->old;
	if (r->old_len > left)
		return ERR_PTR(-EFAULT);
	if (r->new_len == r->old_len)
		return vma;
	pgoff = linear_page_index(vma, r->old);
	if (pgoff + (r->new_len >> PAGE_SHIFT) < pgoff)
		return ERR_PTR(-EINVAL);
	if (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return ERR_PTR(-EFAULT);
	growth = (r->new_len - r->old_len) >> PAGE_SHIFT;
	ret = mlock_future_check(r->mm, vma->vm_flags, growth);
	if (ret)
		return ERR_PTR(ret);
	if (!may_expand_vm(r->mm, vma->vm_flags, growth) ||
	    (vma->vm_flags & VM_ACCOUNT && !enough_memory(growth)))
		return ERR_PTR(-ENOMEM);
	return vma;
}

/* What is beyond the new length goes.  The old one may be beyond all areas. */
static int shrink(const struct remap *r)
{
	unsigned long start = r->old + r->new_len, end = r->old + r->old_len;

	if (end < start || end > TASK_SIZE)
		return -EINVAL;
	return munmap_range(r->mm, start, end);
}

/* MREMAP_FIXED or MREMAP_DONTUNMAP: to a place that is given or chosen. */
static int mremap_to(struct remap *r, unsigned long hint)
{
	bool fixed = r->flags & MREMAP_FIXED;
	struct vm_area_struct *vma;
	int ret = 0;

	if (offset_in_page(hint) || r->new_len > TASK_SIZE ||
	    hint > TASK_SIZE - r->new_len)
		return -EINVAL;
	if (r->old + r->old_len > hint && hint + r->new_len > r->old)
		return -EINVAL;
	if ((int)r->mm->map_count + 2 >= sysctl_max_map_count - 3)
		return -ENOMEM;
	vma = vma_lookup(r->mm, r->old);
	if (r->old_len <= vma->vm_end - r->old)	/* else EFAULT below */
		ret = memlock_ask(may_unmap, vma);
	if (!ret && r->flags & MREMAP_DONTUNMAP && mm_sealed(r->mm))
		ret = -EPERM;	/* what stays would not be locked */
	if (!ret && fixed)
		ret = munmap_range(r->mm, hint, hint + r->new_len);
	if (!ret && r->old_len > r->new_len) {
		ret = shrink(r);
		r->old_len = r->new_len;
	}
	if (ret)
		return ret;
	vma = vma_to_resize(r);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	if (r->flags & MREMAP_DONTUNMAP &&
	    !may_expand_vm(r->mm, vma->vm_flags, r->old_len >> PAGE_SHIFT))
		return -ENOMEM;
	r->new = fixed ? hint : get_unmapped_area(r->mm, hint, r->new_len);
	if (IS_ERR_VALUE(r->new))
		return r->new;
	return move_vma(vma, r);
}

/* Room behind the area, which ends where the range does. */
static bool vma_expandable(struct vm_area_struct *vma, struct remap *r)
{
	unsigned long end = r->old + r->new_len;
	struct vm_area_struct *next = vma_next(vma);

	if (r->old + r->old_len != vma->vm_end || end > TASK_SIZE ||
	    end < vma->vm_end)
		return false;
	return !next || next->vm_start >= end;
}

/* In place if possible, else moved. */
static int mremap_resize(struct remap *r)
{
	struct vm_area_struct *vma;
	int ret;

	r->new = r->old;
	if (r->old_len == r->new_len)
		return 0;
	if (r->old_len > r->new_len)
		return shrink(r);
	vma = vma_to_resize(r);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	ret = memlock_ask(may_unmap, vma);
	if (ret)
		return ret;
	if (vma_expandable(vma, r))
		return grow_vma(vma, r->old + r->new_len);
	if (!(r->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	r->new = get_unmapped_area(r->mm, 0, r->new_len);
	return IS_ERR_VALUE(r->new) ? (int)r->new : move_vma(vma, r);
}

static bool flags_valid(const struct remap *r)
{
	if (r->flags & ~(MREMAP_FIXED | MREMAP_MAYMOVE | MREMAP_DONTUNMAP))
		return false;
	if (r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) &&
	    !(r->flags & MREMAP_MAYMOVE))
		return false;
	return !(r->flags & MREMAP_DONTUNMAP) || r->old_len == r->new_len;
}

SYSCALL_DEFINE5(mremap, unsigned long, addr, unsigned long, old_len,
		unsigned long, new_len, unsigned long, flags,
		unsigned long, new_addr)
{
	struct remap r = {
		.mm = current->mm, .old = addr, .flags = flags,
		.old_len = old_len, .new_len = new_len,
	};
	bool locked_growth;
	int ret;

	if (!flags_valid(&r) || offset_in_page(addr))
		return -EINVAL;
	r.old_len = PAGE_ALIGN(old_len);
	r.new_len = PAGE_ALIGN(new_len);
	if (!r.new_len)
		return -EINVAL;

	down_write(&r.mm->mmap_lock);
	if (!vma_lookup(r.mm, addr))
		ret = -EFAULT;
	else if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		ret = mremap_to(&r, new_addr);
	else
		ret = mremap_resize(&r);
	locked_growth = !ret && r.new_len > r.old_len &&
			vma_lookup(r.mm, r.new)->vm_flags & VM_LOCKED;
	up_write(&r.mm->mmap_lock);
	if (ret)
		return ret;
	if (locked_growth)
		mm_populate(r.mm, r.new + r.old_len, r.new_len - r.old_len,
			    true);
	return r.new;
}
