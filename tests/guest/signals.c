/* run: --mem 128M */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signals: handlers and their arguments, faults with si_addr and si_code,
 * masks, restarting calls, the alternate stack, default actions.
 */
#include "test.h"

#include <time.h>
#include <ucontext.h>

static volatile sig_atomic_t got, got_code, got_pid;
static void *volatile got_addr;
static volatile int order[8], norder;

static void handler(int sig, siginfo_t *info, void *uc)
{
	(void)uc;
	got = sig;
	got_code = info->si_code;
	got_pid = info->si_pid;
	got_addr = info->si_addr;
	if (norder < 8)
		order[norder++] = sig;
}

static void catch(int sig, int flags)
{
	struct sigaction sa = { .sa_sigaction = handler,
				.sa_flags = SA_SIGINFO | flags };

	EQ(sigaction(sig, &sa, NULL), 0);
}

/* ---- default actions --------------------------------------------------- */

struct fate {
	const char *name;
	int sig;
	int ends;	/* 0: ignored */
};

static const struct fate fates[] = {
	{ "HUP", SIGHUP, SIGHUP }, { "INT", SIGINT, SIGINT },
	{ "QUIT", SIGQUIT, SIGQUIT }, { "ILL", SIGILL, SIGILL },
	{ "TRAP", SIGTRAP, SIGTRAP }, { "ABRT", SIGABRT, SIGABRT },
	{ "BUS", SIGBUS, SIGBUS }, { "FPE", SIGFPE, SIGFPE },
	{ "KILL", SIGKILL, SIGKILL }, { "USR1", SIGUSR1, SIGUSR1 },
	{ "SEGV", SIGSEGV, SIGSEGV }, { "USR2", SIGUSR2, SIGUSR2 },
	{ "PIPE", SIGPIPE, SIGPIPE }, { "ALRM", SIGALRM, SIGALRM },
	{ "TERM", SIGTERM, SIGTERM }, { "CHLD", SIGCHLD, 0 },
	{ "CONT", SIGCONT, 0 }, { "URG", SIGURG, 0 },
	{ "WINCH", SIGWINCH, 0 }, { "real-time 40", 40, 40 },
};

static void raise_it(void *sig)
{
	kill(getpid(), *(const int *)sig);
}

static void fate_row(const void *row)
{
	const struct fate *f = row;
	int sig = f->sig;

	set_limit(RLIMIT_CORE, 0, 0);
	expect_death(raise_it, &sig, f->ends);
}
TEST_TABLE("default action", fates, fate_row);

static void ignored_row(const void *row)
{
	const struct fate *f = row;
	int sig = f->sig;

	if (sig == SIGCHLD)	/* then children leave no status */
		return;
	set_limit(RLIMIT_CORE, 0, 0);
	if (sig != SIGKILL)
		OK(signal(sig, SIG_IGN) != SIG_ERR);
	expect_death(raise_it, &sig, sig == SIGKILL ? SIGKILL : 0);
}
TEST_TABLE("ignored", fates, ignored_row);

/* ---- faults ------------------------------------------------------------ */

TEST("SIGSEGV of an unmapped address: SEGV_MAPERR")
{
	void *addr;
	int code;

	EQ(probe_read(AT(7) + 123, &addr, &code), SIGSEGV);
	EQ(addr, AT(7) + 123);
	EQ(code, SEGV_MAPERR);
}

TEST("SIGSEGV of a write to read-only memory: SEGV_ACCERR")
{
	char *p = map_at(AT(0), 1, PROT_READ, ANON, -1, 0);
	void *addr;
	int code;

	EQ(probe_write(p + 99, &addr, &code), SIGSEGV);
	EQ(addr, p + 99);
	EQ(code, SEGV_ACCERR);
	EQ(probe_read(p + 99, NULL, NULL), 0);
}

TEST("SIGSEGV of a null pointer")
{
	void *addr = AT(0);
	int code;

	EQ(probe_read((char *)8, &addr, &code), SIGSEGV);
	EQ(addr, 8);
	EQ(code, SEGV_MAPERR);
}

TEST("SIGSEGV of a kernel address: its own code, no contents")
{
	void *addr;
	int code;

	EQ(probe_read((char *)0xffffffff81000000ul, &addr, &code), SIGSEGV);
	EQ(probe_write((char *)0xffff888000000000ul, &addr, &code), SIGSEGV);
}

TEST("a non-canonical address: SIGSEGV, SI_KERNEL, address 0")
{
	void *addr = AT(0);
	int code = 0;

	EQ(probe_read((char *)0x0800000000000000ul, &addr, &code), SIGSEGV);
	EQ(code, SI_KERNEL);
	EQ(addr, 0);
}

TEST("SIGBUS past the end of a file: BUS_ADRERR")
{
	char *p = map_at(AT(0), 2, RW, MAP_SHARED, make_memfd(1), 0);
	void *addr;
	int code;

	EQ(probe_write(p + PAGE + 1, &addr, &code), SIGBUS);
	EQ(addr, p + PAGE + 1);
	EQ(code, BUS_ADRERR);
}

static void run_page(void *p) { ((void (*)(void))p)(); }

TEST("executing data: SIGSEGV")
{
	char *p = map(1);

	p[0] = (char)0xc3;	/* ret */
	set_limit(RLIMIT_CORE, 0, 0);
	expect_death(run_page, p, SIGSEGV);
	RET(protect(p, PAGE, PROT_READ | PROT_EXEC), 0);
	expect_death(run_page, p, 0);
}

static void divide(void *arg)
{
	__asm__ volatile("xor %%edx, %%edx; mov $1, %%eax; divl %0"
			 : : "m"(*(int *)arg) : "eax", "edx");
}

static void illegal(void *arg)
{
	(void)arg;
	__asm__ volatile("ud2");
}

static void privileged(void *arg)
{
	(void)arg;
	__asm__ volatile("hlt");
}

static void breakpoint(void *arg)
{
	(void)arg;
	__asm__ volatile("int3");
}

TEST("a division by zero: SIGFPE")
{
	int zero = 0;

	set_limit(RLIMIT_CORE, 0, 0);
	expect_death(divide, &zero, SIGFPE);
}

TEST("an undefined instruction: SIGILL")
{
	set_limit(RLIMIT_CORE, 0, 0);
	expect_death(illegal, NULL, SIGILL);
}

TEST("a privileged instruction: SIGSEGV")
{
	set_limit(RLIMIT_CORE, 0, 0);
	expect_death(privileged, NULL, SIGSEGV);
}

TEST("a breakpoint: SIGTRAP")
{
	set_limit(RLIMIT_CORE, 0, 0);
	expect_death(breakpoint, NULL, SIGTRAP);
}

static char *nowhere = (char *)16;

static void blocked_fault(void *arg)
{
	sigset_t all;

	(void)arg;
	catch(SIGSEGV, 0);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	touch(nowhere, 1);
}

static void ignored_fault(void *arg)
{
	(void)arg;
	signal(SIGSEGV, SIG_IGN);
	touch(nowhere, 1);
}

TEST("a fault whose signal is blocked or ignored kills")
{
	set_limit(RLIMIT_CORE, 0, 0);
	expect_death(blocked_fault, NULL, SIGSEGV);
	expect_death(ignored_fault, NULL, SIGSEGV);
}

static char *fix_page;

static void fix(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)uc;
	got_addr = info->si_addr;
	protect(fix_page, PAGE, RW);
}

TEST("a handler repairs the cause and the instruction runs again")
{
	struct sigaction sa = { .sa_sigaction = fix, .sa_flags = SA_SIGINFO };

	fix_page = map_at(AT(0), 1, PROT_NONE, ANON, -1, 0);
	EQ(sigaction(SIGSEGV, &sa, NULL), 0);
	fix_page[3] = 42;
	EQ(fix_page[3], 42);
	EQ(got_addr, fix_page + 3);
}

static void skip_fault(int sig, siginfo_t *info, void *uc)
{
	ucontext_t *u = uc;

	(void)sig;
	(void)info;
	u->uc_mcontext.gregs[REG_RIP] += 2;	/* ud2 */
	u->uc_mcontext.gregs[REG_RBX] = 0x1234;
}

TEST("a handler may change the registers it returns to")
{
	struct sigaction sa = { .sa_sigaction = skip_fault,
				.sa_flags = SA_SIGINFO };
	long rbx = 0;

	EQ(sigaction(SIGILL, &sa, NULL), 0);
	__asm__ volatile("xor %%ebx, %%ebx; ud2; mov %%rbx, %0"
			 : "=r"(rbx) : : "rbx");
	EQ(rbx, 0x1234);
}

/* ---- sending, masks ---------------------------------------------------- */

TEST("kill tells who sent it")
{
	catch(SIGUSR1, 0);
	EQ(kill(getpid(), SIGUSR1), 0);
	EQ(got, SIGUSR1);
	EQ(got_code, SI_USER);
	EQ(got_pid, getpid());
}

TEST("kill with signal 0 only asks")
{
	EQ(kill(getpid(), 0), 0);
	RET(sys(kill, 1 << 29, 0), -ESRCH);
	RET(sys(kill, getpid(), 65), -EINVAL);
	RET(sys(kill, getpid(), -1), -EINVAL);
}

TEST("a blocked signal waits until it is unblocked")
{
	sigset_t set, pending;

	catch(SIGUSR1, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	EQ(got, 0);
	EQ(sigpending(&pending), 0);
	OK(sigismember(&pending, SIGUSR1));
	EQ(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
	EQ(got, SIGUSR1);
	EQ(norder, 1);
}

TEST("a handler's mask blocks, and is undone")
{
	struct sigaction sa = { .sa_sigaction = handler,
				.sa_flags = SA_SIGINFO };
	sigset_t now;

	sigaddset(&sa.sa_mask, SIGUSR2);
	EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	kill(getpid(), SIGUSR1);
	EQ(sigprocmask(SIG_BLOCK, NULL, &now), 0);
	OK(!sigismember(&now, SIGUSR2) && !sigismember(&now, SIGUSR1));
}

TEST("KILL and STOP cannot be caught or blocked")
{
	struct sigaction sa = { .sa_sigaction = handler };
	sigset_t set;

	RET(sigaction(SIGKILL, &sa, NULL), -1);
	EQ(errno, EINVAL);
	RET(sigaction(SIGSTOP, &sa, NULL), -1);
	sigfillset(&set);
	EQ(sigprocmask(SIG_SETMASK, &set, NULL), 0);
	EQ(sigprocmask(SIG_SETMASK, NULL, &set), 0);
	OK(!sigismember(&set, SIGKILL) && !sigismember(&set, SIGSTOP));
}

TEST("pending signals are delivered lowest number first")
{
	sigset_t set, old;

	catch(SIGUSR1, 0);
	catch(SIGTERM, 0);
	catch(SIGHUP, 0);
	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, &old);
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGHUP);
	sigprocmask(SIG_SETMASK, &old, NULL);
	EQ(norder, 3);
	/* Frames stack up: the last one set up runs first. */
	EQ(order[0], SIGTERM);
	EQ(order[1], SIGUSR1);
	EQ(order[2], SIGHUP);
}

TEST("SA_RESETHAND: one time only")
{
	catch(SIGUSR1, SA_RESETHAND);
	kill(getpid(), SIGUSR1);
	EQ(got, SIGUSR1);
	expect_death(raise_it, (int[]){ SIGUSR1 }, SIGUSR1);
}

TEST("sigsuspend waits with another mask and restores the old one")
{
	sigset_t set, old;

	catch(SIGUSR1, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGUSR1);
	sigemptyset(&set);
	EQ(sigsuspend(&set), -1);
	EQ(errno, EINTR);
	EQ(got, SIGUSR1);
	sigprocmask(SIG_BLOCK, NULL, &old);
	OK(sigismember(&old, SIGUSR1));
}

/* ---- interrupted calls ------------------------------------------------- */

/* A child that signals its parent after a while, then writes to the pipe. */
static pid_t prodder(int fd, bool write_too)
{
	pid_t parent = getpid(), pid = fork();

	if (!pid) {
		usleep(20000);
		kill(parent, SIGUSR1);
		usleep(20000);
		if (write_too)
			write(fd, "x", 1);
		_exit(0);
	}
	return pid;
}

TEST("read: EINTR without SA_RESTART")
{
	int fds[2];
	char c;

	EQ(pipe(fds), 0);
	catch(SIGUSR1, 0);
	prodder(fds[1], false);
	RET(sys(read, fds[0], &c, 1), -EINTR);
	EQ(got, SIGUSR1);
}

TEST("read: restarted with SA_RESTART")
{
	int fds[2];
	char c;

	EQ(pipe(fds), 0);
	catch(SIGUSR1, SA_RESTART);
	prodder(fds[1], true);
	RET(sys(read, fds[0], &c, 1), 1);
	EQ(got, SIGUSR1);
	EQ(c, 'x');
}

TEST("wait4: restarted with SA_RESTART")
{
	int fds[2], status;
	pid_t pid;

	EQ(pipe(fds), 0);
	catch(SIGUSR1, SA_RESTART);
	pid = prodder(fds[1], true);
	RET(sys(wait4, pid, &status, 0, NULL), pid);
	EQ(got, SIGUSR1);
}

TEST("nanosleep: EINTR with the time that is left, restart or not")
{
	struct timespec t = { 100, 0 }, left = { 0, 0 };

	catch(SIGUSR1, SA_RESTART);
	prodder(-1, false);
	RET(sys(nanosleep, &t, &left), -EINTR);
	OK(left.tv_sec >= 50 && left.tv_sec < 100);
}

TEST("an ignored signal does not interrupt")
{
	int fds[2];
	char c;

	EQ(pipe(fds), 0);
	signal(SIGUSR1, SIG_IGN);
	prodder(fds[1], true);
	RET(sys(read, fds[0], &c, 1), 1);
}

TEST("pause ends with EINTR")
{
	catch(SIGUSR1, SA_RESTART);
	prodder(-1, false);
	RET(sys(pause), -EINTR);
	EQ(got, SIGUSR1);
}

/* ---- the alternate stack ----------------------------------------------- */

static char altstack[32768];
static volatile long sp_seen;

static void where(int sig)
{
	char here = sig;

	sp_seen = (long)&here;
}

TEST("sigaltstack: the handler runs on it")
{
	stack_t ss = { .ss_sp = altstack, .ss_size = sizeof(altstack) }, now;
	struct sigaction sa = { .sa_handler = where, .sa_flags = SA_ONSTACK };

	EQ(sigaltstack(&ss, NULL), 0);
	EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	kill(getpid(), SIGUSR1);
	OK(sp_seen >= (long)altstack &&
	   sp_seen < (long)altstack + (long)sizeof(altstack));
	EQ(sigaltstack(NULL, &now), 0);
	EQ(now.ss_sp, altstack);
	EQ(now.ss_flags, 0);
}

TEST("sigaltstack: without SA_ONSTACK it is not used")
{
	stack_t ss = { .ss_sp = altstack, .ss_size = sizeof(altstack) };

	EQ(sigaltstack(&ss, NULL), 0);
	signal(SIGUSR1, where);
	kill(getpid(), SIGUSR1);
	OK(sp_seen < (long)altstack ||
	   sp_seen >= (long)altstack + (long)sizeof(altstack));
}

TEST("sigaltstack: too small ENOMEM, bad flags EINVAL")
{
	stack_t ss = { .ss_sp = altstack, .ss_size = 100 };

	RET(sys(sigaltstack, &ss, NULL), -ENOMEM);
	ss.ss_size = sizeof(altstack);
	ss.ss_flags = 77;
	RET(sys(sigaltstack, &ss, NULL), -EINVAL);
}

static void overflow_handler(int sig)
{
	(void)sig;
	_exit(55);
}

static int deeper(volatile char *p, long left)
{
	volatile char page[4096];

	page[0] = *p;
	return left ? deeper(page, left - 1) + page[0] : 0;
}

TEST("sigaltstack: a handler survives the stack's overflow")
{
	stack_t ss = { .ss_sp = altstack, .ss_size = sizeof(altstack) };
	struct sigaction sa = { .sa_handler = overflow_handler,
				.sa_flags = SA_ONSTACK };
	int status;
	pid_t pid = fork();

	if (!pid) {
		char c = 0;

		set_limit(RLIMIT_STACK, 256 << 10, RLIM_INFINITY);
		sigaltstack(&ss, NULL);
		sigaction(SIGSEGV, &sa, NULL);
		_exit(deeper(&c, 1 << 20));
	}
	EQ(waitpid(pid, &status, 0), pid);
	OK(WIFEXITED(status));
	EQ(WEXITSTATUS(status), 55);
}

static void no_stack(void *arg)
{
	(void)arg;
	catch(SIGSEGV, 0);
	__asm__ volatile("mov $16, %rsp; push %rax");
}

TEST("a handler without a usable stack: killed by SIGSEGV")
{
	set_limit(RLIMIT_CORE, 0, 0);
	expect_death(no_stack, NULL, SIGSEGV);
}

/* ---- children ---------------------------------------------------------- */

TEST("SIGCHLD comes when a child ends")
{
	pid_t pid;
	int status;

	catch(SIGCHLD, SA_RESTART);
	pid = fork();
	if (!pid)
		_exit(0);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(got, SIGCHLD);
	EQ(got_pid, pid);
	EQ(got_code, CLD_EXITED);
}

TEST("SIGCHLD ignored: children leave no zombies")
{
	signal(SIGCHLD, SIG_IGN);
	if (!fork())
		_exit(0);
	EQ(wait(NULL), -1);
	EQ(errno, ECHILD);
}

static void inherits(void *arg)
{
	struct sigaction sa;

	(void)arg;
	sigaction(SIGUSR1, NULL, &sa);
	OK(sa.sa_sigaction == handler);
	sigaction(SIGUSR2, NULL, &sa);
	OK(sa.sa_handler == SIG_IGN);
}

TEST("fork keeps handlers and ignored signals")
{
	catch(SIGUSR1, 0);
	signal(SIGUSR2, SIG_IGN);
	in_child(inherits, NULL);
}

TEST("a stopped child is reported and continued")
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		kill(getpid(), SIGSTOP);
		_exit(6);
	}
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	OK(WIFSTOPPED(status));
	EQ(WSTOPSIG(status), SIGSTOP);
	EQ(waitpid(pid, &status, WNOHANG), 0);
	kill(pid, SIGCONT);
	EQ(waitpid(pid, &status, 0), pid);
	OK(WIFEXITED(status));
	EQ(WEXITSTATUS(status), 6);
}

TEST("a stopped child can be killed")
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		kill(getpid(), SIGSTOP);
		_exit(6);
	}
	EQ(waitpid(pid, &status, WUNTRACED), pid);
	kill(pid, SIGKILL);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(WTERMSIG(status), SIGKILL);
}
