// SPDX-License-Identifier: GPL-2.0
/*
 * BOOTX64.EFI: reads kernel, initrd and command line from \holdfast on the
 * volume it was started from, fills struct boot_info, leaves boot services
 * and enters the kernel at its ELF entry with rdi = boot_info, on tables that
 * map the first 4 GiB at 0 and at DIRECT_MAP and the image at its linked
 * address.  Whatever fails before that prints one line and goes back to the
 * firmware, with all its memory.  Built as a shared object with GNU-EFI's
 * crt0, linker script and libraries, then objcopy'd to efi-app-x86_64 (the
 * Makefile has the commands; flags that matter: -fpic -fshort-wchar
 * -mno-red-zone -DGNU_EFI_USE_MS_ABI).
 */
#include "loader.h"

#define PTE_TABLE	0x3ull		/* present, write */
#define PTE_HUGE	0x83ull
#define NR_TABLES	8
#define DIRECT_MAP_SLOT	273
#define CR4_LA57	(1ull << 12)
#define ALLOCATIONS_MAX	8	/* boot_info, 3 files, image, tables,
				 * trampoline, memory map */

typedef void (*trampoline_fn)(UINT64 boot_info, UINT64 cr3, UINT64 entry)
	__attribute__((sysv_abi));

/* cli; mov cr3, rsi; jmp rdx: must itself lie below 4 GiB, as the loader
 * need not. */
static const UINT8 trampoline_code[] = {
	0xfa, 0x0f, 0x22, 0xde, 0xff, 0xe2 };

static struct {
	EFI_PHYSICAL_ADDRESS at;
	UINTN pages;
} allocated[ALLOCATIONS_MAX];
static UINTN nr_allocated;

EFI_STATUS fail(const char *what, EFI_STATUS status)
{
	Print(L"holdfast: %a: %r\n", what, status);
	return status;
}

EFI_STATUS alloc_low(UINTN bytes, EFI_MEMORY_TYPE type, void **out)
{
	EFI_PHYSICAL_ADDRESS at = LIMIT_4G - 1;
	UINTN pages = EFI_SIZE_TO_PAGES(bytes);
	EFI_STATUS status = EFI_OUT_OF_RESOURCES;

	if (nr_allocated < ALLOCATIONS_MAX)
		status = BS->AllocatePages(AllocateMaxAddress, type, pages,
					   &at);
	if (EFI_ERROR(status))
		return fail("memory below 4 GiB", status);
	allocated[nr_allocated].at = at;
	allocated[nr_allocated++].pages = pages;
	*out = (void *)at;
	return EFI_SUCCESS;
}

static EFI_STATUS give_back(EFI_STATUS status)
{
	for (UINTN i = 0; i < nr_allocated; i++)
		BS->FreePages(allocated[i].at, allocated[i].pages);
	return status;
}

/* Page tables as in boot/pvh.asm, with the image wherever it was put. */
static EFI_STATUS build_tables(const struct kernel_image *k, UINT64 *cr3)
{
	UINT64 *t, *pdpt, *high, *kernel, *pd;
	EFI_STATUS status;

	status = alloc_low(NR_TABLES * EFI_PAGE_SIZE, EfiLoaderData,
			   (void **)&t);
	if (EFI_ERROR(status))
		return status;
	ZeroMem(t, NR_TABLES * EFI_PAGE_SIZE);
	pdpt = t + 512;
	high = pdpt + 512;
	kernel = high + 512;
	pd = kernel + 512;
	t[0] = t[DIRECT_MAP_SLOT] = (UINT64)pdpt | PTE_TABLE;
	t[511] = (UINT64)high | PTE_TABLE;
	for (UINTN i = 0; i < 4; i++)
		pdpt[i] = (UINT64)(pd + 512 * i) | PTE_TABLE;
	for (UINTN i = 0; i < 4 * 512; i++)
		pd[i] = i * ALIGN_2M | PTE_HUGE;
	high[510] = (UINT64)kernel | PTE_TABLE;
	for (UINTN i = 0; i * ALIGN_2M < k->size; i++)
		kernel[i + 1] = (k->phys + i * ALIGN_2M) | PTE_HUGE;
	*cr3 = (UINT64)t;
	return EFI_SUCCESS;
}

/* ACPI 2.0's pointer, else 1.0's. */
static UINT64 find_rsdp(EFI_SYSTEM_TABLE *st)
{
	EFI_GUID acpi2 = ACPI_20_TABLE_GUID, acpi1 = ACPI_TABLE_GUID;
	UINT64 found = 0;

	for (UINTN i = 0; i < st->NumberOfTableEntries; i++) {
		EFI_CONFIGURATION_TABLE *t = &st->ConfigurationTable[i];

		if (!CompareGuid(&t->VendorGuid, &acpi2))
			return (UINT64)t->VendorTable;
		if (!CompareGuid(&t->VendorGuid, &acpi1))
			found = (UINT64)t->VendorTable;
	}
	return found;
}

/* Line ends become spaces; trailing ones go. */
static EFI_STATUS copy_cmdline(const struct blob *file, struct boot_info *bi)
{
	UINTN n = file->size;

	while (n && file->data[n - 1] <= ' ')
		n--;
	if (n >= sizeof(bi->cmdline))
		return fail("cmdline.txt: longer than 2047 bytes",
			    EFI_BAD_BUFFER_SIZE);
	for (UINTN i = 0; i < n; i++)
		bi->cmdline[i] = file->data[i] < ' ' ? ' ' : file->data[i];
	bi->cmdline[n] = 0;
	return EFI_SUCCESS;
}

static EFI_STATUS read_all(EFI_HANDLE image, struct kernel_image *k,
			   struct boot_info *bi)
{
	struct blob kernel, initrd, cmdline;
	EFI_FILE *root;
	EFI_STATUS status;

	status = open_volume(image, &root);
	if (EFI_ERROR(status))
		return status;
	status = read_file(root, L"\\holdfast\\kernel.elf", "kernel.elf",
			   FALSE, &kernel);
	if (!EFI_ERROR(status))
		status = elf_check(&kernel, k);
	if (!EFI_ERROR(status))
		status = read_file(root, L"\\holdfast\\initrd.cpio",
				   "initrd.cpio", FALSE, &initrd);
	if (!EFI_ERROR(status))
		status = read_file(root, L"\\holdfast\\cmdline.txt",
				   "cmdline.txt", TRUE, &cmdline);
	if (!EFI_ERROR(status))
		status = copy_cmdline(&cmdline, bi);
	if (!EFI_ERROR(status))
		status = elf_load(&kernel, k);
	root->Close(root);
	if (EFI_ERROR(status))
		return status;
	bi->kernel_phys = k->phys;
	bi->kernel_size = k->size;
	bi->initrd_base = (UINT64)initrd.data;
	bi->initrd_size = initrd.size;
	return EFI_SUCCESS;
}

static UINT64 read_cr4(void)
{
	UINT64 v;

	__asm__ volatile("mov %%cr4, %0" : "=r"(v));
	return v;
}

static EFI_STATUS boot(EFI_HANDLE image, EFI_SYSTEM_TABLE *st)
{
	struct kernel_image k;
	struct boot_info *bi;
	trampoline_fn trampoline;
	EFI_STATUS status;
	UINT64 cr3;

	if (read_cr4() & CR4_LA57)
		return fail("firmware uses 5-level paging", EFI_UNSUPPORTED);
	status = alloc_low(sizeof(*bi), EfiLoaderData, (void **)&bi);
	if (EFI_ERROR(status))
		return status;
	ZeroMem(bi, sizeof(*bi));
	bi->magic = BOOT_MAGIC;
	bi->version = BOOT_VERSION;
	bi->size = sizeof(*bi);
	status = read_all(image, &k, bi);
	if (!EFI_ERROR(status))
		status = build_tables(&k, &cr3);
	if (!EFI_ERROR(status))
		status = alloc_low(EFI_PAGE_SIZE, EfiLoaderCode,
				   (void **)&trampoline);
	if (EFI_ERROR(status))
		return status;
	CopyMem((void *)trampoline, (void *)trampoline_code,
		sizeof(trampoline_code));
	bi->rsdp = find_rsdp(st);
	status = exit_boot_services(image, bi);
	if (EFI_ERROR(status))
		return status;
	trampoline((UINT64)bi, cr3, k.entry);
	return EFI_LOAD_ERROR;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st)
{
	InitializeLib(image, st);
	BS->SetWatchdogTimer(0, 0, 0, NULL);
	return give_back(boot(image, st));
}
