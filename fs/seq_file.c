// SPDX-License-Identifier: GPL-2.0
/*
 * The growing text buffer behind files of /proc.  It grows by whole pages, so
 * that a text of many megabytes (smaps of a process with 65530 areas) needs no
 * large block of memory, and it may fail but never ends in the OOM killer.
 *
 * Lock: a seq_file belongs to one open file; two readers that share it may
 * race to make the text, so the second one waits behind seq_mutex.
 * Corresponds to Linux's fs/seq_file.c.
 */
#include <arch/uaccess.h>
#include <fs/file.h>
#include <fs/seq_file.h>
#include <kernel/lock.h>
#include <lib/string.h>
#include <mm/slab.h>

#define SEQ_GFP (GFP_KERNEL | GFP_NORETRY)

static struct mutex seq_mutex = MUTEX_INIT(seq_mutex, LOCK_PIPE);

int seq_open(struct file *file, seq_show_fn show, void *arg)
{
	struct seq_file *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return -ENOMEM;
	m->show = show;
	m->arg = arg;
	file->private_data = m;
	return 0;
}

void seq_release(struct file *file)
{
	struct seq_file *m = file->private_data;

	for (size_t i = 0; i < m->nr_pages; i++)
		put_page(virt_to_page(m->pages[i]));
	kfree(m->pages);
	kfree(m);
}

/* One more page at the end of the buffer. */
static int add_page(struct seq_file *m)
{
	struct page *page;

	if (m->nr_pages == m->max_pages) {
		size_t max_pages = m->max_pages ? 2 * m->max_pages : 16;
		char **pages = kmalloc(max_pages * sizeof(*pages), SEQ_GFP);

		if (!pages)
			return -ENOMEM;
		if (m->nr_pages)
			memcpy(pages, m->pages, m->nr_pages * sizeof(*pages));
		kfree(m->pages);
		m->pages = pages;
		m->max_pages = max_pages;
	}
	page = alloc_page(SEQ_GFP);
	if (!page)
		return -ENOMEM;
	m->pages[m->nr_pages++] = page_address(page);
	return 0;
}

int seq_reserve(struct seq_file *m, size_t bytes)
{
	while (!m->error && m->nr_pages * PAGE_SIZE - m->count < bytes)
		m->error = add_page(m);
	return m->error;
}

void seq_write(struct seq_file *m, const char *s, size_t n)
{
	if (seq_reserve(m, n))
		return;
	while (n) {
		size_t off = m->count % PAGE_SIZE;
		size_t part = min(n, PAGE_SIZE - off);

		memcpy(m->pages[m->count / PAGE_SIZE] + off, s, part);
		m->count += part;
		s += part;
		n -= part;
	}
}

void seq_puts(struct seq_file *m, const char *s)
{
	seq_write(m, s, strlen(s));
}

void seq_putc(struct seq_file *m, char c)
{
	seq_write(m, &c, 1);
}

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	seq_write(m, line, min((size_t)n, sizeof(line) - 1));
}

void seq_puts_escaped(struct seq_file *m, const char *s, const char *escape)
{
	for (; *s; s++) {
		if (*s == '\n' || strchr(escape, *s))
			seq_printf(m, "\\%03o", (unsigned char)*s);
		else
			seq_putc(m, *s);
	}
}

/* Print the text, unless an earlier read did. */
static int make_text(struct seq_file *m, u64 pos)
{
	int err = 0;

	mutex_lock(&seq_mutex);
	if (!m->made || !pos) {
		m->count = 0;
		m->error = 0;
		err = m->show(m, m->arg);
		if (!err)
			err = m->error;
		m->made = !err;
	}
	mutex_unlock(&seq_mutex);
	return err;
}

long seq_read(struct file *file, void *ubuf, size_t n, u64 *pos)
{
	struct seq_file *m = file->private_data;
	size_t done = 0;
	int err = make_text(m, *pos);

	if (err)
		return err;
	while (done < n && *pos < m->count) {
		size_t off = *pos % PAGE_SIZE;
		size_t part = min(min(n - done, PAGE_SIZE - off),
				  m->count - *pos);

		if (copy_to_user((char *)ubuf + done,
				 m->pages[*pos / PAGE_SIZE] + off, part))
			return done ? (long)done : -EFAULT;
		done += part;
		*pos += part;
	}
	return done;
}
