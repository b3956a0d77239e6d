// SPDX-License-Identifier: GPL-2.0
/* Lab 1, task 4: mlock, mlock2 and munlock. */
#include "../check.h"

#define BASE (@BASE@ul * PAGE_SIZE)
#define N @PAGES@ul

static long lock(unsigned long addr, unsigned long bytes)
{
	return U(task, sys_mlock(addr, bytes));
}

static long unlock(unsigned long addr, unsigned long bytes)
{
	return U(task, sys_munlock(addr, bytes));
}

static void map_n(unsigned long n)
{
	assert_int_equal(map(task, BASE, n, RW, ANON | MAP_FIXED), BASE);
}

static void lock_some(void)
{
	map_n(N);
	fill(task, BASE, 1, "here");
	WANT("mlock of pages 1 to 4", lock(BASE + P(1), P(4)), 0);
	WANT("areas", areas_in(task, BASE, N), 3);
	WANT("VM_LOCKED of page 1", flags_at(task, BASE + P(1)) & VM_LOCKED,
	     VM_LOCKED);
	WANT("VM_LOCKED of page 0", flags_at(task, BASE) & VM_LOCKED, 0);
	WANT("VM_LOCKED of page 5", flags_at(task, BASE + P(5)) & VM_LOCKED,
	     0);
	WANT("locked_vm", task->mm->locked_vm, 4);
	WANT("pages that are mlocked", mlocked_pages(task, BASE, N), 4);
	WANT("pages in memory", resident_pages(task, BASE, N), 5);
	WANT("mlock of the rest", lock(BASE, P(N)), 0);
	WANT("areas: one", areas_in(task, BASE, N), 1);
	WANT("locked_vm", task->mm->locked_vm, N);
}

static void on_fault(void)
{
	map_n(N);
	fill(task, BASE, 1, "here");
	WANT("mlock2(MLOCK_ONFAULT)", U(task, sys_mlock2(BASE, P(N),
		MLOCK_ONFAULT)), 0);
	WANT("pages in memory", resident_pages(task, BASE, N), 1);
	WANT("of them mlocked", mlocked_pages(task, BASE, N), 1);
	WANT("locked_vm", task->mm->locked_vm, N);
	fill(task, BASE + P(2), 2, "more");
	WANT("mlocked, after two more were touched",
	     mlocked_pages(task, BASE, N), 3);
	WANT("mlock over it", lock(BASE, P(N)), 0);
	WANT("mlocked", mlocked_pages(task, BASE, N), N);
	WANT("locked_vm", task->mm->locked_vm, N);
	WANT("mlock2 with a flag that does not exist",
	     U(task, sys_mlock2(BASE, P(1), 2)), -EINVAL);
}

/* semantics.md 1.1 */
static void rounding(void)
{
	map_n(N);
	WANT("mlock of 2 bytes across a border", lock(BASE + P(3) - 1, 2), 0);
	WANT("locked_vm", task->mm->locked_vm, 2);
	WANT("mlock of 0 bytes", lock(BASE, 0), 0);
	WANT("locked_vm", task->mm->locked_vm, 2);
	WANT("mlock of 0 bytes, not aligned", lock(BASE + 5, 0), 0);
	WANT("locked_vm", task->mm->locked_vm, 3);
	task->euid = 0;
	WANT("mlock to beyond the end of all addresses, as root",
	     lock(BASE, -P(2)), -EINVAL);
	task->euid = 1000;
	WANT("munlock of 1 byte at the end of a page",
	     unlock(BASE + P(3) - 1, 1), 0);
	WANT("locked_vm", task->mm->locked_vm, 2);
}

static void holes(void)
{
	map_n(N);
	fill(task, BASE, 1, "here");
	assert_int_equal(unmap(task, BASE + P(3), 1), 0);
	WANT("mlock across a hole", lock(BASE, P(N)), -ENOMEM);
	WANT("locked_vm: what lies before the hole", task->mm->locked_vm, 3);
	WANT("pages in memory: nothing was populated",
	     resident_pages(task, BASE, N), 1);
	WANT("mlocked", mlocked_pages(task, BASE, N), 1);
	WANT("mlock that begins in the hole", lock(BASE + P(3), P(2)),
	     -ENOMEM);
	WANT("locked_vm", task->mm->locked_vm, 3);
	WANT("munlock across the hole", unlock(BASE, P(N)), -ENOMEM);
	WANT("locked_vm", task->mm->locked_vm, 0);
}

static void limit(void)
{
	map_n(N);
	limit_memlock(task, P(4));
	WANT("mlock of one page more than RLIMIT_MEMLOCK has",
	     lock(BASE, P(5)), -@OVER@);
	WANT("locked_vm", task->mm->locked_vm, 0);
	WANT("mlock of as many as it has", lock(BASE, P(4)), 0);
	WANT("mlock of one more", lock(BASE + P(4), 1), -@OVER@);
	WANT("locked_vm", task->mm->locked_vm, 4);
	limit_memlock(task, P(5) - 1);
	WANT("the limit is not a multiple of pages: one more",
	     lock(BASE + P(4), 1), -@OVER@);
	task->euid = 0;
	WANT("root has no limit", lock(BASE, P(N)), 0);
	WANT("locked_vm", task->mm->locked_vm, N);
}

static void limit_zero(void)
{
	map_n(N);
	WANT("mlock", lock(BASE, P(2)), 0);
	limit_memlock(task, 0);
	WANT("mlock with a limit of 0", lock(BASE, P(1)), -EPERM);
	WANT("mlock of nothing, with a limit of 0", lock(BASE, 0), -EPERM);
	WANT("munlock with a limit of 0", unlock(BASE, P(1)), 0);
	limit_memlock(task, 1);
	WANT("mlock with a limit of 1 byte", lock(BASE + P(1), P(1)),
	     -@OVER@);
	WANT("locked_vm", task->mm->locked_vm, 1);
}

/* A page counts once, however often it is locked. */
static void relock(void)
{
	map_n(N);
	limit_memlock(task, P(4));
	WANT("mlock of pages 2 and 3", lock(BASE + P(2), P(2)), 0);
	WANT("mlock of pages 0 to 3", lock(BASE, P(4)), 0);
	WANT("locked_vm", task->mm->locked_vm, 4);
	WANT("once more", lock(BASE, P(4)), 0);
	WANT("pages 1 to 4", lock(BASE + P(1), P(4)), -@OVER@);
	WANT("locked_vm", task->mm->locked_vm, 4);
	limit_memlock(task, P(3));
	WANT("again, under a limit that is exceeded already",
	     lock(BASE, P(1)), -@OVER@);
}

static void unlocking(void)
{
	map_n(N);
	WANT("mlock", lock(BASE, P(N)), 0);
	WANT("mlock again: locks do not nest", lock(BASE, P(N)), 0);
	WANT("munlock of pages 1 and 2", unlock(BASE + P(1), P(2)), 0);
	WANT("areas", areas_in(task, BASE, N), 3);
	WANT("locked_vm", task->mm->locked_vm, N - 2);
	WANT("mlocked", mlocked_pages(task, BASE, N), N - 2);
	WANT("pages in memory", resident_pages(task, BASE, N), N);
	WANT("munlock of all", unlock(BASE, P(N)), 0);
	WANT("areas: one", areas_in(task, BASE, N), 1);
	WANT("locked_vm", task->mm->locked_vm, 0);
	WANT("mlocked pages of the system", nr_mlock, 0);
}

/* semantics.md 1.7 */
static void future(void)
{
	map_n(N);
	WANT("mlock of two pages", lock(BASE, P(2)), 0);
	limit_memlock(task, P(4));
	WANT("mmap(MAP_LOCKED) of three more, with a limit of four",
	     map(task, BASE + P(N), 3, RW, ANON | MAP_FIXED | MAP_LOCKED),
	     -@FUTURE@);
	WANT("of two more",
	     map(task, BASE + P(N), 2, RW, ANON | MAP_FIXED | MAP_LOCKED),
	     BASE + P(N));
	WANT("locked_vm", task->mm->locked_vm, 4);
	WANT("a plain mmap is not asked",
	     map(task, BASE + P(N + 2), 3, RW, ANON | MAP_FIXED),
	     BASE + P(N + 2));
	task->euid = 0;
	WANT("nor is root",
	     map(task, BASE + P(N + 5), 3, RW, ANON | MAP_FIXED | MAP_LOCKED),
	     BASE + P(N + 5));
}

/* Random calls on 32 pages against an array of locks. */
static void lock_random(void)
{
	enum { PAGES = 32 };
	bool locked[PAGES] = { false };

	map_n(PAGES);
	for (unsigned round = 0; round < 500; round++) {
		unsigned at = unit_random(PAGES), n, sum = 0, runs = 1;
		bool on = unit_random(2);

		n = 1 + unit_random(PAGES - at);
		WANT(on ? "mlock" : "munlock",
		     on ? lock(BASE + P(at), P(n)) :
			  unlock(BASE + P(at), P(n)), 0);
		memset(locked + at, on, n);
		for (unsigned i = 0; i < PAGES; i++) {
			sum += locked[i];
			runs += i && locked[i] != locked[i - 1];
		}
		WANT("locked_vm after random calls", task->mm->locked_vm, sum);
		WANT("areas after random calls", areas_in(task, BASE, PAGES),
		     runs);
	}
}

int main(int argc, char **argv)
{
	static const struct unit_case cases[] = {
		CHECK("lock-some", lock_some), CHECK("on-fault", on_fault),
		CHECK("rounding", rounding), CHECK("holes", holes),
		CHECK("limit", limit), CHECK("limit-zero", limit_zero),
		CHECK("relock", relock), CHECK("unlocking", unlocking),
		CHECK("future", future), CHECK("lock-random", lock_random),
	};

	return check_main(argc, argv, cases, ARRAY_SIZE(cases));
}
