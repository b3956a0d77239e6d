// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults: entries filled on demand (Linux: mm/memory.c).
 *
 *   entry     access  area                what happens
 *   none      read    private anonymous   the zero page, read-only
 *   none      write   private anonymous   a cleared page
 *   none      read    file, shared anon   the page-cache page, read-only
 *   none      write   shared              the page-cache page, writable
 *   none      write   private file        a copy of the page-cache page
 *   swap      any     private             swap in; then as "present"
 *   present   write   shared              made writable
 *   present   write   private             ours alone: writable; else a copy
 *
 * Whatever may sleep (frames, disks) comes first; then the entry is compared
 * with what it was, and set, without a sleep in between.  If it changed
 * meanwhile the fault is simply taken again.
 *
 * Keeps true: I5 (no more permission than the area's), I15 (copy-on-write
 * pages are read-only; a writable entry of a private area maps a page that is
 * mapped once and has no swap slot), I17.
 * Guarded by mmap_lock for read; entries by (t).
 */
#include <mm/filemap.h>
#include <mm/lru.h>
#include <mm/mm.h>
#include <mm/swap.h>

struct page *zero_page;

/* One fault on its way. */
struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long addr;		/* page aligned */
	unsigned flags;			/* FAULT_FLAG_* */
	pte_t *pte;
	pte_t orig;			/* *pte as it was before any sleep */
	unsigned ret;			/* VM_FAULT_MAJOR so far */
};

static bool is_write(const struct vm_fault *vmf)
{
	return vmf->flags & FAULT_FLAG_WRITE;
}

/* The first entry for a page: no flush, nothing was there before. */
static inline void set_pte(struct vm_fault *vmf, struct page *page, u64 extra)
{
	u64 bits = vmf->vma->vm_page_prot & (extra | ~PTE_WRITE);

	vmf->pte->v = page_to_phys(page) | bits | PTE_ACCESSED |
		      (extra & PTE_DIRTY);
}

/* Map a fresh page of our own; its reference becomes the entry's. */
static __always_inline void map_anon_page(struct vm_fault *vmf,
					  struct page *page)
{
	struct mm_struct *mm = vmf->vma->vm_mm;

	page->flags |= 1u << PG_anon | 1u << PG_swapbacked |
		       1u << PG_uptodate | 1u << PG_dirty;
	page->mapping = mm->family;
	page->index = vmf->addr >> PAGE_SHIFT;
	mm->rss_stat[MM_ANONPAGES]++;
	page_add_rmap(page, vmf->vma);
	lru_cache_add_anon(page);
	set_pte(vmf, page, PTE_WRITE | PTE_DIRTY);
}

/* lab 2: begin do_private_page = VM_FAULT_OOM */
/* What the entry maps so far (NULL: the zero page) goes away; the caller holds
 * a reference. */
static void unmap_orig(struct vm_fault *vmf, struct page *old)
{
	struct mm_struct *mm = vmf->vma->vm_mm;

	vmf->pte->v = 0;
	flush_tlb_page(mm->pgd, vmf->addr);
	if (!old)
		return;
	mm_count_page(mm, old, -1);
	page_remove_rmap(old, vmf->vma);
	if (unlikely(page_test(old, PG_swapcache)))
		free_swap_cache(old);
	old->_refcount--;
}

/* Put a page of our own, a copy of `from` (NULL: zeros), in place of whatever
 * the entry was. */
static unsigned do_private_page(struct vm_fault *vmf, struct page *from)
{
	struct page *page;

	if (from)
		get_page(from);
	page = alloc_page(from ? GFP_KERNEL : GFP_KERNEL | GFP_ZERO);
	/* That slept: has the entry changed, was the file truncated?  Then no
	 * frame gets a copy that nobody would erase. */
	if (page && pte_same(*vmf->pte, vmf->orig) &&
	    (!from || from->mapping)) {
		if (from) {
			copy_page(page_address(page), page_address(from));
			/* A copy of sealed bytes goes to no disk either. */
			page->flags |= from->flags & 1u << PG_sealed;
		}
		if (pte_present(vmf->orig))
			unmap_orig(vmf, from);
		map_anon_page(vmf, page);
	} else if (page) {
		put_page(page);
	}
	if (from)
		put_page(from);
	return page ? 0 : VM_FAULT_OOM;
}
/* lab 2: end */

int install_anon_page(struct vm_area_struct *vma, unsigned long addr,
		      struct page *page)
{
	struct vm_fault vmf = { .vma = vma, .addr = addr,
				.pte = pte_alloc(vma, addr) };

	if (!vmf.pte)
		return -ENOMEM;
	if (!pte_none(*vmf.pte))
		return -EEXIST;
	if (page)
		map_anon_page(&vmf, page);
	else
		set_pte(&vmf, zero_page, 0);
	return 0;
}

/* lab 2: begin do_anonymous_page = do_private_page(vmf, NULL) */
static __always_inline unsigned do_anonymous_page(struct vm_fault *vmf)
{
	struct page *page;

	if (!is_write(vmf)) {
		set_pte(vmf, zero_page, 0);
		return 0;
	}
	page = alloc_page(GFP_KERNEL | GFP_ZERO);
	if (unlikely(!page))
		return VM_FAULT_OOM;
	if (likely(pte_same(*vmf->pte, vmf->orig)))
		map_anon_page(vmf, page);
	else
		put_page(page);
	return 0;
}
/* lab 2: end */

/* ---- files ------------------------------------------------------------- */

static bool index_inside(struct address_space *mapping, u64 index)
{
	return index < DIV_ROUND_UP(mapping->size, PAGE_SIZE);
}

static unsigned fault_of_error(long error)
{
	return error == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
}

static unsigned map_file_page(struct vm_fault *vmf, struct page *page)
{
	u64 extra = is_write(vmf) ? PTE_WRITE | PTE_DIRTY : 0;

	if (!pte_none(*vmf->pte) || !page->mapping)
		return 0;
	get_page(page);
	page_add_rmap(page, vmf->vma);
	mm_count_page(vmf->vma->vm_mm, page, 1);
	set_pte(vmf, page, extra);
	if (extra)
		set_page_dirty(page);
	return 0;
}

static unsigned do_file_page(struct vm_fault *vmf)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	u64 index = linear_page_index(vmf->vma, vmf->addr);
	struct page *page;
	unsigned ret;
	int err = 0;
	bool major;

	if (!index_inside(mapping, index))
		return VM_FAULT_SIGBUS;
	major = fault_readahead(vmf->vma, index);
	page = filemap_get_page(mapping, index, &major);
	if (IS_ERR(page))
		return fault_of_error(PTR_ERR(page));
	if (major)
		vmf->ret |= VM_FAULT_MAJOR;
	if (is_write(vmf) && vmf->vma->vm_flags & VM_SHARED)
		err = page_mkwrite(mapping, page, 0);
	if (err)
		ret = fault_of_error(err);
	else if (!index_inside(mapping, index))	/* truncated meanwhile */
		ret = VM_FAULT_SIGBUS;
	else if (is_write(vmf) && !(vmf->vma->vm_flags & VM_SHARED))
		ret = do_private_page(vmf, page);
	else
		ret = map_file_page(vmf, page);
	put_page(page);
	return ret;
}

/* ---- copy on write ----------------------------------------------------- */

/* lab 2: begin reuse_anon_page = false */
/* May this anonymous page be written in place?  Only if no other entry, present
 * or swap, names it; then its swap slot, if any, is given up. */
static inline bool reuse_anon_page(struct page *page)
{
	if (!page_test(page, PG_anon) || page->_mapcount != 1)
		return false;
	if (likely(!(page->flags & (1u << PG_swapcache |
				    1u << PG_writeback))))
		return true;
	if (page_test(page, PG_swapcache)) {
		if (!trylock_page(page))
			return false;
		try_to_free_swap(page);
		unlock_page(page);
	}
	return !page_test(page, PG_swapcache) &&
	       !page_test(page, PG_writeback);
}
/* lab 2: end */

static inline void make_writable(struct vm_fault *vmf)
{
	*vmf->pte = pte_mkyoung(pte_mkdirty(vmf->vma->vm_flags & VM_WRITE ?
					    pte_mkwrite(*vmf->pte) :
					    *vmf->pte));
	flush_tlb_page(vmf->vma->vm_mm->pgd, vmf->addr);
}

/* A shared page: its file may have to make room for it first. */
static unsigned do_wp_shared(struct vm_fault *vmf, struct page *page)
{
	pte_t entry = *vmf->pte;
	int err;

	get_page(page);
	err = page_mkwrite(vmf->vma->vm_file->f_mapping, page, 0);
	if (!err && pte_same(*vmf->pte, entry)) {
		make_writable(vmf);
		set_page_dirty(page);
	}
	put_page(page);
	return err ? fault_of_error(err) : 0;
}

/* lab 2: begin do_wp_page = do_private_page(vmf, vm_normal_page(*vmf->pte)) */
/* A write to a present, read-only entry. */
static unsigned do_wp_page(struct vm_fault *vmf)
{
	struct page *page = vm_normal_page(*vmf->pte);

	if (unlikely(vmf->vma->vm_flags & VM_SHARED)) {
		if (page)
			return do_wp_shared(vmf, page);
	} else if (!page || !reuse_anon_page(page)) {
		return do_private_page(vmf, page);
	}
	make_writable(vmf);
	return 0;
}
/* lab 2: end */

/* ---- swap in ----------------------------------------------------------- */

/* lab 3: begin do_swap_page = VM_FAULT_SIGBUS */
static unsigned do_swap_page(struct vm_fault *vmf)
{
	swp_entry_t entry = pte_to_swp_entry(vmf->orig);
	struct mm_struct *mm = vmf->vma->vm_mm;
	bool major = false;
	struct page *page = swapin_page(entry, &major);

	if (!page)
		return VM_FAULT_OOM;
	if (IS_ERR(page))
		return PTR_ERR(page) == -EIO ? VM_FAULT_SIGBUS : 0;
	if (major)
		vmf->ret |= VM_FAULT_MAJOR;
	if (!pte_same(*vmf->pte, vmf->orig)) {
		put_page(page);
		return 0;
	}
	page_set(page, PG_anon);
	page->mapping = mm->family;
	page->index = vmf->addr >> PAGE_SHIFT;
	page_add_rmap(page, vmf->vma);
	mm->rss_stat[MM_SWAPENTS]--;
	mm_count_page(mm, page, 1);
	set_pte(vmf, page, 0);
	swap_free(entry);
	vmf->orig = *vmf->pte;
	return is_write(vmf) ? do_wp_page(vmf) : 0;
}
/* lab 3: end */

/* ---- entry ------------------------------------------------------------- */

static inline unsigned fault_present(struct vm_fault *vmf)
{
	if (is_write(vmf) && !pte_write(*vmf->pte))
		return do_wp_page(vmf);
	*vmf->pte = pte_mkyoung(*vmf->pte);
	flush_tlb_page(vmf->vma->vm_mm->pgd, vmf->addr);
	return 0;
}

static __always_inline unsigned fault_at(struct vm_fault *vmf,
					 unsigned long addr)
{
	struct vm_area_struct *vma = vmf->vma;

	if (pte_present(vmf->orig))
		return fault_present(vmf);
	if (unlikely(!pte_none(vmf->orig)))
		return do_swap_page(vmf);
	if (unlikely(vma->vm_flags & VM_UFFD_MISSING))
		return handle_userfault(vma, addr, vmf->flags);
	if (vma_is_anonymous(vma))
		return do_anonymous_page(vmf);
	return do_file_page(vmf);
}

/* `pte`: addr's entry. */
static __always_inline unsigned handle_pte_fault(struct vm_area_struct *vma,
						 unsigned long addr,
						 pte_t *pte, unsigned flags)
{
	struct vm_fault vmf;

	vmf.vma = vma;		/* one by one: the compiler clears it first */
	vmf.addr = addr & PAGE_MASK;
	vmf.flags = flags;
	vmf.ret = 0;
	vmf.pte = pte;
	vmf.orig = *pte;
	return fault_at(&vmf, addr) | vmf.ret;
}

static __always_inline unsigned __handle_mm_fault(struct vm_area_struct *vma,
						  unsigned long addr,
						  unsigned flags)
{
	pte_t *pte = pte_alloc(vma, addr);

	if (unlikely(!pte))
		return VM_FAULT_OOM;
	return handle_pte_fault(vma, addr, pte, flags);
}

unsigned handle_mm_fault(struct vm_area_struct *vma, unsigned long addr,
			 unsigned flags)
{
	return __handle_mm_fault(vma, addr, flags);
}

/* `pte`: addr's entry; NULL: to be found. */
static __always_inline int fault_in_entry(struct vm_area_struct *vma,
					  unsigned long addr, pte_t *pte,
					  unsigned flags)
{
	bool refused = current->oom_refused;
	unsigned fault;

	if (fatal_signal_pending())
		return -EINTR;
	/* Calls that fill a sealed mm say ENOMEM: nobody dies for them. */
	current->oom_refused |= mm_sealed(vma->vm_mm);
	fault = pte ? handle_pte_fault(vma, addr, pte, flags) :
		      handle_mm_fault(vma, addr, flags);
	current->oom_refused = refused;
	if (likely(!fault)) {
		current->min_flt++;
		return 0;
	}
	if (fault & VM_FAULT_ERROR)
		return fault & VM_FAULT_OOM ? -ENOMEM : -EFAULT;
	if (fault & VM_FAULT_RETRY)
		return -EAGAIN;
	current->maj_flt++;
	return 0;
}

int fault_in(struct vm_area_struct *vma, unsigned long addr, unsigned flags)
{
	return fault_in_entry(vma, addr, NULL, flags);
}

/* Tables are looked up once each: they stay as long as their areas do. */
int fault_in_range(struct vm_area_struct *vma, unsigned long start,
		   unsigned long end, unsigned flags)
{
	u64 want = PTE_PRESENT | (flags & FAULT_FLAG_WRITE ? PTE_WRITE : 0);
	pte_t *table, *pte;
	unsigned long next;
	int ret;

	vma->vm_tables = true;
	while (start < end) {
		next = min(next_table(vma->vm_mm, start, &table), end);
		if (!table && (ret = fault_in(vma, start, flags)))
			return ret;
		if (!table)
			continue;
		pte = &table[pt_index(start, 1)];
		for (; start < next; start += PAGE_SIZE, pte++)
			while ((pte->v & want) != want)
				if ((ret = fault_in_entry(vma, start, pte,
							  flags)))
					return ret;
	}
	return 0;
}

/* ---- the stack grows --------------------------------------------------- */

/* lab 2: begin expand_stack = addr >= vma->vm_start */
static bool stack_may_grow(struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long pages = (vma->vm_start - addr) >> PAGE_SHIFT;
	struct vm_area_struct *prev = vma_prev(vma);

	if (addr < MMAP_MIN_ADDR ||
	    vma->vm_end - addr > rlimit(RLIMIT_STACK))
		return false;
	if (prev && !(prev->vm_flags & VM_GROWSDOWN) &&
	    prev->vm_flags & VM_ACCESS_FLAGS &&
	    addr - prev->vm_end < STACK_GAP)
		return false;
	if (prev && prev->vm_end > addr)
		return false;
	if (!may_expand_vm(vma->vm_mm, vma->vm_flags, pages))
		return false;
	/* Nobody could be told that other sealed mms have it all. */
	return mm_sealed(vma->vm_mm) ||
	       !mlock_future_check(vma->vm_mm, vma->vm_flags, pages);
}

/* addr lies below the area.  (m) write. */
static bool expand_stack(struct vm_area_struct *vma, unsigned long addr)
{
	addr &= PAGE_MASK;
	if (addr >= vma->vm_start)
		return true;
	if (!stack_may_grow(vma, addr))
		return false;
	vma_resize(vma, addr, vma->vm_end);
	return true;
}
/* lab 2: end */

static bool access_allowed(const struct vm_area_struct *vma, unsigned flags)
{
	if (flags & FAULT_FLAG_WRITE)
		return vma->vm_flags & VM_WRITE;
	if (flags & FAULT_FLAG_INSTRUCTION)
		return vma->vm_flags & VM_EXEC;
	return vma->vm_flags & VM_ACCESS_FLAGS;
}

static __always_inline unsigned fault_in_area(struct vm_area_struct *vma,
					      unsigned long addr,
					      unsigned flags)
{
	if (!access_allowed(vma, flags))
		return VM_FAULT_SEGV_ACCERR;
	return __handle_mm_fault(vma, addr, flags);
}

/* No area has addr: perhaps the one above it grows. */
static unsigned fault_growing_stack(struct mm_struct *mm, unsigned long addr,
				    unsigned flags)
{
	unsigned ret = VM_FAULT_SEGV_MAPERR;
	struct vm_area_struct *vma;

	down_write(&mm->mmap_lock);
	vma = find_vma(mm, addr);
	if (vma && (vma->vm_start <= addr || vma->vm_flags & VM_GROWSDOWN) &&
	    expand_stack(vma, addr))
		ret = access_allowed(vma, flags) ?
			      handle_mm_fault(vma, addr, flags) :
			      VM_FAULT_SEGV_ACCERR;
	up_write(&mm->mmap_lock);
	return ret;
}

unsigned do_user_fault(struct mm_struct *mm, unsigned long addr,
		       unsigned flags)
{
	struct vm_area_struct *vma;
	unsigned ret = VM_FAULT_SEGV_MAPERR;

	if (unlikely(addr >= TASK_SIZE))
		return ret;
	flags |= FAULT_FLAG_ALLOW_RETRY;
	down_read(&mm->mmap_lock);
	vma = vma_lookup(mm, addr);
	if (likely(vma))
		ret = fault_in_area(vma, addr, flags);
	up_read(&mm->mmap_lock);
	if (unlikely(!vma))
		ret = fault_growing_stack(mm, addr, flags);
	if (unlikely(ret & VM_FAULT_RETRY))
		userfaultfd_wait(flags & FAULT_FLAG_USER);
	count_vm_event(PGFAULT);
	if (unlikely(ret & VM_FAULT_MAJOR))
		count_vm_event(PGMAJFAULT);
	return ret;
}

/* ---- another task's memory --------------------------------------------- */

static bool ready_for_write(struct vm_area_struct *vma, pte_t entry)
{
	struct page *page = vm_normal_page(entry);

	return pte_write(entry) || (!(vma->vm_flags & VM_SHARED) && page &&
				    reuse_anon_page(page));
}

static bool may_access(struct vm_area_struct *vma, unsigned gup_flags)
{
	bool write = gup_flags & FOLL_WRITE;

	if (!vma || vma->vm_flags & (VM_IO | VM_PFNMAP))
		return false;
	if (!(gup_flags & FOLL_FORCE))
		return vma->vm_flags & (write ? VM_WRITE : VM_READ);
	return !write || vma->vm_flags & VM_WRITE ||
	       (vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

/* The page at addr, filled and, for a write, ours to write; NULL if the area
 * does not allow that. */
static struct page *remote_page(struct mm_struct *mm, unsigned long addr,
				unsigned gup_flags)
{
	struct vm_area_struct *vma = vma_lookup(mm, addr);
	bool write = gup_flags & FOLL_WRITE;
	unsigned flags = write ? FAULT_FLAG_WRITE : 0;
	struct page *page;
	pte_t *pte;

	if (!may_access(vma, gup_flags))
		return NULL;
	for (;;) {
		pte = pte_lookup(mm, addr);
		if (pte && pte_present(*pte) &&
		    (!write || ready_for_write(vma, *pte)))
			break;
		if (fault_in(vma, addr, flags))
			return NULL;
	}
	page = pfn_to_page(pte_pfn(*pte));
	if (write)
		set_page_dirty(page);
	return page;
}

size_t access_remote_vm(struct mm_struct *mm, unsigned long addr, void *buf,
			size_t len, unsigned gup_flags)
{
	size_t done = 0, n;
	struct page *page;
	char *at;

	down_read(&mm->mmap_lock);
	for (; done < len; done += n) {
		if (addr + done >= TASK_SIZE)
			break;
		page = remote_page(mm, addr + done, gup_flags);
		if (!page)
			break;
		n = min(len - done, PAGE_SIZE - offset_in_page(addr + done));
		at = (char *)page_address(page) + offset_in_page(addr + done);
		if (gup_flags & FOLL_WRITE)
			memcpy(at, (char *)buf + done, n);
		else
			memcpy((char *)buf + done, at, n);
	}
	up_read(&mm->mmap_lock);
	return done;
}
