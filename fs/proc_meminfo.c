// SPDX-License-Identifier: GPL-2.0
/*
 * What /proc shows of memory as a whole: meminfo, vmstat, swaps, kpageflags,
 * kpagecount, drop_caches, and our own holdfast/mm_check and holdfast/reclaim.
 * Corresponds to Linux's fs/proc/meminfo.c, page.c, mm/vmstat.c,
 * fs/drop_caches.c and swap_show() in mm/swapfile.c.
 *
 * Lock: none; counters are read as they are, page records without a sleep in
 * between.  What mm/ does not have (huge pages, NFS) prints as zero,
 * so that programs that look for the line find it.
 */
#include <arch/uaccess.h>
#include <fs/proc.h>
#include <lib/string.h>
#include <linux/kernel-page-flags.h>
#include <mm/filemap.h>
#include <mm/mm.h>
#include <mm/slab.h>
#include <mm/swap.h>

#define PAGE_KB		(PAGE_SIZE / 1024)
#define KPF_MLOCKED	33	/* kernel-internal bits 32.. of kpageflags */
#define KPF_RESERVED	32

/* ---- meminfo ------------------------------------------------------------- */

static void print_pages(struct seq_file *m, const char *name, u64 pages)
{
	proc_print_kb(m, name, pages << PAGE_SHIFT);
}

/* Linux's si_mem_available(): free, and half of the file pages at least. */
static u64 available_pages(void)
{
	u64 file = lru_size[LRU_ACTIVE_FILE] + lru_size[LRU_INACTIVE_FILE];
	u64 free = nr_free_pages > wmark_min ? nr_free_pages - wmark_min : 0;

	return free + file - min(file / 2, (u64)wmark_low);
}

static void print_lru(struct seq_file *m)
{
	const unsigned long *n = lru_size;

	print_pages(m, "Active", n[LRU_ACTIVE_ANON] + n[LRU_ACTIVE_FILE]);
	print_pages(m, "Inactive",
		    n[LRU_INACTIVE_ANON] + n[LRU_INACTIVE_FILE]);
	print_pages(m, "Active(anon)", n[LRU_ACTIVE_ANON]);
	print_pages(m, "Inactive(anon)", n[LRU_INACTIVE_ANON]);
	print_pages(m, "Active(file)", n[LRU_ACTIVE_FILE]);
	print_pages(m, "Inactive(file)", n[LRU_INACTIVE_FILE]);
	print_pages(m, "Unevictable", n[LRU_UNEVICTABLE]);
	print_pages(m, "Mlocked", nr_mlock);
}

static void print_kernel_memory(struct seq_file *m)
{
	print_pages(m, "KReclaimable", 0);
	print_pages(m, "Slab", nr_slab_pages);
	print_pages(m, "SReclaimable", 0);
	print_pages(m, "SUnreclaim", nr_slab_pages);
	print_pages(m, "KernelStack", nr_tasks * (KSTACK_SIZE / PAGE_SIZE));
	print_pages(m, "PageTables", nr_page_table);
	print_pages(m, "SecPageTables", 0);
	print_pages(m, "NFS_Unstable", 0);
	print_pages(m, "Bounce", 0);
	print_pages(m, "WritebackTmp", 0);
}

static u64 committed_pages(void)
{
	struct mm_struct *mm;
	u64 pages = 0;

	TAILQ_FOREACH(mm, &all_mms, mmlist)
		pages += mm->data_vm + mm->stack_vm;
	return pages + nr_shmem_pages;
}

static void print_huge_pages(struct seq_file *m)
{
	print_pages(m, "AnonHugePages", 0);
	print_pages(m, "ShmemHugePages", 0);
	print_pages(m, "ShmemPmdMapped", 0);
	print_pages(m, "FileHugePages", 0);
	print_pages(m, "FilePmdMapped", 0);
	seq_puts(m, "HugePages_Total:       0\n"
		    "HugePages_Free:        0\n"
		    "HugePages_Rsvd:        0\n"
		    "HugePages_Surp:        0\n");
	print_pages(m, "Hugepagesize", 512);
	print_pages(m, "Hugetlb", 0);
}

int proc_meminfo_show(struct seq_file *m, struct proc_node *node)
{
	print_pages(m, "MemTotal", totalram_pages);
	print_pages(m, "MemFree", nr_free_pages);
	print_pages(m, "MemAvailable", available_pages());
	print_pages(m, "Buffers", 0);
	print_pages(m, "Cached", nr_file_pages + nr_shmem_pages);
	print_pages(m, "SwapCached", nr_swapcache_pages);
	print_lru(m);
	print_pages(m, "SwapTotal", total_swap_pages);
	print_pages(m, "SwapFree", nr_swap_pages);
	print_pages(m, "Dirty", nr_dirty);
	print_pages(m, "Writeback", nr_writeback);
	print_pages(m, "AnonPages", nr_anon_mapped);
	print_pages(m, "Mapped", nr_file_mapped);
	print_pages(m, "Shmem", nr_shmem_pages);
	print_kernel_memory(m);
	print_pages(m, "CommitLimit", totalram_pages / 2 + total_swap_pages);
	print_pages(m, "Committed_AS", committed_pages());
	seq_puts(m, "VmallocTotal:   34359738367 kB\n");
	print_pages(m, "VmallocUsed", nr_tasks * (KSTACK_SIZE / PAGE_SIZE));
	print_pages(m, "VmallocChunk", 0);
	print_pages(m, "Percpu", 0);
	print_huge_pages(m);
	return 0;
}

/* ---- vmstat -------------------------------------------------------------- */

static void print_count(struct seq_file *m, const char *name, u64 value)
{
	seq_printf(m, "%s %llu\n", name, (unsigned long long)value);
}

int proc_vmstat_show(struct seq_file *m, struct proc_node *node)
{
	const unsigned long *n = lru_size;

	print_count(m, "nr_free_pages", nr_free_pages);
	print_count(m, "nr_zone_inactive_anon", n[LRU_INACTIVE_ANON]);
	print_count(m, "nr_zone_active_anon", n[LRU_ACTIVE_ANON]);
	print_count(m, "nr_zone_inactive_file", n[LRU_INACTIVE_FILE]);
	print_count(m, "nr_zone_active_file", n[LRU_ACTIVE_FILE]);
	print_count(m, "nr_zone_unevictable", n[LRU_UNEVICTABLE]);
	print_count(m, "nr_mlock", nr_mlock);
	print_count(m, "nr_inactive_anon", n[LRU_INACTIVE_ANON]);
	print_count(m, "nr_active_anon", n[LRU_ACTIVE_ANON]);
	print_count(m, "nr_inactive_file", n[LRU_INACTIVE_FILE]);
	print_count(m, "nr_active_file", n[LRU_ACTIVE_FILE]);
	print_count(m, "nr_unevictable", n[LRU_UNEVICTABLE]);
	print_count(m, "nr_slab_reclaimable", 0);
	print_count(m, "nr_slab_unreclaimable", nr_slab_pages);
	print_count(m, "nr_anon_pages", nr_anon_mapped);
	print_count(m, "nr_mapped", nr_file_mapped);
	print_count(m, "nr_file_pages", nr_file_pages + nr_shmem_pages);
	print_count(m, "nr_dirty", nr_dirty);
	print_count(m, "nr_writeback", nr_writeback);
	print_count(m, "nr_shmem", nr_shmem_pages);
	print_count(m, "nr_kernel_stack", nr_tasks * (KSTACK_SIZE / 1024));
	print_count(m, "nr_page_table_pages", nr_page_table);
	print_count(m, "nr_swapcached", nr_swapcache_pages);
	for (unsigned i = 0; i < NR_VM_EVENTS; i++)
		print_count(m, vm_event_names[i], vm_events[i]);
	return 0;
}

/* ---- swaps --------------------------------------------------------------- */

int proc_swaps_show(struct seq_file *m, struct proc_node *node)
{
	seq_puts(m, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	for (unsigned i = 0; i < MAX_SWAPFILES; i++) {
		const struct swap_info *si = &swap_info[i];
		unsigned long long size = si->pages * PAGE_KB;
		unsigned long long used = si->inuse * PAGE_KB;

		if (!si->used)
			continue;
		seq_printf(m, "%-39s partition\t%llu\t%s%llu\t%s%d\n",
			   si->name, size, size < 10000000 ? "\t" : "", used,
			   used < 10000000 ? "\t" : "", si->prio);
	}
	return 0;
}

/* ---- kpageflags, kpagecount ---------------------------------------------- */

static const struct {
	enum pageflags flag;
	u8 kpf;
} kpf_table[] = {
	{ PG_locked, KPF_LOCKED }, { PG_error, KPF_ERROR },
	{ PG_referenced, KPF_REFERENCED }, { PG_uptodate, KPF_UPTODATE },
	{ PG_dirty, KPF_DIRTY }, { PG_lru, KPF_LRU },
	{ PG_active, KPF_ACTIVE }, { PG_slab, KPF_SLAB },
	{ PG_writeback, KPF_WRITEBACK }, { PG_buddy, KPF_BUDDY },
	{ PG_anon, KPF_ANON }, { PG_swapcache, KPF_SWAPCACHE },
	{ PG_swapbacked, KPF_SWAPBACKED }, { PG_unevictable, KPF_UNEVICTABLE },
	{ PG_table, KPF_PGTABLE }, { PG_mlocked, KPF_MLOCKED },
	{ PG_reserved, KPF_RESERVED },
};

static u64 kpageflags(u64 pfn, void *arg)
{
	const struct page *page = pfn_to_page(pfn);
	u64 value = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(kpf_table); i++)
		if (page_test(page, kpf_table[i].flag))
			value |= 1ull << kpf_table[i].kpf;
	if (page->_mapcount > 0)
		value |= 1ull << KPF_MMAP;
	if (is_zero_pfn(pfn))
		value |= 1ull << KPF_ZERO_PAGE;
	return value;
}

static u64 kpagecount(u64 pfn, void *arg)
{
	return max(pfn_to_page(pfn)->_mapcount, 0);
}

static long kpageflags_read(struct file *file, void *ubuf, size_t n, u64 *pos)
{
	return proc_read_u64s(ubuf, n, pos, max_pfn, kpageflags, NULL);
}

static long kpagecount_read(struct file *file, void *ubuf, size_t n, u64 *pos)
{
	return proc_read_u64s(ubuf, n, pos, max_pfn, kpagecount, NULL);
}

const struct file_operations proc_kpageflags_fops = {
	.read = kpageflags_read,
};
const struct file_operations proc_kpagecount_fops = {
	.read = kpagecount_read,
};

/* ---- controls ------------------------------------------------------------ */

/* Drop every clean, unmapped page of files with a disk.  Which of them are
 * left is asked of the frames, since nothing lists all files: a mapping may
 * go while we look at another one, so each frame is looked at afresh. */
static void drop_page_cache(void)
{
	for (u64 pfn = 0; pfn < max_pfn; pfn++) {
		struct page *page = pfn_to_page(pfn);

		if (!page_test(page, PG_lru) || !page->mapping ||
		    page_test(page, PG_swapbacked) ||
		    page_test(page, PG_anon))
			continue;
		invalidate_mapping_pages(page->mapping, page->index,
					 page->index);
		cond_resched();
	}
}

/* 1: page cache; 2: dentries and inodes, of which none is kept; 3: both. */
int proc_drop_caches(struct proc_node *node, char *text)
{
	u64 what;

	if (!proc_parse_number(text, &what) || what < 1 || what > 4)
		return -EINVAL;
	if (what & 1)
		drop_page_cache();
	return 0;
}

/* Ours, root only.  Reading checks every invariant (I1 to I18) and says `ok`
 * or which one is violated, and how. */
int proc_mm_check_show(struct seq_file *m, struct proc_node *node)
{
	char why[256] = "";
	int number = mm_check(why, sizeof(why));

	if (number)
		seq_printf(m, "I%d: %s\n", number, why);
	else
		seq_puts(m, "ok\n");
	return 0;
}

/* Ours, root only.  Writing N frees about N pages, as pressure would. */
int proc_reclaim_store(struct proc_node *node, char *text)
{
	u64 pages;

	if (!proc_parse_number(text, &pages) || pages > max_pfn)
		return -EINVAL;
	try_to_free_pages(pages);
	return 0;
}
