/* SPDX-License-Identifier: GPL-2.0 */
/*
 * process_vm_readv, process_vm_writev, process_madvise: vectors, partial
 * transfers, who may; descriptors that stand for processes and what they do.
 */
#include "test.h"

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/uio.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#define NONBLOCK_PIDFD 04000

/* A child with a copy of our memory that waits for its end. */
static pid_t waiting_child(void)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	return pid;
}

static void end(pid_t pid)
{
	int status;

	RET(sys(kill, pid, SIGKILL), 0);
	RET(sys(wait4, pid, &status, 0, NULL), pid);
}

static long readv_of(pid_t pid, void *local, size_t n, void *remote, size_t m)
{
	struct iovec l = { local, n }, r = { remote, m };

	return sys(process_vm_readv, pid, &l, 1, &r, 1, 0);
}

static long writev_of(pid_t pid, void *local, size_t n, void *remote,
		      size_t m)
{
	struct iovec l = { local, n }, r = { remote, m };

	return sys(process_vm_writev, pid, &l, 1, &r, 1, 0);
}

/* ---- process_vm_* ------------------------------------------------------ */

TEST("read and write, and the caller's own copy stays")
{
	char *p = map(4), *buf = map_at(AT(16), 4, RW, ANON, -1, 0);
	pid_t pid;

	memset(p, 'a', PAGES(4));
	pid = waiting_child();
	RET(readv_of(pid, buf, PAGES(4), p, PAGES(4)), PAGES(4));
	EQ(buf[PAGES(4) - 1], 'a');
	memset(buf, 'b', 100);
	RET(writev_of(pid, buf, 100, p + PAGE - 50, 100), 100);
	EQ(p[PAGE], 'a');
	RET(readv_of(pid, buf + 200, 102, p + PAGE - 51, 102), 102);
	EQ(buf[200], 'a');
	EQ(buf[201], 'b');
	EQ(buf[300], 'b');
	EQ(buf[301], 'a');
	end(pid);
}

TEST("vectors of unequal cut, empty pieces among them")
{
	char *p = map(2), a[10] = "", b[10] = "";
	struct iovec l[] = { { a, 3 }, { NULL, 0 }, { b, 7 } };
	struct iovec r[] = { { p, 0 }, { p + PAGE - 2, 5 }, { NULL, 0 },
			     { p, 50 } };
	pid_t pid;

	memcpy(p + PAGE - 2, "12345", 5);
	memcpy(p, "abcdefgh", 8);
	pid = waiting_child();
	RET(sys(process_vm_readv, pid, l, 3, r, 4, 0), 10);
	OK(!memcmp(a, "123", 3));
	OK(!memcmp(b, "45abcde", 7));
	end(pid);
}

struct vec_row {
	const char *name;
	int nl, nr;
	long l_len, r_len;	/* of the first pieces */
	unsigned long flags;
	long ret;
};

static const struct vec_row vecs[] = {
	{ "flags", 1, 1, 8, 8, 1, -EINVAL },
	{ "no local", 0, 1, 8, 8, 0, 0 },
	{ "no remote", 1, 0, 8, 8, 0, 0 },
	{ "local empty", 1, 1, 0, 8, 0, 0 },
	{ "local empty, remote negative", 1, 1, 0, -1, 0, 0 },
	{ "remote empty", 1, 1, 8, 0, 0, 0 },
	{ "local negative", 1, 1, -1, 8, 0, -EINVAL },
	{ "remote negative", 1, 1, 8, -1, 0, -EINVAL },
	{ "local too many", 1025, 1, 8, 8, 0, -EINVAL },
	{ "remote too many", 1, 1025, 8, 8, 0, -EINVAL },
	{ "1024 of each", 1024, 1024, 8, 8, 0, 8 },
};

static void vec_row(const void *row)
{
	const struct vec_row *v = row;
	static struct iovec l[1025], r[1025];
	char buf[8];

	l[0] = (struct iovec){ buf, v->l_len };
	r[0] = (struct iovec){ buf, v->r_len };
	RET(sys(process_vm_readv, getpid(), l, v->nl, r, v->nr, v->flags),
	    v->ret);
	if (v->ret >= 0 && !v->l_len)	/* nobody is looked for */
		RET(sys(process_vm_readv, 99999, l, v->nl, r, v->nr, 0), 0);
}
TEST_TABLE("vectors", vecs, vec_row);

TEST("what is not there: EFAULT, or what came before it")
{
	char *p = map(3), *buf = map_at(AT(16), 4, RW, ANON, -1, 0);
	struct iovec l = { buf, PAGE };
	pid_t pid;

	touch(p, 3);
	unmap(p + PAGES(1), PAGE);
	pid = waiting_child();
	RET(readv_of(pid, buf, 8, p + PAGE, 8), -EFAULT);
	RET(readv_of(pid, buf, PAGES(2), p + PAGE - 8, PAGES(2)), 8);
	RET(writev_of(pid, buf, PAGES(2), p, PAGES(2)), PAGE);
	RET(readv_of(pid, p + PAGE, 8, p, 8), -EFAULT);
	RET(readv_of(pid, p + PAGE - 8, 16, p, 16), 8);
	RET(writev_of(pid, p + PAGE, 8, p, 8), -EFAULT);
	RET(readv_of(pid, buf, 8, (void *)-4096ul, 8), -EFAULT);
	RET(readv_of(pid, (void *)-4096ul, 8, p, 8), -EFAULT);
	RET(sys(process_vm_readv, pid, &l, 1, (void *)8, 1, 0), -EFAULT);
	RET(sys(process_vm_readv, pid, (void *)8, 1, &l, 1, 0), -EFAULT);
	end(pid);
}

TEST("permissions of areas hold: no force")
{
	char *p = map(2), buf[8] = "";
	pid_t pid;

	touch(p, 2);
	protect(p, PAGE, PROT_READ);
	protect(p + PAGE, PAGE, PROT_NONE);
	pid = waiting_child();
	RET(readv_of(pid, buf, 8, p, 8), 8);
	RET(writev_of(pid, buf, 8, p, 8), -EFAULT);
	RET(readv_of(pid, buf, 8, p + PAGE, 8), -EFAULT);
	RET(writev_of(pid, buf, 8, (void *)vec_row, 8), -EFAULT);
	end(pid);
}

TEST("a stack does not grow for others")
{
	char *sp = __builtin_frame_address(0), buf[8] = "";
	struct area a;
	pid_t pid = waiting_child();

	OK(area_at(sp, &a));
	RET(writev_of(pid, buf, 8, (char *)a.start - 8, 8), -EFAULT);
	RET(readv_of(pid, buf, 8, (char *)a.start - 8, 8), -EFAULT);
	RET(readv_of(pid, buf, 8, (char *)a.start, 8), 8);
	end(pid);
}

TEST("locked memory is no exception")
{
	char *p = map(1), buf[8] = "secret";
	int ready[2];
	pid_t pid;

	RET(sys(pipe2, ready, 0), 0);
	pid = fork();
	if (!pid) {
		lock(p, PAGE);
		write(ready[1], "x", 1);
		for (;;)
			pause();
	}
	read(ready[0], buf + 7, 1);
	RET(writev_of(pid, buf, 7, p, 7), 7);
	memset(buf, 0, 7);
	RET(readv_of(pid, buf, 7, p, 7), 7);
	STR(buf, "secret");
	end(pid);
}

static void as_user(void *arg)
{
	char buf[8];
	struct iovec v = { buf, 8 };

	become_user();
	RET(readv_of(*(pid_t *)arg, buf, 8, buf, 8), -EPERM);
	RET(writev_of(*(pid_t *)arg, buf, 8, buf, 8), -EPERM);
	RET(readv_of(99999, buf, 8, buf, 8), -ESRCH);
	RET(sys(process_vm_readv, *(pid_t *)arg, &v, 1, &v, 1, 1), -EINVAL);
	RET(readv_of(getpid(), buf, 8, buf, 8), 8);
}

TEST("another user's process: EPERM; nobody's: ESRCH")
{
	pid_t pid = waiting_child();

	EQ(in_child(as_user, &pid), 0);
	end(pid);
}

TEST("a zombie has no memory: ESRCH")
{
	char buf[8];
	pid_t pid = fork();
	siginfo_t info;
	int status;

	if (!pid)
		_exit(0);
	RET(sys(waitid, P_PID, pid, &info, WEXITED | WNOWAIT, NULL), 0);
	RET(readv_of(pid, buf, 8, buf, 8), -ESRCH);
	RET(sys(wait4, pid, &status, 0, NULL), pid);
}

/* ---- pidfds ------------------------------------------------------------ */

static int open_pid(pid_t pid)
{
	int fd = sys(pidfd_open, pid, 0);

	if (fd < 0)
		die("pidfd_open: %d", fd);
	return fd;
}

static unsigned ready_events(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 ? p.revents : 0;
}

TEST("pidfd_open: arguments")
{
	RET(sys(pidfd_open, 0, 0), -EINVAL);
	RET(sys(pidfd_open, -1, 0), -EINVAL);
	RET(sys(pidfd_open, getpid(), 1), -EINVAL);
	RET(sys(pidfd_open, 99999, 0), -ESRCH);
	EQ(fcntl(open_pid(getpid()), F_GETFD), FD_CLOEXEC);
}

TEST("poll: ready when the process has ended, and stays so")
{
	pid_t pid = waiting_child();
	int fd = open_pid(pid), status;
	char c;

	EQ(ready_events(fd), 0);
	RET(sys(kill, pid, SIGKILL), 0);
	EQ(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, -1), 1);
	RET(sys(pidfd_send_signal, fd, 0, NULL, 0), 0);
	RET(sys(wait4, pid, &status, 0, NULL), pid);
	EQ(ready_events(fd), POLLIN);
	RET(sys(pidfd_send_signal, fd, 0, NULL, 0), -ESRCH);
	RET(sys(pidfd_getfd, fd, 0, 0), -ESRCH);
	RET(sys(read, fd, &c, 1), -EINVAL);
	RET(sys(lseek, fd, 0, SEEK_SET), -ESPIPE);
}

static int self_fd;
static volatile long sent = 1;

static int forge(void *arg)
{
	siginfo_t info = { .si_signo = SIGTERM, .si_code = SI_USER };

	sent = sys(pidfd_send_signal, self_fd, SIGTERM, &info, 0);
	for (;;)
		pause();
	return 0;
}

TEST("pidfd_send_signal: only a process's leader forges its own siginfo")
{
	static char stack[65536] __attribute__((aligned(16)));

	signal(SIGTERM, SIG_IGN);
	self_fd = sys(pidfd_open, getpid(), 0);
	clone(forge, stack + sizeof(stack), CLONE_VM | CLONE_FS | CLONE_FILES |
	      CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, NULL);
	while (sent == 1)
		sys(sched_yield);
	RET(sent, -EPERM);
}

TEST("pidfd_send_signal")
{
	siginfo_t info = { .si_signo = SIGTERM, .si_code = SI_USER };
	pid_t pid = waiting_child();
	int fd = open_pid(pid), status;

	RET(sys(pidfd_send_signal, fd, SIGTERM, NULL, 1), -EINVAL);
	RET(sys(pidfd_send_signal, 0, SIGTERM, NULL, 0), -EBADF);
	RET(sys(pidfd_send_signal, 99, SIGTERM, NULL, 0), -EBADF);
	RET(sys(pidfd_send_signal, fd, 65, NULL, 0), -EINVAL);
	RET(sys(pidfd_send_signal, fd, SIGTERM, 8, 0), -EFAULT);
	RET(sys(pidfd_send_signal, fd, SIGHUP, &info, 0), -EINVAL);
	RET(sys(pidfd_send_signal, fd, SIGTERM, &info, 0), -EPERM);
	info.si_code = SI_QUEUE;
	RET(sys(pidfd_send_signal, fd, SIGTERM, &info, 0), 0);
	RET(sys(wait4, pid, &status, 0, NULL), pid);
	EQ(status, SIGTERM);
}

TEST("pidfd_send_signal through /proc/PID, and only that")
{
	static const char *const others[] = {
		"/proc/%d/status", "/proc/%d/fd", "/proc/%d/task/%d", "/proc",
	};
	pid_t pid = waiting_child();
	char path[64];
	int fd, status;

	for (int i = 0; i < ARRAY_SIZE(others); i++) {
		snprintf(path, sizeof(path), others[i], pid, pid);
		fd = open(path, O_RDONLY);
		RET(sys(pidfd_send_signal, fd, 0, NULL, 0), -EBADF);
	}
	snprintf(path, sizeof(path), "/proc/%d", pid);
	fd = open(path, O_PATH);
	RET(sys(pidfd_send_signal, fd, 0, NULL, 0), -EBADF);
	fd = open(path, O_RDONLY);
	RET(sys(pidfd_getfd, fd, 0, 0), -EBADF);
	RET(sys(pidfd_send_signal, fd, SIGTERM, NULL, 0), 0);
	RET(sys(wait4, pid, &status, 0, NULL), pid);
	EQ(status, SIGTERM);
	RET(sys(pidfd_send_signal, fd, 0, NULL, 0), -ESRCH);
}

static void getfd_as_user(void *arg)
{
	become_user();
	RET(sys(pidfd_getfd, *(int *)arg, 0, 0), -EPERM);
	RET(sys(pidfd_send_signal, *(int *)arg, SIGTERM, NULL, 0), -EPERM);
}

TEST("pidfd_getfd")
{
	int pipe_fds[2], fd, got;
	pid_t pid;
	char c = 0;

	RET(sys(pipe2, pipe_fds, 0), 0);
	pid = waiting_child();
	close(pipe_fds[0]);
	fd = open_pid(pid);
	got = sys(pidfd_getfd, fd, pipe_fds[0], 0);
	OK(got >= 0);
	EQ(fcntl(got, F_GETFD), FD_CLOEXEC);
	write(pipe_fds[1], "y", 1);
	RET(sys(read, got, &c, 1), 1);
	EQ(c, 'y');
	RET(sys(pidfd_getfd, fd, 99, 0), -EBADF);
	RET(sys(pidfd_getfd, fd, 0, 1), -EINVAL);
	RET(sys(pidfd_getfd, 0, 0, 0), -EBADF);
	EQ(in_child(getfd_as_user, &fd), 0);
	end(pid);
}

TEST("waitid(P_PIDFD)")
{
	pid_t pid = waiting_child();
	int fd = open_pid(pid), nb = sys(pidfd_open, pid, NONBLOCK_PIDFD);
	siginfo_t info;

	RET(sys(waitid, P_PIDFD, nb, &info, WEXITED, NULL), -EAGAIN);
	RET(sys(waitid, P_PIDFD, fd, &info, WEXITED | WNOHANG, NULL), 0);
	RET(sys(waitid, P_PIDFD, -1, &info, WEXITED, NULL), -EINVAL);
	RET(sys(waitid, P_PIDFD, 99, &info, WEXITED, NULL), -EBADF);
	RET(sys(waitid, P_PIDFD, 0, &info, WEXITED, NULL), -EBADF);
	RET(sys(waitid, P_PIDFD, open_pid(getpid()), &info, WEXITED, NULL),
	    -ECHILD);
	RET(sys(kill, pid, SIGKILL), 0);
	RET(sys(waitid, P_PIDFD, fd, &info, WEXITED, NULL), 0);
	EQ(info.si_pid, pid);
	RET(sys(waitid, P_PIDFD, fd, &info, WEXITED, NULL), -ECHILD);
}

TEST("CLONE_PIDFD: clone")
{
	int fd = -1, status;
	long pid = sys(clone, SIGCHLD | CLONE_PIDFD, 0, &fd, 0, 0);

	if (!pid) {	/* the child has none */
		_exit(fcntl(fd == -1 ? 3 : fd, F_GETFD) == -1);
	}
	OK(fd >= 0);
	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	EQ(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, -1), 1);
	RET(sys(wait4, pid, &status, 0, NULL), pid);
	EQ(status, 1 << 8);
	RET(sys(clone, SIGCHLD | CLONE_PIDFD, 0, 8, 0, 0), -EFAULT);
	RET(sys(clone, SIGCHLD | CLONE_PIDFD | CLONE_PARENT_SETTID, 0, &fd, 0,
		0), -EINVAL);
	RET(sys(clone, CLONE_PIDFD | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM,
		0, &fd, 0, 0), -EINVAL);
	RET(sys(wait4, -1, &status, 0, NULL), -ECHILD);
}

TEST("CLONE_PIDFD: clone3")
{
	int fd = -1, tid = -1, status;
	unsigned long a[8] = { CLONE_PIDFD | CLONE_PARENT_SETTID,
		(unsigned long)&fd, 0, (unsigned long)&fd, SIGCHLD };
	long pid;

	RET(sys(clone3, a, sizeof(a)), -EINVAL);
	a[3] = (unsigned long)&tid;
	pid = sys(clone3, a, sizeof(a));
	if (!pid)
		_exit(0);
	EQ(tid, pid);
	RET(sys(pidfd_send_signal, fd, 0, NULL, 0), 0);
	RET(sys(wait4, pid, &status, 0, NULL), pid);
	RET(sys(pidfd_send_signal, fd, 0, NULL, 0), -ESRCH);
}

TEST("clone3: what this kernel does not know must be zeros")
{
	uint64_t *a = (uint64_t *)map(2);

	a[4] = SIGCHLD;
	a[13] = 1;
	RET(sys(clone3, a, 14 * 8), -E2BIG);
	RET(sys(clone3, (char *)a + 2 * PAGE - 64, 14 * 8), -EFAULT);
	RET(sys(clone3, a, 56), -EINVAL);
	RET(sys(clone3, a, PAGE + 8), -E2BIG);
	a[0] = CLONE_PARENT;
	RET(sys(clone3, a, 64), -EINVAL);
	a[0] = 0x00400000;	/* CLONE_DETACHED */
	RET(sys(clone3, a, 64), -EINVAL);
}

TEST("no descriptors left: EMFILE, and no child")
{
	int status;

	set_limit(RLIMIT_NOFILE, 3, 3);
	RET(sys(pidfd_open, getpid(), 0), -EMFILE);
	RET(sys(clone, SIGCHLD | CLONE_PIDFD, 0, &status, 0, 0), -EMFILE);
	RET(sys(wait4, -1, &status, 0, NULL), -ECHILD);
}

/* ---- process_madvise --------------------------------------------------- */

struct advice_row {
	const char *name;
	int advice;
	long ret;	/* 1: the length */
};

static const struct advice_row advices[] = {
	{ "COLD", ADV_COLD, 1 },
	{ "PAGEOUT", ADV_PAGEOUT, 1 },
	{ "WILLNEED", MADV_WILLNEED, 1 },
	{ "DONTNEED", MADV_DONTNEED, -EINVAL },
	{ "DONTFORK", MADV_DONTFORK, -EINVAL },
	{ "unknown", 999, -EINVAL },
};

static void advice_row(const void *row)
{
	const struct advice_row *a = row;
	char *p = map(4);
	struct iovec v[] = { { p, PAGE }, { p + PAGES(2), PAGES(2) } };
	pid_t pid;
	int fd;

	touch(p, 4);
	pid = waiting_child();
	fd = open_pid(pid);
	RET(sys(process_madvise, fd, v, 2, a->advice, 0),
	    a->ret == 1 ? PAGES(3) : a->ret);
	RET(sys(process_madvise, fd, v, 2, a->advice, 1), -EINVAL);
	RET(sys(process_madvise, 0, v, 2, a->advice, 0), -EBADF);
	RET(sys(process_madvise, fd, v, 1025, a->advice, 0), -EINVAL);
	RET(sys(process_madvise, fd, (void *)8, 1, a->advice, 0), -EFAULT);
	end(pid);
}
TEST_TABLE("process_madvise", advices, advice_row);

TEST("process_madvise: locked areas refuse, what was before counts")
{
	char *p = map(2);
	struct iovec v[] = { { p, PAGE }, { p + PAGE, PAGE } };
	int fd = open_pid(getpid());

	touch(p, 2);
	RET(lock(p + PAGE, PAGE), 0);
	RET(sys(process_madvise, fd, v, 2, ADV_PAGEOUT, 0), PAGE);
	RET(sys(process_madvise, fd, v + 1, 1, ADV_PAGEOUT, 0), -EINVAL);
	RET(sys(process_madvise, fd, v + 1, 1, ADV_COLD, 0), -EINVAL);
	PRESENT(p + PAGE, "1");
}

static void madvise_as_user(void *arg)
{
	struct iovec v = { AT(0), PAGE };

	become_user();
	RET(sys(process_madvise, *(int *)arg, &v, 1, ADV_COLD, 0), -EACCES);
	RET(sys(process_madvise, open_pid(getpid()), &v, 1, ADV_COLD, 0),
	    -EPERM);
}

TEST("process_madvise: EACCES, EPERM, ESRCH")
{
	pid_t pid;
	int fd, status;
	struct iovec v = { map(1), PAGE };

	pid = waiting_child();
	fd = open_pid(pid);
	EQ(in_child(madvise_as_user, &fd), 0);
	RET(sys(kill, pid, SIGKILL), 0);
	RET(sys(wait4, pid, &status, 0, NULL), pid);
	RET(sys(process_madvise, fd, &v, 1, ADV_COLD, 0), -ESRCH);
}
