// SPDX-License-Identifier: GPL-2.0
/* Lab 2: demand-zero pages, copy on write, the stack that grows. */
#include "../check.h"

#define A (@BASE@ul * PAGE_SIZE)
#define N @PAGES@ul
#define STEP @STEP@ul

static long rss(struct task_struct *t)
{
	return t->mm->rss_stat[MM_ANONPAGES];
}

static void map_n(unsigned long n)
{
	assert_int_equal(map(task, A, n, RW, ANON | MAP_FIXED), A);
}

static u64 pfn_at(struct task_struct *t, unsigned long addr)
{
	return pte_pfn(entry_at(t, addr));
}

static bool writable_at(struct task_struct *t, unsigned long addr)
{
	return pte_write(entry_at(t, addr));
}

/* ---- task 1 ------------------------------------------------------------ */

static void zero_read(void)
{
	unsigned long frames;
	long before = rss(task);

	map_n(N);
	byte_at(task, A);	/* page tables */
	frames = nr_free_pages;
	for (unsigned long i = 0; i < N; i++)
		WANT("a byte of memory that nobody wrote",
		     byte_at(task, A + P(i)), 0);
	WANT("frames taken to read it", frames - nr_free_pages, 0);
	WANT("the page is the zero page", is_zero_pfn(pfn_at(task, A)), true);
	WANT("it is writable", writable_at(task, A), false);
	WANT("anonymous pages counted", rss(task), before);
}

static void zero_write(void)
{
	unsigned char *zeros = page_address(zero_page);
	long before = rss(task);

	map_n(N);
	byte_at(task, A);
	WANT("read: the zero page", is_zero_pfn(pfn_at(task, A)), true);
	WANT("a write to what was only read", poke(task, A + 5, 7), 0);
	WANT("what was written", byte_at(task, A + 5), 7);
	WANT("the byte beside it", byte_at(task, A + 6), 0);
	WANT("the zero page's own byte", zeros[5], 0);
	WANT("the entry maps the zero page", is_zero_pfn(pfn_at(task, A)),
	     false);
	WANT("anonymous pages counted", rss(task), before + 1);
	WANT("a write to what was never read", poke(task, A + P(1), 1), 0);
	WANT("it is zeros but for that byte", byte_at(task, A + P(1) + 100),
	     0);
	WANT("anonymous pages counted", rss(task), before + 2);
	WANT("entries that map the page", page_at(task, A)->_mapcount, 1);
	WANT("its references", page_at(task, A)->_refcount, 1);
}

static void file_private(void)
{
	struct file *f = host_file_new(P(2), P(2), FMODE_READ | FMODE_WRITE);
	struct page *page;
	bool major;

	host_inode(f)->data[3] = 'f';
	WANT("mmap of a file, private", map_file(task, A, 2, RW,
		MAP_PRIVATE | MAP_FIXED, f, 0), A);
	WANT("what is read", byte_at(task, A + 3), 'f');
	WANT("file pages counted", task->mm->rss_stat[MM_FILEPAGES], 1);
	WANT("a write to it", poke(task, A + 4, 'x'), 0);
	WANT("the byte beside it", byte_at(task, A + 3), 'f');
	WANT("file pages counted", task->mm->rss_stat[MM_FILEPAGES], 0);
	page = filemap_get_page(f->f_mapping, 0, &major);
	WANT("the file's own byte", ((char *)page_address(page))[4], 0);
	WANT("entries that map the file's page", page->_mapcount, 0);
	WANT("its references: the cache's and ours", page->_refcount, 2);
	put_page(page);
	fput(f);
}

static long touch_once(void)
{
	struct task_struct *was = host_switch(task);
	unsigned ret;

	down_read(&task->mm->mmap_lock);
	ret = handle_mm_fault(vma_lookup(task->mm, A), A, FAULT_FLAG_WRITE);
	up_read(&task->mm->mmap_lock);
	host_switch(was);
	return ret & VM_FAULT_OOM ? -ENOMEM : (long)ret;
}

static void prepare(void)
{
	map_n(1);
	byte_at(task, A);
}

static void cleanup(void)
{
	unmap(task, A, 1);
}

/* Each allocation fails once: an error, nothing lost, nothing changed. */
static void no_memory(void)
{
	static const struct alloc_test test = {
		"write fault", prepare, touch_once, cleanup };
	unsigned long frames;

	map_n(1);
	byte_at(task, A);
	WANT("a read maps the zero page", is_zero_pfn(pfn_at(task, A)), true);
	fail_alloc_after = 0;
	frames = nr_free_pages;
	WANT("a write fault without memory", touch_once(), -ENOMEM);
	fail_alloc_after = -1;
	WANT("the entry is what it was", is_zero_pfn(pfn_at(task, A)), true);
	WANT("frames lost", frames - nr_free_pages, 0);
	unmap(task, A, 1);
	fail_each_alloc(&test);
}

/* ---- task 2 ------------------------------------------------------------ */

/* The one page of a file, for whose copy a frame must be reclaimed.  Pages of
 * files go first: if nobody holds it, this one. */
static void copy_under_pressure(void)
{
	struct file *f = host_file_new(P(1), P(1), FMODE_READ | FMODE_WRITE);
	unsigned long flags;

	memset(host_inode(f)->data, 'f', PAGE_SIZE);
	map_file(task, A, 1, RW, MAP_PRIVATE | MAP_FIXED, f, 0);
	byte_at(task, A);
	page_referenced(page_at(task, A), &flags);
	page_clear(page_at(task, A), PG_referenced);
	flush_tlb_mm(task->mm->pgd);
	host_hog(wmark_min);
	WANT("a write to a page of a file, for a copy of which there is no "
	     "frame", poke(task, A + 5, 'x'), 0);
	for (unsigned i = 0; i < 10; i++)
		WANT("a byte of the copy", byte_at(task, A + i),
		     i == 5 ? 'x' : 'f');
	host_unhog();
	WANT("the file's own byte", host_inode(f)->data[5], 'f');
	unmap(task, A, 1);
	fput(f);
}

/* So little memory that each copy must first reclaim. */
static void short_of_memory(void)
{
	unsigned long other = A + P(1000);
	struct task_struct *child;

	map(task, other, 40, RW, ANON | MAP_FIXED);
	fill(task, other, 40, "parent");
	for (unsigned round = 0; round < 6; round++) {
		verify(task, other, 40, "parent");
		child = fork_of(task);
		WANT("after fork both map one frame", pfn_at(child, other),
		     pfn_at(task, other));
		copy_under_pressure();
		verify(task, other, 40, "parent");
		host_hog(wmark_min + 4);
		fill(child, other, 40, round & 1 ? "odd" : "even");
		verify(task, other, 40, "parent");
		verify(child, other, 40, round & 1 ? "odd" : "even");
		host_unhog();
		leave(child);
	}
}

/* ---- task 3 ------------------------------------------------------------ */

static void fork_shares(void)
{
	struct task_struct *child;
	unsigned long before;

	map_n(200);
	fill(task, A, 200, "x");
	before = nr_free_pages;
	child = fork_of(task);
	WANT("frames taken by fork for 200 pages: at most 30 (tables, areas)",
	     before - nr_free_pages <= 30, true);
	WANT("both map one frame", pfn_at(child, A), pfn_at(task, A));
	WANT("entries that map it", page_at(task, A)->_mapcount, 2);
	WANT("the parent's is writable", writable_at(task, A), false);
	WANT("the child's is writable", writable_at(child, A), false);
	WANT("anonymous pages of the child", rss(child), rss(task));
}

static void fork_write(void)
{
	struct task_struct *child;
	u64 pfn;

	map_n(N);
	fill(task, A, N, "x");
	child = fork_of(task);
	pfn = pfn_at(task, A);
	WANT("after fork both map one frame", pfn_at(child, A), pfn);
	WANT("the child writes", poke(child, A, 'c'), 0);
	WANT("the parent reads", byte_at(task, A), 'x');
	WANT("the child's page is another", pfn_at(child, A) != pfn, true);
	WANT("entries that map the parent's", page_at(task, A)->_mapcount, 1);
	WANT("the parent writes", poke(task, A, 'p'), 0);
	WANT("the child reads", byte_at(child, A), 'c');
	WANT("the parent, alone now, wrote in place", pfn_at(task, A), pfn);
	pfn = pfn_at(child, A + P(1));
	leave(task);
	task = child;
	WANT("the child writes after the parent's end",
	     poke(child, A + P(1), 'c'), 0);
	WANT("in place", pfn_at(child, A + P(1)), pfn);
}

/* The processor remembers that the parent might write. */
static void fork_tlb(void)
{
	struct task_struct *child;

	map_n(N);
	fill(task, A, N, "before");
	child = fork_of(task);
	WANT("the pages are shared", pfn_at(child, A), pfn_at(task, A));
	fill(task, A, N, "after");
	verify(child, A, N, "before");
	verify(task, A, N, "after");
	host_check();
}

/* Whatever an entry may be: absent, the zero page, a page, a swap slot. */
static void fork_entries(void)
{
	unsigned long slots = nr_swap_pages;
	struct task_struct *child;

	map_n(6);
	fill(task, A + P(1), 1, "swapped");
	squeeze();
	byte_at(task, A + P(2));
	fill(task, A + P(3), 1, "there");
	child = fork_of(task);
	WANT("an absent page, in the child", entry_at(child, A).v, 0);
	WANT("a swapped page is swapped",
	     pte_is_swap(entry_at(child, A + P(1))), true);
	WANT("slots in use", slots - nr_swap_pages, 1);
	WANT("swap entries of the child",
	     child->mm->rss_stat[MM_SWAPENTS], 1);
	WANT("the zero page is the zero page",
	     is_zero_pfn(pfn_at(child, A + P(2))), true);
	verify(child, A + P(1), 1, "swapped");
	verify(child, A + P(3), 1, "there");
	WANT("what nobody wrote", byte_at(child, A), 0);
	WANT("mlocked pages", nr_mlock, 0);
	WANT("mlock by the parent", U(task, sys_mlock(A + P(3), P(1))), 0);
	WANT("the child's page is mlocked for that",
	     mlocked_pages(child, A + P(3), 1), 0);
}

/* A page that came back from the disk and is nobody else's is written in
 * place, and gives its slot up. */
static void reuse_swapped(void)
{
	unsigned long slots = nr_swap_pages;
	u64 pfn;

	map_n(N);
	fill(task, A, N, "x");
	squeeze();
	WANT("pages on the disk", swapped_pages(task, A, N), N);
	byte_at(task, A);
	WANT("read: it is in the swap cache",
	     page_test(page_at(task, A), PG_swapcache), true);
	pfn = pfn_at(task, A);
	WANT("written", poke(task, A, 'y'), 0);
	WANT("in place", pfn_at(task, A), pfn);
	WANT("it is in the swap cache",
	     page_test(page_at(task, A), PG_swapcache), false);
	WANT("slots in use", slots - nr_swap_pages, N - 1);
}

/* Mapped once, but another task's entry names its slot: not ours alone. */
static void no_reuse(void)
{
	struct task_struct *child;

	map_n(N);
	fill(task, A, N, "x");
	squeeze();
	child = fork_of(task);
	WANT("the child's page on the disk", swapped_pages(child, A, 1), 1);
	WANT("the parent reads", byte_at(task, A), 'x');
	WANT("entries that map the page", page_at(task, A)->_mapcount, 1);
	WANT("the parent writes", poke(task, A, 'p'), 0);
	WANT("the child reads", byte_at(child, A), 'x');
	WANT("the parent reads", byte_at(task, A), 'p');
}

/* ---- task 4 ------------------------------------------------------------ */

#define LOW (HOST_STACK_TOP - HOST_STACK_SIZE)

static unsigned long stack_start(void)
{
	return vma_last(task->mm)->vm_start;
}

static unsigned long stepped(unsigned long addr)
{
	return HOST_STACK_TOP - ALIGN_UP(HOST_STACK_TOP - addr,
					 STEP * PAGE_SIZE);
}

static void stack_grows(void)
{
	unsigned long stack = task->mm->stack_vm, low = stepped(LOW - P(3));

	WANT("a write three pages below the stack", poke(task, LOW - P(3), 1),
	     0);
	WANT("the area's start", stack_start(), low);
	WANT("pages of the stack counted", task->mm->stack_vm,
	     stack + (LOW - low) / PAGE_SIZE);
	WANT("pages of it that are there",
	     resident_pages(task, low, (LOW - low) / PAGE_SIZE), 1);
	low = stepped(LOW - P(40));
	WANT("a read far below it", byte_at(task, LOW - P(40)), 0);
	WANT("the area's start", stack_start(), low);
	WANT("a read below an ordinary area: signal",
	     (map_n(1), poke(task, A - 1, 1)), SIGSEGV);
}

static void stack_limit(void)
{
	unsigned long most = 64;

	task->rlim[RLIMIT_STACK].rlim_cur = P(most);
	WANT("a write at RLIMIT_STACK", poke(task,
		HOST_STACK_TOP - P(most), 1), 0);
	WANT("the area's start", stack_start(), HOST_STACK_TOP - P(most));
	WANT("a write below it: signal", poke(task,
		HOST_STACK_TOP - P(most) - 1, 1), SIGSEGV);
	WANT("the area's start", stack_start(), HOST_STACK_TOP - P(most));
	task->rlim[RLIMIT_STACK].rlim_cur = P(1024);
	task->rlim[RLIMIT_AS].rlim_cur = P(task->mm->total_vm + 16);
	WANT("17 pages and RLIMIT_AS has 16: signal", poke(task,
		HOST_STACK_TOP - P(most + 17), 1), SIGSEGV);
	WANT("16 pages", poke(task, HOST_STACK_TOP - P(most + 16), 1), 0);
}

/* A gap of STACK_GAP is kept to the area below, unless nobody may access it. */
static void stack_gap(void)
{
	unsigned long below = LOW - STACK_GAP - P(24);

	WANT("mmap", map(task, below - P(1), 1, RW, ANON | MAP_FIXED),
	     below - P(1));
	WANT("the stack grows to the gap", poke(task, below + STACK_GAP, 1),
	     0);
	WANT("and not into it: signal", poke(task, below + STACK_GAP - 1, 1),
	     SIGSEGV);
	WANT("munmap", unmap(task, below - P(1), 1), 0);
	WANT("mmap of memory without access", map(task, below - P(1), 1,
		PROT_NONE, ANON | MAP_FIXED), below - P(1));
	WANT("now it grows down to that", poke(task, below, 1), 0);
	WANT("the area's start", stack_start(), below);
	WANT("and not over it: signal", poke(task, below - 1, 1), SIGSEGV);
}

static void stack_locked(void)
{
	WANT("mlock of the stack", U(task, sys_mlock(LOW, HOST_STACK_SIZE)),
	     0);
	limit_memlock(task, HOST_STACK_SIZE + P(24));
	WANT("it grows by 24 pages", poke(task, LOW - P(24), 1), 0);
	WANT("locked_vm", task->mm->locked_vm, HOST_STACK_SIZE / PAGE_SIZE +
	     24);
	WANT("one more than RLIMIT_MEMLOCK has: signal",
	     poke(task, LOW - P(25), 1), SIGSEGV);
	WANT("locked_vm", task->mm->locked_vm, HOST_STACK_SIZE / PAGE_SIZE +
	     24);
}

int main(int argc, char **argv)
{
	static const struct unit_case cases[] = {
		CHECK("zero-read", zero_read), CHECK("zero-write", zero_write),
		CHECK("file-private", file_private),
		CHECK("no-memory", no_memory),
		CHECK_MEM("short-of-memory", short_of_memory, 256, 512),
		CHECK("fork-shares", fork_shares),
		CHECK("fork-write", fork_write), CHECK("fork-tlb", fork_tlb),
		CHECK_MEM("fork-entries", fork_entries, 512, 256),
		CHECK_MEM("reuse-swapped", reuse_swapped, 512, 256),
		CHECK_MEM("no-reuse", no_reuse, 512, 256),
		CHECK("stack-grows", stack_grows),
		CHECK("stack-limit", stack_limit),
		CHECK("stack-gap", stack_gap),
		CHECK("stack-locked", stack_locked),
	};

	return check_main(argc, argv, cases, ARRAY_SIZE(cases));
}
