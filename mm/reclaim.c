// SPDX-License-Identifier: GPL-2.0
/*
 * Reclaim: choosing pages that nobody has used for a while, and freeing them.
 *
 *   active list --unused--> inactive list --unused--> written, freed
 *        ^---------used twice----'   '---used once: one more round
 *
 * A batch is taken off the lists (isolated: a reference, no PG_lru), judged
 * (dirty pages of files are written then), those for swap are written in one
 * piece, and what could not be freed is put back.  No
 * list has unevictable pages.
 * Keeps true: a locked page gets no swap slot (every mapping is asked before a
 * slot is taken); a page is freed only if clean and referenced by nobody else;
 * page locks are only tried, so reclaim waits for nothing but the disk.
 * Locks: (t); (p) over the write.  Rejected: one lock around reclaim, which
 * would make a task that could free its own pages wait for a slow disk.
 * (Linux: mm/vmscan.c)
 */
#include <mm/filemap.h>
#include <mm/lru.h>
#include <mm/mm.h>
#include <mm/swap.h>

#define SWAP_CLUSTER_MAX 32u	/* pages in a batch */
#define DEF_PRIORITY	 12	/* scan 1/4096 of a list, then 1/2048 ... */

unsigned long nr_isolated;

/* A batch came back: tasks that found nothing to reclaim look again. */
static struct wait_queue batch_done = WAIT_QUEUE_INIT(batch_done);
static unsigned long batches_done;

/* What to do with one page. */
enum verdict {
	PAGE_KEEP,		/* back to the list where it belongs */
	PAGE_ACTIVATE,
	PAGE_WRITE,		/* swap cache, dirty: locked still */
	PAGE_FREE,		/* clean and unmapped: locked still */
};

/* ---- isolation ------------------------------------------------------ */

static void isolate_page(struct page *page, struct page_list *list)
{
	get_page(page);
	lru_del(page);
	nr_isolated++;
	TAILQ_INSERT_TAIL(list, page, lru);
}

static void isolate_pages(enum lru_list lru, unsigned n,
			  struct page_list *list)
{
	struct page *page;

	while (n-- && (page = TAILQ_LAST(&lru_lists[lru], page_list))) {
		isolate_page(page, list);
		count_vm_event(PGSCAN);
	}
}

/* Back to the list where the page belongs now. */
static void putback_page(struct page *page)
{
	nr_isolated--;
	lru_cache_add(page);
	put_page(page);
}

static void batch_ends(void)
{
	batches_done++;
	wake_up(&batch_done);
}

/* ---- one page ------------------------------------------------------- */

/* References that reclaim can account for; more means somebody is using it. */
static bool page_is_pinned(const struct page *page)
{
	return page->_refcount != 1 + page_known_refs(page);
}

/* lab 3: begin check_references = PAGE_KEEP, anon_to_swap = PAGE_ACTIVATE */
/* Second chance.  Asks every mapping, so it also sees every lock. */
static enum verdict check_references(struct page *page, bool ignore_references)
{
	unsigned long vm_flags = 0;
	int ptes = page->_mapcount ? page_referenced(page, &vm_flags) : 0;
	bool referenced = page_test(page, PG_referenced);

	if (lock_protects(vm_flags & VM_LOCKED))
		return PAGE_KEEP;
	page_clear(page, PG_referenced);
	if (ignore_references || !ptes)
		return PAGE_FREE;
	page_set(page, PG_referenced);
	if (referenced || ptes > 1)
		return PAGE_ACTIVATE;
	if ((vm_flags & VM_EXEC) && !page_test(page, PG_swapbacked))
		return PAGE_ACTIVATE;
	return PAGE_KEEP;
}

/* Give an anonymous page a slot and take it from its mappings. */
static enum verdict anon_to_swap(struct page *page)
{
	bool new_slot = !page_test(page, PG_swapcache);

	if (new_slot && !page->_mapcount)
		return PAGE_FREE;	/* nobody's: its last reference goes */
	if (new_slot ? !add_to_swap(page) : swap_slot_unusable(page))
		return PAGE_ACTIVATE;
	if (page->_mapcount && !try_to_unmap(page)) {
		if (new_slot)
			try_to_free_swap(page);
		return PAGE_ACTIVATE;
	}
	if (try_to_free_swap(page))
		return PAGE_FREE;
	return page_test(page, PG_dirty) ? PAGE_WRITE : PAGE_FREE;
}
/* lab 3: end */

/* A shmem page: its file, not its mappings, will name the slot. */
static enum verdict shmem_page_to_swap(struct page *page)
{
	if (page->_mapcount && !try_to_unmap(page))
		return PAGE_ACTIVATE;
	if (!add_to_swap(page))
		return PAGE_ACTIVATE;
	shmem_to_swap(page, page->private);
	return PAGE_WRITE;
}

/* A page of a file with a disk; dirty ones are written here and now. */
static enum verdict file_page_out(struct page *page)
{
	if (page->_mapcount && !try_to_unmap(page)) {
		unlock_page(page);
		return PAGE_ACTIVATE;
	}
	if (clear_page_dirty(page)) {
		write_cluster(page->mapping, page);	/* unlocks */
		if (!trylock_page(page))
			return PAGE_KEEP;
	}
	return PAGE_FREE;
}

static enum verdict swapbacked_page_out(struct page *page)
{
	enum verdict v;

	if (page_test(page, PG_anon) || page_test(page, PG_swapcache))
		v = anon_to_swap(page);
	else if (page->mapping)
		v = shmem_page_to_swap(page);
	else
		v = PAGE_FREE;		/* truncated while isolated */
	if (v == PAGE_ACTIVATE || v == PAGE_KEEP)
		unlock_page(page);
	return v;
}

/* Everything up to the write.  The page comes back locked with PAGE_WRITE and
 * PAGE_FREE only. */
static enum verdict judge_page(struct page *page, bool ignore_references)
{
	enum verdict v = PAGE_KEEP;

	if (!trylock_page(page))
		return PAGE_KEEP;
	if (page_evictable(page) && !page_test(page, PG_writeback) &&
	    !page_is_pinned(page))
		v = check_references(page, ignore_references);
	if (v != PAGE_FREE) {
		unlock_page(page);
		return v;
	}
	if (page_test(page, PG_swapbacked))
		return swapbacked_page_out(page);
	if (page_mapping(page))
		return file_page_out(page);
	return PAGE_FREE;
}

/* Nobody but the cache and reclaim has it, and its contents, if anybody still
 * wants them, are on a disk. */
static bool may_free(const struct page *page)
{
	bool cached = page_test(page, PG_swapcache) || page_mapping(page);

	return !page->_mapcount && !page_is_pinned(page) &&
	       !(cached && page_test(page, PG_dirty));
}

/* A locked page with PAGE_WRITE (done) or PAGE_FREE: take it out of its cache.
 * True: the caller's reference is the last one. */
static bool leave_cache(struct page *page)
{
	bool ok = may_free(page);

	if (ok && page_test(page, PG_swapcache))
		delete_from_swap_cache(page);
	else if (ok && page_mapping(page))
		delete_from_page_cache(page);
	unlock_page(page);
	return ok;
}

/* Pages with leave_cache() to come; the list is empty afterwards. */
static unsigned long free_page_list(struct page_list *list)
{
	unsigned long freed = 0;
	struct page *page;

	while ((page = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, page, lru);
		if (leave_cache(page)) {
			nr_isolated--;
			freed++;
			put_page(page);
			continue;
		}
		/* Its write failed: it need not come round again soon. */
		if (page_test(page, PG_dirty))
			page_set(page, PG_active);
		putback_page(page);
	}
	return freed;
}

/* ---- one batch ------------------------------------------------------ */

/* Returns how many were freed; the list is empty afterwards. */
static unsigned long shrink_page_list(struct page_list *list,
				      bool ignore_references)
{
	struct page_list writes = TAILQ_HEAD_INITIALIZER(writes);
	struct page_list locked = TAILQ_HEAD_INITIALIZER(locked);
	unsigned long freed = 0;
	struct page *page;

	while ((page = TAILQ_FIRST(list))) {
		enum verdict v = judge_page(page, ignore_references);

		TAILQ_REMOVE(list, page, lru);
		if (v == PAGE_WRITE) {
			TAILQ_INSERT_TAIL(&writes, page, lru);
		} else if (v == PAGE_FREE) {
			TAILQ_INSERT_TAIL(&locked, page, lru);
		} else {
			if (v == PAGE_ACTIVATE) {
				page_set(page, PG_active);
				count_vm_event(PGACTIVATE);
			}
			putback_page(page);
		}
	}
	swap_writepages(&writes);
	TAILQ_CONCAT(&locked, &writes, lru);
	freed = free_page_list(&locked);
	vm_events[PGSTEAL] += freed;
	batch_ends();
	return freed;
}

/* ---- the lists ------------------------------------------------------ */

static unsigned long shrink_inactive_list(enum lru_list lru)
{
	struct page_list batch = TAILQ_HEAD_INITIALIZER(batch);

	isolate_pages(lru, SWAP_CLUSTER_MAX, &batch);
	return shrink_page_list(&batch, false);
}

/* lab 3: begin shrink_active_list */
/* A page's turn on the active list ends, used or not, but program text that is
 * in use stays.  What is used on the inactive list comes back from there. */
static void age_active_page(struct page *page)
{
	unsigned long vm_flags = 0;
	bool used = page->_mapcount && page_referenced(page, &vm_flags);

	if (used && (vm_flags & VM_EXEC) && !page_test(page, PG_swapbacked))
		return;
	if (used)
		page_set(page, PG_referenced);
	page_clear(page, PG_active);
	count_vm_event(PGDEACTIVATE);
}

static void shrink_active_list(enum lru_list lru)
{
	struct page_list batch = TAILQ_HEAD_INITIALIZER(batch);
	struct page *page;

	isolate_pages(lru, SWAP_CLUSTER_MAX, &batch);
	while ((page = TAILQ_FIRST(&batch))) {
		TAILQ_REMOVE(&batch, page, lru);
		age_active_page(page);
		putback_page(page);
	}
}
/* lab 3: end */

/* One of the two pairs of lists: scan its share for this priority, until *freed
 * is what is wanted. */
static void shrink_pair(enum lru_list inactive, int priority,
			unsigned long wanted, unsigned long *freed)
{
	enum lru_list active = inactive + 1;
	unsigned long total = lru_size[inactive] + lru_size[active];
	unsigned long scan = max(total >> priority,
				 (unsigned long)SWAP_CLUSTER_MAX);

	for (unsigned long n = 0; n < scan; n += SWAP_CLUSTER_MAX) {
		if (lru_size[inactive] <= lru_size[active])
			shrink_active_list(active);
		if (!lru_size[inactive] || *freed >= wanted)
			return;
		*freed += shrink_inactive_list(inactive);
	}
}

/* Anonymous pages are worth a look while a slot is free, or while some keep a
 * slot and could do without their frame. */
static unsigned long do_try_to_free_pages(unsigned long wanted)
{
	unsigned long freed = 0;

	for (int prio = DEF_PRIORITY; prio >= 0 && freed < wanted; prio--) {
		shrink_pair(LRU_INACTIVE_FILE, prio, wanted, &freed);
		if (nr_swap_pages || nr_swapcache_pages)
			shrink_pair(LRU_INACTIVE_ANON, prio, wanted, &freed);
	}
	return freed ? freed : kmem_cache_shrink_all();
}

unsigned long try_to_free_pages(unsigned long pages)
{
	unsigned long freed = do_try_to_free_pages(pages);
	unsigned long seen = batches_done;

	if (freed || !nr_isolated)
		return freed;
	/* What there is, others are writing just now: their batch ends soon,
	 * and that is no reason to kill anybody. */
	wait_event(&batch_done, batches_done != seen);
	return do_try_to_free_pages(pages);
}

bool reclaim_page(struct page *page)
{
	struct page_list batch = TAILQ_HEAD_INITIALIZER(batch);

	if (!page_test(page, PG_lru) || page_test(page, PG_unevictable))
		return false;
	isolate_page(page, &batch);
	return shrink_page_list(&batch, true);
}
