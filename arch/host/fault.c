// SPDX-License-Identifier: GPL-2.0
/*
 * Injected faults: which allocation fails, which page of a disk or a file
 * cannot be read or written.  Counted per disk and file by what a test wrote
 * into them, or decided by its hook, which sees each of them.
 * (The kernel's: kernel/fault_inject.c)
 */
#include <arch/host.h>

#include "host_internal.h"

long fail_alloc_after = -1;
bool fail_alloc_lasting;
bool (*host_fault_hook)(enum host_fault what);

bool fail_alloc_now(void)
{
	if (host_fault_hook && host_fault_hook(HOST_FAIL_ALLOC))
		return true;
	if (fail_alloc_after < 0)
		return false;
	if (fail_alloc_after > 0) {
		fail_alloc_after--;
		return false;
	}
	if (!fail_alloc_lasting)
		fail_alloc_after = -1;
	return true;
}

bool host_fail_io(bool write, u64 *countdown, bool lasting)
{
	enum host_fault what = write ? HOST_FAIL_WRITE : HOST_FAIL_READ;

	if (host_fault_hook && host_fault_hook(what))
		return true;
	if (!*countdown)
		return false;
	if (*countdown > 1) {
		(*countdown)--;
		return false;
	}
	if (!lasting)
		*countdown = 0;
	return true;
}
