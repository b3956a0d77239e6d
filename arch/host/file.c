// SPDX-License-Identifier: GPL-2.0
/*
 * Files as mm/ sees them: an address_space with a disk of its own behind it (an
 * array that can fail), or shmem.  Descriptors are an array in the task.
 * (The kernel's: fs/)
 */
#include <arch/host.h>

#include "host_internal.h"

unsigned long host_files;

static int read_one(struct host_inode *inode, struct page *page)
{
	u64 pos = page->index << PAGE_SHIFT;
	u8 *to = page_address(page);

	inode->reads++;
	if (host_fail_io(false, &inode->fail_read, inode->lasting)) {
		page_set(page, PG_error);
		unlock_page(page);
		return -EIO;
	}
	host_tlb_assert_unmapped(page_to_pfn(page), "file read");
	memset(to, 0, host_page_bytes);
	if (pos < inode->bytes)
		memcpy(to, inode->data + pos,
		       min((u64)host_page_bytes, inode->bytes - pos));
	page_set(page, PG_uptodate);
	unlock_page(page);
	return 0;
}

static int file_readpages(struct address_space *mapping, struct page **pages,
			  unsigned n)
{
	int ret = 0;

	host_yield();
	for (unsigned i = 0; i < n; i++) {
		int err = read_one(mapping->host, pages[i]);

		ret = ret ? ret : err;
	}
	return ret;
}

static int write_one(struct host_inode *inode, struct page *page)
{
	u64 pos = page->index << PAGE_SHIFT;
	int ret = 0;

	inode->writes++;
	if (host_fail_io(true, &inode->fail_write, inode->lasting))
		ret = -EIO;
	else if (pos < inode->bytes)
		memcpy(inode->data + pos, page_address(page),
		       min((u64)host_page_bytes, inode->bytes - pos));
	if (ret)
		set_page_dirty(page);
	unlock_page(page);
	return ret;
}

static int file_writepages(struct address_space *mapping, struct page **pages,
			   unsigned n)
{
	int ret = 0;

	host_yield();
	for (unsigned i = 0; i < n; i++) {
		int err = write_one(mapping->host, pages[i]);

		ret = ret ? ret : err;
	}
	return ret;
}

static const struct address_space_operations file_aops = {
	.readpages = file_readpages,
	.writepages = file_writepages,
};

struct file *host_reopen(struct file *f, unsigned mode)
{
	struct file *n = host_zalloc(sizeof(*n));

	host_files++;
	n->f_count = 1;
	n->f_mode = mode;
	n->f_mapping = f->f_mapping;
	host_inode(f)->refs++;
	if (mode & FMODE_WRITE)
		host_inode(f)->writecount++;
	return n;
}

static struct file *open_inode(struct host_inode *inode, unsigned mode)
{
	struct file model = { .f_mapping = &inode->mapping };

	return host_reopen(&model, mode);
}

struct file *host_file_new(u64 size, u64 room, unsigned mode)
{
	struct host_inode *inode = host_zalloc(sizeof(*inode));

	inode->bytes = room;
	inode->data = host_zalloc(PAGE_ALIGN(room) + PAGE_SIZE);
	address_space_init(&inode->mapping, 0, &file_aops, inode);
	inode->mapping.size = size;
	return open_inode(inode, mode);
}

struct file *host_shmem_new(u64 size, unsigned mode)
{
	struct host_inode *inode = host_zalloc(sizeof(*inode));

	address_space_init(&inode->mapping, AS_SHMEM, NULL, inode);
	inode->mapping.size = size;
	return open_inode(inode, mode);
}

int host_truncate(struct file *f, u64 size)
{
	struct host_inode *inode = host_inode(f);
	int ret = inode->writecount < 0 ? -ETXTBSY :
		  truncate_setsize(f->f_mapping, size);

	if (!ret && size < inode->bytes)
		memset(inode->data + size, 0, inode->bytes - size);
	return ret;
}

struct file *host_dev_zero(void)
{
	struct file *f = host_shmem_new(0, FMODE_READ | FMODE_WRITE);

	host_inode(f)->dev_zero = true;
	return f;
}

/* Files of the host have no owners. */
bool file_owned_or_writable(struct file *f)
{
	return f->f_mode & FMODE_WRITE;
}

bool file_noexec(struct file *f)
{
	return false;
}

bool file_is_dev_zero(struct file *f)
{
	return f->f_mapping && host_inode(f)->dev_zero;
}

struct file *shmem_zero_setup_file(u64 size)
{
	if (should_fail_alloc())
		return ERR_PTR(-ENOMEM);
	return host_shmem_new(size, FMODE_READ | FMODE_WRITE);
}

void __fput(struct file *f)
{
	struct host_inode *inode = host_inode(f);

	if (f->f_mode & FMODE_WRITE)
		inode->writecount--;
	host_free(f);
	host_files--;
	if (--inode->refs)
		return;
	address_space_destroy(&inode->mapping);
	host_free(inode->data);
	host_free(inode);
}

int deny_write_access(struct file *f)
{
	if (host_inode(f)->writecount > 0)
		return -ETXTBSY;
	host_inode(f)->writecount--;
	return 0;
}

bool file_writers_denied(struct file *f)
{
	return host_inode(f)->writecount < 0;
}

void allow_write_access(struct file *f)
{
	host_inode(f)->writecount++;
}

int host_fd_install(struct file *f)
{
	for (int i = 0; i < HOST_NR_FDS; i++) {
		if (current->fds[i])
			continue;
		current->fds[i] = f;
		return i;
	}
	panic("a task has at most %d files", HOST_NR_FDS);
}

void host_fd_close(struct task_struct *t, int fd)
{
	struct file *f = t->fds[fd];

	t->fds[fd] = NULL;
	if (f)
		fput(f);
}

struct file *fget(unsigned fd)
{
	if (fd >= HOST_NR_FDS || !current->fds[fd])
		return NULL;
	return get_file(current->fds[fd]);
}
