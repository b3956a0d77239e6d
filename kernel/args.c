// SPDX-License-Identifier: GPL-2.0
/*
 * The new program's first stack page(s):
 *
 *   stack_top   8 zero bytes
 *               strings: argv, envp, file name, platform; 16 random bytes
 *               auxv, envp[], argv[]
 *   sp          argc                              (16-byte aligned)
 *
 * The strings are measured first and copied afterwards; a caller that changes
 * them in between gets EFAULT.  They are read in the old address space and
 * written into the new one through the fault path, so pages of a memlocked
 * program's arguments are born locked.  (Linux: fs/exec.c copy_strings,
 * fs/binfmt_elf.c create_elf_tables)
 */
#include <arch/uaccess.h>
#include <kernel/exec.h>
#include <kernel/random.h>
#include <lib/string.h>
#include <linux/auxvec.h>
#include <linux/limits.h>

#define MAX_ARG_STRLEN	(32 * PAGE_SIZE)
#define MAX_ARG_STRINGS	0x7ffffffful
#define STACK_EXTRA	(128 * 1024ul)	/* room below the arguments */
#define PLATFORM	"x86_64"
#define MINSIGSTKSZ_AUX	2048

/* ---- reading ------------------------------------------------------------ */

static int fetch_ptr(const struct exec_strings *s, unsigned long i,
		     const char **p)
{
	if (!s->ptrs) {
		*p = NULL;
		return 0;
	}
	if (s->kernel) {
		*p = s->ptrs[i];
		return 0;
	}
	return get_user(*p, s->ptrs + i);
}

/* Up to n bytes of a string: how many, without the NUL; n if none is seen. */
static long fetch_bytes(bool kernel, char *buf, const char *p, size_t n)
{
	size_t len;

	if (!kernel)
		return strncpy_from_user(buf, p, n);
	len = strnlen(p, n);
	memcpy(buf, p, len);
	return len;
}

static long string_length(bool kernel, const char *p, char *page)
{
	long n, len = 0;

	do {
		n = fetch_bytes(kernel, page, p + len, PAGE_SIZE);
		if (n < 0)
			return n;
		len += n;
		if (len >= MAX_ARG_STRLEN)
			return -E2BIG;
	} while (n == PAGE_SIZE);
	return len;
}

/* ---- measuring ---------------------------------------------------------- */

static u64 args_limit(void)
{
	u64 limit = min(6ul << 20, rlimit(RLIMIT_STACK) / 4);

	return max(limit, (u64)ARG_MAX);
}

static int add_size(struct exec *e, u64 n)
{
	e->bytes += n;
	return e->bytes + (e->argc + e->envc) * sizeof(char *) > args_limit() ?
		-E2BIG : 0;
}

static int measure(struct exec *e, const struct exec_strings *s,
		   unsigned long skip, unsigned long *count, char *page)
{
	const char *p;
	unsigned long i;
	long len;
	int err;

	for (i = 0;; i++) {
		err = fetch_ptr(s, i, &p);
		if (err || !p)
			return err;
		if (i < skip)
			continue;
		if (++*count > MAX_ARG_STRINGS)
			return -E2BIG;
		len = string_length(s->kernel, p, page);
		err = len < 0 ? len : add_size(e, len + 1);
		if (err)
			return err;
		if (fatal_signal_pending())
			return -EINTR;
		cond_resched();
	}
}

int exec_measure_args(struct exec *e)
{
	static const char *const one_empty[] = { "", NULL };
	char *page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	const char *first;
	unsigned i;
	int err;

	if (!page)
		return -ENOMEM;
	err = fetch_ptr(&e->argv, 0, &first);
	if (!err && !first)
		e->argv = (struct exec_strings){ one_empty, true };
	for (i = 0; !err && i < e->nprefix; i++) {
		e->argc++;
		err = add_size(e, strlen(e->prefix[i]) + 1);
	}
	if (!err)
		err = add_size(e, strlen(e->filename) + 1);
	if (!err)
		err = measure(e, &e->argv, e->nprefix ? 1 : 0, &e->argc, page);
	if (!err)
		err = measure(e, &e->envp, 0, &e->envc, page);
	kfree(page);
	return err;
}

/* ---- writing ------------------------------------------------------------ */

/* Sequential writer into the new mm; err is the first failure and sticks. */
struct writer {
	struct mm_struct *mm;
	unsigned long pos, end;
	char *buf;		/* a page; holds n bytes that belong at pos */
	size_t n;
	int err;
};

static void writer_flush(struct writer *w)
{
	if (!w->err && w->n &&
	    access_remote_vm(w->mm, w->pos, w->buf, w->n, true) != w->n)
		w->err = -ENOMEM;
	w->pos += w->n;
	w->n = 0;
}

static void writer_put(struct writer *w, const void *data, size_t len)
{
	size_t n;

	if (len > w->end - w->pos - w->n)
		w->err = -EFAULT;
	while (len && !w->err) {
		n = min(len, (size_t)PAGE_SIZE - w->n);
		memcpy(w->buf + w->n, data, n);
		w->n += n;
		data = (const char *)data + n;
		len -= n;
		if (w->n == PAGE_SIZE)
			writer_flush(w);
	}
}

static void put_word(struct writer *w, u64 v)
{
	writer_put(w, &v, sizeof(v));
}

static int writer_open(struct writer *w, struct mm_struct *mm,
		       unsigned long pos, unsigned long end)
{
	*w = (struct writer){ .mm = mm, .pos = pos, .end = end };
	w->buf = kmalloc(PAGE_SIZE, GFP_KERNEL);
	return w->buf ? 0 : -ENOMEM;
}

static int writer_close(struct writer *w)
{
	writer_flush(w);
	kfree(w->buf);
	return w->err;
}

/* The two places written at once, and where strings are read through. */
struct stack_build {
	struct writer strings, table;
	char *page;
};

static unsigned long strings_pos(const struct stack_build *b)
{
	return b->strings.pos + b->strings.n;
}

static int copy_string(struct stack_build *b, bool kernel, const char *p)
{
	long n;

	put_word(&b->table, strings_pos(b));
	do {
		n = fetch_bytes(kernel, b->page, p, PAGE_SIZE);
		if (n < 0)
			return n;
		writer_put(&b->strings, b->page, n);
		p += n;
	} while (n == PAGE_SIZE && !b->strings.err);
	writer_put(&b->strings, "", 1);
	return b->strings.err;
}

static int copy_strings(struct stack_build *b, const struct exec_strings *s,
			unsigned long skip, unsigned long count)
{
	const char *p;
	unsigned long i;
	int err;

	for (i = skip; i < skip + count; i++) {
		err = fetch_ptr(s, i, &p);
		if (!err && !p)
			err = -EFAULT;
		if (!err)
			err = copy_string(b, s->kernel, p);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static u64 hwcap(void)
{
	u32 a = 1, b, c, d;

	__asm__("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
	return d;
}

static void put_auxv(struct writer *w, const struct exec *e,
		     unsigned long random, unsigned long execfn,
		     unsigned long platform)
{
	const struct task_struct *c = current;
	const u64 auxv[][2] = {
		{ AT_HWCAP, hwcap() },
		{ AT_PAGESZ, PAGE_SIZE },
		{ AT_CLKTCK, 100 },
		{ AT_PHDR, e->phdr },
		{ AT_PHENT, sizeof(Elf64_Phdr) },
		{ AT_PHNUM, e->phnum },
		{ AT_BASE, e->interp_base },
		{ AT_FLAGS, 0 },
		{ AT_ENTRY, e->entry },
		{ AT_UID, c->uid }, { AT_EUID, c->euid },
		{ AT_GID, c->gid }, { AT_EGID, c->egid },
		{ AT_SECURE, c->uid != c->euid || c->gid != c->egid },
		{ AT_RANDOM, random },
		{ AT_HWCAP2, 0 },
		{ AT_EXECFN, execfn },
		{ AT_PLATFORM, platform },
		{ AT_MINSIGSTKSZ, MINSIGSTKSZ_AUX },
		{ AT_NULL, 0 },
	};

	writer_put(w, auxv, sizeof(auxv));
}

#define AUXV_WORDS 40

static int build_tables(struct exec *e, struct stack_build *b,
			unsigned long random)
{
	unsigned long execfn, platform;
	unsigned skip = e->nprefix ? 1 : 0, i;
	struct mm_struct *mm = e->mm;
	int err = 0;

	put_word(&b->table, e->argc);
	mm->arg_start = strings_pos(b);
	for (i = 0; !err && i < e->nprefix; i++)
		err = copy_string(b, true, e->prefix[i]);
	if (!err)
		err = copy_strings(b, &e->argv, skip, e->argc - e->nprefix);
	put_word(&b->table, 0);
	mm->arg_end = mm->env_start = strings_pos(b);
	if (!err)
		err = copy_strings(b, &e->envp, 0, e->envc);
	put_word(&b->table, 0);
	mm->env_end = execfn = strings_pos(b);
	writer_put(&b->strings, e->filename, strlen(e->filename) + 1);
	platform = strings_pos(b);
	writer_put(&b->strings, PLATFORM, sizeof(PLATFORM));
	put_auxv(&b->table, e, random, execfn, platform);
	return err;
}

static int write_stack(struct exec *e, unsigned long random,
		       unsigned long strings)
{
	struct stack_build b = { .page = NULL };
	int err = writer_open(&b.strings, e->mm, strings, e->stack_top);
	int err2 = writer_open(&b.table, e->mm, e->sp, random);
	u8 seed[16];

	b.page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!err)
		err = err2;
	if (!err && !b.page)
		err = -ENOMEM;
	if (!err)
		err = build_tables(e, &b, random);
	err2 = writer_close(&b.strings);
	if (!err)
		err = err2;
	err2 = writer_close(&b.table);
	if (!err)
		err = err2;
	kfree(b.page);
	get_random_bytes(seed, sizeof(seed));
	if (!err && access_remote_vm(e->mm, random, seed, sizeof(seed), true) !=
	    sizeof(seed))
		err = -ENOMEM;
	return err;
}

int exec_setup_stack(struct exec *e)
{
	u64 words = 1 + e->argc + 1 + e->envc + 1 + AUXV_WORDS;
	unsigned long strings, random, used, size;
	int err;

	strings = e->stack_top - 8 - e->bytes - sizeof(PLATFORM);
	random = (strings - 16) & ~15ul;
	e->sp = (random - words * 8) & ~15ul;
	used = PAGE_ALIGN(e->stack_top - e->sp);
	size = min(used + STACK_EXTRA,
		   max(used, rlimit(RLIMIT_STACK) & PAGE_MASK));
	err = setup_stack_vma(e->mm, e->stack_top, size);
	if (err)
		return err;
	e->mm->start_stack = e->sp;
	return write_stack(e, random, strings);
}
