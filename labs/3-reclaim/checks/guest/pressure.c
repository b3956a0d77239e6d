// SPDX-License-Identifier: GPL-2.0
/* Lab 3 in the guest: more memory in use than there is. */
#include "test.h"

#define BIG 16384		/* pages: 64 MiB in a machine of 40 */
#define N @PAGES@

static uint64_t word(size_t page)
{
	return page * 0x9e3779b97f4a7c15ul + N;
}

TEST("guest-pressure")
{
	char *locked = map(N);
	char *p = map_at(AT(100000), BIG, RW, ANON | MAP_FIXED, -1, 0);
	size_t wrong = 0, swapped = 0;

	memset(locked, 'x', PAGES(N));
	RET(lock(locked, PAGES(N)), 0);
	for (size_t i = 0; i < BIG; i++)
		*(uint64_t *)(p + PAGES(i)) = word(i);
	for (size_t i = 0; i < BIG; i++)
		swapped += !!(pagemap(p + PAGES(i)) & PM_SWAP);
	OK(swapped > BIG / 4);
	for (size_t i = 0; i < BIG; i++)
		wrong += *(uint64_t *)(p + PAGES(i)) != word(i);
	EQ(wrong, 0);
	for (size_t i = 0; i < N; i++)
		OK(pagemap(locked + PAGES(i)) & PM_PRESENT);
}

/* Every invariant of mm/ holds after that; but first there must have been
 * something to check. */
TEST("guest-invariants")
{
	char *p = map_at(AT(100000), BIG, RW, ANON | MAP_FIXED, -1, 0);
	char said[200];
	long n;

	for (size_t i = 0; i < BIG; i++)
		*(uint64_t *)(p + PAGES(i)) = word(i);
	OK(pagemap(p) & PM_SWAP);
	n = slurp("/proc/holdfast/mm_check", said, sizeof(said));
	OK(n > 0);
	STR(said, "ok\n");
}
