// SPDX-License-Identifier: GPL-2.0
/*
 * The system call table, filled once from the entries that SYSCALL_DEFINEn
 * left in the section .syscalls, and the way in.  A number nobody defined
 * answers ENOSYS and is logged the first time.  (Linux: arch/x86/entry)
 */
#include <kernel/fault_inject.h>
#include <kernel/syscall.h>
#include <kernel/task.h>

#define NR_SYSCALLS 512

extern const struct syscall_entry __syscalls_start[], __syscalls_end[];

static const struct syscall_entry *table[NR_SYSCALLS];

static void fill_table(void)
{
	const struct syscall_entry *e;

	for (e = __syscalls_start; e < __syscalls_end; e++) {
		BUG_ON(e->nr >= NR_SYSCALLS || table[e->nr]);
		table[e->nr] = e;
	}
}

static long unknown_syscall(u32 nr)
{
	static u64 logged[NR_SYSCALLS / 64];

	if (nr < NR_SYSCALLS && !(logged[nr / 64] & 1ull << nr % 64)) {
		logged[nr / 64] |= 1ull << nr % 64;
		printk("%s[%d]: system call %u is not implemented\n",
		       current->comm, current->pid, nr);
	}
	return -ENOSYS;
}

static void call(struct pt_regs *regs)
{
	u32 nr = regs->orig_ax;	/* as Linux: 32 bits of it */

	if (unlikely(!table[__NR_exit]))
		fill_table();
	if (unlikely(fault_met))
		fault_syscall_enter();
	if (unlikely(nr >= NR_SYSCALLS || !table[nr]))
		regs->ax = unknown_syscall(nr);
	else
		regs->ax = table[nr]->fn(regs->di, regs->si, regs->dx,
					 regs->r10, regs->r8, regs->r9);
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
