// SPDX-License-Identifier: GPL-2.0
/*
 * Reading more of a file than was asked for, in requests of up to 32 pages
 * (Linux: mm/readahead.c; the advice: mm/fadvise.c).
 *
 *   read(2)        a reader that goes on where its last window ended gets the
 *                  next one, twice as large; another gets what it asked for
 *   page fault     the aligned window around the page; none for MADV_RANDOM
 *   WILLNEED       the whole range
 *
 * A window is read when a page of it is missed, not before: with one processor
 * and the reader asleep nobody would do anything with the time.  A guess must
 * not cost anybody a page: it takes only frames that are free anyway, so with
 * memory short files are read page by page.
 * Locks: pages are entered locked, (t) in between; the caller may hold (i) or
 * mmap_lock.
 */
#include <linux/fadvise.h>
#include <mm/filemap.h>
#include <mm/mm.h>
#include <mm/swap.h>

#define RA_MIN		4u
#define RA_MAX		BDEV_MAX_PAGES
#define RA_AROUND	16u	/* of a fault: aligned, a power of 2 */

/* A new, locked page to be read; NULL: there is one, or no frame for it. */
static struct page *guess_page(struct address_space *mapping, u64 index)
{
	struct page *page;

	if (nr_free_pages <= wmark_low ||
	    radix_lookup(&mapping->i_pages, index))
		return NULL;
	page = add_new_page(mapping, index, GFP_NOWAIT, 1u << PG_locked);
	return IS_ERR(page) ? NULL : page;
}

/* One request's worth of [start, end) that is not there, in one run; returns
 * where it ended. */
static u64 read_run(struct address_space *mapping, u64 start, u64 end)
{
	struct page *pages[RA_MAX];
	unsigned n = 0;

	end = min(end, DIV_ROUND_UP(mapping->size, PAGE_SIZE));
	while (start < end && n < RA_MAX &&
	       (pages[n] = guess_page(mapping, start))) {
		n++;
		start++;
	}
	if (n)
		mapping->a_ops->readpages(mapping, pages, n);
	for (unsigned i = 0; i < n; i++)
		put_page(pages[i]);
	return start;
}

u64 page_cache_readahead(struct address_space *mapping, u64 start, u64 end)
{
	u64 size = DIV_ROUND_UP(mapping->size, PAGE_SIZE), stop;

	if (mapping->flags & AS_SHMEM)
		return start;
	end = min(end, size);
	while (start < end && !fatal_signal_pending()) {
		stop = read_run(mapping, start, end);
		if (stop == start && nr_free_pages <= wmark_low)
			break;
		start = stop == start ? start + 1 : stop;
		cond_resched();
	}
	return start;
}

void file_readahead(struct file *f, u64 index, u64 want)
{
	struct file_ra_state *ra = &f->f_ra;
	struct address_space *mapping = f->f_mapping;

	if (mapping->flags & AS_SHMEM ||
	    radix_lookup(&mapping->i_pages, index))
		return;
	if (ra->advice == POSIX_FADV_SEQUENTIAL ||
	    (index == ra->next && ra->advice != POSIX_FADV_RANDOM))
		want = max(want, (u64)max(RA_MIN, 2 * ra->size));
	ra->size = min(want, (u64)RA_MAX);
	ra->next = page_cache_readahead(mapping, index, index + ra->size);
}

bool fault_readahead(struct vm_area_struct *vma, u64 index)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	u64 start = ALIGN_DOWN(index, (u64)RA_AROUND);

	if (vma->vm_flags & VM_RAND_READ || mapping->flags & AS_SHMEM ||
	    radix_lookup(&mapping->i_pages, index))
		return false;
	if (vma->vm_flags & VM_SEQ_READ)
		page_cache_readahead(mapping, index, index + RA_MAX);
	else
		page_cache_readahead(mapping, start, start + RA_AROUND);
	return radix_lookup(&mapping->i_pages, index);
}
