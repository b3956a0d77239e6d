/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which neighbours join (semantics.md 2.7), in the cases where Linux's groups
 * of anonymous pages do not decide: untouched memory and files.  Holdfast
 * joins all equal neighbours with continuous offsets.
 */
#include "test.h"

/* The areas in pages 0..n, one letter per page, a new letter per area; '-'
 * unmapped. */
static void check_areas(int line, char *base, const char *want)
{
	size_t n = strlen(want);
	char seen[64] = { 0 }, letter = 'a';
	struct area a;

	for (size_t i = 0; i < n;) {
		if (!area_at(base + PAGES(i), &a)) {
			seen[i++] = '-';
			continue;
		}
		while (i < n && (unsigned long)base + PAGES(i) < a.end)
			seen[i++] = letter;
		letter++;
	}
	check_str(__FILE__, line, "areas", seen, want);
}
#define AREAS(p, want) check_areas(__LINE__, (p), (want))

/* Five untouched pages; the middle one is changed and changed back. */
struct there_and_back {
	const char *name;
	int op;			/* 0 mprotect, 1 mlock2 on fault, 2 madvise */
	long arg, back;
};

static const struct there_and_back changes[] = {
	{ "protection", 0, PROT_READ, RW },
	{ "no access", 0, PROT_NONE, RW },
	{ "execute", 0, RW | PROT_EXEC, RW },
	{ "lock on fault", 1, 0, 0 },
	{ "DONTFORK", 2, MADV_DONTFORK, MADV_DOFORK },
	{ "DONTDUMP", 2, MADV_DONTDUMP, MADV_DODUMP },
	{ "RANDOM", 2, MADV_RANDOM, MADV_NORMAL },
	{ "SEQUENTIAL", 2, MADV_SEQUENTIAL, MADV_NORMAL },
	{ "WIPEONFORK", 2, MADV_WIPEONFORK, MADV_KEEPONFORK },
};

static long change(const struct there_and_back *c, char *p, size_t n,
		   bool back)
{
	switch (c->op) {
	case 0:
		return protect(p, PAGES(n), back ? c->back : c->arg);
	case 1:
		return back ? unlock(p, PAGES(n)) :
			      lock2(p, PAGES(n), MLOCK_ONFAULT);
	default:
		return advise(p, PAGES(n), back ? c->back : c->arg);
	}
}

static void middle_row(const void *row)
{
	const struct there_and_back *c = row;
	char *p = map(5);

	AREAS(p, "aaaaa-");
	RET(change(c, p + PAGES(2), 1, false), 0);
	AREAS(p, "aabcc-");
	RET(change(c, p + PAGES(2), 1, true), 0);
	AREAS(p, "aaaaa-");
}
TEST_TABLE("the middle there and back", changes, middle_row);

static void both_ends_row(const void *row)
{
	const struct there_and_back *c = row;
	char *p = map(5);

	RET(change(c, p, 1, false), 0);
	RET(change(c, p + PAGES(4), 1, false), 0);
	AREAS(p, "abbbc-");
	RET(change(c, p + PAGES(1), 3, false), 0);
	AREAS(p, "aaaaa-");
	RET(change(c, p, 5, true), 0);
	AREAS(p, "aaaaa-");
}
TEST_TABLE("the ends, then the rest", changes, both_ends_row);

static void halves_row(const void *row)
{
	const struct there_and_back *c = row;
	char *p = map(4);

	RET(change(c, p, 2, false), 0);
	AREAS(p, "aabb-");
	RET(change(c, p + PAGES(1), 2, false), 0);
	AREAS(p, "aaab-");
	RET(change(c, p + PAGES(1), 1, true), 0);
	AREAS(p, "abcd-");
}
TEST_TABLE("boundaries move", changes, halves_row);

TEST("a map into a gap joins both sides")
{
	char *p = map(2);

	map_at(AT(3), 2, RW, ANON, -1, 0);
	AREAS(p, "aa-bb-");
	map_at(AT(2), 1, RW, ANON, -1, 0);
	AREAS(p, "aaaaa-");
}

TEST("a locked map into a gap between locked ones joins both")
{
	RET(lockall(LOCK_FUTURE | LOCK_ONFAULT), 0);
	map_at(AT(0), 2, RW, ANON, -1, 0);
	map_at(AT(3), 2, RW, ANON, -1, 0);
	map_at(AT(2), 1, RW, ANON, -1, 0);
	AREAS(AT(0), "aaaaa-");
	LOCKS(AT(0), "ooooo-");
}

TEST("a plain map between locked ones stays apart until it is locked")
{
	map_at(AT(0), 5, RW, ANON, -1, 0);
	RET(lock2(AT(0), PAGES(2), MLOCK_ONFAULT), 0);
	RET(lock2(AT(3), PAGES(2), MLOCK_ONFAULT), 0);
	AREAS(AT(0), "aabcc-");
	RET(lock2(AT(2), PAGE, MLOCK_ONFAULT), 0);
	AREAS(AT(0), "aaaaa-");
}

TEST("locked, on-fault and plain neighbours never join")
{
	char *p = map_at(AT(0), 3, PROT_READ, ANON, -1, 0);

	RET(lock(p, PAGE), 0);
	RET(lock2(p + PAGE, PAGE, MLOCK_ONFAULT), 0);
	AREAS(p, "abc-");
}

TEST("different protection does not join")
{
	map_at(AT(0), 1, RW, ANON, -1, 0);
	map_at(AT(1), 1, PROT_READ, ANON, -1, 0);
	map_at(AT(2), 1, RW | PROT_EXEC, ANON, -1, 0);
	AREAS(AT(0), "abc-");
}

TEST("MAP_NORESERVE does not join a plain map")
{
	map_at(AT(0), 1, RW, ANON, -1, 0);
	map_at(AT(1), 1, RW, ANON | MAP_NORESERVE, -1, 0);
	AREAS(AT(0), "ab-");
}

TEST("two shared anonymous maps do not join")
{
	map_at(AT(0), 1, RW, SHANON, -1, 0);
	map_at(AT(1), 1, RW, SHANON, -1, 0);
	AREAS(AT(0), "ab-");
}

TEST("a shared anonymous map split and made equal joins again")
{
	char *p = map_at(AT(0), 3, RW, SHANON, -1, 0);

	RET(lock(p + PAGE, PAGE), 0);
	AREAS(p, "abc-");
	RET(unlock(p + PAGE, PAGE), 0);
	AREAS(p, "aaa-");
}

TEST("file maps with continuous offsets join")
{
	int fd = make_memfd(4);

	map_at(AT(0), 2, PROT_READ, MAP_SHARED, fd, 0);
	map_at(AT(2), 2, PROT_READ, MAP_SHARED, fd, PAGES(2));
	AREAS(AT(0), "aaaa-");
}

TEST("file maps with other offsets do not join")
{
	int fd = make_memfd(4);

	map_at(AT(0), 2, PROT_READ, MAP_SHARED, fd, 0);
	map_at(AT(2), 2, PROT_READ, MAP_SHARED, fd, 0);
	AREAS(AT(0), "aabb-");
}

TEST("maps of different files do not join")
{
	map_at(AT(0), 1, PROT_READ, MAP_SHARED, make_memfd(2), 0);
	map_at(AT(1), 1, PROT_READ, MAP_SHARED, make_memfd(2), PAGE);
	AREAS(AT(0), "ab-");
}

TEST("a private and a shared map of one file do not join")
{
	int fd = make_memfd(2);

	map_at(AT(0), 1, PROT_READ, MAP_SHARED, fd, 0);
	map_at(AT(1), 1, PROT_READ, MAP_PRIVATE, fd, PAGE);
	AREAS(AT(0), "ab-");
}

TEST("mlock across a file map and back")
{
	char *p = map_at(AT(0), 5, PROT_READ, MAP_SHARED, make_memfd(5), 0);

	RET(lock(p + PAGE, PAGES(3)), 0);
	AREAS(p, "abbbc-");
	RET(unlock(p, PAGES(5)), 0);
	AREAS(p, "aaaaa-");
	RET(lock(p, PAGES(2)), 0);
	RET(lock(p + PAGES(3), PAGES(2)), 0);
	RET(lock(p + PAGES(2), PAGE), 0);
	AREAS(p, "aaaaa-");
}

TEST("an untouched area moved beside another joins it")
{
	map_at(AT(0), 2, RW, ANON, -1, 0);
	map_at(AT(8), 2, RW, ANON, -1, 0);
	RET(remap(AT(8), PAGES(2), PAGES(2), MREMAP_MAYMOVE | MREMAP_FIXED,
		  AT(2)), (long)AT(2));
	AREAS(AT(0), "aaaa----");
}

TEST("an area grown by mremap is one area")
{
	char *p = map(2);

	RET(remap(p, PAGES(2), PAGES(4), 0, NULL), (long)p);
	AREAS(p, "aaaa-");
}

TEST("munmap of the middle leaves two areas")
{
	char *p = map(5);

	touch(p, 5);
	RET(unmap(p + PAGES(2), PAGE), 0);
	AREAS(p, "aa-bb-");
}

TEST("a touched area split and made equal without touching joins")
{
	char *p = map(3);

	touch(p, 3);
	RET(protect(p + PAGE, PAGE, PROT_READ), 0);
	AREAS(p, "abc-");
	RET(protect(p + PAGE, PAGE, RW), 0);
	AREAS(p, "aaa-");
	RET(lock(p + PAGE, PAGE), 0);
	AREAS(p, "abc-");
	RET(unlock(p + PAGE, PAGE), 0);
	AREAS(p, "aaa-");
}
