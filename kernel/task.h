/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tasks and the scheduler (kernel/fork.c, exit.c, sched.c).  A task is a
 * thread; tasks with the same tgid share mm, files and signal handlers.
 *
 * Fields without a mark belong to the task itself or change without a sleep
 * in between; (i) fields are shared with interrupt handlers: irq_save.
 */
#ifndef KERNEL_TASK_H
#define KERNEL_TASK_H

#include <arch/irq.h>
#include <arch/thread.h>
#include <kernel/lock.h>
#include <kernel/ptrace.h>
#include <kernel/signal.h>
#include <kernel/timer.h>
#include <lib/bug.h>
#include <lib/err.h>
#include <linux/capability.h>
#include <linux/resource.h>
#include <mm/mempolicy.h>

struct mm_struct;
struct files_struct;
struct fs_struct;

/* NEW: not even a fatal signal wakes it; fork.c does. */
enum task_state { TASK_NEW, TASK_RUNNING, TASK_INTERRUPTIBLE,
		  TASK_UNINTERRUPTIBLE, TASK_STOPPED, TASK_TRACED,
		  TASK_ZOMBIE, TASK_DEAD };

#define NR_TASKS_MAX 4096	/* fewer on small machines: fork.c */

struct sighand {			/* shared by CLONE_SIGHAND */
	unsigned users;
	struct k_sigaction action[NSIG_MAX];
};

struct ids {				/* real, effective, saved */
	u32 r, e, s;
};

#define CAP_FULL ((2ull << CAP_LAST_CAP) - 1)

struct caps {				/* kernel/capability.c */
	u64 inheritable, permitted, effective, bset, ambient;
	unsigned securebits;
};

/* Ticks, ns that it ran, faults, switches of context, and what /proc/PID/io
 * shows: bytes of read and write calls, their number, bytes from and to disks.
 * add_usage() sums the words up, all but the last. */
struct usage {
	u64 utime, stime, runtime, min_flt, maj_flt;
	u64 nvcsw, nivcsw;
	u64 rchar, wchar, syscr, syscw, read_bytes, write_bytes;
	u64 maxrss;				/* pages, of ended mms */
};

/* How an interrupted call goes on if no handler runs: restart_syscall(). */
struct restart_block {
	long (*fn)(struct restart_block *r);	/* NULL: nothing to go on */
	u64 until;				/* ns of `clock` */
	int clock;
	void *user;
	u64 args[3];
};

struct task_struct {
	struct arch_thread thread;
	enum task_state state;			/* (i) */
	int policy, nice, rt_priority;		/* SCHED_*; 1...99 or 0 */
	bool reset_on_fork;
	unsigned slice;				/* (i) SCHED_RR: ticks left */
	u64 vruntime;				/* (i) weighted ns it has run */
	union {					/* (i) run queue, see sched.c */
		TAILQ_ENTRY(task_struct) run;
		RB_ENTRY(task_struct) fair;
	};
	unsigned ioprio;

	int pid, tgid, pgid, sid;
	bool did_exec;				/* leader: setpgid's EACCES */
	char comm[16];
	struct task_struct *parent;		/* leader (else NULL) */
	TAILQ_HEAD(task_list, task_struct) children;
	TAILQ_ENTRY(task_struct) sibling;
	TAILQ_ENTRY(task_struct) tasks;		/* in all_tasks */
	LIST_ENTRY(task_struct) by_pid;		/* for find_task() */
	int exit_code;				/* wait status */
	int exit_signal;
	struct wait_queue child_wait;		/* in wait4 */
	struct vfork_wait *vfork;		/* parent waits here; or NULL */
	struct ptrace_state ptrace;
	bool traces;				/* leader: has had tracees */
	struct pid *thread_pid;			/* leader: its pidfds */

	/* The thread group.  Its first task stays, a zombie if need be, until
	 * the last thread is gone; what the group shares lies there. */
	struct task_struct *leader;
	struct task_list threads;		/* leader: all, itself too */
	TAILQ_ENTRY(task_struct) thread_link;
	unsigned nr_threads;			/* leader: alive */
	unsigned nr_zombies;			/* leader: threads that ended,
						 * for their tracer to see */
	bool group_exit;			/* leader: all are to end ... */
	int group_exit_code;			/* ... with this status */
	int group_stop;				/* leader: stop signal, or 0 */
	int stop_report;			/* leader: not yet waited for */
	bool cont_report;
	struct itimers itimers;			/* leader (i) */
	struct wait_queue thread_wait;		/* leader: exec, last thread */
	int tty_old_pgrp;			/* leader of a session: whom its
						 * terminal had in front when
						 * it was hung up */

	struct mm_struct *mm;			/* NULL: kernel thread */
	bool oom_refused;			/* no memory: kill nobody */
	unsigned oom_faults;			/* in a row, for want of it */
	struct task_rseq {
		struct rseq *area;		/* user's; NULL: none */
		u32 sig;
		bool event;			/* was preempted since */
	} rseq;
	bool exiting;				/* waits for nobody's faults */
	struct task_userfault {			/* between the fault and its
						 * userfaultfd_wait() */
		struct userfaultfd_ctx *ctx;
		unsigned long addr;
		bool write;
	} userfault;
	short oom_score_adj;			/* leader: -1000 to 1000 ... */
	short oom_score_adj_min;		/* ... as low as root set it */
	struct files_struct *files;
	struct fs_struct *fs;			/* cwd, umask */
	struct sem_undo_list *sysvsem_undo;	/* NULL: none yet */

	struct caps caps;
	bool child_subreaper;
	struct mempolicy mempolicy;
	unsigned long timer_slack;		/* ns; read back only */
	union {
		struct ids uids;
		struct { u32 uid, euid, suid; };
	};
	union {
		struct ids gids;
		struct { u32 gid, egid, sgid; };
	};
	u32 ngroups, groups[32];
	struct rlimit rlim[RLIM_NLIMITS];

	struct sighand *sighand;
	ksigset_t blocked;
	struct sigpending pending;		/* (i) at this thread */
	struct sigpending shared;		/* (i) leader: at the group */
	struct sigqueue forced;			/* (i) the last fault's */
	unsigned nr_timers;			/* leader: POSIX timers */
	ksigset_t saved_mask;			/* sigsuspend, ppoll */
	bool restore_saved_mask;
	ksigset_t sigwait;			/* rt_sigtimedwait waits for */
	stack_t sigaltstack;
	u64 fault_cr2, fault_trapno, fault_err;	/* of the last forced signal */
	struct restart_block restart;
	int pdeath_signal;
	unsigned personality;
	bool no_new_privs;
	void *robust_list;

	int *set_child_tid, *clear_child_tid;
	u64 start_ns;
	union {
		struct usage usage;
		struct { u64 utime, stime, runtime, min_flt, maj_flt; };
	};
	unsigned fault_family;			/* fault_inject.c; inherited */
	struct cpu_timers cpu_timers;		/* (i) on this task's clocks */
	struct usage dead_usage;		/* leader: of ended threads */
	struct usage child_usage;		/* leader: of reaped children */
	struct lock_stack { enum lock_class held[8]; unsigned n; } locks;
};

extern struct task_struct *current_task;
#define current current_task
extern struct task_list all_tasks;
extern unsigned long nr_tasks;

/* A fork's parent that waits until its child lets go of the shared mm. */
struct vfork_wait {
	struct wait_queue wq;
	bool done;
};

#define for_each_task(t) TAILQ_FOREACH(t, &all_tasks, tasks)
#define for_each_thread(leader, t) \
	TAILQ_FOREACH(t, &(leader)->threads, thread_link)

/* ---- rseq.c ------------------------------------------------------------ */
/* current, on its way to user mode, was preempted or (sig) gets a signal. */
void rseq_handle(struct pt_regs *regs, int sig);

/* ---- capability.c ------------------------------------------------------ */
static inline bool capable(int cap)	/* CAP_*, of current */
{
	return current->caps.effective >> cap & 1;
}
/* What a change of uids, and exec, do to current's sets. */
void cap_setuid(const struct ids *old, const struct ids *new);
void cap_exec(void);
/* prctl's options that concern them; -EINVAL for others. */
long cap_prctl(int option, unsigned long arg2, unsigned long arg3,
	       unsigned long arg4, unsigned long arg5);
static inline unsigned long rlimit(unsigned resource)
{
	return current->rlim[resource].rlim_cur;
}

/* ---- sched.c ----------------------------------------------------------- */
void schedule(void);			/* interrupts may be on or off */
void cond_resched(void);		/* sleep point: let others run if due */
/* From a sleep or a stop, for it to look again whether it is over.  Any
 * context. */
void wake_up_task(struct task_struct *t);
extern bool need_resched;		/* (i) */
/* Is current to ask exit_work_pending() before it goes back to user mode?  Set
 * by whatever may make that true: a switch to it, a signal, a new mask; cleared
 * by exit_to_user() alone, which finds nothing to do. */
extern bool exit_work;			/* (i) */
extern u64 nr_switches, nr_forks, idle_ns;	/* since the start */
void tick(bool user);			/* HZ times a second */
/* Bring current's CPU time up to date. */
void sched_charge(void);
/* Change how t is scheduled: t's nice, policy, priority. */
void sched_change(struct task_struct *t, int policy, int nice, int priority);
void sched_yield_current(void);
/* Has current its uid, or CAP_SYS_NICE; may its nice value become that? */
bool may_schedule(const struct task_struct *t);
bool may_renice(const struct task_struct *t, int nice);
/* Is t of the process, group or user `who` (PRIO_*), 0: the caller's? */
bool in_which(const struct task_struct *t, int which, int who);
/* The three load averages, in 1/2048. */
#define FSHIFT 11
extern unsigned long avenrun[3];
/* Sleep, woken early by a signal if interruptible: ns left, 0 if none. */
u64 sleep_ns(u64 ns, bool interruptible);
/* Load current's address space (NULL mm: the kernel's). */
void load_current_mm(void);
/* The boot thread becomes task 0, which idles when nothing else runs. */
void sched_init(void);

/* ---- fork.c, exit.c, exec.c -------------------------------------------- */
/* A kernel thread; NULL when out of memory. */
struct task_struct *kthread_create(void (*fn)(void *), void *arg,
				   const char *name);
/* The thread that becomes process 1: it calls kernel_execve and returns. */
struct task_struct *init_create(void (*fn)(void *), void *arg);
struct task_struct *find_task(int pid);
void init_task_lists(struct task_struct *t);
/* A zeroed task with a kernel stack, in no list: ERR_PTR(-EAGAIN, -ENOMEM). */
struct task_struct *alloc_task(void);
void free_task(struct task_struct *t);
int alloc_pid(void);
extern int pid_max;			/* numbers stay below; a sysctl */
#define PID_MAX_LIMIT (4 << 20)
unsigned long max_tasks(void);
void hash_task(struct task_struct *t);
/* t bears the number of another, which is to be buried, instead of its own. */
void take_pid(struct task_struct *t, struct task_struct *from);
/* What SIGCHLD and waitid tell of a child, CLD_*; ... of a dead one. */
kernel_siginfo_t child_info(const struct task_struct *t, int code, int status);
kernel_siginfo_t zombie_info(const struct task_struct *t);
/* Is its group all gone; off every list and buried. */
bool is_zombie_group(const struct task_struct *leader);
void reap_task(struct task_struct *t);
/* A zombie that its tracer lets go: gone too, or its parent's. */
void release_tracee(struct task_struct *t);
/* A task that is no more: off the list, and freed once it is off its stack. */
void bury_task(struct task_struct *t);
void free_dead_tasks(void);
/* A table of handlers with one user, copied from another or all default; NULL:
 * no memory. */
struct sighand *sighand_alloc(const struct sighand *from);
void sighand_put(struct sighand *sh);
/* Let a vfork parent go on. */
void vfork_release(struct task_struct *t);
/* End every other thread of current's group; -EAGAIN if current is to die
 * itself. */
int kill_other_threads(void);
void do_group_exit(int wait_status) __noreturn;
/* Would a stop of this process group last for ever? */
bool pgrp_is_orphaned(int pgid);
/* A stop or continuation is news for the parent. */
void notify_parent_stop(struct task_struct *leader, int why, int sig);
void add_usage(struct usage *sum, const struct usage *more);
/* Of all threads of a group, those that have ended included. */
struct usage usage_of_group(const struct task_struct *leader);
/* `mm` NULL: without its size. */
void fill_rusage(struct rusage *ru, const struct usage *usage,
		 const struct mm_struct *mm);
/* Drop current's mm (exit, exec): the last user destroys it. */
void replace_current_mm(struct mm_struct *mm);
void do_exit(int wait_status) __noreturn;
/* Kernel execve: replaces the current task's program; paths in kernel memory.
 * 0 or -errno with nothing changed. */
int kernel_execve(const char *path, const char *const *argv,
		  const char *const *envp);

/* ---- memory, for mm/ through mm/deps.h --------------------------------- */
static inline int task_oom_score_adj(const struct task_struct *t)
{
	return t->leader->oom_score_adj;
}
/* The next task after t (NULL: the first) that has an mm. */
struct task_struct *next_mm_task(struct task_struct *t);
void kill_task(struct task_struct *t);		/* SIGKILL */

#endif
