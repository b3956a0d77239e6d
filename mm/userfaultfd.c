// SPDX-License-Identifier: GPL-2.0
/*
 * userfaultfd's part in areas and entries: registering ranges, filling absent
 * pages for who handles the faults.  The descriptor, and those who wait for
 * it, are fs/userfaultfd.c's.  (Linux: mm/userfaultfd.c, ioctl_userfaultfd(2))
 *
 * Keeps true: an area has VM_UFFD_MISSING if and only if it has a context
 * (I1); only private anonymous areas do.  A context goes before its file does.
 * Guarded by mmap_lock: write to register, read to fill.
 */
#include <mm/mm.h>

/* May [start, end) be handled by ctx?  0, -EINVAL, -EPERM, -EBUSY. */
static int may_register(struct mm_struct *mm, unsigned long start,
			unsigned long end, const struct userfaultfd_ctx *ctx)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	if (mm_sealed(mm))	/* its pages wait for nobody */
		return -EPERM;
	if (!vma || vma->vm_start >= end)
		return -EINVAL;
	for_each_vma_range(mm, vma, start, end) {
		if (!vma_is_anonymous(vma) || vma->vm_flags & VM_SPECIAL)
			return -EINVAL;
		if (!ctx)
			continue;
		if (!(vma->vm_flags & VM_MAYWRITE))
			return -EPERM;
		if (vma->userfaultfd && vma->userfaultfd != ctx)
			return -EBUSY;
	}
	return 0;
}

static int set_context(struct vm_area_struct *vma, unsigned long start,
		       unsigned long end, struct userfaultfd_ctx *ctx)
{
	unsigned long flags = ctx ? vma->vm_flags | VM_UFFD_MISSING :
				    vma->vm_flags & ~VM_UFFD_MISSING;

	if (vma->userfaultfd == ctx)
		return 0;
	vma = vma_isolate(vma, start, end, flags);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	vma_set_flags(vma, flags);
	vma->userfaultfd = ctx;
	vma_merge(vma);
	return 0;
}

int userfaultfd_set_range(struct mm_struct *mm, unsigned long start,
			  unsigned long end, struct userfaultfd_ctx *ctx)
{
	struct vm_area_struct *vma;
	unsigned long next;
	int err;

	down_write(&mm->mmap_lock);
	err = may_register(mm, start, end, ctx);
	for (; !err && start < end; start = next) {
		vma = find_vma(mm, start);
		if (!vma || vma->vm_start >= end)
			break;
		next = min(vma->vm_end, end);
		err = set_context(vma, max(start, vma->vm_start), next, ctx);
	}
	up_write(&mm->mmap_lock);
	return err;
}

/* Splits nothing, so cannot fail. */
void userfaultfd_forget(struct mm_struct *mm, struct userfaultfd_ctx *ctx)
{
	struct vm_area_struct *vma;

	down_write(&mm->mmap_lock);
	for_each_vma(mm, vma) {
		if (vma->userfaultfd != ctx)
			continue;
		vma_set_flags(vma, vma->vm_flags & ~VM_UFFD_MISSING);
		vma->userfaultfd = NULL;
		vma = vma_merge(vma);
	}
	up_write(&mm->mmap_lock);
}

/* ---- filling ----------------------------------------------------------- */

/* The one registered area that holds all of [start, start + len), or NULL. */
static struct vm_area_struct *target_area(struct mm_struct *mm,
					  unsigned long start,
					  unsigned long len)
{
	struct vm_area_struct *vma = vma_lookup(mm, start);

	return vma && vma->userfaultfd && len <= vma->vm_end - start ? vma :
								       NULL;
}

/* A page of its own with the bytes at src, or the zero page. */
static int fill_page(struct mm_struct *mm, unsigned long dst,
		     unsigned long len, const void *src)
{
	struct vm_area_struct *vma;
	struct page *page = NULL;
	int err = 0;

	down_read(&mm->mmap_lock);
	if (!target_area(mm, dst, len))
		err = -ENOENT;
	up_read(&mm->mmap_lock);
	if (!err && src) {
		page = alloc_page(GFP_KERNEL);
		if (!page)
			return -ENOMEM;
		err = copy_from_user(page_address(page), src, PAGE_SIZE);
	}
	if (!err) {
		down_read(&mm->mmap_lock);
		vma = target_area(mm, dst, len);
		err = vma ? install_anon_page(vma, dst, page) : -ENOENT;
		up_read(&mm->mmap_lock);
	}
	if (err && page)
		put_page(page);
	return err;
}

long mfill_atomic(struct mm_struct *mm, unsigned long dst, const char *src,
		  unsigned long len)
{
	unsigned long done = 0;
	int err = 0;

	while (done < len && !err) {
		err = fill_page(mm, dst + done, len - done,
				src ? src + done : NULL);
		if (!err)
			done += PAGE_SIZE;
		if (fatal_signal_pending())
			err = -EINTR;
		cond_resched();
	}
	return done ? (long)done : err;
}
