// SPDX-License-Identifier: GPL-2.0
/*
 * Virtio disks: vda to vdh, in PCI order.  Each disk has one queue and up to
 * MAX_SLOTS requests in flight, whose headers, status bytes and descriptors
 * are set aside at boot: input and output allocate nothing, because reclaim
 * writes to swap when there is nothing left to allocate.
 *
 *   slot i owns descriptors [i * SLOT_DESCS, (i + 1) * SLOT_DESCS):
 *     header | page | page ... | status byte
 *
 * Keeps true: a slot is free, or belongs to one sleeping task until the device
 * returns it; what the device writes into the used ring only ever selects one
 * of our own slots that is in flight.  Lock: fields marked (i) are changed
 * with interrupts off.  Corresponds to Linux's drivers/block/virtio_blk.c and
 * drivers/virtio/virtio_pci_legacy.c.
 */
#include <arch/irq.h>
#include <arch/pci.h>
#include <drivers/block.h>
#include <drivers/virtio.h>
#include <kernel/lock.h>
#include <kernel/task.h>
#include <lib/bug.h>
#include <lib/err.h>
#include <lib/string.h>
#include <linux/virtio_blk.h>
#include <mm/slab.h>

#define MAX_DISKS	8
#define MAX_SLOTS	8
#define SLOT_DESCS	(BDEV_MAX_PAGES + 2)
#define MAX_RING	1024u
#define BLK_CONFIG	VIRTIO_PCI_CONFIG_OFF(0)
#define FIRST_IO_BASE	0xc000u	/* for firmware that assigns no ports */
#define VIRTBLK_MAJOR	254u

struct blk_slot {
	struct virtio_blk_outhdr hdr;
	volatile u8 status;	/* the device's answer */
	volatile bool busy;	/* (i) the device has it */
	bool taken;		/* (i) a task has it */
};

struct virtio_blk {
	struct block_device bdev;
	u16 port;
	unsigned irq;		/* 0: none routed, the queue is polled */
	bool can_flush;
	struct virtqueue vq;
	unsigned nr_slots;
	struct blk_slot *slots;
	struct wait_queue slot_free, done;
};

static unsigned nr_disks;
static u16 next_io_base = FIRST_IO_BASE;

/* ---- the queue --------------------------------------------------------- */

/* Collect what the device has finished.  Interrupts off. */
static void reap(struct virtio_blk *d)
{
	volatile struct vring_used *used = d->vq.ring.used;

	while (d->vq.last_used != used->idx) {
		unsigned i = d->vq.last_used++ & (d->vq.ring.num - 1);
		u32 slot = used->ring[i].id / SLOT_DESCS;

		if (slot < d->nr_slots)
			d->slots[slot].busy = false;
	}
}

static void blk_interrupt(void *arg)
{
	struct virtio_blk *d = arg;

	if (!inb(d->port + VIRTIO_PCI_ISR))
		return;
	reap(d);
	wake_up(&d->done);
}

static struct blk_slot *find_slot(struct virtio_blk *d)
{
	for (unsigned i = 0; i < d->nr_slots; i++)
		if (!d->slots[i].taken)
			return &d->slots[i];
	return NULL;
}

static struct blk_slot *take_slot(struct virtio_blk *d)
{
	struct blk_slot *s;

	wait_event(&d->slot_free, (s = find_slot(d)));
	s->taken = true;
	return s;
}

static void release_slot(struct virtio_blk *d, struct blk_slot *s)
{
	s->taken = false;
	wake_up(&d->slot_free);
}

static void set_desc(struct vring_desc *desc, const void *buf, u32 len,
		     u16 flags, u16 next)
{
	desc->addr = virt_to_phys(buf);
	desc->len = len;
	desc->flags = flags;
	desc->next = next;
}

/* Where the bytes of a request lie: the same part of each of n pages. */
struct blk_data {
	struct page **pages;
	unsigned n, offset, len;
};

/* Chain the slot's descriptors: header, pages, status. */
static void fill_descs(struct virtio_blk *d, struct blk_slot *s,
		       const struct blk_data *data, bool device_writes)
{
	u16 i = (s - d->slots) * SLOT_DESCS;
	struct vring_desc *desc = d->vq.ring.desc;
	u16 flags = VRING_DESC_F_NEXT |
		    (device_writes ? VRING_DESC_F_WRITE : 0);

	set_desc(&desc[i], &s->hdr, sizeof(s->hdr), VRING_DESC_F_NEXT, i + 1);
	i++;
	for (unsigned n = 0; n < data->n; n++, i++)
		set_desc(&desc[i], page_address(data->pages[n]) + data->offset,
			 data->len, flags, i + 1);
	set_desc(&desc[i], (const void *)&s->status, 1, VRING_DESC_F_WRITE, 0);
}

/* Hand the slot to the device. */
static void submit(struct virtio_blk *d, struct blk_slot *s)
{
	volatile struct vring_avail *avail = d->vq.ring.avail;
	unsigned long flags = irq_save();

	s->status = 0xff;
	s->busy = true;
	avail->ring[avail->idx & (d->vq.ring.num - 1)] =
		(s - d->slots) * SLOT_DESCS;
	virtio_wmb();
	avail->idx++;
	virtio_mb();
	outw(d->port + VIRTIO_PCI_QUEUE_NOTIFY, 0);
	irq_restore(flags);
}

/* A disk without an interrupt line: look until it is done. */
static void poll_done(struct virtio_blk *d, struct blk_slot *s)
{
	while (s->busy) {
		unsigned long flags = irq_save();

		reap(d);
		irq_restore(flags);
		cond_resched();
	}
}

static int do_request(struct virtio_blk *d, u32 type, u64 sector,
		      const struct blk_data *data)
{
	struct blk_slot *s = take_slot(d);
	int ret;

	s->hdr.type = type;
	s->hdr.ioprio = 0;
	s->hdr.sector = sector;
	fill_descs(d, s, data, type == VIRTIO_BLK_T_IN);
	submit(d, s);
	if (d->irq)
		wait_event(&d->done, !s->busy);
	else
		poll_done(d, s);
	ret = s->status == VIRTIO_BLK_S_OK ? 0 : -EIO;
	release_slot(d, s);
	return ret;
}

static int virtio_blk_rw(struct block_device *bdev, bool write, u64 sector,
			 struct page **pages, unsigned n)
{
	const struct blk_data data = { pages, n, 0, PAGE_SIZE };

	return do_request(bdev->priv, write ? VIRTIO_BLK_T_OUT :
			  VIRTIO_BLK_T_IN, sector, &data);
}

static int virtio_blk_rw_part(struct block_device *bdev, bool write, u64 sector,
			      struct page *page, unsigned offset, unsigned len)
{
	const struct blk_data data = { &page, 1, offset, len };

	return do_request(bdev->priv, write ? VIRTIO_BLK_T_OUT :
			  VIRTIO_BLK_T_IN, sector, &data);
}

static int virtio_blk_flush(struct block_device *bdev)
{
	static const struct blk_data none;
	struct virtio_blk *d = bdev->priv;

	if (!d->can_flush)
		return 0;
	return do_request(d, VIRTIO_BLK_T_FLUSH, 0, &none);
}

/* ---- finding and starting disks ---------------------------------------- */

static void set_status(struct virtio_blk *d, u8 bit)
{
	outb(d->port + VIRTIO_PCI_STATUS,
	     inb(d->port + VIRTIO_PCI_STATUS) | bit);
}

/* The I/O ports of BAR 0, assigned here if the firmware did not; 0: none. */
static u16 pci_io_bar(unsigned dev, unsigned fn)
{
	u32 bar = pci_read32(0, dev, fn, PCI_BAR0);
	u32 size;

	if (!(bar & PCI_BAR_IO))
		return 0;
	if (bar & 0xfffc)
		return bar & 0xfffc;
	pci_write32(0, dev, fn, PCI_BAR0, ~0u);
	size = ~(pci_read32(0, dev, fn, PCI_BAR0) & ~3u) + 1;
	size &= 0xffff;
	if (!size || size & (size - 1) ||
	    ALIGN_UP((u32)next_io_base, size) + size > 0x10000)
		return 0;
	bar = ALIGN_UP((u32)next_io_base, size);
	next_io_base = bar + size;
	pci_write32(0, dev, fn, PCI_BAR0, bar);
	return bar;
}

static void negotiate(struct virtio_blk *d)
{
	u32 offered, wanted;

	offered = inl(d->port + VIRTIO_PCI_HOST_FEATURES);
	wanted = offered & (1u << VIRTIO_BLK_F_RO | 1u << VIRTIO_BLK_F_FLUSH);
	outl(d->port + VIRTIO_PCI_GUEST_FEATURES, wanted);
	d->bdev.readonly = wanted & (1u << VIRTIO_BLK_F_RO);
	d->can_flush = wanted & (1u << VIRTIO_BLK_F_FLUSH);
	d->bdev.sectors = inl(d->port + BLK_CONFIG) |
			  (u64)inl(d->port + BLK_CONFIG + 4) << 32;
}

/* Ring memory and slots, all that the disk will ever need. */
static int setup_queue(struct virtio_blk *d)
{
	struct page *ring;
	unsigned num, order = 0;

	outw(d->port + VIRTIO_PCI_QUEUE_SEL, 0);
	num = inw(d->port + VIRTIO_PCI_QUEUE_NUM);
	if (num < SLOT_DESCS || num > MAX_RING || num & (num - 1))
		return -EINVAL;
	while ((PAGE_SIZE << order) < vring_size(num, VIRTIO_PCI_VRING_ALIGN))
		order++;
	ring = alloc_pages(GFP_KERNEL | GFP_ZERO, order);
	if (!ring)
		return -ENOMEM;
	d->nr_slots = min(num / SLOT_DESCS, (unsigned)MAX_SLOTS);
	d->slots = kzalloc(d->nr_slots * sizeof(*d->slots), GFP_KERNEL);
	if (!d->slots) {
		free_pages(ring, order);
		return -ENOMEM;
	}
	vring_init(&d->vq.ring, num, page_address(ring),
		   VIRTIO_PCI_VRING_ALIGN);
	outl(d->port + VIRTIO_PCI_QUEUE_PFN, page_to_pfn(ring));
	return 0;
}

static int start_disk(struct virtio_blk *d)
{
	int err;

	outb(d->port + VIRTIO_PCI_STATUS, 0);
	set_status(d, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	set_status(d, VIRTIO_CONFIG_S_DRIVER);
	negotiate(d);
	err = setup_queue(d);
	if (!err && d->irq && request_irq(d->irq, blk_interrupt, d, "virtio"))
		d->irq = 0;
	set_status(d, err ? VIRTIO_CONFIG_S_FAILED : VIRTIO_CONFIG_S_DRIVER_OK);
	return err;
}

static void name_disk(struct virtio_blk *d)
{
	struct block_device *b = &d->bdev;

	strlcpy(b->name, "vda", sizeof(b->name));
	b->name[2] += nr_disks;
	b->dev = VIRTBLK_MAJOR << 8 | nr_disks * 16;
	b->rw = virtio_blk_rw;
	b->rw_part = virtio_blk_rw_part;
	b->flush = virtio_blk_flush;
	b->priv = d;
}

static void probe(unsigned dev, unsigned fn)
{
	u32 command = pci_read32(0, dev, fn, PCI_COMMAND) & 0xffff;
	u16 port = pci_io_bar(dev, fn);
	struct virtio_blk *d;

	if (nr_disks == MAX_DISKS || !port) {
		printk("virtio-blk 00:%02x.%u: %s, ignored\n", dev, fn,
		       port ? "too many disks" : "no I/O ports");
		return;
	}
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return;
	command &= ~PCI_COMMAND_INTX_OFF;
	pci_write32(0, dev, fn, PCI_COMMAND,
		    command | PCI_COMMAND_IO | PCI_COMMAND_MASTER);
	d->port = port;
	d->irq = PCI_IRQ;
	wait_queue_init(&d->slot_free);
	wait_queue_init(&d->done);
	name_disk(d);
	if (start_disk(d)) {
		printk("virtio-blk 00:%02x.%u: cannot be started\n", dev, fn);
		kfree(d);
		return;
	}
	nr_disks++;
	register_block_device(&d->bdev);
}

/* A device nobody drives, which the firmware may have left with its interrupt
 * line asserted: on a line we share, that would be an endless interrupt. */
static void silence(unsigned dev, unsigned fn)
{
	u32 command = pci_read32(0, dev, fn, PCI_COMMAND) & 0xffff;

	pci_write32(0, dev, fn, PCI_COMMAND, command | PCI_COMMAND_INTX_OFF);
}

static void look_at(unsigned dev, unsigned fn)
{
	u32 id = pci_read32(0, dev, fn, PCI_ID);

	if (id == (VIRTIO_ID_BLK_LEGACY << 16 | VIRTIO_VENDOR))
		probe(dev, fn);
	else if (id != ~0u)
		silence(dev, fn);
}

void virtio_blk_init(void)
{
	blkfail_init();
	pci_route_irqs();
	for (unsigned dev = 0; dev < 32; dev++) {
		u32 header = pci_read32(0, dev, 0, PCI_HEADER);
		unsigned fns = header & PCI_HEADER_MULTI ? 8 : 1;

		for (unsigned fn = 0; fn < fns; fn++)
			look_at(dev, fn);
	}
}
