// SPDX-License-Identifier: GPL-2.0
/*
 * Limits, usage and priorities.  Limits are kept in each thread and changed in
 * all threads of a process at once.  Raising a hard limit needs
 * CAP_SYS_RESOURCE; so do the limits of another process, or its ids.
 * (Linux: kernel/sys.c, kernel/sched/core.c)
 */
#include <arch/clock.h>
#include <arch/uaccess.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/time.h>
#include <mm/mm.h>

void add_usage(struct usage *sum, const struct usage *more)
{
	const u64 *from = &more->utime;

	for (u64 *to = &sum->utime; to < &sum->maxrss; to++, from++)
		*to += *from;
	sum->maxrss = max(sum->maxrss, more->maxrss);
}

struct usage usage_of_group(const struct task_struct *leader)
{
	struct usage sum = leader->dead_usage;
	struct task_struct *t;

	for_each_thread(leader, t)
		add_usage(&sum, &t->usage);
	return sum;
}

void fill_rusage(struct rusage *ru, const struct usage *usage,
		 const struct mm_struct *mm)
{
	u64 maxrss = usage->maxrss;

	if (mm)
		maxrss = max(maxrss, (u64)max(mm->hiwater_rss, mm_rss(mm)));
	*ru = (struct rusage){
		.ru_minflt = usage->min_flt, .ru_majflt = usage->maj_flt,
		.ru_nvcsw = usage->nvcsw, .ru_nivcsw = usage->nivcsw,
		.ru_inblock = usage->read_bytes / 512,
		.ru_oublock = usage->write_bytes / 512,
		.ru_maxrss = maxrss * (PAGE_SIZE / 1024),
	};
	ru->ru_utime.tv_sec = usage->utime / HZ;
	ru->ru_utime.tv_usec = usage->utime % HZ * (1000000 / HZ);
	ru->ru_stime.tv_sec = usage->stime / HZ;
	ru->ru_stime.tv_usec = usage->stime % HZ * (1000000 / HZ);
}

SYSCALL_DEFINE2(getrusage, int, who, struct rusage *, uru)
{
	struct mm_struct *mm = who == RUSAGE_CHILDREN ? NULL : current->mm;
	struct usage usage;
	struct rusage ru;

	if (who == RUSAGE_SELF)
		usage = usage_of_group(current->leader);
	else if (who == RUSAGE_THREAD)
		usage = current->usage;
	else if (who == RUSAGE_CHILDREN)
		usage = current->leader->child_usage;
	else
		return -EINVAL;
	fill_rusage(&ru, &usage, mm);
	return copy_to_user(uru, &ru, sizeof(ru));
}

/* ---- limits ------------------------------------------------------------ */

static int set_limit(struct task_struct *leader, unsigned resource,
		     const struct rlimit *new)
{
	const struct rlimit *old = &leader->rlim[resource];
	struct task_struct *t;

	if (new->rlim_cur > new->rlim_max)
		return -EINVAL;
	if (new->rlim_max > old->rlim_max && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	if (resource == RLIMIT_NOFILE && new->rlim_max > 1048576)
		return -EPERM;
	for_each_thread(leader, t)
		t->rlim[resource] = *new;
	return 0;
}

static bool may_limit(const struct task_struct *t)
{
	const struct task_struct *c = current;

	if (t->leader == c->leader || capable(CAP_SYS_RESOURCE))
		return true;
	return c->uid == t->euid && c->uid == t->suid && c->uid == t->uid &&
	       c->gid == t->egid && c->gid == t->sgid && c->gid == t->gid;
}

SYSCALL_DEFINE4(prlimit64, int, pid, unsigned, resource,
		const struct rlimit *, unew, struct rlimit *, uold)
{
	struct task_struct *t;
	struct rlimit new, old;
	int err = 0;

	if (unew && copy_from_user(&new, unew, sizeof(new)))
		return -EFAULT;
	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	t = pid ? find_task(pid) : current;
	if (!t || !t->sighand)
		return -ESRCH;
	if (!may_limit(t))
		return -EPERM;
	old = t->rlim[resource];
	if (unew)
		err = set_limit(t->leader, resource, &new);
	if (!err && uold && copy_to_user(uold, &old, sizeof(old)))
		return -EFAULT;
	return err;
}

SYSCALL_DEFINE2(getrlimit, unsigned, resource, struct rlimit *, ur)
{
	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	return put_user(current->rlim[resource], ur);
}

SYSCALL_DEFINE2(setrlimit, unsigned, resource, const struct rlimit *, ur)
{
	return ur ? sys_prlimit64(0, resource, ur, NULL) : -EFAULT;
}

/* ---- priorities -------------------------------------------------------- */

bool in_which(const struct task_struct *t, int which, int who)
{
	switch (which) {
	case PRIO_PROCESS:
		return t->pid == (who ? who : current->pid);
	case PRIO_PGRP:
		return t->pgid == (who ? who : current->pgid);
	default:
		return t->uid == (who ? who : current->uid);
	}
}

SYSCALL_DEFINE2(getpriority, int, which, int, who)
{
	struct task_struct *t;
	int best = -ESRCH;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	for_each_task(t)
		if (t->sighand && in_which(t, which, who))
			best = max(best, 20 - t->nice);
	return best;
}

/* The rlimit counts from 1 (nice 19) to 40 (nice -20). */
bool may_renice(const struct task_struct *t, int nice)
{
	return nice >= t->nice || capable(CAP_SYS_NICE) ||
	       20 - nice <= (long)t->rlim[RLIMIT_NICE].rlim_cur;
}

static int renice(struct task_struct *t, int nice)
{
	if (!may_schedule(t))
		return -EPERM;
	if (!may_renice(t, nice))
		return -EACCES;
	sched_change(t, t->policy, nice, t->rt_priority);
	return 0;
}

SYSCALL_DEFINE3(setpriority, int, which, int, who, int, nice)
{
	struct task_struct *t;
	int err = -ESRCH, ret;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	nice = max(-20, min(nice, 19));
	for_each_task(t) {
		if (!t->sighand || !in_which(t, which, who))
			continue;
		ret = renice(t, nice);
		if (err == -ESRCH || ret)
			err = ret;
	}
	return err;
}
