// SPDX-License-Identifier: GPL-2.0
/*
 * mm/swap.c, swap_io.c, swapfile.c, shmem.c: slots are counted, contents come
 * back, disks fail, areas go away; and memory files, whose disk is swap.
 */
#include "unit.h"

#define A 0x20000000ul
#define B 0x30000000ul
#define SECTORS (PAGE_SIZE / SECTOR_SIZE)

static void map_filled(struct task_struct *t, unsigned long at,
		       unsigned long pages, unsigned long flags,
		       const char *tag)
{
	assert_int_equal(map(t, at, pages, RW, flags | MAP_FIXED), at);
	fill(t, at, pages, tag);
}

static void there_and_back(void)
{
	unsigned long slots = nr_swap_pages;

	map_filled(task, A, 40, ANON, "data");
	squeeze();
	assert_int_equal(swapped_pages(task, A, 40), 40);
	assert_int_equal(task->mm->rss_stat[MM_SWAPENTS], 40);
	assert_int_equal(nr_swap_pages, slots - 40);
	task->maj_flt = 0;
	verify(task, A, 40, "data");
	/* Read in clusters: fewer faults that wait for the disk than pages. */
	assert_true(task->maj_flt > 0 && task->maj_flt < 20);
	fill(task, A, 40, "new");
	squeeze();
	verify(task, A, 40, "new");
	assert_int_equal(unmap(task, A, 40), 0);
	assert_int_equal(nr_swap_pages, slots);
}

/* Clustered writing: consecutive slots for what goes out together. */
static void written_in_clusters(void)
{
	map_filled(task, A, 64, ANON, "data");
	squeeze();
	assert_int_equal(unit_swap->bdev.moved[1], 64 * SECTORS);
	for (int i = 1; i < 16; i++) {
		u64 a = pte_swp_offset(entry_at(task, A + P(i - 1)));
		u64 b = pte_swp_offset(entry_at(task, A + P(i)));

		assert_true(b == a + 1 || b == a - 1 || i % 32 == 0);
	}
}

static void clean_pages_are_not_written_again(void)
{
	u64 writes;

	map_filled(task, A, 32, ANON, "data");
	squeeze();
	verify(task, A, 32, "data");
	writes = unit_swap->bdev.moved[1];
	squeeze();
	assert_int_equal(swapped_pages(task, A, 32), 32);
	assert_true(unit_swap->bdev.moved[1] < writes + 32 * SECTORS);
	verify(task, A, 32, "data");
}

static void shared_by_fork(void)
{
	struct task_struct *child;
	unsigned long slots = nr_swap_pages;

	map_filled(task, A, 20, ANON, "both");
	child = fork_of(task);
	squeeze();
	assert_int_equal(nr_swap_pages, slots - 20);
	fill(child, A, 10, "child");
	verify(task, A, 20, "both");
	squeeze();
	verify(child, A, 10, "child");
	assert_int_equal(byte_at(child, A + P(15)), 'b');
	leave(child);
	verify(task, A, 20, "both");
	assert_int_equal(unmap(task, A, 20), 0);
	assert_int_equal(nr_swap_pages, slots);
}

static void fork_of_swapped(void)
{
	struct task_struct *child;

	map_filled(task, A, 20, ANON, "both");
	squeeze();
	child = fork_of(task);
	assert_int_equal(swapped_pages(child, A, 20), 20);
	verify(child, A, 20, "both");
	fill(child, A, 20, "child");
	squeeze();
	verify(task, A, 20, "both");
	verify(child, A, 20, "child");
}

static void full(void)
{
	struct task_struct *hog = spawn("hog", 1000);
	char byte = 1;
	long ret = 0;

	map_filled(task, A, 60, ANON, "kept");
	assert_int_equal(map(hog, B, 2000, RW,
			     ANON | MAP_FIXED | MAP_NORESERVE), B);
	for (int i = 0; i < 2000 && !ret; i++)
		ret = host_user_write(hog, B + P(i), &byte, 1);
	assert_int_equal(ret, -ENOMEM);
	assert_true(hog->killed);
	leave(hog);
	verify(task, A, 60, "kept");
}

/* ---- the disk fails ---------------------------------------------------- */

static void read_error(void)
{
	unsigned char c;

	map_filled(task, A, 20, ANON, "data");
	squeeze();
	unit_swap->fail_read = 1;
	unit_swap->lasting = true;
	assert_int_equal(peek(task, A, &c), SIGBUS);
	assert_int_equal(task->sig_addr, A);
	assert_int_equal(U(task, sys_mlock(A, P(20))), -ENOMEM);
	assert_true(unit_swap->failed > 0);
	/* The rest of the machine goes on, and another try may succeed. */
	map_filled(task, B, 4, ANON, "other");
	unit_swap->fail_read = 0;
	verify(task, A, 20, "data");
	verify(task, B, 4, "other");
}

static void one_bad_neighbour(void)
{
	map_filled(task, A, 20, ANON, "data");
	squeeze();
	unit_swap->fail_read = 3;
	verify(task, A, 20, "data");
}

static void write_error(void)
{
	map_filled(task, A, 60, ANON, "data");
	for (unsigned n = 1; n < 40; n += 13) {
		unit_swap->fail_write = n;
		squeeze();
		unit_swap->fail_write = 0;
		verify(task, A, 60, "data");
	}
	assert_true(unit_swap->failed > 0);
	assert_true(swap_info[0].errors <= unit_swap->failed);
}

static void no_write_succeeds(void)
{
	struct task_struct *child;

	map_filled(task, A, 40, ANON, "data");
	map_filled(task, B, 20, SHANON, "shm");
	child = fork_of(task);
	unit_swap->fail_write = 1;
	unit_swap->lasting = true;
	squeeze();
	assert_int_equal(host_disk_find(unit_swap, "data", 4), 0);
	verify(task, A, 40, "data");
	verify(child, A, 40, "data");
	verify(child, B, 20, "shm");
	unit_swap->fail_write = 0;
	squeeze();
	verify(child, A, 40, "data");
	fill(child, A, 40, "child");
	verify(task, A, 40, "data");
}

static bool moved;

/* No write succeeds; while the first one sleeps the area moves. */
static bool move_in_write(enum host_fault what)
{
	if (what == HOST_FAIL_WRITE && !moved) {
		moved = true;
		assert_int_equal(U(task, sys_mremap(A, P(4), P(4),
						    MREMAP_MAYMOVE |
						    MREMAP_FIXED, B)), B);
	}
	return what == HOST_FAIL_WRITE;
}

/* The pages stay in the swap cache for the moved entries, and leave it (I9)
 * when those come in locked; if for writing, they would leave it anyway. */
static void locked_where_no_write_succeeded(void)
{
	bool (*hook)(enum host_fault) = host_fault_hook;

	moved = false;
	map_filled(task, A, 4, ANON, "data");
	host_fault_hook = move_in_write;
	squeeze();
	host_fault_hook = hook;
	assert_true(moved);
	assert_int_equal(swapped_pages(task, B, 4), 4);
	assert_int_equal(U(task, sys_mprotect(B, P(4), PROT_READ)), 0);
	assert_int_equal(U(task, sys_mlock(B, P(4))), 0);
	assert_int_equal(nr_swapcache_pages, 0);
	verify(task, B, 4, "data");
}

/* ---- areas ------------------------------------------------------------- */

static void off_brings_all_in(void)
{
	struct task_struct *child;

	map_filled(task, A, 30, ANON, "both");
	map_filled(task, B, 30, SHANON, "shm");
	child = fork_of(task);
	squeeze();
	assert_true(swapped_pages(task, A, 30) == 30);
	assert_int_equal(do_swapoff(&unit_swap->bdev), 0);
	host_check();
	assert_int_equal(nr_swap_pages, 0);
	assert_int_equal(total_swap_pages, 0);
	memset(unit_swap->data, 0, P(unit_swap->pages));
	verify(task, A, 30, "both");
	verify(child, A, 30, "both");
	verify(child, B, 30, "shm");
	fill(child, A, 30, "child");
	verify(task, A, 30, "both");
	assert_int_equal(do_swapoff(&unit_swap->bdev), -EINVAL);
}

static void off_without_room(void)
{
	unsigned long slots;

	map_filled(task, A, 600, ANON, "data");
	slots = total_swap_pages;
	assert_int_equal(do_swapoff(&unit_swap->bdev), -ENOMEM);
	host_check();
	assert_int_equal(total_swap_pages, slots);
	verify(task, A, 600, "data");
	assert_int_equal(unmap(task, A, 600), 0);
}

static void two_areas(void)
{
	struct host_disk *second = host_disk_new("vdc", 64);

	host_mkswap(second);
	assert_int_equal(do_swapon(&unit_swap->bdev, "/dev/vdb", 0), -EBUSY);
	assert_int_equal(do_swapon(&second->bdev, "/dev/vdc", 5), 0);
	map_filled(task, A, 100, ANON, "data");
	squeeze();
	/* The higher priority first, all of it. */
	assert_int_equal(host_disk_find(second, "data", 4), 63);
	assert_true(host_disk_find(unit_swap, "data", 4) >= 37);
	assert_int_equal(do_swapoff(&second->bdev), 0);
	host_check();
	verify(task, A, 100, "data");
	host_disk_free(second);
}

struct header_row {
	const char *what;
	unsigned offset;		/* bytes into the header page */
	u32 value;
};

static void corrupt_headers(void)
{
	static const struct header_row rows[] = {
		{ "signature", PAGE_SIZE - 10, 0x12345678 },
		{ "version 0", 1024, 0 }, { "version 2", 1024, 2 },
		{ "other byte order", 1024, 0x01000000 },
		{ "empty", 1028, 0 }, { "too large", 1028, 64 },
		{ "far too large", 1028, ~0u },
		{ "too many bad pages", 1032, 638 },
		{ "bad page count", 1032, ~0u },
		{ "bad page 0", 1032, 1 },
	};
	unsigned long free = nr_free_pages;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct host_disk *d = host_disk_new("vdc", 64);

		host_mkswap(d);
		memcpy(d->data + rows[i].offset, &rows[i].value, 4);
		host_log_clear();
		if (do_swapon(&d->bdev, "/dev/vdc", 0) != -EINVAL)
			fail_msg("%s was taken", rows[i].what);
		assert_non_null(strstr(host_log, "/dev/vdc"));
		assert_int_equal(nr_free_pages, free);
		host_check();
		host_disk_free(d);
	}
}

static void bad_pages_are_left_out(void)
{
	struct host_disk *d = host_disk_new("vdc", 64);
	u32 count = 3, bad[] = { 1, 7, 63 };

	host_mkswap(d);
	memcpy(d->data + 1032, &count, sizeof(count));
	memcpy(d->data + 1536, bad, sizeof(bad));
	assert_int_equal(do_swapon(&d->bdev, "/dev/vdc", 9), 0);
	map_filled(task, A, 100, ANON, "data");
	squeeze();
	assert_int_equal(host_disk_find(d, "data", 4), 60);
	assert_int_equal(d->data[P(7)], 0);
	assert_int_equal(do_swapoff(&d->bdev), 0);
	verify(task, A, 100, "data");
	host_disk_free(d);
}

static void unreadable_header(void)
{
	struct host_disk *d = host_disk_new("vdc", 64);

	host_mkswap(d);
	d->fail_read = 1;
	assert_int_equal(do_swapon(&d->bdev, "/dev/vdc", 0), -EIO);
	d->bdev.readonly = true;
	assert_true(do_swapon(&d->bdev, "/dev/vdc", 0) < 0);
	host_disk_free(d);
}

/* ---- memory files ------------------------------------------------------ */

static void shmem_swaps(void)
{
	struct file *f = host_shmem_new(P(30), FMODE_READ | FMODE_WRITE);
	unsigned long slots = nr_swap_pages;
	char buf[4];
	u64 pos = P(9);

	assert_int_equal(map_file(task, A, 30, RW, MAP_SHARED | MAP_FIXED, f,
				  0), A);
	fill(task, A, 30, "shm");
	squeeze();
	assert_int_equal(f->f_mapping->nrswap, 30);
	assert_int_equal(nr_swap_pages, slots - 30);
	assert_int_equal(filemap_kread(f, buf, 4, pos), 4);
	assert_memory_equal(buf, "shm", 4);
	assert_int_equal(unmap(task, A, 30), 0);
	squeeze();
	assert_int_equal(map_file(task, A, 30, RW, MAP_SHARED | MAP_FIXED, f,
				  0), A);
	verify(task, A, 30, "shm");
	squeeze();
	assert_int_equal(truncate_setsize(f->f_mapping, P(10)), 0);
	host_check();
	assert_true(nr_swap_pages >= slots - 10);
	assert_int_equal(poke(task, A + P(10), 1), SIGBUS);
	verify(task, A, 10, "shm");
	assert_int_equal(unmap(task, A, 30), 0);
	squeeze();
	fput(f);
	host_check();
	assert_int_equal(nr_swap_pages, slots);
	assert_int_equal(nr_shmem_pages, 0);
}

static void shmem_is_locked_by_its_mapper(void)
{
	struct file *f = host_shmem_new(P(16), FMODE_READ | FMODE_WRITE);

	assert_int_equal(map_file(task, A, 16, RW, MAP_SHARED | MAP_FIXED, f,
				  0), A);
	fill(task, A, 16, "shm-canary");
	assert_int_equal(U(task, sys_mlock(A, P(16))), 0);
	squeeze();
	assert_int_equal(host_disk_find(unit_swap, "shm-canary", 10), 0);
	/* W10: unmapped, it is an ordinary page again. */
	assert_int_equal(unmap(task, A, 16), 0);
	assert_int_equal(nr_mlock, 0);
	squeeze();
	assert_int_equal(host_disk_find(unit_swap, "shm-canary", 10), 16);
	fput(f);
}

static void shmem_has_a_limit(void)
{
	struct file *f = host_shmem_new(P(30), FMODE_READ | FMODE_WRITE);

	shmem_max_pages = 10;
	assert_int_equal(map_file(task, A, 30, RW, MAP_SHARED | MAP_FIXED, f,
				  0), A);
	fill(task, A, 10, "shm");
	assert_int_equal(poke(task, A + P(10), 1), SIGBUS);
	squeeze();
	assert_int_equal(poke(task, A + P(10), 1), SIGBUS);
	verify(task, A, 10, "shm");
	assert_int_equal(filemap_kwrite(f->f_mapping, "x", 1,
					&(u64){ P(20) }),
			 -ENOSPC);
	assert_int_equal(truncate_setsize(f->f_mapping, P(5)), 0);
	assert_int_equal(filemap_kwrite(f->f_mapping, "x", 1,
					&(u64){ P(20) }), 1);
	fput(f);
}

/* SHM_LOCK: nothing goes out, what is out stays there until it is needed. */
static void unevictable_shmem(void)
{
	struct file *f = host_shmem_new(P(30), FMODE_READ | FMODE_WRITE);

	assert_int_equal(map_file(task, A, 30, RW, MAP_SHARED | MAP_FIXED, f,
				  0), A);
	fill(task, A, 15, "shm");
	fill(task, A + P(15), 5, "rest");
	squeeze();
	assert_int_equal(f->f_mapping->nrswap, 20);
	verify(task, A, 10, "shm");
	mapping_set_unevictable(f->f_mapping, true);
	unit_check();
	fill(task, A + P(20), 10, "late");
	assert_int_equal(lru_size[LRU_UNEVICTABLE], f->f_mapping->nrpages);
	assert_int_equal(unmap(task, A, 15), 0);
	squeeze();
	assert_int_equal(f->f_mapping->nrpages + f->f_mapping->nrswap, 30);
	assert_true(f->f_mapping->nrpages >= 20);
	assert_int_equal(nr_mlock, 0);
	verify(task, A + P(15), 5, "rest");
	verify(task, A + P(20), 10, "late");
	mapping_set_unevictable(f->f_mapping, false);
	unit_check();
	assert_int_equal(lru_size[LRU_UNEVICTABLE], 0);
	squeeze();
	assert_int_equal(f->f_mapping->nrswap, 30);
	fput(f);
}

static void private_copy_of_swapped_shmem(void)
{
	struct file *f = host_shmem_new(P(8), FMODE_READ | FMODE_WRITE);

	assert_int_equal(map_file(task, A, 8, RW, MAP_SHARED | MAP_FIXED, f,
				  0), A);
	assert_int_equal(map_file(task, B, 8, RW, MAP_PRIVATE | MAP_FIXED, f,
				  0), B);
	fill(task, A, 8, "shared");
	squeeze();
	verify(task, B, 8, "shared");
	fill(task, B, 8, "private");
	squeeze();
	verify(task, A, 8, "shared");
	verify(task, B, 8, "private");
	fput(f);
}

int main(void)
{
	static const struct unit_case cases[] = {
		CASE_MEM(there_and_back, 400, 256),
		CASE_MEM(written_in_clusters, 400, 256),
		CASE_MEM(clean_pages_are_not_written_again, 400, 256),
		CASE_MEM(shared_by_fork, 400, 256),
		CASE_MEM(fork_of_swapped, 400, 256), CASE_MEM(full, 400, 64),
		CASE_MEM(read_error, 400, 256),
		CASE_MEM(one_bad_neighbour, 400, 256),
		CASE_MEM(write_error, 400, 256),
		CASE_MEM(no_write_succeeds, 400, 256),
		CASE_MEM(locked_where_no_write_succeeded, 400, 256),
		CASE_MEM(off_brings_all_in, 400, 256),
		CASE_MEM(off_without_room, 400, 1024),
		CASE_MEM(two_areas, 400, 256),
		CASE_MEM(corrupt_headers, 400, 0),
		CASE_MEM(bad_pages_are_left_out, 400, 256),
		CASE_MEM(unreadable_header, 400, 0),
		CASE_MEM(shmem_swaps, 400, 256),
		CASE_MEM(shmem_is_locked_by_its_mapper, 400, 256),
		CASE_MEM(shmem_has_a_limit, 400, 256),
		CASE_MEM(unevictable_shmem, 400, 256),
		CASE_MEM(private_copy_of_swapped_shmem, 400, 256),
	};

	return unit_main("swap", cases, ARRAY_SIZE(cases));
}
