/* run: --mem 128M --swap 8M --kernel holdfast --memlock task */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * alloc_fail.h's loop around names, mounts, open files and what they are read
 * and written with.  Holdfast only.
 */
#include "alloc_fail.h"

#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <termios.h>

/* ---- names --------------------------------------------------------------- */

static long op_names(void)
{
	TRY(sys(mkdir, BOX "/d", 0700));
	TRY(sys(mknod, BOX "/d/fifo", S_IFIFO | 0600, 0));
	TRY(fds[0] = sys(open, BOX "/d/f", O_RDWR | O_CREAT, 0600));
	TRY(sys(link, BOX "/d/f", BOX "/d/g"));
	TRY(sys(symlink, "d/a-long-enough-text-for-a-link", BOX "/s"));
	TRY(sys(rename, BOX "/d/g", BOX "/h"));
	TRY(sys(rename, BOX "/d/f", BOX "/h"));
	TRY(sys(unlink, BOX "/d/fifo"));
	TRY(sys(readlink, BOX "/s", scratch, 100));
	return sys(unlink, BOX "/h");
}

static void no_names(void)
{
	close_fds();
	unlink(BOX "/d/fifo");
	unlink(BOX "/d/f");
	unlink(BOX "/d/g");
	unlink(BOX "/h");
	unlink(BOX "/s");
	rmdir(BOX "/d");
}

static char long_path[4000];

static void make_long_path(void)
{
	strcpy(long_path, BOX);
	while (strlen(long_path) < sizeof(long_path) - 20)
		strcat(long_path, "/./../alloc_fail");
	symlink("dir/../dir/file0", BOX "/sl");
}

static void no_long_path(void)
{
	chdir("/");
	unlink(BOX "/sl");
	close_fds();
}

static long op_paths(void)
{
	struct stat st;

	TRY(sys(stat, long_path, &st));
	TRY(sys(chdir, long_path));
	TRY(sys(getcwd, scratch, 4096));
	TRY(sys(stat, "sl", &st));
	TRY(fds[0] = sys(open, "sl", O_RDONLY));
	TRY(sys(fchmod, fds[0], 0600));
	TRY(sys(truncate, "dir/file1", 3 * PAGE));
	TRY(sys(access, "/dev/null", R_OK));
	return sys(utimensat, AT_FDCWD, "sl", NULL, 0);
}

static long op_getdents(void)
{
	long n;

	sys(lseek, dir_fd, 0, SEEK_SET);
	do {
		TRY(n = sys(getdents64, dir_fd, scratch, 2048));
	} while (n);
	return 0;
}

static long op_mount(void)
{
	TRY(sys(mount, "none", BOX "/mnt", "tmpfs", 0, "size=1m"));
	TRY(fds[0] = sys(open, BOX "/mnt/x", O_RDWR | O_CREAT, 0600));
	TRY(sys(write, fds[0], scratch, PAGES(2)));
	TRY(sys(close, fds[0]));
	fds[0] = -1;
	return sys(umount2, BOX "/mnt", 0);
}

static void no_mount(void)
{
	close_fds();
	sys(umount2, BOX "/mnt", 0);
}

static long op_mount_dev(void)
{
	TRY(sys(mount, "dev", BOX "/mnt", "devtmpfs", 0, NULL));
	TRY(sys(umount2, BOX "/mnt", 0));
	TRY(fds[0] = sys(open, "/dev/kmsg", O_WRONLY));
	return sys(write, fds[0], "alloc_fail\n", 11);
}

static long op_mount_proc(void)
{
	TRY(sys(mount, "proc", BOX "/mnt", "proc", 0, NULL));
	return sys(umount2, BOX "/mnt", 0);
}

/* ---- open files ---------------------------------------------------------- */

static long all_written(long r, long n)
{
	return r >= 0 && r < n ? -ENOSPC : r;
}

static long op_grow(void)
{
	TRY(sys(ftruncate, file_fd, 0));
	TRY(all_written(sys(pwrite64, file_fd, scratch, 60000, 0), 60000));
	TRY(all_written(sys(pwrite64, file_fd, "x", 1, 1l << 32), 1));
	TRY(sys(pread64, file_fd, scratch, 60000, 1l << 20));
	TRY(sys(ftruncate, file_fd, 5000));
	TRY(sys(fallocate, file_fd, 0, 0, 20000));
	return sys(sendfile, file_fd, big_fd, NULL, 100);
}

static void shrink(void)
{
	ftruncate(file_fd, 0);
}

static long op_vectors(void)
{
	struct iovec v[200];

	for (int i = 0; i < 200; i++)
		v[i] = (struct iovec){ scratch + 300 * i, 200 };
	TRY(sys(lseek, file_fd, 0, SEEK_SET));
	TRY(all_written(sys(writev, file_fd, v, 200), 40000));
	return sys(preadv, file_fd, v, 200, 0, 0);
}

static long op_pipe(void)
{
	TRY(sys(pipe2, fds, O_NONBLOCK));
	TRY(all_written(sys(write, fds[1], scratch, 50000), 50000));
	return sys(read, fds[0], scratch, 50000);
}

static long op_dup(void)
{
	TRY(sys(dup2, knob, 700));
	TRY(sys(fcntl, knob, F_DUPFD, 900));
	return sys(dup3, knob, 1000, O_CLOEXEC);
}

static void no_dups(void)
{
	for (int i = 700; i <= 1000; i++)
		sys(close, i);
}

/* The table of descriptors never shrinks: a child's does. */
static long op_dup_child(void)
{
	int pid = fork();
	long ret;

	if (!pid) {
		arm(child_n);
		ret = op_dup();
		_exit(failed(ret) ? -ret : 0);
	}
	return reap(pid < 0 ? -errno : pid);
}

static long op_poll(void)
{
	struct pollfd p[400];
	struct timeval none = { 0, 0 };
	fd_set in, out;

	for (int i = 0; i < 400; i++)
		p[i] = (struct pollfd){ .fd = big_fd, .events = POLLIN };
	TRY(sys(poll, p, 400, 0));
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(big_fd, &in);
	FD_SET(big_fd, &out);
	return sys(select, 1000, &in, &out, NULL, &none);
}

static long read_whole(const char *path)
{
	long n;

	TRY(fds[0] = sys(open, path, O_RDONLY));
	do {
		TRY(n = sys(read, fds[0], scratch, sizeof(scratch)));
	} while (n);
	sys(close, fds[0]);
	fds[0] = -1;
	return 0;
}

static long op_proc(void)
{
	TRY(read_whole("/proc/self/maps"));
	TRY(read_whole("/proc/self/smaps"));
	TRY(read_whole("/proc/self/smaps_rollup"));
	TRY(read_whole("/proc/self/status"));
	TRY(read_whole("/proc/self/stat"));
	TRY(read_whole("/proc/self/cmdline"));
	TRY(read_whole("/proc/mounts"));
	TRY(read_whole("/proc/vmstat"));
	return sys(readlink, "/proc/self/fd/0", scratch, 100);
}

static long op_proc_dir(void)
{
	long n;

	TRY(fds[0] = sys(open, "/proc/self/fd", O_RDONLY));
	do {
		TRY(n = sys(getdents64, fds[0], scratch, 2048));
	} while (n);
	TRY(fds[1] = sys(open, "/proc", O_RDONLY));
	return sys(getdents64, fds[1], scratch, 8192);
}

/* A child with tables of its own, made by the calls that unshare. */
static int unshare_fn(void *arg)
{
	long ret;

	(void)arg;
	arm(child_n);
	ret = sys(close_range, 500, 600, 2 /* CLOSE_RANGE_UNSHARE */);
	if (!failed(ret))
		ret = sys(chroot, "/tmp");
	_exit(failed(ret) ? -ret : 0);
}

static long op_unshare(void)
{
	return spawn(unshare_fn, CLONE_FILES | SIGCHLD, NULL);
}

static long op_fifo(void)
{
	TRY(sys(mknod, BOX "/fifo", S_IFIFO | 0600, 0));
	TRY(fds[0] = sys(open, BOX "/fifo", O_RDONLY | O_NONBLOCK));
	TRY(fds[1] = sys(open, BOX "/fifo", O_WRONLY | O_NONBLOCK));
	TRY(sys(fcntl, fds[1], F_SETPIPE_SZ, 1 << 17) == -EBUSY ? -EBUSY : 0);
	TRY(sys(write, fds[1], scratch, 9000));
	return sys(unlink, BOX "/fifo");
}

static void no_fifo(void)
{
	close_fds();
	unlink(BOX "/fifo");
}

static long op_eventfd(void)
{
	TRY(fds[0] = sys(eventfd2, 1, 0));
	return sys(read, fds[0], scratch, 8);
}

static long op_devices(void)
{
	TRY(fds[0] = sys(open, "/dev/console", O_RDWR | O_NOCTTY));
	TRY(sys(ioctl, fds[0], TCGETS, scratch));
	TRY(fds[1] = sys(open, "/dev/kmsg", O_RDWR | O_NONBLOCK));
	TRY(sys(read, fds[1], scratch, 4096));
	return sys(ioctl, fds[0], TIOCGWINSZ, scratch);
}

/* ---- locks, files without names, splice ---------------------------------- */

static long lock_part(int cmd, int type, long start, long len)
{
	struct flock fl = { .l_type = type, .l_start = start, .l_len = len };

	return sys(fcntl, fds[0], cmd, &fl);
}

static long op_locks(void)
{
	TRY(fds[0] = sys(open, BOX "/dir/file0", O_RDWR));
	TRY(fds[1] = sys(open, BOX "/dir/file0", O_RDWR));
	TRY(lock_part(F_SETLK, F_WRLCK, 0, 100));
	TRY(lock_part(F_SETLK, F_RDLCK, 10, 10));
	TRY(lock_part(F_OFD_SETLK, F_WRLCK, 200, 0));
	TRY(lock_part(F_OFD_SETLK, F_UNLCK, 300, 5));
	TRY(sys(flock, fds[0], LOCK_SH));
	return sys(flock, fds[1], LOCK_SH);
}

static long op_tmpfile(void)
{
	TRY(fds[0] = sys(open, BOX, 020000000 | O_DIRECTORY | O_RDWR, 0600));
	TRY(all_written(sys(write, fds[0], scratch, 5000), 5000));
	TRY(sys(linkat, fds[0], "", AT_FDCWD, BOX "/h", AT_EMPTY_PATH));
	TRY(sys(mkdir, BOX "/d", 0700));
	return sys(renameat2, AT_FDCWD, BOX "/h", AT_FDCWD, BOX "/d", 2);
}

static void no_tmpfile(void)
{
	close_fds();
	unlink(BOX "/h");
	rmdir(BOX "/h");
	unlink(BOX "/d");
	rmdir(BOX "/d");
}

static long op_splice(void)
{
	struct iovec v = { scratch, 10000 };
	int other[2] = { -1, -1 };
	long ret, zero = 0, end = 20000;

	TRY(sys(pipe2, fds, O_NONBLOCK));
	TRY(sys(fcntl, fds[0], F_SETPIPE_SZ, 131072));
	TRY(sys(vmsplice, fds[1], &v, 1, 0));
	TRY(sys(splice, fds[0], NULL, file_fd, &zero, 5000, 0));
	zero = 0;
	TRY(sys(splice, file_fd, &zero, fds[1], NULL, 5000, 0));
	zero = 0;
	TRY(sys(copy_file_range, file_fd, &zero, file_fd, &end, 4000, 0));
	TRY(sys(pipe2, other, O_NONBLOCK));
	ret = sys(tee, fds[0], other[1], 5000, 0);
	if (!failed(ret))
		ret = sys(splice, fds[0], NULL, other[1], NULL, 3000, 0);
	sys(close, other[0]);
	sys(close, other[1]);
	return ret;
}

static void no_splice(void)
{
	close_fds();
	shrink();
}

/* ---- all of them --------------------------------------------------------- */

static const struct op ops[] = {
	{ "names", op_names, NULL, no_names, false, 0 },
	{ "paths", op_paths, make_long_path, no_long_path, false, 0 },
	{ "getdents", op_getdents, NULL, NULL, false, 0 },
	{ "mount tmpfs", op_mount, NULL, no_mount, false, 0 },
	{ "mount devtmpfs, write kmsg", op_mount_dev, NULL, no_mount, false,
	  0 },
	{ "mount proc", op_mount_proc, NULL, no_mount, false, 0 },
	{ "growing files", op_grow, NULL, shrink, false, 0 },
	{ "readv and writev", op_vectors, NULL, shrink, false, 0 },
	{ "pipe", op_pipe, NULL, close_fds, false, ENFILE },
	{ "locks", op_locks, NULL, close_fds, false, ENOLCK },
	{ "files without names", op_tmpfile, NULL, no_tmpfile, false, 0 },
	{ "splice", op_splice, NULL, no_splice, false, ENFILE },
	{ "dup", op_dup_child, NULL, no_dups, true, EMFILE },
	{ "poll and select", op_poll, NULL, NULL, false, 0 },
	{ "files of /proc", op_proc, NULL, close_fds, false, 0 },
	{ "folders of /proc", op_proc_dir, NULL, close_fds, false, 0 },
	{ "own tables of files", op_unshare, NULL, NULL, true, EMFILE },
	{ "a FIFO", op_fifo, NULL, no_fifo, false, ENFILE },
	{ "eventfd", op_eventfd, NULL, close_fds, false, 0 },
	{ "devices", op_devices, NULL, close_fds, false, 0 },
};

TEST_TABLE("every allocation fails", ops, every_allocation);
