// SPDX-License-Identifier: GPL-2.0
/*
 * System V shared memory: shmget, shmat, shmdt, shmctl (Linux: ipc/shm.c;
 * shmget(2), shmop(2), shmctl(2)).
 *
 *   id -> shmid_kernel -> shmem file <- a file for each shmat <- its areas
 *
 * The memory is an unlinked shmem file, so it is swapped, shared and counted
 * as such.  Each attach opens the file anew: that is how shmdt knows the pieces
 * of one attach, and how a removed segment learns of its last detach.  nattch
 * counts areas, as Linux's; mm/ tells of each through a_ops->mapped.
 *
 * Keeps true: a segment with SHM_DEST has an attach; SHM_LOCKED in its mode
 * and AS_UNEVICTABLE on its file go together; what segments locked by one user
 * hold together fitted RLIMIT_MEMLOCK when it was locked.
 */
#include <arch/uaccess.h>
#include <fs/proc.h>
#include <ipc/ipc.h>
#include <ipc/proc.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <limits.h>
#include <linux/mman.h>
#define _UNISTD_H	/* the header includes libc's, for nothing */
#include <linux/shm.h>

#define SHM_DEST   01000	/* destroy at the last detach */
#define SHM_LOCKED 02000
#define SHMLBA	   PAGE_SIZE

struct shmid_kernel {
	struct kern_ipc_perm perm;
	struct file *file;
	size_t size;		/* bytes, as asked for */
	unsigned attaches;	/* open files but the first; calls of shmat */
	unsigned long nattch;	/* areas */
	long atime, dtime, ctime;
	int cpid, lpid;
	u32 lock_uid;		/* who locked it */
};

u64 shm_ctlmax = SHMMAX, shm_ctlall = SHMALL;
int shm_ctlmni = SHMMNI;

static struct ipc_ids shm_ids;
static size_t shm_tot;		/* pages of all segments, by size */

static size_t shm_pages(const struct shmid_kernel *shp)
{
	return DIV_ROUND_UP(shp->size, PAGE_SIZE);
}

static void shm_destroy(struct shmid_kernel *shp)
{
	struct file *file = shp->file;

	shm_tot -= shm_pages(shp);
	file->f_inode->i_private = NULL;
	ipc_rmid(&shm_ids, &shp->perm);
	fput(file);
}

/* ---- attaches ---------------------------------------------------------- */

static void shm_detach(struct shmid_kernel *shp)
{
	if (--shp->attaches == 0 && shp->perm.mode & SHM_DEST)
		shm_destroy(shp);
}

static void shm_release(struct file *f)
{
	shm_detach(f->f_inode->i_private);
}

/* For shmat, or by way of /proc/PID/map_files. */
static int shm_open(struct inode *inode, struct file *f)
{
	struct shmid_kernel *shp = inode->i_private;

	if (!shp)
		return -EIDRM;
	shp->attaches++;
	return 0;
}

static const struct file_operations shm_fops = {
	.open = shm_open,
	.release = shm_release,
};

static void shm_mapped(struct address_space *mapping, int n)
{
	struct shmid_kernel *shp = ((struct inode *)mapping->host)->i_private;

	shp->nattch += n;
	*(n > 0 ? &shp->atime : &shp->dtime) = current_time().tv_sec;
	shp->lpid = current->tgid;
}

static const struct address_space_operations shm_aops = {
	.mapped = shm_mapped,
};

/* ---- shmget ------------------------------------------------------------ */

static struct file *shm_file(const struct ipc_params *p)
{
	struct file *f;
	char name[32];

	/* Without huge pages: as MAP_HUGETLB. */
	if (p->flags & SHM_HUGETLB || p->size > INT64_MAX)
		return ERR_PTR(-EINVAL);
	if (!(p->flags & SHM_NORESERVE) &&
	    !enough_memory(DIV_ROUND_UP(p->size, PAGE_SIZE)))
		return ERR_PTR(-ENOMEM);
	snprintf(name, sizeof(name), "/SYSV%08x (deleted)", p->key);
	f = shmem_file(name, p->size, O_RDWR);
	if (IS_ERR(f))
		return f;
	f->f_inode->i_fop = &shm_fops;
	if (!(p->flags & SHM_NORESERVE))
		f->f_mapping->flags |= AS_ACCOUNT;
	return f;
}

static int newseg(const struct ipc_params *p)
{
	size_t pages = DIV_ROUND_UP(p->size, PAGE_SIZE);
	struct shmid_kernel *shp;
	struct inode *inode;
	int id;

	if (p->size < SHMMIN || p->size > shm_ctlmax)
		return -EINVAL;
	if (pages << PAGE_SHIFT < p->size || shm_tot + pages < shm_tot ||
	    shm_tot + pages > shm_ctlall)
		return -ENOSPC;
	shp = ipc_alloc(sizeof(*shp));
	if (!shp)
		return -ENOMEM;
	shp->file = shm_file(p);
	if (IS_ERR(shp->file)) {
		id = PTR_ERR(shp->file);
		goto free;
	}
	shp->size = p->size;
	shp->ctime = current_time().tv_sec;
	shp->cpid = current->tgid;
	id = ipc_addid(&shm_ids, &shp->perm, shm_ctlmni, p);
	if (id < 0)
		goto put;
	shm_tot += pages;
	inode = shp->file->f_inode;
	inode->i_ino = id;
	inode->i_private = shp;
	inode->i_data.a_ops = &shm_aops;
	return id;
put:
	fput(shp->file);
free:
	ipc_free(shp);
	return id;
}

static int shm_more_checks(struct kern_ipc_perm *o, const struct ipc_params *p)
{
	struct shmid_kernel *shp = container_of(o, struct shmid_kernel, perm);

	return shp->size < p->size ? -EINVAL : 0;
}

SYSCALL_DEFINE3(shmget, int, key, size_t, size, int, flags)
{
	const struct ipc_ops ops = { newseg, shm_more_checks };

	return ipcget(&shm_ids, &ops, &(struct ipc_params){ key, flags, size });
}

/* ---- shmat, shmdt ------------------------------------------------------ */

/* What shmflg makes of an address: MAP_* and *addr, or -EINVAL. */
static int attach_flags(unsigned long *addr, int flags)
{
	if (!*addr)
		return flags & SHM_REMAP ? -EINVAL : MAP_SHARED;
	if (*addr & (SHMLBA - 1)) {
		if (!(flags & SHM_RND))
			return -EINVAL;
		*addr &= ~(SHMLBA - 1);
		if (!*addr && flags & SHM_REMAP)
			return -EINVAL;
	}
	return MAP_SHARED | (flags & SHM_REMAP || !*addr ? MAP_FIXED :
						MAP_FIXED_NOREPLACE);
}

SYSCALL_DEFINE3(shmat, int, id, unsigned long, addr, int, flags)
{
	bool readonly = flags & SHM_RDONLY, exec = flags & SHM_EXEC;
	struct file *file __free(file) = NULL;
	int map_flags = attach_flags(&addr, flags);
	struct shmid_kernel *shp;
	size_t size;

	if (id < 0 || map_flags < 0)
		return -EINVAL;
	shp = ipc_obtain(&shm_ids, id, S_IRUGO | (readonly ? 0 : S_IWUGO) |
			 (exec ? S_IXUGO : 0));
	if (IS_ERR(shp))
		return PTR_ERR(shp);
	size = shp->size;
	shp->attaches++;
	file = dentry_open(shp->file->f_dentry, readonly ? O_RDONLY : O_RDWR);
	shm_detach(shp);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (map_flags & MAP_FIXED_NOREPLACE && addr + size < addr)
		return -EINVAL;
	addr = do_mmap(current->mm, file, addr, size,
		       PROT_READ | (readonly ? 0 : PROT_WRITE) |
		       (exec ? PROT_EXEC : 0), map_flags, 0);
	return addr == (unsigned long)-EEXIST ? -EINVAL : (long)addr;
}

/* Is the area a piece of what was attached at addr? */
static bool attached_at(const struct vm_area_struct *vma, unsigned long addr)
{
	return vma->vm_file && vma->vm_file->f_op == &shm_fops &&
	       vma->vm_start - addr == vma->vm_pgoff << PAGE_SHIFT;
}

/* Unmap all pieces of the first attach at addr that is found: another area may
 * have taken the place of some of it.  (m) write. */
static int detach_at(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);
	unsigned long end, size;
	struct file *file;
	int ret = 0;

	while (vma && !attached_at(vma, addr))
		vma = vma_next(vma);
	if (!vma)
		return -EINVAL;
	file = get_file(vma->vm_file);
	size = PAGE_ALIGN(file->f_mapping->size);
	for (; vma && vma->vm_end - addr <= size && !ret;
	     vma = find_vma(mm, end)) {
		end = vma->vm_end;
		if (vma->vm_file == file && attached_at(vma, addr))
			ret = munmap_range(mm, vma->vm_start, end);
	}
	fput(file);
	return ret;
}

SYSCALL_DEFINE1(shmdt, unsigned long, addr)
{
	struct mm_struct *mm = current->mm;
	int ret;

	if (offset_in_page(addr))
		return -EINVAL;
	down_write(&mm->mmap_lock);
	ret = detach_at(mm, addr);
	up_write(&mm->mmap_lock);
	return ret;
}

/* ---- shmctl ------------------------------------------------------------ */

static int shm_stat(int id, int cmd, struct shmid64_ds *uds)
{
	struct shmid64_ds ds;
	struct shmid_kernel *shp;

	shp = cmd == IPC_STAT ? ipc_obtain(&shm_ids, id, S_IRUGO) :
	      ipc_obtain_index(&shm_ids, id, cmd == SHM_STAT_ANY);
	if (IS_ERR(shp))
		return PTR_ERR(shp);
	ds = (struct shmid64_ds){
		.shm_perm = ipc_perm_out(&shp->perm), .shm_segsz = shp->size,
		.shm_atime = shp->atime, .shm_dtime = shp->dtime,
		.shm_ctime = shp->ctime, .shm_cpid = shp->cpid,
		.shm_lpid = shp->lpid, .shm_nattch = shp->nattch,
	};
	id = cmd == IPC_STAT ? 0 : shp->perm.id;
	return copy_to_user(uds, &ds, sizeof(ds)) ? -EFAULT : id;
}

static int shm_set(int id, const struct shmid64_ds *uds)
{
	struct shmid_kernel *shp;
	struct shmid64_ds ds;
	int err;

	if (copy_from_user(&ds, uds, sizeof(ds)))
		return -EFAULT;
	shp = ipc_obtain_owned(&shm_ids, id);
	if (IS_ERR(shp))
		return PTR_ERR(shp);
	err = ipc_update_perm(&shp->perm, &ds.shm_perm);
	if (!err)
		shp->ctime = current_time().tv_sec;
	return err;
}

static int shm_remove(int id)
{
	struct shmid_kernel *shp = ipc_obtain_owned(&shm_ids, id);

	if (IS_ERR(shp))
		return PTR_ERR(shp);
	if (shp->attaches) {
		shp->perm.mode |= SHM_DEST;
		shp->perm.key = IPC_PRIVATE;	/* a new one may have it */
	} else {
		shm_destroy(shp);
	}
	return 0;
}

static int shm_info(int cmd, void *ubuf)
{
	struct shminfo64 limits = {
		.shmmax = shm_ctlmax, .shmmin = SHMMIN, .shmmni = shm_ctlmni,
		.shmseg = shm_ctlmni, .shmall = shm_ctlall,
	};
	struct shm_info used = { .used_ids = shm_ids.in_use,
				 .shm_tot = shm_tot };
	struct shmid_kernel *shp;
	u64 i;
	int err;

	for (i = 0; (shp = ipc_next(&shm_ids, &i)); i++) {
		used.shm_rss += shp->file->f_mapping->nrpages;
		used.shm_swp += shp->file->f_mapping->nrswap;
	}
	if (cmd == IPC_INFO)
		err = copy_to_user(ubuf, &limits, sizeof(limits));
	else
		err = copy_to_user(ubuf, &used, sizeof(used));
	return err ? -EFAULT : ipc_max_index(&shm_ids);
}

/* Pages that segments locked by the user hold (Linux: user_shm_lock). */
static size_t shm_locked_by(u32 uid)
{
	struct shmid_kernel *shp;
	size_t n = 0;
	u64 i;

	for (i = 0; (shp = ipc_next(&shm_ids, &i)); i++)
		if (shp->perm.mode & SHM_LOCKED && shp->lock_uid == uid)
			n += shm_pages(shp);
	return n;
}

static int shm_lock(int id, bool on)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK);
	struct shmid_kernel *shp = ipc_obtain(&shm_ids, id, 0);

	if (IS_ERR(shp))
		return PTR_ERR(shp);
	if (!capable(CAP_IPC_LOCK) && (ipc_obtain_owned(&shm_ids, id) != shp ||
				       (on && !limit)))
		return -EPERM;
	if (on == !!(shp->perm.mode & SHM_LOCKED))
		return 0;
	if (on && limit != RLIM_INFINITY && !capable(CAP_IPC_LOCK) &&
	    shm_locked_by(current->uid) + shm_pages(shp) > limit >> PAGE_SHIFT)
		return -ENOMEM;
	shp->lock_uid = current->uid;
	shp->perm.mode ^= SHM_LOCKED;
	mapping_set_unevictable(shp->file->f_mapping, on);
	return 0;
}

SYSCALL_DEFINE3(shmctl, int, id, int, cmd, void *, ubuf)
{
	if (cmd < 0 || id < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case SHM_INFO:
		return shm_info(cmd, ubuf);
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY:
		return shm_stat(id, cmd, ubuf);
	case IPC_SET:
		return shm_set(id, ubuf);
	case IPC_RMID:
		return shm_remove(id);
	case SHM_LOCK:
	case SHM_UNLOCK:
		return shm_lock(id, cmd == SHM_LOCK);
	default:
		return -EINVAL;
	}
}

/* /proc/sysvipc/shm */
int proc_shm_show(struct seq_file *m, struct proc_node *node)
{
	struct shmid_kernel *shp;
	u64 i;

	seq_puts(m, "       key      shmid perms                  size  cpid"
		 "  lpid nattch   uid   gid  cuid  cgid      atime      dtime"
		 "      ctime                   rss                  swap\n");
	for (i = 0; (shp = ipc_next(&shm_ids, &i)); i++)
		seq_printf(m, "%10d %10d  %4o %21lu %5u %5u  %5lu %5u %5u %5u "
			   "%5u %10lu %10lu %10lu %21lu %21lu\n",
			   shp->perm.key, shp->perm.id, shp->perm.mode,
			   shp->size, shp->cpid, shp->lpid, shp->nattch,
			   shp->perm.uid, shp->perm.gid, shp->perm.cuid,
			   shp->perm.cgid, shp->atime, shp->dtime, shp->ctime,
			   shp->file->f_mapping->nrpages << PAGE_SHIFT,
			   shp->file->f_mapping->nrswap << PAGE_SHIFT);
	return 0;
}
