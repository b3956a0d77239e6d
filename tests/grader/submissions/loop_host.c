// SPDX-License-Identifier: GPL-2.0
/* An endless loop, met by host checks alone.
 * at: do_mlock in mm/mlock.c
 * host: stalled
 * guest: passed */
static void bad(void)
{
#ifdef __SANITIZE_ADDRESS__
	for (volatile unsigned i = 0; ; i++)
		;
#endif
}
