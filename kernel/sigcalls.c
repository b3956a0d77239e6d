// SPDX-License-Identifier: GPL-2.0
/*
 * The system calls about signals.  Sets are 8 bytes (any other size is
 * EINVAL); SIGKILL and SIGSTOP can be neither blocked nor handled.  Who may
 * signal whom: uid 0, or a real or effective uid equal to the target's real or
 * saved one, or SIGCONT within a session.  (Linux: kernel/signal.c)
 */
#include <arch/clock.h>
#include <arch/uaccess.h>
#include <kernel/kernel.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/signal.h>
#include <linux/time.h>

#define UNBLOCKABLE (sigmask(SIGKILL) | sigmask(SIGSTOP))
#define SIGSTACK_MIN 2048u

static bool valid_sig(int sig)
{
	return sig >= 1 && sig <= NSIG_MAX;
}

static int get_sigset(ksigset_t *set, const ksigset_t *uset, size_t size)
{
	if (size != sizeof(*set))
		return -EINVAL;
	if (get_user(*set, uset))
		return -EFAULT;
	*set &= ~UNBLOCKABLE;
	return 0;
}

static void drop_if_ignored(int sig, const struct k_sigaction *ka)
{
	const ksigset_t ignored = sigmask(SIGCHLD) | sigmask(SIGCONT) |
				  sigmask(SIGURG) | sigmask(SIGWINCH);
	struct task_struct *t;

	if (ka->handler != SIG_IGN &&
	    !(ka->handler == SIG_DFL && (ignored & sigmask(sig))))
		return;
	for_each_task(t)
		if (t->sighand == current->sighand)
			t->pending &= ~sigmask(sig);
}

SYSCALL_DEFINE4(rt_sigaction, int, sig, const struct k_sigaction *, act,
		struct k_sigaction *, oact, size_t, size)
{
	struct k_sigaction new, old;

	if (size != sizeof(ksigset_t))
		return -EINVAL;
	if (act && copy_from_user(&new, act, sizeof(new)))
		return -EFAULT;
	if (!valid_sig(sig) || (act && (sigmask(sig) & UNBLOCKABLE)))
		return -EINVAL;
	old = current->sighand->action[sig - 1];
	if (act) {
		new.mask &= ~UNBLOCKABLE;
		current->sighand->action[sig - 1] = new;
		drop_if_ignored(sig, &new);
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
			current->blocked &= ~set;
		else if (how == SIG_SETMASK)
			current->blocked = set;
		else
			return -EINVAL;
	}
	return uoset ? put_user(old, uoset) : 0;
}

SYSCALL_DEFINE2(rt_sigpending, ksigset_t *, uset, size_t, size)
{
	ksigset_t set = current->pending & current->blocked;

	if (size > sizeof(set))
		return -EINVAL;
	return copy_to_user(uset, &set, size);
}

static long wait_for_signal(void)
{
	while (!signal_pending())
		sleep_current(true);
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
	current->blocked = set;
	return wait_for_signal();
}

static int get_timeout(u64 *ns, const struct timespec *uts)
{
	struct timespec ts;

	*ns = UINT64_MAX;
	if (!uts)
		return 0;
	if (get_user(ts, uts))
		return -EFAULT;
	if (ts.tv_sec < 0 || (u64)ts.tv_nsec >= 1000000000)
		return -EINVAL;
	if (ts.tv_sec < INT32_MAX)
		*ns = ts.tv_sec * 1000000000ull + ts.tv_nsec;
	return 0;
}

SYSCALL_DEFINE4(rt_sigtimedwait, const ksigset_t *, uset, siginfo_t *, uinfo,
		const struct timespec *, uts, size_t, size)
{
	ksigset_t set, old = current->blocked;
	siginfo_t info;
	int sig, err = get_sigset(&set, uset, size);
	u64 ns;

	if (!err)
		err = get_timeout(&ns, uts);
	if (err)
		return err;
	sig = dequeue_signal(set, &info);
	if (!sig && ns) {
		current->sigwait = set;
		current->blocked &= ~set;
		sleep_ns(ns, true);
		sig = dequeue_signal(set, &info);
		err = signal_pending() ? -EINTR : -EAGAIN;
		current->blocked = old;
		current->sigwait = 0;
	}
	if (!sig)
		return err ? err : -EAGAIN;
	if (uinfo && copy_to_user(uinfo, &info, sizeof(info)))
		return -EFAULT;
	return sig;
}

SYSCALL_DEFINE0(rt_sigreturn)
{
	struct pt_regs *regs = thread_regs(&current->thread);

	if (sigframe_restore(regs))
		force_sig_fault(SIGSEGV, SI_KERNEL, 0);
	current->blocked &= ~UNBLOCKABLE;
	regs->orig_ax = -1;
	return regs->ax;
}

/* ---- alternate stack ---------------------------------------------------- */

static bool on_altstack(unsigned long sp)
{
	const stack_t *ss = &current->sigaltstack;

	return ss->ss_size && sp > (unsigned long)ss->ss_sp &&
	       sp - (unsigned long)ss->ss_sp <= ss->ss_size;
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

/* ---- sending ------------------------------------------------------------ */

static bool may_signal(const struct task_struct *t, int sig)
{
	const struct task_struct *c = current;

	return c->euid == 0 || c->euid == t->suid || c->euid == t->uid ||
	       c->uid == t->suid || c->uid == t->uid ||
	       (sig == SIGCONT && c->sid == t->sid);
}

static void user_siginfo(siginfo_t *info, int sig, int code)
{
	*info = (siginfo_t){ .si_signo = sig, .si_code = code };
	info->si_pid = current->tgid;
	info->si_uid = current->uid;
}

static int kill_one(struct task_struct *t, int sig, const siginfo_t *info)
{
	if (!may_signal(t, sig))
		return -EPERM;
	if (sig)
		send_sig_info(t, sig, info);
	return 0;
}

/* pgid > 0: a process group; -1: everyone but init and the caller. */
static int kill_many(int pgid, int sig, const siginfo_t *info)
{
	struct task_struct *t, *next;
	int err, ret = -ESRCH;

	for (t = TAILQ_FIRST(&all_tasks); t; t = next) {
		next = TAILQ_NEXT(t, tasks);
		if (t != t->leader || !t->sighand)
			continue;
		if (pgid > 0 ? t->pgid != pgid :
			       t->pid == 1 || t == current->leader)
			continue;
		err = kill_one(t, sig, info);
		if (!err || ret == -ESRCH)
			ret = err;
	}
	return ret;
}

SYSCALL_DEFINE2(kill, int, pid, int, sig)
{
	struct task_struct *t;
	siginfo_t info;

	if (sig && !valid_sig(sig))
		return -EINVAL;
	user_siginfo(&info, sig, SI_USER);
	if (pid == INT32_MIN)
		return -ESRCH;
	if (pid <= 0)
		return kill_many(pid == -1 ? -1 : pid ? -pid : current->pgid,
				 sig, &info);
	t = find_task(pid);
	if (!t || !t->leader->sighand)
		return -ESRCH;
	return kill_one(t->leader, sig, &info);
}

static long do_tkill(int tgid, int tid, int sig, const siginfo_t *info)
{
	struct task_struct *t = find_task(tid);

	if (!t || !t->sighand || (tgid > 0 && t->tgid != tgid))
		return -ESRCH;
	if (!may_signal(t, sig))
		return -EPERM;
	if (sig)
		send_thread_sig(t, sig, info);
	return 0;
}

SYSCALL_DEFINE3(tgkill, int, tgid, int, tid, int, sig)
{
	siginfo_t info;

	if (tgid <= 0 || tid <= 0 || (sig && !valid_sig(sig)))
		return -EINVAL;
	user_siginfo(&info, sig, SI_TKILL);
	return do_tkill(tgid, tid, sig, &info);
}

SYSCALL_DEFINE2(tkill, int, tid, int, sig)
{
	siginfo_t info;

	if (tid <= 0 || (sig && !valid_sig(sig)))
		return -EINVAL;
	user_siginfo(&info, sig, SI_TKILL);
	return do_tkill(0, tid, sig, &info);
}

SYSCALL_DEFINE3(rt_sigqueueinfo, int, pid, int, sig, const siginfo_t *, uinfo)
{
	struct task_struct *t;
	siginfo_t info;

	if (copy_from_user(&info, uinfo, sizeof(info)))
		return -EFAULT;
	if (sig && !valid_sig(sig))
		return -EINVAL;
	info.si_signo = sig;
	if ((info.si_code >= 0 || info.si_code == SI_TKILL) &&
	    pid != current->tgid)
		return -EPERM;
	t = find_task(pid);
	if (!t || !t->leader->sighand)
		return -ESRCH;
	return kill_one(t->leader, sig, &info);
}
