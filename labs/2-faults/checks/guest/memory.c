// SPDX-License-Identifier: GPL-2.0
/* Lab 2 in the guest, on a machine of 48 MiB without swap. */
#include "test.h"

TEST("guest-zero")
{
	size_t n = 32768;		/* 128 MiB */
	char *p = map_at(AT(100000), n, RW, MAP_PRIVATE | MAP_ANONYMOUS |
			 MAP_NORESERVE, -1, 0);
	long sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += *(volatile char *)(p + PAGES(i));
	EQ(sum, 0);
	p[0] = 1;
	EQ(p[PAGE], 0);
}

static void child(void *arg)
{
	char *p = arg;

	for (int i = 0; i < 100; i++)
		EQ(p[PAGES(i)], 'p');
	memset(p, 'c', PAGES(100));
	EQ(p[PAGES(100)], 'p');
}

/* The child of a process that fills more than half of memory. */
TEST("guest-fork")
{
	size_t n = 7000;
	char *p = map_at(AT(100000), n, RW, ANON | MAP_NORESERVE, -1, 0);
	int status;

	memset(p, 'p', PAGES(n));
	status = in_child(child, p);
	EQ(status, 0);
	for (size_t i = 0; i < n; i++)
		OK(p[PAGES(i)] == 'p');
}

static int deep(int n)
{
	volatile char room[4000];

	room[0] = n;
	return n ? deep(n - 1) + room[0] - (char)n : 0;
}

TEST("guest-stack")
{
	struct area a;

	EQ(deep(1000), 0);
	OK(area_at(&a, &a));
	OK(a.end - a.start >= 4000000);
	EQ((a.end - a.start) % PAGES(@STEP@), 0);
	EQ(probe_write((char *)a.end - (8ul << 20) - 1, NULL, NULL), SIGSEGV);
}
