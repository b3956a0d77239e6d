// SPDX-License-Identifier: GPL-2.0
/*
 * userfaultfd(2): page faults on registered ranges are told to whoever reads
 * the descriptor, and wait until he has filled the page.  Missing pages of
 * private anonymous memory only; no events, no write protection: the
 * handshake says so.
 *
 *   handle_mm_fault() - handle_userfault(): VM_FAULT_RETRY, nothing is done
 *   the caller drops mmap_lock - userfaultfd_wait(): on `pending`, asleep
 *   read(2): from `pending` to `shown`
 *   UFFDIO_COPY, ZEROPAGE fill and, as UFFDIO_WAKE does, wake: fault again
 *
 * A fault waits on its own stack and holds the context; the context is its
 * mm's until that is torn down (mm == NULL), areas point to it until the file
 * is closed.  Lists change without a sleep.
 * (Linux: fs/userfaultfd.c)
 */
#include <arch/uaccess.h>
#include <asm/ioctl.h>
#include <fs/vfs.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/userfaultfd.h>
#include <mm/mm.h>

#define UFFD_EVENT_SIZE sizeof(struct uffd_msg)
#define FEATURES (UFFD_FEATURE_SIGBUS | UFFD_FEATURE_THREAD_ID | \
		  UFFD_FEATURE_EXACT_ADDRESS)
#define RANGE_IOCTLS (1ull << _UFFDIO_WAKE | 1ull << _UFFDIO_COPY | \
		      1ull << _UFFDIO_ZEROPAGE)

int sysctl_unprivileged_userfaultfd;

/* One fault that waits. */
struct userfault {
	unsigned long addr;
	bool write, shown, woken;
	int tid;
	TAILQ_ENTRY(userfault) link;
};
TAILQ_HEAD(userfault_list, userfault);

struct userfaultfd_ctx {
	unsigned count;			/* the file, and faults */
	struct mm_struct *mm;		/* NULL: gone */
	LIST_ENTRY(userfaultfd_ctx) link; /* in mm */
	bool user_mode_only;
	bool initialized;		/* by UFFDIO_API */
	u64 features;
	struct userfault_list pending, shown;
	struct wait_queue fd_wq;	/* readers */
	struct wait_queue fault_wq;	/* faults */
};

static void put_ctx(struct userfaultfd_ctx *ctx)
{
	if (!--ctx->count)
		kfree(ctx);
}

/* ---- faults ------------------------------------------------------------ */

/* (m) held.  RETRY: the caller lets go of it and calls userfaultfd_wait(). */
unsigned handle_userfault(struct vm_area_struct *vma, unsigned long addr,
			  unsigned flags)
{
	struct userfaultfd_ctx *ctx = vma->userfaultfd;
	bool user = flags & FAULT_FLAG_USER;

	if (!(flags & FAULT_FLAG_ALLOW_RETRY) || current->exiting ||
	    (ctx->features & UFFD_FEATURE_SIGBUS) ||
	    (!user && (ctx->user_mode_only || fatal_signal_pending())))
		return VM_FAULT_SIGBUS;
	if (!(ctx->features & UFFD_FEATURE_EXACT_ADDRESS))
		addr &= PAGE_MASK;
	ctx->count++;
	current->userfault = (struct task_userfault){
		.ctx = ctx, .addr = addr, .write = flags & FAULT_FLAG_WRITE };
	return VM_FAULT_RETRY;
}

bool userfaultfd_wait(bool interruptible)
{
	struct userfaultfd_ctx *ctx = current->userfault.ctx;
	struct userfault w = { .addr = current->userfault.addr,
			       .write = current->userfault.write,
			       .tid = current->pid };
	unsigned long f = irq_save();

	current->userfault.ctx = NULL;
	TAILQ_INSERT_TAIL(&ctx->pending, &w, link);
	wake_up(&ctx->fd_wq);
	while (!w.woken && !(interruptible ? signal_pending() :
					     fatal_signal_pending()))
		sleep_on(&ctx->fault_wq, true);
	TAILQ_REMOVE(w.shown ? &ctx->shown : &ctx->pending, &w, link);
	irq_restore(f);
	put_ctx(ctx);
	return true;
}

static void wake_list(struct userfault_list *list, unsigned long start,
		      unsigned long len)
{
	struct userfault *w;

	TAILQ_FOREACH(w, list, link)
		if (w->addr >= start && w->addr - start < len)
			w->woken = true;
}

static void wake_range(struct userfaultfd_ctx *ctx, unsigned long start,
		       unsigned long len)
{
	wake_list(&ctx->pending, start, len);
	wake_list(&ctx->shown, start, len);
	wake_up(&ctx->fault_wq);
}

/* The mm goes: no fault of it waits any more. */
void userfaultfd_exit(struct mm_struct *mm)
{
	struct userfaultfd_ctx *ctx;

	while ((ctx = LIST_FIRST(&mm->userfaultfds))) {
		LIST_REMOVE(ctx, link);
		ctx->mm = NULL;
	}
}

/* ---- the descriptor ---------------------------------------------------- */

static struct mm_struct *get_mm(const struct userfaultfd_ctx *ctx)
{
	if (!ctx->mm || !ctx->mm->mm_users)
		return NULL;
	mmget(ctx->mm);
	return ctx->mm;
}

static void uffd_release(struct file *f)
{
	struct userfaultfd_ctx *ctx = f->private_data;
	struct mm_struct *mm = get_mm(ctx);

	if (mm) {
		userfaultfd_forget(mm, ctx);
		mmput(mm);
	}
	if (ctx->mm)
		LIST_REMOVE(ctx, link);
	wake_range(ctx, 0, ~0ul);
	put_ctx(ctx);
}

static struct uffd_msg show_fault(struct userfaultfd_ctx *ctx)
{
	struct userfault *w = TAILQ_FIRST(&ctx->pending);
	struct uffd_msg msg = { .event = UFFD_EVENT_PAGEFAULT };

	msg.arg.pagefault.address = w->addr;
	msg.arg.pagefault.flags = w->write ? UFFD_PAGEFAULT_FLAG_WRITE : 0;
	if (ctx->features & UFFD_FEATURE_THREAD_ID)
		msg.arg.pagefault.feat.ptid = w->tid;
	TAILQ_REMOVE(&ctx->pending, w, link);
	TAILQ_INSERT_TAIL(&ctx->shown, w, link);
	w->shown = true;
	return msg;
}

static long uffd_read(struct file *f, void *ubuf, size_t n, u64 *pos)
{
	struct userfaultfd_ctx *ctx = f->private_data;
	struct uffd_msg msg;
	long done = 0;
	int err;

	if (!ctx->initialized || n < UFFD_EVENT_SIZE)
		return -EINVAL;
	for (; n - done >= UFFD_EVENT_SIZE; done += UFFD_EVENT_SIZE) {
		if (done && TAILQ_EMPTY(&ctx->pending))
			break;
		err = wait_for_file(f, &ctx->fd_wq,
				    !TAILQ_EMPTY(&ctx->pending));
		if (err)
			return err;
		msg = show_fault(ctx);
		if (copy_to_user((char *)ubuf + done, &msg, sizeof(msg)))
			return done ? done : -EFAULT;
	}
	return done;
}

static unsigned uffd_poll(struct file *f, struct poll_table *pt)
{
	struct userfaultfd_ctx *ctx = f->private_data;

	poll_wait(pt, &ctx->fd_wq);
	if (!ctx->initialized || !(f->f_flags & O_NONBLOCK))
		return POLLERR;
	return TAILQ_EMPTY(&ctx->pending) ? 0 : POLLIN;
}

/* ---- ioctls ------------------------------------------------------------ */

static int do_api(struct userfaultfd_ctx *ctx, struct uffdio_api *uapi)
{
	struct uffdio_api api;
	int err = 0;

	if (copy_from_user(&api, uapi, sizeof(api)))
		return -EFAULT;
	if (api.api != UFFD_API || (api.features & ~(u64)FEATURES) ||
	    ctx->initialized) {
		err = -EINVAL;
		api = (struct uffdio_api){ .api = 0 };
	} else {
		ctx->features = api.features;
		ctx->initialized = true;
		api.features = FEATURES;
		api.ioctls = UFFD_API_IOCTLS;
	}
	return copy_to_user(uapi, &api, sizeof(api)) ? -EFAULT : err;
}

static bool range_valid(u64 start, u64 len)
{
	return len && !offset_in_page(start) && !offset_in_page(len) &&
	       start >= MMAP_MIN_ADDR && start < TASK_SIZE &&
	       len <= TASK_SIZE - start;
}

static int get_range(struct uffdio_range *r, const struct uffdio_range *urange)
{
	if (copy_from_user(r, urange, sizeof(*r)))
		return -EFAULT;
	return range_valid(r->start, r->len) ? 0 : -EINVAL;
}

static int do_register(struct userfaultfd_ctx *ctx, struct mm_struct *mm,
		       struct uffdio_register *ureg)
{
	struct uffdio_register r;
	int err;

	if (copy_from_user(&r, ureg, offsetof(struct uffdio_register, ioctls)))
		return -EFAULT;
	if (r.mode != UFFDIO_REGISTER_MODE_MISSING ||
	    !range_valid(r.range.start, r.range.len))
		return -EINVAL;
	if (!mm)
		return -ENOMEM;
	err = userfaultfd_set_range(mm, r.range.start,
				    r.range.start + r.range.len, ctx);
	return err ? err : put_user(RANGE_IOCTLS, &ureg->ioctls);
}

static int do_unregister(struct userfaultfd_ctx *ctx, struct mm_struct *mm,
			 const struct uffdio_range *urange)
{
	struct uffdio_range r;
	int err = get_range(&r, urange);

	if (err)
		return err;
	if (!mm)
		return -ENOMEM;
	err = userfaultfd_set_range(mm, r.start, r.start + r.len, NULL);
	if (!err)
		wake_range(ctx, r.start, r.len);
	return err;
}

static int do_wake(struct userfaultfd_ctx *ctx,
		   const struct uffdio_range *urange)
{
	struct uffdio_range r;
	int err = get_range(&r, urange);

	if (!err)
		wake_range(ctx, r.start, r.len);
	return err;
}

/* Fill [start, start + len); bytes done, or an error, go to *uresult. */
static int do_fill(struct userfaultfd_ctx *ctx, struct mm_struct *mm,
		   struct uffdio_range r, const char *src, bool wake,
		   s64 *uresult)
{
	long done;

	if (!mm)
		return -ESRCH;
	done = mfill_atomic(mm, r.start, src, r.len);
	if (put_user(done, uresult))
		return -EFAULT;
	if (done < 0)
		return done;
	if (wake)
		wake_range(ctx, r.start, done);
	return done == (long)r.len ? 0 : -EAGAIN;
}

static int do_copy(struct userfaultfd_ctx *ctx, struct mm_struct *mm,
		   struct uffdio_copy *ucopy)
{
	struct uffdio_copy c;

	if (copy_from_user(&c, ucopy, offsetof(struct uffdio_copy, copy)))
		return -EFAULT;
	if (!range_valid(c.dst, c.len) || c.src + c.len <= c.src ||
	    (c.mode & ~(u64)UFFDIO_COPY_MODE_DONTWAKE))
		return -EINVAL;
	return do_fill(ctx, mm, (struct uffdio_range){ c.dst, c.len },
		       (const char *)c.src,
		       !(c.mode & UFFDIO_COPY_MODE_DONTWAKE),
		       (s64 *)&ucopy->copy);
}

static int do_zeropage(struct userfaultfd_ctx *ctx, struct mm_struct *mm,
		       struct uffdio_zeropage *uzero)
{
	struct uffdio_zeropage z;

	if (copy_from_user(&z, uzero,
			   offsetof(struct uffdio_zeropage, zeropage)))
		return -EFAULT;
	if (!range_valid(z.range.start, z.range.len) ||
	    (z.mode & ~(u64)UFFDIO_ZEROPAGE_MODE_DONTWAKE))
		return -EINVAL;
	return do_fill(ctx, mm, z.range, NULL,
		       !(z.mode & UFFDIO_ZEROPAGE_MODE_DONTWAKE),
		       (s64 *)&uzero->zeropage);
}

static long uffd_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct userfaultfd_ctx *ctx = f->private_data;
	struct mm_struct *mm __free(mm) = get_mm(ctx);
	void *uarg = (void *)arg;

	if (cmd == UFFDIO_API)
		return do_api(ctx, uarg);
	if (!ctx->initialized)
		return -EINVAL;
	switch (cmd) {
	case UFFDIO_REGISTER:
		return do_register(ctx, mm, uarg);
	case UFFDIO_UNREGISTER:
		return do_unregister(ctx, mm, uarg);
	case UFFDIO_WAKE:
		return do_wake(ctx, uarg);
	case UFFDIO_COPY:
		return do_copy(ctx, mm, uarg);
	case UFFDIO_ZEROPAGE:
		return do_zeropage(ctx, mm, uarg);
	default:
		return -EINVAL;
	}
}

static const struct file_operations uffd_fops = {
	.read = uffd_read,
	.poll = uffd_poll,
	.ioctl = uffd_ioctl,
	.release = uffd_release,
	.lseek = no_lseek,
};

SYSCALL_DEFINE1(userfaultfd, int, flags)
{
	struct userfaultfd_ctx *ctx;
	struct file *f;

	if (!(flags & UFFD_USER_MODE_ONLY) &&
	    !sysctl_unprivileged_userfaultfd && !capable(CAP_SYS_PTRACE))
		return -EPERM;
	if (flags & ~(UFFD_USER_MODE_ONLY | O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return -ENOMEM;
	ctx->count = 1;
	ctx->user_mode_only = flags & UFFD_USER_MODE_ONLY;
	TAILQ_INIT(&ctx->pending);
	TAILQ_INIT(&ctx->shown);
	wait_queue_init(&ctx->fd_wq);
	wait_queue_init(&ctx->fault_wq);
	f = anon_inode_file("anon_inode:[userfaultfd]", &uffd_fops, ctx,
			    O_RDONLY | (flags & O_NONBLOCK));
	if (IS_ERR(f)) {
		kfree(ctx);
		return PTR_ERR(f);
	}
	ctx->mm = current->mm;
	LIST_INSERT_HEAD(&ctx->mm->userfaultfds, ctx, link);
	return fd_attach(f, flags & O_CLOEXEC);
}
