/* run: --mem 192M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An ordinary user makes ever more of one thing.  There is an end to each, with
 * Linux's errno, before the kernel's memory ends: nobody is killed, and all is
 * given back when the maker has gone.
 */
#include "test.h"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>

#define DIR_ "/tmp/bounds"
#define MANY 100000
#define SLACK_KB 1024

/* Makes the n-th: a result of -errno ends it. */
struct thing {
	const char *name;
	long (*make)(long n);
	int want;		/* errno */
	int or_else;		/* another one, where it depends on memory */
};

static int first_fd = -1;

static long make_pipe(long n)
{
	static char page[65536];
	int fds[2];
	long r = sys(pipe2, fds, O_NONBLOCK);

	(void)n;
	if (failed(r))
		return r;
	(void)!fcntl(fds[1], F_SETPIPE_SZ, 1 << 20);
	while (write(fds[1], page, sizeof(page)) > 0)
		;
	return 0;
}

static long make_eventfd(long n) { return sys(eventfd2, n, 0); }
static long open_memfd(long n)
{
	(void)n;
	return sys(memfd_create, "x", 0);
}
static long make_epoll(long n)
{
	(void)n;
	return sys(epoll_create1, 0);
}
static long make_inotify(long n)
{
	(void)n;
	return sys(inotify_init1, 0);
}
static long make_pidfd(long n)
{
	(void)n;
	return sys(pidfd_open, getpid(), 0);
}
static long make_uffd(long n)
{
	(void)n;
	return sys(userfaultfd, 1);
}
static long make_timerfd(long n)
{
	(void)n;
	return sys(timerfd_create, CLOCK_MONOTONIC, 0);
}
static long make_pty(long n)
{
	(void)n;
	return sys(open, "/dev/ptmx", O_RDWR | O_NOCTTY, 0);
}
static long make_timer(long n)
{
	int id;

	(void)n;
	return sys(timer_create, CLOCK_MONOTONIC, NULL, &id);
}

static long queue_signal(long n)
{
	siginfo_t info = { .si_code = SI_QUEUE };
	sigset_t set;

	if (!n) {
		sigfillset(&set);
		sigprocmask(SIG_BLOCK, &set, NULL);
	}
	return sys(rt_sigqueueinfo, getpid(), 40, &info);
}

static long make_mqueue(long n)
{
	char name[24];

	snprintf(name, sizeof(name), "bounds%ld", n);
	return sys(mq_open, name, O_RDWR | O_CREAT, 0600, NULL);
}

/* A nest of epolls: each holds the one before. */
static long nest_epoll(long n)
{
	struct epoll_event e = { .events = EPOLLIN };
	long fd = sys(epoll_create1, 0), r = 0;

	if (n)
		r = sys(epoll_ctl, fd, EPOLL_CTL_ADD, first_fd, &e);
	if (!failed(r))
		first_fd = fd;
	return r;
}

static long watch_more(long n)
{
	char name[64];

	if (!n)
		first_fd = sys(inotify_init1, 0);
	snprintf(name, sizeof(name), DIR_ "/%ld", n);
	mkdir(name, 0700);
	return sys(inotify_add_watch, first_fd, name, IN_ALL_EVENTS);
}

static long make_thread(long n)
{
	static char stack[4096] __attribute__((aligned(16)));
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		    CLONE_THREAD | CLONE_SYSVSEM;
	long r;

	(void)n;
	__asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n"
			 "0:\tmov $34, %%eax\n\tsyscall\n\tjmp 0b\n1:"
			 : "=a"(r)
			 : "a"(SYS_clone), "D"(flags), "S"(stack + 4096)
			 : "rcx", "r11", "memory");
	return r;
}

static long make_process(long n)
{
	long pid = sys(fork);

	(void)n;
	while (!pid)
		pause();
	return pid;
}

static long make_msg(long n)
{
	(void)n;
	return sys(msgget, IPC_PRIVATE, 0600);
}
static long make_sem(long n)
{
	(void)n;
	return sys(semget, IPC_PRIVATE, 1, 0600);
}
static long make_shm(long n)
{
	(void)n;
	return sys(shmget, IPC_PRIVATE, 4096, 0600);
}

static long lock_more(long n)
{
	struct flock l = { .l_type = F_WRLCK, .l_start = 2 * n, .l_len = 1 };

	if (!n)
		first_fd = open(DIR_ "/locked", O_RDWR | O_CREAT, 0600);
	/* Linux counts no locks. */
	return n < 20000 ? sys(fcntl, first_fd, F_SETLK, &l) : -ENOLCK;
}

static const struct thing things[] = {
	{ "pipes, filled", make_pipe, EMFILE, 0 },
	{ "eventfds", make_eventfd, EMFILE, 0 },
	{ "memfds", open_memfd, EMFILE, 0 },
	{ "epolls", make_epoll, EMFILE, 0 },
	{ "inotify instances", make_inotify, EMFILE, 0 },
	{ "pidfds", make_pidfd, EMFILE, 0 },
	{ "userfaultfds", make_uffd, EMFILE, 0 },
	{ "timerfds", make_timerfd, EMFILE, 0 },
	{ "pseudo-terminals", make_pty, EMFILE, ENOSPC },
	{ "timers", make_timer, EAGAIN, 0 },
	{ "queued signals", queue_signal, EAGAIN, 0 },
	{ "message queues", make_mqueue, EMFILE, 0 },
	{ "epolls in epolls", nest_epoll, EINVAL, ELOOP },
	{ "watches", watch_more, ENOSPC, 0 },
	{ "threads", make_thread, EAGAIN, 0 },
	{ "processes", make_process, EAGAIN, 0 },
	{ "System V queues", make_msg, ENOSPC, 0 },
	{ "semaphores", make_sem, ENOSPC, 0 },
	{ "shared memory", make_shm, ENOSPC, 0 },
	{ "locks", lock_more, ENOLCK, 0 },
};

static void make_all(const struct thing *t)
{
	long r = 0, n;

	set_limit(RLIMIT_CORE, 0, 0);
	set_limit(RLIMIT_NOFILE, 1024, 1024);
	set_limit(RLIMIT_NPROC, 200, 200);
	set_limit(RLIMIT_SIGPENDING, 500, 500);
	become_user();
	for (n = 0; n < MANY && !failed(r); n++)
		r = t->make(n);
	note("%ld, then %s", n, ret_name(r));
	if (-r != t->want && !(t->or_else && -r == t->or_else))
		die("expected errno %d, seen %s", t->want, ret_name(r));
}

static void remove_ipc(void)
{
	for (int i = 0; i < 40000; i++) {
		struct shmid_ds shm;
		struct msqid_ds msg;
		struct semid_ds sem;
		int id;

		if ((id = shmctl(i, SHM_STAT, &shm)) >= 0)
			shmctl(id, IPC_RMID, NULL);
		if ((id = msgctl(i, MSG_STAT, &msg)) >= 0)
			msgctl(id, IPC_RMID, NULL);
		if ((id = semctl(i, 0, SEM_STAT, &sem)) >= 0)
			semctl(id, 0, IPC_RMID);
	}
}

static unsigned long field(const char *text, const char *name)
{
	const char *p = strstr(text, name);

	return p ? strtoul(p + strlen(name), NULL, 10) : 0;
}

/* Memory in use by anything but caches, kB. */
static long used_kb(void)
{
	static char t[8192];

	slurp("/proc/meminfo", t, sizeof(t));
	return field(t, "MemTotal:") - field(t, "MemFree:") -
	       field(t, "Buffers:") - field(t, "\nCached:");
}

static void thing_row(const void *row)
{
	const struct thing *t = row;
	long before = used_kb(), after;
	int status;
	pid_t pid;

	mkdir(DIR_, 0777);
	chmod(DIR_, 0777);
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		make_all(t);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	kill(-pid, SIGKILL);
	remove_ipc();
	for (int i = 0; i < 10000; i++) {
		char name[32];

		snprintf(name, sizeof(name), DIR_ "/%d", i);
		rmdir(name);
		snprintf(name, sizeof(name), "bounds%d", i);
		sys(mq_unlink, name);
	}
	if (status)
		fail("the maker ended with status %#x", status);
	for (int i = 0; i < 200; i++) {
		after = used_kb();
		if (after <= before + SLACK_KB)
			break;
		usleep(10000);
	}
	note("in use: %ld kB before, %ld kB after", before, after);
	if (on_holdfast() && after > before + SLACK_KB)
		fail("memory has leaked");
}
TEST_TABLE("without end", things, thing_row);
