/* run: --mem 32M --swap 160M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System V shared memory: ids and permissions, addresses, the life of a
 * segment, and SHM_LOCK against memory that gets tight.
 */
#include "test.h"

#include <sys/ipc.h>
#include <sys/shm.h>

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif
#define SHM_DEST_BIT 01000
#define SHM_LOCKED_BIT 02000
#define KEY 0x686f6c64

/* A segment that goes with the case: removed, but attached at AT(page). */
static long segment_at(size_t page, size_t pages)
{
	long id = sys(shmget, IPC_PRIVATE, PAGES(pages), 0600);

	if (failed(id) || sys(shmat, id, AT(page), 0) != (long)AT(page))
		die("no segment: %s", ret_name(id));
	RET(sys(shmctl, id, IPC_RMID, NULL), 0);
	return id;
}

static struct shmid_ds stat_of(long id)
{
	struct shmid_ds ds;

	RET(sys(shmctl, id, IPC_STAT, &ds), 0);
	return ds;
}

/* ---- shmget ------------------------------------------------------------ */

static const struct get_row {
	const char *name;
	long key;
	size_t size;
	long flags, want;
} get_rows[] = {
	{ "no such key", KEY + 1, 4096, 0, -ENOENT },
	{ "size 0", IPC_PRIVATE, 0, 0600, -EINVAL },
	{ "size over shmmax", IPC_PRIVATE, -1ul, 0600, -EINVAL },
	{ "size over a file's", IPC_PRIVATE, 1ul << 63, 0600, -EINVAL },
	{ "size over memory", IPC_PRIVATE, 1ul << 45, 0600, -ENOMEM },
	{ "exists, exclusive", KEY, 100, IPC_CREAT | IPC_EXCL, -EEXIST },
	{ "exists, smaller", KEY, 8193, 0, -EINVAL },
};

static void get_fails(const void *arg)
{
	const struct get_row *r = arg;
	long id = sys(shmget, KEY, 8192, IPC_CREAT | 0600);

	OK(!failed(id));
	RET(sys(shmget, r->key, r->size, r->flags), r->want);
	RET(sys(shmget, KEY, 0, 0), id);
	RET(sys(shmget, KEY, 8192, IPC_CREAT | 0600), id);
	RET(sys(shmctl, id, IPC_RMID, NULL), 0);
	RET(sys(shmget, KEY, 0, 0), -ENOENT);
}
TEST_TABLE("shmget: ", get_rows, get_fails);

TEST("a removed segment's id names nothing, and is not used again at once")
{
	struct shmid_ds ds;
	long a = sys(shmget, IPC_PRIVATE, 1, 0600), b;

	RET(sys(shmctl, a, IPC_RMID, NULL), 0);
	b = sys(shmget, IPC_PRIVATE, 1, 0600);
	OK(a != b);
	RET(sys(shmctl, a, IPC_STAT, &ds), -EINVAL);
	RET(sys(shmctl, a, IPC_RMID, NULL), -EINVAL);
	RET(sys(shmat, a, NULL, 0), -EINVAL);
	RET(sys(shmctl, b, IPC_RMID, NULL), 0);
}

static void write_limit(const char *name, const char *value)
{
	int fd = open(name, O_WRONLY);

	EQ(write(fd, value, strlen(value)), strlen(value));
	close(fd);
}

TEST("limits of /proc/sys/kernel")
{
	static char old[3][32];
	static const char *const name[] = { "/proc/sys/kernel/shmmni",
		"/proc/sys/kernel/shmmax", "/proc/sys/kernel/shmall" };
	static const struct { const char *value; size_t size; long want; }
	rows[] = { { "0", 1, -ENOSPC }, { "4096", 4097, -EINVAL },
		   { "1", 4097, -ENOSPC } };

	for (int i = 0; i < 3; i++) {
		slurp(name[i], old[i], sizeof(old[i]));
		write_limit(name[i], rows[i].value);
		RET(sys(shmget, IPC_PRIVATE, rows[i].size, 0), rows[i].want);
		write_limit(name[i], old[i]);
	}
}

/* ---- shmat, shmdt ------------------------------------------------------ */

static const struct at_row {
	const char *name;
	long page, plus, flags, want;	/* page -1: address 0 */
} at_rows[] = {
	{ "free page", 8, 0, 0, 8 },
	{ "not aligned", 8, 1, 0, -EINVAL },
	{ "not aligned, SHM_RND", 8, 4095, SHM_RND, 8 },
	{ "taken", 1, 0, 0, -EINVAL },
	{ "taken at the end", 7, 0, 0, -EINVAL },
	{ "taken, SHM_REMAP", 1, 0, SHM_REMAP, 1 },
	{ "taken, SHM_REMAP and SHM_RND", 1, 7, SHM_REMAP | SHM_RND, 1 },
	{ "no address, SHM_REMAP", -1, 0, SHM_REMAP, -EINVAL },
	{ "rounded to 0, SHM_REMAP", -1, 5, SHM_REMAP | SHM_RND, -EINVAL },
	{ "unknown flags are ignored", 8, 0, 0x400000, 8 },
};

static void attach(const void *arg)
{
	const struct at_row *r = arg;
	long id = segment_at(0, 2), ret;
	char *at = r->page < 0 ? (char *)r->plus : AT(r->page) + r->plus;

	map_at(AT(8) + PAGE, 1, RW, ANON, -1, 0);
	AT(0)[0] = 'x';
	at = at == AT(7) ? AT(8) : at;
	ret = sys(shmat, id, r->page == 8 && r->want == 8 ? at + 16 * PAGE :
		  at, r->flags);
	if (r->want < 0)
		RET(ret, r->want);
	else
		EQ(ret, (long)AT(r->want + (r->page == 8 ? 16 : 0)));
	if (!failed(ret))
		EQ(*(char *)ret, 'x');
}
TEST_TABLE("shmat: ", at_rows, attach);

TEST("shmat: bad ids and an address that wraps")
{
	long id = segment_at(0, 1);

	RET(sys(shmat, -1, NULL, 0), -EINVAL);
	RET(sys(shmat, id + 32768, NULL, 0), -EINVAL);
	RET(sys(shmat, id, -4096, 0), -EINVAL);
	RET(sys(shmat, id, 1ul << 62, 0), -ENOMEM);
}

TEST("SHM_RDONLY: no store, and no mprotect for one")
{
	long id = segment_at(0, 1);
	int code;

	EQ(sys(shmat, id, AT(4), SHM_RDONLY), AT(4));
	EQ(probe_write(AT(4), NULL, &code), SIGSEGV);
	RET(protect(AT(4), PAGE, RW), -EACCES);
	AT(0)[5] = 'y';
	EQ(AT(4)[5], 'y');
}

TEST("SHM_EXEC: the code runs")
{
	long id = segment_at(0, 1);
	int (*fn)(void) = (void *)AT(4);

	memcpy(AT(0), "\xb8\x2a\0\0\0\xc3", 6);
	RET(sys(shmctl, id, IPC_SET, &(struct shmid_ds){
		.shm_perm.mode = 0700 }), 0);
	EQ(sys(shmat, id, AT(4), SHM_EXEC), AT(4));
	EQ(fn(), 42);
}

TEST("shmdt: only where it was attached, and every piece of it")
{
	long id = segment_at(0, 4);

	RET(sys(shmdt, AT(0) + 1), -EINVAL);
	RET(sys(shmdt, AT(1)), -EINVAL);
	RET(sys(shmdt, AT(100)), -EINVAL);
	RET(protect(AT(1), PAGE, PROT_READ), 0);
	RET(unmap(AT(2), PAGE), 0);
	map_at(AT(2), 1, RW, ANON, -1, 0);
	EQ(sys(shmat, id, AT(4), 0), AT(4));
	RET(sys(shmdt, AT(0)), 0);
	LOCKS(AT(0), "--.-....");
	RET(sys(shmdt, AT(0)), -EINVAL);
}

TEST("the address space: name, inode, RLIMIT_AS, locked by mlockall")
{
	long id;
	struct area a;

	RET(lockall(LOCK_FUTURE), 0);
	id = segment_at(0, 2);
	LOCKS(AT(0), "ll");
	PRESENT(AT(0), "11");
	OK(area_at(AT(0), &a));
	STR(a.name, "/SYSV00000000 (deleted)");
	STR(a.perms, "rw-s");
	set_limit(RLIMIT_AS, 0, 0);
	RET(sys(shmat, id, NULL, 0), -ENOMEM);
}

/* ---- life -------------------------------------------------------------- */

static void child_attaches(void *arg)
{
	long id = *(long *)arg;

	EQ(stat_of(id).shm_nattch, 2);
	RET(sys(shmdt, AT(0)), 0);
	EQ(stat_of(id).shm_nattch, 1);
	EQ(stat_of(id).shm_lpid, getpid());
	EQ(sys(shmat, id, AT(0), 0), AT(0));
	EQ(sys(shmat, id, AT(2), 0), AT(2));
	EQ(stat_of(id).shm_nattch, 3);
	AT(2)[0] = 'c';
}

TEST("fork and exit count attaches; contents are shared")
{
	long id = segment_at(0, 1);
	struct shmid_ds ds;

	EQ(in_child(child_attaches, &id), 0);
	EQ(AT(0)[0], 'c');
	ds = stat_of(id);
	EQ(ds.shm_nattch, 1);
	EQ(ds.shm_cpid, getpid());
	OK(ds.shm_atime && ds.shm_dtime && ds.shm_ctime);
}

TEST("a removed segment stays until the last detach, without its key")
{
	long id = sys(shmget, KEY, PAGE, IPC_CREAT | 0600), other;

	EQ(sys(shmat, id, AT(0), 0), AT(0));
	RET(sys(shmctl, id, IPC_RMID, NULL), 0);
	EQ(stat_of(id).shm_perm.mode, SHM_DEST_BIT | 0600);
	EQ(stat_of(id).shm_perm.__key, IPC_PRIVATE);
	other = sys(shmget, KEY, PAGE, IPC_CREAT | 0600);
	OK(other != id && !failed(other));
	EQ(sys(shmat, id, AT(2), 0), AT(2));
	RET(sys(shmdt, AT(0)), 0);
	EQ(stat_of(id).shm_nattch, 1);
	RET(unmap(AT(2), PAGE), 0);
	RET(sys(shmctl, id, IPC_STAT, &(struct shmid_ds){ .shm_segsz = 0 }),
	    -EINVAL);
	RET(sys(shmctl, other, IPC_RMID, NULL), 0);
}

TEST("a file opened by way of map_files is one more attach, not one fewer")
{
	long id = segment_at(0, 1);
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx",
		 (long)AT(0), (long)AT(1));
	for (int i = 0; i < 3; i++) {
		fd = open(path, O_RDWR);
		OK(fd >= 0);
		close(fd);
	}
	EQ(stat_of(id).shm_nattch, 1);
	*(volatile char *)AT(0) = 1;
	RET(sys(shmdt, AT(0)), 0);
}

TEST("contents of an unattached segment stay")
{
	long id = sys(shmget, IPC_PRIVATE, PAGES(3), 0600);

	EQ(sys(shmat, id, AT(0), 0), AT(0));
	touch(AT(0), 3);
	strcpy(AT(2), "still here");
	RET(sys(shmdt, AT(0)), 0);
	EQ(stat_of(id).shm_nattch, 0);
	EQ(stat_of(id).shm_segsz, PAGES(3));
	EQ(sys(shmat, id, AT(0), SHM_RDONLY), AT(0));
	STR(AT(2), "still here");
	RET(sys(shmctl, id, IPC_RMID, NULL), 0);
}

/* ---- shmctl ------------------------------------------------------------ */

TEST("IPC_INFO, SHM_INFO, SHM_STAT: what ipcs reads")
{
	unsigned long info[9], id = segment_at(0, 3);
	struct shm_info {
		int used_ids;
		unsigned long tot, rss, swp, attempts, successes;
	} used;
	struct shmid_ds ds;
	long max, i, found = 0;

	touch(AT(0), 2);
	max = sys(shmctl, 0, IPC_INFO, info);
	OK(max >= 0);
	EQ(info[1], 1);
	EQ(info[2], 4096);
	RET(sys(shmctl, 0, 14 /* SHM_INFO */, &used), max);
	EQ(used.used_ids, 1);
	EQ(used.tot, 3);
	EQ(used.rss, 2);
	for (i = 0; i <= max; i++)
		found += sys(shmctl, i, 13 /* SHM_STAT */, &ds) == (long)id;
	EQ(found, 1);
	EQ(ds.shm_segsz, PAGES(3));
	RET(sys(shmctl, max, SHM_STAT_ANY, &ds), id);
	RET(sys(shmctl, max + 1, SHM_STAT_ANY, &ds), -EINVAL);
	RET(sys(shmctl, id, 99, &ds), -EINVAL);
	RET(sys(shmctl, id, IPC_STAT, 1), -EFAULT);
	RET(sys(shmctl, id, IPC_SET, 1), -EFAULT);
	RET(sys(shmctl, 0, IPC_INFO, 1), -EFAULT);
}

TEST("/proc/sysvipc/shm has the segment's line")
{
	static char text[4096];
	long id = segment_at(0, 5);
	char line[96];

	slurp("/proc/sysvipc/shm", text, sizeof(text));
	snprintf(line, sizeof(line), "%10d %10ld  %4o %21lu %5u %5u  %5u ", 0,
		 id, SHM_DEST_BIT | 0600, PAGES(5), getpid(), getpid(), 1);
	OK(strstr(text, line));
}

TEST("permissions: others, the group, the owner by IPC_SET")
{
	long id = sys(shmget, KEY, PAGE, IPC_CREAT | 0640);
	struct shmid_ds ds = { .shm_perm = { .mode = 0604 } };

	become_user();
	RET(sys(shmget, KEY, PAGE, 0), id);
	RET(sys(shmget, KEY, PAGE, 0400), -EACCES);
	RET(sys(shmat, id, NULL, SHM_RDONLY), -EACCES);
	RET(sys(shmctl, id, IPC_STAT, &ds), -EACCES);
	RET(sys(shmctl, id, IPC_SET, &ds), -EPERM);
	RET(sys(shmctl, id, IPC_RMID, NULL), -EPERM);
	RET(sys(shmctl, id, SHM_LOCK, NULL), -EPERM);
	RET(sys(shmctl, id, SHM_UNLOCK, NULL), -EPERM);
}

TEST("(the segment of the case before goes)")
{
	struct shmid_ds ds = { .shm_perm = { .uid = 1000, .mode = 07604 } };
	long id = sys(shmget, KEY, PAGE, 0);

	RET(sys(shmctl, id, IPC_SET, &(struct shmid_ds){
		.shm_perm = { .uid = -1 } }), -EINVAL);
	RET(sys(shmctl, id, IPC_SET, &ds), 0);
	EQ(stat_of(id).shm_perm.mode, 0604);
	become_user();
	EQ(sys(shmat, id, AT(0), 0), AT(0));
	EQ(stat_of(id).shm_perm.cuid, 0);
	RET(sys(shmctl, id, IPC_RMID, NULL), 0);
}

/* ---- SHM_LOCK ---------------------------------------------------------- */

static unsigned long info_rss(unsigned long *swp)
{
	struct { long ids, tot, rss, swp, a, b; } used;

	OK(sys(shmctl, 0, 14 /* SHM_INFO */, &used) >= 0);
	*swp = used.swp;
	return used.rss;
}

#define LOCKED_PAGES 2048ul
#define SECRET 0x5ec2e75ec2e75ec2ul

static void fill(char *p, size_t n, unsigned long seed)
{
	for (size_t i = 0; i < n; i++)
		*(unsigned long *)(p + PAGES(i)) = seed + i;
}

static size_t count_wrong(char *p, size_t n, unsigned long seed)
{
	size_t bad = 0;

	for (size_t i = 0; i < n; i++)
		bad += *(unsigned long *)(p + PAGES(i)) != seed + i;
	return bad;
}

/* Twice as much private memory as there is. */
static void pressure(void)
{
	const size_t n = 55ul << 20 >> 12;
	char *p = map_at(AT(100000), n, RW, ANON, -1, 0);

	fill(p, n, 1);
	EQ(count_wrong(p, n, 1), 0);
	RET(unmap(p, PAGES(n)), 0);
}

/* Pages on the swap disk that begin with a word of fill()'s. */
static long found_on_disk(unsigned long seed)
{
	static char disk[64], buf[1 << 20];
	long found = 0, n, i;
	int fd;

	slurp("/proc/swaps", buf, sizeof(buf));
	if (sscanf(strchr(buf, '\n') + 1, "%63s", disk) != 1)
		die("no swap disk: run with --swap 160M");
	sync();
	fd = open(disk, O_RDONLY);
	if (fd < 0)
		die("cannot read %s", disk);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (i = 0; i < n; i += PAGE)
			found += *(unsigned long *)(buf + i) - seed <
				 LOCKED_PAGES;
	close(fd);
	return found;
}

/* Swap out what is not locked: the control of the cases below. */
TEST("an unlocked segment goes to swap and comes back")
{
	unsigned long swp;

	segment_at(0, LOCKED_PAGES);
	fill(AT(0), LOCKED_PAGES, SECRET);
	pressure();
	info_rss(&swp);
	OK(swp > LOCKED_PAGES / 4);
	OK(found_on_disk(SECRET) > (long)LOCKED_PAGES / 4);
	EQ(count_wrong(AT(0), LOCKED_PAGES, SECRET), 0);
}

/* Other contents than the case before: the disk still has those. */
TEST("SHM_LOCK: attached or not, no page leaves memory")
{
	unsigned long swp, secret = ~SECRET;
	long id = sys(shmget, IPC_PRIVATE, PAGES(LOCKED_PAGES), 0600);

	EQ(sys(shmat, id, AT(0), 0), AT(0));
	fill(AT(0), LOCKED_PAGES / 2, secret);
	RET(sys(shmctl, id, SHM_LOCK, NULL), 0);
	EQ(stat_of(id).shm_perm.mode, SHM_LOCKED_BIT | 0600);
	fill(AT(0) + PAGES(LOCKED_PAGES / 2), LOCKED_PAGES / 2,
	     secret + LOCKED_PAGES / 2);
	LOCKED(0);
	pressure();
	EQ(info_rss(&swp), LOCKED_PAGES);
	EQ(swp, 0);
	RET(sys(shmdt, AT(0)), 0);
	pressure();
	EQ(info_rss(&swp), LOCKED_PAGES);
	EQ(swp, 0);
	EQ(found_on_disk(secret), 0);
	EQ(sys(shmat, id, AT(0), 0), AT(0));
	EQ(count_wrong(AT(0), LOCKED_PAGES, secret), 0);
	RET(sys(shmctl, id, SHM_UNLOCK, NULL), 0);
	EQ(stat_of(id).shm_perm.mode, 0600);
	/* Linux may spare what was just rescued once or twice. */
	for (int i = 0; i < 8 && !swp; i++) {
		pressure();
		info_rss(&swp);
	}
	OK(swp > 0);
	OK(found_on_disk(secret) > 0);
	EQ(count_wrong(AT(0), LOCKED_PAGES, secret), 0);
	RET(sys(shmctl, id, IPC_RMID, NULL), 0);
}

TEST("SHM_LOCK: swapped pages are locked as they come in")
{
	unsigned long swp, rss;
	long id = segment_at(0, LOCKED_PAGES);

	fill(AT(0), LOCKED_PAGES, 77);
	pressure();
	RET(sys(shmctl, id, SHM_LOCK, NULL), 0);
	rss = info_rss(&swp);
	OK(swp > 0);
	EQ(rss + swp, LOCKED_PAGES);
	EQ(count_wrong(AT(0), LOCKED_PAGES, 77), 0);
	EQ(info_rss(&swp), LOCKED_PAGES);
	pressure();
	EQ(info_rss(&swp), LOCKED_PAGES);
	EQ(count_wrong(AT(0), LOCKED_PAGES, 77), 0);
}

TEST("SHM_LOCK: RLIMIT_MEMLOCK counts a user's segments by themselves")
{
	long a, b;

	become_user();
	a = segment_at(0, 4);
	b = segment_at(8, 2);
	set_memlock(PAGES(5));
	RET(lock(map_at(AT(20), 5, RW, ANON, -1, 0), PAGES(5)), 0);
	RET(sys(shmctl, a, SHM_LOCK, NULL), 0);
	RET(sys(shmctl, a, SHM_LOCK, NULL), 0);
	RET(sys(shmctl, b, SHM_LOCK, NULL), -ENOMEM);
	LOCKED(5);
	RET(sys(shmctl, a, SHM_UNLOCK, NULL), 0);
	RET(sys(shmctl, a, SHM_UNLOCK, NULL), 0);
	RET(sys(shmctl, b, SHM_LOCK, NULL), 0);
	RET(sys(shmctl, a, SHM_LOCK, NULL), -ENOMEM);
	RET(sys(shmdt, AT(8)), 0);
	RET(sys(shmctl, a, SHM_LOCK, NULL), 0);
	set_memlock(0);
	RET(sys(shmctl, a, SHM_LOCK, NULL), -EPERM);
	RET(sys(shmctl, a, SHM_UNLOCK, NULL), 0);
}

TEST("every invariant holds")
{
	static char text[256];

	if (!on_holdfast())
		skip("Holdfast's own file");
	slurp("/proc/holdfast/mm_check", text, sizeof(text));
	STR(text, "ok\n");
}
