/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's side of the seam: what mm/ uses of the rest of the kernel, with
 * tasks cut down to what mm/ looks at.  Locks, files, disks and system calls
 * keep the kernel's own headers; the .c files of arch/host implement them.
 * System calls become plain functions sys_NAME().
 */
#ifndef MM_DEPS_H
#define MM_DEPS_H

#include <arch/irq.h>
#include <arch/uaccess.h>
#include <asm/resource.h>
#include <drivers/block.h>
#include <fs/file.h>
#include <kernel/lock.h>
#include <kernel/syscall.h>
#include <lib/bug.h>
#include <lib/string.h>
#include <linux/capability.h>

struct mm_struct;

/* An allocation, of a page or an object, asks whether it fails: the one after
 * `fail_alloc_after` more, if that is not negative; then it is -1 again, or
 * stays 0 if `fail_alloc_lasting`.  Or the hook says so (<arch/host.h>). */
extern long fail_alloc_after;
extern bool fail_alloc_lasting;
enum host_fault { HOST_FAIL_ALLOC, HOST_FAIL_READ, HOST_FAIL_WRITE };
extern bool (*host_fault_hook)(enum host_fault what);
#define fault_armed	(fail_alloc_after >= 0 || host_fault_hook)
bool fail_alloc_now(void);
static inline bool should_fail_alloc(void)
{
	return unlikely(fault_armed) && fail_alloc_now();
}
/* host_hog() takes them instead. */
static inline bool should_find_no_frame(void)
{
	return false;
}

#define HOST_NR_FDS 16

/* <linux/resource.h> cannot be used beside a libc's headers. */
struct rlimit { unsigned long rlim_cur, rlim_max; };

struct task_struct {
	int pid, tgid;
	char comm[16];
	TAILQ_ENTRY(task_struct) tasks;
	struct mm_struct *mm;		/* NULL: kernel thread */
	bool oom_refused;		/* no memory: kill nobody */
	short oom_score_adj;
	u32 uid, euid;
	struct rlimit rlim[RLIM_NLIMITS];
	u64 min_flt, maj_flt;
	struct file *fds[HOST_NR_FDS];
	bool asleep;			/* on a wait queue, in host_run() */
	struct lock_stack { enum lock_class held[8]; unsigned n; } locks;

	/* Written by the host for tests. */
	bool killed;			/* by the OOM killer */
	int sig, sig_code;		/* of the last bad access; 0: none */
	unsigned long sig_addr;
	unsigned long faults_met;	/* injected ones; the hook counts */
};
TAILQ_HEAD(task_list, task_struct);

extern struct task_struct *current_task;
#define current current_task
extern struct task_list all_tasks;
extern unsigned long nr_tasks;

bool capable(int cap);
static inline unsigned long rlimit(unsigned resource)
{
	return current->rlim[resource].rlim_cur;
}

static inline int task_oom_score_adj(const struct task_struct *t)
{
	return t->oom_score_adj;
}

void schedule(void);
void cond_resched(void);
u64 sleep_ns(u64 ns, bool interruptible);
struct task_struct *kthread_create(void (*fn)(void *), void *arg,
				   const char *name);
struct task_struct *find_task(int pid);
struct task_struct *next_mm_task(struct task_struct *t);
void kill_task(struct task_struct *t);

#endif
