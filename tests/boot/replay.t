#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What the explorer finds on the host is true in the guest: each of its
shortest programs breaks its guarantee there too, as an attacker sees it who
owns the disks (tools/mmrun --attack), and breaks nothing under `strict`.

    tests/boot/replay.t [PROG...]       the explorer's, or these

Which allocation, or read of a disk, is the N-th of a call depends on the
kernel: a program with such a fault is tried with every N up to MAX_NTH; one of
them must break the guarantee, and none may under `strict`.
"""
import glob
import os
import re
import runpy
import subprocess
import sys
import tempfile

from boot import ROOT, Tap

EXPLORER = "build/explore/explore"
SETTING = ("--depth", "5", "--seconds", "60")
MAX_NTH = 20
NTH = re.compile(r"(\(fail_nth: |_fail_io\(0x\d, |_fail_allocs\()\w+\)")
BREAKS = re.compile(r"# breaks (G\d) .* under memlock=(\w+)")
tap = Tap()


def programs():
    """The files of the explorer, as its ring left them or made now."""
    found = sorted(glob.glob("build/explore/*.prog"))
    made = min(map(os.path.getmtime, found), default=0)
    if made < os.path.getmtime(EXPLORER):
        for old in found:
            os.unlink(old)
        subprocess.run([EXPLORER, *SETTING], check=True,
                       stdout=subprocess.DEVNULL)
        found = sorted(glob.glob("build/explore/*.prog"))
    return found


class Program:
    def __init__(self, path):
        self.name = os.path.basename(path).removesuffix(".prog")
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.guarantee, self.design = BREAKS.search(self.text).groups()

    def variants(self):
        """{name: text}"""
        if not NTH.search(self.text):
            return {self.name: self.text}
        return {f"{self.name}@{n}": NTH.sub(rf"\g<1>{n})", self.text)
                for n in range(1, MAX_NTH + 1)}


def run(programs_, design, folder):
    """{variant: its transcript, as lines} of one boot."""
    path = os.path.join(folder, "all.prog")
    with open(path, "w", encoding="utf-8") as file:
        for program in programs_:
            for name, text in program.variants().items():
                file.write(f"# program {name}\n{text}")
    out, err, status = mmrun["run_attacked"]("holdfast", [path], design)
    tap.ok(status == 0, f"{design}: all of them run", out, err)
    return mmrun["transcripts"](out)


def broken(lines):
    """The guarantees that the transcript says are broken; None: it does not
    say, the first call did not make a memlocked task, or one was not made."""
    if len(lines) < 2 or not lines[0].endswith("exec(0x1) = 0x0") or \
            not lines[1].endswith("VmLck 2") or \
            any(line.endswith(("ENOSYS", "not made")) for line in lines):
        return None
    for line in lines:
        if line.startswith("broken: "):
            return set(re.findall(r"G\d", line))
    return None


def replay(found, design, folder):
    """Each program under the design: (program, what broke, transcripts)"""
    ran = run(found, design, folder)
    for program in found:
        texts = [ran.get(name, []) for name in program.variants()]
        yield program, [broken(t) for t in texts], "\n".join(sum(texts, []))


os.chdir(ROOT)
mmrun = runpy.run_path("tools/mmrun")
all_ = [Program(path) for path in sys.argv[1:] or programs()]
kinds = {(p.design, p.guarantee) for p in all_}
tap.ok(sys.argv[1:] or kinds >= {
    ("task", "G1"), ("task", "G2"), ("task", "G3"), ("vma", "G1"),
    ("vma", "G2")}, "the explorer has programs for what it must break", kinds)
with tempfile.TemporaryDirectory(prefix="replay.") as temporary:
    for name in sorted({p.design for p in all_}):
        for p, results, said in replay([p for p in all_ if p.design == name],
                                       name, temporary):
            tap.ok(None not in results and
                   any(p.guarantee in r for r in results),
                   f"{p.name} breaks {p.guarantee} under {name}", said)
    for p, results, said in replay(all_, "strict", temporary):
        tap.ok(results and all(r == set() for r in results),
               f"{p.name} breaks nothing under strict", said)
tap.done()
