// SPDX-License-Identifier: GPL-2.0
/*
 * Futexes: WAIT, WAKE, REQUEUE and their bitset forms.  A waiter is named by
 * what its word is part of: a shared mapping's file and offset, or the mm and
 * the address, so a page that moves to swap changes nothing.  A waiter queues
 * itself before it reads the word, and a waker marks it: so no wake-up between
 * the two is lost.  Priority inheritance is not there (ENOSYS).
 * (Linux: kernel/futex)
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
	int err = get_key(uaddr, private, &key);

	if (err || !bitset)
		return err ? err : -EINVAL;
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

static long futex_wait(const u32 *uaddr, bool private, u32 val, u64 until,
		       u32 bitset)
{
	struct futex_q q = { .task = current, .bitset = bitset };
	long ret;
	u32 now;

	if (!bitset)
		return -EINVAL;
	ret = get_key(uaddr, private, &q.key);
	if (ret)
		return ret;
	TAILQ_INSERT_TAIL(&queue, &q, link);
	if (get_user(now, uaddr))
		ret = -EFAULT;
	else if (now != val)
		ret = -EAGAIN;
	else
		ret = wait_woken(&q, until);
	if (!q.woken)
		TAILQ_REMOVE(&queue, &q, link);
	else if (ret == -ETIMEDOUT || ret == -ERESTARTSYS)
		ret = 0;
	return ret;
}

static long futex_requeue(const u32 *uaddr, const u32 *uaddr2, bool private,
			  int nr_wake, int nr_move, const u32 *cmp)
{
	struct futex_key from, to;
	int err = get_key(uaddr, private, &from);
	u32 now;

	if (!err)
		err = get_key(uaddr2, private, &to);
	if (!err && (nr_wake < 0 || nr_move < 0))
		err = -EINVAL;
	if (err)
		return err;
	if (cmp && get_user(now, uaddr))
		return -EFAULT;
	if (cmp && now != *cmp)
		return -EAGAIN;
	return wake_or_move(&from, ~0u, nr_wake, &to, nr_move);
}

/* WAIT's timeout is relative, WAIT_BITSET's absolute. */
static int futex_deadline(const struct timespec *uts, int op, u64 *until)
{
	u64 real = clock_boot_epoch() * NSEC, ns;
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
		*until = ns > real ? ns - real : 0;
	else
		*until = ns;
	return 0;
}

SYSCALL_DEFINE6(futex, u32 *, uaddr, int, op, u32, val,
		const struct timespec *, uts, u32 *, uaddr2, u32, val3)
{
	bool private = op & FUTEX_PRIVATE_FLAG;
	int nr_move = (int)(long)uts, err;
	u64 until;

	switch (op & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
		val3 = FUTEX_BITSET_MATCH_ANY;
		/* fallthrough */
	case FUTEX_WAIT_BITSET:
		err = futex_deadline(uts, op, &until);
		return err ? err : futex_wait(uaddr, private, val, until, val3);
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
	default:
		return -ENOSYS;
	}
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
