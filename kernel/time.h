/* SPDX-License-Identifier: GPL-2.0 */
/* Times that users give (kernel/time.c). */
#ifndef KERNEL_TIME_H
#define KERNEL_TIME_H

#include <lib/types.h>
#include <linux/time.h>

#define NSEC 1000000000ull

static inline struct timespec to_timespec(u64 ns)
{
	return (struct timespec){ ns / NSEC, ns % NSEC };
}

static inline struct timeval to_timeval(u64 ns)
{
	return (struct timeval){ ns / NSEC, ns % NSEC / 1000 };
}

/* INT64_MAX ns if it is more: 0, -EINVAL. */
int time_to_ns(u64 *ns, long sec, u64 nsec);
/* A clock of clock_gettime(): 0, -EINVAL. */
int read_clock(int clock, u64 *ns);
/* A time of a clock that runs by itself, as the monotonic clock's. */
u64 clock_to_monotonic(int clock, u64 at);
bool is_cpu_clock(int clock);
/* Can one wait for a time of it?  0, -EINVAL, -EOPNOTSUPP, -EPERM. */
int check_timer_clock(int clock);

/* A user's timespec in ns, INT64_MAX if it is more: 0, -EFAULT, -EINVAL. */
int get_timespec_ns(u64 *ns, const struct timespec *uts);

#endif
