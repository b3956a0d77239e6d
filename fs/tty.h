/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Terminals: serial ports and pseudo-terminals as devices (fs/tty.c, fs/pty.c)
 * and the line discipline (fs/n_tty.c) between what comes in and its readers.
 *
 *   interrupt -> raw ring -> tty thread -+
 *   write(2) to a pty's master ----------+-> n_tty_receive() -> buf -> read(2)
 *                                               | echo
 *   write(2) -> n_tty_write() ------------------+-> tty_put(): uart_write(), or
 *                                                   the master's read(2)
 *
 * Nothing here sleeps between a look and a change.
 */
#ifndef FS_TTY_H
#define FS_TTY_H

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <asm/termios.h>
#include <bsd/sys/queue.h>
#include <kernel/lock.h>
#include <lib/types.h>

#define TTY_BUF 4096u	/* bytes of buf: a line may have one fewer */

struct tty {
	unsigned dev;			/* device number */
	unsigned port;			/* drivers/uart.h's number ... */
	struct pty *pty;		/* ... or a pty's slave; else NULL */
	unsigned opens;			/* files */
	unsigned hangups;		/* a file opened before the last one is
					 * dead: its f_pos is this at open */
	TAILQ_ENTRY(tty) list;		/* all terminals */
	struct termios2 termios;
	struct winsize winsize;
	int session, pgrp;		/* 0: nobody's */
	bool stopped;			/* ^S: output waits */
	bool lnext;			/* the next byte is taken literally */
	unsigned column;		/* of the cursor */
	unsigned line_column;		/* ... where the edited line began */

	/* [tail, canon) can be read, [canon, head) is being edited; counts. */
	u8 buf[TTY_BUF];
	u64 ends[TTY_BUF / 64];		/* bit: a line ends with this byte */
	unsigned head, tail, canon;

	struct wait_queue read_wait;	/* readers: something came */
	struct wait_queue write_wait;	/* writers: ^Q */
};

/* ---- n_tty.c ----------------------------------------------------------- */
void n_tty_init(struct tty *tty);
bool n_tty_has_room(const struct tty *tty);
/* One byte from the line; false: no room, it is to be offered again. */
bool n_tty_receive(struct tty *tty, u8 c);
/* Bytes that read(2) could have at once. */
unsigned n_tty_available(const struct tty *tty);
/* Move up to n readable bytes to a kernel buffer; at most one line if ICANON.
 * *line_end: the line's last byte, or an end-of-file mark, was taken. */
size_t n_tty_read(struct tty *tty, u8 *to, size_t n, bool *line_end);
/* Put bytes on the line, post-processed as OPOST asks. */
void n_tty_write(struct tty *tty, const u8 *from, size_t n);
void n_tty_flush(struct tty *tty);	/* forget all input */
void n_tty_set_termios(struct tty *tty, const struct termios2 *termios);

/* ---- tty.c ------------------------------------------------------------- */
/* A new terminal, all of it zero but dev, port, pty; it goes. */
void tty_register(struct tty *tty);
void tty_unregister(struct tty *tty);
/* Bytes to the other end; there was room, or they may be lost (echo). */
void tty_put(struct tty *tty, const char *bytes, size_t n);
/* Input was taken: who waits to send more may go on. */
void tty_unthrottle(struct tty *tty);
/* Every open file is dead from now on, the session has no terminal: its leader
 * gets SIGHUP and SIGCONT; at its exit the foreground group SIGHUP. */
void tty_hangup(struct tty *tty, bool leader_exits);
/* The leader of a session exits; irq_save. */
struct task_struct;
void tty_leader_exit(struct task_struct *leader);
void tty_signal(struct tty *tty, int sig);	/* the foreground group */
int tty_session(struct tty *tty);	/* its session, 0: none (any more) */
bool tty_is_ours(struct tty *tty);	/* current's controlling terminal */
/* current reads the terminal (SIGTTIN) or is about to change it (SIGTTOU): 0
 * to go on; in the background the signal was sent: -ERESTARTSYS; or -EIO if
 * its group is orphaned, or deaf and a reader. */
int tty_check_background(struct tty *tty, int sig);
/* TIOCSCTTY: current's session gets it (`steal`: root, from another).  -EPERM
 * unless current leads a session without a terminal. */
int tty_set_controlling(struct tty *tty, bool steal);
int tty_drop_controlling(struct tty *tty);	/* TIOCNOTTY; -ENOTTY */

/* ---- tty_ioctl.c ------------------------------------------------------- */
struct file;
bool tty_hung_up(const struct file *file);
long tty_ioctl(struct file *file, unsigned cmd, unsigned long arg);
/* The same, asked through a pty's master or not. */
long tty_do_ioctl(struct tty *tty, unsigned cmd, unsigned long arg,
		  bool master);

/* ---- pty.c ------------------------------------------------------------- */
#define NR_PTYS 64
void pty_init(void);
struct tty *pty_slave(unsigned index);	/* to be opened; ERR_PTR(-EIO) */
void pty_opened(struct pty *pty);	/* ... it was ... */
void pty_closed(struct pty *pty);	/* ... and closed again; may free it */
void pty_put(struct pty *pty, const char *bytes, size_t n);
size_t pty_room(const struct pty *pty);	/* bytes its master's ring takes */
bool pty_has_master(const struct pty *pty);
void pty_wake(struct pty *pty);		/* the master looks again */
void pty_flush(struct pty *pty);	/* forget what was not read */

/* The controlling terminal of a session: its device number as stat prints it
 * and its foreground process group; 0 and -1 if it has none. */
void tty_of_session(int sid, unsigned *dev, int *pgrp);

#endif
