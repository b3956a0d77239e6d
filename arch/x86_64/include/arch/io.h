/* SPDX-License-Identifier: GPL-2.0 */
/* x86 I/O ports.  For arch/x86_64, drivers/uart.c and PCI drivers only. */
#ifndef ARCH_IO_H
#define ARCH_IO_H

#include <lib/types.h>

#define DEFINE_PORT(width, type)					\
static inline void out##width(u16 port, type value)			\
{									\
	__asm__ volatile("out" #width " %0, %1"				\
			 : : "a"(value), "Nd"(port) : "memory");	\
}									\
static inline type in##width(u16 port)					\
{									\
	type value;							\
	__asm__ volatile("in" #width " %1, %0"				\
			 : "=a"(value) : "Nd"(port) : "memory");	\
	return value;							\
}
DEFINE_PORT(b, u8)
DEFINE_PORT(w, u16)
DEFINE_PORT(l, u32)

/* n bytes from memory to one port, in one instruction. */
static inline void outsb(u16 port, const void *buf, size_t n)
{
	__asm__ volatile("rep outsb" : "+S"(buf), "+c"(n) : "d"(port)
			 : "memory");
}

#endif
