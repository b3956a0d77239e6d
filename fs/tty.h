/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Terminals: the serial ports as devices (fs/tty.c) and the line discipline
 * (fs/n_tty.c) that stands between a port and its readers.
 *
 *   interrupt -> raw ring -> tty thread: n_tty_receive() -> buf -> read(2)
 *                                          | echo
 *   write(2) -> n_tty_write() -------------+-> uart_write()
 *
 * Fields marked (i) are shared with the interrupt handler: irq_save.  The
 * rest changes without a sleep in between.
 */
#ifndef FS_TTY_H
#define FS_TTY_H

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <asm/termios.h>
#include <kernel/lock.h>
#include <lib/types.h>

#define TTY_BUF 4096u	/* bytes of buf: a line may have one fewer */
#define TTY_RAW 16384u	/* bytes of the raw ring */

struct tty {
	unsigned port;			/* drivers/uart.h's number */
	struct termios2 termios;
	struct winsize winsize;
	int session, pgrp;		/* 0: nobody's */
	bool stopped;			/* ^S: output waits */
	bool lnext;			/* the next byte is taken literally */
	unsigned column;		/* of the cursor */
	unsigned line_column;		/* ... where the edited line began */

	u8 raw[TTY_RAW];		/* (i) */
	unsigned raw_head, raw_tail;	/* (i) counts, never wrapped back */

	/* [tail, canon) can be read, [canon, head) is being edited; counts. */
	u8 buf[TTY_BUF];
	u64 ends[TTY_BUF / 64];		/* bit: a line ends with this byte */
	unsigned head, tail, canon;

	struct wait_queue read_wait;	/* readers: something came */
	struct wait_queue write_wait;	/* writers: ^Q */
};

/* ---- n_tty.c ----------------------------------------------------------- */
void n_tty_init(struct tty *tty);
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
long tty_ioctl(struct file *file, unsigned cmd, unsigned long arg);

/* The controlling terminal of a session: its device number as stat prints it
 * and its foreground process group; 0 and -1 if it has none. */
void tty_of_session(int sid, unsigned *dev, int *pgrp);

#endif
