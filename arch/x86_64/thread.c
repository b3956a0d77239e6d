// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks as the machine sees them: first registers, the switch, user segment
 * bases.  The FPU is switched eagerly, so that no task's registers are ever
 * reachable from another.  gs always holds the user's base: the kernel uses
 * no per-processor segment.  (Linux: arch/x86/kernel/process_64.c)
 */
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/uaccess.h>
#include <asm/prctl.h>
#include <kernel/task.h>
#include <lib/string.h>

/* What __switch_stack pops: the callee-saved registers and its return. */
struct switch_frame {
	u64 r15, r14, r13, r12, bx, bp, ip;
};

void __switch_stack(u64 *save_sp, u64 new_sp);
void kthread_start(void (*fn)(void *), void *arg);
extern char kthread_entry[], fork_entry[];

struct pt_regs *thread_regs(struct arch_thread *t)
{
	return (struct pt_regs *)((char *)t->kstack + KSTACK_SIZE) - 1;
}

static struct switch_frame *first_frame(struct arch_thread *t, void *entry)
{
	struct switch_frame *f = (struct switch_frame *)thread_regs(t) - 1;

	memset(f, 0, sizeof(*f));
	f->ip = (u64)entry;
	t->sp = (u64)f;
	return f;
}

void thread_init_kernel(struct arch_thread *t, void (*fn)(void *), void *arg)
{
	struct switch_frame *f = first_frame(t, kthread_entry);

	f->r12 = (u64)fn;
	f->r13 = (u64)arg;
	memset(thread_regs(t), 0, sizeof(struct pt_regs));
	t->fsbase = t->gsbase = 0;
	fpu_init_image(t->fpu);
}

void thread_init_fork(struct arch_thread *t, const struct pt_regs *regs)
{
	first_frame(t, fork_entry);
	*thread_regs(t) = *regs;
	t->fsbase = current->thread.fsbase;
	t->gsbase = current->thread.gsbase;
	memset(t->fpu, 0, sizeof(t->fpu));
	fxsave(t->fpu);
}

/* Called by kthread_entry on the new stack. */
void kthread_start(void (*fn)(void *), void *arg)
{
	irq_enable();
	fn(arg);
	if (!current->mm)
		do_exit(0);
}

static void load_bases(const struct arch_thread *t)
{
	wrmsr(MSR_FS_BASE, t->fsbase);
	wrmsr(MSR_GS_BASE, t->gsbase);
}

void thread_exec(struct arch_thread *t, u64 ip, u64 sp)
{
	struct pt_regs *regs = thread_regs(t);

	memset(regs, 0, sizeof(*regs));
	regs->orig_ax = -1;
	regs->ip = ip;
	regs->cs = USER_CS;
	regs->flags = FLAG_IF | FLAG_ONE;
	regs->sp = sp;
	regs->ss = USER_DS;
	t->fsbase = t->gsbase = 0;
	load_bases(t);
	fpu_init_image(t->fpu);
	fxrstor(t->fpu);
	exit_work = true;	/* the caller was in a system call: no sysret */
}

void switch_to(struct arch_thread *prev, struct arch_thread *next)
{
	fxsave(prev->fpu);
	fxrstor(next->fpu);
	load_bases(next);
	if (next->kstack)
		set_kernel_stack((u64)next->kstack + KSTACK_SIZE);
	__switch_stack(&prev->sp, next->sp);
}

static long set_base(u64 *base, u32 msr, unsigned long addr)
{
	if (addr >= TASK_SIZE)
		return -EPERM;
	*base = addr;
	wrmsr(msr, addr);
	return 0;
}

long arch_prctl(int code, unsigned long addr)
{
	struct arch_thread *t = &current->thread;

	switch (code) {
	case ARCH_SET_FS:
		return set_base(&t->fsbase, MSR_FS_BASE, addr);
	case ARCH_SET_GS:
		return set_base(&t->gsbase, MSR_GS_BASE, addr);
	case ARCH_GET_FS:
		return put_user(t->fsbase, (u64 *)addr);
	case ARCH_GET_GS:
		return put_user(t->gsbase, (u64 *)addr);
	}
	return -EINVAL;
}
