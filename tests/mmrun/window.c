// SPDX-License-Identifier: GPL-2.0
/*
 * The window of the designated program (task.c), as its image has it: a page of
 * text and a page of data, marked as those of other executors are (byte 3), and
 * with a label by which they are found on a disk.  window.ld says where.
 */
__asm__(".pushsection .window.text, \"ax\", @progbits\n"
	"	.byte 0, 0, 0, 1\n"
	"	.org 64\n"
	"	.ascii \"mmrun image\"\n"
	"	.org 4096\n"
	"	.section .window.data, \"aw\", @progbits\n"
	"	.byte 0, 0, 0, 2\n"
	"	.org 64\n"
	"	.ascii \"mmrun image\"\n"
	"	.org 4096\n"
	"	.popsection\n");
