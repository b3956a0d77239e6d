/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of the harness. */
#ifndef TESTS_GUEST_HARNESS_H
#define TESTS_GUEST_HARNESS_H

#include "../test.h"

#define DIAG_FD 100
#define EXIT_FAILED 1
#define EXIT_SKIPPED 77
#define CASE_TIMEOUT_MS 120000

/* Runs one case in a child of its own, which first calls `before`.  What it
 * said is in `said`; killed after `ms` without a word. */
struct run {
	const struct test *t;
	size_t row;
	int ms;
	void (*before)(void);
	int status;
	bool hung;
	size_t n;
	char said[32768];
};
void run_one(struct run *r);
const char *row_name(const struct test *t, size_t row);

/* "faults=" on the kernel's command line: what is to fail; or NULL. */
const char *faults_wanted(void);
/* The case with its faults: prints its lines; false if there is a finding. */
bool run_with_faults(int number, const struct test *t, size_t row);

#endif
