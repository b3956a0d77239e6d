// SPDX-License-Identifier: GPL-2.0
/* The frame around host checks (check.h). */
#include "check.h"

static bool reported;

void check_result(bool passed, const char *what, long seen, long expected)
{
	if (reported)
		return;
	reported = true;
	printf("%s\n", passed ? "passed" : "failed");
	if (!passed)
		printf("expected: %s: %ld (%#lx)\nseen: %ld (%#lx)\n", what,
		       expected, expected, seen, seen);
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
		check_result(!failed, argv[1], failed, 0);
	return failed;
}
