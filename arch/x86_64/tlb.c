// SPDX-License-Identifier: GPL-2.0
/*
 * Address-space switch and TLB flushes for one processor.  An address space
 * that is not loaded has nothing in the TLB: loading another one dropped it
 * (kernel entries are global and stay).  (Linux: arch/x86/mm/tlb.c)
 */
#include <arch/cpu.h>
#include <arch/tlb.h>
#include <lib/string.h>
#include "paging.h"

#define FLUSH_ALL_PAGES 32	/* above it one reload is cheaper */

static pte_t *loaded;

void switch_pgd(pte_t *pgd)
{
	if (!pgd)
		pgd = kernel_pgd;
	if (pgd == loaded)
		return;
	loaded = pgd;
	write_cr3(virt_to_phys(pgd));
}

void flush_tlb_page(pte_t *pgd, unsigned long addr)
{
	if (pgd == loaded)
		invlpg(addr);
}

void flush_tlb_mm(pte_t *pgd)
{
	if (pgd == loaded)
		write_cr3(virt_to_phys(pgd));
}

void flush_tlb_range(pte_t *pgd, unsigned long start, unsigned long end)
{
	if (pgd != loaded)
		return;
	if (end - start > FLUSH_ALL_PAGES * PAGE_SIZE) {
		write_cr3(virt_to_phys(pgd));
		return;
	}
	for (; start < end; start += PAGE_SIZE)
		invlpg(start);
}

void pgd_init(pte_t *pgd)
{
	static const unsigned long regions[] = {
		DIRECT_MAP, KSTACK_BASE, KERNEL_BASE };

	for (unsigned i = 0; i < ARRAY_SIZE(regions); i++) {
		unsigned at = pt_index(regions[i], PT_LEVELS);

		pgd[at] = kernel_pgd[at];
	}
}
