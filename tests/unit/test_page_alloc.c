// SPDX-License-Identifier: GPL-2.0
/*
 * mm/page_alloc.c: blocks split, merge and never overlap; the last reserve is
 * kept; allocation can be made to fail.  Invariants I11, I12.
 */
#include "unit.h"

#define EMERGENCY (GFP_NOWAIT | GFP_MEMALLOC)

/* Blocks that a case holds, for when it ends early. */
static struct { struct page *page; unsigned order; } taken[1024];

static void give(struct page *page)
{
	size_t i = 0;

	while (taken[i].page != page)
		i++;
	taken[i].page = NULL;
	free_pages(page, taken[i].order);
}

static void give_all(void *unused)
{
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (taken[i].page)
			give(taken[i].page);
}

static struct page *take(gfp_t gfp, unsigned order)
{
	static bool first = true;
	struct page *page = alloc_pages(gfp, order);
	size_t i = 0;

	if (first)
		unit_at_end(give_all, NULL);
	first = false;
	if (!page)
		return NULL;
	while (taken[i].page)
		i++;
	taken[i].page = page;
	taken[i].order = order;
	return page;
}

static void split_and_merge(void)
{
	unsigned long free = nr_free_pages;
	struct page *big = take(GFP_NOWAIT, 4), *one;

	assert_non_null(big);
	assert_int_equal(page_to_pfn(big) % 16, 0);
	assert_int_equal(nr_free_pages, free - 16);
	assert_int_equal(big->_refcount, 1);
	one = take(GFP_NOWAIT, 0);
	assert_non_null(one);
	assert_int_equal(nr_free_pages, free - 17);
	give(big);
	give(one);
	assert_int_equal(nr_free_pages, free);
	host_check();
}

/* All frames one by one, back in disorder: large blocks exist again. */
static void merges_whatever_the_order(void)
{
	unsigned long all = nr_free_pages, n = 0;
	struct page **pages = calloc(all, sizeof(*pages)), *p;

	while ((p = take(EMERGENCY, 0)))
		pages[n++] = p;
	assert_int_equal(n, all);
	assert_int_equal(nr_free_pages, 0);
	for (unsigned long i = n; i > 0; i--) {
		unsigned long k = unit_random(i);

		p = pages[k];
		pages[k] = pages[i - 1];
		give(p);
	}
	p = take(GFP_NOWAIT, 9);
	assert_non_null(p);
	give(p);
	free(pages);
	host_check();
}

static void keeps_reserve(void)
{
	struct page_list got = TAILQ_HEAD_INITIALIZER(got);
	struct page *p;

	while ((p = take(GFP_NOWAIT, 0)))
		TAILQ_INSERT_TAIL(&got, p, lru);
	assert_true(nr_free_pages >= wmark_min);
	assert_true(nr_free_pages <= wmark_min + 1);
	p = take(EMERGENCY, 0);
	assert_non_null(p);
	give(p);
	while ((p = TAILQ_FIRST(&got))) {
		TAILQ_REMOVE(&got, p, lru);
		give(p);
	}
}

static void zeroes_and_refuses(void)
{
	struct page *p = take(GFP_NOWAIT | GFP_ZERO, 2);
	unsigned char *bytes;

	assert_non_null(p);
	bytes = page_address(p);
	for (unsigned long i = 0; i < P(4); i++)
		assert_int_equal(bytes[i], 0);
	give(p);
	assert_null(alloc_pages(GFP_KERNEL, MAX_ORDER + 1));
}

static void fails_when_told(void)
{
	struct page *a, *b;

	unit_arm_alloc(1, false);
	a = take(GFP_KERNEL, 0);
	b = take(GFP_KERNEL, 0);
	assert_non_null(a);
	assert_null(b);
	assert_int_equal(fail_alloc_after, -1);
	give(a);
	unit_arm_alloc(0, true);
	for (int i = 0; i < 3; i++)
		assert_null(alloc_page(GFP_KERNEL));
	unit_arm_alloc(-1, false);
}

#define SLOTS 64
/* Blocks of random orders never share a frame and lie on their boundary. */
static void random_blocks(void)
{
	struct { struct page *page; unsigned order; } held[SLOTS] = { 0 };
	unsigned char *owner = calloc(max_pfn, 1);

	for (int step = 0; step < 5000; step++) {
		unsigned i = unit_random(SLOTS), order = unit_random(6);
		u64 pfn;

		if (held[i].page) {
			pfn = page_to_pfn(held[i].page);
			memset(owner + pfn, 0, 1u << held[i].order);
			give(held[i].page);
			held[i].page = NULL;
			continue;
		}
		held[i].page = take(EMERGENCY, order);
		held[i].order = order;
		if (!held[i].page)
			continue;
		pfn = page_to_pfn(held[i].page);
		assert_int_equal(pfn % (1u << order), 0);
		for (u64 k = pfn; k < pfn + (1u << order); k++)
			assert_int_equal(owner[k]++, 0);
	}
	for (int i = 0; i < SLOTS; i++)
		if (held[i].page)
			give(held[i].page);
	free(owner);
	host_check();
}

int main(void)
{
	static const struct unit_case cases[] = {
		CASE(split_and_merge), CASE(merges_whatever_the_order),
		CASE(keeps_reserve), CASE(zeroes_and_refuses),
		CASE(fails_when_told), CASE(random_blocks),
	};

	return unit_main("page_alloc", cases, ARRAY_SIZE(cases));
}
