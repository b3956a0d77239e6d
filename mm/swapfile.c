// SPDX-License-Identifier: GPL-2.0
/*
 * swapon and swapoff: swap areas in mkswap's format (version 1).
 *
 * swapon believes no field of the header before it is checked, logs one line
 * that names what is wrong, and changes nothing then.  swapoff stops new slots,
 * brings everything in, and takes the area away when no slot is in use; if
 * that cannot be done the area goes on as before.
 * Lock: the area's `busy` mark keeps a second swapon or swapoff out (a mutex
 * would have to be held outside every mmap_lock).  (Linux: mm/swapfile.c)
 */
#include <mm/filemap.h>
#include <mm/mm.h>
#include <mm/swap.h>

#define SECTORS_PER_PAGE (PAGE_SIZE / SECTOR_SIZE)
#define SWAP_MAGIC	"SWAPSPACE2"
#define SWAP_MAGIC_LEN	10
#define MAX_BADPAGES	((PAGE_SIZE - SWAP_MAGIC_LEN - 1536) / 4)

/* The first page of the device, as mkswap(8) writes it. */
struct swap_header {
	u8 bootbits[1024];
	u32 version;
	u32 last_page;			/* the highest slot */
	u32 nr_badpages;
	u8 uuid[16];
	u8 volume[16];
	u32 padding[117];
	u32 badpages[MAX_BADPAGES];
	u8 rest[PAGE_SIZE - SWAP_MAGIC_LEN - 1536 - 4 * MAX_BADPAGES];
	char magic[SWAP_MAGIC_LEN];
} __packed;
_Static_assert(sizeof(struct swap_header) == PAGE_SIZE, "mkswap's header");

/* What is wrong with the header; NULL: nothing. */
static const char *header_fault(const struct swap_header *h, u64 dev_pages)
{
	if (memcmp(h->magic, SWAP_MAGIC, SWAP_MAGIC_LEN))
		return "no SWAPSPACE2 signature for 4 KiB pages";
	if (h->version != 1)
		return "version is not 1 (or wrong byte order)";
	if (!h->last_page)
		return "area is empty";
	if (h->last_page >= dev_pages)
		return "area is larger than the device";
	if (h->nr_badpages > MAX_BADPAGES)
		return "bad page list is longer than its room";
	for (u32 i = 0; i < h->nr_badpages; i++)
		if (!h->badpages[i] || h->badpages[i] > h->last_page)
			return "a bad page lies outside the area";
	return NULL;
}

/* ---- the slots ------------------------------------------------------ */

static void free_area(struct swap_info *si)
{
	u64 n = DIV_ROUND_UP(si->max, SLOTS_PER_PAGE);

	for (u64 i = 0; si->slots && i < n; i++)
		if (si->slots[i])
			put_page(virt_to_page(si->slots[i]));
	kfree(si->slots);
	si->bdev->holder = NULL;
	*si = (struct swap_info){ .type = si - swap_info };
}

/* All free.  -ENOMEM: free_area() takes back what there is. */
static int alloc_slots(struct swap_info *si)
{
	gfp_t gfp = GFP_KERNEL | GFP_ZERO | GFP_NORETRY;
	u64 n = DIV_ROUND_UP(si->max, SLOTS_PER_PAGE);

	si->slots = kmalloc(n * sizeof(*si->slots), gfp);
	for (u64 i = 0; si->slots && i < n; i++) {
		struct page *page = alloc_page(gfp);

		if (!page)
			return -ENOMEM;
		si->slots[i] = page_address(page);
	}
	return si->slots ? 0 : -ENOMEM;
}

/* ---- swapon --------------------------------------------------------- */

static struct swap_info *area_of(const struct block_device *bdev)
{
	for (unsigned i = 0; i < MAX_SWAPFILES; i++)
		if (swap_info[i].bdev == bdev)
			return &swap_info[i];
	return NULL;
}

/* Bad slots marked, the rest counted; the header's own is never handed out. */
static int mark_bad_slots(struct swap_info *si, const struct swap_header *h)
{
	swap_slot(si, 0)->bad = true;
	for (u32 i = 0; i < h->nr_badpages; i++)
		swap_slot(si, h->badpages[i])->bad = true;
	for (u64 slot = 1; slot < si->max; slot++)
		si->pages += !swap_slot(si, slot)->bad;
	return si->pages ? 0 : -EINVAL;
}

static int lowest_prio(void)
{
	int prio = -1;

	for (unsigned i = 0; i < MAX_SWAPFILES; i++)
		if (swap_info[i].used)
			prio = min(prio, swap_info[i].prio);
	return prio - 1;
}

static int setup_area(struct swap_info *si, const struct swap_header *h,
		      int prio)
{
	const char *fault;
	int ret;

	fault = header_fault(h, si->bdev->sectors / SECTORS_PER_PAGE);
	if (!fault) {
		si->max = (u64)h->last_page + 1;
		ret = alloc_slots(si);
		if (ret)
			return ret;
		if (mark_bad_slots(si, h))
			fault = "every page is bad";
	}
	if (fault) {
		printk("swapon %s: %s\n", si->name, fault);
		return -EINVAL;
	}
	si->next = 1;
	si->prio = prio >= 0 ? prio : lowest_prio();
	total_swap_pages += si->pages;
	nr_swap_pages += si->pages;
	si->used = true;
	printk("Adding %lluk swap on %s.  Priority:%d extents:1 across:%lluk\n",
	       (unsigned long long)si->pages * 4, si->name, si->prio,
	       (unsigned long long)si->pages * 4);
	return 0;
}

int do_swapon(struct block_device *bdev, const char *name, int prio)
{
	struct swap_info *si;
	struct page *header;
	int ret;

	if (area_of(bdev) || bdev->holder)
		return -EBUSY;
	if (bdev->readonly)
		return -EACCES;
	si = area_of(NULL);
	if (!si)
		return -EPERM;
	*si = (struct swap_info){ .type = si - swap_info, .busy = true,
				  .bdev = bdev, .max = 1 };
	bdev->holder = si;
	strlcpy(si->name, name, sizeof(si->name));
	header = alloc_page(GFP_KERNEL);
	ret = header ? bdev_rw(bdev, false, 0, &header, 1) : -ENOMEM;
	if (!ret)
		ret = setup_area(si, page_address(header), prio);
	if (header)
		put_page(header);
	if (ret)
		free_area(si);
	si->busy = false;
	return ret;
}

/* ---- swapoff -------------------------------------------------------- */

struct swapped {
	unsigned type;
	unsigned long addr;
};

/* Stops at the first entry that names a slot of the area. */
static int find_swapped(pte_t *pte, unsigned long addr, void *arg)
{
	struct swapped *s = arg;

	if (!pte_is_swap(*pte) || pte_swp_type(*pte) != s->type)
		return 0;
	s->addr = addr;
	return 1;
}

/* An entry is brought in by an ordinary read fault, which also locks the page
 * if the area asks for it. */
static int unuse_mm(struct mm_struct *mm, unsigned type)
{
	struct swapped s = { .type = type };
	int ret = 0;

	down_read(&mm->mmap_lock);
	while (!ret && walk_page_range(mm, s.addr, TASK_SIZE, find_swapped,
				       &s)) {
		ret = fault_in(vma_lookup(mm, s.addr), s.addr, 0);
		cond_resched();
	}
	up_read(&mm->mmap_lock);
	return ret == -EFAULT ? -EIO : ret;
}

/* The next mm after `mm` (NULL: the first) that is alive, referenced. */
static struct mm_struct *next_live_mm(struct mm_struct *mm)
{
	mm = mm ? TAILQ_NEXT(mm, mmlist) : TAILQ_FIRST(&all_mms);
	while (mm && !mm->mm_users)
		mm = TAILQ_NEXT(mm, mmlist);
	if (mm)
		mmget(mm);
	return mm;
}

static int unuse_mms(unsigned type)
{
	struct mm_struct *mm = next_live_mm(NULL), *next;
	int ret = 0;

	while (mm) {
		if (!ret && mm->rss_stat[MM_SWAPENTS])
			ret = unuse_mm(mm, type);
		next = next_live_mm(mm);
		mmput(mm);
		mm = next;
	}
	return ret;
}

/* Pages that nobody names any more leave the swap cache. */
static void unuse_cache(struct swap_info *si)
{
	for (u64 slot = 1; slot < si->max; slot++) {
		struct page *page = swap_slot(si, slot)->page;

		if (!page)
			continue;
		get_page(page);
		lock_page(page);
		if (page_test(page, PG_swapcache) &&
		    page->private == swp_entry(si->type, slot).val)
			try_to_free_swap(page);
		unlock_page(page);
		put_page(page);
	}
}

/* A fork may copy entries behind the search, so until all is in.  What is in
 * stays (swap_slot_unusable()), so it comes to an end. */
static int try_to_unuse(struct swap_info *si)
{
	int ret = 0;

	while (si->inuse && !ret) {
		ret = shmem_unuse(si->type);
		if (!ret)
			ret = unuse_mms(si->type);
		unuse_cache(si);
		if (fatal_signal_pending())
			ret = -EINTR;
		cond_resched();
	}
	return ret;
}

/* Would what is swapped fit into memory and the other areas?  What is in the
 * swap cache has its frame already. */
static bool room_without(const struct swap_info *si)
{
	u64 other_slots = nr_swap_pages - (si->pages - si->inuse);

	return si->inuse + wmark_high <= nr_free_pages + other_slots +
	       nr_swapcache_pages + lru_size[LRU_INACTIVE_FILE] +
	       lru_size[LRU_ACTIVE_FILE];
}

int do_swapoff(struct block_device *bdev)
{
	struct swap_info *si = area_of(bdev);
	int ret;

	if (!si || !si->used)
		return -EINVAL;
	if (si->busy)
		return -EBUSY;
	if (!room_without(si))
		return -ENOMEM;
	si->busy = true;
	total_swap_pages -= si->pages;
	nr_swap_pages -= si->pages - si->inuse;
	ret = try_to_unuse(si);
	if (ret) {
		total_swap_pages += si->pages;
		nr_swap_pages += si->pages - si->inuse;
		si->busy = false;
		return ret;
	}
	free_area(si);
	return 0;
}
