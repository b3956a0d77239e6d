// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl(2) on terminals: settings, window size, process groups, queues
 * (ioctl_tty(2); Linux: drivers/tty/tty_ioctl.c, tty_jobctrl.c).
 *
 * Keeps true: arguments are copied in and checked before anything changes.
 * Lock: as fs/tty.c.
 */
#include <arch/uaccess.h>
#include <fs/tty.h>
#include <fs/vfs.h>
#include <kernel/task.h>
#include <lib/string.h>

static long set_termios(struct tty *tty, const void *arg, size_t size,
			bool flush)
{
	struct termios2 termios = tty->termios;
	int err = tty_check_background(tty, SIGTTOU);

	if (err)
		return err;
	if (copy_from_user(&termios, arg, size))
		return -EFAULT;
	if (flush)
		n_tty_flush(tty);
	n_tty_set_termios(tty, &termios);
	tty_unthrottle(tty);
	return 0;
}

static long termios_ioctl(struct tty *tty, unsigned cmd, void *arg)
{
	/* struct termios is struct termios2 without the two speeds. */
	const size_t size = sizeof(struct termios);

	_Static_assert(sizeof(struct termios) ==
		       offsetof(struct termios2, c_ispeed), "layouts differ");

	switch (cmd) {
	case TCGETS:
		return copy_to_user(arg, &tty->termios, size);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_termios(tty, arg, size, cmd == TCSETSF);
	case TCGETS2:
		return copy_to_user(arg, &tty->termios, sizeof(tty->termios));
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2:
		return set_termios(tty, arg, sizeof(tty->termios),
				   cmd == TCSETSF2);
	default:
		return -ENOTTY;
	}
}

static long set_winsize(struct tty *tty, const void *arg)
{
	struct winsize size;

	if (copy_from_user(&size, arg, sizeof(size)))
		return -EFAULT;
	if (!memcmp(&size, &tty->winsize, sizeof(size)))
		return 0;
	tty->winsize = size;
	tty_signal(tty, SIGWINCH);
	return 0;
}

/* sid 0: any */
static bool group_in_session(int pgrp, int sid)
{
	const struct task_struct *t;

	for_each_task(t)
		if (t->pgid == pgrp && (!sid || t->sid == sid))
			return true;
	return false;
}

static long set_pgrp(struct tty *tty, const int *arg)
{
	int err = tty_check_background(tty, SIGTTOU), pgrp;

	if (err == -EIO)
		return -ENOTTY;
	if (err)
		return err;
	if (!tty_is_ours(tty))
		return -ENOTTY;
	if (get_user(pgrp, arg))
		return -EFAULT;
	if (pgrp < 0)
		return -EINVAL;
	if (!group_in_session(pgrp, current->sid))
		return group_in_session(pgrp, 0) ? -EPERM : -ESRCH;
	tty->pgrp = pgrp;
	return 0;
}

/* What only the session's own processes may ask, and a pty's master. */
static long session_ioctl(struct tty *tty, unsigned cmd, int *arg, bool master)
{
	if (!tty_is_ours(tty) && !(master && (cmd == TIOCGPGRP ||
					      tty_session(tty))))
		return -ENOTTY;
	return put_user(cmd == TIOCGSID ? tty->session : tty->pgrp, arg);
}

static long flush_queues(struct tty *tty, unsigned long which)
{
	int err = tty_check_background(tty, SIGTTOU);

	if (err)
		return err;
	if (which > TCIOFLUSH)
		return -EINVAL;
	if (which != TCOFLUSH)
		n_tty_flush(tty);
	if (which != TCIFLUSH && tty->pty)
		pty_flush(tty->pty);
	tty_unthrottle(tty);
	return 0;
}

static long flow_control(struct tty *tty, unsigned long action)
{
	u8 c;
	int err = tty_check_background(tty, SIGTTOU);

	if (err)
		return err;
	switch (action) {
	case TCOOFF:
	case TCOON:
		tty->stopped = action == TCOOFF;
		wake_up(&tty->write_wait);
		return 0;
	case TCIOFF:
	case TCION:
		c = tty->termios.c_cc[action == TCIOFF ? VSTOP : VSTART];
		if (c)
			n_tty_write(tty, &c, 1);
		return 0;
	default:
		return -EINVAL;
	}
}

/* Faking input: into one's own terminal, or as root. */
static long fake_input(struct tty *tty, const u8 *arg)
{
	u8 c;

	if (!tty_is_ours(tty) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (get_user(c, arg))
		return -EFAULT;
	n_tty_receive(tty, c);
	return 0;
}

long tty_do_ioctl(struct tty *tty, unsigned cmd, unsigned long arg,
		  bool master)
{
	switch (cmd) {
	case TIOCGWINSZ:
		return copy_to_user((void *)arg, &tty->winsize,
				    sizeof(tty->winsize));
	case TIOCSWINSZ:
		return set_winsize(tty, (void *)arg);
	case TIOCGPGRP:
	case TIOCGSID:
		return session_ioctl(tty, cmd, (int *)arg, master);
	case TIOCSPGRP:
		return set_pgrp(tty, (int *)arg);
	case TIOCSCTTY:
		return tty_set_controlling(tty, arg == 1);
	case TIOCNOTTY:
		return master ? -ENOTTY : tty_drop_controlling(tty);
	case TIOCSTI:
		return fake_input(tty, (u8 *)arg);
	case TIOCVHANGUP:
		if (!capable(CAP_SYS_ADMIN))
			return -EPERM;
		tty_hangup(tty, false);
		return 0;
	case TIOCGDEV:
		return put_user(tty->dev, (unsigned *)arg);
	case FIONREAD:
		return put_user(n_tty_available(tty), (int *)arg);
	case TIOCOUTQ:
		return put_user(0, (int *)arg);
	case TCFLSH:
		return flush_queues(tty, arg);
	case TCXONC:
		return flow_control(tty, arg);
	case TCSBRK:
	case TCSBRKP:	/* output is polled: it has drained, no line to break */
		return tty_check_background(tty, SIGTTOU);
	default:
		return termios_ioctl(tty, cmd, (void *)arg);
	}
}

long tty_ioctl(struct file *file, unsigned cmd, unsigned long arg)
{
	if (tty_hung_up(file))
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	return tty_do_ioctl(file->private_data, cmd, arg, false);
}
