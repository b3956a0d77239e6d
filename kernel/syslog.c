// SPDX-License-Identifier: GPL-2.0
/*
 * syslog(2): the kernel log as text, and the console's level.  Records come
 * from the ring of lib/bug.c, from which nothing is ever taken out: reading
 * (action 2) and clearing (4, 5) move positions in it.  Everyone may read the
 * whole log (3) and ask its size (10).  (Linux: kernel/printk/printk.c)
 */
#include <arch/uaccess.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>

#define NSEC_PER_USEC 1000
#define LINE_MAX (KLOG_LINE + 32)
#define READ_POLL_NS 100000000

enum { READ = 2, READ_ALL, READ_CLEAR, CLEAR, CONSOLE_OFF, CONSOLE_ON,
       CONSOLE_LEVEL, SIZE_UNREAD, SIZE_BUFFER };

static u64 read_pos, clear_pos;

/* The record at *pos as a line; its length, 0 if there is none. */
static int next_line(u64 *pos, char *line)
{
	struct klog_record rec;
	u64 us;

	if (!klog_read(pos, &rec))
		return 0;
	us = rec.ns / NSEC_PER_USEC;
	return snprintf(line, LINE_MAX, "<%d>[%5lu.%06lu] %s\n", rec.level,
			us / 1000000, us % 1000000, rec.text);
}

static long unread(u64 pos)
{
	char line[LINE_MAX];
	long sum = 0, n;

	while ((n = next_line(&pos, line)))
		sum += n;
	return sum;
}

/* Whole lines, as many as fit; *pos moves behind them. */
static long copy_lines(u64 *pos, char *ubuf, long len)
{
	u64 next = *pos;
	char line[LINE_MAX];
	long done = 0, n;

	while ((n = next_line(&next, line)) && done + n <= len) {
		if (copy_to_user(ubuf + done, line, n))
			return -EFAULT;
		done += n;
		*pos = next;
	}
	return done;
}

static long read_last(char *ubuf, long len)
{
	long excess = unread(clear_pos) - len, n;
	u64 pos = clear_pos;
	char line[LINE_MAX];

	while (excess > 0 && (n = next_line(&pos, line)))
		excess -= n;
	return copy_lines(&pos, ubuf, len);
}

static long read_log(int action, char *ubuf, int len)
{
	long ret;

	if (!ubuf || len < 0)
		return -EINVAL;
	if (action == READ) {
		while (len && read_pos == klog_end()) {
			if (signal_pending())
				return -ERESTARTSYS;
			sleep_ns(READ_POLL_NS, true);
		}
		return copy_lines(&read_pos, ubuf, len);
	}
	ret = read_last(ubuf, len);
	if (action == READ_CLEAR && ret >= 0)
		clear_pos = klog_end();
	return ret;
}

SYSCALL_DEFINE3(syslog, int, action, char *, ubuf, int, len)
{
	if (action != READ_ALL && action != SIZE_BUFFER &&
	    !capable(CAP_SYSLOG))
		return -EPERM;
	switch (action) {
	case READ:
	case READ_ALL:
	case READ_CLEAR:
		return read_log(action, ubuf, len);
	case CLEAR:
		clear_pos = klog_end();
		return 0;
	case CONSOLE_LEVEL:
		if (len < 1 || len > 8)
			return -EINVAL;
		console_loglevel = len;
		return 0;
	case SIZE_UNREAD:
		return unread(read_pos);
	case SIZE_BUFFER:
		return KLOG_SIZE;
	default:	/* open, close, console off and on: nothing to do */
		return action >= 0 && action <= CONSOLE_ON ? 0 : -EINVAL;
	}
}
