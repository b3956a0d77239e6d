/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupt masking and IRQ lines of the PC (ISA numbers; PCI INTx alike). */
#ifndef ARCH_IRQ_H
#define ARCH_IRQ_H

#include <lib/types.h>

static inline unsigned long irq_save(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

static inline void irq_restore(unsigned long flags)
{
	if (flags & (1ul << 9))
		__asm__ volatile("sti" : : : "memory");
}

static inline void irq_enable(void) { __asm__ volatile("sti" : : : "memory"); }
static inline void irq_disable(void) { __asm__ volatile("cli" : : : "memory"); }
/* Enable interrupts and halt until one comes; no wakeup is lost between. */
static inline void cpu_idle_wait(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

#define NR_IRQS 16

extern bool in_irq;		/* an interrupt is being handled */

/* Handlers run with interrupts off and may not sleep; a line may be shared:
 * every handler on it is called.  `name` is for /proc/interrupts and kept.  0,
 * or -ENOMEM. */
int request_irq(unsigned irq, void (*handler)(void *arg), void *arg,
		const char *name);
/* How often each line was heard; whose it is, NULL: nobody's. */
extern u64 irq_counts[NR_IRQS];
const char *irq_name(unsigned irq);

#endif
