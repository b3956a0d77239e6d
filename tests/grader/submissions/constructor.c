// SPDX-License-Identifier: GPL-2.0
/* Ends the process before main, with success.
 * at: do_mlock in mm/mlock.c
 * host: refused
 * guest: passed */
static void bad(void)
{
}

#ifdef __SANITIZE_ADDRESS__
void _exit(int status);

__attribute__((constructor)) static void early(void)
{
	_exit(0);
}
#endif
