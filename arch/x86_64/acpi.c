// SPDX-License-Identifier: GPL-2.0
/*
 * The three things wanted of ACPI: the PM timer's port, the power-off port
 * and the value that means S5.  Tables are read once, early, before their
 * memory can be reused, and only below 4 GiB; every length is checked.
 * Without ACPI QEMU's usual ports are tried.  (Linux: drivers/acpi)
 */
#include <arch/cpu.h>
#include <arch/io.h>
#include <arch/power.h>
#include <lib/bug.h>
#include <lib/string.h>

#define MAPPED		(4ul << 30)	/* reachable at this time */
#define TABLE_MAX	(1u << 20)	/* bytes; longer ones are refused */
#define SLP_EN		(1u << 13)

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
	u32 length;
	u64 xsdt;
} __packed;

struct sdt {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem[6], oem_table[8];
	u32 oem_revision, creator, creator_revision;
} __packed;

struct fadt {
	struct sdt header;
	u32 firmware_ctrl, dsdt;
	u8 reserved, profile;
	u16 sci_int;
	u32 smi_cmd;
	u8 acpi_enable, acpi_disable, s4bios, pstate;
	u32 pm1a_evt, pm1b_evt, pm1a_cnt, pm1b_cnt, pm2_cnt, pm_timer;
} __packed;

u16 acpi_pm_timer;
static u16 pm1a_cnt;
static u16 sleep_type_s5;	/* in place for PM1a_CNT */

static const struct sdt *table_at(u64 pa, const char *signature)
{
	const struct sdt *t = phys_to_virt(pa);

	if (!pa || pa > MAPPED - TABLE_MAX ||
	    memcmp(t->signature, signature, 4) ||
	    t->length < sizeof(*t) || t->length > TABLE_MAX)
		return NULL;
	return t;
}

/* The table's pointers follow its header: 4 or 8 bytes each. */
static const struct sdt *find_in(const struct sdt *root, unsigned width,
				 const char *signature)
{
	const char *p = (const char *)(root + 1);
	const char *end = (const char *)root + root->length;

	for (; p + width <= end; p += width) {
		const struct sdt *t;
		u64 pa = 0;

		memcpy(&pa, p, width);
		t = table_at(pa, signature);
		if (t)
			return t;
	}
	return NULL;
}

static const struct sdt *find_table(u64 rsdp_pa, const char *signature)
{
	const struct rsdp *rsdp = phys_to_virt(rsdp_pa);
	const struct sdt *root;

	if (!rsdp_pa || rsdp_pa > MAPPED - TABLE_MAX ||
	    memcmp(rsdp->signature, "RSD PTR ", 8))
		return NULL;
	root = rsdp->revision >= 2 ? table_at(rsdp->xsdt, "XSDT") : NULL;
	if (root)
		return find_in(root, 8, signature);
	root = table_at(rsdp->rsdt, "RSDT");
	return root ? find_in(root, 4, signature) : NULL;
}

/* \_S5 is a package (0x12) whose first element is the sleep type, as a byte
 * (0x0a n) or as the constants zero and one. */
static void parse_s5(const struct sdt *dsdt)
{
	const u8 *p = (const u8 *)(dsdt + 1);
	const u8 *end = (const u8 *)dsdt + dsdt->length;

	for (; p + 9 < end; p++) {
		const u8 *q = p + 4;

		if (memcmp(p, "_S5_", 4) || *q != 0x12)
			continue;
		q += 2 + (q[1] >> 6) + 1;	/* length bytes, count */
		if (q + 1 >= end)
			return;
		if (*q == 0x0a)
			q++;
		sleep_type_s5 = (*q & 7) << 10;
		return;
	}
}

/* A timer that does not move is none. */
static bool timer_runs(u16 port)
{
	u32 first = inl(port);

	for (unsigned i = 0; i < 1000; i++)
		if (inl(port) != first)
			return true;
	return false;
}

void acpi_init(u64 rsdp_pa)
{
	const struct fadt *fadt;
	const struct sdt *dsdt;

	fadt = (const struct fadt *)find_table(rsdp_pa, "FACP");
	if (!fadt || fadt->header.length < sizeof(*fadt))
		return;
	pm1a_cnt = fadt->pm1a_cnt;
	if (fadt->pm_timer && timer_runs(fadt->pm_timer))
		acpi_pm_timer = fadt->pm_timer;
	dsdt = table_at(fadt->dsdt, "DSDT");
	if (dsdt)
		parse_s5(dsdt);
}

static void __noreturn halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* A busy host may take seconds to stop the machine after it was told to. */
static void linger(void)
{
	for (unsigned i = 0; i < 10000000; i++)
		inb(0x80);
}

void arch_poweroff(void)
{
	if (pm1a_cnt) {
		outw(pm1a_cnt, sleep_type_s5 | SLP_EN);
		linger();
	}
	outw(0x604, SLP_EN);		/* QEMU's PM1a_CNT: q35, pc */
	outw(0xb004, SLP_EN);		/* ... of old machine types */
	linger();
	printk(KERN_EMERG "holdfast: power off failed, halted\n");
	halt();
}

void arch_reboot(void)
{
	outb(0xcf9, 0x06);		/* reset control register */
	linger();
	outb(0x64, 0xfe);		/* keyboard controller's reset line */
	linger();
	printk(KERN_EMERG "holdfast: reboot failed, halted\n");
	halt();
}

void arch_panic_exit(void)
{
	outb(0xf4, 1);			/* isa-debug-exit: status 3 */
	halt();
}
