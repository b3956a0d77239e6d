// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions, counted one by one: how busy the machine is does not matter, as
 * it would to a clock.  A child does the work, and its parent lets it make one
 * step after another; that takes some microseconds for each.
 */
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static pid_t traced(void (*fn)(void *), void *arg)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid)
		return pid;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(1);
	raise(SIGSTOP);
	fn(arg);
	raise(SIGSTOP);
	_exit(0);
}

long count_steps(void (*fn)(void *), void *arg, long most)
{
	pid_t pid = traced(fn, arg);
	int status, expect = SIGSTOP;
	long steps = 0;

	assert_true(pid > 0);
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) &&
	       WSTOPSIG(status) == expect && steps < most) {
		ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL);
		expect = SIGTRAP;
		steps++;
	}
	if (WIFSTOPPED(status)) {
		kill(pid, SIGKILL);
		if (WSTOPSIG(status) == SIGSTOP || steps == most)
			return steps;
	}
	fail_msg("it did not come to its end (status %#x)", status);
	return -1;
}
