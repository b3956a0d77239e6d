// SPDX-License-Identifier: GPL-2.0
/*
 * A search that goes on another day: queue, hashes and findings in a file.  A
 * file of another search, or a damaged one, is refused.
 */
#include <stdio.h>

#include "search_internal.h"

struct state_head {
	char magic[16];
	u64 universe;			/* hash of what is searched */
	u32 next, end, nr_nodes;
	u64 states, transitions;
	struct statement statement;
};

static u64 universe_hash(void)
{
	const unsigned char *p = (const void *)choices;
	u64 hash = opt->tasks + opt->faults * 256;

	for (size_t i = 0; i < nr_choices * sizeof(choices[0]); i++)
		hash = (hash ^ p[i]) * 0x100000001b3ull;
	return hash;
}

static FILE *open_state(const char *design, const char *mode)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s.state", opt->state, design);
	return fopen(path, mode);
}

void save_state(const struct statement *s)
{
	struct state_head h = {
		"holdfast-state\n", universe_hash(), shared->next, shared->end,
		shared->nr_nodes, shared->states, shared->transitions, *s,
	};
	FILE *f = open_state(s->design, "w");

	if (shared->full || !f) {
		fprintf(stderr, "explore: %s: the state is not saved\n",
			s->design);
		return;
	}
	h.next = min(h.next, h.end);
	fwrite(&h, sizeof(h), 1, f);
	fwrite(nodes, sizeof(*nodes), h.nr_nodes, f);
	for (u64 i = 0; i <= table_mask; i++)
		if (table[i])
			fwrite(&table[i], sizeof(table[i]), 1, f);
	if (ferror(f) | fclose(f))
		perror("explore: state file");
}

static bool load_lists(FILE *f, const struct state_head *h)
{
	u64 hash, n = h->states;

	if (n >= max_states || h->nr_nodes > n || h->end > h->nr_nodes ||
	    fread(nodes, sizeof(*nodes), h->nr_nodes, f) != h->nr_nodes)
		return false;
	for (u32 i = 1; i < h->nr_nodes; i++)
		if (nodes[i].parent >= i || (nodes[i].step & 0xffff) >=
					    nr_choices)
			return false;
	for (; n && fread(&hash, sizeof(hash), 1, f) == 1 && hash; n--)
		insert(hash);
	return !n;
}

int load_state(struct statement *s)
{
	FILE *f = open_state(s->design, "r");
	const char *design = s->design;
	struct state_head h;
	bool ok;

	if (!f)
		return 0;
	memset(table, 0, (table_mask + 1) * sizeof(*table));
	shared->states = 0;
	ok = fread(&h, sizeof(h), 1, f) == 1 &&
	     !memcmp(h.magic, "holdfast-state\n", 16) &&
	     h.universe == universe_hash() &&
	     h.statement.nr_findings <= MAX_FINDINGS && load_lists(f, &h);
	fclose(f);
	if (!ok) {
		fprintf(stderr, "explore: %s/%s.state: not a state of this "
			"search, or too large for --memory\n", opt->state,
			design);
		return -1;
	}
	*s = h.statement;
	s->design = design;
	s->end = "no state is left";
	shared->next = h.next;
	shared->end = h.end;
	shared->nr_nodes = h.nr_nodes;
	shared->transitions = h.transitions;
	for (unsigned i = 0; i < s->nr_findings; i++) {
		shared->known[i].kinds = s->finding[i].kinds;
		shared->known[i].guarantee = s->finding[i].guarantee;
	}
	shared->nr_known = s->nr_findings;
	return 0;
}
