/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Descriptors of events: signals (signalfd), times (timerfd), counts (eventfd).
 */
#include "test.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && p.revents == POLLIN;
}

/* ---- signalfd ---------------------------------------------------------- */

static uint64_t bit(int sig)
{
	return 1ull << (sig - 1);
}

static long sigfd(int fd, uint64_t mask, int flags)
{
	return sys(signalfd4, fd, &mask, 8, flags);
}

static int blocked_sigfd(uint64_t mask, int flags)
{
	RET(sys(rt_sigprocmask, SIG_BLOCK, &mask, NULL, 8), 0);
	return sigfd(-1, mask, flags);
}

TEST("signalfd: errors")
{
	uint64_t mask = bit(SIGUSR1);
	char buf[128];
	int fd = sigfd(-1, mask, SFD_NONBLOCK | SFD_CLOEXEC);

	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	RET(sys(signalfd4, -1, &mask, 4, 0), -EINVAL);
	RET(sys(signalfd4, -1, 1, 8, 0), -EFAULT);
	RET(sigfd(-1, mask, 1), -EINVAL);
	RET(sigfd(99, mask, 0), -EBADF);
	RET(sigfd(0, mask, 0), -EINVAL);
	RET(sys(read, fd, buf, 127), -EINVAL);
	RET(sys(read, fd, buf, 128), -EAGAIN);
	RET(sys(write, fd, buf, 128), -EINVAL);
}

TEST("signalfd: a signal with its sender, several at once, a new mask")
{
	int fd = blocked_sigfd(bit(SIGUSR1) | bit(SIGUSR2) | bit(SIGRTMIN),
			       SFD_NONBLOCK);
	struct signalfd_siginfo s[3];

	OK(!readable(fd));
	kill(getpid(), SIGUSR1);
	OK(readable(fd));
	EQ(read(fd, s, sizeof(s)), 128);
	EQ(s[0].ssi_signo, SIGUSR1);
	EQ(s[0].ssi_code, SI_USER);
	EQ(s[0].ssi_pid, getpid());
	EQ(s[0].ssi_uid, 0);
	kill(getpid(), SIGUSR2);
	kill(getpid(), SIGUSR1);
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 77 });
	EQ(read(fd, s, sizeof(s)), 384);
	EQ(s[0].ssi_signo, SIGUSR1);
	EQ(s[1].ssi_signo, SIGUSR2);
	EQ(s[2].ssi_int, 77);
	EQ(s[2].ssi_code, SI_QUEUE);
	RET(sys(read, fd, s, 128), -EAGAIN);
	RET(sigfd(fd, bit(SIGUSR2), 0), fd);
	kill(getpid(), SIGUSR1);
	OK(!readable(fd));
	RET(sys(read, fd, s, 128), -EAGAIN);
}

TEST("signalfd: a blocked read is woken; SIGCHLD tells of the child")
{
	int fd = blocked_sigfd(bit(SIGCHLD), 0), pid;
	struct signalfd_siginfo s;

	pid = fork();
	if (!pid) {
		usleep(20000);
		_exit(7);
	}
	EQ(read(fd, &s, sizeof(s)), 128);
	EQ(s.ssi_signo, SIGCHLD);
	EQ(s.ssi_code, CLD_EXITED);
	EQ(s.ssi_pid, pid);
	EQ(s.ssi_status, 7);
	waitpid(pid, NULL, 0);
}

TEST("signalfd: epoll; SIGKILL in the mask changes nothing")
{
	int fd = blocked_sigfd(bit(SIGTERM) | bit(SIGKILL), 0);
	int ep = epoll_create1(0);
	struct epoll_event ev = { .events = EPOLLIN };

	RET(sys(epoll_ctl, ep, EPOLL_CTL_ADD, fd, &ev), 0);
	RET(sys(epoll_wait, ep, &ev, 1, 0), 0);
	kill(getpid(), SIGTERM);
	RET(sys(epoll_wait, ep, &ev, 1, -1), 1);
}

/* ---- timerfd ----------------------------------------------------------- */

static long arm(int fd, int flags, long sec, long ns, long isec, long ins)
{
	struct itimerspec v = { { isec, ins }, { sec, ns } };

	return sys(timerfd_settime, fd, flags, &v, NULL);
}

TEST("timerfd: errors")
{
	struct itimerspec v;
	char buf[8];
	int fd = sys(timerfd_create, CLOCK_MONOTONIC,
		     TFD_NONBLOCK | TFD_CLOEXEC);

	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	RET(sys(timerfd_create, CLOCK_PROCESS_CPUTIME_ID, 0), -EINVAL);
	RET(sys(timerfd_create, CLOCK_MONOTONIC_RAW, 0), -EINVAL);
	RET(sys(timerfd_create, CLOCK_MONOTONIC, 1), -EINVAL);
	RET(sys(timerfd_settime, fd, 0, 1, NULL), -EFAULT);
	RET(arm(fd, 4, 1, 0, 0, 0), -EINVAL);
	RET(arm(fd, 0, 0, 1000000000, 0, 0), -EINVAL);
	RET(arm(fd, 0, -1, 0, 0, 0), -EINVAL);
	RET(arm(fd, 0, 1, 0, 0, -1), -EINVAL);
	RET(arm(99, 0, 1, 0, 0, 0), -EBADF);
	RET(arm(0, 0, 1, 0, 0, 0), -EINVAL);
	RET(sys(timerfd_gettime, 99, &v), -EBADF);
	RET(sys(timerfd_gettime, 0, &v), -EINVAL);
	RET(sys(timerfd_gettime, fd, 1), -EFAULT);
	RET(sys(read, fd, buf, 7), -EINVAL);
	RET(sys(read, fd, buf, 8), -EAGAIN);
	RET(sys(write, fd, buf, 8), -EINVAL);
}

static const struct clock_row { const char *name; int clock; } clock_rows[] = {
	{ "CLOCK_REALTIME", CLOCK_REALTIME },
	{ "CLOCK_MONOTONIC", CLOCK_MONOTONIC },
	{ "CLOCK_BOOTTIME", CLOCK_BOOTTIME },
};

static void on_clock(const void *arg)
{
	int clock = ((const struct clock_row *)arg)->clock;
	int fd = sys(timerfd_create, clock, 0);
	struct itimerspec v, old;
	struct timespec now;
	uint64_t n;

	/* relative, once */
	RET(arm(fd, 0, 0, 5000000, 0, 0), 0);
	EQ(read(fd, &n, 8), 8);
	EQ(n, 1);
	RET(sys(timerfd_gettime, fd, &v), 0);
	EQ(v.it_value.tv_sec | v.it_value.tv_nsec, 0);
	/* absolute: to come, and long ago */
	clock_gettime(clock, &now);
	RET(arm(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
		now.tv_sec + 1, now.tv_nsec, 0, 0), 0);
	OK(!readable(fd));
	RET(arm(fd, TFD_TIMER_ABSTIME, 0, 1, 0, 0), 0);
	EQ(read(fd, &n, 8), 8);
	EQ(n, 1);
	/* far away, then off */
	RET(arm(fd, 0, 1000, 0, 3, 4), 0);
	RET(sys(timerfd_gettime, fd, &v), 0);
	OK(v.it_value.tv_sec >= 900 && v.it_value.tv_sec <= 1000);
	EQ(v.it_interval.tv_sec, 3);
	EQ(v.it_interval.tv_nsec, 4);
	v = (struct itimerspec){ { 0, 0 }, { 0, 0 } };
	RET(sys(timerfd_settime, fd, 0, &v, &old), 0);
	OK(old.it_value.tv_sec >= 900);
	RET(sys(timerfd_gettime, fd, &v), 0);
	EQ(v.it_value.tv_sec | v.it_value.tv_nsec, 0);
}
TEST_TABLE("timerfd: ", clock_rows, on_clock);

TEST("timerfd: an interval counts what was missed")
{
	int fd = sys(timerfd_create, CLOCK_MONOTONIC, 0);
	uint64_t n;

	RET(arm(fd, 0, 0, 1000000, 0, 1000000), 0);
	usleep(50000);
	EQ(read(fd, &n, 8), 8);
	OK(n >= 40);
	EQ(read(fd, &n, 8), 8);
	OK(n >= 1);
	/* set anew: nothing is left of before */
	usleep(5000);
	RET(arm(fd, 0, 1000, 0, 0, 0), 0);
	OK(!readable(fd));
}

TEST("timerfd: the shortest interval does not stop the system")
{
	int fd = sys(timerfd_create, CLOCK_MONOTONIC, 0);
	uint64_t n;

	RET(arm(fd, 0, 0, 1, 0, 1), 0);
	for (int i = 0; i < 100; i++)
		EQ(read(fd, &n, 8), 8);
}

TEST("timerfd: poll and epoll wait for it")
{
	int fd = sys(timerfd_create, CLOCK_MONOTONIC, 0);
	int ep = epoll_create1(0);
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	struct pollfd p = { .fd = fd, .events = POLLIN };

	RET(sys(epoll_ctl, ep, EPOLL_CTL_ADD, fd, &ev), 0);
	RET(sys(epoll_wait, ep, &ev, 1, 0), 0);
	RET(arm(fd, 0, 0, 10000000, 0, 0), 0);
	EQ(poll(&p, 1, -1), 1);
	EQ(p.revents, POLLIN);
	RET(sys(epoll_wait, ep, &ev, 1, -1), 1);
	RET(sys(epoll_wait, ep, &ev, 1, 0), 0);
}

static void on_signal(int sig) { (void)sig; }

TEST("timerfd: a signal ends a read")
{
	int fd = sys(timerfd_create, CLOCK_MONOTONIC, 0);
	struct sigaction sa = { .sa_handler = on_signal };
	uint64_t n;

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 20000 },
						    { 0, 20000 } }, NULL);
	RET(sys(read, fd, &n, 8), -EINTR);
}

/* ---- eventfd ----------------------------------------------------------- */

TEST("eventfd: edges of epoll are writes, not reads")
{
	int fd = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK);
	int ep = epoll_create1(0);
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	uint64_t n = 3;

	RET(sys(epoll_ctl, ep, EPOLL_CTL_ADD, fd, &ev), 0);
	EQ(write(fd, &n, 8), 8);
	RET(sys(epoll_wait, ep, &ev, 1, 0), 1);
	EQ(read(fd, &n, 8), 8);
	EQ(n, 1);
	RET(sys(epoll_wait, ep, &ev, 1, 0), 0);
	EQ(write(fd, &n, 8), 8);
	RET(sys(epoll_wait, ep, &ev, 1, 0), 1);
}
