// SPDX-License-Identifier: GPL-2.0
/*
 * The machine as a whole: its names, its state, its end; and what a task may
 * set about itself with prctl, arch_prctl and personality.
 * (Linux: kernel/sys.c, kernel/reboot.c)
 */
#include <arch/clock.h>
#include <arch/power.h>
#include <arch/uaccess.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/utsname.h>
#include <lib/string.h>
#include <linux/personality.h>
#include <linux/prctl.h>
#include <linux/reboot.h>
#include <linux/sysinfo.h>
#include <mm/filemap.h>
#include <mm/swap.h>

struct new_utsname utsname = {
	.sysname = "Linux",
	.nodename = "holdfast",
	.release = "6.1.0-holdfast",
	.version = "#1 Holdfast",
	.machine = "x86_64",
	.domainname = "(none)",
};

SYSCALL_DEFINE1(uname, struct new_utsname *, buf)
{
	struct new_utsname name = utsname;

	if ((current->personality & PER_MASK) == PER_LINUX32)
		strlcpy(name.machine, "i686", sizeof(name.machine));
	return copy_to_user(buf, &name, sizeof(name));
}

static long set_name(char *field, const char *uname, int len)
{
	char buf[__NEW_UTS_LEN + 1] = "";

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len > __NEW_UTS_LEN)
		return -EINVAL;
	if (copy_from_user(buf, uname, len))
		return -EFAULT;
	memcpy(field, buf, sizeof(buf));
	return 0;
}

SYSCALL_DEFINE2(sethostname, const char *, name, int, len)
{
	return set_name(utsname.nodename, name, len);
}

SYSCALL_DEFINE2(setdomainname, const char *, name, int, len)
{
	return set_name(utsname.domainname, name, len);
}

SYSCALL_DEFINE1(sysinfo, struct sysinfo *, buf)
{
	struct sysinfo si;

	memset(&si, 0, sizeof(si));
	si.uptime = clock_monotonic_ns() / 1000000000;
	for (unsigned i = 0; i < ARRAY_SIZE(avenrun); i++)
		si.loads[i] = avenrun[i] << (SI_LOAD_SHIFT - FSHIFT);
	si.totalram = totalram_pages;
	si.freeram = nr_free_pages;
	si.sharedram = nr_shmem_pages;
	si.totalswap = total_swap_pages;
	si.freeswap = nr_swap_pages;
	si.procs = nr_tasks;
	si.mem_unit = PAGE_SIZE;
	return copy_to_user(buf, &si, sizeof(si));
}

SYSCALL_DEFINE4(reboot, unsigned, magic1, unsigned, magic2, unsigned, cmd,
		void *, arg)
{
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (magic1 != LINUX_REBOOT_MAGIC1 ||
	    (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A &&
	     magic2 != LINUX_REBOOT_MAGIC2B && magic2 != LINUX_REBOOT_MAGIC2C))
		return -EINVAL;
	switch (cmd) {
	case LINUX_REBOOT_CMD_CAD_ON:
	case LINUX_REBOOT_CMD_CAD_OFF:
		return 0;	/* no keyboard, no Ctrl-Alt-Del */
	case LINUX_REBOOT_CMD_RESTART:
	case LINUX_REBOOT_CMD_RESTART2:
		arch_reboot();
	case LINUX_REBOOT_CMD_HALT:
	case LINUX_REBOOT_CMD_POWER_OFF:
		arch_poweroff();
	default:
		return -EINVAL;
	}
}

/* ---- what a task sets about itself ------------------------------------- */

static long set_dumpable(unsigned long v)
{
	if (v > 1)
		return -EINVAL;
	current->mm->flags &= ~MMF_DUMPABLE_MASK;
	current->mm->flags |= v;
	return 0;
}

static long set_comm(const char *uname)
{
	char buf[sizeof(current->comm)] = "";
	long n = strncpy_from_user(buf, uname, sizeof(buf) - 1);

	if (n < 0)
		return n;
	memcpy(current->comm, buf, sizeof(buf));
	return 0;
}

static long get_comm(char *uname)
{
	char buf[sizeof(current->comm)] = "";

	strlcpy(buf, current->comm, sizeof(buf));
	return copy_to_user(uname, buf, sizeof(buf));
}

SYSCALL_DEFINE5(prctl, int, option, unsigned long, arg2, unsigned long, arg3,
		unsigned long, arg4, unsigned long, arg5)
{
	switch (option) {
	case PR_SET_NAME:
		return set_comm((const char *)arg2);
	case PR_GET_NAME:
		return get_comm((char *)arg2);
	case PR_SET_DUMPABLE:
		return set_dumpable(arg2);
	case PR_GET_DUMPABLE:
		return current->mm->flags & MMF_DUMPABLE_MASK;
	case PR_SET_PDEATHSIG:
		if (arg2 > NSIG_MAX)
			return -EINVAL;
		current->pdeath_signal = arg2;
		return 0;
	case PR_GET_PDEATHSIG:
		return put_user(current->pdeath_signal, (int *)arg2);
	case PR_SET_NO_NEW_PRIVS:	/* exec never gives any: only told */
		if (arg2 != 1 || arg3 || arg4 || arg5)
			return -EINVAL;
		current->no_new_privs = true;
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		return arg2 || arg3 || arg4 || arg5 ? -EINVAL :
			current->no_new_privs;
	case PR_GET_TIMERSLACK:
		return current->timer_slack;
	case PR_SET_TIMERSLACK:
		current->timer_slack = (long)arg2 > 0 ? arg2 : 50000;
		return 0;
	case PR_SET_CHILD_SUBREAPER:
		current->leader->child_subreaper = arg2;
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		return put_user(current->leader->child_subreaper, (int *)arg2);
	case PR_GET_TIMING:
		return PR_TIMING_STATISTICAL;
	case PR_SET_TIMING:
		return arg2 == PR_TIMING_STATISTICAL ? 0 : -EINVAL;
	case PR_GET_TSC:
		return put_user(PR_TSC_ENABLE, (int *)arg2);
	case PR_GET_TID_ADDRESS:
		return put_user(current->clear_child_tid, (int **)arg2);
	case PR_GET_SECCOMP:
		return 0;
	case PR_SET_THP_DISABLE:
		if (arg3 || arg4 || arg5)
			return -EINVAL;
		current->mm->flags &= ~(1ul << MMF_DISABLE_THP);
		current->mm->flags |= (u64)!!arg2 << MMF_DISABLE_THP;
		return 0;
	case PR_GET_THP_DISABLE:
		return arg2 || arg3 || arg4 || arg5 ? -EINVAL :
			current->mm->flags >> MMF_DISABLE_THP & 1;
	default:
		return cap_prctl(option, arg2, arg3, arg4, arg5);
	}
}

SYSCALL_DEFINE2(arch_prctl, int, code, unsigned long, addr)
{
	return arch_prctl(code, addr);
}

SYSCALL_DEFINE1(personality, unsigned, persona)
{
	unsigned old = current->personality;

	if (persona != 0xffffffff)
		current->personality = persona;
	return old;
}
