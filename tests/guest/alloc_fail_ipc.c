/* run: --mem 128M --kernel holdfast --memlock task --timeout 240 */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * alloc_fail.h's loop around System V IPC, message queues and descriptors of
 * events.  Holdfast only.
 */
#include "alloc_fail.h"

#include <mqueue.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>

static long id = -1;
static char *attached;

static long op_shm(void)
{
	long at;

	TRY(id = sys(shmget, IPC_PRIVATE, 3 * PAGE, 0600));
	TRY(at = sys(shmat, id, NULL, 0));
	attached = (char *)at;
	memset(attached, 1, 3 * PAGE);
	TRY(sys(shmctl, id, SHM_LOCK, NULL));
	return sys(shmctl, id, SHM_UNLOCK, NULL);
}

static void no_shm(void)
{
	if (attached)
		sys(shmdt, attached);
	attached = NULL;
	if (id >= 0)
		sys(shmctl, id, IPC_RMID, NULL);
	id = -1;
}

static long op_sem(void)
{
	struct sembuf op = { 1, 1, SEM_UNDO };
	unsigned short all[3];

	TRY(id = sys(semget, IPC_PRIVATE, 3, 0600));
	TRY(sys(semop, id, &op, 1));
	return sys(semctl, id, 0, GETALL, all);
}

static void no_sem(void)
{
	if (id >= 0)
		sys(semctl, id, 0, IPC_RMID, 0);
	id = -1;
}

static long op_msg(void)
{
	*(long *)scratch = 1;
	TRY(id = sys(msgget, IPC_PRIVATE, 0600));
	TRY(sys(msgsnd, id, scratch, 5000, 0));
	TRY(sys(msgrcv, id, scratch, 5000, 0, 040000 | IPC_NOWAIT));
	return sys(msgrcv, id, scratch, 5000, 0, 0);
}

static void no_msg(void)
{
	if (id >= 0)
		sys(msgctl, id, IPC_RMID, NULL);
	id = -1;
}

static long op_mqueue(void)
{
	TRY(fds[0] = sys(mq_open, "alloc-fail", O_CREAT | O_RDWR, 0600, NULL));
	TRY(sys(mq_timedsend, fds[0], scratch, 5000, 1, NULL));
	TRY(sys(mq_timedsend, fds[0], scratch, 5000, 2, NULL));
	return sys(mq_timedreceive, fds[0], scratch, 8192, NULL, NULL);
}

static void no_mqueue(void)
{
	close_fds();
	sys(mq_unlink, "alloc-fail");
}

static long op_epoll(void)
{
	uint64_t set = 1ull << (SIGUSR1 - 1);
	struct epoll_event ev = { .events = EPOLLIN };

	TRY(fds[0] = sys(epoll_create1, 0));
	TRY(fds[1] = sys(timerfd_create, CLOCK_MONOTONIC, 0));
	TRY(sys(epoll_ctl, fds[0], EPOLL_CTL_ADD, fds[1], &ev));
	sys(close, fds[1]);
	TRY(fds[1] = sys(signalfd4, -1, &set, 8, 0));
	TRY(sys(epoll_ctl, fds[0], EPOLL_CTL_ADD, fds[1], &ev));
	return sys(epoll_wait, fds[0], &ev, 1, 0);
}

static const struct op ops[] = {
	{ "shared memory", op_shm, NULL, no_shm, false, ENFILE },
	{ "semaphores", op_sem, NULL, no_sem, false, 0 },
	{ "messages", op_msg, NULL, no_msg, false, 0 },
	{ "message queues", op_mqueue, NULL, no_mqueue, false, 0 },
	{ "epoll, timerfd, signalfd", op_epoll, NULL, close_fds, false, 0 },
};

TEST_TABLE("every allocation fails", ops, every_allocation);
