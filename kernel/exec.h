/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One execve in progress (exec.c, elf.c, args.c).  Until exec_commit() only
 * this structure and the mm in it know of the new program.
 */
#ifndef KERNEL_EXEC_H
#define KERNEL_EXEC_H

#include <kernel/task.h>
#include <linux/elf.h>
#include <mm/mm.h>

#define BINPRM_BUF_SIZE	256	/* of the file, looked at to tell its kind */
#define PREFIX_MAX	16	/* 5 scripts: interpreter, argument, path */

/* Strings by pointers, all in kernel memory or all in user memory. */
struct exec_strings {
	const char *const *ptrs;
	bool kernel;
};

struct exec {
	struct file *file;		/* the program, at last the ELF file */
	const char *filename;		/* as given to execve: AT_EXECFN */
	char *fd_name;			/* ... or made from a descriptor */
	bool closed_path;		/* ... that exec closes: no scripts */
	char head[BINPRM_BUF_SIZE];	/* first bytes of file, zero padded */

	char *prefix[PREFIX_MAX];	/* replaces argv[0] for a script */
	unsigned nprefix;
	struct exec_strings argv, envp;
	unsigned long argc, count;	/* of argv with prefix; and envp */
	unsigned long strings_size, table_size;	/* on the stack, bytes */

	bool designated;
	struct mm_struct *mm;		/* built aside */
	unsigned long stack_top;
	unsigned long sp, ip;		/* where the program starts */
	unsigned long phdr, entry, interp_base;	/* for the auxv */
	unsigned phnum;
};

/* args.c: count and measure argv and envp: 0, -E2BIG, -EFAULT, -ENOMEM,
 * -EINTR. */
int exec_measure_args(struct exec *e);
/* Build the initial stack of e->mm; sets e->sp.  The same errors. */
int exec_setup_stack(struct exec *e);

/* elf.c: check the file, mark the mm, map the image; sets ip and what the auxv
 * needs.  0, -ENOEXEC, -EINVAL, -ENOMEM, -EPERM, -EIO ...  e->mm is empty. */
int exec_load_elf(struct exec *e);

/* Part of a file, to be kfree()d; ERR_PTR(-ENOEXEC) if it is not all there,
 * -ENOMEM, -EIO. */
void *exec_read(struct file *file, u64 offset, size_t size);

/* Random number of pages below `pages` (a power of two), 0 with norandmaps. */
unsigned long exec_random_pages(unsigned long pages);

#endif
