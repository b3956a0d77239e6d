/* run: --mem 128M --memlock none */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * memlock=none: a program that asks to be memlocked runs as any other.
 * Holdfast only: the program is marked.
 */
#include "marked.h"

TEST("nothing is locked")
{
	struct area a;

	for (bool more = next_area_of(&a, true); more;
	     more = next_area_of(&a, false))
		if (area_has(&a, "lo") || area_has(&a, "lp"))
			fail("%s %lx: VmFlags %s", a.name, a.start, a.flags);
	LOCKED(0);
}

TEST("new memory is plain")
{
	LOCKS(map(2), "..-");
	PRESENT(AT(0), "00");
}

TEST("munlock and munlockall succeed")
{
	char *p = map(2);

	RET(unlock(NULL, 0), 0);
	RET(lock(p, PAGES(2)), 0);
	RET(unlock(p, PAGE), 0);
	LOCKS(p, ".l-");
	RET(unlockall(), 0);
	LOCKS(p, "..-");
	RET(unlock(p, -4096ul), -EINVAL);
	RET(unlock(AT(100), PAGE), -ENOMEM);
}

TEST("munmap and mremap succeed")
{
	char *p = map(2);

	RET(lock(p, PAGES(2)), 0);
	RET(remap(p, PAGES(2), PAGES(2), MREMAP_MAYMOVE | MREMAP_FIXED, AT(8)),
	    (long)AT(8));
	RET(unmap(AT(8), PAGES(2)), 0);
	LOCKED(0);
}

static const unsigned memlock_flag = 1;

/* A program with our note, or with one like it, of no trusted file. */
static int run_with_note(unsigned type, unsigned descsz)
{
	struct tiny t;
	int ret;

	tiny_init(&t);
	tiny_note(&t, "Holdfast", 9, type, &memlock_flag, descsz);
	ret = tiny_run(&t, "/tmp/none.note");
	unlink("/tmp/none.note");
	return ret;
}

TEST("exec does not look at the note")
{
	EQ(run_with_note(1, 4), TINY_STATUS);
	EQ(run_with_note(2, 4), TINY_STATUS);
	EQ(run_with_note(1, 0), TINY_STATUS);
}

TEST("@small limit")
{
	LOCKED(0);
}

TEST("exec does not look at RLIMIT_MEMLOCK")
{
	become_user();
	set_memlock(0);
	RET(reexec("@small limit", NULL), 0);
}
