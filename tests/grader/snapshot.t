#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Guest checks from one snapshot: every way in which a case can end, the proof
of a pass, and how long a boot and a restore take."""
import glob
import os
import subprocess
import time

from graders import ROOT, Tap
from grader import box as boxes
from grader import guests, result, vm
from grader.host import Patience
from grader.lab import Check

tap = Tap()
os.chdir(ROOT)
PROGRAM = "build/check/guest/cases"


def check(name, limit=300):
    return Check({"name": name, "points": 1, "kind": "guest", "limit": limit,
                  "program": "cases", "expect": "it works"})


def build():
    os.makedirs(os.path.dirname(PROGRAM), exist_ok=True)
    subprocess.run(
        ["musl-gcc", "-std=gnu11", "-O2", "-static", "-idirafter",
         "build/uapi", "-Itests/guest", "-o", PROGRAM,
         "tests/grader/cases.c", *sorted(glob.glob("build/guest/lib/*.o"))],
        check=True)


WAYS = [("right", result.PASSED, ""), ("wrong", result.FAILED, "EBADF"),
        ("leaves", result.PASSED, ""), ("leaves", result.PASSED, ""),
        ("dies", result.FAILED, "signal 11"),
        ("lies", result.CRASHED, "without a proof"),
        ("loops", result.STALLED, "in the program"),
        ("waits", result.STALLED, "idle"),
        ("shouts", result.LIMIT, "more than"),
        ("right", result.PASSED, ""),
        ("switches-off", result.CRASHED, "itself off"),
        ("right", result.PASSED, ""),
        ("nobody", result.CRASHED, "without a proof")]


class Patient(Patience):
    def lost(self, why):
        pass


class Late:
    """A way in on which all comes late, as on a machine that is very busy."""
    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def write(self, data):
        time.sleep(3)
        return self.stream.write(data)


build()
box = boxes.choose(0)
first = check("right")
with guests.Guests(box, ROOT, Patient(), [first]) as machine:
    begin = time.monotonic()
    tap.ok(machine.machine.boot(), "boots to the snapshot",
           machine.machine.run.klog.bytes())
    booted = time.monotonic() - begin
    begin = time.monotonic()
    for _ in range(5):
        machine.machine.monitor.human("loadvm base")
    restored = (time.monotonic() - begin) / 5
    for name, state, seen in WAYS:
        begin = time.monotonic()
        got = machine.check(check(name))
        tap.ok(got.state == state and seen in got.seen, f"{name}: {state}",
               vars(got))
        print(f"# {got.instructions} instructions, "
              f"{time.monotonic() - begin:.1f} s", flush=True)
    tap.ok(got.instructions > 0, "instructions are counted")
    process = machine.machine.process
    process.stdin = Late(process.stdin)
    got = machine.check(check("right", 1000))
    tap.ok(got.state == result.PASSED and got.instructions > 10 ** 9,
           "time that the guest spent waiting for this machine is not counted",
           vars(got))
    process.stdin = process.stdin.stream
    vm.CASE_SECONDS = 1
    got = machine.check(check("loops", 10 ** 6))
    tap.ok(got.state == result.SLOW and 0 < got.instructions < 10 ** 12,
           "at work when the wall clock runs out: slow, not stalled",
           vars(got))
tap.ok(not os.path.exists(os.path.join(ROOT, "build/grade-vm")),
       "nothing is left of the machine")
print(f"# boot {booted:.2f} s, restore {restored:.3f} s, in a box by {box.way}")
tap.done()
