// SPDX-License-Identifier: GPL-2.0
/*
 * The line discipline: what happens to bytes between a line and the
 * programs (termios(3); Linux: drivers/tty/n_tty.c).  Canonical mode gathers
 * and edits a line before anybody can read it; raw mode hands bytes on.
 *
 * Keeps true: tail <= canon <= head <= tail + TTY_BUF, as counts; in raw mode
 * canon = head after every byte.  Lock: none; nothing here sleeps, and only
 * tasks, never interrupts, come here.
 */
#include <asm/signal.h>
#include <fs/tty.h>
#include <lib/string.h>

#define DEL		0x7f
#define TAB_WIDTH	8
#define CONTROL(c)	((c) ^ 0x40)	/* how ECHOCTL shows it, after ^ */

static bool has_i(const struct tty *tty, unsigned flag)
{
	return tty->termios.c_iflag & flag;
}

static bool has_l(const struct tty *tty, unsigned flag)
{
	return tty->termios.c_lflag & flag;
}

static bool has_o(const struct tty *tty, unsigned flag)
{
	return tty->termios.c_oflag & flag;
}

/* Is c the special character of that index?  NUL switches one off. */
static bool is_cc(const struct tty *tty, u8 c, int index)
{
	return c && tty->termios.c_cc[index] == c;
}

/* Linux's defaults: `stty sane`, 8 bits, a serial port's or a pty's speed. */
void n_tty_init(struct tty *tty)
{
	static const u8 cc[NCCS] = {
		[VINTR] = 3, [VQUIT] = 28, [VERASE] = DEL, [VKILL] = 21,
		[VEOF] = 4, [VMIN] = 1, [VSTART] = 17, [VSTOP] = 19,
		[VSUSP] = 26, [VREPRINT] = 18, [VDISCARD] = 15,
		[VWERASE] = 23, [VLNEXT] = 22,
	};
	struct termios2 *t = &tty->termios;

	t->c_iflag = ICRNL | IXON;
	t->c_oflag = OPOST | ONLCR;
	t->c_cflag = tty->pty ? B38400 | CS8 | CREAD :
				B9600 | CS8 | CREAD | HUPCL | CLOCAL;
	t->c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE |
		     IEXTEN;
	t->c_ispeed = t->c_ospeed = tty->pty ? 38400 : 9600;
	memcpy(t->c_cc, cc, sizeof(cc));
}

/* ---- output ------------------------------------------------------------ */

static void put_raw(struct tty *tty, u8 c)
{
	char byte = c;

	tty_put(tty, &byte, 1);
}

static void put_tab(struct tty *tty)
{
	unsigned spaces = TAB_WIDTH - tty->column % TAB_WIDTH;

	tty->column += spaces;
	if ((tty->termios.c_oflag & TABDLY) == TAB3)
		tty_put(tty, "        ", spaces);
	else
		put_raw(tty, '\t');
}

static void put_newline(struct tty *tty)
{
	if (has_o(tty, ONLCR)) {
		tty_put(tty, "\r\n", 2);
		tty->column = 0;
		return;
	}
	if (has_o(tty, ONLRET))
		tty->column = 0;
	put_raw(tty, '\n');
}

static void put_return(struct tty *tty)
{
	if (has_o(tty, ONOCR) && !tty->column)
		return;
	if (has_o(tty, OCRNL)) {
		put_raw(tty, '\n');
		return;
	}
	tty->column = 0;
	put_raw(tty, '\r');
}

/* A byte that moves the cursor in no simple way. */
static bool is_plain(u8 c)
{
	return c >= ' ' && c != DEL;
}

static void put_processed(struct tty *tty, u8 c)
{
	if (c == '\n') {
		put_newline(tty);
	} else if (c == '\r') {
		put_return(tty);
	} else if (c == '\t') {
		put_tab(tty);
	} else {
		if (c == '\b' && tty->column)
			tty->column--;
		else if (is_plain(c) && (c & 0xc0) != 0x80)
			tty->column++;
		put_raw(tty, c);
	}
}

void n_tty_write(struct tty *tty, const u8 *from, size_t n)
{
	size_t plain;

	if (!has_o(tty, OPOST)) {
		tty_put(tty, (const char *)from, n);
		return;
	}
	for (; n; from += max(plain, (size_t)1), n -= max(plain, (size_t)1)) {
		for (plain = 0; plain < n && is_plain(from[plain]); plain++)
			tty->column += (from[plain] & 0xc0) != 0x80;
		if (plain)
			tty_put(tty, (const char *)from, plain);
		else
			put_processed(tty, *from);
	}
}

static void put_text(struct tty *tty, const char *s)
{
	n_tty_write(tty, (const u8 *)s, strlen(s));
}

static bool shows_as_control(const struct tty *tty, u8 c)
{
	return has_l(tty, ECHOCTL) && (c < ' ' || c == DEL) && c != '\t';
}

/* Echo c; `literal`: a newline too is shown as ^J. */
static void echo(struct tty *tty, u8 c, bool literal)
{
	char text[3] = { '^', CONTROL(c), 0 };

	if (!has_l(tty, ECHO)) {
		if (c == '\n' && has_l(tty, ECHONL))
			put_text(tty, "\n");
		return;
	}
	if (shows_as_control(tty, c) && (c != '\n' || literal))
		put_text(tty, text);
	else
		n_tty_write(tty, &c, 1);
}

/* ---- editing ----------------------------------------------------------- */

static u8 at(const struct tty *tty, unsigned i)
{
	return tty->buf[i % TTY_BUF];
}

static void set_end(struct tty *tty, unsigned i, bool end)
{
	u64 bit = 1ull << i % 64;
	u64 *word = &tty->ends[i % TTY_BUF / 64];

	*word = end ? *word | bit : *word & ~bit;
}

static bool is_end(const struct tty *tty, unsigned i)
{
	return tty->ends[i % TTY_BUF / 64] >> i % 64 & 1;
}

static void store(struct tty *tty, u8 c, bool end)
{
	tty->buf[tty->head % TTY_BUF] = c;
	set_end(tty, tty->head, end);
	tty->head++;
}

static bool is_continuation(const struct tty *tty, u8 c)
{
	return has_i(tty, IUTF8) && (c & 0xc0) == 0x80;
}

/* The cursor's column after byte c, if it was `column` before. */
static unsigned next_column(const struct tty *tty, unsigned column, u8 c)
{
	if (c == '\t')
		return column + TAB_WIDTH - column % TAB_WIDTH;
	if (shows_as_control(tty, c))
		return column + 2;
	return column + (is_plain(c) && !is_continuation(tty, c));
}

static unsigned edit_column(const struct tty *tty)
{
	unsigned column = tty->line_column;

	for (unsigned i = tty->canon; i != tty->head; i++)
		column = next_column(tty, column, at(tty, i));
	return column;
}

/* Take the last character of the line back, from the screen too. */
static void erase_one(struct tty *tty)
{
	unsigned before = edit_column(tty), after;

	do
		tty->head--;
	while (tty->head != tty->canon &&
	       is_continuation(tty, at(tty, tty->head)));
	if (!has_l(tty, ECHO))
		return;
	if (!has_l(tty, ECHOE)) {
		echo(tty, tty->termios.c_cc[VERASE], false);
		return;
	}
	for (after = edit_column(tty); before > after; before--)
		put_text(tty, "\b \b");
}

static bool is_word(u8 c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c >= 0x80;
}

static void erase_word(struct tty *tty)
{
	while (tty->head != tty->canon && !is_word(at(tty, tty->head - 1)))
		erase_one(tty);
	while (tty->head != tty->canon && is_word(at(tty, tty->head - 1)))
		erase_one(tty);
}

static void erase_line(struct tty *tty)
{
	if (has_l(tty, ECHOKE) && has_l(tty, ECHOE)) {
		while (tty->head != tty->canon)
			erase_one(tty);
		return;
	}
	tty->head = tty->canon;
	echo(tty, tty->termios.c_cc[VKILL], false);
	if (has_l(tty, ECHOK) && has_l(tty, ECHO))
		put_text(tty, "\n");
}

static void reprint_line(struct tty *tty)
{
	echo(tty, tty->termios.c_cc[VREPRINT], false);
	put_text(tty, "\n");
	tty->line_column = tty->column;
	for (unsigned i = tty->canon; i != tty->head; i++)
		echo(tty, at(tty, i), true);
}

/* The line is complete: readers may have it. */
static void finish_line(struct tty *tty)
{
	tty->canon = tty->head;
	wake_up(&tty->read_wait);
}

/* ---- input ------------------------------------------------------------- */

/* Signals of ISIG; true if c was one. */
static bool receive_signal(struct tty *tty, u8 c)
{
	int sig = is_cc(tty, c, VINTR) ? SIGINT :
		  is_cc(tty, c, VQUIT) ? SIGQUIT :
		  is_cc(tty, c, VSUSP) ? SIGTSTP : 0;

	if (!sig || !has_l(tty, ISIG))
		return false;
	tty->stopped = false;
	wake_up(&tty->write_wait);
	if (!has_l(tty, NOFLSH))
		n_tty_flush(tty);
	echo(tty, c, false);
	tty->line_column = tty->column;
	tty_signal(tty, sig);
	return true;
}

/* ^S and ^Q; true if c was one. */
static bool receive_flow(struct tty *tty, u8 c)
{
	if (!has_i(tty, IXON))
		return false;
	if (is_cc(tty, c, VSTOP)) {
		tty->stopped = true;
		return true;
	}
	if (!is_cc(tty, c, VSTART) && !(tty->stopped && has_i(tty, IXANY)))
		return false;
	tty->stopped = false;
	wake_up(&tty->write_wait);
	return is_cc(tty, c, VSTART);
}

/* Editing characters; true if c was one. */
static bool receive_edit(struct tty *tty, u8 c)
{
	bool extended = has_l(tty, IEXTEN);
	bool empty = tty->head == tty->canon;

	if (is_cc(tty, c, VERASE)) {
		if (!empty)
			erase_one(tty);
	} else if (is_cc(tty, c, VKILL)) {
		erase_line(tty);
	} else if (extended && is_cc(tty, c, VWERASE)) {
		erase_word(tty);
	} else if (extended && is_cc(tty, c, VREPRINT)) {
		reprint_line(tty);
	} else if (extended && is_cc(tty, c, VLNEXT)) {
		tty->lnext = true;
		if (has_l(tty, ECHO) && has_l(tty, ECHOCTL))
			tty_put(tty, "^\b", 2);
	} else {
		return false;
	}
	return true;
}

/* A byte of a line, maybe its last. */
static void receive_canonical(struct tty *tty, u8 c)
{
	bool end = c == '\n' || is_cc(tty, c, VEOL) ||
		   (is_cc(tty, c, VEOL2) && has_l(tty, IEXTEN));

	if (is_cc(tty, c, VEOF)) {
		store(tty, 0, true);
		finish_line(tty);
		return;
	}
	if (!end && tty->head - tty->tail >= TTY_BUF - 2) {
		put_text(tty, "\a");
		return;
	}
	if (tty->head == tty->canon)
		tty->line_column = tty->column;
	echo(tty, c, false);
	store(tty, c, end);
	if (end)
		finish_line(tty);
}

static void receive_plain(struct tty *tty, u8 c)
{
	echo(tty, c, false);
	store(tty, c, false);
	if (!has_l(tty, ICANON))
		finish_line(tty);
}

/* Carriage returns and newlines as c_iflag has them; false: dropped. */
static bool map_newline(const struct tty *tty, u8 *c)
{
	if (*c == '\r') {
		if (has_i(tty, IGNCR))
			return false;
		if (has_i(tty, ICRNL))
			*c = '\n';
	} else if (*c == '\n' && has_i(tty, INLCR)) {
		*c = '\r';
	}
	return true;
}

/* In canonical mode a line that fills the buffer is beeped at instead, so
 * that it can still be ended; unread lines make the sender wait. */
static bool no_room(const struct tty *tty)
{
	unsigned used = tty->head - tty->tail;

	if (!has_l(tty, ICANON))
		return used >= TTY_BUF;
	return used >= TTY_BUF - 2 && tty->canon != tty->tail;
}

bool n_tty_has_room(const struct tty *tty)
{
	return !no_room(tty);
}

bool n_tty_receive(struct tty *tty, u8 c)
{
	if (has_i(tty, ISTRIP))
		c &= 0x7f;
	if (no_room(tty) && !(has_l(tty, ISIG) && is_cc(tty, c, VINTR)))
		return false;
	if (tty->lnext) {
		tty->lnext = false;
		if (tty->head - tty->tail < TTY_BUF - 2)
			receive_plain(tty, c);
		return true;
	}
	if (receive_flow(tty, c) || receive_signal(tty, c) ||
	    !map_newline(tty, &c))
		return true;
	if (!has_l(tty, ICANON))
		receive_plain(tty, c);
	else if (!receive_edit(tty, c))
		receive_canonical(tty, c);
	return true;
}

/* ---- reading ----------------------------------------------------------- */

unsigned n_tty_available(const struct tty *tty)
{
	return tty->canon - tty->tail;
}

size_t n_tty_read(struct tty *tty, u8 *to, size_t n, bool *line_end)
{
	size_t done = 0;

	*line_end = false;
	while (done < n && tty->tail != tty->canon && !*line_end) {
		u8 c = at(tty, tty->tail);
		bool end = is_end(tty, tty->tail);

		tty->tail++;
		*line_end = end && has_l(tty, ICANON);
		if (!end || c)
			to[done++] = c;
	}
	/* An end-of-file mark right after a full buffer ends that line, and
	 * is not the next read's end of file. */
	if (done == n && !*line_end && tty->tail != tty->canon &&
	    is_end(tty, tty->tail) && !at(tty, tty->tail)) {
		tty->tail++;
		*line_end = true;
	}
	return done;
}

void n_tty_flush(struct tty *tty)
{
	tty->tail = tty->canon = tty->head;
	tty->lnext = false;
}

void n_tty_set_termios(struct tty *tty, const struct termios2 *termios)
{
	bool was_canonical = has_l(tty, ICANON);

	tty->termios = *termios;
	if (was_canonical != has_l(tty, ICANON) && tty->head != tty->tail) {
		/* What was typed so far can be read as it is. */
		if (!was_canonical)
			set_end(tty, tty->head - 1, true);
		tty->canon = tty->head;
	}
	if (!has_i(tty, IXON) && tty->stopped) {
		tty->stopped = false;
		wake_up(&tty->write_wait);
	}
	wake_up(&tty->read_wait);
}
