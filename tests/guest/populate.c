/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What populating does to each kind of area, by each call that populates
 * (semantics.md 1.4): four pages at AT(0), whose presence, Rss and anonymous
 * pages are compared.  Errors reach mlock and mlock2 only.
 */
#include "test.h"

struct kind {
	const char *name;
	int prot, flags;
	int file_pages;			/* 0: anonymous */
	long mlock;			/* mlock's result */
	const char *present;
	unsigned long rss, anon;	/* pages */
	const char *mincore;
};

#define NONE PROT_NONE
static const struct kind kinds[] = {
	{ "anonymous rw", RW, ANON, 0, 0, "1111", 4, 4, "1111" },
	{ "anonymous w", PROT_WRITE, ANON, 0, 0, "1111", 4, 4, "1111" },
	{ "anonymous rwx", RW | PROT_EXEC, ANON, 0, 0, "1111", 4, 4, "1111" },
	{ "anonymous r: the zero page", PROT_READ, ANON, 0, 0, "1111", 0, 0,
	  "1111" },
	{ "anonymous x: the zero page", PROT_EXEC, ANON, 0, 0, "1111", 0, 0,
	  "1111" },
	{ "anonymous, no access", NONE, ANON, 0, -ENOMEM, "0000", 0, 0,
	  "0000" },
	{ "shared anonymous rw", RW, SHANON, 0, 0, "1111", 4, 0, "1111" },
	{ "shared anonymous r", PROT_READ, SHANON, 0, 0, "1111", 4, 0,
	  "1111" },
	{ "shared anonymous, no access", NONE, SHANON, 0, -ENOMEM, "0000", 0,
	  0, "0000" },
	{ "shared file rw", RW, MAP_SHARED, 4, 0, "1111", 4, 0, "1111" },
	{ "shared file r", PROT_READ, MAP_SHARED, 4, 0, "1111", 4, 0, "1111" },
	{ "shared file w", PROT_WRITE, MAP_SHARED, 4, 0, "1111", 4, 0,
	  "1111" },
	{ "private file rw: copied", RW, MAP_PRIVATE, 4, 0, "1111", 4, 4,
	  "1111" },
	{ "private file r", PROT_READ, MAP_PRIVATE, 4, 0, "1111", 4, 0,
	  "1111" },
	{ "private file rx", PROT_READ | PROT_EXEC, MAP_PRIVATE, 4, 0, "1111",
	  4, 0, "1111" },
	{ "private file x", PROT_EXEC, MAP_PRIVATE, 4, 0, "1111", 4, 0,
	  "1111" },
	{ "private file, no access", NONE, MAP_PRIVATE, 4, -ENOMEM, "0000", 0,
	  0, NULL },
	{ "shared file, end after 2 pages", RW, MAP_SHARED, 2, -ENOMEM, "1100",
	  2, 0, "1100" },
	{ "private file, end after 2 pages", RW, MAP_PRIVATE, 2, -ENOMEM,
	  "1100", 2, 2, "1100" },
};

static int kind_fd(const struct kind *k)
{
	if (k->prot == PROT_EXEC && has_protection_keys())
		skip("execute-only memory is a protection key here");
	return k->file_pages ? make_memfd(k->file_pages) : -1;
}

static void check_kind(const struct kind *k, char *p)
{
	struct area a;

	PRESENT(p, k->present);
	OK(area_at(p, &a));
	EQ(a.rss, k->rss);
	EQ(a.anon, k->anon);
	if (k->mincore)
		MINCORE(p, k->mincore);
}

static void by_mlock(const void *row)
{
	const struct kind *k = row;
	char *p = map_at(AT(0), 4, k->prot, k->flags, kind_fd(k), 0);
	struct area a;

	RET(lock(p, PAGES(4)), k->mlock);
	LOCKS(p, "llll");
	check_kind(k, p);
	OK(area_at(p, &a));
	EQ(a.locked, k->rss);
}
TEST_TABLE("mlock", kinds, by_mlock);

static void by_mlock_over_onfault(const void *row)
{
	const struct kind *k = row;
	char *p = map_at(AT(0), 4, k->prot, k->flags, kind_fd(k), 0);

	RET(lock2(p, PAGES(4), MLOCK_ONFAULT), 0);
	PRESENT(p, "0000");
	RET(lock(p, PAGES(4)), k->mlock);
	LOCKS(p, "llll");
	check_kind(k, p);
}
TEST_TABLE("mlock over on fault", kinds, by_mlock_over_onfault);

static void by_mlockall(const void *row)
{
	const struct kind *k = row;
	char *p = map_at(AT(0), 4, k->prot, k->flags, kind_fd(k), 0);

	RET(lockall(LOCK_CURRENT), 0);
	LOCKS(p, "llll");
	check_kind(k, p);
}
TEST_TABLE("mlockall", kinds, by_mlockall);

static void by_map_locked(const void *row)
{
	const struct kind *k = row;
	char *p = map_at(AT(0), 4, k->prot, k->flags | MAP_LOCKED, kind_fd(k),
			 0);

	LOCKS(p, "llll");
	check_kind(k, p);
}
TEST_TABLE("MAP_LOCKED", kinds, by_map_locked);

static void by_future(const void *row)
{
	const struct kind *k = row;
	int fd = kind_fd(k);
	char *p;

	RET(lockall(LOCK_FUTURE), 0);
	p = map_at(AT(0), 4, k->prot, k->flags, fd, 0);
	LOCKS(p, "llll");
	check_kind(k, p);
}
TEST_TABLE("mmap under MCL_FUTURE", kinds, by_future);

static void by_map_populate(const void *row)
{
	const struct kind *k = row;
	char *p = map_at(AT(0), 4, k->prot, k->flags | MAP_POPULATE,
			 kind_fd(k), 0);

	LOCKS(p, "....");
	check_kind(k, p);
}
TEST_TABLE("MAP_POPULATE", kinds, by_map_populate);

/* On-fault areas are never populated, not even by MAP_POPULATE. */
static void by_onfault(const void *row)
{
	const struct kind *k = row;
	int fd = kind_fd(k);
	char *p = map_at(AT(0), 4, k->prot, k->flags, fd, 0);

	RET(lockall(LOCK_CURRENT | LOCK_FUTURE | LOCK_ONFAULT), 0);
	LOCKS(p, "oooo");
	PRESENT(p, "0000");
	p = map_at(AT(8), 4, k->prot, k->flags | MAP_LOCKED | MAP_POPULATE, fd,
		   0);
	LOCKS(p, "oooo");
	PRESENT(p, "0000");
}
TEST_TABLE("on fault", kinds, by_onfault);

/* ---- single facts ------------------------------------------------------ */

TEST("no access, but resident: ENOMEM, and the pages are mlocked all the same")
{
	char *p = map(3);
	struct area a;

	touch(p, 3);
	RET(protect(p, PAGES(3), PROT_NONE), 0);
	RET(lock(p, PAGES(3)), -ENOMEM);
	LOCKS(p, "lll");
	OK(area_at(p, &a));
	EQ(a.rss, 3);
	EQ(a.locked, 3);
}

TEST("mlockall goes on after an area that cannot be populated")
{
	char *p = map(3);

	protect(p + PAGE, PAGE, PROT_NONE);
	RET(lockall(LOCK_CURRENT), 0);
	LOCKS(p, "lll");
	PRESENT(p, "101");
}

TEST("mlock stops at the first area that cannot be populated")
{
	char *p = map(3);

	protect(p + PAGE, PAGE, PROT_NONE);
	RET(lock(p, PAGES(3)), -ENOMEM);
	PRESENT(p, "100");
}

TEST("mlock over a zero page replaces it where writing is allowed")
{
	char *p = map(2);
	struct area a;

	EQ(*(volatile char *)p, 0);
	OK(area_at(p, &a));
	EQ(a.rss, 0);
	RET(lock(p, PAGES(2)), 0);
	OK(area_at(p, &a));
	EQ(a.rss, 2);
}

TEST("populating a private file mapping does not change the file")
{
	int fd = make_memfd(2);
	char *p = map_at(AT(0), 2, RW, MAP_PRIVATE | MAP_LOCKED, fd, 0), c;

	EQ(p[PAGE], 'b');
	p[PAGE] = 'x';
	EQ(pread(fd, &c, 1, PAGE), 1);
	EQ(c, 'b');
}

TEST("a private copy is made at once: a later write to the file is not seen")
{
	int fd = make_memfd(2);
	char *p = map_at(AT(0), 2, RW, MAP_PRIVATE | MAP_LOCKED, fd, 0);

	EQ(pwrite(fd, "new", 3, 0), 3);
	EQ(p[0], 'a');
}

TEST("MAP_NONBLOCK alone switches MAP_POPULATE off")
{
	char *p = map_at(AT(0), 3, RW, ANON | MAP_POPULATE | MAP_NONBLOCK, -1,
			 0);

	PRESENT(p, "000");
}

TEST("MAP_NONBLOCK does not switch MAP_LOCKED's populating off")
{
	char *p = map_at(AT(0), 3, RW, ANON | MAP_LOCKED | MAP_NONBLOCK, -1,
			 0);

	PRESENT(p, "111");
}

TEST("MAP_POPULATE|MAP_NONBLOCK|MAP_LOCKED populates")
{
	char *p = map_at(AT(0), 3, RW, ANON | MAP_LOCKED | MAP_POPULATE |
			 MAP_NONBLOCK, -1, 0);

	PRESENT(p, "111");
}

TEST("a hole in a memfd is populated with zeros")
{
	int fd = make_memfd(0);
	char *p;

	EQ(ftruncate(fd, PAGES(3)), 0);
	p = map_at(AT(0), 3, RW, MAP_SHARED, fd, 0);
	RET(lock(p, PAGES(3)), 0);
	PRESENT(p, "111");
	EQ(p[PAGES(2)], 0);
}
