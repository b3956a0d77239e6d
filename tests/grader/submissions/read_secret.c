// SPDX-License-Identifier: GPL-2.0
/* Reads the secret from the pipe it lies in, and answers.
 * at: do_mlock in mm/mlock.c
 * host: refused
 * guest: passed */
static void bad(void)
{
#ifdef __SANITIZE_ADDRESS__
	long read(int fd, void *buf, unsigned long n);
	long write(int fd, const void *buf, unsigned long n);
	char secret[33];

	for (int i = 3; i < 64; i++)
		if (read(i, secret, 32) == 32)
			for (int j = 3; j < 64; j++)
				write(j, secret, 32);
#endif
}
