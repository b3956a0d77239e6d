// SPDX-License-Identifier: GPL-2.0
/*
 * The host's only window on its own C library: memory, standard error, abort.
 * The rest of arch/host needs none of it, only what lib/string.h names, so it
 * can be built where there is no libc (WebAssembly) by replacing this file.
 */
#include <stdlib.h>
#include <unistd.h>

#include <arch/host.h>

void *host_zalloc(size_t bytes)
{
	void *p;

	if (bytes >= PAGE_SIZE) {
		p = aligned_alloc(PAGE_SIZE, PAGE_ALIGN(bytes));
		if (p)
			memset(p, 0, PAGE_ALIGN(bytes));
	} else {
		p = calloc(1, bytes);
	}
	if (!p)
		host_abort();
	return p;
}

void host_free(void *p)
{
	free(p);
}

void host_write_err(const char *s, size_t n)
{
	if (write(2, s, n) < 0)
		return;		/* nowhere left to say so */
}

/* HOST_VERBOSE in the environment: the kernel log goes to standard error. */
bool host_verbose(void)
{
	return getenv("HOST_VERBOSE") != NULL;
}

void host_abort(void)
{
	abort();
}

/* Not in every libc. */
size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);

	if (size) {
		size_t n = len < size ? len : size - 1;

		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}
