// SPDX-License-Identifier: GPL-2.0
/*
 * Restartable sequences: a thread registers a structure in its memory; when it
 * was preempted or gets a signal inside the critical section that the
 * structure names, it goes on at the section's abort handler instead.  Each
 * abort handler is preceded by the signature given at registration, so that a
 * stray pointer cannot choose where to jump.  What is wrong there is a
 * SIGSEGV.  (Linux: kernel/rseq.c; linux/rseq.h)
 *
 * And membarrier(2): on one processor every switch is the barrier.
 */
#include <arch/thread.h>
#include <arch/uaccess.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/membarrier.h>
#include <linux/rseq.h>
#include <mm/mm.h>

static int put_cpu_id(struct rseq *r, u32 start, u32 id)
{
	return put_user(start, &r->cpu_id_start) || put_user(id, &r->cpu_id) ?
		-EFAULT : 0;
}

/* The section that the structure names, checked; all 0: none. */
static int get_section(struct rseq *r, struct rseq_cs *cs)
{
	u64 ptr;
	u32 sig;

	*cs = (struct rseq_cs){ .version = 0 };
	if (get_user(ptr, &r->rseq_cs))
		return -EFAULT;
	if (!ptr)
		return 0;
	if (copy_from_user(cs, (const void *)ptr, sizeof(*cs)))
		return -EFAULT;
	if (cs->version || cs->start_ip >= TASK_SIZE ||
	    cs->post_commit_offset >= TASK_SIZE - cs->start_ip ||
	    cs->abort_ip >= TASK_SIZE ||
	    cs->abort_ip - cs->start_ip < cs->post_commit_offset ||
	    get_user(sig, (const u32 *)(cs->abort_ip - sizeof(sig))))
		return -EINVAL;
	return sig == current->rseq.sig ? 0 : -EINVAL;
}

static int leave_section(struct rseq *r, struct pt_regs *regs)
{
	struct rseq_cs cs;
	u32 flags;
	int err = get_section(r, &cs);
	bool inside = regs->ip - cs.start_ip < cs.post_commit_offset;

	if (err)
		return err;
	if (inside && (cs.flags || get_user(flags, &r->flags) || flags))
		return -EINVAL;
	if (cs.abort_ip && clear_user(&r->rseq_cs, sizeof(r->rseq_cs)))
		return -EFAULT;
	if (inside)
		regs->ip = cs.abort_ip;
	return 0;
}

void rseq_handle(struct pt_regs *regs, int sig)
{
	struct rseq *r = current->rseq.area;

	current->rseq.event = false;
	if (!r || (!leave_section(r, regs) && !put_cpu_id(r, 0, 0)))
		return;
	if (sig == SIGSEGV)	/* its handler would meet the same */
		current->sighand->action[SIGSEGV - 1].handler = SIG_DFL;
	force_sig_fault(SIGSEGV, SI_KERNEL, 0);
}

SYSCALL_DEFINE4(rseq, struct rseq *, area, u32, len, int, flags, u32, sig)
{
	struct task_rseq *mine = &current->rseq;
	bool known = mine->area && mine->area == area && len == sizeof(*area);

	if (flags & ~RSEQ_FLAG_UNREGISTER ||
	    (flags || mine->area ? !known : len != sizeof(*area) ||
	     (unsigned long)area % sizeof(*area)))
		return -EINVAL;
	if (mine->area && mine->sig != sig)
		return -EPERM;
	if (flags) {
		if (put_cpu_id(area, 0, RSEQ_CPU_ID_UNINITIALIZED))
			return -EFAULT;
		*mine = (struct task_rseq){ .area = NULL };
		return 0;
	}
	if (mine->area)
		return -EBUSY;
	if (!access_ok(area, len))
		return -EFAULT;
	*mine = (struct task_rseq){ .area = area, .sig = sig, .event = true };
	exit_work = true;
	return 0;
}

/* ---- membarrier -------------------------------------------------------- */

#define CMD(name) MEMBARRIER_CMD_##name
#define PRIVATE_CMDS (CMD(PRIVATE_EXPEDITED) | \
		      CMD(PRIVATE_EXPEDITED_SYNC_CORE) | \
		      CMD(PRIVATE_EXPEDITED_RSEQ))
#define REGISTER_CMDS (CMD(REGISTER_PRIVATE_EXPEDITED) | \
		       CMD(REGISTER_PRIVATE_EXPEDITED_SYNC_CORE) | \
		       CMD(REGISTER_PRIVATE_EXPEDITED_RSEQ))
#define GLOBAL_CMDS (CMD(GLOBAL) | CMD(GLOBAL_EXPEDITED) | \
		     CMD(REGISTER_GLOBAL_EXPEDITED))

/* A private command has to be registered first, by the bit above its own. */
SYSCALL_DEFINE3(membarrier, int, cmd, unsigned, flags, int, cpu)
{
	if (flags && (cmd != CMD(PRIVATE_EXPEDITED_RSEQ) ||
		      flags != MEMBARRIER_CMD_FLAG_CPU))
		return -EINVAL;
	if (cmd == CMD(QUERY))
		return PRIVATE_CMDS | REGISTER_CMDS | GLOBAL_CMDS;
	if (cmd < 0 || cmd & (cmd - 1))
		return -EINVAL;
	if (cmd & REGISTER_CMDS)
		current->mm->membarrier_state |= cmd;
	else if (cmd & PRIVATE_CMDS)
		return current->mm->membarrier_state & cmd << 1 ? 0 : -EPERM;
	else if (!(cmd & GLOBAL_CMDS))
		return -EINVAL;
	return 0;
}
