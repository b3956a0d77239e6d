/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signal frames that their program changed, or made up, before sigreturn: what
 * is legal takes effect, what is not ends in SIGSEGV, and nothing of it gives
 * a privilege or harms the kernel.
 */
#include "test.h"

#include <ucontext.h>

#define FLAG_IF (1ul << 9)
#define FLAG_IOPL (3ul << 12)
#define FLAG_NT (1ul << 14)
#define FLAG_VM (1ul << 17)
#define FLAG_VIF (3ul << 19)
#define UC_STRICT_RESTORE_SS 4

struct bend_row {
	const char *name;
	void (*bend)(ucontext_t *uc, unsigned long value);
	unsigned long value;
	int sig;			/* 0: the program goes on */
};

static const struct bend_row *bending;

static void bend_frame(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)info;
	bending->bend(uc, bending->value);
}

static unsigned long flags_after;

static void raise_bent(void *row)
{
	struct sigaction sa = { .sa_sigaction = bend_frame,
				.sa_flags = SA_SIGINFO };

	bending = row;
	sigaction(SIGUSR1, &sa, NULL);
	sys(kill, getpid(), SIGUSR1);
	__asm__ volatile("pushfq; popq %0" : "=r"(flags_after));
}

static void bend_rip(ucontext_t *uc, unsigned long v)
{
	uc->uc_mcontext.gregs[REG_RIP] = v;
}

static void bend_rsp(ucontext_t *uc, unsigned long v)
{
	uc->uc_mcontext.gregs[REG_RSP] = v;
}

static void bend_cs(ucontext_t *uc, unsigned long v)
{
	greg_t *r = &uc->uc_mcontext.gregs[REG_CSGSFS];

	*r = (*r & ~0xffffl) | (long)v;
}

static void bend_ss(ucontext_t *uc, unsigned long v)
{
	greg_t *r = &uc->uc_mcontext.gregs[REG_CSGSFS];

	*r = (*r & ~(0xffffl << 48)) | (long)(v << 48);
}

static void bend_lax_ss(ucontext_t *uc, unsigned long v)
{
	uc->uc_flags &= ~UC_STRICT_RESTORE_SS;
	bend_ss(uc, v);
}

static void bend_fp(ucontext_t *uc, unsigned long v)
{
	uc->uc_mcontext.fpregs = (void *)v;
}

static void move_fp(ucontext_t *uc, unsigned long v)
{
	static char copy[1024] __attribute__((aligned(64)));

	memcpy(copy + v, uc->uc_mcontext.fpregs, 512);
	uc->uc_mcontext.fpregs = (void *)(copy + v);
}

static void bend_mxcsr(ucontext_t *uc, unsigned long v)
{
	uc->uc_mcontext.fpregs->mxcsr = v;
}

static void add_flags(ucontext_t *uc, unsigned long v)
{
	uc->uc_mcontext.gregs[REG_EFL] |= v;
}

static void drop_flags(ucontext_t *uc, unsigned long v)
{
	uc->uc_mcontext.gregs[REG_EFL] &= ~v;
}

static void bend_mask(ucontext_t *uc, unsigned long v)
{
	memcpy(&uc->uc_sigmask, &v, sizeof(v));
}

#define NONCANONICAL 0x8000000000000000ul
#define KERNEL_TEXT 0xffffffff80200000ul
#define KERNEL_DATA 0xffff888000000000ul

static const struct bend_row bends[] = {
	{ "rip not canonical", bend_rip, NONCANONICAL, SIGSEGV },
	{ "rip just not canonical", bend_rip, 1ul << 47, SIGSEGV },
	{ "rip the last canonical", bend_rip, (1ul << 47) - 1, SIGSEGV },
	{ "rip in the kernel", bend_rip, KERNEL_TEXT, SIGSEGV },
	{ "rip 0", bend_rip, 0, SIGSEGV },
	{ "rip all ones", bend_rip, -1ul, SIGSEGV },
	{ "rsp in the kernel", bend_rsp, KERNEL_DATA, SIGSEGV },
	{ "rsp 0", bend_rsp, 8, SIGSEGV },
	{ "cs of the kernel", bend_cs, 0x10, SIGSEGV },
	{ "cs 0", bend_cs, 0, SIGSEGV },
	{ "cs a data segment", bend_cs, 0x2b, SIGSEGV },
	{ "cs beyond the table", bend_cs, 0xfff8, SIGSEGV },
	{ "cs of the TSS", bend_cs, 0x40, SIGSEGV },
	{ "cs of the LDT", bend_cs, 0x37, SIGSEGV },
	{ "cs with RPL 0", bend_cs, 0x30, 0 },
	{ "ss of the kernel", bend_ss, 0x18, SIGSEGV },
	{ "ss 0", bend_ss, 0, SIGSEGV },
	{ "ss a code segment", bend_ss, 0x33, SIGSEGV },
	{ "ss beyond the table", bend_ss, 0xfff8, SIGSEGV },
	{ "ss with RPL 0", bend_ss, 0x28, 0 },
	{ "ss of the kernel, not strict", bend_lax_ss, 0x18, 0 },
	{ "ss 0, not strict", bend_lax_ss, 0, 0 },
	{ "fpstate in the kernel", bend_fp, KERNEL_DATA, SIGSEGV },
	{ "fpstate not canonical", bend_fp, NONCANONICAL, SIGSEGV },
	{ "fpstate unmapped", bend_fp, WINDOW, SIGSEGV },
	{ "fpstate at the end of memory", bend_fp, 0x7fffffffefc0, SIGSEGV },
	{ "fpstate 0: a fresh one", bend_fp, 0, 0 },
	{ "fpstate elsewhere", move_fp, 64, 0 },
	{ "fpstate unaligned", move_fp, 8, SIGSEGV },
	{ "mxcsr all ones", bend_mxcsr, 0xffffffff, SIGSEGV },
	{ "mxcsr bit 16", bend_mxcsr, 0x11f80, SIGSEGV },
	{ "mxcsr, all that is allowed", bend_mxcsr, 0xffbf & ~0x3f, 0 },
	{ "IOPL 3", add_flags, FLAG_IOPL, 0 },
	{ "NT", add_flags, FLAG_NT, 0 },
	{ "VM", add_flags, FLAG_VM, 0 },
	{ "VIF, VIP", add_flags, FLAG_VIF, 0 },
	{ "IF off", drop_flags, FLAG_IF, 0 },
	{ "all upper flags", add_flags, -1ul << 32, 0 },
	{ "mask of all", bend_mask, -1ul, 0 },
};

static void bend_child(void *arg)
{
	const struct bend_row *row = arg;
	unsigned long mask = 0;

	raise_bent(arg);
	OK(!(flags_after & (FLAG_IOPL | FLAG_NT | FLAG_VM | FLAG_VIF)));
	OK(flags_after & FLAG_IF);
	RET(sys(rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8), 0);
	EQ(mask, row->bend == bend_mask ? 0xfffffffffffbfefful : 0);
}

static void bend_row(const void *arg)
{
	const struct bend_row *row = arg;

	if (row->bend == bend_mxcsr && row->sig && !on_holdfast())
		skip("QEMU's fxrstor takes any mxcsr");
	set_limit(RLIMIT_CORE, 0, 0);
	expect_death(bend_child, (void *)row, row->sig);
}
TEST_TABLE("frame with", bends, bend_row);

/* ---- what the frame grants --------------------------------------------- */

static const struct bend_row iopl = { "", add_flags, FLAG_IOPL, 0 };

static void do_cli(void *arg)
{
	raise_bent(arg);
	__asm__ volatile("cli");
}

static void do_out(void *arg)
{
	raise_bent(arg);
	__asm__ volatile("outb %%al, $0xf4" : : "a"(0));
}

TEST("IOPL in the frame opens neither cli nor the ports")
{
	set_limit(RLIMIT_CORE, 0, 0);
	expect_death(do_cli, (void *)&iopl, SIGSEGV);
	expect_death(do_out, (void *)&iopl, SIGSEGV);
}

static const struct bend_row bad_cs = { "", bend_cs, 0x10, 0 };

static void exit_7(int sig)
{
	(void)sig;
	_exit(7);
}

static void handled(void *arg)
{
	signal(SIGSEGV, exit_7);
	raise_bent(arg);
	_exit(1);
}

TEST("the SIGSEGV of a bad frame can be handled")
{
	pid_t pid = fork();
	int status;

	if (!pid)
		handled((void *)&bad_cs);
	EQ(waitpid(pid, &status, 0), pid);
	OK(WIFEXITED(status));
	EQ(WEXITSTATUS(status), 7);
}

static void return_from_nothing(void *sp)
{
	__asm__ volatile("movq %0, %%rsp\n\t"
			 "movl $15, %%eax\n\t"
			 "syscall\n\t"
			 "ud2" : : "r"(sp) : "memory");
}

struct sp_row {
	const char *name;
	unsigned long sp;
};

static const struct sp_row sps[] = {
	{ "unmapped", WINDOW },
	{ "0", 0 },
	{ "in the kernel", KERNEL_DATA },
	{ "not canonical", NONCANONICAL },
	{ "at the top of memory", 0x7ffffffff000 },
	{ "all ones", -1ul },
};

static void sp_row(const void *row)
{
	set_limit(RLIMIT_CORE, 0, 0);
	expect_death(return_from_nothing,
		     (void *)((const struct sp_row *)row)->sp, SIGSEGV);
}
TEST_TABLE("sigreturn with a stack", sps, sp_row);

TEST("sigreturn to a page of zeros")
{
	char *p = map(2);

	touch(p, 2);
	memset(p, 0, PAGES(2));
	set_limit(RLIMIT_CORE, 0, 0);
	expect_death(return_from_nothing, p + PAGE, SIGSEGV);
}

/* ---- what may be changed ----------------------------------------------- */

static stack_t other_stack;

static void set_frame(int sig, siginfo_t *info, void *arg)
{
	ucontext_t *uc = arg;

	(void)sig;
	(void)info;
	uc->uc_mcontext.gregs[REG_R12] = 0x1234567890;
	memset(&uc->uc_mcontext.fpregs->_xmm[5], 0x5a, 16);
	uc->uc_stack = other_stack;
}

TEST("registers, SSE state and alternate stack come from the frame")
{
	struct sigaction sa = { .sa_sigaction = set_frame,
				.sa_flags = SA_SIGINFO };
	unsigned long xmm[2], r12, pid = getpid();
	stack_t now;

	other_stack = (stack_t){ .ss_sp = map(4), .ss_size = PAGES(4) };
	EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	__asm__ volatile("pxor %%xmm5, %%xmm5\n\t"
			 "movl $62, %%eax\n\t"
			 "syscall\n\t"
			 "movdqu %%xmm5, %0\n\t"
			 "movq %%r12, %1"
			 : "=m"(xmm), "=r"(r12) : "D"(pid), "S"(SIGUSR1)
			 : "rax", "rcx", "r11", "r12", "xmm5", "memory");
	EQ(xmm[0], 0x5a5a5a5a5a5a5a5a);
	EQ(xmm[1], 0x5a5a5a5a5a5a5a5a);
	EQ(r12, 0x1234567890);
	EQ(sigaltstack(NULL, &now), 0);
	EQ(now.ss_sp, other_stack.ss_sp);
	EQ(now.ss_size, other_stack.ss_size);
}

/* ---- any bits ---------------------------------------------------------- */

static unsigned long seed;

static unsigned long random_bits(void)
{
	seed = seed * 6364136223846793005ul + 1442695040888963407ul;
	return seed >> 33;
}

static void bend_anything(ucontext_t *uc, unsigned long value)
{
	unsigned char *frame = (unsigned char *)uc;
	unsigned char *fp = (unsigned char *)uc->uc_mcontext.fpregs;

	seed = value;
	for (unsigned long n = random_bits() % 8 + 1; n; n--) {
		if (random_bits() % 2)
			frame[random_bits() % 304] = random_bits();
		else
			fp[random_bits() % 512] = random_bits();
	}
}

/* What becomes of it is its own affair; that we are here to see is ours. */
static void bend_randomly(void *arg)
{
	struct bend_row row = { "", bend_anything, *(unsigned long *)arg, 0 };

	alarm(1);
	raise_bent(&row);
	_exit(0);
}

TEST("frames bent at random")
{
	int ended = 0, killed = 0, status;
	pid_t pid;

	set_limit(RLIMIT_CORE, 0, 0);
	for (unsigned long i = 1; i <= 500; i++) {
		pid = fork();
		if (!pid) {
			bend_randomly(&i);
			_exit(0);
		}
		EQ(waitpid(pid, &status, 0), pid);
		if (WIFSIGNALED(status))
			killed++;
		else
			ended++;
	}
	note("%d went on, %d were killed", ended, killed);
	OK(ended > 50 && killed > 50);
}

static void ignore_it(int sig)
{
	(void)sig;
}

/* sigreturn leaves alone what a frame may not change. */
TEST("the NT flag stays set through a handler")
{
	unsigned long flags;

	signal(SIGUSR1, ignore_it);
	__asm__ volatile("pushfq\n\torq %[nt], (%%rsp)\n\tpopfq\n\t"
			 "syscall\n\t"
			 "pushfq\n\tpopq %[flags]\n\t"
			 "pushfq\n\tandq %[other], (%%rsp)\n\tpopfq"
			 : [flags] "=r"(flags)
			 : [nt] "i"(FLAG_NT), [other] "i"(~FLAG_NT),
			   "a"(SYS_kill), "D"(getpid()), "S"(SIGUSR1)
			 : "rcx", "r11", "memory", "cc");
	OK(flags & FLAG_NT);
}
