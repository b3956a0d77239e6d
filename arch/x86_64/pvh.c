// SPDX-License-Identifier: GPL-2.0
/*
 * From QEMU's -kernel (PVH) to struct boot_info: the memory map is copied and
 * sorted, and the image, the initrd and what lies in between pages are cut
 * out of the free ranges.  Runs on the tables of boot/pvh.asm, which reach
 * the first 4 GiB.  (Linux: arch/x86/platform/pvh/enlighten.c)
 */
#include <arch/page.h>
#include <drivers/uart.h>
#include <kernel/kernel.h>
#include <lib/bug.h>
#include <lib/string.h>

#define HVM_MAGIC	0x336ec578u
#define MAPPED		(4ull << 30)
#define KERNEL_PHYS	0x200000ul

/* The interface of Xen's public arch-x86/hvm/start_info.h, version 1. */
struct hvm_start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist, cmdline, rsdp, memmap;
	u32 memmap_entries, reserved;
};

struct hvm_modlist_entry {
	u64 base, size, cmdline, reserved;
};

struct hvm_memmap_entry {
	u64 addr, size;
	u32 type, reserved;
};

#define E820_RAM	1
#define E820_ACPI	3

extern char __image_start[], __image_end[];
void pvh_main(u32 start_info) __noreturn;

static struct boot_info info;

/* In order of base; false: no room. */
static bool insert(struct boot_info *bi, u64 base, u64 size, u32 type)
{
	unsigned i = bi->mem_count;

	if (!size)
		return true;
	if (bi->mem_count == BOOT_MEM_MAX)
		return false;
	for (; i && bi->mem[i - 1].base > base; i--)
		bi->mem[i] = bi->mem[i - 1];
	bi->mem[i] = (struct boot_mem){ .base = base, .size = size,
					.type = type };
	bi->mem_count++;
	return true;
}

static void copy_map(struct boot_info *bi, const struct hvm_start_info *si)
{
	const struct hvm_memmap_entry *e = phys_to_virt(si->memmap);

	if (!si->memmap || si->memmap >= MAPPED)
		boot_fail("boot: no memory map");
	for (unsigned i = 0; i < si->memmap_entries; i++, e++) {
		u32 type = e->type == E820_RAM ? BOOT_MEM_FREE :
			   e->type == E820_ACPI ? BOOT_MEM_ACPI :
			   BOOT_MEM_RESERVED;

		if (!insert(bi, e->addr, e->size, type)) {
			printk(KERN_WARNING "holdfast: boot: more than %d "
			       "memory ranges, the rest is not used\n",
			       BOOT_MEM_MAX);
			return;
		}
	}
}

/* Turn [base, end) into a range of the loader's, where it was free. */
static void carve(struct boot_info *bi, u64 base, u64 end)
{
	base = ALIGN_DOWN(base, PAGE_SIZE);
	end = PAGE_ALIGN(end);
	for (unsigned i = 0; i < bi->mem_count; i++) {
		struct boot_mem *m = &bi->mem[i];
		u64 mend = m->base + m->size;
		u64 lo = max(base, m->base), hi = min(end, mend);

		if (m->type != BOOT_MEM_FREE || lo >= hi)
			continue;
		m->size = lo - m->base;
		if (!insert(bi, lo, hi - lo, BOOT_MEM_LOADER) ||
		    !insert(bi, hi, mend - hi, BOOT_MEM_FREE))
			boot_fail("boot: too many memory ranges");
	}
}

/* The initrd is the first module. */
static void take_initrd(struct boot_info *bi, const struct hvm_start_info *si)
{
	const struct hvm_modlist_entry *mod = phys_to_virt(si->modlist);

	if (!si->nr_modules || !si->modlist || si->modlist >= MAPPED)
		return;
	if (mod->base >= MAPPED || mod->size > MAPPED - mod->base)
		boot_fail("boot: initrd above 4 GiB");
	bi->initrd_base = mod->base;
	bi->initrd_size = mod->size;
	carve(bi, mod->base, mod->base + mod->size);
}

static void take_cmdline(struct boot_info *bi, const struct hvm_start_info *si)
{
	if (!si->cmdline || si->cmdline >= MAPPED)
		return;
	if (strlcpy(bi->cmdline, phys_to_virt(si->cmdline),
		    sizeof(bi->cmdline)) >= sizeof(bi->cmdline))
		boot_fail("boot: command line longer than 2047 bytes");
}

/* Firmware without a pointer to it leaves it in the BIOS area. */
static u64 find_rsdp(void)
{
	for (u64 pa = 0xe0000; pa < 0x100000; pa += 16)
		if (!memcmp(phys_to_virt(pa), "RSD PTR ", 8))
			return pa;
	return 0;
}

void pvh_main(u32 start_info)
{
	const struct hvm_start_info *si = phys_to_virt(start_info);
	struct boot_info *bi = &info;

	uart_early_init();
	if (si->magic != HVM_MAGIC || si->version < 1)
		boot_fail("boot: not started by a PVH loader of version 1");
	bi->magic = BOOT_MAGIC;
	bi->version = BOOT_VERSION;
	bi->size = sizeof(*bi);
	bi->kernel_phys = KERNEL_PHYS;
	bi->kernel_size = __image_end - __image_start;
	copy_map(bi, si);
	carve(bi, KERNEL_PHYS, KERNEL_PHYS + bi->kernel_size);
	take_initrd(bi, si);
	take_cmdline(bi, si);
	bi->rsdp = si->rsdp ? si->rsdp : find_rsdp();
	kmain(phys_to_virt((u64)bi - KERNEL_BASE));
}
