// SPDX-License-Identifier: GPL-2.0
/*
 * What /proc shows of one address space: maps, smaps, smaps_rollup, pagemap,
 * mem.  Formats are Linux 6.1's to the character: fs/proc/task_mmu.c, and
 * fs/proc/base.c for mem.
 *
 * Lock: mmap_lock for read while areas are walked, so that a text shows one
 * moment.  Text is made in the file's own buffer, never copied to user memory
 * under that lock.
 */
#include <arch/uaccess.h>
#include <fs/proc.h>
#include <mm/mm.h>
#include <mm/slab.h>
#include <mm/swap.h>

#define NAME_COLUMN	72	/* of names in maps: 25 + 6 * 8 - 1 */
#define PSS_SHIFT	12
#define PAGE_KB		(PAGE_SIZE / 1024)

/* ---- maps -------------------------------------------------------------- */

/* The kernel's name of an area without a file; NULL: none. */
static const char *special_name(const struct vm_area_struct *vma)
{
	const struct mm_struct *mm = vma->vm_mm;

	if (vma->vm_start <= mm->brk && vma->vm_end >= mm->start_brk)
		return "[heap]";
	if (vma->vm_start <= mm->start_stack &&
	    vma->vm_end >= mm->start_stack)
		return "[stack]";
	return NULL;
}

static void print_name(struct seq_file *m, struct vm_area_struct *vma,
		       size_t line_start, char *path)
{
	const char *name = special_name(vma);

	if (vma->vm_file)
		name = file_path(vma->vm_file, path, PATH_MAX);
	if (!name)
		return;
	while (m->count - line_start < NAME_COLUMN && !m->error)
		seq_putc(m, ' ');
	seq_putc(m, ' ');
	seq_puts_escaped(m, name, "");
}

/* One line of maps; `path` is PATH_MAX bytes of scratch. */
static void print_area(struct seq_file *m, struct vm_area_struct *vma,
		       char *path)
{
	struct file_ident id = { 0, 0 };
	unsigned long f = vma->vm_flags;
	size_t line_start = m->count;
	u64 offset = 0;

	if (vma->vm_file) {
		id = file_ident(vma->vm_file);
		offset = vma->vm_pgoff << PAGE_SHIFT;
	}
	seq_printf(m, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ",
		   vma->vm_start, vma->vm_end, f & VM_READ ? 'r' : '-',
		   f & VM_WRITE ? 'w' : '-', f & VM_EXEC ? 'x' : '-',
		   f & VM_MAYSHARE ? 's' : 'p', offset, (unsigned)MAJOR(id.dev),
		   (unsigned)MINOR(id.dev), id.ino);
	print_name(m, vma, line_start, path);
	seq_putc(m, '\n');
}

/* Call print on every area of the node's mm, under its lock. */
static int for_areas(struct seq_file *m, struct proc_node *node,
		     void (*print)(struct seq_file *m,
				   struct vm_area_struct *vma, char *path))
{
	struct mm_struct *mm __free(mm) = NULL;
	char *path __free(memory) = NULL;
	struct vm_area_struct *vma;

	if (!proc_task(node))
		return -ESRCH;
	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	mm = proc_mm(node);
	if (!mm)
		return 0;
	down_read(&mm->mmap_lock);
	for_each_vma(mm, vma)
		print(m, vma, path);
	up_read(&mm->mmap_lock);
	return 0;
}

int proc_maps_show(struct seq_file *m, struct proc_node *node)
{
	return for_areas(m, node, print_area);
}

/* ---- smaps ------------------------------------------------------------- */

static void print_stats(struct seq_file *m, const struct mem_size_stats *s,
			bool rollup)
{
	const struct proc_row head[] = {
		{ "Rss", s->resident }, { "Pss", s->pss >> PSS_SHIFT },
		{ "Pss_Dirty", s->pss_dirty >> PSS_SHIFT },
	}, kinds[] = {
		{ "Pss_Anon", s->pss_anon >> PSS_SHIFT },
		{ "Pss_File", s->pss_file >> PSS_SHIFT },
		{ "Pss_Shmem", s->pss_shmem >> PSS_SHIFT },
	}, rest[] = {
		{ "Shared_Clean", s->shared_clean },
		{ "Shared_Dirty", s->shared_dirty },
		{ "Private_Clean", s->private_clean },
		{ "Private_Dirty", s->private_dirty },
		{ "Referenced", s->referenced }, { "Anonymous", s->anonymous },
		{ "LazyFree", 0 }, { "AnonHugePages", 0 },
		{ "ShmemPmdMapped", 0 }, { "FilePmdMapped", 0 },
		{ "Shared_Hugetlb", 0 }, { "Private_Hugetlb", 0 },
		{ "Swap", s->swap }, { "SwapPss", s->swap_pss >> PSS_SHIFT },
		{ "Locked", s->pss_locked >> PSS_SHIFT },
	};

	proc_print_rows(m, head, ARRAY_SIZE(head), 1);
	if (rollup)
		proc_print_rows(m, kinds, ARRAY_SIZE(kinds), 1);
	proc_print_rows(m, rest, ARRAY_SIZE(rest), 1);
}

static const struct {
	unsigned long flag;
	char code[3];
} vm_flag_codes[] = {
	{ VM_READ, "rd" }, { VM_WRITE, "wr" }, { VM_EXEC, "ex" },
	{ VM_SHARED, "sh" }, { VM_MAYREAD, "mr" }, { VM_MAYWRITE, "mw" },
	{ VM_MAYEXEC, "me" }, { VM_MAYSHARE, "ms" }, { VM_GROWSDOWN, "gd" },
	{ VM_UFFD_MISSING, "um" }, { VM_PFNMAP, "pf" },
	{ VM_LOCKED_PERM, "lp" }, { VM_LOCKED, "lo" },
	{ VM_IO, "io" }, { VM_SEQ_READ, "sr" }, { VM_RAND_READ, "rr" },
	{ VM_DONTCOPY, "dc" }, { VM_DONTEXPAND, "de" },
	{ VM_LOCKONFAULT, "??" }, { VM_ACCOUNT, "ac" },
	{ VM_NORESERVE, "nr" }, { VM_WIPEONFORK, "wf" },
	{ VM_DONTDUMP, "dd" }, { VM_HUGEPAGE, "hg" }, { VM_NOHUGEPAGE, "nh" },
	{ VM_MERGEABLE, "mg" },
};

static void print_vm_flags(struct seq_file *m, unsigned long flags)
{
	seq_puts(m, "VmFlags: ");
	for (unsigned i = 0; i < ARRAY_SIZE(vm_flag_codes); i++)
		if (flags & vm_flag_codes[i].flag)
			seq_printf(m, "%s ", vm_flag_codes[i].code);
	seq_putc(m, '\n');
}

static void print_smap(struct seq_file *m, struct vm_area_struct *vma,
		       char *path)
{
	const struct proc_row sizes[] = {
		{ "Size", vma->vm_end - vma->vm_start },
		{ "KernelPageSize", PAGE_SIZE }, { "MMUPageSize", PAGE_SIZE },
	};
	struct mem_size_stats stats = { 0 };

	smap_gather_stats(vma, &stats);
	print_area(m, vma, path);
	proc_print_rows(m, sizes, ARRAY_SIZE(sizes), 1);
	print_stats(m, &stats, false);
	seq_puts(m, "THPeligible:    0\n");
	print_vm_flags(m, vma->vm_flags);
}

int proc_smaps_show(struct seq_file *m, struct proc_node *node)
{
	return for_areas(m, node, print_smap);
}

int proc_smaps_rollup_show(struct seq_file *m, struct proc_node *node)
{
	struct mem_size_stats stats = { 0 };
	struct vm_area_struct *vma;
	unsigned long first = 0, last = 0;
	struct mm_struct *mm __free(mm) = proc_mm(node);

	if (!mm)
		return -ESRCH;
	down_read(&mm->mmap_lock);
	for_each_vma(mm, vma) {
		if (!last)
			first = vma->vm_start;
		last = vma->vm_end;
		smap_gather_stats(vma, &stats);
	}
	up_read(&mm->mmap_lock);
	seq_printf(m, "%08lx-%08lx ---p 00000000 00:00 0 ", first, last);
	while (m->count < NAME_COLUMN && !m->error)
		seq_putc(m, ' ');
	seq_puts(m, " [rollup]\n");
	print_stats(m, &stats, true);
	return 0;
}

/* Of the areas' memory that is there; one node has it all. */
struct numa_stats {
	unsigned long pages, anon, dirty, active, writeback, swapcache;
	int mapmax;
};

static int gather_numa(pte_t *pte, unsigned long addr, void *arg)
{
	struct page *page = vm_normal_page(*pte);
	struct numa_stats *n = arg;

	if (!page)
		return 0;
	n->pages++;
	n->anon += page_test(page, PG_anon);
	n->dirty += pte_dirty(*pte) || page_test(page, PG_dirty);
	n->active += page_test(page, PG_active) ||
		     page_test(page, PG_unevictable);
	n->writeback += page_test(page, PG_writeback);
	n->swapcache += page_test(page, PG_swapcache);
	n->mapmax = max(n->mapmax, page->_mapcount);
	return 0;
}

static void print_numa_stats(struct seq_file *m, const struct numa_stats *n)
{
	const struct {
		const char *name;
		unsigned long value;
	} rows[] = {
		{ "anon", n->anon }, { "dirty", n->dirty },
		{ "mapped", n->pages != n->anon && n->pages != n->dirty ?
			    n->pages : 0 },
		{ "mapmax", n->mapmax > 1 ? n->mapmax : 0 },
		{ "swapcache", n->swapcache },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].value)
			seq_printf(m, " %s=%lu", rows[i].name, rows[i].value);
	if (n->active < n->pages)
		seq_printf(m, " active=%lu", n->active);
	if (n->writeback)
		seq_printf(m, " writeback=%lu", n->writeback);
	seq_printf(m, " N0=%lu kernelpagesize_kB=4", n->pages);
}

static void print_numa_area(struct seq_file *m, struct vm_area_struct *vma,
			    char *path)
{
	const char *name = special_name(vma);
	struct numa_stats stats = { 0 };

	walk_page_range(vma->vm_mm, vma->vm_start, vma->vm_end, gather_numa,
			&stats);
	seq_printf(m, "%08lx default", vma->vm_start);
	if (vma->vm_file) {
		seq_puts(m, " file=");
		seq_puts_escaped(m, file_path(vma->vm_file, path, PATH_MAX),
				 "\t= ");
	} else if (name) {
		seq_puts(m, name[1] == 'h' ? " heap" : " stack");
	}
	if (stats.pages)
		print_numa_stats(m, &stats);
	seq_putc(m, '\n');
}

int proc_numa_maps_show(struct seq_file *m, struct proc_node *node)
{
	return for_areas(m, node, print_numa_area);
}

/* 1 to 3: the accessed bits; 5: the peak of VmHWM begins anew.  4 would be the
 * soft dirty bits, which entries here do not have. */
int proc_clear_refs(struct proc_node *node, char *text)
{
	struct mm_struct *mm __free(mm) = proc_mm(node);
	int type, err = proc_parse_int(text, 1, 5, &type);

	if (err || type == 4)
		return -EINVAL;
	if (!mm)
		return 0;
	down_read(&mm->mmap_lock);
	if (type == 5)
		mm->hiwater_rss = mm_rss(mm);
	else
		clear_refs(mm, type);
	up_read(&mm->mmap_lock);
	return 0;
}

/* ---- sizes ------------------------------------------------------------- */

void proc_mm_sizes(struct mm_struct *mm, struct proc_mm_sizes *s)
{
	struct vm_area_struct *vma;
	u64 exec = 0;

	for_each_vma(mm, vma)
		if ((vma->vm_flags & (VM_EXEC | VM_WRITE)) == VM_EXEC &&
		    vma->vm_file)
			exec += vma_pages(vma);
	s->text = (PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK)) >>
		  PAGE_SHIFT;
	s->text = min(s->text, exec);
	s->lib = exec - s->text;
	s->size = mm->total_vm;
	s->peak = max(mm->hiwater_vm, mm->total_vm);
	s->data = mm->data_vm;
	s->stack = mm->stack_vm;
	s->locked = mm->locked_vm;
	s->anon = max(mm->rss_stat[MM_ANONPAGES], 0l);
	s->file = max(mm->rss_stat[MM_FILEPAGES], 0l);
	s->shmem = max(mm->rss_stat[MM_SHMEMPAGES], 0l);
	s->swap = max(mm->rss_stat[MM_SWAPENTS], 0l);
	s->resident = s->anon + s->file + s->shmem;
	s->peak_rss = max((u64)mm->hiwater_rss, s->resident);
	s->tables = mm->nr_ptes;
}

/* ---- pagemap ----------------------------------------------------------- */

#define PM_PFN_MASK	((1ull << 55) - 1)
#define PM_MMAP_EXCLUSIVE (1ull << 56)
#define PM_FILE		(1ull << 61)
#define PM_SWAP		(1ull << 62)
#define PM_PRESENT	(1ull << 63)
#define PM_SWAP_TYPES	5	/* low bits of a swap entry's frame field */

static u64 pagemap_entry(struct mm_struct *mm, unsigned long addr,
			 bool show_pfn)
{
	pte_t *pte = pte_lookup(mm, addr);
	struct page *page;
	u64 value;

	if (!pte || pte_none(*pte))
		return 0;
	if (!pte_present(*pte)) {
		swp_entry_t e = pte_to_swp_entry(*pte);

		value = swp_type(e) | swp_offset(e) << PM_SWAP_TYPES;
		return PM_SWAP | (show_pfn ? value & PM_PFN_MASK : 0);
	}
	value = PM_PRESENT | (show_pfn ? pte_pfn(*pte) & PM_PFN_MASK : 0);
	page = vm_normal_page(*pte);
	if (page && !page_test(page, PG_anon))
		value |= PM_FILE;
	if (page && page->_mapcount == 1)
		value |= PM_MMAP_EXCLUSIVE;
	return value;
}

static u64 pagemap_get(u64 index, void *arg)
{
	struct mm_struct *mm = arg;
	u64 value;

	down_read(&mm->mmap_lock);
	value = pagemap_entry(mm, index << PAGE_SHIFT,
			      capable(CAP_SYS_ADMIN));
	up_read(&mm->mmap_lock);
	return value;
}

static long pagemap_read(struct file *file, void *ubuf, size_t n, u64 *pos)
{
	struct mm_struct *mm __free(mm) = proc_mm(file->f_inode->i_private);

	if (!mm)
		return *pos % 8 || n % 8 ? -EINVAL : 0;
	return proc_read_u64s(ubuf, n, pos, TASK_SIZE >> PAGE_SHIFT,
			      pagemap_get, mm);
}

const struct file_operations proc_pagemap_fops = { .read = pagemap_read };

/* ---- mem --------------------------------------------------------------- */

/* Copy between ubuf and the task's memory, a page at a time through `buf`. */
static long mem_copy(struct mm_struct *mm, char *ubuf, size_t n, u64 *pos,
		     bool write, void *buf)
{
	unsigned flags = FOLL_FORCE | (write ? FOLL_WRITE : 0);
	size_t done = 0;

	while (done < n && !fatal_signal_pending()) {
		size_t part = min(n - done, PAGE_SIZE), got;

		if (write && copy_from_user(buf, ubuf + done, part))
			return done ? (long)done : -EFAULT;
		got = access_remote_vm(mm, *pos, buf, part, flags);
		if (!got)
			return done ? (long)done : -EIO;
		if (!write && copy_to_user(ubuf + done, buf, got))
			return done ? (long)done : -EFAULT;
		done += got;
		*pos += got;
	}
	return done;
}

static long mem_rw(struct file *file, char *ubuf, size_t n, u64 *pos,
		   bool write)
{
	struct proc_node *node = file->f_inode->i_private;
	struct task_struct *t = proc_task(node);
	struct mm_struct *mm __free(mm) = proc_mm(node);
	void *buf __free(memory) = NULL;

	if (t && !ptrace_may_access(t, PTRACE_MODE_ATTACH_FSCREDS))
		return -EACCES;
	if (!mm)
		return 0;
	buf = kmalloc(PAGE_SIZE, GFP_KERNEL);
	return buf ? mem_copy(mm, ubuf, n, pos, write, buf) : -ENOMEM;
}

static long mem_read(struct file *file, void *ubuf, size_t n, u64 *pos)
{
	return mem_rw(file, ubuf, n, pos, false);
}

static long mem_write(struct file *file, const void *ubuf, size_t n, u64 *pos)
{
	return mem_rw(file, (char *)ubuf, n, pos, true);
}

const struct file_operations proc_mem_fops = {
	.read = mem_read,
	.write = mem_write,
};
