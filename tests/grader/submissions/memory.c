// SPDX-License-Identifier: GPL-2.0
/* Takes all memory that there is, on the host.
 * at: do_mlock in mm/mlock.c
 * host: limit refused
 * guest: passed */
static void bad(void)
{
#ifdef __SANITIZE_ADDRESS__
	static char most[1ul << 30];

	for (unsigned long i = 0; i < sizeof(most); i += 4096)
		((volatile char *)most)[i] = 1;
#endif
}
