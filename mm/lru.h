/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A page's way on and off the LRU lists (mm/lru.c): inline, for every fault,
 * unmapping and locking of a page goes through here.
 */
#ifndef MM_LRU_H
#define MM_LRU_H

#include <mm/filemap.h>
#include <mm/swap.h>

/*
 * The protection of locked memory from reclaim is this one answer.  Whoever
 * decides for reclaim's sake whether a page stays (page_evictable() here,
 * try_to_unmap() in rmap.c, the last test before a swap slot in reclaim.c)
 * asks it; nobody else tests the lock.  `make control` builds a kernel in
 * which it is always false, to see the tests fail.
 */
static inline bool lock_protects(bool locked)
{
	return locked;
}

/* lab 3: begin page_evictable = true */
/* Not mlocked, never a sealed mm's, and its mapping not AS_UNEVICTABLE. */
static inline bool page_evictable(const struct page *page)
{
	const struct address_space *mapping;

	if (lock_protects(page->flags & (1u << PG_mlocked | 1u << PG_sealed)))
		return false;
	mapping = page_mapping(page);
	return !mapping || !lock_protects(mapping->flags & AS_UNEVICTABLE);
}
/* lab 3: end */

/* The list of an evictable page. */
static inline enum lru_list evictable_lru(const struct page *page)
{
	_Static_assert(PG_swapbacked == PG_active + 1, "enum lru_list");

	return page->flags >> PG_active & 3;
}

static inline void lru_link(struct page *page)
{
	enum lru_list lru = evictable_lru(page);

	TAILQ_INSERT_HEAD(&lru_lists[lru], page, lru);
	lru_size[lru]++;
}

static inline void lru_unlink(struct page *page)
{
	enum lru_list lru = evictable_lru(page);

	TAILQ_REMOVE(&lru_lists[lru], page, lru);
	lru_size[lru]--;
}

/* A page on no list is counted as unevictable. */
static inline void lru_cull(struct page *page)
{
	page->flags |= 1u << PG_unevictable;
	page->flags &= ~(1u << PG_active);
	count_vm_event(UNEVICTABLE_PGCULLED);
	lru_size[LRU_UNEVICTABLE]++;
}

/* Put a page that is on no list on the one where it belongs: anon or file by
 * PG_swapbacked, active by PG_active; on none if not page_evictable(). */
static inline void lru_cache_add(struct page *page)
{
	BUG_ON(page_test(page, PG_lru));
	page_set(page, PG_lru);
	if (likely(page_evictable(page)))
		lru_link(page);
	else
		lru_cull(page);
}

/* The same for an anonymous page that is new. */
static inline void lru_cache_add_anon(struct page *page)
{
	page_set(page, PG_lru);
	if (unlikely(!page_evictable(page))) {
		lru_cull(page);
		return;
	}
	TAILQ_INSERT_HEAD(&lru_lists[LRU_INACTIVE_ANON], page, lru);
	lru_size[LRU_INACTIVE_ANON]++;
}

/* Off its list; the flags stay. */
static inline void lru_forget(struct page *page)
{
	if (unlikely(page_test(page, PG_unevictable)))
		lru_size[LRU_UNEVICTABLE]--;
	else
		lru_unlink(page);
}

/* Off its list; PG_lru cleared. */
static inline void lru_del(struct page *page)
{
	BUG_ON(!page_test(page, PG_lru));
	lru_forget(page);
	page->flags &= ~(1u << PG_lru | 1u << PG_unevictable);
}

#define LRU_FLAGS (1u << PG_lru | 1u << PG_unevictable)

/* lab 3: begin lru_lock, lru_unlock */
/* What keeps the page from reclaim came or went: off its list, or on one, now.
 * Isolated ones, reclaim puts where they belong. */
static __always_inline void lru_lock(struct page *page)
{
	u32 flags = page->flags;
	enum lru_list lru = flags >> PG_active & 3;

	if ((flags & LRU_FLAGS) != 1u << PG_lru || page_evictable(page))
		return;
	TAILQ_REMOVE(&lru_lists[lru], page, lru);
	lru_size[lru]--;
	lru_size[LRU_UNEVICTABLE]++;
	page->flags = (flags & ~(1u << PG_active)) | 1u << PG_unevictable;
	count_vm_event(UNEVICTABLE_PGCULLED);
}

static __always_inline void lru_unlock(struct page *page)
{
	u32 flags = page->flags;
	enum lru_list lru = flags >> PG_active & 2;	/* an inactive one */

	if ((flags & LRU_FLAGS) != LRU_FLAGS || !page_evictable(page))
		return;
	page->flags = flags & ~(1u << PG_unevictable);
	lru_size[LRU_UNEVICTABLE]--;
	count_vm_event(UNEVICTABLE_PGRESCUED);
	TAILQ_INSERT_HEAD(&lru_lists[lru], page, lru);
	lru_size[lru]++;
}

/* lab 3: end */
/* lab 3: begin lru_lock_usual = false, lru_unlock_usual = false */
/* Most pages are anonymous, inactive, without a slot, and locked by one entry
 * or none.  These two do lru_lock() and lru_unlock(), PG_mlocked and
 * mlock_count for such a page, in half the time, or answer false.
 * lru_count_locked() does the sums, for all of them together. */
#define LRU_USUAL	(1u << PG_anon | 1u << PG_lru)
#define LRU_USUAL_LOCKED (LRU_USUAL | 1u << PG_unevictable | 1u << PG_mlocked)
#define LRU_UNUSUAL	(1u << PG_active | 1u << PG_sealed |		\
			 1u << PG_swapcache | 1u << PG_reserved)

static __always_inline bool lru_lock_usual(struct page *page)
{
	u32 kind = page->flags & (LRU_USUAL_LOCKED | LRU_UNUSUAL);

	if (!lock_protects(kind == LRU_USUAL))
		return false;
	page->flags |= LRU_USUAL_LOCKED;
	page->mlock_count = 1;
	TAILQ_REMOVE(&lru_lists[LRU_INACTIVE_ANON], page, lru);
	return true;
}

static __always_inline bool lru_unlock_usual(struct page *page)
{
	u32 kind = page->flags & (LRU_USUAL_LOCKED | LRU_UNUSUAL);

	if (kind != LRU_USUAL_LOCKED || page->mlock_count != 1)
		return false;
	page->flags ^= LRU_USUAL ^ LRU_USUAL_LOCKED;
	page->mlock_count = 0;
	TAILQ_INSERT_HEAD(&lru_lists[LRU_INACTIVE_ANON], page, lru);
	return true;
}
/* lab 3: end */

static inline void lru_count_locked(long n)
{
	lru_size[LRU_INACTIVE_ANON] -= n;
	lru_size[LRU_UNEVICTABLE] += n;
	if (n > 0)
		vm_events[UNEVICTABLE_PGCULLED] += n;
	else
		vm_events[UNEVICTABLE_PGRESCUED] -= n;
}

static inline void lru_recheck(struct page *page)
{
	lru_lock(page);
	lru_unlock(page);
}

#endif
