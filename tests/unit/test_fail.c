// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation of an operation fails, one after the other, once and for
 * good: the operation says ENOMEM or EAGAIN (or copes), invariants hold, and
 * nothing is lost.
 */
#include "unit.h"

#define A 0x20000000ul
#define B 0x30000000ul
#define FAR 0x555500000000ul

static struct file *file;
static struct task_struct *other;

static void nothing(void)
{
}

static void drop(void)
{
	struct task_struct *t = task;

	if (other) {
		leave(other);
		other = NULL;
	}
	unmap(t, A, 64);
	unmap(t, B, 64);
	unmap(t, FAR, 64);
	U(t, sys_munlockall());
	U(t, do_brk(t->mm, HOST_BRK_START));
	if (file) {
		fput(file);
		file = NULL;
	}
}

static void have_area(void)
{
	assert_int_equal(map(task, A, 16, RW, ANON | MAP_FIXED), A);
}

static void have_filled(void)
{
	have_area();
	fill(task, A, 16, "x");
}

static void have_swapped(void)
{
	have_filled();
	squeeze();
	assert_int_equal(swapped_pages(task, A, 16), 16);
}

static void have_shared(void)
{
	assert_int_equal(map(task, A, 16, RW, SHANON | MAP_FIXED), A);
	fill(task, A, 16, "x");
}

static void have_file(void)
{
	file = host_file_new(P(16), P(16), FMODE_READ | FMODE_WRITE);
}

static void have_fork(void)
{
	have_filled();
	other = fork_of(task);
}

static long result(long ret)
{
	return IS_ERR_VALUE(ret) ? ret : 0;
}

static long op_mmap(void)
{
	return result(map(task, FAR, 4, RW, ANON | MAP_FIXED));
}

static long op_mmap_locked(void)
{
	return result(map(task, FAR, 4, RW, ANON | MAP_FIXED | MAP_LOCKED));
}

static long op_mmap_shared(void)
{
	return result(map(task, FAR, 4, RW, SHANON | MAP_FIXED | MAP_LOCKED));
}

static long op_mmap_file(void)
{
	return result(map_file(task, FAR, 16, RW, MAP_PRIVATE | MAP_FIXED |
			       MAP_POPULATE, file, 0));
}

static long op_mmap_over(void)
{
	return result(map(task, A + P(4), 4, PROT_READ, ANON | MAP_FIXED));
}

static long op_munmap(void)
{
	return unmap(task, A + P(4), 4);
}

static long op_mprotect(void)
{
	return U(task, sys_mprotect(A + P(4), P(4), PROT_READ));
}

static long op_mlock(void)
{
	return U(task, sys_mlock(A + P(4), P(4)));
}

static long op_mlock_file(void)
{
	long ret = result(map_file(task, A, 16, PROT_READ, MAP_SHARED |
				   MAP_FIXED, file, 0));

	return ret ? ret : U(task, sys_mlock(A, P(16)));
}

static long op_mlockall(void)
{
	return U(task, sys_mlockall(MCL_CURRENT | MCL_FUTURE));
}

static long op_madvise(void)
{
	long ret = U(task, sys_madvise(A + P(4), P(4), MADV_DONTFORK));

	return ret;
}

static long op_pageout(void)
{
	return U(task, sys_madvise(A, P(16), MADV_PAGEOUT));
}

static long op_mremap_move(void)
{
	return result(U(task, sys_mremap(A + P(4), P(4), P(8), MREMAP_MAYMOVE |
					 MREMAP_FIXED, FAR)));
}

static long op_mremap_grow(void)
{
	return result(U(task, sys_mremap(A, P(16), P(32), MREMAP_MAYMOVE, 0)));
}

static long op_brk(void)
{
	U(task, do_brk(task->mm, HOST_BRK_START + P(4)));
	return 0;
}

static long op_touch(void)
{
	char byte = 1;
	long ret;

	unit_forget(task, A + P(3), 1);
	ret = host_user_write(task, A + P(3), &byte, 1);
	return ret ? ret : host_user_read(task, A + P(9), &byte, 1);
}

static long op_fork(void)
{
	struct task_struct *child = host_fork(task);

	if (IS_ERR(child))
		return PTR_ERR(child);
	other = child;
	return 0;
}

static long op_spawn(void)
{
	other = host_spawn("new", 1000);
	return other ? 0 : -ENOMEM;
}

static long op_file_write(void)
{
	long n = filemap_kwrite(file->f_mapping, "holdfast", 8,
				 &(u64){ P(3) - 4 });

	return n >= 0 ? 0 : n;
}

static long op_squeeze(void)
{
	squeeze();
	return 0;
}

static const struct alloc_test tests[] = {
	{ "mmap", nothing, op_mmap, drop },
	{ "mmap locked", nothing, op_mmap_locked, drop },
	{ "mmap shared", nothing, op_mmap_shared, drop },
	{ "mmap file", have_file, op_mmap_file, drop },
	{ "mmap over", have_filled, op_mmap_over, drop },
	{ "munmap", have_filled, op_munmap, drop },
	{ "mprotect", have_filled, op_mprotect, drop },
	{ "mlock", have_area, op_mlock, drop },
	{ "mlock of swapped", have_swapped, op_mlock, drop },
	{ "mlock of file", have_file, op_mlock_file, drop },
	{ "mlockall", have_area, op_mlockall, drop },
	{ "madvise", have_filled, op_madvise, drop },
	{ "pageout", have_filled, op_pageout, drop },
	{ "pageout shared", have_shared, op_pageout, drop },
	{ "mremap", have_filled, op_mremap_move, drop },
	{ "mremap of swapped", have_swapped, op_mremap_move, drop },
	{ "mremap after fork", have_fork, op_mremap_move, drop },
	{ "mremap growing", have_filled, op_mremap_grow, drop },
	{ "brk", nothing, op_brk, drop },
	{ "touch", have_area, op_touch, drop },
	{ "touch after fork", have_fork, op_touch, drop },
	{ "touch of swapped", have_swapped, op_touch, drop },
	{ "fork", have_filled, op_fork, drop },
	{ "fork of swapped", have_swapped, op_fork, drop },
	{ "fork of shared", have_shared, op_fork, drop },
	{ "spawn", nothing, op_spawn, drop },
	{ "file write", have_file, op_file_write, drop },
	{ "reclaim", have_filled, op_squeeze, drop },
};

/* What an earlier test left in caches must not look like a loss. */
static void warm_up(const struct alloc_test *t)
{
	t->prepare();
	t->op();
	t->cleanup();
}

static void each_fails(unsigned first, unsigned step)
{
	for (size_t i = first; i < ARRAY_SIZE(tests); i += step) {
		warm_up(&tests[i]);
		fail_each_alloc(&tests[i]);
	}
}

static void first_third(void) { each_fails(0, 3); }
static void second_third(void) { each_fails(1, 3); }
static void last_third(void) { each_fails(2, 3); }

static long op_swapoff(void)
{
	return do_swapoff(&unit_swap->bdev);
}

static void swapoff_fails_whole(void)
{
	have_swapped();
	for (long n = 0; n < 200; n++) {
		long ret;

		unit_arm_alloc(n, false);
		ret = op_swapoff();
		unit_arm_alloc(-1, false);
		host_check();
		if (!ret)
			break;
		assert_int_equal(ret, -ENOMEM);
		assert_true(swap_info[0].used);
		squeeze();
	}
	assert_false(swap_info[0].used);
	verify(task, A, 16, "x");
}

static void swapon_fails_whole(void)
{
	unsigned long free = nr_free_pages;

	assert_int_equal(do_swapoff(&unit_swap->bdev), 0);
	free = nr_free_pages;
	for (long n = 0; n < 200; n++) {
		long ret;

		unit_arm_alloc(n, false);
		ret = do_swapon(&unit_swap->bdev, "/dev/vdb", 0);
		unit_arm_alloc(-1, false);
		host_check();
		if (!ret)
			return;
		assert_int_equal(ret, -ENOMEM);
		assert_int_equal(nr_free_pages, free);
	}
	fail();
}

int main(void)
{
	static const struct unit_case cases[] = {
		CASE_MEM(first_third, 512, 256),
		CASE_MEM(second_third, 512, 256),
		CASE_MEM(last_third, 512, 256),
		CASE_MEM(swapoff_fails_whole, 512, 256),
		CASE_MEM(swapon_fails_whole, 512, 256),
	};

	return unit_main("fail", cases, ARRAY_SIZE(cases));
}
