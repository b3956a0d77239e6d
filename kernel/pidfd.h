/* SPDX-License-Identifier: GPL-2.0 */
/* Descriptors that stand for processes (kernel/pidfd.c). */
#ifndef KERNEL_PIDFD_H
#define KERNEL_PIDFD_H

#include <fs/file.h>
#include <kernel/lock.h>

struct task_struct;

/* A process as its descriptors know it: they may outlive it. */
struct pid {
	unsigned count;			/* files, and the task */
	struct task_struct *task;	/* the leader; NULL: reaped */
	struct wait_queue wait_pidfd;	/* for its end */
};

/* A descriptor reserved, and its file: 0, or -errno and nothing is left. */
struct new_pidfd {
	int fd;
	struct file *file;		/* NULL: none was asked for */
};
int pidfd_prepare(struct task_struct *t, struct new_pidfd *p);
void pidfd_cancel(struct new_pidfd *p);
/* The file of a pidfd, referenced (private_data is the struct pid); NULL. */
struct file *pidfd_file(unsigned fd);
/* Its process has ended; is reaped. */
void pidfd_notify(struct task_struct *leader);
void pidfd_detach(struct task_struct *t);

#endif
