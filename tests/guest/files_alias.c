/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locked mappings of files and of pages that are mapped twice (semantics.md
 * 2.6): truncate and punched holes drop pages but no locks, writes are seen,
 * running programs are busy.
 */
#include "test.h"

#define PUNCH 3		/* FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE */

struct kind {
	const char *name;
	int flags;
	char state;
};

static const struct kind kinds[] = {
	{ "shared plain", MAP_SHARED, '.' },
	{ "shared locked", MAP_SHARED, 'l' },
	{ "shared on fault", MAP_SHARED, 'o' },
	{ "private plain", MAP_PRIVATE, '.' },
	{ "private locked", MAP_PRIVATE, 'l' },
	{ "private on fault", MAP_PRIVATE, 'o' },
};

static char *map_kind(const struct kind *k, int fd, int prot)
{
	char *p = map_at(AT(0), 4, prot, k->flags, fd, 0);

	if (k->state != '.')
		RET(lock2(p, PAGES(4), k->state == 'o'), 0);
	return p;
}

static const char *state_of(const struct kind *k)
{
	return k->state == '.' ? "...." : k->state == 'l' ? "llll" : "oooo";
}

static void locks_stay(const struct kind *k, char *p)
{
	LOCKS(p, state_of(k));
	LOCKED(k->state == '.' ? 0 : 4);
}

static void write_row(const void *row)
{
	const struct kind *k = row;
	int fd = make_memfd(4);
	char *p = map_kind(k, fd, PROT_READ);

	EQ(p[PAGE], 'b');
	EQ(pwrite(fd, "new", 3, PAGE), 3);
	EQ(p[PAGE], 'n');
	locks_stay(k, p);
}
TEST_TABLE("write(2) is seen in pages not copied", kinds, write_row);

static void truncate_row(const void *row)
{
	const struct kind *k = row;
	int fd = make_memfd(4);
	char *p = map_kind(k, fd, RW);
	void *addr;
	int code;

	touch(p, 4);
	EQ(ftruncate(fd, PAGES(2)), 0);
	locks_stay(k, p);
	PRESENT(p, "1100");
	EQ(p[PAGE], 'B');
	EQ(probe_read(p + PAGES(2) + 3, &addr, &code), SIGBUS);
	EQ(addr, p + PAGES(2) + 3);
	EQ(code, BUS_ADRERR);
	EQ(ftruncate(fd, PAGES(4)), 0);
	EQ(p[PAGES(2)], 0);
	EQ(p[PAGES(3)], 0);
	locks_stay(k, p);
}
TEST_TABLE("truncate drops pages, private copies too", kinds, truncate_row);

static void truncate_file_row(const void *row)
{
	const struct kind *k = row;
	int fd = make_file("/tmp/files_alias.t", 4);
	char *p = map_kind(k, fd, RW);

	touch(p, 4);
	EQ(truncate("/tmp/files_alias.t", 100), 0);
	PRESENT(p, "1000");
	EQ(p[0], 'A');
	if (k->flags == MAP_SHARED)
		EQ(p[200], 0);
	locks_stay(k, p);
	unlink("/tmp/files_alias.t");
}
TEST_TABLE("truncate of a tmpfs file into its first page", kinds,
	   truncate_file_row);

static void punch_row(const void *row)
{
	const struct kind *k = row;
	int fd = make_memfd(4);
	char *p = map_kind(k, fd, RW);

	touch(p, 4);
	RET(sys(fallocate, fd, PUNCH, PAGE, PAGES(2)), 0);
	locks_stay(k, p);
	if (k->flags == MAP_SHARED) {
		PRESENT(p, "1001");
		EQ(p[PAGE], 0);
		EQ(p[PAGES(2)], 0);
	} else {
		PRESENT(p, "1111");
		EQ(p[PAGE], 'B');
		EQ(p[PAGES(2)], 'C');
	}
	EQ(p[PAGES(3)], 'D');
}
TEST_TABLE("punching a hole drops file pages, not copies", kinds, punch_row);

static void extend_row(const void *row)
{
	const struct kind *k = row;
	int fd = make_memfd(4);
	char *p;

	EQ(ftruncate(fd, PAGES(2)), 0);
	p = map_at(AT(0), 4, RW, k->flags, fd, 0);
	lock2(p, PAGES(4), k->state == 'o');
	EQ(probe_read(p + PAGES(3), NULL, NULL), SIGBUS);
	EQ(ftruncate(fd, PAGES(4)), 0);
	EQ(probe_read(p + PAGES(3), NULL, NULL), 0);
	EQ(p[PAGES(3)], 0);
	LOCKED(4);
}
TEST_TABLE("a file that grows under the mapping", kinds, extend_row);

static void unlink_row(const void *row)
{
	const struct kind *k = row;
	int fd = make_file("/tmp/files_alias.u", 4);
	char *p = map_kind(k, fd, RW);

	EQ(unlink("/tmp/files_alias.u"), 0);
	close(fd);
	EQ(p[PAGES(2)], 'c');
	touch(p, 4);
	EQ(p[PAGES(3)], 'D');
	locks_stay(k, p);
}
TEST_TABLE("close and unlink leave the mapping", kinds, unlink_row);

/* ---- two mappings of one page ------------------------------------------ */

TEST("two shared maps of a file: locks are each area's own")
{
	int fd = make_memfd(2);
	char *p = map_at(AT(0), 2, RW, MAP_SHARED, fd, 0);
	char *q = map_at(AT(8), 2, RW, MAP_SHARED, fd, 0);

	RET(lock(p, PAGES(2)), 0);
	LOCKS(p, "ll");
	LOCKS(q, "..");
	p[5] = 'x';
	EQ(q[5], 'x');
	RET(lock(q, PAGES(2)), 0);
	LOCKED(4);
	RET(unlock(p, PAGES(2)), 0);
	LOCKS(p, "..");
	LOCKS(q, "ll");
	LOCKED(2);
}

TEST("both maps locked, one unmapped: the other keeps pages and lock")
{
	int fd = make_memfd(2);
	char *p = map_at(AT(0), 2, RW, MAP_SHARED | MAP_LOCKED, fd, 0);
	char *q = map_at(AT(8), 2, RW, MAP_SHARED | MAP_LOCKED, fd, 0);

	RET(unmap(p, PAGES(2)), 0);
	LOCKS(q, "ll");
	PRESENT(q, "11");
	EQ(q[PAGE], 'b');
	LOCKED(2);
}

TEST("a private and a shared map of one file")
{
	int fd = make_memfd(2);
	char *p = map_at(AT(0), 2, RW, MAP_PRIVATE | MAP_LOCKED, fd, 0);
	char *q = map_at(AT(8), 2, RW, MAP_SHARED | MAP_LOCKED, fd, 0);

	q[0] = 'Q';
	EQ(p[0], 'a');
	p[PAGE] = 'P';
	EQ(q[PAGE], 'b');
	LOCKED(4);
}

TEST("one file page mapped four times over")
{
	int fd = make_memfd(1);

	for (int i = 0; i < 4; i++)
		map_at(AT(2 * i), 1, RW, MAP_SHARED | MAP_LOCKED, fd, 0);
	AT(0)[9] = 'z';
	for (int i = 0; i < 4; i++)
		EQ(AT(2 * i)[9], 'z');
	LOCKED(4);
	RET(unlock(AT(2), PAGE), 0);
	LOCKS(AT(0), "l-.-l-l");
}

TEST("fadvise(DONTNEED) leaves mapped pages alone")
{
	int fd = make_memfd(3);
	char *p = map_at(AT(0), 3, RW, MAP_SHARED | MAP_LOCKED, fd, 0);

	p[PAGE] = 'x';
	RET(sys(fadvise64, fd, 0, 0, 4), 0);
	PRESENT(p, "111");
	EQ(p[PAGE], 'x');
	LOCKS(p, "lll");
}

TEST("remap_file_pages keeps the lock of the piece")
{
	char *p = map_at(AT(0), 4, RW, MAP_SHARED, make_memfd(4), 0);

	RET(lock(p, PAGES(4)), 0);
	RET(sys(remap_file_pages, p, PAGE, 0, 2, 0), 0);
	LOCKS(p, "llll-");
	LOCKED(4);
	EQ(p[0], 'c');
	EQ(p[PAGE], 'b');
}

TEST("remap_file_pages of a plain piece leaves it plain")
{
	char *p = map_at(AT(0), 4, RW, MAP_SHARED, make_memfd(4), 0);

	RET(sys(remap_file_pages, p + PAGE, PAGE, 0, 3, 0), 0);
	LOCKS(p, "....-");
	EQ(p[PAGE], 'd');
}

/* ---- /proc/self/mem ---------------------------------------------------- */

TEST("/proc/self/mem writes a locked private r-x page: a copy, locked")
{
	int fd = make_memfd(1), mem = open("/proc/self/mem", O_RDWR);
	char *p = map_at(AT(0), 1, PROT_READ | PROT_EXEC,
			 MAP_PRIVATE | MAP_LOCKED, fd, 0), c;
	struct area a;

	OK(mem >= 0);
	EQ(pwrite(mem, "W", 1, (off_t)p), 1);
	EQ(p[0], 'W');
	EQ(pread(fd, &c, 1, 0), 1);
	EQ(c, 'a');
	OK(area_at(p, &a));
	EQ(a.anon, 1);
	EQ(a.locked, 1);
	STR(a.perms, "r-xp");
}

TEST("/proc/self/mem reads any mapped page")
{
	int mem = open("/proc/self/mem", O_RDWR);
	char *p = map(2), c = 0;

	touch(p, 2);
	EQ(pread(mem, &c, 1, (off_t)p + PAGE), 1);
	EQ(c, 'B');
	EQ(pread(mem, &c, 1, (off_t)AT(100)), -1);
	EQ(errno, EIO);
}

/* ---- programs ---------------------------------------------------------- */

static void copy_self(const char *to)
{
	static char buf[65536];
	int in = open("/proc/self/exe", O_RDONLY);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	ssize_t n;

	if (in < 0 || out < 0)
		die("copying the program: errno %d", errno);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, n) != n)
			die("copying the program: short write");
	close(in);
	close(out);
}

TEST("a running program's file: ETXTBSY for writers, rename allowed")
{
	const char *me = "/tmp/files_alias.run", *name = "/tmp/files_alias.ren";
	char *const argv[] = { (char *)me, "wait", NULL };
	int fds[2], status;
	pid_t pid;
	char c;

	copy_self(me);
	RET(sys(pipe2, fds, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		execv(me, argv);
		_exit(9);
	}
	close(fds[1]);
	EQ(read(fds[0], &c, 1), 0);	/* exec has closed the other end */
	RET(sys(open, me, O_WRONLY, 0), -ETXTBSY);
	RET(sys(open, me, O_RDWR, 0), -ETXTBSY);
	RET(sys(truncate, me, 0), -ETXTBSY);
	EQ(rename(me, name), 0);
	RET(sys(open, name, O_WRONLY, 0), -ETXTBSY);
	kill(pid, SIGKILL);
	EQ(waitpid(pid, &status, 0), pid);
	status = open(name, O_WRONLY);
	OK(status >= 0);
	close(status);
	unlink(name);
}

TEST("a file open for writing cannot be executed: ETXTBSY")
{
	const char *me = "/tmp/files_alias.open";
	char *const argv[] = { (char *)me, "no such case", NULL };
	int fd;

	copy_self(me);
	fd = open(me, O_WRONLY);
	RET(sys(execve, me, argv, argv + 2), -ETXTBSY);
	close(fd);
	unlink(me);
}

TEST("a mapped file that is not a program is not busy")
{
	int fd = make_file("/tmp/files_alias.map", 1);

	map_at(AT(0), 1, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_LOCKED, fd,
	       0);
	close(fd);
	fd = open("/tmp/files_alias.map", O_WRONLY | O_TRUNC);
	OK(fd >= 0);
	unlink("/tmp/files_alias.map");
}
