/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Smaller calls about one process: restartable sequences, membarrier, execveat,
 * unshare, personality, protection keys.
 */
#include "test.h"

#include <linux/membarrier.h>
#include <linux/rseq.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/time.h>

/* ---- rseq -------------------------------------------------------------- */

#define SIG 0x53053053
#define UNREGISTER 1

struct area32 {		/* as 6.1 knows it */
	uint32_t cpu_id_start, cpu_id;
	uint64_t cs;
	uint32_t flags, pad[3];
} __attribute__((aligned(32)));

static struct area32 area, other_area;

static long reg(void *p, unsigned len, int flags, unsigned sig)
{
	return sys(rseq, p, len, flags, sig);
}

struct rseq_row {
	const char *name;
	bool registered;
	void *p;
	unsigned len;
	int flags;
	unsigned sig;
	long ret;
};

static const struct rseq_row rseqs[] = {
	{ "register", false, &area, 32, 0, SIG, 0 },
	{ "register, short", false, &area, 31, 0, SIG, -EINVAL },
	{ "register, long", false, &area, 64, 0, SIG, -EINVAL },
	{ "register, not aligned", false, (char *)&area + 8, 32, 0, SIG,
	  -EINVAL },
	{ "register, in the kernel", false, (void *)-4096ul, 32, 0, SIG,
	  -EFAULT },
	{ "register, unknown flag", false, &area, 32, 2, SIG, -EINVAL },
	{ "again", true, &area, 32, 0, SIG, -EBUSY },
	{ "again, another signature", true, &area, 32, 0, 1, -EPERM },
	{ "again, another place", true, &other_area, 32, 0, SIG, -EINVAL },
	{ "unregister", true, &area, 32, UNREGISTER, SIG, 0 },
	{ "unregister, another place", true, &other_area, 32, UNREGISTER, SIG,
	  -EINVAL },
	{ "unregister, short", true, &area, 16, UNREGISTER, SIG, -EINVAL },
	{ "unregister, another signature", true, &area, 32, UNREGISTER, 1,
	  -EPERM },
	{ "unregister, unknown flag", true, &area, 32, 3, SIG, -EINVAL },
	{ "unregister what is not", false, &area, 32, UNREGISTER, SIG,
	  -EINVAL },
	{ "unregister NULL", false, NULL, 32, UNREGISTER, SIG, -EINVAL },
};

static void rseq_row(const void *row)
{
	const struct rseq_row *r = row;

	if (r->registered)
		RET(reg(&area, 32, 0, SIG), 0);
	RET(reg(r->p, r->len, r->flags, r->sig), r->ret);
}
TEST_TABLE("rseq", rseqs, rseq_row);

TEST("cpu_id is written, and taken back")
{
	area.cpu_id = area.cpu_id_start = 77;
	RET(reg(&area, 32, 0, SIG), 0);
	EQ(area.cpu_id, sched_getcpu());
	EQ(area.cpu_id_start, area.cpu_id);
	RET(reg(&area, 32, UNREGISTER, SIG), 0);
	EQ(area.cpu_id, -1u);
	EQ(area.cpu_id_start, 0);
}

/* Spins in a critical section until it is aborted. */
extern char section_start[], section_end[], section_abort[];
long spin_in_section(struct area32 *a, const struct rseq_cs *cs,
		     volatile long *limit);
__asm__(".text\nspin_in_section:\n"
	"	mov %rsi, 8(%rdi)\n"
	"section_start:\n"
	"	incq (%rdx)\n"
	"	jmp section_start\n"
	"section_end:\n"
	"	.byte 0x0f, 0xb9, 0x3d\n	.long 0x53053053\n"
	"section_abort:\n"
	"	mov $55, %eax\n	ret\n");

static struct rseq_cs section(void)
{
	return (struct rseq_cs){
		.start_ip = (uint64_t)section_start,
		.post_commit_offset = section_end - section_start,
		.abort_ip = (uint64_t)section_abort };
}

TEST("preemption aborts a critical section")
{
	static struct rseq_cs cs __attribute__((aligned(32)));
	long count = 0;
	pid_t pid = fork();

	if (!pid)	/* somebody to be preempted for */
		for (;;)
			;
	cs = section();
	RET(reg(&area, 32, 0, SIG), 0);
	RET(spin_in_section(&area, &cs, &count), 55);
	EQ(area.cs, 0);
	OK(count > 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static volatile int caught;
static volatile uint64_t cs_in_handler = 1;

static void on_alarm(int sig)
{
	caught++;
	cs_in_handler = area.cs;
}

TEST("a signal aborts it before its handler runs")
{
	static struct rseq_cs cs __attribute__((aligned(32)));
	struct itimerval it = { .it_value.tv_usec = 1000 };
	long count = 0;

	cs = section();
	signal(SIGALRM, on_alarm);
	RET(reg(&area, 32, 0, SIG), 0);
	setitimer(ITIMER_REAL, &it, NULL);
	RET(spin_in_section(&area, &cs, &count), 55);
	while (!caught)
		sys(sched_yield);
	EQ(cs_in_handler, 0);
}

struct bad_cs {
	const char *name;
	struct rseq_cs cs;
	uint64_t ptr;		/* not 0: in place of &cs */
	uint32_t flags;		/* of the area */
	unsigned sig;
	int death;
};

#define CS(v, f, s, n, a) { .version = v, .flags = f, .start_ip = s, \
			    .post_commit_offset = n, .abort_ip = a }
#define TEXT 0x400000

static const struct bad_cs bad_css[] = {
	{ "elsewhere: only cleared", CS(0, 0, 0x1000, 16, 0), 0, 0, SIG, 0 },
	{ "pointer to nothing", CS(0, 0, 0, 0, 0), 0x1000, 0, SIG, SIGSEGV },
	{ "pointer into the kernel", CS(0, 0, 0, 0, 0), -4096ul, 0, SIG,
	  SIGSEGV },
	{ "version 1", CS(1, 0, 0x1000, 16, 0), 0, 0, SIG, SIGSEGV },
	{ "start in the kernel", CS(0, 0, -4096ul, 16, 0), 0, 0, SIG,
	  SIGSEGV },
	{ "it wraps", CS(0, 0, 0x1000, -16ul, 0), 0, 0, SIG, SIGSEGV },
	{ "abort in the section", CS(0, 0, 0x1000, 1ul << 40, 0), 0, 0, SIG,
	  SIGSEGV },
	{ "another signature", CS(0, 0, 0x1000, 16, 0), 0, 0, 7, SIGSEGV },
	{ "flags do not matter elsewhere", CS(0, 1, 0x1000, 16, 0), 0, 1, SIG,
	  0 },
};

static void bad_cs_child(void *arg)
{
	static struct bad_cs b;

	b = *(struct bad_cs *)arg;
	if (!b.cs.abort_ip)
		b.cs.abort_ip = (uint64_t)section_abort;
	signal(SIGSEGV, SIG_DFL);
	RET(reg(&area, 32, 0, b.sig), 0);
	area.flags = b.flags;
	area.cs = b.ptr ? b.ptr : (uint64_t)&b.cs;
	while (area.cs)		/* until it was preempted */
		sys(sched_yield);
	RET(reg(&area, 32, UNREGISTER, b.sig), 0);
}

static void bad_cs_row(const void *row)
{
	const struct bad_cs *b = row;
	pid_t pid = fork();

	if (!pid)	/* so that a yield is a switch */
		for (;;)
			sys(sched_yield);
	expect_death(bad_cs_child, (void *)row, b->death);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
TEST_TABLE("rseq_cs", bad_css, bad_cs_row);

TEST("fork keeps the registration, threads do not")
{
	int status;

	RET(reg(&area, 32, 0, SIG), 0);
	if (!fork())
		_exit(reg(&area, 32, 0, SIG) == -EBUSY ? 1 : 2);
	wait(&status);
	EQ(WEXITSTATUS(status), 1);
	if (!vfork())
		_exit(reg(&other_area, 32, 0, SIG) == 0 ? 1 : 2);
	wait(&status);
	EQ(WEXITSTATUS(status), 1);
}

/* ---- membarrier -------------------------------------------------------- */

struct barrier_row {
	const char *name;
	int cmd;
	unsigned flags;
	int before;	/* registered first */
	long ret;
};

static const struct barrier_row barriers[] = {
	{ "QUERY", 0, 0, 0, 0x1ff },
	{ "QUERY, flags", 0, 1, 0, -EINVAL },
	{ "GLOBAL", 1, 0, 0, 0 },
	{ "GLOBAL_EXPEDITED", 2, 0, 0, 0 },
	{ "REGISTER_GLOBAL_EXPEDITED", 4, 0, 0, 0 },
	{ "PRIVATE_EXPEDITED, not registered", 8, 0, 0, -EPERM },
	{ "PRIVATE_EXPEDITED", 8, 0, 16, 0 },
	{ "PRIVATE_EXPEDITED, registered for another", 8, 0, 64, -EPERM },
	{ "SYNC_CORE", 32, 0, 64, 0 },
	{ "SYNC_CORE, not registered", 32, 0, 0, -EPERM },
	{ "RSEQ", 128, 0, 256, 0 },
	{ "RSEQ, CPU 0", 128, 1, 256, 0 },
	{ "RSEQ, flags", 128, 2, 256, -EINVAL },
	{ "two at once", 3, 0, 0, -EINVAL },
	{ "unknown", 1 << 20, 0, 0, -EINVAL },
	{ "negative", -1, 0, 0, -EINVAL },
};

static void barrier_row(const void *row)
{
	const struct barrier_row *b = row;

	if (b->before)
		RET(sys(membarrier, b->before, 0, 0), 0);
	RET(sys(membarrier, b->cmd, b->flags, 0), b->ret);
}
TEST_TABLE("membarrier", barriers, barrier_row);

/* ---- execveat ---------------------------------------------------------- */

static void write_file(const char *path, const char *text, int mode)
{
	int fd = sys(open, path, O_CREAT | O_TRUNC | O_WRONLY, mode);

	write(fd, text, strlen(text));
	close(fd);
}

__attribute__((constructor)) static void show(void)
{
	const char *code = getenv("SHOW_CODE");

	if (code)
		_exit(atoi(code));
}

struct at_row {
	const char *name;
	const char *dir, *path;
	int open_flags, flags;
	long ret;	/* 0: runs, and ends with 21 */
};

static const struct at_row ats[] = {
	{ "a file's descriptor", "/proc/self/exe", "", O_RDONLY,
	  AT_EMPTY_PATH, 0 },
	{ "O_PATH", "/proc/self/exe", "", O_PATH, AT_EMPTY_PATH, 0 },
	{ "empty without the flag", "/proc/self/exe", "", O_PATH, 0, -ENOENT },
	{ "below a directory", "/proc/self", "exe", O_PATH, 0, 0 },
	{ "absolute", "/tmp", "/proc/self/exe", O_PATH, 0, 0 },
	{ "a link, not followed", "/proc/self", "exe", O_PATH,
	  AT_SYMLINK_NOFOLLOW, -ELOOP },
	{ "a directory", "/tmp", "", O_PATH, AT_EMPTY_PATH, -EACCES },
	{ "unknown flag", "/proc/self", "exe", O_PATH, 1, -EINVAL },
	{ "not there", "/tmp", "nothing", O_PATH, 0, -ENOENT },
	{ "below a file", "/proc/self/exe", "x", O_PATH, 0, -ENOTDIR },
};

static int run_at(int fd, const char *path, int flags, long ret)
{
	char *argv[] = { "x", NULL }, *envp[] = { "SHOW_CODE=21", NULL };
	int status;
	pid_t pid = fork();

	if (!pid) {
		RET(sys(execveat, fd, path, argv, envp, flags), ret);
		_exit(20);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void at_row(const void *row)
{
	const struct at_row *a = row;
	int fd = open(a->dir, a->open_flags | O_CLOEXEC);

	OK(fd >= 0);
	EQ(run_at(fd, a->path, a->flags, a->ret), a->ret ? 20 : 21);
}
TEST_TABLE("execveat", ats, at_row);

TEST("execveat: descriptors that are none")
{
	EQ(run_at(99, "", AT_EMPTY_PATH, -EBADF), 20);
	EQ(run_at(99, "x", 0, -EBADF), 20);
	EQ(run_at(99, "/proc/self/exe", 0, 0), 21);
	EQ(run_at(AT_FDCWD, "/proc/self/exe", 0, 0), 21);
	EQ(run_at(AT_FDCWD, (void *)8, 0, -EFAULT), 20);
}

TEST("execveat: a script whose descriptor exec closes: ENOENT")
{
	int fd;

	write_file("/tmp/script", "#!/proc/self/exe\n", 0755);
	fd = open("/tmp/script", O_RDONLY | O_CLOEXEC);
	EQ(run_at(fd, "", AT_EMPTY_PATH, -ENOENT), 20);
	fcntl(fd, F_SETFD, 0);
	EQ(run_at(fd, "", AT_EMPTY_PATH, 0), 21);
}

/* ---- unshare, setns ---------------------------------------------------- */

static int shares(void *arg)
{
	unsigned long flags = *(unsigned long *)arg;

	RET(sys(unshare, flags), 0);
	sys(chdir, "/proc");
	sys(close, 0);
	return 0;
}

struct unshare_row {
	const char *name;
	unsigned long flags;
	bool moved, closed;	/* the parent, by what the child did */
};

static const struct unshare_row unshares[] = {
	{ "nothing", 0, true, true },
	{ "FS", CLONE_FS, false, true },
	{ "FILES", CLONE_FILES, true, false },
	{ "both, SYSVSEM", CLONE_FS | CLONE_FILES | CLONE_SYSVSEM, false,
	  false },
};

static void unshare_row(const void *row)
{
	const struct unshare_row *u = row;
	static char stack[65536] __attribute__((aligned(16)));
	unsigned long flags = u->flags;
	char cwd[64];

	sys(chdir, "/tmp");
	clone(shares, stack + sizeof(stack), CLONE_FS | CLONE_FILES | SIGCHLD,
	      &flags);
	wait(NULL);
	sys(getcwd, cwd, sizeof(cwd));
	STR(cwd, u->moved ? "/proc" : "/tmp");
	EQ(fcntl(0, F_GETFD) == -1, u->closed);
}
TEST_TABLE("unshare", unshares, unshare_row);

static void unshare_as_user(void *arg)
{
	become_user();
	RET(sys(unshare, CLONE_NEWUTS), -EPERM);
	RET(sys(unshare, CLONE_NEWNET | CLONE_NEWIPC), -EPERM);
	RET(sys(unshare, CLONE_FS), 0);
}

TEST("unshare, setns: what is refused")
{
	RET(sys(unshare, 1), -EINVAL);
	RET(sys(unshare, CLONE_PARENT), -EINVAL);
	RET(sys(unshare, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD), 0);
	EQ(in_child(unshare_as_user, NULL), 0);
	RET(sys(setns, 99, 0), -EBADF);
	RET(sys(setns, open("/tmp", O_RDONLY), 0), -EINVAL);
}

/* ---- the rest ---------------------------------------------------------- */

TEST("personality: ADDR_NO_RANDOMIZE puts things where they were")
{
	unsigned long seen[2];
	char buf[8192], *p;

	RET(sys(personality, ADDR_NO_RANDOMIZE), 0);
	RET(sys(personality, 0xffffffff), ADDR_NO_RANDOMIZE);
	for (int i = 0; i < 2; i++) {
		int fds[2], n;
		pid_t pid;

		RET(sys(pipe2, fds, 0), 0);
		pid = fork();
		if (!pid) {
			dup2(fds[1], 1);
			execl("/bin/busybox", "cat", "/proc/self/maps", NULL);
			_exit(1);
		}
		close(fds[1]);
		for (n = 0; n < (int)sizeof(buf) - 1; ) {
			long got = read(fds[0], buf + n, sizeof(buf) - 1 - n);

			if (got <= 0)
				break;
			n += got;
		}
		buf[n] = 0;
		waitpid(pid, NULL, 0);
		p = strstr(buf, "[stack]");
		if (!p)
			skip("no busybox");
		while (p > buf && p[-1] != '\n')
			p--;
		seen[i] = strtoul(strchr(p, '-') + 1, NULL, 16);
	}
	EQ(seen[0], seen[1]);
	EQ(seen[0], 0x7ffffffff000);
}

TEST("protection keys: as on a processor without")
{
	char *p = map(1);

	if (has_protection_keys())
		skip("this processor has them");
	RET(sys(pkey_alloc, 0, 0), -ENOSPC);
	RET(sys(pkey_alloc, 1, 0), -EINVAL);
	RET(sys(pkey_alloc, 0, 4), -EINVAL);
	RET(sys(pkey_free, 0), -EINVAL);
	RET(sys(pkey_mprotect, p, PAGE, PROT_READ, 1), -EINVAL);
	RET(sys(pkey_mprotect, p, PAGE, PROT_READ, -1), 0);
	EQ(probe_write(p, NULL, NULL), SIGSEGV);
}

/* ---- prctl ------------------------------------------------------------- */

TEST("PR_SET_THP_DISABLE is kept, and inherited")
{
	int status;

	RET(sys(prctl, PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);	/* lib/test.c */
	RET(sys(prctl, PR_SET_THP_DISABLE, 0, 0, 0, 0), 0);
	RET(sys(prctl, PR_GET_THP_DISABLE, 0, 0, 0, 0), 0);
	RET(sys(prctl, PR_SET_THP_DISABLE, 1, 1, 0, 0), -EINVAL);
	RET(sys(prctl, PR_GET_THP_DISABLE, 1, 0, 0, 0), -EINVAL);
	RET(sys(prctl, PR_SET_THP_DISABLE, 5, 0, 0, 0), 0);
	if (!fork())
		_exit(sys(prctl, PR_GET_THP_DISABLE, 0, 0, 0, 0));
	wait(&status);
	EQ(status, 1 << 8);
}
