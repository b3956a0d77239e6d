// SPDX-License-Identifier: GPL-2.0
/*
 * Names for addresses, and the chain of calls from saved frame pointers.  The
 * table comes from tools/mksyms.sh, which reads the image of a first link
 * made with an empty table.  A frame is followed
 * only upwards and only inside kernel memory, so that a damaged stack ends
 * the trace.  (Linux: kernel/kallsyms.c, arch/x86/kernel/dumpstack.c)
 */
#include <arch/cpu.h>
#include <arch/power.h>
#include <lib/bug.h>
#include <lib/string.h>

#define MAX_FRAMES 32

/* Offsets from __image_start, ascending; names in the same order. */
extern const u32 ksyms_count;
extern const u32 ksyms_offsets[];
extern const char ksyms_names[];

extern char __image_start[], __text_end[], __image_end[];

const char *ksym_lookup(u64 addr, u64 *offset)
{
	const char *name = ksyms_names;
	u64 where = addr - (u64)__image_start;
	u32 i;

	if (!ksyms_count || addr < (u64)__image_start ||
	    addr >= (u64)__text_end || where < ksyms_offsets[0])
		return NULL;
	for (i = 0; i + 1 < ksyms_count && ksyms_offsets[i + 1] <= where; i++)
		name += strlen(name) + 1;
	*offset = where - ksyms_offsets[i];
	return name;
}

static bool on_kernel_stack(u64 addr)
{
	return IS_ALIGNED(addr, 8) &&
	       ((addr >= KSTACK_BASE && addr < KERNEL_BASE) ||
		(addr >= (u64)__text_end && addr < (u64)__image_end - 16));
}

/* NULL: the chain ends here. */
static const u64 *frame_of(u64 rbp)
{
	const u64 *frame = (const u64 *)rbp;

	if (!on_kernel_stack(rbp) || frame[1] < (u64)__image_start ||
	    frame[1] >= (u64)__text_end)
		return NULL;
	return frame;
}

/* Stacks grow down: of frames that lead down again one is damaged. */
static const u64 *caller_of(const u64 *frame)
{
	return frame[0] > (u64)frame ? frame_of(frame[0]) : NULL;
}

void backtrace_from(u64 rbp)
{
	const u64 *frame = frame_of(rbp);

	printk(KERN_EMERG "Call Trace:\n");
	for (int i = 0; i < MAX_FRAMES && frame; i++) {
		u64 offset = 0;
		const char *name = ksym_lookup(frame[1] - 1, &offset);

		printk(KERN_EMERG " [<%016lx>] %s+0x%lx\n", frame[1],
		       name ? name : "?", offset + 1);
		frame = caller_of(frame);
	}
}

void arch_backtrace(void)
{
	backtrace_from((u64)__builtin_frame_address(0));
}

u64 arch_call_path(void)
{
	const u64 *frame = frame_of((u64)__builtin_frame_address(0));
	u64 hash = 0;

	for (int i = 0; i < MAX_FRAMES && frame; i++) {
		hash = (hash ^ frame[1]) * 0x9e3779b97f4a7c15ul;
		hash ^= hash >> 32;
		frame = caller_of(frame);
	}
	return hash;
}
