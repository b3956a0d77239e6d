// SPDX-License-Identifier: GPL-2.0
/*
 * The executor on the host (run.h): the explorer's world, with more memory,
 * without its swap disk unless there is a lock design to be tried, and with the
 * address space of real machines.
 */
#include <linux/mman.h>

#include "../explore/world.h"
#include "run.h"

/* world.c copies states for the explorer; nobody does here. */
char heap_small[1];
size_t heap_small_used;

#define OWN_PAGES 64		/* more than a program sets as its limit */

/* An executor in a guest is there itself, and is locked with the rest. */
static void map_executor(struct mm_struct *mm)
{
	mm->mmap_base = HOST_MMAP_BASE;
	if (!strcmp(run_design, "none") &&
	    IS_ERR_VALUE(do_mmap(mm, NULL, HOST_MMAP_BASE / 2,
				 OWN_PAGES * PAGE_SIZE, PROT_NONE, MAP_PRIVATE |
				 MAP_ANONYMOUS | MAP_FIXED, 0)))
		panic("no memory");
}

static void host_prepare(void)
{
	const struct prog_call swapoff = { .op = PROG_SWAPOFF };

	if (world_boot(run_design, 1))
		panic("no such lock design");
	if (!strcmp(run_design, "none"))
		world_run(&swapoff);
	world.task[0]->euid = 0;
	map_executor(world.task[0]->mm);
}

/* Does mincore say of the page there what everybody would?  *mapped: or does it
 * end there? */
static bool has_own(struct mm_struct *mm, unsigned long addr, bool *mapped)
{
	struct vm_area_struct *vma = vma_lookup(mm, addr);
	pte_t *pte = vma ? pte_lookup(mm, addr) : NULL;

	*mapped = vma;
	return vma && !vma->vm_file &&
	       (!pte || !pte_present(*pte) || vm_normal_page(*pte));
}

/* What it must not compare (run.h) is 0. */
static long call_mincore(const struct prog_call *c)
{
	struct task_struct *t = world.task[c->task], *old;
	bool own[RUN_MINCORE], mapped = true;
	unsigned pages = 0;
	long ret;

	while (pages < run_mincore_pages(c)) {
		own[pages] = has_own(t->mm, WORLD_BASE + c->arg[0] +
				     pages * PAGE_SIZE, &mapped);
		if (!mapped)
			break;
		pages++;
	}
	ret = world_run(c);
	old = host_switch(t);
	for (unsigned i = 0; ret != -EFAULT && i < pages; i++)
		if (!own[i] || c->arg[0] / PAGE_SIZE + i >= RUN_PAGES)
			host_user_write(t, WORLD_BASE + c->arg[2] + i, "", 1);
	host_switch(old);
	return ret;
}

/* Every invariant, after each call. */
static long host_call(const struct prog_call *c)
{
	long ret = c->op == PROG_MINCORE ? call_mincore(c) : world_run(c);

	host_check();
	if (c->op == PROG_EXEC && !ret)
		map_executor(world.task[c->task]->mm);
	return ret;
}

/* As it was when the world was booted. */
static void renew_file(unsigned i)
{
	struct file *f = world.file[i];
	u8 *data = host_inode(f)->data;

	if (truncate_setsize(f->f_mapping, 0) ||
	    truncate_setsize(f->f_mapping, WORLD_FILE_PAGES * PAGE_SIZE))
		panic("truncate");
	for (unsigned n = 0; data && n < WORLD_FILE_PAGES; n++) {
		memset(data + n * PAGE_SIZE, 0, PAGE_SIZE);
		data[n * PAGE_SIZE + MARK_FILE] = 1 + n;
	}
}

/* Nothing is left of the program before. */
static void host_start(const struct prog *p)
{
	const struct prog_call exec = { .op = PROG_EXEC };

	if (world.task[0])
		return;
	for (unsigned i = 0; i < PROG_NR_FILES; i++)
		renew_file(i);
	world.task[0] = host_spawn("task", 0);
	world.broken = 0;
	if (!world.task[0] || host_call(&exec))
		panic("no memory");
}

static void note_page(struct run_page *p, const struct vm_area_struct *vma,
		      unsigned long addr)
{
	unsigned long f = vma->vm_flags;
	pte_t *pte = pte_lookup(vma->vm_mm, addr);

	*p = (struct run_page){
		.mapped = true, .shared = f & VM_MAYSHARE,
		.seam = addr == vma->vm_start,
		.lock = !(f & VM_LOCKED) ? '-' :
			f & VM_LOCKONFAULT ? 'o' : 'l',
		.prot = (f & VM_READ ? PROT_READ : 0) |
			(f & VM_WRITE ? PROT_WRITE : 0) |
			(f & VM_EXEC ? PROT_EXEC : 0),
		.file = vma->vm_file ? RUN_SHARED_ANON : RUN_ANON,
		.offset = linear_page_index(vma, addr),
		.resident = pte && vm_normal_page(*pte),
	};
	for (unsigned i = 0; i < PROG_NR_FILES; i++)
		if (vma->vm_file && vma->vm_file->f_mapping ==
				    world.file[i]->f_mapping)
			p->file = i;
}

static void host_look(unsigned task, struct run_look *look)
{
	struct mm_struct *mm = world.task[task]->mm;

	for (unsigned i = 0; i < RUN_PAGES; i++) {
		unsigned long addr = WORLD_BASE + i * PAGE_SIZE;
		struct vm_area_struct *vma = vma_lookup(mm, addr);

		if (!vma)
			continue;
		note_page(&look->page[i], vma, addr);
		look->locked += look->page[i].lock != '-';
	}
}

static long host_contents(unsigned task, unsigned page)
{
	struct task_struct *t = world.task[task], *old = host_switch(t);
	unsigned char bytes[RUN_BYTES];
	int ret = host_user_read(t, WORLD_BASE + page * PAGE_SIZE, bytes,
				 sizeof(bytes));

	host_switch(old);
	return ret ? -t->sig : run_digest(bytes);
}

/* The explorer knows without: what it says is broken. */
static void host_edit(void)
{
}

static unsigned host_broken(const bool *alive, struct run_proof *proof)
{
	return world.broken;
}

/* All tasks exit: what they leave behind is the next program's. */
static void host_end(void)
{
	struct prog_call exit = { .op = PROG_EXIT };

	for (; exit.task < PROG_TASKS; exit.task++)
		if (world.task[exit.task])
			host_call(&exit);
}

const struct executor executor = {
	.name = "host", .prepare = host_prepare, .start = host_start,
	.call = host_call,
	.look = host_look, .contents = host_contents, .edit = host_edit,
	.broken = host_broken, .end = host_end,
};
