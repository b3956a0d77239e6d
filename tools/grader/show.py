# SPDX-License-Identifier: GPL-2.0
"""What a student sees: a line for each check, more for one that failed."""
import shutil
import sys
import textwrap

from . import result

COLOURS = {result.PASSED: "32", result.NOT_RUN: "33", result.SLOW: "33",
           result.BROKEN: "35"}
WORDS = {result.PASSED: "ok", result.FAILED: "FAILED",
         result.CRASHED: "CRASHED", result.STALLED: "STALLED",
         result.SLOW: "TOO SLOW", result.LIMIT: "LIMIT",
         result.REFUSED: "REFUSED", result.NOT_BUILT: "NOT BUILT",
         result.BROKEN: "BROKEN", result.NOT_RUN: "not run"}


FEW = 6         # lines of detail


class Show:
    def __init__(self, stream=None, verbose=False):
        self.stream = stream or sys.stdout
        self.colours = self.stream.isatty()
        self.verbose = verbose
        self.width = min(shutil.get_terminal_size((80, 24)).columns, 100)
        self.told = set()

    def say(self, text=""):
        print(text, file=self.stream, flush=True)

    def paint(self, text, code):
        return f"\033[{code}m{text}\033[0m" if self.colours else text

    def head(self, lab):
        seed = "" if lab.seed in (None, "", "none") else f", seed {lab.seed}"
        self.say(f"\nLab {lab.number}: {lab.title}{seed}\n")

    def stage(self, text):
        self.say(self.paint(text, "1"))

    def row(self, row):
        state = row["state"]
        word = self.paint(f"{WORDS[state]:9}", COLOURS.get(state, "31"))
        points = f"{row['score']}/{row['points']}"
        self.say(f"  {word} {row['name']:24} {points:>6}  "
                 f"{row['seconds']:5.1f} s")
        if state == result.PASSED:
            return
        if row["hidden"] and not self.verbose:
            return
        self.field("", row["expect"])
        if row["wanted"]:
            self.field("expected", row["wanted"])
        if row["seen"]:
            self.field("seen", row["seen"])
        self.detail(row["detail"])
        self.field("repeat", row["repeat"])

    def detail(self, lines):
        """Once: a build error is the same for every check that it hits."""
        key = "\n".join(lines)
        if not lines or key in self.told and not self.verbose:
            return
        self.told.add(key)
        shown = list(dict.fromkeys(x.expandtabs().rstrip() for x in lines))
        room = self.width - 14
        for line in shown if self.verbose else shown[:FEW]:
            if len(line) > room and not self.verbose:
                line = line[:room - 3] + "..."
            self.say(f"            | {line}")
        if len(shown) > FEW and not self.verbose:
            self.say(f"            | ... {len(shown) - FEW} more lines")

    def field(self, name, text):
        head = f"            {name:9} " if name else " " * 12
        for line in textwrap.wrap(text, self.width - len(head)) or [""]:
            self.say(head + line)
            head = " " * len(head)

    def total(self, data, path):
        rows = data["checks"]
        counts = [f"{sum(x['state'] == s for x in rows)} {s}"
                  for s in result.STATES
                  if any(x["state"] == s for x in rows)]
        line = (f"{data['score']} of {data['points']} points: "
                + ", ".join(counts))
        self.say("\n" + self.paint(line, "1"))
        for note in data["notes"]:
            self.say(f"note: {note}")
        first = next((x for x in rows if x["state"] != result.PASSED
                      and not x["hidden"]), None)
        if first and len(rows) > 1:
            self.say(f"next: {first['repeat']}")
        self.say(f"all of it: {path}")
