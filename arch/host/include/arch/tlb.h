/* SPDX-License-Identifier: GPL-2.0 */
/* The simulated TLB (arch/host/mmu.c); contracts as in x86_64's tlb.h. */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include <arch/pte.h>

void flush_tlb_page(pte_t *pgd, unsigned long addr);
void flush_tlb_range(pte_t *pgd, unsigned long start, unsigned long end);
void flush_tlb_mm(pte_t *pgd);
void switch_pgd(pte_t *pgd);
void pgd_init(pte_t *pgd);

#endif
