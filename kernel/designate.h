/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ELF note by which a program asks to be memlocked: one entry of a PT_NOTE
 * segment, 4-byte aligned, laid out as this struct.  (Note format: System V
 * gABI, "Note Section"; tools/memlock-mark writes it.)
 */
#ifndef KERNEL_DESIGNATE_H
#define KERNEL_DESIGNATE_H

#include <lib/types.h>

#define DESIGNATE_NAME		"Holdfast"
#define DESIGNATE_TYPE		1
#define DESIGNATE_MEMLOCK	1u	/* the one flag there is */

struct designate_note {
	u32 namesz;		/* 9: with the NUL */
	u32 descsz;		/* 4 */
	u32 type;		/* DESIGNATE_TYPE */
	char name[12];		/* DESIGNATE_NAME, padded with NULs */
	u32 flags;		/* DESIGNATE_MEMLOCK */
};
_Static_assert(sizeof(struct designate_note) == 28, "note layout changed");

#define DESIGNATE_NOTES_MAX 65536u	/* bytes of notes looked at */

struct file;
struct elf64_phdr;

/* Does the program ask for memlock?  0 or 1; -ENOEXEC: malformed, or it has an
 * interpreter; -EPERM: asks, but the file is not one the kernel trusts (one
 * log line); -ENOMEM, -EIO. */
int elf_designated(struct file *file, const struct elf64_phdr *phdrs,
		   unsigned n);

#endif
