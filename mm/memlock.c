// SPDX-License-Identifier: GPL-2.0
/*
 * The lock designs: what makes a task memlocked, and what its locks refuse.
 *
 *   none   Linux 6.1.  The designation of a program has no effect.
 *   task   the patch as posted in 2013: exec sets MMF_VM_LOCKED and puts
 *          VM_LOCKED in def_flags before the first area exists; munlock and
 *          munlockall answer EINVAL before they look at anything.  fork, exec
 *          of another program, mlockall(MCL_CURRENT), mlock2(MLOCK_ONFAULT)
 *          and the rest are as posted: unguarded.
 *   vma    its alternative, made precise: exec gives the areas of image, heap
 *          and stack VM_LOCKED_PERM; a call that would weaken such an area's
 *          lock, or take it from its place, answers EPERM and changes nothing;
 *          mlockall and munlockall pass over it.  Areas mapped later are
 *          plain.
 *   strict exec marks as in `task`, and a marked mm is sealed: each of its
 *          areas is locked, populated when it is made (or not made), and
 *          stays so; its children are sealed as it is; its frames never meet
 *          the swap device and are erased when they are freed; the files it
 *          maps have no writers; nobody else looks in.
 *
 * Keeps true: the mark is set here, at exec, and by fork for the child of a
 * sealed mm (mm.c), and nowhere cleared (I22); VM_LOCKED_PERM implies
 * VM_LOCKED; MMF_SEALED implies MMF_VM_LOCKED.  Guarded by mmap_lock of the mm
 * at hand.
 */
#include <mm/memlock.h>

/* ---- none -------------------------------------------------------------- */

static const struct memlock_ops memlock_none = {
	.name = "none",
};

/* ---- task -------------------------------------------------------------- */

/* lab 4: begin exec_mark_locked, munlock_enter_task = 0 */
/* Before the first area exists, so everything is born locked and counted. */
static void exec_mark_locked(struct mm_struct *mm)
{
	mm->flags |= 1ul << MMF_VM_LOCKED;
	mm->def_flags = VM_LOCKED;
}

static int munlock_enter_task(struct mm_struct *mm)
{
	return mm_memlocked(mm) ? -EINVAL : 0;
}
/* lab 4: end */

static const struct memlock_ops memlock_task = {
	.name = "task",
	.exec_mark = exec_mark_locked,
	.munlock_enter = munlock_enter_task,
};

/* lab 4: leave out */
/* ---- vma --------------------------------------------------------------- */

/* Born locked like `task`'s, so that nothing can be evicted while the image is
 * being mapped; now it becomes permanent. */
static void exec_finish_vma(struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	down_write(&mm->mmap_lock);
	for_each_vma(mm, vma) {
		if (vma->vm_flags & VM_SPECIAL)
			continue;
		vma_set_lock(vma, VM_LOCKED | VM_LOCKED_PERM);
		vma = vma_merge(vma);
	}
	mm->def_flags = 0;
	up_write(&mm->mmap_lock);
}

static bool is_perm(struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_LOCKED_PERM;
}

/* lo must stay and onf must not come. */
static int may_set_lock_vma(struct vm_area_struct *vma, unsigned long lock)
{
	return is_perm(vma) && lock != VM_LOCKED ? -EPERM : 0;
}

static int may_unmap_vma(struct vm_area_struct *vma)
{
	return is_perm(vma) ? -EPERM : 0;
}

/* The heap begins empty, so exec has no area to mark. */
static unsigned long brk_lock_vma(struct mm_struct *mm)
{
	return mm_memlocked(mm) ? VM_LOCKED | VM_LOCKED_PERM : mm->def_flags;
}

static const struct memlock_ops memlock_vma = {
	.name = "vma",
	.exec_mark = exec_mark_locked,
	.exec_finish = exec_finish_vma,
	.may_set_lock = may_set_lock_vma,
	.skip_in_all = is_perm,
	.may_unmap = may_unmap_vma,
	.brk_lock = brk_lock_vma,
	.mprotect_populates = is_perm,
};

/* ---- strict ------------------------------------------------------------ */

static void exec_mark_sealed(struct mm_struct *mm)
{
	exec_mark_locked(mm);
	mm->flags |= 1ul << MMF_SEALED;
}

static int may_set_lock_strict(struct vm_area_struct *vma, unsigned long lock)
{
	return mm_sealed(vma->vm_mm) && lock != VM_LOCKED ? -EPERM : 0;
}

static bool in_sealed_mm(struct vm_area_struct *vma)
{
	return mm_sealed(vma->vm_mm);
}

static const struct memlock_ops memlock_strict = {
	.name = "strict",
	.exec_mark = exec_mark_sealed,
	.keeps_programs = true,
	.may_set_lock = may_set_lock_strict,
	.mprotect_populates = in_sealed_mm,
};
/* lab 4: end */

/* A quarter of memory is left to the rest of the system. */
int sealed_memory_check(unsigned long pages)
{
	unsigned long cap = totalram_pages - totalram_pages / 4;
	struct mm_struct *mm;

	TAILQ_FOREACH(mm, &all_mms, mmlist)
		if (mm_sealed(mm))
			pages += mm->locked_vm;
	return pages > cap ? -ENOMEM : 0;
}

/* Not what the task shares in order to write it. */
static bool denies_writers(const struct vm_area_struct *vma)
{
	return vma->vm_file && mm_sealed(vma->vm_mm) &&
	       (vma->vm_flags & (VM_MAYSHARE | VM_MAYWRITE)) !=
		       (VM_MAYSHARE | VM_MAYWRITE);
}

int vma_deny_writers(const struct vm_area_struct *vma)
{
	return denies_writers(vma) ? deny_write_access(vma->vm_file) : 0;
}

void vma_allow_writers(const struct vm_area_struct *vma)
{
	if (denies_writers(vma))
		allow_write_access(vma->vm_file);
}

bool vma_has_writers(const struct vm_area_struct *vma)
{
	return denies_writers(vma) && !file_writers_denied(vma->vm_file);
}

/* ---- choice ------------------------------------------------------------ */

static const struct memlock_ops *const designs[] = {
	&memlock_none, &memlock_task, &memlock_vma, &memlock_strict,
};

const struct memlock_ops *memlock = &memlock_task;

int memlock_select(const char *name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(designs); i++) {
		if (!strcmp(name, designs[i]->name)) {
			memlock = designs[i];
			return 0;
		}
	}
	return -EINVAL;
}

const char *memlock_names(void)
{
	static char names[64];
	size_t n = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(designs); i++)
		n += snprintf(names + n, sizeof(names) - n, "%s%s",
			      i ? ", " : "", designs[i]->name);
	return names;
}
