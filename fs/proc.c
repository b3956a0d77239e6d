// SPDX-License-Identifier: GPL-2.0
/*
 * The file systems of /proc and /sys: turns tables of struct proc_entry into
 * directories, files and links.  Nothing is kept: a dentry is made by a lookup
 * and gone with its last user, and a dentry of a task that has ended is stale.
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

static long next_process(const struct proc_node *dir, long from);

static const struct proc_entry pid_entry = DIR_ENTRY("PID", proc_pid_entries);
static const struct proc_entry root_entry = {
	.name = "/", .mode = S_IFDIR | 0555, .children = proc_root_entries,
	.member = &pid_entry, .next = next_process,
};
static const struct proc_entry sysfs_root = DIR_ENTRY("/", sysfs_root_entries);

/* ---- inodes ------------------------------------------------------------ */

static void proc_getattr(struct inode *inode)
{
	struct proc_node *node = inode->i_private;
	struct task_struct *t = proc_task(node);

	if (t) {
		inode->i_uid = t->euid;
		inode->i_gid = t->egid;
	}
	if (t && node->entry->file) {	/* a link to an open file */
		struct file *file = node->entry->file(t, node->number);
		unsigned mode = file ? file->f_mode : 0;

		inode->i_mode = node->entry->mode |
				(mode & FMODE_READ ? S_IRUSR : 0) |
				(mode & FMODE_WRITE ? S_IWUSR : 0);
		inode->i_data.size = 64;
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
	struct dentry *to = NULL;
	struct file *file;
	unsigned mode;

	if (!t)
		return ERR_PTR(-ENOENT);
	/* What fd/N and map_files/A-B open may be its memory. */
	mode = node->entry->jump ? PTRACE_MODE_READ_FSCREDS :
				   PTRACE_MODE_ATTACH_FSCREDS;
	if (!ptrace_may_access(t, mode))
		return ERR_PTR(-EACCES);
	if (node->entry->jump)
		to = node->entry->jump(t);
	else if ((file = node->entry->file(t, node->number)))
		to = file->f_dentry;
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

struct task_struct *tgid_pidfd_to_task(struct file *file)
{
	if (file->f_op != &dir_fops || file_node(file)->entry != &pid_entry)
		return ERR_PTR(-EBADF);
	return proc_task(file_node(file));
}

static void set_operations(struct inode *inode, const struct proc_entry *e)
{
	if (S_ISDIR(e->mode)) {
		inode->i_op = &dir_iops;
		inode->i_fop = &dir_fops;
	} else if (S_ISLNK(e->mode)) {
		inode->i_op = e->readlink ? &link_iops : &jump_iops;
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

static bool proc_revalidate(struct dentry *dentry)
{
	struct proc_node *node = dentry->d_inode->i_private;

	if (!node->pid)
		return true;
	if (!proc_task(node) ||
	    (node->dir && node->dir->next(node, node->number) != node->number))
		return false;
	proc_getattr(dentry->d_inode);
	return true;
}

static const struct proc_entry *find_entry(const struct proc_entry *e,
					   const char *name)
{
	for (; e && e->name; e++)
		if (!strcmp(e->name, name))
			return e;
	return NULL;
}

/* The lowest process from `from` on; ... thread of the node's process. */
static long next_task(long from, int tgid)
{
	const struct task_struct *t, *next = NULL;

	for_each_task(t)
		if (t->pid >= from && t->pid > 0 && t->state != TASK_DEAD &&
		    (tgid ? t->tgid == tgid : t->pid == t->tgid) &&
		    (!next || t->pid < next->pid))
			next = t;
	return next ? next->pid : -1;
}

static long next_process(const struct proc_node *dir, long from)
{
	return next_task(from, 0);
}

long proc_next_thread(const struct proc_node *dir, long from)
{
	const struct task_struct *t = proc_task(dir);

	return t ? next_task(from, t->tgid) : -1;
}

/* How a member is called: by its number, or as the area that begins there. */
static int member_name(const struct proc_node *dir, long number, char *buf,
		       size_t size)
{
	const struct task_struct *t = proc_task(dir);
	const struct vm_area_struct *vma;

	if (!(dir->entry->flags & PROC_AREAS))
		return snprintf(buf, size, "%ld", number);
	vma = t && t->mm ? find_vma(t->mm, number) : NULL;
	return vma ? snprintf(buf, size, "%lx-%lx", vma->vm_start,
			      vma->vm_end) : 0;
}

/* What a member's name says, the way member_name() prints it; or -1. */
static long parse_member(const struct proc_node *dir, const char *name)
{
	bool hex = dir->entry->flags & PROC_AREAS;
	char again[40];
	u64 value = 0;

	for (const char *p = name; *p && *p != '-' && p < name + 16; p++)
		value = value * (hex ? 16 : 10) +
			(*p > '9' ? *p - 'a' + 10 : *p - '0');
	if ((long)value < 0 || value > (hex ? TASK_SIZE : INT32_MAX))
		return -1;
	if (member_name(dir, value, again, sizeof(again)) <= 0)
		return -1;
	return strcmp(again, name) ? -1 : (long)value;
}

/* A task's directory: any thread has one in the root, though only processes
 * are listed. */
static bool resolve_task(const struct proc_node *dir, int pid,
			 struct proc_node *child)
{
	const struct task_struct *t = find_task(pid);

	if (!t || t->state == TASK_DEAD || pid <= 0)
		return false;
	if (dir->pid && proc_next_thread(dir, pid) != pid)
		return false;
	child->thread = dir->pid;
	child->pid = pid;
	child->start_ns = t->start_ns;
	return true;
}

/* What `name` is in the directory of `node`; false: nothing. */
static bool resolve(const struct proc_node *node, const char *name,
		    struct proc_node *child)
{
	const struct proc_entry *e = node->entry;
	long number;

	*child = *node;
	child->entry = find_entry(e->children, name);
	if (child->entry)
		return true;
	number = e->member ? parse_member(node, name) : -1;
	if (number < 0)
		return false;
	child->entry = e->member;
	if (S_ISDIR(e->member->mode))
		return resolve_task(node, number, child);
	child->dir = e;
	child->number = number;
	return e->next(node, number) == number;
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

static void emit_members(struct dir_context *ctx, const struct proc_node *dir)
{
	const struct proc_entry *e = dir->entry;
	char name[40];
	long number;

	while ((number = e->next(dir, ctx->pos - FIRST_PID_POS)) >= 0) {
		int n = member_name(dir, number, name, sizeof(name));
		u64 next = FIRST_PID_POS + number + 1;

		if (!ctx->emit(ctx, name, n, next,
			       (e->member->mode & S_IFMT) >> 12, next))
			return;
		ctx->pos = next;
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
	for (u64 i = 0; e && e[i].name; i++) {
		if (ctx->pos > i + 2)
			continue;
		if (!ctx->emit(ctx, e[i].name, strlen(e[i].name), i + 3,
			       (e[i].mode & S_IFMT) >> 12, i + 3))
			return 0;
		ctx->pos = i + 3;
	}
	ctx->pos = max(ctx->pos, (u64)FIRST_PID_POS);
	if (node->entry->member)
		emit_members(ctx, node);
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
	struct proc_node root = {
		.entry = sb->s_type->magic == SYSFS_MAGIC ? &sysfs_root :
							    &root_entry,
	};
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

static struct file_system_type sysfs_type = {
	.name = "sysfs",
	.fs_flags = FS_SINGLE,
	.magic = SYSFS_MAGIC,
	.fill_super = proc_fill_super,
};

void proc_init(void)
{
	register_filesystem(&sysfs_type);
	register_filesystem(&proc_type);
}
