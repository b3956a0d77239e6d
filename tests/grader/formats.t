#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The neutral result in every format: fields, types and values that those who
read it document, also for text that is hostile to them."""
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import xml.etree.ElementTree as ET

from graders import Tap
from grader import formats, packs, result
from grader.box import clean
from grader.lab import Lab, LabError

tap = Tap()
NASTY = clean(b"]]></failure> <b>&amp; \x1b[31m\x00\xff\xed\xa0\x80\n# SKIP\n"
              b"1..0\n...\nok 3 - forged\x07")
STATES = list(result.STATES)


def data():
    checks = [{"name": f"c{n}", "task": 1 + n % 2, "kind": "host",
               "hidden": n == 1, "points": 10,
               "score": 10 if s == result.PASSED else 0, "state": s,
               "expect": "it works", "wanted": "4", "seen": NASTY,
               "detail": NASTY.splitlines(), "repeat":
               f"make grade CHECK=c{n}", "seconds": 0.25,
               "instructions": None} for n, s in enumerate(STATES)]
    return {"format": 1, "lab": 1, "name": "x", "title": "T & <T>",
            "seed": "none", "submission": "ana", "isolation": "limits",
            "complete": True, "score": 10, "points": 10 * len(checks),
            "seconds": 12.3, "notes": ["a note"], "checks": checks}


def gradescope(found):
    """The types of the published specification; nothing it does not know."""
    known = {"score": (int, float), "execution_time": int, "output": str,
             "output_format": str, "test_output_format": str,
             "test_name_format": str, "visibility": str,
             "stdout_visibility": str, "extra_data": dict, "tests": list,
             "leaderboard": list}
    test = {"score": (int, float), "max_score": (int, float), "status": str,
            "name": str, "name_format": str, "number": str, "output": str,
            "output_format": str, "tags": list, "visibility": str,
            "extra_data": dict}
    seen = ("hidden", "after_due_date", "after_published", "visible")
    forms = ("text", "html", "simple_format", "md", "ansi")
    good = all(isinstance(v, known[k]) for k, v in found.items())
    for one in found["tests"]:
        good &= all(isinstance(v, test[k]) for k, v in one.items())
        good &= one["visibility"] in seen and one["output_format"] in forms
        good &= one["status"] in ("passed", "failed")
        good &= 0 <= one["score"] <= one["max_score"]
    return good and found["score"] == sum(
        x["score"] for x in found["tests"])


whole = data()
found = json.loads(formats.gradescope(whole))
tap.ok(gradescope(found), "gradescope: results.json as specified")
tap.ok(found["tests"][1]["visibility"] == "after_published" and
       "seen" not in found["tests"][1]["output"],
       "gradescope: a hidden check says nothing before publication")
text = formats.autolab(whole)
found = json.loads(text.splitlines()[-1])
tap.ok(text.count("\n") == 1 and found["scores"]["task 1"] == 10 and
       set(found["scores"]) == {"task 1", "task 2", "hidden"} and
       found["scoreboard"] == [10], "autolab: one line of JSON", text)
found = json.loads(formats.classroom(whole))
tap.ok(found["version"] == 1 and found["max_score"] == whole["points"] and
       {x["status"] for x in found["tests"]} == {"pass", "fail", "error"} and
       all(isinstance(x["score"], int) and x["line_no"] == 0
           for x in found["tests"]), "classroom: the reporter's JSON")
with tempfile.TemporaryDirectory() as tmp:
    path = os.path.join(tmp, "a.tap")
    with open(path, "w", encoding="utf-8") as file:
        file.write(formats.tap(whole))
    got = subprocess.run(["prove", "--exec", "cat", "-v", path], text=True,
                         capture_output=True, check=False)
    tap.ok(f"Failed {len(STATES) - 1}/{len(STATES)}" in got.stdout +
           got.stderr and "Parse errors" not in got.stdout,
           "tap: prove counts every failure and finds no error", got.stdout)
tree = ET.fromstring(formats.junit(whole).encode())
kinds = [x.tag for case in tree.iter("testcase") for x in case]
tap.ok(kinds.count("failure") == int(tree.get("failures")) == 2 and
       kinds.count("error") == int(tree.get("errors")) and
       kinds.count("skipped") == int(tree.get("skipped")) == 1 and
       int(tree.get("tests")) == len(STATES),
       "junit: well-formed, and its counts are right", kinds)
for name, make in formats.FORMATS.items():
    none = dict(whole, checks=[], complete=False, score=0, points=0)
    tap.ok(isinstance(make(none), str), f"{name}: a result without checks")
tap.ok("\x1b" not in formats.text(whole), "text: no terminal codes")

with tempfile.TemporaryDirectory() as tmp:
    lab = os.path.join(tmp, "lab")
    os.makedirs(os.path.join(lab, "build"))
    open(os.path.join(lab, "build", "holdfast.elf"), "wb").close()
    check = {"name": "a", "points": 100, "task": 2, "kind": "host",
             "program": "p", "expect": "it works"}
    with open(os.path.join(lab, "lab.json"), "w", encoding="utf-8") as file:
        json.dump({"lab": 1, "name": "x", "title": "T", "edits": ["mm/a.c"],
                   "checks": [check]}, file)
    more = os.path.join(tmp, "more")
    os.makedirs(more)
    with open(os.path.join(more, "lab.json"), "w", encoding="utf-8") as file:
        json.dump({"checks": [dict(check, name="b")]}, file)
    made = packs.gradescope(lab, None, os.path.join(tmp, "a.zip"))
    got = subprocess.run(["python3", "-m", "zipfile", "-l", made[0]],
                         capture_output=True, text=True, check=True).stdout
    tap.ok("setup.sh" in got and "run_autograder" in got and
           "lab/lab.json" in got and "build/" not in got,
           "gradescope: setup.sh, run_autograder and the tree in the zip",
           got)
    made = packs.autolab(lab, more, os.path.join(tmp, "autolab"))
    with open(made[2], encoding="utf-8") as file:
        got = file.read()
    tap.ok('name: "task 2"\n  max_score: 100.0' in got and
           '"hidden"' in got, "autolab: problems as the scores name them",
           got)
    got = subprocess.run(["make", "-n", "-C", tmp, "-f", made[1]], text=True,
                         capture_output=True, check=False).stdout
    tap.ok(got.strip().splitlines()[-2].endswith("--format autolab") and
           "--hidden ../hidden-checks" in got,
           "autolab: the last thing that make runs prints the scores", got)
    with tarfile.open(made[0]) as archive:
        got = archive.getnames()
    tap.ok("hidden-checks/lab.json" in got and "lab/lab.json" in got,
           "autolab: hidden checks lie beside the tree, not in it", got)
    inside = os.path.join(lab, "more")
    shutil.copytree(more, inside)
    try:
        Lab(lab, inside)
        got = "taken"
    except LabError as error:
        got = str(error)
    shutil.rmtree(inside)
    tap.ok("keep them elsewhere" in got, "in the tree they are refused", got)
    made = packs.classroom(lab, None, os.path.join(tmp, "room"))
    with open(made[1], encoding="utf-8") as file:
        got = json.load(file)["tests"]
    tap.ok(got == [{"name": "a", "setup": "", "run": "make grade CHECK=a",
                    "input": "", "output": "", "comparison": "included",
                    "timeout": 10, "points": 100}],
           "classroom: autograding.json", got)
tap.done()
