// SPDX-License-Identifier: GPL-2.0
/*
 * The end of tasks, and waiting for it.  A thread that ends gives back what it
 * holds and is buried; the first of its group stays as a zombie until all
 * threads are gone and the parent has waited for it.  Orphans go to init;
 * init's own end stops the machine.  Nothing sleeps between a task's leaving
 * its group and its last schedule().  (Linux: kernel/exit.c)
 */
#include <arch/clock.h>
#include <arch/tlb.h>
#include <arch/uaccess.h>
#include <fs/file.h>
#include <fs/tty.h>
#include <ipc/ipc.h>
#include <kernel/futex.h>
#include <kernel/pidfd.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <mm/mm.h>
#include <mm/swap.h>

/* Other tasks share the memory: tell a joiner that this one is gone. */
static void clear_child_tid(void)
{
	int *tid = current->clear_child_tid;

	current->clear_child_tid = NULL;
	if (!tid || !current->mm || current->mm->mm_users < 2)
		return;
	if (!put_user(0, tid))
		futex_wake_address(tid);
}

void replace_current_mm(struct mm_struct *mm)
{
	struct mm_struct *old = current->mm;

	futex_exit_robust_list();
	clear_child_tid();
	current->mm = mm;
	load_current_mm();
	vfork_release(current);
	if (!old)
		return;
	current->leader->usage.maxrss = max(current->leader->usage.maxrss,
				(u64)max(old->hiwater_rss, mm_rss(old)));
	mmput(old);
}

static void put_task_resources(struct task_struct *t)
{
	struct files_struct *files = t->files;
	struct fs_struct *fs = t->fs;

	t->files = NULL;
	t->fs = NULL;
	if (files)
		files_put(files);
	if (fs)
		fs_put(fs);
}

/* ---- telling the parent ------------------------------------------------ */

/* What SIGCHLD and waitid tell of a child. */
kernel_siginfo_t child_info(const struct task_struct *t, int code, int status)
{
	kernel_siginfo_t info = { .si_signo = SIGCHLD, .si_code = code };
	struct usage usage = usage_of_group(t);

	info.si_pid = t->pid;
	info.si_uid = t->uid;
	info.si_status = status;
	info.si_utime = usage.utime;
	info.si_stime = usage.stime;
	return info;
}

kernel_siginfo_t zombie_info(const struct task_struct *t)
{
	int status = t->exit_code, sig = status & 0x7f;

	return child_info(t, !sig ? CLD_EXITED : status & 0x80 ? CLD_DUMPED :
			  CLD_KILLED, sig ? sig : status >> 8 & 0xff);
}

static bool parent_ignores_children(struct task_struct *parent)
{
	struct k_sigaction *ka = &parent->sighand->action[SIGCHLD - 1];

	return ka->handler == SIG_IGN || (ka->flags & SA_NOCLDWAIT);
}

void reap_task(struct task_struct *t)
{
	if (t->sighand)
		sighand_put(t->sighand);
	t->sighand = NULL;
	if (t->parent)
		TAILQ_REMOVE(&t->parent->children, t, sibling);
	bury_task(t);
}

/* The whole group of `t` is gone.  The parent hears of it, or does not care
 * and the zombie goes at once. */
static void group_is_dead(struct task_struct *t)
{
	struct task_struct *parent = t->parent;
	bool ignored = !parent || !parent->sighand ||
		(t->exit_signal == SIGCHLD && parent_ignores_children(parent));
	kernel_siginfo_t info = zombie_info(t);

	pidfd_notify(t);
	if (t->ptrace.tracer && t->ptrace.tracer != parent) {
		ptrace_tell_tracer(t, &info);
		return;
	}
	/* clone(2) takes any number for a signal. */
	if (parent && t->exit_signal > 0 && t->exit_signal <= NSIG_MAX) {
		info.si_signo = t->exit_signal;
		send_sig_info(parent, t->exit_signal, &info);
	}
	if (parent)
		wake_up(&parent->child_wait);
	if (ignored && !t->ptrace.tracer)
		reap_task(t);
}

static bool group_is_gone(const struct task_struct *leader)
{
	return !leader->nr_threads && !leader->nr_zombies;
}

/* A thread that was kept for its tracer. */
static void reap_thread(struct task_struct *t)
{
	struct task_struct *leader = t->leader;

	leader->nr_zombies--;
	reap_task(t);
	if (group_is_gone(leader))
		group_is_dead(leader);
}

void release_tracee(struct task_struct *t)
{
	if (t->leader != t)
		reap_thread(t);
	else if (group_is_gone(t))
		group_is_dead(t);
}

void notify_parent_stop(struct task_struct *t, int why, int sig)
{
	struct task_struct *parent = t->parent;
	kernel_siginfo_t info = child_info(t, why, sig);

	if (!parent || !parent->sighand || t->ptrace.tracer == parent)
		return;
	if (!(parent->sighand->action[SIGCHLD - 1].flags & SA_NOCLDSTOP))
		send_sig_info(parent, SIGCHLD, &info);
	wake_up(&parent->child_wait);
}

bool is_zombie_group(const struct task_struct *leader)
{
	return leader->state == TASK_ZOMBIE && group_is_gone(leader);
}

/* Stopped members of a group that the end of `parent` made an orphan would wait
 * for ever. */
static void hang_up_orphans(const struct task_struct *member,
			    const struct task_struct *parent)
{
	int pgid = member->pgid;
	struct task_struct *t;
	bool stopped = false;

	if (!parent || parent->pgid == pgid || parent->sid != member->sid)
		return;
	for_each_task(t)
		stopped |= t->pgid == pgid && t->leader->group_stop;
	if (stopped && pgrp_is_orphaned(pgid))
		hang_up_pgrp(pgid);
}

/* The nearest ancestor that asked for orphans, or init. */
static struct task_struct *find_reaper(const struct task_struct *dying)
{
	struct task_struct *t = dying->parent;

	while (t && t->pid != 1 && !(t->child_subreaper && t->nr_threads))
		t = t->parent;
	return t ? t : find_task(1);
}

static void reparent_children(struct task_struct *dying)
{
	struct task_struct *init = find_reaper(dying), *t;

	while ((t = TAILQ_FIRST(&dying->children))) {
		TAILQ_REMOVE(&dying->children, t, sibling);
		t->parent = init;
		t->exit_signal = SIGCHLD;
		TAILQ_INSERT_TAIL(&init->children, t, sibling);
		if (t->pdeath_signal)
			send_sig_info(t, t->pdeath_signal, NULL);
		hang_up_orphans(t, dying);
		if (is_zombie_group(t))
			group_is_dead(t);
	}
}

/* ---- exit -------------------------------------------------------------- */

static void thread_is_dead(struct task_struct *t)
{
	kernel_siginfo_t info = zombie_info(t);

	add_usage(&t->leader->dead_usage, &t->usage);
	t->usage = (struct usage){ .utime = 0 };
	if (!t->ptrace.tracer) {
		reap_task(t);
		return;
	}
	t->leader->nr_zombies++;
	ptrace_tell_tracer(t, &info);
}

static void leave_group(struct task_struct *t)
{
	struct task_struct *leader = t->leader;

	sched_charge();
	if (leader->nr_threads == 1) {
		itimers_exit(leader);
		if (leader->group_exit)
			leader->exit_code = leader->group_exit_code;
		exit_ptrace(leader);
		reparent_children(leader);
		if (leader->pid == leader->sid)
			tty_leader_exit(leader);
	}
	leader->nr_threads--;
	t->state = TASK_ZOMBIE;
	flush_signals(&t->pending, ~0ull);
	if (!leader->nr_threads)
		flush_signals(&leader->shared, ~0ull);
	if (t != leader)
		thread_is_dead(t);
	wake_up(&leader->thread_wait);
	if (!leader->nr_threads)
		hang_up_orphans(leader, leader->parent);
	if (group_is_gone(leader))
		group_is_dead(leader);
}

void do_exit(int status)
{
	struct task_struct *t = current;

	if (!task_is_oom_victim())	/* others wait for its memory */
		ptrace_event(PTRACE_EVENT_EXIT, status);
	t->exiting = true;
	replace_current_mm(NULL);
	exit_sem(t);
	put_task_resources(t);
	irq_disable();
	if (t->tgid == 1 && t->leader->nr_threads == 1)
		panic("init (process 1) ended with wait status %#x", status);
	t->exit_code = status;
	leave_group(t);
	schedule();
	panic("a dead task runs");
}

static void kill_threads_of(struct task_struct *leader)
{
	struct task_struct *t;

	for_each_thread(leader, t)
		if (t != current && t->state != TASK_ZOMBIE)
			send_thread_sig(t, SIGKILL, NULL);
}

void do_group_exit(int status)
{
	struct task_struct *leader = current->leader;

	if (!leader->group_exit) {
		leader->group_exit = true;
		leader->group_exit_code = status;
		kill_threads_of(leader);
	}
	do_exit(leader->group_exit_code);
}

/* The one who execs takes the place of its leader: number, parent, children. */
static void become_leader(struct task_struct *old)
{
	struct task_struct *t, *me = current;

	take_pid(me, old);
	me->exit_signal = old->exit_signal;
	me->parent = old->parent;
	me->nr_threads = 1;
	if (me->parent) {
		TAILQ_INSERT_BEFORE(old, me, sibling);
		TAILQ_REMOVE(&me->parent->children, old, sibling);
	}
	while ((t = TAILQ_FIRST(&old->children))) {
		TAILQ_REMOVE(&old->children, t, sibling);
		TAILQ_INSERT_TAIL(&me->children, t, sibling);
		t->parent = me;
	}
	me->start_ns = old->start_ns;
	me->oom_score_adj = old->oom_score_adj;
	me->oom_score_adj_min = old->oom_score_adj_min;
	me->child_usage = old->child_usage;
	me->dead_usage = old->dead_usage;
	add_usage(&me->dead_usage, &old->usage);
	itimers_move(me, old);
	cpu_timers_move(me, old);
	move_signals(&me->shared, &old->shared);
	TAILQ_REMOVE(&old->threads, me, thread_link);
	TAILQ_INSERT_TAIL(&me->threads, me, thread_link);
	me->leader = me;
	me->child_subreaper = old->child_subreaper;
	me->tty_old_pgrp = old->tty_old_pgrp;
	me->thread_pid = old->thread_pid;
	if (me->thread_pid)
		me->thread_pid->task = me;
	old->thread_pid = NULL;
	for_each_task(t)
		if (t->ptrace.tracer == old)
			t->ptrace.tracer = me;
	me->traces = old->traces;
	old->parent = NULL;
	reap_task(old);
}

/* Threads that ended and that their tracer has not waited for: too late. */
static void reap_zombie_threads(struct task_struct *leader)
{
	struct task_struct *t, *next;

	for (t = TAILQ_FIRST(&leader->threads); t && leader->nr_zombies;
	     t = next) {
		next = TAILQ_NEXT(t, thread_link);
		if (t != leader && t->state == TASK_ZOMBIE)
			reap_thread(t);
	}
}

int kill_other_threads(void)
{
	struct task_struct *leader = current->leader;

	if (leader->nr_threads == 1 && current == leader)
		return 0;
	if (leader->group_exit)
		return -EAGAIN;
	leader->group_exit = true;
	kill_threads_of(leader);
	wait_event(&leader->thread_wait, leader->nr_threads == 1);
	leader->group_exit = false;
	reap_zombie_threads(leader);
	if (current != leader)
		become_leader(leader);
	return 0;
}

SYSCALL_DEFINE1(exit, int, code)
{
	do_exit((code & 0xff) << 8);
}

SYSCALL_DEFINE1(exit_group, int, code)
{
	do_group_exit((code & 0xff) << 8);
}
