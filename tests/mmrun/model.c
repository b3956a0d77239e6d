// SPDX-License-Identifier: GPL-2.0
/*
 * The specification as a program (run.h): what docs/semantics.md says that
 * plain tasks with all the memory they want see, call by call.
 *
 * It knows no areas.  Each page of a task's window has its own attributes; an
 * area is a run of pages that differ in nothing, which is how neighbours merge
 * in Holdfast.  It knows no page tables either: a page has contents of its own,
 * or shows its file, or nothing yet; fork copies at once, which nobody can tell
 * from copying later.  Memory is never short, so nothing is ever reclaimed.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <linux/mman.h>
#include <sys/mman.h>

#include "run.h"

#define PAGES		64u		/* of a window; beyond it nothing is */
#define OBJECTS		128u
#define OBJECT_PAGES	PAGES
#define COPIES		16384u		/* of pages, in a program */
#define NOMINAL_BASE	0x400000ull	/* for what is too high, or wraps */
#define TOP		0x7ffffffff000ull
#define ELSEWHERE	0x100000000l	/* an address that the kernel chose */
#define MAX_LIMIT	(8ull << 20)
#define EXECUTOR	64		/* pages it has beyond the window, or
					 * more: less than MAX_LIMIT */

/* What advice and mprotect leave on a page, and keeps areas apart. */
#define F_RAND		0x01u
#define F_SEQ		0x02u
#define F_DONTFORK	0x04u
#define F_DONTDUMP	0x08u
#define F_WIPE		0x10u
#define F_MERGEABLE	0x20u
#define F_ACCOUNT	0x40u
#define F_NORESERVE	0x80u
#define F_GROWS		0x100u		/* down, as MAP_GROWSDOWN wants it */

struct page {
	bool mapped, shared, may_write;
	bool seam;			/* fork left an area's beginning here */
	char lock;			/* '-', 'l', 'o' */
	uint8_t prot;
	uint16_t flags;
	int object;			/* file, or shared memory; RUN_ANON */
	uint64_t offset;		/* in it, in pages */
	unsigned char *own;		/* contents; NULL: none of its own */
};

struct task {
	struct page page[PAGES];
	char def_lock;
	uint64_t brk;			/* bytes above the heap's start */
	bool limited;			/* no CAP_IPC_LOCK */
	uint64_t limit;			/* RLIMIT_MEMLOCK in bytes */
	uint64_t outside;		/* locked pages beyond the window */
};

static struct object {
	unsigned pages;
	unsigned char bytes[OBJECT_PAGES][RUN_BYTES];
} object[OBJECTS];
static unsigned nr_objects;
static struct task tasks[PROG_TASKS];
static struct task *task[PROG_TASKS], *me;	/* task: NULL, or of tasks */
static unsigned char copies[COPIES][RUN_BYTES];
static unsigned nr_copies;

/* ---- pages ------------------------------------------------------------- */

static struct page *page_at(uint64_t addr)
{
	static struct page none;

	if (addr / PROG_PAGE < PAGES)
		return &me->page[addr / PROG_PAGE];
	none = (struct page){ .mapped = false };
	return &none;
}

#define for_each_page(p, addr, start, end)				\
	for (addr = (start); addr < (end) && ((p = page_at(addr)), 1);	\
	     addr += PROG_PAGE)

static uint64_t align(uint64_t len)
{
	return (len + PROG_PAGE - 1) & -PROG_PAGE;
}

static bool aligned(uint64_t addr)
{
	return addr % PROG_PAGE == 0;
}

/* Is [addr, addr + len) a range of user addresses? */
static bool in_user(uint64_t addr, uint64_t len)
{
	uint64_t start = addr + NOMINAL_BASE;

	return start <= TOP && len <= TOP - start;
}

static bool is_free(uint64_t addr, uint64_t len)
{
	struct page *p;
	uint64_t at;

	if (!in_user(addr, len))
		return false;
	for_each_page(p, at, addr, addr + len)
		if (p->mapped)
			return false;
	return true;
}

/* Free, and far enough below an area that grows down: the kernel may put there
 * what need not be there. */
static bool is_roomy(uint64_t addr, uint64_t len)
{
	uint64_t at = addr + len;

	while (at < PAGES * PROG_PAGE && !page_at(at)->mapped)
		at += PROG_PAGE;
	return is_free(addr, len) && !(page_at(at)->flags & F_GROWS);
}

static void unmap(uint64_t start, uint64_t end)
{
	struct page *p;
	uint64_t at;

	if (end > PAGES * PROG_PAGE)
		end = PAGES * PROG_PAGE;
	for_each_page(p, at, start, end)
		*p = (struct page){ .mapped = false };
}

/* One area would hold both: `b` is the page after `a`. */
static bool continues(const struct page *a, const struct page *b)
{
	return b->mapped && !b->seam && a->shared == b->shared &&
	       a->lock == b->lock && a->prot == b->prot &&
	       a->flags == b->flags &&
	       a->may_write == b->may_write && a->object == b->object &&
	       (a->object == RUN_ANON || a->offset + 1 == b->offset);
}

/* What was done to the page there made it meet its neighbours. */
static void heal(uint64_t addr)
{
	page_at(addr)->seam = false;
	page_at(addr + PROG_PAGE)->seam = false;
}

static void heal_changed(const struct page *was, uint64_t addr)
{
	const struct page *p = page_at(addr);

	if (p->prot != was->prot || p->flags != was->flags ||
	    p->lock != was->lock)
		heal(addr);
}

/* Where the area of the page there ends. */
static uint64_t area_end(uint64_t addr)
{
	while (continues(page_at(addr), page_at(addr + PROG_PAGE)))
		addr += PROG_PAGE;
	return addr + PROG_PAGE;
}

static unsigned char *shown(const struct page *p)
{
	if (p->own || p->object == RUN_ANON)
		return p->own;
	return p->offset < object[p->object].pages ?
		       object[p->object].bytes[p->offset] : NULL;
}

static bool beyond_file(const struct page *p)
{
	return p->object != RUN_ANON && !shown(p);
}

static unsigned char *copy_bytes(const unsigned char *bytes)
{
	static const unsigned char zero[RUN_BYTES];

	if (nr_copies == COPIES)
		abort();
	return memcpy(copies[nr_copies++], bytes ? bytes : zero, RUN_BYTES);
}

/* ---- the limit: 1.7 ----------------------------------------------------- */

static uint64_t locked_pages(uint64_t start, uint64_t end)
{
	uint64_t n = 0;

	if (end > PAGES * PROG_PAGE)
		end = PAGES * PROG_PAGE;
	for (uint64_t at = start; at < end; at += PROG_PAGE)
		n += page_at(at)->mapped && page_at(at)->lock != '-';
	return n;
}

static bool exceeds_limit(uint64_t pages)
{
	return me->limited && pages > me->limit / PROG_PAGE;
}

/* So many more pages, of memory that is new. */
static int lock_error(uint64_t pages)
{
	pages += me->outside + locked_pages(0, PAGES * PROG_PAGE);
	return exceeds_limit(pages) ? -EAGAIN : 0;
}

/* As a fault does: 0, or a signal. */
static int fault(struct page *p, bool write)
{
	if (!p->mapped || !p->prot || (write && !(p->prot & PROT_WRITE)))
		return SIGSEGV;
	if (beyond_file(p))
		return SIGBUS;
	if (write && !p->shared && !p->own)
		p->own = copy_bytes(shown(p));
	return 0;
}

/* ---- areas that grow down: 2.3 ------------------------------------------ */

/* So that the page at `addr` is one of theirs, if it can be. */
static bool grow(uint64_t addr)
{
	uint64_t first = addr & -PROG_PAGE, below = first, above = first;
	struct page like;

	while (above < PAGES * PROG_PAGE && !page_at(above)->mapped)
		above += PROG_PAGE;
	while (below && !page_at(below)->mapped)
		below -= PROG_PAGE;
	like = *page_at(above);
	if (!(like.flags & F_GROWS) ||
	    (page_at(below)->mapped && page_at(below)->prot &&
	     !(page_at(below)->flags & F_GROWS)) ||
	    (like.lock != '-' && lock_error((above - first) / PROG_PAGE)))
		return false;
	page_at(above)->seam = false;
	like.own = NULL;
	for (uint64_t at = first; at < above; at += PROG_PAGE)
		*page_at(at) = like;
	page_at(first)->seam = first && page_at(first - PROG_PAGE)->mapped;
	return true;
}

/* What a task, or the kernel for it, does. */
static int touch(uint64_t addr, bool write)
{
	struct page *p = page_at(addr);

	if (addr < PAGES * PROG_PAGE && !p->mapped && !grow(addr))
		return SIGSEGV;
	return fault(p, write);
}

/* ---- populate: 1.4 ----------------------------------------------------- */

static int populate_page(struct page *p)
{
	if (!p->mapped || p->lock == 'o')
		return 0;
	return fault(p, p->prot & PROT_WRITE && !p->shared);
}

static int populate(uint64_t start, uint64_t end, bool ignore)
{
	struct page *p;
	uint64_t at;

	for_each_page(p, at, start, end)
		if (populate_page(p) && !ignore)
			return -ENOMEM;
	return 0;
}

/* ---- mmap, munmap, brk: 2.1 -------------------------------------------- */

static int mmap_file_error(int file, uint64_t prot, uint64_t flags)
{
	uint64_t type = flags & MAP_TYPE;

	if (type != MAP_SHARED && type != MAP_PRIVATE)
		return -EINVAL;
	if (type == MAP_SHARED && prot & PROT_WRITE && file == PROG_FILE)
		return -EACCES;
	return flags & MAP_GROWSDOWN && (type == MAP_SHARED ||
					 file != RUN_ANON) ? -EINVAL : 0;
}

static int new_object(unsigned pages)
{
	if (nr_objects == OBJECTS || pages > OBJECT_PAGES)
		abort();
	object[nr_objects] = (struct object){ .pages = pages };
	return nr_objects++;
}

static char lock_of(uint64_t flags)
{
	if (me->def_lock != '-')
		return me->def_lock;
	return flags & MAP_LOCKED ? 'l' : '-';
}

/* [addr, addr + len) becomes pages like `p`, whose offset is the first's. */
static void put_pages(uint64_t addr, uint64_t len, struct page p)
{
	struct page *to;
	uint64_t at;

	for_each_page(to, at, addr, addr + len) {
		*to = p;
		heal(at);
		p.offset++;
	}
}

static long do_mmap(const uint64_t *a)
{
	uint64_t addr = a[0], len = align(a[1]), flags = a[3];
	bool fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
	bool anon = flags & MAP_ANONYMOUS;
	struct page p = { .mapped = true, .may_write = true,
			  .prot = a[2] & 7, .object = RUN_ANON };
	int err;

	if (!aligned(a[5]))
		return -EINVAL;
	if (!anon && a[4] >= PROG_IMAGE)
		return -EBADF;
	if (!a[1])
		return -EINVAL;
	if (!len || len > TOP)
		return -ENOMEM;
	if (fixed && !in_user(addr, len))
		return -ENOMEM;
	if (fixed && !aligned(addr))
		return -EINVAL;
	if (flags & MAP_FIXED_NOREPLACE && !is_free(addr, len))
		return -EEXIST;
	p.lock = lock_of(flags);
	if (flags & MAP_LOCKED && !me->limit)
		return -EPERM;
	err = p.lock == '-' ? 0 : lock_error(len / PROG_PAGE);
	if (!err)
		err = mmap_file_error(anon ? RUN_ANON : (int)a[4], a[2], flags);
	if (err)
		return err;
	if (!fixed)
		addr &= -PROG_PAGE;
	if (!fixed && !is_roomy(addr, len)) {
		me->outside += p.lock == '-' ? 0 : len / PROG_PAGE;
		return ELSEWHERE;
	}
	p.shared = flags & MAP_SHARED;
	p.flags = flags & MAP_NORESERVE ? F_NORESERVE : 0;
	if (p.prot & PROT_WRITE && !p.shared && !p.flags)
		p.flags = F_ACCOUNT;
	p.flags |= flags & MAP_GROWSDOWN ? F_GROWS : 0;
	if (!anon) {
		p.object = a[4];
		p.offset = a[5] / PROG_PAGE;
		p.may_write = !p.shared || a[4] != PROG_FILE;
	} else if (p.shared) {
		p.object = new_object(len / PROG_PAGE);
	}
	put_pages(addr, len, p);
	if (p.lock == 'l' ||
	    (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE)
		populate(addr, addr + len, true);
	return addr;
}

static long do_munmap(uint64_t addr, uint64_t len)
{
	if (!aligned(addr) || !in_user(addr, len) || !align(len))
		return -EINVAL;
	unmap(addr, addr + align(len));
	return 0;
}

static long do_brk(uint64_t new)
{
	uint64_t heap = PROG_HEAP * PROG_PAGE;
	uint64_t old = heap + align(me->brk), end = heap + align(new);
	struct page p = { .mapped = true, .may_write = true, .flags = F_ACCOUNT,
			  .prot = PROT_READ | PROT_WRITE,
			  .lock = me->def_lock, .object = RUN_ANON };

	if (new > TOP || (end > old && !is_roomy(old, end + PROG_PAGE - old)))
		return heap + me->brk;
	if (end > old && me->def_lock != '-' &&
	    lock_error((end - old) / PROG_PAGE))
		return heap + me->brk;
	if (end < old && is_free(end, old - end))
		return heap + me->brk;
	me->brk = new;
	if (end < old)
		unmap(end, old);
	if (end > old) {
		put_pages(old, end - old, p);
		populate(old, end, true);
		if (me->def_lock != 'l')	/* only what is locked */
			for (; old < end; old += PROG_PAGE)
				page_at(old)->own = NULL;
	}
	return heap + new;
}

/* ---- mremap: 2.2 ------------------------------------------------------- */

/* Pages move, or (old_len 0) are shown once more; growth is like the last. */
static long move(uint64_t old, uint64_t old_len, uint64_t new,
		 uint64_t new_len, bool stay)
{
	struct page moved[PAGES], like = *page_at(old);

	for (unsigned i = 0; i < new_len / PROG_PAGE && i < PAGES; i++) {
		struct page *from = page_at(old + i * PROG_PAGE);

		moved[i] = like;
		moved[i].offset += i;
		moved[i].own = i < old_len / PROG_PAGE ? from->own : NULL;
	}
	for (uint64_t at = 0; at < old_len; at += PROG_PAGE) {
		page_at(old + at)->own = NULL;
		page_at(old + at)->lock = '-';
		page_at(old + at)->mapped = stay;
	}
	if (new == ELSEWHERE) {
		me->outside += like.lock == '-' ? 0 : new_len / PROG_PAGE;
		return new;
	}
	for (unsigned i = 0; i < new_len / PROG_PAGE && i < PAGES; i++) {
		*page_at(new + i * PROG_PAGE) = moved[i];
		heal(new + i * PROG_PAGE);
	}
	if (like.lock == 'l')
		populate(new + old_len, new + new_len, true);
	return new;
}

static int resize_error(uint64_t old, uint64_t old_len, uint64_t new_len)
{
	struct page *p = page_at(old);

	if (!p->mapped)
		return -EFAULT;
	if (!old_len && !p->shared)
		return -EINVAL;
	if (old_len > area_end(old) - old)
		return -EFAULT;
	return p->lock == '-' || new_len == old_len ? 0 :
		       lock_error((new_len - old_len) / PROG_PAGE);
}

static long mremap_to(uint64_t old, uint64_t old_len, uint64_t new_len,
		      uint64_t flags, uint64_t new)
{
	int err;

	if (!aligned(new) || !in_user(new, new_len) ||
	    (old + old_len > new && new + new_len > old))
		return -EINVAL;
	if (flags & MREMAP_FIXED)
		unmap(new, new + new_len);
	if (old_len > new_len) {
		if (!in_user(old + new_len, old_len - new_len))
			return -EINVAL;
		unmap(old + new_len, old + old_len);
		old_len = new_len;
	}
	err = resize_error(old, old_len, new_len);
	if (err)
		return err;
	if (!(flags & MREMAP_FIXED) && !is_roomy(new, new_len))
		new = ELSEWHERE;
	return move(old, old_len, new, new_len, flags & MREMAP_DONTUNMAP);
}

static long do_mremap(const uint64_t *a)
{
	uint64_t old = a[0], old_len = align(a[1]), new_len = align(a[2]);
	uint64_t flags = a[3];
	struct page p;
	int err;

	if (flags & ~7ull || (flags & 6 && !(flags & MREMAP_MAYMOVE)) ||
	    (flags & MREMAP_DONTUNMAP && a[1] != a[2]) || !aligned(old) ||
	    !new_len)
		return -EINVAL;
	if (!page_at(old)->mapped)
		return -EFAULT;
	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return mremap_to(old, old_len, new_len, flags, a[4]);
	if (old_len == new_len)
		return old;
	if (old_len > new_len) {
		if (!in_user(old + new_len, old_len - new_len))
			return -EINVAL;
		unmap(old + new_len, old + old_len);
		return old;
	}
	err = resize_error(old, old_len, new_len);
	if (err)
		return err;
	if (old_len != area_end(old) - old ||
	    !is_free(old + old_len, new_len - old_len))
		return flags & MREMAP_MAYMOVE ?
			       move(old, old_len, ELSEWHERE, new_len, false) :
			       -ENOMEM;
	p = *page_at(old + old_len - PROG_PAGE);
	p.own = NULL;
	p.offset++;
	put_pages(old + old_len, new_len - old_len, p);
	if (p.lock == 'l')
		populate(old + old_len, old + new_len, true);
	return old;
}

/* ---- mprotect, msync: 2.3 ---------------------------------------------- */

static int protect_page(struct page *p, uint64_t prot)
{
	bool wrote = p->prot & PROT_WRITE;

	if (!p->mapped)
		return -ENOMEM;
	if (prot & PROT_WRITE && !p->may_write)
		return -EACCES;
	p->prot = prot & 7;
	if (!(prot & PROT_WRITE) || wrote || p->shared)
		return 0;
	if (!(p->flags & F_NORESERVE))
		p->flags |= F_ACCOUNT;
	if (p->lock == 'l')
		populate_page(p);
	return 0;
}

static long do_mprotect(uint64_t start, uint64_t len, uint64_t prot)
{
	uint64_t end = start + align(len), at;
	struct page *p;
	int err;

	if (!aligned(start))
		return -EINVAL;
	if (!len)
		return 0;
	if (end + NOMINAL_BASE <= start + NOMINAL_BASE)
		return -ENOMEM;
	if (prot & ~(7ull | PROT_SEM))
		return -EINVAL;
	for_each_page(p, at, start, end) {
		struct page was = *p;

		err = protect_page(p, prot);
		if (err)
			return err;
		heal_changed(&was, at);
	}
	return 0;
}

static long do_msync(uint64_t start, uint64_t len, uint64_t flags)
{
	uint64_t end = start + align(len), at;
	struct page *p;
	int err = 0;

	if (flags & ~7ull || !aligned(start) ||
	    (flags & MS_ASYNC && flags & MS_SYNC))
		return -EINVAL;
	if (end + NOMINAL_BASE < start + NOMINAL_BASE)
		return -ENOMEM;
	for_each_page(p, at, start, end) {
		if (!p->mapped && flags == MS_ASYNC)
			return -ENOMEM;
		if (!p->mapped)
			err = -ENOMEM;
		else if (flags & MS_INVALIDATE && p->lock != '-')
			return -EBUSY;
		if (at > PAGES * PROG_PAGE)
			return -ENOMEM;
	}
	return err;
}

/* ---- madvise: 2.4 ------------------------------------------------------ */

static const struct { int advice; unsigned clear, set; } flag_advice[] = {
	{ MADV_NORMAL, F_RAND | F_SEQ, 0 },
	{ MADV_RANDOM, F_SEQ, F_RAND },
	{ MADV_SEQUENTIAL, F_RAND, F_SEQ },
	{ MADV_DONTFORK, 0, F_DONTFORK }, { MADV_DOFORK, F_DONTFORK, 0 },
	{ MADV_DONTDUMP, 0, F_DONTDUMP }, { MADV_DODUMP, F_DONTDUMP, 0 },
	{ MADV_WIPEONFORK, 0, F_WIPE }, { MADV_KEEPONFORK, F_WIPE, 0 },
	{ MADV_MERGEABLE, 0, F_MERGEABLE },
	{ MADV_UNMERGEABLE, F_MERGEABLE, 0 },
};

/* -1: it is no advice of flags. */
static int advise_flags(struct page *p, int advice)
{
	for (size_t i = 0; i < sizeof(flag_advice) / sizeof(*flag_advice); i++)
		if (flag_advice[i].advice == advice) {
			if (p && !(advice == MADV_MERGEABLE && p->shared))
				p->flags = (p->flags & ~flag_advice[i].clear) |
					   flag_advice[i].set;
			return i;
		}
	return -1;
}

static int advise_populate(struct page *p, bool write)
{
	if (!(p->prot & (write ? PROT_WRITE : PROT_READ)))
		return -EINVAL;
	return fault(p, write) ? -EFAULT : 0;
}

static int advise_remove(struct page *p)
{
	if (p->lock != '-' || p->object == RUN_ANON)
		return -EINVAL;
	if (!p->shared || !p->may_write)
		return -EACCES;
	if (!beyond_file(p))
		memset(shown(p), 0, RUN_BYTES);
	return 0;
}

static int advise_page(struct page *p, int advice)
{
	bool file = p->object != RUN_ANON;

	switch (advice) {
	case MADV_DONTNEED: case MADV_DONTNEED_LOCKED:
		if (advice == MADV_DONTNEED && p->lock != '-')
			return -EINVAL;
		p->own = NULL;
		return 0;
	case MADV_FREE:
		return p->lock != '-' || file ? -EINVAL : 0;
	case MADV_COLD: case MADV_PAGEOUT:
		return p->lock != '-' ? -EINVAL : 0;
	case MADV_POPULATE_READ: case MADV_POPULATE_WRITE:
		return advise_populate(p, advice == MADV_POPULATE_WRITE);
	case MADV_REMOVE:
		return advise_remove(p);
	case MADV_WILLNEED:
		return 0;
	case MADV_WIPEONFORK:
		if (file)
			return -EINVAL;
	}
	return advise_flags(p, advice) < 0 ? -EINVAL : 0;
}

static bool advice_known(int advice)
{
	switch (advice) {
	case MADV_DONTNEED: case MADV_DONTNEED_LOCKED: case MADV_FREE:
	case MADV_COLD: case MADV_PAGEOUT: case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE: case MADV_REMOVE: case MADV_WILLNEED:
		return true;
	}
	return advise_flags(NULL, advice) >= 0;
}

static long do_madvise(uint64_t start, uint64_t len, int advice)
{
	uint64_t end = start + align(len), at;
	struct page *p, was;
	int err = 0, now;

	if (!advice_known(advice) || !aligned(start) || (len && !align(len)) ||
	    end + NOMINAL_BASE < start + NOMINAL_BASE)
		return -EINVAL;
	for_each_page(p, at, start, end) {
		if (at > PAGES * PROG_PAGE)
			return -ENOMEM;
		was = *p;
		now = p->mapped ? advise_page(p, advice) : 0;
		if (now)
			return now;
		heal_changed(&was, at);
		if (!p->mapped)
			err = -ENOMEM;
	}
	return err;
}

/* ---- locks: 1 ---------------------------------------------------------- */

static void change_lock(uint64_t addr, char lock)
{
	struct page was = *page_at(addr);

	page_at(addr)->lock = lock;
	heal_changed(&was, addr);
}

/* Of a range that may be locked in part already. */
static int mlock_error(uint64_t first, uint64_t len)
{
	uint64_t pages = len / PROG_PAGE + me->outside +
			 locked_pages(0, PAGES * PROG_PAGE);

	if (!me->limit)
		return -EPERM;
	if (exceeds_limit(pages))
		pages -= locked_pages(first, len > -first - NOMINAL_BASE ?
				      -1ull : first + len);
	return exceeds_limit(pages) ? -ENOMEM : 0;
}

static long set_lock(uint64_t start, uint64_t len, char lock)
{
	uint64_t first = (start + NOMINAL_BASE) & -PROG_PAGE, end, at;
	struct page *p;
	int err = 0;

	len = align(len + start % PROG_PAGE);
	end = first + len;
	if (lock != '-')
		err = mlock_error(first - NOMINAL_BASE, len);
	if (err)
		return err;
	if (end < first)
		return -EINVAL;
	first -= NOMINAL_BASE;
	for_each_page(p, at, first, first + len) {
		if (!p->mapped)
			return -ENOMEM;
		change_lock(at, lock);
	}
	return lock == 'l' ? populate(first, first + len, false) : 0;
}

static long do_mlockall(uint64_t flags)
{
	char lock = flags & MCL_ONFAULT ? 'o' : 'l';

	if (!flags || flags == MCL_ONFAULT || flags & ~7ull)
		return -EINVAL;
	if (!me->limit)
		return -EPERM;
	if (flags & MCL_CURRENT && exceeds_limit(EXECUTOR))
		return -ENOMEM;
	if (flags & MCL_CURRENT)
		me->outside = EXECUTOR;
	me->def_lock = flags & MCL_FUTURE ? lock : '-';
	for (unsigned i = 0; flags & MCL_CURRENT && i < PAGES; i++)
		if (me->page[i].mapped)
			change_lock(i * PROG_PAGE, lock);
	if (flags & MCL_CURRENT)
		populate(0, PAGES * PROG_PAGE, true);
	return 0;
}

static long do_munlockall(void)
{
	me->def_lock = '-';
	me->outside = 0;
	for (unsigned i = 0; i < PAGES; i++)
		if (me->page[i].mapped)
			change_lock(i * PROG_PAGE, '-');
	return 0;
}

/* ---- tasks, touches ---------------------------------------------------- */

static long do_fork(void)
{
	struct task *child;
	unsigned n = 0;

	while (task[n])
		n++;
	child = task[n] = &tasks[n];
	*child = *me;
	child->def_lock = '-';
	child->outside = 0;
	for (unsigned i = 0; i < PAGES; i++) {
		struct page *p = &child->page[i];

		p->seam = i && (p->seam || !continues(&me->page[i - 1],
						      &me->page[i]));
		p->lock = '-';
		if (p->flags & F_DONTFORK)
			*p = (struct page){ .mapped = false };
		p->own = p->own && !(p->flags & F_WIPE) ? copy_bytes(p->own) :
							  NULL;
	}
	return n;
}

static void put_image(void)
{
	*me = (struct task){ .def_lock = '-', .limit = me->limit,
			      .limited = me->limited };
	put_pages(0, PROG_PAGE, (struct page){
		.mapped = true, .may_write = true, .lock = '-',
		.prot = PROT_READ | PROT_EXEC, .object = PROG_IMAGE });
	put_pages(PROG_PAGE, PROG_PAGE, (struct page){
		.mapped = true, .may_write = true, .lock = '-',
		.prot = PROT_READ | PROT_WRITE, .object = PROG_IMAGE,
		.offset = 1, .flags = F_ACCOUNT });
}

static long do_touch(uint64_t addr, bool write)
{
	int number = touch(addr, write);

	if (!number && write && addr % PROG_PAGE < RUN_BYTES)
		shown(page_at(addr))[addr % PROG_PAGE] = 1;
	return -number;
}

/* For good: children, and what it executes, have it too. */
static long do_limit(uint64_t bytes)
{
	if (bytes > MAX_LIMIT)
		return -EINVAL;
	me->limit = bytes;
	me->limited = true;
	return 0;
}

/* Whoever has a page of it beyond that loses it, his own copy too. */
static long do_truncate(uint64_t file, uint64_t bytes)
{
	uint64_t end = align(bytes) / PROG_PAGE, cut = bytes % PROG_PAGE;

	if (file >= PROG_IMAGE || bytes > 2 * PROG_PAGE)
		return -EINVAL;
	for (unsigned n = 0; n < PROG_TASKS; n++)
		for (unsigned i = 0; task[n] && i < PAGES; i++)
			if (task[n]->page[i].object == (int)file &&
			    task[n]->page[i].offset >= end)
				task[n]->page[i].own = NULL;
	for (uint64_t i = end; i < 2; i++)
		memset(object[file].bytes[i], 0, RUN_BYTES);
	if (cut && cut < RUN_BYTES)
		memset(object[file].bytes[end - 1] + cut, 0, RUN_BYTES - cut);
	object[file].pages = end;
	return 0;
}

/* The bytes of files, of no page and beyond the window are 0 (run.h). */
static long do_mincore(const struct prog_call *c)
{
	uint64_t at = c->arg[0], end = at + align(c->arg[1]), to = c->arg[2];

	if (!aligned(at))
		return -EINVAL;
	if (!in_user(at, c->arg[1]))
		return -ENOMEM;
	if (!in_user(to, (end - at) / PROG_PAGE))
		return -EFAULT;
	for (; at < end; at += PROG_PAGE, to++) {
		const struct page *p = page_at(at);
		bool there = p->object == RUN_ANON && p->own &&
			     at < RUN_PAGES * PROG_PAGE;

		if (!p->mapped)
			return -ENOMEM;
		if (touch(to, true))
			return -EFAULT;
		if (to % PROG_PAGE < RUN_BYTES)
			shown(page_at(to))[to % PROG_PAGE] = there;
	}
	return 0;
}

static long model_call(const struct prog_call *c)
{
	const uint64_t *a = c->arg;

	me = task[c->task];
	switch (c->op) {
	case PROG_MMAP: return do_mmap(a);
	case PROG_MUNMAP: return do_munmap(a[0], a[1]);
	case PROG_MPROTECT: return do_mprotect(a[0], a[1], a[2]);
	case PROG_MREMAP: return do_mremap(a);
	case PROG_MADVISE: return do_madvise(a[0], a[1], a[2]);
	case PROG_MSYNC: return do_msync(a[0], a[1], a[2]);
	case PROG_MLOCK: return set_lock(a[0], a[1], 'l');
	case PROG_MLOCK2:
		return a[2] & ~1ull ? -EINVAL :
			set_lock(a[0], a[1], a[2] ? 'o' : 'l');
	case PROG_MUNLOCK: return set_lock(a[0], a[1], '-');
	case PROG_MLOCKALL: return do_mlockall(a[0]);
	case PROG_MUNLOCKALL: return do_munlockall();
	case PROG_BRK: return do_brk(a[0]);
	case PROG_MINCORE: return do_mincore(c);
	case PROG_LIMIT: return do_limit(a[0]);
	case PROG_TRUNCATE: return do_truncate(a[0], a[1]);
	case PROG_FORK: return do_fork();
	case PROG_EXEC: put_image(); return 0;
	case PROG_EXIT: task[c->task] = NULL; return 0;
	case PROG_READ: return do_touch(a[0], false);
	case PROG_WRITE: return do_touch(a[0], true);
	}
	return -ENOSYS;
}

/* ---- the executor ------------------------------------------------------ */

static void model_start(const struct prog *p)
{
	nr_objects = nr_copies = 0;
	memset(task, 0, sizeof(task));
	for (unsigned f = 0; f < PROG_NR_FILES; f++) {
		new_object(2);
		object[f].bytes[0][3] = f != PROG_MEMFD ? 1 : 0;
		object[f].bytes[1][3] = f != PROG_MEMFD ? 2 : 0;
	}
	me = task[0] = &tasks[0];
	me->limited = false;
	me->limit = MAX_LIMIT;
	put_image();
}

static void model_look(unsigned number, struct run_look *look)
{
	for (unsigned i = 0; i < RUN_PAGES; i++) {
		const struct page *p = &task[number]->page[i];

		if (!p->mapped)
			continue;
		look->page[i] = (struct run_page){
			.mapped = true, .shared = p->shared, .lock = p->lock,
			.prot = p->prot, .offset = p->offset,
			.resident = p->own,
			.file = p->object < PROG_NR_FILES ? p->object :
							    RUN_SHARED_ANON,
		};
		look->locked += p->lock != '-';
	}
}

static long model_contents(unsigned number, unsigned page)
{
	static const unsigned char zero[RUN_BYTES];
	const struct page *p;
	int got;

	me = task[number];
	p = &me->page[page];
	got = touch(page * PROG_PAGE, false);
	return got ? -got : run_digest(shown(p) ? shown(p) : zero);
}

static void model_end(void)
{
}

const struct executor executor = {
	.name = "model", .start = model_start, .call = model_call,
	.look = model_look, .contents = model_contents, .end = model_end,
};
