/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copy-on-write: contents of parent, children and grandchildren stay apart,
 * whoever writes first, whoever ends first.
 */
#include "test.h"

#define N 64

static void fill(char *p, int seed)
{
	for (int i = 0; i < N; i++)
		memset(p + PAGES(i), seed + i, PAGE);
}

static bool holds(const char *p, int seed)
{
	for (int i = 0; i < N; i++)
		for (size_t j = 0; j < PAGE; j += 509)
			if (p[PAGES(i) + j] != (char)(seed + i))
				return false;
	return true;
}

static void reader(void *p) { OK(holds(p, 1)); }

static void writer(void *p)
{
	OK(holds(p, 1));
	fill(p, 100);
	OK(holds(p, 100));
}

TEST("a child reads what the parent wrote")
{
	char *p = map(N);

	fill(p, 1);
	in_child(reader, p);
	OK(holds(p, 1));
}

TEST("a child's writes stay its own")
{
	char *p = map(N);

	fill(p, 1);
	in_child(writer, p);
	OK(holds(p, 1));
}

TEST("the parent's writes while a child lives stay its own")
{
	int go[2], status;
	char *p = map(N), c;
	pid_t pid;

	fill(p, 1);
	EQ(pipe(go), 0);
	pid = fork();
	if (!pid) {
		read(go[0], &c, 1);
		_exit(!holds(p, 1));
	}
	fill(p, 50);
	EQ(write(go[1], "", 1), 1);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
	OK(holds(p, 50));
}

TEST("ten children write at once")
{
	char *p = map(N);
	int status, bad = 0;

	fill(p, 1);
	for (int i = 0; i < 10; i++)
		if (!fork()) {
			fill(p, 10 * i + 3);
			sys(sched_yield);
			_exit(!holds(p, 10 * i + 3));
		}
	while (wait(&status) > 0)
		bad += status != 0;
	EQ(bad, 0);
	OK(holds(p, 1));
}

static void grandparent(void *p)
{
	fill(p, 20);
	for (int i = 0; i < 3; i++) {
		int status;
		pid_t pid = fork();

		if (!pid) {
			fill(p, 30 + i);
			_exit(!holds(p, 30 + i));
		}
		EQ(waitpid(pid, &status, 0), pid);
		EQ(status, 0);
	}
	OK(holds(p, 20));
}

TEST("three generations")
{
	char *p = map(N);

	fill(p, 1);
	in_child(grandparent, p);
	OK(holds(p, 1));
}

TEST("a chain of forks eight deep, each writing one page")
{
	char *p = map(N);
	int depth = 0, status;

	fill(p, 1);
	for (; depth < 8; depth++) {
		pid_t pid = fork();

		if (pid) {
			EQ(waitpid(pid, &status, 0), pid);
			EQ(status, 0);
			for (int i = 0; i < 8; i++)
				EQ(p[PAGES(i)], i < depth ? 'z' : 1 + i);
			if (depth)
				_exit(0);
			return;
		}
		p[PAGES(depth)] = 'z';
	}
	_exit(0);
}

TEST("the parent ends first: the orphan keeps its contents")
{
	char *p = map(N), answer = 0;
	int out[2], go[2], status;
	pid_t pid;

	fill(p, 1);
	EQ(pipe(out), 0);
	EQ(pipe(go), 0);
	pid = fork();
	if (!pid) {
		fill(p, 9);
		if (!fork()) {
			read(go[0], &answer, 1);
			answer = holds(p, 9) ? 'y' : 'n';
			write(out[1], &answer, 1);
			_exit(0);
		}
		_exit(0);
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(write(go[1], "", 1), 1);
	EQ(read(out[0], &answer, 1), 1);
	EQ(answer, 'y');
}

TEST("read(2) into pages shared by fork writes a copy")
{
	char *p = map(N);
	int fds[2], status;
	pid_t pid;

	fill(p, 1);
	EQ(pipe(fds), 0);
	EQ(write(fds[1], "Q", 1), 1);
	pid = fork();
	if (!pid)
		_exit(read(fds[0], p + PAGES(3), 1) != 1 ||
		      p[PAGES(3)] != 'Q');
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
	OK(holds(p, 1));
}

static void zero_child(void *p)
{
	EQ(*(volatile char *)p, 0);
	*(char *)p = 1;
	EQ(*(volatile char *)p, 1);
}

TEST("the zero page is copied when it is written")
{
	char *p = map(2);

	EQ(*(volatile char *)p, 0);
	in_child(zero_child, p);
	EQ(*(volatile char *)p, 0);
	p[0] = 5;
	EQ(p[PAGE], 0);
	EQ(p[1], 0);
}

static void protect_child(void *p)
{
	RET(protect(p, PAGES(N), PROT_READ), 0);
	EQ(probe_write(p, NULL, NULL), SIGSEGV);
	RET(protect(p, PAGES(N), RW), 0);
	fill(p, 7);
}

TEST("mprotect in a child does not make shared pages writable")
{
	char *p = map(N);

	fill(p, 1);
	in_child(protect_child, p);
	OK(holds(p, 1));
	fill(p, 2);
	OK(holds(p, 2));
}

static void remap_child(void *p)
{
	RET(remap(p, PAGES(N), PAGES(N), MREMAP_MAYMOVE | MREMAP_FIXED,
		  AT(256)), (long)AT(256));
	OK(holds(AT(256), 1));
	fill(AT(256), 60);
	OK(holds(AT(256), 60));
}

TEST("pages shared by fork moved with mremap and written")
{
	char *p = map(N);

	fill(p, 1);
	in_child(remap_child, p);
	OK(holds(p, 1));
}

TEST("a private file map: copies of parent and child stay apart")
{
	int fd = make_memfd(N), status;
	char *p = map_at(AT(0), N, RW, MAP_PRIVATE, fd, 0), c;
	pid_t pid;

	p[0] = 'P';
	pid = fork();
	if (!pid) {
		p[0] = 'C';
		p[PAGE] = 'C';
		_exit(p[PAGES(2)] != 'c');
	}
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
	EQ(p[0], 'P');
	EQ(p[PAGE], 'b');
	EQ(pread(fd, &c, 1, 0), 1);
	EQ(c, 'a');
}

TEST("a hundred forks one after another leave the memory as it was")
{
	char *p = map(4);
	int status, bad = 0;

	touch(p, 4);
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();

		if (!pid) {
			p[PAGES(i % 4)] = 'x';
			_exit(0);
		}
		waitpid(pid, &status, 0);
		bad += status != 0;
	}
	EQ(bad, 0);
	for (int i = 0; i < 4; i++)
		EQ(p[PAGES(i)], 'A' + i);
}
