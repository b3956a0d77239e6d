// SPDX-License-Identifier: GPL-2.0
/*
 * Copying a state: the variables of mm/, arch/host and the world, which the
 * linker put into one section; the regions that world.c names; and of the
 * frames in use what is simulated of them.  Free frames have no contents.
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

/* Not memcpy: under the address sanitizer there are red zones in between. */
#ifdef __SANITIZE_ADDRESS__
__attribute__((no_sanitize_address))
static void copy(void *to, const void *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		((volatile char *)to)[i] = ((const volatile char *)from)[i];
}
#else
#define copy(to, from, bytes) memcpy((to), (from), (bytes))
#endif

/* Bytes of a frame that matter; 0: free. */
static size_t frame_bytes(const struct page *page)
{
	if (!page->_refcount && !page_test(page, PG_slab))
		return 0;
	if (page_test(page, PG_slab))
		return world_slab_bytes[page_to_pfn(page)];
	return page_test(page, PG_reserved) ? 0 : WORLD_PAGE_BYTES;
}

void snapshot_save(struct snapshot *s)
{
	unsigned char *p = s->data;

	for (unsigned i = 0; i < nr_regions; i++) {
		copy(p, regions[i].at, regions[i].bytes);
		p += regions[i].bytes;
	}
	for (unsigned long i = 1; i < max_pfn; i++) {
		u32 head[2] = { i, frame_bytes(&mem_map[i]) };

		if (!head[1])
			continue;
		BUG_ON(p + sizeof(head) + head[1] > s->data + SNAPSHOT_MAX);
		copy(p, head, sizeof(head));
		copy(p + sizeof(head), host_ram + i * PAGE_SIZE, head[1]);
		p += sizeof(head) + head[1];
	}
	s->bytes = p - s->data;
}

void snapshot_restore(const struct snapshot *s)
{
	const unsigned char *p = s->data, *end = p + s->bytes;

	for (unsigned i = 0; i < nr_regions; i++) {
		copy(regions[i].at, p, regions[i].bytes);
		p += regions[i].bytes;
	}
	while (p < end) {
		u32 head[2];

		copy(head, p, sizeof(head));
		copy(host_ram + head[0] * PAGE_SIZE, p + sizeof(head), head[1]);
		p += sizeof(head) + head[1];
	}
}
