/* SPDX-License-Identifier: GPL-2.0 */
/* Block devices (drivers/block.c, drivers/virtio_blk.c). */
#ifndef DRIVERS_BLOCK_H
#define DRIVERS_BLOCK_H

#include <bsd/sys/queue.h>
#include <lib/types.h>
#include <mm/page.h>

#define SECTOR_SIZE 512u
#define BDEV_MAX_PAGES 32u	/* pages in one request */

struct block_device {
	char name[16];		/* "vda" */
	u64 sectors;		/* of 512 bytes */
	bool readonly;
	unsigned dev;		/* Linux dev_t: 254:0 for vda ... */
	/* n pages, whole, to or from consecutive sectors from `sector` on.
	 * Sleeps until done.  0 or -EIO. */
	int (*rw)(struct block_device *bdev, bool write, u64 sector,
		  struct page **pages, unsigned n);
	/* The same: `len` bytes at `offset` of one page, multiples of 512. */
	int (*rw_part)(struct block_device *bdev, bool write, u64 sector,
		       struct page *page, unsigned offset, unsigned len);
	int (*flush)(struct block_device *bdev);	/* 0 or -EIO */
	const void *holder;	/* who mounted it or swaps on it; or NULL */
	void *priv;
	u64 requests[2], moved[2];	/* requests and sectors, read, write */
	TAILQ_ENTRY(block_device) list;
};

void register_block_device(struct block_device *bdev);
struct block_device *block_device_by_dev(unsigned dev);

/* The first in order of registration; the next is TAILQ_NEXT(bdev, list). */
struct block_device *block_device_first(void);

/* Fault injection: replace the rules by those of `text`, as blkfail= has them
 * (comma separated; "" for none).  0, or -EINVAL and nothing changed.  get
 * prints them in the same form and returns the length. */
int blkfail_set(const char *text);
int blkfail_get(char *buf, size_t size);
void blkfail_init(void);	/* from the command line; a bad one is logged */

/* Checks the range, counts, applies the fault injection of the command line
 * (blkfail=NAME:read|write:SECTOR-SECTOR), then bdev->rw.  n <=
 * BDEV_MAX_PAGES.  0 or -EIO. */
int bdev_rw(struct block_device *bdev, bool write, u64 sector,
	    struct page **pages, unsigned n);

int bdev_rw_part(struct block_device *bdev, bool write, u64 sector,
		 struct page *page, unsigned offset, unsigned len);

void virtio_blk_init(void);	/* scans PCI bus 0; also blkfail_init() */

#endif
