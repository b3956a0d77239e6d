// SPDX-License-Identifier: GPL-2.0
/*
 * File systems and mounts in /proc: filesystems, and of a process mounts,
 * mountinfo, mountstats.  Formats are proc(5)'s (Linux: fs/filesystems.c,
 * fs/proc_namespace.c).  Only what current's root leads to is listed.
 *
 * Lock: namespace_mutex for the mount table.
 */
#include <fs/proc.h>
#include <lib/string.h>
#include <mm/slab.h>

int proc_filesystems_show(struct seq_file *m, struct proc_node *node)
{
	struct file_system_type *t = NULL;

	while ((t = next_filesystem(t)))
		seq_printf(m, "%s\t%s\n",
			   t->fs_flags & FS_REQUIRES_DEV ? "" : "nodev",
			   t->name);
	return 0;
}

static void print_options(struct seq_file *m, const struct super_block *sb)
{
	static const struct {
		unsigned long flag;
		const char *text;
	} options[] = {
		{ MS_NOSUID, ",nosuid" }, { MS_NODEV, ",nodev" },
		{ MS_NOEXEC, ",noexec" }, { MS_NOATIME, ",noatime" },
		{ MS_NODIRATIME, ",nodiratime" }, { MS_RELATIME, ",relatime" },
	};

	seq_puts(m, sb->s_flags & MS_RDONLY ? "ro" : "rw");
	for (unsigned i = 0; i < ARRAY_SIZE(options); i++)
		if (sb->s_flags & options[i].flag)
			seq_puts(m, options[i].text);
}

static const char *source_of(const struct super_block *sb)
{
	return sb->s_source[0] ? sb->s_source : "none";
}

static void print_mount(struct seq_file *m, struct super_block *sb,
			const char *where)
{
	seq_puts_escaped(m, source_of(sb), " \t\\#");
	seq_putc(m, ' ');
	seq_puts_escaped(m, where, " \t\\#");
	seq_printf(m, " %s ", sb->s_type->name);
	print_options(m, sb);
	seq_puts(m, " 0 0\n");
}

static void print_info(struct seq_file *m, struct super_block *sb,
		       const char *where)
{
	const struct super_block *up = sb->s_covered ? sb->s_covered->d_sb :
						       sb;

	seq_printf(m, "%u %u %u:%u / ", sb->s_mnt_id, up->s_mnt_id,
		   (unsigned)MAJOR(sb->s_dev), (unsigned)MINOR(sb->s_dev));
	seq_puts_escaped(m, where, " \t\\");
	seq_putc(m, ' ');
	print_options(m, sb);
	seq_printf(m, " - %s ", sb->s_type->name);
	seq_puts_escaped(m, source_of(sb), " \t\\");
	seq_puts(m, sb->s_flags & MS_RDONLY ? " ro\n" : " rw\n");
}

static void print_stats(struct seq_file *m, struct super_block *sb,
			const char *where)
{
	seq_puts(m, "device ");
	seq_puts_escaped(m, source_of(sb), " \t\\");
	seq_puts(m, " mounted on ");
	seq_puts_escaped(m, where, " \t\\");
	seq_printf(m, " with fstype %s\n", sb->s_type->name);
}

static int for_mounts(struct seq_file *m,
		      void (*print)(struct seq_file *m, struct super_block *sb,
				    const char *where))
{
	char *path __free(memory) = kmalloc(PATH_MAX, GFP_KERNEL);
	struct super_block *sb = NULL;
	const char *where;

	if (!path)
		return -ENOMEM;
	mutex_lock(&namespace_mutex);
	while ((sb = next_mount(sb))) {
		where = mount_path(sb, path, PATH_MAX);
		if (where)
			print(m, sb, where);
	}
	mutex_unlock(&namespace_mutex);
	return 0;
}

int proc_mounts_show(struct seq_file *m, struct proc_node *node)
{
	return for_mounts(m, print_mount);
}

int proc_mountinfo_show(struct seq_file *m, struct proc_node *node)
{
	return for_mounts(m, print_info);
}

int proc_mountstats_show(struct seq_file *m, struct proc_node *node)
{
	return for_mounts(m, print_stats);
}
