/* SPDX-License-Identifier: GPL-2.0 */
/* The UEFI loader's parts.  Each returns EFI_SUCCESS, or has printed one line
 * and returns why.  Everything is allocated below 4 GiB. */
#ifndef BOOT_EFI_LOADER_H
#define BOOT_EFI_LOADER_H

#include <efi.h>
#include <efilib.h>

#include <boot/protocol.h>

#define LIMIT_4G	0x100000000ull
#define ALIGN_2M	0x200000ull
#define KERNEL_BASE	0xffffffff80000000ull
#define KERNEL_LINK	(KERNEL_BASE + ALIGN_2M)
#define KERNEL_MAX	(64ull << 20)	/* bytes in memory */

struct blob {
	UINT8 *data;
	UINTN size;
};

struct kernel_image {
	UINT64 entry;		/* linked address */
	UINT64 size;		/* bytes in memory, from KERNEL_LINK */
	UINT64 phys;		/* where it was put */
};

/* Prints "holdfast: WHAT: reason" and returns status. */
EFI_STATUS fail(const char *what, EFI_STATUS status);
/* Pages below 4 GiB; they are the firmware's again if the loader returns. */
EFI_STATUS alloc_low(UINTN bytes, EFI_MEMORY_TYPE type, void **out);

/* file.c: a file of the volume that the loader came from. */
EFI_STATUS open_volume(EFI_HANDLE image, EFI_FILE **root);
EFI_STATUS read_file(EFI_FILE *root, CHAR16 *path, const char *name,
		     BOOLEAN optional, struct blob *out);

/* elf.c */
EFI_STATUS elf_check(const struct blob *file, struct kernel_image *k);
EFI_STATUS elf_load(const struct blob *file, struct kernel_image *k);

/* memmap.c: take the map and leave boot services, again if it was stale.
 * Returns an error only if the firmware is still whole. */
EFI_STATUS exit_boot_services(EFI_HANDLE image, struct boot_info *bi);

#endif
