/* SPDX-License-Identifier: GPL-2.0 */
/*
 * POSIX message queues: names and permissions, priorities, waiting,
 * notification, limits.
 */
#include "test.h"

#include <mqueue.h>
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>

#define NAME "guest-test"

static char buf[16384];
static int mq;

static long open_mq(const char *name, int flags, long maxmsg, long msgsize)
{
	struct mq_attr a = { .mq_maxmsg = maxmsg, .mq_msgsize = msgsize };

	return sys(mq_open, name, flags, 0600, maxmsg ? &a : NULL);
}

static void make(long maxmsg, long msgsize)
{
	mq = open_mq(NAME, O_CREAT | O_EXCL | O_RDWR, maxmsg, msgsize);
	if (mq < 0)
		die("mq_open: %s", ret_name(mq));
	RET(sys(mq_unlink, NAME), 0);
}

static long send(const char *text, unsigned prio)
{
	return sys(mq_timedsend, mq, text, strlen(text) + 1, prio, NULL);
}

/* The text, with the priority before it. */
static const char *receive(void)
{
	static char text[64];
	unsigned prio = 0;
	long n = sys(mq_timedreceive, mq, buf, sizeof(buf), &prio, NULL);

	snprintf(text, sizeof(text), "%u%.40s", prio,
		 n < 0 ? ret_name(n) : buf);
	return text;
}

static long messages(void)
{
	struct mq_attr a;

	RET(sys(mq_getsetattr, mq, NULL, &a), 0);
	return a.mq_curmsgs;
}

static void nonblock(long flags)
{
	struct mq_attr a = { .mq_flags = flags };

	RET(sys(mq_getsetattr, mq, &a, NULL), 0);
}

/* ---- names ------------------------------------------------------------- */

static const struct open_row {
	const char *name;
	const char *queue;
	int flags;
	long maxmsg, msgsize, want;	/* want 0: a descriptor */
} open_rows[] = {
	{ "not there", "none", O_RDWR, 0, 0, -ENOENT },
	{ "exclusive", NAME, O_CREAT | O_EXCL, 0, 0, -EEXIST },
	{ "there, attributes do not matter", NAME, O_CREAT, -1, -1, 0 },
	{ "access mode 3", NAME, 3, 0, 0, -EINVAL },
	{ "slash", "a/b", O_CREAT, 0, 0, -EACCES },
	{ "leading slash", "/" NAME, O_RDWR, 0, 0, -EACCES },
	{ "dot", ".", O_CREAT, 0, 0, -EACCES },
	{ "empty", "", O_CREAT, 0, 0, -ENOENT },
	{ "no messages", "new", O_CREAT, -1, 1, -EINVAL },
	{ "no size", "new", O_CREAT, 1, 0, -EINVAL },
	{ "too many messages", "new", O_CREAT, 65537, 1, -EINVAL },
	{ "too large", "new", O_CREAT, 1, (16 << 20) + 1, -EINVAL },
	{ "over RLIMIT_MSGQUEUE", "new", O_CREAT, 100, 8192, -EMFILE },
	{ "within it", "new", O_CREAT, 80, 8192, 0 },
};

static void open_one(const void *arg)
{
	const struct open_row *r = arg;
	long fd, queue = open_mq(NAME, O_CREAT | O_RDWR, 0, 0);

	OK(queue >= 0);
	fd = open_mq(r->queue, r->flags, r->maxmsg, r->msgsize);
	if (r->want)
		RET(fd, r->want);
	else
		OK(fd >= 0);
	sys(mq_unlink, "new");
	RET(sys(mq_unlink, NAME), 0);
	RET(sys(mq_unlink, NAME), -ENOENT);
}
TEST_TABLE("mq_open: ", open_rows, open_one);

TEST("names: too long, bad pointers; descriptors close on exec")
{
	static char name[300];

	memset(name, 'n', 256);
	RET(open_mq(name, O_CREAT, 0, 0), -ENAMETOOLONG);
	RET(sys(mq_unlink, name), -ENAMETOOLONG);
	name[255] = '\0';
	mq = open_mq(name, O_CREAT | O_RDONLY, 0, 0);
	EQ(fcntl(mq, F_GETFD), FD_CLOEXEC);
	RET(sys(mq_unlink, name), 0);
	RET(sys(mq_open, 1, O_CREAT, 0600, NULL), -EFAULT);
	RET(sys(mq_open, NAME, O_CREAT, 0600, 1), -EFAULT);
	RET(sys(mq_unlink, 1), -EFAULT);
	RET(sys(mq_unlink, "a/b"), -EACCES);
	RET(sys(mq_unlink, ""), -ENOENT);
}

TEST("an unlinked queue lives on; a new one of its name is another")
{
	int old;

	make(4, 64);
	RET(send("old", 0), 0);
	old = mq;
	make(4, 64);
	EQ(messages(), 0);
	mq = old;
	EQ(messages(), 1);
}

TEST("permissions")
{
	long fd;

	umask(0);
	fd = sys(mq_open, NAME, O_CREAT | O_RDWR, 0604, NULL);
	OK(fd >= 0);
	if (!fork()) {
		become_user();
		RET(open_mq(NAME, O_WRONLY, 0, 0), -EACCES);
		RET(open_mq(NAME, O_RDWR | O_CREAT, 0, 0), -EACCES);
		mq = open_mq(NAME, O_RDONLY, 0, 0);
		OK(mq >= 0);
		RET(send("x", 0), -EBADF);
		RET(sys(mq_unlink, NAME), -EPERM);
		RET(open_mq("over-default", O_CREAT, 11, 64), -EINVAL);
		RET(open_mq("over-default", O_CREAT, 1, 8193), -EINVAL);
		exit(0);
	}
	wait(NULL);
	RET(sys(mq_unlink, NAME), 0);
}

/* ---- messages ---------------------------------------------------------- */

TEST("highest priority first, of equal ones the oldest")
{
	make(8, 64);
	RET(send("a", 1), 0);
	RET(send("b", 5), 0);
	RET(send("c", 1), 0);
	RET(send("d", 5), 0);
	RET(send("e", 32767), 0);
	EQ(messages(), 5);
	STR(receive(), "32767e");
	STR(receive(), "5b");
	STR(receive(), "5d");
	STR(receive(), "1a");
	STR(receive(), "1c");
	EQ(messages(), 0);
}

TEST("full and empty: EAGAIN, ETIMEDOUT; poll and epoll")
{
	struct timespec past = { 1, 0 }, bad = { 0, 1000000000 }, soon;
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	struct pollfd p;
	int ep = epoll_create1(0);

	make(2, 64);
	p = (struct pollfd){ .fd = mq, .events = POLLIN | POLLOUT };
	RET(sys(epoll_ctl, ep, EPOLL_CTL_ADD, mq, &ev), 0);
	EQ(poll(&p, 1, 0), 1);
	EQ(p.revents, POLLOUT);
	RET(sys(mq_timedreceive, mq, buf, 64, NULL, &past), -ETIMEDOUT);
	RET(send("a", 0), 0);
	EQ(poll(&p, 1, 0), 1);
	EQ(p.revents, POLLIN | POLLOUT);
	RET(sys(epoll_wait, ep, &ev, 1, 0), 1);
	RET(sys(mq_timedsend, mq, "b", 2, 0, &past), 0);
	EQ(poll(&p, 1, 0), 1);
	EQ(p.revents, POLLIN);
	RET(sys(mq_timedsend, mq, "c", 2, 0, &past), -ETIMEDOUT);
	RET(sys(mq_timedsend, mq, "c", 2, 0, &bad), -EINVAL);
	RET(sys(mq_timedsend, mq, "c", 2, 0, 1), -EFAULT);
	clock_gettime(CLOCK_REALTIME, &soon);
	soon.tv_nsec += 20000000;
	if (soon.tv_nsec >= 1000000000)
		soon = (struct timespec){ soon.tv_sec + 1, 0 };
	RET(sys(mq_timedsend, mq, "c", 2, 0, &soon), -ETIMEDOUT);
	nonblock(O_NONBLOCK);
	RET(send("c", 0), -EAGAIN);
	STR(receive(), "0a");
	STR(receive(), "0b");
	RET(sys(mq_timedreceive, mq, buf, 64, NULL, NULL), -EAGAIN);
}

TEST("bad arguments")
{
	make(2, 64);
	RET(sys(mq_timedsend, mq, buf, 65, 0, NULL), -EMSGSIZE);
	RET(sys(mq_timedsend, mq, buf, 1, 32768, NULL), -EINVAL);
	RET(sys(mq_timedsend, mq, 1, 1, 0, NULL), -EFAULT);
	RET(sys(mq_timedsend, 0, buf, 1, 0, NULL), -EBADF);
	RET(sys(mq_timedsend, 99, buf, 1, 0, NULL), -EBADF);
	RET(sys(mq_timedreceive, mq, buf, 63, NULL, NULL), -EMSGSIZE);
	RET(sys(mq_timedreceive, 0, buf, 64, NULL, NULL), -EBADF);
	RET(sys(mq_timedsend, mq, NULL, 0, 0, NULL), 0);
	RET(sys(mq_timedreceive, mq, buf, 64, NULL, NULL), 0);
	RET(send("x", 0), 0);
	RET(sys(mq_timedreceive, mq, 1, 64, NULL, NULL), -EFAULT);
	EQ(messages(), 0);
	RET(send("x", 0), 0);
	RET(sys(mq_timedreceive, mq, buf, 64, 1, NULL), -EFAULT);
	RET(sys(mq_getsetattr, mq, 1, NULL), -EFAULT);
	RET(sys(mq_getsetattr, mq, NULL, 1), -EFAULT);
	RET(sys(mq_getsetattr, 0, NULL, NULL), -EBADF);
	RET(sys(mq_getsetattr, mq, &(struct mq_attr){ .mq_flags = 1 }, NULL),
	    -EINVAL);
}

TEST("mq_getattr; fstat")
{
	struct mq_attr a;
	struct stat st;

	make(3, 100);
	nonblock(O_NONBLOCK);
	RET(sys(mq_getsetattr, mq, NULL, &a), 0);
	EQ(a.mq_flags, O_NONBLOCK);
	EQ(a.mq_maxmsg, 3);
	EQ(a.mq_msgsize, 100);
	EQ(fcntl(mq, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	EQ(fstat(mq, &st), 0);
	EQ(st.st_mode, S_IFREG | 0600);
	EQ(st.st_size, 80);
	RET(send("five", 0), 0);
	EQ(sys(read, mq, buf, 8), 8);
	EQ(sys(read, mq, buf + 8, 80), 52);
	STR(buf, "QSIZE:5          NOTIFY:0     SIGNO:0     NOTIFY_PID:0"
	    "     \n");
	EQ(sys(read, mq, buf, 80), 0);
	mq = open_mq(NAME, O_CREAT | O_RDWR, 0, 0);
	RET(sys(mq_getsetattr, mq, NULL, &a), 0);
	EQ(a.mq_maxmsg, 10);
	EQ(a.mq_msgsize, 8192);
	RET(sys(mq_unlink, NAME), 0);
}

static void on_signal(int sig) { (void)sig; }

TEST("a sleeper is woken by a message, by room, by a signal")
{
	struct sigaction sa = { .sa_handler = on_signal };
	int pid, status;

	make(1, 64);
	pid = fork();
	if (!pid) {
		usleep(20000);
		send("late", 3);
		send("later", 3);
		_exit(0);
	}
	STR(receive(), "3late");
	STR(receive(), "3later");
	waitpid(pid, &status, 0);
	EQ(status, 0);
	RET(send("full", 0), 0);
	pid = fork();
	if (!pid) {
		usleep(20000);
		_exit(strcmp(receive(), "0full"));
	}
	RET(send("next", 1), 0);
	waitpid(pid, &status, 0);
	EQ(status, 0);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 20000 },
						    { 0, 20000 } }, NULL);
	RET(send("no room", 0), -EINTR);
}

/* ---- notification ------------------------------------------------------ */

static long ask(int notify, int sig)
{
	struct sigevent e = { .sigev_notify = notify, .sigev_signo = sig,
			      .sigev_value = { .sival_int = 42 } };

	return sys(mq_notify, mq, &e);
}

static long take(siginfo_t *info)
{
	uint64_t set = 1ull << (SIGUSR1 - 1);
	struct timespec now = { 0, 0 };

	return sys(rt_sigtimedwait, &set, info, &now, 8);
}

TEST("mq_notify: once, when a message comes to an empty queue")
{
	uint64_t set = 1ull << (SIGUSR1 - 1);
	siginfo_t info;

	RET(sys(rt_sigprocmask, SIG_BLOCK, &set, NULL, 8), 0);
	make(4, 64);
	RET(send("before", 0), 0);
	RET(ask(SIGEV_SIGNAL, SIGUSR1), 0);
	RET(ask(SIGEV_SIGNAL, SIGUSR1), -EBUSY);
	RET(send("not empty", 0), 0);
	RET(take(&info), -EAGAIN);
	receive();
	receive();
	RET(send("now", 0), 0);
	RET(take(&info), SIGUSR1);
	EQ(info.si_code, SI_MESGQ);
	EQ(info.si_pid, getpid());
	EQ(info.si_value.sival_int, 42);
	receive();
	RET(send("again", 0), 0);
	RET(take(&info), -EAGAIN);
	receive();
	RET(ask(SIGEV_NONE, 0), 0);
	RET(ask(SIGEV_SIGNAL, SIGUSR1), -EBUSY);
	RET(sys(mq_notify, mq, NULL), 0);
	RET(ask(SIGEV_SIGNAL, SIGUSR1), 0);
	close(dup(mq));
	RET(send("closed", 0), 0);
	RET(take(&info), -EAGAIN);
}

TEST("mq_notify: errors; not while somebody waits; a dead owner is none")
{
	uint64_t set = 1ull << (SIGUSR1 - 1);
	siginfo_t info;
	int pid, status;

	RET(sys(rt_sigprocmask, SIG_BLOCK, &set, NULL, 8), 0);
	make(4, 64);
	RET(ask(SIGEV_SIGNAL, 65), -EINVAL);
	RET(ask(9, SIGUSR1), -EINVAL);
	RET(sys(mq_notify, mq, 1), -EFAULT);
	RET(ask(SIGEV_SIGNAL, 0), 0);
	RET(sys(mq_notify, mq, NULL), 0);
	RET(sys(mq_notify, 0, NULL), -EBADF);
	RET(sys(mq_notify, 99, NULL), -EBADF);
	pid = fork();
	if (!pid)
		_exit(-ask(SIGEV_SIGNAL, SIGUSR1));
	waitpid(pid, &status, 0);
	EQ(status, 0);
	RET(ask(SIGEV_SIGNAL, SIGUSR1), 0);
	pid = fork();
	if (!pid)
		_exit(strcmp(receive(), "0for the child"));
	usleep(50000);
	RET(send("for the child", 0), 0);
	waitpid(pid, &status, 0);
	EQ(status, 0);
	RET(take(&info), -EAGAIN);
	RET(send("for us", 0), 0);
	RET(take(&info), SIGUSR1);
}

/* ---- limits ------------------------------------------------------------ */

TEST("RLIMIT_MSGQUEUE is a user's, and given back at the last close")
{
	struct rlimit l;
	int a;

	getrlimit(RLIMIT_MSGQUEUE, &l);
	EQ(l.rlim_cur, 819200);
	become_user();
	set_limit(RLIMIT_MSGQUEUE, 2 * (10 * (100 + 96)), 819200);
	make(10, 100);
	a = mq;
	make(10, 100);
	RET(open_mq("third", O_CREAT, 1, 1), -EMFILE);
	close(a);
	make(10, 100);
}

static void set_sysctl(const char *name, const char *value)
{
	int fd = open(name, O_WRONLY);

	EQ(write(fd, value, strlen(value)), strlen(value));
	close(fd);
}

TEST("/proc/sys/fs/mqueue")
{
	if (!fork()) {
		set_sysctl("/proc/sys/fs/mqueue/queues_max", "0");
		set_sysctl("/proc/sys/fs/mqueue/msg_max", "20");
		become_user();
		RET(open_mq(NAME, O_CREAT, 1, 1), -ENOSPC);
		exit(0);
	}
	wait(NULL);
	set_sysctl("/proc/sys/fs/mqueue/queues_max", "256");
	if (!fork()) {
		become_user();
		make(20, 1);
		exit(0);
	}
	wait(NULL);
	set_sysctl("/proc/sys/fs/mqueue/msg_max", "10");
}
