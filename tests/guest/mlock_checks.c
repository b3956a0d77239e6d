/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The order of mlock's and mlock2's checks and what stays after an error
 * (semantics.md 1.2): limit of 0, limit, range, gaps, populate.
 */
#include "test.h"

/* A task without capability, with so many pages locked at AT(0) and then a
 * limit, locks [first, first + len). */
struct limit_row {
	const char *name;
	unsigned long locked, limit;	/* pages; bytes */
	unsigned long first, len;	/* page; bytes */
	long result;
};

static const struct limit_row limits[] = {
	{ "limit 0", 0, 0, 0, 4096, -EPERM },
	{ "limit 0, length 0", 0, 0, 0, 0, -EPERM },
	{ "limit 0, wrapping", 0, 0, 0, -4096ul, -EPERM },
	{ "limit 0, unmapped", 0, 0, 100, 4096, -EPERM },
	{ "limit 0, already locked", 2, 0, 0, 8192, -EPERM },
	{ "limit of 1 byte", 0, 1, 0, 4096, -ENOMEM },
	{ "limit of 4095 bytes", 0, 4095, 0, 1, -ENOMEM },
	{ "limit of 4095 bytes, length 0", 0, 4095, 0, 0, 0 },
	{ "limit of 4096 bytes, one page", 0, 4096, 0, 4096, 0 },
	{ "limit of 8191 bytes, one page", 0, 8191, 0, 4096, 0 },
	{ "limit of 8191 bytes, two pages", 0, 8191, 0, 8192, -ENOMEM },
	{ "limit met exactly", 0, 4 * 4096, 0, 4 * 4096, 0 },
	{ "limit exceeded by a page", 0, 4 * 4096, 0, 5 * 4096, -ENOMEM },
	{ "limit exceeded by a byte of a page", 0, 4 * 4096, 0, 4 * 4096 + 1,
	  -ENOMEM },
	{ "limit met with what is locked", 2, 4 * 4096, 2, 8192, 0 },
	{ "limit exceeded with what is locked", 2, 4 * 4096, 2, 3 * 4096,
	  -ENOMEM },
	{ "what is locked is free", 4, 4 * 4096, 0, 4 * 4096, 0 },
	{ "partly locked, within", 2, 4 * 4096, 0, 4 * 4096, 0 },
	{ "partly locked, over", 2, 4 * 4096, 0, 5 * 4096, -ENOMEM },
	{ "one page of what is locked", 4, 4 * 4096, 1, 4096, 0 },
	{ "lowered limit, length 0", 4, 2 * 4096, 0, 0, -ENOMEM },
	{ "lowered limit, another page", 4, 2 * 4096, 5, 4096, -ENOMEM },
	{ "lowered limit, locked page again", 4, 2 * 4096, 0, 4096, -ENOMEM },
	{ "lowered limit, all locked again", 4, 2 * 4096, 0, 4 * 4096,
	  -ENOMEM },
	{ "wrapping range is over the limit", 0, 4 * 4096, 0, -4096ul,
	  -ENOMEM },
	{ "unmapped and over the limit", 0, 4096, 100, 8192, -ENOMEM },
	{ "unmapped and within the limit", 0, 4096, 100, 4096, -ENOMEM },
};

static void limit_setup(const struct limit_row *l, char *p, long onfault)
{
	if (l->locked)
		RET(lock2(p, PAGES(l->locked), onfault), 0);
	become_user();
	set_memlock(l->limit);
}

static void check_kept(const struct limit_row *l, unsigned long added)
{
	if (l->result)
		LOCKED(l->locked);
	else
		OK(vm_locked() <= (long)(l->locked + added));
}

static void mlock_limit(const void *row)
{
	const struct limit_row *l = row;
	char *p = map(8);

	limit_setup(l, p, 0);
	RET(lock(p + PAGES(l->first), l->len), l->result);
	check_kept(l, (l->len + 4095) / 4096);
}
TEST_TABLE("mlock, no capability", limits, mlock_limit);

static void mlock2_limit(const void *row)
{
	const struct limit_row *l = row;
	char *p = map(8);

	limit_setup(l, p, MLOCK_ONFAULT);
	RET(lock2(p + PAGES(l->first), l->len, MLOCK_ONFAULT), l->result);
	check_kept(l, (l->len + 4095) / 4096);
}
TEST_TABLE("mlock2 on fault, no capability", limits, mlock2_limit);

/* Only uid 0 passes over all these limits. */
static void root_limit(const void *row)
{
	const struct limit_row *l = row;
	char *p = map(8);
	long want = l->first == 100 ? -ENOMEM : 0;

	if (l->len == -4096ul)
		want = -EINVAL;
	if (l->locked)
		RET(lock(p, PAGES(l->locked)), 0);
	set_memlock(l->limit);
	RET(lock(p + PAGES(l->first), l->len), want);
}
TEST_TABLE("mlock, capability", limits, root_limit);

TEST("munlock needs no permission and no limit")
{
	char *p = map(4);

	RET(lock(p, PAGES(4)), 0);
	become_user();
	set_memlock(0);
	RET(unlock(p + PAGES(1), PAGES(2)), 0);
	LOCKS(p, "l..l");
	RET(unlockall(), 0);
	LOCKS(p, "....");
	LOCKED(0);
}

TEST("a lowered limit unlocks nothing")
{
	char *p = map(4);

	RET(lock(p, PAGES(4)), 0);
	become_user();
	set_memlock(4096);
	LOCKS(p, "llll");
	LOCKED(4);
	PRESENT(p, "1111");
}

TEST("another task's prlimit unlocks nothing, but binds")
{
	struct rlimit none = { 0, 0 };
	int status;
	pid_t me = getpid(), pid;
	char *p = map(4);

	RET(lock(p, PAGES(2)), 0);
	pid = fork();
	if (!pid)
		_exit(sys(prlimit64, me, RLIMIT_MEMLOCK, &none, 0) != 0);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
	become_user();
	LOCKS(p, "ll..");
	RET(lock(p + PAGES(2), PAGE), -EPERM);
	LOCKED(2);
}

/* ---- ranges with a gap: pages 0, 1, 3 of 4 are mapped ------------------ */

static char *map_with_gap(void)
{
	char *p = map(4);

	RET(unmap(p + PAGES(2), PAGE), 0);
	return p;
}

TEST("mlock over a gap: ENOMEM, locks before it stay, nothing populated")
{
	char *p = map_with_gap();

	RET(lock(p, PAGES(4)), -ENOMEM);
	LOCKS(p, "ll-.");
	PRESENT(p, "0000");
	LOCKED(2);
}

TEST("mlock with a gap at the end: ENOMEM, locks before it stay")
{
	char *p = map_with_gap();

	RET(lock(p, PAGES(3)), -ENOMEM);
	LOCKS(p, "ll-.");
	PRESENT(p, "0000");
}

TEST("mlock that starts in a gap: ENOMEM, nothing changed")
{
	char *p = map_with_gap();

	RET(lock(p + PAGES(2), PAGES(2)), -ENOMEM);
	LOCKS(p, "..-.");
	LOCKED(0);
}

TEST("mlock2 on fault over a gap: ENOMEM, locks before it stay")
{
	char *p = map_with_gap();

	RET(lock2(p, PAGES(4), MLOCK_ONFAULT), -ENOMEM);
	LOCKS(p, "oo-.");
	LOCKED(2);
}

TEST("munlock over a gap: ENOMEM, unlocked before it")
{
	char *p = map_with_gap();

	RET(lock(p, PAGES(2)), 0);
	RET(lock(p + PAGES(3), PAGE), 0);
	RET(unlock(p, PAGES(4)), -ENOMEM);
	LOCKS(p, "..-l");
	LOCKED(1);
}

TEST("munlock that starts in a gap: ENOMEM, nothing changed")
{
	char *p = map_with_gap();

	RET(lock(p + PAGES(3), PAGE), 0);
	RET(unlock(p + PAGES(2), PAGES(2)), -ENOMEM);
	LOCKS(p, "..-l");
}

TEST("resident pages before a gap are mlocked although mlock fails")
{
	char *p = map_with_gap();
	struct area a;

	touch(p, 2);
	RET(lock(p, PAGES(4)), -ENOMEM);
	OK(area_at(p, &a));
	EQ(a.locked, 2);
}

TEST("mlock over a gap in the middle of a page range of several areas")
{
	char *p = map(6);

	protect(p + PAGES(1), PAGE, PROT_READ);
	unmap(p + PAGES(4), PAGE);
	RET(lock(p, PAGES(6)), -ENOMEM);
	LOCKS(p, "llll-.");
	PRESENT(p, "000000");
}

/* ---- populate errors: the flags stay ----------------------------------- */

TEST("mlock with a PROT_NONE page: ENOMEM, all flags stay")
{
	char *p = map(4);

	protect(p + PAGES(1), PAGE, PROT_NONE);
	RET(lock(p, PAGES(4)), -ENOMEM);
	LOCKS(p, "llll");
	PRESENT(p, "1000");
	LOCKED(4);
}

TEST("mlock2 on fault with a PROT_NONE page succeeds")
{
	char *p = map(4);

	protect(p + PAGES(1), PAGE, PROT_NONE);
	RET(lock2(p, PAGES(4), MLOCK_ONFAULT), 0);
	LOCKS(p, "oooo");
	PRESENT(p, "0000");
}

TEST("mlock of nothing within a PROT_NONE area succeeds")
{
	char *p = map_at(AT(0), 2, PROT_NONE, ANON, -1, 0);

	RET(lock(p + PAGES(1), 0), 0);
	RET(lock(p + PAGES(1), -1ul), 0);
	LOCKS(p, "..");
}

TEST("mlock past the end of a file: ENOMEM, all flags stay")
{
	char *p = map_at(AT(0), 4, RW, MAP_SHARED, make_memfd(2), 0);

	RET(lock(p, PAGES(4)), -ENOMEM);
	LOCKS(p, "llll");
	PRESENT(p, "1100");
	LOCKED(4);
}

TEST("mlock of one page within a file that ends inside it")
{
	int fd = make_memfd(1);
	char *p;

	EQ(ftruncate(fd, 100), 0);
	p = map_at(AT(0), 1, RW, MAP_SHARED, fd, 0);
	RET(lock(p, PAGE), 0);
	PRESENT(p, "1");
}

TEST("a populate error is undone by nobody: munlock works afterwards")
{
	char *p = map_at(AT(0), 2, PROT_NONE, ANON, -1, 0);

	RET(lock(p, PAGES(2)), -ENOMEM);
	LOCKED(2);
	RET(unlock(p, PAGES(2)), 0);
	LOCKED(0);
	LOCKS(p, "..");
}
