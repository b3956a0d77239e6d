/* run: --mem 64M --swap 64M --root tests/guest/lib */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is read of a file before it is asked for: readahead(2),
 * posix_fadvise(2), madvise(2), and windows of ordinary reads and faults.  In
 * /tmp of a fresh ext2 image: tmpfs has no disk to read ahead from.
 */
#include "test.h"

#define NR 256u

static char buf[PAGE];

/* A file of NR pages, each with its number, none of them in memory. */
static int cold_file(void)
{
	int fd = open("ra", O_RDWR | O_CREAT | O_TRUNC, 0644);

	for (unsigned i = 0; i < NR; i++) {
		memset(buf, 'a' + i % 26, PAGE);
		if (write(fd, buf, PAGE) != PAGE)
			die("write: errno %d", errno);
	}
	fsync(fd);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return fd;
}

/* How many of the file's first n pages are in memory. */
static unsigned cached(int fd, unsigned n)
{
	char *p = mmap(NULL, NR * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	unsigned char vec[NR];
	unsigned sum = 0;

	if (p == MAP_FAILED || mincore(p, NR * PAGE, vec))
		die("mincore: errno %d", errno);
	munmap(p, NR * PAGE);
	for (unsigned i = 0; i < n; i++)
		sum += vec[i] & 1;
	return sum;
}

/* Linux reads in the background: give it time, and no more than is needed. */
static bool soon_cached(int fd, unsigned n)
{
	for (int i = 0; i < 1000 && cached(fd, NR) < n; i++)
		usleep(10000);
	return cached(fd, NR) >= n;
}

static bool right(int fd)
{
	for (unsigned i = 0; i < NR; i++)
		if (pread(fd, buf, PAGE, i * PAGE) != PAGE ||
		    buf[0] != 'a' + (int)(i % 26) || buf[PAGE - 1] != buf[0])
			return false;
	return true;
}

TEST("DONTNEED writes and drops, but no page in part")
{
	int fd = cold_file();

	EQ(cached(fd, NR), 0);
	OK(right(fd));
	EQ(pwrite(fd, "aa", 2, 0), 2);
	EQ(cached(fd, NR), NR);
	EQ(posix_fadvise(fd, 1, 3 * PAGE, POSIX_FADV_DONTNEED), 0);
	EQ(cached(fd, NR), NR - 2);	/* pages 1 and 2 */
	EQ(cached(fd, 1), 1);
	OK(right(fd));
}

TEST("readahead(2) and WILLNEED bring what they are told")
{
	int fd = cold_file();
	char *p;

	EQ(sys(readahead, fd, 0, 64 * PAGE), 0);
	OK(soon_cached(fd, 64));
	EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED), 0);
	OK(soon_cached(fd, NR));
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	EQ(cached(fd, NR), 0);
	p = mmap(NULL, NR * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	EQ(madvise(p, NR * PAGE, MADV_WILLNEED), 0);
	OK(soon_cached(fd, NR));
	OK(right(fd));
}

TEST("reading on brings more than was asked for; RANDOM does not")
{
	int fd = cold_file();

	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	EQ(pread(fd, buf, PAGE, 0), PAGE);
	EQ(pread(fd, buf, PAGE, PAGE), PAGE);
	EQ(cached(fd, NR), 2);
	posix_fadvise(fd, 0, 0, POSIX_FADV_NORMAL);
	for (unsigned i = 2; i < 40; i++)
		EQ(pread(fd, buf, PAGE, i * PAGE), PAGE);
	OK(soon_cached(fd, 41));
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	EQ(pread(fd, buf, PAGE, 0), PAGE);
	OK(soon_cached(fd, 2));
}

TEST("faults bring neighbours; after MADV_RANDOM they do not")
{
	int fd = cold_file();
	char *p = mmap(NULL, NR * PAGE, PROT_READ, MAP_SHARED, fd, 0);

	madvise(p, NR * PAGE, MADV_RANDOM);
	EQ(p[100 * PAGE], 'a' + 100 % 26);
	EQ(cached(fd, NR), 1);
	madvise(p, NR * PAGE, MADV_NORMAL);
	EQ(p[50 * PAGE], 'a' + 50 % 26);
	OK(soon_cached(fd, 3));
	madvise(p, NR * PAGE, MADV_SEQUENTIAL);
	EQ(p[150 * PAGE], 'a' + 150 % 26);
	munmap(p, NR * PAGE);
	OK(right(fd));
}

TEST("the end of the file, and offsets far behind it")
{
	int fd = cold_file();

	EQ(ftruncate(fd, 5 * PAGE + 7), 0);
	EQ(sys(readahead, fd, 4 * PAGE, 1 << 30), 0);
	EQ(sys(readahead, fd, 1ul << 40, 1 << 30), 0);
	EQ(sys(readahead, fd, -PAGE, 10 * PAGE), 0);
	EQ(posix_fadvise(fd, INT64_MAX, INT64_MAX, POSIX_FADV_WILLNEED), 0);
	EQ(posix_fadvise(fd, INT64_MAX, INT64_MAX, POSIX_FADV_DONTNEED), 0);
	EQ(pread(fd, buf, PAGE, 5 * PAGE), 7);
	/* Whole at its end.  Linux may hold the last page for a moment. */
	for (int i = 0; i < 1000 && cached(fd, NR); i++)
		EQ(posix_fadvise(fd, 4 * PAGE, PAGE + 7, POSIX_FADV_DONTNEED),
		   0);
	EQ(cached(fd, NR), 0);
}

TEST("errors of readahead and fadvise64")
{
	int fd = cold_file(), wr = open("ra", O_WRONLY), p[2];

	EQ(pipe(p), 0);
	RET(sys(readahead, -1, 0, 1), -EBADF);
	RET(sys(readahead, wr, 0, 1), -EBADF);
	RET(sys(readahead, p[0], 0, 1), -EINVAL);
	RET(sys(readahead, open("/tmp", O_RDONLY), 0, 1), -EINVAL);
	RET(sys(readahead, open("ra", O_PATH), 0, 1), -EBADF);
	RET(sys(readahead, fd, 0, -1ul), -EINVAL);
	RET(sys(fadvise64, -1, 0, 0, POSIX_FADV_NORMAL), -EBADF);
	RET(sys(fadvise64, p[0], 0, -1, 99), -ESPIPE);
	RET(sys(fadvise64, fd, 0, -1, POSIX_FADV_NORMAL), -EINVAL);
	RET(sys(fadvise64, fd, 0, 0, 6), -EINVAL);
	RET(sys(fadvise64, fd, 0, 0, -1), -EINVAL);
	RET(sys(fadvise64, fd, 0, 0, POSIX_FADV_NOREUSE), 0);
	RET(sys(fadvise64, wr, 0, 0, POSIX_FADV_WILLNEED), 0);
}

/* ---- a disk that fails --------------------------------------------------- */

#define BAD 20u			/* the page that cannot be had */

static void fail_disk(const char *rule)
{
	int fd = open("/proc/holdfast/blkfail", O_WRONLY);

	if (fd < 0)
		skip("no /proc/holdfast/blkfail");
	if (write(fd, rule, strlen(rule)) < 0)
		die("blkfail: errno %d", errno);
	close(fd);
}

/* The sector on the root disk where page BAD of the file begins. */
static long find_page(int fd)
{
	static char piece[1 << 16];
	static const char tag[] = "the page that will be bad";
	int disk = open("/dev/vdb", O_RDONLY);
	ssize_t n;

	pwrite(fd, tag, sizeof(tag), BAD * PAGE + 8);
	fsync(fd);
	for (long at = 0; (n = pread(disk, piece, sizeof(piece), at)) > 0;
	     at += n)
		for (ssize_t i = 0; i < n; i += 512)
			if (!memcmp(piece + i + 8, tag, sizeof(tag)))
				return (at + i) / 512;
	die("the page is not on the disk");
}

/* Every page but the bad one, which gives this error. */
static void read_all_but(int fd, int err)
{
	for (unsigned i = 0; i < 64; i++) {
		RET(sys(pread64, fd, buf, PAGE, i * PAGE),
		    i == BAD && err ? err : (long)PAGE);
		if (i != BAD || !err)
			EQ(buf[0], 'a' + (int)(i % 26));
	}
}

TEST("one bad sector costs one page, of a window and of a cluster")
{
	int fd = cold_file();
	char rule[64];
	long sector;

	fail_disk("\n");
	sector = find_page(fd);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	sprintf(rule, "vdb:read:%ld-%ld", sector + 1, sector + 1);
	fail_disk(rule);
	read_all_but(fd, -EIO);
	fail_disk("\n");
	read_all_but(fd, 0);

	for (unsigned i = 0; i < 64; i++)
		pwrite(fd, "!", 1, i * PAGE + 1);
	sprintf(rule, "vdb:write:%ld-%ld", sector, sector);
	fail_disk(rule);
	RET(sys(fsync, fd), -EIO);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	EQ(cached(fd, 64), 1);		/* dirty still */
	read_all_but(fd, 0);
	fail_disk("\n");
	EQ(fsync(fd), 0);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	EQ(cached(fd, 64), 0);
	for (unsigned i = 0; i < 64; i++) {
		EQ(pread(fd, buf, 2, i * PAGE), 2);
		EQ(buf[1], '!');
	}
}

TEST("WILLNEED of private memory that is on the swap disk")
{
	char *p = mmap(NULL, 64 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < 64; i++)
		p[i * PAGE] = i;
	madvise(p, 64 * PAGE, MADV_PAGEOUT);
	EQ(madvise(p, 64 * PAGE, MADV_WILLNEED), 0);
	for (int i = 0; i < 64; i++)
		EQ(p[i * PAGE], i);
	EQ(madvise(p + PAGE / 2, PAGE, MADV_WILLNEED), -1);
	EQ(errno, EINVAL);
}
