# SPDX-License-Identifier: GPL-2.0
"""The table as text, and what got worse."""
from .rows import (GOALS, HIGHEST_GOAL, MEAN_GOAL, SCALING, geometric_mean,
                   ratios, tolerance)

MARK = "  *"


def _number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _line(name, us, them, ratio, goal, met):
    return (f"{name:36}{_number(us):>13}{_number(them):>15}{ratio:>8}"
            f"{_number(goal):>12}{'' if met else MARK}").rstrip()


def _scaling(figures, what):
    try:
        return SCALING[what][0](figures)
    except KeyError:
        return None


def overall(ours, linux):
    """[(what, value, goal)] over all rows; nothing if Linux is not there."""
    by_row = ratios(ours, linux)
    if not by_row:
        return []
    worst = max(by_row, key=by_row.get)
    return [("geometric mean of the ratios", geometric_mean(by_row.values()),
             MEAN_GOAL), (f"the highest: {worst}", by_row[worst],
                          HIGHEST_GOAL)]


def lines(ours, linux):
    """The table; a star where a goal is missed."""
    out = [f"{'operation':36}{'Holdfast':>13}{'Linux':>15}{'ratio':>8}"
           f"{'goal':>12}"]
    by_row = ratios(ours, linux)
    for name, goal in GOALS.items():
        us = ours.get(name)
        ratio = f"{by_row[name]:.3f}" if name in by_row else ""
        out.append(_line(name, us, linux.get(name), ratio, goal,
                         us is not None and us <= goal))
    out += ["", f"{'what scaling must keep':36}{'Holdfast':>13}{'Linux':>15}"
            f"{'':8}{'at most':>12}"]
    for what, (_, goal) in SCALING.items():
        us, them = _scaling(ours, what), _scaling(linux, what)
        out.append(_line(what, us, them, "", goal,
                         us is not None and us <= goal))
    out.append("")
    for what, value, goal in overall(ours, linux):
        out.append(f"{what:64}{value:>8.3f}{goal:>12}"
                   f"{'' if value <= goal else MARK}")
    return out


def missed(ours):
    """Rows whose goal is not met."""
    return [name for name, goal in GOALS.items()
            if ours.get(name, goal + 1) > goal]


def compare(accepted, ours):
    """(what got worse, what got better), a line each."""
    worse, better = [], []
    for name, before in accepted.items():
        if name not in ours:
            worse.append(f"{name}: accepted {before:,}, not measured now")
            continue
        change = ours[name] / before - 1
        text = f"{name}: {before:,} -> {ours[name]:,} ({change:+.1%})"
        if change > tolerance(name):
            worse.append(text)
        elif change < -tolerance(name):
            better.append(text)
    return worse, better
