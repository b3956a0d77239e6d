// SPDX-License-Identifier: GPL-2.0
/*
 * Makes memory tight: a child touches more of it than there is, so that
 * something has to go to swap, then checks that all it wrote is still there.
 *
 *   pressure [MIB [ROUNDS]]     (default: MemTotal and a quarter, 1 round)
 *
 * Exit status 0: every page held what was written.  In a child, so that the
 * OOM killer takes it and not the reporter.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul

static unsigned long mem_total_mib(void)
{
	char line[256];
	unsigned long kb = 0;
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "MemTotal: %lu", &kb);
	if (f)
		fclose(f);
	return kb / 1024;
}

static uint64_t expected(unsigned long page, unsigned round)
{
	return (page + 1) * 0x9e3779b97f4a7c15ul + round;
}

/* Pages that did not hold what was written. */
static unsigned long squeeze(unsigned long mib, unsigned rounds)
{
	unsigned long pages = mib << 20 >> 12, wrong = 0;
	char *mem = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mem == MAP_FAILED) {
		perror("pressure: mmap");
		_exit(2);
	}
	for (unsigned r = 0; r < rounds; r++) {
		for (unsigned long p = 0; p < pages; p++)
			*(uint64_t *)(mem + p * PAGE) = expected(p, r);
		for (unsigned long p = 0; p < pages; p++)
			wrong += *(uint64_t *)(mem + p * PAGE) !=
				 expected(p, r);
	}
	return wrong;
}

int main(int argc, char **argv)
{
	unsigned long mib = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;
	unsigned rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	int status;
	pid_t pid;

	if (!mib)
		mib = mem_total_mib() * 5 / 4;
	pid = fork();
	if (pid == 0)
		_exit(squeeze(mib, rounds) != 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("pressure");
		return 2;
	}
	if (WIFSIGNALED(status)) {
		printf("pressure: %lu MiB: killed by signal %d\n", mib,
		       WTERMSIG(status));
		return 128 + WTERMSIG(status);
	}
	printf("pressure: %lu MiB, %u round%s: %s\n", mib, rounds,
	       rounds == 1 ? "" : "s",
	       WEXITSTATUS(status) ? "contents LOST" : "contents held");
	return WEXITSTATUS(status);
}
