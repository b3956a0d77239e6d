// SPDX-License-Identifier: GPL-2.0
/*
 * Copying a state: the variables of mm/, arch/host and the world, which the
 * linker put into one section; the regions that world.c names; the heap as far
 * as it is used; and of the frames in use, and those that are known to be
 * clear, what is simulated of them.  Other free frames have no contents.
 */
#include "state.h"

extern char __start_host_state[], __stop_host_state[];

#define MAX_REGIONS 32

static struct region regions[MAX_REGIONS];
static unsigned nr_regions;

void snapshot_init(void)
{
	regions[0] = (struct region){ __start_host_state,
				      __stop_host_state - __start_host_state };
	nr_regions = 1 + world_regions(regions + 1, MAX_REGIONS - 1);
}

/* Not memcpy under the address sanitizer: there are red zones in between. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
static void copy(void *to, const void *from, size_t bytes)
{
	asm volatile("rep movsb" : "+D" (to), "+S" (from), "+c" (bytes)
		     :: "memory");
}
#else
#define copy(to, from, bytes) memcpy((to), (from), (bytes))
#endif

/* Most are pages: of known size, so that no function is called. */
static inline void copy_frame(void *to, const void *from, size_t bytes)
{
	if (bytes == WORLD_PAGE_BYTES)
		copy(to, from, WORLD_PAGE_BYTES);
	else
		copy(to, from, bytes);
}

/* Bytes of a frame that matter; 0: it is free, and not known to be clear. */
static size_t frame_bytes(const struct page *page)
{
	if (page_test(page, PG_buddy) && page->private == CLEAR_FRAME)
		return WORLD_PAGE_BYTES;
	if (!page->_refcount && !page_test(page, PG_slab))
		return 0;
	if (page_test(page, PG_slab))
		return world_slab_bytes[page_to_pfn(page)];
	return page_test(page, PG_reserved) ? 0 : WORLD_PAGE_BYTES;
}

/* Where it goes in the copy: as it lies in a cache line, so that no load and no
 * store crosses one. */
static unsigned char *place(unsigned char *p, const void *at)
{
	return p + (((unsigned long)at - (unsigned long)p) & 63);
}

void snapshot_save(struct snapshot *s)
{
	unsigned char *p = s->data;

	for (unsigned i = 0; i < nr_regions; i++) {
		p = place(p, regions[i].at);
		copy(p, regions[i].at, regions[i].bytes);
		p += regions[i].bytes;
	}
	p = place(p, heap_small);
	copy(p, heap_small, heap_small_used);
	p += heap_small_used;
	s->nr_frames = 0;
	for (unsigned long i = 1; i < max_pfn; i++) {
		size_t bytes = frame_bytes(&mem_map[i]);

		if (!bytes)
			continue;
		p = place(p, host_ram);
		BUG_ON(p + bytes > s->data + SNAPSHOT_MAX);
		copy_frame(p, host_ram + i * PAGE_SIZE, bytes);
		p += bytes;
		s->frame[s->nr_frames++] = (struct snapshot_frame){ i, bytes };
	}
}

void snapshot_restore(const struct snapshot *s)
{
	unsigned char *p = (unsigned char *)s->data;

	for (unsigned i = 0; i < nr_regions; i++) {
		p = place(p, regions[i].at);
		copy(regions[i].at, p, regions[i].bytes);
		p += regions[i].bytes;
	}
	p = place(p, heap_small);
	copy(heap_small, p, heap_small_used);	/* the size is back already */
	p += heap_small_used;
	for (unsigned i = 0; i < s->nr_frames; i++) {
		const struct snapshot_frame *f = &s->frame[i];

		p = place(p, host_ram);
		copy_frame(host_ram + f->pfn * PAGE_SIZE, p, f->bytes);
		p += f->bytes;
	}
}
