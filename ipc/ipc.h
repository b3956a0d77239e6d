/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the System V objects share: identifiers, keys and permissions (ipc/
 * util.c; Linux: ipc/util.h, include/linux/ipc.h).
 *
 * No lock: an object is looked up, asked and changed without a sleep in
 * between.  Who sleeps and means to go on with it holds a reference (ipc_get)
 * and looks at `deleted` afterwards.
 */
#ifndef IPC_IPC_H
#define IPC_IPC_H

#include <bsd/sys/queue.h>
#include <lib/err.h>
#include <lib/radix.h>
#include <linux/ipc.h>

struct task_struct;

/* For everybody: owner, group, others. */
#define S_IRWXUGO 00777
#define S_IRUGO	  00444
#define S_IWUGO	  00222
#define S_IXUGO	  00111

/* First in each object, which ipc_alloc() made. */
struct kern_ipc_perm {
	int id, key;
	u32 uid, gid, cuid, cgid;
	unsigned mode;		/* permissions; SHM_DEST, SHM_LOCKED */
	unsigned users;		/* 1 for the id, and one for each sleeper */
	bool deleted;		/* the id is gone */
};

/* All objects of one kind.  An id is a sequence number and an index: the index
 * is used again late, and then under another number. */
struct ipc_ids {
	struct radix_tree objects;	/* by index */
	unsigned in_use, last_index, seq;
};

/* What semget, msgget and shmget do in their own ways. */
struct ipc_params {
	int key, flags;
	size_t size;		/* segment: bytes; set: semaphores */
};
struct ipc_ops {
	int (*make)(const struct ipc_params *p);	/* id or -errno */
	int (*more_checks)(struct kern_ipc_perm *o, const struct ipc_params *p);
};

int ipcget(struct ipc_ids *ids, const struct ipc_ops *ops,
	   const struct ipc_params *p);
/* Name a new object: its id, or -ENOSPC (more than `limit`), -ENOMEM. */
int ipc_addid(struct ipc_ids *ids, struct kern_ipc_perm *o, unsigned limit,
	      const struct ipc_params *p);
/* Take the id away; drops its reference. */
void ipc_rmid(struct ipc_ids *ids, struct kern_ipc_perm *o);
void ipc_get(struct kern_ipc_perm *o);
void ipc_put(struct kern_ipc_perm *o);
/* May current do what the permission bits of `mode` say?  0 or -EACCES. */
int ipcperms(const struct kern_ipc_perm *o, unsigned mode);
/* By id, for whom these bits are allowed: ERR_PTR(-EINVAL, -EACCES). */
void *ipc_obtain(struct ipc_ids *ids, int id, unsigned mode);
/* By index; `any` asks no permission. */
void *ipc_obtain_index(struct ipc_ids *ids, int index, bool any);
/* By id, for IPC_SET and IPC_RMID: ERR_PTR(-EINVAL, -EPERM). */
void *ipc_obtain_owned(struct ipc_ids *ids, int id);
/* The object at or after *index, or NULL. */
void *ipc_next(struct ipc_ids *ids, u64 *index);
int ipc_max_index(struct ipc_ids *ids);		/* 0 if there is none */
struct ipc64_perm ipc_perm_out(const struct kern_ipc_perm *o);
/* IPC_SET's part: 0, -EINVAL. */
int ipc_update_perm(struct kern_ipc_perm *o, const struct ipc64_perm *new);

/* Zeroed kernel memory that programs have us keep: all of it together at most
 * a quarter of RAM.  NULL: no more. */
void *ipc_alloc(size_t bytes);
void ipc_free(void *p);

/* A message, System V's or POSIX's. */
struct msg_msg {
	TAILQ_ENTRY(msg_msg) link;
	long type;		/* or priority */
	size_t size;		/* bytes of text */
	char text[];
};
TAILQ_HEAD(msg_list, msg_msg);
/* From user memory: ERR_PTR(-ENOMEM, -EFAULT). */
struct msg_msg *load_msg(const void *utext, size_t size);
void free_msgs(struct msg_list *list);

/* ---- sem.c, for fork and exit ------------------------------------------ */
/* CLONE_SYSVSEM: share the list of adjustments.  0 or -ENOMEM. */
int copy_semundo(struct task_struct *t, u64 flags);
/* The last user: adjust. */
void exit_sem(struct task_struct *t);

int mqueue_init(void);		/* at boot */


#endif
