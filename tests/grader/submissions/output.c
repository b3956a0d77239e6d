// SPDX-License-Identifier: GPL-2.0
/* Prints without end.
 * at: do_mlock in mm/mlock.c
 * host: limit
 * guest: limit stalled */
static void bad(void)
{
#ifdef __SANITIZE_ADDRESS__
	void host_write_err(const char *s, size_t n);
#else
#define host_write_err(s, n) printk(s)
#endif
	for (;;)
		host_write_err("all work and no play makes the grader dull\n",
			       43);
}
