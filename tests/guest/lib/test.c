/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The harness's cases and checks (proc.c reads /proc for it).  Each case runs
 * in a child of its own with its own process group, so that a crash or a hang
 * fails that case only; what it says comes back through a pipe and is printed
 * after its "ok" line.  The time limit is a far backstop, never an assertion.
 */
#include "harness.h"

#include <cpuid.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#define SLICE_MS 50

extern const struct test __start_tests[], __stop_tests[];

static int diag_fd = 1;
static int lines_left = 40;	/* a pipe holds them all */
static bool case_failed;

static void say(const char *fmt, va_list ap)
{
	char line[600] = "# ";
	int n;

	if (lines_left-- <= 0)
		return;
	n = vsnprintf(line + 2, sizeof(line) - 3, fmt, ap) + 2;
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n] = '\n';
	sys(write, diag_fd, line, n + 1);
}

void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void fail(const char *fmt, ...)
{
	va_list ap;

	case_failed = true;
	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	_exit(EXIT_FAILED);
}

void skip(const char *why)
{
	note("%s", why);
	_exit(EXIT_SKIPPED);
}

bool on_holdfast(void)
{
	struct utsname u;

	if (uname(&u))
		return false;
	return strstr(u.release, "holdfast");	/* names can be set */
}

bool has_protection_keys(void)
{
	unsigned a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & 16);
}

/* ---- checks ------------------------------------------------------------ */

static const char *errno_name(int e)
{
	static const struct { int e; const char *name; } names[] = {
		{ EPERM, "EPERM" }, { ENOENT, "ENOENT" }, { ESRCH, "ESRCH" },
		{ EINTR, "EINTR" }, { EIO, "EIO" }, { E2BIG, "E2BIG" },
		{ ENOEXEC, "ENOEXEC" }, { EBADF, "EBADF" },
		{ ECHILD, "ECHILD" }, { EAGAIN, "EAGAIN" },
		{ ENOMEM, "ENOMEM" }, { EACCES, "EACCES" },
		{ EFAULT, "EFAULT" }, { EBUSY, "EBUSY" },
		{ EEXIST, "EEXIST" }, { ENODEV, "ENODEV" },
		{ EINVAL, "EINVAL" }, { EMFILE, "EMFILE" },
		{ ETXTBSY, "ETXTBSY" }, { EFBIG, "EFBIG" },
		{ ENOSPC, "ENOSPC" }, { ESPIPE, "ESPIPE" },
		{ EPIPE, "EPIPE" }, { ERANGE, "ERANGE" },
		{ ENOSYS, "ENOSYS" }, { EOPNOTSUPP, "EOPNOTSUPP" },
		{ EOVERFLOW, "EOVERFLOW" }, { ENOTDIR, "ENOTDIR" },
		{ EISDIR, "EISDIR" }, { ENAMETOOLONG, "ENAMETOOLONG" },
		{ ELOOP, "ELOOP" }, { ENXIO, "ENXIO" }, { ENOTTY, "ENOTTY" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].e == e)
			return names[i].name;
	return "errno";
}

const char *ret_name(long ret)
{
	static char bufs[4][48];
	static int turn;
	char *buf = bufs[turn++ % 4];

	if (failed(ret))
		snprintf(buf, sizeof(bufs[0]), "-%s (%ld)", errno_name(-ret),
			 ret);
	else if (ret > -65536 && ret < 65536)
		snprintf(buf, sizeof(bufs[0]), "%ld", ret);
	else
		snprintf(buf, sizeof(bufs[0]), "%#lx", ret);
	return buf;
}

void check_ret(const char *file, int line, const char *what, long seen,
	       long expected)
{
	if (seen != expected)
		fail("%s:%d: %s: expected %s, seen %s", file, line, what,
		     ret_name(expected), ret_name(seen));
}

void check_eq(const char *file, int line, const char *what, long seen,
	      long expected)
{
	if (seen != expected)
		fail("%s:%d: %s: expected %ld (%#lx), seen %ld (%#lx)", file,
		     line, what, expected, expected, seen, seen);
}

void check_true(const char *file, int line, const char *what, bool value)
{
	if (!value)
		fail("%s:%d: expected %s, seen otherwise", file, line, what);
}

void check_str(const char *file, int line, const char *what, const char *seen,
	       const char *expected)
{
	if (strcmp(seen, expected))
		fail("%s:%d: %s: expected \"%s\", seen \"%s\"", file, line,
		     what, expected, seen);
}

/* ---- proof ------------------------------------------------------------- */

/*
 * Whoever started this program with a token (CHECK_TOKEN, CHECK_CASE) believes
 * that the case passed when it reads the hash of both, and only then: a line
 * "ok", an exit status and the output of another run show nothing.
 */
static const char *token, *token_case;

static void find_token(void)
{
	token = getenv("CHECK_TOKEN");
	token_case = getenv("CHECK_CASE");
}

static uint64_t fnv1a(uint64_t hash, const char *s)
{
	for (; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 0x100000001b3ul;
	return hash;
}

static void passed(void)
{
	uint64_t hash = 0xcbf29ce484222325ul;

	if (!token || !token_case)
		return;
	hash = fnv1a(fnv1a(fnv1a(hash, token), token_case), token);
	lines_left = 1;
	note("proof %016lx", hash);
}

static int ending(void)
{
	if (case_failed)
		return EXIT_FAILED;
	passed();
	return 0;
}

/* ---- running ----------------------------------------------------------- */

static const struct test *tests[256];
static size_t ntests;

/* Runs one case of this process's own, found by name. */
static int run_named(const char *name, size_t row)
{
	diag_fd = DIAG_FD;
	for (size_t i = 0; i < ntests; i++) {
		const struct test *t = tests[i];

		if (strcmp(t->name, name))
			continue;
		if (t->fn)
			t->fn();
		else
			t->row((const char *)t->table + row * t->stride);
		return ending();
	}
	die("no case \"%s\"", name);
}

static long exec_case(const char *name, size_t row, char *const *more)
{
	static char *argv[4096], digits[20], vars[2][128];
	char *env[] = { NULL, NULL, NULL };
	int n = 4;

	if (token && token_case) {
		snprintf(vars[0], sizeof(vars[0]), "CHECK_TOKEN=%s", token);
		snprintf(vars[1], sizeof(vars[1]), "CHECK_CASE=%s",
			 token_case);
		env[0] = vars[0];
		env[1] = vars[1];
	}
	snprintf(digits, sizeof(digits), "%zu", row);
	argv[0] = "test";
	argv[1] = "@case";
	argv[2] = (char *)name;
	argv[3] = digits;
	while (more && *more && n < (int)ARRAY_SIZE(argv) - 1)
		argv[n++] = *more++;
	argv[n] = NULL;
	if (diag_fd != DIAG_FD)
		dup2(diag_fd, DIAG_FD);
	return sys(execve, "/proc/self/exe", argv, env);
}

long reexec(const char *name, char *const *more)
{
	return exec_case(name, 0, more);
}

static void run_body(const struct test *t, size_t row)
{
	setpgid(0, 0);
	if (&cases_by_exec && cases_by_exec)
		die("exec: %s", ret_name(exec_case(t->name, row, NULL)));
	if (t->fn)
		t->fn();
	else
		t->row((const char *)t->table + row * t->stride);
	_exit(ending());
}

/* Collects what the case says until it has gone (its own children may live on
 * and hold the pipe); kills it if it hangs. */
static void collect(struct run *r, int fd, pid_t pid)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	bool gone = false;
	ssize_t got;

	for (int waited = 0; !gone || p.revents; waited += SLICE_MS) {
		if (waited >= r->ms) {
			r->hung = true;
			kill(pid, SIGKILL);
			break;
		}
		gone = gone || waitpid(pid, &r->status, WNOHANG) == pid;
		p.revents = 0;
		if (poll(&p, 1, gone ? 0 : SLICE_MS) <= 0)
			continue;
		got = read(fd, r->said + r->n, sizeof(r->said) - r->n);
		if (got <= 0)
			break;
		r->n += got;
		waited = 0;
	}
	while (!gone && waitpid(pid, &r->status, 0) < 0 && errno == EINTR)
		;
}

const char *row_name(const struct test *t, size_t row)
{
	if (!t->row)
		return "";
	return *(const char *const *)((const char *)t->table +
				      row * t->stride);
}

static bool report(int number, const struct run *r)
{
	const char *sub = row_name(r->t, r->row);
	bool ok = !r->status, skipped;

	skipped = WIFEXITED(r->status) &&
		  WEXITSTATUS(r->status) == EXIT_SKIPPED;
	printf("%s %d - %s%s%s", ok || skipped ? "ok" : "not ok", number,
	       r->t->name, *sub ? ": " : "", sub);
	if (skipped)
		printf(" # SKIP %.*s", r->n ? (int)r->n - 3 : 0, r->said + 2);
	printf("\n");
	if (!skipped)
		printf("%.*s", (int)r->n, r->said);
	if (r->hung)
		printf("# killed after %d s\n", r->ms / 1000);
	else if (WIFSIGNALED(r->status))
		printf("# ended by signal %d\n", WTERMSIG(r->status));
	fflush(stdout);
	return ok || skipped;
}

void run_one(struct run *r)
{
	int fds[2];
	pid_t pid;

	r->n = 0;
	r->hung = false;
	if (pipe(fds)) {
		perror("pipe");
		exit(2);
	}
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(2);
	}
	if (!pid) {
		close(fds[0]);
		diag_fd = fds[1];
		if (r->before)
			r->before();
		run_body(r->t, r->row);
	}
	close(fds[1]);
	collect(r, fds[0], pid);
	close(fds[0]);
	kill(-pid, SIGKILL);
}

static bool run_case(int number, const struct test *t, size_t row)
{
	static struct run r;

	if (faults_wanted())
		return run_with_faults(number, t, row);
	r = (struct run){ .t = t, .row = row, .ms = CASE_TIMEOUT_MS };
	run_one(&r);
	return report(number, &r);
}

/* Compilers lay static data out in any order: back to that of the source. */
static void sort_tests(void)
{
	size_t i;

	for (const struct test *t = __start_tests; t < __stop_tests; t++) {
		if (ntests == ARRAY_SIZE(tests))
			abort();
		for (i = ntests++; i && tests[i - 1]->line > t->line; i--)
			tests[i] = tests[i - 1];
		tests[i] = t;
	}
}

static bool chosen(const struct test *t, const char *part)
{
	if (*t->name == '@')
		return false;
	if (part && *part == '=')
		return !strcmp(t->name, part + 1);
	return !part || strstr(t->name, part);
}

/* All cases, or those whose name contains argv[1], or the one whose name it is
 * after a '='; "wait" only waits. */
int main(int argc, char **argv)
{
	int number = 0, bad = 0, total = 0;

	if (argc > 1 && !strcmp(argv[1], "wait"))	/* to be killed */
		for (;;)
			pause();
	find_token();
	sort_tests();
	if (argc > 3 && !strcmp(argv[1], "@case"))
		_exit(run_named(argv[2], strtoul(argv[3], NULL, 10)));
	setvbuf(stdout, NULL, _IOFBF, 4096);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	for (size_t i = 0; i < ntests; i++)
		if (chosen(tests[i], argv[1]))
			total += tests[i]->fn ? 1 : tests[i]->rows;
	printf("1..%d\n", total);
	fflush(stdout);
	for (size_t i = 0; i < ntests; i++)
		if (chosen(tests[i], argv[1]))
			for (size_t row = 0; row < (tests[i]->fn ? 1 :
						    tests[i]->rows); row++)
				bad += !run_case(++number, tests[i], row);
	return bad ? 1 : 0;
}

pid_t test_fork(void)
{
	pid_t pid = (fork)();

	if (pid < 0 && errno == ENOMEM)
		die("fork: ENOMEM");
	return pid;
}

int in_child(void (*fn)(void *), void *arg)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork: errno %d", errno);
	if (!pid) {
		case_failed = false;
		fn(arg);
		_exit(case_failed ? EXIT_FAILED : 0);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid: errno %d", errno);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED)
		_exit(EXIT_SKIPPED);
	if (WIFEXITED(status) && WEXITSTATUS(status))
		case_failed = true;
	return status;
}

void expect_death(void (*fn)(void *), void *arg, int sig)
{
	int status = in_child(fn, arg);

	if ((WIFSIGNALED(status) ? WTERMSIG(status) : 0) != sig)
		fail("child: expected to end by signal %d, status %#x", sig,
		     status);
}

/* ---- faults ------------------------------------------------------------ */

static sigjmp_buf probe_env;
static siginfo_t probe_info;

static void on_fault(int sig, siginfo_t *info, void *uc)
{
	(void)uc;
	probe_info = *info;
	siglongjmp(probe_env, sig);
}

static int probe(volatile char *p, bool write, void **addr, int *code)
{
	struct sigaction sa = { .sa_sigaction = on_fault,
				.sa_flags = SA_SIGINFO };
	int sig;

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	sig = sigsetjmp(probe_env, 1);
	if (!sig) {
		if (write)
			*p = 1;
		else
			(void)*p;
	} else {
		if (addr)
			*addr = probe_info.si_addr;
		if (code)
			*code = probe_info.si_code;
	}
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	return sig;
}

int probe_read(const volatile char *p, void **addr, int *code)
{
	return probe((volatile char *)p, false, addr, code);
}

int probe_write(volatile char *p, void **addr, int *code)
{
	return probe(p, true, addr, code);
}

/* ---- setting up -------------------------------------------------------- */

char *map_at(char *addr, size_t n, int prot, int flags, int fd, size_t off)
{
	long r = raw_mmap(addr, PAGES(n), prot, flags | MAP_FIXED, fd, off);

	if (r != (long)addr)
		die("mmap of %zu pages at %p, flags %#x: %s", n, (void *)addr,
		    flags, ret_name(r));
	return addr;
}

char *map(size_t n)
{
	return map_at(AT(0), n, RW, ANON, -1, 0);
}

void touch(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile char *)p)[PAGES(i)] = 'A' + i % 26;
}

static int fill(int fd, size_t n)
{
	static char page[4096];

	for (size_t i = 0; i < n; i++) {
		memset(page, 'a' + i % 26, sizeof(page));
		if (write(fd, page, sizeof(page)) != (ssize_t)sizeof(page))
			die("write of a test file: errno %d", errno);
	}
	return fd;
}

int make_memfd(size_t n)
{
	long fd = sys(memfd_create, "test", 0);

	if (failed(fd))
		die("memfd_create: %s", ret_name(fd));
	return fill(fd, n);
}

int make_file(const char *path, size_t n)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);

	if (fd < 0)
		die("open of %s: errno %d", path, errno);
	return fill(fd, n);
}

void set_limit(int resource, unsigned long soft, unsigned long hard)
{
	struct rlimit r = { soft, hard };
	long ret = sys(prlimit64, 0, resource, &r, 0);

	if (ret)
		die("prlimit64: %s", ret_name(ret));
}

void set_memlock(unsigned long bytes)
{
	set_limit(RLIMIT_MEMLOCK, bytes, bytes);
}

void become_user(void)
{
	sys(setgroups, 0, NULL);
	if (sys(setresgid, 1000, 1000, 1000) ||
	    sys(setresuid, 1000, 1000, 1000))
		die("setresuid failed");
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
