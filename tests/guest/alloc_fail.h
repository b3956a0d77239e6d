/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every allocation of an operation fails once, the first, the second, and so
 * on until the operation runs through: /proc/holdfast/fail_alloc.  Each time it
 * must succeed or say so with an errno of shortage, work when it is called
 * again, and leave the invariants of mm/ (mm_check) whole.  When all is done,
 * as much memory is free as before, and not a byte more in objects.
 */
#ifndef TESTS_GUEST_ALLOC_FAIL_H
#define TESTS_GUEST_ALLOC_FAIL_H

#include "tinyelf.h"

#include <sched.h>

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

/* ---- for operations ---------------------------------------------------- */

static int fds[2], file_fd, dir_fd, big_fd;
static long child_n;		/* for a child that arms itself */

/* The first error of a sequence of calls ends it. */
#define TRY(call)						\
	do {							\
		long try_ret = (long)(call);			\
		if (failed(try_ret))				\
			return try_ret;				\
	} while (0)

static inline void close_fds(void)
{
	for (int i = 0; i < 2; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

/* How a child ended, as a result: its status is an errno. */
static inline long reap(long pid)
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

static inline long op_fork(void)
{
	long pid = sys(fork);

	if (!pid)
		_exit(0);
	return reap(pid);
}

static inline long spawn(int (*fn)(void *), int flags, const char *arg)
{
	static char stack[16384] __attribute__((aligned(16)));
	int pid = clone(fn, stack + sizeof(stack), flags, (void *)arg);

	return reap(pid < 0 ? -errno : pid);
}

/* ---- the loop ---------------------------------------------------------- */

struct op {
	const char *name;
	long (*run)(void);
	void (*prepare)(void), (*clean)(void);
	bool in_child;		/* the child arms itself */
	int also;		/* a further errno Linux has for it */
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

/* Others look around in between: the least seen.  The harness, which polls for
 * our output, has a table for that in the kernel, or has none just then: while
 * it is stopped it never has. */
static struct memory memory(void)
{
	struct memory m, least;

	kill(getppid(), SIGSTOP);
	op_fork();			/* which buries earlier ends */
	least = memory_now();
	for (int i = 0; i < 5; i++) {
		usleep(7000);
		m = memory_now();
		if (m.slab_bytes < least.slab_bytes)
			least.slab_bytes = m.slab_bytes;
		if (m.free_kb > least.free_kb)
			least.free_kb = m.free_kb;
	}
	kill(getppid(), SIGCONT);
	return least;
}

static void mm_check(const struct op *op, long n)
{
	static char why[512];

	slurp("/proc/holdfast/mm_check", why, sizeof(why));
	if (strncmp(why, "ok", 2))
		die("%s, allocation %ld: mm_check: %s", op->name, n, why);
}

static bool is_shortage(const struct op *op, long ret)
{
	return ret == -ENOMEM || ret == -EAGAIN || ret == -ENOSPC ||
	       ret == -op->also;
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
	if (failed(ret) && (!n || left >= 0 || !is_shortage(op, ret)))
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

#endif
