// SPDX-License-Identifier: GPL-2.0
/*
 * Counters of code that say nothing new (play.h).  libFuzzer takes each that is
 * not 0 for a feature, and looks for it among those it has: for a program of 32
 * calls that would be more work than all the calls.  Here the same is done for
 * 16 at a time, and what is left for libFuzzer is what it has not seen.
 */
#include <stdlib.h>
#include <string.h>

#include "play.h"

/* No part of what is tried: not slowed down by the sanitizers. */
#define PLAIN __attribute__((no_sanitize("address", "undefined")))

typedef unsigned char v16 __attribute__((vector_size(16)));

/* All counters, as clang's inline-8bit-counters make them; else NULL. */
extern unsigned char __start___sancov_cntrs[] __attribute__((weak));
extern unsigned char __stop___sancov_cntrs[] __attribute__((weak));

/* Which of the eight ranges that libFuzzer tells apart, as bits; 0: none. */
PLAIN static v16 range_of(v16 n)
{
	static const unsigned char first[] = { 1, 2, 3, 4, 8, 16, 32, 128 };
	v16 bits = { 0 };

	for (unsigned i = 0; i < sizeof(first); i++) {
		v16 reached = (v16)(n >= first[i]);

		bits = (bits & ~reached) | (reached & (unsigned char)(1u << i));
	}
	return bits;
}

PLAIN static bool is_zero(v16 n)
{
	unsigned long half[2];

	memcpy(half, &n, sizeof(half));
	return !(half[0] | half[1]);
}

/* Up to 16 counters, and the ranges known of each. */
PLAIN static void forget(unsigned char *counters, unsigned char *known,
			 size_t n)
{
	v16 count = { 0 }, old = { 0 }, fresh;

	memcpy(&count, counters, n);
	if (is_zero(count))
		return;
	memcpy(&old, known, n);
	fresh = range_of(count) & ~old;
	old |= fresh;
	count &= (v16)(fresh != 0);
	memcpy(known, &old, n);
	memcpy(counters, &count, n);
}

PLAIN void forget_known(void)
{
	static unsigned char *known;
	size_t n = __stop___sancov_cntrs - __start___sancov_cntrs, i;

	if (!known)
		known = calloc(1, n + 1);
	for (i = 0; known && i + 16 <= n; i += 16)
		forget(__start___sancov_cntrs + i, known + i, 16);
	if (known)
		forget(__start___sancov_cntrs + i, known + i, n - i);
}
