/* SPDX-License-Identifier: GPL-2.0 */
/*
 * 16550 serial ports: 0 (0x3f8, irq 4) the console, 1 (0x2f8, irq 3) the kernel
 * log, 2 (0x3e8, irq 4) standard error of `tools/holdfast run`.  Output is
 * polled, input by interrupt.
 */
#ifndef DRIVERS_UART_H
#define DRIVERS_UART_H

#include <lib/types.h>

#define NR_UARTS 3

void uart_early_init(void);		/* probe; output works after it */
bool uart_present(unsigned port);
/* Any context. */
void uart_write(unsigned port, const char *buf, size_t n);
/* Call f(arg, c) in interrupt context for each byte received. */
void uart_set_rx(unsigned port, void (*f)(void *arg, u8 c), void *arg);
void uart_irq_init(void);

#endif
