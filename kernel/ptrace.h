/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracing, and the one question whether a task may look into another
 * (kernel/ptrace.c, arch's ptrace.c for registers).
 */
#ifndef KERNEL_PTRACE_H
#define KERNEL_PTRACE_H

#include <lib/types.h>
#define pt_regs user_pt_regs	/* not the UAPI's */
#include <linux/ptrace.h>
#undef pt_regs

struct kernel_siginfo;
struct mm_struct;
struct pt_regs;
struct task_struct;

/* What is asked for, and by which of the caller's ids. */
#define PTRACE_MODE_READ	0x01u
#define PTRACE_MODE_ATTACH	0x02u
#define PTRACE_MODE_FSCREDS	0x08u
#define PTRACE_MODE_REALCREDS	0x10u

#define PTRACE_MODE_READ_FSCREDS	(PTRACE_MODE_READ | PTRACE_MODE_FSCREDS)
#define PTRACE_MODE_READ_REALCREDS \
	(PTRACE_MODE_READ | PTRACE_MODE_REALCREDS)
#define PTRACE_MODE_ATTACH_FSCREDS \
	(PTRACE_MODE_ATTACH | PTRACE_MODE_FSCREDS)
#define PTRACE_MODE_ATTACH_REALCREDS \
	(PTRACE_MODE_ATTACH | PTRACE_MODE_REALCREDS)

/* Everything by which one process reads, writes or takes over another asks
 * here, and nowhere else: the place for a lock design that forbids it. */
bool ptrace_may_access(const struct task_struct *t, unsigned mode);
/* t's mm, referenced; NULL: it has none; ERR_PTR(-EACCES). */
struct mm_struct *mm_access(struct task_struct *t, unsigned mode);

/* Of a traced task (tracer != NULL). */
struct ptrace_state {
	struct task_struct *tracer;	/* a leader: the process traces */
	unsigned options;		/* PTRACE_O_* */
	bool seized;			/* not TRACEME, not ATTACH */
	bool trap;			/* PTRACE_EVENT_STOP, or joining a
					 * group stop, is due */
	bool listening;			/* PTRACE_LISTEN */
	bool syscall;			/* stop at the next entry or exit */
	bool step, forced_tf;		/* one instruction; arch set TF */
	/* While it is stopped: */
	int code;			/* for wait, 0: waited for; then what
					 * the tracer said: a signal, or 0 */
	unsigned long message;
	struct kernel_siginfo *info;		/* NULL: group stop */
};

/* A stop of current at an event, PTRACE_EVENT_*, if the tracer asked for it. */
void ptrace_event(int event, unsigned long message);
/* Around a system call.  True: do not make it. */
bool ptrace_syscall_enter(struct pt_regs *regs);
void ptrace_syscall_leave(struct pt_regs *regs);
/* A signal is about to be delivered: the one to deliver instead, or 0. */
int ptrace_signal(int sig, struct kernel_siginfo *info);
/* A handler was set up while stepping. */
void ptrace_stepped_into_handler(void);
/* Due after SIGSTOP, PTRACE_INTERRUPT, at the start of a seized child. */
void ptrace_trap(void);
/* SIGCONT or SIGKILL was sent to t.  Any context. */
void ptrace_wake(struct task_struct *t, int sig);
/* SIGCHLD for the tracer, and it need wait no longer. */
void ptrace_tell_tracer(struct task_struct *t,
			const struct kernel_siginfo *info);
/* fork's child is traced too if `event` is reported or CLONE_PTRACE. */
int ptrace_fork_event(u64 clone_flags);
void ptrace_init_child(struct task_struct *child, bool trace);
/* t is not traced any more; nobody is by `tracer`. */
void ptrace_unlink(struct task_struct *t);
void exit_ptrace(struct task_struct *tracer);

/* ---- arch/x86_64/ptrace.c: of a task that is stopped ------------------- */

#define NR_USER_REGS 27			/* struct user_regs_struct */
u64 user_reg(struct task_struct *t, unsigned i);
int set_user_reg(struct task_struct *t, unsigned i, u64 value); /* 0, -EIO */
void get_fpregs(struct task_struct *t, void *fxsave_image);
int set_fpregs(struct task_struct *t, const void *image);	/* -EINVAL */
/* Trap after the next instruction, or no more. */
void user_single_step(struct task_struct *t, bool on);
struct ptrace_syscall_info;
/* arch, nr, args of a task at the entry or, with `exit`, rval. */
void syscall_info(struct task_struct *t, struct ptrace_syscall_info *info);

#endif
