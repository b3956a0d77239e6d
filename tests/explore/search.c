// SPDX-License-Identifier: GPL-2.0
/*
 * The search: every program, shortest first.
 *
 * A state is known by its canonical hash; a table of these, shared by all
 * worker processes, says which were seen.  A state to be explored is kept as
 * the one it came from and the call that led here, 8 bytes: a worker makes the
 * state again by making the calls, and as neighbours in the queue share most of
 * their way, and a state is left by more than a hundred calls, that costs next
 * to nothing.  Each call is tried on a copy: copied back, made, checked.
 *
 * A state in which G1, G2 or mm_check is broken is not explored further: what
 * follows is longer.  One in which only G3 is broken is: the lock is lost, and
 * the question is what that leads to.
 * Workers are forked anew for each depth and take queue entries in chunks; a
 * search that is stopped ends at a chunk's end, so it can go on there.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "search.h"

#define CHUNK 32u
#define MAX_RAW 256		/* findings of one depth */
#define SEEN_KINDS 4096

/* One state to explore: from which, by what. */
struct node { u32 parent, step; };

/* A step: choice, kind of fault, its number. */
static u32 step_code(unsigned choice, unsigned fault, unsigned nth)
{
	return choice | fault << 16 | nth << 20;
}

struct raw { struct node node; u32 guarantee; u64 kinds; char why[128]; };

/* In memory that all processes share. */
struct shared {
	u32 stop;			/* workers end after their chunk */
	u32 full;			/* ... because memory is used up */
	u32 nr_nodes;
	u32 next, end;			/* queue of this depth */
	u64 states, transitions;
	u64 unlike;			/* --verify: equal hashes, not states */
	u32 nr_raw;
	struct raw raw[MAX_RAW];
	u64 seen_kinds[SEEN_KINDS];	/* hashes of guarantee and kinds */
	/* What was reported already: programs with more kinds are no news. */
	u32 nr_known;
	struct { u64 kinds; u32 guarantee; } known[MAX_FINDINGS];
};

static struct shared *shared;
static struct node *nodes;
static u64 *table;
static u64 table_mask, max_states;
static const struct options *opt;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Of this process and the workers it had. */
static double processor_seconds(void)
{
	struct tms t;

	times(&t);
	return (double)(t.tms_utime + t.tms_stime + t.tms_cutime +
			t.tms_cstime) / sysconf(_SC_CLK_TCK);
}

#define ADD(p, n) __atomic_fetch_add((p), (n), __ATOMIC_RELAXED)
#define LOAD(p) __atomic_load_n((p), __ATOMIC_RELAXED)

/* ---- one step ---------------------------------------------------------- */

static jmp_buf on_panic;
static unsigned occasions[PROG_NR_FAULTS];	/* of the last step */
static char *panic_words;

static void panicked(const char *message)
{
	snprintf(panic_words, 128, "%s", message);
	__builtin_longjmp((void **)on_panic, 1);
}

bool step(const struct prog_call *c, unsigned tasks, char *why)
{
	if (!world_enabled(c, tasks))
		return false;
	panic_words = why;
	host_panic_hook = panicked;
	if (__builtin_setjmp((void **)on_panic)) {
		world.broken |= BROKEN_CHECK;
	} else {
		world_run(c);
		memcpy(occasions, world.occasions, sizeof(occasions));
		host_check();
	}
	host_panic_hook = NULL;
	return true;
}

static u64 kinds_of(u32 code)
{
	unsigned fault = code >> 16 & 15;
	int kind = choices[code & 0xffff].kind;

	return (kind < 0 ? 0 : 1ull << kind) |
	       (fault ? 1ull << kind_of_fault(fault) : 0);
}

/* Who is who in the present state: world_order(), then PROG_TASKS for nobody. */
static u8 who[PROG_TASKS];

static void look_around(void)
{
	unsigned order[PROG_TASKS], n = world_order(order);

	for (unsigned i = 0; i < PROG_TASKS; i++)
		who[i] = i < n ? order[i] : PROG_TASKS;
}

static struct prog_call call_of(u32 code)
{
	struct prog_call c = choices[code & 0xffff].call;

	c.task = who[c.task];
	c.fault = code >> 16 & 15;
	c.nth = code >> 20;
	return c;
}

/* ---- what was seen ----------------------------------------------------- */

static bool seen(u64 hash)
{
	u64 i = hash & table_mask, entry;

	while ((entry = LOAD(&table[i])) && entry != hash)
		i = (i + 1) & table_mask;
	return entry;
}

/* True if it is new. */
static bool insert(u64 hash)
{
	for (u64 i = hash & table_mask; ; i = (i + 1) & table_mask) {
		u64 old = LOAD(&table[i]);

		if (old == hash)
			return false;
		if (old)
			continue;
		if (__atomic_compare_exchange_n(&table[i], &old, hash, false,
						__ATOMIC_RELAXED,
						__ATOMIC_RELAXED)) {
			if (ADD(&shared->states, 1) + 1 >= max_states)
				shared->stop = shared->full = 1;
			return true;
		}
		if (old == hash)
			return false;
	}
}

/*
 * A state after some injected faults: whatever can follow it can as well follow
 * the same state after fewer, which was met no later.
 */
static bool insert_state(u64 hash, unsigned faults)
{
	for (unsigned fewer = 0; fewer < faults; fewer++)
		if (seen(hash + fewer))
			return false;
	return insert(hash + faults);
}

static bool known_kinds(unsigned guarantee, u64 kinds)
{
	for (unsigned i = 0; i < shared->nr_known; i++)
		if (shared->known[i].guarantee == guarantee &&
		    !(shared->known[i].kinds & ~kinds))
			return true;
	return false;
}

/* The first program of these kinds?  A race lets two through: harmless. */
static bool first_of_kind(unsigned guarantee, u64 kinds)
{
	u64 key = (kinds * 4 + guarantee + 1) * 0x9e3779b97f4a7c15ull;

	if (known_kinds(guarantee, kinds))
		return false;
	for (unsigned i = key >> 52, n = 0; n < SEEN_KINDS; n++) {
		u64 *slot = &shared->seen_kinds[(i + n) % SEEN_KINDS];

		if (*slot == key)
			return false;
		if (*slot)
			continue;
		*slot = key;
		return true;
	}
	return false;
}

static void note(unsigned broken, struct node node, u64 kinds,
		 const char *why)
{
	for (unsigned g = 0; g < NR_GUARANTEES; g++) {
		u32 i;

		if (!(broken >> g & 1) || !first_of_kind(g, kinds))
			continue;
		i = ADD(&shared->nr_raw, 1);
		if (i >= MAX_RAW)
			return;
		shared->raw[i] = (struct raw){ node, g, kinds, "" };
		if (1u << g == BROKEN_CHECK)
			memcpy(shared->raw[i].why, why, 128);
	}
}

/* ---- a worker ---------------------------------------------------------- */

/* The way to the state at hand. */
static struct snapshot *snapshots[MAX_DEPTH + 1];
static u32 way[MAX_DEPTH];
static unsigned way_length;
static u64 transitions;

static unsigned way_to(u32 n, u32 *steps)
{
	unsigned length = 0;

	for (u32 i = n; i; i = nodes[i].parent)
		length++;
	for (unsigned k = length; k-- > 0; n = nodes[n].parent)
		steps[k] = nodes[n].step;
	return length;
}

/* Make the state again, from where its way leaves that of the last one. */
static void go_to(u32 n)
{
	char why[128];
	u32 steps[MAX_DEPTH];
	unsigned length = way_to(n, steps), same = 0;

	while (same < length && same < way_length && steps[same] == way[same])
		same++;
	snapshot_restore(snapshots[same]);
	for (; same < length; same++) {
		struct prog_call c;

		look_around();
		c = call_of(steps[same]);
		step(&c, opt->tasks, why);
		way[same] = steps[same];
		snapshot_save(snapshots[same + 1]);
	}
	way_length = length;
	look_around();
}

/* A state on its way to others. */
struct departure {
	u32 node;
	u64 kinds, hash;
	unsigned broken, faults;
};

/* ---- are equal hashes equal states? ------------------------------------ */

/* --verify: the first state with each hash, and what followed it. */
static struct twin { u64 hash, after; struct node node; } *twins;

/* A sum over all calls of what follows the state at hand, and back to it. */
static u64 what_follows(void)
{
	struct snapshot *here = snapshots[MAX_DEPTH];
	unsigned occasions_before[PROG_NR_FAULTS];
	u8 who_before[PROG_TASKS];
	char why[128];
	u64 sum = 0;

	memcpy(who_before, who, sizeof(who));
	memcpy(occasions_before, occasions, sizeof(occasions));
	snapshot_save(here);
	look_around();
	for (unsigned i = 1; i < nr_choices; i++) {
		struct prog_call c = call_of(step_code(i, 0, 0));

		if (!step(&c, opt->tasks, why))
			continue;
		sum += mixed(i, canonical_hash());
		snapshot_restore(here);
	}
	memcpy(who, who_before, sizeof(who));
	memcpy(occasions, occasions_before, sizeof(occasions));
	return sum;
}

/* Tasks are places in world_order() here. */
static void tell_way(const char *what, struct node last)
{
	struct prog p = { 0 };
	char text[PROG_TEXT];
	u32 steps[MAX_DEPTH];
	unsigned length = way_to(last.parent, steps);

	steps[length++] = last.step;
	for (unsigned i = 0; i < length; i++) {
		p.call[i] = choices[steps[i] & 0xffff].call;
		p.call[i].fault = steps[i] >> 16 & 15;
		p.call[i].nth = steps[i] >> 20;
	}
	p.n = length;
	prog_print(&p, text, sizeof(text));
	fprintf(stderr, "explore: %s\n%s", what, text);
}

/* What follows a state must be what followed the first one with its hash. */
static void compare_twins(u64 hash, struct node node)
{
	struct twin *t = &twins[hash & table_mask];
	u64 after;

	if (world.broken & (BROKEN_G1 | BROKEN_G2 | BROKEN_CHECK))
		return;
	after = what_follows();
	while (t->hash && t->hash != hash)
		t = t == &twins[table_mask] ? twins : t + 1;
	if (!t->hash)
		*t = (struct twin){ hash, after, node };
	if (t->after == after || ADD(&shared->unlike, 1))
		return;
	tell_way("this program", t->node);
	tell_way("and this one lead to states with one hash that go on "
		 "differently:", node);
}

/* ---- one state --------------------------------------------------------- */

/* The state that a step led to; back to where it began.  A state with the same
 * hash is the same as far as the search can tell: no need to copy it back. */
static void arrive(const struct departure *from, u32 code, const char *why)
{
	unsigned all = world.broken, broken = all & ~from->broken;
	unsigned faults = world.faults;
	struct node node = { from->node, code };
	u64 hash = all & BROKEN_CHECK ? 0 : canonical_hash();
	u32 i;

	transitions++;
	if (broken)
		note(broken, node, from->kinds | kinds_of(code), why);
	if (twins && hash)
		compare_twins(hash, node);
	if (hash == from->hash) {
		world.faults = from->faults;
		return;
	}
	__builtin_prefetch(&table[hash & table_mask]);
	snapshot_restore(snapshots[way_length]);
	if (all & BROKEN_CHECK || !insert_state(hash, faults) ||
	    all & (BROKEN_G1 | BROKEN_G2))
		return;
	i = ADD(&shared->nr_nodes, 1);
	if (i < max_states)
		nodes[i] = node;
}

/* One call, with one fault or none.  False: nobody can make it. */
static bool try_call(const struct departure *from, u32 code)
{
	struct prog_call c = call_of(code);
	char why[128];

	if (!step(&c, opt->tasks, why))
		return false;
	arrive(from, code, why);
	return true;
}

static void try_choice(const struct departure *from, unsigned choice)
{
	unsigned limit[PROG_NR_FAULTS];

	if (!try_call(from, step_code(choice, 0, 0)) ||
	    world.faults >= opt->faults)
		return;
	memcpy(limit, occasions, sizeof(limit));
	for (unsigned fault = 1; fault < PROG_NR_FAULTS; fault++)
		for (unsigned nth = 1; nth <= limit[fault]; nth++)
			try_call(from, step_code(choice, fault, nth));
}

static void expand(u32 n)
{
	struct departure from = { .node = n };

	go_to(n);
	for (unsigned i = 0; i < way_length; i++)
		from.kinds |= kinds_of(way[i]);
	from.broken = world.broken;
	from.faults = world.faults;
	from.hash = canonical_hash();
	/* Programs begin with the designated program, if that is anything. */
	if (!n && memlock->exec_mark)
		try_choice(&from, 0);
	else
		for (unsigned i = 1; i < nr_choices; i++)
			try_choice(&from, i);
}

static void work(void)
{
	while (!LOAD(&shared->stop)) {
		u32 first = ADD(&shared->next, CHUNK);

		if (first >= shared->end)
			break;
		for (u32 n = first; n < first + CHUNK && n < shared->end; n++)
			expand(n);
		ADD(&shared->transitions, transitions);
		transitions = 0;
	}
}

/* ---- the coordinator --------------------------------------------------- */

static double begin;
static struct statement past;	/* of earlier runs */

static void progress(const char *design, unsigned depth, bool last)
{
	u32 next = min(LOAD(&shared->next), shared->end);

	if (!isatty(2))
		return;
	fprintf(stderr, "\r%-8s depth %u: %u of %u, %llu states, %llu "
		"transitions, %.0f s \033[K%s", design, depth, next,
		shared->end, (unsigned long long)shared->states,
		(unsigned long long)shared->transitions,
		now() - begin,
		last ? "\r\033[K" : "");
}

/* All states of one depth, by all workers; false: a worker died. */
static bool explore_depth(const char *design, unsigned depth)
{
	unsigned alive = 0;
	bool ok = true;
	int status;

	fflush(NULL);
	for (unsigned i = 0; i < opt->jobs; i++) {
		pid_t pid = fork();

		if (!pid) {
			work();
			_exit(0);
		}
		alive += pid > 0;
	}
	while (alive) {
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid > 0) {
			alive--;
			ok = ok && !status;
			continue;
		}
		if (now() - begin > opt->seconds)
			shared->stop = 1;
		usleep(20000);
		progress(design, depth, false);
	}
	progress(design, depth, true);
	return ok;
}

/* ---- findings ---------------------------------------------------------- */

/* From the start: does the program break the guarantee?  Cut off there. */
static bool breaks(struct prog *p, unsigned guarantee, char *why)
{
	snapshot_restore(snapshots[0]);
	for (unsigned i = 0; i < p->n; i++) {
		if (!step(&p->call[i], opt->tasks, why))
			return false;
		if (world.broken >> guarantee & 1) {
			p->n = i + 1;
			return true;
		}
	}
	return false;
}

static struct prog without(const struct prog *p, unsigned call)
{
	struct prog shorter = *p;

	shorter.n--;
	memmove(&shorter.call[call], &shorter.call[call + 1],
		(shorter.n - call) * sizeof(shorter.call[0]));
	return shorter;
}

/* Leave out what is not needed: calls and faults. */
static void minimise(struct prog *p, unsigned guarantee, char *why)
{
	bool again = true;

	while (again) {
		again = false;
		for (unsigned i = p->n; i-- > 0 && !again; ) {
			struct prog less = without(p, i);

			again = i && breaks(&less, guarantee, why);
			if (!again && p->call[i].fault) {
				less = *p;
				less.call[i].fault = less.call[i].nth = 0;
				again = breaks(&less, guarantee, why);
			}
			if (again)
				*p = less;
		}
	}
	breaks(p, guarantee, why);
}

static u64 kinds_in(const struct prog *p)
{
	u64 kinds = 0;

	for (unsigned i = 0; i < p->n; i++) {
		const struct prog_call *c = &p->call[i];

		for (unsigned k = 0; k < nr_choices; k++)
			if (choices[k].call.op == c->op &&
			    !memcmp(choices[k].call.arg, c->arg,
				    sizeof(c->arg))) {
				kinds |= kinds_of(k);
				break;
			}
		if (c->fault)
			kinds |= 1ull << kind_of_fault(c->fault);
	}
	return kinds;
}

/* The proof of G1: the secret really goes to the disk. */
static void add_pressure(struct prog *p)
{
	struct prog_call c = { .op = PROG_PRESSURE };
	char why[128];

	if (p->call[p->n - 1].op == PROG_PRESSURE || p->n == PROG_CALLS)
		return;
	breaks(p, 0, why);
	while (c.task < PROG_TASKS - 1 && !world.task[c.task])
		c.task++;
	if (world.task[c.task] && world_run(&c) == 0)
		p->call[p->n++] = c;
}

static void add_finding(struct statement *s, const struct raw *raw)
{
	struct finding f = { .guarantee = raw->guarantee };
	u32 steps[MAX_DEPTH];
	unsigned length = way_to(raw->node.parent, steps);

	steps[length++] = raw->node.step;
	snapshot_restore(snapshots[0]);
	for (unsigned i = 0; i < length; i++) {
		look_around();
		f.prog.call[f.prog.n++] = call_of(steps[i]);
		step(&f.prog.call[i], opt->tasks, f.why);
	}
	minimise(&f.prog, f.guarantee, f.why);
	f.kinds = kinds_in(&f.prog);
	if (known_kinds(f.guarantee, f.kinds) || s->nr_findings == MAX_FINDINGS)
		return;
	if (f.guarantee == 0)
		add_pressure(&f.prog);
	shared->known[shared->nr_known].guarantee = f.guarantee;
	shared->known[shared->nr_known++].kinds = f.kinds;
	s->finding[s->nr_findings++] = f;
}

static int nr_kinds(const struct raw *raw)
{
	return __builtin_popcountll(raw->kinds);
}

/* The fewest kinds first, so that what has more than another does not hide
 * it; then a fixed order. */
static int by_kinds(const void *a, const void *b)
{
	const struct raw *x = a, *y = b;

	if (x->guarantee != y->guarantee)
		return x->guarantee < y->guarantee ? -1 : 1;
	if (x->kinds != y->kinds)
		return nr_kinds(x) != nr_kinds(y) ? nr_kinds(x) - nr_kinds(y) :
		       x->kinds < y->kinds ? -1 : 1;
	return x->node.step < y->node.step ? -1 : x->node.step > y->node.step;
}

static void collect_findings(struct statement *s)
{
	unsigned n = min(shared->nr_raw, (u32)MAX_RAW);

	qsort(shared->raw, n, sizeof(shared->raw[0]), by_kinds);
	for (unsigned i = 0; i < n; i++)
		add_finding(s, &shared->raw[i]);
	shared->nr_raw = 0;
	memset(shared->seen_kinds, 0, sizeof(shared->seen_kinds));
}

/* ---- memory ------------------------------------------------------------ */

static void *map_memory(size_t bytes, int sharing)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       sharing | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("explore: mmap");
		exit(1);
	}
	return p;
}

/* Half of the table's entries at most, and a node each. */
static void set_up_memory(void)
{
	u64 entries = 1u << 12;

	while (entries * 2 * (sizeof(u64) + sizeof(struct node) / 2) <=
	       opt->memory)
		entries *= 2;
	table_mask = entries - 1;
	max_states = entries / 2;
	table = map_memory(entries * sizeof(u64), MAP_SHARED);
	nodes = map_memory((max_states + 1) * sizeof(struct node),
			   MAP_SHARED);
	shared = map_memory(sizeof(*shared), MAP_SHARED);
	if (opt->verify)
		twins = map_memory(entries * sizeof(*twins), MAP_SHARED);
	for (unsigned i = 0; i <= MAX_DEPTH; i++)
		snapshots[i] = map_memory(sizeof(struct snapshot),
					  MAP_PRIVATE);
}

/* ---- a search that is interrupted ---------------------------------------- */

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

static void save_state(const struct statement *s)
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

/* 0 too if there is none; -1: not a state of this search, as is said. */
static int load_state(struct statement *s)
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

/* ---- the search -------------------------------------------------------- */

/* Depth by depth, until something ends it; says what. */
static const char *run(const char *design, struct statement *s)
{
	for (; s->depth < opt->depth; s->depth++) {
		bool ok = explore_depth(design, s->depth + 1);

		collect_findings(s);
		if (!ok)
			return "a worker died";
		if (shared->full)
			return "memory is used up";
		if (shared->next < shared->end)
			return "time is up";
		shared->next = shared->end;
		shared->end = shared->nr_nodes;
		if (shared->next == shared->end) {
			s->depth++;
			s->fixpoint = true;
			return "no state is left";
		}
	}
	return "the depth asked for is reached";
}

int search(const char *design, const struct options *o, struct statement *s)
{
	opt = o;
	*s = (struct statement){ .design = design };
	universe_init(o->tasks);
	if (world_boot(design, o->tasks)) {
		fprintf(stderr, "explore: no lock design %s\n", design);
		return -1;
	}
	snapshot_init();
	set_up_memory();
	snapshot_save(snapshots[0]);
	begin = now();
	insert_state(canonical_hash(), 0);
	shared->nr_nodes = shared->end = 1;	/* node 0: the start */
	if (o->state && load_state(s))
		return -1;
	past = *s;
	if (!memlock->exec_mark && !s->depth)
		s->depth = 1;		/* the exec that makes no difference */
	if (!s->fixpoint)
		s->end = run(design, s);
	s->states = shared->states;
	s->transitions = shared->transitions;
	s->seconds = past.seconds + now() - begin;
	s->cpu = past.cpu + processor_seconds();
	if (o->state)
		save_state(s);
	s->unlike = shared->unlike;
	return 0;
}
