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

struct proc_node;

#define PROC_PTRACE	0x1u	/* open asks ptrace_may_access() */
#define PROC_ROOT_ONLY	0x2u	/* open asks capable(CAP_SYS_ADMIN) */

/* One name.  Tables end with a NULL name. */
struct proc_entry {
	const char *name;
	unsigned mode;			/* S_IF* and permissions */
	unsigned flags;			/* PROC_* */
	const struct proc_entry *children;	/* directories */
	/* Regular files: print the whole text.  0 or -errno. */
	int (*show)(struct seq_file *m, struct proc_node *node);
	/* ... take what was written: NUL-terminated text without its final
	 * newline.  0 or -errno. */
	int (*store)(struct proc_node *node, char *text);
	/* ... or everything itself; f_inode->i_private is the node. */
	const struct file_operations *fops;
	/* Links: as in struct inode_operations. */
	int (*readlink)(struct proc_node *node, char *buf, size_t size);
	struct dentry *(*jump)(struct proc_node *node);
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

/* The task of a node, or NULL if it is gone.  Valid until the next sleep. */
struct task_struct *proc_task(const struct proc_node *node);
/* Its mm, referenced (mmput); NULL if there is none any more. */
struct mm_struct *proc_mm(const struct proc_node *node);
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
int proc_drop_caches(struct proc_node *node, char *text);
int proc_mm_check_show(struct seq_file *m, struct proc_node *node);
int proc_reclaim_store(struct proc_node *node, char *text);
/* Sizes for status, statm and stat, in pages.  Does not sleep. */
struct proc_mm_sizes {
	u64 size, lib, text, data, stack, locked, resident, peak_rss;
	u64 anon, file, shmem, swap, tables;
};
void proc_mm_sizes(struct mm_struct *mm, struct proc_mm_sizes *s);

/* A decimal number that is the whole text; false if it is not one. */
bool proc_parse_number(const char *text, u64 *value);

#endif
