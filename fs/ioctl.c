// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl(2): what holds for every file here, the rest by the file's own
 * operation (Linux: fs/ioctl.c).
 */
#include <arch/uaccess.h>
#include <asm/ioctls.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>

static void set_cloexec(unsigned fd, bool on)
{
	current->files->fd[fd].cloexec = on;
}

static long ioctl_nonblock(struct file *f, const int *arg)
{
	int on;

	if (get_user(on, arg))
		return -EFAULT;
	f->f_flags = on ? f->f_flags | O_NONBLOCK : f->f_flags & ~O_NONBLOCK;
	return 0;
}

static long ioctl_fionread(struct file *f, int *arg)
{
	int left = f->f_inode->i_data.size - f->f_pos;

	return put_user(left, arg);
}

static long do_ioctl(struct file *f, unsigned fd, unsigned cmd,
		     unsigned long arg)
{
	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
		set_cloexec(fd, cmd == FIOCLEX);
		return 0;
	case FIONBIO:
		return ioctl_nonblock(f, (const int *)arg);
	}
	if (cmd == FIONREAD && S_ISREG(f->f_inode->i_mode))
		return ioctl_fionread(f, (int *)arg);
	return f->f_op->ioctl ? f->f_op->ioctl(f, cmd, arg) : -ENOTTY;
}

SYSCALL_DEFINE3(ioctl, unsigned, fd, unsigned, cmd, unsigned long, arg)
{
	struct file *f = fget(fd);
	long ret;

	if (!f)
		return -EBADF;
	ret = do_ioctl(f, fd, cmd, arg);
	fput(f);
	return ret;
}
