/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes moved without a buffer of the program's: splice, tee, vmsplice,
 * sendfile, copy_file_range; the size of pipes and what fits into them; reads
 * and writes with flags.
 */
#include "test.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#define NAME "/tmp/splice"

static int p[2], q[2];
static char buf[70000];

static void make_pipes(int flags)
{
	if (pipe2(p, flags) || pipe2(q, flags))
		die("pipe: errno %d", errno);
}

/* A file of n bytes, "abc...zabc...". */
static int make_letters(const char *name, long n)
{
	int fd = open(name, O_CREAT | O_TRUNC | O_RDWR, 0644);

	for (long i = 0; i < n; i++)
		buf[i] = 'a' + i % 26;
	if (fd < 0 || write(fd, buf, n) != n)
		die("%s: errno %d", name, errno);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int in_pipe(int end)
{
	int n = -1;

	ioctl(end, FIONREAD, &n);
	return n;
}

static void put(int fd, const char *s)
{
	if (write(fd, s, strlen(s)) != (long)strlen(s))
		die("write: errno %d", errno);
}

#define GOT(fd, s) check_got(__LINE__, fd, s)
static void check_got(int line, int fd, const char *expected)
{
	long n = read(fd, buf, sizeof(buf) - 1);

	buf[n < 0 ? 0 : n] = '\0';
	check_str(__FILE__, line, "bytes read", buf, expected);
}

/* ---- splice ------------------------------------------------------------ */

TEST("file to pipe to file")
{
	int in = make_letters(NAME, 10000), out = make_letters(NAME "2", 3);
	long at = 5;

	make_pipes(0);
	RET(sys(splice, in, NULL, p[1], NULL, 5000, 0), 5000);
	EQ(lseek(in, 0, SEEK_CUR), 5000);
	EQ(in_pipe(p[0]), 5000);
	RET(sys(splice, p[0], NULL, out, &at, 4999, 1 | 4), 4999);
	EQ(at, 5004);
	EQ(lseek(out, 0, SEEK_CUR), 0);
	EQ(in_pipe(p[0]), 1);
	EQ(pread(out, buf, 9, 0), 9);
	EQ(memcmp(buf, "abc\0\0abcd", 9), 0);
	at = 9998;
	RET(sys(splice, in, &at, p[1], NULL, 5000, 0), 2);
	EQ(at, 10000);
	RET(sys(splice, in, &at, p[1], NULL, 5000, 0), 0);
	GOT(p[0], "hop");
}

TEST("only as much as the pipe holds, by pages of the file")
{
	int in = make_letters(NAME, 70000);
	long at = 10;

	make_pipes(O_NONBLOCK);
	RET(sys(splice, in, &at, p[1], NULL, 70000, 0), 65536 - 10);
	RET(sys(splice, in, &at, p[1], NULL, 1, 0), -EAGAIN);
	close(p[0]);
	signal(SIGPIPE, SIG_IGN);
	RET(sys(splice, in, &at, p[1], NULL, 1, 0), -EPIPE);
}

TEST("pipe to pipe, whole buffers and parts")
{
	make_pipes(0);
	put(p[1], "hello");
	RET(sys(splice, p[0], NULL, q[1], NULL, 2, 0), 2);
	RET(sys(splice, p[0], NULL, q[1], NULL, 100, 0), 3);
	RET(sys(splice, p[0], NULL, q[1], NULL, 100, 2), -EAGAIN);
	GOT(q[0], "hello");
	close(p[1]);
	RET(sys(splice, p[0], NULL, q[1], NULL, 100, 0), 0);
	RET(sys(splice, q[0], NULL, q[1], NULL, 100, 0), -EINVAL);
}

TEST("splice to /dev/null")
{
	int null = open("/dev/null", O_WRONLY);

	make_pipes(0);
	put(p[1], "hello");
	RET(sys(splice, p[0], NULL, null, NULL, 3, 0), 3);
	GOT(p[0], "lo");
}

TEST("what splice refuses")
{
	int in = make_letters(NAME, 100), wo = open(NAME, O_WRONLY);
	int app = open(NAME, O_WRONLY | O_APPEND), dir = open("/", O_RDONLY);
	long at = 0, below = -1;

	make_pipes(O_NONBLOCK);
	put(p[1], "x");
	RET(sys(splice, 99, NULL, 99, NULL, 0, 99), 0);
	RET(sys(splice, 99, NULL, p[1], NULL, 1, 16), -EINVAL);
	RET(sys(splice, 99, NULL, p[1], NULL, 1, 0), -EBADF);
	RET(sys(splice, in, NULL, 99, NULL, 1, 0), -EBADF);
	RET(sys(splice, in, NULL, wo, NULL, 1, 0), -EINVAL);
	RET(sys(splice, in, &at, p[1], &at, 1, 0), -ESPIPE);
	RET(sys(splice, p[0], &at, wo, NULL, 1, 0), -ESPIPE);
	RET(sys(splice, in, 1, p[1], NULL, 1, 0), -EFAULT);
	RET(sys(splice, wo, NULL, p[1], NULL, 1, 0), -EBADF);
	RET(sys(splice, p[0], NULL, open(NAME, O_RDONLY), NULL, 1, 0), -EBADF);
	RET(sys(splice, p[1], NULL, wo, NULL, 1, 0), -EBADF);
	RET(sys(splice, p[0], NULL, app, NULL, 1, 0), -EINVAL);
	RET(sys(splice, in, &below, p[1], NULL, 1, 0), -EINVAL);
	RET(sys(splice, p[0], NULL, wo, &below, 1, 0), -EINVAL);
	RET(sys(splice, p[0], NULL, wo, NULL, -1l, 0), -EINVAL);
	RET(sys(splice, dir, NULL, p[1], NULL, 1, 0), -EINVAL);
	EQ(in_pipe(p[0]), 1);
}

TEST("a splice waits for a writer")
{
	int out = make_letters(NAME, 0), status;

	make_pipes(0);
	if (!fork()) {
		usleep(50000);
		_exit(write(p[1], "late", 4) != 4);
	}
	RET(sys(splice, p[0], NULL, out, NULL, 100, 0), 4);
	wait(&status);
	EQ(status, 0);
}

/* ---- tee, vmsplice ----------------------------------------------------- */

TEST("tee leaves the bytes where they are")
{
	make_pipes(0);
	put(p[1], "hello ");
	RET(sys(tee, p[0], q[1], 4, 0), 4);
	RET(sys(tee, p[0], q[1], 100, 0), 6);
	GOT(q[0], "hellhello ");
	GOT(p[0], "hello ");
	RET(sys(tee, p[0], q[1], 100, 2), -EAGAIN);
	RET(sys(tee, p[0], q[1], 0, 0), 0);
	RET(sys(tee, p[0], q[1], 1, 16), -EINVAL);
	RET(sys(tee, p[0], p[1], 1, 0), -EINVAL);
	RET(sys(tee, p[1], q[1], 1, 0), -EBADF);
	RET(sys(tee, 99, q[1], 1, 0), -EBADF);
	RET(sys(tee, make_letters(NAME, 1), q[1], 1, 0), -EINVAL);
	close(p[1]);
	RET(sys(tee, p[0], q[1], 100, 0), 0);
}

TEST("vmsplice to and from a pipe")
{
	struct iovec out[2] = { { "hel", 3 }, { "lo", 2 } };
	struct iovec in[2] = { { buf, 2 }, { buf + 10, 50 } };

	make_pipes(0);
	RET(sys(vmsplice, p[1], out, 2, 0), 5);
	RET(sys(vmsplice, p[0], in, 2, 0), 5);
	EQ(memcmp(buf, "he", 2) | memcmp(buf + 10, "llo", 3), 0);
	RET(sys(vmsplice, p[0], in, 2, 2), -EAGAIN);
	RET(sys(vmsplice, p[0], in, 2, 16), -EINVAL);
	RET(sys(vmsplice, p[0], in, 1025, 0), -EINVAL);
	RET(sys(vmsplice, p[0], 1, 1, 0), -EFAULT);
	RET(sys(vmsplice, p[0], in, 0, 0), 0);
	RET(sys(vmsplice, 99, in, 1, 0), -EBADF);
	RET(sys(vmsplice, make_letters(NAME, 1), in, 1, 0), -EBADF);
	out[0].iov_base = (void *)PAGE;
	RET(sys(vmsplice, p[1], out, 1, 0), -EFAULT);
}

TEST("vmsplice: a buffer for each page")
{
	struct iovec v = { map(20) + 100, PAGES(18) };

	touch((char *)v.iov_base - 100, 20);
	make_pipes(0);
	RET(sys(vmsplice, p[1], &v, 1, 8), PAGES(16) - 100);
	RET(sys(vmsplice, p[1], &v, 1, 2), -EAGAIN);
}

/* ---- pipes as rings of buffers ----------------------------------------- */

TEST("the size of a pipe")
{
	make_pipes(O_NONBLOCK);
	RET(sys(fcntl, p[0], F_GETPIPE_SZ, 0), 65536);
	RET(sys(fcntl, p[1], F_SETPIPE_SZ, 5000), 8192);
	RET(sys(fcntl, p[0], F_SETPIPE_SZ, 0), 4096);
	RET(sys(fcntl, p[0], F_SETPIPE_SZ, 0x80000001), -EINVAL);
	RET(sys(fcntl, p[0], F_SETPIPE_SZ, 1 << 20), 1 << 20);
	RET(sys(fcntl, make_letters(NAME, 0), F_SETPIPE_SZ, 4096), -EBADF);
	RET(sys(fcntl, make_letters(NAME, 0), F_GETPIPE_SZ, 0), -EBADF);
	for (int i = 0; i < 256; i++)
		EQ(write(p[1], buf, 4096), 4096);
	RET(sys(write, p[1], buf, 1), -EAGAIN);
	RET(sys(fcntl, p[0], F_SETPIPE_SZ, 65536), -EBUSY);
	EQ(read(p[0], buf, 65536), 65536);
	RET(sys(fcntl, p[0], F_SETPIPE_SZ, 1 << 20), 1 << 20);
	EQ(in_pipe(p[0]), (1 << 20) - 65536);
	become_user();
	RET(sys(fcntl, p[0], F_SETPIPE_SZ, 2 << 20), -EPERM);
	RET(sys(fcntl, q[0], F_SETPIPE_SZ, 1 << 20), 1 << 20);
}

TEST("contents outlive a change of size, wherever the ring begins")
{
	make_pipes(O_NONBLOCK);
	for (int i = 0; i < 13; i++) {
		EQ(write(p[1], buf, 4096), 4096);
		EQ(read(p[0], buf, 4096), 4096);
	}
	make_letters(NAME, 30000);
	EQ(write(p[1], buf, 30000), 30000);
	RET(sys(fcntl, p[0], F_SETPIPE_SZ, 32768), 32768);
	RET(sys(fcntl, p[0], F_SETPIPE_SZ, 131072), 131072);
	EQ(read(p[0], buf, 70000), 30000);
	for (int i = 0; i < 30000; i++)
		if (buf[i] != 'a' + i % 26)
			die("byte %d is wrong", i);
}

TEST("a page is free when all of it is read")
{
	struct pollfd f;

	make_pipes(O_NONBLOCK);
	f = (struct pollfd){ p[1], POLLOUT, 0 };
	EQ(write(p[1], buf, 65536), 65536);
	EQ(poll(&f, 1, 0), 0);
	EQ(read(p[0], buf, 4095), 4095);
	RET(sys(write, p[1], buf, 1), -EAGAIN);
	EQ(poll(&f, 1, 0), 0);
	EQ(read(p[0], buf, 1), 1);
	EQ(poll(&f, 1, 0), 1);
	RET(sys(write, p[1], buf, 10), 10);
	EQ(poll(&f, 1, 0), 0);
	RET(sys(write, p[1], buf, 4086), 4086);	/* goes on in that page */
	RET(sys(write, p[1], buf, 1), -EAGAIN);
}

TEST("packets: O_DIRECT")
{
	make_pipes(O_DIRECT);
	put(p[1], "one");
	put(p[1], "three");
	EQ(in_pipe(p[0]), 8);
	EQ(read(p[0], buf, 2), 2);
	GOT(p[0], "three");
}

/* ---- sendfile, copy_file_range ----------------------------------------- */

TEST("sendfile to a pipe, to /dev/null, within a file")
{
	int fd = make_letters(NAME, 5000), null = open("/dev/null", O_WRONLY);
	int app = open(NAME, O_WRONLY | O_APPEND);
	long at = 4998;

	make_pipes(0);
	RET(sys(sendfile, p[1], fd, NULL, 3), 3);
	RET(sys(sendfile, p[1], fd, &at, 300), 2);
	EQ(at, 5000);
	GOT(p[0], "abcgh");
	RET(sys(sendfile, null, fd, NULL, 10000), 4997);
	RET(sys(sendfile, p[1], fd, NULL, 10000), 0);
	RET(sys(sendfile, app, fd, &at, 1), -EINVAL);
	RET(sys(sendfile, fd, p[0], NULL, 1), -EINVAL);
	RET(sys(sendfile, fd, p[0], &at, 1), -ESPIPE);
	RET(sys(sendfile, fd, 99, NULL, 1), -EBADF);
	RET(sys(sendfile, 99, fd, NULL, 1), -EBADF);
	RET(sys(sendfile, null, fd, 1, 1), -EFAULT);
	RET(sys(sendfile, null, fd, NULL, -1l), -EINVAL);
	RET(sys(sendfile, null, app, NULL, 1), -EBADF);
}

TEST("copy_file_range")
{
	int in = make_letters(NAME, 10000), out = make_letters(NAME "2", 0);
	long a = 1, b = 2;

	RET(sys(copy_file_range, in, &a, out, &b, 9000, 0), 9000);
	EQ(a, 9001);
	EQ(b, 9002);
	RET(sys(copy_file_range, in, &a, out, NULL, 9000, 0), 999);
	RET(sys(copy_file_range, in, &a, out, NULL, 9000, 0), 0);
	EQ(lseek(out, 0, SEEK_CUR), 999);
	EQ(lseek(in, 0, SEEK_CUR), 0);
	EQ(pread(out, buf, 2, 1000), 2);
	EQ(memcmp(buf, "lm", 2), 0);
	a = 0, b = 5000;
	RET(sys(copy_file_range, in, &a, in, &b, 5000, 0), 5000);
	a = 0, b = 4999;
	RET(sys(copy_file_range, in, &a, in, &b, 5000, 0), -EINVAL);
}

TEST("what copy_file_range refuses")
{
	int in = make_letters(NAME, 100), ro = open(NAME, O_RDONLY);
	int wo = open(NAME, O_WRONLY), app = open(NAME, O_RDWR | O_APPEND);
	int dir = open("/", O_RDONLY), null = open("/dev/null", O_RDWR);
	int elsewhere = open("/proc/version", O_RDONLY);
	long below = -1;

	make_pipes(0);
	RET(sys(copy_file_range, in, NULL, wo, NULL, 1, 1), -EINVAL);
	RET(sys(copy_file_range, 99, NULL, wo, NULL, 1, 1), -EBADF);
	RET(sys(copy_file_range, in, 1, wo, NULL, 1, 1), -EFAULT);
	RET(sys(copy_file_range, wo, NULL, wo, NULL, 1, 0), -EBADF);
	RET(sys(copy_file_range, in, NULL, ro, NULL, 1, 0), -EBADF);
	RET(sys(copy_file_range, in, NULL, app, NULL, 1, 0), -EBADF);
	RET(sys(copy_file_range, dir, NULL, wo, NULL, 1, 0), -EISDIR);
	RET(sys(copy_file_range, null, NULL, wo, NULL, 1, 0), -EINVAL);
	RET(sys(copy_file_range, p[0], NULL, wo, NULL, 1, 0), -EINVAL);
	RET(sys(copy_file_range, elsewhere, NULL, wo, NULL, 1, 0), -EXDEV);
	RET(sys(copy_file_range, in, &below, wo, NULL, 1, 0), -EOVERFLOW);
}

/* ---- preadv2, pwritev2 and relatives ----------------------------------- */

TEST("reads and writes with flags")
{
	struct iovec v = { buf, 3 }, none = { buf, 0 };
	int fd = make_letters(NAME, 100);

	RET(sys(preadv2, fd, &v, 1, 5l, 0l, 0), 3);
	EQ(memcmp(buf, "fgh", 3), 0);
	RET(sys(preadv2, fd, &v, 1, -1l, 0l, 1), 3);
	EQ(lseek(fd, 0, SEEK_CUR), 3);
	RET(sys(preadv2, fd, &v, 1, -2l, 0l, 0), -EINVAL);
	RET(sys(preadv2, fd, &v, 1, 0l, 0l, 32), -EOPNOTSUPP);
	RET(sys(preadv2, fd, &none, 1, 0l, 0l, 32), 0);
	RET(sys(pwritev2, fd, &v, 1, 0l, 0l, 16), 3);
	EQ(lseek(fd, 0, SEEK_CUR), 3);
	EQ(lseek(fd, 0, SEEK_END), 103);
	lseek(fd, 1, SEEK_SET);
	RET(sys(pwritev2, fd, &v, 1, -1l, 0l, 16 | 2 | 4), 3);
	EQ(lseek(fd, 0, SEEK_CUR), 106);
	RET(sys(pwritev2, fd, &v, 1, 0l, 0l, 32), -EOPNOTSUPP);
}

TEST("readahead, sync_file_range")
{
	int fd = make_letters(NAME, 100), wo = open(NAME, O_WRONLY);

	make_pipes(0);
	RET(sys(readahead, fd, 0l, 100), 0);
	RET(sys(readahead, wo, 0l, 100), -EBADF);
	RET(sys(readahead, p[0], 0l, 100), -EINVAL);
	RET(sys(sync_file_range, fd, 0l, 0l, 7), 0);
	RET(sys(sync_file_range, fd, 0l, 0l, 8), -EINVAL);
	RET(sys(sync_file_range, fd, -1l, 1l, 0), -EINVAL);
	RET(sys(sync_file_range, fd, 2l, -1l, 0), -EINVAL);
	RET(sys(sync_file_range, p[0], 0l, 0l, 0), -ESPIPE);
	RET(sys(sync_file_range, 99, 0l, 0l, 0), -EBADF);
}

TEST("FIONBIO and FIOCLEX of a pipe")
{
	int on = 1;

	make_pipes(0);
	RET(sys(ioctl, p[0], FIONBIO, &on), 0);
	RET(sys(read, p[0], buf, 1), -EAGAIN);
	RET(sys(ioctl, p[0], FIONBIO, 1), -EFAULT);
	RET(sys(ioctl, p[0], FIOCLEX, 0), 0);
	EQ(fcntl(p[0], F_GETFD), FD_CLOEXEC);
	RET(sys(ioctl, p[0], FIONCLEX, 0), 0);
	EQ(fcntl(p[0], F_GETFD), 0);
	RET(sys(ioctl, p[0], FIONREAD, 1), -EFAULT);
}

/* Somebody else reads and writes both pipes meanwhile: no byte twice, none
 * lost. */
TEST("splice between busy pipes")
{
	enum { BYTES = 200000 };
	long moved = 0, n = 1;
	int status, sum = 0, bad = 0;

	make_pipes(0);
	if (!fork()) {
		for (int i = 0; i < BYTES; i += n) {
			for (int j = 0; j < 777; j++)
				buf[j] = (i + j) % 251;
			n = write(p[1], buf, BYTES - i < 777 ? BYTES - i : 777);
		}
		_exit(0);
	}
	close(p[1]);
	if (!fork()) {
		close(q[1]);
		while ((n = read(q[0], buf, 501)) > 0)
			for (long i = 0; i < n; i++, sum++)
				bad += (unsigned char)buf[i] != sum % 251;
		_exit(bad || sum != BYTES);
	}
	close(q[0]);
	while ((n = sys(splice, p[0], NULL, q[1], NULL, 1000, 0)) > 0)
		moved += n;
	EQ(n, 0);
	EQ(moved, BYTES);
	close(q[1]);
	for (int i = 0; i < 2; i++) {
		wait(&status);
		EQ(status, 0);
	}
}
