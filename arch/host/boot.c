// SPDX-License-Identifier: GPL-2.0
/*
 * Powering the host on: RAM, mem_map, the first task; and the check that tests
 * run after every operation.  (The part of arch/x86_64 and of kmain that mm/
 * depends on.)  What a host cannot show is listed in <arch/host.h>.
 */
#include <arch/host.h>

#include "host_internal.h"

char *host_ram;
unsigned long host_ram_bytes;

static struct page_list hogged = TAILQ_HEAD_INITIALIZER(hogged);

void host_not_ram(unsigned long addr)
{
	panic("address %lx is not RAM", addr);
}

void host_boot(unsigned long frames)
{
	struct page *map;

	BUG_ON(frames < HOST_MIN_FRAMES || frames > HOST_MAX_FRAMES);
	BUG_ON(host_ram);
	host_ram_bytes = frames * PAGE_SIZE;
	host_ram = host_zalloc(host_ram_bytes);
	memset(host_ram, 0xa5, host_ram_bytes);
	map = host_zalloc(frames * sizeof(*map));
	host_sched_init();
	mem_map_init(map, frames);
	free_area_add(PAGE_SIZE, host_ram_bytes);
	reserve_rest();
	page_alloc_init_watermarks();
	zero_page = alloc_page(GFP_KERNEL | GFP_ZERO);
	page_set(zero_page, PG_reserved);
}

unsigned long host_hog(unsigned long left)
{
	unsigned long n = 0;

	while (nr_free_pages > left) {
		struct page *p = alloc_page(GFP_NOWAIT | GFP_MEMALLOC);

		if (!p)
			break;
		TAILQ_INSERT_TAIL(&hogged, p, lru);
		n++;
	}
	return n;
}

void host_unhog(void)
{
	struct page *p;

	while ((p = TAILQ_FIRST(&hogged))) {
		TAILQ_REMOVE(&hogged, p, lru);
		put_page(p);
	}
}

void host_check(void)
{
	static char why[256];	/* on the stack, the sanitizer would clear it */
	int i = mm_check(why, sizeof(why));

	if (!i)
		i = host_tlb_check(why, sizeof(why));
	if (i)
		panic("I%d: %s", i, why);
	if (host_locks_held())
		panic("%u locks still held", host_locks_held());
}
