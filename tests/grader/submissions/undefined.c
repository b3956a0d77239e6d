// SPDX-License-Identifier: GPL-2.0
/* Calls what nobody wrote: it compiles, and does not link.
 * at: do_mlock in mm/mlock.c
 * host: not_built
 * guest: not_built */
void nobody_wrote_this(void);

static void bad(void)
{
	nobody_wrote_this();
}
