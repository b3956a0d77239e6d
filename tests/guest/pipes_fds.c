/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Descriptors and pipes: limits, sharing, blocking, closing while another
 * reads, poll.
 */
#include "test.h"

#include <poll.h>
#include <sys/uio.h>

static int fds[2];

static void make_pipe(void)
{
	if (pipe(fds))
		die("pipe: errno %d", errno);
}

/* ---- pipes ------------------------------------------------------------- */

TEST("a pipe carries bytes in order")
{
	char buf[16] = { 0 };

	make_pipe();
	EQ(write(fds[1], "hello ", 6), 6);
	EQ(write(fds[1], "world", 5), 5);
	EQ(read(fds[0], buf, 3), 3);
	EQ(read(fds[0], buf + 3, 13), 8);
	STR(buf, "hello world");
}

TEST("reading an empty pipe without a writer: 0")
{
	char c;

	make_pipe();
	EQ(write(fds[1], "x", 1), 1);
	close(fds[1]);
	EQ(read(fds[0], &c, 1), 1);
	EQ(read(fds[0], &c, 1), 0);
	EQ(read(fds[0], &c, 1), 0);
}

static void write_without_reader(void *arg)
{
	(void)arg;
	write(fds[1], "x", 1);
}

TEST("writing without a reader: SIGPIPE, EPIPE if ignored")
{
	make_pipe();
	close(fds[0]);
	expect_death(write_without_reader, NULL, SIGPIPE);
	signal(SIGPIPE, SIG_IGN);
	RET(sys(write, fds[1], "x", 1), -EPIPE);
}

TEST("the wrong end: EBADF")
{
	char c;

	make_pipe();
	RET(sys(read, fds[1], &c, 1), -EBADF);
	RET(sys(write, fds[0], "x", 1), -EBADF);
}

TEST("a pipe cannot be mapped, sought or truncated")
{
	make_pipe();
	RET(raw_mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fds[0], 0), -ENODEV);
	RET(sys(lseek, fds[0], 0, SEEK_SET), -ESPIPE);
	RET(sys(pread64, fds[0], &(char){ 0 }, 1, 0), -ESPIPE);
	RET(sys(ftruncate, fds[1], 0), -EINVAL);
}

TEST("O_NONBLOCK: EAGAIN when empty, and when full after 64 KiB")
{
	static char buf[4096];
	long n, total = 0;

	RET(sys(pipe2, fds, O_NONBLOCK), 0);
	RET(sys(read, fds[0], buf, 1), -EAGAIN);
	while ((n = sys(write, fds[1], buf, sizeof(buf))) > 0)
		total += n;
	EQ(n, -EAGAIN);
	EQ(total, 65536);
	RET(sys(write, fds[1], buf, 1), -EAGAIN);
	RET(sys(read, fds[0], buf, sizeof(buf)), 4096);
	RET(sys(write, fds[1], buf, sizeof(buf)), 4096);
}

TEST("a big write goes through as it is read")
{
	static char buf[300000];
	long total = 0, n;
	int status, bad = 0;
	pid_t pid;

	make_pipe();
	pid = fork();
	if (!pid) {
		for (size_t i = 0; i < sizeof(buf); i++)
			buf[i] = i % 251;
		close(fds[0]);
		_exit(write(fds[1], buf, sizeof(buf)) != sizeof(buf));
	}
	close(fds[1]);
	while ((n = read(fds[0], buf, 7777)) > 0) {
		for (long i = 0; i < n; i++)
			bad += buf[i] != (char)((total + i) % 251);
		total += n;
	}
	EQ(total, 300000);
	EQ(bad, 0);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("small writes of several writers do not mix")
{
	char rec[64];
	int bad = 0, n = 0;

	make_pipe();
	for (int w = 0; w < 4; w++)
		if (!fork()) {
			memset(rec, 'a' + w, sizeof(rec));
			for (int i = 0; i < 50; i++)
				write(fds[1], rec, sizeof(rec));
			_exit(0);
		}
	close(fds[1]);
	for (; read(fds[0], rec, sizeof(rec)) == sizeof(rec); n++)
		for (int i = 1; i < 64; i++)
			bad += rec[i] != rec[0];
	EQ(n, 200);
	EQ(bad, 0);
}

TEST("closing the last writer wakes a reader")
{
	int status;
	pid_t pid;
	char c;

	make_pipe();
	pid = fork();
	if (!pid) {
		close(fds[1]);
		_exit(read(fds[0], &c, 1) != 0);
	}
	usleep(5000);
	close(fds[1]);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("closing the last reader ends a blocked writer with EPIPE")
{
	static char buf[100000];
	int status;
	pid_t pid;

	make_pipe();
	pid = fork();
	if (!pid) {
		close(fds[0]);
		signal(SIGPIPE, SIG_IGN);
		while (sys(write, fds[1], buf, sizeof(buf)) > 0)
			;
		_exit(sys(write, fds[1], buf, 1) != -EPIPE);
	}
	usleep(5000);
	close(fds[0]);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("a descriptor closed and reused while another task reads it")
{
	int status;
	pid_t pid;
	char c;

	make_pipe();
	pid = sys(clone, 0x400 | SIGCHLD, 0, 0, 0, 0);	/* CLONE_FILES */
	if (!pid) {
		long n = read(fds[0], &c, 1);

		_exit(n != 1 || c != 'k');
	}
	usleep(5000);
	close(fds[0]);
	EQ(open("/dev/null", O_RDONLY), fds[0]);
	EQ(write(fds[1], "k", 1), 1);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

/* ---- descriptors ------------------------------------------------------- */

struct bad_fd {
	const char *name;
	int fd;
};

static const struct bad_fd bad_fds[] = {
	{ "-1", -1 }, { "closed", 200 }, { "huge", 1 << 30 },
	{ "INT_MIN", -2147483647 - 1 },
};

static void bad_fd_row(const void *row)
{
	int fd = ((const struct bad_fd *)row)->fd;
	struct stat st;
	char c;

	RET(sys(read, fd, &c, 1), -EBADF);
	RET(sys(write, fd, &c, 1), -EBADF);
	RET(sys(close, fd), -EBADF);
	RET(sys(lseek, fd, 0, 0), -EBADF);
	RET(sys(fstat, fd, &st), -EBADF);
	RET(sys(dup, fd), -EBADF);
	RET(sys(dup2, fd, 5), -EBADF);
	RET(sys(fcntl, fd, F_GETFD, 0), -EBADF);
	RET(sys(ftruncate, fd, 0), -EBADF);
	RET(sys(fsync, fd), -EBADF);
	RET(sys(ioctl, fd, 0x5401, &st), -EBADF);
	RET(raw_mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0), -EBADF);
}
TEST_TABLE("bad descriptor", bad_fds, bad_fd_row);

TEST("an end opened again by /proc/self/fd does not wait for the other")
{
	char path[32], c = 'x';
	int p[2], again;

	EQ(pipe(p), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p[0]);
	EQ(write(p[1], &c, 1), 1);
	close(p[1]);
	again = open(path, O_RDONLY);
	EQ(read(again, &c, 1), 1);
	EQ(read(again, &c, 1), 0);
}

TEST("the lowest free descriptor is taken")
{
	int a = open("/dev/null", O_RDONLY), b = open("/dev/null", O_RDONLY);

	OK(b > a);
	close(a);
	EQ(dup(b), a);
	EQ(fcntl(b, F_DUPFD, 40), 40);
	EQ(fcntl(b, F_DUPFD, 40), 41);
}

TEST("dup2 and dup3")
{
	int a = open("/dev/null", O_RDONLY);

	EQ(dup2(a, 60), 60);
	EQ(dup2(a, a), a);
	RET(sys(dup3, a, a, 0), -EINVAL);
	RET(sys(dup3, a, 61, O_CLOEXEC), 61);
	EQ(fcntl(61, F_GETFD), FD_CLOEXEC);
	EQ(fcntl(60, F_GETFD), 0);
	RET(sys(dup2, a, -1), -EBADF);
}

TEST("duplicates share the position, two opens do not")
{
	int a = make_file("/tmp/pipes_fds", 1), b = dup(a), c;
	char x;

	lseek(a, 10, SEEK_SET);
	EQ(lseek(b, 0, SEEK_CUR), 10);
	c = open("/tmp/pipes_fds", O_RDONLY);
	EQ(lseek(c, 0, SEEK_CUR), 0);
	EQ(read(b, &x, 1), 1);
	EQ(lseek(a, 0, SEEK_CUR), 11);
	unlink("/tmp/pipes_fds");
}

static void child_moves(void *fd)
{
	lseek(*(int *)fd, 77, SEEK_SET);
	close(*(int *)fd);
}

TEST("fork shares positions, not the table")
{
	int a = make_file("/tmp/pipes_fds", 1);

	in_child(child_moves, &a);
	EQ(lseek(a, 0, SEEK_CUR), 77);
	unlink("/tmp/pipes_fds");
}

TEST("RLIMIT_NOFILE: EMFILE, and again after a close")
{
	int n, last = -1, fd;

	set_limit(RLIMIT_NOFILE, 20, 20);
	for (n = 0; n < 100; n++) {
		fd = open("/dev/null", O_RDONLY);
		if (fd < 0)
			break;
		last = fd;
	}
	EQ(errno, EMFILE);
	EQ(last, 19);
	RET(sys(dup, 0), -EMFILE);
	RET(sys(pipe2, fds, 0), -EMFILE);
	RET(sys(dup2, 0, 20), -EBADF);
	RET(sys(fcntl, 0, F_DUPFD, 20), -EINVAL);
	close(last);
	EQ(open("/dev/null", O_RDONLY), 19);
}

TEST("a failed pipe leaves no descriptor behind")
{
	int a = dup(0);

	close(a);
	set_limit(RLIMIT_NOFILE, a + 1, a + 1);
	RET(sys(pipe2, fds, 0), -EMFILE);
	EQ(dup(0), a);
}

/* ---- poll -------------------------------------------------------------- */

TEST("poll: nothing, data, room, hang-up")
{
	struct pollfd p[2];

	make_pipe();
	p[0] = (struct pollfd){ fds[0], POLLIN, 0 };
	p[1] = (struct pollfd){ fds[1], POLLOUT, 0 };
	EQ(poll(p, 2, 0), 1);
	EQ(p[0].revents, 0);
	EQ(p[1].revents, POLLOUT);
	EQ(write(fds[1], "x", 1), 1);
	EQ(poll(p, 2, 0), 2);
	EQ(p[0].revents, POLLIN);
	close(fds[1]);
	EQ(poll(p, 1, 0), 1);
	EQ(p[0].revents, POLLIN | POLLHUP);
	EQ(read(fds[0], &(char){ 0 }, 1), 1);
	EQ(poll(p, 1, -1), 1);
	EQ(p[0].revents, POLLHUP);
}

TEST("poll: no reader, bad and negative descriptors")
{
	struct pollfd p[2];

	make_pipe();
	close(fds[0]);
	p[0] = (struct pollfd){ fds[1], POLLOUT, 0 };
	EQ(poll(p, 1, 0), 1);
	OK(p[0].revents & POLLERR);
	p[0] = (struct pollfd){ 199, POLLIN, 0 };
	p[1] = (struct pollfd){ -1, POLLIN, 77 };
	EQ(poll(p, 2, -1), 1);
	EQ(p[0].revents, POLLNVAL);
	EQ(p[1].revents, 0);
}

TEST("poll waits for another task's write")
{
	struct pollfd p;

	make_pipe();
	if (!fork()) {
		usleep(5000);
		write(fds[1], "x", 1);
		_exit(0);
	}
	p = (struct pollfd){ fds[0], POLLIN, 0 };
	EQ(poll(&p, 1, 60000), 1);
	EQ(p.revents, POLLIN);
}

TEST("poll times out")
{
	struct pollfd p;

	make_pipe();
	p = (struct pollfd){ fds[0], POLLIN, 0 };
	EQ(poll(&p, 1, 10), 0);
	EQ(poll(NULL, 0, 1), 0);
}

/* ---- readv, writev, devices -------------------------------------------- */

TEST("writev and readv")
{
	char a[3], b[4] = { 0 };
	struct iovec out[] = { { "abc", 3 }, { NULL, 0 }, { "def", 3 } };
	struct iovec in[] = { { a, 2 }, { b, 3 } };

	make_pipe();
	EQ(writev(fds[1], out, 3), 6);
	EQ(readv(fds[0], in, 2), 5);
	EQ(a[1], 'b');
	STR(b, "cde");
	RET(sys(writev, fds[1], out, -1), -EINVAL);
	RET(sys(writev, fds[1], out, 1025), -EINVAL);
	RET(sys(writev, fds[1], NULL, 0), 0);
}

TEST("/dev/null, /dev/zero, /dev/full")
{
	char buf[8] = "1234567";
	int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR);
	int full = open("/dev/full", O_RDWR);

	EQ(read(null, buf, 8), 0);
	EQ(write(null, buf, 8), 8);
	EQ(read(zero, buf, 4), 4);
	EQ(buf[3], 0);
	EQ(buf[4], '5');
	RET(sys(write, full, buf, 1), -ENOSPC);
	EQ(read(full, buf, 8), 8);
	EQ(buf[7], 0);
}

TEST("/dev/zero can be mapped: private and shared memory, lockable")
{
	int zero = open("/dev/zero", O_RDWR);
	char *p = map_at(AT(0), 2, RW, MAP_PRIVATE, zero, 0);
	char *q = map_at(AT(8), 2, RW, MAP_SHARED, zero, 0);

	RET(lock(p, PAGES(2)), 0);
	RET(lock(q, PAGES(2)), 0);
	LOCKS(p, "ll");
	LOCKS(q, "ll");
	EQ(p[0] | q[PAGE], 0);
	touch(p, 2);
	touch(q, 2);
	LOCKED(4);
}

TEST("random numbers differ")
{
	unsigned long a[2] = { 0 }, b[2] = { 0 };

	EQ(sys(getrandom, a, sizeof(a), 0), sizeof(a));
	EQ(sys(getrandom, b, sizeof(b), 0), sizeof(b));
	OK(memcmp(a, b, sizeof(a)));
	RET(sys(getrandom, a, 8, 0x80), -EINVAL);
	EQ(read(open("/dev/urandom", O_RDONLY), b, 16), 16);
	OK(memcmp(a, b, sizeof(a)));
}

TEST("fork with a descriptor in the middle of a large table")
{
	struct rlimit r = { 200000, 200000 };
	pid_t pid;

	RET(sys(setrlimit, RLIMIT_NOFILE, &r), 0);
	RET(sys(dup2, 1, 131072), 131072);
	pid = fork();
	if (!pid)
		_exit(fcntl(131072, F_GETFD) || fcntl(131071, F_GETFD) >= 0);
	RET(sys(wait4, pid, NULL, 0, NULL), pid);
}

TEST("select clears the bits of a word that lie behind n")
{
	unsigned long set = ~0ul;
	struct timeval none = { 0, 0 };
	int p[2];

	OK(!pipe(p) && p[1] < 8);
	set &= ~((1ul << p[1]) - 1);
	RET(sys(select, p[1] + 1, NULL, &set, NULL, &none), 1);
	EQ(set, 1ul << p[1]);
}
