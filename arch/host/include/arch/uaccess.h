/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copies between kernel and user memory: through the simulated MMU and mm's
 * fault path.  Contracts as in x86_64's uaccess.h; a call with mmap_lock held
 * stops the host.
 */
#ifndef ARCH_UACCESS_H
#define ARCH_UACCESS_H

#include <arch/page.h>
#include <lib/err.h>

static inline bool access_ok(const void *addr, size_t size)
{
	return size <= TASK_SIZE && (unsigned long)addr <= TASK_SIZE - size;
}

int __must_check copy_from_user(void *to, const void *from, size_t n);
int __must_check copy_to_user(void *to, const void *from, size_t n);
int __must_check clear_user(void *to, size_t n);
size_t raw_copy_from_user(void *to, const void *from, size_t n);
size_t raw_copy_to_user(void *to, const void *from, size_t n);
long __must_check strncpy_from_user(char *to, const char *from, size_t max);

#define get_user(x, ptr) copy_from_user(&(x), (ptr), sizeof(x))
#define put_user(x, ptr) ({ __typeof__(*(ptr)) _v = (x); \
			    copy_to_user((ptr), &_v, sizeof(_v)); })

#endif
