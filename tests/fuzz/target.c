// SPDX-License-Identifier: GPL-2.0
/*
 * The one target: what libFuzzer calls, and AFL++ through its libFuzzer driver.
 * With FUZZ_SPEED=1 in the environment it says at the end how fast it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mutate.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size,
				 const uint8_t *b, size_t b_size, uint8_t *out,
				 size_t max, unsigned seed);

const char *__asan_default_options(void);

/* mm/ has memory of its own; what libFuzzer allocates need not be watched so
 * closely that it costs a third of the time. */
const char *__asan_default_options(void)
{
	return "detect_leaks=0:quarantine_size_mb=1:malloc_context_size=1:"
	       "max_malloc_fill_size=0";
}

static void found(const char *finding)
{
	fprintf(stderr, "finding: %s\nafter %lu programs\n", finding,
		all_programs + 1);
	abort();
}

/* In seconds of this process: others may be busy too. */
static void say_speed(void)
{
	double s = (double)clock() / CLOCKS_PER_SEC;

	fprintf(stderr, "%lu programs, %lu calls: %.0f programs, %.0f calls "
		"per second of a processor\n", all_programs, all_calls,
		all_programs / s, all_calls / s);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const struct input nothing;

	read_environment();
	play(&nothing, found);	/* boots: no part of the first program */
	if (getenv("FUZZ_SPEED"))
		atexit(say_speed);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct input in;
	struct prog_error error;

	if (!input_decode(data, size, &in, &error) &&
	    (only_design < 0 || in.design == (unsigned)only_design))
		play(&in, found);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned seed)
{
	return mutate_bytes(data, size, max, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size,
				 const uint8_t *b, size_t b_size, uint8_t *out,
				 size_t max, unsigned seed)
{
	return splice_bytes(a, a_size, b, b_size, out, max, seed);
}
