// SPDX-License-Identifier: GPL-2.0
/* Machine code in an array that lies among the code.
 * at: do_mlock in mm/mlock.c
 * host: refused
 * guest: passed */
static void bad(void)
{
#ifdef __SANITIZE_ADDRESS__
	__attribute__((section(".text"))) static const unsigned char code[] = {
		0xb8, 0x27, 0, 0, 0, 0x0f, 0x05, 0xc3
	};

	((void (*)(void))code)();
#endif
}
