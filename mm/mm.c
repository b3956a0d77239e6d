// SPDX-License-Identifier: GPL-2.0
/*
 * The life of an address space: made empty, copied by fork, torn down
 * (Linux: kernel/fork.c, mm/memory.c: copy_page_range, mm/mmap.c: exit_mmap).
 *
 * fork shares every private page: both entries become read-only, the page
 * counts one entry more.  The child's areas are plain: VM_LOCKED,
 * VM_LOCKONFAULT and VM_LOCKED_PERM do not pass, nor does the mark, which is
 * not in MMF_INIT_MASK.  A sealed mm's child has all of them, or fork fails.
 *
 * Keeps true: a new mm is in its family and in all_mms before its first entry
 * exists, so that reverse mapping and swapoff find it (I6, I13).
 * Guarded by the parent's mmap_lock for write; the child is nobody else's yet.
 */
#include <mm/memlock.h>
#include <mm/mm.h>
#include <mm/swap.h>

struct mm_list all_mms = TAILQ_HEAD_INITIALIZER(all_mms);
struct kmem_cache mm_cache = KMEM_CACHE(struct mm_struct);

static bool join_family(struct mm_struct *mm, struct anon_family *family)
{
	if (!family) {
		family = kzalloc(sizeof(*family), GFP_KERNEL);
		if (!family)
			return false;
		LIST_INIT(&family->mms);
	}
	family->users++;
	mm->family = family;
	LIST_INSERT_HEAD(&family->mms, mm, family_node);
	return true;
}

static void leave_family(struct mm_struct *mm)
{
	LIST_REMOVE(mm, family_node);
	if (--mm->family->users == 0)
		kfree(mm->family);
}

static struct mm_struct *mm_new(struct anon_family *family)
{
	struct mm_struct *mm = kmem_cache_alloc(&mm_cache,
						GFP_KERNEL | GFP_ZERO);
	struct page *pgd = mm ? alloc_page(GFP_KERNEL | GFP_ZERO) : NULL;

	if (!pgd || !join_family(mm, family))
		goto fail;
	page_set(pgd, PG_table);
	mm->pgd = page_address(pgd);
	pgd_init(mm->pgd);
	TAILQ_INIT(&mm->mmap);
	RB_INIT(&mm->mm_rb);
	LIST_INIT(&mm->userfaultfds);
	init_rwsem(&mm->mmap_lock, LOCK_MMAP);
	mm->mm_users = 1;
	mm->mmap_base = TASK_SIZE;
	mm->hole_end = mm->hole_len = ~0ul;
	TAILQ_INSERT_TAIL(&all_mms, mm, mmlist);
	return mm;
fail:
	if (pgd)
		put_page(pgd);
	if (mm)
		kmem_cache_free(&mm_cache, mm);
	return NULL;
}

struct mm_struct *mm_alloc(void)
{
	struct mm_struct *mm = mm_new(NULL);

	if (mm && current->mm)
		mm->flags = current->mm->flags & MMF_INIT_MASK;
	return mm;
}

static void exit_mmap(struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	while ((vma = vma_first(mm)))
		remove_vma(vma);
	BUG_ON(mm->map_count || mm->nr_ptes);
}

void mmput(struct mm_struct *mm)
{
	if (--mm->mm_users)
		return;
	exit_mmap(mm);
	userfaultfd_exit(mm);
	if (mm->exe_file)
		fput(mm->exe_file);
	TAILQ_REMOVE(&all_mms, mm, mmlist);
	leave_family(mm);
	put_page(virt_to_page(mm->pgd));
	kmem_cache_free(&mm_cache, mm);
}

/* ---- fork -------------------------------------------------------------- */

/* One bottom table's worth of an area on its way to the child. */
struct copy {
	struct vm_area_struct *vma;	/* the child's */
	long to_child;			/* entries from the parent's table to
					 * the child's */
	bool cow;			/* private: share read-only */
	bool narrowed;			/* a parent entry lost PTE_WRITE */
	u32 plain;			/* flag of pages that are only counted:
					 * PG_anon, if the child locks none */
	unsigned long anon;		/* those */
};

/* lab 2: begin copy_pte = 0 */
static void share_page(struct copy *c, struct page *page)
{
	if (page_test(page, PG_reserved))	/* the zero page */
		return;
	get_page(page);
	page_add_rmap(page, c->vma);
	mm_count_page(c->vma->vm_mm, page, 1);
}

static int copy_pte(pte_t *src, unsigned long addr, void *arg)
{
	struct copy *c = arg;
	struct page *page;
	pte_t pte = *src;

	if (unlikely(pte_is_swap(pte))) {
		swap_duplicate(pte_to_swp_entry(pte));
		c->vma->vm_mm->rss_stat[MM_SWAPENTS]++;
		src[c->to_child] = pte;
		return 0;
	}
	if (c->cow && pte_write(pte)) {
		*src = pte = pte_wrprotect(pte);
		c->narrowed = true;
	}
	page = pte_page(pte);
	if (likely(page->flags & c->plain)) {
		page->_refcount++;
		page->_mapcount++;	/* the parent's was the first */
		c->anon++;
	} else {
		share_page(c, page);
	}
	src[c->to_child] = pte_mkold(pte);
	return 0;
}
/* lab 2: end */

/* A table at a time: no sleep, and so no reclaim, between the copies of one
 * table and the flush of the parent's. */
static int copy_page_range(struct vm_area_struct *dst,
			   struct vm_area_struct *src)
{
	struct copy c = {
		.vma = dst, .cow = !(src->vm_flags & VM_SHARED),
		.plain = dst->vm_flags & VM_LOCKED ? 0 : 1u << PG_anon,
	};
	unsigned long addr, next;
	pte_t *table, *pte;

	for (addr = src->vm_start; addr < src->vm_end; addr = next) {
		next = min(next_table(src->vm_mm, addr, &table), src->vm_end);
		if (!table)
			continue;
		pte = pte_alloc(dst, addr);
		if (!pte)
			return -ENOMEM;
		c.to_child = pte - &table[pt_index(addr, 1)];
		c.narrowed = false;
		c.anon = 0;
		walk_page_range(src->vm_mm, addr, next, copy_pte, &c);
		dst->vm_mm->rss_stat[MM_ANONPAGES] += c.anon;
		if (!c.narrowed)
			continue;
		src->vm_filled = false;
		flush_tlb_range(src->vm_mm->pgd, addr, next);
	}
	return 0;
}

static int dup_vma(struct mm_struct *mm, struct vm_area_struct *src)
{
	struct vm_area_struct *vma;

	if (src->vm_flags & VM_ACCOUNT && !enough_memory(vma_pages(src)))
		return -ENOMEM;
	vma = vma_dup(src, mm);
	if (!vma)
		return -ENOMEM;
	/* lab 4: begin */
	if (!mm_sealed(mm))
		vma->vm_flags &= ~(VM_LOCKED_MASK | VM_LOCKED_PERM);
	/* lab 4: end */
	vma_link(mm, vma);
	if (!(src->vm_flags & VM_WIPEONFORK))
		return copy_page_range(vma, src);
	return mm_sealed(mm) ? populate_vma_range(vma, vma->vm_start,
						  vma->vm_end, 0) : 0;
}

static void dup_layout(struct mm_struct *mm, const struct mm_struct *from)
{
	mm->flags = from->flags & MMF_INIT_MASK;
	if (mm_sealed(from)) {
		mm->flags |= 1ul << MMF_VM_LOCKED | 1ul << MMF_SEALED;
		mm->def_flags = from->def_flags;
	}
	memcpy(&mm->layout_begin, &from->layout_begin,
	       offsetof(struct mm_struct, layout_end) -
	       offsetof(struct mm_struct, layout_begin));
	mm->exe_file = from->exe_file ? get_file(from->exe_file) : NULL;
}

struct mm_struct *dup_mm(struct mm_struct *from)
{
	struct mm_struct *mm;
	struct vm_area_struct *vma;
	int ret;

	down_write(&from->mmap_lock);
	ret = mm_sealed(from) ? sealed_memory_check(from->locked_vm) : 0;
	mm = ret ? NULL : mm_new(from->family);
	if (mm) {
		down_write_nested(&mm->mmap_lock, LOCK_MMAP_CHILD);
		dup_layout(mm, from);
		for_each_vma(from, vma) {
			if (!(vma->vm_flags & VM_DONTCOPY))
				ret = dup_vma(mm, vma);
			if (ret)
				break;
		}
		up_write_nested(&mm->mmap_lock, LOCK_MMAP_CHILD);
	}
	up_write(&from->mmap_lock);
	if (mm && !ret)
		return mm;
	if (mm)
		mmput(mm);
	return ERR_PTR(-ENOMEM);
}
