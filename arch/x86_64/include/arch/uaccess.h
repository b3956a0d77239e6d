/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copies between kernel and the current task's user memory.  Each may fault,
 * hence sleep; none may be called with mmap_lock held.  A bad address gives
 * -EFAULT, never a panic; what was copied before it stays copied.
 */
#ifndef ARCH_UACCESS_H
#define ARCH_UACCESS_H

#include <arch/page.h>
#include <lib/err.h>

static inline bool access_ok(const void *addr, size_t size)
{
	return size <= TASK_SIZE && (unsigned long)addr <= TASK_SIZE - size;
}

/* 0 or -EFAULT. */
int __must_check copy_from_user(void *to, const void *from, size_t n);
/* Of a struct whose size the caller knows otherwise: less is filled up with
 * zeros; -E2BIG if there is more and it is not zeros. */
int __must_check copy_struct_from_user(void *to, size_t size, const void *from,
				       size_t usize);
int __must_check copy_to_user(void *to, const void *from, size_t n);
int __must_check clear_user(void *to, size_t n);
/* Bytes NOT copied (0: all), for reads and writes that may be short. */
size_t raw_copy_from_user(void *to, const void *from, size_t n);
size_t raw_copy_to_user(void *to, const void *from, size_t n);
/* Atomically: *uptr becomes `new` if it is *old; *old becomes what it was.  0
 * or -EFAULT.  `uptr` is aligned. */
int __must_check cmpxchg_user(u32 *uptr, u32 *old, u32 new);
/* Length without the NUL, `max` if no NUL in the first max bytes, -EFAULT. */
long __must_check strncpy_from_user(char *to, const char *from, size_t max);

#define get_user(x, ptr) copy_from_user(&(x), (ptr), sizeof(x))
#define put_user(x, ptr) ({ __typeof__(*(ptr)) _v = (x); \
			    copy_to_user((ptr), &_v, sizeof(_v)); })

#endif
