# SPDX-License-Identifier: GPL-2.0
"""Grades one tree, or one submission laid over a copy of it."""
import os
import shutil
import subprocess
import tempfile
import time

from hf.paths import HarnessError

from . import box as boxes
from . import result, submission
from .build import KERNEL, Build, judged, objects
from .gate import Gate, elf_of, symbols
from .guests import Guests
from .host import Host, Patience
from .show import Show


def copy_tree(tree, folder):
    """With its objects, so that only what was handed in is compiled."""
    target = os.path.join(folder, "lab")
    subprocess.run(["cp", "-a", "--reflink=auto", tree, target], check=True)
    return target


def prepare(tree):
    """Builds a tree as it was handed out; what went wrong, or nothing."""
    got = subprocess.run(
        ["make", "-s", f"-j{os.cpu_count() or 1}", "checks", *KERNEL],
        cwd=tree, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        errors="replace", check=False, env={
            k: v for k, v in os.environ.items()
            if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")})
    return got.stderr or got.stdout if got.returncode else ""


class Options:
    """chosen: names of checks, or all; want: a way of isolation; exports: see
    result.py; budget: seconds after which no check starts; uid: whom student
    code runs as, if root grades; repeat: how often each check must pass."""

    def __init__(self, out, chosen=(), want=None, exports=(), budget=None,
                 uid=None, show=None, repeat=1):
        self.out, self.chosen, self.want = out, chosen, want
        self.exports, self.budget, self.uid = exports, budget, uid
        self.show, self.repeat = show or Show(), repeat


class Grader:
    def __init__(self, lab, box, tree, options, name=None, origin=None):
        self.lab, self.box, self.tree = lab, box, tree
        self.show, self.budget = options.show, options.budget
        self.repeat = options.repeat
        self.origin = origin
        if options.chosen:
            lab.checks = [c for c in lab.checks if c.name in options.chosen]
        self.result = result.Result(options.out, lab, box.way, name,
                                    options.exports)
        self.start = time.monotonic()
        self.patience = Patience()
        self.build = Build(box, tree)
        self.host = Host(box, tree, self.patience)
        self.known, self.looked = set(), {}
        self.judged = [x for e in lab.edits for x in judged(e, lab.linked)]

    def of(self, kind, hidden):
        return [c for c in self.lab.checks
                if c.kind == kind and c.hidden == hidden]

    # ---- one check ----

    def late(self):
        return self.budget and time.monotonic() - self.start > self.budget

    def one(self, check, run):
        """Whatever happens in one check, the next one has its turn."""
        begin = time.monotonic()
        if self.late():
            verdict = result.Verdict(result.NOT_RUN, seen="no time was left: "
                                     f"all checks have {self.budget:g} s")
        else:
            try:
                verdict = self.often(check, run)
            except (OSError, ValueError, KeyError, HarnessError,
                    subprocess.SubprocessError) as error:
                verdict = result.Verdict(result.BROKEN, seen="the grader: "
                                         f"{type(error).__name__}: {error}")
        self.show.row(self.result.set(check, verdict,
                                      time.monotonic() - begin))

    def often(self, check, run):
        """The last verdict; one that is not a pass is the last."""
        for number in range(1, self.repeat + 1):
            self.host.seed = number
            verdict = run(check)
            if verdict.state != result.PASSED:
                break
        if number > 1 and verdict.state != result.PASSED:
            verdict.detail.insert(0, f"it passed {number - 1} times before")
        return verdict

    def not_built(self, check, *targets):
        lines = self.build.trouble(*targets)
        if lines is None:
            return False
        self.one(check, lambda _: result.Verdict(
            result.NOT_BUILT, seen=lines[0].strip(), detail=lines[1:]))
        return True

    # ---- stages ----

    def make(self, targets, what):
        if targets:
            old = any(os.path.exists(os.path.join(self.tree, x))
                      for x in targets)
            self.show.stage(f"building {what}" + (
                "" if old else " (a minute or two, the first time)"))
            self.build.targets(targets)
            if self.build.failed and self.origin:
                self.replace(targets)

    def replace(self, targets):
        names = self.build.replace_broken(self.lab, self.origin)
        if not names:
            return
        reason = next(iter(self.build.failed.values()))
        self.origin = None              # once
        self.result.note(
            f"{', '.join(names)} does not compile: the file that was handed "
            "out is graded in its place (" + "; ".join(reason[:3]) + ")")
        self.build.failed = {}
        self.build.targets(targets)

    def compile(self):
        """The student's objects, before anything hidden lies in the tree."""
        self.make([x for e in self.lab.edits
                   for x in objects(e, self.lab.linked)],
                  "what was handed in")

    def gate(self, names):
        """Objections to those objects; each is looked at once."""
        new = [x for x in names if x not in self.looked]
        if new:
            gate = Gate(self.tree, self.lab.edits, self.known)
            self.looked.update((x, list(gate.objections(x))) for x in new)
        return [line for x in names for line in self.looked[x]]

    def guarded(self, check, run, names):
        """If the student's objects that it is linked with may be."""
        lines = self.gate(names)
        if lines:
            self.one(check, lambda _: result.Verdict(
                result.REFUSED, seen=lines[0], detail=lines[1:]))
        else:
            self.one(check, run)

    def hosts(self, hidden):
        checks = self.of("host", hidden)
        if not checks:
            return
        self.make([c.target() for c in checks], "the host checks")
        self.show.stage("host checks")
        names = [x for x in self.judged if x.startswith("build/unit/")]
        for check in checks:
            if not self.not_built(check, check.target()):
                self.guarded(check, self.host.check, names)

    def guests(self, hidden):
        checks = self.of("guest", hidden)
        if not checks:
            return
        self.make(KERNEL + [c.target() for c in checks],
                  "the kernel and the guest checks")
        self.show.stage("guest checks")
        built = [c for c in checks
                 if not self.not_built(c, *KERNEL, c.target())]
        groups = {}
        for check in built:
            groups.setdefault(check.machine(), []).append(check)
        for group in groups.values():
            with Guests(self.box, self.tree, self.patience, group) as guests:
                for check in group:
                    self.one(check, guests.check)

    def tools(self, hidden):
        checks = self.of("tool", hidden)
        if not checks:
            return
        needed = KERNEL + self.judged
        self.make(needed, "the kernel")
        self.show.stage("other checks")
        for check in checks:
            if not self.not_built(check, *needed):
                self.guarded(check, self.host.tool, self.judged)

    def stages(self, hidden):
        self.hosts(hidden)
        self.guests(hidden)
        self.tools(hidden)

    def run(self):
        self.show.head(self.lab)
        self.stages(False)
        if any(c.hidden for c in self.lab.checks):
            self.show.stage("hidden checks")
            self.compile()
            made = self.lab.add_hidden(self.tree)
            try:
                self.stages(True)
            finally:
                for path in made:
                    os.unlink(path)
        self.result.finish()
        self.show.total(self.result.data, self.result.path)
        return self.result.data


def own_tree(lab, options):
    """`make grade`: the tree as it lies there."""
    box = boxes.choose(0, options.want)
    return Grader(lab, box, lab.tree, options).run()


def handed_in(lab, path, options):
    """A submission, over a copy of the tree that was handed out."""
    box = boxes.choose(options.uid, options.want)
    if box.way == "user" and lab.hidden:
        os.chmod(lab.hidden, 0o700)     # student code sees the same files
    folder = tempfile.mkdtemp(prefix="grade.")
    os.chmod(folder, 0o700)
    try:
        tree = copy_tree(lab.tree, folder)
        grader = Grader(lab, box, tree, options,
                        os.path.basename(os.path.abspath(path)), lab.tree)
        made = [os.path.join(lab.tree, x) for x in grader.judged]
        grader.known.update(*symbols(elf_of(
            *filter(os.path.exists, made)))[:2])
        try:
            taken = submission.take(path, lab.edits)
        except submission.SubmissionError as error:
            grader.result.note(f"the submission {error}")
            taken = submission.Taken(lab.edits)
        for note in taken.notes:
            grader.result.note(note)
        submission.lay_over(taken, tree)
        box.give(folder)
        return grader.run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
