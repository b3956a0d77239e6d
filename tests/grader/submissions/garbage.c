// SPDX-License-Identifier: GPL-2.0
/* Prints bytes that are no text, then is right.
 * at: do_mlock in mm/mlock.c
 * host: passed
 * guest: passed */
static void bad(void)
{
	char line[64];

	for (unsigned i = 0; i < sizeof(line) - 1; i++)
		line[i] = (char)(i * 37 + 129) ?: 1;
	line[sizeof(line) - 1] = '\0';
	printk("%s\n\033[2J\033]0;owned\007", line);
}
