/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locks and brk (semantics.md 2.1): growth takes mlockall's flags for new
 * areas, never those of the heap it extends.  Each case makes a heap of four
 * pages that starts on a page boundary.
 */
#include "test.h"

static char *heap(size_t n)
{
	char *p = (char *)((raw_brk(NULL) + 4095) & -4096);

	if (raw_brk(p) != (long)p)
		die("brk to a page boundary");
	if (raw_brk(p + PAGES(n)) != (long)p + (long)PAGES(n))
		die("brk of %zu pages", n);
	return p;
}

struct growth {
	const char *name;
	char before;		/* lock state of the first four pages */
	int future;
	const char *locks, *present;
	long locked;
};

static const struct growth growths[] = {
	{ "plain heap", '.', 0, "......-", "0000000", 0 },
	{ "locked heap: plain growth", 'l', 0, "llll..-", "1111000", 4 },
	{ "on-fault heap: plain growth", 'o', 0, "oooo..-", "0000000", 4 },
	{ "plain heap, future: locked growth", '.', 2, "....ll-", "0000110",
	  2 },
	{ "plain heap, future on fault", '.', 6, "....oo-", "0000000", 2 },
	{ "locked heap, future: one area", 'l', 2, "llllll-", "1111110", 6 },
	{ "locked heap, future on fault", 'l', 6, "lllloo-", "1111000", 6 },
	{ "on-fault heap, future", 'o', 2, "ooooll-", "0000110", 6 },
	{ "on-fault heap, future on fault", 'o', 6, "oooooo-", "0000000", 6 },
};

static void grow_row(const void *row)
{
	const struct growth *g = row;
	char *p = heap(4);

	if (g->before != '.')
		RET(lock2(p, PAGES(4), g->before == 'o'), 0);
	if (g->future)
		RET(lockall(g->future), 0);
	RET(raw_brk(p + PAGES(6)), (long)p + (long)PAGES(6));
	LOCKS(p, g->locks);
	PRESENT(p, g->present);
	LOCKED(g->locked);
}
TEST_TABLE("grow", growths, grow_row);

static void shrink_row(const void *row)
{
	const struct growth *g = row;
	char *p = heap(4), want[8] = "-------";

	if (g->before != '.')
		RET(lock2(p, PAGES(4), g->before == 'o'), 0);
	if (g->future)
		RET(lockall(g->future), 0);
	RET(raw_brk(p + PAGES(6)), (long)p + (long)PAGES(6));
	RET(raw_brk(p + PAGES(3)), (long)p + (long)PAGES(3));
	memcpy(want, g->locks, 3);
	LOCKS(p, want);
	LOCKED(g->before == '.' ? 0 : 3);
	RET(raw_brk(p), (long)p);
	LOCKS(p, "-------");
	LOCKED(0);
}
TEST_TABLE("grow and shrink across", growths, shrink_row);

TEST("growth within the last page changes nothing")
{
	char *p = heap(1);

	RET(raw_brk(p + 100), (long)p + 100);
	RET(lockall(LOCK_FUTURE), 0);
	RET(raw_brk(p + 4000), (long)p + 4000);
	LOCKS(p, ".-");
	LOCKED(0);
}

TEST("a shrink by bytes keeps the page that is still in use")
{
	char *p = heap(3);

	RET(lock(p, PAGES(3)), 0);
	RET(raw_brk(p + PAGES(1) + 1), (long)p + (long)PAGES(1) + 1);
	LOCKS(p, "ll-");
	LOCKED(2);
}

TEST("a page given back and taken again is zero")
{
	char *p = heap(2);

	touch(p, 2);
	RET(raw_brk(p + PAGES(1)), (long)p + (long)PAGES(1));
	RET(raw_brk(p + PAGES(2)), (long)p + (long)PAGES(2));
	EQ(p[0], 'A');
	EQ(p[PAGE], 0);
}

TEST("brk below the heap's start returns the break there is")
{
	char *p = heap(2);

	RET(raw_brk((void *)4096), (long)p + (long)PAGES(2));
	RET(raw_brk(NULL), (long)p + (long)PAGES(2));
}

TEST("brk far past memory's end returns the break there is")
{
	char *p = heap(2);

	RET(raw_brk((void *)0x7fffffffff00ul), (long)p + (long)PAGES(2));
	RET(raw_brk((void *)-1ul), (long)p + (long)PAGES(2));
}

TEST("growth that would meet another area is refused")
{
	char *p = heap(2);

	map_at(p + PAGES(4), 1, RW, ANON, -1, 0);
	RET(raw_brk(p + PAGES(5)), (long)p + (long)PAGES(2));
	LOCKS(p, "..--.");
}

TEST("growth to within a page of another area is refused")
{
	char *p = heap(2);

	map_at(p + PAGES(4), 1, RW, ANON, -1, 0);
	RET(raw_brk(p + PAGES(4)), (long)p + (long)PAGES(2));
	RET(raw_brk(p + PAGES(3)), (long)p + (long)PAGES(3));
}

TEST("munmap in the middle of a locked heap; shrinking crosses the hole")
{
	char *p = heap(4);

	RET(lock(p, PAGES(4)), 0);
	RET(unmap(p + PAGES(1), PAGES(1)), 0);
	LOCKS(p, "l-ll");
	LOCKED(3);
	RET(raw_brk(p), (long)p);
	LOCKED(0);
	LOCKS(p, "----");
}

TEST("a heap that is gone does not shrink; what is left of one does")
{
	char *p = heap(4);

	RET(unmap(p + PAGES(1), PAGES(3)), 0);
	RET(raw_brk(p + PAGES(2)), (long)p + (long)PAGES(4));
	RET(raw_brk(p), (long)p);
}

TEST("RLIMIT_DATA refuses growth")
{
	char *p = heap(2);

	set_limit(RLIMIT_DATA, PAGES(1), PAGES(1));
	RET(raw_brk(p + PAGES(64)), (long)p + (long)PAGES(2));
}
