// SPDX-License-Identifier: GPL-2.0
/*
 * The firmware's memory map becomes boot_info's: sorted, neighbours of one
 * type merged.  ExitBootServices refuses a map that changed since it was
 * read: then both are done again, without allocating in between.  After the
 * first attempt the firmware may be half gone: nothing of it is called but
 * these two, and when they fail, ResetSystem; nobody can be told.
 */
#include "loader.h"

#define ATTEMPTS 8
#define SLACK	 (16 * EFI_PAGE_SIZE)	/* the map grows by what we allocate */

static UINT32 boot_type(UINT32 type)
{
	switch (type) {
	case EfiConventionalMemory:
	case EfiBootServicesCode:
	case EfiBootServicesData:
		return BOOT_MEM_FREE;
	case EfiLoaderCode:
	case EfiLoaderData:
		return BOOT_MEM_LOADER;
	case EfiACPIReclaimMemory:
		return BOOT_MEM_ACPI;
	}
	return BOOT_MEM_RESERVED;
}

static void merge(struct boot_info *bi)
{
	UINT32 n = 0;

	for (UINT32 i = 1; i < bi->mem_count; i++) {
		struct boot_mem *last = &bi->mem[n], *m = &bi->mem[i];

		if (m->type == last->type && m->base == last->base + last->size)
			last->size += m->size;
		else
			bi->mem[++n] = *m;
	}
	bi->mem_count = n + 1;
}

/* In order of base.  Full: neighbours are merged to make room. */
static BOOLEAN insert(struct boot_info *bi, const EFI_MEMORY_DESCRIPTOR *d)
{
	UINT32 i;

	if (bi->mem_count == BOOT_MEM_MAX)
		merge(bi);
	if (bi->mem_count == BOOT_MEM_MAX)
		return FALSE;
	for (i = bi->mem_count; i; i--) {
		if (bi->mem[i - 1].base <= d->PhysicalStart)
			break;
		bi->mem[i] = bi->mem[i - 1];
	}
	bi->mem[i].base = d->PhysicalStart;
	bi->mem[i].size = d->NumberOfPages * EFI_PAGE_SIZE;
	bi->mem[i].type = boot_type(d->Type);
	bi->mem[i].pad = 0;
	bi->mem_count++;
	return TRUE;
}

static EFI_STATUS convert(struct boot_info *bi, const UINT8 *map, UINTN size,
			  UINTN step)
{
	bi->mem_count = 0;
	for (; size >= step; size -= step, map += step)
		if (!insert(bi, (const EFI_MEMORY_DESCRIPTOR *)map))
			return EFI_BUFFER_TOO_SMALL;
	if (!bi->mem_count)
		return EFI_NOT_FOUND;
	merge(bi);
	return EFI_SUCCESS;
}

EFI_STATUS exit_boot_services(EFI_HANDLE image, struct boot_info *bi)
{
	UINTN room = 0, size, key, step;
	EFI_STATUS status;
	UINT32 version;
	void *map;

	BS->GetMemoryMap(&room, NULL, &key, &step, &version);
	room += SLACK;
	status = alloc_low(room, EfiLoaderData, &map);
	if (EFI_ERROR(status))
		return status;
	for (UINTN i = 0; i < ATTEMPTS; i++) {
		size = room;
		status = BS->GetMemoryMap(&size, map, &key, &step, &version);
		if (!EFI_ERROR(status))
			status = convert(bi, map, size, step);
		if (EFI_ERROR(status) && !i)
			return fail("memory map", status);
		if (EFI_ERROR(status))
			break;
		status = BS->ExitBootServices(image, key);
		if (!EFI_ERROR(status))
			return EFI_SUCCESS;
	}
	RT->ResetSystem(EfiResetShutdown, status, 0, NULL);
	return status;
}
