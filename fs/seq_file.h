/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text files made on demand (Linux: include/linux/seq_file.h).  A file's text
 * is made once for each open, at the first read at offset 0, into pages of
 * its own: so a reader sees one moment, however small its buffer is.
 */
#ifndef FS_SEQ_FILE_H
#define FS_SEQ_FILE_H

#include <lib/types.h>

struct file;
struct seq_file;

typedef int (*seq_show_fn)(struct seq_file *m, void *arg);

struct seq_file {
	char **pages;		/* the text so far, a page each */
	size_t nr_pages, max_pages;
	size_t count;		/* bytes of text */
	int error;		/* -ENOMEM once a page could not be had */
	bool made;		/* show() has run */
	seq_show_fn show;
	void *arg;
};

/* Open with a function that prints the text; 0, -ENOMEM. */
int seq_open(struct file *file, seq_show_fn show, void *arg);
/* For f_op. */
long seq_read(struct file *file, void *ubuf, size_t n, u64 *pos);
void seq_release(struct file *file);

/* Have room for `bytes` more, so that printing them does not sleep.  0 or
 * -ENOMEM.  Sleeps. */
int seq_reserve(struct seq_file *m, size_t bytes);
/* Append.  Sleeps where room must be made; lack of memory shows in m->error
 * and makes the read fail. */
void seq_write(struct seq_file *m, const char *s, size_t n);
void seq_puts(struct seq_file *m, const char *s);
void seq_putc(struct seq_file *m, char c);
/* At most 511 bytes at once. */
void seq_printf(struct seq_file *m, const char *fmt, ...) __printf(2, 3);
/* A name, with \n (and each character of `escape`) as \ooo. */
void seq_puts_escaped(struct seq_file *m, const char *s, const char *escape);

#endif
