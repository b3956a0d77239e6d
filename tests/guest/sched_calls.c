/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scheduling: policies and who may set them, what they do, nice values,
 * affinity, I/O priorities, load averages.
 */
#include "test.h"

#include <linux/ioprio.h>
#include <sched.h>
#include <sys/sysinfo.h>
#include <time.h>

struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
	uint32_t more[4];
};

#define IOPRIO(class, level) ((class) << IOPRIO_CLASS_SHIFT | (level))

static void nap(long ms)
{
	struct timespec ts = { 0, ms * 1000000 };

	nanosleep(&ts, NULL);
}

static long set_policy(int policy, int priority)
{
	return sys(sched_setscheduler, 0, policy, &priority);
}

/* ---- setting ----------------------------------------------------------- */

struct policy_row {
	const char *name;
	int policy, priority;
	long ret, ret_user;
};

static const struct policy_row policies[] = {
	{ "OTHER", SCHED_OTHER, 0, 0, 0 },
	{ "OTHER with a priority", SCHED_OTHER, 1, -EINVAL, -EINVAL },
	{ "FIFO 1", SCHED_FIFO, 1, 0, -EPERM },
	{ "FIFO 99", SCHED_FIFO, 99, 0, -EPERM },
	{ "FIFO 0", SCHED_FIFO, 0, -EINVAL, -EINVAL },
	{ "FIFO 100", SCHED_FIFO, 100, -EINVAL, -EINVAL },
	{ "FIFO -1", SCHED_FIFO, -1, -EINVAL, -EINVAL },
	{ "RR 50", SCHED_RR, 50, 0, -EPERM },
	{ "BATCH", SCHED_BATCH, 0, 0, 0 },
	{ "IDLE", SCHED_IDLE, 0, 0, 0 },
	{ "IDLE with a priority", SCHED_IDLE, 3, -EINVAL, -EINVAL },
	{ "number 4", 4, 0, -EINVAL, -EINVAL },
	{ "number 7", 7, 0, -EINVAL, -EINVAL },
	{ "number -1", -1, 0, -EINVAL, -EINVAL },
	{ "BATCH, reset on fork", SCHED_BATCH | SCHED_RESET_ON_FORK, 0, 0, 0 },
};

static void policy_row(const void *arg)
{
	const struct policy_row *row = arg;
	int priority = -1;

	RET(set_policy(row->policy, row->priority), row->ret);
	if (row->ret)
		return;
	RET(sys(sched_getscheduler, 0), row->policy);
	RET(sys(sched_getparam, 0, &priority), 0);
	EQ(priority, row->priority);
	RET(sys(sched_setparam, 0, &priority), 0);
	RET(sys(sched_getscheduler, 0), row->policy);
}
TEST_TABLE("sched_setscheduler", policies, policy_row);

static void policy_user_row(const void *arg)
{
	const struct policy_row *row = arg;

	become_user();
	set_limit(RLIMIT_RTPRIO, 0, 0);
	RET(set_policy(row->policy, row->priority), row->ret_user);
}
TEST_TABLE("sched_setscheduler without privilege", policies, policy_user_row);

TEST("sched_*: no such process, bad pointers")
{
	int priority = 0;
	struct timespec ts;

	RET(sys(sched_setscheduler, -1, SCHED_OTHER, &priority), -EINVAL);
	RET(sys(sched_setscheduler, 32767, SCHED_OTHER, &priority), -ESRCH);
	RET(sys(sched_setscheduler, 0, SCHED_OTHER, NULL), -EINVAL);
	RET(sys(sched_setscheduler, 0, SCHED_OTHER, 8), -EFAULT);
	RET(sys(sched_setparam, -1, &priority), -EINVAL);
	RET(sys(sched_setparam, 32767, &priority), -ESRCH);
	RET(sys(sched_getscheduler, -1), -EINVAL);
	RET(sys(sched_getscheduler, 32767), -ESRCH);
	RET(sys(sched_getparam, 32767, &priority), -ESRCH);
	RET(sys(sched_getparam, 0, NULL), -EINVAL);
	RET(sys(sched_getparam, 0, 8), -EFAULT);
	RET(sys(sched_rr_get_interval, -1, &ts), -EINVAL);
	RET(sys(sched_rr_get_interval, 32767, &ts), -ESRCH);
	RET(sys(sched_rr_get_interval, 0, 8), -EFAULT);
}

TEST("sched_rr_get_interval: 100 ms for RR, 0 for FIFO")
{
	struct timespec ts = { 9, 9 };

	RET(set_policy(SCHED_RR, 5), 0);
	RET(sys(sched_rr_get_interval, 0, &ts), 0);
	EQ(ts.tv_sec, 0);
	EQ(ts.tv_nsec, 100000000);
	RET(set_policy(SCHED_FIFO, 5), 0);
	RET(sys(sched_rr_get_interval, 0, &ts), 0);
	EQ(ts.tv_sec + ts.tv_nsec, 0);
}

TEST("RLIMIT_RTPRIO lets a user go so far")
{
	set_limit(RLIMIT_RTPRIO, 10, 20);
	become_user();
	RET(set_policy(SCHED_RR, 11), -EPERM);
	RET(set_policy(SCHED_RR, 10), 0);
	RET(set_policy(SCHED_FIFO, 10), 0);
	set_limit(RLIMIT_RTPRIO, 0, 20);
	RET(set_policy(SCHED_FIFO, 9), 0);	/* down is always allowed */
	RET(set_policy(SCHED_FIFO, 10), -EPERM);
	RET(set_policy(SCHED_OTHER, 0), 0);
	RET(set_policy(SCHED_FIFO, 1), -EPERM);
}

TEST("RLIMIT_NICE: how far a user may lower the nice value")
{
	set_limit(RLIMIT_NICE, 25, 25);		/* down to -5 */
	become_user();
	RET(sys(setpriority, PRIO_PROCESS, 0, 10), 0);
	RET(sys(setpriority, PRIO_PROCESS, 0, -5), 0);
	RET(sys(setpriority, PRIO_PROCESS, 0, -6), -EACCES);
	RET(sys(getpriority, PRIO_PROCESS, 0), 25);
	set_limit(RLIMIT_NICE, 0, 25);
	RET(sys(setpriority, PRIO_PROCESS, 0, -4), 0);
	RET(sys(setpriority, PRIO_PROCESS, 0, -5), -EACCES);
	RET(sys(setpriority, PRIO_PROCESS, 1, 5), -EPERM);
}

TEST("a user may leave SCHED_IDLE only as far as RLIMIT_NICE goes")
{
	set_limit(RLIMIT_NICE, 0, 20);
	become_user();
	RET(set_policy(SCHED_IDLE, 0), 0);
	RET(set_policy(SCHED_OTHER, 0), -EPERM);
	set_limit(RLIMIT_NICE, 20, 20);
	RET(set_policy(SCHED_OTHER, 0), 0);
}

TEST("another user's process may not be changed")
{
	int zero = 0;
	unsigned long mask = 1;

	become_user();
	RET(sys(sched_setscheduler, 1, SCHED_BATCH, &zero), -EPERM);
	RET(sys(sched_setaffinity, 1, sizeof(mask), &mask), -EPERM);
	RET(sys(ioprio_set, IOPRIO_WHO_PROCESS, 1,
		IOPRIO(IOPRIO_CLASS_BE, 4)), -EPERM);
}

/* ---- fork -------------------------------------------------------------- */

struct fork_row {
	const char *name;
	int policy, nice, child_policy, child_nice;
};

static const struct fork_row forks[] = {
	{ "FIFO is inherited", SCHED_FIFO, 3, SCHED_FIFO, 3 },
	{ "nice is inherited", SCHED_OTHER, -7, SCHED_OTHER, -7 },
	{ "FIFO is reset, and its nice value", SCHED_FIFO | SCHED_RESET_ON_FORK,
	  3, SCHED_OTHER, 0 },
	{ "nice below 0 is reset", SCHED_BATCH | SCHED_RESET_ON_FORK, -7,
	  SCHED_BATCH, 0 },
	{ "nice above 0 is not", SCHED_BATCH | SCHED_RESET_ON_FORK, 7,
	  SCHED_BATCH, 7 },
};

static void check_child(void *arg)
{
	const struct fork_row *row = arg;

	EQ(sys(sched_getscheduler, 0), row->child_policy);
	EQ(20 - sys(getpriority, PRIO_PROCESS, 0), row->child_nice);
}

static void fork_row(const void *arg)
{
	const struct fork_row *row = arg;
	int policy = row->policy & ~SCHED_RESET_ON_FORK;

	RET(sys(setpriority, PRIO_PROCESS, 0, row->nice), 0);
	RET(set_policy(row->policy,
		       policy == SCHED_FIFO || policy == SCHED_RR ? 9 : 0), 0);
	EQ(in_child(check_child, (void *)row), 0);
}
TEST_TABLE("fork", forks, fork_row);

TEST("a user cannot take reset-on-fork back")
{
	become_user();
	RET(set_policy(SCHED_BATCH | SCHED_RESET_ON_FORK, 0), 0);
	RET(set_policy(SCHED_BATCH, 0), -EPERM);
	RET(set_policy(SCHED_OTHER | SCHED_RESET_ON_FORK, 0), 0);
}

/* ---- sched_setattr ----------------------------------------------------- */

struct attr_row {
	const char *name;
	struct attr a;
	long ret;
};

static const struct attr_row attrs[] = {
	{ "nice 3", { .size = 48, .nice = 3 }, 0 },
	{ "size 0", { .size = 0, .nice = 3 }, 0 },
	{ "size 47", { .size = 47 }, -E2BIG },
	{ "size 4097", { .size = 4097 }, -E2BIG },
	{ "longer, zeros", { .size = 72, .nice = 3 }, 0 },
	{ "longer, not zeros", { .size = 72, .more = { 0, 0, 1 } }, -E2BIG },
	{ "unknown flag", { .size = 56, .flags = 0x100 }, -EINVAL },
	{ "util clamp", { .size = 56, .flags = 0x20 }, -EOPNOTSUPP },
	{ "unknown policy", { .size = 56, .policy = 4 }, -EINVAL },
	{ "policy negative", { .size = 56, .policy = -1u }, -EINVAL },
	{ "nice 50", { .size = 56, .nice = 50 }, 0 },
	{ "nice -50", { .size = 56, .nice = -50 }, 0 },
	{ "RR 7", { .size = 56, .policy = SCHED_RR, .priority = 7 }, 0 },
	{ "RR 0", { .size = 56, .policy = SCHED_RR }, -EINVAL },
	{ "RR 100", { .size = 56, .policy = SCHED_RR, .priority = 100 },
	  -EINVAL },
	{ "reset on fork", { .size = 56, .flags = 1 }, 0 },
};

static void attr_row(const void *arg)
{
	const struct attr_row *row = arg;
	struct attr a = row->a, seen = { .size = 0 };
	int nice = a.nice > 19 ? 19 : a.nice < -20 ? -20 : a.nice;

	RET(sys(sched_setattr, 0, &a, 0), row->ret);
	if (row->ret == -E2BIG)
		EQ(a.size, 56);
	if (row->ret)
		return;
	RET(sys(sched_getattr, 0, &seen, sizeof(seen), 0), 0);
	EQ(seen.size, 56);
	EQ(seen.policy, a.policy);
	EQ(seen.nice, nice);
	EQ(seen.priority, a.priority);
	EQ(seen.flags, a.flags);
}
TEST_TABLE("sched_setattr", attrs, attr_row);

TEST("sched_setattr: policy or parameters are kept")
{
	struct attr a = { .size = 56, .policy = SCHED_BATCH, .nice = 4 };

	RET(sys(sched_setattr, 0, &a, 0), 0);
	a = (struct attr){ .size = 56, .policy = 77, .flags = 8, .nice = 5 };
	RET(sys(sched_setattr, 0, &a, 0), 0);
	RET(sys(sched_getattr, 0, &a, 56, 0), 0);
	EQ(a.policy, SCHED_BATCH);
	EQ(a.nice, 5);
	a = (struct attr){ .size = 56, .policy = SCHED_OTHER, .flags = 0x10,
			   .nice = 9 };
	RET(sys(sched_setattr, 0, &a, 0), 0);
	RET(sys(sched_getattr, 0, &a, 56, 0), 0);
	EQ(a.nice, 5);
}

TEST("sched_setattr, sched_getattr: bad arguments")
{
	struct attr a = { .size = 56 };

	RET(sys(sched_setattr, 0, NULL, 0), -EINVAL);
	RET(sys(sched_setattr, 0, 8, 0), -EFAULT);
	RET(sys(sched_setattr, 0, &a, 1), -EINVAL);
	RET(sys(sched_setattr, -1, &a, 0), -EINVAL);
	RET(sys(sched_setattr, 32767, &a, 0), -ESRCH);
	RET(sys(sched_getattr, 0, NULL, 56, 0), -EINVAL);
	RET(sys(sched_getattr, 0, 8, 56, 0), -EFAULT);
	RET(sys(sched_getattr, 0, &a, 47, 0), -EINVAL);
	RET(sys(sched_getattr, 0, &a, 4097, 0), -EINVAL);
	RET(sys(sched_getattr, 0, &a, 56, 1), -EINVAL);
	RET(sys(sched_getattr, -1, &a, 56, 0), -EINVAL);
	RET(sys(sched_getattr, 32767, &a, 56, 0), -ESRCH);
}

/* ---- what it does ------------------------------------------------------ */

/* Two processes write their letter into shared memory when they run. */
struct race {
	volatile int n, go;
	volatile char order[64];
};

static struct race *make_race(void)
{
	return mmap(NULL, PAGE, RW, SHANON, -1, 0);
}

TEST("FIFO: the higher priority runs first and to its end")
{
	struct race *r = make_race();
	pid_t child[3];

	RET(set_policy(SCHED_FIFO, 50), 0);
	for (int i = 0; i < 3; i++) {
		child[i] = fork();
		if (!child[i]) {
			RET(set_policy(SCHED_FIFO, 10 + i), 0);
			/* lower than the parent: from here on later */
			for (int k = 0; k < 3; k++) {
				for (volatile int j = 0; j < 1000000; j++)
					;
				r->order[r->n++] = 'a' + i;
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 3; i++)
		EQ(waitpid(child[i], NULL, 0), child[i]);
	STR((char *)r->order, "cccbbbaaa");
}

TEST("FIFO: who is woken preempts who is lower, not its equal")
{
	struct race *r = make_race();
	int pipefd[2];
	char c;
	pid_t pid;

	for (int prio = 20; prio <= 21; prio++) {
		r->n = 0;
		EQ(pipe(pipefd), 0);
		RET(set_policy(SCHED_FIFO, 60), 0);
		pid = fork();
		if (!pid) {
			RET(set_policy(SCHED_FIFO, prio), 0);
			EQ(read(pipefd[0], &c, 1), 1);
			r->order[r->n++] = 'c';
			_exit(0);
		}
		/* the child reaches its read while we sleep */
		nap(200);
		RET(set_policy(SCHED_FIFO, 20), 0);
		EQ(write(pipefd[1], "x", 1), 1);
		r->order[r->n++] = 'p';
		EQ(waitpid(pid, NULL, 0), pid);
		r->order[r->n] = 0;
		STR((char *)r->order, prio == 20 ? "pc" : "cp");
	}
}

TEST("RR: equals take turns, FIFO's do not")
{
	static const int kinds[] = { SCHED_RR, SCHED_FIFO };
	struct race *r = make_race();
	pid_t child[2];

	for (int k = 0; k < 2; k++) {
		r->n = 0;
		RET(set_policy(SCHED_FIFO, 50), 0);
		for (int i = 0; i < 2; i++) {
			child[i] = fork();
			if (child[i])
				continue;
			RET(set_policy(kinds[k], 10), 0);
			/* the first waits for the second while it runs */
			if (k == 0 && i == 0)
				while (!r->n)
					;
			r->n++;
			_exit(0);
		}
		for (int i = 0; i < 2; i++)
			EQ(waitpid(child[i], NULL, 0), child[i]);
		EQ(r->n, 2);
	}
}

TEST("a real-time task that never sleeps leaves a little to the others")
{
	struct race *r = make_race();
	int highest = 99;
	pid_t pid = fork();

	if (!pid) {
		r->n = 1;
		for (;;)
			r->go++;
	}
	while (!r->n)
		sched_yield();
	RET(sys(sched_setscheduler, pid, SCHED_FIFO, &highest), 0);
	OK(r->go > 0);
	RET(sys(kill, pid, SIGKILL), 0);
	EQ(waitpid(pid, NULL, 0), pid);
}

/* CPU time of a child with that nice value beside one of 0 for a while. */
static long long cpu_ns(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

struct share_row {
	const char *name;
	int policy, nice;
	int times;		/* the other gets at least that much more */
};

static const struct share_row shares[] = {
	{ "nice 19", SCHED_OTHER, 19, 2 },
	{ "nice 10", SCHED_OTHER, 10, 2 },
	{ "SCHED_IDLE", SCHED_IDLE, 0, 2 },
};

static void share_row(const void *arg)
{
	const struct share_row *row = arg;
	clockid_t clock[2];
	pid_t pid[2];

	RET(sys(setpriority, PRIO_PROCESS, 0, -10), 0);
	for (int i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			sys(setpriority, PRIO_PROCESS, 0, i ? row->nice : 0);
			if (i)
				set_policy(row->policy, 0);
			for (;;)
				;
		}
		EQ(clock_getcpuclockid(pid[i], &clock[i]), 0);
	}
	/* A stall of the machine may be either's time: it evens out. */
	do
		nap(50);
	while (cpu_ns(clock[0]) < 1000000000 ||
	       (cpu_ns(clock[0]) < 8000000000 &&
		cpu_ns(clock[0]) <= row->times * cpu_ns(clock[1])));
	OK(cpu_ns(clock[0]) > row->times * cpu_ns(clock[1]));
	for (int i = 0; i < 2; i++) {
		kill(pid[i], SIGKILL);
		EQ(waitpid(pid[i], NULL, 0), pid[i]);
	}
}
TEST_TABLE("beside nice 0 gets less:", shares, share_row);

/* ---- affinity, I/O priorities, load ------------------------------------ */

TEST("affinity: one processor")
{
	unsigned long mask[2] = { 0, 0 };
	unsigned cpu = 9, node = 9;

	RET(sys(sched_getaffinity, 0, sizeof(mask[0]), mask), 8);
	EQ(mask[0], 1);
	RET(sys(sched_getaffinity, 0, 4, mask), -EINVAL);
	RET(sys(sched_getaffinity, 0, 9, mask), -EINVAL);
	RET(sys(sched_getaffinity, 0, 16, mask), 8);
	RET(sys(sched_getaffinity, 32767, 8, mask), -ESRCH);
	RET(sys(sched_getaffinity, 0, 8, 8), -EFAULT);
	mask[0] = 0xff;
	RET(sys(sched_setaffinity, 0, 8, mask), 0);
	mask[0] = 2;
	RET(sys(sched_setaffinity, 0, 8, mask), -EINVAL);
	mask[0] = 1;
	RET(sys(sched_setaffinity, 0, 1, mask), 0);
	RET(sys(sched_setaffinity, 0, 0, mask), -EINVAL);
	RET(sys(sched_setaffinity, 32767, 8, mask), -ESRCH);
	RET(sys(sched_setaffinity, 0, 8, 8), -EFAULT);
	RET(sys(getcpu, &cpu, &node, NULL), 0);
	EQ(cpu + node, 0);
	RET(sys(getcpu, 8, NULL, NULL), -EFAULT);
}

struct ioprio_row {
	const char *name;
	int value;
	long ret, ret_user;
};

static const struct ioprio_row ioprios[] = {
	{ "none", 0, 0, 0 },
	{ "none with a level", 1, -EINVAL, -EINVAL },
	{ "real-time", IOPRIO(IOPRIO_CLASS_RT, 3), 0, -EPERM },
	{ "best effort", IOPRIO(IOPRIO_CLASS_BE, 7), 0, 0 },
	{ "idle", IOPRIO(IOPRIO_CLASS_IDLE, 7), 0, 0 },
	{ "class 4", 4 << 13, -EINVAL, -EINVAL },
};

static void ioprio_row(const void *arg)
{
	const struct ioprio_row *row = arg;

	RET(sys(ioprio_set, IOPRIO_WHO_PROCESS, 0, row->value), row->ret);
	if (!row->ret) {
		RET(sys(ioprio_get, IOPRIO_WHO_PROCESS, 0), row->value);
		RET(sys(ioprio_set, IOPRIO_WHO_PROCESS, getpid(), 0), 0);
	}
	become_user();
	RET(sys(ioprio_set, IOPRIO_WHO_PROCESS, 0, row->value), row->ret_user);
}
TEST_TABLE("ioprio_set", ioprios, ioprio_row);

TEST("ioprio: unknown kinds, nobody, groups")
{
	RET(sys(ioprio_get, 0, 0), -EINVAL);
	RET(sys(ioprio_get, 4, 0), -EINVAL);
	RET(sys(ioprio_set, 4, 0, 0), -EINVAL);
	RET(sys(ioprio_get, IOPRIO_WHO_PROCESS, 32767), -ESRCH);
	RET(sys(ioprio_set, IOPRIO_WHO_PGRP, 32767, 0), -ESRCH);
	EQ(setpgid(0, 0), 0);
	RET(sys(setpriority, PRIO_PROCESS, 0, 10), 0);
	RET(sys(ioprio_get, IOPRIO_WHO_PGRP, 0),
	    IOPRIO(IOPRIO_CLASS_BE, 6));
	RET(sys(ioprio_set, IOPRIO_WHO_PGRP, 0,
		IOPRIO(IOPRIO_CLASS_IDLE, 7)), 0);
	RET(sys(ioprio_get, IOPRIO_WHO_PGRP, 0),
	    IOPRIO(IOPRIO_CLASS_IDLE, 7));
}

TEST("load averages: sysinfo and /proc/loadavg say the same")
{
	double load[3], seen[3];
	struct sysinfo si;
	FILE *f = fopen("/proc/loadavg", "r");

	OK(f != NULL);
	EQ(fscanf(f, "%lf %lf %lf", &load[0], &load[1], &load[2]), 3);
	fclose(f);
	EQ(sysinfo(&si), 0);
	for (int i = 0; i < 3; i++) {
		seen[i] = si.loads[i] / 65536.0;
		OK(seen[i] - load[i] < 0.1 && load[i] - seen[i] < 0.1);
	}
}
