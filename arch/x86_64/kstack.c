// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel stacks: each in a slot of 32 KiB of KSTACK_BASE's region, mapped in
 * the upper half, so that an overflow meets an unmapped page and becomes a
 * double fault, not silent damage.  Some stacks stay mapped after use: fork
 * takes one without touching a page table.  Nothing here sleeps between
 * looking and changing.  (Linux: CONFIG_VMAP_STACK in kernel/fork.c)
 */
#include <arch/cpu.h>
#include <arch/pte.h>
#include <arch/thread.h>
#include <mm/page.h>
#include "paging.h"

#define SLOT_SIZE	(2 * KSTACK_SIZE)
#define NR_SLOTS	4608u	/* NR_TASKS_MAX and dead ones not yet freed */
#define CACHE_MAX	16u
#define STACK_PAGES	(KSTACK_SIZE / PAGE_SIZE)

static u16 free_slots[NR_SLOTS];
static unsigned nr_free_slots, next_slot;
static void *cache[CACHE_MAX];
static unsigned nr_cached;

static unsigned long slot_stack(unsigned slot)
{
	return KSTACK_BASE + slot * SLOT_SIZE + SLOT_SIZE - KSTACK_SIZE;
}

/* Unmaps and frees the first n pages of a stack. */
static void unmap_stack(unsigned long stack, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned long addr = stack + i * PAGE_SIZE;
		pte_t *pte = kernel_pte(addr, false);
		struct page *page = pfn_to_page(pte_pfn(*pte));

		pte->v = 0;
		invlpg(addr);
		free_pages(page, 0);
	}
}

static bool map_stack(unsigned long stack)
{
	for (unsigned i = 0; i < STACK_PAGES; i++) {
		/* Cleared: QEMU checks every store to a frame that firmware
		 * once ran code in, until all of that has been overwritten. */
		struct page *page = alloc_page(GFP_KERNEL | GFP_ZERO);
		pte_t *pte = page ? kernel_pte(stack + i * PAGE_SIZE, true)
				  : NULL;

		if (!pte) {
			if (page)
				free_pages(page, 0);
			unmap_stack(stack, i);
			return false;
		}
		*pte = pte_mk(page_to_pfn(page), KERNEL_RW);
	}
	return true;
}

void *alloc_kstack(void)
{
	unsigned slot;

	if (nr_cached)
		return cache[--nr_cached];
	if (nr_free_slots)
		slot = free_slots[--nr_free_slots];
	else if (next_slot < NR_SLOTS)
		slot = next_slot++;
	else
		return NULL;
	if (map_stack(slot_stack(slot)))
		return (void *)slot_stack(slot);
	free_slots[nr_free_slots++] = slot;
	return NULL;
}

void free_kstack(void *stack)
{
	unsigned long addr = (unsigned long)stack;

	if (nr_cached < CACHE_MAX) {
		cache[nr_cached++] = stack;
		return;
	}
	unmap_stack(addr, STACK_PAGES);
	free_slots[nr_free_slots++] = (addr - KSTACK_BASE) / SLOT_SIZE;
}
