// SPDX-License-Identifier: GPL-2.0
/*
 * arch/host's window on the world (libc.c), for the explorer: small objects
 * come from an array that is part of the state, large ones (RAM, mem_map,
 * disks), which live as long as the process, from another.
 */
#include <stdlib.h>
#include <unistd.h>

#include "world.h"

#define CLASSES 16
#define CLASS_BYTES 64

/* Not in the section of the state (world.ld): only what is used is copied. */
char heap_small[16384] __aligned(64) __section(".heap,\"aw\",@nobits#");
size_t heap_small_used;
unsigned long heap_small_live;
static void *free_list[CLASSES + 1];

static void *large_alloc(size_t bytes)
{
	char *p = aligned_alloc(PAGE_SIZE, PAGE_ALIGN(bytes));

	if (!p)
		host_abort();
	return memset(p, 0, PAGE_ALIGN(bytes));
}

/* The class of a small object is in the word before it. */
void *host_zalloc(size_t bytes)
{
	size_t class = DIV_ROUND_UP(bytes + sizeof(u64), CLASS_BYTES);
	u64 *p;

	if (class > CLASSES)
		return large_alloc(bytes);
	p = free_list[class];
	if (p) {
		free_list[class] = (void *)p[1];
	} else {
		p = (u64 *)(heap_small + heap_small_used);
		heap_small_used += class * CLASS_BYTES;
		if (heap_small_used > sizeof(heap_small))
			host_abort();
	}
	heap_small_live++;
	memset(p, 0, class * CLASS_BYTES);
	p[0] = class;
	return p + 1;
}

void host_free(void *object)
{
	u64 *p;

	if (!object || !((unsigned long)object % PAGE_SIZE))
		return;
	p = (u64 *)object - 1;
	heap_small_live--;
	p[1] = (u64)free_list[p[0]];
	free_list[p[0]] = p;
}

void host_write_err(const char *s, size_t n)
{
	if (write(2, s, n) < 0)
		return;
}

bool host_verbose(void)
{
	return false;
}

void host_abort(void)
{
	abort();
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src), n = len < size ? len : size - 1;

	if (size) {
		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}
