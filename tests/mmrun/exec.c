// SPDX-License-Identifier: GPL-2.0
/*
 * The executor in a guest (run.h), the process that has the program: it is no
 * task, and sends each call to one through a pipe (task.c).
 *
 * With --attack somebody at the other end of standard input plays the attacker,
 * who owns the disks (tools/hf/attacker.py).  He is spoken to in lines, and
 * answers each with a number:
 *
 *	?wipe N			nothing on the swap disk is of use to anybody
 *	?begin N		program N begins: what is there now is others'
 *	?edit N			change what it has on the disks
 *	?page N FILE PAGE	change this page of this file
 *	?scan N			on how many pages of the disks is its secret?
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exec.h"

#define SWAP_DISK "/dev/vda"
#define FILE_DISK "/dev/vdb"
#define RECLAIM "/proc/holdfast/reclaim"
#define FOLDER "/disk"			/* where that is mounted */

static int request[PROG_TASKS];		/* ends to write to */
static int answer_end;

/* ---- the attacker ------------------------------------------------------ */

/* His answer; -ENOSYS if there is nobody. */
__attribute__((format(printf, 1, 2)))
static long ask_attacker(const char *fmt, ...)
{
	char line[32];
	size_t n = 0;
	va_list ap;

	if (!run_number)
		return -ENOSYS;
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	fflush(stdout);
	while (n < sizeof(line) - 1 && read(0, line + n, 1) == 1 &&
	       line[n] != '\n')
		n++;
	line[n] = '\0';
	return n ? strtol(line, NULL, 10) : -ENOSYS;
}

/* Into a file of /proc. */
static long put_file(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY);
	long n = fd < 0 ? -1 : write(fd, value, strlen(value));

	close(fd);
	return n < 0 ? -ENOSYS : 0;
}

/* ---- the world --------------------------------------------------------- */

/* Pages of a disk; under attack they have a label. */
static void fill_pages(int fd, unsigned file, unsigned first, unsigned end,
		       bool marked)
{
	char page[PROG_PAGE] = { 0 };

	for (unsigned i = first; i < end && file != PROG_MEMFD; i++) {
		page[3] = marked ? 1 + i : 0;
		if (run_number)
			snprintf(page + RUN_BYTES, 64, "mmrun %u.%u.%u",
				 run_number, file, i);
		if (pwrite(fd, page, sizeof(page), i * PROG_PAGE) !=
		    sizeof(page))
			die("pwrite");
	}
	if (run_number)
		fsync(fd);
}

/* Two pages.  Those of a disk are marked, byte 3 is 1 and 2. */
static void fill_file(int fd, unsigned file)
{
	if (ftruncate(fd, 0) < 0 || ftruncate(fd, 2 * PROG_PAGE) < 0)
		die("ftruncate");
	fill_pages(fd, file, 0, 2, true);
}

/* The file once more, by somebody who may write it. */
static int reopen(unsigned file, char path[32])
{
	snprintf(path, 32, "/proc/self/fd/%u", FD_FILE + file);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* Under attack, what is new is zeros, a label, and on the disk alone. */
static long truncate_file(uint64_t file, uint64_t bytes)
{
	struct stat was;
	char path[32];
	long ret;
	int fd;

	if (file >= PROG_IMAGE || bytes > 2 * PROG_PAGE)
		return -EINVAL;
	fd = reopen(file, path);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &was) < 0)
		die(path);
	ret = RAW(SYS_ftruncate, fd, bytes);
	if (!ret && run_number)
		fill_pages(fd, file, was.st_size / PROG_PAGE,
			   bytes / PROG_PAGE, false);
	close(fd);
	if (run_number)
		put_file("/proc/sys/vm/drop_caches", "1");
	return ret;
}

static void make_file(unsigned i)
{
	const char *folder = run_number && i != PROG_MEMFD ? FOLDER : "/tmp";
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/mmrun.%d.%u", folder, getpid(), i);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		die(path);
	fill_file(fd, i);
	if (i == PROG_FILE) {
		close(fd);
		fd = open(path, O_RDONLY);
	}
	if (fd < 0 || unlink(path) < 0 || dup2(fd, FD_FILE + i) < 0)
		die(path);
	close(fd);
}

/* What it takes to be attacked: a disk for files, and one to swap to, whose
 * pages nobody brings back but the tasks: neighbours would come along. */
static void open_to_attack(void)
{
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		die("mlockall");
	mkdir(FOLDER, 0755);
	if (mount(FILE_DISK, FOLDER, "ext2", 0, NULL) < 0 && errno != EBUSY)
		die(FILE_DISK);
	swapoff(SWAP_DISK);
	ask_attacker("?wipe %u\n", run_number);
	if (swapon(SWAP_DISK, 0) < 0 || put_file(RECLAIM, "all") < 0)
		die(SWAP_DISK);
	ask_attacker("?begin %u\n", run_number);
}

/* ---- tasks ------------------------------------------------------------- */

static void make_pipes(void)
{
	int end[2];

	for (unsigned n = 0; n <= PROG_TASKS; n++) {
		bool answers = n == PROG_TASKS;

		if (pipe2(end, O_CLOEXEC) < 0 ||
		    dup2(end[answers], FD_REQUEST + n) < 0)
			die("pipe");
		close(end[answers]);
		if (answers)
			answer_end = end[0];
		else
			request[n] = end[1];
	}
}

static bool alive[PROG_TASKS];
static const struct prog *prog;		/* that runs */
static struct answer answers[PROG_CALLS];	/* of the last request */
static unsigned nr_answers, taken;
static unsigned seen;			/* the task whose look it has, if any */

static void send_request(unsigned task, const struct request *r, unsigned n)
{
	size_t want = n * sizeof(answers[0]);
	ssize_t got;

	if (write(request[task], r, request_size(r)) != request_size(r))
		die("task");
	for (size_t n = 0; n < want; n += got) {
		got = read(answer_end, (char *)answers + n, want - n);
		if (got <= 0)
			die("task");
	}
	nr_answers = r->n;
	taken = 0;
	seen = PROG_TASKS;
}

static const struct answer *ask(unsigned task, enum request_kind kind)
{
	static struct request r;

	r.kind = kind;
	send_request(task, &r, 1);
	return answers;
}

/* Is that a call of the task itself? */
static bool of_task(const struct prog_call *c)
{
	return c->op != PROG_PRESSURE && c->op != PROG_SWAPOFF &&
	       c->op != PROG_SWAPON && c->op != PROG_EDIT &&
	       c->op != PROG_TRUNCATE;
}

static bool ends_request(const struct prog_call *c)
{
	return c->op == PROG_FORK || c->op == PROG_EXEC || c->op == PROG_EXIT;
}

/* A switch to another process costs more than a call and a look: what a task
 * does before others do anything goes to it at once. */
static void ask_for_calls(const struct prog_call *c)
{
	static struct request r;
	const struct prog_call *end = run_number ? c + 1 :
						   prog->call + prog->n;

	r.number = r.n = 0;
	while (r.number < PROG_TASKS && alive[r.number])
		r.number++;
	do
		r.call[r.n++] = *c;
	while (!ends_request(c) && ++c < end && of_task(c) &&
	       c->task == r.call[0].task && run_enabled(c, alive));
	send_request(r.call[0].task, &r, r.n);
}

static long task_call(const struct prog_call *c)
{
	long ret;

	if (taken == nr_answers)
		ask_for_calls(c);
	ret = answers[taken++].ret;
	seen = c->op == PROG_EXEC ? PROG_TASKS : c->task;
	if (c->op == PROG_EXIT)
		alive[c->task] = false;
	else if (c->op == PROG_FORK && ret >= 0)
		alive[ret] = true;
	return ret;
}

/* A new process is dear: the one of task 0 goes on with the next program. */
static void start_task(void)
{
	if (!alive[0] && !fork()) {
		for (unsigned n = 0; n < PROG_TASKS; n++)
			close(request[n]);
		close(answer_end);
		become_task();
	}
	alive[0] = true;
}

static bool changes_file(const struct prog *p, unsigned file)
{
	for (unsigned i = 0; i < p->n; i++) {
		const struct prog_call *c = &p->call[i];

		if ((c->op == PROG_MMAP && c->arg[4] == file) ||
		    (c->op == PROG_TRUNCATE && c->arg[0] == file))
			return true;
	}
	return false;
}

/* What programs can change of files, they have as it was at first. */
static void renew_files(const struct prog *p)
{
	for (unsigned i = 0; i < PROG_IMAGE; i++) {
		char path[32];
		int fd;

		if (!changes_file(p, i))
			continue;
		fd = reopen(i, path);
		if (fd < 0)
			die(path);
		fill_file(fd, i);
		close(fd);
	}
}

/* ---- the executor ------------------------------------------------------ */

static void make_world(void)
{
	int self = open("/proc/self/exe", O_RDONLY);

	for (unsigned i = 0; i < PROG_NR_FILES; i++)
		make_file(i);
	make_pipes();
	if (dup2(self, FD_PLAIN) < 0)
		die("/proc/self/exe");
	close(self);
}

/* Under attack once: a process for each program. */
static void exec_start(const struct prog *p)
{
	static bool made;

	if (run_number)
		open_to_attack();
	if (!made)
		make_world();
	if (run_number)
		put_file("/proc/sys/vm/drop_caches", "1");
	else
		renew_files(p);
	made = true;
	prog = p;
	nr_answers = taken = 0;
	start_task();
}

/* When all have been asked for their contents, only task 0 is left. */
static void exec_end(void)
{
	for (unsigned n = 1; n < PROG_TASKS; n++)
		alive[n] = false;
}

static long exec_call(const struct prog_call *c)
{
	seen = PROG_TASKS;
	switch (c->op) {
	case PROG_PRESSURE:
		return put_file(RECLAIM, "all");
	case PROG_SWAPOFF:
		return RAW(SYS_swapoff, SWAP_DISK);
	case PROG_SWAPON:
		return RAW(SYS_swapon, SWAP_DISK, 0);
	case PROG_EDIT:
		return ask_attacker("?page %u %u %u\n", run_number,
				    (unsigned)c->arg[0], (unsigned)c->arg[1]);
	case PROG_TRUNCATE:
		return truncate_file(c->arg[0], c->arg[1]);
	default:
		return task_call(c);
	}
}

static void exec_look(unsigned task, struct run_look *look)
{
	if (seen == task)
		*look = answers[taken - 1].look;
	else
		*look = ask(task, LOOK)->look;
}

static long exec_contents(unsigned task, unsigned page)
{
	if (!page)
		ask(task, CONTENTS);
	return answers[0].contents[page];
}

static void exec_edit(void)
{
	ask_attacker("?edit %u\n", run_number);
}

static unsigned exec_broken(const bool *alive, struct run_proof *proof)
{
	long secret = ask_attacker("?scan %u\n", run_number);

	*proof = (struct run_proof){ .secret = secret < 0 ? 0 : secret };
	for (unsigned n = 0; n < PROG_TASKS; n++) {
		struct evidence e;

		if (!alive[n])
			continue;
		e = ask(n, JUDGE)->evidence;
		proof->plain |= e.plain;
		proof->edited |= e.edited;
		proof->later_plain |= e.later_plain;
	}
	return (proof->secret ? RUN_G1 : 0) | (proof->edited ? RUN_G2 : 0) |
	       (proof->plain || proof->later_plain ? RUN_G3 : 0);
}

const struct executor executor = {
	.name = "exec", .start = exec_start, .call = exec_call,
	.look = exec_look, .contents = exec_contents, .edit = exec_edit,
	.broken = exec_broken, .end = exec_end, .task = exec_task,
};
