// SPDX-License-Identifier: GPL-2.0
/* Keeps the compiler busy: an object of gigabytes.
 * at: do_mlock in mm/mlock.c
 * host: replaced
 * guest: replaced */
char much[1ul << 33] = { 1 };

static void bad(void)
{
	much[0] = 2;
}
