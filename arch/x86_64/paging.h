/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel half of every address space (paging.c): for arch/x86_64 only. */
#ifndef X86_64_PAGING_H
#define X86_64_PAGING_H

#include <arch/pte.h>

#define KERNEL_RO	(PTE_PRESENT | PTE_ACCESSED | PTE_GLOBAL | PTE_NX)
#define KERNEL_RW	(KERNEL_RO | PTE_WRITE | PTE_DIRTY)
#define KERNEL_RX	(PTE_PRESENT | PTE_ACCESSED | PTE_GLOBAL)

extern pte_t *kernel_pgd;

/* The bottom-level entry for a kernel address; with `alloc` missing tables
 * are made, NULL when out of memory.  May sleep when it allocates. */
pte_t *kernel_pte(unsigned long addr, bool alloc);

#endif
