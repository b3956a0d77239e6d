// SPDX-License-Identifier: GPL-2.0
/*
 * Process 1 of a machine that is there to be counted: how many instructions
 * from power-on to its main().  (QEMU's counter begins at nought.)  Before its
 * line comes the mark by which tools/hf/machine.py knows the end of what a
 * UEFI firmware printed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

#include "count.h"

int main(void)
{
	unsigned long begin = now();
	int fd;

	mount("dev", "/dev", "devtmpfs", 0, NULL);	/* Linux has none yet */
	fd = open("/dev/ttyS0", O_RDWR | O_NOCTTY);
	need(fd >= 0, "/dev/ttyS0");
	dprintf(fd, "\036holdfast\036power_on_to_main %lu\n", begin);
	tcdrain(fd);
	reboot(RB_POWER_OFF);
	return 1;
}
