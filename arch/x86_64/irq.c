// SPDX-License-Identifier: GPL-2.0
/*
 * The two 8259 interrupt controllers, moved to vectors 32..47, and the
 * handlers of each line.  A line is open from its first request_irq on.
 * Handlers are called with interrupts off; the list of a line is changed
 * under irq_save.  (Linux: arch/x86/kernel/i8259.c)
 */
#include <arch/cpu.h>
#include <arch/io.h>
#include <arch/irq.h>
#include <arch/pte.h>
#include <bsd/sys/queue.h>
#include <lib/err.h>
#include <mm/slab.h>

#define PIC1		0x20
#define PIC2		0xa0
#define PIC_EOI		0x20
#define PIC_READ_ISR	0x0b

#define APIC_SPURIOUS	0xf0		/* registers, byte offsets */
#define APIC_LVT0	0x350
#define APIC_SOFT_ENABLE (1u << 8)
#define APIC_EXTINT	0x700u

u64 irq_counts[NR_IRQS];

struct irq_action {
	const char *name;
	void (*handler)(void *arg);
	void *arg;
	SLIST_ENTRY(irq_action) link;
};

static SLIST_HEAD(, irq_action) actions[NR_IRQS];
bool in_irq;
static u16 irq_mask = 0xfffb;	/* open: only the cascade, line 2 */

static void write_masks(void)
{
	outb(PIC1 + 1, irq_mask & 0xff);
	outb(PIC2 + 1, irq_mask >> 8);
}

/*
 * The local APIC stands between the PIC and the processor: its LINT0 pin is
 * made to pass the PIC's interrupts through, as not every firmware does.
 */
static void apic_virtual_wire(void)
{
	volatile u32 *apic;
	u32 r[4];

	cpuid(1, r);
	if (!(r[3] & 1u << 9) || !(rdmsr(MSR_APIC_BASE) & APIC_BASE_ENABLE))
		return;
	apic = phys_to_virt(rdmsr(MSR_APIC_BASE) & PTE_PFN_MASK);
	apic[APIC_SPURIOUS / 4] = APIC_SOFT_ENABLE | (VEC_IRQ + 15);
	apic[APIC_LVT0 / 4] = APIC_EXTINT;
}

void pic_init(void)
{
	apic_virtual_wire();
	outb(PIC1, 0x11);		/* initialise, ICW4 follows */
	outb(PIC2, 0x11);
	outb(PIC1 + 1, VEC_IRQ);
	outb(PIC2 + 1, VEC_IRQ + 8);
	outb(PIC1 + 1, 1 << 2);		/* the second hangs on line 2 */
	outb(PIC2 + 1, 2);
	outb(PIC1 + 1, 1);		/* 8086 mode */
	outb(PIC2 + 1, 1);
	irq_mask &= ~1u;		/* the timer */
	write_masks();
}

const char *irq_name(unsigned irq)
{
	const struct irq_action *a = SLIST_FIRST(&actions[irq]);

	return a ? a->name : irq == 0 ? "timer" : NULL;
}

int request_irq(unsigned irq, void (*handler)(void *arg), void *arg,
		const char *name)
{
	struct irq_action *a;
	unsigned long flags;

	if (irq >= NR_IRQS)
		return -EINVAL;
	a = kmalloc(sizeof(*a), GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	a->name = name;
	a->handler = handler;
	a->arg = arg;
	flags = irq_save();
	SLIST_INSERT_HEAD(&actions[irq], a, link);
	irq_mask &= ~(1u << irq);
	write_masks();
	irq_restore(flags);
	return 0;
}

/* Lines 7 and 15 also stand for "it went away again". */
static bool spurious(unsigned irq)
{
	u16 pic = irq < 8 ? PIC1 : PIC2;

	if ((irq & 7) != 7)
		return false;
	outb(pic, PIC_READ_ISR);
	return !(inb(pic) & 0x80);
}

static void end_of_interrupt(unsigned irq)
{
	if (irq >= 8)
		outb(PIC2, PIC_EOI);
	outb(PIC1, PIC_EOI);
}

void irq_dispatch(unsigned irq)
{
	struct irq_action *a;

	if (spurious(irq)) {
		if (irq >= 8)
			outb(PIC1, PIC_EOI);
		return;
	}
	irq_counts[irq]++;
	SLIST_FOREACH(a, &actions[irq], link)
		a->handler(a->arg);
	end_of_interrupt(irq);
}
