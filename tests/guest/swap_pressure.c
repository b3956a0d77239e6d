/* run: --mem 64M --swap 320M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Four times as much memory as the machine has, swapped and verified: private
 * memory, shared memory, memory shared by fork, and locked memory beside it,
 * which must not leave.
 */
#include "test.h"

static unsigned long mem_kb(const char *field)
{
	static char buf[8192];
	char *p;

	slurp("/proc/meminfo", buf, sizeof(buf));
	p = strstr(buf, field);
	return p ? strtoul(p + strlen(field) + 1, NULL, 10) : 0;
}

static void need_swap(unsigned long kb)
{
	if (mem_kb("SwapTotal") < kb)
		die("no swap disk: run with --swap 320M");
}

static void stamp(char *p, size_t page, unsigned long seed)
{
	unsigned long *w = (unsigned long *)(p + PAGES(page));

	w[0] = page * 2654435761ul + seed;
	w[255] = ~w[0];
	w[511] = w[0] ^ seed;
}

static bool intact(const char *p, size_t page, unsigned long seed)
{
	const unsigned long *w = (const unsigned long *)(p + PAGES(page));

	return w[0] == page * 2654435761ul + seed && w[255] == ~w[0] &&
	       w[511] == (w[0] ^ seed);
}

static size_t count_bad(const char *p, size_t n, unsigned long seed)
{
	size_t bad = 0;

	for (size_t i = 0; i < n; i++)
		bad += !intact(p, i, seed);
	return bad;
}

static void stamp_all(char *p, size_t n, unsigned long seed)
{
	for (size_t i = 0; i < n; i++)
		stamp(p, i, seed);
}

#define BIG (240ul << 20 >> 12)	/* pages: about four times free memory */
#define SMALL (72ul << 20 >> 12)

TEST("private memory, four times over, comes back as it was")
{
	char *p;

	need_swap(300 << 10);
	p = map(BIG);
	stamp_all(p, BIG, 1);
	OK(mem_kb("SwapTotal") - mem_kb("SwapFree") > 100 << 10);
	EQ(count_bad(p, BIG, 1), 0);
}

TEST("locked pages stay while the rest goes")
{
	char *locked = map_at(AT(0), 1024, RW, ANON, -1, 0);
	char *p;

	need_swap(300 << 10);
	stamp_all(locked, 1024, 7);
	RET(lock(locked, PAGES(1024)), 0);
	p = map_at(AT(4096), SMALL, RW, ANON, -1, 0);
	stamp_all(p, SMALL, 3);
	for (size_t i = 0; i < 1024; i++)
		if (!(pagemap(locked + PAGES(i)) & PM_PRESENT)) {
			fail("locked page %zu is absent", i);
			break;
		}
	EQ(count_bad(locked, 1024, 7), 0);
	EQ(count_bad(p, SMALL, 3), 0);
}

TEST("on-fault pages stay once touched")
{
	char *locked = map_at(AT(0), 512, RW, ANON, -1, 0);
	char *p;

	need_swap(300 << 10);
	RET(lock2(locked, PAGES(512), MLOCK_ONFAULT), 0);
	stamp_all(locked, 512, 8);
	p = map_at(AT(4096), SMALL, RW, ANON, -1, 0);
	stamp_all(p, SMALL, 3);
	for (size_t i = 0; i < 512; i++)
		if (!(pagemap(locked + PAGES(i)) & PM_PRESENT)) {
			fail("locked page %zu is absent", i);
			break;
		}
	EQ(count_bad(locked, 512, 8), 0);
}

TEST("locking swapped memory brings all of it in")
{
	char *first = map_at(AT(0), 1024, RW, ANON, -1, 0), *p;
	struct area a;

	need_swap(300 << 10);
	stamp_all(first, 1024, 5);
	p = map_at(AT(4096), SMALL, RW, ANON, -1, 0);
	stamp_all(p, SMALL, 4);
	RET(unmap(p, PAGES(SMALL)), 0);
	RET(lock(first, PAGES(1024)), 0);
	OK(area_at(first, &a));
	EQ(a.rss, 1024);
	EQ(a.locked, 1024);
	EQ(count_bad(first, 1024, 5), 0);
}

static size_t count_bits(const char *p, size_t n, uint64_t bit)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += !!(pagemap(p + PAGES(i)) & bit);
	return found;
}

TEST("on fault over swapped memory: stays out until touched or swapoff")
{
	char *first = map_at(AT(0), 1024, RW, ANON, -1, 0), *p;
	struct area a;
	size_t out;

	need_swap(300 << 10);
	stamp_all(first, 1024, 5);
	p = map_at(AT(4096), SMALL, RW, ANON, -1, 0);
	stamp_all(p, SMALL, 4);
	RET(unmap(p, PAGES(SMALL)), 0);
	out = count_bits(first, 1024, PM_SWAP);
	OK(out > 0);
	RET(lock2(first, PAGES(1024), MLOCK_ONFAULT), 0);
	EQ(count_bits(first, 1024, PM_SWAP), out);
	LOCKED(1024);
	RET(sys(swapoff, "/dev/vda"), 0);
	EQ(count_bits(first, 1024, PM_PRESENT), 1024);
	OK(area_at(first, &a));
	EQ(a.locked, 1024);
	EQ(count_bad(first, 1024, 5), 0);
	RET(sys(swapon, "/dev/vda", 0), 0);
}

TEST("a locked page shared by fork stays through the parent")
{
	char *locked = map_at(AT(0), 256, RW, ANON, -1, 0), *p, c;
	int fds[2], status;
	pid_t pid;

	need_swap(300 << 10);
	stamp_all(locked, 256, 9);
	RET(lock(locked, PAGES(256)), 0);
	EQ(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		close(fds[1]);
		read(fds[0], &c, 1);
		_exit(count_bad(locked, 256, 9) != 0);
	}
	p = map_at(AT(4096), SMALL, RW, ANON, -1, 0);
	stamp_all(p, SMALL, 3);
	for (size_t i = 0; i < 256; i++)
		if (!(pagemap(locked + PAGES(i)) & PM_PRESENT)) {
			fail("locked page %zu is absent", i);
			break;
		}
	close(fds[1]);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

/* Copy-on-write takes the lock's protection from whoever did not write: the
 * parent's new pages are locked, the old ones are the plain child's alone. */
TEST("after fork the writer has the locked pages, the other's can leave")
{
	char *locked = map_at(AT(0), 256, RW, ANON, -1, 0), *p, c;
	int fds[2], status;
	pid_t pid;

	need_swap(300 << 10);
	stamp_all(locked, 256, 9);
	RET(lock(locked, PAGES(256)), 0);
	EQ(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		close(fds[1]);
		read(fds[0], &c, 1);
		if (!count_bits(locked, 256, PM_SWAP))
			note("none of the child's pages has left");
		else if (!count_bad(locked, 256, 9))
			_exit(0);
		_exit(1);
	}
	stamp_all(locked, 256, 10);
	p = map_at(AT(4096), SMALL, RW, ANON, -1, 0);
	stamp_all(p, SMALL, 3);
	EQ(count_bits(locked, 256, PM_PRESENT), 256);
	EQ(count_bad(locked, 256, 10), 0);
	close(fds[1]);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

static void cow_child(void *arg)
{
	char *p = arg;
	size_t n = SMALL / 2;

	EQ(count_bad(p, n, 2), 0);
	for (size_t i = 0; i < n; i += 2)
		stamp(p, i, 77);
	for (size_t i = 0; i < n; i++)
		if (!intact(p, i, i % 2 ? 2 : 77)) {
			fail("child's page %zu is wrong", i);
			break;
		}
}

TEST("copy-on-write of swapped memory")
{
	char *p;

	need_swap(300 << 10);
	p = map(SMALL / 2);
	stamp_all(p, SMALL / 2, 2);
	in_child(cow_child, p);
	EQ(count_bad(p, SMALL / 2, 2), 0);
}

TEST("four children share the pressure")
{
	int status, bad = 0;

	need_swap(300 << 10);
	for (int c = 0; c < 4; c++)
		if (!fork()) {
			char *p = map(SMALL / 4);

			stamp_all(p, SMALL / 4, 10 + c);
			_exit(count_bad(p, SMALL / 4, 10 + c) != 0);
		}
	while (wait(&status) > 0)
		bad += status != 0;
	EQ(bad, 0);
}

TEST("shared memory goes to swap and comes back")
{
	char *p;

	need_swap(300 << 10);
	p = map_at(AT(0), SMALL, RW, SHANON, -1, 0);
	stamp_all(p, SMALL, 6);
	EQ(count_bad(p, SMALL, 6), 0);
}

TEST("a memfd written, unmapped, read back")
{
	static unsigned long page[512];
	size_t bad = 0;
	int fd;

	need_swap(300 << 10);
	fd = sys(memfd_create, "big", 0);
	for (size_t i = 0; i < SMALL; i++) {
		stamp((char *)page - PAGES(i), i, 11);
		if (write(fd, page, sizeof(page)) != sizeof(page))
			die("write of page %zu: errno %d", i, errno);
	}
	for (size_t i = 0; i < SMALL; i++) {
		pread(fd, page, sizeof(page), PAGES(i));
		bad += !intact((char *)page - PAGES(i), i, 11);
	}
	EQ(bad, 0);
}

TEST("no swap is lost: after all this it is free again")
{
	need_swap(300 << 10);
	/* The last child's memory may still be on its way out. */
	for (int i = 0; i < 200; i++) {
		if (mem_kb("SwapTotal") - mem_kb("SwapFree") < 16 << 10)
			return;
		usleep(10000);
	}
	fail("still used: %lu kB",
	     mem_kb("SwapTotal") - mem_kb("SwapFree"));
}
