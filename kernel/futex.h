/* SPDX-License-Identifier: GPL-2.0 */
/* Futexes (kernel/futex.c). */
#ifndef KERNEL_FUTEX_H
#define KERNEL_FUTEX_H

/* Wake one waiter on a user address of current's (thread exit). */
void futex_wake_address(int *uaddr);

#endif
