/* SPDX-License-Identifier: GPL-2.0 */
/* Random bytes for getrandom, AT_RANDOM, /dev/urandom (kernel/random.c). */
#ifndef KERNEL_RANDOM_H
#define KERNEL_RANDOM_H

#include <lib/types.h>

void get_random_bytes(void *buf, size_t n);

#endif
