// SPDX-License-Identifier: GPL-2.0
/* Lab 3: the lists, the way back from a page, the second chance, swap. */
#include "../check.h"
#include <mm/lru.h>

#define A (@BASE@ul * PAGE_SIZE)
#define B (A + P(100000))
#define N @PAGES@ul
#define SECRET "SECRET-IS-LOCKED"
#define LOOSE  "THIS-ONE-IS-FREE"

static void map_filled(unsigned long at, unsigned long pages, const char *tag)
{
	assert_int_equal(map(task, at, pages, RW, ANON | MAP_FIXED), at);
	fill(task, at, pages, tag);
}

/* A file of n pages, page by page in the cache, mapped by nobody. */
static struct file *cached_file(unsigned long n)
{
	struct file *f = host_file_new(P(n), P(n), FMODE_READ | FMODE_WRITE);
	struct page *page;
	bool major;

	for (unsigned long i = 0; i < n; i++) {
		page = filemap_get_page(f->f_mapping, i, &major);
		assert_false(IS_ERR(page));
		put_page(page);
	}
	return f;
}

/* A page of it, if it is still in the cache. */
static struct page *cached(struct file *f, unsigned long i)
{
	struct page *page = find_get_page(f->f_mapping, i);

	if (page)
		put_page(page);
	return page;
}

static unsigned long cached_pages(struct file *f, unsigned long from,
				  unsigned long n)
{
	unsigned long count = 0;

	for (unsigned long i = from; i < from + n; i++)
		count += cached(f, i) != NULL;
	return count;
}

/* ---- task 1 ------------------------------------------------------------ */

static void unevictable(void)
{
	unsigned long anon;

	map_filled(A, N, "x");
	anon = lru_size[LRU_INACTIVE_ANON] + lru_size[LRU_ACTIVE_ANON];
	WANT("mlock", U(task, sys_mlock(A, P(N))), 0);
	WANT("pages on the unevictable list", lru_size[LRU_UNEVICTABLE], N);
	WANT("pages on the lists of anonymous pages",
	     lru_size[LRU_INACTIVE_ANON] + lru_size[LRU_ACTIVE_ANON],
	     anon - N);
	WANT("PG_unevictable of a page", page_test(page_at(task, A),
						   PG_unevictable), true);
	WANT("page_evictable() of it", page_evictable(page_at(task, A)),
	     false);
	WANT("culled, by vmstat", vm_events[UNEVICTABLE_PGCULLED], N);
	WANT("mlock again", U(task, sys_mlock(A, P(N))), 0);
	WANT("culled: nothing new", vm_events[UNEVICTABLE_PGCULLED], N);
	WANT("munlock", U(task, sys_munlock(A, P(N))), 0);
	WANT("pages on the unevictable list", lru_size[LRU_UNEVICTABLE], 0);
	WANT("rescued, by vmstat", vm_events[UNEVICTABLE_PGRESCUED], N);
	WANT("pages on the lists of anonymous pages",
	     lru_size[LRU_INACTIVE_ANON] + lru_size[LRU_ACTIVE_ANON], anon);
}

/* A page that reclaim holds when it becomes locked. */
static void isolated(void)
{
	struct page *page;

	map_filled(A, 1, "x");
	page = page_at(task, A);
	lru_del(page);
	mlock_vma_page(page);
	WANT("an isolated page that is locked goes on no list",
	     page_test(page, PG_lru) || lru_size[LRU_UNEVICTABLE], false);
	lru_cache_add(page);
	WANT("put back, it is on the unevictable one",
	     lru_size[LRU_UNEVICTABLE], 1);
	lru_del(page);
	munlock_vma_page(page);
	WANT("an isolated page that is unlocked goes on no list",
	     page_test(page, PG_lru), false);
	lru_cache_add(page);
	WANT("put back, it is on another", lru_size[LRU_UNEVICTABLE], 0);
	host_check();
}

static void accessed(void)
{
	struct file *f = cached_file(1);
	struct page *page = cached(f, 0);
	unsigned long active = lru_size[LRU_ACTIVE_FILE];

	page_clear(page, PG_referenced);
	mark_page_accessed(page);
	WANT("used once: PG_referenced", page_test(page, PG_referenced), true);
	WANT("used once: PG_active", page_test(page, PG_active), false);
	mark_page_accessed(page);
	WANT("used twice: PG_active", page_test(page, PG_active), true);
	WANT("used twice: PG_referenced", page_test(page, PG_referenced),
	     false);
	WANT("it is on the active list", lru_size[LRU_ACTIVE_FILE],
	     active + 1);
	WANT("pgactivate of vmstat", vm_events[PGACTIVATE], 1);
	mark_page_accessed(page);
	mark_page_accessed(page);
	WANT("used again: on the active list still",
	     lru_size[LRU_ACTIVE_FILE], active + 1);
	WANT("pgactivate", vm_events[PGACTIVATE], 1);
	fput(f);
}

/* ---- task 2 ------------------------------------------------------------ */

static void referenced(void)
{
	struct task_struct *child;
	unsigned long flags = 0;
	struct page *page;

	map_filled(A, 1, "x");
	child = fork_of(task);
	byte_at(child, A);
	byte_at(task, A);
	page = page_at(task, A);
	WANT("entries through which a page of two tasks was used",
	     page_referenced(page, &flags), 2);
	WANT("VM_WRITE among the flags of its areas", flags & VM_WRITE,
	     VM_WRITE);
	WANT("asked again: nobody used it since",
	     page_referenced(page, &flags), 0);
	flush_tlb_mm(child->mm->pgd);
	byte_at(child, A);
	flags = VM_EXEC;
	WANT("used by one", page_referenced(page, &flags), 1);
	WANT("flags are added to what was there", flags & VM_EXEC, VM_EXEC);
	WANT("mlock by the other", U(task, sys_mlock(A, P(1))), 0);
	page_referenced(page_at(task, A), &flags);
	WANT("VM_LOCKED among them", flags & VM_LOCKED, VM_LOCKED);
}

static void unmap_file(void)
{
	struct file *f = cached_file(4);
	struct page *page = cached(f, 2);
	struct task_struct *child;
	long rss = task->mm->rss_stat[MM_FILEPAGES];

	map_file(task, A, 4, RW, MAP_SHARED | MAP_FIXED, f, 0);
	map_file(task, B, 2, PROT_READ, MAP_PRIVATE | MAP_FIXED, f, 2);
	assert_int_equal(poke(task, A + P(2), 7), 0);
	byte_at(task, B);
	child = fork_of(task);
	byte_at(child, A + P(2));
	byte_at(child, B);
	WANT("entries that map the page", page->_mapcount, 4);
	clear_page_dirty(page);
	*pte_lookup(task->mm, A + P(2)) =
		pte_mkdirty(*pte_lookup(task->mm, A + P(2)));
	get_page(page);
	lock_page(page);
	WANT("try_to_unmap()", try_to_unmap(page), true);
	unlock_page(page);
	WANT("entries now", page->_mapcount, 0);
	WANT("references: the cache's and ours", page->_refcount, 2);
	WANT("an entry", entry_at(task, A + P(2)).v, 0);
	WANT("another task's", entry_at(child, B).v, 0);
	WANT("what an entry had stored makes the page dirty",
	     page_test(page, PG_dirty), true);
	WANT("rss of the task, file pages",
	     task->mm->rss_stat[MM_FILEPAGES], rss);
	put_page(page);
	host_check();		/* the TLB, too */
	WANT("what is read afterwards", byte_at(task, A + P(2)), 7);
	fput(f);
}

static void unmap_locked(void)
{
	struct file *f = cached_file(1);
	struct page *page = cached(f, 0);

	map_file(task, A, 1, PROT_READ, MAP_SHARED | MAP_FIXED, f, 0);
	byte_at(task, A);
	get_page(page);
	lock_page(page);
	WANT("try_to_unmap() of a plain page", try_to_unmap(page), true);
	unlock_page(page);
	WANT("mlock", U(task, sys_mlock(A, P(1))), 0);
	lock_page(page);
	WANT("try_to_unmap() of a locked one", try_to_unmap(page), false);
	unlock_page(page);
	put_page(page);
	WANT("its entries", page->_mapcount, 1);
	WANT("it is there", resident(task, A), true);
	fput(f);
}

/* ---- task 3: with files, for which no swap is needed --------------------- */

static void second_chance(void)
{
	struct file *f = cached_file(3 * 32);
	unsigned long freed;

	map_file(task, A, 96, PROT_READ, MAP_SHARED | MAP_FIXED, f, 0);
	/* The oldest third is in use, the rest is not. */
	for (unsigned i = 0; i < 96; i++)
		page_clear(cached(f, i), PG_referenced);
	for (unsigned i = 0; i < 32; i++)
		byte_at(task, A + P(i));
	freed = try_to_free_pages(32);
	unit_check();
	WANT("at least 32 pages were freed", freed >= 32, true);
	WANT("pages that were in use and are still mapped",
	     resident_pages(task, A, 32), 32);
	WANT("at most 32 of the 64 idle ones are left",
	     cached_pages(f, 32, 64) <= 32, true);
	/* Chances do not add up: unused since, they go in the end. */
	for (unsigned i = 0; i < 40 && cached_pages(f, 0, 96); i++)
		try_to_free_pages(96);
	unit_check();
	WANT("pages left when nobody uses any", cached_pages(f, 0, 96), 0);
	fput(f);
}

/* A page of a file, used through so many entries and then looked at once by
 * reclaim, which finds idle pages besides. */
static struct page *used_by(struct file *f, unsigned tasks)
{
	struct file *idle = cached_file(64);
	struct page *page = cached(f, 0);
	struct task_struct *t[8];

	page_clear(page, PG_referenced);
	for (unsigned i = 0; i < tasks; i++) {
		t[i] = spawn("user", 1000);
		map_file(t[i], A, 1, PROT_READ, MAP_SHARED | MAP_FIXED, f, 0);
		byte_at(t[i], A);
	}
	WANT("pages were freed", try_to_free_pages(1) > 0, true);
	for (unsigned i = 0; i < tasks; i++)
		leave(t[i]);
	fput(idle);
	return page;
}

static void many_users(void)
{
	struct file *f = cached_file(1), *g;
	struct page *page = used_by(f, @PTES@ + 1);

	WANT("used through @PTES@ + 1 entries: PG_active",
	     page_test(page, PG_active), true);
	fput(f);
	g = cached_file(1);
	page = used_by(g, 1);
	WANT("used through one entry: it is there", cached(g, 0) == page,
	     true);
	WANT("... but not active", page_test(page, PG_active), false);
	WANT("... and remembered: PG_referenced",
	     page_test(page, PG_referenced), true);
	if (@PTES@ > 1) {
		struct file *h = cached_file(1);

		WANT("used through @PTES@ entries: PG_active",
		     page_test(used_by(h, @PTES@), PG_active), false);
		fput(h);
	}
	fput(g);
}

static void aging(void)
{
	struct file *f = cached_file(96);
	struct page *last = cached(f, 95);
	unsigned long freed;

	for (unsigned i = 0; i < 96; i++) {
		struct page *page = cached(f, i);

		page_clear(page, PG_referenced);
		if (!page_test(page, PG_active)) {
			lru_del(page);
			page_set(page, PG_active);
			lru_cache_add(page);
		}
	}
	WANT("active pages", lru_size[LRU_ACTIVE_FILE], 96);
	freed = try_to_free_pages(16);
	unit_check();
	WANT("pages were freed", freed > 0, true);
	WANT("pgdeactivate of vmstat is not 0", vm_events[PGDEACTIVATE] > 0,
	     true);
	WANT("the oldest page is gone", cached(f, 0) != NULL, false);
	WANT("the youngest is there", cached(f, 95) == last, true);
	WANT("and active", page_test(last, PG_active), true);
	fput(f);
}

static void in_use_stays(void)
{
	struct file *f = cached_file(100), *g = cached_file(100);
	unsigned long hot, cold;

	map_file(task, A, 100, PROT_READ, MAP_SHARED | MAP_FIXED, f, 0);
	map_file(task, B, 100, PROT_READ, MAP_SHARED | MAP_FIXED, g, 0);
	for (unsigned round = 0; round < 6; round++) {
		for (unsigned i = 0; i < 100; i++)
			byte_at(task, A + P(i));
		flush_tlb_mm(task->mm->pgd);
		try_to_free_pages(16);
	}
	hot = cached_pages(f, 0, 100);
	cold = cached_pages(g, 0, 100);
	printf("left of 100 pages in use: %lu, of 100 idle ones: %lu\n", hot,
	       cold);
	WANT("more are left of those in use", hot > cold, true);
	fput(f);
	fput(g);
}

/* ---- task 4: out ------------------------------------------------------ */

static void swap_out(void)
{
	unsigned long slots = nr_swap_pages;

	map_filled(A, 40, LOOSE);
	squeeze();
	WANT("pages that are on the disk by their entries",
	     swapped_pages(task, A, 40), 40);
	WANT("swap entries counted", task->mm->rss_stat[MM_SWAPENTS], 40);
	WANT("free slots", nr_swap_pages, slots - 40);
	WANT("pages found on the disk",
	     host_disk_find(unit_swap, LOOSE, 16), 40);
	WANT("pages in the swap cache: each was freed", nr_swapcache_pages,
	     0);
}

static void slot_shared(void)
{
	struct task_struct *child;
	unsigned long slots = nr_swap_pages;
	swp_entry_t e;

	map_filled(A, N, "both");
	child = fork_of(task);
	squeeze();
	WANT("pages of the parent on the disk", swapped_pages(task, A, N), N);
	WANT("of the child", swapped_pages(child, A, N), N);
	WANT("free slots: one for both", nr_swap_pages, slots - N);
	e = pte_to_swp_entry(entry_at(task, A));
	WANT("entries that name a slot", swap_count(e), 2);
	leave(child);
	WANT("after the child's end", swap_count(e), 1);
	WANT("free slots", nr_swap_pages, slots - N);
	WANT("munmap", unmap(task, A, N), 0);
	WANT("free slots", nr_swap_pages, slots);
}

/* Full: nothing is lost, nothing hangs. */
static void swap_full(void)
{
	map_filled(A, 60, LOOSE);
	squeeze();
	WANT("free slots", nr_swap_pages, 0);
	WANT("pages on the disk", swapped_pages(task, A, 60),
	     unit_swap->pages - 1);
	WANT("munmap of half", unmap(task, A, 30), 0);
	squeeze();
	WANT("the rest that found room", swapped_pages(task, A + P(30), 30),
	     min(30ul, (unsigned long)unit_swap->pages - 1));
}

static void canary(void)
{
	struct task_struct *hog = spawn("hog", 1000);

	map_filled(A, 64, SECRET);
	map_filled(B, 64, LOOSE);
	WANT("mlock", U(task, sys_mlock(A, P(64))), 0);
	map(hog, A, 1000, RW, ANON | MAP_FIXED);
	fill(hog, A, 1000, "HOG-FILLS-MEMORY");
	WANT("pages of others on the disk: more than 32",
	     host_disk_find(unit_swap, LOOSE, 16) > 32, true);
	WANT("locked pages on the disk",
	     host_disk_find(unit_swap, SECRET, 16), 0);
	WANT("locked pages in memory", mlocked_pages(task, A, 64), 64);
	verify(task, A, 64, SECRET);
}

/* ---- task 5: in ------------------------------------------------------- */

static void swap_in(void)
{
	unsigned long slots = nr_swap_pages;

	map_filled(A, 40, "data");
	squeeze();
	WANT("pages on the disk", swapped_pages(task, A, 40), 40);
	task->maj_flt = 0;
	verify(task, A, 40, "data");
	WANT("swap entries counted", task->mm->rss_stat[MM_SWAPENTS], 0);
	WANT("faults that waited for the disk: some, but not one a page",
	     task->maj_flt > 0 && task->maj_flt < 30, true);
	fill(task, A, 40, "new");
	squeeze();
	verify(task, A, 40, "new");
	WANT("munmap", unmap(task, A, 40), 0);
	WANT("free slots", nr_swap_pages, slots);
}

static void swap_in_clean(void)
{
	u64 written;

	map_filled(A, 32, "data");
	squeeze();
	WANT("pages on the disk", swapped_pages(task, A, 32), 32);
	verify(task, A, 32, "data");
	written = unit_swap->bdev.moved[1];
	squeeze();
	WANT("on the disk again", swapped_pages(task, A, 32), 32);
	WANT("sectors written for pages that nobody changed",
	     unit_swap->bdev.moved[1] - written, 0);
	verify(task, A, 32, "data");
}

static void swap_in_shared(void)
{
	struct task_struct *child;

	map_filled(A, N, "both");
	squeeze();
	child = fork_of(task);
	WANT("pages of the child on the disk", swapped_pages(child, A, N), N);
	fill(child, A, N, "child");
	squeeze();
	verify(task, A, N, "both");
	verify(child, A, N, "child");
	verify(task, A, N, "both");
}

/* A page that becomes locked leaves the swap cache, and keeps its contents. */
static void lock_forgets(void)
{
	map_filled(A, 32, SECRET);
	squeeze();
	WANT("pages on the disk", swapped_pages(task, A, 32), 32);
	WANT("mlock", U(task, sys_mlock(A, P(32))), 0);
	WANT("pages mlocked", mlocked_pages(task, A, 32), 32);
	WANT("of them in the swap cache",
	     page_test(page_at(task, A), PG_swapcache), false);
	memset(unit_swap->data + PAGE_SIZE, 0,
	       P(unit_swap->pages - 1) - PAGE_SIZE);
	squeeze();
	verify(task, A, 32, SECRET);
	WANT("what was written to the disk since",
	     host_disk_find(unit_swap, SECRET, 16), 0);
}

static void read_error(void)
{
	unsigned char c;

	map_filled(A, N, "data");
	squeeze();
	verify(task, A, 1, "data");
	squeeze();
	WANT("pages on the disk", swapped_pages(task, A, N), N);
	unit_swap->fail_read = 1;
	unit_swap->lasting = true;
	WANT("the disk does not read: signal", peek(task, A, &c), SIGBUS);
	unit_swap->fail_read = 0;
	verify(task, A, N, "data");
}

int main(int argc, char **argv)
{
	static const struct unit_case cases[] = {
		CHECK("unevictable", unevictable), CHECK("isolated", isolated),
		CHECK("accessed", accessed), CHECK("referenced", referenced),
		CHECK("unmap-file", unmap_file),
		CHECK("unmap-locked", unmap_locked),
		CHECK("second-chance", second_chance),
		CHECK("many-users", many_users), CHECK("aging", aging),
		CHECK("in-use-stays", in_use_stays),
		CHECK_MEM("swap-out", swap_out, 1024, 256),
		CHECK_MEM("slot-shared", slot_shared, 1024, 256),
		CHECK_MEM("swap-full", swap_full, 1024, 32),
		CHECK_MEM("canary", canary, 512, 2048),
		CHECK_MEM("swap-in", swap_in, 1024, 256),
		CHECK_MEM("swap-in-clean", swap_in_clean, 1024, 256),
		CHECK_MEM("swap-in-shared", swap_in_shared, 1024, 256),
		CHECK_MEM("lock-forgets", lock_forgets, 1024, 256),
		CHECK_MEM("read-error", read_error, 1024, 256),
	};

	return check_main(argc, argv, cases, ARRAY_SIZE(cases));
}
