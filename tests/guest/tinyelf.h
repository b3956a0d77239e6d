/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small ELF program made in memory, to be bent and executed.  As it comes it
 * exits with status 42; it has one loadable segment at 0x400000, room for four
 * program headers, and places for an interpreter's name and for notes.
 */
#ifndef TESTS_GUEST_TINYELF_H
#define TESTS_GUEST_TINYELF_H

#include "test.h"

#include <elf.h>

#define TINY_STATUS 42
#define TINY_BASE 0x400000ul
#define TINY_CODE 0x200
#define TINY_NOTE 0x280
#define TINY_INTERP 0x300
#define TINY_SIZE 0x400

struct tiny {
	union {
		unsigned char bytes[8192];
		struct {
			Elf64_Ehdr e;
			Elf64_Phdr p[4];
		};
	};
	size_t size;
};

void tiny_init(struct tiny *t);
/* Adds a program header; returns it. */
Elf64_Phdr *tiny_add(struct tiny *t, unsigned type, unsigned long offset,
		     unsigned long size);
/* Adds a PT_NOTE with one note. */
Elf64_Phdr *tiny_note(struct tiny *t, const char *name, unsigned namesz,
		      unsigned type, const void *desc, unsigned descsz);
/* Writes it to path (mode 0755) and executes it in a child: -errno of execve,
 * the exit status, or 1000 + signal.  A child that runs on is killed: 2000. */
int tiny_run(const struct tiny *t, const char *path);
/* Executes any path in a child, with that result. */
int run_path(const char *path);
void tiny_write(const struct tiny *t, const char *path);

#endif
