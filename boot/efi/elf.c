// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's ELF image.  elf_check() trusts nothing in the file until it is
 * proved to lie in the file and in the image: every sum is checked before it
 * is made.  The image is linked at KERNEL_LINK and put at any multiple of
 * 2 MiB.
 */
#include "loader.h"

struct elf64_ehdr {
	UINT8 ident[16];
	UINT16 type, machine;
	UINT32 version;
	UINT64 entry, phoff, shoff;
	UINT32 flags;
	UINT16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf64_phdr {
	UINT32 type, flags;
	UINT64 offset, vaddr, paddr, filesz, memsz, align;
};

#define PT_LOAD		1
#define PF_X		1
#define PF_W		2
#define ET_EXEC		2
#define EM_X86_64	62
#define PHDRS_MAX	16

static EFI_STATUS bad(const char *why)
{
	return fail(why, EFI_LOAD_ERROR);
}

static EFI_STATUS check_header(const struct blob *f)
{
	static const UINT8 ident[7] = {
		0x7f, 'E', 'L', 'F', 2 /* 64-bit */, 1 /* little */, 1 };
	const struct elf64_ehdr *e = (const void *)f->data;

	if (f->size < sizeof(*e) || CompareMem(e->ident, ident, sizeof(ident)))
		return bad("kernel.elf: not a 64-bit little-endian ELF file");
	if (e->machine != EM_X86_64 || e->type != ET_EXEC || e->version != 1)
		return bad("kernel.elf: not an x86-64 executable");
	if (e->phentsize != sizeof(struct elf64_phdr) || !e->phnum ||
	    e->phnum > PHDRS_MAX || e->phoff % 8 || e->phoff > f->size ||
	    f->size - e->phoff < e->phnum * sizeof(struct elf64_phdr))
		return bad("kernel.elf: bad program header table");
	return EFI_SUCCESS;
}

/* One segment; `end` is where the one before it ended.  An empty one loads
 * nothing, so its other fields do not matter. */
static EFI_STATUS check_segment(const struct blob *f,
				const struct elf64_phdr *p, UINT64 *end)
{
	if (p->filesz > p->memsz)
		return bad("kernel.elf: a segment is larger than its memory");
	if (!p->memsz)
		return EFI_SUCCESS;
	if (p->offset > f->size || p->filesz > f->size - p->offset)
		return bad("kernel.elf: a segment lies outside the file");
	if (p->vaddr < KERNEL_LINK || p->vaddr > KERNEL_LINK + KERNEL_MAX ||
	    p->memsz > KERNEL_LINK + KERNEL_MAX - p->vaddr)
		return bad("kernel.elf: a segment lies outside the image");
	if (p->vaddr < *end)
		return bad("kernel.elf: segments overlap");
	if (p->vaddr % EFI_PAGE_SIZE || p->paddr != p->vaddr - KERNEL_BASE)
		return bad("kernel.elf: a segment has a bad address");
	if ((p->flags & (PF_W | PF_X)) == (PF_W | PF_X))
		return bad("kernel.elf: a segment is writable and executable");
	*end = p->vaddr + p->memsz;
	return EFI_SUCCESS;
}

EFI_STATUS elf_check(const struct blob *f, struct kernel_image *k)
{
	const struct elf64_ehdr *e = (const void *)f->data;
	const struct elf64_phdr *p;
	UINT64 end = KERNEL_LINK;
	BOOLEAN entry_ok = FALSE;
	EFI_STATUS status;

	status = check_header(f);
	if (EFI_ERROR(status))
		return status;
	p = (const void *)(f->data + e->phoff);
	for (UINTN i = 0; i < e->phnum; i++, p++) {
		if (p->type != PT_LOAD)
			continue;
		status = check_segment(f, p, &end);
		if (EFI_ERROR(status))
			return status;
		if (p->flags & PF_X && e->entry >= p->vaddr &&
		    e->entry - p->vaddr < p->filesz)
			entry_ok = TRUE;
	}
	if (!entry_ok)
		return bad("kernel.elf: entry outside the executable segment");
	k->entry = e->entry;
	k->size = end - KERNEL_LINK;
	return EFI_SUCCESS;
}

EFI_STATUS elf_load(const struct blob *f, struct kernel_image *k)
{
	const struct elf64_ehdr *e = (const void *)f->data;
	const struct elf64_phdr *p = (const void *)(f->data + e->phoff);
	UINT64 start, pages = EFI_SIZE_TO_PAGES(k->size);
	EFI_STATUS status;
	void *room;

	status = alloc_low(k->size + ALIGN_2M, EfiLoaderData, &room);
	if (EFI_ERROR(status))
		return status;
	start = (UINT64)room;
	k->phys = (start + ALIGN_2M - 1) & ~(ALIGN_2M - 1);
	ZeroMem((void *)k->phys, pages * EFI_PAGE_SIZE);
	for (UINTN i = 0; i < e->phnum; i++, p++)
		if (p->type == PT_LOAD && p->memsz)
			CopyMem((void *)(k->phys + p->vaddr - KERNEL_LINK),
				f->data + p->offset, p->filesz);
	return EFI_SUCCESS;
}
