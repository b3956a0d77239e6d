/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The harness of the guest tests: cases that run in a process of their own,
 * raw system calls (a result of -4095..-1 is -errno), checks that print what
 * they expected and what they saw, and the state of memory as /proc tells it.
 * Every program is static, links test.c and runs unchanged on Linux and on
 * Holdfast.
 *
 * A range is described page by page in a string: for locks '-' unmapped,
 * '.' plain, 'l' locked, 'o' locked on fault; for presence '1' or '0'.
 */
#ifndef TESTS_GUEST_TEST_H
#define TESTS_GUEST_TEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul
#define PAGES(n) ((n) * PAGE)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1
#endif
#define LOCK_CURRENT 1
#define LOCK_FUTURE 2
#define LOCK_ONFAULT 4
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#define ADV_COLD 20
#define ADV_PAGEOUT 21
#define ADV_POPULATE_READ 22
#define ADV_POPULATE_WRITE 23
#define ADV_DONTNEED_LOCKED 24
#define ADV_COLLAPSE 25

#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define SHANON (MAP_SHARED | MAP_ANONYMOUS)

/* ---- cases ------------------------------------------------------------- */

/* One case, or one for each row of a table whose rows begin with their name. */
struct test {
	int line;			/* cases run in the order of lines */
	const char *name;
	void (*fn)(void);
	void (*row)(const void *row);
	const void *table;
	size_t rows, stride;
};

#define TEST_CAT_(a, b) a##b
#define TEST_CAT(a, b) TEST_CAT_(a, b)
#define TEST_ENTRY __attribute__((section("tests"), used, aligned(8)))

#define TEST(title)							\
	static void TEST_CAT(test_, __LINE__)(void);			\
	static const struct test TEST_CAT(entry_, __LINE__) TEST_ENTRY = { \
		.line = __LINE__, .name = title,			\
		.fn = TEST_CAT(test_, __LINE__) };	\
	static void TEST_CAT(test_, __LINE__)(void)

#define TEST_TABLE(prefix, rows_, fn_)					\
	static const struct test TEST_CAT(entry_, __LINE__) TEST_ENTRY = { \
		.line = __LINE__, .name = prefix, .row = fn_,		\
		.table = rows_,						\
		.rows = ARRAY_SIZE(rows_), .stride = sizeof((rows_)[0]) }

/*
 * Programs that test what exec sets up define this as true: each case then
 * runs after an exec of the program of its own.  A case whose name begins with
 * '@' is run by reexec() only.
 */
extern const bool cases_by_exec __attribute__((weak));
/* Executes this program anew to run the case of that name, with more
 * arguments (NULL: none).  Returns -errno if exec failed. */
long reexec(const char *name, char *const *more);

/* A diagnostic line; the case goes on. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The case fails and goes on. */
void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The case ends: failed, or skipped with its reason. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void skip(const char *why);
bool on_holdfast(void);
/* Linux makes PROT_EXEC alone unreadable where the CPU has protection keys,
 * and cannot populate it then. */
bool has_protection_keys(void);

/* ---- checks ------------------------------------------------------------ */

/* "ENOMEM (-12)", "0", "0x7f..." ; a static buffer, two at a time. */
const char *ret_name(long ret);
void check_ret(const char *file, int line, const char *what, long seen,
	       long expected);
void check_eq(const char *file, int line, const char *what, long seen,
	      long expected);
void check_true(const char *file, int line, const char *what, bool value);
void check_locks(const char *file, int line, const void *addr,
		 const char *expected);
void check_present(const char *file, int line, const void *addr,
		   const char *expected);
void check_str(const char *file, int line, const char *what, const char *seen,
	       const char *expected);

#define RET(call, expected) \
	check_ret(__FILE__, __LINE__, #call, (long)(call), (long)(expected))
#define EQ(a, b) check_eq(__FILE__, __LINE__, #a, (long)(a), (long)(b))
#define OK(cond) check_true(__FILE__, __LINE__, #cond, (cond))
#define STR(a, b) check_str(__FILE__, __LINE__, #a, (a), (b))
#define LOCKS(addr, s) check_locks(__FILE__, __LINE__, (addr), (s))
#define PRESENT(addr, s) check_present(__FILE__, __LINE__, (addr), (s))
/* VmLck, pages. */
#define LOCKED(n) EQ(vm_locked(), n)

/* ---- raw system calls -------------------------------------------------- */

static inline long sys6(long nr, long a, long b, long c, long d, long e,
			long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall" : "=a"(ret)
		: "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
		: "rcx", "r11", "memory");
	return ret;
}

#define SYS_PICK(a, b, c, d, e, f, g, h, ...) h
#define S0(n) sys6(n, 0, 0, 0, 0, 0, 0)
#define S1(n, a) sys6(n, (long)(a), 0, 0, 0, 0, 0)
#define S2(n, a, b) sys6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define S3(n, a, b, c) sys6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define S4(n, a, b, c, d) \
	sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define S5(n, a, b, c, d, e) \
	sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define S6(n, a, b, c, d, e, f) \
	sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), \
	     (long)(f))
/* sys(name, args...): the raw result. */
#define SYS_CALL(f, ...) f(__VA_ARGS__)
#define sys(...) SYS_CALL(SYS_PICK(__VA_ARGS__, S6, S5, S4, S3, S2, S1, S0), \
			  SYS_##__VA_ARGS__)

static inline bool failed(long ret) { return ret < 0 && ret >= -4095; }

static inline long lock(const void *p, size_t n)
{
	return S2(SYS_mlock, p, n);
}
static inline long lock2(const void *p, size_t n, long flags)
{
	return S3(SYS_mlock2, p, n, flags);
}
static inline long unlock(const void *p, size_t n)
{
	return S2(SYS_munlock, p, n);
}
static inline long lockall(long flags) { return S1(SYS_mlockall, flags); }
static inline long unlockall(void) { return S0(SYS_munlockall); }
static inline long raw_mmap(const void *p, size_t n, long prot, long flags,
			    long fd, long off)
{
	return S6(SYS_mmap, p, n, prot, flags, fd, off);
}
static inline long unmap(const void *p, size_t n)
{
	return S2(SYS_munmap, p, n);
}
static inline long protect(const void *p, size_t n, long prot)
{
	return S3(SYS_mprotect, p, n, prot);
}
static inline long advise(const void *p, size_t n, long advice)
{
	return S3(SYS_madvise, p, n, advice);
}
static inline long remap(const void *p, size_t old, size_t new_, long flags,
			 const void *to)
{
	return S5(SYS_mremap, p, old, new_, flags, to);
}
static inline long raw_brk(const void *p) { return S1(SYS_brk, p); }

/* ---- setting up -------------------------------------------------------- */

/* A fixed window, unused otherwise, for maps at known addresses: page n. */
#define WINDOW 0x200000000000ul
#define AT(n) ((char *)WINDOW + PAGES(n))

/* Maps that cannot fail (the case dies).  map: n private anonymous rw pages
 * at AT(0); with neighbours far away. */
char *map(size_t n);
char *map_at(char *addr, size_t n, int prot, int flags, int fd, size_t off);
/* Writes each page. */
void touch(char *p, size_t n);
/* A memfd of n pages, page i filled with 'a' + i; a file in /tmp likewise. */
int make_memfd(size_t n);
int make_file(const char *path, size_t n);
/* The soft and hard RLIMIT_MEMLOCK of the caller, bytes. */
void set_memlock(unsigned long bytes);
void set_limit(int resource, unsigned long soft, unsigned long hard);
/* Drop every capability: uid and gid 1000, dumpable. */
void become_user(void);

/* A case that gets no child for want of memory, as where faults are injected,
 * ends: it would kill everybody, or wait for the wrong one. */
pid_t test_fork(void);
#define fork() test_fork()

/* Run fn(arg) in a forked child and wait.  The wait status; what the child
 * fails fails the case. */
int in_child(void (*fn)(void *), void *arg);
/* The same, expecting the signal `sig` (0: a normal end). */
void expect_death(void (*fn)(void *), void *arg, int sig);
/* Fault of an access: 0, SIGSEGV or SIGBUS; address and code if not NULL.  The
 * process goes on. */
int probe_read(const volatile char *p, void **addr, int *code);
int probe_write(volatile char *p, void **addr, int *code);

/* ---- what /proc says --------------------------------------------------- */

struct area {
	unsigned long start, end, offset;
	char perms[5];
	char name[64];
	unsigned long rss, anon, swap, locked;	/* pages */
	char flags[128];			/* VmFlags, "rd wr ..." */
};

/* The area that contains addr.  False: none. */
bool area_at(const void *addr, struct area *a);
/* Does VmFlags hold this two-letter word? */
bool area_has(const struct area *a, const char *word);
unsigned long status_kb(const char *field);	/* /proc/self/status */
long vm_locked(void);				/* VmLck, pages */
long vm_total(void);				/* VmSize, pages */
/* Does the mincore byte of each page equal the string's '0' or '1'? */
void check_mincore(const char *file, int line, const void *addr,
		   const char *expected);
#define MINCORE(addr, s) check_mincore(__FILE__, __LINE__, (addr), (s))
/* Pagemap entry of an address; 0 on failure. */
uint64_t pagemap(const void *addr);
#define PM_PRESENT (1ull << 63)
#define PM_SWAP (1ull << 62)
/* Whole file into buf, with a final 0; length or -errno. */
long slurp(const char *path, char *buf, size_t size);

#endif
