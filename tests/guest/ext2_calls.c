/* run: --mem 64M --root tests/guest/lib */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file system on a disk: names, links, sizes, holes, mappings, a full disk.
 * Runs in /tmp of a fresh ext2 image of 64 MiB; every expectation holds for
 * Linux's driver, too.
 */
#include "test.h"

#include <dirent.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#define EXT2_MAGIC 0xef53
#define MIB (1ul << 20)

static char buf[65536], buf2[65536];

static int make(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	if (fd < 0)
		die("%s: errno %d", name, errno);
	return fd;
}

/* Contents that depend on place and salt. */
static void fill(char *p, size_t n, unsigned long at, unsigned salt)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (at + i) * 2654435761u >> 13 ^ salt;
}

static void put(int fd, unsigned long at, size_t n, unsigned salt)
{
	fill(buf, n, at, salt);
	EQ(pwrite(fd, buf, n, at), n);
}

static bool has(int fd, unsigned long at, size_t n, unsigned salt)
{
	fill(buf, n, at, salt);
	return pread(fd, buf2, n, at) == (ssize_t)n && !memcmp(buf, buf2, n);
}

static bool is_zero(int fd, unsigned long at, size_t n)
{
	memset(buf, 0, n);
	return pread(fd, buf2, n, at) == (ssize_t)n && !memcmp(buf, buf2, n);
}

static struct stat st;

static unsigned links(const char *name)
{
	return lstat(name, &st) ? 0 : st.st_nlink;
}

static ino_t inode_of(const char *name)
{
	return lstat(name, &st) ? 0 : st.st_ino;
}

static unsigned long free_blocks(void)
{
	struct statfs f;

	sync();
	return statfs(".", &f) ? 0 : f.f_bfree;
}

TEST("this is ext2")
{
	struct statfs f;

	EQ(statfs(".", &f), 0);
	EQ(f.f_type, EXT2_MAGIC);
	OK(f.f_bfree <= f.f_blocks && f.f_bavail <= f.f_bfree);
	OK(f.f_ffree < f.f_files);
}

/* ---- names -------------------------------------------------------------- */

TEST("a thousand names in one directory, each seen once")
{
	static bool seen[1000];
	char name[64];
	struct dirent *e;
	int fd, n, count = 0;
	DIR *d;

	EQ(mkdir("many", 0755), 0);
	for (n = 0; n < 1000; n++) {
		sprintf(name, "many/a-name-of-some-length-%d", n);
		fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600);
		OK(fd >= 0);
		close(fd);
	}
	d = opendir("many");
	while ((e = readdir(d)))
		if (sscanf(e->d_name, "a-name-of-some-length-%d", &n) == 1) {
			OK(n >= 0 && n < 1000 && !seen[n]);
			seen[n] = true;
			count++;
			EQ(e->d_type, DT_REG);
		}
	closedir(d);
	EQ(count, 1000);
	RET(sys(rmdir, "many"), -ENOTEMPTY);
	for (n = 0; n < 1000; n++) {
		sprintf(name, "many/a-name-of-some-length-%d", n);
		EQ(unlink(name), 0);
	}
	EQ(rmdir("many"), 0);
}

TEST("names of 1 and 255 bytes; 256 are too many")
{
	char name[300];

	memset(name, 'n', sizeof(name));
	name[256] = 0;
	RET(sys(open, name, O_CREAT | O_RDWR, 0600), -ENAMETOOLONG);
	name[255] = 0;
	OK(open(name, O_CREAT | O_RDWR, 0600) >= 0);
	EQ(links(name), 1);
	EQ(unlink(name), 0);
	OK(open("n", O_CREAT | O_RDWR, 0600) >= 0);
	EQ(unlink("n"), 0);
	RET(sys(unlink, "n"), -ENOENT);
}

TEST("link counts of files and directories")
{
	make("f");
	EQ(link("f", "g"), 0);
	EQ(links("f"), 2);
	RET(sys(link, "f", "g"), -EEXIST);
	EQ(unlink("f"), 0);
	EQ(links("g"), 1);
	EQ(mkdir("d", 0755), 0);
	EQ(mkdir("d/e", 0755), 0);
	EQ(links("d"), 3);
	EQ(links("d/e"), 2);
	RET(sys(link, "d", "h"), -EPERM);
	EQ(rmdir("d/e"), 0);
	EQ(links("d"), 2);
	EQ(rmdir("d"), 0);
	EQ(unlink("g"), 0);
}

TEST("symbolic links, short and long")
{
	char text[900];

	EQ(symlink("target", "s"), 0);
	EQ(readlink("s", text, sizeof(text)), 6);
	EQ(lstat("s", &st), 0);
	EQ(st.st_size, 6);
	EQ(st.st_blocks, 0);
	memset(text, 'x', 800);
	text[800] = 0;
	EQ(symlink(text, "l"), 0);
	memset(text, 0, sizeof(text));
	EQ(readlink("l", text, sizeof(text)), 800);
	OK(text[0] == 'x' && text[799] == 'x');
	EQ(lstat("l", &st), 0);
	OK(S_ISLNK(st.st_mode) && st.st_blocks > 0);
	EQ(unlink("s"), 0);
	EQ(unlink("l"), 0);
}

TEST("rename: within, across, onto a file")
{
	int fd = make("a");

	put(fd, 0, 100, 1);
	EQ(mkdir("d1", 0755), 0);
	EQ(mkdir("d2", 0755), 0);
	EQ(rename("a", "b"), 0);
	EQ(rename("b", "d1/c"), 0);
	EQ(links("b"), 0);
	put(make("d2/old"), 0, 50, 2);
	EQ(rename("d1/c", "d2/old"), 0);
	EQ(stat("d2/old", &st), 0);
	EQ(st.st_size, 100);
	OK(has(open("d2/old", O_RDONLY), 0, 100, 1));
	RET(sys(rmdir, "d2"), -ENOTEMPTY);
	EQ(unlink("d2/old"), 0);
	EQ(rmdir("d1"), 0);
	EQ(rmdir("d2"), 0);
}

TEST("rename of directories: parents and their counts")
{
	ino_t ino;

	EQ(mkdir("p", 0755), 0);
	EQ(mkdir("q", 0755), 0);
	EQ(mkdir("p/x", 0755), 0);
	EQ(mkdir("q/y", 0755), 0);
	EQ(links("p"), 3);
	EQ(rename("p/x", "q/x"), 0);
	EQ(links("p"), 2);
	EQ(links("q"), 4);
	stat("q", &st);
	ino = st.st_ino;
	stat("q/x/..", &st);
	OK(st.st_ino == ino);
	EQ(rename("q/x", "q/y"), 0);
	EQ(links("q"), 3);
	RET(sys(rename, "q", "q/y/z"), -EINVAL);
	EQ(mkdir("q/y/full", 0755), 0);
	RET(sys(rename, "p", "q/y"), -ENOTEMPTY);
	make("file");
	RET(sys(rename, "file", "p"), -EISDIR);
	RET(sys(rename, "p", "file"), -ENOTDIR);
	EQ(unlink("file"), 0);
	EQ(rmdir("q/y/full"), 0);
	EQ(rmdir("q/y"), 0);
	EQ(rmdir("q"), 0);
	EQ(rmdir("p"), 0);
}

TEST("names trade places; \"..\" and the counts follow")
{
	ino_t a, b;

	mkdir("xa", 0755);
	mkdir("xb", 0755);
	mkdir("xa/dir", 0755);
	close(make("xb/file"));
	a = inode_of("xa/dir");
	b = inode_of("xb/file");
	RET(sys(renameat2, AT_FDCWD, "xa/dir", AT_FDCWD, "xb/file", 2), 0);
	EQ(inode_of("xa/dir"), b);
	EQ(inode_of("xb/file"), a);
	EQ(inode_of("xb/file/.."), inode_of("xb"));
	EQ(links("xa"), 2);
	EQ(links("xb"), 3);
	RET(sys(renameat2, AT_FDCWD, "xb", AT_FDCWD, "xb/file", 2), -EINVAL);
	EQ(unlink("xa/dir"), 0);
	EQ(rmdir("xb/file"), 0);
	EQ(rmdir("xa"), 0);
	EQ(rmdir("xb"), 0);
}

TEST("a file without a name: its blocks come back, or it gets a name")
{
	unsigned long before = free_blocks();
	int fd = open(".", O_TMPFILE | O_RDWR, 0600);

	EQ(write(fd, buf, sizeof(buf)), sizeof(buf));
	EQ(fsync(fd), 0);
	OK(free_blocks() < before);
	RET(sys(linkat, fd, "", AT_FDCWD, "tf", AT_EMPTY_PATH), 0);
	close(fd);
	EQ(links("tf"), 1);
	EQ(unlink("tf"), 0);
	close(open(".", O_TMPFILE | O_RDWR, 0600));
	EQ(free_blocks(), before);
}

TEST("data and holes")
{
	const long n = PAGE;	/* how finely there are holes is not told */
	int fd = make("holes");

	EQ(ftruncate(fd, 10 * n + 5), 0);
	EQ(pwrite(fd, buf, 2 * n, 3 * n), 2 * n);
	EQ(lseek(fd, 0, SEEK_HOLE), 0);
	EQ(lseek(fd, 0, SEEK_DATA), 3 * n);
	EQ(lseek(fd, 3 * n + 9, SEEK_DATA), 3 * n + 9);
	EQ(lseek(fd, 3 * n + 9, SEEK_HOLE), 5 * n);
	RET(sys(lseek, fd, 5 * n, SEEK_DATA), -ENXIO);
	EQ(lseek(fd, 10 * n + 4, SEEK_HOLE), 10 * n + 4);
	RET(sys(lseek, fd, 10 * n + 5, SEEK_HOLE), -ENXIO);
	RET(sys(fallocate, fd, 0, 0, 1), -EOPNOTSUPP);
	close(fd);
	unlink("holes");
}

TEST("device nodes and fifos keep their kind and number")
{
	EQ(mknod("dev", S_IFCHR | 0600, makedev(1, 3)), 0);
	EQ(stat("dev", &st), 0);
	OK(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
	EQ(mknod("big", S_IFBLK | 0600, makedev(259, 1000)), 0);
	EQ(stat("big", &st), 0);
	OK(S_ISBLK(st.st_mode) && st.st_rdev == makedev(259, 1000));
	EQ(mkfifo("fifo", 0644), 0);
	EQ(stat("fifo", &st), 0);
	OK(S_ISFIFO(st.st_mode));
	EQ(unlink("dev"), 0);
	EQ(unlink("big"), 0);
	EQ(unlink("fifo"), 0);
}

TEST("mode, owner and times")
{
	struct timespec t[2] = { { .tv_sec = 1000000000 },
				 { .tv_sec = 1111111111 } };

	make("f");
	EQ(chmod("f", 04751), 0);
	EQ(chown("f", 70000, 80000), 0);
	EQ(utimensat(AT_FDCWD, "f", t, 0), 0);
	EQ(stat("f", &st), 0);
	EQ(st.st_mode & 07777, 0751);
	EQ(st.st_uid, 70000);
	EQ(st.st_gid, 80000);
	EQ(st.st_atime, 1000000000);
	EQ(st.st_mtime, 1111111111);
	EQ(unlink("f"), 0);
}

/* ---- contents ----------------------------------------------------------- */

TEST("every depth of the block map, and holes between")
{
	static const unsigned long at[] = {
		0, 11 << 10, 12 << 10, 48 << 10, 267 << 10, 268 << 10,
		1 << 20, 5 << 20, 64 << 20, 66 << 20, 200 << 20 };
	int fd = make("deep");
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(at); i++)
		put(fd, at[i], 1000, i);
	EQ(fsync(fd), 0);
	for (i = 0; i < ARRAY_SIZE(at); i++)
		OK(has(fd, at[i], 1000, i));
	OK(is_zero(fd, 100 << 20, 50000));
	EQ(fstat(fd, &st), 0);
	EQ(st.st_size, (200 << 20) + 1000);
	OK(st.st_blocks < 400);
	EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	for (i = 0; i < ARRAY_SIZE(at); i++)
		OK(has(fd, at[i], 1000, i));
	EQ(ftruncate(fd, 65 << 20), 0);
	EQ(ftruncate(fd, 300 << 10), 0);
	EQ(ftruncate(fd, 250 << 20), 0);
	OK(has(fd, 268 << 10, 1000, 5));
	OK(is_zero(fd, 1 << 20, 1000) && is_zero(fd, 66 << 20, 1000));
	EQ(unlink("deep"), 0);
}

TEST("truncate: what was cut off is zero when it comes back")
{
	int fd = make("cut");

	put(fd, 0, 20000, 3);
	EQ(ftruncate(fd, 5000), 0);
	EQ(ftruncate(fd, 20000), 0);
	OK(has(fd, 0, 5000, 3));
	OK(is_zero(fd, 5000, 15000));
	put(fd, 30000, 10, 4);
	OK(is_zero(fd, 20000, 10000));
	EQ(ftruncate(fd, 0), 0);
	EQ(fstat(fd, &st), 0);
	EQ(st.st_blocks, 0);
	EQ(unlink("cut"), 0);
}

TEST("append; a file too large")
{
	int fd = open("app", O_WRONLY | O_APPEND | O_CREAT, 0600);

	EQ(write(fd, "one", 3), 3);
	EQ(lseek(fd, 0, SEEK_SET), 0);
	EQ(write(fd, "two", 3), 3);
	EQ(stat("app", &st), 0);
	EQ(st.st_size, 6);
	RET(sys(pwrite64, open("app", O_WRONLY), "x", 1, 1ul << 45), -EFBIG);
	EQ(unlink("app"), 0);
}

TEST("an unlinked file lives while it is open")
{
	unsigned long before = free_blocks();
	int fd = make("gone");

	put(fd, 0, 60000, 7);
	EQ(unlink("gone"), 0);
	EQ(fstat(fd, &st), 0);
	EQ(st.st_nlink, 0);
	put(fd, 60000, 60000, 7);
	OK(has(fd, 30000, 60000, 7));
	close(fd);
	EQ(free_blocks(), before);
}

TEST("create and delete: every block comes back")
{
	unsigned long before;
	char name[16];
	int i;

	EQ(mkdir("warm", 0755), 0);
	EQ(rmdir("warm"), 0);
	before = free_blocks();
	for (i = 0; i < 50; i++) {
		sprintf(name, "f%d", i);
		put(make(name), i * 1000, 60000, i);
	}
	EQ(ftruncate(open("f7", O_RDWR), 12345), 0);
	for (i = 0; i < 50; i++) {
		sprintf(name, "f%d", i);
		EQ(unlink(name), 0);
	}
	for (i = 3; i < 200; i++)
		close(i);
	EQ(free_blocks(), before);
}

TEST("a full disk: ENOSPC, what was written stays, space comes back")
{
	unsigned long before = free_blocks();
	int fd = make("fill");
	long n, total = 0;

	fill(buf, sizeof(buf), 0, 9);
	while ((n = write(fd, buf, sizeof(buf))) > 0)
		total += n;
	EQ(errno, ENOSPC);
	OK(total > 40l << 20);
	EQ(fsync(fd), 0);
	EQ(fstat(fd, &st), 0);
	EQ(st.st_size, total);
	for (n = 0; n + 65536 <= total; n += 8 << 20)
		OK(pread(fd, buf2, 65536, n) == 65536 &&
		   !memcmp(buf, buf2, 65536));
	EQ(unlink("fill"), 0);
	close(fd);
	EQ(free_blocks(), before);
}

/* ---- mappings ----------------------------------------------------------- */

TEST("a shared mapping and the file are one")
{
	int fd = make("map");
	char *p;

	EQ(ftruncate(fd, 5 * PAGE + 100), 0);
	p = mmap(NULL, 6 * PAGE, RW, MAP_SHARED, fd, 0);
	fill(p, 5 * PAGE + 100, 0, 5);
	OK(has(fd, 0, 5 * PAGE + 100, 5));
	put(fd, PAGE, 200, 6);
	fill(buf, 200, PAGE, 6);
	OK(!memcmp(p + PAGE, buf, 200));
	EQ(msync(p, 6 * PAGE, MS_SYNC), 0);
	EQ(fstat(fd, &st), 0);
	EQ(st.st_size, 5 * PAGE + 100);
	OK(st.st_blocks >= 5 * 8);
	EQ(ftruncate(fd, PAGE), 0);
	EQ(probe_read(p + PAGE, NULL, NULL), SIGBUS);
	EQ(unlink("map"), 0);
}

TEST("a mapping written before and after the file grows")
{
	int fd = make("grow");
	char *p;

	EQ(ftruncate(fd, 500), 0);
	p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
	p[10] = 'a';
	EQ(ftruncate(fd, 4000), 0);
	p[3500] = 'b';
	p[1500] = 'c';
	EQ(munmap(p, PAGE), 0);
	EQ(fsync(fd), 0);
	EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	EQ(pread(fd, buf, PAGE, 0), 4000);
	OK(buf[10] == 'a' && buf[3500] == 'b' && buf[1500] == 'c');
	OK(!buf[11] && !buf[2000]);
	EQ(unlink("grow"), 0);
}

TEST("a private mapping changes nothing in the file")
{
	int fd = make("priv");
	char *p;

	put(fd, 0, 8192, 1);
	p = mmap(NULL, 8192, RW, MAP_PRIVATE, fd, 0);
	memset(p, 'z', 8192);
	OK(has(fd, 0, 8192, 1));
	EQ(unlink("priv"), 0);
}

/* ---- everything at random ---------------------------------------------- */

#define FSX_MAX (300ul << 10)

static char shadow[FSX_MAX];
static size_t shadow_size;
static uint32_t fsx_state = 12345;

static uint32_t fsx_rnd(uint32_t n)
{
	fsx_state = fsx_state * 1664525 + 1013904223;
	return (fsx_state >> 8) % n;
}

static void fsx_resize(size_t size)
{
	if (size < shadow_size)
		memset(shadow + size, 0, shadow_size - size);
	shadow_size = size;
}

static void fsx_write(int fd, char *p, size_t at, size_t n, unsigned salt)
{
	fill(buf, n, at, salt);
	if (p && at + n <= shadow_size)
		memcpy(p + at, buf, n);
	else
		EQ(pwrite(fd, buf, n, at), n);
	memcpy(shadow + at, buf, n);
	if (at + n > shadow_size)
		shadow_size = at + n;
}

static bool fsx_same(int fd, char *p, size_t at, size_t n)
{
	if (at >= shadow_size)
		return true;
	if (n > shadow_size - at)
		n = shadow_size - at;
	if (fsx_rnd(2))
		return !memcmp(p + at, shadow + at, n);
	return pread(fd, buf2, n, at) == (ssize_t)n &&
	       !memcmp(buf2, shadow + at, n);
}

/* Clean pages by advice; on Holdfast any page, as if memory were short. */
static void lose_pages(int fd)
{
	int control = open("/proc/holdfast/reclaim", O_WRONLY);

	EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	if (control >= 0)
		EQ(write(control, "200", 3), 3);
	close(control);
}

TEST("4,000 operations at random agree with a copy in memory")
{
	int fd = make("fsx");
	char *p = mmap(NULL, FSX_MAX, RW, MAP_SHARED, fd, 0);
	unsigned i, size;
	size_t at, n;

	for (i = 0; i < 4000; i++) {
		at = fsx_rnd(FSX_MAX - 9000);
		n = 1 + fsx_rnd(9000);
		switch (fsx_rnd(9)) {
		case 0:
			size = fsx_rnd(2) ? shadow_size + fsx_rnd(3000) :
					    fsx_rnd(FSX_MAX);
			size = size < FSX_MAX ? size : FSX_MAX;
			fsx_resize(size);
			EQ(ftruncate(fd, size), 0);
			break;
		case 1:
			EQ(fsync(fd), 0);
			break;
		case 2:
			lose_pages(fd);
			break;
		case 3:
		case 4:
			fsx_write(fd, NULL, at, n, i);
			break;
		case 5:
			fsx_write(fd, p, at, n, i);
			break;
		case 6:		/* near the end */
			at = shadow_size > 5000 ? shadow_size - 5000 : 0;
			fsx_write(fd, p, at, 1 + fsx_rnd(5000), i);
			break;
		default:
			if (!fsx_same(fd, p, at, n))
				die("operation %u: %zu bytes at %zu differ", i,
				    n, at);
		}
		if (i % 50 == 49) {	/* pages leave, entries with them */
			munmap(p, FSX_MAX);
			sync();
			posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
			p = mmap(NULL, FSX_MAX, RW, MAP_SHARED, fd, 0);
		}
	}
	OK(fsx_same(fd, p, 0, 60000));
	EQ(fstat(fd, &st), 0);
	EQ(st.st_size, shadow_size);
	EQ(unlink("fsx"), 0);
}

/* ---- text and the disk behind it -------------------------------------- */

/* mov $1,%eax; ret; and what it is found by on the disk. */
static const char code[32] = "\xb8\1\0\0\0\xc3 a canary in the text";

/* Where the code lies on the disk, bytes; -1: nowhere. */
static long find_code(int disk)
{
	long at;
	ssize_t n;

	ioctl(disk, BLKFLSBUF, 0);	/* Linux caches what a disk had */
	for (at = 0; (n = pread(disk, buf, sizeof(buf), at)) > 0; at += n)
		for (ssize_t i = 0; i < n; i += 1024)
			if (!memcmp(buf + i, code, sizeof(code)))
				return at + i;
	return -1;
}

TEST("text edited on the disk reaches who lets it be evicted, not a lock")
{
	int fd = make("text"), disk;
	int (*text)(void);
	char *p, two = 2;
	long at;

	EQ(write(fd, code, sizeof(code)), sizeof(code));
	EQ(fsync(fd), 0);
	disk = open("/dev/vda", O_RDWR);
	at = find_code(disk);
	if (at < 0)
		die("the code is not on /dev/vda");
	p = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	text = (int (*)(void))p;
	EQ(mlock(p, PAGE), 0);
	EQ(text(), 1);
	EQ(pwrite(disk, &two, 1, at + 1), 1);
	EQ(fsync(disk), 0);
	RET(advise(p, PAGE, ADV_PAGEOUT), -EINVAL);
	EQ(text(), 1);
	EQ(munlock(p, PAGE), 0);
	for (int i = 0; i < 100 && text() == 1; i++) {
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		EQ(advise(p, PAGE, ADV_PAGEOUT), 0);
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	}
	EQ(text(), 2);
	EQ(unlink("text"), 0);
}

/* ---- O_DIRECT ------------------------------------------------------------ */

static char block[64 * 1024] __attribute__((aligned(4096)));

static int direct(const char *name)
{
	return open(name, O_RDWR | O_CREAT | O_DIRECT, 0644);
}

TEST("O_DIRECT: buffer, length and place are multiples of a sector")
{
	int fd = direct("d");

	EQ(pwrite(fd, block, 8192, 0), 8192);
	EQ(pwrite(fd, block + 512, 512, 512), 512);
	RET(sys(pwrite64, fd, block, 100, 0), -EINVAL);
	RET(sys(pwrite64, fd, block, 512, 100), -EINVAL);
	RET(sys(pwrite64, fd, block + 1, 512, 0), -EINVAL);
	RET(sys(pread64, fd, block, 100, 0), -EINVAL);
	RET(sys(pread64, fd, block, 512, 100), -EINVAL);
	RET(sys(pread64, fd, block + 1, 512, 0), -EINVAL);
	RET(sys(pread64, fd, (char *)4096, 512, 0), -EFAULT);
	RET(sys(pwrite64, fd, (char *)4096, 512, 0), -EFAULT);
	RET(sys(pread64, fd, block, 512, 8192), 0);
	RET(sys(pread64, fd, block, 8192, 4096), 4096);
	EQ(unlink("d"), 0);
}

TEST("O_DIRECT agrees with the page cache, with holes and mappings")
{
	int d = direct("d"), fd = open("d", O_RDWR);
	char *p;

	memset(block, 'a', sizeof(block));
	EQ(write(fd, block, sizeof(block)), (long)sizeof(block));
	memset(block, 0, sizeof(block));
	EQ(pread(d, block, sizeof(block), 0), (long)sizeof(block));
	OK(block[0] == 'a' && block[65535] == 'a');
	memset(block, 'b', 4096);
	EQ(pwrite(d, block, 1024, 512), 1024);
	EQ(pread(fd, buf, 2048, 0), 2048);
	OK(buf[511] == 'a' && buf[512] == 'b' && buf[1535] == 'b' &&
	   buf[1536] == 'a');
	p = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);
	EQ(mlock(p, 2 * PAGE), 0);
	p[PAGE] = 'm';
	EQ(pread(d, block, 4096, 4096), 4096);
	EQ(block[0], 'm');
	memset(block, 'c', 4096);
	EQ(pwrite(d, block, 4096, 0), 4096);
	OK(p[0] == 'c' && p[PAGE] == 'm');
	EQ(ftruncate(fd, 1 << 20), 0);
	EQ(pread(d, block, 4096, 512 * 1024), 4096);
	OK(block[0] == 0 && block[4095] == 0);
	memset(block, 'd', 4096);
	EQ(pwrite(d, block, 4096, 768 * 1024), 4096);
	EQ(pread(fd, buf, 2, 768 * 1024), 2);
	OK(buf[0] == 'd');
	munmap(p, 2 * PAGE);
	EQ(unlink("d"), 0);
}

TEST("O_DIRECT shows what is on the disk, and by fcntl, too")
{
	int fd = make("text"), disk = open("/dev/vda", O_RDWR);
	char two = 2;
	long at;

	EQ(write(fd, code, sizeof(code)), sizeof(code));
	EQ(ftruncate(fd, 4096), 0);
	EQ(fsync(fd), 0);
	at = find_code(disk);
	if (at < 0)
		die("the code is not on /dev/vda");
	EQ(pwrite(disk, &two, 1, at + 1), 1);
	EQ(fsync(disk), 0);
	EQ(fcntl(fd, F_SETFL, O_DIRECT), 0);
	EQ(pread(fd, block, 512, 0), 512);
	EQ(block[1], 2);
	EQ(unlink("text"), 0);
}

/* ---- programs ----------------------------------------------------------- */

static void copy_self(const char *name)
{
	int in = open("/proc/self/exe", O_RDONLY), fd;
	ssize_t n;

	fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0755);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		EQ(write(fd, buf, n), n);
	close(fd);
	close(in);
}

/* Does the process run the program of that path by now? */
static bool runs(pid_t pid, const char *path)
{
	char link[64], exe[256];
	ssize_t n;

	sprintf(link, "/proc/%d/exe", pid);
	n = readlink(link, exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = 0;
	return !strcmp(exe, path);
}

TEST("a program on the disk runs, and cannot be written then")
{
	char *argv[] = { "prog", "wait", NULL };
	int fd;
	pid_t pid;

	copy_self("prog");
	fd = open("prog", O_RDWR);
	RET(sys(execve, "prog", argv, NULL), -ETXTBSY);
	close(fd);
	pid = fork();
	if (!pid) {
		execv("prog", argv);
		_exit(99);
	}
	for (int i = 0; i < 500 && !runs(pid, "/tmp/prog"); i++)
		usleep(10000);
	RET(sys(open, "prog", O_RDWR), -ETXTBSY);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	EQ(unlink("prog"), 0);
}
