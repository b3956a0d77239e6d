// SPDX-License-Identifier: GPL-2.0
/*
 * The explorer: all programs of a small universe, for each lock design, until
 * time, memory or programs are used up; then the closed statement.
 *
 *	explore [--design NAME] [--tasks N] [--depth N] [--seconds N]
 *		[--memory MIB] [--jobs N] [--faults N] [--out FOLDER]
 *		[--state FOLDER] [--wide] [--profile] [--verify]
 *
 * --seconds and --memory are shared out to the designs, one after the other.
 * --faults: injected failures in a program, at most.  --out: where shortest
 * programs go, DESIGN-GUARANTEE-N.prog.  --state: go on with the searches whose
 * files are there, and leave them there for the next time.  --wide: more calls
 * (universe.c), and so fewer of them in a program.  --profile: say what the
 * time went to.  --verify: after every transition try all calls, to see
 * that states with equal hashes have equal futures (slow: for depths up to 4).
 *
 * Exit status: 0; 1 if mm_check() found something, or a guarantee of `strict`
 * does not hold; 2 for wrong arguments.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "search.h"

static const char *const guarantee_name[NR_GUARANTEES] = {
	"G1", "G2", "G3", "mm_check",
};
static const char *const guarantee_text[NR_GUARANTEES] = {
	"no bytes of a memlocked task reach swap",
	"nothing is read again from a disk after exec",
	"areas and def_flags keep their lock, the task its mark",
	"the invariants I1 to I18 (with G4, the accounting)",
};

/* ---- the statement ----------------------------------------------------- */

static void print_kinds(FILE *f, u64 kinds)
{
	const char *between = "";

	if (!kinds)
		fprintf(f, "ordinary calls alone");
	for (unsigned k = 0; k < NR_KINDS; k++) {
		if (!(kinds >> k & 1))
			continue;
		fprintf(f, "%s%s", between, kind_name[k]);
		between = ", ";
	}
}

static void print_program(FILE *f, const struct prog *p, const char *indent)
{
	char text[PROG_TEXT];
	char *line = text, *end;

	for (prog_print(p, text, sizeof(text)); (end = strchr(line, '\n'));
	     line = end + 1)
		fprintf(f, "%s%.*s\n", indent, (int)(end - line), line);
}

/* Where a test finds it again. */
static void save(const struct options *o, const struct statement *s,
		 const struct finding *f, unsigned number)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s-%s-%u.prog", o->out, s->design,
		 guarantee_name[f->guarantee], number);
	file = fopen(path, "w");
	if (!file) {
		perror(path);
		return;
	}
	fprintf(file, "# breaks %s (%s) under memlock=%s\n",
		guarantee_name[f->guarantee], guarantee_text[f->guarantee],
		s->design);
	if (*way_around(f->kinds))
		fprintf(file, "# way around: %s\n",
			way_around(f->kinds));
	if (f->why[0])
		fprintf(file, "# %s\n", f->why);
	print_program(file, &f->prog, "");
	fclose(file);
}

static unsigned report_guarantee(const struct options *o,
				 const struct statement *s, unsigned g)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->nr_findings; i++)
		n += s->finding[i].guarantee == g;
	printf("  %-8s %s: %s", guarantee_name[g], guarantee_text[g],
	       n ? "BROKEN" : "holds within these bounds\n");
	if (n)
		printf(", %u way%s\n", n, n == 1 ? "" : "s");
	n = 0;
	for (unsigned i = 0; i < s->nr_findings; i++) {
		const struct finding *f = &s->finding[i];

		if (f->guarantee != g)
			continue;
		n++;
		printf("    %u. %s%s", n, way_around(f->kinds),
		       *way_around(f->kinds) ? ": " : "");
		print_kinds(stdout, f->kinds);
		printf("%s%s\n", f->why[0] ? ": " : "", f->why);
		print_program(stdout, &f->prog, "         ");
		save(o, s, f, n);
	}
	return n;
}

static int report(const struct options *o, const struct statement *s)
{
	bool wrong;

	printf("memlock=%s: every program of up to %u calls%s; ended because "
	       "%s\n", s->design, s->depth,
	       s->fixpoint ? " and so of any length" : "", s->end);
	printf("  %llu states, %llu transitions, each checked; %.1f s by the "
	       "clock, %.1f s of processors:\n  %.0f transitions per second "
	       "of a processor\n", (unsigned long long)s->states,
	       (unsigned long long)s->transitions, s->seconds, s->cpu,
	       s->cpu ? s->transitions / s->cpu : 0);
	if (s->first_transition)
		printf("  first violation: after %llu transitions, %.2f s of "
		       "processors\n",
		       (unsigned long long)s->first_transition, s->first_cpu);
	if (o->profile)
		profile_print(s);
	if (o->verify)
		printf("  states that have one hash and go on differently: "
		       "%llu\n", (unsigned long long)s->unlike);
	wrong = report_guarantee(o, s, 3) || s->unlike || s->crashed;
	for (unsigned g = 0; g < 3; g++)
		if (report_guarantee(o, s, g))
			wrong = wrong || !strcmp(s->design, "strict");
	printf("\n");
	fflush(stdout);
	return wrong;
}

/* ---- all designs ------------------------------------------------------- */

static int explore_design(const char *design, const struct options *o)
{
	static struct statement s;

	if (search(design, o, &s))
		return 2;
	return report(o, &s);
}

/* In a process of its own: a host is booted once. */
static int in_child(const char *design, const struct options *o)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		status = explore_design(design, o);
		fflush(NULL);
		_exit(status);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
		fprintf(stderr, "explore: %s: ended by signal %d\n", design,
			WTERMSIG(status));
		return 1;
	}
	return WEXITSTATUS(status);
}

static unsigned split_names(char *names, const char **design, unsigned max)
{
	unsigned n = 0;

	for (char *name = strtok(names, ", "); name && n < max;
	     name = strtok(NULL, ", "))
		design[n++] = name;
	return n;
}

static int usage(void)
{
	fprintf(stderr, "usage: explore [--design NAME] [--tasks 1..4] "
		"[--depth N] [--seconds N] [--memory MIB]\n"
		"               [--jobs N] [--faults N] [--out FOLDER] "
		"[--state FOLDER]\n"
		"               [--wide] [--profile] [--verify]\n");
	return 2;
}

static bool parse_options(int argc, char **argv, struct options *o,
			  const char **only)
{
	static const struct option longs[] = {
		{ "design", 1, NULL, 'd' }, { "tasks", 1, NULL, 't' },
		{ "depth", 1, NULL, 'n' }, { "seconds", 1, NULL, 's' },
		{ "memory", 1, NULL, 'm' }, { "jobs", 1, NULL, 'j' },
		{ "faults", 1, NULL, 'f' }, { "out", 1, NULL, 'o' },
		{ "state", 1, NULL, 'r' }, { "verify", 0, NULL, 'v' },
		{ "profile", 0, NULL, 'p' }, { "wide", 0, NULL, 'w' }, { 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'd': *only = optarg; break;
		case 't': o->tasks = atoi(optarg); break;
		case 'n': o->depth = atoi(optarg); break;
		case 's': o->seconds = atof(optarg); break;
		case 'm': o->memory = strtoull(optarg, NULL, 0) << 20; break;
		case 'j': o->jobs = atoi(optarg); break;
		case 'f': o->faults = atoi(optarg); break;
		case 'o': o->out = optarg; break;
		case 'v': o->verify = true; o->jobs = 1; break;
		case 'p': o->profile = true; break;
		case 'w': o->wide = true; break;
		case 'r': o->state = optarg; break;
		default: return false;
		}
	}
	return optind == argc && o->tasks >= 1 && o->tasks <= PROG_TASKS &&
	       o->jobs >= 1 && o->depth >= 1 && o->depth < MAX_DEPTH;
}

int main(int argc, char **argv)
{
	struct options o = {
		.tasks = 2, .depth = MAX_DEPTH - 1, .seconds = 3600,
		.jobs = sysconf(_SC_NPROCESSORS_ONLN), .faults = 1,
		.memory = 1ull << 30, .out = "build/explore",
	};
	const char *only = NULL, *design[16];
	char names[64];
	int worst = 0;
	unsigned n;

	if (!parse_options(argc, argv, &o, &only))
		return usage();
	snprintf(names, sizeof(names), "%s", only ? only : memlock_names());
	n = split_names(names, design, 16);
	o.seconds /= n;
	mkdir(o.out, 0777);
	printf("Universe: %u tasks, %u pages, %u swap slots, files of 2 pages; "
	       "at most %u injected fault%s%s.\n\n", o.tasks, PROG_PAGES,
	       WORLD_SLOTS, o.faults, o.faults == 1 ? "" : "s",
	       o.wide ? "; more calls" : "");
	for (unsigned i = 0; i < n; i++) {
		int status = in_child(design[i], &o);

		worst = status > worst ? status : worst;
	}
	return worst;
}
