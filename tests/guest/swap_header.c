/* run: --mem 64M --swap 64M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * swapon of a disk whose header is corrupt: EINVAL, nothing is left behind,
 * and with a good header the same disk works again.
 */
#include "test.h"

#define DISK "/dev/vda"
#define N 64
#define MAX_BADPAGES 637		/* of a page of 4 KiB */

/* The page that mkswap(8) writes, from byte 1024 on. */
struct header {
	char boot[1024];
	uint32_t version, last_page, nr_badpages;
	uint32_t id[8 + 117];
	uint32_t badpages[MAX_BADPAGES];
	char magic[4096 - 1536 - 4 * MAX_BADPAGES];	/* its last 10 bytes */
};
_Static_assert(sizeof(struct header) == 4096, "one page");

static void bad_magic(struct header *h) { h->magic[sizeof(h->magic) - 1] ^= 1; }
static void all_zero(struct header *h) { memset(h, 0, sizeof(*h)); }
static void all_ones(struct header *h) { memset(h, 0xff, sizeof(*h)); }
static void version_0(struct header *h) { h->version = 0; }
static void version_2(struct header *h) { h->version = 2; }
static void empty(struct header *h) { h->last_page = 0; }
static void one_more(struct header *h) { h->last_page++; }
static void huge(struct header *h) { h->last_page = -1; }

static void add_bad(struct header *h, uint32_t page)
{
	h->badpages[h->nr_badpages++] = page;
}

static void too_many(struct header *h)
{
	for (int i = 0; i < MAX_BADPAGES; i++)
		add_bad(h, i + 1);
	h->nr_badpages++;
}

static void negative_count(struct header *h) { h->nr_badpages = -1; }
static void bad_page_0(struct header *h) { add_bad(h, 0); }
static void bad_page_beyond(struct header *h) { add_bad(h, h->last_page + 1); }

static void second_bad_page_0(struct header *h)
{
	add_bad(h, 1);
	add_bad(h, 0);
}

static void every_page_bad(struct header *h)
{
	h->last_page = 3;
	for (int i = 1; i <= 3; i++)
		add_bad(h, i);
}

struct corrupt {
	const char *name;
	void (*change)(struct header *h);
};

static const struct corrupt corrupts[] = {
	{ "magic", bad_magic },
	{ "all zeroes", all_zero },
	{ "all ones", all_ones },
	{ "version 0", version_0 },
	{ "version 2", version_2 },
	{ "last page 0", empty },
	{ "last page one beyond the disk", one_more },
	{ "last page 2^32 - 1", huge },
	{ "one bad page more than there is room for", too_many },
	{ "2^32 - 1 bad pages", negative_count },
	{ "page 0 is bad", bad_page_0 },
	{ "page 0 is bad, not the first", second_bad_page_0 },
	{ "a bad page beyond the last", bad_page_beyond },
	{ "every page is bad", every_page_bad },
};

static void put_header(const struct header *h)
{
	int fd = open(DISK, O_WRONLY);

	if (fd < 0 || pwrite(fd, h, sizeof(*h), 0) != sizeof(*h) || fsync(fd))
		die("write of the header: errno %d", errno);
	close(fd);
}

static void get_header(struct header *h)
{
	int fd = open(DISK, O_RDONLY);

	if (fd < 0 || pread(fd, h, sizeof(*h), 0) != sizeof(*h))
		die("read of the header: errno %d", errno);
	close(fd);
}

static size_t areas(void)
{
	char text[1024];
	size_t lines = 0;

	slurp("/proc/swaps", text, sizeof(text));
	for (char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	return lines - 1;
}

static size_t swapped(const char *p)
{
	size_t found = 0;

	for (size_t i = 0; i < N; i++)
		found += !!(pagemap(p + PAGES(i)) & PM_SWAP);
	return found;
}

/* Memory works, with a swap area or without. */
static void use_memory(bool area)
{
	char *p = map(N);
	size_t bad = 0;

	touch(p, N);
	RET(advise(p, PAGES(N), ADV_PAGEOUT), 0);
	EQ(swapped(p) > 0, area);
	for (size_t i = 0; i < N; i++)
		bad += p[PAGES(i)] != (char)('A' + i % 26);
	EQ(bad, 0);
	RET(unmap(p, PAGES(N)), 0);
}

static void check_invariants(void)
{
	char why[512];

	if (!on_holdfast())
		return;
	slurp("/proc/holdfast/mm_check", why, sizeof(why));
	if (strncmp(why, "ok", 2))
		fail("mm_check: %s", why);
}

static void corrupt_row(const void *row)
{
	struct header good, h;

	if (!areas())
		die("no swap area");
	RET(sys(swapoff, DISK), 0);
	get_header(&good);
	h = good;
	((const struct corrupt *)row)->change(&h);
	put_header(&h);
	RET(sys(swapon, DISK, 0), -EINVAL);
	RET(sys(swapon, DISK, 0), -EINVAL);
	RET(sys(swapoff, DISK), -EINVAL);
	EQ(areas(), 0);
	use_memory(false);
	check_invariants();
	put_header(&good);
	RET(sys(swapon, DISK, 0), 0);
	EQ(areas(), 1);
	use_memory(true);
	check_invariants();
}
TEST_TABLE("corrupt header", corrupts, corrupt_row);

TEST("bad pages are left out, the rest is used")
{
	struct header good, h;
	char text[1024];

	RET(sys(swapoff, DISK), 0);
	get_header(&good);
	h = good;
	h.last_page = 200;
	for (int i = 0; i < 100; i++)
		add_bad(&h, 2 * i + 1);
	put_header(&h);
	RET(sys(swapon, DISK, 0), 0);
	slurp("/proc/swaps", text, sizeof(text));
	OK(strstr(text, "\t400\t"));
	use_memory(true);
	check_invariants();
	RET(sys(swapoff, DISK), 0);
	put_header(&good);
	RET(sys(swapon, DISK, 0), 0);
}
