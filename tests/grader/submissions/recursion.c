// SPDX-License-Identifier: GPL-2.0
/* A recursion without end.
 * at: do_mlock in mm/mlock.c
 * host: crashed
 * guest: crashed stalled */
static int deeper(volatile int n)
{
	return n ? n + deeper(n + 1) + n : 0;
}

static void bad(void)
{
	deeper(1);
}
