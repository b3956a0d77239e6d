/* SPDX-License-Identifier: GPL-2.0 */
/*
 * inotify: the events of each call, as text: the watch's letter, the event, the
 * name.  'd' watches the folder, 'f' the file in it.
 */
#include "test.h"

#include <ftw.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sendfile.h>

#define FOLDER "/tmp/inotify"

static int in, wd_d, wd_f;
static char text[2000];

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static void make(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0644);

	write(fd, "x", 1);
	close(fd);
}

static void enter_folder(void)
{
	nftw(FOLDER, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	if (mkdir(FOLDER, 0755) || chdir(FOLDER))
		die(FOLDER ": errno %d", errno);
	make("f");
	mkdir("sub", 0755);
	in = inotify_init1(IN_NONBLOCK);
	wd_d = inotify_add_watch(in, ".", IN_ALL_EVENTS);
	wd_f = inotify_add_watch(in, "f", IN_ALL_EVENTS);
	if (wd_d != 1 || wd_f != 2)
		die("watches: %d, %d, errno %d", wd_d, wd_f, errno);
}

static const struct { unsigned bit; const char *name; } bits[] = {
	{ IN_ACCESS, "access" }, { IN_MODIFY, "modify" },
	{ IN_ATTRIB, "attrib" }, { IN_CLOSE_WRITE, "close_w" },
	{ IN_CLOSE_NOWRITE, "close" }, { IN_OPEN, "open" },
	{ IN_MOVED_FROM, "from" }, { IN_MOVED_TO, "to" },
	{ IN_CREATE, "create" }, { IN_DELETE, "delete" },
	{ IN_DELETE_SELF, "delete_self" }, { IN_MOVE_SELF, "move_self" },
	{ IN_UNMOUNT, "unmount" }, { IN_Q_OVERFLOW, "overflow" },
	{ IN_IGNORED, "ignored" }, { IN_ISDIR, "/" },
};

/* All events that wait. */
static const char *events(void)
{
	static char buf[65536] __attribute__((aligned(8)));
	long n = read(in, buf, sizeof(buf));
	char *out = text;

	*out = '\0';
	for (long at = 0; at < n;) {
		struct inotify_event *e = (void *)(buf + at);

		if (out - text > (long)sizeof(text) - 100)
			break;
		out += sprintf(out, "%s%c:", out == text ? "" : " ",
			       e->wd == wd_d ? 'd' : e->wd == wd_f ? 'f' : '?');
		for (unsigned i = 0; i < ARRAY_SIZE(bits); i++)
			if (e->mask & bits[i].bit)
				out += sprintf(out, "%s", bits[i].name);
		if (e->len)
			out += sprintf(out, "=%s", e->name);
		at += sizeof(*e) + e->len;
	}
	return text;
}
#define EVENTS(expected) STR(events(), expected)

TEST("open, read, write, close")
{
	char c;
	int fd;

	enter_folder();
	fd = open("f", O_RDWR);
	EVENTS("d:open=f f:open");
	EQ(read(fd, &c, 1), 1);
	EVENTS("d:access=f f:access");
	EQ(read(fd, &c, 1), 0);
	EVENTS("");
	EQ(write(fd, &c, 1), 1);
	EQ(write(fd, &c, 1), 1);
	EVENTS("d:modify=f f:modify d:modify=f f:modify");
	close(dup(fd));
	EVENTS("");
	close(fd);
	EVENTS("d:close_w=f f:close_w");
	close(open("f", O_RDONLY | O_TRUNC));
	EVENTS("d:modify=f f:modify d:open=f f:open d:close=f f:close");
	truncate("f", 5);
	EVENTS("d:modify=f f:modify");
}

TEST("equal events in a row are one")
{
	int fd;

	enter_folder();
	RET(sys(inotify_rm_watch, in, wd_f), 0);
	fd = open("f", O_RDWR);
	write(fd, "x", 1);
	write(fd, "x", 1);
	EVENTS("f:ignored d:open=f d:modify=f");
}

TEST("attributes")
{
	struct timespec t[2] = { { 1, 1 }, { 1, UTIME_OMIT } };

	enter_folder();
	chmod("f", 0600);
	EVENTS("d:attrib=f f:attrib");
	chown("f", 1, 1);
	EVENTS("d:attrib=f f:attrib");
	chmod(".", 0700);
	EVENTS("d:attrib/");
	utimensat(AT_FDCWD, "f", t, 0);
	EVENTS("d:access=f f:access");
	utimensat(AT_FDCWD, "f", NULL, 0);
	EVENTS("d:attrib=f f:attrib");
}

TEST("names made and removed")
{
	enter_folder();
	make("g");
	EVENTS("d:create=g d:open=g d:modify=g d:close_w=g");
	mkdir("m", 0755);
	EVENTS("d:create/=m");
	symlink("f", "l");
	EVENTS("d:create=l");
	link("f", "h");
	EVENTS("f:attrib d:create=h");
	rmdir("m");
	EVENTS("d:delete/=m");
	unlink("h");
	EVENTS("f:attrib d:delete=h");
	unlink("f");
	EVENTS("f:attrib f:delete_self f:ignored d:delete=f");
	RET(sys(inotify_rm_watch, in, wd_f), -EINVAL);
}

TEST("an open file's last name")
{
	int fd;

	enter_folder();
	fd = open("f", O_RDWR);
	unlink("f");
	EVENTS("d:open=f f:open f:attrib d:delete=f");
	close(fd);
	EVENTS("d:close_w=f f:close_w f:delete_self f:ignored");
}

TEST("renamed")
{
	enter_folder();
	rename("f", "sub/g");
	EVENTS("d:from=f f:move_self");
	rename("sub/g", "f");
	EVENTS("d:to=f f:move_self");
	make("v");
	events();
	rename("v", "f");
	EVENTS("d:from=v d:to=f f:attrib f:delete_self f:ignored");
	rename("sub", "bus");
	EVENTS("d:from/=sub d:to/=bus");
	make("w");
	events();
	RET(sys(renameat2, AT_FDCWD, "w", AT_FDCWD, "bus", 2), 0);
	EVENTS("d:from=w d:to=bus d:from/=bus d:to/=w");
}

TEST("a folder that is listed, and removed")
{
	char buf[500];
	int fd;

	enter_folder();
	fd = open(".", O_RDONLY);
	sys(getdents64, fd, buf, sizeof(buf));
	close(fd);
	EVENTS("d:open/ d:access/ d:close/");
	unlink("f");
	rmdir("sub");
	events();
	rmdir(FOLDER);
	EVENTS("");		/* it is where we are */
	chdir("/");
	EVENTS("d:delete_self d:ignored");
}

TEST("masks: once, added to, replaced, new only")
{
	enter_folder();
	RET(sys(inotify_add_watch, in, "f", IN_ATTRIB), wd_f);
	RET(sys(inotify_add_watch, in, "f", IN_OPEN | IN_MASK_ADD), wd_f);
	RET(sys(inotify_add_watch, in, ".", IN_CREATE | IN_ONESHOT), wd_d);
	close(open("f", O_RDONLY));
	chmod("f", 0600);
	EVENTS("f:open f:attrib");
	make("g");
	make("h");
	EVENTS("d:create=g d:ignored");
	RET(sys(inotify_add_watch, in, "f", IN_OPEN | IN_MASK_CREATE), -EEXIST);
	RET(sys(inotify_add_watch, in, "g", IN_OPEN | IN_MASK_CREATE), 3);
}

TEST("what is refused")
{
	int file;

	enter_folder();
	file = open("f", O_RDONLY);
	RET(sys(inotify_init1, 1), -EINVAL);
	RET(sys(inotify_add_watch, in, "f", 0), -EINVAL);
	RET(sys(inotify_add_watch, in, "f", 0x10000), -EINVAL);
	RET(sys(inotify_add_watch, 99, "f", IN_OPEN), -EBADF);
	RET(sys(inotify_add_watch, file, "f", IN_OPEN), -EINVAL);
	RET(sys(inotify_add_watch, in, "nx", IN_OPEN), -ENOENT);
	RET(sys(inotify_add_watch, in, 1, IN_OPEN), -EFAULT);
	RET(sys(inotify_add_watch, in, "f", IN_OPEN | IN_ONLYDIR), -ENOTDIR);
	RET(sys(inotify_rm_watch, in, 77), -EINVAL);
	RET(sys(inotify_rm_watch, file, 1), -EINVAL);
	RET(sys(inotify_rm_watch, 99, 1), -EBADF);
	chmod("f", 0);
	become_user();
	RET(sys(inotify_add_watch, in, "f", IN_OPEN), -EACCES);
}

TEST("reading: whole events, sizes, waiting")
{
	struct pollfd p;
	char buf[64];
	int n = 0;

	enter_folder();
	p = (struct pollfd){ in, POLLIN, 0 };
	RET(sys(read, in, buf, sizeof(buf)), -EAGAIN);
	EQ(poll(&p, 1, 0), 0);
	chmod("f", 0600);
	EQ(poll(&p, 1, 0), 1);
	EQ(ioctl(in, FIONREAD, &n), 0);
	EQ(n, 16 + 16 + 16);
	RET(sys(read, in, buf, 31), -EINVAL);
	RET(sys(read, in, buf, 47), 32);
	RET(sys(read, in, 1, 16), -EFAULT);
	if (!fork()) {
		usleep(50000);
		_exit(chmod("f", 0700));
	}
	fcntl(in, F_SETFL, 0);
	OK(read(in, buf, sizeof(buf)) >= 32);
}

TEST("an umount ends the watches")
{
	enter_folder();
	EQ(mount("none", "sub", "tmpfs", 0, NULL), 0);
	wd_f = inotify_add_watch(in, "sub", IN_OPEN);
	EQ(wd_f, 3);
	EQ(umount("sub"), 0);
	EVENTS("f:unmount/ f:ignored");
}

TEST("too many events: the rest is lost, and it says so")
{
	static char buf[2000000];
	struct inotify_event *e = NULL;
	long n, count = 0;

	enter_folder();
	inotify_add_watch(in, ".", IN_OPEN);
	for (int i = 0; i < 20000; i++) {
		chmod("f", 0600);
		truncate("f", 1);
	}
	while ((n = read(in, buf, sizeof(buf))) > 0)
		for (long at = 0; at < n; at += sizeof(*e) + e->len, count++)
			e = (void *)(buf + at);
	EQ(n, -1);
	EQ(e->mask, IN_Q_OVERFLOW);
	EQ(e->wd, -1);
	OK(count > 1000 && count <= 16385);
}
