/* SPDX-License-Identifier: GPL-2.0 */
/*
 * userfaultfd: the handshake, registering, filling, waking; who waits (a lock
 * too), and what fork, munmap, mremap, close and the end leave of it.  Missing
 * pages of private anonymous memory only.
 */
#include "test.h"

#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#define BASIC (1 << _UFFDIO_WAKE | 1 << _UFFDIO_COPY | 1 << _UFFDIO_ZEROPAGE)

static long uffd_ioctl(int fd, unsigned long cmd, void *arg)
{
	return sys(ioctl, fd, cmd, arg);
}

static int uffd_open(int flags, unsigned long features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int fd = sys(userfaultfd, flags);

	if (fd < 0)
		die("userfaultfd: %d", fd);
	RET(uffd_ioctl(fd, UFFDIO_API, &api), 0);
	return fd;
}

static long reg(int fd, void *p, size_t n)
{
	struct uffdio_register r = { .range = { (unsigned long)p, PAGES(n) },
				     .mode = UFFDIO_REGISTER_MODE_MISSING };

	return uffd_ioctl(fd, UFFDIO_REGISTER, &r);
}

static long unreg(int fd, void *p, size_t n)
{
	struct uffdio_range r = { (unsigned long)p, PAGES(n) };

	return uffd_ioctl(fd, UFFDIO_UNREGISTER, &r);
}

/* n pages from src: bytes done or -errno, as the call left it in memory. */
static long copy(int fd, void *dst, const void *src, size_t n)
{
	struct uffdio_copy c = { .dst = (unsigned long)dst, .len = PAGES(n),
				 .src = (unsigned long)src, .copy = 77 };
	long ret = uffd_ioctl(fd, UFFDIO_COPY, &c);

	return ret && ret != -EAGAIN && c.copy == 77 ? ret : (long)c.copy;
}

static long zero(int fd, void *dst, size_t n)
{
	struct uffdio_zeropage z = { .range = { (unsigned long)dst,
						PAGES(n) }, .zeropage = 77 };
	long ret = uffd_ioctl(fd, UFFDIO_ZEROPAGE, &z);

	return ret && ret != -EAGAIN && z.zeropage == 77 ? ret :
							   (long)z.zeropage;
}

/* A process that fills each page it is told of with `fill`, n of them, and
 * counts writes among the faults in its exit status. */
static pid_t handler(int fd, int fill, int n)
{
	pid_t pid = fork();
	struct uffd_msg msg;
	static char page[PAGE];
	int writes = 0;

	if (pid)
		return pid;
	memset(page, fill, PAGE);
	while (n--) {
		if (sys(read, fd, &msg, sizeof(msg)) != sizeof(msg) ||
		    msg.event != UFFD_EVENT_PAGEFAULT)
			_exit(99);
		writes += msg.arg.pagefault.flags & 1;
		if (copy(fd, (void *)(msg.arg.pagefault.address & -PAGE), page,
			 1) != PAGE)
			_exit(98);
	}
	_exit(writes);
}

static int ended(pid_t pid)
{
	int status = -1;

	RET(sys(wait4, pid, &status, 0, NULL), pid);
	return status >> 8;
}

/* ---- the handshake ----------------------------------------------------- */

TEST("userfaultfd's flags, API's handshake")
{
	struct uffdio_api api = { .api = 1 };
	struct uffd_msg msg;
	int fd;

	RET(sys(userfaultfd, 2), -EINVAL);
	fd = sys(userfaultfd, O_NONBLOCK | O_CLOEXEC);
	EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	RET(sys(read, fd, &msg, sizeof(msg)), -EINVAL);
	RET(reg(fd, map(1), 1), -EINVAL);
	EQ(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 0), 1);
	RET(uffd_ioctl(fd, UFFDIO_API, (void *)8), -EFAULT);
	RET(uffd_ioctl(fd, UFFDIO_API, &api), -EINVAL);
	api = (struct uffdio_api){ .api = UFFD_API, .features = 1ull << 63 };
	RET(uffd_ioctl(fd, UFFDIO_API, &api), -EINVAL);
	EQ(api.api, 0);
	api = (struct uffdio_api){ .api = UFFD_API };
	RET(uffd_ioctl(fd, UFFDIO_API, &api), 0);
	OK(api.features & UFFD_FEATURE_SIGBUS);
	OK(api.features & UFFD_FEATURE_THREAD_ID);
	EQ(api.ioctls, UFFD_API_IOCTLS);
	RET(uffd_ioctl(fd, UFFDIO_API, &api), -EINVAL);
	EQ(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 0), 0);
	RET(sys(read, fd, &msg, sizeof(msg)), -EAGAIN);
	RET(sys(read, fd, &msg, sizeof(msg) - 1), -EINVAL);
	RET(uffd_ioctl(fd, 0x1234, NULL), -EINVAL);
}

TEST("features that are not offered are refused")
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = sys(userfaultfd, 0);
	unsigned long offered;

	RET(uffd_ioctl(fd, UFFDIO_API, &api), 0);
	offered = api.features;
	for (int bit = 0; bit < 64; bit++) {
		fd = sys(userfaultfd, 0);
		api = (struct uffdio_api){ .api = UFFD_API,
					   .features = 1ull << bit };
		RET(uffd_ioctl(fd, UFFDIO_API, &api),
		    offered & 1ull << bit ? 0 : -EINVAL);
		close(fd);
	}
}

static void unprivileged(void *arg)
{
	become_user();
	RET(sys(userfaultfd, 0), -EPERM);
	RET(sys(userfaultfd, 2), -EPERM);
	OK(sys(userfaultfd, UFFD_USER_MODE_ONLY) >= 0);
}

TEST("a user gets one for user mode's faults only")
{
	EQ(in_child(unprivileged, NULL), 0);
}

/* ---- registering ------------------------------------------------------- */

struct reg_row {
	const char *name;
	unsigned long start, len, mode;
	long ret;
};

static const struct reg_row regs[] = {
	{ "all of it", WINDOW, PAGES(4), 1, 0 },
	{ "a part", WINDOW + PAGE, PAGE, 1, 0 },
	{ "beyond its end", WINDOW, PAGES(9), 1, 0 },
	{ "no mode", WINDOW, PAGES(4), 0, -EINVAL },
	{ "unknown mode", WINDOW, PAGES(4), 16, -EINVAL },
	{ "empty", WINDOW, 0, 1, -EINVAL },
	{ "start not aligned", WINDOW + 8, PAGE, 1, -EINVAL },
	{ "length not aligned", WINDOW, 8, 1, -EINVAL },
	{ "nothing there", WINDOW + PAGES(64), PAGE, 1, -EINVAL },
	{ "too low", 0, PAGE, 1, -EINVAL },
	{ "too high", 0x7ffffffff000, PAGE, 1, -EINVAL },
	{ "wraps", WINDOW, -PAGE, 1, -EINVAL },
};

static void reg_row(const void *row)
{
	const struct reg_row *w = row;
	struct uffdio_register r = { .range = { w->start, w->len },
				     .mode = w->mode };
	int fd = uffd_open(0, 0);

	map(4);
	RET(uffd_ioctl(fd, UFFDIO_REGISTER, &r), w->ret);
	if (!w->ret)
		EQ(r.ioctls & BASIC, BASIC);
}
TEST_TABLE("register", regs, reg_row);

TEST("register: twice, by two, unregister")
{
	int fd = uffd_open(0, 0), other = uffd_open(0, 0);
	char *p = map(4);

	RET(reg(fd, p, 2), 0);
	RET(reg(fd, p, 4), 0);
	RET(reg(other, p, 4), -EBUSY);
	RET(unreg(fd, p + PAGE, 1), 0);
	RET(reg(other, p + PAGE, 1), 0);
	RET(unreg(fd, AT(64), 1), -EINVAL);
	RET(uffd_ioctl(fd, UFFDIO_REGISTER, (void *)8), -EFAULT);
	RET(uffd_ioctl(fd, UFFDIO_UNREGISTER, (void *)8), -EFAULT);
}

TEST("smaps: um, in areas of their own")
{
	int fd = uffd_open(0, 0);
	char *p = map(3);
	struct area a;

	RET(reg(fd, p + PAGE, 1), 0);
	OK(area_at(p + PAGE, &a));
	EQ(a.end - a.start, PAGE);
	OK(area_has(&a, "um"));
	RET(unreg(fd, p, 3), 0);
	OK(area_at(p, &a));
	EQ(a.end - a.start, PAGES(3));
	OK(!area_has(&a, "um"));
}

/* ---- filling ----------------------------------------------------------- */

TEST("COPY and ZEROPAGE: what they answer")
{
	int fd = uffd_open(0, 0);
	char *p = map(4), *src = map_at(AT(32), 2, RW, ANON, -1, 0);
	struct uffdio_copy c = { .dst = (unsigned long)p, .len = PAGE,
				 .src = (unsigned long)src, .mode = 8 };

	memset(src, 's', PAGES(2));
	RET(copy(fd, p, src, 1), -ENOENT);
	RET(zero(fd, p, 1), -ENOENT);
	RET(reg(fd, p, 4), 0);
	RET(uffd_ioctl(fd, UFFDIO_COPY, &c), -EINVAL);
	RET(copy(fd, p + 8, src, 1), -EINVAL);
	RET(copy(fd, p, src, 0), -EINVAL);
	RET(copy(fd, p, (void *)-PAGE, 1), -EINVAL);
	RET(copy(fd, p, (void *)0x1000, 1), -EFAULT);
	RET(copy(fd, p, src, 5), -ENOENT);
	RET(copy(fd, p + PAGE, src, 2), PAGES(2));
	EQ(p[PAGE], 's');
	EQ(p[PAGES(3) - 1], 's');
	RET(copy(fd, p + PAGE, src, 1), -EEXIST);
	RET(zero(fd, p + PAGE, 1), -EEXIST);
	RET(copy(fd, p, src, 2), PAGE);	/* and then it met a page */
	RET(zero(fd, p + PAGES(3), 1), PAGE);
	EQ(p[PAGES(3)], 0);
	p[PAGES(3)] = 1;		/* the zero page is copied, no fault */
	RET(uffd_ioctl(fd, UFFDIO_COPY, (void *)8), -EFAULT);
	RET(uffd_ioctl(fd, UFFDIO_WAKE, (void *)8), -EFAULT);
}

TEST("a read and a write wait for the handler")
{
	int fd = uffd_open(0, 0);
	char *p = map(2);
	pid_t pid;

	RET(reg(fd, p, 2), 0);
	pid = handler(fd, 'h', 2);
	EQ(((volatile char *)p)[5], 'h');
	p[PAGE + 7] = 'w';
	EQ(p[PAGE + 8], 'h');
	EQ(p[PAGE + 7], 'w');
	EQ(ended(pid), 1);
}

TEST("a system call's copy waits too")
{
	int fd = uffd_open(0, 0), pipe_fds[2];
	char *p = map(1), c = 0;
	pid_t pid;

	RET(sys(pipe2, pipe_fds, 0), 0);
	RET(reg(fd, p, 1), 0);
	pid = handler(fd, 'h', 1);
	RET(sys(write, pipe_fds[1], p, 1), 1);
	RET(sys(read, pipe_fds[0], &c, 1), 1);
	EQ(c, 'h');
	EQ(ended(pid), 0);
}

/* Has the process ended, or does it wait for a lock? */
static bool is_stuck(pid_t pid)
{
	char path[32], text[64] = "";

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	slurp(path, text, sizeof(text));
	return strstr(text, ") D ") || strstr(text, ") Z ");
}

/* A process that starts `other` when this one has met a fault, fills the page
 * when that is stuck, and then does `after`. */
static pid_t meanwhile(int fd, int (*other)(void), int (*after)(void))
{
	pid_t pid = fork(), started;
	static char page[PAGE];
	struct uffd_msg msg;

	if (pid)
		return pid;
	if (sys(read, fd, &msg, sizeof(msg)) != sizeof(msg))
		_exit(99);
	started = fork();
	if (!started)
		_exit(other());
	while (!is_stuck(started))
		usleep(1000);
	if (copy(fd, (void *)(msg.arg.pagefault.address & -PAGE), page, 1) !=
	    PAGE)
		_exit(98);
	_exit(ended(started) + after());
}

static int nothing(void)
{
	return 0;
}

static int one_slot[2], from_file, master, *filled;

static int splice_in(void)
{
	return sys(splice, from_file, NULL, one_slot[1], NULL, 10, 2) !=
	       -EAGAIN;
}

TEST("splice: a writer that had the lock first leaves no room: EAGAIN, not 0")
{
	int fd = uffd_open(0, 0);
	char *p = map(1);
	pid_t pid;

	RET(sys(pipe2, one_slot, 0), 0);
	RET(sys(fcntl, one_slot[1], F_SETPIPE_SZ, PAGE), PAGE);
	from_file = open("/proc/self/exe", O_RDONLY);
	RET(reg(fd, p, 1), 0);
	pid = meanwhile(fd, splice_in, nothing);
	RET(sys(write, one_slot[1], p, PAGE), PAGE);
	EQ(ended(pid), 0);
}

static int fill_terminal(void)
{
	static const char bytes[100];
	int n, slave = ioctl(master, _IO('T', 0x41),
			     O_RDWR | O_NOCTTY | O_NONBLOCK);

	while ((n = write(slave, bytes, sizeof(bytes))) > 0)
		*filled += n;
	return 0;
}

static int drain_terminal(void)
{
	char bytes[256];

	usleep(20000);		/* the writer goes on first */
	for (int n = 0; n < *filled + 200;)
		n += read(master, bytes, sizeof(bytes));
	return 0;
}

TEST("a terminal that fills up during a write's fault loses nothing")
{
	int fd = uffd_open(0, 0), unlock = 0, slave;
	char *p = map(1);
	pid_t pid;

	filled = (int *)map_at(AT(40), 1, RW, SHANON, -1, 0);
	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	RET(sys(ioctl, master, _IOW('T', 0x31, int), &unlock), 0);
	slave = ioctl(master, _IO('T', 0x41), O_RDWR | O_NOCTTY);
	OK(master >= 0 && slave >= 0);
	RET(reg(fd, p, 1), 0);
	pid = meanwhile(fd, fill_terminal, drain_terminal);
	RET(sys(write, slave, p, 200), 200);
	EQ(ended(pid), 0);
}

TEST("USER_MODE_ONLY: a system call gets EFAULT")
{
	int fd = uffd_open(UFFD_USER_MODE_ONLY, 0), pipe_fds[2];
	char *p = map(1);

	RET(sys(pipe2, pipe_fds, 0), 0);
	RET(reg(fd, p, 1), 0);
	RET(sys(write, pipe_fds[1], p, 1), -EFAULT);
}

TEST("FEATURE_SIGBUS: nobody is asked")
{
	int fd = uffd_open(O_NONBLOCK, UFFD_FEATURE_SIGBUS);
	struct uffd_msg msg;
	char *p = map(1);

	RET(reg(fd, p, 1), 0);
	EQ(probe_read(p, NULL, NULL), SIGBUS);
	RET(lock(p, PAGE), -ENOMEM);
	RET(sys(read, fd, &msg, sizeof(msg)), -EAGAIN);
}

TEST("EXACT_ADDRESS, THREAD_ID, poll")
{
	int fd = uffd_open(O_NONBLOCK, UFFD_FEATURE_EXACT_ADDRESS |
				       UFFD_FEATURE_THREAD_ID);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct uffd_msg msg[2];
	char *p = map(1);
	pid_t pid, me = getpid();

	RET(reg(fd, p, 1), 0);
	pid = fork();
	if (!pid) {
		EQ(poll(&pfd, 1, -1), 1);
		EQ(pfd.revents, POLLIN);
		RET(sys(read, fd, msg, sizeof(msg)), sizeof(msg[0]));
		EQ(poll(&pfd, 1, 0), 0);
		EQ(msg[0].arg.pagefault.address, p + 123);
		EQ(msg[0].arg.pagefault.flags, 1);
		EQ(msg[0].arg.pagefault.feat.ptid, me);
		RET(zero(fd, p, 1), PAGE);
		_exit(3);
	}
	p[123] = 1;
	EQ(ended(pid), 3);
}

/* ---- a lock waits ------------------------------------------------------ */

TEST("mlock waits for the handler; what it filled is locked")
{
	int fd = uffd_open(0, 0);
	char *p = map(3);
	pid_t pid;

	RET(reg(fd, p, 3), 0);
	pid = handler(fd, 'l', 3);
	RET(lock(p, PAGES(3)), 0);
	PRESENT(p, "111");
	LOCKS(p, "lll");
	EQ(p[PAGES(2)], 'l');
	EQ(ended(pid), 3);
	LOCKED(3);
}

TEST("MADV_POPULATE_READ and mlockall wait too")
{
	int fd = uffd_open(0, 0);
	char *p = map(2);
	pid_t pid;

	RET(reg(fd, p, 2), 0);
	pid = handler(fd, 'l', 2);
	RET(advise(p, PAGE, ADV_POPULATE_READ), 0);
	RET(lockall(LOCK_CURRENT), 0);
	PRESENT(p, "11");
	EQ(ended(pid), 1);
}

TEST("lock and fill: nothing to wait for; unlock; DONTNEED makes it missing")
{
	int fd = uffd_open(O_NONBLOCK, 0);
	char *p = map(2), *src = map_at(AT(32), 1, RW, ANON, -1, 0);
	pid_t pid;

	touch(src, 1);
	RET(lock2(p, PAGES(2), MLOCK_ONFAULT), 0);
	RET(reg(fd, p, 2), 0);
	RET(copy(fd, p, src, 1), PAGE);
	PRESENT(p, "10");
	LOCKS(p, "oo");
	RET(unlock(p, PAGES(2)), 0);
	RET(advise(p, PAGES(2), MADV_DONTNEED), 0);
	fcntl(fd, F_SETFL, 0);
	pid = handler(fd, 'z', 1);
	EQ(*(volatile char *)p, 'z');
	EQ(ended(pid), 0);
}

/* ---- signals, ends ----------------------------------------------------- */

static volatile int caught;

static void on_alarm(int sig)
{
	caught++;
}

TEST("who waits in user mode can be killed and takes signals")
{
	struct sigaction sa = { .sa_handler = on_alarm };
	int fd = uffd_open(0, 0), status;
	char *p = map(1);
	struct uffd_msg msg;
	pid_t pid;

	sigaction(SIGALRM, &sa, NULL);
	RET(reg(fd, p, 1), 0);
	pid = fork();
	if (!pid) {	/* two signals, then the page */
		pid_t parent = getppid();

		sys(read, fd, &msg, sizeof(msg));
		kill(parent, SIGALRM);
		sys(read, fd, &msg, sizeof(msg));
		zero(fd, p, 1);
		_exit(0);
	}
	EQ(*(volatile char *)p, 0);
	EQ(caught, 1);
	EQ(ended(pid), 0);

	pid = fork();
	if (!pid) {	/* its own descriptor, mm and fault */
		fd = uffd_open(0, 0);
		p = map_at(AT(40), 1, RW, ANON, -1, 0);
		reg(fd, p, 1);
		if (fork()) {
			*p = 1;
			_exit(1);
		}
		sys(read, fd, &msg, sizeof(msg));
		kill(getppid(), SIGKILL);
		_exit(0);
	}
	RET(sys(wait4, pid, &status, 0, NULL), pid);
	EQ(status, SIGKILL);
}

TEST("close and unregister let the faults go on")
{
	int fd = uffd_open(0, 0);
	char *p = map(2);
	struct uffd_msg msg;
	pid_t pid;

	RET(reg(fd, p, 2), 0);
	pid = fork();
	if (!pid) {
		sys(read, fd, &msg, sizeof(msg));
		RET(unreg(fd, p, 1), 0);
		sys(read, fd, &msg, sizeof(msg));
		_exit(0);	/* the last descriptor */
	}
	close(fd);
	EQ(((volatile char *)p)[0], 0);
	EQ(((volatile char *)p)[PAGE], 0);
	EQ(ended(pid), 0);
}

TEST("fork's child has plain memory; the parent's stays registered")
{
	int fd = uffd_open(0, 0);
	char *p = map(1);
	struct area a;
	pid_t pid;

	RET(reg(fd, p, 1), 0);
	pid = fork();
	if (!pid) {
		OK(area_at(p, &a));
		OK(!area_has(&a, "um"));
		_exit(*(volatile char *)p);
	}
	EQ(ended(pid), 0);
	OK(area_at(p, &a));
	OK(area_has(&a, "um"));
}

static int group_fd, new_group;
static char *group_page;

/* Fills the page that clone waits for, but first leaves the group. */
static int change_group(void *arg)
{
	static char page[PAGE];
	struct uffd_msg msg;

	RET(sys(read, group_fd, &msg, sizeof(msg)), sizeof(msg));
	RET(sys(setpgid, 0, new_group), 0);
	RET(copy(group_fd, group_page, page, 1), PAGE);
	for (;;)
		pause();
	return 0;
}

TEST("fork's child is born into the group that its parent is in by then")
{
	static char stack[65536] __attribute__((aligned(16)));
	pid_t pid;

	group_page = map(1);
	group_fd = uffd_open(0, 0);
	RET(reg(group_fd, group_page, 1), 0);
	new_group = fork();
	if (!new_group)
		for (;;)
			pause();
	RET(sys(setpgid, new_group, new_group), 0);
	OK(clone(change_group, stack + sizeof(stack), CLONE_VM | CLONE_FS |
		 CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
		 NULL) > 0);
	pid = sys(clone, CLONE_PIDFD | SIGCHLD, 0, group_page, 0, 0);
	if (!pid)
		for (;;)
			pause();
	EQ(sys(getpgid, pid), new_group);
	kill(pid, SIGKILL);
	kill(new_group, SIGKILL);
}

TEST("mremap: moved memory is plain, grown memory is registered")
{
	int fd = uffd_open(0, 0);
	char *p = map(2);
	struct area a;

	RET(reg(fd, p, 2), 0);
	RET(remap(p, PAGES(2), PAGES(4), 0, NULL), (long)p);
	OK(area_at(p + PAGES(3), &a));
	OK(area_has(&a, "um"));
	RET(remap(p, PAGES(4), PAGES(4), MREMAP_MAYMOVE | MREMAP_FIXED,
		  AT(40)), (long)AT(40));
	OK(area_at(AT(40), &a));
	OK(!area_has(&a, "um"));
	EQ(*(volatile char *)AT(40), 0);
	RET(copy(fd, AT(40), p, 1), -ENOENT);
}

TEST("the other process is gone: ESRCH, ENOMEM")
{
	int fds[2], fd, pidfd;
	char *p = map(1), buf[PAGE];
	int told[2];
	pid_t pid;

	RET(sys(pipe2, fds, 0), 0);
	RET(sys(pipe2, told, 0), 0);
	pid = fork();
	if (!pid) {
		fd = uffd_open(0, 0);
		reg(fd, p, 1);
		sys(write, fds[1], &fd, sizeof(fd));
		pause();
	}
	RET(sys(read, fds[0], &fd, sizeof(fd)), sizeof(fd));
	pidfd = sys(pidfd_open, pid, 0);
	fd = sys(pidfd_getfd, pidfd, fd, 0);
	OK(fd >= 0);
	RET(zero(fd, p, 1), PAGE);
	kill(pid, SIGKILL);
	ended(pid);
	RET(copy(fd, p, buf, 1), -ESRCH);
	RET(reg(fd, p, 1), -ENOMEM);
	RET(unreg(fd, p, 1), -ENOMEM);
}
