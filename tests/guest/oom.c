/* run: --mem 64M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is killed when there is no memory: two children, one that holds more than
 * half of it and sleeps, and one that takes the rest until somebody dies.
 */
#include "test.h"

#include <sys/ptrace.h>

struct choice {
	const char *name;
	const char *sleeper, *taker;	/* their oom_score_adj */
	const char *allocating;		/* vm.oom_kill_allocating_task */
	bool taker_dies;
};

static const struct choice choices[] = {
	{ "the larger one", "0", "0", "0", false },
	{ "not one with -1000", "-1000", "0", "0", true },
	{ "rather one with 1000", "0", "1000", "0", true },
	{ "rather one with 900 than with 100", "100", "900", "0", true },
	{ "the one that asks, if that is set", "0", "0", "1", true },
	{ "... but not with -1000", "0", "-1000", "1", false },
};

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (write(fd, text, strlen(text)) != (long)strlen(text))
		die("%s: errno %d", path, errno);
	close(fd);
}

static size_t available_pages(void)
{
	static char text[8192];
	char *p;

	slurp("/proc/meminfo", text, sizeof(text));
	p = strstr(text, "MemAvailable:");
	if (!p)
		die("no MemAvailable");
	return strtoul(p + 13, NULL, 10) / 4;
}

/* Takes that many pages, tells so through the pipe, and waits for its end. */
static pid_t start(const char *adj, size_t pages, int done)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	put("/proc/self/oom_score_adj", adj);
	touch(map_at(AT(0), pages, RW, ANON | MAP_NORESERVE, -1, 0), pages);
	if (write(done, "d", 1) != 1)
		_exit(1);
	pause();
	_exit(0);
}

static void choice_row(const void *row)
{
	const struct choice *c = row;
	const char *flag = "/proc/sys/vm/oom_kill_allocating_task";
	size_t pages = available_pages();
	pid_t sleeper, taker, chosen, dead;
	int done[2], status;
	char d;

	EQ(pipe(done), 0);
	sleeper = start(c->sleeper, pages / 10 * 6, done[1]);
	EQ(read(done[0], &d, 1), 1);
	put(flag, c->allocating);
	taker = start(c->taker, pages / 10 * 6, done[1]);
	chosen = c->taker_dies ? taker : sleeper;
	dead = wait(&status);
	put(flag, "0");
	if (dead != chosen) {
		/* Linux may choose again before the first's memory is back, and
		 * the second be gone before it. */
		usleep(200000);
		dead = waitpid(chosen, &status, WNOHANG);
	}
	EQ(dead, chosen);
	EQ(status, SIGKILL);
	kill(c->taker_dies ? sleeper : taker, SIGKILL);
	wait(NULL);
}
TEST_TABLE("killed", choices, choice_row);

TEST("a victim's tracer does not hold up its end")
{
	size_t pages = available_pages();
	pid_t victim, taker;
	int done[2];
	char d;

	EQ(pipe(done), 0);
	victim = start("1000", pages / 10 * 6, done[1]);
	EQ(read(done[0], &d, 1), 1);
	RET(sys(ptrace, PTRACE_SEIZE, victim, 0, PTRACE_O_TRACEEXIT), 0);
	taker = start("0", pages / 10 * 6, done[1]);
	EQ(read(done[0], &d, 1), 1);
	kill(victim, SIGKILL);
	kill(taker, SIGKILL);
}
