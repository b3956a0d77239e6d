// SPDX-License-Identifier: GPL-2.0
/*
 * The one target: what libFuzzer calls, and AFL++ through its libFuzzer driver.
 * With FUZZ_SPEED=1 in the environment it says at the end how fast it was, and
 * what a timer of processor time found it at.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
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

/* ---- speed ------------------------------------------------------------- */

#define EVERY_US 1000

static unsigned long samples[NR_PHASES];

static void sample(int signal)
{
	samples[phase]++;
}

/* In seconds of this process: others may be busy too. */
static void say_speed(void)
{
	static const char *const name[NR_PHASES] = {
		"libFuzzer", "changing programs", "copying the start",
		"calls (mm/ and its world)", "checks", "the end of programs",
		"counters of code",
	};
	double s = (double)clock() / CLOCKS_PER_SEC;
	unsigned long sum = 1;

	fprintf(stderr, "%lu programs, %lu calls: %.0f programs, %.0f calls "
		"per second of a processor\ntime:", all_programs, all_calls,
		all_programs / s, all_calls / s);
	for (unsigned i = 0; i < NR_PHASES; i++)
		sum += samples[i];
	for (unsigned i = 0; i < NR_PHASES; i++)
		fprintf(stderr, "%s %s %.0f %%", i ? "," : "", name[i],
			samples[i] * 100.0 / sum);
	fprintf(stderr, "\n");
}

static void measure(void)
{
	const struct itimerval every = { { 0, EVERY_US }, { 0, EVERY_US } };

	signal(SIGPROF, sample);
	setitimer(ITIMER_PROF, &every, NULL);
	atexit(say_speed);
}

/* ---- what libFuzzer calls ---------------------------------------------- */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const struct input nothing;

	read_environment();
	play(&nothing, found);	/* boots: no part of the first program */
	if (getenv("FUZZ_SPEED"))
		measure();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct input in;
	struct prog_error error;

	if (!input_decode(data, size, &in, &error) &&
	    (only_design < 0 || in.design == (unsigned)only_design))
		play(&in, found);
	phase = AT_COUNTERS;
	if (only_novel)
		forget_known();
	phase = AT_ENGINE;
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned seed)
{
	phase = AT_CHANGE;
	size = mutate_bytes(data, size, max, seed);
	phase = AT_ENGINE;
	return size;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size,
				 const uint8_t *b, size_t b_size, uint8_t *out,
				 size_t max, unsigned seed)
{
	size_t size;

	phase = AT_CHANGE;
	size = splice_bytes(a, a_size, b, b_size, out, max, seed);
	phase = AT_ENGINE;
	return size;
}
