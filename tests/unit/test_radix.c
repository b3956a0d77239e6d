// SPDX-License-Identifier: GPL-2.0
/*
 * lib/radix.c against an array: random stores, deletions, look-ups and scans,
 * at small and at extreme indices; allocation failure changes nothing.
 */
#include "unit.h"

#define N 300

static u64 index_of(unsigned i)
{
	if (i < 100)
		return i;
	if (i < 200)
		return 1000000 + (u64)i * 4099;
	return ~0ull - (u64)(i - 200) * (i - 200) * 1000003;
}

static void compare(const struct radix_tree *t, void *const *want)
{
	u64 at = 0;
	unsigned seen = 0, present = 0;

	for (unsigned i = 0; i < N; i++) {
		assert_ptr_equal(radix_lookup(t, index_of(i)), want[i]);
		present += want[i] != NULL;
	}
	for (void *e; (e = radix_next(t, &at)); at++) {
		seen++;
		assert_ptr_equal(e, radix_lookup(t, at));
		if (at == ~0ull)
			break;
	}
	assert_int_equal(seen, present);
}

static void empty(void *tree)
{
	for (unsigned i = 0; i < N; i++)
		radix_delete(tree, index_of(i));
}

static void against_an_array(void)
{
	static struct radix_tree t;
	void *want[N] = { NULL };

	unit_at_end(empty, &t);
	for (unsigned step = 0; step < 6000; step++) {
		unsigned i = unit_random(N);

		if (unit_random(5) < 3) {
			want[i] = unit_random(2) ? radix_mk_value(step) :
				  (void *)(0x1000ul + step * 16);
			assert_int_equal(radix_store(&t, index_of(i), want[i],
						     GFP_KERNEL), 0);
		} else {
			assert_ptr_equal(radix_delete(&t, index_of(i)),
					 want[i]);
			want[i] = NULL;
		}
		if (step % 100 == 0)
			compare(&t, want);
	}
	for (unsigned i = 0; i < N; i++)
		assert_ptr_equal(radix_delete(&t, index_of(i)), want[i]);
	assert_null(t.root);
}

static void values(void)
{
	void *v = radix_mk_value(0x123456789abcull);

	assert_true(radix_is_value(v));
	assert_int_equal(radix_to_value(v), 0x123456789abcull);
	assert_false(radix_is_value((void *)0x1000));
}

static void out_of_memory_changes_nothing(void)
{
	struct radix_tree t = { 0 };
	int x;

	assert_int_equal(radix_store(&t, 5, &x, GFP_KERNEL), 0);
	for (long n = 0; n < 8; n++) {
		int ret;

		unit_arm_alloc(n, false);
		ret = radix_store(&t, 1ull << 60, &x, GFP_KERNEL);
		unit_arm_alloc(-1, false);
		assert_ptr_equal(radix_lookup(&t, 5), &x);
		if (ret) {
			assert_int_equal(ret, -ENOMEM);
			assert_null(radix_lookup(&t, 1ull << 60));
		} else {
			assert_ptr_equal(radix_delete(&t, 1ull << 60), &x);
		}
	}
	assert_ptr_equal(radix_delete(&t, 5), &x);
	assert_null(t.root);
}

int main(void)
{
	static const struct unit_case cases[] = {
		CASE(against_an_array), CASE(values),
		CASE(out_of_memory_changes_nothing),
	};

	return unit_main("radix", cases, ARRAY_SIZE(cases));
}
