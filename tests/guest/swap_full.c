/* run: --mem 64M --swap 16M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * More memory than RAM and swap together: the greedy child is killed or
 * refused, its siblings and the kernel go on, and everything comes back.
 */
#include "test.h"

static unsigned long swap_free_kb(void)
{
	static char buf[8192];
	char *p;

	slurp("/proc/meminfo", buf, sizeof(buf));
	p = strstr(buf, "SwapFree:");
	return p ? strtoul(p + 9, NULL, 10) : 0;
}

/* Touches memory until something stops it. */
static void greedy(int locked)
{
	sys(close, 1);
	if (locked)
		lockall(LOCK_CURRENT | LOCK_FUTURE);
	for (size_t i = 0;; i++) {
		long r = raw_mmap(NULL, PAGES(256), RW, ANON, -1, 0);

		if (failed(r))
			_exit(3);
		touch((char *)r, 256);
		if (i > 4096)		/* 4 GiB: nobody stopped it */
			_exit(4);
	}
}

static int run_greedy(int locked)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		greedy(locked);
	EQ(waitpid(pid, &status, 0), pid);
	return status;
}

static void check_stopped(int status)
{
	if (!(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) &&
	    !(WIFEXITED(status) && WEXITSTATUS(status) == 3))
		fail("expected a kill or ENOMEM, status %#x", status);
}

TEST("a child that takes all memory is stopped, the parent goes on")
{
	char *p = map(64);

	touch(p, 64);
	check_stopped(run_greedy(0));
	for (int i = 0; i < 64; i++)
		EQ(p[PAGES(i)], 'A' + i % 26);
}

TEST("so is one that locks all memory")
{
	check_stopped(run_greedy(1));
}

TEST("three times over: nothing is lost")
{
	for (int i = 0; i < 3; i++)
		check_stopped(run_greedy(i & 1));
	touch(map(1024), 1024);
}

TEST("locked memory survives another's greed")
{
	char *p = map(512);

	touch(p, 512);
	RET(lock(p, PAGES(512)), 0);
	check_stopped(run_greedy(0));
	for (int i = 0; i < 512; i++)
		EQ(p[PAGES(i)], 'A' + i % 26);
	LOCKED(512);
	PRESENT(p + PAGES(400), "11111111111111111111");
}

TEST("swap is free again afterwards")
{
	for (int i = 0; i < 200; i++) {
		if (swap_free_kb() > 8 << 10)
			return;
		usleep(10000);
	}
	fail("free swap: %lu kB", swap_free_kb());
}
