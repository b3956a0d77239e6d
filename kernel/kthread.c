// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel threads, and the one that becomes process 1.  They have no mm, take
 * no signals and are buried when their function returns.
 * (Linux: kernel/kthread.c, init/main.c)
 */
#include <fs/file.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/mqueue.h>

static struct task_struct *kthread_make(void (*fn)(void *), void *arg,
					const char *name)
{
	struct task_struct *t = alloc_task();

	if (IS_ERR(t))
		return NULL;
	thread_init_kernel(&t->thread, fn, arg);
	strlcpy(t->comm, name, sizeof(t->comm));
	t->leader = t;
	t->nr_threads = 1;
	t->blocked = ~0ull;
	t->caps = current->caps;
	return t;
}

struct task_struct *kthread_create(void (*fn)(void *), void *arg,
				   const char *name)
{
	struct task_struct *t = kthread_make(fn, arg, name);

	if (!t)
		return NULL;
	t->pid = t->tgid = alloc_pid();
	hash_task(t);
	wake_up_task(t);
	return t;
}

static void default_rlimits(struct rlimit *rlim)
{
	unsigned i;

	for (i = 0; i < RLIM_NLIMITS; i++)
		rlim[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	rlim[RLIMIT_MEMLOCK] = (struct rlimit){ 8 << 20, 8 << 20 };
	rlim[RLIMIT_MSGQUEUE] = (struct rlimit){ MQ_BYTES_MAX, MQ_BYTES_MAX };
	rlim[RLIMIT_STACK].rlim_cur = 8 << 20;
	rlim[RLIMIT_CORE].rlim_cur = 0;
	rlim[RLIMIT_NOFILE] = (struct rlimit){ 1024, 4096 };
	rlim[RLIMIT_NPROC] = rlim[RLIMIT_SIGPENDING] =
		(struct rlimit){ max_tasks() / 2, max_tasks() / 2 };
	rlim[RLIMIT_NICE] = rlim[RLIMIT_RTPRIO] = (struct rlimit){ 0, 0 };
}

struct task_struct *init_create(void (*fn)(void *), void *arg)
{
	struct sighand *sh = sighand_alloc(NULL);
	struct task_struct *t;

	if (!sh)
		return NULL;
	t = kthread_make(fn, arg, "init");
	if (!t) {
		sighand_put(sh);
		return NULL;
	}
	t->sighand = sh;
	t->timer_slack = 50000;
	t->blocked = 0;
	t->pid = t->tgid = 1;
	t->exit_signal = SIGCHLD;
	t->fs = current->fs ? fs_get(current->fs) : NULL;
	t->files = current->files ? files_get(current->files) : NULL;
	default_rlimits(t->rlim);
	hash_task(t);
	wake_up_task(t);
	return t;
}
