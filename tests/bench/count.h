/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counting guest instructions: under QEMU's -icount shift=0 rdtsc goes up by
 * one with each, user and kernel together.
 *
 * A figure is the median of five batches after one that is not counted: a
 * kernel may put work off into some batches only.
 */
#ifndef BENCH_COUNT_H
#define BENCH_COUNT_H

#include <sys/mman.h>

#define PAGE	4096ul
#define RW	(PROT_READ | PROT_WRITE)
#define BATCHES	5

struct row {
	const char *name;
	unsigned times;		/* operations in a batch */
	unsigned per;		/* what the figure is per, in one operation */
	unsigned long arg;
	void (*before)(unsigned long arg);	/* not counted; may be NULL */
	void (*op)(unsigned long arg);
	void (*after)(unsigned long arg);
};

unsigned long now(void);

/* Measures a row and prints its name and figure; the second for operations
 * that are long: one batch after the one that is not counted. */
void measure(const struct row *r);
void measure_long(const struct row *r);

/* Ends the program, with the reason, unless ok. */
void need(int ok, const char *what);

/* Private anonymous memory. */
char *map(unsigned long pages);
void touch(char *p, unsigned long pages);

/* `n` areas that cannot merge, in 2 * n pages; none of it is touched. */
char *crowd(unsigned long n);

#endif
