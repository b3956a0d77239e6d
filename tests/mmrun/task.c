// SPDX-License-Identifier: GPL-2.0
/*
 * The executor in a guest (run.h), the tasks: each makes its calls itself and
 * looks at itself through /proc.
 *
 * The window lies where the heap ends when the process begins: the heap is
 * moved up and what was below is unmapped, so that it begins at page PROG_HEAP
 * on any kernel without a privilege.  The designated program has its window
 * in its image (window.ld).
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
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "exec.h"

#define GUARD_PAGES 512			/* free, below the window: more than an
					 * area that grows down keeps free */
#define WINDOW (64 * PROG_PAGE)		/* nothing else lies there */
#define MARK_EDITED 2			/* byte of a page that others change */

extern char run_window[] __attribute__((weak));	/* the designated program's */

static unsigned long base;
static bool memlocked;
static unsigned born_locked;		/* pages that exec locked */
static uint64_t file_id[PROG_NR_FILES];
static uint64_t image_page;		/* of the image's file, at base */
static uint64_t zero_page;		/* its frame; 0: that is a secret */
static uint64_t map[RUN_PAGES];		/* the window's entries in pagemap */
static int smaps, pagemap;		/* its own, open */
static char text[65536];		/* of a file of /proc */

/* ---- the window -------------------------------------------------------- */

#define FRAME_BITS ((1ull << 55) - 1)

static int open_own(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	return fd;
}

/* A process, and what it has executed, has others than the one before. */
static void open_proc(void)
{
	smaps = open_own("/proc/self/smaps");
	pagemap = open_own("/proc/self/pagemap");
}

/* Entries of pagemap from addr on. */
static void read_pagemap(unsigned long addr, uint64_t *entry, unsigned n)
{
	memset(entry, 0, n * sizeof(*entry));
	if (pread(pagemap, entry, n * sizeof(*entry),
		  addr / PROG_PAGE * sizeof(*entry)) < 0)
		die("pagemap");
}

static void find_zero_page(void)
{
	volatile char *p = mmap(NULL, PROG_PAGE, PROT_READ,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)*p;
	read_pagemap((unsigned long)p, &zero_page, 1);
	zero_page &= FRAME_BITS;
	munmap((void *)p, PROG_PAGE);
}

/* Its two pages, at the beginning. */
static void map_image(void)
{
	const int image = FD_FILE + PROG_IMAGE;

	if (mmap((void *)base, PROG_PAGE, PROT_READ | PROT_EXEC,
		 MAP_PRIVATE | MAP_FIXED, image, 0) == MAP_FAILED ||
	    mmap((void *)(base + PROG_PAGE), PROG_PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_FIXED, image, PROG_PAGE) == MAP_FAILED)
		die("window");
}

static void make_window(void)
{
	unsigned long end = RAW(SYS_brk, 0), heap;

	end = (end + PROG_PAGE - 1) & -PROG_PAGE;
	base = end + GUARD_PAGES * PROG_PAGE;
	heap = base + PROG_HEAP * PROG_PAGE;
	if ((unsigned long)RAW(SYS_brk, heap) != heap ||
	    munmap((void *)end, heap - end) < 0)
		die("window");
	map_image();
}

static struct { unsigned long addr, len; } outside[PROG_CALLS];
static unsigned nr_outside;	/* what calls mapped beyond the window */

static long note_outside(long addr, unsigned long len)
{
	if (addr > 0 && (addr < base || addr - base >= WINDOW) &&
	    nr_outside < PROG_CALLS) {
		outside[nr_outside].addr = addr;
		outside[nr_outside++].len = len;
	}
	return addr;
}

#define CAPABILITY_VERSION 0x20080522	/* linux/capability.h: the third */
#define IPC_LOCK (1u << 14)

static bool limited;

/* The limit says nothing to those who may lock all they like. */
static void set_limited(bool is)
{
	struct { uint32_t version, pid; } head = { CAPABILITY_VERSION, 0 };
	struct { uint32_t effective, permitted, inheritable; } data[2];

	limited = is;
	if (syscall(SYS_capget, &head, data) < 0)
		die("capget");
	data[0].effective = data[0].permitted & (is ? ~IPC_LOCK : ~0u);
	if (syscall(SYS_capset, &head, data) < 0)
		die("capset");
}

static long do_limit(uint64_t bytes)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return -errno;
	if (bytes > limit.rlim_max)
		return -EINVAL;
	limit.rlim_cur = bytes;
	if (setrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return -errno;
	if (!limited)
		set_limited(true);
	return 0;
}

static void lift_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		die("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		die("setrlimit");
	set_limited(false);
}

/* As it was when the program was executed.  The heap shrinks only where there
 * is something. */
static void reset_window(void)
{
	unsigned long heap = base + PROG_HEAP * PROG_PAGE;
	unsigned long end = RAW(SYS_brk, 0);

	if (limited)
		lift_limit();
	munlockall();
	while (nr_outside) {
		nr_outside--;
		munmap((void *)outside[nr_outside].addr,
		       outside[nr_outside].len);
	}
	if (munmap((void *)base, WINDOW) < 0 ||
	    (end > heap && mmap((void *)heap, end - heap, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
			   == MAP_FAILED) ||
	    (unsigned long)RAW(SYS_brk, heap) != heap)
		die("window");
	map_image();
}

static uint64_t id_of(unsigned maj, unsigned min, uint64_t ino)
{
	return ino ^ (uint64_t)maj << 48 ^ (uint64_t)min << 40;
}

static uint64_t id_of_fd(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		die("fstat");
	return id_of(major(st.st_dev), minor(st.st_dev), st.st_ino);
}

/* ---- a task: touches --------------------------------------------------- */

static sigjmp_buf fault;

static void on_fault(int number)
{
	siglongjmp(fault, number);
}

/* What a memlocked task stores is a secret: the page gets byte 1 instead of
 * byte 0, and bytes by which it is known wherever it comes to. */
static void store(volatile char *p)
{
	char *page = (char *)((unsigned long)p & -PROG_PAGE);

	p[memlocked] = 1;
	if (memlocked)
		for (unsigned i = 0; i < RUN_SECRET; i++)
			page[RUN_BYTES + i] = run_secret(run_number, i);
}

static long touch(unsigned long addr, bool write)
{
	volatile char *p = (volatile char *)addr;
	int number = sigsetjmp(fault, 0);

	if (number)
		return -number;
	if (write)
		store(p);
	else
		(void)*p;
	return 0;
}

static void clear(unsigned long addr)
{
	if (!sigsetjmp(fault, 0))
		*(volatile char *)addr = 0;
}

static long contents(unsigned page)
{
	volatile unsigned char *p =
		(volatile unsigned char *)(base + page * PROG_PAGE);
	unsigned char bytes[RUN_BYTES];
	int number = sigsetjmp(fault, 0);

	if (number)
		return -number;
	for (unsigned i = 0; i < RUN_BYTES; i++)
		bytes[i] = p[i];
	return run_digest(bytes);
}

/* ---- a task: calls ----------------------------------------------------- */

static void serve(unsigned number);
static long locked_pages(void);
static void look_at_self(struct run_look *l);

static long do_fork(unsigned number)
{
	pid_t pid = fork();

	if (!pid) {
		close(smaps);
		close(pagemap);
		open_proc();
		memlocked = memlocked && locked_pages();
		serve(number);
	}
	return pid < 0 ? -errno : number;
}

/* Comes back only with an error; else run_task() goes on. */
static long do_exec(unsigned number, bool designated)
{
	char task[16], run[16];
	char *argv[] = { RUN_TASK, task, run, limited ? "limited" : NULL,
			 NULL };
	char *env[] = { NULL };

	snprintf(task, sizeof(task), "%u", number);
	snprintf(run, sizeof(run), "%u", run_number);
	if (designated) {
		personality(ADDR_NO_RANDOMIZE);	/* the heap's beginning */
		return RAW(SYS_execve, RUN_MEMLOCKED, argv, env);
	}
	return RAW(SYS_execveat, FD_PLAIN, "", argv, env, AT_EMPTY_PATH);
}

static long do_mmap(const uint64_t *a)
{
	int fd = a[4] < PROG_IMAGE ? FD_FILE + (int)a[4] : -1;

	return note_outside(RAW(SYS_mmap, base + a[0], a[1], a[2], a[3], fd,
				a[5]), a[1]);
}

static long do_mremap(const uint64_t *a)
{
	return note_outside(RAW(SYS_mremap, base + a[0], a[1], a[2], a[3],
				base + a[4]), a[2]);
}

/* What it must not compare (run.h) is 0. */
static long do_mincore(const struct prog_call *c)
{
	unsigned long start = base + c->arg[0], vec = base + c->arg[2];
	unsigned char byte;
	struct run_look l;
	unsigned pages = 0;
	long ret;

	look_at_self(&l);
	while (pages < run_mincore_pages(c) &&
	       !mincore((void *)(start + pages * PROG_PAGE), PROG_PAGE, &byte))
		pages++;
	ret = RAW(SYS_mincore, start, c->arg[1], vec);
	for (unsigned i = 0; ret != -EFAULT && i < pages; i++) {
		unsigned long n = c->arg[0] / PROG_PAGE + i;

		if (n >= RUN_PAGES || l.page[n].file != RUN_ANON ||
		    (map[n] >> 63 && !l.page[n].resident))
			clear(vec + i);
	}
	return ret;
}

static long from_base(long addr)
{
	return addr < 0 && addr > -4096 ? addr : addr - (long)base;
}

static long do_call(const struct request *r, const struct prog_call *c)
{
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
		return from_base(do_mremap(a));
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
	case PROG_MINCORE:
		return do_mincore(c);
	case PROG_LIMIT:
		return do_limit(a[0]);
	case PROG_BRK:		/* what was below the heap is none */
		addr += PROG_HEAP * PROG_PAGE;
		if (addr < base + PROG_HEAP * PROG_PAGE)
			addr = 0;
		return from_base(RAW(SYS_brk, addr));
	case PROG_READ: case PROG_WRITE:
		return touch(addr, c->op == PROG_WRITE);
	case PROG_FORK:
		return do_fork(r->number);
	case PROG_EXEC:
		return do_exec(c->task, a[0]);
	case PROG_RECLAIM:
		return RAW(SYS_madvise, addr & -PROG_PAGE, PROG_PAGE,
			    MADV_PAGEOUT) & 0;
	default:
		return -ENOSYS;
	}
}

/* ---- a task: injected faults ------------------------------------------- */

/* What cannot be read or written once cannot be at the next try either: the
 * kernel tries single pages when a request for many failed. */
static long do_call_with_fault(const struct request *r,
			       const struct prog_call *c)
{
	static const char *const path[PROG_NR_FAULTS] = {
		[PROG_FAIL_ALLOC] = "/proc/holdfast/fail_alloc",
		[PROG_FAIL_READ] = "/proc/holdfast/fail_read",
		[PROG_FAIL_WRITE] = "/proc/holdfast/fail_write",
		[PROG_SHORT] = "/proc/holdfast/fail_frame",
		[PROG_FAIL_ALLOCS] = "/proc/holdfast/fail_alloc",
	};
	const char *lasting = c->fault == PROG_FAIL_ALLOC ? "" : " lasting";
	int fd = open(path[c->fault], O_WRONLY);
	long ret;

	if (fd < 0 || dprintf(fd, "%u%s\n", c->nth, lasting) < 0)
		return -ENOSYS;
	ret = do_call(r, c);
	(void)!write(fd, "0\n", 2);
	close(fd);
	return ret;
}

/* ---- a task: what it looks like ---------------------------------------- */

/* Of a file of /proc, as much as `text` holds. */
static void read_text(const char *path)
{
	int fd = open(path, O_RDONLY);
	size_t n = 0;
	ssize_t got;

	while (n < sizeof(text) - 1 &&
	       (got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += got;
	close(fd);
	text[n] = '\0';
}

/* VmLck. */
static long locked_pages(void)
{
	const char *at;

	read_text("/proc/self/status");
	at = strstr(text, "VmLck:");
	return at ? strtol(at + 6, NULL, 10) * 1024 / (long)PROG_PAGE : 0;
}

static int8_t file_number(uint64_t id, bool shared)
{
	for (unsigned i = 0; i < PROG_NR_FILES; i++)
		if (id == file_id[i])
			return i;
	return shared ? RUN_SHARED_ANON : RUN_ANON;
}

static uint8_t prot_bits(const char *perms)
{
	return (perms[0] == 'r' ? PROT_READ : 0) |
	       (perms[1] == 'w' ? PROT_WRITE : 0) |
	       (perms[2] == 'x' ? PROT_EXEC : 0);
}

/* The part of an area that lies in the window; `head` is its first line:
 * start-end rwxp offset device inode. */
static void note_area(struct run_look *l, char *head, char lock)
{
	unsigned long start = strtoul(head, &head, 16);
	unsigned long end = strtoul(head + 1, &head, 16);
	const char *perms = head + 1;
	unsigned long offset, at;
	unsigned device[2];
	int8_t file;

	if (end <= base)
		return;
	offset = strtoul(perms + 4, &head, 16);
	device[0] = strtoul(head, &head, 16);
	device[1] = strtoul(head + 1, &head, 16);
	file = file_number(id_of(device[0], device[1], strtoul(head, NULL, 10)),
			   perms[3] == 's');
	for (at = start < base ? base : start; at < end; at += PROG_PAGE) {
		unsigned long i = (at - base) / PROG_PAGE;

		if (i >= RUN_PAGES)
			break;
		l->page[i] = (struct run_page){
			.mapped = true, .shared = perms[3] == 's',
			.seam = at == start, .lock = lock,
			.prot = prot_bits(perms),
			.file = file,
			.offset = (offset + at - start) / PROG_PAGE -
				  (file == PROG_IMAGE ? image_page : 0),
			.resident = map[i] >> 63 &&
				    (!zero_page ||
				     (map[i] & FRAME_BITS) != zero_page),
		};
		l->locked += lock != '-';
	}
}

static bool beyond_window(const char *head)
{
	return strtoul(head, NULL, 16) >= base + RUN_PAGES * PROG_PAGE;
}

/* Bytes at a time that smaps is read in after the first: about an area. */
#define SMAPS_STEP 1024

/* strstr() in smaps, of which the part that is needed is read to `text`. */
static char *find_in_smaps(char *from, const char *what)
{
	char *at;

	while (!(at = strstr(from, what))) {
		size_t n = from - text + strlen(from);
		size_t room = n ? SMAPS_STEP : sizeof(text) - 1;
		ssize_t got = n + room < sizeof(text) ?
				      pread(smaps, text + n, room, n) : 0;

		if (got <= 0)
			return NULL;
		text[n + got] = '\0';
	}
	return at;
}

/* An area's last line, `from` being in its first: most lie so far from each
 * other as the one before, and reading every line takes time. */
static char *find_flags(char *from)
{
	static const char name[] = "\nVmFlags:";
	static size_t distance;
	char *at = from + distance;

	if (!distance || strnlen(from, distance) < distance ||
	    strncmp(at, name, strlen(name)))
		at = find_in_smaps(from, name);
	if (at)
		distance = at - from;
	return at;
}

static void look_at_self(struct run_look *l)
{
	char *head = text, *end, *flags;

	memset(l, 0, sizeof(*l));
	read_pagemap(base, map, RUN_PAGES);
	text[0] = '\0';
	while ((end = find_in_smaps(head, "\n")) && !beyond_window(head)) {
		flags = find_flags(end);
		end = flags ? find_in_smaps(flags + 1, "\n") : NULL;
		if (!end)
			die("smaps");
		*end = '\0';
		note_area(l, head, !strstr(flags, " lo") ? '-' :
			  strstr(flags, " ??") ? 'o' : 'l');
		head = end + 1;
	}
}

/* ---- a task: what the attack did to it --------------------------------- */

static unsigned pages_without_lock(const struct run_look *l)
{
	unsigned pages = 0;

	for (unsigned i = 0; i < RUN_PAGES; i++)
		pages |= (l->page[i].mapped && l->page[i].lock != 'l') << i;
	return pages;
}

/* Does the design lock all of a memlocked task, or only what exec mapped? */
static bool locks_all(void)
{
	read_text("/proc/holdfast/memlock");
	return strncmp(text, "vma", 3);
}

/* Is what is mapped now locked, and there? */
static bool maps_locked(void)
{
	long before = locked_pages();
	uint64_t entry;
	void *p = mmap(NULL, PROG_PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool locked = locked_pages() > before;

	read_pagemap((unsigned long)p, &entry, 1);
	munmap(p, PROG_PAGE);
	return locked && entry >> 63;
}

static bool is_edited(unsigned page)
{
	volatile unsigned char *p = (volatile unsigned char *)
		(base + page * PROG_PAGE + MARK_EDITED);

	return !sigsetjmp(fault, 0) && *p && *p == run_number % 256;
}

static void judge(struct evidence *e)
{
	static struct run_look look;

	e->memlocked = memlocked;
	if (!memlocked)
		return;
	look_at_self(&look);
	e->plain = pages_without_lock(&look);
	if (locks_all())
		e->later_plain = !maps_locked();
	else
		e->plain &= born_locked;
	for (unsigned i = 0; i < RUN_PAGES; i++)
		e->edited |= is_edited(i) << i;
}

/* ---- a task: its life -------------------------------------------------- */

static struct answer answers[PROG_CALLS];	/* no stack that may grow */
static unsigned nr_answers;		/* not sent yet */

/* At once: a reader that wakes up takes the processor. */
static void send_answers(void)
{
	ssize_t n = nr_answers * sizeof(answers[0]);

	nr_answers = 0;
	if (n && write(FD_ANSWER, answers, n) != n)
		_exit(0);
}

static void make_call(const struct request *r, const struct prog_call *c)
{
	struct answer *a;

	if (c->op == PROG_EXEC)
		send_answers();
	a = &answers[nr_answers];
	if (c->op == PROG_EXIT)
		a->ret = 0;
	else
		a->ret = c->fault ? do_call_with_fault(r, c) : do_call(r, c);
	look_at_self(&a->look);
	nr_answers++;
}

static void answer_request(const struct request *r)
{
	struct answer *a = &answers[0];

	memset(a, 0, sizeof(*a));
	nr_answers = r->kind != CALLS;
	switch (r->kind) {
	case CALLS:
		for (unsigned i = 0; i < r->n; i++)
			make_call(r, &r->call[i]);
		break;
	case LOOK:
		look_at_self(&a->look);
		break;
	case JUDGE:
		judge(&a->evidence);
		break;
	case CONTENTS:
		for (unsigned i = 0; i < RUN_PAGES; i++)
			a->contents[i] = contents(i);
	}
	send_answers();
}

static void serve(unsigned number)
{
	static struct request r;
	const int fd = FD_REQUEST + number;

	while (read(fd, &r, sizeof(r)) > 0) {
		answer_request(&r);
		if (r.kind == CALLS && r.call[r.n - 1].op == PROG_EXIT)
			break;
		if (r.kind == CONTENTS && (number || run_number))
			break;
		if (r.kind == CONTENTS)
			reset_window();
	}
	_exit(0);
}

static void be_designated(void)
{
	static struct run_look look;

	base = (unsigned long)run_window;
	if ((unsigned long)RAW(SYS_brk, 0) != base + PROG_HEAP * PROG_PAGE)
		die("heap");
	memlocked = locked_pages();
	look_at_self(&look);
	image_page = look.page[0].offset;
	for (unsigned i = 0; i < RUN_PAGES; i++)
		born_locked |= (look.page[i].lock == 'l') << i;
}

static void begin(void)
{
	struct sigaction sa = { .sa_handler = on_fault,
				.sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	signal(SIGCHLD, SIG_IGN);
	for (unsigned i = 0; i < PROG_NR_FILES; i++)
		file_id[i] = id_of_fd(FD_FILE + i);
	open_proc();
	find_zero_page();
	if (!run_window) {
		make_window();
		return;
	}
	file_id[PROG_IMAGE] = id_of_fd(open("/proc/self/exe", O_RDONLY));
	be_designated();
}

void become_task(void)
{
	begin();
	serve(0);
}

/* After exec: the call's answer, and on. */
void exec_task(char **argv)
{
	run_number = strtoul(argv[2], NULL, 10);
	begin();
	if (argv[3])
		set_limited(true);
	nr_answers = 1;
	send_answers();
	serve(strtoul(argv[1], NULL, 10));
}
