// SPDX-License-Identifier: GPL-2.0
/*
 * System V semaphores: semget, semop, semtimedop, semctl (Linux: ipc/sem.c;
 * semget(2), semop(2), semctl(2)).
 *
 * An array of operations happens as a whole or waits as a whole.  Waiters are
 * in `pending`, oldest first; whoever changes a value tries each of them and
 * does on the spot what can be done (update_queue), so a later caller never
 * gets in between, and a waiter that wakes finds its operations done.
 *
 *   task -> sem_undo_list -> sem_undo <- sem_array    SEM_UNDO: what to add
 *                            (one for each process and set)        at exit
 *
 * Keeps true: 0 <= semval <= SEMVMX; no pending operation could be done now.
 * Nothing sleeps between the first look at a set and the last change of it.
 */
#include <arch/clock.h>
#include <arch/uaccess.h>
#include <fs/proc.h>
#include <ipc/ipc.h>
#include <ipc/proc.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <lib/string.h>
#include <linux/sched.h>
#include <linux/sem.h>

#define NEVER UINT64_MAX

struct sem {
	int semval;
	int sempid;		/* who changed it last */
};

struct sem_undo {
	LIST_ENTRY(sem_undo) in_list, in_set;
	struct sem_array *sma;
	short semadj[];		/* for each semaphore */
};

/* Shared by the tasks that CLONE_SYSVSEM made. */
struct sem_undo_list {
	unsigned users;
	LIST_HEAD(, sem_undo) undos;
};

/* A call of semop, asleep if it is in `pending`. */
struct sem_queue {
	TAILQ_ENTRY(sem_queue) link;
	struct task_struct *task;
	struct sembuf *sops, *blocking;
	unsigned nsops;
	struct sem_undo *undo;	/* NULL: none wanted */
	bool alter;
	int status;		/* 1: not done; 0 or -errno: it is over */
};

struct sem_array {
	struct kern_ipc_perm perm;
	long otime, ctime;
	TAILQ_HEAD(, sem_queue) pending;
	LIST_HEAD(, sem_undo) undos;
	unsigned nsems;
	struct sem sems[];
};

static struct ipc_ids sem_ids;
static unsigned used_sems;

/* ---- operations -------------------------------------------------------- */

/* One operation: 0, 1 (would block), -ERANGE; nothing has changed unless 0. */
static int do_one_op(struct sem_array *sma, const struct sembuf *sop,
		     struct sem_undo *un)
{
	struct sem *sem = &sma->sems[sop->sem_num];
	int value = sem->semval + sop->sem_op, adj;

	if (sop->sem_op ? value < 0 : sem->semval)
		return 1;
	if (value > SEMVMX)
		return -ERANGE;
	if (sop->sem_flg & SEM_UNDO) {
		adj = un->semadj[sop->sem_num] - sop->sem_op;
		if (adj < -SEMAEM - 1 || adj > SEMAEM)
			return -ERANGE;
		un->semadj[sop->sem_num] = adj;
	}
	sem->semval = value;
	return 0;
}

/* All or nothing: 0, 1 (would block), -EAGAIN, -ERANGE. */
static int perform_atomic_semop(struct sem_array *sma, struct sem_queue *q)
{
	struct sembuf *sop = q->sops, *end = sop + q->nsops;
	int ret = 0;

	for (; sop < end; sop++) {
		ret = do_one_op(sma, sop, q->undo);
		if (ret)
			break;
	}
	if (!ret) {
		for (sop = q->sops; sop < end; sop++)
			sma->sems[sop->sem_num].sempid = q->task->tgid;
		return 0;
	}
	q->blocking = sop;
	if (ret == 1 && sop->sem_flg & IPC_NOWAIT)
		ret = -EAGAIN;
	while (sop-- > q->sops) {
		sma->sems[sop->sem_num].semval -= sop->sem_op;
		if (sop->sem_flg & SEM_UNDO)
			q->undo->semadj[sop->sem_num] += sop->sem_op;
	}
	return ret;
}

static void finish(struct sem_array *sma, struct sem_queue *q, int status)
{
	TAILQ_REMOVE(&sma->pending, q, link);
	q->status = status;
	wake_up_task(q->task);
}

/* Values changed: do what is pending and can be done now. */
static void update_queue(struct sem_array *sma)
{
	struct sem_queue *q = TAILQ_FIRST(&sma->pending), *next;
	int ret;

	while (q) {
		next = TAILQ_NEXT(q, link);
		ret = perform_atomic_semop(sma, q);
		if (ret <= 0) {
			finish(sma, q, ret);
			if (!ret)
				sma->otime = current_time().tv_sec;
			/* older ones may be possible again */
			if (!ret && q->alter)
				next = TAILQ_FIRST(&sma->pending);
		}
		q = next;
	}
}

/* ---- undo -------------------------------------------------------------- */

static void free_undo(struct sem_undo *un)
{
	LIST_REMOVE(un, in_list);
	LIST_REMOVE(un, in_set);
	ipc_free(un);
}

static int get_undo_list(struct task_struct *t)
{
	struct sem_undo_list *ul;

	if (t->sysvsem_undo)
		return 0;
	ul = kzalloc(sizeof(*ul), GFP_KERNEL);
	if (!ul)
		return -ENOMEM;
	ul->users = 1;
	t->sysvsem_undo = ul;
	return 0;
}

int copy_semundo(struct task_struct *t, u64 flags)
{
	int err;

	if (!(flags & CLONE_SYSVSEM))
		return 0;
	err = get_undo_list(current);
	if (err)
		return err;
	t->sysvsem_undo = current->sysvsem_undo;
	t->sysvsem_undo->users++;
	return 0;
}

static void apply_undo(struct sem_undo *un)
{
	struct sem_array *sma = un->sma;
	struct sem *sem;
	unsigned i;

	for (i = 0; i < sma->nsems; i++) {
		if (!un->semadj[i])
			continue;
		sem = &sma->sems[i];
		sem->semval = max(0, min(sem->semval + un->semadj[i], SEMVMX));
		sem->sempid = current->tgid;
	}
	sma->otime = current_time().tv_sec;
	free_undo(un);
	update_queue(sma);
}

void exit_sem(struct task_struct *t)
{
	struct sem_undo_list *ul = t->sysvsem_undo;

	t->sysvsem_undo = NULL;
	if (!ul || --ul->users)
		return;
	while (!LIST_EMPTY(&ul->undos))
		apply_undo(LIST_FIRST(&ul->undos));
	kfree(ul);
}

static struct sem_undo *lookup_undo(const struct sem_array *sma)
{
	struct sem_undo *un;

	LIST_FOREACH(un, &current->sysvsem_undo->undos, in_list)
		if (un->sma == sma)
			break;
	return un;
}

/* current's adjustments of a set; ERR_PTR.  Sleeps: the set may be gone. */
static struct sem_undo *find_alloc_undo(int semid)
{
	struct sem_array *sma;
	struct sem_undo *un, *new;
	unsigned nsems;

	if (get_undo_list(current))
		return ERR_PTR(-ENOMEM);
	sma = ipc_obtain(&sem_ids, semid, 0);
	if (IS_ERR(sma))
		return ERR_CAST(sma);
	un = lookup_undo(sma);
	if (un)
		return un;
	nsems = sma->nsems;
	new = ipc_alloc(sizeof(*new) + nsems * sizeof(new->semadj[0]));
	if (!new)
		return ERR_PTR(-ENOMEM);
	sma = ipc_obtain(&sem_ids, semid, 0);
	un = IS_ERR(sma) ? ERR_PTR(-EIDRM) : lookup_undo(sma);
	if (un) {
		ipc_free(new);
		return un;
	}
	new->sma = sma;
	LIST_INSERT_HEAD(&sma->undos, new, in_set);
	LIST_INSERT_HEAD(&current->sysvsem_undo->undos, new, in_list);
	return new;
}

/* SETVAL and SETALL: nobody's exit changes the value any more. */
static void clear_adjustments(struct sem_array *sma, unsigned first, unsigned n)
{
	struct sem_undo *un;

	LIST_FOREACH(un, &sma->undos, in_set)
		memset(un->semadj + first, 0, n * sizeof(un->semadj[0]));
}

/* ---- semget ------------------------------------------------------------ */

static int newary(const struct ipc_params *p)
{
	struct sem_array *sma;
	int id;

	if (!p->size)
		return -EINVAL;
	if (used_sems + p->size > SEMMNS)
		return -ENOSPC;
	sma = ipc_alloc(sizeof(*sma) + p->size * sizeof(struct sem));
	if (!sma)
		return -ENOMEM;
	TAILQ_INIT(&sma->pending);
	sma->nsems = p->size;
	sma->ctime = current_time().tv_sec;
	id = ipc_addid(&sem_ids, &sma->perm, SEMMNI, p);
	if (id < 0)
		ipc_free(sma);
	else
		used_sems += p->size;
	return id;
}

static int sem_more_checks(struct kern_ipc_perm *o, const struct ipc_params *p)
{
	struct sem_array *sma = container_of(o, struct sem_array, perm);

	return p->size > sma->nsems ? -EINVAL : 0;
}

SYSCALL_DEFINE3(semget, int, key, int, nsems, int, flags)
{
	const struct ipc_ops ops = { newary, sem_more_checks };

	if (nsems < 0 || nsems > SEMMSL)
		return -EINVAL;
	return ipcget(&sem_ids, &ops,
		      &(struct ipc_params){ key, flags, nsems });
}

/* ---- semop ------------------------------------------------------------- */

/* Until the operations are done, or `until` (monotonic ns). */
static int wait_semop(struct sem_array *sma, struct sem_queue *q, u64 until)
{
	u64 now;

	TAILQ_INSERT_TAIL(&sma->pending, q, link);
	ipc_get(&sma->perm);
	while (q->status > 0 && !signal_pending() &&
	       (now = clock_monotonic_ns()) < until)
		sleep_ns(until == NEVER ? NEVER : until - now, true);
	if (q->status > 0) {
		TAILQ_REMOVE(&sma->pending, q, link);
		q->status = signal_pending() ? -EINTR : -EAGAIN;
	}
	ipc_put(&sma->perm);
	return q->status;
}

/* What the operations say of themselves: to *q.  The highest semaphore. */
static unsigned look_at_ops(struct sem_queue *q, bool *undo)
{
	unsigned max_num = 0, i;

	for (i = 0; i < q->nsops; i++) {
		max_num = max(max_num, (unsigned)q->sops[i].sem_num);
		q->alter |= q->sops[i].sem_op != 0;
		*undo |= q->sops[i].sem_flg & SEM_UNDO;
	}
	return max_num;
}

static int do_semop(int semid, struct sem_queue *q, u64 until)
{
	struct sem_array *sma;
	bool undo = false;
	unsigned max_num = look_at_ops(q, &undo);
	int ret;

	if (undo)
		q->undo = find_alloc_undo(semid);
	if (IS_ERR(q->undo))
		return PTR_ERR(q->undo);
	sma = ipc_obtain(&sem_ids, semid, 0);
	if (IS_ERR(sma))
		return PTR_ERR(sma);
	if (max_num >= sma->nsems)
		return -EFBIG;
	if (ipcperms(&sma->perm, q->alter ? S_IWUGO : S_IRUGO))
		return -EACCES;
	ret = perform_atomic_semop(sma, q);
	if (ret > 0)
		return wait_semop(sma, q, until);
	if (!ret) {
		sma->otime = current_time().tv_sec;
		update_queue(sma);
	}
	return ret;
}

SYSCALL_DEFINE4(semtimedop, int, semid, struct sembuf *, usops, unsigned, n,
		const struct timespec *, uts)
{
	struct sembuf *sops __free(memory) = NULL;
	struct sem_queue q = { .task = current, .nsops = n, .status = 1 };
	u64 until = NEVER;
	int err = uts ? get_timespec_ns(&until, uts) : 0;

	if (err == -EFAULT)
		return err;
	if (n > SEMOPM)
		return -E2BIG;
	if (n < 1 || semid < 0)
		return -EINVAL;
	q.sops = sops = kmalloc(n * sizeof(*sops), GFP_KERNEL);
	if (!sops)
		return -ENOMEM;
	if (copy_from_user(sops, usops, n * sizeof(*sops)))
		return -EFAULT;
	if (err)
		return err;
	if (uts)
		until += clock_monotonic_ns();
	return do_semop(semid, &q, until);
}

SYSCALL_AS(semop, semtimedop, a, b, c, 0)

/* ---- semctl ------------------------------------------------------------ */

static void remove_set(struct sem_array *sma)
{
	while (!TAILQ_EMPTY(&sma->pending))
		finish(sma, TAILQ_FIRST(&sma->pending), -EIDRM);
	while (!LIST_EMPTY(&sma->undos))
		free_undo(LIST_FIRST(&sma->undos));
	used_sems -= sma->nsems;
	ipc_rmid(&sem_ids, &sma->perm);
}

static int sem_set_or_remove(int semid, int cmd, const struct semid64_ds *uds)
{
	struct sem_array *sma;
	struct semid64_ds ds;
	int err;

	if (cmd == IPC_SET && copy_from_user(&ds, uds, sizeof(ds)))
		return -EFAULT;
	sma = ipc_obtain_owned(&sem_ids, semid);
	if (IS_ERR(sma))
		return PTR_ERR(sma);
	if (cmd == IPC_RMID) {
		remove_set(sma);
		return 0;
	}
	err = ipc_update_perm(&sma->perm, &ds.sem_perm);
	if (!err)
		sma->ctime = current_time().tv_sec;
	return err;
}

static int sem_stat(int id, int cmd, struct semid64_ds *uds)
{
	struct semid64_ds ds;
	struct sem_array *sma;

	sma = cmd == IPC_STAT ? ipc_obtain(&sem_ids, id, S_IRUGO) :
	      ipc_obtain_index(&sem_ids, id, cmd == SEM_STAT_ANY);
	if (IS_ERR(sma))
		return PTR_ERR(sma);
	ds = (struct semid64_ds){
		.sem_perm = ipc_perm_out(&sma->perm), .sem_otime = sma->otime,
		.sem_ctime = sma->ctime, .sem_nsems = sma->nsems,
	};
	id = cmd == IPC_STAT ? 0 : sma->perm.id;
	return copy_to_user(uds, &ds, sizeof(ds)) ? -EFAULT : id;
}

static int sem_info(int cmd, struct seminfo *uinfo)
{
	struct seminfo info = {
		.semmap = SEMMAP, .semmni = SEMMNI, .semmns = SEMMNS,
		.semmnu = SEMMNU, .semmsl = SEMMSL, .semopm = SEMOPM,
		.semume = SEMUME, .semvmx = SEMVMX,
		.semusz = cmd == SEM_INFO ? sem_ids.in_use : SEMUSZ,
		.semaem = cmd == SEM_INFO ? used_sems : SEMAEM,
	};

	if (copy_to_user(uinfo, &info, sizeof(info)))
		return -EFAULT;
	return ipc_max_index(&sem_ids);
}

/* GETALL and SETALL, by way of a buffer: to and from user memory sleeps. */
static int sem_all_values(struct sem_array *sma, int cmd, u16 *uvalues)
{
	size_t bytes = sma->nsems * sizeof(u16);
	u16 *values __free(memory) = kmalloc(bytes, GFP_KERNEL);
	unsigned i;

	if (!values)
		return -ENOMEM;
	if (cmd == SETALL && copy_from_user(values, uvalues, bytes))
		return -EFAULT;
	if (sma->perm.deleted)
		return -EIDRM;
	if (cmd == GETALL) {
		for (i = 0; i < sma->nsems; i++)
			values[i] = sma->sems[i].semval;
		return copy_to_user(uvalues, values, bytes);
	}
	for (i = 0; i < sma->nsems; i++)
		if (values[i] > SEMVMX)
			return -ERANGE;
	for (i = 0; i < sma->nsems; i++)
		sma->sems[i] = (struct sem){ values[i], current->tgid };
	clear_adjustments(sma, 0, sma->nsems);
	sma->ctime = current_time().tv_sec;
	update_queue(sma);
	return 0;
}

static int sem_all(int semid, int cmd, u16 *uvalues)
{
	struct sem_array *sma = ipc_obtain(&sem_ids, semid, cmd == SETALL ?
					   S_IWUGO : S_IRUGO);
	int ret;

	if (IS_ERR(sma))
		return PTR_ERR(sma);
	ipc_get(&sma->perm);
	ret = sem_all_values(sma, cmd, uvalues);
	ipc_put(&sma->perm);
	return ret;
}

static int sem_setval(int semid, int semnum, int value)
{
	struct sem_array *sma;

	if (value < 0 || value > SEMVMX)
		return -ERANGE;
	sma = ipc_obtain(&sem_ids, semid, 0);
	if (IS_ERR(sma))
		return PTR_ERR(sma);
	if (semnum < 0 || semnum >= sma->nsems)
		return -EINVAL;
	if (ipcperms(&sma->perm, S_IWUGO))
		return -EACCES;
	sma->sems[semnum] = (struct sem){ value, current->tgid };
	clear_adjustments(sma, semnum, 1);
	sma->ctime = current_time().tv_sec;
	update_queue(sma);
	return 0;
}

/* Calls that wait for this semaphore to become 0, or to grow. */
static int count_waiters(const struct sem_array *sma, int semnum, bool zero)
{
	struct sem_queue *q;
	int n = 0;

	TAILQ_FOREACH(q, &sma->pending, link)
		n += q->blocking->sem_num == semnum &&
		     (zero ? q->blocking->sem_op == 0 :
			     q->blocking->sem_op < 0);
	return n;
}

static int sem_get(int semid, int semnum, int cmd)
{
	struct sem_array *sma = ipc_obtain(&sem_ids, semid, S_IRUGO);

	if (IS_ERR(sma))
		return PTR_ERR(sma);
	if (semnum < 0 || semnum >= sma->nsems)
		return -EINVAL;
	switch (cmd) {
	case GETVAL:
		return sma->sems[semnum].semval;
	case GETPID:
		return sma->sems[semnum].sempid;
	default:
		return count_waiters(sma, semnum, cmd == GETZCNT);
	}
}

SYSCALL_DEFINE4(semctl, int, semid, int, semnum, int, cmd, unsigned long, arg)
{
	if (semid < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case SEM_INFO:
		return sem_info(cmd, (void *)arg);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		return sem_stat(semid, cmd, (void *)arg);
	case GETALL:
	case SETALL:
		return sem_all(semid, cmd, (void *)arg);
	case SETVAL:
		return sem_setval(semid, semnum, arg);
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT:
		return sem_get(semid, semnum, cmd);
	case IPC_SET:
	case IPC_RMID:
		return sem_set_or_remove(semid, cmd, (void *)arg);
	default:
		return -EINVAL;
	}
}

/* /proc/sysvipc/sem */
int proc_sem_show(struct seq_file *m, struct proc_node *node)
{
	struct sem_array *sma;
	u64 i;

	seq_puts(m, "       key      semid perms      nsems   uid   gid  cuid"
		 "  cgid      otime      ctime\n");
	for (i = 0; (sma = ipc_next(&sem_ids, &i)); i++)
		seq_printf(m, "%10d %10d  %4o %10u %5u %5u %5u %5u %10lu "
			   "%10lu\n", sma->perm.key, sma->perm.id,
			   sma->perm.mode, sma->nsems, sma->perm.uid,
			   sma->perm.gid, sma->perm.cuid, sma->perm.cgid,
			   sma->otime, sma->ctime);
	return 0;
}
