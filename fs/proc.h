/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside /proc: the tables that fs/proc_*.c and fs/sysctl.c fill, and fs/proc.c
 * turns into a file system.  sysfs is another root of the same kind.
 */
#ifndef FS_PROC_H
#define FS_PROC_H

#include <fs/seq_file.h>
#include <fs/vfs.h>
#include <kernel/task.h>
#include <mm/mm.h>

struct proc_node;

#define PROC_PTRACE	0x1u	/* open asks ptrace_may_access() */
#define PROC_ROOT_ONLY	0x2u	/* open asks capable(CAP_SYS_ADMIN) */
#define PROC_AREAS	0x4u	/* members: areas of memory, by start */

#define TASK_TEXT	8192	/* more than any show_task() prints */

#define FILE_ENTRY(n, perm, ...) { .name = n, .mode = S_IFREG | (perm), \
				   __VA_ARGS__ }
#define LINK_ENTRY(n, ...) { .name = n, .mode = S_IFLNK | 0777, __VA_ARGS__ }
#define DIR_ENTRY(n, entries) { .name = n, .mode = S_IFDIR | 0555, \
				.children = entries }
/* A variable that takes what lies in [low, high]; ... whose change others have
 * to be told of. */
#define NUMBER_ENTRY(n, variable, low, high, ...) \
	FILE_ENTRY(n, 0644, .number = variable, .min = low, .max = high, \
		   __VA_ARGS__)

/* One name.  Tables end with a NULL name. */
struct proc_entry {
	const char *name;
	unsigned mode;			/* S_IF* and permissions */
	unsigned flags;			/* PROC_* */
	const struct proc_entry *children;	/* directories */
	/* Directories with numbers as names: what each of them is, and the
	 * first from `from` on that is there, or -1.  Does not sleep. */
	const struct proc_entry *member;
	long (*next)(const struct proc_node *dir, long from);
	/* Regular files: a line of text, or what prints it all: 0 or -errno.
	 * show_task() is given the task and room for TASK_TEXT bytes, and
	 * does not sleep. */
	const char *text;
	int *number, min, max;
	void (*changed)(void);
	u64 *large;			/* ... any number */
	int (*show)(struct seq_file *m, struct proc_node *node);
	void (*show_task)(struct seq_file *m, struct task_struct *t);
	/* ... a task as one thread (below task/), or for its whole process. */
	void (*show_usage)(struct seq_file *m, struct task_struct *t,
			   bool thread);
	/* ... take what was written: NUL-terminated text without its final
	 * newline.  0 or -errno. */
	int (*store)(struct proc_node *node, char *text);
	/* ... or everything itself; f_inode->i_private is the node. */
	const struct file_operations *fops;
	/* Links: as in struct inode_operations; or where one of a task leads,
	 * NULL: nowhere; or the open file behind a member, whose mode shows in
	 * the link's.  Not referenced; do not sleep. */
	int (*readlink)(struct proc_node *node, char *buf, size_t size);
	struct dentry *(*jump)(struct task_struct *t);
	struct file *(*file)(struct task_struct *t, long number);
};

/* One inode of /proc: which name, of which task. */
struct proc_node {
	const struct proc_entry *entry;
	int pid;		/* 0: not below /proc/PID */
	u64 start_ns;		/* of that task: a number used again is
				 * another task */
	bool thread;		/* ... is meant alone, not its process */
	const struct proc_entry *dir;	/* a member's directory, and its */
	long number;			/* ... number in it */
};

extern const struct proc_entry proc_root_entries[];	/* proc_sys.c */
extern const struct proc_entry proc_sys_entries[];	/* sysctl.c */
extern const struct proc_entry sysfs_root_entries[];	/* sysfs.c */
extern const struct proc_entry proc_pid_entries[];	/* proc_pid.c */
extern const struct proc_entry proc_tid_entries[];	/* proc_pid.c */
extern const struct file_operations proc_kpageflags_fops, proc_kpagecount_fops,
	proc_pagemap_fops, proc_mem_fops;		/* proc_mm.c */

extern const struct file_operations proc_file_fops;	/* proc_file.c */

static inline struct proc_node *file_node(struct file *file)
{
	return file->f_inode->i_private;
}

long proc_next_thread(const struct proc_node *dir, long from);

/* The task of a node, or NULL if it is gone.  Valid until the next sleep. */
struct task_struct *proc_task(const struct proc_node *node);
/* The process whose /proc/PID a file is; NULL: gone; -EBADF: it is none. */
struct task_struct *tgid_pidfd_to_task(struct file *file);
/* Its mm, referenced (mmput); NULL if there is none any more. */
struct mm_struct *proc_mm(const struct proc_node *node);

/* proc_mm.c */
int proc_maps_show(struct seq_file *m, struct proc_node *node);
int proc_smaps_show(struct seq_file *m, struct proc_node *node);
int proc_smaps_rollup_show(struct seq_file *m, struct proc_node *node);
int proc_meminfo_show(struct seq_file *m, struct proc_node *node);
int proc_vmstat_show(struct seq_file *m, struct proc_node *node);
int proc_swaps_show(struct seq_file *m, struct proc_node *node);
int proc_locks_show(struct seq_file *m, struct proc_node *node); /* locks.c */
int proc_slabinfo_show(struct seq_file *m, struct proc_node *node);
int proc_cpuinfo_show(struct seq_file *m, struct proc_node *node);
int proc_zoneinfo_show(struct seq_file *m, struct proc_node *node);
int proc_buddyinfo_show(struct seq_file *m, struct proc_node *node);
int proc_node_meminfo_show(struct seq_file *m, struct proc_node *node);
int proc_numa_maps_show(struct seq_file *m, struct proc_node *node);
int proc_clear_refs(struct proc_node *node, char *text);
int proc_drop_caches(struct proc_node *node, char *text);
int proc_mm_check_show(struct seq_file *m, struct proc_node *node);
int proc_reclaim_store(struct proc_node *node, char *text);
/* Sizes for status, statm and stat, in pages.  Does not sleep. */
struct proc_mm_sizes {
	u64 size, peak, lib, text, data, stack, locked, resident, peak_rss;
	u64 anon, file, shmem, swap, tables;
};
void proc_mm_sizes(struct mm_struct *mm, struct proc_mm_sizes *s);

/* proc_task.c */
void proc_status_show(struct seq_file *m, struct task_struct *t);
void proc_stat_show(struct seq_file *m, struct task_struct *t, bool thread);
void proc_statm_show(struct seq_file *m, struct task_struct *t);
void proc_limits_show(struct seq_file *m, struct task_struct *t);
/* proc_mounts.c */
int proc_filesystems_show(struct seq_file *m, struct proc_node *node);
int proc_mounts_show(struct seq_file *m, struct proc_node *node);
int proc_mountinfo_show(struct seq_file *m, struct proc_node *node);
int proc_mountstats_show(struct seq_file *m, struct proc_node *node);

/* Lines "Name:      N kB", as in meminfo and smaps, of numbers in units of
 * `unit` bytes. */
struct proc_row {
	const char *name;
	u64 value;
};
void proc_print_rows(struct seq_file *m, const struct proc_row *rows, size_t n,
		     unsigned unit);
/* Read an array of `end` numbers, each got when it is asked for: bytes,
 * -EINVAL for a part of a number, -EFAULT. */
long proc_read_u64s(char *ubuf, size_t n, u64 *pos, u64 end,
		    u64 (*get)(u64 index, void *arg), void *arg);
/* A decimal number that is the whole text; false if it is not one. */
bool proc_parse_number(const char *text, u64 *value);
/* The same with a sign and blanks around it, within [min, max]: 0, -EINVAL. */
int proc_parse_int(char *text, int min, int max, int *value);

#endif
