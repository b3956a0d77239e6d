// SPDX-License-Identifier: GPL-2.0
/*
 * The top of /proc: its table of names, what describes the system as a whole
 * (version, uptime, stat, interrupts ...) and our own /proc/holdfast.  Formats
 * are Linux 6.1's (fs/proc/stat.c, uptime.c, loadavg.c, version.c,
 * interrupts.c, devices.c, block/genhd.c).
 *
 * Lock: none; all is read without a sleep in between.
 */
#include <arch/clock.h>
#include <arch/irq.h>
#include <drivers/block.h>
#include <drivers/uart.h>
#include <fs/proc.h>
#include <ipc/proc.h>
#include <kernel/kernel.h>
#include <kernel/utsname.h>
#include <lib/string.h>
#include <mm/memlock.h>
#include <mm/mm.h>
#include <mm/slab.h>

#define NSEC_PER_SEC	1000000000ull
#define NSEC_PER_CSEC	10000000ull
#define PAGE_KB		(PAGE_SIZE / 1024)

/* ---- the system -------------------------------------------------------- */

static int version_show(struct seq_file *m, struct proc_node *node)
{
	seq_printf(m, "%s version %s (%s) %s\n", utsname.sysname,
		   utsname.release, utsname.nodename, utsname.version);
	return 0;
}

/* Ticks of user and kernel time of all tasks, those waited for included. */
static void busy_ticks(u64 *user, u64 *system)
{
	const struct task_struct *t;

	*user = *system = 0;
	for_each_task(t) {
		*user += t->utime + t->dead_usage.utime +
			 t->child_usage.utime;
		*system += t->stime + t->dead_usage.stime +
			   t->child_usage.stime;
	}
}

static int uptime_show(struct seq_file *m, struct proc_node *node)
{
	u64 up = clock_monotonic_ns() / NSEC_PER_CSEC;
	u64 idle = idle_ns / NSEC_PER_CSEC;

	seq_printf(m, "%lu.%02lu %lu.%02lu\n", up / 100, up % 100, idle / 100,
		   idle % 100);
	return 0;
}

static void count_tasks(unsigned *running, unsigned *blocked, int *last_pid)
{
	const struct task_struct *t;

	*running = *blocked = 0;
	*last_pid = 0;
	for_each_task(t) {
		*running += t->state == TASK_RUNNING;
		*blocked += t->mm && t->state == TASK_UNINTERRUPTIBLE;
		*last_pid = max(*last_pid, t->pid);
	}
}

static int loadavg_show(struct seq_file *m, struct proc_node *node)
{
	unsigned running, blocked;
	int last_pid;

	count_tasks(&running, &blocked, &last_pid);
	for (unsigned i = 0; i < ARRAY_SIZE(avenrun); i++) {
		unsigned long load = avenrun[i] * 100 + (1ul << (FSHIFT - 1));

		seq_printf(m, "%lu.%02lu ", (load >> FSHIFT) / 100,
			   (load >> FSHIFT) % 100);
	}
	seq_printf(m, "%u/%lu %d\n", running, nr_tasks, last_pid);
	return 0;
}

static int stat_show(struct seq_file *m, struct proc_node *node)
{
	u64 user, system, idle = idle_ns / NSEC_PER_CSEC, interrupts = 0;
	unsigned running, blocked;
	int last_pid;

	busy_ticks(&user, &system);
	count_tasks(&running, &blocked, &last_pid);
	seq_printf(m, "cpu  %lu 0 %lu %lu 0 0 0 0 0 0\n", user, system, idle);
	seq_printf(m, "cpu0 %lu 0 %lu %lu 0 0 0 0 0 0\n", user, system, idle);
	for (unsigned i = 0; i < NR_IRQS; i++)
		interrupts += irq_counts[i];
	seq_printf(m, "intr %lu", interrupts);
	for (unsigned i = 0; i < NR_IRQS; i++)
		seq_printf(m, " %lu", irq_counts[i]);
	seq_printf(m, "\nctxt %lu\nbtime %lu\nprocesses %lu\n", nr_switches,
		   clock_boot_epoch(), nr_forks);
	seq_printf(m, "procs_running %u\nprocs_blocked %u\n", running, blocked);
	seq_puts(m, "softirq 0 0 0 0 0 0 0 0 0 0 0\n");
	return 0;
}

/* One line a processor line; the names are those of request_irq(). */
static int interrupts_show(struct seq_file *m, struct proc_node *node)
{
	seq_puts(m, "           CPU0       \n");
	for (unsigned i = 0; i < NR_IRQS; i++)
		if (irq_name(i))
			seq_printf(m, "%3u: %10lu    XT-PIC      %s\n", i,
				   irq_counts[i], irq_name(i));
	seq_puts(m, "ERR:          0\n");
	return 0;
}

static int consoles_show(struct seq_file *m, struct proc_node *node)
{
	unsigned port = uart_present(1) ? 1 : 0;

	seq_printf(m, "ttyS%u                -W- (EC p  )    4:%u\n", port,
		   64 + port);
	return 0;
}

static const char devices_text[] =
	"Character devices:\n"
	"  1 mem\n"
	"  4 ttyS\n"
	"  5 /dev/tty\n"
	"  5 /dev/console\n"
	"  5 /dev/ptmx\n"
	"128 ptm\n"
	"136 pts\n"
	"\n"
	"Block devices:\n"
	"254 virtblk";

/* Requests, merged ones, sectors and milliseconds, of reads and writes; in
 * flight, busy, weighted; discards and flushes.  No time is taken. */
static int diskstats_show(struct seq_file *m, struct proc_node *node)
{
	struct block_device *b = block_device_first();

	for (; b; b = TAILQ_NEXT(b, list))
		seq_printf(m,
			   "%4u %7u %s %lu 0 %lu 0 %lu 0 %lu 0 0 0 0 "
			   "0 0 0 0 0 0\n",
			   (unsigned)MAJOR(b->dev), (unsigned)MINOR(b->dev),
			   b->name, b->requests[0], b->moved[0], b->requests[1],
			   b->moved[1]);
	return 0;
}

static int partitions_show(struct seq_file *m, struct proc_node *node)
{
	struct block_device *b = block_device_first();

	if (b)
		seq_puts(m, "major minor  #blocks  name\n\n");
	for (; b; b = TAILQ_NEXT(b, list))
		seq_printf(m, "%4u  %7u %10lu %s\n", (unsigned)MAJOR(b->dev),
			   (unsigned)MINOR(b->dev), b->sectors / 2, b->name);
	return 0;
}

/* ---- links -------------------------------------------------------------- */

static int mounts_text(struct proc_node *node, char *buf, size_t size)
{
	return strlcpy(buf, "self/mounts", size);
}

static int thread_self_text(struct proc_node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "%d/task/%d", current->tgid, current->pid);
}

static int self_text(struct proc_node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "%d", current->tgid);
}

static const struct proc_entry sysvipc_entries[] = {
	FILE_ENTRY("msg", 0444, .show = proc_msg_show),
	FILE_ENTRY("sem", 0444, .show = proc_sem_show),
	FILE_ENTRY("shm", 0444, .show = proc_shm_show),
	{ .name = NULL },
};

/* ---- /proc/holdfast ---------------------------------------------------- */

static int blkfail_show(struct seq_file *m, struct proc_node *node)
{
	char text[512];

	blkfail_get(text, sizeof(text));
	seq_printf(m, "%s\n", text);
	return 0;
}

static int blkfail_store(struct proc_node *node, char *text)
{
	return blkfail_set(text);
}

/* The lock design in force. */
static int memlock_show(struct seq_file *m, struct proc_node *node)
{
	seq_printf(m, "%s\n", memlock->name);
	return 0;
}

/* kernel/fault_inject.h has what is written and read. */
static int fail_show(struct seq_file *m, struct proc_node *node)
{
	char text[64];

	fault_show(text, sizeof(text));
	seq_printf(m, "%s\n", text);
	return 0;
}

static int fail_alloc_store(struct proc_node *node, char *text)
{
	return fault_arm(FAULT_ALLOC, text);
}

static int fail_read_store(struct proc_node *node, char *text)
{
	return fault_arm(FAULT_READ, text);
}

static int fail_write_store(struct proc_node *node, char *text)
{
	return fault_arm(FAULT_WRITE, text);
}

static int fail_frame_store(struct proc_node *node, char *text)
{
	return fault_arm(FAULT_FRAME, text);
}

/* What leaks of less than a page are found by. */
static int slab_bytes_show(struct seq_file *m, struct proc_node *node)
{
	seq_printf(m, "%lu\n", nr_slab_bytes);
	return 0;
}

static const struct proc_entry holdfast_entries[] = {
	FILE_ENTRY("blkfail", 0600, .show = blkfail_show,
		   .store = blkfail_store, .flags = PROC_ROOT_ONLY),
	FILE_ENTRY("fail_alloc", 0600, .show = fail_show,
		   .store = fail_alloc_store, .flags = PROC_ROOT_ONLY),
	FILE_ENTRY("fail_frame", 0600, .show = fail_show,
		   .store = fail_frame_store, .flags = PROC_ROOT_ONLY),
	FILE_ENTRY("fail_read", 0600, .show = fail_show,
		   .store = fail_read_store, .flags = PROC_ROOT_ONLY),
	FILE_ENTRY("fail_write", 0600, .show = fail_show,
		   .store = fail_write_store, .flags = PROC_ROOT_ONLY),
	FILE_ENTRY("memlock", 0444, .show = memlock_show),
	FILE_ENTRY("mm_check", 0400, .show = proc_mm_check_show,
		   .flags = PROC_ROOT_ONLY),
	FILE_ENTRY("reclaim", 0200, .store = proc_reclaim_store,
		   .flags = PROC_ROOT_ONLY),
	FILE_ENTRY("slab_bytes", 0400, .show = slab_bytes_show,
		   .flags = PROC_ROOT_ONLY),
	{ .name = NULL },
};

/* Linux's crash on request; its other keys are not known here. */
static int sysrq_trigger_store(struct proc_node *node, char *text)
{
	if (text[0] == 'c')
		panic("sysrq triggered crash");
	return 0;
}

const struct proc_entry proc_root_entries[] = {
	FILE_ENTRY("buddyinfo", 0444, .show = proc_buddyinfo_show),
	FILE_ENTRY("cmdline", 0444, .text = saved_command_line),
	FILE_ENTRY("consoles", 0444, .show = consoles_show),
	FILE_ENTRY("cpuinfo", 0444, .show = proc_cpuinfo_show),
	FILE_ENTRY("devices", 0444, .text = devices_text),
	FILE_ENTRY("diskstats", 0444, .show = diskstats_show),
	FILE_ENTRY("filesystems", 0444, .show = proc_filesystems_show),
	DIR_ENTRY("holdfast", holdfast_entries),
	FILE_ENTRY("interrupts", 0444, .show = interrupts_show),
	FILE_ENTRY("kpagecount", 0400, .fops = &proc_kpagecount_fops,
		   .flags = PROC_ROOT_ONLY),
	FILE_ENTRY("kpageflags", 0400, .fops = &proc_kpageflags_fops,
		   .flags = PROC_ROOT_ONLY),
	FILE_ENTRY("loadavg", 0444, .show = loadavg_show),
	FILE_ENTRY("locks", 0444, .show = proc_locks_show),
	FILE_ENTRY("meminfo", 0444, .show = proc_meminfo_show),
	LINK_ENTRY("mounts", .readlink = mounts_text),
	FILE_ENTRY("partitions", 0444, .show = partitions_show),
	LINK_ENTRY("self", .readlink = self_text),
	FILE_ENTRY("slabinfo", 0400, .show = proc_slabinfo_show),
	FILE_ENTRY("stat", 0444, .show = stat_show),
	FILE_ENTRY("sysrq-trigger", 0200, .store = sysrq_trigger_store,
		   .flags = PROC_ROOT_ONLY),
	FILE_ENTRY("swaps", 0444, .show = proc_swaps_show),
	DIR_ENTRY("sys", proc_sys_entries),
	DIR_ENTRY("sysvipc", sysvipc_entries),
	LINK_ENTRY("thread-self", .readlink = thread_self_text),
	FILE_ENTRY("uptime", 0444, .show = uptime_show),
	FILE_ENTRY("version", 0444, .show = version_show),
	FILE_ENTRY("vmstat", 0444, .show = proc_vmstat_show),
	FILE_ENTRY("zoneinfo", 0444, .show = proc_zoneinfo_show),
	{ .name = NULL },
};
