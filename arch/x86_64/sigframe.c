// SPDX-License-Identifier: GPL-2.0
/*
 * Signal frames on the user's stack, byte for byte Linux's: return address
 * (the restorer), ucontext, siginfo, and above them the fxsave image, 64-byte
 * aligned.  What comes back from the user is not trusted: flags are masked;
 * other segments than those of 64-bit programs, or an fxsave image that fxrstor
 * would refuse, make a bad frame.
 * (Linux: arch/x86/kernel/signal.c, asm/sigframe.h)
 */
#include <arch/cpu.h>
#include <arch/uaccess.h>
#include <asm/sigcontext.h>
#include <kernel/signal.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/signal.h>

#define RED_ZONE	128
#define UC_SIGCONTEXT_SS	0x2	/* ss is saved and restored */
#define UC_STRICT_RESTORE_SS	0x4

struct ucontext_frame {
	u64 uc_flags;
	u64 uc_link;
	stack_t uc_stack;
	struct sigcontext mc;
	ksigset_t uc_sigmask;
};

struct rt_sigframe {
	u64 pretcode;
	struct ucontext_frame uc;
	siginfo_t info;
};
_Static_assert(offsetof(struct rt_sigframe, info) == 8 + 304,
	       "differs from Linux's frame");

/* Where the fxsave image and the frame go; 0: the alternate stack is full. */
static u64 place_frame(const struct pt_regs *regs, const struct ksignal *ks,
		       u64 *fx)
{
	const stack_t *alt = &current->sigaltstack;
	bool nested = on_altstack(regs->sp);
	bool enter = ks->ka.flags & SA_ONSTACK && !nested && alt->ss_size;
	u64 sp = enter ? (u64)alt->ss_sp + alt->ss_size : regs->sp - RED_ZONE;

	*fx = ALIGN_DOWN(sp - FXSAVE_SIZE, 64ul);
	sp = ALIGN_DOWN(*fx - sizeof(struct rt_sigframe), 16ul) - 8;
	if ((enter || nested) && !within_altstack(sp))
		return 0;
	return sp;
}

static inline int put_frame(struct rt_sigframe *user, u64 fx,
			    const struct pt_regs *r, const struct ksignal *ks)
{
	const stack_t *alt = &current->sigaltstack;
	struct rt_sigframe f = {
		.pretcode = (u64)ks->ka.restorer,
		.uc.uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS,
		.uc.uc_stack.ss_sp = alt->ss_sp,
		.uc.uc_stack.ss_flags = alt->ss_flags,
		.uc.uc_stack.ss_size = alt->ss_size,
		.uc.mc = {
			.r8 = r->r8, .r9 = r->r9, .r10 = r->r10,
			.r11 = r->r11, .r12 = r->r12, .r13 = r->r13,
			.r14 = r->r14, .r15 = r->r15, .rdi = r->di,
			.rsi = r->si, .rbp = r->bp, .rbx = r->bx,
			.rdx = r->dx, .rax = r->ax, .rcx = r->cx,
			.rsp = r->sp, .rip = r->ip, .eflags = r->flags,
			.cs = r->cs, .ss = r->ss, .err = ks->err,
			.trapno = ks->trapno, .cr2 = ks->cr2,
			.oldmask = ks->oldmask, .fpstate = (void *)fx,
		},
		.uc.uc_sigmask = ks->oldmask,
	};
	memcpy(&f.info, &ks->info, sizeof(ks->info));
	return copy_to_user(user, &f, sizeof(f));
}

int sigframe_push(struct pt_regs *r, const struct ksignal *ks)
{
	stack_t *alt = &current->sigaltstack;
	struct rt_sigframe *user;
	u64 fx;

	user = (struct rt_sigframe *)place_frame(r, ks, &fx);
	if (!user || !(ks->ka.flags & SA_RESTORER) ||
	    fxsave_to_user((void *)fx) || put_frame(user, fx, r, ks))
		return -EFAULT;
	if (alt->ss_flags & SS_AUTODISARM)
		*alt = (stack_t){ .ss_flags = SS_DISABLE };
	r->di = ks->sig;
	r->si = (u64)&user->info;
	r->dx = (u64)&user->uc;
	r->ax = 0;
	r->ip = (u64)ks->ka.handler;
	r->sp = (u64)user;
	r->cs = USER_CS;
	r->ss = USER_DS;
	r->flags &= ~(FLAG_DF | FLAG_RF | FLAG_TF);
	return 0;
}

/* NULL: as at the start of a program.  Not every processor (QEMU's) refuses
 * bits of mxcsr that it has not got. */
static int restore_fpu(const struct _fpstate *fx)
{
	u32 mxcsr;

	if (fx && !get_user(mxcsr, &fx->mxcsr) && !(mxcsr & ~cpu_mxcsr_mask) &&
	    !fxrstor_from_user(fx))
		return 0;
	fpu_init_image(current->thread.fpu);
	fxrstor(current->thread.fpu);
	return fx ? -EFAULT : 0;
}

static void restore_context(struct pt_regs *r, const struct sigcontext *mc)
{
	*r = (struct pt_regs){
		.r8 = mc->r8, .r9 = mc->r9, .r10 = mc->r10, .r11 = mc->r11,
		.r12 = mc->r12, .r13 = mc->r13, .r14 = mc->r14, .r15 = mc->r15,
		.di = mc->rdi, .si = mc->rsi, .bp = mc->rbp, .bx = mc->rbx,
		.dx = mc->rdx, .ax = mc->rax, .cx = mc->rcx, .sp = mc->rsp,
		.ip = mc->rip, .orig_ax = -1, .cs = USER_CS, .ss = USER_DS,
		.flags = (r->flags & ~USER_FLAGS) | (mc->eflags & USER_FLAGS),
	};
}

/* iret would refuse others; without the flag, a bad ss is put right. */
static bool segments_are_good(const struct ucontext_frame *uc)
{
	return (uc->mc.cs | 3) == USER_CS &&
	       ((uc->mc.ss | 3) == USER_DS ||
		!(uc->uc_flags & UC_STRICT_RESTORE_SS));
}

/* As on Linux, a frame found bad halfway has changed mask and registers. */
int sigframe_restore(struct pt_regs *regs)
{
	const struct rt_sigframe *user = (void *)(regs->sp - 8);
	struct ucontext_frame uc;

	if (copy_from_user(&uc, &user->uc, sizeof(uc)))
		return -EFAULT;
	set_current_blocked(uc.uc_sigmask & ~SIG_KERNEL_ONLY);
	restore_context(regs, &uc.mc);
	if (restore_fpu(uc.mc.fpstate) || !segments_are_good(&uc))
		return -EFAULT;
	restore_altstack(&uc.uc_stack, regs->sp);
	return 0;
}
