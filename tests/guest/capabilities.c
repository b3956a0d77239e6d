/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Capabilities: the five sets as setuid, exec, capset and prctl move them, and
 * what single ones allow; what else prctl keeps about a task.
 */
#include "test.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

#define BIT(c) (1ul << (c))

struct sets {
	unsigned long eff, prm, inh;
};

static long get(struct sets *s)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = { { .effective = 0 } };
	long ret = sys(capget, &h, d);

	*s = (struct sets){
		d[0].effective | (unsigned long)d[1].effective << 32,
		d[0].permitted | (unsigned long)d[1].permitted << 32,
		d[0].inheritable | (unsigned long)d[1].inheritable << 32 };
	return ret;
}

static long set(unsigned long eff, unsigned long prm, unsigned long inh)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = {
		{ eff, prm, inh }, { eff >> 32, prm >> 32, inh >> 32 } };

	return sys(capset, &h, d);
}

static unsigned long effective(void)
{
	struct sets s;

	RET(get(&s), 0);
	return s.eff;
}

static unsigned long all(void)
{
	char buf[64];

	slurp("/proc/sys/kernel/cap_last_cap", buf, sizeof(buf));
	return (2ul << atoi(buf)) - 1;
}

/* Only these, in effect and permitted, as uid 1000. */
static void user_with(unsigned long caps)
{
	RET(prctl(PR_SET_KEEPCAPS, 1), 0);
	RET(sys(setresgid, 1000, 1000, 1000), 0);
	RET(sys(setresuid, 1000, 1000, 1000), 0);
	RET(set(caps, caps, 0), 0);
	prctl(PR_SET_DUMPABLE, 1);
}

/* ---- the sets ---------------------------------------------------------- */

TEST("root has all, none inheritable; status agrees")
{
	char buf[4096], line[64];
	struct sets s;

	RET(get(&s), 0);
	EQ(s.eff, all());
	EQ(s.prm, all());
	EQ(s.inh, 0);
	slurp("/proc/self/status", buf, sizeof(buf));
	sprintf(line, "CapEff:\t%016lx\n", all());
	OK(strstr(buf, line) != NULL);
	sprintf(line, "CapBnd:\t%016lx\n", all());
	OK(strstr(buf, line) != NULL);
}

TEST("capget, capset: versions, pids, pointers")
{
	struct __user_cap_header_struct h = { 7, 0 };
	struct __user_cap_data_struct d[2];

	RET(sys(capget, &h, NULL), 0);
	EQ(h.version, _LINUX_CAPABILITY_VERSION_3);
	h.version = 7;
	RET(sys(capget, &h, d), -EINVAL);
	h.version = 7;
	RET(sys(capset, &h, d), -EINVAL);
	RET(sys(capget, 8, d), -EFAULT);
	RET(sys(capget, &h, 8), -EFAULT);
	RET(sys(capget, &h, NULL), 0);
	h.pid = -1;
	RET(sys(capget, &h, d), -EINVAL);
	h.pid = 99999;
	RET(sys(capget, &h, d), -ESRCH);
	RET(sys(capset, &h, d), -EPERM);
	h.pid = 1;
	RET(sys(capget, &h, d), 0);
	RET(sys(capset, &h, d), -EPERM);
	h.pid = getpid();
	RET(sys(capset, &h, 8), -EFAULT);
	h.version = _LINUX_CAPABILITY_VERSION_1;
	RET(sys(capget, &h, d), 0);
	EQ(d[0].effective, (unsigned)all());
}

struct capset_row {
	const char *name;
	unsigned long eff, prm, inh;
	long ret;
};

/* From effective 7, permitted 15, inheritable 0. */
static const struct capset_row capsets[] = {
	{ "less", 1, 3, 0, 0 },
	{ "all that is permitted", 15, 15, 0, 0 },
	{ "effective beyond permitted", 16, 15, 0, -EPERM },
	{ "effective beyond the new permitted", 3, 1, 0, -EPERM },
	{ "permitted grows", 7, 31, 0, -EPERM },
	{ "inheritable from permitted", 7, 15, 8, 0 },
	{ "inheritable from nowhere", 7, 15, 16, -EPERM },
	{ "unknown bits do not matter", BIT(63) | 1, BIT(63) | 1, 0, 0 },
};

static void capset_row(const void *row)
{
	const struct capset_row *c = row;
	struct sets s;

	RET(set(7, 15, 0), 0);
	RET(set(c->eff, c->prm, c->inh), c->ret);
	RET(get(&s), 0);
	EQ(s.eff, c->ret ? 7 : c->eff & all());
	EQ(s.prm, c->ret ? 15 : c->prm & all());
	EQ(s.inh, c->ret ? 0 : c->inh);
}
TEST_TABLE("capset", capsets, capset_row);

TEST("setuid away from 0 and back")
{
	struct sets s;

	RET(sys(setresuid, -1, 1000, -1), 0);
	RET(get(&s), 0);
	EQ(s.eff, 0);
	EQ(s.prm, all());
	RET(sys(setresuid, -1, 0, -1), 0);
	EQ(effective(), all());
	RET(sys(setresuid, 1000, 1000, 1000), 0);
	RET(get(&s), 0);
	EQ(s.prm, 0);
	RET(sys(setresuid, 0, 0, 0), -EPERM);
}

TEST("KEEPCAPS: permitted stays, effective does not; exec forgets it")
{
	struct sets s;

	RET(prctl(PR_GET_KEEPCAPS), 0);
	RET(sys(prctl, PR_SET_KEEPCAPS, 2, 0, 0, 0), -EINVAL);
	RET(prctl(PR_SET_KEEPCAPS, 1), 0);
	RET(prctl(PR_GET_KEEPCAPS), 1);
	RET(sys(setresuid, 1000, 1000, 1000), 0);
	RET(get(&s), 0);
	EQ(s.eff, 0);
	EQ(s.prm, all());
	RET(set(BIT(CAP_KILL), BIT(CAP_KILL), 0), 0);
	EQ(effective(), BIT(CAP_KILL));
}

TEST("securebits: no fixup, locks")
{
	RET(sys(prctl, PR_SET_SECUREBITS, 1 << 20, 0, 0, 0), -EPERM);
	RET(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP |
		  SECBIT_NO_SETUID_FIXUP_LOCKED), 0);
	RET(sys(prctl, PR_SET_SECUREBITS, 0, 0, 0, 0), -EPERM);
	RET(prctl(PR_GET_SECUREBITS), SECBIT_NO_SETUID_FIXUP |
	    SECBIT_NO_SETUID_FIXUP_LOCKED);
	RET(sys(setresuid, 1000, 1000, 1000), 0);
	EQ(effective(), all());
}

/* ---- exec -------------------------------------------------------------- */

/* What exec left, told by the new program before anything else. */
__attribute__((constructor)) static void show(void)
{
	struct sets s;

	if (!getenv("SHOW_CAPS"))
		return;
	get(&s);
	if (s.eff == BIT(CAP_KILL) && s.prm == BIT(CAP_KILL))
		_exit(40);
	_exit(!s.eff && !s.prm ? 41 : s.eff == all() ? 42 :
	      s.eff == (all() & ~BIT(CAP_SYS_TIME)) ? 43 : 44);
}

static int after_exec(void (*prepare)(void))
{
	char *argv[] = { "exe", NULL }, *envp[] = { "SHOW_CAPS=1", NULL };
	int status;
	pid_t pid = fork();

	if (!pid) {
		prepare();
		execve("/proc/self/exe", argv, envp);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void stay_root(void)
{
	set(0, 0, 0);
}

static void root_bounded(void)
{
	RET(sys(prctl, PR_CAPBSET_DROP, CAP_SYS_TIME, 0, 0, 0), 0);
	RET(sys(prctl, PR_CAPBSET_READ, CAP_SYS_TIME, 0, 0, 0), 0);
}

static void keep_and_exec(void)
{
	user_with(BIT(CAP_KILL));
}

static void ambient_and_exec(void)
{
	user_with(BIT(CAP_KILL));
	RET(sys(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0),
	    -EPERM);
	RET(set(BIT(CAP_KILL), BIT(CAP_KILL), BIT(CAP_KILL)), 0);
	RET(sys(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0),
	    0);
	RET(sys(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0),
	    1);
}

static void noroot(void)
{
	RET(sys(prctl, PR_SET_SECUREBITS, SECBIT_NOROOT, 0, 0, 0), 0);
}

struct exec_row {
	const char *name;
	void (*prepare)(void);
	int seen;
};

static const struct exec_row execs[] = {
	{ "root gets all again", stay_root, 42 },
	{ "but for the bounding set", root_bounded, 43 },
	{ "a user loses what he kept", keep_and_exec, 41 },
	{ "but for the ambient set", ambient_and_exec, 40 },
	{ "root under SECBIT_NOROOT", noroot, 41 },
};

static void exec_row(const void *row)
{
	const struct exec_row *e = row;

	EQ(after_exec(e->prepare), e->seen);
}
TEST_TABLE("exec", execs, exec_row);

/* ---- what one alone allows --------------------------------------------- */

static pid_t root_child;

static long try_kill(void) { return sys(kill, root_child, 0); }
static long try_nice(void) { return sys(setpriority, 0, 0, -5); }
static long try_setuid(void) { return sys(setuid, 0); }
static long try_setgid(void) { return sys(setgid, 0); }
static long try_groups(void) { return sys(setgroups, 0, NULL); }
static long try_chown(void) { return sys(chown, "/tmp/cap", 1000, 1000); }
static long try_chmod(void) { return sys(chmod, "/tmp/cap", 0700); }
static long try_open(void)
{
	long fd = sys(open, "/tmp/cap", O_RDWR);

	return fd < 0 ? fd : 0;
}
static long try_open_read(void)
{
	long fd = sys(open, "/tmp/cap", O_RDONLY);

	return fd < 0 ? fd : 0;
}
static long try_mknod(void)
{
	return sys(mknod, "/tmp/capdev", S_IFCHR | 0600, 0x103);
}
static long try_lock(void)
{
	set_limit(RLIMIT_MEMLOCK, 0, 0);
	return lock(map(1), PAGE);
}
static long try_trace(void)
{
	char c;
	struct { void *p; long n; } v = { &c, 1 }, r = { &root_child, 1 };

	long n = sys(process_vm_readv, root_child, &v, 1, &r, 1, 0);

	return n == 1 ? 0 : n;
}
static long try_limit(void)
{
	struct rlimit r = { 0, 0 };

	sys(setrlimit, RLIMIT_CORE, &r);
	r.rlim_max = 4096;
	return sys(setrlimit, RLIMIT_CORE, &r);
}
static long try_name(void) { return sys(sethostname, "x", 1); }
static long try_chroot(void) { return sys(chroot, "/"); }
static long try_bset(void) { return sys(prctl, PR_CAPBSET_DROP, 40, 0, 0, 0); }

struct single {
	const char *name;
	int cap;
	long (*call)(void);
	long without;
};

static const struct single singles[] = {
	{ "KILL: kill", CAP_KILL, try_kill, -EPERM },
	{ "SYS_NICE: setpriority", CAP_SYS_NICE, try_nice, -EACCES },
	{ "SETUID: setuid", CAP_SETUID, try_setuid, -EPERM },
	{ "SETGID: setgid", CAP_SETGID, try_setgid, -EPERM },
	{ "SETGID: setgroups", CAP_SETGID, try_groups, -EPERM },
	{ "CHOWN: chown", CAP_CHOWN, try_chown, -EPERM },
	{ "FOWNER: chmod", CAP_FOWNER, try_chmod, -EPERM },
	{ "DAC_OVERRIDE: open", CAP_DAC_OVERRIDE, try_open, -EACCES },
	{ "DAC_READ_SEARCH: open", CAP_DAC_READ_SEARCH, try_open_read,
	  -EACCES },
	{ "MKNOD: mknod", CAP_MKNOD, try_mknod, -EPERM },
	{ "IPC_LOCK: mlock", CAP_IPC_LOCK, try_lock, -EPERM },
	{ "SYS_PTRACE: process_vm_readv", CAP_SYS_PTRACE, try_trace, -EPERM },
	{ "SYS_RESOURCE: setrlimit", CAP_SYS_RESOURCE, try_limit, -EPERM },
	{ "SYS_ADMIN: sethostname", CAP_SYS_ADMIN, try_name, -EPERM },
	{ "SYS_CHROOT: chroot", CAP_SYS_CHROOT, try_chroot, -EPERM },
	{ "SETPCAP: drop from the bounding set", CAP_SETPCAP, try_bset,
	  -EPERM },
};

struct single_try {
	const struct single *s;
	bool with;
};

static void single_child(void *arg)
{
	const struct single_try *t = arg;
	const struct single *s = t->s;
	int fd;

	sys(unlink, "/tmp/capdev");
	sys(unlink, "/tmp/cap");
	fd = sys(open, "/tmp/cap", O_CREAT | O_RDWR, 0600);
	close(fd);
	user_with(t->with ? BIT(s->cap) : all() & ~BIT(s->cap) &
		  ~BIT(CAP_DAC_OVERRIDE) & ~BIT(CAP_DAC_READ_SEARCH));
	RET(s->call(), t->with ? 0 : s->without);
}

static void single_row(const void *row)
{
	sys(chmod, "/tmp", 01777);
	root_child = fork();
	if (!root_child)
		for (;;)
			pause();
	EQ(in_child(single_child, &(struct single_try){ row, true }), 0);
	EQ(in_child(single_child, &(struct single_try){ row, false }), 0);
	kill(root_child, SIGKILL);
	waitpid(root_child, NULL, 0);
}
TEST_TABLE("alone and all but", singles, single_row);

TEST("access(2) asks for the real uid")
{
	int fd = sys(open, "/tmp/cap2", O_CREAT | O_RDWR, 0600);

	close(fd);
	RET(sys(setresuid, 0, 1000, 0), 0);
	RET(sys(access, "/tmp/cap2", R_OK), 0);
	RET(sys(open, "/tmp/cap2", O_RDONLY), -EACCES);
	RET(sys(setresuid, 1000, 0, 0), 0);
	RET(sys(access, "/tmp/cap2", R_OK), -EACCES);
	OK(sys(open, "/tmp/cap2", O_RDONLY) >= 0);
}

static void look_at_stronger(void *arg)
{
	char c;
	struct { void *p; long n; } v = { &c, 1 }, r = { &root_child, 1 };

	user_with(0);
	RET(sys(process_vm_readv, *(pid_t *)arg, &v, 1, &r, 1, 0), -EPERM);
}

TEST("nobody looks into who has more capabilities")
{
	int ready[2];
	pid_t pid;
	char c;

	RET(sys(pipe2, ready, 0), 0);
	pid = fork();
	if (!pid) {
		user_with(BIT(CAP_KILL));
		write(ready[1], "x", 1);
		for (;;)
			pause();
	}
	read(ready[0], &c, 1);
	EQ(in_child(look_at_stronger, &pid), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- prctl ------------------------------------------------------------- */

struct prctl_row {
	const char *name;
	int option;
	unsigned long arg2, arg3;
	long ret;
};

static const struct prctl_row prctls[] = {
	{ "unknown", 99999, 0, 0, -EINVAL },
	{ "CAPBSET_READ beyond", PR_CAPBSET_READ, 64, 0, -EINVAL },
	{ "CAPBSET_DROP beyond", PR_CAPBSET_DROP, 64, 0, -EINVAL },
	{ "CAP_AMBIENT unknown", PR_CAP_AMBIENT, 9, 0, -EINVAL },
	{ "CAP_AMBIENT beyond", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 64,
	  -EINVAL },
	{ "CAP_AMBIENT clear all", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL,
	  0, 0 },
	{ "CAP_AMBIENT clear all, with one", PR_CAP_AMBIENT,
	  PR_CAP_AMBIENT_CLEAR_ALL, 1, -EINVAL },
	{ "DUMPABLE 2", PR_SET_DUMPABLE, 2, 0, -EINVAL },
	{ "PDEATHSIG 65", PR_SET_PDEATHSIG, 65, 0, -EINVAL },
	{ "NO_NEW_PRIVS 0", PR_SET_NO_NEW_PRIVS, 0, 0, -EINVAL },
	{ "NO_NEW_PRIVS 1, 1", PR_SET_NO_NEW_PRIVS, 1, 1, -EINVAL },
	{ "GET_NO_NEW_PRIVS, 1", PR_GET_NO_NEW_PRIVS, 1, 0, -EINVAL },
	{ "GET_TIMERSLACK", PR_GET_TIMERSLACK, 0, 0, 50000 },
	{ "GET_TIMING", PR_GET_TIMING, 0, 0, 0 },
	{ "SET_TIMING", PR_SET_TIMING, 1, 0, -EINVAL },
	{ "GET_SECCOMP", PR_GET_SECCOMP, 0, 0, 0 },
	{ "GET_CHILD_SUBREAPER nowhere", PR_GET_CHILD_SUBREAPER, 8, 0,
	  -EFAULT },
	{ "GET_PDEATHSIG nowhere", PR_GET_PDEATHSIG, 8, 0, -EFAULT },
	{ "GET_TSC nowhere", PR_GET_TSC, 8, 0, -EFAULT },
	{ "SET_NAME nowhere", PR_SET_NAME, 8, 0, -EFAULT },
};

static void prctl_row(const void *row)
{
	const struct prctl_row *p = row;

	RET(sys(prctl, p->option, p->arg2, p->arg3, 0, 0), p->ret);
}
TEST_TABLE("prctl", prctls, prctl_row);

TEST("a new effective id ends PDEATHSIG; a real one does not")
{
	int sig = 0;

	RET(sys(prctl, PR_SET_PDEATHSIG, SIGUSR1), 0);
	RET(sys(setresuid, 1000, -1, -1), 0);
	RET(sys(prctl, PR_GET_PDEATHSIG, &sig), 0);
	EQ(sig, SIGUSR1);
	RET(sys(setresuid, -1, 1000, -1), 0);
	RET(sys(prctl, PR_GET_PDEATHSIG, &sig), 0);
	EQ(sig, 0);
}

TEST("NO_NEW_PRIVS and the timer slack pass to children")
{
	int status;

	RET(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	RET(prctl(PR_SET_TIMERSLACK, 7), 0);
	if (!fork())
		_exit(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) * 10 +
		      prctl(PR_GET_TIMERSLACK));
	wait(&status);
	EQ(WEXITSTATUS(status), 17);
}

TEST("CHILD_SUBREAPER gets the orphans")
{
	int is = 0, fds[2], status;
	pid_t pid = -1, first;

	RET(sys(pipe2, fds, 0), 0);
	RET(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	RET(prctl(PR_GET_CHILD_SUBREAPER, &is), 0);
	EQ(is, 1);
	first = fork();
	if (!first) {
		pid = fork();
		if (!pid) {
			pid = getpid();
			write(fds[1], &pid, sizeof(pid));
			_exit(5);
		}
		_exit(0);
	}
	RET(sys(read, fds[0], &pid, sizeof(pid)), sizeof(pid));
	RET(sys(wait4, first, &status, 0, NULL), first);
	RET(sys(wait4, pid, &status, 0, NULL), pid);
	EQ(status, 5 << 8);
}
