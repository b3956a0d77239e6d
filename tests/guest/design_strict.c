/* run: --mem 128M --swap 64M --memlock strict */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * memlock=strict: every way around the other designs (A, O and C are the
 * numbers of docs/lock-designs.md) is refused with a documented errno, or
 * leads nowhere; nothing is changed by a refusal.  Holdfast only: the program
 * is marked.
 */
#include "marked.h"

#include <linux/falloc.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define FILE_PATH "/tmp/strict.file"

static char bss[16 * 4096] __attribute__((aligned(4096)));

/* Each area but special ones is locked, not on fault, and resident where it
 * can be accessed; a stack's lower pages may be missing. */
static void all_sealed(void)
{
	unsigned long resident, pages;
	struct area a;

	for (bool more = next_area_of(&a, true); more;
	     more = next_area_of(&a, false)) {
		if (is_special(&a))
			continue;
		resident = PAGES(a.rss);
		pages = a.end - a.start;
		if (!area_has(&a, "lo") || area_has(&a, "??"))
			fail("%s %lx: VmFlags %s", a.name, a.start, a.flags);
		if (a.perms[0] == 'r' && !area_has(&a, "gd") &&
		    resident != pages)
			fail("%s %lx: %lu of %lu bytes resident", a.name,
			     a.start, resident, pages);
	}
	LOCKED(locked_area_pages());
}

static int open_ro(void)
{
	int fd = open(FILE_PATH, O_RDONLY | O_CLOEXEC);

	OK(fd >= 0);
	return fd;
}

static void new_file(void)
{
	close(make_file(FILE_PATH, 4));
}

TEST("everything is locked and resident from the first instruction")
{
	all_sealed();
}

/* ---- by the task itself ------------------------------------------------ */

TEST("A1: munlock is refused where a lock would change, arguments first")
{
	long locked = vm_locked();

	RET(unlock(bss, PAGE), -EPERM);
	RET(unlock(bss, sizeof(bss)), -EPERM);
	RET(unlock(bss, 0), 0);
	RET(unlock(NULL, 0), 0);
	RET(unlock(bss, -4096ul), -EINVAL);
	RET(unlock(AT(100), PAGE), -ENOMEM);
	RET(unlockall(), -EPERM);
	RET(lockall(0), -EINVAL);
	LOCKED(locked);
	all_sealed();
}

TEST("A2, A18: mlockall(CURRENT) leaves what comes locked")
{
	char *p;

	RET(lockall(LOCK_CURRENT), 0);
	p = map(4);
	LOCKS(p, "llll");
	PRESENT(p, "1111");
	RET(raw_mmap(p, PAGES(2), RW, ANON | MAP_FIXED, -1, 0), p);
	LOCKS(p, "llll");
	p = (char *)((raw_brk(NULL) + 4095) & -4096);
	RET(raw_brk(p + PAGES(4)), (long)p + (long)PAGES(4));
	LOCKS(p, "llll");
	all_sealed();
}

TEST("A3, A4: no lock on fault")
{
	RET(lockall(LOCK_CURRENT | LOCK_FUTURE | LOCK_ONFAULT), -EPERM);
	RET(lockall(LOCK_CURRENT | LOCK_ONFAULT), -EPERM);
	RET(lockall(LOCK_FUTURE | LOCK_ONFAULT), -EPERM);
	RET(lock2(bss, PAGE, MLOCK_ONFAULT), -EPERM);
	RET(lock2(bss, PAGE, 2), -EINVAL);
	RET(lock2(bss, PAGE, 0), 0);
	all_sealed();
}

TEST("A5: MREMAP_DONTUNMAP is refused; moving and growing is locked")
{
	char *p = map(4);

	RET(remap(p, PAGES(4), PAGES(4), MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
		  NULL), -EPERM);
	LOCKS(p, "llll-");
	RET(remap(p, PAGES(4), PAGES(8), MREMAP_MAYMOVE | MREMAP_FIXED,
		  AT(100)), AT(100));
	LOCKS(p, "----");
	LOCKS(AT(100), "llllllll-");
	PRESENT(AT(100), "11111111");
}

TEST("A6, A17, A21: advice that would drop, share or page out is refused")
{
	RET(advise(bss, PAGES(4), ADV_DONTNEED_LOCKED), -EPERM);
	RET(advise(bss, PAGES(4), MADV_MERGEABLE), -EPERM);
	RET(advise(bss, PAGES(4), MADV_DONTNEED), -EINVAL);
	RET(advise(bss, PAGES(4), MADV_FREE), -EINVAL);
	RET(advise(bss, PAGES(4), ADV_COLD), -EINVAL);
	RET(advise(bss, PAGES(4), ADV_PAGEOUT), -EINVAL);
	RET(sys(msync, bss, PAGES(4), MS_INVALIDATE), -EBUSY);
	RET(advise(bss, 0, ADV_DONTNEED_LOCKED), 0);
	PRESENT(bss, "1111");
}

TEST("A7: munmap is allowed")
{
	char *p = map(4);
	long locked = vm_locked();

	RET(unmap(p, PAGES(2)), 0);
	LOCKED(locked - 2);
	all_sealed();
}

TEST("A8: what gains access is resident")
{
	char *p;
	int fd;

	new_file();
	fd = open_ro();
	p = map_at(AT(0), 4, PROT_NONE, MAP_PRIVATE, fd, 0);
	PRESENT(p, "0000");
	RET(protect(p, PAGES(2), PROT_READ), 0);
	PRESENT(p, "1100");
	RET(protect(p, PAGES(4), RW), 0);
	PRESENT(p, "1111");
	all_sealed();
}

static void sealed_child(void *arg)
{
	char *p = arg;

	RET(unlock(p, PAGE), -EPERM);
	RET(unlockall(), -EPERM);
	memset(p, 'c', PAGES(4));
	LOCKS(p, "llll");
	LOCKS(map_at(AT(8), 2, RW, ANON, -1, 0), "ll");
	all_sealed();
}

TEST("A9: a child is sealed, and its children")
{
	char *p = map(4);

	memset(p, 'p', PAGES(4));
	in_child(sealed_child, p);
	EQ(p[0], 'p');
	all_sealed();
}

TEST("A9: a child's areas come filled, WIPEONFORK ones too")
{
	char *p = map(4);

	memset(p, 'p', PAGES(4));
	RET(advise(p, PAGES(2), MADV_WIPEONFORK), 0);
	in_child(sealed_child, p);
}

TEST("A11: a plain program executed by it is plain")
{
	struct tiny t;

	tiny_init(&t);
	EQ(tiny_run(&t, "/tmp/strict.plain"), TINY_STATUS);
	unlink("/tmp/strict.plain");
}

TEST("A13: no shared writable map of a disk's file, but of memory files")
{
	char *p;
	int fd = make_memfd(2);

	p = map_at(AT(0), 2, RW, MAP_SHARED, fd, 0);
	LOCKS(p, "ll");
	PRESENT(p, "11");
	p[0] = 1;
	RET(protect(p, PAGE, PROT_READ), 0);
	RET(protect(p, PAGE, RW), 0);
}

TEST("O12: shared memory stays in its place: no end cut off, a hole is zeros")
{
	int fd = make_memfd(4);
	char *p = map_at(AT(0), 2, RW, MAP_SHARED, fd, 0);

	RET(sys(ftruncate, fd, PAGES(2)), 0);
	RET(sys(ftruncate, fd, PAGE), -ETXTBSY);
	RET(sys(ftruncate, fd, 0), -ETXTBSY);
	EQ(p[PAGE], 'b');
	RET(sys(fallocate, fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		PAGE),
	    0);
	PRESENT(p, "11");
	EQ(p[0], 0);
	EQ(p[PAGE], 'b');
	all_sealed();
	RET(unmap(p, PAGES(2)), 0);
	RET(sys(ftruncate, fd, 0), 0);
}

TEST("A16: its pages wait for no handler")
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register r = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = sys(userfaultfd, O_CLOEXEC);

	OK(fd >= 0);
	RET(ioctl(fd, UFFDIO_API, &api), 0);
	r.range.start = (unsigned long)map(2);
	r.range.len = PAGES(2);
	EQ(ioctl(fd, UFFDIO_REGISTER, &r), -1);
	EQ(errno, EPERM);
}

TEST("A20: limits of the caller do not end what it is")
{
	char *p;

	become_user();
	set_memlock(0);
	p = map(4);
	LOCKS(p, "llll");
	RET(lock(p, PAGES(4)), 0);
	RET(lockall(LOCK_CURRENT | LOCK_FUTURE), 0);
	RET(raw_mmap(NULL, PAGES(2), RW, ANON | MAP_LOCKED, -1, 0) > 0, 1);
	in_child(sealed_child, p);
	all_sealed();
}

/* ---- by others --------------------------------------------------------- */

TEST("O4, O5: a file that it reads its memory from has no writers")
{
	int fd, rw;
	char *p;

	new_file();
	fd = open_ro();
	p = map_at(AT(0), 4, PROT_READ, MAP_PRIVATE, fd, 0);
	RET(sys(open, FILE_PATH, O_RDWR), -ETXTBSY);
	RET(sys(open, FILE_PATH, O_WRONLY | O_TRUNC), -ETXTBSY);
	RET(sys(truncate, FILE_PATH, 0), -ETXTBSY);
	RET(unmap(p + PAGE, PAGE), 0);
	RET(sys(open, FILE_PATH, O_RDWR), -ETXTBSY);
	RET(unmap(p, PAGES(4)), 0);
	rw = sys(open, FILE_PATH, O_RDWR);
	OK(rw >= 0);
	RET(raw_mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0),
	    -ETXTBSY);
	close(rw);
	RET(raw_mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0), p);
}

TEST("past the end of a file there is nothing to lock: refused")
{
	int fd;

	new_file();
	fd = open_ro();
	RET(raw_mmap(AT(0), PAGES(8), PROT_READ, MAP_PRIVATE | MAP_FIXED, fd,
		     0), -ENOMEM);
	LOCKS(AT(0), "--------");
	all_sealed();
}

static void looks_in(void *arg)
{
	int parent = getppid(), fd;
	char path[64], byte;
	struct iovec here = { &byte, 1 }, there = { arg, 1 };

	RET(sys(process_vm_readv, parent, &here, 1, &there, 1, 0), -EPERM);
	RET(sys(process_vm_writev, parent, &here, 1, &there, 1, 0), -EPERM);
	RET(sys(ptrace, PTRACE_ATTACH, parent, 0, 0), -EPERM);
	RET(sys(ptrace, PTRACE_SEIZE, parent, 0, 0), -EPERM);
	snprintf(path, sizeof(path), "/proc/%d/mem", parent);
	fd = open(path, O_RDWR);
	if (fd >= 0)
		RET(sys(pread64, fd, &byte, 1, arg), -EACCES);
}

TEST("O1, O2, O3: nobody looks in, nor writes, not even root")
{
	char *p = map(1);

	p[0] = 's';
	in_child(looks_in, p);
	EQ(p[0], 's');
}

struct holds {
	int fd;
	char *shared;
};

static void opens_what_it_holds(void *arg)
{
	const struct holds *h = arg;
	char path[96];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", h->fd);
	OK(!failed(sys(open, path, O_RDONLY)));
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", getppid(), h->fd);
	RET(sys(open, path, O_RDONLY), -EACCES);
	snprintf(path, sizeof(path), "/proc/%d/map_files/%lx-%lx", getppid(),
		 (unsigned long)h->shared, (unsigned long)h->shared + PAGE);
	RET(sys(open, path, O_RDONLY), -EACCES);
}

TEST("O1: nor by way of the files that it holds or maps")
{
	struct holds h = { make_memfd(1),
			   map_at(AT(0), 1, RW, MAP_SHARED | MAP_ANONYMOUS, -1,
				  0) };

	in_child(opens_what_it_holds, &h);
}

/* ---- by plain programs ------------------------------------------------- */

#define PLAIN_PATH "/tmp/strict.plain"
#define SELF_FD 100

/* Runs a case in a copy of this program without its mark, by a child; the
 * program itself stays open as SELF_FD. */
static void exec_plain(void *name)
{
	static const char mark[] = "\11\0\0\0\4\0\0\0\1\0\0\0Holdfast";
	char *argv[] = { "test", "@case", name, "0", NULL };
	int self = open("/proc/self/exe", O_RDONLY);
	int plain = open(PLAIN_PATH, O_RDWR | O_CREAT | O_TRUNC, 0755);
	struct stat st;
	char *image, *at;

	dup2(self, SELF_FD);
	fstat(self, &st);
	image = malloc(st.st_size);
	RET(sys(read, self, image, st.st_size), st.st_size);
	while ((at = memmem(image, st.st_size, mark, sizeof(mark) - 1)))
		at[12] = 'h';
	RET(sys(write, plain, image, st.st_size), st.st_size);
	close(plain);
	RET(sys(execve, PLAIN_PATH, argv, argv + 4), 0);
}

/* Descriptors of exec_plain's program: it tells by one, and goes on when the
 * other says so. */
#define TELL (SELF_FD + 1)
#define GO (SELF_FD + 2)

static int told[2], go[2];
static volatile int thread_tid;

static pid_t start_plain(const char *name)
{
	pid_t pid;
	char c;

	RET(sys(pipe2, told, O_CLOEXEC), 0);
	RET(sys(pipe2, go, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		dup2(told[1], TELL);
		dup2(go[0], GO);
		exec_plain((void *)name);
		_exit(99);
	}
	close(told[1]);
	close(go[0]);
	RET(sys(read, told[0], &c, 1), 1);
	return pid;
}

static void end_plain(pid_t pid)
{
	int status;

	close(go[1]);
	RET(sys(wait4, pid, &status, 0, NULL), pid);
	EQ(status, 0);
}

static void tell_and_wait(void)
{
	char c;

	write(TELL, "x", 1);
	read(GO, &c, 1);
}

static char *absent;

static int reads_slowly(void *arg)
{
	int fd = sys(open, FILE_PATH, O_RDONLY);

	return sys(read, fd, absent, PAGE) != PAGE;
}

static void wait_until_blocked(pid_t pid)
{
	char path[32], text[512];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	do {
		usleep(10000);
		if (slurp(path, text, sizeof(text)) <= 0)
			die("%s", path);
	} while (!strstr(text, ") D "));
}

/* The reader has the inode's lock until it has its page. */
TEST("@truncates what is being read")
{
	static char stack[16384] __attribute__((aligned(16)));
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register r = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_zeropage z = { .range = { 0, PAGE } };
	struct uffd_msg msg;
	int fd = sys(userfaultfd, O_CLOEXEC);
	pid_t pid;

	absent = map(1);
	r.range.start = z.range.start = (unsigned long)absent;
	r.range.len = PAGE;
	RET(ioctl(fd, UFFDIO_API, &api), 0);
	RET(ioctl(fd, UFFDIO_REGISTER, &r), 0);
	clone(reads_slowly, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
	RET(sys(read, fd, &msg, sizeof(msg)), sizeof(msg));
	pid = fork();
	if (!pid)
		_exit(failed(sys(open, FILE_PATH, O_RDONLY | O_TRUNC)));
	wait_until_blocked(pid);
	tell_and_wait();
	RET(ioctl(fd, UFFDIO_ZEROPAGE, &z), 0);
	while (wait(NULL) > 0)
		;
}

TEST("O5: who waits for a file's lock to truncate it is its writer already")
{
	pid_t pid;

	new_file();
	pid = start_plain("@truncates what is being read");
	RET(raw_mmap(AT(0), PAGES(4), PROT_READ, MAP_PRIVATE | MAP_FIXED,
		     open_ro(), 0),
	    -ETXTBSY);
	end_plain(pid);
}

TEST("@pages out a program")
{
	static unsigned char in[4096];
	struct stat st;
	size_t n, out = 0;
	char *p;

	fstat(SELF_FD, &st);
	n = st.st_size / PAGE;
	OK(n > 0 && n <= sizeof(in));
	p = map_at(AT(0), n, PROT_READ, MAP_SHARED, SELF_FD, 0);
	for (size_t i = 0; i < n; i++)
		(void)*(volatile char *)(p + PAGES(i));
	RET(advise(p, PAGES(n), ADV_PAGEOUT), 0);
	RET(sys(mincore, p, PAGES(n), in), 0);
	for (size_t i = 0; i < n; i++)
		out += !(in[i] & 1);
	EQ(out, 0);
}

TEST("C1: a program that exec trusts does not come back from a disk")
{
	EQ(in_child(exec_plain, "@pages out a program"), 0);
}

static void locks_much(void)
{
	RET(lock(map(3072), PAGES(3072)), 0);
}

/* Three tasks of 12 MiB each. */
TEST("@holds memory")
{
	for (int i = 0; i < 2; i++) {
		if (fork())
			continue;
		locks_much();
		tell_and_wait();
		_exit(0);
	}
	locks_much();
	tell_and_wait();
	while (wait(NULL) > 0)
		;
}

/* ---- by a tracer from before ------------------------------------------- */

static long exec_marked(char *name)
{
	char *argv[] = { "test", "@case", name, "0", NULL };

	return sys(execveat, SELF_FD, "", argv, argv + 4, AT_EMPTY_PATH);
}

TEST("@traced exec")
{
	RET(sys(ptrace, PTRACE_TRACEME, 0, 0, 0), 0);
	RET(exec_marked("@not traced"), -EPERM);
}

static int idle(void *arg)
{
	thread_tid = sys(gettid);
	for (;;)
		pause();
	return 0;
}

static void execs_beside_a_thread(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	char c;

	clone(idle, stack + sizeof(stack), CLONE_VM | CLONE_FS | CLONE_FILES |
	      CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, NULL);
	while (!thread_tid)
		sys(sched_yield);
	write(told[1], (void *)&thread_tid, sizeof(thread_tid));
	read(go[0], &c, 1);
	exec_marked("@pause");
	_exit(99);
}

TEST("@pause")
{
	write(TELL, "x", 1);
	for (;;)
		pause();
}

/* The exec waits for the end of a thread, which its tracer holds up. */
TEST("@attached during exec")
{
	int status, tid;
	pid_t pid;
	char c;

	RET(sys(pipe2, told, 0), 0);
	RET(sys(pipe2, go, 0), 0);
	dup2(told[1], TELL);
	pid = fork();
	if (!pid)
		execs_beside_a_thread();
	RET(sys(read, told[0], &tid, sizeof(tid)), sizeof(tid));
	RET(sys(ptrace, PTRACE_SEIZE, tid, 0, PTRACE_O_TRACEEXIT), 0);
	write(go[1], "x", 1);
	RET(sys(wait4, tid, &status, __WALL, NULL), tid);
	EQ(status >> 8, SIGTRAP | PTRACE_EVENT_EXIT << 8);
	RET(sys(ptrace, PTRACE_SEIZE, pid, 0, 0), 0);
	RET(sys(ptrace, PTRACE_CONT, tid, 0, 0), 0);
	RET(sys(read, told[0], &c, 1), 1);
	RET(sys(ptrace, PTRACE_INTERRUPT, pid, 0, 0), -ESRCH);
	kill(pid, SIGKILL);
	RET(sys(wait4, pid, &status, __WALL, NULL), pid);
}

TEST("O3: who attached while it was executed is its tracer no more")
{
	EQ(in_child(exec_plain, "@attached during exec"), 0);
}

static void asks_for_a_tracer(void *arg)
{
	RET(sys(ptrace, PTRACE_TRACEME, 0, 0, 0), -EPERM);
}

TEST("O3: nor can it ask to be traced")
{
	in_child(asks_for_a_tracer, NULL);
}

TEST("@not traced")
{
	die("ran under a tracer");
}

TEST("O3: it is not executed under a tracer")
{
	EQ(in_child(exec_plain, "@traced exec"), 0);
}

/* ---- by circumstances -------------------------------------------------- */

TEST("more than three quarters of memory: ENOMEM, nothing is left over")
{
	unsigned long huge = 120ul << 20, brk = raw_brk(NULL);
	long locked = vm_locked();
	char *p = map(4);

	RET(raw_mmap(NULL, huge, RW, ANON, -1, 0), -ENOMEM);
	RET(raw_brk((char *)brk + huge), brk);
	RET(remap(p, PAGES(4), huge, MREMAP_MAYMOVE, NULL), -ENOMEM);
	LOCKS(p, "llll-");
	LOCKED(locked + 4);
	all_sealed();
}

TEST("fork without room: ENOMEM, the parent goes on")
{
	unsigned long half = 60ul << 20;
	char *p = (char *)raw_mmap(NULL, half, RW, ANON, -1, 0);

	OK(!failed((long)p));
	RET(sys(fork), -ENOMEM);
	p[0] = 1;
	RET(unmap(p, half), 0);
	in_child(sealed_child, map(4));
	all_sealed();
}

/* As much as there is, in pieces ever smaller, down to `least`; bytes. */
static unsigned long map_all(unsigned long least)
{
	unsigned long piece = 16ul << 20, all = 0;
	long p;

	while (piece >= least) {
		p = raw_mmap(NULL, piece, RW, ANON, -1, 0);
		if (failed(p)) {
			RET(p, -ENOMEM);
			piece /= 2;
		} else {
			all += piece;
		}
	}
	return all;
}

static __attribute__((noinline)) void use_stack(void)
{
	volatile char deep[1 << 20];

	for (size_t i = 0; i < sizeof(deep); i += PAGE)
		deep[sizeof(deep) - 1 - i] = 1;
}

static void grows_its_stack(void *arg)
{
	OK(map_all(PAGE) > 0);
	use_stack();
}

TEST("C5: its stack grows even where sealed tasks have all they may")
{
	EQ(in_child(grows_its_stack, NULL), 0);
}

TEST("O10: memory that others hold: ENOMEM, nobody is killed")
{
	static char text[8192];
	unsigned long total = 0;
	pid_t pid = start_plain("@holds memory");
	char c;

	RET(sys(read, told[0], &c, 1), 1);
	RET(sys(read, told[0], &c, 1), 1);
	map_all(2ul << 20);
	if (slurp("/proc/meminfo", text, sizeof(text)) > 0)
		sscanf(text, "MemTotal: %lu", &total);
	/* Less than sealed tasks may have. */
	OK(PAGES(vm_locked()) < total * 1024 / 4 * 3);
	all_sealed();
	end_plain(pid);
}

TEST("C2: what cannot be filled is not there, however short memory is")
{
	int knob = open("/proc/holdfast/fail_alloc", O_RDWR | O_CLOEXEC);
	long brk = raw_brk(NULL), ret = -ENOMEM, heap = 0;
	char text[32];
	int n, len;

	map(4);
	for (n = 1; ret == -ENOMEM; n++) {
		len = snprintf(text, sizeof(text), "%d lasting", n);
		RET(sys(write, knob, text, len), len);
		ret = raw_mmap(AT(4), PAGES(4), RW, ANON | MAP_FIXED, -1, 0);
		heap = raw_brk((char *)brk + PAGES(4));
		RET(sys(write, knob, "0", 1), 1);
		if (ret != -ENOMEM)
			break;
		LOCKS(AT(0), "llll----");
		RET(heap, brk);
		all_sealed();
	}
	RET(ret, AT(4));
	OK(n > 4);
}
