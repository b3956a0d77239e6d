/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks the program that includes it, once, as one that asks to be memlocked:
 * an ELF note, name "Holdfast", type 1, one word of flags.  Its cases run
 * after an exec of their own, each in a fresh memlocked task.
 */
#ifndef TESTS_GUEST_MARKED_H
#define TESTS_GUEST_MARKED_H

#include "tinyelf.h"

const bool cases_by_exec = true;

__asm__(".pushsection .note.holdfast, \"a\", @note\n"
	"	.balign 4\n"
	"	.long 9, 4, 1\n"
	"	.asciz \"Holdfast\"\n"
	"	.balign 4\n"
	"	.long 1\n"
	"	.popsection\n");

/* Each area of the caller in turn, from the first on.  False: no more. */
static inline bool next_area_of(struct area *a, bool first)
{
	unsigned long at = first ? 0x10000 : a->end;
	struct area found;
	static char maps[16384];
	long n = slurp("/proc/self/maps", maps, sizeof(maps));

	if (n <= 0)
		die("/proc/self/maps: %s", ret_name(n));
	for (char *p = maps; *p; p = strchr(p, '\n') + 1) {
		unsigned long start = strtoul(p, NULL, 16);

		if (start >= at && area_at((void *)start, &found)) {
			*a = found;
			return true;
		}
	}
	return false;
}

/* Pages of the caller's locked areas, resident or not. */
static inline long locked_area_pages(void)
{
	struct area a;
	long sum = 0;

	for (bool more = next_area_of(&a, true); more;
	     more = next_area_of(&a, false))
		if (area_has(&a, "lo"))
			sum += (a.end - a.start) / PAGE;
	return sum;
}

/* Memory of the kernel's own, which is never locked. */
static inline bool is_special(const struct area *a)
{
	return !strcmp(a->name, "[vdso]") || !strcmp(a->name, "[vvar]") ||
	       !strcmp(a->name, "[vsyscall]") || area_has(a, "io") ||
	       area_has(a, "de");
}

#endif
