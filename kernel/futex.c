// SPDX-License-Identifier: GPL-2.0
/*
 * Futexes: WAIT, WAKE, REQUEUE, WAKE_OP and their bitset forms, and robust
 * lists.  A waiter is named by what its word is part of: a shared mapping's
 * file and offset, or the mm and the address, so a page that moves to swap
 * changes nothing.  A waiter queues itself before it reads the word, and a
 * waker marks it: so no wake-up between the two is lost.  Priority inheritance
 * is not there (ENOSYS).  (Linux: kernel/futex; futex(2), get_robust_list(2))
 */
#include <arch/uaccess.h>
#include <kernel/futex.h>
#include <arch/clock.h>
#include <fs/file.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <linux/futex.h>
#include <mm/mm.h>

struct futex_key {
	const void *object;	/* address_space or mm_struct */
	u64 offset;
};

struct futex_q {
	struct task_struct *task;
	struct futex_key key;
	u32 bitset;
	bool woken;
	TAILQ_ENTRY(futex_q) link;
};

static TAILQ_HEAD(, futex_q) queue = TAILQ_HEAD_INITIALIZER(queue);

static int get_key(const u32 *uaddr, bool private, struct futex_key *key)
{
	unsigned long addr = (unsigned long)uaddr;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;

	if (addr & 3)
		return -EINVAL;
	if (!access_ok(uaddr, sizeof(*uaddr)))
		return -EFAULT;
	*key = (struct futex_key){ mm, addr };
	if (private)
		return 0;
	down_read(&mm->mmap_lock);
	vma = vma_lookup(mm, addr);
	if (vma && vma->vm_file && (vma->vm_flags & VM_SHARED)) {
		key->object = vma->vm_file->f_mapping;
		key->offset = (linear_page_index(vma, addr) << PAGE_SHIFT) +
			      offset_in_page(addr);
	}
	/* A page of its own that nobody may write: nobody could wake either. */
	if (vma && !vma->vm_file && !(vma->vm_flags & VM_WRITE))
		vma = NULL;
	up_read(&mm->mmap_lock);
	return vma ? 0 : -EFAULT;
}

static bool same_key(const struct futex_key *a, const struct futex_key *b)
{
	return a->object == b->object && a->offset == b->offset;
}

static void wake_one(struct futex_q *q)
{
	TAILQ_REMOVE(&queue, q, link);
	q->woken = true;
	wake_up_task(q->task);
}

/* Wakes the first nr_wake waiters and has the nr_move next ones wait for `to`
 * instead; how many of both. */
static int wake_or_move(const struct futex_key *key, u32 bitset, int nr_wake,
			const struct futex_key *to, int nr_move)
{
	struct futex_q *q, *next;
	int woken = 0, moved = 0;

	for (q = TAILQ_FIRST(&queue); q; q = next) {
		next = TAILQ_NEXT(q, link);
		if (!same_key(&q->key, key) || !(q->bitset & bitset))
			continue;
		if (woken < nr_wake) {
			wake_one(q);
			woken++;
		} else if (moved < nr_move) {
			q->key = *to;
			moved++;
		} else {
			break;
		}
	}
	return woken + moved;
}

static long futex_wake(const u32 *uaddr, bool private, int nr, u32 bitset)
{
	struct futex_key key;
	int err;

	if (!bitset)
		return -EINVAL;
	err = get_key(uaddr, private, &key);
	if (err)
		return err;
	return wake_or_move(&key, bitset, max(nr, 1), NULL, 0);
}

void futex_wake_address(int *uaddr)
{
	futex_wake((u32 *)uaddr, true, 1, ~0u);
	futex_wake((u32 *)uaddr, false, 1, ~0u);
}

/* Until woken, a signal, or `until` (monotonic ns). */
static long wait_woken(struct futex_q *q, u64 until)
{
	u64 now;

	while (!q->woken) {
		now = clock_monotonic_ns();
		if (now >= until)
			return -ETIMEDOUT;
		if (signal_pending())
			return -ERESTARTSYS;
		sleep_ns(until - now, true);
	}
	return 0;
}

/* The arguments lie in current->restart, to go on until the same time. */
static long futex_wait(struct restart_block *r)
{
	struct futex_q q = { .task = current, .bitset = r->args[1] };
	const u32 *uaddr = r->user;
	long ret;
	u32 now;

	if (!q.bitset)
		return -EINVAL;
	ret = get_key(uaddr, r->args[2], &q.key);
	if (ret)
		return ret;
	TAILQ_INSERT_TAIL(&queue, &q, link);
	if (get_user(now, uaddr))
		ret = -EFAULT;
	else if (now != r->args[0])
		ret = -EAGAIN;
	else
		ret = wait_woken(&q, r->until);
	if (!q.woken)
		TAILQ_REMOVE(&queue, &q, link);
	else if (ret == -ETIMEDOUT || ret == -ERESTARTSYS)
		ret = 0;
	if (ret != -ERESTARTSYS || r->until == UINT64_MAX)
		return ret;
	r->fn = futex_wait;
	return -ERESTART_RESTARTBLOCK;
}

static long futex_requeue(const u32 *uaddr, const u32 *uaddr2, bool private,
			  int nr_wake, int nr_move, const u32 *cmp)
{
	struct futex_key from, to;
	u32 now;
	int err;

	if (nr_wake < 0 || nr_move < 0)
		return -EINVAL;
	err = get_key(uaddr, private, &from);
	if (!err)
		err = get_key(uaddr2, private, &to);
	if (err)
		return err;
	if (cmp && get_user(now, uaddr))
		return -EFAULT;
	if (cmp && now != *cmp)
		return -EAGAIN;
	return wake_or_move(&from, ~0u, nr_wake, &to, nr_move);
}

/* FUTEX_WAKE_OP's operation: changes the word, and says whether its old value
 * passes the comparison. */
static int apply_op(u32 *uaddr, u32 encoded)
{
	int op = encoded >> 28 & 7, cmp = encoded >> 24 & 15;
	int arg = (int)(encoded << 8) >> 20, with = (int)(encoded << 20) >> 20;
	u32 old, seen, new;

	if (encoded & (FUTEX_OP_OPARG_SHIFT << 28))
		arg = 1 << (arg & 31);
	if (op > FUTEX_OP_XOR)
		return -ENOSYS;
	if (get_user(seen, uaddr))
		return -EFAULT;
	do {
		old = seen;
		new = op == FUTEX_OP_SET ? (u32)arg :
		      op == FUTEX_OP_ADD ? old + arg :
		      op == FUTEX_OP_OR ? old | arg :
		      op == FUTEX_OP_ANDN ? old & ~arg : old ^ arg;
		if (cmpxchg_user(uaddr, &seen, new))
			return -EFAULT;
	} while (seen != old);
	switch (cmp) {
	case FUTEX_OP_CMP_EQ:
		return (int)old == with;
	case FUTEX_OP_CMP_NE:
		return (int)old != with;
	case FUTEX_OP_CMP_LT:
		return (int)old < with;
	case FUTEX_OP_CMP_LE:
		return (int)old <= with;
	case FUTEX_OP_CMP_GT:
		return (int)old > with;
	case FUTEX_OP_CMP_GE:
		return (int)old >= with;
	default:
		return -ENOSYS;
	}
}

static long futex_wake_op(const u32 *uaddr, u32 *uaddr2, bool private, int nr,
			  int nr2, u32 op)
{
	struct futex_key key, key2;
	int err = get_key(uaddr, private, &key), woken;

	if (!err)
		err = get_key(uaddr2, private, &key2);
	if (!err)
		err = apply_op(uaddr2, op);
	if (err < 0)
		return err;
	woken = wake_or_move(&key, ~0u, max(nr, 1), NULL, 0);
	if (err)
		woken += wake_or_move(&key2, ~0u, max(nr2, 1), NULL, 0);
	return woken;
}

/* WAIT's timeout is relative, WAIT_BITSET's absolute. */
static int futex_deadline(const struct timespec *uts, int op, u64 *until)
{
	u64 ns;
	int err;

	*until = UINT64_MAX;
	if (!uts)
		return 0;
	err = get_timespec_ns(&ns, uts);
	if (err)
		return err;
	if ((op & FUTEX_CMD_MASK) == FUTEX_WAIT)
		*until = clock_monotonic_ns() + ns;
	else if (op & FUTEX_CLOCK_REALTIME)
		*until = clock_to_monotonic(CLOCK_REALTIME, ns);
	else
		*until = ns;
	return 0;
}

SYSCALL_DEFINE6(futex, u32 *, uaddr, int, op, u32, val,
		const struct timespec *, uts, u32 *, uaddr2, u32, val3)
{
	bool private = op & FUTEX_PRIVATE_FLAG;
	int cmd = op & FUTEX_CMD_MASK, nr_move = (int)(long)uts, err;
	u64 until;

	if (cmd == FUTEX_WAIT || cmd == FUTEX_WAIT_BITSET) {
		err = futex_deadline(uts, op, &until);
		if (err)
			return err;
	}
	if ((op & FUTEX_CLOCK_REALTIME) && cmd != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (cmd) {
	case FUTEX_WAIT:
		val3 = FUTEX_BITSET_MATCH_ANY;
		/* fallthrough */
	case FUTEX_WAIT_BITSET:
		current->restart = (struct restart_block){
			.until = until, .user = uaddr,
			.args = { val, val3, private } };
		return futex_wait(&current->restart);
	case FUTEX_WAKE:
		val3 = FUTEX_BITSET_MATCH_ANY;
		/* fallthrough */
	case FUTEX_WAKE_BITSET:
		return futex_wake(uaddr, private, val, val3);
	case FUTEX_REQUEUE:
		return futex_requeue(uaddr, uaddr2, private, val, nr_move,
				     NULL);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(uaddr, uaddr2, private, val, nr_move,
				     &val3);
	case FUTEX_WAKE_OP:
		return futex_wake_op(uaddr, uaddr2, private, val, nr_move,
				     val3);
	default:
		return -ENOSYS;
	}
}

/* ---- robust lists ------------------------------------------------------ */

/* A lock that current held: its next owner learns that.  `pending`: one it was
 * just about to take or to let go. */
static int handle_futex_death(u32 *uaddr, bool pi, bool pending)
{
	u32 seen, old;

	if ((unsigned long)uaddr & 3 || get_user(seen, uaddr))
		return -EFAULT;
	if (pending && !pi && !(seen & FUTEX_TID_MASK)) {
		futex_wake(uaddr, false, 1, ~0u);
		return 0;
	}
	do {
		old = seen;
		if ((old & FUTEX_TID_MASK) != (u32)current->pid)
			return 0;
		if (cmpxchg_user(uaddr, &seen,
				 (old & FUTEX_WAITERS) | FUTEX_OWNER_DIED))
			return -EFAULT;
	} while (seen != old);
	if (!pi && (old & FUTEX_WAITERS))
		futex_wake(uaddr, false, 1, ~0u);
	return 0;
}

/* A user's pointer to a list entry; bit 0 marks one of a PI futex. */
static u32 *futex_of(u64 entry, long offset)
{
	return (u32 *)((entry & ~1ull) + offset);
}

/* The list is the program's: its pointers may be bad, or lead in a circle. */
void futex_exit_robust_list(void)
{
	struct robust_list_head head, *uhead = current->robust_list;
	u64 entry, next, pending;
	unsigned left = ROBUST_LIST_LIMIT;
	int err = 0;

	current->robust_list = NULL;
	if (!uhead || copy_from_user(&head, uhead, sizeof(head)))
		return;
	entry = (u64)head.list.next;
	pending = (u64)head.list_op_pending;
	for (; (entry & ~1ull) != (u64)&uhead->list && left && !err;
	     entry = next, left--) {
		err = get_user(next, (u64 *)(entry & ~1ull));
		if ((entry & ~1ull) != (pending & ~1ull) &&
		    handle_futex_death(futex_of(entry, head.futex_offset),
				       entry & 1, false))
			return;
		cond_resched();
	}
	if (pending & ~1ull)
		handle_futex_death(futex_of(pending, head.futex_offset),
				   pending & 1, true);
}

SYSCALL_DEFINE2(set_robust_list, void *, head, size_t, len)
{
	if (len != sizeof(struct robust_list_head))
		return -EINVAL;
	current->robust_list = head;
	return 0;
}

SYSCALL_DEFINE3(get_robust_list, int, pid, void **, uhead, size_t *, ulen)
{
	struct task_struct *t = pid ? find_task(pid) : current;
	void *head;

	if (!t)
		return -ESRCH;
	if (!capable(CAP_SYS_PTRACE) && t->uid != current->euid)
		return -EPERM;
	head = t->robust_list;		/* t may go while we copy */
	if (put_user(sizeof(struct robust_list_head), ulen))
		return -EFAULT;
	return put_user(head, uhead);
}
