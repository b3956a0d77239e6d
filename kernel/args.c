// SPDX-License-Identifier: GPL-2.0
/*
 * The new program's first stack page(s):
 *
 *   stack_top   8 zero bytes
 *               strings: argv, envp, file name, platform; 16 random bytes
 *               auxv, envp[], argv[]
 *   sp          argc                              (16-byte aligned)
 *
 * Strings and table are put twice by the same code: once to measure them, once
 * to write them.  A caller that changes its strings in between gets EFAULT.
 * They are read in the old address space and written into the new one through
 * the fault path, so pages of a memlocked program's arguments are born locked.
 * (Linux: fs/exec.c copy_strings, fs/binfmt_elf.c create_elf_tables)
 */
#include <arch/cpu.h>
#include <arch/uaccess.h>
#include <kernel/exec.h>
#include <kernel/random.h>
#include <lib/string.h>
#include <linux/auxvec.h>
#include <linux/limits.h>

#define MAX_ARG_STRLEN	(32 * PAGE_SIZE)
#define STACK_EXTRA	(128 * 1024ul)	/* room below the arguments */
#define PLATFORM	"x86_64"
#define MINSIGSTKSZ_AUX	2048
#define CHUNK		512u		/* bytes moved at a time */

/* Sequential writer into the new mm; err is the first failure and sticks. */
struct writer {
	struct mm_struct *mm;	/* NULL: only counts */
	unsigned long pos, end;
	char *buf;		/* CHUNK bytes; n of them belong at pos */
	size_t n;
	int err;
};

/* The two places written at once, and where strings are read through. */
struct stack_build {
	struct writer strings, table;
	char *buf;		/* CHUNK bytes */
	u64 limit;		/* of strings and the pointers to them, bytes */
	unsigned long argc, count;	/* strings in argv, in argv and envp */
};

/* ---- writing ----------------------------------------------------------- */

static void writer_flush(struct writer *w)
{
	if (!w->err && w->n && w->mm &&
	    access_remote_vm(w->mm, w->pos, w->buf, w->n,
			     FOLL_WRITE | FOLL_FORCE) != w->n)
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
		n = min(len, CHUNK - w->n);
		memcpy(w->buf + w->n, data, n);
		w->n += n;
		data = (const char *)data + n;
		len -= n;
		if (w->n == CHUNK)
			writer_flush(w);
	}
}

static void put_word(struct writer *w, u64 v)
{
	writer_put(w, &v, sizeof(v));
}

static unsigned long writer_pos(const struct writer *w)
{
	return w->pos + w->n;
}

/* ---- strings ----------------------------------------------------------- */

static int fetch_ptr(const struct exec_strings *s, unsigned long i,
		     const char **p)
{
	if (s->ptrs && !s->kernel)
		return get_user(*p, s->ptrs + i);
	*p = s->ptrs ? s->ptrs[i] : NULL;
	return 0;
}

/* Up to CHUNK bytes of a string: how many, without the NUL; CHUNK if none is
 * seen. */
static long fetch_bytes(bool kernel, char *buf, const char *p)
{
	size_t len;

	if (!kernel)
		return strncpy_from_user(buf, p, CHUNK);
	len = strnlen(p, CHUNK);
	memcpy(buf, p, len);
	return len;
}

static int put_string(struct stack_build *b, bool kernel, const char *p)
{
	long n, len = 0;

	put_word(&b->table, writer_pos(&b->strings));
	do {
		n = fetch_bytes(kernel, b->buf, p + len);
		if (n < 0)
			return n;
		writer_put(&b->strings, b->buf, n);
		len += n;
		if (len >= MAX_ARG_STRLEN)
			return -E2BIG;
	} while (n == CHUNK && !b->strings.err);
	writer_put(&b->strings, "", 1);
	b->count++;
	if (writer_pos(&b->strings) + b->count * sizeof(p) > b->limit)
		return -E2BIG;
	return b->strings.err;
}

/* The strings of an array from its element i on, and the table's NULL. */
static int put_strings(struct stack_build *b, const struct exec_strings *s,
		       unsigned long i)
{
	const char *p;
	int err;

	for (;; i++) {
		err = fetch_ptr(s, i, &p);
		if (err || !p)
			break;
		err = put_string(b, s->kernel, p);
		if (!err && fatal_signal_pending())
			err = -EINTR;
		if (err)
			break;
		cond_resched();
	}
	put_word(&b->table, 0);
	return err;
}

/* ---- the whole stack --------------------------------------------------- */

static u64 hwcap(void)
{
	u32 r[4];

	cpuid(1, r);
	return r[3];
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

	_Static_assert(sizeof(auxv) <= sizeof(e->mm->saved_auxv), "too small");
	memcpy(e->mm->saved_auxv, auxv, sizeof(auxv));
	writer_put(w, auxv, sizeof(auxv));
}

static int put_all(struct exec *e, struct stack_build *b)
{
	unsigned long execfn, platform, random;
	struct mm_struct *mm = e->mm;
	u8 seed[16];
	unsigned i;
	int err = 0;

	put_word(&b->table, e->argc);
	mm->arg_start = writer_pos(&b->strings);
	for (i = 0; !err && i < e->nprefix; i++)
		err = put_string(b, true, e->prefix[i]);
	if (!err)
		err = put_strings(b, &e->argv, e->nprefix ? 1 : 0);
	b->argc = b->count;
	mm->arg_end = mm->env_start = writer_pos(&b->strings);
	if (!err)
		err = put_strings(b, &e->envp, 0);
	mm->env_end = execfn = writer_pos(&b->strings);
	writer_put(&b->strings, e->filename, strlen(e->filename) + 1);
	platform = writer_pos(&b->strings);
	writer_put(&b->strings, PLATFORM, sizeof(PLATFORM));
	random = writer_pos(&b->strings);
	get_random_bytes(seed, sizeof(seed));
	writer_put(&b->strings, seed, sizeof(seed));
	put_auxv(&b->table, e, random, execfn, platform);
	return err;
}

static int build(struct exec *e, struct stack_build *b)
{
	char *bufs = kmalloc(3 * CHUNK, GFP_KERNEL);
	int err;

	if (!bufs)
		return -ENOMEM;
	b->buf = bufs;
	b->strings.buf = bufs + CHUNK;
	b->table.buf = bufs + 2 * CHUNK;
	err = put_all(e, b);
	writer_flush(&b->strings);
	writer_flush(&b->table);
	kfree(bufs);
	if (!err)
		err = b->strings.err;
	return err ? err : b->table.err;
}

static u64 args_limit(void)
{
	u64 limit = min(6ul << 20, rlimit(RLIMIT_STACK) / 4);

	return max(limit, (u64)ARG_MAX);
}

int exec_measure_args(struct exec *e)
{
	static const char *const one_empty[] = { "", NULL };
	struct stack_build b = { .strings.end = ~0ul, .table.end = ~0ul };
	const char *first;
	int err = fetch_ptr(&e->argv, 0, &first);

	if (!err && !first)
		e->argv = (struct exec_strings){ one_empty, true };
	b.limit = args_limit() - strlen(e->filename) - 1;
	if (!err)
		err = build(e, &b);
	e->argc = b.argc;
	e->count = b.count;
	e->strings_size = b.strings.pos;
	e->table_size = b.table.pos;
	return err;
}

int exec_setup_stack(struct exec *e)
{
	unsigned long strings = e->stack_top - 8 - e->strings_size, used, size;
	struct stack_build b = { .limit = ~0ul };
	int err;

	e->sp = (strings - e->table_size) & ~15ul;
	used = PAGE_ALIGN(e->stack_top - e->sp);
	size = min(used + STACK_EXTRA,
		   max(used, rlimit(RLIMIT_STACK) & PAGE_MASK));
	err = setup_stack_vma(e->mm, e->stack_top, size);
	if (err)
		return err;
	e->mm->start_stack = e->sp;
	b.strings = (struct writer){ .mm = e->mm, .pos = strings,
				     .end = e->stack_top };
	b.table = (struct writer){ .mm = e->mm, .pos = e->sp, .end = strings };
	err = build(e, &b);
	if (!err && (b.argc != e->argc || b.count != e->count))
		err = -EFAULT;
	return err;
}
