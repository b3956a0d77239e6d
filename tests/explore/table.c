// SPDX-License-Identifier: GPL-2.0
/*
 * Which states were seen: a table of their hashes in memory that all workers
 * share, about half full at most.  It begins small and is doubled when it must
 * be, while no worker runs: so a search of a million states stays within reach
 * of the processor's caches.  Waiting for memory would take longer than making
 * a call: who will look something up says so (table_prefetch) and does
 * something else first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "search_internal.h"

#define FIRST_ENTRIES (1u << 16)

static u64 *table;			/* hashes, 0: none */
static u64 table_mask;

void *map_memory(size_t bytes, int sharing)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       sharing | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("explore: mmap");
		exit(2);
	}
	return p;
}

/* Its pages now, all at once: each is asked for soon, and a fault for each
 * costs more.  Old kernels do not know this, and need not. */
static void populate(void *at, size_t bytes)
{
	madvise(at, bytes, MADV_POPULATE_WRITE);
}

static void new_table(u64 entries)
{
	table_mask = entries - 1;
	table = map_memory(entries * sizeof(u64), MAP_SHARED);
	populate(table, entries * sizeof(u64));
}

void table_init(void)
{
	new_table(FIRST_ENTRIES);
}

void table_clear(void)
{
	memset(table, 0, (table_mask + 1) * sizeof(u64));
	shared->states = 0;
}

/* Twice as large.  An entry stays where it was or goes as far again as the old
 * table was long: two streams, not a walk about memory. */
static void grow(void)
{
	u64 *old = table, entries = table_mask + 1;

	new_table(entries * 2);
	for (u64 i = 0; i < entries; i++) {
		u64 at = old[i] & table_mask;

		if (!old[i])
			continue;
		while (table[at])
			at = (at + 1) & table_mask;
		table[at] = old[i];
	}
	munmap(old, entries * sizeof(u64));
}

/* A new one, the old one while it is copied, and a node for each state. */
bool table_fit(u64 states)
{
	while (states >= (table_mask + 1) / 2) {
		u64 entries = (table_mask + 1) * 2;

		if (entries * (sizeof(u64) + sizeof(u64) / 2 +
			       sizeof(struct node) / 4) > opt->memory)
			return false;
		grow();
	}
	return true;
}

void table_enter(void)
{
	populate(table, (table_mask + 1) * sizeof(u64));
	populate(nodes, shared->nr_nodes * sizeof(*nodes));
}

void table_prefetch(u64 hash)
{
	__builtin_prefetch(&table[hash & table_mask]);
}

bool seen(u64 hash)
{
	u64 i = hash & table_mask, entry;

	while ((entry = LOAD(&table[i])) && entry != hash)
		i = (i + 1) & table_mask;
	return entry;
}

bool insert(u64 hash)
{
	for (u64 i = hash & table_mask; ; i = (i + 1) & table_mask) {
		u64 old = LOAD(&table[i]);

		if (old == hash)
			return false;
		if (old)
			continue;
		if (__atomic_compare_exchange_n(&table[i], &old, hash, false,
						__ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			break;
		if (old == hash)
			return false;
	}
	if (ADD(&shared->states, 1) + 1 >= (table_mask + 1) / 2)
		shared->stop = shared->grow = 1;
	return true;
}

void table_save(FILE *f)
{
	for (u64 i = 0; i <= table_mask; i++)
		if (table[i])
			fwrite(&table[i], sizeof(table[i]), 1, f);
}
