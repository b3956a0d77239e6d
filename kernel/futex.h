/* SPDX-License-Identifier: GPL-2.0 */
/* Futexes (kernel/futex.c). */
#ifndef KERNEL_FUTEX_H
#define KERNEL_FUTEX_H

/* current gives up its mm: wake who waits for the locks on its robust list. */
void futex_exit_robust_list(void);
/* Wake one waiter on a user address of current's (thread exit). */
void futex_wake_address(int *uaddr);

#endif
