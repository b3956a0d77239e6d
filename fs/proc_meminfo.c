// SPDX-License-Identifier: GPL-2.0
/*
 * What /proc shows of memory as a whole: meminfo, vmstat, zoneinfo, buddyinfo,
 * slabinfo, swaps, kpageflags, kpagecount, drop_caches, and our own
 * holdfast/mm_check and holdfast/reclaim.
 * Corresponds to Linux's fs/proc/meminfo.c, page.c, mm/vmstat.c,
 * fs/drop_caches.c and swap_show() in mm/swapfile.c.
 *
 * Lock: none; counters are read as they are, page records without a sleep in
 * between.  What mm/ does not have (huge pages, NFS) prints as zero,
 * so that programs that look for the line find it.
 */
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

/* ---- meminfo ----------------------------------------------------------- */

/* Linux's si_mem_available(): free, and half of the file pages at least. */
static u64 available_pages(void)
{
	u64 file = lru_size[LRU_ACTIVE_FILE] + lru_size[LRU_INACTIVE_FILE];
	u64 free = nr_free_pages > wmark_min ? nr_free_pages - wmark_min : 0;

	return free + file - min(file / 2, (u64)wmark_low);
}

int proc_meminfo_show(struct seq_file *m, struct proc_node *node)
{
	const unsigned long *lru = lru_size;
	const u64 stacks = nr_tasks * (KSTACK_SIZE / PAGE_SIZE);
	const struct proc_row rows[] = {
		{ "MemTotal", totalram_pages },
		{ "MemFree", nr_free_pages },
		{ "MemAvailable", available_pages() },
		{ "Buffers", 0 },
		{ "Cached", nr_file_pages + nr_shmem_pages },
		{ "SwapCached", nr_swapcache_pages },
		{ "Active", lru[LRU_ACTIVE_ANON] + lru[LRU_ACTIVE_FILE] },
		{ "Inactive", lru[LRU_INACTIVE_ANON] +
			      lru[LRU_INACTIVE_FILE] },
		{ "Active(anon)", lru[LRU_ACTIVE_ANON] },
		{ "Inactive(anon)", lru[LRU_INACTIVE_ANON] },
		{ "Active(file)", lru[LRU_ACTIVE_FILE] },
		{ "Inactive(file)", lru[LRU_INACTIVE_FILE] },
		{ "Unevictable", lru[LRU_UNEVICTABLE] },
		{ "Mlocked", nr_mlock },
		{ "SwapTotal", total_swap_pages },
		{ "SwapFree", nr_swap_pages },
		{ "Dirty", nr_dirty }, { "Writeback", nr_writeback },
		{ "AnonPages", nr_anon_mapped }, { "Mapped", nr_file_mapped },
		{ "Shmem", nr_shmem_pages }, { "KReclaimable", 0 },
		{ "Slab", nr_slab_pages }, { "SReclaimable", 0 },
		{ "SUnreclaim", nr_slab_pages }, { "KernelStack", stacks },
		{ "PageTables", nr_page_table }, { "SecPageTables", 0 },
		{ "NFS_Unstable", 0 }, { "Bounce", 0 }, { "WritebackTmp", 0 },
		{ "CommitLimit", vm_commit_limit() },
		{ "Committed_AS", vm_committed() },
	}, last_rows[] = {
		{ "VmallocUsed", stacks }, { "VmallocChunk", 0 },
		{ "Percpu", 0 }, { "AnonHugePages", 0 },
		{ "ShmemHugePages", 0 }, { "ShmemPmdMapped", 0 },
		{ "FileHugePages", 0 }, { "FilePmdMapped", 0 },
	};

	proc_print_rows(m, rows, ARRAY_SIZE(rows), PAGE_SIZE);
	seq_puts(m, "VmallocTotal:   34359738367 kB\n");
	proc_print_rows(m, last_rows, ARRAY_SIZE(last_rows), PAGE_SIZE);
	seq_puts(m, "HugePages_Total:       0\n"
		    "HugePages_Free:        0\n"
		    "HugePages_Rsvd:        0\n"
		    "HugePages_Surp:        0\n"
		    "Hugepagesize:       2048 kB\n"
		    "Hugetlb:               0 kB\n");
	return 0;
}

/* /sys/devices/system/node/node0/meminfo */
int proc_node_meminfo_show(struct seq_file *m, struct proc_node *node)
{
	const unsigned long *lru = lru_size;
	const struct proc_row rows[] = {
		{ "MemTotal", totalram_pages }, { "MemFree", nr_free_pages },
		{ "MemUsed", totalram_pages - nr_free_pages },
		{ "SwapCached", nr_swapcache_pages },
		{ "Active", lru[LRU_ACTIVE_ANON] + lru[LRU_ACTIVE_FILE] },
		{ "Inactive", lru[LRU_INACTIVE_ANON] +
			      lru[LRU_INACTIVE_FILE] },
		{ "Unevictable", lru[LRU_UNEVICTABLE] },
		{ "Mlocked", nr_mlock }, { "Dirty", nr_dirty },
		{ "Writeback", nr_writeback },
		{ "FilePages", nr_file_pages + nr_shmem_pages },
		{ "Mapped", nr_file_mapped }, { "AnonPages", nr_anon_mapped },
		{ "Shmem", nr_shmem_pages }, { "PageTables", nr_page_table },
		{ "Slab", nr_slab_pages },
	};
	char label[32];

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(label, sizeof(label), "%s:", rows[i].name);
		seq_printf(m, "Node 0 %-16s%8lu kB\n", label,
			   rows[i].value * PAGE_KB);
	}
	return 0;
}

/* ---- zones, caches ----------------------------------------------------- */

int proc_zoneinfo_show(struct seq_file *m, struct proc_node *node)
{
	seq_printf(m, "Node 0, zone   Normal\n  per-node stats\n"
		   "      nr_inactive_anon %lu\n      nr_active_anon %lu\n"
		   "      nr_inactive_file %lu\n      nr_active_file %lu\n"
		   "      nr_unevictable %lu\n", lru_size[LRU_INACTIVE_ANON],
		   lru_size[LRU_ACTIVE_ANON], lru_size[LRU_INACTIVE_FILE],
		   lru_size[LRU_ACTIVE_FILE], lru_size[LRU_UNEVICTABLE]);
	seq_printf(m,
		   "  pages free     %lu\n        boost    0\n"
		   "        min      %lu\n        low      %lu\n"
		   "        high     %lu\n        spanned  %lu\n"
		   "        present  %lu\n        managed  %lu\n"
		   "        cma      0\n        protection: (0)\n"
		   "      nr_free_pages %lu\n",
		   nr_free_pages, wmark_min, wmark_low, wmark_high, max_pfn,
		   totalram_pages, totalram_pages, nr_free_pages);
	seq_puts(m, "  node_unreclaimable:  0\n  start_pfn:           0\n");
	return 0;
}

int proc_buddyinfo_show(struct seq_file *m, struct proc_node *node)
{
	unsigned long free[MAX_ORDER + 1] = { 0 };

	for (u64 pfn = 0; pfn < max_pfn; pfn++)
		if (page_test(pfn_to_page(pfn), PG_buddy))
			free[free_order(pfn_to_page(pfn))]++;
	seq_puts(m, "Node 0, zone   Normal ");
	for (unsigned i = 0; i < ARRAY_SIZE(free); i++)
		seq_printf(m, "%6lu ", free[i]);
	seq_putc(m, '\n');
	return 0;
}

static void print_cache(struct seq_file *m, const struct kmem_cache *c)
{
	char name[32];

	if (c->name)	/* "struct " is left out */
		strlcpy(name, c->name + 7, sizeof(name));
	else
		snprintf(name, sizeof(name), "kmalloc-%u", c->size);
	seq_printf(m, "%-17s %6lu %6lu %6u %4u %4d : tunables    0    0    0 "
		   ": slabdata %6lu %6lu      0\n", name, c->nr_objects,
		   c->nr_slabs * c->per_slab, c->size, c->per_slab,
		   1 << c->order, c->nr_slabs, c->nr_slabs);
}

int proc_slabinfo_show(struct seq_file *m, struct proc_node *node)
{
	const struct kmem_cache *c = NULL;

	seq_puts(m, "slabinfo - version: 2.1\n# name            "
		 "<active_objs> <num_objs> <objsize> <objperslab> "
		 "<pagesperslab> : tunables <limit> <batchcount> "
		 "<sharedfactor> : slabdata <active_slabs> <num_slabs> "
		 "<sharedavail>\n");
	while ((c = next_cache(c)))
		print_cache(m, c);
	return 0;
}

/* ---- vmstat ------------------------------------------------------------ */

static void print_counts(struct seq_file *m, const char *prefix,
			 const struct proc_row *rows, size_t n)
{
	for (; n--; rows++)
		seq_printf(m, "%s%s %lu\n", prefix, rows->name, rows->value);
}

int proc_vmstat_show(struct seq_file *m, struct proc_node *node)
{
	const struct proc_row lru[] = {
		{ "inactive_anon", lru_size[LRU_INACTIVE_ANON] },
		{ "active_anon", lru_size[LRU_ACTIVE_ANON] },
		{ "inactive_file", lru_size[LRU_INACTIVE_FILE] },
		{ "active_file", lru_size[LRU_ACTIVE_FILE] },
		{ "unevictable", lru_size[LRU_UNEVICTABLE] },
	}, rows[] = {
		{ "slab_reclaimable", 0 },
		{ "slab_unreclaimable", nr_slab_pages },
		{ "anon_pages", nr_anon_mapped }, { "mapped", nr_file_mapped },
		{ "file_pages", nr_file_pages + nr_shmem_pages },
		{ "dirty", nr_dirty }, { "writeback", nr_writeback },
		{ "shmem", nr_shmem_pages },
		{ "kernel_stack", nr_tasks * (KSTACK_SIZE / 1024) },
		{ "page_table_pages", nr_page_table },
		{ "swapcached", nr_swapcache_pages },
	};

	seq_printf(m, "nr_free_pages %lu\n", nr_free_pages);
	print_counts(m, "nr_zone_", lru, ARRAY_SIZE(lru));
	seq_printf(m, "nr_mlock %lu\n", nr_mlock);
	print_counts(m, "nr_", lru, ARRAY_SIZE(lru));
	print_counts(m, "nr_", rows, ARRAY_SIZE(rows));
	for (unsigned i = 0; i < NR_VM_EVENTS; i++)
		seq_printf(m, "%s %lu\n", vm_event_names[i], vm_events[i]);
	return 0;
}

/* ---- swaps ------------------------------------------------------------- */

int proc_swaps_show(struct seq_file *m, struct proc_node *node)
{
	seq_puts(m, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	for (unsigned i = 0; i < MAX_SWAPFILES; i++) {
		const struct swap_info *si = &swap_info[i];
		u64 size = si->pages * PAGE_KB;
		u64 used = si->inuse * PAGE_KB;

		if (!si->used)
			continue;
		seq_printf(m, "%-39s partition\t%lu\t%s%lu\t%s%d\n", si->name,
			   size, size < 10000000 ? "\t" : "", used,
			   used < 10000000 ? "\t" : "", si->prio);
	}
	return 0;
}

/* ---- kpageflags, kpagecount -------------------------------------------- */

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

/* ---- controls ---------------------------------------------------------- */

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

/* 1: page cache; 2: what the object caches have free (dentries and inodes are
 * not kept); 3: both. */
int proc_drop_caches(struct proc_node *node, char *text)
{
	u64 what;

	if (!proc_parse_number(text, &what) || what < 1 || what > 4)
		return -EINVAL;
	if (what & 1)
		drop_page_cache();
	if (what & 2)
		kmem_cache_shrink_all();
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

/* Ours, root only.  Writing N frees about N pages, as pressure would; `all`
 * frees what can be freed, used lately or not. */
int proc_reclaim_store(struct proc_node *node, char *text)
{
	u64 pages;

	if (!strcmp(text, "all")) {
		for (u64 pfn = 0; pfn < max_pfn; pfn++)
			reclaim_page(pfn_to_page(pfn));
		return 0;
	}
	if (!proc_parse_number(text, &pages) || pages > max_pfn)
		return -EINVAL;
	try_to_free_pages(pages);
	return 0;
}
