// SPDX-License-Identifier: GPL-2.0
/*
 * The system calls about signals.  Sets are 8 bytes (any other size is
 * EINVAL); SIGKILL and SIGSTOP can be neither blocked nor handled.  Who may
 * signal whom: CAP_KILL, or a real or effective uid equal to the target's real
 * or saved one, or SIGCONT within a session.  (Linux: kernel/signal.c)
 */
#include <arch/clock.h>
#include <arch/uaccess.h>
#include <kernel/kernel.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <lib/string.h>
#include <linux/signal.h>

#define SIGSTACK_MIN 2048u

bool valid_signal(int sig)
{
	return sig >= 1 && sig <= NSIG_MAX;
}

static int get_sigset(ksigset_t *set, const ksigset_t *uset, size_t size)
{
	if (size != sizeof(*set))
		return -EINVAL;
	if (get_user(*set, uset))
		return -EFAULT;
	*set &= ~SIG_KERNEL_ONLY;
	return 0;
}

int copy_siginfo_to_user(siginfo_t *to, const kernel_siginfo_t *from)
{
	siginfo_t info = { ._si_pad = { 0 } };

	memcpy(&info, from, sizeof(*from));
	return copy_to_user(to, &info, sizeof(info));
}

int copy_siginfo_from_user(kernel_siginfo_t *to, const siginfo_t *from)
{
	return copy_from_user(to, from, sizeof(*to));
}

static void forget_signal(int sig)
{
	struct task_struct *t;

	for_each_task(t) {
		if (t->sighand != current->sighand)
			continue;
		flush_signals(&t->pending, sigmask(sig));
		flush_signals(&t->shared, sigmask(sig));
	}
}

SYSCALL_DEFINE4(rt_sigaction, int, sig, const struct k_sigaction *, act,
		struct k_sigaction *, oact, size_t, size)
{
	struct k_sigaction new, old;

	if (size != sizeof(ksigset_t))
		return -EINVAL;
	if (act && copy_from_user(&new, act, sizeof(new)))
		return -EFAULT;
	if (!valid_signal(sig) || (act && (sigmask(sig) & SIG_KERNEL_ONLY)))
		return -EINVAL;
	old = current->sighand->action[sig - 1];
	if (act) {
		new.mask &= ~SIG_KERNEL_ONLY;
		current->sighand->action[sig - 1] = new;
		if (sig_ignored(current, sig))
			forget_signal(sig);
	}
	if (oact && copy_to_user(oact, &old, sizeof(old)))
		return -EFAULT;
	return 0;
}

SYSCALL_DEFINE4(rt_sigprocmask, int, how, const ksigset_t *, uset,
		ksigset_t *, uoset, size_t, size)
{
	ksigset_t old = current->blocked, set;
	int err;

	if (size != sizeof(set))
		return -EINVAL;
	if (uset) {
		err = get_sigset(&set, uset, size);
		if (err)
			return err;
		if (how == SIG_BLOCK)
			current->blocked |= set;
		else if (how == SIG_UNBLOCK)
			set_current_blocked(old & ~set);
		else if (how == SIG_SETMASK)
			set_current_blocked(set);
		else
			return -EINVAL;
	}
	return uoset ? put_user(old, uoset) : 0;
}

SYSCALL_DEFINE2(rt_sigpending, ksigset_t *, uset, size_t, size)
{
	ksigset_t set = pending_signals(current) & current->blocked;

	if (size > sizeof(set))
		return -EINVAL;
	return copy_to_user(uset, &set, size);
}

static long wait_for_signal(void)
{
	while (!signal_pending())
		sleep_ns(UINT64_MAX, true);
	return -ERESTARTNOHAND;
}

SYSCALL_DEFINE0(pause)
{
	return wait_for_signal();
}

SYSCALL_DEFINE2(rt_sigsuspend, const ksigset_t *, uset, size_t, size)
{
	ksigset_t set;
	int err = get_sigset(&set, uset, size);

	if (err)
		return err;
	current->saved_mask = current->blocked;
	current->restore_saved_mask = true;
	set_current_blocked(set);
	return wait_for_signal();
}

SYSCALL_DEFINE4(rt_sigtimedwait, const ksigset_t *, uset, siginfo_t *, uinfo,
		const struct timespec *, uts, size_t, size)
{
	ksigset_t set, old = current->blocked;
	kernel_siginfo_t info;
	int sig, err = get_sigset(&set, uset, size);
	u64 ns = UINT64_MAX;

	if (!err && uts)
		err = get_timespec_ns(&ns, uts);
	if (err)
		return err;
	sig = dequeue_signal(set, &info);
	if (!sig && ns) {
		current->sigwait = set;
		set_current_blocked(old & ~set);
		do {
			ns = sleep_ns(ns, true);
			sig = dequeue_signal(set, &info);
		} while (!sig && ns && !signal_pending());
		err = signal_pending() ? -EINTR : -EAGAIN;
		set_current_blocked(old);
		current->sigwait = 0;
	}
	if (!sig)
		return err ? err : -EAGAIN;
	if (uinfo && copy_siginfo_to_user(uinfo, &info))
		return -EFAULT;
	return sig;
}

SYSCALL_DEFINE0(rt_sigreturn)
{
	struct pt_regs *regs = thread_regs(&current->thread);

	if (sigframe_restore(regs))
		force_sig_fault(SIGSEGV, SI_KERNEL, 0);
	regs->orig_ax = -1;
	return regs->ax;
}

/* ---- alternate stack --------------------------------------------------- */

bool within_altstack(unsigned long sp)
{
	const stack_t *ss = &current->sigaltstack;

	return ss->ss_size && sp > (unsigned long)ss->ss_sp &&
	       sp - (unsigned long)ss->ss_sp <= ss->ss_size;
}

bool on_altstack(unsigned long sp)
{
	return within_altstack(sp) &&
	       !(current->sigaltstack.ss_flags & SS_AUTODISARM);
}

static int set_altstack(const stack_t *ss, bool busy)
{
	int mode = ss->ss_flags & ~SS_AUTODISARM;

	if (busy)
		return -EPERM;
	if (mode && mode != SS_DISABLE && mode != SS_ONSTACK)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		current->sigaltstack = (stack_t){ .ss_flags = SS_DISABLE };
		return 0;
	}
	if (ss->ss_size < SIGSTACK_MIN)
		return -ENOMEM;
	current->sigaltstack = *ss;
	return 0;
}

void restore_altstack(const stack_t *ss, unsigned long sp)
{
	set_altstack(ss, on_altstack(sp));
}

SYSCALL_DEFINE2(sigaltstack, const stack_t *, uss, stack_t *, uold)
{
	bool busy = on_altstack(thread_regs(&current->thread)->sp);
	stack_t old = { .ss_sp = current->sigaltstack.ss_sp,
			.ss_size = current->sigaltstack.ss_size };
	stack_t new;
	int err = 0;

	old.ss_flags = !old.ss_size ? SS_DISABLE :
		(busy ? SS_ONSTACK : 0) |
		(current->sigaltstack.ss_flags & SS_AUTODISARM);
	if (uss) {
		if (copy_from_user(&new, uss, sizeof(new)))
			return -EFAULT;
		err = set_altstack(&new, busy);
	}
	if (!err && uold && copy_to_user(uold, &old, sizeof(old)))
		return -EFAULT;
	return err;
}

/* ---- sending ----------------------------------------------------------- */

static bool may_signal(const struct task_struct *t, int sig)
{
	const struct task_struct *c = current;

	return capable(CAP_KILL) || c->euid == t->suid || c->euid == t->uid ||
	       c->uid == t->suid || c->uid == t->uid ||
	       (sig == SIGCONT && c->sid == t->sid) || c->leader == t->leader;
}

static int check_kill(const struct task_struct *t, int sig)
{
	if (sig && !valid_signal(sig))
		return -EINVAL;
	return may_signal(t, sig) ? 0 : -EPERM;
}

static kernel_siginfo_t user_siginfo(int sig, int code)
{
	kernel_siginfo_t info = { .si_signo = sig, .si_code = code };

	info.si_pid = current->tgid;
	info.si_uid = current->uid;
	return info;
}

int kill_one(struct task_struct *t, int sig, const kernel_siginfo_t *info)
{
	int err = check_kill(t, sig);

	return err || !sig ? err : send_sig_info(t, sig, info);
}

static int kill_process(int pid, int sig, const kernel_siginfo_t *info)
{
	struct task_struct *t = find_task(pid);

	if (!t || !t->leader->sighand)
		return -ESRCH;
	return kill_one(t->leader, sig, info);
}

/* A process group; -1: everyone but init and the caller, where what is not
 * permitted counts as done. */
static int kill_many(int pgid, int sig, const kernel_siginfo_t *info)
{
	struct task_struct *t;
	int err, ret = -ESRCH;

	for_each_task(t) {
		if (t != t->leader || !t->sighand)
			continue;
		if (pgid == -1 ? t->pid == 1 || t == current->leader :
				 t->pgid != pgid)
			continue;
		err = kill_one(t, sig, info);
		if (err == 0 || (pgid == -1 && err == -EPERM))
			ret = 0;
		else if (ret)
			ret = err;
	}
	return ret;
}

SYSCALL_DEFINE2(kill, int, pid, int, sig)
{
	kernel_siginfo_t info = user_siginfo(sig, SI_USER);

	if (pid > 0)
		return kill_process(pid, sig, &info);
	if (pid == INT32_MIN)
		return -ESRCH;
	return kill_many(pid == -1 ? -1 : pid ? -pid : current->pgid, sig,
			 &info);
}

/* tgid 0: of any process. */
static long send_to_thread(int tgid, int tid, int sig,
			   const kernel_siginfo_t *info)
{
	struct task_struct *t;
	int err;

	if (tgid < 0 || tid <= 0)
		return -EINVAL;
	t = find_task(tid);
	if (!t || !t->sighand || (tgid && t->tgid != tgid))
		return -ESRCH;
	err = check_kill(t, sig);
	return err || !sig ? err : send_thread_sig(t, sig, info);
}

SYSCALL_DEFINE3(tgkill, int, tgid, int, tid, int, sig)
{
	kernel_siginfo_t info = user_siginfo(sig, SI_TKILL);

	return tgid ? send_to_thread(tgid, tid, sig, &info) : -EINVAL;
}

SYSCALL_DEFINE2(tkill, int, tid, int, sig)
{
	kernel_siginfo_t info = user_siginfo(sig, SI_TKILL);

	return send_to_thread(0, tid, sig, &info);
}

/* A siginfo of the caller's own making: only to itself may it look like one of
 * the kernel's or of kill(). */
static int get_siginfo(kernel_siginfo_t *info, const siginfo_t *uinfo, int sig,
		       int pid)
{
	if (copy_siginfo_from_user(info, uinfo))
		return -EFAULT;
	info->si_signo = sig;
	if ((info->si_code >= 0 || info->si_code == SI_TKILL) &&
	    pid != current->pid)
		return -EPERM;
	return 0;
}

SYSCALL_DEFINE3(rt_sigqueueinfo, int, pid, int, sig, const siginfo_t *, uinfo)
{
	kernel_siginfo_t info;
	int err = get_siginfo(&info, uinfo, sig, pid);

	return err ? err : kill_process(pid, sig, &info);
}

SYSCALL_DEFINE4(rt_tgsigqueueinfo, int, tgid, int, tid, int, sig,
		const siginfo_t *, uinfo)
{
	kernel_siginfo_t info;
	int err = get_siginfo(&info, uinfo, sig, tid);

	if (err != -EFAULT && (tgid <= 0 || tid <= 0))
		err = -EINVAL;
	return err ? err : send_to_thread(tgid, tid, sig, &info);
}
