#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""heap.py PROGRAM: its last PT_LOAD gets the size 0, in place.  A program's
heap begins where its last segment ends; ld leaves out segments of no size."""
import struct
import sys

HEADER = "<IIQQQQQQ"        # type, flags, offset, vaddr, paddr, sizes, align
SIZE = struct.calcsize(HEADER)
with open(sys.argv[1], "r+b") as file:
    data = file.read()
    start, = struct.unpack_from("<Q", data, 32)
    count, = struct.unpack_from("<H", data, 56)
    at = max(start + n * SIZE for n in range(count)
             if struct.unpack_from("<I", data, start + n * SIZE)[0] == 1)
    fields = list(struct.unpack_from(HEADER, data, at))
    fields[5:7] = 0, 0
    file.seek(at)
    file.write(struct.pack(HEADER, *fields))
