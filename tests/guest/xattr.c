/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Extended attributes where there are none: what is asked first, and what is
 * answered then.  Linux's tmpfs has trusted.* and security.*, so only names
 * that it has not either are tried to the end.
 */
#include "test.h"

#define FOLDER "/tmp/xattr"
#define TOO_LONG "user.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static char value[70000];

static void enter_folder(void)
{
	mkdir(FOLDER, 0755);
	if (chdir(FOLDER))
		die(FOLDER ": errno %d", errno);
	close(open("f", O_CREAT | O_WRONLY, 0644));
	symlink("f", "l");
	symlink("nx", "dang");
	mkfifo("fifo", 0666);
	mkdir("sticky", 01777);
	chmod("sticky", 01777);
}

static const struct call {
	const char *name;
	long nr;
	const char *path, *attr;
	void *value;
	long size, flags;
	long expected;
} calls[] = {
	{ "get", SYS_getxattr, "f", "user.a", value, 10, 0, -EOPNOTSUPP },
	{ "get of a link", SYS_lgetxattr, "l", "user.a", value, 10, 0,
	  -ENODATA },
	{ "get of a FIFO", SYS_getxattr, "fifo", "user.a", value, 10, 0,
	  -ENODATA },
	{ "get nothing's", SYS_getxattr, "nx", "user.a", value, 10, 0,
	  -ENOENT },
	{ "get behind dang", SYS_getxattr, "dang", "user.a", value, 10, 0,
	  -ENOENT },
	{ "get, no prefix", SYS_getxattr, "f", "a", value, 10, 0, -EOPNOTSUPP },
	{ "get, no name", SYS_getxattr, "f", "", value, 10, 0, -ERANGE },
	{ "get, a long name", SYS_getxattr, "f", TOO_LONG, value, 10, 0,
	  -ERANGE },
	{ "get, bad name", SYS_getxattr, "f", (char *)1, value, 10, 0,
	  -EFAULT },
	{ "get, bad path", SYS_getxattr, (char *)1, "user.a", value, 10, 0,
	  -EFAULT },
	{ "set", SYS_setxattr, "f", "user.a", value, 10, 0, -EOPNOTSUPP },
	{ "set, no value", SYS_setxattr, "f", "user.a", NULL, 0, 0,
	  -EOPNOTSUPP },
	{ "set on a link", SYS_lsetxattr, "l", "user.a", value, 10, 0, -EPERM },
	{ "set through it", SYS_setxattr, "l", "user.a", value, 10, 0,
	  -EOPNOTSUPP },
	{ "set on a FIFO", SYS_setxattr, "fifo", "user.a", value, 1, 0,
	  -EPERM },
	{ "set, bad flags", SYS_setxattr, "f", (char *)1, value, 10, 4,
	  -EINVAL },
	{ "set, bad name", SYS_setxattr, "f", (char *)1, value, 70000, 0,
	  -EFAULT },
	{ "set, no name", SYS_setxattr, "f", "", value, 70000, 0, -ERANGE },
	{ "set, too much", SYS_setxattr, "f", "user.a", (void *)1, 65537, 0,
	  -E2BIG },
	{ "set, bad value", SYS_setxattr, "f", "user.a", (void *)1, 10, 0,
	  -EFAULT },
	{ "set on nothing", SYS_setxattr, "nx", "user.a", value, 10, 4,
	  -ENOENT },
	{ "list", SYS_listxattr, "f", value, (void *)100, 0, 0, 0 },
	{ "list, size only", SYS_listxattr, "f", NULL, NULL, 0, 0, 0 },
	{ "list, bad address", SYS_listxattr, "f", (char *)1, (void *)100, 0, 0,
	  0 },
	{ "list dang itself", SYS_llistxattr, "dang", NULL, NULL, 0, 0, 0 },
	{ "list behind dang", SYS_listxattr, "dang", NULL, NULL, 0, 0,
	  -ENOENT },
	{ "remove", SYS_removexattr, "f", "user.a", NULL, 0, 0, -EOPNOTSUPP },
	{ "remove from a link", SYS_lremovexattr, "l", "user.a", NULL, 0, 0,
	  -EPERM },
	{ "remove, no name", SYS_removexattr, "f", "", NULL, 0, 0, -ERANGE },
};

static void run_call(const void *row)
{
	const struct call *c = row;

	enter_folder();
	check_ret(__FILE__, __LINE__, c->name,
		  sys6(c->nr, (long)c->path, (long)c->attr, (long)c->value,
		       c->size, c->flags, 0), c->expected);
}
TEST_TABLE("path", calls, run_call);

TEST("by descriptor")
{
	int fd, path;

	enter_folder();
	fd = open("f", O_RDONLY);
	path = open("f", O_PATH);
	RET(sys(fgetxattr, fd, "user.a", value, 10), -EOPNOTSUPP);
	RET(sys(fsetxattr, fd, "user.a", value, 10, 0), -EOPNOTSUPP);
	RET(sys(fremovexattr, fd, "user.a"), -EOPNOTSUPP);
	RET(sys(flistxattr, fd, value, 10), 0);
	RET(sys(fgetxattr, path, "user.a", value, 10), -EBADF);
	RET(sys(flistxattr, 99, value, 10), -EBADF);
}

TEST("by somebody else")
{
	enter_folder();
	become_user();
	RET(sys(getxattr, "f", "user.a", value, 10), -EOPNOTSUPP);
	RET(sys(setxattr, "f", "user.a", value, 10, 0), -EACCES);
	RET(sys(setxattr, "sticky", "user.a", value, 10, 0), -EPERM);
	RET(sys(getxattr, "f", "trusted.a", value, 10), -ENODATA);
	RET(sys(setxattr, "f", "trusted.a", value, 10, 0), -EPERM);
}
