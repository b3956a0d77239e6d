/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lock designs, behind one interface; chosen at boot with memlock=.  A
 * question that a design does not answer (NULL) has Linux's answer: 0, that is
 * no objection.  `none` is Linux as it is; `task` the posted patch; `vma` its
 * alternative, made precise; `strict` closes what the others leave open.
 * (docs/lock-designs.md)
 */
#ifndef MM_MEMLOCK_H
#define MM_MEMLOCK_H

#include <mm/mm.h>

struct memlock_ops {
	const char *name;

	/* exec of a designated program: `mm` is new and has no area yet.
	 * NULL: nobody asks whether a program is designated. */
	void (*exec_mark)(struct mm_struct *mm);
	/* exec, everything mapped: mark what the design locks by area. */
	void (*exec_finish)(struct mm_struct *mm);
	/* First line of munlock(2) and munlockall(2), before any argument is
	 * looked at and before any lock is taken. */
	int (*munlock_enter)(struct mm_struct *mm);
	/* mlock2, munlock over a range, arguments checked: may this area's
	 * lock bits become `lock`?  Asked for the whole range before anything
	 * changes.  0 or -EPERM.  (m) write. */
	int (*may_set_lock)(struct vm_area_struct *vma, unsigned long lock);
	/* mlockall, munlockall: leave this area's lock bits alone? */
	bool (*skip_in_all)(struct vm_area_struct *vma);
	/* Programs of the initrd, which exec trusts, stay in memory: what comes
	 * back from a disk may be another program. */
	bool keeps_programs;
	/* munmap, MAP_FIXED, mremap: may the area change its place or size?
	 * 0 or -EPERM. */
	int (*may_unmap)(struct vm_area_struct *vma);
	/* Lock bits of new heap (brk); NULL: those of def_flags. */
	unsigned long (*brk_lock)(struct mm_struct *mm);
	/* mprotect gained access: populate, whatever the lock bits say? */
	bool (*mprotect_populates)(struct vm_area_struct *vma);
};

extern const struct memlock_ops *memlock;	/* the design in force */
#define memlock_ask(op, ...) (memlock->op ? memlock->op(__VA_ARGS__) : 0)

#endif
