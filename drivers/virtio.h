/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The legacy virtio transport over a PCI I/O BAR (Virtio 1.0, 4.1.4.8 and
 * 2.4.1): what QEMU's transitional devices offer on the root bus of pc and
 * q35.  Ports need no mapping, so a disk works before mm/ does.  Registers
 * and ring structures are linux-libc-dev's.
 */
#ifndef DRIVERS_VIRTIO_H
#define DRIVERS_VIRTIO_H

#include <arch/io.h>
#include <lib/types.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>

#define VIRTIO_VENDOR		0x1af4u
#define VIRTIO_ID_BLK_LEGACY	0x1001u	/* transitional PCI device number */

/* PCI configuration space (PCI Local Bus 3.0, 6.1) */
#define PCI_ID			0x00
#define PCI_COMMAND		0x04
#define PCI_COMMAND_IO		0x1u
#define PCI_COMMAND_MASTER	0x4u
#define PCI_COMMAND_INTX_OFF	0x400u
#define PCI_HEADER		0x0c
#define PCI_HEADER_MULTI	0x800000u
#define PCI_BAR0		0x10
#define PCI_BAR_IO		0x1u

/* One virtqueue in the split layout; `ring` is what vring_init() fills. */
struct virtqueue {
	struct vring ring;
	u16 last_used;		/* (i) next entry of ring.used to look at */
};

/* Order between our stores to the ring and the index that publishes them; x86
 * keeps stores in order, so the compiler is all that must be held back. */
static inline void virtio_wmb(void)
{
	__asm__ volatile("" : : : "memory");
}

/* Stores visible before the device is told (a store, then a port write, may
 * not pass each other either, but the specification asks for a full fence). */
static inline void virtio_mb(void)
{
	__asm__ volatile("mfence" : : : "memory");
}

#endif
