/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The address space: its structures, its locks, its public calls.  Read this
 * file first.  (Linux: include/linux/mm_types.h, include/linux/mm.h)
 *
 *   task -> mm_struct -> vm_area_struct ...   what may be there   (mm/vma.c)
 *                     -> page tables         what is there       (mm/pgtable.c)
 *                            -> struct page   the frame           (mm/page.h)
 *   struct page -> address_space -> areas     file pages, back    (mm/rmap.c)
 *   struct page -> anon_family -> mms         anonymous ones, back
 *
 * Locks, outermost first:
 *   (m) mm->mmap_lock, a sleeping rwsem: write to change areas, read to
 *       fault and to look.
 *   (p) page lock PG_locked, sleeping: see page.h.
 *   (t) page tables and rmap: no lock but "does not sleep in between"; an
 *       entry read before a sleep is compared again after it.
 * A field tagged (m) is read under (m) read and written under (m) write.
 * Reclaim looks at areas under (t) alone: so a task that holds (m) for write
 * leaves areas and page tables consistent whenever it sleeps.
 */
#ifndef MM_MM_H
#define MM_MM_H

#include <arch/pte.h>
#include <arch/tlb.h>
#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>
#include <lib/err.h>
#include <mm/deps.h>
#include <mm/flags.h>
#include <mm/mempolicy.h>
#include <mm/page.h>
#include <mm/slab.h>

struct address_space;
struct file;
struct userfaultfd_ctx;

/* One area: [vm_start, vm_end) with one set of flags and one backing. */
struct vm_area_struct {
	unsigned long vm_start, vm_end;	/* (m) bytes, page aligned */
	unsigned long vm_flags;		/* (m) VM_*; lock: vma_set_lock() */
	u64 vm_page_prot;		/* (m) vm_pte_bits() of a writable
					 * entry: vma_set_flags() (I5) */
	u64 vm_pgoff;			/* (m) pages: into the file; private
					 * anonymous: vm_start >> PAGE_SHIFT */
	bool vm_filled;			/* (m) of a lo area: populating it
					 * would find nothing to do (I25) */
	bool vm_tables;			/* (t) page tables were made for it, or
					 * left to it by a neighbour (I5) */
	struct mm_struct *vm_mm;
	struct userfaultfd_ctx *userfaultfd; /* (m) who fills absent pages */
	struct mempolicy vm_policy;	/* (m) kept for get_mempolicy(2) */
	struct file *vm_file;		/* holds a reference; NULL: private
					 * anonymous (shared anonymous memory
					 * is a shmem file) */
	TAILQ_ENTRY(vm_area_struct) vm_list; /* (m) in mm->mmap */
	RB_ENTRY(vm_area_struct) vm_rb;	/* (m) in mm->mm_rb */
	unsigned long rb_hole;		/* (m) bytes: no hole below an area of
					 * its subtree is wider (vma.c) */
	LIST_ENTRY(vm_area_struct) shared; /* (t) in mapping->i_mmap */
};

TAILQ_HEAD(vma_list, vm_area_struct);
RB_HEAD(vma_tree, vm_area_struct);

/*
 * The mms related by fork.  An anonymous page belongs to a family and has one
 * address: every mm of the family that maps it maps it there.  So reverse
 * mapping needs no per-area or per-entry structure; fork adds one list entry,
 * split and merge nothing; mremap copies a page that is shared at the moment
 * it moves.  (Linux's anon_vma keeps areas instead: cheaper in large
 * families, and the reason why it cannot merge some neighbours.)
 */
struct anon_family {
	LIST_HEAD(, mm_struct) mms;	/* (t) */
	unsigned users;			/* mms; no page outlives them mapped */
};

enum mm_counter { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES,
		  NR_MM_COUNTERS };

#define AT_VECTOR_SIZE	44		/* words of saved_auxv */

struct mm_struct {
	struct vma_list mmap;			/* (m) areas by address ... */
	struct vma_tree mm_rb;			/* (m) ... and to search */
	struct vm_area_struct *mmap_cache;	/* (t) the likeliest, or NULL */
	pte_t *pgd;				/* top page table */
	struct rwsem mmap_lock;
	unsigned mm_users;			/* tasks (and /proc readers) */
	unsigned long flags;			/* MMF_* */
	unsigned long def_flags;		/* (m) VM_LOCKED_MASK bits */

	unsigned long total_vm, locked_vm;	/* (m) pages (I1, I4) */
	unsigned long data_vm, stack_vm;	/* (m) pages */
	unsigned map_count;			/* (m) areas */
	/* (m) No hole of hole_len bytes or more between mmap_base and hole_end:
	 * where the search for one begins (vma.c). */
	unsigned long hole_end, hole_len;
	long rss_stat[NR_MM_COUNTERS];		/* (t) pages (I16) */
	unsigned long nr_ptes;			/* page tables of all levels */
	unsigned long hiwater_rss;		/* pages, but for mm_rss() */
	unsigned long hiwater_vm;		/* pages, but for total_vm */

	/* What fork copies as it is. */
	char layout_begin[0];
	unsigned long mmap_base;		/* top of the mmap region */
	unsigned long start_code, end_code, start_data, end_data;
	unsigned long start_brk, brk;		/* (m) bytes */
	unsigned long start_stack, arg_start, arg_end, env_start, env_end;
	unsigned membarrier_state;		/* REGISTER commands so far */
	u64 saved_auxv[AT_VECTOR_SIZE];		/* ends with AT_NULL */
	char layout_end[0];
	struct file *exe_file;			/* may be NULL */

	LIST_HEAD(, userfaultfd_ctx) userfaultfds;
	struct anon_family *family;
	LIST_ENTRY(mm_struct) family_node;	/* (t) */
	TAILQ_ENTRY(mm_struct) mmlist;		/* (t) in all_mms */
};

TAILQ_HEAD(mm_list, mm_struct);
extern struct mm_list all_mms;
extern struct kmem_cache vma_cache, mm_cache;

#define STACK_GAP	(256 * PAGE_SIZE)	/* stack_guard_gap */
#define MMAP_MIN_ADDR	65536ul

/* ---- memlocked tasks: memlock.c ---------------------------------------- */

/* The lock design (mm/memlock.h) in force from now on; -EINVAL for an unknown
 * name (nothing changed). */
int memlock_select(const char *name);
/* "none, task, ...": for messages. */
const char *memlock_names(void);

static inline bool mm_memlocked(const struct mm_struct *mm)
{
	return mm->flags & (1ul << MMF_VM_LOCKED);
}

/*
 * Is this a memlocked task's mm under memlock=strict?  From its first area to
 * its last each is locked, and resident where it can be accessed (I20, I21),
 * and its children's too.  What would end that, or let others at its memory,
 * asks this and answers EPERM (docs/lock-designs.md).
 */
static inline bool mm_sealed(const struct mm_struct *mm)
{
	return mm->flags & (1ul << MMF_SEALED);
}

/* Would `pages` more exceed what all sealed mms may have together?  They know
 * no RLIMIT_MEMLOCK.  0 or -ENOMEM. */
int sealed_memory_check(unsigned long pages);
/* Files that a sealed mm reads its memory from have no writers: deny them for
 * one more area; -ETXTBSY if there is one.  (m) write. */
int vma_deny_writers(const struct vm_area_struct *vma);
void vma_allow_writers(const struct vm_area_struct *vma);
bool vma_has_writers(const struct vm_area_struct *vma);	/* I24 is broken */

/* ---- mm.c: life of an mm --------------------------------------------- */

/* A new, empty mm with one user, flags = current's & MMF_INIT_MASK; NULL when
 * out of memory.  May sleep. */
struct mm_struct *mm_alloc(void);
/* fork: copy areas and entries (copy-on-write).  Locks and the mark do not
 * pass on.  ERR_PTR(-ENOMEM).  Takes `from`'s mmap_lock. */
struct mm_struct *dup_mm(struct mm_struct *from);
static inline void mmget(struct mm_struct *mm) { mm->mm_users++; }
/* Drop a user; the last one unmaps everything and frees.  May sleep. */
void mmput(struct mm_struct *mm);
static inline void free_mm(struct mm_struct **mm)	/* __free(mm) */
{
	if (!IS_ERR_OR_NULL(*mm))
		mmput(*mm);
}

/* ---- vma.c: the index of areas ---------------------------------------- */

/* First area with vm_end > addr, or NULL.  (m) read, or (t). */
struct vm_area_struct *search_vma(struct mm_struct *mm, unsigned long addr);
static inline struct vm_area_struct *find_vma(struct mm_struct *mm,
					      unsigned long addr)
{
	struct vm_area_struct *vma = mm->mmap_cache;

	if (vma && vma->vm_start <= addr && addr < vma->vm_end)
		return vma;
	return search_vma(mm, addr);
}
/* The area that contains addr, or NULL. */
static inline struct vm_area_struct *vma_lookup(struct mm_struct *mm,
						unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return vma && vma->vm_start <= addr ? vma : NULL;
}
static inline struct vm_area_struct *vma_next(struct vm_area_struct *vma)
{
	return TAILQ_NEXT(vma, vm_list);
}
static inline struct vm_area_struct *vma_prev(struct vm_area_struct *vma)
{
	return TAILQ_PREV(vma, vma_list, vm_list);
}
static inline struct vm_area_struct *vma_first(struct mm_struct *mm)
{
	return TAILQ_FIRST(&mm->mmap);
}
static inline struct vm_area_struct *vma_last(struct mm_struct *mm)
{
	return TAILQ_LAST(&mm->mmap, vma_list);
}
#define for_each_vma(mm, vma) \
	for ((vma) = vma_first(mm); (vma); (vma) = vma_next(vma))
/* Those that [start, end) touches. */
#define for_each_vma_range(mm, vma, start, end) \
	for ((vma) = find_vma(mm, start); (vma) && (vma)->vm_start < (end); \
	     (vma) = vma_next(vma))
static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}
static inline bool vma_is_anonymous(const struct vm_area_struct *vma)
{
	return !vma->vm_file;
}
/* Page offset of addr in the area's file. */
static inline u64 linear_page_index(const struct vm_area_struct *vma,
				    unsigned long addr)
{
	return ((addr - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff;
}

/* Where the area keeps other areas away from: its start, or the end of the gap
 * below a stack. */
unsigned long vm_start_gap(const struct vm_area_struct *vma);
/* Does the tree hold other areas than the list, which is right, or not know of
 * a hole?  NULL: no; else what is wrong, and at which area of the list (NULL:
 * past its end).  For check.c (I1). */
const char *vma_index_wrong(struct mm_struct *mm, struct vm_area_struct **at);
/* Pages of [start, end) in areas that have all of `vm_flags`.  (m) read. */
unsigned long count_vma_pages(struct mm_struct *mm, unsigned long start,
			      unsigned long end, unsigned long vm_flags);
/* Calls f on each area's part of [start, end) in order; f may split, merge and
 * sleep.  Stops at an error; -ENOMEM at a hole.  (m) write.  Inline, as f is
 * then. */
static __always_inline
int change_vma_range(struct mm_struct *mm, unsigned long start,
		     unsigned long end,
		     int (*f)(struct vm_area_struct *vma, unsigned long start,
			      unsigned long end, unsigned long arg),
		     unsigned long arg)
{
	struct vm_area_struct *vma;
	unsigned long next;
	int ret = 0;

	for (; start < end && !ret; start = next) {
		vma = vma_lookup(mm, start);
		if (!vma)
			return -ENOMEM;
		next = min(vma->vm_end, end);
		ret = f(vma, start, next, arg);
	}
	return ret;
}

/* Adds or removes an area; keeps map_count, total_vm and its kin, locked_vm
 * and the file's i_mmap.  The range must be free.  (m) write, never sleeps. */
void vma_link(struct mm_struct *mm, struct vm_area_struct *vma);
void vma_unlink(struct vm_area_struct *vma);
/* A new, unlinked area (with its own file reference).  ERR_PTR: -ENOMEM;
 * -ETXTBSY: strict, and the file is being written. */
struct vm_area_struct *vma_alloc(struct mm_struct *mm, unsigned long start,
				 unsigned long end, unsigned long flags,
				 struct file *file, u64 pgoff);
/* A copy of one; NULL when out of memory. */
struct vm_area_struct *vma_dup(const struct vm_area_struct *vma,
			       struct mm_struct *mm);
void vma_free(struct vm_area_struct *vma);	/* drops the file; may sleep */
/* Split at addr, inside the area, which keeps the low part; returns the high
 * one, or NULL when out of memory.  Checks no limit.  (m) write. */
struct vm_area_struct *vma_split(struct vm_area_struct *vma,
				 unsigned long addr);
/* Cut the area so that [start, end) of it is one of its own; returns that.
 * `flags` is what it will have: neighbours it will merge with are counted when
 * the area limit is checked.  ERR_PTR(-ENOMEM).  (m) write, may sleep. */
struct vm_area_struct *vma_isolate(struct vm_area_struct *vma,
				   unsigned long start, unsigned long end,
				   unsigned long flags);
/* Join the area with each neighbour that has equal flags, the same file and a
 * continuous offset; returns the area that holds it now.  (m) write. */
struct vm_area_struct *vma_merge(struct vm_area_struct *vma);
/* Move one end of an area (stack growth, in-place mremap).  (m) write. */
void vma_resize(struct vm_area_struct *vma, unsigned long start,
		unsigned long end);
/* Change vm_flags and what is counted by them.  Not the lock bits: those are
 * vma_set_lock()'s.  (m) write. */
void vma_set_flags(struct vm_area_struct *vma, unsigned long flags);
/* May total_vm (RLIMIT_AS) and data_vm (RLIMIT_DATA) grow by `pages`? */
bool may_expand_vm(struct mm_struct *mm, unsigned long vm_flags,
		   unsigned long pages);

/* oom.c: how much t's end would free, adjusted, in pages; INT64_MIN: it is
 * never chosen. */
long oom_badness(const struct task_struct *t);
/* May `pages` more be promised?  By vm.overcommit_memory: 0 all but more than
 * all memory and swap together; 1 always; 2 up to vm_commit_limit(). */
bool enough_memory(unsigned long pages);
unsigned long vm_commit_limit(void);	/* pages ... */
unsigned long vm_committed(void);	/* ... and what is promised */

/* sysctls of that name */
extern int sysctl_overcommit_memory, sysctl_overcommit_ratio;
extern int sysctl_max_map_count;
extern int sysctl_panic_on_oom, sysctl_oom_kill_allocating_task;

/* ---- mmap.c, mremap.c, mprotect.c: system calls on any mm ------------- */

/* A range of `len` bytes free for mmap: `hint` if it fits, else top-down below
 * mmap_base.  Address or -ENOMEM. (m) write. */
unsigned long get_unmapped_area(struct mm_struct *mm, unsigned long hint,
				unsigned long len);
/* mmap(2) after the descriptor is resolved.  Takes mmap_lock; populates when
 * MAP_LOCKED/MAP_POPULATE or def_flags ask.  `pgoff` in pages.  Limits are
 * current's.  Address or -errno. */
unsigned long do_mmap(struct mm_struct *mm, struct file *file,
		      unsigned long addr, unsigned long len,
		      unsigned long prot, unsigned long flags, u64 pgoff);
/* munmap(2).  0, -EINVAL, -ENOMEM (a split failed), -EPERM (lock design). */
int do_munmap(struct mm_struct *mm, unsigned long start, unsigned long len);
/* brk(2): the new break, or the old one if refused. */
unsigned long do_brk(struct mm_struct *mm, unsigned long brk);
/* munmap of a valid, aligned range.  0, -ENOMEM, or -EPERM: the lock design,
 * asked for all of it before anything changes.  (m) write. */
int munmap_range(struct mm_struct *mm, unsigned long start, unsigned long end);
/* Unmap one whole area and free it and its page tables.  (m) write or last
 * user. */
void remove_vma(struct vm_area_struct *vma);
void remove_empty_vma(struct vm_area_struct *vma);	/* has no entry */
/* Would it be refused by the lock design?  0 or -EPERM.  (m) write. */
int may_unmap_range(struct mm_struct *mm, unsigned long start,
		    unsigned long end);
/* The initial stack: a VM_GROWSDOWN area [top - size, top).  0 or -errno. */
int setup_stack_vma(struct mm_struct *mm, unsigned long top,
		    unsigned long size);
/* A memory file for shared anonymous maps: shmem_file_setup in filemap.h. */

/* ---- fault.c: entries filled on demand -------------------------------- */

/* The first three are bits of the processor's error code. */
#define FAULT_FLAG_WRITE	0x02u
#define FAULT_FLAG_USER		0x04u	/* user mode's, not a copy's */
#define FAULT_FLAG_INSTRUCTION	0x10u
#define FAULT_FLAG_ALLOW_RETRY	0x20u	/* the caller knows VM_FAULT_RETRY */

/* Result: 0, or one of these. */
#define VM_FAULT_OOM		0x0001u
#define VM_FAULT_SIGBUS		0x0002u	/* past the end of a file, I/O error */
#define VM_FAULT_MAJOR		0x0004u	/* success that read a disk */
#define VM_FAULT_RETRY		0x0008u	/* success: let go of mmap_lock, call
					 * userfaultfd_wait(), fault again */
#define VM_FAULT_SEGV_MAPERR	0x0040u	/* no area */
#define VM_FAULT_SEGV_ACCERR	0x0080u	/* area does not allow it */
#define VM_FAULT_ERROR (VM_FAULT_OOM | VM_FAULT_SIGBUS | \
			VM_FAULT_SEGV_MAPERR | VM_FAULT_SEGV_ACCERR)

/* A page fault at addr: looks up the area, grows a stack, fills the entry.
 * Takes mmap_lock for read (write, to grow).  May sleep.  The caller turns
 * errors into signals and counts faults in rusage. */
unsigned do_user_fault(struct mm_struct *mm, unsigned long addr,
		       unsigned flags);
/* The same with the area known; r, w, x are not looked at.  (m) held. */
unsigned handle_mm_fault(struct vm_area_struct *vma, unsigned long addr,
			 unsigned flags);
/* The same for a system call's sake: counted as current's.  0, -EINTR (a fatal
 * signal), -ENOMEM, -EFAULT (past the end of the file, I/O error), -EAGAIN (if
 * allowed: as VM_FAULT_RETRY). */
int fault_in(struct vm_area_struct *vma, unsigned long addr, unsigned flags);
/* Until each page of [start, end), which the area allows to access, is present,
 * or writable if flags say so. */
int fault_in_range(struct vm_area_struct *vma, unsigned long start,
		   unsigned long end, unsigned flags);
/* Map a fresh page of the caller's, whose reference becomes the entry's, or the
 * zero page (NULL) where nothing is: 0, -EEXIST, -ENOMEM.  (m) held. */
int install_anon_page(struct vm_area_struct *vma, unsigned long addr,
		      struct page *page);
/* Read or write another mm's memory through the fault path; with FOLL_FORCE
 * permissions are overridden as for ptrace (a private area is copied before it
 * is written).  Returns bytes done.  Takes mmap_lock; may sleep. */
#define FOLL_WRITE		0x01u
#define FOLL_FORCE		0x10u
size_t access_remote_vm(struct mm_struct *mm, unsigned long addr, void *buf,
			size_t len, unsigned gup_flags);

/* ---- userfaultfd.c, fs/userfaultfd.c ----------------------------------- */

/* Make ctx (NULL: nobody) the one who fills absent pages of [start, end): 0,
 * -EINVAL, -EPERM, -EBUSY, -ENOMEM; of all its areas nobody.  Take (m). */
int userfaultfd_set_range(struct mm_struct *mm, unsigned long start,
			  unsigned long end, struct userfaultfd_ctx *ctx);
void userfaultfd_forget(struct mm_struct *mm, struct userfaultfd_ctx *ctx);
/* Fill absent pages of a registered area from current's memory, or with zeros
 * (NULL): bytes, or -ENOENT, -EEXIST, -EFAULT, -ENOMEM, -EINTR. */
long mfill_atomic(struct mm_struct *mm, unsigned long dst, const char *src,
		  unsigned long len);
/* An absent page of a registered area: VM_FAULT_RETRY or VM_FAULT_SIGBUS. */
unsigned handle_userfault(struct vm_area_struct *vma, unsigned long addr,
			  unsigned flags);
/* Until it may be there, or a signal (a fatal one only) comes; true. */
bool userfaultfd_wait(bool interruptible);
void userfaultfd_exit(struct mm_struct *mm);

/* madvise(2) on any mm. */
int do_madvise(struct mm_struct *mm, unsigned long start, size_t len,
	       int advice);

/* ---- mlock.c ----------------------------------------------------------- */

/* Fault in [start, start + len) of locked or MAP_POPULATE areas as
 * semantics.md 1.4 has it.  Takes mmap_lock for read.  `ignore_errors`: go on
 * with the next area and return 0; else -EFAULT (cannot be mapped), -ENOMEM
 * (out of memory) or -EINTR. */
int mm_populate(struct mm_struct *mm, unsigned long start, unsigned long len,
		bool ignore_errors);
/* What a sealed mm maps comes filled, or not at all: the caller takes back
 * what could not be (-ENOMEM), so before it is merged with a neighbour, for to
 * cut it off again may need memory.  (m) write. */
int populate_sealed(struct vm_area_struct *vma, unsigned long start,
		    unsigned long end);
/* mm_populate while (m) is held; one area only; flags as
 * fault_in()'s. */
int populate_vma_range(struct vm_area_struct *vma, unsigned long start,
		       unsigned long end, unsigned flags);
/* May current lock anything at all (semantics.md 1.7)? */
bool can_do_mlock(void);
/* -EAGAIN if `pages` more of an area with vm_flags would exceed current's
 * RLIMIT_MEMLOCK (semantics.md 1.7); -ENOMEM if they would exceed what sealed
 * mms may have.  (m) held. */
int mlock_future_check(struct mm_struct *mm, unsigned long vm_flags,
		       unsigned long pages);
/* Has populating the area to make its pages writable, not only present? */
static inline bool vma_populates_write(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
}
/* The only writer of lock bits of an existing area: sets them to `lock`
 * (subset of VM_LOCKED_MASK | VM_LOCKED_PERM), keeps locked_vm, page lock
 * counts.  No split.  (m) write. */
void vma_set_lock(struct vm_area_struct *vma, unsigned long lock);
/* A PTE that maps `page` appeared in or left a VM_LOCKED area. (t) */
void mlock_vma_page(struct page *page);
void munlock_vma_page(struct page *page);

/* ---- pgtable.c: the walk ----------------------------------------------- */

/* The bottom-level entry for addr, or NULL if a table is missing. (t) */
pte_t *pte_lookup(struct mm_struct *mm, unsigned long addr);
static inline pte_t *table_of(pte_t entry)
{
	return phys_to_virt(entry.v & PTE_PFN_MASK);
}
/* The same for an address of the area, allocating tables; NULL when out of
 * memory.  May sleep. */
pte_t *make_tables(struct mm_struct *mm, unsigned long addr);
static inline pte_t *pte_alloc(struct vm_area_struct *vma, unsigned long addr)
{
	struct mm_struct *mm = vma->vm_mm;
	pte_t entry, *table = mm->pgd;

	vma->vm_tables = true;
#pragma GCC unroll 3
	for (int level = PT_LEVELS; level > 1; level--) {
		entry = table[pt_index(addr, level)];
		if (unlikely(!(entry.v & PTE_PRESENT)))
			return make_tables(mm, addr);
		table = table_of(entry);
	}
	return &table[pt_index(addr, 1)];
}
/* addr's bottom table goes to *table, or NULL.  Returns where the next one
 * begins: absent upper levels are stepped over. (t) */
unsigned long next_table(struct mm_struct *mm, unsigned long addr,
			 pte_t **table);
/* Calls f for each entry of existing bottom tables in [start, end) that is
 * not none; stops at the first non-zero result and returns it.  f must not
 * sleep.  Inline, so that f is: it is the inner loop of most calls. */
static __always_inline
int walk_page_range(struct mm_struct *mm, unsigned long start,
		    unsigned long end,
		    int (*f)(pte_t *pte, unsigned long addr, void *arg),
		    void *arg)
{
	pte_t *table, *pte, *last;
	unsigned long next;
	int ret;

	for (; start < end; start = next) {
		next = min(next_table(mm, start, &table), end);
		if (!table)
			continue;
		pte = &table[pt_index(start, 1)];
		last = pte + ((next - start) >> PAGE_SHIFT);
		for (; pte < last; pte++, start += PAGE_SIZE)
			if (!pte_none(*pte) && (ret = f(pte, start, arg)))
				return ret;
	}
	return 0;
}
/* Unmap every page and free every swap entry in [start, end) of the area,
 * flush; without `even_cows` only pages of the file itself.  The area stays.
 * (m), last user, or (t). */
void zap_vma_pages(struct vm_area_struct *vma, unsigned long start,
		   unsigned long end, bool even_cows);
static inline void zap_page_range(struct vm_area_struct *vma,
				  unsigned long start, unsigned long end)
{
	zap_vma_pages(vma, start, end, true);
}
/* Free tables of [start, end) that hold no entry (I5); what an area leaves that
 * never had some needs no look.  `prev`: the area before, or NULL. */
void free_pgtables(struct mm_struct *mm, struct vm_area_struct *prev,
		   unsigned long start, unsigned long end);
/* stat.c, clear_refs of proc(5): forget that pages of all (1), anonymous (2) or
 * file (3) areas were used.  (m) read. */
void clear_refs(struct mm_struct *mm, int type);
/* Which of rss_stat counts a mapped page. */
static inline enum mm_counter mm_counter(const struct page *page)
{
	if (page_test(page, PG_anon))
		return MM_ANONPAGES;
	return page_test(page, PG_swapbacked) ? MM_SHMEMPAGES : MM_FILEPAGES;
}
/* A present entry for `page` came (n = 1) or went (-1): rss by kind. (t) */
static inline void mm_count_page(struct mm_struct *mm,
				 const struct page *page, long n)
{
	mm->rss_stat[mm_counter(page)] += n;
}
static inline unsigned long mm_rss(const struct mm_struct *mm)
{
	return mm->rss_stat[MM_ANONPAGES] + mm->rss_stat[MM_FILEPAGES] +
	       mm->rss_stat[MM_SHMEMPAGES];
}
/* Entries are about to go: the high mark is at least what was there. (t) */
void update_hiwater_rss(struct mm_struct *mm);
/* MMU bits for an area: `writable` false leaves PTE_WRITE out. */
static inline u64 vm_pte_bits(unsigned long vm_flags, bool writable)
{
	if (!(vm_flags & VM_ACCESS_FLAGS))
		return PTE_USER | PTE_PROTNONE | PTE_NX;
	return PTE_USER | PTE_PRESENT |
	       (writable && vm_flags & VM_WRITE ? PTE_WRITE : 0) |
	       (vm_flags & VM_EXEC ? 0 : PTE_NX);
}

extern struct page *zero_page;

static inline bool is_zero_pfn(u64 pfn)
{
	return pfn == page_to_pfn(zero_page);
}
/* The page behind an entry, which is to be present. */
static inline struct page *pte_page(pte_t pte)
{
	return phys_to_page(pte.v & PTE_PFN_MASK);
}
/* The same, or NULL: not present, or the zero page. */
static inline struct page *vm_normal_page(pte_t pte)
{
	struct page *p = pte_page(pte);

	return !pte_present(pte) || page_test(p, PG_reserved) ? NULL : p;
}

/* ---- rmap.c: from a page to its entries -------------------------------- */

extern unsigned long nr_anon_mapped, nr_file_mapped; /* pages with a PTE */

/* A PTE that maps the page appeared in vma at addr: counts, lock.  The caller
 * set page->mapping/index and owns a reference that becomes the PTE's. (t) */
static inline void page_add_rmap(struct page *page,
				 const struct vm_area_struct *vma)
{
	if (page->_mapcount++) {
	} else if (page_test(page, PG_anon)) {
		nr_anon_mapped++;
	} else {
		nr_file_mapped++;
	}
	if (vma->vm_flags & VM_LOCKED) {
		if (mm_sealed(vma->vm_mm) && page_test(page, PG_swapbacked))
			page_set(page, PG_sealed);
		mlock_vma_page(page);
	}
}
/* The PTE went away; the caller drops the reference (put_page). (t) */
static inline void page_remove_rmap(struct page *page,
				    const struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_LOCKED)
		munlock_vma_page(page);
	if (--page->_mapcount)
		BUG_ON(page->_mapcount < 0);
	else if (page_test(page, PG_anon))
		nr_anon_mapped--;
	else
		nr_file_mapped--;
}

/* Calls f on every entry that maps the page, in any mm; stops on non-zero and
 * returns it.  f must not sleep.  (t) */
int rmap_walk(struct page *page,
	      int (*f)(struct page *page, struct vm_area_struct *vma,
		       unsigned long addr, pte_t *pte, void *arg), void *arg);
/* Recently used through any entry?  Clears the accessed bits; returns how
 * many were set; ORs the areas' vm_flags into *vm_flags. (t) */
int page_referenced(struct page *page, unsigned long *vm_flags);
/* Replace every entry by a swap entry (PG_swapcache set) or by none (file
 * page).  Refuses if any area is VM_LOCKED, before the first entry is changed.
 * True if nothing maps it any more.  (p) held, (t). */
bool try_to_unmap(struct page *page);
/* Write-protect and clean every shared entry; true if one was dirty. (p) */
bool page_mkclean(struct page *page);

/* ---- check.c ----------------------------------------------------------- */

/* Every invariant of the specification that can be checked at a quiet point
 * (check.c says which cannot).  0, or the number of the first violated one,
 * described in `why`.  Does not sleep, changes nothing. */
int mm_check(char *why, size_t size);

#endif
