/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Page size, address-space layout, physical <-> virtual.
 *
 *   0000000000001000 .. 00007ffffffff000  user (TASK_SIZE)
 *   ffff888000000000 .. (64 TiB)          all physical memory, one to one
 *   ffffc90000000000 ..                   kernel stacks, with guard pages
 *   ffffffff80000000 ..                   kernel image
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#include <lib/types.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	4096ul
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)	(((x) + PAGE_SIZE - 1) & PAGE_MASK)
#define offset_in_page(x) ((unsigned long)(x) & ~PAGE_MASK)

#define TASK_SIZE	0x00007ffffffff000ul	/* first address not user's */
#define DIRECT_MAP	0xffff888000000000ul
#define KSTACK_BASE	0xffffc90000000000ul
#define KERNEL_BASE	0xffffffff80000000ul

typedef u64 phys_addr_t;

static inline void *phys_to_virt(phys_addr_t pa)
{
	return (void *)(pa + DIRECT_MAP);
}

/* Only for addresses in the direct map. */
static inline phys_addr_t virt_to_phys(const void *va)
{
	return (phys_addr_t)va - DIRECT_MAP;
}

/* One page, page aligned; `rep stosq`/`rep movsq`: 512 rounds (cost.md). */
static inline void clear_page(void *page)
{
	unsigned long n = PAGE_SIZE / 8;

	__asm__ volatile("rep stosq" : "+D"(page), "+c"(n) : "a"(0ul)
			 : "memory");
}

/* Has it nothing but zeros?  For checks. */
static inline bool page_is_clear(const void *page)
{
	const u64 *word = page, *end = word + PAGE_SIZE / 8;

	while (word < end && !*word)
		word++;
	return word == end;
}

static inline void copy_page(void *to, const void *from)
{
	unsigned long n = PAGE_SIZE / 8;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(n) : :
			 "memory");
}

#endif
