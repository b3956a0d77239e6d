// SPDX-License-Identifier: GPL-2.0
/* My hunt. */
#include "../checks/hunt.h"

#define A 0x20000000ul

static void what_is_written_is_read(void)
{
	assert_int_equal(map(task, A, 4, RW, ANON | MAP_FIXED), A);
	fill(task, A, 4, "mine");
	verify(task, A, 4, "mine");
}

int main(void)
{
	static const struct unit_case cases[] = {
		HUNT(what_is_written_is_read),
	};

	return unit_main("hunt", cases, ARRAY_SIZE(cases));
}
