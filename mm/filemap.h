/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page cache: the pages of one file (mm/filemap.c, mm/shmem.c; Linux:
 * struct address_space in include/linux/fs.h, mm/filemap.c, mm/shmem.c).
 *
 * Locks: the index and i_mmap are changed without sleeping in between; a page
 * that must be read is entered locked, and unlocked when its contents are valid
 * (or PG_error).
 */
#ifndef MM_FILEMAP_H
#define MM_FILEMAP_H

#include <lib/radix.h>
#include <mm/mm.h>

struct address_space_operations {
	/* Fill n locked pages (at most BDEV_MAX_PAGES) that follow each other
	 * in the file; unlocks them; sets PG_uptodate or PG_error on each.
	 * The first error: -EIO, -ENOMEM.  Sleeps. */
	int (*readpages)(struct address_space *mapping, struct page **pages,
			 unsigned n);
	/* Write such pages to the file's disk; unlocks them.  0 or -EIO, then
	 * those that could not be written are dirty again.  Sleeps. */
	int (*writepages)(struct address_space *mapping, struct page **pages,
			  unsigned n);
	/* An uptodate page, referenced and unlocked, is about to be written in
	 * memory, up to file offset `end` or the file's end: have room on the
	 * disk.  0, -ENOSPC, -EFBIG, -EIO ...  Sleeps; NULL: nothing to do. */
	int (*page_mkwrite)(struct address_space *mapping, struct page *page,
			    u64 end);
	/* A locked page leaves the cache: free what `private` means.  May be
	 * NULL. (t) */
	void (*releasepage)(struct address_space *mapping, struct page *page);
	/* An area of the file came (n = 1) or went (-1).  May be NULL. (t) */
	void (*mapped)(struct address_space *mapping, int n);
};

#define AS_SHMEM	0x1u	/* no disk of its own: pages are swapbacked */
#define AS_UNEVICTABLE	0x2u	/* reclaim leaves its pages: SHM_LOCK, or exec
				 * trusts it (memlock->keeps_programs) */
#define AS_NOLIMIT	0x4u	/* shmem file without a name: shmem_max_pages
				 * does not concern it; set before any page */
#define AS_TRUNCATING	0x10u	/* pages past the end are being taken out */
#define AS_ACCOUNT	0x8u	/* all of its size is promised (overcommit) */
#define AS_SEALED	0x20u	/* F_SEAL_WRITE or F_SEAL_FUTURE_WRITE */

struct address_space {
	/* page offset -> struct page *, or for shmem a swap entry (odd value:
	 * radix_tree value entry) */
	struct radix_tree i_pages;
	unsigned long nrpages;		/* pages present */
	unsigned long nrswap;		/* shmem: swap entries */
	LIST_HEAD(, vm_area_struct) i_mmap;
	LIST_ENTRY(address_space) list;	/* in all_mappings */
	unsigned flags;			/* AS_* */
	u64 size;			/* i_size, bytes */
	const struct address_space_operations *a_ops;	/* NULL: none of them */
	void *host;			/* struct inode */
};

LIST_HEAD(mapping_list, address_space);
extern struct mapping_list all_mappings;	/* for swapoff and mm_check */

/* An empty mapping; address_space_destroy() before its memory goes. */
void address_space_init(struct address_space *mapping, unsigned flags,
			const struct address_space_operations *ops, void *host);
/* A referenced, unlocked, uptodate page, read or (shmem) created as needed;
 * ERR_PTR(-ENOMEM, -EIO, and for shmem -ENOSPC).  It is in the cache when this
 * returns: who maps it must not sleep before the entry is set.  Does not look
 * at size.  *major is set if a disk was read (may be NULL).  Sleeps. */
struct page *filemap_get_page(struct address_space *mapping, u64 index,
			      bool *major);
/* a_ops->page_mkwrite, if there is one. */
int page_mkwrite(struct address_space *mapping, struct page *page, u64 end);
/* Referenced, only if it is there already: else NULL; may be locked. */
struct page *find_get_page(struct address_space *mapping, u64 index);
/* read(2), write(2) on mapping; bytes done or -errno; *pos advances.  write
 * extends size; a shmem file obeys shmem_max_pages (-ENOSPC). */
long filemap_read(struct file *f, void *ubuf, size_t n, u64 *pos);
long filemap_write(struct address_space *mapping, const void *ubuf, size_t n,
		   u64 *pos);
/* The same from kernel memory (exec, cpio, splice). */
long filemap_kread(struct file *f, void *buf, size_t n, u64 pos);
long filemap_kwrite(struct address_space *mapping, const void *buf, size_t n,
		    u64 *pos);
/* Set size; when shrinking unmap and drop what lies beyond, private copies
 * too, and zero the rest of the last page.  -ETXTBSY if a sealed mm maps some
 * of that.  Sleeps. */
int truncate_setsize(struct address_space *mapping, u64 size);
/* Unmap pages [first, last] of the file from every area but a sealed mm's; with
 * `even_cows` the private copies of them too. */
void unmap_mapping_range(struct address_space *mapping, u64 first, u64 last,
			 bool even_cows);
/* Drop pages past the end that a failed write left.  Sleeps. */
void truncate_pagecache(struct address_space *mapping);
/* fallocate punch hole: drop whole pages of [start, end), zero the edges;
 * private copies stay, and so do pages that a sealed mm maps: those are zeroed.
 * Bytes. */
int truncate_hole(struct address_space *mapping, u64 start, u64 end);
/* Last reference to the file's inode: drop every page and swap entry. */
void address_space_destroy(struct address_space *mapping);
/* Write dirty pages of [start, end) bytes (msync, fsync).  0 or -EIO. */
int filemap_sync(struct address_space *mapping, u64 start, u64 end);
/* Write a locked page that is dirty no more, with dirty ones behind it, in
 * one request if they lie so on the disk; unlocks it.  0 or -EIO.  Sleeps. */
int write_cluster(struct address_space *mapping, struct page *page);
/* AS_UNEVICTABLE on or off: its pages in memory change lists at once, those in
 * swap stay there until somebody needs them. (t) */
void mapping_set_unevictable(struct address_space *mapping, bool on);
/* posix_fadvise(DONTNEED): drop clean, unmapped pages. */
void invalidate_mapping_pages(struct address_space *mapping, u64 first,
			      u64 last);
/* PG_dirty, counted (nr_dirty: pages of files with a disk). (t) */
void set_page_dirty(struct page *page);
/* Clears it; true if it was set. (t) */
bool clear_page_dirty(struct page *page);
/* A new page with these flags (PG_locked, if it must be read), in the cache;
 * its second reference is the caller's.  ERR_PTR(-ENOMEM); ERR_PTR(-EEXIST):
 * somebody else was first.  Sleeps. */
struct page *add_new_page(struct address_space *mapping, u64 index, gfp_t gfp,
			  u32 flags);
/* Pages, swap entries came to or left the file's index. (t) */
void mapping_account(struct address_space *mapping, long pages, long swapped);
/* Remove a page from its mapping (page locked); drops the cache's reference. */
void delete_from_page_cache(struct page *page);

/* ---- readahead.c ---------------------------------------------------- */

/* Read what is not there of pages [start, end) of a file with a disk, while
 * frames are free; returns where it stopped.  Errors are left to who needs the
 * page.  Sleeps. */
u64 page_cache_readahead(struct address_space *mapping, u64 start, u64 end);
/* read(2) needs `want` pages from index on: bring them, and what will be
 * asked for next, if the first is not there. */
void file_readahead(struct file *f, u64 index, u64 want);
/* The same for a fault; true: the disk was read for it. */
bool fault_readahead(struct vm_area_struct *vma, u64 index);

/* ---- shmem.c -------------------------------------------------------- */

/* Pages of all shmem files in memory (meminfo Shmem) and in swap. */
extern unsigned long nr_shmem_pages, nr_shmem_swapped;
/* Both, of files without AS_NOLIMIT, and their limit, over which -ENOSPC: half
 * of all frames, set when the first page is made. */
extern unsigned long nr_tmpfs_pages, shmem_max_pages;
/* mapping_account()'s part for shmem. */
void shmem_account(struct address_space *mapping, long pages, long swapped);
/* filemap_get_page() of a memory file. */
struct page *shmem_get_page(struct address_space *mapping, u64 index,
			    bool *major);
/* Put a swap entry in the page's place; (p), page in swap cache, unmapped. */
void shmem_to_swap(struct page *page, u64 entry);
/* Back to where shmem_to_swap took it from (a write failed): true if the file
 * (NULL: any file) still names the entry there.  (p), page in swap cache. */
bool shmem_from_swap(struct page *page, struct address_space *mapping,
		     u64 index);
/* swapoff: bring every entry of swap area `type` back in. */
int shmem_unuse(unsigned type);

#endif
