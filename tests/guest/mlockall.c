/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mlockall and munlockall (semantics.md 1.5): what each flag word does to the
 * areas there are and to those that come, and that calls replace each other.
 */
#include "test.h"

struct all_row {
	const char *name;
	unsigned flags;
	long result;
	char current, future;	/* state of old and new areas */
};

static const struct all_row rows[] = {
	{ "0", 0, -EINVAL, '.', '.' },
	{ "CURRENT", 1, 0, 'l', '.' },
	{ "FUTURE", 2, 0, '.', 'l' },
	{ "CURRENT|FUTURE", 3, 0, 'l', 'l' },
	{ "ONFAULT alone", 4, -EINVAL, '.', '.' },
	{ "CURRENT|ONFAULT", 5, 0, 'o', '.' },
	{ "FUTURE|ONFAULT", 6, 0, '.', 'o' },
	{ "all three", 7, 0, 'o', 'o' },
	{ "8", 8, -EINVAL, '.', '.' },
	{ "9", 9, -EINVAL, '.', '.' },
	{ "0x80000001", 0x80000001u, -EINVAL, '.', '.' },
	{ "all ones", ~0u, -EINVAL, '.', '.' },
};

/* One page at AT(0) in `state`, present if populated. */
static void check_page(char *p, char state, bool present)
{
	char want[2] = { state, 0 };

	LOCKS(p, want);
	PRESENT(p, present ? "1" : "0");
}

static void fresh_row(const void *row)
{
	const struct all_row *r = row;
	char *p = map(1);

	RET(lockall((long)r->flags), r->result);
	check_page(p, r->current, r->current == 'l');
	p = map_at(AT(8), 1, RW, ANON, -1, 0);
	check_page(p, r->future, r->future == 'l');
}
TEST_TABLE("mlockall", rows, fresh_row);

/* Calls replace, they do not add: after mlockall(3) and after mlockall(7). */
static void replaces(const struct all_row *r, long first)
{
	char *p = map(1), old = first & LOCK_ONFAULT ? 'o' : 'l';

	RET(lockall(first), 0);
	RET(lockall((long)r->flags), r->result);
	if (r->result)
		check_page(p, old, old == 'l');
	else if (r->flags & LOCK_CURRENT)
		check_page(p, r->current, r->current == 'l' || old == 'l');
	else
		check_page(p, old, old == 'l');
	p = map_at(AT(8), 1, RW, ANON, -1, 0);
	check_page(p, r->result ? old : r->future,
		   (r->result ? old : r->future) == 'l');
}

static void after_3(const void *row)
{
	replaces(row, LOCK_CURRENT | LOCK_FUTURE);
}
TEST_TABLE("after CURRENT|FUTURE, mlockall", rows, after_3);

static void after_7(const void *row)
{
	replaces(row, LOCK_CURRENT | LOCK_FUTURE | LOCK_ONFAULT);
}
TEST_TABLE("after all three, mlockall", rows, after_7);

static void then_munlockall(const void *row)
{
	const struct all_row *r = row;
	char *p = map(1);

	RET(lockall((long)r->flags), r->result);
	RET(unlockall(), 0);
	LOCKS(p, ".");
	LOCKED(0);
	p = map_at(AT(8), 1, RW, ANON, -1, 0);
	check_page(p, '.', false);
}
TEST_TABLE("munlockall after mlockall", rows, then_munlockall);

/* EINVAL comes before EPERM. */
static void limit_0(const void *row)
{
	const struct all_row *r = row;
	char *p = map(1);

	become_user();
	set_memlock(0);
	RET(lockall((long)r->flags), r->result ? r->result : -EPERM);
	LOCKS(p, ".");
	p = map_at(AT(8), 1, RW, ANON, -1, 0);
	LOCKS(p, ".");
}
TEST_TABLE("limit 0, no capability, mlockall", rows, limit_0);

/* With CURRENT the whole space must fit; FUTURE alone is not checked. */
static void limit_small(const void *row)
{
	const struct all_row *r = row;
	long want = r->result;
	char *p = map(1);

	if (!want && r->flags & LOCK_CURRENT)
		want = -ENOMEM;
	become_user();
	set_memlock(PAGE);
	RET(lockall((long)r->flags), want);
	LOCKS(p, ".");
	LOCKED(0);
}
TEST_TABLE("limit of a page, no capability, mlockall", rows, limit_small);

/* ---- single facts ------------------------------------------------------ */

static long settled_total(void)
{
	vm_total();
	return vm_total();
}

TEST("the limit may equal the size of the whole space")
{
	long total;

	map_at(AT(0), 16, PROT_NONE, ANON, -1, 0);
	become_user();
	total = settled_total();
	set_memlock(PAGES(total));
	RET(lockall(LOCK_CURRENT), 0);
	LOCKS(AT(0), "llllllllllllllll");
}

TEST("a limit one page short: ENOMEM, nothing changed")
{
	long total;

	map_at(AT(0), 16, PROT_NONE, ANON, -1, 0);
	become_user();
	total = settled_total();
	set_memlock(PAGES(total - 1));
	RET(lockall(LOCK_CURRENT), -ENOMEM);
	LOCKS(AT(0), "................");
	LOCKED(0);
}

TEST("a failed mlockall(CURRENT|FUTURE) leaves new areas plain")
{
	become_user();
	set_memlock(PAGES(4));
	RET(lockall(LOCK_CURRENT | LOCK_FUTURE), -ENOMEM);
	LOCKS(map(1), ".");
}

TEST("a failed mlockall keeps an earlier MCL_FUTURE")
{
	become_user();
	set_memlock(PAGES(4));
	RET(lockall(LOCK_FUTURE), 0);
	RET(lockall(LOCK_CURRENT), -ENOMEM);
	LOCKS(map(1), "l");
}

TEST("the capability ignores the limit")
{
	set_memlock(0);
	RET(lockall(LOCK_CURRENT | LOCK_FUTURE), 0);
	LOCKS(map(2), "ll");
}

TEST("mlockall(FUTURE) then mlockall(CURRENT): new areas plain again")
{
	RET(lockall(LOCK_FUTURE), 0);
	RET(lockall(LOCK_CURRENT), 0);
	LOCKS(map(1), ".");
}

TEST("mlockall(CURRENT) populates on-fault areas")
{
	char *p = map(2);

	RET(lock2(p, PAGES(2), MLOCK_ONFAULT), 0);
	RET(lockall(LOCK_CURRENT), 0);
	LOCKS(p, "ll");
	PRESENT(p, "11");
}

TEST("areas made under FUTURE|ONFAULT keep on-fault after mlockall(FUTURE)")
{
	char *p;

	RET(lockall(LOCK_FUTURE | LOCK_ONFAULT), 0);
	p = map(1);
	RET(lockall(LOCK_FUTURE), 0);
	LOCKS(p, "o");
	LOCKS(map_at(AT(8), 1, RW, ANON, -1, 0), "l");
}

TEST("mlockall locks text, data, heap and stack")
{
	static char data[4096] = { 1 };
	char stack = 1;

	RET(lockall(LOCK_CURRENT), 0);
	LOCKS((void *)((uintptr_t)data & -PAGE), "l");
	LOCKS((void *)((uintptr_t)&stack & -PAGE), "l");
	LOCKS((void *)((uintptr_t)check_locks & -PAGE), "l");
	EQ(data[0] + stack, 2);
}

TEST("mlockall's VmLck is the size of all areas it locked")
{
	long before, delta;

	map_at(AT(0), 32, PROT_NONE, ANON, -1, 0);
	RET(lockall(LOCK_CURRENT), 0);
	before = vm_locked();
	OK(before >= 32 && before <= vm_total());
	RET(unmap(AT(0), PAGES(32)), 0);
	delta = before - vm_locked();
	EQ(delta, 32);
}

TEST("mlockall(CURRENT) succeeds with a file that ends inside a mapping")
{
	char *p = map_at(AT(0), 3, RW, MAP_SHARED, make_memfd(1), 0);

	RET(lockall(LOCK_CURRENT), 0);
	LOCKS(p, "lll");
	PRESENT(p, "100");
}

TEST("mlockall twice counts once")
{
	long once;

	RET(lockall(LOCK_CURRENT), 0);
	once = vm_locked();
	RET(lockall(LOCK_CURRENT), 0);
	EQ(vm_locked(), once);
}

TEST("munlockall is 0 without any lock, limit or capability")
{
	become_user();
	set_memlock(0);
	RET(unlockall(), 0);
	RET(unlockall(), 0);
}

TEST("munlockall ignores its arguments")
{
	RET(sys(munlockall, -1, -1, -1), 0);
}

TEST("munlockall clears every state")
{
	char *p = map(5);

	RET(lock(p + PAGE, PAGE), 0);
	RET(lock2(p + PAGES(3), PAGE, MLOCK_ONFAULT), 0);
	RET(unlockall(), 0);
	LOCKS(p, ".....");
	PRESENT(p, "01000");
}
