// SPDX-License-Identifier: GPL-2.0
/*
 * The invariants of the specification, checked over the whole world: here
 * those of areas and entries, in check_pages.c those of frames, lists and
 * files, in check_swap.c those of slots.
 *
 * For use at a quiet point.  A task asleep in the middle of an operation may
 * hold references that nothing counts, so I11 is an inequality.  Not checked:
 * I2 and I22 (need the history), I10 (needs to know whether populate failed),
 * I18 (the emulated TLB tests it itself), I23 (free frames are not read).
 * Nothing is allocated; lock: (t), nothing here sleeps.
 */
#include <mm/check.h>
#include <mm/filemap.h>
#include <mm/memlock.h>
#include <mm/swap.h>

static struct { char *buf; size_t size; } why;

int violated(int invariant, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why.buf, why.size, fmt, ap);
	va_end(ap);
	return invariant;
}

int mm_pid(const struct mm_struct *mm)
{
	struct task_struct *t = NULL;

	while ((t = next_mm_task(t)))
		if (t->mm == mm)
			return t->pid;
	return 0;
}

/* ---- I1, I3, I4: areas ---------------------------------------------- */

static int check_area(const struct vm_area_struct *vma, unsigned long prev_end)
{
	unsigned long start = vma->vm_start, end = vma->vm_end;
	unsigned long lock = vma->vm_flags & VM_LOCKED_MASK;
	const char *wrong = NULL;
	int invariant = 1;

	if (offset_in_page(start) || offset_in_page(end))
		wrong = "is not page aligned";
	else if (start >= end || end > TASK_SIZE)
		wrong = "is empty or too high";
	else if (start < prev_end)
		wrong = "begins before the one below ends";
	else if (!(vma->vm_flags & VM_UFFD_MISSING) != !vma->userfaultfd)
		wrong = "is userfaultfd's by flag or by context, not by both";
	else
		invariant = 3;
	if (!wrong && lock == VM_LOCKONFAULT)
		wrong = "is onf but not lo";
	if (!wrong && lock && vma->vm_flags & VM_SPECIAL)
		wrong = "is special and lo";
	return wrong ? violated(invariant, "pid %d: area %lx-%lx %s",
				mm_pid(vma->vm_mm), start, end, wrong) : 0;
}

static int check_areas(struct mm_struct *mm)
{
	unsigned long total = 0, locked = 0, prev_end = 0;
	struct vm_area_struct *vma;
	unsigned areas = 0;
	int ret;

	for_each_vma(mm, vma) {
		ret = check_area(vma, prev_end);
		if (ret)
			return ret;
		prev_end = vma->vm_end;
		total += vma_pages(vma);
		if (vma->vm_flags & VM_LOCKED)
			locked += vma_pages(vma);
		areas++;
	}
	if (areas != mm->map_count || total != mm->total_vm)
		return violated(1, "pid %d: map_count %u, total_vm %lu; areas "
				"%u, pages %lu", mm_pid(mm), mm->map_count,
				mm->total_vm, areas, total);
	if (mm->def_flags != VM_LOCKED_MASK && mm->def_flags & ~VM_LOCKED)
		return violated(3, "pid %d: def_flags %lx", mm_pid(mm),
				mm->def_flags);
	if (locked != mm->locked_vm)
		return violated(4, "pid %d: locked_vm %lu, lo areas have %lu "
				"pages", mm_pid(mm), mm->locked_vm, locked);
	return 0;
}

/* ---- I20, I21, I24: areas of a sealed mm ---------------------------- */

static int count_present(pte_t *pte, unsigned long addr, void *arg)
{
	*(unsigned long *)arg += pte_present(*pte);
	return 0;
}

static const char *sealed_area_wrong(struct vm_area_struct *vma, int *invariant)
{
	unsigned long present = 0;

	*invariant = 20;
	if (vma->vm_flags & VM_SPECIAL)
		return NULL;
	if ((vma->vm_flags & VM_LOCKED_MASK) != VM_LOCKED)
		return "is not locked";
	*invariant = 24;
	if (vma_has_writers(vma))
		return "has a file that is being written";
	*invariant = 21;
	/* A stack's pages come when they are used, from no disk. */
	if (!(vma->vm_flags & VM_ACCESS_FLAGS) ||
	    vma->vm_flags & VM_GROWSDOWN)
		return NULL;
	walk_page_range(vma->vm_mm, vma->vm_start, vma->vm_end, count_present,
			&present);
	return present < vma_pages(vma) ? "lacks pages" : NULL;
}

/* Nobody is in the middle of filling an area: only then. */
static int check_sealed(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	const char *wrong;
	int invariant;

	if (!mm_sealed(mm) || rwsem_is_locked(&mm->mmap_lock))
		return 0;
	if (!mm_memlocked(mm) || mm->def_flags != VM_LOCKED)
		return violated(20, "pid %d: sealed, flags %lx, def_flags %lx",
				mm_pid(mm), mm->flags, mm->def_flags);
	for_each_vma(mm, vma) {
		wrong = sealed_area_wrong(vma, &invariant);
		if (wrong)
			return violated(invariant, "pid %d: sealed area "
					"%lx-%lx %s", mm_pid(mm),
					vma->vm_start, vma->vm_end, wrong);
	}
	return 0;
}

/* ---- I5, I15, I16: entries ------------------------------------------ */

static bool within_permissions(const struct vm_area_struct *vma, pte_t pte)
{
	unsigned long allowed = vma->vm_flags;

	if (pte_write(pte) && !(allowed & VM_WRITE))
		return false;
	if (!(pte.v & PTE_PRESENT))	/* PROT_NONE: the MMU grants nothing */
		return true;
	return allowed & VM_ACCESS_FLAGS &&
	       (allowed & VM_EXEC || !pte_exec(pte));
}

static int check_present(struct mm_struct *mm, struct vm_area_struct *vma,
			 unsigned long addr, pte_t pte, struct page *page)
{
	if (!within_permissions(vma, pte))
		return violated(5, "pid %d: entry %lx at %lx grants more than "
				"its area (flags %lx)", mm_pid(mm), pte.v,
				addr, vma->vm_flags);
	if (pte_write(pte) && !(vma->vm_flags & VM_SHARED) &&
	    !(page && page_test(page, PG_anon) && page->_mapcount == 1))
		return violated(15, "pid %d: private %lx is writable, page %lx "
				"is mapped %d times", mm_pid(mm), addr,
				pte_pfn(pte), page ? page->_mapcount : 0);
	return 0;
}

/* One mm's entries on their way past its areas, both in order. */
struct entry_walk {
	struct mm_struct *mm;
	struct vm_area_struct *vma;	/* the first that ends above */
	long count[NR_MM_COUNTERS];
};

static int check_entry(pte_t *pte, unsigned long addr, void *arg)
{
	struct entry_walk *w = arg;
	struct page *page = vm_normal_page(*pte);

	while (w->vma && w->vma->vm_end <= addr)
		w->vma = vma_next(w->vma);
	if (!w->vma || w->vma->vm_start > addr)
		return violated(5, "pid %d: entry %lx at %lx, outside all "
				"areas", mm_pid(w->mm), pte->v, addr);
	if (pte_is_swap(*pte)) {
		w->count[MM_SWAPENTS]++;
		return count_slot(pte_to_swp_entry(*pte), "a page table");
	}
	if (page) {
		w->count[mm_counter(page)]++;
		count_frame(page, w->vma);
	}
	return check_present(w->mm, w->vma, addr, *pte, page);
}

static int check_entries(struct mm_struct *mm)
{
	static const char *const name[] = { "file", "anon", "swap", "shmem" };
	struct entry_walk w = { .mm = mm, .vma = vma_first(mm) };
	int ret = walk_page_range(mm, 0, TASK_SIZE, check_entry, &w);

	for (int i = 0; i < NR_MM_COUNTERS && !ret; i++)
		if (w.count[i] != mm->rss_stat[i])
			ret = violated(16, "pid %d: %s counter %ld, entries "
				       "%ld", mm_pid(mm), name[i],
				       mm->rss_stat[i], w.count[i]);
	return ret;
}

/* ---- all of them ---------------------------------------------------- */

static int check_mms(void)
{
	struct mm_struct *mm;
	int ret = 0;

	begin_frames();
	begin_slots();
	TAILQ_FOREACH(mm, &all_mms, mmlist)
		if ((ret = check_areas(mm)) || (ret = check_sealed(mm)) ||
		    (ret = check_entries(mm)))
			break;
	return ret;
}

int mm_check(char *buf, size_t size)
{
	static int (*const checks[])(void) = {
		check_mms, check_lists, check_frames, check_mappings,
		check_slots,
	};
	int ret = 0;

	why.buf = buf;
	why.size = size;
	for (unsigned i = 0; i < ARRAY_SIZE(checks) && !ret; i++)
		ret = checks[i]();
	return ret;
}
