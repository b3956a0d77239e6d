// SPDX-License-Identifier: GPL-2.0
/*
 * Terminals: /dev/ttyS0 to ttyS2, /dev/console (port 0), /dev/tty (the caller's
 * own) and the slaves of ptys; job control, hanging up, and the thread that
 * takes received bytes through the line discipline.  Corresponds to Linux's
 * drivers/tty/tty_io.c, tty_jobctrl.c.
 *
 * Keeps true: a terminal belongs to at most one session, whose leader lives
 * (a session whose leader has died is forgotten at the next look).  Lock:
 * none; nobody sleeps between a look at a terminal and its change.
 */
#include <arch/clock.h>
#include <arch/uaccess.h>
#include <drivers/uart.h>
#include <fs/tty.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/bug.h>
#include <mm/slab.h>

#define TTY_MAJOR	4
#define TTYAUX_MAJOR	5
#define SERIAL_MINOR	64	/* ttyS0 */
#define PTS_MAJOR	136
#define CHUNK		256	/* bytes copied at once */
#define TIMED_POLL_NS	10000000ull
#define DECISECOND_NS	100000000ull

#define TTY_RAW		16384u	/* bytes of the raw ring */

static struct serial {
	struct tty tty;
	u8 raw[TTY_RAW];		/* (i) */
	unsigned head, tail;		/* (i) counts, never wrapped back */
} serials[NR_UARTS];

static TAILQ_HEAD(, tty) ttys = TAILQ_HEAD_INITIALIZER(ttys);
static struct wait_queue raw_wait = WAIT_QUEUE_INIT(raw_wait);

/* ---- sessions ---------------------------------------------------------- */

static bool is_alive(const struct task_struct *t)
{
	return t && !is_zombie_group(t);
}

int tty_session(struct tty *tty)
{
	if (tty->session && !is_alive(find_task(tty->session)))
		tty->session = tty->pgrp = 0;
	return tty->session;
}

static struct tty *session_tty(int sid)
{
	struct tty *tty;

	if (sid)
		TAILQ_FOREACH(tty, &ttys, list)
			if (tty_session(tty) == sid)
				return tty;
	return NULL;
}

bool tty_is_ours(struct tty *tty)
{
	return current->sid && tty_session(tty) == current->sid;
}

void tty_of_session(int sid, unsigned *dev, int *pgrp)
{
	struct tty *tty = session_tty(sid);

	*dev = tty ? tty->dev : 0;
	*pgrp = tty ? tty->pgrp : -1;
}

void tty_signal(struct tty *tty, int sig)
{
	if (tty_session(tty) && tty->pgrp)
		kill_pgrp(tty->pgrp, sig);
}

int tty_check_background(struct tty *tty, int sig)
{
	void *handler = current->sighand->action[sig - 1].handler;
	bool deaf = handler == (void *)SIG_IGN ||
		    (current->blocked & sigmask(sig));

	if (!tty->pgrp || !tty_is_ours(tty) || tty->pgrp == current->pgid)
		return 0;
	if (deaf)
		return sig == SIGTTIN ? -EIO : 0;
	if (pgrp_is_orphaned(current->pgid))
		return -EIO;
	kill_pgrp(current->pgid, sig);
	return -ERESTARTSYS;
}

int tty_set_controlling(struct tty *tty, bool steal)
{
	int owner = tty_session(tty);

	if (current->sid != current->tgid)
		return -EPERM;
	if (owner == current->sid)
		return 0;
	if (session_tty(current->sid))
		return -EPERM;
	if (owner && !(steal && capable(CAP_SYS_ADMIN)))
		return -EPERM;
	tty->session = current->sid;
	tty->pgrp = current->pgid;
	return 0;
}

int tty_drop_controlling(struct tty *tty)
{
	int pgrp = tty->pgrp;

	if (!tty_is_ours(tty))
		return -ENOTTY;
	if (current->sid != current->tgid)
		return 0;	/* only the leader lets go for all */
	tty->session = tty->pgrp = 0;
	if (pgrp)
		hang_up_pgrp(pgrp);
	return 0;
}

/* ---- hanging up -------------------------------------------------------- */

void tty_hangup(struct tty *tty, bool leader_exits)
{
	struct task_struct *leader = tty_session(tty) ?
				     find_task(tty->session) : NULL;

	if (leader) {
		leader->tty_old_pgrp = tty->pgrp;
		send_sig_info(leader, SIGHUP, NULL);
		send_sig_info(leader, SIGCONT, NULL);
	}
	if (leader_exits && tty->pgrp)
		kill_pgrp(tty->pgrp, SIGHUP);
	tty->session = tty->pgrp = 0;
	tty->hangups++;
	tty->stopped = false;
	n_tty_flush(tty);
	if (tty->pty)
		n_tty_init(tty);
	tty_unthrottle(tty);
	wake_up(&tty->read_wait);
	wake_up(&tty->write_wait);
}

void tty_leader_exit(struct task_struct *leader)
{
	struct tty *tty = session_tty(leader->pid);

	if (!tty) {
		if (leader->tty_old_pgrp)	/* it was hung up before */
			hang_up_pgrp(leader->tty_old_pgrp);
		return;
	}
	if (!tty->pty)
		tty_hangup(tty, true);
	else if (tty->pgrp)
		kill_pgrp(tty->pgrp, SIGHUP);
	tty->session = tty->pgrp = 0;
}

/* The console is never hung up. */
bool tty_hung_up(const struct file *file)
{
	const struct tty *tty = file->private_data;

	return (unsigned)file->f_pos != tty->hangups &&
	       file->f_inode->i_rdev != MKDEV(TTYAUX_MAJOR, 1);
}

SYSCALL_DEFINE0(vhangup)
{
	struct tty *tty = session_tty(current->sid);

	if (!capable(CAP_SYS_TTY_CONFIG))
		return -EPERM;
	if (tty)
		tty_hangup(tty, false);
	return 0;
}

/* ---- the two ends ------------------------------------------------------ */

void tty_put(struct tty *tty, const char *bytes, size_t n)
{
	if (tty->pty)
		pty_put(tty->pty, bytes, n);
	else
		uart_write(tty->port, bytes, n);
}

/* Interrupt: keep the byte for the thread; without room it is lost. */
static void receive_byte(void *arg, u8 c)
{
	struct serial *s = arg;

	if (s->head - s->tail >= TTY_RAW)
		return;
	s->raw[s->head++ % TTY_RAW] = c;
	wake_up(&raw_wait);
}

/* Take raw bytes through the line discipline until it has no room. */
static void process_raw(struct serial *s)
{
	while (s->tail != s->head &&
	       n_tty_receive(&s->tty, s->raw[s->tail % TTY_RAW])) {
		unsigned long flags = irq_save();

		s->tail++;
		irq_restore(flags);
	}
}

void tty_unthrottle(struct tty *tty)
{
	if (tty->pty)
		pty_wake(tty->pty);
	else
		process_raw(&serials[tty->port]);
}

static unsigned raw_received(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < NR_UARTS; i++)
		n += serials[i].head;
	return n;
}

/* Bytes that find no room stay where they are until a reader made some; the
 * thread sleeps until more bytes come. */
static void tty_thread(void *arg)
{
	unsigned seen = 0;

	for (;;) {
		wait_event(&raw_wait, raw_received() != seen);
		seen = raw_received();
		for (unsigned i = 0; i < NR_UARTS; i++)
			process_raw(&serials[i]);
		cond_resched();
	}
}

/* ---- reading and writing ----------------------------------------------- */

static bool readable(const struct file *file)
{
	return n_tty_available(file->private_data) > 0 || tty_hung_up(file);
}

/* Wait for `want` bytes, at most ns nanoseconds.  0, or -ERESTARTSYS. */
static int wait_timed(struct file *file, unsigned want, u64 ns)
{
	u64 end = clock_monotonic_ns() + ns;

	while (n_tty_available(file->private_data) < want &&
	       !tty_hung_up(file) && clock_monotonic_ns() < end) {
		if (signal_pending())
			return -ERESTARTSYS;
		sleep_ns(TIMED_POLL_NS, true);
	}
	return 0;
}

/* VMIN and VTIME (termios(3), noncanonical mode). */
static int wait_raw(struct file *file, size_t n)
{
	struct tty *tty = file->private_data;
	const u8 *cc = tty->termios.c_cc;
	unsigned want = min((size_t)cc[VMIN], n), seen;
	u64 timeout = cc[VTIME] * DECISECOND_NS;
	int err;

	if (!want)
		return timeout ? wait_timed(file, 1, timeout) : 0;
	if (!timeout)
		return wait_event_interruptible(&tty->read_wait,
						n_tty_available(tty) >= want ||
						tty_hung_up(file));
	err = wait_event_interruptible(&tty->read_wait, readable(file));
	do {
		seen = n_tty_available(tty);
		if (!err && seen < want)
			err = wait_timed(file, seen + 1, timeout);
	} while (!err && seen < want && n_tty_available(tty) > seen);
	return err;
}

static int wait_readable(struct file *file, size_t n)
{
	struct tty *tty = file->private_data;
	int err = tty_check_background(tty, SIGTTIN);

	if (err)
		return err;
	if (file->f_flags & O_NONBLOCK) {
		if (readable(file))
			return 0;
		return tty->termios.c_lflag & ICANON || tty->termios.c_cc[VMIN]
			? -EAGAIN : 0;
	}
	if (tty->termios.c_lflag & ICANON)
		return wait_event_interruptible(&tty->read_wait,
						readable(file));
	return wait_raw(file, n);
}

static long tty_read(struct file *file, void *ubuf, size_t n, u64 *pos)
{
	struct tty *tty = file->private_data;
	u8 bytes[CHUNK];
	size_t done = 0;
	bool line_end = false;
	int err;

	if (!n || tty_hung_up(file))
		return 0;
	err = wait_readable(file, n);
	if (!err && tty_hung_up(file))	/* just now */
		err = tty->pty && !pty_has_master(tty->pty) ? -EIO : 0;
	if (err)
		return err;
	while (done < n && !line_end && n_tty_available(tty)) {
		size_t part = n_tty_read(tty, bytes,
					 min(n - done, sizeof(bytes)),
					 &line_end);

		if (copy_to_user((char *)ubuf + done, bytes, part))
			return -EFAULT;
		done += part;
	}
	tty_unthrottle(tty);
	return done;
}

/* Bytes that may be written now: a byte may become eight (a tab). */
static size_t write_room(const struct tty *tty)
{
	if (tty->stopped)
		return 0;
	return tty->pty ? pty_room(tty->pty) / 8 : CHUNK;
}

static long tty_write(struct file *file, const void *ubuf, size_t n, u64 *pos)
{
	struct tty *tty = file->private_data;
	u8 bytes[CHUNK];
	size_t done = 0;
	int err = 0;

	if (tty->termios.c_lflag & TOSTOP)
		err = tty_check_background(tty, SIGTTOU);
	while (!err && done < n) {
		size_t part = min(n - done, sizeof(bytes));

		if (!tty_hung_up(file) &&
		    copy_from_user(bytes, (const char *)ubuf + done, part))
			err = -EFAULT;
		else
			err = wait_for_file(file, &tty->write_wait,
					    write_room(tty) ||
					    tty_hung_up(file));
		if (!err && tty_hung_up(file))
			err = -EIO;
		if (err)
			break;
		part = min(part, write_room(tty));
		n_tty_write(tty, bytes, part);
		done += part;
		if (signal_pending())
			break;
		cond_resched();
	}
	return done ? (long)done : err;
}

static unsigned tty_poll(struct file *file, struct poll_table *pt)
{
	struct tty *tty = file->private_data;
	unsigned ready = 0;

	poll_wait(pt, &tty->read_wait);
	poll_wait(pt, &tty->write_wait);
	if (tty_hung_up(file))
		return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLERR |
		       POLLHUP;
	if (readable(file))
		ready |= POLLIN | POLLRDNORM;
	if (write_room(tty))
		ready |= POLLOUT | POLLWRNORM;
	return ready;
}

/* ---- opening ----------------------------------------------------------- */

/* Which terminal a device number names; ERR_PTR. */
static struct tty *tty_by_dev(unsigned rdev)
{
	struct tty *tty;

	if (MAJOR(rdev) == TTYAUX_MAJOR && MINOR(rdev) == 0) {
		tty = session_tty(current->sid);
		return tty ? tty : ERR_PTR(-ENXIO);
	}
	if (MAJOR(rdev) == TTYAUX_MAJOR)
		return &serials[0].tty;
	if (MAJOR(rdev) == PTS_MAJOR)
		return pty_slave(MINOR(rdev));
	tty = &serials[MINOR(rdev) - SERIAL_MINOR].tty;
	return uart_present(tty->port) ? tty : ERR_PTR(-EIO);
}

static int tty_open(struct inode *inode, struct file *file)
{
	struct tty *tty = tty_by_dev(inode->i_rdev);
	bool console = MAJOR(inode->i_rdev) == TTYAUX_MAJOR;

	if (IS_ERR(tty))
		return PTR_ERR(tty);
	file->private_data = tty;
	file->f_pos = tty->hangups;
	tty->opens++;
	if (tty->pty)
		pty_opened(tty->pty);
	if (!console && !(file->f_flags & O_NOCTTY) &&
	    (file->f_mode & FMODE_READ) && !tty_session(tty))
		tty_set_controlling(tty, false);
	return 0;
}

/* With its last file a terminal is nobody's any more. */
static void tty_release(struct file *file)
{
	struct tty *tty = file->private_data;

	if (!--tty->opens)
		tty->session = tty->pgrp = 0;
	if (tty->pty)
		pty_closed(tty->pty);
}

static const struct file_operations tty_fops = {
	.open = tty_open,
	.release = tty_release,
	.read = tty_read,
	.write = tty_write,
	.lseek = no_lseek,
	.ioctl = tty_ioctl,
	.poll = tty_poll,
};

void tty_register(struct tty *tty)
{
	wait_queue_init(&tty->read_wait);
	wait_queue_init(&tty->write_wait);
	n_tty_init(tty);
	TAILQ_INSERT_TAIL(&ttys, tty, list);
}

void tty_unregister(struct tty *tty)
{
	TAILQ_REMOVE(&ttys, tty, list);
}

void tty_init(void)
{
	static const char *const names[NR_UARTS] = {
		"ttyS0", "ttyS1", "ttyS2"
	};

	device_add("tty", S_IFCHR | 0666, MKDEV(TTYAUX_MAJOR, 0), &tty_fops);
	device_add("console", S_IFCHR | 0600, MKDEV(TTYAUX_MAJOR, 1),
		   &tty_fops);
	for (unsigned i = 0; i < NR_UARTS; i++) {
		struct tty *tty = &serials[i].tty;

		tty->port = i;
		tty->dev = MKDEV(TTY_MAJOR, SERIAL_MINOR + i);
		tty_register(tty);
		device_add(names[i], S_IFCHR | 0660, tty->dev, &tty_fops);
		if (uart_present(i))
			uart_set_rx(i, receive_byte, &serials[i]);
	}
	device_add(NULL, S_IFCHR, MKDEV(PTS_MAJOR, 0), &tty_fops);
	pty_init();
	if (!kthread_create(tty_thread, NULL, "ttyd"))
		printk("tty: out of memory, no input\n");
}
