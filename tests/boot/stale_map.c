/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A driver for the firmware that takes a page just after somebody read the
 * memory map, once: the map is stale, and ExitBootServices must refuse it.
 * Says so.  tests/boot/uefi.t loads it before our loader.
 */
#include <efi.h>
#include <efilib.h>

static EFI_GET_MEMORY_MAP get_map;
static EFI_EXIT_BOOT_SERVICES exit_services;

static EFI_STATUS EFIAPI get_stale_map(UINTN *size,
				       EFI_MEMORY_DESCRIPTOR *map, UINTN *key,
				       UINTN *step, UINT32 *version)
{
	EFI_STATUS status = get_map(size, map, key, step, version);
	EFI_PHYSICAL_ADDRESS page;

	if (EFI_ERROR(status))
		return status;
	BS->GetMemoryMap = get_map;
	BS->AllocatePages(AllocateAnyPages, EfiBootServicesData, 1, &page);
	return status;
}

static EFI_STATUS EFIAPI exit_and_tell(EFI_HANDLE image, UINTN key)
{
	EFI_STATUS status = exit_services(image, key);

	if (EFI_ERROR(status))
		Print(L"stale map: %r\n", status);
	return status;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st)
{
	InitializeLib(image, st);
	get_map = BS->GetMemoryMap;
	exit_services = BS->ExitBootServices;
	BS->GetMemoryMap = get_stale_map;
	BS->ExitBootServices = exit_and_tell;
	return EFI_SUCCESS;
}
