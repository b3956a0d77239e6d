// SPDX-License-Identifier: GPL-2.0
/*
 * The invariants of the specification, checked over the whole world: here
 * those of areas and entries, in check_pages.c those of frames, lists and
 * files, in check_swap.c those of slots.
 *
 * For use at a quiet point.  A task asleep in the middle of an operation may
 * hold references that nothing counts, so I11 is an inequality.  Not checked:
 * I2, I22, I23 (need the history: tests/explore/world.c has it), I10 (I25 of
 * what populate filled), I18 (the emulated TLB tests it itself).
 * Nothing is allocated; lock: (t), nothing here sleeps.
 */
#include <mm/check.h>
#include <mm/filemap.h>
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

/* ---- I1, I3, I20, I24: an area -------------------------------------- */

/* One mm's areas and entries side by side, in order of address. */
struct mm_walk {
	struct mm_struct *mm;
	struct vm_area_struct *vma;	/* the area at hand; NULL: past all */
	unsigned long end;		/* of the area before it */
	bool sealed;			/* and nobody is filling an area */
	unsigned areas;
	unsigned long total, locked;	/* pages of areas */
	unsigned long present;		/* entries of the area at hand ... */
	unsigned long writable;		/* ... and those that may be written */
	long count[NR_MM_COUNTERS];	/* entries by kind */
};

static const char *area_wrong(const struct mm_walk *w, int *invariant)
{
	const struct vm_area_struct *vma = w->vma;
	unsigned long lock = vma->vm_flags & VM_LOCKED_MASK;

	*invariant = 1;
	if (offset_in_page(vma->vm_start) || offset_in_page(vma->vm_end))
		return "is not page aligned";
	if (vma->vm_start >= vma->vm_end || vma->vm_end > TASK_SIZE)
		return "is empty or too high";
	if (vma->vm_start < w->end)
		return "begins before the one below ends";
	if (vma->vm_page_prot != vm_pte_bits(vma->vm_flags, true))
		return "has the bits of other flags for its entries";
	if (!(vma->vm_flags & VM_UFFD_MISSING) != !vma->userfaultfd)
		return "is userfaultfd's by flag or by context, not by both";
	*invariant = 3;
	if (lock == VM_LOCKONFAULT)
		return "is onf but not lo";
	if (vma->vm_flags & VM_SPECIAL)
		return lock ? "is special and lo" : NULL;
	if (!w->sealed)
		return NULL;
	*invariant = 20;
	if (lock != VM_LOCKED)
		return "is not locked in a sealed mm";
	*invariant = 24;
	if (vma_has_writers(vma))
		return "has a file that is being written in a sealed mm";
	return NULL;
}

/* The next one is at hand, or none. */
static int enter_area(struct mm_walk *w, struct vm_area_struct *vma)
{
	const char *wrong;
	int invariant;

	w->vma = vma;
	if (!vma)
		return 0;
	wrong = area_wrong(w, &invariant);
	if (wrong)
		return violated(invariant, "pid %d: area %lx-%lx %s",
				mm_pid(w->mm), vma->vm_start, vma->vm_end,
				wrong);
	w->areas++;
	w->total += vma_pages(vma);
	if (vma->vm_flags & VM_LOCKED)
		w->locked += vma_pages(vma);
	w->present = w->writable = 0;
	return 0;
}

/* I25 */
static bool is_filled(const struct mm_walk *w)
{
	const struct vm_area_struct *vma = w->vma;

	return vma->vm_flags & VM_LOCKED &&
	       vma->vm_flags & VM_ACCESS_FLAGS &&
	       vma_pages(vma) == (vma_populates_write(vma) ? w->writable :
							     w->present);
}

/* I21.  A stack's pages come when they are used, from no disk. */
static int check_filled(const struct mm_walk *w)
{
	const struct vm_area_struct *vma = w->vma;

	if (vma->vm_filled && !is_filled(w))
		return violated(25, "pid %d: area %lx-%lx (flags %lx) is said "
				"to be filled: of its entries %lu are there, "
				"%lu writable", mm_pid(w->mm), vma->vm_start,
				vma->vm_end, vma->vm_flags, w->present,
				w->writable);
	if (!w->sealed || w->present == vma_pages(vma) ||
	    vma->vm_flags & (VM_SPECIAL | VM_GROWSDOWN) ||
	    !(vma->vm_flags & VM_ACCESS_FLAGS))
		return 0;
	return violated(21, "pid %d: sealed area %lx-%lx lacks pages",
			mm_pid(w->mm), vma->vm_start, vma->vm_end);
}

/* All entries of the area at hand were seen. */
static int leave_area(struct mm_walk *w)
{
	int ret = check_filled(w);

	w->end = w->vma->vm_end;
	return ret ? ret : enter_area(w, vma_next(w->vma));
}

/* ---- I5, I15: entries ----------------------------------------------- */

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

static int check_entry(struct mm_walk *w, pte_t pte, unsigned long addr)
{
	struct page *page = vm_normal_page(pte);
	int ret = 0;

	while (w->vma && w->vma->vm_end <= addr && !ret)
		ret = leave_area(w);
	if (ret)
		return ret;
	if (!w->vma || w->vma->vm_start > addr || !w->vma->vm_tables)
		return violated(5, "pid %d: entry %lx at %lx, outside all "
				"areas that have tables", mm_pid(w->mm), pte.v,
				addr);
	if (pte_is_swap(pte)) {
		w->count[MM_SWAPENTS]++;
		return count_slot(pte_to_swp_entry(pte), "a page table");
	}
	if (page) {
		w->count[mm_counter(page)]++;
		count_frame(page, w->vma);
	}
	w->present++;
	w->writable += pte_write(pte);
	return check_present(w->mm, w->vma, addr, pte, page);
}

static bool has_tables(struct mm_struct *mm, unsigned long start,
		       unsigned long end)
{
	struct vm_area_struct *vma;

	for_each_vma_range(mm, vma, start, end)
		if (vma->vm_tables)
			return true;
	return false;
}

/* All that a table of `level`, whose span begins at addr, leads to. */
static int check_table(struct mm_walk *w, const pte_t *table, int level,
		       unsigned long addr)
{
	unsigned long span = pt_span(level);
	const pte_t *end = table + PTRS_PER_TABLE;
	int ret = 0;

	for (; table < end && addr < TASK_SIZE && !ret; table++, addr += span) {
		pte_t entry = *table;

		if (pte_none(entry))
			continue;
		if (level == 1)
			ret = check_entry(w, entry, addr);
		else if (!has_tables(w->mm, addr, addr + span))
			ret = violated(5, "pid %d: a table for %lx, where none "
				       "is used", mm_pid(w->mm), addr);
		else if (entry.v & PTE_PRESENT)
			ret = check_table(w, table_of(entry), level - 1, addr);
	}
	return ret;
}

/* ---- I1, I3, I4, I16, I20: an mm ------------------------------------ */

static int check_totals(const struct mm_walk *w)
{
	static const char *const name[] = { "file", "anon", "swap", "shmem" };
	const struct mm_struct *mm = w->mm;

	if (w->areas != mm->map_count || w->total != mm->total_vm)
		return violated(1, "pid %d: map_count %u, total_vm %lu; areas "
				"%u, pages %lu", mm_pid(mm), mm->map_count,
				mm->total_vm, w->areas, w->total);
	if (mm->def_flags != VM_LOCKED_MASK && mm->def_flags & ~VM_LOCKED)
		return violated(3, "pid %d: def_flags %lx", mm_pid(mm),
				mm->def_flags);
	if (w->locked != mm->locked_vm)
		return violated(4, "pid %d: locked_vm %lu, lo areas have %lu "
				"pages", mm_pid(mm), mm->locked_vm, w->locked);
	if (w->sealed && (!mm_memlocked(mm) || mm->def_flags != VM_LOCKED))
		return violated(20, "pid %d: sealed, flags %lx, def_flags %lx",
				mm_pid(mm), mm->flags, mm->def_flags);
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		if (w->count[i] != mm->rss_stat[i])
			return violated(16, "pid %d: %s counter %ld, entries "
					"%ld", mm_pid(mm), name[i],
					mm->rss_stat[i], w->count[i]);
	return 0;
}

static int check_index(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	const char *wrong = vma_index_wrong(mm, &vma);

	return wrong ? violated(1, "pid %d: area %lx %s", mm_pid(mm),
				vma ? vma->vm_start : TASK_SIZE, wrong) : 0;
}

static int check_mm(struct mm_struct *mm)
{
	struct mm_walk w = {
		.mm = mm,
		.sealed = mm_sealed(mm) && !rwsem_is_locked(&mm->mmap_lock),
	};
	int ret = enter_area(&w, vma_first(mm));

	if (!ret)
		ret = check_table(&w, mm->pgd, PT_LEVELS, 0);
	while (w.vma && !ret)
		ret = leave_area(&w);
	if (!ret)
		ret = check_index(mm);
	return ret ? ret : check_totals(&w);
}

/* ---- all of them ---------------------------------------------------- */

static int check_mms(void)
{
	struct mm_struct *mm;
	int ret = 0;

	TAILQ_FOREACH(mm, &all_mms, mmlist)
		if ((ret = check_mm(mm)))
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
	if (ret) {
		forget_frames();
		forget_slots();
	}
	return ret;
}
