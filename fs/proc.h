/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside /proc: the tables that fs/proc_sys.c, fs/proc_mm.c and fs/proc_task.c
 * fill, and fs/proc.c turns into a file system.
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

#define TASK_TEXT	8192	/* more than any show_task() prints */

#define FILE_ENTRY(n, perm, ...) { .name = n, .mode = S_IFREG | (perm), \
				   __VA_ARGS__ }
#define LINK_ENTRY(n, ...) { .name = n, .mode = S_IFLNK | 0777, __VA_ARGS__ }
#define DIR_ENTRY(n, entries) { .name = n, .mode = S_IFDIR | 0555, \
				.children = entries }

/* One name.  Tables end with a NULL name. */
struct proc_entry {
	const char *name;
	unsigned mode;			/* S_IF* and permissions */
	unsigned flags;			/* PROC_* */
	const struct proc_entry *children;	/* directories */
	/* Regular files: a line of text, or what prints it all: 0 or -errno.
	 * show_task() is given the task and room for TASK_TEXT bytes, and
	 * does not sleep. */
	const char *text;
	int (*show)(struct seq_file *m, struct proc_node *node);
	void (*show_task)(struct seq_file *m, struct task_struct *t);
	/* ... take what was written: NUL-terminated text without its final
	 * newline.  0 or -errno. */
	int (*store)(struct proc_node *node, char *text);
	/* ... or everything itself; f_inode->i_private is the node. */
	const struct file_operations *fops;
	/* Links: as in struct inode_operations; or where one of a task leads,
	 * NULL: nowhere.  Not referenced; does not sleep. */
	int (*readlink)(struct proc_node *node, char *buf, size_t size);
	struct dentry *(*jump)(struct task_struct *t, int fd);
};

/* One inode of /proc: which name, of which task. */
struct proc_node {
	const struct proc_entry *entry;
	int pid;		/* 0: not below /proc/PID */
	u64 start_ns;		/* of that task: a number used again is
				 * another task */
	int fd;			/* below fd/; else -1 */
};

extern const struct proc_entry proc_root_entries[];	/* proc_sys.c */
extern const struct proc_entry proc_pid_entries[];	/* proc_task.c */
extern const struct proc_entry proc_fd_entry;		/* fd/N */
extern const struct file_operations proc_kpageflags_fops, proc_kpagecount_fops,
	proc_pagemap_fops, proc_mem_fops;		/* proc_mm.c */

extern const struct file_operations proc_file_fops;	/* proc_file.c */

static inline struct proc_node *file_node(struct file *file)
{
	return file->f_inode->i_private;
}

/* The task of a node, or NULL if it is gone.  Valid until the next sleep. */
struct task_struct *proc_task(const struct proc_node *node);
/* Its mm, referenced (mmput); NULL if there is none any more. */
struct mm_struct *proc_mm(const struct proc_node *node);
static inline void free_mm(struct mm_struct **mm)	/* __free(mm) */
{
	if (*mm)
		mmput(*mm);
}
/* May current look into t's memory?  Same ids and dumpable, or root. */
bool ptrace_may_access(struct task_struct *t);

/* proc_mm.c */
int proc_maps_show(struct seq_file *m, struct proc_node *node);
int proc_smaps_show(struct seq_file *m, struct proc_node *node);
int proc_smaps_rollup_show(struct seq_file *m, struct proc_node *node);
int proc_meminfo_show(struct seq_file *m, struct proc_node *node);
int proc_vmstat_show(struct seq_file *m, struct proc_node *node);
int proc_swaps_show(struct seq_file *m, struct proc_node *node);
int proc_mounts_show(struct seq_file *m, struct proc_node *node); /* sys */
int proc_locks_show(struct seq_file *m, struct proc_node *node); /* locks.c */
int proc_drop_caches(struct proc_node *node, char *text);
int proc_mm_check_show(struct seq_file *m, struct proc_node *node);
int proc_reclaim_store(struct proc_node *node, char *text);
/* Sizes for status, statm and stat, in pages.  Does not sleep. */
struct proc_mm_sizes {
	u64 size, lib, text, data, stack, locked, resident, peak_rss;
	u64 anon, file, shmem, swap, tables;
};
void proc_mm_sizes(struct mm_struct *mm, struct proc_mm_sizes *s);

/* The file of t's descriptor fd, not referenced, or NULL. */
struct file *proc_fd_file(struct task_struct *t, int fd);

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

#endif
