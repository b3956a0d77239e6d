// SPDX-License-Identifier: GPL-2.0
/* Prints without end.
 * at: do_mlock in mm/mlock.c
 * host: stalled
 * guest: limit stalled */
static void bad(void)
{
	for (;;)
		printk("all work and no play makes the grader dull\n");
}
