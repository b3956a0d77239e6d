// SPDX-License-Identifier: GPL-2.0
/*
 * What /proc/PID shows of one task in much text: status, stat, statm, limits.
 * Formats are Linux 6.1's: fs/proc/array.c and base.c.
 *
 * Lock: none.  A task may end whenever we sleep, so each function makes room
 * for its text first and then prints without a sleep.
 */
#include <arch/clock.h>
#include <fs/proc.h>
#include <fs/tty.h>
#include <lib/string.h>
#include <mm/mm.h>
#include <mm/slab.h>
#include <mm/swap.h>

#define PAGE_KB		(PAGE_SIZE / 1024)
#define NSEC_PER_TICK	(1000000000ul / HZ)

/* Its first letter is the state's in stat. */
static const char *state_name(const struct task_struct *t)
{
	switch (t->state) {
	case TASK_RUNNING:
		return "R (running)";
	case TASK_INTERRUPTIBLE:
		return "S (sleeping)";
	case TASK_NEW:
	case TASK_UNINTERRUPTIBLE:	/* kernel threads idle */
		return t->mm ? "D (disk sleep)" : "I (idle)";
	case TASK_STOPPED:
		return "T (stopped)";
	case TASK_TRACED:
		return "t (tracing stop)";
	case TASK_ZOMBIE:
		return "Z (zombie)";
	default:
		return "X (dead)";
	}
}

static int parent_pid(const struct task_struct *t)
{
	return t->leader->parent ? t->leader->parent->tgid : 0;
}

/* ---- status ------------------------------------------------------------ */

static void status_ids(struct seq_file *m, const struct task_struct *t)
{
	seq_printf(m, "Uid:\t%u\t%u\t%u\t%u\n", t->uid, t->euid, t->suid,
		   t->euid);
	seq_printf(m, "Gid:\t%u\t%u\t%u\t%u\n", t->gid, t->egid, t->sgid,
		   t->egid);
	seq_printf(m, "FDSize:\t%u\nGroups:\t", t->files ? t->files->max : 0);
	for (unsigned i = 0; i < t->ngroups; i++)
		seq_printf(m, "%s%u", i ? " " : "", t->groups[i]);
	seq_printf(m, " \nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n",
		   t->tgid, t->pid, t->pgid, t->sid);
}

static void status_kb(struct seq_file *m, const char *name, u64 pages)
{
	seq_printf(m, "%s:\t%8lu kB\n", name, pages * PAGE_KB);
}

static void status_mm(struct seq_file *m, struct mm_struct *mm)
{
	struct proc_mm_sizes s;

	proc_mm_sizes(mm, &s);
	status_kb(m, "VmPeak", s.peak);
	status_kb(m, "VmSize", s.size);
	status_kb(m, "VmLck", s.locked);
	status_kb(m, "VmPin", 0);
	status_kb(m, "VmHWM", s.peak_rss);
	status_kb(m, "VmRSS", s.resident);
	status_kb(m, "RssAnon", s.anon);
	status_kb(m, "RssFile", s.file);
	status_kb(m, "RssShmem", s.shmem);
	status_kb(m, "VmData", s.data);
	status_kb(m, "VmStk", s.stack);
	status_kb(m, "VmExe", s.text);
	status_kb(m, "VmLib", s.lib);
	status_kb(m, "VmPTE", s.tables);
	status_kb(m, "VmSwap", s.swap);
	seq_puts(m, "HugetlbPages:\t       0 kB\n"
		    "CoreDumping:\t0\nTHP_enabled:\t0\n");
}

static void collect_handlers(const struct task_struct *t, ksigset_t *ignored,
			     ksigset_t *caught)
{
	*ignored = *caught = 0;
	for (int sig = 1; t->sighand && sig <= NSIG_MAX; sig++) {
		void *handler = t->sighand->action[sig - 1].handler;

		if (handler == (void *)SIG_IGN)
			*ignored |= sigmask(sig);
		else if (handler != (void *)SIG_DFL)
			*caught |= sigmask(sig);
	}
}

static void status_signals(struct seq_file *m, const struct task_struct *t)
{
	ksigset_t ignored, caught;

	collect_handlers(t, &ignored, &caught);
	seq_printf(m, "Threads:\t%u\n", max(t->leader->nr_threads, 1u));
	seq_printf(m, "SigQ:\t%lu/%lu\n", signals_queued(t->uid),
		   t->rlim[RLIMIT_SIGPENDING].rlim_cur);
	seq_printf(m, "SigPnd:\t%016lx\nShdPnd:\t%016lx\n", t->pending.set,
		   t->leader->shared.set);
	seq_printf(m, "SigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
		   t->blocked, ignored, caught);
}

static void status_caps(struct seq_file *m, const struct task_struct *t)
{
	const struct caps *c = &t->caps;

	seq_printf(m, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\n",
		   c->inheritable, c->permitted, c->effective);
	seq_printf(m, "CapBnd:\t%016lx\nCapAmb:\t%016lx\n", c->bset,
		   c->ambient);
	seq_printf(m, "NoNewPrivs:\t%d\n", t->no_new_privs);
	seq_puts(m, "Seccomp:\t0\nSeccomp_filters:\t0\n"
		    "Cpus_allowed:\t1\nCpus_allowed_list:\t0\n"
		    "Mems_allowed:\t1\nMems_allowed_list:\t0\n");
	seq_printf(m,
		   "voluntary_ctxt_switches:\t%lu\n"
		   "nonvoluntary_ctxt_switches:\t%lu\n",
		   t->usage.nvcsw, t->usage.nivcsw);
}

void proc_status_show(struct seq_file *m, struct task_struct *t)
{
	seq_puts(m, "Name:\t");
	seq_puts_escaped(m, t->comm, "\\");
	seq_printf(m, "\nUmask:\t%04o\n", t->fs ? t->fs->umask : 022);
	seq_printf(m, "State:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\n",
		   state_name(t), t->tgid, t->pid, parent_pid(t));
	seq_printf(m, "TracerPid:\t%d\n",
		   t->ptrace.tracer ? t->ptrace.tracer->pid : 0);
	status_ids(m, t);
	if (t->mm)
		status_mm(m, t->mm);
	status_signals(m, t);
	status_caps(m, t);
}

/* ---- stat, statm ------------------------------------------------------- */

static void stat_times(struct seq_file *m, const struct task_struct *t,
		       bool thread)
{
	const struct usage own = thread ? t->usage : usage_of_group(t->leader);
	const struct usage *children = &t->leader->child_usage;

	seq_printf(m, " %lu %lu %lu %lu", own.min_flt, children->min_flt,
		   own.maj_flt, children->maj_flt);
	seq_printf(m, " %lu %lu %lu %lu", own.utime, own.stime, children->utime,
		   children->stime);
	seq_printf(m, " %d %d %u 0 %lu",
		   t->rt_priority ? -1 - t->rt_priority : 20 + t->nice, t->nice,
		   max(t->leader->nr_threads, 1u), t->start_ns / NSEC_PER_TICK);
}

static void stat_mm(struct seq_file *m, struct task_struct *t, bool permitted)
{
	struct proc_mm_sizes s = { 0 };
	const struct mm_struct *mm = t->mm;

	if (mm)
		proc_mm_sizes(t->mm, &s);
	seq_printf(m, " %lu %lu %lu", s.size << PAGE_SHIFT, s.resident,
		   t->rlim[RLIMIT_RSS].rlim_cur);
	if (mm && permitted)
		seq_printf(m, " %lu %lu %lu 0 0", mm->start_code, mm->end_code,
			   mm->start_stack);
	else
		seq_printf(m, " %d %d 0 0 0", mm ? 1 : 0, mm ? 1 : 0);
}

static void stat_signals(struct seq_file *m, const struct task_struct *t)
{
	ksigset_t ignored, caught;
	const u64 low = 0x7fffffff;

	collect_handlers(t, &ignored, &caught);
	seq_printf(m, " %lu %lu %lu %lu", pending_signals(t) & low,
		   t->blocked & low, ignored & low, caught & low);
	seq_printf(m, " 0 0 0 %d 0 %d %d 0 0 0", t->exit_signal,
		   t->rt_priority, t->policy);
}

static void stat_layout(struct seq_file *m, const struct task_struct *t,
			bool permitted)
{
	const struct mm_struct *mm = t->mm;

	if (mm && permitted)
		seq_printf(m, " %lu %lu %lu %lu %lu %lu %lu", mm->start_data,
			   mm->end_data, mm->start_brk, mm->arg_start,
			   mm->arg_end, mm->env_start, mm->env_end);
	else
		seq_puts(m, " 0 0 0 0 0 0 0");
	seq_printf(m, " %d\n", permitted ? t->exit_code : 0);
}

/* PF_*, as far as programs look at them. */
static unsigned stat_flags(const struct task_struct *t)
{
	return (t->mm || t->state == TASK_ZOMBIE ? 0x400000 : 0x200000) |
	       (t->leader->did_exec ? 0 : 0x40);
}

void proc_stat_show(struct seq_file *m, struct task_struct *t, bool thread)
{
	bool permitted = ptrace_may_access(t, PTRACE_MODE_READ_FSCREDS);
	unsigned tty;
	int tpgid;

	tty_of_session(t->sid, &tty, &tpgid);
	seq_printf(m, "%d (", t->pid);
	seq_puts_escaped(m, t->comm, "");
	seq_printf(m, ") %c %d %d %d %u %d %u", state_name(t)[0],
		   parent_pid(t), t->pgid, t->sid, tty, tpgid, stat_flags(t));
	stat_times(m, t, thread);
	stat_mm(m, t, permitted);
	stat_signals(m, t);
	stat_layout(m, t, permitted);
}

void proc_statm_show(struct seq_file *m, struct task_struct *t)
{
	struct proc_mm_sizes s = { 0 };

	if (t->mm)
		proc_mm_sizes(t->mm, &s);
	seq_printf(m, "%lu %lu %lu %lu 0 %lu 0\n", s.size, s.resident,
		   (s.file + s.shmem), s.text, (s.data + s.stack));
}

/* ---- limits ------------------------------------------------------------ */

static const struct {
	const char *name, *unit;
} limit_names[RLIM_NLIMITS] = {
	[RLIMIT_CPU] = { "Max cpu time", "seconds" },
	[RLIMIT_FSIZE] = { "Max file size", "bytes" },
	[RLIMIT_DATA] = { "Max data size", "bytes" },
	[RLIMIT_STACK] = { "Max stack size", "bytes" },
	[RLIMIT_CORE] = { "Max core file size", "bytes" },
	[RLIMIT_RSS] = { "Max resident set", "bytes" },
	[RLIMIT_NPROC] = { "Max processes", "processes" },
	[RLIMIT_NOFILE] = { "Max open files", "files" },
	[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
	[RLIMIT_AS] = { "Max address space", "bytes" },
	[RLIMIT_LOCKS] = { "Max file locks", "locks" },
	[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
	[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
	[RLIMIT_NICE] = { "Max nice priority", NULL },
	[RLIMIT_RTPRIO] = { "Max realtime priority", NULL },
	[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
};

static void print_limit(struct seq_file *m, unsigned long limit)
{
	if (limit == RLIM_INFINITY)
		seq_printf(m, "%-20s ", "unlimited");
	else
		seq_printf(m, "%-20lu ", limit);
}

void proc_limits_show(struct seq_file *m, struct task_struct *t)
{
	seq_printf(m, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit",
		   "Hard Limit", "Units");
	for (unsigned i = 0; i < RLIM_NLIMITS; i++) {
		seq_printf(m, "%-25s ", limit_names[i].name);
		print_limit(m, t->rlim[i].rlim_cur);
		print_limit(m, t->rlim[i].rlim_max);
		if (limit_names[i].unit)
			seq_printf(m, "%-10s", limit_names[i].unit);
		seq_putc(m, '\n');
	}
}
