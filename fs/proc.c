// SPDX-License-Identifier: GPL-2.0
/*
 * The file system of /proc: turns tables of struct proc_entry into directories,
 * files and links.  Nothing is kept: a dentry is made by a lookup and gone with
 * its last user, and a dentry of a task that has ended is stale.
 *
 * Keeps true: a node names a task by number and start time, never by pointer,
 * so a task may end while its files are open; they then say ESRCH.  Lock:
 * namespace_mutex around lookup.  Corresponds to Linux's fs/proc/generic.c,
 * inode.c, root.c and the directory half of base.c.
 */
#include <fs/proc.h>
#include <lib/string.h>
#include <linux/magic.h>
#include <mm/slab.h>

#define FIRST_PID_POS 1000	/* readdir: numbers come after the names */

/* d_type of getdents64(2): S_IF* >> 12. */
#define DT_DIR (S_IFDIR >> 12)
#define DT_LNK (S_IFLNK >> 12)

static const struct proc_entry root_entry = DIR_ENTRY("/", proc_root_entries);
static const struct proc_entry pid_entry = DIR_ENTRY("PID", proc_pid_entries);

/* A task or descriptor number as a name: no sign, no leading zero. */
static int parse_name(const char *name)
{
	u64 value;

	if ((name[0] == '0' && name[1]) || strlen(name) > 9 ||
	    !proc_parse_number(name, &value))
		return -1;
	return value;
}

/* ---- inodes ------------------------------------------------------------ */

static void proc_getattr(struct inode *inode)
{
	struct proc_node *node = inode->i_private;
	struct task_struct *t = proc_task(node);

	if (t) {
		inode->i_uid = t->euid;
		inode->i_gid = t->egid;
	}
}

static int proc_readlink(struct inode *inode, struct dentry *dentry, char *buf,
			 size_t size)
{
	struct proc_node *node = inode->i_private;

	return node->entry->readlink(node, buf, size);
}

static struct dentry *proc_jump(struct inode *inode, struct dentry *dentry)
{
	struct proc_node *node = inode->i_private;
	struct task_struct *t = proc_task(node);
	struct dentry *to;

	if (!t)
		return ERR_PTR(-ENOENT);
	if (!ptrace_may_access(t))
		return ERR_PTR(-EACCES);
	to = node->entry->jump(t, node->fd);
	return to ? dget(to) : ERR_PTR(-ENOENT);
}

static int proc_lookup(struct inode *dir, struct dentry *dentry);
static bool proc_revalidate(struct dentry *dentry);
static int proc_readdir(struct file *file, struct dir_context *ctx);

/* Nobody makes anything here: there is no such name, says Linux. */
static int proc_mknod(struct inode *dir, struct dentry *dentry, unsigned mode,
		      unsigned rdev)
{
	return -ENOENT;
}

static int proc_rename(struct inode *olddir, struct dentry *dentry,
		       struct inode *newdir, const char *newname,
		       struct dentry *target)
{
	return target ? -EPERM : -ENOENT;
}

static const struct inode_operations dir_iops = {
	.lookup = proc_lookup,
	.mknod = proc_mknod,
	.rename = proc_rename,
	.revalidate = proc_revalidate,
	.getattr = proc_getattr,
};
static const struct inode_operations file_iops = {
	.revalidate = proc_revalidate,
	.getattr = proc_getattr,
};
static const struct inode_operations link_iops = {
	.readlink = proc_readlink,
	.revalidate = proc_revalidate,
	.getattr = proc_getattr,
};
static const struct inode_operations jump_iops = {
	.jump = proc_jump,
	.revalidate = proc_revalidate,
	.getattr = proc_getattr,
};
static const struct file_operations dir_fops = { .readdir = proc_readdir };

static void set_operations(struct inode *inode, const struct proc_entry *e)
{
	if (S_ISDIR(e->mode)) {
		inode->i_op = &dir_iops;
		inode->i_fop = &dir_fops;
	} else if (S_ISLNK(e->mode)) {
		inode->i_op = e->jump ? &jump_iops : &link_iops;
	} else {
		inode->i_op = &file_iops;
		inode->i_fop = &proc_file_fops;
	}
}

/* An inode for what `from` names; NULL when out of memory. */
static struct inode *make_inode(struct super_block *sb,
				const struct proc_node *from)
{
	struct proc_node *node = kmalloc(sizeof(*node), GFP_KERNEL);
	struct inode *inode;

	if (!node)
		return NULL;
	inode = new_inode(sb, from->entry->mode, 0);
	if (!inode) {
		kfree(node);
		return NULL;
	}
	*node = *from;
	inode->i_private = node;
	set_operations(inode, node->entry);
	if (S_ISDIR(node->entry->mode))
		inode->i_nlink = 2;
	proc_getattr(inode);
	return inode;
}

static bool is_fd_dir(const struct proc_entry *e)
{
	return e->children == &proc_fd_entry;
}

struct file *proc_fd_file(struct task_struct *t, int fd)
{
	if (!t || !t->files || fd < 0 || fd >= t->files->max)
		return NULL;
	return t->files->fd[fd].file;
}

static bool proc_revalidate(struct dentry *dentry)
{
	struct proc_node *node = dentry->d_inode->i_private;
	struct task_struct *t;

	if (!node->pid)
		return true;
	t = proc_task(node);
	if (!t || (node->fd >= 0 && !proc_fd_file(t, node->fd)))
		return false;
	proc_getattr(dentry->d_inode);
	return true;
}

static const struct proc_entry *find_entry(const struct proc_entry *e,
					   const char *name)
{
	for (; e->name; e++)
		if (!strcmp(e->name, name))
			return e;
	return NULL;
}

/* What `name` is in the directory of `node`; false: nothing. */
static bool resolve(const struct proc_node *node, const char *name,
		    struct proc_node *child)
{
	int number = parse_name(name);
	struct task_struct *t;

	*child = *node;
	if (is_fd_dir(node->entry)) {
		child->fd = number;
		child->entry = &proc_fd_entry;
		return proc_fd_file(proc_task(node), number);
	}
	if (node->entry != &root_entry || number < 0) {
		child->entry = find_entry(node->entry->children, name);
		return child->entry;
	}
	t = find_task(number);
	if (!t || t->state == TASK_DEAD)
		return false;
	child->pid = number;
	child->start_ns = t->start_ns;
	child->entry = &pid_entry;
	return true;
}

static int proc_lookup(struct inode *dir, struct dentry *dentry)
{
	struct proc_node *node = dir->i_private, child;
	struct inode *inode;

	if (node->pid && !proc_task(node))
		return -ESRCH;
	if (!resolve(node, dentry->d_name, &child))
		return -ENOENT;
	inode = make_inode(dir->i_sb, &child);
	if (!inode)
		return -ENOMEM;
	d_instantiate(dentry, inode);
	return 0;
}

/* ---- directories ------------------------------------------------------- */

/* One numbered entry; the next search starts after it. */
static bool emit_number(struct dir_context *ctx, int number, unsigned type)
{
	char name[16];
	int n = snprintf(name, sizeof(name), "%d", number);
	u64 next = FIRST_PID_POS + number + 1;

	if (!ctx->emit(ctx, name, n, next, type, next))
		return false;
	ctx->pos = next;
	return true;
}

/* The process with the lowest number from `from` on. */
static struct task_struct *next_process(int from)
{
	struct task_struct *t, *next = NULL;

	TAILQ_FOREACH(t, &all_tasks, tasks)
		if (t->pid >= from && t->pid > 0 && t->pid == t->tgid &&
		    t->state != TASK_DEAD && (!next || t->pid < next->pid))
			next = t;
	return next;
}

static void emit_pids(struct dir_context *ctx)
{
	struct task_struct *t;

	do {
		t = next_process(ctx->pos - FIRST_PID_POS);
	} while (t && emit_number(ctx, t->pid, DT_DIR));
}

static void emit_fds(struct dir_context *ctx, struct proc_node *node)
{
	struct task_struct *t;
	unsigned fd;

	for (;;) {
		fd = ctx->pos - FIRST_PID_POS;
		t = proc_task(node);
		if (!t || !t->files)
			return;
		while (fd < t->files->max && !t->files->fd[fd].file)
			fd++;
		if (fd >= t->files->max || !emit_number(ctx, fd, DT_LNK))
			return;
	}
}

/* Positions: 0 ".", 1 "..", 2 + i the table, FIRST_PID_POS + n numbers. */
static int proc_readdir(struct file *file, struct dir_context *ctx)
{
	struct proc_node *node = file_node(file);
	const struct proc_entry *e = node->entry->children;

	if (node->pid && !proc_task(node))
		return -ENOENT;
	if (!dir_emit_dots(file, ctx))
		return 0;
	for (u64 i = 0; !is_fd_dir(node->entry) && e[i].name; i++) {
		if (ctx->pos > i + 2)
			continue;
		if (!ctx->emit(ctx, e[i].name, strlen(e[i].name), i + 3,
			       (e[i].mode & S_IFMT) >> 12, i + 3))
			return 0;
		ctx->pos = i + 3;
	}
	ctx->pos = max(ctx->pos, (u64)FIRST_PID_POS);
	if (is_fd_dir(node->entry))
		emit_fds(ctx, node);
	else if (node->entry == &root_entry)
		emit_pids(ctx);
	return 0;
}

/* ---- the file system --------------------------------------------------- */

static void proc_evict_inode(struct inode *inode)
{
	kfree(inode->i_private);
}

static const struct super_operations proc_sops = {
	.evict_inode = proc_evict_inode,
};

static int proc_fill_super(struct super_block *sb, const char *source,
			   const char *options)
{
	struct proc_node root = { .entry = &root_entry, .fd = -1 };
	struct inode *inode;

	sb->s_op = &proc_sops;
	inode = make_inode(sb, &root);
	if (!inode)
		return -ENOMEM;
	sb->s_root = d_alloc_pseudo("/", inode);
	return sb->s_root ? 0 : -ENOMEM;
}

static struct file_system_type proc_type = {
	.name = "proc",
	.fs_flags = FS_SINGLE,
	.magic = PROC_SUPER_MAGIC,
	.fill_super = proc_fill_super,
};

void proc_init(void)
{
	register_filesystem(&proc_type);
}
