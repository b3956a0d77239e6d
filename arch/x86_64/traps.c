// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions and interrupts, and the way back to user mode.  A fault in user
 * mode becomes a signal; one in kernel mode is legal only at an instruction
 * of the exception table (uaccess.c), else the kernel stops with its
 * registers and a backtrace.  All gates are interrupt gates: handlers start
 * with interrupts off and turn them on when the interrupted code had them.
 * (Linux: arch/x86/kernel/traps.c, kernel/entry/common.c)
 */
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/power.h>
#include <kernel/kernel.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/bug.h>

struct gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_mid;
	u32 offset_high, reserved;
};

struct exception_entry { u64 ip, fixup; };
extern const struct exception_entry __start_ex_table[], __stop_ex_table[];
extern const u64 trap_stubs[NR_VECTORS];

void trap_dispatch(unsigned vector, struct pt_regs *regs, u64 error);

static struct gate idt[256] __aligned(16);

static void set_gate(unsigned vector, unsigned ist, unsigned dpl)
{
	u64 stub = trap_stubs[vector];

	idt[vector] = (struct gate){
		.offset_low = stub & 0xffff,
		.selector = KERNEL_CS,
		.ist = ist,
		.type = 0x8e | dpl << 5,
		.offset_mid = stub >> 16 & 0xffff,
		.offset_high = stub >> 32,
	};
}

void idt_init(void)
{
	struct { u16 limit; void *base; } __packed ptr = {
		sizeof(idt) - 1, idt };

	for (unsigned v = 0; v < NR_VECTORS; v++)
		set_gate(v, 0, v == 3 || v == 4 ? 3 : 0);
	set_gate(VEC_DF, 1, 0);
	set_gate(VEC_NMI, 2, 0);
	set_gate(VEC_MC, 3, 0);
	__asm__ volatile("lidt %0" : : "m"(ptr));
}

/* ---- the exception table ---------------------------------------------- */

static const struct exception_entry *find_fixup(u64 ip)
{
	const struct exception_entry *e;

	for (e = __start_ex_table; e < __stop_ex_table; e++)
		if (e->ip == ip)
			return e;
	return NULL;
}

static bool fixup_exception(struct pt_regs *regs)
{
	const struct exception_entry *e = find_fixup(regs->ip);

	if (!e)
		return false;
	regs->ip = e->fixup;
	return true;
}

/* ---- faults ------------------------------------------------------------ */

/* What Linux makes of each in user mode. */
static const struct trap traps[] = {
	{ "divide error", SIGFPE, FPE_INTDIV, true },
	{ "debug", SIGTRAP, TRAP_TRACE, true },
	{ "NMI", SIGSEGV, SI_KERNEL, false },
	{ "int3", SIGTRAP, SI_KERNEL, false },
	{ "overflow", SIGSEGV, SI_KERNEL, false },
	{ "bounds", SIGSEGV, SI_KERNEL, false },
	{ "invalid opcode", SIGILL, ILL_ILLOPN, true },
	{ "device not available", SIGSEGV, SI_KERNEL, false },
	{ "double fault", SIGSEGV, SI_KERNEL, false },
	{ "coprocessor overrun", SIGFPE, SI_KERNEL, false },
	{ "invalid TSS", SIGSEGV, SI_KERNEL, false },
	{ "segment not present", SIGBUS, SI_KERNEL, false },
	{ "stack segment", SIGBUS, SI_KERNEL, false },
	{ "general protection fault", SIGSEGV, SI_KERNEL, false },
	{ "page fault", SIGSEGV, SI_KERNEL, false },
	{ "unknown trap", SIGSEGV, SI_KERNEL, false },
	{ "fpu exception", SIGFPE, FPE_FLTINV, true },
	{ "alignment check", SIGBUS, BUS_ADRALN, false },
	{ "machine check", SIGBUS, SI_KERNEL, false },
	{ "simd exception", SIGFPE, FPE_FLTINV, true },
};

static const struct trap *trap_of(unsigned vector)
{
	return &traps[vector < ARRAY_SIZE(traps) ? vector : 15];
}

static void print_regs(const struct pt_regs *r)
{
	u64 offset = 0;
	const char *name = ksym_lookup(r->ip, &offset);

	printk(KERN_EMERG "RIP: %04lx:%016lx %s+0x%lx\n", r->cs, r->ip,
	       name ? name : "?", offset);
	printk(KERN_EMERG "RSP: %04lx:%016lx EFLAGS: %08lx CR2: %016lx\n",
	       r->ss, r->sp, r->flags, read_cr2());
	printk(KERN_EMERG "RAX: %016lx RBX: %016lx RCX: %016lx\n",
	       r->ax, r->bx, r->cx);
	printk(KERN_EMERG "RDX: %016lx RSI: %016lx RDI: %016lx\n",
	       r->dx, r->si, r->di);
	printk(KERN_EMERG "RBP: %016lx R8:  %016lx R9:  %016lx\n",
	       r->bp, r->r8, r->r9);
	printk(KERN_EMERG "R10: %016lx R11: %016lx R12: %016lx\n",
	       r->r10, r->r11, r->r12);
	printk(KERN_EMERG "R13: %016lx R14: %016lx R15: %016lx\n",
	       r->r13, r->r14, r->r15);
}

static void __noreturn die(struct pt_regs *regs, unsigned vector, u64 error)
{
	irq_disable();
	print_regs(regs);
	if (vector == VEC_DF || vector == VEC_MC)
		backtrace_from(regs->bp);	/* panic's ends at the IST */
	panic("%s in kernel mode, error code %lx", trap_of(vector)->name,
	      error);
}

static void page_fault(struct pt_regs *regs, u64 error)
{
	unsigned long addr = read_cr2();

	if (!user_mode(regs)) {
		if (!find_fixup(regs->ip))
			die(regs, VEC_PF, error);
		if (addr >= TASK_SIZE) {
			fixup_exception(regs);
			return;
		}
	}
	if (regs->flags & FLAG_IF)
		irq_enable();
	if (!do_page_fault(regs, addr, error) && !user_mode(regs))
		fixup_exception(regs);
	irq_disable();
}

static void kernel_trap(struct pt_regs *regs, unsigned vector, u64 error)
{
	if (vector == VEC_DB)
		regs->flags &= ~FLAG_TF;
	else if (vector != VEC_GP || !fixup_exception(regs))
		die(regs, vector, error);
}

static void user_trap(struct pt_regs *regs, unsigned vector, u64 error)
{
	const struct trap *t = trap_of(vector);

	irq_enable();
	do_user_trap(regs, t, vector, t->at_ip ? regs->ip : 0, error);
	irq_disable();
}

static void exception(struct pt_regs *regs, unsigned vector, u64 error)
{
	if (vector == VEC_DF || vector == VEC_MC) {
		die(regs, vector, error);
	} else if (!user_mode(regs)) {
		kernel_trap(regs, vector, error);
	} else {
		user_trap(regs, vector, error);
	}
}

static void interrupt(struct pt_regs *regs, unsigned irq)
{
	in_irq = true;
	if (irq == 0)
		tick_irq(regs);
	else
		irq_dispatch(irq);
	in_irq = false;
}

/* Interrupts are off here, at the end too. */
void trap_dispatch(unsigned vector, struct pt_regs *regs, u64 error)
{
	if (likely(vector == VEC_PF)) {
		page_fault(regs, error);
	} else if (vector >= VEC_IRQ) {
		interrupt(regs, vector - VEC_IRQ);
	} else if (vector == VEC_NMI) {
		printk(KERN_WARNING "NMI ignored\n");
		return;
	} else {
		exception(regs, vector, error);
	}
	if (exit_work && user_mode(regs))
		exit_to_user(regs);
}

/* ---- the way back ------------------------------------- */

/*
 * Returns with interrupts off and nothing left to do.  An address that is not
 * canonical (a signal handler, a hostile ELF entry) would make iret fault in
 * the kernel: it becomes the SIGSEGV that the jump itself deserves.  Whoever
 * changes regs->ip sets exit_work.
 */
void exit_to_user(struct pt_regs *regs)
{
	irq_disable();
	while (exit_work) {
		if (unlikely(regs->ip >> 47)) {
			irq_enable();
			force_sig_fault(SIGSEGV, SI_KERNEL, 0);
		} else if (!exit_work_pending(regs)) {
			exit_work = false;
			return;
		}
		irq_enable();
		exit_to_user_mode_work(regs);
		irq_disable();
	}
}
