/* run: --mem 128M --swap 8M --kernel holdfast --memlock vma */
/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The same as alloc_fail.c by a memlocked program: its areas are locked and
 * filled as they are made, its exec makes another such program.  What the lock
 * design denies is skipped.  Holdfast only: the program is marked.
 */
#include "marked.h"

#include "alloc_fail.c"
