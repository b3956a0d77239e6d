#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's symbol table for backtraces (arch/x86_64/ksyms.c), as NASM
# source: `nm -n IMAGE` on standard input; no input gives an empty table.  The
# image is linked twice, first with the empty table; the table is constant
# data and linker.ld puts text first, so the second link moves no function.
set -eu
LC_ALL=C sort | LC_ALL=C awk '
BEGIN { n = 0 }
$2 ~ /^[tT]$/ && $3 != "__text_end" &&
$3 ~ /^[A-Za-z_][A-Za-z0-9_]*(\.(cold|part|isra|constprop).*)?$/ {
	if ($1 == last)
		next
	last = $1
	address[n] = $1
	name[n++] = $3
}
END {
	print "global ksyms_count, ksyms_offsets, ksyms_names"
	print "section .ksyms progbits alloc noexec nowrite align=8"
	printf "ksyms_count: dd %d\n", n
	print "ksyms_offsets:"
	# Offsets from where linker.ld puts the image (low halves suffice).
	for (i = 0; i < n; i++)
		printf "dd 0x%s - 0x%s\n", substr(address[i], 9), "80200000"
	print "ksyms_names:"
	for (i = 0; i < n; i++)
		printf "db \"%s\", 0\n", name[i]
	print "db 0"
	print "section .note.GNU-stack noalloc noexec nowrite progbits"
}'
