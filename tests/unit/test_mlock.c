// SPDX-License-Identifier: GPL-2.0
/*
 * The mlock family against the tables of the specification (semantics.md,
 * sections 1 and 2): rows of area kinds and calls, with what they return, what
 * becomes of lo, onf and locked_vm, and which pages are resident and mlocked.
 */
#include "unit.h"

#define BASE 0x20000000ul

/* ---- 1.1, 1.2: arguments ----------------------------------------------- */

enum call { MLOCK, MLOCK_ONF, MUNLOCK };

static long call_lock(struct task_struct *t, enum call c, unsigned long start,
		      unsigned long len)
{
	if (c == MLOCK)
		return U(t, sys_mlock(start, len));
	if (c == MLOCK_ONF)
		return U(t, sys_mlock2(start, len, MLOCK_ONFAULT));
	return U(t, sys_munlock(start, len));
}

struct range_row {
	unsigned long start, len;	/* start: offset to BASE, or ABS */
	long ret;
	unsigned locked;		/* pages, by mlock with capability */
};
#define ABS (1ul << 63)

static const struct range_row range_rows[] = {
	{ 0, 0, 0, 0 },
	{ 0, -1ul, 0, 0 }, { 0, -4095ul, 0, 0 }, { 1, -1ul, 0, 0 },
	{ 1, 0, 0, 1 }, { 5, -1ul, 0, 1 },
	{ 4095, 1, 0, 1 }, { 4095, 2, 0, 2 }, { 0, 1, 0, 1 },
	{ 0, 4096, 0, 1 }, { 0, 4097, 0, 2 },
	{ 0, -4096ul, -EINVAL, 0 }, { 0, 0ul - BASE, -EINVAL, 0 },
	{ ABS, 4096, -ENOMEM, 0 }, { ABS | 4096, 1, -ENOMEM, 0 },
	{ 4 * 4096, 4096, -ENOMEM, 0 }, { 0, 5 * 4096, -ENOMEM, 4 },
};

static void arguments(void)
{
	assert_int_equal(map(task, BASE, 4, RW, ANON | MAP_FIXED), BASE);
	task->euid = 0;
	for (size_t i = 0; i < ARRAY_SIZE(range_rows); i++) {
		const struct range_row *r = &range_rows[i];
		unsigned long start = r->start & ABS ? r->start & ~ABS :
						       BASE + r->start;

		for (enum call c = MLOCK; c <= MUNLOCK; c++) {
			long ret = call_lock(task, c, start, r->len);

			if (ret != r->ret)
				fail_msg("row %zu, call %d: %ld", i, c, ret);
			if (c != MUNLOCK && task->mm->locked_vm != r->locked)
				fail_msg("row %zu, call %d: locked %lu", i, c,
					 task->mm->locked_vm);
			if (c != MUNLOCK)
				U(task, sys_munlockall());
		}
	}
	assert_int_equal(U(task, sys_mlock2(0, 0, 2)), -EINVAL);
	assert_int_equal(U(task, sys_mlock2(BASE, P(1), 3)), -EINVAL);
	assert_int_equal(U(task, sys_mlock2(BASE, P(1), 0)), 0);
	assert_int_equal(flags_at(task, BASE) & VM_LOCKED_MASK, VM_LOCKED);
}

struct limit_row {
	unsigned long limit;		/* bytes */
	unsigned before;		/* pages of the area locked before */
	unsigned long start, pages;	/* then mlock of these */
	long ret;
};

/* 1.2, rules 2 and 3: area of 8 pages, no capability. */
static const struct limit_row limit_rows[] = {
	{ 0, 0, 0, 1, -EPERM }, { 0, 0, 0, 0, -EPERM },
	{ 1, 0, 0, 1, -ENOMEM }, { 4095, 0, 0, 1, -ENOMEM },
	{ 4096, 0, 0, 1, 0 }, { 4096, 0, 0, 2, -ENOMEM },
	{ 4 * 4096, 4, 0, 4, 0 }, { 4 * 4096, 4, 2, 2, 0 },
	{ 4 * 4096, 4, 2, 3, -ENOMEM }, { 4 * 4096, 2, 0, 4, 0 },
	{ 4 * 4096, 2, 0, 5, -ENOMEM }, { 5 * 4096, 4, 0, 5, 0 },
	{ 2 * 4096, 4, 0, 0, -ENOMEM }, { 2 * 4096, 4, 0, 4, -ENOMEM },
	{ 1 * 4096, 4, 0, 2, -ENOMEM },
};

static void limits(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(limit_rows); i++) {
		const struct limit_row *r = &limit_rows[i];
		unsigned long full = 8ul << 20;
		long ret;

		assert_int_equal(map(task, BASE, 8, RW, ANON | MAP_FIXED),
				 BASE);
		limit_memlock(task, full);
		assert_int_equal(call_lock(task, MLOCK, BASE, P(r->before)),
				 0);
		limit_memlock(task, r->limit);
		ret = call_lock(task, MLOCK, BASE + P(r->start), P(r->pages));
		if (ret != r->ret)
			fail_msg("row %zu: %ld", i, ret);
		if (ret)
			assert_int_equal(task->mm->locked_vm, r->before);
		assert_int_equal(call_lock(task, MUNLOCK, BASE, P(8)), 0);
		assert_int_equal(task->mm->locked_vm, 0);
	}
	limit_memlock(task, 4096);
	task->euid = 0;
	assert_int_equal(call_lock(task, MLOCK, BASE, P(8)), 0);
}

static void holes(void)
{
	assert_int_equal(map(task, BASE, 8, RW, ANON | MAP_FIXED), BASE);
	fill(task, BASE, 1, "x");
	assert_int_equal(unmap(task, BASE + P(3), 1), 0);
	assert_int_equal(call_lock(task, MLOCK, BASE, P(8)), -ENOMEM);
	/* Flags up to the hole; what was there is mlocked; no populate. */
	assert_int_equal(task->mm->locked_vm, 3);
	assert_int_equal(resident_pages(task, BASE, 8), 1);
	assert_int_equal(mlocked_pages(task, BASE, 8), 1);
	assert_int_equal(call_lock(task, MUNLOCK, BASE, P(8)), -ENOMEM);
	assert_int_equal(task->mm->locked_vm, 0);
	assert_int_equal(nr_mlock, 0);
}

/* ---- 1.3, 1.4: areas --------------------------------------------------- */

enum kind { ANON_KIND, SHANON_KIND, FILE_PRIVATE, FILE_SHARED, FILE_SHORT };

struct area_row {
	enum kind kind;
	unsigned long prot;
	long ret;
	unsigned resident, mlocked, anon;	/* of 4 pages, after mlock */
};

/* FILE_SHORT: 2 of 4 pages lie in the file. */
static const struct area_row area_rows[] = {
	{ ANON_KIND, PROT_READ | PROT_WRITE, 0, 4, 4, 4 },
	{ ANON_KIND, PROT_READ, 0, 4, 0, 0 },
	{ ANON_KIND, PROT_EXEC, 0, 4, 0, 0 },
	{ ANON_KIND, PROT_WRITE, 0, 4, 4, 4 },
	{ ANON_KIND, PROT_NONE, -ENOMEM, 0, 0, 0 },
	{ SHANON_KIND, PROT_READ | PROT_WRITE, 0, 4, 4, 0 },
	{ SHANON_KIND, PROT_READ, 0, 4, 4, 0 },
	{ SHANON_KIND, PROT_NONE, -ENOMEM, 0, 0, 0 },
	{ FILE_PRIVATE, PROT_READ, 0, 4, 4, 0 },
	{ FILE_PRIVATE, PROT_READ | PROT_WRITE, 0, 4, 4, 4 },
	{ FILE_PRIVATE, PROT_READ | PROT_EXEC, 0, 4, 4, 0 },
	{ FILE_SHARED, PROT_READ | PROT_WRITE, 0, 4, 4, 0 },
	{ FILE_SHARED, PROT_READ, 0, 4, 4, 0 },
	{ FILE_SHORT, PROT_READ, -ENOMEM, 2, 2, 0 },
	{ FILE_SHORT, PROT_READ | PROT_WRITE, -ENOMEM, 2, 2, 2 },
};

static void map_kind(enum kind kind, unsigned long prot, unsigned long extra)
{
	unsigned long flags = MAP_FIXED | extra;
	struct file *f = NULL;

	if (kind == ANON_KIND)
		flags |= ANON;
	else if (kind == SHANON_KIND)
		flags |= SHANON;
	else
		flags |= kind == FILE_SHARED ? MAP_SHARED : MAP_PRIVATE;
	if (kind >= FILE_PRIVATE)
		f = host_file_new(kind == FILE_SHORT ? P(2) : P(4), P(4),
				  FMODE_READ | FMODE_WRITE);
	assert_int_equal(map_file(task, BASE, 4, prot, flags, f, 0), BASE);
	if (f)
		fput(f);
}

static unsigned anon_pages(unsigned long addr, unsigned pages)
{
	unsigned n = 0;

	for (unsigned i = 0; i < pages; i++) {
		struct page *p = page_at(task, addr + P(i));

		n += p && page_test(p, PG_anon);
	}
	return n;
}

static void expect_area(size_t i, const struct area_row *r, const char *what)
{
	unsigned res = resident_pages(task, BASE, 4);
	unsigned locked = mlocked_pages(task, BASE, 4);
	unsigned anon = anon_pages(BASE, 4);

	if (res != r->resident || locked != r->mlocked || anon != r->anon)
		fail_msg("row %zu, %s: %u resident, %u mlocked, %u anon", i,
			 what, res, locked, anon);
	assert_int_equal(task->mm->locked_vm, 4);
}

/* mlock, MAP_LOCKED, MCL_FUTURE, MCL_CURRENT fill the same pages; only mlock
 * tells of what it could not fill. */
static void kinds_of_areas(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(area_rows); i++) {
		const struct area_row *r = &area_rows[i];
		long ret;

		map_kind(r->kind, r->prot, 0);
		ret = call_lock(task, MLOCK, BASE, P(4));
		if (ret != r->ret)
			fail_msg("row %zu: %ld", i, ret);
		expect_area(i, r, "mlock");
		assert_int_equal(call_lock(task, MUNLOCK, BASE, P(4)), 0);
		assert_int_equal(nr_mlock, 0);

		map_kind(r->kind, r->prot, MAP_LOCKED);
		expect_area(i, r, "MAP_LOCKED");
		assert_int_equal(unmap(task, BASE, 4), 0);

		assert_int_equal(U(task, sys_mlockall(MCL_FUTURE)), 0);
		map_kind(r->kind, r->prot, 0);
		expect_area(i, r, "MCL_FUTURE");
		assert_int_equal(U(task, sys_munlockall()), 0);
		assert_int_equal(unmap(task, BASE, 4), 0);
	}
}

static void on_fault(void)
{
	assert_int_equal(map(task, BASE, 4, RW, ANON | MAP_FIXED), BASE);
	fill(task, BASE, 1, "x");
	assert_int_equal(call_lock(task, MLOCK_ONF, BASE, P(4)), 0);
	assert_int_equal(flags_at(task, BASE) & VM_LOCKED_MASK,
			 VM_LOCKED_MASK);
	assert_int_equal(resident_pages(task, BASE, 4), 1);
	assert_int_equal(mlocked_pages(task, BASE, 4), 1);
	fill(task, BASE + P(2), 1, "x");
	assert_int_equal(mlocked_pages(task, BASE, 4), 2);
	assert_int_equal(task->mm->locked_vm, 4);
	/* mlock over onf fills; mlock2 over lo keeps the pages. */
	assert_int_equal(call_lock(task, MLOCK, BASE, P(4)), 0);
	assert_int_equal(mlocked_pages(task, BASE, 4), 4);
	assert_int_equal(flags_at(task, BASE) & VM_LOCKED_MASK, VM_LOCKED);
	assert_int_equal(call_lock(task, MLOCK_ONF, BASE, P(4)), 0);
	assert_int_equal(mlocked_pages(task, BASE, 4), 4);
	assert_int_equal(task->mm->locked_vm, 4);
	/* n locks, one munlock. */
	assert_int_equal(call_lock(task, MUNLOCK, BASE, P(4)), 0);
	assert_int_equal(nr_mlock, 0);
}

/* ---- 1.5: mlockall ----------------------------------------------------- */

struct all_row {
	int flags;
	long ret;
	unsigned long area, def;	/* lock bits afterwards */
	unsigned mlocked;		/* of 4 absent pages */
};

#define LO VM_LOCKED
#define LOONF VM_LOCKED_MASK
static const struct all_row all_rows[] = {
	{ 0, -EINVAL, 0, 0, 0 }, { 4, -EINVAL, 0, 0, 0 },
	{ 8, -EINVAL, 0, 0, 0 }, { 9, -EINVAL, 0, 0, 0 },
	{ 1, 0, LO, 0, 4 }, { 2, 0, 0, LO, 0 }, { 3, 0, LO, LO, 4 },
	{ 5, 0, LOONF, 0, 0 }, { 6, 0, 0, LOONF, 0 }, { 7, 0, LOONF, LOONF, 0 },
};

static void mlockall_rows(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(all_rows); i++) {
		const struct all_row *r = &all_rows[i];
		long ret;

		assert_int_equal(map(task, BASE, 4, RW, ANON | MAP_FIXED),
				 BASE);
		ret = U(task, sys_mlockall(r->flags));
		if (ret != r->ret ||
		    (flags_at(task, BASE) & VM_LOCKED_MASK) != r->area ||
		    task->mm->def_flags != r->def ||
		    mlocked_pages(task, BASE, 4) != r->mlocked)
			fail_msg("row %zu: %ld, area %lx, def %lx", i, ret,
				 flags_at(task, BASE), task->mm->def_flags);
		assert_int_equal(U(task, sys_munlockall()), 0);
		assert_int_equal(task->mm->def_flags, 0);
		assert_int_equal(task->mm->locked_vm, 0);
		assert_int_equal(unmap(task, BASE, 4), 0);
	}
}

static void mlockall_limits(void)
{
	unsigned long total;

	assert_int_equal(map(task, BASE, 4, PROT_NONE, ANON | MAP_FIXED),
			 BASE);
	total = task->mm->total_vm;
	limit_memlock(task, 0);
	assert_int_equal(U(task, sys_mlockall(0)), -EINVAL);
	assert_int_equal(U(task, sys_mlockall(MCL_CURRENT)), -EPERM);
	assert_int_equal(U(task, sys_mlockall(MCL_FUTURE)), -EPERM);
	limit_memlock(task, P(total) - 1);
	assert_int_equal(U(task, sys_mlockall(MCL_CURRENT)), -ENOMEM);
	assert_int_equal(task->mm->locked_vm, 0);
	assert_int_equal(U(task, sys_mlockall(MCL_FUTURE)), 0);
	limit_memlock(task, P(total));
	assert_int_equal(U(task, sys_mlockall(MCL_CURRENT)), 0);
	assert_int_equal(task->mm->locked_vm, total);
	/* 1.7: future locks are checked against the caller's limit. */
	assert_int_equal(U(task, sys_mlockall(MCL_CURRENT | MCL_FUTURE)), 0);
	assert_int_equal(map(task, 0, 1, PROT_NONE, ANON), -EAGAIN);
	assert_int_equal(map(task, BASE, 4, RW, ANON | MAP_FIXED), -EAGAIN);
	assert_int_equal(flags_at(task, BASE) & VM_WRITE, 0);
	assert_int_equal(U(task, do_brk(task->mm, HOST_BRK_START + 1)),
			 HOST_BRK_START);
	assert_int_equal(poke(task, HOST_STACK_TOP - HOST_STACK_SIZE - 1, 1),
			 SIGSEGV);
	assert_int_equal(U(task, sys_munlockall()), 0);
	limit_memlock(task, 0);
	assert_int_equal(map(task, 0, 1, RW, ANON | MAP_LOCKED), -EPERM);
	limit_memlock(task, 4096);
	assert_int_equal(map(task, 0, 2, RW, ANON | MAP_LOCKED), -EAGAIN);
	assert_true(map(task, 0, 1, RW, ANON | MAP_LOCKED) > 0);
}

/* ---- 2: how the flags travel ------------------------------------------- */

static void merging(void)
{
	assert_int_equal(map(task, BASE, 8, RW, ANON | MAP_FIXED), BASE);
	assert_int_equal(call_lock(task, MLOCK, BASE + P(2), P(4)), 0);
	assert_int_equal(areas_in(task, BASE, 8), 3);
	assert_int_equal(call_lock(task, MLOCK_ONF, BASE + P(3), P(1)), 0);
	assert_int_equal(areas_in(task, BASE, 8), 5);
	assert_int_equal(call_lock(task, MUNLOCK, BASE, P(8)), 0);
	assert_int_equal(areas_in(task, BASE, 8), 1);
}

static void munmap_and_fixed(void)
{
	assert_int_equal(map(task, BASE, 4, RW, ANON | MAP_FIXED | MAP_LOCKED),
			 BASE);
	assert_int_equal(unmap(task, BASE + P(3), 1), 0);
	assert_int_equal(task->mm->locked_vm, 3);
	assert_int_equal(map(task, BASE, 1, RW, ANON | MAP_FIXED), BASE);
	assert_int_equal(task->mm->locked_vm, 2);
	assert_int_equal(nr_mlock, 2);
	assert_int_equal(flags_at(task, BASE) & VM_LOCKED, 0);
}

static void brk_takes_def_flags(void)
{
	unsigned long heap = HOST_BRK_START;

	assert_int_equal(U(task, do_brk(task->mm, heap + P(2))), heap + P(2));
	assert_int_equal(call_lock(task, MLOCK, heap, P(2)), 0);
	assert_int_equal(U(task, do_brk(task->mm, heap + P(4))), heap + P(4));
	assert_int_equal(task->mm->locked_vm, 2);
	assert_int_equal(areas_in(task, heap, 4), 2);
	assert_int_equal(U(task, sys_mlockall(MCL_FUTURE)), 0);
	assert_int_equal(U(task, do_brk(task->mm, heap + P(6))), heap + P(6));
	assert_int_equal(task->mm->locked_vm, 4);
	assert_int_equal(mlocked_pages(task, heap + P(4), 2), 2);
	assert_int_equal(U(task, do_brk(task->mm, heap)), heap);
	assert_int_equal(task->mm->locked_vm, 0);
}

static void mprotect_and_locks(void)
{
	assert_int_equal(map(task, BASE, 2, PROT_READ,
			     ANON | MAP_FIXED | MAP_LOCKED), BASE);
	assert_int_equal(mlocked_pages(task, BASE, 2), 0);
	assert_int_equal(U(task, sys_mprotect(BASE, P(2), RW)), 0);
	assert_int_equal(mlocked_pages(task, BASE, 2), 2);
	assert_int_equal(U(task, sys_mprotect(BASE, P(2), PROT_NONE)), 0);
	assert_int_equal(mlocked_pages(task, BASE, 2), 2);
	assert_int_equal(flags_at(task, BASE) & VM_LOCKED, VM_LOCKED);
	/* PROT_NONE -> r-- does not populate. */
	assert_int_equal(map(task, BASE, 2, PROT_NONE,
			     SHANON | MAP_FIXED | MAP_LOCKED), BASE);
	assert_int_equal(U(task, sys_mprotect(BASE, P(2), PROT_READ)), 0);
	assert_int_equal(resident_pages(task, BASE, 2), 0);
}

static void stack_growth(void)
{
	unsigned long low = HOST_STACK_TOP - HOST_STACK_SIZE;

	assert_int_equal(call_lock(task, MLOCK, low, HOST_STACK_SIZE), 0);
	assert_int_equal(poke(task, low - P(10), 1), 0);
	assert_int_equal(task->mm->locked_vm, 8 + 10);
	assert_int_equal(resident_pages(task, low - P(10), 10), 1);
	assert_int_equal(call_lock(task, MLOCK, low - P(20), P(1)), -ENOMEM);
	assert_int_equal(call_lock(task, MUNLOCK, low - P(10), P(18)), 0);
	/* def_flags do not lock a plain stack's growth. */
	assert_int_equal(U(task, sys_mlockall(MCL_FUTURE)), 0);
	assert_int_equal(poke(task, low - P(15), 1), 0);
	assert_int_equal(task->mm->locked_vm, 0);
}

static void msync_is_refused(void)
{
	assert_int_equal(map(task, BASE, 2, RW, SHANON | MAP_FIXED), BASE);
	assert_int_equal(U(task, sys_msync(BASE, P(2), MS_INVALIDATE)), 0);
	assert_int_equal(call_lock(task, MLOCK_ONF, BASE + P(1), P(1)), 0);
	assert_int_equal(U(task, sys_msync(BASE, P(2), MS_INVALIDATE)),
			 -EBUSY);
	assert_int_equal(U(task, sys_msync(BASE, P(2), MS_SYNC)), 0);
	assert_int_equal(U(task, sys_msync(BASE, P(2), MS_SYNC | MS_ASYNC)),
			 -EINVAL);
	assert_int_equal(U(task, sys_msync(BASE + 1, 1, MS_SYNC)), -EINVAL);
	assert_int_equal(U(task, sys_msync(BASE, P(3), MS_SYNC)), -ENOMEM);
}

/* 2.4: on lo and on lo+onf areas. */
static void advice(void)
{
	static const struct { int advice; long ret; } rows[] = {
		{ MADV_DONTNEED, -EINVAL }, { MADV_FREE, -EINVAL },
		{ MADV_COLD, -EINVAL }, { MADV_PAGEOUT, -EINVAL },
		{ MADV_REMOVE, -EINVAL }, { MADV_POPULATE_READ, 0 },
		{ MADV_POPULATE_WRITE, 0 }, { MADV_DONTFORK, 0 },
		{ MADV_DOFORK, 0 }, { MADV_DONTDUMP, 0 }, { MADV_DODUMP, 0 },
		{ MADV_WIPEONFORK, 0 }, { MADV_KEEPONFORK, 0 },
		{ MADV_NORMAL, 0 }, { MADV_RANDOM, 0 }, { MADV_SEQUENTIAL, 0 },
		{ MADV_WILLNEED, 0 }, { 1000, -EINVAL },
	};

	for (enum call c = MLOCK; c <= MLOCK_ONF; c++) {
		assert_int_equal(map(task, BASE, 2, RW, ANON | MAP_FIXED),
				 BASE);
		fill(task, BASE, 2, "x");
		assert_int_equal(call_lock(task, c, BASE, P(2)), 0);
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			long ret = U(task, sys_madvise(BASE, P(2),
						       rows[i].advice));

			if (ret != rows[i].ret)
				fail_msg("advice %d: %ld", rows[i].advice, ret);
			verify(task, BASE, 2, "x");
			assert_int_equal(mlocked_pages(task, BASE, 2), 2);
		}
		assert_int_equal(U(task, sys_madvise(BASE, P(2), 24)), 0);
		assert_int_equal(resident_pages(task, BASE, 2), 0);
		assert_int_equal(task->mm->locked_vm, 2);
		assert_int_equal(byte_at(task, BASE), 0);
		assert_int_equal(call_lock(task, MUNLOCK, BASE, P(2)), 0);
	}
}

static void advice_stops_at_a_lock(void)
{
	assert_int_equal(map(task, BASE, 6, RW, ANON | MAP_FIXED), BASE);
	fill(task, BASE, 6, "x");
	assert_int_equal(call_lock(task, MLOCK, BASE + P(2), P(2)), 0);
	assert_int_equal(U(task, sys_madvise(BASE, P(6), MADV_DONTNEED)),
			 -EINVAL);
	assert_int_equal(byte_at(task, BASE), 0);
	assert_int_equal(byte_at(task, BASE + P(2)), 'x');
	assert_int_equal(byte_at(task, BASE + P(4)), 'x');
}

static void mincore_knows_no_locks(void)
{
	unsigned char vec[4];
	long v = map(task, 0, 1, RW, ANON);

	assert_int_equal(map(task, BASE, 4, RW, ANON | MAP_FIXED), BASE);
	assert_int_equal(call_lock(task, MLOCK_ONF, BASE, P(4)), 0);
	fill(task, BASE + P(1), 1, "x");
	assert_int_equal(U(task, sys_mincore(BASE, P(4), (void *)v)), 0);
	assert_int_equal(host_user_read(task, v, vec, 4), 0);
	assert_int_equal(vec[0] | vec[2] << 1 | vec[3] << 2, 0);
	assert_int_equal(vec[1], 1);
	assert_int_equal(U(task, sys_mincore(BASE, P(5), (void *)v)),
			 -ENOMEM);
	assert_int_equal(U(task, sys_mincore(BASE + 1, P(1), (void *)v)),
			 -EINVAL);
	assert_int_equal(U(task, sys_mincore(BASE, P(4), (void *)1)),
			 -EFAULT);
}

/* 2.5 */
static void fork_clears(void)
{
	struct task_struct *child;

	assert_int_equal(map(task, BASE, 4, RW, ANON | MAP_FIXED), BASE);
	fill(task, BASE, 4, "x");
	assert_int_equal(U(task, sys_mlockall(MCL_CURRENT | MCL_FUTURE)), 0);
	child = fork_of(task);
	assert_int_equal(child->mm->locked_vm, 0);
	assert_int_equal(child->mm->def_flags, 0);
	assert_int_equal(flags_at(child, BASE) & VM_LOCKED_MASK, 0);
	/* Mlocked through the parent; whoever writes gets the new page. */
	assert_int_equal(mlocked_pages(child, BASE, 4), 4);
	fill(child, BASE, 1, "c");
	assert_int_equal(mlocked_pages(child, BASE, 4), 3);
	fill(task, BASE + P(1), 1, "p");
	assert_int_equal(mlocked_pages(child, BASE, 4), 2);
	assert_int_equal(mlocked_pages(task, BASE, 4), 4);
	assert_int_equal(unmap(task, BASE, 4), 0);
	assert_int_equal(mlocked_pages(child, BASE, 4), 0);
}

static void two_lockers_of_a_page(void)
{
	long a = map(task, 0, 2, RW, SHANON);
	struct task_struct *child = fork_of(task);

	assert_int_equal(call_lock(task, MLOCK, a, P(2)), 0);
	assert_int_equal(call_lock(child, MLOCK, a, P(2)), 0);
	assert_int_equal(nr_mlock, 2);
	assert_int_equal(page_at(task, a)->mlock_count, 2);
	assert_int_equal(call_lock(task, MUNLOCK, a, P(2)), 0);
	assert_int_equal(nr_mlock, 2);
	assert_int_equal(call_lock(child, MUNLOCK, a, P(2)), 0);
	assert_int_equal(nr_mlock, 0);
}

int main(void)
{
	static const struct unit_case cases[] = {
		CASE(arguments), CASE(limits), CASE(holes),
		CASE(kinds_of_areas), CASE(on_fault), CASE(mlockall_rows),
		CASE(mlockall_limits), CASE(merging), CASE(munmap_and_fixed),
		CASE(brk_takes_def_flags), CASE(mprotect_and_locks),
		CASE(stack_growth), CASE(msync_is_refused), CASE(advice),
		CASE(advice_stops_at_a_lock), CASE(mincore_knows_no_locks),
		CASE(fork_clears), CASE(two_lockers_of_a_page),
	};

	return unit_main("mlock", cases, ARRAY_SIZE(cases));
}
