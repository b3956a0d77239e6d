/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System V semaphores: arrays of operations, who waits and who is let go, what
 * an exit undoes, every command of semctl.
 */
#include "test.h"

#include <sys/ipc.h>
#include <sys/sem.h>
#include <time.h>

#define KEY 0x73656d31
#define OP(n, op, flags) ((struct sembuf){ n, op, flags })
#define SEMOP(id, ...) ({						\
	struct sembuf _ops[] = { __VA_ARGS__ };				\
	sys(semtimedop, id, _ops, ARRAY_SIZE(_ops), NULL);		\
})

static long id;

static long make(int nsems)
{
	id = sys(semget, IPC_PRIVATE, nsems, 0600);
	if (failed(id))
		die("semget: %s", ret_name(id));
	return id;
}

static long value(int n)
{
	return sys(semctl, id, n, GETVAL, 0);
}

static void done(void)
{
	RET(sys(semctl, id, 0, IPC_RMID, 0), 0);
}

/* Until `n` callers wait on semaphore `num` (for zero: GETZCNT). */
static void until_waiting(int num, int cmd, long n)
{
	while (sys(semctl, id, num, cmd, 0) != n)
		usleep(1000);
}

/* A child that calls semop with these and exits with its -result. */
#define CHILD_SEMOP(...) ({						\
	int _pid = fork();						\
	if (!_pid)							\
		_exit(-SEMOP(id, __VA_ARGS__));				\
	_pid;								\
})

static int exit_of(int pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		WEXITSTATUS(status) : -1;
}

/* ---- semget ------------------------------------------------------------ */

static const struct get_row {
	const char *name;
	long key, nsems, flags, want;
} get_rows[] = {
	{ "no such key", KEY + 1, 1, 0, -ENOENT },
	{ "none", IPC_PRIVATE, 0, 0600, -EINVAL },
	{ "negative", IPC_PRIVATE, -1, 0600, -EINVAL },
	{ "over SEMMSL", IPC_PRIVATE, 32001, 0600, -EINVAL },
	{ "exists, more", KEY, 4, 0, -EINVAL },
	{ "exists, exclusive", KEY, 3, IPC_CREAT | IPC_EXCL, -EEXIST },
};

static void get_fails(const void *arg)
{
	const struct get_row *r = arg;

	id = sys(semget, KEY, 3, IPC_CREAT | 0600);
	OK(!failed(id));
	RET(sys(semget, r->key, r->nsems, r->flags), r->want);
	RET(sys(semget, KEY, 0, 0), id);
	done();
	RET(sys(semget, KEY, 0, 0), -ENOENT);
}
TEST_TABLE("semget: ", get_rows, get_fails);

/* ---- semop ------------------------------------------------------------- */

static const struct op_row {
	const char *name;
	struct sembuf ops[3];
	long n, want, left[2];
} op_rows[] = {	/* from 3, 0 */
	{ "add", { { 0, 2, 0 } }, 1, 0, { 5, 0 } },
	{ "take", { { 0, -3, 0 } }, 1, 0, { 0, 0 } },
	{ "zero that is", { { 1, 0, 0 } }, 1, 0, { 3, 0 } },
	{ "zero that is not", { { 0, 0, IPC_NOWAIT } }, 1, -EAGAIN, { 3, 0 } },
	{ "too much", { { 0, -4, IPC_NOWAIT } }, 1, -EAGAIN, { 3, 0 } },
	{ "all or nothing", { { 0, -1, IPC_NOWAIT }, { 1, 5, 0 },
		{ 0, -3, IPC_NOWAIT } }, 3, -EAGAIN, { 3, 0 } },
	{ "in order", { { 0, -3, 0 }, { 0, 0, 0 }, { 0, 1, 0 } }, 3, 0,
		{ 1, 0 } },
	{ "over SEMVMX", { { 1, 1, 0 }, { 0, 32767, 0 } }, 2, -ERANGE,
		{ 3, 0 } },
	{ "up to SEMVMX", { { 0, 32764, 0 } }, 1, 0, { 32767, 0 } },
	{ "no such semaphore", { { 2, 1, 0 } }, 1, -EFBIG, { 3, 0 } },
	{ "no operation", { { 0, 1, 0 } }, 0, -EINVAL, { 3, 0 } },
	{ "over SEMOPM", { { 0, 1, 0 } }, 501, -E2BIG, { 3, 0 } },
};

static void operate(const void *arg)
{
	const struct op_row *r = arg;

	make(2);
	RET(sys(semctl, id, 0, SETVAL, 3), 0);
	RET(sys(semop, id, r->ops, r->n), r->want);
	EQ(value(0), r->left[0]);
	EQ(value(1), r->left[1]);
	done();
}
TEST_TABLE("semop from 3, 0: ", op_rows, operate);

TEST("bad ids, pointers and time limits")
{
	struct sembuf op = OP(0, -1, 0);
	struct timespec ts = { 0, 1000000000 };

	make(1);
	RET(sys(semop, -1, &op, 1), -EINVAL);
	RET(sys(semop, id + 32768, &op, 1), -EINVAL);
	RET(sys(semop, id, 1, 1), -EFAULT);
	RET(sys(semtimedop, id, &op, 1, 1), -EFAULT);
	RET(sys(semtimedop, id, &op, 1, &ts), -EINVAL);
	RET(sys(semtimedop, id, &op, 501, &ts), -E2BIG);
	ts = (struct timespec){ 0, 20000000 };
	RET(sys(semtimedop, id, &op, 1, &ts), -EAGAIN);
	done();
}

TEST("a waiter gets what is added before anybody else")
{
	int pid;

	make(1);
	pid = CHILD_SEMOP(OP(0, -2, 0));
	until_waiting(0, GETNCNT, 1);
	RET(SEMOP(id, OP(0, 1, 0)), 0);
	EQ(value(0), 1);
	RET(SEMOP(id, OP(0, 1, 0)), 0);
	EQ(value(0), 0);
	RET(SEMOP(id, OP(0, -1, IPC_NOWAIT)), -EAGAIN);
	EQ(sys(semctl, id, 0, GETPID, 0), pid);
	EQ(sys(semctl, id, 0, GETNCNT, 0), 0);
	EQ(exit_of(pid), 0);
	done();
}

TEST("waiters for zero, and one that lets another go")
{
	int zero, take, chain;

	make(2);
	RET(sys(semctl, id, 0, SETVAL, 1), 0);
	zero = CHILD_SEMOP(OP(0, 0, 0));
	until_waiting(0, GETZCNT, 1);
	chain = CHILD_SEMOP(OP(1, -1, 0));
	until_waiting(1, GETNCNT, 1);
	take = CHILD_SEMOP(OP(0, -2, 0), OP(1, 1, 0));
	until_waiting(0, GETNCNT, 1);
	RET(SEMOP(id, OP(0, 1, 0)), 0);
	EQ(exit_of(take), 0);
	EQ(exit_of(zero), 0);
	EQ(exit_of(chain), 0);
	EQ(value(0), 0);
	EQ(value(1), 0);
	done();
}

TEST("a removed set: EIDRM for those who wait")
{
	int a, b;

	make(1);
	a = CHILD_SEMOP(OP(0, -1, 0));
	b = CHILD_SEMOP(OP(0, -1, SEM_UNDO));
	until_waiting(0, GETNCNT, 2);
	done();
	EQ(exit_of(a), EIDRM);
	EQ(exit_of(b), EIDRM);
	RET(value(0), -EINVAL);
}

static void on_signal(int sig) { (void)sig; }

TEST("a signal: EINTR, also with SA_RESTART; nothing is taken")
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESTART };
	int pid;

	make(1);
	sigaction(SIGUSR1, &sa, NULL);
	pid = CHILD_SEMOP(OP(0, -1, 0));
	until_waiting(0, GETNCNT, 1);
	kill(pid, SIGUSR1);
	EQ(exit_of(pid), EINTR);
	EQ(sys(semctl, id, 0, GETNCNT, 0), 0);
	RET(SEMOP(id, OP(0, 1, 0)), 0);
	EQ(value(0), 1);
	done();
}

/* ---- SEM_UNDO ---------------------------------------------------------- */

TEST("SEM_UNDO: what a process took and gave comes back at its end")
{
	int a, b;

	make(3);
	RET(sys(semctl, id, 0, SETVAL, 5), 0);
	a = CHILD_SEMOP(OP(0, -2, SEM_UNDO), OP(1, 7, SEM_UNDO), OP(2, 1, 0));
	EQ(exit_of(a), 0);
	EQ(value(0), 5);
	EQ(value(1), 0);
	EQ(value(2), 1);
	EQ(sys(semctl, id, 0, GETPID, 0), a);
	/* an exit lets a waiter go */
	RET(sys(semctl, id, 0, SETVAL, 0), 0);
	a = CHILD_SEMOP(OP(0, 1, 0), OP(1, 1, SEM_UNDO), OP(1, -1, 0));
	EQ(exit_of(a), 0);
	EQ(value(1), 0);
	b = fork();
	if (!b) {
		SEMOP(id, OP(0, -1, SEM_UNDO));
		until_waiting(0, GETNCNT, 1);
		_exit(0);
	}
	while (value(0))
		usleep(1000);
	RET(SEMOP(id, OP(0, -1, 0)), 0);
	EQ(exit_of(b), 0);
	done();
}

TEST("SEM_UNDO: exec keeps it, SETVAL and SETALL forget it")
{
	unsigned short all[2] = { 9, 9 };
	int pid;

	make(2);
	pid = fork();
	if (!pid) {
		SEMOP(id, OP(0, 3, SEM_UNDO), OP(1, 3, SEM_UNDO));
		sys(semctl, id, 0, SETVAL, 8);
		_exit(0);
	}
	EQ(exit_of(pid), 0);
	EQ(value(0), 8);
	EQ(value(1), 0);
	pid = fork();
	if (!pid) {
		SEMOP(id, OP(0, -3, SEM_UNDO));
		sys(semctl, id, 0, SETALL, all);
		_exit(0);
	}
	EQ(exit_of(pid), 0);
	EQ(value(0), 9);
	done();
}

TEST("SEM_UNDO: the adjustment's range; a child has none of its parent's")
{
	make(1);
	RET(SEMOP(id, OP(0, 32767, SEM_UNDO)), 0);
	RET(SEMOP(id, OP(0, -32767, 0)), 0);
	RET(SEMOP(id, OP(0, 1, SEM_UNDO)), 0);
	RET(SEMOP(id, OP(0, 1, SEM_UNDO)), -ERANGE);
	EQ(value(0), 1);
	EQ(exit_of(CHILD_SEMOP(OP(0, 1, 0))), 0);
	EQ(value(0), 2);
	done();
}

/* ---- semctl ------------------------------------------------------------ */

static const struct ctl_row {
	const char *name;
	long num, cmd, arg, want;
} ctl_rows[] = {
	{ "SETVAL", 1, SETVAL, 32767, 0 },
	{ "SETVAL too large", 0, SETVAL, 32768, -ERANGE },
	{ "SETVAL negative", 0, SETVAL, -1, -ERANGE },
	{ "SETVAL nowhere", 2, SETVAL, 1, -EINVAL },
	{ "SETVAL below", -1, SETVAL, 1, -EINVAL },
	{ "GETVAL nowhere", 2, GETVAL, 0, -EINVAL },
	{ "GETNCNT", 1, GETNCNT, 0, 0 },
	{ "GETZCNT nowhere", -1, GETZCNT, 0, -EINVAL },
	{ "GETPID of none", 0, GETPID, 0, 0 },
	{ "GETALL to nowhere", 0, GETALL, 1, -EFAULT },
	{ "SETALL from nowhere", 0, SETALL, 1, -EFAULT },
	{ "IPC_STAT to nowhere", 0, IPC_STAT, 1, -EFAULT },
	{ "IPC_SET from nowhere", 0, IPC_SET, 1, -EFAULT },
	{ "IPC_INFO to nowhere", 0, IPC_INFO, 1, -EFAULT },
	{ "no such command", 0, 99, 0, -EINVAL },
};

static void control(const void *arg)
{
	const struct ctl_row *r = arg;

	make(2);
	RET(sys(semctl, id, r->num, r->cmd, r->arg), r->want);
	RET(sys(semctl, -1, r->num, r->cmd, r->arg), -EINVAL);
	done();
}
TEST_TABLE("semctl: ", ctl_rows, control);

TEST("GETALL, SETALL: all values; a change lets waiters go")
{
	unsigned short v[3] = { 1, 32768, 2 };
	int pid;

	make(3);
	RET(sys(semctl, id, 0, SETALL, v), -ERANGE);
	pid = CHILD_SEMOP(OP(1, -5, 0));
	until_waiting(1, GETNCNT, 1);
	v[1] = 6;
	RET(sys(semctl, id, 0, SETALL, v), 0);
	EQ(exit_of(pid), 0);
	RET(sys(semctl, id, 0, GETALL, v), 0);
	EQ(v[0], 1);
	EQ(v[1], 1);
	EQ(v[2], 2);
	done();
}

TEST("IPC_STAT, IPC_SET, permissions of others")
{
	struct semid_ds ds;

	make(4);
	RET(sys(semctl, id, 0, IPC_STAT, &ds), 0);
	EQ(ds.sem_nsems, 4);
	EQ(ds.sem_otime, 0);
	OK(ds.sem_ctime > 0);
	RET(SEMOP(id, OP(0, 0, 0)), 0);
	ds.sem_perm.mode = 0604;
	RET(sys(semctl, id, 0, IPC_SET, &ds), 0);
	RET(sys(semctl, id, 0, IPC_STAT, &ds), 0);
	EQ(ds.sem_perm.mode, 0604);
	OK(ds.sem_otime > 0);
	if (in_child((void (*)(void *))become_user, NULL))
		fail("no user");
	if (!fork()) {
		become_user();
		RET(value(0), 0);
		RET(SEMOP(id, OP(0, 0, 0)), 0);
		RET(SEMOP(id, OP(0, 1, 0)), -EACCES);
		RET(sys(semctl, id, 0, SETVAL, 1), -EACCES);
		RET(sys(semctl, id, 0, IPC_SET, &ds), -EPERM);
		RET(sys(semctl, id, 0, IPC_RMID, 0), -EPERM);
		ds.sem_perm.mode = value(0);
		exit(0);
	}
	wait(NULL);
	EQ(value(0), 0);
	done();
}

TEST("IPC_INFO, SEM_INFO, SEM_STAT, SEM_STAT_ANY, /proc/sysvipc/sem")
{
	static char text[4096];
	struct semid_ds ds;
	int info[10];
	char line[64];
	long max, i, found = 0;

	make(7);
	max = sys(semctl, 0, 0, IPC_INFO, info);
	OK(max >= 0);
	EQ(info[8], 32767);
	RET(sys(semctl, 0, 0, 19 /* SEM_INFO */, info), max);
	EQ(info[7], 1);
	EQ(info[9], 7);
	for (i = 0; i <= max; i++)
		found += sys(semctl, i, 0, 18 /* SEM_STAT */, &ds) == id;
	EQ(found, 1);
	EQ(ds.sem_nsems, 7);
	RET(sys(semctl, max, 0, 20 /* SEM_STAT_ANY */, &ds), id);
	slurp("/proc/sysvipc/sem", text, sizeof(text));
	snprintf(line, sizeof(line), "%10d %10ld  %4o %10d %5d", 0, id, 0600,
		 7, 0);
	OK(strstr(text, line));
	done();
}

TEST("as many as SEMMSL in a set")
{
	static unsigned short v[32000];

	id = sys(semget, IPC_PRIVATE, 32000, 0600);
	OK(!failed(id));
	RET(SEMOP(id, OP(31999, 4, SEM_UNDO)), 0);
	RET(sys(semctl, id, 0, GETALL, v), 0);
	EQ(v[31999], 4);
	done();
}
