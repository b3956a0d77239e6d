// SPDX-License-Identifier: GPL-2.0
/* A hunt that notices every change of the pool. */
#include "../checks/hunt.h"

#define A 0x20000000ul
#define SECRET "SECRET-IS-LOCKED"

static void map_n(unsigned long n)
{
	assert_int_equal(map(task, A, n, RW, ANON | MAP_FIXED), A);
}

static long lock(unsigned long n)
{
	return U(task, sys_mlock(A, P(n)));
}

static void locked_stays(void)
{
	map_n(32);
	fill(task, A, 32, SECRET);
	assert_int_equal(lock(32), 0);
	assert_int_equal(map(task, A + P(100), 300, RW, ANON | MAP_FIXED),
			 A + P(100));
	fill(task, A + P(100), 300, "others");
	squeeze();
	assert_int_equal(host_disk_find(unit_swap, SECRET, 16), 0);
	assert_int_equal(mlocked_pages(task, A, 32), 32);
}

static void there_and_back(void)
{
	unsigned long slots = nr_swap_pages;

	map_n(32);
	fill(task, A, 32, SECRET);
	squeeze();
	assert_int_equal(swapped_pages(task, A, 32), 32);
	verify(task, A, 32, SECRET);
	assert_int_equal(U(task, sys_mlock2(A, P(32), MLOCK_ONFAULT)), 0);
	assert_int_equal(nr_swap_pages, slots);
	assert_int_equal(U(task, sys_munlock(A, P(32))), 0);
	fill(task, A, 32, "again");
	squeeze();
	verify(task, A, 32, "again");
}

static void limits(void)
{
	map_n(8);
	limit_memlock(task, P(4));
	assert_int_equal(lock(4), 0);
	assert_int_equal(lock(4), 0);
	assert_int_equal(lock(5), -ENOMEM);
	assert_int_equal(map(task, A + P(8), 1, RW,
			     ANON | MAP_FIXED | MAP_LOCKED), -EAGAIN);
	task->rlim[RLIMIT_STACK].rlim_cur = P(64);
	assert_int_equal(poke(task, HOST_STACK_TOP - P(64), 1), 0);
	assert_int_equal(poke(task, HOST_STACK_TOP - P(64) - 1, 1), SIGSEGV);
}

static void kinds_of_locks(void)
{
	map_n(8);
	assert_int_equal(U(task, sys_mlock2(A, P(4), MLOCK_ONFAULT)), 0);
	assert_int_equal(resident_pages(task, A, 8), 0);
	assert_int_equal(U(task, sys_munlock(A, P(8))), 0);
	assert_int_equal(areas_in(task, A, 8), 1);
	assert_int_equal(U(task, sys_mlockall(MCL_FUTURE)), 0);
	map_n(8);
	assert_int_equal(mlocked_pages(task, A, 8), 8);
	assert_int_equal(U(task, sys_munlockall()), 0);
	assert_int_equal(map(task, A, 2, PROT_NONE, ANON | MAP_FIXED), A);
	assert_int_equal(lock(2), -ENOMEM);
}

static void memlocked(void)
{
	assert_int_equal(host_exec(task, true), 0);
	map_n(2);
	assert_int_equal(mlocked_pages(task, A, 2), 2);
	assert_int_equal(U(task, sys_munlock(A, P(2))), -EINVAL);
}

static void permanent(void)
{
	unsigned long low = HOST_STACK_TOP - HOST_STACK_SIZE;

	assert_int_equal(host_exec(task, true), 0);
	assert_int_equal(unmap(task, low, 8), -EPERM);
	assert_int_equal(U(task, sys_munlock(low, HOST_STACK_SIZE)), -EPERM);
}

static void forked(void)
{
	struct task_struct *child;

	map_n(4);
	fill(task, A, 4, "parent");
	assert_int_equal(lock(2), 0);
	child = fork_of(task);
	assert_int_equal(child->mm->locked_vm, 0);
	fill(child, A, 4, "child");
	verify(task, A, 4, "parent");
	fill(task, A, 4, "again");
	verify(child, A, 4, "child");
}

static void rights(void)
{
	map_n(2);
	fill(task, A, 2, "x");
	assert_int_equal(U(task, sys_mprotect(A, P(2), PROT_READ)), 0);
	assert_int_equal(poke(task, A, 1), SIGSEGV);
}

static void cut(void)
{
	struct file *f = host_file_new(P(4), P(4), FMODE_READ);

	memset(host_inode(f)->data + P(2), 'c', 1);
	assert_int_equal(map_file(task, A, 4, PROT_READ,
				  MAP_PRIVATE | MAP_FIXED, f, 0), A);
	assert_int_equal(unmap(task, A + P(1), 1), 0);
	assert_int_equal(byte_at(task, A + P(2)), 'c');
	fput(f);
}

static void second_chance(void)
{
	map_n(96);
	fill(task, A, 96, "x");
	assert_int_equal(U(task, sys_madvise(A, P(96), MADV_COLD)), 0);
	for (int i = 0; i < 32; i++)
		byte_at(task, A + P(i));
	assert_true(try_to_free_pages(32) >= 32);
	unit_check();
	assert_int_equal(resident_pages(task, A, 32), 32);
}

int main(void)
{
	static const struct unit_case cases[] = {
		HUNT_ON(locked_stays, 512, 1024, NULL),
		HUNT_ON(there_and_back, 512, 256, NULL), HUNT(limits),
		HUNT(kinds_of_locks), HUNT_ON(memlocked, 1024, 0, "task"),
		HUNT_ON(permanent, 1024, 0, "vma"), HUNT(forked), HUNT(rights),
		HUNT(cut), HUNT_ON(second_chance, 400, 400, NULL),
	};

	return unit_main("hunt", cases, ARRAY_SIZE(cases));
}
