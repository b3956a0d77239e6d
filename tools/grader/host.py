# SPDX-License-Identifier: GPL-2.0
"""Checks that run on this machine: student code in a process of its own with
sanitizers, and commands that judge what a student wrote."""
import os
import re
import shlex

from . import result, secret
from .box import Limits, clean

STOPPED = {
    "cpu": (result.STALLED, "ran in circles: {cpu:g} s of processor time"),
    "idle": (result.STALLED, "went to sleep and did not wake up: nothing ran "
             "for {idle:g} s"),
    "wall": (result.SLOW, "was still at work after {wall:g} s: this machine is "
             "too slow or too busy"),
    "memory": (result.LIMIT, "took more than {memory} MB of memory"),
    "processes": (result.LIMIT, "made more than {processes} processes"),
    "output": (result.LIMIT, "printed more than {output} MB"),
}
SANITIZER = re.compile(r"(ERROR: \w+Sanitizer: .*|runtime error: .*)")
FRAME = re.compile(r"#\d+ 0x[0-9a-f]+ in (\S+) (?:\S*/)?((?:mm|arch|lib|"
                   r"checks|work)/\S+)")
CMOCKA = re.compile(r"^\[ +(?:ERROR|LINE) +\] --- (.*)$")
FRAMING = re.compile(r"^(\[|SEED=|passed$|failed$|expected: |seen: |\s*\d+ "
                     r"FAILED)")
ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:"
                    "handle_abort=1",
    "UBSAN_OPTIONS": "print_stacktrace=1"}


def said(pairs, word):
    return "; ".join(x[len(word) + 2:] for x in pairs
                     if x.startswith(word + ": "))


def stopped(why, limits):
    state, text = STOPPED[why]
    return state, text.format(
        cpu=limits.cpu, idle=limits.idle, wall=limits.wall,
        memory=limits.memory >> 20, processes=limits.processes,
        output=limits.output >> 20)


def how_it_died(outcome):
    """A line for who ended without a verdict."""
    text, status = outcome.text(), outcome.status
    found = SANITIZER.search(text)
    if found:
        frames = FRAME.findall(text)
        return found[1] + (f" in {frames[0][0]}, {frames[0][1]}" if frames
                           else "")
    found = re.search(r"^(.*(?:panic|BUG|assertion).*)$", text, re.M | re.I)
    if found:
        return found[1].strip()
    if status < 0 or status > 128:
        return f"ended by signal {-status if status < 0 else status - 128}"
    return f"ended by itself with status {status}, before the check did"


class Host:
    """Runs host and tool checks in a box."""

    def __init__(self, box, tree, patience):
        self.box, self.tree, self.patience = box, tree, patience
        self.seed = 1               # of what is random in a check

    def limits(self, check):
        return Limits(cpu=self.patience.limit(check.limit))

    def check(self, check):
        token, limits = secret.fresh(), self.limits(check)
        # The programs are all that it needs to see of the tree.
        folder = os.path.join(self.tree, "build", "check")
        command = [self.box.path(folder, f"host/{check.program}"), check.name]
        outcome = self.box.run(
            command, folder, limits, (),
            dict(ENVIRONMENT, SEED=str(self.seed)),
            (token, secret.HOST_VARIABLE))
        lines = clean(outcome.replies).splitlines()
        mine = lines[1:] if lines[:1] and lines[0].startswith(
            token + " ") else []
        word = lines[0][len(token) + 1:] if lines and lines[0].startswith(
            token + " ") else ""
        if outcome.why:
            self.patience.lost(outcome.why)
            state, seen = stopped(outcome.why, limits)
            return result.Verdict(state, seen=seen, detail=last(outcome))
        if word == "passed" and outcome.status == 0:
            return result.Verdict(result.PASSED)
        if word == "failed":
            text = outcome.text().splitlines()
            detail = [x for x in text if not FRAMING.match(x)]
            seen = said(mine, "seen") or ", ".join(
                x[1] for x in map(CMOCKA.match, text) if x and x[1])
            return result.Verdict(result.FAILED, said(mine, "expected"),
                                  seen, detail)
        return result.Verdict(result.CRASHED, seen=how_it_died(outcome),
                              detail=last(outcome))

    def tool(self, check):
        limits = self.limits(check)
        limits.memory, limits.file = 600 << 20, 512 << 20
        outcome = self.box.run(
            shlex.split(check.run), self.tree, limits, ["build"],
            {"TMPDIR": self.box.path(self.tree, "build"),
             "SEED": str(self.seed)})
        lines = outcome.text().splitlines()
        if outcome.why:
            self.patience.lost(outcome.why)
            state, seen = stopped(outcome.why, limits)
        elif outcome.status in (0, 1):
            state, seen = (result.FAILED if outcome.status else
                           result.PASSED), said(lines, "seen")
        else:
            state, seen = result.BROKEN, how_it_died(outcome)
        detail = [] if state == result.PASSED else [
            x for x in lines if not x.startswith(("seen: ", "expected: "))]
        return result.Verdict(state, said(lines, "expected"), seen,
                              detail[-result.DETAIL_LINES:])


def last(outcome, lines=15):
    """What it said in the end, sanitizers' reports from their beginning."""
    text = outcome.text().splitlines()
    start = next((n for n, x in enumerate(text) if SANITIZER.search(x)), None)
    return text[start:start + lines] if start is not None else text[-lines:]


class Patience:
    """Limits are generous, until some were used up: a kernel that loops in
    one check loops in many, and all of them must fit in somebody's ten
    minutes."""

    def __init__(self, shrink_after=2):
        self.left = shrink_after

    def limit(self, value):
        return value if self.left > 0 else max(value / 4, 3)

    def lost(self, why):
        if why in ("cpu", "idle", "wall", "limit", "still"):
            self.left -= 1
