/* SPDX-License-Identifier: GPL-2.0 */
/* Lets <kernel/designate.h> be included in a Linux module. */
#include <linux/types.h>
