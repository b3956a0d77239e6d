/* SPDX-License-Identifier: GPL-2.0 */
/* Time.  HZ timer interrupts a second call kernel/'s tick(). */
#ifndef ARCH_CLOCK_H
#define ARCH_CLOCK_H

#include <lib/types.h>

#define HZ 100

u64 clock_monotonic_ns(void);	/* since boot; never goes back */
u64 clock_boot_epoch(void);	/* seconds of 1970 at boot (CMOS) */
void clock_init(void);

#endif
