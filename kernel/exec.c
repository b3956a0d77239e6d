// SPDX-License-Identifier: GPL-2.0
/*
 * execve.  The whole new address space is built aside, from a file and from
 * strings of the old one, up to the last page of a memlocked program; only
 * when nothing can fail any more does the task change over (exec_commit).  So
 * every error reaches the caller, who goes on undisturbed.  Nor does anybody
 * else pay: a designated program that does not fit is refused, the OOM killer
 * is not asked (oom_refused).
 *
 *   mm_alloc - measure arguments - open - look at #! (measure again) -
 *   memlock mark - map image - stack - memlock finish - populate |
 *   end threads - commit
 *
 * Linux (fs/exec.c) gives up the old mm before it maps the image, and must
 * kill the caller when that fails: rejected here, for a designated program is
 * much more likely to fail (limits, memory).  The price is that old and new
 * image exist together for a moment.
 */
#include <arch/uaccess.h>
#include <fs/file.h>
#include <fs/vfs.h>
#include <kernel/exec.h>
#include <kernel/kernel.h>
#include <kernel/random.h>
#include <kernel/syscall.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <linux/personality.h>
#include <linux/signal.h>
#include <mm/memlock.h>

#define SCRIPT_DEPTH_MAX 5
#define FD_NAME_MAX	24		/* "/dev/fd/-2147483648/" */
#define STACK_RANDOM	(1ul << 14)	/* pages */
#define MMAP_RANDOM	(1ul << 16)	/* pages */
#define MMAP_GAP_MIN	(128ul << 20)
#define MMAP_GAP_MAX	(TASK_SIZE / 6 * 5)

int randomize_va_space = 2;

/* What execveat(2) was given. */
struct exec_path {
	int dirfd;
	const char *path;
	unsigned lookup;	/* LOOKUP_* */
};

unsigned long exec_random_pages(unsigned long pages)
{
	u64 r;

	if (!randomize_va_space || current->personality & ADDR_NO_RANDOMIZE)
		return 0;
	get_random_bytes(&r, sizeof(r));
	return r & (pages - 1);
}

/* ---- the file, and scripts --------------------------------------------- */

static void close_program(struct exec *e)
{
	if (!e->file)
		return;
	fput(e->file);		/* ends deny_write_access() too */
	e->file = NULL;
}

/* `lookup`: LOOKUP_*. */
static int open_program(struct exec *e, int dirfd, const char *path,
			unsigned lookup)
{
	struct file *file = open_execat(dirfd, path, lookup);
	int err;
	long n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	err = deny_write_access(file);
	if (err) {
		fput(file);
		return err;
	}
	file->f_mode |= FMODE_DENYWRITE;
	e->file = file;
	memset(e->head, 0, sizeof(e->head));
	n = kernel_read(file, e->head, sizeof(e->head), 0);
	return n < 0 ? n : 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Splits "#! interpreter [argument]" in place. */
static int parse_script(char *line, char **interp, char **arg)
{
	char *nl = memchr(line, '\n', BINPRM_BUF_SIZE);
	char *end = nl ? nl : line + strnlen(line, BINPRM_BUF_SIZE - 1);
	char *p = line + 2;

	while (end > p && is_blank(end[-1]))
		end--;
	while (p < end && is_blank(*p))
		p++;
	if (p == end)
		return -ENOEXEC;
	*interp = p;
	while (p < end && !is_blank(*p) && *p)
		p++;
	/* Cut off in the middle of the interpreter's name? */
	if (!nl && p == end && end == line + BINPRM_BUF_SIZE - 1)
		return -ENOEXEC;
	while (p < end && is_blank(*p))
		*p++ = '\0';
	*arg = p < end && *p ? p : NULL;
	*end = '\0';
	return 0;
}

static int prepend(struct exec *e, const char *s)
{
	char *copy = kstrdup(s, GFP_KERNEL);

	if (!copy)
		return -ENOMEM;
	BUG_ON(e->nprefix == PREFIX_MAX);
	memmove(e->prefix + 1, e->prefix, e->nprefix * sizeof(e->prefix[0]));
	e->prefix[0] = copy;
	e->nprefix++;
	return 0;
}

/* Replace the script by its interpreter: argv becomes interpreter, argument,
 * the script's path, and what followed argv[0]. */
static int enter_script(struct exec *e)
{
	char *interp, *arg;
	int err = parse_script(e->head, &interp, &arg);

	if (err)
		return err;
	if (e->closed_path)
		return -ENOENT;
	if (!e->nprefix)
		err = prepend(e, e->filename);
	if (!err && arg)
		err = prepend(e, arg);
	if (!err)
		err = prepend(e, interp);
	if (err)
		return err;
	close_program(e);
	return open_program(e, AT_FDCWD, e->prefix[0], LOOKUP_FOLLOW);
}

static int resolve_program(struct exec *e, const struct exec_path *p)
{
	int depth, err = open_program(e, p->dirfd, p->path, p->lookup);

	for (depth = 0; !err && !memcmp(e->head, "#!", 2); depth++)
		err = depth < SCRIPT_DEPTH_MAX ? enter_script(e) : -ELOOP;
	return err;
}

/* ---- the new address space --------------------------------------------- */

static void choose_layout(struct exec *e)
{
	unsigned long gap = max(rlimit(RLIMIT_STACK), MMAP_GAP_MIN);

	gap = min(gap, MMAP_GAP_MAX) + STACK_GAP + STACK_RANDOM * PAGE_SIZE;
	e->stack_top = TASK_SIZE - exec_random_pages(STACK_RANDOM) * PAGE_SIZE;
	e->mm->mmap_base = (TASK_SIZE - gap) & PAGE_MASK;
	e->mm->mmap_base -= exec_random_pages(MMAP_RANDOM) * PAGE_SIZE;
}

/* lab 4: begin populate_locked = 0 */
/* Resident to the last page, or no exec. */
static int populate_locked(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	int err = 0;

	down_read(&mm->mmap_lock);
	for_each_vma(mm, vma)
		if (!err && (vma->vm_flags & VM_LOCKED) &&
		    (vma->vm_flags & VM_ACCESS_FLAGS))
			err = populate_vma_range(vma, vma->vm_start,
						 vma->vm_end, 0);
	up_read(&mm->mmap_lock);
	return err;
}
/* lab 4: end */

static int begin_mm(struct exec *e)
{
	e->mm = mm_alloc();
	if (!e->mm)
		return -ENOMEM;
	choose_layout(e);
	return exec_measure_args(e);
}

static int build_mm(struct exec *e)
{
	int err = e->nprefix ? exec_measure_args(e) : 0;

	if (!err)
		err = exec_load_elf(e);
	if (!err)
		err = exec_setup_stack(e);
	if (!err && e->designated) {
		if (memlock->exec_finish)
			memlock->exec_finish(e->mm);
		err = populate_locked(e->mm);
	}
	if (!err && fatal_signal_pending())
		err = -EINTR;
	return err;
}

/* ---- the change -------------------------------------------------------- */

static struct sighand *private_sighand(void)
{
	struct sighand *old = current->sighand;

	return old->users == 1 ? old : sighand_alloc(old);
}

static void set_comm(const char *path)
{
	const char *slash = strrchr(path, '/');

	strlcpy(current->comm, slash ? slash + 1 : path,
		sizeof(current->comm));
}

/* Nothing here can fail. */
static void exec_commit(struct exec *e, struct sighand *sh)
{
	struct task_struct *t = current;

	if (sh != t->sighand) {
		sighand_put(t->sighand);
		t->sighand = sh;
	}
	e->mm->exe_file = e->file;
	e->file = NULL;
	replace_current_mm(e->mm);
	e->mm = NULL;
	posix_timers_exit(t);
	flush_timer_signals(&t->pending);
	flush_timer_signals(&t->shared);
	flush_signal_handlers(sh);
	t->sigaltstack = (stack_t){ .ss_flags = SS_DISABLE };
	t->did_exec = true;
	t->robust_list = NULL;
	t->rseq = (struct task_rseq){ .area = NULL };
	t->restore_saved_mask = false;
	t->exit_signal = t->pid == 1 ? 0 : SIGCHLD;
	if (mm_sealed(t->mm))	/* who attached while it was being built */
		ptrace_unlink(t);
	cap_exec();
	t->suid = t->euid;
	t->sgid = t->egid;
	t->mm->flags = (t->mm->flags & ~MMF_DUMPABLE_MASK) | 1;
	set_comm(e->filename);
	files_close_on_exec(t->files);
	thread_exec(&t->thread, e->ip, e->sp);
}

static int change_over(struct exec *e)
{
	struct files_struct *files = files_unshare_for_exec(current->files);
	struct sighand *sh;
	int err;

	if (!files)
		return -ENOMEM;
	current->files = files;
	sh = private_sighand();
	if (!sh)
		return -ENOMEM;
	err = kill_other_threads();
	if (err) {
		if (sh != current->sighand)
			sighand_put(sh);
		return err;
	}
	exec_commit(e, sh);
	return 0;
}

/* The program's name for itself and for a script's interpreter, which may not
 * be able to open it. */
static int name_program(struct exec *e, const struct exec_path *p)
{
	struct fd_slot *s;

	if (p->dirfd == AT_FDCWD || *p->path == '/') {
		e->filename = p->path;
		return 0;
	}
	e->fd_name = kmalloc(strlen(p->path) + FD_NAME_MAX, GFP_KERNEL);
	if (!e->fd_name)
		return -ENOMEM;
	snprintf(e->fd_name, strlen(p->path) + FD_NAME_MAX, "/dev/fd/%d%s%s",
		 p->dirfd, *p->path ? "/" : "", p->path);
	e->filename = e->fd_name;
	s = p->dirfd >= 0 && p->dirfd < current->files->max ?
		&current->files->fd[p->dirfd] : NULL;
	e->closed_path = s && s->cloexec;
	return 0;
}

static int do_execve(const struct exec_path *path, struct exec_strings argv,
		     struct exec_strings envp)
{
	struct exec *e = kzalloc(sizeof(*e), GFP_KERNEL);
	int err, pid = current->pid;	/* the leader's, in the end */
	unsigned i;

	if (!e)
		return -ENOMEM;
	e->argv = argv;
	e->envp = envp;
	err = name_program(e, path);
	if (!err)
		err = begin_mm(e);	/* bad arguments before bad files */
	if (!err)
		err = resolve_program(e, path);
	if (!err)
		err = build_mm(e);
	if (!err)
		err = change_over(e);
	current->oom_refused = false;
	if (e->mm)
		mmput(e->mm);
	close_program(e);
	for (i = 0; i < e->nprefix; i++)
		kfree(e->prefix[i]);
	kfree(e->fd_name);
	kfree(e);
	if (!err)
		ptrace_event(PTRACE_EVENT_EXEC, pid);
	return err;
}

int kernel_execve(const char *path, const char *const *argv,
		  const char *const *envp)
{
	const struct exec_path p = { AT_FDCWD, path, LOOKUP_FOLLOW };

	return do_execve(&p, (struct exec_strings){ argv, true },
			 (struct exec_strings){ envp, true });
}

SYSCALL_DEFINE5(execveat, int, dirfd, const char *, upath,
		const char *const *, argv, const char *const *, envp,
		int, flags)
{
	struct exec_path p = { .dirfd = dirfd, .lookup = lookup_flags(flags) };
	char *path __free(memory) = NULL;

	p.path = path = getname(upath, p.lookup);
	if (IS_ERR(path))
		return PTR_ERR(path);
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return do_execve(&p, (struct exec_strings){ argv, false },
			 (struct exec_strings){ envp, false });
}

SYSCALL_AS(execve, execveat, AT_FDCWD, a, b, c)
