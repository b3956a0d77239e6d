// SPDX-License-Identifier: GPL-2.0
/*
 * Random programs of plain tasks, by a seed:
 *
 *	random SEED NUMBER	so many programs, a file for mmrun
 *
 * Arguments are chosen so that calls meet each other: pages of the window, now
 * and then an address, length or flag that is wrong.  Nothing depends on how
 * much memory there is: no pressure, and no advice that only matters then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <linux/mman.h>
#include <sys/mman.h>

#include "run.h"

static uint64_t state;

/* xorshift64* */
static unsigned below(unsigned n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (unsigned)((state * 0x2545f4914f6cdd1dull) >> 33) % n;
}

#define PICK(array) ((array)[below(sizeof(array) / sizeof(*(array)))])

static bool rarely(void)
{
	return !below(24);
}

static uint64_t page(void)
{
	return below(7) * PROG_PAGE;
}

static uint64_t address(void)
{
	if (rarely() && rarely())
		return 1ull << 63;		/* in the kernel's half */
	return page() + (rarely() ? 1 + below(4095) : 0);
}

static uint64_t length(void)
{
	static const uint64_t odd[] = { 0, 1, 4095, 4097, 0x1800, -1ull,
					-4096ull, 1ull << 62 };

	return rarely() ? PICK(odd) : (1 + below(4)) * PROG_PAGE;
}

/* What unmaps, or passes over gaps, must not reach beyond the window: programs
 * live there. */
static uint64_t short_length(void)
{
	uint64_t len = length();

	return len > 8 * PROG_PAGE ? 2 * PROG_PAGE : len;
}

static uint64_t protection(void)
{
	static const unsigned prot[] = { 3, 3, 3, 3, 1, 1, 0, 2, 5, 7, 4 };

	return rarely() && rarely() ? 0x40 : PICK(prot);
}

static void make_mmap(struct prog_call *c)
{
	static const unsigned extra[] = {
		0, 0, 0, 0, 0, MAP_LOCKED, MAP_LOCKED, MAP_POPULATE,
		MAP_NORESERVE, MAP_POPULATE | MAP_NONBLOCK, MAP_GROWSDOWN,
		MAP_GROWSDOWN, MAP_GROWSDOWN | MAP_LOCKED,
	};
	uint64_t *a = c->arg;

	a[0] = address();
	a[1] = short_length();
	a[2] = protection();
	a[3] = (below(4) ? MAP_PRIVATE : rarely() ? 0 : MAP_SHARED) |
	       (below(5) ? MAP_FIXED : below(2) ? MAP_FIXED_NOREPLACE : 0) |
	       PICK(extra);
	a[4] = PROG_ANON;
	if (below(3) || (a[3] & MAP_GROWSDOWN && below(4)))
		a[3] |= MAP_ANONYMOUS;
	else
		a[4] = below(20) ? below(PROG_IMAGE) : PROG_ANON;
	if (!(a[3] & MAP_ANONYMOUS))
		a[5] = rarely() ? 0x801 : below(3) * PROG_PAGE;
}

static void make_mremap(struct prog_call *c)
{
	static const unsigned flags[] = { 0, 0, 1, 1, 3, 3, 3, 3, 7, 5, 5, 2 };
	uint64_t *a = c->arg;

	a[0] = address();
	a[1] = rarely() ? 0 : short_length();
	a[2] = short_length();
	a[3] = rarely() ? 8 : PICK(flags);
	a[4] = address();
	if (a[3] & MREMAP_DONTUNMAP && below(8))
		a[2] = a[1];
}

static void make_madvise(struct prog_call *c, bool free_too)
{
	static const unsigned advice[] = {
		MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED,
		MADV_DONTNEED, MADV_DONTNEED, MADV_DONTNEED_LOCKED,
		MADV_DONTNEED_LOCKED, MADV_DONTFORK, MADV_DOFORK,
		MADV_DONTDUMP, MADV_DODUMP, MADV_WIPEONFORK, MADV_WIPEONFORK,
		MADV_KEEPONFORK, MADV_POPULATE_READ, MADV_POPULATE_WRITE,
		MADV_POPULATE_WRITE, MADV_COLD, MADV_REMOVE, 99,
	};

	c->arg[0] = address();
	c->arg[1] = short_length();
	c->arg[2] = below(8) ? PICK(advice) : free_too ? MADV_FREE :
							 MADV_PAGEOUT;
}

/* Small enough to matter, or not at all. */
static uint64_t limit(void)
{
	static const uint64_t odd[] = { 0, 1, 0x1800, 8ull << 20,
					(8ull << 20) + 1 };

	return below(3) ? below(6) * PROG_PAGE : PICK(odd);
}

/* A page, but not of those. */
static uint64_t elsewhere(uint64_t start, uint64_t len)
{
	uint64_t at = below(2) ? PROG_PAGE : page();

	while (at + PROG_PAGE > start && at < start + len && at)
		at -= PROG_PAGE;
	return at + PROG_PAGE > start && at < start + len ? 6 * PROG_PAGE : at;
}

static void make_call(struct prog_call *c, bool free_too)
{
	static const unsigned ops[] = {
		PROG_MMAP, PROG_MMAP, PROG_MMAP, PROG_MMAP, PROG_MUNMAP,
		PROG_MPROTECT, PROG_MPROTECT, PROG_MREMAP, PROG_MREMAP,
		PROG_MADVISE, PROG_MADVISE, PROG_MSYNC, PROG_MLOCK, PROG_MLOCK,
		PROG_MLOCK2, PROG_MUNLOCK, PROG_MLOCKALL, PROG_MUNLOCKALL,
		PROG_BRK, PROG_BRK, PROG_READ, PROG_READ, PROG_WRITE,
		PROG_WRITE, PROG_WRITE, PROG_FORK, PROG_FORK, PROG_EXEC,
		PROG_EXIT, PROG_LIMIT, PROG_MINCORE, PROG_TRUNCATE,
	};
	uint64_t *a = c->arg;

	c->op = PICK(ops);
	a[0] = address();
	a[1] = length();
	switch (c->op) {
	case PROG_MMAP: make_mmap(c); break;
	case PROG_MUNMAP: a[1] = short_length(); break;
	case PROG_MPROTECT: a[2] = protection(); break;
	case PROG_MREMAP: make_mremap(c); break;
	case PROG_MADVISE: make_madvise(c, free_too); break;
	case PROG_MSYNC: a[1] = short_length(); a[2] = below(7); break;
	case PROG_MLOCK2: a[2] = rarely() ? 2 : below(2); break;
	case PROG_MLOCKALL: a[0] = rarely() ? 8 : below(8); break;
	case PROG_BRK: a[0] = below(6) * PROG_PAGE / 2; break;
	case PROG_READ: case PROG_WRITE: a[0] = page(); break;
	case PROG_EXEC: a[0] = 0; break;
	case PROG_LIMIT: a[0] = limit(); break;
	case PROG_TRUNCATE:
		a[0] = below(PROG_IMAGE + 1);
		a[1] = rarely() ? 3 * PROG_PAGE : below(3) * PROG_PAGE;
		break;
	case PROG_MINCORE:
		a[1] = below(3) ? (1 + below(2)) * PROG_PAGE : a[1];
		a[2] = elsewhere(a[0], a[1]);
		break;
	}
}

/* Calls of a task that does not live are not made; few are wasted. */
static void make_program(struct prog *p)
{
	bool free_too = below(2);
	unsigned tasks = 1, i = 0;

	p->n = 6 + below(9);
	if (!below(6))		/* nothing below: areas can grow down */
		p->call[i++] = (struct prog_call){
			.op = PROG_MUNMAP, .arg = { 0, 2 * PROG_PAGE } };
	if (!below(8))
		p->call[i++] = (struct prog_call){
			.op = PROG_LIMIT, .arg = { limit() } };
	for (; i < p->n; i++) {
		struct prog_call *c = &p->call[i];

		*c = (struct prog_call){ .task = below(tasks) };
		make_call(c, free_too);
		if (c->op == PROG_FORK && tasks < PROG_TASKS)
			tasks++;
	}
}

int main(int argc, char **argv)
{
	static char text[PROG_TEXT];
	struct prog p;

	if (argc != 3) {
		fprintf(stderr, "usage: random SEED NUMBER\n");
		return 2;
	}
	for (long i = 0; i < atol(argv[2]); i++) {
		state = (strtoull(argv[1], NULL, 0) + i + 1) *
			0x9e3779b97f4a7c15ull | 1;
		for (unsigned n = 0; n < 8; n++)
			below(2);
		make_program(&p);
		prog_print(&p, text, sizeof(text));
		printf("# program %llu\n%s",
		       strtoull(argv[1], NULL, 0) + i, text);
	}
	return 0;
}
