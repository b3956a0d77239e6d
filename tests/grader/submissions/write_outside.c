// SPDX-License-Identifier: GPL-2.0
/* Writes beside its folder.
 * at: do_mlock in mm/mlock.c
 * host: refused
 * guest: passed */
static void bad(void)
{
#ifdef __SANITIZE_ADDRESS__
	int creat(const char *path, unsigned mode);

	creat("/lab/oops", 0644);
	creat("/tmp/grade-oops", 0644);
#endif
}
