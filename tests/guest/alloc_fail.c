/* run: --mem 128M --swap 8M --kernel holdfast --memlock task */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * alloc_fail.h's loop around what makes and ends tasks, changes areas, faults,
 * swaps, and signals.  Holdfast only.
 */
#include "alloc_fail.h"

#include <linux/futex.h>
#include <sys/time.h>

static long child;
static const char *swap_path = "/dev/vda";

/* ---- tasks --------------------------------------------------------------- */

static int exit_fn(void *arg)
{
	(void)arg;
	sys(exit, 0);
	return 0;
}

static int sleep_fn(void *arg)
{
	(void)arg;
	for (;;)
		sys(pause);
	return 0;
}

static int exec_fn(void *arg)
{
	char *more[] = { "a", "bb", "ccc", scratch, NULL };
	char *script[] = { "script", NULL }, *none[] = { NULL };

	arm(child_n);
	if (arg)
		_exit(-sys(execve, arg, script, none));
	_exit(-reexec("@exit", more));
}

static int failing_exit_fn(void *arg)
{
	(void)arg;
	arm(child_n);
	_exit(0);
}

static long op_vfork(void)
{
	return spawn(exit_fn, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
}

static long op_vfork_exec(void)
{
	return spawn(exec_fn, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
}

static long op_fork_exec(void)
{
	return spawn(exec_fn, SIGCHLD, NULL);
}

static long op_script(void)
{
	return spawn(exec_fn, SIGCHLD, BOX "/script");
}

static int crowd_fn(void *arg)
{
	static char stacks[4][4096] __attribute__((aligned(16)));

	for (int i = 0; i < 4; i++)
		clone(sleep_fn, stacks[i] + 4096, CLONE_VM | CLONE_FS |
		      CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
		      CLONE_SYSVSEM, NULL);
	return exec_fn(arg);
}

static long op_crowd(void)
{
	return spawn(crowd_fn, SIGCHLD, BOX "/tiny");
}

static long op_exit(void)
{
	return spawn(failing_exit_fn, SIGCHLD, NULL);
}

static void long_args(void)
{
	memset(scratch, 'x', 40000);
	scratch[40000] = 0;
}

static long op_thread(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	static volatile int tid;
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		    CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID;

	tid = 1;
	if (clone(exit_fn, stack + sizeof(stack), flags, NULL, NULL, NULL,
		  &tid) < 0)
		return -errno;
	while (tid)
		sys(futex, &tid, FUTEX_WAIT, 1, NULL, NULL, 0);
	return 0;
}

static long op_wait(void)
{
	return reap(child);
}

static void start_child(void)
{
	child = fork();
	if (!child)
		_exit(0);
}

TEST("@exit")
{
	_exit(0);
}

/* ---- areas --------------------------------------------------------------- */

static void window(void)
{
	map(64);
	touch(AT(0), 16);
}

static void no_window(void)
{
	unmap(AT(0), PAGES(512));
}

static void untouched(void)
{
	map(64);
}

static long op_mmap(void)
{
	for (int i = 0; i < 6; i++)
		TRY(raw_mmap(AT(100 + 3 * i), PAGES(2), RW, ANON | MAP_FIXED,
			     -1, 0));
	TRY(raw_mmap(AT(150), PAGES(2), RW, SHANON | MAP_FIXED, -1, 0));
	TRY(raw_mmap(AT(160), PAGES(4), RW, MAP_SHARED | MAP_FIXED, big_fd,
		     0));
	return raw_mmap(AT(161), PAGES(1), RW, MAP_PRIVATE | MAP_FIXED |
			MAP_POPULATE, big_fd, 0);
}

static long op_munmap(void)
{
	for (int i = 1; i < 32; i += 3)
		TRY(unmap(AT(i), PAGE));
	return 0;
}

static long op_mprotect(void)
{
	for (int i = 1; i < 32; i += 3)
		TRY(protect(AT(i), PAGE, i & 1 ? PROT_READ : PROT_NONE));
	return protect(AT(0), PAGES(64), RW);
}

static long op_mlock(void)
{
	for (int i = 1; i < 32; i += 3)
		TRY(lock(AT(i), PAGE));
	TRY(lock2(AT(20), PAGES(20), MLOCK_ONFAULT));
	TRY(unlock(AT(22), PAGES(3)));
	TRY(lockall(LOCK_CURRENT | LOCK_FUTURE));
	TRY(raw_mmap(AT(100), PAGES(20), RW, ANON | MAP_FIXED, -1, 0));
	return unlockall();
}

static void unlock_window(void)
{
	unlockall();
	no_window();
}

static long op_mremap(void)
{
	TRY(remap(AT(0), PAGES(8), PAGES(8), MREMAP_MAYMOVE | MREMAP_FIXED,
		  AT(200)));
	TRY(remap(AT(200), PAGES(8), PAGES(16), 0, NULL));
	TRY(remap(AT(9), PAGES(2), PAGES(300), MREMAP_MAYMOVE | MREMAP_FIXED,
		  AT(210)));
	TRY(remap(AT(12), PAGES(4), PAGES(2), 0, NULL));
	return remap(AT(30), PAGES(4), PAGES(4), MREMAP_MAYMOVE | MREMAP_FIXED |
		     MREMAP_DONTUNMAP, AT(40));
}

static long op_madvise(void)
{
	TRY(advise(AT(3), PAGES(2), MADV_DONTFORK));
	TRY(advise(AT(7), PAGES(2), MADV_DONTNEED));
	TRY(advise(AT(10), PAGES(2), MADV_WIPEONFORK));
	TRY(advise(AT(2), PAGES(2), ADV_PAGEOUT));
	TRY(advise(AT(20), PAGES(9), ADV_POPULATE_WRITE));
	return advise(AT(30), PAGES(9), ADV_POPULATE_READ);
}

static long op_brk(void)
{
	long now = raw_brk(NULL), more = now + PAGES(40);

	if (raw_brk((void *)more) != more)
		return -ENOMEM;
	touch((char *)((now + PAGE - 1) & -PAGE), 39);
	return raw_brk((void *)now) == now ? 0 : -EIO;
}

static long op_memfd(void)
{
	TRY(fds[0] = sys(memfd_create, "a-name", 0));
	TRY(sys(ftruncate, fds[0], PAGES(20)));
	TRY(raw_mmap(AT(0), PAGES(20), RW, MAP_SHARED | MAP_FIXED, fds[0], 0));
	touch(AT(0), 20);
	TRY(advise(AT(4), PAGES(4), MADV_REMOVE));
	return sys(msync, AT(0), PAGES(20), MS_SYNC);
}

static void no_memfd(void)
{
	close_fds();
	no_window();
}

/* ---- faults -------------------------------------------------------------- */

static void mapped_kinds(void)
{
	map_at(AT(0), 4, RW, ANON, -1, 0);
	map_at(AT(1024 * 1024), 4, RW, MAP_PRIVATE, big_fd, 0);
	map_at(AT(2048 * 1024), 4, RW, MAP_SHARED, big_fd, 0);
	map_at(AT(3072 * 1024), 4, RW, SHANON, -1, 0);
	map_at(AT(4096 * 1024), 4, RW, MAP_SHARED | MAP_ANONYMOUS |
	       MAP_NORESERVE, -1, 0);
	map_at(AT(5120 * 1024), 4, RW, ANON | MAP_GROWSDOWN, -1, 0);
}

static void unmapped_kinds(void)
{
	for (int i = 0; i < 6; i++)
		unmap(AT(i * 1024 * 1024), PAGES(4));
}

/* The fault is tried again, or kills: it has no errno. */
static long op_faults(void)
{
	for (int i = 0; i < 6; i++) {
		volatile char *p = AT(i * 1024 * 1024);

		(void)*p;
		*p = 1;
		p[PAGES(1)] = 2;
		(void)p[PAGES(2)];
		if (p[0] != 1 || p[PAGES(1)] != 2)
			return -EIO;
	}
	return 0;
}

static long op_cow(void)
{
	child = sys(fork);
	if (!child)
		pause();
	if (!failed(child))
		touch(AT(0), 16);
	return failed(child) ? child : 0;
}

static void end_child(void)
{
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	child = 0;
	no_window();
}

static long op_stack(void)
{
	volatile char deep[PAGES(40)];

	for (int i = 39; i >= 0; i--)
		deep[PAGES(i)] = 1;
	return deep[0] - 1;
}

static long op_stack_child(void)
{
	int pid = fork();

	if (!pid) {
		arm(child_n);
		_exit(-op_stack());
	}
	return reap(pid < 0 ? -errno : pid);
}

static long op_copy_to_new(void)
{
	TRY(sys(pread64, big_fd, AT(20), PAGES(8), 0));
	TRY(sys(pwrite64, big_fd, AT(40), PAGES(8), 0));
	return memcmp(AT(20), "aaaa", 4) ? -EIO : 0;
}

static void fill_big(void)
{
	no_window();
	memset(scratch, 'a', PAGE);
	for (int i = 0; i < 8; i++)
		pwrite(big_fd, scratch, PAGE, PAGES(i));
}

static long op_remote(void)
{
	int fd = open("/proc/self/mem", O_RDWR);
	long r;

	if (fd < 0)
		return -errno;
	r = sys(pwrite64, fd, scratch, PAGES(4), (long)AT(30));
	if (r == (long)PAGES(4))
		r = sys(pread64, fd, scratch, PAGES(4), (long)AT(40));
	close(fd);
	return r == -EIO ? -ENOMEM : r;		/* Linux says EIO here too */
}

static void all_kinds(void)
{
	mapped_kinds();
	for (int i = 0; i < 6; i++)
		touch(AT(i * 1024 * 1024), 3);
	for (int i = 0; i < 6; i++)
		advise(AT(i * 1024 * 1024), PAGES(2), ADV_PAGEOUT);
	lock2(AT(0), PAGES(2), MLOCK_ONFAULT);
}

/* The child's memory is whole whenever there is a child. */
static long op_fork_all(void)
{
	child = sys(fork);
	if (!child) {
		for (int i = 0; i < 6; i++)
			if (AT(i * 1024 * 1024)[PAGES(1)] != 'B')
				_exit(EIO);
		_exit(0);
	}
	return reap(child);
}

static long op_looking(void)
{
	unsigned char present[4];
	uint64_t entries[4];

	TRY(sys(mincore, AT(0), PAGES(4), present));
	TRY(fds[0] = sys(open, "/proc/self/pagemap", O_RDONLY));
	TRY(sys(pread64, fds[0], entries, 32, WINDOW / 512));
	TRY(fds[1] = sys(open, "/proc/kpageflags", O_RDONLY));
	TRY(sys(pread64, fds[1], entries, 32, 8 * 1024));
	TRY(sys(msync, AT(0), PAGES(4), MS_SYNC));
	return sys(remap_file_pages, AT(2048 * 1024), PAGE, 0, 2, 0);
}

static void no_looking(void)
{
	close_fds();
	unmapped_kinds();
}

/* ---- swap ---------------------------------------------------------------- */

static long op_swapped(void)
{
	for (int i = 0; i < 16; i++)
		if (AT(i)[0] != 'A' + i % 26)
			return -EIO;
	touch(AT(0), 16);
	return 0;
}

static void paged_out(void)
{
	window();
	advise(AT(0), PAGES(16), ADV_PAGEOUT);
}

static void swap_on(void)
{
	sys(swapon, swap_path, 0);
	paged_out();
}

static void swap_off(void)
{
	sys(swapoff, swap_path);
}

/* Pages of a file that swap holds. */
static void file_paged_out(void)
{
	fill_big();
	map_at(AT(0), 8, RW, MAP_SHARED, big_fd, 0);
	touch(AT(0), 8);
	advise(AT(0), PAGES(8), ADV_PAGEOUT);
}

static long op_file_swapped(void)
{
	TRY(sys(pread64, big_fd, scratch, 5000, 0));
	TRY(sys(pwrite64, big_fd, scratch, 5000, PAGES(3)));
	if (AT(6)[0] != 'G')
		return -EIO;
	return lock(AT(0), PAGES(8));
}

/* A hole of the file, where its pages were in swap. */
static long op_punch(void)
{
	TRY(sys(fallocate, big_fd, FALLOC_FL_KEEP_SIZE |
		FALLOC_FL_PUNCH_HOLE, PAGES(2), PAGES(2)));
	TRY(sys(ftruncate, big_fd, PAGES(5) + 100));
	return sys(ftruncate, big_fd, PAGES(16));
}

static long op_disk(void)
{
	TRY(fds[0] = sys(open, swap_path, O_RDWR));
	TRY(sys(pread64, fds[0], scratch, 9000, 100));
	return sys(pwrite64, fds[0], scratch, 9000, 100);
}

static long op_swapoff(void)
{
	return sys(swapoff, swap_path);
}

static long op_swapon(void)
{
	return sys(swapon, swap_path, 0);
}

/* ---- signals and timers -------------------------------------------------- */

static volatile int caught;

static void on_signal(int sig)
{
	caught += sig == SIGUSR1 || sig == SIGALRM;
}

static long op_signal(void)
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_ONSTACK };
	stack_t ss = { .ss_sp = AT(0), .ss_size = PAGES(16) };

	caught = 0;
	TRY(sys(sigaltstack, &ss, NULL));
	if (sigaction(SIGUSR1, &sa, NULL))
		return -errno;
	TRY(sys(kill, getpid(), SIGUSR1));
	return caught == 1 ? 0 : -EIO;
}

static void no_altstack(void)
{
	stack_t ss = { .ss_flags = SS_DISABLE };

	sigaltstack(&ss, NULL);
	signal(SIGUSR1, SIG_DFL);
	no_window();
}

static long op_timer(void)
{
	struct itimerval it = { .it_value = { 0, 2000 } };
	struct timespec ts = { 0, 100000 };

	caught = 0;
	signal(SIGALRM, on_signal);
	TRY(sys(setitimer, ITIMER_REAL, &it, NULL));
	while (!caught)
		sys(nanosleep, &ts, NULL);
	return 0;
}

static long op_groups(void)
{
	gid_t g[32] = { 1, 2, 3 };

	TRY(sys(setgroups, 32, g));
	return sys(getgroups, 32, g);
}

/* ---- all of them --------------------------------------------------------- */

static const struct op ops[] = {
	{ "fork", op_fork, window, no_window, false, 0 },
	{ "fork, then both write", op_cow, window, end_child, false, 0 },
	{ "fork of all kinds of areas", op_fork_all, all_kinds, unmapped_kinds,
	  false, 0 },
	{ "mincore, pagemap, msync", op_looking, all_kinds, no_looking, false,
	  0 },
	{ "vfork", op_vfork, NULL, NULL, false, 0 },
	{ "vfork and exec", op_vfork_exec, long_args, NULL, true, 0 },
	{ "fork and exec", op_fork_exec, long_args, NULL, true, 0 },
	{ "exec of a script", op_script, NULL, NULL, true, 0 },
	{ "exec among threads", op_crowd, NULL, NULL, true, 0 },
	{ "exit", op_exit, window, no_window, true, 0 },
	{ "a thread", op_thread, NULL, NULL, false, 0 },
	{ "wait4", op_wait, start_child, NULL, false, 0 },
	{ "mmap", op_mmap, NULL, no_window, false, 0 },
	{ "munmap", op_munmap, window, no_window, false, 0 },
	{ "mprotect", op_mprotect, window, no_window, false, 0 },
	{ "mlock", op_mlock, window, unlock_window, false, 0 },
	{ "mremap", op_mremap, window, no_window, false, 0 },
	{ "madvise", op_madvise, window, no_window, false, EFAULT },
	{ "brk", op_brk, NULL, NULL, false, 0 },
	{ "page faults", op_faults, mapped_kinds, unmapped_kinds, false, 0 },
	{ "faults on swapped pages", op_swapped, paged_out, no_window, false,
	  0 },
	{ "a growing stack", op_stack_child, NULL, NULL, true, 0 },
	{ "copies to fresh memory", op_copy_to_new, untouched, fill_big, false,
	  0 },
	{ "/proc/self/mem", op_remote, untouched, no_window, false, 0 },
	{ "memfd", op_memfd, NULL, no_memfd, false, 0 },
	{ "file pages in swap", op_file_swapped, file_paged_out, fill_big,
	  false, 0 },
	{ "holes in file pages in swap", op_punch, file_paged_out, fill_big,
	  false, 0 },
	{ "a disk", op_disk, swap_off, close_fds, false, 0 },
	{ "a signal on its own stack", op_signal, untouched, no_altstack,
	  false, 0 },
	{ "a timer", op_timer, NULL, NULL, false, 0 },
	{ "setgroups", op_groups, NULL, NULL, false, 0 },
	{ "swapon", op_swapon, swap_off, NULL, false, 0 },
	{ "swapoff", op_swapoff, swap_on, no_window, false, 0 },
};

TEST_TABLE("every allocation fails", ops, every_allocation);
