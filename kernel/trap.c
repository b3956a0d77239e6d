// SPDX-License-Identifier: GPL-2.0
/*
 * Faults and exceptions become signals, as Linux numbers them.  A page fault
 * in kernel mode on a user address is a copy to or from user memory: it is
 * filled like the user's own, or reported to arch, whose fixup makes it
 * EFAULT.  (Linux: arch/x86/mm/fault.c, arch/x86/kernel/traps.c)
 */
#include <arch/page.h>
#include <kernel/kernel.h>
#include <kernel/task.h>
#include <mm/mm.h>
#include <mm/swap.h>

#define PF_PROT		0x01u
#define PF_WRITE	0x02u
#define PF_USER		0x04u
#define PF_INSTR	0x10u

#define VECTOR_DE 0
#define VECTOR_DB 1
#define VECTOR_BP 3
#define VECTOR_OF 4
#define VECTOR_BR 5
#define VECTOR_UD 6
#define VECTOR_SS 12
#define VECTOR_PF 14
#define VECTOR_MF 16
#define VECTOR_AC 17
#define VECTOR_XM 19

static void note_fault(unsigned long addr, u64 vector, u64 error)
{
	current->fault_cr2 = addr;
	current->fault_trapno = vector;
	current->fault_err = error;
}

static bool dies_of(int sig)
{
	return current->sighand->action[sig - 1].handler == SIG_DFL ||
	       (current->blocked & sigmask(sig));
}

static void user_fault_signal(struct pt_regs *regs, unsigned long addr,
			      u64 error, unsigned fault)
{
	/* Addresses of the kernel half look like any missing mapping, and
	 * like a protection fault in the error code, as Linux shows them. */
	if (addr >= TASK_SIZE)
		error |= PF_PROT;
	note_fault(addr, VECTOR_PF, error);
	if (fault & VM_FAULT_SIGBUS) {
		force_sig_fault(SIGBUS, BUS_ADRERR, addr);
		return;
	}
	if (dies_of(SIGSEGV))
		printk("%s[%d]: segfault at %lx ip %llx sp %llx error %llx\n",
		       current->comm, current->pid, addr,
		       (unsigned long long)regs->ip,
		       (unsigned long long)regs->sp,
		       (unsigned long long)error);
	force_sig_fault(SIGSEGV, fault & VM_FAULT_SEGV_ACCERR ? SEGV_ACCERR :
			SEGV_MAPERR, addr);
}

static unsigned fault_flags(u64 error)
{
	return (error & PF_WRITE ? FAULT_FLAG_WRITE : 0) |
	       (error & PF_INSTR ? FAULT_FLAG_INSTRUCTION : 0);
}

/* Someone must die for this fault: the OOM killer's choice, else the one who
 * faults.  True: try again (or die on the way to user mode). */
static bool wait_for_memory(void)
{
	if (fatal_signal_pending())
		return false;
	if (!out_of_memory())
		kill_task(current);
	sleep_ns(1, false);
	return true;
}

bool do_page_fault(struct pt_regs *regs, unsigned long addr, u64 error)
{
	unsigned fault = VM_FAULT_SEGV_MAPERR;

	if (!current->mm || ((error & PF_INSTR) && !(error & PF_USER)))
		return false;
	if (addr < TASK_SIZE)
		fault = do_user_fault(current->mm, addr, fault_flags(error));
	if (!(fault & VM_FAULT_ERROR)) {
		if (fault & VM_FAULT_MAJOR)
			current->maj_flt++;
		else
			current->min_flt++;
		return true;
	}
	if (fault & VM_FAULT_OOM)
		return wait_for_memory();
	if (error & PF_USER)
		user_fault_signal(regs, addr, error, fault);
	return error & PF_USER;
}

struct trap {
	const char *name;
	int sig, code;
	bool with_ip;		/* si_addr is the instruction */
};

static const struct trap traps[] = {
	[VECTOR_DE] = { "divide error", SIGFPE, FPE_INTDIV, true },
	[VECTOR_DB] = { "debug", SIGTRAP, TRAP_TRACE, true },
	[VECTOR_BP] = { "int3", SIGTRAP, SI_KERNEL, false },
	[VECTOR_OF] = { "overflow", SIGSEGV, SI_KERNEL, false },
	[VECTOR_BR] = { "bounds", SIGSEGV, SI_KERNEL, false },
	[VECTOR_UD] = { "invalid opcode", SIGILL, ILL_ILLOPN, true },
	[VECTOR_SS] = { "stack segment", SIGBUS, SI_KERNEL, false },
	[VECTOR_MF] = { "fpu exception", SIGFPE, FPE_FLTINV, true },
	[VECTOR_AC] = { "alignment check", SIGBUS, BUS_ADRALN, false },
	[VECTOR_XM] = { "simd exception", SIGFPE, FPE_FLTINV, true },
};

void do_user_trap(struct pt_regs *regs, int vector, u64 error)
{
	static const struct trap other = { "general protection fault",
					   SIGSEGV, SI_KERNEL, false };
	const struct trap *t = &other;

	if (vector >= 0 && vector < ARRAY_SIZE(traps) && traps[vector].sig)
		t = &traps[vector];
	note_fault(0, vector, error);
	if (dies_of(t->sig) && t->sig != SIGTRAP)
		printk("%s[%d]: %s ip:%llx sp:%llx error:%llx\n",
		       current->comm, current->pid, t->name,
		       (unsigned long long)regs->ip,
		       (unsigned long long)regs->sp,
		       (unsigned long long)error);
	force_sig_fault(t->sig, t->code, t->with_ip ? regs->ip : 0);
}
