/* SPDX-License-Identifier: GPL-2.0 */
/* Ending the machine, and reading its stack before that. */
#ifndef ARCH_POWER_H
#define ARCH_POWER_H

#include <lib/types.h>

void arch_poweroff(void) __attribute__((noreturn));	/* ACPI S5 */
void arch_reboot(void) __attribute__((noreturn));
/* Leave QEMU with a non-zero status through isa-debug-exit (port 0xf4), else
 * halt. */
void arch_panic_exit(void) __attribute__((noreturn));
void arch_backtrace(void);	/* printk()s the call chain, symbolised */
u64 arch_call_path(void);	/* a hash of it */

#endif
