// SPDX-License-Identifier: GPL-2.0
/*
 * A search that goes on another day: queue, hashes and findings in a file.
 * Only the program that wrote it takes it back: with other code of mm/, or
 * other calls, states would be others.  A damaged file is refused with the
 * place and the reason.
 */
#include <stdio.h>
#include <string.h>

#include "search_internal.h"

static const char magic[16] = "holdfast-state\n";

struct state_head {
	char magic[16];
	u64 program;			/* hash of who searched, and what */
	u32 next, end, nr_nodes;
	u64 states, transitions;
	struct statement statement;
};

/* Of this program's file and the options that say what is searched. */
static u64 program_hash(void)
{
	u64 hash = opt->tasks + opt->faults * 256 + nr_choices * 65536;
	u64 word = 0;
	FILE *f = fopen("/proc/self/exe", "r");

	while (f && fread(&word, 1, sizeof(word), f))
		hash = mixed(hash, word);
	if (f)
		fclose(f);
	return hash;
}

static void state_path(char path[256], const char *design, const char *suffix)
{
	snprintf(path, 256, "%s/%s.state%s", opt->state, design, suffix);
}

/* Aside first: a run that is killed here leaves the old file. */
void save_state(const struct statement *s)
{
	struct state_head h = {
		"", program_hash(), shared->next, shared->end,
		shared->nr_nodes, shared->states, shared->transitions, *s,
	};
	char path[256], aside[256];
	bool ok;
	FILE *f;

	state_path(path, s->design, "");
	state_path(aside, s->design, ".new");
	f = fopen(aside, "w");
	if (f) {
		memcpy(h.magic, magic, sizeof(magic));
		h.next = min(h.next, h.end);
		fwrite(&h, sizeof(h), 1, f);
		fwrite(nodes, sizeof(*nodes), h.nr_nodes, f);
		table_save(f);
		ok = !ferror(f) & !fclose(f);
		if (ok && !rename(aside, path))
			return;
	}
	fprintf(stderr, "explore: %s: the state is not saved: %m\n", aside);
}

/* ---- back --------------------------------------------------------------- */

static const char *read_head(FILE *f, struct state_head *h)
{
	if (fread(h, sizeof(*h), 1, f) != 1)
		return "the file ends";
	fseek(f, 0, SEEK_SET);
	if (memcmp(h->magic, magic, sizeof(magic)))
		return "not a state of a search";
	fseek(f, offsetof(struct state_head, program), SEEK_SET);
	if (h->program != program_hash())
		return "of another program, --tasks, --faults or --wide";
	fseek(f, offsetof(struct state_head, next), SEEK_SET);
	if (h->next > h->end || h->end > h->nr_nodes ||
	    h->nr_nodes > h->states || !h->nr_nodes ||
	    h->statement.nr_findings > MAX_FINDINGS ||
	    h->statement.depth >= MAX_DEPTH)
		return "numbers that do not fit together";
	if (!table_fit(h->states))
		return "more states than --memory has room for";
	fseek(f, sizeof(*h), SEEK_SET);
	return NULL;
}

static const char *read_nodes(FILE *f, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		if (fread(&nodes[i], sizeof(*nodes), 1, f) != 1)
			return "the file ends";
		if (!i)
			continue;
		if (nodes[i].parent >= i)
			return "a state before the one it came from";
		if ((nodes[i].step & 0xffff) >= nr_choices ||
		    (nodes[i].step >> 16 & 15) >= PROG_NR_FAULTS)
			return "no such call";
	}
	return NULL;
}

static const char *read_hashes(FILE *f, u64 n)
{
	u64 hash;

	for (; n; n--) {
		if (fread(&hash, sizeof(hash), 1, f) != 1)
			return "the file ends";
		if (!hash)
			return "a state without a number";
		if (seen(hash))
			return "a state for the second time";
		insert(hash);
	}
	return fgetc(f) == EOF ? NULL : "more than was counted";
}

static void take_over(struct statement *s, const struct state_head *h)
{
	const char *design = s->design;

	*s = h->statement;
	s->design = design;
	s->end = "no state is left";
	shared->next = h->next;
	shared->end = h->end;
	shared->nr_nodes = h->nr_nodes;
	shared->transitions = h->transitions;
	for (unsigned i = 0; i < s->nr_findings; i++) {
		shared->known[i].kinds = s->finding[i].kinds;
		shared->known[i].guarantee = s->finding[i].guarantee;
	}
	shared->nr_known = s->nr_findings;
}

int load_state(struct statement *s)
{
	struct state_head h;
	const char *wrong;
	char path[256];
	FILE *f;

	state_path(path, s->design, "");
	f = fopen(path, "r");
	if (!f)
		return 0;
	table_clear();
	wrong = read_head(f, &h);
	if (!wrong)
		wrong = read_nodes(f, h.nr_nodes);
	if (!wrong)
		wrong = read_hashes(f, h.states);
	if (wrong)
		fprintf(stderr, "explore: %s: byte %ld: %s\n", path, ftell(f),
			wrong);
	else
		take_over(s, &h);
	fclose(f);
	return wrong ? -1 : 0;
}
