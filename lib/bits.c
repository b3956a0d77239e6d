// SPDX-License-Identifier: GPL-2.0
/* What the compiler calls for __builtin_popcountl on a processor that need
 * not have the instruction.  (libgcc's name and contract) */
#include <lib/types.h>

int __popcountdi2(unsigned long v);

int __popcountdi2(unsigned long v)
{
	int n = 0;

	for (; v; v &= v - 1)
		n++;
	return n;
}
