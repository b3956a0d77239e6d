// SPDX-License-Identifier: GPL-2.0
/*
 * One page in each state that a page can be in, for tests/boot/gdb.t: prints a
 * line for each (name, address, frame or swap slot, locked kB of its area; from
 * /proc/self/pagemap and smaps, to be held against what gdb says), and then
 * calls munlockall, where gdb waits, and sleeps for ever.  With an argument no
 * page goes to swap.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE	4096ul
#define BASE	0x10000000ul	/* state n lies at BASE + n * SPAN */
#define SPAN	0x100000ul
#define PRESENT	(1ull << 63)
#define SWAPPED	(1ull << 62)

static char *map(int n, int fd)
{
	char *p = mmap((void *)(BASE + n * SPAN), PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_FIXED | (fd < 0 ? MAP_ANONYMOUS : 0),
		       fd, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return p;
}

static void report(const char *name, const char *page)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t e = 0;

	if (pread(fd, &e, 8, (uintptr_t)page / PAGE * 8) != 8)
		exit(1);
	close(fd);
	printf("%s %#lx %s %llu\n", name, (unsigned long)page,
	       e & PRESENT ? "frame" : e & SWAPPED ? "swap" : "absent",
	       (unsigned long long)(e & PRESENT ? e & ((1ull << 55) - 1) :
				    e & SWAPPED ? (e & ((1ull << 55) - 1)) >> 5
				    : 0));
}

int main(int argc, char **argv)
{
	char *page[7];
	static const char *const name[] = { "locked", "plain", "swapped",
		"untouched", "zero", "file", "onfault" };

	for (int n = 0; n < 7; n++)
		page[n] = map(n, n == 5 ? open(argv[0], O_RDONLY) : -1);
	page[0][0] = page[1][0] = page[2][0] = 1;
	(void)*(volatile char *)page[4];
	(void)*(volatile char *)page[5];
	if (mlock(page[0], PAGE) || mlock2(page[6], PAGE, MLOCK_ONFAULT) ||
	    (argc == 1 && madvise(page[2], PAGE, MADV_PAGEOUT))) {
		perror("mlock, madvise");
		return 1;
	}
	for (int n = 0; n < 7; n++)
		report(name[n], page[n]);
	printf("pid 0 is %d\n", getpid());
	fflush(stdout);
	munlockall();
	for (;;)
		pause();
}
