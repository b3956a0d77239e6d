/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * msync and mincore beside locks (semantics.md 2.3): MS_INVALIDATE is refused
 * at the first locked area; mincore knows nothing of locks.
 */
#include "test.h"

struct sync_row {
	const char *name;
	int flags;
	const char *states;	/* of three pages */
	long result;
};

static const struct sync_row syncs[] = {
	{ "SYNC, plain", MS_SYNC, "...", 0 },
	{ "SYNC, locked", MS_SYNC, "lll", 0 },
	{ "ASYNC, locked", MS_ASYNC, "lll", 0 },
	{ "0, locked", 0, "lll", 0 },
	{ "INVALIDATE, plain", MS_INVALIDATE, "...", 0 },
	{ "INVALIDATE, locked", MS_INVALIDATE, "lll", -EBUSY },
	{ "INVALIDATE, on fault", MS_INVALIDATE, "ooo", -EBUSY },
	{ "INVALIDATE, locked in the middle", MS_INVALIDATE, ".l.", -EBUSY },
	{ "INVALIDATE, locked at the end", MS_INVALIDATE, "..l", -EBUSY },
	{ "INVALIDATE, on fault at the end", MS_INVALIDATE, "..o", -EBUSY },
	{ "SYNC|INVALIDATE, plain", MS_SYNC | MS_INVALIDATE, "...", 0 },
	{ "SYNC|INVALIDATE, locked", MS_SYNC | MS_INVALIDATE, "lll", -EBUSY },
	{ "ASYNC|INVALIDATE, locked", MS_ASYNC | MS_INVALIDATE, "l..",
	  -EBUSY },
	{ "SYNC|ASYNC", MS_SYNC | MS_ASYNC, "...", -EINVAL },
	{ "SYNC|ASYNC, locked", MS_SYNC | MS_ASYNC, "lll", -EINVAL },
	{ "unknown flag", 8, "...", -EINVAL },
	{ "unknown flag and INVALIDATE, locked", 8 | MS_INVALIDATE, "lll",
	  -EINVAL },
};

static void put(char *p, const char *states)
{
	for (size_t i = 0; states[i]; i++)
		if (states[i] != '.')
			RET(lock2(p + PAGES(i), PAGE, states[i] == 'o'), 0);
}

static void anon_row(const void *row)
{
	const struct sync_row *s = row;
	char *p = map(3);

	put(p, s->states);
	RET(sys(msync, p, PAGES(3), s->flags), s->result);
	LOCKS(p, s->states);
}
TEST_TABLE("msync, anonymous", syncs, anon_row);

static void file_row(const void *row)
{
	const struct sync_row *s = row;
	char *p = map_at(AT(0), 3, RW, MAP_SHARED, make_memfd(3), 0);

	put(p, s->states);
	p[PAGE] = 'q';
	RET(sys(msync, p, PAGES(3), s->flags), s->result);
	LOCKS(p, s->states);
	EQ(p[PAGE], 'q');
}
TEST_TABLE("msync, shared file", syncs, file_row);

struct args {
	const char *name;
	unsigned long addr, len;
	long msync, mincore;
};

static const struct args args[] = {
	{ "length 0", WINDOW, 0, 0, 0 },
	{ "unaligned", WINDOW + 1, 4096, -EINVAL, -EINVAL },
	{ "unmapped", WINDOW + PAGES(8), 4096, -ENOMEM, -ENOMEM },
	{ "part past the area", WINDOW, PAGES(4), -ENOMEM, -ENOMEM },
	{ "one byte", WINDOW, 1, 0, 0 },
	{ "wrapping", WINDOW, -4096ul, -ENOMEM, -ENOMEM },
	{ "kernel half", 0xffff888000000000ul, 4096, -ENOMEM, -ENOMEM },
	{ "last page of all", -4096ul, 4096, -ENOMEM, -ENOMEM },
};

static void msync_args(const void *row)
{
	const struct args *a = row;

	map(3);
	RET(sys(msync, a->addr, a->len, MS_SYNC),
	    a->msync);
}
TEST_TABLE("msync's range", args, msync_args);

static void mincore_args(const void *row)
{
	const struct args *a = row;
	unsigned char vec[8] = { 0 };

	map(3);
	RET(sys(mincore, a->addr, a->len, vec), a->mincore);
}
TEST_TABLE("mincore's range", args, mincore_args);

TEST("msync over a gap: ENOMEM, but INVALIDATE meets the lock first")
{
	char *p = map(4);

	RET(unmap(p + PAGE, PAGE), 0);
	RET(sys(msync, p, PAGES(4), MS_INVALIDATE), -ENOMEM);
	RET(lock(p + PAGES(2), PAGE), 0);
	RET(sys(msync, p, PAGES(4), MS_INVALIDATE), -EBUSY);
}

TEST("mincore: a bad vector is EFAULT")
{
	char *p = map(3);

	RET(sys(mincore, p, PAGES(3), NULL), -EFAULT);
	RET(sys(mincore, p, PAGES(3), p + PAGES(3)), -EFAULT);
	RET(sys(mincore, p, PAGES(3), 0xffff888000000000ul), -EFAULT);
}

/* ---- mincore ----------------------------------------------------------- */

TEST("mincore of anonymous pages: the touched ones")
{
	char *p = map(4);

	p[PAGE] = 1;
	p[PAGES(3)] = 1;
	MINCORE(p, "0101");
}

TEST("mincore of untouched on-fault pages is 0")
{
	char *p = map(4);

	RET(lock2(p, PAGES(4), MLOCK_ONFAULT), 0);
	MINCORE(p, "0000");
	p[PAGES(2)] = 1;
	MINCORE(p, "0010");
}

TEST("mincore of locked pages is 1, and after DONTNEED_LOCKED 0")
{
	char *p = map(3);

	RET(lock(p, PAGES(3)), 0);
	MINCORE(p, "111");
	RET(advise(p + PAGE, PAGE, ADV_DONTNEED_LOCKED), 0);
	MINCORE(p, "101");
}

TEST("mincore of the zero page is 1")
{
	char *p = map(2);

	EQ(*(volatile char *)p, 0);
	MINCORE(p, "10");
}

TEST("mincore of a file is the page cache's residency")
{
	int fd = make_memfd(2);
	char *p;

	EQ(ftruncate(fd, PAGES(4)), 0);
	p = map_at(AT(0), 4, RW, MAP_SHARED, fd, 0);
	MINCORE(p, "1100");
	PRESENT(p, "0000");
	RET(lock2(p, PAGES(4), MLOCK_ONFAULT), 0);
	MINCORE(p, "1100");
	p[PAGES(3)] = 1;
	MINCORE(p, "1101");
}

#define OTHERS "/tmp/mincore.others"

/* Four pages, of which the second is there. */
static void make_sparse(const char *path, mode_t mode)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || ftruncate(fd, PAGES(4)) || pwrite(fd, "x", 1, PAGE) != 1)
		die("%s: errno %d", path, errno);
	if (fchmod(fd, mode))
		die("chmod: errno %d", errno);
	close(fd);
}

struct foreign {
	const char *name;
	mode_t mode;
	bool user;		/* or root, who owns the file */
	int flags;
	const char *seen, *copied;	/* copied: page 0 of a private map */
};

/* What is cached of a file is shown to its owner and to who may write it. */
static const struct foreign foreigns[] = {
	{ "the owner", 0644, false, MAP_SHARED, "0100", NULL },
	{ "the owner, who may not write", 0444, false, MAP_SHARED, "0100",
	  NULL },
	{ "another, who may write", 0666, true, MAP_SHARED, "0100", NULL },
	{ "another, who may not write", 0644, true, MAP_SHARED, "1111", NULL },
	{ "another, private", 0644, true, MAP_PRIVATE, "1111", "1111" },
	{ "another who may write, private", 0666, true, MAP_PRIVATE, "0100",
	  "1100" },
};

static void foreign_row(const void *row)
{
	const struct foreign *f = row;
	char *p;
	int fd;

	make_sparse(OTHERS, f->mode);
	if (f->user)
		become_user();
	fd = open(OTHERS, O_RDONLY);
	p = map_at(AT(0), 4, PROT_READ, f->flags, fd, 0);
	MINCORE(p, f->seen);
	if (!f->copied)
		return;
	RET(protect(p, PAGES(4), RW), 0);
	p[0] = 1;
	MINCORE(p, f->copied);
}
TEST_TABLE("mincore of a sparse file by", foreigns, foreign_row);

TEST("mincore of a private file map: page cache, then the copy")
{
	char *p = map_at(AT(0), 2, RW, MAP_PRIVATE, make_memfd(2), 0);

	MINCORE(p, "11");
	p[0] = 1;
	MINCORE(p, "11");
}

TEST("mincore of an absent page of no access is 0, of a resident one 1")
{
	char *p = map(2);

	p[0] = 1;
	RET(protect(p, PAGES(2), PROT_NONE), 0);
	MINCORE(p, "10");
}

TEST("mincore does not change presence")
{
	char *p = map(3);

	MINCORE(p, "000");
	PRESENT(p, "000");
}

TEST("mincore across areas")
{
	char *p = map(4);

	map_at(p + PAGE, 2, RW, SHANON, -1, 0);
	p[PAGES(2)] = 1;
	p[PAGES(3)] = 1;
	MINCORE(p, "0011");
}
