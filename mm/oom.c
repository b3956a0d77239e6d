// SPDX-License-Identifier: GPL-2.0
/*
 * Out of memory: reclaim found nothing, so one program must go.
 *
 * The one whose death frees most: resident pages + swap slots + page tables,
 * and oom_score_adj thousandths of all memory.  A memlocked one only if no
 * ordinary one has as many points; never process 1 nor a kernel thread.  While
 * a victim is dying nobody else is chosen; it may use the last reserve of
 * frames (page_alloc.c), so it does not wait for memory to die.  Lock: (t),
 * nothing here sleeps.  (Linux: mm/oom_kill.c)
 */
#include <linux/oom.h>
#include <mm/mm.h>
#include <mm/swap.h>

#define INIT_TGID 1

int sysctl_panic_on_oom, sysctl_oom_kill_allocating_task;

static bool mm_is_victim(const struct mm_struct *mm)
{
	return mm->flags & (1ul << MMF_OOM_VICTIM);
}

bool task_is_oom_victim(void)
{
	return current && current->mm && mm_is_victim(current->mm);
}

static bool used_by_init(const struct mm_struct *mm)
{
	struct task_struct *t = NULL;

	while ((t = next_mm_task(t)))
		if (t->mm == mm && t->tgid == INIT_TGID)
			return true;
	return false;
}

/* Pages that come free when every user of the mm is dead, adjusted. */
long oom_badness(const struct task_struct *t)
{
	const struct mm_struct *mm = t->mm;
	long points = mm->nr_ptes, adj = task_oom_score_adj(t);

	if (adj == OOM_SCORE_ADJ_MIN || used_by_init(mm))
		return INT64_MIN;
	for (int i = 0; i < NR_MM_COUNTERS; i++)
		points += mm->rss_stat[i];
	return points + adj * (long)((totalram_pages + total_swap_pages) /
				     OOM_SCORE_ADJ_MAX);
}

/* The largest one with (without) the memlocked mark; NULL: none. */
static struct task_struct *select_bad_process(bool memlocked)
{
	struct task_struct *t = NULL, *chosen = NULL;
	long most = INT64_MIN;

	while ((t = next_mm_task(t))) {
		long points = oom_badness(t);

		if (mm_memlocked(t->mm) != memlocked || points <= most)
			continue;
		most = points;
		chosen = t;
	}
	return chosen;
}

static bool victim_is_dying(void)
{
	struct task_struct *t = NULL;

	while ((t = next_mm_task(t)))
		if (mm_is_victim(t->mm))
			return true;
	return false;
}

static unsigned long kib(unsigned long pages)
{
	return pages << (PAGE_SHIFT - 10);
}

static void oom_kill_process(struct task_struct *victim)
{
	struct mm_struct *mm = victim->mm;
	struct task_struct *t = NULL;

	printk("Out of memory: Killed process %d (%s) total-vm:%lukB, "
	       "anon-rss:%lukB, file-rss:%lukB, shmem-rss:%lukB, UID:%u "
	       "pgtables:%lukB oom_score_adj:%d\n", victim->tgid, victim->comm,
	       kib(mm->total_vm), kib(mm->rss_stat[MM_ANONPAGES]),
	       kib(mm->rss_stat[MM_FILEPAGES]),
	       kib(mm->rss_stat[MM_SHMEMPAGES]), victim->euid,
	       kib(mm->nr_ptes), task_oom_score_adj(victim));
	mm->flags |= 1ul << MMF_OOM_VICTIM;
	count_vm_event(OOM_KILL);
	while ((t = next_mm_task(t)))
		if (t->mm == mm)
			kill_task(t);
}

bool out_of_memory(void)
{
	struct task_struct *plain, *locked;

	if (victim_is_dying())
		return true;
	if (sysctl_panic_on_oom)
		panic("Out of memory: system-wide panic_on_oom is enabled");
	if (sysctl_oom_kill_allocating_task && current->mm &&
	    oom_badness(current) != INT64_MIN) {
		oom_kill_process(current);
		return true;
	}
	plain = select_bad_process(false);
	locked = select_bad_process(true);
	if (!plain || (locked && oom_badness(locked) > oom_badness(plain)))
		plain = locked;
	if (!plain)
		return false;
	oom_kill_process(plain);
	return true;
}
