/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * madvise beside locks (semantics.md 2.4): what would drop pages is refused
 * on a locked area, in address order, except DONTNEED_LOCKED.
 */
#include "test.h"

#define ADV_NORMAL 0
#define ADV_RANDOM 1
#define ADV_SEQUENTIAL 2
#define ADV_WILLNEED 3
#define ADV_DONTNEED 4
#define ADV_FREE 8
#define ADV_REMOVE 9
#define ADV_DONTFORK 10
#define ADV_DOFORK 11
#define ADV_MERGEABLE 12
#define ADV_UNMERGEABLE 13
#define ADV_HUGEPAGE 14
#define ADV_NOHUGEPAGE 15
#define ADV_DONTDUMP 16
#define ADV_DODUMP 17
#define ADV_WIPEONFORK 18
#define ADV_KEEPONFORK 19

/* Three touched pages, wholly plain, locked or on fault. */
struct advice {
	const char *name;
	int advice;
	long plain, locked;	/* results */
	const char *word;	/* VmFlags word it sets, or NULL */
	bool drops;		/* from a locked area, when it succeeds */
};

static const struct advice anon[] = {
	{ "NORMAL", ADV_NORMAL, 0, 0, NULL, false },
	{ "RANDOM", ADV_RANDOM, 0, 0, "rr", false },
	{ "SEQUENTIAL", ADV_SEQUENTIAL, 0, 0, "sr", false },
	{ "WILLNEED", ADV_WILLNEED, 0, 0, NULL, false },
	{ "DONTNEED", ADV_DONTNEED, 0, -EINVAL, NULL, false },
	{ "FREE", ADV_FREE, 0, -EINVAL, NULL, false },
	{ "REMOVE", ADV_REMOVE, -EINVAL, -EINVAL, NULL, false },
	{ "COLD", ADV_COLD, 0, -EINVAL, NULL, false },
	{ "PAGEOUT", ADV_PAGEOUT, 0, -EINVAL, NULL, false },
	{ "DONTNEED_LOCKED", ADV_DONTNEED_LOCKED, 0, 0, NULL, true },
	{ "POPULATE_READ", ADV_POPULATE_READ, 0, 0, NULL, false },
	{ "POPULATE_WRITE", ADV_POPULATE_WRITE, 0, 0, NULL, false },
	{ "DONTFORK", ADV_DONTFORK, 0, 0, "dc", false },
	{ "DOFORK", ADV_DOFORK, 0, 0, NULL, false },
	{ "DONTDUMP", ADV_DONTDUMP, 0, 0, "dd", false },
	{ "DODUMP", ADV_DODUMP, 0, 0, NULL, false },
	{ "WIPEONFORK", ADV_WIPEONFORK, 0, 0, "wf", false },
	{ "KEEPONFORK", ADV_KEEPONFORK, 0, 0, NULL, false },
	{ "MERGEABLE", ADV_MERGEABLE, 0, 0, "mg", false },
	{ "UNMERGEABLE", ADV_UNMERGEABLE, 0, 0, NULL, false },
	{ "HUGEPAGE", ADV_HUGEPAGE, 0, 0, "hg", false },
	{ "NOHUGEPAGE", ADV_NOHUGEPAGE, 0, 0, "nh", false },
	{ "unknown 5", 5, -EINVAL, -EINVAL, NULL, false },
	{ "unknown 7", 7, -EINVAL, -EINVAL, NULL, false },
	{ "unknown 26", 26, -EINVAL, -EINVAL, NULL, false },
	{ "unknown -1", -1, -EINVAL, -EINVAL, NULL, false },
	{ "unknown 1000", 1000, -EINVAL, -EINVAL, NULL, false },
};

static void check_word(const struct advice *a, char *p)
{
	struct area area;

	OK(area_at(p, &area));
	if (a->word && !area_has(&area, a->word))
		fail("VmFlags: expected \"%s\" in \"%s\"", a->word,
		     area.flags);
}

static void plain_row(const void *row)
{
	const struct advice *a = row;
	char *p = map(3);

	touch(p, 3);
	RET(advise(p, PAGES(3), a->advice), a->plain);
	LOCKS(p, "...");
	check_word(a, p);
}
TEST_TABLE("plain", anon, plain_row);

static void locked_row(const void *row)
{
	const struct advice *a = row;
	char *p = map(3);

	touch(p, 3);
	RET(lock(p, PAGES(3)), 0);
	RET(advise(p, PAGES(3), a->advice), a->locked);
	LOCKS(p, "lll");
	LOCKED(3);
	PRESENT(p, a->drops ? "000" : "111");
	EQ(p[PAGE], a->drops ? 0 : 'B');
	if (!a->locked)
		check_word(a, p);
}
TEST_TABLE("locked", anon, locked_row);

static void onfault_row(const void *row)
{
	const struct advice *a = row;
	char *p = map(3);

	RET(lock2(p, PAGES(3), MLOCK_ONFAULT), 0);
	touch(p, 2);
	RET(advise(p, PAGES(3), a->advice), a->locked);
	LOCKS(p, "ooo");
	LOCKED(3);
	if (a->advice != ADV_POPULATE_READ && a->advice != ADV_POPULATE_WRITE)
		PRESENT(p, a->drops ? "000" : "110");
	else
		PRESENT(p, "111");
	EQ(p[PAGE], a->drops ? 0 : 'B');
}
TEST_TABLE("on fault", anon, onfault_row);

/* Plain, locked, plain: the first part is done, then the error. */
struct order {
	const char *name;
	int advice;
	long result;
	const char *present;
};

static const struct order orders[] = {
	{ "DONTNEED", ADV_DONTNEED, -EINVAL, "011" },
	{ "DONTNEED_LOCKED", ADV_DONTNEED_LOCKED, 0, "000" },
	{ "FREE", ADV_FREE, -EINVAL, "111" },
	{ "COLD", ADV_COLD, -EINVAL, "111" },
	{ "REMOVE", ADV_REMOVE, -EINVAL, "111" },
	{ "WILLNEED", ADV_WILLNEED, 0, "111" },
	{ "POPULATE_WRITE", ADV_POPULATE_WRITE, 0, "111" },
};

static void order_row(const void *row)
{
	const struct order *o = row;
	char *p = map(3);

	touch(p, 3);
	RET(lock(p + PAGE, PAGE), 0);
	RET(advise(p, PAGES(3), o->advice), o->result);
	PRESENT(p, o->present);
	LOCKS(p, ".l.");
}
TEST_TABLE("locked in the middle", orders, order_row);

/* A shared memory file. */
static const struct advice shared[] = {
	{ "DONTNEED", ADV_DONTNEED, 0, -EINVAL, NULL, false },
	{ "FREE", ADV_FREE, -EINVAL, -EINVAL, NULL, false },
	{ "REMOVE", ADV_REMOVE, 0, -EINVAL, NULL, false },
	{ "COLD", ADV_COLD, 0, -EINVAL, NULL, false },
	{ "PAGEOUT", ADV_PAGEOUT, 0, -EINVAL, NULL, false },
	{ "DONTNEED_LOCKED", ADV_DONTNEED_LOCKED, 0, 0, NULL, true },
	{ "WIPEONFORK", ADV_WIPEONFORK, -EINVAL, -EINVAL, NULL, false },
	{ "KEEPONFORK", ADV_KEEPONFORK, 0, 0, NULL, false },
	{ "POPULATE_READ", ADV_POPULATE_READ, 0, 0, NULL, false },
	{ "POPULATE_WRITE", ADV_POPULATE_WRITE, 0, 0, NULL, false },
	{ "WILLNEED", ADV_WILLNEED, 0, 0, NULL, false },
	{ "DONTFORK", ADV_DONTFORK, 0, 0, "dc", false },
	{ "DONTDUMP", ADV_DONTDUMP, 0, 0, "dd", false },
};

static void shared_plain(const void *row)
{
	const struct advice *a = row;
	char *p = map_at(AT(0), 3, RW, MAP_SHARED, make_memfd(3), 0);

	touch(p, 3);
	RET(advise(p, PAGES(3), a->advice), a->plain);
	EQ(p[PAGE], a->advice == ADV_REMOVE ? 0 : 'B');
	check_word(a, p);
}
TEST_TABLE("shared file, plain", shared, shared_plain);

static void shared_locked(const void *row)
{
	const struct advice *a = row;
	char *p = map_at(AT(0), 3, RW, MAP_SHARED, make_memfd(3), 0);

	touch(p, 3);
	RET(lock(p, PAGES(3)), 0);
	RET(advise(p, PAGES(3), a->advice), a->locked);
	LOCKS(p, "lll");
	PRESENT(p, a->drops ? "000" : "111");
	EQ(p[PAGE], 'B');
}
TEST_TABLE("shared file, locked", shared, shared_locked);

/* ---- arguments --------------------------------------------------------- */

struct args {
	const char *name;
	unsigned long addr, len;
	int advice;
	long result;
};

static const struct args args[] = {
	{ "length 0", WINDOW, 0, ADV_DONTNEED, 0 },
	{ "length 0, locked", WINDOW + PAGES(1), 0, ADV_DONTNEED, 0 },
	{ "unaligned", WINDOW + 1, 4096, ADV_NORMAL, -EINVAL },
	{ "unknown advice comes first", WINDOW + 1, 4096, 99, -EINVAL },
	{ "length that wraps", WINDOW, -4096ul, ADV_NORMAL, -EINVAL },
	{ "length that rounds up to 0", WINDOW, -1ul, ADV_NORMAL, -EINVAL },
	{ "unmapped", WINDOW + PAGES(8), 4096, ADV_NORMAL, -ENOMEM },
	{ "unmapped, DONTNEED", WINDOW + PAGES(8), 4096, ADV_DONTNEED,
	  -ENOMEM },
	{ "unmapped, POPULATE_READ", WINDOW + PAGES(8), 4096,
	  ADV_POPULATE_READ, -ENOMEM },
	{ "kernel half", 0xffff888000000000ul, 4096, ADV_NORMAL, -ENOMEM },
};

static void args_row(const void *row)
{
	const struct args *a = row;
	char *p = map(3);

	touch(p, 3);
	RET(lock(p + PAGE, PAGES(2)), 0);
	RET(advise((void *)a->addr, a->len, a->advice), a->result);
	PRESENT(p, "111");
}
TEST_TABLE("madvise's arguments", args, args_row);

/* ---- single facts ------------------------------------------------------ */

TEST("a gap: ENOMEM, but the rest is done")
{
	char *p = map(3);

	touch(p, 3);
	RET(unmap(p + PAGE, PAGE), 0);
	RET(advise(p, PAGES(3), ADV_DONTNEED), -ENOMEM);
	PRESENT(p, "000");
}

TEST("a gap and then a locked area: EINVAL")
{
	char *p = map(3);

	touch(p, 3);
	RET(unmap(p + PAGE, PAGE), 0);
	RET(lock(p + PAGES(2), PAGE), 0);
	RET(advise(p, PAGES(3), ADV_DONTNEED), -EINVAL);
	PRESENT(p, "001");
}

TEST("DONTNEED_LOCKED drops a private copy; file pages come back")
{
	char *p = map_at(AT(0), 2, RW, MAP_PRIVATE, make_memfd(2), 0);

	RET(lock(p, PAGES(2)), 0);
	p[0] = 'X';
	RET(advise(p, PAGES(2), ADV_DONTNEED_LOCKED), 0);
	PRESENT(p, "00");
	EQ(p[0], 'a');
	EQ(p[PAGE], 'b');
	LOCKS(p, "ll");
}

TEST("a page dropped by DONTNEED_LOCKED is locked again when touched")
{
	char *p = map(2);
	struct area a;

	RET(lock(p, PAGES(2)), 0);
	RET(advise(p, PAGES(2), ADV_DONTNEED_LOCKED), 0);
	OK(area_at(p, &a));
	EQ(a.locked, 0);
	p[0] = 1;
	OK(area_at(p, &a));
	EQ(a.locked, 1);
}

TEST("POPULATE_WRITE of a read-only area: EINVAL")
{
	char *p = map_at(AT(0), 2, PROT_READ, ANON, -1, 0);

	RET(advise(p, PAGES(2), ADV_POPULATE_WRITE), -EINVAL);
	RET(lock2(p, PAGES(2), MLOCK_ONFAULT), 0);
	RET(advise(p, PAGES(2), ADV_POPULATE_WRITE), -EINVAL);
	PRESENT(p, "00");
	RET(advise(p, PAGES(2), ADV_POPULATE_READ), 0);
	PRESENT(p, "11");
}

TEST("POPULATE of an area of no access")
{
	char *p = map_at(AT(0), 2, PROT_NONE, ANON, -1, 0);

	RET(advise(p, PAGES(2), ADV_POPULATE_READ), -EINVAL);
	RET(advise(p, PAGES(2), ADV_POPULATE_WRITE), -EINVAL);
}

TEST("POPULATE past the end of a file: EFAULT")
{
	char *p = map_at(AT(0), 2, RW, MAP_SHARED, make_memfd(1), 0);

	RET(advise(p, PAGES(2), ADV_POPULATE_READ), -EFAULT);
	PRESENT(p, "10");
}

TEST("advice on the middle splits; the same on the rest joins")
{
	char *p = map(3);
	struct area a;

	RET(lock2(p, PAGES(3), MLOCK_ONFAULT), 0);
	RET(advise(p + PAGE, PAGE, ADV_DONTFORK), 0);
	OK(area_at(p, &a));
	EQ(a.end - a.start, PAGE);
	RET(advise(p + PAGE, PAGE, ADV_DOFORK), 0);
	OK(area_at(p, &a));
	EQ(a.end - a.start, PAGES(3));
	LOCKS(p, "ooo");
}

TEST("RANDOM, SEQUENTIAL and NORMAL replace each other")
{
	char *p = map(1);
	struct area a;

	RET(advise(p, PAGE, ADV_RANDOM), 0);
	RET(advise(p, PAGE, ADV_SEQUENTIAL), 0);
	OK(area_at(p, &a));
	OK(area_has(&a, "sr") && !area_has(&a, "rr"));
	RET(advise(p, PAGE, ADV_NORMAL), 0);
	OK(area_at(p, &a));
	OK(!area_has(&a, "sr") && !area_has(&a, "rr"));
}

TEST("REMOVE punches a hole into a plain shared file map")
{
	int fd = make_memfd(3);
	char *p = map_at(AT(0), 3, RW, MAP_SHARED, fd, 0), c;

	RET(advise(p + PAGE, PAGE, ADV_REMOVE), 0);
	EQ(p[PAGE], 0);
	EQ(pread(fd, &c, 1, PAGE), 1);
	EQ(c, 0);
	EQ(p[PAGES(2)], 'c');
}

TEST("REMOVE needs a shared map that may be made writable")
{
	int fd = make_memfd(2);
	char *p = map_at(AT(0), 2, PROT_READ, MAP_SHARED, fd, 0);

	RET(advise(p, PAGE, ADV_REMOVE), 0);
	EQ(p[0], 0);
	EQ(p[PAGE], 'b');
	p = map_at(AT(4), 2, RW, MAP_PRIVATE, fd, 0);
	RET(advise(p, PAGE, ADV_REMOVE), -EACCES);
}

TEST("FREE leaves the contents until memory is short")
{
	char *p = map(1);

	touch(p, 1);
	RET(advise(p, PAGE, ADV_FREE), 0);
	OK(p[0] == 'A' || p[0] == 0);
	p[0] = 'N';
	EQ(p[0], 'N');
}
