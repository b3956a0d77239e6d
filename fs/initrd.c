// SPDX-License-Identifier: GPL-2.0
/*
 * The initrd: a cpio archive (newc) unpacked into the root tmpfs (Linux:
 * init/initramfs.c; format: Documentation/driver-api/early-userspace/
 * buffer-format.rst).
 *
 * The archive is input from outside: every number is a field of eight hex
 * digits, every length is compared with the bytes that are left before it
 * is used, and names that climb by ".." or lead through something that is no
 * directory are refused.  Several archives may follow one another, zero bytes
 * between.  A regular file unpacked here gets I_INITRD, by which exec trusts
 * it.
 */
#include <fs/vfs.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <mm/memlock.h>
#include <mm/slab.h>

#define CPIO_HEADER 110u	/* magic and 13 fields */
#define CPIO_ALIGN(x) ALIGN_UP((x), 4ul)
#define LINKS_HASH 64

/* The fields in their order. */
enum { C_INO, C_MODE, C_UID, C_GID, C_NLINK, C_MTIME, C_FILESIZE, C_DEVMAJOR,
       C_DEVMINOR, C_RDEVMAJOR, C_RDEVMINOR, C_NAMESIZE, C_CHECK, C_FIELDS };

struct cpio_entry {
	u32 f[C_FIELDS];
	const char *name;	/* NUL terminated, within the archive */
	const u8 *data;
};

/* A file with more names to come, by its number in the archive. */
struct hard_link {
	u32 ino, devmajor, devminor;
	struct dentry *dentry;
	SLIST_ENTRY(hard_link) link;
};

struct unpack {
	const u8 *start, *at, *end;
	SLIST_HEAD(, hard_link) links[LINKS_HASH];
};

static int hex_field(const u8 *p, u32 *value)
{
	u32 v = 0;
	int i;

	for (i = 0; i < 8; i++) {
		u8 c = p[i], letter = c | 0x20;

		if (c >= '0' && c <= '9')
			v = v << 4 | (c - '0');
		else if (letter >= 'a' && letter <= 'f')
			v = v << 4 | (letter - 'a' + 10);
		else
			return -EINVAL;
	}
	*value = v;
	return 0;
}

/* Read one entry and step over it.  NULL, or what is wrong. */
static const char *next_entry(struct unpack *u, struct cpio_entry *e)
{
	size_t left = u->end - u->at, size, name_end;
	int i;

	if (left < CPIO_HEADER)
		return "truncated header";
	if (memcmp(u->at, "070701", 6) && memcmp(u->at, "070702", 6))
		return "bad magic";
	for (i = 0; i < C_FIELDS; i++)
		if (hex_field(u->at + 6 + 8 * i, &e->f[i]))
			return "bad number";
	size = e->f[C_NAMESIZE];
	if (size == 0 || size > PATH_MAX || size > left - CPIO_HEADER)
		return "bad name length";
	e->name = (const char *)u->at + CPIO_HEADER;
	if (e->name[size - 1] || strlen(e->name) != size - 1)
		return "bad name";
	name_end = min(CPIO_ALIGN(CPIO_HEADER + size), left);
	if (e->f[C_FILESIZE] > left - name_end)
		return "truncated file";
	e->data = u->at + name_end;
	u->at += min(name_end + CPIO_ALIGN((size_t)e->f[C_FILESIZE]), left);
	return NULL;
}

/* ---- names ------------------------------------------------------------- */

static bool climbs(const char *name)
{
	const char *p = name;

	while (p) {
		if (!strncmp(p, "..", 2) && (p[2] == '/' || !p[2]))
			return true;
		p = strchr(p, '/');
		if (p)
			p++;
	}
	return false;
}

/* ---- hard links -------------------------------------------------------- */

/* Has it more names?  Symbolic links are made anew for each. */
static bool is_shared(const struct cpio_entry *e)
{
	return !S_ISDIR(e->f[C_MODE]) && !S_ISLNK(e->f[C_MODE]) &&
	       e->f[C_NLINK] > 1;
}

static struct hard_link *find_link(struct unpack *u, const struct cpio_entry *e)
{
	struct hard_link *l;

	SLIST_FOREACH(l, &u->links[e->f[C_INO] % LINKS_HASH], link)
		if (l->ino == e->f[C_INO] &&
		    l->devmajor == e->f[C_DEVMAJOR] &&
		    l->devminor == e->f[C_DEVMINOR])
			return l;
	return NULL;
}

static int add_link(struct unpack *u, const struct cpio_entry *e,
		    struct dentry *d)
{
	struct hard_link *l = kmalloc(sizeof(*l), GFP_KERNEL);

	if (!l)
		return -ENOMEM;
	*l = (struct hard_link){ .ino = e->f[C_INO],
				 .devmajor = e->f[C_DEVMAJOR],
				 .devminor = e->f[C_DEVMINOR],
				 .dentry = dget(d) };
	SLIST_INSERT_HEAD(&u->links[e->f[C_INO] % LINKS_HASH], l, link);
	return 0;
}

static void forget_links(struct unpack *u)
{
	struct hard_link *l;
	int i;

	for (i = 0; i < LINKS_HASH; i++) {
		while ((l = SLIST_FIRST(&u->links[i]))) {
			SLIST_REMOVE_HEAD(&u->links[i], link);
			dput(l->dentry);
			kfree(l);
		}
	}
}

/* ---- one entry --------------------------------------------------------- */

static int fill_file(struct inode *inode, const struct cpio_entry *e)
{
	size_t size = e->f[C_FILESIZE];
	long n;

	if (!S_ISREG(inode->i_mode) || !size || inode->i_data.size)
		return 0;
	n = filemap_kwrite(&inode->i_data, e->data, size, &(u64){ 0 });
	return n == (long)size ? 0 : n < 0 ? n : -ENOSPC;
}

static void set_attributes(struct inode *inode, const struct cpio_entry *e)
{
	inode->i_mode = (inode->i_mode & S_IFMT) | (e->f[C_MODE] & 07777);
	inode->i_uid = e->f[C_UID];
	inode->i_gid = e->f[C_GID];
	inode->i_mtime = (struct timespec64){ .tv_sec = e->f[C_MTIME] };
	if (!S_ISREG(inode->i_mode))
		return;
	inode->i_flags |= I_INITRD;
	if (memlock->keeps_programs && inode->i_mode & 0111)
		mapping_set_unevictable(&inode->i_data, true);
}

/* What the entry makes; `text` has room for a link's. */
static int describe(struct unpack *u, const struct cpio_entry *e,
		    struct new_name *what, char *text)
{
	unsigned mode = e->f[C_MODE];
	size_t len = e->f[C_FILESIZE];
	struct hard_link *l = is_shared(e) ? find_link(u, e) : NULL;

	*what = (struct new_name){ .mode = mode & (S_IFMT | 07777),
				   .rdev = MKDEV(e->f[C_RDEVMAJOR],
						 e->f[C_RDEVMINOR]) };
	if (l) {
		what->inode = l->dentry->d_inode;
	} else if (S_ISLNK(mode)) {
		if (len == 0 || len >= PATH_MAX || memchr(e->data, 0, len))
			return -EINVAL;
		memcpy(text, e->data, len);
		text[len] = '\0';
		what->text = text;
	} else if (!S_ISREG(mode) && !S_ISDIR(mode) && !S_ISCHR(mode) &&
		   !S_ISBLK(mode) && !S_ISFIFO(mode) && !S_ISSOCK(mode)) {
		return -EINVAL;
	}
	return 0;
}

static int make_object(struct unpack *u, struct dentry *dir,
		       const struct last_name *last, const struct cpio_entry *e,
		       struct dentry **made)
{
	char *text __free(memory) = kmalloc(PATH_MAX, GFP_KERNEL);
	struct new_name what;
	int err = text ? describe(u, e, &what, text) : -ENOMEM;

	if (err)
		return err;
	*made = vfs_make(dir, last->name, last->len, &what);
	if (IS_ERR(*made))
		return PTR_ERR(*made);
	return is_shared(e) && !what.inode ? add_link(u, e, *made) : 0;
}

/* What stands in the way of a later archive's file of the same name goes;
 * a directory meets a directory and stays (then *d is it). */
static int clear_the_way(struct dentry *dir, const struct last_name *last,
			 const struct cpio_entry *e, struct dentry **d)
{
	struct dentry *old = lookup_one(dir, last->name, last->len);

	*d = NULL;
	if (IS_ERR(old))
		return PTR_ERR(old) == -ENOENT ? 0 : PTR_ERR(old);
	if (S_ISDIR(old->d_inode->i_mode)) {
		*d = old;
		return S_ISDIR(e->f[C_MODE]) ? 0 : -EISDIR;
	}
	dir->d_inode->i_op->unlink(dir->d_inode, old);
	d_drop(old);
	dput(old);
	return 0;
}

static int unpack_at(struct unpack *u, struct dentry *dir,
		     const struct last_name *last, const struct cpio_entry *e)
{
	struct dentry *d __free(dentry) = NULL;
	int err = 0;

	if (!S_ISDIR(dir->d_inode->i_mode))
		return -ENOTDIR;
	if (last->root || last->dot)	/* "." : the root itself */
		d = dget(dir);
	else
		err = clear_the_way(dir, last, e, &d);
	if (!err && !d)
		err = make_object(u, dir, last, e, &d);
	if (!err)
		err = fill_file(d->d_inode, e);
	if (!err)
		set_attributes(d->d_inode, e);
	return err;
}

static int unpack_entry(struct unpack *u, const struct cpio_entry *e)
{
	struct last_name last;
	struct dentry *dir;
	int err;

	if (climbs(e->name) || !e->name[0])
		return -EINVAL;
	if (S_ISDIR(e->f[C_MODE]) && e->f[C_FILESIZE])
		return -EINVAL;
	dir = path_parent(AT_FDCWD, e->name, &last);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	mutex_lock(&namespace_mutex);
	err = unpack_at(u, dir, &last, e);
	mutex_unlock(&namespace_mutex);
	dput(dir);
	return err;
}

/* ---- the archive ------------------------------------------------------- */

static int corrupt(struct unpack *u, const u8 *where, const char *why)
{
	printk(KERN_ERR "initrd: %s at byte %lu: not unpacked further\n", why,
	       (unsigned long)(where - u->start));
	return -EINVAL;
}

static void skip_padding(struct unpack *u)
{
	while (u->at < u->end && !*u->at)
		u->at++;
}

int initrd_unpack(const void *data, size_t size)
{
	struct unpack u = { .start = data, .at = data };
	struct cpio_entry e;
	const char *why;
	const u8 *where;
	bool open = false;	/* an archive without its trailer yet */
	int err = 0;

	u.end = u.start + size;
	skip_padding(&u);
	if (u.at == u.end)
		return corrupt(&u, u.at, "no archive");
	while (u.at < u.end && !err) {
		where = u.at;
		why = next_entry(&u, &e);
		if (why) {
			err = corrupt(&u, where, why);
			break;
		}
		open = strcmp(e.name, "TRAILER!!!");
		if (open) {
			err = unpack_entry(&u, &e);
			if (err)
				printk(KERN_ERR "initrd: cannot make %.64s: "
				       "error %d\n", e.name, -err);
			continue;
		}
		forget_links(&u);
		skip_padding(&u);
	}
	forget_links(&u);
	if (!err && open)
		err = corrupt(&u, u.at, "no trailer");
	return err;
}
