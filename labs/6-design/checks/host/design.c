// SPDX-License-Identifier: GPL-2.0
/* Lab 6: what a design must do besides facing the explorer. */

#include "../check.h"

#define A 0x20000000ul
#define N @PAGES@ul

static void map_n(struct task_struct *t, unsigned long n)
{
	WANT("mmap", map(t, A, n, RW, ANON | MAP_FIXED), A);
}

/* A designated program is memlocked, and its locks stay. */
static void expect_lock(void)
{
	WANT("exec of a designated program", host_exec(task, true), 0);
	host_check();
	WANT("its mm has the mark", mm_memlocked(task->mm), true);
	map_n(task, N);
	WANT("pages of a new map, mlocked", mlocked_pages(task, A, N), N);
	WANT("munlock is refused", U(task, sys_munlock(A, P(N))) < 0, true);
	U(task, sys_munlockall());
	WANT("pages mlocked after munlock and munlockall",
	     mlocked_pages(task, A, N), N);
}

static void denies(void)
{
	struct task_struct *hog;
	long a;

	expect_lock();
	fill(task, A, N, "SECRET-OF-MARKED");
	hog = spawn("hog", 1000);
	a = map(hog, 0, 500, RW, ANON);
	fill(hog, a, 500, "PLAIN-AND-LOOSE.");
	squeeze();
	WANT("pages of others on the disk: some",
	     host_disk_find(unit_swap, "PLAIN-AND-LOOSE.", 16) > 0, true);
	WANT("its own", host_disk_find(unit_swap, "SECRET-OF-MARKED", 16), 0);
}

/* A lock that leaves a program nothing to do is no lock. */
static void usable(void)
{
	unsigned long heap = HOST_BRK_START;
	unsigned long stack = HOST_STACK_TOP - HOST_STACK_SIZE;

	expect_lock();
	WANT("mlock", U(task, sys_mlock(A, P(N))), 0);
	WANT("mprotect to read-only", U(task, sys_mprotect(A, P(2),
		PROT_READ)), 0);
	WANT("and back", U(task, sys_mprotect(A, P(2), RW)), 0);
	WANT("munmap of what it mapped", unmap(task, A, N), 0);
	WANT("brk", U(task, do_brk(task->mm, heap + P(2))), heap + P(2));
	WANT("a write to the heap", poke(task, heap, 1), 0);
	WANT("a growing stack", poke(task, stack - P(2), 1), 0);
	WANT("exec of an ordinary program", host_exec(task, false), 0);
	WANT("it is memlocked", mm_memlocked(task->mm), false);
}

/* Ordinary tasks notice nothing. */
static void plain(void)
{
	struct task_struct *other = spawn("other", 1000), *child;

	expect_lock();
	map_n(other, N);
	WANT("another's mlock", U(other, sys_mlock(A, P(N))), 0);
	WANT("its munlock", U(other, sys_munlock(A, P(N))), 0);
	WANT("its mlockall", U(other, sys_mlockall(MCL_CURRENT)), 0);
	WANT("its munlockall", U(other, sys_munlockall()), 0);
	WANT("its mlock2", U(other, sys_mlock2(A, P(N), MLOCK_ONFAULT)), 0);
	child = fork_of(other);
	WANT("its child's locked_vm", child->mm->locked_vm, 0);
	WANT("MADV_DONTNEED by the child", U(child, sys_madvise(A, P(N),
		MADV_DONTNEED)), 0);
	WANT("its mremap", U(other, sys_mremap(A, P(N), P(N),
		MREMAP_MAYMOVE | MREMAP_FIXED, A + P(100))), A + P(100));
}

static void pair(void *arg)
{
	struct task_struct *t = arg;
	struct task_struct *was = host_switch(t);

	do_mmap(t->mm, NULL, A, P(4), RW, ANON | MAP_FIXED, 0);
	do_munmap(t->mm, A, P(4));
	host_switch(was);
}

/* Memlocked, against a task that locks all it has by mlockall.  Once before,
 * so that what is made once is there. */
static void cost(void)
{
	struct task_struct *other = spawn("other", 1000);
	long linux_way;

	expect_lock();
	WANT("mlockall", U(other, sys_mlockall(MCL_CURRENT | MCL_FUTURE)), 0);
	pair(other);
	pair(task);
	linux_way = count_steps(pair, other, 1000000);
	printf("mmap and munmap of 4 pages take %ld instructions after "
	       "mlockall; a memlocked task's are counted up to twice that\n",
	       linux_way);
	WANT_AT_MOST("instructions of a memlocked task's mmap and munmap",
		     count_steps(pair, task, 2 * linux_way + 1),
		     2 * linux_way);
}

int main(int argc, char **argv)
{
	static const struct unit_case cases[] = {
		CHECK_ALL("denies", denies, 600, 1024, "@NAME@"),
		CHECK_LOCK("usable", usable, "@NAME@"),
		CHECK_LOCK("plain", plain, "@NAME@"),
		CHECK_LOCK("cost", cost, "@NAME@"),
	};

	return check_main(argc, argv, cases, ARRAY_SIZE(cases));
}
