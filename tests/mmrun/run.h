/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Running programs (tests/explore/prog.h) and writing down what they do: one
 * transcript, the same from every executor.
 *
 *	run.c	what all share: files of programs, the transcript
 *	exec.c	the executor in a guest; task.c its tasks: system calls, /proc
 *	host.c	mm/ on arch/host, in the explorer's world
 *	model.c	what docs/semantics.md says, and nothing of mm/
 *
 * A transcript has two lines to a call.  The first is the call and its result;
 * the second is the caller's window, area by area: pages, rwx, p or s; l for
 * locked, o for on fault; for a file its number and page, z for shared
 * memory without a name; for private memory which pages are there (+), the
 * zero page not counted.  At the end each task's contents, a digest of each
 * page.
 *
 * What mincore says of files and of the zero page depends on what else was read
 * before, and nobody looks beyond the window: an executor sets those bytes to
 * 0.
 */
#ifndef MMRUN_RUN_H
#define MMRUN_RUN_H

#include <stdbool.h>

#include "../explore/prog.h"

#define RUN_TASK "mmrun-task"	/* argv[0] of what a task executes */
#define RUN_PAGES	8		/* that are looked at */
#define RUN_BYTES	64		/* of a page that are digested */
#define RUN_SECRET	16		/* bytes of a secret, behind those */
#define RUN_ANON	(-1)		/* run_page.file */
#define RUN_SHARED_ANON	(-2)

struct run_page {
	bool mapped, shared, resident;
	bool seam;			/* an area begins here */
	char lock;			/* '-', 'l', 'o' */
	uint8_t prot;			/* PROT_* */
	int8_t file;
	uint64_t offset;		/* of a file, in pages */
};

/* One task's window; `locked`: VmLck does not count what else is locked. */
struct run_look {
	struct run_page page[RUN_PAGES];
	long locked;
};

#define RUN_MINCORE	64		/* pages whose bytes are looked at */

/* Of which bytes come, if all is mapped. */
static inline unsigned run_mincore_pages(const struct prog_call *c)
{
	uint64_t pages = (c->arg[1] + PROG_PAGE - 1) / PROG_PAGE;

	if (c->arg[0] % PROG_PAGE || c->arg[1] >> 46)
		return 0;			/* it is refused at once */
	return pages < RUN_MINCORE ? pages : RUN_MINCORE;
}

/* The guarantees of docs/lock-designs.md. */
enum { RUN_G1 = 1, RUN_G2 = 2, RUN_G3 = 4 };

/* What shows that they are broken. */
struct run_proof {
	long secret;			/* pages of the disks that have it */
	uint8_t edited;			/* pages of memlocked tasks: changed */
	uint8_t plain;			/* ... : their area has no lock */
	bool later_plain;		/* what is mapped now gets none */
};

struct executor {
	const char *name;
	/* What all programs begin with, once. */
	void (*prepare)(void);
	/* One program's life: task 0 is there, with a plain program executed,
	 * and nothing is left of the program before.  Its calls may be made
	 * before they are asked for, as long as nobody can tell. */
	void (*start)(const struct prog *p);
	/* The result, addresses from the base; touches: minus the signal. */
	long (*call)(const struct prog_call *c);
	void (*look)(unsigned task, struct run_look *look);
	/* As the task reads it: a digest, or minus a signal.  Asked at the end,
	 * of all pages of a task one after the other. */
	long (*contents)(unsigned task, unsigned page);
	/* The disks are changed by those who own them. */
	void (*edit)(void);
	/* Which guarantees are broken (RUN_G1 ...), and what shows it. */
	unsigned (*broken)(const bool *alive, struct run_proof *proof);
	void (*end)(void);
	/* What a task executes begins here, if it is of this program. */
	void (*task)(char **argv);
};

/* May the call be made?  Tasks come and go. */
static inline bool run_enabled(const struct prog_call *c, const bool *alive)
{
	if (!alive[c->task])
		return false;
	for (unsigned n = 0; n < PROG_TASKS; n++)
		if (!alive[n])
			return true;
	return c->op != PROG_FORK;
}

/* 0, or under attack: which program of this run, from 1. */
extern unsigned run_number;
extern const char *run_design;		/* memlock=, if the executor has them */

extern const struct executor executor;

/* Byte i of the secret of a run's program. */
static inline unsigned char run_secret(unsigned run, unsigned i)
{
	uint64_t z = (run * 16ull + i + 1) * 0x9e3779b97f4a7c15ull;

	return (z ^ z >> 29) * 0xbf58476d1ce4e5b9ull >> 56;
}

/* Of RUN_BYTES bytes. */
static inline long run_digest(const unsigned char *bytes)
{
	long sum = 0;

	for (unsigned i = 0; i < RUN_BYTES; i++)
		sum += (long)bytes[i] * (i + 1);
	return sum;
}

#endif
