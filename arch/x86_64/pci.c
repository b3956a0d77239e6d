// SPDX-License-Identifier: GPL-2.0
/*
 * PCI configuration space, mechanism #1: an address port and a data port.
 * The pair is guarded by irq_save.  (Linux: arch/x86/pci/direct.c)
 */
#include <arch/io.h>
#include <arch/irq.h>
#include <arch/pci.h>
#include <lib/types.h>

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

/* ---- interrupt routing ------------------------------------------------- */

/* ISA bridges whose PIRQ registers, one byte a pin, are at 0x60 (PIIX3 on
 * `pc`, ICH9 on `q35`; the ICH9 has four more at 0x68). */
static const struct bridge {
	u8 dev;
	u32 id;
	bool eight;
} bridges[] = {
	{ 1, 0x70008086, false },
	{ 31, 0x29188086, true },
};

#define PIRQ_ALL (PCI_IRQ * 0x01010101u)
#define ELCR2 0x4d1		/* level or edge, lines 8 to 15 */

void pci_route_irqs(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(bridges); i++) {
		const struct bridge *b = &bridges[i];

		if (pci_read32(0, b->dev, 0, 0) != b->id)
			continue;
		pci_write32(0, b->dev, 0, 0x60, PIRQ_ALL);
		if (b->eight)
			pci_write32(0, b->dev, 0, 0x68, PIRQ_ALL);
		outb(ELCR2, inb(ELCR2) | 1u << (PCI_IRQ - 8));
	}
}
