// SPDX-License-Identifier: GPL-2.0
/*
 * Swap slots and the swap cache: where a page is while it has both a frame and
 * a place on the disk.
 *
 *             add_to_swap             try_to_unmap, write
 *   memory  -------------> swap cache -------------------> swap entries only
 *           <-------------            <-------------------
 *      delete_from_swap_cache             swapin_page
 *
 * Keeps true: I13 (a slot's count = entries naming it + 1 if cached; page and
 * slot name each other) and: the disk copy of a slot is valid unless its
 * cached page is dirty.  So a clean page may leave the cache while others
 * still name the slot, and each side has the same contents.  That is how a
 * page that becomes locked loses its slot at once (I9), where Linux keeps slot
 * and page together (semantics.md, W2 and W3).
 * Locks: (t); (p) held over the I/O.  Areas are made in swapfile.c, read and
 * written in swap_io.c.  (Linux: mm/swap_state.c, mm/swapfile.c)
 */
#include <mm/filemap.h>
#include <mm/mm.h>
#include <mm/swap.h>

#define SWAP_CLUSTER 32u	/* slots that are looked for together ... */
#define CLUSTER_SEARCH 1024ul	/* ... among so many; if there are none, */
#define SINGLE_SLOTS 256u	/* so many are taken before the next search */

struct swap_info swap_info[MAX_SWAPFILES];
unsigned long total_swap_pages, nr_swap_pages, nr_swapcache_pages;

/* ---- slots ---------------------------------------------------------- */

static bool slot_free(const struct swap_slot *slot)
{
	return !slot->count && !slot->bad;
}

/* The start of SWAP_CLUSTER free slots in a row, or 0.  Not sought in all of a
 * large area: where every second slot is taken, each search would fail. */
static u64 find_free_cluster(const struct swap_info *si)
{
	u64 slot = si->next;
	unsigned run = 0;

	for (u64 n = min(si->max, CLUSTER_SEARCH); n; n--, slot++) {
		if (slot >= si->max) {
			slot = 1;
			run = 0;
		}
		run = slot_free(swap_slot(si, slot)) ? run + 1 : 0;
		if (run == SWAP_CLUSTER)
			return slot - SWAP_CLUSTER + 1;
	}
	return 0;
}

static void start_cluster(struct swap_info *si)
{
	u64 start = find_free_cluster(si);

	if (start)
		si->next = start;
	si->cluster_left = start ? SWAP_CLUSTER : SINGLE_SLOTS;
}

/* A free slot, the next one after the last if possible; 0: none. */
static u64 scan_swap_map(struct swap_info *si)
{
	u64 n = si->max - 1;		/* slot 0 is the header */

	if (!si->cluster_left)
		start_cluster(si);
	si->cluster_left--;
	for (u64 i = 0; i < n; i++) {
		u64 slot = (si->next - 1 + i) % n + 1;

		if (slot_free(swap_slot(si, slot))) {
			si->next = slot + 1;
			return slot;
		}
	}
	return 0;
}

/* A slot with count 1 from the area of highest priority that has one. */
static swp_entry_t get_swap_slot(void)
{
	struct swap_info *best = NULL;
	u64 slot;

	for (unsigned i = 0; i < MAX_SWAPFILES; i++) {
		struct swap_info *si = &swap_info[i];

		if (si->used && !si->busy && si->inuse < si->pages &&
		    (!best || si->prio > best->prio))
			best = si;
	}
	if (!best || !(slot = scan_swap_map(best)))
		return (swp_entry_t){ 0 };
	swap_slot(best, slot)->count = 1;
	best->inuse++;
	nr_swap_pages--;
	return swp_entry(best->type, slot);
}

struct swap_slot *swap_entry_slot(swp_entry_t e)
{
	const struct swap_info *si;
	struct swap_slot *slot;

	if (swp_type(e) >= MAX_SWAPFILES)
		return NULL;
	si = &swap_info[swp_type(e)];
	if (!si->used || !swp_offset(e) || swp_offset(e) >= si->max)
		return NULL;
	slot = swap_slot(si, swp_offset(e));
	return slot->count ? slot : NULL;
}

static struct swap_info *entry_info(swp_entry_t e)
{
	return &swap_info[swp_type(e)];
}

/* For entries that count as users of their slot. */
static inline struct swap_slot *used_slot(swp_entry_t e)
{
	struct swap_slot *slot = swap_slot(entry_info(e), swp_offset(e));

	BUG_ON(!slot->count);
	return slot;
}

/* The PTEs and shmem entries that name it. */
static unsigned slot_entries(const struct swap_slot *slot)
{
	return slot->count - (slot->page ? 1 : 0);
}

/* One user of the slot less; the last frees it, or retires it. */
static void slot_put(struct swap_info *si, struct swap_slot *slot)
{
	if (--slot->count)
		return;
	si->inuse--;
	if (slot->bad) {
		si->pages--;
		if (!si->busy)
			total_swap_pages--;
	} else if (!si->busy) {
		nr_swap_pages++;
	}
}

bool swap_slot_unusable(const struct page *page)
{
	swp_entry_t e = page_swap_entry(page);

	return used_slot(e)->bad || entry_info(e)->busy;
}

unsigned swap_count(swp_entry_t e)
{
	const struct swap_slot *slot = swap_entry_slot(e);

	return slot ? slot_entries(slot) : 0;
}

void swap_duplicate(swp_entry_t e)
{
	struct swap_slot *slot = used_slot(e);

	/* One per mm and file: never near the limit (NR_TASKS_MAX mms, each
	 * with a copy for every address the entry was moved to). */
	BUG_ON(slot->count >= UINT16_MAX - 1);
	slot->count++;
}

void swap_free(swp_entry_t e)
{
	struct swap_slot *slot = used_slot(e);
	struct page *page = slot->page;

	slot_put(entry_info(e), slot);
	if (!page || slot_entries(slot) || page_test(page, PG_locked))
		return;
	/* A locked page had to keep the slot for the entry that goes now. */
	if (!page->_mapcount || page_test(page, PG_mlocked))
		delete_from_swap_cache(page);
}

/* ---- the swap cache ------------------------------------------------- */

/* lab 3: begin add_to_swap_cache, add_to_swap = false */
/* Enter a page; the slot's count already has the cache's share. */
void add_to_swap_cache(struct page *page, swp_entry_t e)
{
	struct swap_slot *slot = used_slot(e);

	BUG_ON(slot->page || page_test(page, PG_swapcache));
	slot->page = page;
	page->private = e.val;
	page_set(page, PG_swapcache);
	get_page(page);
	nr_swapcache_pages++;
}

bool add_to_swap(struct page *page)
{
	swp_entry_t e = get_swap_slot();

	BUG_ON(!page_test(page, PG_locked));
	if (!e.val)
		return false;
	add_to_swap_cache(page, e);
	page_set(page, PG_dirty);
	page_set(page, PG_uptodate);
	return true;
}
/* lab 3: end */

/* lab 3: begin delete_from_swap_cache */
void delete_from_swap_cache(struct page *page)
{
	swp_entry_t e = page_swap_entry(page);
	struct swap_slot *slot = used_slot(e);

	BUG_ON(page_test(page, PG_writeback));
	slot->page = NULL;
	page_clear(page, PG_swapcache);
	page->private = 0;
	page_set(page, PG_dirty);
	nr_swapcache_pages--;
	slot_put(entry_info(e), slot);
	put_page(page);
}
/* lab 3: end */

/* By present entries too: those that the cached page got back from it. */
bool swap_entry_shared(swp_entry_t e)
{
	const struct swap_slot *slot = used_slot(e);

	return slot_entries(slot) + (slot->page ? slot->page->_mapcount : 0) >
	       1;
}

bool page_swapped_count(const struct page *page)
{
	return page_test(page, PG_swapcache) &&
	       slot_entries(used_slot(page_swap_entry(page)));
}

/* lab 3: begin try_to_free_swap = false, free_swap_cache */
bool try_to_free_swap(struct page *page)
{
	if (!page_test(page, PG_swapcache) || page_test(page, PG_writeback) ||
	    page_swapped_count(page))
		return false;
	delete_from_swap_cache(page);
	return true;
}

void free_swap_cache(struct page *page)
{
	if (page_test(page, PG_swapcache) && !page->_mapcount &&
	    !page_test(page, PG_locked))
		try_to_free_swap(page);
}
/* lab 3: end */

/* lab 3: begin swap_forget_locked, lookup_swap_cache = NULL */
void swap_forget_locked(struct page *page)
{
	if (!page_test(page, PG_swapcache) || page_test(page, PG_writeback))
		return;
	/* After a failed write somebody's entry may have nothing but this
	 * page (swap_io.c).  Only then does it stay. */
	if (page_test(page, PG_dirty) && page_swapped_count(page))
		return;
	delete_from_swap_cache(page);
}

struct page *lookup_swap_cache(swp_entry_t e)
{
	const struct swap_slot *slot = swap_entry_slot(e);
	struct page *page = slot ? slot->page : NULL;

	if (page)
		get_page(page);
	return page;
}
/* lab 3: end */
