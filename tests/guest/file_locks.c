/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Advisory locks: ranges of a process and of an open file (fcntl), whole files
 * (flock), who waits for whom, when they go, and /proc/locks.  The ranges that
 * somebody holds are seen by another process: it asks for each byte.
 */
#include "test.h"

#include <sys/file.h>

#define NAME "/tmp/file_locks"

static struct flock range(int type, long start, long len)
{
	return (struct flock){ .l_type = type, .l_start = start, .l_len = len };
}

static long set(int fd, int cmd, int type, long start, long len)
{
	struct flock fl = range(type, start, len);

	return sys(fcntl, fd, cmd, &fl);
}

static long lock_range(int fd, int type, long start, long len)
{
	return set(fd, F_SETLK, type, start, len);
}

static int open_file(int flags)
{
	int fd = open(NAME, O_CREAT | flags, 0644);

	if (fd < 0)
		die(NAME ": errno %d", errno);
	return fd;
}

/* What another process sees of bytes 0 to n - 1: '.', 'r', 'w'. */
static char seen[64];

static void look(void *n)
{
	int fd = open_file(O_RDWR);
	struct flock fl;

	for (long i = 0; i < *(long *)n; i++) {
		fl = range(F_WRLCK, i, 1);
		if (fcntl(fd, F_GETLK, &fl))
			fail("F_GETLK: errno %d", errno);
		seen[i] = fl.l_type == F_UNLCK ? '.' :
			  fl.l_type == F_RDLCK ? 'r' : 'w';
	}
	write(*((int *)n + 2), seen, *(long *)n);
}

#define HELD(expected) check_held(__LINE__, expected)
static void check_held(int line, const char *expected)
{
	struct { long n; int fd; } arg = { strlen(expected), 0 };
	int end[2];

	memset(seen, 0, sizeof(seen));
	if (pipe(end))
		die("pipe: errno %d", errno);
	arg.fd = end[1];
	in_child(look, &arg);
	read(end[0], seen, arg.n);
	close(end[0]);
	close(end[1]);
	check_str(__FILE__, line, "locks seen", seen, expected);
}

/* ---- ranges ------------------------------------------------------------ */

static const struct steps {
	const char *name;
	struct { char type; long start, len; } step[4];
	const char *held;
} steps[] = {
	{ "one", { { 'w', 2, 3 } }, "..www..." },
	{ "to the end", { { 'r', 5, 0 } }, ".....rrr" },
	{ "backwards", { { 'w', 5, -3 } }, "..www..." },
	{ "split by unlocking", { { 'w', 0, 8 }, { 'u', 3, 2 } }, "www..www" },
	{ "split by another type", { { 'w', 0, 8 }, { 'r', 3, 2 } },
	  "wwwrrwww" },
	{ "the front goes", { { 'w', 2, 4 }, { 'u', 0, 4 } }, "....ww.." },
	{ "the end goes", { { 'w', 2, 4 }, { 'u', 4, 0 } }, "..ww...." },
	{ "replaced", { { 'w', 2, 2 }, { 'r', 0, 8 } }, "rrrrrrrr" },
	{ "joined", { { 'w', 0, 2 }, { 'w', 4, 2 }, { 'w', 2, 2 } },
	  "wwwwww.." },
	{ "joined over others", { { 'r', 1, 1 }, { 'w', 3, 1 }, { 'r', 2, 4 } },
	  ".rrrrr.." },
	{ "unlock what is free", { { 'u', 0, 0 } }, "........" },
	{ "everything goes", { { 'w', 1, 1 }, { 'r', 4, 1 }, { 'u', 0, 0 } },
	  "........" },
};

static void run_steps(const void *row)
{
	const struct steps *s = row;
	int fd = open_file(O_RDWR);

	for (unsigned i = 0; i < 4 && s->step[i].type; i++)
		RET(lock_range(fd, s->step[i].type == 'w' ? F_WRLCK :
			       s->step[i].type == 'r' ? F_RDLCK : F_UNLCK,
			       s->step[i].start, s->step[i].len), 0);
	HELD(s->held);
}
TEST_TABLE("ranges", steps, run_steps);

TEST("a joined range is one lock, told whole with its owner")
{
	int fd = open_file(O_RDWR), status;
	struct flock fl = range(F_RDLCK, 0, 1);

	RET(lock_range(fd, F_WRLCK, 0, 5), 0);
	RET(lock_range(fd, F_WRLCK, 5, 5), 0);
	if (!fork()) {
		fl.l_start = 7;
		fcntl(fd, F_GETLK, &fl);
		_exit(!(fl.l_type == F_WRLCK && fl.l_start == 0 &&
			fl.l_len == 10 && fl.l_whence == SEEK_SET &&
			fl.l_pid == getppid()));
	}
	wait(&status);
	EQ(status, 0);
	RET(sys(fcntl, fd, F_GETLK, &fl), 0);	/* its own does not count */
	EQ(fl.l_type, F_UNLCK);
	EQ(fl.l_len, 1);
}

TEST("whence: position and end of the file")
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_CUR,
			    .l_start = -1, .l_len = 1 };
	int fd = open_file(O_RDWR | O_TRUNC);

	EQ(write(fd, "123456", 6), 6);
	lseek(fd, 3, SEEK_SET);
	RET(sys(fcntl, fd, F_SETLK, &fl), 0);
	fl.l_whence = SEEK_END;
	RET(sys(fcntl, fd, F_SETLK, &fl), 0);
	HELD("..w..w..");
}

static const struct refused {
	const char *name;
	int open_flags, cmd;
	struct flock fl;
	int expected;
} refused[] = {
	{ "no such type", O_RDWR, F_SETLK, { .l_type = 3 }, -EINVAL },
	{ "negative type", O_RDWR, F_SETLK, { .l_type = -1 }, -EINVAL },
	{ "no such whence", O_RDWR, F_SETLK, { .l_whence = 3 }, -EINVAL },
	{ "below 0", O_RDWR, F_SETLK, { .l_start = -1 }, -EINVAL },
	{ "a length to below 0", O_RDWR, F_SETLK, { .l_start = 1, .l_len = -2 },
	  -EINVAL },
	{ "beyond the last byte", O_RDWR, F_SETLK,
	  { .l_start = INT64_MAX, .l_len = 2 }, -EOVERFLOW },
	{ "the last byte", O_RDWR, F_SETLK,
	  { .l_start = INT64_MAX, .l_len = 1 }, 0 },
	{ "the least length", O_RDWR, F_SETLK, { .l_len = INT64_MIN },
	  -EINVAL },
	{ "read lock, write only", O_WRONLY, F_SETLK, { .l_type = F_RDLCK },
	  -EBADF },
	{ "write lock, read only", O_RDONLY, F_SETLK, { .l_type = F_WRLCK },
	  -EBADF },
	{ "bad range, read only", O_RDONLY, F_SETLK,
	  { .l_type = F_WRLCK, .l_start = -1 }, -EINVAL },
	{ "unlock, read only", O_RDONLY, F_SETLK, { .l_type = F_UNLCK }, 0 },
	{ "ask for an unlock", O_RDWR, F_GETLK, { .l_type = F_UNLCK },
	  -EINVAL },
	{ "ask, write only", O_WRONLY, F_GETLK, { .l_type = F_RDLCK }, 0 },
	{ "of an O_PATH descriptor", O_PATH, F_SETLK, { .l_type = F_UNLCK },
	  -EBADF },
	{ "OFD with a pid", O_RDWR, F_OFD_SETLK, { .l_pid = 1 }, -EINVAL },
	{ "OFD asked with a pid", O_RDWR, F_OFD_GETLK, { .l_pid = 1 },
	  -EINVAL },
	{ "OFD", O_RDWR, F_OFD_SETLKW, { .l_type = F_WRLCK }, 0 },
};

static void run_refused(const void *row)
{
	const struct refused *r = row;
	struct flock fl = r->fl;
	int fd = open(NAME, r->open_flags);

	RET(sys(fcntl, fd, r->cmd, &fl), r->expected);
}
TEST_TABLE("refused", refused, run_refused);

TEST("bad addresses and descriptors")
{
	struct flock fl = range(F_WRLCK, 0, 0);
	int fd = open_file(O_RDWR);

	RET(sys(fcntl, fd, F_SETLK, NULL), -EFAULT);
	RET(sys(fcntl, fd, F_OFD_GETLK, 1), -EFAULT);
	RET(sys(fcntl, fd, F_SETLKW, -8l), -EFAULT);
	RET(sys(fcntl, 99, F_SETLK, &fl), -EBADF);
	RET(sys(flock, 99, LOCK_SH), -EBADF);
	RET(sys(flock, 99, 99), 0);		/* LOCK_MAND's bit */
	RET(sys(flock, 99, LOCK_SH | LOCK_EX), -EINVAL);
	RET(sys(flock, fd, 0), -EINVAL);
	RET(sys(flock, open(NAME, O_PATH), LOCK_SH), -EBADF);
}

/* ---- how they end ------------------------------------------------------ */

TEST("closing any descriptor of the file drops the process's locks")
{
	int fd = open_file(O_RDWR), other = open_file(O_RDONLY);
	int path = open(NAME, O_PATH), copy = dup(fd);

	RET(lock_range(fd, F_WRLCK, 0, 2), 0);
	close(path);
	HELD("ww");
	close(other);
	HELD("..");
	RET(lock_range(fd, F_WRLCK, 0, 2), 0);
	EQ(dup2(0, copy), copy);
	HELD("..");
}

static void lock_in_child(void *fd)
{
	RET(lock_range(*(int *)fd, F_WRLCK, 0, 4), 0);
	HELD("wwww");
}

TEST("a child does not inherit locks, and its own go with it")
{
	int fd = open_file(O_RDWR);

	in_child(lock_in_child, &fd);
	HELD("....");
	RET(lock_range(fd, F_WRLCK, 0, 1), 0);
	if (!fork())
		_exit(lock_range(fd, F_WRLCK, 0, 1) != -EAGAIN);
	int status;
	wait(&status);
	EQ(status, 0);
	HELD("w...");
}

TEST("locks of an open file stay with its last descriptor")
{
	int fd = open_file(O_RDWR), copy = dup(fd), other = open_file(O_RDWR);

	RET(set(fd, F_OFD_SETLK, F_WRLCK, 0, 2), 0);
	RET(set(copy, F_OFD_SETLK, F_RDLCK, 0, 1), 0);
	RET(set(other, F_OFD_SETLK, F_RDLCK, 0, 1), 0);
	RET(set(other, F_OFD_SETLK, F_RDLCK, 1, 1), -EAGAIN);
	RET(lock_range(fd, F_WRLCK, 1, 1), -EAGAIN);	/* another owner */
	close(other);
	close(fd);
	HELD("rw");
	close(copy);
	HELD("..");
}

TEST("the owner of an open file's lock is -1")
{
	int fd = open_file(O_RDWR);
	struct flock fl = range(F_WRLCK, 0, 1);

	RET(set(fd, F_OFD_SETLK, F_WRLCK, 0, 0), 0);
	RET(sys(fcntl, fd, F_GETLK, &fl), 0);
	EQ(fl.l_pid, -1);
	EQ(fl.l_len, 0);
}

/* ---- waiting ----------------------------------------------------------- */

static void nothing(int sig)
{
	(void)sig;
}

static void on_alarm(int flags)
{
	struct sigaction sa = { .sa_handler = nothing, .sa_flags = flags };

	sigaction(SIGALRM, &sa, NULL);
	alarm(1);
}

/* A child that holds 'type' on [start, start + len) until it is killed. */
static pid_t holder(int type, long start, long len)
{
	int end[2];
	char c;
	pid_t pid;

	if (pipe(end))
		die("pipe: errno %d", errno);
	pid = fork();
	if (!pid) {
		int fd = open_file(O_RDWR);

		if (lock_range(fd, type, start, len))
			_exit(1);
		write(end[1], "x", 1);
		for (;;)
			pause();
	}
	if (read(end[0], &c, 1) != 1)
		die("the holder failed");
	return pid;
}

TEST("a wait ends with EINTR")
{
	int fd = open_file(O_RDWR);
	pid_t pid = holder(F_RDLCK, 0, 0);

	RET(lock_range(fd, F_WRLCK, 0, 1), -EAGAIN);
	on_alarm(0);
	RET(set(fd, F_SETLKW, F_WRLCK, 0, 1), -EINTR);
	kill(pid, SIGKILL);
	RET(set(fd, F_SETLKW, F_WRLCK, 0, 1), 0);
}

TEST("a wait ends when the lock goes, a restarted one too")
{
	int fd = open_file(O_RDWR), status;
	pid_t pid = holder(F_WRLCK, 0, 0), killer;

	on_alarm(SA_RESTART);
	killer = fork();
	if (!killer) {
		sleep(2);
		_exit(kill(pid, SIGKILL));
	}
	RET(set(fd, F_SETLKW, F_WRLCK, 5, 1), 0);
	EQ(waitpid(killer, &status, 0), killer);
	EQ(status, 0);
}

TEST("two that would wait for each other: EDEADLK")
{
	int fd = open_file(O_RDWR), end[2], status;
	pid_t pid;
	char c;

	EQ(pipe(end), 0);
	RET(lock_range(fd, F_WRLCK, 0, 1), 0);
	pid = fork();
	if (!pid) {
		lock_range(fd, F_WRLCK, 1, 1);
		write(end[1], "x", 1);
		_exit(set(fd, F_SETLKW, F_WRLCK, 0, 1) != 0);
	}
	EQ(read(end[0], &c, 1), 1);
	usleep(200000);
	RET(set(fd, F_SETLKW, F_WRLCK, 1, 1), -EDEADLK);
	RET(lock_range(fd, F_WRLCK, 1, 1), -EAGAIN);
	RET(lock_range(fd, F_UNLCK, 0, 1), 0);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("the file was closed while its lock was waited for: EBADF, no lock")
{
	int fd = open_file(O_RDWR), status;
	pid_t pid = holder(F_WRLCK, 0, 1), waiter;

	waiter = sys(clone, 0x400 | SIGCHLD, 0, 0, 0, 0); /* CLONE_FILES */
	if (!waiter)
		_exit(set(fd, F_SETLKW, F_WRLCK, 0, 1) != -EBADF);
	usleep(200000);
	close(fd);
	kill(pid, SIGKILL);
	EQ(waitpid(waiter, &status, 0), waiter);
	EQ(status, 0);
	waitpid(pid, &status, 0);
	HELD(".");
}

/* ---- flock ------------------------------------------------------------- */

TEST("flock: shared, exclusive, converted")
{
	int a = open_file(O_RDONLY), b = open_file(O_WRONLY), copy = dup(a);

	RET(sys(flock, a, LOCK_SH), 0);
	RET(sys(flock, b, LOCK_SH | LOCK_NB), 0);
	RET(sys(flock, a, LOCK_EX | LOCK_NB), -EAGAIN);
	/* what was refused has cost the shared lock */
	RET(sys(flock, b, LOCK_EX | LOCK_NB), 0);
	RET(sys(flock, a, LOCK_SH | LOCK_NB), -EAGAIN);
	RET(sys(flock, b, LOCK_SH | LOCK_NB), 0);
	RET(sys(flock, copy, LOCK_SH | LOCK_NB), 0);
	RET(sys(flock, copy, LOCK_UN), 0);
	RET(sys(flock, b, LOCK_EX | LOCK_NB), 0);
	RET(lock_range(a, F_RDLCK, 0, 0), 0);	/* ranges do not care */
}

TEST("flock: inherited, gone with the last descriptor")
{
	int fd = open_file(O_RDONLY), other = open_file(O_RDONLY), status;

	RET(sys(flock, fd, LOCK_EX), 0);
	if (!fork())
		_exit(sys(flock, fd, LOCK_EX | LOCK_NB) != 0);
	wait(&status);
	EQ(status, 0);
	RET(sys(flock, other, LOCK_SH | LOCK_NB), -EAGAIN);
	close(dup(fd));
	RET(sys(flock, other, LOCK_SH | LOCK_NB), -EAGAIN);
	close(fd);
	RET(sys(flock, other, LOCK_SH | LOCK_NB), 0);
}

TEST("flock: a wait ends with EINTR or with the lock")
{
	int fd = open_file(O_RDONLY), other = open_file(O_RDONLY);

	RET(sys(flock, other, LOCK_EX), 0);
	on_alarm(0);
	RET(sys(flock, fd, LOCK_SH), -EINTR);
	if (!fork()) {
		close(fd);
		sleep(1);
		flock(other, LOCK_UN);
		_exit(0);
	}
	RET(sys(flock, fd, LOCK_EX), 0);
}

TEST("no leases")
{
	int fd = open_file(O_RDONLY);

	RET(sys(fcntl, fd, 1025, 0), F_UNLCK);
}

/* ---- /proc/locks ------------------------------------------------------- */

static char text[8192];

TEST("/proc/locks")
{
	int fd = open_file(O_RDWR), end[2];
	char line[128];
	struct stat st;

	EQ(pipe(end), 0);
	fstat(fd, &st);
	RET(lock_range(fd, F_WRLCK, 10, 5), 0);
	RET(set(fd, F_OFD_SETLK, F_RDLCK, 20, 0), 0);
	RET(sys(flock, fd, LOCK_EX), 0);
	OK(slurp("/proc/locks", text, sizeof(text)) > 0);
	snprintf(line, sizeof(line), ": POSIX  ADVISORY  WRITE %d "
		 "%02x:%02x:%lu 10 14\n", getpid(),
		 (unsigned)(st.st_dev >> 8), (unsigned)(st.st_dev & 0xff),
		 st.st_ino);
	OK(strstr(text, line));
	OK(strstr(text, ": OFDLCK ADVISORY  READ -1 "));
	OK(strstr(text, " 20 EOF\n"));
	snprintf(line, sizeof(line), ": FLOCK  ADVISORY  WRITE %d ", getpid());
	OK(strstr(text, line));
}

TEST("/proc/locks: who waits")
{
	int fd = open_file(O_RDWR), status;
	char line[128];
	pid_t pid;

	RET(lock_range(fd, F_WRLCK, 0, 0), 0);
	pid = fork();
	if (!pid)
		_exit(set(fd, F_SETLKW, F_RDLCK, 3, 1) != 0);
	usleep(200000);
	OK(slurp("/proc/locks", text, sizeof(text)) > 0);
	snprintf(line, sizeof(line), "-> POSIX  ADVISORY  READ %d ", pid);
	OK(strstr(text, line));
	RET(lock_range(fd, F_UNLCK, 0, 0), 0);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

/* Many locks that do not touch: refused some day, or not, and all gone. */
TEST("twenty thousand locks")
{
	int fd = open_file(O_RDWR);
	long ret = 0, i;

	for (i = 0; i < 20000 && !ret; i++)
		ret = lock_range(fd, F_RDLCK, 2 * (20000 - i), 1);
	OK(ret == 0 || ret == -ENOLCK);
	OK(i > 1000);
	close(fd);
	HELD("........");
}
