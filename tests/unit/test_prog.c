// SPDX-License-Identifier: GPL-2.0
/*
 * The notation of programs (tests/explore/prog.h): what is printed is read back
 * as it was, and what is malformed is refused with its place.
 */
#include <string.h>

#include "../explore/prog.h"
#include "unit.h"

static uint64_t any_number(void)
{
	static const uint64_t special[] = { 0, 1, 4096, ~0ull, 1ull << 63 };

	return unit_random(2) ? special[unit_random(5)] :
				(uint64_t)unit_random(1ul << 40);
}

static void random_call(struct prog_call *c)
{
	const char *args;

	memset(c, 0, sizeof(*c));
	c->op = unit_random(PROG_NR_OPS);
	c->task = unit_random(PROG_TASKS);
	c->fault = unit_random(PROG_NR_FAULTS);
	c->nth = c->fault ? 1 + unit_random(255) : 0;
	args = prog_desc[c->op].args;
	for (unsigned i = 0; args[i]; i++) {
		c->arg[i] = args[i] == 'f' ? unit_random(PROG_NR_FILES) :
					     any_number();
		if (args[i] == 'f' && unit_random(2))
			c->arg[i] = PROG_ANON;
	}
}

static void what_is_printed_is_read_back(void)
{
	struct prog p, q;
	struct prog_error e;
	char text[PROG_TEXT];

	for (unsigned round = 0; round < 2000; round++) {
		memset(&p, 0, sizeof(p));
		p.n = unit_random(PROG_CALLS + 1);
		for (unsigned i = 0; i < p.n; i++)
			random_call(&p.call[i]);
		assert_true(prog_print(&p, text, sizeof(text)) <
			    sizeof(text) - 1);
		memset(&q, 0, sizeof(q));
		if (prog_parse(text, &q, &e))
			fail_msg("%u:%u: %s in\n%s", e.line, e.column,
				 e.reason, text);
		assert_memory_equal(&p, &q, sizeof(p));
	}
}

static void bytes_are_read_back(void)
{
	unsigned char bytes[PROG_BYTES];
	struct prog_error e;
	struct prog p, q;

	for (unsigned round = 0; round < 2000; round++) {
		size_t n;

		memset(&p, 0, sizeof(p));
		p.n = unit_random(PROG_CALLS + 1);
		for (unsigned i = 0; i < p.n; i++)
			random_call(&p.call[i]);
		n = prog_encode(&p, bytes);
		assert_in_range(n, 0, sizeof(bytes));
		memset(&q, 0, sizeof(q));
		assert_int_equal(prog_decode(bytes, n, &q, &e), 0);
		assert_memory_equal(&p, &q, sizeof(p));
	}
}

/* Accepted or refused; a byte beyond the end would stop the test. */
static void any_bytes_are_read(void)
{
	struct prog_error e;
	struct prog p;

	for (unsigned round = 0; round < 20000; round++) {
		size_t n = 1 + unit_random(200);
		unsigned char *bytes = test_malloc(n);

		for (size_t i = 0; i < n; i++)
			bytes[i] = unit_random(4) ? unit_random(32) :
						    unit_random(256);
		if (prog_decode(bytes, n, &p, &e))
			assert_in_range(e.column, 1, n);
		else
			assert_in_range(p.n, 1, PROG_CALLS);
		test_free(bytes);
	}
}

/* What syzkaller prints of the calls it knows. */
static void syzkallers_own(void)
{
	static const char text[] =
		"# repro\r\n\n"
		"r0 = mmap(&(0x7f0000000000/0x4000)=nil, 0x4000, 0x3, 0x32, "
		"0xffffffffffffffff, 0x0)\n"
		"  mlock2(&(0x7f0000001000/0x1000)=nil, 0x1000, 0x1) "
		"(fail_nth: 3) # why not\n"
		"madvise(nil,4096,0x4)\nmunlock(0x0, 0x1000)";
	struct prog_error e;
	struct prog p;

	assert_int_equal(prog_parse(text, &p, &e), 0);
	assert_int_equal(p.n, 4);
	assert_int_equal(p.call[0].op, PROG_MMAP);
	assert_int_equal(p.call[0].arg[0], 0);
	assert_true(p.call[0].arg[4] == PROG_ANON);
	assert_int_equal(p.call[1].arg[0], PROG_PAGE);
	assert_int_equal(p.call[1].fault, PROG_FAIL_ALLOC);
	assert_int_equal(p.call[1].nth, 3);
	assert_int_equal(p.call[2].arg[1], 4096);
	assert_true(p.call[3].arg[0] == p.call[2].arg[0]);
}

static const struct { const char *text; unsigned line, column; } bad[] = {
	{ "mumble()", 1, 1 },
	{ "\n\nmlockall", 3, 9 },
	{ "mlockall(0x1", 1, 13 },
	{ "mlockall(0x1, 0x2)", 1, 13 },
	{ "mlockall()", 1, 10 },
	{ "mlockall(0x)", 1, 12 },
	{ "mlockall(0x11112222333344445)", 1, 28 },
	{ "mlockall(0x1) 0x2", 1, 15 },
	{ "mlockall(0x1) (fail_nth: 0)", 1, 27 },
	{ "mlockall(0x1) (fail_nth: 256)", 1, 29 },
	{ "mlockall(0x1) (fail_nth: 1", 1, 27 },
	{ "mlockall(0x1) (async)", 1, 16 },
	{ "mlockall(0x1)\nmunlockall() x", 2, 14 },
	{ "munlock(0x1000, 0x1000)", 1, 9 },
	{ "munlock(&(0x7f0000000000/0x1000)=5, 0x1000)", 1, 34 },
	{ "munlock(&(0x7f0000000000/0x1000, 0x1000)", 1, 32 },
	{ "r0 mlockall(0x1)", 1, 4 },
	{ "r256 = mlockall(0x1)", 1, 5 },
	{ "r0 = mlockall(0x1)\nsyz_holdfast_edit(r0, 0x0)", 2, 21 },
	{ "syz_holdfast_edit(r7, 0x0)", 1, 21 },
	{ "syz_holdfast_file(0x0)", 1, 23 },
	{ "r0 = syz_holdfast_file(0x4)", 1, 28 },
	{ "syz_holdfast_task(0x4)", 1, 23 },
	{ "syz_holdfast_fail_io(0x2, 0x1)", 1, 31 },
	{ "syz_holdfast_frames(0xff)\nmlockall(0x1)", 1, 26 },
	{ "syz_holdfast_fail_allocs(0x0)", 1, 30 },
	{ "syz_holdfast_fail_allocs(0x1)\nmlockall(0x1) (fail_nth: 1)", 2, 27 },
	{ "syz_holdfast_truncate(0x0)", 1, 26 },
	{ "syz_holdfast_fail_io(0x0, 0x1)\nmlockall(0x1) (fail_nth: 1)", 2,
	  27 },
};

static void malformed_text(void)
{
	struct prog_error e;
	struct prog p;

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		e = (struct prog_error){ 0 };
		if (!prog_parse(bad[i].text, &p, &e))
			fail_msg("accepted: %s", bad[i].text);
		if (e.line != bad[i].line || e.column != bad[i].column)
			fail_msg("%u:%u: %s: in %s", e.line, e.column,
				 e.reason, bad[i].text);
		assert_non_null(e.reason);
	}
}

static void too_many_calls(void)
{
	char text[70 * 16] = "";
	struct prog_error e;
	struct prog p;

	for (unsigned i = 0; i < PROG_CALLS; i++)
		strcat(text, "munlockall()\n");
	assert_int_equal(prog_parse(text, &p, &e), 0);
	strcat(text, "munlockall()\n");
	assert_int_equal(prog_parse(text, &p, &e), -1);
	assert_int_equal(e.line, PROG_CALLS + 1);
}

/* Good programs with bytes changed: never anything but a verdict. */
static void any_bytes(void)
{
	char text[PROG_TEXT];
	struct prog_error e;
	struct prog p = { .n = 6 };
	size_t n;

	for (unsigned round = 0; round < 20000; round++) {
		p.n = 6;
		for (unsigned i = 0; i < p.n; i++)
			random_call(&p.call[i]);
		n = prog_print(&p, text, sizeof(text));
		for (unsigned i = 0; i < 4; i++)
			text[unit_random(n)] = unit_random(256);
		prog_parse(text, &p, &e);
		assert_true(p.n <= PROG_CALLS);
		for (unsigned i = 0; i < p.n; i++)
			assert_true(p.call[i].op < PROG_NR_OPS &&
				    p.call[i].task < PROG_TASKS);
	}
}

int main(void)
{
	static const struct unit_case cases[] = {
		CASE(what_is_printed_is_read_back), CASE(bytes_are_read_back),
		CASE(any_bytes_are_read), CASE(syzkallers_own),
		CASE(malformed_text), CASE(too_many_calls), CASE(any_bytes),
	};

	return unit_main("prog", cases, ARRAY_SIZE(cases));
}
