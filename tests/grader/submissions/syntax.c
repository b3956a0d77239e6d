// SPDX-License-Identifier: GPL-2.0
/* Does not compile.
 * at: do_mlock in mm/mlock.c
 * host: replaced
 * guest: replaced */
static void bad(void)
{
	this is not C;
}
