/* SPDX-License-Identifier: GPL-2.0 */
/* PCI configuration space through ports 0xcf8 and 0xcfc (mechanism #1). */
#ifndef ARCH_PCI_H
#define ARCH_PCI_H

#include <lib/types.h>

/* `off` is a multiple of 4; a function that is not there reads all ones. */
u32 pci_read32(u8 bus, u8 dev, u8 fn, u8 off);
void pci_write32(u8 bus, u8 dev, u8 fn, u8 off, u32 value);

/* The one ISA line that every INTx pin is routed to. */
#define PCI_IRQ 11

/* Route them: firmware differs in what it does, and some does nothing. */
void pci_route_irqs(void);

#endif
