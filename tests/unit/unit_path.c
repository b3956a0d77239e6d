// SPDX-License-Identifier: GPL-2.0
/*
 * Call paths: the return addresses from a place up to the case, hashed.  A loop
 * comes to one place by one path again and again, and what it finds there is
 * mostly the same.  So of one path the first OFTEN times count, and then those
 * whose number is a power of two; in cases that take long, the first alone.
 */
#include <string.h>

#include "unit_fault.h"

#define OFTEN 8
#define MAX_DEPTH 64
#define BITS 14
#define FAR (64ul << 10)	/* for two frames of a stack */

struct path { u64 hash; unsigned long times; };
static struct path paths[1 << BITS];
static unsigned long nr_paths;
static bool first_only;
static void **top;			/* the frame of who called the case */

void paths_begin(void **frame, bool once)
{
	top = frame;
	first_only = once;
	nr_paths = 0;
	memset(paths, 0, sizeof(paths));
}

unsigned long paths_seen(void)
{
	return nr_paths;
}

/* A thread of the host has a stack of its own, whose first frame has none above
 * it, but the address of one. */
static bool is_above(void **frame, void **caller)
{
	return caller > frame && caller < top &&
	       (uintptr_t)caller - (uintptr_t)frame < FAR;
}

static u64 hash_of(unsigned kind, void **frame)
{
	u64 hash = kind + 1;

	for (int i = 0; i < MAX_DEPTH; i++) {
		hash = (hash ^ (uintptr_t)frame[1]) * 0x9e3779b97f4a7c15ul;
		hash ^= hash >> 32;
		if (!is_above(frame, frame[0]))
			break;
		frame = frame[0];
	}
	return hash;
}

static struct path *path_of(u64 hash)
{
	struct path *p;

	for (u64 i = hash; ; i++) {
		p = &paths[i % ARRAY_SIZE(paths)];
		if (p->hash == hash)
			return p;
		if (!p->hash)
			break;
	}
	assert_true(++nr_paths < ARRAY_SIZE(paths));
	p->hash = hash;
	return p;
}

bool path_counts(unsigned kind)
{
	struct path *p = path_of(hash_of(kind, __builtin_frame_address(0)));

	if (p->times++ && first_only)
		return false;
	return p->times <= OFTEN || !(p->times & (p->times - 1));
}
