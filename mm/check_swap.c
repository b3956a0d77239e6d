// SPDX-License-Identifier: GPL-2.0
/*
 * The checker's part for swap slots, I13 (check.c): every use of a slot that
 * can be found is counted into slot->recount, which is scratch for the checker
 * alone; then the counts are compared, and are 0 again.
 */
#include <mm/check.h>
#include <mm/swap.h>

int count_slot(swp_entry_t e, const char *by)
{
	struct swap_slot *slot = swap_entry_slot(e);

	if (!slot)
		return violated(13, "%s names slot %lx, which is not in use",
				by, e.val);
	slot->recount++;
	return 0;
}

void forget_slots(void)
{
	struct swap_info *const end = swap_info + MAX_SWAPFILES, *si;

	for (si = swap_info; si < end; si++)
		for (u64 i = 1; si->used && i < si->max; i++)
			swap_slot(si, i)->recount = 0;
}

/* One area, all uses but the cache's being counted. */
static int check_area(const struct swap_info *si, unsigned long *cached)
{
	u64 inuse = 0, pages = 0;

	for (u64 i = 1; i < si->max; i++) {
		struct swap_slot *slot = swap_slot(si, i);
		const struct page *page = slot->page;

		pages += slot->count || !slot->bad;
		inuse += slot->count > 0;
		*cached += page != NULL;
		if (slot->count != slot->recount + (page != NULL))
			return violated(13, "%s: slot %lu has count %u, users "
					"%u", si->name, i, slot->count,
					slot->recount);
		if (page && (!page_test(page, PG_swapcache) ||
			     page->private != swp_entry(si->type, i).val))
			return violated(13, "%s: slot %lu caches page %lx, "
					"which names slot %lx", si->name, i,
					page_to_pfn(page), page->private);
		slot->recount = 0;
	}
	if (pages != si->pages || inuse != si->inuse)
		return violated(13, "%s: %lu of %lu slots in use, counted %lu "
				"of %lu", si->name, inuse, pages, si->inuse,
				si->pages);
	return 0;
}

int check_slots(void)
{
	struct swap_info *const end = swap_info + MAX_SWAPFILES, *si;
	unsigned long cached = 0;
	int ret = 0;

	for (si = swap_info; si < end && !ret; si++)
		if (si->used)
			ret = check_area(si, &cached);
	if (!ret && cached != nr_swapcache_pages)
		ret = violated(13, "swap cache has %lu pages, counted %lu",
			       cached, nr_swapcache_pages);
	return ret;
}
