// SPDX-License-Identifier: GPL-2.0
/*
 * The checker's part for swap slots, I13 (check.c): every use of a slot that
 * can be found is counted into slot->recount, which is scratch for this file
 * alone; then the counts are compared.
 */
#include <mm/check.h>
#include <mm/filemap.h>
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

void begin_slots(void)
{
	struct swap_info *const end = swap_info + MAX_SWAPFILES, *si;

	for (si = swap_info; si < end; si++)
		for (u64 i = 1; si->used && i < si->max; i++)
			swap_slot(si, i)->recount = 0;
}

static int count_file_entries(const struct address_space *mapping)
{
	u64 index = 0;
	int ret = 0;
	void *e;

	for (; !ret && (e = radix_next(&mapping->i_pages, &index)); index++)
		if (radix_is_value(e))
			ret = count_slot((swp_entry_t){ radix_to_value(e) },
					 "a file");
	return ret;
}

/* One area, all uses but the cache's being counted. */
static int check_area(const struct swap_info *si, unsigned long *cached)
{
	u64 inuse = 0, pages = 0;

	for (u64 i = 1; i < si->max; i++) {
		const struct swap_slot *slot = swap_slot(si, i);
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
	struct address_space *mapping;
	unsigned long cached = 0;
	int ret = 0;

	LIST_FOREACH(mapping, &all_mappings, list)
		if (!ret && mapping->nrswap)	/* counted by check_mappings */
			ret = count_file_entries(mapping);
	for (si = swap_info; si < end && !ret; si++)
		if (si->used)
			ret = check_area(si, &cached);
	if (!ret && cached != nr_swapcache_pages)
		ret = violated(13, "swap cache has %lu pages, counted %lu",
			       cached, nr_swapcache_pages);
	return ret;
}
