// SPDX-License-Identifier: GPL-2.0
/*
 * Looks at the locks on a process's memory, and plays with its own.
 *
 *   vmlock status [PID]          a line per area: size, resident, swapped, lock
 *   vmlock try                   each call of the mlock family, its answer,
 *                                and what is locked after it
 *   vmlock hold MIB [SECONDS]    lock that much and keep it (default: 60 s),
 *                                to be watched with free and /proc/vmstat
 *
 * There is no `vmlock run PROGRAM`: locks end at exec, on Linux and here.
 * What a program keeps over exec is a designation (tools/memlock-mark).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define PAGE 4096ul

struct area {
	char range[64], perms[8], name[128], lock[16];
	unsigned long size, rss, swap, locked;		/* kB */
};

static void print_area(const struct area *a)
{
	printf("%-33s %-4s %8lu %8lu %8lu %8lu  %-5s %s\n", a->range, a->perms,
	       a->size, a->rss, a->swap, a->locked, a->lock, a->name);
}

static void add_area(struct area *sum, const struct area *a)
{
	sum->size += a->size;
	sum->rss += a->rss;
	sum->swap += a->swap;
	sum->locked += a->locked;
}

/*
 * "lo" of VmFlags: locked.  The kernel has no word for on fault and prints its
 * flag as "??"; a kernel that gives it a word would say "lf".
 */
static void read_flags(struct area *a, const char *flags)
{
	bool lo = strstr(flags, " lo");
	bool onfault = strstr(flags, " lf") || strstr(flags, " ??");

	strcpy(a->lock, lo ? onfault ? "fault" : "yes" : "-");
}

/* A line of smaps into the area; true if it begins the next area. */
static bool parse_line(struct area *a, const char *line, struct area *next)
{
	unsigned long kb;

	if (sscanf(line, "%63[0-9a-f-] %7s %*s %*s %*s %127[^\n]", next->range,
		   next->perms, next->name) >= 2 && strchr(next->range, '-'))
		return true;
	if (sscanf(line, "Size: %lu", &kb) == 1)
		a->size = kb;
	else if (sscanf(line, "Rss: %lu", &kb) == 1)
		a->rss = kb;
	else if (sscanf(line, "Swap: %lu", &kb) == 1)
		a->swap = kb;
	else if (sscanf(line, "Locked: %lu", &kb) == 1)
		a->locked = kb;
	else if (!strncmp(line, "VmFlags:", 8))
		read_flags(a, line + 8);
	return false;
}

static int status(const char *pid)
{
	struct area a = { 0 }, sum = { .range = "total", .lock = "" };
	char path[64], line[512];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/smaps", pid);
	f = fopen(path, "r");
	if (!f) {
		fprintf(stderr, "vmlock: %s: %s\n", path, strerror(errno));
		return 1;
	}
	printf("%-33s %-4s %8s %8s %8s %8s  %-5s %s\n", "area", "", "size kB",
	       "rss", "swap", "locked", "lock", "of");
	while (fgets(line, sizeof(line), f)) {
		struct area next = { .lock = "-" };

		if (!parse_line(&a, line, &next))
			continue;
		if (a.range[0])
			print_area(&a);
		add_area(&sum, &a);
		a = next;
	}
	print_area(&a);
	add_area(&sum, &a);
	print_area(&sum);
	fclose(f);
	return 0;
}

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

static void row(const char *call, int ret)
{
	printf("  %-36s %-28s %8ld kB\n", call,
	       ret ? strerror(errno) : "0", locked_kb());
}

static int try_all(void)
{
	char *p = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("vmlock: mmap");
		return 1;
	}
	printf("  %-36s %-28s %11s\n", "call", "answer", "VmLck after");
	row("(16 pages mapped)", 0);
	row("mlock(first 8 pages)", mlock(p, 8 * PAGE));
	row("mlock2(all 16, MLOCK_ONFAULT)",
	    mlock2(p, 16 * PAGE, MLOCK_ONFAULT));
	row("munlock(page 4)", munlock(p + 4 * PAGE, PAGE));
	row("munlock(all 16)", munlock(p, 16 * PAGE));
	row("mlockall(MCL_CURRENT)", mlockall(MCL_CURRENT));
	row("mlockall(MCL_CURRENT | MCL_FUTURE)",
	    mlockall(MCL_CURRENT | MCL_FUTURE));
	row("munlockall()", munlockall());
	row("munlock(0, 0)", munlock(NULL, 0));
	return 0;
}

static int hold(const char *mib_text, const char *seconds)
{
	size_t size = strtoul(mib_text, NULL, 0) << 20;
	struct rlimit limit;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mlock(p, size)) {
		fprintf(stderr, "vmlock: %s MiB: %s", mib_text,
			strerror(errno));
		if (!getrlimit(RLIMIT_MEMLOCK, &limit))
			fprintf(stderr, " (the limit is %llu kB)",
				(unsigned long long)limit.rlim_cur / 1024);
		fprintf(stderr, "\n");
		return 1;
	}
	printf("vmlock: process %d holds %ld kB locked\n", getpid(),
	       locked_kb());
	fflush(stdout);
	sleep(seconds ? strtoul(seconds, NULL, 0) : 60);
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "status";

	if (!strcmp(verb, "status"))
		return status(argc > 2 ? argv[2] : "self");
	if (!strcmp(verb, "try"))
		return try_all();
	if (!strcmp(verb, "hold") && argc > 2)
		return hold(argv[2], argc > 3 ? argv[3] : NULL);
	fprintf(stderr, "usage: vmlock status [PID] | try | "
		"hold MIB [SECONDS]\n");
	return 2;
}
