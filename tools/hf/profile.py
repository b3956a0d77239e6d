# SPDX-License-Identifier: GPL-2.0
"""tools/holdfast profile: where the instructions of a program go.

A plugin of QEMU (tools/profiler) samples the guest every N instructions from
the program's first to the machine's last, kernel included, process 1 not, and
leaves a tree of calls.  Here it gets names and becomes PREFIX.folded, "collapsed" stacks
with a count a line, for speedscope, flamegraph.pl and their like.
"""
import bisect
import collections
import os
import struct
import subprocess
import sys

from . import dynamic
from .paths import HarnessError, build_path

PLUGIN = build_path("profiler", "profile.so")
PIE_BASE = 0x555555554000       # with norandmaps, on either kernel
CODE = 48                       # bytes that tell the program's begin
KERNEL_MARK = "_[k]"            # as flamegraph.pl colours kernel functions
TOP = 20


class Symbols:
    """Names of addresses of one ELF file, loaded at `base`."""

    def __init__(self, path, base, low, high):
        self.low, self.high = low, high
        got = subprocess.run(["nm", "-n", "--defined-only", path],
                             capture_output=True, text=True, check=False)
        found = [(int(words[0], 16) + base, words[2]) for words in (
            line.split() for line in got.stdout.splitlines())
            if len(words) == 3 and words[1] in "tTwWi"]
        self.addresses = [address for address, _ in found]
        self.names = [name for _, name in found]

    def __contains__(self, address):
        return self.low <= address < self.high

    def __getitem__(self, address):
        at = bisect.bisect_right(self.addresses, address) - 1
        return self.names[at] if at >= 0 else None


class Elf:
    """Its entry, the code there, and where its segments lie."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        if data[:5] != b"\x7fELF\2":
            raise HarnessError(f"{path}: profile wants an ELF program")
        kind, = struct.unpack_from("<H", data, 16)
        entry, table = struct.unpack_from("<QQ", data, 24)
        size, number = struct.unpack_from("<HH", data, 54)
        self.base = PIE_BASE if kind == 3 else 0
        self.entry = entry + self.base
        self.low, self.high, self.code = 1 << 63, 0, b""
        for n in range(number):
            kind, _, offset, address, _, inside, extent, _ = \
                struct.unpack_from("<IIQQQQQQ", data, table + n * size)
            if kind != 1:
                continue
            self.low = min(self.low, address + self.base)
            self.high = max(self.high, address + extent + self.base)
            if address <= entry < address + inside:
                at = offset + entry - address
                self.code = data[at:at + CODE]


def prepare(o, m, folder):
    """Tells the machine to sample; where the tree will be."""
    if o.kernel == "linux":
        raise HarnessError("profile has no names for Linux's functions")
    if not os.path.exists(PLUGIN):
        raise HarnessError(f"{PLUGIN} is not there (run make profiler)")
    elf = Elf(dynamic.find(o.program))
    tree = os.path.join(folder, "tree")
    m.icount = True
    m.append += " norandmaps"
    m.extra = ["-plugin", f"{PLUGIN},out={tree},every={o.every},"
               f"entry={elf.entry:x},code={elf.code.hex()}"]
    return tree


def _namer(program, kernel):
    elf, name = Elf(program), os.path.basename(program)
    images = [(Symbols(kernel, 0, 1 << 63, 1 << 64), KERNEL_MARK, "kernel"),
              (Symbols(program, elf.base, elf.low, elf.high), "", name)]

    def named(address):
        for symbols, mark, image in images:
            if address in symbols:
                return (symbols[address] or f"[{image}]") + mark
        return "[elsewhere]"
    return named


def fold(lines, named):
    """{stack, outermost first, joined by ';': samples} of a tree's lines."""
    stacks, folded = {0: ()}, collections.Counter()
    for line in lines:
        number, parent, address, samples = line.split()
        above, name = stacks[int(parent)], named(int(address, 16))
        # A sample's last address lies in the function called last, or in
        # one that this jumped to.
        stacks[int(number)] = above + (name,)
        if int(samples):
            if above[-1:] != (name,):
                above += (name,)
            folded[";".join(above)] += int(samples)
    return folded


def top(folded):
    """The functions with the most samples of their own, as a table."""
    own, total = collections.Counter(), collections.Counter()
    for stack, samples in folded.items():
        names = stack.split(";")
        own[names[-1]] += samples
        for name in set(names):
            total[name] += samples
    everything = sum(own.values()) or 1
    lines = [f"{'itself':>8} {'with callees':>13}  function"]
    for name, samples in own.most_common(TOP):
        lines.append(f"{samples / everything:8.1%} "
                     f"{total[name] / everything:13.1%}  {name}")
    return lines


def finish(o, m, tree):
    """Writes the folded stacks, and says what is at the top."""
    if not os.path.exists(tree):
        raise HarnessError("no profile: the machine was stopped, or this "
                           "QEMU runs no plugins of version 1")
    with open(tree, encoding="ascii") as file:
        folded = fold(file, _namer(dynamic.find(o.program), m.kernel))
    path = f"{o.output}.folded"
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{stack} {samples}\n"
                        for stack, samples in sorted(folded.items()))
    print("\n".join(top(folded)), file=sys.stderr)
    print(f"{sum(folded.values()):,} samples, one in {o.every:,} instructions:"
          f" {path} (for speedscope, flamegraph.pl ...)", file=sys.stderr)
