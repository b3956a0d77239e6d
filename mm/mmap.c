// SPDX-License-Identifier: GPL-2.0
/*
 * mmap(2), munmap(2), brk(2) (Linux: mm/mmap.c).
 *
 * Each is a decision first (every check, in the order in which Linux reports
 * errors; nothing changed), then the deed.  What can fail in the deed is
 * allocation, and that comes before the first visible change, but for the
 * areas that MAP_FIXED replaces: as on Linux they are gone if it fails later.
 *
 * Keeps true: I1, I3, I4, I5.  Guarded by mmap_lock for write.
 */
#include <linux/mman.h>
#include <mm/filemap.h>
#include <mm/memlock.h>
#include <mm/mm.h>
#include <mm/swap.h>

/* What one mmap call asks for. */
struct map_request {
	struct mm_struct *mm;
	struct file *file;		/* NULL: anonymous */
	unsigned long addr, len;	/* bytes, page aligned once decided */
	unsigned long prot, flags;	/* as given */
	unsigned long vm_flags;
	u64 pgoff;
};

static unsigned long calc_vm_flags(const struct map_request *r)
{
	unsigned long f = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;

	f |= calc_vm_prot_bits(r->prot);
	f |= r->flags & MAP_GROWSDOWN ? VM_GROWSDOWN : 0;
	f |= r->flags & MAP_LOCKED ? VM_LOCKED : 0;
	if (sysctl_overcommit_memory != OVERCOMMIT_NEVER)
		f |= r->flags & MAP_NORESERVE ? VM_NORESERVE : 0;
	return f | r->mm->def_flags;
}

/* Checks that belong to the place. */
static int decide_address(struct map_request *r)
{
	unsigned long addr;
	struct vm_area_struct *next;

	if ((int)r->mm->map_count > sysctl_max_map_count)
		return -ENOMEM;
	if (!(r->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))) {
		addr = r->addr & PAGE_MASK;
		if (addr)	/* a hint below the least address is raised */
			addr = max(addr, MMAP_MIN_ADDR);
		addr = get_unmapped_area(r->mm, addr, r->len);
		if (IS_ERR_VALUE(addr))
			return addr;
		r->addr = addr;
		return 0;
	}
	if (r->len > TASK_SIZE || r->addr > TASK_SIZE - r->len)
		return -ENOMEM;
	if (offset_in_page(r->addr))
		return -EINVAL;
	if (r->addr < MMAP_MIN_ADDR && !capable(CAP_SYS_RAWIO))
		return -EPERM;
	next = find_vma(r->mm, r->addr);
	if (r->flags & MAP_FIXED_NOREPLACE && next &&
	    next->vm_start < r->addr + r->len)
		return -EEXIST;
	return 0;
}

/* Nobody writes to a file sealed against it; and what a sealed mm stores must
 * not go to a file's disk. */
static bool only_to_read(const struct map_request *r)
{
	if (file_is_dev_zero(r->file))
		return false;
	if (r->file->f_mapping->flags & AS_SHMEM)
		return r->file->f_mapping->flags & AS_SEALED;
	return mm_sealed(r->mm);
}

static int decide_lock(struct map_request *r)
{
	r->vm_flags = calc_vm_flags(r);
	if (r->flags & MAP_LOCKED && !can_do_mlock())
		return -EPERM;
	return mlock_future_check(r->mm, r->vm_flags, r->len >> PAGE_SHIFT);
}

/* Flags that mean the same to all files, so that MAP_SHARED_VALIDATE knows
 * them (Linux: LEGACY_MAP_MASK). */
#define LEGACY_MAP_MASK (MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS |		\
			 MAP_DENYWRITE | MAP_EXECUTABLE | MAP_GROWSDOWN | \
			 MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE |	\
			 MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB | MAP_32BIT | \
			 MAP_HUGE_2MB | MAP_HUGE_1GB)

static int decide_file(struct map_request *r)
{
	unsigned type = r->flags & MAP_TYPE;

	if (r->len > INT64_MAX ||
	    r->pgoff > (INT64_MAX - r->len) >> PAGE_SHIFT)
		return -EOVERFLOW;
	if (type == MAP_SHARED_VALIDATE && r->flags & ~LEGACY_MAP_MASK)
		return -EOPNOTSUPP;
	if (type != MAP_PRIVATE && type != MAP_SHARED &&
	    type != MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (type != MAP_PRIVATE && r->prot & PROT_WRITE &&
	    !(r->file->f_mode & FMODE_WRITE))
		return -EACCES;
	if (!(r->file->f_mode & FMODE_READ))
		return -EACCES;
	if (file_noexec(r->file) && r->prot & PROT_EXEC)
		return -EPERM;
	if (file_noexec(r->file))
		r->vm_flags &= ~VM_MAYEXEC;
	if (!r->file->f_mapping && !file_is_dev_zero(r->file))
		return -ENODEV;
	if (r->vm_flags & VM_GROWSDOWN)
		return -EINVAL;
	if (type != MAP_PRIVATE) {
		r->vm_flags |= VM_SHARED | VM_MAYSHARE;
		if (!(r->file->f_mode & FMODE_WRITE) || only_to_read(r))
			r->vm_flags &= ~(VM_MAYWRITE | VM_SHARED);
		if (r->prot & PROT_WRITE && only_to_read(r))
			return -EPERM;
	}
	if (file_is_dev_zero(r->file) && !(r->vm_flags & VM_MAYSHARE)) {
		r->file = NULL;
		r->pgoff = r->addr >> PAGE_SHIFT;
	}
	return 0;
}

static int decide_anonymous(struct map_request *r)
{
	switch (r->flags & MAP_TYPE) {
	case MAP_SHARED:
		if (r->vm_flags & VM_GROWSDOWN)
			return -EINVAL;
		r->pgoff = 0;
		r->vm_flags |= VM_SHARED | VM_MAYSHARE;
		return 0;
	case MAP_PRIVATE:
		r->pgoff = r->addr >> PAGE_SHIFT;
		return 0;
	}
	return -EINVAL;
}

/* ---- overcommit -------------------------------------------------------- */

int sysctl_overcommit_memory, sysctl_overcommit_ratio = 50;
int sysctl_max_map_count = 65530;

unsigned long vm_commit_limit(void)
{
	return totalram_pages * sysctl_overcommit_ratio / 100 +
	       total_swap_pages;
}

/* Nobody keeps this number: it is asked for rarely. */
unsigned long vm_committed(void)
{
	unsigned long pages = nr_shmem_pages + nr_shmem_swapped;
	struct address_space *mapping;
	struct vm_area_struct *vma;
	struct mm_struct *mm;

	TAILQ_FOREACH(mm, &all_mms, mmlist)
		for_each_vma(mm, vma)
			if (vma->vm_flags & VM_ACCOUNT)
				pages += vma_pages(vma);
	LIST_FOREACH(mapping, &all_mappings, list)
		if (mapping->flags & AS_ACCOUNT)
			pages += (PAGE_ALIGN(mapping->size) >> PAGE_SHIFT) -
				 mapping->nrpages - mapping->nrswap;
	return pages;
}

bool enough_memory(unsigned long pages)
{
	if (sysctl_overcommit_memory == OVERCOMMIT_ALWAYS)
		return true;
	if (sysctl_overcommit_memory == OVERCOMMIT_GUESS)
		return pages <= totalram_pages + total_swap_pages;
	return vm_committed() + pages <= vm_commit_limit();
}


static int decide_space(struct map_request *r)
{
	unsigned long pages = r->len >> PAGE_SHIFT, gone = 0;

	if (!may_expand_vm(r->mm, r->vm_flags, pages)) {
		gone = count_vma_pages(r->mm, r->addr, r->addr + r->len, 0);
		if (!may_expand_vm(r->mm, r->vm_flags, pages - gone))
			return -ENOMEM;
	}
	if ((r->vm_flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE) {
		if (!enough_memory(pages))
			return -ENOMEM;
		r->vm_flags |= VM_ACCOUNT;
	}
	return 0;
}

static int decide_mmap(struct map_request *r)
{
	int ret = decide_address(r);

	if (!ret)
		ret = decide_lock(r);
	if (!ret)
		ret = r->file ? decide_file(r) : decide_anonymous(r);
	return ret ? ret : decide_space(r);
}

/* Shared anonymous memory is a file of its own: r->file, referenced. */
static int shared_anonymous_file(struct map_request *r)
{
	struct file *file;

	if (!(r->vm_flags & VM_MAYSHARE) ||
	    (r->file && !file_is_dev_zero(r->file)))
		return 0;
	if (!enough_memory(r->len >> PAGE_SHIFT) &&
	    !(r->vm_flags & VM_NORESERVE))
		return -ENOMEM;
	file = shmem_zero_setup_file(r->len);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (!(r->vm_flags & VM_NORESERVE))
		file->f_mapping->flags |= AS_ACCOUNT;
	r->file = file;
	r->pgoff = 0;
	return 0;
}

/* (m) write.  The new area is in place when it returns 0. */
static int mmap_region(struct map_request *r)
{
	struct vm_area_struct *vma;
	int ret;

	vma = vma_alloc(r->mm, r->addr, r->addr + r->len, r->vm_flags, r->file,
			r->pgoff);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	/* Elsewhere decide_address() found nothing. */
	ret = r->flags & MAP_FIXED ?
		      munmap_range(r->mm, r->addr, r->addr + r->len) : 0;
	if (ret) {
		vma_free(vma);
		return ret;
	}
	vma_link(r->mm, vma);
	ret = populate_sealed(vma, vma->vm_start, vma->vm_end);
	if (ret)
		remove_vma(vma);
	else
		vma_merge(vma);
	return ret;
}

unsigned long do_mmap(struct mm_struct *mm, struct file *file,
		      unsigned long addr, unsigned long len,
		      unsigned long prot, unsigned long flags, u64 pgoff)
{
	struct map_request r = {
		.mm = mm, .file = file, .addr = addr, .prot = prot,
		.flags = flags, .pgoff = pgoff, .len = PAGE_ALIGN(len),
	};
	int ret;

	if (!len)
		return -EINVAL;
	if (!r.len)
		return -ENOMEM;
	if (pgoff + (r.len >> PAGE_SHIFT) < pgoff)
		return -EOVERFLOW;
	down_write(&mm->mmap_lock);
	ret = decide_mmap(&r);
	if (!ret)
		ret = shared_anonymous_file(&r);
	if (!ret)
		ret = mmap_region(&r);
	up_write(&mm->mmap_lock);
	if (r.file && r.file != file)
		fput(r.file);
	if (ret)
		return ret;
	if (r.vm_flags & VM_LOCKED ||
	    (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE)
		mm_populate(mm, r.addr, r.len, true);
	return r.addr;
}

int setup_stack_vma(struct mm_struct *mm, unsigned long top,
		    unsigned long size)
{
	struct map_request r = {
		.mm = mm, .addr = top - size, .len = size,
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_PRIVATE | MAP_FIXED | MAP_GROWSDOWN,
	};
	int ret;

	down_write(&mm->mmap_lock);
	ret = decide_mmap(&r);
	if (!ret)
		ret = mmap_region(&r);
	up_write(&mm->mmap_lock);
	return ret;
}

/* ---- remap_file_pages -------------------------------------------------- */

/* The shared area that holds [start, start + size), perhaps in pieces of one
 * file and one set of flags; its protection and file go to *r.  (m) read. */
static int decide_remap(struct map_request *r)
{
	unsigned long end = r->addr + r->len, at;
	struct vm_area_struct *vma = vma_lookup(r->mm, r->addr), *v = vma;

	if (!vma || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	for (at = vma->vm_end; at < end; at = v->vm_end) {
		v = vma_next(v);
		if (!v || v->vm_start != at || v->vm_file != vma->vm_file ||
		    v->vm_flags != vma->vm_flags)
			return -EINVAL;
	}
	r->prot = vma->vm_flags & VM_ACCESS_FLAGS;
	r->flags = MAP_SHARED | MAP_FIXED | MAP_POPULATE;
	if (vma->vm_flags & VM_LOCKED)
		r->flags |= MAP_LOCKED;
	r->file = get_file(vma->vm_file);
	return 0;
}

/* As Linux does since 4.0: an mmap of the same file over the range. */
SYSCALL_DEFINE5(remap_file_pages, unsigned long, start, unsigned long, size,
		unsigned long, prot, unsigned long, pgoff,
		unsigned long, flags)
{
	struct map_request r = {
		.mm = current->mm, .addr = start & PAGE_MASK,
		.len = size & PAGE_MASK,
	};
	unsigned long ret;
	int err;

	if (prot || r.addr + r.len <= r.addr ||
	    pgoff + (r.len >> PAGE_SHIFT) < pgoff)
		return -EINVAL;
	down_read(&r.mm->mmap_lock);
	err = decide_remap(&r);
	up_read(&r.mm->mmap_lock);
	if (err)
		return err;
	ret = do_mmap(r.mm, r.file, r.addr, r.len, r.prot,
		      r.flags | (flags & MAP_NONBLOCK), pgoff);
	fput(r.file);
	return IS_ERR_VALUE(ret) ? (long)ret : 0;
}

/* ---- munmap ------------------------------------------------------------ */

int may_unmap_range(struct mm_struct *mm, unsigned long start,
		    unsigned long end)
{
	struct vm_area_struct *vma;
	int ret;

	if (!memlock->may_unmap)
		return 0;
	for_each_vma_range(mm, vma, start, end) {
		ret = memlock_ask(may_unmap, vma);
		if (ret)
			return ret;
	}
	return 0;
}

void remove_empty_vma(struct vm_area_struct *vma)
{
	struct vm_area_struct *prev = vma_prev(vma);

	vma_unlink(vma);
	if (vma->vm_tables)
		free_pgtables(vma->vm_mm, prev, vma->vm_start, vma->vm_end);
	vma_free(vma);
}

void remove_vma(struct vm_area_struct *vma)
{
	zap_page_range(vma, vma->vm_start, vma->vm_end);
	remove_empty_vma(vma);
}

/* An area loses [start, end), all of it or one end: no new one is needed. */
static void remove_part(struct vm_area_struct *vma, unsigned long start,
			unsigned long end)
{
	bool filled = vma->vm_filled, tail = start > vma->vm_start;

	if (!tail && end == vma->vm_end) {
		remove_vma(vma);
		return;
	}
	zap_page_range(vma, start, end);
	vma->vm_filled = filled;	/* what stays is as it was */
	if (tail)
		vma_resize(vma, vma->vm_start, start);
	else
		vma_resize(vma, end, vma->vm_end);
	if (vma->vm_tables)
		free_pgtables(vma->vm_mm, tail ? vma : vma_prev(vma), start,
			      end);
}

int munmap_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start), *next;
	int ret;

	if (!vma || vma->vm_start >= end)
		return 0;
	ret = may_unmap_range(mm, start, end);
	if (ret)
		return ret;
	if (vma->vm_start < start && end < vma->vm_end &&
	    ((int)mm->map_count >= sysctl_max_map_count ||
	     !vma_split(vma, end)))
		return -ENOMEM;
	for (; vma && vma->vm_start < end; vma = next) {
		next = vma_next(vma);
		remove_part(vma, max(start, vma->vm_start),
			    min(end, vma->vm_end));
	}
	return 0;
}

int do_munmap(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	unsigned long end = start + PAGE_ALIGN(len);
	int ret;

	if (offset_in_page(start) || start > TASK_SIZE ||
	    len > TASK_SIZE - start || end == start)
		return -EINVAL;
	down_write(&mm->mmap_lock);
	ret = munmap_range(mm, start, end);
	up_write(&mm->mmap_lock);
	return ret;
}

SYSCALL_DEFINE2(munmap, unsigned long, start, size_t, len)
{
	return do_munmap(current->mm, start, len);
}

/* ---- brk --------------------------------------------------------------- */

/* Heap [start, start + len) under the mm's or the design's lock bits. */
static int brk_grow(struct mm_struct *mm, unsigned long start,
		    unsigned long len)
{
	struct vm_area_struct *next = find_vma(mm, start);
	struct map_request r = {
		.mm = mm, .addr = start, .len = len,
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_PRIVATE | MAP_FIXED,
	};
	int ret;

	if (next && start + len + PAGE_SIZE > vm_start_gap(next))
		return -ENOMEM;
	ret = decide_mmap(&r);
	if (ret)
		return ret;
	r.vm_flags &= ~VM_LOCKED_MASK;
	r.vm_flags |= memlock->brk_lock ? memlock->brk_lock(mm) :
					  mm->def_flags;
	ret = mlock_future_check(mm, r.vm_flags, len >> PAGE_SHIFT);
	return ret ? ret : mmap_region(&r);
}

/* (m) write.  True if the heap ends at `brk` now. */
static bool move_heap_end(struct mm_struct *mm, unsigned long brk)
{
	unsigned long new = PAGE_ALIGN(brk), old = PAGE_ALIGN(mm->brk);
	unsigned long data = mm->end_data - mm->start_data;
	struct vm_area_struct *vma;

	if (brk < mm->start_brk || brk >= TASK_SIZE ||
	    brk - mm->start_brk + data > rlimit(RLIMIT_DATA))
		return false;
	if (new < old) {	/* of a heap that is gone nothing is taken */
		vma = find_vma(mm, new);
		return vma && vma->vm_start < old &&
		       !munmap_range(mm, new, old);
	}
	return new == old || !brk_grow(mm, old, new - old);
}

unsigned long do_brk(struct mm_struct *mm, unsigned long brk)
{
	struct vm_area_struct *vma = NULL;
	unsigned long old;
	bool locked;

	down_write(&mm->mmap_lock);
	old = PAGE_ALIGN(mm->brk);
	if (move_heap_end(mm, brk))
		mm->brk = brk;
	brk = mm->brk;
	if (PAGE_ALIGN(brk) > old)
		vma = vma_lookup(mm, old);
	locked = vma && vma->vm_flags & VM_LOCKED;
	up_write(&mm->mmap_lock);
	if (locked)
		mm_populate(mm, old, PAGE_ALIGN(brk) - old, true);
	return brk;
}
