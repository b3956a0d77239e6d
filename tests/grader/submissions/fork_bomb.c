// SPDX-License-Identifier: GPL-2.0
/* Makes processes without end.
 * at: do_mlock in mm/mlock.c
 * host: refused
 * guest: not_built */
int fork(void);

static void bad(void)
{
	for (;;)
		fork();
}
