/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls on files, flag by flag: open's, rename's, link's, fallocate's, lseek's,
 * and the limits on names, sizes and descriptors.
 */
#include "test.h"

#include <ftw.h>
#include <linux/falloc.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#define FOLDER "/tmp/fs_flags"
#define TMPFILE (020000000 | O_DIRECTORY)
#define NOREPLACE 1
#define EXCHANGE 2

static char buf[9000];

static void make(const char *name, const char *text)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0644);

	if (write(fd, text, strlen(text)) != (long)strlen(text))
		die("%s: errno %d", name, errno);
	close(fd);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

/* f "f", g "g", d/x, e/, l -> f, no y */
static void enter_folder(void)
{
	umask(022);
	nftw(FOLDER, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	if (mkdir(FOLDER, 0755) || chdir(FOLDER))
		die(FOLDER ": errno %d", errno);
	make("f", "f");
	make("g", "g");
	mkdir("d", 0755);
	make("d/x", "x");
	mkdir("e", 0755);
	symlink("f", "l");
	mkfifo("fifo", 0644);
}

static int size_of(const char *name)
{
	struct stat st;

	return lstat(name, &st) ? -errno : (int)st.st_size;
}

static char letter(const char *name)
{
	char c = '-';
	int fd = open(name, O_RDONLY);

	read(fd, &c, 1);
	close(fd);
	return c;
}

/* ---- open -------------------------------------------------------------- */

static const struct open_row {
	const char *name;
	const char *path;
	int flags;
	long expected;		/* 0: any descriptor */
} open_rows[] = {
	{ "O_TMPFILE, read only", ".", TMPFILE, -EINVAL },
	{ "O_TMPFILE, bad address", NULL, TMPFILE, -EINVAL },
	{ "O_TMPFILE in a file", "f", TMPFILE | O_RDWR, -ENOTDIR },
	{ "O_TMPFILE in nothing", "y", TMPFILE | O_RDWR, -ENOENT },
	{ "O_TMPFILE in /proc", "/proc", TMPFILE | O_RDWR, -EOPNOTSUPP },
	{ "O_TMPFILE with O_CREAT", ".", TMPFILE | O_RDWR | O_CREAT, -EINVAL },
	{ "O_TMPFILE's bit alone", ".", 020000000 | O_RDWR, -EINVAL },
	{ "O_TMPFILE", ".", TMPFILE | O_RDWR, 0 },
	{ "O_DIRECT", "f", O_RDONLY | O_DIRECT, -EINVAL },
	{ "O_DIRECT, a folder", ".", O_RDONLY | O_DIRECT, -EINVAL },
	{ "O_DIRECT, /dev/null", "/dev/null", O_RDWR | O_DIRECT, -EINVAL },
	{ "O_DIRECT, O_PATH", "f", O_PATH | O_DIRECT, 0 },
	{ "O_NOFOLLOW, O_PATH", "l", O_PATH | O_NOFOLLOW, 0 },
	{ "O_NOFOLLOW | O_DIRECTORY", "l", O_NOFOLLOW | O_DIRECTORY, -ENOTDIR },
	{ "unknown bits", "f", 0x40000000, 0 },
	{ "O_CREAT | O_EXCL, a link", "l", O_CREAT | O_EXCL, -EEXIST },
	{ "O_TRUNC of a folder", "d", O_TRUNC, -EISDIR },
	{ "O_CREAT of a folder", "d", O_CREAT, -EISDIR },
	{ "O_CREAT | O_DIRECTORY, nothing there", "y", O_CREAT | O_DIRECTORY,
	  -EINVAL },
	{ "access mode 3", "f", 3, 0 },
};

static void run_open(const void *row)
{
	const struct open_row *r = row;
	long ret;

	enter_folder();
	ret = sys(open, r->path, r->flags, 0600);
	RET(ret > 0 ? 0 : ret, r->expected);
}
TEST_TABLE("open", open_rows, run_open);

TEST("a file without a name gets one")
{
	char path[64];
	struct stat st;
	int fd;

	enter_folder();
	fd = open(".", TMPFILE | O_RDWR, 0666);
	EQ(write(fd, "new", 3), 3);
	fstat(fd, &st);
	EQ(st.st_nlink, 0);
	EQ(st.st_mode, S_IFREG | 0644);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	EQ(readlink(path, buf, sizeof(buf)) > 10, 1);
	OK(!strncmp(buf, FOLDER "/#", sizeof(FOLDER) + 1));
	OK(strstr(buf, " (deleted)"));
	RET(sys(linkat, AT_FDCWD, path, AT_FDCWD, "y", 0), -EXDEV);
	RET(sys(linkat, AT_FDCWD, path, AT_FDCWD, "y", AT_SYMLINK_FOLLOW), 0);
	EQ(size_of("y"), 3);
	EQ(letter("y"), 'n');
	fstat(fd, &st);
	EQ(st.st_nlink, 1);
	EQ(unlink("y"), 0);		/* that was the last */
	RET(sys(linkat, fd, "", AT_FDCWD, "y", AT_EMPTY_PATH), -ENOENT);
}

TEST("a file without a name and with O_EXCL gets none")
{
	int fd;

	enter_folder();
	fd = open(".", TMPFILE | O_RDWR | O_EXCL, 0666);
	OK(fd > 0);
	RET(sys(linkat, fd, "", AT_FDCWD, "y", AT_EMPTY_PATH), -ENOENT);
}

TEST("linkat of a descriptor")
{
	int fd, dir;

	enter_folder();
	fd = open("f", O_RDONLY);
	dir = open("d", O_RDONLY);
	RET(sys(linkat, fd, "", AT_FDCWD, "y", 0), -ENOENT);
	RET(sys(linkat, fd, "", AT_FDCWD, "y", AT_EMPTY_PATH), 0);
	RET(sys(linkat, fd, "", AT_FDCWD, "y", AT_EMPTY_PATH), -EEXIST);
	RET(sys(linkat, dir, "", AT_FDCWD, "z", AT_EMPTY_PATH), -EPERM);
	RET(sys(linkat, fd, "", AT_FDCWD, "z", 0x2000), -EINVAL);
	become_user();
	RET(sys(linkat, fd, "", AT_FDCWD, "z", AT_EMPTY_PATH), -ENOENT);
}

TEST("F_SETFL")
{
	int fd;

	enter_folder();
	fd = open("f", O_RDONLY);
	RET(sys(fcntl, fd, F_SETFL, O_DIRECT), -EINVAL);
	RET(sys(fcntl, fd, F_SETFL, O_APPEND | O_NONBLOCK | O_RDWR | O_CREAT),
	    0);
	EQ(fcntl(fd, F_GETFL), O_APPEND | O_NONBLOCK | 0100000);
	RET(sys(fcntl, open("fifo", O_RDWR), F_SETFL, O_DIRECT), 0);
}

/* ---- rename ------------------------------------------------------------ */

static const struct rename_row {
	const char *name, *from, *to;
	unsigned flags;
	long expected;
} rename_rows[] = {
	{ "both flags", "f", "g", NOREPLACE | EXCHANGE, -EINVAL },
	{ "no such flag", "f", "y", 8, -EINVAL },
	{ "exchange with nothing", "f", "y", EXCHANGE, -ENOENT },
	{ "exchange of nothing", "y", "f", EXCHANGE, -ENOENT },
	{ "exchange f, g/", "f", "g/", EXCHANGE, -ENOTDIR },
	{ "exchange f/, d", "f/", "d", EXCHANGE, -ENOTDIR },
	{ "exchange f, d/", "f", "d/", EXCHANGE, 0 },
	{ "exchange d, d/x", "d", "d/x", EXCHANGE, -EINVAL },
	{ "exchange d/x, d", "d/x", "d", EXCHANGE, -EINVAL },
	{ "exchange f, .", "f", ".", EXCHANGE, -EBUSY },
	{ "exchange f, f", "f", "f", EXCHANGE, 0 },
	{ "exchange with another mount", "f", "/proc/version", EXCHANGE,
	  -EXDEV },
	{ "to y", "f", "y", NOREPLACE, 0 },
	{ "to itself", "f", "f", NOREPLACE, -EEXIST },
	{ "to .", "f", ".", NOREPLACE, -EEXIST },
};

static void run_rename(const void *row)
{
	const struct rename_row *r = row;

	enter_folder();
	RET(sys(renameat2, AT_FDCWD, r->from, AT_FDCWD, r->to, r->flags),
	    r->expected);
}
TEST_TABLE("rename", rename_rows, run_rename);

static long links(const char *name)
{
	struct stat st;

	return stat(name, &st) ? -errno : (long)st.st_nlink;
}

TEST("files trade places")
{
	enter_folder();
	RET(sys(renameat2, AT_FDCWD, "f", AT_FDCWD, "d/x", EXCHANGE), 0);
	EQ(letter("f"), 'x');
	EQ(letter("d/x"), 'f');
	RET(sys(renameat2, AT_FDCWD, "f", AT_FDCWD, "g", EXCHANGE), 0);
	EQ(letter("f"), 'g');
	EQ(letter("g"), 'x');
	RET(sys(renameat2, AT_FDCWD, "l", AT_FDCWD, "g", EXCHANGE), 0);
	EQ(letter("l"), 'x');
	EQ(letter("g"), 'g');
}

TEST("a folder and a file trade places")
{
	enter_folder();
	mkdir("e/in", 0755);
	EQ(links("."), 4);
	RET(sys(renameat2, AT_FDCWD, "d/x", AT_FDCWD, "e/in", EXCHANGE), 0);
	EQ(links("d"), 3);
	EQ(links("e"), 2);
	EQ(letter("e/in"), 'x');
	RET(sys(open, "d/x/../x/../../f", O_RDONLY) > 0, 1);
	RET(sys(renameat2, AT_FDCWD, "d", AT_FDCWD, "f", EXCHANGE), 0);
	EQ(letter("d"), 'f');
	EQ(links("f/x"), 2);
	EQ(links("."), 4);
}

/* ---- fallocate, lseek -------------------------------------------------- */

static const struct fallocate_row {
	const char *name;
	int mode;
	long off, len;
	long expected;
} fallocate_rows[] = {
	{ "keep", FALLOC_FL_KEEP_SIZE, 0, 10000, 0 },
	{ "punch, and not keep", FALLOC_FL_PUNCH_HOLE, 0, 1, -EOPNOTSUPP },
	{ "punch and zero", FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE |
	  FALLOC_FL_KEEP_SIZE, 0, 1, -EOPNOTSUPP },
	{ "zero", FALLOC_FL_ZERO_RANGE, 0, 1, -EOPNOTSUPP },
	{ "collapse", FALLOC_FL_COLLAPSE_RANGE, 0, 4096, -EOPNOTSUPP },
	{ "collapse and keep", FALLOC_FL_COLLAPSE_RANGE | 1, 0, 1, -EINVAL },
	{ "insert and keep", FALLOC_FL_INSERT_RANGE | 1, 0, 1, -EINVAL },
	{ "unshare and zero", FALLOC_FL_UNSHARE_RANGE | FALLOC_FL_ZERO_RANGE, 0,
	  1, -EINVAL },
	{ "no such mode", 0x4, 0, 1, -EOPNOTSUPP },
	{ "nothing, no such mode", 0x4, 0, 0, -EINVAL },
	{ "too far", 0, INT64_MAX, 1, -EFBIG },
};

static void run_fallocate(const void *row)
{
	const struct fallocate_row *r = row;

	enter_folder();
	RET(sys(fallocate, open("f", O_RDWR), r->mode, r->off, r->len),
	    r->expected);
}
TEST_TABLE("fallocate", fallocate_rows, run_fallocate);

TEST("fallocate of other files")
{
	enter_folder();
	RET(sys(fallocate, 99, 0, 0, 0), -EBADF);
	RET(sys(fallocate, open("f", O_RDONLY), 0, 0, 0), -EINVAL);
	RET(sys(fallocate, open("f", O_RDONLY), 0x4, 0, 1), -EOPNOTSUPP);
	RET(sys(fallocate, open("f", O_RDONLY), 0, 0, 1), -EBADF);
	RET(sys(fallocate, open("fifo", O_RDWR), 0, 0, 1), -ESPIPE);
	RET(sys(fallocate, open("/dev/null", O_RDWR), 0, 0, 1), -ENODEV);
}

TEST("data and holes")
{
	int fd;

	enter_folder();
	fd = open("f", O_RDWR);
	EQ(ftruncate(fd, PAGES(10) + 5), 0);
	EQ(pwrite(fd, "x", 1, PAGES(3) + 7), 1);
	EQ(pwrite(fd, "x", 1, PAGES(4)), 1);
	RET(sys(lseek, fd, 0, SEEK_DATA), 0);
	RET(sys(lseek, fd, 0, SEEK_HOLE), PAGE);
	RET(sys(lseek, fd, PAGE, SEEK_DATA), PAGES(3));
	RET(sys(lseek, fd, PAGES(3) + 9, SEEK_DATA), PAGES(3) + 9);
	RET(sys(lseek, fd, PAGES(3) + 9, SEEK_HOLE), PAGES(5));
	RET(sys(lseek, fd, PAGES(5), SEEK_DATA), -ENXIO);
	EQ(lseek(fd, 0, SEEK_CUR), PAGES(5));
	RET(sys(lseek, fd, PAGES(10), SEEK_HOLE), PAGES(10));
	EQ(pwrite(fd, "x", 1, PAGES(10)), 1);
	RET(sys(lseek, fd, PAGES(10), SEEK_HOLE), PAGES(10) + 5);
	RET(sys(lseek, fd, PAGES(10) + 5, SEEK_HOLE), -ENXIO);
	RET(sys(lseek, fd, -1, SEEK_DATA), -ENXIO);
}

/* ---- times ------------------------------------------------------------- */

TEST("utimensat: what is looked at first")
{
	struct timespec omit[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };
	struct timespec bad[2] = { { 0, 1000000000 }, { 0, 0 } };

	enter_folder();
	RET(sys(utimensat, AT_FDCWD, "y", omit, 0x8000), 0);
	RET(sys(utimensat, AT_FDCWD, "y", bad, 0), -ENOENT);
	RET(sys(utimensat, AT_FDCWD, "f", bad, 0), -EINVAL);
	RET(sys(utimensat, AT_FDCWD, "f", NULL, 0x8000), -EINVAL);
	RET(sys(utimensat, 99, NULL, bad, 0), -EBADF);
	RET(sys(utimensat, AT_FDCWD, "f", 1, 0x8000), -EFAULT);
}

TEST("utime, utimes, futimesat")
{
	long sec[2] = { 5, 6 }, pair[4] = { 7, 8, 9, 1000000 };
	struct stat st;
	int fd;

	enter_folder();
	fd = open("f", O_RDONLY);
	RET(sys(utime, "l", sec), 0);
	stat("f", &st);
	EQ(st.st_atime, 5);
	EQ(st.st_mtime, 6);
	RET(sys(utime, "y", sec), -ENOENT);
	RET(sys(utime, "f", 1), -EFAULT);
	RET(sys(utimes, "f", pair), -EINVAL);
	pair[3] = 999999;
	RET(sys(futimesat, fd, NULL, pair), 0);
	stat("f", &st);
	EQ(st.st_atime, 7);
	EQ(st.st_atim.tv_nsec, 8000);
	EQ(st.st_mtim.tv_nsec, 999999000);
	RET(sys(futimesat, AT_FDCWD, NULL, pair), -EFAULT);
	RET(sys(utime, "f", NULL), 0);
	stat("f", &st);
	OK(st.st_mtime > 9);
}

/* ---- limits ------------------------------------------------------------ */

TEST("names and paths at their limits")
{
	char name[300];

	enter_folder();
	memset(name, 'n', 255);
	name[255] = '\0';
	EQ(mkdir(name, 0755), 0);
	EQ(rename(name, "y"), 0);
	EQ(rename("y", name), 0);
	EQ(rmdir(name), 0);
	memset(name, 'n', 256);
	name[256] = '\0';
	RET(sys(mkdir, name, 0755), -ENAMETOOLONG);
	RET(sys(open, name, O_RDONLY), -ENAMETOOLONG);
	RET(sys(open, name, O_CREAT, 0600), -ENAMETOOLONG);
	RET(sys(rename, "f", name), -ENAMETOOLONG);
	RET(sys(rename, name, "f"), -ENAMETOOLONG);
	RET(sys(unlink, name), -ENAMETOOLONG);
	for (int i = 0; i < 4094; i += 2)
		memcpy(buf + i, "./", 3);
	strcpy(buf + 4094, "f");	/* 4095 and the NUL */
	RET(sys(access, buf, F_OK), 0);
	RET(sys(symlink, buf, "long"), 0);
	RET(sys(access, "long", F_OK), 0);
	RET(sys(readlink, "long", buf, sizeof(buf)), 4095);
	strcpy(buf + 4094, "/f");
	RET(sys(access, buf, F_OK), -ENAMETOOLONG);
	RET(sys(symlink, buf, "longer"), -ENAMETOOLONG);
}

static void write_beyond(void *fd)
{
	write(*(int *)fd, "xx", 2);
}

TEST("the file size limit")
{
	int fd;

	enter_folder();
	fd = open("f", O_RDWR);
	set_limit(RLIMIT_FSIZE, 5000, 5000);
	EQ(pwrite(fd, buf, 9000, 0), 5000);
	lseek(fd, 4999, SEEK_SET);
	EQ(write(fd, "xx", 2), 1);
	expect_death(write_beyond, &fd, SIGXFSZ);
	signal(SIGXFSZ, SIG_IGN);
	RET(sys(write, fd, "x", 1), -EFBIG);
	RET(sys(write, fd, "x", 0), 0);
	RET(sys(ftruncate, fd, 5001), -EFBIG);
	RET(sys(truncate, "f", 5001), -EFBIG);
	RET(sys(fallocate, fd, 0, 0, 5001), -EFBIG);
	RET(sys(fallocate, fd, FALLOC_FL_KEEP_SIZE, 0, 5001), -EFBIG);
	RET(sys(ftruncate, fd, 10), 0);
}

TEST("umount2 and mount, flag by flag")
{
	enter_folder();
	RET(sys(mount, "none", "y", "tmpfs", 0, NULL), -ENOENT);
	RET(sys(mount, "none", "f", "tmpfs", 0, NULL), -ENOTDIR);
	RET(sys(mount, "none", "e", "nofs", 0, NULL), -ENODEV);
	RET(sys(mount, "none", "e", NULL, 0, NULL), -EINVAL);
	RET(sys(mount, 1, "e", "tmpfs", 0, NULL), -EFAULT);
	RET(sys(mount, "none", "e", "tmpfs", MS_RDONLY | MS_NOSUID, NULL), 0);
	RET(sys(mkdir, "e/x", 0755), -EROFS);
	RET(sys(open, "e", TMPFILE | O_RDWR, 0600), -EROFS);
	RET(sys(umount2, "e", MNT_EXPIRE | MNT_FORCE), -EINVAL);
	RET(sys(umount2, "e", 0), 0);
	RET(sys(umount2, "e", 0), -EINVAL);
	RET(sys(umount2, "y", 0), -ENOENT);
	become_user();
	RET(sys(umount2, "y", 0), -ENOENT);
	RET(sys(umount2, "e", 0), -EPERM);
	RET(sys(mount, "none", "y", "tmpfs", 0, NULL), -ENOENT);
	RET(sys(mount, "none", "e", "nofs", 0, NULL), -EPERM);
	RET(sys(vhangup), -EPERM);
}

TEST("F_SEAL_WRITE: private mappings do not matter, shared ones do")
{
	int fd = memfd_create("sealed", MFD_ALLOW_SEALING);
	void *p;

	OK(fd >= 0 && !ftruncate(fd, PAGE));
	p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
	RET(sys(fcntl, fd, F_ADD_SEALS, F_SEAL_WRITE), -EBUSY);
	RET(unmap(p, PAGE), 0);
	OK(mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0) != MAP_FAILED);
	RET(sys(fcntl, fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	RET(sys(write, fd, "x", 1), -EPERM);
}
