/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupt masking: there are no interrupts, only the flag, so that sleeping
 * with the wrong state is noticed. */
#ifndef ARCH_IRQ_H
#define ARCH_IRQ_H

#include <lib/types.h>

extern bool host_irqs_off;

static inline unsigned long irq_save(void)
{
	unsigned long flags = host_irqs_off;

	host_irqs_off = true;
	return flags;
}

static inline void irq_restore(unsigned long flags)
{
	host_irqs_off = flags;
}

static inline void irq_enable(void) { host_irqs_off = false; }
static inline void irq_disable(void) { host_irqs_off = true; }

#endif
