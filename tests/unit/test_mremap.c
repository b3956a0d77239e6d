// SPDX-License-Identifier: GPL-2.0
/*
 * mremap(2): areas, contents and locks move together; what is shared with a
 * forked task is copied, not torn apart (mm/mremap.c, mm/rmap.c).
 */
#include "unit.h"

#define A 0x20000000ul
#define B 0x30000000ul

static long remap(struct task_struct *t, unsigned long from, unsigned long old,
		  unsigned long new, unsigned long flags, unsigned long to)
{
	return U(t, sys_mremap(from, P(old), P(new), flags, to));
}

static void map_at(unsigned long addr, unsigned long pages, unsigned long flags)
{
	assert_int_equal(map(task, addr, pages, RW, ANON | MAP_FIXED | flags),
			 addr);
}

static void in_place(void)
{
	map_at(A, 4, 0);
	fill(task, A, 4, "x");
	assert_int_equal(remap(task, A, 4, 8, 0, 0), A);
	assert_int_equal(areas_in(task, A, 8), 1);
	fill(task, A, 8, "x");
	assert_int_equal(remap(task, A, 8, 2, 0, 0), A);
	verify(task, A, 2, "x");
	assert_int_equal(poke(task, A + P(2), 1), SIGSEGV);
	map_at(A + P(2), 1, MAP_LOCKED);
	assert_int_equal(remap(task, A, 2, 3, 0, 0), -ENOMEM);
}

static void moves_contents(void)
{
	long to;

	map_at(A, 4, 0);
	fill(task, A, 4, "x");
	assert_int_equal(remap(task, A, 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED,
			       B), B);
	verify(task, B, 4, "x");
	assert_int_equal(poke(task, A, 1), SIGSEGV);
	map_at(B + P(4), 1, MAP_LOCKED);
	to = remap(task, B, 4, 6, MREMAP_MAYMOVE, 0);
	assert_true(to > 0 && to != B);
	verify(task, to, 4, "x");
	assert_int_equal(byte_at(task, to + P(5)), 0);
	fill(task, to, 6, "y");
	verify(task, to, 6, "y");
}

static void middle_piece(void)
{
	map_at(A, 6, 0);
	fill(task, A, 6, "x");
	assert_int_equal(remap(task, A + P(2), 2, 2,
			       MREMAP_MAYMOVE | MREMAP_FIXED, B), B);
	assert_int_equal(areas_in(task, A, 6), 2);
	assert_int_equal(byte_at(task, B), 'x');
	/* Back: everything joins again. */
	assert_int_equal(remap(task, B, 2, 2, MREMAP_MAYMOVE | MREMAP_FIXED,
			       A + P(2)), A + P(2));
	assert_int_equal(areas_in(task, A, 6), 1);
	verify(task, A, 6, "x");
}

/* After fork a moved page may have one address only in its family. */
static void move_after_fork(void)
{
	struct task_struct *child;

	map_at(A, 4, 0);
	fill(task, A, 4, "both");
	child = fork_of(task);
	assert_int_equal(remap(task, A, 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED,
			       B), B);
	verify(task, B, 4, "both");
	verify(child, A, 4, "both");
	fill(task, B, 4, "parent");
	verify(child, A, 4, "both");
	assert_int_equal(remap(child, A, 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED,
			       B + P(8)), B + P(8));
	verify(child, B + P(8), 4, "both");
	verify(task, B, 4, "parent");
}

static void move_swapped_after_fork(void)
{
	struct task_struct *child;

	map_at(A, 8, 0);
	fill(task, A, 8, "both");
	child = fork_of(task);
	squeeze();
	assert_int_equal(swapped_pages(task, A, 8), 8);
	assert_int_equal(remap(task, A, 8, 8, MREMAP_MAYMOVE | MREMAP_FIXED,
			       B), B);
	squeeze();
	verify(task, B, 8, "both");
	verify(child, A, 8, "both");
	squeeze();
	fill(task, B, 8, "parent");
	squeeze();
	verify(child, A, 8, "both");
	verify(task, B, 8, "parent");
}

/* The parent has the page back, in the swap cache, and the child still names
 * the slot: no longer the only entry for that page. */
static void move_of_a_cached_slot(void)
{
	struct task_struct *child;

	map_at(A, 8, 0);
	fill(task, A, 8, "both");
	child = fork_of(task);
	squeeze();
	verify(task, A, 8, "both");
	assert_int_equal(swapped_pages(child, A, 8), 8);
	assert_int_equal(remap(child, A, 8, 8, MREMAP_MAYMOVE | MREMAP_FIXED,
			       B), B);
	verify(child, B, 8, "both");
	fill(child, B, 8, "child");
	verify(task, A, 8, "both");
}

static void move_of_shared_memory(void)
{
	struct task_struct *child;
	long s = map(task, A, 4, RW, SHANON | MAP_FIXED);

	child = fork_of(task);
	fill(task, s, 4, "x");
	assert_int_equal(remap(task, A, 4, 4, MREMAP_MAYMOVE | MREMAP_FIXED,
			       B), B);
	fill(child, A, 4, "y");
	verify(task, B, 4, "y");
	/* old_len 0: a second mapping. */
	s = remap(task, B, 0, 4, MREMAP_MAYMOVE, 0);
	assert_true(s > 0);
	verify(task, s, 4, "y");
	verify(task, B, 4, "y");
}

/* semantics.md 2.2 */
static void locks_travel(void)
{
	map_at(A, 4, MAP_LOCKED);
	assert_int_equal(remap(task, A, 4, 6, 0, 0), A);
	assert_int_equal(task->mm->locked_vm, 6);
	assert_int_equal(mlocked_pages(task, A, 6), 6);
	assert_int_equal(remap(task, A, 6, 5, 0, 0), A);
	assert_int_equal(task->mm->locked_vm, 5);
	assert_int_equal(nr_mlock, 5);
	assert_int_equal(remap(task, A + P(1), 2, 3,
			       MREMAP_MAYMOVE | MREMAP_FIXED, B), B);
	assert_int_equal(task->mm->locked_vm, 6);
	assert_int_equal(mlocked_pages(task, B, 3), 3);
	assert_int_equal(mlocked_pages(task, A, 5), 3);
	limit_memlock(task, P(6));
	assert_int_equal(remap(task, B, 3, 4, MREMAP_MAYMOVE, 0), -EAGAIN);
}

static void on_fault_is_not_filled(void)
{
	map_at(A, 2, 0);
	assert_int_equal(U(task, sys_mlock2(A, P(2), MLOCK_ONFAULT)), 0);
	assert_int_equal(remap(task, A, 2, 4, 0, 0), A);
	assert_int_equal(task->mm->locked_vm, 4);
	assert_int_equal(resident_pages(task, A, 4), 0);
}

static void dontunmap(void)
{
	unsigned long flags = MREMAP_MAYMOVE | MREMAP_DONTUNMAP;
	long to;

	map_at(A, 4, MAP_LOCKED);
	fill(task, A, 4, "x");
	to = remap(task, A, 4, 4, flags, 0);
	assert_true(to > 0);
	verify(task, to, 4, "x");
	assert_int_equal(task->mm->locked_vm, 4);
	assert_int_equal(flags_at(task, A) & VM_LOCKED, 0);
	assert_int_equal(resident_pages(task, A, 4), 0);
	assert_int_equal(byte_at(task, A), 0);
	assert_int_equal(remap(task, A, 4, 5, flags, 0), -EINVAL);
}

static void plain_area_grows_plain(void)
{
	map_at(A, 2, 0);
	assert_int_equal(U(task, sys_mlockall(MCL_FUTURE)), 0);
	assert_int_equal(remap(task, A, 2, 4, 0, 0), A);
	assert_int_equal(task->mm->locked_vm, 0);
}

static void errors(void)
{
	unsigned long fixed = MREMAP_MAYMOVE | MREMAP_FIXED;

	map_at(A, 4, 0);
	assert_int_equal(remap(task, A + 1, 1, 1, 0, 0), -EINVAL);
	assert_int_equal(remap(task, A, 1, 0, 0, 0), -EINVAL);
	assert_int_equal(remap(task, A, 1, 1, 8, 0), -EINVAL);
	assert_int_equal(remap(task, A, 1, 1, MREMAP_FIXED, B), -EINVAL);
	assert_int_equal(remap(task, A, 2, 2, fixed, A + P(1)), -EINVAL);
	assert_int_equal(remap(task, A, 2, 2, fixed, B + 1), -EINVAL);
	assert_int_equal(remap(task, A, 2, 2, fixed, TASK_SIZE - P(1)),
			 -EINVAL);
	assert_int_equal(remap(task, B, 1, 2, MREMAP_MAYMOVE, 0), -EFAULT);
	assert_int_equal(remap(task, A, 5, 6, MREMAP_MAYMOVE, 0), -EFAULT);
	assert_int_equal(remap(task, A, 0, 1, MREMAP_MAYMOVE, 0), -EINVAL);
}

int main(void)
{
	static const struct unit_case cases[] = {
		CASE(in_place), CASE(moves_contents), CASE(middle_piece),
		CASE(move_after_fork),
		CASE_MEM(move_swapped_after_fork, 256, 256),
		CASE_MEM(move_of_a_cached_slot, 256, 256),
		CASE(move_of_shared_memory), CASE(locks_travel),
		CASE(on_fault_is_not_filled), CASE(dontunmap),
		CASE(plain_area_grows_plain), CASE(errors),
	};

	return unit_main("mremap", cases, ARRAY_SIZE(cases));
}
