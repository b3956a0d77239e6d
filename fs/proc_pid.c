// SPDX-License-Identifier: GPL-2.0
/*
 * The table of /proc/PID and of /proc/PID/task/TID, and its smaller files:
 * cmdline, environ, auxv, comm, io, oom_score and its adjustment, wchan,
 * syscall, children, fdinfo, the links exe, cwd, root, fd/N and map_files/A-B.
 * Formats are Linux 6.1's: fs/proc/base.c, fd.c, array.c.
 *
 * Lock: none.  A task may end whenever we sleep, so each function makes room
 * for its text first and then prints without a sleep.
 */
#include <fs/proc.h>
#include <kernel/syscall.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <linux/oom.h>
#include <mm/mm.h>
#include <mm/slab.h>
#include <mm/swap.h>

/* ---- cmdline, environ, comm -------------------------------------------- */

/* The bytes of [start, end) of the task's memory, as far as they exist. */
static int print_memory(struct seq_file *m, struct mm_struct *mm,
			unsigned long start, unsigned long end)
{
	char *buf __free(memory) = kmalloc(PAGE_SIZE, GFP_KERNEL);
	size_t n = 1;

	if (!buf)
		return -ENOMEM;
	for (; start < end && n && !fatal_signal_pending(); start += n) {
		n = access_remote_vm(mm, start, buf,
				     min(end - start, PAGE_SIZE), FOLL_FORCE);
		seq_write(m, buf, n);
	}
	return 0;
}

static int cmdline_show(struct seq_file *m, struct proc_node *node)
{
	struct mm_struct *mm __free(mm) = proc_mm(node);

	return mm ? print_memory(m, mm, mm->arg_start, mm->arg_end) : 0;
}

static int auxv_show(struct seq_file *m, struct proc_node *node)
{
	struct mm_struct *mm __free(mm) = proc_mm(node);
	unsigned n = 0;

	while (mm && n < AT_VECTOR_SIZE && mm->saved_auxv[n])
		n += 2;
	if (n)		/* with the AT_NULL at its end */
		seq_write(m, (char *)mm->saved_auxv, (n + 2) * sizeof(u64));
	return 0;
}

static int environ_show(struct seq_file *m, struct proc_node *node)
{
	struct mm_struct *mm __free(mm) = proc_mm(node);

	return mm ? print_memory(m, mm, mm->env_start, mm->env_end) : 0;
}

static void comm_show(struct seq_file *m, struct task_struct *t)
{
	seq_puts_escaped(m, t->comm, "\\");
	seq_putc(m, '\n');
}

static int comm_store(struct proc_node *node, char *text)
{
	struct task_struct *t = proc_task(node);

	if (!t || t->tgid != current->tgid)
		return -EINVAL;
	strlcpy(t->comm, text, sizeof(t->comm));
	return 0;
}

/* ---- usage, state ------------------------------------------------------ */

static void io_show(struct seq_file *m, struct task_struct *t, bool thread)
{
	const struct usage u = thread ? t->usage : usage_of_group(t->leader);

	seq_printf(m,
		   "rchar: %lu\nwchar: %lu\nsyscr: %lu\nsyscw: %lu\n"
		   "read_bytes: %lu\nwrite_bytes: %lu\n"
		   "cancelled_write_bytes: 0\n",
		   u.rchar, u.wchar, u.syscr, u.syscw, u.read_bytes,
		   u.write_bytes);
}

/* Where a task waits is not kept. */
static void wchan_show(struct seq_file *m, struct task_struct *t)
{
	seq_putc(m, '0');
}

static void personality_show(struct seq_file *m, struct task_struct *t)
{
	seq_printf(m, "%08x\n", t->personality);
}

static void syscall_show(struct seq_file *m, struct task_struct *t)
{
	const struct pt_regs *r = thread_regs(&t->thread);

	if (!t->mm || (t->state == TASK_RUNNING && t != current)) {
		seq_puts(m, "running\n");
		return;
	}
	seq_printf(m, "%ld", (long)r->orig_ax);
	if ((long)r->orig_ax >= 0)
		seq_printf(m, " 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx", r->di,
			   r->si, r->dx, r->r10, r->r8, r->r9);
	seq_printf(m, " 0x%lx 0x%lx\n", r->sp, r->ip);
}

static void children_show(struct seq_file *m, struct task_struct *t)
{
	const struct task_struct *c;

	TAILQ_FOREACH(c, &t->children, sibling)
		seq_printf(m, "%d ", c->pid);
}

/* ---- oom --------------------------------------------------------------- */

/* Linux's scale: 1000 would be all memory and swap, moved to [666, 1333]. */
static void oom_score_show(struct seq_file *m, struct task_struct *t)
{
	long total = totalram_pages + total_swap_pages;
	long points = t->mm ? oom_badness(t) : INT64_MIN;

	if (points != INT64_MIN)
		points = (1000 + points * 1000 / total) * 2 / 3;
	seq_printf(m, "%ld\n", max(points, 0l));
}

static void oom_score_adj_show(struct seq_file *m, struct task_struct *t)
{
	seq_printf(m, "%d\n", t->leader->oom_score_adj);
}

/* The scale of old: -17 to 15, -17 meaning never. */
static void oom_adj_show(struct seq_file *m, struct task_struct *t)
{
	int adj = t->leader->oom_score_adj;

	seq_printf(m, "%d\n", adj == OOM_SCORE_ADJ_MAX ? OOM_ADJUST_MAX :
		   adj * -OOM_DISABLE / OOM_SCORE_ADJ_MAX);
}

/* Down to what root last gave it anybody may go whose file it is. */
static int set_oom_score_adj(struct proc_node *node, int adj)
{
	struct task_struct *t = proc_task(node);

	if (!t)
		return -ESRCH;
	t = t->leader;
	if (adj < t->oom_score_adj_min && !capable(CAP_SYS_RESOURCE))
		return -EACCES;
	t->oom_score_adj = adj;
	if (capable(CAP_SYS_RESOURCE))
		t->oom_score_adj_min = adj;
	return 0;
}

static int oom_score_adj_store(struct proc_node *node, char *text)
{
	int adj, err = proc_parse_int(text, OOM_SCORE_ADJ_MIN,
				      OOM_SCORE_ADJ_MAX, &adj);

	return err ? err : set_oom_score_adj(node, adj);
}

static int oom_adj_store(struct proc_node *node, char *text)
{
	int adj, err = proc_parse_int(text, OOM_DISABLE, OOM_ADJUST_MAX, &adj);

	if (err)
		return err;
	return set_oom_score_adj(node, adj == OOM_ADJUST_MAX ?
				 OOM_SCORE_ADJ_MAX :
				 adj * OOM_SCORE_ADJ_MAX / -OOM_DISABLE);
}

/* ---- descriptors and areas --------------------------------------------- */

static struct file *fd_file(struct task_struct *t, long fd)
{
	if (!t->files || fd >= t->files->max)
		return NULL;
	return t->files->fd[fd].file;
}

static long next_fd(const struct proc_node *dir, long fd)
{
	struct task_struct *t = proc_task(dir);

	if (!t || !t->files)
		return -1;
	while (fd < t->files->max && !fd_file(t, fd))
		fd++;
	return fd < t->files->max ? fd : -1;
}

static int fdinfo_show(struct seq_file *m, struct proc_node *node)
{
	struct task_struct *t = proc_task(node);
	struct file *file = t ? fd_file(t, node->number) : NULL;

	if (!file)
		return -ENOENT;
	/* No sleep: one page is there from the first byte on. */
	seq_printf(m, "pos:\t%ld\nflags:\t0%o\nmnt_id:\t%u\nino:\t%lu\n",
		   file->f_pos,
		   file->f_flags | 0100000 |
			   (t->files->fd[node->number].cloexec ? O_CLOEXEC : 0),
		   file->f_inode->i_sb->s_mnt_id, file->f_inode->i_ino);
	return 0;
}

static struct file *area_file(struct task_struct *t, long start)
{
	struct vm_area_struct *vma = t->mm ? vma_lookup(t->mm, start) : NULL;

	return vma ? vma->vm_file : NULL;
}

static long next_area(const struct proc_node *dir, long from)
{
	struct task_struct *t = proc_task(dir);
	struct vm_area_struct *vma = t && t->mm ? find_vma(t->mm, from) : NULL;

	while (vma && (!vma->vm_file || (long)vma->vm_start < from))
		vma = vma_next(vma);
	return vma ? (long)vma->vm_start : -1;
}

static const struct proc_entry fd_entry = {
	.name = "N", .mode = S_IFLNK | 0100, .file = fd_file,
}, fdinfo_entry = FILE_ENTRY("N", 0444, .show = fdinfo_show), area_entry = {
	.name = "A-B", .mode = S_IFLNK, .file = area_file,
}, tid_entry = DIR_ENTRY("TID", proc_tid_entries);

/* ---- links and the tables ---------------------------------------------- */

static struct dentry *cwd_link(struct task_struct *t)
{
	return t->fs ? t->fs->pwd : NULL;
}

static struct dentry *root_link(struct task_struct *t)
{
	return t->fs ? t->fs->root : NULL;
}

static struct dentry *exe_link(struct task_struct *t)
{
	return t->mm && t->mm->exe_file ? t->mm->exe_file->f_dentry : NULL;
}

#define MEMBERS(n, perm, entry, first, ...) \
	{ .name = n, .mode = S_IFDIR | (perm), .member = &entry, \
	  .next = first, __VA_ARGS__ }
#define PTRACE .flags = PROC_PTRACE

/* What a process and a thread both have. */
#define TASK_ENTRIES							\
	MEMBERS("fd", 0500, fd_entry, next_fd, PTRACE),			\
	MEMBERS("fdinfo", 0555, fdinfo_entry, next_fd, PTRACE),		\
	FILE_ENTRY("environ", 0400, .show = environ_show, PTRACE),	\
	FILE_ENTRY("auxv", 0400, .show = auxv_show, PTRACE),		\
	FILE_ENTRY("status", 0444, .show_task = proc_status_show),	\
	FILE_ENTRY("personality", 0400, .show_task = personality_show,	\
		   PTRACE),						\
	FILE_ENTRY("limits", 0444, .show_task = proc_limits_show),	\
	FILE_ENTRY("comm", 0644, .show_task = comm_show,		\
		   .store = comm_store),				\
	FILE_ENTRY("syscall", 0400, .show_task = syscall_show, PTRACE),	\
	FILE_ENTRY("cmdline", 0444, .show = cmdline_show),		\
	FILE_ENTRY("stat", 0444, .show_usage = proc_stat_show),		\
	FILE_ENTRY("statm", 0444, .show_task = proc_statm_show),	\
	FILE_ENTRY("maps", 0444, .show = proc_maps_show, PTRACE),	\
	FILE_ENTRY("numa_maps", 0444, .show = proc_numa_maps_show,	\
		   PTRACE),						\
	FILE_ENTRY("mem", 0600, .fops = &proc_mem_fops, PTRACE),	\
	LINK_ENTRY("cwd", .jump = cwd_link),				\
	LINK_ENTRY("root", .jump = root_link),				\
	LINK_ENTRY("exe", .jump = exe_link),				\
	FILE_ENTRY("mounts", 0444, .show = proc_mounts_show),		\
	FILE_ENTRY("mountinfo", 0444, .show = proc_mountinfo_show),	\
	FILE_ENTRY("clear_refs", 0200, .store = proc_clear_refs,	\
		   PTRACE),						\
	FILE_ENTRY("smaps", 0444, .show = proc_smaps_show, PTRACE),	\
	FILE_ENTRY("smaps_rollup", 0444,				\
		   .show = proc_smaps_rollup_show, PTRACE),		\
	FILE_ENTRY("pagemap", 0400, .fops = &proc_pagemap_fops, PTRACE), \
	FILE_ENTRY("wchan", 0444, .show_task = wchan_show),		\
	FILE_ENTRY("oom_score", 0444, .show_task = oom_score_show),	\
	FILE_ENTRY("oom_adj", 0644, .show_task = oom_adj_show,		\
		   .store = oom_adj_store),				\
	FILE_ENTRY("oom_score_adj", 0644,				\
		   .show_task = oom_score_adj_show,			\
		   .store = oom_score_adj_store),			\
	FILE_ENTRY("io", 0400, .show_usage = io_show, PTRACE)

const struct proc_entry proc_pid_entries[] = {
	MEMBERS("task", 0555, tid_entry, proc_next_thread),
	MEMBERS("map_files", 0500, area_entry, next_area,
		.flags = PROC_PTRACE | PROC_AREAS),
	FILE_ENTRY("mountstats", 0400, .show = proc_mountstats_show),
	TASK_ENTRIES,
	{ .name = NULL },
};

const struct proc_entry proc_tid_entries[] = {
	FILE_ENTRY("children", 0444, .show_task = children_show),
	TASK_ENTRIES,
	{ .name = NULL },
};
