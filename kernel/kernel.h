/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Start-up and what arch/ calls.  Order of kmain(): arch_early_init (console,
 * traps, direct map) -> mm -> sched, clock, irqs -> drivers -> fs (initrd into
 * tmpfs) -> process 1.
 */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <boot/protocol.h>
#include <lib/types.h>

struct pt_regs;

extern struct boot_info *boot_info;	/* a copy, in the kernel's data */

void kmain(struct boot_info *bi) __attribute__((noreturn));

/* Kernel command line: value of name=..., copied to buf: length; "" for a bare
 * word; -1 if absent. */
int cmdline_get(const char *name, char *buf, size_t size);
extern char saved_command_line[];
extern int randomize_va_space;	/* 0: off, 1: all but the heap, 2: all */

/* arch -> kernel: a fault.  `error` is the hardware's page-fault error code.
 * User mode: becomes a signal.  Kernel mode in a user copy: false means that
 * arch must apply its fixup. */
bool do_page_fault(struct pt_regs *regs, unsigned long addr, u64 error);
/* Exceptions from user mode become signals. */
struct trap {
	const char *name;
	int sig, code;
	bool at_ip;		/* si_addr is the instruction */
};
void do_user_trap(struct pt_regs *regs, const struct trap *t, unsigned vector,
		  unsigned long addr, u64 error);

/* arch init steps, called by kmain (arch/x86_64) */
void arch_early_init(struct boot_info *bi);	/* console, traps, CPU bits */
/* Direct map, mem_map, frames to mm's allocator, final W^X map; stops with one
 * clear line if there is too little memory. */
void arch_mm_init(struct boot_info *bi);
/* Once the initrd is unpacked: what the loader used, without the kernel's
 * image, becomes free memory.  bi itself must not lie there any more. */
void arch_free_loader_memory(const struct boot_info *bi);
void arch_irq_init(void);			/* PIC, timer, syscall MSRs */
extern unsigned long boot_mem_pages;		/* frames of RAM found */

#endif
