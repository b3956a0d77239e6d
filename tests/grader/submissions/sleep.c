// SPDX-License-Identifier: GPL-2.0
/* Sleeps for ever on the host.
 * at: do_mlock in mm/mlock.c
 * host: refused
 * guest: passed */
static void bad(void)
{
#ifdef __SANITIZE_ADDRESS__
	unsigned sleep(unsigned seconds);

	sleep(1u << 31);
#endif
}
