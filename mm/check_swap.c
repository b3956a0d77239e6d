// SPDX-License-Identifier: GPL-2.0
/*
 * The checker's part for swap slots, I13 (check.c).
 *
 * Every use of a slot that can be found is subtracted from the slot's count;
 * then all counts must be nothing; then all is added again.  Before that every
 * name is known to be one of a slot in use, so the arithmetic touches nothing
 * else.
 */
#include <mm/check.h>
#include <mm/filemap.h>
#include <mm/swap.h>

static bool names_used_slot(swp_entry_t e)
{
	const struct swap_info *si = &swap_info[swp_type(e)];
	u16 state;

	if (swp_type(e) >= MAX_SWAPFILES || !si->used || !swp_offset(e) ||
	    swp_offset(e) >= si->max)
		return false;
	state = *swap_map(si, swp_offset(e));
	return state != SWAP_BAD && (state & SWAP_COUNT);
}

static int check_pte_name(struct vm_area_struct *vma, unsigned long addr,
			  pte_t pte)
{
	if (!pte_is_swap(pte) || names_used_slot(pte_to_swp_entry(pte)))
		return 0;
	return violated(13, "pid %d: the entry at %lx names slot %llx, which "
			"is not in use", mm_pid(vma->vm_mm), addr,
			(unsigned long long)pte_to_swp_entry(pte).val);
}

/* Calls f for every swap entry that files hold. */
static int for_each_file_entry(int (*f)(swp_entry_t e))
{
	struct address_space *mapping;
	int ret;

	LIST_FOREACH(mapping, &all_mappings, list) {
		u64 index = 0;
		void *e;

		for (; (e = radix_next(&mapping->i_pages, &index)); index++) {
			swp_entry_t swap = { radix_to_value(e) };

			if (radix_is_value(e) && (ret = f(swap)))
				return ret;
		}
	}
	return 0;
}

static int check_file_name(swp_entry_t e)
{
	if (names_used_slot(e))
		return 0;
	return violated(13, "a file names slot %llx, which is not in use",
			(unsigned long long)e.val);
}

/* Page and slot name each other. */
static int check_cache(const struct swap_info *si, unsigned long *cached)
{
	for (u64 slot = 1; slot < si->max; slot++) {
		const struct page *page = *swap_cache_slot(si, slot);
		swp_entry_t e = swp_entry(si->type, slot);

		if (!page)
			continue;
		++*cached;
		if (!page_test(page, PG_swapcache) || page->private != e.val ||
		    !names_used_slot(e))
			return violated(13, "slot %llx caches page %llx, which "
					"names slot %llx",
					(unsigned long long)e.val,
					(unsigned long long)page_to_pfn(page),
					(unsigned long long)page->private);
	}
	return 0;
}

/* ---- the recount ---------------------------------------------------- */

static int step;	/* what one use adds to its slot: -1, then +1 */

static int count_use(swp_entry_t e)
{
	*swap_map(&swap_info[swp_type(e)], swp_offset(e)) += step;
	return 0;
}

static int count_pte(struct vm_area_struct *vma, unsigned long addr, pte_t pte)
{
	return pte_is_swap(pte) ? count_use(pte_to_swp_entry(pte)) : 0;
}

static void count_all(int by)
{
	step = by;
	for_each_pte(count_pte);
	for_each_file_entry(count_use);
	for (unsigned i = 0; i < MAX_SWAPFILES; i++) {
		const struct swap_info *si = &swap_info[i];

		for (u64 slot = 1; si->used && slot < si->max; slot++)
			if (*swap_cache_slot(si, slot))
				count_use(swp_entry(i, slot));
	}
}

/* With all uses subtracted: the first slot that is not nothing. */
static bool find_miscount(swp_entry_t *e)
{
	for (unsigned i = 0; i < MAX_SWAPFILES; i++) {
		const struct swap_info *si = &swap_info[i];

		for (u64 slot = 1; si->used && slot < si->max; slot++) {
			u16 state = *swap_map(si, slot);

			*e = swp_entry(i, slot);
			if (state != SWAP_BAD && (state & SWAP_COUNT))
				return true;
		}
	}
	return false;
}

/* Slots in use and usable ones, against the area's counters. */
static int check_totals(const struct swap_info *si)
{
	u64 inuse = 0, pages = 0;

	for (u64 slot = 1; slot < si->max; slot++) {
		u16 state = *swap_map(si, slot);

		pages += state != SWAP_BAD;
		inuse += state != SWAP_BAD && (state & SWAP_COUNT);
	}
	if (pages != si->pages || inuse != si->inuse)
		return violated(13, "%s: %llu of %llu slots in use, counted "
				"%llu of %llu", si->name,
				(unsigned long long)inuse,
				(unsigned long long)pages,
				(unsigned long long)si->inuse,
				(unsigned long long)si->pages);
	return 0;
}

int check_slots(void)
{
	unsigned long cached = 0;
	bool miscount;
	swp_entry_t e;
	int ret = for_each_pte(check_pte_name);

	if (!ret)
		ret = for_each_file_entry(check_file_name);
	for (unsigned i = 0; i < MAX_SWAPFILES && !ret; i++) {
		if (!swap_info[i].used)
			continue;
		ret = check_cache(&swap_info[i], &cached);
		if (!ret)
			ret = check_totals(&swap_info[i]);
	}
	if (!ret && cached != nr_swapcache_pages)
		ret = violated(13, "swap cache has %lu pages, counted %lu",
			       cached, nr_swapcache_pages);
	if (ret)
		return ret;
	count_all(-1);
	miscount = find_miscount(&e);
	count_all(1);
	if (miscount)
		return violated(13, "slot %llx: count %u does not match its "
				"users", (unsigned long long)e.val,
				swap_count(e));
	return 0;
}
