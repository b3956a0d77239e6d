/* run: --mem 64M --root tests/guest/lib */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mount(2) and umount2(2): flags and what they do, remounting between "ro" and
 * "rw", file systems in use.  "/" is a fresh ext2 image.
 */
#include "test.h"

#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

static char buf[PAGE];

static int text_file(const char *path)
{
	int fd = open(path, O_CREAT | O_RDWR, 0755);

	if (fd < 0 || write(fd, "text", 4) != 4)
		die("%s: errno %d", path, errno);
	return fd;
}

static void mount_tmpfs(unsigned long flags)
{
	mkdir("m", 0755);
	while (umount2("m", MNT_DETACH) == 0)	/* the last case's */
		;
	if (mount("none", "m", "tmpfs", flags, NULL))
		die("mount: errno %d", errno);
}

static long remount(const char *path, unsigned long flags)
{
	return sys(mount, NULL, path, NULL, MS_REMOUNT | flags, NULL);
}

static unsigned long flags_of(const char *path)
{
	struct statfs f;

	if (statfs(path, &f))
		die("statfs: errno %d", errno);
	return f.f_flags & ~0x20ul;
}

/* ---- ro and rw ---- */

TEST("a disk goes read-only, and back")
{
	int fd = text_file("/tmp/f");

	RET(remount("/", MS_RDONLY), -EBUSY);
	close(fd);
	RET(remount("/", MS_RDONLY), 0);
	OK(flags_of("/") & MS_RDONLY);
	RET(sys(open, "/tmp/f", O_RDWR), -EROFS);
	RET(sys(open, "/tmp/g", O_CREAT | O_RDWR, 0644), -EROFS);
	RET(sys(unlink, "/tmp/f"), -EROFS);
	RET(sys(mkdir, "/tmp/d", 0755), -EROFS);
	RET(sys(truncate, "/tmp/f", 0), -EROFS);
	RET(sys(chmod, "/tmp/f", 0644), -EROFS);
	RET(sys(rename, "/tmp/f", "/tmp/g"), -EROFS);
	fd = open("/tmp/f", O_RDONLY);
	EQ(read(fd, buf, 10), 4);
	EQ(fsync(fd), 0);
	RET(remount("/", 0), 0);
	EQ(flags_of("/") & MS_RDONLY, 0);
	close(text_file("/tmp/g"));
	EQ(unlink("/tmp/f"), 0);
	RET(remount("/", MS_RDONLY), -EBUSY);	/* open, without a name */
	close(fd);
	RET(remount("/", MS_RDONLY), 0);
	RET(remount("/", 0), 0);
	EQ(unlink("/tmp/g"), 0);
}

TEST("a mapping that can write keeps a disk from going read-only")
{
	int fd = text_file("/tmp/f");
	char *p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);

	close(fd);
	p[0] = 'T';
	RET(remount("/", MS_RDONLY), -EBUSY);
	munmap(p, PAGE);
	RET(remount("/", MS_RDONLY), 0);
	fd = open("/tmp/f", O_RDONLY);
	EQ(pread(fd, buf, 4, 0), 4);
	OK(!memcmp(buf, "Text", 4));
	close(fd);
	RET(remount("/", 0), 0);
	EQ(unlink("/tmp/f"), 0);
}

TEST("memory file systems too")
{
	int fd;

	mount_tmpfs(MS_RDONLY);
	RET(sys(open, "m/f", O_CREAT | O_RDWR, 0644), -EROFS);
	RET(remount("m", 0), 0);
	fd = text_file("m/f");
	RET(remount("m", MS_RDONLY), -EBUSY);
	close(fd);
	RET(remount("m", MS_RDONLY), 0);
	RET(sys(open, "m/f", O_WRONLY), -EROFS);
	EQ(umount("m"), 0);
	RET(remount("m", 0), -EINVAL);
	RET(remount("nothing", 0), -ENOENT);
}

/* ---- the other flags ---- */

TEST("noexec: no exec, no executable mapping, nor later")
{
	char *argv[] = { "f", NULL };
	int fd;
	void *p;

	mount_tmpfs(MS_NOEXEC);
	fd = text_file("m/f");
	RET(sys(execve, "m/f", argv, NULL), -EACCES);
	RET(sys(mmap, NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0),
	    -EPERM);
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	RET(sys(mprotect, p, PAGE, PROT_READ | PROT_EXEC), -EACCES);
	RET(remount("m", 0), 0);
	OK(mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) !=
	   MAP_FAILED);
	munmap(p, PAGE);
}

TEST("nodev: device nodes cannot be opened")
{
	mount_tmpfs(MS_NODEV);
	EQ(mknod("m/null", S_IFCHR | 0666, makedev(1, 3)), 0);
	RET(sys(open, "m/null", O_RDWR), -EACCES);
	RET(remount("m", 0), 0);
	OK(open("m/null", O_RDWR) >= 0);
}

/* The access time after a read, when it was older than the last change. */
static bool atime_moves(const char *path)
{
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 2000 } };
	struct stat st;
	int fd = open(path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		fd = open(path, O_RDONLY);
	utimensat(AT_FDCWD, path, old, 0);
	if (read(fd, buf, 1) < 0)
		sys(getdents64, fd, buf, sizeof(buf));
	close(fd);
	stat(path, &st);
	return st.st_atime != 1000;
}

TEST("atime: relative by default, noatime, nodiratime; kept by a remount")
{
	mount_tmpfs(0);
	OK(flags_of("m") & 0x1000);		/* ST_RELATIME */
	close(text_file("m/f"));
	mkdir("m/d", 0755);
	OK(atime_moves("m/f") && atime_moves("m/d"));
	RET(remount("m", MS_NOATIME), 0);
	OK(!atime_moves("m/f") && !atime_moves("m/d"));
	RET(remount("m", MS_NOSUID), 0);
	OK(!atime_moves("m/f"));
	OK(flags_of("m") & MS_NOSUID);
	RET(remount("m", MS_NODIRATIME), 0);
	OK(atime_moves("m/f") && !atime_moves("m/d"));
	RET(remount("m", MS_STRICTATIME), 0);
	OK(atime_moves("m/f") && atime_moves("m/d"));
	EQ(flags_of("m"), 0);
}

TEST("synchronous is accepted and shown")
{
	RET(remount("/", MS_SYNCHRONOUS), 0);
	OK(flags_of("/") & MS_SYNCHRONOUS);
	close(text_file("/tmp/f"));
	EQ(unlink("/tmp/f"), 0);
	RET(remount("/", 0), 0);
	EQ(flags_of("/") & MS_SYNCHRONOUS, 0);
}

/* ---- umount2 ---- */

TEST("umount2: errors")
{
	mount_tmpfs(0);
	RET(sys(umount2, "m", 0x100), -EINVAL);
	RET(sys(umount2, "nothing", 0), -ENOENT);
	RET(sys(umount2, "/tmp", 0), -EINVAL);
	RET(sys(umount2, (char *)8, 0), -EFAULT);
	RET(sys(umount2, "m", MNT_EXPIRE | MNT_DETACH), -EINVAL);
	RET(sys(umount2, "m", MNT_EXPIRE | MNT_FORCE), -EINVAL);
	symlink("m", "link");
	RET(sys(umount2, "link", UMOUNT_NOFOLLOW), -EINVAL);
	if (fork() == 0) {
		if (setuid(1000))
			_exit(2);
		_exit(sys(umount2, "m", 0) != -EPERM ||
		      sys(umount2, "nothing", 0) != -ENOENT);
	}
	int status;

	wait(&status);
	EQ(status, 0);
	RET(sys(umount2, "link", 0), 0);
	unlink("link");
}

TEST("MNT_EXPIRE: twice in a row, and nobody came by")
{
	int fd;

	mount_tmpfs(0);
	fd = text_file("m/f");
	RET(sys(umount2, "m", MNT_EXPIRE), -EBUSY);
	close(fd);
	RET(sys(umount2, "m", MNT_EXPIRE), -EAGAIN);
	EQ(access("m/f", F_OK), 0);
	RET(sys(umount2, "m", MNT_EXPIRE), -EAGAIN);
	RET(sys(umount2, "m", MNT_EXPIRE), 0);
	RET(sys(access, "m/f", F_OK), -ENOENT);
}

TEST("MNT_DETACH: gone from the tree, alive for who has it open")
{
	struct statfs f;
	int fd, dir;

	mount_tmpfs(0);
	mkdir("m/sub", 0755);
	EQ(mount("none", "m/sub", "tmpfs", 0, NULL), 0);
	fd = text_file("m/f");
	dir = open("m/sub", O_RDONLY | O_DIRECTORY);
	RET(sys(umount2, "m", 0), -EBUSY);
	RET(sys(umount2, "m", MNT_FORCE), -EBUSY);
	RET(sys(umount2, "m", MNT_DETACH), 0);
	RET(sys(access, "m/f", F_OK), -ENOENT);
	RET(sys(umount2, "m", 0), -EINVAL);
	EQ(pwrite(fd, "more", 4, 4), 4);
	EQ(pread(fd, buf, 10, 0), 8);
	OK(openat(dir, "new", O_CREAT | O_RDWR, 0644) >= 0);
	EQ(fstatfs(fd, &f), 0);
	mount_tmpfs(0);
	close(text_file("m/other"));
	RET(sys(umount2, "m", MNT_DETACH), 0);	/* in use by nobody */
	sync();
}

TEST("a detached file system ends with its last user")
{
	char text[8192];

	for (int i = 0; i < 50; i++) {
		int fd, n;

		mount_tmpfs(0);
		fd = text_file("m/f");
		EQ(ftruncate(fd, 1 << 20), 0);
		for (n = 0; n < 256; n++)
			pwrite(fd, "x", 1, n * PAGE);
		RET(sys(umount2, "m", MNT_DETACH), 0);
		close(fd);
	}
	/* 50 MiB were written; the machine has 64. */
	OK(slurp("/proc/self/mounts", text, sizeof(text)) > 0);
	OK(!strstr(text, "/m tmpfs"));
}
