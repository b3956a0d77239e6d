/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locks across fork, vfork, clone and exec (semantics.md 2.5): a fork's child
 * is plain, tasks that share the mm share the locks, exec starts from nothing.
 */
#include "test.h"

#include <sched.h>

static const char *child_wants;
static long child_locked;

static void child_checks(void *p)
{
	LOCKS(p, child_wants);
	LOCKED(child_locked);
}

/* ---- fork -------------------------------------------------------------- */

struct forked {
	const char *name;
	char state;
	int all;		/* mlockall's flags, or 0 */
	int flags;
	const char *child;	/* its locks */
};

static const struct forked forks[] = {
	{ "locked", 'l', 0, ANON, "..." },
	{ "on fault", 'o', 0, ANON, "..." },
	{ "plain", '.', 0, ANON, "..." },
	{ "locked shared", 'l', 0, SHANON, "..." },
	{ "mlockall(CURRENT)", '.', 1, ANON, "..." },
	{ "mlockall(CURRENT|FUTURE)", '.', 3, ANON, "..." },
	{ "mlockall(all three)", '.', 7, ANON, "..." },
	{ "mlockall(FUTURE)", '.', 2, ANON, "..." },
};

static void fork_child(void *p)
{
	LOCKS(p, "...");
	LOCKED(0);
	EQ(((char *)p)[PAGE], 'B');
	LOCKS(map_at(AT(32), 2, RW, ANON, -1, 0), "..-");
	LOCKED(0);
	RET(lock(p, PAGES(3)), 0);
	LOCKS(p, "lll");
	LOCKED(3);
}

static void fork_row(const void *row)
{
	const struct forked *f = row;
	char *p = map_at(AT(0), 3, RW, f->flags, -1, 0);
	long locked;

	touch(p, 3);
	if (f->state != '.')
		RET(lock2(p, PAGES(3), f->state == 'o'), 0);
	if (f->all)
		RET(lockall(f->all), 0);
	locked = vm_locked();
	in_child(fork_child, p);
	LOCKED(locked);
	EQ(p[PAGE], 'B');
	if (f->state == 'l')
		LOCKS(p, "lll");
}
TEST_TABLE("fork", forks, fork_row);

/* ---- what a fork's child has of each area ------------------------------ */

TEST("fork: DONTFORK areas are absent, WIPEONFORK areas empty")
{
	char *p = map(4);

	touch(p, 4);
	RET(lock(p, PAGES(4)), 0);
	RET(advise(p + PAGE, PAGE, MADV_DONTFORK), 0);
	RET(advise(p + PAGES(2), PAGE, MADV_WIPEONFORK), 0);
	child_wants = ".-..";
	child_locked = 0;
	in_child(child_checks, p);
	LOCKS(p, "llll");
	EQ(p[PAGES(2)], 'C');
}

static void wiped_child(void *p)
{
	char *c = p;

	EQ(c[0], 0);
	EQ(c[PAGE], 'B');
	c[0] = 'x';
	EQ(c[0], 'x');
}

TEST("fork: a wiped page is zero and the child's own")
{
	char *p = map(2);

	touch(p, 2);
	RET(advise(p, PAGE, MADV_WIPEONFORK), 0);
	in_child(wiped_child, p);
	EQ(p[0], 'A');
}

static void parent_wrote(void *arg)
{
	int *fd = arg;
	char c;

	EQ(read(fd[0], &c, 1), 1);
	EQ(AT(0)[0], 'A');
	EQ(AT(0)[PAGE], 'B');
}

TEST("fork: what the parent writes afterwards the child does not see")
{
	int fds[2], status;
	char *p = map(2);
	pid_t pid;

	touch(p, 2);
	RET(lock(p, PAGES(2)), 0);
	EQ(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		parent_wrote(fds);
		_exit(AT(0)[0] != 'A');
	}
	p[0] = 'X';
	EQ(write(fds[1], "", 1), 1);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
	PRESENT(p, "11");
	LOCKED(2);
}

static void child_writes(void *p)
{
	touch(p, 3);
	((char *)p)[0] = 'C';
	LOCKS(p, "...");
}

TEST("fork: what the child writes the parent does not see")
{
	char *p = map(3);
	struct area a;

	touch(p, 3);
	RET(lock(p, PAGES(3)), 0);
	in_child(child_writes, p);
	EQ(p[0], 'A');
	LOCKS(p, "lll");
	OK(area_at(p, &a));
	EQ(a.locked, 3);
}

static void child_of_child(void *p)
{
	RET(lock(p, PAGES(2)), 0);
	child_wants = "..";
	child_locked = 0;
	in_child(child_checks, p);
	LOCKS(p, "ll");
}

TEST("fork: a child's own locks do not reach its child")
{
	char *p = map(2);

	touch(p, 2);
	in_child(child_of_child, p);
	LOCKS(p, "..");
}

static void child_unlocks(void *p)
{
	RET(unlock(p, PAGES(2)), 0);
	RET(unlockall(), 0);
}

TEST("fork: a child's munlock and munlockall leave the parent's locks")
{
	char *p = map(2);

	RET(lock(p, PAGES(2)), 0);
	in_child(child_unlocks, p);
	LOCKS(p, "ll");
	LOCKED(2);
}

static void shared_child(void *p)
{
	RET(lock(p, PAGES(2)), 0);
	((char *)p)[0] = 'S';
}

TEST("fork: shared memory stays shared, locks are each one's own")
{
	char *p = map_at(AT(0), 2, RW, SHANON, -1, 0);

	RET(lock(p, PAGE), 0);
	in_child(shared_child, p);
	EQ(p[0], 'S');
	LOCKS(p, "l.");
}

TEST("mlock in a parent after fork gives it pages of its own")
{
	char *p = map(2);
	struct area a;
	int fds[2], status;
	pid_t pid;
	char c;

	touch(p, 2);
	EQ(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		close(fds[1]);
		read(fds[0], &c, 1);
		_exit(p[0] != 'A');
	}
	RET(lock(p, PAGES(2)), 0);
	OK(area_at(p, &a));
	EQ(a.locked, 2);
	p[0] = 'P';
	close(fds[1]);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("fork is not refused by RLIMIT_MEMLOCK")
{
	char *p = map(4);

	RET(lock(p, PAGES(4)), 0);
	become_user();
	set_memlock(0);
	child_wants = "....";
	child_locked = 0;
	in_child(child_checks, p);
	LOCKED(4);
}

/* ---- one mm: vfork, CLONE_VM, threads ---------------------------------- */

static char stack[65536] __attribute__((aligned(16)));

static int thread_unlocks(void *p)
{
	return unlock(p, PAGES(2)) || sys(mlockall, LOCK_FUTURE);
}

static void run_clone(int flags, int (*fn)(void *), void *arg)
{
	int status;
	pid_t pid = clone(fn, stack + sizeof(stack), flags | SIGCHLD, arg);

	OK(pid > 0);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("CLONE_VM: munlock and mlockall by one are everyone's")
{
	char *p = map(4);

	RET(lock(p, PAGES(4)), 0);
	run_clone(CLONE_VM, thread_unlocks, p);
	LOCKS(p, "..ll");
	LOCKED(2);
	LOCKS(map_at(AT(8), 1, RW, ANON, -1, 0), "l");
}

TEST("CLONE_VM|CLONE_VFORK: the same")
{
	char *p = map(4);

	RET(lock(p, PAGES(4)), 0);
	run_clone(CLONE_VM | CLONE_VFORK, thread_unlocks, p);
	LOCKS(p, "..ll");
	LOCKED(2);
}

TEST("clone without CLONE_VM is a fork")
{
	char *p = map(4);

	RET(lock(p, PAGES(4)), 0);
	run_clone(0, thread_unlocks, p);
	LOCKS(p, "llll");
	LOCKED(4);
}

TEST("vfork: a child's lock is the parent's, and stays")
{
	char *p = map(2);
	int status;
	pid_t pid = vfork();

	if (!pid)
		_exit(lock(AT(0), PAGES(2)) != 0);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
	LOCKS(p, "ll");
	LOCKED(2);
}

/* ---- exec: this program again, for the cases that look around there ---- */

static char *const nothing[] = { NULL };

static void exec_self(void *arg)
{
	char *const argv[] = { "/proc/self/exe", "exec-check", NULL };

	(void)arg;
	RET(lockall(LOCK_CURRENT | LOCK_FUTURE), 0);
	RET(sys(execve, "/proc/self/exe", argv, nothing), 0);
}

/* main() of the harness runs cases whose name has argv[1] in it. */
TEST("exec-check: after exec nothing is locked")
{
	LOCKED(0);
	LOCKS(map(1), ".");
}

/* What is executed then is this program, with a plan of its own. */
static void be_silent(void)
{
	if (dup2(open("/dev/null", O_WRONLY), 1) < 0)
		_exit(1);
}

TEST("exec: mlockall's effect ends")
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		be_silent();
		exec_self(NULL);
		_exit(1);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("exec: RLIMIT_MEMLOCK is kept")
{
	char *const argv[] = { "/proc/self/exe", "limit-check", NULL };
	int status;
	pid_t pid = fork();

	if (!pid) {
		be_silent();
		set_memlock(PAGES(5));
		sys(execve, "/proc/self/exe", argv, nothing);
		_exit(1);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("limit-check: a limit of five pages, if another exec set it")
{
	struct rlimit r;

	EQ(getrlimit(RLIMIT_MEMLOCK, &r), 0);
	if (r.rlim_cur == PAGES(5)) {
		become_user();
		RET(lock(map(8), PAGES(6)), -ENOMEM);
		RET(lock(AT(0), PAGES(5)), 0);
	} else {
		EQ(r.rlim_cur, 8ul << 20);
	}
}

TEST("exec under limit 0 with everything locked goes well")
{
	char *const argv[] = { "/proc/self/exe", "no such case", NULL };
	int status;
	pid_t pid = fork();

	if (!pid) {
		be_silent();
		lockall(LOCK_CURRENT | LOCK_FUTURE);
		become_user();
		set_memlock(0);
		sys(execve, "/proc/self/exe", argv, nothing);
		_exit(1);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST("a failed exec keeps the locks")
{
	char *const argv[] = { "/none", NULL };
	char *p = map(2);

	RET(lock(p, PAGES(2)), 0);
	RET(lockall(LOCK_FUTURE), 0);
	RET(sys(execve, "/none", argv, nothing), -ENOENT);
	LOCKS(p, "ll");
	LOCKED(2);
	LOCKS(map_at(AT(8), 1, RW, ANON, -1, 0), "l");
}
