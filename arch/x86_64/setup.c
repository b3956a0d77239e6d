// SPDX-License-Identifier: GPL-2.0
/*
 * The order in which the machine is brought up: what kmain() calls.
 * (Linux: arch/x86/kernel/setup.c)
 */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <drivers/uart.h>
#include <kernel/kernel.h>

void arch_early_init(struct boot_info *bi)
{
	kernel_phys = bi->kernel_phys;
	uart_early_init();
	cpu_init();
	idt_init();
	acpi_init(bi->rsdp);
}

void arch_irq_init(void)
{
	cpu_init_syscall();
	pic_init();
	pit_start_tick();
}
