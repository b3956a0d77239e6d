// SPDX-License-Identifier: GPL-2.0
/* Lab 1, tasks 1 to 3: areas are found, cut and joined; holes are found. */
#include "../check.h"

#define BASE (@BASE@ul * PAGE_SIZE)
#define N @PAGES@ul		/* pages of a map, at least 8 */

/* ---- task 1 ------------------------------------------------------------ */

/* n areas of one page, two pages apart. */
static void many_areas(unsigned long at, unsigned long n)
{
	sysctl_max_map_count = 1 << 20;
	for (unsigned long i = 0; i < n; i++)
		assert_int_equal(host_switch(task) && do_mmap(task->mm, NULL,
			at + P(2 * i), PAGE_SIZE, PROT_READ,
			ANON | MAP_FIXED, 0) == at + P(2 * i), 1);
}

#define LOOKUPS 4

struct lookups {
	unsigned long at, n;		/* areas, as above */
};

/* The k-th area of a sequence that is spread over them. */
static unsigned long place(const struct lookups *l, unsigned long k)
{
	return l->at + P(2 * (k * 7919 % l->n));
}

static void expect_found(const struct lookups *l)
{
	for (unsigned long k = 0; k < l->n; k++) {
		struct vm_area_struct *vma = find_vma(task->mm, place(l, k));

		WANT("start of the area that find_vma() gives for its start",
		     vma ? vma->vm_start : 0, place(l, k));
	}
}

static void look_up(void *arg)
{
	for (unsigned long k = 0; k < LOOKUPS; k++)
		find_vma(task->mm, place(arg, k));
}

/* A tree of 6,000 is some three times as high as one of 40, and a list 150
 * times as long. */
static void find_fast(void)
{
	struct lookups few = { BASE, 40 };
	struct lookups many = { BASE + P(100000), 6000 };
	long little;

	many_areas(few.at, few.n);
	expect_found(&few);
	little = count_steps(look_up, &few, 1000000);
	many_areas(many.at, many.n);
	expect_found(&many);
	printf("%d lookups among 40 areas take %ld instructions; among 6,000 "
	       "they are counted up to 8 times that\n", LOOKUPS, little);
	WANT_AT_MOST("instructions of lookups among 6,000 areas",
		     count_steps(look_up, &many, 8 * little + 1), 8 * little);
	/* Between two areas: the next one. */
	WANT("what find_vma() gives for an address in a hole",
	     find_vma(task->mm, BASE + P(1))->vm_start, BASE + P(2));
	WANT("what it gives for the last byte of an area",
	     find_vma(task->mm, BASE + P(3) - 1)->vm_start, BASE + P(2));
	WANT("what it gives above the last area",
	     (long)find_vma(task->mm, HOST_STACK_TOP), 0);
}

/* ---- task 2 ------------------------------------------------------------ */

static void hole_top(void)
{
	unsigned long top = task->mm->mmap_base;

	WANT("the first mmap(0)", map(task, 0, N, RW, ANON), top - P(N));
	WANT("the second, which may not touch it",
	     map(task, 0, 2, PROT_READ, ANON), top - P(N + 2));
	WANT("munmap", unmap(task, top - P(N), N), 0);
	WANT("one that fits into the hole above",
	     map(task, 0, 3, PROT_NONE, ANON), top - P(3));
}

static void hole_exact(void)
{
	unsigned long top = task->mm->mmap_base;

	WANT("mmap(0)", map(task, 0, 3 * N, RW, ANON), top - P(3 * N));
	WANT("munmap of the middle", unmap(task, top - P(2 * N), N), 0);
	WANT("one page more than the hole has",
	     map(task, 0, N + 1, PROT_READ, ANON), top - P(4 * N + 1));
	WANT("exactly the hole", map(task, 0, N, PROT_EXEC, ANON),
	     top - P(2 * N));
	WANT("more than there is", map(task, 0, TASK_SIZE / PAGE_SIZE, RW,
				       ANON), -ENOMEM);
}

/* The answer, found slowly: page by page from the top. */
static unsigned long slow_hole(const bool *used, unsigned pages, unsigned len)
{
	for (unsigned at = pages - len + 1; at-- > 0; ) {
		unsigned i = 0;

		while (i < len && !used[at + i])
			i++;
		if (i == len)
			return at;
	}
	return ~0ul;
}

static void hole_random(void)
{
	enum { PAGES = 160 };
	unsigned long low = task->mm->mmap_base - P(PAGES);
	bool used[PAGES] = { false };

	for (unsigned round = 0; round < 600; round++) {
		unsigned len = 1 + unit_random(9), at = unit_random(PAGES - 8);
		unsigned long k = slow_hole(used, PAGES, len);

		if (unit_random(2) && k != ~0ul) {
			WANT("mmap(0) among random areas",
			     map(task, 0, len, unit_random(8), ANON),
			     low + P(k));
			memset(used + k, true, len);
			continue;
		}
		/* Areas that begin and end here were made whole. */
		while (at && used[at - 1])
			at--;
		for (len = 0; at + len < PAGES && used[at + len]; )
			len++;
		if (len) {
			assert_int_equal(unmap(task, low + P(at), len), 0);
			memset(used + at, false, len);
		}
	}
}

/* ---- task 3 ------------------------------------------------------------ */

static struct vm_area_struct *area(unsigned long addr)
{
	return vma_lookup(task->mm, addr);
}

static void split(void)
{
	struct file *f = host_file_new(P(2 * N), P(2 * N), FMODE_READ);
	struct vm_area_struct *low, *high;
	unsigned count = task->mm->map_count;

	WANT("mmap of a file from page 3 on",
	     map_file(task, BASE, N, PROT_READ, MAP_PRIVATE | MAP_FIXED, f, 3),
	     BASE);
	low = area(BASE);
	high = vma_split(low, BASE + P(5));
	WANT("vma_split() returns an area", high != NULL, true);
	WANT("the low part's end", low->vm_end, BASE + P(5));
	WANT("the high part's start", high->vm_start, BASE + P(5));
	WANT("the high part's end", high->vm_end, BASE + P(N));
	WANT("the page of the file at which the high part begins",
	     high->vm_pgoff, 8);
	WANT("the low part's", low->vm_pgoff, 3);
	WANT("both have the file", high->vm_file == f, true);
	WANT("map_count", task->mm->map_count, count + 2);
	WANT("find_vma() finds the high part", area(BASE + P(5)) == high,
	     true);
	vma_merge(low);		/* as mm_check() wants it */
	fput(f);
}

static void isolate(void)
{
	unsigned long total = task->mm->total_vm;

	WANT("mmap", map(task, BASE, N, RW, ANON | MAP_FIXED), BASE);
	WANT("mprotect of pages 2 to 5", U(task, sys_mprotect(BASE + P(2),
		P(4), PROT_READ)), 0);
	WANT("areas now", areas_in(task, BASE, N), 3);
	WANT("start of the one in the middle", area(BASE + P(4))->vm_start,
	     BASE + P(2));
	WANT("its end", area(BASE + P(4))->vm_end, BASE + P(6));
	WANT("mprotect of its first page", U(task, sys_mprotect(BASE + P(2),
		P(1), PROT_EXEC)), 0);
	WANT("areas now", areas_in(task, BASE, N), 4);
	WANT("munmap of the last two pages", unmap(task, BASE + P(N - 2), 2),
	     0);
	WANT("total_vm", task->mm->total_vm, total + N - 2);
}

static void merge_both(void)
{
	WANT("mmap", map(task, BASE, N, RW, ANON | MAP_FIXED), BASE);
	fill(task, BASE, N, "merge");
	WANT("mprotect", U(task, sys_mprotect(BASE + P(2), P(3), PROT_READ)),
	     0);
	WANT("areas", areas_in(task, BASE, N), 3);
	WANT("mprotect back", U(task, sys_mprotect(BASE + P(2), P(3), RW)), 0);
	WANT("areas: one again", areas_in(task, BASE, N), 1);
	verify(task, BASE, N, "merge");
	WANT("a map right below it", map(task, BASE - P(2), 2, RW,
					 ANON | MAP_FIXED), BASE - P(2));
	WANT("a map right above it", map(task, BASE + P(N), 2, RW,
					 ANON | MAP_FIXED), BASE + P(N));
	WANT("areas: still one", areas_in(task, BASE - P(2), N + 4), 1);
}

/* What may not be joined, after something that must be. */
static void merge_never(void)
{
	struct file *f = host_file_new(P(N), P(N), FMODE_READ);

	for (unsigned i = 0; i < 4; i++)
		map_file(task, BASE + P(i), 1, PROT_READ,
			 MAP_PRIVATE | MAP_FIXED, f, i);
	WANT("four pages of a file, mapped one by one: areas",
	     areas_in(task, BASE, 4), 1);
	map_file(task, BASE + P(4), 1, PROT_READ, MAP_PRIVATE | MAP_FIXED, f,
		 6);
	WANT("and one more that leaves out two pages", areas_in(task, BASE, 5),
	     2);
	map(task, BASE + P(5), 1, PROT_READ, ANON | MAP_FIXED);
	WANT("and one without a file", areas_in(task, BASE, 6), 3);
	map_file(task, BASE + P(6), 1, PROT_READ, MAP_SHARED | MAP_FIXED, f,
		 7);
	WANT("and a shared one", areas_in(task, BASE, 7), 4);
	WANT("mprotect over all of them", U(task, sys_mprotect(BASE, P(7),
		PROT_NONE)), 0);
	WANT("they stay apart", areas_in(task, BASE, 7), 4);
	fput(f);
}

/* Protections of 24 pages against an array. */
static void protect_random(void)
{
	enum { PAGES = 24 };
	unsigned long prot[PAGES];
	unsigned runs;

	for (unsigned i = 0; i < PAGES; i++)
		prot[i] = PROT_READ;
	map(task, BASE, PAGES, PROT_READ, ANON | MAP_FIXED);
	for (unsigned round = 0; round < 400; round++) {
		unsigned at = unit_random(PAGES), n;
		unsigned long p = unit_random(2) ? PROT_READ : PROT_NONE;

		n = 1 + unit_random(PAGES - at);
		WANT("mprotect", U(task, sys_mprotect(BASE + P(at), P(n), p)),
		     0);
		for (unsigned i = at; i < at + n; i++)
			prot[i] = p;
		runs = 1;
		for (unsigned i = 1; i < PAGES; i++)
			runs += prot[i] != prot[i - 1];
		WANT("areas after random calls of mprotect",
		     areas_in(task, BASE, PAGES), runs);
	}
}

/* At the limit: a cut that would exceed it is refused whole, one whose parts
 * are joined with their neighbours is not. */
static void area_limit(void)
{
	map(task, BASE, N, RW, ANON | MAP_FIXED);
	WANT("mprotect below the limit", U(task, sys_mprotect(BASE, P(3),
		PROT_READ)), 0);
	sysctl_max_map_count = task->mm->map_count;
	WANT("at the limit: mprotect in the middle", U(task,
		sys_mprotect(BASE + P(5), P(1), PROT_NONE)), -ENOMEM);
	WANT("nothing has changed: areas", areas_in(task, BASE, N), 2);
	WANT("at the limit: moving the border", U(task,
		sys_mprotect(BASE + P(3), P(2), PROT_READ)), 0);
	WANT("where it is now", area(BASE)->vm_end, BASE + P(5));
	sysctl_max_map_count++;
	WANT("one below the limit: a cut that makes two more", U(task,
		sys_mprotect(BASE + P(6), P(1), PROT_NONE)), -ENOMEM);
	WANT("one below the limit: a cut that makes one more", U(task,
		sys_mprotect(BASE + P(N - 1), P(1), PROT_NONE)), 0);
}

int main(int argc, char **argv)
{
	static const struct unit_case cases[] = {
		CHECK_MEM("find-fast", find_fast, 8192, 0),
		CHECK("hole-top", hole_top),
		CHECK("hole-exact", hole_exact),
		CHECK("hole-random", hole_random),
		CHECK("split", split),
		CHECK("isolate", isolate),
		CHECK("merge-both", merge_both),
		CHECK("merge-never", merge_never),
		CHECK("protect-random", protect_random),
		CHECK("area-limit", area_limit),
	};

	return check_main(argc, argv, cases, ARRAY_SIZE(cases));
}
