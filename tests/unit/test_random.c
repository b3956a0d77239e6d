// SPDX-License-Identifier: GPL-2.0
/*
 * Everything at once, at random, under memory pressure: a few related tasks
 * map, write, lock, fork, move, swap and exit; now and then an allocation or a
 * disk transfer fails.  After each step all invariants are checked, and what a
 * task reads must be what it, or a sharer, wrote.  SEED repeats a run.
 */
#include "unit.h"

#define TASKS 5
#define PAGES 24
#define PRIVATE 0x20000000ul
#define MOVED 0x30000000ul
#define SHARED 0x40000000ul
#define FILED 0x50000000ul
#define STEPS 2500

/* What one task's page holds: a byte per page, and whether it is mapped. */
struct shadow {
	struct task_struct *t;
	unsigned long base;		/* of the private window */
	unsigned char byte[PAGES];
	bool mapped[PAGES];
};
static struct shadow shadows[TASKS];
static unsigned char shared[PAGES];
static struct file *file;		/* on a disk, mapped shared at FILED */
static unsigned char filed[PAGES];
static unsigned file_pages;		/* its size */
static bool failing;			/* a failure is being injected */

static struct shadow *any(void)
{
	struct shadow *s;

	do
		s = &shadows[unit_random(TASKS)];
	while (!s->t);
	return s;
}

static void start(struct shadow *s, struct task_struct *t)
{
	s->t = t;
	s->base = PRIVATE;
	assert_int_equal(map(t, PRIVATE, PAGES, RW, ANON | MAP_FIXED), PRIVATE);
	for (unsigned i = 0; i < PAGES; i++) {
		s->mapped[i] = true;
		s->byte[i] = 0;
	}
}

static void step_write(struct shadow *s)
{
	unsigned i = unit_random(PAGES);
	unsigned char value = 1 + unit_random(255);
	bool use_shared = unit_random(4) == 0;
	unsigned long addr = use_shared ? SHARED + P(i) : s->base + P(i);
	int sig = poke(s->t, addr, value);

	if (!use_shared && !s->mapped[i]) {
		assert_int_equal(sig, SIGSEGV);
		return;
	}
	if (sig) {
		assert_true(failing);
		return;
	}
	if (use_shared)
		shared[i] = value;
	else
		s->byte[i] = value;
}

static void step_read(struct shadow *s)
{
	unsigned i = unit_random(PAGES);
	unsigned char got = 0;
	int sig = peek(s->t, s->base + P(i), &got);

	if (!s->mapped[i])
		assert_int_equal(sig, SIGSEGV);
	else if (!sig)
		assert_int_equal(got, s->byte[i]);
	else
		assert_true(failing);
	sig = peek(s->t, SHARED + P(i), &got);
	if (!sig)
		assert_int_equal(got, shared[i]);
	else
		assert_true(failing);
}

/* The file through a mapping, and through read and write. */
static void step_file(struct shadow *s)
{
	unsigned i = unit_random(PAGES);
	unsigned char value = unit_random(256), got = 0;
	int sig;

	if (unit_random(2)) {
		sig = poke(s->t, FILED + P(i), value);
		if (!sig)
			filed[i] = value;
	} else {
		sig = peek(s->t, FILED + P(i), &got);
		if (!sig)
			assert_int_equal(got, filed[i]);
	}
	if (i >= file_pages)
		assert_int_equal(sig, SIGBUS);
	else if (sig)
		assert_true(failing);
	if (i < file_pages &&
	    filemap_kread(file, &got, 1, P(i)) == 1)
		assert_int_equal(got, filed[i]);
	if (unit_random(4) == 0 &&
	    U(s->t, sys_msync(FILED, P(PAGES), MS_SYNC)) == 0)
		for (i = 0; i < file_pages; i++)
			assert_int_equal(host_inode(file)->data[P(i)],
					 filed[i]);
}

/* Like a file system, forget on the disk what is cut off. */
static void step_truncate(void)
{
	unsigned size = 1 + unit_random(PAGES);
	unsigned i = unit_random(PAGES - 1);

	if (unit_random(3) == 0) {
		if (truncate_hole(file->f_mapping, P(i), P(i + 1)) ||
		    i >= file_pages)
			return;
		filed[i] = 0;
		memset(host_inode(file)->data + P(i), 0, PAGE_SIZE);
		return;
	}
	if (truncate_setsize(file->f_mapping, P(size)))
		return;
	for (; file_pages > size; file_pages--) {
		filed[file_pages - 1] = 0;
		memset(host_inode(file)->data + P(file_pages - 1), 0,
		       PAGE_SIZE);
	}
	file_pages = size;
}

static void step_lock(struct shadow *s)
{
	unsigned i = unit_random(PAGES), n = 1 + unit_random(PAGES - i);
	unsigned long bases[] = { s->base, s->base, SHARED, FILED };
	unsigned long addr = bases[unit_random(4)] + P(i);

	switch (unit_random(6)) {
	case 0: case 1:
		U(s->t, sys_mlock(addr, P(n)));
		break;
	case 2:
		U(s->t, sys_mlock2(addr, P(n), MLOCK_ONFAULT));
		break;
	case 3: case 4:
		U(s->t, sys_munlock(addr, P(n)));
		break;
	default:
		U(s->t, sys_munlockall());
	}
}

static void step_map(struct shadow *s)
{
	unsigned i = unit_random(PAGES);
	unsigned n = 1 + unit_random(min(PAGES - i, 6u));
	unsigned long addr = s->base + P(i);
	bool in = unit_random(2);
	long ret;

	if (in)
		ret = map(s->t, addr, n, RW, ANON | MAP_FIXED |
			  (unit_random(3) ? 0 : MAP_LOCKED));
	else
		ret = unmap(s->t, addr, n);
	if (IS_ERR_VALUE(ret)) {
		assert_true(failing);
		/* MAP_FIXED may have removed what was there. */
		for (; n--; i++)
			s->mapped[i] = vma_lookup(s->t->mm, s->base + P(i));
		return;
	}
	for (; n--; i++) {
		s->mapped[i] = in;
		s->byte[i] = 0;
	}
}

static void step_advise(struct shadow *s)
{
	static const int harmless[] = {
		MADV_PAGEOUT, MADV_COLD, MADV_WILLNEED, MADV_NORMAL,
		MADV_POPULATE_READ, MADV_POPULATE_WRITE,
	};
	unsigned i = unit_random(PAGES), n = 1 + unit_random(PAGES - i);
	unsigned long bases[] = { s->base, s->base, SHARED, FILED };
	unsigned long base = bases[unit_random(4)];

	U(s->t, sys_madvise(base + P(i), P(n),
			    harmless[unit_random(ARRAY_SIZE(harmless))]));
	i = unit_random(PAGES);
	if (s->mapped[i] && unit_random(4) == 0 &&
	    U(s->t, sys_madvise(s->base + P(i), P(1), MADV_DONTNEED)) == 0)
		s->byte[i] = 0;
}

static void step_protect(struct shadow *s)
{
	unsigned i = unit_random(PAGES), n = 1 + unit_random(PAGES - i);
	unsigned long addr = s->base + P(i);
	unsigned char got;

	U(s->t, sys_mprotect(addr, P(n), unit_random(2) ? PROT_READ :
							  PROT_NONE));
	if (poke(s->t, addr, 1) == 0) {	/* mprotect had failed */
		assert_true(failing);
		s->byte[i] = 1;
	}
	peek(s->t, addr, &got);
	/* Without the failure under test, it must be writable again. */
	unit_arm_alloc(-1, false);
	for (; n--; i++)
		U(s->t, sys_mprotect(s->base + P(i), P(1), RW));
}

/* The whole private window to its other place, if it has no hole. */
static void step_move(struct shadow *s)
{
	unsigned long to = s->base == PRIVATE ? MOVED : PRIVATE;
	unsigned moved = 0;

	if (areas_in(s->t, s->base, PAGES) != 1)
		return;
	for (unsigned i = 0; i < PAGES; i++)
		moved += s->mapped[i];
	if (moved != PAGES)
		return;
	if (U(s->t, sys_mremap(s->base, P(PAGES), P(PAGES), MREMAP_MAYMOVE |
			       MREMAP_FIXED, to)) == (long)to)
		s->base = to;
	else
		assert_true(failing);
}

static void step_fork(struct shadow *s)
{
	struct shadow *c = &shadows[unit_random(TASKS)];
	struct task_struct *t;

	if (c == s)
		return;
	if (c->t)
		leave(c->t);
	c->t = NULL;
	t = host_fork(s->t);
	host_check();
	if (IS_ERR(t)) {
		assert_true(failing);
		return;
	}
	*c = *s;
	c->t = t;
}

static void step_swap(void)
{
	int ret;

	switch (unit_random(3)) {
	case 0:
		try_to_free_pages(1 + unit_random(64));
		return;
	case 1:
		squeeze();
		return;
	default:
		ret = do_swapoff(&unit_swap->bdev);
		host_check();
		if (!ret) {
			/* What was on the disk is gone for good. */
			memset(unit_swap->data, 0xee, P(unit_swap->pages));
			host_mkswap(unit_swap);
			unit_arm_alloc(-1, false);
			unit_swap->fail_read = 0;
			assert_int_equal(do_swapon(&unit_swap->bdev, "/dev/vdb",
						   0), 0);
		}
	}
}

static void step(void)
{
	struct shadow *s = any();

	switch (unit_random(19)) {
	case 0: case 1: case 2: case 3:
		step_write(s);
		break;
	case 4: case 5: case 6:
		step_read(s);
		break;
	case 7: case 8:
		step_lock(s);
		break;
	case 9:
		step_map(s);
		break;
	case 10:
		step_advise(s);
		break;
	case 11:
		step_protect(s);
		break;
	case 12:
		step_move(s);
		break;
	case 13:
		step_fork(s);
		break;
	case 14: case 15:
		step_file(s);
		break;
	case 16:
		step_truncate();
		break;
	default:
		step_swap();
	}
}

static void inject(bool faults)
{
	failing = faults && unit_random(3) == 0;
	unit_arm_alloc(-1, false);
	unit_swap->fail_read = unit_swap->fail_write = 0;
	host_inode(file)->fail_read = 0;
	if (!failing)
		return;
	switch (unit_random(4)) {
	case 0:
		unit_arm_alloc(unit_random(6), false);
		break;
	case 1:
		unit_swap->fail_read = 1 + unit_random(3);
		break;
	case 2:
		host_inode(file)->fail_read = 1 + unit_random(2);
		break;
	default:
		unit_swap->fail_write = 1 + unit_random(20);
	}
}

static void run(bool faults, int steps)
{
	unsigned long s = unit_seed();

	start(&shadows[0], task);
	assert_int_equal(map(task, SHARED, PAGES, RW, SHANON | MAP_FIXED),
			 SHARED);
	file = host_file_new(P(PAGES), P(PAGES), FMODE_READ | FMODE_WRITE);
	file_pages = PAGES;
	assert_int_equal(map_file(task, FILED, PAGES, RW, MAP_SHARED |
				  MAP_FIXED, file, 0), FILED);
	printf("SEED=%lu\n", s);
	for (int i = 0; i < steps; i++) {
		inject(faults);
		step();
		host_check();
	}
	inject(false);
	for (int i = 0; i < steps / 8; i++)
		step_read(any());
	fput(file);
}

static void under_pressure(void)
{
	run(false, STEPS);
}

static void with_failures(void)
{
	run(true, STEPS);
}

/* So little memory that every step reclaims. */
static void in_little_memory(void)
{
	host_hog(wmark_min + 190);
	run(false, STEPS);
}

/* Every fault at every place, from any one of its steps on. */
static void a_short_run(void)
{
	run(false, STEPS / 10);
}

int main(void)
{
	static const struct unit_case cases[] = {
		CASE_LONG(under_pressure, 256, 400),
		CASE_LONG(with_failures, 256, 400),
		CASE_LONG(in_little_memory, 600, 400),
		CASE_MEM(a_short_run, 256, 400),
	};

	return unit_main("random", cases, ARRAY_SIZE(cases));
}
