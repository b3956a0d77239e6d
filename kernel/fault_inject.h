/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fault injection on demand: the n-th allocation of a page or an object, or the
 * n-th read or write of a disk, by one task or a family of tasks fails.  Armed
 * through /proc/holdfast/fail_alloc, fail_read, fail_write and fail_frame; one
 * at a time.
 */
#ifndef KERNEL_FAULT_INJECT_H
#define KERNEL_FAULT_INJECT_H

#include <lib/types.h>

enum fault_what {
	FAULT_NONE, FAULT_ALLOC, FAULT_READ, FAULT_WRITE,
	FAULT_FRAME,		/* no frame is free: reclaim first, or fail */
};

extern enum fault_what fault_armed;	/* what is counted */
/* Who met the fault in a system call that has not returned; or NULL. */
extern const struct task_struct *fault_met;

bool fault_count(void);
void fault_syscall_enter(void);
void fault_syscall_leave(int nr, long ret);

static inline bool should_fail(enum fault_what what)
{
	return unlikely(fault_armed) && fault_armed == what && fault_count();
}

static inline bool should_fail_alloc(void)
{
	return should_fail(FAULT_ALLOC);
}

static inline bool should_find_no_frame(void)
{
	return should_fail(FAULT_FRAME);
}

/* "N [lasting] [tree] [probe] [paths]", N >= 1: the caller's N-th from now on
 * fails; and all after it; of its descendants made from now on too; or none
 * does, and only who would have met it is noted; counted are those alone that
 * are asked for by a call path seen for the first time.  "0": nothing is armed.
 * Changes the text; 0 or -EINVAL. */
int fault_arm(enum fault_what what, char *text);
/* "N": still to come; or "-1" and, if it was in a system call that returned,
 * the call's number and result. */
int fault_show(char *buf, size_t size);

#endif
