/* SPDX-License-Identifier: GPL-2.0 */
/* Changes of inputs that keep them valid; random ones (mutate.c). */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include "play.h"

/* What follows depends on this number alone. */
void mutate_seed(uint64_t seed);
/* One change, or a few. */
void mutate(struct input *in);
/* The beginning of one program, the end of the other. */
void splice(struct input *in, const struct input *other);
/* A new program of n calls, under any design. */
void random_input(struct input *in, unsigned n);

/* The same of bytes, in at most `max` of them, as many calls as there is room
 * for: how many bytes.  What is no input becomes a new one. */
size_t mutate_bytes(uint8_t *data, size_t size, size_t max, uint64_t seed);
size_t splice_bytes(const uint8_t *a, size_t a_size, const uint8_t *b,
		    size_t b_size, uint8_t *out, size_t max, uint64_t seed);

#endif
