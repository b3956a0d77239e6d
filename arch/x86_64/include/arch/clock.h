/* SPDX-License-Identifier: GPL-2.0 */
/* Time.  The clock interrupts when asked to, in kernel/'s
 * clock_interrupt(). */
#ifndef ARCH_CLOCK_H
#define ARCH_CLOCK_H

#include <lib/types.h>

#define HZ 100

u64 clock_monotonic_ns(void);	/* since boot; never goes back */
u64 clock_boot_epoch(void);	/* seconds of 1970 at boot (CMOS) */
void clock_init(void);
/* Interrupt once, not before that time has passed, nor later than 50 ms: one
 * request replaces the other.  Interrupts off. */
void clock_interrupt_in(u64 ns);

#endif
