/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Page-table entries: x86_64's format, so that the walk code is the same.  With
 * HOST_TABLE_BITS a table has 2^that entries instead of 512, and there are
 * three levels: for the explorer, which copies and walks whole tables after
 * every step, and whose address space is small.
 */
#ifdef HOST_TABLE_BITS
#define PT_BITS HOST_TABLE_BITS
#define PT_LEVELS 3
#endif
#include "../../../x86_64/include/arch/pte.h"
