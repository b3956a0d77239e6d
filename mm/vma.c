// SPDX-License-Identifier: GPL-2.0
/*
 * The index of areas: find, link, split, merge (Linux: mm/vma.c, mm/mmap.c).
 *
 * A list by address, and a red-black tree to search it.  A hole belongs to the
 * area above it.  No hole of a node's subtree is wider than its rb_hole, so a
 * free range is found without visiting the areas:
 *
 *   |  hole  [area]  hole  [area] [area]        hole      [area]
 *    `----------^     `------^     (none)        `----------^
 *
 * A hole that grows is told to the nodes above.  One that shrinks, or goes, is
 * not: a search that comes in vain to a subtree corrects its rb_hole, so that
 * each such change costs it one visit at most.
 *
 * Keeps true: I1 (sorted, not overlapping, counted), I4 together with mlock.c.
 * Guarded by mmap_lock (m); linking and unlinking never sleep, so that reclaim,
 * which holds no lock, always sees a whole tree.
 */
#include <mm/filemap.h>
#include <mm/mm.h>

struct kmem_cache vma_cache = KMEM_CACHE(struct vm_area_struct);

unsigned long vm_start_gap(const struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_GROWSDOWN))
		return vma->vm_start;
	return vma->vm_start > STACK_GAP ? vma->vm_start - STACK_GAP : 0;
}

static inline unsigned long hole_start(struct vm_area_struct *vma)
{
	struct vm_area_struct *prev = vma_prev(vma);

	return prev ? prev->vm_end : 0;
}

static inline unsigned long hole_below(struct vm_area_struct *vma)
{
	unsigned long start = hole_start(vma), end = vm_start_gap(vma);

	return end > start ? end - start : 0;
}

/* Are `len` bytes between lo and hi free in the hole below the area? */
static inline bool hole_fits(struct vm_area_struct *vma, unsigned long lo,
			     unsigned long hi, unsigned long len)
{
	unsigned long start = max(lo, hole_start(vma));
	unsigned long end = min(hi, vm_start_gap(vma));

	return end > start && end - start >= len;
}

static int vma_cmp(struct vm_area_struct *a, struct vm_area_struct *b)
{
	return a->vm_start < b->vm_start ? -1 : a->vm_start > b->vm_start;
}

/* A node with other children than before covers them. */
static inline void cover_children(struct vm_area_struct *vma)
{
	const struct vm_area_struct *l = vma->vm_rb.rbe_left;
	const struct vm_area_struct *r = vma->vm_rb.rbe_right;

	if (l && l->rb_hole > vma->rb_hole)
		vma->rb_hole = l->rb_hole;
	if (r && r->rb_hole > vma->rb_hole)
		vma->rb_hole = r->rb_hole;
}

#undef RB_AUGMENT
#define RB_AUGMENT(x) cover_children(x)
RB_GENERATE_INTERNAL(vma_tree, vm_area_struct, vm_rb, vma_cmp,
		     static __maybe_unused)

/* The hole below an area is new, or grew.  NULL: the one above all areas, which
 * no area knows. */
static inline void hole_grew(struct mm_struct *mm, struct vm_area_struct *vma)
{
	unsigned long hole;

	if (!vma) {
		mm->hole_end = ~0ul;
		return;
	}
	hole = hole_below(vma);
	if (hole >= mm->hole_len)
		mm->hole_end = max(mm->hole_end, vm_start_gap(vma));
	for (; vma && vma->rb_hole < hole; vma = vma->vm_rb.rbe_parent)
		vma->rb_hole = hole;
}

/* lab 1: begin search_tree = NULL */
static inline struct vm_area_struct *search_tree(struct mm_struct *mm,
						 unsigned long addr)
{
	struct vm_area_struct *vma = RB_ROOT(&mm->mm_rb), *found = NULL;

	while (vma) {
		if (addr < vma->vm_end) {
			found = vma;
			if (vma->vm_start <= addr)
				break;
			vma = vma->vm_rb.rbe_left;
		} else {
			vma = vma->vm_rb.rbe_right;
		}
	}
	return found;
}
/* lab 1: end */

struct vm_area_struct *search_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = mm->mmap_cache, *prev;

	if (vma && addr < vma->vm_end) {	/* in the hole below it? */
		prev = vma_prev(vma);
		if (!prev || addr >= prev->vm_end)
			return vma;
	}
	vma = search_tree(mm, addr);
	if (vma)
		mm->mmap_cache = vma;
	return vma;
}

static const char *hole_wrong(struct vm_area_struct *vma)
{
	unsigned long base = vma->vm_mm->mmap_base, known = vma->rb_hole;

	cover_children(vma);
	if (known < vma->rb_hole || known < hole_below(vma))
		return "does not know of a hole";
	if (hole_fits(vma, 0, base, vma->vm_mm->hole_len) &&
	    min(vm_start_gap(vma), base) > vma->vm_mm->hole_end)
		return "has a hole that is not looked for";
	return NULL;
}

/* Are the areas of a subtree those of the list from *at on?  Moves *at past
 * them. */
static const char *subtree_wrong(struct vm_area_struct *root,
				 struct vm_area_struct **at)
{
	const char *wrong;

	if (!root)
		return NULL;
	wrong = subtree_wrong(root->vm_rb.rbe_left, at);
	if (wrong)
		return wrong;
	if (root != *at)
		return "is not found";
	wrong = hole_wrong(root);
	if (wrong)
		return wrong;
	*at = vma_next(root);
	return subtree_wrong(root->vm_rb.rbe_right, at);
}

const char *vma_index_wrong(struct mm_struct *mm, struct vm_area_struct **at)
{
	const char *wrong;

	*at = vma_first(mm);
	wrong = subtree_wrong(RB_ROOT(&mm->mm_rb), at);
	return wrong || !*at ? wrong : "is not found";
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

/* ---- accounting -------------------------------------------------------- */

static bool is_data_mapping(unsigned long vm_flags)
{
	return (vm_flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE;
}

/* The share of an area in its mm's page counters. */
static inline void vm_stat_account(struct vm_area_struct *vma, long pages)
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
	long pages = vma_pages(vma);

	if (!((vma->vm_flags ^ flags) & VM_ACCESS_FLAGS)) {
		vma->vm_flags = flags;
		return;
	}
	vm_stat_account(vma, -pages);
	vma->vm_flags = flags;
	vma->vm_page_prot = vm_pte_bits(flags, true);
	vma->vm_filled = false;
	vm_stat_account(vma, pages);
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
	vma->vm_start = start; /* one by one: the rest is vma_link()'s */
	vma->vm_end = end;
	vma->vm_flags = flags;
	vma->vm_page_prot = vm_pte_bits(flags, true);
	vma->vm_pgoff = pgoff;
	vma->vm_filled = vma->vm_tables = false;
	vma->vm_mm = mm;
	vma->userfaultfd = NULL;
	vma->vm_policy = (struct mempolicy){ 0 };
	vma->vm_file = file;
	if (!file)
		return vma;
	get_file(file);
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
	struct vm_area_struct *new = kmem_cache_alloc(&vma_cache, GFP_KERNEL);

	if (!new)
		return NULL;
	__builtin_memcpy(new, vma, offsetof(struct vm_area_struct, vm_list));
	if (mm != vma->vm_mm) {
		new->vm_mm = mm;
		new->vm_flags &= ~VM_UFFD_MISSING;
		new->userfaultfd = NULL;
		new->vm_filled = new->vm_tables = false;
	}
	if (vma->vm_file) {
		get_file(vma->vm_file);
		BUG_ON(vma_deny_writers(new));
	}
	return new;
}

void vma_free(struct vm_area_struct *vma)
{
	if (vma->vm_file) {
		vma_allow_writers(vma);
		fput(vma->vm_file);
	}
	kmem_cache_free(&vma_cache, vma);
}

/* The area is in its file's list from now on, or no longer. */
static void tell_mapping(const struct vm_area_struct *vma, int n)
{
	struct address_space *mapping = vma->vm_file->f_mapping;

	if (mapping->a_ops && mapping->a_ops->mapped)
		mapping->a_ops->mapped(mapping, n);
}

/* Between `next` (NULL: after all) and the one before it: one of the two has
 * room for a new leaf on that side. */
static void insert_before(struct mm_struct *mm, struct vm_area_struct *vma,
			  struct vm_area_struct *next)
{
	struct vm_area_struct *prev = next ? vma_prev(next) : vma_last(mm);

	BUG_ON((prev && prev->vm_end > vma->vm_start) ||
	       (next && next->vm_start < vma->vm_end));
	if (next)
		TAILQ_INSERT_BEFORE(next, vma, vm_list);
	else
		TAILQ_INSERT_TAIL(&mm->mmap, vma, vm_list);
	vma->rb_hole = 0;
	if (next && !next->vm_rb.rbe_left) {
		RB_SET(vma, next, vm_rb);
		next->vm_rb.rbe_left = vma;
	} else {
		RB_SET(vma, prev, vm_rb);
		*(prev ? &prev->vm_rb.rbe_right : &RB_ROOT(&mm->mm_rb)) = vma;
	}
	hole_grew(mm, vma);
	vma_tree_RB_INSERT_COLOR(&mm->mm_rb, vma);
	mm->map_count++;
	mm->mmap_cache = vma;
	if (vma->vm_file) {
		LIST_INSERT_HEAD(&vma->vm_file->f_mapping->i_mmap, vma,
				 shared);
		tell_mapping(vma, 1);
	}
}

void vma_link(struct mm_struct *mm, struct vm_area_struct *vma)
{
	insert_before(mm, vma, find_vma(mm, vma->vm_start));
	vm_stat_account(vma, vma_pages(vma));
}

/* Off list and tree. */
static void remove_from_index(struct vm_area_struct *vma)
{
	struct vm_area_struct *next = vma_next(vma);
	struct mm_struct *mm = vma->vm_mm;

	TAILQ_REMOVE(&mm->mmap, vma, vm_list);
	hole_grew(mm, next);
	RB_REMOVE(vma_tree, &mm->mm_rb, vma);
	mm->map_count--;
	if (mm->mmap_cache == vma)
		mm->mmap_cache = next;
	if (vma->vm_file) {
		LIST_REMOVE(vma, shared);
		tell_mapping(vma, -1);
	}
}

void vma_unlink(struct vm_area_struct *vma)
{
	remove_from_index(vma);
	vm_stat_account(vma, -(long)vma_pages(vma));
}

/* Offsets continue below as above: the range of file or address space that an
 * area shows is fixed by any one of its pages. */
void vma_resize(struct vm_area_struct *vma, unsigned long start,
		unsigned long end)
{
	long before = vma_pages(vma);

	vma->vm_pgoff += (long)(start - vma->vm_start) >> PAGE_SHIFT;
	vma->vm_filled &= start >= vma->vm_start && end <= vma->vm_end;
	vma->vm_start = start;
	vma->vm_end = end;
	vm_stat_account(vma, vma_pages(vma) - before);
	hole_grew(vma->vm_mm, vma);
	hole_grew(vma->vm_mm, vma_next(vma));
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

	if (!high)
		return NULL;
	high->vm_start = addr;
	high->vm_pgoff += (addr - vma->vm_start) >> PAGE_SHIFT;
	vma->vm_end = addr;
	insert_before(vma->vm_mm, high, vma_next(vma));
	return high;
}

struct vm_area_struct *vma_isolate(struct vm_area_struct *vma,
				   unsigned long start, unsigned long end,
				   unsigned long flags)
{
	unsigned count;

	if (start == vma->vm_start && end == vma->vm_end)
		return vma;
	count = vma->vm_mm->map_count;
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
	vma->vm_mm->mmap_cache = vma;	/* it will be asked for */
	return vma;
}
/* lab 1: end */

/* lab 1: begin vma_merge = vma */
/* Extend `vma` over `next`, which goes away. */
static void absorb_next(struct vm_area_struct *vma,
			struct vm_area_struct *next)
{
	vma->vm_end = next->vm_end;
	vma->vm_filled &= next->vm_filled;
	vma->vm_tables |= next->vm_tables;
	remove_from_index(next);
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

/* lab 1: begin highest_hole = NULL, hole_at = NULL */
/* The highest area of the subtree below which `len` bytes between lo and hi are
 * free, or NULL. */
static struct vm_area_struct *highest_hole(struct vm_area_struct *root,
					   unsigned long lo, unsigned long hi,
					   unsigned long len)
{
	struct vm_area_struct *found = NULL;

	if (!root || root->rb_hole < len)
		return NULL;
	if (root->vm_end < hi)
		found = highest_hole(root->vm_rb.rbe_right, lo, hi, len);
	if (!found && hole_fits(root, lo, hi, len))
		found = root;
	if (!found)
		found = highest_hole(root->vm_rb.rbe_left, lo, hi, len);
	if (!found) {
		root->rb_hole = hole_below(root);
		cover_children(root);
	}
	return found;
}

/* The area above hi, if there is such a hole right below both: most often, and
 * found without a search. */
static struct vm_area_struct *hole_at(struct mm_struct *mm, unsigned long lo,
				      unsigned long hi, unsigned long len)
{
	struct vm_area_struct *above = find_vma(mm, hi - 1);

	return above && hole_fits(above, lo, hi, len) ? above : NULL;
}
/* lab 1: end */

/* The highest free address of `len` bytes between lo and hi; 0 if there is
 * none. */
static unsigned long unmapped_area_topdown(struct mm_struct *mm,
					   unsigned long lo, unsigned long hi,
					   unsigned long len)
{
	struct vm_area_struct *last = vma_last(mm), *above;
	unsigned long from = max(lo, last ? last->vm_end : 0);

	if (hi > from && hi - from >= len)
		return hi - len;
	above = hole_at(mm, lo, hi, len);
	if (!above)
		above = highest_hole(RB_ROOT(&mm->mm_rb), lo, hi, len);
	if (!above)
		return 0;
	mm->mmap_cache = above;
	return min(hi, vm_start_gap(above)) - len;
}

/* The same below mmap_base; remembers how far down there is none. */
static unsigned long area_below_mmap_base(struct mm_struct *mm,
					  unsigned long len)
{
	unsigned long hi = mm->mmap_base, addr;

	if (len >= mm->hole_len)
		hi = min(hi, mm->hole_end);
	addr = unmapped_area_topdown(mm, MMAP_MIN_ADDR, hi, len);
	if (addr && len <= mm->hole_len) {
		mm->hole_len = len;
		mm->hole_end = addr + len;
	}
	return addr;
}

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
	addr = area_below_mmap_base(mm, len);
	if (!addr)
		addr = unmapped_area_topdown(mm, MMAP_MIN_ADDR, TASK_SIZE,
					     len);
	return addr ? addr : -ENOMEM;
}
