/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls on paths and open files, one by one: what each answers for files that
 * are there or not, of the wrong kind, behind links, with a slash too many.
 * Each case works in a folder of its own:
 *
 *	f "hello"   d/x   e/ (empty)   l -> f   ld -> d   dang -> nx
 *	loop -> loop   fifo   no nx, no y
 */
#include "test.h"

#include <dirent.h>
#include <linux/falloc.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#define FOLDER "/tmp/fs_calls"
#define REG(mode) (S_IFREG | (mode))

static char buf[8192];

static void make_hello(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0644);

	if (write(fd, "hello", 5) != 5)
		die("%s: errno %d", name, errno);
	close(fd);
}

static void remove_all(void)
{
	static const char *const names[] = {
		"f", "l", "ld", "dang", "loop", "fifo", "y", "nx", "d/x", "d/f",
		"d/e", "d", "e/x", "e", "y/x",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (unlink(names[i]))
			rmdir(names[i]);
	rmdir("y");
}

static void enter_folder(void)
{
	umask(022);
	mkdir(FOLDER, 0755);
	if (chdir(FOLDER))
		die("%s: errno %d", FOLDER, errno);
	remove_all();
	make_hello("f");
	mkdir("d", 0755);
	mkdir("e", 0755);
	make_hello("d/x");
	if (symlink("f", "l") || symlink("d", "ld") || symlink("nx", "dang") ||
	    symlink("loop", "loop") || mkfifo("fifo", 0644))
		die("the folder is not empty: errno %d", errno);
}

static int open_f(int flags)
{
	int fd;

	enter_folder();
	fd = open("f", flags);
	if (fd < 0)
		die("f: errno %d", errno);
	return fd;
}

static struct stat status_of(const char *name)
{
	struct stat st;

	if (lstat(name, &st))
		die("%s: errno %d", name, errno);
	return st;
}

/* ---- calls with one path ----------------------------------------------- */

static const struct path_call {
	const char *name;
	long nr;
	const char *path;
	long a, b;
	long expected;
} path_calls[] = {
	{ "open nothing", SYS_open, "", O_RDONLY, 0, -ENOENT },
	{ "open a bad address", SYS_open, (char *)1, O_RDONLY, 0, -EFAULT },
	{ "open nx", SYS_open, "nx", O_RDONLY, 0, -ENOENT },
	{ "make nx/y", SYS_open, "nx/y", O_CREAT, 0600, -ENOENT },
	{ "make nx/", SYS_open, "nx/", O_CREAT, 0600, -EISDIR },
	{ "open f/", SYS_open, "f/", O_RDONLY, 0, -ENOTDIR },
	{ "open f/x", SYS_open, "f/x", O_RDONLY, 0, -ENOTDIR },
	{ "open f/.", SYS_open, "f/.", O_RDONLY, 0, -ENOTDIR },
	{ "open f/..", SYS_open, "f/..", O_RDONLY, 0, -ENOTDIR },
	{ "open l/", SYS_open, "l/", O_RDONLY, 0, -ENOTDIR },
	{ "open f as folder", SYS_open, "f", O_DIRECTORY, 0, -ENOTDIR },
	{ "make f anew", SYS_open, "f", O_CREAT | O_EXCL, 0600, -EEXIST },
	{ "make dang anew", SYS_open, "dang", O_CREAT | O_EXCL, 0600, -EEXIST },
	{ "open dang", SYS_open, "dang", O_RDONLY, 0, -ENOENT },
	{ "write a folder", SYS_open, ".", O_RDWR, 0, -EISDIR },
	{ "make a folder", SYS_open, ".", O_CREAT, 0600, -EISDIR },
	{ "open loop", SYS_open, "loop", O_RDONLY, 0, -ELOOP },
	{ "make loop", SYS_open, "loop", O_CREAT, 0600, -ELOOP },
	{ "open a link itself", SYS_open, "l", O_NOFOLLOW, 0, -ELOOP },
	{ "FIFO without reader", SYS_open, "fifo", O_WRONLY | O_NONBLOCK, 0,
	  -ENXIO },
	{ "mkdir f", SYS_mkdir, "f", 0700, 0, -EEXIST },
	{ "mkdir f/", SYS_mkdir, "f/", 0700, 0, -EEXIST },
	{ "mkdir dang", SYS_mkdir, "dang", 0700, 0, -EEXIST },
	{ "mkdir .", SYS_mkdir, ".", 0700, 0, -EEXIST },
	{ "mkdir /", SYS_mkdir, "/", 0700, 0, -EEXIST },
	{ "mkdir y/", SYS_mkdir, "y/", 0700, 0, 0 },
	{ "mknod a folder", SYS_mknod, "y", S_IFDIR, 0, -EPERM },
	{ "mknod of no type", SYS_mknod, "y", S_IFMT, 0, -EINVAL },
	{ "mknod y", SYS_mknod, "y", 0644, 0, 0 },
	{ "mknod y/", SYS_mknod, "y/", 0644, 0, -ENOENT },
	{ "rmdir .", SYS_rmdir, ".", 0, 0, -EINVAL },
	{ "rmdir ..", SYS_rmdir, "..", 0, 0, -ENOTEMPTY },
	{ "rmdir /", SYS_rmdir, "/", 0, 0, -EBUSY },
	{ "rmdir f", SYS_rmdir, "f", 0, 0, -ENOTDIR },
	{ "rmdir nx", SYS_rmdir, "nx", 0, 0, -ENOENT },
	{ "rmdir d", SYS_rmdir, "d", 0, 0, -ENOTEMPTY },
	{ "rmdir d/.", SYS_rmdir, "d/.", 0, 0, -EINVAL },
	{ "rmdir ld/", SYS_rmdir, "ld/", 0, 0, -ENOTDIR },
	{ "rmdir e/", SYS_rmdir, "e/", 0, 0, 0 },
	{ "unlink .", SYS_unlink, ".", 0, 0, -EISDIR },
	{ "unlink d", SYS_unlink, "d", 0, 0, -EISDIR },
	{ "unlink d/", SYS_unlink, "d/", 0, 0, -EISDIR },
	{ "unlink f/", SYS_unlink, "f/", 0, 0, -ENOTDIR },
	{ "unlink nx/", SYS_unlink, "nx/", 0, 0, -ENOENT },
	{ "unlink ld/", SYS_unlink, "ld/", 0, 0, -ENOTDIR },
	{ "unlink ld", SYS_unlink, "ld", 0, 0, 0 },
	{ "readlink f", SYS_readlink, "f", (long)buf, 10, -EINVAL },
	{ "readlink into nothing", SYS_readlink, "l", (long)buf, 0, -EINVAL },
	{ "readlink l", SYS_readlink, "l", (long)buf, 10, 1 },
	{ "truncate a folder", SYS_truncate, ".", 3, 0, -EISDIR },
	{ "truncate a FIFO", SYS_truncate, "fifo", 3, 0, -EINVAL },
	{ "truncate nx", SYS_truncate, "nx", 3, 0, -ENOENT },
	{ "truncate below 0", SYS_truncate, "f", -3, 0, -EINVAL },
	{ "truncate f", SYS_truncate, "f", 3, 0, 0 },
	{ "access l", SYS_access, "l", R_OK | W_OK, 0, 0 },
	{ "access dang", SYS_access, "dang", F_OK, 0, -ENOENT },
	{ "access of no kind", SYS_access, "f", 8, 0, -EINVAL },
	{ "execute f", SYS_access, "f", X_OK, 0, -EACCES },
	{ "chdir f", SYS_chdir, "f", 0, 0, -ENOTDIR },
	{ "chdir nx", SYS_chdir, "nx", 0, 0, -ENOENT },
	{ "chdir ld", SYS_chdir, "ld", 0, 0, 0 },
	{ "chroot f", SYS_chroot, "f", 0, 0, -ENOTDIR },
	{ "chmod nx", SYS_chmod, "nx", 0, 0, -ENOENT },
	{ "chmod dang", SYS_chmod, "dang", 0, 0, -ENOENT },
	{ "chown loop", SYS_chown, "loop", 0, 0, -ELOOP },
	{ "lchown loop", SYS_lchown, "loop", 7, 8, 0 },
	{ "statfs nx", SYS_statfs, "nx", (long)buf, 0, -ENOENT },
	{ "statfs .", SYS_statfs, ".", (long)buf, 0, 0 },
	{ "statfs to a bad address", SYS_statfs, ".", 1, 0, -EFAULT },
	{ "umount no mount", SYS_umount2, ".", 0, 0, -EINVAL },
	{ "umount2 with no such flag", SYS_umount2, ".", 0x100, 0, -EINVAL },
};

static void run_path_call(const void *row)
{
	const struct path_call *c = row;

	enter_folder();
	check_ret(__FILE__, __LINE__, c->name,
		  sys6(c->nr, (long)c->path, c->a, c->b, 0, 0, 0), c->expected);
}
TEST_TABLE("path: ", path_calls, run_path_call);

/* ---- calls with two paths ---------------------------------------------- */

static const struct pair_call {
	const char *name;
	long nr;
	const char *from, *to;
	long expected;
} pair_calls[] = {
	{ "symlink nothing", SYS_symlink, "", "y", -ENOENT },
	{ "symlink over l", SYS_symlink, "f", "l", -EEXIST },
	{ "symlink y", SYS_symlink, "f", "y", 0 },
	{ "link a folder", SYS_link, "d", "y", -EPERM },
	{ "link nx", SYS_link, "nx", "y", -ENOENT },
	{ "link over d", SYS_link, "f", "d", -EEXIST },
	{ "link to y/", SYS_link, "f", "y/", -ENOENT },
	{ "link dang itself", SYS_link, "dang", "y", 0 },
	{ "link to another mount", SYS_link, "f", "/dev/y", -EXDEV },
	{ "f over d", SYS_rename, "f", "d", -EISDIR },
	{ "d over f", SYS_rename, "d", "f", -ENOTDIR },
	{ "e over d", SYS_rename, "e", "d", -ENOTEMPTY },
	{ "d over e", SYS_rename, "d", "e", 0 },
	{ "d below itself", SYS_rename, "d", "d/e", -EINVAL },
	{ "x over its folder", SYS_rename, "d/x", "d", -ENOTEMPTY },
	{ "rename nx", SYS_rename, "nx", "y", -ENOENT },
	{ "f to y/", SYS_rename, "f", "y/", -ENOTDIR },
	{ "f/ to y", SYS_rename, "f/", "y", -ENOTDIR },
	{ "d to y/", SYS_rename, "d", "y/", 0 },
	{ ". to y", SYS_rename, ".", "y", -EBUSY },
	{ "d/. to y", SYS_rename, "d/.", "y", -EBUSY },
	{ "d to ..", SYS_rename, "d", "..", -EBUSY },
	{ "f to itself", SYS_rename, "f", "f", 0 },
	{ "f over l", SYS_rename, "f", "l", 0 },
	{ "f into d", SYS_rename, "f", "d/f", 0 },
	{ "to another mount", SYS_rename, "f", "/proc/x", -EXDEV },
};

static void run_pair_call(const void *row)
{
	const struct pair_call *c = row;

	enter_folder();
	check_ret(__FILE__, __LINE__, c->name,
		  sys6(c->nr, (long)c->from, (long)c->to, 0, 0, 0, 0),
		  c->expected);
}
TEST_TABLE("pair: ", pair_calls, run_pair_call);

TEST("rename without replacing")
{
	enter_folder();
	RET(sys(renameat2, AT_FDCWD, "f", AT_FDCWD, "l", 1), -EEXIST);
	RET(sys(renameat2, AT_FDCWD, "f", AT_FDCWD, "y", 8), -EINVAL);
	RET(sys(renameat2, AT_FDCWD, "f", AT_FDCWD, "y", 1), 0);
}

TEST("40 links are followed, 41 are not")
{
	char name[8], target[8] = "f";

	enter_folder();
	for (int i = 0; i < 41; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		unlink(name);
		EQ(symlink(target, name), 0);
		strcpy(target, name);
	}
	RET(sys(access, "s39", F_OK), 0);
	RET(sys(access, "s40", F_OK), -ELOOP);
	for (int i = 0; i < 41; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		unlink(name);
	}
}

TEST("counts of links")
{
	enter_folder();
	EQ(status_of("d").st_nlink, 2);
	EQ(mkdir("d/e", 0755), 0);
	EQ(status_of("d").st_nlink, 3);
	EQ(link("f", "y"), 0);
	EQ(status_of("f").st_nlink, 2);
	EQ(rename("f", "y"), 0);	/* the same file: nothing happens */
	EQ(status_of("f").st_nlink, 2);
	EQ(unlink("f"), 0);
	EQ(status_of("y").st_nlink, 1);
}

/* ---- open files -------------------------------------------------------- */

TEST("positions")
{
	int fd = open_f(O_RDWR);

	EQ(read(fd, buf, 100), 5);
	RET(sys(lseek, fd, 0, SEEK_CUR), 5);
	RET(sys(lseek, fd, -1, SEEK_SET), -EINVAL);
	RET(sys(lseek, fd, 0, 9), -EINVAL);
	RET(sys(lseek, fd, 10, SEEK_END), 15);
	EQ(write(fd, "x", 1), 1);
	EQ(status_of("f").st_size, 16);
	RET(sys(pread64, fd, buf, 100, 4), 12);
	RET(sys(pread64, fd, buf, 100, -1), -EINVAL);
	RET(sys(pread64, fd, buf, 100, 1000), 0);
	RET(sys(lseek, fd, 0, SEEK_DATA), 0);
	RET(sys(lseek, fd, 1000, SEEK_DATA), -ENXIO);
	RET(sys(lseek, fd, 0x7fffffffffffffffl, SEEK_END), -EINVAL);
}

TEST("directions and bad buffers")
{
	int rw = open_f(O_RDWR), ro = open("f", O_RDONLY);
	int wo = open("f", O_WRONLY), folder = open(".", O_RDONLY);

	RET(sys(write, ro, "a", 1), -EBADF);
	RET(sys(read, wo, buf, 1), -EBADF);
	RET(sys(read, 99, buf, 1), -EBADF);
	RET(sys(read, folder, buf, 1), -EISDIR);
	RET(sys(read, rw, 1, 5), -EFAULT);
	RET(sys(write, rw, 1, 5), -EFAULT);
	RET(sys(write, rw, buf, -1l), -EFAULT);
	RET(sys(ftruncate, ro, 1), -EINVAL);
	RET(sys(ftruncate, rw, -1l), -EINVAL);
	RET(sys(fallocate, ro, 0, 0, 10), -EBADF);
	RET(sys(fallocate, rw, 0, 0, 0), -EINVAL);
	RET(sys(fallocate, rw, FALLOC_FL_PUNCH_HOLE, 0, 10), -EOPNOTSUPP);
	RET(sys(sendfile, ro, rw, NULL, 5), -EBADF);
}

TEST("a bad page in the middle of a read of /dev/zero")
{
	char *p = mmap(NULL, PAGES(3), RW, ANON, -1, 0);
	int fd = open("/dev/zero", O_RDONLY);

	munmap(p + PAGE, PAGE);
	EQ(read(fd, p + 96, PAGES(2)), PAGE - 96);
	RET(sys(read, fd, p + PAGE, 10), -EFAULT);
}

TEST("several buffers")
{
	struct iovec v[3] = { { buf, 2 }, { buf + 10, 0 }, { buf + 20, 50 } };
	int fd = open_f(O_RDWR);

	RET(sys(readv, fd, v, 3), 5);
	EQ(memcmp(buf, "he", 2) | memcmp(buf + 20, "llo", 3), 0);
	RET(sys(readv, fd, v, -1l), -EINVAL);
	RET(sys(readv, fd, v, 1025), -EINVAL);
	RET(sys(readv, fd, v, 0), 0);
	RET(sys(readv, fd, 1, 3), -EFAULT);
	RET(sys(preadv, fd, v, 3, 1l, 0), 4);
	RET(sys(pwritev, fd, v, 1, -1l, -1l), -EINVAL);
	v[1].iov_len = -1;
	RET(sys(readv, fd, v, 3), -EINVAL);
}

TEST("appending")
{
	int fd = open_f(O_WRONLY | O_APPEND);

	EQ(write(fd, "zz", 2), 2);
	EQ(pwrite(fd, "q", 1, 0), 1);
	EQ(status_of("f").st_size, 8);
	EQ(lseek(fd, 0, SEEK_CUR), 7);
}

TEST("descriptor flags and copies")
{
	int fd = open_f(O_RDONLY);

	RET(sys(fcntl, fd, F_GETFD, 0), 0);
	RET(sys(fcntl, fd, F_SETFD, 1), 0);
	RET(sys(fcntl, fd, F_GETFD, 0), 1);
	RET(sys(fcntl, fd, 9999, 0), -EINVAL);
	RET(sys(fcntl, fd, F_DUPFD, -1l), -EINVAL);
	RET(sys(fcntl, fd, F_DUPFD_CLOEXEC, 60), 60);
	RET(sys(fcntl, 60, F_GETFD, 0), 1);
	RET(sys(dup2, 60, 60), 60);
	RET(sys(dup2, 60, 61), 61);
	RET(sys(fcntl, 61, F_GETFD, 0), 0);
	RET(sys(dup2, 99, 60), -EBADF);
	RET(sys(dup2, 99, 99), -EBADF);
	RET(sys(dup2, 60, 1 << 29), -EBADF);
	RET(sys(dup3, 60, 60, 0), -EINVAL);
	RET(sys(dup3, 60, 62, O_APPEND), -EINVAL);
	RET(sys(close_range, 61, -1u, 0), 0);
	RET(sys(close, 61), -EBADF);
	RET(sys(close_range, 9, 8, 0), -EINVAL);
}

TEST("O_PATH descriptors")
{
	struct stat st;
	int fd = open_f(O_PATH);

	RET(sys(read, fd, buf, 1), -EBADF);
	RET(sys(fchmod, fd, 0600), -EBADF);
	RET(sys(fchown, fd, 0, 0), -EBADF);
	RET(sys(lseek, fd, 0, 0), -EBADF);
	RET(sys(fstat, fd, &st), 0);
	RET(sys(fcntl, fd, F_GETFL, 0), O_PATH);
	RET(sys(fchdir, fd), -ENOTDIR);
	RET(sys(open, "f", O_PATH | O_DIRECTORY), -ENOTDIR);
}

TEST("calls below a descriptor")
{
	int file = open_f(O_RDONLY), dir = open("d", O_RDONLY);
	struct stat st;

	RET(sys(faccessat, 99, "f", F_OK), -EBADF);
	RET(sys(faccessat, 99, "/", F_OK), 0);
	RET(sys(faccessat, file, "x", F_OK), -ENOTDIR);
	RET(sys(faccessat, dir, "x", F_OK), 0);
	RET(sys(newfstatat, file, "", &st, AT_EMPTY_PATH), 0);
	RET(sys(newfstatat, file, "", &st, 0), -ENOENT);
	RET(sys(newfstatat, AT_FDCWD, "f", &st, 0x8000), -EINVAL);
	RET(sys(unlinkat, dir, "x", 8), -EINVAL);
	RET(sys(unlinkat, dir, "x", AT_REMOVEDIR), -ENOTDIR);
	RET(sys(unlinkat, dir, "x", 0), 0);
	RET(sys(fchdir, file), -ENOTDIR);
	RET(sys(fchdir, dir), 0);
	RET(sys(getcwd, buf, 2), -ERANGE);
	RET(sys(getcwd, buf, sizeof(buf)), sizeof(FOLDER "/d"));
	STR(buf, FOLDER "/d");
}

TEST("a folder that was removed while it is open")
{
	int dir;

	enter_folder();
	dir = open("e", O_RDONLY);
	EQ(fchdir(dir), 0);
	EQ(rmdir("../e"), 0);
	RET(sys(getdents64, dir, buf, sizeof(buf)), -ENOENT);
	RET(sys(openat, dir, "y", O_CREAT | O_RDWR, 0600), -ENOENT);
	RET(sys(mkdirat, dir, "y", 0700), -ENOENT);
	RET(sys(getcwd, buf, sizeof(buf)), -ENOENT);
	RET(sys(chdir, ".."), 0);
}

TEST("listing a folder")
{
	int dir, file = open_f(O_RDONLY);

	dir = open("d", O_RDONLY);
	RET(sys(getdents64, file, buf, 1000), -ENOTDIR);
	RET(sys(getdents64, dir, buf, 10), -EINVAL);
	RET(sys(getdents64, dir, 1, 1000), -EFAULT);
	RET(sys(getdents64, dir, buf, 1000), 3 * 24);
	RET(sys(getdents64, dir, buf, 1000), 0);
	EQ(lseek(dir, 0, SEEK_SET), 0);
	RET(sys(getdents, dir, buf, 1000), 3 * 24);
}

/* ---- attributes -------------------------------------------------------- */

TEST("mode and owner")
{
	int fd = open_f(O_WRONLY);

	EQ(chmod("f", 07777), 0);
	EQ(status_of("f").st_mode, REG(07777));
	EQ(chown("f", 5, 6), 0);
	EQ(status_of("f").st_mode, REG(01777));
	EQ(status_of("f").st_uid, 5);
	EQ(status_of("f").st_gid, 6);
	EQ(fchown(fd, -1, 7), 0);
	EQ(status_of("f").st_gid, 7);
	EQ(fchmod(fd, 0600), 0);
	EQ(status_of("f").st_mode, REG(0600));
	EQ(lchown("l", 7, 8), 0);
	EQ(status_of("l").st_uid, 7);
	RET(sys(fchownat, AT_FDCWD, "f", 0, 0, 1), -EINVAL);
}

TEST("times")
{
	struct timespec t[2] = { { 5, 6 }, { 7, UTIME_OMIT } };
	int fd = open_f(O_RDONLY);

	RET(sys(utimensat, AT_FDCWD, "f", t, 0), 0);
	EQ(status_of("f").st_atim.tv_sec, 5);
	EQ(status_of("f").st_atim.tv_nsec, 6);
	OK(status_of("f").st_mtim.tv_sec > 7);
	t[1].tv_nsec = 8;
	RET(sys(utimensat, fd, NULL, t, 0), 0);
	EQ(status_of("f").st_mtim.tv_sec, 7);
	RET(sys(utimensat, fd, NULL, t, AT_SYMLINK_NOFOLLOW), -EINVAL);
	RET(sys(utimensat, AT_FDCWD, NULL, t, 0), -EFAULT);
	t[0].tv_nsec = 2000000000;
	RET(sys(utimensat, AT_FDCWD, "f", t, 0), -EINVAL);
}

TEST("room for a file, and holes")
{
	int fd = open_f(O_RDWR);

	RET(sys(fallocate, fd, 0, 0, 10000), 0);
	EQ(status_of("f").st_size, 10000);
	EQ(status_of("f").st_blocks, 24);
	RET(sys(fallocate, fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		PAGE), 0);
	EQ(status_of("f").st_blocks, 16);
	RET(sys(fallocate, fd, FALLOC_FL_KEEP_SIZE, 0, 40000), 0);
	EQ(status_of("f").st_size, 10000);
	EQ(status_of("f").st_blocks, 80);
	EQ(ftruncate(fd, 0), 0);
	EQ(status_of("f").st_blocks, 0);
}

/* ---- files of other kinds ---------------------------------------------- */

TEST("sendfile between files")
{
	int out = open_f(O_RDWR | O_TRUNC), in = open("d/x", O_RDONLY);
	long pos = 1;

	RET(sys(sendfile, out, in, &pos, 3), 3);
	EQ(pos, 4);
	EQ(lseek(in, 0, SEEK_CUR), 0);
	EQ(pread(out, buf, 10, 0), 3);
	EQ(memcmp(buf, "ell", 3), 0);
	pos = -1;
	RET(sys(sendfile, out, in, &pos, 5), -EINVAL);
	RET(sys(sendfile, out, in, NULL, 50), 5);
}

TEST("eventfd")
{
	struct pollfd p = { .events = POLLIN | POLLOUT };
	uint64_t value;

	p.fd = eventfd(3, EFD_NONBLOCK);
	EQ(read(p.fd, &value, 8), 8);
	EQ(value, 3);
	RET(sys(read, p.fd, &value, 8), -EAGAIN);
	RET(sys(read, p.fd, &value, 4), -EINVAL);
	value = -1;
	RET(sys(write, p.fd, &value, 8), -EINVAL);
	value = -2;
	RET(sys(write, p.fd, &value, 8), 8);
	value = 1;
	RET(sys(write, p.fd, &value, 8), -EAGAIN);
	EQ(poll(&p, 1, 0), 1);
	EQ(p.revents, POLLIN);
}

TEST("time limits of poll and select")
{
	struct timespec t = { 0, 1000 };
	struct timeval v = { 0, 1000 };

	RET(sys(ppoll, NULL, 0, &t, NULL, 8), 0);
	EQ(t.tv_sec | t.tv_nsec, 0);
	t.tv_nsec = -1;
	RET(sys(ppoll, NULL, 0, &t, NULL, 8), -EINVAL);
	t.tv_nsec = 1000000000;
	RET(sys(ppoll, NULL, 0, &t, NULL, 8), -EINVAL);
	RET(sys(select, 0, NULL, NULL, NULL, &v), 0);
	EQ(v.tv_sec | v.tv_usec, 0);
	v.tv_sec = -1;
	RET(sys(select, 0, NULL, NULL, NULL, &v), -EINVAL);
	RET(sys(select, -1, NULL, NULL, NULL, NULL), -EINVAL);
	RET(sys(ppoll, NULL, 0, NULL, buf, 7), -EINVAL);
}

TEST("a closed descriptor: POLLNVAL, and EBADF of select")
{
	struct pollfd p[2] = { { 99, POLLIN, 0 }, { -1, POLLIN, 7 } };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(30, &set);
	RET(sys(poll, p, 2, -1), 1);
	EQ(p[0].revents, POLLNVAL);
	EQ(p[1].revents, 0);
	RET(sys(poll, 1, 1, 0), -EFAULT);
	RET(sys(select, 31, &set, NULL, NULL, NULL), -EBADF);
}

/* Many writers of two buffers each: a record is never torn. */
TEST("writev to a pipe is one piece")
{
	enum { WRITERS = 4, RECORDS = 200, HALF = 500 };
	static char record[2 * HALF];
	struct iovec v[2] = { { record, HALF }, { record + HALF, HALF } };
	int end[2], torn = 0, records = 0;

	EQ(pipe(end), 0);
	for (int i = 0; i < WRITERS; i++) {
		if (fork())
			continue;
		memset(record, 'a' + i, sizeof(record));
		for (int n = 0; n < RECORDS; n++)
			if (writev(end[1], v, 2) != sizeof(record))
				_exit(1);
		_exit(0);
	}
	close(end[1]);
	for (; read(end[0], record, sizeof(record)) == sizeof(record);
	     records++)
		torn += memcmp(record, record + 1, sizeof(record) - 1) != 0;
	EQ(records, WRITERS * RECORDS);
	EQ(torn, 0);
	for (int i = 0, status; i < WRITERS; i++) {
		wait(&status);
		EQ(status, 0);
	}
}
