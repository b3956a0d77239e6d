// SPDX-License-Identifier: GPL-2.0
/*
 * The part of every executor that is not the executor (run.h):
 *
 *	NAME [--twice] [--digest] [--check|--attack] [--memlock DESIGN] FILE...
 *
 * the transcript of each program.  A file has one, or several, each after a
 * line `# program NAME`.
 *
 *	--twice		each runs a second time; if it does not do the same, the
 *			transcript is the word "unstable"
 *	--digest	not the transcript, but a number that stands for it,
 *			seams left out (a guest's serial line is slow)
 *	--check		none runs
 *	--attack	before its last call the disks are changed, and after it
 *			a line says which guarantees are broken
 *
 * Exit status: 0; 2 for a malformed program, none of that file having run; 1 if
 * a program could not be run.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

#define HEAD "# program "
#define TRANSCRIPT 32768

struct transcript {
	unsigned program;		/* whose it is, of the file */
	size_t len;
	char text[TRANSCRIPT];
};

unsigned run_number;
const char *run_design = "none";

static bool digests, twice;
static struct transcript *out;		/* shared with the child that runs */

__attribute__((format(printf, 1, 2)))
static void say(const char *fmt, ...)
{
	size_t room = TRANSCRIPT - out->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(out->text + out->len, room, fmt, ap);
	va_end(ap);
	out->len += (size_t)n < room ? (size_t)n : room - 1;
}

/* ---- one call ---------------------------------------------------------- */

static const struct { int number; const char *name; } errors[] = {
	{ EPERM, "EPERM" }, { ENOENT, "ENOENT" }, { EINTR, "EINTR" },
	{ EIO, "EIO" }, { EBADF, "EBADF" }, { EAGAIN, "EAGAIN" },
	{ ENOMEM, "ENOMEM" }, { EACCES, "EACCES" }, { EFAULT, "EFAULT" },
	{ EBUSY, "EBUSY" }, { EEXIST, "EEXIST" }, { ENODEV, "ENODEV" },
	{ EINVAL, "EINVAL" }, { ENOSYS, "ENOSYS" },
	{ EOVERFLOW, "EOVERFLOW" }, { EOPNOTSUPP, "EOPNOTSUPP" },
	{ ETXTBSY, "ETXTBSY" },
};

static void put_error(long error)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].number == error) {
			say("%s", errors[i].name);
			return;
		}
	say("error %ld", error);
}

static bool is_touch(const struct prog_call *c)
{
	return c->op == PROG_READ || c->op == PROG_WRITE;
}

static void put_signal(long number)
{
	if (number == SIGSEGV || number == SIGBUS)
		say(number == SIGBUS ? "SIGBUS" : "SIGSEGV");
	else
		say("signal %ld", number);
}

static void put_result(const struct prog_call *c, long ret)
{
	bool address = c->op == PROG_MMAP || c->op == PROG_MREMAP ||
		       c->op == PROG_BRK;

	if (ret < 0 && ret > -4096 && is_touch(c))
		put_signal(-ret);
	else if (ret < 0 && ret > -4096)
		put_error(-ret);
	else if (address && (uint64_t)ret >= RUN_PAGES * PROG_PAGE)
		say("elsewhere");
	else
		say("0x%lx", ret);
}

static void put_call(unsigned number, const struct prog_call *c)
{
	const char *args = prog_desc[c->op].args;

	say("%u. task %u %s(", number, c->task, prog_desc[c->op].name);
	for (unsigned i = 0; args[i]; i++)
		say("%s0x%llx", i ? ", " : "", (unsigned long long)c->arg[i]);
	say(") = ");
}

/* ---- the window -------------------------------------------------------- */

/* Would one area hold both, as far as can be seen? */
static bool continues(const struct run_page *a, const struct run_page *b)
{
	return b->mapped && a->prot == b->prot && a->shared == b->shared &&
	       a->lock == b->lock && a->file == b->file &&
	       (a->file == RUN_ANON || a->offset + 1 == b->offset);
}

static void put_area(const struct run_look *l, unsigned first, unsigned last)
{
	const struct run_page *p = &l->page[first];

	say(" | %u", first);
	if (last > first)
		say("-%u", last);
	say(" %c%c%c%c", p->prot & PROT_READ ? 'r' : '-',
	    p->prot & PROT_WRITE ? 'w' : '-', p->prot & PROT_EXEC ? 'x' : '-',
	    p->shared ? 's' : 'p');
	if (p->lock != '-')
		say(" %c", p->lock);
	if (p->file >= 0)
		say(" f%d+%llu", p->file, (unsigned long long)p->offset);
	else if (p->file == RUN_SHARED_ANON)
		say(" z+%llu", (unsigned long long)p->offset);
	else
		say(" ");
	for (unsigned i = first; p->file == RUN_ANON && i <= last; i++)
		say("%c", l->page[i].resident ? '+' : '.');
}

/* Seams that other executors need not have come last. */
static void put_look(unsigned task)
{
	struct run_look l = { 0 };
	unsigned first, last;
	unsigned seams = 0;

	executor.look(task, &l);
	say("   %u:", task);
	for (first = 0; first < RUN_PAGES; first = last + 1) {
		last = first;
		if (!l.page[first].mapped)
			continue;
		while (last + 1 < RUN_PAGES &&
		       continues(&l.page[last], &l.page[last + 1])) {
			last++;
			seams |= l.page[last].seam << last;
		}
		put_area(&l, first, last);
	}
	say(" | VmLck %ld", l.locked);
	if (seams && !digests)
		say(" ~%x", seams);
	say("\n");
}

static void put_contents(unsigned task)
{
	say("contents %u:", task);
	for (unsigned i = 0; i < RUN_PAGES; i++) {
		long digest = executor.contents(task, i);

		say(" ");
		if (digest < 0)
			put_signal(-digest);
		else
			say("%lx", digest);
	}
	say("\n");
}

/* Pages, as a list. */
static void put_pages(const char *what, unsigned pages)
{
	if (!pages)
		return;
	say("; %s", what);
	for (unsigned i = 0; i < RUN_PAGES; i++)
		if (pages >> i & 1)
			say(" %u", i);
}

static void put_broken(const bool *alive)
{
	struct run_proof proof = { 0 };
	unsigned broken = executor.broken(alive, &proof);

	say("broken:%s%s%s%s", broken ? "" : " nothing",
	    broken & RUN_G1 ? " G1" : "", broken & RUN_G2 ? " G2" : "",
	    broken & RUN_G3 ? " G3" : "");
	if (proof.secret)
		say("; secret on %ld pages of the disks", proof.secret);
	put_pages("edited pages", proof.edited);
	put_pages("pages without lock", proof.plain);
	say("%s\n", proof.later_plain ? "; what comes is not locked" : "");
}

/* ---- one program ------------------------------------------------------- */

static void run_calls(const struct prog *p)
{
	bool alive[PROG_TASKS] = { true };

	for (unsigned i = 0; i < p->n; i++) {
		const struct prog_call *c = &p->call[i];
		long ret;

		put_call(i + 1, c);
		if (!run_enabled(c, alive)) {
			say("not made\n");
			continue;
		}
		if (run_number && i + 1 == p->n)
			executor.edit();
		ret = executor.call(c);
		put_result(c, ret);
		say("\n");
		if (c->op == PROG_EXIT)
			alive[c->task] = false;
		else
			put_look(c->task);
		if (c->op == PROG_FORK && ret >= 0 && ret < PROG_TASKS) {
			alive[ret] = true;
			put_look(ret);
		}
	}
	if (run_number)
		put_broken(alive);
	for (unsigned n = 0; n < PROG_TASKS; n++)
		if (alive[n])
			put_contents(n);
}

/* FNV-1a */
static void put_digest(void)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < out->len; i++)
		hash = (hash ^ (unsigned char)out->text[i]) * 0x100000001b3;
	out->len = 0;
	say("%llx\n", (unsigned long long)hash);
}

static void run_once(const struct prog *p)
{
	out->len = 0;
	alarm(60);
	executor.start(p);
	run_calls(p);
	executor.end();
	if (digests)
		put_digest();
}

static void put_transcript(const char *name)
{
	printf("%s%.*s\n%.*s", HEAD, (int)strcspn(name, "\n"), name,
	       (int)out->len, out->text);
	fflush(stdout);
}

static void run_program(const char *name, const struct prog *p)
{
	static struct transcript first;

	run_once(p);
	if (twice) {
		first = *out;
		run_once(p);
		if (first.len != out->len ||
		    memcmp(first.text, out->text, out->len)) {
			out->len = 0;
			say("unstable\n");
		}
	}
	put_transcript(name);
}

/* ---- files ------------------------------------------------------------- */

/* All of a file, NUL-terminated. */
static char *slurp(const char *path)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "r") : stdin;
	size_t size = 0, room = 0;
	char *text = NULL;

	do {
		if (!f || (size == room &&
			   !(text = realloc(text, (room += 65536) + 1)))) {
			fprintf(stderr, "%s:1:1: cannot be read\n", path);
			exit(2);
		}
		size += fread(text + size, 1, room - size, f);
	} while (!feof(f) && !ferror(f));
	fclose(f);
	text[size] = '\0';
	if (strlen(text) == size)
		return text;
	fprintf(stderr, "%s:1:1: not a text\n", path);
	exit(2);
}

/* Where the next program of the file begins; the end of the text. */
static char *next_head(char *text)
{
	char *at = strstr(text, "\n" HEAD);

	return at ? at + 1 : text + strlen(text);
}

/* Of a file, the program at *at, which is then the next one's place; lines are
 * counted.  Its name, which ends with the line, or NULL: there is none. */
static const char *next_program(const char *path, char **at, unsigned *line,
				struct prog *p)
{
	char *text = *at, *next = next_head(text), kept = *next;
	struct prog_error e;

	if (!*text)
		return NULL;
	*next = '\0';
	if (prog_parse(text, p, &e)) {
		fprintf(stderr, "%s:%u:%u: %s\n", path, *line + e.line,
			e.column, e.reason);
		exit(2);
	}
	for (char *c = text; *c; c++)
		*line += *c == '\n';
	*next = kept;
	*at = next;
	return strncmp(text, HEAD, strlen(HEAD)) ? path : text + strlen(HEAD);
}

static unsigned check_file(const char *path, char *text)
{
	unsigned line = 0, n = 0;
	struct prog p;

	while (next_program(path, &text, &line, &p))
		n++;
	return n;
}

/* In a process of its own: all programs from number `first` on, or under attack
 * only that one. */
static void run_from(const char *path, char *text, unsigned first)
{
	unsigned line = 0;
	const char *name;
	struct prog p;

	for (unsigned n = 0; (name = next_program(path, &text, &line, &p));
	     n++) {
		out->program = n;
		if (n >= first)
			run_program(name, &p);
		if (n == first && run_number)
			return;
	}
}

/* What one breaks does not concern the next: that has a new process. */
static bool ended_well(const char *path, char *text, pid_t pid)
{
	unsigned line = 0, n = 0;
	const char *name;
	struct prog p;
	int status = -1;

	if (pid > 0 && waitpid(pid, &status, 0) == pid && !status)
		return true;
	say("\nthe executor ended with status 0x%x\n", status);
	do
		name = next_program(path, &text, &line, &p);
	while (n++ < out->program);
	put_transcript(name);
	return false;
}

static bool run_file(const char *path, char *text)
{
	unsigned number = check_file(path, text);
	bool good = true;

	for (unsigned n = 0; n < number; n = out->program + 1) {
		pid_t pid;

		out->program = n;
		out->len = 0;
		run_number += run_number != 0;
		fflush(NULL);
		pid = fork();
		if (!pid) {
			run_from(path, text, n);
			_exit(0);
		}
		good = ended_well(path, text, pid) && good;
	}
	return good;
}

int main(int argc, char **argv)
{
	bool check = false, good = true;
	int i;

	if (executor.task && !strcmp(argv[0], RUN_TASK))
		executor.task(argv);
	out = mmap(NULL, sizeof(*out), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
#ifdef MMRUN_TEXT			/* a reproducer: tools/mmrun --to-c */
	return !run_file("program", strdup(MMRUN_TEXT));
#endif
	for (i = 1; i < argc && !strncmp(argv[i], "--", 2); i++) {
		check |= !strcmp(argv[i], "--check");
		twice |= !strcmp(argv[i], "--twice");
		digests |= !strcmp(argv[i], "--digest");
		run_number = run_number || !strcmp(argv[i], "--attack");
		if (!strcmp(argv[i], "--memlock") && argv[i + 1])
			run_design = argv[++i];
	}
	if (executor.prepare && !check)
		executor.prepare();
	for (; i < argc; i++) {
		char *text = slurp(argv[i]);

		if (check)
			check_file(argv[i], text);
		else
			good = run_file(argv[i], text) && good;
		free(text);
	}
	return !good;
}
