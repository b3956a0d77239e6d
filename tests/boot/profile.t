#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""tools/holdfast profile: what spends the instructions is at the top."""
import os
import subprocess
import tempfile

from boot import ROOT, SECONDS, Tap
from hf import profile

HOT_SPOTS = os.path.join(ROOT, "build", "boot", "hot_spots")
tap = Tap()


def sample(what, every=1000):
    """{stack: samples} of hot_spots WHAT; status and text."""
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "p")
        got = subprocess.run(
            [os.path.join(ROOT, "tools/holdfast"), "profile", "--timeout",
             str(SECONDS), "--every", str(every), "--output", output, HOT_SPOTS,
             what], capture_output=True, text=True, check=False)
        with open(f"{output}.folded", encoding="utf-8") as file:
            lines = [line.rpartition(" ") for line in file]
    return ({stack: int(samples) for stack, _, samples in lines},
            got.returncode, got.stderr)


def share(stacks, *names):
    """Of all samples, those whose stack has these functions in this order,
    none between them."""
    part = sum(samples for stack, samples in stacks.items()
               if f";{';'.join(names)};" in f";{stack};")
    return part / sum(stacks.values())


stacks, status, text = sample("spin")
tap.ok(status == 0 and share(stacks, "main", "outer", "spin") > 0.98,
       "a loop in the program, with its callers", text)
tap.ok("  spin" in text.splitlines()[1], "it is the first line of the table",
       text)
spun = sum(n for stack, n in stacks.items() if stack.endswith(";spin"))
tap.ok(abs(spun - 10000) <= 10,
       "10 million instructions are 10,000 samples", spun)
again = sample("spin")[0]
tap.ok(abs(sum(again.values()) - sum(stacks.values())) <= 5,
       "once more: the same, however busy the host is", sum(again.values()))
fine = sample("spin", every=100)[0]
tap.ok(abs(sum(fine.values()) - 10 * sum(stacks.values())) < 100,
       "--every: ten times as many", sum(fine.values()))

stacks, status, text = sample("mlock")
tap.ok(share(stacks, "mlock", "syscall_entry_[k]") +
       share(stacks, "munlock", "syscall_entry_[k]") > 0.8,
       "system calls, under the functions that make them", text)
stacks, status, text = sample("fault")
tap.ok(share(stacks, "trap_14_[k]", "trap_dispatch_[k]",
             "do_page_fault_[k]") > 0.5 and
       not share(stacks, "mlock"), "page faults", text)
stacks, status, text = sample("children")
spun = sum(n for stack, n in stacks.items() if stack.endswith("outer;spin"))
tap.ok(abs(spun - 16000) <= 16,
       "four children at once, each with its own stack", spun, text)

TREE = ("1 0 1000 0", "2 1 2000 0", "3 2 2008 5", "4 2 3000 7", "5 0 1004 2")
NAMES = {0x1000: "main", 0x1004: "main", 0x2000: "f", 0x2008: "f",
         0x3000: "g"}
folded = profile.fold(TREE, NAMES.get)
tap.ok(folded == {"main;f": 5, "main;f;g": 7, "main": 2},
       "folding: a function is not its own caller, a jump is a call", folded)
got = subprocess.run(
    [os.path.join(ROOT, "tools/holdfast"), "profile", "/etc/passwd"],
    capture_output=True, text=True, check=False)
tap.ok(got.returncode == 125, "what is no program: 125", got.stderr)
tap.done()
