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
#define FXSAVE_SIZE	512
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

static void save_context(struct sigcontext *mc, const struct pt_regs *r,
			 const struct ksignal *ks, u64 fx)
{
	*mc = (struct sigcontext){
		.r8 = r->r8, .r9 = r->r9, .r10 = r->r10, .r11 = r->r11,
		.r12 = r->r12, .r13 = r->r13, .r14 = r->r14, .r15 = r->r15,
		.rdi = r->di, .rsi = r->si, .rbp = r->bp, .rbx = r->bx,
		.rdx = r->dx, .rax = r->ax, .rcx = r->cx, .rsp = r->sp,
		.rip = r->ip, .eflags = r->flags, .cs = r->cs, .ss = r->ss,
		.err = ks->err, .trapno = ks->trapno, .cr2 = ks->cr2,
		.oldmask = ks->oldmask, .fpstate = (void *)fx,
	};
}

int sigframe_push(struct pt_regs *regs, const struct ksignal *ks)
{
	struct task_struct *t = current;
	struct rt_sigframe f, *user;
	u64 fx;

	user = (struct rt_sigframe *)place_frame(regs, ks, &fx);
	if (!user || !(ks->ka.flags & SA_RESTORER))
		return -EFAULT;
	memset(&f, 0, sizeof(f));
	f.pretcode = (u64)ks->ka.restorer;
	f.uc.uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	f.uc.uc_stack.ss_sp = t->sigaltstack.ss_sp;
	f.uc.uc_stack.ss_flags = t->sigaltstack.ss_flags;
	f.uc.uc_stack.ss_size = t->sigaltstack.ss_size;
	save_context(&f.uc.mc, regs, ks, fx);
	f.uc.uc_sigmask = ks->oldmask;
	f.info = ks->info;
	fxsave(t->thread.fpu);	/* a sleep below saves the same again */
	if (copy_to_user((void *)fx, t->thread.fpu, FXSAVE_SIZE) ||
	    copy_to_user(user, &f, sizeof(f)))
		return -EFAULT;

	if (t->sigaltstack.ss_flags & SS_AUTODISARM)
		t->sigaltstack = (stack_t){ .ss_flags = SS_DISABLE };
	regs->di = ks->sig;
	regs->si = (u64)&user->info;
	regs->dx = (u64)&user->uc;
	regs->ax = 0;
	regs->ip = (u64)ks->ka.handler;
	regs->sp = (u64)user;
	regs->cs = USER_CS;
	regs->ss = USER_DS;
	regs->flags &= ~(FLAG_DF | FLAG_RF | FLAG_TF);
	return 0;
}

/* The copy may sleep, and switch_to() saves the registers into thread.fpu: so
 * the image is put there only when it is whole. */
static int restore_fpu(const void *fx)
{
	u8 image[FXSAVE_SIZE] __attribute__((aligned(16)));
	u32 mxcsr;
	int err = 0;

	if (!fx) {
		fpu_init_image(image);
	} else {
		err = (u64)fx & 15 ? -EFAULT :
				     copy_from_user(image, fx, FXSAVE_SIZE);
		memcpy(&mxcsr, image + 24, sizeof(mxcsr));
		if (!err && mxcsr & ~cpu_mxcsr_mask)
			err = -EFAULT;
		if (err)
			fpu_init_image(image);
	}
	memcpy(current->thread.fpu, image, FXSAVE_SIZE);
	fxrstor(current->thread.fpu);
	return err;
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
