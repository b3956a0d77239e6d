// SPDX-License-Identifier: GPL-2.0
/* A guest check as tests/grader/snapshot.t wants it: cases that end well, and
 * in every way that is not. */
#include "test.h"

#include <sys/reboot.h>

TEST("right")
{
	RET(sys(getpid) > 1, 1);
}

TEST("wrong")
{
	RET(sys(close, 77), 0);
}

TEST("dies")
{
	kill(getpid(), SIGSEGV);
}

/* Says what a pass looks like, and ends as if it were one. */
TEST("lies")
{
	dprintf(1, "ok 1 - lies\n# proof 0123456789abcdef\n");
	_exit(0);
}

TEST("loops")
{
	for (volatile unsigned i = 0; ; i++)
		;
}

TEST("waits")
{
	for (;;)
		pause();
}

TEST("shouts")
{
	static char line[4096];

	memset(line, 'a', sizeof(line));
	for (;;)
		sys(write, 1, line, sizeof(line));
}

TEST("switches-off")
{
	reboot(RB_POWER_OFF);
}

/* Leaves a file; the next case must not find it. */
TEST("leaves")
{
	RET(open("/tmp/left", O_CREAT | O_EXCL | O_WRONLY, 0600) >= 0, 1);
}
