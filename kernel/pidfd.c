// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors that stand for processes: pidfd_open, pidfd_send_signal,
 * pidfd_getfd; clone's CLONE_PIDFD and waitid's P_PIDFD use them.  A struct
 * pid is made with a process's first pidfd; it loses the task when that is
 * reaped, so a number used again is never mistaken for the old process.
 * No lock: `task` changes without a sleep, and is looked at after the last
 * copy from user memory.  (Linux: kernel/pid.c, kernel/fork.c; pidfd_open(2))
 */
#include <arch/uaccess.h>
#include <fs/proc.h>
#include <fs/vfs.h>
#include <kernel/pidfd.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/pidfd.h>
#include <mm/slab.h>

static void put_pid(struct pid *pid)
{
	if (!--pid->count)
		kfree(pid);
}

/* t's, referenced; `new` becomes it or is freed. */
static struct pid *get_task_pid(struct task_struct *t, struct pid *new)
{
	if (t->thread_pid) {
		kfree(new);
	} else {
		new->count = 1;
		new->task = t;
		wait_queue_init(&new->wait_pidfd);
		t->thread_pid = new;
	}
	t->thread_pid->count++;
	return t->thread_pid;
}

void pidfd_notify(struct task_struct *leader)
{
	if (leader->thread_pid)
		wake_up(&leader->thread_pid->wait_pidfd);
}

void pidfd_detach(struct task_struct *t)
{
	struct pid *pid = t->thread_pid;

	if (!pid)
		return;
	t->thread_pid = NULL;
	pid->task = NULL;
	wake_up(&pid->wait_pidfd);
	put_pid(pid);
}

/* ---- the file ---------------------------------------------------------- */

static unsigned pidfd_poll(struct file *f, struct poll_table *pt)
{
	struct pid *pid = f->private_data;

	poll_wait(pt, &pid->wait_pidfd);
	return !pid->task || is_zombie_group(pid->task) ?
		POLLIN | POLLRDNORM : 0;
}

static void pidfd_release(struct file *f)
{
	put_pid(f->private_data);
}

static const struct file_operations pidfd_fops = {
	.poll = pidfd_poll,
	.release = pidfd_release,
	.lseek = no_lseek,
};

struct file *pidfd_file(unsigned fd)
{
	struct file *f = fget(fd);

	if (f && f->f_op == &pidfd_fops)
		return f;
	if (f)
		fput(f);
	return NULL;
}

/* Takes over the reference. */
static struct file *make_file(struct pid *pid, unsigned flags)
{
	struct file *f = anon_inode_file("anon_inode:[pidfd]", &pidfd_fops,
					 pid, O_RDWR | flags);

	if (IS_ERR(f))
		put_pid(pid);
	return f;
}

int pidfd_prepare(struct task_struct *t, struct new_pidfd *p)
{
	struct pid *new = kzalloc(sizeof(*new), GFP_KERNEL);
	int fd;

	if (!new)
		return -ENOMEM;
	p->file = make_file(get_task_pid(t, new), 0);
	if (IS_ERR(p->file))
		return PTR_ERR(p->file);
	fd = p->fd = alloc_fd(0, true);
	if (fd >= 0)
		return 0;
	fput(p->file);
	return fd;
}

void pidfd_cancel(struct new_pidfd *p)
{
	if (!p->file)
		return;
	put_unused_fd(p->fd);
	fput(p->file);
}

/* ---- the calls --------------------------------------------------------- */

SYSCALL_DEFINE2(pidfd_open, int, nr, unsigned, flags)
{
	struct task_struct *t;
	struct pid *new;
	struct file *f;

	if ((flags & ~PIDFD_NONBLOCK) || nr <= 0)
		return -EINVAL;
	new = kzalloc(sizeof(*new), GFP_KERNEL);	/* may sleep */
	if (!new)
		return -ENOMEM;
	t = find_task(nr);
	if (!t || t->leader != t) {
		kfree(new);
		return t ? -EINVAL : -ESRCH;
	}
	f = make_file(get_task_pid(t, new), flags);
	return IS_ERR(f) ? PTR_ERR(f) : fd_attach(f, true);
}

/* A signal may be sent through an open /proc/PID as well: as
 * tgid_pidfd_to_task() of any file. */
static struct task_struct *pidfd_to_task(struct file *f)
{
	const struct pid *pid = f->private_data;

	return f->f_op == &pidfd_fops ? pid->task : tgid_pidfd_to_task(f);
}

static int pidfd_siginfo(kernel_siginfo_t *info, const siginfo_t *uinfo,
			 int sig, struct file *f)
{
	if (!uinfo) {
		*info = (kernel_siginfo_t){ .si_signo = sig,
					    .si_code = SI_USER };
		info->si_pid = current->tgid;
		info->si_uid = current->uid;
		return 0;
	}
	if (copy_siginfo_from_user(info, uinfo))
		return -EFAULT;
	if (info->si_signo != sig)
		return -EINVAL;
	/* Only to oneself as if the kernel had sent it. */
	if ((info->si_code >= 0 || info->si_code == SI_TKILL) &&
	    pidfd_to_task(f) != current)
		return -EPERM;
	return 0;
}

SYSCALL_DEFINE4(pidfd_send_signal, int, fd, int, sig, siginfo_t *, uinfo,
		unsigned, flags)
{
	struct file *f __free(file) = NULL;
	struct task_struct *t;
	kernel_siginfo_t info;
	int err;

	if (flags)
		return -EINVAL;
	f = fget(fd);
	if (!f || IS_ERR(pidfd_to_task(f)))
		return -EBADF;
	err = pidfd_siginfo(&info, uinfo, sig, f);
	if (err)
		return err;
	t = pidfd_to_task(f);
	if (!t)
		return -ESRCH;
	return sig && !valid_signal(sig) ? -EINVAL : kill_one(t, sig, &info);
}

SYSCALL_DEFINE3(pidfd_getfd, int, pidfd, unsigned, fd, unsigned, flags)
{
	struct file *f __free(file) = NULL, *theirs;
	struct pid *pid;

	if (flags)
		return -EINVAL;
	f = pidfd_file(pidfd);
	if (!f)
		return -EBADF;
	pid = f->private_data;
	if (!pid->task)
		return -ESRCH;
	if (!ptrace_may_access(pid->task, PTRACE_MODE_ATTACH_REALCREDS))
		return -EPERM;
	theirs = pid->task->files ? files_fget(pid->task->files, fd) : NULL;
	return theirs ? fd_attach(theirs, true) : -EBADF;
}
