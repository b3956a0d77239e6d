// SPDX-License-Identifier: GPL-2.0
/*
 * The secret keeper of the demonstration.  It fills pages with a pattern that
 * can be told from everything else in the machine, lets memory get tight,
 * waits while the host looks at the swap disk (and edits it), and then looks
 * whether its pages still hold what it wrote, whether code that it mapped from
 * a file is still the code it was, and whether its locks can be taken away.
 *
 *   keeper PAGES MARKER [PRESSURE_MIB [CODE]]
 *
 * The pattern comes from MARKER, a number given at run time, so that neither
 * the program's file nor its arguments contain a byte of it.  The secret lies
 * in .bss: a part of the program that every lock design covers.  CODE is a file
 * of machine code that takes nothing and returns a number, mapped as a library
 * would be; the host edits it on the disk.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define MAX_PAGES 4096
#define WORDS (PAGE / sizeof(uint64_t))

static uint64_t secret[MAX_PAGES][WORDS] __attribute__((aligned(PAGE)));

/* splitmix64: the host has the same one (tools/demo). */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* Two words that every page begins with, its number, and noise of its own. */
static uint64_t pattern(uint64_t marker, unsigned page, unsigned word)
{
	static uint64_t state;

	if (word == 0)
		state = marker;
	if (word == 2) {
		state = marker ^ ((uint64_t)page << 32);
		return page;
	}
	return next(&state);
}

static void fill(unsigned pages, uint64_t marker)
{
	for (unsigned p = 0; p < pages; p++)
		for (unsigned w = 0; w < WORDS; w++)
			secret[p][w] = pattern(marker, p, w);
}

static unsigned count_tampered(unsigned pages, uint64_t marker)
{
	unsigned tampered = 0;

	for (unsigned p = 0; p < pages; p++) {
		bool differs = false;

		for (unsigned w = 0; w < WORDS; w++)
			differs |= secret[p][w] != pattern(marker, p, w);
		tampered += differs;
	}
	return tampered;
}

/* "VmLck:" of /proc/self/status in kB, -1 if there is none. */
static long locked_kb(void)
{
	char line[256];
	long kb = -1;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "VmLck: %ld", &kb);
	if (f)
		fclose(f);
	return kb;
}

/* vfork: a copy of this process would have the secret in plain memory. */
static void make_pressure(const char *mib)
{
	char *argv[] = { "pressure", (char *)mib, "2", NULL };
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		execv("/bin/pressure", argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		printf("keeper: pressure failed\n");
}

typedef int code(void);

/* The code in a file; NULL: it could not be mapped. */
static code *map_code(const char *path)
{
	int fd = open(path, O_RDONLY);
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	if (fd >= 0)
		close(fd);
	if (p == MAP_FAILED) {
		printf("keeper: %s: %s\n", path, strerror(errno));
		return NULL;
	}
	return (code *)p;
}

static const char *answer(int ret)
{
	if (ret == 0)
		return "0";
	switch (errno) {
	case EINVAL: return "EINVAL";
	case EPERM: return "EPERM";
	case ENOMEM: return "ENOMEM";
	default: return strerror(errno);
	}
}

int main(int argc, char **argv)
{
	unsigned pages, tampered;
	uint64_t marker;
	code *run = NULL;
	char line[16];

	if (argc < 3 || (pages = strtoul(argv[1], NULL, 0)) == 0 ||
	    pages > MAX_PAGES) {
		fprintf(stderr, "usage: keeper PAGES MARKER "
			"[PRESSURE_MIB [CODE]]\n");
		return 2;
	}
	marker = strtoull(argv[2], NULL, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	fill(pages, marker);
	if (argc > 4 && (run = map_code(argv[4])))
		printf("keeper: code=%d\n", run());
	printf("keeper: filled pages=%u locked_kb=%ld\n", pages, locked_kb());
	if (argc > 3)
		make_pressure(argv[3]);
	printf("keeper: waiting\n");
	if (!fgets(line, sizeof(line), stdin))
		return 1;

	tampered = count_tampered(pages, marker);
	printf("keeper: checked intact=%u tampered=%u\n", pages - tampered,
	       tampered);
	if (run)
		printf("keeper: code=%d\n", run());
	printf("keeper: munlock=%s\n", answer(munlock(secret, sizeof(secret))));
	printf("keeper: munlockall=%s\n", answer(munlockall()));
	printf("keeper: done locked_kb=%ld\n", locked_kb());
	return 0;
}
