/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of the invariant checker: check.c, check_pages.c,
 * check_swap.c.  Each function returns 0 or the number it found violated. */
#ifndef MM_CHECK_H
#define MM_CHECK_H

#include <mm/mm.h>
#include <mm/swap.h>

/* Describe the first violation; returns `invariant`. */
int violated(int invariant, const char *fmt, ...) __printf(2, 3) __cold;
/* The mm's oldest task, for messages; 0: none. */
int mm_pid(const struct mm_struct *mm);
/* Page tables and files are walked once: count_* for each use of a frame or
 * slot, then check_*, which compares and leaves the counts 0.  After a
 * violation forget_* does that. */
void forget_frames(void);
void forget_slots(void);
int count_slot(swp_entry_t e, const char *by);	/* I13 */

/* page->spare is scratch for the checker alone: entries in the low half, those
 * of them in lo areas in the high half. */
#define ONE_MAPPING 1ull
#define ONE_LOCK    (1ull << 32)

static inline void count_frame(struct page *page,
			       const struct vm_area_struct *vma)
{
	page->spare += vma->vm_flags & VM_LOCKED ? ONE_MAPPING + ONE_LOCK :
						   ONE_MAPPING;
}

int check_frames(void);		/* I6 I7 I8 I9 I11 I12 I16 I17 I19 */
int check_lists(void);		/* I12 */
int check_mappings(void);	/* I14 I16 */
int check_slots(void);		/* I13 */

#endif
