/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Argument arithmetic of mlock, mlock2 and munlock (semantics.md 1.1): the
 * range is rounded out to whole pages modulo 2^64.
 */
#include "test.h"

/* Four pages mapped at AT(0); the call is made at AT(0) + offset. */
struct arith {
	const char *name;
	unsigned long offset, len;
	long mlock, munlock;		/* results */
	const char *locks;		/* of pages 0..4 after mlock */
};

static const struct arith rows[] = {
	{ "length 0, aligned", 0, 0, 0, 0, "....-" },
	{ "length 0, start in a page", 1, 0, 0, 0, "l...-" },
	{ "length 0, last byte of a page", 4095, 0, 0, 0, "l...-" },
	{ "length 1, aligned", 0, 1, 0, 0, "l...-" },
	{ "length 1 at offset 4095", 4095, 1, 0, 0, "l...-" },
	{ "2 bytes across a boundary", 4095, 2, 0, 0, "ll..-" },
	{ "4096 bytes aligned", 0, 4096, 0, 0, "l...-" },
	{ "4097 bytes aligned", 0, 4097, 0, 0, "ll..-" },
	{ "4096 bytes at offset 1", 1, 4096, 0, 0, "ll..-" },
	{ "second page", 4096, 4096, 0, 0, ".l..-" },
	{ "all, length odd", 0, 4 * 4096 - 1, 0, 0, "llll-" },
	{ "all, start odd", 4095, 3 * 4096 + 1, 0, 0, "llll-" },
	{ "length 2^64-1, aligned, is 0", 0, -1ul, 0, 0, "....-" },
	{ "length 2^64-4095, aligned, is 0", 0, -4095ul, 0, 0, "....-" },
	{ "length 2^64-1 at offset 1 is 0", 1, -1ul, 0, 0, "....-" },
	{ "length 2^64-1 at offset 5 is a page", 5, -1ul, 0, 0, "l...-" },
	{ "length 2^64-1 at offset 4095 is a page", 4095, -1ul, 0, 0,
	  "l...-" },
	{ "length 2^64-4096 wraps", 0, -4096ul, -EINVAL, -EINVAL, "....-" },
	{ "length 2^63 in the user half", 0, 1ul << 63, -ENOMEM, -ENOMEM,
	  "llll-" },
	{ "end exactly 2^64", 0, -(unsigned long)WINDOW, -EINVAL, -EINVAL,
	  "....-" },
	{ "end one page below 2^64", 0, -(unsigned long)WINDOW - 4096, -ENOMEM,
	  -ENOMEM, "llll-" },
	{ "length that wraps to the page before", 4096, -8192ul, -EINVAL,
	  -EINVAL, "....-" },
};

static void mlock_row(const void *row)
{
	const struct arith *a = row;
	char *p = map(4);

	RET(lock(p + a->offset, a->len), a->mlock);
	LOCKS(p, a->locks);
}
TEST_TABLE("mlock", rows, mlock_row);

static void mlock2_row(const void *row)
{
	const struct arith *a = row;
	char *p = map(4);

	RET(lock2(p + a->offset, a->len, 0), a->mlock);
	LOCKS(p, a->locks);
}
TEST_TABLE("mlock2 with flags 0", rows, mlock2_row);

static void onfault_row(const void *row)
{
	const struct arith *a = row;
	char *p = map(4), want[8];

	for (int i = 0; i < 6; i++)
		want[i] = a->locks[i] == 'l' ? 'o' : a->locks[i];
	RET(lock2(p + a->offset, a->len, MLOCK_ONFAULT), a->mlock);
	LOCKS(p, want);
	PRESENT(p, "0000");
}
TEST_TABLE("mlock2 on fault", rows, onfault_row);

/* munlock clears what mlock would have set. */
static void munlock_row(const void *row)
{
	const struct arith *a = row;
	char *p = map(4), want[8];

	for (int i = 0; i < 6; i++)
		want[i] = a->locks[i] == 'l' ? '.' :
			  a->locks[i] == '.' ? 'l' : a->locks[i];
	RET(lock(p, PAGES(4)), 0);
	RET(unlock(p + a->offset, a->len), a->munlock);
	LOCKS(p, want);
}
TEST_TABLE("munlock", rows, munlock_row);

/* Starts that are in no area. */
struct nowhere {
	const char *name;
	unsigned long start, len;
	long result;
};

static const struct nowhere places[] = {
	{ "0", 0, 4096, -ENOMEM },
	{ "0, length 0", 0, 0, 0 },
	{ "0, length 1", 0, 1, -ENOMEM },
	{ "kernel half", 0xffff888000000000ul, 4096, -ENOMEM },
	{ "kernel half, length 0", 0xffff888000000000ul, 0, 0 },
	{ "kernel text", 0xffffffff81000000ul, 4096, -ENOMEM },
	{ "non-canonical", 0x0000900000000000ul, 4096, -ENOMEM },
	{ "non-canonical with the top bit", 0x8000000000000000ul, 4096,
	  -ENOMEM },
	{ "vsyscall page", 0xffffffffff600000ul, 4096, -ENOMEM },
	{ "first page past the user half", 0x00007ffffffff000ul, 4096,
	  -ENOMEM },
	{ "last page of all", -4096ul, 4096, -EINVAL },
	{ "last page of all, length 0", -4096ul, 0, 0 },
	{ "last page but one", -8192ul, 4096, -ENOMEM },
	{ "last byte of all", -1ul, 1, -EINVAL },
	{ "an unmapped user page", WINDOW, 4096, -ENOMEM },
	{ "an unmapped user page, length 0", WINDOW, 0, 0 },
};

static void nowhere_row(const void *row)
{
	const struct nowhere *w = row;
	long before = vm_locked();

	RET(lock((void *)w->start, w->len), w->result);
	RET(lock2((void *)w->start, w->len, MLOCK_ONFAULT), w->result);
	RET(unlock((void *)w->start, w->len), w->result);
	EQ(vm_locked(), before);
}
TEST_TABLE("in no area", places, nowhere_row);

struct flagrow {
	const char *name;
	unsigned flags;
};

static const struct flagrow flags[] = {
	{ "2", 2 }, { "3", 3 }, { "4", 4 }, { "0x80000000", 0x80000000u },
	{ "all", ~0u },
};

/* Before everything else: even with a limit of 0 and a wrapping range. */
static void flag_row(const void *row)
{
	const struct flagrow *f = row;
	char *p = map(1);

	RET(lock2(p, 4096, (long)f->flags), -EINVAL);
	RET(lock2(p, 0, (long)f->flags), -EINVAL);
	RET(lock2(NULL, 4096, (long)f->flags), -EINVAL);
	set_memlock(0);
	become_user();
	RET(lock2(p, 4096, (long)f->flags), -EINVAL);
	RET(lock2(p, -4096ul, (long)f->flags), -EINVAL);
	LOCKS(p, ".");
}
TEST_TABLE("mlock2 refuses flags", flags, flag_row);
