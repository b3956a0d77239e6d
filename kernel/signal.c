// SPDX-License-Identifier: GPL-2.0
/*
 * Signals: sending, choosing and delivering.  A signal is pending at one
 * thread; one sent to a process goes to a thread that does not block it.  At
 * most one instance of each is pending, real-time signals too.  `pending`,
 * siginfo and the stop state are touched with interrupts off, for the console
 * and the clock send signals from interrupts.  The system calls are in
 * sigcalls.c.  (Linux: kernel/signal.c)
 */
#include <arch/uaccess.h>
#include <kernel/kernel.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/signal.h>
#include <mm/mm.h>

#define SIG_KERNEL_STOP (sigmask(SIGSTOP) | sigmask(SIGTSTP) | \
			 sigmask(SIGTTIN) | sigmask(SIGTTOU))
#define SIG_KERNEL_IGNORE (sigmask(SIGCHLD) | sigmask(SIGCONT) | \
			   sigmask(SIGURG) | sigmask(SIGWINCH))
#define SIG_SYNCHRONOUS (sigmask(SIGSEGV) | sigmask(SIGBUS) | \
			 sigmask(SIGILL) | sigmask(SIGTRAP) | \
			 sigmask(SIGFPE) | sigmask(SIGSYS))

/* ---- what a signal would do -------------------------------------------- */

static bool is_default(const struct task_struct *t, int sig)
{
	return t->sighand->action[sig - 1].handler == SIG_DFL;
}

bool sig_ignored(const struct task_struct *t, int sig)
{
	void *h = t->sighand->action[sig - 1].handler;

	if (t->tgid == 1 && h == SIG_DFL)
		return true;
	if (sigmask(sig) & SIG_KERNEL_ONLY)
		return false;
	return h == SIG_IGN ||
	       (h == SIG_DFL && (sigmask(sig) & SIG_KERNEL_IGNORE));
}

static bool sig_kills(const struct task_struct *t, int sig)
{
	return is_default(t, sig) &&
	       !(sigmask(sig) & (SIG_KERNEL_IGNORE | SIG_KERNEL_STOP));
}

static bool signal_pending_in(const struct task_struct *t)
{
	return (t->pending & ~t->blocked) || t->ptrace.trap ||
	       (t->leader->group_stop && t->mm && !t->ptrace.tracer);
}

bool signal_pending(void)
{
	return signal_pending_in(current);
}

bool fatal_signal_pending(void)
{
	ksigset_t set = current->pending & ~current->blocked;

	if (current->pending & sigmask(SIGKILL))
		return true;
	for (; set && !current->ptrace.tracer; set &= set - 1)
		if (sig_kills(current, __builtin_ctzll(set) + 1))
			return true;
	return false;
}

/* ---- sending ----------------------------------------------------------- */

static void queue_signal(struct task_struct *t, int sig, const siginfo_t *info)
{
	siginfo_t plain = { .si_signo = sig, .si_code = SI_KERNEL };

	if (t->pending & sigmask(sig))
		return;
	memcpy(&t->siginfo[sig - 1], info ? info : &plain,
	       sizeof(t->siginfo[0]));
	t->pending |= sigmask(sig);
}

/* `wake`: SIGCONT or SIGKILL, or 0. */
static void for_group(struct task_struct *leader, ksigset_t forget, int wake)
{
	struct task_struct *t;

	for_each_task(t) {
		if (t->leader != leader)
			continue;
		t->pending &= ~forget;
		if (wake && t->state == TASK_STOPPED)
			wake_up_task(t);
		if (wake && t->ptrace.tracer)
			ptrace_wake(t, wake);
	}
}

/* A stop signal and SIGCONT cancel each other when sent, handled or not. */
static void stop_or_continue(struct task_struct *leader, int sig)
{
	if (sigmask(sig) & SIG_KERNEL_STOP)
		for_group(leader, sigmask(SIGCONT), 0);
	if (sig != SIGCONT && sig != SIGKILL)
		return;
	for_group(leader, sig == SIGCONT ? SIG_KERNEL_STOP : 0, sig);
	if (!leader->group_stop)
		return;
	leader->group_stop = 0;
	leader->stop_report = 0;
	if (sig == SIGCONT) {
		leader->cont_report = true;
		notify_parent_stop(leader, CLD_CONTINUED, SIGCONT);
	}
}

void send_thread_sig(struct task_struct *t, int sig, const siginfo_t *info)
{
	unsigned long f = irq_save();

	if (t->sighand && t->state < TASK_ZOMBIE) {
		stop_or_continue(t->leader, sig);
		if (((t->blocked | t->sigwait) & sigmask(sig)) ||
		    !sig_ignored(t, sig) || t->ptrace.tracer ||
		    (t->leader->group_exit && sig == SIGKILL))
			queue_signal(t, sig, info);
		if (signal_pending_in(t) && t->state == TASK_INTERRUPTIBLE)
			wake_up_task(t);
	}
	irq_restore(f);
}

/* The thread to take a signal sent to the process. */
static struct task_struct *choose_thread(struct task_struct *t, int sig)
{
	struct task_struct *p, *leader = t->leader, *any = NULL;

	if (t->state < TASK_ZOMBIE && !(t->blocked & sigmask(sig)))
		return t;
	if (leader->nr_threads > 1 || leader->state >= TASK_ZOMBIE) {
		for_each_task(p) {
			if (p->leader != leader || p->state >= TASK_ZOMBIE)
				continue;
			if (!(p->blocked & sigmask(sig)))
				return p;
			any = any ? any : p;
		}
	}
	return t->state < TASK_ZOMBIE || !any ? t : any;
}

/* SIGKILL goes to all threads: the one chosen might be about to end anyway,
 * for another that execs. */
void send_sig_info(struct task_struct *t, int sig, const siginfo_t *info)
{
	unsigned long f = irq_save();
	struct task_struct *p;

	if (sig != SIGKILL || t->leader->nr_threads == 1)
		send_thread_sig(choose_thread(t, sig), sig, info);
	else
		for_each_task(p)
			if (p->leader == t->leader)
				send_thread_sig(p, sig, info);
	irq_restore(f);
}

void kill_pgrp(int pgid, int sig)
{
	struct task_struct *t;

	for_each_task(t)
		if (t->pgid == pgid && t == t->leader)
			send_sig_info(t, sig, NULL);
}

void hang_up_pgrp(int pgid)
{
	kill_pgrp(pgid, SIGHUP);
	kill_pgrp(pgid, SIGCONT);
}

void kill_task(struct task_struct *t)
{
	send_sig_info(t, SIGKILL, NULL);
}

static void force_signal(int sig, const siginfo_t *info)
{
	struct k_sigaction *ka = &current->sighand->action[sig - 1];
	unsigned long f = irq_save();
	bool blocked = current->blocked & sigmask(sig);

	if (blocked || ka->handler == SIG_IGN)
		ka->handler = SIG_DFL;
	current->blocked &= ~sigmask(sig);
	current->pending &= ~sigmask(sig);
	queue_signal(current, sig, info);
	irq_restore(f);
}

void force_sig_fault(int sig, int code, unsigned long addr)
{
	siginfo_t info = { .si_signo = sig, .si_code = code };

	info.si_addr = (void *)addr;
	force_signal(sig, &info);
}

void flush_signal_handlers(struct sighand *sh)
{
	unsigned i;

	for (i = 0; i < NSIG_MAX; i++) {
		struct k_sigaction *ka = &sh->action[i];
		void *h = ka->handler == SIG_IGN ? SIG_IGN : SIG_DFL;

		*ka = (struct k_sigaction){ .handler = h };
	}
}

/* ---- delivery ---------------------------------------------------------- */

int dequeue_signal(ksigset_t mask, siginfo_t *info)
{
	unsigned long f = irq_save();
	ksigset_t set = current->pending & mask;
	int sig = 0;

	if (set & sigmask(SIGKILL))
		set = sigmask(SIGKILL);
	else if (set & SIG_SYNCHRONOUS)
		set &= SIG_SYNCHRONOUS;
	if (set) {
		sig = __builtin_ctzll(set) + 1;
		current->pending &= ~sigmask(sig);
		*info = (siginfo_t){ .si_signo = sig };
		memcpy(info, &current->siginfo[sig - 1],
		       sizeof(current->siginfo[0]));
	}
	irq_restore(f);
	return sig;
}

/* Sleep as a stopped task until SIGCONT or SIGKILL. */
static void stop_here(void)
{
	unsigned long f = irq_save();

	while (current->leader->group_stop && !current->ptrace.tracer &&
	       !(current->pending & sigmask(SIGKILL))) {
		current->state = TASK_STOPPED;
		schedule();
	}
	irq_restore(f);
}

static void begin_group_stop(int sig)
{
	struct task_struct *t, *leader = current->leader;
	unsigned long f = irq_save();

	current->ptrace.trap = current->ptrace.tracer;
	if (!leader->group_stop) {
		leader->group_stop = leader->stop_report = sig;
		leader->cont_report = false;
		for_each_task(t) {
			if (t->leader != leader)
				continue;
			t->ptrace.trap = t->ptrace.tracer;
			if (t != current && t->state == TASK_INTERRUPTIBLE)
				wake_up_task(t);
		}
		notify_parent_stop(leader, CLD_STOPPED, sig);
	}
	irq_restore(f);
}

/* The next signal that has a handler, or 0; the others take effect here. */
static int get_signal(struct ksignal *ks)
{
	struct k_sigaction *ka;
	int sig;

	for (;;) {
		if (current->ptrace.trap)
			ptrace_trap();
		else if (current->leader->group_stop)
			stop_here();
		sig = dequeue_signal(~current->blocked | SIG_KERNEL_ONLY,
				     &ks->info);
		if (sig == SIGKILL && current->leader->group_exit)
			do_exit(current->leader->group_exit_code);
		if (sig && sig != SIGKILL && current->ptrace.tracer) {
			sig = ptrace_signal(sig, &ks->info);
			if (!sig)
				continue;
		}
		if (!sig)
			return 0;
		ka = &current->sighand->action[sig - 1];
		if (ka->handler != SIG_DFL && ka->handler != SIG_IGN) {
			ks->ka = *ka;
			if (ka->flags & SA_RESETHAND)
				ka->handler = SIG_DFL;
			return ks->sig = sig;
		}
		if (ka->handler == SIG_IGN ||
		    (sigmask(sig) & SIG_KERNEL_IGNORE))
			continue;
		if (!(sigmask(sig) & SIG_KERNEL_STOP))
			do_group_exit(sig);
		if (sig == SIGSTOP || !pgrp_is_orphaned(current->pgid))
			begin_group_stop(sig);
	}
}

/* Is regs->ax the answer of an interrupted system call? */
static bool wants_restart(const struct pt_regs *regs)
{
	return -regs->ax - ERESTARTSYS <=
	       ERESTART_RESTARTBLOCK - ERESTARTSYS &&
	       (long)regs->orig_ax >= 0;
}

/* EINTR, or once more (the syscall instruction has two bytes).  `ks`: the
 * handler to run first, if any. */
static void handle_restart(struct pt_regs *regs, const struct ksignal *ks)
{
	long err = -regs->ax;

	if (!wants_restart(regs))
		return;
	if (ks && !(err == ERESTARTSYS && (ks->ka.flags & SA_RESTART))) {
		regs->ax = -EINTR;
		return;
	}
	regs->ax = err == ERESTART_RESTARTBLOCK ? __NR_restart_syscall :
						  regs->orig_ax;
	regs->ip -= 2;
	regs->orig_ax = -1;
}

static void handle_signal(struct pt_regs *regs, struct ksignal *ks)
{
	bool stepping = current->ptrace.step;

	ks->oldmask = current->restore_saved_mask ? current->saved_mask :
						    current->blocked;
	current->restore_saved_mask = false;
	if (sigmask(ks->sig) & SIG_SYNCHRONOUS) {
		ks->cr2 = current->fault_cr2;
		ks->trapno = current->fault_trapno;
		ks->err = current->fault_err;
	}
	if (stepping)
		user_single_step(current, false);
	handle_restart(regs, ks);
	regs->orig_ax = -1;
	if (sigframe_push(regs, ks)) {
		if (ks->sig == SIGSEGV)
			current->sighand->action[SIGSEGV - 1].handler = SIG_DFL;
		force_signal(SIGSEGV, NULL);
		return;
	}
	current->blocked |= ks->ka.mask;
	if (!(ks->ka.flags & SA_NODEFER))
		current->blocked |= sigmask(ks->sig);
	current->blocked &= ~SIG_KERNEL_ONLY;
	if (stepping)
		ptrace_stepped_into_handler();
}

static void do_signal(struct pt_regs *regs)
{
	struct ksignal ks = { .sig = 0 };

	if (get_signal(&ks)) {
		handle_signal(regs, &ks);
		return;
	}
	handle_restart(regs, NULL);
	if (current->restore_saved_mask) {
		current->blocked = current->saved_mask;
		current->restore_saved_mask = false;
	}
}

bool exit_work_pending(const struct pt_regs *regs)
{
	return need_resched || signal_pending_in(current) ||
	       wants_restart(regs) || current->restore_saved_mask;
}

void exit_to_user_mode_work(struct pt_regs *regs)
{
	cond_resched();
	do_signal(regs);
}
