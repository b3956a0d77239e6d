/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs: short lists of memory, process and swap calls of a few tasks, as
 * text in syzkaller's notation, so that they travel to and from syzkaller
 * (the calls it does not know are declared in holdfast.txt):
 *
 *	# a comment
 *	syz_holdfast_exec(0x1)
 *	mlockall(0x1)
 *	mmap(&(0x7f0000002000/0x1000)=nil, 0x1000, 0x3, 0x32, \
 *	     0xffffffffffffffff, 0x0) (fail_nth: 2)
 *	syz_holdfast_fork()
 *	syz_holdfast_task(0x1)
 *	syz_holdfast_write(&(0x7f0000001000/0x1000)=nil)
 *
 * One call to a line (the \ above is only for this comment).  Calls belong to
 * the task that syz_holdfast_task named last, at first 0; fork makes the lowest
 * number that is free.  A file is a resource, rN = syz_holdfast_file(0x0).
 * (fail_nth: N), syzkaller's own, makes the N-th allocation inside the call
 * fail; syz_holdfast_fail_io(0x0, N) the N-th page read from a disk, (0x1, N)
 * the N-th page written, inside the call that follows.  After
 * syz_holdfast_fail_allocs(N) all from the N-th on fail; after
 * syz_holdfast_frames(N) that call finds only N frames of memory free.  (What
 * is counted is the executor's: another one's N-th allocation is another.)
 *
 * An executor gives every task that execs the same address space at a base of
 * its own choice, in pages from there:
 *
 *	0  text, r-x, private, page 0 of the image's file
 *	1  data, rw-, private, page 1 of it
 *	2  free, PROG_PAGES - 2 pages; the heap, empty, begins at PROG_HEAP
 *
 * The same in bytes, for fuzzers (prog_binary.c), is one call after the other:
 *
 *	head		bits 0-4 the call, 5-6 the task, 7: a fault follows
 *	fault, nth	one byte each: prog_fault from 1, and 1 to 255
 *	arguments	as many as the call has, a number each:
 *
 *	00-7f		0 to 127
 *	80-bf		0 to 63 pages
 *	c0-cf		-1 to -16
 *	d0-df		-1 to -16 pages
 *	e1-e8		the 1 to 8 bytes that follow, the lowest first
 *
 * The library knows nothing of what calls do and uses nothing but libc.
 */
#ifndef EXPLORE_PROG_H
#define EXPLORE_PROG_H

#include <stddef.h>
#include <stdint.h>

#define PROG_BASE	0x7f0000000000ull	/* in text; 0 in memory */
#define PROG_PAGE	4096ull
#define PROG_PAGES	6
#define PROG_HEAP	5		/* page */
#define PROG_TASKS	4
#define PROG_CALLS	64
#define PROG_TEXT	(PROG_CALLS * 160)	/* bytes of a printed one */

enum prog_op {
	PROG_MMAP, PROG_MUNMAP, PROG_MPROTECT, PROG_MREMAP, PROG_MADVISE,
	PROG_MSYNC, PROG_MLOCK, PROG_MLOCK2, PROG_MUNLOCK, PROG_MLOCKALL,
	PROG_MUNLOCKALL,
	PROG_BRK,	/* arg[0]: bytes above the heap's start */
	PROG_FORK,
	PROG_EXEC,	/* arg[0]: 1 the designated program, 0 a plain one */
	PROG_EXIT,
	PROG_READ,	/* the task reads, or writes, at arg[0] */
	PROG_WRITE,
	PROG_RECLAIM,	/* of the page at arg[0], as far as it may be */
	PROG_PRESSURE,	/* of every page */
	PROG_SWAPOFF, PROG_SWAPON,
	PROG_EDIT,	/* on its disk, page arg[1] of file arg[0], by others */
	PROG_MINCORE,	/* its bytes go to arg[2] */
	PROG_LIMIT,	/* RLIMIT_MEMLOCK is arg[0] bytes, which is heeded: the
			 * task loses CAP_IPC_LOCK */
	PROG_TRUNCATE,	/* file arg[0] has arg[1] bytes, by others; two pages
			 * at most */
	PROG_NR_OPS
};

enum prog_fault { PROG_NO_FAULT, PROG_FAIL_ALLOC, PROG_FAIL_READ,
		  PROG_FAIL_WRITE,
		  PROG_SHORT,	/* all but nth - 1 frames are taken: the nth
				 * allocation of a frame must reclaim */
		  PROG_FAIL_ALLOCS,	/* the nth and all later ones */
		  PROG_NR_FAULTS };

/* File numbers. */
#define PROG_ANON	(~0ull)		/* mmap without a file */
#define PROG_FILE	0ull		/* two pages on a disk, read-only */
#define PROG_MEMFD	1ull		/* two pages of memory, rw */
#define PROG_RW_FILE	2ull		/* two pages on a disk, rw */
#define PROG_IMAGE	3ull		/* what exec maps; only for edit */
#define PROG_NR_FILES	4

struct prog_call {
	uint8_t op, task;
	uint8_t fault, nth;	/* prog_fault, counted from 1 */
	/* As the system call has them; addresses in bytes from the base (any
	 * value: they wrap), files by number. */
	uint64_t arg[6];
};

struct prog {
	unsigned n;
	struct prog_call call[PROG_CALLS];
};

struct prog_error {
	unsigned line, column;	/* from 1 */
	const char *reason;
};

/* What a call is named and how its arguments are written, one letter each:
 * a address, l length, x number, f file. */
struct prog_desc { const char *name, *args; };
extern const struct prog_desc prog_desc[PROG_NR_OPS];

/* 0, or -1 with *error set.  Everything valid is accepted that prog_print()
 * prints, and blank lines, comments and `rN = ` before any call. */
int prog_parse(const char *text, struct prog *p, struct prog_error *error);
/* The same from a file ("-": standard input); an error is printed as one line,
 * file:line:column: reason. */
int prog_load(const char *path, struct prog *p);
/* NUL-terminated text, one line a call; its length (cut off if `size` is less
 * than PROG_TEXT and too small). */
size_t prog_print(const struct prog *p, char *buf, size_t size);

#define PROG_BYTES (PROG_CALLS * (3 + 6 * 9))	/* of the longest */
/* The shortest binary form, at most PROG_BYTES; how many bytes. */
size_t prog_encode(const struct prog *p, unsigned char *buf);
/* 0, or -1 with *error set: line is the call, column the byte.  All that
 * prog_encode() makes is accepted, and longer forms of its numbers. */
int prog_decode(const unsigned char *bytes, size_t n, struct prog *p,
		struct prog_error *error);

#endif
