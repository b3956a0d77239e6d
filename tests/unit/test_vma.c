// SPDX-License-Identifier: GPL-2.0
/*
 * Areas against a model: random mmap, munmap, mprotect, mlock, mlock2, munlock
 * and madvise calls on a window of 64 pages.  The model is an array of flags, a
 * page each, and knows nothing of areas, trees or merging; what a call returns
 * and what every page looks like afterwards must agree, and there must be
 * exactly one area for each run of equal pages.
 */
#include "unit.h"

#define WINDOW 64
#define BASE 0x20000000ul

/* ACC: was writable once, so its pages are accounted; never taken back. */
enum { MAPPED = 1, R = 2, W = 4, X = 8, LO = 16, ONF = 32, NOFORK = 64,
       ACC = 128 };
static unsigned model[WINDOW];

static unsigned prot_bits(unsigned long prot)
{
	return (prot & PROT_READ ? R : 0) | (prot & PROT_WRITE ? W | ACC : 0) |
	       (prot & PROT_EXEC ? X : 0);
}

/* Look at one page as the model would describe it. */
static unsigned observed(unsigned long addr)
{
	unsigned long f = flags_at(task, addr);

	if (!vma_lookup(task->mm, addr))
		return 0;
	return MAPPED | (f & VM_READ ? R : 0) | (f & VM_WRITE ? W : 0) |
	       (f & VM_EXEC ? X : 0) | (f & VM_LOCKED ? LO : 0) |
	       (f & VM_LOCKONFAULT ? ONF : 0) |
	       (f & VM_DONTCOPY ? NOFORK : 0) | (f & VM_ACCOUNT ? ACC : 0);
}

static void compare(void)
{
	unsigned runs = 0, locked = 0;

	for (unsigned i = 0; i < WINDOW; i++) {
		assert_int_equal(observed(BASE + P(i)), model[i]);
		if (model[i] && (i == 0 || model[i] != model[i - 1]))
			runs++;
		locked += !!(model[i] & LO);
	}
	assert_int_equal(areas_in(task, BASE, WINDOW), runs);
	assert_int_equal(task->mm->locked_vm, locked);
}

/* mlock's and mprotect's manner: change pages up to the first hole, then
 * -ENOMEM.  An empty start is -ENOMEM as well. */
static long until_hole(unsigned at, unsigned n, unsigned clear, unsigned set)
{
	for (unsigned i = at; i < at + n; i++) {
		if (!model[i])
			return -ENOMEM;
		model[i] = (model[i] & ~clear) | set;
	}
	return 0;
}

static long model_populate(unsigned at, unsigned n, long ret)
{
	for (unsigned i = at; !ret && i < at + n; i++)
		if (!(model[i] & (R | W | X)) && !(model[i] & ONF))
			ret = -ENOMEM;
	return ret;
}

/* madvise: holes are passed over and make it -ENOMEM in the end. */
static long over_holes(unsigned at, unsigned n, unsigned clear, unsigned set)
{
	long ret = 0;

	for (unsigned i = at; i < at + n; i++) {
		if (model[i])
			model[i] = (model[i] & ~clear) | set;
		else
			ret = -ENOMEM;
	}
	return ret;
}

static void step_map(unsigned at, unsigned n, unsigned long prot)
{
	bool locked = unit_random(4) == 0;
	unsigned long flags = ANON | MAP_FIXED | (locked ? MAP_LOCKED : 0);

	assert_int_equal(map(task, BASE + P(at), n, prot, flags),
			 BASE + P(at));
	for (unsigned i = at; i < at + n; i++)
		model[i] = MAPPED | prot_bits(prot) | (locked ? LO : 0);
}

static void step(void)
{
	unsigned at = unit_random(WINDOW), n = 1 + unit_random(WINDOW - at);
	unsigned long addr = BASE + P(at), prot = unit_random(8);
	long want;

	n = min(n, 1u + (unsigned)unit_random(16));
	switch (unit_random(8)) {
	case 0:
		step_map(at, n, prot);
		return;
	case 1:
		assert_int_equal(unmap(task, addr, n), 0);
		for (unsigned i = at; i < at + n; i++)
			model[i] = 0;
		return;
	case 2:
		want = until_hole(at, n, R | W | X, prot_bits(prot));
		assert_int_equal(U(task, sys_mprotect(addr, P(n), prot)),
				 want);
		return;
	case 3:
		want = until_hole(at, n, ONF, LO);
		want = model_populate(at, n, want);
		assert_int_equal(U(task, sys_mlock(addr, P(n))), want);
		return;
	case 4:
		want = until_hole(at, n, 0, LO | ONF);
		assert_int_equal(U(task, sys_mlock2(addr, P(n),
						    MLOCK_ONFAULT)), want);
		return;
	case 5:
		want = until_hole(at, n, LO | ONF, 0);
		assert_int_equal(U(task, sys_munlock(addr, P(n))), want);
		return;
	case 6:
		want = over_holes(at, n, 0, NOFORK);
		assert_int_equal(U(task, sys_madvise(addr, P(n),
						     MADV_DONTFORK)), want);
		return;
	default:
		want = over_holes(at, n, NOFORK, 0);
		assert_int_equal(U(task, sys_madvise(addr, P(n),
						     MADV_DOFORK)), want);
	}
}

static void random_against_model(void)
{
	for (int i = 0; i < 3000; i++) {
		step();
		compare();
	}
}

/* Touch pages in between: contents and resident pages survive splits. */
static void contents_survive(void)
{
	unsigned char shadow[WINDOW] = { 0 };

	assert_int_equal(map(task, BASE, WINDOW, RW, ANON | MAP_FIXED), BASE);
	for (int i = 0; i < 2000; i++) {
		unsigned at = unit_random(WINDOW);
		unsigned n = 1 + unit_random(min(WINDOW - at, 8u));
		unsigned long addr = BASE + P(at);

		switch (unit_random(4)) {
		case 0:
			shadow[at] = unit_random(255);
			assert_int_equal(poke(task, addr, shadow[at]), 0);
			break;
		case 1:
			U(task, sys_mlock(addr, P(n)));
			break;
		case 2:
			U(task, sys_munlock(addr, P(n)));
			break;
		default:
			U(task, sys_mprotect(addr, P(n), PROT_READ));
			assert_int_equal(byte_at(task, addr), shadow[at]);
			U(task, sys_mprotect(addr, P(n), RW));
		}
	}
	for (unsigned i = 0; i < WINDOW; i++)
		assert_int_equal(byte_at(task, BASE + P(i)), shadow[i]);
	assert_int_equal(areas_in(task, BASE, WINDOW) > 0, 1);
}

static void addresses_are_chosen_top_down(void)
{
	long a = map(task, 0, 4, RW, ANON);
	long b = map(task, 0, 2, PROT_READ, ANON);
	long c;

	assert_int_equal(a, HOST_MMAP_BASE - P(4));
	assert_int_equal(b, a - P(2));
	assert_int_equal(unmap(task, a + P(1), 2), 0);
	c = map(task, 0, 2, RW, ANON);
	assert_int_equal(c, a + P(1));
	assert_int_equal(areas_in(task, a, 4), 1);
	assert_int_equal(map(task, b, 1, RW, ANON | MAP_FIXED_NOREPLACE),
			 -EEXIST);
	assert_true(map(task, b, 1, RW, ANON) < b);
}

static void argument_errors(void)
{
	long a = map(task, 0, 4, RW, ANON);

	assert_int_equal(U(task, do_mmap(task->mm, NULL, 0, 0, RW, ANON, 0)),
			 -EINVAL);
	assert_int_equal(map(task, BASE + 1, 1, RW, ANON | MAP_FIXED),
			 -EINVAL);
	assert_int_equal(U(task, do_mmap(task->mm, NULL, 0, TASK_SIZE + 1, RW,
					 ANON, 0)), -ENOMEM);
	assert_int_equal(U(task, do_munmap(task->mm, a + 1, P(1))), -EINVAL);
	assert_int_equal(U(task, do_munmap(task->mm, a, 0)), -EINVAL);
	assert_int_equal(U(task, do_munmap(task->mm, TASK_SIZE, P(1))),
			 -EINVAL);
	assert_int_equal(U(task, sys_mprotect(a + 1, P(1), PROT_READ)),
			 -EINVAL);
	assert_int_equal(U(task, sys_mprotect(a, P(1), 0x80)), -EINVAL);
	assert_int_equal(U(task, sys_mprotect(a, P(5), PROT_READ)), -ENOMEM);
	assert_int_equal(flags_at(task, a) & VM_WRITE, 0);
}

static void brk_grows_and_shrinks(void)
{
	unsigned long start = HOST_BRK_START;

	assert_int_equal(U(task, do_brk(task->mm, 0)), start);
	assert_int_equal(U(task, do_brk(task->mm, start + P(3) + 5)),
			 start + P(3) + 5);
	fill(task, start, 4, "heap");
	assert_int_equal(U(task, do_brk(task->mm, start + P(1))),
			 start + P(1));
	verify(task, start, 1, "heap");
	assert_int_equal(poke(task, start + P(1), 1), SIGSEGV);
	assert_int_equal(U(task, do_brk(task->mm, start - 1)), start + P(1));
	assert_int_equal(U(task, do_brk(task->mm, start)), start);
	assert_false(vma_lookup(task->mm, start));
}

static void limits(void)
{
	unsigned long used = task->mm->total_vm;

	task->rlim[RLIMIT_AS].rlim_cur = P(used + 4);
	assert_int_equal(map(task, 0, 5, PROT_READ, ANON), -ENOMEM);
	assert_true(map(task, 0, 4, PROT_READ, ANON) > 0);
	task->rlim[RLIMIT_AS].rlim_cur = RLIM_INFINITY;
	task->rlim[RLIMIT_DATA].rlim_cur = P(task->mm->data_vm + 2);
	assert_int_equal(map(task, 0, 3, RW, ANON), -ENOMEM);
	assert_true(map(task, 0, 2, RW, ANON) > 0);
	assert_true(map(task, 0, 9, PROT_READ, ANON) > 0);
}

/* The highest run of `len` free pages of HOLE_PAGES; HOLE_PAGES: none. */
#define HOLE_PAGES 160u

static unsigned highest_run(const bool *used, unsigned len)
{
	for (unsigned at = HOLE_PAGES - len + 1; at-- > 0; ) {
		unsigned i = 0;

		while (i < len && !used[at + i])
			i++;
		if (i == len)
			return at;
	}
	return HOLE_PAGES;
}

static void holes_against_a_model(void)
{
	unsigned long low = task->mm->mmap_base - P(HOLE_PAGES);
	bool used[HOLE_PAGES] = { false };

	for (unsigned round = 0; round < 1000; round++) {
		unsigned n = 1 + unit_random(9), at = highest_run(used, n);

		if (unit_random(2) && at < HOLE_PAGES) {
			assert_int_equal(map(task, 0, n, unit_random(8), ANON),
					 low + P(at));
			memset(used + at, true, n);
			continue;
		}
		at = unit_random(HOLE_PAGES - n);
		assert_int_equal(unmap(task, low + P(at), n), 0);
		memset(used + at, false, n);
	}
}

int main(void)
{
	static const struct unit_case cases[] = {
		CASE(random_against_model), CASE(contents_survive),
		CASE(addresses_are_chosen_top_down), CASE(argument_errors),
		CASE(brk_grows_and_shrinks), CASE(limits),
		CASE_LONG(holes_against_a_model, 1024, 0),
	};

	return unit_main("vma", cases, ARRAY_SIZE(cases));
}
