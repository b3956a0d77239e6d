/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Defining a system call.  SYSCALL_DEFINE3(read, int, fd, void *, buf, size_t,
 * n) { ... } defines long sys_read(...) and enters it in the table under
 * __NR_read (linker section .syscalls, read by kernel/syscall.c).  Arguments
 * arrive as 64-bit registers and are converted to the declared types.
 */
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

#include <asm/unistd_64.h>
#include <lib/types.h>

typedef long (*syscall_fn)(u64, u64, u64, u64, u64, u64);
struct syscall_entry {
	u64 nr;
	syscall_fn fn;
	const char *name;
};

#define __SYSCALL_ENTRY(name)						\
	static const struct syscall_entry __used			\
	__section(".syscalls") __aligned(8) sc_entry_##name = {		\
		__NR_##name, __se_##name, #name };
#define __SYSCALL_DEFINE(name, params, args)				\
	long sys_##name params;						\
	static long __se_##name(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) \
	{								\
		return sys_##name args;					\
	}								\
	__SYSCALL_ENTRY(name)						\
	long sys_##name params

#define SYSCALL_DEFINE0(name) __SYSCALL_DEFINE(name, (void), ())
#define SYSCALL_DEFINE1(name, t1, a1)					\
	__SYSCALL_DEFINE(name, (t1 a1), ((t1)a))
#define SYSCALL_DEFINE2(name, t1, a1, t2, a2)				\
	__SYSCALL_DEFINE(name, (t1 a1, t2 a2), ((t1)a, (t2)b))
#define SYSCALL_DEFINE3(name, t1, a1, t2, a2, t3, a3)			\
	__SYSCALL_DEFINE(name, (t1 a1, t2 a2, t3 a3),			\
			 ((t1)a, (t2)b, (t3)c))
#define SYSCALL_DEFINE4(name, t1, a1, t2, a2, t3, a3, t4, a4)		\
	__SYSCALL_DEFINE(name, (t1 a1, t2 a2, t3 a3, t4 a4),		\
			 ((t1)a, (t2)b, (t3)c, (t4)d))
#define SYSCALL_DEFINE5(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)	\
	__SYSCALL_DEFINE(name, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5),	\
			 ((t1)a, (t2)b, (t3)c, (t4)d, (t5)e))
#define SYSCALL_DEFINE6(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6) \
	__SYSCALL_DEFINE(name, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6), \
			 ((t1)a, (t2)b, (t3)c, (t4)d, (t5)e, (t6)f))

/*
 * An older call in terms of a newer one above it in the same file:
 * SYSCALL_AS(open, openat, AT_FDCWD, a, b, c), with open's own arguments a, b,
 * c.
 */
#define SYSCALL_AS(name, newer, ...)					\
	static long __se_##name(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) \
	{								\
		return __SYSCALL_CALL(newer, __VA_ARGS__, 0, 0, 0, 0, 0, 0); \
	}								\
	__SYSCALL_ENTRY(name)
#define __SYSCALL_CALL(newer, a1, a2, a3, a4, a5, a6, ...)		\
	__se_##newer(a1, a2, a3, a4, a5, a6)

#define NR_SYSCALLS 512

/* Every number has a function.  arch's entry calls those below direct_syscalls
 * itself: NR_SYSCALLS, or 0 if somebody looks on: a tracer, fault injection. */
extern syscall_fn syscall_table[NR_SYSCALLS];
extern u64 direct_syscalls;
void syscall_init(void);
/* t is about to run, or what is watched changed. */
struct task_struct;
void syscall_watch(const struct task_struct *t);
/* The other calls: regs->orig_ax is the number; the result goes to regs->ax.
 * Interrupts on. */
struct pt_regs;
void do_syscall(struct pt_regs *regs);

#endif
