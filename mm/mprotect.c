// SPDX-License-Identifier: GPL-2.0
/*
 * mprotect(2) (Linux: mm/mprotect.c).
 *
 * Keeps true: I5.  Losing permission changes the entries at once and flushes;
 * gaining write permission leaves them read-only, and the next write decides
 * between reuse and copy.  Locks never change here; but what a locked private
 * area may now write is made its own at once (semantics.md 2.3).
 * Guarded by mmap_lock for write.
 */
#include <linux/mman.h>
#include <mm/memlock.h>
#include <mm/mm.h>

/* Bits of an entry that stay, and those that come. */
struct change { u64 keep, set; };

static int change_pte(pte_t *pte, unsigned long addr, void *arg)
{
	const struct change *c = arg;

	if (pte_present(*pte))
		pte->v = (pte->v & c->keep) | c->set;
	return 0;
}

/* The area's flags under the new protection; -EACCES, -ENOMEM. */
static int decide_flags(struct vm_area_struct *vma, unsigned long start,
			unsigned long end, unsigned long prot,
			unsigned long *flags)
{
	unsigned long f = (vma->vm_flags & ~VM_ACCESS_FLAGS) |
			  calc_vm_prot_bits(prot);
	unsigned long pages = (end - start) >> PAGE_SHIFT;
	*flags = f;
	if (f & ~(f >> 4) & VM_ACCESS_FLAGS)
		return -EACCES;
	if (!(f & VM_WRITE))
		return 0;
	/* It may count as data from now on. */
	if (!may_expand_vm(vma->vm_mm, f, pages) &&
	    may_expand_vm(vma->vm_mm, vma->vm_flags, pages))
		return -ENOMEM;
	if (vma->vm_flags & (VM_ACCOUNT | VM_WRITE | VM_SHARED | VM_NORESERVE))
		return 0;
	*flags |= VM_ACCOUNT;
	return enough_memory(pages) ? 0 : -ENOMEM;
}

static bool must_populate(struct vm_area_struct *vma, unsigned long old)
{
	if ((old & (VM_WRITE | VM_SHARED | VM_LOCKED)) == VM_LOCKED &&
	    vma->vm_flags & VM_WRITE)
		return true;
	return vma->vm_flags & ~old & VM_ACCESS_FLAGS &&
	       memlock_ask(mprotect_populates, vma);
}

static void set_protection(struct vm_area_struct *vma, unsigned long flags)
{
	struct change c = {
		.keep = PTE_PFN_MASK | PTE_ACCESSED | PTE_DIRTY |
			(vm_pte_bits(flags, true) & PTE_WRITE),
		.set = vm_pte_bits(flags, false),
	};

	vma_set_flags(vma, flags);
	walk_page_range(vma->vm_mm, vma->vm_start, vma->vm_end, change_pte,
			&c);
	flush_tlb_range(vma->vm_mm->pgd, vma->vm_start, vma->vm_end);
}

static int mprotect_fixup(struct vm_area_struct *vma, unsigned long start,
			  unsigned long end, unsigned long prot)
{
	unsigned long old = vma->vm_flags, flags;
	int ret = decide_flags(vma, start, end, prot, &flags);

	if (ret || flags == old)
		return ret;
	vma = vma_isolate(vma, start, end, flags);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	set_protection(vma, flags);
	if (must_populate(vma, old))
		ret = populate_vma_range(vma, start, end, 0);
	/* Only a sealed mm minds what could not be filled. */
	if (ret && mm_sealed(vma->vm_mm))
		set_protection(vma, old);
	vma = vma_merge(vma);
	return ret && mm_sealed(vma->vm_mm) ? -ENOMEM : 0;
}

long sys_mprotect(unsigned long start, size_t len, unsigned long prot);

/* As on a processor without protection keys: there is none but -1. */
SYSCALL_DEFINE2(pkey_alloc, unsigned long, flags, unsigned long, rights)
{
	return flags || rights & ~(unsigned long)PKEY_ACCESS_MASK ? -EINVAL :
								    -ENOSPC;
}

SYSCALL_DEFINE1(pkey_free, int, pkey)
{
	return -EINVAL;
}

SYSCALL_DEFINE4(pkey_mprotect, unsigned long, start, size_t, len,
		unsigned long, prot, int, pkey)
{
	return pkey == -1 ? sys_mprotect(start, len, prot) : -EINVAL;
}

SYSCALL_DEFINE3(mprotect, unsigned long, start, size_t, len,
		unsigned long, prot)
{
	unsigned long end, grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int ret;

	prot &= ~(PROT_GROWSDOWN | PROT_GROWSUP);
	if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || offset_in_page(start))
		return -EINVAL;
	if (!len)
		return 0;
	end = start + PAGE_ALIGN(len);
	if (end <= start)
		return -ENOMEM;
	if (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM))
		return -EINVAL;

	down_write(&mm->mmap_lock);
	vma = find_vma(mm, start);
	ret = -ENOMEM;
	if (!vma || (grows ? vma->vm_start >= end : vma->vm_start > start))
		goto out;
	ret = -EINVAL;
	if (grows & PROT_GROWSUP ||
	    (grows && !(vma->vm_flags & VM_GROWSDOWN)))
		goto out;
	ret = change_vma_range(mm, grows ? vma->vm_start : start, end,
			       mprotect_fixup, prot);
out:
	up_write(&mm->mmap_lock);
	return ret;
}
