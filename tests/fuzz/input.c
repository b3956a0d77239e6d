// SPDX-License-Identifier: GPL-2.0
/* Inputs as bytes (play.h), and which of them are wanted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "play.h"

const char *const design_name[NR_DESIGNS] = { "none", "task", "vma", "strict" };
int only_design = -1;
bool judge_all, only_novel;

void read_environment(void)
{
	const char *name = getenv("FUZZ_DESIGN");

	for (int d = 0; name && d < NR_DESIGNS; d++)
		if (!strcmp(name, design_name[d]))
			only_design = d;
	judge_all = getenv("FUZZ_JUDGE") != NULL;
	only_novel = getenv("FUZZ_NOVEL") != NULL;
	if (!name || !*name || only_design >= 0)
		return;
	fprintf(stderr, "FUZZ_DESIGN: no such lock design: %s\n", name);
	exit(2);
}

size_t input_encode(const struct input *in, unsigned char *buf)
{
	buf[0] = in->design;
	return 1 + prog_encode(&in->prog, buf + 1);
}

int input_decode(const unsigned char *bytes, size_t n, struct input *in,
		 struct prog_error *error)
{
	int ret;

	if (!n || bytes[0] >= NR_DESIGNS) {
		*error = (struct prog_error){ 1, 1, "no such lock design" };
		return -1;
	}
	in->design = bytes[0];
	ret = prog_decode(bytes + 1, n - 1, &in->prog, error);
	if (ret)
		error->column++;
	return ret;
}
