// SPDX-License-Identifier: GPL-2.0
/*
 * What tests/boot/profile.t profiles: hot_spots WHAT, which spends nearly all
 * its instructions in one place.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	4096ul

static __attribute__((noinline)) void spin(unsigned long n)
{
	while (n--)
		__asm__ volatile("" : : : "memory");
}

static __attribute__((noinline)) void outer(unsigned long n)
{
	spin(n);
	__asm__ volatile("" : : : "memory");	/* no jump instead of a call */
}

static __attribute__((noinline)) void lock_again(char *p, unsigned long n)
{
	while (n--) {
		mlock(p, 64 * PAGE);
		munlock(p, 64 * PAGE);
	}
}

static __attribute__((noinline)) void touch(char *p, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		p[i * PAGE] = 1;
}

static void in_children(void)
{
	for (int i = 0; i < 4; i++)
		if (!fork()) {
			outer(2000000);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	char *p = mmap(NULL, 4096 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (argc != 2 || p == MAP_FAILED)
		return 2;
	if (!strcmp(argv[1], "spin"))
		outer(5000000);
	if (!strcmp(argv[1], "mlock"))
		lock_again(p, 500);
	if (!strcmp(argv[1], "fault"))
		touch(p, 4096);
	if (!strcmp(argv[1], "children"))
		in_children();
	return 0;
}
