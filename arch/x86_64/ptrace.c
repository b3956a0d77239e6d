// SPDX-License-Identifier: GPL-2.0
/*
 * The registers of a stopped task as its tracer sees and sets them: struct
 * user_regs_struct by index, the fxsave image, the trap flag.  A tracer gets
 * no more power over the registers than the task itself has: segments stay
 * user mode's, of the flags only those that popf may set, bases below the
 * kernel's half; any ip will do, for exit_to_user() looks at it.
 * (Linux: arch/x86/kernel/ptrace.c, step.c)
 */
#include <arch/cpu.h>
#include <kernel/ptrace.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/audit.h>

/* After struct pt_regs's 21 words. */
enum { REG_CS = 17, REG_FLAGS = 18, REG_SS = 20, REG_FS_BASE = 21,
	REG_GS_BASE, REG_DS, REG_ES, REG_FS, REG_GS };

u64 user_reg(struct task_struct *t, unsigned i)
{
	const u64 *regs = (const u64 *)thread_regs(&t->thread);

	if (i == REG_FLAGS && t->ptrace.forced_tf)
		return regs[i] & ~FLAG_TF;
	if (i < REG_FS_BASE)
		return regs[i];
	return i == REG_FS_BASE ? t->thread.fsbase :
	       i == REG_GS_BASE ? t->thread.gsbase : 0;
}

static void set_flags(struct task_struct *t, u64 value)
{
	struct pt_regs *regs = thread_regs(&t->thread);

	/* A TF of the tracer's own is not ours to take away again. */
	if (value & FLAG_TF)
		t->ptrace.forced_tf = false;
	else if (t->ptrace.forced_tf)
		value |= FLAG_TF;
	regs->flags = (regs->flags & ~(USER_FLAGS | FLAG_NT)) |
		      (value & (USER_FLAGS | FLAG_NT));
}

int set_user_reg(struct task_struct *t, unsigned i, u64 value)
{
	switch (i) {
	case REG_CS:
		return value == USER_CS ? 0 : -EIO;
	case REG_SS:
		return value == USER_DS ? 0 : -EIO;
	case REG_DS: case REG_ES: case REG_FS: case REG_GS:
		return value ? -EIO : 0;
	case REG_FS_BASE: case REG_GS_BASE:
		if (value >= TASK_SIZE)
			return -EIO;
		*(i == REG_FS_BASE ? &t->thread.fsbase : &t->thread.gsbase) =
			value;
		return 0;
	case REG_FLAGS:
		set_flags(t, value);
		return 0;
	default:
		((u64 *)thread_regs(&t->thread))[i] = value;
		return 0;
	}
}

void get_fpregs(struct task_struct *t, void *image)
{
	memcpy(image, t->thread.fpu, sizeof(t->thread.fpu));
}

int set_fpregs(struct task_struct *t, const void *image)
{
	u32 mxcsr;

	memcpy(&mxcsr, (const char *)image + 24, sizeof(mxcsr));
	if (mxcsr & ~cpu_mxcsr_mask)
		return -EINVAL;
	memcpy(t->thread.fpu, image, sizeof(t->thread.fpu));
	return 0;
}

void user_single_step(struct task_struct *t, bool on)
{
	struct pt_regs *regs = thread_regs(&t->thread);

	if (on && !(regs->flags & FLAG_TF)) {
		regs->flags |= FLAG_TF;
		t->ptrace.forced_tf = true;
	} else if (!on && t->ptrace.forced_tf) {
		regs->flags &= ~FLAG_TF;
		t->ptrace.forced_tf = false;
	}
	t->ptrace.step = on;
}

void syscall_info(struct task_struct *t, struct ptrace_syscall_info *info)
{
	const struct pt_regs *r = thread_regs(&t->thread);

	info->arch = AUDIT_ARCH_X86_64;
	info->instruction_pointer = r->ip;
	info->stack_pointer = r->sp;
	if (info->op == PTRACE_SYSCALL_INFO_ENTRY) {
		u64 args[6] = { r->di, r->si, r->dx, r->r10, r->r8, r->r9 };

		info->entry.nr = r->orig_ax;
		memcpy(info->entry.args, args, sizeof(args));
	} else if (info->op == PTRACE_SYSCALL_INFO_EXIT) {
		info->exit.rval = r->ax;
		info->exit.is_error = IS_ERR_VALUE(r->ax);
	}
}
