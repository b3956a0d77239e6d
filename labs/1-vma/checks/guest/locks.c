// SPDX-License-Identifier: GPL-2.0
/* Lab 1, task 4, through real system calls. */
#include "test.h"

#define N @PAGES@

TEST("guest-mlock")
{
	char *p = map(N);

	RET(lock(p + PAGES(2), PAGES(3)), 0);
	LOCKED(3);
	for (int i = 0; i < N; i++)
		EQ(!!(pagemap(p + PAGES(i)) & PM_PRESENT), i >= 2 && i < 5);
	RET(unlock(p, PAGES(N)), 0);
	LOCKED(0);
}

TEST("guest-limit")
{
	char *p = map(N);

	set_memlock(PAGES(3));
	become_user();
	RET(lock(p, PAGES(4)), -@OVER@);
	RET(lock(p, PAGES(3)), 0);
	LOCKED(3);
	RET(raw_mmap(NULL, PAGES(1), RW, ANON | MAP_LOCKED, -1, 0), -@FUTURE@);
	RET(unlock(p, PAGES(1)), 0);
	RET(lock(p + PAGES(4), 1), 0);
}

/* Under pressure a locked page stays, an unlocked one goes. */
TEST("guest-pressure")
{
	size_t all = 64ul << 20;
	char *p = map(2 * N), *big;
	int gone = 0;

	touch(p, 2 * N);
	RET(lock(p, PAGES(N)), 0);
	big = map_at(AT(100000), all / PAGE, RW, ANON | MAP_FIXED, -1, 0);
	for (size_t i = 0; i < all; i += PAGE)
		big[i] = 1;
	for (int i = 0; i < 2 * N; i++) {
		if (i < N)
			OK(pagemap(p + PAGES(i)) & PM_PRESENT);
		else
			gone += !!(pagemap(p + PAGES(i)) & PM_SWAP);
	}
	OK(gone > 0);
}
