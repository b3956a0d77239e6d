// SPDX-License-Identifier: GPL-2.0
/*
 * The executor in a guest (run.h): every task is a process, which makes its
 * calls itself and looks at itself through /proc.  The process that reads the
 * program is none of them: it sends each call through a pipe.
 *
 * The window lies where the heap ends when the process begins: the heap is
 * moved up and what was below is unmapped, so that it begins at page PROG_HEAP
 * on any kernel without a privilege.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

#define GUARD_PAGES 16			/* free, below the window */

enum request_kind { CALL, LOOK, CONTENTS };

struct request {
	enum request_kind kind;
	unsigned number;		/* CONTENTS: page; fork: the child's */
	struct prog_call call;
};

struct answer {
	long ret;
	struct run_look look;
};

static int request[PROG_TASKS][2], answer[2];
static int files[PROG_NR_FILES];
static ino_t inode[PROG_NR_FILES];
static unsigned long base;
static uint64_t zero_page;		/* its frame; 0: that is a secret */
static uint64_t map[RUN_PAGES];		/* the window's entries in pagemap */
static char smaps[65536];

static void die(const char *what)
{
	perror(what);
	_exit(1);
}

/* A result as the kernel gives it. */
#define RAW(...) ({ long _r = syscall(__VA_ARGS__); _r == -1 ? -errno : _r; })

/* ---- the world --------------------------------------------------------- */

/* Two pages each; those of a disk are marked, byte 3 is 1 and 2. */
static void make_files(void)
{
	char path[64];
	struct stat st;

	for (unsigned i = 0; i < PROG_NR_FILES; i++) {
		snprintf(path, sizeof(path), "/tmp/mmrun.%d.%u", getpid(), i);
		files[i] = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
		if (files[i] < 0 || ftruncate(files[i], 2 * PROG_PAGE) < 0)
			die(path);
		if (i != PROG_MEMFD && (pwrite(files[i], "\1", 1, 3) != 1 ||
					pwrite(files[i], "\2", 1,
					       PROG_PAGE + 3) != 1))
			die(path);
		if (i == PROG_FILE) {
			close(files[i]);
			files[i] = open(path, O_RDONLY);
		}
		if (fstat(files[i], &st) < 0 || unlink(path) < 0)
			die(path);
		inode[i] = st.st_ino;
	}
}

#define FRAME_BITS ((1ull << 55) - 1)

/* Entries of pagemap from addr on. */
static void pagemap(unsigned long addr, uint64_t *entry, unsigned n)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);

	memset(entry, 0, n * sizeof(*entry));
	if (fd < 0 || pread(fd, entry, n * sizeof(*entry),
			    addr / PROG_PAGE * sizeof(*entry)) < 0)
		die("pagemap");
	close(fd);
}

static void find_zero_page(void)
{
	volatile char *p = mmap(NULL, PROG_PAGE, PROT_READ,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)*p;
	pagemap((unsigned long)p, &zero_page, 1);
	zero_page &= FRAME_BITS;
	munmap((void *)p, PROG_PAGE);
}

static void make_window(void)
{
	unsigned long end = RAW(SYS_brk, 0), heap;

	end = (end + PROG_PAGE - 1) & -PROG_PAGE;
	base = end + GUARD_PAGES * PROG_PAGE;
	heap = base + PROG_HEAP * PROG_PAGE;
	if ((unsigned long)RAW(SYS_brk, heap) != heap ||
	    munmap((void *)end, heap - end) < 0 ||
	    mmap((void *)base, PROG_PAGE, PROT_READ | PROT_EXEC,
		 MAP_PRIVATE | MAP_FIXED, files[PROG_IMAGE], 0) == MAP_FAILED ||
	    mmap((void *)(base + PROG_PAGE), PROG_PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_FIXED, files[PROG_IMAGE], PROG_PAGE) ==
		    MAP_FAILED)
		die("window");
}

/* ---- a task: touches --------------------------------------------------- */

static sigjmp_buf fault;

static void on_fault(int number)
{
	siglongjmp(fault, number);
}

static long touch(unsigned long addr, bool write)
{
	volatile char *p = (volatile char *)addr;
	int number = sigsetjmp(fault, 1);

	if (number)
		return -number;
	if (write)
		*p = 1;
	else
		(void)*p;
	return 0;
}

static long contents(unsigned page)
{
	volatile unsigned char *p =
		(volatile unsigned char *)(base + page * PROG_PAGE);
	unsigned char bytes[RUN_BYTES];
	int number = sigsetjmp(fault, 1);

	if (number)
		return -number;
	for (unsigned i = 0; i < RUN_BYTES; i++)
		bytes[i] = p[i];
	return run_digest(bytes);
}

/* ---- a task: calls ----------------------------------------------------- */

static void serve(unsigned number);

static long do_fork(unsigned number)
{
	pid_t pid = fork();

	if (!pid)
		serve(number);
	return pid < 0 ? -errno : number;
}

static long do_mmap(const uint64_t *a)
{
	int fd = a[4] < PROG_IMAGE ? files[a[4]] : -1;

	return RAW(SYS_mmap, base + a[0], a[1], a[2], a[3], fd, a[5]);
}

static long from_base(long addr)
{
	return addr < 0 && addr > -4096 ? addr : addr - (long)base;
}

static long do_call(const struct request *r)
{
	const struct prog_call *c = &r->call;
	const uint64_t *a = c->arg;
	unsigned long addr = base + a[0];

	switch (c->op) {
	case PROG_MMAP:
		return from_base(do_mmap(a));
	case PROG_MUNMAP:
		return RAW(SYS_munmap, addr, a[1]);
	case PROG_MPROTECT:
		return RAW(SYS_mprotect, addr, a[1], a[2]);
	case PROG_MREMAP:
		return from_base(RAW(SYS_mremap, addr, a[1], a[2], a[3],
				      base + a[4]));
	case PROG_MADVISE:
		return RAW(SYS_madvise, addr, a[1], a[2]);
	case PROG_MSYNC:
		return RAW(SYS_msync, addr, a[1], a[2]);
	case PROG_MLOCK:
		return RAW(SYS_mlock, addr, a[1]);
	case PROG_MLOCK2:
		return RAW(SYS_mlock2, addr, a[1], a[2]);
	case PROG_MUNLOCK:
		return RAW(SYS_munlock, addr, a[1]);
	case PROG_MLOCKALL:
		return RAW(SYS_mlockall, a[0]);
	case PROG_MUNLOCKALL:
		return RAW(SYS_munlockall);
	case PROG_BRK:		/* what was below the heap is none */
		addr += PROG_HEAP * PROG_PAGE;
		if (addr < base + PROG_HEAP * PROG_PAGE)
			addr = 0;
		return from_base(RAW(SYS_brk, addr));
	case PROG_READ: case PROG_WRITE:
		return touch(addr, c->op == PROG_WRITE);
	case PROG_FORK:
		return do_fork(r->number);
	case PROG_RECLAIM:
		return RAW(SYS_madvise, addr & -PROG_PAGE, PROG_PAGE,
			    MADV_PAGEOUT) & 0;
	default:
		return -ENOSYS;
	}
}

/* ---- a task: what it looks like ---------------------------------------- */

static int8_t file_number(unsigned long ino, bool shared)
{
	for (unsigned i = 0; i < PROG_NR_FILES; i++)
		if (ino == inode[i])
			return i;
	return shared ? RUN_SHARED_ANON : RUN_ANON;
}

static uint8_t prot_bits(const char *perms)
{
	return (perms[0] == 'r' ? PROT_READ : 0) |
	       (perms[1] == 'w' ? PROT_WRITE : 0) |
	       (perms[2] == 'x' ? PROT_EXEC : 0);
}

/* An area's share of the window. */
static void note_area(struct run_look *l, const char *head, char lock)
{
	unsigned long start, end, offset, ino, at;
	char perms[5];

	if (sscanf(head, "%lx-%lx %4s %lx %*s %lu", &start, &end, perms,
		   &offset, &ino) != 5)
		die("smaps");
	for (at = start < base ? base : start; at < end; at += PROG_PAGE) {
		unsigned long i = (at - base) / PROG_PAGE;

		if (i >= RUN_PAGES)
			break;
		l->page[i] = (struct run_page){
			.mapped = true, .shared = perms[3] == 's',
			.seam = at == start, .lock = lock,
			.prot = prot_bits(perms),
			.file = file_number(ino, perms[3] == 's'),
			.offset = (offset + at - start) / PROG_PAGE,
			.resident = map[i] >> 63 &&
				    (!zero_page ||
				     (map[i] & FRAME_BITS) != zero_page),
		};
		l->locked += lock != '-';
	}
}

static bool beyond_window(const char *area)
{
	return strtoul(area, NULL, 16) >= base + RUN_PAGES * PROG_PAGE;
}

/* As much of smaps as reaches beyond the window.  A read returns whole areas,
 * so each begins with one's first line. */
static void read_smaps(void)
{
	int fd = open("/proc/self/smaps", O_RDONLY);
	size_t n = 0;
	ssize_t got;

	while (n < sizeof(smaps) - 1 &&
	       (got = read(fd, smaps + n, sizeof(smaps) - 1 - n)) > 0) {
		if (beyond_window(smaps + n))
			break;
		n += got;
	}
	close(fd);
	smaps[n] = '\0';
}

static void look_at_self(struct run_look *l)
{
	char *line, *next, *head = smaps;

	memset(l, 0, sizeof(*l));
	pagemap(base, map, RUN_PAGES);
	read_smaps();
	for (line = smaps; (next = strchr(line, '\n')); line = next + 1) {
		*next = '\0';
		if (strchr("0123456789abcdef", *line))
			head = line;
		else if (!strncmp(line, "VmFlags:", 8))
			note_area(l, head, !strstr(line, " lo") ? '-' :
				  strstr(line, " ??") ? 'o' : 'l');
	}
}

/* ---- a task: its life -------------------------------------------------- */

static void serve(unsigned number)
{
	static struct answer a;		/* not on a stack that may grow */
	static struct request r;

	while (read(request[number][0], &r, sizeof(r)) == sizeof(r)) {
		memset(&a, 0, sizeof(a));
		if (r.kind == CALL && r.call.op != PROG_EXIT)
			a.ret = do_call(&r);
		else if (r.kind == LOOK)
			look_at_self(&a.look);
		else if (r.kind == CONTENTS)
			a.ret = contents(r.number);
		if (write(answer[1], &a, sizeof(a)) != sizeof(a))
			break;
		if (r.kind == CALL && r.call.op == PROG_EXIT)
			break;
	}
	_exit(0);
}

static void become_task(void)
{
	struct sigaction sa = { .sa_handler = on_fault };

	for (unsigned n = 0; n < PROG_TASKS; n++)
		close(request[n][1]);
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	signal(SIGCHLD, SIG_IGN);
	find_zero_page();
	make_window();
	serve(0);
}

/* ---- the executor ------------------------------------------------------ */

static void exec_start(void)
{
	make_files();
	if (pipe(answer) < 0)
		die("pipe");
	for (unsigned n = 0; n < PROG_TASKS; n++)
		if (pipe(request[n]) < 0)
			die("pipe");
	if (!fork())
		become_task();
}

static struct answer *ask(unsigned task, const struct request *r)
{
	static struct answer a;

	if (write(request[task][1], r, sizeof(*r)) != sizeof(*r) ||
	    read(answer[0], &a, sizeof(a)) != sizeof(a))
		die("task");
	return &a;
}

static long exec_call(const struct prog_call *c)
{
	static unsigned alive = 1;	/* bits */
	struct request r = { .kind = CALL, .call = *c };
	long ret;

	while (c->op == PROG_FORK && alive >> r.number & 1)
		r.number++;
	ret = ask(c->task, &r)->ret;
	if (c->op == PROG_EXIT)
		alive &= ~(1u << c->task);
	else if (c->op == PROG_FORK && ret >= 0)
		alive |= 1u << ret;
	return ret;
}

static void exec_look(unsigned task, struct run_look *look)
{
	*look = ask(task, &(struct request){ .kind = LOOK })->look;
}

static long exec_contents(unsigned task, unsigned page)
{
	return ask(task, &(struct request){ .kind = CONTENTS,
					    .number = page })->ret;
}

/* Tasks end when nobody sends them anything any more. */
static void exec_end(void)
{
	for (unsigned n = 0; n < PROG_TASKS; n++)
		close(request[n][1]);
}

const struct executor executor = {
	.name = "exec", .start = exec_start, .call = exec_call,
	.look = exec_look, .contents = exec_contents, .end = exec_end,
};
