// SPDX-License-Identifier: GPL-2.0
/*
 * Reducing an input as long as it breaks the same thing: calls, faults and
 * tasks are left out, arguments become simpler.  Each trial is a process of its
 * own, as a program that is broken may crash, or never end.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "minimise.h"

#define SECONDS 10		/* of a processor: then it does not end */

static char *finding;		/* shared with the trial */

static void found(const char *line)
{
	snprintf(finding, FINDING, "%s", line);
	_exit(1);
}

/* The words of a sanitizer in what the trial printed, or none. */
static void sanitizer(FILE *err, char *line)
{
	static const char *const marks[] = { "runtime error: ",
					     "AddressSanitizer: " };

	rewind(err);
	while (fgets(line, FINDING - 10, err))
		for (unsigned i = 0; i < 2; i++)
			if (strstr(line, marks[i])) {
				line[strcspn(line, "\n")] = '\0';
				return;
			}
	line[0] = '\0';
}

/* What a process that said nothing died of. */
static void died(int status, FILE *err)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	char line[FINDING];

	sanitizer(err, line);
	if (line[0])
		snprintf(finding, FINDING, "crash: %s", line);
	else if (sig == SIGVTALRM)
		snprintf(finding, FINDING, "hang: no end after %d s", SECONDS);
	else
		snprintf(finding, FINDING, "crash: status 0x%x", status);
}

bool try_input(const struct input *in, char result[FINDING])
{
	FILE *err = tmpfile();
	int status;
	pid_t pid;

	if (!finding)
		finding = mmap(NULL, FINDING, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	finding[0] = '\0';
	fflush(NULL);
	pid = err ? fork() : -1;
	if (!pid) {
		struct itimerval limit = { .it_value.tv_sec = SECONDS };

		setitimer(ITIMER_VIRTUAL, &limit, NULL);
		dup2(fileno(err), 2);
		play(in, found);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("a trial");
		exit(2);
	}
	if (status && !finding[0])
		died(status, err);
	fclose(err);
	memcpy(result, finding, FINDING);
	return status;
}

/* Is it the same that is broken?  Not where, nor how much: names, or the words
 * of a panic without its numbers. */
static bool same(const char *a, const char *b)
{
	bool panic = !strncmp(a, "panic", 5);

	for (;;) {
		while (panic && *a && strchr("0123456789abcdefx", *a))
			a++;
		while (panic && *b && strchr("0123456789abcdefx", *b))
			b++;
		if (*a != *b)
			return false;
		if (!*a || (!panic && *a == ':'))
			return true;
		a++;
		b++;
	}
}

/* ---- trials ------------------------------------------------------------ */

static struct input *best;
static char *goal;

/* Still broken?  Then that is the best so far. */
static bool better(const struct input *in)
{
	char result[FINDING];

	if (!try_input(in, result) || !same(goal, result))
		return false;
	*best = *in;
	memcpy(goal, result, FINDING);
	return true;
}

/* Calls [at, at + n) are not needed? */
static bool without(unsigned at, unsigned n)
{
	struct input in = *best;

	in.prog.n -= n;
	memmove(&in.prog.call[at], &in.prog.call[at + n],
		(in.prog.n - at) * sizeof(in.prog.call[0]));
	return better(&in);
}

static bool fewer_calls(void)
{
	bool any = false;

	for (unsigned n = 32; n; n /= 2)
		for (unsigned at = best->prog.n; at-- > 0; )
			if (at + n <= best->prog.n)
				any = without(at, n) || any;
	return any;
}

static bool simpler_fault(unsigned at)
{
	struct input in = *best;
	struct prog_call *c = &in.prog.call[at];

	if (!c->fault)
		return false;
	c->fault = c->nth = 0;
	if (better(&in))
		return true;
	in = *best;
	return c->nth > 1 && (c->nth--, better(&in));
}

static bool with_arg(unsigned at, unsigned i, uint64_t v)
{
	struct input in = *best;

	in.prog.call[at].arg[i] = v;
	return better(&in);
}

/* The first of some simple values that will do, if the present one is none of
 * those before it; of numbers, fewer bits. */
static bool simpler_arg(unsigned at, unsigned i)
{
	const struct prog_call *c = &best->prog.call[at];
	uint64_t now = c->arg[i];

	switch (prog_desc[c->op].args[i]) {
	case 'a':
		for (uint64_t v = 0; v < PROG_PAGES * PROG_PAGE && v != now;
		     v += PROG_PAGE)
			if (with_arg(at, i, v))
				return true;
		return false;
	case 'l':
		for (uint64_t v = 0; v < 5 * PROG_PAGE && v != now;
		     v += PROG_PAGE)
			if (v && with_arg(at, i, v))
				return true;
		return false;
	case 'f':
		return now != PROG_ANON && now &&
		       (with_arg(at, i, PROG_ANON) || with_arg(at, i, 0));
	default:
		if (now && with_arg(at, i, 0))
			return true;
		for (unsigned bit = 63; bit < 64; bit--)
			if (now >> bit & 1 && now != 1ull << bit &&
			    with_arg(at, i, now & ~(1ull << bit)))
				return true;
		return false;
	}
}

static bool simpler_call(unsigned at)
{
	struct input in = *best;
	bool any = simpler_fault(at);

	if (best->prog.call[at].task) {
		in = *best;
		in.prog.call[at].task--;
		any = better(&in) || any;
	}
	for (unsigned i = 0; prog_desc[best->prog.call[at].op].args[i]; i++)
		any = simpler_arg(at, i) || any;
	return any;
}

static bool plainer_design(void)
{
	for (unsigned d = 0; d < best->design; d++) {
		struct input in = *best;

		in.design = d;
		if (better(&in))
			return true;
	}
	return false;
}

bool minimise(struct input *in, char result[FINDING])
{
	bool again = true;

	best = in;
	goal = result;
	if (!try_input(in, result))
		return false;
	while (again) {
		again = fewer_calls();
		again = plainer_design() || again;
		for (unsigned at = 0; at < best->prog.n; at++)
			again = simpler_call(at) || again;
	}
	return true;
}
