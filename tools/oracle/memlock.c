// SPDX-License-Identifier: GPL-2.0
/*
 * The lock design `task` for Linux 6.1, as a loadable module: so that the
 * patch of 2013 can be compared with Holdfast, and with what it does in the
 * kernel it was written for.
 *
 *   exec       a binary format ahead of ELF's reads the notes of the program.
 *              If it is designated, the new mm gets the mark and VM_LOCKED in
 *              def_flags, and the ELF loader goes on as if nothing had been.
 *   munlock,   a kprobe on the system call's entry: in a marked mm the call
 *   munlockall becomes a function that returns -EINVAL, whatever its arguments.
 *
 * Keeps true: the mark is set here and nowhere cleared; fork and exec drop it,
 * for MMF_INIT_MASK has no bit for it.  bprm->mm belongs to the caller alone
 * until the loader installs it, so no lock is needed.
 *
 * As posted, and unlike Holdfast: Linux makes the stack area and copies the
 * arguments to it before it knows the program.  That area becomes locked only
 * when the loader moves it (setup_arg_pages), uncounted and unpopulated.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/binfmts.h>
#include <linux/elf.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include <kernel/designate.h>

/* The patch has 21, which is MMF_OOM_SKIP here: with that one a memlocked task
 * would be passed over by the OOM killer, and a mm that the OOM reaper is done
 * with would refuse munlock.  6.1 uses none from 28 on. */
#define MMF_VM_LOCKED	28

#define NOTE_ALIGN	4u
#define NAME_SIZE	sizeof(DESIGNATE_NAME)
#define PHDRS_MAX	(65536u / sizeof(Elf64_Phdr))	/* as the ELF loader */

static struct timespec64 loaded;	/* when this module was */

/* ---- the note: the rules of Holdfast's kernel/designate.c ---------------- */

/* `size` bytes of the file, to be kfree'd; or an error. */
static void *read_part(struct file *file, loff_t pos, size_t size)
{
	void *data = kmalloc(size, GFP_KERNEL);
	ssize_t n;

	if (!data)
		return ERR_PTR(-ENOMEM);
	n = kernel_read(file, data, size, &pos);
	if (n == size)
		return data;
	kfree(data);
	return ERR_PTR(n < 0 ? n : -ENOEXEC);
}

/* The note at data[*pos]; advances.  1: ours, 0: another's. */
static int parse_note(const u8 *data, u64 size, u64 *pos)
{
	Elf64_Nhdr h;
	u64 name = *pos + sizeof(h), desc, end;
	u32 flags;

	if (size - *pos < sizeof(h))
		return -ENOEXEC;
	memcpy(&h, data + *pos, sizeof(h));
	desc = name + ALIGN((u64)h.n_namesz, NOTE_ALIGN);
	end = desc + h.n_descsz;
	if (end > size)
		return -ENOEXEC;
	*pos = min(ALIGN(end, NOTE_ALIGN), size);
	if (h.n_namesz != NAME_SIZE ||
	    memcmp(data + name, DESIGNATE_NAME, NAME_SIZE))
		return 0;
	if (h.n_type != DESIGNATE_TYPE || h.n_descsz != sizeof(flags))
		return -ENOEXEC;
	memcpy(&flags, data + desc, sizeof(flags));
	return flags == DESIGNATE_MEMLOCK ? 1 : -ENOEXEC;
}

/* Only a segment that has our name somewhere is judged. */
static bool names_us(const u8 *data, u64 size)
{
	u64 i;

	for (i = 0; i + NAME_SIZE <= size; i += NOTE_ALIGN)
		if (!memcmp(data + i, DESIGNATE_NAME, NAME_SIZE))
			return true;
	return false;
}

static int parse_notes(const u8 *data, u64 size, int *found)
{
	u64 pos = 0;
	int ret;

	if (!names_us(data, size))
		return 0;
	while (pos < size) {
		ret = parse_note(data, size, &pos);
		if (ret < 0)
			return ret;
		*found += ret;
	}
	return *found > 1 ? -ENOEXEC : 0;
}

static int read_notes(struct file *file, const Elf64_Phdr *p, int *found)
{
	u8 *data;
	int err;

	if (!p->p_filesz)
		return 0;
	if (p->p_filesz > DESIGNATE_NOTES_MAX)
		return -ENOEXEC;
	data = read_part(file, p->p_offset, p->p_filesz);
	if (IS_ERR(data))
		return PTR_ERR(data);
	err = parse_notes(data, p->p_filesz, found);
	kfree(data);
	return err;
}

static int count_notes(struct file *file, const Elf64_Ehdr *ehdr)
{
	size_t size = ehdr->e_phnum * sizeof(Elf64_Phdr);
	Elf64_Phdr *phdrs = read_part(file, ehdr->e_phoff, size);
	int i, err = 0, found = 0;
	bool interp = false;

	if (IS_ERR(phdrs))
		return PTR_ERR(phdrs);
	for (i = 0; i < ehdr->e_phnum && !err; i++) {
		interp |= phdrs[i].p_type == PT_INTERP;
		if (phdrs[i].p_type == PT_NOTE)
			err = read_notes(file, &phdrs[i], &found);
	}
	kfree(phdrs);
	if (err)
		return err;
	return found && interp ? -ENOEXEC : found;
}

/* From the initrd, root's, and not changed since: Linux keeps no such record,
 * but whoever writes, truncates or hands over a file renews its ctime. */
static bool trusted(struct file *file)
{
	const struct inode *inode = file_inode(file);

	return !strcmp(inode->i_sb->s_type->name, "rootfs") &&
	       uid_eq(inode->i_uid, GLOBAL_ROOT_UID) &&
	       !(inode->i_mode & 022) &&
	       timespec64_compare(&inode->i_ctime, &loaded) <= 0;
}

/* ---- exec --------------------------------------------------------------- */

static bool is_program(const Elf64_Ehdr *h)
{
	return !memcmp(h->e_ident, ELFMAG, SELFMAG) &&
	       h->e_ident[EI_CLASS] == ELFCLASS64 &&
	       h->e_machine == EM_X86_64 &&
	       h->e_phentsize == sizeof(Elf64_Phdr) &&
	       h->e_phnum && h->e_phnum <= PHDRS_MAX;
}

/* -ENOEXEC hands the program on to the next binary format. */
static int mark_designated(struct linux_binprm *bprm)
{
	const Elf64_Ehdr *ehdr = (const Elf64_Ehdr *)bprm->buf;
	int found;

	if (!is_program(ehdr))
		return -ENOEXEC;
	found = count_notes(bprm->file, ehdr);
	if (found == -ENOEXEC)		/* and none shall take it */
		memcpy(bprm->buf, "bad ", 4);
	if (found < 0)
		return found;
	if (found && !trusted(bprm->file)) {
		pr_notice("%pD asks to be memlocked but is not root's file "
			  "from the initrd: refused\n", bprm->file);
		return -EPERM;
	}
	if (found) {
		set_bit(MMF_VM_LOCKED, &bprm->mm->flags);
		bprm->mm->def_flags |= VM_LOCKED;
	}
	return -ENOEXEC;
}

static struct linux_binfmt designated = {
	.module = THIS_MODULE,
	.load_binary = mark_designated,
};

/* ---- munlock, munlockall ------------------------------------------------ */

static long refused(void)
{
	return -EINVAL;
}

/* At the first instruction: what is on the stack is the return address. */
static int deny(struct kprobe *probe, struct pt_regs *regs)
{
	if (!current->mm || !test_bit(MMF_VM_LOCKED, &current->mm->flags))
		return 0;
	regs->ip = (unsigned long)refused;
	return 1;
}
NOKPROBE_SYMBOL(deny);

static struct kprobe probes[] = {
	{ .symbol_name = "__x64_sys_munlock", .pre_handler = deny },
	{ .symbol_name = "__x64_sys_munlockall", .pre_handler = deny },
};

static int __init memlock_init(void)
{
	int i, err;

	BUILD_BUG_ON(MMF_INIT_MASK & (1ul << MMF_VM_LOCKED));
	ktime_get_coarse_real_ts64(&loaded);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		err = register_kprobe(&probes[i]);
		if (err) {
			while (i--)
				unregister_kprobe(&probes[i]);
			return err;
		}
	}
	insert_binfmt(&designated);
	pr_notice("memlocked tasks as in the patch of 2013\n");
	return 0;
}
module_init(memlock_init);

/* No exit: a marked mm must not outlive what keeps its locks. */
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Memory-locked tasks, for comparison with Holdfast");
