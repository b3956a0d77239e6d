/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Page-table entries, encoded and decoded.  Four levels of 512 entries, 4 KiB
 * user pages only (Intel SDM vol. 3, 4.5).  The host build uses this very
 * file, so that the walk code is the same in both worlds.
 *
 * A user entry is one of
 *   none     0
 *   present  a frame, with the permissions below
 *   swap     not present, not 0: swp_entry (type, offset)
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include <arch/page.h>

typedef struct { u64 v; } pte_t;	/* any of the four levels */

#define PTE_PRESENT	(1ull << 0)
#define PTE_WRITE	(1ull << 1)
#define PTE_USER	(1ull << 2)
#define PTE_ACCESSED	(1ull << 5)
#define PTE_DIRTY	(1ull << 6)
#define PTE_HUGE	(1ull << 7)	/* levels 2 and 3 only */
#define PTE_GLOBAL	(1ull << 8)
#define PTE_PROTNONE	(1ull << 9)	/* frame kept, no access: see below */
#define PTE_NX		(1ull << 63)
#define PTE_PFN_MASK	0x000ffffffffff000ull

/* mm's "present" includes PROT_NONE pages: the frame is mapped for rmap and
 * accounting, but the MMU must fault, so PTE_PRESENT is clear and
 * PTE_PROTNONE is set instead (Linux: _PAGE_PROTNONE). */
static inline bool pte_none(pte_t p) { return p.v == 0; }
static inline bool pte_present(pte_t p)
{
	return p.v & (PTE_PRESENT | PTE_PROTNONE);
}
static inline bool pte_is_swap(pte_t p) { return p.v && !pte_present(p); }
static inline bool pte_write(pte_t p) { return p.v & PTE_WRITE; }
static inline bool pte_exec(pte_t p) { return !(p.v & PTE_NX); }
static inline bool pte_dirty(pte_t p) { return p.v & PTE_DIRTY; }
static inline bool pte_young(pte_t p) { return p.v & PTE_ACCESSED; }
static inline bool pte_same(pte_t a, pte_t b) { return a.v == b.v; }
static inline u64 pte_pfn(pte_t p)
{
	return (p.v & PTE_PFN_MASK) >> PAGE_SHIFT;
}

static inline pte_t pte_mk(u64 pfn, u64 bits)
{
	return (pte_t){ (pfn << PAGE_SHIFT) | bits };
}
static inline pte_t pte_mkwrite(pte_t p) { p.v |= PTE_WRITE; return p; }
static inline pte_t pte_wrprotect(pte_t p) { p.v &= ~PTE_WRITE; return p; }
static inline pte_t pte_mkdirty(pte_t p) { p.v |= PTE_DIRTY; return p; }
static inline pte_t pte_mkclean(pte_t p) { p.v &= ~PTE_DIRTY; return p; }
static inline pte_t pte_mkyoung(pte_t p) { p.v |= PTE_ACCESSED; return p; }
static inline pte_t pte_mkold(pte_t p) { p.v &= ~PTE_ACCESSED; return p; }

/* Swap entry in a PTE: bit 0 and 9 clear; type in bits 1..5, offset in
 * 12..51; bit 10 always set so that entry (0, 0) is not "none". */
static inline pte_t pte_mkswap(unsigned type, u64 offset)
{
	return (pte_t){ (offset << 12) | (1ull << 10) | ((u64)type << 1) };
}
static inline unsigned pte_swp_type(pte_t p) { return (p.v >> 1) & 31; }
static inline u64 pte_swp_offset(pte_t p) { return p.v >> 12; }

#ifndef PT_BITS			/* the host may say less (its pte.h) */
#define PT_BITS		9
#define PT_LEVELS	4
#endif
#define PTRS_PER_TABLE	(1 << PT_BITS)
/* Index into the table of a level (4: top ... 1: the one that maps pages). */
static inline unsigned pt_index(unsigned long addr, int level)
{
	return (addr >> (PAGE_SHIFT + PT_BITS * (level - 1))) &
	       (PTRS_PER_TABLE - 1);
}
/* Bytes of address space that one entry of a level spans. */
static inline unsigned long pt_span(int level)
{
	return 1ul << (PAGE_SHIFT + PT_BITS * (level - 1));
}

#endif
