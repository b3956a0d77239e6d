// SPDX-License-Identifier: GPL-2.0
/*
 * Names: looking up, making, linking, removing, renaming (Linux:
 * fs/ext2/namei.c, symlink.c).
 *
 * What is made is complete before its name is entered; what is removed loses
 * its name on the disk first (R3).  A directory has one dentry: a second name
 * for it can only come from a damaged disk, and is refused.  Lock: (n).
 */
#include <fs/ext2/ext2.h>
#include <kernel/task.h>
#include <lib/string.h>

static int ext2_lookup(struct inode *dir, struct dentry *dentry)
{
	struct ext2_slot s;
	struct inode *inode;
	u32 ino;
	int err = ext2_find(dir, dentry->d_name, dentry->d_len, &s);

	if (err)
		return err;
	ino = s.de->inode;
	ext2_brelse(&s.b);
	inode = ext2_iget(dir->i_sb, ino);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	if (S_ISDIR(inode->i_mode) &&
	    inode->i_count - ext2_i(inode)->pins - inode->i_nr_watches > 1) {
		iput(inode);
		return ext2_error(ext2_fs(dir), "directory %u has two names",
				  ino);
	}
	d_instantiate(dentry, inode);
	return 0;
}

/* ---- making ------------------------------------------------------------- */

/* Nobody will ever see it. */
static int discard(struct inode *inode, int err)
{
	inode->i_nlink = 0;
	iput(inode);
	return err;
}

/* Enter a new inode, complete but for its name. */
static int name_it(struct inode *dir, struct dentry *dentry,
		   struct inode *inode)
{
	int err = ext2_add_link(dir, dentry->d_name, inode, false);

	if (err)
		return discard(inode, err);
	d_instantiate(dentry, inode);
	return 0;
}

static int make_dir(struct inode *dir, struct dentry *dentry,
		    struct inode *inode)
{
	int err;

	inode->i_nlink = 2;
	err = ext2_make_empty(inode, dir);
	if (err)
		return discard(inode, err);
	err = name_it(dir, dentry, inode);
	if (err)
		return err;
	dir->i_nlink++;
	return ext2_write_inode(dir, false);
}

static int ext2_mknod(struct inode *dir, struct dentry *dentry, unsigned mode,
		      unsigned rdev)
{
	struct inode *inode;

	if (S_ISDIR(mode) && dir->i_nlink >= EXT2_LINK_MAX)
		return -EMLINK;
	inode = ext2_new_inode(dir, mode, rdev);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	return S_ISDIR(mode) ? make_dir(dir, dentry, inode) :
			       name_it(dir, dentry, inode);
}

/* A text too long for the inode: in a block. */
static int write_link(struct inode *inode, const char *text, size_t len)
{
	struct ext2_fs *fs = ext2_fs(inode);
	struct ext2_buf b __free(buf) = {};
	u32 block;
	int err;

	mutex_lock(&ext2_i(inode)->map_lock);
	err = ext2_map(inode, 0, true, &block);
	mutex_unlock(&ext2_i(inode)->map_lock);
	if (!err)
		err = ext2_bread(fs, block, &b);
	if (err)
		return err;
	memset(b.data, 0, fs->block_size);
	memcpy(b.data, text, len);
	return ext2_write_now(fs, &b);
}

static int ext2_symlink(struct inode *dir, struct dentry *dentry,
			const char *text)
{
	size_t len = strlen(text);
	struct inode *inode;
	int err = 0;

	if (len >= ext2_fs(dir)->block_size)
		return -ENAMETOOLONG;
	inode = ext2_new_inode(dir, S_IFLNK | 0777, 0);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	inode->i_data.size = len;
	if (ext2_fast_link(inode))
		memcpy(ext2_i(inode)->block, text, len);
	else
		err = write_link(inode, text, len);
	if (!err)
		err = ext2_write_inode(inode, false);
	return err ? discard(inode, err) : name_it(dir, dentry, inode);
}

static int ext2_readlink(struct inode *inode, struct dentry *dentry, char *buf,
			 size_t size)
{
	struct ext2_buf b __free(buf) = {};
	size_t len = min(inode->i_data.size, (u64)size);
	u32 block;
	int err;

	if (ext2_fast_link(inode)) {
		memcpy(buf, ext2_i(inode)->block, len);
		return len;
	}
	mutex_lock(&ext2_i(inode)->map_lock);
	err = ext2_map(inode, 0, false, &block);
	mutex_unlock(&ext2_i(inode)->map_lock);
	if (!err)
		err = block ? ext2_bread(ext2_fs(inode), block, &b) : -EUCLEAN;
	if (err)
		return err;
	memcpy(buf, b.data, len);
	return len;
}

static int ext2_link(struct inode *dir, struct dentry *dentry,
		     struct inode *target)
{
	int err;

	if (target->i_nlink >= EXT2_LINK_MAX)
		return -EMLINK;
	err = ext2_add_link(dir, dentry->d_name, target, false);
	if (err)
		return err;
	target->i_nlink++;
	target->i_ctime = current_time();
	d_instantiate(dentry, igrab(target));
	return ext2_write_inode(target, false);
}

/* ---- removing and renaming ---------------------------------------------- */

/* An inode has lost a name in dir. */
static void unlinked(struct inode *dir, struct inode *inode)
{
	unsigned names = S_ISDIR(inode->i_mode) ? 2 : 1;

	inode->i_nlink -= min(names, inode->i_nlink);
	inode->i_ctime = current_time();
	if (S_ISDIR(inode->i_mode) && dir->i_nlink > 2)
		dir->i_nlink--;
	if (inode->i_nlink)
		ext2_write_inode(inode, false);
	ext2_write_inode(dir, false);
}

/* 0 if it may be removed as far as its contents are concerned. */
static int may_remove(struct inode *inode)
{
	int ret = S_ISDIR(inode->i_mode) ? ext2_is_empty(inode) : 1;

	return ret < 0 ? ret : ret ? 0 : -ENOTEMPTY;
}

static int ext2_unlink(struct inode *dir, struct dentry *dentry)
{
	struct ext2_slot s;
	int err = may_remove(dentry->d_inode);

	if (!err)
		err = ext2_find(dir, dentry->d_name, dentry->d_len, &s);
	if (!err)
		err = ext2_remove_link(dir, &s);
	if (!err)
		unlinked(dir, dentry->d_inode);
	return err;
}

/* Give the name in dir, new or taken from `target`, to inode. */
static int take_name(struct inode *dir, const char *name, struct inode *inode,
		     struct dentry *target)
{
	struct ext2_slot s;
	int err;

	if (!target)
		return ext2_add_link(dir, name, inode, true);
	err = may_remove(target->d_inode);
	if (!err)
		err = ext2_find(dir, name, strlen(name), &s);
	if (!err)
		err = ext2_set_link(dir, &s, inode);
	if (!err)
		unlinked(dir, target->d_inode);
	return err;
}

static int move_parent(struct inode *inode, struct inode *olddir,
		       struct inode *newdir)
{
	struct ext2_slot s;
	int err = ext2_find(inode, "..", 2, &s);

	if (err)
		return err;
	newdir->i_nlink++;
	olddir->i_nlink--;
	ext2_write_inode(newdir, false);
	ext2_write_inode(olddir, false);
	return ext2_set_link(inode, &s, newdir);
}

static int ext2_rename(struct inode *olddir, struct dentry *dentry,
		       struct inode *newdir, const char *newname,
		       struct dentry *target)
{
	struct inode *inode = dentry->d_inode;
	struct block_device *bdev = ext2_fs(olddir)->bdev;
	bool moves = S_ISDIR(inode->i_mode) && olddir != newdir;
	struct ext2_slot s;
	int err;

	if (moves && !target && newdir->i_nlink >= EXT2_LINK_MAX)
		return -EMLINK;
	err = take_name(newdir, newname, inode, target);
	if (!err)
		err = bdev->flush(bdev);
	if (!err)
		err = ext2_find(olddir, dentry->d_name, dentry->d_len, &s);
	if (!err)
		err = ext2_remove_link(olddir, &s);
	if (!err && moves)
		err = move_parent(inode, olddir, newdir);
	inode->i_ctime = current_time();
	return err;
}

/* For a moment one of the two has no name on the disk: e2fsck would put it
 * into lost+found. */
static int set_name(struct inode *dir, struct dentry *dentry,
		    struct inode *inode)
{
	struct ext2_slot s;
	int err = ext2_find(dir, dentry->d_name, dentry->d_len, &s);

	return err ? err : ext2_set_link(dir, &s, inode);
}

static int ext2_exchange(struct inode *dir1, struct dentry *d1,
			 struct inode *dir2, struct dentry *d2)
{
	struct inode *i1 = d1->d_inode, *i2 = d2->d_inode;
	bool isdir1 = S_ISDIR(i1->i_mode), isdir2 = S_ISDIR(i2->i_mode);
	int err;

	if (dir1 != dir2 && isdir1 != isdir2 &&
	    (isdir1 ? dir2 : dir1)->i_nlink >= EXT2_LINK_MAX)
		return -EMLINK;
	err = set_name(dir1, d1, i2);
	if (!err)
		err = set_name(dir2, d2, i1);
	if (!err && isdir1 && dir1 != dir2)
		err = move_parent(i1, dir1, dir2);
	if (!err && isdir2 && dir1 != dir2)
		err = move_parent(i2, dir2, dir1);
	i1->i_ctime = i2->i_ctime = current_time();
	return err;
}

static struct inode *ext2_tmpfile(struct inode *dir, unsigned mode)
{
	struct inode *inode = ext2_new_inode(dir, mode, 0);
	int err;

	if (IS_ERR(inode))
		return inode;
	inode->i_nlink = 0;
	err = ext2_write_inode(inode, false);
	if (!err)
		return inode;
	iput(inode);
	return ERR_PTR(err);
}

const struct inode_operations ext2_dir_iops = {
	.lookup = ext2_lookup,
	.mknod = ext2_mknod,
	.symlink = ext2_symlink,
	.link = ext2_link,
	.unlink = ext2_unlink,
	.rename = ext2_rename,
	.exchange = ext2_exchange,
	.tmpfile = ext2_tmpfile,
};

const struct inode_operations ext2_link_iops = {
	.readlink = ext2_readlink,
};

const struct inode_operations ext2_special_iops = {};

const struct file_operations ext2_dir_fops = {
	.readdir = ext2_readdir,
	.fsync = ext2_fsync,
};
