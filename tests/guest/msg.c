/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System V messages: which one is taken, who waits, limits and permissions.
 */
#include "test.h"

#include <sys/ipc.h>
#include <sys/msg.h>

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif
#define KEY 0x6d736731

static struct { long type; char text[9000]; } buf;
static long id;

static void make(void)
{
	id = sys(msgget, IPC_PRIVATE, 0600);
	if (failed(id))
		die("msgget: %s", ret_name(id));
}

static void done(void)
{
	RET(sys(msgctl, id, IPC_RMID, NULL), 0);
}

static long send(long type, const char *text, int flags)
{
	buf.type = type;
	strcpy(buf.text, text);
	return sys(msgsnd, id, &buf, strlen(text) + 1, flags);
}

/* The text of what comes, or "" and the error. */
static const char *receive(long type, int flags, long *ret)
{
	buf.text[0] = '\0';
	*ret = sys(msgrcv, id, &buf, 100, type, flags);
	return buf.text;
}

static struct msqid_ds stat_of(void)
{
	struct msqid_ds ds;

	RET(sys(msgctl, id, IPC_STAT, &ds), 0);
	return ds;
}

TEST("msgget: keys")
{
	RET(sys(msgget, KEY, 0), -ENOENT);
	id = sys(msgget, KEY, IPC_CREAT | 0600);
	OK(!failed(id));
	RET(sys(msgget, KEY, 0), id);
	RET(sys(msgget, KEY, IPC_CREAT | IPC_EXCL | 0600), -EEXIST);
	done();
	RET(sys(msgget, KEY, 0), -ENOENT);
}

/* ---- which message ----------------------------------------------------- */

static const struct take_row {
	const char *name;
	long type;
	int flags;
	const char *text;	/* NULL: ENOMSG */
} take_rows[] = {	/* from 3a 2b 3c 1d 2e */
	{ "any", 0, 0, "3a" },
	{ "type 2", 2, 0, "2b" },
	{ "type 1", 1, 0, "1d" },
	{ "type 4", 4, 0, NULL },
	{ "up to 3: the lowest", -3, 0, "1d" },
	{ "up to 2", -2, 0, "1d" },
	{ "up to LONG_MIN", INT64_MIN, 0, "1d" },
	{ "other than 3", 3, MSG_EXCEPT, "2b" },
	{ "other than 9", 9, MSG_EXCEPT, "3a" },
	{ "copy of the third", 2, MSG_COPY, "3c" },
	{ "copy of the sixth", 5, MSG_COPY, NULL },
};

static void take(const void *arg)
{
	static const char *const all[] = { "3a", "2b", "3c", "1d", "2e" };
	const struct take_row *r = arg;
	unsigned long left;
	const char *text;
	long ret;

	make();
	for (unsigned i = 0; i < ARRAY_SIZE(all); i++)
		RET(send(all[i][0] - '0', all[i], 0), 0);
	text = receive(r->type, r->flags | IPC_NOWAIT, &ret);
	if (r->text) {
		EQ(ret, 3);
		STR(text, r->text);
		EQ(buf.type, r->text[0] - '0');
	} else {
		EQ(ret, -ENOMSG);
	}
	left = r->text && !(r->flags & MSG_COPY) ? 4 : 5;
	EQ(stat_of().msg_qnum, left);
	EQ(stat_of().msg_cbytes, 3 * left);
	done();
}
TEST_TABLE("msgrcv: ", take_rows, take);

TEST("of equal types the oldest; up to a type too")
{
	long ret;

	make();
	RET(send(2, "first", 0), 0);
	RET(send(2, "second", 0), 0);
	STR(receive(-5, 0, &ret), "first");
	STR(receive(-5, 0, &ret), "second");
	done();
}

TEST("too long for the buffer: E2BIG and it stays, or MSG_NOERROR")
{
	make();
	RET(send(1, "0123456789", 0), 0);
	RET(sys(msgrcv, id, &buf, 4, 0, 0), -E2BIG);
	EQ(stat_of().msg_qnum, 1);
	memset(buf.text, 'x', 8);
	RET(sys(msgrcv, id, &buf, 4, 0, MSG_COPY | IPC_NOWAIT), -E2BIG);
	RET(sys(msgrcv, id, &buf, 4, 0, MSG_NOERROR), 4);
	EQ(memcmp(buf.text, "0123xxxx", 8), 0);
	EQ(stat_of().msg_qnum, 0);
	done();
}

static const struct bad_row {
	const char *name;
	long id, addr, size, type, flags, snd, rcv;
} bad_rows[] = {	/* addr 0: a good one */
	{ "id -1", -1, 0, 4, 1, 0, -EINVAL, -EINVAL },
	{ "id of none", 77777, 0, 4, 1, 0, -EINVAL, -EINVAL },
	{ "negative size", 0, 0, -1, 1, 0, -EINVAL, -EINVAL },
	{ "over msgmax", 0, 0, 8193, 1, IPC_NOWAIT, -EINVAL, 2 },
	{ "type 0", 0, 0, 4, 0, 0, -EINVAL, 2 },
	{ "type negative", 0, 0, 4, -1, 0, -EINVAL, 2 },
	{ "bad pointer", 0, 1, 4, 1, 0, -EFAULT, -EFAULT },
	{ "MSG_COPY waiting", 0, 0, 4, 0, MSG_COPY, -EINVAL, -EINVAL },
	{ "MSG_COPY but", 0, 0, 4, 0, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT,
		-EINVAL, -EINVAL },
};

static void bad(const void *arg)
{
	const struct bad_row *r = arg;
	void *p = r->addr ? (void *)r->addr : &buf;
	long type = r->type;

	make();
	RET(send(1, "x", 0), 0);
	buf.type = type;
	RET(sys(msgsnd, r->id ? r->id : id, p, r->size, r->flags), r->snd);
	RET(sys(msgrcv, r->id ? r->id : id, p, r->size, type, r->flags),
	    r->rcv);
	done();
}
TEST_TABLE("bad arguments: ", bad_rows, bad);

TEST("the text may be empty, and ends where memory does")
{
	char *p = map(1);
	long *at = (long *)(p + PAGE) - 1;

	make();
	*at = 5;
	RET(sys(msgsnd, id, at, 0, 0), 0);
	RET(sys(msgsnd, id, at, 1, 0), -EFAULT);
	RET(sys(msgrcv, id, at, 0, 0, 0), 0);
	EQ(*at, 5);
	RET(send(1, "lost", 0), 0);
	RET(sys(msgrcv, id, at, 100, 0, 0), -EFAULT);
	EQ(stat_of().msg_qnum, 0);
	done();
}

/* ---- waiting ----------------------------------------------------------- */

static int child(long (*fn)(void))
{
	int pid = fork();

	if (!pid)
		_exit(-fn());
	return pid;
}

static int exit_of(int pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		WEXITSTATUS(status) : -1;
}

static bool sleeps(int pid)
{
	char name[64], text[512];

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	slurp(name, text, sizeof(text));
	return strstr(text, ") S ");
}

static void until_asleep(int pid)
{
	while (!sleeps(pid))
		usleep(1000);
}

static long receive_two(void)
{
	long ret;

	receive(2, 0, &ret);
	return ret > 0 ? -(ret + 100) : ret;
}

static long send_big(void)
{
	return sys(msgsnd, id, &buf, 8192, 0);
}

TEST("a receiver waits for its type")
{
	int pid;

	make();
	pid = child(receive_two);
	until_asleep(pid);
	RET(send(1, "other", 0), 0);
	RET(send(2, "mine", 0), 0);
	EQ(exit_of(pid), 105);
	EQ(stat_of().msg_lrpid, pid);
	EQ(stat_of().msg_lspid, getpid());
	EQ(stat_of().msg_qnum, 1);
	done();
}

TEST("a sender waits for room; EAGAIN if it may not")
{
	int pid;

	make();
	buf.type = 1;
	RET(send_big(), 0);
	RET(send_big(), 0);
	RET(sys(msgsnd, id, &buf, 1, IPC_NOWAIT), -EAGAIN);
	pid = child(send_big);
	until_asleep(pid);
	RET(sys(msgrcv, id, &buf, 8192, 0, 0), 8192);
	EQ(exit_of(pid), 0);
	EQ(stat_of().msg_cbytes, 16384);
	done();
}

TEST("empty messages are limited too")
{
	struct msqid_ds ds;
	long n = 0;

	make();
	ds = stat_of();
	ds.msg_qbytes = 10;
	RET(sys(msgctl, id, IPC_SET, &ds), 0);
	buf.type = 1;
	while (!sys(msgsnd, id, &buf, 0, IPC_NOWAIT))
		n++;
	EQ(n, 10);
	done();
}

TEST("a removed queue: EIDRM for those who wait")
{
	int r, s;

	make();
	buf.type = 1;
	RET(send_big(), 0);
	RET(send_big(), 0);
	r = child(receive_two);
	s = child(send_big);
	until_asleep(r);
	until_asleep(s);
	done();
	EQ(exit_of(r), EIDRM);
	EQ(exit_of(s), EIDRM);
}

static void on_signal(int sig) { (void)sig; }

TEST("a signal: EINTR, also with SA_RESTART")
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESTART };
	int pid;

	make();
	sigaction(SIGUSR1, &sa, NULL);
	pid = child(receive_two);
	until_asleep(pid);
	kill(pid, SIGUSR1);
	EQ(exit_of(pid), EINTR);
	done();
}

/* ---- msgctl ------------------------------------------------------------ */

TEST("permissions; msg_qbytes over msgmnb is root's to give")
{
	struct msqid_ds ds;
	int pid;

	make();
	ds = stat_of();
	ds.msg_qbytes = 20000;
	ds.msg_perm.uid = 1000;
	ds.msg_perm.mode = 0202;
	RET(sys(msgctl, id, IPC_SET, &ds), 0);
	EQ(stat_of().msg_qbytes, 20000);
	pid = fork();
	if (!pid) {
		become_user();
		RET(send(1, "x", 0), 0);
		RET(sys(msgrcv, id, &buf, 4, 0, 0), -EACCES);
		RET(sys(msgctl, id, IPC_STAT, &ds), -EACCES);
		RET(sys(msgctl, id, IPC_SET, &ds), -EPERM);
		ds.msg_qbytes = 100;
		ds.msg_perm.uid = 0;
		RET(sys(msgctl, id, IPC_SET, &ds), 0);
		RET(sys(msgctl, id, IPC_RMID, NULL), -EPERM);
		exit(0);
	}
	waitpid(pid, NULL, 0);
	EQ(stat_of().msg_qbytes, 100);
	EQ(stat_of().msg_qnum, 1);
	RET(sys(msgctl, id, 99, &ds), -EINVAL);
	RET(sys(msgctl, id, IPC_STAT, 1), -EFAULT);
	RET(sys(msgctl, id, IPC_SET, 1), -EFAULT);
	RET(sys(msgctl, -1, IPC_STAT, &ds), -EINVAL);
	done();
}

TEST("IPC_INFO, MSG_INFO, MSG_STAT, MSG_STAT_ANY, /proc/sysvipc/msg")
{
	static char text[4096];
	struct msqid_ds ds;
	int info[8];
	char line[80];
	long max, i, found = 0;

	make();
	RET(send(1, "1234567", 0), 0);
	RET(send(1, "", 0), 0);
	max = sys(msgctl, 0, IPC_INFO, info);
	OK(max >= 0);
	EQ(info[2], 8192);
	EQ(info[3], 16384);
	RET(sys(msgctl, 0, 12 /* MSG_INFO */, info), max);
	EQ(info[0], 1);
	EQ(info[1], 2);
	EQ(info[6], 9);
	for (i = 0; i <= max; i++)
		found += sys(msgctl, i, 11 /* MSG_STAT */, &ds) == id;
	EQ(found, 1);
	EQ(ds.msg_qnum, 2);
	RET(sys(msgctl, max, 13 /* MSG_STAT_ANY */, &ds), id);
	slurp("/proc/sysvipc/msg", text, sizeof(text));
	snprintf(line, sizeof(line), "%10d %10ld  %4o  %10d %10d %5d %5d", 0,
		 id, 0600, 9, 2, getpid(), 0);
	OK(strstr(text, line));
	done();
}

TEST("as many messages as fit: no more than a quarter of memory")
{
	long queue[200], n = 0;
	unsigned made = 0;

	buf.type = 1;
	while (made < ARRAY_SIZE(queue)) {
		id = sys(msgget, IPC_PRIVATE, 0600);
		if (failed(id))
			break;
		queue[made++] = id;
		while (!sys(msgsnd, id, &buf, 8192, IPC_NOWAIT))
			n++;
	}
	OK(made && n > 100);
	while (made--)
		RET(sys(msgctl, queue[made], IPC_RMID, NULL), 0);
}
