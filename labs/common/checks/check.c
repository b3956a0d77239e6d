// SPDX-License-Identifier: GPL-2.0
/*
 * The frame around host checks (check.h).
 *
 * A grader does not believe what is printed.  It gives this process two pipes
 * (HOLDFAST_VERDICT=IN,OUT) and believes a verdict that comes out of the second
 * with the secret that lies in the first.  The secret is read when the case is
 * over, not before: no memory holds it while a student's code runs, and that
 * code was refused at the door if it names read(), this file, or anything else
 * that is not the kernel's (tools/grader/gate.py).
 */
#define _GNU_SOURCE		/* strerrorname_np() */
#include <string.h>
#include <unistd.h>

#include "check.h"

#define SECRET_LEN 32

static bool reported;

/* "-ENOMEM (-12)", "5", "0x7f..."; a static buffer, two at a time. */
static const char *number(long n)
{
	static char bufs[2][48];
	static int turn;
	char *buf = bufs[turn++ % 2];
	const char *name = n < 0 && n > -4096 ? strerrorname_np(-n) : NULL;

	if (name)
		snprintf(buf, sizeof(bufs[0]), "-%s (%ld)", name, n);
	else if (n > -65536 && n < 65536)
		snprintf(buf, sizeof(bufs[0]), "%ld", n);
	else
		snprintf(buf, sizeof(bufs[0]), "%#lx", n);
	return buf;
}

static void send_verdict(bool passed, const char *what, long seen,
			 long expected)
{
	const char *fds = getenv("HOLDFAST_VERDICT");
	char secret[SECRET_LEN + 1] = "";
	int in, out;

	if (!fds || sscanf(fds, "%d,%d", &in, &out) != 2 ||
	    read(in, secret, SECRET_LEN) != SECRET_LEN)
		return;
	dprintf(out, "%s %s\n", secret, passed ? "passed" : "failed");
	if (!passed && what)
		dprintf(out, "expected: %s: %s\nseen: %s\n", what,
			number(expected), number(seen));
	close(out);
}

void check_result(bool passed, const char *what, long seen, long expected)
{
	if (reported)
		return;
	reported = true;
	printf("%s\n", passed ? "passed" : "failed");
	if (!passed && what)
		printf("expected: %s: %s\nseen: %s\n", what,
		       number(expected), number(seen));
	send_verdict(passed, what, seen, expected);
}

void want(const char *file, int line, const char *what, long seen,
	  long expected)
{
	if (seen == expected)
		return;
	check_result(false, what, seen, expected);
	_fail(file, line);
}

int check_main(int argc, char **argv, const struct unit_case *cases, size_t n)
{
	int failed;

	if (argc != 2) {
		for (size_t i = 0; i < n; i++)
			printf("%s\n", cases[i].name);
		return 2;
	}
	setenv("UNIT_ONLY", argv[1], 1);
	setenv("SEED", "1", 0);
	failed = unit_main(argv[0], cases, n);
	if (failed != 2)
		check_result(!failed, NULL, 0, 0);
	return failed;
}
