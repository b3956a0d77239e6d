// SPDX-License-Identifier: GPL-2.0
/*
 * Every case with every fault.  A first run of the case counts the places where
 * an allocation, a read or a write can fail, and notes what each call returned.
 * In a second one the process forks at each place (or at every n-th, evenly
 * spread, or those that unit_path.c chooses by their call paths): the child
 * meets the fault there, once or from then on, goes on to the end of the case,
 * and is judged (unit.c); the parent waits and goes on without.  So no n is
 * tried whose fault is not reached, and none is left out.
 *
 * For each call the table below has the errnos that the man page, or
 * semantics.md, gives for want of memory and for a disk that fails.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit_fault.h"

#undef fput

#define MAX_CALLS 40000
#define PLACES 3		/* of a case and kind, unless UNIT_FAULTS */
#define CHILD_SECONDS 30	/* of a processor: then it hangs */
#define MAX_FINDINGS 5

static const char *const fault_names[] = { "alloc", "read", "write" };

#define NR_TABLE 16		/* calls of the table below, at most */
#define MAX_ERRNO_SEEN 64

struct shared {
	unsigned long places[NR_FAULTS];
	/* Side by side: which errnos each call of the table returned. */
	bool seen[NR_TABLE][MAX_ERRNO_SEEN];
	unsigned long nr_calls;
	long ret[MAX_CALLS];
};
static struct shared *shared;

const char *fault_program, *fault_case;

static struct {
	enum fault_mode mode;
	bool running, own_allocs, by_path;
	unsigned long at[NR_FAULTS], stride[NR_FAULTS];
	unsigned long runs, findings;

	/* Of the one who meets a fault. */
	enum host_fault what;
	unsigned long n;
	bool lasting;
	unsigned long met;		/* how often */

	unsigned long call, met_before, total_vm;
	struct mm_struct *mm;
	bool first_call_done;
} now;

void fault_share(void)
{
	if (!shared)
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(shared != MAP_FAILED);
	memset(shared, 0, offsetof(struct shared, ret));
}

bool fault_met(void)
{
	return now.met > 0;
}

bool unit_met(enum host_fault what)
{
	return now.met && now.what == what;
}

/* ---- at each place ------------------------------------------------------- */

static void show_end_of(int fd)
{
	static char text[6000];
	off_t size = lseek(fd, 0, SEEK_END);
	off_t from = size > (off_t)sizeof(text) ? size - sizeof(text) : 0;
	ssize_t n = pread(fd, text, sizeof(text), from);

	if (n > 0)
		printf("%.*s\n", (int)n, text);
}

void fault_repeat(void)
{
	printf("repeat: SEED=%lu UNIT_ONLY=%s UNIT_FAIL=%s:%lu:%s %s\n",
	       unit_seed(), fault_case, fault_names[now.what], now.n,
	       now.lasting ? "lasting" : "single", fault_program);
}

static void limit_time(void)
{
	struct itimerval cpu = { .it_value = { CHILD_SECONDS, 0 } };

	setitimer(ITIMER_PROF, &cpu, NULL);
}

/* True in the child, which meets the fault. */
static bool go_on_with(enum host_fault what, bool lasting, int out)
{
	int status;
	pid_t pid;

	now.what = what;
	now.n = now.at[what];
	now.lasting = lasting;
	now.runs++;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		abort();
	if (!pid) {
		now.mode = FAULT_MEET;
		now.met = 1;
		current->faults_met++;
		dup2(out, 1);
		dup2(out, 2);
		limit_time();
		return true;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!status)
		return false;
	if (now.findings++ < MAX_FINDINGS) {
		show_end_of(out);
		if (WIFSIGNALED(status))
			printf("ended by signal %d\n", WTERMSIG(status));
		fault_repeat();
	}
	return false;
}

static bool chosen(enum host_fault what)
{
	if (now.by_path)
		return path_counts(what);
	return (now.at[what] - 1) % now.stride[what] == now.stride[what] / 2;
}

static bool each_fault(enum host_fault what)
{
	int out;

	if (!chosen(what) || now.findings >= MAX_FINDINGS)
		return false;
	for (int lasting = 0; lasting < 2; lasting++) {
		out = memfd_create("output", 0);
		if (go_on_with(what, lasting, out))
			return true;
		close(out);
	}
	return false;
}

static bool fault_here(enum host_fault what)
{
	if (!now.running || (now.own_allocs && what == HOST_FAIL_ALLOC))
		return false;
	now.at[what]++;
	if (now.mode == FAULT_RECORD)
		shared->places[what]++;
	if (now.mode == FAULT_EACH)
		return each_fault(what);
	if (now.mode != FAULT_MEET || what != now.what)
		return false;
	if (now.at[what] == now.n || (now.lasting && now.at[what] > now.n)) {
		now.met++;
		current->faults_met++;
		return true;
	}
	return false;
}

enum wanted { SAMPLE, PATHS, ALL };

static enum wanted wanted(void)
{
	const char *text = getenv("UNIT_FAULTS");

	if (text && !strcmp(text, "paths"))
		return PATHS;
	return text && !strcmp(text, "all") ? ALL : SAMPLE;
}

bool fault_wants(const struct unit_case *c)
{
	return !c->is_long || wanted() != SAMPLE;
}

static unsigned long stride(unsigned long places)
{
	const char *text = getenv("UNIT_FAULTS");
	unsigned long tries = text ? strtoul(text, NULL, 10) : PLACES;

	if (wanted() == ALL)
		return 1;
	return tries ? (places - 1) / tries + 1 : ~0ul;
}

void fault_begin(enum fault_mode mode, const struct unit_case *c, void **frame)
{
	now.mode = mode;
	now.running = true;
	now.by_path = wanted() == PATHS || c->is_long;
	paths_begin(frame, c->is_long);
	for (int i = 0; i < NR_FAULTS; i++)
		now.stride[i] = stride(shared->places[i]);
	host_fault_hook = mode == FAULT_OFF ? NULL : fault_here;
}

void fault_end(void)
{
	now.running = false;
	host_fault_hook = NULL;
	fail_alloc_after = -1;
	fail_alloc_lasting = false;
	if (unit_swap)
		unit_swap->fail_read = unit_swap->fail_write = 0;
}

void unit_faults_over(void)
{
	fault_end();
}

void unit_arm_alloc(long after, bool lasting)
{
	if (now.mode == FAULT_MEET && now.what == HOST_FAIL_ALLOC)
		fail_msg("the case makes allocations fail itself");
	now.own_allocs |= after >= 0;
	fail_alloc_after = after;
	fail_alloc_lasting = lasting;
}

bool fault_from_env(void)
{
	const char *text = getenv("UNIT_FAIL");
	char what[8], how[8];

	if (!text || sscanf(text, "%7[a-z]:%lu:%7[a-z]", what, &now.n, how) < 3)
		return false;
	now.lasting = !strcmp(how, "lasting");
	for (int i = 0; i < NR_FAULTS; i++) {
		now.what = i;
		if (!strcmp(what, fault_names[i]))
			return true;
	}
	return false;
}

unsigned fault_findings(void)
{
	return now.findings;
}

void fault_summary(const char *case_name)
{
	unsigned long places = 0;

	for (int i = 0; i < NR_FAULTS; i++)
		places += shared->places[i];
	printf("# runs with faults: %lu of %lu (%s", now.runs, 2 * places,
	       case_name);
	if (now.by_path)
		printf(", %lu call paths", paths_seen());
	printf(")\n");
}

/* ---- what a call may return -------------------------------------------- */

#define NONE { 0 }
struct call_errnos {
	const char *call;
	bool keeps;			/* what tasks stored */
	short errnos[NR_FAULTS][4];	/* alloc, read, write */
};

/* mlock's: semantics.md 1.4.  madvise: EAGAIN for want of memory; populating,
 * EFAULT where an access would be SIGBUS, ENOMEM where it would be killed.
 * Copies to the caller's memory: EFAULT where an access would be a signal.
 * ENOMEM of a disk that fails: what comes filled or not at all under `strict`
 * (lock-designs.md); mremap's EFAULT: docs/differences.md. */
static const struct call_errnos table[] = {
	{ "access", true, { { SIGKILL }, { SIGBUS }, NONE } },
	{ "do_brk", true, { NONE, NONE, NONE } },
	{ "do_mmap", true, { { ENOMEM, EAGAIN }, { ENOMEM }, NONE } },
	{ "do_munmap", true, { { ENOMEM }, NONE, NONE } },
	{ "do_swapoff", true, { { ENOMEM }, { EIO }, NONE } },
	{ "do_swapon", true, { { ENOMEM }, { EIO }, { EIO } } },
	{ "host_exec", false, { { ENOMEM, EAGAIN }, { EIO, EFAULT, ENOMEM },
				NONE } },
	{ "host_fork", true, { { ENOMEM, EAGAIN }, NONE, NONE } },
	{ "sys_madvise", false, { { EAGAIN, ENOMEM }, { EFAULT, EIO },
				  { EIO } } },
	{ "sys_mincore", true, { { EAGAIN, ENOMEM, EFAULT }, { EFAULT },
				 NONE } },
	{ "sys_mlock", true, { { ENOMEM, EAGAIN }, { ENOMEM, EAGAIN }, NONE } },
	{ "sys_mprotect", true, { { ENOMEM }, { ENOMEM }, NONE } },
	{ "sys_mremap", false, { { ENOMEM, EAGAIN }, { EFAULT, ENOMEM },
				 NONE } },
	{ "sys_msync", true, { { ENOMEM }, { EIO }, { EIO } } },
	{ "sys_munlock", true, { { ENOMEM }, NONE, NONE } },
};

_Static_assert(ARRAY_SIZE(table) <= NR_TABLE, "room for what was seen");

static const struct call_errnos *errnos_of(const char *call)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (!strncmp(call, table[i].call, strlen(table[i].call)))
			return &table[i];
	return NULL;
}

static bool allowed(const char *call, long ret, enum host_fault what)
{
	const struct call_errnos *c = errnos_of(call);

	/* A page fault tries again: once is never. */
	if (what == HOST_FAIL_ALLOC && !now.lasting &&
	    !strncmp(call, "access", 6))
		return false;
	for (int i = 0; c && i < 4 && c->errnos[what][i]; i++)
		if (-ret == c->errnos[what][i])
			return true;
	return false;
}

void unit_call_begin(void)
{
	now.met_before = now.met;
	now.mm = current->mm;
	now.total_vm = now.mm ? now.mm->total_vm : 0;
}

static void finding(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(NULL);
	_exit(3);
}

/* The first call that met the fault began as it did without: it may have done
 * the same.  Later ones begin otherwise. */
static void judge(const char *call, unsigned long i, long ret)
{
	bool first = !now.first_call_done;

	now.first_call_done = true;
	if (IS_ERR_VALUE(ret) && now.mm && now.mm->total_vm > now.total_vm)
		finding("%s: %ld, and more is mapped than before", call, ret);
	if (!IS_ERR_VALUE(ret) || allowed(call, ret, now.what))
		return;
	if (first && i < MAX_CALLS && ret == shared->ret[i])
		return;
	if (first || !errnos_of(call))
		finding("%s: %ld with the fault, %ld without", call, ret,
			i < MAX_CALLS ? shared->ret[i] : 0);
}

/* Of calls side by side neither the number nor what they find is the same. */
void unit_call_beside(const struct task_struct *t, unsigned long met_before,
		      const char *call, long ret)
{
	const struct call_errnos *c = errnos_of(call);
	bool *seen = c && -ret > 0 && -ret < MAX_ERRNO_SEEN ?
			     &shared->seen[c - table][-ret] : NULL;

	if (now.mode == FAULT_RECORD && seen)
		*seen = true;
	if (now.mode != FAULT_MEET || t->faults_met == met_before ||
	    !IS_ERR_VALUE(ret) || t->killed)
		return;
	if (allowed(call, ret, now.what) || (seen && *seen))
		return;
	/* What cannot be written to the swap disk keeps its frame. */
	if (now.what != HOST_FAIL_WRITE ||
	    !allowed(call, ret, HOST_FAIL_ALLOC))
		finding("%s: %s: %ld with the fault", t->comm, call, ret);
}

static void forget_all(void);

void unit_call_end(const char *call, long ret)
{
	const struct call_errnos *c = errnos_of(call);
	unsigned long i = now.call++;

	if (now.mode == FAULT_RECORD && i < MAX_CALLS)
		shared->ret[i] = ret;
	if (!c || !c->keeps)
		forget_all();
	if (now.mode == FAULT_MEET && now.met > now.met_before)
		judge(call, i, ret);
}

/* ---- contents ------------------------------------------------------------ */

/* What was stored last in private anonymous memory, as long as nothing was
 * called that may change it. */
struct stored {
	struct task_struct *t;
	unsigned long addr, pages;
	char tag[TAG_SIZE + 1];
};
static struct stored stored[32];

static void forget_all(void)
{
	memset(stored, 0, sizeof(stored));
}

void unit_forget(struct task_struct *t, unsigned long addr, unsigned long pages)
{
	for (size_t i = 0; i < ARRAY_SIZE(stored); i++) {
		struct stored *s = &stored[i];

		if (s->t == t && s->addr < addr + P(pages) &&
		    addr < s->addr + P(s->pages))
			s->t = NULL;
	}
}

void unit_remember(struct task_struct *t, unsigned long addr,
		   unsigned long pages, const char *tag)
{
	struct vm_area_struct *vma = vma_lookup(t->mm, addr);

	unit_forget(t, addr, pages);
	if (!vma || vma->vm_file || vma->vm_flags & VM_SHARED)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(stored); i++) {
		if (stored[i].t)
			continue;
		stored[i] = (struct stored){ t, addr, pages, "" };
		strncpy(stored[i].tag, tag, TAG_SIZE);
		return;
	}
}

static bool readable(const struct stored *s)
{
	struct vm_area_struct *vma;

	for (unsigned long a = s->addr; a < s->addr + P(s->pages);
	     a += PAGE_SIZE) {
		vma = vma_lookup(s->t->mm, a);
		if (!vma || !(vma->vm_flags & VM_READ))
			return false;
	}
	return true;
}

void fault_check_contents(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(stored); i++) {
		const struct stored *s = &stored[i];

		if (s->t && s->t->mm && !s->t->killed && readable(s))
			verify(s->t, s->addr, s->pages, s->tag);
	}
}

/* ---- what a case holds --------------------------------------------------- */

static struct held { struct file *f; unsigned refs; } held[64];

static struct held *held_of(struct file *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		if (held[i].f == f)
			return &held[i];
	return NULL;
}

struct file *unit_hold(struct file *f)
{
	struct held *h = held_of(f);

	if (!h)
		h = held_of(NULL);
	assert_non_null(h);
	h->f = f;
	h->refs++;
	return f;
}

void unit_fput(struct file *f)
{
	struct held *h = held_of(f);

	assert_non_null(h);
	if (!--h->refs)
		h->f = NULL;
	fput(f);
}

/* All tasks are gone: what is left is the case's, or lost. */
void fault_check_files(bool abandoned)
{
	for (size_t i = 0; i < ARRAY_SIZE(held); i++) {
		struct held *h = &held[i];

		if (!h->f)
			continue;
		if (!abandoned || h->f->f_count != h->refs)
			fail_msg("a file has %u references, %u are known",
				 h->f->f_count, h->refs);
		while (h->refs)
			unit_fput(h->f);
	}
	if (host_files)
		fail_msg("%lu files are still open", host_files);
}

static struct { void (*fn)(void *); void *arg; } at_end[16];
static unsigned nr_at_end;

void unit_at_end(void (*fn)(void *), void *arg)
{
	assert_true(nr_at_end < ARRAY_SIZE(at_end));
	at_end[nr_at_end].fn = fn;
	at_end[nr_at_end++].arg = arg;
}

void fault_run_at_end(void)
{
	while (nr_at_end) {
		nr_at_end--;
		at_end[nr_at_end].fn(at_end[nr_at_end].arg);
	}
}
