/* run: --mem 64M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file system in memory that is full: ENOSPC, short writes, SIGBUS on a
 * mapping that cannot be filled, and all of it comes back when files go.
 * Without swap, files cannot leave memory.
 */
#include "test.h"

#define BIG "/tmp/full.big"
static char block[65536];

/* Writes until it ends; bytes written, and the error that ended it. */
static long fill_up(int fd, long *err)
{
	long n, total = 0;

	while ((n = sys(write, fd, block, sizeof(block))) > 0 &&
	       total < 1l << 30)
		total += n;
	*err = n;
	return total;
}

static int open_big(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		die("open of %s: errno %d", name, errno);
	return fd;
}

static bool no_space(long err)
{
	return err == -ENOSPC || err == -ENOMEM;
}

TEST("a file that fills memory: ENOSPC")
{
	int fd = open_big(BIG);
	struct stat st;
	long err, total = fill_up(fd, &err);

	EQ(fstat(fd, &st), 0);
	EQ(st.st_size, total);
	if (!no_space(err))
		fail("expected -ENOSPC, seen %s after %ld kB", ret_name(err),
		     total / 1024);
	OK(total > 4 << 20);
	unlink(BIG);
}

TEST("what was written before is intact")
{
	int fd = open_big(BIG);
	long err, total, bad = 0;
	char c;

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = i / 4096 + 1;
	total = fill_up(fd, &err);
	for (long at = 0; at < total; at += 65536 * 7 + 4096)
		bad += pread(fd, &c, 1, at) != 1 ||
		       c != (char)(at % 65536 / 4096 + 1);
	EQ(bad, 0);
	unlink(BIG);
}

TEST("space comes back: three times over")
{
	long err, first = 0, total;

	for (int i = 0; i < 3; i++) {
		int fd = open_big(BIG);

		total = fill_up(fd, &err);
		if (!i)
			first = total;
		if (total < first - (first >> 2))
			fail("round %d: %ld kB, first %ld kB", i, total >> 10,
			     first >> 10);
		EQ(ftruncate(fd, 0), 0);
		close(fd);
		unlink(BIG);
	}
}

TEST("an unlinked file gives its space back at the last close")
{
	long err, total;
	int fd = open_big(BIG);

	unlink(BIG);
	total = fill_up(fd, &err);
	close(fd);
	fd = open_big(BIG);
	OK(fill_up(fd, &err) > total / 2);
	unlink(BIG);
}

TEST("a small file can be written after a big one is cut")
{
	int fd = open_big(BIG), small;
	long err, total = fill_up(fd, &err);

	EQ(ftruncate(fd, total / 2), 0);
	small = open_big("/tmp/full.small");
	EQ(write(small, block, sizeof(block)), sizeof(block));
	unlink(BIG);
	unlink("/tmp/full.small");
}

TEST("a file larger than memory, but empty, costs nothing")
{
	int fd = open_big(BIG);
	char c = 1;

	EQ(ftruncate(fd, 1l << 40), 0);
	EQ(pread(fd, &c, 1, 1l << 39), 1);
	EQ(c, 0);
	EQ(pwrite(fd, "x", 1, (1l << 40) - 1), 1);
	EQ(ftruncate(fd, 0), 0);
	unlink(BIG);
}

TEST("offsets at the end of the range")
{
	int fd = open_big(BIG);

	RET(sys(ftruncate, fd, -1), -EINVAL);
	RET(sys(ftruncate, fd, 0x7fffffffffffffffl), 0);
	RET(sys(pwrite64, fd, "x", 1, 0x7fffffffffffffffl), -EINVAL);
	RET(sys(pwrite64, fd, "x", 1, -1l), -EINVAL);
	RET(sys(lseek, fd, -1l, SEEK_SET), -EINVAL);
	unlink(BIG);
}

TEST("RLIMIT_FSIZE: a short write, then SIGXFSZ or EFBIG")
{
	int fd = open_big(BIG);

	set_limit(RLIMIT_FSIZE, 100000, 100000);
	signal(SIGXFSZ, SIG_IGN);
	EQ(write(fd, block, sizeof(block)), sizeof(block));
	EQ(write(fd, block, sizeof(block)), 100000 - 65536);
	RET(sys(write, fd, block, 1), -EFBIG);
	RET(sys(ftruncate, fd, 200000), -EFBIG);
	unlink(BIG);
}

TEST("many small files and folders, made and removed")
{
	char name[64];
	int made = 0;

	for (; made < 500; made++) {
		snprintf(name, sizeof(name), "/tmp/full.%d", made);
		if (made & 1 ? mkdir(name, 0700) : mknod(name, S_IFREG, 0))
			break;
	}
	EQ(made, 500);
	for (int i = 0; i < made; i++) {
		snprintf(name, sizeof(name), "/tmp/full.%d", i);
		if (i & 1 ? rmdir(name) : unlink(name))
			fail("removing %s: errno %d", name, errno);
	}
}

TEST("names that are too long: ENAMETOOLONG")
{
	char name[300] = "/tmp/";

	memset(name + 5, 'n', 255);
	EQ(mkdir(name, 0700), 0);
	EQ(rmdir(name), 0);
	memset(name + 5, 'n', 256);
	RET(sys(mkdir, name, 0700), -ENAMETOOLONG);
}
