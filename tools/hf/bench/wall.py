# SPDX-License-Identifier: GPL-2.0
"""Seconds where people wait.  They hang on the host and on what else it does,
so they are printed, with its load and the processor time that was spent, and
nothing is decided by them."""
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

from .. import esp, machine
from ..paths import KERNEL, ROOT, HarnessError, build_path
from .measure import first_initrd

ENV = dict(os.environ, CCACHE_DISABLE="1")


def _run(command, folder=ROOT):
    """Seconds of a command, which must succeed."""
    start = time.monotonic()
    got = subprocess.run(command, cwd=folder, env=ENV, check=False, text=True,
                         stdin=subprocess.DEVNULL, capture_output=True)
    if got.returncode:
        raise HarnessError(f"{' '.join(command)}: status {got.returncode}\n" +
                           (got.stdout + got.stderr)[-2000:])
    return time.monotonic() - start


def _boot(folder, uefi):
    """Seconds from QEMU's start to the first word of process 1."""
    m = machine.Machine()
    m.kernel, m.append, m.timeout = KERNEL, "quiet", 120
    m.initrd = first_initrd(folder)
    if uefi:
        m.esp = esp.make(os.path.join(folder, "esp.img"), m.kernel, m.initrd,
                         m.append)
    heard = []
    with machine.Session(m, lambda data: heard.append(time.monotonic()),
                         lambda line: None, lambda data: None) as session:
        session.pump(until=lambda: heard)
        start = session.start
    if not heard:
        raise HarnessError("process 1 said nothing")
    return heard[0] - start


class Tree:
    """A clone of this tree to build in, with what is not committed yet."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "tree")
        _run(["git", "clone", "-q", "--shared", ROOT, self.path])
        patch = subprocess.run(["git", "diff", "--binary", "HEAD"], cwd=ROOT,
                               capture_output=True, check=True).stdout
        if patch:
            subprocess.run(["git", "apply"], cwd=self.path, input=patch,
                           check=True)

    def clean_make(self):
        _run(["make", "clean"], self.path)
        return _run(["make"], self.path)

    def make_after(self, name):
        os.utime(os.path.join(self.path, name))
        return _run(["make"], self.path)


class Graded:
    """Lab 1 as it should be solved, built, and graded once before."""

    VERDICT = re.compile(r"\s+\S+\s+\S+\s+\d+/\d+\s")

    def __init__(self, folder):
        self.path = os.path.join(folder, "lab1")
        self.built = False

    def first_verdict(self):
        if not self.built:
            _run(["tools/lab", "1", self.path, "--solved"])
            _run(["tools/grade"], self.path)
            self.built = True
        start, took = time.monotonic(), None
        with subprocess.Popen(["tools/grade"], cwd=self.path, text=True,
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              stdout=subprocess.PIPE) as grader:
            for line in grader.stdout:
                if self.VERDICT.match(line):
                    took = time.monotonic() - start
                    grader.terminate()
                    break
            said = grader.communicate()[1]
        if took is None:
            raise HarnessError(f"tools/grade gave no verdict\n{said[-2000:]}")
        return took


def rows(folder, with_tests):
    """[(what, how to take it once, how often)]"""
    tree, graded = Tree(folder), Graded(folder)
    found = [
        ("direct boot, to process 1", lambda: _boot(folder, False), 5),
        ("UEFI boot, to process 1", lambda: _boot(folder, True), 3),
        ("make, from clean", tree.clean_make, 1),
        ("make, nothing changed", lambda: _run(["make"], tree.path), 3),
        ("make, after a change of mm/mlock.c",
         lambda: tree.make_after("mm/mlock.c"), 3),
        ("make, after a change of mm/mm.h",
         lambda: tree.make_after("mm/mm.h"), 1),
        ("one unit test: build/unit/test_mlock",
         lambda: _run([build_path("unit", "test_mlock")]), 3),
        ("one guest test: tests/run --only mlockall guest",
         lambda: _run(["tests/run", "--only", "mlockall", "guest"]), 3),
        ("one program: tools/holdfast run /bin/true",
         lambda: _run(["tools/holdfast", "run", "/bin/true"]), 3),
        ("the grader's first verdict (lab 1)", graded.first_verdict, 3),
    ]
    if with_tests:
        found.append(("make test", lambda: _run(["make", "test"]), 1))
    return found


def _spent():
    """Processor time of all that was waited for, so far."""
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    return use.ru_utime + use.ru_stime


def _take(take):
    """(seconds, of them processor time, which includes any preparation)"""
    before = _spent()
    return take(), _spent() - before


def show(with_tests):
    """Prints the rows as they are taken; {what: figures}, the load."""
    print(f"{'what (seconds)':52}{'median':>8}{'least':>8}{'spent':>8}"
          f"{'runs':>6}")
    taken = {}
    with tempfile.TemporaryDirectory() as folder:
        for what, take, runs in rows(folder, with_tests):
            if sys.stderr.isatty():
                print(f"{what} ...", end="\r", file=sys.stderr, flush=True)
            seconds, spent = zip(*(_take(take) for _ in range(runs)))
            row = taken[what] = {
                "median": round(statistics.median(seconds), 3),
                "least": round(min(seconds), 3),
                "spent": round(min(spent), 3), "runs": runs}
            print(f"{what:52}{row['median']:8.2f}{row['least']:8.2f}"
                  f"{row['spent']:8.2f}{runs:6}", flush=True)
    load = [round(x, 1) for x in os.getloadavg()]
    print(f"on {os.cpu_count()} processors; load of 1, 5, 15 minutes: "
          f"{'  '.join(map(str, load))}; without ccache")
    return {"rows": taken, "load": load}
