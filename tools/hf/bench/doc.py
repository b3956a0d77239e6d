# SPDX-License-Identifier: GPL-2.0
"""The parts of docs/performance.md that are made of accepted figures.

Each lies between `<!-- made by tools/bench: NAME -->` and `<!-- end -->`, so
that what the page says and what was measured cannot part.
"""
import os
import re

from ..paths import ROOT, HarnessError
from . import curves, reasons, report
from .rows import GOALS, SCALING, WALL_GOALS, ratios

PAGE = os.path.join(ROOT, "docs", "performance.md")
PICTURES = os.path.join(ROOT, "docs", "performance")
PART = re.compile(r"(<!-- made by tools/bench: (\w+) -->\n).*?(<!-- end -->)",
                  re.S)


def _table(ours, linux):
    out = ["| operation | Holdfast | Linux | ratio | goal | |",
           "| --- | ---: | ---: | ---: | ---: | --- |"]
    for name, ratio in ratios(ours, linux).items():
        out.append(f"| {name} | {ours[name]:,} | {linux[name]:,} | {ratio:.3f}"
                   f" | {GOALS[name]:,} | "
                   f"{'' if ours[name] <= GOALS[name] else 'missed'} |")
    return out


def _overall(ours, linux):
    missed = report.missed(ours)
    out = [f"{len(GOALS) - len(missed)} of {len(GOALS)} goals are met."]
    for what, value, goal in report.overall(ours, linux):
        out.append(f"{what[0].upper()}{what[1:]}: {value:.3f} (goal: at most "
                   f"{goal:.2f}).")
    return [" ".join(out)]


def _scaling(ours, linux):
    out = ["| what scaling must keep | Holdfast | Linux | at most | |",
           "| --- | ---: | ---: | ---: | --- |"]
    for what, (value, goal) in SCALING.items():
        out.append(f"| {what} | {value(ours):,.2f} | {value(linux):,.2f} | "
                   f"{goal:,} | {'' if value(ours) <= goal else 'missed'} |")
    return out


def _ends(points):
    if not points:
        return ""
    (low, first), (high, last) = points[0], points[-1]
    return f"{low:,}: {first:,}; {high:,}: {last:,}"


def _curves(ours, linux):
    out = ["| over | operation | growth | may be | Linux's | Holdfast | Linux"
           " |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for name, curve in curves.CURVES.items():
        for operation, found, allowed, theirs, wrong in curves.verdicts(
                name, ours, linux):
            out.append(f"| {curve.over} | {curve.operations[operation][0]} | "
                       f"{found}{f' (**{wrong}**)' if wrong else ''} | "
                       f"{allowed} | {theirs} | "
                       f"{_ends(curves.points(ours, operation))} | "
                       f"{_ends(curves.points(linux, operation))} |")
    return out


def _missed(misses, why):
    return ["| missed | by | why |", "| --- | ---: | --- |"] + [
        f"| {name} | {by} | {why[name]} |" for name, by in misses.items()]


def _wall(rows, load):
    out = ["| what | median s | least s | goal | processor s | runs |",
           "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for what, row in rows.items():
        out.append(f"| {what} | {row['median']:.2f} | {row['least']:.2f} | "
                   f"{WALL_GOALS.get(what, '')} | {row['spent']:.2f} | "
                   f"{row['runs']} |")
    return out + ["", f"Load of the host meanwhile: {min(load):.1f} to "
                  f"{max(load):.1f}."]


def page(figures, curve_figures, walls, why):
    """(the page as it is, as these figures make it)"""
    with open(PAGE, encoding="utf-8") as file:
        text = file.read()
    rows = figures["holdfast"], figures["linux"]
    points = curve_figures["holdfast"], curve_figures["linux"]
    misses = reasons.missed(rows[0], points[0], walls["rows"])
    wrong = reasons.disagreements(misses, why)
    if wrong:
        raise HarnessError("\n".join(wrong))
    parts = {"table": (_table, rows), "overall": (_overall, rows),
             "scaling": (_scaling, rows), "curves": (_curves, points),
             "missed": (_missed, (misses, why)),
             "wall": (_wall, (walls["rows"], walls["load"]))}

    def made(found):
        make, given = parts[found[2]]
        return found[1] + "\n".join(make(*given)) + "\n" + found[3]
    return text, PART.sub(made, text)
