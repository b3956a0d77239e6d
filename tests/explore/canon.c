// SPDX-License-Identifier: GPL-2.0
/*
 * The number of a state (state.h): a hash over a description in which frames,
 * slots, files and families are named by the order in which they are met, and
 * tasks come in world_order().
 *
 * The faults injected so far are not in it: search.c knows better.
 * Left out, because no call of the explorer depends on it: events and
 * statistics, where the slot search goes on, free memory, and contents but for
 * the marks of which a guarantee speaks.  Left out too: accessed bits,
 * PG_active, PG_referenced and the lists' order.  Reclaim of a page ignores
 * them; with short memory they say which page goes first, and of states that
 * differ in nothing else the search tries that of the one it met first.
 */

#include "state.h"

#define MAX_FILES 16

static u64 h;
static u8 frame_name[WORLD_FRAMES];	/* 0: not met yet */
static u8 nr_frames;
static u8 slot_name[WORLD_SLOTS + 1], nr_slots;
static const void *families[PROG_TASKS];
static unsigned nr_families;
static struct address_space *files[MAX_FILES];
static unsigned nr_files;

static inline void add(u64 v)
{
	h = mixed(h, v);
}

/* What the guarantees ask for. */
static u64 marks_of(const void *at)
{
	const unsigned char *mark = at;

	return has_secret(at) | mark[MARK_EDITED] << 1;
}

static unsigned family_name(const void *family)
{
	for (unsigned i = 0; i < nr_families; i++)
		if (families[i] == family)
			return i;
	if (nr_families < PROG_TASKS)
		families[nr_families++] = family;
	return nr_families;
}

static unsigned file_name(struct address_space *mapping)
{
	for (unsigned i = 0; i < nr_files; i++)
		if (files[i] == mapping)
			return i;
	BUG_ON(nr_files == MAX_FILES);
	files[nr_files++] = mapping;
	return nr_files - 1;
}

static unsigned describe_slot(u64 slot);

#define IGNORED_FLAGS (1u << PG_lru | 1u << PG_active | 1u << PG_referenced | \
		       1u << PG_unevictable | 1u << PG_mlocked)

/* The page's name; what it is like, when it is met first. */
static unsigned describe_page(const struct page *page)
{
	u64 pfn = page_to_pfn(page), who;

	if (page == zero_page)
		return 255;
	if (frame_name[pfn])
		return frame_name[pfn];
	frame_name[pfn] = ++nr_frames;
	if (page_test(page, PG_anon))
		who = family_name(page->mapping) << 8 |
		      (page->index - (WORLD_BASE >> PAGE_SHIFT));
	else
		who = page->mapping ? 1u << 16 | file_name(page->mapping) << 8 |
				      page->index : 0;
	add((u64)(page->flags & ~IGNORED_FLAGS) << 32 | who << 8 |
	    page->_refcount);
	add(marks_of(page_address(page)));
	if (page_test(page, PG_swapcache))
		add(describe_slot(swp_offset(page_swap_entry(page))));
	return frame_name[pfn];
}

static unsigned describe_slot(u64 i)
{
	const struct swap_slot *slot = swap_slot(&swap_info[0], i);

	if (slot_name[i])
		return slot_name[i];
	slot_name[i] = ++nr_slots;
	add((slot->count ? marks_of(world.swap->data + i * PAGE_SIZE) : 0) <<
		    32 | (u64)slot->bad << 16 | slot->count);
	if (slot->page)
		add(describe_page(slot->page));
	return slot_name[i];
}

static u64 describe_entry(pte_t pte)
{
	if (pte_none(pte))
		return 0;
	if (pte_is_swap(pte))
		return 1 | describe_slot(pte_swp_offset(pte)) << 8;
	return 2 | pte_write(pte) << 2 | pte_dirty(pte) << 3 |
	       pte_exec(pte) << 4 | (!(pte.v & PTE_PRESENT)) << 5 |
	       describe_page(pfn_to_page(pte_pfn(pte))) << 8;
}

static void describe_area(const struct vm_area_struct *vma)
{
	u64 where = (vma->vm_start - WORLD_BASE) >> PAGE_SHIFT << 8 |
		    (vma->vm_end - WORLD_BASE) >> PAGE_SHIFT;

	if (vma->vm_file)
		where |= vma->vm_pgoff << 24 |
			 (u64)(1 + file_name(vma->vm_file->f_mapping)) << 16;
	add(vma->vm_flags << 32 | where);
	if (vma->vm_filled)
		add(1);
}

static void describe_task(unsigned n)
{
	struct mm_struct *mm = world.task[n]->mm;
	struct vm_area_struct *vma;
	pte_t *pte = pte_lookup(mm, WORLD_BASE);

	add(mm->def_flags << 32 | (u64)mm_memlocked(mm) << 31 |
	    (u64)world.perm[n] << 16 | family_name(mm->family) << 8 |
	    (mm->brk - mm->start_brk) >> PAGE_SHIFT);
	for_each_vma(mm, vma)
		describe_area(vma);
	for (unsigned i = 0; pte && i < PTRS_PER_TABLE; i += 4) {
		u64 row = 0;

		for (unsigned k = 0; k < 4; k++)
			row = row << 16 | describe_entry(pte[i + k]);
		add(row);
	}
}

static void describe_tasks(void)
{
	unsigned order[PROG_TASKS], n = world_order(order);

	add(n);
	for (unsigned i = 0; i < n; i++)
		describe_task(order[i]);
}

static void describe_file(struct address_space *mapping)
{
	struct host_inode *inode = mapping->host;
	u64 pages = mapping->size >> PAGE_SHIFT;

	add(mapping->flags << 16 | pages);
	for (u64 i = 0; mapping->i_pages.height && i < pages; i++) {
		void *e = radix_lookup(&mapping->i_pages, i);

		if (e)
			add(i << 32 | (radix_is_value(e) ?
			    1u << 16 | describe_slot(radix_to_value(e)) :
			    describe_page(e)));
	}
	if (inode->data)
		add(marks_of(inode->data) << 32 |
		    marks_of(inode->data + PAGE_SIZE));
}

u64 canonical_hash(void)
{
	h = (u64)world.broken << 8 | world.swap_on;
	memset(frame_name, 0, sizeof(frame_name));
	memset(slot_name, 0, sizeof(slot_name));
	nr_frames = nr_slots = nr_families = nr_files = 0;
	for (unsigned f = 0; f < PROG_NR_FILES; f++)
		file_name(world.file[f]->f_mapping);
	describe_tasks();
	for (unsigned i = 0; i < nr_files; i++)
		describe_file(files[i]);
	for (unsigned i = 1; world.swap_on && i <= WORLD_SLOTS; i++)
		describe_slot(i);
	return h ? h : 1;
}
