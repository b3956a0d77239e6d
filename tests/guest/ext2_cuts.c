/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The load for the power cuts of tests/boot/ext2.t, which has the disk's every
 * write and looks at what a cut after any of them would leave.  File n is
 * written and fsynced as n.tmp, then n is written to the disk behind the file
 * system (the acknowledgement: from here on file n must survive), then the
 * file becomes n.  "config" is replaced by rename again and again.  In between
 * files and folders come and go, so that blocks change their meaning.
 * Skipped without the folder /keep.
 */
#include "test.h"

#define FILES 24
#define ACK_AT (8l << 20)	/* bytes: the size of the file system */

static unsigned sizes[] = { 100, 5000, 20000, 90000, 300000, 64 };

static void write_file(const char *name, unsigned n, unsigned lines)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	char line[32];

	for (unsigned i = 0; i < lines; i++) {
		sprintf(line, "%06u %08x\n", n, i);
		if (write(fd, line, 16) != 16)
			fail("%s: errno %d", name, errno);
	}
	EQ(fsync(fd), 0);
	close(fd);
}

static void acknowledge(int disk, unsigned n)
{
	char text[512] = { 0 };

	sprintf(text, "%u", n + 1);
	EQ(pwrite(disk, text, sizeof(text), ACK_AT), sizeof(text));
}

static void junk_file(const char *name, unsigned bytes)
{
	static char data[4096];
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	memset(data, 0xee, sizeof(data));	/* no block number there is */
	for (unsigned n = 0; n < bytes; n += sizeof(data))
		write(fd, data, sizeof(data));
	if (bytes % 3 == 0)
		ftruncate(fd, bytes / 3);
	close(fd);
}

/* Things come and go: the same few names, so that each is reused. */
static void churn(unsigned n)
{
	char a[64], b[128];

	for (unsigned i = 0; i < 6; i++) {
		sprintf(a, "/junk%u", (n + i) % 7);
		sprintf(b, "/dir%u/file-with-a-longer-name-%u", n % 3, i);
		if (i == 0) {
			sprintf(a, "/dir%u", n % 3);
			mkdir(a, 0755);
		}
		junk_file(a, 9000 + 30000 * i);
		rename(a, b);
		if ((n + i) % 2)
			unlink(b);
	}
	sprintf(a, "/dir%u", (n + 1) % 3);
	for (unsigned i = 0; i < 6; i++) {
		sprintf(b, "%s/file-with-a-longer-name-%u", a, i);
		unlink(b);
	}
	rmdir(a);
}

TEST("a load for power cuts")
{
	int disk = open("/dev/vda", O_RDWR);
	char name[64], final[64];

	if (chdir("/keep") || disk < 0)
		skip("no /keep");
	for (unsigned n = 0; n < FILES; n++) {
		churn(n);
		sprintf(name, "%u.tmp", n);
		sprintf(final, "%u", n);
		write_file(name, n, sizes[n % ARRAY_SIZE(sizes)] / 16);
		acknowledge(disk, n);
		EQ(rename(name, final), 0);
		write_file("config.tmp", n, 500);
		EQ(rename("config.tmp", "config"), 0);
	}
}
