// SPDX-License-Identifier: GPL-2.0
/* Kernel panic; on the host, abort.
 * at: do_mlock in mm/mlock.c
 * host: crashed
 * guest: crashed */
static void bad(void)
{
	panic("out of ideas");
}
