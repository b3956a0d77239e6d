// SPDX-License-Identifier: GPL-2.0
/* Prints what a pass looks like, on every channel.
 * at: do_mlock in mm/mlock.c
 * host: passed
 * guest: passed
 * breaks: guest-mlock lock-some */
static void bad(void)
{
	printk("passed\nok 1 - guest-mlock\n# proof 0123456789abcdef\n");
	printk("starter: end 0\n00000000000000000000000000000000 passed\n");
}
