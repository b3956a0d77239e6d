/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * POSIX timers, setitimer, CPU clocks: which clocks there are, errors, what a
 * signal of a timer tells, overruns, what exec and fork keep, limits.
 */
#include "test.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>

#define MS 1000000l

static struct itimerspec spec(long value_ns, long interval_ns)
{
	return (struct itimerspec){
		.it_value = { value_ns / 1000000000, value_ns % 1000000000 },
		.it_interval = { interval_ns / 1000000000,
				 interval_ns % 1000000000 } };
}

static long long now_ns(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	EQ(sys(clock_gettime, clock, &ts), 0);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

/* A timer whose signal stays pending. */
static int make_timer(clockid_t clock, int sig, int value)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL,
			       .sigev_signo = sig,
			       .sigev_value.sival_int = value };
	sigset_t set;
	int id = -1;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_BLOCK, &set, NULL);
	RET(sys(timer_create, clock, &ev, &id), 0);
	return id;
}

static void arm(int id, long value_ns, long interval_ns)
{
	struct itimerspec v = spec(value_ns, interval_ns);

	RET(sys(timer_settime, id, 0, &v, NULL), 0);
}

static int take(int sig, siginfo_t *info, long timeout_s)
{
	struct timespec ts = { timeout_s, 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return sigtimedwait(&set, info, &ts);
}

static void burn_ns(long ns)
{
	long long until = now_ns(CLOCK_THREAD_CPUTIME_ID) + ns;

	while (now_ns(CLOCK_THREAD_CPUTIME_ID) < until)
		;
}

/* ---- creation ---------------------------------------------------------- */

struct clock_row {
	const char *name;
	int clock;
	long ret;
};

static const struct clock_row clocks[] = {
	{ "REALTIME", CLOCK_REALTIME, 0 },
	{ "MONOTONIC", CLOCK_MONOTONIC, 0 },
	{ "PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID, 0 },
	{ "THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID, 0 },
	{ "MONOTONIC_RAW", CLOCK_MONOTONIC_RAW, -EOPNOTSUPP },
	{ "REALTIME_COARSE", CLOCK_REALTIME_COARSE, -EOPNOTSUPP },
	{ "MONOTONIC_COARSE", CLOCK_MONOTONIC_COARSE, -EOPNOTSUPP },
	{ "BOOTTIME", CLOCK_BOOTTIME, 0 },
	{ "number 10", 10, -EINVAL },
	{ "TAI", 11, 0 },
	{ "number 12", 12, -EINVAL },
	{ "of no process", (int)(~0x7ffffu << 3 | 2), -EINVAL },
	{ "of the process itself", (int)(~0u << 3 | 2), 0 },
	{ "of the thread itself", (int)(~0u << 3 | 6), 0 },
	{ "of a descriptor", (int)(~0u << 3 | 3), -EOPNOTSUPP },
};

static void create_row(const void *arg)
{
	const struct clock_row *row = arg;
	int id = -1;

	RET(sys(timer_create, row->clock, NULL, &id), row->ret);
	if (row->ret)
		return;
	EQ(id, 0);
	RET(sys(timer_create, row->clock, NULL, &id), 0);
	EQ(id, 1);
	RET(sys(timer_delete, 1), 0);
	RET(sys(timer_delete, 1), -EINVAL);
}
TEST_TABLE("timer_create, clock", clocks, create_row);

static void getres_row(const void *arg)
{
	const struct clock_row *row = arg;
	struct timespec ts;
	long ret = row->clock >= 0 && row->ret == -EOPNOTSUPP ? 0 :
		   row->ret == -EOPNOTSUPP ? -EINVAL : row->ret;

	RET(sys(clock_gettime, row->clock, &ts), ret);
	if (!ret)
		RET(sys(clock_getres, row->clock, &ts), 0);
}
TEST_TABLE("clock_gettime", clocks, getres_row);

struct event_row {
	const char *name;
	int notify, sig;
	bool own_tid;
	long ret;
};

static const struct event_row events[] = {
	{ "SIGNAL", SIGEV_SIGNAL, SIGUSR1, false, 0 },
	{ "SIGNAL of number 0", SIGEV_SIGNAL, 0, false, -EINVAL },
	{ "SIGNAL of number 65", SIGEV_SIGNAL, 65, false, -EINVAL },
	{ "NONE of number 0", SIGEV_NONE, 0, false, 0 },
	{ "THREAD, a signal for the kernel", SIGEV_THREAD, 34, false, 0 },
	{ "THREAD_ID, itself", SIGEV_THREAD_ID, SIGUSR1, true, 0 },
	{ "THREAD_ID, init", SIGEV_THREAD_ID, SIGUSR1, false, -EINVAL },
	{ "THREAD_ID and NONE", SIGEV_THREAD_ID | SIGEV_NONE, SIGUSR1, true,
	  -EINVAL },
	{ "number 3", 3, SIGUSR1, false, -EINVAL },
};

static void event_row(const void *arg)
{
	const struct event_row *row = arg;
	struct sigevent ev = { .sigev_notify = row->notify,
			       .sigev_signo = row->sig };
	int id = -1;

	ev.sigev_notify_thread_id = row->own_tid ? getpid() : 1;
	RET(sys(timer_create, CLOCK_MONOTONIC, &ev, &id), row->ret);
}
TEST_TABLE("timer_create, sigevent", events, event_row);

TEST("timer_create: bad pointers leave no timer")
{
	int id;

	RET(sys(timer_create, CLOCK_MONOTONIC, 8, &id), -EFAULT);
	RET(sys(timer_create, CLOCK_MONOTONIC, NULL, 8), -EFAULT);
	RET(sys(timer_create, CLOCK_MONOTONIC, NULL, NULL), -EFAULT);
	RET(sys(timer_delete, 0), -EINVAL);
	RET(sys(timer_delete, 1), -EINVAL);
}

TEST("timers count against RLIMIT_SIGPENDING, deleted ones no more")
{
	int id, n;

	become_user();
	set_limit(RLIMIT_SIGPENDING, 7, 7);
	for (n = 0; n < 100; n++)
		if (sys(timer_create, CLOCK_MONOTONIC, NULL, &id))
			break;
	EQ(n, 7);
	RET(sys(timer_create, CLOCK_MONOTONIC, NULL, &id), -EAGAIN);
	RET(sys(timer_delete, 3), 0);
	RET(sys(timer_create, CLOCK_MONOTONIC, NULL, &id), 0);
}

/* ---- setting, reading -------------------------------------------------- */

struct settime_row {
	const char *name;
	struct itimerspec v;
	long ret;
};

static const struct settime_row settimes[] = {
	{ "ns 999999999", { { 0, 0 }, { 1, 999999999 } }, 0 },
	{ "ns a second", { { 0, 0 }, { 1, 1000000000 } }, -EINVAL },
	{ "ns negative", { { 0, 0 }, { 1, -1 } }, -EINVAL },
	{ "s negative", { { 0, 0 }, { -1, 0 } }, -EINVAL },
	{ "interval's ns a second", { { 0, 1000000000 }, { 1, 0 } }, -EINVAL },
	{ "interval's s negative", { { -1, 0 }, { 1, 0 } }, -EINVAL },
	{ "interval bad, value 0", { { -1, 0 }, { 0, 0 } }, -EINVAL },
	{ "s largest", { { 0, 0 }, { INT64_MAX, 0 } }, 0 },
	{ "interval's s largest", { { INT64_MAX, 0 }, { 1, 0 } }, 0 },
};

static void settime_row(const void *arg)
{
	const struct settime_row *row = arg;
	struct itimerspec old = spec(1, 1);
	int id = make_timer(CLOCK_MONOTONIC, SIGUSR1, 0);

	RET(sys(timer_settime, id, 0, &row->v, &old), row->ret);
	RET(sys(timer_settime, id, TIMER_ABSTIME, &row->v, NULL), row->ret);
	if (!row->ret) {
		EQ(old.it_value.tv_sec | old.it_value.tv_nsec, 0);
		EQ(old.it_interval.tv_sec | old.it_interval.tv_nsec, 0);
	}
}
TEST_TABLE("timer_settime", settimes, settime_row);

TEST("timer_settime, gettime, getoverrun: no such timer, bad pointers")
{
	struct itimerspec v = spec(1000 * MS, 0);
	int id = make_timer(CLOCK_MONOTONIC, SIGUSR1, 0);

	RET(sys(timer_settime, id + 1, 0, &v, NULL), -EINVAL);
	RET(sys(timer_settime, id, 0, NULL, NULL), -EINVAL);
	RET(sys(timer_settime, id, 0, 8, NULL), -EFAULT);
	RET(sys(timer_settime, id, 0, &v, 8), -EFAULT);
	RET(sys(timer_gettime, id, 8), -EFAULT);
	RET(sys(timer_gettime, -1, &v), -EINVAL);
	RET(sys(timer_gettime, id, &v), 0);	/* the EFAULT one was set */
	OK(v.it_value.tv_sec == 0 || v.it_value.tv_sec == 1);
	OK(v.it_value.tv_sec + v.it_value.tv_nsec > 0);
	RET(sys(timer_getoverrun, id + 1), -EINVAL);
	RET(sys(timer_getoverrun, id), 0);
}

TEST("timer_settime: value 0 stops and forgets the interval")
{
	struct itimerspec v = spec(3600000 * MS, 5 * MS), old;
	int id = make_timer(CLOCK_MONOTONIC, SIGUSR1, 0);

	RET(sys(timer_settime, id, 0, &v, NULL), 0);
	RET(sys(timer_gettime, id, &old), 0);
	EQ(old.it_interval.tv_nsec, 5 * MS);
	EQ(old.it_value.tv_sec, 3599);
	v = spec(0, 5 * MS);
	RET(sys(timer_settime, id, 0, &v, &old), 0);
	EQ(old.it_value.tv_sec, 3599);
	RET(sys(timer_gettime, id, &old), 0);
	EQ(old.it_value.tv_sec | old.it_value.tv_nsec, 0);
	EQ(old.it_interval.tv_nsec, 0);
}

/* ---- signals ----------------------------------------------------------- */

static const struct clock_row firing[] = {
	{ "REALTIME", CLOCK_REALTIME, 0 },
	{ "MONOTONIC", CLOCK_MONOTONIC, 0 },
	{ "BOOTTIME", CLOCK_BOOTTIME, 0 },
	{ "PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID, 1 },
	{ "THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID, 1 },
};

static void fire_row(const void *arg)
{
	const struct clock_row *row = arg;
	int id = make_timer(row->clock, SIGUSR1, 4711);
	long long before = now_ns(row->clock);
	siginfo_t info;

	arm(id, 20 * MS, 0);
	EQ(take(SIGUSR1, &info, 0), -1);
	if (row->ret)
		burn_ns(60 * MS);
	EQ(take(SIGUSR1, &info, 30), SIGUSR1);
	OK(now_ns(row->clock) - before >= 20 * MS);
	EQ(info.si_code, SI_TIMER);
	EQ(info.si_value.sival_int, 4711);
	EQ(info.si_timerid, id);
	EQ(info.si_overrun, 0);
	EQ(take(SIGUSR1, &info, 0), -1);
}
TEST_TABLE("fires once", firing, fire_row);

static void abs_row(const void *arg)
{
	const struct clock_row *row = arg;
	int id = make_timer(row->clock, SIGUSR1, 0);
	struct itimerspec v = spec(now_ns(row->clock) + 20 * MS, 0);
	siginfo_t info;

	RET(sys(timer_settime, id, TIMER_ABSTIME, &v, NULL), 0);
	if (row->ret)
		burn_ns(60 * MS);
	EQ(take(SIGUSR1, &info, 30), SIGUSR1);
	v = spec(1, 0);			/* long ago */
	RET(sys(timer_settime, id, TIMER_ABSTIME, &v, NULL), 0);
	EQ(take(SIGUSR1, &info, 30), SIGUSR1);
	RET(sys(timer_gettime, id, &v), 0);
	EQ(v.it_value.tv_sec | v.it_value.tv_nsec, 0);
}
TEST_TABLE("at a time", firing, abs_row);

static void overrun_row(const void *arg)
{
	const struct clock_row *row = arg;
	int id = make_timer(row->clock, SIGRTMIN, 0);
	struct timespec pause = { 0, 100 * MS };
	siginfo_t info;

	arm(id, MS, MS);
	if (row->ret)
		burn_ns(100 * MS);
	else
		nanosleep(&pause, NULL);
	EQ(take(SIGRTMIN, &info, 30), SIGRTMIN);
	OK(info.si_overrun >= 50);
	EQ(sys(timer_getoverrun, id), info.si_overrun);
	if (row->ret)
		burn_ns(40 * MS);
	EQ(take(SIGRTMIN, &info, 30), SIGRTMIN);	/* it runs on */
	RET(sys(timer_delete, id), 0);
}
TEST_TABLE("overruns while its signal is pending", firing, overrun_row);

TEST("a period of 1 ns does not drown the system")
{
	int id = make_timer(CLOCK_MONOTONIC, SIGUSR1, 0);
	siginfo_t info;

	arm(id, 1, 1);
	for (int i = 0; i < 100; i++)
		EQ(take(SIGUSR1, &info, 30), SIGUSR1);
	OK(info.si_overrun > 0);
	signal(SIGUSR1, SIG_IGN);
	burn_ns(50 * MS);
	RET(sys(timer_delete, id), 0);
}

TEST("a deleted timer's pending signal is still there")
{
	int id = make_timer(CLOCK_MONOTONIC, SIGUSR1, 99);
	struct timespec pause = { 0, 20 * MS };
	siginfo_t info;

	arm(id, MS, MS);
	nanosleep(&pause, NULL);
	RET(sys(timer_delete, id), 0);
	EQ(take(SIGUSR1, &info, 0), SIGUSR1);
	EQ(info.si_value.sival_int, 99);
	EQ(take(SIGUSR1, &info, 0), -1);
}

TEST("SIGEV_NONE: runs, sends nothing")
{
	struct sigevent ev = { .sigev_notify = SIGEV_NONE };
	struct timespec pause = { 0, 20 * MS };
	struct itimerspec v = spec(5 * MS, 0);
	int id;

	RET(sys(timer_create, CLOCK_MONOTONIC, &ev, &id), 0);
	RET(sys(timer_settime, id, 0, &v, NULL), 0);
	nanosleep(&pause, NULL);
	RET(sys(timer_gettime, id, &v), 0);
	EQ(v.it_value.tv_sec | v.it_value.tv_nsec, 0);
	v = spec(5 * MS, 1000 * MS);
	RET(sys(timer_settime, id, 0, &v, NULL), 0);
	nanosleep(&pause, NULL);
	RET(sys(timer_gettime, id, &v), 0);
	OK(v.it_value.tv_nsec > 0);
}

TEST("without a sigevent: SIGALRM, with the timer's number")
{
	siginfo_t info;
	sigset_t set;
	int id;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	RET(sys(timer_create, CLOCK_MONOTONIC, NULL, &id), 0);
	RET(sys(timer_create, CLOCK_MONOTONIC, NULL, &id), 0);
	arm(id, MS, 0);
	EQ(take(SIGALRM, &info, 30), SIGALRM);
	EQ(info.si_value.sival_int, id);
}

TEST("fork's child has no timers")
{
	int id = make_timer(CLOCK_MONOTONIC, SIGUSR1, 0), status;
	struct itimerspec v;
	pid_t pid = fork();

	if (!pid)
		_exit(sys(timer_gettime, id, &v) == -EINVAL ? 0 : 1);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("exec deletes timers, and their pending signals, not the alarm")
{
	struct itimerval long_time = { .it_value = { 1000, 0 } };
	struct timespec pause = { 0, 20 * MS };
	int id = make_timer(CLOCK_MONOTONIC, SIGUSR1, 0);
	pid_t pid;
	int status;

	arm(id, MS, 0);
	nanosleep(&pause, NULL);
	EQ(setitimer(ITIMER_REAL, &long_time, NULL), 0);
	pid = fork();
	if (!pid) {
		id = make_timer(CLOCK_MONOTONIC, SIGUSR1, 0);
		arm(id, MS, 0);
		nanosleep(&pause, NULL);
		setitimer(ITIMER_REAL, &long_time, NULL);
		reexec("@after exec", NULL);
		_exit(77);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("@after exec")
{
	struct itimerspec v;
	struct itimerval left;
	sigset_t pending;

	RET(sys(timer_gettime, 0, &v), -EINVAL);
	EQ(sigpending(&pending), 0);
	OK(!sigismember(&pending, SIGUSR1));
	EQ(getitimer(ITIMER_REAL, &left), 0);
	OK(left.it_value.tv_sec > 900);
}

/* ---- setitimer --------------------------------------------------------- */

struct itimer_row {
	const char *name;
	int which, sig;
};

static const struct itimer_row itimers[] = {
	{ "REAL", ITIMER_REAL, SIGALRM },
	{ "VIRTUAL", ITIMER_VIRTUAL, SIGVTALRM },
	{ "PROF", ITIMER_PROF, SIGPROF },
};

static void spin(void)
{
	for (volatile long i = 0; i < 100000; i++)
		;
}

static volatile sig_atomic_t caught;

static void count(int sig)
{
	(void)sig;
	caught++;
}

static void itimer_row(const void *arg)
{
	const struct itimer_row *row = arg;
	struct itimerval v = { { 0, 5000 }, { 0, 20000 } }, old;

	signal(row->sig, count);
	EQ(setitimer(row->which, &v, NULL), 0);
	EQ(getitimer(row->which, &old), 0);
	EQ(old.it_interval.tv_usec, 5000);
	OK(old.it_value.tv_usec > 0);
	while (caught < 4)
		spin();
	v = (struct itimerval){ { 0, 0 }, { 0, 0 } };
	EQ(setitimer(row->which, &v, &old), 0);
	EQ(old.it_interval.tv_usec, 5000);
	EQ(getitimer(row->which, &old), 0);
	EQ(old.it_value.tv_sec | old.it_value.tv_usec, 0);
	v.it_value.tv_usec = 1000000;
	RET(sys(setitimer, row->which, &v, NULL), -EINVAL);
	RET(sys(setitimer, row->which, 8, NULL), -EFAULT);
	v.it_value.tv_usec = 1000;
	RET(sys(setitimer, row->which, &v, 8), -EFAULT);
	RET(sys(getitimer, row->which, 8), -EFAULT);
}
TEST_TABLE("setitimer", itimers, itimer_row);

TEST("setitimer, getitimer: no such timer")
{
	struct itimerval v = { { 0, 0 }, { 0, 0 } };

	RET(sys(setitimer, 3, &v, NULL), -EINVAL);
	RET(sys(setitimer, -1, &v, NULL), -EINVAL);
	RET(sys(setitimer, 3, 8, NULL), -EFAULT);
	RET(sys(getitimer, 3, &v), -EINVAL);
}

TEST("ITIMER_REAL with SIGALRM ignored does not run on")
{
	struct itimerval v = { { 0, 1000 }, { 0, 1000 } };
	struct timespec pause = { 0, 50 * MS };

	signal(SIGALRM, SIG_IGN);
	EQ(setitimer(ITIMER_REAL, &v, NULL), 0);
	nanosleep(&pause, NULL);
	EQ(getitimer(ITIMER_REAL, &v), 0);
	EQ(v.it_value.tv_usec, 0);
	EQ(v.it_interval.tv_usec, 1000);
}

TEST("ITIMER_REAL of no value has no interval: a SIGALRM does not start it")
{
	struct itimerval v = { { 0, 1000 }, { 0, 0 } };

	signal(SIGALRM, count);
	EQ(setitimer(ITIMER_REAL, &v, NULL), 0);
	kill(getpid(), SIGALRM);
	EQ(caught, 1);
	EQ(getitimer(ITIMER_REAL, &v), 0);
	EQ(v.it_value.tv_usec, 0);
	EQ(v.it_interval.tv_usec, 0);
}

/* ---- CPU clocks -------------------------------------------------------- */

TEST("@burns")
{
	for (;;)
		;
}

static int execs(void *arg)
{
	reexec("@burns", NULL);
	return 0;
}

TEST("the CPU clock of a process goes on when another thread of it execs")
{
	static char stack[65536] __attribute__((aligned(16)));
	int go[2];
	siginfo_t info;
	pid_t pid;
	char c;
	int id;

	RET(sys(pipe2, go, 0), 0);
	pid = fork();
	if (!pid) {
		read(go[0], &c, 1);
		clone(execs, stack + sizeof(stack), CLONE_VM | CLONE_FS |
		      CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
		      CLONE_SYSVSEM, NULL);
		for (;;)
			pause();
	}
	id = make_timer(~pid << 3 | 2, SIGUSR1, 0);
	arm(id, 100 * MS, 0);
	write(go[1], "x", 1);
	EQ(take(SIGUSR1, &info, 8), SIGUSR1);
	kill(pid, SIGKILL);
	EQ(waitpid(pid, NULL, 0), pid);
}

TEST("CPU clocks advance with work, not with sleep")
{
	struct timespec pause = { 0, 50 * MS };
	long long process = now_ns(CLOCK_PROCESS_CPUTIME_ID), thread;

	burn_ns(10 * MS);
	OK(now_ns(CLOCK_PROCESS_CPUTIME_ID) - process >= 10 * MS);
	thread = now_ns(CLOCK_THREAD_CPUTIME_ID);
	nanosleep(&pause, NULL);
	OK(now_ns(CLOCK_THREAD_CPUTIME_ID) - thread < 50 * MS);
}

TEST("the CPU clock of a child; of one that has ended")
{
	clockid_t clock;
	struct timespec ts;
	struct itimerspec second = spec(1000 * MS, 0);
	siginfo_t info;
	int id;
	pid_t pid = fork();

	if (!pid)
		for (;;)
			spin();
	EQ(clock_getcpuclockid(pid, &clock), 0);
	id = make_timer(clock, SIGUSR1, 5);
	arm(id, 30 * MS, 0);
	EQ(take(SIGUSR1, &info, 60), SIGUSR1);
	OK(now_ns(clock) >= 30 * MS);
	ts = (struct timespec){ 0, 10 * MS };
	RET(sys(clock_nanosleep, clock, 0, &ts, NULL), 0);
	arm(id, 3600000 * MS, 0);
	kill(pid, SIGKILL);
	EQ(waitpid(pid, NULL, 0), pid);
	RET(sys(clock_gettime, clock, &ts), -EINVAL);
	RET(sys(timer_settime, id, 0, &second, NULL), -ESRCH);
	RET(sys(timer_delete, id), 0);
}

static void sleeper(int sig)
{
	(void)sig;
}

struct nanosleep_row {
	const char *name;
	int clock, flags;
	struct timespec ts;
	long ret;
};

static const struct nanosleep_row nanosleeps[] = {
	{ "REALTIME", CLOCK_REALTIME, 0, { 0, 1 }, 0 },
	{ "MONOTONIC, long ago", CLOCK_MONOTONIC, TIMER_ABSTIME, { 0, 1 }, 0 },
	{ "BOOTTIME", CLOCK_BOOTTIME, 0, { 0, 1 }, 0 },
	{ "TAI", 11, 0, { 0, 1 }, 0 },
	{ "thread's CPU", CLOCK_THREAD_CPUTIME_ID, 0, { 0, 1 }, -EOPNOTSUPP },
	{ "own thread's CPU by number", (int)(~0u << 3 | 6), 0, { 0, 1 },
	  -EINVAL },
	{ "process's CPU, long ago", CLOCK_PROCESS_CPUTIME_ID, TIMER_ABSTIME,
	  { 0, 1 }, 0 },
	{ "MONOTONIC_RAW", CLOCK_MONOTONIC_RAW, 0, { 0, 1 }, -EOPNOTSUPP },
	{ "no clock", 12, 0, { 0, 1 }, -EINVAL },
	{ "bad ns", CLOCK_MONOTONIC, 0, { 0, 1000000000 }, -EINVAL },
	{ "bad s", CLOCK_MONOTONIC, TIMER_ABSTIME, { -1, 0 }, -EINVAL },
};

static void nanosleep_row(const void *arg)
{
	const struct nanosleep_row *row = arg;

	RET(sys(clock_nanosleep, row->clock, row->flags, &row->ts, NULL),
	    row->ret);
}
TEST_TABLE("clock_nanosleep", nanosleeps, nanosleep_row);

TEST("a sleep on a CPU clock ends with EINTR for a handler")
{
	struct itimerval v = { .it_value = { 0, 20000 } };
	struct timespec ts = { 3600, 0 };

	signal(SIGALRM, sleeper);
	EQ(setitimer(ITIMER_REAL, &v, NULL), 0);
	RET(sys(clock_nanosleep, CLOCK_PROCESS_CPUTIME_ID, 0, &ts, NULL),
	    -EINTR);
}

/* ---- RLIMIT_CPU -------------------------------------------------------- */

static void burn_for_ever(void *arg)
{
	if (arg)
		signal(SIGXCPU, count);
	for (;;)
		if (arg && caught)
			_exit(0);
}

TEST("RLIMIT_CPU: SIGXCPU at the soft limit, SIGKILL at the hard one")
{
	int status;

	set_limit(RLIMIT_CORE, 0, 0);
	set_limit(RLIMIT_CPU, 1, 4);
	status = in_child(burn_for_ever, NULL);
	OK(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU);
	EQ(in_child(burn_for_ever, &status), 0);
	signal(SIGXCPU, SIG_IGN);
	status = in_child(burn_for_ever, NULL);
	OK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* ---- the clock itself -------------------------------------------------- */

TEST("adjtimex: a clock that nobody has set; other clocks cannot be")
{
	struct timex tx = { .modes = 0 };
	struct timespec ts = { 1, 0 };

	RET(sys(adjtimex, &tx), TIME_ERROR);
	EQ(tx.status, STA_UNSYNC);
	EQ(tx.tick, 10000);
	RET(sys(clock_adjtime, CLOCK_REALTIME, &tx), TIME_ERROR);
	RET(sys(clock_adjtime, CLOCK_MONOTONIC, &tx), -EOPNOTSUPP);
	RET(sys(clock_adjtime, 12, &tx), -EINVAL);
	RET(sys(adjtimex, 8), -EFAULT);
	become_user();
	tx.modes = ADJ_TICK;
	RET(sys(adjtimex, &tx), -EPERM);
	RET(sys(clock_settime, CLOCK_REALTIME, &ts), -EPERM);
}
