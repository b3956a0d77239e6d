/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Page-table entries: x86_64's format, so that the walk code is the same.  With
 * HOST_TABLE_BITS a table has 2^that entries instead of 512: for the explorer,
 * which copies and walks whole tables after every step.
 */
#ifdef HOST_TABLE_BITS
#define PT_BITS HOST_TABLE_BITS
#endif
#include "../../../x86_64/include/arch/pte.h"
