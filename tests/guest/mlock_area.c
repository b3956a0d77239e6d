/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the lock calls do to one area (semantics.md 1.3): each lock state by
 * each call, on whole areas and on their middle, and on each kind of area.
 */
#include "test.h"

enum op { MLOCK, MLOCK2, ONFAULT, MUNLOCK };

static long apply(enum op op, char *p, size_t n)
{
	switch (op) {
	case MLOCK:
		return lock(p, PAGES(n));
	case MLOCK2:
		return lock2(p, PAGES(n), 0);
	case ONFAULT:
		return lock2(p, PAGES(n), MLOCK_ONFAULT);
	default:
		return unlock(p, PAGES(n));
	}
}

/* Five pages in state `from` ('.', 'l' or 'o'; present if touched); the call;
 * the state afterwards. */
struct change {
	const char *name;
	char from;
	bool touched;
	enum op op;
	char to;
	const char *present;
	long locked;
};

static const struct change whole[] = {
	{ "absent plain, mlock", '.', false, MLOCK, 'l', "11111", 5 },
	{ "absent plain, mlock2", '.', false, MLOCK2, 'l', "11111", 5 },
	{ "absent plain, on fault", '.', false, ONFAULT, 'o', "00000", 5 },
	{ "absent plain, munlock", '.', false, MUNLOCK, '.', "00000", 0 },
	{ "present plain, mlock", '.', true, MLOCK, 'l', "11111", 5 },
	{ "present plain, mlock2", '.', true, MLOCK2, 'l', "11111", 5 },
	{ "present plain, on fault", '.', true, ONFAULT, 'o', "11111", 5 },
	{ "present plain, munlock", '.', true, MUNLOCK, '.', "11111", 0 },
	{ "locked, mlock", 'l', true, MLOCK, 'l', "11111", 5 },
	{ "locked, mlock2", 'l', true, MLOCK2, 'l', "11111", 5 },
	{ "locked, on fault", 'l', true, ONFAULT, 'o', "11111", 5 },
	{ "locked, munlock", 'l', true, MUNLOCK, '.', "11111", 0 },
	{ "absent on fault, mlock", 'o', false, MLOCK, 'l', "11111", 5 },
	{ "absent on fault, mlock2", 'o', false, MLOCK2, 'l', "11111", 5 },
	{ "absent on fault, on fault", 'o', false, ONFAULT, 'o', "00000", 5 },
	{ "absent on fault, munlock", 'o', false, MUNLOCK, '.', "00000", 0 },
	{ "present on fault, mlock", 'o', true, MLOCK, 'l', "11111", 5 },
	{ "present on fault, munlock", 'o', true, MUNLOCK, '.', "11111", 0 },
};

static void put_in_state(char *p, size_t n, char from, bool touched)
{
	if (from == 'o')
		RET(lock2(p, PAGES(n), MLOCK_ONFAULT), 0);
	if (touched)
		touch(p, n);
	if (from == 'l')
		RET(lock(p, PAGES(n)), 0);
}

static void whole_row(const void *row)
{
	const struct change *c = row;
	char want[6] = { 0 };
	char *p = map(5);
	struct area a;

	put_in_state(p, 5, c->from, c->touched);
	RET(apply(c->op, p, 5), 0);
	memset(want, c->to, 5);
	LOCKS(p, want);
	PRESENT(p, c->present);
	LOCKED(c->locked);
	OK(area_at(p, &a));
	EQ(a.start, WINDOW);
	EQ(a.end, WINDOW + PAGES(5));
	EQ(a.locked, c->to != '.' && c->present[0] == '1' ? 5 : 0);
}
TEST_TABLE("whole area", whole, whole_row);

/* The middle three of five pages. */
static void middle_row(const void *row)
{
	const struct change *c = row;
	char want[6] = { 0 };
	char *p = map(5);

	put_in_state(p, 5, c->from, c->touched);
	RET(apply(c->op, p + PAGE, 3), 0);
	memset(want, c->from, 5);
	memset(want + 1, c->to, 3);
	LOCKS(p, want);
	LOCKED((c->from != '.' ? 2 : 0) + (c->to != '.' ? 3 : 0));
}
TEST_TABLE("middle of an area", whole, middle_row);

/* The first two, then the last two: the area is whole again. */
static void halves_row(const void *row)
{
	const struct change *c = row;
	char want[6] = { 0 };
	char *p = map(4);
	struct area a;

	put_in_state(p, 4, c->from, c->touched);
	RET(apply(c->op, p, 2), 0);
	RET(apply(c->op, p + PAGES(2), 2), 0);
	memset(want, c->to, 4);
	LOCKS(p, want);
	OK(area_at(p, &a));
	EQ(a.start, WINDOW);
	EQ(a.end, WINDOW + PAGES(4));
}
TEST_TABLE("in two halves", whole, halves_row);

/* ---- kinds of areas ---------------------------------------------------- */

struct kind {
	const char *name;
	int prot, flags;
	bool file;
};

static const struct kind kinds[] = {
	{ "private anonymous rw", RW, ANON, false },
	{ "private anonymous r", PROT_READ, ANON, false },
	{ "private anonymous rx", PROT_READ | PROT_EXEC, ANON, false },
	{ "private anonymous x", PROT_EXEC, ANON, false },
	{ "private anonymous w", PROT_WRITE, ANON, false },
	{ "private anonymous rwx", RW | PROT_EXEC, ANON, false },
	{ "noreserve", RW, ANON | MAP_NORESERVE, false },
	{ "grows down", RW, ANON | MAP_GROWSDOWN, false },
	{ "shared anonymous rw", RW, SHANON, false },
	{ "shared anonymous r", PROT_READ, SHANON, false },
	{ "shared memfd rw", RW, MAP_SHARED, true },
	{ "shared memfd r", PROT_READ, MAP_SHARED, true },
	{ "private memfd rw", RW, MAP_PRIVATE, true },
	{ "private memfd r", PROT_READ, MAP_PRIVATE, true },
	{ "private memfd rx", PROT_READ | PROT_EXEC, MAP_PRIVATE, true },
};

static void kind_row(const void *row)
{
	const struct kind *k = row;
	char *p;

	if (k->prot == PROT_EXEC && has_protection_keys())
		skip("execute-only memory is a protection key here");
	p = map_at(AT(512), 4, k->prot, k->flags,
		   k->file ? make_memfd(4) : -1, 0);

	RET(lock(p, PAGES(4)), 0);
	LOCKS(p, "llll");
	PRESENT(p, "1111");
	LOCKED(4);
	RET(lock2(p, PAGES(2), MLOCK_ONFAULT), 0);
	LOCKS(p, "ooll");
	RET(unlock(p + PAGE, PAGES(2)), 0);
	LOCKS(p, "o..l");
	LOCKED(2);
	RET(unmap(p, PAGES(4)), 0);
	LOCKED(0);
}
TEST_TABLE("lock, change, unlock, unmap", kinds, kind_row);

/* ---- single facts ------------------------------------------------------ */

TEST("locks do not nest")
{
	char *p = map(2);

	for (int i = 0; i < 5; i++)
		RET(lock(p, PAGES(2)), 0);
	LOCKED(2);
	RET(unlock(p, PAGES(2)), 0);
	LOCKS(p, "..");
	LOCKED(0);
}

TEST("overlapping locks: one munlock undoes both")
{
	char *p = map(4);

	RET(lock(p, PAGES(3)), 0);
	RET(lock(p + PAGE, PAGES(3)), 0);
	LOCKED(4);
	RET(unlock(p + PAGE, PAGES(2)), 0);
	LOCKS(p, "l..l");
}

TEST("mlock of a locked area populates again")
{
	char *p = map(3);

	RET(lock(p, PAGES(3)), 0);
	RET(advise(p + PAGE, PAGE, ADV_DONTNEED_LOCKED), 0);
	PRESENT(p, "101");
	RET(lock(p, PAGES(3)), 0);
	PRESENT(p, "111");
	LOCKED(3);
}

TEST("mlock over several areas of different kinds")
{
	char *p = map(6);

	map_at(p + PAGES(1), 1, RW, SHANON, -1, 0);
	map_at(p + PAGES(2), 1, PROT_READ, ANON, -1, 0);
	map_at(p + PAGES(3), 1, RW, MAP_SHARED, make_memfd(1), 0);
	RET(lock(p, PAGES(6)), 0);
	LOCKS(p, "llllll");
	PRESENT(p, "111111");
	LOCKED(6);
	RET(unlock(p, PAGES(6)), 0);
	LOCKS(p, "......");
	LOCKED(0);
}

TEST("three states side by side stay three areas")
{
	char *p = map(3);
	struct area a;

	RET(lock(p, PAGE), 0);
	RET(lock2(p + PAGE, PAGE, MLOCK_ONFAULT), 0);
	LOCKS(p, "lo.");
	for (int i = 0; i < 3; i++) {
		OK(area_at(p + PAGES(i), &a));
		EQ(a.end - a.start, PAGE);
	}
}

TEST("contents survive locking and unlocking")
{
	char *p = map(4);

	touch(p, 4);
	RET(lock(p, PAGES(4)), 0);
	RET(lock2(p + PAGE, PAGES(2), MLOCK_ONFAULT), 0);
	RET(unlock(p, PAGES(4)), 0);
	for (int i = 0; i < 4; i++)
		EQ(p[PAGES(i)], 'A' + i);
}

TEST("absent pages of an on-fault area are locked when touched")
{
	char *p = map(3);
	struct area a;

	RET(lock2(p, PAGES(3), MLOCK_ONFAULT), 0);
	p[PAGE] = 1;
	PRESENT(p, "010");
	OK(area_at(p, &a));
	EQ(a.locked, 1);
}

TEST("the program's own text, data and stack can be locked")
{
	static char data[3 * 4096] = { 1 };
	char here[4096];

	RET(lock(data, sizeof(data)), 0);
	RET(lock((void *)(uintptr_t)check_locks, 1), 0);
	here[0] = 1;
	RET(lock(here, sizeof(here)), 0);
	LOCKS((void *)((uintptr_t)here & -4096ul), "ll");
	LOCKS((void *)((uintptr_t)check_locks & -4096ul), "l");
	EQ(data[0], 1);
}

TEST("locking below the stack is ENOMEM and does not grow it")
{
	char here = 0;
	struct area before, after;

	OK(area_at(&here, &before));
	RET(lock((void *)(before.start - PAGES(4)), PAGE), -ENOMEM);
	OK(area_at(&here, &after));
	EQ(after.start, before.start);
}
