// SPDX-License-Identifier: GPL-2.0
/*
 * The scheduler's system calls: policies, affinity to the one processor, I/O
 * priorities (kept, but nothing orders requests by them).  Who has not
 * CAP_SYS_NICE may change only tasks of its own uid, and raise them no further
 * than RLIMIT_NICE and RLIMIT_RTPRIO.  SCHED_DEADLINE is not there.
 * (Linux: kernel/sched/core.c, block/ioprio.c; sched(7))
 */
#include <arch/clock.h>
#include <arch/uaccess.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <lib/string.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <linux/sched/types.h>

#define CPU_SET_BYTES	sizeof(unsigned long)
#define MAX_RT_PRIO	99
#define SETPARAM_POLICY	-1		/* keep the policy */

SYSCALL_DEFINE0(sched_yield)
{
	sched_yield_current();
	return 0;
}

SYSCALL_DEFINE2(getcpu, unsigned *, cpu, unsigned *, node)
{
	if (cpu && put_user(0, cpu))
		return -EFAULT;
	return node ? put_user(0, node) : 0;
}

static struct task_struct *find_process(int pid)
{
	return pid ? find_task(pid) : current;
}

bool may_schedule(const struct task_struct *t)
{
	return current->euid == t->uid || current->euid == t->euid ||
	       capable(CAP_SYS_NICE);
}

/* ---- affinity ---------------------------------------------------------- */

SYSCALL_DEFINE3(sched_getaffinity, int, pid, unsigned, len, unsigned long *,
		mask)
{
	if (len < CPU_SET_BYTES || len % sizeof(long))
		return -EINVAL;
	if (!find_process(pid))
		return -ESRCH;
	return put_user(1ul, mask) ? -EFAULT : (long)CPU_SET_BYTES;
}

SYSCALL_DEFINE3(sched_setaffinity, int, pid, unsigned, len,
		const unsigned long *, umask)
{
	unsigned long mask = 0;
	struct task_struct *t;

	if (copy_from_user(&mask, umask, min((size_t)len, sizeof(mask))))
		return -EFAULT;
	t = find_process(pid);
	if (!t)
		return -ESRCH;
	if (!may_schedule(t))
		return -EPERM;
	return mask & 1 ? 0 : -EINVAL;
}

/* ---- policies ---------------------------------------------------------- */

static bool known_policy(int policy)
{
	return policy >= SCHED_NORMAL && policy <= SCHED_IDLE && policy != 4;
}

static bool realtime(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

SYSCALL_DEFINE1(sched_get_priority_min, int, policy)
{
	return known_policy(policy) ? realtime(policy) : -EINVAL;
}

SYSCALL_DEFINE1(sched_get_priority_max, int, policy)
{
	return known_policy(policy) ? realtime(policy) * MAX_RT_PRIO : -EINVAL;
}

/* Within what the task's limits allow, by its owner? */
static bool is_unprivileged(const struct task_struct *t, int policy,
			    const struct sched_attr *a)
{
	unsigned long rtprio = t->rlim[RLIMIT_RTPRIO].rlim_cur;

	if (realtime(policy)) {
		if (policy != t->policy && !rtprio)
			return false;
		if ((int)a->sched_priority > t->rt_priority &&
		    a->sched_priority > rtprio)
			return false;
	} else if (!may_renice(t, a->sched_nice)) {
		return false;
	}
	if (t->policy == SCHED_IDLE && policy != SCHED_IDLE &&
	    20 - t->nice > (long)t->rlim[RLIMIT_NICE].rlim_cur)
		return false;
	return may_schedule(t) && (!t->reset_on_fork ||
		(a->sched_flags & SCHED_FLAG_RESET_ON_FORK));
}

static int set_scheduler(struct task_struct *t, int policy,
			 const struct sched_attr *a)
{
	const u64 known = SCHED_FLAG_ALL & ~SCHED_FLAG_UTIL_CLAMP;
	bool rt;

	if (policy < 0)
		policy = t->policy;
	rt = realtime(policy);
	if (!known_policy(policy) || (a->sched_flags & ~SCHED_FLAG_ALL) ||
	    a->sched_priority > MAX_RT_PRIO || rt != !!a->sched_priority)
		return -EINVAL;
	if (!capable(CAP_SYS_NICE) && !is_unprivileged(t, policy, a))
		return -EPERM;
	if (a->sched_flags & ~known)
		return -EOPNOTSUPP;
	t->reset_on_fork = a->sched_flags & SCHED_FLAG_RESET_ON_FORK;
	if (a->sched_flags & SCHED_FLAG_KEEP_PARAMS)
		sched_change(t, policy, t->nice, t->rt_priority);
	else
		sched_change(t, policy, rt ? t->nice : a->sched_nice,
			     a->sched_priority);
	return 0;
}

static long set_param(int pid, int policy, const int *uparam)
{
	struct sched_attr a = { .size = sizeof(a) };
	struct task_struct *t;
	int priority;

	if (pid < 0 || !uparam)
		return -EINVAL;
	if (get_user(priority, uparam))
		return -EFAULT;
	t = find_process(pid);
	if (!t)
		return -ESRCH;
	a.sched_priority = priority;
	a.sched_nice = t->nice;
	if (policy == SETPARAM_POLICY ? t->reset_on_fork :
					policy & SCHED_RESET_ON_FORK)
		a.sched_flags = SCHED_FLAG_RESET_ON_FORK;
	if (policy != SETPARAM_POLICY)
		policy &= ~SCHED_RESET_ON_FORK;
	return set_scheduler(t, policy, &a);
}

SYSCALL_DEFINE3(sched_setscheduler, int, pid, int, policy, const int *, uparam)
{
	return policy < 0 ? -EINVAL : set_param(pid, policy, uparam);
}

SYSCALL_DEFINE2(sched_setparam, int, pid, const int *, uparam)
{
	return set_param(pid, SETPARAM_POLICY, uparam);
}

SYSCALL_DEFINE1(sched_getscheduler, int, pid)
{
	struct task_struct *t = find_process(pid);

	if (pid < 0)
		return -EINVAL;
	if (!t)
		return -ESRCH;
	return t->policy | (t->reset_on_fork ? SCHED_RESET_ON_FORK : 0);
}

SYSCALL_DEFINE2(sched_getparam, int, pid, int *, uparam)
{
	struct task_struct *t = find_process(pid);

	if (!uparam || pid < 0)
		return -EINVAL;
	return t ? put_user(t->rt_priority, uparam) : -ESRCH;
}

SYSCALL_DEFINE2(sched_rr_get_interval, int, pid, struct timespec *, uts)
{
	struct task_struct *t = find_process(pid);
	u64 slice;

	if (pid < 0)
		return -EINVAL;
	if (!t)
		return -ESRCH;
	slice = t->policy == SCHED_RR ? NSEC / 10 :
		t->policy == SCHED_FIFO ? 0 : NSEC / HZ;
	return put_user(to_timespec(slice), uts);
}

/* ---- sched_setattr, sched_getattr -------------------------------------- */

/* A structure that may have been longer when the program was compiled: what
 * this kernel does not know must be 0. */
static int get_attr(struct sched_attr *a, struct sched_attr *uattr)
{
	u32 size;
	int err;

	if (get_user(size, &uattr->size))
		return -EFAULT;
	if (!size)
		size = SCHED_ATTR_SIZE_VER0;
	if (size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE)
		goto bad_size;
	err = copy_struct_from_user(a, sizeof(*a), uattr, size);
	if (err == -E2BIG)
		goto bad_size;
	if (err)
		return err;
	a->size = size;
	a->sched_nice = max(-20, min(a->sched_nice, 19));
	return 0;
bad_size:
	return put_user((u32)sizeof(*a), &uattr->size) ? -EFAULT : -E2BIG;
}

SYSCALL_DEFINE3(sched_setattr, int, pid, struct sched_attr *, uattr,
		unsigned, flags)
{
	struct task_struct *t;
	struct sched_attr a;
	int err, policy;

	if (!uattr || pid < 0 || flags)
		return -EINVAL;
	err = get_attr(&a, uattr);
	if (err)
		return err;
	policy = a.sched_policy;
	if (policy < 0)
		return -EINVAL;
	t = find_process(pid);
	if (!t)
		return -ESRCH;
	if (a.sched_flags & SCHED_FLAG_KEEP_POLICY)
		policy = SETPARAM_POLICY;
	if (a.sched_flags & SCHED_FLAG_KEEP_PARAMS) {
		a.sched_priority = t->rt_priority;
		a.sched_nice = t->nice;
	}
	return set_scheduler(t, policy, &a);
}

SYSCALL_DEFINE4(sched_getattr, int, pid, struct sched_attr *, uattr,
		unsigned, size, unsigned, flags)
{
	struct sched_attr a = { .size = min(size, (unsigned)sizeof(a)) };
	struct task_struct *t;

	if (!uattr || pid < 0 || size > PAGE_SIZE ||
	    size < SCHED_ATTR_SIZE_VER0 || flags)
		return -EINVAL;
	t = find_process(pid);
	if (!t)
		return -ESRCH;
	a.sched_policy = t->policy;
	if (t->reset_on_fork)
		a.sched_flags = SCHED_FLAG_RESET_ON_FORK;
	if (t->rt_priority)
		a.sched_priority = t->rt_priority;
	else
		a.sched_nice = t->nice;
	return copy_to_user(uattr, &a, a.size);
}

/* ---- I/O priorities ---------------------------------------------------- */

static int check_ioprio(int ioprio)
{
	int level = IOPRIO_PRIO_DATA(ioprio) & (IOPRIO_NR_LEVELS - 1);

	switch (IOPRIO_PRIO_CLASS(ioprio)) {
	case IOPRIO_CLASS_RT:
		return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
	case IOPRIO_CLASS_BE:
	case IOPRIO_CLASS_IDLE:
		return 0;
	case IOPRIO_CLASS_NONE:
		return level ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

/* IOPRIO_WHO_PROCESS ... are PRIO_PROCESS ... + 1. */
SYSCALL_DEFINE3(ioprio_set, int, which, int, who, int, ioprio)
{
	int err = check_ioprio(ioprio), ret = -ESRCH;
	struct task_struct *t;

	if (err)
		return err;
	if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER)
		return -EINVAL;
	for_each_task(t) {
		if (!t->sighand || !in_which(t, which - 1, who))
			continue;
		if (!may_schedule(t))
			return -EPERM;
		t->ioprio = ioprio;
		ret = 0;
	}
	return ret;
}

/* Without one of its own, a task has one that follows from its nice value. */
static int effective_ioprio(const struct task_struct *t)
{
	int class = t->policy == SCHED_IDLE ? IOPRIO_CLASS_IDLE :
		    t->rt_priority ? IOPRIO_CLASS_RT : IOPRIO_CLASS_BE;

	if (IOPRIO_PRIO_CLASS(t->ioprio) != IOPRIO_CLASS_NONE)
		return t->ioprio;
	return IOPRIO_PRIO_VALUE(class, (t->nice + 20) / 5);
}

/* Of several, the best; of one, its own. */
SYSCALL_DEFINE2(ioprio_get, int, which, int, who)
{
	struct task_struct *t;
	int best = -ESRCH, prio;

	if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER)
		return -EINVAL;
	for_each_task(t) {
		if (!t->sighand || !in_which(t, which - 1, who))
			continue;
		prio = which == IOPRIO_WHO_PROCESS ? (int)t->ioprio :
						     effective_ioprio(t);
		best = best < 0 ? prio : min(best, prio);
	}
	return best;
}
