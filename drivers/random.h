/* SPDX-License-Identifier: GPL-2.0 */
/* Random bytes (drivers/random.c). */
#ifndef DRIVERS_RANDOM_H
#define DRIVERS_RANDOM_H

#include <lib/types.h>

/* Fill buf; any context but interrupts.  Never fails, never sleeps. */
void get_random_bytes(void *buf, size_t n);
/* Stir in something an outsider cannot know: /dev/random is written. */
void add_randomness(const void *buf, size_t n);

#endif
