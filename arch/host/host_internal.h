/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of arch/host. */
#ifndef HOST_INTERNAL_H
#define HOST_INTERNAL_H

void host_sched_init(void);

#endif
