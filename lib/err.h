/* SPDX-License-Identifier: GPL-2.0 */
/* errno values (the kernel's own UAPI numbers), and errors in pointers. */
#ifndef LIB_ERR_H
#define LIB_ERR_H

#include <asm/errno.h>
#include <lib/types.h>

/* Kernel-internal: never reach user mode (Linux: include/linux/errno.h). */
#define ERESTARTSYS 512		/* restart if SA_RESTART or no handler */
#define ERESTARTNOHAND 514	/* restart if no handler */
#define ERESTART_RESTARTBLOCK 516 /* the same, through restart_syscall */

#define MAX_ERRNO 4095
#define IS_ERR_VALUE(x) \
	unlikely((unsigned long)(x) >= (unsigned long)-MAX_ERRNO)

static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

static inline long PTR_ERR(const void *ptr)
{
	return (long)ptr;
}

static inline bool IS_ERR(const void *ptr)
{
	return IS_ERR_VALUE((unsigned long)ptr);
}

static inline bool IS_ERR_OR_NULL(const void *ptr)
{
	return !ptr || IS_ERR(ptr);
}

/* The error of one kind of pointer as another kind. */
static inline void *ERR_CAST(const void *ptr)
{
	return (void *)ptr;
}

static inline int PTR_ERR_OR_ZERO(const void *ptr)
{
	return IS_ERR(ptr) ? PTR_ERR(ptr) : 0;
}

#endif
