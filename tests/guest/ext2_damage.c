/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Damaged ext2 images: each of several hundred is made from a good one by a
 * few seeded changes where they hurt (super block, descriptors, bitmaps,
 * inodes, directories, indirect blocks, in turn), mounted, walked, read,
 * written, robbed of names and unmounted.
 * Every call may fail, none may hang, and the file system must come off again.
 * Needs the good image as /damage.img and a disk /dev/vda of at least its
 * size (tests/boot/ext2.t); skipped without.
 */
#include "test.h"

#include <dirent.h>
#include <sys/mount.h>
#include <sys/statfs.h>

#define IMAGES 360
#define BLOCK 1024
#define MAX_BLOCKS 2048
#define WALK_DEPTH 6
#define WALK_NAMES 60		/* in all, of one image */
#define READ_MAX (256 << 10)	/* of one file */

static unsigned char good[MAX_BLOCKS][BLOCK], work[MAX_BLOCKS][BLOCK];
static unsigned nr_blocks;
static int disk;
static unsigned names_left;
static uint32_t state;
static unsigned complaints;	/* EIO and EUCLEAN */

static uint32_t rnd(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % n;
}

static bool load(void)
{
	int fd = open("/damage.img", O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, good, sizeof(good));
	close(fd);
	nr_blocks = n / BLOCK;
	disk = open("/dev/vda", O_RDWR);
	memcpy(work, good, sizeof(good));
	return disk >= 0 && n > 0 && pwrite(disk, good, n, 0) == n;
}

/* ---- damage ------------------------------------------------------------- */

static uint32_t nasty(void)
{
	static const uint32_t words[] = {
		0, 1, 2, 3, 7, 8, 11, 12, 127, 128, 255, 256, 1023, 1024,
		0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
		0xfffffff0, 0xffffffff };

	return rnd(3) ? words[rnd(ARRAY_SIZE(words))] :
	       rnd(2) ? rnd(nr_blocks) : rnd(~0u);
}

/* ---- where things are, in an image of one group ------------------------- */

enum kind { SUPER, DESCRIPTORS, BITMAPS, INODES, DIRECTORIES, INDIRECT, KINDS };

static const char *const kind_names[KINDS] = {
	"super block", "descriptors", "bitmaps", "inodes", "directories",
	"indirect blocks" };

static unsigned places[KINDS][MAX_BLOCKS], nr_places[KINDS];

static uint32_t word(unsigned block, unsigned at)
{
	uint32_t value;

	memcpy(&value, &good[block][at], 4);
	return value;
}

static void add_place(enum kind kind, uint32_t block)
{
	if (block && block < nr_blocks)
		places[kind][nr_places[kind]++] = block;
}

/* What an inode points to: i_mode is at 0, i_block[15] at 40. */
static void add_inode(unsigned block, unsigned at)
{
	unsigned mode = word(block, at) & 0xffff;

	if (!S_ISDIR(mode) && !S_ISREG(mode))
		return;
	for (int i = 0; i < 12 && S_ISDIR(mode); i++)
		add_place(DIRECTORIES, word(block, at + 40 + i * 4));
	for (int i = 12; i < 14; i++)
		add_place(INDIRECT, word(block, at + 40 + i * 4));
	if (word(block, at + 92))	/* the first below the double one */
		add_place(INDIRECT, word(word(block, at + 92), 0));
}

static void find_places(void)
{
	unsigned size = word(1, 88) & 0xffff, table = word(2, 8);
	unsigned last = table + word(1, 40) * size / BLOCK;

	add_place(SUPER, 1);
	add_place(DESCRIPTORS, 2);
	add_place(BITMAPS, word(2, 0));
	add_place(BITMAPS, word(2, 4));
	for (unsigned b = table; b < last && b < nr_blocks; b++) {
		unsigned used = nr_places[DIRECTORIES] + nr_places[INDIRECT];

		for (unsigned at = 0; at < BLOCK; at += size)
			add_inode(b, at);
		if (used != nr_places[DIRECTORIES] + nr_places[INDIRECT])
			add_place(INODES, b);
	}
}

static void change_one(enum kind kind)
{
	/* Where the fields are: the first bytes of blocks, of records. */
	static const unsigned fields[KINDS] = {
		104, 32, BLOCK, BLOCK, 128, 128 };
	unsigned b = places[kind][rnd(nr_places[kind])];
	unsigned at = rnd(fields[kind] / 2) * 2;
	uint32_t value = nasty();

	switch (rnd(3)) {
	case 0:
		work[b][rnd(fields[kind])] ^= 1u << rnd(8);
		break;
	case 1:
		memcpy(&work[b][at], &value, 2);
		break;
	default:
		memcpy(&work[b][at & ~3u], &value, 4);
	}
}

/* Bring the disk to what `work` says, from whatever it is. */
static void write_disk(void)
{
	for (unsigned b = 0; b < nr_blocks; b += 64) {
		unsigned n = nr_blocks - b < 64 ? nr_blocks - b : 64;

		if (pwrite(disk, work[b], n * BLOCK, (off_t)b * BLOCK) !=
		    (ssize_t)(n * BLOCK))
			die("cannot write the disk: errno %d", errno);
	}
}

/* ---- use ---------------------------------------------------------------- */

/* Notes an error that means damage; the result as it is. */
static long told(long ret)
{
	complaints += ret < 0 && (errno == EIO || errno == EUCLEAN);
	return ret;
}

static void use_file(const char *path)
{
	static char buf[16384];
	int fd = told(open(path, O_RDWR | O_NONBLOCK));
	struct stat st;
	long done = 0, n;
	char *p;

	if (fd < 0)
		fd = open(path, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return;
	while (done < READ_MAX && (n = told(read(fd, buf, sizeof(buf)))) > 0)
		done += n;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && rnd(3) == 0) {
		told(pwrite(fd, buf, 3000, rnd(400000)));
		told(ftruncate(fd, rnd(300000)));
		p = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
		if (p != MAP_FAILED) {
			probe_write(p, NULL, NULL);
			munmap(p, PAGE);
		}
		fsync(fd);
	}
	close(fd);
}

static void change_names(const char *dir)
{
	char a[600], b[600];

	snprintf(a, sizeof(a), "%s/new%u", dir, rnd(5));
	snprintf(b, sizeof(b), "%s/other%u", dir, rnd(5));
	told(mkdir(a, 0755));
	symlink("text", b);
	rename(a, b);
	rename(b, a);
	mknod(b, S_IFREG | 0644, 0);
	use_file(b);
	link(b, a);
	unlink(b);
	rmdir(a);
}

static void walk(const char *path, int depth)
{
	DIR *d = opendir(path);
	struct dirent *e;
	struct stat st;
	char sub[600], text[300];

	if (!d)
		return;
	while (names_left && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		names_left--;
		snprintf(sub, sizeof(sub), "%.250s/%s", path, e->d_name);
		if (told(lstat(sub, &st)))
			continue;
		readlink(sub, text, sizeof(text));
		if (S_ISDIR(st.st_mode) && depth)
			walk(sub, depth - 1);
		else if (S_ISREG(st.st_mode))
			use_file(sub);
		if (rnd(4) == 0 && told(unlink(sub)))
			told(rmdir(sub));
	}
	closedir(d);
	change_names(path);
}

static bool use_image(void)
{
	struct statfs f;

	if (told(mount("/dev/vda", "/tmp/m", "ext2", 0, NULL)))
		return false;
	names_left = WALK_NAMES;
	statfs("/tmp/m", &f);
	walk("/tmp/m", WALK_DEPTH);
	sync();
	if (umount("/tmp/m"))
		die("cannot unmount: errno %d", errno);
	return true;
}

TEST("damaged images are refused or give errors")
{
	unsigned mounted[KINDS] = { 0 }, all = 0, n;

	if (!load())
		skip("no /damage.img or no disk");
	find_places();
	mkdir("/tmp/m", 0755);
	for (unsigned seed = 1; seed <= IMAGES; seed++) {
		enum kind kind = seed % KINDS;

		state = seed * 2654435761u;
		memcpy(work, good, sizeof(good));
		for (n = 1 + rnd(4); n; n--)
			change_one(kind);
		write_disk();
		mounted[kind] += use_image();
	}
	for (n = 0; n < KINDS; n++) {
		note("%s, %u places: %u of %u could be mounted", kind_names[n],
		     nr_places[n], mounted[n], IMAGES / KINDS);
		all += mounted[n];
	}
	note("%u times EIO or EUCLEAN", complaints);
	OK(all > IMAGES / 4 && all < IMAGES && complaints > IMAGES / 4);
	OK(nr_places[DIRECTORIES] > 3 && nr_places[INDIRECT] > 3);
}
