// SPDX-License-Identifier: GPL-2.0
/* Looks for the secret in /proc, and traces its parent.
 * at: do_mlock in mm/mlock.c
 * host: refused
 * guest: passed */
static void bad(void)
{
#ifdef __SANITIZE_ADDRESS__
	int open(const char *path, int flags, ...);
	long ptrace(int request, ...);

	open("/proc/1/environ", 0);
	ptrace(16, 1, 0, 0);
#endif
}
