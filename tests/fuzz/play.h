/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fuzzer: random programs (tests/explore/prog.h) in the explorer's world,
 * with values that go beyond what the explorer tries.
 *
 *	target.c	what libFuzzer calls, and AFL++ as it does; afl.c: the
 *			mutator for AFL++
 *	mutate.c	changes of a program that keep it a program
 *	input.c		a program and its design as bytes
 *	play.c		a program from its start to its end, and what is checked
 *	novel.c		which counters of code libFuzzer is shown
 *	tool.c		conversion, replay, reducing (minimise.c), measuring:
 *			for tools/fuzz
 *
 * An input is a byte, the lock design (0 to 3: none, task, vma, strict), and
 * then a program in binary form.
 */
#ifndef FUZZ_PLAY_H
#define FUZZ_PLAY_H

#include <stdbool.h>

#include "../explore/prog.h"

#define NR_DESIGNS 4
#define INPUT_BYTES (1 + PROG_BYTES)	/* of the longest input */

extern const char *const design_name[NR_DESIGNS];
/* What the environment asks for: FUZZ_DESIGN=NAME, this design only (else -1);
 * FUZZ_JUDGE=1, the guarantees under every design, not under strict alone;
 * FUZZ_NOVEL=1, forget_known() after each program (not for -merge=1, which must
 * know of each program all that it reaches). */
extern int only_design;
extern bool judge_all, only_novel;
void read_environment(void);

struct input {
	unsigned design;
	struct prog prog;
};

/* As prog_encode() and prog_decode(). */
size_t input_encode(const struct input *in, unsigned char *buf);
int input_decode(const unsigned char *bytes, size_t n, struct input *in,
		 struct prog_error *error);

/*
 * Run it, each time from the same state, then let every task exit, close what
 * is open and count.  After each call: the invariants, the TLB, no lock held;
 * under strict (or as judge_all says) G1 to G3 too.  If anything is broken,
 * found() is called with one line that begins with its name (I7, G1, leak;
 * panic, with the words of one), and must not return.
 */
void play(const struct input *in, void (*found)(const char *finding));
/* The calls that the last program made (tasks die); all programs and calls. */
extern unsigned played;
extern unsigned long all_programs, all_calls;
/* What it is at, for whoever measures. */
enum phase { AT_ENGINE, AT_CHANGE, AT_START, AT_CALL, AT_CHECK, AT_END,
	     AT_COUNTERS, NR_PHASES };
extern volatile enum phase phase;
/* Clear the counters of the last program that say what one before it said. */
void forget_known(void);

#endif
