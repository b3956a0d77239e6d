// SPDX-License-Identifier: GPL-2.0
/*
 * 16550 serial ports.  Output waits for the transmitter and hands it a whole
 * FIFO of 16 bytes at a time; input comes by interrupt.  ISA interrupt lines
 * are edge-triggered, so a handler goes on until no port of its line has
 * anything left.  The kernel log goes out through port 1.
 * (Linux: drivers/tty/serial/8250)
 */
#include <arch/io.h>
#include <arch/irq.h>
#include <drivers/uart.h>
#include <lib/bug.h>

#define REG_DATA	0
#define REG_IER		1
#define REG_FCR		2
#define REG_LCR		3
#define REG_MCR		4
#define REG_LSR		5
#define REG_SCRATCH	7

#define LSR_DATA	0x01
#define LSR_THRE	0x20
#define FIFO_SIZE	16

static struct uart {
	u16 base;
	u8 irq;
	bool present;
	void (*rx)(void *arg, u8 c);
	void *arg;
} uarts[NR_UARTS] = {
	{ .base = 0x3f8, .irq = 4 },
	{ .base = 0x2f8, .irq = 3 },
	{ .base = 0x3e8, .irq = 4 },
};

static bool probe(u16 base)
{
	outb(base + REG_SCRATCH, 0x5a);
	if (inb(base + REG_SCRATCH) != 0x5a)
		return false;
	outb(base + REG_SCRATCH, 0xa5);
	return inb(base + REG_SCRATCH) == 0xa5;
}

bool uart_present(unsigned port)
{
	return port < NR_UARTS && uarts[port].present;
}

void uart_write(unsigned port, const char *buf, size_t n)
{
	u16 base;

	if (!uart_present(port))
		return;
	base = uarts[port].base;
	while (n) {
		size_t chunk = min(n, (size_t)FIFO_SIZE);

		while (!(inb(base + REG_LSR) & LSR_THRE))
			;
		outsb(base + REG_DATA, buf, chunk);
		buf += chunk;
		n -= chunk;
	}
}

/* The log's own port, or the console where there is only one. */
static void log_write(const char *buf, size_t n)
{
	uart_write(uart_present(1) ? 1 : 0, buf, n);
}

void uart_early_init(void)
{
	for (struct uart *u = uarts; u < uarts + NR_UARTS; u++) {
		u->present = probe(u->base);
		if (!u->present)
			continue;
		outb(u->base + REG_IER, 0);
		outb(u->base + REG_LCR, 0x80);	/* divisor: 115200 */
		outb(u->base + REG_DATA, 1);
		outb(u->base + REG_IER, 0);
		outb(u->base + REG_LCR, 0x03);	/* 8N1 */
		outb(u->base + REG_FCR, 0x07);	/* FIFOs on and empty */
		outb(u->base + REG_MCR, 0x0b);	/* DTR, RTS, interrupts */
	}
	console_write = log_write;
}

void uart_set_rx(unsigned port, void (*f)(void *arg, u8 c), void *arg)
{
	struct uart *u = &uarts[port];
	unsigned long flags = irq_save();

	u->rx = f;
	u->arg = arg;
	if (u->present)
		outb(u->base + REG_IER, f ? 1 : 0);
	irq_restore(flags);
}

static bool drain(struct uart *u)
{
	bool any = false;

	while (inb(u->base + REG_LSR) & LSR_DATA) {
		u8 c = inb(u->base + REG_DATA);

		if (u->rx)
			u->rx(u->arg, c);
		any = true;
	}
	return any;
}

/* `arg`: the line. */
static void uart_irq(void *arg)
{
	u8 irq = (u8)(unsigned long)arg;
	bool any;

	do {
		any = false;
		for (struct uart *u = uarts; u < uarts + NR_UARTS; u++)
			if (u->present && u->irq == irq)
				any |= drain(u);
	} while (any);
}

void uart_irq_init(void)
{
	if (request_irq(4, uart_irq, (void *)4, "ttyS0") ||
	    request_irq(3, uart_irq, (void *)3, "ttyS1"))
		printk(KERN_ERR "uart: out of memory, no input\n");
}
