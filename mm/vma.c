// SPDX-License-Identifier: GPL-2.0
/*
 * The index of areas: find, link, split, merge (Linux: mm/vma.c, mm/mmap.c).
 *
 * A red-black tree by address.  Each node also knows first and last address
 * and the widest hole of its subtree, so that a free range is found without
 * visiting areas:
 *
 *            [node]                 gap(node) = max(gap(left), gap(right),
 *           /      \                   node.start - last(left),
 *     [left..last]  [first..right]     first(right) - node.end)
 *
 * Keeps true: I1 (sorted, not overlapping, counted), I4 together with mlock.c.
 * Guarded by mmap_lock (m); linking and unlinking never sleep, so that reclaim,
 * which holds no lock, always sees a whole tree.
 */
#include <mm/filemap.h>
#include <mm/memlock.h>
#include <mm/mm.h>

struct kmem_cache vma_cache = KMEM_CACHE(struct vm_area_struct);

unsigned long vm_start_gap(const struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_GROWSDOWN))
		return vma->vm_start;
	return vma->vm_start > STACK_GAP ? vma->vm_start - STACK_GAP : 0;
}

static unsigned long gap_between(unsigned long from, unsigned long to)
{
	return to > from ? to - from : 0;
}

static void vma_augment(struct vm_area_struct *vma)
{
	struct vm_area_struct *l = vma->vm_rb.rbe_left;
	struct vm_area_struct *r = vma->vm_rb.rbe_right;
	unsigned long start = vm_start_gap(vma);

	vma->rb_first = l ? l->rb_first : start;
	vma->rb_last = r ? r->rb_last : vma->vm_end;
	vma->rb_gap = 0;
	if (l)
		vma->rb_gap = max(l->rb_gap, gap_between(l->rb_last, start));
	if (r)
		vma->rb_gap = max(vma->rb_gap,
				  max(r->rb_gap, gap_between(vma->vm_end,
							     r->rb_first)));
}

static int vma_cmp(struct vm_area_struct *a, struct vm_area_struct *b)
{
	return a->vm_start < b->vm_start ? -1 : a->vm_start > b->vm_start;
}

#undef RB_AUGMENT
#define RB_AUGMENT(x) vma_augment(x)
RB_GENERATE_INTERNAL(vma_tree, vm_area_struct, vm_rb, vma_cmp,
		     static __maybe_unused)

static void augment_up(struct vm_area_struct *vma)
{
	for (; vma; vma = vma->vm_rb.rbe_parent)
		vma_augment(vma);
}

/* lab 1: begin find_vma = NULL */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = mm->mmap_cache, *found = NULL;

	if (vma && vma->vm_start <= addr && addr < vma->vm_end)
		return vma;
	for (vma = RB_ROOT(&mm->mm_rb); vma; ) {
		if (addr < vma->vm_end) {
			found = vma;
			if (vma->vm_start <= addr)
				break;
			vma = vma->vm_rb.rbe_left;
		} else {
			vma = vma->vm_rb.rbe_right;
		}
	}
	if (found)
		mm->mmap_cache = found;
	return found;
}
/* lab 1: end */

struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return vma && vma->vm_start <= addr ? vma : NULL;
}

struct vm_area_struct *vma_next(struct vm_area_struct *vma)
{
	return RB_NEXT(vma_tree, , vma);
}

struct vm_area_struct *vma_prev(struct vm_area_struct *vma)
{
	return RB_PREV(vma_tree, , vma);
}

struct vm_area_struct *vma_first(struct mm_struct *mm)
{
	return RB_MIN(vma_tree, &mm->mm_rb);
}

struct vm_area_struct *vma_last(struct mm_struct *mm)
{
	return RB_MAX(vma_tree, &mm->mm_rb);
}

/* ---- ranges ------------------------------------------------------------ */

unsigned long count_vma_pages(struct mm_struct *mm, unsigned long start,
			      unsigned long end, unsigned long vm_flags)
{
	struct vm_area_struct *vma;
	unsigned long bytes = 0;

	for_each_vma_range(mm, vma, start, end)
		if ((vma->vm_flags & vm_flags) == vm_flags)
			bytes += min(end, vma->vm_end) -
				 max(start, vma->vm_start);
	return bytes >> PAGE_SHIFT;
}

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

/* ---- accounting -------------------------------------------------------- */

static bool is_data_mapping(unsigned long vm_flags)
{
	return (vm_flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE;
}

/* The share of an area in its mm's page counters. */
static void vm_stat_account(struct vm_area_struct *vma, long pages)
{
	struct mm_struct *mm = vma->vm_mm;

	if (pages < 0)
		mm->hiwater_vm = max(mm->hiwater_vm, mm->total_vm);
	mm->total_vm += pages;
	if (vma->vm_flags & VM_LOCKED)
		mm->locked_vm += pages;
	if (is_data_mapping(vma->vm_flags))
		mm->data_vm += pages;
	else if (vma->vm_flags & VM_GROWSDOWN)
		mm->stack_vm += pages;
}

bool may_expand_vm(struct mm_struct *mm, unsigned long vm_flags,
		   unsigned long pages)
{
	if (mm->total_vm + pages > rlimit(RLIMIT_AS) >> PAGE_SHIFT)
		return false;
	return !is_data_mapping(vm_flags) ||
	       mm->data_vm + pages <= rlimit(RLIMIT_DATA) >> PAGE_SHIFT;
}

void vma_set_flags(struct vm_area_struct *vma, unsigned long flags)
{
	vm_stat_account(vma, -(long)vma_pages(vma));
	vma->vm_flags = flags;
	vm_stat_account(vma, vma_pages(vma));
}

/* ---- life -------------------------------------------------------------- */

struct vm_area_struct *vma_alloc(struct mm_struct *mm, unsigned long start,
				 unsigned long end, unsigned long flags,
				 struct file *file, u64 pgoff)
{
	struct vm_area_struct *vma = kmem_cache_alloc(&vma_cache, GFP_KERNEL);
	int err;

	if (!vma)
		return ERR_PTR(-ENOMEM);
	*vma = (struct vm_area_struct){
		.vm_start = start, .vm_end = end, .vm_flags = flags,
		.vm_pgoff = pgoff, .vm_mm = mm,
		.vm_file = file ? get_file(file) : NULL,
	};
	err = vma_deny_writers(vma);
	if (!err)
		return vma;
	fput(file);
	kmem_cache_free(&vma_cache, vma);
	return ERR_PTR(err);
}

struct vm_area_struct *vma_dup(const struct vm_area_struct *vma,
			       struct mm_struct *mm)
{
	struct vm_area_struct *new;

	new = vma_alloc(mm, vma->vm_start, vma->vm_end, vma->vm_flags,
			vma->vm_file, vma->vm_pgoff);
	if (IS_ERR(new))
		return new;
	new->vm_policy = vma->vm_policy;
	if (mm == vma->vm_mm)
		new->userfaultfd = vma->userfaultfd;
	else
		new->vm_flags &= ~VM_UFFD_MISSING;
	return new;
}

void vma_free(struct vm_area_struct *vma)
{
	vma_allow_writers(vma);
	if (vma->vm_file)
		fput(vma->vm_file);
	kmem_cache_free(&vma_cache, vma);
}

/* The area is in its file's list from now on, or no longer. */
static void tell_mapping(const struct vm_area_struct *vma, int n)
{
	struct address_space *mapping = vma->vm_file->f_mapping;

	if (mapping->a_ops && mapping->a_ops->mapped)
		mapping->a_ops->mapped(mapping, n);
}

void vma_link(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct vm_area_struct *clash;

	vma->vm_rb.rbe_left = vma->vm_rb.rbe_right = NULL;
	vma_augment(vma);
	clash = RB_INSERT(vma_tree, &mm->mm_rb, vma);
	BUG_ON(clash);
	augment_up(vma);
	mm->map_count++;
	vm_stat_account(vma, vma_pages(vma));
	if (vma->vm_file) {
		LIST_INSERT_HEAD(&vma->vm_file->f_mapping->i_mmap, vma,
				 shared);
		tell_mapping(vma, 1);
	}
}

void vma_unlink(struct vm_area_struct *vma)
{
	struct vm_area_struct *parent = vma->vm_rb.rbe_parent;
	struct mm_struct *mm = vma->vm_mm;

	RB_REMOVE(vma_tree, &mm->mm_rb, vma);
	augment_up(parent);
	if (mm->mmap_cache == vma)
		mm->mmap_cache = NULL;
	mm->map_count--;
	vm_stat_account(vma, -(long)vma_pages(vma));
	if (vma->vm_file) {
		LIST_REMOVE(vma, shared);
		tell_mapping(vma, -1);
	}
}

/* Offsets continue below as above: the range of file or address space that an
 * area shows is fixed by any one of its pages. */
void vma_resize(struct vm_area_struct *vma, unsigned long start,
		unsigned long end)
{
	vm_stat_account(vma, -(long)vma_pages(vma));
	vma->vm_pgoff += (long)(start - vma->vm_start) >> PAGE_SHIFT;
	vma->vm_start = start;
	vma->vm_end = end;
	vm_stat_account(vma, vma_pages(vma));
	augment_up(vma);
}

/* ---- split and merge --------------------------------------------------- */

/* lab 1: begin vma_split = NULL, vma_isolate = ERR_PTR(-ENOSYS) */
/* Does `next` begin where `vma` ends, and go on where it leaves off? */
static bool continues(const struct vm_area_struct *vma,
		      const struct vm_area_struct *next)
{
	return vma->vm_end == next->vm_start &&
	       vma->vm_file == next->vm_file &&
	       vma->userfaultfd == next->userfaultfd &&
	       mpol_equal(&vma->vm_policy, &next->vm_policy) &&
	       vma->vm_pgoff + vma_pages(vma) == next->vm_pgoff &&
	       !((vma->vm_flags | next->vm_flags) & VM_SPECIAL);
}

/* If the part from start on (up to end) had `flags`: would it be joined? */
static bool joins_prev(struct vm_area_struct *vma, unsigned long flags,
		       unsigned long start)
{
	struct vm_area_struct *prev = vma_prev(vma);

	return prev && start == vma->vm_start && prev->vm_flags == flags &&
	       continues(prev, vma);
}

static bool joins_next(struct vm_area_struct *vma, unsigned long flags,
		       unsigned long end)
{
	struct vm_area_struct *next = vma_next(vma);

	return next && end == vma->vm_end && next->vm_flags == flags &&
	       continues(vma, next);
}

struct vm_area_struct *vma_split(struct vm_area_struct *vma,
				 unsigned long addr)
{
	struct vm_area_struct *high = vma_dup(vma, vma->vm_mm);

	if (IS_ERR(high))
		return NULL;
	high->vm_start = addr;
	high->vm_pgoff += (addr - vma->vm_start) >> PAGE_SHIFT;
	/* vma lies on the way of the new leaf, which vma_link() augments. */
	vm_stat_account(high, -(long)vma_pages(high));
	vma->vm_end = addr;
	vma_link(vma->vm_mm, high);
	return high;
}

struct vm_area_struct *vma_isolate(struct vm_area_struct *vma,
				   unsigned long start, unsigned long end,
				   unsigned long flags)
{
	unsigned count = vma->vm_mm->map_count;

	count += (start > vma->vm_start) + (end < vma->vm_end);
	count -= joins_prev(vma, flags, start) + joins_next(vma, flags, end);
	if (count > vma->vm_mm->map_count && (int)count > sysctl_max_map_count)
		return ERR_PTR(-ENOMEM);
	if (start > vma->vm_start && !(vma = vma_split(vma, start)))
		return ERR_PTR(-ENOMEM);
	if (end < vma->vm_end && !vma_split(vma, end)) {
		vma_merge(vma);
		return ERR_PTR(-ENOMEM);
	}
	return vma;
}
/* lab 1: end */

/* lab 1: begin vma_merge = vma */
/* Extend `vma` over `next`, which goes away. */
static void absorb_next(struct vm_area_struct *vma,
			struct vm_area_struct *next)
{
	unsigned long end = next->vm_end;

	vma_unlink(next);
	vma_resize(vma, vma->vm_start, end);
	vma_free(next);
}

struct vm_area_struct *vma_merge(struct vm_area_struct *vma)
{
	struct vm_area_struct *prev;

	if (joins_next(vma, vma->vm_flags, vma->vm_end))
		absorb_next(vma, vma_next(vma));
	prev = vma_prev(vma);
	if (joins_prev(vma, vma->vm_flags, vma->vm_start)) {
		absorb_next(prev, vma);
		vma = prev;
	}
	return vma;
}
/* lab 1: end */

/* ---- a free range ------------------------------------------------------ */

/* lab 1: begin highest_hole = 0 */
/* Can `len` bytes be free between lo, where the area before the subtree ends,
 * and hi, where the one after it (or the region) starts? */
static bool may_have_hole(const struct vm_area_struct *n, unsigned long lo,
			  unsigned long hi, unsigned long len)
{
	if (!n)
		return lo + len <= hi;
	return n->rb_gap >= len || n->rb_last + len <= hi ||
	       lo + len <= min(hi, n->rb_first);
}

/* The highest address at which they are; 0 if there is none. */
static unsigned long highest_hole(struct vm_area_struct *n, unsigned long lo,
				  unsigned long hi, unsigned long len)
{
	unsigned long addr, from;

	for (; may_have_hole(n, lo, hi, len); n = n->vm_rb.rbe_left) {
		if (!n)
			return hi - len;
		from = max(lo, n->vm_end);
		if (may_have_hole(n->vm_rb.rbe_right, from, hi, len)) {
			addr = highest_hole(n->vm_rb.rbe_right, from, hi, len);
			if (addr)
				return addr;
		}
		hi = min(hi, vm_start_gap(n));
	}
	return 0;
}
/* lab 1: end */

/* hint + len lies in user space, in no area and in no stack's gap. */
static bool range_free(struct mm_struct *mm, unsigned long start,
		       unsigned long len)
{
	struct vm_area_struct *next = find_vma(mm, start);

	return len <= TASK_SIZE && start <= TASK_SIZE - len &&
	       (!next || start + len <= vm_start_gap(next));
}

unsigned long get_unmapped_area(struct mm_struct *mm, unsigned long hint,
				unsigned long len)
{
	unsigned long addr;

	if (len > TASK_SIZE)
		return -ENOMEM;
	hint = PAGE_ALIGN(hint);
	if (hint >= MMAP_MIN_ADDR && range_free(mm, hint, len))
		return hint;
	addr = highest_hole(RB_ROOT(&mm->mm_rb), MMAP_MIN_ADDR, mm->mmap_base,
			    len);
	if (!addr)
		addr = highest_hole(RB_ROOT(&mm->mm_rb), MMAP_MIN_ADDR,
				    TASK_SIZE, len);
	return addr ? addr : -ENOMEM;
}
