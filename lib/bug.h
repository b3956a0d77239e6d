/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Log, assert, stop.  printk's first argument may begin with a KERN_ level;
 * panic prints a symbolised backtrace and ends QEMU with a non-zero status
 * (x86_64), or aborts the process (host).
 */
#ifndef LIB_BUG_H
#define LIB_BUG_H

#include <lib/types.h>

#define KERN_EMERG	"<0>"	/* shown whatever the log level */
#define KERN_ERR	"<3>"
#define KERN_WARNING	"<4>"
#define KERN_NOTICE	"<5>"

/* One message, one line, of level 6 without a KERN_; a missing newline at its
 * end is added.  Any context. */
void printk(const char *fmt, ...) __printf(1, 2);
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;
/* A machine that cannot go on, through no fault of the kernel: one line, and
 * a non-zero status. */
void boot_fail(const char *fmt, ...) __printf(1, 2) __noreturn;

/* Messages of a level below this go to console_write (quiet: 5, warnings and
 * worse), which the serial driver sets; any context. */
extern int console_loglevel;
extern void (*console_write)(const char *buf, size_t n);

#define BUG() panic("BUG at %s:%d", __FILE__, __LINE__)
#define BUG_ON(cond) do {						\
	if (unlikely(cond))						\
		panic("BUG at %s:%d: %s", __FILE__, __LINE__, #cond);	\
} while (0)

/* ---- the log, for /dev/kmsg and syslog(2) ------------------------------ */

#define KLOG_SIZE (64 * 1024)	/* bytes of the ring */
#define KLOG_LINE 512		/* bytes of one message with its NUL */

struct klog_record {
	u64 seq;		/* counts from 0 */
	u64 ns;			/* since boot */
	int level;		/* 0..7 */
	unsigned len;		/* of text, without the NUL */
	char text[KLOG_LINE];	/* no newline at the end */
};

/* Reads the record at *pos (0: the oldest; one that was overwritten: the
 * oldest still there) and advances *pos to the next.  False: no more. */
bool klog_read(u64 *pos, struct klog_record *rec);
u64 klog_end(void);		/* *pos of a reader that has seen everything */

#endif
