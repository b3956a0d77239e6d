// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions for one page swapped out and another one in, while a share of
 * the free memory is locked.
 *
 *   swap PERCENT...     swap_seq_lockedP and swap_rand_lockedP
 *
 * When the processor halts, QEMU's clock leaps to the next event: idle time
 * would count.  A child of the lowest priority soaks it up in a loop of two
 * instructions, whose rounds are taken off.  Pages are only written: one that
 * is read first takes Linux two faults.  In random order a touch may find the
 * page in memory, so that figure is per fault, not per touch.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "count.h"

#define TOUCHES	(5 * 4096)

static volatile unsigned long *rounds;	/* of the soaking child */
static char *area;
static unsigned long pages, at;		/* of area; where a walk is */
static unsigned seed = 1;

static unsigned long free_pages(void)
{
	struct sysinfo info;

	sysinfo(&info);
	return info.freeram * info.mem_unit / PAGE;
}

static pid_t start_soaking(void)
{
	struct sched_param param = { 0 };
	pid_t pid;

	rounds = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	need(rounds != MAP_FAILED, "mmap");
	pid = fork();
	need(pid >= 0, "fork");
	if (pid)
		return pid;
	need(!mlockall(MCL_CURRENT), "mlockall");
	need(!syscall(SYS_sched_setscheduler, 0, SCHED_IDLE, &param),
	     "SCHED_IDLE");	/* musl's own only fails */
	for (;;)
		__asm__ volatile("1: incq (%0); jmp 1b" : : "r"(rounds)
				 : "memory");
}

static unsigned long faults(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return use.ru_minflt + use.ru_majflt;
}

static unsigned long in_order(void)
{
	return at++ % pages;
}

static unsigned long at_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % pages;
}

/* Instructions per fault, or per touch if each is to fault. */
static unsigned long cost(unsigned long (*next)(void))
{
	unsigned long before = faults(), soaked = *rounds, start = now();
	unsigned long sum;

	for (unsigned i = 0; i < TOUCHES; i++)
		area[next() * PAGE] = 1;
	sum = now() - start - 2 * (*rounds - soaked);
	return sum / (next == in_order ? TOUCHES : faults() - before);
}

/* One long run, no median of short ones: reclaim works in bursts. */
static void measure_order(const char *name, unsigned percent,
			  unsigned long (*next)(void))
{
	for (unsigned long i = 0; i < pages; i++)	/* until it settles */
		area[next() * PAGE] = 1;
	printf("%s%u %lu\n", name, percent, cost(next));
	fflush(stdout);
}

/* Locks a share of what is free. */
static void lock_share(unsigned percent)
{
	unsigned long n = free_pages() * percent / 100;

	if (n)
		need(!mlock(map(n), n * PAGE), "mlock");
}

static void with_locked(unsigned percent)
{
	lock_share(percent);
	pages = free_pages() * 3 / 2;
	area = map(pages);
	touch(area, pages);
	measure_order("swap_seq_locked", percent, in_order);
	measure_order("swap_rand_locked", percent, at_random);
}

/* Everything in a process of its own, so that nothing of it stays. */
static void apart(void (*what)(unsigned), unsigned percent)
{
	int status;
	pid_t pid = fork();

	need(pid >= 0, "fork");
	if (!pid) {
		what(percent);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	need(!status, "a measuring process");
}

int main(int argc, char **argv)
{
	pid_t soaker;

	need(!mlockall(MCL_CURRENT), "mlockall");
	soaker = start_soaking();
	for (int i = 1; i < argc; i++)
		apart(with_locked, atoi(argv[i]));
	kill(soaker, SIGKILL);
	return 0;
}
