/* SPDX-License-Identifier: GPL-2.0 */
/* Block devices as files (fs/blkdev.c). */
#ifndef FS_BLKDEV_H
#define FS_BLKDEV_H

void blkdev_init(void);		/* nodes for every registered disk */

#endif
