// SPDX-License-Identifier: GPL-2.0
/*
 * signalfd: signals read from a descriptor (Linux: fs/signalfd.c;
 * signalfd(2)).  A reader takes what is pending of the mask for itself or its
 * process, whoever made the descriptor.  Readers and pollers sleep on one
 * queue that every signal wakes, and look.
 */
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/signalfd.h>

/* The file's private data is the mask. */
static ksigset_t mask_of(const struct file *f)
{
	return (ksigset_t)f->private_data;
}

/* Which part of siginfo_t's union is filled. */
static void copy_details(struct signalfd_siginfo *to,
			 const kernel_siginfo_t *info)
{
	if (info->si_code == SI_TIMER) {
		to->ssi_tid = info->si_tid;
		to->ssi_overrun = info->si_overrun;
		to->ssi_ptr = (unsigned long)info->si_ptr;
		to->ssi_int = info->si_int;
		return;
	}
	if (info->si_code > SI_USER && info->si_code < SI_KERNEL &&
	    info->si_signo != SIGCHLD) {
		to->ssi_addr = (unsigned long)info->si_addr;
		return;
	}
	to->ssi_pid = info->si_pid;
	to->ssi_uid = info->si_uid;
	if (info->si_signo == SIGCHLD && info->si_code > SI_USER) {
		to->ssi_status = info->si_status;
		to->ssi_utime = info->si_utime;
		to->ssi_stime = info->si_stime;
	} else if (info->si_code < SI_USER) {
		to->ssi_ptr = (unsigned long)info->si_ptr;
		to->ssi_int = info->si_int;
	}
}

static int put_siginfo(const kernel_siginfo_t *info,
		       struct signalfd_siginfo *user)
{
	struct signalfd_siginfo s = {
		.ssi_signo = info->si_signo, .ssi_errno = info->si_errno,
		.ssi_code = info->si_code,
	};

	copy_details(&s, info);
	return copy_to_user(user, &s, sizeof(s));
}

static long signalfd_read(struct file *f, void *ubuf, size_t n, u64 *pos)
{
	size_t size = sizeof(struct signalfd_siginfo), done;
	kernel_siginfo_t info;
	int err;

	if (n < size)
		return -EINVAL;
	for (done = 0; done + size <= n; done += size) {
		if (done && !(pending_signals(current) & mask_of(f)))
			break;
		err = wait_for_file(f, &signalfd_wq,
				    dequeue_signal(mask_of(f), &info));
		if (!err)
			err = put_siginfo(&info, ubuf + done);
		if (err)
			return done ? (long)done : err;
	}
	return done;
}

static unsigned signalfd_poll(struct file *f, struct poll_table *pt)
{
	poll_wait(pt, &signalfd_wq);
	return pending_signals(current) & mask_of(f) ? POLLIN : 0;
}

static const struct file_operations signalfd_fops = {
	.read = signalfd_read,
	.poll = signalfd_poll,
	.lseek = no_lseek,
};

static int signalfd_make(ksigset_t mask, int flags)
{
	struct file *f =
		anon_inode_file("anon_inode:[signalfd]", &signalfd_fops,
				(void *)mask, O_RDWR | (flags & O_NONBLOCK));

	return IS_ERR(f) ? PTR_ERR(f) : fd_attach(f, flags & O_CLOEXEC);
}

SYSCALL_DEFINE4(signalfd4, int, fd, const ksigset_t *, umask, size_t, size,
		int, flags)
{
	struct file *f __free(file) = NULL;
	ksigset_t mask;

	if (size != sizeof(mask))
		return -EINVAL;
	if (get_user(mask, umask))
		return -EFAULT;
	if (flags & ~(SFD_CLOEXEC | SFD_NONBLOCK))
		return -EINVAL;
	mask &= ~SIG_KERNEL_ONLY;
	if (fd == -1)
		return signalfd_make(mask, flags);
	f = fget(fd);
	if (!f)
		return -EBADF;
	if (f->f_op != &signalfd_fops)
		return -EINVAL;
	f->private_data = (void *)mask;
	wake_up(&signalfd_wq);
	return fd;
}

SYSCALL_AS(signalfd, signalfd4, a, b, c)
