/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Seals of memfds: what no longer can be written can not be mapped to write
 * either, nor sealed while somebody has it mapped so.
 */
#include "test.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x10
#endif

static int sealable(void)
{
	int fd = sys(memfd_create, "sealed", 2 /* MFD_ALLOW_SEALING */);

	EQ(ftruncate(fd, PAGE), 0);
	return fd;
}

static long map_file(int fd, int prot, int flags)
{
	return sys(mmap, NULL, PAGE, prot, flags, fd, 0);
}

static void no_writing(const void *row)
{
	long seal = *(const int *)((const char *const *)row + 1), p;
	int fd = sealable();

	RET(sys(fcntl, fd, F_ADD_SEALS, seal), 0);
	RET(sys(write, fd, "x", 1), -EPERM);
	RET(map_file(fd, PROT_READ | PROT_WRITE, MAP_SHARED), -EPERM);
	RET(map_file(fd, PROT_WRITE, MAP_SHARED), -EPERM);
	p = map_file(fd, PROT_READ, MAP_SHARED);
	OK(!failed(p));
	RET(sys(mprotect, p, PAGE, PROT_READ | PROT_WRITE), -EACCES);
	p = map_file(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	OK(!failed(p));
	*(char *)p = 1;
}

static const struct {
	const char *name;
	int seal;
} seals[] = {
	{ "F_SEAL_WRITE", F_SEAL_WRITE },
	{ "F_SEAL_FUTURE_WRITE", F_SEAL_FUTURE_WRITE },
};
TEST_TABLE("nothing maps it to write", seals, no_writing);

TEST("F_SEAL_WRITE: EBUSY while it may be written through a mapping")
{
	int fd = sealable();
	long p = map_file(fd, PROT_READ, MAP_SHARED);

	RET(sys(fcntl, fd, F_ADD_SEALS, F_SEAL_WRITE), -EBUSY);
	RET(sys(fcntl, fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), 0);
	RET(sys(munmap, p, PAGE), 0);
	OK(!failed(map_file(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE)));
	RET(sys(fcntl, fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
}

TEST("F_SEAL_FUTURE_WRITE leaves the mappings there are")
{
	int fd = sealable();
	char *p = (char *)map_file(fd, PROT_READ | PROT_WRITE, MAP_SHARED);

	RET(sys(fcntl, fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), 0);
	*p = 'x';
	EQ(*p, 'x');
}

TEST("order of checks; other files of tmpfs have no seals")
{
	int fd = open("/proc/self/exe", O_RDONLY), sealed = make_memfd(1);

	RET(sys(fcntl, fd, F_ADD_SEALS, 1ul << 32), -EINVAL);
	RET(sys(fcntl, fd, F_ADD_SEALS, 1u << 31), -EPERM);
	RET(sys(fcntl, fd, F_GET_SEALS, 0), F_SEAL_SEAL);
	RET(sys(fcntl, sealed, F_ADD_SEALS, -1), -EINVAL);
	RET(sys(fcntl, sealed, F_ADD_SEALS, F_SEAL_WRITE), -EPERM);
}
