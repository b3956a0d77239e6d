/* run: --mem 64M --swap 64M --timeout 600 */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random system calls with hostile and half-valid arguments, as root and as
 * uid 1000, from trees of processes and threads, with signals and under memory
 * pressure.  The kernel has to survive, to keep its invariants
 * (/proc/holdfast/mm_check), and to give every page back.
 *
 * The seed decides all but the timing; it is printed and taken back:
 *
 *     tools/holdfast run ... build/guest/fuzz_syscalls fuzz SEED ROUNDS
 *
 * What root could do to the test itself is left out: reboot, signals to others,
 * paths outside the sandbox for calls that change them, writes to /proc.
 */
#include "calls.h"

#include <dirent.h>
#include <ftw.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/time.h>
#include <time.h>

#define DEFAULT_SEED 1
#define DEFAULT_ROUNDS 8
#define ROUND_MS 500
#define CHILDREN 6
#define CALLS 3000
#define SANDBOX "/tmp/fuzz"
#define ARENA_PAGES 256
#define MAX_PIDS 256
#define SLACK_KB 1024

static uint64_t rnd_state;
static bool is_root;
static int generation;			/* 0: started by the test itself */
static unsigned budget;			/* calls left */
static int fail_alloc;			/* the knob, open, or an errno */

static uint64_t rnd(void)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return rnd_state * 0x2545f4914f6cdd1dull >> 16;
}

static unsigned below(unsigned n)
{
	return rnd() % n;
}

static bool one_in(unsigned n)
{
	return below(n) == 0;
}

/* ---- arguments --------------------------------------------------------- */

static const char *const sandbox_paths[] = {
	"a", "b", "c/d", "c", "./../fuzz/a", "link", "link/x", "", ".", "..",
	"loop", "c/../b", "very/deep/path/that/is/not/there", "fifo", "d1/d2",
	SANDBOX "/a", SANDBOX "/c", "a/", "d1", "d1/d2/d3",
};
static const char *const other_paths[] = {
	"/", "/tmp", "/proc", "/dev", "/dev/null", "/dev/zero", "/dev/full",
	"/dev/urandom", "/dev/kmsg", "/dev/tty", "/proc/self/maps",
	"/proc/self/smaps", "/proc/self/mem", "/proc/self/pagemap",
	"/proc/self/status", "/proc/self/stat", "/proc/self/statm",
	"/proc/self/fd", "/proc/self/fd/3", "/proc/self/exe", "/proc/self/cwd",
	"/proc/self/cmdline", "/proc/self/environ", "/proc/self/oom_score_adj",
	"/proc/self/clear_refs", "/proc/meminfo", "/proc/vmstat", "/proc/swaps",
	"/proc/mounts", "/proc/1/maps", "/proc/1/status", "/proc/2/stat",
	"/proc/stat", "/proc/uptime", "/proc/sys/vm/swappiness",
	"/proc/sys/vm/overcommit_memory", "/proc/holdfast", "/proc/kpageflags",
	"/init", "/proc/self/task", "/proc/self/limits",
	"/proc/version", "/proc/99999999999999999999", "/proc/self/auxv",
	"/proc/locks", "/proc/sysvipc/shm", "/proc/self/mountinfo",
	"/proc/self/fdinfo/7", "/dev/ptmx", "/dev/pts/0", "/dev/pts",
	"/dev/mqueue", "/dev/shm",
};

static char *const arena = (char *)WINDOW;
static char scratch[8][4096];
static pid_t siblings[CHILDREN];

static long hostile_address(void)
{
	static const uint64_t values[] = {
		0, 1, 0xfff, 0x1000, 0x7fffffffe000, 0x7ffffffff000,
		0x7fffffffffff, 0x800000000000, 0xffff800000000000,
		0xffffffff80000000, 0xffffffff80100000, 0xfffffffffffff000,
		0xffffffffffffffff, 0x8000000000000000, 0x400000,
	};

	return values[below(ARRAY_SIZE(values))];
}

static long page_of_arena(void)
{
	if (one_in(12))
		return hostile_address();
	return (long)arena + PAGES(below(ARENA_PAGES)) +
	       (one_in(16) ? below(4096) : 0);
}

static void scramble(char *p, size_t n)
{
	int how = below(4);

	for (size_t i = 0; i + 8 <= n; i += 8) {
		uint64_t v = how == 0 ? 0 : how == 1 ? rnd() :
			     how == 2 ? below(64) : (uint64_t)page_of_arena();

		memcpy(p + i, &v, 8);
	}
}

static long buffer(void)
{
	char *p = scratch[below(8)];

	switch (below(8)) {
	case 0:
		return page_of_arena();
	case 1:
		return page_of_arena() + 4096 - below(32);
	case 2:
		return hostile_address();
	case 3:
		return 0;
	default:
		scramble(p, 256);
		return (long)p;
	}
}

static long length(void)
{
	static const uint64_t values[] = {
		0, 1, 7, 8, 4095, 4096, 4097, 65536, 1 << 20, 1u << 31,
		0xffffffff, 0x100000000, 0x7fffffff, 0x7ffffffff000,
		0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
		0xfffffffffffff000, 64, 144,
	};

	return one_in(3) ? values[below(ARRAY_SIZE(values))] :
			   PAGES(below(40));
}

static long timeout(void)
{
	struct timespec *t = (void *)scratch[below(8)];

	if (one_in(4))
		return buffer();
	t->tv_sec = one_in(8) ? (long)rnd() : 0;
	t->tv_nsec = one_in(8) ? (long)rnd() : below(3000000);
	return (long)t;
}

static long iovec(void)
{
	long *v = (void *)scratch[below(8)];

	if (one_in(6))
		return buffer();
	for (int i = 0; i < 32; i += 2) {
		v[i] = one_in(5) ? buffer() : page_of_arena();
		v[i + 1] = one_in(5) ? length() : below(9000);
	}
	return (long)v;
}

static long some_pid(void)
{
	switch (below(6)) {
	case 0:
		return getpid();
	case 1:
		return siblings[below(CHILDREN)];
	case 2:
		return is_root ? 0 : below(200);
	case 3:
		return is_root ? 1 << 30 : (long)rnd();
	default:
		return 0;
	}
}

static long flags(void)
{
	switch (below(5)) {
	case 0:
		return 1l << below(32);
	case 1:
		return rnd();
	case 2:
		return 0x100;
	case 3:
		return (1l << below(32)) | (1l << below(32));
	default:
		return below(64);
	}
}

static long pick(const char *const *paths, size_t n)
{
	return one_in(10) ? buffer() : (long)paths[below(n)];
}

static const unsigned ioctls[] = {
	TCGETS, TCSETS, TCSETSW, TCSETSF, 0x802c542a, 0x402c542b, TCSBRK,
	TCXONC, TCFLSH, TCSBRKP, TIOCGWINSZ, TIOCSWINSZ,
	TIOCGPGRP, TIOCSPGRP, TIOCGSID,
	TIOCSCTTY, TIOCNOTTY, TIOCSTI, TIOCOUTQ, TIOCGPTN, TIOCSPTLCK,
	TIOCGPTLCK, TIOCGPTPEER, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX,
	UFFDIO_API, UFFDIO_REGISTER, UFFDIO_UNREGISTER, UFFDIO_WAKE,
	UFFDIO_COPY, UFFDIO_ZEROPAGE, UFFDIO_WRITEPROTECT, UFFDIO_CONTINUE,
};

/* Structures of userfaultfd's requests begin with an area, often a real one. */
static long request(void)
{
	long *range = (long *)scratch[7];

	range[0] = page_of_arena();
	range[1] = one_in(4) ? page_of_arena() : (long)PAGES(below(40));
	range[2] = one_in(4) ? (long)PAGES(below(40)) : below(4);
	range[3] = below(4);
	return ioctls[below(ARRAY_SIZE(ioctls))];
}

static long ptrace_request(void)
{
	static const int late[] = { 0x4200, 0x420f, PTRACE_SEIZE };

	return one_in(3) ? late[below(3)] + (int)below(16) : (int)below(35);
}

static long argument(char kind)
{
	if (one_in(60))
		return one_in(2) ? (long)rnd() : hostile_address();
	switch (kind) {
	case 'd':
	case 'D':
		return one_in(kind == 'D' ? 3 : 12) ? -100 :
		       one_in(12) ? (long)rnd() : below(36);
	case 'p':
		return one_in(8) ? (long)scratch[7] : buffer();
	case 'a':
		return page_of_arena();
	case 'l':
		return length();
	case 'z':
		return one_in(20) ? length() : 8;
	case 'f':
		return flags();
	case 'F':		/* 04000: IPC_NOWAIT */
		return one_in(3) ? flags() : 04000;
	case 'r':
		return ptrace_request();
	case 'I':
		return one_in(20) ? (long)rnd() : request();
	case 'N':
		return (long)sandbox_paths[below(2)];
	case 'P':
		if (one_in(3))
			return pick(other_paths, ARRAY_SIZE(other_paths));
		/* fallthrough */
	case 'S':
		return pick(sandbox_paths, ARRAY_SIZE(sandbox_paths));
	case 'i':
		return one_in(20) ? (long)rnd() : below(40);
	case 'g':
		return below(70);
	case 't':
		return some_pid();
	case 'u':
		return one_in(3) ? -1 : one_in(2) ? 1000 : 0;
	case 'o':
		return one_in(2) ? (long)below(200000) : length();
	case 'T':
		return timeout();
	case 'v':
		return iovec();
	default:
		return one_in(2) ? (long)rnd() : buffer();
	}
}

/* ---- keeping the test itself alive ------------------------------------- */

/* Only inside the sandbox, or nowhere. */
static bool path_is_ours(long p)
{
	for (size_t i = 0; i < ARRAY_SIZE(sandbox_paths); i++)
		if (p == (long)sandbox_paths[i])
			return true;
	return false;
}

static bool pid_is_ours(long pid)
{
	for (int i = 0; i < CHILDREN; i++)
		if (siblings[i] > 1 && (int)pid == siblings[i])
			return true;
	return (int)pid == 0 || (int)pid == getpid() || (int)pid == 1 << 30;
}

static bool changes_paths(int nr)
{
	static const int list[] = {
		SYS_chmod, SYS_chown, SYS_chroot, SYS_creat, SYS_fchmodat,
		SYS_fchownat, SYS_lchown, SYS_link, SYS_linkat, SYS_mkdir,
		SYS_mkdirat, SYS_mknod, SYS_mknodat, SYS_mount, SYS_rename,
		SYS_renameat, SYS_renameat2, SYS_rmdir, SYS_swapoff,
		SYS_swapon, SYS_symlink, SYS_symlinkat, SYS_truncate,
		SYS_umount2, SYS_unlink, SYS_unlinkat, SYS_utimensat,
		SYS_utimes, SYS_utime, SYS_futimesat, SYS_setxattr,
		SYS_lsetxattr, SYS_removexattr, SYS_lremovexattr,
	};

	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		if (list[i] == nr)
			return true;
	return false;
}

/* Would this call of root's reach beyond the test? */
static bool too_strong(const struct call *c, const long *a)
{
	for (int i = 0; c->kinds[i]; i++) {
		if (c->kinds[i] == 'S' && changes_paths(c->nr) &&
		    !path_is_ours(a[i]))
			return true;
		if (c->kinds[i] == 't' && !pid_is_ours(a[i]))
			return true;
	}
	switch (c->nr) {
	case SYS_open:
	case SYS_openat:	/* read only, but for the sandbox */
		return !path_is_ours(a[c->nr == SYS_openat]) &&
		       (a[1 + (c->nr == SYS_openat)] & 03);
	case SYS_setpriority:
		return a[0] != PRIO_PROCESS;
	case SYS_sched_setscheduler:
		return a[1] != SCHED_OTHER;
	case SYS_sethostname:
	case SYS_setdomainname:	/* how the tests tell the kernels apart */
	case SYS_syslog:
	case SYS_mount:
	case SYS_chroot:
		return !one_in(4) || c->nr != SYS_chroot;
	case SYS_settimeofday:
	case SYS_clock_settime:
	case SYS_setns:
	case SYS_clone3:
		return true;
	case SYS_clone:		/* namespaces: Linux only */
	case SYS_unshare:
		return a[0] & 0x7e020080;
	default:
		return false;
	}
}

/* ---- one process of the storm ------------------------------------------ */

static void on_signal(int sig)
{
	(void)sig;
}

/* Calls that wait are interrupted every few milliseconds. */
static void arm_timer(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct itimerval it = { .it_interval.tv_usec = 4000,
				.it_value.tv_usec = 4000 };
	sigset_t none;

	sigemptyset(&none);
	sigaction(SIGALRM, &sa, NULL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
}

static void make_arena(void)
{
	for (int i = 0; i < ARENA_PAGES; i += 16) {
		int prot = below(8), how = below(4);

		if (how == 0)
			continue;
		mmap(arena + PAGES(i), PAGES(16), prot,
		     MAP_FIXED | (how == 1 ? SHANON : ANON), -1, 0);
	}
}

/* What looks at other files, and a terminal with its two ends. */
static void open_watchers(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int fd = inotify_init1(IN_NONBLOCK), zero = 0, i;
	uint64_t set = ~0ul;

	inotify_add_watch(fd, SANDBOX, IN_ALL_EVENTS);
	sys(timerfd_create, CLOCK_MONOTONIC, O_NONBLOCK);
	sys(signalfd4, -1, &set, 8, O_NONBLOCK);
	sys(pidfd_open, getpid(), 0);
	sys(mq_open, "a", O_RDWR | O_CREAT | O_NONBLOCK, 0666, NULL);
	fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
	ioctl(fd, TIOCSPTLCK, &zero);
	ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NONBLOCK);
	for (i = 0; i < 2; i++) {
		int epoll = epoll_create(1);

		for (fd = 3; fd < epoll; fd++)
			epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
	}
}

/* A quarter of the arena waits for whoever fills it. */
static void open_faults(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register all = {
		.range = { (long)arena, PAGES(ARENA_PAGES / 4) },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = sys(userfaultfd, O_NONBLOCK | UFFD_USER_MODE_ONLY);

	ioctl(fd, UFFDIO_API, &api);
	if (one_in(4))
		ioctl(fd, UFFDIO_REGISTER, &all);
}

static void open_files(void)
{
	int fds[2];

	open("/dev/null", O_RDWR);
	open("/dev/zero", O_RDWR);
	open(SANDBOX "/a", O_RDWR | O_CREAT, 0666);
	open(SANDBOX, O_RDONLY | O_DIRECTORY);
	open("/proc/self/smaps", O_RDONLY);
	open("/proc/self/mem", O_RDWR);
	open("/proc/self/task", O_RDONLY);
	make_memfd(4);
	if (pipe2(fds, O_NONBLOCK) || pipe(fds))
		return;
	syscall(SYS_eventfd2, 0, O_NONBLOCK);
	open_watchers();
	open_faults();
}

static void start_process(uint64_t seed, bool root)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	fail_alloc = open("/proc/holdfast/fail_alloc", O_WRONLY);
	rnd_state = seed * 0x9e3779b97f4a7c15ull | 1;
	is_root = root;
	set_limit(RLIMIT_CORE, 0, 0);
	set_limit(RLIMIT_FSIZE, 4 << 20, 4 << 20);
	if (chdir(SANDBOX))
		_exit(3);
	if (!root) {
		set_limit(RLIMIT_NPROC, 60, 60);
		become_user();
	}
	setpgid(0, 0);
	make_arena();
	open_files();
}

/* A new process of the tree: a few calls, no children of its own. */
static void descend(long nr, long ret)
{
	bool child = ret == 0 && (nr == SYS_fork || nr == SYS_vfork ||
				  nr == SYS_clone);

	if (!child)
		return;
	generation++;
	budget = below(60);
	rnd_state ^= (uint64_t)gettid() << 20 | 1;
}

static bool multiplies(int nr)
{
	return nr == SYS_fork || nr == SYS_vfork || nr == SYS_clone;
}

/* One of the next ones of this task. */
static void fail_one_allocation(void)
{
	char digit = '1' + below(9);

	if (fail_alloc >= 0)
		(void)!write(fail_alloc, &digit, 1);
}

static void one_call(void)
{
	const struct call *c = &calls[below(ARRAY_SIZE(calls))];
	long a[6] = { 0 };
	long ret;

	if (multiplies(c->nr) && (generation || !one_in(3)))
		return;
	for (int i = 0; c->kinds[i]; i++)
		a[i] = argument(c->kinds[i]);
	if (c->nr == SYS_rt_sigreturn && !one_in(16))
		return;
	if (is_root && too_strong(c, a))
		return;
	if (one_in(16))
		fail_one_allocation();
	ret = sys6(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	descend(c->nr, ret);
}

static void storm(void)
{
	for (budget = CALLS; budget; budget--) {
		if (budget % 16 == 0)
			arm_timer();
		one_call();
	}
	_exit(0);
}

/* Touches ever more memory, in two processes that share it copy on write. */
static void press(void)
{
	size_t chunk = 256, n = 0;

	set_limit(RLIMIT_CORE, 0, 0);
	setpgid(0, 0);
	while (n++ < 64) {
		char *p = mmap(NULL, PAGES(chunk), RW, ANON, -1, 0);

		if (p == MAP_FAILED)
			break;
		touch(p, chunk);
		if (n == 8)
			(void)!fork();
	}
	for (;;)
		usleep(1000);
}

/* ---- the test ---------------------------------------------------------- */

static int kept[MAX_PIDS], nr_kept;

/* Calls f for every process. */
static int for_each_pid(int (*f)(int pid))
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	int n = 0;

	if (!dir)
		die("/proc: errno %d", errno);
	while ((e = readdir(dir)))
		if (atoi(e->d_name) > 0)
			n += f(atoi(e->d_name));
	closedir(dir);
	return n;
}

static int keep_pid(int pid)
{
	if (nr_kept < MAX_PIDS)
		kept[nr_kept++] = pid;
	return 1;
}

/* Kernel threads of Linux come and go: signals do not concern them. */
static int kill_stranger(int pid)
{
	char path[64], text[64];

	for (int i = 0; i < nr_kept; i++)
		if (kept[i] == pid)
			return 0;
	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	if (slurp(path, text, sizeof(text)) <= 0 || !strncmp(text, "0 ", 2))
		return waitpid(pid, NULL, WNOHANG) == pid;
	kill(pid, SIGKILL);
	return 1;
}

static void end_all(void)
{
	struct timespec ms = { .tv_nsec = 2000000 };

	for (int i = 0; for_each_pid(kill_stranger); i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (i == 4000)
			die("processes that do not end");
		nanosleep(&ms, NULL);
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static unsigned long meminfo(const char *text, const char *field)
{
	const char *p = strstr(text, field);

	return p ? strtoul(p + strlen(field), NULL, 10) : 0;
}

/* Memory in use by anything but caches, in kB, swap included. */
static long used_kb(void)
{
	static char t[8192];

	slurp("/proc/meminfo", t, sizeof(t));
	return meminfo(t, "MemTotal:") - meminfo(t, "MemFree:") -
	       meminfo(t, "Buffers:") - meminfo(t, "\nCached:") -
	       meminfo(t, "SwapCached:") + meminfo(t, "Shmem:") +
	       meminfo(t, "SwapTotal:") - meminfo(t, "SwapFree:");
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

static void remove_sandbox(void)
{
	if (nftw(SANDBOX, remove_one, 16, FTW_DEPTH | FTW_PHYS))
		note("%s stays: errno %d", SANDBOX, errno);
}

static void make_sandbox(void)
{
	mkdir(SANDBOX, 0777);
	chmod(SANDBOX, 0777);
	mkdir(SANDBOX "/c", 0777);
	(void)!symlink("c", SANDBOX "/link");
	(void)!symlink("loop", SANDBOX "/loop");
}

static void sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

/* What outlives its processes. */
static void remove_ipc(void)
{
	for (int i = 0; i < 4096; i++) {
		struct shmid_ds shm;
		struct msqid_ds msg;
		struct semid_ds sem;
		int id;

		if ((id = shmctl(i, SHM_STAT, &shm)) >= 0)
			shmctl(id, IPC_RMID, NULL);
		if ((id = msgctl(i, MSG_STAT, &msg)) >= 0)
			msgctl(id, IPC_RMID, NULL);
		if ((id = semctl(i, 0, SEM_STAT, &sem)) >= 0)
			semctl(id, 0, IPC_RMID);
	}
	for (size_t i = 0; i < ARRAY_SIZE(sandbox_paths); i++)
		sys(mq_unlink, sandbox_paths[i]);
}

static void one_round(uint64_t seed, bool pressure)
{
	make_sandbox();
	memset(siblings, 0, sizeof(siblings));
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();

		if (!pid) {
			if (pressure && i == 0)
				press();
			start_process(seed * CHILDREN + i, i % 2);
			storm();
		}
		siblings[i] = pid;
	}
	sleep_ms(ROUND_MS);
	end_all();
	remove_ipc();
	remove_sandbox();
}

/* "ok", or what is wrong. */
static void check_kernel(uint64_t seed)
{
	static char why[512];

	if (!on_holdfast())
		return;
	slurp("/proc/holdfast/mm_check", why, sizeof(why));
	if (strncmp(why, "ok", 2))
		die("seed %llu: mm_check: %s", (unsigned long long)seed, why);
}

/* Argument n of the program; the harness hands none on. */
static long option(int n, long otherwise)
{
	static char line[4096];
	long len = slurp("/proc/self/cmdline", line, sizeof(line));
	char *p = line;

	for (; n && p < line + len; n--)
		p += strlen(p) + 1;
	return p < line + len ? atol(p) : otherwise;
}

/* The table misses no call: -1 for each argument answers something. */
TEST("every call that the kernel has is in the table")
{
	for (int nr = 0; nr < 512; nr++) {
		int status;
		pid_t pid = fork();

		if (!pid) {
			set_limit(RLIMIT_CORE, 0, 0);
			become_user();
			alarm(1);
			_exit(sys6(nr, -1, -1, -1, -1, -1, -1) == -ENOSYS);
		}
		waitpid(pid, &status, 0);
		if (on_holdfast() && !in_calls(nr) &&
		    !(WIFEXITED(status) && WEXITSTATUS(status) == 1))
			fail("number %d is not in calls.h", nr);
	}
}

TEST("fuzz: the kernel survives, and gives all memory back")
{
	uint64_t seed = option(2, DEFAULT_SEED);
	long rounds = option(3, DEFAULT_ROUNDS), before, after;

	for_each_pid(keep_pid);
	one_round(seed++, true);	/* what grows once has grown */
	before = used_kb();
	note("seed %llu", (unsigned long long)seed - 1);
	if (!on_holdfast())
		note("Linux: no mm_check, and it keeps what it caches for "
		     "itself: memory is not judged");
	for (long i = 0; i < rounds; i++, seed++) {
		one_round(seed, i % 2);
		check_kernel(seed);
	}
	after = used_kb();
	note("in use: %ld kB before, %ld kB after", before, after);
	if (on_holdfast() && after > before + SLACK_KB)
		fail("memory has leaked");
}
