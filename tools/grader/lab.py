# SPDX-License-Identifier: GPL-2.0
"""What is to be graded: lab.json of a tree, and a folder of hidden checks."""
import json
import os
import re
import shutil

KINDS = ("host", "guest", "tool")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
LIMIT = {"host": 20, "guest": 4000, "tool": 60}   # CPU s, M instructions, CPU s
HIDDEN = "hidden-"          # before the names of what comes from that folder


class LabError(Exception):
    """The tree or the hidden checks are not what they should be."""


class Check:
    def __init__(self, data, hidden=False):
        try:
            self.name, self.points = data["name"], int(data["points"])
            self.kind, self.expect = data["kind"], data["expect"]
        except KeyError as error:
            raise LabError(f"a check without {error}: {data}") from error
        self.task, self.hidden = data.get("task"), hidden
        self.limit = data.get("limit", LIMIT.get(self.kind))
        self.design = data.get("design", "task")
        self.memory = data.get("memory", "64M")
        self.swap = data.get("swap")
        self.run = data.get("run")
        self.program = data.get("program", "")
        if hidden and self.program:
            self.program = HIDDEN + self.program
        if self.kind not in KINDS or not NAME.fullmatch(self.name):
            raise LabError(f"check {self.name}: kind {self.kind}")
        if self.kind != "tool" and not NAME.fullmatch(self.program):
            raise LabError(f"check {self.name}: program {self.program}")

    def machine(self):
        """Guest checks with the same share a boot."""
        return self.design, self.memory, self.swap

    def target(self):
        """What make is to build for it."""
        return f"build/check/{self.kind}/{self.program}"


class Lab:
    def __init__(self, tree, hidden=None):
        self.tree, self.hidden = tree, hidden
        data = read_json(os.path.join(tree, "lab.json"))
        try:
            self.number, self.name = data["lab"], data["name"]
            self.title, self.edits = data["title"], data["edits"]
            self.checks = [Check(x) for x in data["checks"]]
        except KeyError as error:
            raise LabError(f"lab.json says nothing of {error}") from error
        self.seed = data.get("seed", "none")
        # Where files become objects that are linked with what judges them.
        self.linked = data.get("linked", ["build/unit"])
        if hidden:
            if not os.path.relpath(os.path.realpath(hidden),
                                   os.path.realpath(tree)).startswith(".."):
                raise LabError("the hidden checks lie in the tree, where "
                               "student code is compiled: keep them elsewhere")
            more = read_json(os.path.join(hidden, "lab.json"))
            self.checks += [Check(x, True) for x in more["checks"]]
        names = [c.name for c in self.checks]
        for name in names:
            if names.count(name) > 1:
                raise LabError(f"two checks have the name {name}")

    def add_hidden(self, work):
        """The sources of the hidden checks, into a tree where they are built.
        Call it when the student's code has been compiled: what a compiler can
        be made to read must not be there.  Returns the files it made."""
        made = []
        for kind in ("host", "guest"):
            folder = os.path.join(self.hidden or "", "checks", kind)
            if not self.hidden or not os.path.isdir(folder):
                continue
            for name in sorted(os.listdir(folder)):
                if name.endswith((".c", ".h")):
                    made.append(os.path.join(
                        work, "checks", kind,
                        HIDDEN + name if name.endswith(".c") else name))
                    shutil.copy(os.path.join(folder, name), made[-1])
        return made


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise LabError(f"{path}: {error}") from error
