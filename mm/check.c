// SPDX-License-Identifier: GPL-2.0
/*
 * The invariants of the specification, checked over the whole world: here
 * those of areas and entries, in check_pages.c those of frames, lists and
 * files, in check_swap.c those of slots.
 *
 * For use at a quiet point.  A task asleep in the middle of an operation may
 * hold references that nothing counts, so I11 is an inequality.  Not checked:
 * I2 (needs the history), I10 (needs to know whether populate failed), I18
 * (the emulated TLB tests it itself).
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

/* ---- walks ---------------------------------------------------------- */

struct pte_walk {
	struct vm_area_struct *vma;
	check_pte_fn f;
};

static int call_for_pte(pte_t *pte, unsigned long addr, void *arg)
{
	struct pte_walk *w = arg;

	return w->f(w->vma, addr, *pte);
}

static int for_each_pte_of(struct mm_struct *mm, check_pte_fn f)
{
	struct pte_walk w = { .f = f };
	int ret;

	for_each_vma(mm, w.vma) {
		ret = walk_page_range(mm, w.vma->vm_start, w.vma->vm_end,
				      call_for_pte, &w);
		if (ret)
			return ret;
	}
	return 0;
}

int for_each_pte(check_pte_fn f)
{
	struct mm_struct *mm;
	int ret;

	TAILQ_FOREACH(mm, &all_mms, mmlist)
		if ((ret = for_each_pte_of(mm, f)))
			return ret;
	return 0;
}

/* ---- I1, I3, I4: areas ---------------------------------------------- */

static int check_one_area(const struct vm_area_struct *vma,
			  unsigned long prev_end)
{
	int pid = mm_pid(vma->vm_mm);
	unsigned long lock = vma->vm_flags & VM_LOCKED_MASK;

	if (offset_in_page(vma->vm_start) || offset_in_page(vma->vm_end))
		return violated(1, "pid %d: area %lx-%lx is not page aligned",
				pid, vma->vm_start, vma->vm_end);
	if (vma->vm_start >= vma->vm_end || vma->vm_end > TASK_SIZE)
		return violated(1, "pid %d: area %lx-%lx is empty or too high",
				pid, vma->vm_start, vma->vm_end);
	if (vma->vm_start < prev_end)
		return violated(1, "pid %d: area %lx-%lx begins before %lx, "
				"where the one below ends", pid, vma->vm_start,
				vma->vm_end, prev_end);
	if (lock == VM_LOCKONFAULT)
		return violated(3, "pid %d: area %lx-%lx is onf but not lo",
				pid, vma->vm_start, vma->vm_end);
	if (lock && (vma->vm_flags & VM_SPECIAL))
		return violated(3, "pid %d: special area %lx-%lx is lo", pid,
				vma->vm_start, vma->vm_end);
	return 0;
}

static int check_areas(const struct mm_struct *mm, unsigned long total,
		       unsigned long locked, unsigned areas)
{
	int pid = mm_pid(mm);

	if (areas != mm->map_count)
		return violated(1, "pid %d: map_count %u, there are %u areas",
				pid, mm->map_count, areas);
	if (total != mm->total_vm)
		return violated(1, "pid %d: total_vm %lu, areas have %lu pages",
				pid, mm->total_vm, total);
	if (mm->def_flags & ~VM_LOCKED_MASK ||
	    (mm->def_flags & VM_LOCKED_MASK) == VM_LOCKONFAULT)
		return violated(3, "pid %d: def_flags %lx", pid,
				mm->def_flags);
	if (locked != mm->locked_vm)
		return violated(4, "pid %d: locked_vm %lu, lo areas have %lu "
				"pages", pid, mm->locked_vm, locked);
	return 0;
}

static int check_mm_areas(struct mm_struct *mm)
{
	unsigned long total = 0, locked = 0, prev_end = 0;
	struct vm_area_struct *vma;
	unsigned areas = 0;
	int ret;

	for_each_vma(mm, vma) {
		ret = check_one_area(vma, prev_end);
		if (ret)
			return ret;
		prev_end = vma->vm_end;
		total += vma_pages(vma);
		if (vma->vm_flags & VM_LOCKED)
			locked += vma_pages(vma);
		areas++;
	}
	return check_areas(mm, total, locked, areas);
}

/* ---- I5, I15: entries ----------------------------------------------- */

static int stray_pte(pte_t *pte, unsigned long addr, void *arg)
{
	return violated(5, "pid %d: entry %llx at %lx, outside all areas",
			mm_pid(arg), (unsigned long long)pte->v, addr);
}

static int check_gaps(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	unsigned long from = 0;
	int ret;

	for_each_vma(mm, vma) {
		ret = walk_page_range(mm, from, vma->vm_start, stray_pte, mm);
		if (ret)
			return ret;
		from = vma->vm_end;
	}
	return walk_page_range(mm, from, TASK_SIZE, stray_pte, mm);
}

static int check_cow(const struct vm_area_struct *vma, unsigned long addr,
		     pte_t pte)
{
	const struct page *page = vm_normal_page(pte);

	if (!pte_write(pte) || (vma->vm_flags & VM_SHARED))
		return 0;
	if (page && page_test(page, PG_anon) && page->_mapcount == 1)
		return 0;
	return violated(15, "pid %d: private %lx is writable, page %llx is "
			"mapped %d times", mm_pid(vma->vm_mm), addr,
			(unsigned long long)pte_pfn(pte),
			page ? page->_mapcount : 0);
}

static int check_permissions(struct vm_area_struct *vma, unsigned long addr,
			     pte_t pte)
{
	unsigned long allowed = vma->vm_flags;
	bool mmu = pte.v & PTE_PRESENT;

	if (!pte_present(pte))
		return 0;
	if ((mmu && !(allowed & VM_ACCESS_FLAGS)) ||
	    (mmu && pte_exec(pte) && !(allowed & VM_EXEC)) ||
	    (pte_write(pte) && !(allowed & VM_WRITE)))
		return violated(5, "pid %d: entry %llx at %lx grants more than "
				"its area (flags %lx)", mm_pid(vma->vm_mm),
				(unsigned long long)pte.v, addr, allowed);
	return check_cow(vma, addr, pte);
}

/* ---- I16: counters of an mm ----------------------------------------- */

static long recount[NR_MM_COUNTERS];

static int recount_pte(struct vm_area_struct *vma, unsigned long addr,
		       pte_t pte)
{
	const struct page *page;

	if (pte_is_swap(pte))
		recount[MM_SWAPENTS]++;
	else if (!(page = vm_normal_page(pte)))
		return 0;
	else if (page_test(page, PG_anon))
		recount[MM_ANONPAGES]++;
	else if (page_test(page, PG_swapbacked))
		recount[MM_SHMEMPAGES]++;
	else
		recount[MM_FILEPAGES]++;
	return 0;
}

static int check_rss(struct mm_struct *mm)
{
	static const char *const name[] = { "file", "anon", "swap", "shmem" };

	memset(recount, 0, sizeof(recount));
	for_each_pte_of(mm, recount_pte);
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		if (recount[i] != mm->rss_stat[i])
			return violated(16, "pid %d: %s counter %ld, entries "
					"%ld", mm_pid(mm), name[i],
					mm->rss_stat[i], recount[i]);
	return 0;
}

/* ---- all of them ---------------------------------------------------- */

static int check_mm(struct mm_struct *mm)
{
	int ret = check_mm_areas(mm);

	if (!ret)
		ret = check_gaps(mm);
	if (!ret)
		ret = for_each_pte_of(mm, check_permissions);
	if (!ret)
		ret = check_rss(mm);
	return ret;
}

int mm_check(char *buf, size_t size)
{
	static int (*const checks[])(void) = {
		check_lists, check_frames, check_mappings, check_slots,
	};
	struct mm_struct *mm;
	int ret = 0;

	why.buf = buf;
	why.size = size;
	TAILQ_FOREACH(mm, &all_mms, mmlist)
		if ((ret = check_mm(mm)))
			return ret;
	for (unsigned i = 0; i < ARRAY_SIZE(checks) && !ret; i++)
		ret = checks[i]();
	return ret;
}
