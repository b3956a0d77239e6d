#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The explorer's short setting: what it must find, and that it says so in the
form that others read; then the explorer itself under the sanitizers."""
import glob
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "boot"))
from boot import ROOT, Tap  # noqa: E402

DEPTH, SECONDS = "5", "80"
# Ways around of docs/lock-designs.md, by guarantee, that it finds by itself.
MUST_FIND = {
    "none": {"G1": set(), "G2": set(), "G3": set()},
    "task": {"G1": {"A2", "A5", "A9", "A12"}, "G2": {"A6", "A8", "C2"},
             "G3": {"A2", "A3", "A4", "A5"}},
    "vma": {"G1": {"A9", "A12"}, "G2": {"A6"}, "G3": set()},
    "strict": {"G1": set(), "G2": set(), "G3": set()},
}
# And by a program of five calls.
AT_FIVE = {("task", "G2"): {"O5"}}
NOTHING = ("none", "strict")

tap = Tap()
ok = tap.ok


def explore(binary, *options):
    return subprocess.run([f"build/{binary}/explore", *options], check=False,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=600)


def sections(text):
    """{design: (depth, {guarantee: {names of the ways}})}"""
    found = {}
    for part in re.split(r"^memlock=", text, flags=re.M)[1:]:
        design, depth = re.match(r"(\w+): every program of up to (\d+)",
                                 part).groups()
        ways, name = {}, None
        for line in part.splitlines():
            if mark := re.match(r"  (G\d|mm_check) .*(holds|BROKEN)", line):
                name = mark[1]
                ways[name] = set()
            elif name and (mark := re.match(r"    \d+\. (?:(\w+): )?", line)):
                ways[name].add(mark[1] or "?")
        found[design] = int(depth), ways
    return found


os.chdir(ROOT)
for old in glob.glob("build/explore/*.prog"):
    os.unlink(old)
run = explore("explore", "--depth", DEPTH, "--seconds", SECONDS)
print("\n".join("# " + line for line in run.stdout.splitlines()))
ok(run.returncode == 0, "the explorer ends well", run.stderr)
found = sections(run.stdout)
ok(set(found) >= {"none", "task", "vma"}, "every design has its statement",
   run.stdout)
for design, (depth, ways) in found.items():
    ok(depth >= 4, f"{design}: programs of four calls and more are closed")
    ok(ways.get("mm_check") == set(), f"{design}: the invariants hold")
    for guarantee, names in MUST_FIND.get(design, {}).items():
        got = ways.get(guarantee, {"?"})
        if depth >= 5:
            names = names | AT_FIVE.get((design, guarantee), set())
        ok(got == set() if design in NOTHING else names <= got,
           f"{design}: {guarantee} {'holds' if design in NOTHING else names}",
           f"found {got}")
programs = glob.glob("build/explore/*.prog")
ok(len(programs) > 10, "shortest programs are kept for a replay")
run = explore("explore-asan", "--depth", "4", "--seconds", "40", "--out",
              "build/explore-asan")
ok(run.returncode == 0 and "ERROR" not in run.stderr,
   "the explorer under the sanitizers", run.stderr)
with tempfile.TemporaryDirectory() as folder:
    keep = ["--design", "task", "--jobs", "1", "--out", folder]

    def counts(*options):
        said = explore("explore", *keep, *options).stdout
        return re.search(r"(\d+) states, (\d+) transitions", said).groups()

    counts("--depth", "2", "--state", folder)
    ok(counts("--depth", "4", "--state", folder) == counts("--depth", "4"),
       "a search that was resumed tries the same")
    run = explore("explore", *keep, "--wide", "--state", folder)
    ok(run.returncode == 2 and "--tasks, --faults or --wide" in
       run.stderr, "what was searched with fewer calls is refused", run.stderr)
    run = explore("explore", *keep, "--memory", "1")
    ok("memory is used up" in run.stdout and
       "every program of up to 3 calls" in run.stdout,
       "without memory it stops with the statement of the depth it closed",
       run.stdout + run.stderr)
    path = os.path.join(folder, "task.state")
    with open(path, "rb") as file:
        state = file.read()
    for name, damaged in (("cut off", state[:-4]), ("empty", b""),
                          ("too long", state + b"x"),
                          ("of something else", b"x" + state[1:]),
                          ("of another program",
                           state[:16] + bytes(8) + state[24:])):
        with open(path, "wb") as file:
            file.write(damaged)
        run = explore("explore", *keep, "--state", folder)
        ok(run.returncode == 2 and
           re.fullmatch(r"explore: \S+: byte \d+: .+\n", run.stderr),
           f"a state file that is {name} is refused", run.stderr)
    run = explore("explore", "--wide", "--depth", "4", "--out", folder)
    ok(run.returncode == 0 and
       sections(run.stdout)["strict"][1] == MUST_FIND["strict"] | {
           "mm_check": set()} and "mmap that grows" in run.stdout,
       "more calls", run.stdout + run.stderr)
    run = explore("explore", "--tasks", "3", "--depth", "4", "--design",
                  "strict", "--out", folder)
    ok(run.returncode == 0 and "BROKEN" not in run.stdout,
       "three tasks", run.stdout + run.stderr)
    ok("A9" in explore("explore", "--tasks", "3", "--depth", "4", "--design",
                       "task", "--out", folder).stdout,
       "three tasks: A9 is found under task")
run = explore("explore", "--depth", "3", "--seconds", "20", "--verify",
              "--out", "build/explore-asan")
ok(run.returncode == 0, "states taken for equal have equal futures",
   run.stderr + run.stdout)
tap.done()
