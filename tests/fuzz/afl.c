// SPDX-License-Identifier: GPL-2.0
/* The mutator as AFL++ loads it (AFL_CUSTOM_MUTATOR_LIBRARY). */
#include <string.h>

#include "mutate.h"

void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out,
		       uint8_t *other, size_t other_size, size_t max);
void afl_custom_deinit(void *data);

static struct { uint64_t seed; uint8_t bytes[INPUT_BYTES]; } mutator;

void *afl_custom_init(void *afl, unsigned seed)
{
	read_environment();
	mutator.seed = (uint64_t)seed << 32;
	return &mutator;
}

/* Every eighth is spliced with another. */
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out,
		       uint8_t *other, size_t other_size, size_t max)
{
	if (max > sizeof(mutator.bytes))
		max = sizeof(mutator.bytes);
	*out = mutator.bytes;
	if (other && !(mutator.seed++ % 8))
		return splice_bytes(buf, size, other, other_size, *out, max,
				    mutator.seed);
	size = size > max ? max : size;
	memcpy(*out, buf, size);
	return mutate_bytes(*out, size, max, mutator.seed);
}

void afl_custom_deinit(void *data)
{
}
