// SPDX-License-Identifier: GPL-2.0
/* Makes the compiler read and show files.
 * at: do_mlock in mm/mlock.c
 * host: replaced
 * guest: replaced */
static void bad(void)
{
}
#include "/etc/shadow"
#include "../checks/host/hidden-more.c"
