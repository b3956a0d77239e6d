// SPDX-License-Identifier: GPL-2.0
/* A null pointer.
 * at: do_mlock in mm/mlock.c
 * host: crashed
 * guest: crashed failed */
static void bad(void)
{
	*(volatile int *)NULL = 1;
}
