// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/cpuinfo, as the processor itself tells it (Linux:
 * arch/x86/kernel/cpu/proc.c, capflags.c).  What would have to be measured
 * (MHz, bogomips) is not shown.
 */
#include <arch/cpu.h>
#include <fs/proc.h>
#include <lib/string.h>

/* Names of the bits of a register from the lowest on; "-": none shown. */
static const struct feature_word {
	u32 leaf;
	unsigned reg;		/* eax, ebx, ecx, edx */
	const char *names;
} feature_words[] = {
	{ 1, 3, "fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca "
		"cmov pat pse36 pn clflush - dts acpi mmx fxsr sse sse2 ss ht "
		"tm ia64 pbe" },
	{ 0x80000001, 3, "- - - - - - - - - - - syscall - - - - - - - mp nx - "
		"mmxext - - fxsr_opt pdpe1gb rdtscp - lm 3dnowext 3dnow" },
	{ 1, 2, "pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid "
		"sdbg fma cx16 xtpr pdcm - pcid dca sse4_1 sse4_2 x2apic movbe "
		"popcnt tsc_deadline_timer aes xsave - avx f16c rdrand "
		"hypervisor" },
	{ 0x80000001, 2, "lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a "
		"misalignsse 3dnowprefetch osvw ibs xop skinit wdt - lwp fma4 "
		"tce - nodeid_msr - tbm topoext" },
	{ 7, 1, "fsgsbase tsc_adjust sgx bmi1 hle avx2 - smep bmi2 erms "
		"invpcid rtm cqm - mpx rdt_a avx512f avx512dq rdseed adx smap "
		"avx512ifma - clflushopt clwb intel_pt avx512pf avx512er "
		"avx512cd sha_ni avx512bw avx512vl" },
};

static void print_features(struct seq_file *m, const struct feature_word *w)
{
	const char *p = w->names;
	u32 max_leaf[4], r[4];

	cpuid(w->leaf & 0x80000000, max_leaf);
	if (max_leaf[0] < w->leaf)
		return;
	cpuid(w->leaf, r);
	for (unsigned bit = 0; *p; bit++) {
		const char *end = p;

		while (*end && *end != ' ')
			end++;
		if (*p != '-' && r[w->reg] >> bit & 1) {
			seq_putc(m, ' ');
			seq_write(m, p, end - p);
		}
		p = *end ? end + 1 : end;
	}
}

static void print_model_name(struct seq_file *m)
{
	union {
		u32 r[3][4];
		char text[49];
	} name = { .text[48] = 0 };
	const char *p = name.text;

	for (unsigned i = 0; i < 3; i++)
		cpuid(0x80000002 + i, name.r[i]);
	while (*p == ' ')
		p++;
	seq_printf(m, "model name\t: %s\n", p);
}

int proc_cpuinfo_show(struct seq_file *m, struct proc_node *node)
{
	u32 r[4], family, model;
	char vendor[13] = "";

	cpuid(0, r);
	memcpy(vendor, &r[1], 4);
	memcpy(vendor + 4, &r[3], 4);
	memcpy(vendor + 8, &r[2], 4);
	cpuid(1, r);
	family = r[0] >> 8 & 0xf;
	model = r[0] >> 4 & 0xf;
	if (family == 0xf || family == 6)
		model += r[0] >> 12 & 0xf0;
	if (family == 0xf)
		family += r[0] >> 20 & 0xff;
	seq_printf(m, "processor\t: 0\nvendor_id\t: %s\ncpu family\t: %u\n"
		   "model\t\t: %u\n", vendor, family, model);
	print_model_name(m);
	seq_printf(m, "stepping\t: %u\nphysical id\t: 0\nsiblings\t: 1\n"
		   "core id\t\t: 0\ncpu cores\t: 1\napicid\t\t: 0\n"
		   "initial apicid\t: 0\nfpu\t\t: yes\nfpu_exception\t: yes\n",
		   r[0] & 0xf);
	seq_puts(m, "wp\t\t: yes\nflags\t\t:");
	for (unsigned i = 0; i < ARRAY_SIZE(feature_words); i++)
		print_features(m, &feature_words[i]);
	cpuid(0x80000008, r);
	seq_printf(m, "\nclflush size\t: 64\ncache_alignment\t: 64\n"
		   "address sizes\t: %u bits physical, %u bits virtual\n"
		   "power management:\n\n", r[0] & 0xff, r[0] >> 8 & 0xff);
	return 0;
}
