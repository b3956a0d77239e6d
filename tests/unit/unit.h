/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the unit tests share.  Every case runs in a process of its own with a
 * freshly booted host (arch/host), so that one that dies takes nobody along;
 * afterwards all tasks exit, swap goes off, and as many frames must be free as
 * at the start.  Operations go through U(), which checks every invariant when
 * they return.
 *
 * In the environment: SEED repeats a random case, UNIT_ONLY runs the one case
 * of that name in this very process (for gdb), with UNIT_FAIL=alloc:N:single
 * (or read, write; lasting) its N-th fault as well; HOST_VERBOSE shows the log.
 * UNIT_FAULTS is how many places for faults are tried per case and kind, or
 * "paths", or "all".
 */
#ifndef UNIT_H
#define UNIT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arch/host.h>
#include <linux/mman.h>

struct unit_case {
	const char *name;
	void (*run)(void);
	unsigned long frames;
	unsigned long swap_pages;	/* 0: no swap */
	const char *memlock;		/* design; NULL: "none" */
	bool is_long;			/* few faults, and none by default */
};
#define CASE(fn) CASE_MEM(fn, 1024, 0)
#define CASE_LOCK(fn, design) \
	{ .name = #fn, .run = fn, .frames = 1024, .memlock = design }
#define CASE_MEM(fn, n, swap) \
	{ .name = #fn, .run = fn, .frames = n, .swap_pages = swap }
#define CASE_LONG(fn, n, swap) \
	{ .name = #fn, .run = fn, .frames = n, .swap_pages = swap, \
	  .is_long = true }

/* main() of a test program. */
int unit_main(const char *suite, const struct unit_case *cases, size_t n);

/* The swap disk of the case, and a task with euid 1000 that exists already. */
extern struct host_disk *unit_swap;
extern struct task_struct *task;

/* Every invariant, unless the case is to judge by what it sees from outside
 * alone. */
void unit_check(void);
extern bool unit_blind;

/* Run a call as task t, with its address space, then check everything. */
#define U(t, call) ({							\
	struct task_struct *_was = host_switch(t);			\
	long _ret;							\
	unit_call_begin();						\
	_ret = (long)(call);						\
	host_switch(_was);						\
	unit_check();							\
	unit_call_end(#call, _ret);					\
	_ret;								\
})

/*
 * Every case runs again and again with a fault: an allocation, a read or a
 * write of a page of a disk or file fails, once or from then on, at each place
 * where one can (unit_fault.c).  What the case expects need not hold then: it
 * ends where it fails.  But what a call that met the fault returns must be what
 * it returned without it, or an errno that it may return for want of memory or
 * a disk; what fill() stored must still be there when the fault is over; and
 * nothing may be held or lost.
 */
void unit_call_begin(void);
void unit_call_end(const char *call, long ret);
/*
 * The same for a call of task t that others are beside of: it may also return
 * what such a call returned anywhere in the run without the fault.
 */
#define BESIDE(t, call) ({						\
	struct task_struct *_t = (t);					\
	unsigned long _met = _t->faults_met;				\
	long _ret = (long)(call);					\
	unit_call_beside(_t, _met, #call, _ret);			\
	_ret;								\
})
void unit_call_beside(const struct task_struct *t, unsigned long met_before,
		      const char *call, long ret);
/* Has this kind of fault been met?  Then nothing fails from here on. */
bool unit_met(enum host_fault what);
void unit_faults_over(void);
/* Called when the case is over, in reverse order, for what it would leave
 * behind if it ended early. */
void unit_at_end(void (*fn)(void *), void *arg);
/* What fill() stored there is changed by other means than these. */
void unit_forget(struct task_struct *t, unsigned long addr,
		 unsigned long pages);
/* The case makes allocations fail itself from here on: nobody else does. */
void unit_arm_alloc(long after, bool lasting);

/* Whose references a case holds is known, so that a lost one is found. */
struct file *unit_hold(struct file *f);
void unit_fput(struct file *f);
#define fput(f) unit_fput(f)
#define host_file_new(...) unit_hold(host_file_new(__VA_ARGS__))
#define host_shmem_new(...) unit_hold(host_shmem_new(__VA_ARGS__))
#define host_reopen(...) unit_hold(host_reopen(__VA_ARGS__))

#define P(n) ((unsigned long)(n) * PAGE_SIZE)
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define SHANON (MAP_SHARED | MAP_ANONYMOUS)

/* System calls of mm/. */
long sys_mprotect(unsigned long start, unsigned long len, unsigned long prot);
long sys_mremap(unsigned long addr, unsigned long old_len,
		unsigned long new_len, unsigned long flags,
		unsigned long new_addr);
long sys_madvise(unsigned long start, unsigned long len, int advice);
long sys_mincore(unsigned long start, unsigned long len, unsigned char *vec);
long sys_msync(unsigned long start, unsigned long len, int flags);
long sys_mlock(unsigned long start, unsigned long len);
long sys_mlock2(unsigned long start, unsigned long len, int flags);
long sys_munlock(unsigned long start, unsigned long len);
long sys_mlockall(int flags);
long sys_munlockall(void);

long map(struct task_struct *t, unsigned long addr, unsigned long pages,
	 unsigned long prot, unsigned long flags);
long map_file(struct task_struct *t, unsigned long addr, unsigned long pages,
	      unsigned long prot, unsigned long flags, struct file *f,
	      u64 pgoff);
long unmap(struct task_struct *t, unsigned long addr, unsigned long pages);
struct task_struct *spawn(const char *name, unsigned uid);
struct task_struct *fork_of(struct task_struct *t);
void leave(struct task_struct *t);		/* exit */
void limit_memlock(struct task_struct *t, unsigned long bytes);

/* One byte, as the task: 0 or the signal it got. */
int poke(struct task_struct *t, unsigned long addr, unsigned char value);
int peek(struct task_struct *t, unsigned long addr, unsigned char *value);
unsigned char byte_at(struct task_struct *t, unsigned long addr);
/* Fill pages with a pattern made of `tag` and the page's number, and verify
 * it. */
void fill(struct task_struct *t, unsigned long addr, unsigned long pages,
	  const char *tag);
void verify(struct task_struct *t, unsigned long addr, unsigned long pages,
	    const char *tag);
#define TAG_SIZE 16

/* What the tables say of one address: a present page or NULL; the entry. */
struct page *page_at(struct task_struct *t, unsigned long addr);
pte_t entry_at(struct task_struct *t, unsigned long addr);
bool resident(struct task_struct *t, unsigned long addr);
unsigned long resident_pages(struct task_struct *t, unsigned long addr,
			     unsigned long pages);
unsigned long swapped_pages(struct task_struct *t, unsigned long addr,
			    unsigned long pages);
unsigned long mlocked_pages(struct task_struct *t, unsigned long addr,
			    unsigned long pages);
/* vm_flags at addr, 0 if there is no area. */
unsigned long flags_at(struct task_struct *t, unsigned long addr);
/* Areas that lie in [addr, addr + pages): how many. */
unsigned areas_in(struct task_struct *t, unsigned long addr,
		  unsigned long pages);

/* Memory that can be reclaimed is reclaimed until nothing more comes. */
void squeeze(void);

unsigned long unit_seed(void);
unsigned long unit_random(unsigned long below);

/*
 * For n = 0, 1 ... until no allocation is left to fail: prepare, run `op` with
 * its n-th allocation failing (once; then all from the n-th on), clean up.  Op
 * must return 0, -ENOMEM or -EAGAIN, invariants must hold, and after the clean
 * up as many frames must be free as before.
 */
struct alloc_test {
	const char *name;
	void (*prepare)(void);
	long (*op)(void);
	void (*cleanup)(void);
};
void fail_each_alloc(const struct alloc_test *test);

#endif
