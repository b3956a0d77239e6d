// SPDX-License-Identifier: GPL-2.0
/*
 * Calls on another process's memory: process_vm_readv and process_vm_writev,
 * process_madvise.  Bytes pass through one page of the kernel's, so that
 * neither side's mmap_lock is held while the other's memory faults.  Areas'
 * permissions hold (no FOLL_FORCE); who may is ptrace_may_access()'s to say.
 * What was done before an error is what is returned.
 * (Linux: mm/process_vm_access.c, mm/madvise.c)
 */
#include <arch/uaccess.h>
#include <fs/vfs.h>
#include <kernel/pidfd.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/mman.h>
#include <linux/uio.h>
#include <mm/mm.h>

/* Where in a vector of the caller's we are. */
struct local_iter {
	const struct iovec *v;
	size_t left;			/* bytes, of all */
	size_t skip;			/* ... done of *v */
};

/* Between `buf` and the caller's memory: bytes. */
static size_t copy_local(struct local_iter *it, char *buf, size_t n,
			 bool to_user)
{
	size_t done = 0, part, failed;
	char *user;

	while (done < n) {
		part = min(n - done, it->v->iov_len - it->skip);
		user = (char *)it->v->iov_base + it->skip;
		failed = to_user ? raw_copy_to_user(user, buf + done, part) :
				   raw_copy_from_user(buf + done, user, part);
		done += part - failed;
		it->skip += part - failed;
		it->left -= part - failed;
		if (failed)
			break;
		if (it->skip == it->v->iov_len) {
			it->v++;
			it->skip = 0;
		}
	}
	return done;
}

/* One piece of the other's memory, as far as it goes: bytes. */
static size_t copy_piece(struct mm_struct *mm, const struct iovec *remote,
			 struct local_iter *it, char *buf, bool write)
{
	unsigned long addr = (unsigned long)remote->iov_base;
	size_t done = 0, want, n;

	while (done < remote->iov_len && it->left) {
		want = min(remote->iov_len - done,
			   PAGE_SIZE - offset_in_page(addr + done));
		want = min(want, it->left);
		if (write) {
			n = copy_local(it, buf, want, false);
			n = access_remote_vm(mm, addr + done, buf, n,
					     FOLL_WRITE);
		} else {
			n = access_remote_vm(mm, addr + done, buf, want, 0);
			n = copy_local(it, buf, n, true);
		}
		done += n;
		if (n < want || fatal_signal_pending())
			break;
		cond_resched();
	}
	return done;
}

static long copy_vectors(int pid, struct local_iter *it,
			 const struct iovec *remote, size_t n, bool write)
{
	struct mm_struct *mm __free(mm) = NULL;
	struct task_struct *t;
	char *buf __free(memory) = NULL;
	size_t done = 0, part, want;

	buf = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	t = find_task(pid);
	if (!t)
		return -ESRCH;
	mm = mm_access(t, PTRACE_MODE_ATTACH_REALCREDS);
	if (IS_ERR_OR_NULL(mm))
		return mm ? -EPERM : -ESRCH;
	for (; n && it->left; n--, remote++) {
		want = min(remote->iov_len, it->left);
		part = copy_piece(mm, remote, it, buf, write);
		done += part;
		if (part < want)
			return done ? (long)done : -EFAULT;
	}
	return done;
}

static long process_vm_rw(int pid, const struct iovec *ulocal, size_t nlocal,
			  const struct iovec *uremote, size_t nremote,
			  unsigned long flags, bool write)
{
	struct iovec *local __free(memory) = NULL;
	struct iovec *remote __free(memory) = NULL;
	struct local_iter it = { .skip = 0 };

	if (flags)
		return -EINVAL;
	it.v = local = import_iovec(ulocal, nlocal, &it.left);
	if (IS_ERR(local))
		return PTR_ERR(local);
	if (!it.left)
		return 0;
	remote = iovec_from_user(uremote, nremote);
	if (IS_ERR(remote))
		return PTR_ERR(remote);
	/* Of nothing the process is not even looked for. */
	while (nremote && !remote[nremote - 1].iov_len)
		nremote--;
	return nremote ? copy_vectors(pid, &it, remote, nremote, write) : 0;
}

SYSCALL_DEFINE6(process_vm_readv, int, pid, const struct iovec *, local,
		size_t, nlocal, const struct iovec *, remote, size_t, nremote,
		unsigned long, flags)
{
	return process_vm_rw(pid, local, nlocal, remote, nremote, flags,
			     false);
}

SYSCALL_DEFINE6(process_vm_writev, int, pid, const struct iovec *, local,
		size_t, nlocal, const struct iovec *, remote, size_t, nremote,
		unsigned long, flags)
{
	return process_vm_rw(pid, local, nlocal, remote, nremote, flags, true);
}

/* ---- process_madvise --------------------------------------------------- */

static long madvise_vector(struct mm_struct *mm, const struct iovec *v,
			   size_t n, int advice)
{
	long done = 0;
	int err;

	for (; n; n--, v++) {
		err = do_madvise(mm, (unsigned long)v->iov_base, v->iov_len,
				 advice);
		if (err)
			return done ? done : err;
		done += v->iov_len;
	}
	return done;
}

SYSCALL_DEFINE5(process_madvise, int, pidfd, const struct iovec *, uvec,
		size_t, n, int, advice, unsigned, flags)
{
	struct mm_struct *mm __free(mm) = NULL;
	struct iovec *v __free(memory) = NULL;
	struct file *f __free(file) = NULL;
	struct pid *pid;
	size_t total;

	if (flags)
		return -EINVAL;
	v = import_iovec(uvec, n, &total);
	if (IS_ERR(v))
		return PTR_ERR(v);
	f = pidfd_file(pidfd);
	if (!f)
		return -EBADF;
	pid = f->private_data;
	if (!pid->task)
		return -ESRCH;
	if (advice != MADV_COLD && advice != MADV_PAGEOUT &&
	    advice != MADV_WILLNEED)
		return -EINVAL;
	mm = mm_access(pid->task, PTRACE_MODE_READ_FSCREDS);
	if (IS_ERR_OR_NULL(mm))
		return mm ? PTR_ERR(mm) : -ESRCH;
	if (!capable(CAP_SYS_NICE))
		return -EPERM;
	return madvise_vector(mm, v, n, advice);
}
