# SPDX-License-Identifier: GPL-2.0
"""Grades a folder of submissions, several at a time, each by a process of its
own; a table for people and a CSV for what keeps marks."""
import concurrent.futures
import csv
import io
import os
import re
import signal
import subprocess
import sys
import time

from . import box as boxes
from . import result
from .lab import LabError, read_json
from .submission import ARCHIVES

GRACE = 180                 # seconds beyond the budget, then it is killed
SAFE = re.compile(r"[^A-Za-z0-9._-]")


def file_name(name):
    """One for any name: what is not plain is written in hexadecimal."""
    text = SAFE.sub(lambda m: "%" + m[0].encode(
        "utf-8", "surrogateescape").hex(), name)
    return "%2e" + text[1:] if text.startswith(".") else text


def find(folder):
    """Submissions, by name: folders and archives, and nothing that a link
    leads to."""
    found = []
    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
        if entry.is_symlink() or entry.name.startswith("."):
            continue
        if entry.is_dir() or entry.is_file() and (
                entry.name.lower().endswith(ARCHIVES)):
            found.append(entry.path)
    if not found:
        raise LabError(f"{folder}: no folders or archives ("
                       + ", ".join(ARCHIVES) + ")")
    return found


def readable(name):
    """A name without what a terminal or a table would act upon."""
    return boxes.clean(os.fsencode(name)).replace("\n", "?").replace(
        "\t", "?")


def plain_cell(value):
    """A spreadsheet takes some first letters for a formula."""
    text = str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text


class Many:
    """trees: of(path) gives the tree that a submission is laid over, done(path)
    is told when it was."""

    def __init__(self, trees, out, hidden=None, jobs=2, budget=600,
                 want=None):
        self.trees, self.out, self.hidden = trees, out, hidden
        self.jobs, self.budget, self.want = jobs, budget, want
        os.makedirs(out, exist_ok=True)

    def command(self, path, number, base):
        tool = os.path.join(os.path.dirname(os.path.dirname(
            os.path.abspath(__file__))), "grade")
        command = [sys.executable, tool, "--submission", path, "--tree",
                   self.trees.of(path), "--out", base + ".json",
                   "--export", f"text={base}.txt", "--budget",
                   str(self.budget), "--quiet"]
        if self.hidden:
            command += ["--hidden", self.hidden]
        if self.want:
            command += ["--box", self.want]
        if os.geteuid() == 0:
            command += ["--uid", str(boxes.FIRST_UID + number % 1000)]
        return command

    def one(self, path, number):
        """A row: the result's data, whatever happened."""
        name = os.path.basename(path)
        base = os.path.join(self.out, file_name(name))
        for end in (".json", ".txt"):
            if os.path.exists(base + end):
                os.unlink(base + end)
        try:
            trouble = self.call(self.command(path, number, base))
        except LabError as error:
            trouble = str(error)
        finally:
            self.trees.done(path)
        try:
            data = read_json(base + ".json")
        except LabError:
            data = {"complete": False, "score": 0, "points": 0, "notes": [],
                    "checks": [], "seconds": 0, "isolation": ""}
        if trouble:
            data["notes"].append(boxes.clean(trouble.encode()).strip())
        data["submission"] = name
        return data

    def call(self, command):
        """Runs tools/grade: what it said of itself, if anything."""
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, start_new_session=True, text=True,
            errors="replace")
        try:
            said = process.communicate(timeout=self.budget + GRACE)[1]
        except subprocess.TimeoutExpired:
            boxes.kill_tree(process)
            return "the grader took too long and was ended"
        except BaseException:
            os.kill(process.pid, signal.SIGTERM)
            process.wait()
            raise
        return said[-2000:] if process.returncode not in (0, 1) else ""

    def run(self, paths, say):
        """Rows in the order of the paths; say(row) as each is done."""
        rows = [None] * len(paths)
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            jobs = {pool.submit(self.one, path, n): n
                    for n, path in enumerate(paths)}
            for job in concurrent.futures.as_completed(jobs):
                rows[jobs[job]] = job.result()
                say(rows[jobs[job]])
        return rows


def line(row):
    """A row of the table."""
    bad = {}
    for check in row["checks"]:
        if check["state"] != result.PASSED:
            bad[check["state"]] = bad.get(check["state"], 0) + 1
    words = [f"{n} {state}" for state, n in bad.items()]
    if not row["complete"]:
        words.insert(0, "INCOMPLETE")
    text = (f"{readable(row['submission']):24} {row['score']:4}"
            f"/{row['points']:<4} {row['seconds']:6.1f} s  "
            + ", ".join(words))
    return "\n".join([text] + [f"    {x}" for n in row["notes"]
                               for x in n.splitlines()[:3]])


def table(rows):
    """CSV: a line for each submission, a column for each check."""
    names = list(dict.fromkeys(c["name"] for r in rows for c in r["checks"]))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["submission", "score", "points", "complete", "seconds",
                     "isolation", "notes", *names])
    for row in rows:
        scores = {c["name"]: c["score"] for c in row["checks"]}
        writer.writerow([plain_cell(x) for x in (
            readable(row["submission"]), row["score"], row["points"],
            "yes" if row["complete"] else "no", row["seconds"],
            row["isolation"], " / ".join(row["notes"]))]
            + [scores.get(x, "") for x in names])
    return file.getvalue()


def summary(rows, seconds):
    done = sum(r["complete"] for r in rows)
    scores = sorted(r["score"] for r in rows)
    ways = sorted({r["isolation"] for r in rows if r["isolation"]})
    return (f"{len(rows)} submissions, {done} graded to the end, median "
            f"score {scores[len(scores) // 2]}, {seconds:.0f} s; kept apart by "
            + ", ".join(ways))


def grade(many, paths, say):
    begin = time.monotonic()
    rows = many.run(paths, lambda row: say(line(row)))
    result.write_text(os.path.join(many.out, "scores.csv"), table(rows))
    say(summary(rows, time.monotonic() - begin))
    say(f"results: {many.out}/*.json, *.txt; {many.out}/scores.csv")
    return rows
