// SPDX-License-Identifier: GPL-2.0
/*
 * What a task may beyond its ids: five sets of capabilities, and how ids, exec,
 * capset and prctl move them.  No file has capabilities, and exec heeds no
 * set-user-ID bit: so exec gives user 0 what the bounding set leaves, anybody
 * else what is ambient.
 *
 * Keeps true: effective and ambient are within permitted; a set grows only by
 * exec or from another set of the task.  A task changes its own only; no lock.
 * (Linux: kernel/capability.c, security/commoncap.c; capabilities(7))
 */
#include <arch/uaccess.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/prctl.h>
#include <linux/securebits.h>

static bool is_subset(u64 set, u64 of)
{
	return !(set & ~of);
}

static bool issecure(unsigned bit)
{
	return current->caps.securebits & issecure_mask(bit);
}

/* ---- ids and exec ------------------------------------------------------ */

void cap_setuid(const struct ids *old, const struct ids *new)
{
	struct caps *c = &current->caps;

	if (issecure(SECURE_NO_SETUID_FIXUP))
		return;
	if ((!old->r || !old->e || !old->s) && new->r && new->e && new->s) {
		if (!issecure(SECURE_KEEP_CAPS))
			c->permitted = c->effective = 0;
		c->ambient = 0;
	}
	if (!old->e && new->e)
		c->effective = 0;
	else if (old->e && !new->e)
		c->effective = c->permitted;
}

void cap_exec(void)
{
	struct caps *c = &current->caps;
	bool root = !issecure(SECURE_NOROOT);

	c->permitted = c->ambient;
	if (root && (!current->uid || !current->euid))
		c->permitted |= c->bset | c->inheritable;
	c->effective = root && !current->euid ? c->permitted : c->ambient;
	c->securebits &= ~issecure_mask(SECURE_KEEP_CAPS);
}

/* ---- capget, capset ---------------------------------------------------- */

/* How many 32-bit words of each set the caller's version has. */
static int check_cap_header(struct __user_cap_header_struct *h,
			    struct __user_cap_header_struct *uh, unsigned *n)
{
	if (copy_from_user(h, uh, sizeof(*h)))
		return -EFAULT;
	*n = h->version == _LINUX_CAPABILITY_VERSION_1 ? 1 : 2;
	if (h->version == _LINUX_CAPABILITY_VERSION_1 ||
	    h->version == _LINUX_CAPABILITY_VERSION_2 ||
	    h->version == _LINUX_CAPABILITY_VERSION_3)
		return 0;
	h->version = _LINUX_CAPABILITY_VERSION_3;
	return copy_to_user(uh, h, sizeof(h->version)) ? -EFAULT : -EINVAL;
}

SYSCALL_DEFINE2(capget, struct __user_cap_header_struct *, uh,
		struct __user_cap_data_struct *, udata)
{
	struct __user_cap_data_struct data[2];
	struct __user_cap_header_struct h;
	struct task_struct *t;
	unsigned i, n;
	int err = check_cap_header(&h, uh, &n);

	if (err || !udata)
		return err == -EINVAL && !udata ? 0 : err;
	if (h.pid < 0)
		return -EINVAL;
	t = h.pid ? find_task(h.pid) : current;
	if (!t)
		return -ESRCH;
	for (i = 0; i < 2; i++)
		data[i] = (struct __user_cap_data_struct){
			.effective = t->caps.effective >> 32 * i,
			.permitted = t->caps.permitted >> 32 * i,
			.inheritable = t->caps.inheritable >> 32 * i };
	return copy_to_user(udata, data, n * sizeof(data[0]));
}

SYSCALL_DEFINE2(capset, struct __user_cap_header_struct *, uh,
		const struct __user_cap_data_struct *, udata)
{
	struct __user_cap_data_struct d[2] = { { .effective = 0 } };
	struct caps *c = &current->caps;
	struct __user_cap_header_struct h;
	u64 effective, permitted, inheritable;
	unsigned n;
	int err = check_cap_header(&h, uh, &n);

	if (err)
		return err;
	if (h.pid && h.pid != current->pid)
		return -EPERM;
	if (copy_from_user(d, udata, n * sizeof(d[0])))
		return -EFAULT;
	effective = (d[0].effective | (u64)d[1].effective << 32) & CAP_FULL;
	permitted = (d[0].permitted | (u64)d[1].permitted << 32) & CAP_FULL;
	inheritable = (d[0].inheritable | (u64)d[1].inheritable << 32) &
		CAP_FULL;
	if ((!capable(CAP_SETPCAP) &&
	     !is_subset(inheritable, c->inheritable | c->permitted)) ||
	    !is_subset(inheritable, c->inheritable | c->bset) ||
	    !is_subset(permitted, c->permitted) ||
	    !is_subset(effective, permitted))
		return -EPERM;
	c->effective = effective;
	c->permitted = permitted;
	c->inheritable = inheritable;
	c->ambient &= permitted & inheritable;
	return 0;
}

/* ---- prctl ------------------------------------------------------------- */

static long set_securebits(unsigned long bits)
{
	struct caps *c = &current->caps;
	unsigned locks = c->securebits & SECURE_ALL_LOCKS;

	if (((locks >> 1) & (c->securebits ^ bits)) || (locks & ~bits) ||
	    bits & ~(unsigned long)(SECURE_ALL_BITS | SECURE_ALL_LOCKS) ||
	    !capable(CAP_SETPCAP))
		return -EPERM;
	c->securebits = bits;
	return 0;
}

static long set_keepcaps(unsigned long on)
{
	if (on > 1)
		return -EINVAL;
	if (issecure(SECURE_KEEP_CAPS_LOCKED))
		return -EPERM;
	current->caps.securebits &= ~issecure_mask(SECURE_KEEP_CAPS);
	if (on)
		current->caps.securebits |= issecure_mask(SECURE_KEEP_CAPS);
	return 0;
}

static long cap_ambient(unsigned long what, unsigned long cap)
{
	struct caps *c = &current->caps;

	if (what == PR_CAP_AMBIENT_CLEAR_ALL) {
		if (cap)
			return -EINVAL;
		c->ambient = 0;
		return 0;
	}
	if (cap > CAP_LAST_CAP)
		return -EINVAL;
	switch (what) {
	case PR_CAP_AMBIENT_IS_SET:
		return c->ambient >> cap & 1;
	case PR_CAP_AMBIENT_RAISE:
		if (!((c->permitted & c->inheritable) >> cap & 1) ||
		    issecure(SECURE_NO_CAP_AMBIENT_RAISE))
			return -EPERM;
		c->ambient |= 1ull << cap;
		return 0;
	case PR_CAP_AMBIENT_LOWER:
		c->ambient &= ~(1ull << cap);
		return 0;
	default:
		return -EINVAL;
	}
}

long cap_prctl(int option, unsigned long arg2, unsigned long arg3,
	       unsigned long arg4, unsigned long arg5)
{
	struct caps *c = &current->caps;

	switch (option) {
	case PR_CAPBSET_READ:
		return arg2 <= CAP_LAST_CAP ? c->bset >> arg2 & 1 : -EINVAL;
	case PR_CAPBSET_DROP:
		if (!capable(CAP_SETPCAP))
			return -EPERM;
		if (arg2 > CAP_LAST_CAP)
			return -EINVAL;
		c->bset &= ~(1ull << arg2);
		return 0;
	case PR_GET_SECUREBITS:
		return c->securebits;
	case PR_SET_SECUREBITS:
		return set_securebits(arg2);
	case PR_GET_KEEPCAPS:
		return issecure(SECURE_KEEP_CAPS);
	case PR_SET_KEEPCAPS:
		return set_keepcaps(arg2);
	case PR_CAP_AMBIENT:
		return arg4 || arg5 ? -EINVAL : cap_ambient(arg2, arg3);
	default:
		return -EINVAL;
	}
}
