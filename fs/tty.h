/* SPDX-License-Identifier: GPL-2.0 */
/* Terminals, as /proc sees them (fs/tty.c). */
#ifndef FS_TTY_H
#define FS_TTY_H

/* The controlling terminal of a session: its device number as stat prints it
 * and its foreground process group; 0 and -1 if it has none. */
void tty_of_session(int sid, unsigned *dev, int *pgrp);

#endif
