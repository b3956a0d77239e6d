/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fork, vfork, exec, wait, exit: statuses, groups, orphans, arguments and
 * environment, and the limits on both.
 */
#include "test.h"

#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/utsname.h>

/* ---- wait statuses ----------------------------------------------------- */

struct ending {
	const char *name;
	int code, seen;
};

static const struct ending exits[] = {
	{ "0", 0, 0 }, { "1", 1, 1 }, { "42", 42, 42 }, { "127", 127, 127 },
	{ "255", 255, 255 }, { "256", 256, 0 }, { "-1", -1, 255 },
};

static void exit_row(const void *row)
{
	const struct ending *e = row;
	int status;
	pid_t pid = fork();

	if (!pid)
		sys(exit_group, e->code);
	EQ(waitpid(pid, &status, 0), pid);
	OK(WIFEXITED(status));
	EQ(WEXITSTATUS(status), e->seen);
}
TEST_TABLE("exit_group", exits, exit_row);

static void single_exit_row(const void *row)
{
	const struct ending *e = row;
	int status;
	pid_t pid = vfork();

	if (!pid)
		sys(exit, e->code);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, e->seen << 8);
}
TEST_TABLE("exit of a vfork child", exits, single_exit_row);

struct wait_row {
	const char *name;
	int who;	/* 0: the child, else as given */
	int options;
	long result;	/* 1: the child's pid */
};

static const struct wait_row waits[] = {
	{ "by pid", 0, 0, 1 },
	{ "any", -1, 0, 1 },
	{ "WUNTRACED", 0, WUNTRACED, 1 },
	{ "__WALL", 0, 0x40000000, 1 },
	{ "another's pid", 1, 0, -ECHILD },
	{ "a group there is not", -77777, 0, -ECHILD },
	{ "unknown option", 0, 0x1000, -EINVAL },
	{ "INT_MIN", (-2147483647 - 1), 0, -ESRCH },
};

static void wait_row(const void *row)
{
	const struct wait_row *w = row;
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(3);
	RET(sys(wait4, w->who ? w->who : pid, &status, w->options, NULL),
	    w->result == 1 ? pid : w->result);
	if (w->result == 1)
		EQ(status, 3 << 8);
}
TEST_TABLE("wait4", waits, wait_row);

TEST("wait4 without children: ECHILD")
{
	RET(sys(wait4, -1, NULL, 0, NULL), -ECHILD);
	RET(sys(wait4, -1, NULL, WNOHANG, NULL), -ECHILD);
}

TEST("WNOHANG with a running child: 0")
{
	int fds[2], status;
	pid_t pid;
	char c;

	EQ(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		close(fds[1]);
		_exit(read(fds[0], &c, 1));
	}
	RET(sys(wait4, pid, &status, WNOHANG, NULL), 0);
	close(fds[1]);
	RET(sys(wait4, pid, &status, 0, NULL), pid);
	EQ(status, 0);
}

TEST("a child is waited for once")
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	RET(sys(wait4, pid, NULL, 0, NULL), pid);
	RET(sys(wait4, pid, NULL, 0, NULL), -ECHILD);
}

TEST("children of a child are not waited for")
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (!fork())
			_exit(0);
		_exit(5);
	}
	EQ(wait(&status), pid);
	EQ(WEXITSTATUS(status), 5);
	EQ(wait(&status), -1);
	EQ(errno, ECHILD);
}

TEST("children are waited for in any order")
{
	pid_t pids[8];
	int status;

	for (int i = 0; i < 8; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(i);
	}
	for (int i = 7; i >= 0; i--) {
		EQ(waitpid(pids[i], &status, 0), pids[i]);
		EQ(WEXITSTATUS(status), i);
	}
}

/* ---- parents, groups, sessions ----------------------------------------- */

TEST("an orphan's new parent is process 1")
{
	int fds[2];
	pid_t pid = 0;

	EQ(pipe(fds), 0);
	if (!fork()) {
		pid = getpid();
		if (!fork()) {
			while (getppid() == pid)
				sys(sched_yield);
			pid = getppid();
			write(fds[1], &pid, sizeof(pid));
		}
		_exit(0);
	}
	EQ(read(fds[0], &pid, sizeof(pid)), sizeof(pid));
	EQ(pid, 1);
}

TEST("getpid, getppid and gettid")
{
	pid_t me = getpid(), pid;
	int status;

	EQ(sys(gettid), me);
	pid = fork();
	if (!pid)
		_exit(getppid() != me || getpid() == me);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("setpgid, getpgid, kill of a group")
{
	pid_t pids[3];
	int status;

	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (!pids[i])
			for (;;)
				pause();
		EQ(setpgid(pids[i], pids[0]), 0);
		EQ(getpgid(pids[i]), pids[0]);
	}
	EQ(kill(-pids[0], SIGTERM), 0);
	for (int i = 0; i < 3; i++) {
		EQ(waitpid(-pids[0], &status, 0) > 0, 1);
		EQ(WTERMSIG(status), SIGTERM);
	}
	RET(sys(kill, -pids[0], SIGTERM), -ESRCH);
}

TEST("setsid makes a session and a group")
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		pid_t me = getpid();

		_exit(setsid() != me || getsid(0) != me || getpgrp() != me ||
		      sys(setsid) != -EPERM);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("setpgid's errors")
{
	RET(sys(setpgid, 1 << 29, 0), -ESRCH);
	RET(sys(setpgid, 0, -1), -EINVAL);
	RET(sys(getpgid, 1 << 29), -ESRCH);
}

/* ---- vfork and clone --------------------------------------------------- */

TEST("vfork: the parent waits until the child has gone")
{
	volatile int shared = 0;
	int status;
	pid_t pid = vfork();

	if (!pid) {
		shared = 7;
		_exit(2);
	}
	EQ(shared, 7);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(WEXITSTATUS(status), 2);
}

TEST("vfork: a child killed by a signal frees the parent")
{
	int status;
	pid_t pid;

	set_limit(RLIMIT_CORE, 0, 0);
	pid = vfork();
	if (!pid) {
		kill(getpid(), SIGKILL);
		_exit(2);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(WTERMSIG(status), SIGKILL);
}

static char clone_stack[32768] __attribute__((aligned(16)));
static volatile int clone_seen;

static int clone_fn(void *arg)
{
	clone_seen = *(int *)arg;
	close(0);
	return 9;
}

static void clone_row(int flags, bool memory, bool files)
{
	int fds[2], value = 33, status;
	pid_t pid;

	EQ(pipe(fds), 0);
	dup2(fds[0], 0);
	clone_seen = 0;
	pid = clone(clone_fn, clone_stack + sizeof(clone_stack),
		    flags | SIGCHLD, &value);
	OK(pid > 0);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(WEXITSTATUS(status), 9);
	EQ(clone_seen, memory ? 33 : 0);
	EQ(fcntl(0, F_GETFD) == -1, files);
}

TEST("clone: nothing shared") { clone_row(0, false, false); }
TEST("clone: CLONE_VM") { clone_row(CLONE_VM, true, false); }
TEST("clone: CLONE_FILES") { clone_row(CLONE_FILES, false, true); }
TEST("clone: CLONE_VM|CLONE_FILES|CLONE_FS")
{
	clone_row(CLONE_VM | CLONE_FILES | CLONE_FS, true, true);
}

TEST("clone: flags that need each other: EINVAL")
{
	RET(sys(clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0), -EINVAL);
	RET(sys(clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0), -EINVAL);
	RET(sys(clone, CLONE_THREAD | CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0),
	    -EINVAL);
}

/* ---- exec -------------------------------------------------------------- */

static long exec_with(const char *path, char **argv, char **envp)
{
	return sys(execve, path, argv, envp);
}

static void exec_missing(const char *path, long want)
{
	char *argv[] = { (char *)path, NULL };

	RET(exec_with(path, argv, argv + 1), want);
}

TEST("exec of what is no program")
{
	int fd = make_file("/tmp/process.data", 1);

	close(fd);
	exec_missing("/none", -ENOENT);
	exec_missing("", -ENOENT);
	exec_missing("/tmp", -EACCES);
	exec_missing("/tmp/process.data", -EACCES);
	exec_missing("/tmp/process.data/x", -ENOTDIR);
	chmod("/tmp/process.data", 0755);
	exec_missing("/tmp/process.data", -ENOEXEC);
	EQ(truncate("/tmp/process.data", 0), 0);
	exec_missing("/tmp/process.data", -ENOEXEC);
	unlink("/tmp/process.data");
}

static int run_self(char **argv, char **envp)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		close(1);
		exec_with("/proc/self/exe", argv, envp);
		_exit(120);
	}
	EQ(waitpid(pid, &status, 0), pid);
	return status;
}

TEST("exec with many arguments")
{
	static char *argv[2002];

	for (int i = 0; i < 2001; i++)
		argv[i] = i == 1 ? "no such case" : "argument";
	EQ(run_self(argv, argv + 2001), 0);
}

TEST("an argument of 128 KiB is too long: E2BIG; a byte less is not")
{
	static char big[131073], *argv[] = { "x", "no such case", big, NULL };

	memset(big, 'x', 131072);
	RET(exec_with("/proc/self/exe", argv, argv + 3), -E2BIG);
	big[131071] = 0;
	EQ(run_self(argv, argv + 3), 0);
}

TEST("arguments of more than a quarter of the stack limit: E2BIG")
{
	static char big[100001], *argv[64];

	memset(big, 'x', 100000);
	for (int i = 0; i < 63; i++)
		argv[i] = big;
	RET(exec_with("/proc/self/exe", argv, argv + 63), -E2BIG);
	argv[10] = NULL;
	argv[1] = "no such case";
	EQ(run_self(argv, argv + 10), 0);
}

TEST("a smaller stack limit allows fewer arguments")
{
	static char big[60001], *argv[] = { "x", "no such case", big, big, big,
					    big, big, NULL };

	memset(big, 'x', 60000);
	set_limit(RLIMIT_STACK, 1 << 20, RLIM_INFINITY);
	RET(exec_with("/proc/self/exe", argv, argv + 7), -E2BIG);
	argv[3] = NULL;
	EQ(run_self(argv, argv + 3), 0);
}

TEST("exec closes what is close-on-exec and keeps the rest")
{
	char *argv[] = { "x", "fd-check", NULL }, *env[] = { "KEPT=1", NULL };
	int status;
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 1);
		dup2(null, 50);
		dup2(null, 51);
		fcntl(51, F_SETFD, FD_CLOEXEC);
		exec_with("/proc/self/exe", argv, env);
		_exit(120);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("fd-check: descriptor 50 alone, if exec kept it")
{
	EQ(fcntl(51, F_GETFD), -1);
	EQ(fcntl(50, F_GETFD), getenv("KEPT") ? 0 : -1);
}

TEST("exec resets handlers, keeps ignored signals and the mask")
{
	char *argv[] = { "x", "signal-check", NULL };
	int status;
	sigset_t set;
	pid_t pid = fork();

	if (!pid) {
		close(1);
		signal(SIGUSR1, SIG_IGN);
		signal(SIGUSR2, (void (*)(int))1234567);
		sigemptyset(&set);
		sigaddset(&set, SIGHUP);
		sigprocmask(SIG_BLOCK, &set, NULL);
		exec_with("/proc/self/exe", argv, argv + 2);
		_exit(120);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("signal-check: what exec left, if another exec set it")
{
	struct sigaction sa;
	sigset_t set;

	sigprocmask(SIG_BLOCK, NULL, &set);
	sigaction(SIGUSR2, NULL, &sa);
	OK(sa.sa_handler == SIG_DFL);
	if (sigismember(&set, SIGHUP)) {
		sigaction(SIGUSR1, NULL, &sa);
		OK(sa.sa_handler == SIG_IGN);
	}
}

TEST("a directory that is not searchable: EACCES for a user")
{
	mkdir("/tmp/process.d", 0700);
	close(make_file("/tmp/process.d/x", 1));
	become_user();
	exec_missing("/tmp/process.d/x", -EACCES);
}

TEST("the name of a task follows prctl and exec")
{
	char name[17] = { 0 };

	EQ(prctl(PR_SET_NAME, "a name that is too long"), 0);
	EQ(prctl(PR_GET_NAME, name), 0);
	STR(name, "a name that is ");
}

/* ---- limits ------------------------------------------------------------ */

TEST("RLIMIT_NPROC: fork fails with EAGAIN for a user")
{
	int made = 0;
	pid_t pid;

	set_limit(RLIMIT_NPROC, 5, 5);
	become_user();
	for (; made < 20; made++) {
		pid = fork();
		if (pid < 0)
			break;
		if (!pid)
			for (;;)
				pause();
	}
	EQ(pid, -1);
	EQ(errno, EAGAIN);
	EQ(made, 4);
}

TEST("RLIMIT_NPROC does not bind uid 0")
{
	int status;
	pid_t pid;

	set_limit(RLIMIT_NPROC, 0, 0);
	pid = fork();
	OK(pid >= 0);
	if (!pid)
		_exit(0);
	EQ(waitpid(pid, &status, 0), pid);
}

TEST("fork after fork in a chain of 50")
{
	int status, depth = 0;

	for (; depth < 50; depth++) {
		pid_t pid = fork();

		if (pid < 0)
			_exit(99);
		if (pid) {
			waitpid(pid, &status, 0);
			if (depth)
				_exit(WEXITSTATUS(status) + 1);
			break;
		}
	}
	if (depth == 50)
		_exit(0);
	EQ(WEXITSTATUS(status), 49);
}

TEST("200 children at once")
{
	int fds[2], n = 0, status;
	char c;

	EQ(pipe(fds), 0);
	for (int i = 0; i < 200; i++) {
		pid_t pid = fork();

		if (!pid) {
			close(fds[1]);
			_exit(read(fds[0], &c, 1));
		}
		n += pid > 0;
	}
	EQ(n, 200);
	close(fds[1]);
	for (n = 0; wait(&status) > 0; n++)
		;
	EQ(n, 200);
}

TEST("process 1 is out of a user's reach")
{
	become_user();
	RET(sys(kill, 1, SIGTERM), -EPERM);
	RET(sys(kill, 1, 0), -EPERM);
}

TEST("uid and gid")
{
	become_user();
	EQ(getuid(), 1000);
	EQ(geteuid(), 1000);
	EQ(getgid(), 1000);
	RET(sys(setuid, 0), -EPERM);
	RET(sys(setresuid, -1, 0, -1), -EPERM);
	RET(sys(setuid, 1000), 0);
}

TEST("no_new_privs: never taken back, and inherited")
{
	int status;
	pid_t pid;

	RET(sys(prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	RET(sys(prctl, PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0), -EINVAL);
	RET(sys(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	RET(sys(prctl, PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), -EINVAL);
	RET(sys(prctl, PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0), -EINVAL);
	pid = fork();
	if (!pid)
		_exit(sys(prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	EQ(waitpid(pid, &status, 0), pid);
	EQ(WEXITSTATUS(status), 1);
}

TEST("personality: a machine of 32 bits")
{
	struct utsname name;

	RET(sys(personality, PER_LINUX32), 0);
	EQ(uname(&name), 0);
	OK(!strcmp(name.machine, "i686"));
}

TEST("times and usage of a child that worked")
{
	struct rusage ru;
	pid_t pid = fork();
	int status;

	if (!pid) {
		touch(map(64), 64);
		_exit(0);
	}
	RET(sys(wait4, pid, &status, 0, &ru), pid);
	OK(ru.ru_minflt >= 64);
}
