/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Swap areas, slots and the swap cache (mm/swap.c), the LRU lists (mm/lru.h)
 * and reclaim (mm/reclaim.c, mm/oom.c).  Linux: include/linux/swap.h,
 * mm/swapfile.c, mm/swap_state.c, mm/swap.c, mm/vmscan.c, mm/oom_kill.c.
 */
#ifndef MM_SWAP_H
#define MM_SWAP_H

#include <mm/mm.h>

/* ---- swap entries and slots: swap.c --------------------------------- */

#define MAX_SWAPFILES 8
/* type << 58 | offset; 0: none, as slot 0 is the header. */
typedef struct { u64 val; } swp_entry_t;
static inline swp_entry_t swp_entry(unsigned type, u64 offset)
{
	return (swp_entry_t){ ((u64)type << 58) | offset };
}
static inline unsigned swp_type(swp_entry_t e) { return e.val >> 58; }
static inline u64 swp_offset(swp_entry_t e)
{
	return e.val & ((1ull << 58) - 1);
}
/* Of a page in the swap cache. */
static inline swp_entry_t page_swap_entry(const struct page *page)
{
	return (swp_entry_t){ page->private };
}
static inline pte_t swp_entry_to_pte(swp_entry_t e)
{
	return pte_mkswap(swp_type(e), swp_offset(e));
}
static inline swp_entry_t pte_to_swp_entry(pte_t p)
{
	return swp_entry(pte_swp_type(p), pte_swp_offset(p));
}

struct swap_slot {
	struct page *page;	/* in the swap cache, or NULL */
	u16 count;		/* swap PTEs, file entries, 1 if `page` (I13) */
	u16 recount;		/* scratch of the checker alone */
	bool bad;		/* never handed out (again): by mkswap's word,
				 * or because a write to it failed */
};

/*
 * A swap area.  (t), but `name`, `bdev`, `max` and `slots` stay while it is
 * used.  A directory of single pages instead of one array: 1 M slots (4 GiB)
 * need 16 MiB, more than one allocation gives.
 */
struct swap_info {
	bool used;			/* for /proc/swaps */
	bool busy;			/* swapon at work, or, if used, swapoff:
					 * no new slots */
	unsigned type;
	int prio;
	struct block_device *bdev;
	char name[32];			/* as given to swapon */
	u64 pages, inuse;		/* slots without header and bad ones */
	u64 max;			/* slots with the header */
	struct swap_slot **slots;	/* see swap_slot() */
	u64 next;			/* where the slot search goes on */
	unsigned cluster_left;		/* slots to take until the next */
	u64 errors;			/* failed writes and reads */
};

#define SLOTS_PER_PAGE (PAGE_SIZE / sizeof(struct swap_slot))

static inline struct swap_slot *swap_slot(const struct swap_info *si, u64 slot)
{
	return &si->slots[slot / SLOTS_PER_PAGE][slot % SLOTS_PER_PAGE];
}
/* The slot an entry names, if it is one in use: else NULL, whatever it says. */
struct swap_slot *swap_entry_slot(swp_entry_t e);
extern struct swap_info swap_info[MAX_SWAPFILES];
extern unsigned long total_swap_pages, nr_swap_pages;	/* all, free: slots */
extern unsigned long nr_swapcache_pages;		/* pages with a slot */

/* swapon/swapoff of a block device.  -EINVAL (header, with one log line),
 * -EBUSY, -ENOMEM, -EIO, -EPERM (too many).  swapoff: -ENOMEM if what is
 * swapped does not fit, and everything stays as it was. */
int do_swapon(struct block_device *bdev, const char *name, int prio);
int do_swapoff(struct block_device *bdev);

/* Give an anonymous or shmem page (locked, not in swap cache) a slot and put
 * it in the swap cache (adds a reference), dirty: the slot has no contents
 * yet.  False: no slot free. */
bool add_to_swap(struct page *page);
/* Take a page out of the swap cache, drop that reference; the slot is freed
 * when its count reaches 0.  The page becomes dirty: memory has the only copy
 * from its own mappings' view.  (p), or any time it is not PG_locked; the
 * caller has a reference or a PTE. */
void delete_from_swap_cache(struct page *page);
/* delete_from_swap_cache if no PTE and no shmem file names the slot. (p) */
bool try_to_free_swap(struct page *page);
/* After an unmap: try_to_free_swap if the page is only swap cache now and not
 * locked.  Any page.  The caller has a reference. (t) */
void free_swap_cache(struct page *page);
/* A page became mlocked: it leaves the swap cache (I9).  Other entries that
 * name the slot keep it and its contents, as a copy on the disk.  Any page.
 * (p), or not PG_locked; (t). */
void swap_forget_locked(struct page *page);
void swap_duplicate(swp_entry_t e);	/* one more PTE names the slot */
/* One fewer.  With the last one a page that is mapped nowhere, or mlocked (I9),
 * leaves the swap cache. */
void swap_free(swp_entry_t e);
/* Must a page with a slot stay in memory?  A write there failed, or swapoff is
 * at work: with what is dropped behind its back it would never end. */
bool swap_slot_unusable(const struct page *page);
unsigned swap_count(swp_entry_t e);	/* PTEs and shmem entries naming it */
/* The page of a swap entry, referenced, unlocked, uptodate, in the swap cache;
 * reads it (and neighbours) when needed.  NULL: out of memory; ERR_PTR(-EIO);
 * ERR_PTR(-ENOENT) if the slot became free meanwhile.  Sleeps: the caller looks
 * again at its own entry (a fault), or locks the page and looks at PG_swapcache
 * and `private` too (shmem). */
struct page *swapin_page(swp_entry_t e, bool *major);
struct page *lookup_swap_cache(swp_entry_t e);	/* referenced, or NULL */
bool swap_entry_shared(swp_entry_t e);	/* named by more than one entry */
bool page_swapped_count(const struct page *page); /* does an entry name it? */

/* For swap_io.c: enter a page under a slot whose count has the cache's share;
 * adds the cache's reference.  (p), (t). */
void add_to_swap_cache(struct page *page, swp_entry_t e);
/* For reclaim.c.  Write pages (locked, in swap cache, unmapped, linked by
 * `lru`, neighbours in slot order) to their slots.  A page that was written is
 * clean afterwards; the others are dirty and their users have them back. */
void swap_writepages(struct page_list *pages);

/* ---- LRU: lru.c ----------------------------------------------------- */

/* A page's list has PG_active in bit 0, PG_swapbacked in bit 1. */
enum lru_list { LRU_INACTIVE_FILE, LRU_ACTIVE_FILE, LRU_INACTIVE_ANON,
		LRU_ACTIVE_ANON, LRU_UNEVICTABLE, NR_LRU_LISTS };
extern struct page_list lru_lists[LRU_UNEVICTABLE];
extern unsigned long lru_size[NR_LRU_LISTS];	/* pages (I12) */
/* The moves of a page are in mm/lru.h. */

/* PG_active/PG_referenced step of a page used through a file descriptor. */
void mark_page_accessed(struct page *page);

/* ---- reclaim.c, kswapd.c, oom.c ------------------------------------- */

/* Free about `pages` frames; returns how many were freed.  Sleeps. */
unsigned long try_to_free_pages(unsigned long pages);
/* Reclaim this page now, used or not (MADV_PAGEOUT).  The caller found it
 * under (t) and has no reference: with one more the page stays.  True if it was
 * freed.  Sleeps. */
bool reclaim_page(struct page *page);
extern unsigned long nr_isolated;	/* pages off the lists for reclaim */
void wakeup_kswapd(void);		/* any context */
void kswapd_init(void);			/* starts the thread */
/* Kill the task whose death frees most.  False if there is none to kill and
 * none dying.  Never a memlocked task before an ordinary one that frees as
 * much. */
bool out_of_memory(void);
/* current is dying for memory: it may use the last reserve. */
bool task_is_oom_victim(void);

/* ---- counters: stat.c ----------------------------------------------- */

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
