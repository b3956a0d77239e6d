# SPDX-License-Identifier: GPL-2.0
"""The neutral result (build/grade.json), from which every format is made.

    {"format": 1, "lab": 1, "name": "vma", "title": ..., "seed": "none",
     "submission": null, "isolation": "bubblewrap", "complete": true,
     "score": 42, "points": 100, "seconds": 12.3, "notes": [...],
     "checks": [{"name": "split", "task": 3, "kind": "host", "hidden": false,
                 "points": 5, "score": 5, "state": "passed", "expect": ...,
                 "wanted": "", "seen": "", "detail": [], "repeat": ...,
                 "seconds": 0.1, "instructions": null}]}

state: passed; failed; crashed (a signal, a sanitizer, a panic); stalled
(nothing runs any more, or it runs in circles); slow (the wall clock ran out
while it was still at work: no verdict on the code); limit (memory, processes,
output); refused (it names what is not the kernel's); not built; broken (the
grader's own trouble); not run.

The file is there, with every check, before the first one runs, and is replaced
as a whole after each: whatever happens, somebody finds a complete result.
"""
import json
import os
import time

PASSED, FAILED, CRASHED, STALLED = "passed", "failed", "crashed", "stalled"
SLOW, LIMIT, REFUSED, BROKEN = "slow", "limit", "refused", "broken"
NOT_BUILT, NOT_RUN = "not built", "not run"
STATES = (PASSED, FAILED, CRASHED, STALLED, SLOW, LIMIT, REFUSED, NOT_BUILT,
          BROKEN, NOT_RUN)
DETAIL_LINES = 40


class Verdict:
    """What came of one check."""

    def __init__(self, state, wanted="", seen="", detail=(),
                 instructions=None):
        self.state, self.wanted, self.seen = state, wanted, seen
        self.detail = [x for x in detail if x.strip()][:DETAIL_LINES]
        self.instructions = instructions


class Result:
    """exports: [(function, file)]: other formats, written as often."""

    def __init__(self, path, lab, isolation, submission=None, exports=()):
        self.path, self.start = path, time.monotonic()
        self.exports = exports
        self.data = {
            "format": 1, "lab": lab.number, "name": lab.name,
            "title": lab.title, "seed": lab.seed, "submission": submission,
            "isolation": isolation, "complete": False, "score": 0,
            "points": sum(c.points for c in lab.checks), "seconds": 0,
            "notes": [],
            "checks": [{
                "name": c.name, "task": c.task, "kind": c.kind,
                "hidden": c.hidden, "points": c.points, "score": 0,
                "state": NOT_RUN, "expect": c.expect, "wanted": "",
                "seen": "", "detail": [], "repeat":
                f"make grade CHECK={c.name}", "seconds": 0,
                "instructions": None} for c in lab.checks]}
        self.rows = {x["name"]: x for x in self.data["checks"]}
        self.write()

    def note(self, text):
        self.data["notes"].append(text)
        self.write()

    def set(self, check, verdict, seconds):
        row = self.rows[check.name]
        row.update(state=verdict.state, wanted=verdict.wanted,
                   seen=verdict.seen, detail=verdict.detail,
                   seconds=round(seconds, 3),
                   instructions=verdict.instructions,
                   score=check.points if verdict.state == PASSED else 0)
        self.data["score"] = sum(x["score"] for x in self.data["checks"])
        self.write()
        return row

    def finish(self):
        self.data["complete"] = True
        self.write()

    def write(self):
        self.data["seconds"] = round(time.monotonic() - self.start, 3)
        write_json(self.path, self.data)
        for function, path in self.exports:
            write_text(path, function(self.data))


def write_json(path, data):
    """As a whole or not at all."""
    write_text(path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def write_text(path, text):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path + ".new", "w", encoding="utf-8",
              errors="replace") as file:
        file.write(text)
    os.replace(path + ".new", path)
