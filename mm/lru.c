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

/* lab 3: begin page_evictable = true */
bool page_evictable(const struct page *page)
{
	const struct address_space *mapping = page_mapping(page);

	return !lock_protects(page_test(page, PG_mlocked) ||
			      page_test(page, PG_sealed) ||
			      (mapping && mapping->flags & AS_UNEVICTABLE));
}
/* lab 3: end */

/* The list of an evictable page. */
static enum lru_list evictable_lru(const struct page *page)
{
	return (page_test(page, PG_swapbacked) ? LRU_INACTIVE_ANON :
						 LRU_INACTIVE_FILE) +
	       page_test(page, PG_active);
}

static inline void list_add(struct page *page, enum lru_list lru)
{
	TAILQ_INSERT_HEAD(&lru_lists[lru], page, lru);
	lru_size[lru]++;
}

static inline void list_del(struct page *page, enum lru_list lru)
{
	TAILQ_REMOVE(&lru_lists[lru], page, lru);
	lru_size[lru]--;
}

/* A page on no list goes on the unevictable one. */
static void cull(struct page *page)
{
	page->flags |= 1u << PG_unevictable;
	page->flags &= ~(1u << PG_active);
	count_vm_event(UNEVICTABLE_PGCULLED);
	list_add(page, LRU_UNEVICTABLE);
}

void lru_cache_add(struct page *page)
{
	BUG_ON(page_test(page, PG_lru));
	page_set(page, PG_lru);
	if (page_evictable(page))
		list_add(page, evictable_lru(page));
	else
		cull(page);
}

void lru_del(struct page *page)
{
	BUG_ON(!page_test(page, PG_lru));
	list_del(page, page_test(page, PG_unevictable) ? LRU_UNEVICTABLE :
						evictable_lru(page));
	page->flags &= ~(1u << PG_lru | 1u << PG_unevictable);
}

/* lab 3: begin lru_recheck, mark_page_accessed */
void lru_recheck(struct page *page)
{
	bool culled = page_test(page, PG_unevictable);

	/* Isolated: reclaim puts it on the right list. */
	if (!page_test(page, PG_lru) || culled == !page_evictable(page))
		return;
	if (culled) {
		list_del(page, LRU_UNEVICTABLE);
		page_clear(page, PG_unevictable);
		count_vm_event(UNEVICTABLE_PGRESCUED);
		list_add(page, evictable_lru(page));
	} else {
		list_del(page, evictable_lru(page));
		cull(page);
	}
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
/* lab 3: end */
