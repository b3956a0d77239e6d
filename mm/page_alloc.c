// SPDX-License-Identifier: GPL-2.0
/*
 * The frame allocator: a binary buddy system (Linux: mm/page_alloc.c).
 *
 * Keeps true: a free block of order n starts at a frame number that is a
 * multiple of 2^n, its head has PG_buddy and private = n, and no two free
 * buddies of one order exist unmerged; but for up to HOT_MAX single frames,
 * which go first and are merged when a block is missing (Linux's per-CPU
 * lists); of some of them it is known that they have nothing but zeros.
 * nr_free_pages is the sum of all (I12).  Free frames have refcount 0 and no
 * other flag (I11).
 *
 * Guarded by (t): nothing here sleeps but alloc_slow(), which holds nothing.
 */
#include <mm/lru.h>

struct page *mem_map;
unsigned long max_pfn;
unsigned long totalram_pages, nr_free_pages;
unsigned long wmark_min, wmark_low, wmark_high;

static struct page_list free_area[MAX_ORDER + 1];

#define HOT_MAX 4096		/* frames */
static struct page *hot;	/* linked by lru.tqe_next */
static int hot_room;		/* frames that may be added */

void mem_map_init(struct page *map, unsigned long pfns)
{
	unsigned order;

	mem_map = map;
	max_pfn = pfns;
	memset(map, 0, pfns * sizeof(*map));
	for (order = 0; order <= MAX_ORDER; order++)
		TAILQ_INIT(&free_area[order]);
	hot = NULL;
	hot_room = HOT_MAX;
	totalram_pages = 0;
	nr_free_pages = 0;
}

static void block_insert(struct page *page, unsigned order)
{
	page_set(page, PG_buddy);
	page->private = order;
	TAILQ_INSERT_HEAD(&free_area[order], page, lru);
}

static void block_remove(struct page *page)
{
	TAILQ_REMOVE(&free_area[page->private], page, lru);
	page_clear(page, PG_buddy);
}

static bool is_free_block(u64 pfn, unsigned order)
{
	return pfn < max_pfn && page_test(pfn_to_page(pfn), PG_buddy) &&
	       pfn_to_page(pfn)->private == order;
}

static void join_block(struct page *page, unsigned order)
{
	u64 pfn = page_to_pfn(page), buddy;

	/* The other half of the next larger block, if free as a whole. */
	while (order < MAX_ORDER &&
	       is_free_block(buddy = pfn ^ 1ul << order, order)) {
		block_remove(pfn_to_page(buddy));
		pfn &= buddy;
		order++;
	}
	block_insert(pfn_to_page(pfn), order);
}

void free_area_add(phys_addr_t start, phys_addr_t end)
{
	u64 pfn = PAGE_ALIGN(start) >> PAGE_SHIFT;
	u64 last = min((u64)(end >> PAGE_SHIFT), (u64)max_pfn);
	unsigned order;

	while (pfn < last) {
		order = pfn ? min(__builtin_ctzl(pfn), MAX_ORDER) : MAX_ORDER;
		while (pfn + (1ul << order) > last)
			order--;
		totalram_pages += 1ul << order;
		nr_free_pages += 1ul << order;
		if (page_test(pfn_to_page(pfn), PG_reserved))
			for (u64 i = 0; i < 1ul << order; i++)
				mem_map[pfn + i].flags = 0;
		join_block(pfn_to_page(pfn), order);
		pfn += 1ul << order;
	}
}

void reserve_rest(void)
{
	for (u64 pfn = 0, step; pfn < max_pfn; pfn += step) {
		struct page *page = pfn_to_page(pfn);

		step = page_test(page, PG_buddy) ? 1ul << page->private : 1;
		if (!page_test(page, PG_buddy))
			page_set(page, PG_reserved);
	}
}

/* min as Linux has it: 4 * sqrt(low memory in kB) kB; low and high 25 and 50
 * per cent above. */
void page_alloc_init_watermarks(void)
{
	unsigned long kb = totalram_pages * (PAGE_SIZE / 1024), root = 1;

	while (root * root < kb * 16)
		root++;
	wmark_min = max(root * 1024 / PAGE_SIZE, 32ul);
	wmark_low = wmark_min + wmark_min / 4;
	wmark_high = wmark_min + wmark_min / 2;
}

static inline struct page *take_hot(void)
{
	struct page *page = hot;

	if (page) {
		hot = TAILQ_NEXT(page, lru);
		hot_room++;
	}
	return page;
}

static void join_hot(void)
{
	struct page *page;

	while ((page = take_hot())) {
		page_clear(page, PG_buddy);
		join_block(page, 0);
	}
}

/* A block of the buddies', split as needed. */
static struct page *split_block(unsigned order)
{
	struct page *page;
	unsigned o = order;

	while (!(page = TAILQ_FIRST(&free_area[o])))
		if (++o > MAX_ORDER)
			return NULL;
	block_remove(page);
	while (o > order) {
		o--;
		block_insert(page + (1ul << o), o);
	}
	return page;
}

/* Take a block, leaving at least `reserve` frames free. */
static inline struct page *take_block(unsigned order, unsigned long reserve)
{
	struct page *page;

	if (nr_free_pages < reserve + (1ul << order))
		return NULL;
	page = order ? NULL : take_hot();
	if (!page)
		page = split_block(order);
	if (unlikely(!page)) {
		join_hot();
		page = split_block(order);
		if (!page)
			return NULL;
	}
	nr_free_pages -= 1ul << order;
	return page;
}

/* The last reserve is for those whose progress frees memory. */
static unsigned long reserve_for(gfp_t gfp)
{
	return gfp & GFP_MEMALLOC || task_is_oom_victim() ? 0 : wmark_min;
}

#define ALLOC_TRIES 64

/* Reclaim, then the OOM killer, then give its victim time to exit. */
static __noinline struct page *alloc_slow(gfp_t gfp, unsigned order)
{
	unsigned long freed;
	struct page *page;
	int tries;

	for (tries = 0; tries < ALLOC_TRIES; tries++) {
		freed = try_to_free_pages(max(32ul, 1ul << order));
		page = take_block(order, reserve_for(gfp));
		if (page)
			return page;
		if (gfp & GFP_NORETRY || fatal_signal_pending())
			return NULL;
		if (freed)
			continue;
		if (order > 3 || current->oom_refused || !out_of_memory())
			return NULL;
		sleep_ns(1000000, false);
	}
	return NULL;
}

static inline void prep_page(struct page *page, gfp_t gfp, unsigned order)
{
	page->flags = 0;
	page->_refcount = 1;
	page->_mapcount = 0;
	page->mlock_count = 0;
	page->mapping = NULL;
	page->index = 0;
	if (gfp & GFP_ZERO && page->private != CLEAR_FRAME)
		for (unsigned i = 0; i < 1u << order; i++)
			clear_page(page_address(page + i));
	page->private = order;
}

struct page *alloc_pages(gfp_t gfp, unsigned order)
{
	struct page *page;

	if (order > MAX_ORDER || should_fail_alloc())
		return NULL;
	page = should_find_no_frame() ? NULL :
	       take_block(order, (gfp & GFP_MEMALLOC) ? 0 : wmark_min);
	if (unlikely(nr_free_pages < wmark_low) && !(gfp & GFP_MEMALLOC))
		wakeup_kswapd();
	if (unlikely(!page)) {
		if (gfp & GFP_KERNEL)
			page = alloc_slow(gfp, order);
		if (!page)
			return NULL;
	}
	count_vm_event(PGALLOC);
	prep_page(page, gfp, order);
	return page;
}

/* Most often one was freed lately, and there are enough others. */
struct page *alloc_page(gfp_t gfp)
{
	struct page *page;

	if (unlikely(!hot || nr_free_pages <= wmark_low || fault_armed))
		return alloc_pages(gfp, 0);
	page = take_hot();
	nr_free_pages--;
	count_vm_event(PGALLOC);
	prep_page(page, gfp, 0);
	return page;
}

static inline void count_free(struct page *page, unsigned order)
{
	if (unlikely(page_test(page, PG_sealed)))
		clear_page(page_address(page));
	count_vm_event(PGFREE);
	nr_free_pages += 1ul << order;
	page->_refcount = 0;
}

static inline void free_frame(struct page *page, u64 kind)
{
	count_free(page, 0);
	if (unlikely(--hot_room < 0)) {
		hot_room = 0;
		page->flags = 0;
		join_block(page, 0);
		return;
	}
	page->flags = 1u << PG_buddy;
	page->private = kind;
	TAILQ_NEXT(page, lru) = hot;
	hot = page;
}

void free_pages(struct page *page, unsigned order)
{
	BUG_ON(page->_refcount != 1 || page_test(page, PG_lru));
	if (!order) {
		free_frame(page, HOT_FRAME);
		return;
	}
	count_free(page, order);
	page->flags = 0;
	join_block(page, order);
}

static inline void free_used_page(struct page *page)
{
	BUG_ON(page->_mapcount);
	if (page_test(page, PG_lru))
		lru_forget(page);
	free_frame(page, HOT_FRAME);
}

void free_clear_page(struct page *page)
{
	BUG_ON(page->_refcount != 1);
	free_frame(page, CLEAR_FRAME);
}

#define IN_USE (1u << PG_swapcache | 1u << PG_locked)

void put_last_reference(struct page *page)
{
	BUG_ON(page->_refcount != 1 || page->flags & IN_USE);
	free_used_page(page);
}

void release_pages(struct page **pages, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct page *page = pages[i];

		if (likely(page->_refcount == 1 && !(page->flags & IN_USE))) {
			free_used_page(page);
		} else {
			free_swap_cache(page);
			put_page(page);
		}
	}
}
