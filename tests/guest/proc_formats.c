/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The formats of /proc and of what /sys has, as programs parse them: every line
 * has Linux's shape, the figures agree with each other, and what is written has
 * its effect.
 */
#include "test.h"

#include <elf.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

static char buf[65536];

static char *read_all(const char *path)
{
	long n = slurp(path, buf, sizeof(buf));

	if (n <= 0)
		die("%s: %s", path, ret_name(n));
	return buf;
}

/* Does the line match: '@' hex digits, '%' decimal digits, '*' anything but
 * blanks, ' ' one or more blanks, '~' anything to the end, else itself? */
static bool match(const char *line, const char *shape)
{
	for (; *shape; shape++) {
		const char *at = line;

		switch (*shape) {
		case '@':
			while (strchr("0123456789abcdef", *line) && *line)
				line++;
			break;
		case '%':
			while (*line >= '0' && *line <= '9')
				line++;
			break;
		case '*':
			while (*line && !strchr(" \t\n", *line))
				line++;
			break;
		case ' ':
			while (*line == ' ' || *line == '\t')
				line++;
			break;
		case '~':
			return true;
		default:
			line += *line == *shape;
		}
		if (line == at)
			return false;
	}
	return !*line || *line == '\n';
}

/* The line that begins so, blanks at its start apart. */
static const char *find_line(const char *text, const char *start)
{
	size_t n = strlen(start);

	for (const char *p = text; p && *p; p = strchr(p, '\n')) {
		p += *p == '\n';
		p += strspn(p, " ");
		if (!strncmp(p, start, n))
			return p;
	}
	return NULL;
}

/* ---- fields that must be there ----------------------------------------- */

struct field {
	const char *name;
	const char *path;
	const char *shape;
};

static const struct field fields[] = {
	{ "Name:", "/proc/self/status", "Name:\tproc_formats" },
	{ "State:", "/proc/self/status", "State:\tR (running)" },
	{ "Tgid:", "/proc/self/status", "Tgid:\t%" },
	{ "Pid:", "/proc/self/status", "Pid:\t%" },
	{ "PPid:", "/proc/self/status", "PPid:\t%" },
	{ "Uid:", "/proc/self/status", "Uid:\t0\t0\t0\t0" },
	{ "Gid:", "/proc/self/status", "Gid:\t0\t0\t0\t0" },
	{ "VmPeak:", "/proc/self/status", "VmPeak: % kB" },
	{ "VmSize:", "/proc/self/status", "VmSize: % kB" },
	{ "VmLck:", "/proc/self/status", "VmLck: 0 kB" },
	{ "VmHWM:", "/proc/self/status", "VmHWM: % kB" },
	{ "VmRSS:", "/proc/self/status", "VmRSS: % kB" },
	{ "RssAnon:", "/proc/self/status", "RssAnon: % kB" },
	{ "RssFile:", "/proc/self/status", "RssFile: % kB" },
	{ "RssShmem:", "/proc/self/status", "RssShmem: % kB" },
	{ "VmData:", "/proc/self/status", "VmData: % kB" },
	{ "VmStk:", "/proc/self/status", "VmStk: % kB" },
	{ "VmExe:", "/proc/self/status", "VmExe: % kB" },
	{ "VmPTE:", "/proc/self/status", "VmPTE: % kB" },
	{ "VmSwap:", "/proc/self/status", "VmSwap: % kB" },
	{ "VmPin:", "/proc/self/status", "VmPin: 0 kB" },
	{ "VmLib:", "/proc/self/status", "VmLib: % kB" },
	{ "Threads:", "/proc/self/status", "Threads:\t1" },
	{ "SigQ:", "/proc/self/status", "SigQ:\t%/%" },
	{ "CapEff:", "/proc/self/status", "CapEff:\t000001ffffffffff" },
	{ "Cpus_allowed_list:", "/proc/self/status", "Cpus_allowed_list:\t0" },
	{ "voluntary_ctxt_switches:", "/proc/self/status",
	  "voluntary_ctxt_switches:\t%" },
	{ "nonvoluntary_ctxt_switches:", "/proc/self/status",
	  "nonvoluntary_ctxt_switches:\t%" },
	{ "Slab:", "/proc/meminfo", "Slab: % kB" },
	{ "CommitLimit:", "/proc/meminfo", "CommitLimit: % kB" },
	{ "Committed_AS:", "/proc/meminfo", "Committed_AS: % kB" },
	{ "HugePages_Total:", "/proc/meminfo", "HugePages_Total: %" },
	{ "ctxt ", "/proc/stat", "ctxt %" },
	{ "intr ", "/proc/stat", "intr % % ~" },
	{ "procs_running ", "/proc/stat", "procs_running %" },
	{ "softirq ", "/proc/stat", "softirq % % % % % % % % % % %" },
	{ "processor", "/proc/cpuinfo", "processor\t: 0" },
	{ "vendor_id", "/proc/cpuinfo", "vendor_id\t: *" },
	{ "cpu family", "/proc/cpuinfo", "cpu family\t: %" },
	{ "model name", "/proc/cpuinfo", "model name\t: *~" },
	{ "flags", "/proc/cpuinfo", "flags\t\t: fpu ~" },
	{ "address sizes", "/proc/cpuinfo",
	  "address sizes\t: % bits physical, % bits virtual" },
	{ "1 mem", "/proc/devices", "1 mem" },
	{ "136 pts", "/proc/devices", "136 pts" },
	{ "mm_struct ", "/proc/slabinfo", "mm_struct % % % % % : tunables "
	  "% % % : slabdata % % %" },
	{ "Node 0, zone", "/proc/buddyinfo",
	  "Node 0, zone * % % % % % % % % % % % " },
	{ "nr_free_pages", "/proc/zoneinfo", "nr_free_pages %" },
	{ "high ", "/proc/zoneinfo", "high %" },
	{ "Node 0 MemTotal:", "/sys/devices/system/node/node0/meminfo",
	  "Node 0 MemTotal: % kB" },
	{ "SigBlk:", "/proc/self/status", "SigBlk:\t0000000000000000" },
	{ "MemTotal:", "/proc/meminfo", "MemTotal: % kB" },
	{ "MemFree:", "/proc/meminfo", "MemFree: % kB" },
	{ "MemAvailable:", "/proc/meminfo", "MemAvailable: % kB" },
	{ "Cached:", "/proc/meminfo", "Cached: % kB" },
	{ "SwapCached:", "/proc/meminfo", "SwapCached: % kB" },
	{ "Active:", "/proc/meminfo", "Active: % kB" },
	{ "Inactive:", "/proc/meminfo", "Inactive: % kB" },
	{ "Active(anon):", "/proc/meminfo", "Active(anon): % kB" },
	{ "Inactive(file):", "/proc/meminfo", "Inactive(file): % kB" },
	{ "Unevictable:", "/proc/meminfo", "Unevictable: % kB" },
	{ "Mlocked:", "/proc/meminfo", "Mlocked: % kB" },
	{ "SwapTotal:", "/proc/meminfo", "SwapTotal: % kB" },
	{ "SwapFree:", "/proc/meminfo", "SwapFree: % kB" },
	{ "AnonPages:", "/proc/meminfo", "AnonPages: % kB" },
	{ "Mapped:", "/proc/meminfo", "Mapped: % kB" },
	{ "Shmem:", "/proc/meminfo", "Shmem: % kB" },
	{ "nr_free_pages ", "/proc/vmstat", "nr_free_pages %" },
	{ "nr_mlock ", "/proc/vmstat", "nr_mlock %" },
	{ "nr_unevictable ", "/proc/vmstat", "nr_unevictable %" },
	{ "pswpin ", "/proc/vmstat", "pswpin %" },
	{ "pswpout ", "/proc/vmstat", "pswpout %" },
	{ "pgfault ", "/proc/vmstat", "pgfault %" },
	{ "pgmajfault ", "/proc/vmstat", "pgmajfault %" },
	{ "unevictable_pgs_culled ", "/proc/vmstat",
	  "unevictable_pgs_culled %" },
	{ "unevictable_pgs_mlocked ", "/proc/vmstat",
	  "unevictable_pgs_mlocked %" },
	{ "unevictable_pgs_munlocked ", "/proc/vmstat",
	  "unevictable_pgs_munlocked %" },
	{ "unevictable_pgs_rescued ", "/proc/vmstat",
	  "unevictable_pgs_rescued %" },
	{ "Filename", "/proc/swaps",
	  "Filename Type Size Used Priority" },
	{ "Linux version ", "/proc/version", "Linux version ~" },
	{ "cpu ", "/proc/stat", "cpu % % % ~" },
	{ "btime ", "/proc/stat", "btime %" },
	{ "processes ", "/proc/stat", "processes %" },
};

static void field_row(const void *row)
{
	const struct field *f = row;
	const char *line = find_line(read_all(f->path), f->name);

	if (!line)
		die("%s has no line \"%s\"", f->path, f->name);
	if (!match(line, f->shape))
		fail("expected \"%s\", seen \"%.60s\"", f->shape, line);
}
TEST_TABLE("field", fields, field_row);

/* ---- every line of a file ---------------------------------------------- */

static void all_lines(const char *path, const char *const *shapes)
{
	char *p = read_all(path), *end;

	for (; *p; p = end + 1) {
		bool ok = false;

		end = strchr(p, '\n');
		if (!end)
			die("%s: the last line has no end", path);
		*end = 0;
		for (int i = 0; shapes[i]; i++)
			ok |= match(p, shapes[i]);
		if (!ok)
			fail("%s: odd line \"%s\"", path, p);
	}
}

struct grammar {
	const char *path;		/* the case's name */
	const char *shapes[24];
};

static const struct grammar grammars[] = {
	{ "/proc/uptime", { "%.% %.%" } },
	{ "/proc/loadavg", { "%.% %.% %.% %/% %" } },
	{ "/proc/mounts", { "* * * r* 0 0" } },
	{ "/proc/self/mountinfo", { "% % %:% / * r* - * * r*" } },
	{ "/proc/self/mountstats",
	  { "device * mounted on * with fstype *" } },
	{ "/proc/filesystems", { "nodev\t*", "\t*" } },
	{ "/proc/diskstats",
	  { "% % * % % % % % % % % % % % % % % % % %" } },
	{ "/proc/partitions", { "major minor #blocks name", "", "% % % *" } },
	{ "/proc/consoles", { "* -W- (E~" } },
	{ "/proc/interrupts", { " CPU0 ", " %: % ~", "* % ~", "* %" } },
	{ "/proc/slabinfo", { "slabinfo - version: 2.1", "# name ~",
	  "* % % % % % : tunables % % % : slabdata % % %" } },
	{ "/proc/self/io", { "rchar: %", "wchar: %", "syscr: %", "syscw: %",
	  "read_bytes: %", "write_bytes: %", "cancelled_write_bytes: %" } },
	{ "/proc/self/limits", { "Limit Soft Limit Hard Limit Units ",
	  "Max ~" } },
	{ "/proc/self/numa_maps", { "@ default", "@ default *",
	  "@ default * ~" } },
	{ "/proc/self/fdinfo/0",
	  { "pos:\t%", "flags:\t0%", "mnt_id:\t%", "ino:\t%" } },
	{ "/proc/self/personality", { "00000000" } },
	{ "/proc/self/syscall", { "0 0x@ 0x@ 0x@ 0x@ 0x@ 0x@ 0x@ 0x@" } },
	{ "/proc/self/oom_score", { "%" } },
	{ "/proc/self/oom_score_adj", { "0" } },
	{ "/proc/self/oom_adj", { "0" } },
	{ "/proc/sys/vm/overcommit_memory", { "0" } },
	{ "/proc/sys/vm/overcommit_ratio", { "50" } },
	{ "/proc/sys/vm/max_map_count", { "65530" } },
	{ "/proc/sys/vm/mmap_min_addr", { "65536" } },
	{ "/proc/sys/vm/swappiness", { "60" } },
	{ "/proc/sys/vm/min_free_kbytes", { "%" } },
	{ "/proc/sys/kernel/pid_max", { "32768" } },
	{ "/proc/sys/kernel/threads-max", { "%" } },
	{ "/proc/sys/kernel/ostype", { "Linux" } },
	{ "/proc/sys/kernel/cap_last_cap", { "40" } },
	{ "/proc/sys/kernel/ngroups_max", { "%" } },
	{ "/proc/sys/kernel/printk", { "%\t%\t%\t%" } },
	{ "/proc/sys/kernel/random/uuid", { "@-@-4@-@-@" } },
	{ "/proc/sys/kernel/random/boot_id", { "@-@-@-@-@" } },
	{ "/proc/sys/kernel/random/entropy_avail", { "%" } },
	{ "/proc/sys/fs/file-nr", { "%\t0\t%" } },
	{ "/proc/sys/fs/file-max", { "%" } },
	{ "/proc/sys/fs/nr_open", { "1048576" } },
	{ "/proc/sys/fs/protected_symlinks", { "1" } },
	{ "/sys/devices/system/cpu/online", { "0" } },
	{ "/sys/devices/system/cpu/possible", { "0" } },
	{ "/sys/devices/system/cpu/present", { "0" } },
	{ "/sys/devices/system/cpu/cpu0/topology/core_id", { "0" } },
	{ "/sys/devices/system/node/online", { "0" } },
	{ "/sys/devices/system/node/node0/cpulist", { "0" } },
	{ "/sys/devices/system/node/node0/distance", { "10" } },
};

static void grammar_row(const void *row)
{
	const struct grammar *g = row;

	if (!slurp(g->path, buf, sizeof(buf)))
		return;		/* no disks: no lines */
	all_lines(g->path, g->shapes);
}
TEST_TABLE("every line of", grammars, grammar_row);

TEST("maps: every line")
{
	static const char *const shapes[] = { "@-@ ~", NULL };
	char *p;

	all_lines("/proc/self/maps", shapes);
	p = read_all("/proc/self/maps");
	for (; *p; p = strchr(p, '\n') + 1) {
		char perms[5] = { 0 };
		unsigned long start, end, off;
		unsigned major, minor;
		int n = 0;

		if (sscanf(p, "%lx-%lx %4s %lx %x:%x %*u%n", &start, &end,
			   perms, &off, &major, &minor, &n) != 6 || !n)
			die("odd line: %.60s", p);
		OK(start < end && !(start & 4095) && !(end & 4095));
		OK(strchr("r-", perms[0]) && strchr("w-", perms[1]) &&
		   strchr("x-", perms[2]) && strchr("ps", perms[3]));
	}
}

TEST("maps: names begin in column 73")
{
	char *line = strstr(read_all("/proc/self/maps"), "[stack]");

	OK(line != NULL);
	if (line) {
		char *start = line;

		while (start > buf && start[-1] != '\n')
			start--;
		EQ(line - start, 73);
	}
}

TEST("maps: [heap] and [stack]; memfd and shared memory by their names")
{
	struct area a;
	char here = 0;
	long brk = (raw_brk(NULL) + 4095) & -4096;

	RET(raw_brk((char *)brk + PAGES(2)), brk + PAGES(2));
	OK(area_at((void *)brk, &a));
	STR(a.name, "[heap]");
	OK(area_at(&here, &a));
	STR(a.name, "[stack]");
	map_at(AT(0), 1, RW, MAP_SHARED, make_memfd(1), 0);
	OK(area_at(AT(0), &a));
	STR(a.name, "/memfd:test (deleted)");
	map_at(AT(8), 1, RW, SHANON, -1, 0);
	OK(area_at(AT(8), &a));
	STR(a.name, "/dev/zero (deleted)");
	map_at(AT(16), 1, RW, ANON, -1, 0);
	OK(area_at(AT(16), &a));
	STR(a.name, "");
	map_at(AT(24), 1, PROT_READ, MAP_SHARED,
	       make_file("/tmp/proc_formats", 2), PAGE);
	OK(area_at(AT(24), &a));
	STR(a.name, "/tmp/proc_formats");
	EQ(a.offset, PAGE);
	unlink("/tmp/proc_formats");
	OK(area_at(AT(24), &a));
	STR(a.name, "/tmp/proc_formats (deleted)");
}

TEST("smaps: every line")
{
	static const char *const shapes[] = {
		"@-@ ~", "Size: % kB", "KernelPageSize: 4 kB",
		"MMUPageSize: 4 kB", "Rss: % kB", "Pss: % kB",
		"Pss_Dirty: % kB", "Shared_Clean: % kB", "Shared_Dirty: % kB",
		"Private_Clean: % kB", "Private_Dirty: % kB",
		"Referenced: % kB", "Anonymous: % kB", "LazyFree: % kB",
		"AnonHugePages: % kB", "ShmemPmdMapped: % kB",
		"FilePmdMapped: % kB", "Shared_Hugetlb: % kB",
		"Private_Hugetlb: % kB", "Swap: % kB", "SwapPss: % kB",
		"Locked: % kB", "THPeligible: %", "ProtectionKey: %",
		"VmFlags: ~", NULL,
	};

	all_lines("/proc/self/smaps", shapes);
}

TEST("smaps: a touched, locked area in full")
{
	char *p = map(4), *s;
	struct area a;

	touch(p, 2);
	RET(lock2(p, PAGES(4), MLOCK_ONFAULT), 0);
	OK(area_at(p, &a));
	EQ(a.rss, 2);
	EQ(a.anon, 2);
	EQ(a.locked, 2);
	EQ(a.swap, 0);
	OK(area_has(&a, "rd") && area_has(&a, "wr") && area_has(&a, "mr") &&
	   area_has(&a, "mw") && area_has(&a, "me") && area_has(&a, "lo") &&
	   area_has(&a, "??") && area_has(&a, "ac"));
	OK(!area_has(&a, "ex") && !area_has(&a, "sh") && !area_has(&a, "gd"));
	s = strstr(read_all("/proc/self/smaps"), "200000000000-");
	OK(s && find_line(s, "Size:") &&
	   match(find_line(s, "Size:"), "Size: 16 kB"));
}

TEST("VmFlags: their order")
{
	struct area a;
	char here = 0;

	map_at(AT(0), 1, RW | PROT_EXEC, SHANON | MAP_LOCKED, -1, 0);
	OK(area_at(AT(0), &a));
	OK(!strncmp(a.flags, " rd wr ex sh mr mw me ms lo ", 27));
	OK(area_at(&here, &a));
	OK(!strncmp(a.flags, " rd wr mr mw me gd ", 19));
}

TEST("status, statm, maps and smaps agree")
{
	long size = 0, rss = 0;
	unsigned long statm[7];
	const char *p;

	map(32);
	touch(AT(0), 20);
	p = read_all("/proc/self/smaps");
	for (; (p = find_line(p, "Size:")); p = strchr(p, '\n')) {
		size += strtoul(p + 5, NULL, 10) / 4;
		p = find_line(p, "Rss:");
		rss += strtoul(p + 4, NULL, 10) / 4;
	}
	EQ(sscanf(read_all("/proc/self/statm"), "%lu %lu %lu %lu %lu %lu %lu",
		  statm, statm + 1, statm + 2, statm + 3, statm + 4, statm + 5,
		  statm + 6), 7);
	OK(labs((long)statm[0] - vm_total()) <= 0);
	OK(labs(size - vm_total()) <= 1);	/* vsyscall's page */
	OK(rss >= 20);
	EQ(statm[4], 0);
	EQ(statm[6], 0);
}

TEST("stat: 52 fields")
{
	char *p = read_all("/proc/self/stat");
	int fields = 1;

	EQ(strtol(p, NULL, 10), getpid());
	p = strrchr(p, ')');
	OK(p != NULL);
	for (; p && *p && *p != '\n'; p++)
		fields += *p == ' ';
	EQ(fields + 1, 52);
}

TEST("VmLck follows mlock and munlock")
{
	char *p = map(8);

	LOCKED(0);
	RET(lock(p, PAGES(5)), 0);
	LOCKED(5);
	RET(unlock(p, PAGES(2)), 0);
	LOCKED(3);
}

TEST("pagemap: present, absent, past the user half")
{
	char *p = map(3);

	p[PAGE] = 1;
	OK(!(pagemap(p) & PM_PRESENT));
	OK(pagemap(p + PAGE) & PM_PRESENT);
	EQ(pagemap(AT(100)), 0);
	EQ(pagemap((void *)0xfffffffffffff000ul), 0);
}

TEST("pagemap: an odd offset or length is EINVAL")
{
	long fd = sys(open, "/proc/self/pagemap", O_RDONLY, 0);
	char entry[16];

	RET(sys(pread64, fd, entry, 8, 4), -EINVAL);
	RET(sys(pread64, fd, entry, 7, 8), -EINVAL);
}

TEST("exe, cwd, comm, cmdline")
{
	char link[256] = { 0 };

	OK(readlink("/proc/self/exe", link, 255) > 0);
	OK(strstr(link, "proc_formats") != NULL);
	EQ(chdir("/tmp"), 0);
	memset(link, 0, sizeof(link));
	EQ(readlink("/proc/self/cwd", link, 255), 4);
	STR(link, "/tmp");
	STR(read_all("/proc/self/comm"), "proc_formats\n");
	OK(strstr(read_all("/proc/self/cmdline"), "proc_formats") != NULL);
}

TEST("/proc/self is this task; a task that ended is gone")
{
	char path[64], link[32] = { 0 };
	pid_t pid;

	snprintf(path, sizeof(path), "%d", getpid());
	OK(readlink("/proc/self", link, 31) > 0);
	STR(link, path);
	pid = fork();
	if (!pid)
		_exit(0);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	OK(access(path, F_OK) == 0);
	waitpid(pid, NULL, 0);
	RET(sys(open, path, O_RDONLY, 0), -ENOENT);
}

TEST("fd: the open descriptors")
{
	char link[64] = { 0 };
	int fd = open("/dev/null", O_RDONLY);

	EQ(dup2(fd, 77), 77);
	EQ(readlink("/proc/self/fd/77", link, 63), 9);
	STR(link, "/dev/null");
	close(77);
	EQ(access("/proc/self/fd/77", F_OK), -1);
}

TEST("a file is read in small pieces as in one")
{
	static char one[16384], many[16384];
	long n = slurp("/proc/self/maps", one, sizeof(one)), at = 0, got;
	int fd = open("/proc/self/maps", O_RDONLY);

	while ((got = read(fd, many + at, 7)) > 0)
		at += got;
	EQ(at, n);
	OK(!memcmp(one, many, n));
}

/* ---- threads, descriptors, areas --------------------------------------- */

/* The names in a directory but "." and "..", counted. */
static int count_names(const char *path)
{
	static char names[4096];
	int fd = open(path, O_RDONLY | O_DIRECTORY), found = 0;
	long n;

	while ((n = sys(getdents64, fd, names, sizeof(names))) > 0)
		for (long at = 0; at < n; at += *(unsigned short *)
							(names + at + 16))
			found += names[at + 19] != '.';
	close(fd);
	return n ? -1 : found;
}

TEST("task: a thread's files, by its number and by thread-self")
{
	char path[64], link[64] = { 0 };

	EQ(count_names("/proc/self/task"), 1);
	snprintf(path, sizeof(path), "%d/task/%d", getpid(), getpid());
	OK(readlink("/proc/thread-self", link, 63) > 0);
	STR(link, path);
	STR(read_all("/proc/thread-self/comm"), "proc_formats\n");
	RET(sys(open, "/proc/self/task/1", O_RDONLY), -ENOENT);
	RET(sys(open, "/proc/self/task/01", O_RDONLY), -ENOENT);
	RET(sys(open, "/proc/self/task/x", O_RDONLY), -ENOENT);
}

static char thread_stack[16384] __attribute__((aligned(16)));
static volatile int thread_ends;

static int spin(void *arg)
{
	(void)arg;
	prctl(PR_SET_NAME, "spinner");
	while (!thread_ends)
		sys(getppid);
	return 0;
}

/* utime and stime of a stat file. */
static int ticks(const char *path)
{
	int utime = 0, stime = 0;

	EQ(sscanf(strrchr(read_all(path), ')'), ") %*c %*d %*d %*d %*d %*d "
		  "%*u %*u %*u %*u %*u %d %d", &utime, &stime), 2);
	return utime + stime;
}

TEST("task: two threads, their names, times and numbers")
{
	char path[64], expected[64];
	int mine = 0, all = 0;
	pid_t tid = clone(spin, thread_stack + sizeof(thread_stack),
			  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			  CLONE_THREAD | CLONE_SYSVSEM, NULL);

	OK(tid > 0);
	usleep(100000);
	EQ(count_names("/proc/self/task"), 2);
	OK(match(find_line(read_all("/proc/self/status"), "Threads:"),
		 "Threads:\t2"));
	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	OK(match(find_line(read_all(path), "Name:"), "Name:\tspinner"));
	snprintf(expected, sizeof(expected), "Pid:\t%d", tid);
	OK(match(find_line(read_all(path), "Pid:"), expected));
	snprintf(expected, sizeof(expected), "Tgid:\t%d", getpid());
	OK(match(find_line(read_all(path), "Tgid:"), expected));
	/* The spinner's are the process's; a busy host gives few. */
	for (int i = 0; i < 100 && all <= mine + 5; i++) {
		usleep(100000);
		mine = ticks("/proc/thread-self/stat");
		all = ticks("/proc/self/stat");
	}
	OK(all > mine + 5);
	thread_ends = 1;
	while (count_names("/proc/self/task") > 1)
		usleep(1000);
	snprintf(path, sizeof(path), "/proc/self/task/%d", tid);
	RET(sys(open, path, O_RDONLY), -ENOENT);
}

TEST("children: of this thread")
{
	char path[64], expected[16];
	pid_t pid = fork();

	if (!pid)
		pause();
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	snprintf(expected, sizeof(expected), "%d ", pid);
	STR(read_all(path), expected);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	EQ(slurp(path, buf, sizeof(buf)), 0);
}

struct fd_mode {
	const char *name;
	int flags, mode;
	const char *shown;
};

static const struct fd_mode fd_modes[] = {
	{ "read", O_RDONLY, 0500, "flags:\t0100000" },
	{ "write", O_WRONLY, 0300, "flags:\t0100001" },
	{ "both", O_RDWR, 0700, "flags:\t0100002" },
	{ "append, cloexec", O_WRONLY | O_APPEND | O_CLOEXEC, 0300,
	  "flags:\t02102001" },
};

static void fd_mode_row(const void *row)
{
	const struct fd_mode *m = row;
	char path[64];
	struct stat st;
	int fd = open("/tmp/proc_formats", m->flags | O_CREAT, 0600);

	lseek(fd, 0, SEEK_SET);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	OK(!lstat(path, &st));
	EQ(st.st_mode, S_IFLNK | m->mode);
	EQ(st.st_size, 64);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	OK(match(find_line(read_all(path), "flags:"), m->shown));
	close(fd);
	unlink("/tmp/proc_formats");
	RET(sys(open, path, O_RDONLY), -ENOENT);
}
TEST_TABLE("fd and fdinfo", fd_modes, fd_mode_row);

TEST("map_files: one link an area of a file")
{
	char path[96], link[64] = { 0 };
	int fd = make_file("/tmp/proc_formats", 2);
	struct stat st;

	map_at(AT(0), 2, PROT_READ, MAP_SHARED, fd, 0);
	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", WINDOW,
		 WINDOW + PAGES(2));
	OK(readlink(path, link, 63) > 0);
	STR(link, "/tmp/proc_formats");
	OK(!stat(path, &st));
	EQ(st.st_size, PAGES(2));
	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", WINDOW,
		 WINDOW + PAGES(1));
	RET(sys(readlink, path, link, 63), -ENOENT);
	unmap(AT(0), PAGES(2));
	unlink("/tmp/proc_formats");
}

TEST("auxv: what the program was given")
{
	const Elf64_auxv_t *a;
	long n = slurp("/proc/self/auxv", buf, sizeof(buf));

	EQ(n % sizeof(*a), 0);
	a = (void *)buf;
	for (; a->a_type != AT_NULL; a++)
		if (a->a_type == AT_PAGESZ || a->a_type == AT_ENTRY ||
		    a->a_type == AT_RANDOM)
			EQ(a->a_un.a_val, getauxval(a->a_type));
	EQ((char *)(a + 1) - buf, n);
}

/* ---- counters ---------------------------------------------------------- */

static unsigned long number_after(const char *path, const char *name)
{
	const char *line = find_line(read_all(path), name);

	if (!line)
		die("%s has no %s", path, name);
	return strtoul(line + strlen(name), NULL, 10);
}

TEST("io: reads and writes are counted")
{
	unsigned long calls = number_after("/proc/self/io", "wchar:");
	int fd = open("/dev/null", O_WRONLY);

	EQ(write(fd, buf, 1000), 1000);
	EQ(number_after("/proc/self/io", "wchar:"), calls + 1000);
	calls = number_after("/proc/self/io", "syscw:");
	EQ(write(fd, buf, 10), 10);
	EQ(number_after("/proc/self/io", "syscw:"), calls + 1);
}

TEST("a sleep is a voluntary switch, a fork a process")
{
	const char *status = "/proc/self/status";
	unsigned long before = number_after(status, "voluntary_ctxt_switches:");
	unsigned long forks = number_after("/proc/stat", "processes");

	usleep(20000);
	OK(number_after(status, "voluntary_ctxt_switches:") > before);
	if (!fork())
		_exit(0);
	wait(NULL);
	OK(number_after("/proc/stat", "processes") > forks);
}

TEST("VmPeak and VmHWM: the most there was; clear_refs 5 lowers VmHWM")
{
	unsigned long size = status_kb("VmSize"), rss = status_kb("VmRSS");
	int fd = open("/proc/self/clear_refs", O_WRONLY);

	touch(map(1000), 1000);
	unmap(AT(0), PAGES(1000));
	OK(status_kb("VmPeak") >= size + 4000);
	size = status_kb("VmPeak");
	map(600);
	RET(remap(AT(0), PAGES(600), PAGES(601), MREMAP_MAYMOVE | MREMAP_FIXED,
		  AT(2000)), AT(2000));
	EQ(status_kb("VmPeak"), size);
	OK(status_kb("VmHWM") >= rss + 3900);
	RET(sys(write, fd, "5", 1), 1);
	OK(status_kb("VmHWM") < rss + 3000);
	RET(sys(write, fd, "0", 1), -EINVAL);
	RET(sys(write, fd, "6", 1), -EINVAL);
}

TEST("clear_refs: nothing is referenced, of the kind that was asked for")
{
	static const char *const seen[] = {
		"Referenced: 32 kB", "Referenced: 0 kB" };
	int fd = open("/proc/self/clear_refs", O_WRONLY);
	const char *p;

	touch(map(8), 8);
	for (int i = 0; i < 2; i++) {
		EQ(write(fd, i ? "2" : "3", 1), 1);
		p = strstr(read_all("/proc/self/smaps"), "200000000000-");
		p = p ? find_line(p, "Referenced:") : NULL;
		OK(p && match(p, seen[i]));
	}
}

/* ---- what is written has its effect ------------------------------------ */

static long put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	long n = sys(write, fd, text, strlen(text));

	close(fd);
	return n;
}

struct adj {
	const char *name, *file, *text;
	long ret;
	const char *seen, *old;
};

static const struct adj adjs[] = {
	{ "500", "oom_score_adj", "500", 3, "500\n", "8\n" },
	{ "1000", "oom_score_adj", "1000\n", 5, "1000\n", "15\n" },
	{ "-1000", "oom_score_adj", " -1000 ", 7, "-1000\n", "-17\n" },
	{ "1001", "oom_score_adj", "1001", -EINVAL, "0\n", "0\n" },
	{ "-1001", "oom_score_adj", "-1001", -EINVAL, "0\n", "0\n" },
	{ "text", "oom_score_adj", "x", -EINVAL, "0\n", "0\n" },
	{ "empty", "oom_score_adj", "\n", -EINVAL, "0\n", "0\n" },
	{ "old scale 15", "oom_adj", "15", 2, "1000\n", "15\n" },
	{ "old scale -17", "oom_adj", "-17", 3, "-1000\n", "-17\n" },
	{ "old scale 3", "oom_adj", "3", 1, "176\n", "2\n" },
	{ "old scale 16", "oom_adj", "16", -EINVAL, "0\n", "0\n" },
};

static void adj_row(const void *row)
{
	const struct adj *a = row;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/%s", a->file);
	RET(put(path, a->text), a->ret);
	STR(read_all("/proc/self/oom_score_adj"), a->seen);
	STR(read_all("/proc/self/oom_adj"), a->old);
	if (strtol(a->seen, NULL, 10) == -1000)
		STR(read_all("/proc/self/oom_score"), "0\n");
	else
		OK(labs(strtol(read_all("/proc/self/oom_score"), NULL, 10) -
			(666 + strtol(a->seen, NULL, 10) * 2 / 3)) < 20);
}
TEST_TABLE("oom_score_adj", adjs, adj_row);

TEST("oom_score_adj: inherited; lowered by others only as far as root did")
{
	int status;
	pid_t pid;

	EQ(put("/proc/self/oom_score_adj", "300"), 3);
	pid = fork();
	if (!pid) {
		STR(read_all("/proc/self/oom_score_adj"), "300\n");
		become_user();
		_exit(put("/proc/self/oom_score_adj", "299") != -EACCES ||
		      put("/proc/self/oom_score_adj", "400") != 3 ||
		      put("/proc/self/oom_score_adj", "300") != 3);
	}
	waitpid(pid, &status, 0);
	EQ(status, 0);
}

static void overcommit(const char *mode)
{
	EQ(put("/proc/sys/vm/overcommit_memory", mode), 1);
}

TEST("overcommit_memory: 0 refuses the absurd, 1 nothing, 2 by CommitLimit")
{
	size_t huge = 1ul << 40;
	long free_kb, ret;

	RET(raw_mmap(NULL, huge, RW, ANON, -1, 0), -ENOMEM);
	RET(put("/proc/sys/vm/overcommit_memory", "3"), -EINVAL);
	overcommit("1");
	ret = raw_mmap(NULL, huge, RW, ANON, -1, 0);
	OK(!failed(ret));
	unmap((void *)ret, huge);
	overcommit("2");
	free_kb = (long)number_after("/proc/meminfo", "CommitLimit:") -
		  (long)number_after("/proc/meminfo", "Committed_AS:");
	RET(raw_mmap(NULL, (free_kb + 1024) * 1024, RW, ANON | MAP_NORESERVE,
		     -1, 0), -ENOMEM);
	RET(raw_mmap(NULL, (free_kb + 1024) * 1024, RW, SHANON, -1, 0),
	    -ENOMEM);
	ret = raw_mmap(NULL, (free_kb + 1024) * 1024, PROT_READ, ANON, -1, 0);
	OK(!failed(ret));
	RET(protect((void *)ret, (free_kb + 1024) * 1024, RW), -ENOMEM);
	ret = raw_mmap(NULL, free_kb * 1024 / 2, RW, ANON, -1, 0);
	OK(!failed(ret));
	overcommit("0");
}

TEST("Committed_AS follows private writable and shared memory")
{
	unsigned long before = number_after("/proc/meminfo", "Committed_AS:");

	map_at(AT(0), 1000, RW, ANON, -1, 0);
	map_at(AT(2000), 1000, RW, SHANON, -1, 0);
	map_at(AT(4000), 1000, PROT_READ, ANON, -1, 0);
	OK(labs((long)number_after("/proc/meminfo", "Committed_AS:") -
		(long)before - 8000) < 600);
}

TEST("pid_max: numbers stay below it, then EAGAIN")
{
	long pid, pids[301];
	int n = 0;

	RET(put("/proc/sys/kernel/pid_max", "300"), -EINVAL);
	EQ(put("/proc/sys/kernel/pid_max", "301"), 3);
	while (n < 301 && (pid = sys(fork)) > 0) {
		OK(pid < 301);
		pids[n++] = pid;
	}
	if (!pid)
		while (true)
			pause();
	EQ(pid, -EAGAIN);
	EQ(put("/proc/sys/kernel/pid_max", "32768"), 5);
	while (n--) {
		kill(pids[n], SIGKILL);
		waitpid(pids[n], NULL, 0);
	}
}

static long fork_once(void)
{
	long pid = sys(fork);

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	return pid;
}

TEST("pid_max: the number of a group whose leader is gone is not used again")
{
	int fds[2], wraps = 0;
	long leader, pid, last;
	char c;

	EQ(put("/proc/sys/kernel/pid_max", "400"), 3);
	EQ(pipe(fds), 0);
	/* Linux gives out numbers below 300 the first time round only. */
	while ((pid = fork_once()) < 310 || pid > 390)
		;
	last = leader = sys(fork);
	if (!leader) {
		setpgid(0, 0);
		if (!sys(fork)) {
			close(fds[1]);
			_exit(read(fds[0], &c, 1));
		}
		_exit(0);
	}
	waitpid(leader, NULL, 0);
	for (int i = 0; i < 900; i++, last = pid) {
		pid = fork_once();
		OK(pid > 0 && pid < 400 && pid != leader);
		wraps += pid < last;
	}
	OK(wraps >= 2);
	RET(sys(kill, leader, 0), -ESRCH);
	RET(sys(kill, -leader, 0), 0);
	close(fds[1]);
	EQ(put("/proc/sys/kernel/pid_max", "32768"), 5);
}

TEST("/proc/uptime: time spent idle never goes backwards")
{
	unsigned long long last = 0, sec, frac;
	char buf[64];

	for (int i = 0; i < 3000; i++) {
		int fd = open("/proc/uptime", O_RDONLY);
		long n = read(fd, buf, sizeof(buf) - 1);

		OK(n > 0);
		buf[n] = 0;
		EQ(sscanf(buf, "%*s %llu.%llu", &sec, &frac), 2);
		OK(sec * 100 + frac >= last);
		last = sec * 100 + frac;
		close(fd);
	}
}
