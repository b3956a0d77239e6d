/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Futexes: operations and their errors; robust lists at the end of a thread, a
 * process and at exec, hostile ones included.
 */
#include "test.h"

#include <linux/futex.h>
#include <pthread.h>
#include <time.h>

static long futex(void *uaddr, int op, unsigned val, const void *timeout,
		  void *uaddr2, unsigned val3)
{
	return sys(futex, uaddr, op, val, timeout, uaddr2, val3);
}

static unsigned *shared_words(void)
{
	return mmap(NULL, PAGE, RW, SHANON, -1, 0);
}

static void nap(long ms)
{
	struct timespec ts = { 0, ms * 1000000 };

	nanosleep(&ts, NULL);
}

/* ---- errors ------------------------------------------------------------ */

static unsigned word = 1;
static const struct timespec bad_time = { 0, 1000000000 };
static const struct timespec a_moment = { 0, 1000000 };
static const struct timespec past = { 0, 1 };

struct error_row {
	const char *name;
	void *uaddr;
	int op;
	unsigned val;
	const void *timeout;
	void *uaddr2;
	unsigned val3;
	long ret;
};

#define ODD ((char *)&word + 1)
#define NOWHERE ((void *)WINDOW)
#define KERNEL ((void *)0xffff888000000000ul)

static const struct error_row errors[] = {
	{ "WAIT, other value", &word, FUTEX_WAIT, 2, NULL, 0, 0, -EAGAIN },
	{ "WAIT, time", &word, FUTEX_WAIT, 1, &a_moment, 0, 0, -ETIMEDOUT },
	{ "WAIT, bad time", &word, FUTEX_WAIT, 1, &bad_time, 0, 0, -EINVAL },
	{ "WAIT, time at a bad address", &word, FUTEX_WAIT, 1, (void *)8, 0, 0,
	  -EFAULT },
	{ "WAIT, unaligned", ODD, FUTEX_WAIT, 1, NULL, 0, 0, -EINVAL },
	{ "WAIT, unmapped", NOWHERE, FUTEX_WAIT, 1, NULL, 0, 0, -EFAULT },
	{ "WAIT private, unmapped", NOWHERE, FUTEX_WAIT_PRIVATE, 1, NULL, 0, 0,
	  -EFAULT },
	{ "WAIT, kernel's", KERNEL, FUTEX_WAIT, 1, NULL, 0, 0, -EFAULT },
	{ "WAIT | CLOCK_REALTIME", &word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 1,
	  &a_moment, 0, 0, -ENOSYS },
	{ "WAIT_BITSET, no bits", &word, FUTEX_WAIT_BITSET, 1, NULL, 0, 0,
	  -EINVAL },
	{ "WAIT_BITSET, past", &word, FUTEX_WAIT_BITSET, 1, &past, 0, 1,
	  -ETIMEDOUT },
	{ "WAIT_BITSET, real time, past", &word,
	  FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1, &past, 0, 1,
	  -ETIMEDOUT },
	{ "WAKE, nobody", &word, FUTEX_WAKE, 1, NULL, 0, 0, 0 },
	{ "WAKE private, unmapped", NOWHERE, FUTEX_WAKE_PRIVATE, 1, NULL, 0, 0,
	  0 },
	{ "WAKE, unmapped", NOWHERE, FUTEX_WAKE, 1, NULL, 0, 0, -EFAULT },
	{ "WAKE, unaligned", ODD, FUTEX_WAKE, 1, NULL, 0, 0, -EINVAL },
	{ "WAKE | CLOCK_REALTIME", &word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1,
	  NULL, 0, 0, -ENOSYS },
	{ "WAKE_BITSET, no bits", &word, FUTEX_WAKE_BITSET, 1, NULL, 0, 0,
	  -EINVAL },
	{ "REQUEUE, negative", &word, FUTEX_REQUEUE, -1, NULL, &word, 0,
	  -EINVAL },
	{ "REQUEUE, unaligned", &word, FUTEX_REQUEUE, 1, NULL, ODD, 0,
	  -EINVAL },
	{ "CMP_REQUEUE, other value", &word, FUTEX_CMP_REQUEUE, 1, NULL, &word,
	  2, -EAGAIN },
	{ "WAKE_OP, unknown comparison", &word, FUTEX_WAKE_OP, 1, NULL, &word,
	  0x0f000000, -ENOSYS },
	{ "WAKE_OP, unknown operation", &word, FUTEX_WAKE_OP, 1, NULL, &word,
	  0x70000000, -ENOSYS },
	{ "WAKE_OP, unmapped", &word, FUTEX_WAKE_OP_PRIVATE, 1, NULL, NOWHERE,
	  0, -EFAULT },
	{ "operation 99", &word, 99, 1, NULL, &word, 0, -ENOSYS },
};

static void error_row(const void *arg)
{
	const struct error_row *row = arg;

	RET(futex(row->uaddr, row->op, row->val, row->timeout, row->uaddr2,
		  row->val3), row->ret);
}
TEST_TABLE("futex", errors, error_row);

/* ---- WAKE_OP ----------------------------------------------------------- */

#define OPX(op, oparg, cmp, cmparg) ((unsigned)(op) << 28 | (cmp) << 24 | \
	((oparg) & 0xfff) << 12 | ((cmparg) & 0xfff))

struct op_row {
	const char *name;
	unsigned before, op, after;
	int woken;		/* of the waiters on the second word */
};

static const struct op_row ops[] = {
	{ "SET, EQ", 5, OPX(FUTEX_OP_SET, 9, FUTEX_OP_CMP_EQ, 5), 9, 1 },
	{ "SET, not EQ", 5, OPX(FUTEX_OP_SET, 9, FUTEX_OP_CMP_EQ, 6), 9, 0 },
	{ "ADD, NE", 5, OPX(FUTEX_OP_ADD, -2, FUTEX_OP_CMP_NE, 0), 3, 1 },
	{ "OR, LT", 5, OPX(FUTEX_OP_OR, 8, FUTEX_OP_CMP_LT, 6), 13, 1 },
	{ "ANDN, LE", 7, OPX(FUTEX_OP_ANDN, 2, FUTEX_OP_CMP_LE, 6), 5, 0 },
	{ "XOR, GT", 7, OPX(FUTEX_OP_XOR, 1, FUTEX_OP_CMP_GT, -1), 6, 1 },
	{ "SET of a bit, GE", 1, OPX(FUTEX_OP_SET | FUTEX_OP_OPARG_SHIFT, 31,
				     FUTEX_OP_CMP_GE, 2), 1u << 31, 0 },
};

static void wait_on(unsigned *w, unsigned val)
{
	futex(w, FUTEX_WAIT, val, NULL, NULL, 0);
}

static void op_row(const void *arg)
{
	const struct op_row *row = arg;
	unsigned *w = shared_words();
	pid_t pid = fork();

	w[1] = row->before;
	if (!pid) {
		w[2] = 1;
		wait_on(&w[1], row->before);
		_exit(0);
	}
	while (!w[2])
		nap(1);
	nap(100);		/* it waits now */
	RET(futex(&w[0], FUTEX_WAKE_OP, 1, (void *)1, &w[1], row->op),
	    row->woken);
	EQ(w[1], row->after);
	RET(futex(&w[1], FUTEX_WAKE, 1, NULL, NULL, 0), !row->woken);
	EQ(waitpid(pid, NULL, 0), pid);
}
TEST_TABLE("WAKE_OP", ops, op_row);

TEST("bitsets choose, requeue moves, in order")
{
	unsigned *w = shared_words();
	pid_t pid[3];

	for (int i = 0; i < 3; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(futex(&w[0], FUTEX_WAIT_BITSET, 0, NULL, NULL,
				    1u << i) ? 1 : 0);
	}
	nap(200);
	RET(futex(&w[0], FUTEX_WAKE_BITSET, 9, NULL, NULL, 8), 0);
	RET(futex(&w[0], FUTEX_WAKE_BITSET, 9, NULL, NULL, 2), 1);
	EQ(waitpid(pid[1], NULL, 0), pid[1]);
	RET(futex(&w[0], FUTEX_CMP_REQUEUE, 0, (void *)9, &w[1], 0), 2);
	RET(futex(&w[0], FUTEX_WAKE, 9, NULL, NULL, 0), 0);
	RET(futex(&w[1], FUTEX_WAKE, 9, NULL, NULL, 0), 2);
	EQ(waitpid(pid[0], NULL, 0), pid[0]);
	EQ(waitpid(pid[2], NULL, 0), pid[2]);
}

/* ---- robust lists ------------------------------------------------------ */

struct node {
	struct robust_list list;
	unsigned futex;
	unsigned pad;
};

struct locks {
	struct robust_list_head head;
	struct node node[4];
	volatile int ready;
};

static struct locks *make_locks(void)
{
	struct locks *l = mmap(NULL, PAGE, RW, SHANON, -1, 0);

	l->head.list.next = &l->head.list;
	l->head.futex_offset = offsetof(struct node, futex);
	return l;
}

/* The caller holds the first n. */
static void hold(struct locks *l, int n)
{
	struct robust_list **link = &l->head.list.next;

	for (int i = 0; i < n; i++) {
		l->node[i].futex |= sys(gettid);
		*link = &l->node[i].list;
		link = &l->node[i].list.next;
	}
	*link = &l->head.list;
	RET(sys(set_robust_list, &l->head, sizeof(l->head)), 0);
}

static void end_by(int how)
{
	if (how == 0)
		sys(exit, 0);
	else if (how == 1)
		kill(getpid(), SIGKILL);
	else
		reexec("@nothing", NULL);
	_exit(1);
}

struct end_row {
	const char *name;
	int how;
};

static const struct end_row ends[] = {
	{ "exit", 0 }, { "SIGKILL", 1 }, { "exec", 2 },
};

TEST("@nothing")
{
}

static void end_row(const void *arg)
{
	const struct end_row *row = arg;
	struct locks *l = make_locks();
	pid_t waiter, owner;
	int status;

	l->node[1].futex = FUTEX_WAITERS;
	l->node[3].futex = 77;		/* another's, on the list by mistake */
	owner = fork();
	if (!owner) {
		hold(l, 3);
		l->node[2].list.next = &l->node[3].list;
		l->node[3].list.next = &l->head.list;
		while (!l->ready)
			nap(1);
		nap(100);
		end_by(row->how);
	}
	while (!(l->node[2].futex & FUTEX_TID_MASK))
		nap(1);
	waiter = fork();
	if (!waiter) {
		unsigned seen = l->node[1].futex;

		l->ready = 1;
		_exit(futex(&l->node[1].futex, FUTEX_WAIT, seen, NULL, NULL,
			    0) ? 1 : 0);
	}
	EQ(waitpid(waiter, &status, 0), waiter);
	EQ(status, 0);
	EQ(waitpid(owner, &status, 0), owner);
	EQ(l->node[0].futex, FUTEX_OWNER_DIED);
	EQ(l->node[1].futex, FUTEX_OWNER_DIED | FUTEX_WAITERS);
	EQ(l->node[2].futex, FUTEX_OWNER_DIED);
	EQ(l->node[3].futex, 77);
}
TEST_TABLE("an owner's end:", ends, end_row);

static void *dying_thread(void *arg)
{
	hold(arg, 1);
	sys(exit, 0);
	return NULL;
}

TEST("a thread's end, the others live on")
{
	struct locks *l = make_locks();
	pthread_t th;

	EQ(pthread_create(&th, NULL, dying_thread, l), 0);
	while (*(volatile unsigned *)&l->node[0].futex != FUTEX_OWNER_DIED)
		nap(1);
}

struct pending_row {
	const char *name;
	unsigned before;	/* 1: the owner's number */
	unsigned after;
};

static const struct pending_row pendings[] = {
	{ "taken", 1, FUTEX_OWNER_DIED },
	{ "not taken", 0, 0 },
	{ "another's", 12345, 12345 },
};

static void pending_row(const void *arg)
{
	const struct pending_row *row = arg;
	struct locks *l = make_locks();
	pid_t pid = fork();

	if (!pid) {
		hold(l, 0);
		l->head.list_op_pending = &l->node[0].list;
		l->node[0].futex = row->before == 1 ? sys(gettid) :
						      row->before;
		_exit(0);
	}
	EQ(waitpid(pid, NULL, 0), pid);
	EQ(l->node[0].futex, row->after);
}
TEST_TABLE("list_op_pending,", pendings, pending_row);

/* Lists that no library would make: the end of their owner must be an end. */
struct hostile_row {
	const char *name;
	void *next;		/* NULL: the node itself, a circle */
	long offset;
	void *pending;
};

static const struct hostile_row hostiles[] = {
	{ "a circle", NULL, 16, NULL },
	{ "to nowhere", (void *)WINDOW, 16, NULL },
	{ "to the kernel", (void *)0xffff888000000000ul, 16, NULL },
	{ "to a number that is no address", (void *)0x8000000000000000ul, 16,
	  NULL },
	{ "offset to nowhere", NULL, 1l << 40, NULL },
	{ "offset to the kernel", NULL, INT64_MIN, NULL },
	{ "offset unaligned", NULL, 17, NULL },
	{ "pending nowhere", NULL, 16, (void *)WINDOW },
	{ "pending in the kernel", NULL, 16, (void *)-8ul },
};

static void hostile_row(const void *arg)
{
	const struct hostile_row *row = arg;
	struct locks *l = make_locks();
	int status;
	pid_t pid = fork();

	if (!pid) {
		hold(l, 1);
		l->node[0].list.next = row->next ? row->next :
						   &l->node[0].list;
		l->head.futex_offset = row->offset;
		l->head.list_op_pending = row->pending;
		_exit(5);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 5 << 8);
}
TEST_TABLE("hostile list:", hostiles, hostile_row);

TEST("a word in read-only memory; a head that is gone; a list of 3000")
{
	static struct node many[3000];
	struct locks *l = make_locks();
	int status;
	pid_t pid = fork();

	if (!pid) {
		hold(l, 1);
		protect(l, PAGE, PROT_READ);
		_exit(5);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 5 << 8);
	OK(l->node[0].futex == (unsigned)pid);
	pid = fork();
	if (!pid) {
		hold(l, 1);
		unmap(l, PAGE);
		_exit(5);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 5 << 8);
	l->head.list.next = &l->head.list;
	pid = fork();
	if (!pid) {
		for (int i = 0; i < 2999; i++)
			many[i].list.next = &many[i + 1].list;
		many[2999].list.next = &l->node[0].list;
		l->node[0].list.next = &l->head.list;
		l->node[0].futex = getpid();
		l->head.list.next = &many[0].list;
		sys(set_robust_list, &l->head, sizeof(l->head));
		_exit(5);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 5 << 8);
	OK(l->node[0].futex == (unsigned)pid);	/* too far down */
}

TEST("set_robust_list, get_robust_list: errors")
{
	struct locks *l = make_locks();
	size_t len = 0;
	void *head = NULL;

	RET(sys(set_robust_list, &l->head, 23), -EINVAL);
	RET(sys(set_robust_list, &l->head, 24), 0);
	RET(sys(get_robust_list, 0, &head, &len), 0);
	EQ(head, &l->head);
	EQ(len, 24);
	RET(sys(get_robust_list, 32767, &head, &len), -ESRCH);
	RET(sys(get_robust_list, 0, 8, &len), -EFAULT);
	RET(sys(get_robust_list, 0, &head, 8), -EFAULT);
	become_user();
	RET(sys(get_robust_list, 1, &head, &len), -EPERM);
}
