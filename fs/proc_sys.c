// SPDX-License-Identifier: GPL-2.0
/*
 * The top of /proc: its table of names, what describes the system as a whole
 * (version, uptime, stat, mounts ...), /proc/sys and our own /proc/holdfast.
 * Formats are Linux 6.1's (fs/proc/stat.c, uptime.c, loadavg.c, version.c,
 * filesystems.c, fs/proc_namespace.c).
 *
 * Lock: namespace_mutex for the mount table; the rest is read without a sleep
 * in between.  Values under /proc/sys are what the kernel does; those that it
 * cannot do otherwise are read-only.
 */
#include <arch/clock.h>
#include <drivers/block.h>
#include <fs/proc.h>
#include <kernel/kernel.h>
#include <kernel/utsname.h>
#include <lib/string.h>
#include <mm/memlock.h>
#include <mm/mm.h>
#include <mm/slab.h>

#define NSEC_PER_SEC	1000000000ull
#define NSEC_PER_CSEC	10000000ull
#define PAGE_KB		(PAGE_SIZE / 1024)

typedef unsigned long long ull;

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
		*user += t->utime + t->child_usage.utime;
		*system += t->stime + t->child_usage.stime;
	}
}

static u64 idle_ticks(void)
{
	u64 now = clock_monotonic_ns() / (NSEC_PER_SEC / HZ);
	u64 user, system;

	busy_ticks(&user, &system);
	return now > user + system ? now - user - system : 0;
}

static int uptime_show(struct seq_file *m, struct proc_node *node)
{
	u64 up = clock_monotonic_ns() / NSEC_PER_CSEC;
	u64 idle = idle_ticks() * (100 / HZ);

	seq_printf(m, "%llu.%02llu %llu.%02llu\n", (ull)up / 100,
		   (ull)up % 100, (ull)idle / 100, (ull)idle % 100);
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

/* No averages are kept: the three numbers are the tasks running now. */
static int loadavg_show(struct seq_file *m, struct proc_node *node)
{
	unsigned running, blocked;
	int last_pid;

	count_tasks(&running, &blocked, &last_pid);
	seq_printf(m, "%u.00 %u.00 %u.00 %u/%lu %d\n", running - 1,
		   running - 1, running - 1, running, nr_tasks, last_pid);
	return 0;
}

static int stat_show(struct seq_file *m, struct proc_node *node)
{
	u64 user, system, idle = idle_ticks();
	unsigned running, blocked;
	int last_pid;

	busy_ticks(&user, &system);
	count_tasks(&running, &blocked, &last_pid);
	seq_printf(m, "cpu  %llu 0 %llu %llu 0 0 0 0 0 0\n", (ull)user,
		   (ull)system, (ull)idle);
	seq_printf(m, "cpu0 %llu 0 %llu %llu 0 0 0 0 0 0\n", (ull)user,
		   (ull)system, (ull)idle);
	seq_printf(m, "intr 0\nctxt 0\nbtime %llu\nprocesses %d\n",
		   (ull)clock_boot_epoch(), last_pid);
	seq_printf(m, "procs_running %u\nprocs_blocked %u\n", running, blocked);
	seq_puts(m, "softirq 0 0 0 0 0 0 0 0 0 0 0\n");
	return 0;
}

static int cpuinfo_show(struct seq_file *m, struct proc_node *node)
{
	seq_printf(m, "processor\t: 0\nmodel name\t: %s\ncpu cores\t: 1\n\n",
		   utsname.machine);
	return 0;
}

static int partitions_show(struct seq_file *m, struct proc_node *node)
{
	struct block_device *b = block_device_first();

	if (b)
		seq_puts(m, "major minor  #blocks  name\n\n");
	for (; b; b = TAILQ_NEXT(b, list))
		seq_printf(m, "%4u  %7u %10llu %s\n", (unsigned)MAJOR(b->dev),
			   (unsigned)MINOR(b->dev), (ull)b->sectors / 2,
			   b->name);
	return 0;
}

/* ---- file systems ------------------------------------------------------ */

static int filesystems_show(struct seq_file *m, struct proc_node *node)
{
	struct file_system_type *t = NULL;

	while ((t = next_filesystem(t)))
		seq_printf(m, "%s\t%s\n",
			   t->fs_flags & FS_REQUIRES_DEV ? "" : "nodev",
			   t->name);
	return 0;
}

static const struct {
	unsigned long flag;
	const char *text;
} mount_options[] = {
	{ MS_NOSUID, ",nosuid" }, { MS_NODEV, ",nodev" },
	{ MS_NOEXEC, ",noexec" }, { MS_NOATIME, ",noatime" },
	{ MS_NODIRATIME, ",nodiratime" }, { MS_RELATIME, ",relatime" },
};

static void print_mount(struct seq_file *m, struct super_block *sb, char *path)
{
	const char *source = sb->s_source[0] ? sb->s_source : "none";
	const char *where = mount_path(sb, path, PATH_MAX);

	if (!where)
		return;
	seq_puts_escaped(m, source, " \t\\#");
	seq_putc(m, ' ');
	seq_puts_escaped(m, where, " \t\\#");
	seq_printf(m, " %s %s", sb->s_type->name,
		   sb->s_flags & MS_RDONLY ? "ro" : "rw");
	for (unsigned i = 0; i < ARRAY_SIZE(mount_options); i++)
		if (sb->s_flags & mount_options[i].flag)
			seq_puts(m, mount_options[i].text);
	seq_puts(m, " 0 0\n");
}

int proc_mounts_show(struct seq_file *m, struct proc_node *node)
{
	struct super_block *sb = NULL;
	char *path = kmalloc(PATH_MAX, GFP_KERNEL);

	if (!path)
		return -ENOMEM;
	mutex_lock(&namespace_mutex);
	while ((sb = next_mount(sb)))
		print_mount(m, sb, path);
	mutex_unlock(&namespace_mutex);
	kfree(path);
	return 0;
}

static int mounts_text(struct proc_node *node, char *buf, size_t size)
{
	return strlcpy(buf, "self/mounts", size);
}

static int self_text(struct proc_node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "%d", current->tgid);
}

/* ---- /proc/sys --------------------------------------------------------- */

static int show_number(struct seq_file *m, u64 value)
{
	seq_printf(m, "%llu\n", (ull)value);
	return 0;
}

static int min_free_kbytes_show(struct seq_file *m, struct proc_node *node)
{
	return show_number(m, wmark_min * PAGE_KB);
}

static int randomize_show(struct seq_file *m, struct proc_node *node)
{
	char value[4];

	return show_number(m, cmdline_get("norandmaps", value,
					  sizeof(value)) < 0 ? 2 : 0);
}

static int hostname_store(struct proc_node *node, char *text)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	strlcpy(utsname.nodename, text, sizeof(utsname.nodename));
	return 0;
}

/* A constant's value as text. */
#define TEXT(x) #x
#define NUMBER(x) TEXT(x)
_Static_assert(MMAP_MIN_ADDR == 65536, "mmap_min_addr below");

static const struct proc_entry vm_entries[] = {
	FILE_ENTRY("drop_caches", 0200, .store = proc_drop_caches),
	FILE_ENTRY("max_map_count", 0444, .text = NUMBER(MAX_MAP_COUNT)),
	FILE_ENTRY("min_free_kbytes", 0444, .show = min_free_kbytes_show),
	FILE_ENTRY("mmap_min_addr", 0444, .text = "65536"),
	FILE_ENTRY("overcommit_memory", 0444, .text = "0"),
	FILE_ENTRY("overcommit_ratio", 0444, .text = "50"),
	FILE_ENTRY("swappiness", 0444, .text = "60"),
	{ .name = NULL },
};

static const struct proc_entry kernel_entries[] = {
	FILE_ENTRY("hostname", 0644, .text = utsname.nodename,
		   .store = hostname_store),
	FILE_ENTRY("osrelease", 0444, .text = utsname.release),
	FILE_ENTRY("ostype", 0444, .text = utsname.sysname),
	FILE_ENTRY("pid_max", 0444, .text = "32768"),
	FILE_ENTRY("randomize_va_space", 0444, .show = randomize_show),
	{ .name = NULL },
};

static const struct proc_entry sys_entries[] = {
	DIR_ENTRY("kernel", kernel_entries),
	DIR_ENTRY("vm", vm_entries),
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

/* Allocations of the task that wrote still to come before one fails, that one
 * included; -1: it has failed, or none was asked for. */
static int fail_alloc_show(struct seq_file *m, struct proc_node *node)
{
	seq_printf(m, "%ld\n", fail_alloc_after < 0 ? -1 :
		   fail_alloc_after + 1);
	return 0;
}

/* N: the writer's N-th allocation from now on, of a page or an object, fails
 * once; 0: none does. */
static int fail_alloc_store(struct proc_node *node, char *text)
{
	u64 n;

	if (!proc_parse_number(text, &n) || n > INT64_MAX)
		return -EINVAL;
	fail_alloc_after = (long)n - 1;
	fail_alloc_pid = current->pid;
	return 0;
}

/* What leaks of less than a page are found by. */
static int slab_bytes_show(struct seq_file *m, struct proc_node *node)
{
	return show_number(m, nr_slab_bytes);
}

static const struct proc_entry holdfast_entries[] = {
	FILE_ENTRY("blkfail", 0600, .show = blkfail_show,
		   .store = blkfail_store, .flags = PROC_ROOT_ONLY),
	FILE_ENTRY("fail_alloc", 0600, .show = fail_alloc_show,
		   .store = fail_alloc_store, .flags = PROC_ROOT_ONLY),
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
	FILE_ENTRY("cmdline", 0444, .text = saved_command_line),
	FILE_ENTRY("cpuinfo", 0444, .show = cpuinfo_show),
	FILE_ENTRY("filesystems", 0444, .show = filesystems_show),
	DIR_ENTRY("holdfast", holdfast_entries),
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
	FILE_ENTRY("stat", 0444, .show = stat_show),
	FILE_ENTRY("sysrq-trigger", 0200, .store = sysrq_trigger_store,
		   .flags = PROC_ROOT_ONLY),
	FILE_ENTRY("swaps", 0444, .show = proc_swaps_show),
	DIR_ENTRY("sys", sys_entries),
	FILE_ENTRY("uptime", 0444, .show = uptime_show),
	FILE_ENTRY("version", 0444, .show = version_show),
	FILE_ENTRY("vmstat", 0444, .show = proc_vmstat_show),
	{ .name = NULL },
};
