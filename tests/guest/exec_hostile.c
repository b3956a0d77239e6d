/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Truncated, bent and random ELF files: execve must answer an errno, or start
 * a program that ends by itself or by a signal.  The kernel must not crash,
 * hang or kill the caller.  Where Linux's answer is plain, it is compared.
 */
#include "tinyelf.h"

#include <sys/personality.h>

#define FILE_ "/tmp/hostile"

/* A result that is allowed for any file. */
static bool tame(int r)
{
	if (r >= 0)
		return r < 2000;
	return r == -ENOEXEC || r == -EINVAL || r == -ENOMEM || r == -EACCES ||
	       r == -ENOENT || r == -EIO || r == -ELIBBAD || r == -EFAULT ||
	       r == -EPERM || r == -E2BIG || r == -ENOTDIR || r == -ENODEV ||
	       r == -ENAMETOOLONG || r == -EISDIR || r == -EOVERFLOW ||
	       r == -ENXIO || r == -ELOOP || r == -EEXIST;
}

static void check(const struct tiny *t, const char *what, unsigned long value)
{
	int r = tiny_run(t, FILE_);

	if (!tame(r))
		fail("%s %#lx: expected an errno or an end, seen %d", what,
		     value, r);
}

TEST("the program as it should be")
{
	struct tiny t;

	tiny_init(&t);
	EQ(tiny_run(&t, FILE_), TINY_STATUS);
}

/* ---- one field of the headers, one value ------------------------------- */

struct field {
	const char *name;
	size_t offset, size;
};

#define E(f) { #f, offsetof(struct tiny, e.f), sizeof(((struct tiny *)0)->e.f) }
#define P(f) { #f, offsetof(struct tiny, p[0].f), \
	       sizeof(((struct tiny *)0)->p[0].f) }

static const struct field fields[] = {
	E(e_ident[0]), E(e_ident[3]), E(e_ident[4]), E(e_ident[5]),
	E(e_ident[6]), E(e_ident[7]), E(e_type), E(e_machine), E(e_version),
	E(e_entry), E(e_phoff), E(e_shoff), E(e_flags), E(e_ehsize),
	E(e_phentsize), E(e_phnum), E(e_shentsize), E(e_shnum), E(e_shstrndx),
	P(p_type), P(p_flags), P(p_offset), P(p_vaddr), P(p_paddr),
	P(p_filesz), P(p_memsz), P(p_align),
};

static const unsigned long values[] = {
	0, 1, 2, 3, 4, 6, 7, 55, 56, 57, 64, 0x3ff, 0x401, 0xfff, 0x1000,
	0x1001, 0xffff, 0x400000, 0x7fffffff, 0x80000000, 0xffffffff,
	0x7fffffffe000, 0x7ffffffff000, 0x800000000000, 0x7fffffffffffffff,
	0x8000000000000000, 0xffff800000000000, 0xffffffff80200000,
	0xfffffffffffff000, 0xffffffffffffffff,
};

static void field_row(const void *row)
{
	const struct field *f = row;
	struct tiny t;

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		if (f->size < 8 && values[i] >> (8 * f->size))
			continue;
		tiny_init(&t);
		memcpy(t.bytes + f->offset, &values[i], f->size);
		check(&t, f->name, values[i]);
	}
}
TEST_TABLE("every value of", fields, field_row);

/* ---- lengths ----------------------------------------------------------- */

TEST("truncated to every length up to the headers' end")
{
	struct tiny t;

	for (size_t n = 0; n <= 120; n++) {
		tiny_init(&t);
		t.size = n;
		check(&t, "length", n);
	}
}

TEST("truncated after the headers")
{
	static const size_t sizes[] = { 0x200, 0x201, 0x205, 0x20b, 0x300,
					0x3ff };
	struct tiny t;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		tiny_init(&t);
		t.size = sizes[i];
		check(&t, "length", sizes[i]);
	}
}

/* ---- named cases with a known answer ----------------------------------- */

struct known {
	const char *name;
	void (*bend)(struct tiny *t);
	int want;
};

static void no_magic(struct tiny *t) { t->e.e_ident[1] = 'X'; }
static void wrong_machine(struct tiny *t) { t->e.e_machine = EM_AARCH64; }
static void relocatable(struct tiny *t) { t->e.e_type = ET_REL; }
static void core_file(struct tiny *t) { t->e.e_type = ET_CORE; }
static void no_headers(struct tiny *t) { t->e.e_phnum = 0; }
static void header_size(struct tiny *t) { t->e.e_phentsize = 55; }
static void headers_outside(struct tiny *t) { t->e.e_phoff = 1 << 20; }
static void empty(struct tiny *t) { t->size = 0; }
static void one_byte(struct tiny *t) { t->size = 1; }
static void only_ehdr(struct tiny *t) { t->size = 64; }
static void kernel_vaddr(struct tiny *t)
{
	t->p[0].p_vaddr = 0xffffffff80200000;
}
static void kernel_entry(struct tiny *t) { t->e.e_entry = 0xffffffff80200000; }
static void entry_unmapped(struct tiny *t) { t->e.e_entry = 0x10000000; }
static void entry_zero(struct tiny *t) { t->e.e_entry = 0; }
static void mem_below_file(struct tiny *t) { t->p[0].p_memsz = 0x10; }
static void mem_huge(struct tiny *t) { t->p[0].p_memsz = 1ul << 60; }
static void file_huge(struct tiny *t)
{
	t->p[0].p_filesz = t->p[0].p_memsz = 1ul << 60;
}
static void no_exec(struct tiny *t) { t->p[0].p_flags = PF_R; }
static void no_stack_exec(struct tiny *t)
{
	tiny_add(t, PT_GNU_STACK, 0, 0)->p_flags = PF_R | PF_W;
}
static void with_bss(struct tiny *t)
{
	Elf64_Phdr *p = tiny_add(t, PT_LOAD, 0x300, 0x10);

	p->p_vaddr = 0x500300;
	p->p_flags = PF_R | PF_W;
	p->p_memsz = 0x20000;
}
static void interp_missing(struct tiny *t)
{
	strcpy((char *)t->bytes + TINY_INTERP, "/none");
	tiny_add(t, PT_INTERP, TINY_INTERP, 6);
}
static void interp_unterminated(struct tiny *t)
{
	memset(t->bytes + TINY_INTERP, 'x', 16);
	tiny_add(t, PT_INTERP, TINY_INTERP, 16);
}
static void interp_one(struct tiny *t)
{
	tiny_add(t, PT_INTERP, TINY_INTERP, 1);
}
static void interp_long(struct tiny *t)
{
	tiny_add(t, PT_INTERP, TINY_INTERP, 5000);
}
static void script_missing(struct tiny *t)
{
	t->size = sprintf((char *)t->bytes, "#!/none -x\n");
}
static void script_empty(struct tiny *t)
{
	t->size = sprintf((char *)t->bytes, "#!   \n");
}
static void script_itself(struct tiny *t)
{
	t->size = sprintf((char *)t->bytes, "#!" FILE_ "\n");
}
static void script_text(struct tiny *t)
{
	t->size = sprintf((char *)t->bytes, "echo hello\n");
}
static void script_long(struct tiny *t)
{
	memset(t->bytes, 'a', 4000);
	memcpy(t->bytes, "#!/", 3);
	t->size = 4000;
}

static const struct known known[] = {
	{ "no magic", no_magic, -ENOEXEC },
	{ "another machine", wrong_machine, -ENOEXEC },
	{ "a relocatable file", relocatable, -ENOEXEC },
	{ "a core file", core_file, -ENOEXEC },
	{ "no program headers", no_headers, -ENOEXEC },
	{ "program headers of another size", header_size, -ENOEXEC },
	{ "program headers outside the file", headers_outside, -ENOEXEC },
	{ "an empty file", empty, -ENOEXEC },
	{ "one byte", one_byte, -ENOEXEC },
	{ "the first header only", only_ehdr, -ENOEXEC },
	{ "entry nowhere", entry_unmapped, 1000 + SIGSEGV },
	{ "entry 0", entry_zero, 1000 + SIGSEGV },
	{ "code without execute permission", no_exec, 1000 + SIGSEGV },
	{ "PT_GNU_STACK", no_stack_exec, TINY_STATUS },
	{ "data and bss", with_bss, TINY_STATUS },
	{ "interpreter that is not there", interp_missing, -ENOENT },
	{ "interpreter without an end", interp_unterminated, -ENOEXEC },
	{ "interpreter of length 1", interp_one, -ENOEXEC },
	{ "interpreter longer than a path", interp_long, -ENOEXEC },
	{ "script without its interpreter", script_missing, -ENOENT },
	{ "script that names none", script_empty, -ENOEXEC },
	{ "script that runs itself", script_itself, -ELOOP },
	{ "text", script_text, -ENOEXEC },
	{ "script with an endless name", script_long, -ENOEXEC },
};

static void known_row(const void *row)
{
	const struct known *k = row;
	struct tiny t;

	tiny_init(&t);
	k->bend(&t);
	EQ(tiny_run(&t, FILE_), k->want);
}
TEST_TABLE("known", known, known_row);

/* ---- interpreters that are no good --------------------------------------- */

struct interp {
	const char *name;
	const char *path, *text;
	int mode, want;
};

static const struct interp interps[] = {
	{ "a folder", "/tmp", NULL, 0, -EACCES },
	{ "a device", "/dev/null", NULL, 0, -EACCES },
	{ "an empty file", "/tmp/interp", "", 0755, -EIO },
	{ "a short one", "/tmp/interp", "\177ELF", 0755, -EIO },
	{ "a script", "/tmp/interp", "#!/bin/sh\n........................"
	  "........................................", 0755, -ELIBBAD },
	{ "one that nobody may execute", "/tmp/interp", "x", 0644, -EACCES },
	{ "one behind a file", "/tmp/hostile/x", NULL, 0, -ENOTDIR },
	{ "an empty path", "", NULL, 0, -ENOEXEC },
};

static void interp_row(const void *row)
{
	const struct interp *i = row;
	struct tiny t;
	int fd;

	if (i->text) {
		unlink(i->path);
		fd = open(i->path, O_CREAT | O_WRONLY, i->mode);
		if (write(fd, i->text, strlen(i->text)) < 0)
			die("%s: errno %d", i->path, errno);
		close(fd);
	}
	tiny_init(&t);
	strcpy((char *)t.bytes + TINY_INTERP, i->path);
	tiny_add(&t, PT_INTERP, TINY_INTERP, strlen(i->path) + 1);
	EQ(tiny_run(&t, FILE_), i->want);
	unlink("/tmp/interp");
}
TEST_TABLE("interpreter", interps, interp_row);

/* ---- arguments at the limit ---------------------------------------------- */

#define MAX_STRING (32 * PAGE)		/* with its NUL */

/* execve of nothing: E2BIG, or ENOENT when the arguments are good. */
static long exec_args(size_t len, size_t n, size_t last)
{
	char **argv = calloc(n + 2, sizeof(*argv));
	char *s = malloc(len + 1), *none[] = { NULL };

	memset(s, 'a', len);
	s[len] = 0;
	for (size_t i = 0; i < n; i++)
		argv[i] = s;
	if (last)
		argv[n] = s + len + 1 - last;
	return sys(execve, "/none", argv, none);
}

TEST("one string: 128 KiB with its NUL, not a byte more")
{
	RET(exec_args(MAX_STRING - 1, 1, 0), -ENOENT);
	RET(exec_args(MAX_STRING, 1, 0), -E2BIG);
}

TEST("all strings, the path and the pointers: a quarter of the stack's limit")
{
	size_t total = (4 << 20) / 4, each = 65536, n = 15, rest;

	set_limit(RLIMIT_STACK, 4 << 20, -1);
	/* The path's 6 bytes; a pointer for each of the n + 1. */
	rest = total - 6 - n * each - 8 * (n + 1);
	RET(exec_args(each - 1, n, rest), -ENOENT);
	RET(exec_args(each - 1, n, rest + 1), -E2BIG);
}

TEST("never more than 6 MiB, whatever the limit")
{
	size_t total = 6 << 20, each = 131072, n = 47, rest;

	set_limit(RLIMIT_STACK, 1 << 30, -1);
	rest = total - 6 - n * each - 8 * (n + 1);
	RET(exec_args(each - 1, n, rest), -ENOENT);
	RET(exec_args(each - 1, n, rest + 1), -E2BIG);
}

/* Linux kills the caller where Holdfast may still answer. */
static const struct known either[] = {
	{ "entry in the kernel", kernel_entry, 0 },
	{ "segment in the kernel", kernel_vaddr, 0 },
	{ "less memory than file", mem_below_file, 0 },
	{ "endless memory", mem_huge, 0 },
	{ "endless file", file_huge, 0 },
};

static void either_row(const void *row)
{
	const struct known *k = row;
	struct tiny t;
	int r;

	tiny_init(&t);
	k->bend(&t);
	r = tiny_run(&t, FILE_);
	if (!tame(r) || r == TINY_STATUS)
		fail("expected an errno or a signal, seen %d", r);
}
TEST_TABLE("refused or killed", either, either_row);

/* ---- random ------------------------------------------------------------ */

static unsigned long seed;

static unsigned random_(unsigned n)
{
	seed = seed * 6364136223846793005ul + 1442695040888963407ul;
	return (seed >> 33) % n;
}

static void random_bytes(unsigned long first, int changes)
{
	struct tiny t;

	for (unsigned long s = first; s < first + 50; s++) {
		seed = s;
		tiny_init(&t);
		with_bss(&t);
		for (int i = 0; i < changes; i++)
			t.bytes[random_(64 + 2 * 56)] = random_(256);
		check(&t, "seed", s);
	}
}

TEST("one random byte of the headers, seeds 1 to 50") { random_bytes(1, 1); }
TEST("two random bytes, seeds 51 to 100") { random_bytes(51, 2); }
TEST("four random bytes, seeds 101 to 150") { random_bytes(101, 4); }
TEST("sixteen random bytes, seeds 151 to 200") { random_bytes(151, 16); }

TEST("two segments that overlap in every way")
{
	struct tiny t;

	for (long d = -0x3000; d <= 0x3000; d += 0x800) {
		Elf64_Phdr *p;

		tiny_init(&t);
		p = tiny_add(&t, PT_LOAD, 0, TINY_SIZE);
		p->p_vaddr = TINY_BASE + d;
		p->p_memsz = 0x2800;
		p->p_flags = PF_R | PF_W;
		check(&t, "distance", d);
	}
}

/* exit(the page where the heap begins, modulo 256) */
static const unsigned char heap_code[] = {
	0xb8, 12, 0, 0, 0,		/* mov $SYS_brk, %eax */
	0x31, 0xff,			/* xor %edi, %edi */
	0x0f, 0x05,			/* syscall */
	0x48, 0x89, 0xc7,		/* mov %rax, %rdi */
	0x48, 0xc1, 0xef, 12,		/* shr $12, %rdi */
	0xb8, 60, 0, 0, 0,		/* mov $SYS_exit, %eax */
	0x0f, 0x05,
};

TEST("the heap begins behind the last segment, though it has no size")
{
	struct tiny t;
	Elf64_Phdr *p;

	OK(personality(ADDR_NO_RANDOMIZE) >= 0);
	tiny_init(&t);
	memcpy(t.bytes + TINY_CODE, heap_code, sizeof(heap_code));
	RET(tiny_run(&t, FILE_), 0x01);
	p = tiny_add(&t, PT_LOAD, 0, 0);
	p->p_vaddr = TINY_BASE + 0x77000;
	RET(tiny_run(&t, FILE_), 0x77);
	p->p_vaddr = TINY_BASE + 0x77001;
	RET(tiny_run(&t, FILE_), 0x78);
	p->p_vaddr = TINY_BASE - 0x10000;
	RET(tiny_run(&t, FILE_), 0x01);
}

TEST("after all this a good program still runs")
{
	struct tiny t;

	tiny_init(&t);
	EQ(tiny_run(&t, FILE_), TINY_STATUS);
	unlink(FILE_);
}
