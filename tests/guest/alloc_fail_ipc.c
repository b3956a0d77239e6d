/* run: --mem 128M --kernel holdfast --memlock task */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * alloc_fail.h's loop around System V IPC, message queues, descriptors of
 * events, and what looks at other programs.  Holdfast only.
 */
#include "alloc_fail.h"

#include <linux/userfaultfd.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/uio.h>
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

/* ---- other programs, and looking at them --------------------------------- */

static pid_t watched;

static void start_watched(void)
{
	watched = fork();
	if (!watched)
		for (;;)
			pause();
}

static void end_watched(void)
{
	kill(watched, SIGKILL);
	while (waitpid(watched, NULL, 0) != watched && errno == EINTR)
		;
	close_fds();
}

static long op_ptrace(void)
{
	int status;

	TRY(sys(ptrace, PTRACE_SEIZE, watched, 0, 0));
	TRY(sys(ptrace, PTRACE_INTERRUPT, watched, 0, 0));
	TRY(sys(wait4, watched, &status, 0, NULL));
	TRY(sys(ptrace, PTRACE_POKEDATA, watched, scratch, 1));
	return sys(ptrace, PTRACE_DETACH, watched, 0, 0);
}

static long op_process_vm(void)
{
	struct iovec v[20];
	long r;

	for (int i = 0; i < 20; i++)
		v[i] = (struct iovec){ scratch + PAGES(i % 10), PAGE };
	r = sys(process_vm_readv, watched, v, 20, v, 20, 0);
	if (r >= 0 || r == -EFAULT)	/* a page of the other's was short */
		r = sys(process_vm_writev, watched, v, 20, v, 20, 0);
	return r == -EFAULT ? -ENOMEM : r;
}

static long op_pidfd(void)
{
	struct pollfd p = { .events = POLLIN };

	TRY(fds[0] = sys(pidfd_open, watched, 0));
	TRY(fds[1] = sys(pidfd_getfd, fds[0], 1, 0));
	TRY(sys(pidfd_send_signal, fds[0], SIGURG, NULL, 0));
	p.fd = fds[0];
	return sys(poll, &p, 1, 0);
}

static void window(void)
{
	map(32);
}

static long op_userfaultfd(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register all = {
		.range = { WINDOW, PAGES(8) },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffdio_copy copy = {
		.dst = WINDOW + PAGES(3), .src = (long)scratch, .len = PAGE,
	};

	TRY(fds[0] = sys(userfaultfd, O_NONBLOCK | UFFD_USER_MODE_ONLY));
	TRY(sys(ioctl, fds[0], UFFDIO_API, &api));
	TRY(sys(ioctl, fds[0], UFFDIO_REGISTER, &all));
	TRY(sys(ioctl, fds[0], UFFDIO_COPY, &copy));
	return sys(ioctl, fds[0], UFFDIO_UNREGISTER, &all.range);
}

static void no_window(void)
{
	close_fds();
	unmap(AT(0), PAGES(32));
}

static long op_inotify(void)
{
	char name[300];

	TRY(fds[0] = sys(inotify_init1, O_NONBLOCK));
	TRY(sys(inotify_add_watch, fds[0], BOX "/dir", IN_ALL_EVENTS));
	TRY(fds[1] = sys(open, BOX "/dir/file1", O_RDWR, 0));
	TRY(sys(write, fds[1], "x", 1));
	TRY(sys(read, fds[0], name, sizeof(name)));
	return sys(inotify_rm_watch, fds[0], 1);
}

static long op_timers(void)
{
	int ids[3];
	long r;

	for (int i = 0; i < 3; i++) {
		r = sys(timer_create, CLOCK_MONOTONIC, NULL, ids + i);
		if (failed(r)) {
			while (i--)
				sys(timer_delete, ids[i]);
			return r;
		}
	}
	for (int i = 0; i < 3; i++)
		sys(timer_delete, ids[i]);
	return 0;
}

static long op_pty(void)
{
	int zero = 0;

	TRY(fds[0] = sys(open, "/dev/ptmx", O_RDWR | O_NOCTTY, 0));
	TRY(sys(ioctl, fds[0], TIOCSPTLCK, &zero));
	TRY(fds[1] = sys(ioctl, fds[0], TIOCGPTPEER, O_RDWR | O_NOCTTY));
	TRY(sys(write, fds[0], "hello\n", 6));
	return sys(read, fds[1], scratch, 6);
}

static const struct op ops[] = {
	{ "shared memory", op_shm, NULL, no_shm, false, ENFILE },
	{ "semaphores", op_sem, NULL, no_sem, false, 0 },
	{ "messages", op_msg, NULL, no_msg, false, 0 },
	{ "message queues", op_mqueue, NULL, no_mqueue, false, 0 },
	{ "epoll, timerfd, signalfd", op_epoll, NULL, close_fds, false, 0 },
	{ "ptrace", op_ptrace, start_watched, end_watched, false, EIO },
	{ "process_vm", op_process_vm, start_watched, end_watched, false, 0 },
	{ "pidfds", op_pidfd, start_watched, end_watched, false, 0 },
	{ "userfaultfd", op_userfaultfd, window, no_window, false, 0 },
	{ "inotify", op_inotify, NULL, close_fds, false, 0 },
	{ "timers", op_timers, NULL, NULL, false, 0 },
	{ "a pseudo-terminal", op_pty, NULL, close_fds, false, EIO },
};

TEST_TABLE("every allocation fails", ops, every_allocation);
