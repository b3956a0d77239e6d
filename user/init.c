// SPDX-License-Identifier: GPL-2.0
/*
 * Process 1, on Holdfast and on Linux alike.  It makes the usual file systems,
 * loads the modules named in /modules, switches swap on, and then does one of
 * three things, chosen by words of the kernel command line:
 *
 *   (nothing)             run the program whose arguments are in /holdfast.argv
 *   holdfast.tests=SEC    run every program in /tests, each at most SEC seconds
 *   holdfast.shell        an interactive shell on the serial console
 *
 * With holdfast.root=DISK the program runs in the ext2 file system on that
 * disk; process 1 itself stays in the initrd, so that it can unmount the disk
 * at the end.  Files named in /holdfast.bring (a program's libraries) are
 * copied to the disk where it has none of that name, and removed at the end.
 *
 * ttyS0 is the program's standard input and output, ttyS2 its standard error;
 * the kernel log has ttyS1.  The exit status goes to the log, as a shell would
 * give it, and then the machine is switched off.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define MAX_ARGS 256

#define ROOT "/mnt"		/* where the disk of holdfast.root is mounted */

#define MAX_BROUGHT 4096

static char *brought[MAX_BROUGHT];	/* paths on the disk, parents first */
static unsigned nr_brought;
static int initrd = -1;			/* its root */

static int kmsg = -1;
static bool has_root;
static volatile sig_atomic_t asked_to_stop;
static char cmdline[4096];

/* One line for the kernel log; <0> so that Linux prints it even when quiet. */
static void say(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n = snprintf(line, sizeof(line), "<0>");

	va_start(ap, fmt);
	n += vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(line) - 1)
		n = sizeof(line) - 1;
	if (kmsg < 0 || write(kmsg, line, n) != n)
		dprintf(2, "%s\n", line + 3);
}

/* A driver may take a moment to find its disk: try again for two seconds. */
static bool soon(int *tries)
{
	struct timespec pause_10ms = { .tv_nsec = 10 * 1000 * 1000 };

	nanosleep(&pause_10ms, NULL);
	return (*tries)++ < 200;
}

/* Ends every other process, so that nothing has files open any more. */
static void sweep(void)
{
	kill(-1, SIGKILL);
	while (wait(NULL) > 0 || errno == EINTR)
		;
}

/* Process 1 looks at the disk as the program does: paths are the disk's. */
static void visit_root(void)
{
	initrd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (initrd < 0 || chroot(ROOT) < 0 || chdir("/") < 0)
		say("init: %s: %s\n", ROOT, strerror(errno));
}

static void return_from_root(void)
{
	if (fchdir(initrd) < 0 || chroot(".") < 0)
		say("init: /: %s\n", strerror(errno));
	close(initrd);
}

static void leave_root(void)
{
	static const char *const mounts[] = {
		ROOT "/dev/pts", ROOT "/dev/shm", ROOT "/dev", ROOT "/proc",
		ROOT "/sys", ROOT };

	if (!has_root)
		return;
	sweep();
	visit_root();
	while (nr_brought)
		remove(brought[--nr_brought]);
	return_from_root();
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++)
		while (umount(mounts[i]) == 0)
			;
	if (access(ROOT "/dev", F_OK) == 0 &&
	    mount(NULL, ROOT, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
		say("init: %s was not unmounted\n", ROOT);
}

static void __attribute__((noreturn)) power_off(int status)
{
	tcdrain(1);
	tcdrain(2);
	leave_root();
	sync();
	say("holdfast-exit: %d\n", status);
	reboot(RB_POWER_OFF);
	say("init: cannot switch the machine off: %s\n", strerror(errno));
	for (;;)
		pause();
}

/* 125: what the harness could not do, as opposed to what the program did. */
static void __attribute__((noreturn)) fail(const char *what)
{
	say("init: %s: %s\n", what, strerror(errno));
	power_off(125);
}

/* Reads a whole file: its length, or -1.  The buffer gets a final NUL. */
static ssize_t slurp(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0, got;

	if (fd < 0)
		return -1;
	while (n < (ssize_t)size - 1 &&
	       (got = read(fd, buf + n, size - 1 - n)) > 0)
		n += got;
	close(fd);
	buf[n] = 0;
	return n;
}

/* Value of a word of the command line in a static buffer; NULL: not there. */
static const char *option(const char *name)
{
	static char value[256];
	size_t len = strlen(name);
	const char *p = cmdline;

	while (*p) {
		size_t word = strcspn(p, " \n");

		if (word >= len && !strncmp(p, name, len) &&
		    (word == len || p[len] == '=')) {
			size_t skip = word == len ? len : len + 1;

			snprintf(value, sizeof(value), "%.*s",
				 (int)(word - skip), p + skip);
			return value;
		}
		p += word + strspn(p + word, " \n");
	}
	return NULL;
}

/* A kernel that found no console leaves 0 to 2 free: nothing else may get
 * them. */
static void hold_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= 2);
	close(fd);
}

/* What other systems have in /dev beside the devices. */
static void furnish(const char *dev)
{
	static const char *const links[][2] = {
		{ "fd", "" }, { "stdin", "/0" }, { "stdout", "/1" },
		{ "stderr", "/2" },
	};
	char path[64], target[64];

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dev, links[i][0]);
		snprintf(target, sizeof(target), "/proc/self/fd%s",
			 links[i][1]);
		if (symlink(target, path) < 0 && errno != EEXIST)
			fail(path);
	}
	snprintf(path, sizeof(path), "%s/shm", dev);
	mkdir(path, 01777);
	mount("tmpfs", path, "tmpfs", 0, NULL);
}

/* A file system that is already there, or that the kernel does not know, is
 * not an error: Holdfast's root has them from the start. */
static void make_filesystems(void)
{
	static const struct { const char *where, *type; } fs[] = {
		{ "/dev", "devtmpfs" }, { "/proc", "proc" },
		{ "/sys", "sysfs" }, { "/tmp", "tmpfs" },
		{ "/dev/pts", "devpts" },
	};

	umask(0);
	for (size_t i = 0; i < sizeof(fs) / sizeof(fs[0]); i++) {
		mkdir(fs[i].where, 0755);
		mount(fs[i].type, fs[i].where, fs[i].type, 0, NULL);
	}
	if (sethostname("holdfast", 8) < 0)
		fail("sethostname");
	chmod("/tmp", 01777);
	chmod("/", 0755);	/* Linux's first root is open to all */
	furnish("/dev");
	umask(022);
	hold_standard_fds();
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
}

static void load_modules(void)
{
	static char list[4096];
	char *name;

	if (slurp("/modules", list, sizeof(list)) < 0)
		return;
	for (name = strtok(list, "\n"); name; name = strtok(NULL, "\n")) {
		int fd = open(name, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 &&
			       errno != EEXIST))
			fail(name);
		close(fd);
		unlink(name);
	}
	unlink("/modules");
	rmdir("/modules.d");
}

static void swap_on(void)
{
	const char *disk = option("holdfast.swap");
	int tries = 0;

	while (disk && swapon(disk, 0) < 0)
		if (errno != ENOENT || !soon(&tries))
			fail(disk);
}

/* Mount the root disk, and in it what programs expect of a system. */
static void mount_root(void)
{
	static const struct { const char *where, *type; } fs[] = {
		{ ROOT "/dev", "devtmpfs" }, { ROOT "/proc", "proc" },
		{ ROOT "/sys", "sysfs" }, { ROOT "/dev/pts", "devpts" },
	};
	const char *disk = option("holdfast.root");
	int tries = 0;

	if (!disk)
		return;
	mkdir(ROOT, 0755);
	while (mount(disk, ROOT, "ext2", 0, NULL) < 0)
		if (errno != ENOENT || !soon(&tries))
			fail(disk);
	has_root = true;
	umask(0);
	for (size_t i = 0; i < sizeof(fs) / sizeof(fs[0]); i++) {
		mkdir(fs[i].where, 0755);
		mount(fs[i].type, fs[i].where, fs[i].type, 0, NULL);
	}
	mkdir(ROOT "/tmp", 01777);
	furnish(ROOT "/dev");
	umask(022);
}

static int copy_file(int from, int to)
{
	static char buf[65536];
	ssize_t n = -1;

	while (from >= 0 && to >= 0 && (n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, n) != n) {
			n = -1;
			break;
		}
	close(from);
	return close(to) < 0 || n < 0 ? -1 : 0;
}

/* One file of the initrd, by its path there, to the same place. */
static int bring_file(const char *path, const struct stat *st)
{
	char link[4096] = "";

	if (S_ISDIR(st->st_mode))
		return mkdir(path, st->st_mode & 07777);
	if (S_ISLNK(st->st_mode)) {
		readlinkat(initrd, path + 1, link, sizeof(link) - 1);
		return symlink(link, path);
	}
	return copy_file(openat(initrd, path + 1, O_RDONLY | O_CLOEXEC),
			 open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			      st->st_mode & 07777));
}

/* What the disk has stays as it is: its files come before the host's. */
static void bring_files(void)
{
	static char list[512 * 1024];
	struct stat st;
	char *path;

	if (slurp("/holdfast.bring", list, sizeof(list)) < 0)
		return;
	visit_root();
	umask(0);
	for (path = strtok(list, "\n"); path; path = strtok(NULL, "\n")) {
		if (lstat(path, &st) == 0 || nr_brought == MAX_BROUGHT)
			continue;
		brought[nr_brought++] = path;
		if (fstatat(initrd, path + 1, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    bring_file(path, &st) < 0)
			fail(path);
	}
	umask(022);
	return_from_root();
}

static bool was_brought(const char *path)
{
	for (unsigned i = 0; i < nr_brought; i++)
		if (!strcmp(brought[i], path))
			return true;
	return false;
}

/* From here on the disk is all there is.  A program of the initrd is opened
 * first: the path that still leads to it, unless it is on the disk too. */
static const char *enter_root(const char *program)
{
	static char path[32];
	int fd;

	if (!has_root)
		return program;
	fd = was_brought(program) ? -1 : open(program, O_RDONLY | O_CLOEXEC);
	if (chroot(ROOT) < 0 || chdir("/") < 0)
		fail(ROOT);
	if (fd < 0)
		return program;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

static void move_fd(int fd, int to)
{
	if (fd < 0 || fd == to)
		return;
	dup2(fd, to);
	close(fd);
}

/* Bytes pass as they are: no echo, no line editing, no CR before LF. */
static void make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return;
	cfmakeraw(&t);
	tcsetattr(fd, TCSANOW, &t);
}

static void open_terminals(bool live_input, bool shell)
{
	static const char mark[] = "\036holdfast\036";

	move_fd(open("/dev/ttyS0", O_RDWR | O_NOCTTY), 1);
	if (option("holdfast.mark"))
		dprintf(1, "%s", mark);
	if (shell) {
		dup2(1, 0);
		dup2(1, 2);
		return;
	}
	move_fd(open("/dev/ttyS2", O_RDWR | O_NOCTTY), 2);
	make_raw(1);
	make_raw(2);
	if (live_input)
		dup2(1, 0);
	else if (access("/holdfast.stdin", R_OK) == 0)
		move_fd(open("/holdfast.stdin", O_RDONLY), 0);
	else
		move_fd(open("/dev/null", O_RDONLY), 0);
}

static int shell_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	       WEXITSTATUS(status);
}

/* busybox's poweroff, halt and reboot ask process 1 with a signal. */
static void ask_to_stop(int sig)
{
	asked_to_stop = sig;
}

static void listen_for_poweroff(void)
{
	struct sigaction sa = { .sa_handler = ask_to_stop };

	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

/* Wait for one child, or for poweroff, and reap every other that ends. */
static int wait_for(pid_t child)
{
	int status;
	pid_t pid;

	for (;;) {
		pid = wait(&status);
		if (pid == child)
			return shell_status(status);
		if (asked_to_stop)
			return 0;
		if (pid < 0 && errno != EINTR)
			fail("wait");
	}
}

static void become(const char *uid_text)
{
	uid_t uid;

	if (!uid_text)
		return;
	uid = strtoul(uid_text, NULL, 10);
	if ((setgroups(0, NULL) < 0 && errno != ENOSYS) ||
	    setgid(uid) < 0 || setuid(uid) < 0) {
		say("init: cannot become uid %u: %s\n", uid, strerror(errno));
		_exit(125);
	}
}

/* The environment of everything this starts. */
static char **environment(void)
{
	static char *plain[] = { "PATH=/bin:/sbin:/usr/bin:/usr/sbin",
				 "HOME=/root", "TERM=linux", "USER=root",
				 NULL };
	return plain;
}

/* Splits NUL-separated strings; the vector ends with NULL. */
static int split(char *buf, ssize_t len, char **vec)
{
	int n = 0;

	for (char *p = buf; p < buf + len && n < MAX_ARGS - 1;
	     p += strlen(p) + 1)
		vec[n++] = p;
	vec[n] = NULL;
	return n;
}

static void exec_program(const char *path, char **argv)
{
	execve(path, argv, environment());
	int err = errno;

	dprintf(2, "holdfast: %s: %s\n", argv[0], strerror(err));
	_exit(err == ENOENT ? 127 : 126);
}

static int run_program(void)
{
	static char args[128 * 1024];
	static char *argv[MAX_ARGS];
	ssize_t len = slurp("/holdfast.argv", args, sizeof(args));
	pid_t child;

	listen_for_poweroff();
	if (len < 0 || !split(args, len, argv))
		fail("/holdfast.argv");
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0) {
		const char *cwd, *path = enter_root(argv[0]);

		cwd = option("holdfast.cwd");
		setsid();
		if (chdir(cwd ? cwd : "/tmp") < 0)
			fail("chdir");
		become(option("holdfast.uid"));
		exec_program(path, argv);
	}
	return wait_for(child);
}

static int run_shell(void)
{
	static char *argv[] = { "sh", "-l", NULL };
	const char *size = option("holdfast.winsize");
	struct winsize ws = { 0 };
	pid_t child;

	if (size && sscanf(size, "%hux%hu", &ws.ws_row, &ws.ws_col) == 2)
		ioctl(0, TIOCSWINSZ, &ws);
	listen_for_poweroff();
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0) {
		setsid();
		ioctl(0, TIOCSCTTY, 0);
		tcsetpgrp(0, getpid());
		if (chdir("/root") < 0)
			fail("/root");
		become(option("holdfast.uid"));
		execve("/bin/busybox", argv, environment());
		fail("/bin/busybox");
	}
	return wait_for(child);
}

/* ---- a folder of tests in one boot ------------------------------------- */

static pid_t start_test(char *path)
{
	char *argv[] = { path, NULL };
	pid_t pid = fork();

	if (pid == 0) {
		const char *program = enter_root(path);

		setsid();
		if (chdir("/tmp") < 0)
			_exit(125);
		become(option("holdfast.uid"));
		exec_program(program, argv);
	}
	return pid;
}

static pid_t start_watchdog(unsigned seconds)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct timespec t = { .tv_sec = seconds };
		int fd = open("/proc/self/oom_score_adj", O_WRONLY);

		/* For want of memory others end: its end means too late. */
		write(fd, "-1000", 5);
		nanosleep(&t, NULL);
		_exit(0);
	}
	return pid;
}

static void run_test(char *path, unsigned seconds)
{
	pid_t watchdog, test, pid;
	int status = 0;
	bool late = false;

	printf("# holdfast-begin %s\n", strrchr(path, '/') + 1);
	fflush(stdout);
	watchdog = start_watchdog(seconds);
	test = start_test(path);
	if (watchdog < 0 || test < 0)
		fail("fork");
	while ((pid = wait(&status)) != test) {
		if (pid == watchdog) {
			late = true;
			kill(-test, SIGKILL);
			kill(test, SIGKILL);
		} else if (pid < 0 && errno != EINTR) {
			fail("wait");
		}
	}
	sweep();
	tcdrain(2);
	printf("# holdfast-end %d%s\n", shell_status(status),
	       late ? " timeout" : "");
	fflush(stdout);
}

static int run_tests(unsigned seconds)
{
	static char list[16384];
	char *name;

	if (slurp("/tests/list", list, sizeof(list)) < 0)
		fail("/tests/list");
	for (name = strtok(list, "\n"); name; name = strtok(NULL, "\n"))
		run_test(name, seconds ? seconds : 30);
	return 0;
}

int main(void)
{
	const char *tests;
	bool shell, live;

	/* A swap disk with bad sectors must not end process 1. */
	mlockall(MCL_CURRENT | MCL_FUTURE);
	make_filesystems();
	if (slurp("/proc/cmdline", cmdline, sizeof(cmdline)) < 0)
		fail("/proc/cmdline");
	shell = option("holdfast.shell");
	live = option("holdfast.live");
	load_modules();
	open_terminals(live, shell);
	swap_on();
	mount_root();
	bring_files();
	tests = option("holdfast.tests");
	if (tests)
		power_off(run_tests(atoi(tests)));
	power_off(shell ? run_shell() : run_program());
}
