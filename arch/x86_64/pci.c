// SPDX-License-Identifier: GPL-2.0
/*
 * PCI configuration space, mechanism #1: an address port and a data port.
 * The pair is guarded by irq_save.  (Linux: arch/x86/pci/direct.c)
 */
#include <arch/io.h>
#include <arch/irq.h>
#include <arch/pci.h>

static void select(u8 bus, u8 dev, u8 fn, u8 off)
{
	outl(0xcf8, 1u << 31 | bus << 16 | (dev & 31) << 11 | (fn & 7) << 8 |
	     (off & 0xfc));
}

u32 pci_read32(u8 bus, u8 dev, u8 fn, u8 off)
{
	unsigned long flags = irq_save();
	u32 value;

	select(bus, dev, fn, off);
	value = inl(0xcfc);
	irq_restore(flags);
	return value;
}

void pci_write32(u8 bus, u8 dev, u8 fn, u8 off, u32 value)
{
	unsigned long flags = irq_save();

	select(bus, dev, fn, off);
	outl(0xcfc, value);
	irq_restore(flags);
}
