// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a program in the notation (tests/explore/prog.h) in the explorer's
 * world under a lock design, shows what each call answers, and says whether the
 * goal is reached:
 *
 *	attack DESIGN GOAL FILE [without=CALL,CALL] [most=CALLS]
 *
 *	disk	bytes that a memlocked task stored are on the swap disk
 *	edited	a memlocked task maps a page that was changed on its disk
 *
 * Exit status: 0 reached, 1 not.
 */
#include <stdio.h>
#include <string.h>


#include "../tests/explore/world.h"

#define TASKS 2

/* world.c copies states for the explorer; nobody does here. */
char heap_small[1];
size_t heap_small_used;

static int missed(const char *seen)
{
	printf("seen: %s\n", seen);
	return 1;
}

static bool on_disk(void)
{
	for (unsigned i = 1; i <= WORLD_SLOTS; i++)
		if (has_secret(world.swap->data + i * PAGE_SIZE))
			return true;
	return false;
}

static bool maps_edited(struct mm_struct *mm)
{
	for (unsigned i = 0; i < PROG_PAGES; i++) {
		pte_t *pte = pte_lookup(mm, WORLD_BASE + i * PAGE_SIZE);
		struct page *page = pte ? vm_normal_page(*pte) : NULL;

		if (page && ((u8 *)page_address(page))[MARK_EDITED])
			return true;
	}
	return false;
}

static bool edited(void)
{
	for (unsigned n = 0; n < PROG_TASKS; n++) {
		struct task_struct *t = world.task[n];

		if (t && mm_memlocked(t->mm) && maps_edited(t->mm))
			return true;
	}
	return false;
}

/* "mlockall,fork" names calls by their own names, or by what follows
 * syz_holdfast_. */
static bool named(const char *list, const char *name)
{
	const char *prefix = "syz_holdfast_";
	size_t n;

	if (!strncmp(name, prefix, strlen(prefix)))
		name += strlen(prefix);
	for (; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (n == strlen(name) && !strncmp(list, name, n))
			return true;
	}
	return false;
}

/* What is against the program before it runs; NULL: nothing. */
static const char *objection(const struct prog *p, const char *without,
			     unsigned most)
{
	static char said[120];

	if (p->n > most) {
		snprintf(said, sizeof(said), "%u calls, at most %u are allowed",
			 p->n, most);
		return said;
	}
	for (unsigned i = 0; i < p->n; i++) {
		const char *name = prog_desc[p->call[i].op].name;

		if (p->call[i].fault != PROG_NO_FAULT)
			return "memory and disks may not fail here";
		if (named(without, name)) {
			snprintf(said, sizeof(said), "call %u is %s, which is "
				 "not allowed", i + 1, name);
			return said;
		}
	}
	return NULL;
}

static void show(const struct prog_call *c, long ret)
{
	static char text[PROG_TEXT];
	struct prog one = { .n = 1, .call = { *c } };

	one.call[0].task = 0;
	prog_print(&one, text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	printf("task %u: %s = %ld\n", c->task, text, ret);
}

static const char *run(const struct prog *p)
{
	static char said[80];

	for (unsigned i = 0; i < p->n; i++) {
		if (!world_enabled(&p->call[i], TASKS)) {
			snprintf(said, sizeof(said), "call %u: there is no "
				 "such task, or no room for one more", i + 1);
			return said;
		}
		show(&p->call[i], world_run(&p->call[i]));
		host_check();
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const char *without = "", *wrong;
	unsigned most = PROG_CALLS;
	static struct prog p;
	bool disk;

	for (int i = 4; i < argc; i++) {
		if (!strncmp(argv[i], "without=", 8))
			without = argv[i] + 8;
		else if (sscanf(argv[i], "most=%u", &most) != 1)
			return 2;
	}
	if (argc < 4 || world_boot(argv[1], TASKS))
		return 2;
	disk = !strcmp(argv[2], "disk");
	printf("expected: under memlock=%s, %s\n", argv[1], disk ?
	       "bytes of a memlocked task on the swap disk" :
	       "a memlocked task that runs on a page changed on its disk");
	if (prog_load(argv[3], &p))
		return missed("a program that cannot be read");
	wrong = objection(&p, without, most);
	if (!wrong)
		wrong = run(&p);
	if (wrong)
		return missed(wrong);
	if (disk ? on_disk() : edited())
		return 0;
	return missed(disk ? "no such bytes on the disk" :
		      "no memlocked task maps such a page");
}
