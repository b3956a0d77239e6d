/* run: --mem 64M --swap 64M --kernel holdfast */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A swap disk that fails, through /proc/holdfast/blkfail (Holdfast only): a
 * read error is a SIGBUS to who touches the page and costs no other page, a
 * write error leaves the page in memory and the slot unused; nothing is lost
 * once the disk works again.  The disk as a file, which is read and written in
 * requests of many pages: what comes before an error is there.
 */
#include "test.h"

#include <poll.h>

#define N 64
#define DISK "/dev/vda"
#define DISK_KB ((64 << 10) - 4)	/* all but the header */
#define ALL "0-131071"			/* sectors */
#define FIRST_HALF "0-65535"

static void blkfail(const char *rule)
{
	int fd = open("/proc/holdfast/blkfail", O_WRONLY);

	if (fd < 0 || write(fd, rule, strlen(rule)) != (ssize_t)strlen(rule))
		die("blkfail \"%s\": errno %d", rule, errno);
	close(fd);
}

/* The disk works again, and the invariants hold. */
static void mend(void)
{
	char why[512];

	blkfail("\n");
	slurp("/proc/holdfast/mm_check", why, sizeof(why));
	if (strncmp(why, "ok", 2))
		fail("mm_check: %s", why);
}

static void stamp(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*(size_t *)(p + PAGES(i)) = i + 1;
}

static void intact(const char *p, size_t n)
{
	size_t bad = 0;

	for (size_t i = 0; i < n; i++)
		bad += *(const volatile size_t *)(p + PAGES(i)) != i + 1;
	EQ(bad, 0);
}

static size_t swapped(const char *p, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += !!(pagemap(p + PAGES(i)) & PM_SWAP);
	return found;
}

/* N stamped pages at AT(0), on the disk and not in memory. */
static char *on_disk(int flags)
{
	char *p = map_at(AT(0), N, RW, flags, -1, 0);

	stamp(p, N);
	RET(advise(p, PAGES(N), ADV_PAGEOUT), 0);
	if (flags == ANON && swapped(p, N) != N)
		die("%zu of %d pages are on the disk", swapped(p, N), N);
	return p;
}

static unsigned long swap_kb(const char *field)
{
	static char buf[8192];
	char *p;

	slurp("/proc/meminfo", buf, sizeof(buf));
	p = strstr(buf, field);
	return p ? strtoul(p + strlen(field), NULL, 10) : 0;
}

/* Slots that failed a write are used again after this. */
static void fresh_area(void)
{
	RET(sys(swapoff, DISK), 0);
	RET(sys(swapon, DISK, 0), 0);
}

/* ---- reads ------------------------------------------------------------- */

static void sigbus_row(const void *row)
{
	const struct { const char *name; long flags; } *kind = row;
	char *p = on_disk(kind->flags);
	void *addr;
	int code;

	blkfail("vda:read:" ALL);
	for (size_t i = 0; i < N; i += 9) {
		EQ(probe_read(p + PAGES(i) + 5, &addr, &code), SIGBUS);
		EQ(addr, p + PAGES(i) + 5);
		EQ(code, BUS_ADRERR);
		EQ(probe_write(p + PAGES(i), NULL, NULL), SIGBUS);
	}
	PRESENT(p, "0000");
	mend();
	intact(p, N);
}

static const struct { const char *name; long flags; } kinds[] = {
	{ "private memory", ANON },
	{ "shared memory", SHANON },
};
TEST_TABLE("read error", kinds, sigbus_row);

static void read_all(void *arg)
{
	for (size_t i = 0; i < N; i++)
		(void)*(volatile char *)((char *)arg + PAGES(i));
}

TEST("read error: ends a process that does not catch it, no other")
{
	char *p = on_disk(ANON), c = 0;
	int fds[2], status;
	pid_t other;

	EQ(pipe(fds), 0);
	other = fork();
	if (!other) {			/* works all the time */
		char *q = map_at(AT(4096), N, RW, ANON, -1, 0);

		for (struct pollfd end = { .fd = fds[0], .events = POLLIN };
		     !poll(&end, 1, 1);) {
			stamp(q, N);
			intact(q, N);
		}
		_exit(0);
	}
	blkfail("vda:read:" ALL);
	expect_death(read_all, p, SIGBUS);
	expect_death(read_all, p, SIGBUS);
	mend();
	EQ(write(fds[1], &c, 1), 1);
	EQ(waitpid(other, &status, 0), other);
	EQ(status, 0);
	intact(p, N);
}

TEST("read error of one sector: costs its page, not the neighbours")
{
	char *p = on_disk(ANON), rule[80];
	size_t bad = N / 2;
	unsigned long slot = pagemap(p + PAGES(bad)) >> 5 & ((1ul << 50) - 1);

	snprintf(rule, sizeof(rule), "vda:read:%lu-%lu", slot * 8 + 3,
		 slot * 8 + 3);
	blkfail(rule);
	for (size_t i = 0; i < N; i++)
		EQ(probe_read(p + PAGES(i), NULL, NULL),
		   i == bad ? SIGBUS : 0);
	mend();
	intact(p, N);
}

TEST("read error: system calls and lock calls answer with an error")
{
	char *p = on_disk(ANON);
	int fds[2];

	EQ(pipe(fds), 0);
	blkfail("vda:read:" ALL);
	RET(sys(write, fds[1], p, 8), -EFAULT);
	RET(sys(uname, p + PAGE), -EFAULT);
	RET(lock(p, PAGES(N)), -ENOMEM);
	LOCKED(N);
	RET(advise(p, PAGES(N), ADV_POPULATE_READ), -EFAULT);
	mend();
	RET(lock(p, PAGES(N)), 0);
	EQ(swapped(p, N), 0);
	intact(p, N);
}

TEST("read error in swapoff: EIO, the area stays in use")
{
	char *p = on_disk(ANON);

	blkfail("vda:read:" ALL);
	RET(sys(swapoff, DISK), -EIO);
	OK(swap_kb("SwapTotal:") > 0);
	mend();
	intact(p, N);
	RET(advise(p, PAGES(N), ADV_PAGEOUT), 0);
	EQ(swapped(p, N), N);
	fresh_area();
	EQ(swapped(p, N), 0);
	intact(p, N);
}

TEST("read error of the header: swapon fails, and works afterwards")
{
	RET(sys(swapoff, DISK), 0);
	blkfail("vda:read:0-0");
	RET(sys(swapon, DISK, 0), -EIO);
	mend();
	RET(sys(swapon, DISK, 0), 0);
}

/* ---- writes ------------------------------------------------------------ */

TEST("write error everywhere: the pages stay, contents and all")
{
	char *p = map(N);

	stamp(p, N);
	blkfail("vda:write:" ALL);
	RET(advise(p, PAGES(N), ADV_PAGEOUT), 0);
	blkfail("vda:write:" ALL ",vda:read:" ALL);
	intact(p, N);			/* from memory, not from the disk */
	mend();
	fresh_area();
	RET(advise(p, PAGES(N), ADV_PAGEOUT), 0);
	EQ(swapped(p, N), N);
	intact(p, N);
}

TEST("write errors on half of the disk: the other half is used")
{
	size_t n = (72ul << 20) / PAGE;
	char *p;

	fresh_area();
	blkfail("vda:write:" FIRST_HALF);
	p = map(n);
	stamp(p, n);
	OK(swapped(p, n) > 0);
	OK(swap_kb("SwapTotal:") < DISK_KB);	/* without the bad slots */
	intact(p, n);
	mend();
	intact(p, n);
}

TEST("after all errors the whole area is there again")
{
	char *p;

	fresh_area();
	EQ(swap_kb("SwapTotal:"), DISK_KB);
	EQ(swap_kb("SwapFree:"), DISK_KB);
	p = on_disk(ANON);
	intact(p, N);
	mend();
}

/* ---- the disk as a file: requests of many pages ------------------------ */

#define RAW 64			/* pages */
#define RAW_AT (60l << 20)	/* on the disk: no slot that is in use */

static int open_disk(void)
{
	int fd = open(DISK, O_RDWR);

	if (fd < 0)
		die("%s: errno %d", DISK, errno);
	return fd;
}

TEST("read and write: all that comes before a bad sector")
{
	char *p = map(RAW), *q = map_at(AT(RAW), RAW, RW, ANON, -1, 0);
	int fd = open_disk();

	stamp(p, RAW);
	RET(sys(pwrite64, fd, p, PAGES(RAW), RAW_AT), PAGES(RAW));
	RET(sys(pread64, fd, q, PAGES(RAW), RAW_AT), PAGES(RAW));
	EQ(memcmp(p, q, PAGES(RAW)), 0);
	blkfail("vda:read:123200-123200,vda:write:123047-123047");
	RET(sys(pread64, fd, q, PAGES(RAW), RAW_AT), PAGES(40));
	RET(sys(pread64, fd, q, PAGES(RAW - 40), RAW_AT + PAGES(40)), -EIO);
	RET(sys(pwrite64, fd, q, PAGES(RAW), RAW_AT), PAGES(20));
	RET(sys(pwrite64, fd, q, PAGES(2), RAW_AT + PAGES(20)), -EIO);
	mend();
	memset(q, 0, PAGES(RAW));
	RET(sys(pread64, fd, q, PAGES(RAW), RAW_AT), PAGES(RAW));
	EQ(memcmp(p, q, PAGES(RAW)), 0);
}

TEST("read and write: all that comes before memory that is not there")
{
	char *p = map(RAW), *q = map_at(AT(RAW), RAW, RW, ANON, -1, 0);
	int fd = open_disk();

	stamp(p, RAW);
	RET(sys(pwrite64, fd, p, PAGES(RAW), RAW_AT), PAGES(RAW));
	memset(p + PAGES(7), 1, PAGES(1));
	RET(unmap(p + PAGES(8), PAGES(1)), 0);
	RET(unmap(q + PAGES(33), PAGES(1)), 0);
	RET(sys(pwrite64, fd, p, PAGES(RAW), RAW_AT), PAGES(8));
	RET(sys(pread64, fd, q, PAGES(RAW), RAW_AT), PAGES(33));
	EQ(memcmp(p, q, PAGES(8)), 0);
	EQ(*(size_t *)(q + PAGES(8)), 9);
	RET(sys(pread64, fd, q + PAGES(33), PAGES(2), RAW_AT), -EFAULT);
}

TEST("read and write: from and to the middle of pages")
{
	char *p = map(RAW), *q = map_at(AT(RAW), RAW, RW, ANON, -1, 0);
	int fd = open_disk();

	stamp(p, RAW);
	RET(sys(pwrite64, fd, p, PAGES(RAW), RAW_AT), PAGES(RAW));
	memset(p + 1000, 2, PAGES(40));
	RET(sys(pwrite64, fd, p + 1000, PAGES(40), RAW_AT + 1000), PAGES(40));
	RET(sys(pread64, fd, q + 3, PAGES(RAW) - 5, RAW_AT + 3),
	    PAGES(RAW) - 5);
	EQ(memcmp(p + 3, q + 3, PAGES(RAW) - 5), 0);
	RET(sys(pread64, fd, q, PAGES(RAW), (64l << 20) - 5000), 5000);
	RET(sys(pread64, fd, q, PAGES(RAW), 64l << 20), 0);
	RET(sys(pwrite64, fd, q, PAGES(RAW), 64l << 20), -ENOSPC);
}

TEST("a rule that is none: EINVAL, the rules stay")
{
	static const char *const bad[] = {
		"vda", "vda:read", "vda:erase:0-1", "vda:read:2-1",
		"vda:read:0", "vda:read:0-1,", ":read:0-1",
		"vda:read:0-1 vda:read:2-3",
		"vda:read:0-99999999999999999999999",
	};
	int fd = open("/proc/holdfast/blkfail", O_RDWR);
	char text[64];

	blkfail("vda:read:7-9");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		RET(sys(write, fd, bad[i], strlen(bad[i])), -EINVAL);
	slurp("/proc/holdfast/blkfail", text, sizeof(text));
	STR(text, "vda:read:7-9\n");
	mend();
}
