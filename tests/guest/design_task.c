/* run: --mem 128M --memlock task */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * memlock=task, the patch as posted (docs/lock-designs.md): what a
 * designated program is born with, which calls are denied it, and which ways
 * out the design leaves open.  Holdfast only: the program is marked.
 */
#include "marked.h"

/* ---- born locked ------------------------------------------------------- */

TEST("every area is locked, none on fault, and all of it is resident")
{
	struct area a;
	int n = 0;

	for (bool more = next_area_of(&a, true); more;
	     more = next_area_of(&a, false)) {
		if (is_special(&a))
			continue;
		n++;
		if (!area_has(&a, "lo") || area_has(&a, "??"))
			fail("%s %lx: VmFlags %s", a.name, a.start, a.flags);
		if (a.perms[0] == '-' && a.perms[1] == '-' &&
		    a.perms[2] == '-')
			continue;
		if (PAGES(a.rss) != a.end - a.start)
			fail("%s %lx: %lu of %lu pages resident", a.name,
			     a.start, a.rss, (a.end - a.start) / PAGE);
		/* Locked is a share of pages that others map, too. */
		if (a.anon == a.rss && a.locked != a.rss)
			fail("%s %lx: %lu of %lu pages locked", a.name,
			     a.start, a.locked, a.rss);
	}
	OK(n >= 3);
}

TEST("VmLck is the sum of the locked areas")
{
	LOCKED(locked_area_pages());
}

TEST("bss that was never touched is resident")
{
	static char bss[64 * 4096];

	PRESENT((void *)(((uintptr_t)bss + 4095) & -PAGE),
		"11111111111111111111111111111111");
}

static char big[30][32769];

static void big_arguments(char **argv)
{
	for (int i = 0; i < 30; i++) {
		memset(big[i], 'x', 32768);
		argv[i] = big[i];
	}
	argv[30] = NULL;
}

TEST("@arguments")
{
	struct area a;
	char here = 0;

	OK(area_at(&here, &a));
	OK(a.end - a.start >= 30 * 32768);
	OK(area_has(&a, "lo"));
	EQ(a.rss, (a.end - a.start) / PAGE);
	EQ(a.locked, a.rss);
}

TEST("a MiB of arguments is counted and locked")
{
	char *argv[31];

	big_arguments(argv);
	RET(reexec("@arguments", argv), 0);
}

TEST("@top of the stack")
{
	struct area a;
	char here = 0;
	long before;

	OK(area_at(&here, &a));
	before = vm_locked();
	RET(unmap((void *)(a.end - PAGES(200)), PAGES(200)), 0);
	LOCKED(before - 200);
	LOCKS(map(2), "ll-");
	LOCKED(before - 198);
}

TEST("unmapping the argument pages: VmLck falls by as many")
{
	char *argv[31];

	big_arguments(argv);
	RET(reexec("@top of the stack", argv), 0);
}

/* ---- denied ------------------------------------------------------------ */

struct denied {
	const char *name;
	unsigned long addr, len;
};

static const struct denied denied[] = {
	{ "0, 0", 0, 0 },
	{ "1, 0", 1, 0 },
	{ "0, 4096", 0, 4096 },
	{ "a mapped page", WINDOW, 4096 },
	{ "a mapped page, length 0", WINDOW, 0 },
	{ "past a gap", WINDOW, PAGES(8) },
	{ "an unmapped page", WINDOW + PAGES(100), 4096 },
	{ "a wrapping range", WINDOW, -4096ul },
	{ "all memory", 0, -4096ul },
	{ "kernel memory", 0xffff888000000000ul, 4096 },
	{ "non-canonical", 0x0000900000000000ul, 4096 },
};

static void denied_row(const void *row)
{
	const struct denied *d = row;
	long locked;

	map(2);
	locked = vm_locked();
	RET(unlock((void *)d->addr, d->len), -EINVAL);
	LOCKS(AT(0), "ll-");
	LOCKED(locked);
}
TEST_TABLE("munlock: EINVAL", denied, denied_row);

TEST("munlockall: EINVAL, nothing changed")
{
	long locked = vm_locked();

	RET(unlockall(), -EINVAL);
	LOCKED(locked);
	LOCKS(map(1), "l-");
}

TEST("mlockall(0): EINVAL as always")
{
	RET(lockall(0), -EINVAL);
	RET(lockall(LOCK_ONFAULT), -EINVAL);
}

TEST("denied without privilege, too")
{
	become_user();
	RET(unlock(NULL, 0), -EINVAL);
	RET(unlockall(), -EINVAL);
}

/* ---- new memory is locked ---------------------------------------------- */

TEST("mmap: locked and resident")
{
	long before = vm_locked();

	LOCKS(map(3), "lll-");
	PRESENT(AT(0), "111");
	LOCKED(before + 3);
	LOCKS(map_at(AT(8), 2, PROT_NONE, ANON, -1, 0), "ll-");
	LOCKS(map_at(AT(16), 2, RW, SHANON, -1, 0), "ll-");
	PRESENT(AT(16), "11");
	LOCKED(before + 7);
}

TEST("brk: the heap grows locked and resident")
{
	char *p = (char *)((raw_brk(NULL) + 4095) & -4096);

	RET(raw_brk(p + PAGES(3)), (long)p + (long)PAGES(3));
	LOCKS(p, "lll");
	PRESENT(p, "111");
}

TEST("mremap: the growth is locked and resident")
{
	char *p = map(2);

	RET(remap(p, PAGES(2), PAGES(4), 0, NULL), (long)p);
	LOCKS(p, "llll-");
	PRESENT(p, "1111");
}

TEST("MAP_FIXED over locked memory: locked again")
{
	char *p = map(4);
	long before = vm_locked();

	map_at(p + PAGE, 2, RW, ANON, -1, 0);
	LOCKS(p, "llll-");
	PRESENT(p, "1111");
	LOCKED(before);
}

TEST("the stack grows locked")
{
	struct area a;
	char here = 0;

	OK(area_at(&here, &a));
	EQ(probe_write((char *)a.start - PAGES(2), NULL, NULL), 0);
	LOCKS((char *)a.start - PAGES(2), "lll");
}

/* ---- children ---------------------------------------------------------- */

static void plain_child(void *arg)
{
	(void)arg;
	LOCKED(0);
	LOCKS(AT(0), "..-");
	RET(unlock(NULL, 0), 0);
	RET(unlock(AT(0), PAGE), 0);
	RET(unlockall(), 0);
	LOCKS(map_at(AT(8), 1, RW, ANON, -1, 0), ".-");
	RET(lock(AT(8), PAGE), 0);
	RET(unlock(AT(8), PAGE), 0);
}

TEST("fork: the child is plain, the parent is not")
{
	long before;

	map(2);
	before = vm_locked();
	in_child(plain_child, NULL);
	LOCKED(before);
	LOCKS(AT(0), "ll-");
	RET(unlock(NULL, 0), -EINVAL);
}

TEST("vfork: the child is denied")
{
	int status;
	pid_t pid = vfork();

	if (!pid)
		_exit(unlock(NULL, 0) != -EINVAL || unlockall() != -EINVAL);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("CLONE_VM: the other task is denied")
{
	int status;
	long ret;
	pid_t pid = sys(clone, 0x100 | 0x4000 | SIGCHLD, 0, 0, 0, 0);

	if (!pid) {
		ret = unlock(NULL, 0);
		sys(exit, ret != -EINVAL);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

/* Exits with what munlock(0, 0) answers, negated. */
static void ask_munlock(struct tiny *t)
{
	static const unsigned char code[] = {
		0x31, 0xff, 0x31, 0xf6,			/* edi = esi = 0 */
		0xb8, 150, 0, 0, 0, 0x0f, 0x05,		/* munlock */
		0xf7, 0xd8, 0x89, 0xc7,			/* edi = -eax */
		0xb8, 231, 0, 0, 0, 0x0f, 0x05,		/* exit_group */
	};

	tiny_init(t);
	memcpy(t->bytes + TINY_CODE, code, sizeof(code));
}

TEST("exec of a plain program: it is plain")
{
	struct tiny t;

	ask_munlock(&t);
	EQ(tiny_run(&t, "/tmp/task.plain"), 0);
	unlink("/tmp/task.plain");
}

/* ---- designation ------------------------------------------------------- */

static const unsigned one = 1, two = 2, zero = 0;

struct note_row {
	const char *name;
	const char *owner;
	unsigned namesz, type;
	const unsigned *desc;
	unsigned descsz;
	int cut;		/* from the segment's size */
	bool interp, twice;
	int want;
};

static const struct note_row notes[] = {
	{ "a good note, but not of the initrd: EPERM", "Holdfast", 9, 1, &one,
	  4, 0, false, false, -EPERM },
	{ "another owner: plain", "Holdfas", 8, 1, &one, 4, 0, false, false,
	  0 },
	{ "GNU's note: plain", "GNU", 4, 1, &one, 4, 0, false, false, 0 },
	{ "another type: ENOEXEC", "Holdfast", 9, 2, &one, 4, 0, false, false,
	  -ENOEXEC },
	{ "unknown flags: ENOEXEC", "Holdfast", 9, 1, &two, 4, 0, false,
	  false, -ENOEXEC },
	{ "no flag: ENOEXEC", "Holdfast", 9, 1, &zero, 4, 0, false, false,
	  -ENOEXEC },
	{ "an empty description: ENOEXEC", "Holdfast", 9, 1, &one, 0, 0,
	  false, false, -ENOEXEC },
	{ "half a description: ENOEXEC", "Holdfast", 9, 1, &one, 2, 0, false,
	  false, -ENOEXEC },
	{ "cut off in the description: ENOEXEC", "Holdfast", 9, 1, &one, 4, 4,
	  false, false, -ENOEXEC },
	{ "two notes: ENOEXEC", "Holdfast", 9, 1, &one, 4, 0, false, true,
	  -ENOEXEC },
	{ "with an interpreter: ENOEXEC", "Holdfast", 9, 1, &one, 4, 0, true,
	  false, -ENOEXEC },
};

static void note_row(const void *row)
{
	const struct note_row *n = row;
	Elf64_Phdr *p;
	struct tiny t;

	ask_munlock(&t);
	p = tiny_note(&t, n->owner, n->namesz, n->type, n->desc, n->descsz);
	p->p_filesz -= n->cut;
	if (n->twice)
		tiny_note(&t, n->owner, n->namesz, n->type, n->desc,
			  n->descsz);
	if (n->interp) {
		strcpy((char *)t.bytes + TINY_INTERP, "/proc/self/exe");
		tiny_add(&t, PT_INTERP, TINY_INTERP, 15);
	}
	EQ(tiny_run(&t, "/tmp/task.note"), n->want);
	unlink("/tmp/task.note");
}
TEST_TABLE("note", notes, note_row);

static void copy_self(const char *to)
{
	static char buf[65536];
	int in = open("/proc/self/exe", O_RDONLY);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, n) != n)
			die("copy: errno %d", errno);
	close(in);
	close(out);
}

TEST("a copy of this program: EPERM, and the caller goes on")
{
	copy_self("/tmp/task.copy");
	EQ(run_path("/tmp/task.copy"), -EPERM);
	EQ(chown("/tmp/task.copy", 1000, 1000), 0);
	EQ(run_path("/tmp/task.copy"), -EPERM);
	become_user();
	EQ(run_path("/tmp/task.copy"), -EPERM);
}

/* ---- limits ------------------------------------------------------------ */

TEST("@fits")
{
	EQ(getuid(), 1000);
	RET(unlock(NULL, 0), -EINVAL);
	LOCKS(AT(0), "-");
}

static void exec_limited(void *limit)
{
	long ret;

	become_user();
	set_memlock(*(unsigned long *)limit);
	ret = reexec("@fits", NULL);
	if (ret != -EAGAIN && ret != -ENOMEM)
		fail("exec under a limit of %lu: seen %s",
		     *(unsigned long *)limit, ret_name(ret));
	RET(unlockall(), 0);	/* this child is plain, and goes on */
	LOCKED(0);
}

struct limit_row {
	const char *name;
	unsigned long limit;
};

static const struct limit_row limits[] = {
	{ "0", 0 }, { "one page", 4096 }, { "two pages", 8192 },
	{ "64 KiB", 65536 },
};

static void limit_row(const void *row)
{
	unsigned long limit = ((const struct limit_row *)row)->limit;

	in_child(exec_limited, &limit);
}
TEST_TABLE("exec under a limit that is too small", limits, limit_row);

static void exec_unlimited(void *arg)
{
	(void)arg;
	become_user();
	set_memlock(8ul << 20);
	RET(reexec("@fits", NULL), 0);
}

static void exec_root(void *arg)
{
	(void)arg;
	set_memlock(0);
	RET(reexec("@root", NULL), 0);
}

TEST("@root")
{
	RET(unlock(NULL, 0), -EINVAL);
}

TEST("exec under the default limit, and of root under none")
{
	in_child(exec_unlimited, NULL);
	in_child(exec_root, NULL);
}

TEST("@must not run")
{
	fail("exec found memory");
}

/* Leaves less than this program needs, but enough to go on. */
static void fill_memory(int ready)
{
	char buf[4096], *line;
	size_t len;

	if (slurp("/proc/meminfo", buf, sizeof(buf)) <= 0)
		_exit(1);
	line = strstr(buf, "MemAvailable:");
	len = (strtoul(line + 13, NULL, 10) - 800) * 1024;
	RET(raw_mmap(AT(0), len, RW, ANON | MAP_FIXED | MAP_POPULATE, -1, 0),
	    (long)AT(0));
	OK(write(ready, "", 1) == 1);
	for (;;)
		pause();
}

static void exec_without_memory(void *arg)
{
	int fds[2], status;
	pid_t other;
	char c;

	EQ(pipe(fds), 0);
	other = fork();
	if (!other)
		fill_memory(fds[1]);
	EQ(read(fds[0], &c, 1), 1);
	RET(reexec("@must not run", arg), -ENOMEM);
	EQ(waitpid(other, &status, WNOHANG), 0);
	kill(other, SIGKILL);
	EQ(waitpid(other, &status, 0), other);
}

TEST("exec without memory: ENOMEM, the caller goes on and nobody is killed")
{
	if (!on_holdfast())
		skip("Linux kills for memory");
	in_child(exec_without_memory, NULL);
}

TEST("the limit stays in force for new memory")
{
	become_user();
	set_memlock(PAGES(vm_locked() + 2));
	RET(raw_mmap(AT(0), PAGES(2), RW, ANON | MAP_FIXED, -1, 0),
	    (long)AT(0));
	RET(raw_mmap(AT(8), PAGES(1), RW, ANON | MAP_FIXED, -1, 0), -EAGAIN);
}

/* ---- ways around, which this design leaves open ------------------------ */

TEST("open: mlockall(CURRENT) clears what new areas get (A2)")
{
	RET(lockall(LOCK_CURRENT), 0);
	LOCKS(map(1), ".-");
}

TEST("open: mlockall with ONFAULT weakens every lock (A3)")
{
	char *p = map(2);

	RET(lockall(LOCK_CURRENT | LOCK_FUTURE | LOCK_ONFAULT), 0);
	LOCKS(p, "oo-");
}

TEST("open: mlock2 with ONFAULT weakens a lock (A4)")
{
	char *p = map(2);

	RET(lock2(p, PAGE, MLOCK_ONFAULT), 0);
	LOCKS(p, "ol-");
}

TEST("open: MREMAP_DONTUNMAP leaves a plain area (A5)")
{
	char *p = map(2);

	RET(remap(p, PAGES(2), PAGES(2), MREMAP_MAYMOVE | MREMAP_FIXED |
		  MREMAP_DONTUNMAP, AT(8)), (long)AT(8));
	LOCKS(p, "..-");
	LOCKS(AT(8), "ll-");
}

TEST("open: DONTNEED_LOCKED drops pages (A6); the rest is refused (A21)")
{
	char *p = map(2);

	RET(advise(p, PAGES(2), MADV_DONTNEED), -EINVAL);
	RET(advise(p, PAGES(2), ADV_PAGEOUT), -EINVAL);
	RET(sys(msync, p, PAGES(2), MS_INVALIDATE), -EBUSY);
	PRESENT(p, "11");
	RET(advise(p, PAGES(2), ADV_DONTNEED_LOCKED), 0);
	PRESENT(p, "00");
}

TEST("allowed: munmap (A7)")
{
	char *p = map(4);
	long before = vm_locked();

	RET(unmap(p + PAGE, PAGES(2)), 0);
	LOCKS(p, "l--l-");
	LOCKED(before - 2);
}

TEST("open: no access, then read: not populated (A8)")
{
	char *p = map_at(AT(0), 2, PROT_NONE, MAP_PRIVATE, make_memfd(2), 0);

	RET(protect(p, PAGES(2), PROT_READ), 0);
	LOCKS(p, "ll-");
	PRESENT(p, "00");
}
