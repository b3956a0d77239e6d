// SPDX-License-Identifier: GPL-2.0
/*
 * The mutator (mutate.h).  What it makes is valid as a program; what the calls
 * ask for need not be: pages of the window most of the time, so that calls meet
 * each other, and else addresses, lengths and flags that are wrong, unaligned,
 * beyond the end or wrap around.  It needs only libc: AFL++ loads it too.
 */
#include <linux/mman.h>
#include <string.h>
#include <sys/mman.h>

#include "mutate.h"

#define PAGE	PROG_PAGE
#define BASE	0x10000ull			/* world.h */
#define END	(HOST_TASK_SIZE - BASE)		/* of the address space */
#define PICK(array) ((array)[below(sizeof(array) / sizeof(*(array)))])

static uint64_t state = 1;

void mutate_seed(uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15ull | 1;
}

/* xorshift64* */
static uint64_t any(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

static unsigned below(unsigned n)
{
	return (any() >> 33) % n;
}

/* ---- arguments --------------------------------------------------------- */

static const uint64_t hostile[] = {
	0, 1, 0x801, PAGE - 1, PAGE + 1, 1ull << 31, 1ull << 32, 1ull << 47,
	(1ull << 47) - PAGE, 1ull << 62, 1ull << 63, (1ull << 63) - 1, -1ull,
	-2ull, -PAGE, -PAGE - 1, -8 * PAGE,
};

static uint64_t address(const struct prog *p)
{
	const struct prog_call *other;

	switch (below(20)) {
	case 0:
		return below(8) * PAGE + PICK(((uint64_t[]){ 1, 8, PAGE - 1 }));
	case 1:
		return (below((HOST_TASK_SIZE + PAGE) / PAGE) * PAGE) - BASE;
	case 2:
		return END + (below(5) - 3ull) * PAGE;
	case 3:
		return PICK(hostile) - (below(2) ? BASE : 0);
	case 4: case 5: case 6:
		other = p->n ? &p->call[below(p->n)] : NULL;
		if (other && prog_desc[other->op].args[0] == 'a')
			return other->arg[0];
		/* fallthrough */
	default:
		return below(PROG_PAGES + 1) * PAGE;
	}
}

static uint64_t length(uint64_t from)
{
	switch (below(20)) {
	case 0:
		return PICK(hostile);
	case 1:
		return END - from + (below(3) - 1ull) * PAGE;
	case 2:
		return -(from + BASE) + (below(3) - 1ull);
	case 3:
		return below(8) * PAGE + 1 + below(PAGE - 1);
	case 4:
		return below(80) * PAGE;
	default:
		return (1 + below(below(3) ? 2 : 6)) * PAGE;
	}
}

static uint64_t map_flags(void)
{
	static const unsigned kinds[] = {
		MAP_PRIVATE | MAP_ANONYMOUS, MAP_PRIVATE | MAP_ANONYMOUS,
		MAP_PRIVATE | MAP_ANONYMOUS, MAP_SHARED | MAP_ANONYMOUS,
		MAP_PRIVATE, MAP_PRIVATE, MAP_SHARED, MAP_SHARED,
		MAP_SHARED_VALIDATE, 0,
	};
	static const unsigned extra[] = {
		MAP_LOCKED, MAP_LOCKED, MAP_POPULATE, MAP_LOCKED | MAP_POPULATE,
		MAP_NONBLOCK, MAP_POPULATE | MAP_NONBLOCK, MAP_GROWSDOWN,
		MAP_NORESERVE, MAP_DENYWRITE, MAP_EXECUTABLE, MAP_STACK,
		MAP_HUGETLB, MAP_SYNC, MAP_32BIT, MAP_UNINITIALIZED,
	};

	return PICK(kinds) | (below(5) ? MAP_FIXED : below(2) ?
			      MAP_FIXED_NOREPLACE : 0) |
	       (below(3) ? 0 : PICK(extra));
}

static const uint64_t protections[] = {
	PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
	PROT_NONE, PROT_READ, PROT_WRITE, PROT_EXEC, PROT_READ | PROT_EXEC,
	PROT_READ | PROT_WRITE | PROT_EXEC, PROT_SEM, PROT_GROWSDOWN,
	PROT_READ | PROT_GROWSDOWN, PROT_GROWSUP,
};

static uint64_t advice(void)
{
	static const uint64_t much[] = {
		MADV_DONTNEED, MADV_DONTNEED_LOCKED, MADV_PAGEOUT, MADV_FREE,
		MADV_REMOVE, MADV_WIPEONFORK, MADV_DONTFORK, MADV_COLD,
		MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_WILLNEED,
		MADV_HWPOISON, MADV_SOFT_OFFLINE,
	};

	return below(3) ? PICK(much) : below(32);
}

/* Number i of a call, as its meaning has it. */
static uint64_t number(const struct prog_call *c, unsigned i)
{
	if (!below(12))
		return below(2) ? PICK(hostile) : c->arg[i] ^ 1ull << below(32);
	switch (c->op) {
	case PROG_MMAP:
		if (i == 3)
			return map_flags();
		return i == 2 ? PICK(protections) : below(4) * PAGE;
	case PROG_MPROTECT:
		return PICK(protections);
	case PROG_MADVISE:
		return advice();
	case PROG_BRK:
		return below(10) * PAGE / 2;
	case PROG_EXEC:
		return below(3) > 0;
	case PROG_MLOCK2: case PROG_EDIT:
		return below(2);
	case PROG_LIMIT:
		return below(12) * PAGE;
	case PROG_TRUNCATE:
		return below(5) * PAGE / 2;
	default:			/* mremap, msync, mlockall: bits */
		return below(8);
	}
}

/* Pages of the old place are as many as of the new, or not. */
static void make_arg(const struct prog *p, struct prog_call *c, unsigned i)
{
	switch (prog_desc[c->op].args[i]) {
	case 'a':
		c->arg[i] = address(p);
		break;
	case 'l':
		c->arg[i] = i == 2 && below(2) ? c->arg[1] : length(c->arg[0]);
		break;
	case 'f':
		c->arg[i] = below(12) ? below(PROG_NR_FILES) : PICK(hostile);
		break;
	default:
		c->arg[i] = number(c, i);
	}
}

/* ---- calls ------------------------------------------------------------- */

/* One of the tasks that may live at call `at`. */
static unsigned task(const struct prog *p, unsigned at)
{
	unsigned n = 1;

	for (unsigned i = 0; i < at && n < PROG_TASKS; i++)
		n += p->call[i].op == PROG_FORK;
	return below(n);
}

static void make_fault(struct prog_call *c)
{
	c->fault = 1 + below(PROG_NR_FAULTS - 1);
	c->nth = 1 + (below(8) ? below(8) : below(255));
}

static void make_call(const struct prog *p, unsigned at, struct prog_call *c)
{
	static const uint8_t ops[] = {
		PROG_MMAP, PROG_MMAP, PROG_MMAP, PROG_MMAP, PROG_MMAP,
		PROG_MUNMAP, PROG_MUNMAP, PROG_MPROTECT, PROG_MPROTECT,
		PROG_MREMAP, PROG_MREMAP, PROG_MREMAP, PROG_MADVISE,
		PROG_MADVISE, PROG_MADVISE, PROG_MSYNC, PROG_MLOCK, PROG_MLOCK,
		PROG_MLOCK2, PROG_MUNLOCK, PROG_MUNLOCK, PROG_MLOCKALL,
		PROG_MUNLOCKALL, PROG_BRK, PROG_BRK, PROG_FORK, PROG_FORK,
		PROG_EXEC, PROG_EXIT, PROG_READ, PROG_READ, PROG_WRITE,
		PROG_WRITE, PROG_WRITE, PROG_WRITE, PROG_RECLAIM, PROG_RECLAIM,
		PROG_PRESSURE, PROG_SWAPOFF, PROG_SWAPON, PROG_SWAPON,
		PROG_EDIT, PROG_MINCORE, PROG_LIMIT, PROG_TRUNCATE,
	};

	memset(c, 0, sizeof(*c));
	c->op = PICK(ops);
	c->task = task(p, at);
	for (unsigned i = 0; prog_desc[c->op].args[i]; i++)
		make_arg(p, c, i);
	if (c->op == PROG_MMAP && !(c->arg[3] & MAP_ANONYMOUS) && below(4))
		c->arg[4] = below(PROG_IMAGE);
	if (c->op == PROG_MMAP && c->arg[3] & MAP_ANONYMOUS && below(8))
		c->arg[4] = PROG_ANON;
	if (!below(10))
		make_fault(c);
}

static void insert(struct prog *p, unsigned at, const struct prog_call *c)
{
	if (p->n == PROG_CALLS)
		p->n--;
	if (at > p->n)
		at = p->n;
	memmove(&p->call[at + 1], &p->call[at],
		(p->n - at) * sizeof(p->call[0]));
	p->call[at] = *c;
	p->n++;
}

static void insert_new(struct prog *p)
{
	unsigned at = below(3) ? below(p->n + 1) : p->n;
	struct prog_call c;

	make_call(p, at, &c);
	insert(p, at, &c);
}

static void cut(struct prog *p, unsigned at, unsigned n)
{
	if (n > p->n - at)
		n = p->n - at;
	p->n -= n;
	memmove(&p->call[at], &p->call[at + n],
		(p->n - at) * sizeof(p->call[0]));
}

static void change_arg(struct prog *p, struct prog_call *c)
{
	size_t args = strlen(prog_desc[c->op].args);

	if (args)
		make_arg(p, c, below(args));
}

static void swap(struct prog_call *a, struct prog_call *b)
{
	struct prog_call kept = *a;

	*a = *b;
	*b = kept;
}

/* ---- programs ---------------------------------------------------------- */

static void change(struct prog *p)
{
	unsigned at = p->n ? below(p->n) : 0;
	struct prog_call *c = &p->call[at], copy = *c;

	if (!p->n) {
		insert_new(p);
		return;
	}
	switch (below(16)) {
	case 0: case 1: case 2: case 3:
		insert_new(p);
		break;
	case 4: case 5:
		cut(p, at, below(4) ? 1 : 1 + below(8));
		break;
	case 6:
		insert(p, below(p->n + 1), &copy);
		break;
	case 7:
		swap(c, &p->call[below(p->n)]);
		break;
	case 8:
		make_call(p, at, c);
		break;
	case 9:
		c->task = task(p, at);
		break;
	case 10:
		make_fault(c);
		break;
	case 11:
		c->fault = c->nth = 0;
		break;
	default:
		change_arg(p, c);
	}
}

void mutate(struct input *in)
{
	unsigned n = 1;

	while (n < 16 && below(2))
		n++;
	while (n--)
		change(&in->prog);
	if (!below(12))
		in->design = below(NR_DESIGNS);
}

void splice(struct input *in, const struct input *other)
{
	struct prog *p = &in->prog;
	unsigned from = below(other->prog.n + 1);

	p->n = below(p->n + 1);
	while (from < other->prog.n && p->n < PROG_CALLS)
		p->call[p->n++] = other->prog.call[from++];
}

void random_input(struct input *in, unsigned n)
{
	in->design = below(NR_DESIGNS);
	for (in->prog.n = 0; in->prog.n < n; in->prog.n++)
		make_call(&in->prog, in->prog.n,
			  &in->prog.call[in->prog.n]);
}

/* ---- bytes ------------------------------------------------------------- */

static void read_input(struct input *in, const uint8_t *data, size_t size)
{
	struct prog_error error;

	if (input_decode(data, size, in, &error))
		random_input(in, 8);
}

static size_t write_input(struct input *in, uint8_t *out, size_t max)
{
	static unsigned char bytes[INPUT_BYTES];
	size_t n;

	if (only_design >= 0)
		in->design = only_design;
	while ((n = input_encode(in, bytes)) > max && in->prog.n)
		in->prog.n--;
	if (n > max)
		return 0;
	memcpy(out, bytes, n);
	return n;
}

size_t mutate_bytes(uint8_t *data, size_t size, size_t max, uint64_t seed)
{
	static struct input in;

	mutate_seed(seed);
	read_input(&in, data, size);
	mutate(&in);
	return write_input(&in, data, max);
}

size_t splice_bytes(const uint8_t *a, size_t a_size, const uint8_t *b,
		    size_t b_size, uint8_t *out, size_t max, uint64_t seed)
{
	static struct input first, second;

	mutate_seed(seed);
	read_input(&first, a, a_size);
	read_input(&second, b, b_size);
	splice(&first, &second);
	return write_input(&first, out, max);
}
