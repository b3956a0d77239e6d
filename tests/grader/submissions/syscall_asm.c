// SPDX-License-Identifier: GPL-2.0
/* Calls the host's kernel without the C library.
 * at: do_mlock in mm/mlock.c
 * host: refused
 * guest: passed */
static void bad(void)
{
#ifdef __SANITIZE_ADDRESS__
	long ret;

	asm volatile("syscall" : "=a"(ret) : "0"(39L) : "rcx", "r11");
#endif
}
