/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Log, assert, stop.  printk's first argument may begin with a KERN_ level;
 * panic prints a symbolised backtrace and ends QEMU with a non-zero status
 * (x86_64), or aborts the process (host).
 */
#ifndef LIB_BUG_H
#define LIB_BUG_H

#include <lib/types.h>

void printk(const char *fmt, ...) __printf(1, 2);
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;

#define BUG() panic("BUG at %s:%d", __FILE__, __LINE__)
#define BUG_ON(cond) do {						\
	if (unlikely(cond))						\
		panic("BUG at %s:%d: %s", __FILE__, __LINE__, #cond);	\
} while (0)

#endif
