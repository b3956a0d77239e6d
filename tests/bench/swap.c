// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions for one page swapped out and another one in.
 *
 *   swap locked PERCENT...   swap_seq_lockedP and swap_rand_lockedP
 *   swap used PERCENT...     swap_used_P: so much of the swap space is taken
 *   swap mapped N...         swap_mapped_N: for a page that goes out and has
 *                            N mappings
 *
 * When the processor halts, QEMU's clock leaps to the next event: idle time
 * would count.  A child of the lowest priority soaks it up in a loop of two
 * instructions, whose rounds are taken off.  Pages are only written: one that
 * is read first takes Linux two faults.  In random order a touch may find the
 * page in memory, so that figure is per fault, not per touch.
 */
#define _GNU_SOURCE
#include <fcntl.h>
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

#define TOUCHES	(5 * 4096ul)		/* at least */

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
static unsigned long cost(unsigned long (*next)(void), unsigned long touches)
{
	unsigned long before = faults(), soaked = *rounds, start = now();
	unsigned long sum;

	for (unsigned long i = 0; i < touches; i++)
		area[next() * PAGE] = 1;
	sum = now() - start - 2 * (*rounds - soaked);
	return sum / (next == in_order ? touches : faults() - before);
}

/* One long run, no median of short ones: reclaim works in bursts.  Of two
 * whole rounds, or a multiple: a second chance for each frame is a burst of
 * scanning as long as memory is large, once in two thirds of a round. */
static void measure_order(const char *name, unsigned percent,
			  unsigned long (*next)(void))
{
	unsigned long touches = 2 * pages;

	for (unsigned long i = 0; i < pages; i++)	/* until it settles */
		area[next() * PAGE] = 1;
	touches *= (TOUCHES + touches - 1) / touches;
	printf("%s%u %lu\n", name, percent, cost(next, touches));
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

/* ---- a share of the swap space ------------------------------------------- */

#define OVER	2048ul		/* pages more than fit */

/* A process whose pages go out and stay there. */
static pid_t fill_swap(unsigned percent)
{
	struct sysinfo info;
	unsigned long n;
	pid_t pid;
	char c;
	int done[2];

	sysinfo(&info);
	n = info.totalswap * info.mem_unit / PAGE * percent / 100;
	need(!pipe(done), "pipe");
	pid = fork();
	need(pid >= 0, "fork");
	if (!pid) {
		if (n)
			touch(map(n), n);
		write(done[1], "x", 1);
		for (;;)
			pause();
	}
	close(done[1]);
	need(read(done[0], &c, 1) == 1, "filling the swap space");
	return pid;
}

static void with_used(unsigned percent)
{
	unsigned long available;
	pid_t filler;

	/* What is over stays small: most of the swap space can be taken. */
	lock_share(60);
	available = free_pages();
	filler = fill_swap(percent);
	pages = available + OVER;
	area = map(pages);
	touch(area, pages);
	measure_order("swap_used_", percent, in_order);
	kill(filler, SIGKILL);
	waitpid(filler, NULL, 0);
}

/* ---- many mappings ------------------------------------------------------- */

#define SHARED	1024ul		/* pages */

static unsigned long pages_out(void)
{
	static char text[16384];
	int fd = open("/proc/vmstat", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	char *line;

	close(fd);
	need(n > 0, "/proc/vmstat");
	text[n] = 0;
	line = strstr(text, "pswpout ");
	need(line != NULL, "pswpout");
	return strtoul(line + 8, NULL, 10);
}

static void with_mapped(unsigned n)
{
	int file = memfd_create("pages", 0);
	unsigned long before, soaked, start, sum;
	char *p;

	need(file >= 0 && !ftruncate(file, SHARED * PAGE), "memfd");
	for (unsigned i = 0; i < n; i++) {
		p = mmap(NULL, SHARED * PAGE, RW, MAP_SHARED, file, 0);
		need(p != MAP_FAILED, "mmap");
		touch(p, SHARED);
	}
	/* So little is left that what is mapped must go at once. */
	pages = free_pages();
	pages -= pages < 4 * SHARED ? pages : 4 * SHARED;
	need(!mlock(map(pages), pages * PAGE), "mlock");
	pages = 5 * SHARED;
	area = map(pages);
	before = pages_out();
	soaked = *rounds;
	start = now();
	touch(area, pages);
	sum = now() - start - 2 * (*rounds - soaked);
	printf("swap_mapped_%u %lu\n", n, sum / (pages_out() - before));
	fflush(stdout);
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
	static const struct {
		const char *name;
		void (*run)(unsigned);
	} modes[] = {
		{ "locked", with_locked }, { "used", with_used },
		{ "mapped", with_mapped },
	};
	pid_t soaker;

	need(!mlockall(MCL_CURRENT), "mlockall");
	soaker = start_soaking();
	for (unsigned i = 0; argc > 1 && i < 3; i++)
		for (int k = 2; k < argc; k++)
			if (!strcmp(argv[1], modes[i].name))
				apart(modes[i].run, atoi(argv[k]));
	kill(soaker, SIGKILL);
	return argc < 3 ? 2 : 0;
}
