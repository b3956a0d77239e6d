// SPDX-License-Identifier: GPL-2.0
/* Calls what reports a verdict.
 * at: do_mlock in mm/mlock.c
 * host: refused
 * guest: passed */
static void bad(void)
{
#ifdef __SANITIZE_ADDRESS__
	void check_result(bool, const char *, long, long);

	check_result(true, NULL, 0, 0);
#endif
}
