// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel half of the address space, built once at boot and shared by all:
 *
 *   direct map     all of RAM and the first 4 GiB, read-write, never
 *                  executable, in the largest pages the processor has; the
 *                  alias of the kernel's text and constants read-only
 *   kernel stacks  filled by kstack.c
 *   image          text r-x, constants r--, data rw-: nothing is both
 *                  writable and executable
 *
 * Memory for the tables and mem_map is cut from the top of a free range
 * below 4 GiB, which the loaders' tables reach; what is left goes to mm/.
 * (Linux: arch/x86/mm/init.c, init_64.c)
 */
#include <arch/cpu.h>
#include <arch/tlb.h>
#include <kernel/kernel.h>
#include <lib/bug.h>
#include <lib/string.h>
#include <mm/page.h>
#include "paging.h"

#define GIB		(1ul << 30)
#define EARLY_LIMIT	(4 * GIB)	/* mapped by the loader's tables */
#define RAM_LIMIT	(512 * GIB)	/* one top entry of direct map */
#define LOW_RESERVED	PAGE_SIZE	/* real-mode vectors, never RAM */
#define MIN_FREE	(8ul << 20)	/* bytes left after the tables */

extern char __image_start[], __text_end[], __rodata_end[], __image_end[];
extern char boot_stack_guard[];

pte_t *kernel_pgd;
unsigned long boot_mem_pages;

static struct boot_info *boot_map;	/* NULL once mm/ owns the memory */

static void __noreturn too_little(const struct boot_info *bi)
{
	u64 sum = 0;

	for (unsigned i = 0; i < bi->mem_count; i++)
		if (bi->mem[i].type != BOOT_MEM_RESERVED)
			sum += bi->mem[i].size;
	boot_fail("too little memory: %lu KiB", sum >> 10);
}

/* Whole pages from the top of the highest free range below 4 GiB. */
static phys_addr_t boot_alloc(struct boot_info *bi, u64 size)
{
	size = PAGE_ALIGN(size);
	for (unsigned i = bi->mem_count; i-- > 0;) {
		struct boot_mem *m = &bi->mem[i];
		u64 end = ALIGN_DOWN(m->base + m->size, PAGE_SIZE);

		if (m->type != BOOT_MEM_FREE || end > EARLY_LIMIT ||
		    end < size || end - size < max(m->base, LOW_RESERVED))
			continue;
		m->size = end - size - m->base;
		return end - size;
	}
	too_little(bi);
}

static pte_t *new_table(void)
{
	struct page *page;
	void *table;

	if (!boot_map) {
		page = alloc_page(GFP_KERNEL | GFP_ZERO);
		if (page)
			page_set(page, PG_table);
		return page ? page_address(page) : NULL;
	}
	table = phys_to_virt(boot_alloc(boot_map, PAGE_SIZE));
	clear_page(table);
	return table;
}

/* The entry for addr in a table of `level`, making the tables above it. */
static pte_t *kernel_entry(unsigned long addr, int level, bool alloc)
{
	pte_t *table = kernel_pgd;

	for (int l = PT_LEVELS; l > level; l--) {
		pte_t *e = &table[pt_index(addr, l)];

		if (pte_none(*e)) {
			pte_t *next = alloc ? new_table() : NULL;

			if (!next)
				return NULL;
			*e = pte_mk(virt_to_phys(next) >> PAGE_SHIFT,
				    PTE_PRESENT | PTE_WRITE);
		}
		table = phys_to_virt(pte_pfn(*e) << PAGE_SHIFT);
	}
	return &table[pt_index(addr, level)];
}

pte_t *kernel_pte(unsigned long addr, bool alloc)
{
	return kernel_entry(addr, 1, alloc);
}

static int best_level(unsigned long va, phys_addr_t pa, u64 left)
{
	int level = cpu_has_1g_pages ? 3 : 2;

	while (level > 1 && (left < pt_span(level) ||
			     !IS_ALIGNED(va | pa, pt_span(level))))
		level--;
	return level;
}

/* Runs of entries in one table are filled without walking again. */
static void map_range(unsigned long va, phys_addr_t pa, u64 size, u64 bits)
{
	while (size) {
		int level = best_level(va, pa, size);
		unsigned long span = pt_span(level);
		pte_t *e = kernel_entry(va, level, true);
		u64 huge = level > 1 ? PTE_HUGE : 0;

		do {
			*e++ = pte_mk(pa >> PAGE_SHIFT, bits | huge);
			va += span;
			pa += span;
			size -= span;
		} while (size >= span && pt_index(va, level) &&
			 best_level(va, pa, size) == level);
	}
}

static void map_image(void)
{
	unsigned long guard = (unsigned long)boot_stack_guard;
	unsigned long data = (unsigned long)__rodata_end;

	map_range((unsigned long)__image_start, kernel_phys,
		  __text_end - __image_start, KERNEL_RX);
	map_range((unsigned long)__text_end, image_to_phys(__text_end),
		  __rodata_end - __text_end, KERNEL_RO);
	map_range(data, image_to_phys(__rodata_end), guard - data, KERNEL_RW);
	guard += PAGE_SIZE;
	map_range(guard, image_to_phys((void *)guard),
		  (unsigned long)__image_end - guard, KERNEL_RW);
}

static void map_direct(phys_addr_t top)
{
	phys_addr_t fixed = kernel_phys + (__rodata_end - __image_start);

	map_range(DIRECT_MAP, 0, kernel_phys, KERNEL_RW);
	map_range(DIRECT_MAP + kernel_phys, kernel_phys, fixed - kernel_phys,
		  KERNEL_RO);
	map_range(DIRECT_MAP + fixed, fixed, top - fixed, KERNEL_RW);
}

/* End of RAM; counts the frames on the way. */
static phys_addr_t scan_ram(const struct boot_info *bi)
{
	phys_addr_t top = 0;

	for (unsigned i = 0; i < bi->mem_count; i++) {
		const struct boot_mem *m = &bi->mem[i];

		if (m->type == BOOT_MEM_RESERVED || m->base >= RAM_LIMIT)
			continue;
		boot_mem_pages += m->size >> PAGE_SHIFT;
		top = max(top, min(m->base + m->size, RAM_LIMIT));
	}
	return PAGE_ALIGN(top);
}

static void give(phys_addr_t base, phys_addr_t end)
{
	base = max(base, LOW_RESERVED);
	end = min(end, RAM_LIMIT);
	if (end > base)
		free_area_add(base, end);
}

void arch_mm_init(struct boot_info *bi)
{
	phys_addr_t top = scan_ram(bi), map;
	u64 left = 0;

	boot_map = bi;
	kernel_pgd = new_table();
	map_direct(max(ALIGN_UP(top, 2ul << 20), EARLY_LIMIT));
	map_image();
	kernel_entry(KSTACK_BASE, 3, true);
	map = boot_alloc(bi, (top >> PAGE_SHIFT) * sizeof(struct page));
	boot_map = NULL;
	switch_pgd(NULL);

	for (unsigned i = 0; i < bi->mem_count; i++)
		if (bi->mem[i].type == BOOT_MEM_FREE)
			left += bi->mem[i].size;
	if (left < MIN_FREE)
		too_little(bi);
	mem_map_init(phys_to_virt(map), top >> PAGE_SHIFT);
	for (unsigned i = 0; i < bi->mem_count; i++) {
		const struct boot_mem *m = &bi->mem[i];

		if (m->type == BOOT_MEM_FREE)
			give(m->base, m->base + m->size);
	}
	reserve_rest();
}

/* A loader range without the kernel image, which may be in its middle. */
void arch_free_loader_memory(const struct boot_info *bi)
{
	phys_addr_t kend = PAGE_ALIGN(kernel_phys + bi->kernel_size);

	for (unsigned i = 0; i < bi->mem_count; i++) {
		const struct boot_mem *m = &bi->mem[i];
		phys_addr_t end = m->base + m->size;

		if (m->type != BOOT_MEM_LOADER)
			continue;
		give(m->base, min(end, kernel_phys));
		give(max(m->base, kend), end);
	}
}
