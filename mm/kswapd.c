// SPDX-License-Identifier: GPL-2.0
/*
 * kswapd: reclaim ahead of need, so that tasks seldom reclaim for themselves.
 *
 * Woken when free frames fall below wmark_low, it works until wmark_high.  If
 * it finds nothing many times in a row it is left alone until somebody's
 * direct reclaim has freed a page: then there is something to find again.
 * Lock: (t); wakeup_kswapd() may come from anywhere.  (Linux: mm/vmscan.c)
 */
#include <mm/mm.h>
#include <mm/swap.h>

#define KSWAPD_BATCH	32u	/* pages between two looks at the mark */
#define MAX_FAILURES	16	/* in a row */

static struct wait_queue kswapd_wait = WAIT_QUEUE_INIT(kswapd_wait);
static bool kswapd_wanted;
static unsigned failures;
static unsigned long steal_at_failure;	/* PGSTEAL then */

/* Fill up to the high mark; false when nothing more can be had. */
static bool balance_memory(void)
{
	while (nr_free_pages < wmark_high) {
		if (!try_to_free_pages(KSWAPD_BATCH))
			return false;
		cond_resched();
	}
	return true;
}

static void kswapd(void *arg)
{
	for (;;) {
		wait_event(&kswapd_wait, kswapd_wanted);
		kswapd_wanted = false;
		if (balance_memory()) {
			failures = 0;
		} else {
			failures++;
			steal_at_failure = vm_events[PGSTEAL];
		}
	}
}

/* Nothing was found many times, and nobody has freed a page since. */
static bool hopeless(void)
{
	return failures >= MAX_FAILURES &&
	       vm_events[PGSTEAL] == steal_at_failure;
}

void wakeup_kswapd(void)
{
	if (kswapd_wanted || hopeless())
		return;
	kswapd_wanted = true;
	wake_up(&kswapd_wait);
}

void kswapd_init(void)
{
	if (!kthread_create(kswapd, NULL, "kswapd0"))
		printk("kswapd: no memory to start; direct reclaim only\n");
}
