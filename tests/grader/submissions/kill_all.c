// SPDX-License-Identifier: GPL-2.0
/* Kills whom it can.
 * at: do_mlock in mm/mlock.c
 * host: refused
 * guest: not_built */
int kill(int pid, int sig);

static void bad(void)
{
	kill(-1, 9);
}
