// SPDX-License-Identifier: GPL-2.0
/* Runs memlocked under memlock=vma.  Get the secret onto the swap disk. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "secret.h"

#define PAGE 4096
#define PAGES 64

/* More memory than there is, from a child: children are not memlocked. */
static void pressure(void)
{
	if (fork() == 0) {
		size_t size = 80ul << 20;
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (size_t i = 0; p != MAP_FAILED && i < size; i += PAGE)
			p[i] = 1;
		_exit(p == MAP_FAILED);
	}
	wait(NULL);
}

int main(int argc, char **argv)
{
	static char pages[PAGES][PAGE];

	if (argc != 2)
		return 2;
	for (int i = 0; i < PAGES; i++)
		secret(pages[i], argv[1]);
	/* The child's pages are not locked once they are its own. */
	if (fork() == 0) {
		for (int i = 0; i < PAGES; i++)
			pages[i][PAGE - 1] = 1;
		pressure();
		_exit(0);
	}
	wait(NULL);
	return 0;
}
