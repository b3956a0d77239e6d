#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The tools of `make bench`: what they decide, on figures that are made up."""
import json
import math
import os
import subprocess
import tempfile

from boot import ROOT, Tap
from hf.bench import curves, fit, reasons, report
from hf.bench.rows import GOALS, WALL_GOALS

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

SIZES = (1, 10, 100, 1000, 10000)
NOISE = (1.03, 0.96, 1.02, 0.99, 1.0)
for model, cost in {
        "constant": lambda n: 1000,
        "logarithmic": lambda n: 1000 + 400 * math.log(n + 1),
        "linear": lambda n: 30000 + 70 * n,
        "quadratic": lambda n: 5000 + 20 * n + n * n}.items():
    points = [(n, cost(n) * noise) for n, noise in zip(SIZES, NOISE)]
    tap.ok(fit.growth(points) == model, f"fit: {model}, with 4 % of noise",
           fit.residuals(points))
tap.ok(fit.growth([(n, 5000 / n) for n in SIZES]) == "constant",
       "fit: what falls is not said to grow")
tap.ok(fit.is_worse("linear", "logarithmic") and
       not fit.is_worse("constant", "linear"), "fit: which growth is worse")


def judge(operation, cost):
    """What is wrong with one operation of a curve, by its made-up costs."""
    name = next(name for name, curve in curves.CURVES.items()
                if operation in curve.operations)
    figures = {f"{operation}_{n}": cost(n)
               for n in (0, 10, 25, 50, 75, 90, 95)}
    return next(verdict[-1] for verdict in curves.verdicts(name, figures, {})
                if verdict[0] == operation)


tap.ok(not judge("processes_kill", lambda n: 300 + 20 * math.log(n + 1)),
       "curves: as allowed")
tap.ok("linear" in judge("processes_kill", lambda n: 300 + 5 * n),
       "curves: faster than allowed")
tap.ok("1.15 times" in judge("swap_seq_locked",
                             lambda n: 1000 + 150 * (n >= 90)),
       "curves: reclaim with 90 % locked, 15 % above none")
tap.ok(not judge("swap_seq_locked", lambda n: 1000 + 90 * (n >= 90)),
       "curves: 9 % above none")

points = {f"{operation}_{n}": 1000 for curve in curves.CURVES.values()
          for operation in curve.operations for n in (0, 10, 90)}
walls = {what: {"least": goal} for what, goal in WALL_GOALS.items()}
even = {name: 500 if name.startswith(("swap_", "fault_vmas", "mmap_vmas"))
        else value / 2 for name, value in good.items()}
misses = reasons.missed(even, points, walls)
tap.ok(not misses, "reasons: nothing is missed", misses)
misses_all = reasons.missed(
    dict(even, mlock_1=3 * GOALS["mlock_1"], swap_seq_locked90=600),
    dict(points, processes_kill_10=5000, processes_kill_90=50000),
    {what: {"least": goal + 1} for what, goal in WALL_GOALS.items()})
tap.ok(set(misses_all) == {"mlock_1", "swap_seq, 90 % locked / none",
                           "processes_kill", *WALL_GOALS} and
       misses_all["mlock_1"] == "+200%",
       "reasons: rows, ratios, growth and seconds that are missed",
       misses_all)
tap.ok(not reasons.disagreements({"mlock_1": "+10%"}, {"mlock_1": "because"}),
       "reasons: a miss that has one")
tap.ok(len(reasons.disagreements({"mlock_1": "+10%"}, {})) == 1 and
       len(reasons.disagreements({"mlock_1": "+10%"}, {"mlock_1": ""})) == 1,
       "reasons: a miss without one, or an empty one")
tap.ok(len(reasons.disagreements({}, {"mlock_1": "because"})) == 1,
       "reasons: one of what is not missed")
tap.ok(subprocess.run([os.path.join(ROOT, "tools/bench"), "doc", "--check"],
                      check=False).returncode == 0,
       "docs/performance.md shows the accepted figures, and a reason for each "
       "miss")
tap.done()
