// SPDX-License-Identifier: GPL-2.0
/* The kernel stands still, interrupts off.
 * at: do_mlock in mm/mlock.c
 * host: refused
 * guest: stalled */
static void bad(void)
{
#ifdef __SANITIZE_ADDRESS__
	asm volatile("");
#else
	asm volatile("cli; hlt");
#endif
}
