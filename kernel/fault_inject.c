// SPDX-License-Identifier: GPL-2.0
/*
 * Fault injection: counts what the armed task, or its descendants too, ask for,
 * and says no at the chosen place; then notes what the system call made of it,
 * so that a test can hold the errno against the specification.
 *
 * Lock: none; nothing here sleeps.  (Linux: lib/fault-inject.c, fail-nth)
 */
#include <arch/power.h>
#include <kernel/fault_inject.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>

enum fault_what fault_armed;
const struct task_struct *fault_met;

static struct {
	u64 left;		/* 1: the next one; 0: it was met */
	bool lasting, probe, by_path;
	int pid;		/* whose; 0: who has the number `family` */
	unsigned family;
	int nr;			/* the call that met it first, -1: none yet */
	long ret;
} fault = { .nr = -1 };

/* Who asked since it was armed: hashes of call paths, 0 is none. */
static u32 paths[2048];

/* By another path, or of another instruction of the user's, than all before?
 * (Or there is no room to remember it.) */
static bool path_is_new(void)
{
	const struct pt_regs *regs = thread_regs(&current->thread);
	u64 hash = (arch_call_path() ^ regs->ip) * 0x9e3779b97f4a7c15ul;
	u32 key = hash >> 32 | 1;

	for (u32 i = 0; i < 16; i++) {
		u32 *p = &paths[(key / 2 + i) % ARRAY_SIZE(paths)];

		if (*p == key)
			return false;
		if (!*p) {
			*p = key;
			break;
		}
	}
	return true;
}

/* One more is asked for: does it fail? */
bool fault_count(void)
{
	if (fault.pid ? current->pid != fault.pid :
			current->fault_family != fault.family)
		return false;
	if (fault.left && fault.by_path && !path_is_new())
		return false;
	if (fault.left > 1) {
		fault.left--;
		return false;
	}
	if (fault.left)
		fault_met = current;
	fault.left = 0;
	if (!fault.lasting)
		fault_armed = FAULT_NONE;
	return !fault.probe;
}

/* What was met between two calls, in a page fault say, is none's result. */
void fault_syscall_enter(void)
{
	if (fault_met == current)
		fault_met = NULL;
}

void fault_syscall_leave(int nr, long ret)
{
	fault_met = NULL;
	fault.nr = nr;
	fault.ret = ret;
}

static bool take_word(char **text, const char *word)
{
	size_t n = strlen(word);

	if (**text != ' ' || strncmp(*text + 1, word, n))
		return false;
	*text += n + 1;
	return true;
}

int fault_arm(enum fault_what what, char *text)
{
	static unsigned families;
	bool lasting, tree, probe, by_path;
	u64 n = 0;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9' && n < INT32_MAX; text++)
		n = n * 10 + (*text - '0');
	lasting = take_word(&text, "lasting");
	tree = take_word(&text, "tree");
	probe = take_word(&text, "probe");
	by_path = take_word(&text, "paths");
	if (*text)
		return -EINVAL;
	fault.left = n;
	fault.lasting = lasting;
	fault.probe = probe;
	fault.by_path = by_path;
	memset(paths, 0, sizeof(paths));
	fault.pid = tree ? 0 : current->pid;
	if (tree)
		current->fault_family = fault.family = ++families;
	fault.nr = -1;
	fault_met = NULL;
	fault_armed = n ? what : FAULT_NONE;
	syscall_watch(current);
	return 0;
}

int fault_show(char *buf, size_t size)
{
	long left = fault.left ? (long)fault.left : -1;

	if (fault.nr < 0)
		return snprintf(buf, size, "%ld", left);
	return snprintf(buf, size, "%ld %d %ld", left, fault.nr, fault.ret);
}
