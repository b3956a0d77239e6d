/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Page size, layout, physical <-> virtual: x86_64's numbers; physical memory
 * is an array of the process.  Conversions check that the address is RAM.
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#include <lib/types.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	4096ul
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)	(((x) + PAGE_SIZE - 1) & PAGE_MASK)
#define offset_in_page(x) ((unsigned long)(x) & ~PAGE_MASK)

/* First address not user's; the explorer's user has less. */
#ifdef HOST_TASK_SIZE
#define TASK_SIZE	HOST_TASK_SIZE
#else
#define TASK_SIZE	0x00007ffffffff000ul
#endif

typedef u64 phys_addr_t;

extern char *host_ram;
extern unsigned long host_ram_bytes;
void host_not_ram(unsigned long addr) __noreturn;

static inline void *phys_to_virt(phys_addr_t pa)
{
	if (unlikely(pa >= host_ram_bytes))
		host_not_ram(pa);
	return host_ram + pa;
}

static inline phys_addr_t virt_to_phys(const void *va)
{
	phys_addr_t pa = (unsigned long)va - (unsigned long)host_ram;

	if (unlikely(pa >= host_ram_bytes))
		host_not_ram((unsigned long)va);
	return pa;
}

/* How much of a page is simulated: the first bytes, all of it unless the
 * explorer says less.  Whatever clears, copies or transfers pages obeys. */
extern size_t host_page_bytes;

/* One page, page aligned.  The target is a frame taken into use: stops if the
 * TLB still maps it. */
void clear_page(void *page);
void copy_page(void *to, const void *from);
bool page_is_clear(const void *page);

#endif
