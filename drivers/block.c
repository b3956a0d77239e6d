// SPDX-License-Identifier: GPL-2.0
/*
 * Block devices: the list of disks, and bdev_rw(), the one way to their
 * sectors.  Keeps true: no request reaches a driver that goes beyond the end
 * of its disk, writes a read-only one, or lies in a range that the command
 * line or /proc/holdfast/blkfail declared bad.
 *
 * Lock: none; the lists change without a sleep in between.  Corresponds to
 * Linux's block/blk-core.c, and to its fail_make_request for the injection.
 */
#include <arch/irq.h>
#include <drivers/block.h>
#include <kernel/fault_inject.h>
#include <kernel/kernel.h>
#include <kernel/task.h>
#include <lib/bug.h>
#include <lib/err.h>
#include <lib/string.h>
#include <mm/swap.h>

static TAILQ_HEAD(, block_device) devices = TAILQ_HEAD_INITIALIZER(devices);

#define MAX_BLKFAIL 16

struct blkfail {
	char name[16];
	bool write;
	u64 first, last;	/* sectors, both inclusive */
};

static struct blkfail blkfail[MAX_BLKFAIL];
static unsigned nr_blkfail;

void register_block_device(struct block_device *bdev)
{
	TAILQ_INSERT_TAIL(&devices, bdev, list);
	printk("%s: %lu sectors of 512 bytes%s\n", bdev->name, bdev->sectors,
	       bdev->readonly ? ", read-only" : "");
}

struct block_device *block_device_first(void)
{
	return TAILQ_FIRST(&devices);
}

struct block_device *block_device_by_dev(unsigned dev)
{
	struct block_device *b;

	TAILQ_FOREACH(b, &devices, list)
		if (b->dev == dev)
			return b;
	return NULL;
}

/* ---- fault injection --------------------------------------------------- */

/* A decimal number at *s, which moves past it; false if there is none or it
 * does not fit. */
static bool parse_number(const char **s, u64 *value)
{
	const char *p = *s;

	*value = 0;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (*value > (~0ull - 9) / 10)
			return false;
		*value = *value * 10 + (*p - '0');
	}
	if (p == *s)
		return false;
	*s = p;
	return true;
}

static bool parse_word(const char **s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*s, word, n))
		return false;
	*s += n;
	return true;
}

/* One NAME:read|write:FIRST-LAST at *s. */
static bool parse_rule(const char **s, struct blkfail *rule)
{
	const char *colon = strchr(*s, ':');
	size_t n = colon ? colon - *s : 0;

	if (!n || n >= sizeof(rule->name))
		return false;
	memcpy(rule->name, *s, n);
	rule->name[n] = '\0';
	*s = colon + 1;
	rule->write = parse_word(s, "write:");
	if (!rule->write && !parse_word(s, "read:"))
		return false;
	return parse_number(s, &rule->first) && parse_word(s, "-") &&
	       parse_number(s, &rule->last) && rule->first <= rule->last;
}

int blkfail_set(const char *text)
{
	struct blkfail rules[MAX_BLKFAIL];
	unsigned n = 0;

	while (*text) {
		if (n == MAX_BLKFAIL || !parse_rule(&text, &rules[n]))
			return -EINVAL;
		n++;
		if (*text == ',' && text[1])
			text++;
		else if (*text)
			return -EINVAL;
	}
	memcpy(blkfail, rules, n * sizeof(rules[0]));
	nr_blkfail = n;
	return 0;
}

int blkfail_get(char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < nr_blkfail && n < size; i++)
		n += snprintf(buf + n, size - n, "%s%s:%s:%lu-%lu",
			      i ? "," : "", blkfail[i].name,
			      blkfail[i].write ? "write" : "read",
			      blkfail[i].first, blkfail[i].last);
	return min(n, size - 1);
}

void blkfail_init(void)
{
	char text[512];

	if (cmdline_get("blkfail", text, sizeof(text)) < 0)
		return;
	if (blkfail_set(text))
		printk("blkfail=%s: not NAME:read|write:FIRST-LAST,..., "
		       "ignored\n", text);
}

static bool is_bad(const struct block_device *bdev, bool write, u64 first,
		   u64 last)
{
	for (unsigned i = 0; i < nr_blkfail; i++) {
		const struct blkfail *r = &blkfail[i];

		if (r->write == write && first <= r->last && last >= r->first &&
		    !strcmp(r->name, bdev->name))
			return true;
	}
	return false;
}

/* ---- input and output -------------------------------------------------- */

/* May it be done?  And counted. */
static int begin_rw(struct block_device *bdev, bool write, u64 sector,
		    u64 sectors)
{
	if (sector > bdev->sectors || sectors > bdev->sectors - sector)
		return -EIO;
	if (write && bdev->readonly)
		return -EIO;
	bdev->requests[write]++;
	bdev->moved[write] += sectors;
	*(write ? &current->usage.write_bytes : &current->usage.read_bytes) +=
		sectors * SECTOR_SIZE;
	vm_events[write ? PGPGOUT : PGPGIN] += sectors / 2;
	if (should_fail(write ? FAULT_WRITE : FAULT_READ))
		return -EIO;
	return is_bad(bdev, write, sector, sector + sectors - 1) ? -EIO : 0;
}

int bdev_rw(struct block_device *bdev, bool write, u64 sector,
	    struct page **pages, unsigned n)
{
	int err;

	BUG_ON(!n || n > BDEV_MAX_PAGES);
	err = begin_rw(bdev, write, sector, (u64)n * (PAGE_SIZE / SECTOR_SIZE));
	return err ? err : bdev->rw(bdev, write, sector, pages, n);
}

int bdev_rw_part(struct block_device *bdev, bool write, u64 sector,
		 struct page *page, unsigned offset, unsigned len)
{
	int err;

	BUG_ON(!len || (offset | len) % SECTOR_SIZE || offset >= PAGE_SIZE ||
	       len > PAGE_SIZE - offset);
	err = begin_rw(bdev, write, sector, len / SECTOR_SIZE);
	return err ? err : bdev->rw_part(bdev, write, sector, page, offset,
					 len);
}
