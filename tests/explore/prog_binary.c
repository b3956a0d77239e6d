// SPDX-License-Identifier: GPL-2.0
/*
 * Programs as bytes (prog.h).  The decoder believes nothing, and reads no byte
 * that is not there.
 */
#include <stdbool.h>
#include <string.h>

#include "prog.h"

/* Forms of a number, by its first byte. */
enum { SMALL = 0x00, PAGES = 0x80, MINUS = 0xc0, MINUS_PAGES = 0xd0,
       BYTES = 0xe0 };

static unsigned char *put_number(unsigned char *at, uint64_t v)
{
	uint64_t minus = ~v;		/* -1: 0 */
	bool pages = !(v % PROG_PAGE);

	if (v < PAGES) {
		*at++ = SMALL + v;
	} else if (pages && v / PROG_PAGE < MINUS - PAGES) {
		*at++ = PAGES + v / PROG_PAGE;
	} else if (minus < MINUS_PAGES - MINUS) {
		*at++ = MINUS + minus;
	} else if (pages && minus / PROG_PAGE < BYTES - MINUS_PAGES) {
		*at++ = MINUS_PAGES + minus / PROG_PAGE;
	} else {
		unsigned char *head = at++;

		for (; v; v >>= 8)
			*at++ = v;
		*head = BYTES + (at - head - 1);
	}
	return at;
}

size_t prog_encode(const struct prog *p, unsigned char *buf)
{
	unsigned char *at = buf;

	for (unsigned i = 0; i < p->n; i++) {
		const struct prog_call *c = &p->call[i];
		size_t args = strlen(prog_desc[c->op].args);

		*at++ = c->op | c->task << 5 | (c->fault ? 0x80 : 0);
		if (c->fault) {
			*at++ = c->fault;
			*at++ = c->nth;
		}
		for (size_t a = 0; a < args; a++)
			at = put_number(at, c->arg[a]);
	}
	return at - buf;
}

struct in { const unsigned char *at, *end; };

/* The reason, if it is no number. */
static const char *number(struct in *in, uint64_t *v)
{
	unsigned first = in->at < in->end ? *in->at++ : 0xff, bytes;

	if (first < PAGES) {
		*v = first;
	} else if (first < MINUS) {
		*v = (first - PAGES) * PROG_PAGE;
	} else if (first < MINUS_PAGES) {
		*v = -1ull - (first - MINUS);
	} else if (first < BYTES) {
		*v = -(1ull + first - MINUS_PAGES) * PROG_PAGE;
	} else {
		bytes = first - BYTES;
		if (!bytes || bytes > 8)
			return "no form of a number, or the end";
		if (in->end - in->at < bytes)
			return "the end, within a number";
		*v = 0;
		for (unsigned i = 0; i < bytes; i++)
			*v |= (uint64_t)*in->at++ << 8 * i;
	}
	return NULL;
}

static const char *call(struct in *in, struct prog_call *c)
{
	unsigned head = *in->at++;
	const char *wrong = NULL;

	memset(c, 0, sizeof(*c));
	c->op = head & 31;
	c->task = head >> 5 & 3;
	if (c->op >= PROG_NR_OPS)
		return "no such call";
	if (head & 0x80) {
		if (in->end - in->at < 2)
			return "the end, within a fault";
		c->fault = *in->at++;
		if (!c->fault || c->fault >= PROG_NR_FAULTS)
			return "no such fault";
		c->nth = *in->at++;
		if (!c->nth)
			return "faults count from 1";
	}
	for (unsigned i = 0; prog_desc[c->op].args[i] && !wrong; i++)
		wrong = number(in, &c->arg[i]);
	return wrong;
}

int prog_decode(const unsigned char *bytes, size_t n, struct prog *p,
		struct prog_error *error)
{
	struct in in = { bytes, bytes + n };
	const char *wrong = NULL;

	for (p->n = 0; in.at < in.end && !wrong; p->n += !wrong) {
		if (p->n < PROG_CALLS)
			wrong = call(&in, &p->call[p->n]);
		else if (in.at++)
			wrong = "a program has at most 64 calls";
	}
	if (!wrong)
		return 0;
	*error = (struct prog_error){ p->n + 1, in.at - bytes, wrong };
	return -1;
}
