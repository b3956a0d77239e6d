// SPDX-License-Identifier: GPL-2.0
/* Lab 4 in the guest.  This program carries the note. */
#include "marked.h"

#define N @PAGES@

/* Checks of what a plain program does say first that this one is not. */
static void expect_memlocked(void)
{
	struct area a;
	char here = 0;

	if (!area_at(&here, &a) || !area_has(&a, "lo"))
		die("expected a memlocked program, but this one's stack is "
		    "not locked");
}

/* ---- task 1: the note --------------------------------------------------- */

TEST("note-good")
{
	expect_memlocked();
	RET(unlock(NULL, 0), -@DENY@);
}

static const unsigned one = 1, two = 2, zero = 0;

struct note_row {
	const char *what, *owner;
	unsigned namesz, type;
	const unsigned *desc;
	unsigned descsz;
	int cut;			/* from the segment's size */
	int want;
};

static const struct note_row good = {
	"all as it should be", "Holdfast", 9, 1, &one, 4, 0, 0
};

static int run_note(const struct note_row *n, int times, const char *interp)
{
	Elf64_Phdr *p;
	struct tiny t;
	int ret;

	tiny_init(&t);
	while (times--) {
		p = tiny_note(&t, n->owner, n->namesz, n->type, n->desc,
			      n->descsz);
		p->p_filesz -= n->cut;
	}
	if (interp) {
		strcpy((char *)t.bytes + TINY_INTERP, interp);
		tiny_add(&t, PT_INTERP, TINY_INTERP, strlen(interp) + 1);
	}
	ret = tiny_run(&t, "/tmp/note");
	unlink("/tmp/note");
	return ret;
}

static void run_rows(const struct note_row *rows, size_t n)
{
	expect_memlocked();
	for (size_t i = 0; i < n; i++) {
		int ret = run_note(&rows[i], 1, NULL);

		if (ret != rows[i].want)
			fail("a note with %s: expected %s, seen %s",
			     rows[i].what, ret_name(rows[i].want),
			     ret_name(ret));
	}
}

TEST("note-errors")
{
	static const struct note_row rows[] = {
		{ "another type", "Holdfast", 9, 2, &one, 4, 0, -ENOEXEC },
		{ "unknown flags", "Holdfast", 9, 1, &two, 4, 0, -ENOEXEC },
		{ "no flag", "Holdfast", 9, 1, &zero, 4, 0, -ENOEXEC },
		{ "no description", "Holdfast", 9, 1, &one, 0, 0, -ENOEXEC },
		{ "half a description", "Holdfast", 9, 1, &one, 2, 0,
		  -ENOEXEC },
		{ "its end cut off", "Holdfast", 9, 1, &one, 4, 4, -ENOEXEC },
	};

	run_rows(rows, ARRAY_SIZE(rows));
}

TEST("note-twice")
{
	expect_memlocked();
	EQ(run_note(&good, 2, NULL), -ENOEXEC);
	EQ(run_note(&good, 1, "/lib/none"), -ENOEXEC);
}

TEST("note-others")
{
	static const struct note_row rows[] = {
		{ "another owner", "Holdfas", 8, 1, &one, 4, 0, TINY_STATUS },
		{ "GNU's name", "GNU", 4, 1, &one, 4, 0, TINY_STATUS },
		{ "GNU's name, cut off", "GNU", 4, 1, &one, 4, 4,
		  TINY_STATUS },
	};

	run_rows(rows, ARRAY_SIZE(rows));
}

TEST("note-trust")
{
	struct tiny t;

	expect_memlocked();
	EQ(run_note(&good, 1, NULL), -@UNTRUSTED@);
	tiny_init(&t);
	tiny_note(&t, "Holdfast", 9, 1, &one, 4);
	tiny_write(&t, "/tmp/user");
	EQ(chown("/tmp/user", 1000, 1000), 0);
	EQ(run_path("/tmp/user"), -@UNTRUSTED@);
	become_user();
	EQ(run_path("/tmp/user"), -@UNTRUSTED@);
}

/* ---- task 2: exec -------------------------------------------------------- */

TEST("born-locked")
{
	struct area a;
	int n = 0;

	for (bool more = next_area_of(&a, true); more;
	     more = next_area_of(&a, false)) {
		if (is_special(&a))
			continue;
		n++;
		if (!area_has(&a, "lo"))
			fail("%s %lx is not locked: VmFlags %s", a.name,
			     a.start, a.flags);
		if (strncmp(a.perms, "---", 3) &&
		    PAGES(a.rss) != a.end - a.start)
			fail("%s %lx: %lu of %lu pages are there", a.name,
			     a.start, a.rss, (a.end - a.start) / PAGE);
	}
	OK(n >= 3);
	LOCKED(locked_area_pages());
}

TEST("untouched-bss")
{
	static char bss[64 * 4096];

	expect_memlocked();
	PRESENT((void *)(((uintptr_t)bss + 4095) & -PAGE),
		"11111111111111111111111111111111");
}

TEST("new-memory")
{
	long before = vm_locked();
	char *p = map(N);

	LOCKED(before + N);
	PRESENT(p, "11111111");
	p = (char *)((raw_brk(NULL) + 4095) & -4096);
	RET(raw_brk(p + PAGES(3)), (long)p + (long)PAGES(3));
	LOCKS(p, "lll");
	PRESENT(p, "111");
}

TEST("@fits")
{
	expect_memlocked();
	RET(unlockall(), -@DENY@);
}

static void exec_limited(void *limit)
{
	long ret;

	become_user();
	set_memlock(*(unsigned long *)limit);
	ret = reexec("@fits", NULL);
	if (ret != -EAGAIN && ret != -ENOMEM)
		fail("exec with a limit of %lu: expected -EAGAIN or -ENOMEM, "
		     "seen %s", *(unsigned long *)limit, ret_name(ret));
	RET(unlockall(), 0);	/* this child of a fork goes on, plain */
}

static void exec_unlimited(void *arg)
{
	(void)arg;
	become_user();
	set_memlock(8ul << 20);
	RET(reexec("@fits", NULL), 0);
}

TEST("exec-limit")
{
	unsigned long limit = 65536;

	expect_memlocked();
	in_child(exec_limited, &limit);
	in_child(exec_unlimited, NULL);
}

/* ---- tasks 3 and 5 ------------------------------------------------------- */

TEST("guest-denied")
{
	long locked = vm_locked();

	become_user();
	RET(unlock(NULL, 0), -@DENY@);
	RET(unlock((void *)0xffff888000000000ul, 4096), -@DENY@);
	RET(unlockall(), -@DENY@);
	LOCKED(locked);
	LOCKS(map(1), "l-");
}

static void plain_child(void *arg)
{
	(void)arg;
	LOCKED(0);
	LOCKS(AT(0), "..-");
	RET(unlock(NULL, 0), 0);
	RET(unlockall(), 0);
	LOCKS(map_at(AT(8), 1, RW, ANON, -1, 0), ".-");
}

TEST("guest-child")
{
	expect_memlocked();
	map(2);
	in_child(plain_child, NULL);
	LOCKS(AT(0), "ll-");
	RET(unlock(NULL, 0), -@DENY@);
}
