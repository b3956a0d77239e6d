/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VM_* (one area) and MMF_* (one mm).  Values are Linux 6.1's
 * (include/linux/mm.h, include/linux/sched/coredump.h); MMF_VM_LOCKED is the
 * posted patch's.
 */
#ifndef MM_FLAGS_H
#define MM_FLAGS_H

#define VM_READ		0x00000001ul
#define VM_WRITE	0x00000002ul
#define VM_EXEC		0x00000004ul
#define VM_SHARED	0x00000008ul
#define VM_MAYREAD	0x00000010ul	/* what mprotect may still grant */
#define VM_MAYWRITE	0x00000020ul
#define VM_MAYEXEC	0x00000040ul
#define VM_MAYSHARE	0x00000080ul	/* MAP_SHARED, even of a r/o file */
#define VM_GROWSDOWN	0x00000100ul
#define VM_UFFD_MISSING	0x00000200ul	/* absent pages: userfaultfd's */
#define VM_PFNMAP	0x00000400ul
/* Permanently locked by the kernel: the posted patch's alternative.  Set by
 * exec and brk under memlock=vma; tested by the memlock_ops of that design;
 * cleared by fork only.  Bit 11 is unused in 6.1. */
#define VM_LOCKED_PERM	0x00000800ul
#define VM_LOCKED	0x00002000ul	/* lo */
#define VM_IO		0x00004000ul
#define VM_SEQ_READ	0x00008000ul
#define VM_RAND_READ	0x00010000ul
#define VM_DONTCOPY	0x00020000ul
#define VM_DONTEXPAND	0x00040000ul
#define VM_LOCKONFAULT	0x00080000ul	/* onf; only together with VM_LOCKED */
#define VM_ACCOUNT	0x00100000ul
#define VM_NORESERVE	0x00200000ul
#define VM_WIPEONFORK	0x02000000ul
#define VM_DONTDUMP	0x04000000ul
#define VM_HUGEPAGE	0x20000000ul	/* advice only: kept, never acted on */
#define VM_NOHUGEPAGE	0x40000000ul
#define VM_MERGEABLE	0x80000000ul

#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)
#define VM_LOCKED_MASK	(VM_LOCKED | VM_LOCKONFAULT)
#define VM_SPECIAL	(VM_IO | VM_DONTEXPAND | VM_PFNMAP)

/* PROT_READ, PROT_WRITE, PROT_EXEC have the values of their VM_ bits. */
static inline unsigned long calc_vm_prot_bits(unsigned long prot)
{
	return prot & VM_ACCESS_FLAGS;
}

/* Bit numbers in mm->flags. */
#define MMF_DUMPABLE_MASK 0x3ul		/* bits 0 and 1 */
#define MMF_DUMP_FILTER_MASK 0x7fcul	/* bits 2 to 10 */
#define MMF_VM_LOCKED	21	/* memlocked task: set at exec, never cleared */
#define MMF_DISABLE_THP	24	/* prctl(2): kept and shown */
#define MMF_OOM_VICTIM	25	/* chosen by the OOM killer */
#define MMF_SEALED	28	/* memlock=strict: every area stays locked, the
				 * children's too; with MMF_VM_LOCKED */

#define MMF_INIT_MASK	(MMF_DUMPABLE_MASK | MMF_DUMP_FILTER_MASK | \
			 1ul << MMF_DISABLE_THP)

_Static_assert(MMF_VM_LOCKED != MMF_OOM_VICTIM, "an MMF bit is used twice");
_Static_assert(!(MMF_INIT_MASK & (1ul << MMF_VM_LOCKED | 1ul << MMF_SEALED)),
	       "the mark would pass through exec");

#endif
