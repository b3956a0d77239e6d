/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What uid 1000 cannot do: lock more than its limit by any call, read or write
 * another's memory, signal or reconfigure what is not its own.
 */
#include "test.h"

/* ---- no way past RLIMIT_MEMLOCK: four pages ---------------------------- */

#define LIMIT 4

static void limited(void)
{
	become_user();
	set_memlock(PAGES(LIMIT));
}

struct way {
	const char *name;
	long (*go)(void);
};

static char *base;

static long by_mlock(void) { return lock(base, PAGES(LIMIT + 1)); }
static long by_onfault(void)
{
	return lock2(base, PAGES(LIMIT + 1), MLOCK_ONFAULT);
}
static long by_mlockall(void) { return lockall(LOCK_CURRENT); }
static long by_onfault_all(void)
{
	return lockall(LOCK_CURRENT | LOCK_ONFAULT);
}
static long by_mmap(void)
{
	return raw_mmap(NULL, PAGES(LIMIT + 1), RW, ANON | MAP_LOCKED, -1, 0);
}
static long by_none(void)
{
	return raw_mmap(NULL, PAGES(LIMIT + 1), PROT_NONE, ANON | MAP_LOCKED,
			-1, 0);
}
static long by_shared(void)
{
	return raw_mmap(NULL, PAGES(LIMIT + 1), RW, SHANON | MAP_LOCKED, -1,
			0);
}
static long by_future(void)
{
	lockall(LOCK_FUTURE);
	return raw_mmap(NULL, PAGES(LIMIT + 1), RW, ANON, -1, 0);
}
static long by_many(void)
{
	long r = 0;

	for (int i = 0; i < 100 && !failed(r); i++)
		r = raw_mmap(AT(100 + 2 * i), PAGE, RW,
			     ANON | MAP_LOCKED | MAP_FIXED, -1, 0);
	return r;
}
static long by_mremap(void)
{
	lock(base, PAGE);
	return remap(base, PAGE, PAGES(LIMIT + 1), MREMAP_MAYMOVE, NULL);
}
static long by_pieces(void)
{
	long r = 0;

	for (int i = 0; i < 8 && !failed(r); i++)
		r = lock(base + PAGES(i), PAGE);
	return r;
}
static long by_alias(void)
{
	char *p = map_at(AT(64), 1, RW, SHANON, -1, 0);
	long r = lock(p, PAGE);

	for (int i = 0; i < 100 && !failed(r); i++)
		r = remap(p, 0, PAGE, MREMAP_MAYMOVE, NULL);
	return r;
}
static long by_brk(void)
{
	long brk = raw_brk(NULL);

	lockall(LOCK_FUTURE);
	return raw_brk((char *)brk + PAGES(LIMIT + 2)) == brk ? -EAGAIN : 0;
}
static long by_limit(void)
{
	struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };

	return sys(prlimit64, 0, RLIMIT_MEMLOCK, &r, 0);
}
static long by_setuid(void) { return sys(setuid, 0); }

static const struct way ways[] = {
	{ "mlock", by_mlock }, { "mlock2 on fault", by_onfault },
	{ "mlockall", by_mlockall }, { "mlockall on fault", by_onfault_all },
	{ "MAP_LOCKED", by_mmap }, { "MAP_LOCKED of no access", by_none },
	{ "MAP_LOCKED shared", by_shared }, { "MCL_FUTURE", by_future },
	{ "many small maps", by_many }, { "mremap", by_mremap },
	{ "page by page", by_pieces }, { "aliases of one page", by_alias },
	{ "brk", by_brk }, { "raising the limit", by_limit },
	{ "becoming root", by_setuid },
};

static void way_row(const void *row)
{
	const struct way *w = row;
	long r;

	base = map(8);
	limited();
	r = w->go();
	OK(failed(r));
	OK(vm_locked() <= LIMIT);
}
TEST_TABLE("over the limit", ways, way_row);

static void locks_too(void *arg)
{
	(void)arg;
	RET(lock(base, PAGES(LIMIT)), 0);
	RET(lock(base, PAGES(LIMIT + 1)), -ENOMEM);
}

TEST("the limit is per address space: a child has its own")
{
	base = map(8);
	limited();
	RET(lock(base, PAGES(LIMIT)), 0);
	in_child(locks_too, NULL);
	LOCKED(LIMIT);
}

/* ---- other tasks ------------------------------------------------------- */

static const char *const others[] = {
	"/proc/1/mem", "/proc/1/maps", "/proc/1/smaps", "/proc/1/pagemap",
	"/proc/1/environ",
};

static void open_others(void)
{
	char buf[64];

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		long fd = sys(open, others[i], O_RDONLY, 0);

		if (!failed(fd))
			fd = sys(read, fd, buf, sizeof(buf));
		if (fd > 0)
			fail("%s: %ld bytes could be read", others[i], fd);
	}
	OK(failed(sys(open, "/proc/1/mem", O_RDWR, 0)));
}

TEST("process 1's memory, maps and environment are not readable")
{
	become_user();
	open_others();
}

TEST("a root task's memory is not readable by its own child as a user")
{
	char path[64], *p = map(1), c;
	long fd;

	strcpy(p, "secret");
	snprintf(path, sizeof(path), "/proc/%d/mem", getpid());
	if (!fork()) {
		become_user();
		fd = sys(open, path, O_RDWR, 0);
		if (!failed(fd) && sys(pread64, fd, &c, 1, p) == 1)
			kill(getppid(), SIGKILL);
		_exit(0);
	}
	wait(NULL);
	STR(p, "secret");
}

TEST("signals to root's tasks: EPERM")
{
	become_user();
	RET(sys(kill, 1, SIGKILL), -EPERM);
	RET(sys(kill, getppid(), SIGKILL), -EPERM);
	RET(sys(tgkill, 1, 1, SIGKILL), -EPERM);
}

TEST("limits of root's tasks: EPERM")
{
	struct rlimit r = { 0, 0 };

	become_user();
	RET(sys(prlimit64, 1, RLIMIT_MEMLOCK, &r, 0), -EPERM);
	RET(sys(prlimit64, getppid(), RLIMIT_MEMLOCK, NULL, &r), -EPERM);
}

/* ---- the machine ------------------------------------------------------- */

TEST("swapon, swapoff, reboot: EPERM")
{
	become_user();
	RET(sys(swapon, "/dev/vda", 0), -EPERM);
	RET(sys(swapoff, "/dev/vda"), -EPERM);
	RET(sys(reboot, 0xfee1deadl, 672274793, 0x4321fedcl, 0), -EPERM);
}

TEST("devices and kernel files are not writable")
{
	static const char *const files[] = {
		"/dev/vda", "/dev/mem", "/dev/kmem", "/init", "/proc/version",
		"/proc/meminfo",
	};

	become_user();
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		long fd = sys(open, files[i], O_RDWR, 0);

		if (!failed(fd))
			fail("%s could be opened for writing", files[i]);
	}
}

TEST("root's files: not writable, not removable, no new owner")
{
	close(make_file("/tmp/unprivileged", 1));
	chmod("/tmp/unprivileged", 0644);
	mkdir("/tmp/unprivileged.d", 0755);
	close(make_file("/tmp/unprivileged.d/x", 1));
	become_user();
	RET(sys(open, "/tmp/unprivileged", O_RDWR, 0), -EACCES);
	RET(sys(truncate, "/tmp/unprivileged", 0), -EACCES);
	RET(sys(chmod, "/tmp/unprivileged", 0777), -EPERM);
	RET(sys(chown, "/tmp/unprivileged", 1000, 1000), -EPERM);
	RET(sys(unlink, "/tmp/unprivileged.d/x"), -EACCES);
	RET(sys(rename, "/tmp/unprivileged.d/x", "/tmp/y"), -EACCES);
	RET(sys(mkdir, "/tmp/unprivileged.d/z", 0700), -EACCES);
	RET(sys(unlink, "/tmp/unprivileged"), -EPERM);	/* sticky */
}

TEST("a shared map of a file open for reading is not writable")
{
	close(make_file("/tmp/unprivileged.r", 1));
	chmod("/tmp/unprivileged.r", 0644);
	become_user();
	RET(raw_mmap(NULL, PAGE, RW, MAP_SHARED,
		     sys(open, "/tmp/unprivileged.r", O_RDONLY, 0), 0),
	    -EACCES);
}

TEST("addresses below 64 KiB cannot be mapped")
{
	become_user();
	RET(raw_mmap(NULL, PAGE, RW, ANON | MAP_FIXED, -1, 0), -EPERM);
	RET(raw_mmap((void *)61440, PAGE, RW, ANON | MAP_FIXED, -1, 0),
	    -EPERM);
	RET(raw_mmap((void *)65536, PAGE, RW, ANON | MAP_FIXED, -1, 0), 65536);
}

TEST("identity cannot be taken")
{
	become_user();
	RET(sys(setuid, 0), -EPERM);
	RET(sys(setgid, 0), -EPERM);
	RET(sys(setreuid, 0, 0), -EPERM);
	RET(sys(setresgid, 0, 0, 0), -EPERM);
	RET(sys(setgroups, 1, &(int){ 0 }), -EPERM);
	EQ(geteuid(), 1000);
}

TEST("locked memory is zeroed before another task gets it")
{
	int bad = 0;
	char *p;

	for (int round = 0; round < 4; round++) {
		if (!fork()) {
			become_user();
			p = map(256);
			memset(p, 0x5a, PAGES(256));
			lock(p, PAGES(256));
			_exit(0);
		}
		wait(NULL);
		p = map(512);
		for (size_t i = 0; i < PAGES(512); i += 8)
			bad += *(long *)(p + i) != 0;
		unmap(p, PAGES(512));
	}
	EQ(bad, 0);
}
