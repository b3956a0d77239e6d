// SPDX-License-Identifier: GPL-2.0
/* What the programs of this folder share: count.h. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "count.h"

unsigned long now(void)
{
	unsigned lo, hi;

	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (unsigned long)hi << 32 | lo;
}

void need(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static int by_size(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a;
	unsigned long y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

static unsigned long batch(const struct row *r)
{
	unsigned long sum = 0, start;

	for (unsigned i = 0; i < r->times; i++) {
		if (r->before)
			r->before(r->arg);
		start = now();
		r->op(r->arg);
		sum += now() - start;
		if (r->after)
			r->after(r->arg);
	}
	return sum / r->times / r->per;
}

static void measure_batches(const struct row *r, unsigned n)
{
	unsigned long got[BATCHES];

	batch(r);
	for (unsigned i = 0; i < n; i++)
		got[i] = batch(r);
	qsort(got, n, sizeof(got[0]), by_size);
	printf("%s %lu\n", r->name, got[n / 2]);
	fflush(stdout);
}

void measure(const struct row *r)
{
	measure_batches(r, BATCHES);
}

void measure_long(const struct row *r)
{
	measure_batches(r, 1);
}

char *map(unsigned long pages)
{
	char *p = mmap(NULL, pages * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	need(p != MAP_FAILED, "mmap");
	return p;
}

void touch(char *p, unsigned long pages)
{
	for (unsigned long i = 0; i < pages; i++)
		p[i * PAGE] = 1;
}

char *crowd(unsigned long n)
{
	char *p = map(2 * n);

	mprotect(p, 2 * n * PAGE, PROT_NONE);
	for (unsigned long i = 0; i < n / 2; i++)
		mprotect(p + 4 * i * PAGE, PAGE, PROT_READ);
	return p;
}
