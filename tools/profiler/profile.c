// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU that samples the guest: every N instructions it notes where
 * the processor is and which calls led there.
 *
 *   -plugin profile.so,out=FILE,every=N,entry=ADDRESS,code=HEX
 *
 * It counts from the first time that the instructions `code` run at `entry`,
 * the first of the program to be profiled, and what tasks do that came after
 * it, and kernel threads.  At the end FILE has the tree of
 * calls, a node a line: number, parent, address, samples.
 *
 * A plugin cannot read registers or memory here, so frames are not walked but
 * kept: a call instruction says with its store where the return address lies,
 * a return with its load; whatever lies below is left.  Those addresses tell
 * kernel stacks apart too, and so tasks; the frames of user mode belong to the
 * kernel stack that the task enters the kernel with.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

#define MAX_FRAMES	200
#define STACK_SHIFT	14	/* kernel stacks of 16 KiB, aligned */
#define MAX_STACKS	16384	/* powers of two */
#define MAX_NODES	(1 << 20)
#define NO_CALL		0

struct frame {
	uint64_t sp;		/* where the return address lies */
	uint64_t function;	/* what was called */
};

struct frames {
	unsigned n;
	struct frame at[MAX_FRAMES];
	uint64_t called;	/* sp of a call whose target is not known yet */
};

struct task {
	uint64_t stack;		/* the kernel stack's address >> STACK_SHIFT */
	bool other;		/* a process that was there before */
	struct frames kernel, user;
};

struct block {			/* translated code */
	uint64_t address;
	unsigned instructions;
	bool entry;
};

struct node {
	uint64_t address;
	uint32_t parent, next;	/* next: in the same bucket */
	uint64_t samples;
};

int qemu_plugin_version = 1;

static const char *out_path;
static uint64_t every = 1000, entry_address;
static uint8_t entry_code[64];
static size_t entry_bytes;

static struct task *tasks[MAX_STACKS], *current;
static struct node *nodes;
static uint32_t nr_nodes = 1, *buckets;
static const struct block *running;	/* until its call or return is seen */
static bool started, was_kernel;
static uint64_t left;		/* instructions until the next sample */

static bool is_kernel(uint64_t address)
{
	return address >> 63;
}

static struct task *task_of(uint64_t sp)
{
	uint64_t stack = sp >> STACK_SHIFT;
	unsigned i = stack * 0x9e3779b97f4a7c15ull >> 50;

	while (tasks[i] && tasks[i]->stack != stack)
		i = (i + 1) % MAX_STACKS;
	if (!tasks[i]) {
		tasks[i] = calloc(1, sizeof(struct task));
		if (!tasks[i])
			abort();
		tasks[i]->stack = stack;
	}
	return tasks[i];
}

/* ---- frames -------------------------------------------------------------- */

static void push(struct frames *f, uint64_t sp, uint64_t function)
{
	if (f->n < MAX_FRAMES)
		f->at[f->n++] = (struct frame){ sp, function };
}

static void leave_below(struct frames *f, uint64_t sp)
{
	while (f->n && f->at[f->n - 1].sp <= sp)
		f->n--;
}

/* The frames that a stack pointer belongs to; it may be another task's. */
static struct frames *frames_of(uint64_t sp)
{
	struct task *t;

	if (!is_kernel(sp))
		return &current->user;
	t = task_of(sp);
	if (t != current) {
		current = t;
		leave_below(&t->kernel, sp);
		if (!t->kernel.n) {	/* a new one */
			t->user.n = 0;
			t->other = false;
		}
	}
	return &t->kernel;
}

/*
 * QEMU 7.2 goes on to report accesses after the instruction that was asked
 * about, if that ended its block: what an iret or an exception does.  So only
 * the first of a block counts, and it must be in the block's half.
 */
static bool expected(const struct block *b, uint64_t sp)
{
	if (running != b || is_kernel(sp) != is_kernel(b->address))
		return false;
	running = NULL;
	return true;
}

static void on_call(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t sp,
		    void *block)
{
	struct frames *f;

	/* A call through memory reads its target as well. */
	if (!qemu_plugin_mem_is_store(info) || !expected(block, sp))
		return;
	f = frames_of(sp);
	leave_below(f, sp);
	f->called = sp;
}

static void on_return(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t sp,
		      void *block)
{
	if (!qemu_plugin_mem_is_store(info) && expected(block, sp))
		leave_below(frames_of(sp), sp);
}

/* ---- samples ------------------------------------------------------------- */

static uint32_t child(uint32_t parent, uint64_t address)
{
	uint32_t *bucket = &buckets[(address * 0x9e3779b97f4a7c15ull +
				     parent * 0xc2b2ae3d27d4eb4full) >> 44];
	uint32_t i;

	for (i = *bucket; i; i = nodes[i].next)
		if (nodes[i].address == address && nodes[i].parent == parent)
			return i;
	if (nr_nodes == MAX_NODES)
		return parent;
	nodes[nr_nodes] = (struct node){ address, parent, *bucket, 0 };
	return *bucket = nr_nodes++;
}

static uint32_t descend(uint32_t node, const struct frames *f)
{
	for (unsigned i = 0; i < f->n; i++)
		node = child(node, f->at[i].function);
	return node;
}

static void sample(uint64_t address, uint64_t times)
{
	uint32_t node;

	if (current->other)
		return;
	node = descend(0, &current->user);
	if (is_kernel(address))
		node = descend(node, &current->kernel);
	nodes[child(node, address)].samples += times;
}

/*
 * The program is there.  Processes that were before, which have been in user
 * mode, are none of its business; kernel threads may work for it.
 */
static void begin(void)
{
	started = true;
	for (unsigned i = 0; i < MAX_STACKS; i++)
		if (tasks[i])
			tasks[i]->other = tasks[i]->user.n &&
					  tasks[i] != current;
	current->user.n = 0;
}

static void on_block(unsigned cpu, void *data)
{
	const struct block *b = data;
	bool kernel = is_kernel(b->address);
	struct frames *f = kernel ? &current->kernel : &current->user;

	if (kernel && !was_kernel) {	/* the way in is the first frame */
		f->n = 0;
		f->called = NO_CALL;
		push(f, UINT64_MAX, b->address);
	}
	running = b;
	was_kernel = kernel;
	if (f->called != NO_CALL) {
		push(f, f->called, b->address);
		f->called = NO_CALL;
	}
	if (b->entry && !started)
		begin();
	if (!started)
		return;
	if (left > b->instructions) {
		left -= b->instructions;
		return;
	}
	sample(b->address, 1 + (b->instructions - left) / every);
	left = every - (b->instructions - left) % every;
}

/* ---- translation --------------------------------------------------------- */

/* The opcode and the byte behind it, without prefixes. */
static unsigned opcode(const uint8_t *code, size_t size, unsigned *modrm)
{
	size_t i = 0;

	while (i + 1 < size && ((code[i] & 0xf0) == 0x40 ||
				memchr("\x66\x67\xf2\xf3\x2e\x36\x3e\x64\x65",
				       code[i], 9)))
		i++;
	*modrm = i + 1 < size ? code[i + 1] : 0;
	return code[i];
}

static void watch_instruction(struct qemu_plugin_insn *insn, struct block *b)
{
	unsigned modrm, op = opcode(qemu_plugin_insn_data(insn),
				    qemu_plugin_insn_size(insn), &modrm);

	qemu_plugin_vcpu_mem_cb_t cb = NULL;

	if (op == 0xe8 || (op == 0xff && (modrm >> 3 & 7) == 2))
		cb = on_call;
	else if (op == 0xc3 || op == 0xc2)
		cb = on_return;
	/* Both directions: asked for loads alone, 7.2 reports none of them. */
	if (cb)
		qemu_plugin_register_vcpu_mem_cb(insn, cb,
						 QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, b);
}

/* Does the block begin as the program does? */
static bool is_entry(struct qemu_plugin_tb *tb, size_t n)
{
	size_t at = 0;

	if (qemu_plugin_tb_vaddr(tb) != entry_address)
		return false;
	for (size_t i = 0; i < n && at < entry_bytes; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		size_t size = qemu_plugin_insn_size(insn);

		if (size > entry_bytes - at)
			size = entry_bytes - at;
		if (memcmp(qemu_plugin_insn_data(insn), entry_code + at, size))
			return false;
		at += size;
	}
	return true;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	struct block *b = malloc(sizeof(*b));
	size_t n = qemu_plugin_tb_n_insns(tb);

	if (!b)
		abort();
	*b = (struct block){ qemu_plugin_tb_vaddr(tb), n, is_entry(tb, n) };
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block,
					     QEMU_PLUGIN_CB_NO_REGS, b);
	watch_instruction(qemu_plugin_tb_get_insn(tb, n - 1), b);
}

/* ---- begin and end ------------------------------------------------------- */

static void write_tree(qemu_plugin_id_t id, void *unused)
{
	FILE *file = fopen(out_path, "w");

	if (!file) {
		perror(out_path);
		return;
	}
	for (uint32_t i = 1; i < nr_nodes; i++)
		fprintf(file, "%u %u %lx %lu\n", i, nodes[i].parent,
			nodes[i].address, nodes[i].samples);
	fclose(file);
}

static void read_code(const char *hex)
{
	while (entry_bytes < sizeof(entry_code) &&
	       sscanf(hex + 2 * entry_bytes, "%2hhx",
		      &entry_code[entry_bytes]) == 1)
		entry_bytes++;
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info,
			int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out_path = argv[i] + 4;
		else if (!strncmp(argv[i], "every=", 6))
			every = strtoull(argv[i] + 6, NULL, 10);
		else if (!strncmp(argv[i], "entry=", 6))
			entry_address = strtoull(argv[i] + 6, NULL, 16);
		else if (!strncmp(argv[i], "code=", 5))
			read_code(argv[i] + 5);
	}
	nodes = calloc(MAX_NODES, sizeof(*nodes));
	buckets = calloc(1 << 20, sizeof(*buckets));
	if (!out_path || !every || !nodes || !buckets)
		return -1;
	left = every;
	current = task_of(UINT64_MAX);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, write_tree, NULL);
	return 0;
}
