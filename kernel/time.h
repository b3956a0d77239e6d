/* SPDX-License-Identifier: GPL-2.0 */
/* Times that users give (kernel/time.c). */
#ifndef KERNEL_TIME_H
#define KERNEL_TIME_H

#include <lib/types.h>
#include <linux/time.h>

#define NSEC 1000000000ull

/* A user's timespec in ns, INT64_MAX if it is more: 0, -EFAULT, -EINVAL. */
int get_timespec_ns(u64 *ns, const struct timespec *uts);

#endif
