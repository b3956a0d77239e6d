// SPDX-License-Identifier: GPL-2.0
/*
 * /sys: one processor, one node of memory, as libc, lscpu and numactl look for
 * them (Linux: drivers/base/cpu.c, topology.c, node.c).  fs/proc.c makes the
 * file system of these tables.
 */
#include <fs/proc.h>

#define CONSTANT(name, value) FILE_ENTRY(name, 0444, .text = value)
#define END { .name = NULL }

static const struct proc_entry topology_entries[] = {
	CONSTANT("core_cpus", "1"), CONSTANT("core_cpus_list", "0"),
	CONSTANT("core_id", "0"),
	CONSTANT("core_siblings", "1"), CONSTANT("core_siblings_list", "0"),
	CONSTANT("package_cpus", "1"), CONSTANT("package_cpus_list", "0"),
	CONSTANT("physical_package_id", "0"),
	CONSTANT("thread_siblings", "1"), CONSTANT("thread_siblings_list", "0"),
	END
};

static const struct proc_entry cpu0_entries[] = {
	DIR_ENTRY("topology", topology_entries), END
};

static const struct proc_entry cpu_entries[] = {
	DIR_ENTRY("cpu0", cpu0_entries),
	CONSTANT("isolated", ""),
	CONSTANT("kernel_max", "0"),
	CONSTANT("offline", ""),
	CONSTANT("online", "0"),
	CONSTANT("possible", "0"),
	CONSTANT("present", "0"),
	END
};

static const struct proc_entry node0_entries[] = {
	CONSTANT("cpulist", "0"),
	CONSTANT("cpumap", "1"),
	CONSTANT("distance", "10"),
	FILE_ENTRY("meminfo", 0444, .show = proc_node_meminfo_show),
	END
};

static const struct proc_entry node_entries[] = {
	CONSTANT("has_cpu", "0"),
	CONSTANT("has_memory", "0"),
	CONSTANT("has_normal_memory", "0"),
	DIR_ENTRY("node0", node0_entries),
	CONSTANT("online", "0"),
	CONSTANT("possible", "0"),
	END
};

static const struct proc_entry system_entries[] = {
	DIR_ENTRY("cpu", cpu_entries), DIR_ENTRY("node", node_entries), END
};

static const struct proc_entry devices_entries[] = {
	DIR_ENTRY("system", system_entries), END
};

const struct proc_entry sysfs_root_entries[] = {
	DIR_ENTRY("devices", devices_entries), END
};
