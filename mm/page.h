/* SPDX-License-Identifier: GPL-2.0 */
/*
 * struct page, one for each frame of physical memory, and the frame allocator
 * (Linux: include/linux/mm_types.h, mm/page_alloc.c).
 *
 * Locks: every field is guarded by "the page lock of a uniprocessor": code
 * that touches struct page does not sleep in between.  PG_locked is held over
 * a sleep (I/O); it guards the contents and the page's place in page cache or
 * swap cache.
 *
 * _refcount = _mapcount + 1 if in the page cache or swap cache + holders on
 * some stack (I11).  A page on an LRU list is not referenced by the list.
 */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include <arch/page.h>
#include <bsd/sys/queue.h>
#include <lib/bug.h>
#include <lib/types.h>

enum pageflags {
	PG_locked,	/* contents or identity in transition; lock_page() */
	PG_uptodate,	/* contents valid */
	PG_error,	/* a read failed; the next read tries again */
	PG_dirty,	/* newer than its disk copy */
	PG_writeback,	/* a write of it is under way */
	PG_referenced,	/* second chance, with PG_active (mm/lru.c) */
	PG_lru,		/* on a list of mm/lru.h, or counted: not isolated */
	PG_active,	/* ... an active one */
	PG_swapbacked,	/* anonymous or shmem: swap is its disk */
	PG_unevictable,	/* ... but on none: only counted */
	PG_mlocked,	/* mlock_count > 0 (I7) */
	PG_sealed,	/* was mapped by a sealed mm, or is a copy of one that
			 * was: never on a swap device, erased when freed
			 * (I19, I23) */
	PG_swapcache,	/* `private` is its swap entry, the slot names it */
	PG_anon,	/* `mapping` is a struct anon_family */
	PG_buddy,	/* head of a free block of free_order() */
	PG_slab,	/* owned by mm/slab.c */
	PG_table,	/* a page table */
	PG_reserved,	/* not the allocator's: hole, kernel image, zero page */
};

struct page {
	u32 flags;
	s32 _refcount;
	s32 _mapcount;		/* PTEs that map it */
	s32 mlock_count;	/* ... of them in VM_LOCKED areas (I7) */
	TAILQ_ENTRY(page) lru;	/* LRU list, buddy list, or a private list */
	void *mapping;		/* struct address_space, or anon_family */
	u64 index;		/* page offset in the file, or address >> 12 */
	u64 private;		/* swap entry; order or kind of a free block; a
				 * slab's first free object; a file system's */
	u64 spare;
};
_Static_assert(sizeof(struct page) == 64, "struct page is one cache line");

TAILQ_HEAD(page_list, page);

extern struct page *mem_map;	/* indexed by frame number */
extern unsigned long max_pfn;	/* frames in mem_map, holes included */

static inline u64 page_to_pfn(const struct page *p) { return p - mem_map; }
static inline struct page *pfn_to_page(u64 pfn) { return mem_map + pfn; }
/* Both in one shift: a record has 64 bytes. */
#define PAGE_RECORD_SHIFT 6
static inline phys_addr_t page_to_phys(const struct page *p)
{
	return (phys_addr_t)((const char *)p - (const char *)mem_map)
	       << (PAGE_SHIFT - PAGE_RECORD_SHIFT);
}
static inline struct page *phys_to_page(phys_addr_t pa)
{
	return (struct page *)((char *)mem_map +
			       (pa >> (PAGE_SHIFT - PAGE_RECORD_SHIFT)));
}
static inline void *page_address(const struct page *p)
{
	return phys_to_virt(page_to_phys(p));
}
static inline struct page *virt_to_page(const void *va)
{
	return pfn_to_page(virt_to_phys(va) >> PAGE_SHIFT);
}

static inline bool page_test(const struct page *p, enum pageflags f)
{
	return p->flags & (1u << f);
}
static inline void page_set(struct page *p, enum pageflags f)
{
	p->flags |= 1u << f;
}
static inline void page_clear(struct page *p, enum pageflags f)
{
	p->flags &= ~(1u << f);
}

struct address_space;

/* The file a page belongs to, or NULL. */
static inline struct address_space *page_mapping(const struct page *p)
{
	return page_test(p, PG_anon) ? NULL : p->mapping;
}
/* References of page tables and caches; the others are holders' (I11). */
static inline int page_known_refs(const struct page *p)
{
	return p->_mapcount + page_test(p, PG_swapcache) +
	       (page_mapping(p) != NULL);
}

/* ---- the allocator: mm/page_alloc.c --------------------------------- */

typedef unsigned gfp_t;
#define GFP_KERNEL	0x01u	/* may sleep, reclaim, run the OOM killer */
#define GFP_NOWAIT	0x00u	/* never sleeps, fails at the min watermark */
#define GFP_ZERO	0x02u	/* cleared contents */
#define GFP_MEMALLOC	0x04u	/* may use the last reserve */
#define GFP_NORETRY	0x08u	/* reclaim once, fail rather than OOM-kill */

#define MAX_ORDER 10
/* `private` of a free frame that is not joined with its neighbours yet; of one
 * that has nothing but zeros. */
#define HOT_FRAME	(MAX_ORDER + 1)
#define CLEAR_FRAME	(MAX_ORDER + 2)
static inline unsigned free_order(const struct page *p)
{
	return p->private > MAX_ORDER ? 0 : p->private;
}

/* A block of 2^order frames, refcount 1 on the first, or NULL.  Sleeps only
 * with GFP_KERNEL, which of order 0 fails only if nothing can be reclaimed and
 * the OOM killer found nobody, was of no help, or may not be asked: the caller
 * was killed, is the victim, or builds a memlocked program (oom_refused). */
struct page *alloc_pages(gfp_t gfp, unsigned order);
void free_pages(struct page *page, unsigned order);
struct page *alloc_page(gfp_t gfp);

static inline void get_page(struct page *p)
{
	p->_refcount++;
}
/* Drops a reference; the last one takes the page off its LRU list and frees
 * it.  Never sleeps. */
void put_last_reference(struct page *p);
static inline void put_page(struct page *p)
{
	if (p->_refcount > 1)
		p->_refcount--;
	else
		put_last_reference(p);
}
/* The last reference of a page that has nothing but zeros: to clear it again,
 * when it is wanted so soon, would be in vain. */
void free_clear_page(struct page *page);
/* put_page() of many that no entry maps any more, each with a try at its swap
 * slot before (free_swap_cache()). */
void release_pages(struct page **pages, unsigned n);

/* Frames: total ones the allocator owns, and free now. */
extern unsigned long totalram_pages, nr_free_pages;
/* Watermarks in frames: kswapd wakes below low, sleeps above high;
 * only GFP_MEMALLOC and the OOM killer's victim go below min. */
extern unsigned long wmark_min, wmark_low, wmark_high;

/* Boot: `map` must be at least max_pfn entries; then each free range is handed
 * over (byte addresses, rounded inwards); then, before the first allocation,
 * what was not is reserved, and may still be handed over later. */
void mem_map_init(struct page *map, unsigned long pfns);
void free_area_add(phys_addr_t start, phys_addr_t end);
void reserve_rest(void);
void page_alloc_init_watermarks(void);

/* ---- page lock: mm/filemap.c ---------------------------------------- */

bool trylock_page(struct page *p);
void lock_page(struct page *p);		/* sleeps */
void unlock_page(struct page *p);
void wait_on_page_writeback(struct page *p);	/* sleeps */
void end_page_writeback(struct page *p);

#endif
