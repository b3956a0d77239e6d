/* run: --mem 128M --swap 8M --memlock task --timeout 240 */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every allocation of an operation fails once, the first, the second, and so
 * on until the operation runs through: /proc/holdfast/fail_alloc.  Each time it
 * must succeed or say so with an errno of shortage, work when it is called
 * again, and leave the invariants of mm/ (mm_check) whole.  When all is done,
 * as much memory is free as before.  Holdfast only.
 */
#include "tinyelf.h"

#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <termios.h>

#define MANY_FILES 120
#define ROUNDS_MAX 10
#define INJECTIONS 100		/* an operation's rounds go on up to these */
#define SLACK_KB 16
#define BOX "/tmp/alloc_fail"

static int knob = -1;		/* fail_alloc, open */
static char scratch[1 << 16];

/* ---- the knob ---------------------------------------------------------- */

/* The caller's n-th allocation from now on fails; 0: none. */
static void arm(long n)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%ld", n);

	if (sys(write, knob, text, len) != len)
		die("fail_alloc: cannot write %ld", n);
}

/* Reading it the first time fills a buffer; from then on it needs none. */
static long remaining(void)
{
	char text[24] = "";

	if (sys(pread64, knob, text, sizeof(text) - 1, 0) <= 0)
		die("fail_alloc: cannot read");
	return strtol(text, NULL, 10);
}

struct memory {
	long free_kb, slab_bytes;
};

static struct memory memory_now(void)
{
	static char text[8192];
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	struct memory m;
	char *p;

	sys(write, fd, "3", 1);		/* wholly free slabs too */
	close(fd);
	slurp("/proc/holdfast/slab_bytes", text, sizeof(text));
	m.slab_bytes = strtol(text, NULL, 10);
	slurp("/proc/meminfo", text, sizeof(text));
	p = strstr(text, "MemFree:");
	m.free_kb = p ? strtol(p + 8, NULL, 10) : 0;
	return m;
}

/* ---- operations: prepare, then what is tried, then clean up ------------- */

static int fds[2], file_fd, dir_fd, big_fd;
static long child;
static const char *swap_path = "/dev/vda";
static long child_n;

/* The first error of a sequence of calls ends it. */
#define TRY(call)						\
	do {							\
		long try_ret = (long)(call);			\
		if (failed(try_ret))				\
			return try_ret;				\
	} while (0)

static void close_fds(void)
{
	for (int i = 0; i < 2; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

static long reap(long pid)
{
	int status;

	if (failed(pid))
		return pid;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == TINY_STATUS ? 0 :
		       -WEXITSTATUS(status);
	/* Beyond the point of no return exec can only kill. */
	return WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGKILL ?
	       -ENOMEM : -EIO;
}

static long op_fork(void)
{
	child = sys(fork);
	if (!child)
		_exit(0);
	return reap(child);
}

static int exit_fn(void *arg)
{
	(void)arg;
	sys(exit, 0);
	return 0;
}

static int sleep_fn(void *arg)
{
	(void)arg;
	for (;;)
		sys(pause);
	return 0;
}

static int exec_fn(void *arg)
{
	char *more[] = { "a", "bb", "ccc", scratch, NULL };
	char *script[] = { "script", NULL }, *none[] = { NULL };

	arm(child_n);
	if (arg)
		_exit(-sys(execve, arg, script, none));
	_exit(-reexec("@exit", more));
}

static int failing_exit_fn(void *arg)
{
	(void)arg;
	arm(child_n);
	_exit(0);
}

static long spawn(int (*fn)(void *), int flags, const char *arg)
{
	static char stack[16384] __attribute__((aligned(16)));
	int pid = clone(fn, stack + sizeof(stack), flags, (void *)arg);

	return reap(pid < 0 ? -errno : pid);
}

static long op_vfork(void)
{
	return spawn(exit_fn, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
}

static long op_vfork_exec(void)
{
	return spawn(exec_fn, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
}

static long op_fork_exec(void)
{
	return spawn(exec_fn, SIGCHLD, NULL);
}

static long op_script(void)
{
	return spawn(exec_fn, SIGCHLD, BOX "/script");
}

static int crowd_fn(void *arg)
{
	static char stacks[4][4096] __attribute__((aligned(16)));

	for (int i = 0; i < 4; i++)
		clone(sleep_fn, stacks[i] + 4096, CLONE_VM | CLONE_FS |
		      CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
		      CLONE_SYSVSEM, NULL);
	return exec_fn(arg);
}

static long op_crowd(void)
{
	return spawn(crowd_fn, SIGCHLD, BOX "/tiny");
}

static long op_exit(void)
{
	return spawn(failing_exit_fn, SIGCHLD, NULL);
}

static void long_args(void)
{
	memset(scratch, 'x', 40000);
	scratch[40000] = 0;
}

static long op_thread(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	static volatile int tid;
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		    CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID;

	tid = 1;
	if (clone(exit_fn, stack + sizeof(stack), flags, NULL, NULL, NULL,
		  &tid) < 0)
		return -errno;
	while (tid)
		sys(futex, &tid, FUTEX_WAIT, 1, NULL, NULL, 0);
	return 0;
}

static long op_wait(void)
{
	return reap(child);
}

static void start_child(void)
{
	child = fork();
	if (!child)
		_exit(0);
}

/* ---- memory ------------------------------------------------------------ */

static void window(void)
{
	map(64);
	touch(AT(0), 16);
}

static void no_window(void)
{
	unmap(AT(0), PAGES(512));
}

static long op_mmap(void)
{
	for (int i = 0; i < 6; i++)
		TRY(raw_mmap(AT(100 + 3 * i), PAGES(2), RW, ANON | MAP_FIXED,
			     -1, 0));
	TRY(raw_mmap(AT(150), PAGES(2), RW, SHANON | MAP_FIXED, -1, 0));
	TRY(raw_mmap(AT(160), PAGES(4), RW, MAP_SHARED | MAP_FIXED, big_fd,
		     0));
	return raw_mmap(AT(161), PAGES(1), RW, MAP_PRIVATE | MAP_FIXED |
			MAP_POPULATE, big_fd, 0);
}

static long op_munmap(void)
{
	for (int i = 1; i < 32; i += 3)
		TRY(unmap(AT(i), PAGE));
	return 0;
}

static long op_mprotect(void)
{
	for (int i = 1; i < 32; i += 3)
		TRY(protect(AT(i), PAGE, i & 1 ? PROT_READ : PROT_NONE));
	return protect(AT(0), PAGES(64), RW);
}

static long op_mlock(void)
{
	for (int i = 1; i < 32; i += 3)
		TRY(lock(AT(i), PAGE));
	TRY(lock2(AT(20), PAGES(20), MLOCK_ONFAULT));
	TRY(unlock(AT(22), PAGES(3)));
	TRY(lockall(LOCK_CURRENT | LOCK_FUTURE));
	TRY(raw_mmap(AT(100), PAGES(20), RW, ANON | MAP_FIXED, -1, 0));
	return unlockall();
}

static void unlock_window(void)
{
	unlockall();
	no_window();
}

static long op_mremap(void)
{
	TRY(remap(AT(0), PAGES(8), PAGES(8), MREMAP_MAYMOVE | MREMAP_FIXED,
		  AT(200)));
	TRY(remap(AT(200), PAGES(8), PAGES(16), 0, NULL));
	TRY(remap(AT(9), PAGES(2), PAGES(300), MREMAP_MAYMOVE | MREMAP_FIXED,
		  AT(210)));
	TRY(remap(AT(12), PAGES(4), PAGES(2), 0, NULL));
	return remap(AT(30), PAGES(4), PAGES(4), MREMAP_MAYMOVE | MREMAP_FIXED |
		     MREMAP_DONTUNMAP, AT(40));
}

static long op_madvise(void)
{
	TRY(advise(AT(3), PAGES(2), MADV_DONTFORK));
	TRY(advise(AT(7), PAGES(2), MADV_DONTNEED));
	TRY(advise(AT(10), PAGES(2), MADV_WIPEONFORK));
	TRY(advise(AT(2), PAGES(2), ADV_PAGEOUT));
	TRY(advise(AT(20), PAGES(9), ADV_POPULATE_WRITE));
	return advise(AT(30), PAGES(9), ADV_POPULATE_READ);
}

static long op_brk(void)
{
	long now = raw_brk(NULL), more = now + PAGES(40);

	if (raw_brk((void *)more) != more)
		return -ENOMEM;
	touch((char *)((now + PAGE - 1) & -PAGE), 39);
	return raw_brk((void *)now) == now ? 0 : -EIO;
}

static void mapped_kinds(void)
{
	map_at(AT(0), 4, RW, ANON, -1, 0);
	map_at(AT(1024 * 1024), 4, RW, MAP_PRIVATE, big_fd, 0);
	map_at(AT(2048 * 1024), 4, RW, MAP_SHARED, big_fd, 0);
	map_at(AT(3072 * 1024), 4, RW, SHANON, -1, 0);
	map_at(AT(4096 * 1024), 4, RW, MAP_SHARED | MAP_ANONYMOUS |
	       MAP_NORESERVE, -1, 0);
	map_at(AT(5120 * 1024), 4, RW, ANON | MAP_GROWSDOWN, -1, 0);
}

static void unmapped_kinds(void)
{
	for (int i = 0; i < 6; i++)
		unmap(AT(i * 1024 * 1024), PAGES(4));
}

/* The fault is tried again, or kills: it has no errno. */
static long op_faults(void)
{
	for (int i = 0; i < 6; i++) {
		volatile char *p = AT(i * 1024 * 1024);

		(void)*p;
		*p = 1;
		p[PAGES(1)] = 2;
		(void)p[PAGES(2)];
		if (p[0] != 1 || p[PAGES(1)] != 2)
			return -EIO;
	}
	return 0;
}

static long op_cow(void)
{
	child = sys(fork);
	if (!child)
		pause();
	if (!failed(child))
		touch(AT(0), 16);
	return failed(child) ? child : 0;
}

static void end_child(void)
{
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	child = 0;
	no_window();
}

static long op_swapped(void)
{
	for (int i = 0; i < 16; i++)
		if (AT(i)[0] != 'A' + i % 26)
			return -EIO;
	touch(AT(0), 16);
	return 0;
}

static void paged_out(void)
{
	window();
	advise(AT(0), PAGES(16), ADV_PAGEOUT);
}

static long op_stack(void)
{
	volatile char deep[PAGES(40)];

	for (int i = 39; i >= 0; i--)
		deep[PAGES(i)] = 1;
	return deep[0] - 1;
}

static long op_stack_child(void)
{
	int pid = fork();

	if (!pid) {
		arm(child_n);
		_exit(-op_stack());
	}
	return reap(pid < 0 ? -errno : pid);
}

static long op_copy_to_new(void)
{
	TRY(sys(pread64, big_fd, AT(20), PAGES(8), 0));
	TRY(sys(pwrite64, big_fd, AT(40), PAGES(8), 0));
	return memcmp(AT(20), "aaaa", 4) ? -EIO : 0;
}

static void fill_big(void)
{
	no_window();
	memset(scratch, 'a', PAGE);
	for (int i = 0; i < 8; i++)
		pwrite(big_fd, scratch, PAGE, PAGES(i));
}

static long op_remote(void)
{
	int fd = open("/proc/self/mem", O_RDWR);
	long r;

	if (fd < 0)
		return -errno;
	r = sys(pwrite64, fd, scratch, PAGES(4), (long)AT(30));
	if (r == (long)PAGES(4))
		r = sys(pread64, fd, scratch, PAGES(4), (long)AT(40));
	close(fd);
	return r == -EIO ? -ENOMEM : r;		/* Linux says EIO here too */
}

static void all_kinds(void)
{
	mapped_kinds();
	for (int i = 0; i < 6; i++)
		touch(AT(i * 1024 * 1024), 3);
	for (int i = 0; i < 6; i++)
		advise(AT(i * 1024 * 1024), PAGES(2), ADV_PAGEOUT);
	lock2(AT(0), PAGES(2), MLOCK_ONFAULT);
}

/* The child's memory is whole whenever there is a child. */
static long op_fork_all(void)
{
	child = sys(fork);
	if (!child) {
		for (int i = 0; i < 6; i++)
			if (AT(i * 1024 * 1024)[PAGES(1)] != 'B')
				_exit(EIO);
		_exit(0);
	}
	return reap(child);
}

static long op_looking(void)
{
	unsigned char present[4];
	uint64_t entries[4];

	TRY(sys(mincore, AT(0), PAGES(4), present));
	TRY(fds[0] = sys(open, "/proc/self/pagemap", O_RDONLY));
	TRY(sys(pread64, fds[0], entries, 32, WINDOW / 512));
	TRY(fds[1] = sys(open, "/proc/kpageflags", O_RDONLY));
	TRY(sys(pread64, fds[1], entries, 32, 8 * 1024));
	TRY(sys(msync, AT(0), PAGES(4), MS_SYNC));
	return sys(remap_file_pages, AT(2048 * 1024), PAGE, 0, 2, 0);
}

static void no_looking(void)
{
	close_fds();
	unmapped_kinds();
}

/* ---- names ------------------------------------------------------------- */

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

static long op_mount_proc(void)
{
	TRY(sys(mount, "proc", BOX "/mnt", "proc", 0, NULL));
	return sys(umount2, BOX "/mnt", 0);
}

/* ---- open files -------------------------------------------------------- */

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

static long op_memfd(void)
{
	TRY(fds[0] = sys(memfd_create, "a-name", 0));
	TRY(sys(ftruncate, fds[0], PAGES(20)));
	TRY(raw_mmap(AT(0), PAGES(20), RW, MAP_SHARED | MAP_FIXED, fds[0], 0));
	touch(AT(0), 20);
	TRY(advise(AT(4), PAGES(4), MADV_REMOVE));
	return sys(msync, AT(0), PAGES(20), MS_SYNC);
}

static void no_memfd(void)
{
	close_fds();
	no_window();
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

static void swap_on(void)
{
	sys(swapon, swap_path, 0);
	paged_out();
}

static void swap_off(void)
{
	sys(swapoff, swap_path);
}

/* Pages of a file that swap holds. */
static void file_paged_out(void)
{
	fill_big();
	map_at(AT(0), 8, RW, MAP_SHARED, big_fd, 0);
	touch(AT(0), 8);
	advise(AT(0), PAGES(8), ADV_PAGEOUT);
}

static long op_file_swapped(void)
{
	TRY(sys(pread64, big_fd, scratch, 5000, 0));
	TRY(sys(pwrite64, big_fd, scratch, 5000, PAGES(3)));
	if (AT(6)[0] != 'G')
		return -EIO;
	return lock(AT(0), PAGES(8));
}

static long op_disk(void)
{
	TRY(fds[0] = sys(open, swap_path, O_RDWR));
	TRY(sys(pread64, fds[0], scratch, 9000, 100));
	return sys(pwrite64, fds[0], scratch, 9000, 100);
}

/* A hole of the file, where its pages were in swap. */
static long op_punch(void)
{
	TRY(sys(fallocate, big_fd, 3, PAGES(2), PAGES(2)));
	TRY(sys(ftruncate, big_fd, PAGES(5) + 100));
	return sys(ftruncate, big_fd, PAGES(16));
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

/* ---- the rest ---------------------------------------------------------- */

static volatile int caught;

static void on_signal(int sig)
{
	caught += sig == SIGUSR1 || sig == SIGALRM;
}

static long op_signal(void)
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_ONSTACK };
	stack_t ss = { .ss_sp = AT(0), .ss_size = PAGES(16) };

	caught = 0;
	TRY(sys(sigaltstack, &ss, NULL));
	if (sigaction(SIGUSR1, &sa, NULL))
		return -errno;
	TRY(sys(kill, getpid(), SIGUSR1));
	return caught == 1 ? 0 : -EIO;
}

static void no_altstack(void)
{
	stack_t ss = { .ss_flags = SS_DISABLE };

	sigaltstack(&ss, NULL);
	signal(SIGUSR1, SIG_DFL);
	no_window();
}

static void untouched(void)
{
	map(64);
}

static long op_timer(void)
{
	struct itimerval it = { .it_value = { 0, 2000 } };
	struct timespec ts = { 0, 100000 };

	caught = 0;
	signal(SIGALRM, on_signal);
	TRY(sys(setitimer, ITIMER_REAL, &it, NULL));
	while (!caught)
		sys(nanosleep, &ts, NULL);
	return 0;
}

static long op_groups(void)
{
	gid_t g[32] = { 1, 2, 3 };

	TRY(sys(setgroups, 32, g));
	return sys(getgroups, 32, g);
}

static long op_swapoff(void)
{
	return sys(swapoff, swap_path);
}

static long op_swapon(void)
{
	return sys(swapon, swap_path, 0);
}

/* ---- the loop ---------------------------------------------------------- */

static const struct op {
	const char *name;
	long (*run)(void);
	void (*prepare)(void), (*clean)(void);
	bool in_child;		/* the child arms itself */
	int also;		/* a further errno Linux has for it */
} ops[] = {
	{ "fork", op_fork, window, no_window, false, 0 },
	{ "fork, then both write", op_cow, window, end_child, false, 0 },
	{ "fork of all kinds of areas", op_fork_all, all_kinds, unmapped_kinds,
	  false, 0 },
	{ "mincore, pagemap, msync", op_looking, all_kinds, no_looking, false,
	  0 },
	{ "vfork", op_vfork, NULL, NULL, false, 0 },
	{ "vfork and exec", op_vfork_exec, long_args, NULL, true, 0 },
	{ "fork and exec", op_fork_exec, long_args, NULL, true, 0 },
	{ "exec of a script", op_script, NULL, NULL, true, 0 },
	{ "exec among threads", op_crowd, NULL, NULL, true, 0 },
	{ "exit", op_exit, window, no_window, true, 0 },
	{ "a thread", op_thread, NULL, NULL, false, 0 },
	{ "wait4", op_wait, start_child, NULL, false, 0 },
	{ "mmap", op_mmap, NULL, no_window, false, 0 },
	{ "munmap", op_munmap, window, no_window, false, 0 },
	{ "mprotect", op_mprotect, window, no_window, false, 0 },
	{ "mlock", op_mlock, window, unlock_window, false, 0 },
	{ "mremap", op_mremap, window, no_window, false, 0 },
	{ "madvise", op_madvise, window, no_window, false, EFAULT },
	{ "brk", op_brk, NULL, NULL, false, 0 },
	{ "page faults", op_faults, mapped_kinds, unmapped_kinds, false, 0 },
	{ "faults on swapped pages", op_swapped, paged_out, no_window, false,
	  0 },
	{ "a growing stack", op_stack_child, NULL, NULL, true, 0 },
	{ "copies to fresh memory", op_copy_to_new, untouched, fill_big, false,
	  0 },
	{ "/proc/self/mem", op_remote, untouched, no_window, false, 0 },
	{ "names", op_names, NULL, no_names, false, 0 },
	{ "paths", op_paths, make_long_path, no_long_path, false, 0 },
	{ "getdents", op_getdents, NULL, NULL, false, 0 },
	{ "mount tmpfs", op_mount, NULL, no_mount, false, 0 },
	{ "mount proc", op_mount_proc, NULL, no_mount, false, 0 },
	{ "growing files", op_grow, NULL, shrink, false, 0 },
	{ "readv and writev", op_vectors, NULL, shrink, false, 0 },
	{ "pipe", op_pipe, NULL, close_fds, false, ENFILE },
	{ "dup", op_dup_child, NULL, no_dups, true, EMFILE },
	{ "poll and select", op_poll, NULL, NULL, false, 0 },
	{ "memfd", op_memfd, NULL, no_memfd, false, 0 },
	{ "files of /proc", op_proc, NULL, close_fds, false, 0 },
	{ "folders of /proc", op_proc_dir, NULL, close_fds, false, 0 },
	{ "file pages in swap", op_file_swapped, file_paged_out, fill_big,
	  false, 0 },
	{ "holes in file pages in swap", op_punch, file_paged_out, fill_big,
	  false, 0 },
	{ "own tables of files", op_unshare, NULL, NULL, true, EMFILE },
	{ "a FIFO", op_fifo, NULL, no_fifo, false, ENFILE },
	{ "a disk", op_disk, swap_off, close_fds, false, 0 },
	{ "eventfd", op_eventfd, NULL, close_fds, false, 0 },
	{ "devices", op_devices, NULL, close_fds, false, 0 },
	{ "a signal on its own stack", op_signal, untouched, no_altstack,
	  false, 0 },
	{ "a timer", op_timer, NULL, NULL, false, 0 },
	{ "setgroups", op_groups, NULL, NULL, false, 0 },
	{ "swapon", op_swapon, swap_off, NULL, false, 0 },
	{ "swapoff", op_swapoff, swap_on, no_window, false, 0 },
};

static void programs(void)
{
	static const char text[] = "#!" BOX "/tiny an-argument\n";
	struct tiny t;
	int fd;

	tiny_init(&t);
	tiny_write(&t, BOX "/tiny");
	fd = open(BOX "/script", O_WRONLY | O_CREAT | O_TRUNC, 0755);
	if (write(fd, text, sizeof(text) - 1) < 0)
		die("script: errno %d", errno);
	close(fd);
}

static void box(void)
{
	char path[64];

	knob = open("/proc/holdfast/fail_alloc", O_RDWR | O_CLOEXEC);
	if (knob < 0)
		die("fail_alloc: errno %d", errno);
	arm(0);
	EQ(remaining(), -1);
	mkdir(BOX, 0700);
	mkdir(BOX "/mnt", 0700);
	mkdir(BOX "/dir", 0700);
	for (int i = 0; i < MANY_FILES; i++) {
		snprintf(path, sizeof(path), BOX "/dir/file%d", i);
		close(open(path, O_CREAT | O_RDWR, 0600));
	}
	programs();
	dir_fd = open(BOX "/dir", O_RDONLY);
	file_fd = open(BOX "/file", O_RDWR | O_CREAT, 0600);
	big_fd = make_memfd(16);
	fds[0] = fds[1] = -1;
	memset(scratch, 'a', sizeof(scratch));
}

/* Process 1 looks around in between: the least seen. */
static struct memory memory(void)
{
	struct memory m, least = memory_now();

	op_fork();			/* which buries earlier ends */
	for (int i = 0; i < 5; i++) {
		usleep(7000);
		m = memory_now();
		if (m.slab_bytes < least.slab_bytes)
			least.slab_bytes = m.slab_bytes;
		if (m.free_kb > least.free_kb)
			least.free_kb = m.free_kb;
	}
	return least;
}

static void mm_check(const struct op *op, long n)
{
	static char why[512];

	slurp("/proc/holdfast/mm_check", why, sizeof(why));
	if (strncmp(why, "ok", 2))
		die("%s, allocation %ld: mm_check: %s", op->name, n, why);
}

/* Runs it with its n-th allocation failing.  False: there was none. */
static bool once(const struct op *op, long n)
{
	long ret, left;

	if (op->prepare)
		op->prepare();
	child_n = n;
	if (!op->in_child)
		arm(n);
	ret = op->run();
	left = remaining();
	arm(0);
	if (op->clean)
		op->clean();
	if (failed(ret) && (!n || left >= 0 || (ret != -ENOMEM && ret != -EAGAIN &&
					  ret != -ENOSPC && ret != -op->also)))
		die("%s, allocation %ld: %s", op->name, n, ret_name(ret));
	return n && left < 0;
}

/* The lock design may deny it to a memlocked program. */
static void try_plainly(const struct op *op)
{
	long ret;

	if (op->prepare)
		op->prepare();
	child_n = 0;
	ret = op->run();
	if (op->clean)
		op->clean();
	if (failed(ret) && vm_locked())
		skip("denied to a memlocked program");
}

static long round_of(const struct op *op, bool check)
{
	long n = 1;

	for (; once(op, n); n++) {
		if (n > 5000)
			die("%s: no end", op->name);
		once(op, 0);
		if (check)
			mm_check(op, n);
	}
	return n - 1;
}

static void every_allocation(const void *row)
{
	const struct op *op = row;
	struct memory before, after;
	long n, total = 0;
	int rounds = 0;

	box();
	try_plainly(op);
	n = round_of(op, true);
	before = memory();
	do {
		total += round_of(op, false);
	} while (++rounds < ROUNDS_MAX && total && total < INJECTIONS);
	after = memory();
	note("%ld allocations, %ld failures more, free %ld kB, then %ld kB, "
	     "objects %ld, then %ld bytes", n, total, before.free_kb,
	     after.free_kb, before.slab_bytes, after.slab_bytes);
	if (after.free_kb < before.free_kb - SLACK_KB ||
	    after.slab_bytes > before.slab_bytes)
		fail("memory has leaked");
}

TEST("@exit")
{
	_exit(0);
}

TEST_TABLE("every allocation fails", ops, every_allocation);
