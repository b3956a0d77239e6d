// SPDX-License-Identifier: GPL-2.0
/*
 * The LRU lists: every page that reclaim may ever consider is on one of them,
 * or isolated by reclaim for a moment.
 *
 * Two lists for anonymous (swapbacked) and two for file pages, new pages at
 * the head, reclaim from the tail; and one that reclaim never looks at, so
 * that its cost does not grow with the amount of locked memory.
 * Keeps true: I8 (unevictable pages, and no others, are on that list) and the
 * stored sizes of I12.  Lock: (t), nothing here sleeps.
 * (Linux: mm/swap.c, include/linux/mm_inline.h)
 */
#include <mm/filemap.h>
#include <mm/mm.h>
#include <mm/swap.h>

#define LIST_INIT_AT(l) [l] = TAILQ_HEAD_INITIALIZER(lru_lists[l])
struct page_list lru_lists[NR_LRU_LISTS] = {
	LIST_INIT_AT(LRU_INACTIVE_ANON), LIST_INIT_AT(LRU_ACTIVE_ANON),
	LIST_INIT_AT(LRU_INACTIVE_FILE), LIST_INIT_AT(LRU_ACTIVE_FILE),
	LIST_INIT_AT(LRU_UNEVICTABLE),
};
unsigned long lru_size[NR_LRU_LISTS];

/*
 * The protection of locked memory from reclaim is this one answer.  Whoever
 * decides for reclaim's sake whether a page stays (page_evictable() here,
 * try_to_unmap() in rmap.c, the last test before a swap slot in reclaim.c)
 * asks it; nobody else tests the lock.  `make control` builds a kernel in
 * which it is always false, to see the tests fail.
 */
bool lock_protects(bool locked)
{
	return locked;
}

bool page_evictable(const struct page *page)
{
	const struct address_space *mapping = page_mapping(page);

	return !lock_protects(page_test(page, PG_mlocked)) &&
	       !(mapping && mapping->flags & AS_UNEVICTABLE);
}

/* The list of a page that is on one. */
static enum lru_list page_lru(const struct page *page)
{
	enum lru_list base = page_test(page, PG_swapbacked) ?
			     LRU_INACTIVE_ANON : LRU_INACTIVE_FILE;

	if (page_test(page, PG_unevictable))
		return LRU_UNEVICTABLE;
	return base + page_test(page, PG_active);
}

void lru_cache_add(struct page *page)
{
	enum lru_list lru;

	BUG_ON(page_test(page, PG_lru));
	if (!page_evictable(page)) {
		page_set(page, PG_unevictable);
		page_clear(page, PG_active);
		count_vm_event(UNEVICTABLE_PGCULLED);
	}
	page_set(page, PG_lru);
	lru = page_lru(page);
	TAILQ_INSERT_HEAD(&lru_lists[lru], page, lru);
	lru_size[lru]++;
}

void lru_del(struct page *page)
{
	enum lru_list lru = page_lru(page);

	BUG_ON(!page_test(page, PG_lru));
	TAILQ_REMOVE(&lru_lists[lru], page, lru);
	lru_size[lru]--;
	page_clear(page, PG_lru);
	page_clear(page, PG_unevictable);
}

void lru_recheck(struct page *page)
{
	bool culled = page_test(page, PG_unevictable);

	/* Isolated: reclaim puts it on the right list. */
	if (!page_test(page, PG_lru) || culled == !page_evictable(page))
		return;
	lru_del(page);
	if (culled)
		count_vm_event(UNEVICTABLE_PGRESCUED);
	lru_cache_add(page);
}

/*
 * inactive, unreferenced -> inactive, referenced -> active, unreferenced ->
 * active, referenced.  A page read once is dropped before one read twice.
 */
void mark_page_accessed(struct page *page)
{
	if (page_test(page, PG_unevictable))
		return;
	if (!page_test(page, PG_referenced)) {
		page_set(page, PG_referenced);
		return;
	}
	if (page_test(page, PG_active) || !page_test(page, PG_lru))
		return;
	lru_del(page);
	page_set(page, PG_active);
	page_clear(page, PG_referenced);
	lru_cache_add(page);
	count_vm_event(PGACTIVATE);
}
