// SPDX-License-Identifier: GPL-2.0
/*
 * ptrace(2): one process stops others, and reads and writes their registers
 * and memory.  (Linux: kernel/ptrace.c, ptrace_stop() in kernel/signal.c)
 *
 *   runs --(signal, system call, event, trap)--> ptrace_stop(): TASK_TRACED
 *     the tracer gets SIGCHLD, wait4 tells it `code`; it looks and changes
 *   TASK_TRACED --(PTRACE_CONT ..., SIGKILL, the tracer's end)--> runs
 *
 * A tracer is a process here: each of its threads may make requests (on Linux
 * only the one that attached).  A traced task that ended, a thread too, stays
 * a zombie until its tracer has waited for it; then its parent may.
 *
 * No lock: a stopped task changes nothing by itself, and nothing here sleeps
 * between looking at a task and using it, but for copies to and from user
 * memory, after which tasks are looked up again.
 */
#include <arch/thread.h>
#include <arch/uaccess.h>
#include <kernel/ptrace.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/elf.h>
#include <linux/sched.h>
#include <linux/uio.h>
#include <mm/mm.h>

#define FPREGS_SIZE sizeof(((struct arch_thread *)0)->fpu)
#define USER_REGS_SIZE (NR_USER_REGS * sizeof(u64))
#define USER_DEBUGREG 848u	/* in struct user; the registers come first */
#define USER_SIZE 912u

/* ---- who may ----------------------------------------------------------- */

static bool same_ids(const struct ids *ids, u32 id)
{
	return ids->r == id && ids->e == id && ids->s == id;
}

bool ptrace_may_access(const struct task_struct *t, unsigned mode)
{
	bool fs = mode & PTRACE_MODE_FSCREDS;
	const struct task_struct *c = current;

	if (t->leader == c->leader)
		return true;
	/* What it holds would leave the locked memory with the reader. */
	if (mode & PTRACE_MODE_ATTACH && t->mm && mm_sealed(t->mm))
		return false;
	if (capable(CAP_SYS_PTRACE))
		return true;
	return !(t->caps.permitted & ~(fs ? c->caps.effective :
					    c->caps.permitted)) &&
	       same_ids(&t->uids, fs ? c->euid : c->uid) &&
	       same_ids(&t->gids, fs ? c->egid : c->gid) &&
	       (!t->mm || (t->mm->flags & MMF_DUMPABLE_MASK) == 1);
}

struct mm_struct *mm_access(struct task_struct *t, unsigned mode)
{
	if (!t->mm)
		return NULL;
	if (!ptrace_may_access(t, mode))
		return ERR_PTR(-EACCES);
	mmget(t->mm);
	return t->mm;
}

/* ---- stopping ---------------------------------------------------------- */

void ptrace_tell_tracer(struct task_struct *t, const kernel_siginfo_t *info)
{
	struct task_struct *tracer = t->ptrace.tracer;
	struct k_sigaction *ka = &tracer->sighand->action[SIGCHLD - 1];
	bool stop = t->state == TASK_TRACED;

	if (!stop || (ka->handler != SIG_IGN && !(ka->flags & SA_NOCLDSTOP)))
		send_sig_info(tracer, SIGCHLD, info);
	wake_up(&tracer->child_wait);
}

/* Until the tracer says how to go on: the signal it gave, or 0.  Without a
 * tracer, or about to die: `code`, at once. */
static int ptrace_stop(int code, int why, unsigned long message,
		       kernel_siginfo_t *info)
{
	struct ptrace_state *p = &current->ptrace;
	unsigned long f = irq_save();
	kernel_siginfo_t chld;

	if (p->tracer && !(current->pending.set & sigmask(SIGKILL))) {
		p->code = code;
		p->message = message;
		p->info = info;
		/* An interrupt is answered by any stop. */
		p->trap &= current->leader->group_stop != 0;
		chld = child_info(current, why, why == CLD_STOPPED ?
				  current->leader->group_stop : code & 0x7f);
		current->state = TASK_TRACED;
		ptrace_tell_tracer(current, &chld);
		schedule();
		p->info = NULL;
		p->listening = false;
		code = p->code;
		p->code = 0;
	}
	irq_restore(f);
	return code;
}

static int ptrace_notify(int sig, int code, int why, unsigned long message)
{
	kernel_siginfo_t info = { .si_signo = sig, .si_code = code };

	info.si_pid = current->pid;
	info.si_uid = current->uid;
	return ptrace_stop(code, why, message, &info);
}

void ptrace_trap(void)
{
	struct ptrace_state *p = &current->ptrace;
	int stop = current->leader->group_stop, sig = stop ? stop : SIGTRAP;

	p->trap = false;
	if (p->seized)
		ptrace_notify(sig, sig | PTRACE_EVENT_STOP << 8, CLD_STOPPED,
			      0);
	else if (stop)
		ptrace_stop(stop, CLD_STOPPED, 0, NULL);
}

void ptrace_wake(struct task_struct *t, int sig)
{
	struct ptrace_state *p = &t->ptrace;

	if (sig == SIGCONT)
		p->trap = p->seized;
	if (sig == SIGKILL ? t->state == TASK_TRACED : p->listening)
		wake_up_task(t);
}

static kernel_siginfo_t siginfo_of(int sig, const struct task_struct *from)
{
	kernel_siginfo_t info = { .si_signo = sig, .si_code = SI_USER };

	info.si_pid = from ? from->tgid : 0;
	info.si_uid = from ? from->uid : 0;
	return info;
}

int ptrace_signal(int sig, kernel_siginfo_t *info)
{
	int new = ptrace_stop(sig, CLD_TRAPPED, 0, info);

	if (!new)
		return 0;
	if (new != sig)
		*info = siginfo_of(new, current->ptrace.tracer);
	if (!(current->blocked & sigmask(new)) && !fatal_signal_pending())
		return new;
	send_thread_sig(current, new, info);
	return 0;
}

/* ---- events ------------------------------------------------------------ */

void ptrace_event(int event, unsigned long message)
{
	struct ptrace_state *p = &current->ptrace;
	kernel_siginfo_t info;

	if (p->options & 1u << event) {
		ptrace_notify(SIGTRAP, event << 8 | SIGTRAP, CLD_TRAPPED,
			      message);
	} else if (event == PTRACE_EVENT_EXEC && p->tracer && !p->seized) {
		info = siginfo_of(SIGTRAP, current);
		send_thread_sig(current, SIGTRAP, &info);
	}
}

static void report_syscall(unsigned long message)
{
	int good = current->ptrace.options & PTRACE_O_TRACESYSGOOD ? 0x80 : 0;
	int sig = ptrace_notify(SIGTRAP, SIGTRAP | good, CLD_TRAPPED, message);

	if (valid_signal(sig))
		send_thread_sig(current, sig, NULL);
}

bool ptrace_syscall_enter(struct pt_regs *regs)
{
	if (!current->ptrace.syscall)
		return false;
	report_syscall(PTRACE_EVENTMSG_SYSCALL_ENTRY);
	return fatal_signal_pending() || (int)regs->orig_ax == -1;
}

void ptrace_syscall_leave(struct pt_regs *regs)
{
	if (current->ptrace.syscall)
		report_syscall(PTRACE_EVENTMSG_SYSCALL_EXIT);
	else if (current->ptrace.step)
		force_sig_fault(SIGTRAP, TRAP_BRKPT, regs->ip);
}

void ptrace_stepped_into_handler(void)
{
	ptrace_notify(SIGTRAP, SIGTRAP, CLD_TRAPPED, 0);
}

int ptrace_fork_event(u64 flags)
{
	int event = flags & CLONE_VFORK ? PTRACE_EVENT_VFORK :
		(flags & CSIGNAL) != SIGCHLD ? PTRACE_EVENT_CLONE :
		PTRACE_EVENT_FORK;

	if (flags & CLONE_UNTRACED || !(current->ptrace.options & 1u << event))
		return 0;
	return event;
}

static void set_tracer(struct task_struct *t, struct ptrace_state state)
{
	t->ptrace = state;
	state.tracer->traces = true;
}

void ptrace_init_child(struct task_struct *child, bool trace)
{
	const struct ptrace_state *p = &current->ptrace;

	if (!trace || !p->tracer)
		return;
	set_tracer(child, (struct ptrace_state){
		   .tracer = p->tracer, .options = p->options,
		   .seized = p->seized, .trap = p->seized });
	if (!p->seized)
		child->pending.set |= sigmask(SIGSTOP);
}

/* ---- the end of tracing ------------------------------------------------ */

void ptrace_unlink(struct task_struct *t)
{
	if (t->ptrace.forced_tf)
		user_single_step(t, false);
	t->ptrace = (struct ptrace_state){ .code = t->ptrace.code,
					   .info = t->ptrace.info };
	if (t->state == TASK_TRACED)
		wake_up_task(t);
}

/* A zombie then is its parent's. */
static void detach(struct task_struct *t)
{
	bool zombie = t->state == TASK_ZOMBIE;

	ptrace_unlink(t);
	if (zombie)
		release_tracee(t);
}

static struct task_struct *first_tracee(const struct task_struct *tracer)
{
	struct task_struct *t;

	for_each_task(t)
		if (t->ptrace.tracer == tracer)
			return t;
	return NULL;
}

void exit_ptrace(struct task_struct *tracer)
{
	struct task_struct *t;

	while (tracer->traces && (t = first_tracee(tracer))) {
		if (t->ptrace.options & PTRACE_O_EXITKILL)
			kill_task(t);
		detach(t);
	}
}

/* ---- attaching --------------------------------------------------------- */

static long ptrace_traceme(void)
{
	struct task_struct *parent = current->leader->parent;

	if (current->ptrace.tracer || !parent || mm_sealed(current->mm))
		return -EPERM;
	if (current->caps.permitted & ~parent->caps.permitted &&
	    !(parent->caps.effective & 1ull << CAP_SYS_PTRACE))
		return -EPERM;
	set_tracer(current, (struct ptrace_state){ .tracer = parent });
	return 0;
}

static int check_options(unsigned long options)
{
	return options & ~(unsigned long)PTRACE_O_MASK ||
	       options & PTRACE_O_SUSPEND_SECCOMP ? -EINVAL : 0;
}

static long ptrace_attach(struct task_struct *t, bool seize,
			  unsigned long addr, unsigned long options)
{
	if (seize && (addr || check_options(options)))
		return -EIO;
	if (!t->sighand || t->leader == current->leader ||
	    !ptrace_may_access(t, PTRACE_MODE_ATTACH_REALCREDS) ||
	    t->state >= TASK_ZOMBIE || t->ptrace.tracer)
		return -EPERM;
	set_tracer(t, (struct ptrace_state){ .tracer = current->leader,
					     .seized = seize,
					     .options = seize ? options : 0 });
	if (t->state == TASK_STOPPED) {
		t->ptrace.trap = true;
		wake_up_task(t);
	}
	if (!seize)
		send_thread_sig(t, SIGSTOP, NULL);
	return 0;
}

/* ---- requests on a stopped task ---------------------------------------- */

static long peek(struct task_struct *t, unsigned long addr, u64 *data)
{
	struct mm_struct *mm = t->mm;
	u64 word;
	size_t n;

	if (!mm)
		return -EIO;
	mmget(mm);
	n = access_remote_vm(mm, addr, &word, sizeof(word), FOLL_FORCE);
	mmput(mm);
	return n == sizeof(word) ? put_user(word, data) : -EIO;
}

static long poke(struct task_struct *t, unsigned long addr, u64 word)
{
	struct mm_struct *mm = t->mm;
	size_t n;

	if (!mm)
		return -EIO;
	mmget(mm);
	n = access_remote_vm(mm, addr, &word, sizeof(word),
			     FOLL_FORCE | FOLL_WRITE);
	mmput(mm);
	return n == sizeof(word) ? 0 : -EIO;
}

/* Of struct user only the registers are there; the debug registers read as, and
 * stay, 0. */
static long peek_user(struct task_struct *t, unsigned long addr, u64 *data)
{
	if (addr % sizeof(u64) || addr >= USER_SIZE)
		return -EIO;
	return put_user(addr < USER_REGS_SIZE ?
			user_reg(t, addr / sizeof(u64)) : 0, data);
}

static long poke_user(struct task_struct *t, unsigned long addr, u64 value)
{
	if (addr % sizeof(u64))
		return -EIO;
	if (addr >= USER_DEBUGREG && addr < USER_SIZE && !value)
		return 0;
	if (addr >= USER_REGS_SIZE)
		return -EIO;
	return set_user_reg(t, addr / sizeof(u64), value);
}

/* Bytes of the general registers out and in; a task that was woken meanwhile
 * (SIGKILL) keeps its own. */
static long get_regs(struct task_struct *t, void *udata, size_t size)
{
	u64 regs[NR_USER_REGS];

	for (unsigned i = 0; i < NR_USER_REGS; i++)
		regs[i] = user_reg(t, i);
	return copy_to_user(udata, regs, size);
}

static struct task_struct *stopped_tracee(int pid);

static long set_regs(struct task_struct *t, const void *udata, size_t size)
{
	int pid = t->pid, err = 0;
	u64 regs[NR_USER_REGS];

	if (copy_from_user(regs, udata, size))
		return -EFAULT;
	t = stopped_tracee(pid);
	for (unsigned i = 0; t && !err && i < size / sizeof(u64); i++)
		err = set_user_reg(t, i, regs[i]);
	return t ? err : -ESRCH;
}

static long do_fpregs(struct task_struct *t, void *udata, size_t size,
		      bool set)
{
	u8 image[FPREGS_SIZE];
	int pid = t->pid;

	get_fpregs(t, image);
	if (!set)
		return copy_to_user(udata, image, size);
	if (copy_from_user(image, udata, size))
		return -EFAULT;
	t = stopped_tracee(pid);
	return t ? set_fpregs(t, image) : -ESRCH;
}

static long do_regset(struct task_struct *t, unsigned long type,
		      struct iovec *uiov, bool set)
{
	size_t whole = type == NT_PRSTATUS ? USER_REGS_SIZE : FPREGS_SIZE;
	int pid = t->pid;
	struct iovec iov;
	long err;

	if (get_user(iov, uiov))
		return -EFAULT;
	t = stopped_tracee(pid);
	if (!t)
		return -ESRCH;
	if (type == NT_X86_XSTATE)
		return -ENODEV;
	if ((type != NT_PRSTATUS && type != NT_PRFPREG) ||
	    iov.iov_len % sizeof(u64))
		return -EINVAL;
	iov.iov_len = min((size_t)iov.iov_len, whole);
	if (type == NT_PRFPREG)
		err = do_fpregs(t, iov.iov_base, iov.iov_len, set);
	else
		err = set ? set_regs(t, iov.iov_base, iov.iov_len) :
			    get_regs(t, iov.iov_base, iov.iov_len);
	return err ? err : put_user(iov.iov_len, &uiov->iov_len);
}

static long do_siginfo(struct task_struct *t, siginfo_t *udata, bool set)
{
	int pid = t->pid;
	kernel_siginfo_t info;

	if (!t->ptrace.info)
		return -EINVAL;
	info = *t->ptrace.info;
	if (!set)
		return copy_siginfo_to_user(udata, &info);
	if (copy_siginfo_from_user(&info, udata))
		return -EFAULT;
	t = stopped_tracee(pid);
	if (!t || !t->ptrace.info)
		return -ESRCH;
	*t->ptrace.info = info;
	return 0;
}

static long do_sigmask(struct task_struct *t, unsigned long size,
		       ksigset_t *udata, bool set)
{
	int pid = t->pid;
	ksigset_t mask = t->blocked;

	if (size != sizeof(mask))
		return -EINVAL;
	if (!set)
		return put_user(mask, udata);
	if (get_user(mask, udata))
		return -EFAULT;
	t = stopped_tracee(pid);
	if (!t)
		return -ESRCH;
	t->blocked = mask & ~SIG_KERNEL_ONLY;
	return 0;
}

/* As a stop at a system call is told from others: by TRACESYSGOOD. */
static long get_syscall_info(struct task_struct *t, unsigned long size,
			     void *udata)
{
	const struct ptrace_state *p = &t->ptrace;
	struct ptrace_syscall_info info = { .op = PTRACE_SYSCALL_INFO_NONE };
	size_t n = offsetof(struct ptrace_syscall_info, entry);

	if (p->info && p->info->si_code == (SIGTRAP | 0x80)) {
		info.op = p->message;	/* EVENTMSG_* are the same numbers */
		n = info.op == PTRACE_SYSCALL_INFO_ENTRY ?
			offsetof(struct ptrace_syscall_info, entry.args) +
				sizeof(info.entry.args) :
			offsetof(struct ptrace_syscall_info, exit.is_error) +
				sizeof(info.exit.is_error);
	}
	syscall_info(t, &info);
	return copy_to_user(udata, &info, min(size, n)) ?: (long)n;
}

static long resume(struct task_struct *t, int request, unsigned long sig)
{
	if (sig && !valid_signal(sig))
		return -EIO;
	t->ptrace.syscall = request == PTRACE_SYSCALL;
	user_single_step(t, request == PTRACE_SINGLESTEP);
	t->ptrace.code = sig;
	if (request == PTRACE_DETACH)
		detach(t);
	else
		wake_up_task(t);
	return 0;
}

static long listen(struct task_struct *t)
{
	struct ptrace_state *p = &t->ptrace;

	if (!p->seized || !p->info ||
	    p->info->si_code >> 8 != PTRACE_EVENT_STOP)
		return -EIO;
	p->listening = true;
	if (p->trap)
		wake_up_task(t);
	return 0;
}

static long interrupt(struct task_struct *t)
{
	if (!t->ptrace.seized)
		return -EIO;
	t->ptrace.trap = true;
	if (t->ptrace.listening || t->state == TASK_INTERRUPTIBLE)
		wake_up_task(t);
	return 0;
}

/* ---- the call ---------------------------------------------------------- */

static struct task_struct *tracee(int pid)
{
	struct task_struct *t = find_task(pid);

	return t && t->ptrace.tracer == current->leader ? t : NULL;
}

static struct task_struct *stopped_tracee(int pid)
{
	struct task_struct *t = tracee(pid);

	return t && t->state == TASK_TRACED && !t->ptrace.listening ? t : NULL;
}

static long access_request(struct task_struct *t, long request,
			   unsigned long addr, unsigned long data)
{
	void *udata = (void *)data;

	switch (request) {
	case PTRACE_PEEKTEXT: case PTRACE_PEEKDATA:
		return peek(t, addr, udata);
	case PTRACE_POKETEXT: case PTRACE_POKEDATA:
		return poke(t, addr, data);
	case PTRACE_PEEKUSR:
		return peek_user(t, addr, udata);
	case PTRACE_POKEUSR:
		return poke_user(t, addr, data);
	case PTRACE_GETREGS:
		return get_regs(t, udata, USER_REGS_SIZE);
	case PTRACE_SETREGS:
		return set_regs(t, udata, USER_REGS_SIZE);
	case PTRACE_GETFPREGS: case PTRACE_SETFPREGS:
		return do_fpregs(t, udata, FPREGS_SIZE,
				 request == PTRACE_SETFPREGS);
	case PTRACE_GETREGSET: case PTRACE_SETREGSET:
		return do_regset(t, addr, udata, request == PTRACE_SETREGSET);
	default:
		return -EIO;
	}
}

static long stop_request(struct task_struct *t, long request,
			 unsigned long addr, unsigned long data)
{
	void *udata = (void *)data;

	switch (request) {
	case PTRACE_CONT: case PTRACE_SYSCALL: case PTRACE_SINGLESTEP:
	case PTRACE_DETACH:
		return resume(t, request, data);
	case PTRACE_LISTEN:
		return listen(t);
	case PTRACE_OLDSETOPTIONS: case PTRACE_SETOPTIONS:
		if (check_options(data))
			return -EINVAL;
		t->ptrace.options = data;
		return 0;
	case PTRACE_GETEVENTMSG:
		return put_user(t->ptrace.message, (unsigned long *)udata);
	case PTRACE_GETSIGINFO: case PTRACE_SETSIGINFO:
		return do_siginfo(t, udata, request == PTRACE_SETSIGINFO);
	case PTRACE_GETSIGMASK: case PTRACE_SETSIGMASK:
		return do_sigmask(t, addr, udata, request == PTRACE_SETSIGMASK);
	case PTRACE_GET_SYSCALL_INFO:
		return get_syscall_info(t, addr, udata);
	default:
		return access_request(t, request, addr, data);
	}
}

SYSCALL_DEFINE4(ptrace, long, request, long, pid, unsigned long, addr,
		unsigned long, data)
{
	struct task_struct *t;

	if (request == PTRACE_TRACEME)
		return ptrace_traceme();
	t = find_task(pid);
	if (!t)
		return -ESRCH;
	if (request == PTRACE_ATTACH || request == PTRACE_SEIZE)
		return ptrace_attach(t, request == PTRACE_SEIZE, addr, data);
	t = tracee(pid);
	if (!t)
		return -ESRCH;
	if (request == PTRACE_KILL) {
		kill_task(t);
		return 0;
	}
	if (request == PTRACE_INTERRUPT)
		return interrupt(t);
	t = stopped_tracee(pid);
	return t ? stop_request(t, request, addr, data) : -ESRCH;
}
