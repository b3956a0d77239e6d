/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The formats of /proc as programs parse them: every line of maps, smaps,
 * status, statm, meminfo, vmstat, swaps and stat has Linux's shape, and the
 * figures agree with each other.
 */
#include "test.h"

static char buf[65536];

static char *read_all(const char *path)
{
	long n = slurp(path, buf, sizeof(buf));

	if (n <= 0)
		die("%s: %s", path, ret_name(n));
	return buf;
}

/* Does the line match: '@' hex digits, '%' decimal digits, ' ' one or more
 * blanks, '~' anything to the end, else itself? */
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

static const char *find_line(const char *text, const char *start)
{
	size_t n = strlen(start);

	for (const char *p = text; p && *p; p = strchr(p, '\n')) {
		p += *p == '\n';
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
	{ "Threads:", "/proc/self/status", "Threads:\t1" },
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
