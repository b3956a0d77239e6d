// SPDX-License-Identifier: GPL-2.0
/*
 * The fuzzer without an engine, for tools/fuzz and for replays anywhere:
 *
 *	FILE...			run them; what is broken is printed
 *	--minimise FILE		reduced, as text
 *	--text FILE		as text
 *	--binary FOLDER FILE...	text becomes inputs there, NAME.DESIGN
 *	--random FOLDER SEED N CALLS	so many inputs there
 *	--dict FILE...		the calls in them, a word each for AFL++
 *	--speed SEED N CALLS	run so many programs, all of whose calls are
 *				made; how many there were
 *
 * A file is an input (play.h), or text, which stands for one input under the
 * design of its first line, `# memlock=NAME`, or without that under each.
 * Exit status: 0, 1 if something is broken, 2 for a file that is no input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "minimise.h"
#include "mutate.h"

/* ---- files ------------------------------------------------------------- */

static size_t slurp(const char *path, unsigned char *bytes, size_t max)
{
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(bytes, 1, max, f) : 0;

	if (!f || ferror(f)) {
		fprintf(stderr, "%s:1:1: cannot be read\n", path);
		exit(2);
	}
	fclose(f);
	return n;
}

/* How a text says what it is for; NR_DESIGNS: it does not. */
static unsigned design_of(const char *text)
{
	for (unsigned d = 0; d < NR_DESIGNS; d++) {
		char line[32];

		snprintf(line, sizeof(line), "# memlock=%s\n", design_name[d]);
		if (!strncmp(text, line, strlen(line)))
			return d;
	}
	return NR_DESIGNS;
}

/* The inputs that a file stands for: how many.  Or the end, with one line. */
static unsigned load(const char *path, struct input in[NR_DESIGNS])
{
	static unsigned char bytes[2 * PROG_TEXT];
	size_t n = slurp(path, bytes, sizeof(bytes) - 1);
	struct prog_error e;
	unsigned design, count;

	bytes[n] = '\0';
	if (n && bytes[0] < '\t') {		/* no text */
		if (!input_decode(bytes, n, &in[0], &e))
			return 1;
		fprintf(stderr, "%s:%u:%u: %s\n", path, e.line, e.column,
			e.reason);
		exit(2);
	}
	if (prog_load(path, &in[0].prog))
		exit(2);
	design = design_of((char *)bytes);
	count = design == NR_DESIGNS ? NR_DESIGNS : 1;
	for (unsigned d = 0; d < count; d++) {
		in[d].prog = in[0].prog;
		in[d].design = count == 1 ? design : d;
	}
	return count;
}

static void print(const struct input *in, const char *finding)
{
	static char text[PROG_TEXT];

	prog_print(&in->prog, text, sizeof(text));
	printf("# memlock=%s\n", design_name[in->design]);
	if (finding)
		printf("# %s\n", finding);
	printf("%s", text);
}

static void store(const char *folder, const char *name, const char *suffix,
		  const struct input *in)
{
	static unsigned char bytes[INPUT_BYTES];
	size_t n = input_encode(in, bytes);
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.%s", folder, name, suffix);
	f = fopen(path, "wb");
	if (!f || fwrite(bytes, 1, n, f) != n || fclose(f)) {
		perror(path);
		exit(2);
	}
}

/* ---- what it does ------------------------------------------------------ */

static int replay(int n, char **path)
{
	static struct input in[NR_DESIGNS];
	char finding[FINDING];
	int broken = 0;

	for (int i = 0; i < n; i++) {
		unsigned count = load(path[i], in);

		for (unsigned d = 0; d < count; d++) {
			if (!try_input(&in[d], finding))
				continue;
			broken = 1;
			printf("%s: memlock=%s: %s\n", path[i],
			       design_name[in[d].design], finding);
		}
	}
	return broken;
}

/* The first of its inputs that breaks something. */
static int minimise_file(const char *path)
{
	static struct input in[NR_DESIGNS];
	unsigned count = load(path, in);
	char finding[FINDING];

	for (unsigned d = 0; d < count; d++) {
		if (!minimise(&in[d], finding))
			continue;
		print(&in[d], finding);
		return 1;
	}
	return 0;
}

static int to_text(const char *path)
{
	static struct input in[NR_DESIGNS];

	load(path, in);
	print(&in[0], NULL);
	return 0;
}

static int to_binary(const char *folder, int n, char **path)
{
	static struct input in[NR_DESIGNS];

	for (int i = 0; i < n; i++) {
		const char *slash = strrchr(path[i], '/');
		unsigned count = load(path[i], in);

		for (unsigned d = 0; d < count; d++)
			store(folder, slash ? slash + 1 : path[i],
			      design_name[in[d].design], &in[d]);
	}
	return 0;
}

static int dictionary(int n, char **path)
{
	static struct input in[NR_DESIGNS], one;
	static unsigned char bytes[INPUT_BYTES];

	for (int i = 0; i < n; i++) {
		load(path[i], in);
		for (unsigned c = 0; c < in[0].prog.n; c++) {
			size_t size;

			one.prog.call[0] = in[0].prog.call[c];
			one.prog.n = 1;
			size = input_encode(&one, bytes);
			printf("\"");
			for (size_t b = 1; b < size; b++)
				printf("\\x%02x", bytes[b]);
			printf("\"\n");
		}
	}
	return 0;
}

static int make_random(const char *folder, uint64_t seed, unsigned n,
		       unsigned calls)
{
	static struct input in;
	char name[32];

	mutate_seed(seed);
	for (unsigned i = 0; i < n; i++) {
		random_input(&in, calls);
		snprintf(name, sizeof(name), "random-%06u", i);
		store(folder, name, design_name[in.design], &in);
	}
	return 0;
}

static void stop(const char *finding)
{
	printf("%s\n", finding);
	exit(1);
}

/* Those whose tasks die early are left out. */
static int speed(uint64_t seed, unsigned n, unsigned calls)
{
	struct input *in = calloc(n, sizeof(*in));
	unsigned long before;
	clock_t start, time;

	mutate_seed(seed);
	for (unsigned i = 0; i < n; ) {
		random_input(&in[i], calls);
		play(&in[i], stop);
		i += played == calls;
	}
	before = all_calls;
	start = clock();
	for (unsigned i = 0; i < n; i++)
		play(&in[i], stop);
	time = clock() - start;
	printf("%u programs of %u calls, %lu calls made: %.0f programs, %.0f "
	       "calls per second\n", n, calls, all_calls - before,
	       n * (double)CLOCKS_PER_SEC / time,
	       (all_calls - before) * (double)CLOCKS_PER_SEC / time);
	free(in);
	return 0;
}

static uint64_t value(const char *text)
{
	return strtoull(text, NULL, 0);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	read_environment();
	if (!strcmp(how, "--minimise") && argc == 3)
		return minimise_file(argv[2]);
	if (!strcmp(how, "--text") && argc == 3)
		return to_text(argv[2]);
	if (!strcmp(how, "--binary") && argc > 3)
		return to_binary(argv[2], argc - 3, argv + 3);
	if (!strcmp(how, "--dict") && argc > 2)
		return dictionary(argc - 2, argv + 2);
	if (!strcmp(how, "--random") && argc == 6)
		return make_random(argv[2], value(argv[3]), value(argv[4]),
				   value(argv[5]));
	if (!strcmp(how, "--speed") && argc == 5)
		return speed(value(argv[2]), value(argv[3]), value(argv[4]));
	if (how[0] != '-' && argc > 1)
		return replay(argc - 1, argv + 1);
	fprintf(stderr, "usage: see the first lines of tests/fuzz/tool.c\n");
	return 2;
}
