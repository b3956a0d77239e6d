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
#define PF_USER		FAULT_FLAG_USER
#define PF_INSTR	FAULT_FLAG_INSTRUCTION
#define PF_FLAGS	(FAULT_FLAG_WRITE | PF_USER | PF_INSTR)

#define VECTOR_PF	14

static bool dies_of(int sig)
{
	return current->sighand->action[sig - 1].handler == SIG_DFL ||
	       (current->blocked & sigmask(sig));
}

void do_user_trap(struct pt_regs *regs, const struct trap *t, unsigned vector,
		  unsigned long addr, u64 error)
{
	current->fault_cr2 = addr;
	current->fault_trapno = vector;
	current->fault_err = error;
	if (dies_of(t->sig) && t->sig != SIGTRAP)
		printk("%s[%d]: %s at %lx ip %lx sp %lx error %lx\n",
		       current->comm, current->pid, t->name, addr, regs->ip,
		       regs->sp, error);
	force_sig_fault(t->sig, t->code, addr);
}

static void user_fault(struct pt_regs *regs, unsigned long addr, u64 error,
		       unsigned fault)
{
	struct trap t = { .name = "segfault", .sig = SIGSEGV,
			  .code = SEGV_MAPERR };

	/* Addresses of the kernel half look like any missing mapping, and
	 * like a protection fault in the error code, as Linux shows them. */
	if (addr >= TASK_SIZE)
		error |= PF_PROT;
	if (fault & VM_FAULT_SIGBUS)
		t = (struct trap){ "bus error", SIGBUS, BUS_ADRERR, false };
	else if (fault & VM_FAULT_SEGV_ACCERR)
		t.code = SEGV_ACCERR;
	do_user_trap(regs, &t, VECTOR_PF, addr, error);
}

#define OOM_TRIES 16

/* Unless memory has come free since, someone must die for this fault: the OOM
 * killer's choice, else the one who faults, as who fails again and again while
 * there is some.  True: try again (or die on the way to user mode). */
static bool wait_for_memory(void)
{
	if (fatal_signal_pending())
		return false;
	if (++current->oom_faults < OOM_TRIES && nr_free_pages > wmark_low)
		return true;
	if (current->oom_faults >= OOM_TRIES || !out_of_memory())
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
		fault = do_user_fault(current->mm, addr, error & PF_FLAGS);
	if (!(fault & VM_FAULT_ERROR)) {
		if (fault & VM_FAULT_MAJOR)
			current->maj_flt++;
		else
			current->min_flt++;
		current->oom_faults = 0;
		return true;
	}
	if (fault & VM_FAULT_OOM)
		return wait_for_memory();
	if (error & PF_USER)
		user_fault(regs, addr, error, fault);
	return error & PF_USER;
}
