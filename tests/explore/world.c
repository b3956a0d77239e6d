// SPDX-License-Identifier: GPL-2.0
/*
 * Programs on the host (world.h): calls, injected faults, and the guarantees.
 *
 * Before each call the TLB is filled with all that the page table of the task
 * grants, so that a missing flush shows whatever was touched when.
 *
 * The guarantees, as docs/lock-designs.md has them:
 *   G1  a slot of the swap disk, or a frame that reclaim may write there,
 *       holds bytes that a memlocked task stored;
 *   G2  after its exec a memlocked task brings in a page from a disk: any page
 *       of its image, or whatever it touches.  What an mremap adds is mapped
 *       anew, as by mmap: it may be read there and then;
 *   G3  an area or def_flags of a memlocked task has not the lock it was born
 *       with, or the task lost its mark.
 */
#include <linux/mman.h>

#include "world.h"

long sys_mprotect(unsigned long start, unsigned long len, unsigned long prot);
long sys_mremap(unsigned long addr, unsigned long old_len,
		unsigned long new_len, unsigned long flags,
		unsigned long new_addr);
long sys_madvise(unsigned long start, unsigned long len, int advice);
long sys_msync(unsigned long start, unsigned long len, int flags);
long sys_mlock(unsigned long start, unsigned long len);
long sys_mlock2(unsigned long start, unsigned long len, int flags);
long sys_munlock(unsigned long start, unsigned long len);
long sys_mlockall(int flags);
long sys_munlockall(void);
long sys_mincore(unsigned long start, size_t len, u8 *vec);

struct world world;
static struct host_inode *inode[PROG_NR_FILES];	/* of world.file[] */
unsigned short world_slab_bytes[WORLD_FRAMES];

/* ---- booting ----------------------------------------------------------- */

static struct file *new_file(unsigned mode)
{
	struct file *f = host_file_new(WORLD_FILE_PAGES * PAGE_SIZE,
				       WORLD_FILE_PAGES * PAGE_SIZE, mode);

	for (unsigned i = 0; i < WORLD_FILE_PAGES; i++)
		host_inode(f)->data[i * PAGE_SIZE + MARK_FILE] = 1 + i;
	return f;
}

#define MAX_OBJECTS 512

/*
 * Confine a cache to `n` objects (or all there is room for) of one slab: those
 * above them are given away for good, so that copying up to the n-th is copying
 * the slab.  If they do not suffice one day, the cache makes another slab,
 * which is copied whole.
 */
static void confine(struct kmem_cache *c, unsigned n)
{
	void *object[MAX_OBJECTS];
	struct page *slab;

	object[0] = kmem_cache_alloc(c, GFP_KERNEL);
	slab = virt_to_page(object[0]);
	n = min(n, 1 + c->per_slab - slab->_mapcount);
	for (unsigned i = 1; i < n; i++)
		object[i] = kmem_cache_alloc(c, GFP_KERNEL);
	BUG_ON(slab != virt_to_page(object[n - 1]) || c->order);
	while (slab->private)
		kmem_cache_alloc(c, GFP_KERNEL);
	world_slab_bytes[page_to_pfn(slab)] =
		offset_in_page(object[n - 1]) + c->size;
	while (n-- > 0)
		kmem_cache_free(c, object[n]);
}

static struct kmem_cache *cache_of(const void *object)
{
	return virt_to_page(object)->mapping;
}

/* Task 0 has its own already; exec needs one more for a moment. */
static void confine_slabs(unsigned tasks)
{
	struct radix_tree tree = { 0 };
	void *small = kmalloc(sizeof(struct anon_family), GFP_KERNEL);

	for (unsigned i = 0; i < WORLD_FRAMES; i++)
		world_slab_bytes[i] = PAGE_SIZE;
	if (radix_store(&tree, 0, &tree, GFP_KERNEL))
		panic("no memory");
	confine(&mm_cache, tasks);
	confine(&vma_cache, 8 * tasks);
	confine(cache_of(small), 8);
	confine(cache_of(tree.root), 6);
	radix_delete(&tree, 0);
	kfree(small);
}

static long run_exec(const struct prog_call *c);

int world_boot(const char *design, unsigned tasks)
{
	const struct prog_call plain = { .op = PROG_EXEC };

	if (memlock_select(design))
		return -1;
	host_boot(WORLD_FRAMES_FOR(tasks));
	wmark_min = wmark_low = wmark_high = 0;
	world.swap = host_disk_new("vdb", 1 + WORLD_SLOTS);
	host_mkswap(world.swap);
	if (do_swapon(&world.swap->bdev, "/dev/vdb", 0))
		panic("swapon");
	world.swap_on = true;
	world.file[PROG_FILE] = new_file(FMODE_READ);
	world.file[PROG_MEMFD] = host_shmem_new(WORLD_FILE_PAGES * PAGE_SIZE,
						FMODE_READ | FMODE_WRITE);
	world.file[PROG_RW_FILE] = new_file(FMODE_READ | FMODE_WRITE);
	world.file[PROG_IMAGE] = new_file(FMODE_READ);
	for (unsigned f = 0; f < PROG_NR_FILES; f++)
		inode[f] = host_inode(world.file[f]);
	world.task[0] = host_spawn("task", 1000);
	host_page_bytes = WORLD_PAGE_BYTES;
	confine_slabs(tasks);
	if (!world.task[0] || run_exec(&plain))
		panic("no memory");
	return 0;
}

unsigned world_regions(struct region *r, unsigned max)
{
	unsigned n = 0;

	r[n++] = (struct region){ mem_map, max_pfn * sizeof(*mem_map) };
	for (unsigned i = 1; i <= WORLD_SLOTS; i++)
		r[n++] = (struct region){ world.swap->data + i * PAGE_SIZE,
					  WORLD_PAGE_BYTES };
	for (unsigned f = 0; f < PROG_NR_FILES; f++) {
		u8 *data = inode[f]->data;

		for (unsigned i = 0; data && i < WORLD_FILE_PAGES; i++)
			r[n++] = (struct region){ data + i * PAGE_SIZE,
						  WORLD_PAGE_BYTES };
	}
	BUG_ON(n > max);
	return n;
}

/* ---- faults ------------------------------------------------------------ */

static struct { unsigned fault, nth; } armed;

/* Counts each allocation and each page read or written of the call. */
static bool fails_now(enum host_fault what)
{
	unsigned fault = PROG_FAIL_ALLOC + (what - HOST_FAIL_ALLOC);
	unsigned n = ++world.occasions[fault];

	if (armed.fault == PROG_FAIL_ALLOCS)
		return fault == PROG_FAIL_ALLOC && n >= armed.nth;
	return n == armed.nth && fault == armed.fault;
}

static void arm(const struct prog_call *c)
{
	armed.fault = c->fault;
	armed.nth = c->nth;
	for (unsigned f = 0; f < PROG_NR_FAULTS; f++)
		world.occasions[f] = 0;
	if (c->fault == PROG_SHORT)
		host_hog(c->nth - 1);
	vm_events[PGALLOC] = 0;
	host_fault_hook = fails_now;
}

static void disarm(void)
{
	host_fault_hook = NULL;
	world.occasions[PROG_SHORT] = vm_events[PGALLOC];
	host_unhog();
}

/* ---- who is who -------------------------------------------------------- */

#define LOOKED_AT (1u << PG_anon | 1u << PG_swapcache | 1u << PG_dirty | \
		   1u << PG_swapbacked)

/* 0: none; then world.file[]; then shared anonymous memory. */
static u64 backing(const struct vm_area_struct *vma)
{
	unsigned f = 0;

	if (!vma->vm_file)
		return 0;
	while (f < PROG_NR_FILES &&
	       world.file[f]->f_mapping != vma->vm_file->f_mapping)
		f++;
	return (1 + f) << 4 | vma->vm_pgoff;
}

/* Enough to tell most tasks apart. */
static u64 first_look(const struct mm_struct *mm)
{
	pte_t *pte = pte_lookup((struct mm_struct *)mm, WORLD_BASE);
	u64 look = mixed(mm->def_flags, mm->brk);
	struct vm_area_struct *vma;

	for_each_vma((struct mm_struct *)mm, vma)
		look = mixed(look ^ vma->vm_start, vma->vm_flags << 20 |
			     vma->vm_end | backing(vma));
	for (unsigned i = 0; pte && i < PROG_PAGES; i++) {
		const struct page *page = vm_normal_page(pte[i]);
		u64 seen = (pte[i].v & (PTE_WRITE | PTE_DIRTY | PTE_PRESENT)) |
			   (u64)pte_is_swap(pte[i]) << 3;

		if (page)
			seen |= (u64)(page->flags & LOOKED_AT) << 32 |
				(u64)page->_mapcount << 16 |
				has_secret(page_address(page)) << 12;
		look = mixed(look, seen);
	}
	return look >> 1 | (u64)!mm_memlocked(mm) << 63;
}

unsigned world_order(unsigned order[PROG_TASKS])
{
	u64 look[PROG_TASKS];
	unsigned count = 0;

	for (unsigned n = 0; n < PROG_TASKS; n++)
		if (world.task[n])
			order[count++] = n;
	if (count < 2)
		return count;
	count = 0;
	for (unsigned n = 0; n < PROG_TASKS; n++) {
		unsigned at = count;

		if (!world.task[n])
			continue;
		look[n] = first_look(world.task[n]->mm);
		for (; at && look[order[at - 1]] > look[n]; at--)
			order[at] = order[at - 1];
		order[at] = n;
		count++;
	}
	return count;
}

/* ---- calls ------------------------------------------------------------- */

static unsigned long addr_of(u64 arg)
{
	return arg + WORLD_BASE;
}

/* As the program sees it. */
static long to_prog(unsigned long addr)
{
	return IS_ERR_VALUE(addr) ? (long)addr : (long)(addr - WORLD_BASE);
}

static long run_mmap(struct mm_struct *mm, const u64 *a)
{
	struct file *f = NULL;

	if (offset_in_page(a[5]))
		return -EINVAL;
	if (!(a[3] & MAP_ANONYMOUS)) {
		if (a[4] >= PROG_IMAGE)
			return -EBADF;
		f = world.file[a[4]];
	}
	return to_prog(do_mmap(mm, f, addr_of(a[0]), a[1], a[2], a[3],
			       a[5] >> PAGE_SHIFT));
}

/* For good: children, and what it executes, have it too. */
static long run_limit(struct task_struct *t, u64 bytes)
{
	struct rlimit *limit = &t->rlim[RLIMIT_MEMLOCK];

	if (bytes > limit->rlim_max)
		return -EINVAL;
	limit->rlim_cur = bytes;
	t->euid = t->euid ? t->euid : 1000;
	return 0;
}

static long run_syscall(struct mm_struct *mm, const struct prog_call *c)
{
	const u64 *a = c->arg;
	unsigned long addr = addr_of(a[0]);

	switch (c->op) {
	case PROG_MMAP:
		return run_mmap(mm, a);
	case PROG_MUNMAP:
		return do_munmap(mm, addr, a[1]);
	case PROG_MPROTECT:
		return sys_mprotect(addr, a[1], a[2]);
	case PROG_MREMAP:
		return to_prog(sys_mremap(addr, a[1], a[2], a[3],
					  addr_of(a[4])));
	case PROG_MADVISE:
		return sys_madvise(addr, a[1], a[2]);
	case PROG_MSYNC:
		return sys_msync(addr, a[1], a[2]);
	case PROG_MLOCK:
		return sys_mlock(addr, a[1]);
	case PROG_MLOCK2:
		return sys_mlock2(addr, a[1], a[2]);
	case PROG_MUNLOCK:
		return sys_munlock(addr, a[1]);
	case PROG_MLOCKALL:
		return sys_mlockall(a[0]);
	case PROG_MUNLOCKALL:
		return sys_munlockall();
	case PROG_MINCORE:
		return sys_mincore(addr, a[1], (u8 *)addr_of(a[2]));
	default:
		return to_prog(do_brk(mm, addr + PROG_HEAP * PAGE_SIZE));
	}
}

static unsigned free_number(void)
{
	unsigned n = 0;

	while (n < PROG_TASKS && world.task[n])
		n++;
	return n;
}

/* For I2.  A stack that grows to its neighbour is not joined to it. */
static bool could_be_one(const struct vm_area_struct *a,
			 const struct vm_area_struct *b)
{
	return a->vm_end == b->vm_start && a->vm_flags == b->vm_flags &&
	       a->vm_file == b->vm_file &&
	       a->vm_pgoff + vma_pages(a) == b->vm_pgoff &&
	       !(a->vm_flags & (VM_SPECIAL | VM_GROWSDOWN));
}

static u8 count_seams(struct mm_struct *mm)
{
	struct vm_area_struct *vma, *prev = NULL;
	u8 seams = 0;

	for_each_vma(mm, vma) {
		seams += prev && could_be_one(prev, vma);
		prev = vma;
	}
	return seams;
}

static long run_fork(struct task_struct *t)
{
	struct task_struct *child = host_fork(t);
	unsigned n = free_number();

	if (IS_ERR(child))
		return PTR_ERR(child);
	world.task[n] = child;
	world.marked[n] = mm_memlocked(child->mm);
	world.seams[n] = count_seams(child->mm);
	world.perm[n] = 0;
	return n;
}

/* Which window pages are permanently locked. */
static u8 perm_pages(struct mm_struct *mm)
{
	u8 pages = 0;

	for (unsigned i = 0; i < PROG_PAGES; i++) {
		struct vm_area_struct *vma = vma_lookup(mm, WORLD_BASE +
							i * PAGE_SIZE);

		if (vma && vma->vm_flags & VM_LOCKED_PERM)
			pages |= 1u << i;
	}
	return pages;
}

static long run_exec(const struct prog_call *c)
{
	const struct host_image image = {
		.file = world.file[PROG_IMAGE], .text = WORLD_BASE,
		.data = WORLD_BASE + PAGE_SIZE,
		.brk = WORLD_BASE + PROG_HEAP * PAGE_SIZE,
		.mmap_base = WORLD_BASE + PROG_HEAP * PAGE_SIZE,
	};
	struct task_struct *t = world.task[c->task];
	int ret = host_exec_image(t, c->arg[0], &image);

	if (ret)
		return ret;
	world.marked[c->task] = mm_memlocked(t->mm);
	world.perm[c->task] = perm_pages(t->mm);
	world.any_sealed = world.any_sealed || mm_sealed(t->mm);
	if (world.marked[c->task])
		world.whole_mm = t->mm->def_flags & VM_LOCKED;
	return 0;
}

static long run_touch(struct task_struct *t, const struct prog_call *c)
{
	unsigned long addr = addr_of(c->arg[0]);
	bool memlocked = mm_memlocked(t->mm);
	u8 byte = memlocked ? STORED_SECRET : 1;
	int ret;

	if (c->op == PROG_READ)
		ret = host_user_read(t, addr, &byte, 1);
	else
		ret = host_user_write(t, (addr & PAGE_MASK) +
				      (memlocked ? MARK_SECRET : MARK_PLAIN),
				      &byte, 1);
	return ret ? -t->sig : 0;
}

static void run_reclaim(struct task_struct *t, unsigned long addr)
{
	pte_t *pte = pte_lookup(t->mm, addr);
	struct page *page = pte ? vm_normal_page(*pte) : NULL;

	if (page)
		reclaim_page(page);
}

/* What tasks map, in their order; then the rest. */
static void run_pressure(void)
{
	unsigned order[PROG_TASKS], count = world_order(order);

	for (unsigned n = 0; n < count; n++)
		for (unsigned i = 0; i < PROG_PAGES; i++)
			run_reclaim(world.task[order[n]],
				    WORLD_BASE + i * PAGE_SIZE);
	for (unsigned long i = 0; i < max_pfn; i++)
		if (!page_test(&mem_map[i], PG_slab))
			reclaim_page(&mem_map[i]);
}

static long run_swapon(void)
{
	long ret;

	host_page_bytes = PAGE_SIZE;		/* the header is a whole page */
	ret = do_swapon(&world.swap->bdev, "/dev/vdb", 0);
	host_page_bytes = WORLD_PAGE_BYTES;
	world.swap_on = world.swap_on || !ret;
	return ret;
}

static long run_swapoff(void)
{
	long ret = do_swapoff(&world.swap->bdev);

	world.swap_on = world.swap_on && ret;
	return ret;
}

static long run_edit(u64 file, u64 page)
{
	u8 *data = file < PROG_NR_FILES ? inode[file]->data : NULL;

	if (!data || page >= WORLD_FILE_PAGES)
		return -EINVAL;
	data[page * PAGE_SIZE + MARK_EDITED] = 1;
	return 0;
}

static long run_truncate(u64 file, u64 bytes)
{
	if (file >= PROG_IMAGE || bytes > WORLD_FILE_PAGES * PAGE_SIZE)
		return -EINVAL;
	return host_truncate(world.file[file], bytes);
}

static void run_exit(unsigned n)
{
	host_exit(world.task[n]);
	world.task[n] = NULL;
	world.marked[n] = false;
	world.perm[n] = 0;
}

static long run_call(const struct prog_call *c)
{
	struct task_struct *t = world.task[c->task];

	switch (c->op) {
	case PROG_FORK:
		return run_fork(t);
	case PROG_EXEC:
		return run_exec(c);
	case PROG_EXIT:
		run_exit(c->task);
		return 0;
	case PROG_READ: case PROG_WRITE:
		return run_touch(t, c);
	case PROG_RECLAIM:
		run_reclaim(t, addr_of(c->arg[0]));
		return 0;
	case PROG_PRESSURE:
		run_pressure();
		return 0;
	case PROG_SWAPOFF:
		return run_swapoff();
	case PROG_SWAPON:
		return run_swapon();
	case PROG_EDIT:
		return run_edit(c->arg[0], c->arg[1]);
	case PROG_LIMIT:
		return run_limit(t, c->arg[0]);
	case PROG_TRUNCATE:
		return run_truncate(c->arg[0], c->arg[1]);
	default:
		return run_syscall(t->mm, c);
	}
}

/* ---- invariants that need the history --------------------------------- */

/* I2, of the task that made the call.  Areas that could be one are left apart
 * by fork only, which takes away the locks by which they differed; and those
 * that grow down up to another. */
static void check_seams(unsigned n)
{
	u8 seams = world.task[n] ? count_seams(world.task[n]->mm) : 0;

	if (seams > world.seams[n])
		panic("I2: pid %d: areas that could be one are apart",
		      world.task[n]->pid);
	world.seams[n] = seams;
}

static struct page *sealed[WORLD_FRAMES];	/* before the call */
static unsigned nr_sealed;

static void note_sealed(void)
{
	nr_sealed = 0;
	for (unsigned i = 0; world.any_sealed && i < max_pfn; i++)
		if (page_test(&mem_map[i], PG_sealed) && mem_map[i]._refcount)
			sealed[nr_sealed++] = &mem_map[i];
}

/* I23.  That it is never on an evictable list is mm_check()'s (I8). */
static void check_erased(void)
{
	for (unsigned i = 0; i < nr_sealed; i++) {
		const struct page *page = sealed[i];

		if (!page->_refcount && has_secret(page_address(page)))
			panic("I23: frame %lu of a sealed mm was freed as it "
			      "was", page_to_pfn(page));
	}
}

/* ---- the guarantees ---------------------------------------------------- */

static bool secret_in_slot(void)
{
	for (unsigned i = 1; i <= WORLD_SLOTS; i++)
		if (has_secret(world.swap->data + i * PAGE_SIZE))
			return true;
	return false;
}

static bool secret_evictable(void)
{
	for (int lru = LRU_INACTIVE_ANON; lru <= LRU_ACTIVE_ANON; lru++) {
		struct page *page;

		TAILQ_FOREACH(page, &lru_lists[lru], lru)
			if (has_secret(page_address(page)))
				return true;
	}
	return false;
}

static bool area_keeps_lock(const struct vm_area_struct *vma)
{
	unsigned long f = vma->vm_flags;

	if (!world.whole_mm && !(f & VM_LOCKED_PERM))
		return true;
	return f & VM_SPECIAL || (f & VM_LOCKED_MASK) == VM_LOCKED;
}

static bool keeps_locks(unsigned n)
{
	struct mm_struct *mm = world.task[n]->mm;
	struct vm_area_struct *vma;

	if (!mm_memlocked(mm))
		return !world.marked[n];
	for_each_vma(mm, vma)
		if (!area_keeps_lock(vma))
			return false;
	if (world.whole_mm)
		return mm->def_flags == VM_LOCKED;
	return !(world.perm[n] & ~perm_pages(mm));
}

static u64 disk_reads(void)
{
	return world.swap->bdev.moved[false] + inode[PROG_FILE]->reads +
	       inode[PROG_RW_FILE]->reads;
}

/* All of the image that a task maps is there. */
static bool image_present(struct mm_struct *mm)
{
	struct address_space *image = &inode[PROG_IMAGE]->mapping;
	struct vm_area_struct *vma;

	for_each_vma(mm, vma) {
		if (!vma->vm_file || vma->vm_file->f_mapping != image)
			continue;
		for (unsigned long a = vma->vm_start; a < vma->vm_end;
		     a += PAGE_SIZE) {
			pte_t *pte = pte_lookup(mm, a);

			if (!pte || !pte_present(*pte))
				return false;
		}
	}
	return true;
}

/* May it read of the image: to map more of it, or into the cache, where nobody
 * who is memlocked will look for it? */
static bool may_read_image(const struct prog_call *c)
{
	return c->op == PROG_EXEC ||
	       (c->op == PROG_MREMAP && c->arg[2] > c->arg[1]) ||
	       (c->op == PROG_MADVISE && c->arg[2] == MADV_WILLNEED &&
		world.task[c->task] &&
		image_present(world.task[c->task]->mm));
}

static void judge(const struct prog_call *c, bool memlocked, u64 reads,
		  u64 image_reads)
{
	bool touch = c->op == PROG_READ || c->op == PROG_WRITE;

	if (secret_in_slot() || (total_swap_pages && secret_evictable()))
		world.broken |= BROKEN_G1;
	if (memlocked &&
	    ((inode[PROG_IMAGE]->reads != image_reads && !may_read_image(c)) ||
	     (touch && disk_reads() != reads)))
		world.broken |= BROKEN_G2;
	world.broken &= ~BROKEN_G3;
	for (unsigned n = 0; n < PROG_TASKS; n++)
		if (world.task[n] && !keeps_locks(n))
			world.broken |= BROKEN_G3;
}

/* ---- one call ---------------------------------------------------------- */

bool world_enabled(const struct prog_call *c, unsigned tasks)
{
	return c->task < PROG_TASKS && world.task[c->task] &&
	       (c->op != PROG_FORK || free_number() < tasks);
}

/* Remember in the TLB all that the page table grants. */
static void fill_tlb(struct mm_struct *mm)
{
	pte_t *pte = pte_lookup(mm, WORLD_BASE);

	for (unsigned i = 0; pte && i < PROG_PAGES; i++)
		if (pte[i].v & PTE_PRESENT)
			host_tlb_remember(WORLD_BASE + i * PAGE_SIZE);
}

static void bury_killed(void)
{
	for (unsigned n = 0; n < PROG_TASKS; n++)
		if (world.task[n] && world.task[n]->killed)
			run_exit(n);
}

long world_run(const struct prog_call *c)
{
	struct task_struct *t = world.task[c->task], *old = host_switch(t);
	bool memlocked = mm_memlocked(t->mm);
	u64 reads = disk_reads(), image_reads = inode[PROG_IMAGE]->reads;
	long ret;

	fill_tlb(t->mm);
	note_sealed();
	arm(c);
	ret = run_call(c);
	disarm();
	world.faults += c->fault != PROG_NO_FAULT;
	if (c->op != PROG_EXIT)
		host_switch(old);
	bury_killed();
	check_seams(c->task);
	check_erased();
	judge(c, memlocked, reads, image_reads);
	return ret;
}
