// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptor tables: numbers to open files, with close-on-exec; dup and fcntl
 * (Linux: fs/file.c, fs/fcntl.c).
 *
 * The table grows by doubling up to RLIMIT_NOFILE.  A number is reserved
 * before its file is opened, since opening sleeps; a slot that is reserved
 * reads as closed.  No lock: a slot changes without a sleep in between, and
 * growing looks again after its allocation.
 */
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <mm/mm.h>
#include <mm/slab.h>

#define FD_START 32u
#define FD_LIMIT (1u << 18)	/* slots that one kmalloc() can hold */

static struct fd_slot *slot_of(struct files_struct *files, unsigned fd)
{
	return fd < files->max ? &files->fd[fd] : NULL;
}

struct file *files_fget(struct files_struct *files, unsigned fd)
{
	struct fd_slot *s = slot_of(files, fd);

	return s && s->file ? get_file(s->file) : NULL;
}

struct file *fget_raw(unsigned fd)
{
	return files_fget(current->files, fd);
}

struct file *fget(unsigned fd)
{
	struct fd_slot *s = slot_of(current->files, fd);

	if (!s || !s->file || (s->file->f_mode & FMODE_PATH))
		return NULL;
	return get_file(s->file);
}

/* At least `want` slots.  0 or -ENOMEM.  Sleeps. */
static int grow_table(struct files_struct *files, unsigned want)
{
	unsigned max = FD_START;
	struct fd_slot *fd, *old;

	while (max < want)
		max *= 2;
	fd = kzalloc(max * sizeof(*fd), GFP_KERNEL);
	if (!fd)
		return -ENOMEM;
	if (files->max >= max) {	/* another task was quicker */
		kfree(fd);
		return 0;
	}
	if (files->max)
		memcpy(fd, files->fd, files->max * sizeof(*fd));
	old = files->fd;
	files->fd = fd;
	files->max = max;
	kfree(old);
	return 0;
}

static unsigned lowest_free(struct files_struct *files, unsigned fd)
{
	while (fd < files->max &&
	       (files->fd[fd].file || files->fd[fd].reserved))
		fd++;
	return fd;
}

static unsigned fd_limit(void)
{
	return min(rlimit(RLIMIT_NOFILE), (unsigned long)FD_LIMIT);
}

int alloc_fd(unsigned start, bool cloexec)
{
	struct files_struct *files = current->files;
	unsigned fd;
	int err;

	for (;;) {
		fd = lowest_free(files, start);
		if (fd >= fd_limit())
			return -EMFILE;
		if (fd < files->max)
			break;
		err = grow_table(files, fd + 1);
		if (err)
			return err;
	}
	files->fd[fd] = (struct fd_slot){ .reserved = true,
					  .cloexec = cloexec };
	return fd;
}

void fd_install(int fd, struct file *file)
{
	struct fd_slot *s = &current->files->fd[fd];

	BUG_ON(s->file || !s->reserved);
	s->file = file;
	s->reserved = false;
}

void put_unused_fd(int fd)
{
	current->files->fd[fd] = (struct fd_slot){ .file = NULL };
}

int fd_attach(struct file *file, bool cloexec)
{
	int fd = alloc_fd(0, cloexec);

	if (fd < 0)
		fput(file);
	else
		fd_install(fd, file);
	return fd;
}

void filp_close(struct file *f, struct files_struct *files)
{
	if (!(f->f_mode & FMODE_PATH))
		locks_remove_posix(f, files);
	if (f->f_op && f->f_op->flush)
		f->f_op->flush(f);
	fput(f);
}

static struct file *clear_slot(struct files_struct *files, unsigned fd)
{
	struct fd_slot *s = slot_of(files, fd);
	struct file *f;

	if (!s || !s->file)
		return NULL;
	f = s->file;
	*s = (struct fd_slot){ .file = NULL };
	return f;
}

/* ---- fork, exec, exit -------------------------------------------------- */

static unsigned slots_used(struct files_struct *files)
{
	unsigned n = files->max;

	while (n && !files->fd[n - 1].file)
		n--;
	return n;
}

/* A table of its own, empty for old == NULL. */
struct files_struct *files_dup(struct files_struct *old)
{
	struct files_struct *new = kzalloc(sizeof(*new), GFP_KERNEL);
	unsigned i, n;

	if (!new)
		return NULL;
	new->users = 1;
	do {
		if (grow_table(new, old ? slots_used(old) : 0)) {
			files_put(new);
			return NULL;
		}
		n = old ? slots_used(old) : 0;
	} while (n > new->max);
	for (i = 0; i < n; i++) {
		if (!old->fd[i].file)
			continue;
		new->fd[i] = old->fd[i];
		get_file(new->fd[i].file);
	}
	return new;
}

struct files_struct *files_get(struct files_struct *f)
{
	f->users++;
	return f;
}

/* A table that no other task shares: `f` itself, or a copy (consumes the
 * caller's reference then), or NULL (it stays). */
struct files_struct *files_unshare_for_exec(struct files_struct *f)
{
	struct files_struct *new;

	if (f->users == 1)
		return f;
	new = files_dup(f);
	if (new)
		files_put(f);
	return new;
}

void files_put(struct files_struct *f)
{
	unsigned i;

	if (!f || --f->users)
		return;
	for (i = 0; i < f->max; i++)
		if (f->fd[i].file)
			filp_close(f->fd[i].file, f);
	kfree(f->fd);
	kfree(f);
}

void files_close_on_exec(struct files_struct *f)
{
	unsigned i;

	for (i = 0; i < f->max; i++)
		if (f->fd[i].file && f->fd[i].cloexec)
			filp_close(clear_slot(f, i), f);
}

/* ---- system calls ------------------------------------------------------ */

SYSCALL_DEFINE1(close, unsigned, fd)
{
	struct file *f = clear_slot(current->files, fd);

	if (!f)
		return -EBADF;
	filp_close(f, current->files);
	return 0;
}

SYSCALL_DEFINE3(close_range, unsigned, first, unsigned, last, unsigned, flags)
{
	struct files_struct *files;
	struct file *f;
	unsigned i;

	if ((flags & ~(CLOSE_RANGE_CLOEXEC | CLOSE_RANGE_UNSHARE)) ||
	    first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE) {
		files = files_unshare_for_exec(current->files);
		if (!files)
			return -ENOMEM;
		current->files = files;
	}
	files = current->files;
	for (i = first; i <= last && i < files->max; i++) {
		if (flags & CLOSE_RANGE_CLOEXEC) {
			files->fd[i].cloexec = true;
			continue;
		}
		f = clear_slot(files, i);
		if (f)
			filp_close(f, files);
	}
	return 0;
}

/* Put the file of oldfd at newfd too, closing what is there. */
static int replace_fd(unsigned oldfd, unsigned newfd, bool cloexec)
{
	struct files_struct *files = current->files;
	struct file *f __free(file) = fget_raw(oldfd), *old;
	int err;

	if (!f || newfd >= fd_limit())
		return -EBADF;
	if (newfd >= files->max) {
		err = grow_table(files, newfd + 1);
		if (err)
			return err;
	}
	if (files->fd[newfd].reserved)
		return -EBUSY;
	old = files->fd[newfd].file;
	files->fd[newfd] = (struct fd_slot){ .file = get_file(f),
					     .cloexec = cloexec };
	if (old)
		filp_close(old, files);
	return newfd;
}

SYSCALL_DEFINE3(dup3, unsigned, oldfd, unsigned, newfd, int, flags)
{
	if ((flags & ~O_CLOEXEC) || oldfd == newfd)
		return -EINVAL;
	return replace_fd(oldfd, newfd, flags & O_CLOEXEC);
}

SYSCALL_DEFINE2(dup2, unsigned, oldfd, unsigned, newfd)
{
	struct fd_slot *s = slot_of(current->files, oldfd);

	if (oldfd == newfd)
		return s && s->file ? (int)newfd : -EBADF;
	return replace_fd(oldfd, newfd, false);
}

SYSCALL_DEFINE1(dup, unsigned, fd)
{
	struct file *f = fget_raw(fd);

	return f ? fd_attach(f, false) : -EBADF;
}

static long fcntl_dupfd(struct file *f, unsigned long from, bool cloexec)
{
	int fd;

	if (from >= fd_limit())
		return -EINVAL;
	fd = alloc_fd(from, cloexec);
	if (fd >= 0)
		fd_install(fd, get_file(f));
	return fd;
}

#define SETFL_MASK (O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME)

static long fcntl_setfl(struct file *f, unsigned long arg)
{
	if ((arg & O_NOATIME) && !(f->f_flags & O_NOATIME) &&
	    !inode_owner_or_capable(f->f_inode))
		return -EPERM;
	if ((arg & O_DIRECT) && !S_ISFIFO(f->f_inode->i_mode) &&
	    !may_odirect(f->f_inode))
		return -EINVAL;
	f->f_flags = (f->f_flags & ~SETFL_MASK) | (arg & SETFL_MASK);
	return 0;
}

static bool writably_mapped(const struct address_space *mapping)
{
	const unsigned long writable = VM_SHARED | VM_MAYWRITE;
	const struct vm_area_struct *vma;

	LIST_FOREACH(vma, &mapping->i_mmap, shared)
		if ((vma->vm_flags & writable) == writable)
			return true;
	return false;
}

static long fcntl_seals(struct file *f, unsigned cmd, unsigned long arg)
{
	const unsigned no_writing = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
	struct inode *inode = f->f_inode;

	if (cmd == F_ADD_SEALS && arg >> 32)
		return -EINVAL;
	if (cmd == F_ADD_SEALS && !(f->f_mode & FMODE_WRITE))
		return -EPERM;
	if (cmd == F_ADD_SEALS && arg & ~(no_writing | F_SEAL_SEAL |
					  F_SEAL_SHRINK | F_SEAL_GROW))
		return -EINVAL;
	if (!(inode->i_data.flags & AS_SHMEM))
		return -EINVAL;
	if (cmd == F_GET_SEALS)
		return inode->i_seals;
	if (inode->i_seals & F_SEAL_SEAL)
		return -EPERM;
	if (arg & ~inode->i_seals & F_SEAL_WRITE &&
	    writably_mapped(&inode->i_data))
		return -EBUSY;
	inode->i_seals |= arg;
	if (arg & no_writing)
		inode->i_data.flags |= AS_SEALED;
	return 0;
}

SYSCALL_DEFINE3(fcntl, unsigned, fd, unsigned, cmd, unsigned long, arg)
{
	struct file *f __free(file) = fget_raw(fd);
	struct fd_slot *s = slot_of(current->files, fd);

	if (!f)
		return -EBADF;
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return fcntl_dupfd(f, arg, cmd == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return s->cloexec ? FD_CLOEXEC : 0;
	case F_SETFD:
		s->cloexec = arg & FD_CLOEXEC;
		return 0;
	case F_GETFL:
		return f->f_flags;
	}
	if (f->f_mode & FMODE_PATH)
		return -EBADF;
	switch (cmd) {
	case F_SETFL:
		return fcntl_setfl(f, arg);
	case F_ADD_SEALS:
	case F_GET_SEALS:
		return fcntl_seals(f, cmd, arg);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return fcntl_lock(fd, f, cmd, (struct flock *)arg);
	case F_GETLEASE:	/* there are none: nor F_SETLEASE, F_NOTIFY */
		return F_UNLCK;
	case F_GETPIPE_SZ:
	case F_SETPIPE_SZ:
		return pipe_fcntl(f, cmd, arg);
	default:
		return -EINVAL;
	}
}
