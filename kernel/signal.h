/* SPDX-License-Identifier: GPL-2.0 */
/* Signals (kernel/signal.c).  Numbers, siginfo and sigaction as in Linux's
 * UAPI headers. */
#ifndef KERNEL_SIGNAL_H
#define KERNEL_SIGNAL_H

#include <asm/siginfo.h>
#include <asm/signal.h>
#include <bsd/sys/queue.h>
#include <lib/types.h>

typedef u64 ksigset_t;		/* bit n-1: signal n */
#define NSIG_MAX 64
#define sigmask(n) (1ull << ((n) - 1))

/* The kernel's layout of rt_sigaction's argument. */
struct k_sigaction {
	void *handler;		/* SIG_DFL, SIG_IGN or user address */
	u64 flags;		/* SA_* */
	void *restorer;
	ksigset_t mask;
};

#define SIG_KERNEL_ONLY (sigmask(SIGKILL) | sigmask(SIGSTOP))

/* A siginfo_t without the room that it keeps for later. */
typedef struct kernel_siginfo {
	__SIGINFO;
} kernel_siginfo_t;

struct k_itimer;
struct sigpending;

/* The siginfo of one pending signal. */
struct sigqueue {
	TAILQ_ENTRY(sigqueue) link;
	struct sigpending *on;		/* NULL: not pending */
	bool keep;			/* its owner frees it */
	struct k_itimer *timer;		/* that sent it, or NULL */
	kernel_siginfo_t info;
};

/* Signals waiting for one thread, or for any of a process.  A signal of the
 * set that has no entry in the queue is the kernel's (SI_KERNEL). */
struct sigpending {
	TAILQ_HEAD(, sigqueue) queue;
	ksigset_t set;
	unsigned count;			/* of entries that are not `keep` */
};

/* One signal to be delivered to a handler, for arch's frame. */
struct ksignal {
	int sig;
	kernel_siginfo_t info;
	struct k_sigaction ka;
	ksigset_t oldmask;	/* to be restored by sigreturn */
	u64 cr2, trapno, err;	/* sigcontext, faults only */
};

struct task_struct;
struct sighand;
struct pt_regs;

/* Send to a process (any thread of t's group that takes it); any context.
 * `info` NULL: SI_KERNEL.  -EAGAIN: a real-time signal, and no room. */
int send_sig_info(struct task_struct *t, int sig, const kernel_siginfo_t *info);
/* kill(2) of one process: -errno, or 0; sig 0 is only asked about. */
int kill_one(struct task_struct *t, int sig, const kernel_siginfo_t *info);
/* A kernel's signal to every process of a group. */
void kill_pgrp(int pgid, int sig);
/* Its terminal is gone, or whoever could continue it: SIGHUP, SIGCONT. */
void hang_up_pgrp(int pgid);
/* The same to one thread. */
int send_thread_sig(struct task_struct *t, int sig,
		    const kernel_siginfo_t *info);
/* A timer's signal, to t or its group: is it ignored?  Must not be pending. */
bool send_timer_signal(struct task_struct *t, bool group, struct sigqueue *q);
/* Entries count against RLIMIT_SIGPENDING of t's uid: NULL if there is no
 * room. */
struct sigqueue *sigqueue_alloc(struct task_struct *t, bool limited);
/* Free now, or, if pending, when it has been taken. */
void sigqueue_put(struct sigqueue *q);
unsigned long signals_queued(u32 uid);
void sigpending_init(struct sigpending *p);
/* Drop what is pending of a set. */
void flush_signals(struct sigpending *p, ksigset_t set);
/* ... all that timers sent. */
void flush_timer_signals(struct sigpending *p);
/* `from` is left empty. */
void move_signals(struct sigpending *to, struct sigpending *from);
/* Pending at t, or at its process. */
ksigset_t pending_signals(const struct task_struct *t);
/* Woken whenever a signal is sent to anybody: for signalfd. */
extern struct wait_queue signalfd_wq;
/* 0 or -EFAULT; the room is filled with zeros. */
int copy_siginfo_to_user(siginfo_t *to, const kernel_siginfo_t *from);
int copy_siginfo_from_user(kernel_siginfo_t *to, const siginfo_t *from);
bool valid_signal(int sig);		/* 1 ... NSIG_MAX */
/* Would it have no effect, were it not blocked? */
bool sig_ignored(const struct task_struct *t, int sig);
/* Does current's user stack pointer `sp` lie on its alternate stack?  on_: and
 * that is in use (SS_AUTODISARM ones never are). */
bool within_altstack(unsigned long sp);
bool on_altstack(unsigned long sp);
/* sigreturn's: what cannot be set is left as it is. */
void restore_altstack(const stack_t *ss, unsigned long sp);
/* Block these, of current's. */
void set_current_blocked(ksigset_t set);
/* Take the next signal of `mask` off current's pending ones: its number, 0. */
int dequeue_signal(ksigset_t mask, kernel_siginfo_t *info);
/* exec: handlers go back to SIG_DFL, ignored stays ignored. */
void flush_signal_handlers(struct sighand *sh);
/* A fault of the current task: delivered even if blocked or ignored (then it
 * kills). */
void force_sig_fault(int sig, int code, unsigned long addr);
/* Before every return to user mode, by arch, until nothing is left: act on
 * pending signals, reschedule.  Work with interrupts on, the question with
 * them off. */
bool exit_work_pending(const struct pt_regs *regs);
void exit_to_user_mode_work(struct pt_regs *regs);

#endif
