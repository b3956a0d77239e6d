// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions per operation, for either kernel (count.h says how).
 *
 *   bench PROGRAM     what the row fork_exec_wait is to run
 *
 * Output: name, figure.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "count.h"

#define REPEAT	64	/* system calls in one operation of a small row */

static char *area, *other;	/* what the row at hand works on */
static const char *program;

/* ---- memory ------------------------------------------------------------- */

static void map_area(unsigned long pages) { area = map(pages); }
static void unmap_area(unsigned long pages) { munmap(area, pages * PAGE); }
static void touch_area(unsigned long pages) { touch(area, pages); }
static void lock_area(unsigned long pages) { mlock(area, pages * PAGE); }
static void unlock_area(unsigned long pages) { munlock(area, pages * PAGE); }

static void fill_area(unsigned long pages)
{
	map_area(pages);
	touch_area(pages);
}

static void fill_and_lock(unsigned long pages)
{
	fill_area(pages);
	lock_area(pages);
}

static void map_unmap(unsigned long pages)
{
	for (int i = 0; i < REPEAT; i++)
		munmap(map(pages), pages * PAGE);
}

static void map_touch_unmap(unsigned long pages)
{
	fill_area(pages);
	unmap_area(pages);
}

static void read_area(unsigned long pages)
{
	for (unsigned long i = 0; i < pages; i++)
		(void)*(volatile char *)(area + i * PAGE);
}

static void lock_middle(unsigned long pages) { mlock(area + PAGE, PAGE); }
static void unlock_middle(unsigned long pages) { munlock(area + PAGE, PAGE); }

static void fill_and_split(unsigned long pages)
{
	fill_area(pages);
	lock_middle(pages);
}

static void protect(unsigned long pages)
{
	mprotect(area, pages * PAGE, PROT_READ);
}

static void look_in_core(unsigned long pages)
{
	static unsigned char vec[1024];

	mincore(area, pages * PAGE, vec);
}

static void drop(unsigned long pages)
{
	madvise(area, pages * PAGE, MADV_DONTNEED);
}

static void move_break(unsigned long pages)
{
	char *end = (char *)syscall(SYS_brk, 0);

	syscall(SYS_brk, end + pages * PAGE);
	touch(end, pages);
	syscall(SYS_brk, end);
}

static void map_with_room(unsigned long pages)
{
	map_area(2 * pages + 1);
	munmap(area + pages * PAGE, (pages + 1) * PAGE);
}

static void grow_and_shrink(unsigned long pages)
{
	mremap(area, pages * PAGE, 2 * pages * PAGE, MREMAP_MAYMOVE);
	mremap(area, 2 * pages * PAGE, pages * PAGE, MREMAP_MAYMOVE);
}

static void map_two(unsigned long pages)
{
	fill_area(pages);
	other = map(pages);
	munmap(other, pages * PAGE);
}

static void move(unsigned long pages)
{
	area = mremap(area, pages * PAGE, pages * PAGE,
		      MREMAP_MAYMOVE | MREMAP_FIXED, other);
}

/* 64 areas of 64 pages, a hole behind each. */
#define AREAS 64
static char *areas[AREAS];

static void map_areas(unsigned long pages)
{
	for (int i = 0; i < AREAS; i++) {
		areas[i] = map(pages + 1);
		munmap(areas[i] + pages * PAGE, PAGE);
		touch(areas[i], pages);
	}
}

static void unmap_areas(unsigned long pages)
{
	munlockall();
	for (int i = 0; i < AREAS; i++)
		munmap(areas[i], pages * PAGE);
}

static void lock_all(unsigned long pages) { mlockall(MCL_CURRENT); }
static void unlock_all(unsigned long pages) { munlockall(); }

static void map_areas_locked(unsigned long pages)
{
	map_areas(pages);
	lock_all(pages);
}

/* ---- tasks -------------------------------------------------------------- */

static int gate[2], back[2];
static pid_t child;

static void getppids(unsigned long unused)
{
	for (int i = 0; i < REPEAT; i++)
		syscall(SYS_getppid);
}

static void writes(unsigned long fd)
{
	for (int i = 0; i < REPEAT; i++)
		write(fd, "x", 1);
}

static void fork_and_wait(unsigned long unused)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

static void exec_and_wait(unsigned long unused)
{
	pid_t pid = fork();

	if (!pid) {
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

/* A child that shares the pages until it is let go. */
static void share_area(unsigned long pages)
{
	char c;

	fill_area(pages);
	need(!pipe(gate), "pipe");
	child = fork();
	if (!child) {
		close(gate[1]);
		_exit(read(gate[0], &c, 1) != 0);
	}
}

static void unshare_area(unsigned long pages)
{
	close(gate[0]);
	close(gate[1]);
	waitpid(child, NULL, 0);
	unmap_area(pages);
}

static void shared_once(unsigned long pages)
{
	fill_area(pages);
	fork_and_wait(0);
}

static void start_echo(unsigned long unused)
{
	char c;

	need(!pipe(gate) && !pipe(back), "pipe");
	child = fork();
	if (child)
		return;
	close(gate[1]);
	while (read(gate[0], &c, 1) == 1)
		write(back[1], &c, 1);
	_exit(0);
}

static void stop_echo(unsigned long unused)
{
	close(gate[1]);
	waitpid(child, NULL, 0);
	close(gate[0]);
	close(back[0]);
	close(back[1]);
}

static void ping(unsigned long unused)
{
	char c = 'x';

	for (int i = 0; i < REPEAT; i++) {
		write(gate[1], &c, 1);
		read(back[0], &c, 1);
	}
}

static void nothing(int sig)
{
}

/* Past the faulting instruction, `movb $1, (%rax)`: three bytes. */
static void skip_store(int sig, siginfo_t *info, void *context)
{
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 3;
}

static void signal_self(unsigned long unused)
{
	pid_t pid = getpid();

	for (int i = 0; i < REPEAT; i++)
		syscall(SYS_tkill, pid, SIGUSR1);
}

static void fault_in_vain(unsigned long unused)
{
	for (int i = 0; i < REPEAT; i++)
		__asm__ volatile("movb $1, (%0)" : : "a"(16ul) : "memory");
}

/* ---- the rows ----------------------------------------------------------- */

static const struct row rows[] = {
	{ "null_syscall", 20, REPEAT, 0, NULL, getppids, NULL },
	{ "mmap_munmap", 5, REPEAT, 1, NULL, map_unmap, NULL },
	{ "mmap_touch_munmap_1", 200, 1, 1, NULL, map_touch_unmap, NULL },
	{ "mmap_touch_munmap_64", 50, 1, 64, NULL, map_touch_unmap, NULL },
	{ "mmap_touch_munmap_1024", 5, 1, 1024, NULL, map_touch_unmap, NULL },
	{ "fault_write_page", 20, 64, 64, map_area, touch_area, unmap_area },
	{ "fault_read_page", 20, 64, 64, map_area, read_area, unmap_area },
	{ "munmap_page", 20, 64, 64, fill_area, unmap_area, NULL },
	{ "mlock_1", 100, 1, 1, fill_area, lock_area, unmap_area },
	{ "munlock_1", 100, 1, 1, fill_and_lock, unlock_area, unmap_area },
	{ "mlock_64", 50, 1, 64, fill_area, lock_area, unmap_area },
	{ "munlock_64", 50, 1, 64, fill_and_lock, unlock_area, unmap_area },
	{ "mlock_1024", 5, 1, 1024, fill_area, lock_area, unmap_area },
	{ "munlock_1024", 5, 1, 1024, fill_and_lock, unlock_area,
	  unmap_area },
	{ "mlock_again_1024", 5, 1, 1024, fill_and_lock, lock_area,
	  unmap_area },
	{ "mlock_untouched_1024", 5, 1, 1024, map_area, lock_area,
	  unmap_area },
	{ "mlockall_16mb", 2, 1, 64, map_areas, lock_all, unmap_areas },
	{ "munlockall_16mb", 2, 1, 64, map_areas_locked, unlock_all,
	  unmap_areas },
	{ "mlock_middle_split", 100, 1, 3, fill_area, lock_middle,
	  unmap_area },
	{ "munlock_middle_merge", 100, 1, 3, fill_and_split, unlock_middle,
	  unmap_area },
	{ "mprotect_1", 100, 1, 1, fill_area, protect, unmap_area },
	{ "mprotect_1024", 5, 1, 1024, fill_area, protect, unmap_area },
	{ "brk_touch_16", 20, 1, 16, NULL, move_break, NULL },
	{ "mremap_grow_shrink_64", 50, 1, 64, map_with_room, grow_and_shrink,
	  unmap_area },
	{ "mremap_move_64", 50, 1, 64, map_two, move, unmap_area },
	{ "dontneed_64", 50, 1, 64, fill_area, drop, unmap_area },
	{ "mincore_1024", 5, 1, 1024, fill_area, look_in_core, unmap_area },
	{ "fork_1mb", 4, 1, 256, fill_area, fork_and_wait, unmap_area },
	{ "fork_16mb", 2, 1, 4096, fill_area, fork_and_wait, unmap_area },
	{ "fork_64mb", 1, 1, 16384, fill_area, fork_and_wait, unmap_area },
	{ "cow_copy_page", 10, 64, 64, share_area, touch_area, unshare_area },
	{ "cow_reuse_page", 10, 64, 64, shared_once, touch_area, unmap_area },
	{ "pipe_pingpong", 4, REPEAT, 0, start_echo, ping, stop_echo },
	{ "signal_self", 4, REPEAT, 0, NULL, signal_self, NULL },
	{ "signal_segv", 4, REPEAT, 0, NULL, fault_in_vain, NULL },
	{ "fork_exec_wait", 10, 1, 0, NULL, exec_and_wait, NULL },
};

static void measure_crowds(void)
{
	static const unsigned long sizes[] = { 10, 100, 1000, 10000 };
	char name[32];
	char *p;

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		p = crowd(sizes[i]);
		snprintf(name, sizeof(name), "mmap_vmas_%lu", sizes[i]);
		measure(&(struct row){ name, 5, REPEAT, 1, NULL, map_unmap,
				       NULL });
		snprintf(name, sizeof(name), "fault_vmas_%lu", sizes[i]);
		if (sizes[i] != 100)
			measure(&(struct row){ name, 20, 64, 64, map_area,
					       touch_area, unmap_area });
		munmap(p, 2 * sizes[i] * PAGE);
	}
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_sigaction = skip_store,
				.sa_flags = SA_SIGINFO };
	int fd = open("/dev/null", O_WRONLY);

	if (argc != 2)
		return 2;
	program = argv[1];
	signal(SIGUSR1, nothing);
	sigaction(SIGSEGV, &sa, NULL);
	measure(&(struct row){ "write_devnull", 20, REPEAT, fd, NULL, writes,
			       NULL });
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		measure(&rows[i]);
	measure_crowds();
	return 0;
}
