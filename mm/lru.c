// SPDX-License-Identifier: GPL-2.0
/*
 * The LRU lists: every page that reclaim may ever consider is on one of them,
 * or isolated by reclaim for a moment.
 *
 * Two lists for anonymous (swapbacked) two for file pages, new pages at the
 * head, reclaim from the tail.  A page that is not evictable is on none and
 * only counted, so that the cost of reclaim does not grow with the amount of
 * locked memory.
 * Keeps true: I8 (unevictable pages, and no others, are on no list) and the
 * stored sizes of I12.  Lock: (t), nothing here sleeps.
 * (Linux: mm/swap.c, include/linux/mm_inline.h)
 */
#include <mm/lru.h>

#define LIST_INIT_AT(l) [l] = TAILQ_HEAD_INITIALIZER(lru_lists[l])
struct page_list lru_lists[LRU_UNEVICTABLE] = {
	LIST_INIT_AT(LRU_INACTIVE_ANON), LIST_INIT_AT(LRU_ACTIVE_ANON),
	LIST_INIT_AT(LRU_INACTIVE_FILE), LIST_INIT_AT(LRU_ACTIVE_FILE),
};
unsigned long lru_size[NR_LRU_LISTS];

/* lab 3: begin mark_page_accessed */
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
