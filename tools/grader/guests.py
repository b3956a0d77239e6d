# SPDX-License-Identifier: GPL-2.0
"""Checks that are programs of the guest, on the student's kernel."""
import bisect
import os
import re
import subprocess

from . import result, secret, vm
from .box import clean

PANIC = re.compile(r"Kernel panic - not syncing: (.*)")
CLOCK = re.compile(r"^\[ *\d+\.\d+\] ")
NOTE = re.compile(r"^# (.*)")
PAIR = re.compile(r"(.*?): expected (.*), seen (.*)")


class Symbols:
    """Names of addresses in a kernel."""

    def __init__(self, path):
        got = subprocess.run(["nm", "-n", path], capture_output=True,
                             text=True, check=False)
        rows = [x.split() for x in got.stdout.splitlines()]
        self.table = [(int(x[0], 16), x[2]) for x in rows
                      if len(x) == 3 and x[1] in "tTwW"]

    def name(self, address):
        at = bisect.bisect_right(self.table, (address, "\uffff")) - 1
        if at < 0 or address - self.table[at][0] > 1 << 16:
            return f"{address:#x}"
        return self.table[at][1]


def where(samples, symbols):
    """In words, what a machine was at."""
    halted = sum(x[2] for x in samples)
    if not samples:
        return "unknown"
    if 2 * halted > len(samples):
        return "idle: every task waits for something that does not come"
    names = [symbols.name(rip) for rip, kernel, _ in samples if kernel]
    if 2 * len(names) < len(samples):
        return "running in circles in the program, not in the kernel"
    names = sorted(set(names), key=lambda x: -names.count(x))
    return "running in circles in the kernel: in " + ", ".join(names[:4])


def log_lines(run, lines=15):
    return [CLOCK.sub("", x) for x in
            clean(run.klog.bytes()).splitlines()][-lines:]


class Guests:
    """All checks that want one and the same machine."""

    def __init__(self, box, tree, patience, checks):
        self.tree, self.patience = tree, patience
        first = checks[0]
        programs = sorted({c.target() for c in checks})
        self.machine = vm.Machine(box, tree, programs, first.design,
                                  first.memory, first.swap)
        self.symbols = None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.machine.end()

    def check(self, check):
        token = secret.fresh()
        limit = self.patience.limit(check.limit)
        run = self.machine.case(
            f"/checks/{check.program} {check.name} {token}",
            int(limit * 1e6))
        return self.verdict(run, check, limit,
                            secret.proof(token, check.name))

    def verdict(self, run, check, limit, proof):
        text = clean(run.out.bytes())
        if run.end in ("limit", "wall", "still"):
            self.patience.lost(run.end)
        if run.end == "done":
            return self.ended(run, text, check, proof)
        state, seen = {
            "limit": (result.STALLED, f"not ended after {limit:g} million "
                      f"instructions; {self.where(run)}"),
            "still": (result.STALLED, "the machine stands: it is halted, and "
                      "no interrupt wakes it"),
            "wall": (result.SLOW, f"only {run.instructions / 1e6:.0f} million "
                     f"instructions in {vm.CASE_SECONDS} s; "
                     f"{self.where(run)}"),
            "panic": (result.CRASHED, self.panic(run)),
            "reset": (result.CRASHED, "the machine reset itself, as after a "
                      "triple fault"),
            "off": (result.CRASHED, "the machine switched itself off"),
            "output": (result.LIMIT, f"more than {vm.OUTPUT >> 20} MB came "
                       "from the machine"),
            "qemu": (result.CRASHED, "the machine ended"),
        }[run.end]
        return result.Verdict(state, seen=seen, detail=(
            text.splitlines()[-5:] + log_lines(run)),
            instructions=run.instructions)

    def where(self, run):
        if self.symbols is None:
            self.symbols = Symbols(
                os.path.join(self.tree, "build/holdfast.elf"))
        return where(run.samples, self.symbols)

    @staticmethod
    def panic(run):
        found = PANIC.search(clean(run.klog.bytes()))
        return f"kernel panic: {found[1]}" if found else "kernel panic"

    @staticmethod
    def ended(run, text, check, proof):
        notes = [x[1] for x in map(NOTE.match, text.splitlines()) if x]
        instructions = run.instructions
        if run.status == "0" and f"proof {proof}" in notes:
            return result.Verdict(result.PASSED, instructions=instructions)
        notes = [x for x in notes if not x.startswith("proof ")]
        pairs = [x for x in map(PAIR.match, notes) if x]
        if pairs:
            wanted = f"{pairs[0][1]}: {pairs[0][2]}"
            return result.Verdict(result.FAILED, wanted, pairs[0][3],
                                  notes[1:10], instructions)
        if notes:
            return result.Verdict(result.FAILED, seen=notes[0],
                                  detail=notes[1:10] + log_lines(run, 5),
                                  instructions=instructions)
        return result.Verdict(
            result.CRASHED, seen=f"the program ended with status {run.status}"
            " and without a proof that it passed",
            detail=text.splitlines()[-10:] + log_lines(run, 8),
            instructions=instructions)
