/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pseudo-terminals and, on their slaves, what every terminal does: settings,
 * the line discipline, sessions, job control, hanging up.
 */
#include "test.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

static int master, slave;
static char slave_name[32];

static void open_master(void)
{
	int n, unlock = 0;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	if (master < 0 || ioctl(master, TIOCGPTN, &n) ||
	    ioctl(master, TIOCSPTLCK, &unlock))
		die("no pty: errno %d", errno);
	snprintf(slave_name, sizeof(slave_name), "/dev/pts/%d", n);
}

static void open_pair(void)
{
	open_master();
	slave = open(slave_name, O_RDWR | O_NOCTTY);
	if (slave < 0)
		die("%s: errno %d", slave_name, errno);
}

/* Exactly that text is the next to be read. */
static void expect(int fd, const char *text)
{
	char buf[256] = { 0 };
	size_t n = 0;
	ssize_t got;

	while (n < strlen(text) &&
	       (got = read(fd, buf + n, strlen(text) - n)) > 0)
		n += got;
	STR(buf, text);
}

static void type(const char *text)
{
	EQ(write(master, text, strlen(text)), (long)strlen(text));
}

/* What poll says of fd, once any of `wanted` is there. */
static int poll_until(int fd, short wanted)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	do {
		poll(&p, 1, -1);
	} while (!(p.revents & wanted));
	return p.revents;
}

/* ---- pairs ------------------------------------------------------------- */

TEST("a locked slave cannot be opened, an unlocked one can")
{
	int n, locked = 1;

	open_master();
	RET(sys(ioctl, master, TIOCSPTLCK, &locked), 0);
	RET(sys(open, slave_name, O_RDWR | O_NOCTTY), -EIO);
	RET(sys(ioctl, master, TIOCSPTLCK, 1), -EFAULT);
	RET(sys(ioctl, master, TIOCGPTN, 1), -EFAULT);
	locked = 0;
	RET(sys(ioctl, master, TIOCSPTLCK, &locked), 0);
	n = open(slave_name, O_RDWR | O_NOCTTY);
	OK(n >= 0);
	RET(sys(ioctl, n, TIOCGPTN, &n), -ENOTTY);
}

TEST("the slave's node: there while the master is, with an owner of its own")
{
	struct stat st;

	open_pair();
	OK(!stat(slave_name, &st));
	EQ(st.st_mode, S_IFCHR | 0600);
	EQ(st.st_rdev >> 8, 136);
	EQ(chown(slave_name, 7, 8), 0);
	EQ(chmod(slave_name, 0620), 0);
	OK(!stat(slave_name, &st));
	EQ(st.st_mode, S_IFCHR | 0620);
	EQ(st.st_uid, 7);
	OK(!fstat(slave, &st));
	EQ(st.st_gid, 8);
	close(master);
	RET(sys(open, slave_name, O_RDWR | O_NOCTTY), -ENOENT);
	RET(sys(mknod, "/dev/pts/x", S_IFCHR | 0600, 0x8800), -EPERM);
}

TEST("TIOCGPTPEER opens the slave")
{
	char name[32] = { 0 }, path[32];
	int fd;

	open_master();
	fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	OK(fd >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	OK(readlink(path, name, 31) > 0);
	STR(name, slave_name);
	EQ(write(fd, "x", 1), 1);
	expect(master, "x");
}

TEST("settings of a new pty, and from either side")
{
	struct winsize ws = { 24, 80, 1, 2 }, seen = { 0 };
	struct termios t;

	open_pair();
	EQ(tcgetattr(slave, &t), 0);
	EQ(t.c_iflag, ICRNL | IXON);
	EQ(t.c_oflag, OPOST | ONLCR);
	EQ(t.c_cflag, B38400 | CS8 | CREAD);
	EQ(t.c_lflag, ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL |
		      ECHOKE | IEXTEN);
	t.c_lflag &= ~ECHO;
	EQ(tcsetattr(master, TCSANOW, &t), 0);
	EQ(tcgetattr(slave, &t), 0);
	EQ(t.c_lflag & ECHO, 0);
	EQ(ioctl(slave, TIOCGWINSZ, &seen), 0);
	EQ(seen.ws_row, 0);
	EQ(ioctl(master, TIOCSWINSZ, &ws), 0);
	EQ(ioctl(slave, TIOCGWINSZ, &seen), 0);
	OK(!memcmp(&ws, &seen, sizeof(ws)));
}

/* ---- bytes ------------------------------------------------------------- */

TEST("what the slave writes, processed, and the master's, echoed")
{
	open_pair();
	EQ(write(slave, "a\n", 2), 2);
	expect(master, "a\r\n");
	type("helli\177o\r");
	expect(slave, "hello\n");
	expect(master, "helli\b \bo\r\n");
	type("\022\004");	/* ^R: on a line of its own; ^D */
	EQ(read(slave, slave_name, 8), 0);
	expect(master, "^R\r\n");
}

TEST("raw: as it comes; lines gathered before can be read")
{
	struct termios t;

	open_pair();
	EQ(tcgetattr(slave, &t), 0);
	cfmakeraw(&t);
	EQ(tcsetattr(slave, TCSANOW, &t), 0);
	type("\003\032\r");
	expect(slave, "\003\032\r");
	EQ(write(slave, "\n\t", 2), 2);
	expect(master, "\n\t");
}

TEST("O_NONBLOCK on both sides, and a full ring")
{
	char block[1000] = { 0 };
	long n = 0, got;

	open_pair();
	fcntl(master, F_SETFL, O_NONBLOCK);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	RET(sys(read, master, block, 8), -EAGAIN);
	RET(sys(read, slave, block, 8), -EAGAIN);
	while ((got = sys(write, slave, block, sizeof(block))) > 0)
		n += got;
	EQ(got, -EAGAIN);
	OK(n >= 2048);
	OK(poll_until(master, POLLIN) & POLLIN);
	while (n > 0 && poll_until(master, POLLIN) &&
	       (got = read(master, block, sizeof(block))) > 0)
		n -= got;
	EQ(n, 0);
	OK(poll_until(slave, POLLOUT) & POLLOUT);
}

TEST("the flush of a side's input")
{
	int n = -1;

	open_pair();
	EQ(write(slave, "abc", 3), 3);
	OK(poll_until(master, POLLIN) & POLLIN);
	EQ(ioctl(master, FIONREAD, &n), 0);
	EQ(n, 3);
	EQ(tcflush(master, TCIFLUSH), 0);
	EQ(ioctl(master, FIONREAD, &n), 0);
	EQ(n, 0);
	type("line\n");
	OK(poll_until(slave, POLLIN) & POLLIN);
	EQ(ioctl(slave, FIONREAD, &n), 0);
	EQ(n, 5);
	EQ(tcflush(slave, TCIFLUSH), 0);
	EQ(ioctl(slave, FIONREAD, &n), 0);
	EQ(n, 0);
	RET(sys(ioctl, slave, TCFLSH, 3), -EINVAL);
}

/* ---- the end of a side ------------------------------------------------- */

TEST("without a slave the master reads what is left, then EIO")
{
	char c;

	open_pair();
	EQ(write(slave, "bye", 3), 3);
	close(slave);
	expect(master, "bye");
	RET(sys(read, master, &c, 1), -EIO);
	OK(poll_until(master, POLLHUP) & POLLHUP);
	slave = open(slave_name, O_RDWR | O_NOCTTY);
	OK(slave >= 0);
	EQ(write(slave, "back", 4), 4);
	expect(master, "back");
}

TEST("without a master: end of file, EIO, POLLHUP")
{
	struct termios t;
	char c;

	open_pair();
	close(master);
	RET(sys(read, slave, &c, 1), 0);
	RET(sys(write, slave, &c, 1), -EIO);
	RET(sys(ioctl, slave, TCGETS, &t), -EIO);
	RET(sys(ioctl, slave, TIOCSPGRP, &c), -ENOTTY);
	EQ(poll_until(slave, POLLHUP) & (POLLIN | POLLOUT | POLLERR | POLLHUP),
	   POLLIN | POLLOUT | POLLERR | POLLHUP);
}

TEST("a reader that waits sees the master go")
{
	pid_t pid;
	char c;
	int status;

	open_pair();
	pid = fork();
	if (!pid) {
		close(master);
		_exit(sys(read, slave, &c, 1) == -EIO &&
		      sys(read, slave, &c, 1) == 0 ? 0 : 1);
	}
	usleep(50000);
	close(master);
	waitpid(pid, &status, 0);
	EQ(status, 0);
}

/* ---- sessions and job control ------------------------------------------ */

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	caught = sig;
}

static void catch(int sig)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(sig, &sa, NULL);
}

static void wait_for_signal(int sig)
{
	while (caught != sig)
		usleep(1000);
	caught = 0;
}

/* fn in a child that leads a session with the slave as its terminal. */
static void in_session(void (*fn)(void *), void *arg)
{
	open_pair();
	EQ(WEXITSTATUS(in_child(fn, arg)), 0);
}

static void take_terminal(void)
{
	OK(setsid() > 0);
	RET(sys(ioctl, slave, TIOCSCTTY, 0), 0);
}

/* fn in a process group of its own, behind: the child's wait status, a stop
 * included. */
static int in_background(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		setpgid(0, 0);
		fn();
		_exit(0);
	}
	setpgid(pid, pid);
	waitpid(pid, &status, WUNTRACED);
	if (WIFSTOPPED(status)) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return status;
}

static void leader_asks(void *arg)
{
	pid_t id = 0;
	int fd;

	(void)arg;
	RET(sys(open, "/dev/tty", O_RDWR), -ENXIO);
	RET(sys(ioctl, slave, TIOCGPGRP, &id), -ENOTTY);
	RET(sys(ioctl, master, TIOCGSID, &id), -ENOTTY);
	take_terminal();
	RET(sys(ioctl, slave, TIOCSCTTY, 0), 0);
	EQ(tcgetpgrp(slave), getpid());
	RET(sys(ioctl, master, TIOCGPGRP, &id), 0);
	EQ(id, getpid());
	RET(sys(ioctl, master, TIOCGSID, &id), 0);
	EQ(id, getpid());
	fd = open("/dev/tty", O_RDWR);
	OK(fd >= 0);
	EQ(write(fd, "tty", 3), 3);
	expect(master, "tty");
	id = -1;
	RET(sys(ioctl, slave, TIOCSPGRP, &id), -EINVAL);
	id = 30000;
	RET(sys(ioctl, slave, TIOCSPGRP, &id), -ESRCH);
	id = getppid();
	RET(sys(ioctl, slave, TIOCSPGRP, &id), -EPERM);
	RET(sys(ioctl, master, TIOCNOTTY), -ENOTTY);
	signal(SIGHUP, SIG_IGN);
	RET(sys(ioctl, slave, TIOCNOTTY), 0);
	RET(sys(ioctl, slave, TIOCNOTTY), -ENOTTY);
	RET(sys(open, "/dev/tty", O_RDWR), -ENXIO);
}

TEST("a controlling terminal: taken, asked through both sides, left")
{
	in_session(leader_asks, NULL);
}

static void opens_without_noctty(void *arg)
{
	pid_t id;

	(void)arg;
	setsid();
	close(slave);
	slave = open(slave_name, O_RDWR);
	RET(sys(ioctl, slave, TIOCGPGRP, &id), 0);
	EQ(id, getpid());
}

TEST("a session leader's open takes the terminal, but for O_NOCTTY")
{
	in_session(opens_without_noctty, NULL);
}

struct key {
	const char *name;
	char c;
	int sig;
	const char *echo;
};

static const struct key keys[] = {
	{ "^C", 3, SIGINT, "^C" },
	{ "^\\", 28, SIGQUIT, "^\\" },
	{ "^Z", 26, SIGTSTP, "^Z" },
};

static void gets_key(void *arg)
{
	const struct key *k = arg;
	char text[] = { k->c, 0 };

	catch(k->sig);
	take_terminal();
	type("lost");
	expect(master, "lost");
	type(text);
	wait_for_signal(k->sig);
	expect(master, k->echo);
	type("x\n");
	expect(slave, "x\n");
}

static void key_row(const void *row)
{
	in_session(gets_key, (void *)row);
}
TEST_TABLE("a key that signals", keys, key_row);

static void gets_winch(void *arg)
{
	struct winsize ws = { 5, 6, 0, 0 };

	(void)arg;
	catch(SIGWINCH);
	take_terminal();
	EQ(ioctl(master, TIOCSWINSZ, &ws), 0);
	wait_for_signal(SIGWINCH);
	EQ(ioctl(master, TIOCSWINSZ, &ws), 0);	/* no change, no signal */
	EQ(caught, 0);
}

TEST("SIGWINCH for the foreground group")
{
	in_session(gets_winch, NULL);
}

static void bg_read(void)
{
	char c;

	read(slave, &c, 1);
}

static void bg_read_deaf(void)
{
	char c;

	signal(SIGTTIN, SIG_IGN);
	_exit(sys(read, slave, &c, 1) == -EIO ? 7 : 1);
}

static void bg_write(void)
{
	_exit(write(slave, "w", 1) == 1 ? 7 : 1);
}

static void bg_set(void)
{
	struct termios t;

	tcgetattr(slave, &t);
	tcsetattr(slave, TCSANOW, &t);
}

static void bg_set_deaf(void)
{
	signal(SIGTTOU, SIG_IGN);
	bg_set();
	_exit(tcsetpgrp(slave, getpgrp()) ? 1 : 7);
}

static void backgrounds(void *arg)
{
	struct termios t;

	(void)arg;
	take_terminal();
	EQ(in_background(bg_read), SIGTTIN << 8 | 0x7f);
	EQ(in_background(bg_read_deaf), 7 << 8);
	EQ(in_background(bg_write), 7 << 8);
	tcgetattr(slave, &t);
	t.c_lflag |= TOSTOP;
	tcsetattr(slave, TCSANOW, &t);
	EQ(in_background(bg_write), SIGTTOU << 8 | 0x7f);
	EQ(in_background(bg_set), SIGTTOU << 8 | 0x7f);
	EQ(in_background(bg_set_deaf), 7 << 8);
}

TEST("in the background: SIGTTIN, SIGTTOU with TOSTOP and for settings")
{
	in_session(backgrounds, NULL);
}

/* A group in the back whose parents are all gone or in other sessions. */
static void orphaned(void *arg)
{
	int p[2];
	char c = 0;

	(void)arg;
	take_terminal();
	if (pipe(p))
		die("pipe");
	if (!fork()) {
		if (!fork()) {
			setpgid(0, 0);
			usleep(50000);
			c = sys(read, slave, &c, 1) == -EIO ? 'y' : 'n';
			write(p[1], &c, 1);
			_exit(0);
		}
		_exit(0);
	}
	wait(NULL);
	EQ(read(p[0], &c, 1), 1);
	EQ(c, 'y');
}

TEST("an orphaned group in the background reads EIO")
{
	in_session(orphaned, NULL);
}

static void fakes_input(void *arg)
{
	(void)arg;
	take_terminal();
	RET(sys(ioctl, slave, TIOCSTI, "z"), 0);
	RET(sys(ioctl, slave, TIOCSTI, "\n"), 0);
	expect(slave, "z\n");
	RET(sys(ioctl, slave, TIOCSTI, 1), -EFAULT);
	become_user();
	RET(sys(ioctl, slave, TIOCSTI, "y"), 0);
	signal(SIGHUP, SIG_IGN);
	RET(sys(ioctl, slave, TIOCNOTTY), 0);
	RET(sys(ioctl, slave, TIOCSTI, "y"), -EPERM);
	RET(sys(vhangup), -EPERM);
}

TEST("TIOCSTI: into one's own terminal")
{
	in_session(fakes_input, NULL);
}

static void leader_waits(void *arg)
{
	(void)arg;
	catch(SIGHUP);
	take_terminal();
	close(master);
	write(*(int *)arg, "r", 1);
	wait_for_signal(SIGHUP);
	RET(sys(open, "/dev/tty", O_RDWR), -ENXIO);
}

TEST("the session's leader gets SIGHUP when the master goes")
{
	int p[2], status;
	char c;
	pid_t pid;

	open_pair();
	if (pipe(p))
		die("pipe");
	pid = fork();
	if (!pid) {
		leader_waits(&p[1]);
		_exit(0);
	}
	EQ(read(p[0], &c, 1), 1);
	close(master);
	waitpid(pid, &status, 0);
	EQ(status, 0);
}

TEST("a leader's exit: SIGHUP for the foreground, the terminal is free")
{
	int p[2], fd;
	char c = 0;

	open_pair();
	if (pipe(p))
		die("pipe");
	if (!fork()) {
		take_terminal();
		if (!fork()) {
			catch(SIGHUP);
			write(p[1], "r", 1);
			wait_for_signal(SIGHUP);
			/* The signal comes first, then the terminal goes. */
			while ((fd = open("/dev/tty", O_RDWR)) >= 0)
				close(fd);
			c = errno == ENXIO &&
			    write(slave, "alive", 5) == 5 ? 'y' : 'n';
			write(p[1], &c, 1);
			_exit(0);
		}
		read(p[0], &c, 1);
		_exit(0);
	}
	wait(NULL);
	EQ(read(p[0], &c, 1), 1);
	EQ(c, 'y');
	expect(master, "alive");
}

static void hangs_up(void *arg)
{
	char c;

	(void)arg;
	catch(SIGHUP);
	take_terminal();
	RET(sys(vhangup), 0);
	wait_for_signal(SIGHUP);
	RET(sys(read, slave, &c, 1), 0);
	RET(sys(write, slave, &c, 1), -EIO);
	slave = open(slave_name, O_RDWR | O_NOCTTY);
	OK(slave >= 0);
	EQ(write(slave, "new", 3), 3);
	expect(master, "new");
}

TEST("vhangup: the old descriptors are dead, new ones are not")
{
	in_session(hangs_up, NULL);
}

TEST("a special character is looked for before CR becomes NL")
{
	struct termios t;

	open_pair();
	OK(!tcgetattr(slave, &t));
	t.c_cc[VINTR] = '\r';
	OK(!tcsetattr(slave, TCSANOW, &t));
	type("a\rb\n");
	expect(slave, "b\n");
}

TEST("TCSAFLUSH lets a master's writer go on")
{
	static char bytes[6000];
	struct termios t;
	int n = 0, status;
	pid_t pid;

	open_pair();
	OK(!tcgetattr(slave, &t));
	cfmakeraw(&t);
	OK(!tcsetattr(slave, TCSANOW, &t));
	pid = fork();
	if (!pid)
		_exit(write(master, bytes, sizeof(bytes)) != sizeof(bytes));
	while (n < 4000)
		OK(!ioctl(slave, FIONREAD, &n));
	usleep(10000);
	OK(!tcsetattr(slave, TCSAFLUSH, &t));
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}
