/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Host checks: cases as the unit tests have them (tests/unit/unit.h), one
 * process each, which say what was expected and what was seen.
 */
#ifndef CHECKS_CHECK_H
#define CHECKS_CHECK_H

#include "../tests/unit/unit.h"

/* A case with 4 MiB of memory; with so many frames and pages of swap; under a
 * lock design; with all of these. */
#define CHECK(name, fn)			CHECK_ALL(name, fn, 1024, 0, NULL)
#define CHECK_MEM(name, fn, frames, swap) \
	CHECK_ALL(name, fn, frames, swap, NULL)
#define CHECK_LOCK(name, fn, design)	CHECK_ALL(name, fn, 1024, 0, design)
#define CHECK_ALL(title, fn, n, swap, design)				\
	{ .name = title, .run = fn, .frames = n, .swap_pages = swap,	\
	  .memlock = design }

/* The case is over: how.  Called once; comes back. */
void check_result(bool passed, const char *what, long seen, long expected);

/* Runs the case that argv[1] names.  Exit status 0 if it passed. */
int check_main(int argc, char **argv, const struct unit_case *cases,
	       size_t n);

/* The case ends here, failed, unless both are equal. */
void want(const char *file, int line, const char *what, long seen,
	  long expected);
#define WANT(what, seen, expected) \
	want(__FILE__, __LINE__, what, (long)(seen), (long)(expected))
#define WANT_AT_MOST(what, seen, most) do {				\
	long _seen = (seen), _most = (most);				\
									\
	WANT("at most: " what, max(_seen, _most), _most);		\
} while (0)

/*
 * How many machine instructions fn(arg) takes, in a process of its own, some
 * hundred more for that; at `most` it is ended, and they are the answer.  The
 * case fails if it crashes there, so do the same here first.
 */
long count_steps(void (*fn)(void *arg), void *arg, long most);

#endif
