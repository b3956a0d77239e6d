/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside a pipe: a ring of buffers, each a page of which a part is used, as in
 * Linux (include/linux/pipe_fs_i.h); for fs/pipe.c and fs/splice.c.
 *
 * `lock` (LOCK_PIPE) is held while buffers change and over copies to and from
 * user memory; readers, writers and the counts of opens change on open and
 * release, without a sleep in between.
 */
#ifndef FS_PIPE_H
#define FS_PIPE_H

#include <fs/vfs.h>

#define BUF_PACKET	0x1u	/* of an O_DIRECT write: the rest of it is lost
				 * with the read that begins it */
#define BUF_CAN_MERGE	0x2u	/* a later write may go on in its page */

struct pipe_buffer {
	char *page;
	unsigned offset, len, flags;
};

struct pipe {
	struct mutex lock;
	unsigned readers, writers;	/* open ends */
	unsigned r_count, w_count;	/* opens ever: wakes a FIFO's open */
	unsigned users;			/* files */
	unsigned head, tail;		/* buffers ever filled, ever emptied */
	unsigned slots;			/* a power of two */
	struct pipe_buffer *bufs;	/* number n in bufs[n % slots] */
	char *spare;			/* page for the next buffer, or NULL */
	struct wait_queue wq;		/* anything changed */
};

static inline bool pipe_empty(const struct pipe *p)
{
	return p->head == p->tail;
}
static inline bool pipe_full(const struct pipe *p)
{
	return p->head - p->tail >= p->slots;
}
static inline struct pipe_buffer *pipe_buf(struct pipe *p, unsigned n)
{
	return &p->bufs[n & (p->slots - 1)];
}
/* The pipe behind an open file, or NULL. */
static inline struct pipe *file_pipe(struct file *f)
{
	return S_ISFIFO(f->f_inode->i_mode) && !(f->f_mode & FMODE_PATH) ?
	       f->f_inode->i_pipe : NULL;
}

/* A page for a new buffer, or NULL; one that was not needed, or is empty. */
char *pipe_take_page(struct pipe *p);
void pipe_give_page(struct pipe *p, char *page);
/* Under the lock, the pipe not full: page's bytes become the newest. */
void pipe_push(struct pipe *p, char *page, unsigned len, unsigned flags);
/* n bytes of the oldest buffer are used up; it goes when it is empty. */
void pipe_consume(struct pipe *p, unsigned n);

#endif
