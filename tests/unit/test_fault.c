// SPDX-License-Identifier: GPL-2.0
/*
 * mm/fault.c: what each kind of first touch brings, who gets which signal, and
 * copy on write after fork.
 */
#include "unit.h"

static void demand_zero(void)
{
	long a = map(task, 0, 4, RW, ANON);

	assert_int_equal(resident_pages(task, a, 4), 0);
	assert_int_equal(byte_at(task, a), 0);
	assert_true(is_zero_pfn(pte_pfn(entry_at(task, a))));
	assert_int_equal(task->mm->rss_stat[MM_ANONPAGES], 0);
	assert_int_equal(poke(task, a, 7), 0);
	assert_false(is_zero_pfn(pte_pfn(entry_at(task, a))));
	assert_int_equal(byte_at(task, a), 7);
	assert_int_equal(byte_at(task, a + 1), 0);
	assert_int_equal(task->mm->rss_stat[MM_ANONPAGES], 1);
	assert_int_equal(byte_at(task, a + P(2)), 0);
	assert_int_equal(resident_pages(task, a, 4), 2);
}

struct access_row {
	unsigned long prot;
	int read, write, fetch;		/* signal */
};

/* x86: what may be written or executed may be read, too. */
static void permissions(void)
{
	static const struct access_row rows[] = {
		{ PROT_NONE, SIGSEGV, SIGSEGV, SIGSEGV },
		{ PROT_READ, 0, SIGSEGV, SIGSEGV },
		{ PROT_WRITE, 0, 0, SIGSEGV },
		{ PROT_EXEC, 0, SIGSEGV, 0 },
		{ PROT_READ | PROT_WRITE, 0, 0, SIGSEGV },
		{ PROT_READ | PROT_EXEC, 0, SIGSEGV, 0 },
		{ PROT_READ | PROT_WRITE | PROT_EXEC, 0, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		long a = map(task, 0, 1, rows[i].prot, ANON);
		unsigned char c;

		assert_int_equal(peek(task, a, &c), rows[i].read);
		if (rows[i].read)
			assert_int_equal(task->sig_code, SEGV_ACCERR);
		assert_int_equal(poke(task, a, 1), rows[i].write);
		if (rows[i].write) {
			assert_int_equal(task->sig_code, SEGV_ACCERR);
			assert_int_equal(task->sig_addr, a);
		}
		host_user_fetch(task, a);
		assert_int_equal(task->sig, rows[i].fetch);
		assert_int_equal(unmap(task, a, 1), 0);
	}
}

static void no_area(void)
{
	unsigned char c;

	assert_int_equal(peek(task, 0x1234567, &c), SIGSEGV);
	assert_int_equal(task->sig_code, SEGV_MAPERR);
	assert_int_equal(task->sig_addr, 0x1234567);
	assert_int_equal(peek(task, TASK_SIZE, &c), SIGSEGV);
	assert_int_equal(peek(task, ~0ul, &c), SIGSEGV);
}

/* Kernel copies: -EFAULT, and what was copied before it stays. */
static void kernel_copies(void)
{
	long a = map(task, 0, 1, RW, ANON);
	char buf[8] = "holdfst";

	assert_int_equal(U(task, copy_to_user((void *)(a + 4092), buf, 8)),
			 -EFAULT);
	assert_int_equal(byte_at(task, a + 4092), 'h');
	assert_int_equal(U(task, raw_copy_to_user((void *)(a + 4092), buf, 8)),
			 4);
	assert_int_equal(U(task, copy_from_user(buf, (void *)TASK_SIZE, 1)),
			 -EFAULT);
	assert_int_equal(U(task, clear_user((void *)a, 4096)), 0);
	assert_int_equal(U(task, strncpy_from_user(buf, (void *)a, 8)), 0);
	assert_int_equal(poke(task, a, 'x'), 0);
	assert_int_equal(U(task, strncpy_from_user(buf, (void *)a, 8)), 1);
}

static void protection_changes_take_effect(void)
{
	long a = map(task, 0, 2, RW, ANON);

	fill(task, a, 2, "x");
	assert_int_equal(U(task, sys_mprotect(a, P(1), PROT_READ)), 0);
	assert_int_equal(poke(task, a, 1), SIGSEGV);
	assert_int_equal(poke(task, a + P(1), 1), 0);
	assert_int_equal(U(task, sys_mprotect(a, P(1), PROT_NONE)), 0);
	assert_int_equal(poke(task, a, 1), SIGSEGV);
	assert_true(resident(task, a));
	assert_int_equal(U(task, sys_mprotect(a, P(1), RW)), 0);
	verify(task, a, 1, "x");
	assert_int_equal(unmap(task, a, 1), 0);
	assert_int_equal(poke(task, a, 1), SIGSEGV);
}

/* ---- fork -------------------------------------------------------------- */

static void copy_on_write(void)
{
	long a = map(task, 0, 4, RW, ANON);
	struct task_struct *child;
	struct page *shared;

	fill(task, a, 4, "before");
	child = fork_of(task);
	shared = page_at(task, a);
	assert_ptr_equal(page_at(child, a), shared);
	assert_int_equal(shared->_mapcount, 2);
	assert_false(pte_write(entry_at(task, a)));
	fill(task, a, 1, "parent");
	assert_ptr_not_equal(page_at(task, a), shared);
	assert_ptr_equal(page_at(child, a), shared);
	verify(child, a, 4, "before");
	/* The last owner writes without a copy. */
	fill(child, a, 1, "child");
	assert_ptr_equal(page_at(child, a), shared);
	verify(task, a, 1, "parent");
	leave(child);
	assert_int_equal(byte_at(task, a + P(1)), 'b');
}

static void fork_of_fork(void)
{
	long a = map(task, 0, 2, RW, ANON);
	struct task_struct *t[6];

	fill(task, a, 2, "gen0");
	t[0] = task;
	for (int i = 1; i < 6; i++)
		t[i] = fork_of(t[i - 1]);
	assert_int_equal(page_at(task, a)->_mapcount, 6);
	fill(t[2], a, 2, "gen2");
	leave(t[1]);
	fill(t[5], a, 1, "gen5");
	verify(t[0], a, 2, "gen0");
	verify(t[2], a, 2, "gen2");
	verify(t[3], a, 2, "gen0");
	verify(t[4], a, 2, "gen0");
	verify(t[5], a, 1, "gen5");
}

static void fork_honours_advice(void)
{
	long a = map(task, 0, 6, RW, ANON);
	struct task_struct *child;
	unsigned char c;

	fill(task, a, 6, "x");
	assert_int_equal(U(task, sys_madvise(a, P(2), MADV_DONTFORK)), 0);
	assert_int_equal(U(task, sys_madvise(a + P(2), P(2),
					     MADV_WIPEONFORK)), 0);
	child = fork_of(task);
	assert_int_equal(peek(child, a, &c), SIGSEGV);
	assert_int_equal(byte_at(child, a + P(2)), 0);
	assert_int_equal(byte_at(child, a + P(4)), 'x');
	assert_int_equal(byte_at(task, a + P(2)), 'x');
}

static void shared_memory_is_shared(void)
{
	long a = map(task, 0, 2, RW, SHANON);
	struct task_struct *child;

	fill(task, a, 1, "one");
	child = fork_of(task);
	fill(child, a, 2, "two");
	verify(task, a, 2, "two");
	leave(child);
	verify(task, a, 2, "two");
}

/* ---- files ------------------------------------------------------------- */

static void end_of_file(void)
{
	struct file *f = host_file_new(P(1) + 100, P(4), FMODE_READ);
	long a = map_file(task, 0, 4, PROT_READ, MAP_PRIVATE, f, 0);
	unsigned char c;

	assert_int_equal(byte_at(task, a), 0);
	assert_int_equal(byte_at(task, a + P(2) - 1), 0);
	assert_int_equal(peek(task, a + P(2), &c), SIGBUS);
	assert_int_equal(task->sig_code, BUS_ADRERR);
	assert_int_equal(task->sig_addr, a + P(2));
	fput(f);
}

static void private_and_shared_files(void)
{
	struct file *f = host_file_new(P(2), P(2), FMODE_READ | FMODE_WRITE);
	long p, s;

	memset(host_inode(f)->data, 'd', P(2));
	p = map_file(task, 0, 2, RW, MAP_PRIVATE, f, 0);
	s = map_file(task, 0, 2, RW, MAP_SHARED, f, 0);
	assert_int_equal(byte_at(task, p), 'd');
	assert_int_equal(poke(task, s, 's'), 0);
	assert_int_equal(byte_at(task, p), 's');
	assert_int_equal(poke(task, p, 'p'), 0);
	assert_int_equal(byte_at(task, s), 's');
	assert_int_equal(poke(task, s, 't'), 0);
	assert_int_equal(byte_at(task, p), 'p');
	assert_int_equal(U(task, sys_msync(s, P(2), MS_SYNC)), 0);
	assert_int_equal(host_inode(f)->data[0], 't');
	assert_int_equal(poke(task, s + 1, 'u'), 0);
	assert_int_equal(U(task, sys_msync(s, P(2), MS_SYNC)), 0);
	assert_int_equal(host_inode(f)->data[1], 'u');
	fput(f);
}

static void read_error(void)
{
	struct file *f = host_file_new(P(2), P(2), FMODE_READ);
	long a = map_file(task, 0, 2, PROT_READ, MAP_SHARED, f, 0);
	unsigned char c;

	host_inode(f)->fail_read = 1;
	host_inode(f)->lasting = true;
	assert_int_equal(peek(task, a, &c), SIGBUS);
	host_inode(f)->fail_read = 0;
	assert_int_equal(byte_at(task, a), 0);
	fput(f);
}

static void modes(void)
{
	struct file *ro = host_file_new(P(1), P(1), FMODE_READ);
	struct file *wo = host_reopen(ro, FMODE_WRITE);
	long a;

	assert_int_equal(map_file(task, 0, 1, RW, MAP_SHARED, ro, 0), -EACCES);
	assert_int_equal(map_file(task, 0, 1, PROT_READ, MAP_SHARED, wo, 0),
			 -EACCES);
	assert_true(map_file(task, 0, 1, RW, MAP_PRIVATE, ro, 0) > 0);
	a = map_file(task, 0, 1, PROT_READ, MAP_SHARED, ro, 0);
	assert_int_equal(U(task, sys_mprotect(a, P(1), RW)), -EACCES);
	assert_int_equal(map_file(task, 0, 1, PROT_READ, 0, ro, 0), -EINVAL);
	fput(ro);
	fput(wo);
}

static void truncated_under_a_mapping(void)
{
	struct file *f = host_shmem_new(P(4), FMODE_READ | FMODE_WRITE);
	long s = map_file(task, 0, 4, RW, MAP_SHARED, f, 0);
	long p = map_file(task, 0, 4, RW, MAP_PRIVATE, f, 0);

	fill(task, s, 4, "s");
	fill(task, p, 4, "p");
	assert_int_equal(truncate_setsize(f->f_mapping, P(1) + 10), 0);
	host_check();
	assert_int_equal(poke(task, s + P(2), 1), SIGBUS);
	assert_int_equal(poke(task, p + P(2), 1), SIGBUS);
	assert_int_equal(byte_at(task, s + P(1)), 's');
	assert_int_equal(byte_at(task, s + P(1) + 10), 0);
	assert_int_equal(byte_at(task, p + P(1)), 'p');
	assert_int_equal(truncate_setsize(f->f_mapping, P(4)), 0);
	assert_int_equal(byte_at(task, s + P(2)), 0);
	assert_int_equal(byte_at(task, p + P(2)), 0);
	fill(task, p, 4, "p");
	fill(task, s, 4, "s");
	assert_int_equal(truncate_hole(f->f_mapping, P(1), P(3)), 0);
	host_check();
	assert_int_equal(byte_at(task, s + P(1)), 0);
	verify(task, p, 4, "p");
	fput(f);
}

/* ---- the stack --------------------------------------------------------- */

static void stack_grows(void)
{
	unsigned long low = HOST_STACK_TOP - HOST_STACK_SIZE;
	unsigned long at = low - P(20);

	assert_int_equal(poke(task, at, 1), 0);
	assert_int_equal(vma_lookup(task->mm, at)->vm_start, at & PAGE_MASK);
	assert_int_equal(resident_pages(task, at, 20), 1);
	assert_int_equal(poke(task, HOST_STACK_TOP - (9ul << 20), 1), SIGSEGV);
	task->rlim[RLIMIT_STACK].rlim_cur = P(40);
	assert_int_equal(poke(task, HOST_STACK_TOP - P(41), 1), SIGSEGV);
	assert_int_equal(poke(task, HOST_STACK_TOP - P(40), 1), 0);
}

static void stack_keeps_its_gap(void)
{
	unsigned long low = HOST_STACK_TOP - HOST_STACK_SIZE;
	unsigned long other = low - P(300);

	assert_int_equal(map(task, other, 1, RW, ANON | MAP_FIXED), other);
	/* 256 pages must stay free above [other, other + 1). */
	assert_int_equal(poke(task, other + P(1 + 256), 1), 0);
	assert_int_equal(poke(task, other + P(1 + 255), 1), SIGSEGV);
}

int main(void)
{
	static const struct unit_case cases[] = {
		CASE(demand_zero), CASE(permissions), CASE(no_area),
		CASE(kernel_copies), CASE(protection_changes_take_effect),
		CASE(copy_on_write), CASE(fork_of_fork),
		CASE(fork_honours_advice), CASE(shared_memory_is_shared),
		CASE(end_of_file), CASE(private_and_shared_files),
		CASE(read_error), CASE(modes), CASE(truncated_under_a_mapping),
		CASE(stack_grows), CASE(stack_keeps_its_gap),
	};

	return unit_main("fault", cases, ARRAY_SIZE(cases));
}
