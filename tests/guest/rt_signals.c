/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Queues of signals: what queues and what does not, order, limits, who a
 * siginfo names, threads and processes, stops and continuations, calls that go
 * on after a stop.
 */
#include "test.h"

#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sys/time.h>
#include <time.h>

#define RT(n) (35 + (n))	/* libc keeps three for itself */

static void block(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static int take(int sig, siginfo_t *info)
{
	struct timespec now = { 0, 0 };
	sigset_t set;

	if (sig) {
		sigemptyset(&set);
		sigaddset(&set, sig);
	} else {
		sigfillset(&set);
	}
	return sigtimedwait(&set, info, &now);
}

static long queue(pid_t pid, int sig, int code, int value)
{
	siginfo_t info = { .si_code = code };

	info.si_pid = 4711;
	info.si_uid = 17;
	info.si_value.sival_int = value;
	return sys(rt_sigqueueinfo, pid, sig, &info);
}

static void nap(long ms)
{
	struct timespec ts = { 0, ms * 1000000 };

	nanosleep(&ts, NULL);
}

/* ---- what queues ------------------------------------------------------- */

TEST("real-time signals queue, standard ones do not")
{
	siginfo_t info;
	int i;

	block(RT(0));
	block(SIGUSR1);
	for (i = 0; i < 5; i++) {
		RET(queue(getpid(), RT(0), SI_QUEUE, i), 0);
		RET(queue(getpid(), SIGUSR1, SI_QUEUE, i), 0);
	}
	for (i = 0; i < 5; i++) {
		EQ(take(RT(0), &info), RT(0));
		EQ(info.si_value.sival_int, i);
	}
	EQ(take(RT(0), &info), -1);
	EQ(take(SIGUSR1, &info), SIGUSR1);
	EQ(info.si_value.sival_int, 0);
	EQ(take(SIGUSR1, &info), -1);
}

static int order[16], norder;

static void note_order(int sig, siginfo_t *info, void *uc)
{
	(void)uc;
	order[norder++] = sig * 100 + info->si_value.sival_int;
}

TEST("delivered lowest number first, equal ones in order")
{
	static const int sent[] = { RT(3), RT(1), RT(2), RT(1), SIGUSR2 };
	struct sigaction sa = { .sa_sigaction = note_order,
				.sa_flags = SA_SIGINFO };
	sigset_t all, old;

	sigfillset(&all);
	sa.sa_mask = all;
	sigprocmask(SIG_BLOCK, &all, &old);
	for (unsigned i = 0; i < ARRAY_SIZE(sent); i++) {
		EQ(sigaction(sent[i], &sa, NULL), 0);
		RET(queue(getpid(), sent[i], SI_QUEUE, i), 0);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	EQ(norder, 5);
	EQ(order[0], SIGUSR2 * 100 + 4);
	EQ(order[1], RT(1) * 100 + 1);
	EQ(order[2], RT(1) * 100 + 3);
	EQ(order[3], RT(2) * 100 + 2);
	EQ(order[4], RT(3) * 100 + 0);
}

TEST("RLIMIT_SIGPENDING: EAGAIN for a queued one, kill() still arrives")
{
	siginfo_t info;
	int n;

	become_user();
	block(RT(0));
	block(RT(1));
	block(SIGUSR1);
	set_limit(RLIMIT_SIGPENDING, 10, 10);
	for (n = 0; n < 100; n++)
		if (queue(getpid(), RT(0), SI_QUEUE, n))
			break;
	EQ(n, 10);
	RET(queue(getpid(), RT(0), SI_QUEUE, 0), -EAGAIN);
	RET(sys(tkill, getpid(), RT(0)), -EAGAIN);
	RET(queue(getpid(), SIGUSR1, SI_QUEUE, 5), 0);
	RET(sys(kill, getpid(), RT(1)), 0);
	EQ(take(RT(1), &info), RT(1));
	EQ(take(RT(1), &info), -1);
	EQ(take(SIGUSR1, &info), SIGUSR1);
	for (n = 0; n < 10; n++)
		EQ(take(RT(0), &info), RT(0));
	EQ(take(RT(0), &info), -1);
	RET(queue(getpid(), RT(0), SI_QUEUE, 0), 0);
}

TEST("what an ignored signal had queued is forgotten")
{
	siginfo_t info;

	block(RT(0));
	RET(queue(getpid(), RT(0), SI_QUEUE, 1), 0);
	RET(queue(getpid(), RT(0), SI_QUEUE, 2), 0);
	OK(signal(RT(0), SIG_IGN) != SIG_ERR);
	OK(signal(RT(0), SIG_DFL) != SIG_ERR);
	EQ(take(RT(0), &info), -1);
}

TEST("fork's child has nothing pending, exec keeps it")
{
	siginfo_t info;
	int status;
	pid_t pid;

	block(RT(0));
	RET(queue(getpid(), RT(0), SI_QUEUE, 9), 0);
	pid = fork();
	if (!pid) {
		if (take(RT(0), &info) != -1)
			_exit(1);
		queue(getpid(), RT(0), SI_QUEUE, 8);
		queue(getpid(), RT(0), SI_QUEUE, 9);
		reexec("@after exec", NULL);
		_exit(2);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
	EQ(take(RT(0), &info), RT(0));
}

TEST("@after exec")
{
	siginfo_t info;

	EQ(take(RT(0), &info), RT(0));
	EQ(info.si_value.sival_int, 8);
	EQ(take(RT(0), &info), RT(0));
	EQ(info.si_value.sival_int, 9);
}

/* ---- what a siginfo tells ---------------------------------------------- */

struct code_row {
	const char *name;
	int code;
	long self, other;	/* to the sender itself, to another */
};

static const struct code_row codes[] = {
	{ "SI_QUEUE", SI_QUEUE, 0, 0 },
	{ "SI_TIMER", SI_TIMER, 0, 0 },
	{ "SI_MESGQ", SI_MESGQ, 0, 0 },
	{ "SI_ASYNCIO", SI_ASYNCIO, 0, 0 },
	{ "SI_USER", SI_USER, 0, -EPERM },
	{ "SI_TKILL", SI_TKILL, 0, -EPERM },
	{ "SI_KERNEL", SI_KERNEL, 0, -EPERM },
	{ "1", 1, 0, -EPERM },
};

static void code_row(const void *arg)
{
	const struct code_row *row = arg;
	siginfo_t info;
	pid_t pid;

	block(RT(0));
	RET(queue(getpid(), RT(0), row->code, 3), row->self);
	EQ(take(RT(0), &info), RT(0));
	EQ(info.si_signo, RT(0));
	EQ(info.si_code, row->code);
	EQ(info.si_pid, 4711);
	EQ(info.si_uid, 17);
	pid = fork();
	if (!pid)
		for (;;)
			pause();
	RET(queue(pid, RT(0), row->code, 3), row->other);
	RET(queue(pid, 0, SI_QUEUE, 0), 0);
	EQ(kill(pid, SIGKILL), 0);
	EQ(waitpid(pid, NULL, 0), pid);
}
TEST_TABLE("rt_sigqueueinfo", codes, code_row);

TEST("kill and tgkill name the sender")
{
	siginfo_t info;

	block(SIGUSR1);
	EQ(kill(getpid(), SIGUSR1), 0);
	EQ(take(SIGUSR1, &info), SIGUSR1);
	EQ(info.si_code, SI_USER);
	EQ(info.si_pid, getpid());
	EQ(info.si_uid, getuid());
	RET(sys(tgkill, getpid(), getpid(), SIGUSR1), 0);
	EQ(take(SIGUSR1, &info), SIGUSR1);
	EQ(info.si_code, SI_TKILL);
	EQ(info.si_pid, getpid());
}

struct bad_row {
	const char *name;
	int tgid, tid, sig;	/* 0: the caller */
	long ret;
};

static const struct bad_row bads[] = {
	{ "itself", 0, 0, RT(0), 0 },
	{ "signal 0", 0, 0, -1, 0 },
	{ "signal 65", 0, 0, 65, -EINVAL },
	{ "thread of no process", 32767, 0, RT(0), -ESRCH },
	{ "no thread, signal 65", 0, 32767, 65, -ESRCH },
	{ "of another process", 1, 0, RT(0), -ESRCH },
	{ "tgid negative", -1, 0, RT(0), -EINVAL },
	{ "tid negative", 0, -1, RT(0), -EINVAL },
};

static void bad_row(const void *arg)
{
	const struct bad_row *row = arg;
	int tgid = row->tgid ? row->tgid : getpid();
	int tid = row->tid ? row->tid : getpid();
	int sig = row->sig < 0 ? 0 : row->sig;
	siginfo_t info = { .si_code = SI_QUEUE };

	block(RT(0));
	RET(sys(rt_tgsigqueueinfo, tgid, tid, sig, &info), row->ret);
	RET(sys(rt_tgsigqueueinfo, tgid, tid, sig, 8), -EFAULT);
	RET(sys(tgkill, tgid, tid, sig), row->ret);
	EQ(take(RT(0), &info), row->ret || !sig ? -1 : RT(0));
}
TEST_TABLE("rt_tgsigqueueinfo, tgkill", bads, bad_row);

TEST("kill, rt_sigqueueinfo: no process comes before a bad number")
{
	siginfo_t info = { .si_code = SI_QUEUE };

	RET(sys(kill, 32767, 65), -ESRCH);
	RET(sys(kill, getpid(), 65), -EINVAL);
	RET(sys(kill, getpid(), -1), -EINVAL);
	RET(sys(kill, -32767, 65), -ESRCH);
	RET(sys(rt_sigqueueinfo, 32767, 65, &info), -ESRCH);
	RET(sys(rt_sigqueueinfo, getpid(), 65, &info), -EINVAL);
	RET(sys(rt_sigqueueinfo, getpid(), RT(0), 8), -EFAULT);
}

/* ---- threads ----------------------------------------------------------- */

static volatile int thread_tid, thread_go, thread_got;

static void *waiting_thread(void *arg)
{
	siginfo_t info;
	sigset_t set;

	(void)arg;
	thread_tid = sys(gettid);
	while (!thread_go)
		nap(1);
	sigemptyset(&set);
	sigaddset(&set, RT(0));
	thread_got = sigwaitinfo(&set, &info) * 1000 + info.si_value.sival_int;
	return NULL;
}

TEST("a signal to the process waits for the thread that asks for it")
{
	pthread_t th;

	block(RT(0));
	EQ(pthread_create(&th, NULL, waiting_thread, NULL), 0);
	while (!thread_tid)
		nap(1);
	RET(queue(getpid(), RT(0), SI_QUEUE, 6), 0);
	thread_go = 1;
	EQ(pthread_join(th, NULL), 0);
	EQ(thread_got, RT(0) * 1000 + 6);
}

TEST("a signal to a thread is its alone")
{
	siginfo_t info = { .si_code = SI_QUEUE };
	sigset_t pending;
	pthread_t th;

	block(RT(0));
	EQ(pthread_create(&th, NULL, waiting_thread, NULL), 0);
	while (!thread_tid)
		nap(1);
	info.si_value.sival_int = 7;
	RET(sys(rt_tgsigqueueinfo, getpid(), thread_tid, RT(0), &info), 0);
	EQ(sigpending(&pending), 0);
	OK(!sigismember(&pending, RT(0)));
	EQ(take(RT(0), &info), -1);
	thread_go = 1;
	EQ(pthread_join(th, NULL), 0);
	EQ(thread_got, RT(0) * 1000 + 7);
}

static volatile int handled_by;

static void handle_by(int sig)
{
	(void)sig;
	handled_by = sys(gettid);
}

static void *open_thread(void *arg)
{
	sigset_t set;

	(void)arg;
	thread_tid = sys(gettid);
	sigemptyset(&set);
	pthread_sigmask(SIG_SETMASK, &set, NULL);
	while (!handled_by)
		nap(1);
	return NULL;
}

TEST("a thread that does not block it takes the process's signal")
{
	pthread_t th;

	signal(SIGUSR1, handle_by);
	block(SIGUSR1);
	EQ(pthread_create(&th, NULL, open_thread, NULL), 0);
	while (!thread_tid)
		nap(1);
	EQ(kill(getpid(), SIGUSR1), 0);
	EQ(pthread_join(th, NULL), 0);
	EQ(handled_by, thread_tid);
}

/* ---- SIGCHLD ----------------------------------------------------------- */

struct chld_row {
	const char *name;
	int sig;	/* to the child; 0: it ends by itself */
	int code, status;
};

static const struct chld_row chlds[] = {
	{ "exit 3", 0, CLD_EXITED, 3 },
	{ "killed", SIGKILL, CLD_KILLED, SIGKILL },
	{ "stopped", SIGSTOP, CLD_STOPPED, SIGSTOP },
};

static void chld_row(const void *arg)
{
	const struct chld_row *row = arg;
	struct timespec limit = { 30, 0 };
	siginfo_t info;
	sigset_t set;
	pid_t pid;

	block(SIGCHLD);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	pid = fork();
	if (!pid) {
		while (row->sig)
			pause();
		_exit(3);
	}
	if (row->sig)
		EQ(kill(pid, row->sig), 0);
	EQ(sigtimedwait(&set, &info, &limit), SIGCHLD);
	EQ(info.si_code, row->code);
	EQ(info.si_pid, pid);
	EQ(info.si_uid, getuid());
	EQ(info.si_status, row->status);
	if (row->code == CLD_STOPPED) {
		EQ(kill(pid, SIGCONT), 0);
		EQ(sigtimedwait(&set, &info, &limit), SIGCHLD);
		EQ(info.si_code, CLD_CONTINUED);
		EQ(info.si_status, SIGCONT);
		EQ(kill(pid, SIGKILL), 0);
	}
	EQ(waitpid(pid, NULL, 0), pid);
}
TEST_TABLE("SIGCHLD", chlds, chld_row);

static volatile sig_atomic_t caught;

static void count(int sig)
{
	(void)sig;
	caught++;
}

TEST("SA_NOCLDSTOP: no word of stops; SA_NOCLDWAIT: no zombies")
{
	struct sigaction sa = { .sa_handler = count,
				.sa_flags = SA_NOCLDSTOP | SA_RESTART };
	int status;
	pid_t pid;

	EQ(sigaction(SIGCHLD, &sa, NULL), 0);
	pid = fork();
	if (!pid)
		for (;;)
			pause();
	EQ(kill(pid, SIGSTOP), 0);
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	OK(WIFSTOPPED(status));
	EQ(caught, 0);
	EQ(kill(pid, SIGKILL), 0);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(caught, 1);
	sa.sa_flags = SA_NOCLDWAIT;
	EQ(sigaction(SIGCHLD, &sa, NULL), 0);
	pid = fork();
	if (!pid)
		_exit(0);
	RET(sys(wait4, pid, &status, 0, NULL), -ECHILD);
	EQ(caught, 2);
}

/* ---- calls that go on after a stop ------------------------------------- */

/* Each is interrupted by a stop, continued, and must last its time. */
static long sleep_half_second(void)
{
	struct timespec ts = { 0, 500000000 }, rest;

	return sys(nanosleep, &ts, &rest);
}

static long futex_half_second(void)
{
	struct timespec ts = { 0, 500000000 };
	int word = 1;

	return sys(futex, &word, FUTEX_WAIT, 1, &ts, NULL, 0) + ETIMEDOUT;
}

static long poll_half_second(void)
{
	return sys(poll, NULL, 0, 500);
}

static long ppoll_half_second(void)
{
	struct timespec ts = { 0, 500000000 };

	return sys(ppoll, NULL, 0, &ts, NULL, 8);
}

static long select_half_second(void)
{
	struct timeval tv = { 0, 500000 };

	return sys(select, 0, NULL, NULL, NULL, &tv);
}

static long read_pipe(void)
{
	int fd[2];
	char c;

	if (pipe(fd))
		return 1;
	if (!fork()) {
		nap(600);
		_exit(write(fd[1], "x", 1) != 1);
	}
	return sys(read, fd[0], &c, 1) - 1;
}

struct goes_on_row {
	const char *name;
	long (*fn)(void);	/* 0: as it should be */
};

static const struct goes_on_row goes_on[] = {
	{ "nanosleep", sleep_half_second },
	{ "futex", futex_half_second },
	{ "poll", poll_half_second },
	{ "ppoll", ppoll_half_second },
	{ "select", select_half_second },
	{ "read of a pipe", read_pipe },
};

static long long monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

static void goes_on_row(const void *arg)
{
	int status;
	long ret;
	pid_t pid = fork();

	if (!pid) {
		long long before = monotonic_ms();

		ret = ((const struct goes_on_row *)arg)->fn();
		_exit(ret || monotonic_ms() - before < 500);
	}
	nap(50);
	for (int i = 0; i < 3; i++) {
		EQ(kill(pid, SIGSTOP), 0);
		EQ(waitpid(pid, &status, WUNTRACED), pid);
		EQ(kill(pid, SIGCONT), 0);
		nap(20);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}
TEST_TABLE("goes on to its time after stops:", goes_on, goes_on_row);

/* A handler ends it, SA_RESTART or not, when it has a limit. */
static void alarm_in(long ms, int flags)
{
	struct sigaction sa = { .sa_handler = count, .sa_flags = flags };
	struct itimerval v = { .it_value = { 0, ms * 1000 } };

	EQ(sigaction(SIGALRM, &sa, NULL), 0);
	EQ(setitimer(ITIMER_REAL, &v, NULL), 0);
}

TEST("a handler ends a futex wait with a limit, in spite of SA_RESTART")
{
	struct timespec ts = { 100, 0 }, rest = { 0, 0 };
	int word = 1;

	alarm_in(20, SA_RESTART);
	RET(sys(futex, &word, FUTEX_WAIT, 1, &ts, NULL, 0), -EINTR);
	alarm_in(20, SA_RESTART);
	RET(sys(nanosleep, &ts, &rest), -EINTR);
	OK(rest.tv_sec == 99);
	RET(sys(restart_syscall), -EINTR);
	alarm_in(20, SA_RESTART);
	RET(sys(poll, NULL, 0, 100000), -EINTR);
	RET(sys(restart_syscall), -EINTR);
	alarm_in(20, 0);
	RET(sys(futex, &word, FUTEX_WAIT, 1, NULL, NULL, 0), -EINTR);
	EQ(caught, 4);
}

TEST("restart_syscall with nothing to go on: EINTR")
{
	RET(sys(restart_syscall), -EINTR);
}

/* ---- sigtimedwait, sigsuspend ------------------------------------------ */

TEST("sigtimedwait: errors, EAGAIN, EINTR")
{
	struct timespec ts = { 0, 10000000 }, bad = { 0, 1000000000 };
	sigset_t set;
	siginfo_t info;

	sigemptyset(&set);
	sigaddset(&set, RT(0));
	block(RT(0));
	RET(sys(rt_sigtimedwait, &set, &info, &ts, 8), -EAGAIN);
	RET(sys(rt_sigtimedwait, &set, &info, &bad, 8), -EINVAL);
	RET(sys(rt_sigtimedwait, &set, &info, &ts, 16), -EINVAL);
	RET(sys(rt_sigtimedwait, 8, &info, &ts, 8), -EFAULT);
	RET(sys(rt_sigtimedwait, &set, &info, 8, 8), -EFAULT);
	queue(getpid(), RT(0), SI_QUEUE, 1);
	RET(sys(rt_sigtimedwait, &set, 8, &ts, 8), -EFAULT);
	RET(sys(rt_sigtimedwait, &set, &info, &ts, 8), -EAGAIN);
	alarm_in(20, SA_RESTART);
	RET(sys(rt_sigtimedwait, &set, &info, NULL, 8), -EINTR);
}

TEST("sigsuspend: the mask is back after the handler")
{
	sigset_t set, now;

	block(SIGALRM);
	alarm_in(20, SA_RESTART);
	sigemptyset(&set);
	RET(sys(rt_sigsuspend, &set, 8), -EINTR);
	EQ(caught, 1);
	EQ(sigprocmask(SIG_BLOCK, NULL, &now), 0);
	OK(sigismember(&now, SIGALRM));
	RET(sys(rt_sigsuspend, &set, 16), -EINVAL);
	RET(sys(rt_sigsuspend, 8, 8), -EFAULT);
}

/* ---- the alternate stack ----------------------------------------------- */

static char alt[65536];
static volatile int alt_flags[2];

static void look_at_stack(int sig)
{
	stack_t now;

	(void)sig;
	sigaltstack(NULL, &now);
	alt_flags[0] = now.ss_flags;
	alt_flags[1] = sys(sigaltstack, &now, NULL);
}

struct alt_row {
	const char *name;
	int flags, inside;
	long change;		/* in the handler */
};

static const struct alt_row alts[] = {
	{ "plain: in use, cannot be changed", 0, SS_ONSTACK, -EPERM },
	{ "SS_AUTODISARM: not there in the handler", 1 << 31, SS_DISABLE, 0 },
};

static void alt_row(const void *arg)
{
	const struct alt_row *row = arg;
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof(alt),
		       .ss_flags = row->flags }, now;
	struct sigaction sa = { .sa_handler = look_at_stack,
				.sa_flags = SA_ONSTACK };

	EQ(sigaltstack(&ss, NULL), 0);
	EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	for (int i = 0; i < 2; i++) {
		EQ(kill(getpid(), SIGUSR1), 0);
		EQ(alt_flags[0], row->inside);
		EQ(alt_flags[1], row->change);
		EQ(sigaltstack(NULL, &now), 0);
		EQ(now.ss_sp, alt);
		EQ(now.ss_flags, row->flags);
	}
}
TEST_TABLE("sigaltstack,", alts, alt_row);

static void deeper(int sig)
{
	kill(getpid(), sig);
}

static void overflow_alt(void *arg)
{
	stack_t ss = { .ss_sp = alt, .ss_size = 8192 };
	struct sigaction sa = { .sa_handler = deeper,
				.sa_flags = SA_ONSTACK | SA_NODEFER };

	(void)arg;
	sigaltstack(&ss, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	kill(getpid(), SIGUSR1);
}

TEST("handlers within handlers overflow the alternate stack: SIGSEGV")
{
	set_limit(RLIMIT_CORE, 0, 0);
	expect_death(overflow_alt, NULL, SIGSEGV);
}
