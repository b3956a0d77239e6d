// SPDX-License-Identifier: GPL-2.0
/* Closes every descriptor, the verdict's among them.
 * at: do_mlock in mm/mlock.c
 * host: refused
 * guest: passed */
static void bad(void)
{
#ifdef __SANITIZE_ADDRESS__
	int close(int fd);

	for (int i = 0; i < 1024; i++)
		close(i);
#endif
}
