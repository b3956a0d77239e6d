/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locks and mmap, munmap (semantics.md 2.1): where a new area's flags come
 * from, what replaces what, and that VmLck follows.
 */
#include "test.h"

struct born {
	const char *name;
	int future;		/* mlockall's flags before, or 0 */
	int flags;		/* of mmap, besides MAP_FIXED */
	char state;
	bool present;
};

#define LK MAP_LOCKED
#define PO MAP_POPULATE
#define NB MAP_NONBLOCK
static const struct born births[] = {
	{ "plain", 0, ANON, '.', false },
	{ "populate", 0, ANON | PO, '.', true },
	{ "populate, nonblock", 0, ANON | PO | NB, '.', false },
	{ "locked", 0, ANON | LK, 'l', true },
	{ "locked, nonblock", 0, ANON | LK | NB, 'l', true },
	{ "locked, noreserve", 0, ANON | LK | MAP_NORESERVE, 'l', true },
	{ "shared, locked", 0, SHANON | LK, 'l', true },
	{ "future", 2, ANON, 'l', true },
	{ "future, nonblock", 2, ANON | NB, 'l', true },
	{ "future, populate, nonblock", 2, ANON | PO | NB, 'l', true },
	{ "future, noreserve", 2, ANON | MAP_NORESERVE, 'l', true },
	{ "future, locked", 2, ANON | LK, 'l', true },
	{ "future, shared", 2, SHANON, 'l', true },
	{ "future on fault", 6, ANON, 'o', false },
	{ "future on fault, populate", 6, ANON | PO, 'o', false },
	{ "future on fault, locked", 6, ANON | LK, 'o', false },
	{ "future on fault, locked, populate", 6, ANON | LK | PO, 'o', false },
	{ "future on fault, shared, locked", 6, SHANON | LK, 'o', false },
};

static void born_row(const void *row)
{
	const struct born *b = row;
	char want[] = { b->state, b->state, b->state, '-', 0 };
	char *p;

	if (b->future)
		RET(lockall(b->future), 0);
	p = map_at(AT(0), 3, RW, b->flags, -1, 0);
	LOCKS(p, want);
	PRESENT(p, b->present ? "111" : "000");
	LOCKED(b->state == '.' ? 0 : 3);
	touch(p, 3);
	PRESENT(p, "111");
	LOCKS(p, want);
}
TEST_TABLE("new area", births, born_row);

/* A MAP_FIXED over the middle of five locked pages. */
static void replace_row(const void *row)
{
	const struct born *b = row;
	char want[] = { 'l', b->state, b->state, b->state, 'l', 0 };
	char *p = map(5);

	RET(lock(p, PAGES(5)), 0);
	if (b->future)
		RET(lockall(b->future), 0);
	touch(p, 5);
	map_at(p + PAGE, 3, RW, b->flags, -1, 0);
	LOCKS(p, want);
	PRESENT(p, b->present ? "11111" : "10001");
	LOCKED(b->state == '.' ? 2 : 5);
	EQ(p[PAGE], 0);
	EQ(p[0], 'A');
	EQ(p[PAGES(4)], 'E');
}
TEST_TABLE("MAP_FIXED over a locked area", births, replace_row);

/* ---- munmap of pages first .. first + n of six, with locks "llllll" ---- */

struct cut {
	const char *name;
	int first, n;
	const char *locks;
	long locked;
};

static const struct cut cuts[] = {
	{ "all", 0, 6, "------", 0 },
	{ "the first", 0, 1, "-lllll", 5 },
	{ "the last", 5, 1, "lllll-", 5 },
	{ "the middle", 2, 2, "ll--ll", 4 },
	{ "one in the middle", 3, 1, "lll-ll", 5 },
	{ "past the end", 4, 8, "llll--", 4 },
	{ "nothing there", 8, 2, "llllll", 6 },
};

static void cut_locked(const void *row)
{
	const struct cut *c = row;
	char *p = map(6);

	RET(lock(p, PAGES(6)), 0);
	RET(unmap(p + PAGES(c->first), PAGES(c->n)), 0);
	LOCKS(p, c->locks);
	LOCKED(c->locked);
}
TEST_TABLE("munmap of locked pages", cuts, cut_locked);

static void cut_onfault(const void *row)
{
	const struct cut *c = row;
	char *p = map(6), want[7] = { 0 };

	RET(lock2(p, PAGES(6), MLOCK_ONFAULT), 0);
	RET(unmap(p + PAGES(c->first), PAGES(c->n)), 0);
	for (int i = 0; i < 6; i++)
		want[i] = c->locks[i] == 'l' ? 'o' : '-';
	LOCKS(p, want);
	LOCKED(c->locked);
}
TEST_TABLE("munmap of on-fault pages", cuts, cut_onfault);

static void cut_mixed(const void *row)
{
	const struct cut *c = row;
	const char *from = "l.ol.o";
	char *p = map(6), want[7] = { 0 };
	long locked = 0;

	for (int i = 0; i < 6; i++)
		if (from[i] != '.')
			RET(lock2(p + PAGES(i), PAGE, from[i] == 'o'), 0);
	RET(unmap(p + PAGES(c->first), PAGES(c->n)), 0);
	for (int i = 0; i < 6; i++) {
		want[i] = c->locks[i] == 'l' ? from[i] : '-';
		locked += want[i] == 'l' || want[i] == 'o';
	}
	LOCKS(p, want);
	LOCKED(locked);
}
TEST_TABLE("munmap across lock states", cuts, cut_mixed);

/* ---- munmap's arguments ------------------------------------------------ */

struct args {
	const char *name;
	unsigned long addr, len;
	long result;
};

static const struct args munmaps[] = {
	{ "length 0", WINDOW, 0, -EINVAL },
	{ "unaligned", WINDOW + 1, 4096, -EINVAL },
	{ "past the user half", 0x00fffffffffff000ul, 4096, -EINVAL },
	{ "kernel half", 0xffff888000000000ul, 4096, -EINVAL },
	{ "length that rounds up to 0", WINDOW, -1ul, -EINVAL },
	{ "length too long", WINDOW, 1ul << 62, -EINVAL },
	{ "nothing mapped", WINDOW + PAGES(64), 4096, 0 },
	{ "length of one byte", WINDOW + PAGES(3), 1, 0 },
};

static void munmap_row(const void *row)
{
	const struct args *a = row;
	char *p = map(4);

	RET(lock(p, PAGES(4)), 0);
	RET(unmap((void *)a->addr, a->len), a->result);
	LOCKS(p, a->len == 1 ? "lll-" : "llll");
}
TEST_TABLE("munmap", munmaps, munmap_row);

/* ---- single facts ------------------------------------------------------ */

TEST("without a hint the new area is elsewhere and locked")
{
	long r;

	RET(lockall(LOCK_FUTURE), 0);
	r = raw_mmap(NULL, PAGES(2), RW, ANON, -1, 0);
	OK(!failed(r));
	LOCKS((void *)r, "ll");
}

TEST("MAP_FIXED_NOREPLACE over a locked area: EEXIST, nothing changed")
{
	char *p = map(2);

	RET(lock(p, PAGES(2)), 0);
	RET(raw_mmap(p, PAGES(2), RW, ANON | MAP_FIXED_NOREPLACE, -1, 0),
	    -EEXIST);
	LOCKS(p, "ll");
}

TEST("MAP_FIXED across locked, plain and unmapped pages")
{
	char *p = map(6);

	RET(lock(p, PAGES(3)), 0);
	RET(unmap(p + PAGES(4), PAGE), 0);
	map_at(p + PAGE, 4, RW, ANON, -1, 0);
	LOCKS(p, "l.....");
	LOCKED(1);
}

TEST("a locked map beside a locked map joins it")
{
	struct area a;

	map_at(AT(0), 2, RW, ANON | LK, -1, 0);
	map_at(AT(2), 2, RW, ANON | LK, -1, 0);
	LOCKS(AT(0), "llll");
	OK(area_at(AT(0), &a));
	EQ(a.end, (long)AT(4));
}

TEST("a plain map beside a locked map does not join it")
{
	struct area a;

	map_at(AT(0), 2, RW, ANON | LK, -1, 0);
	map_at(AT(2), 2, RW, ANON, -1, 0);
	LOCKS(AT(0), "ll..");
	OK(area_at(AT(0), &a));
	EQ(a.end, (long)AT(2));
}

TEST("a locked file map at an offset")
{
	char *p = map_at(AT(0), 2, PROT_READ, MAP_SHARED | LK, make_memfd(4),
			 PAGES(2));

	LOCKS(p, "ll");
	PRESENT(p, "11");
	EQ(p[0], 'c');
	EQ(p[PAGE], 'd');
}

TEST("pages past the end of the file are absent in a locked map: SIGBUS")
{
	char *p = map_at(AT(0), 3, RW, MAP_SHARED | LK, make_memfd(2), 0);
	void *addr;
	int code;

	PRESENT(p, "110");
	EQ(probe_read(p + PAGES(2) + 5, &addr, &code), SIGBUS);
	EQ(addr, p + PAGES(2) + 5);
	EQ(code, BUS_ADRERR);
	LOCKED(3);
}

TEST("a new map after munmap of a locked one is plain and zero")
{
	char *p = map_at(AT(0), 2, RW, ANON | LK, -1, 0);

	touch(p, 2);
	RET(unmap(p, PAGES(2)), 0);
	p = map(2);
	LOCKS(p, "..");
	EQ(p[0] | p[PAGE], 0);
}

TEST("the length is rounded up to pages")
{
	RET(raw_mmap(AT(0), 4097, RW, ANON | LK | MAP_FIXED, -1, 0),
	    (long)AT(0));
	LOCKS(AT(0), "ll-");
	LOCKED(2);
}

TEST("remap_file_pages of an anonymous area: EINVAL")
{
	char *p = map(2);

	RET(lock(p, PAGES(2)), 0);
	RET(sys(remap_file_pages, p, PAGE, 0, 1, 0), -EINVAL);
	LOCKS(p, "ll");
}
