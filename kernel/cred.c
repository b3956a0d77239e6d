// SPDX-License-Identifier: GPL-2.0
/*
 * Who a task is: user and group ids, process groups and sessions.  Ids are per
 * thread, as in Linux (libc makes them per process); there are no user
 * namespaces.  What a task may beyond its ids: capability.c.
 * (Linux: kernel/sys.c, kernel/groups.c, kernel/cred.c)
 */
#include <arch/uaccess.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/prctl.h>
#include <mm/mm.h>

#define KEEP ((u32)-1)

SYSCALL_DEFINE0(getpid) { return current->tgid; }
SYSCALL_DEFINE0(gettid) { return current->pid; }
SYSCALL_DEFINE0(getuid) { return current->uid; }
SYSCALL_DEFINE0(geteuid) { return current->euid; }
SYSCALL_DEFINE0(getgid) { return current->gid; }
SYSCALL_DEFINE0(getegid) { return current->egid; }

SYSCALL_DEFINE0(getppid)
{
	struct task_struct *parent = current->leader->parent;

	return parent ? parent->tgid : 0;
}

/* The calls come in pairs, for uids and gids.  A change of identity ends the
 * old one's right to be looked at. */
static void set_ids(struct ids *ids, struct ids new)
{
	struct ids old = *ids;

	if (new.e != ids->e) {
		current->mm->flags &= ~MMF_DUMPABLE_MASK;
		current->pdeath_signal = 0;
	}
	*ids = new;
	if (ids == &current->uids)
		cap_setuid(&old, &new);
}

static bool may_set(const struct ids *ids)
{
	return capable(ids == &current->uids ? CAP_SETUID : CAP_SETGID);
}

static bool one_of(u32 id, struct ids old)
{
	return id == KEEP || id == old.r || id == old.e || id == old.s;
}

static int set_res(struct ids *ids, u32 r, u32 e, u32 s)
{
	struct ids old = *ids;

	if (!may_set(ids) && (!one_of(r, old) || !one_of(e, old) ||
				     !one_of(s, old)))
		return -EPERM;
	set_ids(ids, (struct ids){ r == KEEP ? old.r : r,
				   e == KEEP ? old.e : e,
				   s == KEEP ? old.s : s });
	return 0;
}

static int set_re(struct ids *ids, u32 r, u32 e)
{
	struct ids old = *ids, new = old;
	bool free = may_set(ids);

	if (!free && r != KEEP && r != old.r && r != old.e)
		return -EPERM;
	if (!free && !one_of(e, old))
		return -EPERM;
	new.r = r == KEEP ? old.r : r;
	new.e = e == KEEP ? old.e : e;
	if (r != KEEP || (e != KEEP && e != old.r))
		new.s = new.e;
	set_ids(ids, new);
	return 0;
}

static int set_one(struct ids *ids, u32 id)
{
	if (id == KEEP)
		return -EINVAL;
	if (may_set(ids))
		set_ids(ids, (struct ids){ id, id, id });
	else if (id == ids->r || id == ids->s)
		set_ids(ids, (struct ids){ ids->r, id, ids->s });
	else
		return -EPERM;
	return 0;
}

static int put_ids(struct ids v, u32 *r, u32 *e, u32 *s)
{
	return put_user(v.r, r) || put_user(v.e, e) || put_user(v.s, s) ?
		-EFAULT : 0;
}

SYSCALL_DEFINE1(setuid, u32, id)
{
	return set_one(&current->uids, id);
}

SYSCALL_DEFINE1(setgid, u32, id)
{
	return set_one(&current->gids, id);
}

SYSCALL_DEFINE2(setreuid, u32, r, u32, e)
{
	return set_re(&current->uids, r, e);
}

SYSCALL_DEFINE2(setregid, u32, r, u32, e)
{
	return set_re(&current->gids, r, e);
}

SYSCALL_DEFINE3(setresuid, u32, r, u32, e, u32, s)
{
	return set_res(&current->uids, r, e, s);
}

SYSCALL_DEFINE3(setresgid, u32, r, u32, e, u32, s)
{
	return set_res(&current->gids, r, e, s);
}

SYSCALL_DEFINE3(getresuid, u32 *, r, u32 *, e, u32 *, s)
{
	return put_ids(current->uids, r, e, s);
}

SYSCALL_DEFINE3(getresgid, u32 *, r, u32 *, e, u32 *, s)
{
	return put_ids(current->gids, r, e, s);
}

/* The file system's ids follow the effective ones here; the calls answer with
 * them and change nothing. */
SYSCALL_DEFINE1(setfsuid, u32, id) { return current->euid; }
SYSCALL_DEFINE1(setfsgid, u32, id) { return current->egid; }

SYSCALL_DEFINE2(getgroups, int, n, u32 *, list)
{
	if (n < 0 || (n && n < current->ngroups))
		return -EINVAL;
	if (n && copy_to_user(list, current->groups,
			      current->ngroups * sizeof(u32)))
		return -EFAULT;
	return current->ngroups;
}

SYSCALL_DEFINE2(setgroups, unsigned, n, const u32 *, list)
{
	u32 groups[ARRAY_SIZE(current->groups)];

	if (!capable(CAP_SETGID))
		return -EPERM;
	if (n > ARRAY_SIZE(groups))
		return -EINVAL;
	if (copy_from_user(groups, list, n * sizeof(u32)))
		return -EFAULT;
	memcpy(current->groups, groups, n * sizeof(u32));
	current->ngroups = n;
	return 0;
}

/* ---- process groups and sessions --------------------------------------- */

static struct task_struct *process(int pid)
{
	struct task_struct *t = pid ? find_task(pid) : current;

	return t ? t->leader : NULL;
}

static bool group_in_session(int pgid, int sid)
{
	struct task_struct *t;

	for_each_task(t)
		if (t->pgid == pgid && t->sid == sid)
			return true;
	return false;
}

static void set_group(struct task_struct *leader, int pgid, int sid)
{
	struct task_struct *t;

	for_each_thread(leader, t) {
		t->pgid = pgid;
		t->sid = sid;
	}
}

SYSCALL_DEFINE2(setpgid, int, pid, int, pgid)
{
	struct task_struct *me = current->leader, *t = process(pid);

	if (pgid < 0)
		return -EINVAL;
	if (!t || (t != me && t->parent != me) || (pid && t->pid != pid))
		return -ESRCH;
	if (t != me && t->sid != me->sid)
		return -EPERM;
	if (t != me && t->did_exec)
		return -EACCES;
	if (t->sid == t->pid)
		return -EPERM;
	pgid = pgid ? pgid : t->pid;
	if (pgid != t->pid && !group_in_session(pgid, me->sid))
		return -EPERM;
	set_group(t, pgid, t->sid);
	return 0;
}

SYSCALL_DEFINE1(getpgid, int, pid)
{
	struct task_struct *t = process(pid);

	return t ? t->pgid : -ESRCH;
}

SYSCALL_AS(getpgrp, getpgid, 0)

SYSCALL_DEFINE1(getsid, int, pid)
{
	struct task_struct *t = process(pid);

	return t ? t->sid : -ESRCH;
}

SYSCALL_DEFINE0(setsid)
{
	struct task_struct *t;

	for_each_task(t)
		if (t->pgid == current->tgid)
			return -EPERM;
	set_group(current->leader, current->tgid, current->tgid);
	return current->tgid;
}

/* No parent outside the group but in its session: nobody could continue it. */
bool pgrp_is_orphaned(int pgid)
{
	struct task_struct *t, *p;

	for_each_task(t) {
		p = t->parent;
		if (t->pgid == pgid && p && p->pid != 1 && p->pgid != pgid &&
		    p->sid == t->sid && !is_zombie_group(t))
			return false;
	}
	return true;
}
