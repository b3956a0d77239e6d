// SPDX-License-Identifier: GPL-2.0
/*
 * mincore(2) and msync(2): what is in memory, and what must reach the disk
 * (Linux: mm/mincore.c, mm/msync.c).
 *
 * Both visit areas in address order and drop mmap_lock before they touch user
 * memory or a disk.  Guarded by mmap_lock for read.
 */
#include <linux/mman.h>
#include <mm/filemap.h>
#include <mm/mm.h>
#include <mm/swap.h>

/* ---- mincore ----------------------------------------------------------- */

static bool cached(struct page *page)
{
	bool valid;

	if (!page)
		return false;
	valid = page_test(page, PG_uptodate);
	put_page(page);
	return valid;
}

/* What is cached of a file is not everybody's business (Linux:
 * can_do_mincore). */
static bool can_do_mincore(struct vm_area_struct *vma)
{
	return vma_is_anonymous(vma) || file_owned_or_writable(vma->vm_file);
}

static __noinline u8 mincore_page(struct vm_area_struct *vma,
				  unsigned long addr, pte_t pte)
{
	if (pte_is_swap(pte))
		return cached(lookup_swap_cache(pte_to_swp_entry(pte)));
	if (vma_is_anonymous(vma))
		return 0;
	return cached(find_get_page(vma->vm_file->f_mapping,
				    linear_page_index(vma, addr)));
}

#define MINCORE_CHUNK 256

/* `n` pages of one area from addr on; `table` is their bottom table, or NULL.
 * vec says "in memory" already. */
static void mincore_pte_range(struct vm_area_struct *vma, unsigned long addr,
			      unsigned long n, const pte_t *table, u8 *vec)
{
	unsigned long i;

	if (!table) {
		for (i = 0; i < n; i++, addr += PAGE_SIZE)
			vec[i] = mincore_page(vma, addr, (pte_t){ 0 });
		return;
	}
	table += pt_index(addr, 1);
	for (i = 0; i < n; i++)
		if (unlikely(!pte_present(table[i])))
			vec[i] = mincore_page(vma, addr + (i << PAGE_SHIFT),
					      table[i]);
}

/* Up to `n` pages from addr on; how many, or -ENOMEM at a hole. */
static long mincore_chunk(struct mm_struct *mm, unsigned long addr,
			  unsigned long n, u8 *vec)
{
	unsigned long end = addr, at, next;
	struct vm_area_struct *vma;
	pte_t *table;

	down_read(&mm->mmap_lock);
	vma = vma_lookup(mm, addr);
	if (vma)
		end = min(vma->vm_end, addr + (n << PAGE_SHIFT));
	n = (end - addr) >> PAGE_SHIFT;
	memset(vec, 1, n);
	if (vma && !can_do_mincore(vma))
		end = addr;
	for (at = addr; at < end; at = next) {
		next = min(next_table(mm, at, &table), end);
		mincore_pte_range(vma, at, (next - at) >> PAGE_SHIFT, table,
				  vec + ((at - addr) >> PAGE_SHIFT));
	}
	up_read(&mm->mmap_lock);
	return n ? (long)n : -ENOMEM;
}

SYSCALL_DEFINE3(mincore, unsigned long, start, size_t, len, u8 *, vec)
{
	unsigned long pages = DIV_ROUND_UP(len, PAGE_SIZE);
	u8 chunk[MINCORE_CHUNK];
	long n;

	if (offset_in_page(start))
		return -EINVAL;
	if (!access_ok((void *)start, len))
		return -ENOMEM;
	if (!access_ok(vec, pages))
		return -EFAULT;
	for (; pages; pages -= n) {
		n = mincore_chunk(current->mm, start,
				  min(pages, (unsigned long)MINCORE_CHUNK),
				  chunk);
		if (n < 0)
			return n;
		if (copy_to_user(vec, chunk, n))
			return -EFAULT;
		vec += n;
		start += n << PAGE_SHIFT;
	}
	return 0;
}

/* ---- msync ------------------------------------------------------------- */

/* The file behind a shared area that MS_SYNC must write, referenced. */
static struct file *file_to_sync(struct vm_area_struct *vma, int flags)
{
	if (!(flags & MS_SYNC) || !vma->vm_file ||
	    !(vma->vm_flags & VM_SHARED))
		return NULL;
	return get_file(vma->vm_file);
}

/* One area from *start on.  0, or -ENOMEM for a hole passed over, which goes
 * on; -EBUSY, -EIO, which do not.  *start moves behind the area. */
static int msync_area(struct mm_struct *mm, unsigned long *start,
		      unsigned long end, int flags)
{
	struct vm_area_struct *vma;
	struct file *file = NULL;
	u64 from = 0, to = 0;
	int ret = 0, err;

	down_read(&mm->mmap_lock);
	vma = find_vma(mm, *start);
	if (!vma || vma->vm_start >= end) {
		*start = end;
		ret = -ENOMEM;
	} else if (flags & MS_INVALIDATE && vma->vm_flags & VM_LOCKED) {
		ret = -EBUSY;
	} else {
		if (vma->vm_start > *start)
			ret = -ENOMEM;
		*start = max(*start, vma->vm_start);
		file = file_to_sync(vma, flags);
		from = linear_page_index(vma, *start) << PAGE_SHIFT;
		to = from + min(end, vma->vm_end) - *start;
		*start = vma->vm_end;
	}
	up_read(&mm->mmap_lock);
	if (!file)
		return ret;
	err = filemap_sync(file->f_mapping, from, to);
	fput(file);
	return err ? err : ret;
}

SYSCALL_DEFINE3(msync, unsigned long, start, size_t, len, int, flags)
{
	unsigned long end;
	int ret = 0, hole = 0;

	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) ||
	    offset_in_page(start) || (flags & MS_ASYNC && flags & MS_SYNC))
		return -EINVAL;
	end = start + PAGE_ALIGN(len);
	if (end < start)
		return -ENOMEM;
	while (start < end) {
		ret = msync_area(current->mm, &start, end, flags);
		if (ret == -ENOMEM)
			hole = ret;
		else if (ret)
			return ret;
	}
	return hole;
}
