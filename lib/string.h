/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of <string.h> the kernel uses, and vsnprintf.  ISO C semantics. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stdarg.h>
#include <lib/types.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *needle);
/* Copies at most size - 1 bytes and always terminates; returns strlen(src)
 * (BSD strlcpy: compare the result with size to see truncation). */
size_t strlcpy(char *dst, const char *src, size_t size);

/* %d %u %x %o %c %s %p %% with flags "-0#", width, precision (also *) and
 * l ll z t; nothing else.  Returns the length it would have had. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#endif
