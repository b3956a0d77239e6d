/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of arch/host. */
#ifndef HOST_INTERNAL_H
#define HOST_INTERNAL_H

void host_sched_init(void);
/* Does this page fail?  Counts down to it (1: this one; 0: none). */
bool host_fail_io(bool write, u64 *countdown, bool lasting);

#endif
