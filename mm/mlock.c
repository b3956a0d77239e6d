// SPDX-License-Identifier: GPL-2.0
/*
 * Memory locking: mlock(2), mlock2(2), munlock(2), mlockall(2), munlockall(2)
 * and what VM_LOCKED does to areas and pages (Linux: mm/mlock.c; the posted
 * patch's lines are the first of munlock and munlockall below).
 *
 *   def_flags --mmap, brk--> vm_flags (lo, onf) --each entry--> mlock_count
 *
 * Keeps true: I3 (onf implies lo; never on special areas), I4 (locked_vm), I7
 * (a page's mlock_count is the number of its entries in lo areas, exactly, at
 * every moment), I9 (an mlocked page has no swap slot), I25 (vm_filled).
 * Guarded by mmap_lock for write; page counts by (t).
 */
#include <linux/mman.h>
#include <mm/memlock.h>
#include <mm/lru.h>
#include <mm/mm.h>
#include <mm/swap.h>

/* ---- pages ------------------------------------------------------------- */

/* One more entry maps it from a lo area.  True: the first one. */
static __always_inline bool mlock_page(struct page *page)
{
	if (page->mlock_count++)
		return false;
	page_set(page, PG_mlocked);
	lru_lock(page);
	/* I/O in progress: whoever locked the page drops the slot after it. */
	if (unlikely(page_test(page, PG_swapcache)) &&
	    !page_test(page, PG_locked))
		swap_forget_locked(page);
	return true;
}

static __always_inline bool munlock_page(struct page *page)
{
	BUG_ON(page->mlock_count <= 0);
	if (--page->mlock_count)
		return false;
	page_clear(page, PG_mlocked);
	lru_unlock(page);
	return true;
}

static inline void count_mlocked(unsigned long pages)
{
	nr_mlock += pages;
	vm_events[UNEVICTABLE_PGMLOCKED] += pages;
}

static inline void count_munlocked(unsigned long pages)
{
	nr_mlock -= pages;
	vm_events[UNEVICTABLE_PGMUNLOCKED] += pages;
}

void mlock_vma_page(struct page *page)
{
	count_mlocked(mlock_page(page));
}

void munlock_vma_page(struct page *page)
{
	count_munlocked(munlock_page(page));
}

/* What a walk over an area's entries found. */
struct lock_walk {
	unsigned long usual;		/* entries of usual pages (lru.h) ... */
	unsigned long pages;		/* ... of others ... */
	unsigned long changed;		/* ... whose lock came or went */
	u64 all;			/* the bits that all entries have */
};

static int mlock_pte(pte_t *pte, unsigned long addr, void *arg)
{
	struct page *page = pte_page(*pte);
	struct lock_walk *w = arg;

	w->all &= pte->v;
	if (likely(pte_present(*pte) && lru_lock_usual(page))) {
		w->usual++;
	} else if ((page = vm_normal_page(*pte))) {
		w->pages++;
		w->changed += mlock_page(page);
	}
	return 0;
}

static int munlock_pte(pte_t *pte, unsigned long addr, void *arg)
{
	struct page *page = pte_page(*pte);
	struct lock_walk *w = arg;

	if (likely(pte_present(*pte) && lru_unlock_usual(page)))
		w->usual++;
	else if ((page = vm_normal_page(*pte)))
		w->changed += munlock_page(page);
	return 0;
}

/* ---- areas ------------------------------------------------------------- */

#define LOCK_BITS (VM_LOCKED_MASK | VM_LOCKED_PERM)

static void lock_pages(struct vm_area_struct *vma)
{
	struct lock_walk w = { .all = PTE_WRITE };

	vma->vm_mm->locked_vm += vma_pages(vma);
	walk_page_range(vma->vm_mm, vma->vm_start, vma->vm_end, mlock_pte, &w);
	count_mlocked(w.usual + w.changed);
	lru_count_locked(w.usual);
	vma->vm_filled = w.usual + w.pages == vma_pages(vma) &&
			 vma->vm_flags & VM_ACCESS_FLAGS &&
			 (w.all || !vma_populates_write(vma));
}

static void unlock_pages(struct vm_area_struct *vma)
{
	struct lock_walk w = { 0 };

	vma->vm_mm->locked_vm -= vma_pages(vma);
	walk_page_range(vma->vm_mm, vma->vm_start, vma->vm_end, munlock_pte,
			&w);
	count_munlocked(w.usual + w.changed);
	lru_count_locked(-w.usual);
	vma->vm_filled = false;
}

void vma_set_lock(struct vm_area_struct *vma, unsigned long lock)
{
	unsigned long old = vma->vm_flags;

	BUG_ON(lock & VM_LOCKONFAULT && !(lock & VM_LOCKED));
	BUG_ON(lock && old & VM_SPECIAL);
	vma->vm_flags = (old & ~LOCK_BITS) | lock;
	if (lock & ~old & VM_LOCKED)
		lock_pages(vma);
	else if (old & ~lock & VM_LOCKED)
		unlock_pages(vma);
}

/* lab 1: begin mlock_fixup = -ENOSYS */
/* Give [start, end) of one area these lock bits, splitting and merging.  What
 * is permanent stays so. */
static inline int mlock_fixup(struct vm_area_struct *vma, unsigned long start,
			      unsigned long end, unsigned long lock)
{
	unsigned long flags;

	lock |= vma->vm_flags & VM_LOCKED_PERM;
	flags = (vma->vm_flags & ~LOCK_BITS) | lock;
	if (flags == vma->vm_flags || vma->vm_flags & VM_SPECIAL)
		return 0;
	if (start != vma->vm_start || end != vma->vm_end) {
		vma = vma_isolate(vma, start, end, flags);
		if (IS_ERR(vma))
			return PTR_ERR(vma);
	}
	vma_set_lock(vma, lock);
	vma_merge(vma);
	return 0;
}
/* lab 1: end */

/* The lock design's word on the whole range, before anything changes: -EPERM
 * if some area may not change, -ENOMEM if there is also a hole. */
static int may_set_lock_range(struct mm_struct *mm, unsigned long start,
			      unsigned long end, unsigned long lock)
{
	struct vm_area_struct *vma;
	bool denied = false;

	if (!memlock->may_set_lock)
		return 0;
	vma = vma_lookup(mm, start);
	for (; vma && vma->vm_start < end; vma = vma_next(vma)) {
		if (vma->vm_start > start)
			break;
		if (memlock_ask(may_set_lock, vma, lock))
			denied = true;
		start = vma->vm_end;
	}
	if (!denied)
		return 0;
	return start >= end ? -EPERM : -ENOMEM;
}

/* lab 1: begin apply_vma_lock_flags = -ENOSYS */
/* mlock, mlock2, munlock on [start, start + len), page aligned
 * (semantics.md 1.2, rules 4 to 6).  (m) write. */
static int apply_vma_lock_flags(struct mm_struct *mm, unsigned long start,
				size_t len, unsigned long lock)
{
	unsigned long end = start + len;
	int ret;

	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	ret = may_set_lock_range(mm, start, end, lock);
	return ret ? ret : change_vma_range(mm, start, end, mlock_fixup, lock);
}
/* lab 1: end */

bool can_do_mlock(void)
{
	return rlimit(RLIMIT_MEMLOCK) || capable(CAP_IPC_LOCK) ||
	       mm_sealed(current->mm);
}

/* lab 1: begin lock_limit = ~0ul */
/* Pages that the mm may have locked at current's command. */
static unsigned long lock_limit(const struct mm_struct *mm)
{
	return capable(CAP_IPC_LOCK) || mm_sealed(mm) ?
		       ~0ul : rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
}
/* lab 1: end */

/* lab 1: begin mlock_future_check = 0 */
int mlock_future_check(struct mm_struct *mm, unsigned long vm_flags,
		       unsigned long pages)
{
	if (!(vm_flags & VM_LOCKED))
		return 0;
	if (mm_sealed(mm))
		return sealed_memory_check(pages);
	return mm->locked_vm + pages > lock_limit(mm) ? -EAGAIN : 0;
}
/* lab 1: end */

/* ---- populate: semantics.md 1.4 ---------------------------------------- */

static bool needs_no_filling(const struct vm_area_struct *vma)
{
	return vma->vm_filled ||
	       vma->vm_flags & (VM_IO | VM_PFNMAP | VM_LOCKONFAULT);
}

int populate_vma_range(struct vm_area_struct *vma, unsigned long start,
		       unsigned long end, unsigned flags)
{
	if (needs_no_filling(vma))
		return 0;
	if (vma_populates_write(vma))
		flags |= FAULT_FLAG_WRITE;
	/* What a sealed mm cannot access now is filled by mprotect. */
	if (!(vma->vm_flags & VM_ACCESS_FLAGS))
		return mm_sealed(vma->vm_mm) ? 0 : -EFAULT;
	return fault_in_range(vma, start, end, flags);
}

int mm_populate(struct mm_struct *mm, unsigned long start, unsigned long len,
		bool ignore_errors)
{
	unsigned long end = start + len;
	struct vm_area_struct *vma;
	int ret;

	do {	/* from the beginning: what is there takes no time */
		ret = 0;
		down_read(&mm->mmap_lock);
		for_each_vma_range(mm, vma, start, end) {
			ret = populate_vma_range(vma, max(start, vma->vm_start),
						 min(end, vma->vm_end),
						 FAULT_FLAG_ALLOW_RETRY);
			if (ret && (!ignore_errors || ret == -EAGAIN))
				break;
		}
		up_read(&mm->mmap_lock);
	} while (ret == -EAGAIN && userfaultfd_wait(false));
	return ignore_errors ? 0 : ret;
}

int populate_sealed(struct vm_area_struct *vma, unsigned long start,
		    unsigned long end)
{
	if (!mm_sealed(vma->vm_mm) || start >= end)
		return 0;
	return populate_vma_range(vma, start, end, 0) ? -ENOMEM : 0;
}

/* Every area of [start, end)? */
static inline bool range_needs_no_filling(struct mm_struct *mm,
					  unsigned long start,
					  unsigned long end)
{
	struct vm_area_struct *vma;

	for_each_vma_range(mm, vma, start, end)
		if (!needs_no_filling(vma))
			return false;
	return true;
}

/* POSIX wants ENOMEM where a page cannot be mapped, EAGAIN where memory is
 * short. */
static int __mlock_posix_error_return(int ret)
{
	if (ret == -EFAULT)
		return -ENOMEM;
	return ret == -ENOMEM ? -EAGAIN : ret;
}

/* ---- system calls ------------------------------------------------------ */

/* lab 1: begin do_mlock = -ENOSYS */
static int do_mlock(unsigned long start, size_t len, unsigned long lock)
{
	struct mm_struct *mm = current->mm;
	unsigned long need, end;
	bool filled = false;
	int ret = -ENOMEM;

	if (!can_do_mlock())
		return -EPERM;
	len = PAGE_ALIGN(len + offset_in_page(start));
	start &= PAGE_MASK;

	down_write(&mm->mmap_lock);
	need = (len >> PAGE_SHIFT) + mm->locked_vm;
	/* What is locked already does not count twice. */
	end = start + len < start ? ~0ul : start + len;
	if (need > lock_limit(mm))
		need -= count_vma_pages(mm, start, end, VM_LOCKED);
	if (need <= lock_limit(mm))
		ret = apply_vma_lock_flags(mm, start, len, lock);
	if (!ret)
		filled = !len || range_needs_no_filling(mm, start, end);
	up_write(&mm->mmap_lock);
	if (ret || filled)
		return ret;
	return __mlock_posix_error_return(mm_populate(mm, start, len, false));
}
/* lab 1: end */

SYSCALL_DEFINE2(mlock, unsigned long, start, size_t, len)
{
	return do_mlock(start, len, VM_LOCKED);
}

SYSCALL_DEFINE3(mlock2, unsigned long, start, size_t, len, int, flags)
{
	unsigned long lock = VM_LOCKED;

	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	if (flags & MLOCK_ONFAULT)
		lock |= VM_LOCKONFAULT;
	return do_mlock(start, len, lock);
}

/* lab 4: begin munlock = -ENOSYS */
SYSCALL_DEFINE2(munlock, unsigned long, start, size_t, len)
{
	struct mm_struct *mm = current->mm;
	int ret;

	ret = memlock_ask(munlock_enter, mm);
	if (ret)
		return ret;

	len = PAGE_ALIGN(len + offset_in_page(start));
	start &= PAGE_MASK;
	down_write(&mm->mmap_lock);
	ret = apply_vma_lock_flags(mm, start, len, 0);
	up_write(&mm->mmap_lock);
	return ret;
}
/* lab 4: end */

/* lab 4: begin mlockall = -ENOSYS, munlockall = -ENOSYS */
/* Errors of single areas are ignored, as Linux does.  (m) write. */
static void apply_mlockall_flags(struct mm_struct *mm, int flags)
{
	unsigned long lock = 0, end;
	struct vm_area_struct *vma;

	if (flags & (MCL_CURRENT | MCL_FUTURE))
		lock = VM_LOCKED;
	if (flags & MCL_ONFAULT)
		lock |= VM_LOCKONFAULT;
	mm->def_flags = flags & MCL_FUTURE ? lock : 0;
	if (flags && !(flags & MCL_CURRENT))
		return;
	for (vma = vma_first(mm); vma; vma = find_vma(mm, end)) {
		end = vma->vm_end;
		if (!memlock_ask(skip_in_all, vma))
			mlock_fixup(vma, vma->vm_start, end, lock);
	}
}

SYSCALL_DEFINE1(mlockall, int, flags)
{
	struct mm_struct *mm = current->mm;
	bool filled = false;
	int ret = 0;

	if (!flags || flags == MCL_ONFAULT ||
	    flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		return -EINVAL;
	if (!can_do_mlock())
		return -EPERM;
	if (mm_sealed(mm))	/* has, and keeps, all but the last */
		return flags & MCL_ONFAULT ? -EPERM : 0;

	down_write(&mm->mmap_lock);
	if (flags & MCL_CURRENT && mm->total_vm > lock_limit(mm))
		ret = -ENOMEM;
	else
		apply_mlockall_flags(mm, flags);
	filled = !(flags & MCL_CURRENT) ||
		 range_needs_no_filling(mm, 0, TASK_SIZE);
	up_write(&mm->mmap_lock);
	if (!ret && !filled)
		mm_populate(mm, 0, TASK_SIZE, true);
	return ret;
}

SYSCALL_DEFINE0(munlockall)
{
	struct mm_struct *mm = current->mm;
	int ret;

	ret = memlock_ask(munlock_enter, mm);
	if (ret)
		return ret;
	if (mm_sealed(mm))
		return -EPERM;

	down_write(&mm->mmap_lock);
	apply_mlockall_flags(mm, 0);
	up_write(&mm->mmap_lock);
	return 0;
}
/* lab 4: end */
