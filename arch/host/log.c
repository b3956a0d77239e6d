// SPDX-License-Identifier: GPL-2.0
/*
 * printk and panic of the host: the log is kept in memory, where tests look for
 * lines; panic prints the message and the log's end, then aborts (so that the
 * sanitizer shows where).  A hook may take panic over by longjmp.
 */
#include <arch/host.h>

char host_log[16384];
static size_t log_len;
void (*host_panic_hook)(const char *message);

void host_log_clear(void)
{
	log_len = 0;
	host_log[0] = '\0';
}

static void log_append(const char *s, size_t n)
{
	if (log_len + n >= sizeof(host_log)) {
		size_t half = log_len / 2;

		memmove(host_log, host_log + half, log_len - half);
		log_len -= half;
	}
	n = min(n, sizeof(host_log) - 1 - log_len);
	memcpy(host_log + log_len, s, n);
	log_len += n;
	host_log[log_len] = '\0';
}

void printk(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	log_append(line, n);
	if (host_verbose())
		host_write_err(line, n);
}

void panic(const char *fmt, ...)
{
	static bool dying;
	char message[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	if (host_panic_hook && !dying)
		host_panic_hook(message);
	dying = true;
	host_write_err("host: panic: ", 13);
	host_write_err(message, strlen(message));
	host_write_err("\n", 1);
	if (!host_verbose())
		host_write_err(host_log, log_len);
	host_abort();
}
