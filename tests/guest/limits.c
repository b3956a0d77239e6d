/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RLIMIT_MEMLOCK outside the lock calls (semantics.md 1.7): which operation
 * is refused, with what, and that nothing changes then.  In each case two
 * pages at AT(0) are locked and `limit` pages are allowed.
 */
#include "test.h"

struct mmap_row {
	const char *name;
	unsigned long limit;		/* bytes */
	int future;			/* mlockall's flags, or 0 */
	int prot, flags;
	size_t pages;
	bool file;
	long result;			/* 0 or -errno */
};

#define LK MAP_LOCKED
static const struct mmap_row mmaps[] = {
	{ "plain under limit 0", 0, 0, RW, ANON, 4, false, 0 },
	{ "locked under limit 0", 0, 0, RW, ANON | LK, 1, false, -EPERM },
	{ "locked, no access, limit 0", 0, 0, PROT_NONE, ANON | LK, 1, false,
	  -EPERM },
	{ "locked file under limit 0", 0, 0, RW, MAP_SHARED | LK, 1, true,
	  -EPERM },
	{ "locked, limit below what is locked", 4096, 0, RW, ANON | LK, 1,
	  false, -EAGAIN },
	{ "locked, limit of 1 byte", 1, 0, RW, ANON | LK, 1, false, -EAGAIN },
	{ "locked, limit reached", 2 * 4096, 0, RW, ANON | LK, 1, false,
	  -EAGAIN },
	{ "locked, limit met exactly", 4 * 4096, 0, RW, ANON | LK, 2, false,
	  0 },
	{ "locked, a page over", 4 * 4096, 0, RW, ANON | LK, 3, false,
	  -EAGAIN },
	{ "locked, limit not a multiple", 5 * 4096 - 1, 0, RW, ANON | LK, 3,
	  false, -EAGAIN },
	{ "locked, no access, over", 4 * 4096, 0, PROT_NONE, ANON | LK, 3,
	  false, -EAGAIN },
	{ "locked, no access, within", 4 * 4096, 0, PROT_NONE, ANON | LK, 2,
	  false, 0 },
	{ "locked shared, over", 4 * 4096, 0, RW, SHANON | LK, 3, false,
	  -EAGAIN },
	{ "locked file, over", 4 * 4096, 0, RW, MAP_SHARED | LK, 3, true,
	  -EAGAIN },
	{ "locked file, within", 4 * 4096, 0, RW, MAP_SHARED | LK, 2, true,
	  0 },
	{ "future, over", 4 * 4096, 2, RW, ANON, 3, false, -EAGAIN },
	{ "future, within", 4 * 4096, 2, RW, ANON, 2, false, 0 },
	{ "future on fault, over", 4 * 4096, 6, RW, ANON, 3, false, -EAGAIN },
	{ "future on fault, within", 4 * 4096, 6, RW, ANON, 2, false, 0 },
	{ "future, limit 0", 0, 2, RW, ANON, 1, false, -EAGAIN },
	{ "future and locked, limit 0", 0, 2, RW, ANON | LK, 1, false,
	  -EPERM },
	{ "future, no access, limit 0", 0, 2, PROT_NONE, ANON, 1, false,
	  -EAGAIN },
	{ "future, file, limit 0", 0, 2, PROT_READ, MAP_PRIVATE, 1, true,
	  -EAGAIN },
	{ "future, noreserve, limit 0", 0, 2, RW, ANON | MAP_NORESERVE, 1,
	  false, -EAGAIN },
};

static void lower(const struct mmap_row *m, char *locked)
{
	RET(lock(locked, PAGES(2)), 0);
	if (m->future)
		RET(lockall(m->future), 0);
	become_user();
	set_memlock(m->limit);
}

static void mmap_row(const void *row)
{
	const struct mmap_row *m = row;
	int fd = m->file ? make_memfd(4) : -1;
	long r, want = m->result ? m->result : (long)AT(16);
	char *p = map(2);

	lower(m, p);
	r = raw_mmap(AT(16), PAGES(m->pages), m->prot, m->flags | MAP_FIXED,
		     fd, 0);
	RET(r, want);
	LOCKS(p, "ll");
	if (m->result)
		LOCKS(AT(16), "----");
	OK(vm_locked() == 2 + (m->result || !(m->future || m->flags & LK) ?
			       0 : (long)m->pages));
}
TEST_TABLE("mmap, no capability", mmaps, mmap_row);

static void root_row(const void *row)
{
	const struct mmap_row *m = row;
	int fd = m->file ? make_memfd(4) : -1;

	RET(lock(map(2), PAGES(2)), 0);
	if (m->future)
		RET(lockall(m->future), 0);
	set_memlock(m->limit);
	RET(raw_mmap(AT(16), PAGES(m->pages), m->prot, m->flags | MAP_FIXED,
		     fd, 0), (long)AT(16));
}
TEST_TABLE("mmap, capability", mmaps, root_row);

/* ---- mmap's order of errors -------------------------------------------- */

struct order_row {
	const char *name;
	unsigned long addr, len;
	int prot, flags, fd;		/* fd -2: a read-only memory file */
	long result;
};

#define FX MAP_FIXED
static const struct order_row orders[] = {
	{ "length 0 before EPERM", 0, 0, RW, ANON | LK, -1, -EINVAL },
	{ "bad descriptor before EPERM", 0, 4096, RW, MAP_SHARED | LK, 99,
	  -EBADF },
	{ "unusable length before EPERM", 0, 1ul << 63, RW, ANON | LK, -1,
	  -ENOMEM },
	{ "length that rounds up to 0 before EPERM", 0, -1ul, RW, ANON | LK,
	  -1, -ENOMEM },
	{ "unaligned fixed address before EPERM", WINDOW + 1, 4096, RW,
	  ANON | LK | FX, -1, -EINVAL },
	{ "occupied place before EPERM", WINDOW, 4096, RW,
	  ANON | LK | MAP_FIXED_NOREPLACE, -1, -EEXIST },
	{ "EPERM before a missing sharing type", 0, 4096, RW,
	  MAP_ANONYMOUS | LK, -1, -EPERM },
	{ "EPERM before both sharing types of a file", 0, 4096, RW, LK, -2,
	  -EPERM },
	{ "EPERM before the file's mode", 0, 4096, RW, MAP_SHARED | LK, -2,
	  -EPERM },
	{ "the file's mode otherwise", 0, 4096, RW, MAP_SHARED, -2, -EACCES },
	{ "a missing sharing type otherwise", 0, 4096, RW, MAP_ANONYMOUS, -1,
	  -EINVAL },
};

static void order_row(const void *row)
{
	const struct order_row *o = row;
	int fd = o->fd;

	map(1);
	if (fd == -2) {
		close(make_file("/tmp/limits.ro", 1));
		fd = open("/tmp/limits.ro", O_RDONLY);
	}
	become_user();
	set_memlock(0);
	RET(raw_mmap((void *)o->addr, o->len, o->prot, o->flags, fd, 0),
	    o->result);
}
TEST_TABLE("mmap's errors", orders, order_row);

/* ---- brk, mremap, stack ------------------------------------------------ */

TEST("brk under MCL_FUTURE over the limit: the old break")
{
	long brk = raw_brk(NULL);

	RET(lockall(LOCK_FUTURE), 0);
	become_user();
	set_memlock(PAGES(2));
	RET(raw_brk((char *)brk + PAGES(3)), brk);
	RET(raw_brk(NULL), brk);
	LOCKED(0);
}

TEST("brk under MCL_FUTURE within the limit")
{
	long brk = (raw_brk(NULL) + 4095) & -4096;

	RET(raw_brk((void *)brk), brk);
	RET(lockall(LOCK_FUTURE), 0);
	become_user();
	set_memlock(PAGES(2));
	RET(raw_brk((char *)brk + PAGES(2)), brk + PAGES(2));
	LOCKED(2);
	RET(raw_brk((char *)brk + PAGES(3)), brk + PAGES(2));
	RET(raw_brk((void *)brk), brk);
	LOCKED(0);
}

TEST("brk without MCL_FUTURE ignores the limit, heap locked or not")
{
	long brk = (raw_brk(NULL) + 4095) & -4096;

	RET(raw_brk((char *)brk + PAGES(2)), brk + PAGES(2));
	RET(lock((void *)brk, PAGES(2)), 0);
	become_user();
	set_memlock(0);
	RET(raw_brk((char *)brk + PAGES(4)), brk + PAGES(4));
	LOCKS((void *)brk, "ll..");
}

TEST("mremap growing a locked area over the limit: EAGAIN")
{
	char *p = map(2);

	RET(lock(p, PAGES(2)), 0);
	become_user();
	set_memlock(PAGES(4));
	RET(remap(p, PAGES(2), PAGES(5), 0, NULL), -EAGAIN);
	RET(remap(p, PAGES(2), PAGES(5), MREMAP_MAYMOVE, NULL), -EAGAIN);
	LOCKS(p, "ll-");
	RET(remap(p, PAGES(2), PAGES(4), 0, NULL), (long)p);
	LOCKS(p, "llll");
	LOCKED(4);
}

TEST("mremap growing an on-fault area over the limit: EAGAIN")
{
	char *p = map(2);

	RET(lock2(p, PAGES(2), MLOCK_ONFAULT), 0);
	become_user();
	set_memlock(PAGES(2));
	RET(remap(p, PAGES(2), PAGES(3), 0, NULL), -EAGAIN);
}

TEST("mremap growing a plain area ignores limit and MCL_FUTURE")
{
	char *p = map(2);

	RET(lockall(LOCK_FUTURE), 0);
	become_user();
	set_memlock(0);
	RET(remap(p, PAGES(2), PAGES(5), 0, NULL), (long)p);
	LOCKS(p, ".....");
}

TEST("mremap with old_len 0 of a locked shared area over the limit: EAGAIN")
{
	char *p = map_at(AT(0), 2, RW, SHANON, -1, 0);

	RET(lock(p, PAGES(2)), 0);
	become_user();
	set_memlock(PAGES(3));
	RET(remap(p, 0, PAGES(2), MREMAP_MAYMOVE, NULL), -EAGAIN);
	set_memlock(PAGES(3));
	OK(!failed(remap(p, 0, PAGES(1), MREMAP_MAYMOVE, NULL)));
	LOCKED(3);
}

TEST("a plain move of a locked area is not refused")
{
	char *p = map(2);

	RET(lock(p, PAGES(2)), 0);
	become_user();
	set_memlock(0);
	RET(remap(p, PAGES(2), PAGES(2), MREMAP_MAYMOVE | MREMAP_FIXED, AT(8)),
	    (long)AT(8));
	LOCKS(AT(8), "ll");
	LOCKED(2);
}

TEST("MREMAP_DONTUNMAP of a locked area is not refused")
{
	char *p = map(2);

	RET(lock(p, PAGES(2)), 0);
	become_user();
	set_memlock(0);
	RET(remap(p, PAGES(2), PAGES(2), MREMAP_MAYMOVE | MREMAP_FIXED |
		  MREMAP_DONTUNMAP, AT(8)), (long)AT(8));
	LOCKED(2);
}

TEST("shrinking, mprotect and munmap are not refused")
{
	char *p = map(6);

	RET(lock(p, PAGES(6)), 0);
	become_user();
	set_memlock(0);
	RET(protect(p + PAGE, PAGE, PROT_READ), 0);
	RET(remap(p + PAGES(2), PAGES(4), PAGES(3), 0, NULL),
	    (long)p + PAGES(2));
	RET(unmap(p, PAGE), 0);
	LOCKS(p, "-llll-");
	LOCKED(4);
}

TEST("splitting a locked area by mprotect is not refused at limit 0")
{
	char *p = map(5);

	RET(lock(p, PAGES(5)), 0);
	become_user();
	set_memlock(0);
	RET(protect(p + PAGES(2), PAGE, PROT_NONE), 0);
	LOCKS(p, "lllll");
}

TEST("MAP_FIXED over locked pages does not get them subtracted")
{
	char *p = map(4);

	RET(lock(p, PAGES(4)), 0);
	become_user();
	set_memlock(PAGES(4));
	RET(raw_mmap(p, PAGES(2), RW, ANON | MAP_FIXED | MAP_LOCKED, -1, 0),
	    -EAGAIN);
	LOCKS(p, "llll");
	LOCKED(4);
}

TEST("a refused MAP_FIXED leaves the old contents")
{
	char *p = map(2);

	touch(p, 2);
	RET(lock(p, PAGES(2)), 0);
	become_user();
	set_memlock(PAGES(2));
	RET(raw_mmap(p, PAGES(2), RW, ANON | MAP_FIXED | MAP_LOCKED, -1, 0),
	    -EAGAIN);
	EQ(p[0], 'A');
	EQ(p[PAGE], 'B');
}

TEST("growing MAP_GROWSDOWN over the limit: SIGSEGV")
{
	char *p = map_at(AT(1024), 2, RW, ANON | MAP_GROWSDOWN, -1, 0);

	RET(lock(p, PAGES(2)), 0);
	become_user();
	set_memlock(PAGES(4));
	EQ(probe_write(p - PAGES(3), NULL, NULL), SIGSEGV);
	LOCKED(2);
	EQ(probe_write(p - PAGES(2), NULL, NULL), 0);
	LOCKED(4);
	EQ(probe_write(p - PAGES(3), NULL, NULL), SIGSEGV);
}

TEST("the limit is inherited by fork")
{
	struct rlimit r;
	int status;
	pid_t pid;

	set_memlock(PAGES(3));
	pid = fork();
	if (!pid) {
		getrlimit(RLIMIT_MEMLOCK, &r);
		_exit(r.rlim_cur == PAGES(3) && r.rlim_max == PAGES(3));
	}
	waitpid(pid, &status, 0);
	EQ(WEXITSTATUS(status), 1);
}

TEST("the hard limit: only uid 0 may raise it")
{
	struct rlimit r = { PAGES(8), PAGES(8) };

	set_memlock(PAGES(4));
	set_memlock(PAGES(6));
	become_user();
	RET(sys(prlimit64, 0, RLIMIT_MEMLOCK, &r, 0), -EPERM);
	r.rlim_cur = PAGES(5);
	r.rlim_max = PAGES(6);
	RET(sys(prlimit64, 0, RLIMIT_MEMLOCK, &r, 0), 0);
	r.rlim_cur = PAGES(7);
	RET(sys(prlimit64, 0, RLIMIT_MEMLOCK, &r, 0), -EINVAL);
}

TEST("the soft limit counts, not the hard one")
{
	char *p = map(4);

	set_limit(RLIMIT_MEMLOCK, PAGES(2), PAGES(8));
	become_user();
	RET(lock(p, PAGES(3)), -ENOMEM);
	set_limit(RLIMIT_MEMLOCK, PAGES(3), PAGES(8));
	RET(lock(p, PAGES(3)), 0);
}

TEST("the default limit is 8 MiB")
{
	struct rlimit r;

	EQ(getrlimit(RLIMIT_MEMLOCK, &r), 0);
	EQ(r.rlim_cur, 8ul << 20);
}
