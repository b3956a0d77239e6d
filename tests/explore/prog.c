// SPDX-License-Identifier: GPL-2.0
/*
 * Programs as text: printer and parser (prog.h).  The parser reads a line at a
 * time by a table of calls; it allocates nothing and believes nothing: every
 * number, resource and count is checked, and the first fault is reported with
 * its place.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "prog.h"

const struct prog_desc prog_desc[PROG_NR_OPS] = {
	[PROG_MMAP] = { "mmap", "alxxfx" },
	[PROG_MUNMAP] = { "munmap", "al" },
	[PROG_MPROTECT] = { "mprotect", "alx" },
	[PROG_MREMAP] = { "mremap", "allxa" },
	[PROG_MADVISE] = { "madvise", "alx" },
	[PROG_MSYNC] = { "msync", "alx" },
	[PROG_MLOCK] = { "mlock", "al" },
	[PROG_MLOCK2] = { "mlock2", "alx" },
	[PROG_MUNLOCK] = { "munlock", "al" },
	[PROG_MLOCKALL] = { "mlockall", "x" },
	[PROG_MUNLOCKALL] = { "munlockall", "" },
	[PROG_BRK] = { "syz_holdfast_brk", "x" },
	[PROG_FORK] = { "syz_holdfast_fork", "" },
	[PROG_EXEC] = { "syz_holdfast_exec", "x" },
	[PROG_EXIT] = { "syz_holdfast_exit", "" },
	[PROG_READ] = { "syz_holdfast_read", "a" },
	[PROG_WRITE] = { "syz_holdfast_write", "a" },
	[PROG_RECLAIM] = { "syz_holdfast_reclaim", "a" },
	[PROG_PRESSURE] = { "syz_holdfast_pressure", "" },
	[PROG_SWAPOFF] = { "syz_holdfast_swapoff", "" },
	[PROG_SWAPON] = { "syz_holdfast_swapon", "" },
	[PROG_EDIT] = { "syz_holdfast_edit", "fx" },
	[PROG_MINCORE] = { "mincore", "ala" },
	[PROG_LIMIT] = { "syz_holdfast_limit", "x" },
	[PROG_TRUNCATE] = { "syz_holdfast_truncate", "fx" },
};

/* What lines of text say that is part of the call that follows. */
enum { AUX_TASK = PROG_NR_OPS, AUX_FILE, AUX_FAIL_IO, AUX_FRAMES,
       AUX_FAIL_ALLOCS, NR_NAMES };
static const struct prog_desc aux_desc[] = {
	{ "syz_holdfast_task", "x" },
	{ "syz_holdfast_file", "x" },
	{ "syz_holdfast_fail_io", "xx" },
	{ "syz_holdfast_frames", "x" },
	{ "syz_holdfast_fail_allocs", "x" },
};

static const struct prog_desc *desc_of(unsigned op)
{
	return op < PROG_NR_OPS ? &prog_desc[op] : &aux_desc[op - PROG_NR_OPS];
}

/* ---- printing ---------------------------------------------------------- */

struct out {
	char *buf;
	size_t size, len;
	unsigned task;
	unsigned resources;		/* rN given away */
	int file[PROG_NR_FILES];	/* N of rN, or -1 */
};

__attribute__((format(printf, 2, 3)))
static void put(struct out *o, const char *fmt, ...)
{
	size_t room = o->len < o->size ? o->size - o->len : 0;
	va_list ap;

	va_start(ap, fmt);
	o->len += vsnprintf(room ? o->buf + o->len : NULL, room, fmt, ap);
	va_end(ap);
}

/* Bytes that the address argument i stands for, in whole pages. */
static uint64_t extent(const struct prog_call *c, unsigned i)
{
	const char *args = prog_desc[c->op].args;
	uint64_t len = !i && args[1] == 'l' ? c->arg[1] :
		       i && args[2] == 'l' ? c->arg[2] : PROG_PAGE;
	uint64_t pages = (len + PROG_PAGE - 1) / PROG_PAGE;

	return pages ? pages * PROG_PAGE : PROG_PAGE;
}

static void put_arg(struct out *o, const struct prog_call *c, unsigned i)
{
	char type = prog_desc[c->op].args[i];
	uint64_t v = c->arg[i];

	if (type == 'a')
		put(o, "&(0x%llx/0x%llx)=nil",
		    (unsigned long long)(v + PROG_BASE),
		    (unsigned long long)extent(c, i));
	else if (type == 'f' && v < PROG_NR_FILES)
		put(o, "r%d", o->file[v]);
	else
		put(o, "0x%llx", (unsigned long long)v);
}

/* The lines before the call. */
static void put_context(struct out *o, const struct prog_call *c)
{
	const char *args = prog_desc[c->op].args;

	for (unsigned i = 0; args[i]; i++) {
		if (args[i] != 'f' || c->arg[i] >= PROG_NR_FILES ||
		    o->file[c->arg[i]] >= 0)
			continue;
		o->file[c->arg[i]] = o->resources++;
		put(o, "r%d = syz_holdfast_file(0x%x)\n", o->file[c->arg[i]],
		    (unsigned)c->arg[i]);
	}
	if (c->task != o->task)
		put(o, "syz_holdfast_task(0x%x)\n", c->task);
	o->task = c->task;
	if (c->fault == PROG_FAIL_READ || c->fault == PROG_FAIL_WRITE)
		put(o, "syz_holdfast_fail_io(0x%x, 0x%x)\n",
		    c->fault == PROG_FAIL_WRITE, c->nth);
	if (c->fault == PROG_SHORT)
		put(o, "syz_holdfast_frames(0x%x)\n", c->nth - 1);
	if (c->fault == PROG_FAIL_ALLOCS)
		put(o, "syz_holdfast_fail_allocs(0x%x)\n", c->nth);
}

size_t prog_print(const struct prog *p, char *buf, size_t size)
{
	struct out o = { .buf = buf, .size = size, .file = { -1, -1, -1, -1 } };

	for (unsigned i = 0; i < p->n; i++) {
		const struct prog_call *c = &p->call[i];

		put_context(&o, c);
		put(&o, "%s(", prog_desc[c->op].name);
		for (unsigned a = 0; prog_desc[c->op].args[a]; a++) {
			put(&o, a ? ", " : "");
			put_arg(&o, c, a);
		}
		put(&o, c->fault == PROG_FAIL_ALLOC ? ") (fail_nth: %u)\n" :
						      ")\n", c->nth);
	}
	if (!p->n && size)
		buf[0] = '\0';
	return o.len < size ? o.len : size ? size - 1 : 0;
}

/* ---- parsing ----------------------------------------------------------- */

#define MAX_RESOURCES 256

struct in {
	const char *line, *at;		/* start of the line; where we are */
	unsigned number;		/* of the line */
	struct prog_error *error;
	unsigned task;
	uint8_t fault, nth;		/* of the next call */
	int8_t resource[MAX_RESOURCES];	/* file number of rN, or -1 */
};

static bool fail(struct in *in, const char *reason)
{
	*in->error = (struct prog_error){
		in->number, in->at - in->line + 1, reason,
	};
	return false;
}

static void blanks(struct in *in)
{
	in->at += strspn(in->at, " \t");
}

static bool at_end(struct in *in)
{
	blanks(in);
	return !*in->at || *in->at == '\n' || *in->at == '#' ||
	       (*in->at == '\r' && in->at[1] == '\n');
}

static bool take(struct in *in, const char *token)
{
	size_t n = strlen(token);

	blanks(in);
	if (strncmp(in->at, token, n))
		return false;
	in->at += n;
	return true;
}

static bool expect(struct in *in, const char *token, const char *reason)
{
	return take(in, token) || fail(in, reason);
}

static int digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	c = tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* Decimal, or hexadecimal after 0x. */
static bool number(struct in *in, uint64_t *v)
{
	int base = take(in, "0x") ? 16 : 10;
	const char *first;

	blanks(in);
	first = in->at;
	for (*v = 0; digit(*in->at) < base; in->at++) {
		if (*v > (UINT64_MAX - digit(*in->at)) / base)
			return fail(in, "a number of more than 64 bits");
		*v = *v * base + digit(*in->at);
	}
	return in->at > first || fail(in, "a number is expected here");
}

static bool resource(struct in *in, uint64_t *n)
{
	if (!expect(in, "r", "a resource, r0 or so, is expected here") ||
	    !number(in, n))
		return false;
	return *n < MAX_RESOURCES || fail(in, "resources end at r255");
}

/* &(0x7f0000001000/0x1000)=nil; what follows the address is not needed.  NULL
 * is 0x0, as syzkaller prints it, or nil. */
static bool address(struct in *in, uint64_t *v)
{
	uint64_t size;

	if (take(in, "nil") || take(in, "0x0")) {
		*v = -PROG_BASE;
		return true;
	}
	if (!expect(in, "&(", "an address, &(0x7f...), is expected here") ||
	    !number(in, v))
		return false;
	*v -= PROG_BASE;
	if (take(in, "/") && !number(in, &size))
		return false;
	if (!expect(in, ")", "the address lacks its )"))
		return false;
	return !take(in, "=") || expect(in, "nil", "only nil can follow =");
}

static bool file(struct in *in, uint64_t *v)
{
	blanks(in);
	if (*in->at != 'r')
		return number(in, v);
	if (!resource(in, v))
		return false;
	if (in->resource[*v] < 0)
		return fail(in, "this resource is not a file");
	*v = in->resource[*v];
	return true;
}

static bool argument(struct in *in, char type, uint64_t *v)
{
	if (type == 'a')
		return address(in, v);
	return type == 'f' ? file(in, v) : number(in, v);
}

/* The name up to its parenthesis: which call; NR_NAMES: fault. */
static unsigned call_name(struct in *in)
{
	size_t n = strspn(in->at, "abcdefghijklmnopqrstuvwxyz_0123456789$");

	for (unsigned op = 0; op < NR_NAMES; op++)
		if (strlen(desc_of(op)->name) == n &&
		    !memcmp(desc_of(op)->name, in->at, n)) {
			in->at += n;
			return op;
		}
	fail(in, "no such call");
	return NR_NAMES;
}

static bool arguments(struct in *in, const char *types, uint64_t *arg)
{
	if (!expect(in, "(", "( is expected after the name"))
		return false;
	for (unsigned i = 0; types[i]; i++) {
		if (i && !expect(in, ",", "an argument is missing"))
			return false;
		if (!argument(in, types[i], &arg[i]))
			return false;
	}
	return expect(in, ")", "too many arguments, or ) is missing");
}

static bool properties(struct in *in, struct prog_call *c)
{
	uint64_t n;

	if (at_end(in))
		return true;
	if (!expect(in, "(", "only (fail_nth: N) can follow a call") ||
	    !expect(in, "fail_nth:", "the only property known is fail_nth") ||
	    !number(in, &n))
		return false;
	if (!n || n > UINT8_MAX)
		return fail(in, "fail_nth is 1 to 255");
	if (c->fault)
		return fail(in, "one fault to a call");
	c->fault = PROG_FAIL_ALLOC;
	c->nth = n;
	return expect(in, ")", "the property lacks its )") &&
	       (at_end(in) || fail(in, "the line goes on"));
}

/* A line that is no call of its own. */
static bool aux_line(struct in *in, unsigned op, const uint64_t *arg,
		     uint64_t result)
{
	if (op == AUX_TASK) {
		in->task = arg[0];
		if (arg[0] >= PROG_TASKS)
			return fail(in, "tasks are 0 to 3");
	} else if (op == AUX_FILE) {
		if (arg[0] >= PROG_NR_FILES || result == UINT64_MAX)
			return fail(in, "rN = syz_holdfast_file(0 to 3)");
		in->resource[result] = arg[0];
	} else if (op == AUX_FRAMES) {
		if (arg[0] >= UINT8_MAX)
			return fail(in, "at most 254 frames are left");
		in->fault = PROG_SHORT;
		in->nth = arg[0] + 1;
	} else if (op == AUX_FAIL_ALLOCS) {
		if (!arg[0] || arg[0] > UINT8_MAX)
			return fail(in, "fail_allocs(1 to 255)");
		in->fault = PROG_FAIL_ALLOCS;
		in->nth = arg[0];
	} else {
		if (arg[0] > 1 || !arg[1] || arg[1] > UINT8_MAX)
			return fail(in, "fail_io(0 or 1, 1 to 255)");
		in->fault = arg[0] ? PROG_FAIL_WRITE : PROG_FAIL_READ;
		in->nth = arg[1];
	}
	return at_end(in) || fail(in, "the line goes on");
}

static bool parse_line(struct in *in, struct prog *p)
{
	struct prog_call c = { .task = in->task };
	uint64_t result = UINT64_MAX;
	unsigned op;

	if (at_end(in))
		return true;
	if (*in->at == 'r' && isdigit((unsigned char)in->at[1]) &&
	    (!resource(in, &result) ||
	     !expect(in, "=", "= is expected after the resource")))
		return false;
	blanks(in);
	op = call_name(in);
	if (op == NR_NAMES || !arguments(in, desc_of(op)->args, c.arg))
		return false;
	if (result != UINT64_MAX)
		in->resource[result] = -1;
	if (op >= PROG_NR_OPS)
		return aux_line(in, op, c.arg, result);
	c.op = op;
	c.fault = in->fault;
	c.nth = in->nth;
	in->fault = PROG_NO_FAULT;
	in->nth = 0;
	if (!properties(in, &c))
		return false;
	if (p->n == PROG_CALLS)
		return fail(in, "a program has at most 64 calls");
	p->call[p->n++] = c;
	return true;
}

int prog_parse(const char *text, struct prog *p, struct prog_error *error)
{
	struct in in = { .line = text, .number = 1, .error = error };

	p->n = 0;
	memset(in.resource, -1, sizeof(in.resource));
	for (;;) {
		in.at = in.line;
		if (!parse_line(&in, p))
			return -1;
		in.line = strchr(in.line, '\n');
		if (!in.line)
			return 0;
		in.line++;
		in.number++;
	}
}

int prog_load(const char *path, struct prog *p)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "r") : stdin;
	char text[2 * PROG_TEXT + 1];
	struct prog_error e;
	size_t n;

	if (!f) {
		fprintf(stderr, "%s:1:1: cannot be opened\n", path);
		return -1;
	}
	n = fread(text, 1, sizeof(text), f);
	if (f != stdin)
		fclose(f);
	if (n == sizeof(text) || memchr(text, 0, n)) {
		fprintf(stderr, "%s:1:1: %s\n", path, n == sizeof(text) ?
			"too long for a program" : "not a text");
		return -1;
	}
	text[n] = '\0';
	if (!prog_parse(text, p, &e))
		return 0;
	fprintf(stderr, "%s:%u:%u: %s\n", path, e.line, e.column, e.reason);
	return -1;
}
