// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions of an operation (count.h) while there is more and more of
 * something that it should not have to look at, or has to look at once:
 *
 *   curves vmas N...         other areas
 *   curves resident N...     MiB of this process that are in memory
 *   curves processes N...    other processes, all asleep
 *   curves mapped N...       mappings of one page
 *
 * Output: a name that ends in _N, figure.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "count.h"

#define FEW	16	/* operations in a batch */

static unsigned long n;		/* what the curve is over */
static char *area;

static void report(void (*how)(const struct row *), const char *curve,
		   struct row r)
{
	char name[40];

	snprintf(name, sizeof(name), "%s_%lu", curve, n);
	r.name = name;
	how(&r);
}

/* ---- operations ---------------------------------------------------------- */

static void map_area(unsigned long pages) { area = map(pages); }
static void unmap_area(unsigned long pages) { munmap(area, pages * PAGE); }
static void touch_area(unsigned long pages) { touch(area, pages); }
static void map_unmap(unsigned long pages) { munmap(map(pages), pages * PAGE); }
static void lock_middle(unsigned long pages) { mlock(area + PAGE, PAGE); }
static void lock_all(unsigned long unused) { mlockall(MCL_CURRENT); }
static void unlock_all(unsigned long unused) { munlockall(); }

static void fill_area(unsigned long pages)
{
	map_area(pages);
	touch_area(pages);
}

static void fork_and_wait(unsigned long unused)
{
	pid_t pid = fork();

	need(pid >= 0, "fork");
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

static const struct row map_row = { NULL, FEW, 1, 1, NULL, map_unmap, NULL };
static const struct row fault_row = { NULL, FEW, FEW, FEW, map_area,
				      touch_area, unmap_area };
static const struct row split_row = { NULL, FEW, 1, 3, fill_area,
				      lock_middle, unmap_area };
static const struct row fork_row = { NULL, 1, 1, 0, NULL, fork_and_wait,
				     NULL };

/* ---- areas, memory ------------------------------------------------------- */

static void vmas(void)
{
	char *p = crowd(n);

	report(measure, "vmas_mmap", map_row);
	report(measure, "vmas_fault", fault_row);
	report(measure, "vmas_mlock", split_row);
	report(measure_long, "vmas_fork", fork_row);
	munmap(p, 2 * n * PAGE);
}

static void resident(void)
{
	unsigned long pages = n << 8;
	char *p = map(pages);

	touch(p, pages);
	report(measure, "resident_mmap", map_row);
	report(measure, "resident_fault", fault_row);
	report(measure_long, "resident_fork", fork_row);
	report(measure_long, "resident_mlockall", (struct row){
	       NULL, 1, 1, 0, NULL, lock_all, unlock_all });
	report(measure_long, "resident_munlockall", (struct row){
	       NULL, 1, 1, 0, lock_all, unlock_all, NULL });
	munmap(p, pages * PAGE);
}

/* ---- processes ----------------------------------------------------------- */

static pid_t *sleepers;
static int gate[2], back[2];
static pid_t echo;

static void start_sleepers(void)
{
	sleepers = malloc(n * sizeof(*sleepers));
	need(sleepers != NULL, "malloc");
	for (unsigned long i = 0; i < n; i++) {
		sleepers[i] = fork();
		need(sleepers[i] >= 0, "fork");
		if (!sleepers[i])
			for (;;)
				pause();
	}
}

static void stop_sleepers(void)
{
	for (unsigned long i = 0; i < n; i++)
		kill(sleepers[i], SIGKILL);
	for (unsigned long i = 0; i < n; i++)
		waitpid(sleepers[i], NULL, 0);
	free(sleepers);
}

static void start_echo(unsigned long unused)
{
	char c;

	need(!pipe(gate) && !pipe(back), "pipe");
	echo = fork();
	need(echo >= 0, "fork");
	if (echo)
		return;
	close(gate[1]);
	while (read(gate[0], &c, 1) == 1)
		write(back[1], &c, 1);
	_exit(0);
}

static void stop_echo(unsigned long unused)
{
	close(gate[1]);
	waitpid(echo, NULL, 0);
	close(gate[0]);
	close(back[0]);
	close(back[1]);
}

static void ping(unsigned long times)
{
	char c = 'x';

	while (times--) {
		write(gate[1], &c, 1);
		read(back[0], &c, 1);
	}
}

static void find_last(unsigned long times)
{
	while (times--)
		kill(sleepers[n - 1], 0);
}

static void processes(void)
{
	start_sleepers();
	report(measure, "processes_pingpong", (struct row){
	       NULL, 1, 64, 64, start_echo, ping, stop_echo });
	report(measure, "processes_kill", (struct row){
	       NULL, 1, 64, 64, NULL, find_last, NULL });
	report(measure, "processes_fork", fork_row);
	stop_sleepers();
}

/* ---- mappings of one page ------------------------------------------------ */

static int file;
static char **maps;
static char *shared;		/* pages that n children share, as yet */

static char *map_file(void)
{
	char *p = mmap(NULL, PAGE, RW, MAP_SHARED, file, 0);

	need(p != MAP_FAILED, "mmap");
	return p;
}

static void touch_maps(unsigned long unused)
{
	for (unsigned long i = 0; i < n; i++)
		*maps[i] = 1;
}

static void map_once_more(unsigned long unused)
{
	char *p = map_file();

	*p = 1;
	munmap(p, PAGE);
}

static void lock_one(unsigned long unused) { mlock(maps[n / 2], PAGE); }
static void unlock_one(unsigned long unused) { munlock(maps[n / 2], PAGE); }

static void punch(unsigned long unused)
{
	need(!fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			PAGE), "fallocate");
}

static void of_a_file(void)
{
	file = memfd_create("page", 0);
	need(file >= 0 && !ftruncate(file, PAGE), "memfd");
	maps = malloc(n * sizeof(*maps));
	need(maps != NULL, "malloc");
	for (unsigned long i = 0; i < n; i++)
		maps[i] = map_file();
	touch_maps(0);
	report(measure, "mapped_map", (struct row){
	       NULL, FEW, 1, 0, NULL, map_once_more, NULL });
	report(measure, "mapped_mlock", (struct row){
	       NULL, FEW, 1, 0, NULL, lock_one, unlock_one });
	report(measure, "mapped_punch", (struct row){
	       NULL, FEW, 1, 0, touch_maps, punch, NULL });
	for (unsigned long i = 0; i < n; i++)
		munmap(maps[i], PAGE);
	free(maps);
	close(file);
}

static void write_shared(unsigned long pages)
{
	touch(shared, pages);
	shared += pages * PAGE;
}

static void of_children(void)
{
	unsigned long pages = (BATCHES + 1) * FEW;
	char *p = map(pages);

	touch(p, pages);
	start_sleepers();
	shared = p;
	report(measure, "mapped_cow", (struct row){
	       NULL, 1, FEW, FEW, NULL, write_shared, NULL });
	stop_sleepers();
	munmap(p, pages * PAGE);
}

static void mapped(void)
{
	of_a_file();
	of_children();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} curves[] = {
		{ "vmas", vmas }, { "resident", resident },
		{ "processes", processes }, { "mapped", mapped },
	};

	for (unsigned i = 0; argc > 1 && i < 4; i++)
		for (int k = 2; k < argc; k++)
			if (!strcmp(argv[1], curves[i].name)) {
				n = strtoul(argv[k], NULL, 10);
				curves[i].run();
			}
	return argc < 3 ? 2 : 0;
}
