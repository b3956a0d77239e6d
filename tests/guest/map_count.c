/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The limit on the number of areas, 65530: what needs one more is ENOMEM, what
 * needs none goes on, and unmapping makes room.
 */
#include "test.h"

#define MAX_AREAS 65530

/* Every other page of a wide area made inaccessible, until no split is left. */
static size_t split_all(char *p)
{
	size_t n = 1;

	map_at(p, 2 * MAX_AREAS, PROT_READ, ANON, -1, 0);
	while (!protect(p + PAGES(2 * n - 1), PAGE, PROT_NONE))
		n++;
	return n;
}

TEST("as many areas as there may be: no split, no map; merges make room")
{
	char *p = AT(0);
	size_t n = split_all(p);
	char *free_page = AT(4 * MAX_AREAS);

	OK(2 * n > MAX_AREAS - 40 && 2 * n < MAX_AREAS + 4);
	/* What the last split has left: then no map is possible. */
	for (int i = 0; i < 8; i++)
		if (failed(raw_mmap(free_page + PAGES(2 * i), PAGE, RW,
				    ANON | MAP_FIXED, -1, 0)))
			break;
	RET(raw_mmap(free_page + PAGES(20), PAGE, RW, ANON | MAP_FIXED, -1, 0),
	    -ENOMEM);
	/* A split needs one more: refused, nothing changed. */
	RET(lock(p + PAGES(2 * n + 10), PAGE), -ENOMEM);
	LOCKS(p + PAGES(2 * n + 9), "...");
	RET(protect(p + PAGES(2 * n + 10), PAGE, PROT_NONE), -ENOMEM);
	RET(unmap(p + PAGES(2 * n + 10), PAGE), -ENOMEM);
	RET(advise(p + PAGES(2 * n + 10), PAGE, MADV_DONTFORK), -EAGAIN);
	/* A lock of a whole area splits nothing. */
	RET(lock(p + PAGES(2), PAGE), 0);
	LOCKS(p + PAGE, ".l.");
	/* A range that merges goes through. */
	RET(protect(p + PAGES(5), PAGE, PROT_READ), 0);
	RET(protect(p + PAGES(9), PAGE, PROT_READ), 0);
	RET(protect(p + PAGES(2 * n + 10), PAGE, PROT_NONE), 0);
}
