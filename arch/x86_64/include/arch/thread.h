/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A task as the machine sees it: saved user registers, kernel stack, FPU
 * state, user segment bases; and the switch from one to another.
 */
#ifndef ARCH_THREAD_H
#define ARCH_THREAD_H

#include <lib/types.h>

#define KSTACK_SIZE 16384ul

/* As pushed on kernel entry; at the top of every kernel stack of a user task.
 * Field names and order are Linux's struct pt_regs. */
struct pt_regs {
	u64 r15, r14, r13, r12, bp, bx;
	u64 r11, r10, r9, r8, ax, cx, dx, si, di;
	u64 orig_ax;		/* syscall number, or -1 from a trap/irq */
	u64 ip, cs, flags, sp, ss;
};

struct arch_thread {
	u64 sp;			/* kernel stack pointer while not running */
	void *kstack;		/* lowest byte; a guard page lies below */
	u64 fsbase, gsbase;	/* user's */
	u8 fpu[512] __attribute__((aligned(16)));	/* fxsave image */
};

/* Kernel stacks: mapped with a guard page below.  NULL when out of memory. */
void *alloc_kstack(void);
void free_kstack(void *stack);

/* Make `t` start in fn(arg) on first switch, in kernel mode.  `kstack` set. */
void thread_init_kernel(struct arch_thread *t, void (*fn)(void *), void *arg);
/* Make `t` a copy of the current user task's user state: it will return to
 * user mode with *regs (already edited by the caller: ax, sp).  Copies FPU. */
void thread_init_fork(struct arch_thread *t, const struct pt_regs *regs);
/* User registers of a task, at the top of its kernel stack. */
struct pt_regs *thread_regs(struct arch_thread *t);
/* Fresh registers for exec: everything 0 but ip, sp; FPU reset, fs/gs 0. */
void thread_exec(struct arch_thread *t, u64 ip, u64 sp);

/* Saves into prev, continues next; interrupts off.  Also: TSS.rsp0, FPU,
 * fs/gs base.  Does not switch the address space. */
void switch_to(struct arch_thread *prev, struct arch_thread *next);

/* arch_prctl's ARCH_SET_FS ...; current task.  0, -EPERM (not canonical
 * user), -EINVAL. */
long arch_prctl(int code, unsigned long addr);

/* Signal frames: Linux's rt_sigframe on the user stack.
 * push: 0, or -EFAULT.  restore: from the current user sp; -EFAULT on a bad
 * frame (cs, ss, flags are forced to user values). */
struct ksignal;			/* <kernel/signal.h> */
int sigframe_push(struct pt_regs *regs, const struct ksignal *ks);
int sigframe_restore(struct pt_regs *regs);

#endif
