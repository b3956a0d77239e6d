// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks side by side (arch/host/threads.c): everything that may happen to a
 * page while somebody sleeps over it.  Threads of shared and of forked address
 * spaces write, lock, unmap, fork and page out beside kswapd and swapoff; after
 * each call come all invariants, although the others are in the middle of
 * theirs, and what a thread reads is what it wrote.  SEED repeats a run.
 *
 * After a fault (unit_fault.c) calls fail as they may, and a thread that lost
 * access to a page ends; the others go on.  When all have ended and nothing
 * fails any more, what is still mapped holds what was stored there.
 */
#include "unit.h"

#include <string.h>

#define THREADS 6
#define PAGES 16
#define STEPS 120
#define SEEDS 12
#define WINDOW(n) (0x20000000ul + (n) * 0x1000000ul)
#define FILED 0x50000000ul
#define FILE_PAGES 96
#define SECRET "SECRET-OF-MARKED"

static void require(bool good, const char *what)
{
	if (!good)
		panic("%s: %s", current->comm, what);
}

/* What a thread's window holds: a byte a page. */
struct member {
	struct task_struct *t;
	unsigned long base;
	unsigned char byte[PAGES];
	unsigned char in_file[FILE_PAGES];
	unsigned n;
	bool marked;
	bool over;		/* a fault took a page from it */
	u64 draws;
};
static struct member members[THREADS];

/* An access that fails is the end of the task, as no memory came; or of what it
 * does here, as a page cannot be read from its disk. */
static void access_failed(struct member *m, struct task_struct *t,
			  const char *what)
{
	if (t->sig == SIGBUS && unit_met(HOST_FAIL_READ)) {
		m->over = true;
		return;
	}
	require(t->killed || t->sig == SIGKILL, what);
	kill_task(t);
}

static bool met_fault(void)
{
	return unit_met(HOST_FAIL_ALLOC) || unit_met(HOST_FAIL_READ) ||
	       unit_met(HOST_FAIL_WRITE);
}

/* Minus the signal. */
static long access_byte(struct task_struct *t, unsigned long addr,
			unsigned char *byte, bool write)
{
	if (write)
		host_user_write(t, addr, byte, 1);
	else
		host_user_read(t, addr, byte, 1);
	return -t->sig;
}

static bool reads(struct task_struct *t, unsigned long addr, unsigned char *got)
{
	return !BESIDE(t, access_byte(t, addr, got, false));
}

static bool writes(struct task_struct *t, unsigned long addr,
		   unsigned char value)
{
	return !BESIDE(t, access_byte(t, addr, &value, true));
}

/* Each its own, so that what one does depends on nobody else. */
static unsigned draw(struct member *m, unsigned below)
{
	m->draws = m->draws * 6364136223846793005ull + 1442695040888963407ull;
	return (m->draws >> 33) % below;
}

static long done(long ret)
{
	if (!current->killed)
		host_check();
	host_yield();
	return ret;
}
#define DO(call) done(BESIDE(current, call))

/* ---- steps --------------------------------------------------------------- */

static unsigned long page_of(struct member *m, unsigned i)
{
	return m->base + P(i);
}

static void verify_page(struct member *m, struct task_struct *t, unsigned i)
{
	unsigned char got = 0;

	if (!reads(t, page_of(m, i), &got))
		access_failed(m, t, "a page cannot be read");
	else
		require(got == m->byte[i], "a page holds what nobody wrote");
}

static void step_read(struct member *m)
{
	verify_page(m, m->t, draw(m, PAGES));
}

static void step_write(struct member *m)
{
	unsigned i = draw(m, PAGES);
	unsigned char value = 1 + draw(m, 255);

	if (!writes(m->t, page_of(m, i), value))
		access_failed(m, m->t, "a page cannot be written");
	else
		m->byte[i] = value;
	if (m->marked)
		host_user_write(m->t, page_of(m, i) + 64, SECRET, 16);
}

/* All write to the same pages of a file, each its own byte. */
static void step_file(struct member *m)
{
	unsigned i = draw(m, FILE_PAGES);
	unsigned long addr = FILED + P(i) + m->n;
	unsigned char got = 0;

	if (m->marked)
		return;
	if (!reads(m->t, addr, &got))
		return access_failed(m, m->t, "a file cannot be read");
	require(got == m->in_file[i], "a write to a file is lost");
	got++;
	if (writes(m->t, addr, got))
		m->in_file[i] = got;
}

static void step_lock(struct member *m)
{
	unsigned i = draw(m, PAGES);
	unsigned long addr = page_of(m, i), len = P(1 + draw(m, PAGES - i));

	switch (draw(m, 8)) {
	case 0: case 1:
		DO(sys_mlock(addr, len));
		break;
	case 2:
		DO(sys_mlock2(addr, len, MLOCK_ONFAULT));
		break;
	case 3:
		DO(sys_munlockall());
		break;
	default:
		DO(sys_munlock(addr, len));
	}
}

static void step_map_again(struct member *m)
{
	unsigned i = draw(m, PAGES);
	long ret = DO(do_mmap(m->t->mm, NULL, page_of(m, i), PAGE_SIZE, RW,
			      ANON | MAP_FIXED, 0));

	if (!IS_ERR_VALUE(ret)) {
		m->byte[i] = 0;
		return;
	}
	/* What was there is gone: memory was short, by a fault or by itself. */
	require(ret == -ENOMEM || met_fault() || current->killed,
		"a page is not mapped again");
	m->over = true;
}

static void step_protect(struct member *m)
{
	unsigned long addr = page_of(m, draw(m, PAGES));

	if (DO(sys_mprotect(addr, PAGE_SIZE, PROT_READ)))
		return;
	while (!m->over && !current->killed &&
	       DO(sys_mprotect(addr, PAGE_SIZE, RW)))
		m->over = met_fault();
}

static void step_advise(struct member *m)
{
	static const int advice[] = {
		MADV_PAGEOUT, MADV_PAGEOUT, MADV_COLD, MADV_WILLNEED,
		MADV_POPULATE_WRITE, MADV_DONTNEED,
	};
	int what = advice[draw(m, ARRAY_SIZE(advice))];
	unsigned i = draw(m, PAGES);
	unsigned n = what == MADV_DONTNEED ? 1 : 1 + draw(m, PAGES - i);
	long ret = DO(sys_madvise(page_of(m, i), P(n), what));

	if (what == MADV_DONTNEED && !ret)
		m->byte[i] = 0;
}

static long host_fork_to(struct task_struct *t, struct task_struct **child)
{
	*child = host_fork(t);
	return IS_ERR(*child) ? PTR_ERR(*child) : 0;
}

/* The child sees the parent's memory, and writes do not get through. */
static void step_fork(struct member *m)
{
	struct task_struct *child;

	if (BESIDE(m->t, host_fork_to(m->t, &child)))
		return;
	for (unsigned i = 0; i < PAGES; i++) {
		verify_page(m, child, i);
		if (draw(m, 2))
			writes(child, page_of(m, i), 77);
	}
	host_exit(child);
	host_switch(m->t);
	done(0);
}

static void step_move(struct member *m)
{
	unsigned long there = m->base ^ 0x800000ul;
	long ret = DO(sys_mremap(m->base, P(PAGES), P(PAGES),
				 MREMAP_MAYMOVE | MREMAP_FIXED, there));

	if (!IS_ERR_VALUE(ret))
		m->base = there;
}

static void (*const steps[])(struct member *) = {
	step_read, step_read, step_read, step_write, step_write, step_write,
	step_file, step_file, step_lock, step_lock, step_map_again,
	step_protect, step_advise, step_fork, step_move,
};

static void live(void *arg)
{
	struct member *m = arg;

	for (unsigned i = 0; i < STEPS && !m->t->killed && !m->over; i++) {
		steps[draw(m, ARRAY_SIZE(steps))](m);
		done(0);
		require(!i || i % 16 || !host_disk_find(unit_swap, SECRET, 16),
			"a secret is on the disk");
	}
	for (unsigned i = 0; i < PAGES && !m->t->killed && !m->over; i++)
		verify_page(m, m->t, i);
}

/* Whatever failed, nothing was lost. */
static void verify_rest(struct member *m)
{
	unsigned char got;

	for (unsigned i = 0; i < PAGES && !m->t->killed; i++) {
		if (!(flags_at(m->t, page_of(m, i)) & VM_READ))
			continue;
		assert_int_equal(peek(m->t, page_of(m, i), &got), 0);
		assert_int_equal(got, m->byte[i]);
	}
}

/* ---- the others ---------------------------------------------------------- */

static void toggle_swap(void *arg)
{
	struct task_struct *t = arg;

	for (unsigned i = 0; i < 4 && !t->killed; i++) {
		for (unsigned k = 0; k < 40; k++)
			host_yield();
		if (DO(do_swapoff(&unit_swap->bdev)))
			continue;
		while (DO(do_swapon(&unit_swap->bdev, "/dev/vdb", -1)) &&
		       !t->killed && !met_fault())
			;	/* no memory for its table */
	}
}

/* Programs begin and end; some of them are designated. */
static void run_programs(void *arg)
{
	const struct host_image image = {
		.file = arg, .text = 0x400000, .data = 0x401000,
		.brk = 0x402000, .mmap_base = HOST_MMAP_BASE,
		.stack_top = HOST_STACK_TOP, .stack_size = HOST_STACK_SIZE,
	};

	for (unsigned i = 0; i < 10 && !current->killed; i++)
		DO(host_exec_image(current, i & 1, &image));
}

static void map_for(struct member *m, struct file *f)
{
	assert_int_equal(map(m->t, m->base, PAGES, RW, ANON | MAP_FIXED),
			 m->base);
	if (m->marked || flags_at(m->t, FILED))
		return;			/* (files of a marked one have no
					 * writers) */
	assert_int_equal(map_file(m->t, FILED, FILE_PAGES, RW, MAP_SHARED |
				  MAP_FIXED, f, 0), FILED);
}

/* The first and second share an address space, the third is their child, ... */
static void gather(struct file *f, unsigned long seed, bool marked)
{
	static const char *const names[THREADS] = {
		"first", "second", "child", "other", "guard", "guard's twin",
	};

	for (unsigned n = 0; n < THREADS; n++) {
		struct member *m = &members[n];
		bool twin = n == 1 || n == 5;

		*m = (struct member){ .base = WINDOW(n), .n = n,
				      .draws = seed * 1000 + n };
		m->t = n == 2 ? fork_of(members[0].t) : spawn(names[n], 1000);
		if (n == 4 && marked)
			assert_int_equal(host_exec(m->t, true), 0);
		m->marked = marked && n >= 4;
		if (twin) {
			mmput(m->t->mm);
			m->t->mm = members[n - 1].t->mm;
			m->t->mm->mm_users++;
		}
		strcpy(m->t->comm, names[n]);
		map_for(m, f);
	}
}

static void run(unsigned long seed, bool marked)
{
	struct file *f = host_file_new(P(FILE_PAGES), P(FILE_PAGES),
				       FMODE_READ | FMODE_WRITE);
	struct file *program = host_file_new(P(2), P(2), FMODE_READ);
	struct host_thread list[THREADS + 2];
	struct task_struct *admin = spawn("admin", 0);
	struct task_struct *shell = spawn("shell", 1000);

	gather(f, seed, marked);
	for (unsigned n = 0; n < THREADS; n++)
		list[n] = (struct host_thread){ members[n].t, live,
						&members[n] };
	list[THREADS] = (struct host_thread){ admin, toggle_swap, admin };
	list[THREADS + 1] = (struct host_thread){ shell, run_programs,
						  program };
	host_run(list, THREADS + 2, seed);
	unit_check();
	if (met_fault()) {
		unit_faults_over();
		for (unsigned n = 0; n < THREADS; n++)
			verify_rest(&members[n]);
	}
	for (unsigned n = 0; n < THREADS; n++)
		leave(members[n].t);
	leave(admin);
	leave(shell);
	fput(f);
	fput(program);
	unit_check();
}

/* ---- cases --------------------------------------------------------------- */

static void side_by_side(void)
{
	kswapd_init();
	for (unsigned long s = 0; s < SEEDS && !met_fault(); s++)
		run(unit_seed() + s, false);
}

static void one_order(void)
{
	kswapd_init();
	run(unit_seed(), false);
}

static void beside_a_guard(void)
{
	kswapd_init();
	for (unsigned long s = 0; s < SEEDS && !met_fault(); s++)
		run(unit_seed() + s, true);
}

static void one_order_beside_a_guard(void)
{
	kswapd_init();
	run(unit_seed(), true);
}

static char noted[64];
static unsigned nr_noted;

static void note(void *arg)
{
	for (unsigned i = 0; i < 8; i++) {
		noted[nr_noted++] = *(char *)arg;
		host_yield();
	}
}

/* The same seed, the same order; another, another. */
static void the_seed_decides(void)
{
	struct host_thread list[3] = {
		{ task, note, "a" },
		{ spawn("b", 1000), note, "b" },
		{ spawn("c", 1000), note, "c" },
	};
	char first[sizeof(noted)];
	unsigned other = 0;

	host_run(list, 3, 1);
	memcpy(first, noted, sizeof(noted));
	for (unsigned long seed = 1; seed < 10; seed++) {
		nr_noted = 0;
		host_run(list, 3, seed);
		assert_int_equal(nr_noted, 24);
		other += !!memcmp(first, noted, sizeof(noted));
		assert_true(seed > 1 || !other);
	}
	assert_true(other > 4);
}

static void touch_both(void *arg)
{
	unsigned char got;

	if (reads(current, (unsigned long)arg, &got))
		require(got == 42, "not what was swapped out");
	else
		require(met_fault(), "what was swapped out cannot be read");
}

/* Two threads want a page that is on the disk: it is read once. */
static void one_read_for_two(void)
{
	unsigned long addr = WINDOW(0);
	struct task_struct *twin = spawn("twin", 1000);

	mmput(twin->mm);
	twin->mm = task->mm;
	task->mm->mm_users++;
	assert_int_equal(map(task, addr, 1, RW, ANON | MAP_FIXED), addr);
	for (unsigned long seed = 0; seed < 20; seed++) {
		struct host_thread list[2] = {
			{ task, touch_both, (void *)addr },
			{ twin, touch_both, (void *)addr },
		};
		u64 before;

		assert_int_equal(poke(task, addr, 42), 0);
		assert_int_equal(U(task, sys_madvise(addr, PAGE_SIZE,
						     MADV_PAGEOUT)), 0);
		assert_int_equal(swapped_pages(task, addr, 1), 1);
		before = unit_swap->bdev.requests[false];
		host_run(list, 2, seed);
		assert_int_equal(unit_swap->bdev.requests[false], before + 1);
		unit_check();
	}
	leave(twin);
}

static const struct unit_case cases[] = {
	CASE_MEM(the_seed_decides, 256, 0),
	CASE_MEM(one_read_for_two, 256, 64),
	CASE_MEM(one_order, 200, 256),
	{ .name = "one_order_beside_a_guard", .run = one_order_beside_a_guard,
	  .frames = 200, .swap_pages = 256, .memlock = "strict" },
	CASE_LONG(side_by_side, 200, 256),
	{ .name = "beside_a_guard", .run = beside_a_guard, .frames = 200,
	  .swap_pages = 256, .memlock = "strict", .is_long = true },
};

int main(void)
{
	return unit_main("threads", cases, ARRAY_SIZE(cases));
}
