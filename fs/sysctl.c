// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/sys (Linux: kernel/sysctl.c, drivers/char/random.c, utsname_sysctl.c):
 * what can be written has its effect at once; what this kernel does in one
 * way only is there to be read.
 */
#include <fs/proc.h>
#include <ipc/proc.h>
#include <kernel/kernel.h>
#include <kernel/random.h>
#include <kernel/utsname.h>
#include <lib/string.h>
#include <mm/mm.h>
#include <mm/swap.h>

_Static_assert(MMAP_MIN_ADDR == 65536, "mmap_min_addr below");
_Static_assert(PIPE_MAX_SIZE == 1048576, "pipe-max-size below");

#define CONSTANT(name, value) FILE_ENTRY(name, 0444, .text = value)

/* ---- vm ---------------------------------------------------------------- */

static int min_free_kbytes_show(struct seq_file *m, struct proc_node *node)
{
	seq_printf(m, "%lu\n", wmark_min * (PAGE_SIZE / 1024));
	return 0;
}

/* There is nothing to compact: every block of frames is found by a search. */
static int compact_store(struct proc_node *node, char *text)
{
	int value;

	return proc_parse_int(text, INT32_MIN + 1, INT32_MAX, &value);
}

static const struct proc_entry vm_entries[] = {
	FILE_ENTRY("compact_memory", 0200, .store = compact_store),
	CONSTANT("dirty_background_bytes", "0"),
	CONSTANT("dirty_background_ratio", "10"),
	CONSTANT("dirty_bytes", "0"),
	CONSTANT("dirty_expire_centisecs", "3000"),
	CONSTANT("dirty_ratio", "20"),
	CONSTANT("dirty_writeback_centisecs", "500"),
	FILE_ENTRY("drop_caches", 0200, .store = proc_drop_caches),
	NUMBER_ENTRY("max_map_count", &sysctl_max_map_count, 0, INT32_MAX),
	FILE_ENTRY("min_free_kbytes", 0444, .show = min_free_kbytes_show),
	CONSTANT("mmap_min_addr", "65536"),
	CONSTANT("nr_hugepages", "0"),
	NUMBER_ENTRY("oom_kill_allocating_task",
		     &sysctl_oom_kill_allocating_task, 0, INT32_MAX),
	NUMBER_ENTRY("overcommit_memory", &sysctl_overcommit_memory, 0, 2),
	NUMBER_ENTRY("overcommit_ratio", &sysctl_overcommit_ratio, 0,
		     INT32_MAX),
	NUMBER_ENTRY("panic_on_oom", &sysctl_panic_on_oom, 0, 2),
	CONSTANT("swappiness", "60"),
	NUMBER_ENTRY("unprivileged_userfaultfd",
		     &sysctl_unprivileged_userfaultfd, 0, 1),
	{ .name = NULL },
};

/* ---- kernel ------------------------------------------------------------ */

static int set_name(char *to, const char *text)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	strlcpy(to, text, __NEW_UTS_LEN + 1);
	return 0;
}

static int hostname_store(struct proc_node *node, char *text)
{
	return set_name(utsname.nodename, text);
}

static int domainname_store(struct proc_node *node, char *text)
{
	return set_name(utsname.domainname, text);
}

static int threads_max_show(struct seq_file *m, struct proc_node *node)
{
	seq_printf(m, "%lu\n", max_tasks());
	return 0;
}

static int ngroups_max_show(struct seq_file *m, struct proc_node *node)
{
	seq_printf(m, "%u\n", (unsigned)ARRAY_SIZE(current->groups));
	return 0;
}

static int print_uuid(struct seq_file *m, const u8 *b)
{
	for (unsigned i = 0; i < 16; i++)
		seq_printf(m, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ?
			   "-" : "", i == 6 ? (b[i] & 0xf) | 0x40 : i == 8 ?
			   (b[i] & 0x3f) | 0x80 : b[i]);
	seq_putc(m, '\n');
	return 0;
}

static int uuid_show(struct seq_file *m, struct proc_node *node)
{
	u8 bytes[16];

	get_random_bytes(bytes, sizeof(bytes));
	return print_uuid(m, bytes);
}

static int boot_id_show(struct seq_file *m, struct proc_node *node)
{
	static u8 boot_id[16];
	static bool made;

	if (!made)
		get_random_bytes(boot_id, sizeof(boot_id));
	made = true;
	return print_uuid(m, boot_id);
}

static const struct proc_entry random_entries[] = {
	FILE_ENTRY("boot_id", 0444, .show = boot_id_show),
	CONSTANT("entropy_avail", "256"),
	CONSTANT("poolsize", "256"),
	FILE_ENTRY("uuid", 0444, .show = uuid_show),
	{ .name = NULL },
};

static const struct proc_entry kernel_entries[] = {
	CONSTANT("cap_last_cap", "40"),
	CONSTANT("core_pattern", "core"),
	FILE_ENTRY("domainname", 0644, .text = utsname.domainname,
		   .store = domainname_store),
	FILE_ENTRY("hostname", 0644, .text = utsname.nodename,
		   .store = hostname_store),
	NUMBER_ENTRY("msgmax", &msg_ctlmax, 0, INT32_MAX),
	NUMBER_ENTRY("msgmnb", &msg_ctlmnb, 0, INT32_MAX),
	NUMBER_ENTRY("msgmni", &msg_ctlmni, 0, IPCMNI),
	FILE_ENTRY("ngroups_max", 0444, .show = ngroups_max_show),
	FILE_ENTRY("osrelease", 0444, .text = utsname.release),
	FILE_ENTRY("ostype", 0444, .text = utsname.sysname),
	CONSTANT("panic", "0"),
	NUMBER_ENTRY("pid_max", &pid_max, 301, PID_MAX_LIMIT),
	CONSTANT("printk", "4\t4\t1\t7"),
	DIR_ENTRY("random", random_entries),
	NUMBER_ENTRY("randomize_va_space", &randomize_va_space, 0, 2),
	CONSTANT("sem", SEM_LIMITS),
	FILE_ENTRY("shmall", 0644, .large = &shm_ctlall),
	FILE_ENTRY("shmmax", 0644, .large = &shm_ctlmax),
	NUMBER_ENTRY("shmmni", &shm_ctlmni, 0, IPCMNI),
	CONSTANT("tainted", "0"),
	FILE_ENTRY("threads-max", 0444, .show = threads_max_show),
	FILE_ENTRY("version", 0444, .text = utsname.version),
	{ .name = NULL },
};

/* ---- fs ---------------------------------------------------------------- */

static int file_max_show(struct seq_file *m, struct proc_node *node)
{
	seq_printf(m, "%lu\n", max_files());
	return 0;
}

static int file_nr_show(struct seq_file *m, struct proc_node *node)
{
	seq_printf(m, "%lu\t0\t%lu\n", nr_files, max_files());
	return 0;
}

#define MQ_MSG(name, variable) NUMBER_ENTRY(name, variable, 1, 65536)
#define MQ_SIZE(name, variable) NUMBER_ENTRY(name, variable, 128, 16 << 20)

static const struct proc_entry mqueue_entries[] = {
	MQ_MSG("msg_default", &mq_msg_default),
	MQ_MSG("msg_max", &mq_msg_max),
	MQ_SIZE("msgsize_default", &mq_msgsize_default),
	MQ_SIZE("msgsize_max", &mq_msgsize_max),
	NUMBER_ENTRY("queues_max", &mq_queues_max, 0, INT32_MAX),
	{ .name = NULL },
};

static const struct proc_entry fs_entries[] = {
	FILE_ENTRY("file-max", 0444, .show = file_max_show),
	FILE_ENTRY("file-nr", 0444, .show = file_nr_show),
	DIR_ENTRY("mqueue", mqueue_entries),
	CONSTANT("nr_open", "1048576"),
	CONSTANT("pipe-max-size", "1048576"),
	CONSTANT("protected_fifos", "0"),
	CONSTANT("protected_hardlinks", "1"),
	CONSTANT("protected_regular", "0"),
	CONSTANT("protected_symlinks", "1"),
	CONSTANT("suid_dumpable", "0"),
	{ .name = NULL },
};

const struct proc_entry proc_sys_entries[] = {
	DIR_ENTRY("fs", fs_entries),
	DIR_ENTRY("kernel", kernel_entries),
	DIR_ENTRY("vm", vm_entries),
	{ .name = NULL },
};
