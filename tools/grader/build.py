# SPDX-License-Identifier: GPL-2.0
"""Builds what the checks need, and says in few lines why something is not."""
import os
import re
import shutil

from .box import Limits

LIMITS = dict(cpu=600, wall=900, memory=1 << 30, processes=64,
              file=128 << 20, idle=60)
KERNEL = ["build/holdfast.elf", "build/user/init", "build/user/starter"]
ERROR = re.compile(r"(error|undefined reference|multiple definition|"
                   r"No such file|\*\*\*)", re.I)
SHOWN = 12
PARTS = ("arch", "kernel", "mm", "fs", "ipc", "drivers", "lib")
JUDGED = ("mm", "work")
PASSED_ON = ("CC", "CROSS_COMPILE", "HOSTCC", "MUSLCC", "NASM")


def judged(source, linked):
    """What one of the student's files becomes in processes of this machine,
    together with what judges it: in each of the folders `linked`."""
    if not source.endswith(".c") or source.split("/")[0] not in JUDGED:
        return []
    return [f"{folder}/{source[:-2]}.o" for folder in linked]


def objects(source, linked):
    """That, and what it becomes in the kernel."""
    kernel = source.endswith(".c") and source.split("/")[0] in PARTS
    return judged(source, linked) + [f"build/k/{source}.o"] * kernel


def why(text):
    """The lines of make's output that matter."""
    lines = [x.rstrip() for x in text.splitlines() if x.strip()]
    first = next((n for n, x in enumerate(lines) if ERROR.search(x)), 0)
    return lines[first:first + SHOWN]


class Build:
    def __init__(self, box, tree, jobs=None):
        self.box, self.tree = box, tree
        self.jobs = jobs or min(os.cpu_count() or 1, 4)
        self.failed = {}            # target: why, in lines

    def make(self, targets, *flags):
        command = ["make", "-s", "--no-print-directory", *flags, *targets]
        env = {x: os.environ[x] for x in PASSED_ON if x in os.environ}
        return self.box.run(command, self.tree, Limits(**LIMITS), ["build"],
                            env)

    def targets(self, targets):
        """Builds what can be built; self.failed has the rest."""
        targets = sorted(set(targets))
        if not targets:
            return
        got = self.make(targets, "-k", f"-j{self.jobs}")
        if got.status == 0:
            return
        reason = why(got.text())
        if got.why:
            reason = [f"the build was stopped: {got.why} limit"] + reason
        for target in targets:
            if got.why or self.make([target], "-q").status:
                self.failed[target] = reason or ["make failed"]

    def replace_broken(self, lab, origin):
        """Files that do not compile give way to those of the tree that was
        handed out, so that the others still count; their names."""
        replaced = []
        for source in lab.edits:
            made = objects(source, lab.linked)
            if not made or self.make(made, "-k").status == 0:
                continue
            if os.path.isfile(os.path.join(origin, source)):
                shutil.copy(os.path.join(origin, source),
                            os.path.join(self.tree, source))
                replaced.append(source)
        return replaced

    def trouble(self, *targets):
        for target in targets:
            if target in self.failed:
                return self.failed[target]
        return None
