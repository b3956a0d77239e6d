#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The tools of `make bench`: what they decide, on figures that are made up."""
import json
import os
import subprocess
import tempfile

from boot import ROOT, Tap
from hf.bench import report
from hf.bench.rows import GOALS

tap = Tap()
with open(os.path.join(ROOT, "tests/bench/figures.json"),
          encoding="utf-8") as file:
    accepted = json.load(file)


def check(**changes):
    """bench-check's answer to the accepted figures with some changed."""
    ours = {name: value for name, value in dict(
        accepted["holdfast"], **changes).items() if value}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as changed:
        json.dump({"holdfast": ours}, changed)
        changed.flush()
        got = subprocess.run(
            [os.path.join(ROOT, "tools/bench"), "check", "--figures",
             changed.name], capture_output=True, text=True, check=False)
    return got.returncode, got.stdout + got.stderr


def times(name, factor):
    return {name: round(accepted["holdfast"][name] * factor)}


tap.ok(set(GOALS) <= set(accepted["holdfast"]) and
       set(GOALS) <= set(accepted["linux"]),
       "every row has an accepted figure on both kernels",
       set(GOALS) - set(accepted["holdfast"]))
status, text = check()
tap.ok(status == 0 and " 0 worse, 0 better" in text,
       "bench-check: nothing changed", text)
status, text = check(**times("mlock_1024", 1.04))
tap.ok(status == 1 and "worse   mlock_1024" in text,
       "bench-check: 4 % worse is reported", text)
tap.ok(check(**times("mlock_1024", 1.02))[0] == 0,
       "bench-check: 2 % worse is not")
status, text = check(**times("mlock_1024", 0.9))
tap.ok(status == 0 and "better  mlock_1024" in text,
       "bench-check: 10 % better is reported", text)
tap.ok(check(**times("swap_seq_locked0", 1.1))[0] == 0,
       "bench-check: swap has 12 %")
tap.ok(check(**times("swap_seq_locked0", 1.13))[0] == 1,
       "bench-check: swap has no more than 12 %")
status, text = check(mlock_1=None)
tap.ok(status == 1 and "mlock_1:" in text,
       "bench-check: a row that is missing", text)
tap.ok(subprocess.run(
    [os.path.join(ROOT, "tools/bench"), "check", "--figures", "/not/there"],
    capture_output=True, check=False).returncode == 2,
       "bench-check: no figures: 2, not 1")

good = dict(GOALS, power_on_to_main_512mb=GOALS["power_on_to_main"])
lines = report.lines(good, {name: 10 * goal for name, goal in good.items()})
tap.ok(not any(line.endswith("*") for line in lines
               if line.split()[:1] and line.split()[0] in GOALS),
       "the table: no star where a figure is its goal", *lines)
lines = report.lines(dict(good, mlock_1=GOALS["mlock_1"] + 1), {})
starred = [line.split()[0] for line in lines if line.endswith("*")
           and line.split()[0] in GOALS]
tap.ok(starred == ["mlock_1"], "the table: a star where one is above it",
       starred)
lines = report.lines(good, {name: 4 * goal for name, goal in good.items()})
tap.ok(any("geometric mean" in line and "0.250" in line and
           line.endswith("*") for line in lines),
       "the table: the geometric mean, and its star", *lines)
tap.done()
