/* SPDX-License-Identifier: GPL-2.0 */
/* Between unit.c and unit_fault.c. */
#ifndef UNIT_FAULT_H
#define UNIT_FAULT_H

#include "unit.h"

enum { NR_FAULTS = HOST_FAIL_WRITE + 1 };

/* One process that runs one case: it takes notes of a run without faults, or
 * lets children go on from each place with a fault, or meets one itself. */
enum fault_mode { FAULT_OFF, FAULT_RECORD, FAULT_EACH, FAULT_MEET };

/* Before the processes of a case are forked: what they share. */
void fault_share(void);
/* Is the case to be run with faults? */
bool fault_wants(const struct unit_case *c);
/* From here on allocations and transfers are the case's, which is called from
 * this frame; and until here. */
void fault_begin(enum fault_mode mode, const struct unit_case *c, void **frame);
void fault_end(void);
/* UNIT_FAIL: which fault this process is to meet; false: none is named, or what
 * is there is not one. */
bool fault_from_env(void);
/* Is this the process that met a fault? */
bool fault_met(void);
/* What is wrong after such a run: contents lost, files still open. */
void fault_check_contents(void);
void fault_check_files(bool abandoned);
void fault_run_at_end(void);
/* Of FAULT_EACH: runs that found something; prints what was run. */
unsigned fault_findings(void);
void fault_summary(const char *case_name);
/* What fill() stored. */
void unit_remember(struct task_struct *t, unsigned long addr,
		   unsigned long pages, const char *tag);
/* unit_path.c: a case begins, called from this frame; is this place to be
 * tried? how many paths there were. */
void paths_begin(void **frame, bool once);
bool path_counts(unsigned kind);
unsigned long paths_seen(void);
/* The command that repeats it. */
void fault_repeat(void);
extern const char *fault_program, *fault_case;

#endif
