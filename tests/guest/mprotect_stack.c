/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mprotect and growing areas under locks (semantics.md 2.3): protection never
 * changes a lock; gaining write permission populates a locked private area; a
 * growing stack counts all of its growth and faults in one page.
 */
#include "test.h"

struct change {
	const char *name;
	int from, to;
	int flags;
	bool file;
	char state;		/* before and after */
	bool dropped;		/* pages dropped before mprotect */
	const char *present;	/* afterwards */
	unsigned long anon;	/* pages, afterwards */
};

#define RO PROT_READ
#define NO PROT_NONE
#define RX (PROT_READ | PROT_EXEC)
static const struct change changes[] = {
	{ "plain r to rw", RO, RW, ANON, false, '.', false, "000", 0 },
	{ "plain rw to r", RW, RO, ANON, false, '.', false, "000", 0 },
	{ "locked r to rw: copied", RO, RW, ANON, false, 'l', false, "111",
	  3 },
	{ "locked rw to r", RW, RO, ANON, false, 'l', false, "111", 3 },
	{ "locked rw to none: stays", RW, NO, ANON, false, 'l', false, "111",
	  3 },
	{ "locked none to r: not populated", NO, RO, ANON, false, 'l', false,
	  "000", 0 },
	{ "locked none to rw: populated", NO, RW, ANON, false, 'l', false,
	  "111", 3 },
	{ "locked none to rx: not populated", NO, RX, ANON, false, 'l', false,
	  "000", 0 },
	{ "on fault r to rw", RO, RW, ANON, false, 'o', false, "000", 0 },
	{ "on fault none to rw", NO, RW, ANON, false, 'o', false, "000", 0 },
	{ "locked file r to rw: copied", RO, RW, MAP_PRIVATE, true, 'l',
	  false, "111", 3 },
	{ "locked file rx to rw: copied", RX, RW, MAP_PRIVATE, true, 'l',
	  false, "111", 3 },
	{ "locked file r to rx", RO, RX, MAP_PRIVATE, true, 'l', false, "111",
	  0 },
	{ "locked file none to r: not populated", NO, RO, MAP_PRIVATE, true,
	  'l', false, "000", 0 },
	{ "locked file none to rw: copied", NO, RW, MAP_PRIVATE, true, 'l',
	  false, "111", 3 },
	{ "on fault file r to rw", RO, RW, MAP_PRIVATE, true, 'o', false,
	  "000", 0 },
	{ "locked shared file r to rw", RO, RW, MAP_SHARED, true, 'l', false,
	  "111", 0 },
	{ "locked shared file none to rw: not populated", NO, RW, MAP_SHARED,
	  true, 'l', false, "000", 0 },
	{ "locked shared none to rw: not populated", NO, RW, SHANON, false,
	  'l', false, "000", 0 },
	{ "locked rw to rw, dropped: not populated", RW, RW, ANON, false, 'l',
	  true, "000", 0 },
	{ "locked rw to r, dropped: not populated", RW, RO, ANON, false, 'l',
	  true, "000", 0 },
};

static void change_row(const void *row)
{
	const struct change *c = row;
	char want[4] = { c->state, c->state, c->state, 0 };
	char *p = map_at(AT(0), 3, c->from, c->flags,
			 c->file ? make_memfd(3) : -1, 0);
	struct area a;
	long r;

	if (c->state != '.') {
		r = lock2(p, PAGES(3), c->state == 'o');
		OK(r == 0 || (r == -ENOMEM && c->from == NO));
	}
	if (c->dropped)
		RET(advise(p, PAGES(3), ADV_DONTNEED_LOCKED), 0);
	RET(protect(p, PAGES(3), c->to), 0);
	LOCKS(p, want);
	PRESENT(p, c->present);
	OK(area_at(p, &a));
	EQ(a.anon, c->anon);
	LOCKED(c->state == '.' ? 0 : 3);
}
TEST_TABLE("mprotect", changes, change_row);

struct bad {
	const char *name;
	unsigned long addr, len;
	int prot;
	long result;
};

static const struct bad bads[] = {
	{ "unaligned", WINDOW + 1, 4096, RO, -EINVAL },
	{ "length 0", WINDOW, 0, RO, 0 },
	{ "unmapped", WINDOW + PAGES(8), 4096, RO, -ENOMEM },
	{ "range that wraps", WINDOW, -4096ul, RO, -ENOMEM },
	{ "length that rounds up to 0", WINDOW, -1ul, RO, -ENOMEM },
	{ "unknown protection", WINDOW, 4096, 0x100, -EINVAL },
	{ "both growth flags", WINDOW, 4096, 0x03000000, -EINVAL },
	{ "GROWSDOWN on another area", WINDOW, 4096, 0x01000000, -EINVAL },
};

static void bad_row(const void *row)
{
	const struct bad *b = row;
	char *p = map(2);

	RET(lock(p, PAGES(2)), 0);
	RET(protect((void *)b->addr, b->len, b->prot), b->result);
	LOCKS(p, "ll-");
	EQ(probe_write(p, NULL, NULL), 0);
}
TEST_TABLE("mprotect's errors", bads, bad_row);

TEST("mprotect over a gap: ENOMEM, changed before it")
{
	char *p = map(4);

	RET(lock(p, PAGES(4)), 0);
	RET(unmap(p + PAGES(2), PAGE), 0);
	RET(protect(p, PAGES(4), PROT_READ), -ENOMEM);
	EQ(probe_write(p + PAGE, NULL, NULL), SIGSEGV);
	EQ(probe_write(p + PAGES(3), NULL, NULL), 0);
	LOCKS(p, "ll-l");
}

TEST("mprotect of the middle splits and keeps the locks")
{
	char *p = map(5);
	struct area a;

	RET(lock(p, PAGES(5)), 0);
	RET(protect(p + PAGES(2), PAGE, PROT_READ), 0);
	LOCKS(p, "lllll");
	OK(area_at(p + PAGES(2), &a));
	EQ(a.end - a.start, PAGE);
	STR(a.perms, "r--p");
	LOCKED(5);
}

TEST("mprotect to no access: SIGSEGV, contents come back with access")
{
	char *p = map(2);
	void *addr;
	int code;

	touch(p, 2);
	RET(lock(p, PAGES(2)), 0);
	RET(protect(p, PAGES(2), PROT_NONE), 0);
	EQ(probe_read(p + PAGE + 7, &addr, &code), SIGSEGV);
	EQ(addr, p + PAGE + 7);
	EQ(code, SEGV_ACCERR);
	RET(protect(p, PAGES(2), RW), 0);
	EQ(p[PAGE], 'B');
}

TEST("write permission on a read-only shared file: EACCES")
{
	char *p;

	close(make_file("/tmp/mprotect.ro", 1));
	p = map_at(AT(0), 1, PROT_READ, MAP_SHARED | MAP_LOCKED,
		   open("/tmp/mprotect.ro", O_RDONLY), 0);
	RET(protect(p, PAGE, RW), -EACCES);
	LOCKS(p, "l");
	EQ(p[0], 'a');
}

TEST("write permission on a private map of a read-only file: a copy")
{
	char *p, c;
	int fd;

	close(make_file("/tmp/mprotect.ro", 1));
	fd = open("/tmp/mprotect.ro", O_RDONLY);
	p = map_at(AT(0), 1, PROT_READ, MAP_PRIVATE | MAP_LOCKED, fd, 0);
	RET(protect(p, PAGE, RW), 0);
	p[0] = 'X';
	EQ(pread(fd, &c, 1, 0), 1);
	EQ(c, 'a');
}

/* ---- areas that grow downwards ----------------------------------------- */

struct grow {
	const char *name;
	char state;
	int future;
	int below;		/* pages below the area that is touched */
	const char *locks;	/* of the eight pages below, then two own */
	const char *present;
	long locked;
};

static const struct grow grows[] = {
	{ "plain, next page", '.', 0, 1, "-------...", "0000000111", 0 },
	{ "plain, four below", '.', 0, 4, "----......", "0000100011", 0 },
	{ "locked, next page", 'l', 0, 1, "-------lll", "0000000111", 3 },
	{ "locked, four below", 'l', 0, 4, "----llllll", "0000100011", 6 },
	{ "locked, eight below", 'l', 0, 8, "llllllllll", "1000000011", 10 },
	{ "on fault, four below", 'o', 0, 4, "----oooooo", "0000100011", 6 },
	{ "plain under MCL_FUTURE", '.', 2, 4, "----......", "0000100011",
	  0 },
	{ "locked under MCL_FUTURE on fault", 'l', 6, 4, "----llllll",
	  "0000100011", 6 },
};

static void grow_row(const void *row)
{
	const struct grow *g = row;
	char *p = map_at(AT(1024), 2, RW, ANON | MAP_GROWSDOWN, -1, 0);

	touch(p, 2);
	if (g->state != '.')
		RET(lock2(p, PAGES(2), g->state == 'o'), 0);
	if (g->future)
		RET(lockall(g->future), 0);
	EQ(probe_write(p - PAGES(g->below), NULL, NULL), 0);
	LOCKS(p - PAGES(8), g->locks);
	PRESENT(p - PAGES(8), g->present);
	LOCKED(g->locked);
}
TEST_TABLE("MAP_GROWSDOWN", grows, grow_row);

TEST("read(2) into the page below grows a locked area")
{
	char *p = map_at(AT(1024), 1, RW, ANON | MAP_GROWSDOWN, -1, 0);
	int fds[2];

	RET(lock(p, PAGE), 0);
	EQ(pipe(fds), 0);
	EQ(write(fds[1], "xyz", 3), 3);
	RET(sys(read, fds[0], p - PAGE, 3), 3);
	LOCKS(p - PAGES(2), "-ll");
	EQ(p[-(long)PAGE], 'x');
}

TEST("the gap above another area: SIGSEGV")
{
	char *p = map_at(AT(1024), 1, RW, ANON | MAP_GROWSDOWN, -1, 0);
	void *addr;

	map_at(AT(1024 - 100), 1, RW, ANON, -1, 0);
	RET(lock(p, PAGE), 0);
	EQ(probe_write(p - PAGES(50), &addr, NULL), SIGSEGV);
	EQ(addr, p - PAGES(50));
	LOCKED(1);
}

TEST("growth stays 256 pages away from another area")
{
	char *p = map_at(AT(1024), 1, RW, ANON | MAP_GROWSDOWN, -1, 0);

	map_at(AT(1024 - 300), 1, RW, ANON, -1, 0);
	EQ(probe_write(p - PAGES(43), NULL, NULL), 0);
	EQ(probe_write(p - PAGES(44), NULL, NULL), SIGSEGV);
}

TEST("RLIMIT_STACK bounds the growth")
{
	char *p = map_at(AT(4096), 1, RW, ANON | MAP_GROWSDOWN, -1, 0);

	set_limit(RLIMIT_STACK, PAGES(8), RLIM_INFINITY);
	EQ(probe_write(p - PAGES(7), NULL, NULL), 0);
	EQ(probe_write(p - PAGES(8), NULL, NULL), SIGSEGV);
}

static void use_stack(char *from, size_t pages)
{
	volatile char *p = (volatile char *)from - PAGES(pages);

	*p = 1;
}

TEST("the stack: a touch far below brings in one page of a locked stack")
{
	struct area before, after;
	char here = 0;

	OK(area_at(&here, &before));
	RET(lock((void *)before.start, before.end - before.start), 0);
	use_stack((char *)before.start, 16);
	OK(area_at(&here, &after));
	EQ(before.start - after.start, PAGES(16));
	PRESENT((void *)after.start, "1000000000000000");
	LOCKS((void *)after.start, "llllllllllllllll");
	LOCKED((after.end - after.start) / PAGE);
}

TEST("mlockall(FUTURE) does not lock later growth of a plain stack")
{
	struct area before;
	char here = 0;

	RET(lockall(LOCK_FUTURE), 0);
	OK(area_at(&here, &before));
	use_stack((char *)before.start, 2);
	LOCKS((void *)(before.start - PAGES(2)), "..");
}

TEST("mlockall(CURRENT) locks later growth of the stack")
{
	struct area before;
	char here = 0;

	RET(lockall(LOCK_CURRENT), 0);
	OK(area_at(&here, &before));
	use_stack((char *)before.start, 3);
	LOCKS((void *)(before.start - PAGES(3)), "lll");
	PRESENT((void *)(before.start - PAGES(3)), "100");
}

static void recurse(void *left)
{
	volatile char page[8192];

	page[0] = 1;
	if (*(long *)left) {
		--*(long *)left;
		recurse(left);
	}
	page[1] = page[0];
}

TEST("endless recursion ends with SIGSEGV")
{
	static long forever = 1l << 40;

	set_limit(RLIMIT_STACK, 1 << 20, RLIM_INFINITY);
	expect_death(recurse, &forever, SIGSEGV);
}

TEST("the stack grows to its limit and keeps its contents")
{
	volatile char here = 7;
	struct area a;
	char *p;

	OK(area_at((char *)&here, &a));
	for (p = (char *)a.start; p > (char *)a.end - (1 << 20); p -= PAGE)
		p[-1] = 5;
	EQ(here, 7);
	OK(area_at((char *)&here, &a));
	EQ(*(volatile char *)(a.start + PAGE - 1), 5);
}
