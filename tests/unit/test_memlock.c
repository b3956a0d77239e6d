// SPDX-License-Identifier: GPL-2.0
/*
 * The lock designs: what a designated program may and may not undo under
 * memlock=none, task, vma and strict, and what each leaves open as described.
 */
#include <mm/memlock.h>

#include "unit.h"

#define A 0x20000000ul
#define STACK (HOST_STACK_TOP - HOST_STACK_SIZE)

static void designate(void)
{
	assert_int_equal(host_exec(task, true), 0);
	host_check();
}

static long map_plain(unsigned long pages)
{
	return map(task, A, pages, RW, ANON | MAP_FIXED);
}

static void choice(void)
{
	assert_string_equal(memlock_names(), "none, task, vma, strict");
	assert_int_equal(memlock_select("strange"), -EINVAL);
	assert_string_equal(memlock->name, "none");
	assert_int_equal(memlock_select("vma"), 0);
	assert_string_equal(memlock->name, "vma");
}

static void none_is_linux(void)
{
	designate();
	assert_false(mm_memlocked(task->mm));
	assert_int_equal(task->mm->locked_vm, 0);
	assert_int_equal(task->mm->def_flags, 0);
	assert_int_equal(U(task, sys_munlock(0, 0)), 0);
	assert_int_equal(U(task, sys_munlockall()), 0);
}

/* ---- task: the patch as posted ----------------------------------------- */

static void task_denies(void)
{
	designate();
	assert_true(mm_memlocked(task->mm));
	assert_int_equal(task->mm->def_flags, VM_LOCKED);
	assert_int_equal(task->mm->locked_vm, HOST_STACK_SIZE / PAGE_SIZE);
	assert_int_equal(map_plain(4), A);
	assert_int_equal(mlocked_pages(task, A, 4), 4);
	/* Before the arguments are looked at. */
	assert_int_equal(U(task, sys_munlock(0, 0)), -EINVAL);
	assert_int_equal(U(task, sys_munlock(1, 0)), -EINVAL);
	assert_int_equal(U(task, sys_munlock(A, P(4))), -EINVAL);
	assert_int_equal(U(task, sys_munlock(A, -1ul)), -EINVAL);
	assert_int_equal(U(task, sys_munlockall()), -EINVAL);
	assert_int_equal(U(task, sys_mlockall(0)), -EINVAL);
	assert_int_equal(mlocked_pages(task, A, 4), 4);
	assert_int_equal(U(task, sys_mlock(A, P(4))), 0);
}

static void task_locks_what_comes(void)
{
	unsigned long heap = HOST_BRK_START;

	designate();
	assert_int_equal(U(task, do_brk(task->mm, heap + P(2))), heap + P(2));
	assert_int_equal(mlocked_pages(task, heap, 2), 2);
	assert_int_equal(poke(task, STACK - P(3), 1), 0);
	assert_int_equal(flags_at(task, STACK - P(3)) & VM_LOCKED, VM_LOCKED);
	assert_int_equal(mlocked_pages(task, STACK - P(3), 1), 1);
}

static void task_ends_with_fork_and_exec(void)
{
	struct task_struct *child;

	designate();
	assert_int_equal(map_plain(2), A);
	child = fork_of(task);
	assert_false(mm_memlocked(child->mm));
	assert_int_equal(child->mm->locked_vm, 0);
	assert_int_equal(child->mm->def_flags, 0);
	assert_int_equal(U(child, sys_munlock(A, P(2))), 0);
	assert_int_equal(U(child, sys_munlockall()), 0);
	assert_int_equal(host_exec(task, false), 0);
	host_check();
	assert_false(mm_memlocked(task->mm));
	assert_int_equal(task->mm->locked_vm, 0);
	assert_int_equal(U(task, sys_munlockall()), 0);
}

/* The ways around it that the posted design has (A2, A4, A5, A6). */
static void task_holes_as_posted(void)
{
	designate();
	assert_int_equal(map_plain(4), A);
	assert_int_equal(U(task, sys_mlock2(A, P(1), MLOCK_ONFAULT)), 0);
	assert_int_equal(flags_at(task, A) & VM_LOCKONFAULT, VM_LOCKONFAULT);
	assert_int_equal(U(task, sys_madvise(A, P(4), 24)), 0);
	assert_int_equal(U(task, sys_mlockall(MCL_CURRENT)), 0);
	assert_int_equal(task->mm->def_flags, 0);
	assert_int_equal(map(task, A + P(8), 1, RW, ANON | MAP_FIXED),
			 A + P(8));
	assert_int_equal(flags_at(task, A + P(8)) & VM_LOCKED, 0);
	assert_int_equal(unmap(task, A, 4), 0);
	assert_int_equal(U(task, sys_munlockall()), -EINVAL);
}

static void task_keeps_off_the_disk(void)
{
	struct task_struct *hog = spawn("hog", 1000);
	long a;

	designate();
	assert_int_equal(map_plain(32), A);
	fill(task, A, 32, "SECRET-OF-MARKED");
	a = map(hog, 0, 500, RW, ANON);
	fill(hog, a, 500, "PLAIN-AND-LOOSE.");
	squeeze();
	assert_true(host_disk_find(unit_swap, "PLAIN-AND-LOOSE.", 16) > 0);
	assert_int_equal(host_disk_find(unit_swap, "SECRET-OF-MARKED", 16), 0);
	verify(task, A, 32, "SECRET-OF-MARKED");
}

/* ---- vma: its alternative ---------------------------------------------- */

static void vma_marks_what_exec_mapped(void)
{
	designate();
	assert_int_equal(flags_at(task, STACK) & (VM_LOCKED | VM_LOCKED_PERM),
			 VM_LOCKED | VM_LOCKED_PERM);
	assert_int_equal(task->mm->locked_vm, HOST_STACK_SIZE / PAGE_SIZE);
	assert_int_equal(map_plain(4), A);
	assert_int_equal(flags_at(task, A) & VM_LOCKED, 0);
	assert_int_equal(U(task, do_brk(task->mm, HOST_BRK_START + P(1))),
			 HOST_BRK_START + P(1));
	assert_int_equal(flags_at(task, HOST_BRK_START) & VM_LOCKED_PERM,
			 VM_LOCKED_PERM);
}

static void vma_denies(void)
{
	unsigned long n = HOST_STACK_SIZE, f;

	designate();
	f = flags_at(task, STACK);
	assert_int_equal(U(task, sys_munlock(0, 0)), 0);
	assert_int_equal(U(task, sys_munlock(STACK, n)), -EPERM);
	assert_int_equal(U(task, sys_munlock(STACK + P(1), P(1))), -EPERM);
	assert_int_equal(U(task, sys_munlock(STACK, -1ul - STACK + P(1))),
			 -EINVAL);
	assert_int_equal(U(task, sys_munlock(STACK, n + P(1))), -ENOMEM);
	assert_int_equal(U(task, sys_mlock2(STACK, n, MLOCK_ONFAULT)), -EPERM);
	assert_int_equal(U(task, sys_mlock(STACK, n)), 0);
	assert_int_equal(unmap(task, STACK, 1), -EPERM);
	assert_int_equal(map(task, STACK, 1, RW, ANON | MAP_FIXED), -EPERM);
	assert_int_equal(U(task, sys_mremap(STACK, n, n - P(1), 0, 0)),
			 -EPERM);
	assert_int_equal(U(task, sys_mremap(STACK, n, n, MREMAP_MAYMOVE |
					    MREMAP_FIXED, A)), -EPERM);
	assert_int_equal(U(task, sys_mremap(STACK, n, n, MREMAP_MAYMOVE |
					    MREMAP_DONTUNMAP, 0)), -EPERM);
	assert_int_equal(flags_at(task, STACK), f);
	assert_int_equal(task->mm->locked_vm, n / PAGE_SIZE);
}

static void vma_all_calls_pass_over(void)
{
	designate();
	assert_int_equal(map_plain(2), A);
	assert_int_equal(U(task, sys_mlockall(MCL_CURRENT | MCL_FUTURE |
					      MCL_ONFAULT)), 0);
	assert_int_equal(flags_at(task, STACK) & VM_LOCKED_MASK, VM_LOCKED);
	assert_int_equal(flags_at(task, A) & VM_LOCKED_MASK, VM_LOCKED_MASK);
	assert_int_equal(U(task, sys_munlockall()), 0);
	assert_int_equal(flags_at(task, STACK) & VM_LOCKED_MASK, VM_LOCKED);
	assert_int_equal(flags_at(task, A) & VM_LOCKED_MASK, 0);
	assert_int_equal(task->mm->def_flags, 0);
}

/* The whole range is asked before anything changes. */
static void vma_refuses_whole_ranges(void)
{
	unsigned long a = STACK - P(2);

	designate();
	/* The areas must touch, so the gap below the stack is not kept. */
	assert_int_equal(map(task, a, 2, RW, ANON | MAP_FIXED | MAP_LOCKED), a);
	assert_int_equal(U(task, sys_munlock(a, P(4))), -EPERM);
	assert_int_equal(flags_at(task, a) & VM_LOCKED, VM_LOCKED);
	assert_int_equal(unmap(task, a, 3), -EPERM);
	assert_true(vma_lookup(task->mm, a) != NULL);
	assert_int_equal(U(task, sys_munlock(a, P(2))), 0);
	assert_int_equal(unmap(task, a, 2), 0);
}

static void vma_fork_is_plain(void)
{
	struct task_struct *child;

	designate();
	assert_int_equal(poke(task, STACK, 1), 0);
	child = fork_of(task);
	assert_int_equal(flags_at(child, STACK) &
			 (VM_LOCKED | VM_LOCKED_PERM), 0);
	assert_int_equal(U(child, sys_munlock(STACK, P(1))), 0);
	assert_int_equal(unmap(child, STACK, 1), 0);
}

/* ---- strict: what the others leave open -------------------------------- */

#define DONTNEED_LOCKED 24

static void strict_denies(void)
{
	unsigned long all = MCL_CURRENT | MCL_FUTURE;
	unsigned long locked;

	designate();
	assert_true(mm_sealed(task->mm));
	assert_int_equal(map_plain(4), A);
	locked = task->mm->locked_vm;
	assert_int_equal(U(task, sys_munlock(A, 0)), 0);
	assert_int_equal(U(task, sys_munlock(A, -1ul - A + P(1))), -EINVAL);
	assert_int_equal(U(task, sys_munlock(A, P(5))), -ENOMEM);
	assert_int_equal(U(task, sys_munlock(A, P(1))), -EPERM);
	assert_int_equal(U(task, sys_munlockall()), -EPERM);
	assert_int_equal(U(task, sys_mlock2(A, P(1), MLOCK_ONFAULT)), -EPERM);
	assert_int_equal(U(task, sys_mlockall(all | MCL_ONFAULT)), -EPERM);
	assert_int_equal(U(task, sys_mlockall(MCL_CURRENT)), 0);
	assert_int_equal(task->mm->def_flags, VM_LOCKED);
	assert_int_equal(U(task, sys_madvise(A, P(4), DONTNEED_LOCKED)),
			 -EPERM);
	assert_int_equal(U(task, sys_madvise(A, P(4), MADV_MERGEABLE)),
			 -EPERM);
	assert_int_equal(U(task, sys_mremap(A, P(4), P(4), MREMAP_MAYMOVE |
					    MREMAP_DONTUNMAP, 0)), -EPERM);
	assert_int_equal(mlocked_pages(task, A, 4), 4);
	assert_int_equal(task->mm->locked_vm, locked);
	assert_int_equal(U(task, sys_mlock(A, P(4))), 0);
}

/* Unmapping is no unlocking: what comes in the place is locked. */
static void strict_replaces_by_locked(void)
{
	designate();
	assert_int_equal(map_plain(4), A);
	assert_int_equal(unmap(task, A, 2), 0);
	assert_int_equal(map(task, A, 4, RW, ANON | MAP_FIXED), A);
	assert_int_equal(mlocked_pages(task, A, 4), 4);
	assert_int_equal(U(task, sys_mremap(A, P(4), P(8), MREMAP_MAYMOVE, 0)),
			 A);
	assert_int_equal(mlocked_pages(task, A, 8), 8);
}

static void strict_child_is_sealed(void)
{
	struct task_struct *child;

	designate();
	assert_int_equal(map_plain(4), A);
	fill(task, A, 4, "SECRET-OF-MARKED");
	assert_int_equal(U(task, sys_madvise(A, P(1), MADV_WIPEONFORK)), 0);
	child = fork_of(task);
	assert_true(mm_sealed(child->mm));
	assert_int_equal(child->mm->locked_vm, task->mm->locked_vm);
	assert_int_equal(mlocked_pages(child, A, 4), 4);
	assert_int_equal(U(child, sys_munlock(A, P(4))), -EPERM);
	fill(child, A, 4, "CHILD-OF-MARKED.");
	assert_int_equal(mlocked_pages(task, A, 4), 4);
	host_exit(task);
	host_check();
	assert_int_equal(mlocked_pages(child, A, 4), 4);
}

static void strict_frames_are_erased(void)
{
	const u8 *frame;

	designate();
	assert_int_equal(map_plain(1), A);
	fill(task, A, 1, "SECRET-OF-MARKED");
	frame = page_address(pfn_to_page(pte_pfn(*pte_lookup(task->mm, A))));
	assert_memory_equal(frame, "SECRET-OF-MARKED", 16);
	assert_int_equal(unmap(task, A, 1), 0);
	for (unsigned i = 0; i < PAGE_SIZE; i++)
		assert_int_equal(frame[i], 0);
}

/* And what it shared stays off the disk for life, as do copies of it that a
 * plain task's private map makes. */
static void strict_keeps_off_the_disk(void)
{
	struct task_struct *hog = spawn("hog", 1000);
	struct file *f = host_shmem_new(P(4), FMODE_READ | FMODE_WRITE);
	long a;

	designate();
	assert_int_equal(map_plain(16), A);
	fill(task, A, 16, "SECRET-OF-MARKED");
	a = do_mmap(task->mm, f, 0, P(4), RW, MAP_SHARED, 0);
	fill(task, a, 4, "SHARED-OF-MARKED");
	assert_int_equal(unmap(task, a, 4), 0);
	fork_of(task);
	a = U(hog, do_mmap(hog->mm, f, 0, P(4), RW, MAP_PRIVATE, 0));
	for (unsigned i = 0; i < 4; i++)	/* a copy */
		assert_int_equal(host_user_write(hog, a + P(i) + 99, "", 1), 0);
	a = map(hog, 0, 500, RW, ANON);
	fill(hog, a, 500, "PLAIN-AND-LOOSE.");
	squeeze();
	assert_true(host_disk_find(unit_swap, "PLAIN-AND-LOOSE.", 16) > 0);
	assert_int_equal(host_disk_find(unit_swap, "SECRET-OF-MARKED", 16), 0);
	assert_int_equal(host_disk_find(unit_swap, "SHARED-OF-MARKED", 16), 0);
	fput(f);
}

static void strict_files_have_no_writers(void)
{
	struct file *f = host_file_new(P(4), P(4), FMODE_READ | FMODE_WRITE);
	struct file *ro = host_reopen(f, FMODE_READ);

	designate();
	assert_int_equal(do_mmap(task->mm, f, A, P(4), PROT_READ, MAP_PRIVATE |
				 MAP_FIXED, 0), -ETXTBSY);
	assert_int_equal(do_mmap(task->mm, f, A, P(4), RW, MAP_SHARED |
				 MAP_FIXED, 0), -EPERM);
	fput(f);
	assert_int_equal(do_mmap(task->mm, ro, A, P(4), PROT_READ, MAP_SHARED |
				 MAP_FIXED, 0), A);
	assert_true(file_writers_denied(ro));
	assert_int_equal(mlocked_pages(task, A, 4), 4);
	assert_int_equal(U(task, sys_mprotect(A, P(2), RW)), -EACCES);
	assert_int_equal(unmap(task, A + P(1), 1), 0);
	host_check();
	assert_int_equal(unmap(task, A, 4), 0);
	assert_false(file_writers_denied(ro));
	fput(ro);
}

/* Nothing is left half filled: a disk that fails, and memory that ends. */
static void strict_is_filled_or_not_there(void)
{
	struct file *f = host_file_new(P(4), P(4), FMODE_READ);
	unsigned long heap = HOST_BRK_START, locked;

	designate();
	locked = task->mm->locked_vm;
	host_inode(f)->lasting = true;
	host_inode(f)->fail_read = 3;
	assert_int_equal(do_mmap(task->mm, f, A, P(4), PROT_READ, MAP_PRIVATE |
				 MAP_FIXED, 0), -ENOMEM);
	assert_null(vma_lookup(task->mm, A));
	assert_int_equal(task->mm->locked_vm, locked);
	host_check();
	assert_int_equal(do_mmap(task->mm, f, A, P(4), PROT_NONE, MAP_PRIVATE |
				 MAP_FIXED, 0), A);
	assert_int_equal(truncate_hole(f->f_mapping, 0, P(4)), 0);
	host_inode(f)->fail_read = 1;
	assert_int_equal(U(task, sys_mprotect(A, P(4), PROT_READ)), -ENOMEM);
	assert_int_equal(flags_at(task, A) & VM_ACCESS_FLAGS, 0);
	host_inode(f)->fail_read = 0;
	assert_int_equal(U(task, sys_mprotect(A, P(4), PROT_READ)), 0);
	assert_int_equal(mlocked_pages(task, A, 4), 4);
	assert_int_equal(map(task, 0, 100000, RW, ANON), -ENOMEM);
	assert_int_equal(U(task, do_brk(task->mm, heap + P(100000))), heap);
	fput(f);
}

/* No limit of its own ends what it is (A20). */
static void strict_knows_no_limit(void)
{
	designate();
	task->uid = task->euid = 1000;
	task->rlim[RLIMIT_MEMLOCK] = (struct rlimit){ 0, 0 };
	assert_int_equal(map_plain(4), A);
	assert_int_equal(U(task, sys_mlock(A, P(4))), 0);
	assert_int_equal(U(task, sys_mlockall(MCL_CURRENT)), 0);
	assert_int_equal(mlocked_pages(task, A, 4), 4);
}

int main(void)
{
	static const struct unit_case cases[] = {
		CASE(choice), CASE(none_is_linux),
		CASE_LOCK(task_denies, "task"),
		CASE_LOCK(task_locks_what_comes, "task"),
		CASE_LOCK(task_ends_with_fork_and_exec, "task"),
		CASE_LOCK(task_holes_as_posted, "task"),
		{ "task_keeps_off_the_disk", task_keeps_off_the_disk, 400, 600,
		  "task", false },
		CASE_LOCK(vma_marks_what_exec_mapped, "vma"),
		CASE_LOCK(vma_denies, "vma"),
		CASE_LOCK(vma_all_calls_pass_over, "vma"),
		CASE_LOCK(vma_refuses_whole_ranges, "vma"),
		CASE_LOCK(vma_fork_is_plain, "vma"),
		CASE_LOCK(strict_denies, "strict"),
		CASE_LOCK(strict_replaces_by_locked, "strict"),
		CASE_LOCK(strict_frames_are_erased, "strict"),
		CASE_LOCK(strict_child_is_sealed, "strict"),
		{ "strict_keeps_off_the_disk", strict_keeps_off_the_disk, 400,
		  600, "strict", false },
		CASE_LOCK(strict_files_have_no_writers, "strict"),
		CASE_LOCK(strict_is_filled_or_not_there, "strict"),
		CASE_LOCK(strict_knows_no_limit, "strict"),
	};

	return unit_main("memlock", cases, ARRAY_SIZE(cases));
}
