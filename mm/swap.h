/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Swap areas, slots and the swap cache (mm/swap.c), the LRU lists (mm/lru.c)
 * and reclaim (mm/reclaim.c, mm/oom.c).  Linux: include/linux/swap.h,
 * mm/swapfile.c, mm/swap_state.c, mm/swap.c, mm/vmscan.c, mm/oom_kill.c.
 */
#ifndef MM_SWAP_H
#define MM_SWAP_H

#include <mm/mm.h>

/* ---- swap entries and slots: swap.c -------------------------------------- */

#define MAX_SWAPFILES 8
typedef struct { u64 val; } swp_entry_t;	/* type << 58 | offset; 0 = none:
						 * slot 0 is the header */
static inline swp_entry_t swp_entry(unsigned type, u64 offset)
{
	return (swp_entry_t){ ((u64)type << 58) | offset };
}
static inline unsigned swp_type(swp_entry_t e) { return e.val >> 58; }
static inline u64 swp_offset(swp_entry_t e)
{
	return e.val & ((1ull << 58) - 1);
}
static inline pte_t swp_entry_to_pte(swp_entry_t e)
{
	return pte_mkswap(swp_type(e), swp_offset(e));
}
static inline swp_entry_t pte_to_swp_entry(pte_t p)
{
	return swp_entry(pte_swp_type(p), pte_swp_offset(p));
}

struct block_device;
/* A swap area, for /proc/swaps. */
struct swap_info {
	bool used;
	unsigned type;
	int prio;
	struct block_device *bdev;
	char name[32];			/* as given to swapon */
	u64 pages, inuse;		/* slots without header and bad ones */
	u64 max;			/* slots with the header */
	u16 *map;			/* use count per slot; SWAP_BAD */
	struct page **cache;		/* page in the swap cache, per slot */
	u64 next;			/* where the next cluster search starts */
	u64 errors;			/* failed writes and reads */
};
#define SWAP_BAD 0xffffu
extern struct swap_info swap_info[MAX_SWAPFILES];
extern unsigned long total_swap_pages, nr_swap_pages;	/* all, free: slots */

/* swapon/swapoff of a block device.  -EINVAL (header, with one log line),
 * -EBUSY, -ENOMEM, -EIO, -EPERM (too many).  swapoff: -ENOMEM if what is
 * swapped does not fit, and everything stays as it was. */
int do_swapon(struct block_device *bdev, const char *name, int prio);
int do_swapoff(struct block_device *bdev);

/* Give an anonymous or shmem page (locked, not in swap cache) a slot and put
 * it in the swap cache (adds a reference).  False: no slot free. */
bool add_to_swap(struct page *page);
/* Take a page (locked) out of the swap cache, drop that reference; the slot is
 * freed when its count reaches 0. */
void delete_from_swap_cache(struct page *page);
/* delete_from_swap_cache if no PTE and no shmem file names the slot. */
bool try_to_free_swap(struct page *page);
void swap_duplicate(swp_entry_t e);	/* one more PTE names the slot */
void swap_free(swp_entry_t e);		/* one fewer; frees a page that is
					 * only swap cache when the last goes */
/* The page of a swap entry, referenced, unlocked, uptodate, in the swap cache;
 * reads it (and neighbours) when needed.  NULL: out of memory; ERR_PTR(-EIO);
 * ERR_PTR(-ENOENT) if the slot became free meanwhile.  Sleeps. */
struct page *swapin_page(swp_entry_t e, bool *major);
struct page *lookup_swap_cache(swp_entry_t e);	/* referenced, or NULL */
bool page_swapped_count(struct page *page);	/* slot's count beyond cache */

/* ---- LRU: lru.c ----------------------------------------------------------- */

enum lru_list { LRU_INACTIVE_ANON, LRU_ACTIVE_ANON, LRU_INACTIVE_FILE,
		LRU_ACTIVE_FILE, LRU_UNEVICTABLE, NR_LRU_LISTS };
extern struct page_list lru_lists[NR_LRU_LISTS];
extern unsigned long lru_size[NR_LRU_LISTS];	/* pages (I12) */

/* Not mlocked and its mapping not AS_UNEVICTABLE. */
bool page_evictable(const struct page *page);
/* Put a page that is on no list on the one where it belongs: anon or file by
 * PG_swapbacked, active by PG_active, unevictable by page_evictable(). */
void lru_cache_add(struct page *page);
void lru_del(struct page *page);	/* off its list; PG_lru cleared */
/* PG_mlocked or AS_UNEVICTABLE changed: move it to the right list now. */
void lru_recheck(struct page *page);
void mark_page_accessed(struct page *page);
/* PG_active/PG_referenced step of a page used through a file descriptor. */

/* ---- reclaim.c, oom.c ------------------------------------------------------ */

/* Free about `pages` frames; returns how many were freed.  Sleeps. */
unsigned long try_to_free_pages(unsigned long pages);
/* Reclaim this page now (MADV_PAGEOUT): isolated by the caller?  No: the
 * function isolates it.  True if it was freed.  Sleeps. */
bool reclaim_page(struct page *page);
void wakeup_kswapd(void);		/* any context */
void kswapd_init(void);			/* starts the thread */
/* Kill the task whose death frees most.  False if there is none to kill and
 * none dying.  Never a memlocked task before an ordinary one that frees as
 * much. */
bool out_of_memory(void);

/* ---- counters: stat.c --------------------------------------------------- */

enum vm_event { PGFAULT, PGMAJFAULT, PSWPIN, PSWPOUT, PGSCAN, PGSTEAL,
		PGACTIVATE, PGDEACTIVATE, PGALLOC, PGFREE, PGPGIN, PGPGOUT,
		OOM_KILL, UNEVICTABLE_PGCULLED, UNEVICTABLE_PGSCANNED,
		UNEVICTABLE_PGRESCUED, UNEVICTABLE_PGMLOCKED,
		UNEVICTABLE_PGMUNLOCKED, UNEVICTABLE_PGCLEARED,
		UNEVICTABLE_PGSTRANDED, NR_VM_EVENTS };
extern unsigned long vm_events[NR_VM_EVENTS];
extern const char *const vm_event_names[NR_VM_EVENTS];	/* as in vmstat */
static inline void count_vm_event(enum vm_event e) { vm_events[e]++; }

extern unsigned long nr_mlock;		/* distinct PG_mlocked pages */
extern unsigned long nr_anon_mapped, nr_file_mapped; /* pages with a PTE */
extern unsigned long nr_file_pages;	/* page cache without shmem */
extern unsigned long nr_dirty, nr_writeback, nr_page_table;

/* What smaps prints of one area, in bytes; pss and locked are sums of shares,
 * shifted left by 12 as Linux does before rounding. */
struct mem_size_stats {
	u64 resident, shared_clean, shared_dirty, private_clean, private_dirty;
	u64 referenced, anonymous, swap, pss, pss_dirty, pss_anon, pss_file;
	u64 pss_shmem, pss_locked, swap_pss;
};
void smap_gather_stats(struct vm_area_struct *vma, struct mem_size_stats *m);

#endif
