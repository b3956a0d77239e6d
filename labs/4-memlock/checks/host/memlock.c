// SPDX-License-Identifier: GPL-2.0
/* Lab 4: the mark, what it refuses, mlockall, fork; mm/ as a process. */

#include "../check.h"

#define A (@BASE@ul * PAGE_SIZE)
#define N @PAGES@ul
#define STACK_PAGES (HOST_STACK_SIZE / PAGE_SIZE)

static void designate(void)
{
	WANT("exec of a designated program", host_exec(task, true), 0);
	host_check();
	WANT("its mm is memlocked", mm_memlocked(task->mm), true);
}

static long map_n(unsigned long at, unsigned long pages)
{
	return map(task, at, pages, RW, ANON | MAP_FIXED);
}

/* ---- task 2 ------------------------------------------------------------ */

static void mark(void)
{
	designate();
	WANT("def_flags", task->mm->def_flags, VM_LOCKED);
	WANT("locked_vm: the stack", task->mm->locked_vm, STACK_PAGES);
	WANT("another program's exec", host_exec(task, false), 0);
	WANT("the mark is gone", mm_memlocked(task->mm), false);
	WANT("def_flags", task->mm->def_flags, 0);
	WANT("locked_vm", task->mm->locked_vm, 0);
}

/* Everything that comes later is locked, by def_flags alone. */
static void what_comes(void)
{
	unsigned long heap = HOST_BRK_START;
	unsigned long stack = HOST_STACK_TOP - HOST_STACK_SIZE;

	designate();
	WANT("mmap", map_n(A, N), A);
	WANT("pages mlocked", mlocked_pages(task, A, N), N);
	WANT("brk", U(task, do_brk(task->mm, heap + P(2))), heap + P(2));
	WANT("pages of the heap mlocked", mlocked_pages(task, heap, 2), 2);
	WANT("a touch below the stack", poke(task, stack - P(3), 1), 0);
	WANT("the stack's new page is mlocked",
	     mlocked_pages(task, stack - P(3), 1), 1);
	WANT("locked_vm", task->mm->locked_vm, N + 2 + STACK_PAGES + 3);
}

/* What all this is for. */
static void off_the_disk(void)
{
	struct task_struct *hog = spawn("hog", 1000);
	long a;

	designate();
	WANT("mmap", map_n(A, 32), A);
	fill(task, A, 32, "SECRET-OF-MARKED");
	a = map(hog, 0, 500, RW, ANON);
	fill(hog, a, 500, "PLAIN-AND-LOOSE.");
	squeeze();
	WANT("an ordinary task's pages are on the disk",
	     host_disk_find(unit_swap, "PLAIN-AND-LOOSE.", 16) > 0, true);
	WANT("pages of the memlocked task on the disk",
	     host_disk_find(unit_swap, "SECRET-OF-MARKED", 16), 0);
	WANT("its pages in memory", resident_pages(task, A, 32), 32);
	verify(task, A, 32, "SECRET-OF-MARKED");
}

/* ---- task 3 ------------------------------------------------------------ */

static void munlock_plain(void)
{
	WANT("mmap", map_n(A, N), A);
	WANT("mlock", U(task, sys_mlock(A, P(N))), 0);
	WANT("munlock of 2 bytes across a border",
	     U(task, sys_munlock(A + P(3) - 1, 2)), 0);
	WANT("locked_vm", task->mm->locked_vm, N - 2);
	WANT("munlock of nothing", U(task, sys_munlock(A, 0)), 0);
	WANT("munlock beyond the area", U(task, sys_munlock(A, P(N + 1))),
	     -ENOMEM);
	WANT("locked_vm", task->mm->locked_vm, 0);
	WANT("munlock that wraps", U(task, sys_munlock(A, -P(1))), -EINVAL);
	WANT("munlock of unmapped memory", U(task, sys_munlock(P(17), 1)),
	     -ENOMEM);
}

static void munlock_denied(void)
{
	designate();
	WANT("mmap", map_n(A, N), A);
	WANT("munlock", U(task, sys_munlock(A, P(N))), -@DENY@);
	WANT("munlock(0, 0)", U(task, sys_munlock(0, 0)), -@DENY@);
	WANT("munlock of unmapped memory", U(task, sys_munlock(P(17), 1)),
	     -@DENY@);
	WANT("munlock that wraps", U(task, sys_munlock(A, -1ul)), -@DENY@);
	WANT("pages mlocked", mlocked_pages(task, A, N), N);
	WANT("mlock is no offence", U(task, sys_mlock(A, P(N))), 0);
	WANT("nor is munmap", unmap(task, A, N), 0);
}

/* The refusal comes before any lock is taken: with mmap_lock held it must not
 * wait (here: not stop with a deadlock). */
static void denied_first(void)
{
	struct task_struct *was;
	long ret, all;

	designate();
	was = host_switch(task);
	down_write(&task->mm->mmap_lock);
	ret = sys_munlock(A, P(1));
	all = sys_munlockall();
	up_write(&task->mm->mmap_lock);
	host_switch(was);
	WANT("munlock, while somebody holds mmap_lock", ret, -@DENY@);
	WANT("munlockall, while somebody holds mmap_lock", all, -@DENY@);
}

static void munlockall_plain(void)
{
	WANT("mmap", map_n(A, N), A);
	WANT("mlockall(CURRENT | FUTURE)",
	     U(task, sys_mlockall(MCL_CURRENT | MCL_FUTURE)), 0);
	WANT("def_flags", task->mm->def_flags, VM_LOCKED);
	WANT("locked_vm", task->mm->locked_vm, task->mm->total_vm);
	WANT("munlockall", U(task, sys_munlockall()), 0);
	WANT("def_flags", task->mm->def_flags, 0);
	WANT("locked_vm", task->mm->locked_vm, 0);
	WANT("mlocked pages of the system", nr_mlock, 0);
	limit_memlock(task, 0);
	WANT("munlockall asks for no permission", U(task, sys_munlockall()),
	     0);
}

static void munlockall_denied(void)
{
	designate();
	WANT("mmap", map_n(A, N), A);
	WANT("munlockall", U(task, sys_munlockall()), -@DENY@);
	WANT("def_flags", task->mm->def_flags, VM_LOCKED);
	WANT("pages mlocked", mlocked_pages(task, A, N), N);
	WANT("mmap of more", map_n(A + P(N), 1), A + P(N));
	WANT("it is locked", mlocked_pages(task, A + P(N), 1), 1);
}

/* ---- task 4: semantics.md 1.5 ------------------------------------------- */

struct all_row {
	int flags;
	long ret;
	unsigned long area, def;	/* lock bits afterwards */
	unsigned mlocked;		/* of 4 absent pages */
};

#define LO VM_LOCKED
#define ONF VM_LOCKED_MASK

static void mlockall_rows(void)
{
	static const struct all_row rows[] = {
		{ 3, 0, LO, LO, 4 }, { 1, 0, LO, 0, 4 }, { 2, 0, 0, LO, 0 },
		{ 5, 0, ONF, 0, 0 }, { 6, 0, 0, ONF, 0 }, { 7, 0, ONF, ONF, 0 },
		{ 0, -EINVAL, 0, 0, 0 }, { 4, -EINVAL, 0, 0, 0 },
		{ 8, -EINVAL, 0, 0, 0 }, { 9, -EINVAL, 0, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct all_row *r = &rows[i];

		printf("flags %d\n", r->flags);
		WANT("mmap", map_n(A, 4), A);
		WANT("mlockall", U(task, sys_mlockall(r->flags)), r->ret);
		WANT("lock bits of an area that was there",
		     flags_at(task, A) & VM_LOCKED_MASK, r->area);
		WANT("def_flags", task->mm->def_flags, r->def);
		WANT("pages mlocked", mlocked_pages(task, A, 4), r->mlocked);
		WANT("munlockall", U(task, sys_munlockall()), 0);
		WANT("def_flags", task->mm->def_flags, 0);
		WANT("munmap", unmap(task, A, 4), 0);
	}
}

static void mlockall_limits(void)
{
	unsigned long total;

	WANT("mmap of memory that cannot be accessed",
	     map(task, A, 4, PROT_NONE, ANON | MAP_FIXED), A);
	total = task->mm->total_vm;
	WANT("mlockall counts it and does not fail on it",
	     U(task, sys_mlockall(MCL_CURRENT)), 0);
	WANT("locked_vm", task->mm->locked_vm, total);
	WANT("munlockall", U(task, sys_munlockall()), 0);
	limit_memlock(task, 0);
	WANT("bad flags come before the limit", U(task, sys_mlockall(0)),
	     -EINVAL);
	WANT("a limit of 0, FUTURE", U(task, sys_mlockall(MCL_FUTURE)),
	     -EPERM);
	limit_memlock(task, P(total) - 1);
	WANT("one byte too little, CURRENT",
	     U(task, sys_mlockall(MCL_CURRENT)), -ENOMEM);
	WANT("locked_vm", task->mm->locked_vm, 0);
	WANT("FUTURE is not held against it",
	     U(task, sys_mlockall(MCL_FUTURE)), 0);
	limit_memlock(task, P(total));
	WANT("just enough", U(task, sys_mlockall(MCL_CURRENT)), 0);
	WANT("locked_vm", task->mm->locked_vm, total);
}

/* Calls replace each other, they do not add. */
static void mlockall_replaces(void)
{
	WANT("mmap", map_n(A, N), A);
	WANT("mlockall(FUTURE)", U(task, sys_mlockall(MCL_FUTURE)), 0);
	WANT("mlockall(CURRENT)", U(task, sys_mlockall(MCL_CURRENT)), 0);
	WANT("def_flags", task->mm->def_flags, 0);
	WANT("mlockall(CURRENT | ONFAULT)",
	     U(task, sys_mlockall(MCL_CURRENT | MCL_ONFAULT)), 0);
	WANT("lock bits of an area", flags_at(task, A) & VM_LOCKED_MASK, ONF);
	WANT("mlockall(FUTURE | ONFAULT)",
	     U(task, sys_mlockall(MCL_FUTURE | MCL_ONFAULT)), 0);
	WANT("mmap", map_n(A + P(N), 2), A + P(N));
	WANT("its lock bits", flags_at(task, A + P(N)) & VM_LOCKED_MASK, ONF);
	WANT("pages in memory", resident_pages(task, A + P(N), 2), 0);
	WANT("mlockall(CURRENT)", U(task, sys_mlockall(MCL_CURRENT)), 0);
	WANT("pages in memory", resident_pages(task, A + P(N), 2), 2);
}

/* ---- task 5 ------------------------------------------------------------ */

static void fork_plain(void)
{
	struct task_struct *child;
	unsigned long locked;

	designate();
	WANT("mmap", map_n(A, N), A);
	fill(task, A, N, "parent");
	locked = task->mm->locked_vm;
	child = fork_of(task);
	WANT("the child is memlocked", mm_memlocked(child->mm), false);
	WANT("its locked_vm", child->mm->locked_vm, 0);
	WANT("its def_flags", child->mm->def_flags, 0);
	WANT("lock bits of its areas", flags_at(child, A) & VM_LOCKED_MASK, 0);
	WANT("munlock by the child", U(child, sys_munlock(A, P(N))), 0);
	WANT("munlockall by the child", U(child, sys_munlockall()), 0);
	fill(child, A, N, "child");
	WANT("pages of the child mlocked", mlocked_pages(child, A, N), 0);
	WANT("the parent's locked_vm", task->mm->locked_vm, locked);
	WANT("munlock by the parent", U(task, sys_munlock(A, P(N))), -@DENY@);
	verify(task, A, N, "parent");
	verify(child, A, N, "child");
}

int main(int argc, char **argv)
{
	static const struct unit_case cases[] = {
		CHECK_LOCK("mark", mark, "task"),
		CHECK_LOCK("what-comes", what_comes, "task"),
		CHECK_ALL("off-the-disk", off_the_disk, 600, 1024, "task"),
		CHECK_LOCK("munlock-plain", munlock_plain, "task"),
		CHECK_LOCK("munlock-denied", munlock_denied, "task"),
		CHECK_LOCK("denied-first", denied_first, "task"),
		CHECK_LOCK("munlockall-plain", munlockall_plain, "task"),
		CHECK_LOCK("munlockall-denied", munlockall_denied, "task"),
		CHECK("mlockall-rows", mlockall_rows),
		CHECK("mlockall-limits", mlockall_limits),
		CHECK("mlockall-replaces", mlockall_replaces),
		CHECK_LOCK("fork-plain", fork_plain, "task"),
	};

	return check_main(argc, argv, cases, ARRAY_SIZE(cases));
}
