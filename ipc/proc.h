/* SPDX-License-Identifier: GPL-2.0 */
/* What /proc shows of IPC (fs/proc_sys.c): lists, and limits that root may
 * write. */
#ifndef IPC_PROC_H
#define IPC_PROC_H

#include <lib/types.h>

struct proc_node;
struct seq_file;

int proc_shm_show(struct seq_file *m, struct proc_node *node);
int proc_sem_show(struct seq_file *m, struct proc_node *node);
int proc_msg_show(struct seq_file *m, struct proc_node *node);

#define IPCMNI 32768		/* objects of one kind at most */
extern u64 shm_ctlmax, shm_ctlall;	/* bytes, pages */
extern int shm_ctlmni;
extern int msg_ctlmax, msg_ctlmnb, msg_ctlmni;	/* bytes, bytes, queues */
extern int mq_queues_max, mq_msg_max, mq_msgsize_max;
extern int mq_msg_default, mq_msgsize_default;
#define SEM_LIMITS "32000\t1024000000\t500\t32000"

#endif
