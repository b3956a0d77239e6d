/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of arch/host. */
#ifndef HOST_INTERNAL_H
#define HOST_INTERNAL_H

void host_sched_init(void);
/* host_run()'s, and NULL outside of it: the caller goes on later. */
extern void (*host_let_others_run)(void);
extern struct host_thread host_kthread;	/* fn NULL: none */
/* Drop a task's address space; it may be the one that is loaded. */
void host_leave_mm(struct task_struct *t);
/* Does this page fail?  Counts down to it (1: this one; 0: none). */
bool host_fail_io(bool write, u64 *countdown, bool lasting);

#endif
