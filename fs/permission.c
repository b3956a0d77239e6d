// SPDX-License-Identifier: GPL-2.0
/*
 * Who may do what with an inode: mode bits against uid and gids, with
 * capabilities above them, and the rules for adding and removing names (Linux:
 * first part of fs/namei.c, path_resolution(7)).  Decides only.
 */
#include <fs/vfs.h>
#include <kernel/task.h>

bool in_group(u32 gid, u32 mine)
{
	unsigned i;

	if (gid == mine)
		return true;
	for (i = 0; i < current->ngroups; i++)
		if (current->groups[i] == gid)
			return true;
	return false;
}

/* Capabilities override all, but execution of what nobody may execute.
 * access(2) asks for the real uid: of its capabilities, not for those in
 * effect. */
static bool may_override(struct inode *inode, unsigned mask, u32 uid)
{
	const struct caps *c = &current->caps;
	u64 caps = uid == current->euid ? c->effective :
		   uid == 0 ? c->permitted : 0;
	bool dir = S_ISDIR(inode->i_mode);

	if ((caps >> CAP_DAC_READ_SEARCH & 1) &&
	    (dir ? !(mask & MAY_WRITE) : mask == MAY_READ))
		return true;
	return (caps >> CAP_DAC_OVERRIDE & 1) &&
	       (!(mask & MAY_EXEC) || dir ||
		(inode->i_mode & (S_IXUSR | S_IXGRP | S_IXOTH)));
}

int generic_permission(struct inode *inode, unsigned mask, u32 uid, u32 gid)
{
	unsigned mode = inode->i_mode;

	if ((mask & MAY_WRITE) && (inode->i_sb->s_flags & MS_RDONLY) &&
	    (S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode)))
		return -EROFS;
	if (uid == inode->i_uid)
		mode >>= 6;
	else if (in_group(inode->i_gid, gid))
		mode >>= 3;
	if ((mask & ~mode & 7) == 0)
		return 0;
	return may_override(inode, mask, uid) ? 0 : -EACCES;
}

int inode_permission(struct inode *inode, unsigned mask)
{
	return generic_permission(inode, mask, current->euid, current->egid);
}

bool inode_owner_or_capable(struct inode *inode)
{
	return current->euid == inode->i_uid || capable(CAP_FOWNER);
}

bool file_noexec(struct file *f)
{
	return f->f_inode->i_sb->s_flags & MS_NOEXEC;
}

bool file_owned_or_writable(struct file *f)
{
	return inode_owner_or_capable(f->f_inode) ||
	       !inode_permission(f->f_inode, MAY_WRITE);
}

int may_create(struct inode *dir)
{
	if (dir->i_flags & I_DEAD)
		return -ENOENT;
	return inode_permission(dir, MAY_WRITE | MAY_EXEC);
}

int may_delete(struct inode *dir, struct dentry *victim, bool isdir)
{
	struct inode *inode = victim->d_inode;
	int err = inode_permission(dir, MAY_WRITE | MAY_EXEC);

	if (err)
		return err;
	if ((dir->i_mode & S_ISVTX) && current->euid != inode->i_uid &&
	    current->euid != dir->i_uid && !capable(CAP_FOWNER))
		return -EPERM;
	if (isdir && !S_ISDIR(inode->i_mode))
		return -ENOTDIR;
	if (!isdir && S_ISDIR(inode->i_mode))
		return -EISDIR;
	if (victim->d_mounted || victim == victim->d_sb->s_root)
		return -EBUSY;
	return 0;
}

int may_link(struct inode *target)
{
	unsigned mode = target->i_mode;
	unsigned sgid = S_ISGID | S_IXGRP;

	if (inode_owner_or_capable(target))
		return 0;
	if (!S_ISREG(mode) || (mode & S_ISUID) || (mode & sgid) == sgid ||
	    inode_permission(target, MAY_READ | MAY_WRITE))
		return -EPERM;
	return 0;
}

int may_follow(struct inode *dir, struct inode *link)
{
	unsigned shared = S_ISVTX | S_IWOTH;

	if ((dir->i_mode & shared) != shared || link->i_uid == current->euid ||
	    link->i_uid == dir->i_uid)
		return 0;
	return -EACCES;
}
