// SPDX-License-Identifier: GPL-2.0
/*
 * Signals: sending, choosing and delivering.  A signal is pending at one
 * thread, or at a process, where any thread that does not block it may take
 * it; one such is woken.  Each pending signal that somebody sent has an entry
 * with its siginfo; entries of real-time signals queue, as many for each user
 * as RLIMIT_SIGPENDING allows.  Sets, queues and the stop state are touched
 * with interrupts off, for the console and the clock send signals from
 * interrupts.  The system calls are in sigcalls.c.  (Linux: kernel/signal.c)
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

ksigset_t pending_signals(const struct task_struct *t)
{
	return t->pending.set | t->leader->shared.set;
}

static bool signal_pending_in(const struct task_struct *t)
{
	return (pending_signals(t) & ~t->blocked) || t->ptrace.trap ||
	       (t->leader->group_stop && t->mm && !t->ptrace.tracer);
}

bool signal_pending(void)
{
	return signal_pending_in(current);
}

bool fatal_signal_pending(void)
{
	ksigset_t set;

	if (!exit_work)		/* no signal since it was last looked for */
		return false;
	set = pending_signals(current) & ~current->blocked;
	if (current->pending.set & sigmask(SIGKILL))
		return true;
	for (; set && !current->ptrace.tracer; set &= set - 1)
		if (sig_kills(current, __builtin_ctzll(set) + 1))
			return true;
	return false;
}

/* ---- the queues -------------------------------------------------------- */

static struct kmem_cache sigqueue_cache = KMEM_CACHE(struct sigqueue);
/* To be freed: an interrupt may drop a signal, but not free memory. */
static TAILQ_HEAD(, sigqueue) spent = TAILQ_HEAD_INITIALIZER(spent);

void sigpending_init(struct sigpending *p)
{
	TAILQ_INIT(&p->queue);
}

unsigned long signals_queued(u32 uid)
{
	const struct task_struct *t;
	unsigned long n = 0;

	for_each_task(t)
		if (t->uid == uid)
			n += t->pending.count + t->shared.count + t->nr_timers;
	return n;
}

struct sigqueue *sigqueue_alloc(struct task_struct *t, bool limited)
{
	if (in_irq || (limited && signals_queued(t->uid) >=
				  t->rlim[RLIMIT_SIGPENDING].rlim_cur))
		return NULL;
	return kmem_cache_alloc(&sigqueue_cache, GFP_NOWAIT | GFP_ZERO);
}

void sigqueue_put(struct sigqueue *q)
{
	unsigned long f = irq_save();

	q->timer = NULL;
	q->keep = false;
	if (q->on)
		q->on->count++;
	else
		TAILQ_INSERT_TAIL(&spent, q, link);
	irq_restore(f);
}

static void free_spent(void)
{
	unsigned long f = irq_save();
	struct sigqueue *q;

	while ((q = TAILQ_FIRST(&spent))) {
		TAILQ_REMOVE(&spent, q, link);
		kmem_cache_free(&sigqueue_cache, q);
	}
	irq_restore(f);
}

static int signo_of(const struct sigqueue *q)
{
	return q->info.si_signo;
}

static void enqueue(struct sigpending *p, struct sigqueue *q)
{
	TAILQ_INSERT_TAIL(&p->queue, q, link);
	q->on = p;
	p->count += !q->keep;
	p->set |= sigmask(signo_of(q));
}

static void unqueue(struct sigqueue *q)
{
	TAILQ_REMOVE(&q->on->queue, q, link);
	q->on->count -= !q->keep;
	q->on = NULL;
	if (!q->keep)
		TAILQ_INSERT_TAIL(&spent, q, link);
}

static struct sigqueue *first_queued(const struct sigpending *p, ksigset_t set)
{
	struct sigqueue *q;

	TAILQ_FOREACH(q, &p->queue, link)
		if (sigmask(signo_of(q)) & set)
			return q;
	return NULL;
}

void flush_signals(struct sigpending *p, ksigset_t set)
{
	unsigned long f = irq_save();
	struct sigqueue *q;

	p->set &= ~set;
	while ((q = first_queued(p, set)))
		unqueue(q);
	irq_restore(f);
}

void flush_timer_signals(struct sigpending *p)
{
	unsigned long f = irq_save();
	struct sigqueue *q, *next;
	int sig;

	for (q = TAILQ_FIRST(&p->queue); q; q = next) {
		next = TAILQ_NEXT(q, link);
		sig = signo_of(q);
		if (q->info.si_code != SI_TIMER)
			continue;
		unqueue(q);
		if (!first_queued(p, sigmask(sig)))
			p->set &= ~sigmask(sig);
	}
	irq_restore(f);
}

void move_signals(struct sigpending *to, struct sigpending *from)
{
	struct sigqueue *q;

	TAILQ_FOREACH(q, &from->queue, link)
		q->on = to;
	TAILQ_CONCAT(&to->queue, &from->queue, link);
	to->set |= from->set;
	to->count += from->count;
	from->set = from->count = 0;
}

/* A standard signal is pending once, real-time ones as often as sent. */
static int queue_signal(struct sigpending *p, struct task_struct *t, int sig,
			const kernel_siginfo_t *info)
{
	bool standard = sig < SIGRTMIN;
	struct sigqueue *q = NULL;

	if (standard && (p->set & sigmask(sig)))
		return 0;
	if (info) {
		q = sigqueue_alloc(t, !standard || info->si_code < 0);
		if (!q && !standard && info->si_code != SI_USER)
			return -EAGAIN;
	}
	p->set |= sigmask(sig);
	if (q) {
		q->info = *info;
		enqueue(p, q);
	}
	return 0;
}

/* ---- sending ----------------------------------------------------------- */

/* `wake`: SIGCONT or SIGKILL, or 0. */
static void for_group(struct task_struct *leader, ksigset_t forget, int wake)
{
	struct task_struct *t;

	flush_signals(&leader->shared, forget);
	for_each_thread(leader, t) {
		flush_signals(&t->pending, forget);
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

/* Does it stay pending at t? */
static bool prepare_signal(struct task_struct *t, int sig)
{
	if (!t->sighand || t->state >= TASK_ZOMBIE)
		return false;
	stop_or_continue(t->leader, sig);
	return ((t->blocked | t->sigwait) & sigmask(sig)) ||
	       !sig_ignored(t, sig) || t->ptrace.tracer ||
	       (t->leader->group_exit && sig == SIGKILL);
}

struct wait_queue signalfd_wq = WAIT_QUEUE_INIT(signalfd_wq);

static void signal_wake_up(struct task_struct *t)
{
	exit_work = true;
	wake_up(&signalfd_wq);
	if (signal_pending_in(t) && t->state == TASK_INTERRUPTIBLE)
		wake_up_task(t);
}

static int send_signal(struct task_struct *t, struct sigpending *p, int sig,
		       const kernel_siginfo_t *info)
{
	unsigned long f = irq_save();
	int err = 0;

	if (prepare_signal(t, sig)) {
		err = queue_signal(p, t, sig, info);
		signal_wake_up(t);
	}
	irq_restore(f);
	return err;
}

int send_thread_sig(struct task_struct *t, int sig,
		    const kernel_siginfo_t *info)
{
	return send_signal(t, &t->pending, sig, info);
}

/* The thread to take a signal sent to the process. */
static struct task_struct *choose_thread(struct task_struct *t, int sig)
{
	struct task_struct *p, *leader = t->leader, *any = NULL;

	if (t->state < TASK_ZOMBIE && !(t->blocked & sigmask(sig)))
		return t;
	for_each_thread(leader, p) {
		if (p->state >= TASK_ZOMBIE)
			continue;
		if (!(p->blocked & sigmask(sig)))
			return p;
		any = any ? any : p;
	}
	return t->state < TASK_ZOMBIE || !any ? t : any;
}

/* SIGKILL goes to all threads: the one chosen might be about to end anyway,
 * for another that execs. */
int send_sig_info(struct task_struct *t, int sig, const kernel_siginfo_t *info)
{
	unsigned long f = irq_save();
	struct task_struct *p;
	int err = 0;

	if (sig == SIGKILL) {
		for_each_thread(t->leader, p)
			send_thread_sig(p, sig, info);
	} else {
		err = send_signal(choose_thread(t, sig), &t->leader->shared,
				  sig, info);
	}
	irq_restore(f);
	return err;
}

bool send_timer_signal(struct task_struct *t, bool group, struct sigqueue *q)
{
	int sig = signo_of(q);
	bool stays;

	if (group)
		t = choose_thread(t, sig);
	stays = prepare_signal(t, sig);
	if (stays) {
		enqueue(group && sig != SIGKILL ? &t->leader->shared :
						  &t->pending, q);
		signal_wake_up(t);
	}
	return !stays;
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

/* The entry is the task's own: a fault's address is never lost. */
static void force_signal(int sig, const kernel_siginfo_t *info)
{
	struct k_sigaction *ka = &current->sighand->action[sig - 1];
	unsigned long f = irq_save();
	bool blocked = current->blocked & sigmask(sig);
	struct sigqueue *q = &current->forced;

	if (blocked || ka->handler == SIG_IGN)
		ka->handler = SIG_DFL;
	current->blocked &= ~sigmask(sig);
	flush_signals(&current->pending, sigmask(sig));
	if (q->on)
		unqueue(q);
	q->keep = true;
	q->info = *info;
	enqueue(&current->pending, q);
	exit_work = true;
	irq_restore(f);
}

void force_sig_fault(int sig, int code, unsigned long addr)
{
	kernel_siginfo_t info = { .si_signo = sig, .si_code = code };

	info.si_addr = (void *)addr;
	force_signal(sig, &info);
}

void set_current_blocked(ksigset_t set)
{
	current->blocked = set;
	exit_work = true;
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

static int next_signal(ksigset_t set)
{
	if (set & sigmask(SIGKILL))
		return SIGKILL;
	if (set & SIG_SYNCHRONOUS)
		set &= SIG_SYNCHRONOUS;
	return set ? __builtin_ctzll(set) + 1 : 0;
}

/* Takes the oldest instance; the signal stays pending if there are more. */
static void take_signal(struct sigpending *p, int sig, kernel_siginfo_t *info)
{
	struct sigqueue *q = first_queued(p, sigmask(sig));

	p->set &= ~sigmask(sig);
	if (sig == SIGALRM && p != &current->pending)
		itimer_real_taken(current->leader);
	if (!q) {
		*info = (kernel_siginfo_t){ .si_signo = sig,
					    .si_code = SI_KERNEL };
		return;
	}
	*info = q->info;
	unqueue(q);
	if (q->timer)
		info->si_overrun = posix_timer_taken(q->timer);
	if (first_queued(p, sigmask(sig)))
		p->set |= sigmask(sig);
}

int dequeue_signal(ksigset_t mask, kernel_siginfo_t *info)
{
	unsigned long f = irq_save();
	struct sigpending *p = &current->pending;
	int sig = next_signal(p->set & mask);

	if (!sig) {
		p = &current->leader->shared;
		sig = next_signal(p->set & mask);
	}
	if (sig)
		take_signal(p, sig, info);
	irq_restore(f);
	free_spent();
	return sig;
}

/* Sleep as a stopped task until SIGCONT or SIGKILL. */
static void stop_here(void)
{
	unsigned long f = irq_save();

	while (current->leader->group_stop && !current->ptrace.tracer &&
	       !(current->pending.set & sigmask(SIGKILL))) {
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
		for_each_thread(leader, t) {
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
	if (ks)
		current->restart.fn = NULL;
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
	ks->cr2 = ks->trapno = ks->err = 0;
	if (sigmask(ks->sig) & SIG_SYNCHRONOUS) {
		ks->cr2 = current->fault_cr2;
		ks->trapno = current->fault_trapno;
		ks->err = current->fault_err;
	}
	if (stepping)
		user_single_step(current, false);
	handle_restart(regs, ks);
	regs->orig_ax = -1;
	if (current->rseq.area)
		rseq_handle(regs, ks->sig);
	if (sigframe_push(regs, ks)) {
		if (ks->sig == SIGSEGV)
			current->sighand->action[SIGSEGV - 1].handler = SIG_DFL;
		force_sig_fault(SIGSEGV, SI_KERNEL, 0);
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
	struct ksignal ks;

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
	       wants_restart(regs) || current->restore_saved_mask ||
	       current->rseq.event;
}

void exit_to_user_mode_work(struct pt_regs *regs)
{
	cond_resched();
	do_signal(regs);
	if (current->rseq.event)
		rseq_handle(regs, 0);
}
