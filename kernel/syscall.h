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

#define __SC_ENTRY(name)						\
	static const struct syscall_entry __used			\
	__section(".syscalls") __aligned(8) sc_entry_##name = {		\
		__NR_##name, __se_##name, #name };
#define __SC_WRAP(name, call)						\
	static long __se_##name(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) \
	{								\
		(void)a; (void)b; (void)c; (void)d; (void)e; (void)f;	\
		return sys_##name call;					\
	}

#define SYSCALL_DEFINE0(name)						\
	long sys_##name(void);						\
	__SC_WRAP(name, ()) __SC_ENTRY(name)				\
	long sys_##name(void)
#define SYSCALL_DEFINE1(name, t1, a1)					\
	long sys_##name(t1 a1);						\
	__SC_WRAP(name, ((t1)a)) __SC_ENTRY(name)			\
	long sys_##name(t1 a1)
#define SYSCALL_DEFINE2(name, t1, a1, t2, a2)				\
	long sys_##name(t1 a1, t2 a2);					\
	__SC_WRAP(name, ((t1)a, (t2)b)) __SC_ENTRY(name)		\
	long sys_##name(t1 a1, t2 a2)
#define SYSCALL_DEFINE3(name, t1, a1, t2, a2, t3, a3)			\
	long sys_##name(t1 a1, t2 a2, t3 a3);				\
	__SC_WRAP(name, ((t1)a, (t2)b, (t3)c)) __SC_ENTRY(name)		\
	long sys_##name(t1 a1, t2 a2, t3 a3)
#define SYSCALL_DEFINE4(name, t1, a1, t2, a2, t3, a3, t4, a4)		\
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4);			\
	__SC_WRAP(name, ((t1)a, (t2)b, (t3)c, (t4)d)) __SC_ENTRY(name)	\
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4)
#define SYSCALL_DEFINE5(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)	\
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5);		\
	__SC_WRAP(name, ((t1)a, (t2)b, (t3)c, (t4)d, (t5)e))		\
	__SC_ENTRY(name)						\
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5)
#define SYSCALL_DEFINE6(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6) \
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6);	\
	__SC_WRAP(name, ((t1)a, (t2)b, (t3)c, (t4)d, (t5)e, (t6)f))	\
	__SC_ENTRY(name)						\
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6)

/* Called by arch's entry: regs->orig_ax is the number; the result goes to
 * regs->ax.  Interrupts on. */
struct pt_regs;
void do_syscall(struct pt_regs *regs);

#endif
