/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TLB and address-space switch.  `pgd` is the top page table as a direct-map
 * pointer.  Functions never sleep.  A flush for an mm that is not loaded on
 * this CPU may be free.  Rule for callers: clear or narrow the entry first,
 * then flush, then reuse the frame.
 */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include <arch/pte.h>

void flush_tlb_page(pte_t *pgd, unsigned long addr);
/* [start, end) in bytes; the implementation may flush everything instead. */
void flush_tlb_range(pte_t *pgd, unsigned long start, unsigned long end);
void flush_tlb_mm(pte_t *pgd);

/* Load an address space; NULL: the kernel's own, no user half. */
void switch_pgd(pte_t *pgd);

/* Fill a fresh, zeroed top table with the kernel half. */
void pgd_init(pte_t *pgd);

#endif
