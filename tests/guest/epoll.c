/* SPDX-License-Identifier: GPL-2.0 */
/*
 * epoll: levels and edges, one shots, epolls in epolls, what goes at a close,
 * errors.
 */
#include "test.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#ifndef EPOLLEXCLUSIVE
#define EPOLLEXCLUSIVE (1u << 28)
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

static int ep, pipe_fd[2];
static struct epoll_event got[8];

static void make(void)
{
	ep = epoll_create1(0);
	if (ep < 0 || pipe(pipe_fd))
		die("no epoll, or no pipe: errno %d", errno);
}

static long ctl(int e, int op, int fd, unsigned events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	return sys(epoll_ctl, e, op, fd, &ev);
}

static long add(int fd, unsigned events)
{
	return ctl(ep, EPOLL_CTL_ADD, fd, events);
}

static long look(void)
{
	return sys(epoll_wait, ep, got, 8, 0);
}

static void put(const char *text)
{
	EQ(write(pipe_fd[1], text, strlen(text)), strlen(text));
}

static void get(size_t n)
{
	char buf[16];

	EQ(read(pipe_fd[0], buf, n), n);
}

TEST("level: as long as it is so, with the data that was given")
{
	make();
	RET(add(pipe_fd[0], EPOLLIN), 0);
	RET(look(), 0);
	put("ab");
	RET(look(), 1);
	EQ(got[0].events, EPOLLIN);
	EQ(got[0].data.fd, pipe_fd[0]);
	RET(look(), 1);
	get(1);
	RET(look(), 1);
	get(1);
	RET(look(), 0);
	close(pipe_fd[1]);
	RET(look(), 1);
	EQ(got[0].events, EPOLLHUP);
}

TEST("edge: once for each write, not for what a read leaves")
{
	make();
	put("x");
	RET(add(pipe_fd[0], EPOLLIN | EPOLLET), 0);
	RET(look(), 1);
	RET(look(), 0);
	put("yz");
	RET(look(), 1);
	get(1);
	RET(look(), 0);
	RET(ctl(ep, EPOLL_CTL_MOD, pipe_fd[0], EPOLLIN | EPOLLET), 0);
	RET(look(), 1);
	RET(look(), 0);
}

TEST("one shot: until it is modified")
{
	make();
	put("x");
	RET(add(pipe_fd[0], EPOLLIN | EPOLLONESHOT), 0);
	RET(look(), 1);
	RET(look(), 0);
	put("y");
	RET(look(), 0);
	RET(ctl(ep, EPOLL_CTL_MOD, pipe_fd[0], EPOLLIN | EPOLLONESHOT), 0);
	RET(look(), 1);
	RET(look(), 0);
}

TEST("both ends, in turns when there is room for one")
{
	make();
	put("x");
	RET(add(pipe_fd[0], EPOLLIN), 0);
	RET(add(pipe_fd[1], EPOLLOUT), 0);
	RET(look(), 2);
	RET(sys(epoll_wait, ep, got, 1, 0), 1);
	RET(sys(epoll_wait, ep, got + 1, 1, 0), 1);
	OK(got[0].data.fd != got[1].data.fd);
	RET(ctl(ep, EPOLL_CTL_DEL, pipe_fd[1], 0), 0);
	RET(look(), 1);
	RET(ctl(ep, EPOLL_CTL_MOD, pipe_fd[0], EPOLLOUT), 0);
	RET(look(), 0);
}

TEST("a close takes it away, of the last descriptor only")
{
	int other;

	make();
	put("x");
	RET(add(pipe_fd[0], EPOLLIN), 0);
	other = dup(pipe_fd[0]);
	RET(add(other, EPOLLIN), 0);
	RET(look(), 2);
	close(pipe_fd[0]);
	RET(look(), 2);
	RET(ctl(ep, EPOLL_CTL_DEL, pipe_fd[0], 0), -EBADF);
	close(other);
	RET(look(), 0);
}

/* ---- sleeping ---------------------------------------------------------- */

TEST("a write wakes a sleeper; time runs out; a signal")
{
	struct timespec ts = { 0, 10000000 };
	int pid, status;

	make();
	RET(add(pipe_fd[0], EPOLLIN), 0);
	pid = fork();
	if (!pid) {
		usleep(20000);
		put("x");
		_exit(0);
	}
	RET(sys(epoll_wait, ep, got, 8, -1), 1);
	waitpid(pid, &status, 0);
	get(1);
	RET(sys(epoll_wait, ep, got, 8, 10), 0);
	RET(sys(epoll_pwait2, ep, got, 8, &ts, NULL, 0), 0);
	ts.tv_nsec = 1000000000;
	RET(sys(epoll_pwait2, ep, got, 8, &ts, NULL, 0), -EINVAL);
	RET(sys(epoll_pwait2, ep, got, 8, 1, NULL, 0), -EFAULT);
}

static int signals;
static void on_signal(int sig) { (void)sig; signals++; }

TEST("epoll_pwait: a signal of the mask it waits with; EINTR, no restart")
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESTART };
	uint64_t none = 0, usr1 = 1ull << (SIGUSR1 - 1), now = 0;

	make();
	RET(add(pipe_fd[0], EPOLLIN), 0);
	sigaction(SIGUSR1, &sa, NULL);
	RET(sys(rt_sigprocmask, SIG_BLOCK, &usr1, NULL, 8), 0);
	kill(getpid(), SIGUSR1);
	RET(sys(epoll_pwait, ep, got, 8, 10, &usr1, 8), 0);
	EQ(signals, 0);
	RET(sys(epoll_pwait, ep, got, 8, -1, &none, 8), -EINTR);
	EQ(signals, 1);
	RET(sys(rt_sigprocmask, SIG_BLOCK, NULL, &now, 8), 0);
	EQ(now, usr1);
	RET(sys(epoll_pwait, ep, got, 8, 0, &none, 4), -EINVAL);
	RET(sys(epoll_pwait, ep, got, 8, 0, 1, 8), -EFAULT);
}

/* ---- epolls in epolls -------------------------------------------------- */

TEST("an epoll can be polled, and watched by another")
{
	struct pollfd p;
	int outer;

	make();
	outer = epoll_create1(EPOLL_CLOEXEC);
	EQ(fcntl(outer, F_GETFD), FD_CLOEXEC);
	RET(add(pipe_fd[0], EPOLLIN), 0);
	RET(ctl(outer, EPOLL_CTL_ADD, ep, EPOLLIN), 0);
	RET(sys(epoll_wait, outer, got, 8, 0), 0);
	put("x");
	RET(sys(epoll_wait, outer, got, 8, 0), 1);
	EQ(got[0].data.fd, ep);
	p = (struct pollfd){ .fd = outer, .events = POLLIN | POLLOUT };
	EQ(poll(&p, 1, 0), 1);
	EQ(p.revents, POLLIN);
	get(1);
	RET(sys(epoll_wait, outer, got, 8, 0), 0);
	EQ(poll(&p, 1, 0), 0);
	put("y");
	close(ep);
	RET(sys(epoll_wait, outer, got, 8, 0), 0);
}

TEST("no circle, and no tower without end")
{
	int e[32], i;
	long ret = 0;

	for (i = 0; i < 32; i++)
		e[i] = epoll_create1(0);
	RET(ctl(e[0], EPOLL_CTL_ADD, e[0], EPOLLIN), -EINVAL);
	RET(ctl(e[1], EPOLL_CTL_ADD, e[0], EPOLLIN), 0);
	RET(ctl(e[0], EPOLL_CTL_ADD, e[1], EPOLLIN), -ELOOP);
	RET(ctl(e[2], EPOLL_CTL_ADD, e[1], EPOLLIN), 0);
	RET(ctl(e[0], EPOLL_CTL_ADD, e[2], EPOLLIN), -ELOOP);
	RET(ctl(e[3], EPOLL_CTL_ADD, e[0], EPOLLIN), 0);
	RET(ctl(e[3], EPOLL_CTL_ADD, e[1], EPOLLIN), 0);
	for (i = 3; i < 32 && !ret; i++)
		ret = ctl(e[i], EPOLL_CTL_ADD, e[i - 1], EPOLLIN);
	EQ(ret, -ELOOP);
	EQ(i - 1, 5);
}

/* ---- errors ------------------------------------------------------------ */

TEST("epoll_create, epoll_ctl: errors in Linux's order")
{
	struct epoll_event ev = { .events = EPOLLIN };
	int file, dir = open("/", O_RDONLY);

	make();
	file = open("/tmp/epoll.file", O_RDWR | O_CREAT, 0600);
	RET(sys(epoll_create, 0), -EINVAL);
	RET(sys(epoll_create1, 1), -EINVAL);
	RET(sys(epoll_ctl, 99, EPOLL_CTL_ADD, pipe_fd[0], 1), -EFAULT);
	RET(sys(epoll_ctl, 99, EPOLL_CTL_ADD, pipe_fd[0], &ev), -EBADF);
	RET(add(99, EPOLLIN), -EBADF);
	RET(add(file, EPOLLIN), -EPERM);
	RET(add(dir, EPOLLIN), -EPERM);
	RET(add(ep, EPOLLIN), -EINVAL);
	RET(ctl(pipe_fd[0], EPOLL_CTL_ADD, pipe_fd[1], EPOLLIN), -EINVAL);
	RET(ctl(ep, 9, pipe_fd[0], EPOLLIN), -EINVAL);
	RET(ctl(ep, EPOLL_CTL_MOD, pipe_fd[0], EPOLLIN), -ENOENT);
	RET(ctl(ep, EPOLL_CTL_DEL, pipe_fd[0], 0), -ENOENT);
	RET(add(pipe_fd[0], EPOLLIN), 0);
	RET(add(pipe_fd[0], EPOLLIN), -EEXIST);
	RET(sys(epoll_ctl, ep, EPOLL_CTL_DEL, pipe_fd[0], NULL), 0);
	unlink("/tmp/epoll.file");
}

TEST("EPOLLEXCLUSIVE: accepted, and what does not go with it")
{
	int inner = epoll_create1(0);

	make();
	RET(add(pipe_fd[0], EPOLLIN | EPOLLEXCLUSIVE), 0);
	put("x");
	RET(look(), 1);
	RET(ctl(ep, EPOLL_CTL_MOD, pipe_fd[0], EPOLLIN), -EINVAL);
	RET(add(pipe_fd[1], EPOLLEXCLUSIVE | EPOLLONESHOT), -EINVAL);
	RET(add(inner, EPOLLIN | EPOLLEXCLUSIVE), -EINVAL);
	RET(add(pipe_fd[1], EPOLLOUT), 0);
	RET(ctl(ep, EPOLL_CTL_MOD, pipe_fd[1], EPOLLEXCLUSIVE), -EINVAL);
}

TEST("epoll_wait: bad arguments, and an event is not lost by them")
{
	char *p = map(1);

	make();
	put("x");
	RET(add(pipe_fd[0], EPOLLIN | EPOLLET), 0);
	RET(sys(epoll_wait, ep, got, 0, 0), -EINVAL);
	RET(sys(epoll_wait, ep, got, 1 << 30, 0), -EINVAL);
	RET(sys(epoll_wait, 99, got, 8, 0), -EBADF);
	RET(sys(epoll_wait, pipe_fd[0], got, 8, 0), -EINVAL);
	RET(sys(epoll_wait, ep, -1ul << 20, 8, 0), -EFAULT);
	RET(protect(p, PAGE, PROT_READ), 0);
	RET(sys(epoll_wait, ep, p, 8, 0), -EFAULT);
	RET(look(), 1);
	RET(look(), 0);
	RET(sys(read, ep, got, 8), -EINVAL);
}

TEST("items fit memory: ENOSPC or ENOMEM before it is full")
{
	int e = epoll_create1(0), fd, n = 0;

	make();
	set_limit(RLIMIT_NOFILE, 4096, 4096);
	while ((fd = dup(pipe_fd[0])) >= 0 &&
	       !ctl(e, EPOLL_CTL_ADD, fd, EPOLLIN))
		n++;
	OK(n > 500);
	put("x");
	RET(sys(epoll_wait, e, got, 8, 0), 8);
	close(e);
}

/* Linux refuses so many ways (EINVAL); here the wakeup takes none twice. */
TEST("five layers of sixty epolls over one file: a wakeup ends")
{
	enum { LAYERS = 5, WIDTH = 60 };
	int fd[LAYERS][WIDTH], bottom = eventfd(0, EFD_NONBLOCK);
	long ret = 0;

	for (int l = 0; l < LAYERS; l++)
		for (int i = 0; i < WIDTH; i++)
			fd[l][i] = epoll_create1(0);
	for (int l = 0; l < LAYERS && !ret; l++)
		for (int i = 0; i < WIDTH && !ret; i++)
			for (int j = 0; j < (l ? WIDTH : 1) && !ret; j++)
				ret = ctl(fd[l][i], EPOLL_CTL_ADD,
					  l ? fd[l - 1][j] : bottom, EPOLLIN);
	OK(!ret || ret == -EINVAL);
	for (int i = 0; i < 8; i++)
		EQ(eventfd_write(bottom, 1), 0);
	RET(sys(epoll_wait, fd[0][WIDTH - 1], got, 8, 0), 1);
	if (!ret)
		RET(sys(epoll_wait, fd[LAYERS - 1][0], got, 1, 0), 1);
}
