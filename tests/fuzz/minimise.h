/* SPDX-License-Identifier: GPL-2.0 */
/* Trying inputs, and reducing those that break something (minimise.c). */
#ifndef FUZZ_MINIMISE_H
#define FUZZ_MINIMISE_H

#include "play.h"

#define FINDING 320		/* bytes of one, in words */

/* True: something is broken, and this is it. */
bool try_input(const struct input *in, char result[FINDING]);
/* Reduce `in`, and say what is broken; false: nothing is. */
bool minimise(struct input *in, char result[FINDING]);

#endif
