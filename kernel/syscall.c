// SPDX-License-Identifier: GPL-2.0
/*
 * The system call table, filled once from the entries that SYSCALL_DEFINEn
 * left in the section .syscalls, and the way in for calls that arch's entry
 * does not make itself: a tracer looks on, a fault is injected, or the number
 * is none.  What nobody defined answers ENOSYS and is logged the first time.
 * (Linux: arch/x86/entry)
 */
#include <kernel/fault_inject.h>
#include <kernel/syscall.h>
#include <kernel/task.h>

extern const struct syscall_entry __syscalls_start[], __syscalls_end[];

syscall_fn syscall_table[NR_SYSCALLS];
u64 direct_syscalls = NR_SYSCALLS;

void syscall_watch(const struct task_struct *t)
{
	direct_syscalls = t->ptrace.tracer || fault_armed || fault_met ?
				  0 : NR_SYSCALLS;
}

static long unknown_syscall(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	static u64 logged[NR_SYSCALLS / 64];
	u32 nr = thread_regs(&current->thread)->orig_ax;

	if (nr < NR_SYSCALLS && !(logged[nr / 64] & 1ull << nr % 64)) {
		logged[nr / 64] |= 1ull << nr % 64;
		printk("%s[%d]: system call %u is not implemented\n",
		       current->comm, current->pid, nr);
	}
	return -ENOSYS;
}

void syscall_init(void)
{
	const struct syscall_entry *e;

	for (unsigned nr = 0; nr < NR_SYSCALLS; nr++)
		syscall_table[nr] = unknown_syscall;
	for (e = __syscalls_start; e < __syscalls_end; e++) {
		BUG_ON(e->nr >= NR_SYSCALLS ||
		       syscall_table[e->nr] != unknown_syscall);
		syscall_table[e->nr] = e->fn;
	}
}

static void call(struct pt_regs *regs)
{
	u32 nr = regs->orig_ax;	/* as Linux: 32 bits of it */

	if (unlikely(fault_met))
		fault_syscall_enter();
	regs->ax = nr >= NR_SYSCALLS ? -ENOSYS :
		   syscall_table[nr](regs->di, regs->si, regs->dx, regs->r10,
				     regs->r8, regs->r9);
	if (unlikely(fault_met == current))
		fault_syscall_leave(nr, regs->ax);
}

void do_syscall(struct pt_regs *regs)
{
	if (likely(!current->ptrace.tracer)) {
		call(regs);
		return;
	}
	if (!ptrace_syscall_enter(regs))
		call(regs);
	ptrace_syscall_leave(regs);
}
