# SPDX-License-Identifier: GPL-2.0
"""What is missed, by how much, and why: each miss has a reason, in
tests/bench/reasons.json, and each reason a miss."""
from . import curves
from .rows import GOALS, SCALING, WALL_GOALS


def _above(values, goals):
    return {name: f"{values[name] / goal - 1:+.0%}"
            for name, goal in goals.items() if values[name] > goal}


def missed(ours, points, walls):
    """{what: by how much}, as the page shows it."""
    found = _above(ours, GOALS)
    found |= _above({what: value(ours) for what, (value, _) in
                     SCALING.items()},
                    {what: goal for what, (_, goal) in SCALING.items()})
    for name in curves.CURVES:
        found |= {operation: wrong for operation, *_, wrong in
                  curves.verdicts(name, points, {}) if wrong}
    return found | _above({what: row["least"] for what, row in walls.items()},
                          WALL_GOALS)


def disagreements(misses, reasons):
    """What is missed without a reason, and what has one and is not missed."""
    return ([f"{name} is missed ({by}): no reason in tests/bench/reasons.json"
             for name, by in misses.items() if not reasons.get(name)] +
            [f"{name} is not missed: tests/bench/reasons.json has a reason"
             for name in reasons if name not in misses])
