/* SPDX-License-Identifier: GPL-2.0 */
/* The secret of this run is the program's argument, backwards: so whoever has
 * it forwards in memory got it from here. */
#ifndef WORK_SECRET_H
#define WORK_SECRET_H

#include <string.h>

static inline void secret(char *to, const char *argument)
{
	for (size_t n = strlen(argument); n; )
		*to++ = argument[--n];
}

#endif
