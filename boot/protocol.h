/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a loader hands the kernel.  Both ways in (UEFI and PVH) fill the same
 * struct boot_info; nothing after kmain() knows which one it was.  All
 * addresses are physical.  The loader guarantees that boot_info, the memory
 * map, the initrd and the command line lie in memory of type
 * BOOT_MEM_LOADER, outside BOOT_MEM_FREE, until the kernel frees them.
 */
#ifndef BOOT_PROTOCOL_H
#define BOOT_PROTOCOL_H

#include <stdint.h>

#define BOOT_MAGIC	0x54534146444c4f48ull	/* "HOLDFAST" */
#define BOOT_VERSION	2
#define BOOT_CMDLINE_MAX 2048			/* bytes with the NUL */
#define BOOT_MEM_MAX	256			/* entries in the memory map */

enum boot_mem_type {
	BOOT_MEM_FREE = 1,	/* usable RAM */
	BOOT_MEM_RESERVED = 2,	/* never touched */
	BOOT_MEM_ACPI = 3,	/* RAM, holds ACPI tables */
	BOOT_MEM_LOADER = 4,	/* RAM: kernel image, initrd, this structure */
};

struct boot_mem {
	uint64_t base;		/* bytes; any alignment */
	uint64_t size;		/* bytes */
	uint32_t type;		/* enum boot_mem_type */
	uint32_t pad;
};

struct boot_info {
	uint64_t magic;		/* BOOT_MAGIC */
	uint32_t version;	/* BOOT_VERSION */
	uint32_t size;		/* sizeof(struct boot_info) */
	uint64_t kernel_phys;	/* where the image's first byte was put */
	uint64_t kernel_size;	/* bytes in memory, with bss */
	uint64_t initrd_base;	/* 0: none */
	uint64_t initrd_size;	/* bytes */
	uint64_t rsdp;		/* ACPI root pointer, 0: none */
	uint32_t mem_count;
	uint32_t pad;
	struct boot_mem mem[BOOT_MEM_MAX];	/* sorted, not overlapping */
	char cmdline[BOOT_CMDLINE_MAX];		/* NUL terminated */
};

_Static_assert(sizeof(struct boot_mem) == 24, "boot protocol changed");
_Static_assert(sizeof(struct boot_info) == 64 + 24 * BOOT_MEM_MAX +
	       BOOT_CMDLINE_MAX, "boot protocol changed");

#endif
