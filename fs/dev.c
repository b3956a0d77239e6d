// SPDX-License-Identifier: GPL-2.0
/*
 * The memory devices: /dev/null, zero, full, random, urandom, kmsg; and
 * dev_init(), which makes their nodes and those of the disks.  Corresponds to
 * Linux's drivers/char/mem.c and the devkmsg half of kernel/printk/printk.c.
 *
 * Lock: none; nothing here keeps state but the log position of an open kmsg,
 * which is in its struct file.
 */
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <kernel/random.h>
#include <kernel/task.h>
#include <lib/bug.h>
#include <lib/string.h>
#include <mm/slab.h>

#define MEM_MAJOR	1
#define CHUNK		256	/* random bytes made at once */
#define KMSG_POLL_NS	20000000ull
#define LOG_DEFAULT	4	/* level of a line written without one */

static long null_read(struct file *file, void *ubuf, size_t n, u64 *pos)
{
	return 0;
}

static long null_write(struct file *file, const void *ubuf, size_t n, u64 *pos)
{
	return n;
}

static long zero_read(struct file *file, void *ubuf, size_t n, u64 *pos)
{
	size_t done = 0;

	while (done < n) {
		char *to = (char *)ubuf + done;
		size_t part = min(n - done, PAGE_SIZE - offset_in_page(to));

		if (clear_user(to, part))
			return done ? (long)done : -EFAULT;
		done += part;
		if (fatal_signal_pending())
			break;
		cond_resched();
	}
	return done;
}

static long full_write(struct file *file, const void *ubuf, size_t n, u64 *pos)
{
	return -ENOSPC;
}

/* Seeking in these devices does nothing and succeeds. */
static s64 null_lseek(struct file *file, s64 off, int whence)
{
	file->f_pos = 0;
	return 0;
}

static long random_read(struct file *file, void *ubuf, size_t n, u64 *pos)
{
	u8 bytes[CHUNK];
	size_t done = 0, left;

	while (done < n) {
		size_t part = min(n - done, sizeof(bytes));

		get_random_bytes(bytes, part);
		left = raw_copy_to_user((char *)ubuf + done, bytes, part);
		done += part - left;
		if (left)
			return done ? (long)done : -EFAULT;
		if (signal_pending())
			break;
		cond_resched();
	}
	return done;
}

static const struct file_operations null_fops = {
	.read = null_read, .write = null_write, .kwrite = null_write,
	.lseek = null_lseek,
};
static const struct file_operations zero_fops = {
	.read = zero_read, .write = null_write, .kwrite = null_write,
	.lseek = null_lseek,
};
static const struct file_operations full_fops = {
	.read = zero_read, .write = full_write, .lseek = null_lseek,
};
static const struct file_operations random_fops = {
	.read = random_read, .write = null_write, .lseek = null_lseek,
};

/* ---- kmsg -------------------------------------------------------------- */

/* "<13>text": the level is the number's low three bits. */
static unsigned parse_level(char **text)
{
	unsigned value = 0;
	char *p = *text + 1;

	if (**text != '<')
		return LOG_DEFAULT;
	for (; *p >= '0' && *p <= '9' && p - *text < 8; p++)
		value = value * 10 + (*p - '0');
	if (p == *text + 1 || *p != '>')
		return LOG_DEFAULT;
	*text = p + 1;
	return value & 7;
}

/* Each write is one message. */
static long kmsg_write(struct file *file, const void *ubuf, size_t n, u64 *pos)
{
	char line[KLOG_LINE], *text = line;
	unsigned level;

	if (n >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, ubuf, n))
		return -EFAULT;
	line[n] = '\0';
	level = parse_level(&text);
	printk("<%u>%s", level, text);
	return n;
}

/* Waits for the next record; the log has no wait queue, since it may be
 * written in any context, so this looks again from time to time. */
static int next_record(struct file *file, struct klog_record *rec)
{
	u64 pos = file->f_pos;

	while (!klog_read(&pos, rec)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (signal_pending())
			return -ERESTARTSYS;
		sleep_ns(KMSG_POLL_NS, true);
	}
	return 0;
}

/* One record a read: "level,sequence,microseconds,-;text". */
static long kmsg_read(struct file *file, void *ubuf, size_t n, u64 *pos)
{
	struct klog_record *rec __free(memory) = kmalloc(sizeof(*rec),
							 GFP_KERNEL);
	char line[KLOG_LINE + 64];
	long len;

	if (!rec)
		return -ENOMEM;
	len = next_record(file, rec);
	if (len)
		return len;
	len = snprintf(line, sizeof(line), "%d,%lu,%lu,-;%s\n", rec->level,
		       rec->seq, rec->ns / 1000, rec->text);
	if (len > n)
		return -EINVAL;
	if (copy_to_user(ubuf, line, len))
		return -EFAULT;
	klog_read(pos, rec);
	return len;
}

static s64 kmsg_lseek(struct file *file, s64 off, int whence)
{
	if (off)
		return -ESPIPE;
	if (whence != 0 && whence != 2)
		return -EINVAL;
	file->f_pos = whence ? klog_end() : 0;
	return 0;
}

static unsigned kmsg_poll(struct file *file, struct poll_table *pt)
{
	unsigned in = file->f_pos < klog_end() ? POLLIN | POLLRDNORM : 0;

	return in | POLLOUT | POLLWRNORM;
}

static const struct file_operations kmsg_fops = {
	.read = kmsg_read, .write = kmsg_write, .lseek = kmsg_lseek,
	.poll = kmsg_poll,
};

/* ---- the nodes --------------------------------------------------------- */

static const struct mem_device {
	const char *name;
	unsigned minor, mode;
	const struct file_operations *fops;
} mem_devices[] = {
	{ "null", 3, 0666, &null_fops },
	{ "zero", 5, 0666, &zero_fops },
	{ "full", 7, 0666, &full_fops },
	{ "random", 8, 0666, &random_fops },
	{ "urandom", 9, 0666, &random_fops },
	{ "kmsg", 11, 0644, &kmsg_fops },
};

void dev_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(mem_devices); i++) {
		const struct mem_device *d = &mem_devices[i];

		device_add(d->name, S_IFCHR | d->mode,
			   MKDEV(MEM_MAJOR, d->minor), d->fops);
	}
	blkdev_init();
}
