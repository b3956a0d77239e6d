// SPDX-License-Identifier: GPL-2.0
/*
 * Identifiers, keys and permissions of System V objects, and the memory behind
 * them (Linux: ipc/util.c, ipc/msgutil.c; sysvipc(7)).  See ipc.h for the rule
 * that stands in for a lock.
 *
 * Keeps true: all memory that programs make us keep for IPC is at most a
 * quarter of RAM, whatever the limits on objects would allow; Linux leaves
 * that to its memory cgroups.
 */
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <ipc/ipc.h>
#include <ipc/proc.h>
#include <kernel/task.h>

#define MIN_CYCLE  64u		/* indexes at least before one is used again */
#define SEQ_MAX	   (INT32_MAX / IPCMNI)

/* ---- memory ------------------------------------------------------------ */

struct ipc_block {
	size_t bytes;
	char data[] __aligned(16);
};

static size_t ipc_bytes;

void *ipc_alloc(size_t bytes)
{
	size_t limit = totalram_pages * PAGE_SIZE / 4;
	struct ipc_block *b;

	bytes += sizeof(*b);
	if (bytes > limit || ipc_bytes > limit - bytes)
		return NULL;
	b = kzalloc(bytes, GFP_KERNEL);
	if (!b)
		return NULL;
	b->bytes = bytes;
	ipc_bytes += bytes;
	return b->data;
}

void ipc_free(void *p)
{
	struct ipc_block *b = container_of(p, struct ipc_block, data);

	ipc_bytes -= b->bytes;
	kfree(b);
}

struct msg_msg *load_msg(const void *utext, size_t size)
{
	struct msg_msg *msg = ipc_alloc(sizeof(*msg) + size);

	if (!msg)
		return ERR_PTR(-ENOMEM);
	msg->size = size;
	if (copy_from_user(msg->text, utext, size)) {
		ipc_free(msg);
		return ERR_PTR(-EFAULT);
	}
	return msg;
}

void free_msgs(struct msg_list *list)
{
	struct msg_msg *msg;

	while ((msg = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, msg, link);
		ipc_free(msg);
	}
}

/* ---- permissions ------------------------------------------------------- */

int ipcperms(const struct kern_ipc_perm *o, unsigned mode)
{
	unsigned wanted = mode >> 6 | mode >> 3 | mode, granted = o->mode;
	u32 uid = current->euid, gid = current->egid;

	if (uid == o->cuid || uid == o->uid)
		granted >>= 6;
	else if (in_group(o->cgid, gid) || in_group(o->gid, gid))
		granted >>= 3;
	if (wanted & ~granted & 7 && !capable(CAP_IPC_OWNER))
		return -EACCES;
	return 0;
}

struct ipc64_perm ipc_perm_out(const struct kern_ipc_perm *o)
{
	return (struct ipc64_perm){
		.key = o->key, .uid = o->uid, .gid = o->gid,
		.cuid = o->cuid, .cgid = o->cgid, .mode = o->mode,
		.seq = o->id / IPCMNI,
	};
}

int ipc_update_perm(struct kern_ipc_perm *o, const struct ipc64_perm *new)
{
	if (new->uid == (u32)-1 || new->gid == (u32)-1)
		return -EINVAL;
	o->uid = new->uid;
	o->gid = new->gid;
	o->mode = (o->mode & ~S_IRWXUGO) | (new->mode & S_IRWXUGO);
	return 0;
}

/* ---- ids --------------------------------------------------------------- */

void ipc_get(struct kern_ipc_perm *o)
{
	o->users++;
}

void ipc_put(struct kern_ipc_perm *o)
{
	if (!--o->users)
		ipc_free(o);
}

static void *by_id(struct ipc_ids *ids, int id)
{
	struct kern_ipc_perm *o = id < 0 ? NULL :
		radix_lookup(&ids->objects, id % IPCMNI);

	return o && o->id == id ? o : ERR_PTR(-EINVAL);
}

void *ipc_obtain(struct ipc_ids *ids, int id, unsigned mode)
{
	struct kern_ipc_perm *o = by_id(ids, id);
	int err = IS_ERR(o) ? 0 : ipcperms(o, mode);

	return err ? ERR_PTR(err) : o;
}

void *ipc_obtain_index(struct ipc_ids *ids, int index, bool any)
{
	struct kern_ipc_perm *o = index < 0 ? NULL :
		radix_lookup(&ids->objects, index % IPCMNI);

	if (!o)
		return ERR_PTR(-EINVAL);
	return !any && ipcperms(o, S_IRUGO) ? ERR_PTR(-EACCES) : o;
}

void *ipc_obtain_owned(struct ipc_ids *ids, int id)
{
	struct kern_ipc_perm *o = by_id(ids, id);
	u32 uid = current->euid;

	if (!IS_ERR(o) && uid != o->cuid && uid != o->uid &&
	    !capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EPERM);
	return o;
}

void *ipc_next(struct ipc_ids *ids, u64 *index)
{
	return radix_next(&ids->objects, index);
}

int ipc_max_index(struct ipc_ids *ids)
{
	u64 index = 0, last = 0;

	for (; ipc_next(ids, &index); index++)
		last = index;
	return last;
}

static unsigned next_index(struct ipc_ids *ids)
{
	unsigned cycle = min(max(ids->in_use * 3 / 2, MIN_CYCLE),
			     (unsigned)IPCMNI);
	unsigned index = ids->last_index;

	do
		index = index < cycle ? index + 1 : 1;
	while (radix_lookup(&ids->objects, index - 1));
	if (index <= ids->last_index)
		ids->seq = ids->seq < SEQ_MAX ? ids->seq + 1 : 0;
	ids->last_index = index;
	return index - 1;
}

static struct kern_ipc_perm *by_key(struct ipc_ids *ids, int key)
{
	struct kern_ipc_perm *o;
	u64 index = 0;

	for (; (o = ipc_next(ids, &index)); index++)
		if (o->key == key)
			break;
	return o;
}

int ipc_addid(struct ipc_ids *ids, struct kern_ipc_perm *o, unsigned limit,
	      const struct ipc_params *p)
{
	unsigned index;
	int err;

	if (ids->in_use >= limit)
		return -ENOSPC;
	o->mode = p->flags & S_IRWXUGO;
	o->uid = o->cuid = current->euid;
	o->gid = o->cgid = current->egid;
	o->users = 1;
	index = next_index(ids);
	o->id = ids->seq * IPCMNI + index;
	err = radix_insert(&ids->objects, index, o, GFP_KERNEL);
	if (err)
		return err;
	/* Others ran while memory was had: the key may be taken. */
	if (p->key != IPC_PRIVATE && by_key(ids, p->key)) {
		radix_delete(&ids->objects, index);
		return -EEXIST;
	}
	o->key = p->key;
	ids->in_use++;
	return o->id;
}

void ipc_rmid(struct ipc_ids *ids, struct kern_ipc_perm *o)
{
	radix_delete(&ids->objects, o->id % IPCMNI);
	ids->in_use--;
	o->deleted = true;
	ipc_put(o);
}

static int get_existing(struct kern_ipc_perm *o, const struct ipc_ops *ops,
			const struct ipc_params *p)
{
	int err;

	if ((p->flags & IPC_CREAT) && (p->flags & IPC_EXCL))
		return -EEXIST;
	err = ops->more_checks ? ops->more_checks(o, p) : 0;
	if (!err)
		err = ipcperms(o, p->flags);
	return err ? err : o->id;
}

int ipcget(struct ipc_ids *ids, const struct ipc_ops *ops,
	   const struct ipc_params *p)
{
	struct kern_ipc_perm *o;
	int ret;

	if (p->key == IPC_PRIVATE)
		return ops->make(p);
	do {
		o = by_key(ids, p->key);
		if (o)
			return get_existing(o, ops, p);
		ret = p->flags & IPC_CREAT ? ops->make(p) : -ENOENT;
	} while (ret == -EEXIST);
	return ret;
}
