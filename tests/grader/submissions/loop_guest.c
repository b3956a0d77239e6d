// SPDX-License-Identifier: GPL-2.0
/* An endless loop in the kernel.
 * at: do_mlock in mm/mlock.c
 * host: passed
 * guest: stalled */
static void bad(void)
{
#ifndef __SANITIZE_ADDRESS__
	for (volatile unsigned i = 0; ; i++)
		;
#endif
}
