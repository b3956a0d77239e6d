// SPDX-License-Identifier: GPL-2.0
/* Triple fault: an empty interrupt table, then a trap.
 * at: do_mlock in mm/mlock.c
 * host: refused
 * guest: crashed */
static void bad(void)
{
	static const struct {
		unsigned short size;
		unsigned long at;
	} __attribute__((packed)) none;

	(void)none;
#ifndef __SANITIZE_ADDRESS__
	asm volatile("lidt %0; int3" : : "m"(none));
#endif
}
