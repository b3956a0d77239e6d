// SPDX-License-Identifier: GPL-2.0
/*
 * The calls that the explorer tries in every state: for each task, the memory
 * calls on six pages with the flags that matter to locks and reclaim, and what
 * happens to the task from outside.  Names of kinds are what reports say.
 */
#include <linux/mman.h>
#include <string.h>

#include "universe.h"

struct choice choices[MAX_CHOICES];
unsigned nr_choices;
const char *kind_name[NR_KINDS] = {
	[MAX_KINDS] = "a failed allocation",
	[MAX_KINDS + 1] = "a failed read",
	[MAX_KINDS + 2] = "a failed write",
	[MAX_KINDS + 3] = "short memory",
};

#define PAGE(n) ((uint64_t)(n) * PROG_PAGE)
enum { TEXT, DATA, A, B, C, HEAP };

static int kind_number(const char *name)
{
	int i = 0;

	if (!name)
		return -1;
	while (i < MAX_KINDS && kind_name[i] && strcmp(kind_name[i], name))
		i++;
	kind_name[i] = name;
	return i;
}

static struct prog_call *choose(unsigned task, const char *kind,
			     enum prog_op op, uint64_t a, uint64_t b,
			     uint64_t c)
{
	struct choice *ch = &choices[nr_choices++];

	*ch = (struct choice){
		.call = { .op = op, .task = task, .arg = { a, b, c } },
		.kind = kind_number(kind),
	};
	return &ch->call;
}

#define RW (PROT_READ | PROT_WRITE)

static void map(unsigned task, const char *kind, unsigned page,
		unsigned pages, unsigned prot, unsigned flags, uint64_t file)
{
	struct prog_call *c = choose(task, kind, PROG_MMAP, PAGE(page),
				     PAGE(pages), prot);

	c->arg[3] = MAP_FIXED | flags | (file == PROG_ANON ? MAP_ANONYMOUS : 0);
	c->arg[4] = file;
}

static void maps(unsigned t)
{
	const char *shm = "mmap shared memory", *file = "mmap file";

	map(t, "mmap", A, 1, RW, MAP_PRIVATE, PROG_ANON);
	map(t, "mmap", B, 1, RW, MAP_PRIVATE, PROG_ANON);
	map(t, "mmap", A, 2, RW, MAP_PRIVATE, PROG_ANON);
	map(t, "mmap", DATA, 1, RW, MAP_PRIVATE, PROG_ANON);
	map(t, "mmap", A, 1, RW, MAP_PRIVATE | MAP_LOCKED, PROG_ANON);
	map(t, "mmap", A, 1, PROT_NONE, MAP_PRIVATE, PROG_ANON);
	map(t, file, A, 1, PROT_READ, MAP_PRIVATE, PROG_FILE);
	map(t, file, A, 1, RW, MAP_PRIVATE, PROG_FILE);
	map(t, "mmap file PROT_NONE", A, 1, PROT_NONE, MAP_PRIVATE, PROG_FILE);
	map(t, file, A, 1, RW, MAP_SHARED, PROG_RW_FILE);
	map(t, shm, A, 1, RW, MAP_SHARED, PROG_ANON);
	map(t, shm, A, 1, RW, MAP_SHARED, PROG_MEMFD);
	map(t, "mmap copy of shared memory", A, 1, RW, MAP_PRIVATE,
	    PROG_MEMFD);
	choose(t, NULL, PROG_MUNMAP, PAGE(TEXT), PAGE(1), 0);
	choose(t, NULL, PROG_MUNMAP, PAGE(DATA), PAGE(1), 0);
	choose(t, NULL, PROG_MUNMAP, PAGE(A), PAGE(1), 0);
	choose(t, NULL, PROG_MUNMAP, PAGE(B), PAGE(1), 0);
	choose(t, "brk", PROG_BRK, PAGE(1), 0, 0);
	choose(t, NULL, PROG_BRK, PAGE(0), 0, 0);
}

static void remap(unsigned t, const char *kind, unsigned from, unsigned old,
		  unsigned new, unsigned flags, unsigned to)
{
	struct prog_call *c = choose(t, kind, PROG_MREMAP, PAGE(from),
				     PAGE(old), PAGE(new));

	c->arg[3] = flags;
	c->arg[4] = flags & MREMAP_FIXED ? PAGE(to) : 0;
}

static void changes(unsigned t)
{
	const unsigned move = MREMAP_MAYMOVE | MREMAP_FIXED;
	static const unsigned prots[] = { PROT_NONE, PROT_READ, RW };

	for (unsigned i = 0; i < 3; i++)
		for (unsigned page = TEXT; page <= A; page++)
			choose(t, NULL, PROG_MPROTECT, PAGE(page),
			       PAGE(1), prots[i]);
	remap(t, NULL, A, 1, 1, move, B);
	remap(t, NULL, A, 1, 2, 0, 0);
	remap(t, NULL, A, 2, 1, 0, 0);
	remap(t, NULL, DATA, 1, 1, move, C);
	remap(t, "mremap DONTUNMAP", A, 1, 1, move | MREMAP_DONTUNMAP, C);
	remap(t, "mremap DONTUNMAP", DATA, 1, 1, move | MREMAP_DONTUNMAP, C);
	choose(t, NULL, PROG_MSYNC, PAGE(A), PAGE(1), MS_SYNC);
	choose(t, NULL, PROG_MSYNC, PAGE(A), PAGE(1),
	       MS_SYNC | MS_INVALIDATE);
}

static void advice(unsigned t, const char *kind, unsigned page, int advice)
{
	choose(t, kind, PROG_MADVISE, PAGE(page), PAGE(1), advice);
}

static void advices(unsigned t)
{
	for (unsigned page = TEXT; page <= A; page++)
		advice(t, "madvise DONTNEED_LOCKED", page,
		       MADV_DONTNEED_LOCKED);
	for (unsigned page = DATA; page <= A; page++) {
		advice(t, "madvise DONTNEED", page, MADV_DONTNEED);
		advice(t, "madvise PAGEOUT", page, MADV_PAGEOUT);
		advice(t, "madvise WIPEONFORK", page, MADV_WIPEONFORK);
		advice(t, "madvise DONTFORK", page, MADV_DONTFORK);
	}
	advice(t, "madvise FREE", A, MADV_FREE);
	advice(t, "madvise REMOVE", A, MADV_REMOVE);
	advice(t, NULL, A, MADV_POPULATE_WRITE);
	advice(t, NULL, A, MADV_POPULATE_READ);
	advice(t, NULL, A, MADV_COLD);
	for (unsigned page = TEXT; page <= A; page++)
		advice(t, "madvise WILLNEED", page, MADV_WILLNEED);
	advice(t, "madvise MERGEABLE", A, MADV_MERGEABLE);
	advice(t, NULL, A, MADV_UNMERGEABLE);
	advice(t, NULL, A, MADV_KEEPONFORK);
	advice(t, NULL, A, MADV_DOFORK);
}

static void truncate(uint64_t file, unsigned pages)
{
	choose(0, "truncate", PROG_TRUNCATE, file, PAGE(pages), 0);
}

static void locks(unsigned t)
{
	static const char *const all[8] = {
		[1] = "mlockall CURRENT", [5] = "mlockall ONFAULT",
		[6] = "mlockall ONFAULT", [7] = "mlockall ONFAULT",
	};

	for (unsigned page = TEXT; page <= A; page++) {
		choose(t, NULL, PROG_MLOCK, PAGE(page), PAGE(1), 0);
		choose(t, "mlock2 ONFAULT", PROG_MLOCK2, PAGE(page), PAGE(1),
		       MLOCK_ONFAULT);
		choose(t, "munlock", PROG_MUNLOCK, PAGE(page), PAGE(1), 0);
	}
	for (unsigned flags = 1; flags < 8; flags++)
		if (flags != MCL_ONFAULT)
			choose(t, all[flags], PROG_MLOCKALL, flags, 0, 0);
	choose(t, "munlockall", PROG_MUNLOCKALL, 0, 0, 0);
}

static void lives(unsigned t)
{
	choose(t, "fork", PROG_FORK, 0, 0, 0);
	choose(t, NULL, PROG_EXEC, 0, 0, 0);
	choose(t, NULL, PROG_EXEC, 1, 0, 0);
	choose(t, NULL, PROG_EXIT, 0, 0, 0);
	for (unsigned page = TEXT; page <= B; page++)
		choose(t, NULL, PROG_READ, PAGE(page), 0, 0);
	for (unsigned page = TEXT; page <= HEAP; page++)
		choose(t, NULL, PROG_WRITE, PAGE(page), 0, 0);
	for (unsigned page = TEXT; page <= B; page++)
		choose(t, NULL, PROG_RECLAIM, PAGE(page), 0, 0);
}

/* What costs more than it promises: the same on other pages, on two at once,
 * and to other sizes. */
static void more(unsigned t)
{
	static const int both[] = {
		MADV_COLD, MADV_MERGEABLE, MADV_KEEPONFORK, MADV_DOFORK,
		MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_FREE,
	};
	const uint64_t two = PAGE(2);

	for (unsigned i = 0; i < sizeof(both) / sizeof(*both); i++)
		advice(t, NULL, DATA, both[i]);
	advice(t, NULL, A, MADV_RANDOM);
	choose(t, NULL, PROG_MADVISE, PAGE(A), two, MADV_DONTNEED);
	choose(t, NULL, PROG_MADVISE, PAGE(A), two, MADV_REMOVE);
	choose(t, NULL, PROG_MLOCK, PAGE(DATA), two, 0);
	choose(t, "munlock", PROG_MUNLOCK, PAGE(DATA), two, 0);
	choose(t, NULL, PROG_MPROTECT, PAGE(DATA), two, PROT_READ);
	choose(t, NULL, PROG_MPROTECT, PAGE(DATA), two, RW);
	choose(t, NULL, PROG_MUNMAP, PAGE(DATA), two, 0);
	map(t, "mmap file", A, 2, RW, MAP_PRIVATE, PROG_FILE);
	map(t, "mmap shared memory", A, 2, RW, MAP_SHARED, PROG_MEMFD);
	map(t, "mmap that grows", B, 1, RW, MAP_PRIVATE | MAP_GROWSDOWN,
	    PROG_ANON);
	remap(t, NULL, A, 2, 2, MREMAP_MAYMOVE | MREMAP_FIXED, C);
	truncate(PROG_FILE, 1);
	truncate(PROG_MEMFD, 1);
	for (unsigned pages = 0; pages <= 2; pages++)
		truncate(PROG_RW_FILE, pages);
}

/* What another than the first task in world_order() does: so much less that
 * the search goes one call deeper. */
static void second(unsigned t)
{
	choose(t, NULL, PROG_MLOCK, PAGE(DATA), PAGE(1), 0);
	choose(t, "mlock2 ONFAULT", PROG_MLOCK2, PAGE(DATA), PAGE(1),
	       MLOCK_ONFAULT);
	choose(t, NULL, PROG_MUNLOCK, PAGE(DATA), PAGE(1), 0);
	choose(t, "munlockall", PROG_MUNLOCKALL, 0, 0, 0);
	choose(t, NULL, PROG_MUNMAP, PAGE(DATA), PAGE(1), 0);
	choose(t, NULL, PROG_MPROTECT, PAGE(DATA), PAGE(1), PROT_READ);
	choose(t, NULL, PROG_MPROTECT, PAGE(DATA), PAGE(1), RW);
	map(t, "mmap", A, 1, RW, MAP_PRIVATE, PROG_ANON);
	map(t, "mmap shared memory", A, 1, RW, MAP_SHARED, PROG_MEMFD);
	remap(t, NULL, DATA, 1, 1, MREMAP_MAYMOVE | MREMAP_FIXED, C);
	advice(t, "madvise DONTNEED", DATA, MADV_DONTNEED);
	advice(t, "madvise PAGEOUT", DATA, MADV_PAGEOUT);
	lives(t);
}

void universe_init(unsigned tasks, bool wide)
{
	/* First of all, and all that a program can begin with. */
	choose(0, NULL, PROG_EXEC, 1, 0, 0);
	locks(0);
	maps(0);
	changes(0);
	advices(0);
	lives(0);
	for (unsigned t = 1; t < tasks; t++)
		second(t);
	truncate(PROG_FILE, 0);
	truncate(PROG_FILE, 2);
	truncate(PROG_MEMFD, 0);
	truncate(PROG_MEMFD, 2);
	choose(0, NULL, PROG_PRESSURE, 0, 0, 0);
	choose(0, "swapoff", PROG_SWAPOFF, 0, 0, 0);
	choose(0, "swapon", PROG_SWAPON, 0, 0, 0);
	if (wide)
		more(0);
}

/* ---- names of the study ------------------------------------------------ */

static const struct { const char *name, *kind; } ways[] = {
	{ "A2", "mlockall CURRENT" },
	{ "A3", "mlockall ONFAULT" },
	{ "A4", "mlock2 ONFAULT" },
	{ "A5", "mremap DONTUNMAP" },
	{ "A6", "madvise DONTNEED_LOCKED" },
	{ "A8", "mmap file PROT_NONE" },
	{ "A9", "fork" },
	{ "A12", "mmap shared memory" },
	{ "O5", "truncate" },
	{ "C2", "a failed allocation" },
	{ "C2", "a failed read" },
};

const char *way_around(unsigned long long kinds)
{
	for (unsigned i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		for (unsigned k = 0; k < NR_KINDS; k++)
			if (kinds >> k & 1 && !strcmp(kind_name[k],
						      ways[i].kind))
				return ways[i].name;
	return "";
}
