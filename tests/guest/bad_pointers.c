/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls that take a user pointer, with pointers to nothing, to memory of no
 * access, to the kernel, to non-canonical and to wrapping addresses: EFAULT and
 * nothing else, and the caller goes on.  First chosen calls, argument by
 * argument; then, by machine, each pointer of every call that the kernel has.
 */
#include "calls.h"

#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>

/* In the arguments: the bad pointer, and a good buffer of a page. */
#define BAD 0x5bad5bad5bad5badl
#define GOOD 0x600d600d600d600dl
#define FILE_R 0x7001l		/* descriptors: a file, a pipe's two ends */
#define PIPE_R 0x7002l
#define PIPE_W 0x7003l
#define PATH 0x7004l		/* "/tmp" */
#define ZERO_R 0x7005l		/* /dev/zero */

struct fault {
	const char *name;
	long nr, a[6];
	bool null_ok;		/* a null pointer is not an EFAULT here */
	bool writes;		/* only to a pointer it may write */
};

static const struct fault faults[] = {
	{ "read, file", SYS_read, { FILE_R, BAD, 10 }, 0, 1 },
	{ "read, pipe", SYS_read, { PIPE_R, BAD, 10 }, 0, 1 },
	{ "read, /dev/zero", SYS_read, { ZERO_R, BAD, 10 }, 0, 1 },
	{ "write, file", SYS_write, { FILE_R, BAD, 10 }, 0, 0 },
	{ "write, pipe", SYS_write, { PIPE_W, BAD, 10 }, 0, 0 },
	{ "pread64", SYS_pread64, { FILE_R, BAD, 10, 0 }, 0, 1 },
	{ "pwrite64", SYS_pwrite64, { FILE_R, BAD, 10, 0 }, 0, 0 },
	{ "readv", SYS_readv, { FILE_R, BAD, 1 }, 0, 0 },
	{ "writev", SYS_writev, { FILE_R, BAD, 1 }, 0, 0 },
	{ "open", SYS_open, { BAD, 0, 0 }, 0, 0 },
	{ "openat", SYS_openat, { -100, BAD, 0, 0 }, 0, 0 },
	{ "creat", SYS_creat, { BAD, 0644 }, 0, 0 },
	{ "stat, path", SYS_stat, { BAD, GOOD }, 0, 0 },
	{ "stat, result", SYS_stat, { PATH, BAD }, 0, 1 },
	{ "lstat, result", SYS_lstat, { PATH, BAD }, 0, 1 },
	{ "fstat", SYS_fstat, { FILE_R, BAD }, 0, 1 },
	{ "newfstatat, path", SYS_newfstatat, { -100, BAD, GOOD, 0 }, 0, 0 },
	{ "newfstatat, result", SYS_newfstatat, { -100, PATH, BAD, 0 }, 0,
	  1 },
	{ "access", SYS_access, { BAD, 0 }, 0, 0 },
	{ "faccessat", SYS_faccessat, { -100, BAD, 0 }, 0, 0 },
	{ "chdir", SYS_chdir, { BAD }, 0, 0 },
	{ "chmod", SYS_chmod, { BAD, 0 }, 0, 0 },
	{ "chown", SYS_chown, { BAD, 0, 0 }, 0, 0 },
	{ "mkdir", SYS_mkdir, { BAD, 0 }, 0, 0 },
	{ "rmdir", SYS_rmdir, { BAD }, 0, 0 },
	{ "unlink", SYS_unlink, { BAD }, 0, 0 },
	{ "unlinkat", SYS_unlinkat, { -100, BAD, 0 }, 0, 0 },
	{ "rename, from", SYS_rename, { BAD, PATH }, 0, 0 },
	{ "rename, to", SYS_rename, { PATH, BAD }, 0, 0 },
	{ "link, from", SYS_link, { BAD, PATH }, 0, 0 },
	{ "symlink, target", SYS_symlink, { BAD, PATH }, 0, 0 },
	{ "symlink, name", SYS_symlink, { PATH, BAD }, 0, 0 },
	{ "readlink, path", SYS_readlink, { BAD, GOOD, 100 }, 0, 0 },
	{ "truncate", SYS_truncate, { BAD, 0 }, 0, 0 },
	{ "statfs, path", SYS_statfs, { BAD, GOOD }, 0, 0 },
	{ "statfs, result", SYS_statfs, { PATH, BAD }, 0, 1 },
	{ "getcwd", SYS_getcwd, { BAD, 4096 }, 0, 1 },
	{ "getdents64", SYS_getdents64, { 0x7006l, BAD, 4096 }, 0, 1 },
	{ "pipe", SYS_pipe, { BAD }, 0, 1 },
	{ "pipe2", SYS_pipe2, { BAD, 0 }, 0, 1 },
	{ "poll", SYS_poll, { BAD, 1, 0 }, 0, 1 },
	{ "ppoll, time", SYS_ppoll, { GOOD, 0, BAD, 0, 8 }, 1, 0 },
	{ "select", SYS_select, { 3, BAD, 0, 0, GOOD }, 1, 1 },
	{ "nanosleep", SYS_nanosleep, { BAD, 0 }, 0, 0 },
	{ "clock_gettime", SYS_clock_gettime, { 0, BAD }, 0, 1 },
	{ "clock_getres", SYS_clock_getres, { 0, BAD }, 1, 1 },
	{ "clock_nanosleep", SYS_clock_nanosleep, { 0, 0, BAD, 0 }, 0, 0 },
	{ "gettimeofday", SYS_gettimeofday, { BAD, 0 }, 1, 1 },
	{ "time", SYS_time, { BAD }, 1, 1 },
	{ "times", SYS_times, { BAD }, 1, 1 },
	{ "uname", SYS_uname, { BAD }, 0, 1 },
	{ "sysinfo", SYS_sysinfo, { BAD }, 0, 1 },
	{ "getrlimit", SYS_getrlimit, { RLIMIT_CORE, BAD }, 0, 1 },
	{ "setrlimit", SYS_setrlimit, { RLIMIT_CORE, BAD }, 0, 0 },
	{ "prlimit64, new", SYS_prlimit64, { 0, RLIMIT_CORE, BAD, 0 }, 1,
	  0 },
	{ "prlimit64, old", SYS_prlimit64, { 0, RLIMIT_CORE, 0, BAD }, 1,
	  1 },
	{ "getrusage", SYS_getrusage, { 0, BAD }, 0, 1 },
	{ "setgroups", SYS_setgroups, { 2, BAD }, 0, 0 },
	{ "getresuid", SYS_getresuid, { BAD, GOOD, GOOD }, 0, 1 },
	{ "getresgid, third", SYS_getresgid, { GOOD, GOOD, BAD }, 0, 1 },
	{ "rt_sigaction, new", SYS_rt_sigaction, { 10, BAD, 0, 8 }, 1, 0 },
	{ "rt_sigaction, old", SYS_rt_sigaction, { 10, 0, BAD, 8 }, 1, 1 },
	{ "rt_sigprocmask, new", SYS_rt_sigprocmask, { 0, BAD, 0, 8 }, 1,
	  0 },
	{ "rt_sigprocmask, old", SYS_rt_sigprocmask, { 0, 0, BAD, 8 }, 1,
	  1 },
	{ "rt_sigpending", SYS_rt_sigpending, { BAD, 8 }, 0, 1 },
	{ "rt_sigsuspend", SYS_rt_sigsuspend, { BAD, 8 }, 0, 0 },
	{ "sigaltstack, new", SYS_sigaltstack, { BAD, 0 }, 1, 0 },
	{ "sigaltstack, old", SYS_sigaltstack, { 0, BAD }, 1, 1 },
	{ "execve, path", SYS_execve, { BAD, 0, 0 }, 0, 0 },
	{ "execve, arguments", SYS_execve, { PATH + 4, BAD, 0 }, 1, 0 },
	{ "execve, environment", SYS_execve, { PATH + 4, 0, BAD }, 1, 0 },
	{ "mincore", SYS_mincore, { GOOD, 4096, BAD }, 0, 1 },
	{ "memfd_create", SYS_memfd_create, { BAD, 0 }, 0, 0 },
	{ "getrandom", SYS_getrandom, { BAD, 16, 0 }, 0, 1 },
	{ "sched_getaffinity", SYS_sched_getaffinity, { 0, 128, BAD }, 0,
	  1 },
	{ "sched_getparam", SYS_sched_getparam, { 0, BAD }, 1, 1 },
	{ "swapon", SYS_swapon, { BAD, 0 }, 0, 0 },
	{ "swapoff", SYS_swapoff, { BAD }, 0, 0 },
	{ "prctl, set name", SYS_prctl, { 15, BAD }, 0, 0 },
	{ "prctl, get name", SYS_prctl, { 16, BAD }, 0, 1 },
	{ "utimensat", SYS_utimensat, { -100, PATH, BAD, 0 }, 1, 0 },
	{ "fcntl, lock", SYS_fcntl, { FILE_R, F_SETLK, BAD }, 0, 0 },
	{ "fcntl, ask", SYS_fcntl, { FILE_R, F_OFD_GETLK, BAD }, 0, 0 },
	{ "splice, from", SYS_splice, { FILE_R, BAD, PIPE_W, 0, 1 }, 1, 0 },
	{ "splice, to", SYS_splice, { PIPE_R, 0, FILE_R, BAD, 1 }, 1, 0 },
	{ "vmsplice", SYS_vmsplice, { PIPE_W, BAD, 1, 0 }, 0, 0 },
	{ "sendfile", SYS_sendfile, { PIPE_W, FILE_R, BAD, 1 }, 1, 0 },
	{ "copy_file_range, from", SYS_copy_file_range,
	  { FILE_R, BAD, FILE_R, 0, 1 }, 1, 0 },
	{ "copy_file_range, to", SYS_copy_file_range,
	  { FILE_R, 0, FILE_R, BAD, 1 }, 1, 0 },
	{ "preadv2", SYS_preadv2, { FILE_R, BAD, 1, 0 }, 0, 0 },
	{ "pwritev2", SYS_pwritev2, { FILE_R, BAD, 1, 0 }, 0, 0 },
	{ "getxattr, path", SYS_getxattr, { BAD, GOOD, GOOD, 1 }, 0, 0 },
	{ "getxattr, name", SYS_getxattr, { PATH, BAD, GOOD, 1 }, 0, 0 },
	{ "setxattr, name", SYS_setxattr, { PATH, BAD, GOOD, 1 }, 0, 0 },
	{ "listxattr", SYS_listxattr, { BAD, GOOD, 1 }, 0, 0 },
	{ "removexattr", SYS_removexattr, { PATH, BAD }, 0, 0 },
	{ "utime", SYS_utime, { PATH, BAD }, 1, 0 },
	{ "ioctl, terminal", SYS_ioctl, { 0x7007l, 0x5401, BAD }, 0, 1 },
};

static char good[8192] __attribute__((aligned(4096)));
static int file, ends[2], zero, folder, tty;

static long argument(long a, long bad)
{
	switch (a) {
	case BAD: return bad;
	case GOOD: return (long)good;
	case FILE_R: return file;
	case PIPE_R: return ends[0];
	case PIPE_W: return ends[1];
	case PATH: return (long)"/tmp";
	case PATH + 4: return (long)"/proc/self/exe";
	case ZERO_R: return zero;
	case 0x7006l: return folder;
	case 0x7007l: return tty;
	default: return a;
	}
}

static void try(const struct fault *c, const char *kind, long bad)
{
	long a[6], r;

	for (int i = 0; i < 6; i++)
		a[i] = argument(c->a[i], bad);
	r = sys6(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (r != -EFAULT && r != -ENOSYS)
		fail("%s with %s: expected -EFAULT, seen %s", c->name, kind,
		     ret_name(r));
}

static void open_all(void)
{
	file = make_file("/tmp/bad_pointers", 2);
	lseek(file, 0, SEEK_SET);
	zero = open("/dev/zero", O_RDWR);
	folder = open("/tmp", O_RDONLY | O_DIRECTORY);
	tty = open("/dev/console", O_RDWR);
	if (pipe(ends) || write(ends[1], "0123456789", 10) != 10)
		die("pipe: errno %d", errno);
}

static void fault_row(const void *row)
{
	const struct fault *c = row;
	char *none, *ro;

	open_all();
	none = map_at(AT(0), 2, PROT_NONE, ANON, -1, 0);
	ro = map_at(AT(8), 2, PROT_READ, ANON, -1, 0);
	if (!c->null_ok)
		try(c, "a null pointer", 0);
	try(c, "a pointer to nothing", (long)AT(64));
	try(c, "memory of no access", (long)none);
	if (c->writes)
		try(c, "read-only memory", (long)ro);
	try(c, "the kernel half's start", 0xffff800000000000l);
	try(c, "kernel memory", 0xffffffff81000000l);
	try(c, "a non-canonical address", 0x0800000000000000l);
	try(c, "the last byte of all", -1);
	try(c, "the last page of all", -4096);
}
TEST_TABLE("bad pointer", faults, fault_row);

/* ---- every call of the kernel, each of its pointers ---------------------- */

/* The other arguments are good ones. */
static const struct {
	const char *name;
	long addr;
	bool always;		/* EFAULT; else what the call makes of it */
} kinds[] = {
	{ "null", 0, false }, { "nothing", WINDOW + PAGES(64), true },
	{ "end", WINDOW + PAGES(9) - 1, false },
	{ "read-only", WINDOW + PAGES(16), false },
	{ "kernel", 0xffffffff81000000l, true },
	{ "half", 0xffff800000000000l, true },
	{ "edge", 0x7fffffffeffc, false },
	{ "bent", 0x0800000000000000l, true }, { "last", -1, false },
};

/* Pointers that these calls do not come to, with the other arguments. */
static const struct {
	const char *call, *arguments;
} unread[] = {
	{ "arch_prctl", "2" }, { "clock_nanosleep", "4" },
	{ "clock_settime", "2" }, { "epoll_pwait", "2" },
	{ "epoll_pwait2", "2" }, { "epoll_wait", "2" }, { "fcntl", "3" },
	{ "fgetxattr", "3" }, { "flistxattr", "2" }, { "futex", "5" },
	{ "getcpu", "3" }, { "getgroups", "2" }, { "getxattr", "3" },
	{ "lgetxattr", "3" }, { "listxattr", "2" }, { "llistxattr", "2" },
	{ "mq_timedreceive", "24" }, { "msgrcv", "2" }, { "nanosleep", "2" },
	{ "prctl", "2" }, { "ptrace", "34" }, { "readlink", "2" },
	{ "readlinkat", "3" }, { "rt_sigtimedwait", "2" },
	{ "rseq", "1" }, { "set_robust_list", "1" }, { "set_tid_address", "1" },
	{ "syslog", "2" }, { "timer_create", "3" }, { "timer_gettime", "2" },
	{ "timer_settime", "4" }, { "wait4", "24" }, { "waitid", "5" },
};

/* These do not come back, or come back twice. */
static bool left_out(int nr)
{
	return nr == SYS_pause || nr == SYS_rt_sigreturn || nr == SYS_fork ||
	       nr == SYS_vfork || nr == SYS_clone || nr == SYS_clone3;
}

static int good_fd(int nr)
{
	static uint64_t set;

	switch (nr) {
	case SYS_epoll_ctl: case SYS_epoll_wait: case SYS_epoll_pwait:
	case SYS_epoll_pwait2:
		return sys(epoll_create1, 0);
	case SYS_timerfd_settime: case SYS_timerfd_gettime:
		return sys(timerfd_create, CLOCK_MONOTONIC, 0);
	case SYS_signalfd: case SYS_signalfd4:
		return sys(signalfd4, -1, &set, 8, 0);
	case SYS_mq_getsetattr: case SYS_mq_notify: case SYS_mq_timedsend:
	case SYS_mq_timedreceive:
		return sys(mq_open, "bad", O_RDWR | O_CREAT | O_NONBLOCK, 0600,
			   NULL);
	case SYS_inotify_add_watch:
		return sys(inotify_init1, 0);
	case SYS_pidfd_send_signal: case SYS_process_madvise:
	case SYS_pidfd_getfd:
		return sys(pidfd_open, getpid(), 0);
	case SYS_getdents: case SYS_getdents64:
		return folder;
	case SYS_ioctl:
		return tty;
	case SYS_tee: case SYS_vmsplice:
		return ends[1];
	default:
		return file;
	}
}

static long good_argument(const struct call *c, char kind)
{
	static struct timespec moment = { 0, 1 };
	static struct iovec vec = { good, 16 };

	switch (kind) {
	case 'd': return good_fd(c->nr);
	case 'D': return AT_FDCWD;
	case 'P': case 'S': case 'N': return (long)"/tmp/bad_pointers";
	case 'p': return (long)good;
	case 'a': return (long)AT(8);
	case 'T': return (long)&moment;
	case 'v': return (long)&vec;
	case 'l': return 64;
	case 'z': return 8;
	case 'i': return 1;
	case 'g': return SIGURG;
	case 'u': return -1;
	case 'F': return 04000;
	case 'I': return TIOCGWINSZ;
	case 'f':		/* GRND_INSECURE, IN_ACCESS */
		return c->nr == SYS_getrandom ? 4 :
		       c->nr == SYS_inotify_add_watch;
	default: return 0;
	}
}

static long call_with(const struct call *c, int which, long bad)
{
	long a[6] = { 0 };

	for (int i = 0; c->kinds[i]; i++)
		a[i] = i == which ? bad : good_argument(c, c->kinds[i]);
	return sys6(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* Calls that wait are interrupted: always after the same time. */
static void arm_timer(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct itimerval it = { { 0, 300000 }, { 0, 300000 } };

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
}

static void one_pointer(const struct call *c, int which)
{
	bool looks = true;

	for (size_t i = 0; i < ARRAY_SIZE(unread); i++)
		if (!strcmp(unread[i].call, c->name) &&
		    strchr(unread[i].arguments, '1' + which))
			looks = false;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		long r = call_with(c, which, kinds[i].addr);

		if (looks && kinds[i].always && r != -EFAULT)
			fail("argument %d, %s: expected -EFAULT, seen %s",
			     which + 1, kinds[i].name, ret_name(r));
	}
}

static void call_row(const void *row)
{
	const struct call *c = row;

	if (left_out(c->nr))
		return;
	open_all();
	arm_timer();
	map_at(AT(8), 1, RW, ANON, -1, 0);
	map_at(AT(16), 1, PROT_READ, ANON, -1, 0);
	for (int i = 0; c->kinds[i]; i++)
		if (strchr("pPSNTv", c->kinds[i]))
			one_pointer(c, i);
	for (int i = 0; i < 4096; i++)
		if (AT(16)[i])
			fail("%s wrote to read-only memory", c->name);
}
TEST_TABLE("each pointer of each call", calls, call_row);

/* ---- buffers that begin well and end badly ----------------------------- */

static char *last_bytes(size_t n)
{
	char *p = map(1);

	return p + PAGE - n;
}

TEST("read into the last 5 bytes of memory: what fits, or EFAULT")
{
	char *p = last_bytes(5);
	long n;

	open_all();
	n = sys(read, file, p, 10);
	OK(n == 5 || n == -EFAULT);
	if (n == 5)
		EQ(p[4], 'a');
}

TEST("write from the last 5 bytes of memory: what there is, or EFAULT")
{
	char *p = last_bytes(5);
	long n;

	open_all();
	memset(p, 'w', 5);
	n = sys(write, file, p, 10);
	OK(n == 5 || n == -EFAULT);
	n = sys(write, ends[1], p, 10);
	OK(n == 5 || n == -EFAULT);
}

TEST("a path that runs into nothing: EFAULT")
{
	char *p = last_bytes(4);

	memcpy(p, "/tmp", 4);
	RET(sys(open, p, O_RDONLY, 0), -EFAULT);
	RET(sys(unlink, p), -EFAULT);
	RET(sys(execve, p, NULL, NULL), -EFAULT);
}

TEST("a path that ends at the last byte is good")
{
	char *p = last_bytes(5);

	memcpy(p, "/tmp", 5);
	OK(!failed(sys(open, p, O_RDONLY, 0)));
}

TEST("a path without an end: ENAMETOOLONG")
{
	char *p = map(3);

	memset(p, 'a', PAGES(3));
	RET(sys(open, p, O_RDONLY, 0), -ENAMETOOLONG);
	p[4096] = 0;
	RET(sys(open, p, O_RDONLY, 0), -ENAMETOOLONG);
	p[4095] = 0;
	RET(sys(open, p, O_RDONLY, 0), -ENAMETOOLONG);
	memset(p, '/', 4095);
	OK(!failed(sys(open, p, O_RDONLY, 0)));
}

TEST("an argument list that runs into nothing: EFAULT")
{
	char **argv = (char **)last_bytes(16);

	argv[0] = "a";
	argv[1] = "b";
	RET(sys(execve, "/proc/self/exe", argv, NULL), -EFAULT);
	argv[1] = (char *)0xffff888000000000ul;
	argv = (char **)last_bytes(24);
	argv[0] = "a";
	argv[1] = (char *)0xffff888000000000ul;
	argv[2] = NULL;
	RET(sys(execve, "/proc/self/exe", argv, NULL), -EFAULT);
}

TEST("bad arguments come before a file that is not there")
{
	RET(sys(execve, "/none", 0xffff888000000000ul, NULL), -EFAULT);
	RET(sys(execve, "/none", NULL, 0xffff888000000000ul), -EFAULT);
	RET(sys(execve, "/none", NULL, NULL), -ENOENT);
}

TEST("random bytes: as many as there is memory for")
{
	RET(sys(getrandom, last_bytes(70), 100, 4), 70);
}

TEST("a shared futex in memory of its own that nobody may write: EFAULT")
{
	char *p = map_at(AT(0), 1, PROT_READ, ANON, -1, 0);

	RET(sys(futex, p, 0, 1, NULL, NULL, 0), -EFAULT);
	RET(sys(futex, p, 1, 1, NULL, NULL, 0), -EFAULT);
	RET(sys(futex, p, 128, 1, NULL, NULL, 0), -EAGAIN);
}

TEST("mq_notify by signal 0 is taken, and tells nobody")
{
	long fd = sys(mq_open, "none", O_RDWR | O_CREAT, 0600, NULL);
	struct sigevent none = { .sigev_notify = SIGEV_SIGNAL };

	RET(sys(mq_notify, fd, &none), 0);
	RET(sys(mq_timedsend, fd, "x", 1, 0, NULL), 0);
	RET(sys(mq_notify, fd, &none), 0);
	RET(sys(mq_unlink, "none"), 0);
}

TEST("one bad vector among good ones")
{
	struct iovec v[2] = { { good, 4 }, { AT(64), 4 } };
	long n;

	open_all();
	n = sys(writev, file, v, 2);
	OK(n == 4 || n == -EFAULT);
	v[0].iov_base = (void *)0xffff888000000000ul;
	RET(sys(writev, file, v, 2), -EFAULT);
	v[0].iov_len = -1;
	RET(sys(writev, file, v, 2), -EINVAL);
}

TEST("lengths that wrap")
{
	open_all();
	RET(sys(read, zero, good, -1), -EFAULT);
	RET(sys(write, file, (char *)-4096, 8192), -EFAULT);
	RET(sys(read, file, (char *)0x7ffffffff000, -4096l), -EFAULT);
}

TEST("wait4's status: EFAULT, and the child is gone")
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	RET(sys(wait4, pid, 0xffff888000000000ul, 0, NULL), -EFAULT);
	RET(sys(wait4, pid, NULL, 0, NULL), -ECHILD);
}

TEST("a signal frame with hostile contents kills the caller only")
{
	int status;
	pid_t pid;

	set_limit(RLIMIT_CORE, 0, 0);
	pid = fork();
	if (!pid) {
		__asm__ volatile("mov $15, %%eax; mov %0, %%rsp; syscall"
				 : : "r"(good + 4096) : "memory");
		_exit(0);
	}
	EQ(waitpid(pid, &status, 0), pid);
	OK(WIFSIGNALED(status));
}

TEST("after all this the kernel is in order")
{
	char *p = map(4);

	RET(lock(p, PAGES(4)), 0);
	touch(p, 4);
	LOCKED(4);
}
