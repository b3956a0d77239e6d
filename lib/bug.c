// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel log: a ring of records, and each record as one line for whoever
 * set console_write (drivers/uart.c).  Positions in the ring count bytes since
 * boot and never wrap; [klog_tail, klog_head) is there.
 * Guarded by irq_save: interrupt handlers print too.
 * (Linux: kernel/printk/printk.c, kernel/panic.c)
 */
#include <arch/clock.h>
#include <arch/irq.h>
#include <arch/power.h>
#include <lib/bug.h>
#include <lib/string.h>

struct header {			/* before each text in the ring */
	u64 seq, ns;
	u16 len;
	u8 level;
};

int console_loglevel = 7;
void (*console_write)(const char *buf, size_t n);

static char ring[KLOG_SIZE];
static u64 klog_head, klog_tail, klog_seq;

static void ring_put(u64 pos, const void *src, size_t n)
{
	size_t at = pos % KLOG_SIZE, first = min(n, KLOG_SIZE - at);

	memcpy(ring + at, src, first);
	memcpy(ring, (const char *)src + first, n - first);
}

static void ring_get(u64 pos, void *dst, size_t n)
{
	size_t at = pos % KLOG_SIZE, first = min(n, KLOG_SIZE - at);

	memcpy(dst, ring + at, first);
	memcpy((char *)dst + first, ring, n - first);
}

static void store(const struct header *h, const char *text)
{
	struct header old;
	size_t need = sizeof(*h) + h->len;

	while (klog_head + need - klog_tail > KLOG_SIZE) {
		ring_get(klog_tail, &old, sizeof(old));
		klog_tail += sizeof(old) + old.len;
	}
	ring_put(klog_head, h, sizeof(*h));
	ring_put(klog_head + sizeof(*h), text, h->len);
	klog_head += need;
}

static void emit(const struct header *h, const char *text)
{
	char stamp[32];
	int n;

	if (h->level >= console_loglevel || !console_write)
		return;
	n = snprintf(stamp, sizeof(stamp), "[%5lu.%06lu] ",
		     h->ns / 1000000000, h->ns / 1000 % 1000000);
	console_write(stamp, n);
	console_write(text, h->len);
	console_write("\n", 1);
}

static void vprintk(const char *fmt, va_list ap)
{
	static char line[KLOG_LINE];
	unsigned long flags = irq_save();
	struct header h = { .level = 6 };
	char *text = line;
	int n = vsnprintf(line, sizeof(line), fmt, ap);

	n = min(n, (int)sizeof(line) - 1);
	if (n >= 3 && text[0] == '<' && text[1] >= '0' && text[1] <= '7' &&
	    text[2] == '>') {
		h.level = text[1] - '0';
		text += 3;
		n -= 3;
	}
	while (n && text[n - 1] == '\n')
		n--;
	h.len = n;
	h.seq = klog_seq++;
	h.ns = clock_monotonic_ns();
	store(&h, text);
	emit(&h, text);
	irq_restore(flags);
}

void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintk(fmt, ap);
	va_end(ap);
}

void boot_fail(const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	printk(KERN_EMERG "holdfast: %s\n", why);
	arch_panic_exit();
}

void panic(const char *fmt, ...)
{
	static char reason[256];
	static bool again;
	va_list ap;

	irq_disable();
	if (again)
		arch_panic_exit();
	again = true;
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	printk(KERN_EMERG "Kernel panic - not syncing: %s\n", reason);
	arch_backtrace();
	printk(KERN_EMERG "---[ end Kernel panic - not syncing: %s ]---\n",
	       reason);
	arch_panic_exit();
}

bool klog_read(u64 *pos, struct klog_record *rec)
{
	unsigned long flags = irq_save();
	struct header h;
	bool found;

	*pos = max(*pos, klog_tail);
	found = *pos < klog_head;
	if (found) {
		ring_get(*pos, &h, sizeof(h));
		rec->seq = h.seq;
		rec->ns = h.ns;
		rec->level = h.level;
		rec->len = h.len;
		ring_get(*pos + sizeof(h), rec->text, h.len);
		rec->text[h.len] = 0;
		*pos += sizeof(h) + h.len;
	}
	irq_restore(flags);
	return found;
}

u64 klog_end(void)
{
	return klog_head;
}
