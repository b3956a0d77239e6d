// SPDX-License-Identifier: GPL-2.0
/*
 * mm/slab.c: objects are aligned, do not overlap, and their frames come back;
 * kmalloc of every size up to 4 MiB.
 */
#include <string.h>

#include "unit.h"


struct thing { char bytes[72]; };

enum { N = 500 };
static struct kmem_cache cache = KMEM_CACHE(struct thing);
static unsigned char *obj[N];

static void free_objects(void *unused)
{
	for (int i = 0; i < N; i++)
		if (obj[i])
			kmem_cache_free(&cache, obj[i]);
}

static void objects(void)
{
	unit_at_end(free_objects, NULL);
	for (int i = 0; i < N; i++) {
		obj[i] = kmem_cache_alloc(&cache, GFP_KERNEL);
		assert_non_null(obj[i]);
		assert_int_equal((uintptr_t)obj[i] % 16, 0);
		memset(obj[i], i & 0xff, sizeof(struct thing));
	}
	assert_int_equal(cache.nr_objects, N);
	host_check();
	for (int i = 0; i < N; i++) {
		for (size_t k = 0; k < sizeof(struct thing); k++)
			assert_int_equal(obj[i][k], i & 0xff);
		kmem_cache_free(&cache, obj[i]);
		obj[i] = NULL;
	}
	assert_int_equal(cache.nr_objects, 0);
	assert_true(cache.nr_slabs <= 1);
}

static void zeroed_even_if_used_before(void)
{
	unsigned char *p = kmalloc(100, GFP_KERNEL);

	assert_non_null(p);
	memset(p, 0xff, 100);
	kfree(p);
	p = kzalloc(100, GFP_KERNEL);
	assert_non_null(p);
	for (int i = 0; i < 100; i++)
		assert_int_equal(p[i], 0);
	kfree(p);
	kfree(NULL);
}

static void sizes(void)
{
	static const size_t bytes[] = {
		1, 15, 16, 17, 95, 96, 128, 1000, 2047, 2048, 2049, 4096, 4097,
		65536, 1 << 20,
	};

	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
		unsigned long slabs = nr_slab_pages, need;
		unsigned char *p = kmalloc(bytes[i], GFP_KERNEL);

		assert_non_null(p);
		memset(p, 1, bytes[i]);
		need = bytes[i] > 2048 ? bytes[i] / PAGE_SIZE : 0;
		assert_true(nr_slab_pages >= slabs + need);
		kfree(p);
	}
	assert_null(kmalloc((4ul << 20) + 1, GFP_KERNEL));
	kmem_cache_shrink_all();
	host_check();
}

static void copies_of_strings(void)
{
	char *s = kstrdup("holdfast", GFP_KERNEL);

	assert_non_null(s);
	assert_string_equal(s, "holdfast");
	kfree(s);
	unit_arm_alloc(0, false);
	kmem_cache_shrink_all();
	s = kmalloc(3000, GFP_KERNEL);
	assert_null(s);
}

int main(void)
{
	static const struct unit_case cases[] = {
		CASE(objects), CASE(zeroed_even_if_used_before),
		CASE_MEM(sizes, 4096, 0), CASE(copies_of_strings),
	};

	return unit_main("slab", cases, ARRAY_SIZE(cases));
}
