// SPDX-License-Identifier: GPL-2.0
/*
 * Segments, the TSS and the processor's protections: NX always, SMEP, SMAP
 * and UMIP where CPUID has them; AVX and FSGSBASE stay off, so that fxsave
 * covers all user state and only arch_prctl changes fs and gs bases.  Double
 * fault, NMI and machine check get stacks of their own through the IST.
 * (Linux: arch/x86/kernel/cpu/common.c)
 */
#include <arch/cpu.h>
#include <lib/bug.h>
#include <lib/string.h>

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, iomap;
} __packed;

#define IST_STACK_SIZE 8192

bool cpu_has_1g_pages;
u8 cpu_has_smap;
u32 cpu_mxcsr_mask = 0xffbf;
u64 kernel_phys;

extern u64 kernel_rsp;		/* entry.asm */
extern char syscall_entry[];

static struct tss tss;
static u8 ist_stacks[3][IST_STACK_SIZE] __aligned(16);
static u64 gdt[10] __aligned(16) = {
	[KERNEL_CS / 8] = 0x00af9b000000ffff,
	[KERNEL_DS / 8] = 0x00cf93000000ffff,
	[USER32_CS / 8] = 0x00cffb000000ffff,
	[USER_DS / 8] = 0x00cff3000000ffff,
	[USER_CS / 8] = 0x00affb000000ffff,
};

struct table_ptr {
	u16 limit;
	void *base;
} __packed;

static void load_gdt(void)
{
	struct table_ptr ptr = { sizeof(gdt) - 1, gdt };

	__asm__ volatile("lgdt %0\n\t"
			 "pushq %1\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\n\t"
			 "movl %2, %%eax\n\t"
			 "movl %%eax, %%ss\n\t"
			 "movl %%eax, %%ds\n\t"
			 "movl %%eax, %%es\n\t"
			 "xorl %%eax, %%eax\n\t"
			 "movl %%eax, %%fs\n\t"
			 "movl %%eax, %%gs\n\t"
			 : : "m"(ptr), "i"(KERNEL_CS), "i"(KERNEL_DS)
			 : "rax", "memory");
}

static void load_tss(void)
{
	u64 base = (u64)&tss;

	for (int i = 0; i < 3; i++)
		tss.ist[i] = (u64)ist_stacks[i] + IST_STACK_SIZE;
	tss.iomap = sizeof(tss);
	gdt[TSS_SEL / 8] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 |
			   0x89ull << 40 | (base >> 24 & 0xff) << 56;
	gdt[TSS_SEL / 8 + 1] = base >> 32;
	__asm__ volatile("ltr %w0" : : "r"(TSS_SEL));
}

void set_kernel_stack(u64 top)
{
	kernel_rsp = top;
	tss.rsp[0] = top;
}

static void init_protections(void)
{
	u32 r[4], max, ext;
	u64 cr4 = read_cr4() & ~(CR4_OSXSAVE | CR4_FSGSBASE);

	cpuid(0, r);
	max = r[0];
	cpuid(0x80000001, r);
	ext = r[3];
	if (!(ext & 1u << 20) || !(ext & 1u << 11))
		boot_fail("this processor has no NX");
	cpu_has_1g_pages = ext & 1u << 26;
	memset(r, 0, sizeof(r));
	if (max >= 7)
		cpuid(7, r);
	cr4 |= CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
	if (r[1] & 1u << 7)
		cr4 |= CR4_SMEP;
	if (r[1] & 1u << 20)
		cr4 |= CR4_SMAP;
	if (r[2] & 1u << 2)
		cr4 |= CR4_UMIP;
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE | EFER_SCE);
	write_cr0((read_cr0() & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE | CR0_WP);
	write_cr4(cr4);
	cpu_has_smap = !!(cr4 & CR4_SMAP);
}

static void init_fpu(void)
{
	static u8 image[512] __aligned(16);
	u32 mask;

	fxsave(image);
	memcpy(&mask, image + 28, sizeof(mask));
	if (mask)
		cpu_mxcsr_mask = mask;
	fpu_init_image(image);
	fxrstor(image);
}

void fpu_init_image(u8 *image)
{
	u16 fcw = FCW_DEFAULT;
	u32 mxcsr = MXCSR_DEFAULT;

	memset(image, 0, 512);
	memcpy(image, &fcw, sizeof(fcw));
	memcpy(image + 24, &mxcsr, sizeof(mxcsr));
}

void cpu_init(void)
{
	load_gdt();
	load_tss();
	init_protections();
	init_fpu();
}

void cpu_init_syscall(void)
{
	wrmsr(MSR_STAR, (u64)USER32_CS << 48 | (u64)KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (u64)syscall_entry);
	wrmsr(MSR_CSTAR, (u64)syscall_entry);
	wrmsr(MSR_FMASK, FLAG_IF | FLAG_DF | FLAG_TF | FLAG_AC | FLAG_NT |
	      FLAG_IOPL | FLAG_RF);
}
