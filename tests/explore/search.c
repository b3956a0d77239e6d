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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <mm/memlock.h>

#include "search_internal.h"

#define CHUNK 32u

struct shared *shared;
struct node *nodes;
const struct options *opt;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static double cpu_of_others;	/* a worker's: of those before it */

/* Of this process, the workers it had and those before it. */
double processor_seconds(void)
{
	struct tms t;

	times(&t);
	return cpu_of_others + (double)(t.tms_utime + t.tms_stime +
					t.tms_cutime + t.tms_cstime) /
			       sysconf(_SC_CLK_TCK);
}

/* ---- what was seen ----------------------------------------------------- */

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

/* States that were reached and not looked up yet: the table's memory is on its
 * way meanwhile. */
#define MAX_ARRIVALS 16u
static struct arrival {
	u64 hash;
	struct node node;
	u8 faults;
	bool last;			/* what follows does not matter */
} arrivals[MAX_ARRIVALS];
static unsigned nr_arrivals;		/* since ever */

static void look_up(const struct arrival *a)
{
	if (insert_state(a->hash, a->faults) && !a->last)
		nodes[ADD(&shared->nr_nodes, 1)] = a->node;
}

/* What this worker looked up last, so as not to ask again: many calls lead from
 * states that are alike to the same one. */
#define RECENT (1u << 13)
static u64 recent[RECENT];

static void look_up_later(struct arrival new)
{
	struct arrival *a = &arrivals[nr_arrivals % MAX_ARRIVALS];
	u64 *known = &recent[(new.hash + new.faults) % RECENT];

	if (*known == new.hash + new.faults)
		return;
	*known = new.hash + new.faults;
	if (nr_arrivals++ >= MAX_ARRIVALS)
		look_up(a);
	*a = new;
	table_prefetch(new.hash);
}

static void look_up_all(void)
{
	unsigned n = min(nr_arrivals, MAX_ARRIVALS);

	for (unsigned i = nr_arrivals - n; i != nr_arrivals; i++)
		look_up(&arrivals[i % MAX_ARRIVALS]);
	nr_arrivals = 0;
}

/* ---- a worker ---------------------------------------------------------- */

/* The way to the state at hand. */
struct snapshot *snapshots[MAX_DEPTH + 1];
static u32 way[MAX_DEPTH];
static unsigned way_length;
u64 transitions;

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

/* ---- one state --------------------------------------------------------- */

/* The state that a step led to; back to where it began.  A state with the same
 * hash is the same as far as the search can tell: no need to copy it back. */
static void arrive(const struct departure *from, u32 code, const char *why)
{
	unsigned all = world.broken, broken = all & ~from->broken;
	unsigned faults = world.faults;
	struct node node = { from->node, code };
	u64 hash;

	phase = AT_HASH;
	hash = all & BROKEN_CHECK ? 0 : canonical_hash();
	phase = AT_SEARCH;
	transitions++;
	if (broken)
		note(broken, node, from->kinds | kinds_of(code), why);
	if (opt->verify && hash)
		compare_twins(hash, node);
	if (hash == from->hash) {
		world.faults = from->faults;
		return;
	}
	phase = AT_COPY;
	snapshot_restore(snapshots[way_length]);
	phase = AT_TABLE;
	if (hash)
		look_up_later((struct arrival){
			hash, node, faults, all & (BROKEN_G1 | BROKEN_G2) });
	phase = AT_SEARCH;
}

/* One call, with one fault or none.  False: nobody can make it. */
static bool try_call(const struct departure *from, u32 code)
{
	struct prog_call c = call_of(code);
	char why[128];

	if (LOAD(&shared->endless) || !step(&c, opt->tasks, why))
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
	for (unsigned fault = 1; fault < PROG_FAIL_ALLOCS; fault++)
		for (unsigned nth = 1; nth <= limit[fault]; nth++) {
			try_call(from, step_code(choice, fault, nth));
			/* Was there another afterwards, to fail as well? */
			if (fault == PROG_FAIL_ALLOC && occasions[fault] > nth)
				try_call(from, step_code(
					choice, PROG_FAIL_ALLOCS, nth));
		}
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
	table_enter();
	profile_worker();
	step_watch();
	while (!LOAD(&shared->stop) && !LOAD(&shared->endless)) {
		u32 first = ADD(&shared->next, CHUNK);

		if (first >= shared->end)
			break;
		for (u32 n = first; n < first + CHUNK && n < shared->end; n++)
			expand(n);
		look_up_all();
		ADD(&shared->transitions, transitions);
		transitions = 0;
	}
}

/* ---- the coordinator --------------------------------------------------- */

static double begin;
static struct statement past;	/* of earlier runs */

/* On a terminal all the time; else a line every minute. */
static void progress(const char *design, unsigned depth, bool last)
{
	static double told;
	bool tty = isatty(2);
	double t = now() - begin;
	u32 next = min(LOAD(&shared->next), shared->end);

	if (tty && last)
		fprintf(stderr, "\r\033[K");
	if (last || t - told < (tty ? 0.2 : 60))
		return;
	told = t;
	fprintf(stderr, "%s%-8s depth %u: %3u %% of %u; %llu states, %.1f M "
		"transitions, %.0f s%s", tty ? "\r" : "", design, depth,
		(unsigned)(next * 100ull / max(shared->end, 1u)), shared->end,
		(unsigned long long)LOAD(&shared->states),
		LOAD(&shared->transitions) * 1e-6,
		past.seconds + t, tty ? " \033[K" : "\n");
}

/* Until a worker ends, or 50 ms. */
static void wait_a_little(void)
{
	const struct timespec little = { .tv_nsec = 50 * 1000000 };
	sigset_t ended;

	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	sigtimedwait(&ended, NULL, &little);
}

/* Workers, until there is nothing left to do or they are to stop; false: one
 * died. */
static bool run_workers(const char *design, unsigned depth)
{
	unsigned alive = 0;
	bool ok = true;
	int status;

	fflush(NULL);
	for (unsigned i = 0; i < opt->jobs; i++) {
		double before = processor_seconds();
		pid_t pid = fork();

		if (!pid) {
			cpu_of_others = before;
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
		progress(design, depth, false);
		wait_a_little();
	}
	progress(design, depth, true);
	return ok;
}

static const char worker_died[] = "a worker died";

/* All states of one depth; NULL, or why not. */
static const char *explore_depth(const char *design, unsigned depth)
{
	for (;;) {
		shared->stop = shared->grow = 0;
		if (!run_workers(design, depth))
			return worker_died;
		if (shared->endless)
			return "a call does not end";
		if (shared->grow && !table_fit(shared->states))
			return "memory is used up";
		if (shared->next >= shared->end)
			return NULL;
		if (now() - begin > opt->seconds)
			return "time is up";
	}
}

/* States that workers may find between asking for a larger table and stopping:
 * those of a chunk each. */
#define OVERSHOOT (1u << 20)

static void set_up_memory(void)
{
	size_t most = opt->memory / sizeof(struct node) / 3 + OVERSHOOT;

	nodes = map_memory(most * sizeof(*nodes), MAP_SHARED);
	shared = map_memory(sizeof(*shared), MAP_SHARED);
	table_init();
	if (opt->verify)
		twins_init();
	for (unsigned i = 0; i <= MAX_DEPTH; i++)
		snapshots[i] = map_memory(sizeof(struct snapshot),
					  MAP_PRIVATE);
}

/* ---- the search -------------------------------------------------------- */

/* Depth by depth, until something ends it; says what. */
static const char *run(const char *design, struct statement *s)
{
	for (; s->depth < opt->depth; s->depth++) {
		const char *end = explore_depth(design, s->depth + 1);

		collect_findings(s);
		s->crashed = end == worker_died;
		if (end)
			return end;
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
	sigset_t ended;

	opt = o;
	*s = (struct statement){ .design = design };
	universe_init(o->tasks, o->wide);
	if (world_boot(design, o->tasks)) {
		fprintf(stderr, "explore: no lock design %s\n", design);
		return -1;
	}
	snapshot_init();
	set_up_memory();
	snapshot_save(snapshots[0]);
	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ended, NULL);	/* for wait_a_little() */
	step_init();
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
	memcpy(s->samples, shared->samples, sizeof(s->samples));
	if (!past.first_transition) {
		s->first_transition = shared->first_transition;
		s->first_cpu = past.cpu + shared->first_cpu;
	}
	s->seconds = past.seconds + now() - begin;
	s->cpu = past.cpu + processor_seconds();
	if (o->state)
		save_state(s);
	s->unlike = shared->unlike;
	return 0;
}
