/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host: the arch headers and the rest of mm/deps.h as an ordinary process,
 * so that mm/ runs unmodified under sanitizers.  Tests, fuzzers and the
 * explorer drive it through this header.  One test, one process: hosts are
 * reset by running each case in a fork of its own.
 *
 * What it cannot show:
 *   - interleavings, but in host_run(): else there is one thread; whatever
 *     sleeps has its wakeup done before it sleeps, or the host stops with
 *     "deadlock", and a killed task exits at the next sleep point.  So nobody
 *     meets a page in writeback or locked by another, and kswapd does not run.
 *   - preemption in the kernel, and more than one processor: tasks are
 *     switched where they may sleep.
 *   - timing, cache and speculation; instruction fetches are not executed, only
 *     translated.
 *   - the kernel half of the page tables, SMEP, SMAP, interrupts.
 *   - a TLB that is larger, or forgets later, than the 256 entries here; PCIDs.
 *   - in the explorer's build (tests/explore): page tables and radix nodes of
 *     more than 8 entries, a fourth level of tables, user addresses above
 *     96 KiB, more than the first 64 bytes of a page, a
 *     TLB of more than 16 entries.
 *   - stack overflow in the kernel, and compiler flags of the kernel image.
 *   - open files beyond an address_space and a count: descriptors, names and
 *     permissions are fs/'s and are tested in guests.
 */
#ifndef ARCH_HOST_H
#define ARCH_HOST_H

#include <drivers/block.h>
#include <mm/filemap.h>
#include <mm/mm.h>
#include <mm/swap.h>

/* ---- boot.c: the machine ----------------------------------------------- */

#define HOST_MIN_FRAMES	8ul
#define HOST_MAX_FRAMES	65536ul
#define HOST_MMAP_BASE	0x00007ff000000000ul
#define HOST_STACK_TOP	TASK_SIZE
#define HOST_STACK_SIZE	(8 * PAGE_SIZE)		/* a new task's */
#define HOST_BRK_START	0x0000000010000000ul

/* Power on with `frames` frames of RAM, all handed to mm's allocator but frame
 * 0; contents are junk.  Once in a process. */
void host_boot(unsigned long frames);
/* Take frames from the allocator until `left` are free; how many were taken.
 * host_unhog gives them back. */
unsigned long host_hog(unsigned long left);
void host_unhog(void);
/* mm_check() and the TLB check (I18); stops with the finding. */
void host_check(void);

/* ---- log.c: messages and the end --------------------------------------- */

/* The last messages printk'd, NUL terminated. */
extern char host_log[16384];
void host_log_clear(void);
/* Called with panic's message before the process aborts; may longjmp. */
extern void (*host_panic_hook)(const char *message);

/* ---- sched.c: tasks ---------------------------------------------------- */

/* A task with euid `uid`, an empty mm with stack area, and Linux's default
 * limits.  NULL when out of memory. */
struct task_struct *host_spawn(const char *name, unsigned uid);
/* fork(2): the child, or ERR_PTR(-errno). */
struct task_struct *host_fork(struct task_struct *parent);
/* execve(2) by t of a program without segments; `designated` asks for the
 * memlock mark.  0, or -errno with nothing changed. */
int host_exec(struct task_struct *t, bool designated);
/* The same of a program with a page of text (r-x) and one of data (rw-), pages
 * 0 and 1 of `file`, at these addresses. */
struct host_image {
	struct file *file;		/* NULL: no segments */
	unsigned long text, data;
	unsigned long brk, mmap_base;
	unsigned long stack_top, stack_size;	/* size 0: no stack */
};
int host_exec_image(struct task_struct *t, bool designated,
		    const struct host_image *image);
void host_exit(struct task_struct *t);		/* t is freed */
/* Make t current and load its address space; returns who was. */
struct task_struct *host_switch(struct task_struct *t);
/* Exit every killed task but current; false if there was none. */
bool host_reap(void);
unsigned host_locks_held(void);		/* by current */
/* In a thread of host_run(): may others run? */
void host_yield(void);

/* ---- threads.c: tasks side by side -------------------------------------- */

/*
 * Run fn(arg) as each task, and kswapd if kswapd_init() was called, until all
 * have returned, switching between them in an order drawn from the seed; what
 * a number of that order says.  A task may have the mm of another.  A killed
 * one (t->killed) is to return soon.
 */
struct host_thread {
	struct task_struct *task;
	void (*fn)(void *arg);
	void *arg;
};
u64 host_run(const struct host_thread *list, unsigned n, u64 seed);

/* ---- mmu.c, uaccess.c: user memory ------------------------------------- */

/* An instruction of task t reads, writes or fetches: 0, or -EFAULT with
 * t->sig, sig_code and sig_addr set (-ENOMEM and SIGKILL if the fault path
 * ran out of memory for good). */
int host_user_read(struct task_struct *t, unsigned long addr, void *buf,
		   size_t n);
int host_user_write(struct task_struct *t, unsigned long addr,
		    const void *buf, size_t n);
int host_user_fetch(struct task_struct *t, unsigned long addr);

/* Every TLB entry grants no more than its page-table entry (I18)?  0, or 18
 * with the finding in `why`. */
int host_tlb_check(char *why, size_t size);
/* Stops if the TLB still maps this frame: it is about to be reused. */
void host_tlb_assert_unmapped(u64 pfn, const char *what);
enum host_access { HOST_READ, HOST_WRITE, HOST_EXEC };
/* One access as the MMU does it, through the TLB; sets A and D bits.  False:
 * page fault.  *va: where in RAM. */
bool host_mmu_access(unsigned long addr, enum host_access how, void **va);
/* Have what the page table grants of that page in the TLB, as if the processor
 * had run ahead. */
void host_tlb_remember(unsigned long addr);
extern pte_t *host_pgd;			/* address space loaded */
extern unsigned long host_tlb_hits, host_tlb_misses, host_tlb_flushes;

/* ---- fault.c: what can fail -------------------------------------------- */

/* Asked at each allocation, and at each page read from or written to a disk or
 * a file (not of shmem), whether it fails.  NULL: none does, but for those that
 * fail_alloc_after (<mm/deps.h>) or the disk or file itself count out. */
extern bool (*host_fault_hook)(enum host_fault what);

/* ---- disk.c: block devices in memory ----------------------------------- */

struct host_disk {
	struct block_device bdev;
	u8 *data;
	u64 pages;
	/* The n-th page read or written from now fails (1: the next; 0: none);
	 * `lasting`: and every later one. */
	u64 fail_read, fail_write;
	bool lasting;
	u64 failed;			/* transfers refused */
};

/* A zeroed disk; bdev.name as given. */
struct host_disk *host_disk_new(const char *name, u64 pages);
void host_disk_free(struct host_disk *d);
/* Write a swap header as mkswap(8) does: version 1, no bad pages. */
void host_mkswap(struct host_disk *d);
/* Pages of the disk that contain the bytes. */
u64 host_disk_find(const struct host_disk *d, const void *bytes, size_t n);

/* ---- file.c: files ----------------------------------------------------- */

struct host_inode {
	struct address_space mapping;
	unsigned refs;
	u8 *data;			/* the file's disk; NULL: shmem */
	u64 bytes;			/* of data */
	u64 fail_read, fail_write;	/* as in host_disk, by page */
	bool lasting;
	unsigned long reads, writes;	/* pages */
	bool dev_zero;
	int writecount;			/* > 0 writers, < 0 denied */
};

/* A disk file of `size` bytes (contents 0, on a disk of its own with room for
 * `room`), a shmem file, or /dev/zero; opened with `mode`, one reference. */
struct file *host_file_new(u64 size, u64 room, unsigned mode);
struct file *host_shmem_new(u64 size, unsigned mode);
struct file *host_dev_zero(void);
struct file *host_reopen(struct file *f, unsigned mode);
/* As truncate(2) of somebody who may write the file: also -ETXTBSY if writers
 * are denied. */
int host_truncate(struct file *f, u64 size);
extern unsigned long host_files;	/* open ones */
static inline struct host_inode *host_inode(struct file *f)
{
	return f->f_mapping->host;
}
/* Give current a descriptor for f (takes over the reference). */
int host_fd_install(struct file *f);
void host_fd_close(struct task_struct *t, int fd);

/* ---- libc.c: all the host needs of its own world ----------------------- */

void *host_zalloc(size_t bytes);	/* page aligned from 4096 bytes on */
void host_free(void *p);
void host_write_err(const char *s, size_t n);
bool host_verbose(void);
void host_abort(void) __noreturn;

#endif
