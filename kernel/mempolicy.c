// SPDX-License-Identifier: GPL-2.0
/*
 * Memory policies on a machine of one node, number 0: all memory is there, so
 * a policy is checked, kept and shown, and nothing follows from it.  A task's
 * own is inherited and outlives exec; an area's keeps it apart from neighbours
 * that have another.  (Linux: mm/mempolicy.c; set_mempolicy(2), mbind(2),
 * get_mempolicy(2))
 */
#include <arch/uaccess.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/mempolicy.h>
#include <mm/mm.h>

#define MAX_NUMNODES	1024u		/* as Debian's */
#define WORD_BITS	64u
#define NODE_0		1ul

/* What a caller asks for. */
struct request {
	unsigned mode, flags;
	unsigned long nodes, others;	/* the first word of the mask; bits of
					 * all others together */
};

static int get_nodes(struct request *r, const unsigned long *umask,
		     unsigned long maxnode)
{
	unsigned long word, bit;

	if (!--maxnode || !umask)
		return 0;
	if (maxnode > PAGE_SIZE * 8)
		return -EINVAL;
	for (bit = 0; bit < maxnode; bit += WORD_BITS) {
		if (get_user(word, umask + bit / WORD_BITS))
			return -EFAULT;
		if (maxnode - bit < WORD_BITS)
			word &= (1ul << (maxnode - bit)) - 1;
		if (word && bit >= MAX_NUMNODES)
			return -EINVAL;
		*(bit ? &r->others : &r->nodes) |= word;
	}
	return 0;
}

static int get_request(struct request *r, unsigned mode,
		       const unsigned long *umask, unsigned long maxnode)
{
	*r = (struct request){
		.mode = mode & ~MPOL_MODE_FLAGS,
		.flags = mode & MPOL_MODE_FLAGS,
	};
	if (r->mode >= MPOL_MAX ||
	    (r->flags & MPOL_F_STATIC_NODES &&
	     r->flags & MPOL_F_RELATIVE_NODES) ||
	    (r->flags & MPOL_F_NUMA_BALANCING && r->mode != MPOL_BIND))
		return -EINVAL;
	return get_nodes(r, umask, maxnode);
}

static int mpol_new(const struct request *r, struct mempolicy *pol)
{
	bool empty = !r->nodes && !r->others;

	*pol = (struct mempolicy){};
	if (r->mode == MPOL_DEFAULT)
		return empty ? 0 : -EINVAL;
	if (r->mode == MPOL_LOCAL || (r->mode == MPOL_PREFERRED && empty)) {
		pol->mode = MPOL_LOCAL;
		return empty && !r->flags ? 0 : -EINVAL;
	}
	/* Relative nodes are folded to those that there are. */
	if (empty || !(r->nodes & NODE_0 || r->flags & MPOL_F_RELATIVE_NODES))
		return -EINVAL;
	pol->mode = r->mode | r->flags;
	pol->nodes = r->flags ? r->nodes : NODE_0;
	return 0;
}

SYSCALL_DEFINE3(set_mempolicy, int, mode, const unsigned long *, umask,
		unsigned long, maxnode)
{
	struct mempolicy pol;
	struct request r;
	int err = get_request(&r, mode, umask, maxnode);

	if (!err)
		err = mpol_new(&r, &pol);
	if (!err)
		current->mempolicy = pol;
	return err;
}

/* Is there an area in the range; or is it full of them?  (m) */
static bool has_areas(struct mm_struct *mm, unsigned long start,
		      unsigned long end, bool holes)
{
	struct vm_area_struct *vma;
	unsigned long at = start;

	for_each_vma_range(mm, vma, start, end) {
		if (vma->vm_start > at && !holes)
			return false;
		at = vma->vm_end;
	}
	return at >= end || (holes && at > start);
}

/* (m) write */
static int mbind_range(struct mm_struct *mm, unsigned long start,
		       unsigned long end, const struct mempolicy *pol)
{
	struct vm_area_struct *vma;

	for (; start < end; start = vma->vm_end) {
		vma = find_vma(mm, start);
		if (!vma || vma->vm_start >= end)
			break;
		if (mpol_equal(&vma->vm_policy, pol))
			continue;
		vma = vma_isolate(vma, max(start, vma->vm_start),
				  min(end, vma->vm_end), vma->vm_flags);
		if (IS_ERR(vma))
			return PTR_ERR(vma);
		vma->vm_policy = *pol;
		vma = vma_merge(vma);
	}
	return 0;
}

SYSCALL_DEFINE6(mbind, unsigned long, start, unsigned long, len, unsigned long,
		mode, const unsigned long *, umask, unsigned long, maxnode,
		unsigned, flags)
{
	struct mm_struct *mm = current->mm;
	unsigned long end = start + PAGE_ALIGN(len);
	struct mempolicy pol;
	struct request r;
	int err = get_request(&r, mode, umask, maxnode);

	if (err)
		return err;
	if (flags & ~MPOL_MF_VALID)
		return -EINVAL;
	if (flags & MPOL_MF_MOVE_ALL && !capable(CAP_SYS_NICE))
		return -EPERM;
	if (offset_in_page(start) || end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	err = mpol_new(&r, &pol);
	if (err)
		return err;
	down_write(&mm->mmap_lock);
	err = has_areas(mm, start, end, r.mode == MPOL_DEFAULT) ?
		mbind_range(mm, start, end, &pol) : -EFAULT;
	up_write(&mm->mmap_lock);
	return err;
}

/* ---- asking -------------------------------------------------------------- */

static int put_nodes(unsigned long *umask, unsigned long maxnode,
		     unsigned long nodes)
{
	unsigned long bytes = ALIGN_UP(maxnode - 1, WORD_BITS) / 8;

	if (bytes > PAGE_SIZE)
		return -EINVAL;
	if (bytes > sizeof(nodes) &&
	    clear_user(umask + 1, bytes - sizeof(nodes)))
		return -EFAULT;
	return bytes ? put_user(nodes, umask) : 0;
}

static int bring_in(struct vm_area_struct *vma, unsigned long addr)
{
	addr &= PAGE_MASK;
	return vma->vm_flags & VM_READ ?
		fault_in_range(vma, addr, addr + PAGE_SIZE, 0) : -EFAULT;
}

/* The policy of the area at addr; with `node`, after its page is there. */
static int area_policy(unsigned long addr, bool node, struct mempolicy *pol)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int err = -EFAULT;

	down_read(&mm->mmap_lock);
	vma = vma_lookup(mm, addr);
	if (vma) {
		*pol = vma->vm_policy;
		err = node ? bring_in(vma, addr) : 0;
	}
	up_read(&mm->mmap_lock);
	return err;
}

SYSCALL_DEFINE5(get_mempolicy, int *, upolicy, unsigned long *, umask,
		unsigned long, maxnode, unsigned long, addr,
		unsigned long, flags)
{
	struct mempolicy pol = current->mempolicy;
	int err;

	if ((umask && !maxnode) ||
	    flags & ~(MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED))
		return -EINVAL;
	if (flags & MPOL_F_MEMS_ALLOWED) {
		if (flags & (MPOL_F_NODE | MPOL_F_ADDR))
			return -EINVAL;
		pol = (struct mempolicy){ .nodes = NODE_0 };
	} else if (flags & MPOL_F_ADDR) {
		err = area_policy(addr, flags & MPOL_F_NODE, &pol);
		if (err)
			return err;
	} else if (addr) {
		return -EINVAL;
	}
	if (flags & MPOL_F_NODE) {
		if (!(flags & MPOL_F_ADDR) &&
		    (pol.mode & ~MPOL_MODE_FLAGS) != MPOL_INTERLEAVE)
			return -EINVAL;
		pol.mode = 0;			/* the node's number */
	}
	if (upolicy && put_user((int)pol.mode, upolicy))
		return -EFAULT;
	return umask ? put_nodes(umask, maxnode, pol.nodes) : 0;
}
