// SPDX-License-Identifier: GPL-2.0
/*
 * Mapping an ELF program into a new, empty mm.  Every field of the file is
 * checked against the file's size, the address space and each other before the
 * first area is made; at most 64 KiB of program headers are looked at.  Load
 * segments must rise and not overlap; p_offset and p_vaddr agree modulo the
 * page size.  (Linux: fs/binfmt_elf.c; System V gABI chapter 5)
 */
#include <fs/vfs.h>
#include <kernel/designate.h>
#include <kernel/exec.h>
#include <kernel/kernel.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <linux/mman.h>
#include <mm/filemap.h>
#include <mm/memlock.h>

#define ELF_PHDRS_MAX	65536u			/* bytes */
#define ELF_DYN_BASE	0x555555554000ul
#define DYN_RANDOM	(1ul << 16)		/* pages */
#define BRK_RANDOM	(1ul << 13)		/* pages, as Linux: 32 MiB */

/* An ELF file, checked. */
struct elf_image {
	struct file *file;
	Elf64_Ehdr ehdr;
	Elf64_Phdr *phdrs;
	unsigned long start, end;	/* vaddrs of all segments, in pages */
	unsigned long bias;		/* added to every vaddr */
};

/* ---- checking ---------------------------------------------------------- */

static int check_header(const Elf64_Ehdr *h)
{
	if (memcmp(h->e_ident, ELFMAG, SELFMAG) ||
	    h->e_ident[EI_CLASS] != ELFCLASS64 ||
	    h->e_ident[EI_DATA] != ELFDATA2LSB)
		return -ENOEXEC;
	if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
		return -ENOEXEC;
	if (h->e_machine != EM_X86_64 || h->e_phentsize != sizeof(Elf64_Phdr))
		return -ENOEXEC;
	if (!h->e_phnum || h->e_phnum * sizeof(Elf64_Phdr) > ELF_PHDRS_MAX)
		return -ENOEXEC;
	return 0;
}

static u64 file_size(const struct file *f)
{
	return f->f_mapping ? f->f_mapping->size : 0;
}

/* Does [offset, offset + size) lie in the file? */
static bool in_file(const struct file *f, u64 offset, u64 size)
{
	return offset <= file_size(f) && size <= file_size(f) - offset;
}

void *exec_read(struct file *file, u64 offset, size_t size)
{
	void *buf;
	long n;

	if (!in_file(file, offset, size))
		return ERR_PTR(-ENOEXEC);
	buf = kmalloc(size, GFP_KERNEL);
	if (!buf)
		return ERR_PTR(-ENOMEM);
	n = kernel_read(file, buf, size, offset);
	if (n == size)
		return buf;
	kfree(buf);
	return ERR_PTR(n < 0 ? n : -ENOEXEC);
}

/* The next segment to load after p (NULL: the first), or NULL. */
static const Elf64_Phdr *next_load(const struct elf_image *img,
				   const Elf64_Phdr *p)
{
	const Elf64_Phdr *end = img->phdrs + img->ehdr.e_phnum;

	for (p = p ? p + 1 : img->phdrs; p < end; p++)
		if (p->p_type == PT_LOAD && p->p_memsz)
			return p;
	return NULL;
}

static int check_segment(struct elf_image *img, const Elf64_Phdr *p)
{
	unsigned long start = p->p_vaddr & PAGE_MASK;

	if (p->p_filesz > p->p_memsz)
		return -EINVAL;
	if (p->p_memsz > TASK_SIZE || p->p_vaddr > TASK_SIZE - p->p_memsz)
		return -ENOMEM;
	if (!in_file(img->file, p->p_offset, p->p_filesz))
		return -ENOEXEC;
	if (p->p_filesz && offset_in_page(p->p_offset) !=
			   offset_in_page(p->p_vaddr))
		return -EINVAL;
	if (img->end && start < img->end)
		return -EINVAL;
	if (!img->end)
		img->start = start;
	img->end = PAGE_ALIGN(p->p_vaddr + p->p_memsz);
	return 0;
}

static int check_segments(struct elf_image *img)
{
	const Elf64_Phdr *p = NULL;
	int err = 0;

	while (!err && (p = next_load(img, p)))
		err = check_segment(img, p);
	return !err && !img->end ? -ENOEXEC : err;
}

static int elf_open(struct elf_image *img, struct file *file, const char *head)
{
	int err;

	*img = (struct elf_image){ .file = file };
	memcpy(&img->ehdr, head, sizeof(img->ehdr));
	err = check_header(&img->ehdr);
	if (err)
		return err;
	img->phdrs = exec_read(file, img->ehdr.e_phoff,
			       img->ehdr.e_phnum * sizeof(Elf64_Phdr));
	if (IS_ERR(img->phdrs))
		return PTR_ERR(img->phdrs);
	err = check_segments(img);
	if (err)
		kfree(img->phdrs);
	return err;
}

static const Elf64_Phdr *find_phdr(const struct elf_image *img, u32 type)
{
	unsigned i;

	for (i = 0; i < img->ehdr.e_phnum; i++)
		if (img->phdrs[i].p_type == type)
			return &img->phdrs[i];
	return NULL;
}

/* ---- mapping ----------------------------------------------------------- */

static unsigned long segment_prot(const Elf64_Phdr *p)
{
	return (p->p_flags & PF_R ? PROT_READ : 0) |
	       (p->p_flags & PF_W ? PROT_WRITE : 0) |
	       (p->p_flags & PF_X ? PROT_EXEC : 0);
}

static int map_piece(struct mm_struct *mm, struct file *file,
		     unsigned long start, unsigned long end,
		     unsigned long prot, u64 offset)
{
	unsigned long flags = MAP_PRIVATE | MAP_FIXED, addr;

	if (start == end)
		return 0;
	if (!file)
		flags |= MAP_ANONYMOUS;
	addr = do_mmap(mm, file, start, end - start, prot, flags,
		       offset >> PAGE_SHIFT);
	return IS_ERR_VALUE(addr) ? (int)addr : 0;
}

/* What lies behind the segment's last file byte in its page is bss, to the
 * end of the page: dynamic loaders allocate behind their bss. */
static int zero_tail(struct mm_struct *mm, unsigned long start,
		     unsigned long end)
{
	size_t n = end - start;
	void *zeros;
	int err;

	if (!n)
		return 0;
	zeros = kzalloc(n, GFP_KERNEL);
	if (!zeros)
		return -ENOMEM;
	err = access_remote_vm(mm, start, zeros, n,
			       FOLL_WRITE | FOLL_FORCE) == n ? 0 : -ENOMEM;
	kfree(zeros);
	return err;
}

static int map_segment(struct elf_image *img, struct mm_struct *mm,
		       const Elf64_Phdr *p)
{
	unsigned long vaddr = img->bias + p->p_vaddr, start = vaddr & PAGE_MASK;
	unsigned long file_end = vaddr + p->p_filesz;
	unsigned long end = PAGE_ALIGN(vaddr + p->p_memsz);
	unsigned long mid = p->p_filesz ? PAGE_ALIGN(file_end) : start;
	int err = map_piece(mm, img->file, start, mid, segment_prot(p),
			    p->p_offset & PAGE_MASK);

	if (!err)
		err = map_piece(mm, NULL, mid, end, segment_prot(p), 0);
	if (!err && p->p_filesz && p->p_memsz > p->p_filesz)
		err = zero_tail(mm, file_end, mid);
	return err;
}

static int map_image(struct elf_image *img, struct mm_struct *mm)
{
	const Elf64_Phdr *p = NULL;
	int err = 0;

	while (!err && (p = next_load(img, p)))
		err = map_segment(img, mm, p);
	return err;
}

static int choose_bias(struct elf_image *img)
{
	unsigned long base;

	if (img->ehdr.e_type == ET_EXEC)
		return 0;
	base = ELF_DYN_BASE + exec_random_pages(DYN_RANDOM) * PAGE_SIZE;
	if (img->end - img->start > TASK_SIZE - base)
		return -ENOMEM;
	img->bias = base - img->start;
	return 0;
}

/* Behind the last segment, one of no size included. */
static unsigned long heap_start(const struct elf_image *img)
{
	unsigned long end = img->end;

	for (unsigned i = 0; i < img->ehdr.e_phnum; i++) {
		const Elf64_Phdr *p = &img->phdrs[i];

		if (p->p_type == PT_LOAD && !p->p_memsz &&
		    img->bias + p->p_vaddr < TASK_SIZE)
			end = max(end, (unsigned long)p->p_vaddr);
	}
	return end;
}

/* Sizes for /proc and brk. */
static void set_extents(const struct elf_image *img, struct mm_struct *mm)
{
	const Elf64_Phdr *p = NULL;
	unsigned long start;

	mm->start_code = ~0ul;
	while ((p = next_load(img, p))) {
		start = img->bias + p->p_vaddr;
		mm->start_code = min(mm->start_code, start);
		if (p->p_flags & PF_X)
			mm->end_code = start + p->p_filesz;
		mm->start_data = start;
		mm->end_data = start + p->p_filesz;
	}
	mm->brk = PAGE_ALIGN(img->bias + heap_start(img)) +
		(randomize_va_space < 2 ? 0 :
		 exec_random_pages(BRK_RANDOM) * PAGE_SIZE);
	mm->start_brk = mm->brk;
}

/* Where the headers lie in memory, if a segment holds them; else 0. */
static unsigned long phdr_address(const struct elf_image *img)
{
	u64 off = img->ehdr.e_phoff;
	const Elf64_Phdr *p = NULL;

	while ((p = next_load(img, p)))
		if (off >= p->p_offset && off - p->p_offset < p->p_filesz)
			return img->bias + p->p_vaddr + (off - p->p_offset);
	return 0;
}

/* ---- the interpreter of a dynamic program ------------------------------ */

static struct file *open_interp(const struct elf_image *img,
				const Elf64_Phdr *p)
{
	struct file *file = ERR_PTR(-ENOEXEC);
	char *path;

	if (p->p_filesz < 2 || p->p_filesz > PATH_MAX)
		return file;
	path = exec_read(img->file, p->p_offset, p->p_filesz);
	if (IS_ERR(path))
		return ERR_CAST(path);
	if (!path[p->p_filesz - 1])
		file = open_execat(AT_FDCWD, path, LOOKUP_FOLLOW);
	kfree(path);
	return file;
}

/* A hole wide enough; the pieces then go there at fixed addresses. */
static int place_interp(struct elf_image *img, struct mm_struct *mm)
{
	unsigned long size = img->end - img->start, addr;

	if (img->ehdr.e_type == ET_EXEC)
		return 0;
	addr = do_mmap(mm, NULL, 0, size, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(addr))
		return addr;
	img->bias = addr - img->start;
	return do_munmap(mm, addr, size);
}

static int load_interp(struct exec *e, const struct elf_image *prog,
		       const Elf64_Phdr *p)
{
	struct file *file = open_interp(prog, p);
	struct elf_image img;
	char head[sizeof(Elf64_Ehdr)];
	long n;
	int err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_read(file, head, sizeof(head), 0);
	err = n == sizeof(head) ? elf_open(&img, file, head) :
	      n < 0 ? n : -EIO;
	if (err == -ENOEXEC)
		err = -ELIBBAD;
	if (err)
		goto out;
	err = place_interp(&img, e->mm);
	if (!err)
		err = map_image(&img, e->mm);
	e->interp_base = img.bias;
	e->ip = img.bias + img.ehdr.e_entry;
	kfree(img.phdrs);
out:
	fput(file);
	return err;
}

/* ---- the program ------------------------------------------------------- */

static int load_program(struct exec *e, struct elf_image *img)
{
	const Elf64_Phdr *interp = find_phdr(img, PT_INTERP);
	int err = choose_bias(img);

	if (!err)
		err = map_image(img, e->mm);
	if (err)
		return err;
	set_extents(img, e->mm);
	e->entry = e->ip = img->bias + img->ehdr.e_entry;
	e->phdr = phdr_address(img);
	e->phnum = img->ehdr.e_phnum;
	if (interp)
		err = load_interp(e, img, interp);
	if (!err && e->ip >= TASK_SIZE)
		err = -EINVAL;
	return err;
}

int exec_load_elf(struct exec *e)
{
	struct elf_image img;
	int err = elf_open(&img, e->file, e->head);

	if (err)
		return err;
	if (memlock->exec_mark)
		err = elf_designated(e->file, img.phdrs, img.ehdr.e_phnum);
	if (err >= 0) {
		e->designated = err;
		if (e->designated) {
			memlock->exec_mark(e->mm);
			current->oom_refused = true;
		}
		err = mm_sealed(e->mm) && current->ptrace.tracer ?
			      -EPERM : load_program(e, &img);
	}
	kfree(img.phdrs);
	return err;
}
