/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locks and mremap (semantics.md 2.2): flags travel with what moves, the
 * growth alone is populated, DONTUNMAP leaves a plain empty area behind.
 */
#include "test.h"

#define MAY MREMAP_MAYMOVE
#define FIX (MREMAP_MAYMOVE | MREMAP_FIXED)
#define DONT (FIX | MREMAP_DONTUNMAP)


/* Four pages at AT(0) in one state; pages [first, first + old) are remapped to
 * `new_` pages, at AT(16) if moved. */
struct move {
	const char *name;
	char state;
	size_t first, old, new_;
	int flags;
	const char *left;	/* locks at AT(0) afterwards, 8 pages */
	const char *moved;	/* locks at AT(16), NULL: not moved */
	const char *present;	/* of where it is now */
	long locked;
};

static const struct move moves[] = {
	{ "grow in place, plain", '.', 0, 4, 6, 0, "......--", NULL, "000000",
	  0 },
	{ "grow in place, locked", 'l', 0, 4, 6, 0, "llllll--", NULL,
	  "111111", 6 },
	{ "grow in place, on fault", 'o', 0, 4, 6, 0, "oooooo--", NULL,
	  "000000", 6 },
	{ "grow the tail, locked", 'l', 2, 2, 4, 0, "llllll--", NULL, "1111",
	  6 },
	{ "same size, locked", 'l', 0, 4, 4, 0, "llll----", NULL, "1111", 4 },
	{ "shrink, plain", '.', 0, 4, 1, 0, ".-------", NULL, "0", 0 },
	{ "shrink, locked", 'l', 0, 4, 1, 0, "l-------", NULL, "1", 1 },
	{ "shrink, on fault", 'o', 0, 4, 2, 0, "oo------", NULL, "00", 2 },
	{ "shrink the middle, locked", 'l', 1, 2, 1, 0, "ll-l----", NULL, "1",
	  3 },
	{ "move, plain", '.', 0, 4, 4, FIX, "--------", "....-", "0000", 0 },
	{ "move, locked", 'l', 0, 4, 4, FIX, "--------", "llll-", "1111", 4 },
	{ "move, on fault", 'o', 0, 4, 4, FIX, "--------", "oooo-", "0000",
	  4 },
	{ "move and grow, plain", '.', 0, 4, 6, FIX, "--------", "......-",
	  "000000", 0 },
	{ "move and grow, locked", 'l', 0, 4, 6, FIX, "--------", "llllll-",
	  "111111", 6 },
	{ "move and grow, on fault", 'o', 0, 4, 6, FIX, "--------", "oooooo-",
	  "000000", 6 },
	{ "move and shrink, locked", 'l', 0, 4, 2, FIX, "--------", "ll-",
	  "11", 2 },
	{ "move the middle, locked", 'l', 1, 2, 2, FIX, "l--l----", "ll-",
	  "11", 4 },
	{ "move the middle, on fault", 'o', 1, 2, 2, FIX, "o--o----", "oo-",
	  "00", 4 },
	{ "move the middle and grow, locked", 'l', 1, 2, 4, FIX, "l--l----",
	  "llll-", "1111", 6 },
	{ "move the tail, locked", 'l', 2, 2, 2, FIX, "ll------", "ll-", "11",
	  4 },
	{ "DONTUNMAP, plain", '.', 0, 4, 4, DONT, "....----", "....-", "0000",
	  0 },
	{ "DONTUNMAP, locked", 'l', 0, 4, 4, DONT, "....----", "llll-",
	  "1111", 4 },
	{ "DONTUNMAP, on fault", 'o', 0, 4, 4, DONT, "....----", "oooo-",
	  "0000", 4 },
	{ "DONTUNMAP the middle, locked", 'l', 1, 2, 2, DONT, "l..l----",
	  "ll-", "11", 4 },
	{ "DONTUNMAP the tail, locked", 'l', 2, 2, 2, DONT, "ll..----", "ll-",
	  "11", 4 },
};

static void put(char *p, size_t n, char state)
{
	if (state != '.')
		RET(lock2(p, PAGES(n), state == 'o'), 0);
}

static void move_row(const void *row)
{
	const struct move *m = row;
	char *p = map(4), *from = p + PAGES(m->first), *now;

	put(p, 4, m->state);
	now = m->moved ? AT(16) : from;
	RET(remap(from, PAGES(m->old), PAGES(m->new_), m->flags, AT(16)),
	    (long)now);
	LOCKS(p, m->left);
	if (m->moved)
		LOCKS(AT(16), m->moved);
	PRESENT(now, m->present);
	LOCKED(m->locked);
}
TEST_TABLE("anonymous", moves, move_row);

/* The same with contents. */
static void contents_row(const void *row)
{
	const struct move *m = row;
	char *p = map(4), *from = p + PAGES(m->first), *now;

	put(p, 4, m->state);
	touch(p, 4);
	now = m->moved ? AT(16) : from;
	RET(remap(from, PAGES(m->old), PAGES(m->new_), m->flags, AT(16)),
	    (long)now);
	for (size_t i = 0; i < m->new_; i++)
		EQ(now[PAGES(i)], i < m->old ? 'A' + (long)(m->first + i) : 0);
	if (m->flags & MREMAP_DONTUNMAP)
		for (size_t i = 0; i < m->old; i++)
			EQ(from[PAGES(i)], 0);
}
TEST_TABLE("contents", moves, contents_row);

/* A shared memory file of 8 pages instead. */
static void file_row(const void *row)
{
	const struct move *m = row;
	char *p = map_at(AT(0), 4, RW, MAP_SHARED, make_memfd(8), 0);
	char *from = p + PAGES(m->first), *now;

	put(p, 4, m->state);
	now = m->moved ? AT(16) : from;
	RET(remap(from, PAGES(m->old), PAGES(m->new_), m->flags, AT(16)),
	    (long)now);
	LOCKS(p, m->left);
	if (m->moved)
		LOCKS(AT(16), m->moved);
	LOCKED(m->locked);
	for (size_t i = 0; i < m->new_; i++)
		EQ(now[PAGES(i)], 'a' + (long)(m->first + i));
}
TEST_TABLE("shared file", moves, file_row);

/* ---- errors ------------------------------------------------------------ */

struct bad {
	const char *name;
	unsigned long addr, old, new_;
	int flags;
	unsigned long to;
	long result;
};

static const struct bad bads[] = {
	{ "unaligned", WINDOW + 1, 4096, 8192, MAY, 0, -EINVAL },
	{ "new length 0", WINDOW, 4096, 0, MAY, 0, -EINVAL },
	{ "unknown flag", WINDOW, 4096, 8192, 8, 0, -EINVAL },
	{ "FIXED without MAYMOVE", WINDOW, 4096, 4096, MREMAP_FIXED,
	  WINDOW + PAGES(16), -EINVAL },
	{ "DONTUNMAP without MAYMOVE", WINDOW, 4096, 4096, MREMAP_DONTUNMAP,
	  0, -EINVAL },
	{ "DONTUNMAP with another size", WINDOW, 4096, 8192,
	  MAY | MREMAP_DONTUNMAP, 0, -EINVAL },
	{ "FIXED to an unaligned address", WINDOW, 4096, 4096, FIX,
	  WINDOW + PAGES(16) + 1, -EINVAL },
	{ "FIXED onto itself", WINDOW, 8192, 8192, FIX, WINDOW + 4096,
	  -EINVAL },
	{ "FIXED past the user half", WINDOW, 4096, 4096, FIX,
	  0x00fffffffffff000ul, -EINVAL },
	{ "nothing mapped", WINDOW + PAGES(64), 4096, 8192, MAY, 0, -EFAULT },
	{ "past the area's end", WINDOW, PAGES(5), PAGES(8), MAY, 0,
	  -EFAULT },
	{ "too long", WINDOW, 4096, 1ul << 60, MAY, 0, -ENOMEM },
	{ "no room and no MAYMOVE", WINDOW, PAGES(2), PAGES(3), 0, 0,
	  -ENOMEM },
	{ "old length 0 of private memory", WINDOW, 0, 4096, MAY, 0,
	  -EINVAL },
	{ "old length 0 without MAYMOVE", WINDOW, 0, 4096, 0, 0, -EINVAL },
};

static void bad_row(const void *row)
{
	const struct bad *b = row;
	char *p = map(4);

	RET(lock(p, PAGES(4)), 0);
	RET(remap((void *)b->addr, b->old, b->new_, b->flags, (void *)b->to),
	    b->result);
	LOCKS(p, "llll-");
	LOCKED(4);
}
TEST_TABLE("refused", bads, bad_row);

/* ---- single facts ------------------------------------------------------ */

TEST("only the growth is populated")
{
	char *p = map(3);

	RET(lock(p, PAGES(3)), 0);
	RET(advise(p + PAGE, PAGE, ADV_DONTNEED_LOCKED), 0);
	RET(remap(p, PAGES(3), PAGES(5), 0, NULL), (long)p);
	PRESENT(p, "10111");
}

TEST("only the growth is populated, moved")
{
	char *p = map(3);

	RET(lock(p, PAGES(3)), 0);
	RET(advise(p + PAGE, PAGE, ADV_DONTNEED_LOCKED), 0);
	RET(remap(p, PAGES(3), PAGES(5), FIX, AT(16)), (long)AT(16));
	PRESENT(AT(16), "10111");
}

TEST("a locked area with a neighbour in its way moves when it may")
{
	char *p = map(2);
	long r;

	map_at(AT(2), 1, PROT_READ, ANON, -1, 0);
	touch(p, 2);
	RET(lock(p, PAGES(2)), 0);
	RET(remap(p, PAGES(2), PAGES(4), 0, NULL), -ENOMEM);
	r = remap(p, PAGES(2), PAGES(4), MAY, NULL);
	OK(!failed(r));
	LOCKS((void *)r, "llll");
	LOCKS(p, "--.");
	LOCKED(4);
	EQ(((char *)r)[PAGE], 'B');
}

TEST("FIXED over another locked area: its lock goes with it")
{
	char *p = map(2);

	map_at(AT(16), 4, RW, ANON | MAP_LOCKED, -1, 0);
	RET(lock(p, PAGES(2)), 0);
	LOCKED(6);
	RET(remap(p, PAGES(2), PAGES(2), FIX, AT(17)), (long)AT(17));
	LOCKS(AT(16), "llll-");
	LOCKED(4);
}

TEST("a locked area moved over a plain one")
{
	char *p = map(2);

	map_at(AT(16), 4, RW, ANON, -1, 0);
	RET(lock(p, PAGES(2)), 0);
	RET(remap(p, PAGES(2), PAGES(2), FIX, AT(17)), (long)AT(17));
	LOCKS(AT(16), ".ll.-");
	LOCKED(2);
}

TEST("a plain area grows plain under MCL_FUTURE, moved or not")
{
	char *p = map(2);

	RET(lockall(LOCK_FUTURE), 0);
	RET(remap(p, PAGES(2), PAGES(3), 0, NULL), (long)p);
	LOCKS(p, "...-");
	RET(remap(p, PAGES(3), PAGES(5), FIX, AT(16)), (long)AT(16));
	LOCKS(AT(16), ".....-");
	LOCKED(0);
}

TEST("old length 0 of a locked shared area: a second locked area, populated")
{
	char *p = map_at(AT(0), 3, RW, SHANON, -1, 0);

	RET(lock(p, PAGES(3)), 0);
	touch(p, 3);
	RET(remap(p, 0, PAGES(2), FIX, AT(16)), (long)AT(16));
	LOCKS(p, "lll-");
	LOCKS(AT(16), "ll-");
	PRESENT(AT(16), "11");
	LOCKED(5);
	AT(16)[PAGE] = 'z';
	EQ(p[PAGE], 'z');
}

TEST("old length 0 of a plain shared area: plain")
{
	char *p = map_at(AT(0), 3, RW, SHANON, -1, 0);

	RET(remap(p, 0, PAGES(2), FIX, AT(16)), (long)AT(16));
	LOCKS(AT(16), "..-");
	LOCKED(0);
}

TEST("old length 0 of an on-fault shared area: on fault, not populated")
{
	char *p = map_at(AT(0), 3, RW, SHANON, -1, 0);

	RET(lock2(p, PAGES(3), MLOCK_ONFAULT), 0);
	RET(remap(p, 0, PAGES(2), FIX, AT(16)), (long)AT(16));
	LOCKS(AT(16), "oo-");
	PRESENT(AT(16), "00");
	LOCKED(5);
}

TEST("pages of a moved area stay mlocked")
{
	char *p = map(2);
	struct area a;

	RET(lock(p, PAGES(2)), 0);
	RET(remap(p, PAGES(2), PAGES(2), FIX, AT(16)), (long)AT(16));
	OK(area_at(AT(16), &a));
	EQ(a.locked, 2);
	EQ(a.rss, 2);
}

TEST("the range left by DONTUNMAP faults in plain zero pages")
{
	char *p = map(2);

	touch(p, 2);
	RET(lock(p, PAGES(2)), 0);
	RET(remap(p, PAGES(2), PAGES(2), DONT, AT(16)), (long)AT(16));
	PRESENT(p, "00");
	p[0] = 'n';
	PRESENT(p, "10");
	EQ(AT(16)[0], 'A');
	LOCKS(p, "..");
	RET(lock(p, PAGES(2)), 0);
	LOCKED(4);
}

TEST("a locked area of no access moves")
{
	char *p = map_at(AT(0), 2, PROT_NONE, ANON | MAP_LOCKED, -1, 0);

	RET(remap(p, PAGES(2), PAGES(3), FIX, AT(16)), (long)AT(16));
	LOCKS(AT(16), "lll-");
	PRESENT(AT(16), "000");
	LOCKED(3);
}
