// SPDX-License-Identifier: GPL-2.0
/*
 * System V message queues: msgget, msgsnd, msgrcv, msgctl (Linux: ipc/msg.c;
 * msgget(2), msgop(2), msgctl(2)).
 *
 * A queue is a list of messages, oldest first, and two queues of sleepers: who
 * waits for room, and who waits for a message.  Sleepers look again when they
 * are woken.  A message is taken off and counted without a sleep; the copy to
 * user memory comes after, and if it fails the message is lost, as on Linux.
 *
 * Keeps true: cbytes and qnum are those of the list; cbytes <= qbytes when a
 * message was added.
 */
#include <arch/uaccess.h>
#include <fs/proc.h>
#include <ipc/ipc.h>
#include <ipc/proc.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/msg.h>

struct msg_queue {
	struct kern_ipc_perm perm;
	long stime, rtime, ctime;
	size_t cbytes, qbytes;
	unsigned long qnum;
	int lspid, lrpid;
	struct msg_list messages;
	struct wait_queue senders, receivers;
};

int msg_ctlmax = MSGMAX, msg_ctlmnb = MSGMNB, msg_ctlmni = MSGMNI;

static struct ipc_ids msg_ids;
static unsigned long msg_bytes, msg_hdrs;	/* in all queues */

static void count_msg(struct msg_queue *msq, const struct msg_msg *msg, int n)
{
	msq->qnum += n;
	msg_hdrs += n;
	msq->cbytes += n * msg->size;
	msg_bytes += n * msg->size;
}

static int newque(const struct ipc_params *p)
{
	struct msg_queue *msq = ipc_alloc(sizeof(*msq));
	int id;

	if (!msq)
		return -ENOMEM;
	msq->ctime = current_time().tv_sec;
	msq->qbytes = msg_ctlmnb;
	TAILQ_INIT(&msq->messages);
	wait_queue_init(&msq->senders);
	wait_queue_init(&msq->receivers);
	id = ipc_addid(&msg_ids, &msq->perm, msg_ctlmni, p);
	if (id < 0)
		ipc_free(msq);
	return id;
}

SYSCALL_DEFINE2(msgget, int, key, int, flags)
{
	const struct ipc_ops ops = { .make = newque };

	return ipcget(&msg_ids, &ops, &(struct ipc_params){ key, flags, 0 });
}

/* ---- msgsnd ------------------------------------------------------------ */

static bool msg_fits(const struct msg_queue *msq, size_t size)
{
	return msq->cbytes + size <= msq->qbytes &&
	       msq->qnum + 1 <= msq->qbytes;
}

/* Sleep until woken, with the queue referenced: 0, -EIDRM, -EINTR. */
static int wait_msg(struct msg_queue *msq, struct wait_queue *wq)
{
	unsigned long f = irq_save();
	int err = signal_pending() ? -ERESTARTNOHAND : 0;

	ipc_get(&msq->perm);
	if (!err)
		sleep_on(wq, true);
	irq_restore(f);
	if (msq->perm.deleted)
		err = -EIDRM;
	ipc_put(&msq->perm);
	return err;
}

/* Takes the message over if 0 is returned. */
static int send_msg(int id, struct msg_msg *msg, int flags)
{
	struct msg_queue *msq = ipc_obtain(&msg_ids, id, 0);
	int err;

	if (IS_ERR(msq))
		return PTR_ERR(msq);
	for (;;) {
		if (ipcperms(&msq->perm, S_IWUGO))
			return -EACCES;
		if (msg_fits(msq, msg->size))
			break;
		if (flags & IPC_NOWAIT)
			return -EAGAIN;
		err = wait_msg(msq, &msq->senders);
		if (err)
			return err;
	}
	TAILQ_INSERT_TAIL(&msq->messages, msg, link);
	count_msg(msq, msg, 1);
	msq->lspid = current->tgid;
	msq->stime = current_time().tv_sec;
	wake_up(&msq->receivers);
	return 0;
}

SYSCALL_DEFINE4(msgsnd, int, id, struct msgbuf *, ubuf, size_t, size,
		int, flags)
{
	struct msg_msg *msg;
	long type;
	int err;

	if (get_user(type, &ubuf->mtype))
		return -EFAULT;
	if (size > msg_ctlmax || (long)size < 0 || id < 0 || type < 1)
		return -EINVAL;
	msg = load_msg(ubuf->mtext, size);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	msg->type = type;
	err = send_msg(id, msg, flags);
	if (err)
		ipc_free(msg);
	return err;
}

/* ---- msgrcv ------------------------------------------------------------ */

/* What msgrcv is to take. */
struct wanted {
	long type;		/* as given; MSG_COPY: a place in the queue */
	size_t size;
	int flags;
	struct msg_msg *copy;	/* MSG_COPY: goes here, and stays */
};

static bool matches(const struct wanted *w, const struct msg_msg *msg)
{
	if (w->type < 0)
		return -msg->type >= w->type;
	return !w->type || (msg->type == w->type) == !(w->flags & MSG_EXCEPT);
}

/* The first that matches; of those up to a type, one of the lowest. */
static struct msg_msg *find_msg(struct msg_queue *msq, const struct wanted *w)
{
	struct msg_msg *msg, *found = NULL;
	long n = w->type;

	TAILQ_FOREACH(msg, &msq->messages, link) {
		if (w->copy) {
			if (!n--)
				return msg;
		} else if (matches(w, msg)) {
			if (w->type >= 0)
				return msg;
			if (!found || msg->type < found->type)
				found = msg;
		}
	}
	return found;
}

static struct msg_msg *take_msg(struct msg_queue *msq, const struct wanted *w,
				struct msg_msg *msg)
{
	if (msg->size > w->size && !(w->flags & MSG_NOERROR))
		return ERR_PTR(-E2BIG);
	if (w->copy) {
		w->copy->type = msg->type;
		w->copy->size = min(msg->size, w->copy->size);
		memcpy(w->copy->text, msg->text, w->copy->size);
		return w->copy;
	}
	TAILQ_REMOVE(&msq->messages, msg, link);
	count_msg(msq, msg, -1);
	msq->rtime = current_time().tv_sec;
	msq->lrpid = current->tgid;
	wake_up(&msq->senders);
	return msg;
}

/* A message that is the caller's now; ERR_PTR. */
static struct msg_msg *receive_msg(int id, const struct wanted *w)
{
	struct msg_queue *msq = ipc_obtain(&msg_ids, id, 0);
	struct msg_msg *msg;
	int err;

	if (IS_ERR(msq))
		return ERR_CAST(msq);
	for (;;) {
		if (ipcperms(&msq->perm, S_IRUGO))
			return ERR_PTR(-EACCES);
		msg = find_msg(msq, w);
		if (msg)
			return take_msg(msq, w, msg);
		if (w->flags & IPC_NOWAIT)
			return ERR_PTR(-ENOMSG);
		err = wait_msg(msq, &msq->receivers);
		if (err)
			return ERR_PTR(err);
	}
}

SYSCALL_DEFINE5(msgrcv, int, id, struct msgbuf *, ubuf, size_t, size,
		long, type, int, flags)
{
	struct wanted w = { .type = type, .size = size, .flags = flags };
	struct msg_msg *msg;
	long ret;

	if (id < 0 || (long)size < 0)
		return -EINVAL;
	if (flags & MSG_COPY) {
		if (flags & MSG_EXCEPT || !(flags & IPC_NOWAIT))
			return -EINVAL;
		size = min(size, (size_t)msg_ctlmax);
		w.copy = ipc_alloc(sizeof(*msg) + size);
		if (!w.copy)
			return -ENOMEM;
		w.copy->size = size;
	}
	msg = receive_msg(id, &w);
	if (IS_ERR(msg)) {
		if (w.copy)
			ipc_free(w.copy);
		return PTR_ERR(msg);
	}
	ret = min(w.size, msg->size);
	if (put_user(msg->type, &ubuf->mtype) ||
	    copy_to_user(ubuf->mtext, msg->text, ret))
		ret = -EFAULT;
	ipc_free(msg);
	return ret;
}

/* ---- msgctl ------------------------------------------------------------ */

static int msg_stat(int id, int cmd, struct msqid64_ds *uds)
{
	struct msqid64_ds ds;
	struct msg_queue *msq;

	msq = cmd == IPC_STAT ? ipc_obtain(&msg_ids, id, S_IRUGO) :
	      ipc_obtain_index(&msg_ids, id, cmd == MSG_STAT_ANY);
	if (IS_ERR(msq))
		return PTR_ERR(msq);
	ds = (struct msqid64_ds){
		.msg_perm = ipc_perm_out(&msq->perm), .msg_stime = msq->stime,
		.msg_rtime = msq->rtime, .msg_ctime = msq->ctime,
		.msg_cbytes = msq->cbytes, .msg_qnum = msq->qnum,
		.msg_qbytes = msq->qbytes, .msg_lspid = msq->lspid,
		.msg_lrpid = msq->lrpid,
	};
	id = cmd == IPC_STAT ? 0 : msq->perm.id;
	return copy_to_user(uds, &ds, sizeof(ds)) ? -EFAULT : id;
}

static int msg_info(int cmd, struct msginfo *uinfo)
{
	bool used = cmd == MSG_INFO;
	struct msginfo info = {
		.msgpool = used ? (int)msg_ids.in_use : MSGPOOL,
		.msgmap = used ? (int)msg_hdrs : MSGMAP,
		.msgtql = used ? (int)msg_bytes : MSGTQL,
		.msgmax = msg_ctlmax, .msgmnb = msg_ctlmnb,
		.msgmni = msg_ctlmni, .msgssz = MSGSSZ, .msgseg = MSGSEG,
	};

	if (copy_to_user(uinfo, &info, sizeof(info)))
		return -EFAULT;
	return ipc_max_index(&msg_ids);
}

static void msg_wake_all(struct msg_queue *msq)
{
	wake_up(&msq->senders);
	wake_up(&msq->receivers);
}

static int msg_set(struct msg_queue *msq, const struct msqid64_ds *ds)
{
	int err;

	if (ds->msg_qbytes > msg_ctlmnb && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	err = ipc_update_perm(&msq->perm, &ds->msg_perm);
	if (err)
		return err;
	msq->qbytes = ds->msg_qbytes;
	msq->ctime = current_time().tv_sec;
	msg_wake_all(msq);	/* there is room, or no permission any more */
	return 0;
}

static void msg_remove(struct msg_queue *msq)
{
	struct msg_msg *msg;

	TAILQ_FOREACH(msg, &msq->messages, link)
		count_msg(msq, msg, -1);
	free_msgs(&msq->messages);
	msg_wake_all(msq);
	ipc_rmid(&msg_ids, &msq->perm);
}

static int msg_set_or_remove(int id, int cmd, const struct msqid64_ds *uds)
{
	struct msg_queue *msq;
	struct msqid64_ds ds;

	if (cmd == IPC_SET && copy_from_user(&ds, uds, sizeof(ds)))
		return -EFAULT;
	msq = ipc_obtain_owned(&msg_ids, id);
	if (IS_ERR(msq))
		return PTR_ERR(msq);
	if (cmd == IPC_SET)
		return msg_set(msq, &ds);
	msg_remove(msq);
	return 0;
}

SYSCALL_DEFINE3(msgctl, int, id, int, cmd, void *, ubuf)
{
	if (id < 0 || cmd < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case MSG_INFO:
		return msg_info(cmd, ubuf);
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY:
		return msg_stat(id, cmd, ubuf);
	case IPC_SET:
	case IPC_RMID:
		return msg_set_or_remove(id, cmd, ubuf);
	default:
		return -EINVAL;
	}
}

/* /proc/sysvipc/msg */
int proc_msg_show(struct seq_file *m, struct proc_node *node)
{
	struct msg_queue *msq;
	u64 i;

	seq_puts(m, "       key      msqid perms      cbytes       qnum lspid"
		 " lrpid   uid   gid  cuid  cgid      stime      rtime"
		 "      ctime\n");
	for (i = 0; (msq = ipc_next(&msg_ids, &i)); i++)
		seq_printf(m, "%10d %10d  %4o  %10lu %10lu %5u %5u %5u %5u %5u "
			   "%5u %10lu %10lu %10lu\n", msq->perm.key,
			   msq->perm.id, msq->perm.mode, msq->cbytes, msq->qnum,
			   msq->lspid, msq->lrpid, msq->perm.uid,
			   msq->perm.gid, msq->perm.cuid, msq->perm.cgid,
			   msq->stime, msq->rtime, msq->ctime);
	return 0;
}
