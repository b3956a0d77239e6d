// SPDX-License-Identifier: GPL-2.0
/*
 * mm/reclaim.c, mm/lru.c, mm/oom.c: what goes to the disk and what never does.
 * The swap disk is searched from outside for canaries, as an attacker would.
 * The canary cases must fail when locked pages are not protected (make
 * control), the second of them by what the search finds and nothing else.
 */
#include "unit.h"

#define A 0x20000000ul
#define B 0x30000000ul
#define LOCKED "CANARY-IS-LOCKED"
#define LOOSE  "CANARY-IS-LOOSE-"
#define HOG    "HOG-FILLS-MEMORY"

static struct task_struct *pressure(unsigned long pages)
{
	struct task_struct *hog = spawn("hog", 1000);

	assert_int_equal(map(hog, A, pages, RW, ANON | MAP_FIXED), A);
	fill(hog, A, pages, HOG);
	return hog;
}

static void map_filled(unsigned long at, unsigned long pages,
		       unsigned long flags, const char *tag)
{
	assert_int_equal(map(task, at, pages, RW, flags | MAP_FIXED), at);
	fill(task, at, pages, tag);
}

static void canary(void)
{
	struct task_struct *hog;

	map_filled(A, 64, ANON, LOCKED);
	map_filled(B, 64, ANON, LOOSE);
	assert_int_equal(U(task, sys_mlock(A, P(64))), 0);
	hog = pressure(1200);
	assert_int_equal(host_disk_find(unit_swap, LOCKED, 16), 0);
	assert_true(host_disk_find(unit_swap, LOOSE, 16) > 32);
	assert_true(host_disk_find(unit_swap, HOG, 16) > 600);
	assert_int_equal(mlocked_pages(task, A, 64), 64);
	verify(task, A, 64, LOCKED);
	verify(task, B, 64, LOOSE);
	verify(hog, A, 1200, HOG);
	/* Positive control of the search itself. */
	assert_int_equal(U(task, sys_munlock(A, P(64))), 0);
	fill(hog, A, 1200, HOG);
	assert_true(host_disk_find(unit_swap, LOCKED, 16) > 0);
	verify(task, A, 64, LOCKED);
}

/* The same with the kernel's own checks switched off: the disk alone says. */
static void canary_seen_from_outside(void)
{
	unit_blind = true;
	canary();
}

/* Contents the attacker changed on the disk reach only who was swapped. */
static void tampering(void)
{
	struct task_struct *hog;
	u64 changed = 0;

	map_filled(A, 32, ANON, LOCKED);
	map_filled(B, 32, ANON, LOOSE);
	assert_int_equal(U(task, sys_mlock(A, P(32))), 0);
	hog = pressure(800);
	for (u64 i = 1; i < unit_swap->pages; i++) {
		u8 *page = unit_swap->data + P(i);

		if (page[0] == 'C') {
			page[0] = 'X';
			changed++;
		}
	}
	unit_forget(task, B, 32);
	assert_true(changed > 0);
	verify(task, A, 32, LOCKED);
	changed = 0;
	for (int i = 0; i < 32; i++)
		changed += byte_at(task, B + P(i)) == 'X';
	assert_true(changed > 0);
	leave(hog);
}

/* Locked at different moments: before, during, after being swapped. */
static void locking_brings_back(void)
{
	struct task_struct *hog;

	map_filled(A, 32, ANON, LOCKED);
	hog = pressure(800);
	assert_true(swapped_pages(task, A, 32) > 16);
	assert_int_equal(U(task, sys_mlock(A, P(32))), 0);
	assert_int_equal(mlocked_pages(task, A, 32), 32);
	for (int i = 0; i < 32; i++)
		assert_false(page_test(page_at(task, A + P(i)), PG_swapcache));
	/* The blocks are not erased; but nothing new is written. */
	memset(unit_swap->data + PAGE_SIZE, 0, P(unit_swap->pages - 1) -
	       PAGE_SIZE);
	leave(hog);
	verify(task, A, 32, LOCKED);
	assert_int_equal(host_disk_find(unit_swap, LOCKED, 16), 0);
}

static void on_fault_areas(void)
{
	struct task_struct *hog;

	map_filled(A, 16, ANON, LOCKED);
	hog = pressure(800);
	assert_int_equal(U(task, sys_mlock2(A, P(16), MLOCK_ONFAULT)), 0);
	assert_true(swapped_pages(task, A, 16) > 0);
	leave(hog);
	assert_int_equal(do_swapoff(&unit_swap->bdev), 0);
	host_check();
	assert_int_equal(mlocked_pages(task, A, 16), 16);
	verify(task, A, 16, LOCKED);
}

static void fork_and_locks(void)
{
	struct task_struct *child, *hog;

	map_filled(A, 32, ANON, LOCKED);
	assert_int_equal(U(task, sys_mlock(A, P(32))), 0);
	child = fork_of(task);
	hog = pressure(800);
	/* Shared: protected through the parent. */
	assert_int_equal(host_disk_find(unit_swap, LOCKED, 16), 0);
	assert_int_equal(swapped_pages(child, A, 32), 0);
	assert_int_equal(U(task, sys_munlock(A, P(32))), 0);
	fill(hog, A, 800, HOG);
	assert_true(host_disk_find(unit_swap, LOCKED, 16) > 0);
	verify(child, A, 32, LOCKED);
	verify(task, A, 32, LOCKED);
}

static void overcommit_with_fork(void)
{
	struct task_struct *t[4];

	map_filled(A, 300, ANON, "0");
	t[0] = task;
	for (int i = 1; i < 4; i++) {
		char tag[] = { '0' + i, 0 };

		t[i] = fork_of(task);
		fill(t[i], A, 300, tag);
	}
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 4; i++) {
			char tag[] = { '0' + i, 0 };

			verify(t[i], A, 300, tag);
		}
	}
}

/* ---- the lists --------------------------------------------------------- */

static void cost_does_not_grow_with_locked_pages(void)
{
	unsigned long before, plain;

	map_filled(B, 100, ANON, LOOSE);
	before = vm_events[PGSCAN];
	squeeze();
	plain = vm_events[PGSCAN] - before;
	verify(task, B, 100, LOOSE);
	map_filled(A, 500, ANON, LOCKED);
	assert_int_equal(U(task, sys_mlock(A, P(500))), 0);
	assert_int_equal(lru_size[LRU_UNEVICTABLE], 500);
	before = vm_events[PGSCAN];
	squeeze();
	assert_true(vm_events[PGSCAN] - before <= plain + 64);
	assert_int_equal(mlocked_pages(task, A, 500), 500);
}

static void unevictable_list(void)
{
	map_filled(A, 8, ANON, LOCKED);
	assert_int_equal(lru_size[LRU_UNEVICTABLE], 0);
	assert_int_equal(U(task, sys_mlock(A, P(8))), 0);
	assert_int_equal(lru_size[LRU_UNEVICTABLE], 8);
	assert_int_equal(vm_events[UNEVICTABLE_PGMLOCKED], 8);
	assert_int_equal(vm_events[UNEVICTABLE_PGCULLED], 8);
	assert_int_equal(U(task, sys_mlock(A, P(8))), 0);
	assert_int_equal(vm_events[UNEVICTABLE_PGMLOCKED], 8);
	assert_int_equal(U(task, sys_munlock(A, P(8))), 0);
	assert_int_equal(lru_size[LRU_UNEVICTABLE], 0);
	assert_int_equal(vm_events[UNEVICTABLE_PGMUNLOCKED], 8);
	assert_int_equal(vm_events[UNEVICTABLE_PGRESCUED], 8);
}

/* Pages in use survive a modest shortage; idle ones go. */
static void idle_pages_go_first(void)
{
	unsigned long hot, cold;

	map_filled(A, 100, ANON, "hot");
	map_filled(B, 100, ANON, "cold");
	for (int round = 0; round < 6; round++) {
		for (int i = 0; i < 100; i++)
			byte_at(task, A + P(i));
		flush_tlb_mm(task->mm->pgd);
		try_to_free_pages(16);
	}
	hot = resident_pages(task, A, 100);
	cold = resident_pages(task, B, 100);
	assert_true(hot > cold);
	verify(task, A, 100, "hot");
	verify(task, B, 100, "cold");
}

/* Oldest first, but for a page that was used since it was last looked at. */
static void second_chance(void)
{
	map_filled(A, 32, ANON, "used");
	map_filled(B, 64, ANON, "idle");
	assert_int_equal(U(task, sys_madvise(A, P(32), MADV_COLD)), 0);
	assert_int_equal(U(task, sys_madvise(B, P(64), MADV_COLD)), 0);
	for (int i = 0; i < 32; i++)
		byte_at(task, A + P(i));
	assert_true(try_to_free_pages(32) >= 32);
	unit_check();
	assert_int_equal(resident_pages(task, A, 32), 32);
	assert_true(resident_pages(task, B, 64) <= 32);
}

static void file_pages_are_dropped(void)
{
	struct file *f = host_file_new(P(64), P(64), FMODE_READ | FMODE_WRITE);
	long a = map_file(task, A, 64, RW, MAP_SHARED | MAP_FIXED, f, 0);
	unsigned long reads;

	fill(task, a, 64, "file");
	squeeze();
	assert_int_equal(resident_pages(task, a, 64), 0);
	assert_memory_equal(host_inode(f)->data + P(5), "file", 4);
	reads = host_inode(f)->reads;
	verify(task, a, 64, "file");
	assert_true(host_inode(f)->reads > reads);
	assert_int_equal(U(task, sys_mlock(a, P(64))), 0);
	squeeze();
	assert_int_equal(resident_pages(task, a, 64), 64);
	fput(f);
}

static void pageout_advice(void)
{
	map_filled(A, 16, ANON, LOOSE);
	assert_int_equal(U(task, sys_madvise(A, P(16), MADV_PAGEOUT)), 0);
	assert_int_equal(swapped_pages(task, A, 16), 16);
	assert_int_equal(host_disk_find(unit_swap, LOOSE, 16), 16);
	verify(task, A, 16, LOOSE);
	/* Another's advice does not evict what somebody has locked. */
	assert_int_equal(U(task, sys_mlock(A, P(16))), 0);
	assert_int_equal(U(fork_of(task), sys_madvise(A, P(16), MADV_PAGEOUT)),
			 0);
	assert_int_equal(mlocked_pages(task, A, 16), 16);
}

/* ---- out of memory ----------------------------------------------------- */

static void fill_until_killed(struct task_struct *t, unsigned long pages)
{
	char byte = 1;
	long ret = map(t, B, pages, RW, ANON | MAP_FIXED | MAP_NORESERVE);

	assert_int_equal(ret, B);
	for (unsigned long i = 0; i < pages && !t->killed; i++)
		host_user_write(t, B + P(i), &byte, 1);
	host_check();
}

static void the_largest_dies(void)
{
	struct task_struct *hog = spawn("hog", 1000);

	map_filled(A, 100, ANON, "kept");
	fill_until_killed(hog, 2000);
	assert_true(hog->killed);
	assert_false(task->killed);
	assert_true(vm_events[OOM_KILL] == 1);
	leave(hog);
	verify(task, A, 100, "kept");
}

static void another_than_the_asker_dies(void)
{
	struct task_struct *big = spawn("big", 1000);

	assert_int_equal(map(big, A, 500, RW, ANON | MAP_FIXED), A);
	fill(big, A, 500, "big");
	map_filled(A, 500, ANON, "kept");
	assert_true(big->killed != task->killed);
	if (big->killed)
		verify(task, A, 500, "kept");
}

static void a_marked_task_last(void)
{
	struct task_struct *plain = spawn("plain", 1000);

	task->euid = 0;
	assert_int_equal(host_exec(task, true), 0);
	map_filled(A, 60, ANON, "marked");
	assert_int_equal(map(plain, A, 60, RW, ANON | MAP_FIXED), A);
	fill(plain, A, 60, "x");
	/* The plain one frees as much: the stack, too. */
	plain->mm->rss_stat[MM_ANONPAGES] += 24;
	assert_true(out_of_memory());
	plain->mm->rss_stat[MM_ANONPAGES] -= 24;
	assert_true(plain->killed);
	assert_false(task->killed);
	assert_true(out_of_memory());		/* still dying */
	assert_false(task->killed);
	leave(plain);
	assert_true(out_of_memory());
	assert_true(task->killed);
}

int main(void)
{
	static const struct unit_case cases[] = {
		CASE_MEM(canary, 512, 2048),
		CASE_MEM(canary_seen_from_outside, 512, 2048),
		CASE_MEM(tampering, 400, 1024),
		CASE_MEM(locking_brings_back, 400, 1024),
		CASE_MEM(on_fault_areas, 400, 1024),
		CASE_MEM(fork_and_locks, 400, 1024),
		CASE_MEM(overcommit_with_fork, 350, 1600),
		CASE_MEM(cost_does_not_grow_with_locked_pages, 1024, 256),
		CASE(unevictable_list), CASE_MEM(idle_pages_go_first, 400, 400),
		CASE(unevictable_list), CASE_MEM(second_chance, 400, 400),
		CASE(file_pages_are_dropped),
		CASE_MEM(pageout_advice, 400, 256),
		CASE_MEM(the_largest_dies, 512, 128),
		CASE_MEM(another_than_the_asker_dies, 700, 0),
		{ "a_marked_task_last", a_marked_task_last, 1024, 0, "task",
		  false },
	};

	return unit_main("reclaim", cases, ARRAY_SIZE(cases));
}
