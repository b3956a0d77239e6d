/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The seam: all that mm/ uses of the rest of the kernel comes through here,
 * and the host build stands in its own mm/deps.h (arch/host).  What mm/ uses:
 *
 *   tasks     current, rlimit(), capable(CAP_IPC_LOCK, CAP_SYS_RAWIO),
 *             fatal_signal_pending(), cond_resched(), sleep_ns(),
 *             next_mm_task(), kill_task(), kthread_create(), task->mm,
 *             ->comm, ->pid, ->tgid, ->euid, ->maj_flt, ->min_flt,
 *             ->oom_refused,
 *             task_oom_score_adj()
 *   locks     struct rwsem, struct wait_queue
 *   files     struct file's f_mapping, f_mode, f_ra; get_file(), fput(),
 *             shmem_zero_setup_file(), file_is_dev_zero(),
 *             file_owned_or_writable(), deny_write_access(),
 *             allow_write_access(), file_writers_denied(),
 *             file_noexec()
 *   faults    handle_userfault(), userfaultfd_wait(), userfaultfd_exit()
 *   disks     struct block_device's sectors, readonly, holder; bdev_rw()
 *   users     arch/uaccess.h
 *   injection fault_armed: if so, should_fail_alloc() is asked at each
 *             allocation, should_find_no_frame() at each of frames
 *   syscalls  SYSCALL_DEFINEn
 */
#ifndef MM_DEPS_H
#define MM_DEPS_H

#include <arch/irq.h>
#include <arch/uaccess.h>
#include <drivers/block.h>
#include <fs/file.h>
#include <kernel/fault_inject.h>
#include <kernel/lock.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>

#endif
