/* run: --mem 128M --memlock vma */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * memlock=vma, permanent locks on single areas (docs/lock-designs.md): the
 * program's image, heap and stack cannot be unlocked, weakened or taken from
 * their place; memory mapped later is plain.  Holdfast only: the program is
 * marked.
 */
#include "marked.h"

#define GIB (1ul << 30)

static char bss[16 * 4096] __attribute__((aligned(4096)));

static char *stack_page(void)
{
	struct area a;
	char here = 0;

	OK(area_at(&here, &a));
	return (char *)a.end - PAGES(2);
}

static char *text_page(void)
{
	return (char *)((uintptr_t)check_locks & -PAGE);
}

static char *heap_page(void)
{
	char *p = (char *)((raw_brk(NULL) + 4095) & -4096);

	RET(raw_brk(p + PAGES(4)), (long)p + (long)PAGES(4));
	return p;
}

/* ---- born -------------------------------------------------------------- */

TEST("every area of the image and the stack is permanent and resident")
{
	struct area a;
	int n = 0;

	for (bool more = next_area_of(&a, true); more;
	     more = next_area_of(&a, false)) {
		if (is_special(&a))
			continue;
		n++;
		if (!area_has(&a, "lo") || !area_has(&a, "lp"))
			fail("%s %lx: VmFlags %s", a.name, a.start, a.flags);
		if (strcmp(a.perms, "---p") &&
		    PAGES(a.rss) != a.end - a.start)
			fail("%s %lx: %lu of %lu pages resident", a.name,
			     a.start, a.rss, (a.end - a.start) / PAGE);
	}
	OK(n >= 3);
}

TEST("VmLck is the sum of the locked areas")
{
	LOCKED(locked_area_pages());
}

TEST("memory mapped later is plain, and unlocked as usual")
{
	char *p = map(2);

	LOCKS(p, "..-");
	RET(lock(p, PAGES(2)), 0);
	LOCKS(p, "ll-");
	RET(unlock(p, PAGE), 0);
	LOCKS(p, ".l-");
	RET(unlockall(), 0);
	LOCKS(p, "..-");
	RET(unmap(p, PAGES(2)), 0);
}

TEST("the heap grows permanent and resident")
{
	char *p = heap_page();
	struct area a;

	LOCKS(p, "llll");
	PRESENT(p, "1111");
	OK(area_at(p, &a));
	OK(area_has(&a, "lp"));
}

TEST("the stack grows permanent")
{
	struct area a;
	char here = 0;

	OK(area_at(&here, &a));
	EQ(probe_write((char *)a.start - PAGE, NULL, NULL), 0);
	OK(area_at((char *)a.start - PAGE, &a));
	OK(area_has(&a, "lp") && area_has(&a, "lo"));
}

/* ---- denied, for each kind of permanent memory ------------------------- */

struct place {
	const char *name;
	char *(*page)(void);
};

static char *bss_page(void) { return bss + PAGES(4); }

static const struct place places[] = {
	{ "bss", bss_page },
	{ "text", text_page },
	{ "stack", stack_page },
	{ "heap", heap_page },
};

/* Nothing changed: locked, present, counted as before. */
static void unchanged(char *p, long locked)
{
	struct area a;

	LOCKS(p, "l");
	PRESENT(p, "1");
	OK(area_at(p, &a));
	OK(area_has(&a, "lp"));
	LOCKED(locked);
}

static void denied_row(const void *row)
{
	char *p = ((const struct place *)row)->page();
	long locked = vm_locked();

	RET(unlock(p, PAGE), -EPERM);
	RET(unlock(p, 1), -EPERM);
	RET(lock2(p, PAGE, MLOCK_ONFAULT), -EPERM);
	RET(unmap(p, PAGE), -EPERM);
	RET(raw_mmap(p, PAGE, RW, ANON | MAP_FIXED, -1, 0), -EPERM);
	RET(remap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(8)),
	    -EPERM);
	RET(remap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED |
		  MREMAP_DONTUNMAP, AT(8)), -EPERM);
	RET(remap(p, GIB, GIB, MREMAP_MAYMOVE | MREMAP_FIXED, AT(8)),
	    -EFAULT);
	unchanged(p, locked);
	RET(unlockall(), 0);
	unchanged(p, locked);
	RET(lock(p, PAGE), 0);
	RET(lockall(LOCK_CURRENT), 0);
	LOCKS(p, "l");
}
TEST_TABLE("denied on", places, denied_row);

static void over_row(const void *row)
{
	char *p = ((const struct place *)row)->page(), *q;
	long locked;

	q = map(1);
	*q = 'q';
	locked = vm_locked();
	RET(remap(q, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p), -EPERM);
	EQ(*q, 'q');
	unchanged(p, locked);
}
TEST_TABLE("mremap of other memory onto", places, over_row);

static void no_change_row(const void *row)
{
	char *p = ((const struct place *)row)->page();

	RET(unlock(p, 0), 0);
	RET(unlock(NULL, 0), 0);
	RET(lock2(p, PAGE, 0), 0);
	RET(unlock(p, -4096ul), -EINVAL);
	RET(unlock(AT(100), PAGE), -ENOMEM);
	RET(lock2(p, PAGE, 2), -EINVAL);
	LOCKS(p, "l");
}
TEST_TABLE("arguments first, no change no error:", places, no_change_row);

TEST("a range of plain and permanent memory: nothing is changed")
{
	char *end = bss + sizeof(bss);
	struct area a;
	char *p;

	OK(area_at(bss, &a));
	end = (char *)a.end;
	p = map_at(end, 1, RW, ANON, -1, 0);
	RET(lock(p, PAGE), 0);
	RET(unlock(end - PAGE, PAGES(2)), -EPERM);
	LOCKS(end - PAGE, "ll");
	RET(unmap(end - PAGE, PAGES(2)), -EPERM);
	LOCKS(end - PAGE, "ll");
	RET(unlock(p, PAGE), 0);
	LOCKS(end - PAGE, "l.");
}

TEST("mlockall with ONFAULT passes permanent areas over")
{
	char *p = map(1);

	RET(lockall(LOCK_CURRENT | LOCK_FUTURE | LOCK_ONFAULT), 0);
	LOCKS(p, "o-");
	LOCKS(bss, "llll");
	RET(unlockall(), 0);
	LOCKS(p, ".-");
	LOCKS(bss, "llll");
	LOCKS(map_at(AT(8), 1, RW, ANON, -1, 0), ".-");
}

TEST("growing the heap by mremap is refused, in its place or moved")
{
	char *p = heap_page();
	long locked = vm_locked();

	RET(remap(p, PAGES(4), PAGES(8), 0, NULL), -EPERM);
	RET(remap(p, PAGES(4), PAGES(8), MREMAP_MAYMOVE, NULL), -EPERM);
	LOCKS(p, "llll-");
	LOCKED(locked);
}

TEST("shrinking the heap is refused: the break stays")
{
	char *p = heap_page();

	RET(raw_brk(p), (long)p + (long)PAGES(4));
	LOCKS(p, "llll");
}

TEST("mprotect is allowed; gaining access populates")
{
	long locked = vm_locked();

	RET(protect(bss, PAGES(4), PROT_NONE), 0);
	PRESENT(bss, "1111");
	RET(protect(bss, PAGES(4), PROT_READ), 0);
	LOCKS(bss, "llll");
	PRESENT(bss, "1111");
	RET(protect(bss, PAGES(4), RW), 0);
	LOCKED(locked);
	bss[0] = 1;
}

TEST("what drops pages is refused; DONTNEED_LOCKED is open as in task")
{
	RET(advise(bss, PAGES(2), MADV_DONTNEED), -EINVAL);
	RET(advise(bss, PAGES(2), ADV_PAGEOUT), -EINVAL);
	RET(sys(msync, bss, PAGES(2), MS_INVALIDATE), -EBUSY);
	PRESENT(bss, "11");
}

/* ---- children, exec ---------------------------------------------------- */

static void plain_child(void *arg)
{
	struct area a;

	(void)arg;
	LOCKED(0);
	OK(area_at(bss, &a));
	OK(!area_has(&a, "lp") && !area_has(&a, "lo"));
	RET(unlock(bss, PAGES(4)), 0);
	RET(lock(bss, PAGES(4)), 0);
	RET(unlock(bss, PAGES(4)), 0);
	RET(unmap(bss, PAGE), 0);
}

TEST("fork: the child is plain")
{
	in_child(plain_child, NULL);
	LOCKS(bss, "llll");
	RET(unlock(bss, PAGE), -EPERM);
}

TEST("vfork: the child is denied")
{
	int status;
	pid_t pid = vfork();

	if (!pid)
		_exit(unlock(bss, PAGE) != -EPERM);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("exec of a plain program: it is plain")
{
	struct tiny t;

	tiny_init(&t);
	EQ(tiny_run(&t, "/tmp/vma.plain"), TINY_STATUS);
	unlink("/tmp/vma.plain");
}

TEST("@fits")
{
	RET(unlock(bss, PAGE), -EPERM);
}

static void exec_limited(void *limit)
{
	long ret;

	become_user();
	set_memlock(*(unsigned long *)limit);
	ret = reexec("@fits", NULL);
	if (ret != -EAGAIN && ret != -ENOMEM)
		fail("exec: seen %s", ret_name(ret));
	LOCKED(0);
}

TEST("exec under a limit that is too small fails, the caller goes on")
{
	unsigned long limit = 0;

	in_child(exec_limited, &limit);
	limit = 4096;
	in_child(exec_limited, &limit);
	limit = 65536;
	in_child(exec_limited, &limit);
}

TEST("exec under the default limit, unprivileged")
{
	become_user();
	RET(reexec("@fits", NULL), 0);
}
