// SPDX-License-Identifier: GPL-2.0
/*
 * The regular files of /proc: opening, reading as a seq_file, writing one line,
 * each by its entry's functions; and what those share.  A file names its task
 * by number and start time and says ESRCH once that is gone.
 *
 * Lock: none here; struct seq_file has its own.  Corresponds to Linux's
 * fs/proc/inode.c, generic.c and the access checks of base.c.
 */
#include <arch/uaccess.h>
#include <fs/proc.h>
#include <lib/string.h>

#define STORE_MAX 512	/* bytes taken by one write */

/* ---- tasks ------------------------------------------------------------- */

struct task_struct *proc_task(const struct proc_node *node)
{
	struct task_struct *t = find_task(node->pid);

	if (!t || t->start_ns != node->start_ns || t->state == TASK_DEAD)
		return NULL;
	return t;
}

struct mm_struct *proc_mm(const struct proc_node *node)
{
	struct task_struct *t = proc_task(node);

	if (!t || !t->mm)
		return NULL;
	mmget(t->mm);
	return t->mm;
}

bool proc_parse_number(const char *text, u64 *value)
{
	*value = 0;
	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || *value > (~0ull - 9) / 10)
			return false;
		*value = *value * 10 + (*text - '0');
	}
	return true;
}

int proc_parse_int(char *text, int min, int max, int *value)
{
	char *end = text + strlen(text);
	u64 n;
	s64 number;
	bool minus;

	while (*text == ' ' || *text == '\t')
		text++;
	while (end > text && (end[-1] == ' ' || end[-1] == '\n' ||
			      end[-1] == '\t'))
		*--end = '\0';
	minus = *text == '-';
	if (!proc_parse_number(text + minus, &n) || n > INT32_MAX)
		return -EINVAL;
	number = minus ? -(s64)n : (s64)n;
	if (number < min || number > max)
		return -EINVAL;
	*value = number;
	return 0;
}

void proc_print_rows(struct seq_file *m, const struct proc_row *rows, size_t n,
		     unsigned unit)
{
	char label[32];

	for (; n--; rows++) {
		snprintf(label, sizeof(label), "%s:", rows->name);
		seq_printf(m, "%-16s%8lu kB\n", label,
			   rows->value * unit / 1024);
	}
}

long proc_read_u64s(char *ubuf, size_t n, u64 *pos, u64 end,
		    u64 (*get)(u64 index, void *arg), void *arg)
{
	size_t done;
	u64 value;

	if (*pos % 8 || n % 8)
		return -EINVAL;
	for (done = 0; done < n && *pos / 8 < end; done += 8, *pos += 8) {
		value = get(*pos / 8, arg);
		if (copy_to_user(ubuf + done, &value, 8))
			return done ? (long)done : -EFAULT;
		cond_resched();
	}
	return done;
}

/* ---- regular files ----------------------------------------------------- */

static int show_node(struct seq_file *m, void *arg)
{
	struct proc_node *node = arg;
	const struct proc_entry *e = node->entry;
	struct task_struct *t;

	if (e->text) {		/* may be longer than seq_printf's line */
		seq_puts(m, e->text);
		seq_puts(m, "\n");
	}
	if (e->number)
		seq_printf(m, "%d\n", *e->number);
	if (e->large)
		seq_printf(m, "%lu\n", *e->large);
	if (e->show)
		return e->show(m, node);
	if (!e->show_task && !e->show_usage)
		return e->text || e->number || e->large ? 0 : -EINVAL;
	if (seq_reserve(m, TASK_TEXT))
		return -ENOMEM;
	t = proc_task(node);
	if (!t)
		return -ESRCH;
	if (e->show_task)
		e->show_task(m, t);
	else
		e->show_usage(m, t, node->thread);
	return 0;
}

static int check_open(struct proc_node *node)
{
	struct task_struct *t;

	if ((node->entry->flags & PROC_ROOT_ONLY) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!(node->entry->flags & PROC_PTRACE))
		return 0;
	t = proc_task(node);
	if (!t)
		return -ESRCH;
	return ptrace_may_access(t, PTRACE_MODE_READ_FSCREDS) ? 0 : -EACCES;
}

static int proc_open(struct inode *inode, struct file *file)
{
	struct proc_node *node = inode->i_private;
	int err = check_open(node);

	if (err || node->entry->fops)
		return err;
	return seq_open(file, show_node, node);
}

static void proc_release(struct file *file)
{
	if (!file_node(file)->entry->fops)
		seq_release(file);
}

static long proc_read(struct file *file, void *ubuf, size_t n, u64 *pos)
{
	const struct file_operations *fops = file_node(file)->entry->fops;

	if (!fops)
		return seq_read(file, ubuf, n, pos);
	return fops->read ? fops->read(file, ubuf, n, pos) : -EINVAL;
}

static int store_number(const struct proc_entry *e, char *text)
{
	int err = proc_parse_int(text, e->min, e->max, e->number);

	if (!err && e->changed)
		e->changed();
	return err;
}

static int store_large(const struct proc_entry *e, const char *text)
{
	u64 value;

	if (!proc_parse_number(text, &value))
		return -EINVAL;
	*e->large = value;
	return 0;
}

static int store(struct proc_node *node, char *text)
{
	const struct proc_entry *e = node->entry;

	if (e->number)
		return store_number(e, text);
	if (e->large)
		return store_large(e, text);
	return e->store ? e->store(node, text) : -EIO;
}

static long proc_write(struct file *file, const void *ubuf, size_t n, u64 *pos)
{
	struct proc_node *node = file_node(file);
	char text[STORE_MAX];
	int err;

	if (node->entry->fops && node->entry->fops->write)
		return node->entry->fops->write(file, ubuf, n, pos);
	if (n >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, ubuf, n))
		return -EFAULT;
	if (n && text[n - 1] == '\n')
		text[n - 1] = '\0';
	text[n] = '\0';
	err = store(node, text);
	return err ? err : (long)n;
}

/* Offsets are as large as addresses (mem, pagemap): no end to seek from. */
static s64 proc_lseek(struct file *file, s64 off, int whence)
{
	if (whence == 1)
		off += file->f_pos;
	else if (whence)
		return -EINVAL;
	if (off < 0 && file_node(file)->entry->fops != &proc_mem_fops)
		return -EINVAL;
	file->f_pos = off;
	return off;
}

const struct file_operations proc_file_fops = {
	.open = proc_open,
	.release = proc_release,
	.read = proc_read,
	.write = proc_write,
	.lseek = proc_lseek,
};
