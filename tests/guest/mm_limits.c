/* run: --mem 64M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Areas far larger than memory, and what mmap, mremap and mprotect refuse:
 * reservations of no access cost nothing, what could never be backed is
 * ENOMEM (overcommit_memory 0), and the limits on the address space.
 */
#include "test.h"

#define GIB (1ul << 30)
#define TIB (1ul << 40)
#define NORES (ANON | MAP_NORESERVE)
#define FIX (MREMAP_MAYMOVE | MREMAP_FIXED)
#define UNKNOWN_FLAG 0x200000
#define LAST_PAGE 0x7fffffffffffe000ul	/* of the largest file */
#ifndef MAP_SHARED_VALIDATE
#define MAP_SHARED_VALIDATE 3
#endif

static char *reserve(size_t bytes, int prot, int flags)
{
	return map_at(AT(0), bytes / PAGE, prot, flags, -1, 0);
}

/* ---- reservations ------------------------------------------------------ */

TEST("mremap of a 64 GiB reservation moves it at once")
{
	char *p = reserve(64 * GIB, PROT_NONE, ANON), *to = p + TIB;

	RET(remap(p, 64 * GIB, 64 * GIB, FIX, to), (long)to);
	LOCKS(p, "--");
	LOCKS(to, "..");
	RET(protect(to + 63 * GIB, PAGE, RW), 0);
	touch(to + 63 * GIB, 1);
}

TEST("mremap of a sparse area takes the few pages in it along")
{
	char *p = reserve(64 * GIB, RW, NORES), *to = p + TIB;

	for (size_t i = 0; i < 4; i++)
		p[i * 16 * GIB] = 'a' + i;
	RET(remap(p, 64 * GIB, 64 * GIB, FIX, to), (long)to);
	for (size_t i = 0; i < 4; i++)
		EQ(to[i * 16 * GIB], 'a' + i);
	EQ(to[8 * GIB], 0);
}

static void see_far_page(void *arg)
{
	EQ(*(char *)arg, 'f');
}

TEST("fork with a 100 TiB reservation")
{
	char *p = map_at((char *)TIB, 100 * TIB / PAGE, PROT_NONE, NORES, -1,
			 0);

	in_child(see_far_page, "f");
	RET(protect(p + 99 * TIB, PAGE, RW), 0);
	p[99 * TIB] = 'f';
	in_child(see_far_page, p + 99 * TIB);
	RET(advise(p, 100 * TIB, MADV_DONTNEED), 0);
	RET(unmap(p, 100 * TIB), 0);
}

/* ---- overcommit -------------------------------------------------------- */

struct commit {
	const char *name;
	int prot, flags, then;		/* then: of mprotect */
	long mmap, mprotect;
};

static const struct commit commits[] = {
	{ "rw", RW, ANON, 0, -ENOMEM, 0 },
	{ "rw, NORESERVE", RW, NORES, RW, 0, 0 },
	{ "no access, then rw", PROT_NONE, ANON, RW, 0, -ENOMEM },
	{ "no access, then r", PROT_NONE, ANON, PROT_READ, 0, 0 },
	{ "r, then rw", PROT_READ, ANON, RW, 0, -ENOMEM },
	{ "NORESERVE, no access, then rw", PROT_NONE, NORES, RW, 0, 0 },
	{ "shared, rw", RW, SHANON, 0, -ENOMEM, 0 },
	{ "shared, NORESERVE, no access, then rw", PROT_NONE,
	  SHANON | MAP_NORESERVE, RW, 0, 0 },
};

static void commit_row(const void *row)
{
	const struct commit *c = row;
	long r = raw_mmap(AT(0), TIB, c->prot, c->flags | MAP_FIXED, -1, 0);

	RET(r, c->mmap ? c->mmap : (long)AT(0));
	if (c->mmap)
		return;
	RET(protect(AT(0), TIB, c->then), c->mprotect);
	if (c->mprotect) {
		EQ(probe_write(AT(0), NULL, NULL), SIGSEGV);
		RET(protect(AT(7), PAGES(2), RW), 0);
		touch(AT(7), 2);
	}
}
TEST_TABLE("1 TiB of memory", commits, commit_row);

TEST("mremap to 1 TiB: ENOMEM, the page stays")
{
	char *p = map(1);

	touch(p, 1);
	RET(remap(p, PAGE, TIB, 0, NULL), -ENOMEM);
	RET(remap(p, PAGE, TIB, MREMAP_MAYMOVE, NULL), -ENOMEM);
	RET(remap(p, PAGE, TIB, FIX, AT(0) + 2 * TIB), -ENOMEM);
	LOCKS(p, ".-");
	EQ(*p, 'A');
}

/* ---- limits ------------------------------------------------------------ */

TEST("mprotect beyond RLIMIT_DATA: ENOMEM, the area stays as it was")
{
	char *p = map_at(AT(0), 4096, PROT_READ, ANON, -1, 0);

	set_limit(RLIMIT_DATA, PAGES(256), PAGES(256));
	RET(protect(p, PAGES(4096), RW), -ENOMEM);
	EQ(probe_write(p, NULL, NULL), SIGSEGV);
}

/* Not the growth of data is at fault then: the limits are past anyway. */
TEST("... but with RLIMIT_AS exceeded too: it is allowed")
{
	char *p = map_at(AT(0), 4096, PROT_READ, ANON, -1, 0);

	set_limit(RLIMIT_DATA, PAGES(256), PAGES(256));
	set_limit(RLIMIT_AS, PAGES(256), PAGES(256));
	RET(protect(p, PAGES(4096), RW), 0);
	touch(p, 1);
	RET(raw_mmap(NULL, PAGE, RW, ANON, -1, 0), -ENOMEM);
}

/* ---- arguments of mmap ------------------------------------------------- */

struct arg {
	const char *name;
	int flags;
	bool file;
	unsigned long len, off;
	long result;			/* 0: mapped */
};

static const struct arg args[] = {
	{ "SHARED_VALIDATE", MAP_SHARED_VALIDATE, true, PAGE, 0, 0 },
	{ "SHARED_VALIDATE, unknown flag", MAP_SHARED_VALIDATE | UNKNOWN_FLAG,
	  true, PAGE, 0, -EOPNOTSUPP },
	{ "SHARED, unknown flag", MAP_SHARED | UNKNOWN_FLAG, true, PAGE, 0,
	  0 },
	{ "SHARED_VALIDATE without a file", MAP_SHARED_VALIDATE |
	  MAP_ANONYMOUS, false, PAGE, 0, -EINVAL },
	{ "the last page of a file's range", MAP_SHARED, true, PAGE,
	  LAST_PAGE, 0 },
	{ "beyond a file's range", MAP_SHARED, true, PAGE,
	  0x8000000000000000ul, -EOVERFLOW },
	{ "private, beyond a file's range", MAP_PRIVATE, true, PAGE,
	  0xffffffffffffe000ul, -EOVERFLOW },
	{ "across the end of a file's range", MAP_SHARED, true, PAGES(2),
	  LAST_PAGE, -EOVERFLOW },
	{ "HUGETLB", ANON | MAP_HUGETLB, false, 2ul << 20, 0, -ENOMEM },
	{ "HUGETLB, shared", SHANON | MAP_HUGETLB, false, 2ul << 20, 0,
	  -ENOMEM },
	{ "HUGETLB of a file", MAP_SHARED | MAP_HUGETLB, true, 2ul << 20, 0,
	  -EINVAL },
};

static void arg_row(const void *row)
{
	const struct arg *a = row;
	long r = raw_mmap(NULL, a->len, RW, a->flags,
			  a->file ? make_memfd(1) : -1, a->off);

	if (a->result)
		RET(r, a->result);
	else if (failed(r))
		fail("mmap: %s", ret_name(r));
}
TEST_TABLE("mmap", args, arg_row);

TEST("mremap grows into the gap below an area that grows downwards")
{
	char *p = map(2);

	map_at(AT(8), 2, RW, ANON | MAP_GROWSDOWN, -1, 0);
	RET(remap(p, PAGES(2), PAGES(5), 0, NULL), (long)p);
	RET(remap(p, PAGES(5), PAGES(8), 0, NULL), (long)p);
	RET(remap(p, PAGES(8), PAGES(9), 0, NULL), -ENOMEM);
	LOCKS(p, "..........-");
}
