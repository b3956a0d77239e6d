// SPDX-License-Identifier: GPL-2.0
/*
 * Designation: which programs exec makes memlocked tasks.  The program asks
 * with an ELF note; the kernel agrees if the file came out of the initrd
 * unmodified and belongs to root, for then whoever booted the machine chose
 * it.  A note that is not exactly right fails the exec: a program that asked to
 * be locked must never run unlocked because of a typing error.  Notes of other
 * owners are skipped.  (Ours; notes: System V gABI chapter 5)
 */
#include <fs/vfs.h>
#include <kernel/designate.h>
#include <kernel/exec.h>
#include <lib/bug.h>
#include <lib/string.h>
#include <mm/filemap.h>
#include <mm/slab.h>

#define NOTE_ALIGN 4u
#define NAME_SIZE (sizeof(DESIGNATE_NAME))

/* lab 4: begin elf_designated = 0 */
/* One note at data[*pos]; advances.  1: ours, *flags set; 0: another's. */
static int parse_note(const u8 *data, u64 size, u64 *pos, u32 *flags)
{
	Elf64_Nhdr h;
	u64 name = *pos + sizeof(h), desc, end;

	if (size - *pos < sizeof(h))
		return -ENOEXEC;
	memcpy(&h, data + *pos, sizeof(h));
	desc = name + ALIGN_UP((u64)h.n_namesz, NOTE_ALIGN);
	end = desc + h.n_descsz;
	if (desc > size || end > size)
		return -ENOEXEC;
	*pos = min(ALIGN_UP(end, NOTE_ALIGN), size);
	if (h.n_namesz != NAME_SIZE ||
	    memcmp(data + name, DESIGNATE_NAME, NAME_SIZE))
		return 0;
	if (h.n_type != DESIGNATE_TYPE || h.n_descsz != sizeof(*flags))
		return -ENOEXEC;
	memcpy(flags, data + desc, sizeof(*flags));
	return *flags == DESIGNATE_MEMLOCK ? 1 : -ENOEXEC;
}

/* Notes of a segment that names nothing of ours may be laid out as their
 * owner likes (8-byte alignment), so only one with our name is judged. */
static bool names_us(const u8 *data, u64 size)
{
	u64 i;

	for (i = 0; i + NAME_SIZE <= size; i += NOTE_ALIGN)
		if (!memcmp(data + i, DESIGNATE_NAME, NAME_SIZE))
			return true;
	return false;
}

static int parse_notes(const u8 *data, u64 size, unsigned *found)
{
	u64 pos = 0;
	u32 flags;
	int ret;

	if (!names_us(data, size))
		return 0;
	while (pos < size) {
		ret = parse_note(data, size, &pos, &flags);
		if (ret < 0)
			return ret;
		*found += ret;
	}
	return *found > 1 ? -ENOEXEC : 0;
}

static int read_notes(struct file *file, const Elf64_Phdr *p, unsigned *found)
{
	u64 size = p->p_filesz;
	u8 *data;
	int err;

	if (!size)
		return 0;
	if (size > DESIGNATE_NOTES_MAX)
		return -ENOEXEC;
	data = exec_read(file, p->p_offset, size);
	if (IS_ERR(data))
		return PTR_ERR(data);
	err = parse_notes(data, size, found);
	kfree(data);
	return err;
}

/* Nobody but root can have written it (open_exec: it is a regular file). */
static bool trusted(struct file *file)
{
	return file_from_initrd(file) && file_owner(file) == 0 &&
	       !(file->f_inode->i_mode & 022);
}

int elf_designated(struct file *file, const Elf64_Phdr *phdrs, unsigned n)
{
	unsigned i, found = 0;
	bool interp = false;
	char buf[128];
	int err;

	for (i = 0; i < n; i++) {
		interp |= phdrs[i].p_type == PT_INTERP;
		if (phdrs[i].p_type != PT_NOTE)
			continue;
		err = read_notes(file, &phdrs[i], &found);
		if (err)
			return err;
	}
	if (!found)
		return 0;
	if (interp)
		return -ENOEXEC;
	if (trusted(file))
		return 1;
	printk("exec: %s asks to be memlocked but is not root's file from the "
	       "initrd: refused\n", file_path(file, buf, sizeof(buf)));
	return -EPERM;
}
/* lab 4: end */
