// SPDX-License-Identifier: GPL-2.0
/*
 * The checker checked: one field of a sound world is changed at a time, and
 * mm_check() must name the invariant that this breaks; put back, nothing.
 */
#include "unit.h"

#define A 0x20000000ul

static int found(void)
{
	char why[256] = "";
	int invariant = mm_check(why, sizeof(why));

	assert_true(!invariant == !why[0]);
	return invariant;
}

#define EXPECT(invariant, field, value) do {				\
	__typeof__(field) _was = (field);				\
	(field) = (value);						\
	assert_int_equal(found(), (invariant));				\
	(field) = _was;							\
	assert_int_equal(found(), 0);					\
} while (0)

static void lay(unsigned long addr, unsigned long pages, unsigned long prot,
		unsigned long flags)
{
	assert_int_equal(map(task, addr, pages, prot, ANON | MAP_FIXED | flags),
			 addr);
}

static struct page *frame_at(unsigned long addr)
{
	struct page *page = page_at(task, addr);

	assert_non_null(page);
	return page;
}

static struct vm_area_struct *area_at(unsigned long addr)
{
	return vma_lookup(task->mm, addr);
}

static void areas(void)
{
	struct vm_area_struct *vma;

	lay(A, 2, RW, 0);
	lay(A + P(2), 2, PROT_READ, 0);
	vma = area_at(A);
	EXPECT(1, vma->vm_end, A + P(2) + 1);
	EXPECT(1, vma->vm_end, A);
	EXPECT(1, vma->vm_end, A + P(3));
	EXPECT(1, task->mm->map_count, task->mm->map_count + 1);
	EXPECT(1, task->mm->total_vm, task->mm->total_vm - 1);
	EXPECT(1, vma->vm_flags, vma->vm_flags | VM_UFFD_MISSING);
	EXPECT(3, vma->vm_flags, vma->vm_flags | VM_LOCKONFAULT);
	EXPECT(3, vma->vm_flags, vma->vm_flags | VM_LOCKED | VM_PFNMAP);
	EXPECT(3, task->mm->def_flags, VM_WRITE);
	EXPECT(4, vma->vm_flags, vma->vm_flags | VM_LOCKED);
	EXPECT(4, task->mm->locked_vm, 1);
}

static void entries(void)
{
	struct page *page;
	pte_t *pte;

	lay(A, 2, RW, 0);
	lay(A + P(3), 1, PROT_READ, 0);
	fill(task, A, 1, "x");
	page = frame_at(A);
	pte = pte_lookup(task->mm, A);
	EXPECT(5, pte[2], *pte);			/* in a hole */
	EXPECT(5, pte[3], *pte);			/* writable */
	EXPECT(5, area_at(A)->vm_tables, false);
	EXPECT(1, area_at(A)->vm_flags, VM_READ);	/* vm_page_prot not */
	EXPECT(15, page->_mapcount, 2);
	EXPECT(16, task->mm->rss_stat[MM_ANONPAGES], 0);
	EXPECT(16, pte[1], pte_wrprotect(*pte));	/* a second time */
	*pte = pte_wrprotect(*pte);
	EXPECT(6, page->_mapcount, 2);
	EXPECT(6, page->index, page->index + 1);
	EXPECT(11, page->_refcount, 0);
	pte->v |= PTE_WRITE;
}

static void locks(void)
{
	struct page *page;

	lay(A, 1, RW, MAP_LOCKED);
	page = frame_at(A);
	EXPECT(7, page->mlock_count, 2);
	EXPECT(7, page->flags, page->flags & ~(1u << PG_mlocked));
	EXPECT(8, page->flags, page->flags & ~(1u << PG_unevictable));
	EXPECT(16, nr_mlock, 2);
	EXPECT(12, nr_free_pages, nr_free_pages + 1);
	EXPECT(12, lru_size[LRU_UNEVICTABLE], 2);
	EXPECT(12, lru_size[LRU_UNEVICTABLE], 0);
	EXPECT(17, zero_page->flags, zero_page->flags | 1u << PG_mlocked);
}

static struct page *last_free_frame(void)
{
	struct page *page = mem_map + max_pfn - 1;

	while (!page_test(page, PG_buddy))
		page--;
	return page + (1ul << page->private) - 1;
}

static void free_frames(void)
{
	struct page *page = last_free_frame();

	EXPECT(11, page->_refcount, 1);
	EXPECT(11, page->flags, page->flags | 1u << PG_dirty);
	EXPECT(11, page->flags, page->flags | 1u << PG_buddy | 1u << PG_lru);
}

static void files(void)
{
	struct file *f = host_file_new(P(4), P(4), FMODE_READ | FMODE_WRITE);
	struct page *page;

	assert_int_equal(map_file(task, A, 4, RW, MAP_SHARED | MAP_FIXED, f, 0),
			 A);
	assert_int_equal(poke(task, A + P(2), 1), 0);
	page = frame_at(A + P(2));
	EXPECT(6, page->index, 3);
	EXPECT(14, f->f_mapping->size, P(2));
	EXPECT(14, f->f_mapping->nrpages, f->f_mapping->nrpages + 1);
	EXPECT(16, nr_file_pages, nr_file_pages - 1);
	unmap(task, A, 4);
	EXPECT(14, page->index, 3);
	fput(f);
}

static void slots(void)
{
	struct swap_slot *slot;
	pte_t *pte;

	lay(A, 2, RW, 0);
	fill(task, A, 2, "x");
	squeeze();
	pte = pte_lookup(task->mm, A);
	assert_true(pte_is_swap(*pte));
	slot = swap_entry_slot(pte_to_swp_entry(*pte));
	EXPECT(13, slot->count, slot->count + 1);
	EXPECT(13, pte[0], pte[1]);
	EXPECT(13, swap_info[0].inuse, swap_info[0].inuse + 1);
	EXPECT(13, nr_swapcache_pages, nr_swapcache_pages + 1);
	EXPECT(16, task->mm->rss_stat[MM_SWAPENTS], 1);
}

static void sealed(void)
{
	struct page *page;
	pte_t *pte;

	assert_int_equal(host_exec(task, true), 0);
	lay(A, 2, RW, 0);
	fill(task, A, 2, "x");
	page = frame_at(A);
	pte = pte_lookup(task->mm, A);
	EXPECT(20, area_at(A)->vm_flags, area_at(A)->vm_flags & ~VM_LOCKED);
	EXPECT(20, task->mm->def_flags, 0);
	EXPECT(20, task->mm->flags, task->mm->flags & ~(1ul << MMF_VM_LOCKED));
	EXPECT(21, pte[0], (pte_t){ 0 });
	EXPECT(19, page->flags, page->flags | 1u << PG_swapcache);
}

int main(void)
{
	static const struct unit_case cases[] = {
		CASE(areas), CASE(entries), CASE(locks), CASE(free_frames),
		CASE(files), CASE_MEM(slots, 64, 64),
		CASE_LOCK(sealed, "strict"),
	};

	return unit_main("test_check", cases, ARRAY_SIZE(cases));
}
