/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the two halves of the executor in a guest: exec.c, the process that
 * has the program, and task.c, the processes that are its tasks.  A request
 * goes through the task's own pipe, the answer through one that all share.
 */
#ifndef MMRUN_EXEC_H
#define MMRUN_EXEC_H

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "run.h"

#define RUN_MEMLOCKED "/exec-memlocked"		/* the designated program */

/* A task's descriptors; exec keeps them. */
enum {
	FD_REQUEST = 100,			/* and the other tasks' */
	FD_ANSWER = FD_REQUEST + PROG_TASKS,
	FD_PLAIN,				/* the plain program */
	FD_FILE,				/* and the other files */
};

enum request_kind {
	CALLS, LOOK, JUDGE,
	/* The last of a program: task 0 is then as after exec, for the next
	 * one; others end. */
	CONTENTS,
};

/* Only the calls that there are get sent. */
struct request {
	enum request_kind kind;
	unsigned number;		/* fork: the child's */
	unsigned n;			/* of calls; each is answered */
	struct prog_call call[PROG_CALLS];
};

static inline size_t request_size(const struct request *r)
{
	return offsetof(struct request, call) + r->n * sizeof(r->call[0]);
}

/* What a task finds in /proc, and in its memory, when it was attacked. */
struct evidence {
	bool memlocked;			/* exec or fork made it so */
	uint8_t plain;			/* pages whose area lost its lock */
	bool later_plain;		/* what is mapped now gets none */
	uint8_t edited;			/* pages with what others wrote */
};

struct answer {
	long ret;
	union {
		struct run_look look;	/* a call's, too */
		long contents[RUN_PAGES];
		struct evidence evidence;
	};
};

/* In a new process: it is task 0 from now on. */
void become_task(void);
/* In one that a task executed: argv has its number and the run's. */
void exec_task(char **argv);

static inline void die(const char *what)
{
	perror(what);
	_exit(1);
}

/* A result as the kernel gives it. */
#define RAW(...) ({ long _r = syscall(__VA_ARGS__); _r == -1 ? -errno : _r; })

#endif
