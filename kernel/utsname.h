/* SPDX-License-Identifier: GPL-2.0 */
/* The system's names, as uname(2) and /proc give them (kernel/sys.c). */
#ifndef KERNEL_UTSNAME_H
#define KERNEL_UTSNAME_H

#include <linux/utsname.h>

extern struct new_utsname utsname;

#endif
