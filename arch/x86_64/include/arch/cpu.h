/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The processor's own registers, selectors and flags: for arch/x86_64 only, but
 * for cpuid() and rdtsc().
 * (Linux: asm/msr.h, asm/segment.h, asm/special_insns.h)
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <arch/page.h>
#include <arch/thread.h>
#include <lib/types.h>

/* Selectors: Linux's values, which signal frames show to programs. */
#define KERNEL_CS	0x10
#define KERNEL_DS	0x18
#define USER32_CS	0x23
#define USER_DS		0x2b
#define USER_CS		0x33
#define TSS_SEL		0x40

#define FLAG_ONE	(1ul << 1)	/* always set */
#define FLAG_TF		(1ul << 8)
#define FLAG_IF		(1ul << 9)
#define FLAG_DF		(1ul << 10)
#define FLAG_IOPL	(3ul << 12)
#define FLAG_NT		(1ul << 14)
#define FLAG_RF		(1ul << 16)
#define FLAG_AC		(1ul << 18)
/* What a program may set through a signal frame or a tracer's pen:
 * AC RF OF DF TF SF ZF AF PF CF. */
#define USER_FLAGS	0x50dd5ul

#define MSR_APIC_BASE	0x1b
#define MSR_EFER	0xc0000080
#define MSR_STAR	0xc0000081
#define MSR_LSTAR	0xc0000082
#define MSR_CSTAR	0xc0000083
#define MSR_FMASK	0xc0000084
#define MSR_FS_BASE	0xc0000100
#define MSR_GS_BASE	0xc0000101

#define APIC_BASE_ENABLE (1ul << 11)
#define EFER_SCE	(1ul << 0)
#define EFER_NXE	(1ul << 11)

#define CR0_MP		(1ul << 1)
#define CR0_EM		(1ul << 2)
#define CR0_TS		(1ul << 3)
#define CR0_NE		(1ul << 5)
#define CR0_WP		(1ul << 16)
#define CR4_PGE		(1ul << 7)
#define CR4_OSFXSR	(1ul << 9)
#define CR4_OSXMMEXCPT	(1ul << 10)
#define CR4_UMIP	(1ul << 11)
#define CR4_FSGSBASE	(1ul << 16)
#define CR4_OSXSAVE	(1ul << 18)
#define CR4_SMEP	(1ul << 20)
#define CR4_SMAP	(1ul << 21)

#define VEC_DB		1
#define VEC_NMI		2
#define VEC_DF		8
#define VEC_GP		13
#define VEC_PF		14
#define VEC_MC		18
#define VEC_IRQ		32	/* 16 vectors from here: the two PICs */
#define NR_VECTORS	48

#define MXCSR_DEFAULT	0x1f80u
#define FCW_DEFAULT	0x037fu

static inline void wrmsr(u32 msr, u64 v)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)v),
			 "d"((u32)(v >> 32)) : "memory");
}

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

static inline void cpuid(u32 leaf, u32 r[4])
{
	__asm__ volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]),
			 "=d"(r[3]) : "a"(leaf), "c"(0));
}

#define DEFINE_CR(n)							\
static inline u64 read_cr##n(void)					\
{									\
	u64 v;								\
	__asm__ volatile("mov %%cr" #n ", %0" : "=r"(v) : : "memory");	\
	return v;							\
}									\
static inline void write_cr##n(u64 v)					\
{									\
	__asm__ volatile("mov %0, %%cr" #n : : "r"(v) : "memory");	\
}
DEFINE_CR(0)
DEFINE_CR(2)
DEFINE_CR(3)
DEFINE_CR(4)

static inline void invlpg(unsigned long addr)
{
	__asm__ volatile("invlpg (%0)" : : "r"(addr) : "memory");
}

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (u64)hi << 32 | lo;
}

static inline void fxsave(void *image)
{
	__asm__ volatile("fxsave64 (%0)" : : "r"(image) : "memory");
}

static inline void fxrstor(const void *image)
{
	__asm__ volatile("fxrstor64 (%0)" : : "r"(image) : "memory");
}

#define FXSAVE_SIZE 512
/* An image in user memory: 0 or -EFAULT, also where the processor refuses it,
 * with what the registers then hold undefined. */
int __must_check fxsave_to_user(void *image);
int __must_check fxrstor_from_user(const void *image);

static inline bool user_mode(const struct pt_regs *regs)
{
	return regs->cs & 3;
}

extern bool cpu_has_1g_pages;	/* pdpe1gb */
extern u8 cpu_has_smap;		/* read by entry.asm and uaccess.c */
extern u32 cpu_mxcsr_mask;	/* bits of mxcsr that may be set */

/* Where the image was put; physical address of a symbol in the image. */
extern u64 kernel_phys;
#define KERNEL_LINK	(KERNEL_BASE + 0x200000ul)
static inline phys_addr_t image_to_phys(const void *sym)
{
	return (phys_addr_t)sym - KERNEL_LINK + kernel_phys;
}

void cpu_init(void);		/* GDT, TSS, control registers */
void cpu_init_syscall(void);	/* MSRs of the syscall instruction */
void set_kernel_stack(u64 top);	/* for the next entry from user mode */
void idt_init(void);
void acpi_init(u64 rsdp);	/* finds the PM ports; tables not used later */
extern u16 acpi_pm_timer;	/* port; 0: none */
void irq_dispatch(unsigned irq);
void pic_init(void);
void pit_start_tick(void);
void tick_irq(struct pt_regs *regs);
/* Name of the function around addr and the offset in it; NULL: unknown. */
const char *ksym_lookup(u64 addr, u64 *offset);
void backtrace_from(u64 rbp);
void exit_to_user(struct pt_regs *regs);
void fpu_init_image(u8 *image);

#endif
