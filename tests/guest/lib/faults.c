/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every case with every fault: "faults=all" on the kernel's command line, or
 * "faults=N" for up to N places of each case and kind, "faults=paths" for the
 * first place on each call path of a case, or the one fault
 * "faults=alloc:N:single" (read, write; lasting; ":paths" if N counts paths).
 * Holdfast only.
 *
 * A first run of the case counts its allocations, reads and writes of disks and
 * those of its children; then it is run again and again with the n-th of them
 * failing, and with all from the n-th on.  What the case itself finds means
 * nothing then.  But the first call that met the fault must return what it
 * returns without, or an errno of shortage; the kernel goes on, with every
 * invariant of mm/ whole; all that the case started can be killed; and when its
 * files, IPC objects and mounts are removed, as much memory is free as before.
 * Of a case that takes seconds some of the paths are tried, evenly spread.
 */
#include "harness.h"

#include <dirent.h>
#include <ftw.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/swap.h>
#include <time.h>

#define HANG_MS 1500
#define BUSY_MS 4000		/* of the processor, for a case and kind, and */
#define AT_LEAST 4		/* so many places if its runs take longer */
#define SLACK_KB 64
#define LATE 6			/* seconds until what was late is written */
#define FAR 1000000000ul
#define MAX_FINDINGS 5

static const char *const kinds[] = { "alloc", "read", "write" };
static char wanted[64];
static int knob[3] = { -1, -1, -1 };
static char text[16384];
static char swap[32];		/* that is on; or "" */

/* Of the run to come. */
static int what;
static unsigned long nth;
static bool lasting, probe, by_path;
static unsigned findings;
static unsigned long most;	/* call paths of a kind */
static struct run r;

const char *faults_wanted(void)
{
	static bool looked;
	char *p;

	if (!looked && on_holdfast() &&
	    slurp("/proc/cmdline", text, sizeof(text)) > 0 &&
	    (p = strstr(text, "faults=")))
		sscanf(p, "faults=%63[a-z0-9:]", wanted);
	looked = true;
	return *wanted ? wanted : NULL;
}

/* ---- cleaning up --------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *ftw)
{
	(void)st;
	(void)flag;
	if (ftw->level)
		remove(path);
	return 0;
}

static void unmount_all(void)
{
	char *line, *at;

	slurp("/proc/mounts", text, sizeof(text));
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		at = strchr(line, ' ') + 1;
		*strchr(at, ' ') = 0;
		if (!strncmp(at, "/tmp/", 5))
			umount2(at, MNT_DETACH);
	}
}

static void remove_ipc(const char *path, int kind)
{
	char *line;
	long key;
	int id;

	slurp(path, text, sizeof(text));
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (sscanf(line, "%ld %d", &key, &id) != 2)
			continue;
		if (kind == 0)
			msgctl(id, IPC_RMID, NULL);
		else if (kind == 1)
			semctl(id, 0, IPC_RMID);
		else
			shmctl(id, IPC_RMID, NULL);
	}
}

/* Who was left behind is ours now; whoever does not die is a finding. */
static bool kill_children(void)
{
	char *p;

	for (int tries = 0; tries < 200; tries++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) < 0)
			return true;
		if (slurp("/proc/thread-self/children", text,
			  sizeof(text)) > 0)
			for (p = strtok(text, " \n"); p;
			     p = strtok(NULL, " \n"))
				kill(atoi(p), SIGKILL);
		usleep(10000);
	}
	return false;
}

/* No file lists them: the names that cases give. */
static void remove_queues(void)
{
	static const char *const names[] = { "bad", "none", "new",
					     "guest-test" };
	char name[256];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		sys(mq_unlink, names[i]);
	memset(name, 'n', 255);
	name[255] = '\0';
	for (int i = 0; !sys(mq_unlink, name) || !i; i++)
		snprintf(name, sizeof(name), "bounds%d", i);
}

static void swap_on_again(void)
{
	slurp("/proc/swaps", text, sizeof(text));
	if (*swap && !strstr(text, swap))
		swapon(swap, 0);
}

static void clean_up(void)
{
	int fd = open("/proc/holdfast/blkfail", O_WRONLY);

	sys(write, fd, "\n", 1);
	close(fd);
	unmount_all();
	nftw("/tmp", remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	nftw("/dev/shm", remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	remove_ipc("/proc/sysvipc/msg", 0);
	remove_ipc("/proc/sysvipc/sem", 1);
	remove_ipc("/proc/sysvipc/shm", 2);
	remove_queues();
	swap_on_again();
}

/* ---- memory -------------------------------------------------------------- */

struct memory { long free_kb, swap_kb, objects; };

static long number_after(const char *label)
{
	char *p = strstr(text, label);

	return p ? strtol(p + strlen(label), NULL, 10) : 0;
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	sys(write, fd, "3", 1);
	close(fd);
}

static struct memory memory_now(void)
{
	struct memory m;

	drop_caches();
	slurp("/proc/holdfast/slab_bytes", text, sizeof(text));
	m.objects = strtol(text, NULL, 10);
	slurp("/proc/meminfo", text, sizeof(text));
	m.free_kb = number_after("MemFree:");
	m.swap_kb = number_after("SwapFree:");
	return m;
}

/* Others look around in between: the best of a few looks.  Nobody's pages are
 * on the swap disk then, and none of its slots is known as bad. */
static struct memory memory(void)
{
	struct memory m, best;
	pid_t pid = fork();		/* which buries earlier ends */

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	sync();				/* what could not be written */
	if (*swap) {
		swapoff(swap);
		swapon(swap, 0);
	}
	best = memory_now();

	for (int i = 0; i < 4; i++) {
		usleep(5000);
		m = memory_now();
		if (m.objects < best.objects)
			best.objects = m.objects;
		if (m.free_kb > best.free_kb)
			best.free_kb = m.free_kb;
		if (m.swap_kb > best.swap_kb)
			best.swap_kb = m.swap_kb;
	}
	return best;
}

/* ---- one run ------------------------------------------------------------- */

static void finding(const char *fmt, const char *more)
{
	printf("# %s:%lu:%s%s: ", kinds[what], nth,
	       lasting ? "lasting" : "single", by_path ? ":paths" : "");
	printf(fmt, more);
	printf("\n");
	fflush(stdout);
	findings++;
}

static void set_oom_score_adj(const char *adj)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	sys(write, fd, adj, strlen(adj));
	close(fd);
}

static void arm(void)
{
	char order[64];
	int n = snprintf(order, sizeof(order), "%lu%s tree%s%s", nth,
			 lasting ? " lasting" : "", probe ? " probe" : "",
			 by_path ? " paths" : "");

	set_oom_score_adj("0");
	sys(write, knob[what], order, n);
}

static void disarm(void)
{
	sys(write, knob[0], "0", 1);
}

static void mm_check(void)
{
	static char why[512];

	slurp("/proc/holdfast/mm_check", why, sizeof(why));
	if (strncmp(why, "ok", 2))
		finding("mm_check: %s", why);
}

/* What the knob says afterwards. */
struct met { long left; int nr; long ret; };

static struct met run_armed(void)
{
	struct met m = { 0, -1, 0 };
	char seen[64] = "";

	run_one(&r);
	sys(pread64, knob[0], seen, sizeof(seen) - 1, 0);
	sscanf(seen, "%ld %d %ld", &m.left, &m.nr, &m.ret);
	disarm();
	if (!kill_children())
		finding("%s", "a process cannot be killed");
	clean_up();
	return m;
}

static bool is_shortage(int nr, long ret)
{
	switch (-ret) {
	case ENOLCK:
		return nr == SYS_fcntl || nr == SYS_flock;
	case ENOMEM: case EAGAIN: case ENOSPC: case EINTR:
		return true;
	case EIO:			/* or of another's memory */
		return what != 0 || nr == SYS_ptrace || nr == SYS_pread64 ||
		       nr == SYS_pwrite64;
	case EFAULT:			/* a copy to or from the caller */
		return what != 0 || lasting || nr == SYS_process_vm_readv ||
		       nr == SYS_process_vm_writev;
	}
	return ret >= 0 || ret < -511;	/* to be restarted */
}

static bool allowed(struct met m)
{
	return m.nr < 0 || is_shortage(m.nr, m.ret);
}

static struct met run_without(void)
{
	struct met m;

	drop_caches();
	probe = true;
	m = run_armed();
	probe = false;
	return m;
}

/* What is in caches decides which allocation is the n-th: a difference must
 * show again when they are empty. */
static void compare(struct met with)
{
	struct met without = run_without();
	char why[100];

	for (int i = 0; i < 2; i++) {
		if (without.nr == with.nr && without.ret == with.ret)
			return;
		drop_caches();
		with = run_armed();
		if (allowed(with))
			return;
		without = run_without();
	}
	if (without.nr == with.nr && without.ret == with.ret)
		return;
	snprintf(why, sizeof(why), "call %d returns %s, without it call %d %s",
		 with.nr, ret_name(with.ret), without.nr,
		 ret_name(without.ret));
	finding("%s", why);
}

/* False: the fault was not reached. */
static bool run_fault(void)
{
	struct met with = run_armed();

	mm_check();
	if (with.left >= 0)
		return false;
	if (!allowed(with))
		compare(with);
	return true;
}

/* ---- a case -------------------------------------------------------------- */

static void prepare(void)
{
	struct sched_param first = { .sched_priority = 99 };
	char path[64], *p;

	if (knob[0] >= 0)
		return;
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "/proc/holdfast/fail_%s",
			 kinds[i]);
		knob[i] = open(path, O_RDWR | O_CLOEXEC);
		if (knob[i] < 0)
			die("%s: errno %d", path, errno);
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	/* Others are to die for memory that a case cannot give back. */
	set_oom_score_adj("-1000");
	/* Above a case that never ends, whatever its policy. */
	sys(sched_setscheduler, 0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first);
	slurp("/proc/swaps", text, sizeof(text));
	if ((p = strstr(text, "/dev/")))
		sscanf(p, "%31s", swap);
}

static unsigned long places(void)
{
	struct met m;

	nth = FAR;
	lasting = false;
	m = run_armed();
	return m.left > 0 ? FAR - m.left : 0;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static long busy_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

/* Caches fill; and how long it takes shows when it hangs, and how often it can
 * be run. */
static void first_run(void)
{
	long start = now_ms(), busy = busy_ms();

	what = 0;
	r.ms = CASE_TIMEOUT_MS;
	places();
	r.ms = HANG_MS + 2 * (now_ms() - start);
	busy = busy_ms() - busy;
	most = BUSY_MS / 2 / (busy + 1);
	if (most < AT_LEAST)
		most = AT_LEAST;
}

/* How many of so many call paths. */
static unsigned long tries_of(unsigned long paths)
{
	if (paths <= most)
		return 0;
	printf("# %lu of %lu call paths: it takes long\n", most, paths);
	return most;
}

/* Up to `tries` places, evenly spread: how many runs. */
static unsigned long each_place(unsigned long of, unsigned long tries)
{
	unsigned long step = tries ? (of - 1) / tries + 1 : 1, runs = 0;
	bool met = true;

	for (unsigned long n = step / 2 + 1; n <= of && met; n += step)
		for (int i = 0; i < 2 && findings < MAX_FINDINGS; i++) {
			nth = n;
			lasting = i;
			met = run_fault() && met;
			runs++;
		}
	return runs;
}

static bool one_fault(void)
{
	char kind[8], how[8];

	if (sscanf(wanted, "%7[a-z]:%lu:%7[a-z]", kind, &nth, how) != 3)
		return false;
	lasting = !strcmp(how, "lasting");
	by_path = strstr(wanted, ":paths");
	for (what = 2; what && strcmp(kind, kinds[what]); what--)
		;
	run_fault();
	return true;
}

static bool lost(struct memory a, struct memory b, char *why, size_t size)
{
	snprintf(why, size, "free %ld, then %ld kB, swap %ld, then %ld kB, "
		 "objects %ld, then %ld bytes", a.free_kb, b.free_kb,
		 a.swap_kb, b.swap_kb, a.objects, b.objects);
	return b.objects > a.objects || b.swap_kb < a.swap_kb ||
	       b.free_kb < a.free_kb - SLACK_KB;
}

/* How many runs; *all grows by how many there could be. */
static unsigned long every_kind(unsigned long *all)
{
	unsigned long tries = strtoul(wanted, NULL, 10), runs = 0, of;

	if (one_fault())
		return ++*all;
	for (what = 0; what < 3; what++) {
		of = places();
		*all += 2 * of;
		if (of && !strcmp(wanted, "paths")) {
			by_path = true;
			of = places();
			tries = tries_of(of);
		}
		runs += of ? each_place(of, tries) : 0;
		by_path = false;
	}
	what = 0;
	return runs;
}

/* Something in the kernel may have grown once; who loses memory does again. */
static unsigned long every_fault(unsigned long *all)
{
	struct memory before = memory(), after;
	unsigned long runs = 0;
	char why[160];

	for (int round = 0; round < 3; round++, before = after) {
		runs += every_kind(all);
		after = memory();
		if (lost(before, after, why, sizeof(why))) {
			sleep(LATE);
			after = memory();
		}
		if (!lost(before, after, why, sizeof(why)))
			return runs;
	}
	printf("# memory is lost: %s\n", why);
	findings++;
	return runs;
}

bool run_with_faults(int number, const struct test *t, size_t row)
{
	const char *sub = row_name(t, row);
	unsigned long all = 0, runs = 0;

	prepare();
	findings = 0;
	r = (struct run){ .t = t, .row = row, .before = arm };
	first_run();
	runs = every_fault(&all);
	printf("# runs with faults: %lu of %lu\n", runs, all);
	printf("%s %d - %s%s%s, with faults\n", findings ? "not ok" : "ok",
	       number, t->name, *sub ? ": " : "", sub);
	fflush(stdout);
	return !findings;
}
