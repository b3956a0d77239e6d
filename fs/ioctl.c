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

static long ioctl_nonblock(struct file *f, const int *arg)
{
	int on;

	if (get_user(on, arg))
		return -EFAULT;
	f->f_flags = on ? f->f_flags | O_NONBLOCK : f->f_flags & ~O_NONBLOCK;
	return 0;
}

SYSCALL_DEFINE3(ioctl, unsigned, fd, unsigned, cmd, unsigned long, arg)
{
	struct file *f __free(file) = fget(fd);

	if (!f)
		return -EBADF;
	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
		current->files->fd[fd].cloexec = cmd == FIOCLEX;
		return 0;
	case FIONBIO:
		return ioctl_nonblock(f, (const int *)arg);
	}
	if (cmd == FIONREAD && S_ISREG(f->f_inode->i_mode))
		return put_user(f->f_inode->i_data.size - f->f_pos, (int *)arg);
	return f->f_op->ioctl ? f->f_op->ioctl(f, cmd, arg) : -ENOTTY;
}
