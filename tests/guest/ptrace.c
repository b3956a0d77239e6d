/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ptrace(2): stops and what is told of them, registers and memory, events,
 * groups, the ends of both sides; and tracers that ask for too much.
 */
#include "test.h"

#include <linux/elf.h>
#include <linux/ptrace.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/user.h>

#define WALL 0x40000000
#define EVENT(e) (SIGTRAP | (e) << 8)

static long pt(long request, pid_t pid, unsigned long addr, unsigned long data)
{
	return sys(ptrace, request, pid, addr, data);
}

/* The next news of pid: its wait status. */
static int news(pid_t pid)
{
	int status = -1;

	RET(sys(wait4, pid, &status, WALL, NULL), pid);
	return status;
}

/* What a stop's status tells: signal and event. */
static int stopped_by(int status)
{
	if ((status & 0xff) != 0x7f)
		fail("wait status %#x is no stop", status);
	return status >> 8;
}

#define STOP(pid, by) EQ(stopped_by(news(pid)), by)
#define ENDED(pid, code) EQ(news(pid), (code) << 8)

/* A child that is traced, stopped by a SIGSTOP of its own before fn(). */
static pid_t traced(void (*fn)(void))
{
	pid_t pid = fork();

	if (!pid) {
		if (pt(PTRACE_TRACEME, 0, 0, 0))
			_exit(99);
		sys(kill, getpid(), SIGSTOP);
		fn();
		_exit(7);
	}
	STOP(pid, SIGSTOP);
	return pid;
}

static void nothing(void)
{
}

static void sleep_for_ever(void)
{
	for (;;)
		pause();
}

static void end(pid_t pid)
{
	RET(sys(kill, pid, SIGKILL), 0);
	EQ(news(pid), SIGKILL);
}

/* ---- going on ---------------------------------------------------------- */

TEST("TRACEME, CONT, the end")
{
	pid_t pid = traced(nothing);

	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	ENDED(pid, 7);
	RET(pt(PTRACE_CONT, pid, 0, 0), -ESRCH);
}

static int caught;

static void on_usr1(int sig)
{
	caught++;
}

static void catch_usr1(void)
{
	signal(SIGUSR1, on_usr1);
	raise(SIGUSR1);
	_exit(caught);
}

struct delivery {
	const char *name;
	int give;
	int status;
};

static const struct delivery deliveries[] = {
	{ "as it came", SIGUSR1, 1 << 8 },
	{ "none", 0, 0 },
	{ "another: it kills", SIGUSR2, SIGUSR2 },
	{ "SIGKILL", SIGKILL, SIGKILL },
};

static void delivery_row(const void *row)
{
	const struct delivery *d = row;
	pid_t pid = traced(catch_usr1);

	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, SIGUSR1);
	RET(pt(PTRACE_CONT, pid, 0, d->give), 0);
	EQ(news(pid), d->status);
}
TEST_TABLE("a signal is delivered", deliveries, delivery_row);

static void ignore_one(void)
{
	signal(SIGUSR1, SIG_IGN);
	raise(SIGUSR1);
}

TEST("ignored signals are seen too")
{
	pid_t pid = traced(ignore_one);

	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, SIGUSR1);
	RET(pt(PTRACE_CONT, pid, 0, SIGUSR1), 0);
	ENDED(pid, 7);
}

TEST("a number that is no signal: EIO, still stopped")
{
	pid_t pid = traced(nothing);

	RET(pt(PTRACE_CONT, pid, 0, 65), -EIO);
	RET(pt(PTRACE_DETACH, pid, 0, -1ul), -EIO);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	ENDED(pid, 7);
}

TEST("DETACH: it goes on alone")
{
	pid_t pid = traced(nothing);

	RET(pt(PTRACE_DETACH, pid, 0, 0), 0);
	RET(pt(PTRACE_PEEKDATA, pid, 0, 0), -ESRCH);
	ENDED(pid, 7);
}

TEST("KILL")
{
	pid_t pid = traced(sleep_for_ever);

	RET(pt(PTRACE_KILL, pid, 0, 0), 0);
	EQ(news(pid), SIGKILL);
}

TEST("a stopped task can be killed by anyone")
{
	end(traced(nothing));
}

/* ---- who may trace whom ------------------------------------------------ */

TEST("nobody, oneself, twice, unknown requests")
{
	pid_t pid = traced(nothing);
	unsigned long word;

	RET(pt(PTRACE_CONT, 99999, 0, 0), -ESRCH);
	RET(pt(PTRACE_ATTACH, 99999, 0, 0), -ESRCH);
	RET(pt(PTRACE_ATTACH, getpid(), 0, 0), -EPERM);
	RET(pt(PTRACE_ATTACH, pid, 0, 0), -EPERM);
	RET(pt(PTRACE_SEIZE, pid, 0, 0), -EPERM);
	RET(pt(PTRACE_CONT, getppid(), 0, 0), -ESRCH);
	RET(pt(12345, pid, 0, 0), -EIO);
	RET(pt(PTRACE_PEEKDATA, pid, 0, (unsigned long)&word), -EIO);
	RET(pt(PTRACE_LISTEN, pid, 0, 0), -EIO);
	RET(pt(PTRACE_INTERRUPT, pid, 0, 0), -EIO);
	end(pid);
}

static void traceme_twice(void *arg)
{
	RET(pt(PTRACE_TRACEME, 0, 0, 0), 0);
	RET(pt(PTRACE_TRACEME, 0, 0, 0), -EPERM);
}

TEST("TRACEME twice")
{
	EQ(in_child(traceme_twice, NULL), 0);
}

static void attach_as_user(void *arg)
{
	become_user();
	RET(pt(PTRACE_ATTACH, *(pid_t *)arg, 0, 0), -EPERM);
	RET(pt(PTRACE_SEIZE, *(pid_t *)arg, 0, 0), -EPERM);
}

TEST("another user's process: EPERM")
{
	pid_t pid = fork();

	if (!pid)
		sleep_for_ever();
	EQ(in_child(attach_as_user, &pid), 0);
	end(pid);
}

static void child_asks(void *arg)
{
	int ready[2], status;
	pid_t pid;
	char c;

	RET(sys(pipe2, ready, 0), 0);
	pid = fork();
	if (!pid) {
		read(ready[0], &c, 1);
		_exit(-pt(PTRACE_TRACEME, 0, 0, 0));
	}
	become_user();
	write(ready[1], "x", 1);
	RET(sys(wait4, pid, &status, 0, NULL), pid);
	EQ(status >> 8, EPERM);
}

TEST("TRACEME by one that may more than its parent: EPERM")
{
	EQ(in_child(child_asks, NULL), 0);
}

static void attach_undumpable(void *arg)
{
	int ready[2];
	pid_t pid;
	char c;

	become_user();
	RET(sys(pipe2, ready, 0), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_DUMPABLE, 0);
		write(ready[1], "x", 1);
		sleep_for_ever();
	}
	read(ready[0], &c, 1);
	RET(pt(PTRACE_ATTACH, pid, 0, 0), -EPERM);
	end(pid);
}

TEST("a user's own process that is not dumpable: EPERM")
{
	EQ(in_child(attach_undumpable, NULL), 0);
}

/* ---- attaching --------------------------------------------------------- */

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (!pid)
		sleep_for_ever();
	return pid;
}

static void tracer_pid(pid_t pid, char *state, int *tracer)
{
	char path[64], buf[4096], *p;

	sprintf(path, "/proc/%d/status", pid);
	slurp(path, buf, sizeof(buf));
	p = strstr(buf, "State:\t");
	*state = p ? p[7] : '?';
	p = strstr(buf, "TracerPid:\t");
	*tracer = p ? atoi(p + 11) : -1;
}

TEST("ATTACH stops it, /proc says so, DETACH lets go")
{
	pid_t pid = sleeper();
	int tracer;
	char state;

	RET(pt(PTRACE_ATTACH, pid, 0, 0), 0);
	STOP(pid, SIGSTOP);
	tracer_pid(pid, &state, &tracer);
	EQ(state, 't');
	EQ(tracer, getpid());
	RET(pt(PTRACE_DETACH, pid, 0, 0), 0);
	tracer_pid(pid, &state, &tracer);
	EQ(tracer, 0);
	end(pid);
}

TEST("SEIZE does not stop; INTERRUPT does; a second one too")
{
	pid_t pid = sleeper();
	int status;

	RET(pt(PTRACE_SEIZE, pid, 0, 0), 0);
	RET(sys(wait4, pid, &status, WALL | WNOHANG, NULL), 0);
	RET(pt(PTRACE_CONT, pid, 0, 0), -ESRCH);
	RET(pt(PTRACE_INTERRUPT, pid, 0, 0), 0);
	STOP(pid, EVENT(PTRACE_EVENT_STOP));
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	RET(pt(PTRACE_INTERRUPT, pid, 0, 0), 0);
	STOP(pid, EVENT(PTRACE_EVENT_STOP));
	end(pid);
}

TEST("SEIZE's arguments")
{
	pid_t pid = sleeper();

	RET(pt(PTRACE_SEIZE, pid, 1, 0), -EIO);
	RET(pt(PTRACE_SEIZE, pid, 0, 1u << 30), -EIO);
	RET(pt(PTRACE_SEIZE, pid, 0, PTRACE_O_EXITKILL), 0);
	RET(pt(PTRACE_INTERRUPT, pid, 0, 0), 0);
	STOP(pid, EVENT(PTRACE_EVENT_STOP));
	RET(pt(PTRACE_SETOPTIONS, pid, 0, 1u << 30), -EINVAL);
	end(pid);
}

TEST("a seized task's stop: LISTEN, SIGCONT")
{
	pid_t pid = sleeper();

	RET(pt(PTRACE_SEIZE, pid, 0, 0), 0);
	RET(sys(kill, pid, SIGSTOP), 0);
	STOP(pid, SIGSTOP);
	RET(pt(PTRACE_CONT, pid, 0, SIGSTOP), 0);
	STOP(pid, SIGSTOP | PTRACE_EVENT_STOP << 8);
	RET(pt(PTRACE_LISTEN, pid, 0, 0), 0);
	RET(pt(PTRACE_CONT, pid, 0, 0), -ESRCH);
	RET(sys(kill, pid, SIGCONT), 0);
	STOP(pid, EVENT(PTRACE_EVENT_STOP));
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, SIGCONT);
	RET(pt(PTRACE_CONT, pid, 0, SIGCONT), 0);
	end(pid);
}

TEST("an attached task's stop is reported twice: signal, stop")
{
	pid_t pid = traced(sleep_for_ever);

	RET(pt(PTRACE_CONT, pid, 0, SIGSTOP), 0);
	STOP(pid, SIGSTOP);
	RET(pt(PTRACE_GETSIGINFO, pid, 0, (unsigned long)(char[128]){ 0 }),
	    -EINVAL);
	RET(pt(PTRACE_DETACH, pid, 0, 0), 0);
	RET(sys(kill, pid, SIGCONT), 0);
	end(pid);
}

/* The tracer goes; what is left of the traced. */
struct tracer_end {
	const char *name;
	unsigned long options;
	int status;
};

static const struct tracer_end tracer_ends[] = {
	{ "it runs on", 0, 7 << 8 },
	{ "EXITKILL: it dies", PTRACE_O_EXITKILL, SIGKILL },
};

static void tracer_end_row(const void *row)
{
	const struct tracer_end *e = row;
	int gate[2], status;
	pid_t pid, tracer;
	char c;

	RET(sys(pipe2, gate, 0), 0);
	pid = fork();
	if (!pid) {
		close(gate[1]);
		read(gate[0], &c, 1);
		_exit(7);
	}
	tracer = fork();
	if (!tracer) {
		RET(pt(PTRACE_SEIZE, pid, 0, e->options), 0);
		RET(pt(PTRACE_INTERRUPT, pid, 0, 0), 0);
		STOP(pid, EVENT(PTRACE_EVENT_STOP));
		_exit(0);
	}
	RET(sys(wait4, tracer, &status, 0, NULL), tracer);
	EQ(status, 0);
	close(gate[1]);
	EQ(news(pid), e->status);
}
TEST_TABLE("the tracer ends", tracer_ends, tracer_end_row);

TEST("a zombie is its tracer's first, then its parent's")
{
	int gate[2], told[2], status;
	pid_t pid, tracer;
	char c;

	RET(sys(pipe2, gate, 0), 0);
	RET(sys(pipe2, told, 0), 0);
	pid = fork();
	if (!pid) {
		close(gate[1]);
		read(gate[0], &c, 1);
		_exit(7);
	}
	tracer = fork();
	if (!tracer) {
		close(gate[1]);
		RET(pt(PTRACE_SEIZE, pid, 0, 0), 0);
		write(told[1], "x", 1);
		read(gate[0], &c, 1);
		ENDED(pid, 7);
		RET(sys(wait4, pid, &status, WALL, NULL), -ECHILD);
		_exit(0);
	}
	read(told[0], &c, 1);
	close(gate[1]);
	ENDED(pid, 7);
	RET(sys(wait4, tracer, &status, 0, NULL), tracer);
	EQ(status, 0);
}

/* ---- system calls ------------------------------------------------------ */

static void two_calls(void)
{
	sys(getppid);
	sys(close, -1);
}

TEST("SYSCALL: entries and exits, told apart by TRACESYSGOOD and info")
{
	pid_t pid = traced(two_calls);
	struct ptrace_syscall_info info;
	struct user_regs_struct regs;
	unsigned long buf = (unsigned long)&info;

	RET(pt(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
	RET(pt(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), buf), 24);
	EQ(info.op, PTRACE_SYSCALL_INFO_NONE);
	do {
		RET(pt(PTRACE_SYSCALL, pid, 0, 0), 0);
		STOP(pid, SIGTRAP | 0x80);
		pt(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), buf);
	} while (info.op != PTRACE_SYSCALL_INFO_ENTRY ||
		 info.entry.nr != SYS_getppid);
	RET(pt(PTRACE_GETREGS, pid, 0, (unsigned long)&regs), 0);
	EQ(regs.orig_rax, SYS_getppid);
	EQ(regs.rax, -ENOSYS);
	RET(pt(PTRACE_SYSCALL, pid, 0, 0), 0);
	STOP(pid, SIGTRAP | 0x80);
	RET(pt(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), buf), 33);
	EQ(info.op, PTRACE_SYSCALL_INFO_EXIT);
	EQ(info.exit.rval, getpid());
	EQ(info.exit.is_error, 0);
	RET(pt(PTRACE_SYSCALL, pid, 0, 0), 0);
	STOP(pid, SIGTRAP | 0x80);
	RET(pt(PTRACE_GET_SYSCALL_INFO, pid, 8, buf), 80);
	RET(pt(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), buf), 80);
	EQ(info.entry.nr, SYS_close);
	EQ((int)info.entry.args[0], -1);
	RET(pt(PTRACE_SYSCALL, pid, 0, 0), 0);
	STOP(pid, SIGTRAP | 0x80);
	RET(pt(PTRACE_GETREGS, pid, 0, (unsigned long)&regs), 0);
	EQ(regs.rax, -EBADF);
	end(pid);
}

static void report_getppid(void)
{
	_exit(sys(getppid) == 42 ? 1 : 2);
}

TEST("a call is skipped, its result set; one is made in its place")
{
	pid_t pid = traced(report_getppid);
	unsigned long nr = 0, orig = offsetof(struct user, regs.orig_rax);

	RET(pt(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
	while (nr != SYS_getppid) {
		RET(pt(PTRACE_SYSCALL, pid, 0, 0), 0);
		STOP(pid, SIGTRAP | 0x80);
		RET(pt(PTRACE_PEEKUSR, pid, orig, (unsigned long)&nr), 0);
	}
	RET(pt(PTRACE_POKEUSR, pid, orig, -1), 0);
	RET(pt(PTRACE_SYSCALL, pid, 0, 0), 0);
	STOP(pid, SIGTRAP | 0x80);
	RET(pt(PTRACE_POKEUSR, pid, offsetof(struct user, regs.rax), 42), 0);
	RET(pt(PTRACE_SYSCALL, pid, 0, 0), 0);
	STOP(pid, SIGTRAP | 0x80);	/* exit_group(1) */
	RET(pt(PTRACE_POKEUSR, pid, offsetof(struct user, regs.rdi), 5), 0);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	ENDED(pid, 5);
}

/* ---- memory ------------------------------------------------------------ */

static volatile unsigned long variable = 0x1122334455667788;
static const unsigned long constant = 0xaabbccdd;

static void use_memory(void)
{
	_exit(variable == 1 && *(volatile const unsigned long *)&constant == 2);
}

TEST("PEEK and POKE: data, read-only data, nothing there")
{
	pid_t pid = traced(use_memory);
	unsigned long word = 0, at = (unsigned long)&word;

	RET(pt(PTRACE_PEEKDATA, pid, (unsigned long)&variable, at), 0);
	EQ(word, 0x1122334455667788);
	RET(pt(PTRACE_PEEKTEXT, pid, (unsigned long)&constant, at), 0);
	EQ(word, 0xaabbccdd);
	RET(pt(PTRACE_PEEKDATA, pid, (unsigned long)&variable, 8), -EFAULT);
	RET(pt(PTRACE_POKEDATA, pid, (unsigned long)&variable, 1), 0);
	RET(pt(PTRACE_POKETEXT, pid, (unsigned long)&constant, 2), 0);
	RET(pt(PTRACE_POKEDATA, pid, 8, 1), -EIO);
	RET(pt(PTRACE_POKEDATA, pid, -8ul, 1), -EIO);
	RET(pt(PTRACE_PEEKDATA, pid, 1ul << 63, at), -EIO);
	EQ(variable, 0x1122334455667788);
	EQ(*(volatile const unsigned long *)&constant, 0xaabbccdd);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	ENDED(pid, 1);
}

static char *locked_page;

static void use_locked(void)
{
	_exit(*(volatile char *)locked_page);
}

TEST("POKE into locked memory is no denial")
{
	pid_t pid;

	locked_page = map(1);
	RET(lock(locked_page, PAGE), 0);
	pid = fork();
	if (!pid) {
		RET(lock(locked_page, PAGE), 0);
		pt(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		use_locked();
	}
	STOP(pid, SIGSTOP);
	RET(pt(PTRACE_POKEDATA, pid, (unsigned long)locked_page, 9), 0);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	ENDED(pid, 9);
	EQ(*locked_page, 0);
}

/* A breakpoint by hand: int3 over the first byte, run, put back, go on. */
__attribute__((noinline)) static int doubled(int x)
{
	__asm__ volatile("" : "+r"(x));
	return 2 * x;
}

static void call_doubled(void)
{
	_exit(doubled(4));
}

TEST("a breakpoint in the text, and back")
{
	pid_t pid = traced(call_doubled);
	unsigned long at = (unsigned long)doubled, word = 0;
	unsigned long ip = offsetof(struct user, regs.rip), seen;

	RET(pt(PTRACE_PEEKTEXT, pid, at, (unsigned long)&word), 0);
	RET(pt(PTRACE_POKETEXT, pid, at, (word & ~0xfful) | 0xcc), 0);
	EQ(doubled(3), 6);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, SIGTRAP);
	RET(pt(PTRACE_PEEKUSR, pid, ip, (unsigned long)&seen), 0);
	EQ(seen, at + 1);
	RET(pt(PTRACE_POKETEXT, pid, at, word), 0);
	RET(pt(PTRACE_POKEUSR, pid, ip, at), 0);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	ENDED(pid, 8);
}

/* ---- registers --------------------------------------------------------- */

extern char step_start[], step_middle[], step_end[];
__asm__(".text\nstep_start: nop\nstep_middle: mov $39, %eax\n"
	"syscall\nstep_end: mov $11, %edi\nmov $231, %eax\nsyscall\n");

static void run_steps(void)
{
	((void (*)(void))step_start)();
}

TEST("SINGLESTEP: one instruction, a system call is one too")
{
	pid_t pid = traced(run_steps);
	struct user_regs_struct regs;
	unsigned long at = (unsigned long)&regs;

	RET(pt(PTRACE_GETREGS, pid, 0, at), 0);
	regs.rip = (unsigned long)step_start;
	regs.orig_rax = -1;
	RET(pt(PTRACE_SETREGS, pid, 0, at), 0);
	RET(pt(PTRACE_SINGLESTEP, pid, 0, 0), 0);
	STOP(pid, SIGTRAP);
	RET(pt(PTRACE_GETREGS, pid, 0, at), 0);
	EQ(regs.rip, step_middle);
	EQ(regs.eflags & 0x100, 0);
	RET(pt(PTRACE_SINGLESTEP, pid, 0, 0), 0);
	STOP(pid, SIGTRAP);
	RET(pt(PTRACE_SINGLESTEP, pid, 0, 0), 0);
	STOP(pid, SIGTRAP);
	RET(pt(PTRACE_GETREGS, pid, 0, at), 0);
	EQ(regs.rip, step_end);
	EQ(regs.rax, pid);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	ENDED(pid, 11);
}

static void step_into(void)
{
	signal(SIGUSR1, on_usr1);
	raise(SIGUSR1);
	_exit(caught);
}

TEST("a step with a signal stops at its handler")
{
	pid_t pid = traced(step_into);
	unsigned long ip = offsetof(struct user, regs.rip), seen;

	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, SIGUSR1);
	RET(pt(PTRACE_SINGLESTEP, pid, 0, SIGUSR1), 0);
	STOP(pid, SIGTRAP);
	RET(pt(PTRACE_PEEKUSR, pid, ip, (unsigned long)&seen), 0);
	EQ(seen, (unsigned long)on_usr1);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	ENDED(pid, 1);
}

struct user_poke {
	const char *name;
	unsigned long addr, value;
	long ret;
};

#define REG(r) offsetof(struct user, regs.r)
static const struct user_poke user_pokes[] = {
	{ "not aligned", 4, 0, -EIO },
	{ "behind it all", sizeof(struct user), 0, -EIO },
	{ "far away", -8ul, 0, -EIO },
	{ "cs 0", REG(cs), 0, -EIO },
	{ "kernel's cs", REG(cs), 0x10, -EIO },
	{ "kernel's ss", REG(ss), 0x18, -EIO },
	{ "kernel's ds", REG(ds), 0x18, -EIO },
	{ "fs_base in the kernel", REG(fs_base), -4096ul, -EIO },
	{ "gs_base not canonical", REG(gs_base), 1ul << 47, -EIO },
	{ "fs_base", REG(fs_base), 0x1000, 0 },
	{ "r15", REG(r15), -1ul, 0 },
};

static void user_poke_row(const void *row)
{
	const struct user_poke *u = row;
	pid_t pid = traced(nothing);
	unsigned long seen;

	RET(pt(PTRACE_POKEUSR, pid, u->addr, u->value), u->ret);
	if (!u->ret) {
		RET(pt(PTRACE_PEEKUSR, pid, u->addr, (unsigned long)&seen),
		    0);
		EQ(seen, u->value);
	}
	end(pid);
}
TEST_TABLE("POKEUSER", user_pokes, user_poke_row);

TEST("flags: what popf may set, no more")
{
	pid_t pid = traced(nothing);
	unsigned long seen;

	RET(pt(PTRACE_POKEUSR, pid, REG(eflags), -1ul), 0);
	RET(pt(PTRACE_PEEKUSR, pid, REG(eflags), (unsigned long)&seen), 0);
	EQ(seen & 0x3000, 0);		/* IOPL */
	EQ(seen & 0x200, 0x200);	/* IF */
	EQ(seen & 0x1a0000, 0);		/* VM, VIF, VIP */
	end(pid);
}

struct bad_ip {
	const char *name;
	unsigned long ip;
};

static const struct bad_ip bad_ips[] = {
	{ "not canonical", 1ul << 47 }, { "not canonical, high", 1ul << 63 },
	{ "the kernel", 0xffffffff80200000 }, { "the last page", -4096ul },
	{ "where user memory ends", 0x7ffffffff000 }, { "0", 0 },
};

static void bad_ip_row(const void *row)
{
	const struct bad_ip *b = row;
	pid_t pid = traced(nothing);

	RET(pt(PTRACE_POKEUSR, pid, REG(orig_rax), -1), 0);
	RET(pt(PTRACE_POKEUSR, pid, REG(rip), b->ip), 0);
	RET(pt(PTRACE_POKEUSR, pid, REG(rsp), b->ip), 0);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, SIGSEGV);
	RET(pt(PTRACE_CONT, pid, 0, SIGSEGV), 0);
	EQ(news(pid) & 0x7f, SIGSEGV);
}
TEST_TABLE("rip", bad_ips, bad_ip_row);

TEST("rip set at the exit of a system call")
{
	pid_t pid = traced(two_calls);

	RET(pt(PTRACE_SYSCALL, pid, 0, 0), 0);
	STOP(pid, SIGTRAP);
	RET(pt(PTRACE_SYSCALL, pid, 0, 0), 0);
	STOP(pid, SIGTRAP);
	RET(pt(PTRACE_POKEUSR, pid, REG(rip), 1ul << 62), 0);
	RET(pt(PTRACE_POKEUSR, pid, REG(rcx), 1ul << 62), 0);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, SIGSEGV);
	end(pid);
}

TEST("regsets: whole, in part, unknown")
{
	pid_t pid = traced(nothing);
	struct user_regs_struct regs, part;
	struct user_fpregs_struct fp;
	struct iovec iov = { &regs, sizeof(regs) + 8 };
	unsigned long at = (unsigned long)&iov;

	RET(pt(PTRACE_GETREGSET, pid, NT_PRSTATUS, at), 0);
	EQ(iov.iov_len, sizeof(regs));
	iov = (struct iovec){ &part, 16 };
	RET(pt(PTRACE_GETREGSET, pid, NT_PRSTATUS, at), 0);
	EQ(iov.iov_len, 16);
	EQ(part.r15, regs.r15);
	EQ(part.r14, regs.r14);
	part.r14 = 77;
	RET(pt(PTRACE_SETREGSET, pid, NT_PRSTATUS, at), 0);
	RET(pt(PTRACE_GETREGS, pid, 0, (unsigned long)&part), 0);
	EQ(part.r14, 77);
	iov.iov_len = 12;
	RET(pt(PTRACE_GETREGSET, pid, NT_PRSTATUS, at), -EINVAL);
	iov.iov_len = 16;
	RET(pt(PTRACE_GETREGSET, pid, 0x7777, at), -EINVAL);
	RET(pt(PTRACE_GETREGSET, pid, NT_PRSTATUS, 8), -EFAULT);
	iov = (struct iovec){ &fp, sizeof(fp) };
	RET(pt(PTRACE_GETREGSET, pid, NT_PRFPREG, at), 0);
	fp.mxcsr = 0xffffffff;
	RET(pt(PTRACE_SETREGSET, pid, NT_PRFPREG, at), -EINVAL);
	RET(pt(PTRACE_SETFPREGS, pid, 0, (unsigned long)&fp), -EINVAL);
	RET(pt(PTRACE_GETREGS, pid, 0, 8), -EFAULT);
	RET(pt(PTRACE_SETREGS, pid, 0, 8), -EFAULT);
	end(pid);
}

static void load_xmm(void)
{
	long nr = SYS_kill;
	double x = 1.5;

	__asm__ volatile("movsd %1, %%xmm7\nsyscall\nmovsd %%xmm7, %1"
			 : "+a"(nr), "+m"(x) : "D"(getpid()), "S"(SIGUSR1)
			 : "rcx", "r11", "memory", "xmm7");
	_exit((int)x);
}

TEST("FPREGS: read and changed")
{
	pid_t pid = traced(load_xmm);
	struct user_fpregs_struct fp;
	double d;

	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, SIGUSR1);
	RET(pt(PTRACE_GETFPREGS, pid, 0, (unsigned long)&fp), 0);
	memcpy(&d, &fp.xmm_space[7 * 4], sizeof(d));
	OK(d == 1.5);
	d = 21;
	memcpy(&fp.xmm_space[7 * 4], &d, sizeof(d));
	RET(pt(PTRACE_SETFPREGS, pid, 0, (unsigned long)&fp), 0);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	ENDED(pid, 21);
}

/* ---- siginfo, mask ----------------------------------------------------- */

static void value_handler(int sig, siginfo_t *info, void *ctx)
{
	_exit(info->si_value.sival_int);
}

static void catch_value(void)
{
	struct sigaction sa = { .sa_sigaction = value_handler,
				.sa_flags = SA_SIGINFO };

	sigaction(SIGUSR1, &sa, NULL);
	sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 3 });
}

TEST("GETSIGINFO, SETSIGINFO")
{
	pid_t pid = traced(catch_value);
	siginfo_t info;
	unsigned long at = (unsigned long)&info;

	RET(pt(PTRACE_GETSIGINFO, pid, 0, at), 0);
	EQ(info.si_signo, SIGSTOP);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, SIGUSR1);
	RET(pt(PTRACE_GETSIGINFO, pid, 0, at), 0);
	EQ(info.si_code, SI_QUEUE);
	EQ(info.si_value.sival_int, 3);
	info.si_value.sival_int = 13;
	RET(pt(PTRACE_SETSIGINFO, pid, 0, at), 0);
	RET(pt(PTRACE_SETSIGINFO, pid, 0, 8), -EFAULT);
	RET(pt(PTRACE_CONT, pid, 0, SIGUSR1), 0);
	ENDED(pid, 13);
}

TEST("GETSIGMASK, SETSIGMASK")
{
	pid_t pid = traced(catch_usr1);
	unsigned long mask = -1, at = (unsigned long)&mask;

	RET(pt(PTRACE_GETSIGMASK, pid, 4, at), -EINVAL);
	RET(pt(PTRACE_SETSIGMASK, pid, 8, at), 0);
	RET(pt(PTRACE_GETSIGMASK, pid, 8, at), 0);
	EQ(mask & (1 << (SIGKILL - 1) | 1 << (SIGSTOP - 1)), 0);
	EQ(mask & 1, 1);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	ENDED(pid, 0);		/* SIGUSR1 was blocked */
}

/* ---- events ------------------------------------------------------------ */

static void fork_one(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(4);
	waitpid(pid, &status, 0);
	_exit(WEXITSTATUS(status));
}

static void vfork_one(void)
{
	int status;
	pid_t pid = vfork();

	if (!pid)
		_exit(4);
	waitpid(pid, &status, 0);
	_exit(WEXITSTATUS(status));
}

struct fork_event {
	const char *name;
	void (*fn)(void);
	int event;
};

static const struct fork_event fork_events[] = {
	{ "fork", fork_one, PTRACE_EVENT_FORK },
	{ "vfork", vfork_one, PTRACE_EVENT_VFORK },
};

static void fork_event_row(const void *row)
{
	const struct fork_event *e = row;
	pid_t pid = traced(e->fn);
	unsigned long child = 0;

	RET(pt(PTRACE_SETOPTIONS, pid, 0, 1 << e->event), 0);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, EVENT(e->event));
	RET(pt(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&child), 0);
	STOP(child, SIGSTOP);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	RET(pt(PTRACE_CONT, child, 0, 0), 0);
	ENDED(child, 4);
	STOP(pid, SIGCHLD);
	RET(pt(PTRACE_CONT, pid, 0, SIGCHLD), 0);
	ENDED(pid, 4);
}
TEST_TABLE("event", fork_events, fork_event_row);

TEST("event: VFORK_DONE, EXIT with its status")
{
	pid_t pid = traced(vfork_one);
	unsigned long message = 0;

	RET(pt(PTRACE_SETOPTIONS, pid, 0,
	       PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXIT), 0);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, EVENT(PTRACE_EVENT_VFORK_DONE));
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, SIGCHLD);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, EVENT(PTRACE_EVENT_EXIT));
	RET(pt(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&message), 0);
	EQ(message, 4 << 8);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	ENDED(pid, 4);
}

static void exec_self(void)
{
	char *argv[] = { "exe", "no such case", NULL };

	execve("/proc/self/exe", argv, argv + 2);
	_exit(9);
}

TEST("exec: SIGTRAP, or the event")
{
	pid_t pid = traced(exec_self);
	unsigned long message = 0;

	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, SIGTRAP);
	end(pid);
	pid = traced(exec_self);
	RET(pt(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXEC), 0);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, EVENT(PTRACE_EVENT_EXEC));
	RET(pt(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&message), 0);
	EQ(message, pid);
	end(pid);
}

/* ---- threads ----------------------------------------------------------- */

static char thread_stack[16384] __attribute__((aligned(16)));
static volatile int thread_end;

static int thread_fn(void *arg)
{
	while (!thread_end)
		sys(sched_yield);
	sys(exit, 0);
	return 0;
}

static void make_thread(void)
{
	clone(thread_fn, thread_stack + sizeof(thread_stack), CLONE_VM |
	      CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
	      CLONE_SYSVSEM, NULL);
	thread_end = 1;
	for (;;)
		pause();
}

TEST("a thread: its event, its own end, then the group's")
{
	pid_t pid = traced(make_thread);
	unsigned long tid = 0;
	int status;

	RET(pt(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACECLONE), 0);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	STOP(pid, EVENT(PTRACE_EVENT_CLONE));
	RET(pt(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&tid), 0);
	STOP(tid, SIGSTOP);
	RET(sys(wait4, tid, &status, WALL | WNOHANG, NULL), 0);
	RET(pt(PTRACE_CONT, tid, 0, 0), 0);
	RET(pt(PTRACE_CONT, pid, 0, 0), 0);
	ENDED(tid, 0);
	RET(sys(wait4, tid, &status, WALL | WNOHANG, NULL), -ECHILD);
	end(pid);
}

TEST("a tracer that never waits for a thread that ended")
{
	pid_t tracer = fork(), pid;
	unsigned long tid = 0;
	int status;

	if (!tracer) {
		pid = traced(make_thread);
		pt(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACECLONE |
		   PTRACE_O_EXITKILL);
		pt(PTRACE_CONT, pid, 0, 0);
		STOP(pid, EVENT(PTRACE_EVENT_CLONE));
		pt(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&tid);
		STOP(tid, SIGSTOP);
		pt(PTRACE_CONT, tid, 0, 0);
		pt(PTRACE_CONT, pid, 0, 0);
		for (;;) {	/* a zombie can be asked for, not collected */
			siginfo_t info = { .si_pid = 0 };

			sys(waitid, P_PID, tid, &info,
			    WEXITED | WNOWAIT | WALL, NULL);
			if (info.si_pid == (pid_t)tid)
				_exit(0);
		}
	}
	RET(sys(wait4, tracer, &status, 0, NULL), tracer);
	EQ(status, 0);
}
