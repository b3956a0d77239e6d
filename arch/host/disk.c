// SPDX-License-Identifier: GPL-2.0
/*
 * Block devices in memory, done when bdev_rw() returns; in host_run() others
 * run before the transfer and after it.  The n-th transfer can
 * be made to fail, once or from then on; a read into a frame that the TLB still
 * maps stops the host.  (The kernel's: drivers/block.c, virtio_blk.c)
 */
#include <arch/host.h>

#include "host_internal.h"

static TAILQ_HEAD(, block_device) disks = TAILQ_HEAD_INITIALIZER(disks);

static int disk_rw(struct block_device *bdev, bool write, u64 sector,
		   struct page **pages, unsigned n)
{
	struct host_disk *d = container_of(bdev, struct host_disk, bdev);

	for (unsigned i = 0; i < n; i++) {
		u8 *at = d->data + sector * SECTOR_SIZE + i * PAGE_SIZE;

		if (host_fail_io(write, write ? &d->fail_write : &d->fail_read,
				 d->lasting)) {
			d->failed++;
			return -EIO;
		}
		if (write) {
			memcpy(at, page_address(pages[i]), host_page_bytes);
			continue;
		}
		host_tlb_assert_unmapped(page_to_pfn(pages[i]), "disk read");
		memcpy(page_address(pages[i]), at, host_page_bytes);
	}
	return 0;
}

static int disk_flush(struct block_device *bdev)
{
	return 0;
}

int bdev_rw(struct block_device *bdev, bool write, u64 sector,
	    struct page **pages, unsigned n)
{
	u64 count = (u64)n * (PAGE_SIZE / SECTOR_SIZE);
	int ret;

	BUG_ON(n == 0 || n > BDEV_MAX_PAGES);
	if (sector > bdev->sectors || count > bdev->sectors - sector)
		return -EIO;
	if (write && bdev->readonly)
		return -EIO;
	bdev->requests[write]++;
	bdev->moved[write] += count;
	host_yield();
	ret = bdev->rw(bdev, write, sector, pages, n);
	host_yield();
	return ret;
}

void register_block_device(struct block_device *bdev)
{
	TAILQ_INSERT_TAIL(&disks, bdev, list);
}

struct block_device *block_device_by_dev(unsigned dev)
{
	struct block_device *b;

	TAILQ_FOREACH(b, &disks, list)
		if (b->dev == dev)
			return b;
	return NULL;
}

struct host_disk *host_disk_new(const char *name, u64 pages)
{
	struct host_disk *d = host_zalloc(sizeof(*d));

	strlcpy(d->bdev.name, name, sizeof(d->bdev.name));
	d->bdev.sectors = pages * (PAGE_SIZE / SECTOR_SIZE);
	d->bdev.dev = 254u << 8 | (unsigned char)name[strlen(name) - 1];
	d->bdev.rw = disk_rw;
	d->bdev.flush = disk_flush;
	d->data = host_zalloc(pages * PAGE_SIZE);
	d->pages = pages;
	register_block_device(&d->bdev);
	return d;
}

void host_disk_free(struct host_disk *d)
{
	TAILQ_REMOVE(&disks, &d->bdev, list);
	host_free(d->data);
	host_free(d);
}

void host_mkswap(struct host_disk *d)
{
	u32 *header = (u32 *)(d->data + 1024);

	header[0] = 1;				/* version */
	header[1] = d->pages - 1;		/* last page */
	header[2] = 0;				/* bad pages */
	memcpy(d->data + PAGE_SIZE - 10, "SWAPSPACE2", 10);
}

u64 host_disk_find(const struct host_disk *d, const void *bytes, size_t n)
{
	const u8 *want = bytes;
	u64 found = 0;

	for (u64 i = 0; i < d->pages; i++) {
		const u8 *p = d->data + i * PAGE_SIZE, *end = p + PAGE_SIZE - n;

		while ((p = memchr(p, want[0], end - p + 1))) {
			if (!memcmp(p, want, n)) {
				found++;
				break;
			}
			if (p++ == end)
				break;
		}
	}
	return found;
}
