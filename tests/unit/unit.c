// SPDX-License-Identifier: GPL-2.0
/*
 * The frame around unit tests: a process for each case, the host booted in it,
 * helpers to act as a task and to look at what mm/ made of it.  What a failed
 * case printed is shown as TAP comments.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit_fault.h"


struct host_disk *unit_swap;
struct task_struct *task;
bool unit_blind;

void unit_check(void)
{
	if (!unit_blind)
		host_check();
}

/* ---- one case ---------------------------------------------------------- */

static unsigned long seed, random_state;
static const struct unit_case *current_case;
static enum fault_mode current_mode;
static unsigned long frames_before, bytes_before;
static bool abandoned;

static unsigned long frames_free(void)
{
	kmem_cache_shrink_all();
	return nr_free_pages;
}

static void exit_all(void)
{
	struct task_struct *t;

	while ((t = TAILQ_FIRST(&all_tasks)))
		host_exit(t);
}

static void boot(void **state)
{
	const struct unit_case *c = current_case;

	host_boot(c->frames);
	assert_int_equal(memlock_select(c->memlock ? c->memlock : "none"), 0);
	frames_before = frames_free();
	bytes_before = nr_slab_bytes;
	if (c->swap_pages) {
		unit_swap = host_disk_new("vdb", c->swap_pages);
		host_mkswap(unit_swap);
		assert_int_equal(do_swapon(&unit_swap->bdev, "/dev/vdb", -1),
				 0);
	}
	task = spawn("task", 1000);
	host_check();
}

static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL };
static struct sigaction on_crash[ARRAY_SIZE(crashes)];

/* cmocka takes a crash for a failed case: the sanitizers' handlers again. */
static void run_it(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], &on_crash[i], NULL);
	fault_begin(current_mode, current_case, __builtin_frame_address(0));
	current_case->run();
}

static void swap_all_off(void)
{
	for (int i = 0; i < MAX_SWAPFILES; i++)
		if (swap_info[i].used)
			assert_int_equal(do_swapoff(swap_info[i].bdev), 0);
}

/* What the case, or where it ended the fault, left behind. */
static void afterwards(void **state)
{
	unit_blind = false;
	host_check();
	if (abandoned)
		fault_check_contents();
	fault_run_at_end();
	exit_all();
	host_unhog();
	fault_check_files(abandoned);
	host_check();
	swap_all_off();
	assert_int_equal(nr_mlock, 0);
	assert_int_equal(frames_free(), frames_before);
	assert_int_equal(nr_slab_bytes, bytes_before);
}

static bool passes(const char *name, void (*fn)(void **))
{
	const struct CMUnitTest one = { name, fn, NULL, NULL, NULL };

	return !_cmocka_run_group_tests(name, &one, 1, NULL, NULL);
}

static bool run_here(const struct unit_case *c, enum fault_mode mode)
{
	current_case = c;
	fault_case = c->name;
	current_mode = mode;
	if (!passes("boot", boot))
		return false;
	abandoned = !passes(c->name, run_it);
	fault_end();
	if (abandoned && !fault_met())
		return false;
	return passes("afterwards", afterwards);
}

/* ---- a process for each ------------------------------------------------ */

static void child(const struct unit_case *c, enum fault_mode mode, int out)
{
	bool good;

	dup2(out, 1);
	dup2(out, 2);
	unsetenv("CMOCKA_MESSAGE_OUTPUT");
	cmocka_set_message_output(CM_OUTPUT_STDOUT);
	printf("SEED=%lu\n", unit_seed());
	fflush(stdout);
	good = run_here(c, mode);
	if (mode == FAULT_EACH && !fault_met()) {
		fault_summary(c->name);
		good = good && !fault_findings();
	}
	fflush(NULL);
	_exit(good ? 0 : 1);
}

/* The child's output, shown only if it failed. */
static char *collect(int fd)
{
	size_t len = 0, room = 1 << 16;
	char *text = malloc(room + 1);
	ssize_t n;

	while ((n = read(fd, text + len, room - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		len += n;
		if (len == room)	/* the end says more */
			len /= 2;
	}
	text[len] = '\0';
	return text;
}

static void show(char *text)
{
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		fprintf(stderr, "# %s\n", line);
}

static void show_summary(const char *text)
{
	const char *line = strstr(text, "# runs with faults");

	if (line)
		printf("%.*s\n", (int)strcspn(line, "\n"), line);
}

static void run_child(const struct unit_case *c, enum fault_mode mode)
{
	int fds[2], status;
	char *text;
	pid_t pid;

	fflush(NULL);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(fds[0]);
		child(c, mode, fds[1]);
	}
	close(fds[1]);
	text = collect(fds[0]);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	show_summary(text);
	if (status)
		show(text);
	free(text);
	if (WIFSIGNALED(status))
		fail_msg("%s: signal %d", c->name, WTERMSIG(status));
	if (status)
		fail_msg("%s failed", c->name);
}

/* Without faults, and what the other needs noted. */
static void run_case(void **state)
{
	const struct unit_case *c = *state;

	fault_share();
	run_child(c, FAULT_RECORD);
	if (!fault_wants(c))
		fault_summary(c->name);
}

static void run_with_faults(void **state)
{
	run_child(*state, FAULT_EACH);
}

/* ---- the program ------------------------------------------------------- */

static int run_only(const struct unit_case *c)
{
	bool met = fault_from_env();

	fault_share();
	if (met)
		run_child(c, FAULT_RECORD);
	return run_here(c, met ? FAULT_MEET : FAULT_OFF) ? 0 : 1;
}

static char *faults_of(const char *name)
{
	char *text = malloc(strlen(name) + sizeof(", with faults"));

	return strcat(strcpy(text, name), ", with faults");
}

/* Each case, and each again with faults if those are wanted; how many. */
static size_t list_tests(struct CMUnitTest *tests,
			 const struct unit_case *cases, size_t n)
{
	size_t k = 0;

	for (const struct unit_case *c = cases; c < cases + n; c++) {
		tests[k++] = (struct CMUnitTest){
			c->name, run_case, NULL, NULL, (void *)c,
		};
		if (fault_wants(c))
			tests[k++] = (struct CMUnitTest){
				faults_of(c->name), run_with_faults, NULL,
				NULL, (void *)c,
			};
	}
	return k;
}

int unit_main(const char *suite, const struct unit_case *cases, size_t n)
{
	const char *only = getenv("UNIT_ONLY");
	struct CMUnitTest *tests;
	size_t nr_tests;
	int failed;

	fault_program = program_invocation_name;
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], NULL, &on_crash[i]);
	unit_seed();
	for (size_t i = 0; only && i < n; i++)
		if (!strcmp(only, cases[i].name))
			return run_only(&cases[i]);
	if (only) {
		fprintf(stderr, "no case %s\n", only);
		return 2;
	}
	tests = calloc(2 * n, sizeof(*tests));
	nr_tests = list_tests(tests, cases, n);
	failed = _cmocka_run_group_tests(suite, tests, nr_tests, NULL, NULL);
	for (size_t i = 0; i < nr_tests; i++)
		if (tests[i].test_func == run_with_faults)
			free((char *)tests[i].name);
	free(tests);
	return failed ? 1 : 0;
}

/* ---- chance ------------------------------------------------------------ */

unsigned long unit_seed(void)
{
	const char *given = getenv("SEED");

	if (!seed) {
		seed = given ? strtoul(given, NULL, 0) :
			       (unsigned long)getpid() * 2654435761u % 1000000;
		random_state = (seed + 1) * 0x9e3779b97f4a7c15ul;
	}
	return seed;
}

unsigned long unit_random(unsigned long below)
{
	unit_seed();
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 16) % below;
}

/* ---- acting as a task -------------------------------------------------- */

long map_file(struct task_struct *t, unsigned long addr, unsigned long pages,
	      unsigned long prot, unsigned long flags, struct file *f,
	      u64 pgoff)
{
	if (flags & MAP_FIXED)
		unit_forget(t, addr, pages);
	return U(t, do_mmap(t->mm, f, addr, P(pages), prot, flags, pgoff));
}

long map(struct task_struct *t, unsigned long addr, unsigned long pages,
	 unsigned long prot, unsigned long flags)
{
	return map_file(t, addr, pages, prot, flags, NULL, 0);
}

long unmap(struct task_struct *t, unsigned long addr, unsigned long pages)
{
	unit_forget(t, addr, pages);
	return U(t, do_munmap(t->mm, addr, P(pages)));
}

struct task_struct *spawn(const char *name, unsigned uid)
{
	struct task_struct *t = host_spawn(name, uid);

	assert_non_null(t);
	return t;
}

struct task_struct *fork_of(struct task_struct *t)
{
	struct task_struct *c;

	assert_non_null(t->mm);		/* it may have been killed */
	unit_call_begin();
	c = host_fork(t);
	unit_call_end("host_fork", IS_ERR(c) ? PTR_ERR(c) : 0);
	assert_false(IS_ERR(c));
	unit_check();
	return c;
}

void leave(struct task_struct *t)
{
	unit_forget(t, 0, TASK_SIZE / PAGE_SIZE);
	host_exit(t);
	unit_check();
}

void limit_memlock(struct task_struct *t, unsigned long bytes)
{
	t->rlim[RLIMIT_MEMLOCK].rlim_cur = bytes;
}

/* 0 or the signal it got. */
static int user_access(struct task_struct *t, unsigned long addr, void *buf,
		       size_t n, bool write)
{
	int ret;

	unit_call_begin();
	ret = write ? host_user_write(t, addr, buf, n) :
		      host_user_read(t, addr, buf, n);
	unit_call_end("access", -t->sig);
	assert_int_equal(!ret, !t->sig);
	return t->sig;
}

int poke(struct task_struct *t, unsigned long addr, unsigned char value)
{
	unit_forget(t, addr, 1);
	user_access(t, addr, &value, 1, true);
	unit_check();
	return t->sig;
}

int peek(struct task_struct *t, unsigned long addr, unsigned char *value)
{
	user_access(t, addr, value, 1, false);
	unit_check();
	return t->sig;
}

unsigned char byte_at(struct task_struct *t, unsigned long addr)
{
	unsigned char value = 0;

	assert_int_equal(peek(t, addr, &value), 0);
	return value;
}

/* TAG_SIZE bytes of tag, then the page's number over and over. */
static void pattern(u64 *buf, const char *tag, unsigned long n)
{
	memset(buf, 0, TAG_SIZE);
	memcpy(buf, tag, strnlen(tag, TAG_SIZE));
	for (unsigned i = TAG_SIZE / 8; i < PAGE_SIZE / 8; i++)
		buf[i] = n * 0x0101010101ul + i;
}

void fill(struct task_struct *t, unsigned long addr, unsigned long pages,
	  const char *tag)
{
	u64 buf[PAGE_SIZE / 8];

	unit_forget(t, addr, pages);
	for (unsigned long i = 0; i < pages; i++) {
		pattern(buf, tag, i);
		assert_int_equal(user_access(t, addr + P(i), buf, PAGE_SIZE,
					     true), 0);
	}
	unit_remember(t, addr, pages, tag);
	unit_check();
}

void verify(struct task_struct *t, unsigned long addr, unsigned long pages,
	    const char *tag)
{
	u64 want[PAGE_SIZE / 8], got[PAGE_SIZE / 8];

	for (unsigned long i = 0; i < pages; i++) {
		pattern(want, tag, i);
		assert_int_equal(user_access(t, addr + P(i), got, PAGE_SIZE,
					     false), 0);
		assert_memory_equal(got, want, PAGE_SIZE);
	}
	unit_check();
}

/* ---- looking ----------------------------------------------------------- */

pte_t entry_at(struct task_struct *t, unsigned long addr)
{
	pte_t *pte = pte_lookup(t->mm, addr);

	return pte ? *pte : (pte_t){ 0 };
}

struct page *page_at(struct task_struct *t, unsigned long addr)
{
	pte_t pte = entry_at(t, addr);

	return pte_present(pte) ? pfn_to_page(pte_pfn(pte)) : NULL;
}

bool resident(struct task_struct *t, unsigned long addr)
{
	return page_at(t, addr) != NULL;
}

static unsigned long count(struct task_struct *t, unsigned long addr,
			   unsigned long pages,
			   bool (*f)(struct task_struct *, unsigned long))
{
	unsigned long n = 0;

	for (unsigned long i = 0; i < pages; i++)
		n += f(t, addr + P(i));
	return n;
}

static bool swapped(struct task_struct *t, unsigned long addr)
{
	return pte_is_swap(entry_at(t, addr));
}

static bool mlocked(struct task_struct *t, unsigned long addr)
{
	struct page *page = page_at(t, addr);

	return page && page_test(page, PG_mlocked);
}

unsigned long resident_pages(struct task_struct *t, unsigned long addr,
			     unsigned long pages)
{
	return count(t, addr, pages, resident);
}

unsigned long swapped_pages(struct task_struct *t, unsigned long addr,
			    unsigned long pages)
{
	return count(t, addr, pages, swapped);
}

unsigned long mlocked_pages(struct task_struct *t, unsigned long addr,
			    unsigned long pages)
{
	return count(t, addr, pages, mlocked);
}

unsigned long flags_at(struct task_struct *t, unsigned long addr)
{
	struct vm_area_struct *vma = vma_lookup(t->mm, addr);

	return vma ? vma->vm_flags : 0;
}

unsigned areas_in(struct task_struct *t, unsigned long addr,
		  unsigned long pages)
{
	struct vm_area_struct *vma;
	unsigned n = 0;

	for_each_vma(t->mm, vma)
		if (vma->vm_end > addr && vma->vm_start < addr + P(pages))
			n++;
	return n;
}

void squeeze(void)
{
	unsigned dry = 0;

	for (unsigned i = 0; i < 1000 && dry < 8; i++)
		dry = try_to_free_pages(32) ? 0 : dry + 1;
	unit_check();
}

/* ---- every allocation fails once --------------------------------------- */

/* One round; false when the op ran through without the failure. */
static bool fail_one_alloc(const struct alloc_test *test, long n, bool lasting)
{
	unsigned long before = frames_free();
	bool met;
	long ret;

	test->prepare();
	kmem_cache_shrink_all();
	unit_arm_alloc(n, lasting);
	ret = test->op();
	met = fail_alloc_after <= 0;
	unit_arm_alloc(-1, false);
	unit_check();
	if (ret && (!met || (ret != -ENOMEM && ret != -EAGAIN)))
		fail_msg("%s, allocation %ld: %ld", test->name, n, ret);
	test->cleanup();
	unit_check();
	if (frames_free() != before)
		fail_msg("%s, allocation %ld: %ld frames lost", test->name, n,
			 (long)before - (long)nr_free_pages);
	return met;
}

void fail_each_alloc(const struct alloc_test *test)
{
	for (int lasting = 0; lasting < 2; lasting++) {
		long n = 0;

		while (fail_one_alloc(test, n, lasting))
			if (++n == 2000)
				fail_msg("%s: no end", test->name);
	}
}
